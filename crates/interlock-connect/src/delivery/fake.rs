//! Places of delivery in memory: what Vault, an API server, GitHub, Google and Azure answer about
//! one credential.

use crate::broker::operation as op;
use crate::rest::fake::{Answered, Asked, Provider, Routes};
use interlock_model::Operation;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What they hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    /// Versions of entries, by mount and path, oldest first.
    pub entries: BTreeMap<String, Vec<Value>>,
    /// Objects of the cluster, by path.
    pub objects: BTreeMap<String, Value>,
    /// Sealed secrets with the second of their last change, by path.
    pub sealed: BTreeMap<String, (String, u64)>,
    /// Secrets of Google's Secret Manager, by path, with the number of their last write.
    pub managed: BTreeMap<String, ManagedState>,
    /// Versions of secrets of Azure Key Vault, by name, oldest first.
    pub vaulted: BTreeMap<String, Vec<VaultedState>>,
    /// Variables, by path.
    pub variables: BTreeMap<String, String>,
    /// How many writes there were.
    pub writes: u64,
    /// The key that is sealed for, in base64.
    pub public_key: String,
    /// The repositories that a secret of the organisation is given to; none: it is given to all.
    pub selected: Vec<u64>,
}

/// One secret of Google's Secret Manager.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ManagedState {
    /// What is noted beside it.
    pub annotations: BTreeMap<String, String>,
    /// How often they were written.
    pub etag: u64,
    /// Its versions, oldest first: the value in base64, and whether it is enabled.
    pub versions: Vec<(String, bool)>,
}

/// One version of a secret of Azure Key Vault.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VaultedState {
    /// The value.
    pub value: String,
    /// What kind of text it is.
    pub content_type: Option<String>,
    /// What is noted beside it.
    pub tags: BTreeMap<String, String>,
    /// Whether nobody can read it any more.
    pub disabled: bool,
}

/// The places.
pub type Fake = Provider<State, World>;

impl Fake {
    /// One that holds this.
    #[must_use]
    pub fn holding(state: State) -> Arc<Self> {
        Arc::new(Self::new(state, World))
    }
}

/// How they understand requests.
#[derive(Debug)]
pub struct World;

impl Routes<State> for World {
    fn operation(&self, method: &str, path: &[String]) -> Option<(Operation, bool)> {
        let asks = path.iter().any(|it| {
            it == "token"
                || it == "capabilities-self"
                || it.ends_with("reviews")
                || it.ends_with(":testIamPermissions")
        });
        match path.first().map(String::as_str) {
            _ if path.last().is_some_and(|it| it == "token") => Some((op::GET_DELIVERY, false)),
            Some("secrets") if method == "GET" => Some((op::GET_DELIVERY, false)),
            Some("secrets") => Some((op::PUT_DELIVERY, true)),
            Some("v1" | "v3" | "api" | "apis" | "repos" | "orgs") if method == "GET" || asks => {
                Some((op::GET_DELIVERY, false))
            }
            Some("v1" | "api" | "apis" | "repos" | "orgs") => Some((op::PUT_DELIVERY, true)),
            _ => None,
        }
    }

    fn answer(&self, state: &mut State, asked: &Asked<'_>) -> Answered {
        let path: Vec<&str> = asked.path.iter().map(String::as_str).collect();
        if asked.method != "GET" {
            state.writes += 1;
        }
        match path.as_slice() {
            [.., last] if last.ends_with(":testIamPermissions") => {
                (200, json!({"permissions": asked.body.get("permissions")}))
            }
            [.., "oauth2", "v2.0", "token"] => {
                (200, json!({"access_token": "token-of-the-connector", "expires_in": 3600}))
            }
            ["secrets", name, rest @ ..] => vaulted(state, asked, name, rest),
            ["v1", "projects", project, "secrets", id, rest @ ..] => {
                managed(state, asked, (project, id), rest)
            }
            ["v1", mount, "data", rest @ ..] => {
                entry(state, asked, format!("{mount}/{}", rest.join("/")))
            }
            ["api" | "apis", ..] => object(state, asked, &path.join("/")),
            ["repos" | "orgs", ..] => github(state, asked, &path),
            _ => missing(),
        }
    }

    fn refusal(&self, status: u16) -> Value {
        json!({"message": "refused", "errors": ["refused"], "code": status})
    }
}

fn missing() -> Answered {
    (404, json!({"message": "Not Found", "errors": []}))
}

fn entry(state: &mut State, asked: &Asked<'_>, path: String) -> Answered {
    let versions = state.entries.entry(path).or_default();
    let last = versions.len();
    if asked.method == "POST" {
        let cas = asked.body.pointer("/options/cas").and_then(Value::as_u64);
        if cas != u64::try_from(last).ok() {
            let said = "check-and-set parameter did not match the current version";
            return (400, json!({"errors": [said]}));
        }
        versions.push(asked.body.get("data").cloned().unwrap_or_default());
        return (200, json!({"data": {"version": last + 1}}));
    }
    let wanted = asked.query("version").and_then(|it| it.parse().ok()).unwrap_or(last);
    match wanted.checked_sub(1).and_then(|it| versions.get(it)) {
        Some(data) => (200, json!({"data": {"data": data, "metadata": {"version": wanted}}})),
        None => missing(),
    }
}

/// Secret Manager, as far as it is asked.
fn managed(state: &mut State, asked: &Asked<'_>, of: (&str, &str), rest: &[&str]) -> Answered {
    let (id, verb) = of.1.split_once(':').unwrap_or((of.1, ""));
    let path = format!("projects/{}/secrets/{id}", of.0);
    let Some(secret) = state.managed.get_mut(&path) else { return missing() };
    let refused = |what: &str| {
        (400, json!({"error": {"code": 400, "message": what, "status": "FAILED_PRECONDITION"}}))
    };
    let name = |number: usize| format!("{path}/versions/{number}");
    let word = |enabled: bool| if enabled { "ENABLED" } else { "DISABLED" };
    match (asked.method, verb, rest) {
        ("GET", "", []) => (
            200,
            json!({"name": path, "annotations": secret.annotations, "etag": secret.etag.to_string()}),
        ),
        ("PATCH", "", []) => {
            if asked.text("etag").is_some_and(|it| it != secret.etag.to_string()) {
                let said = json!({"code": 409, "message": "etag mismatch", "status": "ABORTED"});
                return (409, json!({ "error": said }));
            }
            let given = asked.body.get("annotations").cloned().unwrap_or_default();
            secret.annotations = serde_json::from_value(given).unwrap_or_default();
            secret.etag += 1;
            (200, json!({"name": path, "annotations": secret.annotations}))
        }
        ("POST", "addVersion", []) => {
            let data = asked.body.pointer("/payload/data").and_then(Value::as_str);
            secret.versions.push((data.unwrap_or_default().to_owned(), true));
            (200, json!({"name": name(secret.versions.len()), "state": "ENABLED"}))
        }
        (method, "", ["versions", version]) => {
            let (version, verb) = version.split_once(':').unwrap_or((version, ""));
            let last = secret.versions.len();
            let number = if version == "latest" { last } else { version.parse().unwrap_or(0) };
            let found = number.checked_sub(1).and_then(|it| secret.versions.get_mut(it));
            let Some((data, enabled)) = found else { return missing() };
            match (method, verb) {
                ("GET", "") => (200, json!({"name": name(number), "state": word(*enabled)})),
                ("GET", "access") if *enabled => {
                    (200, json!({"name": name(number), "payload": {"data": data}}))
                }
                ("POST", "disable") if *enabled => {
                    *enabled = false;
                    (200, json!({"name": name(number), "state": "DISABLED"}))
                }
                _ => refused("the version is not enabled"),
            }
        }
        _ => missing(),
    }
}

/// Azure Key Vault, as far as it is asked.
fn vaulted(state: &mut State, asked: &Asked<'_>, name: &str, rest: &[&str]) -> Answered {
    let refused =
        |status: u16, code: &str| (status, json!({"error": {"code": code, "message": code}}));
    let Some(versions) = state.vaulted.get_mut(name) else { return refused(404, "SecretNotFound") };
    let id = |number: usize| format!("{number:032x}");
    let shown = |number: usize, of: &VaultedState| {
        let mut shown = json!({
            "id": format!("https://acme.vault.azure.net/secrets/{name}/{}", id(number)),
            "value": of.value, "attributes": {"enabled": !of.disabled}, "tags": of.tags,
        });
        if let Some(kind) = &of.content_type {
            merge(&mut shown, &json!({ "contentType": kind }));
        }
        (200, shown)
    };
    let number = match rest {
        [] => versions.len().checked_sub(1),
        [wanted, ..] => (0..versions.len()).find(|it| id(*it) == **wanted),
    };
    let last = versions.len();
    match (asked.method, number.and_then(|it| Some((it, versions.get_mut(it)?)))) {
        ("PUT", _) => {
            let tags = asked.body.get("tags").cloned().unwrap_or_default();
            versions.push(VaultedState {
                value: asked.text("value").unwrap_or_default().to_owned(),
                content_type: asked.text("contentType").map(str::to_owned),
                tags: serde_json::from_value(tags).unwrap_or_default(),
                disabled: false,
            });
            versions.last().map_or_else(missing, |it| shown(last, it))
        }
        ("GET", Some((_, of))) if of.disabled => refused(403, "Forbidden"),
        ("GET", Some((number, of))) => shown(number, of),
        ("PATCH", Some((number, of))) => {
            let enabled = asked.body.pointer("/attributes/enabled").and_then(Value::as_bool);
            of.disabled = enabled.map_or(of.disabled, |it| !it);
            shown(number, of)
        }
        _ => refused(404, "SecretNotFound"),
    }
}

fn object(state: &mut State, asked: &Asked<'_>, path: &str) -> Answered {
    let writes = state.writes;
    let Some(object) = state.objects.get_mut(path) else { return missing() };
    if asked.method == "PATCH" {
        let version = |of: &Value| of.pointer("/metadata/resourceVersion").cloned();
        let wanted = version(&asked.body);
        if wanted.is_some() && wanted != version(object) {
            return (409, json!({"message": "the object has been modified"}));
        }
        merge(object, &asked.body);
        merge(object, &json!({"metadata": {"resourceVersion": writes.to_string()}}));
    }
    (200, object.clone())
}

/// RFC 7386.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else { return };
    for (key, value) in patch {
        if value.is_null() {
            target.remove(key);
        } else {
            merge(target.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

fn moment(second: u64) -> String {
    format!("2026-03-01T12:00:{:02}Z", second % 60)
}

fn github(state: &mut State, asked: &Asked<'_>, path: &[&str]) -> Answered {
    let key = path.join("/");
    match (asked.method, path) {
        ("GET", [.., "secrets", "public-key"]) => {
            (200, json!({"key_id": "568250167242549743", "key": state.public_key}))
        }
        ("GET", [.., "secrets", _, "repositories"]) => {
            let list: Vec<Value> = state.selected.iter().map(|it| json!({"id": it})).collect();
            (200, json!({"total_count": list.len(), "repositories": list}))
        }
        ("GET", [place, .., "secrets", name]) => match state.sealed.get(&key) {
            Some((_, at)) => {
                let at = moment(*at);
                let mut shown = json!({"name": name, "created_at": at, "updated_at": at});
                if *place == "orgs" {
                    let given = if state.selected.is_empty() { "private" } else { "selected" };
                    merge(&mut shown, &json!({"visibility": given}));
                }
                (200, shown)
            }
            None => missing(),
        },
        ("PUT", [.., "secrets", _]) => {
            let value = asked.text("encrypted_value").unwrap_or_default().to_owned();
            let there = state.sealed.insert(key, (value, state.writes)).is_some();
            if there { (204, Value::Null) } else { (201, json!({})) }
        }
        ("GET", [.., "variables", name]) => match state.variables.get(&key) {
            Some(value) => (200, json!({"name": name, "value": value})),
            None => missing(),
        },
        ("PATCH", [.., "variables", _]) => {
            state.variables.insert(key, asked.text("value").unwrap_or_default().to_owned());
            (204, Value::Null)
        }
        ("POST", [.., "variables"]) => {
            let name = asked.text("name").unwrap_or_default();
            let value = asked.text("value").unwrap_or_default().to_owned();
            state.variables.insert(format!("{key}/{name}"), value);
            (201, json!({}))
        }
        _ => missing(),
    }
}
