//! An organisation of GitHub on `emulate`, which keeps members and collaborators and refuses a private
//! repository to whoever is neither.

use crate::server::{free_port, must, program};
use interlock_connect::Secret;
use interlock_connect::delivery::Deliveries;
use interlock_connect::github::{App, Credential, Github, GithubConfig};
use interlock_model::{ConnectorId, Timestamp};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

pub const ROOT: &str = "token-of-the-house";
pub const SVC: &str = "token-of-svc";
pub const GUEST: &str = "token-of-guest";
/// How often a server is asked whether it is there, before the test fails.
const ASKED: usize = 600;
const APP: &str = "12345";
const INSTALLATION: u64 = 100;

/// A running emulator. Ends when it goes out of scope.
pub struct Emulate {
    child: Child,
    port: u16,
    key: Secret,
    _folder: TempDir,
}

impl Drop for Emulate {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// An RSA key that is nobody's.
pub fn private_key() -> Secret {
    let made = must(Command::new("openssl").args(["genrsa", "-traditional", "2048"]), "");
    let from = made.find("-----BEGIN").unwrap();
    Secret::new(made.get(from..).unwrap())
}

fn clock() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "the emulator looks at the system's clock")]
    Timestamp::now()
}

impl Emulate {
    /// Starts one; `None` where the program is not named.
    pub async fn start() -> Option<Self> {
        let program = program("INTERLOCK_TEST_EMULATE")?;
        let (folder, port, key) = (tempfile::tempdir().unwrap(), free_port(), private_key());
        let seed = folder.path().join("seed.yaml");
        let pem = key.expose().lines().map(|it| format!("        {it}\n")).collect::<String>();
        let text = format!(
            "tokens:\n  {ROOT}: {{ login: house, scopes: [repo, admin:org] }}\n  {SVC}: {{ login: svc, scopes: [repo] }}\n  {GUEST}: {{ login: guest, scopes: [repo] }}\n\
             github:\n  users:\n    - login: house\n    - login: svc\n    - login: guest\n    - login: ann\n\
             \x20 orgs:\n    - login: acme\n      members:\n        - {{ login: house, role: admin }}\n        - {{ login: svc, role: member }}\n        - {{ login: ann, role: member }}\n\
             \x20 repos:\n    - {{ owner: acme, name: pay, private: true, auto_init: true }}\n\
             \x20 apps:\n    - app_id: {APP}\n      slug: interlock\n      name: Interlock\n      permissions: {{ members: read, metadata: read }}\n      private_key: |\n{pem}      installations:\n        - {{ installation_id: {INSTALLATION}, account: acme, repository_selection: all }}\n"
        );
        std::fs::write(&seed, text).unwrap();
        let child = Command::new("node")
            .arg(program)
            .args(["start", "-p", &port.to_string(), "-s", "github", "--seed"])
            .arg(&seed)
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut it = Self { child, port, key, _folder: folder };
        let mut pace = tokio::time::interval(Duration::from_millis(100));
        for _ in 0..ASKED {
            pace.tick().await;
            assert!(it.child.try_wait().unwrap().is_none(), "the emulator ended by itself");
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                it.ask(
                    ROOT,
                    "PUT",
                    "repos/acme/pay/collaborators/guest",
                    r#"{"permission":"push"}"#,
                );
                it.ask(ROOT, "POST", "orgs/acme/teams", r#"{"name":"payments"}"#);
                // Whoever maintains a team is taken for an owner by it, so this is a plain member.
                let path = "orgs/acme/teams/payments/memberships/svc";
                assert_eq!(it.ask(ROOT, "PUT", path, r#"{"role":"member"}"#).0, 200);
                return Some(it);
            }
        }
        panic!("the emulator does not answer");
    }

    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// One plain request, by another client than the connector's.
    pub fn ask(&self, token: &str, method: &str, path: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        write!(
            stream,
            "{method} /{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        (status, answer)
    }

    /// What the private repository answers to whoever holds this token.
    pub fn private(&self, token: &str) -> u16 {
        self.ask(token, "GET", "repos/acme/pay", "").0
    }

    /// The connector as the owner `house`, by a token.
    pub fn connector(&self) -> Github {
        Github::prepare(self.config(Credential::Token(Secret::new(ROOT))))
    }

    /// The connector as an App.
    pub fn app(&self, key: Option<Secret>) -> Github {
        let private_key = key.unwrap_or_else(|| self.key.clone());
        let app = App { id: APP.to_owned(), installation: INSTALLATION, private_key };
        Github::prepare(self.config(Credential::App(app)))
    }

    fn config(&self, credential: Credential) -> GithubConfig {
        GithubConfig {
            deliveries: Deliveries::default(),
            own_apps: Vec::new(),
            id: ConnectorId("github".into()),
            organization: "acme".to_owned(),
            endpoint: self.endpoint(),
            // The emulator lists none.
            repositories: vec!["pay".to_owned()],
            credential,
            clock,
            settle: None,
        }
    }
}
