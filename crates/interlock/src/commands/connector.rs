//! `connector list` and `connector test`: what connectors can do, and whether their permissions are there.

use crate::api::discovery::DiscoverRequest;
use crate::cli::{Common, ServerArgs};
use crate::client::{Client, Source};
use crate::config;
use crate::connectors::{self, Connectors};
use crate::exit::{Ended, Exit, Failure};
use crate::generate::{leaves, length, stops, target, undo};
use crate::output::{self, BAD, GOOD, STRONG};
use anyhow::anyhow;
use interlock_contain::{ActionSpec, ConnectorInstance, Lack};
use interlock_store::Create;
use serde_json::{Value, json};

/// Lists connectors and their actions; without a configuration every kind that is known.
pub async fn list(common: &Common) -> Ended {
    let config = config::optional_for(config::Purpose::Look, common)?;
    let configured = config.is_some();
    let instances = match &config {
        Some(config) => connectors::instances(&config.connectors),
        None => connectors::imagined(),
    };
    if common.json {
        instances.iter().map(|it| described(it, configured)).for_each(|it| output::json(&it));
        return Ok(Exit::Ok);
    }
    if instances.is_empty() {
        output::note("no connector is configured; these kinds are known:");
    }
    let known = connectors::imagined();
    let shown = if instances.is_empty() { &known } else { &instances };
    for (index, instance) in shown.iter().enumerate() {
        if index > 0 {
            output::line("");
        }
        let scope = if instance.scope.is_empty() {
            "any account".to_owned()
        } else {
            instance.scope.join(", ")
        };
        output::line(format!(
            "{STRONG}{}{STRONG:#}  {}  {scope}  {}",
            instance.id, instance.spec.kind, instance.spec.title
        ));
        let mut table =
            output::table(&["action", "verb", "may write", "stops", "leaves", "undo", "settles"]);
        for action in instance.spec.actions {
            table.add_row([
                action.name.to_owned(),
                action.kind.to_string(),
                if instance.enforce.contains(&action.kind) { "yes" } else { "no" }.to_owned(),
                stops(action.stops),
                leaves(action),
                undo(action.reversal),
                length(settle(instance, action)),
            ]);
        }
        output::line(table);
    }
    Ok(Exit::Ok)
}

/// Asks a connector to look now; without one, shows how far connectors have looked.
pub async fn discover(
    common: &Common,
    id: Option<String>,
    accept_loss: bool,
    server: &ServerArgs,
) -> Ended {
    let looks = match id {
        Some(id) => {
            let client = Client::of(common, server).await?;
            vec![client.discover(&id, &DiscoverRequest { accept_loss }).await?]
        }
        None => Source::open(common, server).await?.discoveries().await?,
    };
    let whole = looks.iter().all(|it| it.failed.is_none() && it.gaps.is_empty());
    if common.json {
        looks.iter().for_each(output::json);
    } else if looks.is_empty() {
        output::note("no connector has looked for identities yet");
    }
    for it in looks.iter().filter(|_| !common.json) {
        let last = it.last.as_deref().unwrap_or("never");
        let under_way = it.running_since.as_ref().map(|at| format!(", looking since {at}"));
        output::line(format!(
            "{STRONG}{}{STRONG:#}  {} principals, last whole look {last}{}",
            it.connector,
            it.seen,
            under_way.unwrap_or_default()
        ));
        if let Some(why) = &it.failed {
            output::line(format!("  {BAD}failed{BAD:#}   {why}"));
        }
        for gap in &it.gaps {
            output::line(format!(
                "  {BAD}unseen{BAD:#}   {}: {}; {}",
                gap.what, gap.why, gap.remedy
            ));
        }
        for it in &it.missing_permissions {
            output::line(format!("  {BAD}missing{BAD:#}  {}: {}", it.permission, it.why));
        }
        for it in &it.unknown_permissions {
            output::line(format!("  unknown  {}: {}", it.permission, it.why));
        }
    }
    Ok(if whole { Exit::Ok } else { Exit::Negative })
}

/// Tries every read that connectors need, and asks about every write; writes nothing.
pub async fn test(common: &Common, id: Option<String>) -> Ended {
    let config = config::given(common)?;
    let chosen: Vec<_> = config
        .connectors
        .iter()
        .filter(|it| id.as_ref().is_none_or(|id| *it.id.0 == **id))
        .cloned()
        .collect();
    if let (true, Some(id)) = (chosen.is_empty(), &id) {
        let known: Vec<&str> = config.connectors.iter().map(|it| &*it.id.0).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        return Err(Failure::usage(anyhow!("there is no connector `{id}`; there are: {known}")));
    }
    if chosen.is_empty() {
        output::note("no connector is configured");
        return Ok(Exit::Ok);
    }
    let connectors =
        Connectors::build(&chosen, &config.deliveries, Create::Never, config.acts()).await?;
    let left = chosen.iter().filter(|it| it.acting.is_some() && !config.acts());
    let left: Vec<String> = left.map(|it| it.id.to_string()).collect();
    if !left.is_empty() {
        output::note(format!(
            "the mode is not `enforce`: what {} would act with is not loaded, and not tried",
            left.join(", ")
        ));
    }
    let mut missing = 0;
    for hand in &connectors.hands {
        let own = connectors.own.get(hand.id());
        let own: Vec<String> = own.into_iter().flatten().map(ToString::to_string).collect();
        let checks = hand.check().await;
        missing += checks.iter().filter(|it| it.outcome.is_err()).count();
        if common.json {
            for check in &checks {
                output::json(&json!({
                    "type": "permission",
                    "connector": hand.id(),
                    "permission": check.permission,
                    "ok": check.outcome.is_ok(),
                    "why": check.outcome.as_ref().err().map(ToString::to_string),
                    "not_known": check.outcome.is_err() && !check.is_missing(),
                }));
            }
            continue;
        }
        let acts = if own.is_empty() { "nobody knows whom".to_owned() } else { own.join(", ") };
        output::line(format!("{STRONG}{}{STRONG:#}  acts as {acts}", hand.id()));
        for check in &checks {
            match &check.outcome {
                Ok(()) => output::line(format!("  {GOOD}ok{GOOD:#}       {}", check.permission)),
                Err(Lack::Missing(why)) => {
                    output::line(format!("  {BAD}missing{BAD:#}  {}: {why}", check.permission));
                }
                Err(Lack::NotKnown(why)) => {
                    output::line(format!("  {BAD}unknown{BAD:#}  {}: {why}", check.permission));
                }
            }
        }
    }
    Ok(if missing == 0 { Exit::Ok } else { Exit::Negative })
}

fn settle(instance: &ConnectorInstance, action: &ActionSpec) -> std::time::Duration {
    instance.settle_seconds.map_or(action.settle, std::time::Duration::from_secs)
}

fn described(instance: &ConnectorInstance, configured: bool) -> Value {
    let action = |it: &&'static ActionSpec| {
        json!({
            "name": it.name,
            "kind": it.kind,
            "target": target(it.target),
            "may_write": instance.enforce.contains(&it.kind),
            "stops": it.stops,
            "leaves": it.leaves,
            "leaves_at_most_seconds": it.leaves_at_most.map(|it| it.as_secs()),
            "undo": undo(it.reversal),
            "settle_seconds": settle(instance, it).as_secs(),
            "reads": it.reads,
            "write": it.write,
            "source": it.source,
        })
    };
    json!({
        "type": "connector",
        "id": instance.id,
        "configured": configured,
        "kind": instance.spec.kind,
        "title": instance.spec.title,
        "scope": instance.scope,
        "enforce": instance.enforce,
        "actions": instance.spec.actions.iter().map(action).collect::<Vec<_>>(),
    })
}
