//! The alias index: which identity answers for a principal.

use crate::glob::Pattern;
use crate::index::Index;
use crate::principal::{assumed_role, role_under_path};
use crate::seeded::Seeded;
use interlock_model::Principal;
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::hash::BuildHasher as _;
use std::sync::Arc;

/// The place of a record in the directory; never reused.
pub(crate) type Slot = u32;

/// The number of a principal in the index.
pub(crate) type NameId = u32;

/// Who answers for a principal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Claim {
    /// It was only heard of, as the other end of a lineage edge.
    Nobody,
    One(Slot),
    /// Two or more declared identities, ascending.
    Many(Box<[Slot]>),
}

impl Claim {
    fn of(mut slots: Vec<Slot>) -> Self {
        slots.sort_unstable();
        slots.dedup();
        match slots.as_slice() {
            [] => Self::Nobody,
            [one] => Self::One(*one),
            _ => Self::Many(slots.into()),
        }
    }

    pub(crate) fn slots(&self) -> &[Slot] {
        match self {
            Self::Nobody => &[],
            Self::One(slot) => std::slice::from_ref(slot),
            Self::Many(slots) => slots,
        }
    }
}

#[derive(Debug, Clone)]
struct Name {
    principal: Principal,
    claim: Claim,
    /// The records with a lineage edge to it.
    #[expect(clippy::box_collection, reason = "one word where there is nearly always none")]
    pointed_at_by: Option<Box<Vec<Slot>>>,
}

/// Providers that are shared; more would only be searched for long.
const MOST_PROVIDERS: usize = 64;

/// All principals that were declared, seen or heard of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Aliases {
    names: Vec<Name>,
    ids: Index,
    seeded: Seeded,
    /// The providers of all principals, each once in memory.
    providers: Vec<Arc<str>>,
    /// Roles under a path, by `account/name`: their sessions do not show the path.
    paths: HashMap<Box<str>, NameId, Seeded>,
    patterns: Vec<(Pattern, Slot)>,
    /// Counts the changes after which a principal may be somebody else's.
    edition: u64,
    /// The pointed-at principals of a record, also those that its own list has no room for.
    pointed_at: HashMap<Slot, BTreeSet<NameId>>,
}

impl Aliases {
    /// Which state of the index answers: what it said of a principal before holds while this stays.
    pub(crate) const fn edition(&self) -> u64 {
        self.edition
    }

    /// A declared identity has this principal.
    pub(crate) fn declare(&mut self, principal: &Principal, slot: Slot) {
        self.edition += 1;
        let id = self.add(principal, Claim::Nobody);
        if let Some(name) = self.names.get_mut(id as usize) {
            let mut slots = name.claim.slots().to_vec();
            slots.push(slot);
            name.claim = Claim::of(slots);
        }
    }

    /// A declared identity has every principal that matches.
    pub(crate) fn declare_pattern(&mut self, pattern: Pattern, slot: Slot) {
        self.edition += 1;
        self.patterns.push((pattern, slot));
    }

    /// The principal's number when it is in the index.
    pub(crate) fn find(&self, principal: &Principal) -> Option<NameId> {
        let is =
            |id: NameId| self.names.get(id as usize).is_some_and(|it| it.principal == *principal);
        self.ids.find(self.seeded.hash_one(principal), is)
    }

    /// The principal's number, added when it is new; a role's session counts as the role.
    ///
    /// `None` when the index holds `most` principals already.
    pub(crate) fn number(&mut self, principal: &Principal, most: usize) -> Option<NameId> {
        if let Some(id) = self.find(principal) {
            return Some(id);
        }
        if let Some(id) = self.role_of_session(principal) {
            return Some(id);
        }
        let principal = canonical(principal);
        if let Some(id) = self.find(&principal) {
            return Some(id);
        }
        if self.names.len() >= most {
            return None;
        }
        let claim = self.nearest_pattern(&principal);
        Some(self.add(&principal, claim))
    }

    /// The same answer as [`Self::number`] and [`Self::claim`], without adding anything.
    pub(crate) fn peek(&self, principal: &Principal) -> Claim {
        let known = self.find(principal).or_else(|| self.role_of_session(principal));
        let canonical = canonical(principal);
        match known.or_else(|| self.find(&canonical)) {
            Some(id) => self.claim(id).clone(),
            None => self.nearest_pattern(&canonical),
        }
    }

    pub(crate) fn claim(&self, id: NameId) -> &Claim {
        self.names.get(id as usize).map_or(&Claim::Nobody, |it| &it.claim)
    }

    /// Gives a principal that nobody answers for to a derived identity.
    pub(crate) fn give(&mut self, id: NameId, slot: Slot) {
        self.edition += 1;
        if let Some(name) = self.names.get_mut(id as usize) {
            name.claim = Claim::One(slot);
            if name.pointed_at_by.is_some() {
                self.pointed_at.entry(slot).or_default().insert(id);
            }
        }
    }

    /// A principal of a record that was merged into another goes with it.
    pub(crate) fn hand_over(&mut self, principal: &Principal, to: Slot) {
        self.edition += 1;
        if let Some(id) = self.find(principal)
            && let Some(name) = self.names.get_mut(id as usize)
        {
            name.claim = Claim::One(to);
        }
    }

    pub(crate) fn principal(&self, id: NameId) -> Option<&Principal> {
        self.names.get(id as usize).map(|it| &it.principal)
    }

    /// The records with a lineage edge to any principal of this record.
    pub(crate) fn pointing_at(&self, slot: Slot) -> impl Iterator<Item = Slot> + '_ {
        let names = self.pointed_at.get(&slot).into_iter().flatten();
        names
            .filter_map(|it| self.names.get(*it as usize))
            .flat_map(|it| it.pointed_at_by.iter().flat_map(|it| it.iter()))
            .copied()
    }

    pub(crate) fn point(&mut self, from: Slot, to: NameId) {
        let Some(name) = self.names.get_mut(to as usize) else { return };
        let pointing = name.pointed_at_by.get_or_insert_default();
        if !pointing.contains(&from) {
            pointing.push(from);
        }
        if let Claim::One(slot) = name.claim {
            self.pointed_at.entry(slot).or_default().insert(to);
        }
    }

    /// All principals, by their numbers.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Principal> {
        self.names.iter().map(|it| &it.principal)
    }

    /// The principals that several identities claim.
    pub(crate) fn contested(&self) -> impl Iterator<Item = (&Principal, &[Slot])> {
        self.names.iter().filter_map(|it| match &it.claim {
            Claim::Many(slots) => Some((&it.principal, &**slots)),
            Claim::Nobody | Claim::One(_) => None,
        })
    }

    fn add(&mut self, principal: &Principal, claim: Claim) -> NameId {
        if let Some(id) = self.find(principal) {
            return id;
        }
        // INVARIANT: the directory's bound keeps the index far below 2^32 principals.
        let id = NameId::try_from(self.names.len()).unwrap_or(NameId::MAX);
        let provider = self.providers.iter().find(|it| **it == principal.provider);
        let provider = Arc::clone(provider.unwrap_or(&principal.provider));
        if self.providers.len() < MOST_PROVIDERS && !self.providers.contains(&provider) {
            self.providers.push(Arc::clone(&provider));
        }
        let principal = Principal { provider, name: Arc::clone(&principal.name) };
        if let Some((account, name)) = role_under_path(&principal) {
            self.edition += 1;
            self.paths.insert(format!("{account}/{name}").into(), id);
        }
        self.ids.insert(self.seeded.hash_one(&principal), id);
        self.names.push(Name { principal, claim, pointed_at_by: None });
        id
    }

    fn role_of_session(&self, principal: &Principal) -> Option<NameId> {
        if self.paths.is_empty() {
            return None;
        }
        let (_, account, name) = assumed_role(principal)?;
        self.paths.get(format!("{account}/{name}").as_str()).copied()
    }

    /// The claim of the patterns that match with the most fixed characters.
    fn nearest_pattern(&self, principal: &Principal) -> Claim {
        if self.patterns.is_empty() {
            return Claim::Nobody;
        }
        let text = principal.to_string();
        let matching = || self.patterns.iter().filter(|(pattern, _)| pattern.matches(&text));
        let Some(nearest) = matching().map(|(pattern, _)| pattern.fixed()).max() else {
            return Claim::Nobody;
        };
        let slots = matching().filter(|(it, _)| it.fixed() == nearest).map(|(_, slot)| *slot);
        Claim::of(slots.collect())
    }
}

/// The principal itself, and for a session of a role the role.
pub(crate) fn canonical(principal: &Principal) -> Cow<'_, Principal> {
    match assumed_role(principal) {
        Some((partition, account, name)) => Cow::Owned(Principal::new(
            &principal.provider,
            &format!("arn:{partition}:iam::{account}:role/{name}"),
        )),
        None => Cow::Borrowed(principal),
    }
}
