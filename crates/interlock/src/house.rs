//! Assembles the house: store, memory, watch, world, hands; and the smaller one that replay needs.

use crate::clock;
use crate::config::{Config, DrillConfig, GeoConfig};
use crate::connectors::{self, Connectors};
use crate::content::{self, Content, read_file};
use crate::exit::Failure;
use crate::geo;
use crate::hands;
use crate::runner::{House, Reached, Runner};
use anyhow::anyhow;
use interlock_connect::broker;
use interlock_contain::{BreakerLimits, ConnectorInstance, Containment};
use interlock_decide::{Playbooks, Policies};
use interlock_detect::sigma::RuleSet;
use interlock_detect::{BehaviourConfig, Detectors};
use interlock_engine::{DrillPlan, Memory, People, Settings, Watch, World};
use interlock_identity::{Declaration, Directory, Revocations};
use interlock_ingest::Mapping;
use interlock_model::{ActionKind, Case, ConnectorId, InventoryItem, Limits, Principal, Problem};
use interlock_store::{
    CaseFilter, Create, Remembered, SigningKey, Store, StoreError, VerifyingKey,
};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How many records are learned again at a time.
const RELEARN: usize = 2_000;
/// The largest key file that is read, in bytes.
const KEY_BYTES: u64 = 64 << 10;

/// How a house is opened.
#[derive(Debug)]
pub struct Opening {
    /// Whether an empty store is made where there is none.
    pub create: Create,
    /// Connectors that were made before; `None`: those of the configuration are made.
    pub connectors: Option<Connectors>,
}

impl Opening {
    /// For `serve`: the store is made when it is missing, the connectors are the configured ones.
    #[must_use]
    pub const fn to_serve() -> Self {
        Self { create: Create::IfMissing, connectors: None }
    }
}

/// Opens the store, takes it over, recalls what is remembered, learns again what the stored watch
/// does not cover, and gives the loop and its door. What happens next begins with the loop.
///
/// # Errors
/// The key, the store or a connector's credentials cannot be had.
pub async fn open(config: Config, how: Opening) -> Result<(Runner, House), Failure> {
    let key = signing_key(&config.audit_key)?;
    let canaries =
        config.drills.iter().map(|it| (it.id.as_str().into(), it.secret.clone())).collect();
    let mut paces: BTreeMap<_, _> =
        config.connectors.iter().map(|it| (it.id.clone(), it.pace)).collect();
    let connectors = match how.connectors {
        Some(connectors) => connectors,
        None => {
            Connectors::build(&config.connectors, &config.deliveries, how.create, config.acts())
                .await?
        }
    };
    let store = Store::open(&config.store, how.create).await?;
    let run = run_id()?;
    store.acquire_epoch(&run).await?;
    let Connectors { hands, instances, own, brokers } = connectors;
    if let [(served, _), _, ..] = brokers.as_slice() {
        tracing::warn!(connector = %served, "several brokers are configured: only this one has doors");
    }
    for instance in instances.iter().filter(|it| std::ptr::eq(it.spec, &broker::SPEC)) {
        paces.entry(instance.id.clone()).or_insert(hands::IN_PROCESS);
    }
    let recalled = recall(config, &store, instances, own, run).await?;
    let Recalled { world, consumed, covered } = recalled;
    for (name, why) in world.watch().detectors().off() {
        tracing::warn!(detector = name, why, "a detector is off");
    }
    let reached = Reached { connectors: hands.into(), paces, canaries };
    let (runner, house) = Runner::new(world, store, reached, Arc::new(key), consumed, covered);
    Ok((runner, house.with_brokers(brokers)))
}

/// The world as the store remembers it, for looking only: nothing is taken over, called or changed.
///
/// # Errors
/// The store is missing or cannot be read.
pub async fn look(config: Config) -> Result<(Store, World), Failure> {
    let store = Store::read(&config.store).await?;
    let instances = connectors::instances(&config.connectors);
    let recalled = recall(config, &store, instances, BTreeMap::new(), "looking".to_owned()).await?;
    Ok((store, recalled.world))
}

/// What the store remembers, and how far into the inbox.
struct Recalled {
    world: World,
    /// The inbox position that turns are done with.
    consumed: u64,
    /// The inbox position that the stored watch state covers.
    covered: u64,
}

async fn recall(
    config: Config,
    store: &Store,
    instances: Vec<ConnectorInstance>,
    own: BTreeMap<ConnectorId, Vec<Principal>>,
    run: String,
) -> Result<Recalled, Failure> {
    let geo = geo::open(&config.geo).map_err(Failure::usage)?;
    let places = connectors::places(&config);
    let Config { mode, people, guard, directory, drills, behaviour, limits, content, .. } = config;
    let Content { declaration, mappings, rules, playbooks, policies } = content;
    let revocations = connectors::revocations(&instances);
    let detectors = Detectors::new(rules.clone(), behaviour.clone(), geo);
    let geo = config.geo;
    let cold = Cold { declaration, revocations, mappings, rules, behaviour, geo, limits };
    let remembered = store.checkpoint().await?;
    let covered = remembered.as_ref().map_or(0, |it| it.position);
    let mut watch = restore(remembered, detectors, &cold)?;
    watch.directory_mut().set_limits(directory.limits);
    let consumed = store.consumed().await?;
    relearn(store, &mut watch, covered, consumed).await?;
    listed(store, &mut watch).await?;
    let memory = memory(store).await?;
    retell(&mut watch, &memory);
    let settings = Settings {
        mode,
        connectors: instances,
        own,
        people: People::new(people),
        places,
        playbooks,
        policies,
        breaker: BreakerLimits {
            per_hour: guard.automatic_per_hour,
            per_connector: guard.per_connector,
            per_rule: guard.per_rule,
        },
        run: run.into(),
        watch_seconds: seconds(guard.watch),
        read_back_seconds: seconds(guard.read_back),
        approval_seconds: seconds(guard.approval),
        undo_hold_seconds: seconds(guard.undo_hold),
        drill_seconds: seconds(guard.drill),
        replace_over_age: directory.replace_over_age,
        drills: drills.into_iter().map(plan).collect(),
        discovery_seconds: seconds(directory.discover_every),
    };
    let (world, illegal) = World::recall(settings, watch, memory);
    for entry in illegal {
        tracing::error!(%entry, "a containment's journal cannot be read and rests: look at it by hand");
    }
    Ok(Recalled { world, consumed, covered })
}

fn plan(drill: DrillConfig) -> DrillPlan {
    DrillPlan {
        id: drill.id.into(),
        connector: drill.connector,
        principal: drill.principal,
        kind: drill.kind,
        every_seconds: seconds(drill.every),
    }
}

/// A watch that keeps nothing, and what decides over what it finds.
#[derive(Debug)]
pub struct ForReplay {
    /// Records in, findings out.
    pub watch: Watch,
    /// What is proposed.
    pub playbooks: Playbooks,
    /// What is allowed.
    pub policies: Policies,
    /// What could be done; nothing is called.
    pub connectors: Vec<ConnectorInstance>,
    /// The rules that were not loaded, and why.
    pub problems: Vec<Problem>,
}

/// A watch for recorded events: of this configuration, or of the built-in content and an empty
/// directory; with the rules of another folder where one is named. A database that is named here
/// counts before the configuration's.
///
/// # Errors
/// The folder with rules is missing, or a database cannot be read.
pub fn watch_for_replay(
    config: Option<Config>,
    rules: Option<&Path>,
    geo: GeoConfig,
) -> Result<ForReplay, Failure> {
    let (mut content, connectors, behaviour, limits, configured) = match config {
        Some(it) => {
            let connectors = match it.connectors.as_slice() {
                [] => connectors::imagined(),
                some => connectors::instances(some),
            };
            (it.content, connectors, it.behaviour, it.limits, it.geo)
        }
        None => (
            if rules.is_some() { Content::built_in_without_rules() } else { Content::built_in() }?,
            connectors::imagined(),
            BehaviourConfig::standard(),
            Limits::STANDARD,
            GeoConfig::default(),
        ),
    };
    let mut problems = Vec::new();
    if let Some(dir) = rules {
        (content.rules, problems) = content::rules(dir, &content.mappings)?;
    }
    let geo = GeoConfig { city: geo.city.or(configured.city), asn: geo.asn.or(configured.asn) };
    let geo = geo::open(&geo).map_err(Failure::usage)?;
    let detectors = Detectors::new(content.rules, behaviour, geo);
    let directory =
        Directory::new(content.declaration).with_revocations(connectors::revocations(&connectors));
    let watch = Watch::new(directory, detectors, limits).with_mappings(&content.mappings, limits);
    let Content { playbooks, policies, .. } = content;
    Ok(ForReplay { watch, playbooks, policies, connectors, problems })
}

/// Reads the private key of the audit chain.
///
/// # Errors
/// The file cannot be read or holds no key.
pub fn signing_key(path: &Path) -> Result<SigningKey, Failure> {
    let shown = path.display();
    let text = read_file(path, KEY_BYTES)
        .map_err(|why| Failure::usage(anyhow!("the key of the audit chain, `{shown}`: {why}")))?;
    interlock_store::key_from_text(&text)
        .map_err(|why| Failure::usage(anyhow!("the key of the audit chain, `{shown}`: {why}")))
}

/// The public half of that key: from the private one for whoever may read it, else from the file with the
/// ending `.pub` beside it, which `init` writes.
///
/// # Errors
/// Neither can be read.
pub fn public_key(path: &Path) -> Result<VerifyingKey, Failure> {
    let private = signing_key(path);
    let beside = path.with_extension("pub");
    match (private, read_file(&beside, KEY_BYTES)) {
        (Ok(key), _) => Ok(key.verifying_key()),
        (Err(_), Ok(text)) => interlock_store::public_key_from_text(&text).map_err(|why| {
            Failure::usage(anyhow!("the public key of the house, `{}`: {why}", beside.display()))
        }),
        (Err(why), Err(_)) => Err(why),
    }
}

/// What a watch that has learned nothing is made of.
struct Cold {
    declaration: Declaration,
    revocations: Revocations,
    mappings: Vec<Mapping>,
    rules: RuleSet,
    behaviour: BehaviourConfig,
    geo: GeoConfig,
    limits: Limits,
}

impl Cold {
    fn watch(&self) -> Result<Watch, Failure> {
        let geo = geo::open(&self.geo).map_err(Failure::usage)?;
        let detectors = Detectors::new(self.rules.clone(), self.behaviour.clone(), geo);
        Ok(self.with(detectors))
    }

    fn with(&self, detectors: Detectors) -> Watch {
        let directory =
            Directory::new(self.declaration.clone()).with_revocations(self.revocations.clone());
        Watch::new(directory, detectors, self.limits).with_mappings(&self.mappings, self.limits)
    }
}

/// The watch as it was when its state was stored; without one, or with a damaged one, a new one.
fn restore(
    remembered: Option<Remembered>,
    detectors: Detectors,
    cold: &Cold,
) -> Result<Watch, Failure> {
    let Some(remembered) = remembered else { return Ok(cold.with(detectors)) };
    let position = remembered.position;
    let restored = Watch::restore(
        &remembered.state,
        cold.declaration.clone(),
        cold.revocations.clone(),
        detectors,
        cold.limits,
    );
    match restored {
        Ok(watch) => Ok(watch.with_mappings(&cold.mappings, cold.limits)),
        Err(why) => {
            let text = format!(
                "what was learned up to record {position} cannot be used ({why}): the house begins anew, and for a day or more behaviours find less"
            );
            tracing::error!("{text}");
            metrics::counter!("interlock_cold_starts_total").increment(1);
            cold.watch()
        }
    }
}

/// Shows the watch again the records that turns are done with but that its stored state does not cover.
///
/// Their findings were remembered by those turns; here they only teach.
async fn relearn(
    store: &Store,
    watch: &mut Watch,
    covered: u64,
    consumed: u64,
) -> Result<(), StoreError> {
    let mut position = covered;
    while position < consumed {
        let records = store.pending(position, RELEARN).await?;
        let before = position;
        for record in records.iter().filter(|it| it.position <= consumed) {
            let _ = watch.inbound(record);
            position = record.position;
        }
        if position == before {
            break;
        }
    }
    // What grew meanwhile was given before, or will be when it grows again.
    Ok(())
}

/// So many of what connectors saw are read at once: all of it at once would take more than the directory.
const LISTED: usize = 1_000;

/// Gives the directory what connectors saw.
async fn listed(store: &Store, watch: &mut Watch) -> Result<(), StoreError> {
    let mut last: Option<InventoryItem> = None;
    loop {
        let page = store.inventory(last.as_ref(), LISTED).await?;
        let Some(after) = page.last().cloned() else { return Ok(()) };
        last = Some(after);
        page.into_iter().for_each(|it| watch.directory_mut().recall(it));
    }
}

/// What else the world is rebuilt from.
async fn memory(store: &Store) -> Result<Memory, StoreError> {
    let everything = CaseFilter { open: Some(true), identity: None, limit: usize::MAX };
    let mut cases: BTreeMap<_, Case> =
        store.cases(everything).await?.into_iter().map(|it| (it.id.clone(), it)).collect();
    let journals = store.journals().await?;
    for life in journals.values().filter_map(|it| Containment::fold(it).ok().flatten()) {
        if !cases.contains_key(&life.case)
            && let Some(case) = store.case(&life.case).await?
        {
            cases.insert(life.case.clone(), case);
        }
    }
    let mut decisions = Vec::new();
    for case in cases.keys() {
        decisions.extend(store.decisions(case).await?);
    }
    decisions.sort_by_key(|it| it.time);
    Ok(Memory {
        cases: cases.into_values().collect(),
        decisions,
        journals: journals.into_values().collect(),
        drills: store.drills().await?,
        // The directory was given it already, in parts.
        inventory: Vec::new(),
        discoveries: store.discoveries().await?,
    })
}

/// Tells the detectors again which credentials are cut off: they may have been told after their
/// state was stored.
fn retell(watch: &mut Watch, memory: &Memory) {
    for life in memory.journals.iter().filter_map(|it| Containment::fold(it).ok().flatten()) {
        if life.undo.is_some() {
            continue;
        }
        for step in life.steps.iter().filter(|it| it.verified().is_some()) {
            let acting = &step.step;
            if let (Some(credential), Some(at), true) = (
                acting.target.credential(),
                step.acknowledged.or(step.verified()),
                acting.stops.new && acting.kind != ActionKind::Restore,
            ) {
                watch.detectors_mut().revoked(credential, at);
            }
        }
    }
}

/// A name for this process that no earlier one had.
fn run_id() -> Result<String, Failure> {
    let mut random = [0; 8];
    getrandom::fill(&mut random)
        .map_err(|it| Failure::unavailable(anyhow!("the system gives no randomness: {it}")))?;
    let now = clock::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    Ok(format!("{now}-{}", hex::encode(random)))
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use interlock_model::Inbound;
    use tempfile::TempDir;

    /// A folder as `init` writes it, with its configuration.
    fn folder() -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        crate::commands::init::write_folder(&folder.path().join("house")).unwrap();
        folder
    }

    fn config(folder: &TempDir) -> Config {
        crate::config::load(&folder.path().join("house")).0.unwrap()
    }

    fn records(users: std::ops::Range<u64>) -> Vec<Inbound> {
        let record = |number: u64| {
            Inbound {
            position: 0,
            file: "http".into(),
            record: number,
            alert: false,
            text: format!(
                r#"{{"eventVersion":"1.08","eventID":"00000000-0000-4000-8000-{number:012}","eventTime":"2026-01-01T00:00:{number:02}Z","eventSource":"s3.amazonaws.com","eventName":"ListBuckets","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.7","userAgent":"cli","recipientAccountId":"111122223333","userIdentity":{{"type":"IAMUser","principalId":"AIDA{number:012}","arn":"arn:aws:iam::111122223333:user/u{number}","accountId":"111122223333","userName":"u{number}","accessKeyId":"AKIAIOSFODNN{number:08}"}}}}"#
            )
            .into(),
        }
        };
        users.map(record).collect()
    }

    /// Runs the house until it is done with everything up to this position, then stops it, or lets it die.
    async fn run_until(runner: Runner, house: &House, position: u64, dies: bool) {
        let running = tokio::spawn(runner.run());
        house.inbox_grew();
        while house.store().consumed().await.unwrap() < position {
            tokio::task::yield_now().await;
        }
        if dies {
            running.abort();
        } else {
            house.stop().await;
        }
        let _ = running.await;
    }

    /// How many identities the watch of a fresh process knows.
    async fn known(folder: &TempDir) -> usize {
        let (runner, house) = open(config(folder), Opening::to_serve()).await.unwrap();
        let running = tokio::spawn(runner.run());
        let known = house.look(|it| it.watch().directory().identities().count()).await.unwrap();
        house.stop().await;
        running.await.unwrap().unwrap();
        house.store().close().await.unwrap();
        known
    }

    #[tokio::test]
    async fn what_was_learned_survives_a_death_before_it_was_stored() {
        let folder = folder();
        let (runner, house) = open(config(&folder), Opening::to_serve()).await.unwrap();
        house.store().push(&records(1..4)).await.unwrap();
        run_until(runner, &house, 3, false).await;
        house.store().close().await.unwrap();
        let (runner, house) = open(config(&folder), Opening::to_serve()).await.unwrap();
        let last = house.store().push(&records(4..9)).await.unwrap();
        run_until(runner, &house, last, true).await;
        let covered = house.store().checkpoint().await.unwrap().unwrap().position;
        assert!(covered < last, "the death came before the watch was stored");
        house.store().close().await.unwrap();
        drop(house);
        assert_eq!(known(&folder).await, 8);
    }

    #[tokio::test]
    async fn a_damaged_state_of_the_watch_starts_cold_and_goes_on() {
        let folder = folder();
        let (runner, house) = open(config(&folder), Opening::to_serve()).await.unwrap();
        let last = house.store().push(&records(1..4)).await.unwrap();
        run_until(runner, &house, last, false).await;
        house.store().remember(last, b"damaged").await.unwrap();
        house.store().close().await.unwrap();
        drop(house);
        assert_eq!(known(&folder).await, 0);
    }

    #[tokio::test]
    async fn a_house_without_its_key_is_not_opened() {
        let folder = folder();
        let config = config(&folder);
        std::fs::write(&config.audit_key, "no key").unwrap();
        let failure = open(config, Opening::to_serve()).await.unwrap_err();
        assert_eq!(failure.exit, crate::exit::Exit::Usage);
        assert!(failure.to_string().contains("not a key"), "{failure}");
        assert!(!folder.path().join("house/interlock.db").exists());
    }

    #[test]
    fn replay_needs_no_configuration() {
        let it = watch_for_replay(None, None, GeoConfig::default()).unwrap();
        assert!(it.problems.is_empty());
        let off: Vec<&str> = it.watch.detectors().off().iter().map(|it| it.0).collect();
        assert_eq!(off, [""; 0]);
        let kinds: Vec<&str> = it.connectors.iter().map(|it| it.spec.kind).collect();
        let known: Vec<&str> =
            interlock_connect::registry::KNOWN.iter().map(|it| it.kind).collect();
        assert_eq!(kinds, known);
        let missing = watch_for_replay(None, Some(Path::new("absent")), GeoConfig::default());
        assert!(missing.unwrap_err().to_string().contains("`absent`"));
    }
}
