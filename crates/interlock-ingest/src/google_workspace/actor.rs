//! Who acted: people, service accounts, applications that act for people.

use super::Path;
use crate::source::Core;
use interlock_model::{Actor, Principal, PrincipalKind};

/// The naming authority of Google's principals and credentials.
pub const GOOGLE: &str = "google";

/// The principal with this address.
pub fn principal(email: &str) -> Principal {
    Principal::new(GOOGLE, &email.to_lowercase())
}

/// The actor of the record.
///
/// Google's own warnings have none: then the account that they warn of stands here.
pub fn read(core: &Core<'_>) -> Actor {
    let email = core.text(Path::ActorEmail).or_else(|| core.text(Path::PlainEmail));
    let email = email.or_else(|| core.text(Path::Affected)).filter(|it| it.contains('@'));
    let other = || core.text(Path::ActorKey).or_else(|| core.text(Path::ActorProfile));
    let client = core.text(Path::ActorClient);
    let principal = match email {
        Some(email) => Some(principal(email)),
        None => client.or_else(other).map(|it| Principal::new(GOOGLE, it)),
    };
    let impersonated = core.flag(Path::Impersonation) == Some(true);
    let via = client.filter(|_| impersonated).map(|it| Principal::new(GOOGLE, it));
    Actor {
        kind: match email {
            Some(it) if it.ends_with(".gserviceaccount.com") => PrincipalKind::Role,
            Some(_) => PrincipalKind::User,
            None if client.is_some() || core.has(Path::ActorKey) => PrincipalKind::Role,
            None => PrincipalKind::Unknown,
        },
        name: email.or_else(|| principal.as_ref().map(|it| &*it.name)).unwrap_or_default().into(),
        credential: None,
        session: None,
        via: via.into_iter().filter(|it| Some(it) != principal.as_ref()).collect(),
        account: core.text(Path::Customer).map(Into::into),
        principal,
    }
}
