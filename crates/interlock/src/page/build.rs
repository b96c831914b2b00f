//! From what the API says to what a page shows.

use super::view::{
    BlastCard, CasePage, CaseRow, Chip, ContainmentCard, CredentialLine, DecisionCard,
    DependentLine, FindingCard, IdentityCard, LineageLine, ListPage, Mark, ResidualLine, Row, Rung,
    StepLine, Tone, UndoCard,
};
use crate::api::case::{CaseSummary, CaseView};
use crate::api::containment::{ContainmentView, StepView};
use crate::api::credential::CredentialView;
use crate::api::decision::DecisionView;
use crate::api::finding::FindingView;
use crate::api::identity::IdentityView;
use crate::api::types::{BlastRadiusView, ResidualView};
use interlock_model::Timestamp;

/// How many credentials are shown at once; the others are folded away.
const FOREMOST: usize = 4;

/// The list of these cases.
#[must_use]
pub fn list(cases: &[CaseSummary], mode: &str, reader: Option<&str>, more: bool) -> ListPage {
    ListPage {
        cases: cases.iter().map(row).collect(),
        mode: mode.to_owned(),
        reader: reader.map(ToOwned::to_owned),
        more,
    }
}

/// One case with the identity it is about.
#[must_use]
pub fn case(case: &CaseView, identity: Option<&IdentityView>, reader: Option<&str>) -> CasePage {
    let summary = &case.summary;
    let decision = case.decisions.last();
    let newest = case.containments.last();
    let mut chips = vec![
        Chip { text: summary.severity.clone(), tone: severity(&summary.severity) },
        Chip { text: format!("{} % sure", percent(summary.confidence)), tone: Tone::Plain },
    ];
    if let Some(it) = &summary.identity {
        chips.push(Chip { text: it.environment.clone(), tone: Tone::Plain });
    }
    if summary.state == "closed" {
        chips.push(Chip { text: "closed".to_owned(), tone: Tone::Plain });
    }
    let blast = identity.map(|it| &it.blast_radius).or_else(|| decision.map(|it| &it.blast_radius));
    CasePage {
        id: summary.id.clone(),
        subject: summary.subject.clone(),
        headline: headline(case),
        chips,
        ladder: newest.map(ladder).unwrap_or_default(),
        over: newest.is_some_and(|it| matches!(it.phase.as_str(), "undone" | "closed")),
        findings: findings(&case.evidence),
        identity: identity.map(|it| identity_card(it, case)),
        nobody: nobody(summary),
        decision: decision.map(decision_card),
        containments: case.containments.iter().rev().map(containment).collect(),
        residual: newest.map(|it| residual(&it.residual)).unwrap_or_default(),
        blast: BlastCard {
            impact: identity.map(|it| it.impact.clone()).unwrap_or_default(),
            ..blast.map(blast_card).unwrap_or_default()
        },
        marks: marks(case),
        foreseen: false,
        reader: reader.map(ToOwned::to_owned),
        back: "/".to_owned(),
    }
}

/// One line of the list.
#[must_use]
pub fn row(it: &CaseSummary) -> CaseRow {
    let identity = it.identity.as_ref();
    CaseRow {
        href: format!("/cases/{}", it.id),
        subject: it.subject.clone(),
        kind: identity.map_or_else(|| format!("{} identity", it.resolution), |it| words(&it.kind)),
        owner: identity.and_then(|it| it.owner.as_deref()).map(owner_name),
        environment: identity.map(|it| it.environment.clone()).unwrap_or_default(),
        severity: it.severity.clone(),
        confidence: percent(it.confidence),
        findings: it.findings,
        verdict: it.verdict.clone().unwrap_or_else(|| "undecided".to_owned()),
        status: status(it),
        updated: clock(&it.updated),
        open: it.state == "open",
    }
}

/// How a case stands, in a few words.
fn status(it: &CaseSummary) -> Chip {
    let chip = |text: &str, tone| Chip { text: text.to_owned(), tone };
    match (it.phase.as_deref(), it.grade.as_deref()) {
        (Some("undone"), _) => chip("undone", Tone::Plain),
        (Some("undoing"), _) => chip("being undone", Tone::Careful),
        (Some("held"), _) => chip("needs a person", Tone::Bad),
        (Some("stuck"), _) => chip("stuck", Tone::Bad),
        (_, Some("held")) => chip("contained, held", Tone::Good),
        (_, Some("effective")) => chip("contained, effective", Tone::Good),
        (_, Some("applied")) => chip("applied, not proven", Tone::Careful),
        (Some("closed"), _) => chip("not carried out", Tone::Plain),
        (Some(_), _) if it.verdict.as_deref() == Some("ask") => {
            chip("waits for a yes", Tone::Careful)
        }
        (Some(_), _) => chip("under way", Tone::Careful),
        (None, _) => match it.verdict.as_deref() {
            Some("ask") => chip("asks a person", Tone::Careful),
            Some("refuse") => chip("refused by policy", Tone::Careful),
            Some("observe") => chip("watched", Tone::Plain),
            Some(_) | None => chip("found", Tone::Plain),
        },
    }
}

fn headline(case: &CaseView) -> String {
    let summary = &case.summary;
    let findings = match summary.findings {
        1 => "One finding".to_owned(),
        several => format!("{several} findings"),
    };
    let mut text = format!("{findings} since {}. ", clock(&summary.opened));
    match case.containments.last() {
        Some(it) if it.phase == "undone" => text.push_str("It was contained, and taken back."),
        Some(it) => match (it.grade.as_str(), it.effective_since.as_deref()) {
            ("held", Some(since)) => {
                text.push_str(&format!("Access is refused since {}, and stayed so.", clock(since)));
            }
            (_, Some(since)) if it.grade == "effective" => {
                text.push_str(&format!("Access is refused since {}.", clock(since)));
            }
            ("applied", _) => {
                text.push_str(
                    "The provider said yes; nothing has shown yet that access is refused.",
                );
            }
            _ if it.phase == "closed" => text.push_str("Nothing was changed."),
            _ if !it.waits_for.is_empty() => {
                text.push_str(&format!("Waits for a yes of: {}.", it.waits_for.join(" and ")));
            }
            _ => text.push_str("Nothing has been changed yet."),
        },
        None => match case.decisions.last().map(|it| it.verdict.as_str()) {
            Some("refuse") => text.push_str("Policy refused to act."),
            Some("ask") => text.push_str("A person is asked."),
            Some("observe") => text.push_str("It is watched."),
            Some(_) | None => text.push_str("Nothing has been changed."),
        },
    }
    text
}

fn ladder(it: &ContainmentView) -> Vec<Rung> {
    let rungs = [
        ("requested", "wanted, nothing written yet"),
        ("applied", "the provider said yes"),
        ("effective", "access is shown to be refused"),
        ("held", "no success in the watch window"),
    ];
    let at = rungs.iter().position(|(name, _)| *name == it.grade).unwrap_or(0);
    rungs
        .iter()
        .enumerate()
        .map(|(index, (name, means))| Rung {
            name: (*name).to_owned(),
            means,
            reached: index <= at,
        })
        .collect()
}

/// The findings in order; what a finding shares with the one before it is not repeated.
fn findings(all: &[FindingView]) -> Vec<FindingCard> {
    let mut cards: Vec<FindingCard> = all.iter().map(finding).collect();
    let mut before: Vec<(String, String)> = Vec::new();
    for card in &mut cards {
        let own = card.facts.clone();
        card.facts.retain(|it| !before.contains(it));
        before = own;
    }
    cards
}

fn finding(it: &FindingView) -> FindingCard {
    let mut facts: Vec<(String, String)> = Vec::new();
    let mut add = |name: &str, value: Option<&String>| {
        if let Some(value) = value {
            facts.push((name.to_owned(), value.clone()));
        }
    };
    add("credential", it.credential.as_ref());
    add("session", it.session.as_ref());
    add("from", it.address.as_ref());
    add("client", it.user_agent.as_ref());
    if it.chain.len() > 1 {
        facts.push(("behind it".to_owned(), it.chain.join(" → ")));
    }
    let mut more: Vec<(String, String)> = Vec::new();
    for fact in &it.facts {
        let name = words(&fact.name);
        match more.iter_mut().find(|it| it.0 == name) {
            Some(it) => it.1.push_str(&format!(", {}", fact.value)),
            None if facts.iter().any(|it| it.1 == fact.value) => {}
            None => more.push((name, fact.value.clone())),
        }
    }
    FindingCard {
        time: clock(&it.time),
        title: plain(&it.title),
        rule: format!("{} ({})", it.rule.name, it.rule.source),
        severity: it.severity.clone(),
        confidence: percent(it.confidence),
        techniques: it.techniques.clone(),
        facts,
        more,
        evidence: it
            .evidence
            .iter()
            .map(|it| format!("{} record {}", it.file, it.record))
            .collect(),
    }
}

/// A sentence without the marks that set names off in plain text.
fn plain(text: &str) -> String {
    text.replace('`', "")
}

fn identity_card(it: &IdentityView, case: &CaseView) -> IdentityCard {
    let used = |it: &CredentialView| {
        case.evidence.iter().any(|f| f.credential.as_ref() == Some(&it.reference))
    };
    let mut known: Vec<&CredentialView> = it.credentials.iter().collect();
    known.sort_by(|a, b| (used(b), &b.last_used).cmp(&(used(a), &a.last_used)));
    let owner = &it.owner;
    let mut owner_how = match (owner.ownership.as_str(), &owner.from) {
        ("inferred", Some(from)) => format!("inferred: {from}"),
        ("unowned", _) => "nobody is known to answer for it".to_owned(),
        (how, _) => how.to_owned(),
    };
    if let Some(contact) = &owner.contact {
        owner_how.push_str(&format!(", reached at {contact}"));
    }
    IdentityCard {
        name: it.name.clone(),
        id: it.id.clone(),
        kind: words(&it.kind),
        owner: owner.name.clone().or_else(|| owner.id.as_deref().map(owner_name)),
        owner_how,
        environment: it.environment.clone(),
        environment_how: match (&it.environment_from, it.environment_basis.as_str()) {
            (Some(from), _) => format!("inferred: {from}"),
            (None, "none") => "nothing says; treated as production".to_owned(),
            (None, how) => how.to_owned(),
        },
        standing: it.standing.clone(),
        protected: it.protected,
        provenance: it.provenance.clone(),
        principals: it.principals.clone(),
        credentials: known.iter().map(|it| credential(it)).collect(),
        foremost: known.iter().filter(|it| used(it)).count().clamp(1, FOREMOST),
        lineage: it
            .lineage
            .iter()
            .map(|it| LineageLine { says: words(&it.kind), to: it.to.clone() })
            .collect(),
    }
}

fn credential(it: &CredentialView) -> CredentialLine {
    let mut parts = it.reference.splitn(3, ':').skip(1);
    let kind = parts.next().unwrap_or_default().replace('-', " ");
    let name = parts.next().unwrap_or(&it.reference).to_owned();
    let mut note = match &it.last_used {
        Some(time) => format!("last used {}", clock(time)),
        None => "never seen in use".to_owned(),
    };
    match &it.revocation {
        Some(it) => note.push_str(&format!("; ended by {} at {}", it.action, it.connector)),
        None => note.push_str("; no connector can end it"),
    }
    let tone = if it.status == "active" { Tone::Plain } else { Tone::Good };
    CredentialLine { name, kind, status: Chip { text: it.status.clone(), tone }, note }
}

fn decision_card(it: &DecisionView) -> DecisionCard {
    let tone = match it.verdict.as_str() {
        "act" => Tone::Good,
        "ask" => Tone::Careful,
        "refuse" => Tone::Bad,
        _ => Tone::Plain,
    };
    let playbook = it.playbook.as_deref().map(|it| format!("playbook {it}"));
    let policies = match it.policies.as_slice() {
        [] => None,
        some => Some(format!("policies {}", some.join(", "))),
    };
    let basis: Vec<String> = playbook.into_iter().chain(policies).collect();
    DecisionCard {
        verdict: Chip { text: it.verdict.clone(), tone },
        tier: it.tier.clone(),
        consent: it.consent.clone(),
        intents: it.intents.iter().map(|it| plain(&it.text)).collect(),
        reasons: it.reasons.iter().map(|it| plain(it)).collect(),
        basis: basis.join("; "),
        time: clock(&it.time),
    }
}

fn containment(it: &ContainmentView) -> ContainmentCard {
    let tone = match it.phase.as_str() {
        "contained" if it.grade == "applied" => Tone::Careful,
        "contained" => Tone::Good,
        "held" | "stuck" => Tone::Bad,
        "requested" | "running" | "undoing" => Tone::Careful,
        _ => Tone::Plain,
    };
    let note = match (&it.why, it.waits_for.as_slice()) {
        (Some(why), _) => plain(why),
        (None, []) => String::new(),
        (None, roles) => format!("waits for a yes of: {}", roles.join(" and ")),
    };
    let answers = it
        .approvals
        .iter()
        .map(|it| {
            let word = if it.granted { "yes" } else { "no" };
            let note = it.note.as_deref().map(|it| format!(": {it}")).unwrap_or_default();
            format!("{} said {word} as {} at {}{note}", it.by, it.role, clock(&it.time))
        })
        .collect();
    let re_arms = it.steps.iter().any(|it| it.re_arms);
    let untouched = it.phase == "closed" && it.steps.iter().all(|it| it.acknowledged.is_none());
    let status = match it.phase.as_str() {
        phase @ ("undone" | "undoing" | "closed" | "requested") => phase.to_owned(),
        phase => format!("{phase}, {}", it.grade),
    };
    let undo = match &it.undo {
        Some(undo) => UndoCard {
            text: format!("Taken back by {}.", undo.by),
            steps: undo.steps.iter().map(step).collect(),
        },
        None if it.steps.is_empty() || untouched => UndoCard::default(),
        None => UndoCard {
            text: format!(
                "interlock undo {}{} puts back exactly what was there before.",
                it.id,
                if re_arms { " --accept-re-arm" } else { "" }
            ),
            steps: Vec::new(),
        },
    };
    ContainmentCard {
        title: format!("Containment {}", it.id),
        status: Chip { text: status, tone },
        note,
        steps: if untouched { Vec::new() } else { it.steps.iter().map(step).collect() },
        answers,
        plan: it.plan.clone().filter(|_| !untouched).unwrap_or_default(),
        undo,
    }
}

fn step(it: &StepView) -> StepLine {
    let back = it.kind == "restore";
    let status = match (it.proof.as_str(), it.state.as_str()) {
        (_, "verified") if back => Chip { text: "restored".to_owned(), tone: Tone::Good },
        ("disproven", _) => Chip { text: "no effect".to_owned(), tone: Tone::Bad },
        ("effective", _) => Chip { text: "effective".to_owned(), tone: Tone::Good },
        ("applied", _) => Chip { text: "applied".to_owned(), tone: Tone::Careful },
        (_, state) => Chip { text: state.to_owned(), tone: Tone::Plain },
    };
    let mut names: Vec<&String> = it.before.keys().chain(it.after.keys()).collect();
    names.sort();
    names.dedup();
    let shown = |map: &std::collections::BTreeMap<String, String>, name: &str| {
        map.get(name).cloned().unwrap_or_else(|| "absent".to_owned())
    };
    let changes = names
        .into_iter()
        .map(|name| (name.clone(), shown(&it.before, name), shown(&it.after, name)))
        .filter(|(_, before, after)| before != after)
        .collect();
    let mut notes: Vec<String> = Vec::new();
    notes.extend(it.waits.iter().map(|it| format!("waits {it}")));
    notes.extend(
        it.evidence.iter().map(|it| plain(&format!("{}, noted {}", it.text, clock(&it.time)))),
    );
    notes.extend(it.residual.iter().map(|it| format!("leaves: {}", it.what)));
    if !back {
        notes.extend(it.reversal_note.iter().map(|note| format!("undo {}: {note}", it.reversal)));
    }
    StepLine {
        summary: plain(&it.summary),
        action: format!("{} at {}", it.action, it.connector),
        status,
        changes,
        notes,
    }
}

/// What stays alive.
#[must_use]
pub fn residual(left: &[ResidualView]) -> Vec<ResidualLine> {
    left.iter()
        .map(|it| ResidualLine {
            what: plain(&it.what),
            until: it.until.as_deref().map_or_else(
                || "until somebody acts".to_owned(),
                |it| format!("until {} at the latest", clock(it)),
            ),
        })
        .collect()
}

/// What breaks.
#[must_use]
pub fn blast_card(it: &BlastRadiusView) -> BlastCard {
    let (text, tone, note) = match it.class.as_str() {
        "none" => {
            ("nothing breaks", Tone::Good, "Enough was seen to say that nothing depends on it.")
        }
        "contained" => ("outside production", Tone::Careful, ""),
        "production" => ("production", Tone::Bad, ""),
        _ => ("unknown", Tone::Careful, "Too little was seen to say what depends on it."),
    };
    BlastCard {
        class: Chip { text: text.to_owned(), tone },
        note: note.to_owned(),
        impact: String::new(),
        dependents: it
            .dependents
            .iter()
            .map(|it| DependentLine {
                name: it.name.clone(),
                basis: it.basis.clone(),
                production: it.production,
            })
            .collect(),
    }
}

fn nobody(it: &CaseSummary) -> String {
    match it.resolution.as_str() {
        "ambiguous" => {
            "Several identities claim what was used, so nobody is acted upon without a person."
                .to_owned()
        }
        _ => {
            "The records do not say who it is, so nobody is acted upon without a person.".to_owned()
        }
    }
}

/// Everything of a case that has a moment.
fn marks(case: &CaseView) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut add = |time: &str, end: Option<&str>, row, tone, text: String| {
        if let Some(at) = seconds(time) {
            let end = end.and_then(seconds);
            marks.push(Mark { at, end, row, tone, text, time: clock(time) });
        }
    };
    for it in &case.evidence {
        add(&it.time, None, Row::Seen, severity(&it.severity), it.title.clone());
    }
    for it in &case.decisions {
        let text = format!("decided: {} at tier {}", it.verdict, it.tier);
        add(&it.time, None, Row::Decided, Tone::Plain, text);
    }
    for life in &case.containments {
        for it in &life.approvals {
            let word = if it.granted { "yes" } else { "no" };
            add(&it.time, None, Row::Decided, Tone::Good, format!("{} of {}", word, it.by));
        }
        let back = life.undo.iter().flat_map(|it| &it.steps);
        for it in life.steps.iter().chain(back) {
            if let Some(time) = &it.acknowledged {
                add(time, None, Row::Done, Tone::Careful, format!("applied: {}", it.summary));
            }
        }
        if let Some(time) = &life.effective_since {
            add(time, None, Row::Done, Tone::Good, "effective: access is refused".to_owned());
        }
        let from = life.steps.iter().filter_map(|it| it.acknowledged.as_deref()).max();
        for it in &life.residual {
            if let (Some(from), Some(until)) = (from, &it.until) {
                add(from, Some(until), Row::Left, Tone::Careful, it.what.clone());
            }
        }
    }
    marks.sort_by(|a, b| a.at.total_cmp(&b.at));
    marks
}

/// A severity's tone.
#[must_use]
pub fn severity(text: &str) -> Tone {
    match text {
        "critical" | "high" => Tone::Bad,
        "medium" => Tone::Careful,
        _ => Tone::Plain,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a confidence is between 0 and 1"
)]
fn percent(confidence: f64) -> u32 {
    // Never rounded up, as the reasons of a decision say it.
    (confidence.clamp(0.0, 1.0) * 100.0 + 1e-9) as u32
}

/// A word of ours without its underscores.
fn words(text: &str) -> String {
    text.replace('_', " ")
}

/// An owner's id without its prefix.
fn owner_name(id: &str) -> String {
    id.strip_prefix("own_").unwrap_or(id).to_owned()
}

fn seconds(text: &str) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of today fit without loss")]
    let seconds = |it: Timestamp| it.as_millisecond() as f64 / 1000.0;
    text.parse().ok().map(seconds)
}

/// A moment to the second, for people.
pub fn clock(text: &str) -> String {
    let shown = |it: Timestamp| it.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
    text.parse().map_or_else(|_| text.to_owned(), shown)
}
