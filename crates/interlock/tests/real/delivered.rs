//! A workload that reads its key from where it is delivered, and keeps calling while the key is rotated:
//! AWS issues, OpenBao keeps, the whole house is in between.
//!
//! With `UPDATE_PLOT=1` the calls of the rotation with overlap are drawn into `docs/rotation.svg`.
//!
//! Proves: `aws_iam.issue_access_key`

use crate::account::{Account, Keys, WORK, now};
use crate::house::{Folder, House, Made};
use crate::recorded::Call;
use crate::servers::ministack;
use crate::vault_server::Bao;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How many calls a workload makes before it reads its key again without need.
const CACHED: usize = 10;

fn playbook(verbs: &str) -> String {
    format!(
        "
name: trail-stopped
description: whoever stops the trail has a stolen key
when:
  rules: [42f10763-06fc-4a67-a369-196a6a317fc3]
tiers:
  restrict:
    confidence: 0.3
    do: [{verbs}]
    consent: {{production: automatic, staging: automatic, development: automatic}}
"
    )
}

/// One call of the workload.
#[derive(Debug, Clone)]
struct Called {
    at: i64,
    key: String,
    refused: Option<String>,
}

/// Where the workload finds its key, and what it may read it with.
#[derive(Clone)]
struct Kept {
    client: reqwest::Client,
    address: String,
    token: String,
}

impl Kept {
    async fn read(&self) -> Keys {
        let asked = self.client.get(&self.address).header("x-vault-token", &self.token);
        let entry: serde_json::Value = asked.send().await.unwrap().json().await.unwrap();
        let text = |key: &str| entry["data"]["data"][key].as_str().unwrap().to_owned();
        Keys::of(&text("AWS_ACCESS_KEY_ID"), &text("AWS_SECRET_ACCESS_KEY"))
    }
}

struct World {
    bao: Bao,
    account: Arc<Account>,
    old: Keys,
    own: Keys,
    token: String,
}

impl World {
    async fn new(bao: Bao, account: Account) -> Self {
        let own = account.add_user("interlock", &crate::readme::least_privilege()).await;
        let old = account.add_user("ci", WORK).await;
        let rules =
            "path \"secret/data/apps/*\" { capabilities = [\"create\", \"read\", \"update\"] }";
        bao.policy("deliver", rules);
        bao.policy("reader", "path \"secret/data/apps/ci\" { capabilities = [\"read\"] }");
        let id = format!("AWS_ACCESS_KEY_ID={}", old.id);
        let secret = format!("AWS_SECRET_ACCESS_KEY={}", old.secret);
        bao.root(&["kv", "put", "-mount=secret", "apps/ci", "region=us-east-1", &id, &secret]);
        let token = bao.token("deliver");
        Self { bao, account: Arc::new(account), old, own, token }
    }

    fn folder(&self, endpoint: &str, verbs: &str) -> Folder {
        let account = &self.account.number;
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
enforce = ["disable_credential", "delete_credential", "rotate_credential"]
credentials = {{ from = "env", access_key_id = "HOUSE_KEY", secret_access_key = "HOUSE_SECRET" }}

[[connector]]
id = "vault"
kind = "vault"
endpoint = "{}"
token = {{ from = "env", name = "HOUSE_TOKEN" }}

[[delivery]]
for = ["aws:*:user/ci"]
kind = "vault_kv"
through = "vault"
path = "apps/{{name}}"
secret = "AWS_SECRET_ACCESS_KEY"
key_id = "AWS_ACCESS_KEY_ID"
"#,
            self.bao.endpoint()
        );
        Folder::of(Made {
            connector: &connector,
            identities: &[("ci".to_owned(), format!("aws:arn:aws:iam::{account}:user/ci"))],
            playbook: &playbook(verbs),
            secrets: vec![
                ("HOUSE_KEY", self.own.id.clone()),
                ("HOUSE_SECRET", self.own.secret.clone()),
                ("HOUSE_TOKEN", self.token.clone()),
            ],
        })
    }

    fn kept(&self) -> Kept {
        let _ = rustls::crypto::ring::default_provider().install_default();
        Kept {
            client: reqwest::Client::new(),
            address: format!("{}/v1/secret/data/apps/ci", self.bao.endpoint()),
            token: self.bao.token("reader"),
        }
    }

    /// Calls without a pause until it is told to stop; reads its key again now and then, and when refused.
    fn workload(&self, stop: &Arc<AtomicBool>) -> tokio::task::JoinHandle<Vec<Called>> {
        let (account, stop, kept) = (Arc::clone(&self.account), Arc::clone(stop), self.kept());
        tokio::spawn(async move {
            let mut made: Vec<Called> = Vec::new();
            let mut keys = kept.read().await;
            while !stop.load(Ordering::Relaxed) {
                let refused = account.works(&keys).await.err();
                let again = refused.is_some() || made.len() % CACHED == CACHED - 1;
                made.push(Called { at: now().as_millisecond(), key: keys.id.clone(), refused });
                if again {
                    keys = kept.read().await;
                }
            }
            made
        })
    }

    async fn stopped(&self, house: &House<'_>) {
        let call = Call::now(&self.account.number, "ci", &self.old.id, "cloudtrail", "StopLogging");
        assert!(house.post(&[call.record()]).await);
    }
}

/// The states of the steps, in order.
async fn states(house: &House<'_>) -> Vec<String> {
    let all = house.containments().await;
    let Some(one) = all.first() else { return Vec::new() };
    let steps = one["steps"].as_array().cloned().unwrap_or_default();
    steps.iter().map(|it| it["state"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_call_fails_while_a_key_is_rotated_with_overlap() {
    let Some(bao) = Bao::start() else { return };
    let Some((server, account)) = ministack().await else { return };
    let world = World::new(bao, account).await;
    let folder = world.folder(&server.endpoint(), "rotate_credential");
    let (tested, text) = folder.run(&["connector", "test", "aws-test"]);
    assert!(text.contains("create, read, update secret/data/apps/+"), "{tested}: {text}");
    assert!(!text.contains("missing  create, read, update"), "{text}");
    let house = folder.serve();
    let stop = Arc::new(AtomicBool::new(false));
    let workload = world.workload(&stop);
    let mut marks = Vec::new();
    let mut pace = tokio::time::interval(Duration::from_secs(3));
    pace.tick().await;
    pace.tick().await;

    marks.push((now().as_millisecond(), "the old key is found stolen"));
    world.stopped(&house).await;
    let kept = world.kept();
    let old = &world.old;
    house.until("a new key is delivered", async || kept.read().await.id != old.id).await;
    marks.push((now().as_millisecond(), "the new one is delivered"));
    let new = kept.read().await;
    house
        .until("it is read back", async || {
            states(&house).await.first().is_some_and(|it| it == "verified")
        })
        .await;
    assert_eq!(world.account.works(old).await, Ok(()), "nobody was seen to use the new one");
    pace.reset();
    pace.tick().await;
    let used = Call::now(&world.account.number, "ci", &new.id, "s3", "ListBuckets");
    assert!(house.post(&[used.record()]).await);
    marks.push((now().as_millisecond(), "the new one is seen in use"));
    // Who asks where the new one is found is told, and where a next one would go.
    house
        .until("the new one is known", async || {
            let shown = house.get("/v1/identities/idn_ci").await;
            shown["credentials"].as_array().is_some_and(|it| it.len() == 2)
        })
        .await;
    let shown = house.get("/v1/identities/idn_ci").await;
    let credentials = shown["credentials"].as_array().unwrap();
    let found = |id: &str| {
        let named = |it: &&serde_json::Value| it["reference"].as_str().unwrap().ends_with(id);
        credentials.iter().find(named).map(|it| it["found_at"].clone()).unwrap_or_default()
    };
    let (known, unknown) = (found(&new.id), found(&old.id));
    assert_eq!(known["place"], "entry `secret/apps/ci` of Vault", "{shown:#}");
    assert!(known["delivered_by"].is_string() && known["delivered"].is_string(), "{known}");
    assert_eq!(unknown["place"], known["place"]);
    assert!(unknown["delivered_by"].is_null(), "{unknown}");
    house.until("the old key is refused", async || world.account.works(old).await.is_err()).await;
    marks.push((now().as_millisecond(), "the old one is refused"));
    pace.reset();
    pace.tick().await;
    stop.store(true, Ordering::Relaxed);
    let calls = workload.await.unwrap();

    let failed: Vec<&Called> = calls.iter().filter(|it| it.refused.is_some()).collect();
    assert!(failed.is_empty(), "{failed:?}");
    let of = |key: &str| calls.iter().filter(|it| it.key == key).count();
    let (by_old, by_new) = (of(&old.id), of(&new.id));
    assert!(by_old > 0 && by_new > 0 && by_old + by_new == calls.len());
    println!(
        "overlap: {} calls, {by_old} by the old key, {by_new} by the new one, 0 failed",
        calls.len()
    );
    // Other fields of the entry stay, and the new secret is nowhere in the house.
    let entry = world.bao.root(&["kv", "get", "-mount=secret", "apps/ci"]);
    assert_eq!(entry["data"]["data"]["region"], "us-east-1");
    if std::env::var_os("UPDATE_PLOT").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/rotation.svg");
        std::fs::write(path, plot(&calls, &marks, &old.id)).unwrap();
    }
    drop(house);
    assert!(!folder.holds(&new.secret), "a secret was left in the house");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_immediate_mode_the_old_key_is_dead_first_and_the_owner_is_told() {
    let Some(bao) = Bao::start() else { return };
    let Some((server, account)) = ministack().await else { return };
    let world = World::new(bao, account).await;
    let folder = world.folder(&server.endpoint(), "disable_credential, rotate_credential");
    let house = folder.serve();
    let kept = world.kept();
    world.stopped(&house).await;
    let old = &world.old;
    house.until("the old key is refused", async || world.account.works(old).await.is_err()).await;
    house.until("a new key is delivered", async || kept.read().await.id != old.id).await;
    let new = kept.read().await;
    assert_eq!(world.account.works(&new).await, Ok(()));
    assert_eq!(world.account.works(old).await, Err("InvalidClientTokenId".to_owned()));
    house
        .until("only the deletion is left, for after the grace", async || {
            states(&house).await == ["verified", "verified", "waiting"]
        })
        .await;
    let list = house.get("/v1/notices").await;
    let told = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .find_map(|it| it["text"].as_str().filter(|it| it.starts_with("delivered: ")));
    let told = told.unwrap_or_else(|| panic!("nobody was told: {list:#}"));
    assert!(told.contains("is refused from now on") && told.contains("secret/apps/ci"), "{told}");
    drop(house);
    assert!(!folder.holds(&new.secret), "a secret was left in the house");
}

const WIDTH: f64 = 760.0;
const LEFT: f64 = 90.0;

/// Every call as a dot, over time, in the row of its key, with what happened meanwhile.
fn plot(calls: &[Called], marks: &[(i64, &str)], old: &str) -> String {
    let first = calls.first().unwrap().at;
    let last = calls.last().unwrap().at.max(first + 1);
    let across =
        |at: i64| LEFT + (at - first) as f64 / (last - first) as f64 * (WIDTH - LEFT - 20.0);
    let failed = calls.iter().filter(|it| it.refused.is_some()).count();
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH:.0} 230\" font-family=\"sans-serif\" font-size=\"11\">\n\
         <title>Calls of a workload while its key is rotated</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"12\" y=\"20\">{} calls in {:.1} s, {failed} failed</text>\n\
         <text x=\"12\" y=\"134\">old key</text>\n<text x=\"12\" y=\"164\">new key</text>\n\
         <text x=\"12\" y=\"194\">refused</text>\n",
        calls.len(),
        (last - first) as f64 / 1000.0,
    );
    for it in calls {
        let (y, colour) = match (&it.refused, it.key == old) {
            (Some(_), _) => (190, "#b03030"),
            (None, true) => (130, "#888888"),
            (None, false) => (160, "#1f6f8b"),
        };
        let _ = writeln!(
            out,
            "<circle cx=\"{:.1}\" cy=\"{y}\" r=\"2\" fill=\"{colour}\"/>",
            across(it.at)
        );
    }
    for (row, (at, what)) in marks.iter().enumerate() {
        let (x, y) = (across(*at), 40 + row * 18);
        let _ = writeln!(
            out,
            "<path d=\"M{x:.1} {y}V200\" stroke=\"#bbbbbb\" fill=\"none\"/>\n\
             <text x=\"{:.1}\" y=\"{y}\">{what}, {:.1} s</text>",
            x + 4.0,
            (at - first) as f64 / 1000.0
        );
    }
    out.push_str("</svg>\n");
    out
}
