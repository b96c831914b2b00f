//! The broker's doors as workloads meet them: the real program, real keys, contained and taken back.
//!
//! Proves: `broker.block_issuance`, `broker.revoke_tokens`

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at the first thing that is not as it should be"
)]

use crate::program::{command, interlock};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use tempfile::TempDir;

const CONNECTOR: &str = r#"
[[connector]]
id = "tokens"
kind = "broker"
enforce = ["block_principal", "revoke_sessions"]
client = [
  { name = "shop", delivery = "shop.key.json" },
  { name = "mill", delivery = "mill.key.json" },
]

[[token]]
name = "shipper"
roles = ["ingest"]
# of the text `shipper`
sha256 = "SHIPPER"

[[token]]
name = "shop-api"
roles = ["read"]
# of the text `shop-api`
sha256 = "READER"
"#;

const IDENTITIES: &str = "
identities:
  - id: idn_shop
    kind: workload
    name: Shop
    owner: own_shop
    environment: development
    principals: [broker:shop]
";

const TEAMS: &str = "
teams:
  - id: own_shop
    name: Shop
    contact: shop@example.com
    approvers: [admin]
";

/// How often something is asked for before it counts as never.
const PATIENCE: usize = 20_000;

/// A running house with a broker.
struct Running {
    child: Child,
    address: String,
    folder: TempDir,
    http: Client,
    admin: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn digest(text: &str) -> String {
    use sha2::Digest as _;
    hex::encode(sha2::Sha256::digest(text.as_bytes()))
}

/// A folder as `init` writes it, in enforce, with more in `interlock.toml`.
fn folder(more: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let ran = interlock(folder.path(), &["init", "house"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let house = folder.path().join("house");
    let file = house.join("interlock.toml");
    let text = fs::read_to_string(&file).unwrap();
    let text = text.replace("mode = \"recommend\"", "mode = \"enforce\"");
    fs::write(&file, format!("{text}{more}")).unwrap();
    fs::write(house.join("content/directory/identities.yaml"), IDENTITIES).unwrap();
    fs::write(house.join("content/directory/teams.yaml"), TEAMS).unwrap();
    let policies = house.join("content/policies");
    for entry in fs::read_dir(&policies).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    let all = "@id(\"everything\")\npermit (principal, action, resource);\n";
    fs::write(policies.join("everything.cedar"), all).unwrap();
    folder
}

fn serve(folder: TempDir) -> Running {
    let arguments = ["serve", "--config", "house", "--listen", "127.0.0.1:0"];
    let mut command = command(folder.path(), &arguments);
    let log = fs::File::create(folder.path().join("log")).unwrap();
    let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let log = || fs::read_to_string(folder.path().join("log")).unwrap_or_default();
    let address = line.split_whitespace().nth(2).unwrap_or_else(|| panic!("{line}{}", log()));
    let address = address.to_owned();
    let admin = fs::read_to_string(folder.path().join("house/admin.token")).unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    Running { child, address, folder, http: Client::new(), admin: admin.trim().to_owned() }
}

fn with_broker() -> Running {
    let more = CONNECTOR.replace("SHIPPER", &digest("shipper"));
    serve(folder(&more.replace("READER", &digest("shop-api"))))
}

/// What `serve` delivered to a client: key id and secret.
fn key(folder: &Path, client: &str) -> (String, String) {
    let text = fs::read_to_string(folder.join(format!("house/{client}.key.json"))).unwrap();
    let it: Value = serde_json::from_str(&text).unwrap();
    (it["key_id"].as_str().unwrap().to_owned(), it["secret"].as_str().unwrap().to_owned())
}

async fn json(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

impl Running {
    fn key(&self, client: &str) -> (String, String) {
        key(self.folder.path(), client)
    }

    fn form(&self, path: &str, form: &str) -> RequestBuilder {
        self.http
            .post(format!("{}{path}", self.address))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("user-agent", "shop/1.0")
            .body(form.to_owned())
    }

    async fn ask(&self, (key, secret): &(String, String), path: &str, form: &str) -> (u16, Value) {
        json(self.form(path, form).basic_auth(key, Some(secret)).send().await.unwrap()).await
    }

    async fn token(&self, key: &(String, String)) -> (u16, Value) {
        self.ask(key, "/broker/token", "grant_type=client_credentials").await
    }

    async fn introspect(&self, token: &str) -> Value {
        let form = format!("token={token}&client_address=198.51.100.7");
        let call = self.form("/broker/introspect", &form).bearer_auth("shop-api");
        let (status, it) = json(call.send().await.unwrap()).await;
        assert_eq!(status, 200, "{it}");
        it
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let call = self.http.post(format!("{}{path}", self.address)).json(body);
        let (status, it) = json(call.bearer_auth(&self.admin).send().await.unwrap()).await;
        assert!((200..300).contains(&status), "{path}: {status} {it}");
        it
    }

    async fn get(&self, path: &str) -> Value {
        let call = self.http.get(format!("{}{path}", self.address)).bearer_auth(&self.admin);
        json(call.send().await.unwrap()).await.1
    }

    /// Looks at a containment until it is as wanted; a yes that is waited for is given.
    async fn until(&self, id: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let path = format!("/v1/containments/{id}");
        let mut last = Value::Null;
        for _ in 0..PATIENCE {
            last = self.get(&path).await;
            if wanted(&last) {
                return last;
            }
            if last["waits_for"].as_array().is_some_and(|it| !it.is_empty()) {
                let _ = self.post(&format!("{path}/approve"), &json!({"plan": last["plan"]})).await;
            }
        }
        panic!("never as wanted: {last:#}");
    }
}

#[tokio::test]
async fn a_client_is_refused_at_both_doors_while_it_is_contained() {
    let house = with_broker();
    let shop = house.key("shop");
    let (status, granted) = house.token(&shop).await;
    assert_eq!(status, 200, "{granted}");
    assert_eq!((&granted["token_type"], &granted["expires_in"]), (&json!("Bearer"), &json!(900)));
    let token = granted["access_token"].as_str().unwrap().to_owned();
    let live = house.introspect(&token).await;
    assert_eq!((&live["active"], &live["sub"]), (&json!(true), &json!("broker:shop")));

    // No new tokens, and an end to the old ones: two containments, taken back one by one.
    let mut containments = Vec::new();
    for intent in ["block_principal", "revoke_sessions"] {
        let why = json!({"intent": intent, "why": "the key was found in a public place"});
        let asked = house.post("/v1/identities/idn_shop/contain", &why).await;
        let id = asked["containment"]["id"].as_str().unwrap_or_else(|| panic!("{asked:#}"));
        let done = house.until(id, |it| it["phase"] == "contained").await;
        assert_eq!(done["steps"][0]["connector"], "tokens", "{done:#}");
        containments.push(id.to_owned());
    }
    assert_eq!(house.introspect(&token).await, json!({"active": false}));
    assert_eq!(house.token(&shop).await, (401, json!({"error": "invalid_client"})));
    assert_eq!(house.token(&house.key("mill")).await.0, 200, "others go on");

    for id in &containments {
        let path = format!("/v1/containments/{id}/undo");
        house.post(&path, &json!({"accept_re_arm": true})).await;
        house.until(id, |it| it["phase"] == "undone").await;
    }
    assert_eq!(house.introspect(&token).await["active"], true);
    assert_eq!(house.token(&shop).await.0, 200);

    // Nobody sent a log: the house has seen for itself which key and which token were used.
    let id = live["jti"].as_str().unwrap();
    let mut shown = String::new();
    for _ in 0..PATIENCE {
        shown = house.get("/v1/identities/idn_shop").await.to_string();
        if shown.contains(&shop.0) && shown.contains(id) {
            return;
        }
    }
    panic!("never seen: {shown}");
}

#[tokio::test]
async fn the_doors_answer_as_the_rfcs_say() {
    let house = with_broker();
    let (shop, mill) = (house.key("shop"), house.key("mill"));
    let (_, granted) = house.token(&shop).await;
    let token = granted["access_token"].as_str().unwrap();

    let call = house.form("/broker/token", "grant_type=client_credentials");
    let response = call.basic_auth(&shop.0, Some("guess")).send().await.unwrap();
    assert!(response.headers()["www-authenticate"].to_str().unwrap().starts_with("Basic "));
    assert_eq!(response.headers()["cache-control"], "no-store");
    let flat = (401, json!({"error": "invalid_client"}));
    assert_eq!(json(response).await, flat);
    let stranger = ("bk_unknown".to_owned(), "x".to_owned());
    assert_eq!(house.token(&stranger).await, flat);
    let call = house.form("/broker/token", "grant_type=client_credentials");
    assert_eq!(json(call.send().await.unwrap()).await, flat);

    let exchange = "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&subject_token=x";
    for (form, error) in [
        (exchange, "unsupported_grant_type"),
        ("grant_type=password", "unsupported_grant_type"),
        ("", "invalid_request"),
        ("grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
        ("grant_type=client_credentials&client_secret=x", "invalid_request"),
        ("grant_type=client_credentials&scope=deploy", "invalid_scope"),
        ("grant_type=client_credentials&audience=shop", "invalid_target"),
    ] {
        let (status, it) = house.ask(&shop, "/broker/token", form).await;
        assert_eq!((status, &it["error"]), (400, &json!(error)), "{form}: {it}");
    }
    let call = house.http.post(format!("{}/broker/token", house.address)).json(&json!({}));
    assert_eq!(json(call.send().await.unwrap()).await.1["error"], "invalid_request");

    // Introspection needs somebody of the house's own, with the role `read`.
    let form = format!("token={token}");
    let ask = |bearer: Option<&str>| {
        let call = house.form("/broker/introspect", &form);
        let call = if let Some(it) = bearer { call.bearer_auth(it) } else { call };
        async { call.send().await.unwrap().status().as_u16() }
    };
    for (bearer, status) in
        [(None, 401), (Some("nobody"), 401), (Some("shipper"), 403), (Some("shop-api"), 200)]
    {
        assert_eq!(ask(bearer).await, status, "{bearer:?}");
    }
    assert_eq!(house.ask(&shop, "/broker/introspect", &form).await.0, 401, "a client's key");
    assert_eq!(house.introspect("bt_0.0").await, json!({"active": false}));

    // A token is handed back by the client to which it was issued, and by no other.
    let (status, it) = house.ask(&mill, "/broker/revoke", &form).await;
    assert_eq!((status, &it["error"]), (400, &json!("invalid_grant")));
    let wrong = (shop.0.clone(), "guess".to_owned());
    assert_eq!(house.ask(&wrong, "/broker/revoke", &form).await, flat);
    assert_eq!(house.introspect(token).await["active"], true);
    assert_eq!(house.ask(&shop, "/broker/revoke", "token=bt_0.0").await.0, 200);
    assert_eq!(house.ask(&shop, "/broker/revoke", &form).await.0, 200);
    assert_eq!(house.introspect(token).await, json!({"active": false}));

    // Whoever keeps guessing is only turned away; the right key still works from there.
    let mut statuses = Vec::new();
    for _ in 0..24 {
        statuses.push(house.token(&stranger).await.0);
    }
    assert!(statuses.contains(&429), "{statuses:?}");
    assert_eq!(house.token(&shop).await.0, 200);
    let page = house.get("/v1/rejected").await;
    assert!(!page.to_string().contains("broker:tokens"), "every use is understood: {page:#}");
}

#[tokio::test]
async fn without_a_broker_there_are_no_doors() {
    let house = serve(folder(""));
    for path in ["/broker/token", "/broker/revoke", "/broker/introspect"] {
        let call = house.form(path, "grant_type=client_credentials").basic_auth("a", Some("b"));
        assert_eq!(call.send().await.unwrap().status().as_u16(), 404, "{path}");
    }
}
