//! A wire between the house and the server that counts the writes that arrive.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What marks a write, and what names its key.
const WRITE: &str = "Action=UpdateAccessKey&";
const KEY: &str = "AccessKeyId=";

/// Counts, per access key, the requests to change its status.
pub struct Wire {
    address: SocketAddr,
    counts: Arc<Mutex<BTreeMap<String, u32>>>,
}

impl Wire {
    /// A wire to this endpoint, `http://address:port`. Its threads end with the test's process.
    pub fn to(endpoint: &str) -> Self {
        let server: SocketAddr = endpoint.trim_start_matches("http://").parse().unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let counts = Arc::new(Mutex::new(BTreeMap::new()));
        let counted = Arc::clone(&counts);
        std::thread::spawn(move || {
            for house in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(server) else { continue };
                let (there, back) = (house.try_clone().unwrap(), server.try_clone().unwrap());
                let counted = Arc::clone(&counted);
                std::thread::spawn(move || copy(there, server, |text| count(text, &counted)));
                std::thread::spawn(move || copy(back, house, |_| 0));
            }
        });
        Self { address, counts }
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn counts(&self) -> BTreeMap<String, u32> {
        self.counts.lock().unwrap().clone()
    }
}

/// Copies until either side ends; `look` says how much of what has passed it is done with.
fn copy(mut from: TcpStream, mut to: TcpStream, look: impl Fn(&str) -> usize) {
    let (mut buffer, mut passed) = ([0; 16 << 10], String::new());
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        // Counted when it is about to arrive: a request that was cut off before is none.
        passed.push_str(&String::from_utf8_lossy(&buffer[..count]));
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
        let done = look(&passed);
        passed.drain(..done);
    }
    let _ = to.shutdown(Shutdown::Write);
}

/// Counts the writes in this text; how much of it need not be looked at again.
fn count(text: &str, counts: &Mutex<BTreeMap<String, u32>>) -> usize {
    let mut done = 0;
    while let Some(at) = text[done..].find(WRITE) {
        let rest = &text[done + at..];
        let Some(key) = rest.find(KEY) else { break };
        let Some(end) = rest[key..].find('&') else { break };
        let name = rest[key + KEY.len()..key + end].to_owned();
        *counts.lock().unwrap().entry(name).or_default() += 1;
        done += at + key + end;
    }
    done
}
