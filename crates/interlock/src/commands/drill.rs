//! `drill list` and `drill run`: ways to end access that are proven on canaries.

use crate::api::drill::{DrillRunView, DrillView};
use crate::cli::{Common, ServerArgs};
use crate::client::{Client, ClientError, Source};
use crate::exit::{Ended, Exit};
use crate::output::{self, BAD, GOOD, STRONG};
use std::time::Duration;

/// How often a drill that is under way is looked at.
const PACE: Duration = Duration::from_millis(250);

/// Lists drills; a negative answer when the last run of one proved nothing.
pub async fn list(common: &Common, server: &ServerArgs) -> Ended {
    let drills = Source::open(common, server).await?.drills().await?;
    if common.json {
        drills.iter().for_each(output::json);
    } else if drills.is_empty() {
        output::note("no drill is configured: `[[drill]]` in interlock.toml");
    } else {
        drills.iter().for_each(print);
    }
    Ok(if drills.iter().all(|it| over(it).is_some_and(proven)) { Exit::Ok } else { Exit::Negative })
}

/// Asks for one now and waits for its end.
pub async fn run(common: &Common, id: &str, server: &ServerArgs) -> Ended {
    let client = Client::of(common, server).await?;
    let before = newest(&client, id).await?.and_then(|it| over(&it).cloned());
    client.run_drill(id).await?;
    let drill = loop {
        let Some(it) = newest(&client, id).await? else { return Ok(Exit::Negative) };
        let new = |it: &DrillRunView| before.as_ref().is_none_or(|then| then.time != it.time);
        if !it.running && over(&it).is_some_and(new) {
            break it;
        }
        tokio::time::sleep(PACE).await;
    };
    if common.json {
        output::json(&drill);
    } else {
        let history = drill.history.iter().take(1).cloned().collect();
        print(&DrillView { history, ..drill.clone() });
    }
    let good = drill.history.first().is_some_and(proven);
    Ok(if good { Exit::Ok } else { Exit::Negative })
}

/// The newest run that is over.
fn over(it: &DrillView) -> Option<&DrillRunView> {
    it.history.iter().find(|it| it.ended.is_some())
}

/// The drill, the newest of its runs first.
async fn newest(client: &Client, id: &str) -> Result<Option<DrillView>, ClientError> {
    Ok(client.drills().await?.into_iter().find(|it| it.id == id))
}

const fn proven(it: &DrillRunView) -> bool {
    it.effective && it.restored && it.fault.is_none()
}

fn print(it: &DrillView) {
    output::line(format!(
        "{STRONG}{}{STRONG:#}  {} of `{}` at {}, every {} h",
        it.id,
        it.verb,
        it.principal,
        it.connector,
        it.every_seconds / 3_600
    ));
    if it.history.is_empty() {
        output::line("  never run: drills need the mode `enforce`");
    }
    for run in &it.history {
        let (style, word) = match (&run.ended, proven(run)) {
            (None, _) => (STRONG, "under way"),
            (Some(_), true) => (GOOD, "proven"),
            (Some(_), false) => (BAD, "failed"),
        };
        let after = run.refused_after_milliseconds.map(|it| format!(", refused after {it} ms"));
        let fault = run.fault.as_ref().map(|it| format!(": {it}"));
        output::line(format!(
            "  {}  {style}{word}{style:#}{}{}  {}",
            run.time,
            after.unwrap_or_default(),
            fault.unwrap_or_default(),
            run.actions.join(", ")
        ));
    }
}
