//! A key of the broker delivered into Azure Key Vault: every request, held against the SDK that Microsoft
//! generates from its own description; the answers come from the fake. The SDK's sources are read, not run.
//!
//! Proves: `broker.issue_key`

use crate::described::description;
use crate::drive::Drive;
use interlock_connect::Secret;
use interlock_connect::broker::{Broker, ClientConfig, TokenLife};
use interlock_connect::delivery::fake::{Fake, State, VaultedState};
use interlock_connect::delivery::{AzureTarget, Deliveries, KeyVaultSecret, Target as _};
use interlock_connect::entra::EntraConfig;
use interlock_connect::http::{Exchange, path_and_query};
use interlock_connect::idp::By;
use interlock_model::{ActionKind, ConnectorId, Intent, Origin, Principal, Target, Timestamp};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

fn clock() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn tenant() -> EntraConfig {
    EntraConfig {
        id: ConnectorId("entra".into()),
        tenant: "example.com".to_owned(),
        client_id: "00000000-0000-4000-8000-000000000000".to_owned(),
        by: By::Secret(Secret::new("secret-of-the-connector")),
        graph: "https://graph.microsoft.com/v1.0".to_owned(),
        risk_of_agents: false,
        login: "https://login.microsoftonline.com".to_owned(),
        protected: Vec::new(),
        deliveries: Deliveries::default(),
        settle: None,
        now: clock,
    }
}

/// The text between the first pair of quotes after a mark.
fn quoted<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    text.split_once(mark)?.1.split('"').next()
}

/// One method on one path, with its query.
struct Method {
    method: String,
    path: Vec<String>,
    query: BTreeSet<String>,
}

/// What the SDK says.
struct Sdk {
    methods: Vec<Method>,
    models: String,
    versions: String,
}

impl Sdk {
    fn read(folder: &Path) -> Self {
        let file = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        let operations = file("_generated/_operations/_operations.py");
        let each = operations.split("\ndef build_").skip(1).map(|text| {
            let queries = text.split("_params[\"").skip(1);
            Method {
                method: quoted(text, "method=\"").unwrap().to_owned(),
                path: quoted(text, "_url = \"/").unwrap().split('/').map(str::to_owned).collect(),
                query: queries.filter_map(|it| it.split('"').next()).map(str::to_owned).collect(),
            }
        });
        let methods: Vec<Method> = each.collect();
        assert!(methods.len() > 8, "the SDK is not as it was: {} methods", methods.len());
        let models = file("_generated/models/_models.py");
        Self { methods, models, versions: file("_shared/client_base.py") }
    }

    /// Whether a model has a member of this name on the wire.
    fn member(&self, model: &str, name: &str) -> bool {
        let begin = format!("\nclass {model}(");
        let class = self.models.split_once(&begin).unwrap().1;
        let class = class.split("\nclass ").next().unwrap();
        class.contains(&format!("name=\"{name}\"")) || class.contains(&format!("\n    {name}: "))
    }

    /// What of a request is not as described; with the name of what it calls.
    fn complaints(&self, exchange: &Exchange) -> (String, Vec<String>) {
        let (path, query) = path_and_query(&exchange.url).unwrap();
        let path: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let fits = |it: &&Method| {
            // The version of a secret may be left out, which is the latest then.
            let latest =
                it.method == "GET" && it.path.last().is_some_and(|it| it == "{secret-version}");
            let long = path.len() == it.path.len() || latest && path.len() + 1 == it.path.len();
            let same = |(known, own): (&String, &&str)| known.starts_with('{') || known == own;
            it.method == exchange.method && long && it.path.iter().zip(&path).all(same)
        };
        let Some(method) = self.methods.iter().find(fits) else {
            return (String::new(), vec![format!("no `{}` of {path:?}", exchange.method)]);
        };
        let mut wrong = Vec::new();
        for (name, value) in &query {
            if !method.query.contains(name) {
                wrong.push(format!("no query parameter `{name}`"));
            } else if name == "api-version" && !self.versions.contains(&format!("= \"{value}\"")) {
                wrong.push(format!("no version `{value}`"));
            }
        }
        let model = match exchange.method.as_str() {
            "PUT" => "SecretSetParameters",
            "PATCH" => "SecretUpdateParameters",
            _ => "SecretBundle",
        };
        let body: Value = serde_json::from_slice(&exchange.body).unwrap_or_default();
        let answer: Value = serde_json::from_slice(&exchange.answer).unwrap_or_default();
        let attributes = body.get("attributes").and_then(Value::as_object);
        let members = |of: &Value| -> Vec<String> {
            of.as_object().map(|it| it.keys().cloned().collect()).unwrap_or_default()
        };
        for name in members(&body) {
            if !self.member(model, &name) {
                wrong.push(format!("the body has no `{name}`"));
            }
        }
        for name in attributes.into_iter().flatten().map(|it| it.0) {
            if !self.member("SecretAttributes", name) {
                wrong.push(format!("the attributes have no `{name}`"));
            }
        }
        if exchange.status == 200 {
            for name in members(&answer) {
                if !self.member("SecretBundle", &name) {
                    wrong.push(format!("the answer has no `{name}`"));
                }
            }
        }
        (format!("{} /{}", method.method, method.path.join("/")), wrong)
    }
}

#[tokio::test]
async fn every_request_for_a_vaulted_secret_is_one_that_microsoft_describes() {
    let Some(folder) = description("INTERLOCK_TEST_KEY_VAULT_SDK") else { return };
    let sdk = Sdk::read(&folder);
    let theirs = VaultedState { value: "theirs and secret".to_owned(), ..VaultedState::default() };
    let vaulted = [("deploy-key".to_owned(), vec![theirs])].into();
    let fake = Fake::holding(State { vaulted, ..State::default() });
    let secret = KeyVaultSecret {
        vault: "https://acme.vault.azure.net".to_owned(),
        name: "{name}-key".to_owned(),
        fields: None,
    };
    let target = AzureTarget::over(&tenant(), secret, Arc::<Fake>::clone(&fake));
    let checks = target.check().await;
    assert!(checks.iter().all(|it| it.outcome.is_ok()), "{checks:?}");

    let broker = Broker::in_memory(TokenLife::default());
    broker.register(&ClientConfig { name: "deploy".to_owned(), delivery: None }).unwrap();
    let old = broker.enrol("deploy", clock()).unwrap();
    let mut deliveries = Deliveries::default();
    deliveries.add(vec!["broker:deploy".to_owned()], Arc::new(target));
    let connector = broker.delivering(ConnectorId("broker".into()), deliveries);
    let rotate = || {
        let principal = Principal::new("broker", "deploy");
        let target = Target::Credential { principal, credential: old.id.clone() };
        Intent { kind: ActionKind::RotateCredential, target }
    };
    let versions = || fake.state().vaulted["deploy-key"].clone();
    let works = || {
        let last = versions().last().unwrap().clone();
        let tag = last.tags["interlock-delivery"].clone();
        assert!(!tag.contains(&last.value), "a secret beside the secret");
        let (id, key) = (tag.rsplit(' ').next().unwrap(), Secret::new(&*last.value));
        broker.issue(id, &key, clock(), &Origin::default()).is_ok()
    };
    let mut drive = Drive::new(&connector, rotate());
    drive.issued("broker.issue_key").await;
    assert!(works());
    drive.undone().await;
    assert_eq!(versions().last().unwrap().value, "theirs and secret");
    assert!(!versions().last().unwrap().tags.contains_key("interlock-delivery"));
    // The next one disables what the one before it had displaced: the version that was taken back.
    Drive::new(&connector, rotate()).issued("broker.issue_key").await;
    assert!(works());
    let disabled: Vec<bool> = versions().iter().map(|it| it.disabled).collect();
    assert_eq!(disabled, [false, true, false, false]);

    let mut called = BTreeSet::new();
    for exchange in fake.recording().iter().filter(|it| it.url.contains("vault.azure.net")) {
        let (operation, wrong) = sdk.complaints(exchange);
        assert!(wrong.is_empty(), "{operation}: {wrong:?}");
        called.insert(operation);
        // And it does complain.
        let other = Exchange { url: exchange.url.replace("7.4", "7.4711"), ..exchange.clone() };
        assert!(!sdk.complaints(&other).1.is_empty());
    }
    let wanted = [
        "GET /secrets/{secret-name}/{secret-version}",
        "PATCH /secrets/{secret-name}/{secret-version}",
        "PUT /secrets/{secret-name}",
    ];
    assert_eq!(called.iter().map(String::as_str).collect::<Vec<_>>(), wanted);
}
