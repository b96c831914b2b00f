//! `explain`: what was, or would be, decided, and why.

use super::act::print_containment;
use crate::cli::{Common, IdArgs};
use crate::client::Source;
use crate::exit::{Ended, Exit};
use crate::output::{self, STRONG};
use crate::plain;

/// Runs the command.
pub async fn run(common: &Common, args: &IdArgs) -> Ended {
    let source = Source::open(common, &args.server).await?;
    let it = source.explain(&args.id).await?;
    if common.json {
        output::json(&it);
        return Ok(Exit::Ok);
    }
    let it = plain::view(it);
    output::line(format!("{STRONG}{} {}{STRONG:#}", it.what, it.id));
    for line in &it.text {
        output::line(format!("  {line}"));
    }
    for one in &it.containments {
        output::line("");
        print_containment(one);
    }
    if !it.by_hand.is_empty() {
        output::line(format!("\n{STRONG}asked by hand, as the security team{STRONG:#}"));
        let mut table = output::table(&["intent", "verdict", "consent", "why"]);
        for one in &it.by_hand {
            let why = one.reasons.last().cloned().unwrap_or_default();
            table.add_row([one.intent.clone(), one.verdict.clone(), one.consent.clone(), why]);
        }
        output::line(table);
    }
    Ok(Exit::Ok)
}
