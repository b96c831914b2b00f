//! A wire between the house and the server that counts the writes that arrive.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// How a write is known, and what it is on: its name stands between two marks that follow, or after
/// the first as far as it goes when the second is empty.
#[derive(Debug, Clone, Copy)]
pub struct Marks {
    pub write: &'static str,
    pub name: &'static str,
    pub end: &'static str,
}

/// Changes of an access key's status.
pub const ACCESS_KEY: Marks =
    Marks { write: "Action=UpdateAccessKey&", name: "AccessKeyId=", end: "&" };

/// Counts the writes on each name.
pub struct Wire {
    address: SocketAddr,
    counts: Arc<Mutex<BTreeMap<String, usize>>>,
}

impl Wire {
    /// A wire to the server at `address:port`. Its threads end with the test's process.
    pub fn to(server: &str, marks: Marks) -> Self {
        let server: SocketAddr = server.parse().unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let counts = Arc::new(Mutex::new(BTreeMap::new()));
        let counted = Arc::clone(&counts);
        std::thread::spawn(move || {
            for house in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(server) else { continue };
                let (there, back) = (house.try_clone().unwrap(), server.try_clone().unwrap());
                let counted = Arc::clone(&counted);
                std::thread::spawn(move || {
                    copy(there, server, |text| count(text, marks, &counted));
                });
                std::thread::spawn(move || copy(back, house, |_| 0));
            }
        });
        Self { address, counts }
    }

    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many writes on this name arrived.
    pub fn count(&self, name: &str) -> usize {
        self.counts.lock().unwrap().get(name).copied().unwrap_or_default()
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
fn count(text: &str, marks: Marks, counts: &Mutex<BTreeMap<String, usize>>) -> usize {
    let mut done = 0;
    while let Some(at) = text[done..].find(marks.write) {
        let rest = done + at + marks.write.len();
        let Some(name) = text[rest..].find(marks.name) else { break };
        let begin = rest + name + marks.name.len();
        let end = match marks.end {
            "" => text[begin..].find(|it: char| !it.is_ascii_alphanumeric() && !"-_".contains(it)),
            mark => text[begin..].find(mark),
        };
        let end = match end {
            None if marks.end.is_empty() && begin < text.len() => text.len() - begin,
            None => break,
            Some(end) => end,
        };
        *counts.lock().unwrap().entry(text[begin..begin + end].to_owned()).or_default() += 1;
        done = begin + end;
    }
    done
}
