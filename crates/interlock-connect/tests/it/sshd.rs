//! A real OpenSSH server on loopback, with keys, a certificate authority and a list of what is revoked.

use crate::server::{free_port, must, program};
use std::ffi::OsString;
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How often a server is asked whether it is there, before the test fails.
const ASKED: usize = 600;

/// A running server. Ends, with its sessions, when it goes out of scope.
pub struct Sshd {
    child: Child,
    folder: tempfile::TempDir,
    port: u16,
    user: String,
}

impl Drop for Sshd {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Sshd {
    /// Starts one that knows no key yet; `None` where the program is not named.
    pub async fn start() -> Option<Self> {
        let program = program("INTERLOCK_TEST_SSHD")?;
        let folder = tempfile::tempdir().unwrap();
        // Where it drops its rights to; the package makes it only when the daemon is started by init.
        drop(std::fs::create_dir_all("/run/sshd"));
        let user = must(Command::new("id").arg("-un"), "").trim().to_owned();
        let at = |name: &str| folder.path().join(name);
        for name in ["host", "ca"] {
            keygen(&["-q", "-t", "ed25519", "-N", "", "-C", name, "-f"], &at(name));
        }
        std::fs::write(at("authorized_keys"), "# who may come in\n").unwrap();
        must(Command::new("ssh-keygen").args(["-q", "-k", "-f"]).arg(at("krl")), "");
        let port = free_port();
        let config = format!(
            "ListenAddress 127.0.0.1:{port}\nHostKey {}\nAuthorizedKeysFile {}\nTrustedUserCAKeys {}\n\
             RevokedKeys {}\nStrictModes no\nUsePAM no\nPidFile none\nPermitRootLogin yes\n\
             PasswordAuthentication no\nKbdInteractiveAuthentication no\nLogLevel VERBOSE\n",
            at("host").display(),
            at("authorized_keys").display(),
            at("ca.pub").display(),
            at("krl").display(),
        );
        std::fs::write(at("config"), config).unwrap();
        let log = std::fs::File::create(at("log")).unwrap();
        let child = serve(&program, &at("config"), log);
        let mut it = Self { child, folder, port, user };
        it.ready().await;
        Some(it)
    }

    async fn ready(&mut self) {
        let mut pace = tokio::time::interval(Duration::from_millis(50));
        for _ in 0..ASKED {
            pace.tick().await;
            assert!(self.child.try_wait().unwrap().is_none(), "it ended: {}", self.log());
            if TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() {
                return;
            }
        }
        panic!("the server does not answer");
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.at("log")).unwrap()
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn user(&self) -> &str {
        &self.user
    }

    /// Makes a key pair; its fingerprint.
    pub fn key(&self, name: &str) -> String {
        keygen(&["-q", "-t", "ed25519", "-N", "", "-C", name, "-f"], &self.at(name));
        let said = must(Command::new("ssh-keygen").arg("-lf").arg(self.at(name)), "");
        said.split_whitespace().nth(1).unwrap().to_owned()
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Lets a key in by a certificate of the authority, with the key's name as its id.
    pub fn sign(&self, name: &str, serial: u32) {
        let serial = serial.to_string();
        let mut command = Command::new("ssh-keygen");
        command.args(["-q", "-I", name, "-n", &self.user, "-z", &serial, "-s"]);
        must(command.arg(self.at("ca")).arg(self.at(&format!("{name}.pub"))), "");
    }

    /// Lets a key in.
    pub fn authorize(&self, name: &str) {
        let key = std::fs::read_to_string(self.at(&format!("{name}.pub"))).unwrap();
        let path = self.at("authorized_keys");
        let text = std::fs::read_to_string(&path).unwrap() + &key;
        std::fs::write(&path, text).unwrap();
    }

    pub fn authorized(&self) -> String {
        std::fs::read_to_string(self.at("authorized_keys")).unwrap()
    }

    fn client(&self, name: &str) -> Command {
        let mut command = Command::new("ssh");
        command.args(["-F", "/dev/null", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes"]);
        command.args(["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]);
        command.args(["-o", "LogLevel=ERROR", "-p", &self.port.to_string(), "-i"]);
        command.arg(self.at(name)).arg(format!("{}@127.0.0.1", self.user));
        command
    }

    /// Whether this key opens the door, by OpenSSH's own client.
    pub fn opens(&self, name: &str) -> bool {
        let done = self.client(name).arg("echo in").stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(
            done.status.success() || said.contains("Permission denied"),
            "{said}\n{}",
            self.log()
        );
        done.status.success()
    }

    /// A session that is open: it answers each line.
    pub fn session(&self, name: &str) -> Session {
        let child =
            self.client(name).arg("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        Session::of(child.unwrap())
    }
}

/// A session that is open, by OpenSSH's own client.
pub struct Session {
    child: Child,
    lines: std::io::Lines<std::io::BufReader<std::process::ChildStdout>>,
}

impl Drop for Session {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Session {
    fn of(mut child: Child) -> Self {
        use std::io::BufRead as _;
        let lines = std::io::BufReader::new(child.stdout.take().unwrap()).lines();
        let mut it = Self { child, lines };
        assert!(it.lives(), "the session was never open");
        it
    }

    /// Whether it still answers.
    pub fn lives(&mut self) -> bool {
        use std::io::Write as _;
        let stdin = self.child.stdin.as_mut().unwrap();
        if stdin.write_all(b"still there\n").and_then(|()| stdin.flush()).is_err() {
            return false;
        }
        matches!(self.lines.next(), Some(Ok(line)) if line == "still there")
    }
}

fn serve(program: &OsString, config: &Path, log: std::fs::File) -> Child {
    let mut command = Command::new(program);
    command.args(["-D", "-e", "-f"]).arg(config).stdin(Stdio::null()).stdout(Stdio::null());
    command.stderr(log).spawn().unwrap()
}

fn keygen(arguments: &[&str], file: &Path) {
    must(Command::new("ssh-keygen").args(arguments).arg(file), "");
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
}
