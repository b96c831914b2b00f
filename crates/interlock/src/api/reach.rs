//! What the policies and grants of a principal let it do, what of it was used, and how it could come to more.

use super::types::moment;
use interlock_identity::{Granted, GrantedClass, UsedGrants};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the policies and grants of one principal let it do.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ReachView {
    /// The principal.
    #[schema(example = "aws:arn:aws:iam::111122223333:user/ci")]
    pub principal: String,
    /// Whether it may do everything.
    pub everything: bool,
    /// What everything is bounded by: `in its account`, `in its cluster`, `on its server`.
    #[serde(default)]
    #[schema(example = "in its account")]
    pub within: String,
    /// The classes of access, from little to much.
    pub classes: Vec<ReachClassView>,
    /// How it could come to more, one line each.
    pub escalations: Vec<String>,
    /// The shortest way to everything, step after step.
    pub way_to_everything: Vec<String>,
    /// Policies and grants that could not be read.
    pub unread: Vec<String>,
    /// What of it was used, where that is counted for this platform grant by grant: Kubernetes, Vault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<UsedView>,
}

/// What was used of what was granted.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct UsedView {
    /// Since when uses are counted.
    pub since: String,
    /// Whether every use since then is known; without, what is not there may have been used.
    pub whole: bool,
    /// What was used with success.
    pub actions: Vec<UsedActionView>,
    /// What was granted and not used, as the policies write it. Of what the log leaves out, every use is
    /// missing here.
    pub unused: Vec<String>,
}

/// An action that was used.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct UsedActionView {
    /// The action, as policies write it.
    #[schema(example = "get secrets")]
    pub action: String,
    /// How often.
    pub count: u32,
    /// When last.
    pub last_used: String,
}

impl From<UsedGrants> for UsedView {
    fn from(it: UsedGrants) -> Self {
        let action = |(action, count, last): (String, u32, interlock_model::Timestamp)| {
            UsedActionView { action, count, last_used: moment(last) }
        };
        Self {
            since: moment(it.since),
            whole: it.whole,
            actions: it.actions.into_iter().map(action).collect(),
            unused: it.unused,
        }
    }
}

/// One class of access.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ReachClassView {
    /// `list`, `read`, `write`, `data_exposure`, `secrets`, `credentials_exposure` or `permissions_management`.
    #[schema(example = "secrets")]
    pub class: String,
    /// How many actions and patterns give it.
    pub actions: usize,
    /// Whether all of them depend on conditions.
    pub conditional: bool,
    /// The first of them.
    pub examples: Vec<String>,
}

impl From<Granted> for ReachView {
    fn from(it: Granted) -> Self {
        let class = |it: GrantedClass| ReachClassView {
            class: it.class.to_owned(),
            actions: it.actions,
            conditional: it.conditional,
            examples: it.examples,
        };
        Self {
            principal: it.principal,
            everything: it.everything,
            within: it.within.to_owned(),
            classes: it.classes.into_iter().map(class).collect(),
            escalations: it.escalations,
            way_to_everything: it.way_to_everything,
            unread: it.unread,
            used: it.used.map(UsedView::from),
        }
    }
}
