//! A running `interlock serve` with a configuration folder of its own; ended, or killed, by pid.

use crate::account::Keys;
use std::fs::Permissions;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const PROGRAM: &str = env!("CARGO_BIN_EXE_interlock");
/// How often something is looked for before the test fails: five minutes.
const LOOKS: usize = 3000;

/// The configuration of a house that acts on one test server.
pub struct Folder {
    dir: tempfile::TempDir,
    token: String,
    /// Variables in which the house finds its credentials.
    secrets: Vec<(&'static str, String)>,
}

/// What a house is made with.
pub struct Made<'a> {
    /// The connector, as `interlock.toml` has it.
    pub connector: &'a str,
    /// The identities, by name and principal.
    pub identities: &'a [(String, String)],
    /// What it decides by.
    pub playbook: &'a str,
    /// Variables in which it finds its credentials.
    pub secrets: Vec<(&'static str, String)>,
}

/// A running house.
pub struct House<'a> {
    folder: &'a Folder,
    child: Child,
    address: String,
    client: reqwest::Client,
}

impl Drop for House<'_> {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// What the tests decide by: a stopped trail condemns the key, and everything may be done at once.
const PLAYBOOK: &str = "
name: trail-stopped
description: whoever stops the trail loses the key; when that does not help, for good
when:
  rules: [42f10763-06fc-4a67-a369-196a6a317fc3, containment_ineffective, containment_undone]
tiers:
  disable:
    confidence: 0.3
    do: [disable_credential]
    instead: [delete_credential]
    consent: {production: automatic, staging: automatic, development: automatic}
";

/// A playbook that answers whoever stops the trail.
pub const TRAIL_STOPPED: &str = "
name: trail-stopped
description: whoever stops the trail is stopped
when:
  rules: [42f10763-06fc-4a67-a369-196a6a317fc3, containment_ineffective]
tiers:
  disable:
    confidence: 0.3
    do: [block_principal, revoke_sessions]
    instead: [quarantine]
    consent: {production: automatic, staging: automatic, development: automatic}
";

/// The declaration of role `deploy` of this account, which a pipeline assumes.
pub fn pipeline(account: &str) -> String {
    format!(
        "identities:\n  - id: idn_deploy\n    name: deploy\n    kind: pipeline\n    owner: own_platform\n    environment: development\n    principals: ['aws:arn:aws:iam::{account}:role/deploy']\nteams:\n  - id: own_platform\n    name: Platform\n    contact: '#platform'\n    approvers: [admin]\n"
    )
}

impl Folder {
    /// `interlock init`, then the test's own connector, directory, playbook and policy.
    pub fn new(endpoint: &str, account: &str, keys: &Keys, users: &[&str]) -> Self {
        let connector = format!(
            r#"
[[connector]]
id = "aws-test"
kind = "aws_iam"
account = "{account}"
region = "us-east-1"
endpoint = "{endpoint}"
settle = "2s"
calls_per_second = 1000
enforce = ["disable_credential", "delete_credential", "rotate_credential", "quarantine", "revoke_sessions", "block_principal"]
credentials = {{ from = "env", access_key_id = "HOUSE_KEY", secret_access_key = "HOUSE_SECRET" }}
"#
        );
        let identities: Vec<_> = users
            .iter()
            .map(|&it| (it.to_owned(), format!("aws:arn:aws:iam::{account}:user/{it}")))
            .collect();
        let secrets = vec![("HOUSE_KEY", keys.id.clone()), ("HOUSE_SECRET", keys.secret.clone())];
        Self::of(Made {
            connector: &connector,
            identities: &identities,
            playbook: PLAYBOOK,
            secrets,
        })
    }

    /// The same with any connector.
    pub fn of(made: Made<'_>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("house");
        let done = Command::new(PROGRAM).arg("init").arg(&folder).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let token = std::fs::read_to_string(folder.join("admin.token")).unwrap().trim().to_owned();
        let file = folder.join("interlock.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        let text = text.replace("mode = \"recommend\"", "mode = \"enforce\"");
        assert!(text.contains("mode = \"enforce\""));
        // The breaker would rightly stop a test that contains a dozen keys within a minute.
        let text = text.replace(
            "[guard]\n",
            "[guard]\nautomatic_per_hour = 999\nautomatic_per_hour_per_connector = 999\nautomatic_per_hour_per_rule = 999\n",
        );
        assert!(text.contains("automatic_per_hour_per_rule = 999"));
        std::fs::write(&file, text + made.connector).unwrap();
        let content = folder.join("content");
        replace(&content.join("playbooks"), "own.yaml", made.playbook);
        replace(
            &content.join("policies"),
            "all.cedar",
            "@id(\"all\") permit (principal, action, resource);\n",
        );
        let identities: String = made
            .identities
            .iter()
            .map(|(name, principal)| format!("  - id: idn_{name}\n    name: {name}\n    kind: pipeline\n    owner: own_platform\n    environment: development\n    principals: ['{principal}']\n"))
            .collect();
        let directory = format!(
            "identities:\n{identities}teams:\n  - id: own_platform\n    name: Platform\n    contact: '#platform'\n    approvers: [admin]\n"
        );
        replace(&content.join("directory"), "identities.yaml", &directory);
        Self { dir, token, secrets: made.secrets }
    }

    /// Changes one line of `interlock.toml`.
    #[track_caller]
    pub fn set(&self, from: &str, to: &str) {
        let file = self.path().join("interlock.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains(from), "the starter file has no `{from}`");
        std::fs::write(&file, text.replacen(from, to, 1)).unwrap();
    }

    /// Whether a file of the house, its store and its log among them, holds this text.
    pub fn holds(&self, text: &str) -> bool {
        let mut folders = vec![self.dir.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if std::fs::read(&path)
                    .unwrap()
                    .windows(text.len())
                    .any(|it| it == text.as_bytes())
                {
                    return true;
                }
            }
        }
        false
    }

    /// Declares a credential of each of these identities.
    pub fn declare_credentials(
        &self,
        identities: &[(String, String)],
        credential: impl Fn(&str) -> String,
    ) {
        let file = self.path().join("content/directory/identities.yaml");
        let mut text = std::fs::read_to_string(&file).unwrap();
        for (name, principals) in identities {
            let declared = format!("    principals: ['{principals}']\n");
            assert!(text.contains(&declared), "{declared}");
            let more = format!("{declared}    credentials: ['{}']\n", credential(name));
            text = text.replace(&declared, &more);
        }
        std::fs::write(&file, text).unwrap();
    }

    /// How far its store's log is written: another value after each commit.
    pub fn committed(&self) -> Option<(u64, std::time::SystemTime)> {
        let file = std::fs::metadata(self.path().join("interlock.db-wal")).ok()?;
        Some((file.len(), file.modified().ok()?))
    }

    /// Leaves no rules but those in files of these names.
    pub fn keep_rules(&self, names: &[&str]) {
        for folder in std::fs::read_dir(self.path().join("content/rules")).unwrap() {
            for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
                let file = file.unwrap();
                if !names.iter().any(|it| file.file_name() == *it) {
                    std::fs::remove_file(file.path()).unwrap();
                }
            }
        }
    }

    /// Reads what is contained back every second.
    pub fn read_back_often(&self) {
        let file = self.path().join("interlock.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text.replace("[guard]\n", "[guard]\nread_back = \"1s\"\n")).unwrap();
    }

    /// Rehearses on this user, by its key, again and again.
    pub fn drill(&self, user: &str, principal: &str, keys: &Keys) {
        let file = self.path().join("content/directory/identities.yaml");
        let text = std::fs::read_to_string(&file).unwrap();
        let declared = format!("    principals: ['{principal}']\n");
        assert!(text.contains(&declared));
        let key = format!("    credentials: ['aws:access-key:{}']\n", keys.id);
        let text = text.replace(&declared, &format!("{declared}{key}    for_drills: true\n"));
        std::fs::write(&file, text).unwrap();
        let secret = format!("{}:{}", keys.id, keys.secret);
        crate::program::write_secret(self.path().join(format!("{user}.secret")), secret);
        let file = self.path().join("interlock.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        let drill = format!(
            r#"
[[drill]]
id = "keys"
connector = "aws-test"
principal = "{principal}"
verb = "disable_credential"
secret = {{ from = "file", path = "{user}.secret" }}
"#
        );
        std::fs::write(&file, text + &drill).unwrap();
    }

    /// Puts a file into the folder that only its owner may read.
    pub fn put(&self, name: &str, text: &str) {
        let file = self.path().join(name);
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    }

    /// A file of the folder.
    pub fn at(&self, name: &str) -> std::path::PathBuf {
        self.path().join(name)
    }

    /// Decides by another playbook.
    pub fn playbook(&self, text: &str) {
        replace(&self.path().join("content/playbooks"), "own.yaml", text);
    }

    /// Declares other identities.
    pub fn declare(&self, text: &str) {
        replace(&self.path().join("content/directory"), "identities.yaml", text);
    }

    fn path(&self) -> std::path::PathBuf {
        self.dir.path().join("house")
    }

    /// Any other command on the same folder.
    pub fn run(&self, arguments: &[&str]) -> (bool, String) {
        let done =
            self.command().args(arguments).env("INTERLOCK_TOKEN", &self.token).output().unwrap();
        let text = String::from_utf8_lossy(&done.stdout).into_owned()
            + &String::from_utf8_lossy(&done.stderr);
        (done.status.success(), text)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(PROGRAM);
        command.env("INTERLOCK_CONFIG", self.path()).envs(self.secrets.iter().cloned());
        command
    }

    /// Starts the house and waits until it says that it listens.
    pub fn serve(&self) -> House<'_> {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.dir.path().join("log"))
            .unwrap();
        let mut child = self
            .command()
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = loop {
            let Some(Ok(line)) = lines.next() else {
                panic!(
                    "it ended: {}",
                    std::fs::read_to_string(self.dir.path().join("log")).unwrap()
                );
            };
            if let Some(at) = line.find("http://") {
                break line[at..].split_whitespace().next().unwrap().to_owned();
            }
        };
        // The pipe stays open for as long as the house may write to it.
        std::thread::spawn(move || lines.for_each(drop));
        let _ = rustls::crypto::ring::default_provider().install_default();
        House { folder: self, child, address, client: reqwest::Client::new() }
    }
}

fn replace(folder: &Path, name: &str, text: &str) {
    for entry in std::fs::read_dir(folder).unwrap() {
        std::fs::remove_file(entry.unwrap().path()).unwrap();
    }
    std::fs::write(folder.join(name), text).unwrap();
}

impl House<'_> {
    /// Where it listens.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Kills it at once, as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Posts records; whether they were acknowledged.
    pub async fn post(&self, records: &[serde_json::Value]) -> bool {
        let body: Vec<String> = records.iter().map(ToString::to_string).collect();
        let answer = self
            .client
            .post(format!("{}/v1/events", self.address))
            .bearer_auth(&self.folder.token)
            .body(body.join("\n"))
            .send()
            .await;
        answer.is_ok_and(|it| it.status() == 202)
    }

    pub async fn get(&self, path: &str) -> serde_json::Value {
        let answer = self
            .client
            .get(format!("{}{path}", self.address))
            .bearer_auth(&self.folder.token)
            .send()
            .await
            .unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.unwrap()
    }

    /// The same of a house that may be killed meanwhile.
    pub async fn may_get(&self, path: &str) -> Option<serde_json::Value> {
        let asked = self.client.get(format!("{}{path}", self.address));
        asked.bearer_auth(&self.folder.token).send().await.ok()?.json().await.ok()
    }

    /// Whether a house that may be killed meanwhile said yes.
    pub async fn may_act(&self, path: &str, body: serde_json::Value) -> bool {
        let asked = self.client.post(format!("{}{path}", self.address));
        let answer = asked.bearer_auth(&self.folder.token).json(&body).send().await;
        answer.is_ok_and(|it| it.status().is_success())
    }

    /// What it says there, in plain text.
    pub async fn text(&self, path: &str) -> String {
        let asked = self.client.get(format!("{}{path}", self.address));
        asked.bearer_auth(&self.folder.token).send().await.unwrap().text().await.unwrap()
    }

    pub async fn act(&self, path: &str, body: serde_json::Value) -> (u16, serde_json::Value) {
        let answer = self
            .client
            .post(format!("{}{path}", self.address))
            .bearer_auth(&self.folder.token)
            .json(&body)
            .send()
            .await
            .unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    /// Every containment, as the API shows it.
    pub async fn containments(&self) -> Vec<serde_json::Value> {
        let list = self.get("/v1/containments").await;
        list["items"].as_array().unwrap_or_else(|| panic!("{list}")).clone()
    }

    /// The first containment; null as long as there is none.
    pub async fn first(&self) -> serde_json::Value {
        self.containments().await.into_iter().next().unwrap_or_default()
    }

    /// Looks until it is so.
    pub async fn until(&self, what: &str, holds: impl AsyncFn() -> bool) {
        let mut pace = tokio::time::interval(Duration::from_millis(100));
        for _ in 0..LOOKS {
            pace.tick().await;
            if holds().await {
                return;
            }
        }
        let log = std::fs::read_to_string(self.folder.dir.path().join("log")).unwrap_or_default();
        let list = self.get("/v1/containments").await;
        panic!("not so: {what}\n{list:#}\n{log}");
    }
}
