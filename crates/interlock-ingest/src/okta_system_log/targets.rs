//! What an event acted upon, and the credentials that it brought to life.
//!
//! A target's parts belong together, so the list is read as a list and not field by field.

use super::actor::OKTA;
use super::known;
use crate::structure::Value;
use crate::timestamp;
use interlock_model::{
    Actor, CredentialKind, CredentialRef, Issued, Object, Outcome, Principal, SessionRef, Timestamp,
};

/// At most this many targets of one record, so that a long list costs no memory.
const MOST: usize = 32;

/// One entry of `target`.
#[derive(Debug)]
pub struct Target {
    id: Option<Box<str>>,
    kind: Box<str>,
    name: Option<Box<str>>,
    subject: Option<Box<str>>,
    expires: Option<Timestamp>,
}

/// The targets of the record.
pub fn read(record: Value<'_>) -> Vec<Target> {
    let list = record.get("target").and_then(Value::elements);
    list.into_iter().flatten().take(MOST).map(Target::read).collect()
}

impl Target {
    fn read(it: Value<'_>) -> Self {
        let text = |key: &str| -> Option<Box<str>> {
            let value = it.get(key)?.text();
            known(value.as_deref()).filter(|it| !it.is_empty()).map(Into::into)
        };
        let detail =
            |key: &str| -> Option<Box<str>> { Some(it.at(&["detailEntry", key])?.text()?.into()) };
        Self {
            id: text("id"),
            kind: text("type").unwrap_or_default(),
            name: text("alternateId").or_else(|| text("displayName")),
            subject: detail("subject").or_else(|| detail("Subject")),
            expires: detail("expires")
                .or_else(|| detail("Expires"))
                .and_then(|it| timestamp::read(&it)),
        }
    }

    /// Id and login, when it is a user.
    pub fn user(&self) -> Option<(&str, Option<&str>)> {
        (&*self.kind == "User").then_some((self.id.as_deref()?, self.name.as_deref()))
    }

    /// Whose rights a token carries.
    pub fn bearer(&self) -> Option<&str> {
        (&*object_kind(&self.kind) == "token").then_some(self.subject.as_deref()).flatten()
    }

    /// The object that it names, by its id where it has one.
    pub fn object(&self) -> Option<Object> {
        let name = self.id.as_ref().or(self.name.as_ref())?;
        Some(Object { kind: object_kind(&self.kind), name: name.clone() })
    }
}

/// Okta's type in the words of the house; a type without such a word in snake case.
fn object_kind(kind: &str) -> Box<str> {
    match kind {
        "User" => "user".into(),
        "UserGroup" | "Group" => "group".into(),
        "AppInstance" | "App" | "PublicClientApp" | "ConfidentialClientApp" => "app".into(),
        "Token" | "ApiToken" => "token".into(),
        "Policy" | "PolicyEntity" | "PolicyRule" | "Rule" => "policy".into(),
        "IdP" | "Identity Provider" | "IdentityProvider" => "identity_provider".into(),
        "Role" | "ROLE" | "CustomRole" | "CUSTOM_ROLE" => "role".into(),
        "Factor" | "AuthenticatorEnrollment" => "mfa_device".into(),
        it if it.ends_with("_token") || it == "authorization_code" => "token".into(),
        "" => "resource".into(),
        other => snake_case(other),
    }
}

fn snake_case(text: &str) -> Box<str> {
    let mut out = String::with_capacity(text.len() + 4);
    let mut before = ' ';
    for it in text.chars().take(60) {
        if it.is_uppercase() && before.is_lowercase() {
            out.push('_');
        }
        if it.is_alphanumeric() {
            out.extend(it.to_lowercase());
        } else if !out.ends_with('_') {
            out.push('_');
        }
        before = it;
    }
    out.into()
}

/// The credentials that the event brought to life; nothing when it did not take effect.
pub fn issued(kind: &str, targets: &[Target], actor: &Actor, outcome: &Outcome) -> Vec<Issued> {
    if *outcome != Outcome::Success {
        return Vec::new();
    }
    match kind {
        "system.api_token.create" => targets
            .iter()
            .filter(|it| object_kind(&it.kind).as_ref() == "token")
            .filter_map(|it| token(it, actor, false))
            .collect(),
        "user.account.update_password" => {
            let user = targets.iter().find_map(Target::user);
            let to = user.map(|(id, _)| Principal::new(OKTA, id));
            let to = to.or_else(|| actor.principal.clone());
            to.map(|to| Issued {
                credential: CredentialRef::new(OKTA, CredentialKind::Password, &to.name),
                to,
                session: None,
                expires: None,
            })
            .into_iter()
            .collect()
        }
        it if it.starts_with("app.oauth2.") && it.contains("token.grant") => targets
            .iter()
            .filter(|it| matches!(&*it.kind, "access_token" | "refresh_token"))
            .filter_map(|it| token(it, actor, true))
            .collect(),
        _ => Vec::new(),
    }
}

/// A token that is a target, held by the subject that it names, else by the actor.
fn token(it: &Target, actor: &Actor, temporary: bool) -> Option<Issued> {
    let id = it.id.as_deref()?;
    let subject = it.subject.as_deref().map(|it| Principal::new(OKTA, it));
    Some(Issued {
        credential: CredentialRef::new(OKTA, CredentialKind::Token, id),
        to: subject.or_else(|| actor.principal.clone())?,
        session: temporary.then(|| SessionRef { id: id.into(), issued: None, mfa: None }),
        expires: it.expires,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::structure::{Source, Tokens};

    #[test]
    fn kinds_are_words_of_the_house_or_snake_case() {
        for (kind, expected) in [
            ("User", "user"),
            ("AppUser", "app_user"),
            ("access_token", "token"),
            ("PolicyRule", "policy"),
            ("NetworkZone", "network_zone"),
            ("Bucket Uuid", "bucket_uuid"),
            ("", "resource"),
        ] {
            assert_eq!(&*object_kind(kind), expected, "{kind}");
        }
    }

    #[test]
    fn targets_without_parts_are_read_all_the_same() {
        let record = r#"{"target":[{"id":"unknown","alternateId":"a","type":"User"},{"type":"Rule","id":7},null,
            {"id":"x","type":"IdP","detailEntry":null}]}"#;
        let tokens = Tokens::of(record, 16).unwrap();
        let found: Vec<_> = read(Source { text: record, tokens: &tokens }.whole())
            .iter()
            .filter_map(Target::object)
            .map(|it| format!("{} {}", it.kind, it.name))
            .collect();
        assert_eq!(found, ["user a", "identity_provider x"]);
        for nothing in ["{}", r#"{"target":null}"#, r#"{"target":"x"}"#, "[]", "1"] {
            let tokens = Tokens::of(nothing, 16).unwrap();
            assert!(
                read(Source { text: nothing, tokens: &tokens }.whole()).is_empty(),
                "{nothing}"
            );
        }
    }
}
