//! Real servers for the tests: started on a free loopback port, ended with the test.

use crate::account::{Account, Keys};
use serde_json::Value;
use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How often a server is asked whether it is there, before the test fails.
const ASKED: usize = 600;

/// A running server. Ends when it goes out of scope.
pub struct Server {
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; either way nothing is left behind.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The program that a variable names; without it the test is skipped, or fails where it is required.
pub fn program(variable: &str) -> Option<OsString> {
    let program = std::env::var_os(variable);
    if program.is_none() {
        let required = std::env::var_os("INTERLOCK_TEST_REQUIRE").is_some_and(|it| it == "1");
        assert!(!required, "{variable} does not name the server's program");
        println!("skipped: {variable} does not name the server's program");
    }
    program
}

pub fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

impl Server {
    async fn start(mut command: Command, port: u16, health: &str) -> Self {
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut server = Self { child, port };
        let mut pace = tokio::time::interval(Duration::from_millis(100));
        for _ in 0..ASKED {
            pace.tick().await;
            assert!(server.child.try_wait().unwrap().is_none(), "the server ended by itself");
            if server.ask("GET", health, "").is_some_and(|it| it.starts_with("HTTP/1.1 200")) {
                return server;
            }
        }
        panic!("the server does not answer at {health}");
    }

    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// One plain request of the server's own control interface.
    pub fn ask(&self, method: &str, path: &str, body: &str) -> Option<String> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    }
}

/// A server whose refusals are real: it checks signatures and evaluates policies.
pub async fn ministack() -> Option<(Server, Account)> {
    let port = free_port();
    let root = Keys::of("AKIAROOTROOTROOTROOT", "rootsecret");
    let mut command = Command::new(program("INTERLOCK_TEST_MINISTACK")?);
    command
        .env("AUTH", "true")
        .env("BIND_HOST", "127.0.0.1")
        .env("GATEWAY_PORT", port.to_string())
        .env("AWS_ACCESS_KEY_ID", &root.id)
        .env("AWS_SECRET_ACCESS_KEY", &root.secret);
    let server = Server::start(command, port, "/_ministack/health").await;
    let account = Account::new(server.endpoint(), root).await;
    Some((server, account))
}

/// A server that says yes and lists what was wanted, while inactive keys go on working.
pub async fn moto() -> Option<(Server, Account)> {
    let port = free_port();
    let mut command = Command::new(program("INTERLOCK_TEST_MOTO")?);
    command
        .args(["-H", "127.0.0.1", "-p", &port.to_string()])
        .env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true");
    let server = Server::start(command, port, "/moto-api/data.json").await;
    // Until it is told to enforce, everybody is everybody.
    let anybody = Account::new(server.endpoint(), Keys::of("AKIAANYBODY", "anything")).await;
    let root = anybody.add_user("operator", r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#).await;
    let account = Account::new(server.endpoint(), root).await;
    let told = server.ask("POST", "/moto-api/reset-auth", "0").unwrap();
    assert!(told.starts_with("HTTP/1.1 200"), "{told}");
    Some((server, account))
}

/// One request of AWS's JSON protocol, signed by nobody: for a server that takes everybody's word.
pub fn json(server: &Server, service: &str, target: &str, sent: &Value) -> Value {
    let (sent, endpoint) = (sent.to_string(), server.endpoint());
    let mut stream = TcpStream::connect(endpoint.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    write!(
        stream,
        "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/x-amz-json-1.1\r\nX-Amz-Target: {target}\r\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIAANYBODY/20260301/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0\r\nContent-Length: {}\r\n\r\n{sent}",
        sent.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{target}: {answer}");
    answer.split_once("\r\n\r\n").map(|it| serde_json::from_str(it.1).unwrap_or_default()).unwrap()
}

/// Whether the server takes everybody's word, or looks at who asks and what that one may.
pub fn enforce(server: &Server, enforces: bool) {
    let said = if enforces { "0" } else { "1000000" };
    let told = server.ask("POST", "/moto-api/reset-auth", said).unwrap();
    assert!(told.starts_with("HTTP/1.1 200"), "{told}");
}
