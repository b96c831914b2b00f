//! What the directory does not know or should not have to say: each gap with its remedy.

use crate::aliases::{Claim, Slot};
use crate::consumer::is_lasting;
use crate::directory::{Directory, Who};
use crate::kind::Evidence;
use crate::record::Record;
use interlock_model::{
    ConnectorId, Credential, CredentialRef, CredentialStatus, Environment, Identity, IdentityId,
    Ownership, Provenance, Timestamp,
};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
        }
    }
}

/// How old long-lived credentials may become, and how long they may rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CredentialLimits {
    /// The oldest that one may be.
    pub age: SignedDuration,
    /// The longest that one may go unused: beyond, it is a risk without a use.
    pub idle: SignedDuration,
}

impl CredentialLimits {
    /// A year of age, 90 days of rest.
    pub const STANDARD: Self = Self {
        age: SignedDuration::from_hours(365 * 24),
        idle: SignedDuration::from_hours(90 * 24),
    };
}

impl Directory {
    /// All gaps as of `now`, by identity and kind.
    ///
    /// The provider's own services have none: nobody here owns or declares them.
    #[must_use]
    pub fn gaps(&self, now: Timestamp) -> Vec<Gap> {
        let contested = self.contested();
        let mut gaps = Vec::new();
        for slot in self.slots() {
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
            let place = self.items_of(&record.identity).map(|it| &it.connector).min();
            let guess = self.owner_remedy(&record.identity);
            record_gaps(&record.identity, place, guess.as_deref(), &mut add);
            self.conflicts_of(record, &mut |about, text| {
                let remedy = "correct the declaration, or the provider";
                add(GapKind::Conflict, format!("{about}: {text}"), remedy);
            });
            self.credential_gaps(record, now, &mut add);
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
        for item in self.inventory.all().filter(|it| it.connector == *connector) {
            let Some(name) = self.aliases.find(&item.seen.principal) else { continue };
            let Claim::One(slot) = *self.aliases.claim(name) else { continue };
            let Some(record) = self.peek(slot) else { continue };
            let identity = &record.identity;
            let old = identity.credentials.iter().filter(|it| {
                it.status == CredentialStatus::Active
                    && is_lasting(&it.reference)
                    && item.seen.credentials.iter().any(|seen| seen.reference == it.reference)
            });
            for it in old {
                let issued = it.issued.filter(|it| now.duration_since(*it) > self.limits.age);
                all.extend(issued.map(|at| (identity.id.clone(), it.reference.clone(), at)));
            }
        }
        all
    }

    /// How old long-lived credentials may become.
    #[must_use]
    pub const fn limits(&self) -> CredentialLimits {
        self.limits
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
            if rests.is_some_and(|it| it > self.limits.idle) {
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
            if let Some(age) = age.filter(|it| *it > self.limits.age) {
                add(
                    GapKind::OverAge,
                    format!(
                        "`{}` is {} days old, {} are allowed",
                        it.reference,
                        age.as_hours() / 24,
                        self.limits.age.as_hours() / 24
                    ),
                    "rotate it, or use a credential that ends by itself",
                );
            }
        }
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

    /// Per record, the names it shares and with whom.
    fn contested(&self) -> BTreeMap<Slot, Vec<(String, String)>> {
        let mut contested: BTreeMap<Slot, Vec<(String, String)>> = BTreeMap::new();
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
        for (credential, key) in &self.keys {
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
