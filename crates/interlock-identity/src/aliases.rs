//! The alias index: which identity answers for a principal.

use crate::glob::Pattern;
use crate::index::Index;
use crate::memory::{Share, allocated, of_map};
use crate::principal::{assumed_role, role_under_path};
use crate::seeded::Seeded;
use crate::small::push_tight;
use crate::texts::{Text, Texts};
use interlock_model::Principal;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::BuildHasher as _;
use std::sync::Arc;

/// The place of a record in the directory; never reused.
pub(crate) type Slot = u32;

/// The number of a principal in the index.
pub(crate) type NameId = u32;

/// Who answers for a principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim<'a> {
    /// It was only heard of, as the other end of a lineage edge.
    Nobody,
    One(Slot),
    /// Two or more declared identities, ascending.
    Many(&'a [Slot]),
}

impl<'a> Claim<'a> {
    pub(crate) fn slots(self) -> impl Iterator<Item = Slot> + 'a {
        let (one, many) = match self {
            Self::Nobody => (None, &[] as &[Slot]),
            Self::One(slot) => (Some(slot), &[] as &[Slot]),
            Self::Many(slots) => (None, slots),
        };
        one.into_iter().chain(many.iter().copied())
    }
}

/// One principal.
#[derive(Debug, Clone)]
struct Name {
    /// A character that stands for the provider, and the name; behind [`SPELT`] the provider is spelt out
    /// and ends with a zero.
    text: Text,
    /// The slot that answers, [`NOBODY`] or [`MANY`].
    claim: Slot,
}

const NOBODY: Slot = Slot::MAX;
const MANY: Slot = Slot::MAX - 1;

/// Providers that are shared; more would only be searched for long.
const MOST_PROVIDERS: usize = 64;
/// Stands for a provider that is not among them.
const SPELT: u8 = 0x7f;

/// All principals that were declared, seen or heard of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Aliases {
    names: Vec<Name>,
    texts: Texts,
    ids: Index,
    seeded: Seeded,
    /// The providers of all principals, each once in memory.
    providers: Vec<Arc<str>>,
    /// Roles under a path, by `account/name`: their sessions do not show the path.
    paths: HashMap<Box<str>, NameId, Seeded>,
    patterns: Vec<(Pattern, Slot)>,
    /// Who claims those that several claim.
    many: BTreeMap<NameId, Box<[Slot]>>,
    /// The records with a lineage edge to a principal.
    pointed_at_by: HashMap<NameId, Vec<Slot>>,
    /// Counts the changes after which a principal may be somebody else's.
    edition: u64,
    /// The pointed-at principals of a record, also those that its own list has no room for.
    pointed_at: HashMap<Slot, BTreeSet<NameId>>,
}

impl Aliases {
    /// What the principals and the index over them take.
    pub(crate) fn memory(&self) -> [Share; 3] {
        let paths = self.paths.keys().map(|it| allocated(it.len())).sum::<usize>();
        let set = |it: &BTreeSet<NameId>| allocated((it.len() + 4) * 2 * size_of::<NameId>());
        let edges = self.pointed_at.values().map(set).sum::<usize>();
        let back = self.pointed_at_by.values();
        let back = back.map(|it| allocated(it.capacity() * size_of::<Slot>())).sum::<usize>();
        [
            Share {
                what: "names of principals",
                count: self.names.len(),
                bytes: self.names.capacity() * size_of::<Name>() + self.texts.memory(),
            },
            Share {
                what: "index of names, and of roles under a path",
                count: self.names.len(),
                bytes: self.ids.memory() + of_map(&self.paths) + paths,
            },
            Share {
                what: "edges between principals",
                count: self.pointed_at.len(),
                bytes: of_map(&self.pointed_at) + edges + of_map(&self.pointed_at_by) + back,
            },
        ]
    }

    /// Which state of the index answers: what it said of a principal before holds while this stays.
    pub(crate) const fn edition(&self) -> u64 {
        self.edition
    }

    /// How many principals there are; their numbers are below.
    pub(crate) const fn len(&self) -> usize {
        self.names.len()
    }

    /// Makes room for so many principals at once.
    pub(crate) fn reserve(&mut self, more: usize) {
        self.names.reserve_exact(more);
        self.ids.reserve(more);
    }

    /// Puts a principal back under the next number; `None` when it is there already.
    ///
    /// To be called before anything is declared, and followed by [`Self::match_patterns`].
    pub(crate) fn put_back(&mut self, provider: &str, name: &str) -> Option<NameId> {
        match self.find_of(provider, name) {
            Some(_) => None,
            None => self.add(provider, name),
        }
    }

    /// Gives every principal that nobody answers for to the declared identities whose pattern is nearest.
    pub(crate) fn match_patterns(&mut self) {
        if self.patterns.is_empty() {
            return;
        }
        for id in (0..).take(self.names.len()) {
            if self.claim(id) == Claim::Nobody
                && let Some(principal) = self.principal(id)
            {
                let slots = self.nearest_pattern(&principal);
                self.set_claim(id, slots);
            }
        }
    }

    /// A declared identity has this principal.
    pub(crate) fn declare(&mut self, principal: &Principal, slot: Slot) {
        self.edition += 1;
        let known = self.find(principal);
        let Some(id) = known.or_else(|| self.add(&principal.provider, &principal.name)) else {
            return;
        };
        let mut slots: Vec<Slot> = self.claim(id).slots().collect();
        slots.push(slot);
        self.set_claim(id, slots);
    }

    /// A declared identity has every principal that matches.
    pub(crate) fn declare_pattern(&mut self, pattern: Pattern, slot: Slot) {
        self.edition += 1;
        self.patterns.push((pattern, slot));
    }

    /// The principal's number when it is in the index.
    pub(crate) fn find(&self, principal: &Principal) -> Option<NameId> {
        self.find_of(&principal.provider, &principal.name)
    }

    fn find_of(&self, provider: &str, name: &str) -> Option<NameId> {
        let hash = self.seeded.hash_one((provider, name));
        self.ids.find(hash, |id| self.parts(id) == Some((provider, name)))
    }

    /// Whether this is the principal of this number.
    pub(crate) fn is(&self, id: NameId, principal: &Principal) -> bool {
        self.parts(id) == Some((&*principal.provider, &*principal.name))
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
        let slots = self.nearest_pattern(&principal);
        let id = self.add(&principal.provider, &principal.name)?;
        self.set_claim(id, slots);
        Some(id)
    }

    /// Whom [`Self::number`] and [`Self::claim`] would name, without adding anything; ascending.
    pub(crate) fn peek(&self, principal: &Principal) -> Vec<Slot> {
        let known = self.find(principal).or_else(|| self.role_of_session(principal));
        let canonical = canonical(principal);
        match known.or_else(|| self.find(&canonical)) {
            Some(id) => self.claim(id).slots().collect(),
            None => self.nearest_pattern(&canonical),
        }
    }

    pub(crate) fn claim(&self, id: NameId) -> Claim<'_> {
        match self.names.get(id as usize).map_or(NOBODY, |it| it.claim) {
            NOBODY => Claim::Nobody,
            MANY => self.many.get(&id).map_or(Claim::Nobody, |it| Claim::Many(it)),
            slot => Claim::One(slot),
        }
    }

    fn set_claim(&mut self, id: NameId, mut slots: Vec<Slot>) {
        slots.sort_unstable();
        slots.dedup();
        let Some(name) = self.names.get_mut(id as usize) else { return };
        name.claim = match slots.as_slice() {
            [] => NOBODY,
            [one] => *one,
            _ => MANY,
        };
        if name.claim == MANY {
            self.many.insert(id, slots.into());
        } else {
            self.many.remove(&id);
        }
    }

    /// Gives a principal that nobody answers for to a derived identity.
    pub(crate) fn give(&mut self, id: NameId, slot: Slot) {
        self.edition += 1;
        if let Some(name) = self.names.get_mut(id as usize) {
            if name.claim == MANY {
                self.many.remove(&id);
            }
            name.claim = slot;
        }
        if self.pointed_at_by.contains_key(&id) {
            self.pointed_at.entry(slot).or_default().insert(id);
        }
    }

    /// A principal of a record that was merged into another goes with it.
    pub(crate) fn hand_over(&mut self, principal: &Principal, to: Slot) {
        self.edition += 1;
        if let Some(id) = self.find(principal) {
            self.set_claim(id, vec![to]);
        }
    }

    /// The principal of this number, made anew: whoever has it already asks [`Self::is`].
    pub(crate) fn principal(&self, id: NameId) -> Option<Principal> {
        let (provider, name) = self.parts(id)?;
        let known = self.providers.iter().find(|it| ***it == *provider);
        let provider = known.map_or_else(|| provider.into(), Arc::clone);
        Some(Principal { provider, name: name.into() })
    }

    /// Provider and name of a principal.
    pub(crate) fn parts(&self, id: NameId) -> Option<(&str, &str)> {
        let text = self.texts.get(self.names.get(id as usize)?.text);
        let (provider, name) = text.split_at_checked(1)?;
        match *provider.as_bytes() {
            [SPELT] => name.split_once('\0'),
            [number] => Some((self.providers.get(usize::from(number))?, name)),
            _ => None,
        }
    }

    /// The records with a lineage edge to any principal of this record.
    pub(crate) fn pointing_at(&self, slot: Slot) -> impl Iterator<Item = Slot> + '_ {
        let names = self.pointed_at.get(&slot).into_iter().flatten();
        names.filter_map(|it| self.pointed_at_by.get(it)).flatten().copied()
    }

    pub(crate) fn point(&mut self, from: Slot, to: NameId) {
        let pointing = self.pointed_at_by.entry(to).or_default();
        if !pointing.contains(&from) {
            pointing.push(from);
        }
        if let Claim::One(slot) = self.claim(to) {
            self.pointed_at.entry(slot).or_default().insert(to);
        }
    }

    /// All principals, by their numbers: provider and name.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        (0..).zip(&self.names).map(|(id, _)| self.parts(id).unwrap_or_default())
    }

    /// The principals that several identities claim.
    pub(crate) fn contested(&self) -> impl Iterator<Item = (Principal, &[Slot])> {
        self.many.iter().filter_map(|(id, slots)| Some((self.principal(*id)?, &**slots)))
    }

    /// Adds a principal that is not there yet. `None` for a name of many megabytes.
    fn add(&mut self, provider: &str, name: &str) -> Option<NameId> {
        let id = NameId::try_from(self.names.len()).ok().filter(|it| *it < MANY)?;
        let text = self.keep(provider, name)?;
        if let Some((account, role)) = role_under_path(name) {
            self.edition += 1;
            self.paths.insert(format!("{account}/{role}").into(), id);
        }
        self.ids.insert(self.seeded.hash_one((provider, name)), id);
        push_tight(&mut self.names, Name { text, claim: NOBODY });
        Some(id)
    }

    fn keep(&mut self, provider: &str, name: &str) -> Option<Text> {
        let known = self.providers.iter().position(|it| **it == *provider);
        let number = known.or_else(|| {
            let number = self.providers.len();
            (number < MOST_PROVIDERS).then(|| self.providers.push(provider.into()))?;
            Some(number)
        });
        match number.and_then(|it| u8::try_from(it).ok()) {
            Some(number) => self.texts.keep(&[char::from(number).encode_utf8(&mut [0; 4]), name]),
            None => {
                let spelt = char::from(SPELT);
                self.texts.keep(&[spelt.encode_utf8(&mut [0; 4]), provider, "\0", name])
            }
        }
    }

    fn role_of_session(&self, principal: &Principal) -> Option<NameId> {
        if self.paths.is_empty() {
            return None;
        }
        let (_, account, name) = assumed_role(principal)?;
        self.paths.get(format!("{account}/{name}").as_str()).copied()
    }

    /// Whom the patterns that match with the most fixed characters name.
    fn nearest_pattern(&self, principal: &Principal) -> Vec<Slot> {
        if self.patterns.is_empty() {
            return Vec::new();
        }
        let text = principal.to_string();
        let matching = || self.patterns.iter().filter(|(pattern, _)| pattern.matches(&text));
        let nearest = matching().map(|(pattern, _)| pattern.fixed()).max();
        let mut slots: Vec<Slot> = matching()
            .filter(|(it, _)| Some(it.fixed()) == nearest)
            .map(|(_, slot)| *slot)
            .collect();
        slots.sort_unstable();
        slots.dedup();
        slots
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
