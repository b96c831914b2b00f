//! Containments: plans, what became of their steps, how far they are proven.

use super::reading::{ReadError, Reading, limit};
use super::types::{
    DependentView, IdentityRef, Page, PlaceView, ResidualView, credential_of, moment,
};
use crate::serve::Desk;
use crate::serve::extract::{Query, Text};
use crate::serve::problem::{Problem, Unauthorised};
use axum::Json;
use axum::extract::State;
use interlock_contain::{
    Containment, Phase, StepLife, StepState, consent_given, first_effective, grade,
};
use interlock_engine::World;
use interlock_model::{
    Approval, CaseId, Consent, ContainmentId, Decision, Evidence, Gate, Reversal, StepProof,
    Timestamp,
};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// The life of one plan.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ContainmentView {
    /// Its id.
    #[schema(example = "cnt_0b1c2d3e4f5061728394")]
    pub id: String,
    /// The decision that it carries out.
    #[schema(example = "dec_0b1c2d3e4f5061728394")]
    pub decision: String,
    /// The case.
    #[schema(example = "cas_0b1c2d3e4f5061728394")]
    pub case: String,
    /// On whom.
    #[schema(example = "idn_ci-deploy")]
    pub identity: String,
    /// On whom, in short.
    pub about: Option<IdentityRef>,
    /// When it was asked for.
    #[schema(example = "2026-03-02T10:00:01Z")]
    pub requested: String,
    /// `requested`, `running`, `contained`, `undoing`, `undone`, `held`, `stuck` or `closed`.
    #[schema(example = "running")]
    pub phase: String,
    /// Why, when it is held, stuck or closed.
    pub why: Option<String>,
    /// Since when every step holds; absent when not every step does.
    pub contained_since: Option<String>,
    /// When its time box ends and people are asked again; it does not end by itself. Absent: only when
    /// it is taken back.
    pub ends: Option<String>,
    /// Who let it begin: those who said yes to its plan, or the playbook, or the person who asked.
    pub by: Option<String>,
    /// How far it is proven: `requested`, `applied`, `effective` or `held`.
    #[schema(example = "requested")]
    pub grade: String,
    /// When access was first shown to be refused.
    pub effective_since: Option<String>,
    /// Whose yes is needed: `automatic`, `owner`, `security` or `both`.
    #[schema(example = "owner")]
    pub consent: String,
    /// Whose yes it waits for now; empty when for nobody's.
    pub waits_for: Vec<String>,
    /// The digest of the plan; an answer names it.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub plan: Option<String>,
    /// The steps, in order.
    pub steps: Vec<StepView>,
    /// What stays alive although every step holds.
    pub residual: Vec<ResidualView>,
    /// What breaks.
    pub breaks: Vec<DependentView>,
    /// The answers that count for the present plan.
    pub approvals: Vec<ApprovalView>,
    /// The way back, once it was asked for.
    pub undo: Option<UndoView>,
}

/// One provider write, and what became of it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct StepView {
    /// Its id.
    #[schema(example = "stp_0b1c2d3e4f5061728394")]
    pub id: String,
    /// The connector.
    #[schema(example = "aws-prod")]
    pub connector: String,
    /// The action.
    #[schema(example = "aws_iam.disable_access_key")]
    pub action: String,
    /// The verb.
    #[schema(example = "disable_credential")]
    pub kind: String,
    /// The principal that is hit.
    pub principal: String,
    /// The credential that is hit, when it is one.
    pub credential: Option<String>,
    /// One line: what is done.
    pub summary: String,
    /// The state that the planner saw.
    pub before: BTreeMap<String, String>,
    /// The state that must hold.
    pub after: BTreeMap<String, String>,
    /// Whether it can be taken back: `restores`, `compensates` or `final`.
    #[schema(example = "restores")]
    pub reversal: String,
    /// Whether taking it back makes a credential valid again that may be stolen.
    pub re_arms: bool,
    /// What is lost, or why it cannot be taken back.
    pub reversal_note: Option<String>,
    /// What it waits for, in words; absent: nothing but the steps before it.
    pub waits: Option<String>,
    /// Which access it ends: some of `new`, `refresh`, `live`.
    pub stops: Vec<String>,
    /// How far it is: `waiting`, `intended`, `unknown`, `acknowledged` or `verified`.
    #[schema(example = "waiting")]
    pub state: String,
    /// How far it is proven: `none`, `applied`, `effective` or `disproven`.
    #[schema(example = "none")]
    pub proof: String,
    /// How often a write was intended.
    pub attempts: u32,
    /// When the provider said yes.
    pub acknowledged: Option<String>,
    /// What shows that it took effect, or that it did not.
    pub evidence: Vec<EvidenceView>,
    /// What stays alive although it holds.
    pub residual: Vec<ResidualView>,
}

/// What shows whether a step took effect.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct EvidenceView {
    /// When it was noted.
    pub time: String,
    /// `probe`, `refused_use`, `drill` or `successful_use`.
    #[schema(example = "refused_use")]
    pub kind: String,
    /// In words.
    pub text: String,
    /// Where the record stands, when it is one.
    pub place: Option<PlaceView>,
}

/// One actor's yes or no.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ApprovalView {
    /// Who.
    #[schema(example = "alice")]
    pub by: String,
    /// In which role: `owner` or `security`.
    #[schema(example = "owner")]
    pub role: String,
    /// Yes or no.
    pub granted: bool,
    /// The digest of the plan that was shown.
    pub plan: String,
    /// When.
    pub time: String,
    /// After this it counts no more.
    pub expires: String,
    /// In words.
    pub note: Option<String>,
}

/// The way back.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct UndoView {
    /// Who asked.
    pub by: String,
    /// The steps back, newest change first.
    pub steps: Vec<StepView>,
}

/// A phase by its name. One that is not known is refused: an empty list would say that nothing is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PhaseName {
    /// Nobody has looked at the provider yet.
    Requested,
    /// The steps are known; consent and guard come before each write.
    Running,
    /// Every step holds.
    Contained,
    /// It is being taken back.
    Undoing,
    /// It was taken back.
    Undone,
    /// A person must act before it goes on.
    Held,
    /// Tried to the end without a clear answer: a person must act.
    Stuck,
    /// It ended before anything was written.
    Closed,
}

impl PhaseName {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Running => "running",
            Self::Contained => "contained",
            Self::Undoing => "undoing",
            Self::Undone => "undone",
            Self::Held => "held",
            Self::Stuck => "stuck",
            Self::Closed => "closed",
        }
    }
}

/// Which containments to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ContainmentQuery {
    /// At most so many, 1 to 1000; 100 without it.
    pub limit: Option<usize>,
    /// Only those on this identity: id, principal, name or access key id.
    pub identity: Option<String>,
    /// Whether only those that are under way or in force, neither taken back nor closed.
    pub in_force: Option<bool>,
    /// Only those in this phase: `requested`, `running`, `contained`, `undoing`, `undone`, `held`,
    /// `stuck` or `closed`.
    #[param(inline)]
    pub phase: Option<PhaseName>,
}

impl Reading {
    /// Containments, last requested first.
    pub async fn containments(
        &self,
        query: ContainmentQuery,
    ) -> Result<Page<ContainmentView>, ReadError> {
        let limit = limit(query.limit);
        let identity = match &query.identity {
            Some(text) => Some(self.identity_id(text).await?),
            None => None,
        };
        self.look(move |world| {
            let mut lives: Vec<&Containment> = world
                .containments()
                .filter(|it| identity.as_ref().is_none_or(|id| it.identity == *id))
                .filter(|it| query.in_force != Some(true) || is_in_force(it))
                .filter(|it| query.phase.is_none_or(|phase| phase_of(it).0 == phase.as_str()))
                .collect();
            lives.sort_by_key(|it| Reverse(order(it)));
            lives.truncate(limit);
            let items = lives.into_iter().map(|it| ContainmentView::of(it, world)).collect();
            Page { items, next: None }
        })
        .await
    }

    /// One containment.
    pub async fn containment(&self, text: &str) -> Result<ContainmentView, ReadError> {
        let id = containment_id(text)?;
        self.look(move |world| world.containment(&id).map(|it| ContainmentView::of(it, world)))
            .await?
            .ok_or_else(|| ReadError::not_found("containment", text))
    }

    /// The containments of one case, first requested first.
    pub async fn containments_of(&self, case: &CaseId) -> Result<Vec<ContainmentView>, ReadError> {
        let case = case.clone();
        self.look(move |world| {
            let mut lives: Vec<&Containment> =
                world.containments().filter(|it| it.case == case).collect();
            lives.sort_by_key(|it| order(it));
            lives.into_iter().map(|it| ContainmentView::of(it, world)).collect()
        })
        .await
    }
}

/// The id in this text.
pub fn containment_id(text: &str) -> Result<ContainmentId, ReadError> {
    text.parse().map_err(|_| ReadError::Malformed {
        what: "containment",
        id: text.to_owned(),
        prefix: ContainmentId::PREFIX,
    })
}

impl ContainmentView {
    /// The containment as the world sees it now.
    #[must_use]
    pub fn of(it: &Containment, world: &World) -> Self {
        let decision = world.decision(&it.decision);
        let consent = decision.map_or(Consent::Security, |it| it.consent);
        let (phase, why) = phase_of(it);
        let since = match it.phase {
            Phase::Contained { since, .. } => Some(since),
            Phase::Requested
            | Phase::Running
            | Phase::Undoing
            | Phase::Undone
            | Phase::Held { .. }
            | Phase::Stuck { .. }
            | Phase::Closed { .. } => None,
        };
        Self {
            id: it.id.to_string(),
            decision: it.decision.to_string(),
            case: it.case.to_string(),
            identity: it.identity.to_string(),
            about: world.watch().directory().identity(&it.identity).map(IdentityRef::from),
            requested: moment(it.requested),
            phase: phase.to_owned(),
            why: why.map(ToOwned::to_owned),
            contained_since: since.map(moment),
            ends: since.and_then(|since| ends(since, decision?)).map(moment),
            by: by(it, decision),
            grade: grade(it).to_string(),
            effective_since: first_effective(it).map(moment),
            consent: consent.to_string(),
            waits_for: waits_for(it, consent, crate::clock::now()),
            plan: it.digest().map(|it| it.to_string()),
            steps: it.steps.iter().map(StepView::from).collect(),
            residual: residual(it),
            breaks: it.plan.iter().flat_map(|it| &it.breaks).map(DependentView::from).collect(),
            approvals: it.approvals.iter().map(ApprovalView::from).collect(),
            undo: it.undo.as_ref().map(|it| UndoView {
                by: it.by.clone(),
                steps: it.steps.iter().map(StepView::from).collect(),
            }),
        }
    }
}

/// Whether it is under way or in force.
const fn is_in_force(life: &Containment) -> bool {
    match life.phase {
        Phase::Requested
        | Phase::Running
        | Phase::Contained { .. }
        | Phase::Undoing
        | Phase::Held { .. }
        | Phase::Stuck { .. } => true,
        Phase::Undone | Phase::Closed { .. } => false,
    }
}

/// When the time box of a containment ends that holds since then.
fn ends(since: Timestamp, decision: &Decision) -> Option<Timestamp> {
    let seconds = i64::try_from(decision.hold_seconds?).ok()?;
    since.checked_add(jiff::SignedDuration::from_secs(seconds)).ok()
}

/// Who let it begin; nobody has while it waits for an answer.
fn by(life: &Containment, decision: Option<&Decision>) -> Option<String> {
    let yes: Vec<&str> =
        life.approvals.iter().filter(|it| it.granted).map(|it| it.by.as_str()).collect();
    if !yes.is_empty() {
        return Some(yes.join(", "));
    }
    let decision = decision.filter(|it| it.consent == Consent::Automatic)?;
    match &decision.playbook {
        Some(playbook) => Some(format!("playbook `{playbook}`")),
        // Asked for by hand: the first reason names who.
        None => decision.reasons.first().cloned(),
    }
}

/// What stays alive: what was read back once steps hold, what was foreseen before.
fn residual(life: &Containment) -> Vec<ResidualView> {
    let mut left: Vec<ResidualView> = Vec::new();
    let foreseen = life.plan.iter().flat_map(|it| &it.residual);
    for one in life.steps.iter().flat_map(|it| &it.residual).chain(foreseen) {
        if !left.iter().any(|it| it.what == one.what) {
            left.push(ResidualView::from(one));
        }
    }
    left
}

/// Whose yes a containment waits for.
fn waits_for(life: &Containment, consent: Consent, now: Timestamp) -> Vec<String> {
    let begun = life.steps.iter().any(StepLife::may_have_written);
    if life.phase != Phase::Running || begun || consent_given(life, consent, now) {
        return Vec::new();
    }
    let roles: &[Consent] = match consent {
        Consent::Automatic => &[],
        Consent::Owner => &[Consent::Owner],
        Consent::Security => &[Consent::Security],
        Consent::Both => &[Consent::Owner, Consent::Security],
    };
    let missing = |role: &&Consent| !consent_given(life, **role, now);
    roles.iter().filter(missing).map(ToString::to_string).collect()
}

/// First requested first; of one moment, those that gave way before the one that they gave way to.
fn order(it: &Containment) -> (Timestamp, bool, ContainmentId) {
    (it.requested, !matches!(it.phase, Phase::Closed { .. }), it.id.clone())
}

/// Where a containment stands, and why.
#[must_use]
pub fn phase_of(life: &Containment) -> (&'static str, Option<&str>) {
    match &life.phase {
        Phase::Requested => ("requested", None),
        Phase::Running => ("running", None),
        Phase::Contained { .. } => ("contained", None),
        Phase::Undoing => ("undoing", None),
        Phase::Undone => ("undone", None),
        Phase::Held { why } => ("held", Some(why)),
        Phase::Stuck { why } => ("stuck", Some(why)),
        Phase::Closed { why } => ("closed", Some(why)),
    }
}

impl From<&StepLife> for StepView {
    fn from(life: &StepLife) -> Self {
        let step = &life.step;
        let (reversal, re_arms, reversal_note) = match &step.reversal {
            Reversal::Restores { re_arms } => ("restores", *re_arms, None),
            Reversal::Compensates { loses } => ("compensates", false, Some(loses.clone())),
            Reversal::Final { why } => ("final", false, Some(why.clone())),
        };
        let stops =
            [(step.stops.new, "new"), (step.stops.refresh, "refresh"), (step.stops.live, "live")];
        Self {
            id: step.id.to_string(),
            connector: step.connector.to_string(),
            action: step.action.to_string(),
            kind: step.kind.to_string(),
            principal: step.target.principal().to_string(),
            credential: credential_of(&step.target),
            summary: step.summary.clone(),
            before: step.before.0.clone(),
            after: step.after.0.clone(),
            reversal: reversal.to_owned(),
            re_arms,
            reversal_note,
            waits: waits(&step.gate),
            stops: stops.iter().filter(|it| it.0).map(|it| it.1.to_owned()).collect(),
            state: match life.state {
                StepState::Waiting { .. } => "waiting",
                StepState::Intended { .. } => "intended",
                StepState::Unknown { .. } => "unknown",
                StepState::Acknowledged { .. } => "acknowledged",
                StepState::Verified { .. } => "verified",
            }
            .to_owned(),
            proof: match life.proof {
                StepProof::None => "none",
                StepProof::Applied => "applied",
                StepProof::Effective => "effective",
                StepProof::Disproven => "disproven",
            }
            .to_owned(),
            attempts: life.attempts,
            acknowledged: life.acknowledged.map(moment),
            evidence: life.evidence.iter().map(|(time, it)| EvidenceView::of(*time, it)).collect(),
            residual: life.residual.iter().map(ResidualView::from).collect(),
        }
    }
}

fn waits(gate: &Gate) -> Option<String> {
    match gate {
        Gate::Now => None,
        Gate::WhenUsed { at_latest_seconds: None, .. } => {
            Some("until the new credential was seen in use".to_owned())
        }
        Gate::WhenUsed { at_latest_seconds: Some(seconds), .. } => {
            Some(format!("until the new credential was seen in use, at most {seconds} s"))
        }
        Gate::After { seconds, .. } => {
            Some(format!("until {seconds} s after an earlier step holds"))
        }
    }
}

impl EvidenceView {
    fn of(time: Timestamp, it: &Evidence) -> Self {
        let (kind, text, place) = match it {
            Evidence::Probe { how } => ("probe", how.clone(), None),
            Evidence::RefusedUse { place } => {
                ("refused_use", format!("refused use at {place}"), Some(place))
            }
            Evidence::Drill { time } => {
                ("drill", format!("proven on a canary identity at {time}"), None)
            }
            Evidence::SuccessfulUse { place } => {
                ("successful_use", format!("successful use at {place}"), Some(place))
            }
        };
        Self { time: moment(time), kind: kind.to_owned(), text, place: place.map(PlaceView::from) }
    }
}

impl From<&Approval> for ApprovalView {
    fn from(it: &Approval) -> Self {
        Self {
            by: it.by.clone(),
            role: it.role.to_string(),
            granted: it.granted,
            plan: it.plan.to_string(),
            time: moment(it.time),
            expires: moment(it.expires),
            note: it.note.clone(),
        }
    }
}

/// Lists containments, last requested first.
#[utoipa::path(
    get, path = "/v1/containments", tag = "containments", params(ContainmentQuery),
    responses((status = 200, body = Page<ContainmentView>), Unauthorised)
)]
pub async fn list(
    State(desk): State<Desk>,
    Query(query): Query<ContainmentQuery>,
) -> Result<Json<Page<ContainmentView>>, Problem> {
    Ok(Json(desk.reading.containments(query).await?))
}

/// Shows one containment: its plan with the digest that an answer names, its steps, what is left.
#[utoipa::path(
    get, path = "/v1/containments/{id}", tag = "containments",
    params(("id" = String, Path, description = "the containment's id", example = "cnt_0b1c2d3e4f5061728394")),
    responses((status = 200, body = ContainmentView), (status = 404, body = Problem), Unauthorised)
)]
pub async fn show(
    State(desk): State<Desk>,
    Text(id): Text,
) -> Result<Json<ContainmentView>, Problem> {
    Ok(Json(desk.reading.containment(&id).await?))
}
