//! What this connector can do: one file per action.

mod block_user;
mod cancel_runs;
mod disable_actions;
mod issue_deploy_key;
mod remove_authorizations;
mod remove_collaborator;
mod remove_deploy_key;
mod remove_member;
mod revoke_leaked_token;
mod revoke_token;
mod revoke_tokens;
mod shared;
mod suspend_app;

pub(crate) use shared::Shared;

use crate::delivery::Issue;
use crate::rest::Gone;
use interlock_contain::{Action, ConnectorSpec};
use std::sync::Arc;

/// What the connector declares.
pub static SPEC: ConnectorSpec = ConnectorSpec {
    kind: "github",
    provider: "github",
    title: "GitHub: members, collaborators, deploy keys, tokens, workflows and own Apps of one organisation",
    outer: "the identity provider of the enterprise, its list of allowed addresses, and its policies for tokens and applications",
    discovery: Some(&super::discover::SPEC),
    actions: &[
        &block_user::SPEC,
        &cancel_runs::SPEC,
        &disable_actions::SPEC,
        &issue_deploy_key::SPEC,
        &remove_authorizations::SPEC,
        &remove_collaborator::SPEC,
        &remove_deploy_key::SPEC,
        &remove_member::SPEC,
        &revoke_leaked_token::SPEC,
        &revoke_token::SPEC,
        &revoke_tokens::SPEC,
        &suspend_app::SPEC,
    ],
};

/// The actions, in the order of the spec.
pub(crate) fn all(shared: &Arc<Shared>) -> Vec<Box<dyn Action>> {
    let it = || Arc::clone(shared);
    vec![
        Box::new(block_user::BlockUser { shared: it() }),
        Box::new(Gone { shared: it(), of: &cancel_runs::Runs }),
        Box::new(disable_actions::DisableActions { shared: it() }),
        Box::new(Issue {
            id: shared.config.id.clone(),
            settle: shared.config.settle,
            deliveries: shared.config.deliveries.clone(),
            issuer: issue_deploy_key::DeployKeys { shared: it() },
        }),
        Box::new(Gone { shared: it(), of: &remove_authorizations::Authorizations }),
        Box::new(remove_collaborator::RemoveCollaborator { shared: it() }),
        Box::new(remove_deploy_key::RemoveDeployKey { shared: it() }),
        Box::new(remove_member::RemoveMember { shared: it() }),
        Box::new(revoke_leaked_token::RevokeLeakedToken { shared: it() }),
        Box::new(Gone { shared: it(), of: &revoke_token::OneToken }),
        Box::new(Gone { shared: it(), of: &revoke_tokens::Tokens }),
        Box::new(suspend_app::SuspendApp { shared: it() }),
    ]
}
