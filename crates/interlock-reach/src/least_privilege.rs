//! What of a policy was used, and the smaller policy that would have been enough.
//!
//! | In the policy | In the proposal |
//! | --- | --- |
//! | a denial | as it is |
//! | an action that was used | stays |
//! | an action that was not, and the log would have told | goes |
//! | an action of which the log may be silent | stays, and is named as undecided |
//! | a pattern | the actions that were used, and those that may have been in silence |
//! | `NotAction` | as it is, and named as undecided: what it allows has no names |
//!
//! Resources and conditions are kept, so the proposal never allows what the policy did not.
//! Other platforms have rules of their own: [`super::Platform::propose`].
//! A person reads it and puts it in force; the former document is the way back.

use super::condition::covers_action;
use super::document::{Document, Effect, Names, Statement};
use super::logged::{silent, why_silent};
use super::used::UsedActions;
use interlock_model::Timestamp;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The time over which uses were counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// From when every use was seen.
    pub since: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// A smaller policy, to be reviewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The policy: an ARN, or the name of an inline one.
    pub policy: String,
    /// The time over which uses were counted.
    pub window: Window,
    /// What was used, by service.
    pub stays: BTreeMap<String, Vec<Stays>>,
    /// What was not, by service; patterns as they are written.
    pub goes: BTreeMap<String, Vec<String>>,
    /// What could not be decided.
    pub undecided: Vec<Undecided>,
    /// The smaller policy; `None` when nothing of it would be left, so that it can be detached.
    ///
    /// Where nothing goes it is the same as [`Self::former`]: the policy could not be judged.
    pub proposed: Option<Written>,
    /// The policy as it is: the way back.
    pub former: Written,
}

/// A policy as people review it and put it in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// A document of AWS.
    Document(Document),
    /// A text in the form of its platform.
    Text {
        /// Which form: `hcl`, `json`, `sql`, `yaml`.
        form: &'static str,
        /// The text, which says in comments how it is put in force, where its form has comments.
        text: String,
    },
}

impl Written {
    /// Which form it has: `hcl`, `json`, `sql`, `yaml`.
    #[must_use]
    pub const fn form(&self) -> &'static str {
        match self {
            Self::Document(_) => "json",
            Self::Text { form, .. } => form,
        }
    }

    /// The document, or the text as a string.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self {
            Self::Document(it) => it.to_json(),
            Self::Text { text, .. } => Value::from(text.as_str()),
        }
    }
}

/// An action that was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stays {
    /// The action.
    pub action: String,
    /// How often it was used.
    pub count: u32,
    /// When it was last used.
    pub last_used: Timestamp,
}

/// An action or a statement that could not be decided.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Undecided {
    /// The action or pattern.
    pub action: String,
    /// Why not.
    pub why: String,
    /// Whether the proposal still allows it.
    pub kept: bool,
}

/// Proposes what of a policy is enough for what was used in the window.
///
/// `None` when the policy needs no change: all that it allows was used or could not be decided.
#[must_use]
pub fn propose(
    policy: &str,
    former: &Document,
    used: &UsedActions,
    window: Window,
) -> Option<Proposal> {
    let uses: Vec<Use> = used
        .since(window.since)
        .map(|it| Use { action: &it.action, count: it.count, last: it.last_used() })
        .collect();
    let services = uses.iter().map(|it| service(it.action).to_ascii_lowercase()).collect();
    let is_whole = used.forgotten().is_none_or(|it| it < window.since);
    let mut cut = Cut { uses, services, is_whole, ..Cut::default() };
    let statements: Vec<Statement> =
        former.statements.iter().filter_map(|it| cut.statement(it)).collect();
    let is_empty = !statements.iter().any(|it| it.effect == Effect::Allow);
    let Cut { stays, goes, undecided, .. } = cut;
    if goes.is_empty() {
        return None;
    }
    let version = former.version;
    // A policy of denials alone still does its work.
    let left = (!is_empty || !statements.is_empty()).then_some(Document { version, statements });
    Some(Proposal {
        policy: policy.to_owned(),
        window,
        stays: stays_by(stays, service),
        goes: by(goes, service),
        undecided: undecided.into_iter().collect(),
        proposed: left.map(Written::Document),
        former: Written::Document(former.clone()),
    })
}

/// What was used, by what it belongs to.
pub(crate) fn stays_by(
    stays: BTreeMap<String, (u32, Timestamp)>,
    of: fn(&str) -> &str,
) -> BTreeMap<String, Vec<Stays>> {
    let mut all: BTreeMap<String, Vec<Stays>> = BTreeMap::new();
    for (action, (count, last_used)) in stays {
        let of = all.entry(of(&action).to_owned()).or_default();
        of.push(Stays { action, count, last_used });
    }
    all
}

/// Actions by what they belong to.
pub(crate) fn by(actions: BTreeSet<String>, of: fn(&str) -> &str) -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for it in actions {
        all.entry(of(&it).to_owned()).or_default().push(it);
    }
    all
}

impl Proposal {
    /// The proposal for people and for review: what stays, what goes, what is open, and both documents.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let stays: BTreeMap<&str, Vec<Value>> = self
            .stays
            .iter()
            .map(|(service, actions)| {
                let one = |it: &Stays| {
                    let last_used = it.last_used.to_string();
                    json!({ "action": it.action, "count": it.count, "last_used": last_used })
                };
                (service.as_str(), actions.iter().map(one).collect())
            })
            .collect();
        let undecided: Vec<Value> = self
            .undecided
            .iter()
            .map(|it| json!({ "action": it.action, "why": it.why, "kept": it.kept }))
            .collect();
        json!({
            "policy": self.policy,
            "window": {
                "since": self.window.since.to_string(),
                "until": self.window.until.to_string(),
            },
            "stays": stays,
            "goes": self.goes,
            "undecided": undecided,
            "proposed": self.proposed.as_ref().map(Written::to_json),
            "undo": self.former.to_json(),
        })
    }
}

/// One action that was used.
#[derive(Debug)]
struct Use<'a> {
    action: &'a str,
    count: u32,
    last: Timestamp,
}

/// The cutting of one document.
#[derive(Debug, Default)]
struct Cut<'a> {
    uses: Vec<Use<'a>>,
    /// Services of which something was used, in lower case.
    services: BTreeSet<String>,
    /// Whether every use in the window is known.
    is_whole: bool,
    stays: BTreeMap<String, (u32, Timestamp)>,
    goes: BTreeSet<String>,
    undecided: BTreeSet<Undecided>,
}

impl Cut<'_> {
    /// What is left of a statement; `None` when nothing is.
    fn statement(&mut self, statement: &Statement) -> Option<Statement> {
        let patterns = match (statement.effect, &statement.actions) {
            (Effect::Deny, _) => return Some(statement.clone()),
            (Effect::Allow, Names::AllBut(names)) => {
                let why = "`NotAction` allows what has no names: write out what is needed";
                let action = format!("NotAction {}", names.join(", "));
                self.undecided.insert(Undecided { action, why: why.to_owned(), kept: true });
                return Some(statement.clone());
            }
            (Effect::Allow, Names::These(patterns)) => patterns,
        };
        let mut left: BTreeSet<String> = BTreeSet::new();
        for pattern in patterns {
            self.pattern(pattern, &mut left);
        }
        let actions = Names::These(left.into_iter().map(Into::into).collect());
        (!actions.patterns().is_empty()).then(|| Statement { actions, ..statement.clone() })
    }

    /// Adds what is left of one action or pattern.
    fn pattern(&mut self, pattern: &str, left: &mut BTreeSet<String>) {
        let is_wild = pattern.contains(['*', '?']);
        let mut is_used = false;
        for it in &self.uses {
            if covers_action(pattern, it.action) {
                is_used = true;
                left.insert(if is_wild { it.action } else { pattern }.to_owned());
                self.stays.insert(it.action.to_owned(), (it.count, it.last));
            }
        }
        if !is_wild && is_used {
            return;
        }
        if !self.is_whole {
            let why = "more actions were used in the window than are kept".to_owned();
            self.undecided.insert(Undecided { action: pattern.to_owned(), why, kept: true });
            left.insert(pattern.to_owned());
            return;
        }
        if !is_wild {
            match why_silent(pattern) {
                Some(why) => {
                    self.keep(pattern, why, true, left);
                }
                None => {
                    self.goes.insert(pattern.to_owned());
                }
            }
            return;
        }
        let is_of_one_service = !service(pattern).contains(['*', '?']);
        for (action, why) in silent() {
            if covers_action(pattern, action) {
                // Of services that nothing else speaks for, everything would stay for ever.
                let of = service(action).to_ascii_lowercase();
                let kept = is_of_one_service || self.services.contains(&of);
                self.keep(action, why, kept, left);
            } else if covers_action(action, pattern) {
                // `s3:GetObject*` is silent as a whole: it stays as it was written.
                self.keep(pattern, why, true, left);
                return;
            }
        }
        self.goes.insert(pattern.to_owned());
    }

    fn keep(&mut self, action: &str, why: &str, kept: bool, left: &mut BTreeSet<String>) {
        let is_used = self.uses.iter().any(|it| it.action.eq_ignore_ascii_case(action));
        if is_used {
            return;
        }
        if kept {
            left.insert(action.to_owned());
        }
        let (action, why) = (action.to_owned(), why.to_owned());
        self.undecided.insert(Undecided { action, why, kept });
    }
}

/// The service of an action.
fn service(action: &str) -> &str {
    action.split_once(':').map_or(action, |it| it.0)
}
