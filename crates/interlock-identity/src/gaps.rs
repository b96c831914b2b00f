//! What the directory does not know or should not have to say: each gap with its remedy.

use crate::aliases::{Claim, NameId, Slot};
use crate::alike;
use crate::consumer::is_lasting;
use crate::directory::{Directory, Who};
use crate::kind::Evidence;
use crate::limits::CredentialLimits;
use crate::record::Record;
use crate::shorter;
use interlock_model::{
    ConnectorId, Credential, CredentialRef, CredentialStatus, Environment, Identity, IdentityId,
    Ownership, Principal, Provenance, Timestamp,
};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// So many identities are looked at in one go for a page of gaps: as many as gaps are asked for, within
/// these.
const AT_ONCE: (usize, usize) = (20, 500);
/// Most identities that are looked at for one page.
const MOST_LOOKED: usize = 5_000;
/// Most names that one principal is held against; those with the fewest letters exchanged.
const MOST_ALIKE: usize = 32;

/// One thing about an identity that people should mend before it matters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Gap {
    /// Whose.
    pub identity: IdentityId,
    /// Which sort.
    pub kind: GapKind,
    /// What is so, in one line.
    pub text: String,
    /// What to do about it.
    pub remedy: String,
}

/// The sorts of gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GapKind {
    /// It acts, and nobody declared it.
    Undeclared,
    /// Nobody answers for it.
    Unowned,
    /// Its owner is inferred and not declared.
    OwnerInferred,
    /// Nothing says where it acts.
    EnvironmentUnknown,
    /// Another identity claims one of its principals or credentials too.
    Ambiguous,
    /// A long-lived credential was not used for more than 90 days.
    UnusedCredential,
    /// Several consumers use one long-lived credential.
    SharedCredential,
    /// No connector can end one of its credentials.
    NoRevocation,
    /// It is protected, and nobody may approve for its owner.
    NoApprover,
    /// Nobody is left of the team that answers for it.
    OwnerDeparted,
    /// Its sources contradict each other.
    Conflict,
    /// A long-lived credential is older than is allowed.
    OverAge,
    /// A long-lived credential could be one that ends by itself.
    LongLived,
    /// One of its names is taken for another's: other letters of the same look.
    LookAlike,
}

impl GapKind {
    /// The sort as text, as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Undeclared => "undeclared",
            Self::Unowned => "unowned",
            Self::OwnerInferred => "owner_inferred",
            Self::EnvironmentUnknown => "environment_unknown",
            Self::Ambiguous => "ambiguous",
            Self::UnusedCredential => "unused_credential",
            Self::SharedCredential => "shared_credential",
            Self::NoRevocation => "no_revocation",
            Self::NoApprover => "no_approver",
            Self::OwnerDeparted => "owner_departed",
            Self::Conflict => "conflict",
            Self::OverAge => "over_age",
            Self::LongLived => "long_lived",
            Self::LookAlike => "look_alike",
        }
    }
}

/// Per record, the names it shares and with whom.
type Contested = BTreeMap<Slot, Vec<(String, String)>>;

impl Directory {
    /// All gaps as of `now`, by identity and kind.
    ///
    /// The provider's own services have none: nobody here owns or declares them.
    #[must_use]
    pub fn gaps(&self, now: Timestamp) -> Vec<Gap> {
        self.gaps_of(self.slots(), &self.contested(), now)
    }

    /// The gaps of identities whose id comes after this one, about `limit` of them: those of one
    /// identity stay together. With where the next page begins, when there may be more.
    #[must_use]
    pub fn gaps_page(
        &self,
        after: Option<&str>,
        limit: usize,
        now: Timestamp,
    ) -> (Vec<Gap>, Option<IdentityId>) {
        let contested = self.contested();
        let (mut gaps, mut looked) = (Vec::new(), 0);
        let mut from = after.map(str::to_owned);
        let at_once = limit.clamp(AT_ONCE.0, AT_ONCE.1);
        loop {
            let slots = self.order.page(&self.records, from.as_deref(), at_once);
            looked += slots.len();
            let last = slots.last().and_then(|it| self.records.id(*it)).map(|it| it.0);
            let whole = slots.len() < at_once;
            gaps.extend(self.gaps_of(slots.into_iter(), &contested, now));
            if let Some(first_out) = gaps.get(limit).map(|it| it.identity.clone()) {
                // An identity with more gaps than fit is given whole all the same.
                let fit = gaps.iter().take(limit).filter(|it| it.identity != first_out).count();
                let keep = match fit {
                    0 => gaps.iter().filter(|it| it.identity == first_out).count(),
                    fit => fit,
                };
                let more = gaps.len() > keep || !whole;
                gaps.truncate(keep);
                let next = gaps.last().filter(|_| more).map(|it| it.identity.clone());
                return (gaps, next);
            }
            match last {
                None => return (gaps, None),
                Some(_) if whole => return (gaps, None),
                Some(last) if looked >= MOST_LOOKED => return (gaps, Some(last)),
                Some(last) => from = Some(last.to_string()),
            }
        }
    }

    fn gaps_of(
        &self,
        slots: impl Iterator<Item = Slot>,
        contested: &Contested,
        now: Timestamp,
    ) -> Vec<Gap> {
        let mut gaps = Vec::new();
        for slot in slots {
            let Some(record) = self.peek(slot) else { continue };
            let record = &*record;
            if record.identity.provenance == Provenance::Derived
                && record.evidence.has(Evidence::SERVICE)
            {
                continue;
            }
            let mut add = |kind, text: String, remedy: &str| {
                let remedy = remedy.to_owned();
                gaps.push(Gap { identity: record.identity.id.clone(), kind, text, remedy });
            };
            let place = self.first_place(&record.identity);
            let guess = self.owner_remedy(&record.identity);
            record_gaps(&record.identity, place.as_ref(), guess.as_deref(), &mut add);
            self.conflicts_of(record, &mut |about, text| {
                let remedy = "correct the declaration, or the provider";
                add(GapKind::Conflict, format!("{about}: {text}"), remedy);
            });
            self.credential_gaps(record, now, &mut add);
            for (name, other, whose) in self.taken_for(&record.identity) {
                add(
                    GapKind::LookAlike,
                    format!(
                        "`{name}` looks like `{other}` of `{whose}`, and is another: {}",
                        alike::difference(&name.name, &other.name)
                    ),
                    "find out who made it: it may be there to be taken for the other; rename or remove it",
                );
            }
            for (name, others) in contested.get(&slot).into_iter().flatten() {
                add(
                    GapKind::Ambiguous,
                    format!("`{name}` is claimed by {others} too"),
                    "leave it with one identity, or give each its own credential",
                );
            }
            let owner = record.identity.owner.owner().and_then(|it| self.owner(it));
            if let Some(owner) = owner.filter(|it| self.is_deserted(it, now)) {
                let instead = match self.answering(&record.identity.id, now).team {
                    Some(team) => format!("`{}` answers instead", team.id),
                    None => "only the security team answers".to_owned(),
                };
                add(
                    GapKind::OwnerDeparted,
                    format!("nobody is left of `{}` who may approve: {instead}", owner.id),
                    "declare a new owner, new `approvers`, or a `fallback` of the team",
                );
            }
            if record.identity.protected && !self.has_approver(&record.identity) {
                add(
                    GapKind::NoApprover,
                    "it is protected, and nobody may approve for its owner".to_owned(),
                    "declare its owner, with `approvers`, in `teams`",
                );
            }
        }
        gaps.sort();
        gaps
    }

    /// The long-lived credentials in force that this connector saw and that are older than is allowed,
    /// with whose they are and when they were issued.
    #[must_use]
    pub fn over_age(
        &self,
        connector: &ConnectorId,
        now: Timestamp,
    ) -> Vec<(IdentityId, CredentialRef, Timestamp)> {
        let mut all = Vec::new();
        let listed = &self.inventory.listed;
        let by_it = |name: &NameId| listed.looks(*name, connector).is_some();
        for name in listed.names().filter(by_it) {
            let Claim::One(slot) = self.aliases.claim(name) else { continue };
            let Some(record) = self.peek(slot) else { continue };
            let identity = &record.identity;
            let items = listed.of(name, &self.aliases).filter(|it| it.connector == *connector);
            let seen: Vec<CredentialRef> =
                items.flat_map(|it| it.seen.credentials).map(|it| it.reference).collect();
            let old = identity.credentials.iter().filter(|it| {
                it.status == CredentialStatus::Active
                    && is_lasting(&it.reference)
                    && seen.contains(&it.reference)
            });
            for it in old {
                let limit = self.limits.of(identity, &it.reference).age;
                let issued = it.issued.filter(|it| now.duration_since(*it) > limit);
                all.extend(issued.map(|at| (identity.id.clone(), it.reference.clone(), at)));
            }
        }
        all
    }

    /// How old long-lived credentials may become.
    #[must_use]
    pub const fn limits(&self) -> &CredentialLimits {
        &self.limits
    }

    /// The principals of an identity that people take for those of others, with whose.
    fn taken_for<'i>(&self, identity: &'i Identity) -> Vec<(&'i Principal, Principal, IdentityId)> {
        let other = |it: &'i Principal, name: &str| {
            let meant = Principal::new(&it.provider, name);
            let claim = self.aliases.claim(self.aliases.find(&meant)?);
            let whose = claim.slots().next().and_then(|it| self.records.id(it))?.0;
            (meant != *it && whose != identity.id).then_some((it, meant, whose))
        };
        // Which of two names in ASCII is the strange one nothing says, but that one is declared.
        let stranger = |whose: &IdentityId| {
            let declared = |it: Provenance| it == Provenance::Declared;
            !declared(identity.provenance)
                || self.identity(whose).is_some_and(|it| declared(it.provenance))
        };
        let mut found = Vec::new();
        for it in &identity.principals {
            if !alike::is_plain(&it.name) {
                found.extend(other(it, &alike::skeleton(&it.name)));
            }
            let within = alike::others(&it.name, MOST_ALIKE);
            let within = within.iter().filter_map(|name| other(it, name));
            found.extend(within.filter(|it| stranger(&it.2)));
        }
        found
    }

    fn has_approver(&self, identity: &Identity) -> bool {
        let owner = identity.owner.owner().and_then(|it| self.owner(it));
        owner.is_some_and(|it| !it.approvers.is_empty())
    }

    fn credential_gaps(
        &self,
        record: &Record,
        now: Timestamp,
        add: &mut impl FnMut(GapKind, String, &str),
    ) {
        let active = |it: &&Credential| it.status == CredentialStatus::Active;
        let known = || record.identity.credentials.iter().filter(active);
        for it in known().filter(|it| is_lasting(&it.reference)) {
            let rests = it.last_used.or(it.issued).map(|it| now.duration_since(it));
            if rests
                .is_some_and(|rests| rests > self.limits.of(&record.identity, &it.reference).idle)
            {
                let days = rests.map_or(0, |it| it.as_hours() / 24);
                add(
                    GapKind::UnusedCredential,
                    format!("`{}` was not used for {days} days", it.reference),
                    "disable it, and delete it when nobody misses it",
                );
            }
        }
        for it in known().filter(|it| is_lasting(&it.reference)) {
            let age = it.issued.map(|it| now.duration_since(it));
            let limit = self.limits.of(&record.identity, &it.reference).age;
            if let Some(age) = age.filter(|it| *it > limit) {
                add(
                    GapKind::OverAge,
                    format!(
                        "`{}` is {} days old, {} are allowed",
                        it.reference,
                        age.as_hours() / 24,
                        limit.as_hours() / 24
                    ),
                    "rotate it, or use a credential that ends by itself",
                );
            }
        }
        self.long_lived(record, known(), add);
        for credential in self.shared_credentials(&record.consumers, now) {
            add(
                GapKind::SharedCredential,
                format!("`{credential}` is used by several kinds of client from several networks"),
                "give each consumer its own credential, so that one can be cut without the others",
            );
        }
        let without: Vec<&Credential> = known().filter(|it| it.revocation.is_none()).collect();
        if let Some(first) = without.first() {
            let more = match without.len() - 1 {
                0 => String::new(),
                others => format!(" and {others} more"),
            };
            add(
                GapKind::NoRevocation,
                format!("no connector can end `{}`{more}", first.reference),
                "configure a connector for its provider",
            );
        }
    }

    /// What lasts though something could take its place that ends by itself.
    fn long_lived<'i>(
        &self,
        record: &'i Record,
        known: impl Iterator<Item = &'i Credential>,
        add: &mut impl FnMut(GapKind, String, &str),
    ) {
        let identity = &record.identity;
        // What ends within a day has no need of a replacement; a session belongs to its credential.
        let day = SignedDuration::from_hours(24);
        let short = |it: &Credential| match (it.issued, it.expires) {
            (Some(issued), Some(expires)) => expires.duration_since(issued) <= day,
            _ => {
                it.expires.is_none() && !is_lasting(&it.reference) && !self.is_listed(identity, it)
            }
        };
        let mut by_remedy: BTreeMap<&'static str, Vec<&Credential>> = BTreeMap::new();
        for it in known.filter(|it| it.session.is_none() && !short(it)) {
            if let Some(remedy) = shorter::instead(&it.reference, identity.kind) {
                by_remedy.entry(remedy).or_default().push(it);
            }
        }
        for (remedy, all) in by_remedy {
            let Some(first) = all.first() else { continue };
            let more = match all.len() - 1 {
                0 => String::new(),
                others => format!(" and {others} more"),
            };
            let kind = identity.kind.as_str().replace('_', " ");
            let article = if kind.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
            let text = format!(
                "`{}`{more} of {article} {kind} lasts until somebody ends it",
                first.reference
            );
            add(GapKind::LongLived, text, remedy);
        }
    }

    /// Whether a connector lists this credential, so that it is known to be no passing token.
    fn is_listed(&self, identity: &Identity, credential: &Credential) -> bool {
        let mut listed = self.items_of(identity).flat_map(|it| it.seen.credentials);
        listed.any(|it| it.reference == credential.reference)
    }

    /// Per record, the names it shares and with whom.
    fn contested(&self) -> Contested {
        let mut contested = Contested::new();
        let mut note = |name: String, slots: &[Slot]| {
            for slot in slots {
                let others = slots.iter().filter(|it| *it != slot);
                let others = others.filter_map(|it| self.record(*it));
                let others = others.map(|it| format!("`{}`", it.identity.id)).collect::<Vec<_>>();
                contested.entry(*slot).or_default().push((name.clone(), others.join(" and ")));
            }
        };
        for (principal, slots) in self.aliases.contested() {
            note(principal.to_string(), slots);
        }
        for (credential, key) in self.keys.contested() {
            if let Who::Several(slots) = self.holders(key) {
                note(credential.to_string(), &slots);
            }
        }
        contested
    }
}

fn record_gaps(
    identity: &Identity,
    place: Option<&ConnectorId>,
    guess: Option<&str>,
    add: &mut impl FnMut(GapKind, String, &str),
) {
    if identity.provenance == Provenance::Derived {
        add(
            GapKind::Undeclared,
            match place {
                Some(place) => {
                    format!("`{}` exists at `{place}`, and nobody declared it", identity.name)
                }
                None => format!("`{}` acts, and nobody declared it", identity.name),
            },
            "declare it in `identities`, or remove it at the provider",
        );
    }
    match &identity.owner {
        Ownership::Declared { .. } => {}
        Ownership::Inferred { owner, from, .. } => add(
            GapKind::OwnerInferred,
            format!("its owner `{owner}` is inferred: {from}"),
            "confirm it with `owner` in `identities`",
        ),
        Ownership::Unowned => add(
            GapKind::Unowned,
            "nobody is known to answer for it".to_owned(),
            guess.unwrap_or(
                "declare `owner` in `identities`, or an owner of its account in `environments`",
            ),
        ),
    }
    if identity.environment == Environment::Unknown {
        add(
            GapKind::EnvironmentUnknown,
            "nothing says where it acts, so it is treated as production".to_owned(),
            "declare `environment`, or its account in `environments`",
        );
    }
}
