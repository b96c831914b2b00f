//! An OpenBao of its own for each test, with an audit log, and `bao` as the world's way in.

use crate::running::{Running, free_port, pause, program};
use interlock_connect::Secret;
use interlock_connect::delivery::{Deliveries, DiskTarget, Owner, PUT};
use interlock_connect::http_json::Token;
use interlock_connect::reference::permissions;
use interlock_connect::vault::{SPEC, Vault, VaultConfig};
use interlock_model::ConnectorId;
use serde_json::Value;
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::sync::Arc;

/// The token that is refused nothing.
pub const ROOT: &str = "root-of-the-test";
/// What the secret of the small world holds.
pub const HELD: &str = "7";

pub struct Bao {
    port: u16,
    program: OsString,
    folder: tempfile::TempDir,
    // Last, so that the folder is still there when it ends.
    _server: Running,
}

/// Somebody who signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub token: String,
    pub accessor: String,
    pub entity: String,
}

impl Bao {
    /// With an `AppRole` `ci` that reads a secret, and the connector's own token.
    pub fn start() -> Option<Self> {
        let program = program("INTERLOCK_TEST_OPENBAO")?;
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        let log = folder.path().join("audit.log");
        let config = folder.path().join("audit.hcl");
        let text = format!("audit \"file\" \"file\" {{ options {{ file_path = {log:?} }} }}\n");
        std::fs::write(&config, text).unwrap();
        let server = Command::new(&program)
            .args(["server", "-dev", "-dev-no-store-token"])
            .arg(format!("-config={}", config.display()))
            .arg(format!("-dev-root-token-id={ROOT}"))
            .arg(format!("-dev-listen-address=127.0.0.1:{port}"))
            .env("HOME", folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let it = Self { port, program, folder, _server: Running(server, "-TERM") };
        for _ in 0..600 {
            if it.bao(ROOT, &["token", "lookup"]).is_ok() {
                it.furnish();
                return Some(it);
            }
            pause();
        }
        panic!("the server does not answer");
    }

    fn furnish(&self) {
        self.policy("interlock", &rules());
        self.policy("app", "path \"secret/*\" { capabilities = [\"read\"] }\npath \"database/creds/*\" { capabilities = [\"read\"] }");
        self.root(&["kv", "put", "-mount=secret", "x", &format!("held={HELD}")]);
        self.root(&["auth", "enable", "approle"]);
        for role in ["ci", "other"] {
            let path = format!("auth/approle/role/{role}");
            self.root(&["write", &path, "token_policies=app", "token_ttl=1h"]);
        }
        let role = "auth/approle/role/batch";
        self.root(&["write", role, "token_policies=app", "token_ttl=1h", "token_type=batch"]);
    }

    pub fn policy(&self, name: &str, rules: &str) {
        let file = self.folder.path().join(name);
        std::fs::write(&file, rules).unwrap();
        self.root(&["policy", "write", name, &file.display().to_string()]);
    }

    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What `bao` answers to somebody, or what it complains of.
    pub fn bao(&self, token: &str, words: &[&str]) -> Result<Value, String> {
        let done = Command::new(&self.program)
            .args(words)
            .env("BAO_ADDR", self.endpoint())
            .env("BAO_TOKEN", token)
            .env("BAO_FORMAT", "json")
            .env("HOME", self.folder.path())
            .output()
            .unwrap();
        if done.status.success() {
            return Ok(serde_json::from_slice(&done.stdout).unwrap_or_default());
        }
        Err(String::from_utf8_lossy(&done.stderr).into_owned())
    }

    #[track_caller]
    pub fn root(&self, words: &[&str]) -> Value {
        self.bao(ROOT, words).unwrap()
    }

    /// Whether somebody reads the secret.
    pub fn reads(&self, token: &str) -> bool {
        match self.bao(token, &["kv", "get", "-mount=secret", "x"]) {
            Ok(answer) => answer["data"]["data"]["held"] == HELD,
            Err(why) => {
                assert!(why.contains("permission denied"), "{why}");
                false
            }
        }
    }

    /// A secret id of a role, and its accessor.
    pub fn secret_id(&self, role: &str) -> (String, String) {
        let path = format!("auth/approle/role/{role}/secret-id");
        let answer = self.root(&["write", "-f", &path]);
        let text = |key: &str| answer["data"][key].as_str().unwrap().to_owned();
        (text("secret_id"), text("secret_id_accessor"))
    }

    /// Signs in as a role.
    pub fn sign_in(&self, role: &str, secret_id: &str) -> Result<SignedIn, String> {
        let id = self.root(&["read", &format!("auth/approle/role/{role}/role-id")]);
        let id = format!("role_id={}", id["data"]["role_id"].as_str().unwrap());
        let words = ["write", "auth/approle/login", &id, &format!("secret_id={secret_id}")];
        let answer = self.bao(ROOT, &words)?;
        let text = |key: &str| answer["auth"][key].as_str().unwrap_or_default().to_owned();
        Ok(SignedIn {
            token: text("client_token"),
            accessor: text("accessor"),
            entity: text("entity_id"),
        })
    }

    /// The records of the audit log.
    pub fn log(&self) -> Vec<Value> {
        let log = std::fs::read_to_string(self.folder.path().join("audit.log")).unwrap();
        log.lines().filter_map(|it| serde_json::from_str(it).ok()).collect()
    }

    /// What the audit log calls the token that was last used to read the secret.
    pub fn logged_accessor(&self) -> String {
        let log = self.log();
        let mut reads = log.iter().filter(|it| it["request"]["path"] == "secret/data/x");
        reads.next_back().unwrap()["auth"]["accessor"].as_str().unwrap().to_owned()
    }

    /// A token with this policy.
    pub fn token(&self, policy: &str) -> String {
        let policy = format!("-policy={policy}");
        let answer = self.root(&["token", "create", &policy, "-period=24h", "-display-name=own"]);
        answer["auth"]["client_token"].as_str().unwrap().to_owned()
    }

    pub fn config(&self, token: &str) -> VaultConfig {
        VaultConfig {
            id: ConnectorId("vault".into()),
            endpoint: self.endpoint(),
            token: Token::Given(Secret::new(token)),
            authorities: None,
            namespace: None,
            audit_device: Some("file".to_owned()),
            approle_mounts: vec!["approle".to_owned()],
            database_mounts: vec!["database".to_owned()],
            deliveries: self.deliveries(),
            settle: None,
        }
    }

    /// Whoever is in this Vault finds what is delivered in a file of its folder.
    fn deliveries(&self) -> Deliveries {
        let pattern = self.folder.path().join("{name}.json").to_string_lossy().into_owned();
        let mut all = Deliveries::default();
        all.add(vec!["vault:*".to_owned()], Arc::new(DiskTarget::new(pattern, Owner::OURS)));
        all
    }

    /// The secret id that a role finds in its file.
    pub fn delivered(&self, role: &str) -> String {
        let file = std::fs::read(self.folder.path().join(format!("{role}.json"))).unwrap();
        let file: Value = serde_json::from_slice(&file).unwrap();
        file["secret"].as_str().unwrap().to_owned()
    }

    /// Puts a secret id into the file of a role.
    pub fn deliver(&self, role: &str, secret_id: &str) {
        let file = serde_json::json!({"key_id": role, "secret": secret_id}).to_string();
        let path = self.folder.path().join(format!("{role}.json"));
        std::fs::write(&path, file).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// The connector, with what its reference says that it needs and nothing more.
    pub fn connector(&self) -> Vault {
        Vault::prepare(self.config(&self.token("interlock")))
    }
}

/// The policy that the reference asks for.
pub fn rules() -> String {
    let mut rules = String::new();
    for operation in permissions(&SPEC).enforce.into_iter().filter(|it| *it != PUT) {
        let (capabilities, path) = operation.0.rsplit_once(' ').unwrap();
        let capabilities: Vec<String> =
            capabilities.split(", ").map(|it| format!("\"{it}\"")).collect();
        let path = path.replace("{approle}", "approle").replace("{database}", "database");
        rules.push_str(&format!(
            "path \"{path}\" {{ capabilities = [{}] }}\n",
            capabilities.join(", ")
        ));
    }
    rules
}
