//! What this connector can do: one file per action.

mod block_role_issuance;
mod delete_access_key;
mod delete_password;
mod deny_older_role_sessions;
mod deny_older_user_sessions;
mod deny_role_session;
mod disable_access_key;
mod disable_roles_anywhere_profile;
mod disable_service_credential;
mod disable_signing_certificate;
mod disable_ssh_key;
mod disable_trust_anchor;
mod disable_web_identity;
mod inline_policy;
mod issue_access_key;
mod other_credential;
mod quarantine_role;
mod quarantine_user;
mod remove_from_instances;
mod roles_anywhere;
mod shared;
mod trust_policy;

pub(crate) use block_role_issuance::SPEC as BLOCK_ROLE_ISSUANCE;
pub(crate) use issue_access_key::SPEC as ISSUE_ACCESS_KEY;
pub(crate) use shared::{Shared, already, cannot_tell, holds};

use inline_policy::InlinePolicy;
use interlock_contain::{Action, ConnectorSpec};
use other_credential::DisableOther;
use roles_anywhere::DisableWay;
use std::sync::Arc;
use trust_policy::TrustPolicy;

/// What the connector declares.
pub static SPEC: ConnectorSpec = ConnectorSpec {
    kind: "aws_iam",
    provider: "aws",
    title: "AWS IAM: access keys, users, roles and their sessions, and Roles Anywhere",
    outer: "a service control policy of the organisation, which refuses the account's principals whatever its own policies allow: `aws_organizations.deny_principal` by the verb `disable_identity`; behind it the identity provider that federates into the account",
    discovery: Some(&crate::discover::SPEC),
    actions: &[
        &block_role_issuance::SPEC,
        &delete_access_key::SPEC,
        &delete_password::SPEC,
        &deny_older_role_sessions::SPEC,
        &deny_older_user_sessions::SPEC,
        &deny_role_session::SPEC,
        &disable_access_key::SPEC,
        &disable_roles_anywhere_profile::SPEC,
        &disable_service_credential::SPEC,
        &disable_signing_certificate::SPEC,
        &disable_ssh_key::SPEC,
        &disable_trust_anchor::SPEC,
        &disable_web_identity::SPEC,
        &issue_access_key::SPEC,
        &quarantine_role::SPEC,
        &quarantine_user::SPEC,
        &remove_from_instances::SPEC,
    ],
};

/// The actions, in the order of the spec.
pub(crate) fn all(shared: &Arc<Shared>) -> Vec<Box<dyn Action>> {
    let it = || Arc::clone(shared);
    vec![
        Box::new(TrustPolicy { shared: it(), of: &block_role_issuance::DENIAL }),
        Box::new(delete_access_key::DeleteAccessKey { shared: it() }),
        Box::new(delete_password::DeletePassword { shared: it() }),
        Box::new(InlinePolicy { shared: it(), of: &deny_older_role_sessions::POLICY }),
        Box::new(InlinePolicy { shared: it(), of: &deny_older_user_sessions::POLICY }),
        Box::new(InlinePolicy { shared: it(), of: &deny_role_session::POLICY }),
        Box::new(disable_access_key::DisableAccessKey { shared: it() }),
        Box::new(DisableWay { shared: it(), of: &disable_roles_anywhere_profile::WAY }),
        Box::new(DisableOther { shared: it(), of: &disable_service_credential::SORT }),
        Box::new(DisableOther { shared: it(), of: &disable_signing_certificate::SORT }),
        Box::new(DisableOther { shared: it(), of: &disable_ssh_key::SORT }),
        Box::new(DisableWay { shared: it(), of: &disable_trust_anchor::WAY }),
        Box::new(TrustPolicy { shared: it(), of: &disable_web_identity::DENIAL }),
        Box::new(issue_access_key::IssueAccessKey { shared: it() }),
        Box::new(InlinePolicy { shared: it(), of: &quarantine_role::POLICY }),
        Box::new(InlinePolicy { shared: it(), of: &quarantine_user::POLICY }),
        Box::new(remove_from_instances::RemoveFromInstances { shared: it() }),
    ]
}
