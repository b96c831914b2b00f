//! `identity list`, `identity show`, `identity gaps`.

use crate::api::delegation::DelegationView;
use crate::api::identity::IdentityView;
use crate::api::reach::{ReachView, UsedView};
use crate::cli::{Common, GapsArgs, HistoryArgs, IdArgs, ListArgs};
use crate::client::Source;
use crate::exit::{Ended, Exit};
use crate::output::{self, BAD, CAREFUL, FAINT, GOOD, STRONG};
use crate::plain;

/// Lists identities, by id.
pub async fn list(common: &Common, args: &ListArgs) -> Ended {
    let source = Source::open(common, &args.server).await?;
    let page = source.identities(args.limit).await?;
    if common.json {
        page.items.iter().for_each(output::json);
        return Ok(Exit::Ok);
    }
    if page.items.is_empty() {
        output::note("no identity is declared, and none was seen yet");
        return Ok(Exit::Ok);
    }
    let mut table =
        output::table(&["id", "name", "kind", "owner", "environment", "credentials", "standing"]);
    for it in &page.items {
        table.add_row([
            it.id.clone(),
            it.name.clone(),
            it.kind.replace('_', " "),
            it.owner
                .name
                .clone()
                .or_else(|| it.owner.id.clone())
                .unwrap_or_else(|| "unowned".to_owned()),
            it.environment.clone(),
            it.credentials.len().to_string(),
            it.standing.clone(),
        ]);
    }
    output::line(table);
    if page.next.is_some() {
        output::note(format!(
            "only the first {} are shown: ask for more with `--limit`",
            args.limit
        ));
    }
    Ok(Exit::Ok)
}

/// Shows one identity.
pub async fn show(common: &Common, args: &IdArgs) -> Ended {
    let source = Source::open(common, &args.server).await?;
    let it = source.identity(&args.id).await?;
    if common.json {
        output::json(&it);
    } else {
        print(&plain::view(it));
    }
    Ok(Exit::Ok)
}

/// Lists what is missing; the answer is negative when something is.
pub async fn gaps(common: &Common, args: &GapsArgs) -> Ended {
    let source = Source::open(common, &args.server).await?;
    let (mut gaps, mut next) = (Vec::new(), args.after.clone());
    loop {
        let left = args.limit.saturating_sub(gaps.len()).clamp(1, 1_000);
        let page = source.gaps(next, left).await?;
        gaps.extend(page.items);
        next = page.next;
        if next.is_none() || gaps.len() >= args.limit {
            break;
        }
    }
    if common.json {
        gaps.iter().for_each(output::json);
    } else if gaps.is_empty() {
        output::line(format!("{GOOD}nothing is missing{GOOD:#}"));
    } else {
        let mut table = output::table(&["identity", "name", "missing", "what is so", "remedy"]);
        for it in &gaps {
            table.add_row([
                it.identity.clone(),
                it.name.clone(),
                it.kind.replace('_', " "),
                it.text.clone(),
                it.remedy.clone(),
            ]);
        }
        output::line(table);
    }
    if let Some(next) = next {
        output::note(format!("there are more: `--after {next}`, or a larger `--limit`"));
    }
    Ok(if gaps.is_empty() { Exit::Ok } else { Exit::Negative })
}

/// Shows what an identity was, oldest first.
pub async fn history(common: &Common, args: &HistoryArgs) -> Ended {
    let source = Source::open(common, &args.server).await?;
    let past = source.history(&args.id, args.at.as_ref()).await?;
    if common.json {
        past.iter().for_each(output::json);
        return Ok(Exit::Ok);
    }
    if let (true, Some(at)) = (past.is_empty(), &args.at) {
        output::note(format!("nothing was known of it at `{at}`"));
        return Ok(Exit::Ok);
    }
    let mut table = output::table(&["since", "name", "kind", "owner", "environment", "known as"]);
    for it in &past {
        let owner = it.owner.as_deref().unwrap_or("nobody");
        table.add_row([
            it.since.clone(),
            it.name.clone(),
            it.kind.replace('_', " "),
            format!("{owner} ({})", it.ownership),
            it.environment.clone(),
            it.principals.join(", "),
        ]);
    }
    output::line(table);
    Ok(Exit::Ok)
}

fn print_reach(it: &ReachView, line: &impl Fn(&str, &str)) {
    if it.everything {
        line("reach", &format!("{BAD}everything{BAD:#} {}", it.within));
    } else if it.classes.is_empty() && it.unread.is_empty() {
        line("reach", "nothing that its policies say");
    }
    for (index, class) in it.classes.iter().filter(|_| !it.everything).enumerate() {
        let conditional = if class.conditional { ", on conditions" } else { "" };
        let text = format!(
            "{}: {}{conditional}",
            class.class.replace('_', " "),
            class.examples.join(", ")
        );
        line(if index == 0 { "reach" } else { "" }, &text);
    }
    for (index, way) in it.escalations.iter().enumerate() {
        line(if index == 0 { "more by" } else { "" }, &format!("{CAREFUL}{way}{CAREFUL:#}"));
    }
    for (index, step) in it.way_to_everything.iter().enumerate() {
        let number = index + 1;
        line(
            if index == 0 { "everything by" } else { "" },
            &format!("{BAD}{number}. {step}{BAD:#}"),
        );
    }
    if !it.unread.is_empty() {
        line("unread", &format!("{}: it may do more than is said", it.unread.join(", ")));
    }
    if let Some(used) = &it.used {
        print_used(used, line);
    }
}

/// The most grants of one sort that are told here; `--json` tells all.
const MOST_TOLD: usize = 12;

fn print_used(it: &UsedView, line: &impl Fn(&str, &str)) {
    let told = |all: Vec<String>| match all.len().checked_sub(MOST_TOLD) {
        None | Some(0) => all.join(", "),
        Some(more) => {
            let first: Vec<_> = all.into_iter().take(MOST_TOLD).collect();
            format!("{} and {more} more", first.join(", "))
        }
    };
    let used: Vec<_> =
        it.actions.iter().map(|it| format!("{} ({} times)", it.action, it.count)).collect();
    let used = if used.is_empty() { "nothing of it".to_owned() } else { told(used) };
    line("used", &format!("since {}: {used}", it.since));
    if !it.whole {
        line("", &format!("{CAREFUL}not every use is known: too many different ones{CAREFUL:#}"));
    } else if !it.unused.is_empty() {
        line("not used", &format!("{CAREFUL}{}{CAREFUL:#}", told(it.unused.clone())));
    }
}

fn print_delegation(it: &DelegationView, line: &impl Fn(&str, &str)) {
    let told = |declared: Option<bool>, text: String| match declared {
        Some(false) => format!("{CAREFUL}{text}{CAREFUL:#}"),
        Some(true) | None => text,
    };
    if it.acts_for.is_empty() {
        line("acts for", "nobody that was declared or seen");
    }
    for (index, it) in it.acts_for.iter().enumerate() {
        line(if index == 0 { "acts for" } else { "" }, &told(it.declared, it.sentence()));
    }
    for (index, it) in it.tools.iter().enumerate() {
        line(if index == 0 { "tools" } else { "" }, &told(it.declared, it.sentence()));
    }
}

fn print(it: &IdentityView) {
    let line =
        |name: &str, value: &str| output::line(format!("  {FAINT}{name:<13}{FAINT:#} {value}"));
    let protected =
        if it.protected { format!("  {CAREFUL}protected{CAREFUL:#}") } else { String::new() };
    output::line(format!(
        "{STRONG}{}{STRONG:#}  {}  {}{protected}",
        it.name,
        it.kind.replace('_', " "),
        it.id
    ));
    let how = it.owner.from.as_deref().unwrap_or(&it.owner.ownership);
    match it.owner.name.as_ref().or(it.owner.id.as_ref()) {
        Some(owner) => {
            let contact = it
                .owner
                .contact
                .as_deref()
                .map(|it| format!(", reached at {it}"))
                .unwrap_or_default();
            line("owner", &format!("{owner} ({how}){contact}"));
        }
        None => line("owner", &format!("{BAD}unowned{BAD:#}")),
    }
    if !it.owner.approvers.is_empty() {
        line("approvers", &it.owner.approvers.join(", "));
    }
    let how = it.environment_from.as_deref().unwrap_or(&it.environment_basis);
    line("environment", &format!("{} ({how})", it.environment));
    if let Some(level) = &it.criticality {
        line("criticality", &format!("{level} (declared)"));
    }
    line("standing", &it.standing);
    line("provenance", &it.provenance);
    for (index, name) in it.principals.iter().enumerate() {
        line(if index == 0 { "known as" } else { "" }, name);
    }
    for (index, credential) in it.credentials.iter().enumerate() {
        let used = credential
            .last_used
            .as_deref()
            .map_or_else(|| "never seen in use".to_owned(), |it| format!("last used {it}"));
        let end = credential.revocation.as_ref().map_or_else(
            || format!("{CAREFUL}no connector can end it{CAREFUL:#}"),
            |it| format!("ended by {} at {}", it.action, it.connector),
        );
        let text = format!("{}  {}, {used}, {end}", credential.reference, credential.status);
        line(if index == 0 { "credentials" } else { "" }, &text);
        if let Some(found) = &credential.found_at {
            let how = match (&found.delivered_by, &found.delivered) {
                (Some(by), Some(at)) => format!("delivered {at} by {by}"),
                _ => "where a new one goes".to_owned(),
            };
            line("", &format!("  found at {} ({how})", found.place));
        }
    }
    for (index, edge) in it.lineage.iter().enumerate() {
        let text = format!("{} {}", edge.kind.replace('_', " "), edge.to);
        line(if index == 0 { "lineage" } else { "" }, &text);
    }
    if let Some(ancestry) = &it.ancestry {
        for (index, step) in ancestry.steps.iter().enumerate() {
            line(if index == 0 { "came from" } else { "" }, step);
        }
        if let Some(why) = &ancestry.ends {
            line("", &format!("{CAREFUL}{why}{CAREFUL:#}"));
        }
        for (name, value) in [
            ("opened for", &ancestry.opened_for),
            ("deployed by", &ancestry.deployed_by),
            ("application", &ancestry.application),
        ] {
            if let Some(value) = value {
                line(name, value);
            }
        }
        line("replace", &ancestry.replace);
    }
    if let Some(it) = &it.delegation {
        print_delegation(it, &line);
    }
    for (index, grant) in it.entitlements.iter().enumerate() {
        let seen = match (&grant.from, &grant.seen) {
            (Some(from), Some(seen)) => format!(", seen at {from} {seen}"),
            _ => String::new(),
        };
        let text =
            format!("{} on {} ({}, {}{seen})", grant.grant, grant.scope, grant.through, grant.risk);
        line(if index == 0 { "may" } else { "" }, &text);
    }
    for reach in &it.reach {
        print_reach(reach, &line);
    }
    for (index, seen) in it.discovered.iter().enumerate() {
        let enabled = match seen.enabled {
            Some(true) => ", enabled",
            Some(false) => ", disabled",
            None => "",
        };
        let labels: Vec<String> = seen.labels.iter().map(|(k, v)| format!("{k}: {v}")).collect();
        let labels =
            if labels.is_empty() { String::new() } else { format!("; {}", labels.join(", ")) };
        let text = format!(
            "{} at {} since {}, last {}{enabled}{labels}",
            seen.principal, seen.connector, seen.first, seen.last
        );
        line(if index == 0 { "seen" } else { "" }, &text);
    }
    if let Some(since) = &it.unseen_since {
        line("", &format!("{CAREFUL}not there any more: last seen {since}{CAREFUL:#}"));
    }
    for (index, conflict) in it.conflicts.iter().enumerate() {
        let text = format!("{CAREFUL}{}: {}{CAREFUL:#}", conflict.about, conflict.text);
        line(if index == 0 { "conflicts" } else { "" }, &text);
    }
    line("use", &it.impact);
    line("breaks", &format!("{} if it stops", it.blast_radius.class));
    for dependent in &it.blast_radius.dependents {
        line("", &format!("{} ({})", dependent.name, dependent.basis));
    }
}
