//! Many containments at once: in order of urgency, within each provider's pace, nobody held up by a
//! sick provider. Time is the timers' own and passes as fast as there is nothing to do.

mod provider;

use super::Hands;
use crate::clock;
use interlock_contain::{BreakerLimits, ConnectorInstance, ConnectorSpec, Phase};
use interlock_decide::{Playbooks, Policies};
use interlock_detect::sigma::RuleSet;
use interlock_detect::{BehaviourConfig, Detectors};
use interlock_engine::{Input, Memory, Settings, Watch, World, turn};
use interlock_identity::{Declaration, Directory};
use interlock_model::{
    ActionKind, BlastRadius, CaseId, Confidence, ConnectorId, Consent, ContainmentId, Decision,
    DecisionId, Digest, Entry, Fact, IdentityId, Intent, Limits, Mode, Principal, Target, Tier,
    Timestamp, Verdict,
};
use provider::{Health, OTHER, Provider, WELL};
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// The pace of the provider, in operations a second.
const PACE: u32 = 20;
const TIERS: [Tier; 3] = [Tier::Disable, Tier::Restrict, Tier::Revalidate];

/// A house whose time is that of the timers, with these containments before it.
struct Small {
    world: World,
    hands: Hands,
    answers: mpsc::UnboundedReceiver<Input>,
    began: (Timestamp, Instant),
    wake: Option<Timestamp>,
}

/// One containment that is asked for.
#[derive(Debug, Clone)]
struct Asked {
    door: String,
    spec: &'static ConnectorSpec,
    tier: Tier,
    confidence: f64,
    /// Whether a person has to let it go on first.
    held: bool,
}

impl Asked {
    fn new(door: String, spec: &'static ConnectorSpec) -> Self {
        Self { door, spec, tier: Tier::Restrict, confidence: 0.5, held: false }
    }

    fn id(&self) -> ContainmentId {
        ContainmentId::derive(&[&self.door])
    }

    fn decision(&self, time: Timestamp) -> Decision {
        let principal = Principal::new(self.spec.provider, &self.door);
        Decision {
            id: DecisionId::derive(&[&self.door]),
            case: CaseId::derive(&[&self.door]),
            identity: Some(IdentityId::derive(&[&self.door])),
            verdict: Verdict::Act,
            tier: self.tier,
            intents: vec![Intent {
                kind: ActionKind::Quarantine,
                target: Target::Principal { principal },
            }],
            consent: Consent::Automatic,
            asked_as: None,
            hold_seconds: None,
            reasons: Vec::new(),
            policies: Vec::new(),
            playbook: None,
            confidence: Confidence::new(self.confidence),
            blast_radius: BlastRadius::None,
            time,
            inputs: Digest::ZERO,
        }
    }

    fn journal(&self, time: Timestamp) -> Vec<Entry> {
        let decision = self.decision(time);
        let identity = decision.identity.unwrap();
        let requested = Fact::Requested { decision: decision.id, case: decision.case, identity };
        let held = Fact::Held { why: "not yet".to_owned() };
        let facts = [Some(requested), self.held.then_some(held)];
        let entry = |(sequence, fact)| Entry { containment: self.id(), sequence, time, fact };
        (0..).zip(facts.into_iter().flatten()).map(entry).collect()
    }
}

impl Small {
    fn new(providers: &[&Arc<Provider>], asked: &[Asked]) -> Self {
        let now = clock::now();
        let specs: Vec<_> =
            providers.iter().map(|it| interlock_contain::Connector::spec(&***it)).collect();
        let connectors = specs.iter().map(|spec| ConnectorInstance {
            id: ConnectorId(spec.kind.into()),
            spec,
            scope: Vec::new(),
            enforce: vec![ActionKind::Quarantine],
            settle_seconds: None,
        });
        let policy = ("a.cedar".into(), "permit (principal, action, resource);".to_owned());
        let settings = Settings {
            mode: Mode::Enforce,
            connectors: connectors.collect(),
            own: BTreeMap::new(),
            people: interlock_engine::People::default(),
            places: interlock_engine::Places::default(),
            playbooks: Playbooks::load(&[]).0,
            policies: Policies::load(&[policy]).0.unwrap(),
            breaker: BreakerLimits { per_hour: 9999, per_connector: 9999, per_rule: 9999 },
            run: "run".into(),
            watch_seconds: 999_999,
            read_back_seconds: 0,
            approval_seconds: 600,
            undo_hold_seconds: 600,
            drill_seconds: 600,
            drills: Vec::new(),
            replace_over_age: false,
            discovery_seconds: 0,
        };
        let rules = RuleSet::load(&[]).0;
        let detectors = Detectors::new(rules, BehaviourConfig::standard(), None);
        let watch = Watch::new(Directory::new(Declaration::default()), detectors, Limits::STANDARD);
        let memory = Memory {
            decisions: asked.iter().map(|it| it.decision(now)).collect(),
            journals: asked.iter().map(|it| it.journal(now)).collect(),
            ..Memory::default()
        };
        let (world, illegal) = World::recall(settings, watch, memory);
        assert!(illegal.is_empty(), "{illegal:?}");
        let hands: Vec<Arc<dyn interlock_contain::Connector>> = providers
            .iter()
            .map(|it| Arc::clone(it) as Arc<dyn interlock_contain::Connector>)
            .collect();
        let pace = NonZeroU32::new(PACE).unwrap();
        let paces = specs.iter().map(|it| (ConnectorId(it.kind.into()), pace)).collect();
        let (sender, answers) = mpsc::unbounded_channel();
        let hands = Hands::new(&hands, &paces, BTreeMap::new(), sender);
        let mut small = Self { world, hands, answers, began: (now, clock::timer()), wake: None };
        small.take(Input::Started);
        small
    }

    fn now(&self) -> Timestamp {
        let passed = clock::timer() - self.began.1;
        self.began.0 + jiff::SignedDuration::try_from(passed).unwrap()
    }

    fn take(&mut self, input: Input) {
        let now = self.now();
        let turned = turn(&mut self.world, input, now);
        for call in turned.calls {
            let urgency = self.world.urgency(&call);
            self.hands.start(call, urgency);
        }
        self.wake = turned.wake;
    }

    /// Goes on until it is so; how long that took.
    async fn until(&mut self, done: impl Fn(&World) -> bool) -> Duration {
        let began = clock::timer();
        while !done(&self.world) {
            let pause = self.wake.map_or(3600, |it| it.as_second() - self.now().as_second() + 1);
            let pause = Duration::from_secs(pause.clamp(0, 3600).unsigned_abs());
            let input = tokio::select! {
                answer = self.answers.recv() => answer.unwrap(),
                () = tokio::time::sleep(pause) => Input::Tick,
            };
            self.take(input);
        }
        clock::timer() - began
    }

    /// How many of these containments are in such a phase.
    fn count(world: &World, asked: &[Asked], phase: impl Fn(&Phase) -> bool) -> usize {
        asked.iter().filter(|it| phase(&world.containment(&it.id()).unwrap().phase)).count()
    }
}

const fn contained(phase: &Phase) -> bool {
    matches!(phase, Phase::Contained { .. })
}

/// No second holds more operations than the pace, from wherever it begins.
fn keeps_the_pace(provider: &Provider) {
    provider.look(|seen| {
        let times = &seen.operations;
        for (first, begin) in times.iter().enumerate() {
            let end = *begin + Duration::from_secs(1);
            let within = times[first..].iter().take_while(|it| **it < end).count();
            assert!(within <= PACE as usize, "{within} operations within a second");
        }
        assert!(seen.most_at_once <= 4, "{} at once", seen.most_at_once);
    });
}

fn doors(name: &str, count: usize, spec: &'static ConnectorSpec) -> Vec<Asked> {
    (0..count).map(|it| Asked::new(format!("{name}-{it}"), spec)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_thousand_at_once_end_in_order_of_urgency_within_the_pace() {
    let provider = Provider::new(&WELL, Health::Well);
    let mut asked = doors("door", 990, &WELL);
    for (index, it) in asked.iter_mut().enumerate() {
        it.tier = TIERS[index % 3];
        it.confidence = f64::from(u8::try_from(index * 7 % 100).unwrap()) / 100.0;
    }
    // These come when the first third is half done, and are more urgent than all.
    let late: Vec<Asked> = doors("late", 10, &WELL)
        .into_iter()
        .map(|it| Asked { tier: Tier::Disable, confidence: 1.0, held: true, ..it })
        .collect();
    let all: Vec<Asked> = asked.iter().chain(&late).cloned().collect();
    let mut house = Small::new(&[&provider], &all);
    let seen = Arc::clone(&provider);
    house.until(|_| seen.look(|it| it.closed.len() >= 165)).await;
    for it in &late {
        house.take(Input::Resumed { containment: it.id(), by: "ann".to_owned() });
    }
    house.until(|world| Small::count(world, &all, contained) == all.len()).await;
    keeps_the_pace(&provider);
    provider.look(|seen| {
        assert_eq!(seen.closed.len(), 1000);
        let place = |it: &Asked| seen.closed.iter().position(|door| *door == it.door).unwrap();
        // What was under way, and one in eight for who waited longest, is all that comes between.
        let last = late.iter().map(place).max().unwrap();
        assert!(last < 165 + 10 + 12, "the late ones end as number {last}");
        let expected = [(Tier::Disable, 340), (Tier::Restrict, 670), (Tier::Revalidate, 1000)];
        for (tier, end) in expected {
            let of = asked.iter().chain(&late).filter(|it| it.tier == tier);
            let beyond = of.filter(|it| place(it) >= end).count();
            assert!(beyond <= 50, "{beyond} of tier {tier} end after number {end}");
        }
        // Within a tier the surer come first: whoever is placed before another is so in few pairs only
        // against the order of confidence.
        for tier in TIERS {
            let mut of: Vec<_> = asked.iter().filter(|it| it.tier == tier).collect();
            of.sort_by_key(|it| place(it));
            let (mut pairs, mut wrong) = (0, 0);
            for (index, before) in of.iter().enumerate() {
                for after in &of[index + 1..] {
                    pairs += 1;
                    wrong += usize::from(before.confidence < after.confidence);
                }
            }
            assert!(wrong * 8 < pairs, "{tier}: {wrong} of {pairs} pairs in the wrong order");
        }
    });
}

#[tokio::test(start_paused = true)]
async fn a_sick_provider_delays_no_other() {
    let mut alone = None;
    for health in
        [None, Some(Health::Hangs), Some(Health::Down), Some(Health::Silent), Some(Health::Panics)]
    {
        let well = Provider::new(&WELL, Health::Well);
        let sick = Provider::new(&OTHER, health.unwrap_or(Health::Well));
        let healthy = doors("well", 100, &WELL);
        let other = if health.is_some() { doors("sick", 100, &OTHER) } else { Vec::new() };
        let all: Vec<Asked> = healthy.iter().chain(&other).cloned().collect();
        let mut house = Small::new(&[&well, &sick], &all);
        let took = house.until(|world| Small::count(world, &healthy, contained) == 100).await;
        keeps_the_pace(&well);
        assert_eq!(Small::count(&house.world, &other, contained), 0);
        let alone = *alone.get_or_insert(took);
        assert_eq!(took, alone, "{health:?} delays others");
        // What cannot be done comes to rest and says why.
        house
            .until(|world| {
                Small::count(world, &other, |it| matches!(it, Phase::Held { .. })) == other.len()
            })
            .await;
        for it in &other {
            let Phase::Held { why } = &house.world.containment(&it.id()).unwrap().phase else {
                panic!()
            };
            assert!(why.starts_with("other.close: "), "{why}");
        }
        if health == Some(Health::Panics) {
            continue;
        }
        sick.is_now(Health::Well);
        for it in &other {
            house.take(Input::Resumed { containment: it.id(), by: "ann".to_owned() });
        }
        house.until(|world| Small::count(world, &all, contained) == all.len()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_throttles_is_left_alone_for_as_long_as_it_asks() {
    let provider = Provider::new(&WELL, Health::Throttles { every: 15, seconds: 90 });
    let all = doors("door", 50, &WELL);
    let mut house = Small::new(&[&provider], &all);
    house.until(|world| Small::count(world, &all, contained) == all.len()).await;
    keeps_the_pace(&provider);
    provider.look(|seen| {
        assert!(seen.rests.len() > 1, "{:?}", seen.rests);
        for (begin, end) in &seen.rests {
            // Calls that were under way already make their second operation.
            let meanwhile = seen.operations.iter().filter(|it| *it > begin && *it < end).count();
            assert!(meanwhile <= 3, "{meanwhile} operations while it rested");
        }
    });
}
