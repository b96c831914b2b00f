//! The directory itself: binds events to identities, and answers who they are.

use crate::aliases::{Aliases, NameId, Slot};
use crate::attributed::Attributed;
use crate::clock::Clock;
use crate::declare::{Declaration, DeclaredIdentity, Protected};
use crate::discover::Inventory;
use crate::index::Index;
use crate::keys::{Key, Keys};
use crate::kind::Evidence;
use crate::limits::CredentialLimits;
use crate::order::Order;
use crate::record::Record;
use crate::revocation::Revocations;
use crate::seeded::Seeded;
use crate::shelf::Shelf;
use crate::usage::Usage;
use interlock_model::{
    Actor, Binding, Environment, EnvironmentBasis, Event, Identity, IdentityId, Outcome, Owner,
    OwnerId, Ownership, Provenance, RefusalStage, Resolution, Timestamp,
};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::BuildHasher as _;

/// Who there is: what people declared, joined with what telemetry showed.
///
/// The same events in the same order give the same directory. In another order they give the same
/// identities too, as long as no bound is reached and no event is later than 36 hours.
#[derive(Debug, Clone)]
pub struct Directory {
    pub(crate) declaration: Declaration,
    pub(crate) revocations: Revocations,
    pub(crate) records: Shelf,
    /// Slots by the hash of the id.
    pub(crate) ids: Index,
    /// Of whom the last event was: whoever is told of it asks for the record next.
    pub(crate) lately: Slot,
    pub(crate) seeded: Seeded,
    pub(crate) aliases: Aliases,
    pub(crate) keys: Keys,
    pub(crate) merged: BTreeMap<IdentityId, IdentityId>,
    pub(crate) touched: Vec<Slot>,
    /// Those put back from a snapshot that may be other than they were told, last first.
    pub(crate) untold: Vec<Slot>,
    pub(crate) clock: Clock,
    pub(crate) swept: Option<Timestamp>,
    pub(crate) derived: usize,
    pub(crate) unrecorded: u64,
    pub(crate) inventory: Inventory,
    pub(crate) usage: Usage,
    pub(crate) order: Order,
    pub(crate) attributed: Attributed,
    pub(crate) limits: CredentialLimits,
    pub(crate) bounds: Bounds,
}

/// So many of those put back from a snapshot are told by one call: each is a write to the store, and
/// records wait meanwhile.
const TOLD_AT_ONCE: usize = 500;

/// How much a directory learns at most. Declared identities are not counted.
///
/// A record is at most about 40 kB when every bound of it is reached (32 consumers, 96 credentials,
/// 32 edges, 64 principals) and under 2 kB as it usually is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Derived identities. Beyond, events are still bound to the right id, but nothing is learned of it.
    pub identities: usize,
    /// Principals in the alias index.
    pub principals: usize,
    /// Credentials in the index. Beyond, a credential is known only together with its principal.
    pub credentials: usize,
}

impl Bounds {
    /// A million identities: half a gigabyte when each has a credential.
    pub const STANDARD: Self = Self::of(1_000_000);

    /// So many identities, and four principals and credentials for each.
    #[must_use]
    pub const fn of(identities: usize) -> Self {
        let four_each = identities.saturating_mul(4);
        Self { identities, principals: four_each, credentials: four_each }
    }
}

/// Who an actor is, before it is said in the words of the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Who {
    One(Slot),
    Several(Vec<Slot>),
    /// The bounds are reached; the id is right all the same.
    Unrecorded(IdentityId),
    Nobody,
}

impl Directory {
    /// A directory of what is declared, before any event.
    #[must_use]
    pub fn new(declaration: Declaration) -> Self {
        Self::among(declaration, Aliases::default())
    }

    /// The same where principals have numbers already, and nobody answers for them yet.
    pub(crate) fn among(declaration: Declaration, aliases: Aliases) -> Self {
        let mut it = Self {
            declaration: Declaration::default(),
            revocations: Revocations::new(),
            records: Shelf::default(),
            ids: Index::default(),
            lately: 0,
            seeded: Seeded::default(),
            aliases,
            keys: Keys::default(),
            merged: BTreeMap::new(),
            touched: Vec::new(),
            untold: Vec::new(),
            clock: Clock::default(),
            swept: None,
            derived: 0,
            unrecorded: 0,
            inventory: Inventory::default(),
            usage: Usage::default(),
            order: Order::default(),
            attributed: Attributed::default(),
            limits: CredentialLimits::STANDARD,
            bounds: Bounds::STANDARD,
        };
        for identity in &declaration.identities {
            it.declare(identity);
        }
        it.declaration = declaration;
        it.aliases.match_patterns();
        for slot in it.slots().collect::<Vec<_>>() {
            it.point_edges(slot);
            it.learn_protection(slot);
            it.infer_environment(slot);
        }
        for slot in it.slots().collect::<Vec<_>>() {
            it.infer_owner(slot);
            it.touch(slot);
        }
        it.count_for_agents();
        it
    }

    /// The same directory with the ways in which credentials can be ended.
    #[must_use]
    pub fn with_revocations(mut self, revocations: Revocations) -> Self {
        for record in self.records.at_hand_mut() {
            for credential in &mut record.identity.credentials {
                credential.revocation = revocations.of(&credential.reference).cloned();
            }
        }
        self.revocations = revocations;
        self
    }

    /// How old credentials may become from now on.
    pub fn set_limits(&mut self, limits: CredentialLimits) {
        self.limits = limits;
    }

    /// The same directory with other bounds.
    #[must_use]
    pub const fn with_bounds(mut self, bounds: Bounds) -> Self {
        self.bounds = bounds;
        self
    }

    /// Says who an event is about, and learns from it.
    ///
    /// Learned is: unseen principals (as undeclared identities), whose a credential is, which
    /// credentials came from which, who created whom, who uses what.
    /// A refused event teaches only who its actor is; only success teaches lineage.
    pub fn bind(&mut self, event: &Event) -> Binding {
        self.clock.see(event.time);
        self.sweep_when_due();
        let accepted =
            !matches!(event.outcome, Outcome::Refused { stage: RefusalStage::Credential, .. });
        let (who, name) = self.attribute_shared(&event.actor);
        match (&who, name, &event.actor.credential) {
            (Who::One(slot), _, _) if accepted => self.learn_use(*slot, name, event),
            (Who::Several(_), Some(name), Some(credential)) if accepted => {
                self.learn_shared_key(name, credential, event.time);
            }
            _ => {}
        }
        if event.outcome == Outcome::Success {
            self.learn_issued(event);
            self.learn_changes(event);
        }
        if let Who::One(slot) = who {
            self.lately = slot;
        }
        self.binding(who, name, &event.actor)
    }

    /// Says who an alert of another monitor is about.
    ///
    /// An unseen actor becomes an undeclared identity, and an unseen credential is remembered as
    /// its; nothing else is learned, for an alert is a claim and not an observation.
    /// A known credential counts first; then a user or role that is named without its ARN is looked
    /// for in `account`.
    pub fn bind_actor(&mut self, actor: &Actor, account: Option<&str>, time: Timestamp) -> Binding {
        self.clock.see(time);
        self.sweep_when_due();
        let known = actor.credential.as_ref().is_some_and(|it| self.keys.contains(it));
        let (who, name) = if actor.principal.is_none() && !known {
            let account = account.or(actor.account.as_deref());
            match self.by_name(&actor.name, account).as_slice() {
                [] => self.attribute(actor),
                [one] => (Who::One(*one), None),
                several => (Who::Several(several.to_vec()), None),
            }
        } else {
            self.attribute(actor)
        };
        if let (Who::One(slot), Some(credential)) = (&who, &actor.credential) {
            let name = name.or_else(|| self.only_name(*slot));
            self.learn_key(*slot, name, credential, time);
        }
        self.binding(who, name, actor)
    }

    /// The record of this identity; of a merged one the record that it lives on in.
    #[must_use]
    pub fn identity(&self, id: &IdentityId) -> Option<&Identity> {
        self.slot(id).and_then(|it| self.record(it)).map(|it| &it.identity)
    }

    /// All records, by id.
    pub fn identities(&self) -> impl Iterator<Item = &Identity> {
        let mut all: Vec<&Identity> =
            self.slots().filter_map(|it| self.record(it)).map(|it| &it.identity).collect();
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all.into_iter()
    }

    /// The first records whose id comes after this one, at most `limit`, by id; and whether there are more.
    #[must_use]
    pub fn page(&self, after: Option<&str>, limit: usize) -> (Vec<&Identity>, bool) {
        let mut slots = self.order.page(&self.records, after, limit.saturating_add(1));
        let more = slots.len() > limit;
        slots.truncate(limit);
        let records = slots.into_iter().filter_map(|it| self.record(it));
        (records.map(|it| &it.identity).collect(), more)
    }

    /// A team.
    #[must_use]
    pub fn owner(&self, id: &OwnerId) -> Option<&Owner> {
        self.declaration.owners.iter().find(|it| it.id == *id)
    }

    /// The team that answers for an identity, declared or inferred.
    #[must_use]
    pub fn owner_of(&self, id: &IdentityId) -> Option<&Owner> {
        self.owner(self.identity(id)?.owner.owner()?)
    }

    /// Whether an identity is never contained without a person.
    #[must_use]
    pub fn is_protected(&self, id: &IdentityId) -> bool {
        self.identity(id).is_some_and(|it| it.protected)
    }

    /// Whether an identity was made for drills.
    #[must_use]
    pub fn is_for_drills(&self, id: &IdentityId) -> bool {
        self.declaration.identities.iter().any(|it| it.for_drills && it.id == *id)
    }

    /// Why an identity is protected, where the declaration gives a reason.
    #[must_use]
    pub fn protection(&self, id: &IdentityId) -> Option<&str> {
        let identity = self.identity(id)?;
        self.declaration
            .protected
            .iter()
            .find(|it| it.what.covers(identity))
            .map(|it| it.reason.as_str())
    }

    /// The ids of identities whose record changed since the last call, ascending.
    ///
    /// A use that changes nothing but the time of last use counts once in 15 minutes.
    /// The first call after [`Self::new`] names every declared identity. After [`Self::restore`] those
    /// of telemetry may be other than before, for what is declared may be: some of them are named by
    /// each call, until [`Self::all_told`].
    pub fn changed(&mut self) -> Vec<IdentityId> {
        let mut ids = Vec::new();
        let rest = self.untold.len().saturating_sub(TOLD_AT_ONCE);
        for slot in self.untold.split_off(rest) {
            self.touch(slot);
        }
        for slot in std::mem::take(&mut self.touched) {
            if let Some(record) = self.record_mut(slot) {
                record.touched = false;
                ids.push(record.identity.id.clone());
            }
        }
        ids.sort();
        ids
    }

    /// Whether no identity waits for a further call of [`Self::changed`].
    #[must_use]
    pub const fn all_told(&self) -> bool {
        self.untold.is_empty()
    }

    /// Lets what was put back from a snapshot wait, but for what people declare and what was due then.
    pub(crate) fn tell_later(&mut self, due: &BTreeSet<Slot>) {
        for slot in std::mem::take(&mut self.touched) {
            let Some(record) = self.record_mut(slot) else { continue };
            if record.identity.provenance == Provenance::Declared || due.contains(&slot) {
                self.touched.push(slot);
            } else {
                record.touched = false;
                self.untold.push(slot);
            }
        }
    }

    /// The identities that turned out to be others: `(was, is)`, ascending.
    ///
    /// A credential that is heard of before its principal stands for an identity of its own; when
    /// the principal becomes known, that identity is merged into the principal's. Its id stays an
    /// alias for ever: [`Self::identity`] and [`Self::resolve`] answer with the survivor.
    pub fn merged(&self) -> impl Iterator<Item = (&IdentityId, &IdentityId)> {
        self.merged.iter()
    }

    /// How many events were about identities beyond [`Bounds::identities`].
    #[must_use]
    pub const fn unrecorded(&self) -> u64 {
        self.unrecorded
    }

    pub(crate) fn slots(&self) -> impl Iterator<Item = Slot> + '_ {
        self.records.slots()
    }

    pub(crate) fn slot(&self, id: &IdentityId) -> Option<Slot> {
        self.slot_of(id).or_else(|| self.slot_of(self.merged.get(id)?))
    }

    fn slot_of(&self, id: &IdentityId) -> Option<Slot> {
        if self.records.is(self.lately, id.as_str()) {
            return Some(self.lately);
        }
        self.ids.find(self.seeded.hash_one(id), |it| self.records.is(it, id.as_str()))
    }

    pub(crate) fn record(&self, slot: Slot) -> Option<&Record> {
        self.records.get(slot, &self.aliases, &self.revocations)
    }

    /// A record for one look, where many are looked at.
    pub(crate) fn peek(&self, slot: Slot) -> Option<Cow<'_, Record>> {
        self.records.peek(slot, &self.aliases, &self.revocations)
    }

    pub(crate) fn record_mut(&mut self, slot: Slot) -> Option<&mut Record> {
        self.records.get_mut(slot, &self.aliases, &self.revocations)
    }

    /// The principal of an identity that has just one.
    fn only_name(&self, slot: Slot) -> Option<NameId> {
        match self.record(slot)?.identity.principals.as_slice() {
            [one] => self.aliases.find(one),
            _ => None,
        }
    }

    pub(crate) fn touch(&mut self, slot: Slot) {
        if let Some(record) = self.records.get_mut(slot, &self.aliases, &self.revocations)
            && !record.touched
        {
            record.touched = true;
            self.touched.push(slot);
        }
    }

    pub(crate) fn add(&mut self, identity: Identity, evidence: Evidence) -> Option<Slot> {
        if identity.provenance == Provenance::Derived {
            if self.derived >= self.bounds.identities {
                return None;
            }
            self.derived += 1;
        }
        let hash = self.seeded.hash_one(&identity.id);
        let slot = self.records.push(Record::new(identity, evidence), &self.aliases)?;
        self.ids.insert(hash, slot);
        self.order.insert(&self.records, slot);
        self.touch(slot);
        Some(slot)
    }

    fn declare(&mut self, declared: &DeclaredIdentity) {
        if self.slot_of(&declared.id).is_some() {
            return;
        }
        let identity = Identity {
            id: declared.id.clone(),
            kind: declared.kind,
            name: declared.name.clone(),
            environment: declared.environment.unwrap_or(Environment::Unknown),
            environment_basis: match declared.environment {
                Some(_) => EnvironmentBasis::Declared,
                None => EnvironmentBasis::None,
            },
            owner: match &declared.owner {
                Some(owner) => Ownership::Declared { owner: owner.clone() },
                None => Ownership::Unowned,
            },
            principals: declared.principals.clone(),
            credentials: Vec::new(),
            entitlements: declared.entitlements.clone(),
            dependents: declared.dependents.clone(),
            lineage: declared.lineage.clone(),
            protected: declared.protected,
            provenance: Provenance::Declared,
            departed: declared.departed,
            canary: declared.canary,
        };
        let Some(slot) = self.add(identity, Evidence::default()) else { return };
        for principal in &declared.principals {
            self.aliases.declare(principal, slot);
        }
        for pattern in &declared.patterns {
            self.aliases.declare_pattern(pattern.clone(), slot);
        }
        for credential in &declared.credentials {
            let Some(key) = self.keys.entry(credential, usize::MAX) else { continue };
            key.declare(slot);
            if key.declared().len() > 1 {
                self.keys.contest(credential);
            }
        }
        if let Some(record) = self.records.get_mut(slot, &self.aliases, &self.revocations) {
            for credential in &declared.credentials {
                let _ = record.credential(credential, &self.revocations);
            }
            record.sort();
        }
    }

    pub(crate) fn learn_protection(&mut self, slot: Slot) {
        let Some(record) = self.records.get_mut(slot, &self.aliases, &self.revocations) else {
            return;
        };
        if !record.identity.protected
            && self.declaration.protected.iter().any(|it| it.what.covers(&record.identity))
        {
            record.identity.protected = true;
            self.touch(slot);
        }
    }

    pub(crate) fn binding(&self, who: Who, name: Option<NameId>, actor: &Actor) -> Binding {
        let record = if let Who::One(slot) = &who { self.record(*slot) } else { None };
        let key = actor.credential.as_ref().and_then(|it| self.keys.get(it));
        let known = record.map(|it| it.identity.principals.as_slice()).unwrap_or_default();
        // The record's own copy costs nothing.
        let named = name.and_then(|name| {
            let own = known.iter().find(|it| self.aliases.is(name, it)).cloned();
            own.or_else(|| self.aliases.principal(name))
        });
        let only = || if let [one] = known { Some(one.clone()) } else { None };
        let principal = named.or_else(|| actor.principal.clone()).or_else(only);
        let issuance = key.and_then(Key::issuance);
        let session = actor.session.clone().or_else(|| issuance.and_then(|it| it.session.clone()));
        let chain = self.chain(actor, principal.as_ref(), issuance);
        Binding {
            resolution: self.resolution(who),
            credential: actor.credential.clone(),
            session,
            principal,
            chain,
        }
    }

    pub(crate) fn resolution(&self, who: Who) -> Resolution {
        let id = |slot: Slot| self.records.id(slot).map(|it| it.0);
        match who {
            Who::One(slot) => match self.records.id(slot) {
                Some((identity, Provenance::Declared)) => Resolution::Known { identity },
                Some((identity, Provenance::Derived)) => Resolution::Undeclared { identity },
                None => Resolution::Unknown,
            },
            Who::Several(slots) => {
                let mut candidates: Vec<IdentityId> = slots.into_iter().filter_map(id).collect();
                candidates.sort();
                Resolution::Ambiguous { candidates }
            }
            Who::Unrecorded(identity) => Resolution::Undeclared { identity },
            Who::Nobody => Resolution::Unknown,
        }
    }
}

impl Protected {
    /// Whether this protection is about this identity.
    #[must_use]
    pub fn covers(&self, identity: &Identity) -> bool {
        match self {
            Self::Identity(pattern) => pattern.matches(identity.id.as_str()),
            Self::Principal(pattern) => {
                identity.principals.iter().any(|it| pattern.matches(&it.to_string()))
            }
            Self::Credential(credential) => {
                identity.credentials.iter().any(|it| it.reference == *credential)
            }
        }
    }
}
