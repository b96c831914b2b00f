//! Tokens, leases and certificates that a request brought to life.

use super::actor::{VAULT, principal, token};
use super::is_login;
use super::paths::Path;
use crate::source::Core;
use interlock_model::{
    Actor, CredentialKind, CredentialRef, Issued, Outcome, Principal, SessionRef, Timestamp,
};
use std::time::Duration;

/// What the response says was issued.
pub fn read(
    core: &Core<'_>,
    path: &str,
    actor: &Actor,
    outcome: &Outcome,
    time: Timestamp,
) -> Vec<Issued> {
    if *outcome != Outcome::Success {
        return Vec::new();
    }
    let made = [
        new_token(core, path, actor, time),
        wrapped(core, actor, time),
        lease(core, actor),
        secret_id(core, path),
        certificate(core, path, actor),
    ];
    made.into_iter().flatten().collect()
}

/// A login gives its token to whoever signed in; a parent gives it to the child's own name.
fn new_token(core: &Core<'_>, path: &str, actor: &Actor, time: Timestamp) -> Option<Issued> {
    let accessor = core.text(Path::NewAccessor)?;
    // A token that lives longer is none that is new.
    if path.starts_with("auth/token/renew") {
        return None;
    }
    let named = principal(core.text(Path::NewEntity), core.text(Path::NewDisplayName));
    let to = if is_login(path) {
        actor.principal.clone().or(named)
    } else {
        named.or_else(|| actor.principal.clone())
    };
    Some(Issued {
        credential: token(accessor),
        to: to?,
        session: Some(SessionRef { id: accessor.into(), issued: Some(time), mfa: None }),
        expires: after(core, Path::NewTtl, time),
    })
}

fn wrapped(core: &Core<'_>, actor: &Actor, time: Timestamp) -> Option<Issued> {
    let credential = token(core.text(Path::WrapAccessor)?);
    let to = actor.principal.clone()?;
    Some(Issued { credential, to, session: None, expires: after(core, Path::WrapTtl, time) })
}

/// A login at some other system, which ends with its lease.
fn lease(core: &Core<'_>, actor: &Actor) -> Option<Issued> {
    let id = core.text(Path::Lease)?;
    let credential = CredentialRef::new(VAULT, CredentialKind::Password, id);
    Some(Issued { credential, to: actor.principal.clone()?, session: None, expires: None })
}

/// `auth/<mount>/role/<role>/secret-id`.
fn secret_id(core: &Core<'_>, path: &str) -> Option<Issued> {
    let accessor = core.text(Path::SecretIdAccessor)?;
    let (mount, rest) = path.strip_prefix("auth/")?.split_once("/role/")?;
    let role = rest.split('/').next().filter(|it| !it.is_empty())?;
    Some(Issued {
        credential: CredentialRef::new(VAULT, CredentialKind::Password, accessor),
        to: Principal::new(VAULT, &format!("{mount}/{role}")),
        session: None,
        expires: None,
    })
}

/// What a certificate authority signed: `pki/issue/<role>`, `ssh/sign/<role>`.
///
/// It outlives the token that asked for it. Without `audit_non_hmac_response_keys` for the serial number its
/// digest stands there, which names it as well, in this log.
///
/// Sources: <https://developer.hashicorp.com/vault/api-docs/secret/pki>,
/// <https://developer.hashicorp.com/vault/api-docs/secret/ssh>.
fn certificate(core: &Core<'_>, path: &str, actor: &Actor) -> Option<Issued> {
    const SIGNS: [&str; 6] =
        ["generate", "issue", "sign", "sign-intermediate", "sign-self-issued", "sign-verbatim"];
    let serial = core.text(Path::SerialNumber)?;
    // `root/generate/internal`, `root/sign-intermediate`, `issuer/<name>/issue/<role>`.
    let signs = path.split('/').skip(1).any(|it| SIGNS.contains(&it));
    let credential = CredentialRef::new(VAULT, CredentialKind::Certificate, serial);
    let to = actor.principal.clone().filter(|_| signs)?;
    Some(Issued { credential, to, session: None, expires: None })
}

fn after(core: &Core<'_>, path: Path, time: Timestamp) -> Option<Timestamp> {
    let seconds = core.number(path).filter(|it| (1.0..1e10).contains(it))?;
    time.checked_add(Duration::from_secs(seconds as u64)).ok()
}
