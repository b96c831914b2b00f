//! A project of Google Cloud and a directory of Workspace in memory, at the wire: they answer as Google
//! documents it, and misbehave on request.

use super::operation as op;
use super::{Credential, GoogleCloudConfig};
use crate::Secret;
use crate::delivery::Deliveries;
use crate::rest::fake::{Answered, Asked, Provider, Routes};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use interlock_model::{ConnectorId, Operation, Timestamp};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The project.
pub const PROJECT: &str = "acme";
/// The service account that is contained.
pub const ACCOUNT: &str = "ci@acme.iam.gserviceaccount.com";
/// The number of its key.
pub const KEY: &str = "0a1b2c";
/// The person that is contained.
pub const PERSON: &str = "dana@example.com";
/// Whoever a pool vouches for.
pub const FEDERATED: &str = "principal://iam.googleapis.com/projects/7/locations/global/workloadIdentityPools/forge/subject/repo:acme/pay:ref:refs/heads/main";
/// A managed identity of that pool.
pub const MANAGED: &str = "principal://iam.googleapis.com/projects/7/locations/global/workloadIdentityPools/forge/subject/ns/shop/sa/pay";
/// The issuer that the pool takes its identities from.
pub const PROVIDER: &str =
    "projects/7/locations/global/workloadIdentityPools/forge/providers/github";
/// The connector's own token, which must show nowhere.
pub const PLANTED: &str = "planted-google-token";
/// Whom the connector acts as.
pub const OWN: &str = "interlock@acme.iam.gserviceaccount.com";
/// In whose name it asks Workspace.
pub const ADMIN: &str = "admin@example.com";

/// What is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Whether service accounts are disabled.
    pub accounts: BTreeMap<String, bool>,
    /// Whether keys are disabled, by account and number.
    pub keys: BTreeMap<String, BTreeMap<String, bool>>,
    /// How many keys were made here.
    pub made: u64,
    /// Members by role and by the title of a condition.
    pub bindings: BTreeMap<(String, Option<String>), BTreeSet<String>>,
    /// Whether pools are disabled, by name.
    pub pools: BTreeMap<String, bool>,
    /// Whether their providers and managed identities are, by their path behind the pool's.
    pub parts: BTreeMap<String, bool>,
    /// Whether people are suspended, and administrators.
    pub people: BTreeMap<String, (bool, bool)>,
    /// Applications with tokens, by person.
    pub applications: BTreeMap<String, BTreeSet<String>>,
    /// Numbers of app passwords, by person.
    pub app_passwords: BTreeMap<String, BTreeSet<i64>>,
    /// Permissions that the connector lacks.
    pub lacks: BTreeSet<String>,
}

/// The project and the directory.
pub type Fake = Provider<State, Google>;

impl Fake {
    /// Two owners, and something in it for each action.
    #[must_use]
    pub fn small() -> Arc<Self> {
        let named = |it: &str| it.to_owned();
        let role = |name: &str, members: &[&str]| {
            ((named(name), None), members.iter().map(|it| named(it)).collect())
        };
        let account = format!("serviceAccount:{ACCOUNT}");
        let person = format!("user:{PERSON}");
        let mut bindings = BTreeMap::from([
            role("roles/owner", &["user:ann@example.com", &person]),
            role("roles/editor", &[&account, FEDERATED]),
        ]);
        let held = (named("roles/storage.admin"), Some(named("in hours")));
        bindings.insert(held, BTreeSet::from([account]));
        Arc::new(Self::new(
            State {
                accounts: BTreeMap::from([(named(ACCOUNT), false), (named(OWN), false)]),
                keys: BTreeMap::from([(
                    named(ACCOUNT),
                    BTreeMap::from([(named(KEY), false), (named("9f8e7d"), true)]),
                )]),
                made: 0,
                bindings,
                pools: BTreeMap::from([(named("forge"), false)]),
                parts: BTreeMap::from([
                    (named("forge/providers/github"), false),
                    (named("forge/namespaces/shop/managedIdentities/pay"), false),
                ]),
                people: BTreeMap::from([
                    (named(PERSON), (false, false)),
                    (named("root@example.com"), (false, true)),
                ]),
                applications: BTreeMap::from([(
                    named(PERSON),
                    BTreeSet::from([named("7.apps.googleusercontent.com")]),
                )]),
                app_passwords: BTreeMap::from([(named(PERSON), BTreeSet::from([11]))]),
                lacks: BTreeSet::new(),
            },
            Google,
        ))
    }

    /// A connector's configuration for it.
    #[must_use]
    pub fn config(clock: fn() -> Timestamp) -> GoogleCloudConfig {
        GoogleCloudConfig {
            id: ConnectorId("google-acme".into()),
            project: PROJECT.to_owned(),
            credential: Credential::Token { token: Secret::new(PLANTED), acts_as: OWN.to_owned() },
            workspace_admin: Some(ADMIN.to_owned()),
            deliveries: Deliveries::default(),
            clock,
            settle: None,
        }
    }
}

/// How Google understands requests.
#[derive(Debug)]
pub struct Google;

/// Needs no permission.
const FREE: Operation = Operation("projects.testIamPermissions");

impl Routes<State> for Google {
    fn operation(&self, method: &str, path: &[String]) -> Option<(Operation, bool)> {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let verb = path.last()?.rsplit_once(':').map(|it| it.1);
        Some(match (method, path.as_slice(), verb) {
            ("POST", ["token"], _) => (FREE, false),
            ("POST", ["v3", "projects", _], Some("testIamPermissions")) => (FREE, false),
            ("POST", ["v3", "projects", _], Some("getIamPolicy")) => (op::GET_POLICY, false),
            ("POST", ["v3", "projects", _], Some("setIamPolicy")) => (op::SET_POLICY, true),
            ("GET", ["v1", "projects", _, "serviceAccounts"], _) => (op::LIST_ACCOUNTS, false),
            ("GET", ["v1", "projects", _, "serviceAccounts", _], _) => (op::GET_ACCOUNT, false),
            ("POST", ["v1", "projects", _, "serviceAccounts", _], Some("disable")) => {
                (op::DISABLE_ACCOUNT, true)
            }
            ("POST", ["v1", "projects", _, "serviceAccounts", _], Some("enable")) => {
                (op::ENABLE_ACCOUNT, true)
            }
            ("GET", ["v1", "projects", _, "serviceAccounts", _, "keys"], _) => {
                (op::LIST_KEYS, false)
            }
            ("POST", ["v1", "projects", _, "serviceAccounts", _, "keys"], _) => {
                (op::CREATE_KEY, true)
            }
            ("POST", ["v1", "projects", _, "serviceAccounts", _, "keys", _], Some("disable")) => {
                (op::DISABLE_KEY, true)
            }
            ("POST", ["v1", "projects", _, "serviceAccounts", _, "keys", _], Some("enable")) => {
                (op::ENABLE_KEY, true)
            }
            ("DELETE", ["v1", "projects", _, "serviceAccounts", _, "keys", _], _) => {
                (op::DELETE_KEY, true)
            }
            ("GET", [.., "workloadIdentityPools"], _) => (op::LIST_POOLS, false),
            ("GET", [.., "workloadIdentityPools", _], _) => (op::GET_POOL, false),
            ("PATCH", [.., "workloadIdentityPools", _], _) => (op::UPDATE_POOL, true),
            ("GET", [.., "workloadIdentityPools", _, "providers", _], _) => {
                (op::GET_PROVIDER, false)
            }
            ("PATCH", [.., "workloadIdentityPools", _, "providers", _], _) => {
                (op::UPDATE_PROVIDER, true)
            }
            ("GET", [.., "namespaces", _, "managedIdentities", _], _) => {
                (op::GET_MANAGED_IDENTITY, false)
            }
            ("PATCH", [.., "namespaces", _, "managedIdentities", _], _) => {
                (op::UPDATE_MANAGED_IDENTITY, true)
            }
            ("GET", ["admin", "directory", "v1", "users", _], _) => (op::GET_USER, false),
            ("PATCH", ["admin", "directory", "v1", "users", _], _) => (op::PATCH_USER, true),
            ("GET", [.., "users", _, "tokens"], _) => (op::LIST_TOKENS, false),
            ("DELETE", [.., "users", _, "tokens", _], _) => (op::DELETE_TOKENS, true),
            ("GET", [.., "users", _, "asps"], _) => (op::LIST_APP_PASSWORDS, false),
            ("DELETE", [.., "users", _, "asps", _], _) => (op::DELETE_APP_PASSWORDS, true),
            _ => return None,
        })
    }

    fn answer(&self, state: &mut State, asked: &Asked<'_>) -> Answered {
        let path: Vec<&str> = asked.path.iter().map(String::as_str).collect();
        let answered = match path.as_slice() {
            ["token"] => Some((200, json!({ "access_token": PLANTED, "expires_in": 3600 }))),
            ["v3", "projects", named] => project(state, asked, named),
            ["v1", "projects", PROJECT, "serviceAccounts", rest @ ..] => {
                accounts(state, asked, rest)
            }
            ["v1", "projects", _, "locations", "global", "workloadIdentityPools", rest @ ..] => {
                pools(state, asked, rest)
            }
            ["admin", "directory", "v1", "users", email, rest @ ..] => {
                people(state, asked, email, rest)
            }
            _ => None,
        };
        answered.unwrap_or_else(|| (404, self.refusal(404)))
    }

    fn refusal(&self, status: u16) -> Value {
        let (message, word) = match status {
            403 => ("The caller does not have permission", "PERMISSION_DENIED"),
            409 => ("There were concurrent policy changes", "ABORTED"),
            429 => ("Quota exceeded", "RESOURCE_EXHAUSTED"),
            _ => ("Requested entity was not found", "NOT_FOUND"),
        };
        json!({ "error": { "code": status, "message": message, "status": word } })
    }
}

fn policy(state: &State) -> Value {
    let bindings = state.bindings.iter().map(|((role, title), members)| {
        let mut binding = json!({ "role": role, "members": members });
        if let (Some(title), Some(binding)) = (title, binding.as_object_mut()) {
            let condition = json!({ "title": title, "expression": "true" });
            binding.insert("condition".to_owned(), condition);
        }
        binding
    });
    let bindings: Vec<Value> = bindings.collect();
    json!({ "version": 3, "etag": etag(state), "bindings": bindings })
}

/// Another for every state of the policy.
fn etag(state: &State) -> String {
    let text = format!("{:?}", state.bindings);
    let sum = text.bytes().fold(7_u64, |sum, it| sum.wrapping_mul(31).wrapping_add(u64::from(it)));
    format!("m{sum:x}")
}

fn project(state: &mut State, asked: &Asked<'_>, named: &str) -> Option<Answered> {
    let (project, verb) = named.split_once(':')?;
    if project != PROJECT {
        return None;
    }
    Some(match verb {
        "getIamPolicy" => (200, policy(state)),
        "setIamPolicy" => {
            let wanted = asked.body.get("policy")?;
            if wanted.get("etag").and_then(Value::as_str) != Some(&etag(state)) {
                return Some((409, Google.refusal(409)));
            }
            let text = |of: &Value| of.as_str().map(str::to_owned);
            let mut bindings: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
            for binding in wanted.get("bindings")?.as_array()? {
                let title = binding.pointer("/condition/title").and_then(text);
                let members = binding.get("members")?.as_array()?.iter().filter_map(text);
                bindings.entry((text(binding.get("role")?)?, title)).or_default().extend(members);
            }
            state.bindings = bindings;
            (200, policy(state))
        }
        _ => {
            let asked = asked.body.get("permissions")?.as_array()?.iter();
            let had = asked.filter(|it| it.as_str().is_some_and(|it| !state.lacks.contains(it)));
            (200, json!({ "permissions": had.collect::<Vec<_>>() }))
        }
    })
}

fn account(email: &str, disabled: bool) -> Value {
    let name = format!("projects/{PROJECT}/serviceAccounts/{email}");
    let mut account =
        json!({ "name": name, "email": email, "projectId": PROJECT, "uniqueId": "7" });
    // What is not so is left out.
    if let (true, Some(account)) = (disabled, account.as_object_mut()) {
        account.insert("disabled".to_owned(), true.into());
    }
    account
}

fn accounts(state: &mut State, asked: &Asked<'_>, path: &[&str]) -> Option<Answered> {
    Some(match (asked.method, path) {
        ("GET", []) => {
            // Two pages, to see that they are followed.
            let skip = usize::from(asked.query("pageToken").is_some());
            let all = state.accounts.iter().map(|(email, disabled)| account(email, *disabled));
            let one: Vec<Value> = all.skip(skip).take(1).collect();
            let more = if skip == 0 { json!("second") } else { json!("") };
            (200, json!({ "accounts": one, "nextPageToken": more }))
        }
        ("GET", [email]) => (200, account(email, *state.accounts.get(*email)?)),
        ("POST", [named]) => {
            let (email, verb) = named.rsplit_once(':')?;
            *state.accounts.get_mut(email)? = verb == "disable";
            (200, json!({}))
        }
        ("GET", [email, "keys"]) => {
            state.accounts.get(*email)?;
            let keys = state.keys.get(*email).into_iter().flatten();
            let each = keys.map(|(number, disabled)| {
                json!({
                    "name": format!("projects/{PROJECT}/serviceAccounts/{email}/keys/{number}"),
                    "keyType": "USER_MANAGED", "disabled": disabled,
                    "validAfterTime": "2026-01-01T00:00:00Z",
                    "validBeforeTime": "9999-12-31T23:59:59Z",
                })
            });
            (200, json!({ "keys": each.collect::<Vec<_>>() }))
        }
        ("POST", [email, "keys"]) => {
            state.made += 1;
            let (made, keys) = (state.made, state.keys.entry((*email).to_owned()).or_default());
            if !state.accounts.contains_key(*email) || keys.len() >= 10 {
                return Some((400, Google.refusal(400)));
            }
            // A number is never given twice.
            let number = format!("{made:04x}f00d");
            keys.insert(number.clone(), false);
            let file = json!({
                "type": "service_account", "client_email": email, "private_key_id": number,
                "private_key": format!("made-by-the-fake-{number}"),
            });
            (
                200,
                json!({
                    "name": format!("projects/{PROJECT}/serviceAccounts/{email}/keys/{number}"),
                    "privateKeyType": "TYPE_GOOGLE_CREDENTIALS_FILE", "keyType": "USER_MANAGED",
                    "privateKeyData": BASE64_STANDARD.encode(file.to_string()),
                    "validAfterTime": "2026-03-01T12:00:00Z",
                }),
            )
        }
        ("POST", [email, "keys", named]) => {
            let (number, verb) = named.rsplit_once(':')?;
            *state.keys.get_mut(*email)?.get_mut(number)? = verb == "disable";
            (200, json!({}))
        }
        ("DELETE", [email, "keys", number]) => {
            state.keys.get_mut(*email)?.remove(*number)?;
            (200, json!({}))
        }
        _ => return None,
    })
}

fn pools(state: &mut State, asked: &Asked<'_>, path: &[&str]) -> Option<Answered> {
    let pool = |name: &str, disabled: bool| {
        let name = format!("projects/7/locations/global/workloadIdentityPools/{name}");
        json!({ "name": name, "state": "ACTIVE", "disabled": disabled })
    };
    Some(match (asked.method, path) {
        ("GET", []) => {
            let all: Vec<Value> = state.pools.iter().map(|it| pool(it.0, *it.1)).collect();
            (200, json!({ "workloadIdentityPools": all }))
        }
        ("GET", [name]) => (200, pool(name, *state.pools.get(*name)?)),
        ("GET", part) => {
            let part = part.join("/");
            (200, pool(&part, *state.parts.get(&part)?))
        }
        ("PATCH", part) => {
            // Nothing is changed but what the mask names.
            let disabled = asked.query("updateMask").filter(|it| *it == "disabled");
            let wanted = asked.body.get("disabled").and_then(Value::as_bool);
            if let (Some(_), Some(wanted)) = (disabled, wanted) {
                let all = if part.len() == 1 { &mut state.pools } else { &mut state.parts };
                *all.get_mut(&part.join("/"))? = wanted;
            }
            (200, json!({ "name": "operations/1", "done": false }))
        }
        _ => return None,
    })
}

fn people(state: &mut State, asked: &Asked<'_>, email: &str, path: &[&str]) -> Option<Answered> {
    let person = state.people.get_mut(email)?;
    let shown = |(suspended, admin): (bool, bool)| json!({ "primaryEmail": email, "suspended": suspended, "isAdmin": admin });
    Some(match (asked.method, path) {
        ("GET", []) => (200, shown(*person)),
        ("PATCH", []) => {
            person.0 = asked.body.get("suspended")?.as_bool()?;
            (200, shown(*person))
        }
        ("GET", ["tokens"]) => {
            let all = state.applications.get(email).into_iter().flatten();
            let each = all.map(|it| json!({ "clientId": it, "displayText": "Mail" }));
            (200, json!({ "items": each.collect::<Vec<_>>() }))
        }
        ("GET", ["asps"]) => {
            let all = state.app_passwords.get(email).into_iter().flatten();
            let each = all.map(|it| json!({ "codeId": it, "name": "Mail", "userKey": email }));
            (200, json!({ "items": each.collect::<Vec<_>>() }))
        }
        ("DELETE", ["asps", number]) => {
            state.app_passwords.get_mut(email)?.take(&number.parse().ok()?)?;
            (204, Value::Null)
        }
        ("DELETE", ["tokens", client]) => {
            state.applications.get_mut(email)?.take(*client)?;
            (204, Value::Null)
        }
        _ => return None,
    })
}
