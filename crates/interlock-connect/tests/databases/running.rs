//! Servers and clients of the system: started on free loopback ports, ended by their process ids.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// What a variable names; without it the test is skipped, or fails where it is required.
pub fn program(variable: &str) -> Option<OsString> {
    let program = std::env::var_os(variable);
    if program.is_none() {
        let required = std::env::var_os("INTERLOCK_TEST_REQUIRE").is_some_and(|it| it == "1");
        assert!(!required, "{variable} does not say where the server is");
        println!("skipped: {variable} does not say where the server is");
    }
    program
}

pub fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// Between two looks at something that a server of its own is about to do; the looks have an end.
#[expect(clippy::disallowed_methods, reason = "another process is waited for, by what it answers")]
pub fn pause() {
    std::thread::sleep(Duration::from_millis(100));
}

/// The user that a server runs as: itself when root starts it, since some refuse to be root's.
#[derive(Clone, Copy)]
pub struct RunAs(Option<(u32, u32)>);

impl RunAs {
    /// The system's user of this name, when we are root.
    pub fn user(name: &str) -> Self {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        if !status.lines().any(|it| it.starts_with("Uid:\t0\t")) {
            return Self(None);
        }
        let users = std::fs::read_to_string("/etc/passwd").unwrap();
        let line = users.lines().find(|it| it.split(':').next() == Some(name)).unwrap();
        let ids: Vec<&str> = line.split(':').collect();
        Self(Some((ids[2].parse().unwrap(), ids[3].parse().unwrap())))
    }

    pub fn command(self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        if let Self(Some((user, group))) = self {
            command.uid(user).gid(group);
        }
        command.current_dir("/");
        command
    }

    /// Makes a folder or file this user's.
    pub fn own(self, path: &Path) {
        if let Self(Some((user, group))) = self {
            std::os::unix::fs::chown(path, Some(user), Some(group)).unwrap();
        }
    }
}

/// A process that is asked to end, by its id, when it goes out of scope.
pub struct Running(pub Child, pub &'static str);

impl Drop for Running {
    fn drop(&mut self) {
        let pid = self.0.id().to_string();
        drop(Command::new("kill").args([self.1, &pid]).status());
        for _ in 0..100 {
            if self.0.try_wait().is_ok_and(|it| it.is_some()) {
                return;
            }
            pause();
        }
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// An interactive client that stays signed in.
pub struct Session {
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
}

impl Session {
    pub fn of(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (send, lines) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, input, lines }
    }

    /// Sends a line and gives the first line that comes back, empty ones left out; `None` when the session is over.
    pub fn ask(&mut self, line: &str) -> Option<String> {
        writeln!(self.input, "{line}").ok()?;
        self.input.flush().ok()?;
        loop {
            // Some clients set their complaints off by an empty line.
            let line = self.lines.recv_timeout(Duration::from_secs(20)).ok()?;
            if !line.is_empty() {
                return Some(line);
            }
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A certificate for `localhost`, made by the system's own tool.
pub fn certificate(folder: &Path, run: RunAs) {
    let made = run
        .command("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
        .args(["-nodes", "-days", "2", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=DNS:localhost"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(folder.join("server.key"))
        .arg("-out")
        .arg(folder.join("server.crt"))
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}
