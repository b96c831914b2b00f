//! Names of one account that a record tells together: `ACME\bob` and its SID are one identity.
//!
//! Some records name an account by its SID, some by its name, some by both. The latter teach that they are
//! one, but never more than that: whoever can write one record must not make somebody answer for another.
//! So a name is taken over only while nobody answers for it, or nothing but the name is known of who does:
//! no use that succeeded, no credential, no origin, no declaration. Else both stay, and people may say that
//! they are one. The first that is told stays, and an account is given few names.

use crate::aliases::{Claim, Slot};
use crate::directory::Directory;
use interlock_model::{Event, Outcome, Principal, Provenance};

/// The kind of object by which a source tells both: the provider's own id, a space, the name.
const ACCOUNT_NAME: &str = "account_name";

/// The source whose records are believed, and the provider of its names.
const TOLD_BY: (&str, &str) = ("windows_security", "ad");

/// Most principals of an identity that is given names: NetBIOS name and realm, each old and new, and its id.
const MOST_NAMES: usize = 5;

impl Directory {
    /// What the record calls by its id and by its name is one identity from now on, where that is safe.
    pub(crate) fn learn_names(&mut self, event: &Event) {
        if event.source != TOLD_BY.0 || event.outcome != Outcome::Success {
            return;
        }
        for told in event.objects.iter().filter(|it| &*it.kind == ACCOUNT_NAME) {
            let Some((id, name)) = told.name.split_once(' ') else { continue };
            let name = Principal::new(TOLD_BY.1, name);
            // Whoever acts by that name here is bound already.
            if event.actor.principal.as_ref() != Some(&name) {
                self.learn_name(&Principal::new(TOLD_BY.1, id), &name);
            }
        }
    }

    fn learn_name(&mut self, id: &Principal, name: &Principal) {
        let most = self.bounds.principals;
        let (Some(id), Some(number)) =
            (self.aliases.number(id, most), self.aliases.number(name, most))
        else {
            return;
        };
        let into = match self.aliases.claim(id) {
            Claim::One(slot) => Some(slot),
            Claim::Nobody => self.derive(id),
            Claim::Many(_) => None,
        };
        let Some(into) = into else { return };
        let full = self.record(into).is_none_or(|it| it.identity.principals.len() >= MOST_NAMES);
        match self.aliases.claim(number) {
            _ if full => {}
            Claim::Nobody => {
                self.aliases.give(number, into);
                self.learn_principal(into, number);
            }
            Claim::One(from) if from != into && self.is_only_called(from, name) => {
                self.merge(from, into);
            }
            Claim::One(_) | Claim::Many(_) => {}
        }
    }

    /// Whether nothing is known of it but this name.
    fn is_only_called(&self, slot: Slot, name: &Principal) -> bool {
        self.record(slot).is_some_and(|it| {
            it.identity.provenance != Provenance::Declared
                && it.identity.principals.as_slice() == std::slice::from_ref(name)
                && it.identity.credentials.is_empty()
                && it.identity.lineage.is_empty()
                && it.consumers.is_empty()
        })
    }
}
