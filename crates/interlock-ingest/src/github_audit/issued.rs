//! Credentials that came to life by an event.

use super::actor::{GITHUB, whole};
use super::paths::Path;
use crate::source::Core;
use interlock_model::{CredentialKind, CredentialRef, Issued, Principal};

/// What the event says was issued, to the user it names or else to the one who acted.
///
/// A key that belongs to a repository carries nobody's permissions; it stands among the objects only.
pub fn read(core: &Core<'_>, action: &str) -> Vec<Issued> {
    let credential = match action {
        "personal_access_token.access_granted"
        | "personal_access_token.create"
        | "personal_access_token.credential_regenerated" => {
            whole(core, Path::ProgrammaticId).map(|id| (CredentialKind::Token, id))
        }
        "org_credential_authorization.grant" => {
            whole(core, Path::CredentialId).map(|id| (CredentialKind::Token, id))
        }
        "public_key.create" if core.text(Path::Repository).is_none() => {
            core.text(Path::Fingerprint).map(|it| (CredentialKind::AccessKey, it.into()))
        }
        _ => None,
    };
    let owner = core.text(Path::User).or_else(|| core.text(Path::Actor));
    let (Some((kind, id)), Some(owner)) = (credential, owner) else { return Vec::new() };
    vec![Issued {
        credential: CredentialRef::new(GITHUB, kind, &id),
        to: Principal::new(GITHUB, owner),
        session: None,
        expires: None,
    }]
}
