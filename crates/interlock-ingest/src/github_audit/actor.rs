//! Who acted, with which token, and who stands behind it.

use super::paths::Path;
use crate::source::Core;
use interlock_model::{Actor, CredentialKind, CredentialRef, Principal, PrincipalKind, SessionRef};

/// The naming authority.
pub const GITHUB: &str = "github";

/// The actor of the event.
pub fn read(core: &Core<'_>) -> Actor {
    let login = core.text(Path::Actor);
    let account = core.text(Path::Organisation).or_else(|| core.text(Path::Business));
    Actor {
        principal: login.map(|it| Principal::new(GITHUB, it)),
        kind: kind(core, login),
        name: login.unwrap_or_default().into(),
        credential: credential(core),
        session: session(core),
        via: via(core),
        account: account.map(Into::into),
    }
}

/// Apps act as bots that others made and run, as roles do elsewhere.
fn kind(core: &Core<'_>, login: Option<&str>) -> PrincipalKind {
    let Some(login) = login else { return PrincipalKind::Unknown };
    if core.flag(Path::ActorIsBot) == Some(true) || login.ends_with("[bot]") {
        PrincipalKind::Role
    } else {
        PrincipalKind::User
    }
}

/// The digest of the token is what GitHub searches by; its number is the second choice.
fn credential(core: &Core<'_>) -> Option<CredentialRef> {
    if let Some(hash) = core.text(Path::HashedToken) {
        return Some(CredentialRef::new(GITHUB, CredentialKind::Token, hash));
    }
    if let Some(print) = core.text(Path::DeployKey) {
        return Some(CredentialRef::new(GITHUB, CredentialKind::AccessKey, print));
    }
    let id = whole(core, Path::TokenId)?;
    Some(CredentialRef::new(GITHUB, CredentialKind::Token, &id))
}

fn session(core: &Core<'_>) -> Option<SessionRef> {
    let id = whole(core, Path::ActorSession)?;
    Some(SessionRef { id: id.into(), issued: None, mfa: None })
}

/// The identity provider's name for the person, then the application that acted in their name.
fn via(core: &Core<'_>) -> Vec<Principal> {
    let mut via = Vec::new();
    if let Some(name) = core.text(Path::Saml) {
        via.push(Principal::new("saml", name));
    }
    let lent = core.text(Path::AccessType).is_some_and(|it| {
        let it = it.to_ascii_lowercase();
        it.contains("user-to-server") || it.contains("oauth")
    });
    if lent && let Some(id) = whole(core, Path::ApplicationId) {
        via.push(Principal::new(GITHUB, &format!("app/{id}")));
    }
    via
}

/// A number without a fraction, or a text, as text; zero stands for none.
pub fn whole(core: &Core<'_>, path: Path) -> Option<Box<str>> {
    if let Some(text) = core.text(path) {
        return (text != "0").then(|| text.into());
    }
    let number = core.number(path)?;
    (number.is_finite() && number >= 1.0).then(|| format!("{number:.0}").into())
}
