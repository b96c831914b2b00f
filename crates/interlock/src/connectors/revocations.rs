//! How each sort of credential can be ended here.

use interlock_contain::{ActionSpec, ConnectorInstance, Role, TargetKind};
use interlock_identity::Revocations;
use interlock_model::{ActionKind, ActionName, CredentialKind, RevocationMethod, Shapes};
use std::time::Duration;

/// How each sort of credential can be ended here: by the mildest verb that is for its ids, and where
/// there is none, by one that ends all sessions of its principal.
#[must_use]
pub fn revocations(instances: &[ConnectorInstance]) -> Revocations {
    let mut all: Vec<((bool, u8), Sort, RevocationMethod)> = Vec::new();
    for instance in instances {
        for action in instance.spec.actions.iter().filter(|it| it.role == Role::Whole) {
            let Some(rank) = rank(action.kind) else { continue };
            let method = RevocationMethod {
                connector: instance.id.clone(),
                action: ActionName(action.name.into()),
                settle: instance.settle_seconds.map_or(action.settle, Duration::from_secs),
                leaves: action.leaves.into(),
            };
            let order = (matches!(action.target, TargetKind::Principal(..)), rank);
            all.extend(ends(action).into_iter().map(|sort| (order, sort, method.clone())));
        }
    }
    // Stable: of two instances the first that is configured comes first.
    all.sort_by_key(|it| it.0);
    // A later one replaces an earlier, and the first is to stay.
    let mut kept: Vec<Sort> = Vec::new();
    all.into_iter().fold(Revocations::new(), |table, (_, sort, method)| {
        if kept.contains(&sort) {
            return table;
        }
        kept.push(sort);
        let (provider, kind, ids) = sort;
        table.with(provider, kind, ids, method)
    })
}

/// Credentials of one provider and kind, with ids of these shapes.
type Sort = (&'static str, CredentialKind, Shapes);

/// What an action ends: the credentials it is aimed at, or the sessions of its principal.
fn ends(action: &ActionSpec) -> Vec<Sort> {
    match action.target {
        TargetKind::Credential(provider, kind) => vec![(provider, kind, Shapes::ALL)],
        TargetKind::CredentialNamed(provider, kind, ids) => vec![(provider, kind, Shapes(ids))],
        TargetKind::Principal(provider, _) => {
            let sessions = [CredentialKind::SessionKey, CredentialKind::Token];
            sessions.map(|kind| (provider, kind, Shapes::ALL)).to_vec()
        }
    }
}

/// Which verb is named first as the way to end a credential: the mildest that ends it.
const fn rank(kind: ActionKind) -> Option<u8> {
    match kind {
        ActionKind::DisableCredential => Some(0),
        ActionKind::RevokeSessions => Some(1),
        ActionKind::DeleteCredential => Some(2),
        ActionKind::RequireReauthentication
        | ActionKind::RotateCredential
        | ActionKind::RemoveEntitlement
        | ActionKind::Quarantine
        | ActionKind::DisableIdentity
        | ActionKind::BlockPrincipal
        | ActionKind::Restore => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::imagined;
    use super::*;
    use interlock_model::CredentialRef;

    #[test]
    fn every_sort_of_credential_that_can_be_ended_has_its_way() {
        let table = revocations(&imagined());
        for (provider, kind, id, action) in [
            (
                "aws",
                CredentialKind::AccessKey,
                "AKIAIOSFODNN7EXAMPLE",
                "aws_iam.disable_access_key",
            ),
            ("aws", CredentialKind::AccessKey, "APKAEIVFHP46CEXAMPLE", "aws_iam.disable_ssh_key"),
            ("aws", CredentialKind::Token, "ACCAEXAMPLE", "aws_iam.disable_service_credential"),
            (
                "aws",
                CredentialKind::Token,
                "web-identity/token.example.com:repo:acme/shop",
                "aws_iam.disable_web_identity",
            ),
            ("aws", CredentialKind::Token, "instance-profile/web", "aws_iam.remove_from_instances"),
            ("broker", CredentialKind::Token, "bt_1", "broker.revoke_tokens"),
            ("oauth", CredentialKind::Token, "sso/ci", "oauth.revoke_token"),
            ("kubernetes", CredentialKind::Token, "pod/shop/web", "kubernetes.delete_bound_pod"),
            (
                "kubernetes",
                CredentialKind::Token,
                "secret/shop/ci",
                "kubernetes.delete_token_secret",
            ),
        ] {
            let way = table.of(&CredentialRef::new(provider, kind, id)).unwrap();
            assert_eq!(&*way.action.0, action, "{provider} {id}");
        }
        let session = CredentialRef::new("aws", CredentialKind::SessionKey, "ASIAIOSFODNN7EXAMPLE");
        assert!(table.of(&session).unwrap().action.0.starts_with("aws_iam.deny_older"));
    }
}
