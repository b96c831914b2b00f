//! One turn: an input goes in; what to store and what to call come out.
//!
//! The caller commits the batch first and makes the calls after. A call that writes carries the permit
//! for it, and its intent is in the batch: no write without a committed intent.

use crate::draft::Draft;
use crate::findings;
use crate::people;
use crate::progress;
use crate::{Seen, World};
use interlock_contain::{
    Access, CallError, Containment, Permit, Phase, Wanted, evidence, plan_undo,
};
use interlock_model::{
    ActionKind, Approval, Batch, CaseId, CaseState, Change, ConnectorId, Consent, ContainmentId,
    Decision, DiscoveryPage, Evidence, Fact, IdentityId, Inbound, Observation, Principal,
    ProbedPermission, Receipt, Reversal, Step, StepId, Timestamp,
};

/// Everything that can make the house move.
#[derive(Debug)]
pub enum Input {
    /// The process began; open intents are another run's.
    Started,
    /// Stored records, in order of position.
    Records(Vec<Inbound>),
    /// The provider was looked at.
    Planned {
        /// For which containment.
        containment: ContainmentId,
        /// One answer per wanted action, in order.
        steps: Vec<Result<Step, CallError>>,
    },
    /// A write was made, or was not.
    Executed {
        /// For which containment.
        containment: ContainmentId,
        /// Which step.
        step: StepId,
        /// How it ended.
        outcome: Result<Receipt, CallError>,
    },
    /// A step was read back.
    Verified {
        /// For which containment.
        containment: ContainmentId,
        /// Which step.
        step: StepId,
        /// What was seen.
        observation: Observation,
        /// What the house's own try showed, where it could try.
        probe: Option<Evidence>,
    },
    /// Somebody said yes or no.
    Answered {
        /// To which containment.
        containment: ContainmentId,
        /// Who.
        by: String,
        /// In which role.
        role: Consent,
        /// Yes or no.
        granted: bool,
        /// The plan that was shown; `None`: the present one.
        plan: Option<interlock_model::Digest>,
        /// In words.
        note: Option<String>,
    },
    /// Somebody wants a containment taken back.
    UndoAsked {
        /// Which.
        containment: ContainmentId,
        /// Who.
        by: String,
        /// In which role.
        role: Consent,
        /// Whether they know that it makes a stolen credential valid again.
        accept_re_arm: bool,
    },
    /// Somebody wants an identity contained.
    ContainAsked {
        /// Whom.
        identity: IdentityId,
        /// With which verb.
        kind: ActionKind,
        /// One credential of it; `None`: chosen by the verb.
        credential: Option<interlock_model::CredentialRef>,
        /// Who.
        by: String,
        /// In which role.
        role: interlock_decide::Role,
        /// Why.
        why: String,
    },
    /// Somebody lets a held containment go on.
    Resumed {
        /// Which.
        containment: ContainmentId,
        /// Who.
        by: String,
    },
    /// Somebody closes a case.
    CaseClosed {
        /// Which.
        case: CaseId,
        /// Who.
        by: String,
        /// Why.
        why: String,
    },
    /// A connector looked for identities.
    Discovered {
        /// Which.
        connector: ConnectorId,
        /// One page of what it saw.
        page: Result<DiscoveryPage, CallError>,
        /// Its permissions, where they were tried after the last page.
        permissions: Option<Vec<ProbedPermission>>,
    },
    /// Somebody wants a connector to look now.
    DiscoveryAsked {
        /// Which.
        connector: ConnectorId,
        /// Whether it is right that most of what was there is gone.
        accept_loss: bool,
    },
    /// A canary's own secret was tried.
    Tried {
        /// For which drill.
        drill: Box<str>,
        /// What came of it.
        access: Access,
    },
    /// Somebody wants a drill now.
    DrillAsked {
        /// Which.
        drill: String,
    },
    /// Time has passed.
    Tick,
}

/// Everything that the turn can ask of the world.
#[derive(Debug)]
pub enum Call {
    /// Look at the providers and phrase the steps.
    Plan {
        /// For which containment.
        containment: ContainmentId,
        /// The actions.
        wanted: Vec<Wanted>,
        /// How long to wait first.
        delay: std::time::Duration,
    },
    /// Make one write.
    Execute {
        /// For which containment.
        containment: ContainmentId,
        /// The step. Boxed: it is large beside the other answers.
        step: Box<Step>,
        /// The proof that it may be made now.
        permit: Permit,
    },
    /// Look for identities.
    Discover {
        /// At which connector.
        connector: ConnectorId,
        /// Where to go on; `None`: from the beginning.
        from: Option<String>,
        /// Whether its permissions are tried after the last page. Some can only be tried by asking for
        /// a change that is not made, so that is asked of nobody who was given no verb.
        probe: bool,
    },
    /// Try a canary's own secret.
    TryAccess {
        /// For which drill.
        drill: Box<str>,
        /// At which connector.
        connector: ConnectorId,
        /// The canary.
        principal: Principal,
    },
    /// Read one step back, and try whether access is refused where the house can.
    Verify {
        /// For which containment.
        containment: ContainmentId,
        /// The step.
        step: Box<Step>,
    },
}

/// What came out of one input, for whoever gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Taken in.
    Done,
    /// A containment was asked for, or joined one that is under way.
    Containment(ContainmentId),
    /// A decision fell that starts nothing.
    Decided(interlock_model::DecisionId),
    /// The undo is on its way; these changes cannot be taken back.
    Undoing {
        /// One line each.
        lost: Vec<String>,
    },
}

/// Why an input from a person was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is nothing of this id.
    #[error("there is no {what} `{id}`")]
    NotFound {
        /// What was looked for.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// Not in this state.
    #[error("{why}")]
    NotNow {
        /// Why.
        why: String,
    },
    /// It concerns whoever wants it.
    #[error(
        "this concerns `{whom}`, which is `{by}`: nobody decides on their own account; {may} may"
    )]
    OwnConcern {
        /// Who wanted it.
        by: String,
        /// The identity, by name.
        whom: String,
        /// Who may instead, in words.
        may: String,
    },
    /// The role does not reach.
    #[error("{what}, so an owner's word is not enough: the security team's is needed")]
    RoleTooLow {
        /// Why, in words.
        what: &'static str,
    },
    /// One person wanted to give the yes of two.
    #[error("`{by}` has said yes in the other role already")]
    SecondPerson {
        /// Who.
        by: String,
    },
    /// The undo makes a stolen credential valid again.
    #[error("the undo makes a credential valid again that may be stolen: {}; rotate it first, or accept that", steps.join("; "))]
    ReArms {
        /// The steps that do.
        steps: Vec<String>,
    },
}

/// What one turn asks for: commit `batch` first, then make `calls`.
#[derive(Debug)]
pub struct Turn {
    /// Everything to remember, at once or not at all.
    pub batch: Batch,
    /// What to do once it is remembered.
    pub calls: Vec<Call>,
    /// When to give [`Input::Tick`] at the latest.
    pub wake: Option<Timestamp>,
    /// The answer to whoever gave the input.
    pub reply: Result<Outcome, Refusal>,
}

/// Takes one input in.
pub fn turn(world: &mut World, input: Input, now: Timestamp) -> Turn {
    let mut draft = Draft::new(world, now);
    let reply = take(&mut draft, input);
    draft.advance_all();
    draft.look_around();
    if draft.rehearse() {
        draft.advance_all();
    }
    draft.finish(reply)
}

fn take(draft: &mut Draft<'_>, input: Input) -> Result<Outcome, Refusal> {
    match input {
        // What people declare now may be other than what was declared when the last process ended.
        Input::Started => draft.identities_changed(),
        Input::Tick => {
            for finding in draft.world.watch.forget(draft.now) {
                findings::admit_finding(draft, finding);
            }
            // After a start there are more than one turn takes.
            draft.identities_changed();
        }
        Input::Records(records) => records_in(draft, &records),
        Input::Planned { containment, steps } => progress::planned(draft, &containment, steps),
        Input::Executed { containment, step, outcome } => {
            draft.world.under_way.remove(&(containment.clone(), Some(step.clone())));
            let connector = draft.world.give_back(&containment, &step);
            if let (Some(connector), Err(error)) = (&connector, &outcome) {
                draft.rest(connector, error);
            }
            match outcome {
                Ok(receipt) => draft.journal(&containment, Fact::Acknowledged { step, receipt }),
                Err(error) => draft.journal(
                    &containment,
                    Fact::Failed { step, class: error.class(), why: error.to_string() },
                ),
            }
        }
        Input::Verified { containment, step, observation, probe } => {
            progress::verified(draft, &containment, step, observation, probe);
        }
        Input::Answered { containment, by, role, granted, plan, note } => {
            people::may_answer(draft, &containment, &by, role, granted)?;
            return answered(draft, &containment, by, role, granted, plan, note);
        }
        Input::UndoAsked { containment, by, role, accept_re_arm } => {
            people::may_touch(draft, &containment, &by)?;
            people::may_undo(draft, &containment, &by, role)?;
            return undo(draft, &containment, by, accept_re_arm);
        }
        Input::ContainAsked { identity, kind, credential, by, role, why } => {
            return findings::asked(draft, &identity, kind, credential, by, role, &why);
        }
        Input::Resumed { containment, by } => {
            people::may_touch(draft, &containment, &by)?;
            let life = draft.life(&containment)?;
            if !matches!(life.phase, Phase::Held { .. } | Phase::Stuck { .. }) {
                let why = format!("containment `{containment}` is neither held nor stuck");
                return Err(Refusal::NotNow { why });
            }
            draft.journal(&containment, Fact::Resumed { by });
        }
        Input::CaseClosed { case, by, why } => {
            people::may_close(draft, &case, &by)?;
            return close_case(draft, &case, by, why);
        }
        Input::Discovered { connector, page, permissions } => {
            crate::discovery::seen(draft, &connector, page, permissions);
        }
        Input::DiscoveryAsked { connector, accept_loss } => {
            return crate::discovery::asked(draft, &connector, accept_loss);
        }
        Input::Tried { drill, access } => crate::drill::tried(draft, &drill, access),
        Input::DrillAsked { drill } => return crate::drill::asked(draft, &drill),
    }
    Ok(Outcome::Done)
}

fn records_in(draft: &mut Draft<'_>, records: &[Inbound]) {
    for record in records {
        match draft.world.watch.inbound(record) {
            Seen::Event { event, binding, findings } => {
                let ahead = draft.world.ahead.of(event.source, event.time, draft.now);
                let shown = |life: &Containment| evidence(life, &event, &binding, ahead);
                let all = draft.world.containments.values();
                let concerned =
                    all.filter(|it| crate::world::is_active(it) && !shown(it).is_empty());
                // Of most events nobody is concerned.
                let concerned: Vec<ContainmentId> = concerned.map(|it| it.id.clone()).collect();
                for id in concerned {
                    // What was shown of one before may have changed it.
                    let life = draft.world.containments.get(&id);
                    for (step, evidence) in life.map(shown).unwrap_or_default() {
                        progress::shown(draft, &id, step, evidence, event.time);
                    }
                }
                for finding in findings {
                    findings::admit_finding(draft, finding);
                }
            }
            Seen::Alert(findings) => {
                for finding in findings {
                    findings::admit_finding(draft, finding);
                }
            }
            Seen::Again => {}
            Seen::Rejected(rejected) => draft.batch.changes.push(Change::Rejected { rejected }),
        }
        draft.batch.consumed = Some(record.position);
    }
    draft.identities_changed();
}

fn answered(
    draft: &mut Draft<'_>,
    containment: &ContainmentId,
    by: String,
    role: Consent,
    granted: bool,
    plan: Option<interlock_model::Digest>,
    note: Option<String>,
) -> Result<Outcome, Refusal> {
    let life = draft.life(containment)?;
    let not_now = |why: &str| Refusal::NotNow { why: why.to_owned() };
    let present = life.digest().ok_or_else(|| not_now("there is no plan to answer yet"))?;
    if life.phase != Phase::Running {
        return Err(not_now("it is not waiting for an answer"));
    }
    if plan.is_some_and(|it| it != present) {
        return Err(not_now("the plan has changed since it was shown: look again"));
    }
    let expires = draft.later(draft.world.settings.approval_seconds);
    let approval =
        Approval { plan: present, by: by.clone(), role, granted, time: draft.now, expires, note };
    let begun = life.steps.iter().any(interlock_contain::StepLife::may_have_written);
    draft.journal(containment, Fact::Answered { approval });
    if !granted && !begun {
        draft.journal(containment, Fact::Closed { why: format!("rejected by {by}") });
    }
    Ok(Outcome::Done)
}

pub(crate) fn undo(
    draft: &mut Draft<'_>,
    containment: &ContainmentId,
    by: String,
    accept_re_arm: bool,
) -> Result<Outcome, Refusal> {
    let life = draft.life(containment)?;
    let Some(plan) = &life.plan else {
        return Err(Refusal::NotNow {
            why: "nothing was planned, so nothing was changed".to_owned(),
        });
    };
    if life.undo.is_some() {
        return Err(Refusal::NotNow { why: "it is being undone, or was".to_owned() });
    }
    if life
        .current()
        .iter()
        .any(|it| matches!(it.state, interlock_contain::StepState::Intended { .. }))
    {
        return Err(Refusal::NotNow {
            why: "a write is under way: ask again in a moment".to_owned(),
        });
    }
    let re_arms: Vec<String> = life
        .steps
        .iter()
        .filter(|it| it.may_have_written() && it.step.before != it.step.after)
        .filter(|it| matches!(it.step.reversal, Reversal::Restores { re_arms: true }))
        .map(|it| it.step.summary.clone())
        .collect();
    if !re_arms.is_empty() && !accept_re_arm {
        return Err(Refusal::ReArms { steps: re_arms });
    }
    let (back, lost) = plan_undo(plan, &life.steps);
    let life = life.clone();
    draft.world.hold(&life, draft.now);
    for step in &life.steps {
        if let Some(credential) = step.step.target.credential() {
            draft.world.watch.detectors_mut().restored(credential);
        }
    }
    draft.journal(containment, Fact::UndoAsked { by: by.clone(), plan: back });
    // The case is answered: a person says that the containment was wrong, or is over.
    let open = draft.world.cases.get(&life.case).is_some_and(|it| it.state == CaseState::Open);
    if open {
        close_case(draft, &life.case, by, "its containment was undone".to_owned())?;
    }
    Ok(Outcome::Undoing { lost })
}

fn close_case(
    draft: &mut Draft<'_>,
    case: &CaseId,
    by: String,
    why: String,
) -> Result<Outcome, Refusal> {
    let not_found = || Refusal::NotFound { what: "case", id: case.to_string() };
    let it = draft.world.cases.get_mut(case).ok_or_else(not_found)?;
    it.state = CaseState::Closed { by: by.clone(), why: why.clone() };
    let it = it.clone();
    draft.world.open.retain(|_, open| open != case);
    if let Some(identity) = it.resolution.identity() {
        // A person has looked: what the identity does is learned from again.
        draft.world.watch.detectors_mut().cleared(identity);
    }
    draft.audit("case.closed", &by, &[("case", case.as_str())], why, None);
    draft.keep_case(it);
    Ok(Outcome::Done)
}

/// What makes two decisions on one case the same answer.
pub(crate) fn same_answer(one: &Decision, other: &Decision) -> bool {
    one.verdict == other.verdict
        && one.tier == other.tier
        && one.intents == other.intents
        && one.consent == other.consent
        && one.playbook == other.playbook
}
