//! The decision on a case: the playbook's answer, aimed, put to the policies, with its reasons.

use crate::consent::{Proposal, asking, owner_answers, settle, upwards};
use crate::intent::{Aimed, Targets, tier_reached};
use crate::playbook::{Answer, Caps, Choice, Playbook, Playbooks, Worst};
use crate::policy::{Asker, Policies};
use crate::stages::Chain;
use crate::words::{listed, one_line, percent};
use interlock_model::{
    ActionKind, BlastRadius, Case, CaseId, Confidence, Consent, Criticality, Decision, DecisionId,
    Digest, DigestBuilder, Environment, Identity, IdentityId, Intent, Mode, Resolution, Standing,
    Target, Tier, Timestamp, Verdict,
};

/// Everything that a decision rests on, playbooks and policies apart.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The case.
    pub case: &'a Case,
    /// The record of the one identity that the case resolves to, where there is one.
    pub identity: Option<&'a Identity>,
    /// Whether its owner is known and can be asked.
    pub owner_known: bool,
    /// How much hangs on it, where people say.
    pub criticality: Option<Criticality>,
    /// What would break if it stopped.
    pub blast_radius: &'a BlastRadius,
    /// What the house may do at all. It changes no verdict by itself; policies see it.
    pub mode: Mode,
    /// Verbs that were carried out in this case and were seen not to hold.
    pub disproven: &'a [ActionKind],
    /// What the identity may do at this moment.
    pub standing: Standing,
    /// The ways into principals by which accused sessions came, that can be closed here each alone.
    pub ways_in: &'a [Target],
    /// The accused sessions that can be ended here each alone.
    pub sessions: &'a [Target],
    /// The principals at which `delete_credential` can be aimed here where no credential is named.
    pub deletes: &'a [Target],
    /// The time. Policies see its hour; the decision's id does not depend on it.
    pub now: Timestamp,
}

/// Decides a case.
///
/// Pure: the same question, playbooks and policies make the same decision with the same id.
/// - `Act`: allowed, and nobody need be asked.
/// - `Ask`: allowed with the consent that the decision names; or something is called for but
///   cannot be aimed without a guess, and then there are no intents.
/// - `Observe`: nothing is called for.
/// - `Refuse`: a policy forbids it, none permits it, or one failed. The intents are what was
///   wanted, for the record.
///
/// Above any playbook and policy: who is not known, or not alone, is never acted upon; a
/// protected identity never without asking the security team.
#[must_use]
pub fn decide(question: &Question<'_>, playbooks: &Playbooks, policies: &Policies) -> Decision {
    let mut draft = Draft::observing(Tier::Observe);
    let choice = playbooks.choose(question.case, question.identity);
    match &choice {
        None => draft.say("No playbook matches the case, so it is watched."),
        Some(choice) => consider(question, choice, policies, &mut draft),
    }
    draft.playbook = choice.map(|it| it.playbook.name.clone());
    match question.mode {
        Mode::Observe => draft.say("Mode is observe: nothing is planned or written."),
        Mode::Recommend => draft.say("Mode is recommend: plans are shown, nothing is written."),
        Mode::Enforce => {}
    }
    let mut inputs = inputs(question);
    inputs.bytes(playbooks.digest().as_bytes()).bytes(policies.digest().as_bytes());
    let sealed = Sealed {
        case: question.case.id.clone(),
        identity: question.case.resolution.identity().cloned(),
        confidence: question.case.confidence,
        blast_radius: question.blast_radius.clone(),
        time: question.now,
        inputs: inputs.finish(),
    };
    draft.seal(sealed)
}

/// A decision that is still being made.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) verdict: Verdict,
    pub(crate) tier: Tier,
    pub(crate) intents: Vec<Intent>,
    pub(crate) consent: Consent,
    pub(crate) hold_seconds: Option<u64>,
    pub(crate) reasons: Vec<String>,
    pub(crate) policies: Vec<String>,
    pub(crate) playbook: Option<String>,
}

/// What a decision says besides its verdict.
#[derive(Debug)]
pub(crate) struct Sealed {
    pub(crate) case: CaseId,
    pub(crate) identity: Option<IdentityId>,
    pub(crate) confidence: Confidence,
    pub(crate) blast_radius: BlastRadius,
    pub(crate) time: Timestamp,
    pub(crate) inputs: Digest,
}

impl Draft {
    pub(crate) const fn observing(tier: Tier) -> Self {
        Self {
            verdict: Verdict::Observe,
            tier,
            intents: Vec::new(),
            consent: Consent::Automatic,
            hold_seconds: None,
            reasons: Vec::new(),
            policies: Vec::new(),
            playbook: None,
        }
    }

    pub(crate) fn say(&mut self, reason: impl AsRef<str>) {
        self.reasons.push(one_line(reason.as_ref()));
    }

    /// Puts the intents to the policies and takes the verdict from them.
    pub(crate) fn dispose(
        &mut self,
        policies: &Policies,
        proposal: &Proposal<'_>,
        consents: &[Consent],
    ) {
        let mut kinds: Vec<ActionKind> = self.intents.iter().map(|it| it.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let settled = settle(policies, proposal, &kinds, consents);
        self.verdict = match (settled.allowed, settled.consent) {
            (false, _) => Verdict::Refuse,
            (true, Consent::Automatic) => Verdict::Act,
            (true, Consent::Owner | Consent::Security | Consent::Both) => Verdict::Ask,
        };
        self.consent = settled.consent;
        self.policies = settled.policies;
        settled.reasons.iter().for_each(|it| self.say(it));
    }

    /// The finished decision. Its id stands for the case, the inputs without the time, and the
    /// outcome, which may depend on the hour.
    pub(crate) fn seal(self, sealed: Sealed) -> Decision {
        let mut outcome = DigestBuilder::new("outcome");
        outcome.text(&self.verdict.to_string()).text(self.tier.as_str());
        outcome.text(&self.consent.to_string());
        self.intents.iter().for_each(|it| {
            outcome.text(&it.to_string());
        });
        self.policies.iter().for_each(|it| {
            outcome.text(it);
        });
        let parts =
            [sealed.case.as_str(), &sealed.inputs.to_string(), &outcome.finish().to_string()];
        Decision {
            id: DecisionId::derive(&parts),
            case: sealed.case,
            identity: sealed.identity,
            verdict: self.verdict,
            tier: self.tier,
            intents: self.intents,
            consent: self.consent,
            asked_as: None,
            hold_seconds: self.hold_seconds,
            reasons: self.reasons,
            policies: self.policies,
            playbook: self.playbook,
            confidence: sealed.confidence,
            blast_radius: sealed.blast_radius,
            time: sealed.time,
            inputs: sealed.inputs,
        }
    }
}

fn consider(question: &Question<'_>, choice: &Choice<'_>, policies: &Policies, draft: &mut Draft) {
    draft.say(&choice.why);
    if let Some(chain) = Chain::among(&question.case.findings) {
        draft.say(format!("One hand within hours: {}.", listed(&chain.stages)));
    }
    let Some(answer) = reached(question.case.confidence, choice.playbook, draft) else { return };
    draft.tier = answer.tier;
    if answer.tier == Tier::Observe {
        return draft.say("This tier only looks.");
    }
    let identity = match resolved(question) {
        Ok(identity) => identity,
        Err(missing) => {
            draft.verdict = Verdict::Ask;
            draft.consent = Consent::Security;
            draft.say(missing);
            return draft.say("Nothing is aimed at on a guess; the security team is asked.");
        }
    };
    if question.disproven.is_empty() {
        match question.standing {
            Standing::Quarantined | Standing::Disabled => {
                return draft
                    .say("The identity is cut off already, and nothing says it does not hold.");
            }
            Standing::Reduced { .. } => draft.say("Part of its access is cut already."),
            Standing::Clear | Standing::Watched => {}
        }
    }
    let targets = Targets::of_findings(identity, &choice.grounds)
        .alone(question.ways_in, question.sessions, question.disproven)
        .deleting(question.deletes);
    let Aimed { intents, reasons } =
        targets.climb(&answer.actions, &answer.instead, question.disproven);
    reasons.iter().for_each(|it| draft.say(it));
    if intents.is_empty() {
        draft.verdict = Verdict::Ask;
        draft.consent = Consent::Security;
        return draft.say("There is nothing left to aim at; the security team is asked.");
    }
    draft.tier = tier_reached(&intents, answer.tier);
    draft.intents = intents;
    draft.hold_seconds = choice.playbook.hold_seconds;
    let consents = proposed(question, identity, choice.playbook, answer, draft);
    let proposal = Proposal {
        asker: Asker::House,
        identity,
        owner_known: owner_answers(identity, question.owner_known),
        criticality: question.criticality,
        blast_radius: question.blast_radius,
        confidence: question.case.confidence,
        tier: draft.tier,
        mode: question.mode,
        disproven: !question.disproven.is_empty(),
        now: question.now,
    };
    draft.dispose(policies, &proposal, consents);
}

/// The answer that the confidence reaches.
fn reached<'a>(
    confidence: Confidence,
    playbook: &'a Playbook,
    draft: &mut Draft,
) -> Option<&'a Answer> {
    let sure = percent(confidence);
    let from = |it: &Answer| percent(Confidence::new(it.confidence));
    match playbook.answer(confidence.value()) {
        (Some(now), Some(next)) => {
            let (tier, start, harder, later) = (now.tier, from(now), next.tier, from(next));
            draft.say(format!(
                "Confidence {sure} % reaches {tier}, which starts at {start} %; \
                 {harder} starts at {later} %."
            ));
            Some(now)
        }
        (Some(now), None) => {
            let (tier, start) = (now.tier, from(now));
            draft.say(format!("Confidence {sure} % reaches {tier}, which starts at {start} %."));
            Some(now)
        }
        (None, Some(next)) => {
            let (tier, start) = (next.tier, from(next));
            draft.say(format!("Confidence {sure} % reaches no tier; {tier} starts at {start} %."));
            None
        }
        (None, None) => None,
    }
}

/// The one identity; otherwise what is missing, as a sentence.
fn resolved<'a>(question: &Question<'a>) -> Result<&'a Identity, String> {
    let id = match &question.case.resolution {
        Resolution::Known { identity } | Resolution::Undeclared { identity } => identity,
        Resolution::Ambiguous { candidates } => {
            let shown: Vec<_> = candidates.iter().take(5).collect();
            return Err(format!(
                "{} identities claim this principal, {} among them; declare whose it is.",
                candidates.len(),
                listed(&shown)
            ));
        }
        Resolution::Unknown => {
            return Err("The record does not say who it is; declare the principal.".to_owned());
        }
    };
    match question.identity {
        Some(identity) if identity.id == *id => Ok(identity),
        Some(other) => Err(format!("The case is on `{id}`, but the record is of `{}`.", other.id)),
        None => Err(format!("There is no record of `{id}`; its kind and environment are missing.")),
    }
}

/// The consents to try, from what the playbook wants, raised by what may break and by protection.
fn proposed(
    question: &Question<'_>,
    identity: &Identity,
    playbook: &Playbook,
    answer: &Answer,
    draft: &mut Draft,
) -> &'static [Consent] {
    let place = match identity.environment {
        Environment::Unknown => "an unknown environment (it counts as production)",
        Environment::Production => "production",
        Environment::Staging => "staging",
        Environment::Development => "development",
    };
    let owner_known = owner_answers(identity, question.owner_known);
    // What climbing the ladder raised to a harder tier takes that tier's consent, where there is
    // such a tier.
    let answer = playbook.answers.iter().find(|it| it.tier == draft.tier).unwrap_or(answer);
    let wanted = answer.consents.of(identity.environment);
    draft.say(format!("For {} in {place} the playbook wants consent: {wanted}.", draft.tier));
    if !owner_known && matches!(wanted, Consent::Owner | Consent::Both) {
        draft.say("No owner can be asked, so the security team is asked instead.");
    }
    let mut consents = upwards(wanted, owner_known);
    if wanted == Consent::Automatic
        && let Some(reason) = above(&playbook.caps, question.blast_radius)
    {
        draft.say(reason);
        consents = asking(consents);
    }
    if identity.protected {
        draft.say("The identity is protected, so nothing is done without the security team.");
        let with_security: &[Consent] = &[Consent::Security, Consent::Both];
        consents = match consents {
            [Consent::Both] => consents,
            [Consent::Owner, ..] if owner_known => &[Consent::Both],
            _ => with_security,
        };
    }
    consents
}

/// Why the blast radius is above what a playbook lets happen without asking.
fn above(caps: &Caps, blast_radius: &BlastRadius) -> Option<String> {
    let (worst, breaks) = match blast_radius {
        BlastRadius::None => (Worst::None, "nothing would break"),
        BlastRadius::Contained { .. } => {
            (Worst::Contained, "things outside production would break")
        }
        BlastRadius::Production { .. } => (Worst::Production, "production would break"),
        BlastRadius::Unknown => {
            (Worst::Production, "what would break is unknown, which counts as production")
        }
    };
    if worst > caps.blast_radius {
        return Some(format!("People are asked first: {breaks}."));
    }
    let dependents = blast_radius.dependents().len();
    let most = caps.dependents.and_then(|it| usize::try_from(it).ok())?;
    (dependents > most).then(|| {
        format!("People are asked first: {dependents} dependents would break, above {most}.")
    })
}

/// The digest of the question without the time.
fn inputs(question: &Question<'_>) -> DigestBuilder {
    // INVARIANT: these types serialise without failing: their maps have text keys.
    let json = |it: serde_json::Result<String>| it.unwrap_or_default();
    let mut digest = DigestBuilder::new("decision");
    digest
        .text(&json(serde_json::to_string(question.case)))
        .text(&json(serde_json::to_string(&question.identity)))
        .text(if question.owner_known { "owner" } else { "no owner" })
        .text(&json(serde_json::to_string(question.blast_radius)))
        .text(&question.mode.to_string())
        .text(&json(serde_json::to_string(question.disproven)))
        .text(&json(serde_json::to_string(&question.standing)));
    if let Some(level) = question.criticality {
        digest.text("criticality").text(level.as_str());
    }
    add_lists(
        &mut digest,
        [
            ("ways in", question.ways_in),
            ("sessions", question.sessions),
            ("deletes", question.deletes),
        ],
    );
    digest
}

/// Adds lists of targets by name; those that are empty leave the digest as it was before they were asked for.
pub(crate) fn add_lists(digest: &mut DigestBuilder, lists: [(&str, &[Target]); 3]) {
    for (name, targets) in lists.iter().filter(|(_, targets)| !targets.is_empty()) {
        // INVARIANT: targets serialise without failing: they hold no maps.
        digest.text(name).text(&serde_json::to_string(targets).unwrap_or_default());
    }
}
