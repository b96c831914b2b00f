//! Which actions one identity used, bounded.
//!
//! One action takes 128 bytes at most, an identity [`MOST_BYTES`]: 40 KiB.
//! The action not used for longest makes room, and until when something was forgotten is kept:
//! of what is not there, nobody can then say that it was not used.

use super::logged::actions_of;
use interlock_model::Timestamp;

/// Most actions kept of one identity.
pub const MOST_ACTIONS: usize = 320;
/// The longest name of an action, in bytes; the longest of the provider has about 90.
pub const LONGEST_ACTION: usize = 96;
/// What one action takes at most: its name, and 32 bytes for the rest.
const MOST_BYTES_EACH: usize = LONGEST_ACTION + 32;
/// What one identity takes at most.
pub const MOST_BYTES: usize = MOST_ACTIONS * MOST_BYTES_EACH;

/// The actions that one identity was seen to use with success.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsedActions {
    /// Sorted by name.
    actions: Vec<UsedAction>,
    forgotten: Option<Timestamp>,
}

/// One action that was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedAction {
    /// Its name: `s3:GetObject`.
    pub action: Box<str>,
    /// When it was last used, to the second.
    last: i64,
    /// How often, as far as the number goes.
    pub count: u32,
}

impl UsedAction {
    /// When it was last used, to the second.
    #[must_use]
    pub fn last_used(&self) -> Timestamp {
        Timestamp::from_second(self.last).unwrap_or_default()
    }
}

impl UsedActions {
    /// Counts a call as the provider's log names it: `s3.amazonaws.com`, `ListBuckets`.
    pub fn count_call(&mut self, service: &str, operation: &str, time: Timestamp) {
        for action in actions_of(service, operation) {
            self.count(&action, 1, time);
        }
    }

    /// Counts uses of an action as policies name it: `s3:ListAllMyBuckets`.
    pub fn count(&mut self, action: &str, uses: u32, time: Timestamp) {
        if action.len() > LONGEST_ACTION {
            self.forget(time.as_second());
            return;
        }
        let last = time.as_second();
        match self.actions.binary_search_by(|it| (*it.action).cmp(action)) {
            Ok(index) => {
                if let Some(known) = self.actions.get_mut(index) {
                    known.count = known.count.saturating_add(uses);
                    known.last = known.last.max(last);
                }
            }
            Err(index) => {
                self.actions.insert(index, UsedAction { action: action.into(), last, count: uses });
                if self.actions.len() > MOST_ACTIONS {
                    let oldest = self.actions.iter().enumerate().min_by_key(|(_, it)| it.last);
                    if let Some((index, _)) = oldest {
                        let gone = self.actions.remove(index);
                        self.forget(gone.last);
                    }
                }
            }
        }
    }

    /// Counts what another identity used, too.
    pub fn join(&mut self, other: &Self) {
        for it in &other.actions {
            self.count(&it.action, it.count, it.last_used());
        }
        self.forgotten = self.forgotten.max(other.forgotten);
    }

    /// The actions used since then, by name.
    pub fn since(&self, since: Timestamp) -> impl Iterator<Item = &UsedAction> {
        let since = since.as_second();
        self.actions.iter().filter(move |it| it.last >= since)
    }

    /// Until when an action may have been used that is not kept.
    #[must_use]
    pub const fn forgotten(&self) -> Option<Timestamp> {
        self.forgotten
    }

    /// What was used up to then may not all be here.
    pub fn forget_until(&mut self, time: Timestamp) {
        self.forgotten = self.forgotten.max(Some(time));
    }

    fn forget(&mut self, last: i64) {
        let last = Timestamp::from_second(last).unwrap_or_default();
        self.forgotten = self.forgotten.max(Some(last));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn what_was_not_used_for_longest_makes_room_and_is_not_denied() {
        assert!(size_of::<UsedAction>() <= 32);
        let mut used = UsedActions::default();
        for number in 0..MOST_ACTIONS as i64 {
            used.count(&format!("s3:Action{number}"), 1, at(1000 + number));
        }
        assert_eq!(used.forgotten(), None);
        used.count("s3:Action0", 2, at(5000));
        used.count("s3:Other", 1, at(5001));
        assert_eq!(used.forgotten(), Some(at(1001)));
        assert_eq!(used.since(at(0)).count(), MOST_ACTIONS);
        let recent: Vec<_> = used.since(at(5000)).map(|it| (&*it.action, it.count)).collect();
        assert_eq!(recent, [("s3:Action0", 3), ("s3:Other", 1)]);
        used.count(&"x".repeat(200), 1, at(9000));
        assert_eq!(used.forgotten(), Some(at(9000)));
    }

    #[test]
    fn calls_are_counted_as_what_policies_name() {
        let mut used = UsedActions::default();
        used.count_call("s3.amazonaws.com", "ListBuckets", at(1));
        used.count_call("lambda.amazonaws.com", "GetFunction20150331v2", at(2));
        let names: Vec<_> = used.since(at(0)).map(|it| &*it.action).collect();
        assert_eq!(names, ["lambda:GetFunction", "s3:ListAllMyBuckets"]);
    }
}
