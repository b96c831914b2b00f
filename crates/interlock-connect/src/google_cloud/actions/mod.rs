//! What this connector can do: one file per action.

mod delete_app_passwords;
mod delete_key;
mod disable_key;
mod disable_managed_identity;
mod disable_pool;
mod disable_provider;
mod disable_service_account;
mod issue_key;
mod remove_roles;
mod revoke_tokens;
mod shared;
mod suspend_user;
mod switch;

pub(crate) use shared::Shared;

use crate::delivery::Issue;
use crate::rest::Gone;
use interlock_contain::{Action, ConnectorSpec};
use std::sync::Arc;
use switch::Switch;

/// What the connector declares.
pub static SPEC: ConnectorSpec = ConnectorSpec {
    kind: "google_cloud",
    provider: "google",
    title: "Google Cloud: service accounts, keys, roles and federated identities of one project, and people of Workspace",
    outer: "a deny policy or an organisation policy of the folder or organisation; for people the Workspace account",
    discovery: Some(&super::discover::SPEC),
    actions: &[
        &delete_app_passwords::SPEC,
        &delete_key::SPEC,
        &disable_key::SPEC,
        &disable_managed_identity::SPEC,
        &disable_pool::SPEC,
        &disable_provider::SPEC,
        &disable_service_account::SPEC,
        &issue_key::SPEC,
        &remove_roles::SPEC,
        &revoke_tokens::SPEC,
        &suspend_user::SPEC,
    ],
};

/// The actions, in the order of the spec.
pub(crate) fn all(shared: &Arc<Shared>) -> Vec<Box<dyn Action>> {
    let it = || Arc::clone(shared);
    vec![
        Box::new(Gone { shared: it(), of: &delete_app_passwords::AppPasswords }),
        Box::new(Gone { shared: it(), of: &delete_key::OneKey }),
        Box::new(Switch { shared: it(), of: &disable_key::Key }),
        Box::new(Switch { shared: it(), of: &disable_managed_identity::Managed }),
        Box::new(Switch { shared: it(), of: &disable_pool::Pool }),
        Box::new(Switch { shared: it(), of: &disable_provider::Issuer }),
        Box::new(Switch { shared: it(), of: &disable_service_account::Account }),
        Box::new(Issue {
            id: shared.config.id.clone(),
            settle: shared.config.settle,
            deliveries: shared.config.deliveries.clone(),
            issuer: issue_key::Keys { shared: it() },
        }),
        Box::new(remove_roles::RemoveRoles { shared: it() }),
        Box::new(Gone { shared: it(), of: &revoke_tokens::Applications }),
        Box::new(Switch { shared: it(), of: &suspend_user::Person }),
    ]
}
