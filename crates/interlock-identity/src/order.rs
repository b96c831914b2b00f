//! The order of identities by id, for lists that are given in pages.
//!
//! Blocks of slots, kept sorted as identities come and go, so that no page waits for a sort.
//! How an id begins stands beside its slot: with a million of them, a search that read whole ids would
//! wait for memory twenty times. A list of a million costs some ten megabytes.

use crate::aliases::Slot;
use crate::shelf::Shelf;
use interlock_model::IdentityId;
use std::cmp::Ordering;

/// A block that grows beyond so many slots is cut in two.
const LARGEST: usize = 1_024;

/// Slots by id; no block is empty.
#[derive(Debug, Clone, Default)]
pub(crate) struct Order {
    blocks: Vec<Vec<Place>>,
}

/// One identity.
#[derive(Debug, Clone, Copy)]
struct Place {
    head: Head,
    slot: Slot,
}

/// How an id begins behind its prefix, in the order of ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Head(u32);

impl Head {
    /// Characters that count: so many of the 65 that ids have, and none, fit into 32 bits.
    const LENGTH: usize = 5;

    /// `None` of what cannot begin an id.
    fn of(id: &str) -> Option<Self> {
        let rest = id.strip_prefix(IdentityId::PREFIX)?.as_bytes();
        let head = (0..Self::LENGTH).try_fold(0, |head, at| {
            let rank = rest.get(at).map_or(Some(0), |it| rank(*it))?;
            Some(head * 66 + rank)
        });
        head.map(Self)
    }
}

/// Where a character stands among those that ids have, counted from 1.
fn rank(byte: u8) -> Option<u32> {
    let from = |first: u8, before: u32| Some(u32::from(byte - first) + before + 1);
    match byte {
        b'-' => Some(1),
        b'.' => Some(2),
        b'0'..=b'9' => from(b'0', 2),
        b'A'..=b'Z' => from(b'A', 12),
        b'_' => Some(39),
        b'a'..=b'z' => from(b'a', 39),
        _ => None,
    }
}

impl Order {
    /// Puts in records that are in order of their ids, at once.
    pub(crate) fn fill(&mut self, records: &Shelf, sorted: &[Slot]) {
        let few = std::mem::take(&mut self.blocks);
        let mut id = String::new();
        let mut place = |slot: &Slot| {
            let head = if records.id_into(*slot, &mut id) { Head::of(&id) } else { None };
            head.map(|head| Place { head, slot: *slot })
        };
        // With room for others between them.
        let blocks = sorted.chunks(LARGEST / 8 * 7);
        self.blocks = blocks.map(|it| it.iter().filter_map(&mut place).collect()).collect();
        for it in few.into_iter().flatten() {
            self.insert(records, it.slot);
        }
    }

    /// A record was put in.
    pub(crate) fn insert(&mut self, records: &Shelf, slot: Slot) {
        let mut id = String::new();
        let known = records.id_into(slot, &mut id);
        let Some(head) = Head::of(&id).filter(|_| known) else { return };
        let place = Place { head, slot };
        let (at, within) = self.first_from(records, &id);
        // What comes after everything belongs to the last block.
        let (at, within) = match self.blocks.len().checked_sub(1) {
            None => {
                self.blocks.push(vec![place]);
                return;
            }
            Some(last) if at > last => (last, usize::MAX),
            Some(_) => (at, within),
        };
        let Some(block) = self.blocks.get_mut(at) else { return };
        if block.len() == block.capacity() {
            block.reserve_exact(LARGEST / 8);
        }
        block.insert(within.min(block.len()), place);
        if block.len() > LARGEST {
            let rest = block.split_off(block.len() / 2);
            block.shrink_to_fit();
            self.blocks.insert(at + 1, rest);
        }
    }

    /// A record will be taken away.
    pub(crate) fn remove(&mut self, records: &Shelf, slot: Slot) {
        let mut id = String::new();
        if !records.id_into(slot, &mut id) {
            return;
        }
        let (at, within) = self.first_from(records, &id);
        let Some(block) = self.blocks.get_mut(at) else { return };
        if block.get(within).is_some_and(|it| it.slot == slot) {
            block.remove(within);
        }
        if block.is_empty() {
            self.blocks.remove(at);
        }
    }

    /// The first slots whose id comes after this one, at most `most`, by id.
    pub(crate) fn page(&self, records: &Shelf, after: Option<&str>, most: usize) -> Vec<Slot> {
        let (at, within) = after.map_or((0, 0), |after| self.first_from(records, after));
        let places = self.blocks.iter().skip(at).flatten().skip(within);
        let mut slots = places.map(|it| it.slot).peekable();
        // Ids are there once: only the first can be the one that the page begins after.
        let mut id = String::new();
        slots.next_if(|slot| records.id_into(*slot, &mut id) && Some(&*id) == after);
        slots.take(most).collect()
    }

    /// Where the first slot is whose id is this one or comes after it: which block, and where in it.
    fn first_from(&self, records: &Shelf, id: &str) -> (usize, usize) {
        let (head, mut text) = (Head::of(id), String::new());
        let mut is_before = |it: &Place| match head.map(|head| it.head.cmp(&head)) {
            Some(Ordering::Less) => true,
            Some(Ordering::Greater) => false,
            Some(Ordering::Equal) | None => records.id_into(it.slot, &mut text) && *text < *id,
        };
        let at = self.blocks.partition_point(|it| it.last().is_some_and(&mut is_before));
        let block = self.blocks.get(at).map(Vec::as_slice).unwrap_or_default();
        (at, block.partition_point(is_before))
    }
}

#[cfg(test)]
mod tests {
    use super::Head;
    use crate::{Declaration, Directory};
    use interlock_model::{Actor, CredentialKind, CredentialRef, IdentityId, Principal, Timestamp};
    use proptest::prelude::*;

    #[test]
    fn pages_are_the_whole_list_in_order_while_identities_come_and_go() {
        let mut directory = Directory::new(Declaration::default());
        let time: Timestamp = "2026-03-02T10:00:00Z".parse().unwrap();
        let mut bind = |number: usize, named: bool| {
            let credential = CredentialRef::new("okta", CredentialKind::Token, &number.to_string());
            let principal = named.then(|| Principal::new("okta", &format!("user-{number}")));
            let actor = Actor { principal, credential: Some(credential), ..Actor::default() };
            directory.bind_actor(&actor, None, time);
        };
        // A token that is heard of alone stands for an identity until its user is known.
        (0..4_000).for_each(|it| bind(it, false));
        (0..4_000).step_by(3).for_each(|it| bind(it, true));
        let whole: Vec<IdentityId> = directory.identities().map(|it| it.id.clone()).collect();
        assert_eq!(whole.len(), 4_000);
        for limit in [1, 700, 5_000] {
            let (mut paged, mut after) = (Vec::new(), None::<String>);
            loop {
                let (page, more) = directory.page(after.as_deref(), limit);
                paged.extend(page.iter().map(|it| it.id.clone()));
                after = page.last().map(|it| it.id.to_string());
                if !more {
                    break;
                }
            }
            assert_eq!(paged, whole, "in pages of {limit}");
        }
        let middle = &whole[2_000];
        assert_eq!(directory.page(Some(middle.as_str()), 1).0[0].id, whole[2_001]);
        // An id that nobody has stands where it would be.
        let between = format!("{middle}0");
        assert_eq!(directory.page(Some(&between), 1).0[0].id, whole[2_001]);
    }

    proptest! {
        #[test]
        fn heads_are_in_the_order_of_ids(one in "idn_[-.0-9A-Z_a-z]{1,7}", other in "idn_[-.0-9A-Z_a-z]{1,7}") {
            let (first, second) = (Head::of(&one).unwrap(), Head::of(&other).unwrap());
            prop_assert!(first == second || first.cmp(&second) == one.cmp(&other));
            prop_assert!(first != second || one.get(..9).unwrap_or(&one) == other.get(..9).unwrap_or(&other));
        }
    }

    #[test]
    fn a_page_begins_after_any_text() {
        let mut directory = Directory::new(Declaration::default());
        let time: Timestamp = "2026-03-02T10:00:00Z".parse().unwrap();
        for number in 0..50 {
            let principal = Some(Principal::new("okta", &format!("user-{number}")));
            directory.bind_actor(&Actor { principal, ..Actor::default() }, None, time);
        }
        let whole: Vec<String> = directory.identities().map(|it| it.id.to_string()).collect();
        for after in
            ["", "a", "idn", "idn_", "idn_8", "idn_8é", "idn_8!", "idn_~", "idn_zzzzzzz", "z"]
        {
            let (page, _) = directory.page(Some(after), 100);
            let expected: Vec<&String> = whole.iter().filter(|it| it.as_str() > after).collect();
            let page: Vec<String> = page.iter().map(|it| it.id.to_string()).collect();
            assert_eq!(page.iter().collect::<Vec<_>>(), expected, "{after}");
        }
    }
}
