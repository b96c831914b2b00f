//! Rules that lead to no containment of an identity for a while, because one was undone.
//!
//! Rebuilt from the journals after a restart.

use interlock_model::{IdentityId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// So many identities are on hold at a time; then the hold that ends first ends at once.
const IDENTITIES: usize = 10_000;
/// So many rules of one identity are, by the same measure.
const RULES: usize = 1_000;

/// Until when each rule of an identity is on hold.
#[derive(Debug, Default)]
pub(crate) struct Holds(BTreeMap<IdentityId, BTreeMap<Arc<str>, Timestamp>>);

impl Holds {
    /// Puts these rules of an identity on hold from then until then; forgets what was over by then.
    pub(crate) fn hold(
        &mut self,
        identity: &IdentityId,
        rules: BTreeSet<Arc<str>>,
        from: Timestamp,
        until: Timestamp,
    ) {
        // INVARIANT: what was over at any moment that was seen is over now, in whatever order journals
        // are recalled.
        self.0.retain(|_, rules| {
            rules.retain(|_, until| from < *until);
            !rules.is_empty()
        });
        if until <= from || rules.is_empty() {
            return;
        }
        let of_identity = self.0.entry(identity.clone()).or_default();
        for rule in rules {
            let it = of_identity.entry(rule).or_insert(until);
            *it = until.max(*it);
        }
        while of_identity.len() > RULES {
            let first = of_identity.iter().min_by_key(|it| it.1).map(|it| it.0.clone());
            first.and_then(|it| of_identity.remove(&it));
        }
        if self.0.len() > IDENTITIES {
            let last = |it: &BTreeMap<_, Timestamp>| it.values().max().copied();
            let first = self.0.iter().min_by_key(|it| last(it.1)).map(|it| it.0.clone());
            first.and_then(|it| self.0.remove(&it));
        }
    }

    /// Whether this rule of this identity is on hold now.
    pub(crate) fn has(&self, identity: &IdentityId, rule: &str, now: Timestamp) -> bool {
        let until = self.0.get(identity).and_then(|it| it.get(rule));
        until.is_some_and(|it| now < *it)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn identity(number: usize) -> IdentityId {
        IdentityId::derive(&[&number.to_string()])
    }

    fn rules(names: &[&str]) -> BTreeSet<Arc<str>> {
        names.iter().map(|it| (*it).into()).collect()
    }

    #[test]
    fn a_hold_lasts_its_time_for_its_rules_and_identity() {
        let mut holds = Holds::default();
        holds.hold(&identity(0), rules(&["a", "b"]), at(0), at(100));
        holds.hold(&identity(0), rules(&["b"]), at(50), at(150));
        holds.hold(&identity(0), rules(&["b"]), at(60), at(120));
        for (rule, now, on_hold) in [
            ("a", 99, true),
            ("a", 100, false),
            ("b", 149, true),
            ("b", 150, false),
            ("c", 1, false),
        ] {
            assert_eq!(holds.has(&identity(0), rule, at(now)), on_hold, "{rule} {now}");
        }
        assert!(!holds.has(&identity(1), "a", at(1)));
    }

    #[test]
    fn what_is_over_goes_and_what_is_many_stays_within_bounds() {
        let mut holds = Holds::default();
        for number in 0..100 {
            holds.hold(&identity(number), rules(&["a"]), at(0), at(10));
        }
        holds.hold(&identity(500), rules(&["a"]), at(10), at(20));
        assert_eq!(holds.0.len(), 1, "an hour that is over leaves nothing");
        // A recalled journal may be older than what is known already.
        holds.hold(&identity(501), rules(&["a"]), at(0), at(15));
        assert!(holds.has(&identity(500), "a", at(14)) && holds.has(&identity(501), "a", at(14)));
        for number in 0..IDENTITIES + 50 {
            let until = at(1_000 + i64::try_from(number).unwrap());
            holds.hold(&identity(number), rules(&["a"]), at(100), until);
        }
        assert_eq!(holds.0.len(), IDENTITIES);
        assert!(!holds.has(&identity(0), "a", at(101)), "the one that ends first went");
        assert!(holds.has(&identity(IDENTITIES + 49), "a", at(101)));
        let many: Vec<String> = (0..2 * RULES).map(|it| it.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        holds.hold(&identity(IDENTITIES), rules(&many), at(100), at(5_000));
        assert_eq!(holds.0.get(&identity(IDENTITIES)).unwrap().len(), RULES);
    }
}
