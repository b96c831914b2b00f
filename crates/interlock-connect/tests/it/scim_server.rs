//! A real SCIM service: `scim2-server`, which keeps users and groups in memory and has no sign-in.

use crate::server::{free_port, program};
use interlock_connect::Secret;
use interlock_connect::scim::{Dialect, Scim, ScimConfig};
use interlock_model::{ConnectorId, Principal};
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub const TOKEN: &str = "scim-test-token";
pub const SVC: &str = "svc@example.com";
pub const ANN: &str = "ann@example.com";
/// How often a server is asked whether it is there, before the test fails.
const ASKED: usize = 600;

/// A running service. Ends when it goes out of scope.
pub struct Service {
    child: Child,
    port: u16,
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Service {
    /// Starts one with two users, both in the group `admins`; `None` where the program is not named.
    pub async fn start() -> Option<Self> {
        let program = program("INTERLOCK_TEST_SCIM")?;
        let port = free_port();
        let child = Command::new(program)
            .args(["--hostname", "127.0.0.1", "--port", &port.to_string(), "--bearer-token", TOKEN])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut it = Self { child, port };
        it.ready().await;
        let mut members = Vec::new();
        for name in [SVC, ANN] {
            let user = json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
                "userName": name,
                "active": true,
            });
            let (status, user) = it.ask("POST", "Users", Some(&user));
            assert_eq!(status, 201, "{user}");
            members.push(json!({ "value": user["id"] }));
        }
        let group = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "displayName": "admins",
            "members": members,
        });
        let (status, group) = it.ask("POST", "Groups", Some(&group));
        assert_eq!(status, 201, "{group}");
        Some(it)
    }

    async fn ready(&mut self) {
        let mut pace = tokio::time::interval(Duration::from_millis(100));
        for _ in 0..ASKED {
            pace.tick().await;
            assert!(self.child.try_wait().unwrap().is_none(), "the server ended by itself");
            if TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() {
                return;
            }
        }
        panic!("the server does not answer");
    }

    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}/v2", self.port)
    }

    /// One plain request, by another client than the connector's.
    pub fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        self.ask_if(method, path, body, None)
    }

    /// The same, for this version alone.
    pub fn ask_if(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        version: Option<&str>,
    ) -> (u16, Value) {
        let body = body.map(ToString::to_string).unwrap_or_default();
        let version = version.map(|it| format!("If-Match: {it}\r\n")).unwrap_or_default();
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        write!(
            stream,
            "{method} /v2/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/scim+json\r\n{version}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or_default())
    }

    /// A user as the service shows it, without the marks of the last change.
    pub fn user(&self, name: &str) -> Value {
        let (_, list) = self.ask("GET", "Users", None);
        let mut users = list["Resources"].as_array().unwrap().iter();
        let mut user = users.find(|it| it["userName"] == name).unwrap().clone();
        user.as_object_mut().unwrap().remove("meta");
        user
    }

    /// The ids of the members of the group, sorted.
    pub fn admins(&self) -> Vec<String> {
        let (_, list) = self.ask("GET", "Groups", None);
        let members = list["Resources"][0]["members"].as_array().cloned().unwrap_or_default();
        let mut ids: Vec<String> =
            members.iter().map(|it| it["value"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    }

    pub fn config(&self, dialect: Dialect) -> ScimConfig {
        ScimConfig {
            id: ConnectorId("app".into()),
            endpoint: self.endpoint(),
            token: Secret::new(TOKEN),
            dialect,
            acts_as: None,
            privileged_groups: vec!["admins".to_owned()],
            settle: None,
        }
    }

    pub fn connector(&self, dialect: Dialect) -> Scim {
        Scim::prepare(self.config(dialect))
    }
}

pub fn principal(name: &str) -> Principal {
    Principal::new("scim", &format!("app/{name}"))
}
