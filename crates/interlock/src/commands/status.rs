//! `status`: whether the running house can take work, and what hinders it.

use crate::cli::{Common, StatusArgs};
use crate::client::{Client, reachable};
use crate::config;
use crate::exit::{Ended, Exit};
use crate::output::{self, BAD, CAREFUL, GOOD};
use crate::serve::health::Health;

/// Asks the house; a negative answer when it is not ready. Needs no token.
pub async fn run(common: &Common, args: &StatusArgs) -> Ended {
    let address = match &args.server {
        Some(address) => address.clone(),
        None => reachable(config::to_read(common)?.listen).to_string(),
    };
    let client = Client::without_token(&address)?;
    let it = client.health().await?;
    if common.json {
        output::json(&it);
    } else {
        print(&client.address(), &it);
    }
    Ok(if it.is_ready() { Exit::Ok } else { Exit::Negative })
}

fn print(address: &str, it: &Health) {
    let (tone, word) = if it.is_ready() { (GOOD, "ready") } else { (BAD, "not ready") };
    output::line(format!("{tone}{word}{tone:#}  {address}, version {}", it.version));
    if !it.store {
        output::line(format!("  {BAD}the store{BAD:#} cannot be read"));
    }
    if !it.house {
        output::line(format!("  {BAD}the loop{BAD:#} of the house does not answer"));
    }
    for one in &it.refused {
        output::line(format!(
            "  {BAD}refused{BAD:#} {}: {}, since {}; nothing of it is acknowledged, and it is taken again once that is mended",
            one.what, one.why, one.since
        ));
    }
    let feeds = &it.feeds;
    if feeds.sick + feeds.waiting > 0 {
        output::line(format!(
            "  {CAREFUL}feeds{CAREFUL:#} {} well, {} sick, {} waiting for turns; `interlock feed list --server {address}` names them",
            feeds.well, feeds.sick, feeds.waiting
        ));
    }
}
