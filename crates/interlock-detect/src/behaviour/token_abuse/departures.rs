//! Use after the person or the purpose is gone, and any use of what is bait: as the directory
//! declares it, or as the provider's own log showed it.

use crate::behaviour::{Claim, Key, Memory, Row, RowReader, RowWriter, Rule, Seen, Table};
use crate::snapshot::{Reader, RestoreError, Writer};
use interlock_model::{CredentialRef, Object, Outcome, Severity};
use std::borrow::Cow;

pub(super) const AFTER_DEPARTURE: Rule = Rule {
    id: "token_abuse.after_departure",
    name: "Used after its owner's departure",
    severity: Severity::High,
    techniques: &["T1078.004", "T1078"],
};

pub(super) const CANARY: Rule = Rule {
    id: "token_abuse.canary_used",
    name: "Canary credential used",
    severity: Severity::Critical,
    techniques: &["T1078.004", "T1552"],
};

/// One identity of two is gone at most, on average.
pub(super) const BYTES_PER_IDENTITY: usize = Table::<Gone>::BYTES_PER_ROW / 2 + 1;

/// What was under way when somebody was switched off is no news for this long, in seconds.
const SETTLE_SECONDS: u32 = 300;

/// Switched off or deleted, by each provider's own word.
const ENDS: [&str; 17] = [
    "4725",
    "4726",
    "DELETE_USER",
    "Delete user",
    "Disable account",
    "Disable service principal",
    "Remove service principal",
    "SUSPEND_USER",
    "business.remove_member",
    "google.iam.admin.v1.DeleteServiceAccount",
    "google.iam.admin.v1.DisableServiceAccount",
    "org.remove_member",
    "org.remove_outside_collaborator",
    "suspend_user",
    "user.lifecycle.deactivate",
    "user.lifecycle.delete.initiated",
    "user.lifecycle.suspend",
];

/// Switched on again.
const BEGINS: [&str; 14] = [
    "4720",
    "4722",
    "Add service principal",
    "Add user",
    "Enable account",
    "Restore user",
    "UNSUSPEND_USER",
    "google.iam.admin.v1.EnableServiceAccount",
    "google.iam.admin.v1.UndeleteServiceAccount",
    "org.add_member",
    "user.lifecycle.activate",
    "user.lifecycle.create",
    "user.lifecycle.reactivate",
    "user.lifecycle.unsuspend",
];

/// Who is gone.
#[derive(Debug)]
pub(super) struct Departures {
    gone: Table<Gone>,
}

/// Since when, and when that last mattered.
#[derive(Debug, Clone, Copy)]
struct Gone {
    at: u32,
    last: u32,
}

impl Departures {
    pub(super) fn new(identities: usize) -> Self {
        Self { gone: Table::new(identities / 2) }
    }

    pub(super) fn look(&mut self, seen: &Seen<'_>, out: &mut Vec<Claim>) {
        if seen.identity.is_some_and(|it| it.canary) {
            out.push(canary(seen));
        }
        let declared = seen.identity.and_then(|it| it.departed).map(crate::behaviour::seconds);
        if let Some(at) = declared.filter(|it| seen.second >= *it) {
            out.push(departed(seen, seen.second - at, "the directory"));
        } else if let Some(at) = self.learned(seen) {
            out.push(departed(seen, seen.second - at, "the provider's log"));
        }
        self.learn(seen);
    }

    /// Since when the actor is gone, as far as the provider's log showed.
    fn learned(&mut self, seen: &Seen<'_>) -> Option<u32> {
        if self.gone.is_empty() {
            return None;
        }
        let principal = seen.binding.principal.as_ref()?;
        let names = [&*principal.name, &*seen.event.actor.name];
        let key = |name: &&str| key(&principal.provider, name);
        let found = names.iter().map(key).find(|it| self.gone.get(*it).is_some())?;
        let row = self.gone.get_mut(found)?;
        let late = seen.second > row.at.saturating_add(SETTLE_SECONDS);
        row.last = row.last.max(seen.second);
        late.then_some(row.at)
    }

    fn learn(&mut self, seen: &Seen<'_>) {
        let event = seen.event;
        // Most events only read, and nobody comes or goes by that.
        if event.read_only == Some(true) {
            return;
        }
        let operation = event.operation.trim_end_matches('.');
        let ends = ENDS.binary_search(&operation).is_ok();
        if event.outcome != Outcome::Success || !ends && BEGINS.binary_search(&operation).is_err() {
            return;
        }
        let Some(principal) = &seen.binding.principal else { return };
        let about = |it: &&Object| matches!(&*it.kind, "user" | "service_account" | "app");
        for object in event.objects.iter().filter(about) {
            // `projects/-/serviceAccounts/sync@…` is known by what stands after the last slash.
            let name = object.name.rsplit('/').next().unwrap_or_default();
            let key = key(&principal.provider, name);
            if ends {
                self.gone.row(key, || Gone { at: seen.second, last: seen.second });
            } else {
                self.gone.remove(key);
            }
        }
    }

    pub(super) fn forget_before(&mut self, second: u32) {
        self.gone.forget_before(second);
    }

    pub(super) fn memory(&self) -> Memory {
        self.gone.memory()
    }

    pub(super) fn write(&self, to: &mut Writer) {
        self.gone.write(to);
    }

    pub(super) fn read(&mut self, from: &mut Reader<'_>) -> Result<(), RestoreError> {
        self.gone.read(from)
    }
}

fn key(provider: &str, name: &str) -> Key {
    let name = match name.bytes().any(|it| it.is_ascii_uppercase()) {
        true => Cow::Owned(name.to_ascii_lowercase()),
        false => Cow::Borrowed(name),
    };
    Key::of(&["gone", provider, &name])
}

fn departed(seen: &Seen<'_>, after: u32, basis: &str) -> Claim {
    let (days, hours) = (after / 86_400, after / 3_600);
    let since = if days > 1 { format!("{days} days") } else { format!("{hours} hours") };
    let (confidence, verb) = if seen.is_refused() { (0.3, "tried") } else { (0.9, "acted") };
    let title = format!("`{}` {verb} after it was gone", seen.name);
    Claim::new(&AFTER_DEPARTURE, confidence, title)
        .with("gone for", since)
        .with("known from", basis)
        .with("call", seen.call())
}

fn canary(seen: &Seen<'_>) -> Claim {
    let credential = seen.binding.credential.as_ref().map_or("no credential", CredentialRef::id);
    let tried = if seen.is_refused() { "tried" } else { "used" };
    let title = format!("the canary `{}` was {tried}", seen.name);
    Claim::new(&CANARY, if seen.is_refused() { 0.95 } else { 0.98 }, title)
        .with("credential", credential)
        .with("call", seen.call())
}

impl Row for Gone {
    fn last(&self) -> u32 {
        self.last
    }

    fn heap(&self) -> usize {
        0
    }

    fn write(&self, to: &mut RowWriter) {
        to.second(self.at);
        to.second(self.last);
    }

    fn read(from: &mut RowReader<'_>) -> Result<Self, RestoreError> {
        Ok(Self { at: from.second()?, last: from.second()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_sorted() {
        assert!(ENDS.is_sorted());
        assert!(BEGINS.is_sorted());
    }
}
