//! A real process, killed again and again while it rotates: in the end nobody has lost a credential and
//! none is left that nobody has; where the old one lives on, no call of a workload fails at any time.

use crate::account::{Account, Keys, WORK};
use crate::counting::{Marks, Wire};
use crate::house::{Folder, Made};
use crate::killed::{Asked, Killed, contained, delivered, jobs, joined_playbook, targets};
use crate::postgresql_server::{self, Postgres};
use crate::recorded::Call;
use crate::servers::ministack;
use crate::vault_server::Bao;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const PLAYBOOK: &str = "
name: trail-stopped
description: whoever stops the trail has a stolen key
when:
  rules: [42f10763-06fc-4a67-a369-196a6a317fc3]
tiers:
  restrict:
    confidence: 0.3
    do: [rotate_credential]
    consent: {production: automatic, staging: automatic, development: automatic}
";

/// Up to the end of the body: the name is its last parameter.
const CREATED: Marks = Marks { write: "Action=CreateAccessKey&", name: "UserName=", end: "" };

/// Where workloads read their keys.
enum Kept {
    Vault(Bao),
    Files(tempfile::TempDir),
}

impl Kept {
    fn put(&self, name: &str, keys: &Keys) {
        match self {
            Self::Vault(bao) => {
                let (id, secret) =
                    (format!("key_id={}", keys.id), format!("secret={}", keys.secret));
                bao.root(&["kv", "put", "-mount=secret", &format!("apps/{name}"), &id, &secret]);
            }
            Self::Files(folder) => {
                let text = serde_json::json!({"key_id": keys.id, "secret": keys.secret});
                let path = folder.path().join(format!("{name}.json"));
                std::fs::write(&path, text.to_string()).unwrap();
                closed(&path);
            }
        }
    }

    fn read(&self, name: &str) -> Keys {
        let value = match self {
            Self::Vault(bao) => {
                let it = bao.root(&["kv", "get", "-mount=secret", &format!("apps/{name}")]);
                it["data"]["data"].clone()
            }
            Self::Files(folder) => {
                let path = folder.path().join(format!("{name}.json"));
                serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
            }
        };
        let text = |key: &str| value[key].as_str().unwrap().to_owned();
        Keys::of(&text("key_id"), &text("secret"))
    }

    /// The connector and the place, and what the connector finds its token in.
    fn configured(&self) -> (String, Option<(&'static str, String)>) {
        match self {
            Self::Vault(bao) => {
                bao.policy("deliver", "path \"secret/data/apps/*\" { capabilities = [\"create\", \"read\", \"update\"] }");
                let text = format!(
                    r#"
[[connector]]
id = "vault"
kind = "vault"
endpoint = "{}"
token = {{ from = "env", name = "HOUSE_TOKEN" }}

[[delivery]]
for = ["aws:*:user/job-*"]
kind = "vault_kv"
through = "vault"
path = "apps/{{name}}"
"#,
                    bao.endpoint()
                );
                (text, Some(("HOUSE_TOKEN", bao.token("deliver"))))
            }
            Self::Files(folder) => {
                let text = format!(
                    r#"
[[delivery]]
for = ["aws:*:user/job-*"]
kind = "file"
path = "{}/{{name}}.json"
"#,
                    folder.path().display()
                );
                (text, None)
            }
        }
    }
}

/// For nobody but the process.
fn closed(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// One workload after the other reads its key and calls; how many calls were made, and which failed.
async fn work(
    account: Arc<Account>,
    kept: Arc<Kept>,
    names: Vec<String>,
    stop: Arc<AtomicBool>,
) -> (usize, Vec<String>) {
    let (mut calls, mut failed) = (0, Vec::new());
    for name in names.iter().cycle() {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let keys = kept.read(name);
        if let Err(why) = account.works(&keys).await {
            failed.push(format!("{name} with {}: {why}", keys.id));
        }
        calls += 1;
        tokio::task::yield_now().await;
    }
    (calls, failed)
}

async fn keys_of(account: &Account, name: &str) -> BTreeSet<String> {
    let listed = account.iam.list_access_keys().user_name(name).send().await.unwrap();
    listed.access_key_metadata.into_iter().map(|it| it.access_key_id.unwrap()).collect()
}

async fn keys_are_rotated(kept: Kept, server: &str) {
    let Some((aws, account)) = ministack().await else { return };
    let own = account.add_user("interlock", &crate::readme::least_privilege()).await;
    let wire = Wire::to(aws.endpoint().trim_start_matches("http://"), CREATED);
    let names: Vec<String> = (0..targets()).map(|it| format!("job-{it}")).collect();
    let (mut old, mut asked) = (Vec::new(), Vec::new());
    for name in &names {
        let key = account.add_user(name, WORK).await;
        kept.put(name, &key);
        let mut stop = Call::now(&account.number, name, &key.id, "cloudtrail", "StopLogging");
        stop.id = format!("{name}-stop");
        asked.push(Asked::Record(stop.record()));
        old.push(key);
    }
    let number = &account.number;
    let (place, token) = kept.configured();
    let connector = format!(
        r#"
[[connector]]
id = "aws-test"
kind = "aws_iam"
account = "{number}"
region = "us-east-1"
endpoint = "http://{}"
settle = "2s"
calls_per_second = 1000
enforce = ["rotate_credential"]
credentials = {{ from = "env", access_key_id = "HOUSE_KEY", secret_access_key = "HOUSE_SECRET" }}
{place}"#,
        wire.address()
    );
    let identities: Vec<_> = names
        .iter()
        .map(|it| (it.clone(), format!("aws:arn:aws:iam::{number}:user/{it}")))
        .collect();
    let secrets = vec![("HOUSE_KEY", own.id.clone()), ("HOUSE_SECRET", own.secret.clone())];
    let folder = Folder::of(Made {
        connector: &connector,
        identities: &identities,
        playbook: PLAYBOOK,
        secrets: secrets.into_iter().chain(token).collect(),
    });
    let (account, kept) = (Arc::new(account), Arc::new(kept));
    let stop = Arc::new(AtomicBool::new(false));
    let working = work(Arc::clone(&account), Arc::clone(&kept), names.clone(), Arc::clone(&stop));
    let working = tokio::spawn(working);
    let killed = Killed {
        server,
        verbs: "rotate_credential",
        counted: "a wire before AWS; the keys and the place in the end",
        folder: &folder,
        asked,
        rests: delivered,
    };
    let rest = killed.to_rest().await;
    stop.store(true, Ordering::Relaxed);
    let (calls, failed) = working.await.unwrap();
    println!("{calls} calls of workloads meanwhile, {} failed", failed.len());
    assert!(failed.is_empty(), "{failed:?}");
    for (name, old) in names.iter().zip(&old) {
        let new = kept.read(name);
        assert_ne!(new.id, old.id, "{name} has no new key");
        assert_eq!(account.works(&new).await, Ok(()), "{name}");
        let both = BTreeSet::from([old.id.clone(), new.id.clone()]);
        assert_eq!(keys_of(&account, name).await, both, "{name} has a key that nobody has");
        assert!(!folder.holds(&new.secret), "a secret was left in the house");
    }
    let writes: Vec<usize> = names.iter().map(|it| wire.count(it)).collect();
    rest.each_at_least_once(&writes);
}

#[tokio::test(flavor = "multi_thread")]
async fn rotating_aws_keys_into_openbao() {
    let Some(bao) = Bao::start() else { return };
    keys_are_rotated(Kept::Vault(bao), "AWS IAM (ministack) into OpenBao").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rotating_aws_keys_into_files() {
    let kept = Kept::Files(tempfile::tempdir().unwrap());
    keys_are_rotated(kept, "AWS IAM (ministack) into files").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rotating_passwords_into_files() {
    let Some(server) = Postgres::start() else { return };
    let names: Vec<String> = (0..targets()).map(|it| format!("job-{it}")).collect();
    for name in &names {
        server.root(&format!("CREATE ROLE \"{name}\" LOGIN PASSWORD '{}'", postgresql_server::OLD));
    }
    let places = tempfile::tempdir().unwrap();
    let connector = format!(
        r#"
[[connector]]
id = "pg-test"
kind = "postgresql"
host = "127.0.0.1"
port = {}
tls = false
settle = "2s"
enforce = ["rotate_credential"]
delivery = "{}/{{name}}.json"
password = {{ from = "env", name = "HOUSE_PASSWORD" }}
"#,
        server.port(),
        places.path().display()
    );
    let identities = jobs(names.len(), |it| format!("postgresql:{it}"));
    let folder = Folder::of(Made {
        connector: &connector,
        identities: &identities,
        playbook: &joined_playbook("rotate_credential"),
        secrets: vec![("HOUSE_PASSWORD", postgresql_server::OWN.to_owned())],
    });
    folder.declare_credentials(&identities, |it| format!("postgresql:password:{it}"));
    let asked = names.iter().map(|it| Asked::Verb {
        identity: format!("idn_{it}"),
        verb: "rotate_credential",
        credential: format!("postgresql:password:{it}"),
    });
    let killed = Killed {
        server: "PostgreSQL into files",
        verbs: "rotate_credential",
        counted: "its own log; the password in the file in the end",
        folder: &folder,
        asked: asked.collect(),
        rests: contained,
    };
    let rest = killed.to_rest().await;
    for name in &names {
        let text = std::fs::read(places.path().join(format!("{name}.json"))).unwrap();
        let found: serde_json::Value = serde_json::from_slice(&text).unwrap();
        let password = found["secret"].as_str().unwrap();
        assert_eq!(server.query(name, password, "SELECT 1").as_deref(), Ok("1"), "{name}");
        assert!(server.query(name, postgresql_server::OLD, "SELECT 1").is_err(), "{name}");
        assert!(!folder.holds(password), "a password was left in the house");
    }
    // Killed between a file and the note of it, the house delivers a second password; what the file held
    // before is kept beside it for an undo, and must let nobody in.
    for entry in std::fs::read_dir(places.path()).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let Some(name) = names.iter().find(|it| file.contains(&format!("{it}.json"))) else {
            panic!("`{file}` is nobody's");
        };
        if file != format!("{name}.json") {
            assert!(file.ends_with("former"), "`{file}` was left beside its file");
            let text = std::fs::read(&path).unwrap();
            let found: serde_json::Value = serde_json::from_slice(&text).unwrap();
            let password = found["secret"].as_str().unwrap();
            assert!(server.query(name, password, "SELECT 1").is_err(), "`{file}` lets in");
        }
    }
    let log = server.log();
    let set =
        |it: &String| log.matches(&format!("statement: ALTER ROLE \"{it}\" PASSWORD")).count();
    rest.each_at_least_once(&names.iter().map(set).collect::<Vec<_>>());
}
