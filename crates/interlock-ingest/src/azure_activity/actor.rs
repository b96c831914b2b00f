//! Who called: the claims of the token that was presented.

use super::paths::Path;
use crate::microsoft_names::{Formed, is_id, principal, somebody};
use crate::timestamp;
use interlock_model::{Actor, Principal, PrincipalKind, SessionRef};

/// The actor of the record.
pub fn read(it: Formed<'_>) -> Actor {
    let caller = it.text(Path::Caller).and_then(somebody);
    let object = it.first([
        Path::ObjectId,
        Path::VaultObjectId,
        Path::VaultLongObjectId,
        Path::StorageObjectId,
        Path::Evidence,
    ]);
    let object = object.and_then(somebody).or_else(|| caller.filter(|it| is_id(it)));
    let upn = it.first([Path::Upn, Path::VaultUpn, Path::VaultLongUpn, Path::StorageUpn]);
    let upn = upn.or_else(|| it.text(Path::Email)).or_else(|| caller.filter(|it| !is_id(it)));
    let application = it.first([Path::AppId, Path::VaultAppId, Path::StorageAppId]);
    let named = object.or(upn).or_else(|| application.and_then(somebody));
    let person = upn.is_some_and(|it| it.contains('@'));
    let kind = if it.text(Path::SubjectType) == Some("app")
        || it.text(Path::EvidenceType) == Some("ServicePrincipal")
    {
        PrincipalKind::Role
    } else if person || it.text(Path::SubjectType) == Some("user") {
        PrincipalKind::User
    } else if upn.is_some() && object.is_none() {
        // Azure's own services sign with a name: `Microsoft.Advisor`.
        PrincipalKind::Service
    } else if named.is_some() {
        PrincipalKind::Role
    } else {
        PrincipalKind::Unknown
    };
    let managed = it.text(Path::ManagedIdentity).and_then(|it| it.rsplit('/').next());
    let principal = named.map(principal);
    Actor {
        kind,
        name: upn.or(managed).or(named).unwrap_or_default().into(),
        credential: None,
        session: session(it, principal.as_ref()),
        via: Vec::new(),
        account: it.first([Path::HomeTenant, Path::Tenant]).map(|it| it.to_lowercase().into()),
        principal,
    }
}

/// The session, else the token that was presented.
fn session(it: Formed<'_>, principal: Option<&Principal>) -> Option<SessionRef> {
    principal?;
    let id = it.first([Path::Sid, Path::TokenId, Path::StorageTokenId])?;
    let methods = it.text(Path::Methods);
    Some(SessionRef {
        id: id.into(),
        issued: it.number(Path::Issued).and_then(timestamp::from_number),
        mfa: methods.map(|it| it.split(',').any(|it| it.trim() == "mfa")),
    })
}
