//! Who acted: the directory's id where the record shows it, else the name.

use super::paths::Path;
use crate::microsoft_names::{Formed, is_id, principal, somebody};
use interlock_model::{Actor, PrincipalKind, SessionRef};

/// How the directory marks an object's id in a list of names: a word and the id.
const MARKS: [(&str, PrincipalKind); 2] =
    [("ServicePrincipal_", PrincipalKind::Role), ("User_", PrincipalKind::User)];

/// The actor of the record.
pub fn read(it: Formed<'_>, operation: &str, device_session: Option<&str>) -> Actor {
    let user = it.text(Path::UserId).filter(|it| !nobody(it));
    let (kind, id) = match object_id(it, operation) {
        Some((kind, id)) => (kind, Some(id)),
        None => (kind_of(it, user), None),
    };
    let principal = id.or(user).map(principal);
    let session = it
        .first([Path::SessionId, Path::ContextSession])
        .or(device_session)
        .and_then(somebody)
        .or_else(|| it.text(Path::ContextToken));
    Actor {
        kind: if principal.is_some() { kind } else { PrincipalKind::Unknown },
        name: user.or(id).unwrap_or_default().into(),
        credential: None,
        session: session.filter(|_| principal.is_some()).map(|id| SessionRef {
            id: id.into(),
            issued: None,
            mfa: None,
        }),
        via: Vec::new(),
        account: it.text(Path::Organization).map(|it| it.to_lowercase().into()),
        principal,
    }
}

/// The id of the actor's own object: marked in the record's list of names, or its key.
fn object_id<'a>(it: Formed<'a>, operation: &str) -> Option<(PrincipalKind, &'a str)> {
    let marked = it.text(Path::UserId).into_iter().chain(it.texts(Path::Actors)).find_map(|name| {
        MARKS.iter().find_map(|(mark, kind)| {
            name.strip_prefix(mark).filter(|it| is_id(it)).map(|id| (*kind, id))
        })
    });
    // Of a failed sign-in the key may be of whoever was tried; it is the same account.
    let signed_in = operation.starts_with("UserLog");
    let keyed = || it.text(Path::UserKey).filter(|it| is_id(it));
    marked.or_else(|| {
        let id = keyed()?;
        let kind = if signed_in { PrincipalKind::User } else { kind_of(it, Some(id)) };
        Some((kind, id))
    })
}

/// From the type, which the interface writes as a number and Log Analytics as a word.
fn kind_of(it: Formed<'_>, user: Option<&str>) -> PrincipalKind {
    let number = it.number(Path::UserType).map(|it| it as i64);
    match (number, it.text(Path::UserType)) {
        (Some(3 | 4), _) | (_, Some("DcAdmin" | "System")) => PrincipalKind::Service,
        (Some(5 | 6), _) | (_, Some("Application" | "ServicePrincipal")) => PrincipalKind::Role,
        (Some(0 | 2), _) | (_, Some("Regular" | "Admin")) => PrincipalKind::User,
        _ if user.is_some_and(|it| it.contains('@')) => PrincipalKind::User,
        _ => PrincipalKind::Unknown,
    }
}

fn nobody(name: &str) -> bool {
    ["not available", "unknown", "n/a"].iter().any(|it| it.eq_ignore_ascii_case(name))
}
