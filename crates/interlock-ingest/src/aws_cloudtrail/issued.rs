//! Credentials that came to life by an event.

use super::paths::Path;
use crate::aws_names::{AWS, access_key, principal_of_arn, root_of, user_of};
use crate::source::Core;
use crate::timestamp;
use interlock_model::{
    Actor, Arn, CredentialKind, CredentialRef, Issued, Outcome, Principal, SessionRef,
};

/// What the record says was issued; nothing when it did not take effect.
pub fn read(core: &Core<'_>, actor: &Actor, outcome: &Outcome) -> Vec<Issued> {
    match outcome {
        Outcome::Success => {}
        Outcome::Refused { .. } | Outcome::Failed { .. } => return Vec::new(),
    }
    let Some(operation) = core.text(Path::EventName) else { return Vec::new() };
    let issued = match (core.text(Path::EventSource).unwrap_or_default(), operation) {
        ("sts.amazonaws.com", _) => session_key(core, actor, operation),
        ("iam.amazonaws.com", "CreateAccessKey") => new_key(core, actor),
        ("iam.amazonaws.com", "CreateLoginProfile" | "UpdateLoginProfile") => password(core, actor),
        (
            "iam.amazonaws.com",
            "CreateServiceSpecificCredential" | "ResetServiceSpecificCredential",
        ) => service_credential(core, actor),
        ("iam.amazonaws.com", "UploadSSHPublicKey") => {
            uploaded(core, actor, CredentialKind::AccessKey, Path::NewSshKey)
        }
        ("iam.amazonaws.com", "UploadSigningCertificate") => {
            uploaded(core, actor, CredentialKind::Certificate, Path::NewSigningCertificate)
        }
        _ => None,
    };
    issued.into_iter().collect()
}

fn new_key(core: &Core<'_>, actor: &Actor) -> Option<Issued> {
    let id = core.text(Path::NewAccessKey)?;
    let to = user(core, actor, core.text(Path::NewAccessKeyUser))?;
    Some(Issued { credential: access_key(id), to, session: None, expires: None })
}

fn password(core: &Core<'_>, actor: &Actor) -> Option<Issued> {
    let to = user(core, actor, core.text(Path::NewLoginUser))?;
    let credential = CredentialRef::new(AWS, CredentialKind::Password, &to.name);
    Some(Issued { credential, to, session: None, expires: None })
}

fn service_credential(core: &Core<'_>, actor: &Actor) -> Option<Issued> {
    let id = core.text(Path::NewServiceCredential)?;
    let to = user(core, actor, None)?;
    let credential = CredentialRef::new(AWS, CredentialKind::Token, id);
    Some(Issued { credential, to, session: None, expires: None })
}

/// The public half of a key that its owner keeps: for repositories of code, and for calls signed with a certificate.
fn uploaded(core: &Core<'_>, actor: &Actor, kind: CredentialKind, id: Path) -> Option<Issued> {
    let credential = CredentialRef::new(AWS, kind, core.text(id)?);
    Some(Issued { credential, to: user(core, actor, None)?, session: None, expires: None })
}

fn session_key(core: &Core<'_>, actor: &Actor, operation: &str) -> Option<Issued> {
    let key = core.text(Path::NewSessionKey)?;
    let (to, session) = match operation {
        "GetSessionToken" => (actor.principal.clone()?, key),
        "GetFederationToken" => {
            (actor.principal.clone()?, core.text(Path::FederatedUserArn).unwrap_or(key))
        }
        "AssumeRoot" => {
            let target = core.text(Path::ToTargetPrincipal)?;
            let root = Arn::read(target)
                .map_or_else(|| root_of("aws", target), |it| root_of(it.partition, it.account));
            (root, key)
        }
        _ => {
            let session = core.text(Path::AssumedRoleArn);
            // The request names the role with its path, the session's ARN does not.
            let role = core.text(Path::ToRoleArn).map(|it| Principal::new(AWS, it));
            let role = role.or_else(|| session.map(principal_of_arn))?;
            (role, session.unwrap_or(key))
        }
    };
    let issued = core.text(Path::EventTime).and_then(timestamp::read);
    Some(Issued {
        credential: access_key(key),
        to,
        session: Some(SessionRef { id: session.into(), issued, mfa: None }),
        expires: core.text(Path::NewSessionExpires).and_then(timestamp::read),
    })
}

/// The user that a change of IAM is about; the caller itself when it names nobody.
///
/// IAM's records name users without their path, so only a user who changes itself gets its path here.
fn user(core: &Core<'_>, actor: &Actor, answered: Option<&str>) -> Option<Principal> {
    let caller = actor.principal.as_ref();
    let Some(name) = answered.or_else(|| core.text(Path::ToUserName)) else {
        return caller.cloned();
    };
    let arn = caller.and_then(|it| Arn::read(&it.name));
    if let (Some(caller), Some(arn)) = (caller, arn)
        && arn.resource.starts_with("user/")
        && arn.name() == name
    {
        return Some(caller.clone());
    }
    let account = core.text(Path::RecipientAccountId).or(actor.account.as_deref())?;
    Some(user_of(arn.map_or("aws", |it| it.partition), account, name))
}
