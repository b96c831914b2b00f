//! The report as a file: every case on the page that `serve` shows, one below the other.

use super::Summary;
use super::text::wait;
use super::title::titles;
use crate::api::case::{CaseSummary, CaseView};
use crate::api::credential::CredentialView;
use crate::api::decision::DecisionView;
use crate::api::finding::FindingView;
use crate::api::identity::{IdentityView, LineageView, OwnerView, lineage};
use crate::api::types::{BlastRadiusView, DependentView, IdentityRef, ResidualView, moment};
use crate::page::view::{
    CasePage, CaseRow, Chip, ContainmentCard, Mark, ReportPage, ResidualLine, Row, StepLine, Tone,
};
use crate::page::{build, render_report};
use interlock_engine::{Foreseen, Story};
use interlock_model::{
    Credential, Environment, EnvironmentBasis, Finding, Identity, IdentityId, Ownership,
    Provenance, Severity, Tier, Timestamp, Verdict,
};
use std::collections::HashMap;

/// The whole report as one HTML file that loads nothing.
///
/// # Errors
/// Never in practice: writing into memory does not fail.
pub fn render(stories: &[Story], summary: &Summary) -> anyhow::Result<String> {
    let cases = stories.iter().zip(titles(stories)).map(|(it, title)| case(it, title)).collect();
    Ok(render_report(&ReportPage {
        headline: headline(stories),
        numbers: numbers(summary),
        cases,
    })?)
}

/// All of it in one sentence.
fn headline(stories: &[Story]) -> String {
    let some = |verdict| stories.iter().filter(|it| it.decision.verdict == verdict).count();
    let parts: Vec<String> = [
        (Verdict::Act, "to act on at once"),
        (Verdict::Ask, "to ask a person about"),
        (Verdict::Observe, "to watch"),
        (Verdict::Refuse, "where policy refuses"),
    ]
    .into_iter()
    .filter(|(verdict, _)| some(*verdict) > 0)
    .map(|(verdict, words)| format!("{} {words}", some(verdict)))
    .collect();
    match stories.len() {
        0 => "No case".to_owned(),
        1 => format!("One case: {}", parts.join(", ")),
        several => format!("{several} cases: {}", parts.join(", ")),
    }
}

fn numbers(it: &Summary) -> Vec<(&'static str, String)> {
    vec![
        ("events", it.events.to_string()),
        ("rejected", it.rejected.to_string()),
        ("findings", it.findings.to_string()),
        ("cases", it.cases.to_string()),
        ("seconds", format!("{:.2}", it.seconds)),
        ("events a second", format!("{:.0}", it.events_per_second())),
    ]
}

fn case(story: &Story, title: String) -> (CaseRow, CasePage) {
    let view = case_view(story);
    let identity = story.identity.as_ref().map(|it| identity_view(it, story));
    let mut page = build::case(&view, identity.as_ref(), None);
    page.subject = title;
    page.foreseen = true;
    page.back = String::new();
    page.containments = foreseen(story).into_iter().collect();
    let left: Vec<ResidualView> = story.residual.iter().map(ResidualView::from).collect();
    page.residual = build::residual(&left);
    if page.residual.is_empty() && !story.foreseen.is_empty() {
        let what = "Nothing, once every step holds.".to_owned();
        page.residual.push(ResidualLine { what, until: String::new() });
    }
    page.marks.extend(alive(story));
    let mut row = build::row(&view.summary);
    if story.identity.as_ref().is_some_and(|it| it.environment == Environment::Unknown) {
        row.environment = "environment unknown".to_owned();
        if let Some(chip) = page.chips.iter_mut().find(|it| it.text == "unknown") {
            chip.text.clone_from(&row.environment);
        }
    }
    row.status = tier(story.decision.tier);
    (row, page)
}

fn case_view(story: &Story) -> CaseView {
    let case = &story.case;
    let worst = case.findings.iter().map(|it| it.severity).max().unwrap_or(Severity::Informational);
    let known: HashMap<IdentityId, IdentityRef> =
        story.identity.iter().map(|it| (it.id.clone(), IdentityRef::from(it))).collect();
    let mut findings: Vec<&Finding> = case.findings.iter().collect();
    // Of what was seen in one moment the worst comes first.
    findings.sort_by(|a, b| a.time.cmp(&b.time).then_with(|| b.severity.cmp(&a.severity)));
    CaseView {
        summary: CaseSummary {
            id: case.id.to_string(),
            subject: case.subject.clone(),
            resolution: case.resolution.as_str().to_owned(),
            identity: story.identity.as_ref().map(IdentityRef::from),
            state: "open".to_owned(),
            confidence: case.confidence.value(),
            severity: worst.as_str().to_owned(),
            findings: case.findings.len(),
            opened: moment(case.opened),
            updated: moment(case.updated),
            verdict: Some(story.decision.verdict.to_string()),
            tier: Some(story.decision.tier.to_string()),
            phase: None,
            grade: None,
        },
        closed_by: None,
        closed_why: None,
        evidence: findings.into_iter().map(|it| FindingView::of(it, &known)).collect(),
        decisions: vec![DecisionView::from(&story.decision)],
        containments: Vec::new(),
    }
}

fn identity_view(it: &Identity, story: &Story) -> IdentityView {
    let (environment_basis, environment_from) = match &it.environment_basis {
        EnvironmentBasis::Declared => ("declared", None),
        EnvironmentBasis::Inferred(from) => ("inferred", Some(from.clone())),
        EnvironmentBasis::None => ("none", None),
    };
    let (ownership, from) = match &it.owner {
        Ownership::Declared { .. } => ("declared", None),
        Ownership::Inferred { from, .. } => ("inferred", Some(from.clone())),
        Ownership::Unowned => ("unowned", None),
    };
    let owner = story.owner.as_ref();
    let mut credentials: Vec<&Credential> = it.credentials.iter().collect();
    credentials.sort_by_key(|it| std::cmp::Reverse(it.last_used));
    IdentityView {
        id: it.id.to_string(),
        kind: it.kind.to_string(),
        name: it.name.clone(),
        environment: it.environment.to_string(),
        environment_basis: environment_basis.to_owned(),
        environment_from,
        criticality: None,
        owner: OwnerView {
            ownership: ownership.to_owned(),
            id: it.owner.owner().map(ToString::to_string),
            name: owner.map(|it| it.name.clone()),
            contact: owner.map(|it| it.contact.clone()).filter(|it| !it.is_empty()),
            approvers: owner.map(|it| it.approvers.clone()).unwrap_or_default(),
            from,
        },
        principals: it.principals.iter().map(ToString::to_string).collect(),
        credentials: credentials.into_iter().map(CredentialView::from).collect(),
        entitlements: Vec::new(),
        dependents: it.dependents.iter().map(DependentView::from).collect(),
        lineage: it
            .lineage
            .iter()
            .map(|it| LineageView {
                kind: lineage(it.kind).to_owned(),
                to: it.to.to_string(),
                seen: it.seen.map(moment),
                shown_by: it.shown_by.as_ref().map(ToString::to_string),
            })
            .collect(),
        ancestry: None,
        delegation: None,
        blast_radius: BlastRadiusView::from(&story.blast_radius),
        impact: String::new(),
        standing: "as recorded".to_owned(),
        protected: it.protected,
        provenance: match it.provenance {
            Provenance::Declared => "declared",
            Provenance::Derived => "derived",
        }
        .to_owned(),
        reach: Vec::new(),
        discovered: Vec::new(),
        conflicts: Vec::new(),
        unseen_since: None,
    }
}

/// The steps that would be taken; `None` when nothing is wanted.
fn foreseen(story: &Story) -> Option<ContainmentCard> {
    if story.foreseen.is_empty() && story.unserved.is_empty() {
        return None;
    }
    let unserved: Vec<String> = story.unserved.iter().map(ToString::to_string).collect();
    let (text, tone) = match story.decision.verdict {
        Verdict::Act => ("at once", Tone::Good),
        Verdict::Ask => ("after a yes", Tone::Careful),
        Verdict::Observe | Verdict::Refuse => ("not as it stands", Tone::Plain),
    };
    Some(ContainmentCard {
        status: Chip { text: text.to_owned(), tone },
        note: unserved.join("; "),
        steps: story.foreseen.iter().map(step).collect(),
        ..ContainmentCard::default()
    })
}

fn step(it: &Foreseen) -> StepLine {
    let mut notes: Vec<String> = wait(&it.gate).into_iter().collect();
    if !it.action.leaves.is_empty() {
        notes.push(format!("leaves: {}", it.action.leaves));
    }
    StepLine {
        summary: format!("{}: {}", it.action.summary, it.intent.target).replace('`', ""),
        action: it.action.name.to_owned(),
        status: Chip { text: it.action.kind.to_string(), tone: Tone::Plain },
        notes,
        ..StepLine::default()
    }
}

/// What would stay alive, from the decision on.
fn alive(story: &Story) -> impl Iterator<Item = Mark> + '_ {
    let from = story.decision.time;
    story.residual.iter().filter_map(move |it| {
        Some(Mark {
            at: seconds(from),
            end: Some(seconds(it.until?)),
            row: Row::Left,
            tone: Tone::Careful,
            text: it.what.clone(),
            time: build::clock(&moment(from)),
        })
    })
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of today fit without loss")]
fn seconds(time: Timestamp) -> f64 {
    time.as_millisecond() as f64 / 1000.0
}

fn tier(it: Tier) -> Chip {
    let tone = match it {
        Tier::Disable => Tone::Bad,
        Tier::Restrict => Tone::Careful,
        Tier::Revalidate | Tier::Observe => Tone::Plain,
    };
    Chip { text: it.to_string(), tone }
}
