//! The order of identities by id, for lists that are given in pages.
//!
//! Blocks of slots, kept sorted as identities come and go, so that no page waits for a sort.
//! A list of a million costs some five megabytes.

use crate::aliases::Slot;
use crate::shelf::Shelf;

/// A block that grows beyond so many slots is cut in two.
const LARGEST: usize = 1_024;

/// Slots by id; no block is empty.
#[derive(Debug, Clone, Default)]
pub(crate) struct Order {
    blocks: Vec<Vec<Slot>>,
}

impl Order {
    /// Puts in records that are in order of their ids, at once.
    pub(crate) fn fill(&mut self, records: &Shelf, sorted: &[Slot]) {
        let few = std::mem::take(&mut self.blocks);
        // With room for others between them.
        self.blocks = sorted.chunks(LARGEST / 8 * 7).map(<[Slot]>::to_vec).collect();
        for slot in few.into_iter().flatten() {
            self.insert(records, slot);
        }
    }

    /// A record was put in.
    pub(crate) fn insert(&mut self, records: &Shelf, slot: Slot) {
        let mut id = String::new();
        if !records.id_into(slot, &mut id) {
            return;
        }
        let (at, within) = self.first_from(records, &id);
        // What comes after everything belongs to the last block.
        let (at, within) = match self.blocks.len().checked_sub(1) {
            None => {
                self.blocks.push(vec![slot]);
                return;
            }
            Some(last) if at > last => (last, usize::MAX),
            Some(_) => (at, within),
        };
        let Some(block) = self.blocks.get_mut(at) else { return };
        if block.len() == block.capacity() {
            block.reserve_exact(LARGEST / 8);
        }
        block.insert(within.min(block.len()), slot);
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
        if block.get(within) == Some(&slot) {
            block.remove(within);
        }
        if block.is_empty() {
            self.blocks.remove(at);
        }
    }

    /// The first slots whose id comes after this one, at most `most`, by id.
    pub(crate) fn page(&self, records: &Shelf, after: Option<&str>, most: usize) -> Vec<Slot> {
        let (at, within) = after.map_or((0, 0), |after| self.first_from(records, after));
        let mut slots = self.blocks.iter().skip(at).flatten().copied().skip(within).peekable();
        // Ids are there once: only the first can be the one that the page begins after.
        let mut id = String::new();
        slots.next_if(|slot| records.id_into(*slot, &mut id) && Some(&*id) == after);
        slots.take(most).collect()
    }

    /// Where the first slot is whose id is this one or comes after it: which block, and where in it.
    fn first_from(&self, records: &Shelf, id: &str) -> (usize, usize) {
        let mut text = String::new();
        let mut is_before = |slot: &Slot| records.id_into(*slot, &mut text) && *text < *id;
        let at = self.blocks.partition_point(|it| it.last().is_some_and(&mut is_before));
        let block = self.blocks.get(at).map(Vec::as_slice).unwrap_or_default();
        (at, block.partition_point(is_before))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Declaration, Directory};
    use interlock_model::{Actor, CredentialKind, CredentialRef, IdentityId, Principal, Timestamp};

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
}
