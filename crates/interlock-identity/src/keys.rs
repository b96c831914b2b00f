//! The index of credentials: whose they are, who issued them, when they were last heard of.

use crate::aliases::{NameId, Slot};
use crate::consumer::is_lasting_kind;
use crate::index::Index;
use crate::memory::{Share, allocated};
use crate::seeded::Seeded;
use crate::small::{Few, When, push_tight};
use crate::texts::{Text, Texts};
use interlock_model::{CredentialRef, EventId, Principal, SessionRef, Timestamp};
use jiff::SignedDuration;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;
use std::hash::BuildHasher as _;

/// All credentials that were declared, seen or heard of.
///
/// Memory: some 90 bytes for one of which only its principal is known.
#[derive(Debug, Clone, Default)]
pub(crate) struct Keys {
    places: Vec<Place>,
    /// Places that are free.
    free: Vec<u32>,
    ids: Index,
    seeded: Seeded,
    texts: Texts,
    /// How names begin, provider and kind: `aws:access-key:`. Each name has the number of its own.
    heads: Vec<Box<str>>,
    /// Those that more than one identity may claim.
    contested: BTreeSet<u32>,
    /// The place of the one that was changed last: an event asks for its own several times.
    lately: u32,
}

#[derive(Debug, Clone)]
struct Place {
    /// Its text form, a character instead of its head; `None` when the place is free.
    text: Option<Text>,
    key: Key,
}

/// What is known of one credential.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    /// The one principal that it was seen with, where there is one only.
    name: NameId,
    /// When it was last heard of, in seconds since 1970; 0 is never.
    heard: u32,
    more: Option<Box<More>>,
}

/// What is known of few credentials.
#[derive(Debug, Clone, Default)]
struct More {
    declared: Few,
    /// All principals where there are several.
    names: Few,
    alone: Option<Slot>,
    issuance: Option<Box<Issuance>>,
    expires: When,
    revoked: When,
}

/// How a credential came to life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Issuance {
    /// Whose permissions issued it.
    pub(crate) by: Option<Principal>,
    /// With which credential.
    pub(crate) with: Option<CredentialRef>,
    /// Who stood behind the issuer, as the record says.
    pub(crate) via: Vec<Principal>,
    pub(crate) at: Timestamp,
    pub(crate) shown_by: EventId,
    pub(crate) session: Option<SessionRef>,
    /// What whoever opened the session, or the token that let it in, says of it: `Repository=acme/shop`.
    pub(crate) tags: Vec<Box<str>>,
}

/// The text form of a credential, in two pieces. In the order of the whole.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextForm<'k> {
    head: &'k str,
    rest: &'k str,
}

impl TextForm<'_> {
    /// What it is made of, in order.
    pub(crate) const fn pieces(&self) -> [&str; 2] {
        [self.head, self.rest]
    }
}

impl fmt::Display for TextForm<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.head)?;
        f.write_str(self.rest)
    }
}

impl Ord for TextForm<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.head == other.head {
            return self.rest.cmp(other.rest);
        }
        let bytes = |it: &Self| it.head.bytes().chain(it.rest.bytes());
        bytes(self).cmp(bytes(other))
    }
}

impl PartialOrd for TextForm<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for TextForm<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for TextForm<'_> {}

/// Heads that are shared; more would only be searched for long.
const MOST_HEADS: usize = 100;
/// Stands for no head: the name is spelt out.
const SPELT: u8 = 0x7f;
/// Most principals kept of one credential that is seen with several.
const MOST_NAMES: usize = 4;
/// In place of a principal where there is none.
const NOBODY: NameId = NameId::MAX;

/// A temporary credential is forgotten this long after its end, or after it was last heard of.
pub(crate) const KEEP: SignedDuration = SignedDuration::from_hours(36);

impl Keys {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    /// What is known of this credential.
    pub(crate) fn get(&self, credential: &CredentialRef) -> Option<&Key> {
        let place = self.find(credential.as_str())?;
        self.places.get(place as usize).map(|it| &it.key)
    }

    /// Whether it is known.
    pub(crate) fn contains(&self, credential: &CredentialRef) -> bool {
        self.find(credential.as_str()).is_some()
    }

    /// What is known of this credential, to change.
    pub(crate) fn get_mut(&mut self, credential: &CredentialRef) -> Option<&mut Key> {
        let place = self.find(credential.as_str())?;
        self.lately = place;
        self.places.get_mut(place as usize).map(|it| &mut it.key)
    }

    /// The same, added when it is new and there are fewer than `most`.
    pub(crate) fn entry(&mut self, credential: &CredentialRef, most: usize) -> Option<&mut Key> {
        let place = match self.find(credential.as_str()) {
            Some(place) => place,
            None if self.len() >= most => return None,
            None => self.add(credential.as_str())?,
        };
        self.lately = place;
        self.places.get_mut(place as usize).map(|it| &mut it.key)
    }

    /// Makes room for so many more at once.
    pub(crate) fn reserve(&mut self, more: usize) {
        self.places.reserve_exact(more);
        self.ids.reserve(more);
    }

    /// Several identities may claim it from now on.
    pub(crate) fn contest(&mut self, credential: &CredentialRef) {
        self.contested.extend(self.find(credential.as_str()));
    }

    /// Those that several identities may claim.
    pub(crate) fn contested(&self) -> impl Iterator<Item = (TextForm<'_>, &Key)> {
        let all = self.contested.iter().filter_map(|it| self.places.get(*it as usize));
        all.filter_map(|it| Some((self.form(it.text?), &it.key)))
    }

    /// All, by their text form.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (TextForm<'_>, &Key)> {
        self.places.iter().filter_map(|it| Some((self.form(it.text?), &it.key)))
    }

    /// What is known of each.
    pub(crate) fn values(&self) -> impl Iterator<Item = &Key> {
        self.places.iter().filter(|it| it.text.is_some()).map(|it| &it.key)
    }

    /// Takes away the temporary ones that nobody declared and that are long over.
    pub(crate) fn take_over(&mut self, now: Timestamp) -> Vec<(CredentialRef, Key)> {
        let mut over = Vec::new();
        // Most were heard of since, and one comparison tells that of a whole second.
        let since = now.as_second().saturating_sub(KEEP.as_secs());
        for number in 0..u32::try_from(self.places.len()).unwrap_or(u32::MAX) {
            let Some(place) = self.places.get_mut(number as usize) else { break };
            if i64::from(place.key.heard) > since {
                continue;
            }
            let Some(text) = place.text else { continue };
            if !place.key.declared().is_empty() || !place.key.is_over(now) {
                continue;
            }
            let Some(credential) = CredentialRef::from_text(&self.form(text).to_string()) else {
                continue;
            };
            if is_lasting_kind(credential.kind()) {
                continue;
            }
            self.ids.remove(self.seeded.hash_one(credential.as_str()), number);
            self.contested.remove(&number);
            self.free.push(number);
            self.texts.drop(text);
            if let Some(place) = self.places.get_mut(number as usize) {
                place.text = None;
                over.push((credential, std::mem::take(&mut place.key)));
            }
        }
        if self.texts.is_wasteful() {
            let before = std::mem::take(&mut self.texts);
            for place in &mut self.places {
                place.text = place.text.and_then(|it| self.texts.keep(&[before.get(it)]));
            }
        }
        over
    }

    /// What they take.
    pub(crate) fn memory(&self) -> Share {
        let more = self.places.iter().filter_map(|it| it.key.more.as_deref());
        let more = more.map(|it| {
            let issuance = it.issuance.as_ref().map_or(0, |_| allocated(size_of::<Issuance>()));
            allocated(size_of::<More>()) + issuance
        });
        Share {
            what: "credentials",
            count: self.len(),
            bytes: self.places.capacity() * size_of::<Place>()
                + self.free.capacity() * size_of::<u32>()
                + self.ids.memory()
                + self.texts.memory()
                + more.sum::<usize>(),
        }
    }

    fn form(&self, text: Text) -> TextForm<'_> {
        let (number, rest) = self.texts.get(text).split_at_checked(1).unwrap_or_default();
        let number = number.as_bytes().first().map_or(usize::MAX, |it| usize::from(*it));
        TextForm { head: self.heads.get(number).map_or("", AsRef::as_ref), rest }
    }

    fn find(&self, credential: &str) -> Option<u32> {
        let is = |it: u32| {
            let text = self.places.get(it as usize).and_then(|it| it.text);
            text.map(|it| self.form(it))
                .is_some_and(|it| credential.strip_prefix(it.head) == Some(it.rest))
        };
        if is(self.lately) {
            return Some(self.lately);
        }
        self.ids.find(self.seeded.hash_one(credential), is)
    }

    fn keep(&mut self, credential: &str) -> Option<Text> {
        let head = credential.match_indices(':').nth(1).map_or(0, |(at, _)| at + 1);
        let (head, rest) = credential.split_at_checked(head)?;
        let known = self.heads.iter().position(|it| **it == *head);
        let number = known.or_else(|| {
            let number = self.heads.len();
            (number < MOST_HEADS).then(|| self.heads.push(head.into()))?;
            Some(number)
        });
        let mut room = [0; 4];
        match number.and_then(|it| u8::try_from(it).ok()) {
            Some(number) => self.texts.keep(&[char::from(number).encode_utf8(&mut room), rest]),
            None => self.texts.keep(&[char::from(SPELT).encode_utf8(&mut room), credential]),
        }
    }

    fn add(&mut self, credential: &str) -> Option<u32> {
        let text = self.keep(credential)?;
        let place = Place { text: Some(text), key: Key::default() };
        let number = match self.free.pop() {
            Some(number) => {
                *self.places.get_mut(number as usize)? = place;
                number
            }
            None => {
                let number = u32::try_from(self.places.len()).ok()?;
                push_tight(&mut self.places, place);
                number
            }
        };
        self.ids.insert(self.seeded.hash_one(credential), number);
        Some(number)
    }
}

impl Default for Key {
    fn default() -> Self {
        Self { name: NOBODY, heard: 0, more: None }
    }
}

impl Key {
    /// Declared identities that list it, ascending. People's word counts before telemetry's.
    pub(crate) fn declared(&self) -> &[Slot] {
        self.more.as_ref().map(|it| &*it.declared).unwrap_or_default()
    }

    /// Principals that it was seen with or issued to; more than one is a contradiction.
    pub(crate) fn names(&self) -> &[NameId] {
        match &self.more {
            Some(more) if !more.names.is_empty() => &more.names,
            _ if self.name == NOBODY => &[],
            _ => std::slice::from_ref(&self.name),
        }
    }

    /// The derived identity that stands in while no principal is known.
    pub(crate) fn alone(&self) -> Option<Slot> {
        self.more.as_ref()?.alone
    }

    /// How it came to life.
    pub(crate) fn issuance(&self) -> Option<&Issuance> {
        self.more.as_ref()?.issuance.as_deref()
    }

    /// When it ends by itself.
    pub(crate) fn expires(&self) -> Option<Timestamp> {
        self.more.as_ref()?.expires.get()
    }

    /// When its deletion was seen.
    pub(crate) fn revoked(&self) -> Option<Timestamp> {
        self.more.as_ref()?.revoked.get()
    }

    /// When it was last heard of, to the second.
    pub(crate) fn heard(&self) -> Option<Timestamp> {
        let known = Some(self.heard).filter(|it| *it > 0);
        known.and_then(|it| Timestamp::from_second(i64::from(it)).ok())
    }

    /// Leaves only what people declared.
    pub(crate) fn forget_learned(&mut self) {
        let declared = self.more.take().map(|it| it.declared).filter(|it| !it.is_empty());
        let more = declared.map(|declared| Box::new(More { declared, ..More::default() }));
        *self = Self { more, ..Self::default() };
    }

    /// An identity is declared to have it.
    pub(crate) fn declare(&mut self, slot: Slot) {
        if !self.declared().contains(&slot) {
            self.more().declared.push(slot);
        }
    }

    /// It was seen with this principal.
    pub(crate) fn name(&mut self, name: NameId) {
        let known = self.names();
        match known {
            [] => self.name = name,
            _ if known.contains(&name) || known.len() >= MOST_NAMES => {}
            [_] => {
                let first = self.name;
                self.more().names = [first, name].into_iter().collect();
            }
            _ => self.more().names.push(name),
        }
    }

    /// It was heard of.
    pub(crate) fn hear(&mut self, time: impl Into<Option<Timestamp>>) {
        let second = time.into().map_or(0, |it: Timestamp| it.as_second().max(0));
        self.heard = self.heard.max(u32::try_from(second).unwrap_or(u32::MAX));
    }

    /// A derived identity stands in for its principal.
    pub(crate) fn stand_in(&mut self, slot: Option<Slot>) {
        if slot.is_some() {
            self.more().alone = slot;
        }
    }

    /// Nothing has to stand in any more; what did until now.
    pub(crate) fn take_alone(&mut self) -> Option<Slot> {
        self.more.as_mut()?.alone.take()
    }

    /// It ends at this time or later.
    pub(crate) fn expire(&mut self, time: Option<Timestamp>) {
        if time.is_some() {
            self.more().expires.raise(time);
        }
    }

    /// Its deletion was seen.
    pub(crate) fn revoke(&mut self, time: Option<Timestamp>) {
        if time.is_some() {
            self.more().revoked.raise(time);
        }
    }

    /// Keeps the earliest issuance that was seen: a copy of the same record changes nothing.
    pub(crate) fn issue(&mut self, issuance: Issuance) {
        let earlier = self
            .issuance()
            .is_none_or(|it| (issuance.at, &issuance.shown_by) < (it.at, &it.shown_by));
        if earlier {
            self.more().issuance = Some(Box::new(issuance));
        }
    }

    /// Whether a temporary credential is past its end by more than [`KEEP`].
    fn is_over(&self, now: Timestamp) -> bool {
        self.expires().max(self.heard()).is_some_and(|it| now.duration_since(it) > KEEP)
    }

    fn more(&mut self) -> &mut More {
        self.more.get_or_insert_default()
    }
}

/// Whether a credential's public id tells it apart: masked ids do not.
pub(crate) fn is_distinct(credential: &CredentialRef) -> bool {
    let id = credential.id();
    !id.contains('*') && id.len() <= 256
}

#[cfg(test)]
mod tests {
    use super::*;
    use interlock_model::CredentialKind;
    use std::collections::BTreeMap;

    fn at(second: u32) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + i64::from(second)).unwrap()
    }

    #[test]
    fn they_are_found_while_others_come_and_go() {
        let mut keys = Keys::default();
        let mut known: BTreeMap<String, u32> = BTreeMap::new();
        let keep = KEEP.as_secs() as u32;
        for turn in 0..60_000_u32 {
            let kind =
                if turn % 5 == 0 { CredentialKind::AccessKey } else { CredentialKind::SessionKey };
            let id = format!("{}{}", "K".repeat(60), turn.wrapping_mul(2_654_435_761) >> 18);
            let credential = CredentialRef::new("aws", kind, &id);
            let now = turn * 20;
            let key = keys.entry(&credential, usize::MAX).unwrap();
            key.name(turn);
            key.hear(at(now));
            known.insert(credential.to_string(), now);
            if turn % 5_000 == 0 {
                let before = known.len();
                known.retain(|it, heard| it.starts_with("aws:access") || *heard + keep >= now);
                assert_eq!(keys.take_over(at(now)).len(), before - known.len());
            }
            assert_eq!(keys.len(), known.len());
        }
        let found: BTreeMap<String, u32> = keys
            .iter()
            .map(|(it, key)| (it.to_string(), (key.heard().unwrap() - at(0)).get_seconds() as u32))
            .collect();
        assert_eq!(found, known);
        for it in known.keys() {
            assert!(keys.contains(&CredentialRef::from_text(it).unwrap()));
        }
        // The room of what went is used again.
        assert!(keys.memory().bytes < 200 * known.len(), "{:?}", keys.memory());
    }

    #[test]
    fn names_begin_alike_and_are_told_whole_and_in_order() {
        let mut keys = Keys::default();
        let kinds = [CredentialKind::AccessKey, CredentialKind::Token, CredentialKind::Password];
        let mut all = Vec::new();
        for provider in (0..MOST_HEADS).map(|it| format!("p{it}")) {
            for (kind, id) in kinds.iter().zip(["b", "a:c", ""]) {
                all.push(CredentialRef::new(&provider, *kind, id));
            }
        }
        for it in &all {
            keys.entry(it, usize::MAX).unwrap();
        }
        assert_eq!(keys.heads.len(), MOST_HEADS);
        all.sort();
        let mut told: Vec<TextForm<'_>> = keys.iter().map(|it| it.0).collect();
        told.sort_unstable();
        let whole = |it: &CredentialRef| it.as_str().to_owned();
        assert_eq!(
            told.iter().map(ToString::to_string).collect::<Vec<_>>(),
            all.iter().map(whole).collect::<Vec<_>>()
        );
        assert!(all.iter().all(|it| keys.contains(it)));
    }

    #[test]
    fn a_key_says_what_it_was_told() {
        let mut key = Key::default();
        assert_eq!(
            (key.names(), key.declared(), key.alone(), key.heard()),
            (&[][..], &[][..], None, None)
        );
        [7, 7, 9, 7, 11, 12, 13].into_iter().for_each(|it| key.name(it));
        assert_eq!(key.names(), [7, 9, 11, 12]);
        key.declare(3);
        key.declare(3);
        key.hear(at(9));
        key.hear(at(5));
        key.revoke(Some(at(2)));
        key.expire(Some(at(1)));
        assert_eq!(
            (key.heard(), key.revoked(), key.expires()),
            (Some(at(9)), Some(at(2)), Some(at(1)))
        );
        key.stand_in(Some(4));
        assert_eq!((key.take_alone(), key.alone()), (Some(4), None));
        key.forget_learned();
        assert_eq!(
            (key.declared(), key.names(), key.heard(), key.revoked()),
            (&[3][..], &[][..], None, None)
        );
        assert_eq!(size_of::<Place>(), 24);
    }
}
