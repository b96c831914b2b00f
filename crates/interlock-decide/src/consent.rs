//! Whose yes: the mildest consent, from the proposed one upwards, that policies let suffice.

use crate::policy::{Asked, Asker, Circumstances, Policies};
use crate::words::{listed, one_line};
use interlock_model::{
    ActionKind, BlastRadius, Confidence, Consent, Identity, Mode, Tier, Timestamp,
};

/// What is to be put to the policies.
#[derive(Debug, Clone, Copy)]
pub struct Proposal<'a> {
    pub asker: Asker<'a>,
    pub identity: &'a Identity,
    pub owner_known: bool,
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
    /// The policies that determined it, sorted: those that allow it now, and those that would not
    /// have allowed it with less consent.
    pub policies: Vec<String>,
    /// One sentence each.
    pub reasons: Vec<String>,
}

/// Puts every verb to the policies with each consent in turn, until one suffices for all.
///
/// Any error refuses at once, whatever a later consent would have brought.
pub fn settle(
    policies: &Policies,
    it: &Proposal<'_>,
    kinds: &[ActionKind],
    consents: &[Consent],
) -> Settled {
    let mut determined = Vec::new();
    let mut reasons = Vec::new();
    let mut last = Consent::Security;
    for consent in consents {
        last = *consent;
        let mut allowed = true;
        for kind in kinds {
            let said = policies.dispose(&it.asked(*kind, *consent));
            if !said.errors.is_empty() {
                let error =
                    |it: &String| one_line(&format!("A policy failed, so it is refused: {it}."));
                let reasons = said.errors.iter().map(error).collect();
                return Settled { allowed: false, consent: last, policies: Vec::new(), reasons };
            }
            if !said.allowed {
                allowed = false;
                let reason = denied(policies, *kind, *consent, &said.policies);
                if !reasons.contains(&reason) {
                    reasons.push(reason);
                }
            }
            determined.extend(said.policies);
        }
        if allowed {
            determined.sort();
            determined.dedup();
            return Settled { allowed, consent: last, policies: determined, reasons };
        }
        determined.retain(|id| reasons.iter().any(|it: &String| it.contains(&format!("`{id}`"))));
    }
    determined.sort();
    determined.dedup();
    Settled { allowed: false, consent: last, policies: determined, reasons }
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

fn denied(policies: &Policies, kind: ActionKind, consent: Consent, by: &[String]) -> String {
    let with = match consent {
        Consent::Automatic => "without asking",
        Consent::Owner => "with the owner's consent alone",
        Consent::Security => "with the security team's consent alone",
        Consent::Both => "even with the consent of owner and security team",
    };
    if by.is_empty() {
        return format!("No policy permits `{kind}` {with}.");
    }
    let spoken: Vec<&str> = by.iter().filter_map(|it| policies.spoken(it)).collect();
    let policy = if by.len() == 1 { "Policy" } else { "Policies" };
    let forbid = if by.len() == 1 { "forbids" } else { "forbid" };
    let because =
        if spoken.is_empty() { String::new() } else { format!(": {}", spoken.join("; ")) };
    one_line(&format!("{policy} {} {forbid} `{kind}` {with}{because}.", listed(by)))
}
