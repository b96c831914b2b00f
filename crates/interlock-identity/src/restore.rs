//! A directory that goes on from what another one had learned.
//!
//! Where people declare the same, and the same program reads it, records are taken in as they lie: only the
//! indexes are made anew. Everything else is learned once more, record by record, since it may belong to
//! somebody else by now.

use crate::aliases::{Aliases, Claim, NameId, Slot};
use crate::bytes::Reader;
use crate::clock::Clock;
use crate::consumer::join;
use crate::declare::Declaration;
use crate::directory::{Bounds, Directory, Who};
use crate::frozen::{Learned, id_text_into, read_event, read_learned, read_principal, thaw_with};
use crate::keys::Issuance;
use crate::kind::Evidence;
use crate::near::Near;
use crate::record::Record;
use crate::revocation::Revocations;
use crate::snapshot::{FORM, LYING, OLDEST, TAGGED, VERSION, basis};
use crate::survey::Survey;
use crate::usage::Usage;
use interlock_model::{CredentialRef, Identity, IdentityId, Principal, SessionRef, Timestamp};
use std::collections::BTreeSet;
use std::hash::BuildHasher as _;

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
    #[error("the directory's snapshot cannot be read from byte {at} on")]
    Damaged {
        /// How many of its bytes could be read.
        at: usize,
    },
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

/// The principals of a snapshot, by the numbers that they have there.
enum Names {
    /// They have the same in the directory.
    Same,
    Others(Vec<Principal>),
}

/// A record that has its place, to be read once more when all others have theirs.
struct Later<'a> {
    from: Reader<'a>,
    form: Form,
    slot: Slot,
}

#[derive(Clone, Copy)]
enum Form {
    Frozen,
    Learned,
}

impl Names {
    fn principal(&self, number: u32, aliases: &Aliases) -> Option<Principal> {
        match self {
            Self::Same => aliases.principal(number),
            Self::Others(names) => names.get(number as usize).cloned(),
        }
    }

    /// The number that the directory has for it.
    fn number(&self, number: u32, aliases: &Aliases) -> Option<NameId> {
        match self {
            Self::Same => aliases.parts(number).map(|_| number),
            Self::Others(names) => aliases.find(names.get(number as usize)?),
        }
    }
}

impl SavedRecord {
    fn read_in(
        from: &mut Reader<'_>,
        form: Form,
        revocations: &Revocations,
        principal_of: impl Fn(u32) -> Option<Principal>,
    ) -> Option<Self> {
        match form {
            Form::Learned => Self::read(from, revocations, principal_of),
            Form::Frozen => thaw_with(from.bytes()?, revocations, principal_of).map(Self::of),
        }
    }

    /// What was learned of a record; what follows from it is found again.
    fn of(record: Record) -> Self {
        let Identity { id, principals, credentials, mut lineage, .. } = record.identity;
        lineage.retain(|it| it.shown_by.is_some());
        Self {
            id,
            principals,
            evidence: record.evidence,
            learned: Learned { credentials, lineage, consumers: record.consumers },
            told: record.told,
            touched: record.touched,
        }
    }

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
    /// A directory that behaves like the one that was saved, under a declaration that may be newer.
    ///
    /// What was learned of an identity that is declared by now goes to the declared one, and its
    /// derived id becomes an alias. Set [`Directory::with_revocations`] and
    /// [`Directory::with_bounds`] again; they are not part of the snapshot.
    ///
    /// # Errors
    /// The bytes are no snapshot, or one of another version.
    pub fn restore(declaration: Declaration, bytes: &[u8]) -> Result<Self, RestoreError> {
        let rest = bytes.strip_prefix(FORM).ok_or(RestoreError::Damaged { at: 0 })?;
        let mut from = Reader(rest);
        let found = from.number().ok_or(RestoreError::Damaged { at: FORM.len() })?;
        if !(OLDEST..=VERSION).contains(&found) {
            return Err(RestoreError::Foreign { found });
        }
        let read = Self::read(declaration, &mut from, found);
        read.ok_or_else(|| RestoreError::Damaged { at: bytes.len() - from.0.len() })
    }

    fn read(declaration: Declaration, from: &mut Reader<'_>, form: u64) -> Option<Self> {
        let (clock, swept) = (Clock::read(from)?, from.option(Reader::time)?);
        let unrecorded = from.number()?;
        let lying = form >= LYING;
        let same = lying && from.take(32)? == basis(&declaration).as_bytes();
        let (mut it, names) = if same {
            (Self::among(declaration, read_aliases(from)?), Names::Same)
        } else {
            let names = read_names(from)?;
            let mut it = Self::new(declaration);
            for principal in &names {
                let _ = it.aliases.number(principal, usize::MAX);
            }
            (it, Names::Others(names))
        };
        (it.clock, it.swept, it.unrecorded) = (clock, swept, unrecorded);
        // The bounds held when it was saved; they count again from the next event on.
        it.bounds =
            Bounds { identities: usize::MAX, principals: usize::MAX, credentials: usize::MAX };
        let mut later = Vec::new();
        let told = if lying { it.read_lying(from, &names, &mut later)? } else { Told::default() };
        let due = it.read_learned(from, form, &names, later)?;
        it.bounds = Bounds::STANDARD;
        it.tell_later(&due);
        it.untold.extend(told.before);
        it.touched.extend(told.due);
        Some(it)
    }

    /// Takes in the records that lie as they are; those that cannot stay so are placed, and read later.
    fn read_lying<'a>(
        &mut self,
        from: &mut Reader<'a>,
        names: &Names,
        later: &mut Vec<Later<'a>>,
    ) -> Option<Told> {
        let count = from.count()?;
        let (mut told, mut survey) = (Told::default(), Survey::default());
        if let Names::Same = names {
            // Each takes eleven bytes at least.
            self.ids.reserve(count.min(from.0.len() / 11));
        }
        let (mut sorted, mut others, mut before) = (Vec::new(), Vec::new(), None);
        for _ in 0..count {
            let here = *from;
            let bytes = from.bytes()?;
            if let Names::Same = names {
                let ascending = |it: &Survey| before.is_none_or(|before| before < it.id);
                let sound = survey.read(bytes, &self.aliases).is_some() && ascending(&survey);
                if !sound {
                    *from = here;
                    return None;
                }
                before = Some(survey.id);
                if let Some(slot) = self.lay(bytes, &survey) {
                    sorted.push(slot);
                    if survey.touched() { &mut told.due } else { &mut told.before }.push(slot);
                    continue;
                }
            }
            others.push(here);
        }
        self.order.fill(&self.records, &sorted);
        for from in others {
            self.place_later(&mut from.clone(), Form::Frozen, names, later)?;
        }
        Some(told)
    }

    /// Takes a frozen record in as it is; `None` when another one has its id or a principal of it.
    fn lay(&mut self, bytes: &[u8], survey: &Survey) -> Option<Slot> {
        let mut id = String::with_capacity(IdentityId::PREFIX.len() + 20);
        id_text_into(survey.id, IdentityId::PREFIX, &mut id);
        let hash = self.seeded.hash_one(&*id);
        // Only declared ones are there before, and ids of one list ascend.
        if self.declares_any() && self.ids.find(hash, |it| self.records.is(it, &id)).is_some() {
            return None;
        }
        let taken = |it: &NameId| self.aliases.claim(*it) != Claim::Nobody;
        if survey.principals.iter().any(taken) {
            return None;
        }
        let slot = self.records.push_frozen(bytes)?;
        self.ids.insert(hash, slot);
        self.derived += 1;
        for name in &survey.principals {
            self.aliases.give(*name, slot);
        }
        for name in &survey.edges {
            self.aliases.point(slot, *name);
        }
        Some(slot)
    }

    const fn declares_any(&self) -> bool {
        !self.declaration.identities.is_empty()
    }

    /// Finds a place for the record that is read next.
    fn place_later<'a>(
        &mut self,
        from: &mut Reader<'a>,
        form: Form,
        names: &Names,
        later: &mut Vec<Later<'a>>,
    ) -> Option<()> {
        let here = *from;
        let principal_of = |it: u32| names.principal(it, &self.aliases);
        let saved = SavedRecord::read_in(from, form, &self.revocations, principal_of)?;
        if let Some(slot) = self.place(&saved) {
            later.push(Later { from: here, form, slot });
        }
        Some(())
    }

    /// Reads all the rest; the identities that were to be told when it was saved.
    ///
    /// Records are read twice: what was learned has its place only when all principals and credentials
    /// have theirs, and all of it at once would be many times the bytes.
    fn read_learned<'a>(
        &mut self,
        from: &mut Reader<'a>,
        form: u64,
        names: &Names,
        mut later: Vec<Later<'a>>,
    ) -> Option<BTreeSet<Slot>> {
        for _ in 0..from.count()? {
            self.place_later(from, Form::Learned, names, &mut later)?;
        }
        let keys = from.count()?;
        self.keys.reserve(keys.min(from.0.len() / 11));
        for _ in 0..keys {
            let key = SavedKey::read(from, form, &|it| names.principal(it, &self.aliases))?;
            self.restore_key(key);
        }
        let merged = from.list(|it| Some((it.text()?.parse().ok()?, it.text()?.parse().ok()?)))?;
        if form > OLDEST {
            self.usage = Usage::read(from, |it| names.number(it, &self.aliases))?;
            self.count_for_agents();
        }
        if !from.0.is_empty() {
            return None;
        }
        self.merged = merged.into_iter().collect();
        let mut due = BTreeSet::new();
        for Later { mut from, form, slot } in later {
            let principal_of = |it: u32| names.principal(it, &self.aliases);
            let record = SavedRecord::read_in(&mut from, form, &self.revocations, principal_of)?;
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

/// Records that lie as they are: those that were to be told, and all others.
#[derive(Default)]
struct Told {
    due: Vec<Slot>,
    before: Vec<Slot>,
}

/// The principals under the numbers that they had.
fn read_aliases(from: &mut Reader<'_>) -> Option<Aliases> {
    let mut aliases = Aliases::default();
    let count = from.count()?;
    // Each takes two bytes at least, and some forty as it usually is.
    aliases.reserve(count.min(from.0.len() / 8));
    for _ in 0..count {
        aliases.put_back(from.text()?, from.text()?)?;
    }
    Some(aliases)
}

fn read_names(from: &mut Reader<'_>) -> Option<Vec<Principal>> {
    let mut before: Option<Principal> = None;
    from.list(|it| {
        let (provider, name) = (it.text()?, it.text()?);
        // One provider has many principals, and they follow each other.
        let known = before.as_ref().filter(|it| *it.provider == *provider);
        let principal = match known {
            Some(known) => Principal { provider: known.provider.clone(), name: name.into() },
            None => Principal::new(provider, name),
        };
        before = Some(principal.clone());
        Some(principal)
    })
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
