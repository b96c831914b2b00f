//! What the verbs share: whom a target names, and what is there of it.

use super::operation as op;
use crate::idp::act::On;
use crate::idp::ask::{Ask, items, text};
use interlock_contain::{CallError, ReadCx};
use interlock_model::{Target, Timestamp};
use serde_json::Value;

/// One realm.
#[derive(Debug)]
pub(super) struct Realm {
    /// Its name.
    pub realm: String,
    /// The client as which the connector acts.
    pub client_id: String,
}

/// A user or a client, as Keycloak has it.
#[derive(Debug)]
pub(super) struct Found {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// All of it.
    pub whole: Value,
}

impl Found {
    fn of(whole: Value, named: &str) -> Result<Self, CallError> {
        let told = |name: &str| text(&whole, name).map(str::to_owned);
        let (Some(id), Some(name)) = (told("id"), told(named)) else {
            let why = format!("Keycloak does not say the `id` and `{named}` of what it found");
            return Err(CallError::Invalid { why });
        };
        Ok(Self { id, name, whole })
    }

    /// Whether it is enabled.
    pub(super) fn enabled(&self) -> Result<bool, CallError> {
        self.whole.get("enabled").and_then(Value::as_bool).ok_or_else(|| CallError::Invalid {
            why: format!("Keycloak does not say whether `{}` is enabled", self.name),
        })
    }

    /// The same with its switch so, as it is sent: never with a secret.
    pub(super) fn switched(&self, enabled: bool) -> Value {
        self.with("enabled", enabled.into())
    }

    /// The same with another value here.
    pub(super) fn with(&self, name: &str, value: Value) -> Value {
        let mut whole = self.whole.clone();
        if let Some(members) = whole.as_object_mut() {
            members.insert(name.to_owned(), value);
            for secret in ["secret", "registrationAccessToken", "credentials"] {
                members.remove(secret);
            }
        }
        whole
    }
}

/// What a target names in this realm: `sso/ann`, `sso/client/shop`.
fn name<'a>(on: &On, target: &'a Target) -> Result<&'a str, CallError> {
    let principal = target.principal();
    let named = principal.name.split_once('/').filter(|it| it.0 == &*on.id.0);
    match named {
        Some((_, name)) if &*principal.provider == "keycloak" && !name.is_empty() => Ok(name),
        _ => {
            let why = format!("`{principal}` is nothing of connector `{}`", on.id);
            Err(CallError::Unsupported { why })
        }
    }
}

/// Whether a name has the form of Keycloak's ids.
fn is_id(name: &str) -> bool {
    let parts: Vec<usize> = name.split('-').map(str::len).collect();
    parts == [8, 4, 4, 4, 12] && name.bytes().all(|it| it.is_ascii_hexdigit() || it == b'-')
}

fn absent(what: String) -> CallError {
    CallError::NotFound { what }
}

impl Realm {
    /// The user that a target names, by its id or by the name with which it signs in.
    pub(super) async fn user(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
    ) -> Result<Found, CallError> {
        let (named, realm) = (name(on, target)?, ("realm", &*self.realm));
        let whole = if is_id(named) {
            let ask = Ask::new(op::READ_USER, &[realm, ("id", named)]);
            on.api.read(cx.read(op::READ_USER)?, ask).await?.body
        } else {
            let ask = Ask::new(op::FIND_USER, &[realm]).about(&format!("`{named}`"));
            let ask = ask.with("username", named).with("exact", "true");
            let said = on.api.read(cx.read(op::FIND_USER)?, ask).await?.body;
            let is =
                |it: &&Value| text(it, "username").is_some_and(|it| it.eq_ignore_ascii_case(named));
            let id = items(&said).find(is).and_then(|it| text(it, "id")).map(str::to_owned);
            let id = id.ok_or_else(|| absent(format!("user `{named}`")))?;
            // A list does not carry all of a user.
            let ask = Ask::new(op::READ_USER, &[realm, ("id", &id)]);
            on.api.read(cx.read(op::READ_USER)?, ask).await?.body
        };
        let user = Found::of(whole, "username")?;
        on.refuse_kept(&[&user.name, &user.id])?;
        Ok(user)
    }

    /// The client that a target names.
    pub(super) async fn client(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
    ) -> Result<Found, CallError> {
        self.client_at(on, cx, target).await.map(|it| it.0)
    }

    /// The same, and when that was by Keycloak's clock, where it says so.
    pub(super) async fn client_at(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
    ) -> Result<(Found, Option<Timestamp>), CallError> {
        let named = name(on, target)?.strip_prefix("client/").unwrap_or_default();
        let ask = Ask::new(op::FIND_CLIENT, &[("realm", &self.realm)]);
        let ask = ask.with("clientId", named).about(&format!("client `{named}`"));
        let said = on.api.read(cx.read(op::FIND_CLIENT)?, ask).await?;
        let found = items(&said.body).find(|it| text(it, "clientId") == Some(named));
        let found = found.cloned().ok_or_else(|| absent(format!("client `{named}`")))?;
        let client = Found::of(found, "clientId")?;
        on.refuse_kept(&[&client.name, &client.id])?;
        Ok((client, said.at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ids_are_told_from_names() {
        assert!(is_id("0ba7a3fd-6fd8-48cd-a60b-2e8fd82d56e2"));
        for name in ["ann", "ann@example.com", "0ba7a3fd-6fd8-48cd-a60b", "service-account-a-b-c"] {
            assert!(!is_id(name), "{name}");
        }
    }

    #[test]
    fn a_secret_is_not_sent_back() {
        let whole = json!({ "id": "1", "clientId": "shop", "enabled": true, "secret": "s3cr3t" });
        let client = Found::of(whole, "clientId").unwrap();
        let sent = client.switched(false);
        assert_eq!(sent, json!({ "id": "1", "clientId": "shop", "enabled": false }));
        assert!(Found::of(json!({ "id": "1" }), "clientId").is_err());
    }
}
