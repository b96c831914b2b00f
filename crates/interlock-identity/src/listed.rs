//! What connectors listed, as bytes: a tenth of its size, and back without any loss.
//!
//! The items of one principal lie together. Each begins with the numbers of its texts that others say,
//! too, so that these are let go with it, and with the few facts that are asked of all of them.

use crate::aliases::{Aliases, NameId};
use crate::bytes::{Reader, Writer};
use crate::frozen::{read_edge_kind, read_principal, read_risk, write_principal};
use crate::labels;
use crate::memory::{Share, allocated};
use crate::near::Near;
use crate::pile::{Pile, Spot};
use crate::principal::account;
use crate::small::push_tight;
use crate::words::Words;
use interlock_model::{
    ConnectorId, Discovered, DiscoveredCredential, Entitlement, IdentityKind, InventoryItem,
    PolicyGrant, PolicyPart, Principal, Timestamp,
};
use std::collections::{BTreeMap, BTreeSet};

/// What connectors saw, by principal.
///
/// Memory: for an identity with three credentials, a label and a grant some 150 bytes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Listed {
    /// Where the items of a principal lie, by its number.
    places: Vec<Option<Spot>>,
    pile: Pile,
    /// What is longer than a block of the pile holds.
    long: BTreeMap<NameId, Box<[u8]>>,
    words: Words,
    /// Items.
    count: usize,
    /// Accounts of which another place in their organisation was told.
    moved: BTreeSet<String>,
}

/// It has policies, or something else that [`Head`] tells.
const POLICIES: u8 = 1;
/// The principal is called exactly as the index of names has it.
const NAMED: u8 = 2;
/// `last` is `first`.
const ONCE: u8 = 4;

/// What is asked of all items.
struct Head<'l> {
    connector: &'l str,
    first: Timestamp,
    last: Timestamp,
    flags: u8,
}

impl Listed {
    /// Takes in what a connector saw, in the place of what it saw before.
    pub(crate) fn put(&mut self, name: NameId, item: &InventoryItem, aliases: &Aliases) {
        if item.seen.principal.name.ends_with(":root")
            && let Some(account) = account(&item.seen.principal)
        {
            let unit = |it: &InventoryItem| it.seen.labels.get(labels::UNIT).cloned();
            let known = self.of(name, aliases).find(|it| it.connector == item.connector);
            if known.as_ref().and_then(unit) != unit(item) {
                self.moved.insert(account.to_owned());
            }
        }
        let before = self.bytes_of(name).to_vec();
        let (mut all, mut replaced) = (Writer(Vec::with_capacity(before.len())), false);
        let mut from = Reader(&before);
        while let Some(bytes) = from.bytes() {
            let mut entry = Reader(bytes);
            let Some(numbers) = read_numbers(&mut entry) else { continue };
            let of = self
                .head(&mut entry, &numbers)
                .is_some_and(|it| *it.connector == *item.connector.0);
            if of {
                replaced = true;
                let now = self.write(name, item, aliases);
                all.bytes(&now);
                numbers.into_iter().for_each(|it| self.words.drop(it));
            } else {
                all.bytes(bytes);
            }
        }
        if !replaced {
            self.count += 1;
            let now = self.write(name, item, aliases);
            all.bytes(&now);
        }
        self.keep(name, all.0);
    }

    fn keep(&mut self, name: NameId, bytes: Vec<u8>) {
        while self.places.len() <= name as usize {
            push_tight(&mut self.places, None);
        }
        let Some(place) = self.places.get_mut(name as usize) else { return };
        if let Some(before) = place.take() {
            self.pile.drop(before);
        }
        *place = self.pile.keep(name, &bytes);
        match place {
            Some(_) => self.long.remove(&name),
            None => self.long.insert(name, bytes.into()),
        };
        if self.pile.is_wasteful() {
            let at = |name: NameId| *self.places.get(name as usize)?;
            for (name, now) in self.pile.clean(|name, spot| at(name) == Some(spot)) {
                if let Some(place) = self.places.get_mut(name as usize) {
                    *place = Some(now);
                }
            }
        }
    }

    fn bytes_of(&self, name: NameId) -> &[u8] {
        match self.places.get(name as usize) {
            Some(Some(spot)) => self.pile.get(*spot).unwrap_or_default(),
            Some(None) => self.long.get(&name).map(|it| &**it).unwrap_or_default(),
            None => &[],
        }
    }

    fn entries(&self, name: NameId) -> impl Iterator<Item = &[u8]> {
        let mut from = Reader(self.bytes_of(name));
        std::iter::from_fn(move || from.bytes())
    }

    fn heads(&self, name: NameId) -> impl Iterator<Item = Head<'_>> {
        self.entries(name).filter_map(|bytes| {
            let mut from = Reader(bytes);
            let numbers = read_numbers(&mut from)?;
            self.head(&mut from, &numbers)
        })
    }

    /// What connectors saw of a principal.
    pub(crate) fn of<'l>(
        &'l self,
        name: NameId,
        aliases: &'l Aliases,
    ) -> impl Iterator<Item = InventoryItem> + 'l {
        self.entries(name).filter_map(move |it| self.read(name, it, aliases))
    }

    /// Whether no connector saw anything.
    pub(crate) const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether any connector saw this principal.
    pub(crate) fn knows(&self, name: NameId) -> bool {
        !self.bytes_of(name).is_empty()
    }

    /// Whether any connector saw policies of this principal.
    pub(crate) fn has_policies(&self, name: NameId) -> bool {
        self.heads(name).any(|it| it.flags & POLICIES != 0)
    }

    /// When the first and the last look of this connector that saw the principal began.
    pub(crate) fn looks(
        &self,
        name: NameId,
        connector: &ConnectorId,
    ) -> Option<(Timestamp, Timestamp)> {
        let mut heads = self.heads(name).filter(|it| *it.connector == *connector.0);
        heads.next().map(|it| (it.first, it.last))
    }

    /// The connector of the least name that saw this principal.
    pub(crate) fn first_place(&self, name: NameId) -> Option<ConnectorId> {
        self.heads(name).map(|it| it.connector).min().map(|it| ConnectorId(it.into()))
    }

    /// The principals that any connector saw, by their numbers.
    pub(crate) fn names(&self) -> impl Iterator<Item = NameId> {
        (0..).zip(&self.places).map(|it| it.0).filter(|it| self.knows(*it))
    }

    /// The accounts whose place changed since this was last asked.
    pub(crate) fn take_moved(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.moved)
    }

    /// What it all takes.
    pub(crate) fn memory(&self) -> [Share; 2] {
        let long = self.long.values().map(|it| allocated(it.len())).sum::<usize>();
        let places = self.places.capacity() * size_of::<Option<Spot>>();
        [
            Share {
                what: "what connectors listed",
                count: self.count,
                bytes: places + self.pile.memory() + long,
            },
            Share {
                what: "texts that listed principals share",
                count: self.words.len(),
                bytes: self.words.memory(),
            },
        ]
    }

    fn write(&mut self, name: NameId, item: &InventoryItem, aliases: &Aliases) -> Vec<u8> {
        let InventoryItem { connector, first, last, seen } = item;
        let mut to = Item {
            to: Writer(Vec::with_capacity(128)),
            numbers: Vec::new(),
            places: BTreeMap::new(),
            words: &mut self.words,
        };
        let named = aliases.principal(name).is_some_and(|it| it == seen.principal);
        let flags = [(!seen.policies.is_empty(), POLICIES), (named, NAMED), (first == last, ONCE)];
        to.word(&connector.0);
        to.to.0.push(flags.iter().filter(|it| it.0).map(|it| it.1).sum());
        to.to.time(*first);
        if first != last {
            to.to.time(*last);
        }
        to.seen(seen, named, *last, aliases);
        let Item { to: body, numbers, .. } = to;
        let mut whole = Writer(Vec::with_capacity(body.0.len() + numbers.len() * 3 + 1));
        whole.number(numbers.len() as u64);
        numbers.iter().for_each(|it| whole.number(u64::from(*it)));
        whole.0.extend_from_slice(&body.0);
        whole.0
    }

    fn word<'l>(&'l self, from: &mut Reader<'l>, numbers: &[u32]) -> Option<&'l str> {
        match from.number()?.checked_sub(1) {
            None => from.text(),
            Some(at) => self.words.get(*numbers.get(usize::try_from(at).ok()?)?),
        }
    }

    fn head<'l>(&'l self, from: &mut Reader<'l>, numbers: &[u32]) -> Option<Head<'l>> {
        let connector = self.word(from, numbers)?;
        let flags = from.byte()?;
        let first = from.time()?;
        let last = if flags & ONCE == 0 { from.time()? } else { first };
        Some(Head { connector, first, last, flags })
    }

    /// The item again; `None` for bytes that [`Self::write`] never gave.
    fn read<'l>(
        &'l self,
        name: NameId,
        bytes: &'l [u8],
        aliases: &Aliases,
    ) -> Option<InventoryItem> {
        let mut from = Reader(bytes);
        let from = &mut from;
        let numbers = read_numbers(from)?;
        let Head { connector, first, last, flags } = self.head(from, &numbers)?;
        let connector = ConnectorId(connector.into());
        let principal_of = |it: u32| aliases.principal(it);
        let word = |from: &mut Reader<'l>| self.word(from, &numbers).map(str::to_owned);
        let principal = match flags & NAMED {
            0 => Principal::new(&word(from)?, from.text()?),
            _ => aliases.principal(name)?,
        };
        let near = Near::of(std::slice::from_ref(&principal), Some(last));
        let mut seen = Discovered::of(principal.clone());
        let has = u16::try_from(from.number()?).ok()?;
        let has = |bit: u16| has & bit != 0;
        seen.enabled = read_enabled(from.byte()?);
        if has(ALSO) {
            seen.also = from.list(|it| read_principal(it, &principal_of))?;
        }
        if has(CALLED) {
            seen.name = Some(from.text()?.to_owned());
        }
        if has(KIND) {
            seen.kind = Some(kind(from.byte()?)?);
        }
        if has(CREATED) {
            seen.created = near.read_time(from)?;
        }
        if has(USED) {
            seen.last_used = near.read_time(from)?;
        }
        if has(LABELS) {
            seen.labels = from.list(|it| Some((word(it)?, word(it)?)))?.into_iter().collect();
        }
        if has(CREDENTIALS) {
            seen.credentials = from.list(|it| read_credential(it, &near))?;
        }
        if has(ENTITLEMENTS) {
            seen.entitlements = from.list(|it| {
                let (grant, scope, through) = (word(it)?, word(it)?, word(it)?);
                Some(Entitlement { grant, scope, through, risk: read_risk(it)? })
            })?;
        }
        if flags & POLICIES != 0 {
            seen.policies = from.list(|it| {
                let (name, through, head) = (word(it)?, word(it)?, it.byte()?);
                let document = if head & 1 == 0 { None } else { Some(word(it)?) };
                let part = PARTS.into_iter().find(|it| *it as u8 == head >> 1)?;
                Some(PolicyGrant { name, through, document, part })
            })?;
        }
        if has(LINEAGE) {
            seen.lineage =
                from.list(|it| Some((read_edge_kind(it)?, read_principal(it, &principal_of)?)))?;
        }
        Some(InventoryItem { connector, first, last, seen })
    }
}

const ALSO: u16 = 1;
const CALLED: u16 = 2;
const KIND: u16 = 4;
const CREATED: u16 = 8;
const USED: u16 = 16;
const LABELS: u16 = 32;
const CREDENTIALS: u16 = 64;
const ENTITLEMENTS: u16 = 128;
const LINEAGE: u16 = 256;

const PARTS: [PolicyPart; 3] = [PolicyPart::Grants, PolicyPart::Bounds, PolicyPart::Trusts];

/// One item while it is written.
struct Item<'w> {
    to: Writer,
    /// The texts it shares with others, in the order in which it first says them.
    numbers: Vec<u32>,
    /// Where each of them stands among those, counted from one.
    places: BTreeMap<u32, u64>,
    words: &'w mut Words,
}

impl Item<'_> {
    /// A text that others may say, too: its place in the list of those, or else the text.
    fn word(&mut self, text: &str) {
        match self.words.keep(text) {
            Some(number) => match self.places.get(&number) {
                Some(place) => {
                    // An item uses each text once.
                    self.words.drop(number);
                    self.to.number(*place);
                }
                None => {
                    self.numbers.push(number);
                    let place = self.numbers.len() as u64;
                    self.places.insert(number, place);
                    self.to.number(place);
                }
            },
            None => {
                self.to.number(0);
                self.to.text(text);
            }
        }
    }

    fn seen(&mut self, seen: &Discovered, named: bool, last: Timestamp, aliases: &Aliases) {
        let Discovered {
            principal,
            also,
            name,
            kind,
            enabled,
            created,
            last_used,
            labels,
            credentials,
            entitlements,
            policies,
            lineage,
        } = seen;
        // Only who is called exactly so there: the index knows some by another spelling.
        let number_of = |it: &Principal| {
            let number = aliases.find(it)?;
            (aliases.principal(number)? == *it).then_some(number)
        };
        if !named {
            self.word(&principal.provider);
            self.to.text(&principal.name);
        }
        let near = Near::of(std::slice::from_ref(principal), Some(last));
        let has = [
            (!also.is_empty(), ALSO),
            (name.is_some(), CALLED),
            (kind.is_some(), KIND),
            (created.is_some(), CREATED),
            (last_used.is_some(), USED),
            (!labels.is_empty(), LABELS),
            (!credentials.is_empty(), CREDENTIALS),
            (!entitlements.is_empty(), ENTITLEMENTS),
            (!lineage.is_empty(), LINEAGE),
        ];
        let has: u16 = has.iter().filter(|it| it.0).map(|it| it.1).sum();
        self.to.number(u64::from(has));
        self.to.0.push(enabled_as(*enabled));
        if !also.is_empty() {
            self.to.number(also.len() as u64);
            also.iter().for_each(|it| write_principal(&mut self.to, it, &number_of));
        }
        name.iter().for_each(|it| self.to.text(it));
        kind.iter().for_each(|it| self.to.0.push(*it as u8));
        for time in [created, last_used].into_iter().filter(|it| it.is_some()) {
            near.write_time(&mut self.to, *time);
        }
        if !labels.is_empty() {
            self.to.number(labels.len() as u64);
            for (key, value) in labels {
                self.word(key);
                self.word(value);
            }
        }
        if !credentials.is_empty() {
            self.to.number(credentials.len() as u64);
            credentials.iter().for_each(|it| write_credential(&mut self.to, &near, it));
        }
        if !entitlements.is_empty() {
            self.to.number(entitlements.len() as u64);
            for Entitlement { grant, scope, through, risk } in entitlements {
                [grant, scope, through].into_iter().for_each(|it| self.word(it));
                self.to.0.push(*risk as u8);
            }
        }
        if !policies.is_empty() {
            self.to.number(policies.len() as u64);
            for PolicyGrant { name, through, document, part } in policies {
                self.word(name);
                self.word(through);
                self.to.0.push((*part as u8) << 1 | u8::from(document.is_some()));
                document.iter().for_each(|it| self.word(it));
            }
        }
        if !lineage.is_empty() {
            self.to.number(lineage.len() as u64);
            for (kind, to) in lineage {
                self.to.0.push(*kind as u8);
                write_principal(&mut self.to, to, &number_of);
            }
        }
    }
}

fn read_numbers(from: &mut Reader<'_>) -> Option<Vec<u32>> {
    from.list(|it| u32::try_from(it.number()?).ok())
}

const fn enabled_as(enabled: Option<bool>) -> u8 {
    match enabled {
        None => 0,
        Some(false) => 1,
        Some(true) => 2,
    }
}

const fn read_enabled(byte: u8) -> Option<bool> {
    match byte {
        1 => Some(false),
        2 => Some(true),
        _ => None,
    }
}

fn kind(number: u8) -> Option<IdentityKind> {
    IdentityKind::ALL.into_iter().find(|it| *it as u8 == number)
}

fn write_credential(to: &mut Writer, near: &Near<'_>, it: &DiscoveredCredential) {
    let DiscoveredCredential { reference, enabled, issued, expires, last_used } = it;
    near.write_credential(to, reference);
    to.0.push(enabled_as(*enabled));
    [issued, expires, last_used].into_iter().for_each(|it| near.write_time(to, *it));
}

fn read_credential(from: &mut Reader<'_>, near: &Near<'_>) -> Option<DiscoveredCredential> {
    Some(DiscoveredCredential {
        reference: near.read_credential(from)?,
        enabled: read_enabled(from.byte()?),
        issued: near.read_time(from)?,
        expires: near.read_time(from)?,
        last_used: near.read_time(from)?,
    })
}
