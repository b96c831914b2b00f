//! Whom a Falco alert accuses: the user of an audited API, else the workload, else the user of a host.

use super::paths::Path;
use crate::aws_names::{access_key, principal_of_arn};
use crate::source::Core;
use interlock_model::{Actor, Arn, Principal, PrincipalKind, SessionRef};

/// What Falco writes for a field that has no value.
const NONE: [&str; 3] = ["<NA>", "N/A", ""];

/// The actor of the alert.
pub fn read(core: &Core<'_>) -> Actor {
    let actor = aws(core).or_else(|| kubernetes(core)).or_else(|| okta(core));
    let actor = actor.or_else(|| github(core)).or_else(|| pod(core));
    actor.or_else(|| container(core)).or_else(|| host(core)).unwrap_or_default()
}

fn value<'a>(core: &Core<'a>, path: Path) -> Option<&'a str> {
    core.text(path).filter(|it| !NONE.contains(it))
}

fn named(kind: PrincipalKind, principal: Principal, name: &str) -> Actor {
    Actor { kind, principal: Some(principal), name: name.into(), ..Actor::default() }
}

fn aws(core: &Core<'_>) -> Option<Actor> {
    let arn = value(core, Path::CloudTrailArn)?;
    let parsed = Arn::read(arn)?;
    let principal = principal_of_arn(arn);
    let session = parsed.service == "sts";
    let kind = match parsed.resource {
        "root" => PrincipalKind::Root,
        it if session || it.starts_with("role/") => PrincipalKind::Role,
        it if it.starts_with("user/") => PrincipalKind::User,
        _ => PrincipalKind::Unknown,
    };
    let name = Arn::read(&principal.name).map_or(arn, |it| it.name()).to_owned();
    Some(Actor {
        credential: value(core, Path::CloudTrailKey).map(access_key),
        session: session.then(|| SessionRef { id: arn.into(), issued: None, mfa: None }),
        account: Some(parsed.account).filter(|it| !it.is_empty()).map(Into::into),
        ..named(
            kind,
            principal,
            value(core, Path::CloudTrailUser).filter(|_| !session).unwrap_or(&name),
        )
    })
}

fn kubernetes(core: &Core<'_>) -> Option<Actor> {
    let user = value(core, Path::K8sUser)?;
    let kind = match user {
        it if it.starts_with("system:serviceaccount:") => PrincipalKind::Role,
        "system:anonymous" => PrincipalKind::Unknown,
        it if it.starts_with("system:") => PrincipalKind::Service,
        _ => PrincipalKind::User,
    };
    let account = value(core, Path::K8sCluster).map(Into::into);
    Some(Actor { account, ..named(kind, Principal::new("kubernetes", user), user) })
}

fn okta(core: &Core<'_>) -> Option<Actor> {
    let id = value(core, Path::OktaActor)?;
    let name = value(core, Path::OktaLogin).unwrap_or(id);
    Some(named(PrincipalKind::User, Principal::new("okta", id), name))
}

fn github(core: &Core<'_>) -> Option<Actor> {
    let login = value(core, Path::GithubUser)?;
    Some(named(PrincipalKind::User, Principal::new("github", login), login))
}

/// A pod is no account of anything, but it is what can be isolated, and people know whose it is.
fn pod(core: &Core<'_>) -> Option<Actor> {
    let (namespace, pod) = value(core, Path::PodNamespace).zip(value(core, Path::PodName))?;
    let principal = Principal::new("kubernetes", &format!("pod:{namespace}:{pod}"));
    let account = value(core, Path::K8sCluster).map(Into::into);
    Some(Actor {
        account,
        ..named(PrincipalKind::Service, principal, &format!("{namespace}/{pod}"))
    })
}

fn container(core: &Core<'_>) -> Option<Actor> {
    let id = value(core, Path::ContainerId).filter(|it| *it != "host")?;
    let name = value(core, Path::ContainerName).unwrap_or(id);
    let account = value(core, Path::Hostname).map(Into::into);
    Some(Actor {
        account,
        ..named(PrincipalKind::Service, Principal::new("container", name), name)
    })
}

/// The user that signed in, else the one that the process runs as; on this host only.
fn host(core: &Core<'_>) -> Option<Actor> {
    let login = value(core, Path::LoginUserName).or_else(|| value(core, Path::UserName))?;
    let host = value(core, Path::Hostname)?;
    let principal = Principal::new("host", &format!("{host}/{login}"));
    let kind = if login == "root" { PrincipalKind::Root } else { PrincipalKind::User };
    Some(Actor { account: Some(host.into()), ..named(kind, principal, login) })
}
