//! Refuses every token of a client that was issued until the moment of the write.
//!
//! The stamp is the moment of the write, not of the plan: an approval may take an hour, and tokens that
//! were issued meanwhile are meant too. So the wanted state names the step that revoked, not the time.

use super::shared::{Shared, client_of, drifted, field, holds, moment, probe, success, unread};
use crate::broker::operation as op;
use crate::broker::state::{Client, Revocation, State, token_ref};
use interlock_contain::{
    Action, ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WriteCx,
};
use interlock_model::{
    ActionKind, Evidence, Intent, Observation, Receipt, Residual, Snapshot, Step, StepId, Stops,
    Timestamp,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "broker.revoke_tokens",
    kind: ActionKind::RevokeSessions,
    role: Role::Whole,
    target: TargetKind::Principal("broker", &["*"]),
    summary: "refuses every token of a client that was issued until now",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: false, refresh: false, live: true },
    settle: Duration::ZERO,
    leaves: "keys of the client, which are exchanged for new tokens",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::GET_CLIENT, op::LIST_KEYS, op::INTROSPECT_TOKEN],
    write: op::SET_REVOCATION,
    restore: None,
    delivery: None,
    traps: &[
        "a client that still has a key gets a new token at once: block issuance first",
        "the undo makes tokens valid again whose own end has not come",
        "resources that keep answers of the introspection go on accepting tokens as long as they keep them",
    ],
    source: super::shared::SOURCE,
};

/// The action.
#[derive(Debug)]
pub(crate) struct RevokeTokens {
    /// The broker and the instance's name.
    pub shared: Arc<Shared>,
}

fn state(revocation: Option<&Revocation>) -> Snapshot {
    revocation.map_or_else(Snapshot::default, |it| {
        Snapshot::of([("not_before", it.not_before.to_string()), ("revoked_by", it.by.clone())])
    })
}

/// Two states are the same when the same step revoked last.
fn alike(one: &Snapshot, other: &Snapshot) -> bool {
    one.get("revoked_by") == other.get("revoked_by")
}

/// What the broker says of the tokens that were issued until a moment.
enum Tried {
    Live,
    Refused(Option<String>),
}

fn try_all(state: &State, client: &str, until: Timestamp, now: Timestamp) -> Tried {
    let mut newest = None;
    for (id, token) in &state.tokens {
        if token.client != client || token.issued > until {
            continue;
        }
        if state.refuses(token, now).is_none() {
            return Tried::Live;
        }
        newest = newest.max(Some((token.issued, id)));
    }
    Tried::Refused(newest.map(|(_, id)| id.clone()))
}

impl RevokeTokens {
    async fn look(&self, cx: &ReadCx<'_>, name: &str) -> Result<Client, CallError> {
        self.shared.hand.client(cx.read(op::GET_CLIENT)?, name).await
    }

    async fn observe(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Observation, CallError> {
        let name = client_of(&step.target)?;
        let client = self.look(cx, &name).await?;
        let seen = state(client.revocation.as_ref());
        if !alike(&seen, &step.after) {
            return Ok(Observation::DoesNotHold { seen });
        }
        if step.kind == ActionKind::Restore || client.blocked {
            return Ok(holds(None));
        }
        let holdings = self.shared.hand.holdings(cx.read(op::LIST_KEYS)?, &name).await?;
        let armed = holdings.keys.iter().any(|(_, it)| it.active);
        Ok(holds(armed.then(|| Residual { what: SPEC.leaves.to_owned(), until: None })))
    }

    /// Introspects every token issued until the stamp.
    async fn introspect(
        &self,
        cx: &ReadCx<'_>,
        step: &Step,
    ) -> Result<Option<Evidence>, CallError> {
        let name = client_of(&step.target)?;
        let Some(revocation) = self.look(cx, &name).await?.revocation else { return Ok(None) };
        let (until, now, client) = (revocation.not_before, cx.now(), name.clone());
        let pass = cx.read(op::INTROSPECT_TOKEN)?;
        let look = move |state: &State| try_all(state, &client, until, now);
        Ok(Some(match self.shared.hand.tokens(pass, look).await? {
            Tried::Live => success(),
            Tried::Refused(Some(id)) => probe(format!(
                "introspection refuses `{}`, the newest token of `{name}` issued until {until}",
                token_ref(&id)
            )),
            Tried::Refused(None) => {
                probe(format!("no token of `{name}` issued until {until} is left to be accepted"))
            }
        }))
    }
}

#[async_trait::async_trait]
impl Action for RevokeTokens {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let name = client_of(&intent.target)?;
        let before = state(self.look(cx, &name).await?.revocation.as_ref());
        let after = if before.get("revoked_by") == Some(id.as_str()) {
            before.clone()
        } else {
            Snapshot::of([("revoked_by", id.to_string())])
        };
        let summary = format!("refuse every token of client `{name}` issued until the write");
        Ok(self.shared.step(&SPEC, id, intent, (before, after), summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let name = client_of(&step.target)?;
        let seen = state(self.look(cx.reading(), &name).await?.revocation.as_ref());
        if alike(&seen, &step.after) {
            return Ok(Receipt::default());
        }
        if !alike(&seen, &step.before) {
            return Err(drifted(step, seen));
        }
        let wanted = if step.kind == ActionKind::Restore {
            match step.after.get("revoked_by") {
                Some(by) => {
                    let not_before = moment(field(&step.after, "not_before")?)?;
                    Some(Revocation { not_before, by: by.to_owned() })
                }
                None => None,
            }
        } else {
            let by = field(&step.after, "revoked_by")?.to_owned();
            Some(Revocation { not_before: cx.reading().now(), by })
        };
        let not_before = wanted.as_ref().map(|it| it.not_before.to_string());
        let pass = cx.write(op::SET_REVOCATION)?;
        self.shared.hand.set_revocation(pass, &name, wanted).await?;
        let notes: BTreeMap<_, _> =
            not_before.map(|it| ("not_before".to_owned(), it)).into_iter().collect();
        Ok(Receipt { notes, ..Receipt::default() })
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        self.observe(cx, step).await.unwrap_or_else(|error| unread(step, &error))
    }

    async fn probe(&self, cx: &ReadCx<'_>, step: &Step) -> Option<Evidence> {
        if step.kind == ActionKind::Restore {
            return None;
        }
        self.introspect(cx, step).await.ok().flatten()
    }
}
