//! Whose the callers of late are, by the one copy of each that their events share.

use crate::aliases::{NameId, Slot};
use interlock_model::Actor;
use std::sync::Arc;

/// Answers of the alias index. Each holds only as long as the index is as it was.
#[derive(Debug, Clone, Default)]
pub(crate) struct Attributed(Vec<Option<Known>>);

#[derive(Debug, Clone)]
struct Known {
    actor: Arc<Actor>,
    slot: Slot,
    name: NameId,
    /// Of the index, when it gave this answer.
    edition: u64,
}

/// So many callers are remembered; the next one takes the place of another.
const PLACES: usize = 4_096;

impl Attributed {
    pub(crate) fn get(&self, actor: &Arc<Actor>, edition: u64) -> Option<(Slot, NameId)> {
        let known = self.0.get(place(actor))?.as_ref()?;
        let same = Arc::ptr_eq(&known.actor, actor) && known.edition == edition;
        same.then_some((known.slot, known.name))
    }

    pub(crate) fn put(&mut self, actor: &Arc<Actor>, slot: Slot, name: NameId, edition: u64) {
        if self.0.is_empty() {
            self.0.resize_with(PLACES, || None);
        }
        if let Some(it) = self.0.get_mut(place(actor)) {
            *it = Some(Known { actor: Arc::clone(actor), slot, name, edition });
        }
    }
}

/// Where an actor stands in memory is as good as drawn; nothing that is kept or shown rests on it.
fn place(actor: &Arc<Actor>) -> usize {
    let address = Arc::as_ptr(actor) as usize as u64;
    (address.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as usize % PLACES
}
