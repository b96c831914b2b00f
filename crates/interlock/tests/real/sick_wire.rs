//! A wire between the house and a server, which can be sick.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// How many bytes of an answer come through when half of it does.
const HALF: usize = 7;

#[derive(Debug, Clone, Copy)]
pub enum Health {
    Well,
    /// Whoever connects is cut off.
    Down,
    /// Every answer is cut off after a few bytes.
    Half,
    /// A request with this text arrives, and its answer does not.
    LosesAnswerTo(&'static str),
}

/// What wires share with their threads.
struct State {
    health: Mutex<Health>,
    connections: AtomicUsize,
    lost: AtomicUsize,
}

pub struct Wire {
    address: SocketAddr,
    state: Arc<State>,
}

impl Wire {
    /// A wire to the server at `address:port`. Its threads end with the test's process.
    pub fn to(server: &str) -> Self {
        let server: SocketAddr = server.parse().unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            health: Mutex::new(Health::Well),
            connections: AtomicUsize::new(0),
            lost: AtomicUsize::new(0),
        });
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for house in listener.incoming().flatten() {
                shared.connections.fetch_add(1, Ordering::SeqCst);
                let health = *shared.health.lock().unwrap();
                if matches!(health, Health::Down) {
                    continue;
                }
                let Ok(server) = TcpStream::connect(server) else { continue };
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || shared.join(house, server, health));
            }
        });
        Self { address, state }
    }

    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn is_now(&self, health: Health) {
        *self.state.health.lock().unwrap() = health;
    }

    /// How often somebody connected.
    pub fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }

    /// How many answers were lost.
    pub fn lost(&self) -> usize {
        self.state.lost.load(Ordering::SeqCst)
    }
}

impl State {
    fn join(&self, house: TcpStream, server: TcpStream, health: Health) {
        let (there, to_server) = (house.try_clone().unwrap(), server.try_clone().unwrap());
        let cut = [house.try_clone().unwrap(), server.try_clone().unwrap()];
        std::thread::scope(|scope| {
            scope.spawn(|| {
                copy(there, to_server, |bytes| {
                    let Health::LosesAnswerTo(mark) = health else { return true };
                    let lost = String::from_utf8_lossy(bytes).contains(mark);
                    if lost {
                        self.lost.fetch_add(1, Ordering::SeqCst);
                        drop(cut[0].shutdown(Shutdown::Both));
                    }
                    // The server reads the request to its end and answers nobody.
                    !lost
                });
            });
            let mut left = if matches!(health, Health::Half) { HALF } else { usize::MAX };
            let (mut from, mut to) = (server, house);
            let mut buffer = [0; 16 << 10];
            while let Ok(count @ 1..) = from.read(&mut buffer) {
                let some = count.min(left);
                left -= some;
                if to.write_all(&buffer[..some]).is_err() || left == 0 {
                    break;
                }
            }
            cut.iter().for_each(|it| drop(it.shutdown(Shutdown::Both)));
        });
    }
}

/// Copies until either side ends, or `goes_on` says no after what has passed.
fn copy(mut from: TcpStream, mut to: TcpStream, goes_on: impl Fn(&[u8]) -> bool) {
    let mut buffer = [0; 16 << 10];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        if to.write_all(&buffer[..count]).is_err() || !goes_on(&buffer[..count]) {
            break;
        }
    }
    drop(to.shutdown(Shutdown::Write));
}

/// Certificate and key, in PEM, of `localhost`, of a day long ago.
pub fn certificate_that_is_over() -> (String, String) {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut parameters = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    parameters.not_before = rcgen::date_time_ymd(2020, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(2020, 1, 2);
    let certificate = parameters.self_signed(&key).unwrap();
    (certificate.pem(), key.serialize_pem())
}
