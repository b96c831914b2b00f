//! A real service of an operator's: a door that knows badges from a file, as a process of its own.

use crate::server::{free_port, program};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// What its questions are signed with.
pub const SECRET: &str = "badges-test-secret";
/// How often it is asked whether it is there, before the test fails.
const ASKED: usize = 600;

/// The running service. Ends when it goes out of scope.
pub struct Badges {
    child: Child,
    folder: tempfile::TempDir,
    port: u16,
}

impl Drop for Badges {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Badges {
    /// Starts one with the badges of `svc` and `ann`; `None` where Python is not named.
    pub async fn start() -> Option<Self> {
        let python = program("INTERLOCK_TEST_PYTHON")?;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("badges"), "svc pw1 open\nann pw2 open\n").unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR"))
            .with_file_name("interlock-connect")
            .join("tests/it/badges.py");
        let port = free_port();
        let child = Command::new(python)
            .arg(script)
            .arg(port.to_string())
            .arg(folder.path().join("badges"))
            .env("BADGES_SECRET", SECRET)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let mut it = Self { child, folder, port };
        let mut pace = tokio::time::interval(Duration::from_millis(50));
        for _ in 0..ASKED {
            pace.tick().await;
            assert!(it.child.try_wait().unwrap().is_none(), "it ended by itself");
            if TcpStream::connect((Ipv4Addr::LOCALHOST, it.port)).is_ok() {
                return Some(it);
            }
        }
        panic!("it does not answer");
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/interlock", self.port)
    }

    pub fn file(&self) -> PathBuf {
        self.folder.path().join("badges")
    }

    pub fn text(&self) -> String {
        std::fs::read_to_string(self.file()).unwrap()
    }

    /// Whether the door opens. `credentials` is the Base64 of name and password.
    pub fn opens(&self, credentials: &str) -> bool {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        write!(stream, "GET / HTTP/1.0\r\nauthorization: Basic {credentials}\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        assert!(text.contains(" 200 ") || text.contains(" 401 "), "{text}");
        text.contains(" 200 ")
    }
}
