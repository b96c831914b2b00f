//! Connectors look at their providers: when, how far they got, and what becomes of what they saw.
//!
//! A look is many pages, and each page is remembered together with where the next one begins: a
//! restart goes on there. What a look could not see is a gap; what it did not see any more stays.

use crate::draft::Draft;
use crate::turn::{Call, Outcome, Refusal};
use interlock_contain::{CallError, ConnectorInstance};
use interlock_model::{
    Change, ConnectorId, Discovery, DiscoveryPage, DiscoveryRun, Mode, ProbedPermission, Timestamp,
};
use std::collections::{BTreeMap, BTreeSet};

/// How long to wait after a look that came to no end, in seconds.
const RETRY: i64 = 300;
/// Most gaps kept of one look.
const MOST_GAPS: usize = 1_000;
/// A provider of so few principals may lose any number of them.
const FEW: u64 = 10;

/// How far every connector has looked.
#[derive(Debug, Default)]
pub(crate) struct Looks {
    pub(crate) by_connector: BTreeMap<ConnectorId, Discovery>,
    /// Those whose answer is awaited.
    under_way: BTreeSet<ConnectorId>,
    /// When to try again after a failure; not remembered.
    again: BTreeMap<ConnectorId, Timestamp>,
    /// Somebody said that a great loss is right.
    loss_accepted: BTreeSet<ConnectorId>,
}

impl Looks {
    pub(crate) fn of(remembered: Vec<Discovery>) -> Self {
        let by_connector = remembered.into_iter().map(|it| (it.connector.clone(), it)).collect();
        Self { by_connector, ..Self::default() }
    }

    fn entry(&mut self, connector: &ConnectorId) -> &mut Discovery {
        self.by_connector
            .entry(connector.clone())
            .or_insert_with(|| Discovery::never(connector.clone()))
    }
}

impl Draft<'_> {
    /// Begins the looks that are due, and says when the next one is.
    pub(crate) fn look_around(&mut self) {
        let every = self.world.settings.discovery_seconds;
        if every <= 0 {
            return;
        }
        let able: Vec<ConnectorId> = self
            .world
            .settings
            .connectors
            .iter()
            .filter(|it| it.spec.discovery.is_some())
            .map(|it| it.id.clone())
            .collect();
        for connector in able {
            if self.world.looks.under_way.contains(&connector) {
                continue;
            }
            let due = self.due(&connector, every);
            if due > self.now {
                self.wake_at(due);
            } else {
                self.next_page(&connector);
            }
        }
    }

    fn due(&self, connector: &ConnectorId, every: i64) -> Timestamp {
        let looks = &self.world.looks;
        if let Some(at) = looks.again.get(connector) {
            return *at;
        }
        let known = looks.by_connector.get(connector);
        let Some(last) = known.filter(|it| it.running.is_none()).and_then(|it| it.last) else {
            return self.now;
        };
        last.checked_add(jiff::SignedDuration::from_secs(every)).unwrap_or(self.now)
    }

    fn next_page(&mut self, connector: &ConnectorId) {
        let now = self.now;
        let looks = &mut self.world.looks;
        looks.again.remove(connector);
        looks.under_way.insert(connector.clone());
        let look = looks.entry(connector);
        let started = Timestamp::from_second(now.as_second()).unwrap_or(now);
        let fresh = || DiscoveryRun { started, from: None, seen: 0, gaps: Vec::new() };
        let from = look.running.get_or_insert_with(fresh).from.clone();
        let settings = &self.world.settings;
        let acts = |it: &ConnectorInstance| it.id == *connector && !it.enforce.is_empty();
        // Trying permissions reads only; whoever observes asks no provider more than it must.
        let probe = settings.mode != Mode::Observe && settings.connectors.iter().any(acts);
        self.call(Call::Discover { connector: connector.clone(), from, probe });
    }
}

/// One page of a look came back, or did not.
pub(crate) fn seen(
    draft: &mut Draft<'_>,
    connector: &ConnectorId,
    page: Result<DiscoveryPage, CallError>,
    permissions: Option<Vec<ProbedPermission>>,
) {
    draft.world.looks.under_way.remove(connector);
    match page {
        Ok(page) => page_in(draft, connector, page),
        Err(error) => {
            let retry = match &error {
                CallError::Retry { after, .. } => {
                    i64::try_from(after.as_secs()).unwrap_or(RETRY).clamp(1, RETRY)
                }
                CallError::OutcomeUnknown { .. }
                | CallError::Drifted { .. }
                | CallError::Denied { .. }
                | CallError::NotFound { .. }
                | CallError::Unsupported { .. }
                | CallError::Invalid { .. } => RETRY,
            };
            let again = draft.later(retry);
            draft.world.looks.again.insert(connector.clone(), again);
            let look = draft.world.looks.entry(connector);
            // A page that cannot be asked for is no place to go on from.
            if !matches!(error, CallError::Retry { .. }) {
                look.running = None;
            }
            look.failed = Some(error.to_string());
        }
    }
    let look = draft.world.looks.entry(connector);
    if let Some(permissions) = permissions {
        look.permissions = permissions;
    }
    let discovery = Box::new(look.clone());
    draft.batch.changes.push(Change::Discovery { discovery });
    draft.identities_changed();
}

fn page_in(draft: &mut Draft<'_>, connector: &ConnectorId, page: DiscoveryPage) {
    let DiscoveryPage { found, gaps, next } = page;
    let now = draft.now;
    let look = draft.world.looks.entry(connector);
    let mut run = look.running.take().unwrap_or(DiscoveryRun {
        started: now,
        from: None,
        seen: 0,
        gaps: Vec::new(),
    });
    run.seen += found.len() as u64;
    let room = MOST_GAPS.saturating_sub(run.gaps.len());
    run.gaps.extend(gaps.into_iter().take(room));
    let started = run.started;
    for principal in found {
        let directory = draft.world.watch.directory_mut();
        if let Some(item) = directory.discovered(connector, started, principal) {
            draft.batch.changes.push(Change::Inventory { item: Box::new(item) });
        }
    }
    if next.is_some() && next == run.from {
        let again = draft.later(RETRY);
        draft.world.looks.again.insert(connector.clone(), again);
        let why = "the provider says that a page is followed by itself".to_owned();
        draft.world.looks.entry(connector).failed = Some(why);
        return;
    }
    if let Some(next) = next {
        run.from = Some(next);
        draft.world.looks.entry(connector).running = Some(run);
        return;
    }
    whole(draft, connector, run);
}

/// The last page came: what was not seen now is no longer there, unless that would be half of all.
fn whole(draft: &mut Draft<'_>, connector: &ConnectorId, run: DiscoveryRun) {
    draft.world.watch.directory_mut().settle_units();
    let accepted = draft.world.looks.loss_accepted.remove(connector);
    let look = draft.world.looks.entry(connector);
    let before = look.seen;
    let shrunk = before > FEW && run.seen * 2 < before;
    let text = if shrunk && !accepted {
        let text = format!(
            "saw {} principals where {before} were seen before: nothing counts as gone; look at the provider and the connector's permissions, and say `interlock connector discover {connector} --accept-loss` when it is right",
            run.seen
        );
        look.failed = Some(text.clone());
        look.gaps = run.gaps;
        let again = draft.later(draft.world.settings.discovery_seconds.max(RETRY));
        draft.world.looks.again.insert(connector.clone(), again);
        text
    } else {
        look.last = Some(run.started);
        look.failed = None;
        look.seen = run.seen;
        let text = format!("saw {} principals, {} gaps", run.seen, run.gaps.len());
        look.gaps = run.gaps;
        text
    };
    let text = format!("looked at `{connector}`: {text}");
    draft.audit("discovery.done", "interlock", &[("connector", &connector.0)], text, None);
    if draft.world.looks.entry(connector).failed.is_none() {
        draft.replace_old(connector);
    }
}

/// Somebody wants a connector to look now.
pub(crate) fn asked(
    draft: &mut Draft<'_>,
    connector: &ConnectorId,
    accept_loss: bool,
) -> Result<Outcome, Refusal> {
    let connectors = &draft.world.settings.connectors;
    let Some(instance) = connectors.iter().find(|it| it.id == *connector) else {
        return Err(Refusal::NotFound { what: "connector", id: connector.to_string() });
    };
    if instance.spec.discovery.is_none() {
        let why = format!("connector `{connector}` does not look for identities");
        return Err(Refusal::NotNow { why });
    }
    if accept_loss {
        draft.world.looks.loss_accepted.insert(connector.clone());
    }
    if !draft.world.looks.under_way.contains(connector) {
        draft.next_page(connector);
    }
    Ok(Outcome::Done)
}

#[cfg(test)]
mod tests {
    use crate::{Call, Input, Memory, Outcome, Refusal, Settings, Watch, World, turn};
    use interlock_contain::{
        BreakerLimits, CallError, ConnectorInstance, ConnectorSpec, DiscoverySpec,
    };
    use interlock_decide::{Playbooks, Policies};
    use interlock_detect::sigma::RuleSet;
    use interlock_detect::{BehaviourConfig, Detectors};
    use interlock_identity::{Directory, declare};
    use interlock_model::{
        ActionKind, Change, ConnectorId, Discovered, Discovery, DiscoveryGap, DiscoveryPage,
        InventoryItem, Limits, Mode, Principal, ProbedPermission, Timestamp,
    };
    use std::collections::BTreeMap;
    use std::time::Duration;

    static LOOKS: DiscoverySpec =
        DiscoverySpec { sees: "roles", hides: "", reads: &[], source: "" };
    static SPEC: ConnectorSpec = ConnectorSpec {
        kind: "toy",
        provider: "postgresql",
        title: "a toy",
        outer: "nothing",
        discovery: Some(&LOOKS),
        actions: &[],
    };

    /// What a store keeps of looks.
    #[derive(Debug, Default)]
    struct Kept {
        items: BTreeMap<String, InventoryItem>,
        looks: BTreeMap<ConnectorId, Discovery>,
        audit: Vec<String>,
    }

    struct House {
        world: World,
        kept: Kept,
        clock: i64,
        reply: Result<Outcome, Refusal>,
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_780_000_000 + second).unwrap()
    }

    fn id() -> ConnectorId {
        ConnectorId("orders".into())
    }

    fn world(kept: &Kept) -> World {
        let (declaration, _) = declare::load(&[]);
        let (rules, _) = RuleSet::load(&[]);
        let detectors = Detectors::new(rules, BehaviourConfig::standard(), None);
        let watch = Watch::new(Directory::new(declaration), detectors, Limits::STANDARD);
        let settings = Settings {
            mode: Mode::Observe,
            connectors: vec![ConnectorInstance {
                id: id(),
                spec: &SPEC,
                scope: Vec::new(),
                enforce: Vec::new(),
                settle_seconds: None,
            }],
            own: BTreeMap::new(),
            people: crate::People::default(),
            places: crate::Places::default(),
            playbooks: Playbooks::load(&[]).0,
            policies: Policies::load(&[]).0.unwrap(),
            breaker: BreakerLimits { per_hour: 1, per_connector: 1, per_rule: 1 },
            run: "run".into(),
            watch_seconds: 5,
            read_back_seconds: 0,
            discovery_seconds: 600,
            approval_seconds: 600,
            undo_hold_seconds: 600,
            drill_seconds: 600,
            drills: Vec::new(),
            replace_over_age: false,
        };
        let memory = Memory {
            inventory: kept.items.values().cloned().collect(),
            discoveries: kept.looks.values().cloned().collect(),
            ..Memory::default()
        };
        World::recall(settings, watch, memory).0
    }

    impl House {
        fn new() -> Self {
            let kept = Kept::default();
            Self { world: world(&kept), kept, clock: 0, reply: Ok(Outcome::Done) }
        }

        /// Gives an input, keeps what is to be kept, and says where the next look is to go on.
        fn give(&mut self, input: Input) -> Option<Option<String>> {
            let turned = turn(&mut self.world, input, at(self.clock));
            for change in turned.batch.changes {
                if let Change::Inventory { item } = change {
                    self.kept.items.insert(item.seen.principal.to_string(), *item);
                } else if let Change::Discovery { discovery } = change {
                    self.kept.looks.insert(discovery.connector.clone(), *discovery);
                } else {
                    assert!(matches!(change, Change::Identity { .. }), "{change:?}");
                }
            }
            self.kept.audit.extend(turned.batch.audit.into_iter().map(|it| it.text));
            let mut calls = turned.calls.into_iter().map(|it| {
                let Call::Discover { connector, from, probe } = it else { panic!("{it:?}") };
                assert_eq!((connector, probe), (id(), false), "nobody acts");
                from
            });
            let call = calls.next();
            assert!(calls.next().is_none(), "one look at a time");
            self.reply = turned.reply;
            call
        }

        fn dies(&mut self) {
            self.world = world(&self.kept);
        }

        fn names(&self) -> Vec<String> {
            let all = self.world.watch().directory().identities();
            let mut names: Vec<String> = all.map(|it| it.name.clone()).collect();
            names.sort();
            names
        }
    }

    fn page(names: &[&str], next: Option<&str>) -> Input {
        let found = names.iter().map(|it| Discovered::of(Principal::new("postgresql", it)));
        let page = DiscoveryPage {
            found: found.collect(),
            gaps: Vec::new(),
            next: next.map(ToOwned::to_owned),
        };
        Input::Discovered { connector: id(), page: Ok(page), permissions: None }
    }

    fn failed(error: CallError) -> Input {
        Input::Discovered { connector: id(), page: Err(error), permissions: None }
    }

    #[test]
    fn a_page_that_leads_to_itself_ends_the_look() {
        let mut house = House::new();
        assert_eq!(house.give(Input::Started), Some(None));
        assert_eq!(house.give(page(&["a"], Some("b"))), Some(Some("b".to_owned())));
        assert_eq!(house.give(page(&["a"], Some("b"))), None);
        let failed = |house: &House| house.kept.looks[&id()].failed.clone();
        assert_eq!(failed(&house).unwrap(), "the provider says that a page is followed by itself");
        house.clock = super::RETRY;
        assert_eq!(house.give(Input::Tick), Some(None), "from the beginning");
        assert_eq!(house.give(page(&["a"], None)), None);
        assert_eq!(failed(&house), None);
    }

    #[test]
    fn a_look_goes_on_after_a_death_between_two_pages() {
        let mut house = House::new();
        assert_eq!(house.give(Input::Started), Some(None));
        assert_eq!(house.give(page(&["a", "b"], Some("b"))), Some(Some("b".to_owned())));
        house.dies();
        house.clock = 5;
        assert_eq!(house.give(Input::Started), Some(Some("b".to_owned())));
        let permissions = Some(vec![ProbedPermission {
            permission: "CREATEROLE".to_owned(),
            missing: Some("run it".to_owned()),
            not_known: None,
        }]);
        let Input::Discovered { connector, page, .. } = page(&["c"], None) else { panic!() };
        assert_eq!(house.give(Input::Discovered { connector, page, permissions }), None);
        assert_eq!(house.names(), ["a", "b", "c"]);
        let look = &house.kept.looks[&id()];
        assert_eq!((look.last, look.seen, look.running.as_ref()), (Some(at(0)), 3, None));
        assert_eq!(look.permissions.len(), 1);
        assert_eq!(house.kept.audit, ["looked at `orders`: saw 3 principals, 0 gaps"]);
        // All of it began at the same moment, so nothing counts as gone.
        for item in house.kept.items.values() {
            assert_eq!((item.first, item.last), (at(0), at(0)));
        }
        house.clock = 599;
        assert_eq!(house.give(Input::Tick), None);
        house.clock = 600;
        assert_eq!(house.give(Input::Tick), Some(None));
    }

    #[test]
    fn a_provider_that_is_down_is_asked_again_and_nothing_is_gone() {
        let mut house = House::new();
        house.give(Input::Started);
        house.give(page(&["a", "b"], None));
        house.clock = 600;
        assert_eq!(house.give(Input::Tick), Some(None));
        assert_eq!(house.give(page(&["a"], Some("a"))), Some(Some("a".to_owned())));
        let down = CallError::Retry { after: Duration::from_secs(7), why: "down".to_owned() };
        assert_eq!(house.give(failed(down)), None);
        assert_eq!(
            house.kept.looks[&id()].failed.as_deref(),
            Some("down; to be tried again in 7 s")
        );
        house.clock = 606;
        assert_eq!(house.give(Input::Tick), None);
        house.clock = 607;
        assert_eq!(house.give(Input::Tick), Some(Some("a".to_owned())), "where it was");
        // An answer that makes no sense is no place to go on from.
        let broken = CallError::Invalid { why: "no such page".to_owned() };
        house.give(failed(broken));
        house.clock = 2_000;
        assert_eq!(house.give(Input::Tick), Some(None), "from the beginning");
        house.give(page(&["a"], None));
        let directory = house.world.watch().directory();
        let looks: Vec<Discovery> = house.kept.looks.values().cloned().collect();
        let gone = |name: &str| {
            let resolution = directory.resolve(&format!("postgresql:{name}"));
            directory.unseen(resolution.identity().unwrap(), &looks)
        };
        assert_eq!((gone("a"), gone("b")), (None, Some(at(0))));
        assert_eq!(house.names(), ["a", "b"], "what is gone is not forgotten");
    }

    #[test]
    fn permissions_are_tried_wherever_plans_are_made_with_verbs_to_carry_them_out() {
        let verbs = &[ActionKind::BlockPrincipal][..];
        for (mode, enforce, tried) in [
            (Mode::Observe, verbs, false),
            (Mode::Recommend, verbs, true),
            (Mode::Recommend, &[], false),
            (Mode::Enforce, verbs, true),
            (Mode::Enforce, &[], false),
        ] {
            let mut world = world(&Kept::default());
            world.settings.mode = mode;
            for it in &mut world.settings.connectors {
                it.enforce = enforce.to_vec();
            }
            let calls = turn(&mut world, Input::Started, at(0)).calls;
            let [Call::Discover { probe, .. }] = &calls[..] else { panic!("{calls:?}") };
            assert_eq!(*probe, tried, "{mode} {enforce:?}");
        }
    }

    #[test]
    fn permissions_that_go_missing_half_way_through_a_look_lose_nothing() {
        let mut house = House::new();
        house.give(Input::Started);
        house.give(page(&["a", "b", "c"], None));
        house.clock = 600;
        assert_eq!(house.give(Input::Tick), Some(None));
        assert_eq!(house.give(page(&["a", "d"], Some("d"))), Some(Some("d".to_owned())));
        let denied = CallError::Denied { permission: "SELECT on pg_roles".to_owned() };
        assert_eq!(house.give(failed(denied)), None);
        let look = house.kept.looks[&id()].clone();
        assert!(look.failed.unwrap().contains("SELECT on pg_roles"));
        assert_eq!((look.last, look.seen, look.running), (Some(at(0)), 3, None));
        assert_eq!(house.names(), ["a", "b", "c", "d"], "what was seen stays, the new one too");
        let looks: Vec<Discovery> = house.kept.looks.values().cloned().collect();
        let directory = house.world.watch().directory();
        for name in ["a", "b", "c", "d"] {
            let resolution = directory.resolve(&format!("postgresql:{name}"));
            let gone = directory.unseen(resolution.identity().unwrap(), &looks);
            assert_eq!(gone, None, "{name}: a look without an end says nothing of who is gone");
        }
        // A part that cannot be seen is a gap of the whole look, and what was seen of it stays.
        house.clock = 2_000;
        house.give(Input::Tick);
        let gap = DiscoveryGap { what: "c".into(), why: "denied".into(), remedy: "grant".into() };
        let found = ["a", "b", "d"].map(|it| Discovered::of(Principal::new("postgresql", it)));
        let last = DiscoveryPage { found: found.into(), gaps: vec![gap.clone()], next: None };
        house.give(Input::Discovered { connector: id(), page: Ok(last), permissions: None });
        assert_eq!(house.kept.looks[&id()].gaps, [gap]);
        assert_eq!(house.names(), ["a", "b", "c", "d"]);
    }

    #[test]
    fn half_of_a_directory_is_not_gone_unless_somebody_says_so() {
        let mut house = House::new();
        house.give(Input::Started);
        let names: Vec<String> = (0..20).map(|it| format!("role{it:02}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        house.give(page(&names, None));
        house.clock = 600;
        house.give(Input::Tick);
        house.give(page(&names[..5], None));
        let look = house.kept.looks[&id()].clone();
        assert_eq!((look.last, look.seen), (Some(at(0)), 20));
        assert!(look.failed.unwrap().contains("--accept-loss"));
        let asked = |accept_loss| Input::DiscoveryAsked { connector: id(), accept_loss };
        assert_eq!(house.give(asked(true)), Some(None));
        assert_eq!(house.reply, Ok(Outcome::Done));
        house.give(page(&names[..5], None));
        let look = &house.kept.looks[&id()];
        assert_eq!((look.last, look.seen, look.failed.as_ref()), (Some(at(600)), 5, None));
        assert_eq!(house.names().len(), 20);
        let nobody =
            Input::DiscoveryAsked { connector: ConnectorId("x".into()), accept_loss: false };
        house.give(nobody);
        assert!(matches!(house.reply, Err(Refusal::NotFound { .. })));
    }
}
