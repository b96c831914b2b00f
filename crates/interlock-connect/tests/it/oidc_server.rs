//! A real authorization server: the package `oidc-provider`, with clients that register themselves.

use crate::outside::http;
use crate::server::{free_port, must, program};
use serde_json::{Value, json};
use std::net::{Ipv4Addr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// What proves the client that may introspect, `interlock`.
pub const OWN_SECRET: &str = "interlock-test-secret";

/// A running server. Ends when it goes out of scope.
pub struct Server {
    child: Child,
    port: u16,
    http: reqwest::Client,
    folder: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A client that registered itself.
pub struct Registered {
    pub id: String,
    pub secret: String,
    pub uri: String,
    pub registration: String,
}

impl Server {
    /// Starts it on a port of its own.
    pub async fn start() -> Option<Self> {
        let modules = program("INTERLOCK_TEST_OIDC_PROVIDER")?;
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("server.mjs");
        std::fs::write(&script, include_str!("oidc_provider.mjs")).unwrap();
        let (key, certificate) = (folder.path().join("key.pem"), folder.path().join("cert.pem"));
        must(
            Command::new("openssl")
                .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=interlock"])
                .arg("-keyout")
                .arg(&key)
                .arg("-out")
                .arg(&certificate),
            "",
        );
        let port = free_port();
        let child = Command::new("node")
            .arg(&script)
            .arg(modules)
            .arg(port.to_string())
            .arg(&key)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let http = http();
        let mut it = Self { child, port, http, folder };
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

    /// A file beside it: `key.pem`, by which the client `signer` proves itself, and `cert.pem`.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.port)
    }

    /// A client that registers itself.
    pub async fn register(&self) -> Registered {
        let body = json!({
            "grant_types": ["client_credentials"], "redirect_uris": [], "response_types": [],
        });
        let asked = self.http.post(self.url("reg")).bearer_auth("initial-test-token").json(&body);
        let it: Value = asked.send().await.unwrap().json().await.unwrap();
        let of = |name: &str| it[name].as_str().unwrap_or_else(|| panic!("{it}")).to_owned();
        Registered {
            id: of("client_id"),
            secret: of("client_secret"),
            uri: of("registration_client_uri"),
            registration: of("registration_access_token"),
        }
    }

    /// What it is answered when it asks for a token.
    pub async fn token(&self, of: &Registered) -> Value {
        let asked = self.http.post(self.url("token")).basic_auth(&of.id, Some(&of.secret));
        let body = "grant_type=client_credentials";
        let asked = asked.header("content-type", "application/x-www-form-urlencoded").body(body);
        asked.send().await.unwrap().json().await.unwrap()
    }

    /// Whether a token counts.
    pub async fn active(&self, token: &str) -> bool {
        let asked = self.http.post(self.url("token/introspection"));
        let asked = asked.basic_auth("interlock", Some(OWN_SECRET));
        let asked = asked.header("content-type", "application/x-www-form-urlencoded");
        let it: Value =
            asked.body(format!("token={token}")).send().await.unwrap().json().await.unwrap();
        it["active"] == true
    }
}
