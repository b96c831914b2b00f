//! Whose token was used.

use super::is_login;
use super::paths::Path;
use crate::aws_names::principal_of_arn;
use crate::source::Core;
use crate::timestamp;
use interlock_model::{
    Actor, Arn, CredentialKind, CredentialRef, Principal, PrincipalKind, SessionRef,
};

/// The provider of everything that Vault itself names.
pub const VAULT: &str = "vault";

/// Auth methods that people sign in with, as display names begin with them; the login's account is another's.
const PEOPLE: [&str; 7] = ["github-", "kerberos-", "ldap-", "oidc-", "okta-", "radius-", "saml-"];

/// Auth methods of software.
const SOFTWARE: [&str; 9] =
    ["approle", "aws-", "azure-", "cert-", "cf-", "gcp-", "kubernetes-", "oci-", "token-"];

/// The actor of the record. After a login that is who signed in, without a credential of Vault's yet.
pub fn read(core: &Core<'_>, path: &str) -> Actor {
    let display = core.text(Path::DisplayName).or_else(|| core.text(Path::NewDisplayName));
    let entity = core.text(Path::EntityId).or_else(|| core.text(Path::NewEntity));
    let principal = principal(entity, display);
    let accessor = core.text(Path::Accessor).or_else(|| core.text(Path::RequestAccessor));
    let accessor = accessor.filter(|_| !is_login(path));
    let issued = core.text(Path::TokenIssued).and_then(timestamp::read);
    Actor {
        kind: kind(core, display),
        name: display.or(entity).unwrap_or_default().into(),
        credential: accessor.map(token),
        session: accessor.filter(|_| issued.is_some()).map(|it| SessionRef {
            id: it.into(),
            issued,
            mfa: None,
        }),
        via: via(core),
        account: namespace(core).map(Into::into),
        principal,
    }
}

/// The token with this accessor, as the device writes it: plain, or as its digest.
pub fn token(accessor: &str) -> CredentialRef {
    CredentialRef::new(VAULT, CredentialKind::Token, accessor)
}

/// What Vault calls a token that was made without a name; it says nothing about whose it is.
const UNNAMED: &str = "token";

/// The entity, which is the same whichever way it signs in; else the token's name.
pub fn principal(entity: Option<&str>, display: Option<&str>) -> Option<Principal> {
    match (entity, display) {
        (Some(id), _) => Some(Principal::new(VAULT, &format!("entity/{id}"))),
        (None, Some(name)) if name != UNNAMED => Some(Principal::new(VAULT, name)),
        (None, Some(_) | None) => None,
    }
}

fn kind(core: &Core<'_>, display: Option<&str>) -> PrincipalKind {
    let Some(display) = display else { return PrincipalKind::Unknown };
    let workload = [Path::RoleName, Path::ServiceAccountName, Path::AwsArn];
    if display == "root" || core.texts(Path::TokenPolicies).any(|it| it == "root") {
        PrincipalKind::Root
    } else if workload.into_iter().any(|it| core.has(it)) {
        PrincipalKind::Role
    } else if display.starts_with("userpass-") {
        PrincipalKind::User
    } else if PEOPLE.into_iter().any(|it| display.starts_with(it)) {
        PrincipalKind::Federated
    } else if SOFTWARE.into_iter().any(|it| display.starts_with(it)) {
        PrincipalKind::Role
    } else {
        PrincipalKind::Unknown
    }
}

/// Who signed in with another provider's proof, as the auth method wrote it down.
fn via(core: &Core<'_>) -> Vec<Principal> {
    let namespace = core.text(Path::ServiceAccountNamespace);
    let account = namespace.zip(core.text(Path::ServiceAccountName)).map(|(namespace, name)| {
        Principal::new("kubernetes", &format!("system:serviceaccount:{namespace}:{name}"))
    });
    let arn = core.text(Path::AwsArn).filter(|it| Arn::read(it).is_some()).map(principal_of_arn);
    account.into_iter().chain(arn).collect()
}

fn namespace<'a>(core: &Core<'a>) -> Option<&'a str> {
    let path = core.text(Path::NamespaceName).map(|it| it.trim_matches('/'));
    path.filter(|it| !it.is_empty()).or_else(|| core.text(Path::NamespaceId))
}
