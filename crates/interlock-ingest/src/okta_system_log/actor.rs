//! Who acted: users, API tokens, OAuth clients, Okta itself.

use super::targets::Target;
use super::{Path, is_judgement, known};
use crate::source::Core;
use interlock_model::{
    Actor, CredentialKind, CredentialRef, Outcome, Principal, PrincipalKind, SessionRef,
};

/// The naming authority of Okta's principals and credentials.
pub const OKTA: &str = "okta";

/// The actor of the record.
///
/// Okta's own judgements are made by Okta: then the user whom they are about stands here.
pub fn read(core: &Core<'_>, kind: &str, targets: &[Target], outcome: &Outcome) -> Actor {
    let judged = targets.iter().find_map(Target::user).filter(|_| is_judgement(core, kind));
    if let Some((id, name)) = judged {
        return Actor {
            kind: PrincipalKind::User,
            name: name.unwrap_or(id).into(),
            session: session(core, kind, outcome),
            principal: Some(Principal::new(OKTA, id)),
            ..Actor::default()
        };
    }
    let id = known(core.text(Path::ActorId));
    let login = known(core.text(Path::ActorAlternate));
    // Sign-ins of nobody that Okta knows have a login and no id.
    let principal = id.or(login).map(|it| Principal::new(OKTA, it));
    let name = login.or_else(|| known(core.text(Path::ActorName))).or(id);
    let token = known(core.text(Path::ApiToken));
    let sort = sort(core.text(Path::ActorType).unwrap_or_default());
    // One client runs on the devices of many: who is there is the user whose token it fetches.
    let bearer = targets.iter().find_map(Target::bearer).filter(|it| Some(*it) != id);
    if let (PrincipalKind::Role, Some(user), Some(client)) = (sort, bearer, &principal) {
        return Actor {
            kind: PrincipalKind::User,
            name: user.into(),
            session: session(core, kind, outcome),
            via: vec![client.clone()],
            principal: Some(Principal::new(OKTA, user)),
            ..Actor::default()
        };
    }
    Actor {
        kind: sort,
        name: name.unwrap_or_default().into(),
        credential: token.map(|it| CredentialRef::new(OKTA, CredentialKind::Token, it)),
        session: session(core, kind, outcome),
        via: via(core, principal.as_ref()),
        account: None,
        principal,
    }
}

fn sort(kind: &str) -> PrincipalKind {
    match kind {
        "User" => PrincipalKind::User,
        "SystemPrincipal" => PrincipalKind::Service,
        // `PublicClientApp`, `ConfidentialClientApp`, `AppInstance` and the like: software with rights of its own.
        it if it.starts_with("App") || it.contains("Client") => PrincipalKind::Role,
        _ => PrincipalKind::Unknown,
    }
}

fn session(core: &Core<'_>, kind: &str, outcome: &Outcome) -> Option<SessionRef> {
    let id = known(core.text(Path::Session))?;
    let second_factor = kind == "user.authentication.auth_via_mfa" && *outcome == Outcome::Success;
    Some(SessionRef { id: id.into(), issued: None, mfa: second_factor.then_some(true) })
}

/// The OAuth client that used a user's rights; none when the client acts for itself.
fn via(core: &Core<'_>, principal: Option<&Principal>) -> Vec<Principal> {
    let client = known(core.text(Path::ClientId)).map(|it| Principal::new(OKTA, it));
    client.into_iter().filter(|it| Some(it) != principal).collect()
}
