//! What the directory learned, as bytes, and back: without what people declared, which may change
//! between the two.

use crate::aliases::{Claim, Slot};
use crate::bytes::{Reader, Writer};
use crate::clock::Clock;
use crate::consumer::join;
use crate::declare::Declaration;
use crate::directory::{Bounds, Directory, Who};
use crate::frozen::{
    Learned, read_event, read_learned, read_principal, write_event, write_learned, write_principal,
};
use crate::keys::{Issuance, Key, TextForm};
use crate::kind::Evidence;
use crate::near::Near;
use crate::revocation::Revocations;
use crate::usage::Usage;
use interlock_model::{CredentialRef, IdentityId, LineageEdge, Principal, SessionRef, Timestamp};
use std::collections::BTreeSet;

/// How a snapshot begins, before the number of its form. Newer forms are refused, and older ones too:
/// whoever has one learns again.
const FORM: &[u8] = b"interlock-directory/";
const VERSION: u64 = 4;
/// The oldest form that is read: it has no uses of actions.
const OLDEST: u64 = 2;
/// The first form that has the tags of sessions.
const TAGGED: u64 = 4;

/// Why a snapshot cannot be restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// Another version wrote it: start without it, or run that version.
    #[error("the directory's snapshot has form {found}, this program reads form {VERSION}")]
    Foreign {
        /// The form that it has.
        found: u64,
    },
    /// It is damaged: start without it, and learn again.
    #[error("the directory's snapshot cannot be read")]
    Damaged,
}

/// What was learned of one identity.
struct SavedRecord {
    id: IdentityId,
    principals: Vec<Principal>,
    evidence: Evidence,
    learned: Learned,
    told: Option<Timestamp>,
    touched: bool,
}

struct SavedKey {
    reference: CredentialRef,
    principals: Vec<Principal>,
    alone: Option<IdentityId>,
    issuance: Option<Box<Issuance>>,
    expires: Option<Timestamp>,
    heard: Option<Timestamp>,
    revoked: Option<Timestamp>,
}

impl SavedRecord {
    fn read(
        from: &mut Reader<'_>,
        revocations: &Revocations,
        principal_of: impl Fn(u32) -> Option<Principal>,
    ) -> Option<Self> {
        Some(Self {
            id: from.text()?.parse().ok()?,
            principals: from.list(|it| read_principal(it, &principal_of))?,
            evidence: Evidence::of_bits(u32::try_from(from.number()?).ok()?),
            learned: read_learned(from, &Near::default(), revocations, principal_of)?,
            told: from.option(Reader::time)?,
            touched: from.byte()? == 1,
        })
    }
}

impl SavedKey {
    fn read(
        from: &mut Reader<'_>,
        form: u64,
        principal_of: &impl Fn(u32) -> Option<Principal>,
    ) -> Option<Self> {
        Some(Self {
            reference: CredentialRef::from_text(from.text()?)?,
            principals: from.list(|it| read_principal(it, principal_of))?,
            alone: from.option(|it| it.text()?.parse().ok())?,
            issuance: from.option(|it| read_issuance(it, form, principal_of))?.map(Box::new),
            expires: from.option(Reader::time)?,
            heard: from.option(Reader::time)?,
            revoked: from.option(Reader::time)?,
        })
    }
}

impl Directory {
    /// Everything that was learned. The same directory always gives the same bytes.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.snapshot_into(&mut bytes);
        bytes
    }

    /// The same behind bytes that are there.
    pub fn snapshot_into(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(FORM);
        let mut to = Writer(std::mem::take(bytes));
        to.number(VERSION);
        self.clock.write(&mut to);
        to.option(self.swept, Writer::time);
        to.number(self.unrecorded);
        let names = self.write_names(&mut to);
        self.write_records(&mut to, &names);
        self.write_keys(&mut to, &names);
        to.number(self.merged.len() as u64);
        for (was, is) in &self.merged {
            to.text(was.as_str());
            to.text(is.as_str());
        }
        self.usage.write(&mut to, &names);
        *bytes = to.0;
    }

    /// Writes all principals in order, and gives the number that each has there, by its own number here.
    fn write_names(&self, to: &mut Writer) -> Vec<u32> {
        let mut order: Vec<((&str, &str), u32)> =
            (0..).zip(self.aliases.all()).map(|(id, it)| (it, id)).collect();
        order.sort_unstable();
        to.number(order.len() as u64);
        let mut ranks = vec![0; order.len()];
        for (rank, ((provider, name), id)) in (0..).zip(order) {
            to.text(provider);
            to.text(name);
            if let Some(place) = ranks.get_mut(id as usize) {
                *place = rank;
            }
        }
        ranks
    }

    fn write_records(&self, to: &mut Writer, ranks: &[u32]) {
        let rank = |it: &Principal| ranks.get(self.aliases.find(it)? as usize).copied();
        let mut order: Vec<(IdentityId, Slot)> = self
            .slots()
            .filter_map(|slot| Some((self.peek(slot)?.identity.id.clone(), slot)))
            .collect();
        order.sort_unstable();
        to.number(order.len() as u64);
        for (id, slot) in order {
            let Some(record) = self.peek(slot) else { continue };
            let it = &record.identity;
            to.text(id.as_str());
            to.number(it.principals.len() as u64);
            it.principals.iter().for_each(|it| write_principal(to, it, &rank));
            to.number(u64::from(record.evidence.bits()));
            let shown: Vec<&LineageEdge> =
                it.lineage.iter().filter(|it| it.shown_by.is_some()).collect();
            let near = Near::default();
            write_learned(to, &near, &it.credentials, shown.into_iter(), &record.consumers, rank);
            to.option(record.told, Writer::time);
            to.0.push(u8::from(record.touched));
        }
    }

    fn write_keys(&self, to: &mut Writer, ranks: &[u32]) {
        let rank = |it: &Principal| ranks.get(self.aliases.find(it)? as usize).copied();
        let mut keys: Vec<(TextForm<'_>, &Key)> = self.keys.iter().collect();
        keys.sort_unstable_by_key(|it| it.0);
        to.number(keys.len() as u64);
        for (reference, it) in keys {
            to.text_of(reference.pieces());
            // Ranks are in the order of the principals.
            let mut principals: Vec<u32> =
                it.names().iter().filter_map(|it| ranks.get(*it as usize).copied()).collect();
            principals.sort_unstable();
            to.number(principals.len() as u64);
            principals.into_iter().for_each(|it| to.number(u64::from(it) + 1));
            let alone = it.alone().and_then(|it| self.records.id(it));
            to.option(alone, |to, it| to.text(it.0.as_str()));
            to.option(it.issuance(), |to, it| write_issuance(to, it, &rank));
            for time in [it.expires(), it.heard(), it.revoked()] {
                to.option(time, Writer::time);
            }
        }
    }

    /// A directory that behaves like the one that was saved, under a declaration that may be newer.
    ///
    /// What was learned of an identity that is declared by now goes to the declared one, and its
    /// derived id becomes an alias. Set [`Directory::with_revocations`] and
    /// [`Directory::with_bounds`] again; they are not part of the snapshot.
    ///
    /// # Errors
    /// The bytes are no snapshot, or one of another version.
    pub fn restore(declaration: Declaration, bytes: &[u8]) -> Result<Self, RestoreError> {
        let rest = bytes.strip_prefix(FORM).ok_or(RestoreError::Damaged)?;
        let mut from = Reader(rest);
        let found = from.number().ok_or(RestoreError::Damaged)?;
        if !(OLDEST..=VERSION).contains(&found) {
            return Err(RestoreError::Foreign { found });
        }
        let mut it = Self::new(declaration);
        // The bounds held when it was saved; they count again from the next event on.
        it.bounds =
            Bounds { identities: usize::MAX, principals: usize::MAX, credentials: usize::MAX };
        let due = it.read(&mut from, found).ok_or(RestoreError::Damaged)?;
        it.bounds = Bounds::STANDARD;
        it.tell_later(&due);
        Ok(it)
    }

    /// Reads everything; the identities that were to be told when it was saved.
    fn read(&mut self, from: &mut Reader<'_>, form: u64) -> Option<BTreeSet<Slot>> {
        self.clock = Clock::read(from)?;
        self.swept = from.option(Reader::time)?;
        self.unrecorded = from.number()?;
        let mut before: Option<Principal> = None;
        let names = from.list(|it| {
            let (provider, name) = (it.text()?, it.text()?);
            // One provider has many principals, and they follow each other.
            let known = before.as_ref().filter(|it| *it.provider == *provider);
            let principal = match known {
                Some(known) => Principal { provider: known.provider.clone(), name: name.into() },
                None => Principal::new(provider, name),
            };
            before = Some(principal.clone());
            Some(principal)
        })?;
        for principal in &names {
            let _ = self.aliases.number(principal, usize::MAX);
        }
        let principal_of = |number: u32| names.get(number as usize).cloned();
        let revocations = self.revocations.clone();
        // Twice: what was learned has its place only when all principals and credentials have theirs,
        // and all of it at once would be many times the bytes.
        let again = *from;
        let slots = from.list(|it| {
            let record = SavedRecord::read(it, &revocations, principal_of)?;
            Some(self.place(&record))
        })?;
        for _ in 0..from.count()? {
            self.restore_key(SavedKey::read(from, form, &principal_of)?);
        }
        let merged = from.list(|it| Some((it.text()?.parse().ok()?, it.text()?.parse().ok()?)))?;
        if form > OLDEST {
            let aliases = &self.aliases;
            let name_of = |rank: u32| aliases.find(names.get(rank as usize)?);
            self.usage = Usage::read(from, name_of)?;
            self.count_for_agents();
        }
        if !from.0.is_empty() {
            return None;
        }
        self.merged = merged.into_iter().collect();
        let (mut from, mut due) = (again, BTreeSet::new());
        from.count()?;
        for slot in slots {
            let record = SavedRecord::read(&mut from, &revocations, principal_of)?;
            let Some(slot) = slot else { continue };
            let now = self.records.id(slot).map(|it| it.0);
            if let Some(now) = now.filter(|it| *it != record.id) {
                self.merged.insert(record.id.clone(), now);
            }
            if record.touched {
                due.insert(slot);
            }
            self.restore_record(slot, record);
        }
        Some(due)
    }

    /// The record that what was learned belongs to now.
    fn place(&mut self, record: &SavedRecord) -> Option<Slot> {
        let mut first = None;
        for principal in &record.principals {
            let name = self.aliases.number(principal, usize::MAX)?;
            let slot = match self.aliases.claim(name) {
                Claim::One(slot) => Some(slot),
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
        let credential = record.learned.credentials.first()?;
        match self.keys.get(&credential.reference).map(|it| self.holders(it)) {
            Some(Who::One(slot)) => Some(slot),
            Some(_) => None,
            None => self.derive_from_key(&credential.reference),
        }
    }

    fn restore_key(&mut self, saved: SavedKey) {
        let alone = saved.alone.and_then(|it| self.slot(&it));
        let names = saved.principals.iter();
        let names: Vec<_> = names.filter_map(|it| self.aliases.number(it, usize::MAX)).collect();
        let Some(key) = self.keys.entry(&saved.reference, usize::MAX) else { return };
        // Placing its record may have said more of it than was known.
        key.forget_learned();
        names.iter().for_each(|it| key.name(*it));
        key.stand_in(alone);
        if let Some(issuance) = saved.issuance {
            key.issue(*issuance);
        }
        key.expire(saved.expires);
        key.hear(saved.heard);
        key.revoke(saved.revoked);
        let claimed = |it: &u32| matches!(self.aliases.claim(*it), Claim::Many(_));
        if names.len() > 1 || names.iter().any(claimed) {
            self.keys.contest(&saved.reference);
        }
    }

    fn restore_record(&mut self, slot: Slot, saved: SavedRecord) {
        let revocations = &self.revocations;
        let Some(record) = self.records.get_mut(slot, &self.aliases, &self.revocations) else {
            return;
        };
        for old in saved.learned.credentials {
            let (Some(known), _) = record.credential(&old.reference, revocations) else { continue };
            known.status = old.status;
            known.issued = old.issued;
            known.expires = old.expires;
            known.last_used = old.last_used;
            known.session = old.session;
        }
        for principal in &saved.principals {
            let mine = self.aliases.find(principal).map(|it| self.aliases.claim(it));
            if mine == Some(Claim::One(slot)) {
                record.learn_principal(principal);
            }
        }
        join(&mut record.consumers, saved.learned.consumers);
        record.told = record.told.max(saved.told);
        self.learn_kind(slot, saved.evidence);
        for edge in saved.learned.lineage {
            if let Some(seen) = edge.seen {
                self.learn_edge(slot, edge.kind, &edge.to, seen, edge.shown_by.as_ref());
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

fn write_issuance(to: &mut Writer, it: &Issuance, rank: &impl Fn(&Principal) -> Option<u32>) {
    let Issuance { by, with, via, at, shown_by, session, tags } = it;
    to.option(by.as_ref(), |to, it| write_principal(to, it, rank));
    to.option(with.as_ref(), |to, it| to.text(it.as_str()));
    to.number(via.len() as u64);
    via.iter().for_each(|it| write_principal(to, it, rank));
    to.time(*at);
    write_event(to, shown_by);
    to.option(session.as_ref(), |to, it| {
        to.text(&it.id);
        to.option(it.issued, Writer::time);
        to.0.push(match it.mfa {
            None => 0,
            Some(false) => 1,
            Some(true) => 2,
        });
    });
    to.number(tags.len() as u64);
    tags.iter().for_each(|it| to.text(it));
}

fn read_issuance(
    from: &mut Reader<'_>,
    form: u64,
    principal_of: &impl Fn(u32) -> Option<Principal>,
) -> Option<Issuance> {
    Some(Issuance {
        by: from.option(|it| read_principal(it, principal_of))?,
        with: from.option(|it| CredentialRef::from_text(it.text()?))?,
        via: from.list(|it| read_principal(it, principal_of))?,
        at: from.time()?,
        shown_by: read_event(from)?,
        session: from.option(|it| {
            Some(SessionRef {
                id: it.text()?.into(),
                issued: it.option(Reader::time)?,
                mfa: match it.byte()? {
                    0 => None,
                    1 => Some(false),
                    2 => Some(true),
                    _ => return None,
                },
            })
        })?,
        tags: if form < TAGGED { Vec::new() } else { from.list(|it| Some(it.text()?.into()))? },
    })
}
