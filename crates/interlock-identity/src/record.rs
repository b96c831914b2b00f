//! One identity's record with what was learned about it, bounded.

use crate::aliases::NameId;
use crate::consumer::{Consumer, Use, is_lasting};
use crate::kind::Evidence;
use crate::revocation::Revocations;
use crate::small::one_more;
use interlock_model::{
    Actor, Credential, CredentialRef, CredentialStatus, EventId, Identity, LineageEdge,
    LineageKind, Principal, Provenance, Timestamp,
};
use jiff::SignedDuration;

/// One identity and what was learned about it.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) identity: Identity,
    pub(crate) evidence: Evidence,
    pub(crate) consumers: Vec<Consumer>,
    /// Whether it is in the list of touched records.
    pub(crate) touched: bool,
    /// The use that was last worth telling.
    pub(crate) told: Option<Timestamp>,
    /// Whether it was changed since it was last considered for freezing.
    pub(crate) used: bool,
    /// The number of its principal, where it has just one and that was looked up before.
    pub(crate) name: Option<NameId>,
    /// Where the last use stands in the lists: the next one is mostly like it.
    lately: Lately,
}

/// Places in lists that may have moved: to be looked at first, and not to be trusted.
#[derive(Debug, Clone, Copy, Default)]
struct Lately {
    credential: u16,
    consumer: u16,
}

/// Most principals that patterns add to one identity.
pub(crate) const MOST_PRINCIPALS: usize = 64;
/// Most lineage edges of one identity that telemetry adds; the first ones stay.
pub(crate) const MOST_EDGES: usize = 32;
/// Most long-lived credentials kept of one identity; the one not used for longest makes room.
pub(crate) const MOST_LASTING: usize = 32;
/// Most sessions kept of one identity; the one not used for longest makes room.
pub(crate) const MOST_SESSIONS: usize = 64;

/// A use is worth telling the store this long after the last one.
const GRAIN: SignedDuration = SignedDuration::from_mins(15);

impl Record {
    pub(crate) const fn new(identity: Identity, evidence: Evidence) -> Self {
        let lately = Lately { credential: 0, consumer: 0 };
        let consumers = Vec::new();
        Self {
            identity,
            evidence,
            consumers,
            touched: false,
            told: None,
            used: true,
            name: None,
            lately,
        }
    }

    /// Counts a use of its credentials.
    pub(crate) fn count(&mut self, shown: &Use<'_>) {
        shown.count_in(&mut self.consumers, &mut self.lately.consumer);
    }

    /// Whether the use at this time should reach the store; uses in between stay in memory.
    pub(crate) fn is_worth_telling(&mut self, time: Timestamp) -> bool {
        let due = self.told.is_none_or(|told| time.duration_since(told) >= GRAIN);
        if due {
            self.told = Some(time);
        }
        due
    }

    /// Adds evidence; whether the kind changed by it.
    pub(crate) fn learn_kind(&mut self, evidence: Evidence) -> bool {
        if !self.evidence.add(evidence) || self.identity.provenance == Provenance::Declared {
            return false;
        }
        let kind = self.evidence.kind();
        let changed = kind != self.identity.kind;
        self.identity.kind = kind;
        changed
    }

    /// Takes over what people call somebody whom the provider names by an id alone; whether it was new.
    pub(crate) fn hear_name(&mut self, actor: &Actor) -> bool {
        let it = &mut self.identity;
        let Some(principal) = &actor.principal else { return false };
        let by_id = matches!(&*principal.provider, "entra" | "okta");
        let unnamed = by_id && it.provenance == Provenance::Derived && *it.name == *principal.name;
        if !unnamed || actor.name.is_empty() || actor.name == principal.name {
            return false;
        }
        it.name = actor.name.to_string();
        true
    }

    /// Adds a principal; whether it is new.
    pub(crate) fn learn_principal(&mut self, principal: &Principal) -> bool {
        let known = &mut self.identity.principals;
        match known.binary_search(principal) {
            Ok(_) => false,
            Err(_) if known.len() >= MOST_PRINCIPALS => false,
            Err(index) => {
                known.insert(index, principal.clone());
                self.name = None;
                true
            }
        }
    }

    /// The credential of this name, added when it is new; with whether it is.
    pub(crate) fn credential(
        &mut self,
        reference: &CredentialRef,
        revocations: &Revocations,
    ) -> (Option<&mut Credential>, bool) {
        let known = &mut self.identity.credentials;
        let lately = usize::from(self.lately.credential);
        let (index, new) = match known.get(lately) {
            Some(it) if it.reference == *reference => (lately, false),
            _ => match known.binary_search_by(|it| it.reference.cmp(reference)) {
                Ok(index) => (index, false),
                Err(index) => (index, true),
            },
        };
        self.lately.credential = u16::try_from(index).unwrap_or_default();
        if new {
            one_more(known);
            known.insert(
                index,
                Credential {
                    reference: reference.clone(),
                    status: CredentialStatus::Active,
                    issued: None,
                    expires: None,
                    last_used: None,
                    session: None,
                    revocation: revocations.of(reference).cloned(),
                },
            );
        }
        (known.get_mut(index), new)
    }

    /// Drops the credentials that were not used for longest, down to the bounds.
    pub(crate) fn make_room(&mut self) {
        let known = &mut self.identity.credentials;
        if known.len() <= MOST_LASTING.min(MOST_SESSIONS) {
            return;
        }
        loop {
            // How many there are of either sort, and the one of it that was not used for longest.
            let mut sorts = [(0, None), (0, None)];
            let mut start = 0;
            // Those of one provider and kind stand together: few names have to be looked at.
            while let Some((run, lasting)) = known.get(start..).and_then(alike) {
                let [sessions, others] = &mut sorts;
                let (count, oldest) = if lasting { others } else { sessions };
                for (index, it) in known.iter().enumerate().skip(start).take(run) {
                    let age = it.last_used.or(it.issued);
                    if oldest.is_none_or(|(than, _)| age < than) {
                        *oldest = Some((age, index));
                    }
                }
                *count += run;
                start += run;
            }
            let most = sorts.into_iter().zip([MOST_SESSIONS, MOST_LASTING]);
            let mut over = most.filter(|((count, _), most)| count > most);
            let Some((_, index)) = over.find_map(|((_, oldest), _)| oldest) else { return };
            known.remove(index);
        }
    }

    /// Adds a lineage edge, or an earlier sight of a known one; whether anything changed.
    pub(crate) fn learn_edge(
        &mut self,
        kind: LineageKind,
        to: &Principal,
        seen: Timestamp,
        shown_by: Option<&EventId>,
    ) -> bool {
        let known = &mut self.identity.lineage;
        let key = |it: &LineageEdge| (it.kind as u8).cmp(&(kind as u8)).then_with(|| it.to.cmp(to));
        match known.binary_search_by(key) {
            Ok(index) => {
                let Some(edge) = known.get_mut(index) else { return false };
                // An event is the better witness than a provider's listing, which has no id.
                let earlier = match (edge.seen, edge.shown_by.as_ref(), shown_by) {
                    (None, _, _) | (Some(_), None, Some(_)) => true,
                    (Some(at), by, _) if by.is_some() == shown_by.is_some() => {
                        (seen, shown_by) < (at, by)
                    }
                    (Some(_), _, _) => false,
                };
                if earlier {
                    edge.seen = Some(seen);
                    edge.shown_by = shown_by.cloned();
                }
                earlier
            }
            Err(_) if known.len() >= MOST_EDGES => false,
            Err(index) => {
                let shown_by = shown_by.cloned();
                known.insert(
                    index,
                    LineageEdge {
                        kind,
                        to: to.clone(),
                        seen: Some(seen),
                        shown_by,
                        declared: false,
                    },
                );
                true
            }
        }
    }

    /// Puts what came in any order into the one order that the searches above rely on.
    pub(crate) fn sort(&mut self) {
        let it = &mut self.identity;
        it.principals.sort();
        it.principals.dedup();
        it.credentials.sort_by(|a, b| a.reference.cmp(&b.reference));
        it.credentials.dedup_by(|a, b| a.reference == b.reference);
        it.lineage
            .sort_by(|a, b| (a.kind as u8).cmp(&(b.kind as u8)).then_with(|| a.to.cmp(&b.to)));
        it.lineage.dedup_by(|a, b| a.kind == b.kind && a.to == b.to);
    }
}

/// How many of these begin with credentials of one provider and kind, and whether they last; one at least.
///
/// INVARIANT: they are sorted by their names.
fn alike(known: &[Credential]) -> Option<(usize, bool)> {
    let first = &known.first()?.reference;
    let text = first.as_str();
    let end = text.match_indices(':').nth(1).map_or(text.len(), |(at, _)| at + 1);
    let head = text.get(..end)?;
    let run = known.partition_point(|it| it.reference.as_str().starts_with(head));
    Some((run.max(1), is_lasting(first)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use interlock_model::{CredentialKind, Environment, EnvironmentBasis, IdentityId, Ownership};
    use proptest::prelude::*;

    fn record() -> Record {
        let identity = Identity {
            id: IdentityId::derive(&["x"]),
            kind: Evidence::default().kind(),
            name: String::new(),
            environment: Environment::Unknown,
            environment_basis: EnvironmentBasis::None,
            owner: Ownership::Unowned,
            principals: Vec::new(),
            credentials: Vec::new(),
            entitlements: Vec::new(),
            dependents: Vec::new(),
            lineage: Vec::new(),
            protected: false,
            provenance: Provenance::Derived,
            departed: None,
            canary: false,
        };
        Record::new(identity, Evidence::default())
    }

    proptest! {
        #[test]
        fn of_either_sort_those_not_used_for_longest_make_room(
            all in prop::collection::vec((0..2_usize, 0..4_usize, any::<u16>(), any::<u8>()), 0..250),
        ) {
            let kinds = [
                CredentialKind::AccessKey,
                CredentialKind::Password,
                CredentialKind::SessionKey,
                CredentialKind::Token,
            ];
            let (mut it, revocations) = (record(), Revocations::new());
            for (provider, kind, id, age) in all {
                let provider = ["aws", "awsx"][provider];
                let reference = CredentialRef::new(provider, kinds[kind], &id.to_string());
                let used = Timestamp::from_second(i64::from(age)).unwrap();
                it.credential(&reference, &revocations).0.unwrap().last_used = Some(used);
            }
            let before = it.identity.credentials.clone();
            it.make_room();
            let after = &it.identity.credentials;
            prop_assert!(after.is_sorted_by(|a, b| a.reference < b.reference));
            for (lasting, most) in [(true, MOST_LASTING), (false, MOST_SESSIONS)] {
                let of = |all: &[Credential]| -> Vec<Option<Timestamp>> {
                    let all = all.iter().filter(|it| is_lasting(&it.reference) == lasting);
                    let mut ages: Vec<_> = all.map(|it| it.last_used).collect();
                    ages.sort();
                    ages
                };
                let (before, after) = (of(&before), of(after));
                prop_assert_eq!(&before[before.len().saturating_sub(most)..], &after[..]);
            }
        }
    }
}
