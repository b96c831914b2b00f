//! The decision on a wish: a person asks for one containment by hand.
//!
//! The same policies and the same consent as for the house; only the playbook is missing.

use crate::consent::{Proposal, owner_answers, upwards};
use crate::decide::{Draft, Sealed, add_lists};
use crate::intent::{Aimed, Targets, tier_reached};
use crate::policy::{Asker, Policies, Role};
use crate::tier::tier_of;
use interlock_model::{
    ActionKind, BlastRadius, Case, CaseId, Confidence, Consent, CredentialRef, Criticality,
    Decision, DigestBuilder, Identity, Mode, Target, Timestamp, Verdict,
};

/// One containment that a person asks for.
#[derive(Debug, Clone, Copy)]
pub struct ManualQuestion<'a> {
    /// Who asks: the name of the API token.
    pub by: &'a str,
    /// In which role.
    pub role: Role,
    /// The verb.
    pub kind: ActionKind,
    /// Whom it is to hit.
    pub identity: &'a Identity,
    /// Which credential; `None`: all long-lived ones of the identity.
    pub credential: Option<&'a CredentialRef>,
    /// That credential, where the verb itself can be aimed at it here.
    pub named: Option<&'a Target>,
    /// The session of that credential, where it can be ended here alone.
    pub sessions: &'a [Target],
    /// The principals at which `delete_credential` can be aimed here where no credential is named.
    pub deletes: &'a [Target],
    /// The open case on the identity, where there is one.
    pub case: Option<&'a Case>,
    /// Whether its owner is known and can be asked.
    pub owner_known: bool,
    /// How much hangs on it, where people say.
    pub criticality: Option<Criticality>,
    /// What would break if it stopped.
    pub blast_radius: &'a BlastRadius,
    /// What the house may do at all.
    pub mode: Mode,
    /// How long it is to hold, in seconds; `None`: until it is undone.
    pub hold_seconds: Option<u64>,
    /// The time; part of the decision's id, since a person may ask for the same thing again.
    pub now: Timestamp,
}

/// Decides what a person asks for.
///
/// The person stands in for the findings, so that the confidence is 1.
/// Consent is proposed as automatic and raised until the policies let it suffice: to the owner's
/// first, or to the security team's when one of them asks. For a protected identity it is never
/// less than the security team's.
/// Without an open case the decision's case id is derived from identity and time.
#[must_use]
pub fn manual(question: &ManualQuestion<'_>, policies: &Policies) -> Decision {
    let identity = question.identity;
    let mut draft = Draft::observing(tier_of(question.kind));
    let (by, role) = (question.by, question.role.as_str());
    draft.say(format!(
        "`{by}` asks for `{}` on `{}` in the role {role}.",
        question.kind, identity.name
    ));
    let targets = Targets::of_identity(identity, question.credential, question.sessions)
        .deleting(question.deletes)
        .naming(question.named);
    let Aimed { intents, reasons } = targets.climb(&[question.kind], &[], &[]);
    reasons.iter().for_each(|it| draft.say(it));
    if intents.is_empty() {
        draft.verdict = Verdict::Refuse;
        draft.consent = Consent::Security;
        draft.say("Nothing is known of the identity that this could be aimed at.");
    } else {
        draft.tier = tier_reached(&intents, draft.tier);
        draft.intents = intents;
        draft.hold_seconds = question.hold_seconds;
        if identity.protected {
            draft.say("The identity is protected, so nothing is done without the security team.");
        }
        let proposal = Proposal {
            asker: Asker::Person { name: question.by, role: question.role },
            identity,
            owner_known: owner_answers(identity, question.owner_known),
            criticality: question.criticality,
            blast_radius: question.blast_radius,
            confidence: Confidence::new(1.0),
            tier: draft.tier,
            mode: question.mode,
            disproven: false,
            now: question.now,
        };
        draft.dispose(policies, &proposal, consents(question));
    }
    let case = match question.case {
        Some(case) => case.id.clone(),
        None => CaseId::derive(&["manual", identity.id.as_str(), &question.now.to_string()]),
    };
    let mut inputs = inputs(question);
    inputs.bytes(policies.digest().as_bytes());
    let sealed = Sealed {
        case,
        identity: Some(identity.id.clone()),
        confidence: Confidence::new(1.0),
        blast_radius: question.blast_radius.clone(),
        time: question.now,
        inputs: inputs.finish(),
    };
    let asked_as = match question.role {
        Role::Owner => Some(Consent::Owner),
        Role::Security => Some(Consent::Security),
        Role::Operator => None,
    };
    Decision { asked_as, ..draft.seal(sealed) }
}

/// The digest of the question, with the time.
fn inputs(question: &ManualQuestion<'_>) -> DigestBuilder {
    let mut digest = DigestBuilder::new("manual");
    digest.text(question.by).text(question.role.as_str()).text(question.kind.as_str());
    digest.text(&question.now.to_string());
    if let Some(level) = question.criticality {
        digest.text("criticality").text(level.as_str());
    }
    let named = question.named.map_or(&[][..], std::slice::from_ref);
    add_lists(
        &mut digest,
        [("named", named), ("sessions", question.sessions), ("deletes", question.deletes)],
    );
    let json = serde_json::to_string(&(
        question.identity,
        question.credential,
        question.blast_radius,
        question.mode,
        question.hold_seconds,
        question.owner_known,
    ));
    // INVARIANT: these types serialise without failing: their maps have text keys.
    digest.text(&json.unwrap_or_default());
    digest
}

/// The consents to try, mildest first.
fn consents(question: &ManualQuestion<'_>) -> &'static [Consent] {
    let owner_known = owner_answers(question.identity, question.owner_known);
    if question.identity.protected {
        return upwards(Consent::Security, owner_known);
    }
    match question.role {
        Role::Security if owner_known => &[Consent::Automatic, Consent::Security, Consent::Both],
        Role::Operator | Role::Owner | Role::Security => upwards(Consent::Automatic, owner_known),
    }
}
