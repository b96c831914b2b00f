//! A RabbitMQ broker of its own for each test, its users made as an operator does, and pika as its clients.

use crate::running::{Session, free_port, pause, program};
use interlock_connect::Secret;
use interlock_connect::database::{Database, Reach, Tls};
use interlock_connect::rabbitmq;
use interlock_model::ConnectorId;
use serde_json::{Value, json};
use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The password of the connector's user.
pub const OWN: &str = "interlock-pw";
/// The password of `app` before anything happens.
pub const OLD: &str = "old-password-of-app";

/// A process that is ended with all that it started.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        drop(Command::new("kill").args(["-KILL", "--", &group]).status());
        drop(self.0.wait());
    }
}

pub struct RabbitMq {
    amqp: u16,
    management: u16,
    pika: OsString,
    folder: tempfile::TempDir,
    _broker: Group,
    _epmd: Group,
}

impl RabbitMq {
    /// With `app`, an administrator that works in `/` and `jobs`, and the connector's own user.
    pub fn start() -> Option<Self> {
        let server = program("INTERLOCK_TEST_RABBITMQ")?;
        let pika = program("INTERLOCK_TEST_PIKA")?;
        let folder = tempfile::tempdir().unwrap();
        let [amqp, management, distribution, epmd] = std::array::from_fn(|_| free_port());
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("plugins"), "[rabbitmq_management].").unwrap();
        std::fs::write(
            at("rabbit.conf"),
            format!(
                "management.tcp.port = {management}\nmanagement.tcp.ip = 127.0.0.1\nlog.file = false\n\
                 log.console = true\nlog.console.level = warning\n"
            ),
        )
        .unwrap();
        let quiet = |command: &mut Command| {
            let command = command.process_group(0).stdin(Stdio::null());
            Group(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
        };
        let names =
            quiet(Command::new("epmd").args(["-address", "127.0.0.1", "-port", &epmd.to_string()]));
        let broker = quiet(
            Command::new(server)
                .env("HOME", folder.path())
                .env("RABBITMQ_NODENAME", format!("t{amqp}@localhost"))
                .env("RABBITMQ_MNESIA_BASE", at("data"))
                .env("RABBITMQ_LOG_BASE", at("log"))
                .env("RABBITMQ_NODE_PORT", amqp.to_string())
                .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
                .env("RABBITMQ_DIST_PORT", distribution.to_string())
                .env("RABBITMQ_ENABLED_PLUGINS_FILE", at("plugins"))
                .env("RABBITMQ_CONFIG_FILE", at("rabbit"))
                .env("RABBITMQ_PID_FILE", at("pid"))
                .env("ERL_EPMD_ADDRESS", "127.0.0.1")
                .env("ERL_EPMD_PORT", epmd.to_string()),
        );
        let it = Self { amqp, management, pika, folder, _broker: broker, _epmd: names };
        it.ready();
        it.put("users/app", &json!({ "password": OLD, "tags": "management" }));
        it.put("users/interlock", &json!({ "password": OWN, "tags": "administrator" }));
        it.put("vhosts/jobs", &json!({}));
        for vhost in ["%2F", "jobs"] {
            it.put(
                &format!("permissions/{vhost}/app"),
                &json!({ "configure": ".*", "write": ".*", "read": ".*" }),
            );
        }
        Some(it)
    }

    fn ready(&self) {
        for _ in 0..1_200 {
            // The port of AMQP is the last to be opened.
            let amqp = std::net::TcpStream::connect(("127.0.0.1", self.amqp)).is_ok();
            if amqp && self.status("guest", "guest") == "200" {
                return;
            }
            pause();
        }
        panic!("the broker does not answer");
    }

    /// Of the management API, and of AMQP.
    pub fn ports(&self) -> (u16, u16) {
        (self.management, self.amqp)
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn curl(&self, arguments: &[&str], path: &str) -> String {
        let url = format!("http://127.0.0.1:{}/api/{path}", self.management);
        let done = Command::new("curl").arg("-s").args(arguments).arg(url).output().unwrap();
        String::from_utf8_lossy(&done.stdout).into_owned()
    }

    /// What the management API answers this user.
    pub fn status(&self, user: &str, password: &str) -> String {
        let who = format!("{user}:{password}");
        self.curl(&["-u", &who, "-o", "/dev/null", "-w", "%{http_code}"], "whoami")
    }

    /// A change by an operator.
    pub fn put(&self, path: &str, body: &Value) {
        let (body, json) = (body.to_string(), "content-type: application/json");
        let said = self.curl(&["-u", "guest:guest", "-X", "PUT", "-H", json, "-d", &body], path);
        assert!(said.is_empty(), "{path}: {said}");
    }

    pub fn delete(&self, path: &str) {
        let said = self.curl(&["-u", "guest:guest", "-X", "DELETE"], path);
        assert!(said.is_empty(), "{path}: {said}");
    }

    /// Somebody else writes to a queue of `/`.
    pub fn publish(&self, queue: &str) {
        let body = json!({
            "properties": {}, "routing_key": queue, "payload": "x", "payload_encoding": "string",
        });
        let body = body.to_string();
        let arguments = ["-u", "guest:guest", "-X", "POST", "-d", &body];
        let said = self.curl(&arguments, "exchanges/%2F/amq.default/publish");
        assert!(said.contains("true"), "{said}");
    }

    pub fn get(&self, path: &str) -> Value {
        serde_json::from_str(&self.curl(&["-u", "guest:guest"], path)).unwrap()
    }

    /// Everything that containment may change of `app`.
    pub fn state(&self) -> String {
        let mut permissions = self.get("users/app/permissions").as_array().unwrap().clone();
        permissions.sort_by_key(ToString::to_string);
        format!("{} {permissions:?}", self.get("users/app"))
    }

    /// A connection that stays open, or the words of its refusal.
    pub fn session(&self, user: &str, password: &str, vhost: &str) -> Result<Session, String> {
        let mut command = Command::new(&self.pika);
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("interlock-connect");
        command.arg(crates.join("tests/databases/rabbitmq_client.py")).args([
            &self.amqp.to_string(),
            user,
            password,
            vhost,
        ]);
        let mut session = Session::of(command);
        // The first line comes by itself.
        match session.ask("").unwrap().as_str() {
            "in" => Ok(session),
            refused => Err(refused.to_owned()),
        }
    }

    /// How `app` is answered with this password.
    pub fn app(&self, password: &str) -> String {
        match self.session("app", password, "/") {
            Ok(mut session) => session.ask("use").unwrap(),
            Err(refused) => refused,
        }
    }

    pub fn connector(&self) -> Database {
        self.connector_as("interlock", OWN)
    }

    pub fn connector_as(&self, user: &str, password: &str) -> Database {
        let reach = Reach {
            host: "127.0.0.1".into(),
            port: self.management,
            database: String::new(),
            user: user.into(),
            password: Some(Secret::new(password)),
            tls: Tls::Off,
            delivery: Some(self.folder.path().join("{name}.json")),
            deliveries: Default::default(),
        };
        rabbitmq::connector(ConnectorId("rabbitmq-test".into()), reach, self.amqp, None)
    }
}
