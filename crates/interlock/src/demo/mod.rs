//! `demo`: the main job on embedded defaults, told as it happens.
//!
//! A pipeline's deploy key is stolen. The recorded events go in over HTTP; the house binds them,
//! decides, contains at the built-in broker, proves it, and takes it back.

mod recording;
mod stage;
mod tell;

use crate::cli::{Common, DemoArgs};
use crate::clock;
use crate::commands::init;
use crate::config;
use crate::connectors::Connectors;
use crate::exit::{Ended, Exit, Failure};
use crate::house::{self, Opening};
use crate::runner::House;
use crate::serve;
use anyhow::{Context as _, anyhow, bail};
use interlock_connect::broker::{self, Broker, ClientConfig, TokenLife};
use interlock_contain::{ConnectorInstance, first_effective};
use interlock_engine::Input;
use interlock_model::{ActionKind, ConnectorId, ContainmentId, Timestamp};
use interlock_store::Create;
use stage::Met;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tell::Teller;

const DIRECTORY: &str = include_str!("../../../../content/demo/directory.yaml");
const PLAYBOOK: &str = include_str!("../../../../content/demo/stolen-deploy-key.yaml");
/// The stranger's pace: one call after the other.
const BETWEEN: Duration = Duration::from_millis(150);
/// How long the demo waits for something that should come at once.
const PATIENCE: Duration = Duration::from_secs(15);

/// Runs the command.
///
/// # Errors
/// The demo's own folder, ports or store cannot be had, or the story does not come to its end.
pub async fn run(common: &Common, args: &DemoArgs) -> Ended {
    let folder = tempfile::tempdir().map_err(Failure::unavailable)?;
    play(common, args, folder.path()).await.map_err(|error| match error.downcast::<Failure>() {
        Ok(failure) => failure,
        Err(error) => Failure::unavailable(error),
    })?;
    Ok(Exit::Ok)
}

async fn play(common: &Common, args: &DemoArgs, folder: &Path) -> anyhow::Result<()> {
    let mut teller = Teller::new(common.json);
    let token = write_folder(folder)?;
    let (config, problems) = config::load(folder);
    let config =
        config.ok_or_else(|| anyhow!("the embedded configuration has problems: {problems:?}"))?;

    teller.chapter("The stage");
    let broker = Broker::in_memory(TokenLife::default());
    broker.register(&ClientConfig { name: "ci-deploy".to_owned(), delivery: None })?;
    let key = Arc::new(broker.enrol("ci-deploy", clock::now())?);
    let api = stage::api(broker.clone()).await.context("no port is free for the demo's API")?;
    let here = "198.51.100.20".parse()?;
    let mut workload = stage::caller(broker.clone(), &key, here, "deploy-pipeline/1.0", api);
    teller.say(
        "workload",
        "the pipeline `ci-deploy` deploys through an API that asks the broker about every token",
    );
    expect(workload.meets(Met::Accepted).await, "the workload was not accepted")?;
    teller.say("workload", "its access works: 200");

    let id = ConnectorId("broker".into());
    let enforce = vec![ActionKind::BlockPrincipal, ActionKind::RevokeSessions];
    let instance = ConnectorInstance {
        id: id.clone(),
        spec: &broker::SPEC,
        scope: Vec::new(),
        enforce,
        settle_seconds: None,
    };
    let mut connectors = Connectors::default();
    connectors.add(Arc::new(broker.connector(id)), instance).await;
    let (tokens, listen) =
        (config.tokens.clone(), (std::net::Ipv4Addr::LOCALHOST, args.port).into());
    let opening = Opening { create: Create::IfMissing, connectors: Some(connectors) };
    let (runner, house) = house::open(config, opening).await.map_err(|it| anyhow!("{it}"))?;
    let running = tokio::spawn(runner.run());
    let door = serve::open(listen, tokens, house.clone()).await.map_err(|it| anyhow!("{it}"))?;
    let address = format!("http://{}", door.address());
    teller.say(
        "interlock",
        &format!("listens on {address}, mode enforce, the broker is its connector"),
    );

    let recording = recording::at(clock::now())?;
    let count = recording.ordinary.len();
    post(&address, &token, &recording.ordinary).await?;
    teller.say(
        "events",
        &format!("{count} CloudTrail events of four ordinary days go in over HTTP and are learned"),
    );
    teller.follow(&house).await;

    teller.chapter("The attack");
    let there = recording::STRANGER.parse()?;
    let mut stranger = stage::caller(broker.clone(), &key, there, "python-requests/2.32", api);
    expect(stranger.meets(Met::Accepted).await, "the stranger's key did not work")?;
    teller.say("stranger", "somebody else holds the deploy key, and it works: 200");
    let (mut began, mut last, mut bound) = (None, clock::now(), false);
    for event in &recording.attack {
        last = clock::now();
        began.get_or_insert(last);
        teller.event(event);
        post(&address, &token, std::slice::from_ref(event)).await?;
        tokio::time::sleep(BETWEEN).await;
        teller.follow(&house).await;
        if !bound {
            bound = tell_bound(&house, &teller).await?;
        }
        if effective(&house).await?.is_some() {
            break;
        }
    }
    let (containment, at) = wait_effective(&house, &mut teller).await?;
    expect(stranger.meets(Met::Refused).await, "the stranger was still accepted")?;
    teller.say("stranger", "refused: 401");
    expect(workload.meets(Met::Refused).await, "the workload was still accepted")?;
    teller.say(
        "workload",
        "refused too: 401; sessions of one identity cannot be told apart by who stole the key",
    );
    let since = |from: Timestamp| at.duration_since(from).as_secs_f64() * 1000.0;
    let (decisive, first) = (since(last), since(began.unwrap_or(last)));
    let what = format!(
        "{decisive:.0} ms from the event that made it certain to effective containment, \
         {first:.0} ms from the stranger's first event"
    );
    teller.say("measured", &what);
    tell_alive(&house, &containment, &teller).await?;

    teller.chapter("Taken back");
    let undo = Input::UndoAsked {
        containment: containment.clone(),
        by: "admin".to_owned(),
        role: interlock_model::Consent::Security,
        accept_re_arm: true,
    };
    house.input(undo).await?;
    wait_undone(&house, &containment, &mut teller).await?;
    expect(workload.meets(Met::Accepted).await, "the workload was not accepted after the undo")?;
    teller.say("workload", "its access works again: 200");
    let entries = house.store().audit_head().await?.entries;
    teller.say("audit", &format!("{entries} hash-chained entries tell the whole story"));

    if !args.once {
        teller.page(&address, &token, folder);
        tokio::signal::ctrl_c().await?;
    }
    door.stop().await;
    house.stop().await;
    running.await??;
    Ok(())
}

fn expect(holds: bool, otherwise: &str) -> anyhow::Result<()> {
    if holds { Ok(()) } else { bail!("the story went wrong: {otherwise}") }
}

/// The starter content with the demo's directory and playbook, in `enforce`. The token of its API.
fn write_folder(folder: &Path) -> anyhow::Result<String> {
    let token = init::write_folder(folder)?;
    let file = folder.join(config::FILE);
    let text = std::fs::read_to_string(&file)?;
    std::fs::write(&file, text.replace("mode = \"recommend\"", "mode = \"enforce\""))?;
    let directory = folder.join("content/directory");
    for entry in std::fs::read_dir(&directory)? {
        std::fs::remove_file(entry?.path())?;
    }
    std::fs::write(directory.join("directory.yaml"), DIRECTORY)?;
    std::fs::write(folder.join("content/playbooks/stolen-deploy-key.yaml"), PLAYBOOK)?;
    Ok(token)
}

async fn post(address: &str, token: &str, events: &[serde_json::Value]) -> anyhow::Result<()> {
    let lines: Vec<String> = events.iter().map(ToString::to_string).collect();
    let client = reqwest::Client::new();
    let call =
        client.post(format!("{address}/v1/events")).bearer_auth(token).body(lines.join("\n"));
    let answer = call.send().await?;
    if !answer.status().is_success() {
        bail!("the house did not take the events: {} {}", answer.status(), answer.text().await?);
    }
    Ok(())
}

/// The containment that is shown to be effective, and since when.
async fn effective(house: &House) -> anyhow::Result<Option<(ContainmentId, Timestamp)>> {
    let seek = |world: &interlock_engine::World| {
        world.containments().find_map(|it| first_effective(it).map(|at| (it.id.clone(), at)))
    };
    Ok(house.look(seek).await?)
}

/// Tells whom the open case is about, once there is one.
async fn tell_bound(house: &House, teller: &Teller) -> anyhow::Result<bool> {
    let seek = |world: &interlock_engine::World| {
        let case = world.containments().find_map(|it| world.case(&it.case))?.clone();
        let directory = world.watch().directory();
        let identity = directory.identity(case.resolution.identity()?)?.clone();
        let owner = directory.owner_of(&identity.id).cloned();
        Some((identity, owner, case))
    };
    let Some((identity, owner, case)) = house.look(seek).await? else { return Ok(false) };
    teller.bound(&identity, owner.as_ref(), &case);
    Ok(true)
}

/// Tells what stays alive although everything holds: no demo of ours says "contained" and means "mostly".
async fn tell_alive(house: &House, id: &ContainmentId, teller: &Teller) -> anyhow::Result<()> {
    let wanted = id.clone();
    let seek = move |world: &interlock_engine::World| {
        let plan = world.containment(&wanted).and_then(|it| it.plan.clone());
        plan.map(|it| it.residual).unwrap_or_default()
    };
    for it in house.look(seek).await? {
        teller.say("stays alive", &it.what);
    }
    Ok(())
}

async fn wait_effective(
    house: &House,
    teller: &mut Teller,
) -> anyhow::Result<(ContainmentId, Timestamp)> {
    let end = clock::stopwatch() + PATIENCE;
    while clock::stopwatch() < end {
        teller.follow(house).await;
        if let Some(found) = effective(house).await? {
            teller.follow(house).await;
            return Ok(found);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    bail!("the story went wrong: nothing was contained")
}

async fn wait_undone(house: &House, id: &ContainmentId, teller: &mut Teller) -> anyhow::Result<()> {
    let end = clock::stopwatch() + PATIENCE;
    while clock::stopwatch() < end {
        teller.follow(house).await;
        let wanted = id.clone();
        let undone = house
            .look(move |world| {
                let life = world.containment(&wanted);
                life.is_some_and(|it| it.phase == interlock_contain::Phase::Undone)
            })
            .await?;
        if undone {
            teller.follow(house).await;
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    bail!("the story went wrong: the undo did not end")
}
