//! `finding list`, `finding show`.

use crate::api::finding::FindingView;
use crate::cli::{Common, IdArgs, ListArgs};
use crate::client::Source;
use crate::exit::{Ended, Exit};
use crate::output::{self, FAINT, STRONG};
use crate::plain;

/// Lists findings, newest first.
pub async fn list(common: &Common, args: &ListArgs) -> Ended {
    let source = Source::open(common, &args.server).await?;
    let page = source.findings(args.limit).await?;
    if common.json {
        page.items.iter().for_each(output::json);
        return Ok(Exit::Ok);
    }
    if page.items.is_empty() {
        output::note("no finding yet");
        return Ok(Exit::Ok);
    }
    let mut table = output::table(&["id", "time", "severity", "sure", "who", "what"]);
    for it in &page.items {
        table.add_row([
            it.id.clone(),
            it.time.clone(),
            it.severity.clone(),
            sure(it.confidence),
            who(it),
            it.title.clone(),
        ]);
    }
    output::line(table);
    Ok(Exit::Ok)
}

/// Shows one finding with its evidence.
pub async fn show(common: &Common, args: &IdArgs) -> Ended {
    let source = Source::open(common, &args.server).await?;
    let it = source.finding(&args.id).await?;
    if common.json {
        output::json(&it);
    } else {
        print(&plain::view(it), "");
    }
    Ok(Exit::Ok)
}

/// Prints one finding.
pub fn print(it: &FindingView, indent: &str) {
    output::line(format!("{indent}{STRONG}{}{STRONG:#}", it.title));
    let line = |name: &str, value: &str| {
        output::line(format!("{indent}  {FAINT}{name:<11}{FAINT:#} {value}"));
    };
    line("id", &it.id);
    line("time", &format!("{} to {}", it.time, it.last));
    line("severity", &format!("{}, {} sure", it.severity, sure(it.confidence)));
    line("rule", &format!("{} ({}, {})", it.rule.name, it.rule.source, it.rule.id));
    line("who", &who(it));
    for (name, value) in [
        ("principal", &it.principal),
        ("credential", &it.credential),
        ("session", &it.session),
        ("from", &it.address),
        ("client", &it.user_agent),
    ] {
        if let Some(value) = value {
            line(name, value);
        }
    }
    if !it.techniques.is_empty() {
        line("techniques", &it.techniques.join(", "));
    }
    for fact in &it.facts {
        line(&fact.name, &fact.value);
    }
    for (index, place) in it.evidence.iter().enumerate() {
        let text = format!("{} record {}", place.file, place.record);
        line(if index == 0 { "evidence" } else { "" }, &text);
    }
}

/// A confidence in percent.
pub fn sure(confidence: f64) -> String {
    format!("{:.0} %", confidence * 100.0)
}

fn who(it: &FindingView) -> String {
    match &it.identity {
        Some(identity) => format!("{} ({})", identity.name, identity.id),
        None if it.candidates.is_empty() => it.resolution.clone(),
        None => format!("one of {}", it.candidates.join(", ")),
    }
}
