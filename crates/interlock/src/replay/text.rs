//! The story of each case for people to read, and the summary.

use super::title::titles;
use super::{Refused, Summary};
use crate::plain::one_line;
use anstyle::{AnsiColor, Style};
use interlock_engine::Story;
use interlock_model::{
    Artefact, BlastRadius, EnvironmentBasis, Finding, Gate, Identity, Ownership, Severity, Tier,
    Verdict,
};
use std::fmt::Write as _;

/// How many findings one story shows; the rest is counted.
const FINDINGS: usize = 12;
/// How many things that were made one story shows; the rest is counted.
const ARTEFACTS: usize = 8;
/// How many columns a line may take before it is broken; names without spaces may take more.
const WIDTH: usize = 100;
/// Where the text of a story begins.
const INDENT: usize = 10;
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const PLAIN: Style = Style::new();

fn paint(style: Style, text: &str) -> String {
    format!("{style}{}{style:#}", one_line(text))
}

const fn color(color: AnsiColor) -> Style {
    Style::new().fg_color(Some(anstyle::Color::Ansi(color)))
}

/// Everything, as text with colour codes; the stream takes them out where they do not belong.
pub fn render(stories: &[Story], refused: &[Refused], summary: &Summary) -> String {
    let mut to = String::new();
    // Writing into a string cannot fail.
    let _ = write_all(&mut to, stories, refused, summary);
    to
}

fn write_all(
    to: &mut String,
    stories: &[Story],
    refused: &[Refused],
    summary: &Summary,
) -> std::fmt::Result {
    for (story, title) in stories.iter().zip(titles(stories)) {
        write_story(to, story, &title)?;
    }
    write_refused(to, refused, summary)?;
    writeln!(
        to,
        "{} {}, {} rejected, {} in {}; {:.2} s, {:.0} events/s",
        paint(BOLD, "Summary:"),
        counted(summary.events, "event"),
        summary.rejected,
        counted(summary.findings, "finding"),
        counted(summary.cases, "case"),
        summary.seconds,
        summary.events_per_second()
    )
}

fn counted(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn write_refused(to: &mut String, refused: &[Refused], summary: &Summary) -> std::fmt::Result {
    if refused.is_empty() {
        return Ok(());
    }
    let heading = format!("{} rejected", counted(summary.rejected, "record"));
    writeln!(to, "{}", paint(BOLD, &heading))?;
    let mut listed = 0;
    for it in refused {
        listed += it.count;
        let first: Vec<String> = it.first.iter().map(ToString::to_string).collect();
        let (first, shown) = (first.join(", "), first.len() as u64);
        let more = match (it.count - shown.min(it.count), it.files) {
            (0, _) => String::new(),
            (more, 1) => format!(" and {more} more"),
            (more, files) => format!(" and {more} more in {files} files"),
        };
        let text = format!("{first}{more}: {}", it.why);
        for (index, line) in wrapped(&text, WIDTH - 4).iter().enumerate() {
            let indent = if index == 0 { "  " } else { "    " };
            writeln!(to, "{indent}{line}")?;
        }
    }
    let more = summary.rejected.saturating_sub(listed);
    if more > 0 {
        writeln!(to, "  and {more} more for other reasons; --json lists them all")?;
    }
    writeln!(to)
}

fn write_story(to: &mut String, story: &Story, title: &str) -> std::fmt::Result {
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
        paint(BOLD, title),
        paint(tier, &format!("{} / {}", decision.tier, decision.verdict)),
        paint(DIM, &format!("{} % sure, {}", percent(story), story.case.id))
    )?;
    write_seen(to, &story.case.findings)?;
    write_made(to, &story.case.findings)?;
    write_who(to, story)?;
    write_answer(to, story)?;
    writeln!(to)
}

/// How sure, as the reasons of a decision say it: never rounded up.
fn percent(story: &Story) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a confidence is between 0 and 1"
    )]
    let percent = (story.case.confidence.value() * 100.0 + 1e-9) as u64;
    percent
}

/// A labelled text, broken where the line is full.
fn write_labelled(to: &mut String, label: &str, style: Style, text: &str) -> std::fmt::Result {
    for (index, line) in wrapped(text, WIDTH - INDENT).iter().enumerate() {
        let label = if index == 0 { label } else { "" };
        writeln!(to, "  {label:<6}  {}", paint(style, line))?;
    }
    Ok(())
}

/// The text in lines of at most so many characters; a longer word has a line of its own.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace().map(one_line) {
        let Some(line) = lines.last_mut() else { break };
        let full = !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width;
        if full {
            lines.push(word.into_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&word);
        }
    }
    lines
}

fn write_seen(to: &mut String, findings: &[Finding]) -> std::fmt::Result {
    writeln!(to, "  Seen")?;
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    // Of what was seen in one moment the worst comes first.
    sorted.sort_by(|a, b| a.time.cmp(&b.time).then_with(|| b.severity.cmp(&a.severity)));
    for it in sorted.iter().take(FINDINGS) {
        let severity = match it.severity {
            Severity::Critical | Severity::High => color(AnsiColor::Red),
            Severity::Medium => color(AnsiColor::Yellow),
            Severity::Low | Severity::Informational => DIM,
        };
        let place = it.evidence.first().map(ToString::to_string).unwrap_or_default();
        let more = match it.evidence.len() {
            0 | 1 => String::new(),
            several => format!(" and {} more", several - 1),
        };
        let word = match it.severity {
            Severity::Informational => "info",
            Severity::Low | Severity::Medium | Severity::High | Severity::Critical => {
                it.severity.as_str()
            }
        };
        let time = it.time.strftime("%Y-%m-%d %H:%M:%S");
        for (index, line) in wrapped(&it.title, WIDTH - 35).iter().enumerate() {
            if index == 0 {
                writeln!(to, "    {time}  {}  {line}", paint(severity, &format!("{word:<8}")))?;
            } else {
                writeln!(to, "{:35}{line}", "")?;
            }
        }
        let basis = format!("{}  {place}{more}", it.rule.id);
        writeln!(to, "{:35}{}", "", paint(DIM, &basis))?;
    }
    if findings.len() > FINDINGS {
        writeln!(to, "    and {} more", findings.len() - FINDINGS)?;
    }
    Ok(())
}

/// What outlives the credential that is accused.
fn write_made(to: &mut String, findings: &[Finding]) -> std::fmt::Result {
    let mut made: Vec<&Artefact> = Vec::new();
    for it in findings.iter().flat_map(|it| &it.artefacts) {
        if !made.iter().any(|old| old.kind == it.kind && old.name == it.name) {
            made.push(it);
        }
    }
    made.sort_by_key(|it| it.time);
    for (index, it) in made.iter().take(ARTEFACTS).enumerate() {
        let label = if index == 0 { "Made" } else { "" };
        let whose = it.principal.as_ref().map(|it| format!(" of {it}")).unwrap_or_default();
        let text = format!("{} {}{whose} ({})", it.kind, it.name, it.operation);
        write_labelled(to, label, PLAIN, &text)?;
    }
    if made.len() > ARTEFACTS {
        writeln!(to, "          and {} more", made.len() - ARTEFACTS)?;
    }
    Ok(())
}

fn write_who(to: &mut String, story: &Story) -> std::fmt::Result {
    let Some(identity) = &story.identity else {
        let text = format!("nobody is known: {}", story.case.resolution.as_str());
        return write_labelled(to, "Who", PLAIN, &text);
    };
    let kind = identity.kind.as_str().replace('_', " ");
    let resolution = story.case.resolution.as_str();
    let text = format!("{kind} `{}` ({resolution}), {}", identity.name, environment(identity));
    write_labelled(to, "Who", PLAIN, &text)?;
    for principal in identity.principals.iter().take(3) {
        writeln!(to, "          {}", one_line(&principal.to_string()))?;
    }
    if identity.principals.len() > 3 {
        writeln!(to, "          and {} more names", identity.principals.len() - 3)?;
    }
    let first = story.case.findings.first();
    if let Some(credential) = first.and_then(|it| it.credential.as_ref()) {
        writeln!(to, "          with {}", one_line(&credential.to_string()))?;
    }
    let chain: Vec<String> =
        first.map(|it| it.chain.iter().map(ToString::to_string).collect()).unwrap_or_default();
    if !chain.is_empty() {
        write_labelled(to, "", PLAIN, &format!("behind it: {}", chain.join(" -> ")))?;
    }
    let facts = || story.case.findings.iter().flat_map(|it| &it.facts);
    for (name, word) in [("deployed_by", "deployed by: "), ("replace", "")] {
        if let Some((_, what)) = facts().find(|it| it.0 == name) {
            write_labelled(to, "", PLAIN, &format!("{word}{what}"))?;
        }
    }
    let (style, owner) = match &identity.owner {
        Ownership::Declared { owner } => {
            let contact =
                story.owner.as_ref().map(|it| format!(", {}", it.contact)).unwrap_or_default();
            let name = story.owner.as_ref().map_or_else(|| owner.to_string(), |it| it.name.clone());
            (PLAIN, format!("{name} (declared{contact})"))
        }
        Ownership::Inferred { owner, from, .. } => (PLAIN, format!("{owner} (inferred: {from})")),
        Ownership::Unowned => {
            (color(AnsiColor::Yellow), "nobody: Unowned, a finding of its own".to_owned())
        }
    };
    write_labelled(to, "Owner", style, &owner)
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
    write_labelled(to, "Answer", BOLD, &word)?;
    for reason in &decision.reasons {
        write_labelled(to, "", DIM, reason)?;
    }
    for (index, step) in story.foreseen.iter().enumerate() {
        let label = if index == 0 { "Steps" } else { "" };
        let wait = wait(&step.gate).map(|it| format!(", {it}")).unwrap_or_default();
        let text = format!("{}. {}{wait}", index + 1, step.action.summary);
        write_labelled(to, label, PLAIN, &text)?;
        let what = format!("{} on {}", step.action.name, step.intent.target).replace('`', "");
        writeln!(to, "             {}", paint(DIM, &what))?;
    }
    for it in &story.unserved {
        write_labelled(to, "", color(AnsiColor::Yellow), &it.to_string())?;
    }
    if story.foreseen.is_empty() {
        return Ok(());
    }
    for (index, it) in story.residual.iter().enumerate() {
        let label = if index == 0 { "Alive" } else { "" };
        let until = it.until.map_or_else(String::new, |it| {
            format!(" (until {} at the latest)", it.strftime("%Y-%m-%d %H:%M:%S UTC"))
        });
        write_labelled(to, label, PLAIN, &format!("{}{until}", it.what))?;
    }
    if story.residual.is_empty() {
        write_labelled(to, "Alive", PLAIN, "nothing, once every step holds")?;
    }
    match &story.blast_radius {
        BlastRadius::None => write_labelled(to, "Breaks", PLAIN, "nothing that was seen"),
        BlastRadius::Unknown => {
            write_labelled(to, "Breaks", PLAIN, "unknown: too little was seen to say")
        }
        radius @ (BlastRadius::Contained { .. } | BlastRadius::Production { .. }) => {
            for (index, it) in radius.dependents().iter().enumerate() {
                let label = if index == 0 { "Breaks" } else { "" };
                write_labelled(to, label, PLAIN, &format!("{} ({})", it.name, it.basis))?;
            }
            Ok(())
        }
    }
}

/// What a step waits for, in words; `None`: nothing.
pub fn wait(gate: &Gate) -> Option<String> {
    match gate {
        Gate::Now => None,
        Gate::WhenUsed { .. } => Some("once the new one is seen in use".to_owned()),
        Gate::After { seconds, .. } => Some(format!("{} h later", seconds / 3600)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words_only() {
        assert_eq!(wrapped("one two  three", 7), ["one two", "three"]);
        assert_eq!(wrapped("a arn:aws:iam::111122223333:role/x b", 9).len(), 3);
        assert_eq!(wrapped("", 9), [""]);
    }
}
