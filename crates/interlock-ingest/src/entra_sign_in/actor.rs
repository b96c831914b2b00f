//! Who signed in: a person, an application as itself, or an agent as either.

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
        let principal = principal(user);
        // Software, although the directory has it among its users.
        let agents = is_of_agent(it);
        let via = if agents { parents(it, FROM_BLUEPRINT, &principal) } else { Vec::new() };
        return Actor {
            kind: if agents { PrincipalKind::Role } else { PrincipalKind::User },
            name: it.text(Path::UserName).unwrap_or(user).into(),
            credential: None,
            session: session(it, outcome),
            via,
            account,
            principal: Some(principal),
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
        via: principal.as_ref().map_or_else(Vec::new, |own| parents(it, FROM_OBJECT, own)),
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

/// Whether the user is the account of an agent.
fn is_of_agent(it: Formed<'_>) -> bool {
    [Path::AgentSubject, Path::AgentType]
        .into_iter()
        .any(|path| it.text(path).is_some_and(|it| it.eq_ignore_ascii_case("agentIDuser")))
}

/// A trust in another issuer is known by its id, a certificate by its thumbprint, a secret by its key id.
fn key(it: Formed<'_>) -> Option<CredentialRef> {
    if let Some(id) = it.text(Path::FederatedId).and_then(somebody) {
        return Some(credential(CredentialKind::Token, &format!("federated/{id}")));
    }
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

/// What an agent's identity comes from: the object that the sign-in names, then the blueprint by its
/// client id, under which it is known everywhere else.
const FROM_OBJECT: [Path; 2] = [Path::AgentSubjectParent, Path::AgentParent];
/// Of the account of an agent the same from outside in: whoever acts as it stands last.
const FROM_BLUEPRINT: [Path; 2] = [Path::AgentParent, Path::AgentSubjectParent];

fn parents(it: Formed<'_>, from: [Path; 2], this: &Principal) -> Vec<Principal> {
    let mut via: Vec<Principal> = Vec::new();
    for path in from {
        let parent = it.text(path).and_then(somebody).map(principal);
        via.extend(parent.filter(|it| it != this));
    }
    via.dedup();
    via
}
