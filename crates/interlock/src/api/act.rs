//! What people do: contain, say yes or no, take back, let go on, close. `by` is always the token's name.

use super::containment::{ContainmentView, containment_id};
use super::decision::DecisionView;
use super::identity::find;
use super::reading::ReadError;
use crate::config::TokenRole;
use crate::serve::Desk;
use crate::serve::auth::Caller;
use crate::serve::extract::{Body, Text};
use crate::serve::problem::{Code, Problem, Unauthorised};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use interlock_decide::Role;
use interlock_engine::{Input, Outcome, World};
use interlock_model::{ActionKind, Consent, ContainmentId, CredentialRef, Digest, IdentityId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Fewest hex digits by which a plan is named.
pub const DIGITS: usize = 12;
/// Longest remark, in characters; what is longer is refused.
const REMARK: usize = 2_000;

/// Who is to be contained, and how.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContainRequest {
    /// The verb.
    #[schema(example = "disable_credential")]
    pub intent: String,
    /// Only this credential of it; without it the verb chooses.
    #[serde(default)]
    #[schema(example = "aws:access-key:AKIAIOSFODNN7EXAMPLE")]
    pub credential: Option<String>,
    /// Why; kept in the record.
    #[schema(example = "the key was found in a public repository")]
    pub why: String,
}

/// What came of it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ContainAnswer {
    /// The decision that fell.
    pub decision: Option<DecisionView>,
    /// The containment that it started, or that was under way already; absent when it starts nothing.
    pub containment: Option<ContainmentView>,
}

/// A yes or a no.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerRequest {
    /// The digest of the plan that was looked at, or at least its first 12 digits.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub plan: String,
    /// In which role, `owner` or `security`; without it the one that is waited for.
    #[serde(default)]
    #[schema(example = "owner")]
    pub role: Option<AnswerRole>,
    /// A remark; kept in the record.
    #[serde(default)]
    pub note: Option<String>,
}

/// In which role somebody answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnswerRole {
    /// The team that owns the identity.
    Owner,
    /// The security team.
    Security,
}

/// How a containment is to be taken back.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoRequest {
    /// Whether it may make a credential valid again that may be stolen.
    #[serde(default)]
    pub accept_re_arm: bool,
}

/// What came of an undo.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct UndoAnswer {
    /// Changes that cannot be taken back, one line each.
    pub lost: Vec<String>,
    /// The containment.
    pub containment: ContainmentView,
}

/// Why a case is closed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseRequest {
    /// In words; kept in the record.
    #[schema(example = "a planned penetration test")]
    pub why: String,
}

/// What must be known of a containment before somebody answers.
struct Asked {
    approver: bool,
    present: Option<Digest>,
    waits_for: Vec<String>,
}

fn asked(world: &World, id: &ContainmentId, name: &str) -> Option<Asked> {
    let life = world.containment(id)?;
    Some(Asked {
        approver: approves(world, &life.identity, name),
        present: life.digest(),
        waits_for: ContainmentView::of(life, world).waits_for,
    })
}

/// Whether the team that answers for this identity lists this name among its approvers.
fn approves(world: &World, identity: &IdentityId, name: &str) -> bool {
    let owner = world.watch().directory().answering(identity, crate::clock::now()).team;
    owner.is_some_and(|it| it.approvers.iter().any(|it| it == name))
}

impl Caller {
    fn is_security(&self) -> bool {
        self.has(&[TokenRole::Security, TokenRole::Admin])
    }

    fn is_owner(&self) -> bool {
        self.has(&[TokenRole::Owner, TokenRole::Admin])
    }
}

/// In which role this caller answers, or why not at all.
fn answers_as(
    caller: &Caller,
    wanted: Option<AnswerRole>,
    approver: bool,
    waits_for_owner: bool,
) -> Result<Consent, Problem> {
    let owner = caller.is_owner() && approver;
    let not_an_approver = || {
        let text = format!("`{}` is not among the approvers of this identity's owner", caller.name);
        Problem::new(Code::NotAnApprover, text)
            .help("name the token in `approvers` of the team, or let one of them answer")
    };
    let forbidden = |role: &str| {
        let text = format!("token `{}` may not answer as {role}", caller.name);
        Problem::new(Code::Forbidden, text)
    };
    match wanted {
        Some(AnswerRole::Owner) if owner => Ok(Consent::Owner),
        Some(AnswerRole::Owner) if caller.is_owner() => Err(not_an_approver()),
        Some(AnswerRole::Owner) => Err(forbidden("owner")),
        Some(AnswerRole::Security) if caller.is_security() => Ok(Consent::Security),
        Some(AnswerRole::Security) => Err(forbidden("security")),
        None if owner && waits_for_owner => Ok(Consent::Owner),
        None if caller.is_security() => Ok(Consent::Security),
        None if owner => Ok(Consent::Owner),
        None => Err(not_an_approver()),
    }
}

/// The plan that the caller looked at, when it is the present one.
fn shown_plan(present: Option<Digest>, named: &str) -> Result<Digest, Problem> {
    let Some(present) = present else {
        return Err(Problem::new(Code::NotNow, "there is no plan to answer yet"));
    };
    let named = named.trim().to_ascii_lowercase();
    if named.len() < DIGITS {
        let text = format!("`plan` needs at least {DIGITS} digits of the digest that was shown");
        return Err(Problem::new(Code::Malformed, text));
    }
    if !present.to_string().starts_with(&named) {
        let text = "the plan has changed since it was shown";
        return Err(Problem::new(Code::PlanChanged, text)
            .help("look at the containment again, and answer the plan that it shows now"));
    }
    Ok(present)
}

fn remark(text: &str, field: &str) -> Result<String, Problem> {
    if text.chars().count() > REMARK {
        let text = format!("`{field}` is longer than {REMARK} characters");
        return Err(Problem::new(Code::Malformed, text));
    }
    Ok(text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect())
}

/// Why somebody acts: the record is of no use without it.
pub fn reason(text: &str) -> Result<String, Problem> {
    if text.trim().is_empty() {
        return Err(Problem::new(Code::Malformed, "`why` is empty")
            .help("say in a few words why; it stays in the audit chain"));
    }
    remark(text, "why")
}

async fn answer(
    desk: &Desk,
    caller: &Caller,
    id: &str,
    request: AnswerRequest,
    granted: bool,
) -> Result<Json<ContainmentView>, Problem> {
    let containment = containment_id(id)?;
    let (key, name) = (containment.clone(), caller.name.to_string());
    let found = desk.reading.look(move |world| asked(world, &key, &name)).await?;
    let found = found.ok_or_else(|| ReadError::not_found("containment", id))?;
    let waits_for_owner = found.waits_for.iter().any(|it| it == "owner");
    let role = answers_as(caller, request.role, found.approver, waits_for_owner)?;
    let plan = shown_plan(found.present, &request.plan)?;
    let note = request.note.as_deref().map(|it| remark(it, "note")).transpose()?;
    let input = Input::Answered {
        containment,
        by: caller.name.to_string(),
        role,
        granted,
        plan: Some(plan),
        note,
    };
    desk.house.input(input).await?;
    Ok(Json(desk.reading.containment(id).await?))
}

/// Whether the caller may speak for this identity: as the security team, or as its owner's approver.
async fn may_speak(desk: &Desk, caller: &Caller, identity: IdentityId) -> Result<Consent, Problem> {
    let name = caller.name.to_string();
    let approver = desk.reading.look(move |world| approves(world, &identity, &name)).await?;
    answers_as(caller, None, approver, false)
}

async fn identity_of(desk: &Desk, id: &str) -> Result<(ContainmentId, IdentityId), Problem> {
    let containment = containment_id(id)?;
    let key = containment.clone();
    let identity = desk
        .reading
        .look(move |world| world.containment(&key).map(|it| it.identity.clone()))
        .await?
        .ok_or_else(|| ReadError::not_found("containment", id))?;
    Ok((containment, identity))
}

/// Asks for an identity to be contained; decided by the same policies as everything else.
///
/// An owner may ask for its own identities, the security team for all.
#[utoipa::path(
    post, path = "/v1/identities/{identity}/contain", tag = "identities", request_body = ContainRequest,
    params(("identity" = String, Path, description = "id, principal, name or access key id", example = "idn_ci-deploy")),
    responses(
        (status = 202, description = "Decided; a containment may be under way", body = ContainAnswer),
        (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), Unauthorised
    )
)]
pub async fn contain(
    State(desk): State<Desk>,
    Text(identity): Text,
    caller: Caller,
    Body(request): Body<ContainRequest>,
) -> Result<(StatusCode, Json<ContainAnswer>), Problem> {
    let kind = ActionKind::from_text(&request.intent).filter(|it| *it != ActionKind::Restore);
    let Some(kind) = kind else {
        let known: Vec<&str> = ActionKind::ALL
            .iter()
            .filter(|it| **it != ActionKind::Restore)
            .map(|it| it.as_str())
            .collect();
        let text = format!("`{}` is no intent: use {}", request.intent, known.join(", "));
        return Err(Problem::new(Code::Malformed, text));
    };
    let credential = match &request.credential {
        None => None,
        Some(text) => Some(CredentialRef::from_text(text).ok_or_else(|| {
            let text = format!("`{text}` is no credential: write it as `aws:access-key:AKIA…`");
            Problem::new(Code::Malformed, text)
        })?),
    };
    let why = reason(&request.why)?;
    let identity =
        desk.reading.look(move |world| find(world, &identity).map(|it| it.id.clone())).await??;
    let role = match may_speak(&desk, &caller, identity.clone()).await? {
        Consent::Owner => Role::Owner,
        Consent::Automatic | Consent::Security | Consent::Both => Role::Security,
    };
    let by = caller.name.to_string();
    let input = Input::ContainAsked { identity, kind, credential, by, role, why };
    let outcome = desk.house.input(input).await?;
    let answer = desk.reading.contain_answer(outcome).await?;
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

impl super::reading::Reading {
    /// What came of asking for a containment.
    pub async fn contain_answer(&self, outcome: Outcome) -> Result<ContainAnswer, ReadError> {
        let decision = match outcome {
            Outcome::Containment(id) => {
                let containment = self.containment(id.as_str()).await?;
                let decision = self.store().decision(&parse(&containment.decision)?).await?;
                return Ok(ContainAnswer {
                    decision: decision.as_ref().map(DecisionView::from),
                    containment: Some(containment),
                });
            }
            Outcome::Decided(id) => self.store().decision(&id).await?,
            Outcome::Done | Outcome::Undoing { .. } => None,
        };
        Ok(ContainAnswer { decision: decision.as_ref().map(DecisionView::from), containment: None })
    }
}

fn parse(text: &str) -> Result<interlock_model::DecisionId, ReadError> {
    text.parse().map_err(|_| ReadError::not_found("decision", text))
}

/// Says yes to the plan of a containment.
///
/// Names the digest of the plan that was shown: when the plan has changed meanwhile, nothing happens.
#[utoipa::path(
    post, path = "/v1/containments/{id}/approve", tag = "containments", request_body = AnswerRequest,
    params(("id" = String, Path, description = "the containment's id", example = "cnt_0b1c2d3e4f5061728394")),
    responses(
        (status = 200, body = ContainmentView),
        (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), Unauthorised
    )
)]
pub async fn approve(
    State(desk): State<Desk>,
    Text(id): Text,
    caller: Caller,
    Body(request): Body<AnswerRequest>,
) -> Result<Json<ContainmentView>, Problem> {
    answer(&desk, &caller, &id, request, true).await
}

/// Says no to the plan of a containment.
#[utoipa::path(
    post, path = "/v1/containments/{id}/reject", tag = "containments", request_body = AnswerRequest,
    params(("id" = String, Path, description = "the containment's id", example = "cnt_0b1c2d3e4f5061728394")),
    responses(
        (status = 200, body = ContainmentView),
        (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), Unauthorised
    )
)]
pub async fn reject(
    State(desk): State<Desk>,
    Text(id): Text,
    caller: Caller,
    Body(request): Body<AnswerRequest>,
) -> Result<Json<ContainmentView>, Problem> {
    answer(&desk, &caller, &id, request, false).await
}

/// Takes a containment back: exactly what it changed, to exactly the state before.
#[utoipa::path(
    post, path = "/v1/containments/{id}/undo", tag = "containments", request_body = UndoRequest,
    params(("id" = String, Path, description = "the containment's id", example = "cnt_0b1c2d3e4f5061728394")),
    responses(
        (status = 202, description = "On its way", body = UndoAnswer),
        (status = 404, body = Problem), (status = 409, body = Problem), Unauthorised
    )
)]
pub async fn undo(
    State(desk): State<Desk>,
    Text(id): Text,
    caller: Caller,
    Body(request): Body<UndoRequest>,
) -> Result<(StatusCode, Json<UndoAnswer>), Problem> {
    let (containment, identity) = identity_of(&desk, &id).await?;
    let role = may_speak(&desk, &caller, identity).await?;
    let by = caller.name.to_string();
    let accept_re_arm = request.accept_re_arm;
    let input = Input::UndoAsked { containment, by, role, accept_re_arm };
    let lost = match desk.house.input(input).await? {
        Outcome::Undoing { lost } => lost,
        Outcome::Done | Outcome::Containment(_) | Outcome::Decided(_) => Vec::new(),
    };
    let containment = desk.reading.containment(&id).await?;
    Ok((StatusCode::ACCEPTED, Json(UndoAnswer { lost, containment })))
}

/// Lets a containment go on that waits for a person.
#[utoipa::path(
    post, path = "/v1/containments/{id}/resume", tag = "containments",
    params(("id" = String, Path, description = "the containment's id", example = "cnt_0b1c2d3e4f5061728394")),
    responses(
        (status = 202, description = "Goes on", body = ContainmentView),
        (status = 404, body = Problem), (status = 409, body = Problem), Unauthorised
    )
)]
pub async fn resume(
    State(desk): State<Desk>,
    Text(id): Text,
    caller: Caller,
) -> Result<(StatusCode, Json<ContainmentView>), Problem> {
    let (containment, identity) = identity_of(&desk, &id).await?;
    may_speak(&desk, &caller, identity).await?;
    let by = caller.name.to_string();
    desk.house.input(Input::Resumed { containment, by }).await?;
    Ok((StatusCode::ACCEPTED, Json(desk.reading.containment(&id).await?)))
}

/// Closes a case: what has not begun does not begin any more. Needs the role `security`.
#[utoipa::path(
    post, path = "/v1/cases/{id}/close", tag = "cases", request_body = CloseRequest,
    params(("id" = String, Path, description = "the case's id", example = "cas_0b1c2d3e4f5061728394")),
    responses(
        (status = 200, body = super::case::CaseView),
        (status = 400, body = Problem), (status = 404, body = Problem), Unauthorised
    )
)]
pub async fn close(
    State(desk): State<Desk>,
    Text(id): Text,
    caller: Caller,
    Body(request): Body<CloseRequest>,
) -> Result<Json<super::case::CaseView>, Problem> {
    let case = super::case::case_id(&id)?;
    let why = reason(&request.why)?;
    let by = caller.name.to_string();
    desk.house.input(Input::CaseClosed { case, by, why }).await?;
    Ok(Json(desk.reading.case(&id).await?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn caller(roles: &[TokenRole]) -> Caller {
        Caller {
            name: "alice".into(),
            roles: BTreeSet::from_iter(roles.iter().copied()),
            delivers: crate::config::Delivers::default(),
        }
    }

    #[test]
    fn who_answers_in_which_role() {
        use AnswerRole::{Owner as O, Security as S};
        use TokenRole::{Admin, Owner, Read, Security};
        for (roles, wanted, approver, waits, answer) in [
            (&[Owner][..], None, true, true, Ok(Consent::Owner)),
            (&[Owner], None, false, true, Err("IL0203")),
            (&[Owner], Some(O), false, true, Err("IL0203")),
            (&[Owner], Some(S), true, true, Err("IL0202")),
            (&[Security], None, false, true, Ok(Consent::Security)),
            // Being named among the approvers is not enough without the role.
            (&[Security], Some(O), true, true, Err("IL0202")),
            (&[Owner, Security], None, true, true, Ok(Consent::Owner)),
            (&[Owner, Security], None, true, false, Ok(Consent::Security)),
            (&[Owner, Security], Some(O), true, false, Ok(Consent::Owner)),
            (&[Admin], None, false, true, Ok(Consent::Security)),
            (&[Admin], Some(O), false, true, Err("IL0203")),
            (&[Admin], Some(O), true, true, Ok(Consent::Owner)),
            (&[Read], None, true, true, Err("IL0203")),
        ] {
            let found = answers_as(&caller(roles), wanted, approver, waits);
            let found = found.map_err(|it| it.code);
            let answer = answer.map_err(Into::into);
            assert_eq!(found, answer, "{roles:?} {wanted:?} approver {approver} waits {waits}");
        }
    }

    #[test]
    fn an_answer_names_the_plan_that_was_shown() {
        let present = Digest::of(b"plan");
        let text = present.to_string();
        assert_eq!(shown_plan(Some(present), &text).unwrap(), present);
        assert_eq!(
            shown_plan(Some(present), &text.get(..12).unwrap().to_uppercase()).unwrap(),
            present
        );
        for (present, named, code) in [
            (Some(present), text.get(..11).unwrap(), "IL0206"),
            (Some(present), "000000000000", "IL0212"),
            (None, text.as_str(), "IL0210"),
        ] {
            assert_eq!(shown_plan(present, named).unwrap_err().code.as_ref(), code, "{named}");
        }
    }
}
