//! What each law asks.

use super::drive::{Drive, Subject, noon, permit_for};
use super::{Bench, Fresh, Law, Trouble};
use crate::reference::writes;
use interlock_contain::{ActionSpec, CallError, ReadCx, ReversalSpec, Role, Undo, WriteCx, mirror};
use interlock_model::{
    ConnectorId, CredentialRef, Observation, Operation, Receipt, Step, StepId, Timestamp,
};
use jiff::SignedDuration;

/// Nothing, or what was seen that should not be.
pub(super) type Kept = Result<(), String>;

/// Runs one law on one action.
pub(super) async fn check(law: Law, fresh: Fresh<'_>, name: &str) -> Kept {
    let world = World { fresh, name };
    match law {
        Law::SpecIsSound => world.spec_is_sound(),
        Law::PlanChangesNothing => world.plan_changes_nothing().await,
        Law::ExecutedHolds => world.executed_holds().await,
        Law::TwiceIsOnce => world.twice_is_once().await,
        Law::HeldPlansToNothing => world.held_plans_to_nothing().await,
        Law::UndoRestores => world.undo_restores().await,
        Law::DriftIsRefused => world.drift_is_refused().await,
        Law::PermitOpensOneStep => world.permit_opens_one_step().await,
        Law::SilenceIsUnknown => world.silence_is_unknown().await,
        Law::ThrottlingIsRetried => world.throttling_is_retried().await,
        Law::DenialIsNamed => world.denial_is_named().await,
        Law::YesIsNotEffect => world.yes_is_not_effect().await,
        Law::LagIsWaitedOut => world.lag_is_waited_out().await,
        Law::UndeliveredIsRemoved => world.undelivered_is_removed().await,
        Law::SecretsStayInside => world.secrets_stay_inside().await,
        Law::OnlyDeclared => world.only_declared().await,
    }
}

struct World<'a> {
    fresh: Fresh<'a>,
    name: &'a str,
}

pub(super) fn ensure(kept: bool, what: impl FnOnce() -> String) -> Kept {
    if kept { Ok(()) } else { Err(what()) }
}

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, seen: &T, wanted: &T) -> Kept {
    ensure(seen == wanted, || format!("{what}: {seen:?}, wanted {wanted:?}"))
}

fn must_hold(when: &str, seen: &Observation) -> Result<Option<CredentialRef>, String> {
    match seen {
        Observation::Holds { issued, .. } => Ok(issued.clone()),
        other @ (Observation::DoesNotHold { .. } | Observation::CannotTell { .. }) => {
            Err(format!("{when}: {other:?}"))
        }
    }
}

fn must_not_hold(when: &str, seen: &Observation) -> Kept {
    ensure(matches!(seen, Observation::DoesNotHold { .. }), || format!("{when}: {seen:?}"))
}

fn reversible(spec: &ActionSpec) -> bool {
    match spec.reversal {
        ReversalSpec::Restores { .. } | ReversalSpec::Compensates { .. } => true,
        ReversalSpec::Final { .. } => false,
    }
}

/// What an undo of this kind must give back.
fn owed(spec: &ActionSpec, bench: &dyn Bench) -> String {
    match spec.reversal {
        ReversalSpec::Compensates { .. } => bench.worth(),
        ReversalSpec::Restores { .. } | ReversalSpec::Final { .. } => bench.state(),
    }
}

fn back(step: &Step, issued: Option<&CredentialRef>) -> Result<Step, String> {
    match mirror(step, issued) {
        Undo::Step(undo) => Ok(*undo),
        Undo::Impossible { why } => Err(format!("no undo: {why}")),
    }
}

impl World<'_> {
    fn fresh(&self) -> Box<dyn Bench> {
        (self.fresh)()
    }

    fn spec_is_sound(&self) -> Kept {
        let bench = self.fresh();
        let it = Subject::new(&*bench, self.name)?;
        let (spec, connector) = (it.action.spec(), bench.connector());
        let declared = connector.spec();
        let known: Vec<&str> = declared.actions.iter().map(|it| it.name).collect();
        let made: Vec<&str> = connector.actions().iter().map(|it| it.spec().name).collect();
        equal("the actions made", &made, &known)?;
        ensure(known.is_sorted_by(|a, b| a < b), || format!("not sorted and unique: {known:?}"))?;
        let verb = spec.name.strip_prefix(declared.kind).and_then(|it| it.strip_prefix('.'));
        let sound = |it: &str| {
            it.contains('_') && it.bytes().all(|it| it.is_ascii_lowercase() || it == b'_')
        };
        ensure(verb.is_some_and(sound), || "not named `<kind>.<verb_object>`".to_owned())?;
        ensure(!spec.source.is_empty(), || "its claims and its settle time have no source".into())?;
        ensure(!spec.summary.is_empty() && !spec.summary.ends_with('.'), || {
            format!("summary `{}`", spec.summary)
        })?;
        ensure(spec.leaves_at_most.is_none() || !spec.leaves.is_empty(), || {
            "it says how long, but not what stays alive".to_owned()
        })?;
        let cuts = spec.stops.new || spec.stops.refresh;
        ensure(spec.stops.live || !cuts || !spec.leaves.is_empty(), || {
            "it leaves live access and does not say what".to_owned()
        })?;
        for write in writes(spec) {
            ensure(!spec.declares_read(write), || format!("`{write}` is a read and a write"))?;
        }
        ensure(spec.target.fits(&it.intent.target), || "it is not for what it is aimed at".into())?;
        equal("the kind", &it.intent.kind, &spec.kind)
    }

    async fn plan_changes_nothing(&self) -> Kept {
        let bench = self.fresh();
        let it = Subject::new(&*bench, self.name)?;
        let (before, spec) = (bench.state(), it.action.spec());
        let step = it.plan().await?;
        equal("the state", &bench.state(), &before)?;
        equal("the writes", &bench.writes(), &Vec::new())?;
        equal("the plan when asked again", &it.plan().await?, &step)?;
        equal("the connector", &step.connector, bench.connector().id())?;
        equal("the action", &&*step.action.0, &spec.name)?;
        equal("the target", &step.target, &it.intent.target)?;
        equal("the kind", &step.kind, &spec.kind)?;
        equal("the reversal", &step.reversal, &spec.reversal.to_model())?;
        equal("what it stops", &step.stops, &spec.stops)?;
        ensure(step.before != step.after, || "the wanted state seems to hold already".to_owned())
    }

    async fn executed_holds(&self) -> Kept {
        let bench = self.fresh();
        let it = Subject::new(&*bench, self.name)?;
        let step = it.plan().await?;
        must_not_hold("before execution", &it.verify(&step).await)?;
        let receipt = it.executed(&step).await?;
        let seen = it.verify(&step).await;
        let issued = must_hold("after execution", &seen)?;
        // Read back without the receipt, it is the same credential.
        equal("the credential read back", &issued, &receipt.issued)?;
        let spec = it.action.spec();
        equal("whether it issues", &issued.is_some(), &spec.delivery.is_some())?;
        let Observation::Holds { residual, .. } = &seen else { return Ok(()) };
        ensure(residual.is_empty() || !spec.leaves.is_empty(), || {
            format!("stays alive, but the spec does not say so: {residual:?}")
        })?;
        let most = spec.leaves_at_most.and_then(|it| SignedDuration::try_from(it).ok());
        let end = most.and_then(|it| noon().checked_add(it).ok());
        let longer = residual.iter().find(|it| end.is_some_and(|end| it.until > Some(end)));
        ensure(longer.is_none(), || format!("stays alive longer than the spec says: {longer:?}"))
    }

    async fn twice_is_once(&self) -> Kept {
        let bench = self.fresh();
        let it = Subject::new(&*bench, self.name)?;
        let step = it.plan().await?;
        let first = it.executed(&step).await?;
        let (writes, state) = (bench.writes(), bench.state());
        let wanted = 1 + usize::from(it.action.spec().delivery.is_some());
        equal("the number of writes", &writes.len(), &wanted)?;
        let again = it.executed(&step).await?;
        equal("the writes after the second time", &bench.writes(), &writes)?;
        equal("the state after the second time", &bench.state(), &state)?;
        equal("the credential of the second time", &again.issued, &first.issued)
    }

    async fn held_plans_to_nothing(&self) -> Kept {
        let bench = self.fresh();
        let it = Subject::new(&*bench, self.name)?;
        it.executed(&it.plan().await?).await?;
        let writes = bench.writes();
        let again = it.plan().await?;
        equal("the plan's state before", &again.before, &again.after)?;
        must_hold("a held step", &it.verify(&again).await)?;
        it.executed(&again).await?;
        equal("the writes", &bench.writes(), &writes)
    }

    async fn undo_restores(&self) -> Kept {
        for knows in [true, false] {
            let bench = self.fresh();
            let it = Subject::new(&*bench, self.name)?;
            let spec = it.action.spec();
            let before = owed(spec, &*bench);
            let step = it.plan().await?;
            if !reversible(spec) {
                return ensure(back(&step, None).is_err(), || "an undo where none is".to_owned());
            }
            let issued = it.executed(&step).await?.issued.filter(|_| knows);
            let undo = back(&step, issued.as_ref())?;
            must_not_hold("the undo before it is made", &it.verify(&undo).await)?;
            it.executed(&undo).await?;
            let seen = must_hold("the undo", &it.verify(&undo).await)?;
            equal("the credential that an undo issues", &seen, &None)?;
            equal("the state", &owed(spec, &*bench), &before)?;
            let writes = bench.writes();
            it.executed(&undo).await?;
            equal("the writes after undoing twice", &bench.writes(), &writes)?;
        }
        self.undo_of_nothing_is_nothing().await
    }

    async fn undo_of_nothing_is_nothing(&self) -> Kept {
        let bench = self.fresh();
        let it = Subject::new(&*bench, self.name)?;
        let before = bench.state();
        it.executed(&back(&it.plan().await?, None)?).await?;
        equal("the state after undoing what never happened", &bench.state(), &before)?;
        equal("the writes for it", &bench.writes(), &Vec::new())
    }

    async fn drift_is_refused(&self) -> Kept {
        let bench = self.fresh();
        let it = Subject::new(&*bench, self.name)?;
        let step = it.plan().await?;
        if bench.drift(it.action.spec()) {
            self.refused(&it, &step, "behind its back").await?;
        }
        if !reversible(it.action.spec()) {
            return Ok(());
        }
        // What held when it was planned and was taken away since is not what was approved either.
        let bench = self.fresh();
        let it = Subject::new(&*bench, self.name)?;
        let step = it.plan().await?;
        let issued = it.executed(&step).await?.issued;
        let held = it.plan().await?;
        it.executed(&back(&step, issued.as_ref())?).await?;
        self.refused(&it, &held, "taken away").await
    }

    async fn refused(&self, it: &Subject<'_>, step: &Step, how: &str) -> Kept {
        let (state, writes) = (it.bench.state(), it.bench.writes());
        let answer = it.execute(step).await;
        ensure(matches!(answer, Err(CallError::Drifted { .. })), || {
            format!("{how}: answered {answer:?}")
        })?;
        equal("the state after drift", &it.bench.state(), &state)?;
        equal("the writes after drift", &it.bench.writes(), &writes)
    }

    async fn permit_opens_one_step(&self) -> Kept {
        let bench = self.fresh();
        let it = Subject::new(&*bench, self.name)?;
        let (step, spec) = (it.plan().await?, it.action.spec());
        let (other, elsewhere) = (StepId::derive(&["other"]), ConnectorId("other".into()));
        let later = noon().checked_add(SignedDuration::from_mins(2)).unwrap_or(Timestamp::MAX);
        for (id, connector, now) in [
            (&other, &step.connector, noon()),
            (&step.id, &elsewhere, noon()),
            (&step.id, &step.connector, later),
        ] {
            let opened = WriteCx::open(spec, permit_for(&step, noon())?, id, connector, now);
            ensure(opened.is_err(), || format!("a permit opens `{id}` at `{connector}` at {now}"))?;
        }
        equal("the writes", &bench.writes(), &Vec::new())
    }

    async fn silence_is_unknown(&self) -> Kept {
        for trouble in [Trouble::SilenceBefore, Trouble::SilenceAfter] {
            let bench = self.fresh();
            let it = Subject::new(&*bench, self.name)?;
            let spec = it.action.spec();
            let step = it.plan().await?;
            bench.trouble(spec.write, trouble);
            let answer = it.execute(&step).await;
            ensure(matches!(answer, Err(CallError::OutcomeUnknown { .. })), || {
                format!("{trouble:?} is answered by {answer:?}")
            })?;
            equal("the writes before reading back", &bench.writes().len(), &1)?;
            let done = trouble == Trouble::SilenceAfter && spec.delivery.is_none();
            let seen = it.verify(&step).await;
            if done {
                must_hold("silence after the effect", &seen)?;
            } else {
                must_not_hold("silence without the effect", &seen)?;
            }

            let bench = self.fresh();
            let it = Subject::new(&*bench, self.name)?;
            bench.trouble(spec.write, trouble);
            let mut drive = Drive::new(&it)?;
            drive.contained().await?;
            let again = usize::from(!done);
            if spec.delivery.is_none() {
                equal("the writes in all", &bench.writes().len(), &(1 + again))?;
            }
        }
        Ok(())
    }

    async fn throttling_is_retried(&self) -> Kept {
        let bench = self.fresh();
        let it = Subject::new(&*bench, self.name)?;
        let step = it.plan().await?;
        let before = bench.state();
        bench.trouble(it.action.spec().write, Trouble::Throttle);
        let answer = it.execute(&step).await;
        ensure(matches!(answer, Err(CallError::Retry { .. })), || format!("{answer:?}"))?;
        equal("the state", &bench.state(), &before)?;
        equal("the writes", &bench.writes().len(), &1)?;
        it.executed(&step).await?;
        must_hold("at the second try", &it.verify(&step).await).map(drop)
    }

    async fn denial_is_named(&self) -> Kept {
        let bench = self.fresh();
        let it = Subject::new(&*bench, self.name)?;
        let (step, spec) = (it.plan().await?, it.action.spec());
        bench.trouble(spec.write, Trouble::Denied);
        let denied = CallError::Denied { permission: spec.write.to_string() };
        equal("the answer", &it.execute(&step).await, &Err(denied))?;
        it.executed(&step).await?;
        for read in spec.reads {
            bench.trouble(*read, Trouble::Denied);
        }
        let seen = it.verify(&step).await;
        ensure(matches!(seen, Observation::CannotTell { .. }), || format!("not told: {seen:?}"))
    }

    async fn yes_is_not_effect(&self) -> Kept {
        let bench = self.fresh();
        let it = Subject::new(&*bench, self.name)?;
        let step = it.plan().await?;
        bench.trouble(it.action.spec().write, Trouble::Lie);
        if it.execute(&step).await.is_err() {
            return Ok(());
        }
        must_not_hold("after a yes without effect", &it.verify(&step).await)
    }

    async fn lag_is_waited_out(&self) -> Kept {
        let bench = self.fresh();
        let it = Subject::new(&*bench, self.name)?;
        let spec = it.action.spec();
        if spec.settle.is_zero() {
            // The provider promises that there is none.
            return Ok(());
        }
        bench.lag(2);
        Drive::new(&it)?.contained().await?;
        let wanted = 1 + usize::from(spec.delivery.is_some());
        equal("the number of writes", &bench.writes().len(), &wanted)
    }

    async fn undelivered_is_removed(&self) -> Kept {
        let bench = self.fresh();
        let Some(delivery) = Subject::new(&*bench, self.name)?.action.spec().delivery else {
            return Ok(());
        };
        let it = Subject::new(&*bench, self.name)?;
        if it.action.spec().role == Role::Whole {
            return self.replaced_is_delivered(delivery.operation).await;
        }
        let known = bench.credentials();
        let step = it.plan().await?;
        bench.trouble(delivery.operation, Trouble::SilenceBefore);
        let answer = it.execute(&step).await;
        ensure(matches!(answer, Err(CallError::OutcomeUnknown { .. })), || format!("{answer:?}"))?;
        must_not_hold("before the delivery", &it.verify(&step).await)?;
        let orphans: Vec<_> = bench.credentials().difference(&known).cloned().collect();
        equal("the credentials made", &orphans.len(), &1)?;
        let writes = bench.writes().len();
        let answer = it.execute(&step).await;
        ensure(matches!(answer, Err(CallError::Retry { .. })), || format!("{answer:?}"))?;
        equal("the writes of that attempt", &(bench.writes().len() - writes), &1)?;
        equal("the credentials after it", &bench.credentials(), &known)?;
        let receipt = it.executed(&step).await?;
        must_hold("at last", &it.verify(&step).await)?;
        ensure(receipt.issued.is_some_and(|it| !orphans.contains(&it)), || {
            "the undelivered credential is used after all".to_owned()
        })?;

        // The undo knows of it too.
        let bench = self.fresh();
        let it = Subject::new(&*bench, self.name)?;
        let before = owed(it.action.spec(), &*bench);
        bench.trouble(delivery.operation, Trouble::SilenceBefore);
        let step = it.plan().await?;
        let answer = it.execute(&step).await;
        ensure(answer.is_err(), || format!("{answer:?}"))?;
        it.executed(&back(&step, None)?).await?;
        equal("the state after undoing half of it", &owed(it.action.spec(), &*bench), &before)
    }

    /// A whole rotation has one slot: what it put there is in force, so it is what must be delivered.
    async fn replaced_is_delivered(&self, delivery: Operation) -> Kept {
        for trouble in [Trouble::SilenceBefore, Trouble::Denied, Trouble::Throttle] {
            let bench = self.fresh();
            let it = Subject::new(&*bench, self.name)?;
            let step = it.plan().await?;
            bench.trouble(delivery, trouble);
            let answer = it.execute(&step).await;
            ensure(matches!(answer, Err(CallError::OutcomeUnknown { .. })), || {
                format!("{trouble:?} at the delivery is answered by {answer:?}")
            })?;
            must_not_hold("before the delivery", &it.verify(&step).await)?;
            let in_force = bench.secrets();
            let receipt = it.executed(&step).await?;
            let issued = must_hold("at last", &it.verify(&step).await)?;
            equal("the credential", &receipt.issued, &issued)?;
            let lost = in_force.iter().filter(|it| !bench.secrets().contains(it)).count();
            equal("the secrets that were in force and are lost", &lost, &0)?;
        }
        Ok(())
    }

    async fn secrets_stay_inside(&self) -> Kept {
        let bench = self.fresh();
        let it = Subject::new(&*bench, self.name)?;
        let mut drive = Drive::new(&it)?;
        drive.contained().await?;
        let mut secrets = bench.secrets();
        if reversible(it.action.spec()) {
            drive.undone().await?;
        }
        secrets.extend(bench.secrets());
        ensure(!secrets.is_empty(), || "nothing was planted: the law would say nothing".into())?;
        let mut said = format!("{:?}\n{:?}\n{:?}", bench.connector(), it.action, drive.life);
        for entry in &drive.journal {
            said.push_str(&serde_json::to_string(entry).map_err(|it| it.to_string())?);
        }
        for trouble in [Trouble::SilenceAfter, Trouble::Throttle, Trouble::Denied] {
            let bench = self.fresh();
            let it = Subject::new(&*bench, self.name)?;
            let step = it.plan().await?;
            for write in writes(it.action.spec()) {
                bench.trouble(write, trouble);
            }
            let answer: Result<Receipt, CallError> = it.execute(&step).await;
            said.push_str(&format!("{step:?}\n{answer:?}\n{:?}", it.verify(&step).await));
            if let Err(error) = answer {
                said.push_str(&error.to_string());
            }
            secrets.extend(bench.secrets());
        }
        let leaked = secrets.iter().any(|it| said.contains(it.as_str()));
        ensure(!leaked, || "a secret is in what it says".to_owned())
    }

    async fn only_declared(&self) -> Kept {
        let bench = self.fresh();
        let it = Subject::new(&*bench, self.name)?;
        let spec = it.action.spec();
        let mut drive = Drive::new(&it)?;
        drive.contained().await?;
        if reversible(spec) {
            drive.undone().await?;
        }
        let declared: Vec<Operation> = writes(spec).collect();
        let alien = bench.writes().into_iter().find(|it| !declared.contains(it));
        ensure(alien.is_none(), || format!("{alien:?} is written and not declared"))?;

        // Whatever is read is asked of the context first: with nothing declared, nothing is reached.
        let bench = self.fresh();
        let it = Subject::new(&*bench, self.name)?;
        let step = it.plan().await?;
        let blind = ActionSpec { reads: &[], ..spec.clone() };
        let cx = ReadCx::new(&blind, noon());
        let planned = it.action.plan(&cx, &it.intent, step.id.clone()).await;
        ensure(matches!(planned, Err(CallError::Invalid { .. })), || {
            format!("planned without leave to read: {planned:?}")
        })?;
        let seen = it.action.verify(&ReadCx::new(&blind, noon()), &step).await;
        ensure(matches!(seen, Observation::CannotTell { .. }), || {
            format!("read back without leave to read: {seen:?}")
        })?;
        let bound = ActionSpec {
            write: Operation("none:Nothing"),
            restore: None,
            delivery: None,
            ..spec.clone()
        };
        let permit = permit_for(&step, noon())?;
        let cx = WriteCx::open(&bound, permit, &step.id, &step.connector, noon())
            .map_err(|it| it.to_string())?;
        let answer = it.action.execute(cx, &step).await;
        ensure(matches!(answer, Err(CallError::Invalid { .. })), || {
            format!("written without leave to write: {answer:?}")
        })?;
        equal("the writes without leave", &bench.writes(), &Vec::new())
    }
}
