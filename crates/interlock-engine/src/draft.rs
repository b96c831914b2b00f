//! The draft of one turn: what it changes, what it says, whom it will call.

use crate::World;
use crate::said::said;
use crate::turn::{Call, Outcome, Refusal, Turn};
use interlock_contain::{Containment, Phase};
use interlock_model::{
    AuditFact, Batch, Case, CaseId, Change, ContainmentId, Decision, Digest, Entry, Fact, Timestamp,
};
use std::collections::BTreeMap;

/// The draft of one turn: the world, and what will be committed and called.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    pub(crate) world: &'a mut World,
    pub(crate) now: Timestamp,
    pub(crate) batch: Batch,
    /// Where each case stands among the changes, and whether it was changed again since.
    cases: BTreeMap<CaseId, (usize, bool)>,
    calls: Vec<Call>,
    wake: Option<Timestamp>,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(world: &'a mut World, now: Timestamp) -> Self {
        let (batch, cases) = (Batch::default(), BTreeMap::new());
        Self { world, now, batch, cases, calls: Vec::new(), wake: None }
    }

    /// Keeps a case as it is now. However often a turn changes it, it is stored once.
    pub(crate) fn keep_case(&mut self, case: Case) {
        if let Some((_, again)) = self.cases.get_mut(&case.id) {
            *again = true;
        } else {
            self.cases.insert(case.id.clone(), (self.batch.changes.len(), false));
            self.batch.changes.push(Change::Case { case: case.clone() });
        }
        self.world.cases.insert(case.id.clone(), case);
    }

    pub(crate) fn finish(mut self, reply: Result<Outcome, Refusal>) -> Turn {
        for (id, (place, again)) in &self.cases {
            if *again
                && let Some(case) = self.world.cases.get(id)
                && let Some(stored) = self.batch.changes.get_mut(*place)
            {
                *stored = Change::Case { case: case.clone() };
            }
        }
        Turn { batch: self.batch, calls: self.calls, wake: self.wake, reply }
    }

    pub(crate) fn later(&self, seconds: i64) -> Timestamp {
        self.now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(self.now)
    }

    /// Remembers every identity whose record changed.
    pub(crate) fn identities_changed(&mut self) {
        for id in self.world.watch.directory_mut().changed() {
            if let Some(identity) = self.world.watch.directory().identity(&id) {
                self.batch.changes.push(Change::Identity { identity: identity.clone() });
            }
        }
        if !self.world.watch.directory().all_told() {
            self.wake_at(self.now);
        }
    }

    pub(crate) fn call(&mut self, call: Call) {
        self.calls.push(call);
    }

    pub(crate) fn wake_at(&mut self, at: Timestamp) {
        self.wake = Some(self.wake.map_or(at, |it| it.min(at)));
    }

    pub(crate) fn life(&self, id: &ContainmentId) -> Result<&Containment, Refusal> {
        let not_found = || Refusal::NotFound { what: "containment", id: id.to_string() };
        self.world.containments.get(id).ok_or_else(not_found)
    }

    /// Adds one line to the audit chain.
    pub(crate) fn audit(
        &mut self,
        what: &str,
        by: &str,
        about: &[(&str, &str)],
        text: String,
        object: Option<Digest>,
    ) {
        let about: BTreeMap<String, String> =
            about.iter().map(|(kind, id)| ((*kind).to_owned(), (*id).to_owned())).collect();
        self.batch.audit.push(AuditFact {
            what: what.to_owned(),
            by: by.to_owned(),
            about,
            text,
            object,
        });
    }

    /// Adds one fact to a containment's journal, and to the audit chain.
    pub(crate) fn journal(&mut self, id: &ContainmentId, fact: Fact) {
        let Some(life) = self.world.containments.get_mut(id) else { return };
        let entry =
            Entry { containment: id.clone(), sequence: life.next_sequence, time: self.now, fact };
        match life.apply(&entry) {
            Ok(()) => {
                let over = matches!(life.phase, Phase::Undone | Phase::Closed { .. });
                self.record(entry);
                if over {
                    self.world.ended(id);
                }
            }
            Err(illegal) => {
                // A late answer to something that has moved on: kept in the chain, without effect.
                let text = illegal.why;
                self.audit(
                    "containment.ignored",
                    "interlock",
                    &[("containment", id.as_str())],
                    text,
                    None,
                );
            }
        }
    }

    fn record(&mut self, entry: Entry) {
        let (what, by, step, text) = said(&entry.fact);
        let digest = entry.digest();
        let id = entry.containment.to_string();
        let mut about = vec![("containment", id.as_str())];
        if let Some(step) = &step {
            about.push(("step", step.as_str()));
        }
        self.audit(what, &by, &about, text, Some(digest));
        self.batch.changes.push(Change::Journal { entry });
    }

    /// Starts a containment for a decision.
    pub(crate) fn begin(&mut self, decision: &Decision) -> Option<ContainmentId> {
        let identity = decision.identity.clone()?;
        let id = ContainmentId::derive(&[decision.id.as_str()]);
        if self.world.containments.contains_key(&id) {
            return Some(id);
        }
        let fact = Fact::Requested {
            decision: decision.id.clone(),
            case: decision.case.clone(),
            identity,
        };
        let entry = Entry { containment: id.clone(), sequence: 0, time: self.now, fact };
        let life = Containment::begin(&entry).ok()?;
        self.world.containments.insert(id.clone(), life);
        self.record(entry);
        Some(id)
    }
}
