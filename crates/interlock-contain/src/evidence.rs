//! What an event says about a step that was meant to end access.
//!
//! The house rarely holds the stolen secret, so telemetry is its best witness: a refused use of what was
//! contained proves effect, a successful one disproves it.

use crate::next::after;
use crate::{Containment, StepLife};
use interlock_model::{
    ActionKind, Binding, CredentialKind, CredentialRef, Event, Evidence, Outcome, RefusalStage,
    StepId, Target, Timestamp,
};
use jiff::SignedDuration;

/// Operations that end a session, as PostgreSQL, Okta, OpenLDAP and Windows name them: a contained session that
/// ends is no use of it, and proves nothing either.
const ENDINGS: [&str; 5] = ["disconnection", "user.session.end", "unbind", "4634", "4647"];

/// What this event shows about the steps of this containment.
///
/// A success counts against a step only after its settle time; a refusal counts for it only when the
/// refusal can come from the step: a missing permission says nothing about a disabled key.
///
/// `ahead` is by how much the clock that dated the event is ahead of ours at least. A refusal then counts
/// only when it is dated after the step by that much twice: once for what is known, and once because a
/// clock is further ahead than its records show, by the time that they take to come. A success is taken
/// at its word, so that an error here makes the house do more.
#[must_use]
pub fn evidence(
    life: &Containment,
    event: &Event,
    binding: &Binding,
    ahead: SignedDuration,
) -> Vec<(StepId, Evidence)> {
    if life.undo.is_some() {
        return Vec::new();
    }
    life.steps
        .iter()
        .filter_map(|step| judge(step, event, binding, ahead).map(|it| (step.step.id.clone(), it)))
        .collect()
}

fn judge(
    step: &StepLife,
    event: &Event,
    binding: &Binding,
    ahead: SignedDuration,
) -> Option<Evidence> {
    let success = || Evidence::SuccessfulUse { place: event.place.clone() };
    let refused = || Evidence::RefusedUse { place: event.place.clone() };
    if let Some(issued) = &step.issued
        && step.step.kind == ActionKind::RotateCredential
    {
        let used = event.outcome == Outcome::Success && binding.credential.as_ref() == Some(issued);
        return (used && step.issued_used.is_none()).then(success);
    }
    if ENDINGS.contains(&&*event.operation) {
        return None;
    }
    let acknowledged = step.acknowledged?;
    let since = floor(acknowledged);
    if event.time < since {
        return None;
    }
    let settled =
        i64::try_from(step.step.settle_seconds).ok().and_then(|it| after(acknowledged, it))?;
    let concerned = concerns(step, event, binding, acknowledged)?;
    match &event.outcome {
        Outcome::Success | Outcome::Failed { .. } => (event.time > settled).then(success),
        Outcome::Refused { stage, .. } => match (concerned, stage) {
            (Concern::Credential, RefusalStage::Credential)
            | (Concern::Permissions, RefusalStage::ExplicitDeny)
            | (Concern::Issuance, RefusalStage::ExplicitDeny | RefusalStage::Permission) => {
                let sure = ahead.checked_mul(2).and_then(|it| since.checked_add(it).ok());
                sure.is_some_and(|it| event.time >= it).then(refused)
            }
            (Concern::Credential, RefusalStage::ExplicitDeny | RefusalStage::Permission) => {
                // The key was accepted: only then are permissions looked at.
                (event.time > settled).then(success)
            }
            (Concern::Permissions, RefusalStage::Credential | RefusalStage::Permission)
            | (Concern::Issuance, RefusalStage::Credential) => None,
        },
    }
}

/// What of the caller a step takes away.
enum Concern {
    /// The credential itself.
    Credential,
    /// What it may do.
    Permissions,
    /// New sessions of the principal.
    Issuance,
}

fn concerns(
    step: &StepLife,
    event: &Event,
    binding: &Binding,
    acknowledged: Timestamp,
) -> Option<Concern> {
    let by_credential = match &step.step.target {
        Target::Credential { credential, .. } => binding.credential.as_ref() == Some(credential),
        Target::Principal { .. } => false,
    };
    let by_principal = binding.principal.as_ref() == Some(step.step.target.principal());
    let role = &step.step.target.principal().name;
    let assumed = || {
        event.operation.starts_with("AssumeRole")
            && event.objects.iter().any(|it| &*it.kind == "role" && *it.name == **role)
    };
    let way_in = step.step.target.credential().and_then(CredentialRef::web_subject);
    if let (ActionKind::DisableCredential, Some(subject)) = (step.step.kind, way_in) {
        let enters = binding.principal.as_ref() == Some(&subject) && assumed();
        return enters.then_some(Concern::Issuance);
    }
    let one_session = step.step.target.credential().filter(|it| it.session().is_some());
    if let (ActionKind::RevokeSessions, Some(one)) = (step.step.kind, one_session) {
        let provider = &*step.step.target.principal().provider;
        let acting = binding.session.as_ref();
        let acting = acting.and_then(|it| CredentialRef::one_session(provider, it));
        return (by_principal && acting.as_ref() == Some(one)).then_some(Concern::Permissions);
    }
    match step.step.kind {
        ActionKind::DisableCredential | ActionKind::DeleteCredential => {
            by_credential.then_some(Concern::Credential)
        }
        ActionKind::Quarantine | ActionKind::RemoveEntitlement | ActionKind::DisableIdentity => {
            by_principal.then_some(Concern::Permissions)
        }
        ActionKind::RevokeSessions if by_principal => {
            let temporary = binding.credential.as_ref().is_none_or(|it| {
                it.kind() == Some(CredentialKind::SessionKey)
                    || it.kind() == Some(CredentialKind::Token)
            });
            let older = binding
                .session
                .as_ref()
                .and_then(|it| it.issued)
                .is_some_and(|it| it < floor(acknowledged));
            (temporary && older).then_some(Concern::Permissions)
        }
        ActionKind::BlockPrincipal => {
            let exchanged = &*event.operation == "issue_token" && by_principal;
            (exchanged || assumed()).then_some(Concern::Issuance)
        }
        ActionKind::RevokeSessions
        | ActionKind::RequireReauthentication
        | ActionKind::RotateCredential
        | ActionKind::Restore => None,
    }
}

/// Providers stamp events by the second.
fn floor(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use interlock_model::{
        Actor, CredentialRef, EventId, FieldsBuilder, Object, Origin, Place, Principal, Resolution,
        SessionRef, Snapshot, Step, StepProof, Stops,
    };

    fn key(id: &str) -> CredentialRef {
        CredentialRef::new("aws", CredentialKind::AccessKey, id)
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    fn step(kind: ActionKind) -> StepLife {
        let principal = Principal::new("aws", "arn:aws:iam::111122223333:role/deploy");
        let target = if kind == ActionKind::DisableCredential {
            Target::Credential { principal, credential: key("AKIA1") }
        } else {
            Target::Principal { principal }
        };
        let mut life = StepLife::new(Step {
            id: StepId::derive(&["s"]),
            connector: interlock_model::ConnectorId("c".into()),
            action: interlock_model::ActionName("a.b".into()),
            kind,
            target,
            before: Snapshot::default(),
            after: Snapshot::default(),
            reversal: interlock_model::Reversal::Restores { re_arms: false },
            gate: interlock_model::Gate::Now,
            stops: Stops { new: true, refresh: true, live: true },
            settle_seconds: 10,
            summary: "s".to_owned(),
        });
        life.acknowledged = Some(at(100));
        life.proof = StepProof::Applied;
        life
    }

    fn event(second: i64, operation: &str, role: &str) -> Event {
        Event {
            id: EventId::derive(&["e"]),
            source: "aws_cloudtrail",
            place: Place { file: "f".into(), record: 0 },
            time: at(second),
            actor: Actor::default().into(),
            service: "sts.amazonaws.com".into(),
            operation: operation.into(),
            objects: vec![Object { kind: "role".into(), name: role.into() }],
            outcome: Outcome::Success,
            origin: Origin::default(),
            issued: Vec::new(),
            read_only: None,
            account: None,
            region: None,
            fields: FieldsBuilder::new("{}".into()).finish(),
        }
    }

    /// What an event at this second says: by which key, how it ended, of a session issued when.
    fn says(
        kind: ActionKind,
        second: i64,
        by: &str,
        outcome: &str,
        issued: Option<i64>,
    ) -> &'static str {
        says_ahead(kind, second, by, outcome, issued, SignedDuration::ZERO)
    }

    /// The same from a source whose clock is ahead.
    fn says_ahead(
        kind: ActionKind,
        second: i64,
        by: &str,
        outcome: &str,
        issued: Option<i64>,
        ahead: SignedDuration,
    ) -> &'static str {
        let refused = |stage| Outcome::Refused { code: "x".into(), stage };
        let role = Principal::new("aws", "arn:aws:iam::111122223333:role/deploy");
        let session =
            issued.map(|it| SessionRef { id: "s".into(), issued: Some(at(it)), mfa: None });
        let credential = if issued.is_some() {
            CredentialRef::new("aws", CredentialKind::SessionKey, by)
        } else {
            key(by)
        };
        let operation = match by {
            "assuming" => "AssumeRole",
            "leaving" => "disconnection",
            "exchanging" | "exchanging elsewhere" => "issue_token",
            _ => "ListUsers",
        };
        let mut event = event(second, operation, &role.name);
        event.outcome = match outcome {
            "ok" => Outcome::Success,
            "bad key" => refused(RefusalStage::Credential),
            "denied" => refused(RefusalStage::ExplicitDeny),
            _ => refused(RefusalStage::Permission),
        };
        let binding = Binding {
            resolution: Resolution::Unknown,
            principal: Some(match by {
                "exchanging elsewhere" => Principal::new("aws", "another"),
                _ => role,
            }),
            credential: Some(credential),
            session,
            chain: Vec::new(),
        };
        word(judge(&step(kind), &event, &binding, ahead))
    }

    fn word(evidence: Option<Evidence>) -> &'static str {
        match evidence {
            None => "nothing",
            Some(Evidence::RefusedUse { .. }) => "effective",
            Some(Evidence::SuccessfulUse { .. }) => "disproven",
            Some(Evidence::Probe { .. } | Evidence::Drill { .. }) => "?",
        }
    }

    #[test]
    fn only_what_can_come_from_the_step_counts() {
        use ActionKind::{BlockPrincipal, DisableCredential, Quarantine, RevokeSessions};
        for (kind, second, by, outcome, issued, expected) in [
            (DisableCredential, 130, "AKIA1", "bad key", None, "effective"),
            (DisableCredential, 100, "AKIA1", "bad key", None, "effective"),
            (DisableCredential, 90, "AKIA1", "bad key", None, "nothing"),
            (DisableCredential, 105, "AKIA1", "ok", None, "nothing"),
            (DisableCredential, 130, "AKIA1", "ok", None, "disproven"),
            // A missing permission means that the key was accepted.
            (DisableCredential, 130, "AKIA1", "no permission", None, "disproven"),
            (DisableCredential, 130, "AKIA2", "ok", None, "nothing"),
            (Quarantine, 130, "AKIA1", "denied", None, "effective"),
            (Quarantine, 130, "AKIA1", "no permission", None, "nothing"),
            (Quarantine, 130, "AKIA1", "ok", None, "disproven"),
            (Quarantine, 130, "leaving", "ok", None, "nothing"),
            (RevokeSessions, 130, "ASIA1", "denied", Some(50), "effective"),
            (RevokeSessions, 130, "ASIA1", "ok", Some(50), "disproven"),
            // A session that was issued afterwards is not what was ended.
            (RevokeSessions, 130, "ASIA1", "ok", Some(110), "nothing"),
            (BlockPrincipal, 130, "assuming", "no permission", None, "effective"),
            (BlockPrincipal, 130, "assuming", "ok", None, "disproven"),
            (BlockPrincipal, 130, "AKIA1", "ok", None, "nothing"),
            (BlockPrincipal, 130, "exchanging", "denied", None, "effective"),
            (BlockPrincipal, 90, "exchanging", "denied", None, "nothing"),
            // A key that is not good is refused whether or not its principal is blocked.
            (BlockPrincipal, 130, "exchanging", "bad key", None, "nothing"),
            (BlockPrincipal, 105, "exchanging", "ok", None, "nothing"),
            (BlockPrincipal, 130, "exchanging", "ok", None, "disproven"),
            (BlockPrincipal, 130, "exchanging elsewhere", "denied", None, "nothing"),
            (BlockPrincipal, 130, "exchanging elsewhere", "ok", None, "nothing"),
        ] {
            assert_eq!(
                says(kind, second, by, outcome, issued),
                expected,
                "{kind} {second} {by} {outcome} {issued:?}"
            );
        }
    }

    #[test]
    fn a_closed_way_in_is_proven_by_whom_it_was_closed_to() {
        let role = "arn:aws:iam::111122223333:role/deploy";
        let main = "repo:acme/shop:ref:refs/heads/main";
        let refused = || Outcome::Refused { code: "x".into(), stage: RefusalStage::Permission };
        let subject = Principal::new("github", main);
        let mut life = step(ActionKind::DisableCredential);
        life.step.target = Target::Credential {
            principal: Principal::new("aws", role),
            credential: CredentialRef::web_identity("aws", &subject).unwrap(),
        };
        for (who, into, second, outcome, expected) in [
            (main, role, 130, refused(), "effective"),
            (main, role, 130, Outcome::Success, "disproven"),
            (main, role, 105, Outcome::Success, "nothing"),
            (main, role, 90, refused(), "nothing"),
            ("repo:acme/web:ref:refs/heads/main", role, 130, Outcome::Success, "nothing"),
            (main, "arn:aws:iam::111122223333:role/other", 130, Outcome::Success, "nothing"),
        ] {
            let mut event = event(second, "AssumeRoleWithWebIdentity", into);
            event.outcome = outcome;
            let binding = Binding {
                resolution: Resolution::Unknown,
                principal: Some(Principal::new("github", who)),
                credential: None,
                session: None,
                chain: Vec::new(),
            };
            assert_eq!(
                word(judge(&life, &event, &binding, SignedDuration::ZERO)),
                expected,
                "{who} {into} {second}"
            );
        }
    }

    #[test]
    fn one_ended_session_is_proven_by_itself_alone() {
        let role = "arn:aws:iam::111122223333:role/deploy";
        let run = "arn:aws:sts::111122223333:assumed-role/deploy/run-7";
        let session = |id: &str, issued| SessionRef { id: id.into(), issued, mfa: None };
        let mut life = step(ActionKind::RevokeSessions);
        life.step.target = Target::Credential {
            principal: Principal::new("aws", role),
            credential: CredentialRef::one_session("aws", &session(run, Some(at(50)))).unwrap(),
        };
        let denied = || Outcome::Refused { code: "x".into(), stage: RefusalStage::ExplicitDeny };
        for (id, issued, second, outcome, expected) in [
            (run, Some(50), 130, denied(), "effective"),
            (run, Some(50), 130, Outcome::Success, "disproven"),
            (run, Some(50), 105, Outcome::Success, "nothing"),
            (run, Some(50), 90, denied(), "nothing"),
            // The next one of that name, and an older one of another: neither was ended.
            (run, Some(60), 130, Outcome::Success, "nothing"),
            (run, None, 130, Outcome::Success, "nothing"),
            (&run.replace("run-7", "run-6"), Some(50), 130, Outcome::Success, "nothing"),
        ] {
            let mut event = event(second, "ListUsers", role);
            event.outcome = outcome;
            let binding = Binding {
                resolution: Resolution::Unknown,
                principal: Some(Principal::new("aws", role)),
                credential: Some(CredentialRef::new("aws", CredentialKind::SessionKey, "ASIA1")),
                session: Some(session(id, issued.map(at))),
                chain: Vec::new(),
            };
            let is = word(judge(&life, &event, &binding, SignedDuration::ZERO));
            assert_eq!(is, expected, "{id} {issued:?} {second}");
        }
    }

    #[test]
    fn a_clock_that_is_ahead_proves_nothing_sooner_and_disproves_as_before() {
        use ActionKind::DisableCredential;
        let ahead = SignedDuration::from_secs(300);
        for (second, outcome, expected) in [
            // Was made at 90 at the latest, before the step at 100.
            (390, "bad key", "nothing"),
            // At 400 at the latest, and how much earlier is not known.
            (699, "bad key", "nothing"),
            (700, "bad key", "effective"),
            (130, "ok", "disproven"),
            (130, "no permission", "disproven"),
        ] {
            let is = says_ahead(DisableCredential, second, "AKIA1", outcome, None, ahead);
            assert_eq!(is, expected, "{second} {outcome}");
        }
    }
}
