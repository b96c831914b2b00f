//! Who called of late: one caller makes many calls, and each record says anew who he is.

use foldhash::fast::RandomState;
use interlock_model::Actor;
use std::hash::BuildHasher as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Actors by the text that they were read from. Memory: [`PLACES`] texts of at most [`LONGEST`] bytes.
#[derive(Debug, Default)]
pub struct Callers {
    hashes: RandomState,
    /// Threads that read share it: each holds it for as long as a comparison takes.
    places: Mutex<Vec<Option<Known>>>,
}

#[derive(Debug)]
struct Known {
    text: Box<str>,
    actor: Arc<Actor>,
}

/// So many texts are remembered; the next one takes the place of another.
const PLACES: usize = 4_096;
/// Longer texts are read each time.
const LONGEST: usize = 2_048;

impl Callers {
    /// The actor that this text names, read by `read` unless the same text was read of late.
    ///
    /// `read` must look at nothing else.
    pub fn actor(&self, text: &str, read: impl FnOnce() -> Actor) -> Arc<Actor> {
        if text.len() > LONGEST {
            return Arc::new(read());
        }
        let place = self.hashes.hash_one(text) as usize % PLACES;
        if let Some(Some(known)) = self.places().get(place)
            && *known.text == *text
        {
            return Arc::clone(&known.actor);
        }
        let actor = Arc::new(read());
        let known = Known { text: text.into(), actor: Arc::clone(&actor) };
        let mut places = self.places();
        if places.is_empty() {
            places.resize_with(PLACES, || None);
        }
        if let Some(it) = places.get_mut(place) {
            *it = Some(known);
        }
        actor
    }

    fn places(&self) -> MutexGuard<'_, Vec<Option<Known>>> {
        // What a panic left behind is whole: a place is replaced at once.
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_is_the_same_caller() {
        let callers = Callers::default();
        let named = |name: &str| Actor { name: name.into(), ..Actor::default() };
        let first = callers.actor("{a}", || named("a"));
        let again = callers.actor("{a}", || unreachable!("it is known"));
        assert!(Arc::ptr_eq(&first, &again));
        for number in 0..3 * PLACES {
            let name = format!("{{{number}}}");
            assert_eq!(*callers.actor(&name, || named(&name)).name, *name);
        }
        let long = "x".repeat(LONGEST + 1);
        let one = callers.actor(&long, || named("long"));
        assert!(!Arc::ptr_eq(&one, &callers.actor(&long, || named("long"))));
    }
}
