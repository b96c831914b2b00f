//! Makes a second key for a client and delivers it: the first part of a rotation.
//!
//! The secret is in hand only between the two writes. If the process dies between making and delivering,
//! the key whose secret nobody has is deleted and a new one is made: never reused.

use super::shared::{ClientKey, Shared, drifted, field, holds, key_of};
use crate::broker::desk::Whither;
use crate::broker::operation as op;
use crate::broker::state::{KEYS_EACH, key_ref};
use crate::delivery::Leave;
use interlock_contain::{
    Action, ActionSpec, CallError, Delivery, ReadCx, ReversalSpec, Role, TargetKind, WriteCx,
};
use interlock_model::{
    ActionKind, CredentialKind, DigestBuilder, Intent, Observation, Principal, Receipt, Reversal,
    Snapshot, Step, StepId, Stops,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "broker.issue_key",
    kind: ActionKind::RotateCredential,
    role: Role::Issue,
    target: TargetKind::Credential("broker", CredentialKind::AccessKey),
    summary: "makes a second key and puts it into the client's delivery file",
    reversal: ReversalSpec::Restores { re_arms: false },
    stops: Stops { new: false, refresh: false, live: false },
    settle: Duration::ZERO,
    leaves: "",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::LIST_KEYS, op::GET_DELIVERY],
    write: op::CREATE_KEY,
    restore: Some(op::DELETE_KEY),
    delivery: Some(Delivery { operation: op::PUT_DELIVERY }),
    traps: &[
        "the client needs a delivery file, and its workload must read it again when an exchange is refused",
        "the former file is kept beside it as `<name>.former` until its key is deleted, so that undo can put it back; an older one makes room",
        "the undo puts the former file back before it deletes the new key, so that readers are never without one",
    ],
    source: super::shared::SOURCE,
};

/// The action.
#[derive(Debug)]
pub(crate) struct IssueKey {
    /// The broker and the instance's name.
    pub shared: Arc<Shared>,
}

/// What is there, seen from one delivery.
struct Seen {
    /// The keys but the one made for this delivery, and what the delivery file names.
    snapshot: Snapshot,
    /// The key that was made for this delivery, delivered or not.
    made: Option<String>,
    /// Whether the delivery file names it.
    delivered: bool,
    /// The keys but the one made for this delivery.
    others: BTreeSet<String>,
    /// Where the key goes.
    whither: Whither,
}

/// The mark of what a step delivers. The same step gives the same mark.
fn mark_of(step: &StepId) -> String {
    DigestBuilder::new("interlock/broker/delivery").text(step.as_str()).finish().short()
}

/// The keys that a snapshot lists.
fn keys_in(snapshot: &Snapshot) -> BTreeSet<String> {
    let keys = snapshot.get("keys").unwrap_or_default();
    keys.split(',').filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

/// Where the key goes, for people.
fn named(whither: &Whither) -> String {
    match whither {
        Whither::File(path) => format!("`{}`", path.display()),
        Whither::Place(place) => place.name(),
    }
}

impl IssueKey {
    async fn look(&self, cx: &ReadCx<'_>, client: &str, mark: &str) -> Result<Seen, CallError> {
        let hand = &self.shared.hand;
        let holdings = hand.holdings(cx.read(op::LIST_KEYS)?, client).await?;
        let whither = match self.shared.deliveries.of(&Principal::new("broker", client))? {
            Some(place) => Whither::Place(place),
            None => Whither::File(holdings.delivery.ok_or_else(|| CallError::Unsupported {
                why: format!(
                    "client `{client}` has no delivery file: configure one to rotate its keys"
                ),
            })?),
        };
        let named = hand.delivered(cx.read(op::GET_DELIVERY)?, &whither).await?;
        let ours = |it: &(String, crate::broker::state::Key)| it.1.mark.as_deref() == Some(mark);
        let made = holdings.keys.iter().find(|it| ours(it)).map(|it| it.0.clone());
        let others: BTreeSet<String> =
            holdings.keys.iter().filter(|it| !ours(it)).map(|it| it.0.clone()).collect();
        let delivered = named
            .as_ref()
            .is_some_and(|it| it.content == mark && it.key.is_some() && it.key == made);
        let list: Vec<&str> = others.iter().map(String::as_str).collect();
        let mut snapshot =
            Snapshot::of([("delivery", whither.to_string()), ("keys", list.join(","))]);
        if let Some(named) = named {
            snapshot.0.insert("current".to_owned(), named.content);
        }
        if delivered {
            snapshot.0.insert("issued".to_owned(), mark.to_owned());
        }
        Ok(Seen { snapshot, made, delivered, others, whither })
    }

    async fn issue(
        &self,
        cx: WriteCx<'_>,
        step: &Step,
        of: &ClientKey,
    ) -> Result<Receipt, CallError> {
        let mark = field(&step.after, "issued")?;
        let seen = self.look(cx.reading(), &of.client, mark).await?;
        if seen.snapshot == step.after {
            let issued = seen.made.as_deref().map(key_ref);
            return Ok(Receipt { issued, ..Receipt::default() });
        }
        if seen.snapshot != step.before {
            return Err(drifted(step, seen.snapshot));
        }
        let hand = &self.shared.hand;
        if let Some(orphan) = seen.made {
            let pass = cx.write(op::DELETE_KEY)?;
            hand.delete_key(pass, &orphan).await?;
            let why = format!("key `{orphan}` was made but never delivered and is deleted");
            return Err(CallError::Retry { after: Duration::from_secs(1), why });
        }
        let now = cx.reading().now();
        let pass = cx.write(op::CREATE_KEY)?;
        let leave = Leave::of(&pass, op::PUT_DELIVERY)?;
        let key = hand.create_key(pass, &of.client, mark, now).await?;
        let issued = Some(key.id.clone());
        let from = step.before.get("current");
        hand.deliver(leave, seen.whither, from, key, mark).await.map_err(half_done)?;
        let notes =
            BTreeMap::from([("delivery".to_owned(), field(&step.after, "delivery")?.to_owned())]);
        Ok(Receipt { issued, notes, ..Receipt::default() })
    }

    async fn take_back(
        &self,
        cx: WriteCx<'_>,
        step: &Step,
        of: &ClientKey,
    ) -> Result<Receipt, CallError> {
        let mark = field(&step.before, "issued")?;
        let seen = self.look(cx.reading(), &of.client, mark).await?;
        if seen.others != keys_in(&step.after) {
            return Err(drifted(step, seen.snapshot));
        }
        let (current, former) = (seen.snapshot.get("current"), step.after.get("current"));
        let put_back = current == Some(mark);
        if !put_back && current != former {
            return Err(drifted(step, seen.snapshot));
        }
        if !put_back && seen.made.is_none() {
            return Ok(Receipt::default());
        }
        let hand = &self.shared.hand;
        let pass = cx.write(op::DELETE_KEY)?;
        if put_back {
            let leave = Leave::of(&pass, op::PUT_DELIVERY)?;
            hand.put_back(leave, seen.whither, mark, former.map(str::to_owned)).await?;
        }
        if let Some(key) = seen.made {
            let deleted = hand.delete_key(pass, &key).await;
            deleted.map_err(|it| if put_back { half_done(it) } else { it })?;
        }
        Ok(Receipt::default())
    }

    async fn observe(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Observation, CallError> {
        let of = key_of(&step.target)?;
        if step.kind == ActionKind::Restore {
            let seen = self.look(cx, &of.client, field(&step.before, "issued")?).await?;
            if seen.made.is_none() && seen.snapshot == step.after {
                return Ok(holds(None));
            }
            return Ok(Observation::DoesNotHold { seen: seen.snapshot });
        }
        let seen = self.look(cx, &of.client, field(&step.after, "issued")?).await?;
        // Which old keys are left is the business of later steps of the rotation.
        let Some(key) = seen.made.filter(|_| seen.delivered) else {
            return Ok(Observation::DoesNotHold { seen: seen.snapshot });
        };
        Ok(Observation::Holds { residual: Vec::new(), issued: Some(key_ref(&key)) })
    }
}

/// The first of two writes was made, so it is not true that nothing changed: read back first.
fn half_done(error: CallError) -> CallError {
    match error {
        CallError::Retry { why, .. } => CallError::OutcomeUnknown { why },
        CallError::NotFound { what } => {
            CallError::OutcomeUnknown { why: format!("{what} is not there") }
        }
        other @ (CallError::OutcomeUnknown { .. }
        | CallError::Drifted { .. }
        | CallError::Denied { .. }
        | CallError::Unsupported { .. }
        | CallError::Invalid { .. }) => other,
    }
}

#[async_trait::async_trait]
impl Action for IssueKey {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let of = key_of(&intent.target)?;
        let mark = mark_of(&id);
        let seen = self.look(cx, &of.client, &mark).await?;
        let whither = seen.whither;
        let mut after = seen.snapshot.clone();
        after.0.insert("current".to_owned(), mark.clone());
        after.0.insert("issued".to_owned(), mark);
        if seen.snapshot != after {
            if !seen.others.contains(&of.key) {
                return Err(CallError::NotFound { what: intent.target.to_string() });
            }
            if seen.others.len() >= KEYS_EACH {
                let why = format!(
                    "client `{}` has all the {KEYS_EACH} keys it may have: delete one first",
                    of.client
                );
                return Err(CallError::Unsupported { why });
            }
        }
        let summary = format!(
            "make a new key for client `{}` and deliver it to {}",
            of.client,
            named(&whither)
        );
        let mut step = self.shared.step(&SPEC, id, intent, (seen.snapshot, after), summary);
        if let Whither::Place(place) = &whither
            && !place.restores()
        {
            let why =
                format!("what stood at {} before cannot be read, so not put back", place.name());
            step.reversal = Reversal::Final { why };
        }
        Ok(step)
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let of = key_of(&step.target)?;
        if step.kind == ActionKind::Restore {
            self.take_back(cx, step, &of).await
        } else {
            self.issue(cx, step, &of).await
        }
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        self.observe(cx, step)
            .await
            .unwrap_or_else(|error| Observation::CannotTell { why: error.to_string() })
    }
}
