//! What proves an identity. Never the secret.

use crate::{ActionName, ConnectorId, Principal, SessionRef, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How the id of such a way in begins.
const WEB_IDENTITY: &str = "web-identity/";
/// How the id of one session, named as something to aim at, begins.
const SESSION: &str = "session/";

/// A credential's public name: enough to recognise and revoke it, useless to sign in with.
///
/// Text form `provider:kind:id`, for example `aws:access-key:AKIAEXAMPLE` or `broker:token:7f3a…`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CredentialRef(Arc<str>);

impl CredentialRef {
    /// The credential of this provider, kind and public id.
    #[must_use]
    pub fn new(provider: &str, kind: CredentialKind, id: &str) -> Self {
        Self([provider, ":", kind.as_str(), ":", id].concat().into())
    }

    /// Reads the text form; `None` when it has not three parts or the kind is unknown.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let it = Self(text.into());
        (it.kind().is_some() && !it.id().is_empty()).then_some(it)
    }

    /// The way of a subject of an OpenID Connect provider into a principal of this provider, as
    /// something to aim at: `aws:token:web-identity/github:repo:acme/shop:ref:refs/heads/main`.
    ///
    /// `None` for who is no such subject, and for one whose name would mean something else in a
    /// pattern: `*` and `?` stand for other text there, and `$` begins a variable.
    #[must_use]
    pub fn web_identity(provider: &str, subject: &Principal) -> Option<Self> {
        let issuer = &*subject.provider;
        let known = issuer == "github" || issuer.contains('.');
        if !known || subject.name.is_empty() || subject.name.contains(['*', '?', '$']) {
            return None;
        }
        let id = format!("{WEB_IDENTITY}{subject}");
        Some(Self::new(provider, CredentialKind::Token, &id))
    }

    /// Whose way in it is, when it is one of [`web_identity`](Self::web_identity).
    #[must_use]
    pub fn web_subject(&self) -> Option<Principal> {
        let token = self.kind() == Some(CredentialKind::Token);
        let named = self.id().strip_prefix(WEB_IDENTITY).filter(|_| token)?;
        Principal::from_text(named)
    }

    /// One session of a principal of this provider, as something to aim at, by what it cannot choose any
    /// more: the provider's name for it, and the second in which it was issued.
    ///
    /// `aws:session-key:session/2026-01-02T03:04:05Z/arn:aws:sts::111122223333:assumed-role/ci/run-7`.
    /// `None` when either is not known: a name alone may be given to the next session as well.
    #[must_use]
    pub fn one_session(provider: &str, session: &SessionRef) -> Option<Self> {
        let issued = Timestamp::from_second(session.issued?.as_second()).ok()?;
        let named = !session.id.is_empty() && !session.id.contains(['*', '?', '$']);
        let id = format!("{SESSION}{issued}/{}", session.id);
        named.then(|| Self::new(provider, CredentialKind::SessionKey, &id))
    }

    /// When it was issued and how its provider names it, when it is such a
    /// [`one_session`](Self::one_session).
    #[must_use]
    pub fn session(&self) -> Option<(Timestamp, &str)> {
        let key = self.kind() == Some(CredentialKind::SessionKey);
        let (issued, name) = self.id().strip_prefix(SESSION).filter(|_| key)?.split_once('/')?;
        Some((issued.parse().ok()?, name))
    }

    /// Whether it was made up to be aimed at, a way in or one session: no record names it so, and nobody
    /// holds it.
    #[must_use]
    pub fn is_only_aimed_at(&self) -> bool {
        self.web_subject().is_some() || self.session().is_some()
    }

    /// The naming authority.
    #[must_use]
    pub fn provider(&self) -> &str {
        let colon = self.0.bytes().position(|it| it == b':');
        colon.map_or(&*self.0, |it| self.0.get(..it).unwrap_or_default())
    }

    /// What sort of credential it is.
    #[must_use]
    pub fn kind(&self) -> Option<CredentialKind> {
        // By bytes: it is asked several times an event, and providers and kinds are short.
        let text = self.0.as_bytes();
        let colon = text.iter().position(|it| *it == b':')?;
        let rest = text.get(colon + 1..)?;
        CredentialKind::ALL.into_iter().find(|it| {
            let behind = rest.strip_prefix(it.as_str().as_bytes());
            behind.is_some_and(|it| matches!(it, [] | [b':', ..]))
        })
    }

    /// The provider's own public id of it.
    #[must_use]
    pub fn id(&self) -> &str {
        let mut colons = self.0.bytes().zip(1..).filter(|(it, _)| *it == b':');
        colons.nth(1).and_then(|(_, behind)| self.0.get(behind..)).unwrap_or_default()
    }

    /// The whole text form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CredentialRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for CredentialRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What sort of credential it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CredentialKind {
    /// A long-lived key pair: AWS `AKIA…`.
    AccessKey,
    /// A temporary key with a session token: AWS `ASIA…`.
    SessionKey,
    /// A password for people.
    Password,
    /// A bearer token.
    Token,
    /// An X.509 or SSH certificate.
    Certificate,
}

impl CredentialKind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::AccessKey, Self::SessionKey, Self::Password, Self::Token, Self::Certificate];

    /// The kind as it stands in a [`CredentialRef`].
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessKey => "access-key",
            Self::SessionKey => "session-key",
            Self::Password => "password",
            Self::Token => "token",
            Self::Certificate => "certificate",
        }
    }
}

/// One credential of an identity, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// Its public name.
    pub reference: CredentialRef,
    /// Whether it is in force.
    pub status: CredentialStatus,
    /// When it was issued.
    pub issued: Option<Timestamp>,
    /// When it ends by itself.
    pub expires: Option<Timestamp>,
    /// When it was last seen in use.
    pub last_used: Option<Timestamp>,
    /// The session it opens, when it is temporary: the provider's name for it.
    pub session: Option<Arc<str>>,
    /// How it can be ended; `None` when no connector can.
    pub revocation: Option<RevocationMethod>,
}

/// Whether a credential is in force, as far as the house knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialStatus {
    /// It is, or nothing says otherwise.
    #[default]
    Active,
    /// It is not.
    Revoked,
}

/// Which action at which connector ends a credential, and what that leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevocationMethod {
    /// The connector instance.
    pub connector: ConnectorId,
    /// The action.
    pub action: ActionName,
    /// How long it may take to settle.
    pub settle: Duration,
    /// What stays alive afterwards, in words.
    pub leaves: Box<str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_in_names_its_subject() {
        for (subject, expected) in [
            (
                "github:repo:acme/shop:ref:refs/heads/main",
                Some("aws:token:web-identity/github:repo:acme/shop:ref:refs/heads/main"),
            ),
            (
                "oidc.eks.eu-central-1.amazonaws.com/id/example:system:serviceaccount:shop:web",
                Some(
                    "aws:token:web-identity/oidc.eks.eu-central-1.amazonaws.com/id/example:system:serviceaccount:shop:web",
                ),
            ),
            ("aws:arn:aws:iam::111122223333:user/ci", None),
            ("saml:ann", None),
            ("github:repo:acme/shop:environment:*", None),
            ("github:repo:acme/shop:ref:refs/heads/${aws:userid}", None),
        ] {
            let subject = Principal::from_text(subject).unwrap();
            let way = CredentialRef::web_identity("aws", &subject);
            assert_eq!(way.as_ref().map(CredentialRef::as_str), expected, "{subject}");
            assert_eq!(way.and_then(|it| it.web_subject()), expected.map(|_| subject));
        }
        for other in ["aws:token:ACCAEXAMPLE", "aws:access-key:web-identity/github:a"] {
            assert_eq!(CredentialRef::from_text(other).unwrap().web_subject(), None, "{other}");
        }
    }

    #[test]
    fn one_session_is_named_by_its_name_and_its_second() {
        const RUN: &str = "arn:aws:sts::111122223333:assumed-role/ci/run-7";
        let issued = Timestamp::from_second(1_767_323_045).unwrap();
        let late = issued.checked_add(Duration::from_millis(730)).unwrap();
        for (id, at, expected) in [
            (RUN, Some(issued), true),
            (RUN, Some(late), true),
            (RUN, None, false),
            ("", Some(issued), false),
            ("arn:aws:sts::111122223333:assumed-role/ci/*", Some(issued), false),
            ("arn:aws:sts::111122223333:assumed-role/ci/${aws:userid}", Some(issued), false),
        ] {
            let session = SessionRef { id: id.into(), issued: at, mfa: None };
            let made = CredentialRef::one_session("aws", &session);
            let text = format!("aws:session-key:session/2026-01-02T03:04:05Z/{id}");
            assert_eq!(made.as_ref().map(CredentialRef::as_str), expected.then_some(&*text));
            let read = made.as_ref().and_then(CredentialRef::session);
            assert_eq!(read, expected.then_some((issued, id)), "{id}");
            assert!(made.is_none_or(|it| it.is_only_aimed_at()));
        }
        for other in [
            "aws:session-key:ASIAIOSFODNN7EXAMPLE",
            "aws:session-key:session/yesterday/run-7",
            "aws:token:session/2026-01-02T03:04:05Z/run-7",
        ] {
            let other = CredentialRef::from_text(other).unwrap();
            assert!(other.session().is_none() && !other.is_only_aimed_at(), "{other}");
        }
    }
}
