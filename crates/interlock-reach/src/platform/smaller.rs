//! What a platform needs to propose a smaller policy, and what comes of it.
//!
//! Nothing is judged by silence alone: without a single use in the window nobody knows whether the log is
//! read at all, and where uses were forgotten an absent one may be among them.

use crate::least_privilege::{Proposal, Undecided, Window, Written, by, stays_by};
use crate::used::{UsedAction, UsedActions};
use interlock_model::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// A policy that somebody has, and what stands around it.
#[derive(Debug, Clone, Copy)]
pub struct Given<'g> {
    /// Who has it, as the platform names principals.
    pub principal: &'g str,
    /// The policy's name.
    pub policy: &'g str,
    /// How it is had: `rolebindings/shop/web`.
    pub through: &'g str,
    /// Where it holds: `namespace shop`.
    pub scope: &'g str,
    /// The policy itself.
    pub document: &'g str,
    /// The other policies of whoever has this one; `None` for one that was not seen.
    pub others: &'g [Option<&'g str>],
}

/// What was used in the window.
#[derive(Debug)]
pub(super) struct Uses<'u> {
    pub(super) all: Vec<&'u UsedAction>,
    pub(super) window: Window,
    is_whole: bool,
}

impl<'u> Uses<'u> {
    pub(super) fn new(used: &'u UsedActions, window: Window) -> Self {
        let is_whole = used.forgotten().is_none_or(|it| it < window.since);
        Self { all: used.since(window.since).collect(), window, is_whole }
    }

    /// Why nothing can be judged by them; `None` when something can.
    pub(super) fn why_not(&self) -> Option<&'static str> {
        if self.all.is_empty() {
            return Some("nothing was used in the window: whether the log is read cannot be told");
        }
        (!self.is_whole).then_some("more actions were used in the window than are kept")
    }

    /// Those that are covered.
    pub(super) fn covered(&self, covers: impl Fn(&str) -> bool) -> Vec<&'u UsedAction> {
        self.all.iter().filter(|it| covers(&it.action)).copied().collect()
    }
}

/// The cutting of one policy.
#[derive(Debug, Default)]
pub(super) struct Cut {
    stays: BTreeMap<String, (u32, Timestamp)>,
    goes: BTreeSet<String>,
    undecided: BTreeSet<Undecided>,
}

impl Cut {
    pub(super) fn stays(&mut self, it: &UsedAction) {
        self.stays.insert(it.action.to_string(), (it.count, it.last_used()));
    }

    pub(super) fn goes(&mut self, action: &str) {
        self.goes.insert(action.to_owned());
    }

    pub(super) fn open(&mut self, action: &str, why: &str, kept: bool) {
        let (action, why) = (action.to_owned(), why.to_owned());
        self.undecided.insert(Undecided { action, why, kept });
    }

    /// The proposal; `None` when nothing goes.
    pub(super) fn proposal(
        self,
        given: &Given<'_>,
        uses: &Uses<'_>,
        of: fn(&str) -> &str,
        (proposed, former): (Option<Written>, Written),
    ) -> Option<Proposal> {
        (!self.goes.is_empty()).then(|| Proposal {
            policy: given.policy.to_owned(),
            window: uses.window,
            stays: stays_by(self.stays, of),
            goes: by(self.goes, of),
            undecided: self.undecided.into_iter().collect(),
            proposed,
            former,
        })
    }
}

/// A policy that could not be judged as a whole: it stays.
pub(super) fn unjudged(given: &Given<'_>, window: Window, why: &str, former: Written) -> Proposal {
    let (action, why) = (given.policy.to_owned(), why.to_owned());
    Proposal {
        policy: given.policy.to_owned(),
        window,
        stays: BTreeMap::new(),
        goes: BTreeMap::new(),
        undecided: vec![Undecided { action, why, kept: true }],
        proposed: Some(former.clone()),
        former,
    }
}

/// A text that cannot leave the line of a comment.
pub(super) fn line(text: &str) -> String {
    text.chars().filter(|it| !it.is_control()).take(200).collect()
}
