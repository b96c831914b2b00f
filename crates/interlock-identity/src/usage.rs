//! Which actions the principals of an account were seen to use, of those whose policies connectors read.
//!
//! Used beside granted is what a smaller policy is proposed from. What a restart without a stored state
//! loses, nobody counts: the window begins anew.

use crate::aliases::NameId;
use crate::bytes::{Reader, Writer};
use crate::directory::Directory;
use crate::granted::SeenAccounts;
use interlock_model::{Discovered, Event, Object, Outcome, PolicyPart, Principal, Timestamp};
use interlock_reach::{Document, Platform, Proposal, UsedActions, Window, platform, propose};
use std::collections::{BTreeMap, HashMap};

/// Most principals whose uses are counted: 2 GB when each used as many actions as are kept, and some
/// 50 MB as it usually is.
const MOST: usize = 50_000;

/// The uses of every principal that is counted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Usage(HashMap<NameId, Counted>);

/// The uses of one principal.
#[derive(Debug, Clone)]
pub(crate) struct Counted {
    /// From when on.
    pub(crate) since: Timestamp,
    pub(crate) actions: UsedActions,
}

/// A smaller policy for one that people gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The principal whose policy it is.
    pub principal: String,
    /// How the principal came by the policy: `inline`, `attached`.
    pub through: String,
    /// Others who have the same policy; what they used counts too.
    pub shared_with: Vec<String>,
    /// What to change.
    pub proposal: Proposal,
}

impl Usage {
    /// Begins to count for a principal, where what it used can be held against what it was given.
    pub(crate) fn begin(&mut self, name: NameId, seen: &Discovered, now: Timestamp) {
        let granted = |it: &interlock_model::PolicyGrant| {
            it.part == PolicyPart::Grants && it.document.is_some()
        };
        let provider = &*seen.principal.provider;
        let counts = provider == "aws" || platform(provider).is_some_and(Platform::counts_uses);
        if counts && seen.policies.iter().any(granted) {
            self.begin_at(name, now);
        }
    }

    /// Begins to count for a principal of an agent: what it uses is held against what was declared.
    pub(crate) fn begin_for_agent(&mut self, name: NameId) {
        self.begin_at(name, Timestamp::MIN);
    }

    /// From when on all uses are known: of an agent that is when its policies were first seen.
    fn begin_at(&mut self, name: NameId, now: Timestamp) {
        if let Some(known) = self.0.get_mut(&name) {
            if known.since == Timestamp::MIN {
                known.since = now;
            }
        } else if self.0.len() < MOST {
            self.0.insert(name, Counted { since: now, actions: UsedActions::default() });
        }
    }

    /// Counts one use.
    pub(crate) fn count(&mut self, name: NameId, event: &Event) {
        // Most directories count nobody: nothing is looked up then.
        if self.0.is_empty() {
            return;
        }
        if let Some(counted) = self.0.get_mut(&name) {
            // A gateway of tools says which tool; policies name the call.
            let named = |it: &&Object| matches!(&*it.kind, "tool" | "scope");
            let of = event.actor.principal.as_ref().and_then(|it| platform(&it.provider));
            let is_done = event.outcome == Outcome::Success;
            let actions = &mut counted.actions;
            let tool = event.objects.iter().find(named).map(|it| it.name.to_string());
            let used = tool.filter(|_| is_done).or_else(|| of.and_then(|it| it.used(event)));
            match used {
                Some(action) => actions.count(&action, 1, event.time),
                None if is_done => {
                    actions.count_call(&event.service, &event.operation, event.time);
                }
                None => {}
            }
        }
    }

    /// Writes it, by the numbers of the principals.
    pub(crate) fn write(&self, to: &mut Writer) {
        let mut all: Vec<(&NameId, &Counted)> = self.0.iter().collect();
        all.sort_unstable_by_key(|it| it.0);
        to.number(all.len() as u64);
        for (name, counted) in all {
            to.number(u64::from(*name));
            to.time(counted.since);
            to.option(counted.actions.forgotten(), Writer::time);
            let actions: Vec<_> = counted.actions.since(Timestamp::MIN).collect();
            to.number(actions.len() as u64);
            for it in actions {
                to.text(&it.action);
                to.number(u64::from(it.count));
                to.time(it.last_used());
            }
        }
    }

    /// Reads what was written; the principals by the number that they have now.
    pub(crate) fn read(
        from: &mut Reader<'_>,
        name_of: impl Fn(u32) -> Option<NameId>,
    ) -> Option<Self> {
        let all = from.list(|it| {
            let name = name_of(u32::try_from(it.number()?).ok()?)?;
            let since = it.time()?;
            let forgotten = it.option(Reader::time)?;
            let mut actions = UsedActions::default();
            for (action, count, last) in it.list(|it| {
                Some((it.text()?.to_owned(), u32::try_from(it.number()?).ok()?, it.time()?))
            })? {
                actions.count(&action, count, last);
            }
            if let Some(forgotten) = forgotten {
                actions.forget_until(forgotten);
            }
            Some((name, Counted { since, actions }))
        })?;
        Some(Self(all.into_iter().collect()))
    }
}

impl Directory {
    /// The tools and actions that a principal was seen to use, where they are counted: how often, and
    /// when last.
    pub(crate) fn tools_of(&self, principal: &Principal) -> Vec<(String, u32, Timestamp)> {
        let counted = self.aliases.find(principal).and_then(|it| self.usage.0.get(&it));
        let used = counted.into_iter().flat_map(|it| it.actions.since(Timestamp::MIN));
        used.map(|it| (it.action.to_string(), it.count, it.last_used())).collect()
    }

    /// The uses of a principal, where they are counted.
    pub(crate) fn used(&self, principal: &Principal) -> Option<Counted> {
        self.usage.0.get(&self.aliases.find(principal)?).cloned()
    }
}

impl SeenAccounts {
    /// Smaller policies for what the identity's principals were given, from what was used since then,
    /// or since it is counted.
    ///
    /// A policy that several principals have is held against what all of them used.
    #[must_use]
    pub fn suggestions(&self, since: Timestamp, until: Timestamp) -> Vec<Suggestion> {
        let mut all = Vec::new();
        for principal in &self.principals {
            let Some(own) = self.seen_of(principal) else { continue };
            for policy in own.policies.iter().filter(|it| it.part == PolicyPart::Grants) {
                let document = policy.document.as_deref().and_then(|it| Document::read(it).ok());
                let Some(document) = document else { continue };
                let managed = policy.name.starts_with("arn:");
                let has = |it: &&Discovered| {
                    it.principal == *principal
                        || managed && it.policies.iter().any(|it| it.name == policy.name)
                };
                let holders: Vec<&Discovered> = self.around(principal).filter(has).collect();
                let Some((used, begun)) = self.used_by(&holders) else { continue };
                let window = Window { since: since.max(begun), until };
                let Some(proposal) = propose(&policy.name, &document, &used, window) else {
                    continue;
                };
                let others = holders.iter().filter(|it| it.principal != *principal);
                all.push(Suggestion {
                    principal: principal.to_string(),
                    through: policy.through.clone(),
                    shared_with: others.map(|it| it.principal.to_string()).collect(),
                    proposal,
                });
            }
        }
        all.extend(self.suggestions_elsewhere(since, until));
        all
    }

    /// What all of these used, and since when all are counted; `None` when one is not.
    fn used_by(&self, holders: &[&Discovered]) -> Option<(UsedActions, Timestamp)> {
        let mut together = UsedActions::default();
        let mut begun = None;
        for holder in holders {
            let counted = self.used.get(&holder.principal)?;
            begun = begun.max(Some(counted.since));
            together.join(&counted.actions);
        }
        Some((together, begun?))
    }
}

/// What was used, by principal.
pub(crate) type UsedBy = BTreeMap<Principal, Counted>;
