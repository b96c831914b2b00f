//! One provider reached with two sets of credentials: one that looks, one that acts.
//!
//! Which set a call uses follows from the call alone, so every kind of connector has this by being one:
//! only executing a step, its undo among them, is the acting set's. What a step reads in between, it reads
//! with that set too, since it is one call of one action.

use crate::Secret;
use crate::aws::delivery::{Leave, Parcel, Place, Standing, Target};
use crate::database::PUT_DELIVERY;
use crate::reference::{permissions, writes};
use interlock_contain::{
    Access, Action, ActionSpec, CallError, CanaryCx, Check, Connector, ConnectorSpec, DiscoverCx,
    Lack, ReadCx, WriteCx,
};
use interlock_model::{
    ConnectorId, DiscoveryPage, Evidence, Intent, Observation, Operation, Principal, Receipt, Step,
    StepId,
};
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

/// A connector that looks with one set of credentials and acts with another.
#[derive(Debug)]
pub struct Split {
    hands: Hands,
    actions: Vec<SplitAction>,
}

/// The two sets.
#[derive(Debug, Clone)]
struct Hands {
    look: Arc<dyn Connector>,
    /// `None`: it was not taken from where it is, since nothing is written.
    act: Option<Arc<dyn Connector>>,
    /// Whom the acting set acts as, once that is known: nobody else would refuse to contain them.
    own: Arc<OnceLock<Vec<Principal>>>,
}

/// One of its actions.
#[derive(Debug)]
struct SplitAction {
    hands: Hands,
    place: usize,
    spec: &'static ActionSpec,
}

impl Split {
    /// A connector that looks with `look`, and acts with `act` or not at all.
    #[must_use]
    pub fn new(look: Arc<dyn Connector>, act: Option<Arc<dyn Connector>>) -> Self {
        let specs: Vec<_> = look.actions().iter().map(|it| it.spec()).collect();
        let hands = Hands { look, act, own: Arc::default() };
        let action = |(place, spec)| SplitAction { hands: hands.clone(), place, spec };
        let actions = specs.into_iter().enumerate().map(action).collect();
        Self { hands, actions }
    }
}

impl Hands {
    /// Whom the acting set acts as; asked until it is known once.
    async fn acts_as(&self) -> Result<&[Principal], CallError> {
        let Some(act) = &self.act else { return Ok(&[]) };
        if let Some(own) = self.own.get() {
            return Ok(own);
        }
        let own = act.own_principals().await?;
        Ok(self.own.get_or_init(|| own))
    }
}

#[async_trait::async_trait]
impl Connector for Split {
    fn id(&self) -> &ConnectorId {
        self.hands.look.id()
    }

    fn spec(&self) -> &'static ConnectorSpec {
        self.hands.look.spec()
    }

    fn actions(&self) -> Vec<&dyn Action> {
        self.actions.iter().map(|it| it as &dyn Action).collect()
    }

    async fn check(&self) -> Vec<Check> {
        let needs = Needs::of(self.spec());
        let acting = async {
            match &self.hands.act {
                Some(act) => needs.acting(act.check().await),
                None => Vec::new(),
            }
        };
        let (looked, acted) = tokio::join!(self.hands.look.check(), acting);
        let mut checks = needs.looking(looked);
        checks.extend(acted);
        checks
    }

    async fn own_principals(&self) -> Result<Vec<Principal>, CallError> {
        let mut own = self.hands.look.own_principals().await?;
        let more = self.hands.acts_as().await?;
        own.extend(more.iter().filter(|it| !own.contains(it)).cloned().collect::<Vec<_>>());
        Ok(own)
    }

    async fn discover(
        &self,
        cx: &DiscoverCx<'_>,
        from: Option<&str>,
    ) -> Result<DiscoveryPage, CallError> {
        self.hands.look.discover(cx, from).await
    }

    async fn try_access(&self, cx: &CanaryCx, principal: &Principal, secret: &str) -> Access {
        self.hands.look.try_access(cx, principal, secret).await
    }
}

impl SplitAction {
    /// The same action of one of the sets.
    fn of<'c>(&self, connector: &'c dyn Connector) -> Result<&'c dyn Action, CallError> {
        let found = connector.actions().into_iter().nth(self.place);
        found.filter(|it| it.spec().name == self.spec.name).ok_or_else(|| CallError::Invalid {
            why: format!("connector `{}` has no action `{}`", connector.id(), self.spec.name),
        })
    }

    /// That of the set that looks.
    fn look(&self) -> Result<&dyn Action, CallError> {
        self.of(&*self.hands.look)
    }
}

#[async_trait::async_trait]
impl Action for SplitAction {
    fn spec(&self) -> &'static ActionSpec {
        self.spec
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let target = intent.target.principal();
        if self.hands.acts_as().await?.contains(target) {
            let why = format!("connector `{}` acts as `{target}` itself", self.hands.look.id());
            return Err(CallError::Unsupported { why });
        }
        self.look()?.plan(cx, intent, id).await
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let act = self.hands.act.as_ref().ok_or_else(not_loaded)?;
        self.of(&**act)?.execute(cx, step).await
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        match self.look() {
            Ok(action) => action.verify(cx, step).await,
            Err(error) => Observation::CannotTell { why: error.to_string() },
        }
    }

    async fn probe(&self, cx: &ReadCx<'_>, step: &Step) -> Option<Evidence> {
        self.look().ok()?.probe(cx, step).await
    }
}

fn not_loaded() -> CallError {
    CallError::Invalid { why: "the credentials that act are not loaded in this mode".to_owned() }
}

/// What each set needs, in the provider's names.
struct Needs {
    looks: BTreeSet<String>,
    /// What a step may read while it is executed.
    steps: BTreeSet<String>,
    writes: BTreeSet<String>,
}

impl Needs {
    fn of(spec: &ConnectorSpec) -> Self {
        let text = |it: Operation| it.to_string();
        // Files of this machine are the process's own to write, whatever credentials it has.
        let all = spec.actions.iter().flat_map(|it| writes(it));
        Self {
            looks: permissions(spec).observe.into_iter().map(text).collect(),
            steps: spec.actions.iter().flat_map(|it| it.reads).copied().map(text).collect(),
            writes: all.filter(|it| *it != PUT_DELIVERY).map(text).collect(),
        }
    }

    /// What the looking set must do, and whether it may do more. What else was asked is what acting needs.
    fn looking(&self, checks: Vec<Check>) -> Vec<Check> {
        let (of_writes, rest): (Vec<_>, Vec<_>) =
            checks.into_iter().partition(|it| self.writes.contains(&it.permission));
        let mine: Vec<_> =
            rest.into_iter().filter(|it| self.looks.contains(&it.permission)).collect();
        let outcome = match mine.iter().all(|it| it.outcome.is_ok()) {
            true => no_more(&of_writes),
            false => Err(Lack::NotKnown("they cannot do yet what they must".to_owned())),
        };
        let more = Check::told("nothing more".to_owned(), outcome);
        mine.into_iter().chain([more]).map(|it| named(it, "to look")).collect()
    }

    /// What the acting set must do: to read what a step reads, to write, and whatever else was asked.
    fn acting(&self, checks: Vec<Check>) -> Vec<Check> {
        let only_looked = |it: &Check| {
            self.looks.contains(&it.permission) && !self.steps.contains(&it.permission)
        };
        checks.into_iter().filter(|it| !only_looked(it)).map(|it| named(it, "to act")).collect()
    }
}

fn named(check: Check, purpose: &str) -> Check {
    Check { permission: format!("{} ({purpose})", check.permission), ..check }
}

/// Whether a set that only looks may write, by what its provider says of each write.
fn no_more(of_writes: &[Check]) -> Result<(), Lack> {
    let more: Vec<&str> =
        of_writes.iter().filter(|it| it.outcome.is_ok()).map(|it| it.permission.as_str()).collect();
    if !more.is_empty() {
        let more = more.join("`, `");
        let why = format!("these credentials may write too: take `{more}` from them");
        return Err(Lack::Missing(why));
    }
    if of_writes.iter().any(Check::is_missing) {
        return Ok(());
    }
    let why = "the provider does not say whether these credentials may write";
    Err(Lack::NotKnown(why.to_owned()))
}

/// Places that are looked at with one set of credentials and written with another.
#[derive(Debug)]
pub struct SplitTarget {
    look: Arc<dyn Target>,
    act: Option<Arc<dyn Target>>,
}

impl SplitTarget {
    /// Places that are looked at through `look`, and written through `act` or not at all.
    #[must_use]
    pub fn new(look: Arc<dyn Target>, act: Option<Arc<dyn Target>>) -> Self {
        Self { look, act }
    }
}

/// A workload's name for asking whether places may be looked at.
const NOBODY: &str = "interlock-permission-check";

#[async_trait::async_trait]
impl Target for SplitTarget {
    fn place(&self, name: &str) -> Result<Arc<dyn Place>, CallError> {
        let act = self.act.as_ref().map(|it| it.place(name)).transpose()?;
        Ok(Arc::new(SplitPlace { look: self.look.place(name)?, act }))
    }

    async fn check(&self) -> Vec<Check> {
        let looking = async {
            let place = self.look.place(NOBODY)?;
            let seen = place.look().await;
            Ok::<_, CallError>((place.name(), seen))
        };
        let check = match looking.await {
            Ok((name, seen)) => {
                let outcome = match seen {
                    // That nothing is there, or nothing that fits, is told to whom may look.
                    Ok(_) | Err(CallError::NotFound { .. } | CallError::Unsupported { .. }) => {
                        Ok(())
                    }
                    Err(error) => Err(error.to_string()),
                };
                Check::told(format!("{name} (to look)"), outcome)
            }
            Err(error) => Check::told("place (to look)".to_owned(), Err(error.to_string())),
        };
        let mut checks = vec![check];
        if let Some(act) = &self.act {
            checks.extend(act.check().await.into_iter().map(|it| named(it, "to act")));
        }
        checks
    }
}

/// One of them.
#[derive(Debug)]
struct SplitPlace {
    look: Arc<dyn Place>,
    act: Option<Arc<dyn Place>>,
}

#[async_trait::async_trait]
impl Place for SplitPlace {
    fn name(&self) -> String {
        self.look.name()
    }

    fn restores(&self) -> bool {
        self.look.restores()
    }

    async fn look(&self) -> Result<Standing, CallError> {
        self.look.look().await
    }

    async fn value(&self) -> Result<Option<Secret>, CallError> {
        self.look.value().await
    }

    async fn put(
        &self,
        leave: Leave,
        from: Option<&str>,
        parcel: &Parcel,
    ) -> Result<(), CallError> {
        self.act.as_ref().ok_or_else(not_loaded)?.put(leave, from, parcel).await
    }

    async fn put_back(
        &self,
        leave: Leave,
        from: &str,
        former: Option<&str>,
    ) -> Result<(), CallError> {
        self.act.as_ref().ok_or_else(not_loaded)?.put_back(leave, from, former).await
    }
}
