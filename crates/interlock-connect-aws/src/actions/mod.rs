//! What this connector can do: one file per action.

mod block_role_issuance;
mod delete_access_key;
mod delete_password;
mod deny_older_role_sessions;
mod deny_older_user_sessions;
mod disable_access_key;
mod disable_service_credential;
mod inline_policy;
mod issue_access_key;
mod quarantine_role;
mod quarantine_user;
mod shared;

pub(crate) use block_role_issuance::SPEC as BLOCK_ROLE_ISSUANCE;
pub(crate) use issue_access_key::SPEC as ISSUE_ACCESS_KEY;
pub(crate) use shared::{Shared, already, cannot_tell, holds};

use inline_policy::InlinePolicy;
use interlock_contain::{Action, ConnectorSpec};
use std::sync::Arc;

/// What the connector declares.
pub static SPEC: ConnectorSpec = ConnectorSpec {
    kind: "aws_iam",
    provider: "aws",
    title: "AWS IAM: access keys, users, roles and their sessions",
    outer: "a service control policy of the organisation, which refuses the account's principals whatever its own policies allow; behind it the identity provider that federates into the account",
    discovery: Some(&crate::discover::SPEC),
    actions: &[
        &block_role_issuance::SPEC,
        &delete_access_key::SPEC,
        &delete_password::SPEC,
        &deny_older_role_sessions::SPEC,
        &deny_older_user_sessions::SPEC,
        &disable_access_key::SPEC,
        &disable_service_credential::SPEC,
        &issue_access_key::SPEC,
        &quarantine_role::SPEC,
        &quarantine_user::SPEC,
    ],
};

/// The actions, in the order of the spec.
pub(crate) fn all(shared: &Arc<Shared>) -> Vec<Box<dyn Action>> {
    let it = || Arc::clone(shared);
    vec![
        Box::new(block_role_issuance::BlockRoleIssuance { shared: it() }),
        Box::new(delete_access_key::DeleteAccessKey { shared: it() }),
        Box::new(delete_password::DeletePassword { shared: it() }),
        Box::new(InlinePolicy { shared: it(), of: &deny_older_role_sessions::POLICY }),
        Box::new(InlinePolicy { shared: it(), of: &deny_older_user_sessions::POLICY }),
        Box::new(disable_access_key::DisableAccessKey { shared: it() }),
        Box::new(disable_service_credential::DisableServiceCredential { shared: it() }),
        Box::new(issue_access_key::IssueAccessKey { shared: it() }),
        Box::new(InlinePolicy { shared: it(), of: &quarantine_role::POLICY }),
        Box::new(InlinePolicy { shared: it(), of: &quarantine_user::POLICY }),
    ]
}
