//! Somebody else's imitation of one organisation of Okta, `emulate`.

use crate::outside::http;
use crate::server::{free_port, program};
use serde_json::Value;
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub const TOKEN: &str = "test_token_admin";

/// A running imitation. Ends when it goes out of scope.
pub struct Org {
    child: Child,
    port: u16,
}

impl Drop for Org {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Org {
    /// Starts one with an app and a user; `None` where the program is not named.
    pub async fn start() -> Option<Self> {
        let program = program("INTERLOCK_TEST_EMULATE")?;
        let port = free_port();
        let child = Command::new("node")
            .arg(program)
            .args(["start", "-s", "okta", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut it = Self { child, port };
        let mut pace = tokio::time::interval(Duration::from_millis(100));
        for _ in 0..600 {
            pace.tick().await;
            assert!(it.child.try_wait().unwrap().is_none(), "the server ended by itself");
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                return Some(it);
            }
        }
        panic!("the server does not answer");
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// One plain request, by another client than the connector's.
    pub async fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let asked = http().request(method, format!("{}{path}", self.url())).json(body);
        let asked = asked.header("authorization", format!("SSWS {TOKEN}"));
        asked.send().await.unwrap().json().await.unwrap()
    }

    pub async fn get(&self, path: &str) -> Value {
        self.ask("GET", path, &Value::Null).await
    }
}
