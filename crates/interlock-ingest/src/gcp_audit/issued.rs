//! Credentials that came to life by an entry.

use super::names::{self, GOOGLE};
use super::paths::Path;
use crate::source::Core;
use crate::timestamp;
use interlock_model::{CredentialKind, CredentialRef, Issued, Outcome, Principal};

/// Seconds since 1970 beyond which a key is said never to end.
const NEVER: f64 = 253_000_000_000.0;

/// What the entry says was issued; nothing when it did not take effect.
///
/// Tokens that are lent for an hour have no name in the log and are not here.
pub fn read(core: &Core<'_>, operation: &str, outcome: &Outcome) -> Vec<Issued> {
    match outcome {
        Outcome::Success => {}
        Outcome::Refused { .. } | Outcome::Failed { .. } => return Vec::new(),
    }
    let method = operation.rsplit('.').next().unwrap_or_default();
    let issued = match method {
        "CreateServiceAccountKey" | "UploadServiceAccountKey" => account_key(core),
        _ if operation.ends_with("storage.hmacKeys.create") => hmac_key(core),
        _ if operation.ends_with(".serviceaccounts.token.create") => cluster_token(core),
        _ => None,
    };
    issued.into_iter().collect()
}

fn account_key(core: &Core<'_>) -> Option<Issued> {
    let name = core.text(Path::NewName)?;
    let (credential, account) = names::key(name, core.text(Path::EmailLabel))?;
    let ends = core.number(Path::NewValidBefore).filter(|it| *it < NEVER);
    Some(Issued {
        credential,
        to: Principal::new(GOOGLE, &account.to_lowercase()),
        session: None,
        expires: ends.and_then(timestamp::from_number),
    })
}

/// The token that a cluster gave out for one of its service accounts, as the cluster itself names it.
fn cluster_token(core: &Core<'_>) -> Option<Issued> {
    let id = core.text(Path::IssuedCredential)?.strip_prefix("JTI=")?;
    let (_, rest) = core.text(Path::ResourceName)?.split_once("/namespaces/")?;
    let (namespace, rest) = rest.split_once("/serviceaccounts/")?;
    let name = rest.split('/').next().filter(|it| !it.is_empty())?;
    let to = format!("system:serviceaccount:{namespace}:{name}");
    Some(Issued {
        credential: CredentialRef::new("kubernetes", CredentialKind::Token, id),
        to: Principal::new("kubernetes", &to),
        session: None,
        expires: None,
    })
}

fn hmac_key(core: &Core<'_>) -> Option<Issued> {
    let id = core.text(Path::NewHmacId)?;
    let account = core.text(Path::NewHmacAccount)?;
    Some(Issued {
        credential: CredentialRef::new(GOOGLE, CredentialKind::AccessKey, id),
        to: Principal::new(GOOGLE, &account.to_lowercase()),
        session: None,
        expires: None,
    })
}
