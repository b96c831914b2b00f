//! One of each noun, for the tests of this room.

use interlock_model::{
    ActionKind, ActionName, Approval, AuditFact, BlastRadius, Case, CaseId, CaseState, Confidence,
    ConnectorId, Consent, ContainmentId, Credential, CredentialKind, CredentialRef,
    CredentialStatus, Decision, DecisionId, Dependent, Digest, Discovered, DiscoveredCredential,
    Discovery, DiscoveryGap, DiscoveryRun, Drill, DrilledAction, Entitlement, Entry, Environment,
    EnvironmentBasis, Evidence, Fact, FailureClass, Finding, FindingId, FindingSource, Gate,
    Identity, IdentityId, IdentityKind, Inbound, Intent, InventoryItem, LineageEdge, LineageKind,
    Observation, Origin, OwnerId, Ownership, Place, Plan, PlanId, Principal, ProbedPermission,
    Provenance, Receipt, Rejected, Residual, Resolution, Reversal, RevocationMethod, RiskClass,
    RuleRef, SessionRef, Severity, Snapshot, Step, StepId, Target, Tier, Timestamp, Verdict,
};
use std::collections::BTreeMap;
use std::time::Duration;

/// A moment, so many seconds after the samples begin.
pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_760_000_000 + second).unwrap()
}

fn id<T: std::str::FromStr>(prefix: &str, number: u64) -> T
where
    T::Err: std::fmt::Debug,
{
    format!("{prefix}{number}").parse().unwrap()
}

pub(crate) fn identity_id(number: u64) -> IdentityId {
    id("idn_", number)
}
pub(crate) fn case_id(number: u64) -> CaseId {
    id("cas_", number)
}
pub(crate) fn finding_id(number: u64) -> FindingId {
    id("fnd_", number)
}
pub(crate) fn decision_id(number: u64) -> DecisionId {
    id("dec_", number)
}
pub(crate) fn containment_id(number: u64) -> ContainmentId {
    id("cnt_", number)
}
fn step_id(number: u64) -> StepId {
    id("stp_", number)
}

fn principal() -> Principal {
    Principal::new("aws", "arn:aws:iam::111122223333:user/ci-deploy")
}

fn credential() -> CredentialRef {
    CredentialRef::new("aws", CredentialKind::AccessKey, "AKIAIOSFODNN7EXAMPLE")
}

fn place(record: u64) -> Place {
    Place { file: "trail.json".into(), record }
}

fn dependent() -> Dependent {
    Dependent {
        name: "shop-frontend".to_owned(),
        basis: "declared".to_owned(),
        last_used: Some(at(-60)),
        production: true,
    }
}

pub(crate) fn identity(number: u64) -> Identity {
    Identity {
        id: identity_id(number),
        kind: IdentityKind::Pipeline,
        name: format!("ci-deploy-{number}"),
        environment: Environment::Production,
        environment_basis: EnvironmentBasis::Inferred(
            "account `111122223333` is declared production".to_owned(),
        ),
        owner: Ownership::Inferred {
            owner: id::<OwnerId>("own_", 1),
            from: "created by its pipeline".to_owned(),
            edge: Some(LineageKind::CreatedBy),
        },
        principals: vec![principal()],
        credentials: vec![Credential {
            reference: credential(),
            status: CredentialStatus::Active,
            issued: Some(at(-3600)),
            expires: None,
            last_used: Some(at(0)),
            session: None,
            revocation: Some(RevocationMethod {
                connector: ConnectorId("aws-prod".into()),
                action: ActionName("aws_iam.disable_access_key".into()),
                settle: Duration::from_secs(5),
                leaves: "sessions issued before".into(),
            }),
        }],
        entitlements: vec![Entitlement {
            grant: "deploy".to_owned(),
            scope: "*".to_owned(),
            through: "attached".to_owned(),
            risk: RiskClass::Admin,
        }],
        dependents: vec![dependent()],
        lineage: vec![LineageEdge {
            kind: LineageKind::DeployedBy,
            to: Principal::new("github", "repo:acme/shop:ref:refs/heads/main"),
            seen: Some(at(-7200)),
            shown_by: Some(id("evt_", 1)),
            declared: false,
        }],
        protected: false,
        provenance: Provenance::Derived,
        departed: None,
        canary: false,
    }
}

/// A finding at its number's second, about the identity of the same number modulo three.
pub(crate) fn finding(number: u64) -> Finding {
    Finding {
        id: finding_id(number),
        rule: RuleRef {
            id: if number.is_multiple_of(2) { "first_seen_origin" } else { "token_abuse" }.into(),
            name: "Seen from a new network".into(),
            source: FindingSource::Behaviour,
        },
        title: "a deploy key was used from a new network".to_owned(),
        confidence: Confidence::new(0.9),
        severity: Severity::High,
        techniques: vec!["T1078.004".into()],
        time: at(number.cast_signed()),
        last: at(number.cast_signed() + 1),
        resolution: Resolution::Undeclared { identity: identity_id(number % 3) },
        principal: Some(principal()),
        credential: Some(credential()),
        session: Some(SessionRef {
            id: "arn:aws:sts::111122223333:assumed-role/deploy/ci".into(),
            issued: Some(at(-10)),
            mfa: Some(false),
        }),
        chain: vec![principal()],
        origin: Origin {
            address: Some("203.0.113.9".parse().unwrap()),
            user_agent: Some("aws-cli/2".into()),
            ..Origin::default()
        },
        evidence: vec![place(number)],
        facts: vec![("network".to_owned(), "203.0.113.0/24".to_owned())],
        response: None,
        artefacts: Vec::new(),
        let_in: None,
    }
}

pub(crate) fn case(number: u64, findings: &[u64]) -> Case {
    Case {
        id: case_id(number),
        resolution: Resolution::Known { identity: identity_id(number % 3) },
        subject: "ci-deploy".to_owned(),
        findings: findings.iter().map(|it| finding(*it)).collect(),
        confidence: Confidence::new(0.95),
        opened: at(0),
        updated: at(number.cast_signed()),
        state: CaseState::Open,
    }
}

pub(crate) fn decision(number: u64, case: u64) -> Decision {
    Decision {
        id: decision_id(number),
        case: case_id(case),
        identity: Some(identity_id(case % 3)),
        verdict: Verdict::Ask,
        tier: Tier::Restrict,
        intents: vec![Intent {
            kind: ActionKind::DisableCredential,
            target: Target::Credential { principal: principal(), credential: credential() },
        }],
        consent: Consent::Owner,
        asked_as: None,
        hold_seconds: Some(259_200),
        reasons: vec!["two findings within a minute".to_owned()],
        policies: vec!["propose-restrict".to_owned()],
        playbook: Some("leaked-key".to_owned()),
        confidence: Confidence::new(0.95),
        blast_radius: BlastRadius::Production { dependents: vec![dependent()] },
        time: at(number.cast_signed()),
        inputs: Digest::of(b"inputs"),
    }
}

fn plan() -> Plan {
    let snapshot = |status: &str| Snapshot::of([("status", status.to_owned())]);
    let step = |number: u64, gate: Gate, reversal: Reversal| Step {
        id: step_id(number),
        connector: ConnectorId("aws-prod".into()),
        action: ActionName("aws_iam.disable_access_key".into()),
        kind: ActionKind::DisableCredential,
        target: Target::Principal { principal: principal() },
        before: snapshot("Active"),
        after: snapshot("Inactive"),
        reversal,
        gate,
        stops: interlock_model_stops(),
        settle_seconds: 5,
        summary: "disable the access key".to_owned(),
    };
    Plan {
        id: id::<PlanId>("pln_", 1),
        identity: identity_id(1),
        steps: vec![
            step(1, Gate::Now, Reversal::Restores { re_arms: true }),
            step(
                2,
                Gate::WhenUsed { issued_by: step_id(1), at_latest_seconds: Some(600) },
                Reversal::Compensates { loses: "the old key".to_owned() },
            ),
            step(
                3,
                Gate::After { step: step_id(2), seconds: 60 },
                Reversal::Final { why: "a deleted key is gone".to_owned() },
            ),
        ],
        residual: vec![residual()],
        breaks: vec![dependent()],
    }
}

fn interlock_model_stops() -> interlock_model::Stops {
    interlock_model::Stops { new: true, refresh: false, live: true }
}

fn residual() -> Residual {
    Residual { what: "sessions issued before".to_owned(), until: Some(at(3600)) }
}

/// One fact of every kind, in no order that could happen.
pub(crate) fn facts() -> Vec<Fact> {
    let step = step_id(1);
    vec![
        Fact::Requested { decision: decision_id(1), case: case_id(1), identity: identity_id(1) },
        Fact::Planned { plan: plan() },
        Fact::PlanFailed { why: "no such key".to_owned() },
        Fact::Answered {
            approval: Approval {
                plan: Digest::of(b"plan"),
                by: "mira".to_owned(),
                role: Consent::Owner,
                granted: true,
                time: at(1),
                expires: at(3601),
                note: Some("go".to_owned()),
            },
        },
        Fact::Intended { step: step.clone(), attempt: 1, run: "run-1".into() },
        Fact::Acknowledged {
            step: step.clone(),
            receipt: Receipt {
                request: Some("req-1".to_owned()),
                issued: Some(credential()),
                notes: BTreeMap::from([("version".to_owned(), "2".to_owned())]),
            },
        },
        Fact::Failed {
            step: step.clone(),
            class: FailureClass::OutcomeUnknown,
            why: "no answer".to_owned(),
        },
        Fact::Observed {
            step: step.clone(),
            observation: Observation::Holds {
                residual: vec![residual()],
                issued: Some(credential()),
            },
        },
        Fact::Observed {
            step: step.clone(),
            observation: Observation::DoesNotHold { seen: Snapshot::default() },
        },
        Fact::Observed {
            step: step.clone(),
            observation: Observation::CannotTell { why: "silence".to_owned() },
        },
        Fact::Shown { step: step.clone(), evidence: Evidence::Probe { how: "canary".to_owned() } },
        Fact::Shown { step: step.clone(), evidence: Evidence::RefusedUse { place: place(1) } },
        Fact::Shown { step: step.clone(), evidence: Evidence::Drill { time: at(1) } },
        Fact::Shown { step, evidence: Evidence::SuccessfulUse { place: place(2) } },
        Fact::WatchPassed,
        Fact::UndoAsked { by: "mira".to_owned(), plan: plan() },
        Fact::Held { why: "rights missing".to_owned() },
        Fact::Resumed { by: "mira".to_owned() },
        Fact::Stuck { why: "no way on".to_owned() },
        Fact::Closed { why: "rejected".to_owned() },
    ]
}

pub(crate) fn entry(containment: u64, sequence: u32) -> Entry {
    let facts = facts();
    let fact = facts[sequence as usize % facts.len()].clone();
    Entry {
        containment: containment_id(containment),
        sequence,
        time: at(i64::from(sequence)),
        fact,
    }
}

pub(crate) fn rejected(record: u64) -> Rejected {
    Rejected { place: place(record), why: "no event time".to_owned() }
}

pub(crate) fn drill(second: i64) -> Drill {
    Drill {
        connector: ConnectorId("aws-prod".into()),
        action: "disable_credential".to_owned(),
        time: at(second),
        effective: true,
        id: "keys".to_owned(),
        containment: Some(containment_id(1)),
        actions: vec![DrilledAction {
            connector: ConnectorId("aws-prod".into()),
            action: ActionName("aws_iam.disable_access_key".into()),
        }],
        refused_after: Some(1_250),
        restored: true,
        ended: Some(at(second + 5)),
        fault: None,
    }
}

pub(crate) fn item(number: u64) -> InventoryItem {
    InventoryItem {
        connector: ConnectorId("orders".into()),
        first: at(1),
        last: at(number.cast_signed()),
        seen: Discovered {
            also: vec![Principal::new("ad", "S-1-5-21-1-2-3-1104")],
            name: Some(format!("shop {number}")),
            kind: Some(IdentityKind::ServiceAccount),
            enabled: Some(true),
            created: Some(at(0)),
            last_used: Some(at(1)),
            labels: BTreeMap::from([("owner".to_owned(), "payments".to_owned())]),
            credentials: vec![DiscoveredCredential {
                reference: CredentialRef::new("postgresql", CredentialKind::Password, "shop"),
                enabled: Some(true),
                issued: Some(at(0)),
                expires: Some(at(9)),
                last_used: Some(at(1)),
            }],
            entitlements: identity(number).entitlements,
            lineage: vec![(LineageKind::CreatedBy, Principal::new("postgresql", "admin"))],
            ..Discovered::of(Principal::new("postgresql", &format!("shop{number}")))
        },
    }
}

pub(crate) fn discovery(number: u64) -> Discovery {
    let gap = DiscoveryGap {
        what: "passwords".to_owned(),
        why: "permission denied for table pg_authid".to_owned(),
        remedy: "GRANT SELECT ON pg_authid TO interlock".to_owned(),
    };
    let permission = |missing: Option<&str>| ProbedPermission {
        permission: "CREATEROLE".to_owned(),
        missing: missing.map(ToOwned::to_owned),
        not_known: None,
    };
    Discovery {
        running: Some(DiscoveryRun {
            started: at(2),
            from: Some("page 2".to_owned()),
            seen: number,
            gaps: vec![gap.clone()],
        }),
        last: Some(at(1)),
        seen: number,
        gaps: vec![gap],
        failed: Some("the server does not answer".to_owned()),
        permissions: vec![permission(None), permission(Some("ALTER ROLE interlock CREATEROLE"))],
        ..Discovery::never(ConnectorId("orders".into()))
    }
}

pub(crate) fn audit(number: u64) -> AuditFact {
    AuditFact {
        what: "decision.made".to_owned(),
        by: "interlock".to_owned(),
        about: BTreeMap::from([("case".to_owned(), case_id(number).to_string())]),
        text: format!("decision \"{number}\" fell – ask the owner"),
        object: number.is_multiple_of(2).then(|| Digest::of(b"decision")),
    }
}

pub(crate) fn inbound(record: u64) -> Inbound {
    Inbound {
        position: 0,
        file: "http".into(),
        record,
        alert: record >= 200,
        text: format!("{{\"record\":{record}}}").into(),
    }
}
