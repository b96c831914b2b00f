//! A Redis server of its own for each test, and redis-cli as the world's way in.

use crate::running::{Running, Session, free_port, pause, program};
use interlock_connect::Secret;
use interlock_connect::database::{Database, Reach, Tls};
use interlock_connect::redis;
use interlock_model::ConnectorId;
use std::path::Path;
use std::process::{Command, Stdio};

/// The password of the connector's user.
pub const OWN: &str = "interlock-pw";
/// The password of `app` before anything happens.
pub const OLD: &str = "old-password-of-app";

pub struct Redis {
    port: u16,
    folder: tempfile::TempDir,
    // Last, so that the folder is still there when it ends.
    server: Option<Running>,
}

impl Redis {
    /// With `app`, which reads `sales`, and the connector's own user.
    pub fn start() -> Option<Self> {
        let program = program("INTERLOCK_TEST_REDIS")?;
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        std::fs::write(
            folder.path().join("users.acl"),
            format!(
                "user default on nopass ~* &* +@all\n\
                 user app on >{OLD} ~* &* -@all +get +client|id (+set ~own)\n\
                 user interlock on >{OWN} -@all +acl|getuser +acl|list +acl|setuser +acl|save +acl|dryrun \
                 +client|list +client|id +client|kill +config|get +multi +exec\n"
            ),
        )
        .unwrap();
        let mut it = Self { port, folder, server: None };
        it.run(&program);
        it.root(&["SET", "sales", "7"]);
        Some(it)
    }

    fn run(&mut self, program: &std::ffi::OsStr) {
        self.server = None;
        let child = Command::new(program)
            .args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--save", ""])
            .arg("--dir")
            .arg(self.folder.path())
            .args(["--aclfile", "users.acl"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.server = Some(Running(child, "-TERM"));
        for _ in 0..600 {
            if self.cli("default", "", &["PING"]) == "PONG" {
                return;
            }
            pause();
        }
        panic!("the server does not answer");
    }

    /// Ends the server and starts it again.
    pub fn restart(&mut self) {
        self.run(&program("INTERLOCK_TEST_REDIS").unwrap());
    }

    pub const fn port(&self) -> u16 {
        self.port
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn client(&self, user: &str, password: &str) -> Command {
        let mut command = Command::new("redis-cli");
        command.args(["-h", "127.0.0.1", "-p", &self.port().to_string()]);
        if user != "default" {
            command.args(["--user", user, "--no-auth-warning"]).env("REDISCLI_AUTH", password);
        }
        command
    }

    /// What redis-cli prints, refusals too.
    pub fn cli(&self, user: &str, password: &str, words: &[&str]) -> String {
        let done = self.client(user, password).args(words).output().unwrap();
        let text = [done.stdout, done.stderr].concat();
        String::from_utf8_lossy(&text).trim().to_owned()
    }

    pub fn root(&self, words: &[&str]) -> String {
        let said = self.cli("default", "", words);
        assert!(!said.contains("ERR"), "{said}");
        said
    }

    /// A connection that stays open.
    pub fn session(&self, user: &str, password: &str) -> Session {
        let mut session = Session::of(self.client(user, password));
        assert_eq!(session.ask("GET sales").as_deref(), Some("7"));
        session
    }

    /// Everything that containment may change of `app`.
    pub fn state(&self) -> String {
        let list = self.root(&["ACL", "LIST"]);
        list.lines().find(|it| it.contains("user app ")).unwrap().to_owned()
    }

    pub fn connector(&self) -> Database {
        let reach = Reach {
            host: "127.0.0.1".into(),
            port: self.port,
            database: String::new(),
            user: "interlock".into(),
            password: Some(Secret::new(OWN)),
            tls: Tls::Off,
            delivery: Some(self.folder.path().join("{name}.json")),
            deliveries: Default::default(),
        };
        redis::connector(ConnectorId("redis-test".into()), reach, None)
    }
}
