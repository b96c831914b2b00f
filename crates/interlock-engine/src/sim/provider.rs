//! A toy provider: keys that are active or not, users that are denied or not.

use interlock_contain::{
    Access, ActionSpec, CallError, ConnectorSpec, Left, ReversalSpec, Role, TargetKind, Wanted,
};
use interlock_model::{
    ActionKind, ActionName, CredentialKind, Gate, Observation, Operation, Receipt, Snapshot, Step,
    Stops,
};
use std::collections::BTreeMap;
use std::time::Duration;

const fn spec(name: &'static str, kind: ActionKind, target: TargetKind) -> ActionSpec {
    ActionSpec {
        name,
        kind,
        role: Role::Whole,
        target,
        summary: "toy",
        reversal: ReversalSpec::Restores { re_arms: false },
        stops: Stops { new: true, refresh: true, live: true },
        settle: Duration::from_secs(2),
        leaves: "",
        leaves_at_most: None,
        beyond: &[],
        reads: &[Operation("toy:Get")],
        write: Operation("toy:Set"),
        restore: None,
        delivery: None,
        traps: &[],
        source: "a toy",
    }
}

static DISABLE: ActionSpec = spec(
    "toy.disable_key",
    ActionKind::DisableCredential,
    TargetKind::Credential("aws", CredentialKind::AccessKey),
);
static QUARANTINE: ActionSpec =
    spec("toy.quarantine", ActionKind::Quarantine, TargetKind::Principal("aws", &["*"]));
const SPEC_OF_KEYS: ConnectorSpec = ConnectorSpec {
    kind: "toy",
    provider: "aws",
    title: "a toy",
    outer: "the wall of the simulator",
    discovery: None,
    actions: &[&DISABLE, &QUARANTINE],
};
pub(super) static SPEC: ConnectorSpec = SPEC_OF_KEYS;

static BLOCK: ActionSpec =
    spec("toy.block", ActionKind::BlockPrincipal, TargetKind::Principal("aws", &["*:role/*"]));
const REVOKE_ALL: ActionSpec = ActionSpec {
    stops: Stops { new: false, refresh: false, live: true },
    ..spec("toy.revoke", ActionKind::RevokeSessions, TargetKind::Principal("aws", &["*:role/*"]))
};
static REVOKE: ActionSpec = REVOKE_ALL;
static CLOSE_WAY: ActionSpec = ActionSpec {
    stops: Stops { new: true, refresh: true, live: false },
    leaves: "sessions that are open",
    beyond: &[Left { what: "others whom the role trusts", at_most: None }],
    ..spec(
        "toy.close_way",
        ActionKind::DisableCredential,
        TargetKind::CredentialNamed("aws", CredentialKind::Token, &["web-identity/*:*"]),
    )
};
/// The same for roles, which have ways in and no keys.
pub(super) static ROLES: ConnectorSpec =
    ConnectorSpec { actions: &[&BLOCK, &CLOSE_WAY, &QUARANTINE, &REVOKE], ..SPEC_OF_KEYS };

static END_ONE: ActionSpec = ActionSpec {
    leaves: "whoever opened it may open the next",
    beyond: &[Left { what: "other sessions of the role", at_most: None }],
    target: TargetKind::CredentialNamed("aws", CredentialKind::SessionKey, &["session/*"]),
    name: "toy.end_session",
    ..REVOKE_ALL
};
/// The same, where one session can be ended alone.
pub(super) static SESSIONS: ConnectorSpec = ConnectorSpec {
    actions: &[&BLOCK, &CLOSE_WAY, &END_ONE, &QUARANTINE, &REVOKE],
    ..SPEC_OF_KEYS
};

#[derive(Debug, Default)]
pub(super) struct Provider {
    pub(super) state: BTreeMap<String, String>,
    pub(super) writes: Vec<String>,
    /// What is closed is let in all the same.
    pub(super) lies: bool,
    /// No way into a role, and no session of it, is one that it knows.
    pub(super) knows_no_way: bool,
}

fn key(step_target: &interlock_model::Target) -> String {
    step_target
        .credential()
        .map_or_else(|| step_target.principal().name.to_string(), |it| it.id().to_owned())
}

impl Provider {
    fn snapshot(&self, key: &str) -> Snapshot {
        let state = self.state.get(key).cloned().unwrap_or_else(|| "open".to_owned());
        Snapshot::of([("state", state)])
    }

    pub(super) fn plan(&self, wanted: &Wanted, lost: bool) -> Result<Step, CallError> {
        if lost {
            return Err(CallError::Retry { after: Duration::ZERO, why: "lost".to_owned() });
        }
        let key = key(&wanted.intent.target);
        if self.knows_no_way
            && wanted.intent.target.credential().is_some_and(|it| it.is_only_aimed_at())
        {
            return Err(CallError::Unsupported { why: format!("`{key}` is not known") });
        }
        Ok(Step {
            id: wanted.id.clone(),
            connector: wanted.connector.clone(),
            action: ActionName(wanted.action.name.into()),
            kind: wanted.action.kind,
            target: wanted.intent.target.clone(),
            before: self.snapshot(&key),
            after: Snapshot::of([("state", "closed".to_owned())]),
            reversal: wanted.action.reversal.to_model(),
            gate: Gate::Now,
            stops: wanted.action.stops,
            settle_seconds: 2,
            summary: format!("close {key}"),
        })
    }

    pub(super) fn execute(
        &mut self,
        step: &Step,
        lost: bool,
        silent: bool,
    ) -> Result<Receipt, CallError> {
        let unknown = || CallError::OutcomeUnknown { why: "lost".to_owned() };
        if lost {
            return Err(unknown());
        }
        let key = key(&step.target);
        let seen = self.snapshot(&key);
        if seen != step.after {
            if seen != step.before {
                return Err(CallError::Drifted { expected: step.before.clone(), seen });
            }
            let state = step.after.get("state").unwrap().to_owned();
            self.writes.push(format!("{key}={state}"));
            self.state.insert(key, state);
        }
        if silent { Err(unknown()) } else { Ok(Receipt::default()) }
    }

    pub(super) fn try_key(&self, key: &str) -> Access {
        if self.snapshot(key).get("state") == Some("closed") && !self.lies {
            return Access::Refused { how: "it is closed".to_owned() };
        }
        Access::Accepted
    }

    pub(super) fn verify(&self, step: &Step) -> Observation {
        let seen = self.snapshot(&key(&step.target));
        if seen == step.after {
            Observation::Holds { residual: Vec::new(), issued: None }
        } else {
            Observation::DoesNotHold { seen }
        }
    }
}
