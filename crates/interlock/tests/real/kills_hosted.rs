//! A real process, killed again and again at random moments while it contains on services that others run:
//! on fakes, reached by the services' addresses over TLS, and on emulators of Okta and of an organisation
//! of AWS.

use crate::counting::{Marks, Wire};
use crate::entra_tenant::{CLIENT, SECRET, Tenant};
use crate::hosted::Hosted;
use crate::house::{Folder, Made};
use crate::killed::{Asked, Killed, contained, entry, jobs, joined, joined_playbook, targets};
use crate::okta_org::{Org, TOKEN};
use crate::organization;
use crate::servers::{enforce, moto};
use interlock_connect::http::Exchange;
use interlock_connect::{github, google_cloud};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Who counts the writes.
const RECORDING: &str = "its own recording";
const WIRE: &str = "a wire before it";
const DISABLE: &str = "disable_identity";

/// One record for each target, that it gave itself a group.
fn all_joined() -> Vec<Asked> {
    let record = |it| Asked::Record(joined(&entry(&format!("job-{it}")), it));
    (0..targets()).map(record).collect()
}

fn names() -> impl Iterator<Item = String> {
    (0..targets()).map(|it| format!("job-{it}"))
}

fn folder(
    connector: &str,
    jobs: &[(String, String)],
    secrets: Vec<(&'static str, String)>,
) -> Folder {
    Folder::of(Made { connector, identities: jobs, playbook: &joined_playbook(DISABLE), secrets })
}

/// How often each of these was written: requests with this method whose address ends so.
fn written(recording: &[Exchange], method: &str, end: impl Fn(&str) -> String) -> Vec<usize> {
    let of = |name: String| {
        let end = end(&name);
        recording.iter().filter(|it| it.method == method && it.url.ends_with(&end)).count()
    };
    names().map(of).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn on_entra() {
    let tenant = Arc::new(Tenant::of(names()));
    let provider = Arc::<Tenant>::clone(&tenant);
    let hosts = ["graph.microsoft.com", "login.microsoftonline.com"];
    let hosted = Hosted::serve(provider, &hosts).await;
    let connector = format!(
        r#"
[[connector]]
id = "entra"
kind = "entra"
tenant = "example.com"
client_id = "{CLIENT}"
secret = {{ from = "env", name = "HOUSE_PASSWORD" }}
calls_per_second = 50
settle = "2s"
enforce = ["disable_identity"]
"#
    );
    let mut secrets = hosted.surroundings();
    secrets.push(("HOUSE_PASSWORD", SECRET.to_owned()));
    let folder = folder(&connector, &jobs(targets(), |it| format!("entra:{it}")), secrets);
    let killed = Killed {
        server: "Entra (own fake)",
        verbs: DISABLE,
        counted: RECORDING,
        folder: &folder,
        asked: all_joined(),
        rests: contained,
    };
    let rest = killed.to_rest().await;
    for name in names() {
        assert!(!tenant.enabled(&name), "{name} is on");
    }
    rest.each_once(&names().map(|it| tenant.changes(&it)).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn on_github() {
    let fake = github::fake::Fake::small();
    fake.change(|state| {
        state.members.extend(names().map(|it| (it, ("member".to_owned(), false))));
    });
    let provider = Arc::<github::fake::Fake>::clone(&fake);
    let hosted = Hosted::serve(provider, &["api.github.com"]).await;
    let connector = r#"
[[connector]]
id = "github"
kind = "github"
organization = "acme"
token = { from = "env", name = "HOUSE_PASSWORD" }
calls_per_second = 50
settle = "2s"
enforce = ["disable_identity"]
"#;
    let mut secrets = hosted.surroundings();
    secrets.push(("HOUSE_PASSWORD", github::fake::PLANTED.to_owned()));
    let folder = folder(connector, &jobs(targets(), |it| format!("github:{it}")), secrets);
    let killed = Killed {
        server: "GitHub (own fake)",
        verbs: DISABLE,
        counted: RECORDING,
        folder: &folder,
        asked: all_joined(),
        rests: contained,
    };
    let rest = killed.to_rest().await;
    let state = fake.state();
    for name in names() {
        assert!(!state.members.contains_key(&name), "{name} is in");
    }
    assert!(state.members.contains_key("ann"), "nobody else is touched");
    let end = |name: &str| format!("/orgs/acme/members/{name}");
    rest.each_once(&written(&fake.recording(), "DELETE", end));
}

#[tokio::test(flavor = "multi_thread")]
async fn on_google_cloud() {
    let email = |name: &str| format!("{name}@acme.iam.gserviceaccount.com");
    let fake = google_cloud::fake::Fake::small();
    fake.change(|state| state.accounts.extend(names().map(|it| (email(&it), false))));
    let provider = Arc::<google_cloud::fake::Fake>::clone(&fake);
    let hosts =
        ["iam.googleapis.com", "cloudresourcemanager.googleapis.com", "admin.googleapis.com"];
    let hosted = Hosted::serve(provider, &hosts).await;
    let connector = format!(
        r#"
[[connector]]
id = "google"
kind = "google_cloud"
project = "{}"
token = {{ from = "env", name = "HOUSE_PASSWORD" }}
acts_as = "{}"
calls_per_second = 50
settle = "2s"
enforce = ["disable_identity"]
"#,
        google_cloud::fake::PROJECT,
        google_cloud::fake::OWN,
    );
    let mut secrets = hosted.surroundings();
    secrets.push(("HOUSE_PASSWORD", google_cloud::fake::PLANTED.to_owned()));
    let jobs = jobs(targets(), |it| format!("google:{}", email(it)));
    let folder = folder(&connector, &jobs, secrets);
    let killed = Killed {
        server: "Google Cloud (own fake)",
        verbs: DISABLE,
        counted: RECORDING,
        folder: &folder,
        asked: all_joined(),
        rests: contained,
    };
    let rest = killed.to_rest().await;
    let state = fake.state();
    for name in names() {
        assert!(state.accounts[&email(&name)], "{name} is on");
    }
    assert!(!state.accounts[google_cloud::fake::ACCOUNT], "nobody else is touched");
    let end = |name: &str| format!("/serviceAccounts/{}:disable", email(name));
    rest.each_once(&written(&decoded(fake.recording()), "POST", end));
}

/// The same with addresses as people write them.
fn decoded(recording: Vec<Exchange>) -> Vec<Exchange> {
    let plain = |it: Exchange| Exchange { url: it.url.replace("%40", "@"), ..it };
    recording.into_iter().map(plain).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn on_okta() {
    let Some(org) = Org::start().await else { return };
    let mut ids = BTreeMap::new();
    for name in names() {
        let app = json!({
            "name": "oidc_client", "label": name, "signOnMode": "OPENID_CONNECT",
            "credentials": { "oauthClient": { "token_endpoint_auth_method": "client_secret_basic" } },
            "settings": { "oauthClient": { "application_type": "service" } },
        });
        let made = org.ask("POST", "/api/v1/apps", &app).await;
        ids.insert(name, made["id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned());
    }
    const DEACTIVATE: Marks = Marks { write: "POST /api/v1/apps", name: "/", end: "/" };
    let url = org.url();
    let wire = Wire::to(url.trim_start_matches("http://"), DEACTIVATE);
    let connector = format!(
        r#"
[[connector]]
id = "okta"
kind = "okta"
url = "http://{}"
token = {{ from = "env", name = "HOUSE_PASSWORD" }}
calls_per_second = 50
settle = "2s"
enforce = ["disable_identity"]
"#,
        wire.address()
    );
    let jobs = jobs(targets(), |it| format!("okta:{}", ids[it]));
    let folder = folder(&connector, &jobs, vec![("HOUSE_PASSWORD", TOKEN.to_owned())]);
    let killed = Killed {
        server: "Okta (emulate)",
        verbs: DISABLE,
        counted: WIRE,
        folder: &folder,
        asked: all_joined(),
        rests: contained,
    };
    let rest = killed.to_rest().await;
    for (name, id) in &ids {
        let app = org.get(&format!("/api/v1/apps/{id}")).await;
        assert_eq!(app["status"], "INACTIVE", "{name}");
    }
    rest.each_once(&ids.values().map(|it| wire.count(it)).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn on_an_organization() {
    let Some((server, account)) = moto().await else { return };
    let own = account
        .add_user(
            "interlock",
            &crate::readme::least_privilege_of(&interlock_connect_aws::organizations::SPEC),
        )
        .await;
    enforce(&server, false);
    let place = organization::place(server);
    let ask = |operation: &str, body: &Value| organization::ask(&place.server, operation, body);
    ask("AttachPolicy", &json!({ "PolicyId": place.policy, "TargetId": place.unit }));
    enforce(&place.server, true);
    // Every write is the whole policy, so that the policy is what a write is on.
    const UPDATE: Marks = Marks {
        write: "AWSOrganizationsV20161128.UpdatePolicy",
        name: "\"PolicyId\":\"",
        end: "\"",
    };
    let endpoint = place.server.endpoint();
    let wire = Wire::to(endpoint.trim_start_matches("http://"), UPDATE);
    let connector = format!(
        r#"
[[connector]]
id = "organization"
kind = "aws_organizations"
deny_policy = "{}"
endpoint = "http://{}"
calls_per_second = 50
settle = "2s"
enforce = ["disable_identity"]
credentials = {{ from = "env", access_key_id = "HOUSE_KEY", secret_access_key = "HOUSE_SECRET" }}
"#,
        place.policy,
        wire.address()
    );
    let arn = |name: &str| format!("arn:aws:iam::{}:user/{name}", place.member);
    let secrets = vec![("HOUSE_KEY", own.id.clone()), ("HOUSE_SECRET", own.secret.clone())];
    let folder = folder(&connector, &jobs(targets(), |it| format!("aws:{}", arn(it))), secrets);
    let killed = Killed {
        server: "AWS Organizations (moto)",
        verbs: DISABLE,
        counted: "a wire before it; the policy in the end",
        folder: &folder,
        asked: all_joined(),
        rests: contained,
    };
    let rest = killed.to_rest().await;
    enforce(&place.server, false);
    let said = ask("DescribePolicy", &json!({ "PolicyId": place.policy }));
    let policy: Value = serde_json::from_str(said["Policy"]["Content"].as_str().unwrap()).unwrap();
    let denied = &policy["Statement"][0]["Condition"]["ArnEquals"]["aws:PrincipalArn"];
    let denied: Vec<&str> = denied.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    for name in names() {
        let arn = arn(&name);
        assert_eq!(denied.iter().filter(|it| **it == arn).count(), 1, "{name}: {denied:?}");
    }
    // Each write names one more: where there are as many as names, no name was written twice, and where
    // there are more, one was lost to another and written again.
    let more = wire.count(&place.policy) + 1 - targets();
    let first = std::iter::once(more);
    rest.each_once(&first.chain(std::iter::repeat_n(1, targets() - 1)).collect::<Vec<_>>());
}
