//! Every connector with two sets of credentials: the laws hold, and each set is used for its own calls alone.

use super::tests::{BENCHES, Make, lines};
use super::{Bench, Trouble, broken};
use crate::split::Split;
use interlock_contain::{
    Access, Action, ActionSpec, CallError, CanaryCx, Check, Connector, ConnectorSpec, DiscoverCx,
    ReadCx, WriteCx,
};
use interlock_model::{
    ConnectorId, CredentialRef, DiscoveryPage, Evidence, Intent, Observation, Operation, Principal,
    Receipt, Step, StepId,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Debug, Formatter};
use std::sync::{Arc, Mutex};

/// Which set of credentials a call came with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Set {
    Looking,
    Acting,
}

/// How often each set was used for what, and whether a write was asked for meanwhile.
type Uses = Arc<Mutex<BTreeMap<(Set, &'static str, bool), usize>>>;

/// The connector of a world, reached with one of the sets.
struct Reached {
    bench: Arc<dyn Bench>,
    actions: Vec<Watched>,
    set: Set,
    uses: Uses,
}

/// One of its actions.
struct Watched {
    bench: Arc<dyn Bench>,
    place: usize,
    set: Set,
    uses: Uses,
}

/// A world whose connector has two sets.
struct Apart {
    bench: Arc<dyn Bench>,
    split: Split,
}

// A world shows its secrets; what is looked through here is the connector.
impl Debug for Reached {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.bench.connector().fmt(f)
    }
}

impl Debug for Watched {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.action().fmt(f)
    }
}

impl Debug for Apart {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.split.fmt(f)
    }
}

/// Counts a use, with whether a write was asked of the provider while it went on.
async fn used<T>(
    (bench, set, uses): (&Arc<dyn Bench>, Set, &Uses),
    call: &'static str,
    answer: impl Future<Output = T>,
) -> T {
    let before = bench.writes().len();
    let answer = answer.await;
    let wrote = bench.writes().len() > before;
    *uses.lock().unwrap().entry((set, call, wrote)).or_default() += 1;
    answer
}

impl Reached {
    fn with(bench: &Arc<dyn Bench>, set: Set, uses: &Uses) -> Arc<dyn Connector> {
        let watched = |place| {
            let (bench, uses) = (Arc::clone(bench), Arc::clone(uses));
            Watched { bench, place, set, uses }
        };
        let actions = (0..bench.connector().actions().len()).map(watched).collect();
        Arc::new(Self { bench: Arc::clone(bench), actions, set, uses: Arc::clone(uses) })
    }

    fn of(&self) -> (&Arc<dyn Bench>, Set, &Uses) {
        (&self.bench, self.set, &self.uses)
    }
}

#[async_trait::async_trait]
impl Connector for Reached {
    fn id(&self) -> &ConnectorId {
        self.bench.connector().id()
    }

    fn spec(&self) -> &'static ConnectorSpec {
        self.bench.connector().spec()
    }

    fn actions(&self) -> Vec<&dyn Action> {
        self.actions.iter().map(|it| it as &dyn Action).collect()
    }

    async fn check(&self) -> Vec<Check> {
        used(self.of(), "check", self.bench.connector().check()).await
    }

    async fn own_principals(&self) -> Result<Vec<Principal>, CallError> {
        used(self.of(), "own_principals", self.bench.connector().own_principals()).await
    }

    async fn discover(
        &self,
        cx: &DiscoverCx<'_>,
        from: Option<&str>,
    ) -> Result<DiscoveryPage, CallError> {
        used(self.of(), "discover", self.bench.connector().discover(cx, from)).await
    }

    async fn try_access(&self, cx: &CanaryCx, principal: &Principal, secret: &str) -> Access {
        let trying = self.bench.connector().try_access(cx, principal, secret);
        used(self.of(), "try_access", trying).await
    }
}

impl Watched {
    fn action(&self) -> &dyn Action {
        self.bench.connector().actions()[self.place]
    }

    fn of(&self) -> (&Arc<dyn Bench>, Set, &Uses) {
        (&self.bench, self.set, &self.uses)
    }
}

#[async_trait::async_trait]
impl Action for Watched {
    fn spec(&self) -> &'static ActionSpec {
        self.action().spec()
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        used(self.of(), "plan", self.action().plan(cx, intent, id)).await
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        used(self.of(), "execute", self.action().execute(cx, step)).await
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        used(self.of(), "verify", self.action().verify(cx, step)).await
    }

    async fn probe(&self, cx: &ReadCx<'_>, step: &Step) -> Option<Evidence> {
        used(self.of(), "probe", self.action().probe(cx, step)).await
    }
}

impl Bench for Apart {
    fn connector(&self) -> &dyn Connector {
        &self.split
    }

    fn aim(&self, action: &ActionSpec) -> Intent {
        self.bench.aim(action)
    }

    fn state(&self) -> String {
        self.bench.state()
    }

    fn worth(&self) -> String {
        self.bench.worth()
    }

    fn writes(&self) -> Vec<Operation> {
        self.bench.writes()
    }

    fn trouble(&self, operation: Operation, trouble: Trouble) {
        self.bench.trouble(operation, trouble);
    }

    fn lag(&self, reads: usize) {
        self.bench.lag(reads);
    }

    fn drift(&self, action: &ActionSpec) -> bool {
        self.bench.drift(action)
    }

    fn secrets(&self) -> Vec<String> {
        self.bench.secrets()
    }

    fn credentials(&self) -> BTreeSet<CredentialRef> {
        self.bench.credentials()
    }
}

fn apart(make: Make, uses: &Uses) -> Box<dyn Bench> {
    let bench: Arc<dyn Bench> = make().into();
    let look = Reached::with(&bench, Set::Looking, uses);
    let act = Reached::with(&bench, Set::Acting, uses);
    Box::new(Apart { bench, split: Split::new(look, Some(act)) })
}

/// Every kind that has credentials of its own.
fn benches() -> impl Iterator<Item = &'static (&'static str, Make)> {
    BENCHES.iter().filter(|it| !matches!(it.0, "broker" | "command" | "webhook"))
}

#[tokio::test]
async fn each_set_is_used_for_its_own_calls_alone_at_every_connector() {
    for (kind, make) in benches() {
        let uses = Uses::default();
        let broken = broken(&|| apart(*make, &uses)).await;
        assert!(broken.is_empty(), "{kind}: {}", lines(&broken));
        let bench = apart(*make, &uses);
        let connector = bench.connector();
        drop(connector.own_principals().await);
        if let Some(discovery) = connector.spec().discovery {
            let cx = DiscoverCx::new(discovery, super::noon());
            drop(connector.discover(&cx, None).await);
        }
        let nobody = Principal::new(connector.spec().provider, "nobody");
        drop(connector.try_access(&CanaryCx::new(), &nobody, "no secret").await);
        let uses = uses.lock().unwrap();
        let of = |set: Set| uses.keys().filter(move |it| it.0 == set);
        let acted: BTreeSet<&str> = of(Set::Acting).map(|it| it.1).collect();
        // Whom it acts as is asked of it once: it must never be contained.
        assert_eq!(acted, BTreeSet::from(["execute", "own_principals"]), "{kind}");
        assert!(of(Set::Acting).any(|it| it.2), "{kind} wrote nothing");
        let looked: BTreeSet<&str> = of(Set::Looking).map(|it| it.1).collect();
        assert!(looked.is_superset(&BTreeSet::from(["own_principals", "plan", "verify"])));
        assert!(!looked.contains("execute"), "{kind}");
        assert!(!of(Set::Looking).any(|it| it.2), "{kind} wrote while it looked: {uses:?}");
    }
}

#[tokio::test]
async fn without_the_acting_set_nothing_is_written() {
    for (kind, make) in benches() {
        let uses = Uses::default();
        let bench: Arc<dyn Bench> = make().into();
        let look = Reached::with(&bench, Set::Looking, &uses);
        let bench = Apart { split: Split::new(look, None), bench };
        for spec in bench.connector().spec().actions {
            let it = super::drive::Subject::new(&bench, spec.name).unwrap();
            let step = it.plan().await.unwrap();
            let refused = it.execute(&step).await.unwrap_err();
            assert!(refused.to_string().contains("not loaded in this mode"), "{kind}: {refused}");
        }
        assert_eq!(bench.writes(), Vec::new(), "{kind}");
    }
}
