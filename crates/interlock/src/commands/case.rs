//! `case list`, `case show`, `case close`.

use super::act::{self, Place, print_containment};
use super::finding::{self, sure};
use crate::api::act::{CloseRequest, reason};
use crate::api::case::{CaseSummary, CaseView, case_id};
use crate::api::explain::in_words;
use crate::cli::{CloseArgs, Common, IdArgs, ListArgs};
use crate::client::Source;
use crate::exit::{Ended, Exit, Failure};
use crate::output::{self, FAINT, STRONG};
use crate::plain;
use crate::runner::House;
use anyhow::anyhow;
use interlock_engine::Input;

/// Lists cases, last updated first.
pub async fn list(common: &Common, args: &ListArgs) -> Ended {
    let source = Source::open(common, &args.server).await?;
    let page = source.cases(args.limit).await?;
    if common.json {
        page.items.iter().for_each(output::json);
        return Ok(Exit::Ok);
    }
    if page.items.is_empty() {
        output::note("no case yet");
        return Ok(Exit::Ok);
    }
    let mut table = output::table(&[
        "id", "who", "owner", "severity", "sure", "findings", "decided", "done", "updated",
    ]);
    for it in &page.items {
        table.add_row([
            it.id.clone(),
            it.subject.clone(),
            it.identity
                .as_ref()
                .and_then(|it| it.owner.clone())
                .unwrap_or_else(|| "unowned".to_owned()),
            it.severity.clone(),
            sure(it.confidence),
            it.findings.to_string(),
            it.verdict.clone().unwrap_or_default(),
            done(it),
            it.updated.clone(),
        ]);
    }
    output::line(table);
    Ok(Exit::Ok)
}

/// Shows one case.
pub async fn show(common: &Common, args: &IdArgs) -> Ended {
    let source = Source::open(common, &args.server).await?;
    let it = source.case(&args.id).await?;
    if common.json {
        output::json(&it);
    } else {
        print(&plain::view(it));
    }
    Ok(Exit::Ok)
}

/// Closes one case.
pub async fn close(common: &Common, args: &CloseArgs) -> Ended {
    let it = match act::place(common, &args.server).await? {
        Place::Server(client) => {
            client.close_case(&args.id, &CloseRequest { why: args.why.clone() }).await?
        }
        Place::Here(config) => {
            let case = case_id(&args.id)?;
            let why = reason(&args.why).map_err(|it| Failure::usage(anyhow!("{}", it.message)))?;
            let closed = Input::CaseClosed { case, by: act::local_name(), why };
            let (_, reading) = act::give(*config, async move |_: &House| Ok(closed)).await?;
            let it = reading.case(&args.id).await?;
            reading.store().close().await?;
            it
        }
    };
    if common.json {
        output::json(&it);
    } else {
        print(&plain::view(it));
    }
    Ok(Exit::Ok)
}

fn done(it: &CaseSummary) -> String {
    match (&it.phase, &it.grade) {
        (Some(phase), Some(grade)) => format!("{phase}, {grade}"),
        _ => it.state.clone(),
    }
}

fn print(it: &CaseView) {
    let summary = &it.summary;
    output::line(format!(
        "{STRONG}{}{STRONG:#}  {}  {}, {} sure",
        summary.subject,
        summary.id,
        summary.severity,
        sure(summary.confidence)
    ));
    if let Some(identity) = &summary.identity {
        let owner = identity.owner.as_deref().unwrap_or("unowned");
        output::line(format!(
            "  {FAINT}who{FAINT:#} {}, {}, {owner}, {}",
            identity.id,
            identity.kind.replace('_', " "),
            identity.environment
        ));
    }
    if let (Some(by), Some(why)) = (&it.closed_by, &it.closed_why) {
        output::line(format!("  {FAINT}closed{FAINT:#} by {by}: {why}"));
    }
    output::line("");
    for one in &it.evidence {
        finding::print(one, "  ");
    }
    for one in &it.decisions {
        output::line(format!(
            "\n  {STRONG}decided{STRONG:#} {} ({}, {})",
            in_words(one),
            one.id,
            one.time
        ));
        for reason in &one.reasons {
            output::line(format!("    {reason}"));
        }
    }
    for one in &it.containments {
        output::line("");
        print_containment(one);
    }
}
