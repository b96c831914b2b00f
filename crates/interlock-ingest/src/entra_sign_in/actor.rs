//! Who signed in: a person, or an application as itself.

use super::paths::Path;
use crate::microsoft_names::{Formed, credential, principal, somebody};
use interlock_model::{
    Actor, CredentialKind, CredentialRef, Outcome, Principal, PrincipalKind, SessionRef,
};

/// The actor of the sign-in.
pub fn read(it: Formed<'_>, outcome: &Outcome) -> Actor {
    let user = it.text(Path::UserId).and_then(somebody).or_else(|| it.text(Path::UserName));
    let account = it.first([Path::Tenant, Path::InnerTenant]);
    let account: Option<Box<str>> = account.map(|it| it.to_lowercase().into());
    if let Some(user) = user.filter(|_| !as_itself(it)) {
        return Actor {
            principal: Some(principal(user)),
            kind: PrincipalKind::User,
            name: it.text(Path::UserName).unwrap_or(user).into(),
            credential: None,
            session: session(it, outcome),
            via: Vec::new(),
            account,
        };
    }
    let application = it.first([Path::ServicePrincipal, Path::AppId]);
    let name = it.first([Path::ServicePrincipalName, Path::AppName]).or(application);
    let principal = application.map(principal);
    Actor {
        kind: if principal.is_some() { PrincipalKind::Role } else { PrincipalKind::Unknown },
        name: name.unwrap_or_default().into(),
        credential: key(it),
        session: session(it, outcome),
        via: parents(it, principal.as_ref()),
        account,
        principal,
    }
}

/// Whether the feed is one of applications: their records may name a user of the same name.
fn as_itself(it: Formed<'_>) -> bool {
    let feed = super::service(it);
    matches!(
        feed,
        "ServicePrincipalSignInLogs"
            | "ManagedIdentitySignInLogs"
            | "MicrosoftServicePrincipalSignInLogs"
    )
}

/// A certificate is known by its thumbprint, a secret by its key id.
fn key(it: Formed<'_>) -> Option<CredentialRef> {
    match it.text(Path::Thumbprint) {
        Some(thumbprint) => Some(credential(CredentialKind::Certificate, thumbprint)),
        None => {
            let id = it.text(Path::KeyId).and_then(somebody)?;
            Some(credential(CredentialKind::Token, id))
        }
    }
}

/// The session that the sign-in belongs to, else the token that it gave out.
fn session(it: Formed<'_>, outcome: &Outcome) -> Option<SessionRef> {
    let id = it.text(Path::SessionId).and_then(somebody).or_else(|| it.text(Path::TokenId))?;
    let mfa = match (outcome, it.text(Path::Requirement)) {
        (Outcome::Success, Some("multiFactorAuthentication")) => Some(true),
        (Outcome::Success, Some("singleFactorAuthentication")) => Some(false),
        (Outcome::Success | Outcome::Refused { .. } | Outcome::Failed { .. }, _) => None,
    };
    Some(SessionRef { id: id.into(), issued: None, mfa })
}

/// An agent's identity comes from the blueprint or the application that it was made from.
fn parents(it: Formed<'_>, this: Option<&Principal>) -> Vec<Principal> {
    let mut via: Vec<Principal> = Vec::new();
    for path in [Path::AgentSubjectParent, Path::AgentParent] {
        let parent = it.text(path).and_then(somebody).map(principal);
        via.extend(parent.filter(|it| Some(it) != this));
    }
    via.dedup();
    via
}
