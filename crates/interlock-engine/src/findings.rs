//! From a finding to a case, a decision, and perhaps a containment.

use crate::World;
use crate::came;
use crate::draft::Draft;
use crate::made;
use crate::people;
use crate::progress::active_of;
use crate::turn::{Outcome, Refusal, same_answer};
use interlock_contain::{
    Containment, StepLife, Unserved, compose, deletes, sessions, takes, ways_in,
};
use interlock_decide::{ManualQuestion, Question, Role, admit, decide, manual, subject_key};
use interlock_model::{
    ActionKind, BlastRadius, Case, CaseId, CaseState, Change, Confidence, ContainmentId,
    CredentialRef, Decision, Digest, Evidence, Fact, Finding, FindingId, FindingSource, Identity,
    IdentityId, Intent, Mode, Origin, Place, Principal, Resolution, RuleRef, SessionRef, Severity,
    StepId, Target, Timestamp, Verdict,
};

/// The rule id of the finding that a containment did not end access.
pub(crate) const INEFFECTIVE: &str = "containment_ineffective";
/// The rule of findings that others took a containment back.
const UNDONE: &str = "containment_undone";

/// Folds a finding into its case and decides anew.
pub(crate) fn admit_finding(draft: &mut Draft<'_>, finding: Finding) {
    let subject = subject_key(&finding);
    admit_one(draft, finding.clone());
    if !made::names_others(&finding) {
        return;
    }
    let case = draft.world.open.get(&subject).and_then(|it| draft.world.cases.get(it));
    let Some(suspicion) = case.and_then(|it| made::suspicion(&finding, it)) else { return };
    for finding in made::findings(draft.world.watch.directory_mut(), &finding, &suspicion) {
        admit_one(draft, finding);
    }
}

fn admit_one(draft: &mut Draft<'_>, mut finding: Finding) {
    came::add(draft.world.watch.directory(), &mut finding);
    let subject = subject_key(&finding);
    // Taken out and put back: a case of a busy identity is large.
    let World { open, cases, .. } = &mut *draft.world;
    let is_open = |it: &&CaseId| cases.get(*it).is_some_and(|it| it.state == CaseState::Open);
    let open = open.get(&subject).filter(is_open).and_then(|it| cases.remove(it));
    let before = open.as_ref().and_then(|it| it.findings.iter().find(|it| it.id == finding.id));
    let known = before.is_some();
    finding.let_in = came::let_in(draft.world.watch.directory(), &finding, before);
    let on_hold = finding
        .resolution
        .identity()
        .is_some_and(|identity| draft.world.holds.has(identity, &finding.rule.id, draft.now));
    if !known {
        let identity = finding.resolution.identity().map_or("", |it| it.as_str());
        let about = [("finding", finding.id.as_str()), ("identity", identity)];
        draft.audit("finding.made", "interlock", &about, finding.title.clone(), None);
    }
    draft.batch.changes.push(Change::Finding { finding: finding.clone() });
    let name = finding
        .resolution
        .identity()
        .and_then(|it| draft.world.watch.directory().identity(it))
        .map_or_else(|| subject.clone(), |it| it.name.clone());
    let case = admit(open, finding, &name);
    let id = case.id.clone();
    draft.world.open.insert(subject, id.clone());
    draft.keep_case(case);
    if on_hold {
        let text = "on hold: a containment for the same finding was undone".to_owned();
        draft.audit("case.on_hold", "interlock", &[("case", id.as_str())], text, None);
        return;
    }
    reconsider(draft, &id);
}

/// Decides a case anew; a new answer is recorded and carried out.
pub(crate) fn reconsider(draft: &mut Draft<'_>, case: &CaseId) {
    let Some(decision) = answer(draft.world, case, draft.now) else { return };
    if draft.world.in_force.get(case).is_some_and(|it| same_answer(it, &decision)) {
        return;
    }
    record(draft, decision.clone());
    start(draft, &decision);
}

/// The decision on a case as it stands; changes nothing.
pub(crate) fn answer(world: &World, case: &CaseId, now: Timestamp) -> Option<Decision> {
    let case = world.cases.get(case).filter(|it| it.state == CaseState::Open)?;
    let directory = world.watch.directory();
    let identity = case.resolution.identity().and_then(|it| directory.identity(it));
    let blast = identity.map_or(interlock_model::BlastRadius::Unknown, |it| {
        directory.blast_radius(&it.id, case.updated)
    });
    let disproven = world.disproven(&case.id);
    let question = Question {
        case,
        identity,
        owner_known: identity.is_some_and(|it| people::owner_can_be_asked(world, it, now)),
        criticality: identity.and_then(|it| directory.criticality(&it.id)),
        blast_radius: &blast,
        mode: world.settings.mode,
        disproven: &disproven,
        standing: identity.map_or(interlock_model::Standing::Clear, |it| world.standing(&it.id)),
        ways_in: &ways_in(&case.findings, &world.settings.connectors),
        sessions: &sessions(&case.findings, &world.settings.connectors),
        deletes: &deletes(of(identity), &world.settings.connectors),
        now,
    };
    Some(decide(&question, &world.settings.playbooks, &world.settings.policies))
}

/// Everything that an identity is called.
fn of(identity: Option<&Identity>) -> impl Iterator<Item = &Principal> {
    identity.into_iter().flat_map(|it| &it.principals)
}

fn record(draft: &mut Draft<'_>, decision: Decision) {
    let intents: Vec<String> = decision.intents.iter().map(ToString::to_string).collect();
    let text = format!(
        "{} at tier {}, consent {}: {}",
        decision.verdict,
        decision.tier,
        decision.consent,
        if intents.is_empty() { "nothing to do".to_owned() } else { intents.join(", ") }
    );
    let object = Digest::of(serde_json::to_string(&decision).unwrap_or_default().as_bytes());
    let about = [("decision", decision.id.as_str()), ("case", decision.case.as_str())];
    draft.audit("decision.made", "interlock", &about, text, Some(object));
    // The same inputs make the same decision; a decision is never edited, its time neither.
    if !draft.world.decisions.contains_key(&decision.id) {
        draft.batch.changes.push(Change::Decision { decision: decision.clone() });
    }
    draft.world.in_force.insert(decision.case.clone(), decision.clone());
    draft.world.decisions.entry(decision.id.clone()).or_insert(decision);
}

/// Starts the containment that a decision asks for, or joins one that is under way.
fn start(draft: &mut Draft<'_>, decision: &Decision) -> Option<ContainmentId> {
    let acts =
        matches!(decision.verdict, Verdict::Act | Verdict::Ask) && !decision.intents.is_empty();
    let identity = decision.identity.as_ref()?;
    if !acts || draft.world.settings.mode == Mode::Observe {
        return None;
    }
    if let Some(why) = unserved(draft.world, decision) {
        return cannot(draft, decision, &why);
    }
    let mut superseded = Vec::new();
    let mut joined = None;
    for life in active_of(draft.world, identity) {
        let Some(old) = draft.world.decisions.get(&life.decision) else { continue };
        let disproven =
            life.steps.iter().any(|it| it.proof == interlock_model::StepProof::Disproven);
        let failed =
            life.plan.is_none() && matches!(life.phase, interlock_contain::Phase::Held { .. });
        let written = life.steps.iter().any(StepLife::may_have_written);
        let covers = decision.intents.iter().all(|it| {
            old.intents.contains(it)
                || written && wider(it, life).is_some_and(|it| old.intents.contains(&it))
        });
        let asks_less = old.consent <= decision.consent;
        if covers && asks_less && !disproven && !failed {
            joined = Some(life.id.clone());
            break;
        }
        if !written {
            superseded.push(life.id.clone());
        }
    }
    if let Some(joined) = joined {
        let about = [("containment", joined.as_str()), ("decision", decision.id.as_str())];
        draft.audit(
            "containment.joined",
            "interlock",
            &about,
            "under way already".to_owned(),
            None,
        );
        return Some(joined);
    }
    for old in superseded {
        draft
            .journal(&old, Fact::Closed { why: format!("superseded by decision {}", decision.id) });
    }
    draft.begin(decision)
}

/// What closes this way in, or ends this session, too: logs come out of order, so that who let a session
/// in may be learned after the whole was closed, and what is closed wider is not closed once more.
fn wider(intent: &Intent, life: &Containment) -> Option<Intent> {
    let one = intent.target.credential()?;
    let kind = match intent.kind {
        ActionKind::DisableCredential => one.web_subject().map(|_| ActionKind::BlockPrincipal)?,
        // Only sessions that were there before are ended with the others.
        ActionKind::RevokeSessions => {
            let (issued, _) = one.session()?;
            let ended = life.steps.iter().find(|it| it.step.kind == intent.kind)?.acknowledged?;
            (issued < ended).then_some(intent.kind)?
        }
        ActionKind::RequireReauthentication
        | ActionKind::RotateCredential
        | ActionKind::DeleteCredential
        | ActionKind::RemoveEntitlement
        | ActionKind::Quarantine
        | ActionKind::DisableIdentity
        | ActionKind::BlockPrincipal
        | ActionKind::Restore => return None,
    };
    let target = Target::Principal { principal: intent.target.principal().clone() };
    Some(Intent { kind, target })
}

/// Why no connector here can carry the decision out, where none can: verbs and words.
fn unserved(world: &World, decision: &Decision) -> Option<Vec<Unserved>> {
    let identity = decision.identity.as_ref().and_then(|it| world.watch.directory().identity(it));
    let all = compose(&decision.id, &decision.intents, identity, &world.settings.connectors);
    (!all.unserved.is_empty()).then_some(all.unserved)
}

/// Nothing here can carry the decision out: the ladder is climbed; at its end people are told.
fn cannot(draft: &mut Draft<'_>, decision: &Decision, why: &[Unserved]) -> Option<ContainmentId> {
    let words: Vec<String> = why.iter().map(ToString::to_string).collect();
    let text = words.join("; ");
    let about = [("decision", decision.id.as_str()), ("case", decision.case.as_str())];
    draft.audit("decision.unserved", "interlock", &about, text.clone(), None);
    let kinds = draft.world.unsupported.entry(decision.case.clone()).or_default();
    let before = kinds.len();
    kinds.extend(why.iter().map(|it| it.intent.kind));
    if kinds.len() > before {
        reconsider(draft, &decision.case);
    }
    let last = draft.world.in_force.get(&decision.case).is_some_and(|it| it.id == decision.id);
    let stands = draft.world.in_force.get(&decision.case).is_none_or(|it| it.intents.is_empty());
    if last || stands {
        let time = draft.now;
        let to = "security".to_owned();
        draft.batch.changes.push(Change::Notice { containment: None, to, text, time });
    }
    None
}

/// Somebody asks for an identity to be contained: decided by the same policies.
pub(crate) fn asked(
    draft: &mut Draft<'_>,
    identity: &IdentityId,
    kind: ActionKind,
    credential: Option<CredentialRef>,
    by: String,
    role: Role,
    why: &str,
) -> Result<Outcome, Refusal> {
    let directory = draft.world.watch.directory();
    let not_found = || Refusal::NotFound { what: "identity", id: identity.to_string() };
    let record_of = directory.identity(identity).cloned().ok_or_else(not_found)?;
    // Whoever declares an identity for drills says that nothing depends on it.
    let blast = if directory.is_for_drills(identity) {
        BlastRadius::None
    } else {
        directory.blast_radius(identity, draft.now)
    };
    let criticality = directory.criticality(identity);
    let finding = requested(&record_of, credential.clone(), kind, &by, why, draft.now);
    draft.batch.changes.push(Change::Finding { finding: finding.clone() });
    let connectors = &draft.world.settings.connectors;
    let one = sessions(std::slice::from_ref(&finding), connectors);
    let named = credential.clone().and_then(|credential| {
        let at = credential.provider();
        let mut whose = record_of.principals.iter().filter(|it| &*it.provider == at);
        let principal = whose.next().filter(|_| whose.next().is_none())?.clone();
        let target = Target::Credential { principal, credential };
        takes(kind, &target, connectors).then_some(target)
    });
    let subject = subject_key(&finding);
    let open = draft.world.open.get(&subject).and_then(|it| draft.world.cases.get(it)).cloned();
    let case: Case = admit(open, finding, &record_of.name);
    draft.world.open.insert(subject, case.id.clone());
    draft.keep_case(case.clone());
    let question = ManualQuestion {
        by: &by,
        role,
        kind,
        identity: &record_of,
        credential: credential.as_ref(),
        named: named.as_ref(),
        sessions: &one,
        deletes: &deletes(of(Some(&record_of)), &draft.world.settings.connectors),
        case: Some(&case),
        owner_known: people::owner_can_be_asked(draft.world, &record_of, draft.now),
        criticality,
        blast_radius: &blast,
        mode: draft.world.settings.mode,
        hold_seconds: None,
        now: draft.now,
    };
    let decision = manual(&question, &draft.world.settings.policies);
    let text = format!("asked for {kind} of `{identity}`: {why}");
    let about = [("identity", identity.as_str()), ("decision", decision.id.as_str())];
    draft.audit("api.contain_asked", &by, &about, text, None);
    record(draft, decision.clone());
    Ok(match start(draft, &decision) {
        Some(id) => Outcome::Containment(id),
        None => Outcome::Decided(decision.id),
    })
}

fn requested(
    identity: &interlock_model::Identity,
    credential: Option<CredentialRef>,
    kind: ActionKind,
    by: &str,
    why: &str,
    now: Timestamp,
) -> Finding {
    let time = now.to_string();
    // Two principals of one provider: nothing says whose session it is.
    let of = credential.as_ref().map(CredentialRef::provider);
    let mut here = identity.principals.iter().filter(|it| of.is_none_or(|of| of == &*it.provider));
    let principal = here.next();
    let known = identity.credentials.iter().find(|it| Some(&it.reference) == credential.as_ref());
    let session = known
        .filter(|_| here.next().is_none())
        .and_then(|it| Some(SessionRef { id: it.session.clone()?, issued: it.issued, mfa: None }));
    Finding {
        id: FindingId::derive(&["asked", identity.id.as_str(), kind.as_str(), by, &time]),
        rule: RuleRef {
            id: "asked_by_person".into(),
            name: "Asked for by a person".into(),
            source: FindingSource::Alert,
        },
        title: format!("{by} asked for {kind}: {why}"),
        confidence: Confidence::new(0.9),
        severity: Severity::High,
        techniques: Vec::new(),
        time: now,
        last: now,
        resolution: Resolution::Known { identity: identity.id.clone() },
        principal: principal.or_else(|| identity.principals.first()).cloned(),
        credential,
        session,
        chain: Vec::new(),
        origin: Origin::default(),
        evidence: vec![Place { file: "asked".into(), record: 0 }],
        facts: vec![("asked_by".to_owned(), by.to_owned())],
        response: None,
        artefacts: Vec::new(),
        let_in: None,
    }
}

/// The finding that somebody else took a containment back.
pub(crate) fn undone(
    world: &World,
    life: &Containment,
    step: &StepLife,
    seen: &str,
    time: Timestamp,
) -> Finding {
    let count = step.undone.to_string();
    let place = Place { file: "read-back".into(), record: 0 };
    Finding {
        id: FindingId::derive(&[UNDONE, step.step.id.as_str(), &count]),
        title: format!("{} was undone by somebody else", step.step.summary),
        confidence: Confidence::new(0.9),
        techniques: vec!["T1098".into()],
        facts: vec![
            ("containment".to_owned(), life.id.to_string()),
            ("seen".to_owned(), seen.to_owned()),
            ("undone".to_owned(), count),
        ],
        ..about(world, life, step, UNDONE, "Containment undone", place, time)
    }
}

/// The finding that a contained credential or principal goes on having access.
pub(crate) fn ineffective(
    world: &World,
    life: &Containment,
    step: &StepId,
    evidence: &Evidence,
    time: Timestamp,
) -> Option<Finding> {
    let step = life.step(step)?;
    let place = match evidence {
        Evidence::SuccessfulUse { place } | Evidence::RefusedUse { place } => place.clone(),
        Evidence::Probe { .. } | Evidence::Drill { .. } => {
            Place { file: "probe".into(), record: 0 }
        }
    };
    Some(Finding {
        title: format!("{} was applied, yet access goes on", step.step.summary),
        facts: vec![
            ("containment".to_owned(), life.id.to_string()),
            ("disproven".to_owned(), step.step.kind.to_string()),
        ],
        ..about(world, life, step, INEFFECTIVE, "Containment without effect", place, time)
    })
}

/// A finding of the house itself about a step of a containment, on the identity that is contained.
fn about(
    world: &World,
    life: &Containment,
    step: &StepLife,
    rule: &'static str,
    name: &'static str,
    place: Place,
    time: Timestamp,
) -> Finding {
    let case = world.cases.get(&life.case);
    let first = case.and_then(|it| it.findings.first());
    let target = &step.step.target;
    Finding {
        id: FindingId::derive(&[rule, step.step.id.as_str()]),
        rule: RuleRef { id: rule.into(), name: name.into(), source: FindingSource::Behaviour },
        title: name.to_owned(),
        confidence: Confidence::new(0.99),
        severity: Severity::Critical,
        techniques: vec!["T1078".into()],
        time,
        last: time,
        resolution: first.map_or_else(
            || Resolution::Known { identity: life.identity.clone() },
            |it| it.resolution.clone(),
        ),
        principal: Some(target.principal().clone()),
        // Nobody holds what was made up to be aimed at: the key that was accused before is accused.
        credential: target
            .credential()
            .filter(|it| !it.is_only_aimed_at())
            .cloned()
            .or_else(|| first.and_then(|it| it.credential.clone())),
        session: first.and_then(|it| it.session.clone()),
        chain: first.map(|it| it.chain.clone()).unwrap_or_default(),
        origin: Origin::default(),
        evidence: vec![place],
        facts: Vec::new(),
        response: None,
        artefacts: Vec::new(),
        let_in: None,
    }
}
