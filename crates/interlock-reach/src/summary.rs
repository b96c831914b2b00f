//! All that one principal may do, in classes.

use super::access::{AccessClass, classes_of_pattern, exposing};
use super::condition::covers_action;
use super::document::{Effect, Names};
use super::effective::{Decision, Request, Subject};
use std::collections::BTreeMap;

/// What a principal may do, by class.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Whether it may do everything.
    pub is_admin: bool,
    /// What it may do; a class that it has nothing of is not there.
    pub classes: BTreeMap<AccessClass, Reach>,
    /// Attached policies that were not read: it may do more than is said here, or less.
    pub unread: Vec<String>,
    /// Whether its policies name more actions than are looked at: [`MOST_ACTIONS`].
    pub is_cut: bool,
}

/// What a principal may do in one class.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// The actions, with what they reach; patterns as the policies write them.
    pub actions: Vec<ReachedAction>,
}

impl Reach {
    /// Whether something in it depends on no condition.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.actions.iter().any(|it| it.conditions.is_empty())
    }
}

/// An action that is possible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReachedAction {
    /// The action, or a pattern of actions.
    pub action: String,
    /// On which resources, as the policies write them.
    pub resources: Vec<String>,
    /// What it depends on; empty when it is allowed on one of the resources outright.
    pub conditions: Vec<String>,
}

/// Most actions and patterns of one principal that are looked at.
pub const MOST_ACTIONS: usize = 4096;

/// Actions that stand for all that a statement allows by naming what it does not.
const WELL_KNOWN: &[&str] = &[
    "dynamodb:PutItem",
    "ec2:DescribeInstances",
    "ec2:RunInstances",
    "ec2:TerminateInstances",
    "iam:GetUser",
    "iam:ListUsers",
    "lambda:CreateFunction",
    "rds:DeleteDBInstance",
    "s3:DeleteObject",
    "s3:ListAllMyBuckets",
    "s3:PutObject",
];

impl Subject<'_> {
    /// All that it may do, in classes.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut summary = Summary {
            is_admin: self.is_admin(),
            unread: self.unread.iter().map(|it| (*it).to_owned()).collect(),
            ..Summary::default()
        };
        let (actions, is_cut) = self.actions();
        summary.is_cut = is_cut;
        for action in actions {
            let Some(reached) = self.reached(&action) else { continue };
            for class in classes_of_pattern(&action) {
                summary.classes.entry(class).or_default().actions.push(reached.clone());
            }
        }
        summary
    }

    /// Where this action is possible; `None` when it is nowhere.
    fn reached(&self, action: &str) -> Option<ReachedAction> {
        let (mut resources, mut conditions, mut is_certain) = (Vec::new(), Vec::new(), false);
        for resource in self.resources_for(action) {
            match self.decide(&Request { action, resource: &resource, known: &[] }) {
                Decision::Allowed { .. } => is_certain = true,
                Decision::Conditional { why } => {
                    conditions.extend(why);
                }
                Decision::Denied { .. } => continue,
            }
            resources.push(resource.into_owned());
        }
        if is_certain {
            conditions.clear();
        }
        conditions.sort();
        conditions.dedup();
        let action = action.to_owned();
        (!resources.is_empty()).then_some(ReachedAction { action, resources, conditions })
    }

    /// The actions to ask for: all that its policies write, and what exposes or hands out more
    /// wherever a pattern of theirs covers it. With whether some were left out.
    fn actions(&self) -> (Vec<String>, bool) {
        let mut out: Vec<String> = Vec::new();
        let mut wide: Vec<&str> = Vec::new();
        let mut allows_but = false;
        for (statement, _) in self.statements() {
            let names = statement.actions.patterns();
            out.extend(names.iter().take(MOST_ACTIONS).map(|it| it.to_string()));
            match (statement.effect, &statement.actions) {
                (Effect::Allow, Names::These(_)) => {
                    wide.extend(names.iter().filter(|it| it.contains(['*', '?'])).map(|it| &**it));
                }
                (Effect::Allow, Names::AllBut(_)) => allows_but = true,
                (Effect::Deny, _) => {}
            }
        }
        let covered =
            |action: &String| allows_but || wide.iter().any(|it| covers_action(it, action));
        out.extend(exposing().filter(covered));
        if allows_but {
            // What such a statement allows has no names: well-known actions stand for it.
            out.extend(WELL_KNOWN.iter().map(|it| (*it).to_owned()));
        }
        out.sort_by_key(|it| it.to_ascii_lowercase());
        out.dedup_by(|a, b| a.eq_ignore_ascii_case(b));
        let is_cut = out.len() > MOST_ACTIONS;
        out.truncate(MOST_ACTIONS);
        (out, is_cut)
    }
}
