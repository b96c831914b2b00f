//! A running `interlock serve` with a configuration folder of its own, ended or killed by its handle.

use crate::program::{Ran, command, interlock};
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

/// How often something is looked for before a test fails.
const LOOKS: usize = 400;

/// Names and roles of the tokens; a token's text is its name and [`SUFFIX`].
const TOKENS: [(&str, &str); 6] = [
    ("carl", "\"ingest\""),
    ("rita", "\"read\""),
    ("alice", "\"owner\""),
    ("bob", "\"owner\""),
    ("sue", "\"security\""),
    ("both", "\"owner\", \"security\""),
];
const SUFFIX: &str = "-token-of-the-test-0123456789";

const DIRECTORY: &str = "
identities:
  - id: idn_shop
    name: shop
    kind: workload
    owner: own_platform
    environment: production
    principals: ['broker:shop']
    dependents: [{ name: checkout, basis: declared, production: true }]
teams:
  - { id: own_platform, name: Platform, contact: '#platform', approvers: [alice, both] }
";

const CONNECTOR: &str = r#"
[[connector]]
id = "broker"
kind = "broker"
enforce = ["block_principal", "revoke_sessions", "disable_credential"]
client = [{ name = "shop", delivery = "shop.key.json" }]
"#;

/// A configuration folder as `init` writes it, with tokens, a broker and one identity, in `enforce`.
pub struct Folder {
    dir: tempfile::TempDir,
}

/// A running house.
pub struct Served {
    child: Child,
    pub address: String,
    client: reqwest::Client,
    log: PathBuf,
}

/// The text of a token.
pub fn token(name: &str) -> String {
    format!("{name}{SUFFIX}")
}

impl Folder {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("house");
        let ran = interlock(dir.path(), &["init", "house"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let file = folder.join("interlock.toml");
        let mut text = std::fs::read_to_string(&file).unwrap();
        text = text.replace("mode = \"recommend\"", "mode = \"enforce\"");
        for (name, roles) in TOKENS {
            use sha2::Digest as _;
            let hash = hex::encode(sha2::Sha256::digest(token(name)));
            text += &format!(
                "\n[[token]]\nname = \"{name}\"\nroles = [{roles}]\nsha256 = \"{hash}\"\n"
            );
        }
        std::fs::write(&file, text + CONNECTOR).unwrap();
        let directory = folder.join("content/directory");
        for entry in std::fs::read_dir(&directory).unwrap() {
            std::fs::remove_file(entry.unwrap().path()).unwrap();
        }
        std::fs::write(directory.join("directory.yaml"), DIRECTORY).unwrap();
        Self { dir }
    }

    /// Adds lines to `interlock.toml`.
    pub fn add(&self, lines: &str) {
        let file = self.path().join("interlock.toml");
        let text = read(&file) + lines;
        std::fs::write(file, text).unwrap();
    }

    pub fn path(&self) -> PathBuf {
        self.dir.path().join("house")
    }

    /// What the house says on standard error.
    pub fn log(&self) -> PathBuf {
        self.dir.path().join("log")
    }

    /// Another command on this folder.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        let mut all = vec!["--config", "house"];
        all.extend(arguments);
        interlock(self.dir.path(), &all)
    }

    /// Another command on this folder, with somebody's token.
    pub fn run_as(&self, name: &str, arguments: &[&str]) -> Ran {
        let mut all = vec!["--config", "house"];
        all.extend(arguments);
        let output = command(self.dir.path(), &all)
            .env("INTERLOCK_TOKEN", token(name))
            .env("USER", "test")
            .output()
            .unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Starts the house on a free port and waits until it says where it listens.
    pub fn serve(&self) -> Served {
        self.serve_at("127.0.0.1:0")
    }

    pub fn serve_at(&self, listen: &str) -> Served {
        self.start(command(self.dir.path(), &["--config", "house", "serve", "--listen", listen]))
    }

    /// The same for a house whose files may be kept from growing: it sees the error of the system, as on
    /// a full disk, where a process is otherwise ended.
    pub fn serve_past_limits(&self) -> Served {
        let mut past = std::process::Command::new("sh");
        past.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_interlock")]);
        let plain =
            command(self.dir.path(), &["--config", "house", "serve", "--listen", "127.0.0.1:0"]);
        past.args(plain.get_args()).current_dir(self.dir.path()).stdin(Stdio::null());
        for (name, value) in plain.get_envs() {
            match value {
                Some(value) => past.env(name, value),
                None => past.env_remove(name),
            };
        }
        self.start(past)
    }

    fn start(&self, mut command: std::process::Command) -> Served {
        let log = self.dir.path().join("log");
        let err = std::fs::OpenOptions::new().create(true).append(true).open(&log).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(err).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let Some(Ok(line)) = lines.next() else {
            panic!("it ended: {}", std::fs::read_to_string(&log).unwrap());
        };
        let address = line.strip_prefix("listening on ").unwrap();
        let address = address.split_whitespace().next().unwrap().to_owned();
        // The pipe stays open for as long as the house may write to it.
        std::thread::spawn(move || lines.for_each(drop));
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Served { child, address, client, log }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Served {
    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        self.client.request(method, format!("{}{path}", self.address))
    }

    pub async fn get(&self, name: &str, path: &str) -> (u16, Value) {
        answer(self.request("GET", path).bearer_auth(token(name))).await
    }

    pub async fn post(&self, name: &str, path: &str, body: Value) -> (u16, Value) {
        answer(self.request("POST", path).bearer_auth(token(name)).json(&body)).await
    }

    /// Posts events as they are; `None` when no answer came.
    pub async fn events(
        &self,
        body: impl Into<reqwest::Body>,
        headers: &[(&str, &str)],
    ) -> (u16, Value) {
        let mut request = self.request("POST", "/v1/events").bearer_auth(token("carl")).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        answer(request).await
    }

    /// Waits until everything that was accepted went through a turn.
    pub async fn settled(&self, position: u64) {
        self.until("the inbox is done with", async || {
            let text = self
                .request("GET", "/metrics")
                .bearer_auth(token("rita"))
                .send()
                .await
                .unwrap()
                .text()
                .await
                .unwrap();
            let line = text.lines().find_map(|it| it.strip_prefix("interlock_store_consumed "));
            line.is_some_and(|it| it.parse::<u64>().unwrap() >= position)
        })
        .await;
    }

    /// Looks until it is so.
    pub async fn until(&self, what: &str, holds: impl AsyncFn() -> bool) {
        let mut pace = tokio::time::interval(Duration::from_millis(25));
        for _ in 0..LOOKS {
            pace.tick().await;
            if holds().await {
                return;
            }
        }
        panic!("not so: {what}\n{}", std::fs::read_to_string(&self.log).unwrap_or_default());
    }

    /// Ends it at once, as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end, and gives its exit code.
    pub fn terminate(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        let done = std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(done.success());
        self.child.wait().unwrap().code()
    }
}

pub async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// One CloudTrail record: this user stopped the trail.
pub fn record(id: &str, user: &str) -> Value {
    serde_json::json!({
        "eventVersion": "1.11", "eventID": id, "eventTime": "2026-03-02T10:00:00Z",
        "eventSource": "cloudtrail.amazonaws.com", "eventName": "StopLogging", "awsRegion": "us-east-1",
        "sourceIPAddress": "198.51.100.7", "userAgent": "aws-cli/2.15", "readOnly": false,
        "eventType": "AwsApiCall", "managementEvent": true, "recipientAccountId": "111122223333",
        "userIdentity": {
            "type": "IAMUser", "principalId": "AIDAEXAMPLE", "accountId": "111122223333",
            "arn": format!("arn:aws:iam::111122223333:user/{user}"), "userName": user,
            "accessKeyId": "AKIAIOSFODNN7EXAMPLE"
        },
        "requestParameters": {"name": "trail"}, "responseElements": null
    })
}

/// The rule that [`record`] meets.
pub const STOPPED: &str = "42f10763-06fc-4a67-a369-196a6a317fc3";

/// The file at this path, as text.
pub fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}
