//! How containments go on: what each answer of the world leads to.

use crate::World;
use crate::draft::Draft;
use crate::findings;
use crate::lasting;
use crate::turn::Call;
use crate::world::is_active;
use interlock_contain::{
    CallError, Containment, GuardQuestion, Next, Phase, Wanted, Withheld, compose, first_effective,
    jittered, next, permit, residual,
};
use interlock_model::{
    CaseId, CaseState, Change, ConnectorId, Consent, ContainmentId, Decision, Digest, Evidence,
    Fact, Observation, Plan, PlanId, Step, StepId, StepProof, Timestamp,
};
use std::collections::BTreeSet;
use std::time::Duration;

/// How often planning is tried before a person is asked.
const PLAN_ATTEMPTS: u32 = 6;
/// A provider that asks for a longer rest is asked again after this one.
const LONGEST_REST: Duration = Duration::from_secs(15 * 60);
/// How many pieces of evidence one step keeps.
const EVIDENCE: usize = 20;

impl Draft<'_> {
    /// Lets every containment go as far as it can without an answer from outside, those included
    /// that begin on the way.
    pub(crate) fn advance_all(&mut self) {
        let mut advanced = BTreeSet::new();
        loop {
            let all = self.world.containments.keys();
            let fresh: Vec<_> = all.filter(|it| !advanced.contains(*it)).cloned().collect();
            if fresh.is_empty() {
                return;
            }
            for id in self.world.in_order(fresh) {
                self.advance(&id);
                advanced.insert(id);
            }
        }
    }

    fn advance(&mut self, id: &ContainmentId) {
        // Every round writes a fact or stops; the bound is for a defect only.
        for _ in 0..64 {
            let Some(life) = self.world.containments.get(id) else { return };
            let Some(decision) = self.world.decisions.get(&life.decision) else { return };
            let consent = decision.consent;
            let settings = &self.world.settings;
            match next(life, consent, &settings.run, settings.watch_seconds, self.now) {
                Next::Plan => return self.plan(id),
                Next::Ask => return self.ask(id, consent),
                Next::Write(step) => {
                    if !self.write(id, &step, consent) {
                        return;
                    }
                }
                Next::Verify(step) => return self.verify(id, &step),
                Next::GiveUp { why } => {
                    let mut text = format!("stuck: {why}");
                    for outer in self.world.outer_of(id) {
                        text.push_str(&format!(". The next outer boundary is {outer}"));
                    }
                    self.notice(id, "security", text);
                    self.journal(id, Fact::Stuck { why });
                }
                Next::WatchOver => self.journal(id, Fact::WatchPassed),
                Next::Wait { until } => {
                    let (look, end) = (self.read_back(id), self.time_box(id));
                    for at in until.into_iter().chain(look).chain(end) {
                        self.wake_at(at);
                    }
                    return;
                }
            }
        }
    }

    fn plan(&mut self, id: &ContainmentId) {
        if self.world.settings.mode == interlock_model::Mode::Observe
            || !self.world.under_way.insert((id.clone(), None))
        {
            return;
        }
        let Some((decision, _)) = self.decision_of(id) else { return };
        let identity =
            decision.identity.as_ref().and_then(|it| self.world.watch.directory().identity(it));
        let interlock_contain::Composition { wanted, unserved, .. } =
            compose(&decision.id, &decision.intents, identity, &self.world.settings.connectors);
        if !unserved.is_empty() {
            let why: Vec<String> = unserved.iter().map(ToString::to_string).collect();
            self.world.under_way.remove(&(id.clone(), None));
            let kinds = unserved.iter().map(|it| it.intent.kind);
            self.world.unsupported.entry(decision.case.clone()).or_default().extend(kinds);
            self.journal(id, Fact::PlanFailed { why: why.join("; ") });
            self.notice(id, "security", format!("cannot be planned: {}", why.join("; ")));
            return findings::reconsider(self, &decision.case);
        }
        self.call(Call::Plan { containment: id.clone(), wanted, delay: Duration::ZERO });
    }

    fn decision_of(&self, id: &ContainmentId) -> Option<(Decision, &Containment)> {
        let life = self.world.containments.get(id)?;
        Some((self.world.decisions.get(&life.decision)?.clone(), life))
    }

    fn ask(&mut self, id: &ContainmentId, consent: Consent) {
        let Some((decision, life)) = self.decision_of(id) else { return };
        let Some(plan) = life.plan.clone() else { return };
        let digest = plan.digest();
        let answering = self.world.watch.directory().answering(&plan.identity, self.now);
        let owner = answering.team.map(|it| it.id.clone());
        let instead_of = answering.instead_of.cloned();
        // When another team has to answer from now on, that is asked too.
        let asked = Digest::of(format!("{digest:?} {owner:?}").as_bytes());
        if !self.world.said.first(id, asked) {
            return;
        }
        let steps: Vec<&str> = plan.steps.iter().map(|it| it.summary.as_str()).collect();
        let accused = self.world.cases.get(&decision.case).map_or(&[][..], |it| &it.findings);
        let text = format!(
            "approve {id}: {} ({}); plan {}; why: {}; use: {}",
            steps.join(", then "),
            decision.tier,
            digest.short(),
            decision.reasons.join("; "),
            self.world.impact(&plan.identity, self.now, accused)
        );
        let text = match instead_of {
            Some(gone) => format!("{text}; nobody is left of {gone} who may approve"),
            None => text,
        };
        let mut to = Vec::new();
        if matches!(consent, Consent::Owner | Consent::Both) {
            to.push(owner.map_or_else(|| "security".to_owned(), |it| it.to_string()));
        }
        if matches!(consent, Consent::Security | Consent::Both) {
            to.push("security".to_owned());
        }
        to.dedup();
        for to in to {
            self.notice(id, &to, text.clone());
        }
    }

    /// Asks the attention of an owner or of the security team.
    pub(crate) fn notice(&mut self, id: &ContainmentId, to: &str, text: String) {
        self.audit(
            "notice.sent",
            "interlock",
            &[("containment", id.as_str()), ("to", to)],
            text.clone(),
            None,
        );
        let time = self.now;
        self.batch.changes.push(Change::Notice {
            containment: Some(id.clone()),
            to: to.to_owned(),
            text,
            time,
        });
    }

    /// Lets the connector rest for as long as this answer of its provider asks; how long that is.
    pub(crate) fn rest(&mut self, connector: &ConnectorId, error: &CallError) -> Duration {
        let CallError::Retry { after, .. } = error else { return Duration::ZERO };
        let after = (*after).min(LONGEST_REST);
        let until = jiff::SignedDuration::try_from(after).ok();
        if let Some(until) = until.and_then(|it| self.now.checked_add(it).ok()) {
            self.world.rest(connector.clone(), until);
        }
        after
    }

    /// Whether the containment may go on at once.
    fn write(&mut self, id: &ContainmentId, step: &StepId, consent: Consent) -> bool {
        let Some(life) = self.world.containments.get(id) else { return false };
        let Some(step) = life.step(step).map(|it| (it.step.clone(), it.attempts)) else {
            return false;
        };
        let (step, attempts) = step;
        if !self.world.has_place(&step.connector) {
            // Whoever comes back from there makes room, and every turn asks again.
            return false;
        }
        let rests = self.world.rests.get(&step.connector).copied();
        if let Some(until) = rests.filter(|it| self.now < *it) {
            self.wake_at(until);
            return false;
        }
        let protected = self.protection(life, &step);
        let rule = self.world.rule_of(&life.case);
        let settings = &self.world.settings;
        let connector = settings.connectors.iter().find(|it| it.id == step.connector);
        let case_open =
            self.world.cases.get(&life.case).is_none_or(|it| it.state == CaseState::Open);
        let question = GuardQuestion {
            mode: settings.mode,
            life,
            step: &step,
            consent,
            protected: protected.as_deref(),
            enforce: connector.map_or(&[], |it| it.enforce.as_slice()),
            rule: &rule,
            case_open,
            now: self.now,
        };
        match permit(&question, &mut self.world.breaker) {
            Ok(permit) => {
                let run = self.world.settings.run.clone();
                let fact = Fact::Intended { step: step.id.clone(), attempt: attempts + 1, run };
                self.journal(id, fact);
                self.world.under_way.insert((id.clone(), Some(step.id.clone())));
                self.world.take_place(id, &step.id, &step.connector);
                self.call(Call::Execute { containment: id.clone(), step: Box::new(step), permit });
                true
            }
            Err(withheld) => self.withheld(id, &step, &withheld),
        }
    }

    fn withheld(&mut self, id: &ContainmentId, step: &Step, withheld: &Withheld) -> bool {
        let text = format!("{}: {withheld}", step.summary);
        let once = Digest::of(text.as_bytes());
        if self.world.said.first(id, once) {
            let about = [("containment", id.as_str()), ("step", step.id.as_str())];
            self.audit("step.withheld", "interlock", &about, text.clone(), None);
        }
        match withheld {
            Withheld::Mode { .. } | Withheld::NotApproved { .. } => false,
            Withheld::Breaker { until, .. } => {
                self.wake_at(*until);
                false
            }
            Withheld::ReadsOnly { .. } | Withheld::Protected { .. } => {
                self.notice(id, "security", format!("held: {text}"));
                self.journal(id, Fact::Held { why: text });
                true
            }
            Withheld::CaseClosed => {
                self.journal(id, Fact::Closed { why: text });
                true
            }
        }
    }

    fn protection(&self, life: &Containment, step: &Step) -> Option<String> {
        let directory = self.world.watch.directory();
        if directory.is_protected(&life.identity) {
            let why = directory.protection(&life.identity).unwrap_or("on the protected list");
            return Some(format!("identity `{}`: {why}", life.identity));
        }
        let principal = step.target.principal();
        let own = self.world.settings.own.values().flatten().any(|it| it == principal);
        own.then(|| format!("`{}` is what Interlock itself acts as", principal.name))
    }

    pub(crate) fn verify(&mut self, id: &ContainmentId, step: &StepId) {
        let Some(life) = self.world.containments.get(id).and_then(|it| it.step(step)) else {
            return;
        };
        let step = Box::new(life.step.clone());
        if self.world.under_way.insert((id.clone(), Some(step.id.clone()))) {
            self.call(Call::Verify { containment: id.clone(), step });
        }
    }
}

/// What the answers of the providers come to.
#[derive(Debug, Default)]
struct Looked {
    steps: Vec<Step>,
    /// Why there are no more, one line each.
    failures: Vec<String>,
    /// Whether it is worth asking again, and how long to wait first.
    again: bool,
    pause: Duration,
}

impl Looked {
    /// The answers, one for each of these actions.
    fn of(
        draft: &mut Draft<'_>,
        case: &CaseId,
        wanted: &[Wanted],
        answers: Vec<Result<Step, CallError>>,
    ) -> Self {
        let mut it = Self::default();
        if answers.len() != wanted.len() {
            it.moved();
            return it;
        }
        for (want, answer) in wanted.iter().zip(answers) {
            match answer {
                Ok(step) if step.id != want.id || step.target != want.intent.target => it.moved(),
                Ok(step) => {
                    let mut instances = draft.world.settings.connectors.iter();
                    let instance = instances.find(|it| it.id == want.connector);
                    let settle = instance.and_then(|it| it.settle_seconds);
                    it.steps.push(Step {
                        connector: want.connector.clone(),
                        gate: want.gate.clone(),
                        settle_seconds: settle.unwrap_or(step.settle_seconds),
                        ..step
                    });
                }
                Err(error) => {
                    match error {
                        CallError::Retry { .. } | CallError::OutcomeUnknown { .. } => {
                            it.again = true;
                            it.pause = it.pause.max(draft.rest(&want.connector, &error));
                        }
                        CallError::Unsupported { .. } | CallError::NotFound { .. } => {
                            let kinds = draft.world.unsupported.entry(case.clone()).or_default();
                            kinds.insert(want.action.kind);
                        }
                        CallError::Drifted { .. }
                        | CallError::Denied { .. }
                        | CallError::Invalid { .. } => {}
                    }
                    it.failures.push(format!("{}: {error}", want.action.name));
                }
            }
        }
        it
    }

    /// What is known of the identity became other than it was when the question left: these are answers
    /// to other steps.
    fn moved(&mut self) {
        self.again = true;
        self.failures.push("the identity changed while the providers were looked at".to_owned());
    }
}

/// The provider was looked at: the steps become a plan, or it is tried again, or a person is asked.
pub(crate) fn planned(
    draft: &mut Draft<'_>,
    id: &ContainmentId,
    answers: Vec<Result<Step, CallError>>,
) {
    draft.world.under_way.remove(&(id.clone(), None));
    let Some((decision, life)) = draft.decision_of(id) else { return };
    let identity = life.identity.clone();
    let record = draft.world.watch.directory().identity(&identity);
    let interlock_contain::Composition { wanted, left_out, .. } =
        compose(&decision.id, &decision.intents, record, &draft.world.settings.connectors);
    let Looked { steps, failures, again, pause } =
        Looked::of(draft, &decision.case, &wanted, answers);
    if failures.is_empty() {
        draft.world.plan_attempts.remove(id);
        let actions: Vec<_> = wanted.iter().map(|it| it.action).collect();
        let case = draft.world.cases.get(&decision.case);
        let accused = case.map_or(&[][..], |it| &it.findings);
        let directory = draft.world.watch.directory();
        let blast = directory.blast_radius_besides(&identity, draft.now, accused);
        let plan = Plan {
            id: PlanId::derive(&[id.as_str()]),
            identity,
            steps,
            residual: residual(&actions, &left_out, draft.now),
            breaks: blast.dependents().to_vec(),
        };
        draft.journal(id, Fact::Planned { plan });
        return;
    }
    let why = failures.join("; ");
    let attempts = draft.world.plan_attempts.entry(id.clone()).or_default();
    *attempts += 1;
    if again && *attempts < PLAN_ATTEMPTS {
        let count = *attempts;
        let delay = jittered(u64::from(count) * 2, id.as_str(), count).max(pause);
        draft.world.under_way.insert((id.clone(), None));
        draft.call(Call::Plan { containment: id.clone(), wanted, delay });
        return;
    }
    draft.journal(id, Fact::PlanFailed { why: why.clone() });
    draft.notice(id, "security", format!("cannot be planned: {why}"));
    findings::reconsider(draft, &decision.case);
}

/// A step was read back.
pub(crate) fn verified(
    draft: &mut Draft<'_>,
    id: &ContainmentId,
    step: StepId,
    observation: Observation,
    probe: Option<Evidence>,
) {
    draft.world.under_way.remove(&(id.clone(), Some(step.clone())));
    let life = draft.world.containments.get(id);
    if life.is_some_and(|it| {
        matches!(it.phase, Phase::Contained { .. })
            && it.step(&step).is_some_and(|it| it.verified().is_some())
    }) {
        return lasting::looked_again(draft, id, step, observation, probe);
    }
    let holds = matches!(observation, Observation::Holds { .. });
    let issued = matches!(observation, Observation::Holds { issued: Some(_), .. });
    draft.journal(id, Fact::Observed { step: step.clone(), observation });
    if issued {
        lasting::delivered(draft, id, &step);
    }
    let Some(life) = draft.world.containments.get(id).and_then(|it| it.step(&step)) else { return };
    if !holds || life.verified().is_none() {
        return;
    }
    let acting = life.step.clone();
    let acknowledged = life.acknowledged;
    if acting.kind != interlock_model::ActionKind::Restore
        && let Some(credential) = acting.target.credential()
        && acting.stops.new
    {
        let at = acknowledged.unwrap_or(draft.now);
        draft.world.watch.detectors_mut().revoked(credential, at);
    }
    let now = draft.now;
    if let Some(evidence) = probe {
        shown(draft, id, step.clone(), evidence, now);
    }
    let oldest = now
        .checked_sub(jiff::SignedDuration::from_secs(draft.world.settings.drill_seconds))
        .unwrap_or(now);
    let drill = draft
        .world
        .drills
        .iter()
        .filter(|it| it.made(&acting.connector, &acting.action.0) && it.time >= oldest)
        .max_by_key(|it| it.time)
        .filter(|it| it.effective)
        .map(|it| it.time);
    if let Some(time) = drill {
        shown(draft, id, step, Evidence::Drill { time }, now);
    }
}

/// Something showed that a step took effect, or that it did not.
///
/// A success against a step makes a finding of its own, so that the answer climbs the ladder.
pub(crate) fn shown(
    draft: &mut Draft<'_>,
    id: &ContainmentId,
    step: StepId,
    evidence: Evidence,
    time: Timestamp,
) {
    let Some(life) = draft.world.containments.get(id) else { return };
    let Some(before) = life.step(&step) else { return };
    let proof = before.proof;
    let against = matches!(evidence, Evidence::SuccessfulUse { .. });
    let known = if against { proof == StepProof::Disproven } else { proof >= StepProof::Effective };
    let full = before.evidence.len() >= EVIDENCE;
    if (known && before.issued.is_none()) || full {
        return;
    }
    let was_effective = first_effective(life).is_some();
    draft.journal(id, Fact::Shown { step: step.clone(), evidence: evidence.clone() });
    let Some(life) = draft.world.containments.get(id) else { return };
    if life.step(&step).is_some_and(|it| it.proof == StepProof::Disproven)
        && proof != StepProof::Disproven
    {
        let finding = findings::ineffective(draft.world, life, &step, &evidence, time);
        if let Some(finding) = finding {
            findings::admit_finding(draft, finding);
        }
    } else if let (false, Some(effective)) = (was_effective, first_effective(life)) {
        let began = draft.world.cases.get(&life.case).map_or(life.requested, |it| it.opened);
        let took = effective.duration_since(began).as_secs_f64();
        let text = format!("access is refused {took:.1} s after the first event of the case");
        draft.audit(
            "containment.effective",
            "interlock",
            &[("containment", id.as_str())],
            text,
            None,
        );
    }
}

/// The active containments of an identity.
pub(crate) fn active_of<'w>(
    world: &'w World,
    identity: &'w interlock_model::IdentityId,
) -> impl Iterator<Item = &'w Containment> {
    world.containments.values().filter(move |it| it.identity == *identity && is_active(it))
}
