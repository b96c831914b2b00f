//! What every action here starts from: the way into the broker, and the same few questions.

use crate::broker::desk::Hand;
use crate::broker::operation as op;
use crate::broker::state::{Key, Token, key_ref};
use crate::delivery::Deliveries;
use interlock_contain::{ActionSpec, CallError, ReadCx};
use interlock_model::{
    ActionKind, ActionName, ConnectorId, CredentialKind, Evidence, Gate, Intent, Observation,
    Place, Residual, Snapshot, Step, StepId, Target, Timestamp,
};

/// Where the claims of the specs rest: this broker decides in this process, from this state.
pub(crate) const SOURCE: &str = "crates/interlock-connect/src/broker/README.md, \"Settle times\": measured by the broker's own tests";

/// What the actions of one connector instance share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// The instance's name.
    pub id: ConnectorId,
    /// The broker.
    pub hand: Hand,
    /// Where clients find their key instead of in a file.
    pub deliveries: Deliveries,
}

/// A client and one of its keys, by name and id.
pub(crate) struct ClientKey {
    /// The client.
    pub client: String,
    /// The key's id.
    pub key: String,
}

/// The client that a target names.
pub(crate) fn client_of(target: &Target) -> Result<String, CallError> {
    let principal = target.principal();
    if &*principal.provider == "broker" {
        return Ok(principal.name.to_string());
    }
    Err(CallError::Unsupported { why: format!("`{principal}` is not a client of the broker") })
}

/// The key that a target names, and its client.
pub(crate) fn key_of(target: &Target) -> Result<ClientKey, CallError> {
    let client = client_of(target)?;
    let key = target
        .credential()
        .filter(|it| it.provider() == "broker" && it.kind() == Some(CredentialKind::AccessKey));
    match key {
        Some(key) => Ok(ClientKey { client, key: key.id().to_owned() }),
        None => Err(CallError::Unsupported { why: format!("{target} is not a key of the broker") }),
    }
}

impl Shared {
    /// One key of a client; `None` when the client has no such key.
    pub(crate) async fn key(
        &self,
        cx: &ReadCx<'_>,
        of: &ClientKey,
    ) -> Result<Option<Key>, CallError> {
        let holdings = self.hand.holdings(cx.read(op::LIST_KEYS)?, &of.client).await?;
        Ok(holdings.keys.into_iter().find(|(id, _)| *id == of.key).map(|(_, it)| it))
    }

    /// The step from one state to another.
    pub(crate) fn step(
        &self,
        spec: &ActionSpec,
        id: StepId,
        intent: &Intent,
        (before, after): (Snapshot, Snapshot),
        summary: String,
    ) -> Step {
        Step {
            id,
            connector: self.id.clone(),
            action: ActionName(spec.name.into()),
            kind: spec.kind,
            target: intent.target.clone(),
            before,
            after,
            reversal: spec.reversal.to_model(),
            gate: Gate::Now,
            stops: spec.stops,
            settle_seconds: spec.settle.as_secs(),
            summary,
        }
    }

    /// The wanted state is there; what stays alive are the live ones of these tokens.
    pub(crate) async fn holds_but_tokens(
        &self,
        spec: &ActionSpec,
        cx: &ReadCx<'_>,
        step: &Step,
        of: impl Fn(&Token) -> bool + Send + 'static,
    ) -> Result<Observation, CallError> {
        if step.kind == ActionKind::Restore {
            return Ok(holds(None));
        }
        let now = cx.now();
        let pass = cx.read(op::INTROSPECT_TOKEN)?;
        let until = self.hand.tokens(pass, move |state| state.live_until(now, &of)).await?;
        Ok(holds(until.map(|it| Residual { what: spec.leaves.to_owned(), until: Some(it) })))
    }

    /// Tries an exchange for this key, as the door would.
    pub(crate) async fn try_exchange(&self, cx: &ReadCx<'_>, key: &str) -> Option<Evidence> {
        let pass = cx.read(op::TRY_EXCHANGE).ok()?;
        Some(match self.hand.refused(pass, key).await.ok()? {
            Some(why) => probe(format!("an exchange for `{}` is refused: {why}", key_ref(key))),
            None => success(),
        })
    }
}

/// The wanted state is there; this is what stays alive all the same.
pub(crate) fn holds(residual: Option<Residual>) -> Observation {
    Observation::Holds { residual: residual.into_iter().collect(), issued: None }
}

/// Whether the state that a step wants is there already.
pub(crate) fn already(step: &Step, seen: &Snapshot) -> Result<bool, CallError> {
    if *seen == step.after {
        return Ok(true);
    }
    if *seen == step.before {
        return Ok(false);
    }
    Err(drifted(step, seen.clone()))
}

/// The state is neither the one before nor the one wanted.
pub(crate) fn drifted(step: &Step, seen: Snapshot) -> CallError {
    CallError::Drifted { expected: step.before.clone(), seen }
}

/// What is to be said when the state could not be read. What is gone is as useless as wanted.
pub(crate) fn unread(step: &Step, error: &CallError) -> Observation {
    match error {
        CallError::NotFound { .. } if step.kind == ActionKind::Restore => {
            Observation::DoesNotHold { seen: Snapshot::default() }
        }
        CallError::NotFound { .. } => holds(None),
        CallError::Retry { .. }
        | CallError::OutcomeUnknown { .. }
        | CallError::Drifted { .. }
        | CallError::Denied { .. }
        | CallError::Unsupported { .. }
        | CallError::Invalid { .. } => Observation::CannotTell { why: error.to_string() },
    }
}

/// Access was refused to a credential that the house holds.
pub(crate) const fn probe(how: String) -> Evidence {
    Evidence::Probe { how }
}

/// Access was granted.
pub(crate) fn success() -> Evidence {
    Evidence::SuccessfulUse { place: Place { file: "broker".into(), record: 0 } }
}

/// A value that the step's state must name.
pub(crate) fn field<'a>(snapshot: &'a Snapshot, name: &str) -> Result<&'a str, CallError> {
    snapshot
        .get(name)
        .ok_or_else(|| CallError::Invalid { why: format!("the step's state names no `{name}`") })
}

/// A moment that the step's state names.
pub(crate) fn moment(text: &str) -> Result<Timestamp, CallError> {
    text.parse().map_err(|_| CallError::Invalid { why: format!("`{text}` is not a moment") })
}
