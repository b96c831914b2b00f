//! One Vault or OpenBao as it is spoken to: one method per operation.
//!
//! Reads take the pass that a declared read gives, writes use up the pass that a permit gives. Many reads
//! are a POST, since what is asked about must not stand in an address.

use super::operation as op;
use crate::Secret;
use crate::http_json::{Ask, Manner, Meant, Rest};
use interlock_contain::{CallError, ReadPass, WritePass};
use interlock_model::{Operation, Timestamp};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// How Vault wants to be spoken to.
pub(crate) static MANNER: Manner = Manner { header: "x-vault-token", scheme: "", said, meant };

fn said(answer: &Value) -> String {
    let errors = answer.get("errors").and_then(Value::as_array).into_iter().flatten();
    let words: Vec<&str> = errors.filter_map(Value::as_str).collect();
    let words = words.join("; ");
    words.split_whitespace().filter(|it| *it != "*").collect::<Vec<_>>().join(" ")
}

/// What is not there is a wrong request to some paths and a fault to others.
fn meant(status: u16, words: &str) -> Option<Meant> {
    const ABSENT: [&str; 5] = [
        "invalid accessor",
        "invalid lease",
        "lease not found",
        "failed to find accessor entry",
        "does not exist",
    ];
    if ABSENT.into_iter().any(|it| words.contains(it)) {
        Some(Meant::Absent)
    } else if matches!(status, 472 | 473)
        || status == 503 && words.contains("sealed")
        // Somebody wrote a version meanwhile.
        || status == 400 && words.contains("check-and-set parameter did not match")
    {
        Some(Meant::Later)
    } else {
        None
    }
}

/// A token, as its accessor shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Token {
    /// Its accessor.
    pub accessor: String,
    /// The entity that it belongs to; empty for none.
    pub entity: String,
    /// Its name.
    pub name: String,
    /// When it was issued.
    pub issued: Option<Timestamp>,
    /// When it ends by itself.
    pub expires: Option<Timestamp>,
    /// The policies that it has itself.
    pub policies: Vec<String>,
}

/// An entity.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entity {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it is disabled.
    pub disabled: bool,
    /// All of it.
    pub whole: Value,
}

/// How often one is good that was good without end: so that its count shows its use.
const UNCOUNTED: u64 = 1_000_000_000;
/// How many uses of those are told from another limit.
const FEW: u64 = 100_000_000;

/// What goes with a secret id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SecretId {
    /// What tokens that it gets carry.
    pub metadata: BTreeMap<String, String>,
    /// From where it may be used; empty: from anywhere.
    pub sources: Vec<String>,
    /// From where its tokens may be used.
    pub token_sources: Vec<String>,
    /// Whether its uses are counted; else it is good without end.
    pub counted: bool,
    /// Whether somebody signed in with it, where uses are counted.
    pub used: bool,
}

/// One server.
#[derive(Debug)]
pub(crate) struct Server {
    rest: Rest,
}

pub(crate) fn text(of: &Value, key: &str) -> String {
    of.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

pub(crate) fn moment(of: &Value, key: &str) -> Option<Timestamp> {
    of.get(key).and_then(Value::as_str)?.parse().ok()
}

/// Texts in a list.
pub(crate) fn texts(of: &Value, key: &str) -> Vec<String> {
    let list = of.get(key).and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The whole path of an address, from parts that may be several segments long.
fn path<'a>(parts: &[&'a str]) -> Vec<&'a str> {
    let of = |it: &&'a str| it.split('/').filter(|it| !it.is_empty()).collect::<Vec<_>>();
    std::iter::once("v1").chain(parts.iter().flat_map(of)).collect()
}

impl Server {
    pub(crate) const fn new(rest: Rest) -> Self {
        Self { rest }
    }

    async fn read(
        &self,
        pass: &ReadPass,
        needed: Operation,
        parts: &[&str],
        body: Option<Value>,
    ) -> Result<Option<Value>, CallError> {
        let method = if body.is_some() { "POST" } else { "GET" };
        let mut ask = Ask::reading(pass, needed, method, &path(parts))?;
        if let Some(body) = body {
            ask = ask.body(body);
        }
        let answer = self.rest.ask(ask).await;
        absent(answer.map(|it| it.get("data").cloned().unwrap_or_default()))
    }

    async fn list(
        &self,
        pass: &ReadPass,
        needed: Operation,
        parts: &[&str],
    ) -> Result<Vec<String>, CallError> {
        let ask = Ask::reading(pass, needed, "GET", &path(parts))?.query("list", "true");
        let answer = absent(self.rest.ask(ask).await)?.unwrap_or_default();
        let mut keys = answer.get("data").map(|it| texts(it, "keys")).unwrap_or_default();
        keys.sort();
        Ok(keys)
    }

    async fn write(
        &self,
        pass: &WritePass,
        needed: Operation,
        parts: &[&str],
        body: Value,
    ) -> Result<(), CallError> {
        let ask = Ask::writing(pass, needed, "POST", &path(parts))?.body(body);
        self.rest.ask(ask).await.map(drop)
    }

    /// The connector's own token.
    pub(crate) async fn own(&self, pass: &ReadPass) -> Result<Token, CallError> {
        let data = self.read(pass, op::READ_SELF, &["auth/token/lookup-self"], None).await?;
        Ok(data.map(|it| token(&it)).unwrap_or_default())
    }

    /// A token; `None` when no token has this accessor.
    pub(crate) async fn token(
        &self,
        pass: &ReadPass,
        accessor: &str,
    ) -> Result<Option<Token>, CallError> {
        let body = Some(json!({"accessor": accessor}));
        let parts = ["auth/token/lookup-accessor"];
        let data = self.read(pass, op::LOOKUP_TOKEN, &parts, body).await?;
        Ok(data.filter(|it| !it.is_null()).map(|it| token(&it)))
    }

    /// The accessors of all tokens.
    pub(crate) async fn accessors(&self, pass: &ReadPass) -> Result<Vec<String>, CallError> {
        self.list(pass, op::LIST_TOKENS, &["auth/token/accessors"]).await
    }

    /// How an audit device writes this down.
    pub(crate) async fn hash(
        &self,
        pass: &ReadPass,
        device: &str,
        input: &str,
    ) -> Result<String, CallError> {
        let body = Some(json!({"input": input}));
        let data = self.read(pass, op::HASH, &["sys/audit-hash", device], body).await?;
        Ok(data.map(|it| text(&it, "hash")).unwrap_or_default())
    }

    /// An entity; `None` when there is none.
    pub(crate) async fn entity(
        &self,
        pass: &ReadPass,
        id: &str,
    ) -> Result<Option<Entity>, CallError> {
        let data = self.read(pass, op::READ_ENTITY, &["identity/entity/id", id], None).await?;
        let Some(whole) = data.filter(|it| !it.is_null()) else { return Ok(None) };
        let unreadable = || CallError::Invalid {
            why: format!("entity `{id}` is answered without saying whether it is disabled"),
        };
        let disabled = whole.get("disabled").and_then(Value::as_bool).ok_or_else(unreadable)?;
        Ok(Some(Entity { id: text(&whole, "id"), name: text(&whole, "name"), disabled, whole }))
    }

    /// The ids of all entities.
    pub(crate) async fn entities(&self, pass: &ReadPass) -> Result<Vec<String>, CallError> {
        self.list(pass, op::LIST_ENTITIES, &["identity/entity/id"]).await
    }

    /// What a policy allows; `None` when there is none of this name.
    pub(crate) async fn policy(
        &self,
        pass: &ReadPass,
        name: &str,
    ) -> Result<Option<String>, CallError> {
        let data = self.read(pass, op::READ_POLICY, &["sys/policies/acl", name], None).await?;
        Ok(data.map(|it| text(&it, "policy")).filter(|it| !it.is_empty()))
    }

    /// Whether a lease is in force.
    pub(crate) async fn lease(&self, pass: &ReadPass, id: &str) -> Result<bool, CallError> {
        let body = Some(json!({"lease_id": id}));
        let data = self.read(pass, op::LOOKUP_LEASE, &["sys/leases/lookup"], body).await?;
        Ok(data.is_some_and(|it| !it.is_null()))
    }

    /// What is leased below a path; a name that ends with a stroke has more below it.
    pub(crate) async fn leases(
        &self,
        pass: &ReadPass,
        prefix: &str,
    ) -> Result<Vec<String>, CallError> {
        self.list(pass, op::LIST_LEASES, &["sys/leases/lookup", prefix]).await
    }

    /// Whether a secret id is there.
    pub(crate) async fn secret_id(
        &self,
        pass: &ReadPass,
        (mount, role): (&str, &str),
        accessor: &str,
    ) -> Result<bool, CallError> {
        let parts = ["auth", mount, "role", role, "secret-id-accessor/lookup"];
        let body = Some(json!({"secret_id_accessor": accessor}));
        let data = self.read(pass, op::LOOKUP_SECRET_ID, &parts, body).await?;
        Ok(data.is_some_and(|it| it.get("secret_id_accessor").is_some()))
    }

    /// What goes with a secret id; `None` when it is not there.
    pub(crate) async fn looked_up(
        &self,
        pass: &ReadPass,
        (mount, role): (&str, &str),
        accessor: &str,
    ) -> Result<Option<SecretId>, CallError> {
        let parts = ["auth", mount, "role", role, "secret-id-accessor/lookup"];
        let body = Some(json!({"secret_id_accessor": accessor}));
        let data = self.read(pass, op::LOOKUP_SECRET_ID, &parts, body).await?;
        let Some(data) = data.filter(|it| it.get("secret_id_accessor").is_some()) else {
            return Ok(None);
        };
        let metadata = data.get("metadata").cloned().unwrap_or_default();
        let left = data.get("secret_id_num_uses").and_then(Value::as_u64).unwrap_or_default();
        let changed = moment(&data, "last_updated_time") > moment(&data, "creation_time");
        Ok(Some(SecretId {
            metadata: serde_json::from_value(metadata).unwrap_or_default(),
            sources: texts(&data, "cidr_list"),
            token_sources: texts(&data, "token_bound_cidrs"),
            counted: left > 0 && !(UNCOUNTED - FEW..=UNCOUNTED).contains(&left),
            used: left > 0 && (changed || (UNCOUNTED - FEW..UNCOUNTED).contains(&left)),
        }))
    }

    /// Makes a secret id: its accessor, and itself.
    pub(crate) async fn make_secret_id(
        &self,
        pass: WritePass,
        (mount, role): (&str, &str),
        new: &SecretId,
    ) -> Result<(String, Secret), CallError> {
        let mut body = json!({
            "metadata": serde_json::to_string(&new.metadata).unwrap_or_default(),
            "cidr_list": new.sources,
            "token_bound_cidrs": new.token_sources,
        });
        if let (false, Some(body)) = (new.counted, body.as_object_mut()) {
            body.insert("num_uses".to_owned(), UNCOUNTED.into());
        }
        let parts = path(&["auth", mount, "role", role, "secret-id"]);
        let ask = Ask::writing(&pass, op::MAKE_SECRET_ID, "POST", &parts)?.body(body);
        let answer = self.rest.ask(ask).await?;
        let data = answer.get("data").cloned().unwrap_or_default();
        let (accessor, secret) = (text(&data, "secret_id_accessor"), text(&data, "secret_id"));
        if accessor.is_empty() || secret.is_empty() {
            let why = "the server shows no new secret id in its answer".to_owned();
            return Err(CallError::OutcomeUnknown { why });
        }
        Ok((accessor, Secret::new(secret)))
    }

    /// The accessors of a role's secret ids.
    pub(crate) async fn secret_ids(
        &self,
        pass: &ReadPass,
        (mount, role): (&str, &str),
    ) -> Result<Vec<String>, CallError> {
        self.list(pass, op::LIST_SECRET_IDS, &["auth", mount, "role", role, "secret-id"]).await
    }

    /// The names of the roles of a mount.
    pub(crate) async fn roles(
        &self,
        pass: &ReadPass,
        mount: &str,
    ) -> Result<Vec<String>, CallError> {
        self.list(pass, op::LIST_ROLES, &["auth", mount, "role"]).await
    }

    /// When the password of a static role was last changed; `None` when there is no such role.
    pub(crate) async fn rotated(
        &self,
        pass: &ReadPass,
        (mount, role): (&str, &str),
    ) -> Result<Option<Timestamp>, CallError> {
        let parts = [mount, "static-roles", role];
        let Some(data) = self.read(pass, op::READ_STATIC_ROLE, &parts, None).await? else {
            return Ok(None);
        };
        let why = || format!("static role `{role}` is answered without its last rotation");
        let last = moment(&data, "last_vault_rotation");
        last.map(Some).ok_or_else(|| CallError::Invalid { why: why() })
    }

    /// This moment, by whichever clock is later: ours or the server's.
    pub(crate) fn no_earlier(&self, now: Timestamp) -> Timestamp {
        self.rest.no_earlier(now)
    }

    /// What the connector's own token may do at these paths.
    pub(crate) async fn capabilities(
        &self,
        paths: &[String],
    ) -> Result<BTreeMap<String, BTreeSet<String>>, CallError> {
        let operation = Operation("update sys/capabilities-self");
        let ask = Ask::checking(operation, "POST", &path(&["sys/capabilities-self"]));
        let answer = self.rest.ask(ask.body(json!({"paths": paths}))).await?;
        let data = answer.get("data").unwrap_or(&answer);
        let of = |it: &String| (it.clone(), texts(data, it).into_iter().collect());
        Ok(paths.iter().map(of).collect())
    }

    pub(crate) async fn revoke_token(
        &self,
        pass: WritePass,
        accessor: &str,
    ) -> Result<(), CallError> {
        let body = json!({"accessor": accessor});
        let parts = ["auth/token/revoke-accessor"];
        gone(self.write(&pass, op::REVOKE_TOKEN, &parts, body).await)
    }

    pub(crate) async fn set_disabled(
        &self,
        pass: WritePass,
        id: &str,
        disabled: bool,
    ) -> Result<(), CallError> {
        let parts = ["identity/entity/id", id];
        self.write(&pass, op::SET_ENTITY, &parts, json!({"disabled": disabled})).await
    }

    pub(crate) async fn revoke_lease(&self, pass: WritePass, id: &str) -> Result<(), CallError> {
        // Without `sync` the answer says no more than that it is queued.
        let body = json!({"lease_id": id, "sync": true});
        gone(self.write(&pass, op::REVOKE_LEASE, &["sys/leases/revoke"], body).await)
    }

    pub(crate) async fn revoke_prefix(
        &self,
        pass: WritePass,
        prefix: &str,
    ) -> Result<(), CallError> {
        let parts = ["sys/leases/revoke-prefix", prefix];
        self.write(&pass, op::REVOKE_PREFIX, &parts, json!({"sync": true})).await
    }

    pub(crate) async fn destroy_secret_id(
        &self,
        pass: WritePass,
        (mount, role): (&str, &str),
        accessor: &str,
    ) -> Result<(), CallError> {
        let parts = ["auth", mount, "role", role, "secret-id-accessor/destroy"];
        let body = json!({"secret_id_accessor": accessor});
        gone(self.write(&pass, op::DESTROY_SECRET_ID, &parts, body).await)
    }

    pub(crate) async fn rotate(
        &self,
        pass: WritePass,
        (mount, role): (&str, &str),
    ) -> Result<(), CallError> {
        self.write(&pass, op::ROTATE, &[mount, "rotate-role", role], json!({})).await
    }
}

fn token(data: &Value) -> Token {
    let created = data.get("creation_time").and_then(Value::as_i64);
    Token {
        accessor: text(data, "accessor"),
        entity: text(data, "entity_id"),
        name: text(data, "display_name"),
        issued: created.and_then(|it| Timestamp::from_second(it).ok()),
        expires: moment(data, "expire_time"),
        policies: texts(data, "policies"),
    }
}

fn absent(answer: Result<Value, CallError>) -> Result<Option<Value>, CallError> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(CallError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What is to end and is not there is as it should be.
fn gone(answer: Result<(), CallError>) -> Result<(), CallError> {
    match answer {
        Err(CallError::NotFound { .. }) => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_refusals_mean() {
        for (status, body, meaning) in [
            (
                400,
                json!({"errors": ["1 error occurred:\n\t* invalid accessor\n\n"]}),
                Some(Meant::Absent),
            ),
            (
                403,
                json!({"errors": ["1 error occurred:\n\t* invalid accessor\n\n"]}),
                Some(Meant::Absent),
            ),
            (400, json!({"errors": ["invalid lease"]}), Some(Meant::Absent)),
            (
                500,
                json!({"errors": ["failed to find accessor entry for secret_id_accessor: \"x\""]}),
                Some(Meant::Absent),
            ),
            (503, json!({"errors": ["Vault is sealed"]}), Some(Meant::Later)),
            (403, json!({"errors": ["1 error occurred:\n\t* permission denied\n\n"]}), None),
            (500, json!({"errors": ["failed to revoke entry: connection refused"]}), None),
            (403, Value::Null, None),
        ] {
            assert_eq!(meant(status, &said(&body)), meaning, "{status} {body}");
        }
        assert_eq!(
            said(&json!({"errors": ["1 error occurred:\n\t* permission denied\n\n"]})),
            "1 error occurred: permission denied"
        );
    }

    #[test]
    fn mounts_of_several_segments_are_paths() {
        assert_eq!(
            path(&["auth", "team/approle", "role"]),
            ["v1", "auth", "team", "approle", "role"]
        );
    }
}
