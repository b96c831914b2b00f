//! `feed list` and `feed test`: which ways in are configured, how they are, and whether they can be had.

use crate::api::feed::FeedView;
use crate::cli::{Common, ServerArgs};
use crate::client::Client;
use crate::config::{self, FeedConfig};
use crate::exit::{Ended, Exit, Failure};
use crate::feed;
use crate::output::{self, BAD, GOOD, STRONG};
use anyhow::anyhow;
use serde_json::json;

/// Lists the feeds: those of a running house with how they are, else those of the configuration.
pub async fn list(common: &Common, args: &ServerArgs) -> Ended {
    if let Some(address) = &args.server {
        let feeds = Client::new(address, args)?.feeds().await?;
        for it in &feeds {
            if common.json {
                let mut shown = serde_json::to_value(it).map_err(Failure::unavailable)?;
                if let Some(shown) = shown.as_object_mut() {
                    shown.insert("type".to_owned(), json!("feed"));
                }
                output::json(&shown);
            } else {
                tell(it);
            }
        }
        if feeds.is_empty() && !common.json {
            output::note("no feed is configured");
        }
        return Ok(Exit::Ok);
    }
    let config = config::to_read(common)?;
    for it in &config.feeds {
        if common.json {
            output::json(&json!({
                "type": "feed", "id": it.id, "kind": it.kind.name(), "from": it.from(),
                "alerts": it.alerts,
            }));
        } else {
            output::line(format!("{STRONG}{}{STRONG:#}  {}  {}", it.id, it.kind.name(), it.from()));
        }
    }
    if config.feeds.is_empty() && !common.json {
        output::note("no feed is configured: add a `[[feed]]` to `interlock.toml`");
    }
    Ok(Exit::Ok)
}

fn tell(it: &FeedView) {
    output::line(format!("{STRONG}{}{STRONG:#}  {}  {}", it.id, it.kind, it.from));
    let state = match &it.sick_since {
        None => format!("{GOOD}well{GOOD:#}"),
        Some(since) => format!("{BAD}sick{BAD:#} since {since}"),
    };
    output::line(format!(
        "  {state}, {} records, {} rejected, {:.0} s behind",
        it.records, it.rejected, it.lag_seconds
    ));
    if let (Some(error), Some(at)) = (&it.last_error, &it.last_error_at) {
        output::line(format!("  {at}: {error}"));
    }
}

/// Tries to reach what each feed reads; takes nothing from it.
pub async fn test(common: &Common, id: Option<String>) -> Ended {
    let config = config::given(common)?;
    let chosen: Vec<&FeedConfig> =
        config.feeds.iter().filter(|it| id.as_ref().is_none_or(|id| it.id == *id)).collect();
    if let (true, Some(id)) = (chosen.is_empty(), &id) {
        let known: Vec<&str> = config.feeds.iter().map(|it| it.id.as_str()).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        return Err(Failure::usage(anyhow!("there is no feed `{id}`; there are: {known}")));
    }
    if chosen.is_empty() {
        output::note("no feed is configured");
        return Ok(Exit::Ok);
    }
    let mut wrong = 0;
    for it in chosen {
        let outcome = feed::test(it).await;
        wrong += usize::from(outcome.is_err());
        if common.json {
            output::json(&json!({
                "type": "feed_test", "id": it.id, "kind": it.kind.name(), "ok": outcome.is_ok(),
                "what": outcome.as_ref().ok(), "why": outcome.as_ref().err(),
            }));
            continue;
        }
        match outcome {
            Ok(what) => {
                output::line(format!("{STRONG}{}{STRONG:#}  {GOOD}ok{GOOD:#}  {what}", it.id));
            }
            Err(why) => {
                output::line(format!("{STRONG}{}{STRONG:#}  {BAD}wrong{BAD:#}  {why}", it.id));
            }
        }
    }
    Ok(if wrong == 0 { Exit::Ok } else { Exit::Negative })
}
