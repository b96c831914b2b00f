//! One record into another, and the end of credentials that are over.

use crate::aliases::Slot;
use crate::consumer::join;
use crate::directory::Directory;
use crate::keys::Key;
use crate::learn::status;
use crate::survey::{is_touched, without};
use interlock_model::CredentialRef;
use std::hash::BuildHasher as _;

impl Directory {
    /// Moves what was learned of one record into another; the first id becomes an alias.
    pub(crate) fn merge(&mut self, from: Slot, into: Slot) {
        if from == into {
            return;
        }
        self.order.remove(&self.records, from);
        let Some(gone) = self.records.take(from, &self.aliases, &self.revocations) else { return };
        self.derived = self.derived.saturating_sub(1);
        self.ids.remove(self.seeded.hash_one(&gone.identity.id), from);
        let Some(record) = self.records.get_mut(into, &self.aliases, &self.revocations) else {
            return;
        };
        self.merged.insert(gone.identity.id.clone(), record.identity.id.clone());
        join(&mut record.consumers, gone.consumers);
        for principal in &gone.identity.principals {
            record.learn_principal(principal);
            self.aliases.hand_over(principal, into);
        }
        for old in gone.identity.credentials {
            let (Some(known), _) = record.credential(&old.reference, &self.revocations) else {
                continue;
            };
            known.issued = known.issued.or(old.issued);
            known.expires = known.expires.max(old.expires);
            known.last_used = known.last_used.max(old.last_used);
            known.session = known.session.take().or(old.session);
            let revoked = self.keys.get(&old.reference).and_then(Key::revoked);
            known.status = status(revoked, known.last_used);
        }
        record.make_room();
        self.learn_protection(into);
        self.touch(into);
        self.learn_kind(into, gone.evidence);
        for edge in gone.identity.lineage {
            if let Some(seen) = edge.seen {
                self.learn_edge(into, edge.kind, &edge.to, seen, edge.shown_by.as_ref());
            }
        }
    }

    /// Forgets temporary credentials that are long over, every six hours of event time.
    pub(crate) fn sweep_when_due(&mut self) {
        let Some(now) = self.clock.now else { return };
        let due = jiff::SignedDuration::from_hours(6);
        if self.swept.is_some_and(|it| now.duration_since(it) < due) {
            return;
        }
        self.swept = Some(now);
        self.records.tidy();
        for (credential, key) in self.keys.take_over(now) {
            let claims = key.names().iter().flat_map(|it| self.aliases.claim(*it).slots());
            for slot in claims.chain(key.alone()).collect::<Vec<_>>() {
                self.drop_credential(slot, &credential);
            }
        }
    }

    /// A credential of a record is over. Most records are frozen then, and stay so.
    fn drop_credential(&mut self, slot: Slot, credential: &CredentialRef) {
        let (aliases, mut told) = (&self.aliases, false);
        let edited = self.records.edit(slot, |bytes| {
            told = is_touched(bytes);
            without(bytes, credential, aliases)
        });
        if edited.is_some() {
            if !told {
                self.touched.push(slot);
            }
        } else if let Some(record) = self.record_mut(slot) {
            record.identity.credentials.retain(|it| it.reference != *credential);
            self.touch(slot);
        }
    }
}
