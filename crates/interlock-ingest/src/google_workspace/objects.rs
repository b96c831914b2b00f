//! What an event acted upon, and the credentials that it brought to life.

use super::Path;
use super::actor::{GOOGLE, principal};
use crate::source::Core;
use interlock_model::{Actor, CredentialKind, CredentialRef, Issued, Object, Outcome};

/// Where each kind of object is named.
const NAMED: [(Path, &str); 21] = [
    (Path::UserEmail, "user"),
    (Path::GroupsUser, "user"),
    (Path::Affected, "user"),
    (Path::GroupEmail, "group"),
    (Path::GroupsEmail, "group"),
    (Path::RoleName, "role"),
    (Path::PrivilegeName, "privilege"),
    (Path::ApiClient, "app"),
    (Path::ClientId, "app"),
    (Path::AppName, "app"),
    (Path::SamlApp, "app"),
    (Path::ApplicationName, "app"),
    (Path::SettingName, "setting"),
    (Path::Domain, "domain"),
    (Path::OrgUnit, "organizational_unit"),
    (Path::Device, "device"),
    (Path::DocumentId, "document"),
    (Path::CalendarId, "calendar"),
    (Path::IdentityProvider, "identity_provider"),
    (Path::ForwardedTo, "forwarding_address"),
    (Path::TargetDomain, "domain"),
];

/// To whom something was handed.
const RECEIVERS: [Path; 3] = [Path::TargetUser, Path::NewOwner, Path::Grantee];

/// At most this many objects of one record, so that a long list costs no memory.
const MOST: usize = 32;

/// Events by which a person's account gets another way in, and what that way is.
///
/// Sources: <https://developers.google.com/workspace/admin/reports/v1/appendix/activity/user-accounts>,
/// <https://developers.google.com/workspace/admin/reports/v1/appendix/activity/login>,
/// <https://developers.google.com/workspace/admin/reports/v1/appendix/activity/admin-user-settings>.
const OWN_WAYS: [(&str, &str); 9] = [
    ("2sv_enroll", "mfa_device"),
    ("CHANGE_RECOVERY_EMAIL", "recovery_address"),
    ("CHANGE_RECOVERY_PHONE", "recovery_address"),
    ("GENERATE_2SV_SCRATCH_CODES", "mfa_device"),
    ("passkey_enrolled", "mfa_device"),
    ("recovery_email_edit", "recovery_address"),
    ("recovery_phone_edit", "recovery_address"),
    ("recovery_secret_qa_edit", "recovery_address"),
    ("titanium_enroll", "mfa_device"),
];

/// The objects of the record, each once.
pub fn read(core: &Core<'_>, actor: &Actor) -> Vec<Object> {
    let mut objects: Vec<Object> = Vec::new();
    // `ADD_TRUSTED_DOMAINS`; elsewhere it is the own domain that is named.
    let trusted = core.texts(Path::Name).any(|it| it.contains("TRUSTED_DOMAIN"));
    // An application is known by its client id, and by its name where the event tells no id.
    let by_id = core.has(Path::ClientId);
    let receivers = RECEIVERS.into_iter().map(|it| (it, "user"));
    for (path, kind) in NAMED.into_iter().chain(receivers) {
        if by_id && path == Path::AppName {
            continue;
        }
        let kind = if trusted && path == Path::Domain { "trusted_domain" } else { kind };
        for name in core.texts(path).take(MOST) {
            let known = objects.iter().any(|it| &*it.kind == kind && &*it.name == name);
            if objects.len() < MOST && !known {
                objects.push(Object { kind: kind.into(), name: name.into() });
            }
        }
    }
    let event = core.text(Path::Name).unwrap_or_default();
    if let Some((_, kind)) = OWN_WAYS.iter().find(|it| it.0 == event) {
        // Google names no device and no address: whose it is and what it is for tell them apart.
        let named = core.text(Path::Affected).or_else(|| core.text(Path::UserEmail));
        let whose = named.or(actor.principal.as_ref().map(|it| &*it.name));
        if let Some(whose) = whose.filter(|_| objects.len() < MOST) {
            objects.push(Object { kind: (*kind).into(), name: format!("{whose}/{event}").into() });
        }
    }
    objects
}

/// The credentials that the event brought to life; nothing when it did not take effect.
pub fn issued(core: &Core<'_>, application: &str, actor: &Actor, outcome: &Outcome) -> Vec<Issued> {
    if *outcome != Outcome::Success {
        return Vec::new();
    }
    let password = |to: interlock_model::Principal| Issued {
        credential: CredentialRef::new(GOOGLE, CredentialKind::Password, &to.name),
        to,
        session: None,
        expires: None,
    };
    let issued = match (application, core.text(Path::Name).unwrap_or_default()) {
        // A grant to an application is named by the person and the application, as it is revoked.
        ("token", "authorize") => {
            let client = core.text(Path::ClientId).or_else(|| core.text(Path::AppName));
            let to = actor.principal.clone();
            client.zip(to).map(|(client, to)| Issued {
                credential: CredentialRef::new(
                    GOOGLE,
                    CredentialKind::Token,
                    &format!("{}/{client}", to.name),
                ),
                to,
                session: None,
                expires: None,
            })
        }
        ("admin", "CHANGE_PASSWORD") => {
            core.text(Path::UserEmail).map(|it| password(principal(it)))
        }
        ("user_accounts", "password_edit") => actor.principal.clone().map(password),
        _ => None,
    };
    issued.into_iter().collect()
}
