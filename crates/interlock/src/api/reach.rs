//! What the policies of a principal let it do, and how it could come to more.

use interlock_identity::{Granted, GrantedClass};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the policies of one principal let it do.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ReachView {
    /// The principal.
    #[schema(example = "aws:arn:aws:iam::111122223333:user/ci")]
    pub principal: String,
    /// Whether it may do everything.
    pub everything: bool,
    /// The classes of access, from little to much.
    pub classes: Vec<ReachClassView>,
    /// How it could come to more, one line each.
    pub escalations: Vec<String>,
    /// The shortest way to everything, step after step.
    pub way_to_everything: Vec<String>,
    /// Policies that could not be read.
    pub unread: Vec<String>,
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
            classes: it.classes.into_iter().map(class).collect(),
            escalations: it.escalations,
            way_to_everything: it.way_to_everything,
            unread: it.unread,
        }
    }
}
