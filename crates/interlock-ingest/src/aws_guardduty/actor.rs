//! Whom a GuardDuty finding accuses.

use super::paths::Path;
use crate::aws_names::{AWS, access_key, principal_of_arn, role_of, root_of, user_of};
use crate::source::Spelled;
use crate::timestamp;
use interlock_model::{Actor, Arn, Principal, PrincipalKind, SessionRef};

/// The actor: the key's owner, an actor of an attack sequence, a Kubernetes user, an instance's role,
/// in this order; without a principal when the finding names none of them.
pub fn read(it: &Spelled<'_>) -> Actor {
    of_access_key(it)
        .or_else(|| of_sequence(it))
        .or_else(|| of_kubernetes(it))
        .or_else(|| of_instance(it))
        .unwrap_or_else(|| Actor {
            account: it.text(Path::AccountId).map(Into::into),
            ..Actor::default()
        })
}

fn of_access_key(it: &Spelled<'_>) -> Option<Actor> {
    let user_type = it.text(Path::KeyUserType)?;
    let name = it.text(Path::KeyUserName).unwrap_or_default();
    let session = it.text(Path::KeyPrincipalId).and_then(|it| it.split_once(':')).map(|(_, it)| it);
    Some(described(it, user_type, name, session, it.text(Path::KeyId)))
}

fn of_sequence(it: &Spelled<'_>) -> Option<Actor> {
    let user_type = it.text(Path::ActorType)?;
    let name = it.text(Path::ActorName).unwrap_or_default();
    let session = it.text(Path::ActorUid).and_then(|it| it.split_once(':')).map(|(_, it)| it);
    let mut actor = described(it, user_type, name, session, it.text(Path::ActorCredential));
    if let Some(session) = &mut actor.session {
        session.issued = it.text(Path::ActorSessionCreated).and_then(timestamp::read);
        session.mfa = it.text(Path::ActorSessionMfa).map(|it| it.eq_ignore_ascii_case("enabled"));
    }
    Some(actor)
}

/// An actor in CloudTrail's words: a type, a name, a session's name, a key.
fn described(
    it: &Spelled<'_>,
    user_type: &str,
    name: &str,
    session: Option<&str>,
    key: Option<&str>,
) -> Actor {
    let partition = it.text(Path::Partition).unwrap_or("aws");
    let account = it.text(Path::ActorAccount).or_else(|| it.text(Path::AccountId));
    let named = |make: fn(&str, &str, &str) -> Principal| {
        account.filter(|_| !name.is_empty()).map(|account| make(partition, account, name))
    };
    let (kind, principal) = match user_type {
        "Root" => (PrincipalKind::Root, account.map(|it| root_of(partition, it))),
        "IAMUser" => (PrincipalKind::User, named(user_of)),
        "AssumedRole" | "Role" => (PrincipalKind::Role, named(role_of)),
        "FederatedUser" => (PrincipalKind::Federated, named(user_of)),
        "AWSAccount" => (PrincipalKind::Account, account.map(|it| Principal::new(AWS, it))),
        "AWSService" => (PrincipalKind::Service, Some(Principal::new(AWS, name))),
        _ => (PrincipalKind::Unknown, None),
    };
    let credential = key.filter(|it| it.starts_with('A')).map(access_key);
    let session = match (kind, session, account) {
        (PrincipalKind::Role, Some(session), Some(account)) if !name.is_empty() => {
            Some(format!("arn:{partition}:sts::{account}:assumed-role/{name}/{session}"))
        }
        _ => key.filter(|it| it.starts_with("ASIA")).map(ToOwned::to_owned),
    };
    Actor {
        principal: principal.filter(|it| !it.name.is_empty()),
        kind,
        name: if name.is_empty() && kind == PrincipalKind::Root {
            "root".into()
        } else {
            name.into()
        },
        credential,
        session: session.map(|it| SessionRef { id: it.into(), issued: None, mfa: None }),
        via: Vec::new(),
        account: account.map(Into::into),
    }
}

fn of_kubernetes(it: &Spelled<'_>) -> Option<Actor> {
    let name = it.text(Path::KubernetesUser)?;
    let service_account = name.starts_with("system:serviceaccount:");
    // A cluster that trusts IAM calls its users by their ARN.
    let principal = match Arn::read(name) {
        Some(_) => principal_of_arn(name),
        None => Principal::new("kubernetes", name),
    };
    Some(Actor {
        kind: if service_account { PrincipalKind::Role } else { PrincipalKind::User },
        name: name.into(),
        principal: Some(principal),
        account: it.text(Path::AccountId).map(Into::into),
        ..Actor::default()
    })
}

/// An instance acts through its profile; which role that holds the finding does not say.
fn of_instance(it: &Spelled<'_>) -> Option<Actor> {
    let profile = it.text(Path::InstanceProfile)?;
    Some(Actor {
        kind: PrincipalKind::Role,
        name: Arn::read(profile).map_or(profile, |it| it.name()).into(),
        principal: Some(Principal::new(AWS, profile)),
        account: it.text(Path::AccountId).map(Into::into),
        ..Actor::default()
    })
}
