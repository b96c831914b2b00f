//! `readiness`: what can be revoked today, through which proven path, and what would stay alive.

use crate::api::readiness::{NeededView, ReadinessItemView, ReadinessQuery, ScoreView};
use crate::cli::{Common, ReadinessArgs};
use crate::client::Source;
use crate::exit::{Ended, Exit};
use crate::output::{self, CAREFUL, FAINT, GOOD, STRONG};
use crate::plain;

/// Shows the scores, and what is not ready; the answer is negative when something is not revocable.
pub async fn run(common: &Common, args: &ReadinessArgs) -> Ended {
    let source = Source::open(common, &args.server).await?;
    let query = ReadinessQuery { all: args.all, limit: Some(args.limit), after: None };
    let it = source.readiness(query).await?;
    let ready = it.scores.iter().all(|it| it.revocable == it.total);
    if common.json {
        it.scores.iter().for_each(output::json);
        it.items.iter().for_each(output::json);
    } else if it.scores.is_empty() {
        output::note("no identity is declared, seen or discovered yet");
        return Ok(Exit::Ok);
    } else {
        let it = plain::view(it.clone());
        print(&it.scores, &it.items, args.all);
    }
    if it.next.is_some() {
        output::note(format!("there are more than {}: `--limit`", it.items.len()));
    }
    Ok(if ready { Exit::Ok } else { Exit::Negative })
}

fn print(scores: &[ScoreView], items: &[ReadinessItemView], all: bool) {
    let mut table =
        output::table(&["", "", "in all", "seen", "owned", "revocable", "proven", "window"]);
    for it in scores {
        let share = |part: u64| format!("{part} ({} %)", part * 100 / it.total.max(1));
        table.add_row([
            it.by.clone(),
            it.group.clone(),
            it.total.to_string(),
            share(it.seen),
            share(it.owned),
            share(it.revocable),
            share(it.proven),
            it.window_seconds.map_or_else(|| "no end".to_owned(), |it| format!("{it} s")),
        ]);
    }
    output::line(table);
    if items.is_empty() {
        output::line(format!("{GOOD}everything is revocable, and proven to be{GOOD:#}"));
        return;
    }
    output::line("");
    let title = if all { "everything" } else { "not revocable, or not proven" };
    output::line(format!("{STRONG}{title}{STRONG:#}"));
    for it in items {
        let owner = it.owner.as_deref().unwrap_or("nobody");
        output::line(format!(
            "  {}  {FAINT}{} in {}, owner {owner}{FAINT:#}",
            it.what, it.name, it.environment
        ));
        if let (Some(connector), Some(action)) = (&it.connector, &it.action) {
            let proven = it.proven.as_deref().map_or_else(
                || format!("{CAREFUL}never proven, or too long ago{CAREFUL:#}"),
                |at| format!("proven {at}"),
            );
            let window = it
                .window_seconds
                .map_or_else(|| "what stays alive has no end".to_owned(), |it| format!("{it} s"));
            output::line(format!("    by {action} at {connector}, {proven}, window: {window}"));
            let settle = it.settle_seconds.unwrap_or_default();
            output::line(format!("    done within {settle} s, {}", permissions(&it.permissions)));
            if let Some(leaves) = it.leaves.as_deref().filter(|it| !it.is_empty()) {
                output::line(format!("    stays alive: {leaves}"));
            }
        }
        for hindrance in &it.hindrances {
            output::line(format!("    {CAREFUL}{hindrance}{CAREFUL:#}"));
        }
    }
}

/// What was tried of the permissions that a way needs; names only of those that were not found there.
fn permissions(all: &[NeededView]) -> String {
    let of = |tried: &str| -> Vec<&str> {
        all.iter().filter(|it| it.tried == tried).map(|it| it.permission.as_str()).collect()
    };
    let mut text = format!("{} of {} permissions tried and given", of("given").len(), all.len());
    for tried in ["missing", "not known", "not tried"] {
        let names = of(tried);
        if !names.is_empty() {
            text.push_str(&format!("; {tried}: `{}`", names.join("`, `")));
        }
    }
    text
}
