//! What connectors saw at their providers joins what people declared and telemetry showed.
//!
//! People's word counts first: what a provider says otherwise is shown as a [`Conflict`] and changes
//! nothing. What a provider says of its own principals counts before what is inferred from events.
//! Nothing is forgotten for having been unseen once: see [`Directory::unseen`].

use crate::aliases::{Aliases, Claim, NameId, Slot};
use crate::directory::Directory;
use crate::granted::{self, Risks};
use crate::keys::Key;
use crate::kind::Evidence;
use crate::labels;
use crate::learn::status;
use crate::listed::Listed;
use crate::record::Record;
use crate::redacted;
use interlock_model::{
    ConnectorId, CredentialRef, Discovered, DiscoveredCredential, Discovery, Entitlement,
    EnvironmentBasis, Identity, IdentityId, InventoryItem, Ownership, PolicyGrant, Provenance,
    Timestamp,
};

/// Most entitlements kept of one identity; the most harmful ones stay.
const MOST_ENTITLEMENTS: usize = 256;

/// What connectors saw, by principal.
#[derive(Debug, Clone, Default)]
pub(crate) struct Inventory {
    risks: Risks,
    pub(crate) listed: Listed,
}

/// Two sources that say different things of one identity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflict {
    /// About what: `kind`, `owner`, `environment`, `enabled`.
    pub about: &'static str,
    /// Who says what, in one line; the first one counts.
    pub text: String,
}

impl Directory {
    /// Takes in what a connector saw of one principal in a look that began at `time`.
    ///
    /// The answer is what to remember: given to [`Self::recall`] after a restart, it has the same effect.
    /// `None` when the bounds are reached.
    pub fn discovered(
        &mut self,
        connector: &ConnectorId,
        time: Timestamp,
        mut seen: Discovered,
    ) -> Option<InventoryItem> {
        take_out(&mut seen);
        let name = self.aliases.number(&seen.principal, self.bounds.principals)?;
        let known = self.inventory.listed.looks(name, connector);
        let first = known.map_or(time, |it| it.0.min(time));
        let item = InventoryItem { connector: connector.clone(), first, last: time, seen };
        self.take_in(name, &item);
        Some(item)
    }

    /// Takes in again what was remembered.
    pub fn recall(&mut self, mut item: InventoryItem) {
        take_out(&mut item.seen);
        if let Some(name) = self.aliases.number(&item.seen.principal, self.bounds.principals) {
            self.take_in(name, &item);
        }
    }

    fn take_in(&mut self, name: NameId, item: &InventoryItem) {
        let slot = match self.aliases.claim(name) {
            Claim::One(slot) => Some(slot),
            Claim::Many(_) => None,
            Claim::Nobody => self.derive(name),
        };
        let now = self.clock.now.map_or(item.last, |it| it.max(item.last));
        self.usage.begin(name, &item.seen, now);
        self.inventory.listed.put(name, item, &self.aliases);
        // A principal that several identities claim stays contested; the gap says so.
        let Some(mut slot) = slot else { return };
        for other in &item.seen.also {
            slot = self.join_name(slot, other);
        }
        for credential in &item.seen.credentials {
            self.learn_listed(slot, name, credential, item.last);
        }
        self.learn_described(slot, &item.seen);
        self.learn_kind(slot, Evidence::of_listed(&item.seen));
        for (kind, to) in &item.seen.lineage {
            self.learn_edge(slot, *kind, to, item.last, None);
        }
        self.grant_anew(slot);
        self.infer_environment(slot);
        self.infer_owners_from(slot);
    }

    /// Another name of the same principal; the record that both live on in.
    fn join_name(&mut self, slot: Slot, other: &interlock_model::Principal) -> Slot {
        let Some(name) = self.aliases.number(other, self.bounds.principals) else { return slot };
        let declared = |it: &Self, slot| {
            it.record(slot).is_some_and(|it| it.identity.provenance == Provenance::Declared)
        };
        let into = match self.aliases.claim(name) {
            Claim::Nobody => {
                self.aliases.give(name, slot);
                slot
            }
            Claim::One(same) if same == slot => return slot,
            Claim::One(others) if !declared(self, others) => {
                self.merge(others, slot);
                slot
            }
            Claim::One(others) if !declared(self, slot) => {
                self.merge(slot, others);
                others
            }
            // People declared them apart, or several claim the name: their word counts.
            Claim::One(_) | Claim::Many(_) => return slot,
        };
        let Some(principal) = self.aliases.principal(name) else { return into };
        if self.record_mut(into).is_some_and(|it| it.learn_principal(&principal)) {
            self.learn_protection(into);
            self.touch(into);
        }
        into
    }

    fn learn_listed(
        &mut self,
        slot: Slot,
        name: NameId,
        seen: &DiscoveredCredential,
        time: Timestamp,
    ) {
        self.learn_key(slot, Some(name), &seen.reference, time);
        let revoked = self.keys.get(&seen.reference).and_then(Key::revoked);
        let revocations = &self.revocations;
        let Some(record) = self.records.get_mut(slot, &self.aliases, &self.revocations) else {
            return;
        };
        let (Some(known), new) = record.credential(&seen.reference, revocations) else { return };
        let before = known.clone();
        known.issued = seen.issued.or(known.issued);
        known.expires = seen.expires.or(known.expires);
        known.last_used = known.last_used.max(seen.last_used);
        // Used since the look began: the listing is older than the use. A use that it tells itself it
        // is not older than, even where the provider's clock is ahead of ours.
        let told = |used: Timestamp| seen.last_used.is_some_and(|it| it >= used);
        let newer_use = before.last_used.is_some_and(|it| it > time && !told(it));
        known.status = match seen.enabled {
            Some(false) if !newer_use => interlock_model::CredentialStatus::Revoked,
            // Deleted since the look began: the listing is older than that, too.
            Some(true) if revoked.is_none_or(|it| it <= time) => {
                interlock_model::CredentialStatus::Active
            }
            Some(_) | None => status(revoked, known.last_used),
        };
        let changed = *known != before;
        if new {
            record.make_room();
            self.learn_protection(slot);
        }
        if new || changed {
            self.touch(slot);
        }
    }

    /// The provider's name for it, where nobody declared one.
    fn learn_described(&mut self, slot: Slot, seen: &Discovered) {
        let Some(record) = self.record_mut(slot) else { return };
        let derived = record.identity.provenance == Provenance::Derived;
        if let Some(name) = seen.name.as_ref().filter(|it| derived && !it.is_empty())
            && record.identity.name != *name
        {
            record.identity.name.clone_from(name);
            self.touch(slot);
        }
    }

    /// What it may do: what people declared, and what its providers list.
    fn grant_anew(&mut self, slot: Slot) {
        let Some(identity) = self.record(slot).map(|it| &it.identity) else { return };
        let declared = self.declaration.identities.iter().find(|it| it.id == identity.id);
        let mut all: Vec<Entitlement> =
            declared.map(|it| it.entitlements.clone()).unwrap_or_default();
        let names: Vec<NameId> =
            identity.principals.iter().filter_map(|it| self.aliases.find(it)).collect();
        for name in names {
            all.extend(self.inventory.entitlements(name, &self.aliases));
        }
        let rank = |it: &Entitlement| std::cmp::Reverse(it.risk as u8);
        all.sort_by(|a, b| {
            (rank(a), &a.grant, &a.scope, &a.through).cmp(&(
                rank(b),
                &b.grant,
                &b.scope,
                &b.through,
            ))
        });
        all.dedup();
        all.truncate(MOST_ENTITLEMENTS);
        if let Some(record) = self.record_mut(slot)
            && record.identity.entitlements != all
        {
            record.identity.entitlements = all;
            self.touch(slot);
        }
    }

    /// What connectors saw of the principals of this identity, by connector and principal.
    #[must_use]
    pub fn inventory(&self, id: &IdentityId) -> Vec<InventoryItem> {
        let Some(identity) = self.identity(id) else { return Vec::new() };
        let mut items: Vec<InventoryItem> = self.items_of(identity).collect();
        items.sort_by(|a, b| {
            (&a.connector, &a.seen.principal).cmp(&(&b.connector, &b.seen.principal))
        });
        items
    }

    /// What connector saw this entitlement last, and when; `None` when people declared it.
    #[must_use]
    pub fn granted_by(
        &self,
        identity: &Identity,
        of: &Entitlement,
    ) -> Option<(ConnectorId, Timestamp)> {
        let same = |it: &InventoryItem| {
            let listed = |it: &Entitlement| {
                it.grant == of.grant && it.scope == of.scope && it.through == of.through
            };
            let policy = |it: &PolicyGrant| it.name == of.grant && it.through == of.through;
            it.seen.entitlements.iter().any(listed) || it.seen.policies.iter().any(policy)
        };
        let seen = self.items_of(identity).filter(same).max_by_key(|it| it.last)?;
        Some((seen.connector, seen.last))
    }

    pub(crate) fn items_of(&self, identity: &Identity) -> impl Iterator<Item = InventoryItem> {
        let names = identity.principals.iter().filter_map(|it| self.aliases.find(it));
        names.flat_map(|it| self.inventory.listed.of(it, &self.aliases))
    }

    /// The connector of the least name that saw a principal of this identity.
    pub(crate) fn first_place(&self, identity: &Identity) -> Option<ConnectorId> {
        let names = identity.principals.iter().filter_map(|it| self.aliases.find(it));
        names.filter_map(|it| self.inventory.listed.first_place(it)).min()
    }

    /// Whether no source of this identity but telemetry, or its declaration, exists at a provider
    /// any more: every connector that saw it has looked since and did not see it.
    #[must_use]
    pub fn unseen(&self, id: &IdentityId, looks: &[Discovery]) -> Option<Timestamp> {
        let items = self.inventory(id);
        let gone = |it: &InventoryItem| {
            let look = looks.iter().find(|look| look.connector == it.connector);
            look.and_then(|it| it.last).is_some_and(|last| it.last < last)
        };
        if items.is_empty() || !items.iter().all(gone) {
            return None;
        }
        items.iter().map(|it| it.last).max()
    }

    /// Where the sources of one identity contradict each other.
    #[must_use]
    pub fn conflicts(&self, id: &IdentityId) -> Vec<Conflict> {
        let Some(slot) = self.slot(id) else { return Vec::new() };
        let Some(record) = self.record(slot) else { return Vec::new() };
        let mut found = Vec::new();
        self.conflicts_of(record, &mut |about, text| found.push(Conflict { about, text }));
        found.sort();
        found.dedup();
        found
    }

    pub(crate) fn conflicts_of(&self, record: &Record, add: &mut impl FnMut(&'static str, String)) {
        let identity = &record.identity;
        let mut enabled: Vec<(ConnectorId, bool)> = Vec::new();
        for item in self.items_of(identity) {
            let (seen, at) = (&item.seen, &item.connector);
            if let Some(kind) = seen.kind.filter(|it| *it != identity.kind) {
                let by = match identity.provenance {
                    Provenance::Declared => "declared",
                    Provenance::Derived => "taken for",
                };
                add("kind", format!("{by} {}, `{at}` lists it as {kind}", identity.kind));
            }
            if let (Some(departed), Some(true)) = (identity.departed, seen.enabled) {
                let day = departed.strftime("%Y-%m-%d");
                add("enabled", format!("departed {day}, and enabled at `{at}`"));
            }
            if let Some((label, owner)) = labels::owner(&self.declaration, &seen.labels)
                && let Some(counts) = identity.owner.owner().filter(|it| **it != owner.id)
            {
                let how = match &identity.owner {
                    Ownership::Declared { .. } => "declared",
                    Ownership::Inferred { .. } | Ownership::Unowned => "inferred",
                };
                add("owner", format!("{how} `{counts}`, {label} at `{at}` says `{}`", owner.id));
            }
            if let Some((label, environment)) = labels::environment(&seen.labels)
                && environment != identity.environment
                && identity.environment_basis != EnvironmentBasis::None
            {
                let text =
                    format!("{}, {label} at `{at}` says {environment}", identity.environment);
                add("environment", text);
            }
            enabled.extend(seen.enabled.map(|it| (at.clone(), it)));
        }
        let on = enabled.iter().find(|it| it.1);
        let off = enabled.iter().find(|it| !it.1);
        if let (Some((on, _)), Some((off, _))) = (on, off) {
            add("enabled", format!("enabled at `{on}`, and disabled at `{off}`"));
        }
    }
}

impl Inventory {
    fn entitlements(&mut self, name: NameId, aliases: &Aliases) -> Vec<Entitlement> {
        let items = self.listed.of(name, aliases);
        items.flat_map(|it| granted::entitlements(&it.seen, &mut self.risks)).collect()
    }
}

/// Labels without secrets, and only credentials that have a name: nothing can be done about others.
fn take_out(seen: &mut Discovered) {
    redacted::labels(&mut seen.labels);
    seen.credentials.retain(|it| CredentialRef::from_text(it.reference.as_str()).is_some());
}
