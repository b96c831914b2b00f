//! Who asked the API server.

use super::paths::Path;
use super::{TOKEN_ID, token};
use crate::aws_names::{access_key, principal_of_arn};
use crate::source::Core;
use interlock_model::{
    Actor, Arn, CredentialKind, CredentialRef, Principal, PrincipalKind, SessionRef,
};

/// The provider of everything that a cluster itself names.
pub const KUBERNETES: &str = "kubernetes";

const SERVICE_ACCOUNT: &str = "system:serviceaccount:";

/// Users of the control plane and of the cloud that runs it.
const OF_THE_HOUSE: [&str; 6] =
    ["system:", "eks:", "aks:", "aksService", "gke:", "iam-authenticator"];

/// The service account of this name.
pub fn service_account(namespace: &str, name: &str) -> Principal {
    Principal::new(KUBERNETES, &format!("{SERVICE_ACCOUNT}{namespace}:{name}"))
}

/// The actor of the record: who authenticated, also when it acts as somebody else.
///
/// The credential is the authenticated user's, and taking it away ends what is done with it.
pub fn read(core: &Core<'_>) -> Actor {
    let name = core.text(Path::Username);
    let arn = core.text(Path::AwsArn).filter(|it| Arn::read(it).is_some());
    let account = arn.and_then(Arn::read).map(|it| it.account).or_else(|| {
        core.text(Path::Uid)?.strip_prefix("aws-iam-authenticator:")?.split(':').next()
    });
    Actor {
        principal: name.map(|it| Principal::new(KUBERNETES, it)),
        kind: kind(name, arn),
        name: shown(name.unwrap_or_default()).into(),
        credential: credential(core),
        session: arn
            .filter(|it| Arn::read(it).is_some_and(|it| it.service == "sts"))
            .map(|it| SessionRef { id: it.into(), issued: None, mfa: None }),
        via: aws_principal(core, arn).into_iter().collect(),
        account: account.filter(|it| !it.is_empty()).map(Into::into),
    }
}

fn kind(name: Option<&str>, arn: Option<&str>) -> PrincipalKind {
    match name {
        None | Some("system:anonymous") => PrincipalKind::Unknown,
        Some(name) if name.starts_with(SERVICE_ACCOUNT) => PrincipalKind::Role,
        Some(name) if OF_THE_HOUSE.into_iter().any(|it| name.starts_with(it)) => {
            PrincipalKind::Service
        }
        Some(_) if arn.is_some() => PrincipalKind::Federated,
        Some(_) => PrincipalKind::User,
    }
}

/// `namespace/name` of a service account, else the name as it is.
fn shown(name: &str) -> String {
    match name.strip_prefix(SERVICE_ACCOUNT).and_then(|it| it.split_once(':')) {
        Some((namespace, name)) => format!("{namespace}/{name}"),
        None => name.to_owned(),
    }
}

/// The role or user of AWS that the cluster took for its own user.
///
/// `canonicalArn` is the role's, without its path; `arn` is the session's.
fn aws_principal(core: &Core<'_>, arn: Option<&str>) -> Option<Principal> {
    let canonical = core.text(Path::AwsCanonicalArn).filter(|it| Arn::read(it).is_some());
    canonical.or(arn).map(principal_of_arn)
}

/// The bound token's or certificate's own id; on EKS the key that signed the token.
fn credential(core: &Core<'_>) -> Option<CredentialRef> {
    let stated = core.texts(Path::CredentialId).find_map(|it| {
        if let Some(id) = it.strip_prefix(TOKEN_ID) {
            return Some(token(id));
        }
        let id = it.strip_prefix("X509SHA256=")?;
        Some(CredentialRef::new(KUBERNETES, CredentialKind::Certificate, id))
    });
    stated.or_else(|| core.text(Path::AwsAccessKey).map(access_key))
}
