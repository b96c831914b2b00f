//! Whose yes: the mildest consent, from the proposed one upwards, that policies let suffice.

use crate::policy::{Asked, Asker, Circumstances, Policies};
use crate::words::listed;
use interlock_model::{
    ActionKind, BlastRadius, Confidence, Consent, Criticality, Identity, Mode, Tier, Timestamp,
};
use std::collections::BTreeMap;

/// What is to be put to the policies.
#[derive(Debug, Clone, Copy)]
pub struct Proposal<'a> {
    pub asker: Asker<'a>,
    pub identity: &'a Identity,
    pub owner_known: bool,
    pub criticality: Option<Criticality>,
    pub blast_radius: &'a BlastRadius,
    pub confidence: Confidence,
    pub tier: Tier,
    pub mode: Mode,
    pub disproven: bool,
    pub now: Timestamp,
}

/// What came of it.
#[derive(Debug)]
pub struct Settled {
    /// Whether all of it is allowed, with [`Settled::consent`].
    pub allowed: bool,
    /// The mildest consent with which it is allowed; the last one tried when it is not.
    pub consent: Consent,
    /// The policies that determined it, sorted: those that allow it, and those that forbid it with
    /// less consent; or those that forbid it with any.
    pub policies: Vec<String>,
    /// One sentence each.
    pub reasons: Vec<String>,
}

/// Puts every verb to the policies with each consent in turn, until one suffices for all.
///
/// Any error refuses at once, whatever a later consent would have brought.
/// When nothing suffices, the answer speaks of the strongest consent only.
pub fn settle(
    policies: &Policies,
    it: &Proposal<'_>,
    kinds: &[ActionKind],
    consents: &[Consent],
) -> Settled {
    let mut settled = Settled {
        allowed: false,
        consent: Consent::Security,
        policies: Vec::new(),
        reasons: Vec::new(),
    };
    for (index, consent) in consents.iter().enumerate() {
        settled.consent = *consent;
        let mut permitting = Vec::new();
        let mut denying: BTreeMap<Vec<String>, Vec<ActionKind>> = BTreeMap::new();
        for kind in kinds {
            let said = policies.dispose(&it.asked(*kind, *consent));
            if !said.errors.is_empty() {
                let failed = |it: &String| format!("A policy failed, so it is refused: {it}.");
                settled.reasons = said.errors.iter().map(failed).collect();
                settled.policies.clear();
                return settled;
            }
            if said.allowed {
                permitting.extend(said.policies);
            } else {
                denying.entry(said.policies).or_default().push(*kind);
            }
        }
        settled.allowed = denying.is_empty();
        if settled.allowed {
            settled.policies.extend(permitting);
            break;
        }
        if index + 1 == consents.len() {
            settled.policies.clear();
            settled.reasons.clear();
        }
        for (by, kinds) in denying {
            settled.reasons.push(denied(policies, &kinds, *consent, &by));
            settled.policies.extend(by);
        }
    }
    settled.policies.sort();
    settled.policies.dedup();
    settled
}

/// The consents to try, mildest first, from the one that is proposed.
///
/// Where the proposal wants the owner's yes, a stronger one still has it. Where nobody owns the
/// identity, the security team answers in the owner's place.
pub fn upwards(proposed: Consent, owner_known: bool) -> &'static [Consent] {
    match (proposed, owner_known) {
        (Consent::Automatic, true) => {
            &[Consent::Automatic, Consent::Owner, Consent::Security, Consent::Both]
        }
        (Consent::Automatic, false) => &[Consent::Automatic, Consent::Security],
        (Consent::Owner, true) => &[Consent::Owner, Consent::Both],
        (Consent::Security, true) => &[Consent::Security, Consent::Both],
        (Consent::Both, true) => &[Consent::Both],
        (Consent::Owner | Consent::Security | Consent::Both, false) => &[Consent::Security],
    }
}

/// Whether there is an owner to ask: one that the record names and that can be reached.
pub const fn owner_answers(identity: &Identity, known: bool) -> bool {
    known && identity.owner.owner().is_some()
}

/// The consents without the automatic one: what remains when people must be asked.
pub fn asking(consents: &'static [Consent]) -> &'static [Consent] {
    match consents {
        [Consent::Automatic, rest @ ..] => rest,
        all => all,
    }
}

impl<'a> Proposal<'a> {
    fn asked(&self, action: ActionKind, consent: Consent) -> Asked<'a> {
        Asked {
            asker: self.asker,
            action,
            identity: self.identity,
            owner_known: self.owner_known,
            criticality: self.criticality,
            blast_radius: self.blast_radius,
            circumstances: Circumstances {
                confidence: self.confidence,
                tier: self.tier,
                consent,
                mode: self.mode,
                disproven: self.disproven,
                now: self.now,
            },
        }
    }
}

fn denied(policies: &Policies, kinds: &[ActionKind], consent: Consent, by: &[String]) -> String {
    let with = match consent {
        Consent::Automatic => "without asking",
        Consent::Owner => "with the owner's consent alone",
        Consent::Security => "with the security team's consent alone",
        Consent::Both => "even with the consent of owner and security team",
    };
    let kinds = listed(kinds);
    let spoken: Vec<&str> = by.iter().filter_map(|it| policies.spoken(it)).collect();
    let because =
        if spoken.is_empty() { String::new() } else { format!(": {}", spoken.join("; ")) };
    match by {
        [] => format!("No policy permits {kinds} {with}."),
        [one] => format!("Policy `{one}` forbids {kinds} {with}{because}."),
        several => format!("Policies {} forbid {kinds} {with}{because}.", listed(several)),
    }
}
