//! A PostgreSQL server of its own for each test, and psql as the world's way in.

use crate::running::{RunAs, Running, Session, certificate, free_port, pause, program};
use interlock_connect::Secret;
use interlock_connect::database::{Database, Reach, Tls};
use interlock_connect::postgresql;
use interlock_model::ConnectorId;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The password of the superuser `postgres`.
const ROOT: &str = "rootpw";
/// The password of the connector's role.
pub const OWN: &str = "interlock-pw";
/// The password of `app` before anything happens.
pub const OLD: &str = "old-password-of-app";

pub struct Postgres {
    port: u16,
    programs: PathBuf,
    folder: tempfile::TempDir,
    // Last, so that the folder is still there when it ends.
    _server: Running,
}

impl Postgres {
    /// With `app`, a member of `readers` that reads the table `sales`, and the connector's own role.
    pub fn start() -> Option<Self> {
        let it = Self::bare()?;
        it.root(
            "CREATE ROLE readers; CREATE TABLE sales (amount int); INSERT INTO sales VALUES (7)",
        );
        it.root("GRANT SELECT ON sales TO readers");
        it.root(&format!("CREATE ROLE app LOGIN PASSWORD '{OLD}' IN ROLE readers"));
        it.root(&format!("CREATE ROLE interlock LOGIN PASSWORD '{OWN}' CREATEROLE"));
        it.root("GRANT pg_signal_backend, pg_read_all_stats TO interlock");
        Some(it)
    }

    fn bare() -> Option<Self> {
        let programs = PathBuf::from(program("INTERLOCK_TEST_POSTGRESQL")?);
        let (folder, port, run) =
            (tempfile::tempdir().unwrap(), free_port(), RunAs::user("postgres"));
        run.own(folder.path());
        let (data, words) = (folder.path().join("data"), folder.path().join("pw"));
        std::fs::write(&words, ROOT).unwrap();
        run.own(&words);
        let made = run
            .command(programs.join("initdb"))
            .args([
                "-A",
                "scram-sha-256",
                "-U",
                "postgres",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
            ])
            .arg("-D")
            .arg(&data)
            .arg("--pwfile")
            .arg(&words)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        certificate(folder.path(), run);
        let settings = format!(
            "listen_addresses='127.0.0.1'\nport={port}\nunix_socket_directories='{0}'\nfsync=off\n\
             logging_collector=on\nlog_directory='{0}'\nlog_filename='server.log'\nlog_destination='jsonlog,stderr'\n\
             log_connections=on\nlog_disconnections=on\nlog_statement=all\nlog_timezone='UTC'\n\
             ssl=on\nssl_cert_file='{0}/server.crt'\nssl_key_file='{0}/server.key'\n",
            folder.path().display()
        );
        let file = data.join("postgresql.conf");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text + &settings).unwrap();
        // Besides passwords, a role that nobody asks for one.
        let hba = "host all trusted 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n";
        std::fs::write(data.join("pg_hba.conf"), hba).unwrap();
        let server = run
            .command(programs.join("postgres"))
            .arg("-D")
            .arg(&data)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let it = Self { port, programs, folder, _server: Running(server, "-INT") };
        for _ in 0..600 {
            if it.query("postgres", ROOT, "SELECT 1").is_ok() {
                return Some(it);
            }
            pause();
        }
        panic!("the server does not answer");
    }

    pub const fn port(&self) -> u16 {
        self.port
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn psql(&self, user: &str, password: &str) -> Command {
        let mut command = Command::new(self.programs.join("psql"));
        command
            .args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", user, "-d", "postgres"])
            .args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose"])
            .env("PGPASSWORD", password)
            .env("PGSSLMODE", "disable");
        command
    }

    /// What psql prints, or what it complains of.
    pub fn query(&self, user: &str, password: &str, text: &str) -> Result<String, String> {
        let done = self.psql(user, password).args(["-c", text]).output().unwrap();
        if done.status.success() {
            return Ok(String::from_utf8_lossy(&done.stdout).trim().to_owned());
        }
        Err(String::from_utf8_lossy(&done.stderr).into_owned())
    }

    /// The same as the superuser, who is refused nothing.
    #[track_caller]
    pub fn root(&self, text: &str) -> String {
        self.query("postgres", ROOT, text).unwrap()
    }

    /// A session that stays open.
    pub fn session(&self, user: &str, password: &str) -> Session {
        let mut session = Session::of(self.psql(user, password));
        assert_eq!(session.ask("SELECT 'in';").as_deref(), Some("in"));
        session
    }

    /// Everything that containment may change of `app`, but its password.
    pub fn state(&self) -> String {
        self.root(
            "SELECT rolsuper, rolinherit, rolcreaterole, rolcanlogin, rolconnlimit, \
             coalesce(rolvaliduntil, 'infinity'), \
             (SELECT string_agg(roleid::regrole || ' ' || admin_option, ',' ORDER BY roleid::regrole::text) \
              FROM pg_auth_members WHERE member = r.oid), \
             (SELECT rolpassword FROM pg_authid a WHERE a.oid = r.oid) \
             FROM pg_roles r WHERE rolname = 'app'",
        )
    }

    /// What the server wrote down.
    pub fn log(&self) -> String {
        let log = std::fs::read_to_string(self.folder.path().join("server.log")).unwrap();
        assert!(log.contains("CREATE ROLE interlock"), "statements are logged");
        log
    }

    pub fn reach(&self, user: &str, password: &str) -> Reach {
        Reach {
            host: "127.0.0.1".into(),
            port: self.port,
            database: "postgres".into(),
            user: user.into(),
            password: Some(Secret::new(password)),
            tls: Tls::Off,
            delivery: Some(self.folder.path().join("{name}.json")),
            deliveries: Default::default(),
        }
    }

    pub fn connector(&self) -> Database {
        let id = ConnectorId("pg-test".into());
        postgresql::connector(id, self.reach("interlock", OWN), None)
    }
}
