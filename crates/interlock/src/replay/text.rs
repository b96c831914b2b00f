//! The story of each case for people to read, and the summary.

use super::Summary;
use anstyle::{AnsiColor, Style};
use interlock_engine::{Foreseen, Story};
use interlock_model::{
    BlastRadius, EnvironmentBasis, Finding, Gate, Identity, Ownership, Rejected, Severity, Tier,
    Verdict,
};
use std::fmt::Write as _;

/// How many findings one story shows; the rest is counted.
const FINDINGS: usize = 12;
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

const fn color(color: AnsiColor) -> Style {
    Style::new().fg_color(Some(anstyle::Color::Ansi(color)))
}

/// Everything, as text with colour codes; the stream takes them out where they do not belong.
pub fn render(stories: &[Story], refused: &[Rejected], summary: &Summary) -> String {
    let mut to = String::new();
    // Writing into a string cannot fail.
    let _ = write_all(&mut to, stories, refused, summary);
    to
}

fn write_all(
    to: &mut String,
    stories: &[Story],
    refused: &[Rejected],
    summary: &Summary,
) -> std::fmt::Result {
    for story in stories {
        write_story(to, story)?;
    }
    if !refused.is_empty() {
        writeln!(to, "{}", paint(BOLD, "Rejected"))?;
        for it in refused {
            writeln!(to, "  {}: {}", it.place, it.why)?;
        }
        let more = summary.rejected.saturating_sub(refused.len() as u64);
        if more > 0 {
            writeln!(to, "  and {more} more; --json lists them all")?;
        }
        writeln!(to)?;
    }
    writeln!(
        to,
        "{} {} events, {} rejected, {} findings in {} cases; {:.2} s, {:.0} events/s",
        paint(BOLD, "Summary:"),
        summary.events,
        summary.rejected,
        summary.findings,
        summary.cases,
        summary.seconds,
        summary.events_per_second()
    )
}

fn write_story(to: &mut String, story: &Story) -> std::fmt::Result {
    let decision = &story.decision;
    let tier = match decision.tier {
        Tier::Disable => color(AnsiColor::Red).bold(),
        Tier::Restrict => color(AnsiColor::Yellow).bold(),
        Tier::Revalidate => color(AnsiColor::Cyan),
        Tier::Observe => DIM,
    };
    writeln!(
        to,
        "{}  {}  {}",
        paint(BOLD, &story.case.subject),
        paint(tier, &format!("{} / {}", decision.tier, decision.verdict)),
        paint(DIM, &format!("confidence {:.2}, {}", story.case.confidence.value(), story.case.id))
    )?;
    write_seen(to, &story.case.findings)?;
    write_who(to, story)?;
    write_answer(to, story)?;
    writeln!(to)
}

fn write_seen(to: &mut String, findings: &[Finding]) -> std::fmt::Result {
    writeln!(to, "  Seen")?;
    for it in findings.iter().take(FINDINGS) {
        let severity = match it.severity {
            Severity::Critical | Severity::High => color(AnsiColor::Red),
            Severity::Medium => color(AnsiColor::Yellow),
            Severity::Low | Severity::Informational => DIM,
        };
        let place = it.evidence.first().map(ToString::to_string).unwrap_or_default();
        let more = if it.evidence.len() > 1 {
            format!(" and {} more", it.evidence.len() - 1)
        } else {
            String::new()
        };
        writeln!(
            to,
            "    {}  {}  {}  {}",
            it.time.strftime("%Y-%m-%d %H:%M:%S"),
            paint(severity, &format!("{:<13}", it.severity.as_str())),
            it.title,
            paint(DIM, &format!("[{}] {place}{more}", it.rule.id))
        )?;
    }
    if findings.len() > FINDINGS {
        writeln!(to, "    and {} more", findings.len() - FINDINGS)?;
    }
    Ok(())
}

fn write_who(to: &mut String, story: &Story) -> std::fmt::Result {
    let Some(identity) = &story.identity else {
        writeln!(to, "  Who     nobody is known: {}", story.case.resolution.as_str())?;
        return Ok(());
    };
    let first = story.case.findings.first();
    writeln!(
        to,
        "  Who     {} `{}` ({}), {}",
        identity.kind,
        identity.name,
        story.case.resolution.as_str(),
        environment(identity)
    )?;
    for principal in identity.principals.iter().take(3) {
        writeln!(to, "          {principal}")?;
    }
    if let Some(credential) = first.and_then(|it| it.credential.as_ref()) {
        writeln!(to, "          with {credential}")?;
    }
    let chain: Vec<String> =
        first.map(|it| it.chain.iter().map(ToString::to_string).collect()).unwrap_or_default();
    if !chain.is_empty() {
        writeln!(to, "          behind it: {}", chain.join(" -> "))?;
    }
    let owner = match &identity.owner {
        Ownership::Declared { owner } => {
            let contact =
                story.owner.as_ref().map(|it| format!(", {}", it.contact)).unwrap_or_default();
            let name = story.owner.as_ref().map_or_else(|| owner.to_string(), |it| it.name.clone());
            format!("{name} (declared{contact})")
        }
        Ownership::Inferred { owner, from, .. } => format!("{owner} (inferred: {from})"),
        Ownership::Unowned => {
            paint(color(AnsiColor::Yellow), "nobody: Unowned, a finding of its own")
        }
    };
    writeln!(to, "  Owner   {owner}")
}

fn environment(identity: &Identity) -> String {
    match &identity.environment_basis {
        EnvironmentBasis::Declared => format!("{} (declared)", identity.environment),
        EnvironmentBasis::Inferred(why) => format!("{} (inferred: {why})", identity.environment),
        EnvironmentBasis::None => "environment unknown, treated as production".to_owned(),
    }
}

fn write_answer(to: &mut String, story: &Story) -> std::fmt::Result {
    let decision = &story.decision;
    let word = match decision.verdict {
        Verdict::Act => "act at once".to_owned(),
        Verdict::Ask => format!("ask first (consent: {})", decision.consent),
        Verdict::Observe => "watch on".to_owned(),
        Verdict::Refuse => "refused by policy".to_owned(),
    };
    writeln!(to, "  Answer  {word}")?;
    for reason in &decision.reasons {
        writeln!(to, "          {}", paint(DIM, reason))?;
    }
    if !story.foreseen.is_empty() {
        writeln!(to, "  Steps")?;
    }
    for (index, step) in story.foreseen.iter().enumerate() {
        writeln!(to, "    {}. {}", index + 1, foreseen(step))?;
    }
    for it in &story.unserved {
        writeln!(to, "    {}", paint(color(AnsiColor::Yellow), &it.to_string()))?;
    }
    for (index, it) in story.residual.iter().enumerate() {
        let label = if index == 0 { "Alive" } else { "" };
        let until = it.until.map(|it| format!(" (until {it} at the latest)")).unwrap_or_default();
        writeln!(to, "  {label:<6}  {}{until}", it.what)?;
    }
    if story.residual.is_empty() && !story.foreseen.is_empty() {
        writeln!(to, "  Alive   nothing, once every step holds")?;
    }
    if story.foreseen.is_empty() {
        return Ok(());
    }
    match &story.blast_radius {
        BlastRadius::None => writeln!(to, "  Breaks  nothing that was seen"),
        BlastRadius::Unknown => writeln!(to, "  Breaks  unknown: too little was seen to say"),
        radius @ (BlastRadius::Contained { .. } | BlastRadius::Production { .. }) => {
            for (index, it) in radius.dependents().iter().enumerate() {
                let label = if index == 0 { "Breaks" } else { "" };
                writeln!(to, "  {label:<6}  {} ({})", it.name, it.basis)?;
            }
            Ok(())
        }
    }
}

fn foreseen(step: &Foreseen) -> String {
    let wait = match &step.gate {
        Gate::Now => String::new(),
        Gate::WhenUsed { .. } => ", once the new one is seen in use".to_owned(),
        Gate::After { seconds, .. } => format!(", {} h later", seconds / 3600),
    };
    format!("{}: {} ({}{wait})", step.action.name, step.intent.target, step.action.summary)
}
