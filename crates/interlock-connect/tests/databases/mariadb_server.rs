//! A MariaDB server of its own for each test, and its own client as the world's way in.

use crate::running::{RunAs, Running, Session, certificate, free_port, pause, program};
use interlock_connect::Secret;
use interlock_connect::database::{Database, Reach, Tls};
use interlock_connect::mariadb;
use interlock_model::ConnectorId;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The password of the connector's account.
pub const OWN: &str = "interlock-pw";
/// The password of `app@%` before anything happens.
pub const OLD: &str = "old-password-of-app";

pub struct MariaDb {
    port: u16,
    folder: tempfile::TempDir,
    // Last, so that the folder is still there when it ends.
    _server: Running,
}

impl MariaDb {
    /// With `app@%`, which reads the table `shop.sales`, and the connector's own account.
    pub fn start() -> Option<Self> {
        let it = Self::bare()?;
        it.root("CREATE DATABASE shop; CREATE TABLE shop.sales (amount int); INSERT INTO shop.sales VALUES (7)");
        it.root(&format!(
            "CREATE USER app@'%' IDENTIFIED BY '{OLD}'; GRANT SELECT ON shop.* TO app@'%'"
        ));
        it.root(&format!("CREATE USER interlock@'127.0.0.1' IDENTIFIED BY '{OWN}'"));
        it.root("GRANT CREATE USER, PROCESS, CONNECTION ADMIN ON *.* TO interlock@'127.0.0.1'");
        it.root("GRANT SELECT ON mysql.* TO interlock@'127.0.0.1'");
        Some(it)
    }

    fn bare() -> Option<Self> {
        let server = PathBuf::from(program("INTERLOCK_TEST_MARIADB")?);
        let (folder, port, run) = (tempfile::tempdir().unwrap(), free_port(), RunAs::user("mysql"));
        run.own(folder.path());
        let data = folder.path().join("data");
        let made = run
            .command("mariadb-install-db")
            .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
            .args(["--skip-name-resolve", "--innodb-log-file-size=4M", "--innodb-use-native-aio=0"])
            .arg(format!("--datadir={}", data.display()))
            // A server that starts removes what looks like its own from a shared one.
            .arg(format!("--tmpdir={}", folder.path().display()))
            .output()
            .unwrap();
        let said = [made.stdout, made.stderr].concat();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&said));
        certificate(folder.path(), run);
        let at = |name: &str| folder.path().join(name).display().to_string();
        let running = run
            .command(server)
            .args([
                "--no-defaults",
                "--bind-address=127.0.0.1",
                "--skip-name-resolve",
                "--general-log",
            ])
            .args([
                "--innodb-flush-log-at-trx-commit=0",
                "--innodb-buffer-pool-size=16M",
                "--innodb-use-native-aio=0",
            ])
            .arg(format!("--port={port}"))
            .arg(format!("--datadir={}", data.display()))
            // A server that starts removes what looks like its own from a shared one.
            .arg(format!("--tmpdir={}", folder.path().display()))
            .arg(format!("--socket={}", at("socket")))
            .arg(format!("--general-log-file={}", at("server.log")))
            .arg(format!("--ssl-cert={}", at("server.crt")))
            .arg(format!("--ssl-key={}", at("server.key")))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let it = Self { port, folder, _server: Running(running, "-TERM") };
        for _ in 0..600 {
            if it.query("root", "", "SELECT 1").is_ok() {
                return Some(it);
            }
            pause();
        }
        panic!("the server does not answer");
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn client(&self, user: &str, password: &str) -> Command {
        let mut command = Command::new("mariadb");
        command
            .args(["--no-defaults", "--skip-ssl", "-NBn", "-h127.0.0.1", "-P"])
            .arg(self.port.to_string())
            .arg(format!("-u{user}"))
            .env("MYSQL_PWD", password);
        command
    }

    /// What the client prints, or what it complains of.
    pub fn query(&self, user: &str, password: &str, text: &str) -> Result<String, String> {
        let done = self.client(user, password).args(["-e", text]).output().unwrap();
        if done.status.success() {
            return Ok(String::from_utf8_lossy(&done.stdout).trim().to_owned());
        }
        Err(String::from_utf8_lossy(&done.stderr).into_owned())
    }

    /// The same as root, who is refused nothing.
    #[track_caller]
    pub fn root(&self, text: &str) -> String {
        self.query("root", "", text).unwrap()
    }

    /// A session that stays open.
    pub fn session(&self, user: &str, password: &str) -> Session {
        let mut command = self.client(user, password);
        command.arg("--skip-reconnect");
        let mut session = Session::of(command);
        assert_eq!(session.ask("SELECT 'in';").as_deref(), Some("in"));
        session
    }

    /// Everything that containment may change of `app@%`, its hash included.
    pub fn state(&self) -> String {
        self.root(
            "SELECT COALESCE(JSON_VALUE(Priv, '$.account_locked'), '0') IN ('1', 'true'), \
             JSON_VALUE(Priv, '$.authentication_string'), JSON_VALUE(Priv, '$.password_last_changed') \
             FROM mysql.global_priv WHERE User = 'app'",
        )
    }

    /// What the server wrote down.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("server.log")).unwrap()
    }

    pub fn reach(&self, user: &str, password: &str) -> Reach {
        Reach {
            host: "127.0.0.1".into(),
            port: self.port,
            database: String::new(),
            user: user.into(),
            password: Some(Secret::new(password)),
            tls: Tls::Off,
            delivery: Some(self.folder.path().join("{name}.json")),
            deliveries: Default::default(),
        }
    }

    pub fn connector(&self) -> Database {
        mariadb::connector(ConnectorId("my-test".into()), self.reach("interlock", OWN), None)
    }
}
