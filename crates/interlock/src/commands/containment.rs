//! `containment list` and `containment show`: what is cut off now, by whom, until when, and the way back.

use super::act::print_containment;
use crate::api::containment::{ContainmentQuery, ContainmentView};
use crate::cli::{Common, ContainmentListArgs, IdArgs};
use crate::client::Source;
use crate::exit::{Ended, Exit};
use crate::output;
use crate::plain;

/// Lists containments, last requested first: those under way or in force, or all.
pub async fn list(common: &Common, args: &ContainmentListArgs) -> Ended {
    let source = Source::open(common, &args.server).await?;
    let query = ContainmentQuery {
        limit: Some(args.limit),
        in_force: (!args.all).then_some(true),
        ..ContainmentQuery::default()
    };
    let page = source.containments(query).await?;
    if common.json {
        page.items.iter().for_each(output::json);
        return Ok(Exit::Ok);
    }
    if page.items.is_empty() {
        output::note(if args.all {
            "no containment yet: `interlock case list` shows what there might be one for, `interlock contain` asks for one"
        } else {
            "nothing is contained now, or about to be; `--all` shows what was"
        });
        return Ok(Exit::Ok);
    }
    let mut table =
        output::table(&["id", "who", "phase", "grade", "since", "by", "ends", "way back"]);
    for it in &page.items {
        table.add_row([
            it.id.clone(),
            it.about.as_ref().map_or_else(|| it.identity.clone(), |it| it.name.clone()),
            it.phase.clone(),
            it.grade.clone(),
            it.contained_since.clone().unwrap_or_else(|| format!("asked {}", it.requested)),
            it.by.clone().unwrap_or_else(|| waits(it)),
            it.ends.clone().unwrap_or_else(|| "when taken back".to_owned()),
            way_back(it),
        ]);
    }
    output::line(table);
    if page.items.len() >= args.limit {
        output::note(format!("there may be more than {}: `--limit`", args.limit));
    }
    Ok(Exit::Ok)
}

/// Shows one containment with its steps.
pub async fn show(common: &Common, args: &IdArgs) -> Ended {
    let source = Source::open(common, &args.server).await?;
    let it = source.containment(&args.id).await?;
    if common.json {
        output::json(&it);
        return Ok(Exit::Ok);
    }
    let it = plain::view(it);
    print_containment(&it);
    if let Some(by) = &it.by {
        output::line(format!("  by {by}"));
    }
    if let (Some(since), ends) = (&it.contained_since, &it.ends) {
        let ends = ends.as_ref().map_or_else(String::new, |it| format!(", asked again at {it}"));
        output::line(format!("  contained since {since}{ends}"));
    }
    output::line(format!("  way back: {}", way_back(&it)));
    Ok(Exit::Ok)
}

fn waits(it: &ContainmentView) -> String {
    match it.waits_for.as_slice() {
        [] => "nobody yet".to_owned(),
        roles => format!("waits for {}", roles.join(" and ")),
    }
}

/// The command that ends it.
fn way_back(it: &ContainmentView) -> String {
    match it.phase.as_str() {
        "undoing" => "is taken back now".to_owned(),
        "undone" | "closed" => "nothing is left to take back".to_owned(),
        _ if it.steps.iter().all(|it| it.attempts == 0) => {
            format!("nothing written yet: `interlock reject {}`", it.id)
        }
        _ if it.steps.iter().any(|it| it.re_arms) => {
            format!("`interlock undo {} --accept-re-arm`", it.id)
        }
        _ => format!("`interlock undo {}`", it.id),
    }
}
