//! Issues a credential beside the old one and delivers it: the first part of a rotation, for every
//! provider that lets several credentials live at once.
//!
//! The secret is in hand only between the two writes. If the process dies between making and delivering,
//! the credential whose secret nobody has is deleted and a new one is made: never reused.

use super::{Deliveries, Leave, Parcel, Place, Standing};
use crate::Secret;
use interlock_contain::{
    Action, ActionSpec, CallError, Delivery, ReadCx, TargetKind, WriteCx, WritePass,
};
use interlock_model::{
    ActionKind, ActionName, ConnectorId, CredentialRef, DigestBuilder, Evidence, Gate, Intent,
    Observation, Operation, Receipt, Reversal, Snapshot, Step, StepId, Target, Timestamp,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

/// Puts a credential where its workload reads it.
pub const PUT: Operation = Operation("delivery:Put");
/// What a spec says of it.
pub(crate) const DELIVERY: Option<Delivery> = Some(Delivery { operation: PUT });

/// Where one sort of credential is made.
#[async_trait::async_trait]
pub(crate) trait Issuer: Send + Sync + Debug {
    /// What it declares.
    fn spec(&self) -> &'static ActionSpec;

    /// What is there beside the target, which must be there itself where nothing was planned.
    ///
    /// `step` is what was planned before, and says where to look when the target is gone.
    async fn holds(
        &self,
        cx: &ReadCx<'_>,
        target: &Target,
        step: Option<&Step>,
    ) -> Result<Holds, CallError>;

    /// Makes one more, labelled where that can be.
    async fn make(&self, pass: WritePass, order: &Order<'_>) -> Result<Made, CallError>;

    /// Takes away what was made.
    async fn unmake(&self, pass: WritePass, of: &Holds, id: &str) -> Result<(), CallError>;
}

/// What a workload has.
#[derive(Debug, Clone, Default)]
pub(crate) struct Holds {
    /// The workload, for people.
    pub shown: String,
    /// What has the credentials, where that is not the target's principal.
    pub on: String,
    /// The ids of its credentials, with their labels where the provider has such.
    pub all: BTreeMap<String, Option<String>>,
    /// What the provider calls each in its paths, where that is not the id.
    pub called: BTreeMap<String, String>,
    /// Those that the provider itself shows in use, where it keeps that.
    pub used: BTreeSet<String>,
    /// Whether the provider keeps a label; without, what we left behind is known by elimination.
    pub labelled: bool,
    /// How many it can have at once.
    pub most: Option<usize>,
    /// The target's own lifetime and rights, in the issuer's words.
    pub like: Snapshot,
}

/// One credential to make.
#[derive(Debug)]
pub(crate) struct Order<'a> {
    /// Beside what.
    pub of: &'a Holds,
    /// Whose.
    pub target: &'a Target,
    /// The label.
    pub mark: &'a str,
    /// The time.
    pub now: Timestamp,
}

/// A credential that was made.
#[derive(Debug)]
pub(crate) struct Made {
    /// Its id.
    pub id: String,
    /// Itself.
    pub secret: Secret,
}

/// An issuer as an action.
#[derive(Debug)]
pub(crate) struct Issue<I> {
    /// The instance's name.
    pub id: ConnectorId,
    /// The settle time, instead of the spec's.
    pub settle: Option<Duration>,
    /// Where workloads find their credentials.
    pub deliveries: Deliveries,
    /// What makes them.
    pub issuer: I,
}

/// What is there, seen from one delivery.
struct Seen {
    /// The credentials but the one made for this delivery, and what stands at the place.
    snapshot: Snapshot,
    /// The one that was made for this delivery and delivered.
    delivered: Option<String>,
    /// One that was made for it and not delivered.
    orphan: Option<String>,
    /// The credentials but those.
    others: BTreeSet<String>,
    /// Where they are.
    holds: Holds,
    /// Where the credential goes.
    place: Arc<dyn Place>,
}

/// The mark of what a step delivers. The same step gives the same mark.
fn mark_of(step: &StepId) -> String {
    let mark = DigestBuilder::new("interlock/delivery/issue").text(step.as_str()).finish();
    format!("interlock-{}", mark.short())
}

/// Before the names of what the new one is to be like.
const LIKE: &str = "like_";

fn likes(of: &Snapshot) -> impl Iterator<Item = (&str, &String)> {
    of.0.iter().filter_map(|(name, value)| Some((name.strip_prefix(LIKE)?, value)))
}

fn ids_in(snapshot: &Snapshot) -> BTreeSet<String> {
    let ids = snapshot.get("credentials").unwrap_or_default();
    ids.split(',').filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

fn field<'a>(snapshot: &'a Snapshot, name: &str) -> Result<&'a str, CallError> {
    snapshot
        .get(name)
        .ok_or_else(|| CallError::Invalid { why: format!("the step's state names no `{name}`") })
}

fn drifted(step: &Step, seen: Snapshot) -> CallError {
    CallError::Drifted { expected: step.before.clone(), seen }
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

impl<I: Issuer> Issue<I> {
    fn reference(&self, id: &str) -> Option<CredentialRef> {
        match self.issuer.spec().target {
            TargetKind::Credential(provider, kind)
            | TargetKind::CredentialNamed(provider, kind, _) => {
                Some(CredentialRef::new(provider, kind, id))
            }
            TargetKind::Principal(..) => None,
        }
    }

    /// What takes away again; some providers call it the same.
    fn unmaking(&self) -> Operation {
        self.issuer.spec().restore.unwrap_or(self.issuer.spec().write)
    }

    async fn look(
        &self,
        cx: &ReadCx<'_>,
        target: &Target,
        step: Option<&Step>,
        (mark, known): (&str, Option<&BTreeSet<String>>),
    ) -> Result<Seen, CallError> {
        let mut holds = self.issuer.holds(cx, target, step).await?;
        if let Some(step) = step {
            // The old one may be gone by now: what the new one is to be like was seen before.
            holds.like = Snapshot(
                likes(&step.before).map(|(name, it)| (name.to_owned(), it.clone())).collect(),
            );
        }
        let principal = target.principal();
        let place = self.deliveries.of(principal)?.ok_or_else(|| CallError::Unsupported {
            why: format!(
                "no `[[delivery]]` names `{principal}`: say where it reads its credential, then rotate"
            ),
        })?;
        let Standing { content, key } = place.look().await?;
        let ours = content.as_deref() == Some(mark);
        let delivered = key.filter(|it| ours && holds.all.contains_key(it));
        let mut others: BTreeSet<String> = holds.all.keys().cloned().collect();
        if let Some(delivered) = &delivered {
            others.remove(delivered);
        }
        let labelled =
            |it: &&String| holds.all.get(*it).is_some_and(|label| label.as_deref() == Some(mark));
        let mut orphan = others.iter().find(labelled).cloned();
        others.retain(|it| !labelled(&it));
        if let (false, Some(known), None) = (holds.labelled, known, &delivered) {
            let mut extra = others.difference(known);
            orphan = extra.next().cloned().filter(|_| extra.next().is_none());
            if let Some(orphan) = &orphan {
                others.remove(orphan);
            }
        }
        // Old ones that are gone since do not stand in the way of a new one.
        let shown = known.filter(|it| others.is_subset(it)).unwrap_or(&others);
        let list: Vec<&str> = shown.iter().map(String::as_str).collect();
        let mut snapshot = Snapshot::of([
            ("credentials", list.join(",")),
            ("delivery", place.name()),
            ("on", holds.on.clone()),
        ]);
        for (name, value) in &holds.like.0 {
            snapshot.0.insert(format!("{LIKE}{name}"), value.clone());
        }
        if let Some(content) = content {
            snapshot.0.insert("current".to_owned(), content);
        }
        if delivered.is_some() {
            snapshot.0.insert("issued".to_owned(), mark.to_owned());
        }
        Ok(Seen { snapshot, delivered, orphan, others, holds, place })
    }

    async fn issue(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let mark = field(&step.after, "issued")?;
        let known = ids_in(&step.before);
        let within = (mark, Some(&known));
        let seen = self.look(cx.reading(), &step.target, Some(step), within).await?;
        if seen.snapshot != step.after && seen.snapshot != step.before {
            return Err(drifted(step, seen.snapshot));
        }
        if let Some(orphan) = seen.orphan {
            let pass = cx.write(self.unmaking())?;
            self.issuer.unmake(pass, &seen.holds, &orphan).await?;
            let why = format!("`{orphan}` was made but never delivered and is deleted");
            return Err(CallError::Retry { after: Duration::from_secs(1), why });
        }
        if seen.snapshot == step.after {
            let issued = seen.delivered.and_then(|it| self.reference(&it));
            return Ok(Receipt { issued, ..Receipt::default() });
        }
        let now = cx.reading().now();
        let pass = cx.write(self.issuer.spec().write)?;
        let leave = Leave::of(&pass, PUT)?;
        let order = Order { of: &seen.holds, target: &step.target, mark, now };
        let made = self.issuer.make(pass, &order).await?;
        let issued = self.reference(&made.id);
        let parcel = Parcel { mark: mark.to_owned(), key_id: made.id, secret: made.secret };
        let from = step.before.get("current");
        seen.place.put(leave, from, &parcel).await.map_err(half_done)?;
        let notes = BTreeMap::from([("delivery".to_owned(), seen.place.name())]);
        Ok(Receipt { issued, notes, ..Receipt::default() })
    }

    async fn take_back(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let mark = field(&step.before, "issued")?;
        let known = ids_in(&step.after);
        let within = (mark, Some(&known));
        let seen = self.look(cx.reading(), &step.target, Some(step), within).await?;
        let (current, former) = (seen.snapshot.get("current"), step.after.get("current"));
        let put_back = current == Some(mark);
        if !seen.others.is_subset(&known) || !put_back && current != former {
            return Err(drifted(step, seen.snapshot));
        }
        let more = seen.delivered.is_some() && seen.orphan.is_some();
        let made = seen.orphan.or(seen.delivered);
        if !put_back && made.is_none() {
            return Ok(Receipt::default());
        }
        let pass = cx.write(self.unmaking())?;
        // Readers are never without one: what stood there before comes back first.
        if put_back {
            seen.place.put_back(Leave::of(&pass, PUT)?, mark, former).await?;
        }
        if let Some(made) = made {
            let gone = self.issuer.unmake(pass, &seen.holds, &made).await;
            gone.map_err(|it| if put_back { half_done(it) } else { it })?;
        }
        if more {
            let why = "one more that was made is left".to_owned();
            return Err(CallError::OutcomeUnknown { why });
        }
        Ok(Receipt::default())
    }

    async fn observe(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Observation, CallError> {
        let back = step.kind == ActionKind::Restore;
        let (marked, plain) =
            if back { (&step.before, &step.after) } else { (&step.after, &step.before) };
        let known = ids_in(plain);
        let within = (field(marked, "issued")?, Some(&known));
        let seen = self.look(cx, &step.target, Some(step), within).await?;
        let clean = seen.orphan.is_none();
        if back {
            let gone = clean && seen.delivered.is_none() && seen.snapshot == step.after;
            return Ok(if gone {
                Observation::Holds { residual: Vec::new(), issued: None }
            } else {
                Observation::DoesNotHold { seen: seen.snapshot }
            });
        }
        // Which old ones are left is the business of later steps of the rotation.
        match seen.delivered.and_then(|it| self.reference(&it)).filter(|_| clean) {
            Some(issued) => Ok(Observation::Holds { residual: Vec::new(), issued: Some(issued) }),
            None => Ok(Observation::DoesNotHold { seen: seen.snapshot }),
        }
    }
}

#[async_trait::async_trait]
impl<I: Issuer> Action for Issue<I> {
    fn spec(&self) -> &'static ActionSpec {
        self.issuer.spec()
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let mark = mark_of(&id);
        let seen = self.look(cx, &intent.target, None, (&mark, None)).await?;
        let (spec, shown) = (self.issuer.spec(), &seen.holds.shown);
        let mut after = seen.snapshot.clone();
        after.0.insert("current".to_owned(), mark.clone());
        after.0.insert("issued".to_owned(), mark);
        let full = seen.holds.most.filter(|it| seen.others.len() >= *it);
        if let Some(most) = full.filter(|_| seen.snapshot != after) {
            let why = format!("{shown} has all the {most} it may have: delete one first");
            return Err(CallError::Unsupported { why });
        }
        let place = seen.place.name();
        let reversal = if seen.place.restores() {
            spec.reversal.to_model()
        } else {
            let why = format!("what stood at {place} before cannot be read, so not put back");
            Reversal::Final { why }
        };
        Ok(Step {
            id,
            connector: self.id.clone(),
            action: ActionName(spec.name.into()),
            kind: spec.kind,
            target: intent.target.clone(),
            before: seen.snapshot,
            after,
            reversal,
            gate: Gate::Now,
            stops: spec.stops,
            settle_seconds: self.settle.unwrap_or(spec.settle).as_secs(),
            summary: format!("make a new credential for {shown} and deliver it to {place}"),
        })
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        if step.kind == ActionKind::Restore {
            self.take_back(cx, step).await
        } else {
            self.issue(cx, step).await
        }
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        self.observe(cx, step)
            .await
            .unwrap_or_else(|error| Observation::CannotTell { why: error.to_string() })
    }

    /// Whether the provider shows the new one in use: that is what the next step waits for.
    async fn probe(&self, cx: &ReadCx<'_>, step: &Step) -> Option<Evidence> {
        if step.kind == ActionKind::Restore {
            return None;
        }
        let known = ids_in(&step.before);
        let within = (step.after.get("issued")?, Some(&known));
        let seen = self.look(cx, &step.target, Some(step), within).await.ok()?;
        let used = seen.holds.used.contains(&seen.delivered?);
        let place = interlock_model::Place { file: self.id.0.to_string().into(), record: 0 };
        used.then_some(Evidence::SuccessfulUse { place })
    }
}
