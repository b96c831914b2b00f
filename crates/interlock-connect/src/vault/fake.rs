//! A server in memory: tokens with children and leases, entities, secret ids, static roles, and the many
//! ways in which it says that something is not there.

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The entity of the small world.
pub const ENTITY: &str = "7d2e3179-f69b-450c-7179-ac8ee8bd8ca9";
const NOW: &str = "2026-03-01T12:00:05Z";

/// The server.
#[derive(Clone, Debug)]
pub struct Server {
    /// Tokens by accessor: their entity, their name, and the accessor of their parent.
    pub tokens: BTreeMap<String, (String, String, String)>,
    /// Policies by name.
    pub policies: BTreeMap<String, String>,
    /// Whether entities are disabled.
    pub entities: BTreeMap<String, bool>,
    /// Leases, each with the accessor of its token.
    pub leases: BTreeMap<String, String>,
    /// Accessors of secret ids, by mount and role.
    pub secret_ids: BTreeMap<String, BTreeSet<String>>,
    /// What goes with secret ids, by accessor.
    pub metadata: BTreeMap<String, String>,
    /// How many secret ids were made here.
    pub made: u64,
    /// When static roles were rotated.
    pub static_roles: BTreeMap<String, String>,
    /// What the connector may do where; everything when it is empty.
    pub capabilities: BTreeMap<String, Vec<&'static str>>,
    /// Revocations of leases that the other system does not carry out.
    pub stuck: BTreeSet<String>,
}

fn errors(status: u16, what: &str) -> (u16, Value) {
    (status, json!({"errors": [what]}))
}

fn data(data: Value) -> (u16, Value) {
    let whole = json!({
        "request_id": "1", "lease_id": "", "renewable": false, "lease_duration": 0,
        "data": data, "wrap_info": null, "warnings": null, "auth": null,
    });
    (200, whole)
}

impl Server {
    /// An entity with two tokens, one the child of the other, and what was given to them.
    pub fn small() -> Self {
        let own = |it: &str| it.to_owned();
        let token = |entity: &str, name: &str, parent: &str| (own(entity), own(name), own(parent));
        Self {
            tokens: BTreeMap::from([
                (own("acc-own"), token("entity-own", "approle", "")),
                (own("acc-1"), token(ENTITY, "approle", "")),
                (own("acc-child"), token(ENTITY, "token-job", "acc-1")),
                (own("acc-stranger"), token("", "token-stranger", "")),
            ]),
            entities: BTreeMap::from([(own(ENTITY), false), (own("entity-own"), false)]),
            policies: BTreeMap::from([(
                own("payments"),
                own("path \"kv/data/payments/*\" { capabilities = [\"read\"] }"),
            )]),
            leases: BTreeMap::from([
                (own("database/creds/readonly/aaaa"), own("acc-1")),
                (own("database/creds/readonly/bbbb"), own("acc-stranger")),
                (own("database/creds/owner/cccc"), own("acc-stranger")),
            ]),
            secret_ids: BTreeMap::from([(
                own("approle/ci"),
                BTreeSet::from([own("84896a0c-1347-aa90-a4f6-aca8b7558780"), own("other")]),
            )]),
            metadata: BTreeMap::new(),
            made: 0,
            static_roles: BTreeMap::from([(own("database/app"), own("2026-02-01T00:00:00Z"))]),
            capabilities: BTreeMap::new(),
            stuck: BTreeSet::new(),
        }
    }

    fn list(&self, keys: BTreeSet<String>) -> (u16, Value) {
        if keys.is_empty() { (404, json!({"errors": []})) } else { data(json!({"keys": keys})) }
    }

    fn revoke(&mut self, accessor: &str) {
        self.tokens.remove(accessor);
        self.leases.retain(|_, of| of != accessor);
        let children: Vec<String> =
            self.tokens.iter().filter(|it| it.1.2 == accessor).map(|it| it.0.clone()).collect();
        for child in children {
            self.revoke(&child);
        }
    }

    /// What the server answers.
    pub fn answer(&mut self, method: &str, path: &str, listed: bool, body: &Value) -> (u16, Value) {
        let said = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
        let parts: Vec<&str> = path.trim_start_matches("v1/").split('/').collect();
        match (method, &parts[..]) {
            ("GET", ["auth", "token", "lookup-self"]) => self.token("acc-own"),
            ("GET", ["auth", "token", "accessors"]) if listed => {
                self.list(self.tokens.keys().cloned().collect())
            }
            ("POST", ["auth", "token", "lookup-accessor"]) => self.token(&said("accessor")),
            ("POST", ["auth", "token", "revoke-accessor"]) => {
                self.revoke(&said("accessor"));
                (204, Value::Null)
            }
            ("POST", ["sys", "audit-hash", _]) => {
                data(json!({"hash": format!("hmac-sha256:{}", said("input").len() * 7)}))
            }
            ("POST", ["sys", "capabilities-self"]) => {
                let paths = body["paths"].as_array().cloned().unwrap_or_default();
                let of = |path: &Value| {
                    let path = path.as_str().unwrap_or_default();
                    let given = self.capabilities.get(path).cloned();
                    let all =
                        if self.capabilities.is_empty() { vec!["root"] } else { vec!["deny"] };
                    (path.to_owned(), given.unwrap_or(all))
                };
                data(json!(paths.iter().map(of).collect::<BTreeMap<_, _>>()))
            }
            ("GET", ["identity", "entity", "id"]) if listed => {
                self.list(self.entities.keys().cloned().collect())
            }
            ("GET", ["identity", "entity", "id", id]) => match self.entities.get(*id) {
                Some(disabled) => data(json!({
                    "id": id, "name": format!("name of {id}"), "disabled": disabled,
                    "creation_time": "2026-01-01T00:00:00Z", "policies": ["payments"],
                    "metadata": {"team": "payments"},
                    "aliases": [{"name": "x", "mount_path": "auth/kubernetes/", "metadata": {
                        "service_account_namespace": "shop", "service_account_name": "web"}}],
                })),
                None => (404, json!({"errors": []})),
            },
            ("POST", ["identity", "entity", "id", id]) => {
                match (self.entities.get_mut(*id), body["disabled"].as_bool()) {
                    (Some(disabled), Some(wanted)) => {
                        *disabled = wanted;
                        (204, Value::Null)
                    }
                    _ => errors(400, "entity not found"),
                }
            }
            ("GET", ["sys", "policies", "acl", name]) => match self.policies.get(*name) {
                Some(policy) => data(json!({"name": name, "policy": policy})),
                None => (404, json!({"errors": []})),
            },
            ("POST", ["sys", "leases", "lookup"]) => match self.leases.get(&said("lease_id")) {
                Some(_) => data(json!({"id": said("lease_id"), "expire_time": NOW})),
                None => errors(400, "invalid lease"),
            },
            ("GET", ["sys", "leases", "lookup", prefix @ ..]) if listed => {
                let prefix = format!("{}/", prefix.join("/"));
                let below = self.leases.keys().filter_map(|it| it.strip_prefix(&*prefix));
                let first = |it: &str| match it.split_once('/') {
                    Some((first, _)) => format!("{first}/"),
                    None => it.to_owned(),
                };
                self.list(below.map(first).collect())
            }
            ("POST", ["sys", "leases", "revoke"]) => {
                let id = said("lease_id");
                if self.stuck.contains(&id) {
                    return errors(500, "failed to revoke entry: connection refused");
                }
                // Queued when it is not asked to wait: it goes on for now.
                if body["sync"] == true {
                    self.leases.remove(&id);
                }
                (204, Value::Null)
            }
            ("POST", ["sys", "leases", "revoke-prefix", prefix @ ..]) => {
                let prefix = format!("{}/", prefix.join("/"));
                let stuck = self.stuck.clone();
                let failed =
                    self.leases.keys().any(|it| it.starts_with(&prefix) && stuck.contains(it));
                self.leases.retain(|it, _| !it.starts_with(&prefix) || stuck.contains(it));
                if failed {
                    errors(500, "failed to revoke entry: connection refused")
                } else {
                    (204, Value::Null)
                }
            }
            ("GET", ["auth", mount, "role"]) if listed => {
                let of = |it: &String| it.strip_prefix(&format!("{mount}/")).map(str::to_owned);
                self.list(self.secret_ids.keys().filter_map(of).collect())
            }
            ("GET", ["auth", mount, "role", role, "secret-id"]) if listed => {
                let ids = self.secret_ids.get(&format!("{mount}/{role}"));
                self.list(ids.cloned().unwrap_or_default())
            }
            ("POST", ["auth", mount, "role", role, "secret-id"]) => {
                let Some(ids) = self.secret_ids.get_mut(&format!("{mount}/{role}")) else {
                    return errors(400, &format!("role \"{role}\" does not exist"));
                };
                self.made += 1;
                // An accessor is never given twice.
                let accessor = format!("accessor-made-{}", self.made);
                ids.insert(accessor.clone());
                self.metadata.insert(accessor.clone(), said("metadata"));
                let secret = format!("secret-id-by-the-fake-{}", self.made);
                data(
                    json!({"secret_id": secret, "secret_id_accessor": accessor, "secret_id_ttl": 0}),
                )
            }
            ("POST", ["auth", mount, "role", role, "secret-id-accessor", verb]) => {
                let accessor = said("secret_id_accessor");
                let ids = self.secret_ids.get_mut(&format!("{mount}/{role}"));
                let Some(ids) = ids else {
                    return errors(500, &format!("role \"{role}\" does not exist"));
                };
                if !ids.contains(&accessor) {
                    let what = format!(
                        "failed to find accessor entry for secret_id_accessor: \"{accessor}\""
                    );
                    return match *verb {
                        "lookup" => (404, json!({"data": {"error": what}})),
                        _ => errors(500, &what),
                    };
                }
                if *verb == "lookup" {
                    let metadata = self.metadata.get(&accessor).map_or("{}", String::as_str);
                    let metadata: Value = serde_json::from_str(metadata).unwrap_or_default();
                    return data(json!({
                        "secret_id_accessor": accessor, "metadata": metadata,
                        "cidr_list": [], "token_bound_cidrs": [],
                    }));
                }
                ids.remove(&accessor);
                self.metadata.remove(&accessor);
                (204, Value::Null)
            }
            ("GET", [mount, "static-roles", role]) => {
                match self.static_roles.get(&format!("{mount}/{role}")) {
                    Some(last) => data(json!({"username": role, "last_vault_rotation": last})),
                    None => (404, json!({"errors": []})),
                }
            }
            ("POST", [mount, "rotate-role", role]) => {
                self.static_roles.insert(format!("{mount}/{role}"), NOW.to_owned());
                (204, Value::Null)
            }
            _ => errors(404, &format!("no handler for route {path}")),
        }
    }

    fn token(&self, accessor: &str) -> (u16, Value) {
        match self.tokens.get(accessor) {
            Some((entity, name, _)) => data(json!({
                "accessor": accessor, "entity_id": entity, "display_name": name, "id": "",
                "creation_time": 1_772_000_000, "expire_time": "2026-03-02T00:00:00Z",
                "policies": ["default", "shop"],
            })),
            None => errors(403, "1 error occurred:\n\t* invalid accessor\n\n"),
        }
    }
}
