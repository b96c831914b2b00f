//! What the directory learned, as bytes, and back: without what people declared, which may change
//! between the two.

use crate::aliases::{Claim, Slot};
use crate::clock::Clock;
use crate::consumer::{Consumer, join};
use crate::declare::Declaration;
use crate::directory::{Bounds, Directory};
use crate::keys::{Issuance, Key};
use crate::kind::Evidence;
use interlock_model::{Credential, CredentialRef, IdentityId, LineageEdge, Principal, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The form that is written. Older ones are read, newer ones are refused.
const VERSION: u32 = 1;

/// Why a snapshot cannot be restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// A newer version wrote it: start without it, or run the newer version.
    #[error("the directory's snapshot has version {found}, this program reads up to {VERSION}")]
    TooNew {
        /// The version that wrote it.
        found: u32,
    },
    /// It is damaged: start without it, and learn again.
    #[error("the directory's snapshot cannot be read")]
    Damaged(#[from] serde_json::Error),
}

#[derive(Debug, Serialize, Deserialize)]
struct Saved {
    version: u32,
    clock: Clock,
    swept: Option<Timestamp>,
    unrecorded: u64,
    records: Vec<SavedRecord>,
    /// Principals that were only heard of.
    heard_of: Vec<Principal>,
    keys: Vec<SavedKey>,
    merged: BTreeMap<IdentityId, IdentityId>,
}

#[derive(Debug, Serialize, Deserialize)]
struct SavedRecord {
    id: IdentityId,
    principals: Vec<Principal>,
    evidence: Evidence,
    credentials: Vec<Credential>,
    lineage: Vec<LineageEdge>,
    consumers: Vec<Consumer>,
    told: Option<Timestamp>,
    touched: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct SavedKey {
    reference: CredentialRef,
    principals: Vec<Principal>,
    alone: Option<IdentityId>,
    issuance: Option<Box<Issuance>>,
    expires: Option<Timestamp>,
    heard: Option<Timestamp>,
    revoked: Option<Timestamp>,
}

#[derive(Debug, Deserialize)]
struct Versioned {
    version: u32,
}

impl Directory {
    /// Everything that was learned. The same directory always gives the same bytes.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        let mut records: Vec<SavedRecord> = self
            .records
            .iter()
            .flatten()
            .map(|it| SavedRecord {
                id: it.identity.id.clone(),
                principals: it.identity.principals.clone(),
                evidence: it.evidence,
                credentials: it.identity.credentials.clone(),
                lineage: it
                    .identity
                    .lineage
                    .iter()
                    .filter(|it| it.shown_by.is_some())
                    .cloned()
                    .collect(),
                consumers: it.consumers.clone(),
                told: it.told,
                touched: it.touched,
            })
            .collect();
        records.sort_by(|a, b| a.id.cmp(&b.id));
        let principal = |id: &u32| self.aliases.principal(*id).map(|it| Principal::clone(it));
        let mut keys: Vec<SavedKey> = self
            .keys
            .iter()
            .map(|(reference, it)| {
                let mut principals: Vec<Principal> =
                    it.names.iter().filter_map(principal).collect();
                principals.sort();
                SavedKey {
                    reference: reference.clone(),
                    principals,
                    alone: it.alone.and_then(|it| self.record(it)).map(|it| it.identity.id.clone()),
                    issuance: it.issuance.clone(),
                    expires: it.expires,
                    heard: it.heard,
                    revoked: it.revoked,
                }
            })
            .collect();
        keys.sort_by(|a, b| a.reference.cmp(&b.reference));
        let mut heard_of: Vec<Principal> = self.aliases.heard_of().cloned().collect();
        heard_of.sort();
        let saved = Saved {
            version: VERSION,
            clock: self.clock.clone(),
            swept: self.swept,
            unrecorded: self.unrecorded,
            records,
            heard_of,
            keys,
            merged: self.merged.clone(),
        };
        // INVARIANT: every map in it has text keys and every number is finite, so this cannot fail.
        serde_json::to_vec(&saved).unwrap_or_default()
    }

    /// A directory that behaves like the one that was saved, under a declaration that may be newer.
    ///
    /// What was learned of an identity that is declared by now goes to the declared one, and its
    /// derived id becomes an alias. Set [`Directory::with_revocations`] and
    /// [`Directory::with_bounds`] again; they are not part of the snapshot.
    ///
    /// # Errors
    /// The bytes are no snapshot, or one of a newer version.
    pub fn restore(declaration: Declaration, bytes: &[u8]) -> Result<Self, RestoreError> {
        let Versioned { version } = serde_json::from_slice(bytes)?;
        if version > VERSION {
            return Err(RestoreError::TooNew { found: version });
        }
        let saved: Saved = serde_json::from_slice(bytes)?;
        let mut it = Self::new(declaration);
        // The bounds held when it was saved; they count again from the next event on.
        it.bounds =
            Bounds { identities: usize::MAX, principals: usize::MAX, credentials: usize::MAX };
        it.clock = saved.clock;
        it.swept = saved.swept;
        it.unrecorded = saved.unrecorded;
        it.merged = saved.merged;
        let mut aliases = Vec::new();
        for principal in &saved.heard_of {
            let _ = it.aliases.number(principal, usize::MAX);
        }
        let mut placed = Vec::new();
        for record in saved.records {
            if let Some(slot) = it.place(&record) {
                placed.push((slot, record));
            }
        }
        for key in saved.keys {
            it.restore_key(key);
        }
        for (slot, record) in placed {
            let now = it.record(slot).map(|it| it.identity.id.clone());
            if let Some(now) = now.filter(|it| *it != record.id) {
                aliases.push((record.id.clone(), now));
            }
            it.restore_record(slot, record);
        }
        for (was, is) in aliases {
            it.merged.insert(was, is);
        }
        it.bounds = Bounds::STANDARD;
        Ok(it)
    }

    /// The record that what was learned belongs to now.
    fn place(&mut self, record: &SavedRecord) -> Option<Slot> {
        let mut first = None;
        for principal in &record.principals {
            let name = self.aliases.number(principal, usize::MAX)?;
            let slot = match self.aliases.claim(name) {
                Claim::One(slot) => Some(*slot),
                Claim::Many(_) => None,
                Claim::Nobody => self.derive(name),
            };
            first = first.or(slot);
        }
        if let Some(slot) = self.slot(&record.id) {
            return Some(slot);
        }
        if !record.principals.is_empty() {
            return first;
        }
        let credential = record.credentials.first()?;
        match self.keys.get(&credential.reference).map(|it| self.holders(it)) {
            Some(crate::directory::Who::One(slot)) => Some(slot),
            Some(_) => None,
            None => self.derive_from_key(&credential.reference),
        }
    }

    fn restore_key(&mut self, saved: SavedKey) {
        let names: Vec<u32> =
            saved.principals.iter().filter_map(|it| self.aliases.number(it, usize::MAX)).collect();
        let alone = saved.alone.and_then(|it| self.slot(&it));
        let key: &mut Key = self.keys.entry(saved.reference).or_default();
        key.names = names;
        key.alone = alone;
        key.issuance = saved.issuance;
        key.expires = saved.expires;
        key.heard = saved.heard;
        key.revoked = saved.revoked;
    }

    fn restore_record(&mut self, slot: Slot, saved: SavedRecord) {
        let revocations = &self.revocations;
        let Some(record) = self.records.get_mut(slot as usize).and_then(Option::as_mut) else {
            return;
        };
        for old in saved.credentials {
            let (Some(known), _) = record.credential(&old.reference, revocations) else { continue };
            known.status = old.status;
            known.issued = old.issued;
            known.expires = old.expires;
            known.last_used = old.last_used;
            known.session = old.session;
        }
        for principal in &saved.principals {
            let mine = self.aliases.find(principal).map(|it| self.aliases.claim(it));
            if mine == Some(&Claim::One(slot)) {
                record.learn_principal(principal);
            }
        }
        join(&mut record.consumers, saved.consumers);
        record.told = record.told.max(saved.told);
        self.learn_kind(slot, saved.evidence);
        for edge in saved.lineage {
            if let (Some(seen), Some(by)) = (edge.seen, edge.shown_by) {
                self.learn_edge(slot, edge.kind, &edge.to, seen, &by);
            }
        }
        self.learn_protection(slot);
        self.infer_environment(slot);
        self.infer_owners_from(slot);
        if saved.touched {
            self.touch(slot);
        }
    }
}
