//! How the cost of an event grows with rules, identities and the event's size, as a table and a picture.

use super::generate::Shape;
use super::measure::{Contestant, median};
use super::{file_of, plot};
use crate::places;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// One series of the picture.
pub struct Series {
    /// What grows.
    pub what: &'static str,
    /// Its value and the time that an event took, in microseconds of processor time.
    pub points: Vec<(f64, f64)>,
}

/// Measures all series on the fast half alone, and writes the picture beside `BENCHMARKS.md`.
pub fn run(watch: &Path, rules: &Path, events: u64, runs: usize) -> Result<()> {
    let cost = |words: &[&str], shape: Shape| -> Result<(f64, f64)> {
        let contestant = Contestant::new("watch_only", watch, words);
        // What a process needs to start and to read its rules is taken off.
        let start = median(&contestant, &file_of(Shape { events: 1, ..shape })?, runs)?;
        let whole = median(&contestant, &file_of(shape)?, runs)?;
        let seconds = whole.processor - start.processor;
        Ok((seconds * 1e6 / shape.events as f64, whole.resident))
    };
    let ordinary = Shape { events, ..Shape::ORDINARY };
    let plain = rules.to_string_lossy().into_owned();
    let mut rules_grow = Series { what: "rules", points: Vec::new() };
    println!("\n| What grows | Value | Microseconds per event | Against the first | Resident |");
    println!("| --- | ---: | ---: | ---: | ---: |");
    let tell = |series: &mut Series, value: f64, (cost, resident): (f64, f64)| {
        series.points.push((value, cost));
        let first = series.points.first().map_or(cost, |it| it.1);
        println!(
            "| {} | {value} | {cost:.2} | {:.2} | {resident:.0} MB |",
            series.what,
            cost / first
        );
    };
    for times in [1, 2, 5, 10] {
        let folder = copies(rules, times)?;
        let all = folder.to_string_lossy().into_owned();
        tell(&mut rules_grow, f64::from(times), cost(&["{}", &all], ordinary)?);
    }
    let mut identities_grow = Series { what: "identities", points: Vec::new() };
    for identities in [1_000_u64, 10_000, 100_000, 1_000_000] {
        let shape =
            Shape { events: events.max(2 * identities), identities, even: true, ..Shape::ORDINARY };
        tell(&mut identities_grow, identities as f64, cost(&["{}", &plain], shape)?);
    }
    let mut size_grows = Series { what: "bytes of an event", points: Vec::new() };
    for padding in [0, 1_200, 3_600] {
        let shape = Shape { padding, ..ordinary };
        let bytes = fs::metadata(file_of(shape)?)?.len() / shape.events;
        tell(&mut size_grows, bytes as f64, cost(&["{}", &plain], shape)?);
    }
    let picture = plot::picture(&[rules_grow, identities_grow, size_grows]);
    let file = places::root().join("docs/growth.svg");
    fs::write(&file, picture).with_context(|| format!("cannot write `{}`", file.display()))?;
    println!("\nbench: picture written to docs/growth.svg");
    Ok(())
}

/// A folder with so many copies of every rule: the same searches under other ids, for other calls.
///
/// A copy asks for an operation that has its number behind it, so that the rules are many and
/// different, as in a larger pack, and make no more findings.
fn copies(rules: &Path, times: i32) -> Result<PathBuf> {
    let folder = places::target().join("bench").join(format!("rules-{times}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let mut texts = Vec::new();
    below(rules, &mut texts)?;
    for (number, text) in texts.iter().enumerate() {
        for copy in 0..times {
            let text = if copy == 0 { text.clone() } else { other(text, copy) };
            fs::write(folder.join(format!("{number:04}-{copy}.yml")), text)?;
        }
    }
    Ok(folder)
}

/// The rule with another id and other operations.
fn other(text: &str, copy: i32) -> String {
    let mut lines = Vec::new();
    let mut in_names = false;
    for line in text.lines() {
        let trimmed = line.trim_start();
        if let Some(id) = trimmed.strip_prefix("id: ") {
            // The last digits of the id are taken by the copy's number.
            let kept: String = id.trim().chars().take(32).collect();
            lines.push(format!("id: {kept}{copy:04}"));
            continue;
        }
        let names = trimmed.trim_start_matches("- ").strip_prefix("eventName");
        if let Some(rest) = names {
            in_names = rest.trim_end().ends_with(':');
            let quiet = rest.contains(':') && !in_names;
            lines.push(if quiet { with_number(line, copy) } else { line.to_string() });
            continue;
        }
        if in_names && trimmed.starts_with("- ") && !trimmed.contains(": ") {
            lines.push(with_number(line, copy));
            continue;
        }
        in_names = false;
        lines.push(line.to_string());
    }
    lines.join("\n") + "\n"
}

fn with_number(line: &str, copy: i32) -> String {
    let line = line.trim_end();
    match line.strip_suffix(['\'', '"']) {
        Some(open) => {
            let quote = line.chars().last().unwrap_or('"');
            format!("{open}{copy}{quote}")
        }
        None => format!("{line}{copy}"),
    }
}

fn below(folder: &Path, texts: &mut Vec<String>) -> Result<()> {
    let read = || format!("cannot read `{}`", folder.display());
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .with_context(read)?
        .map(|it| it.map(|it| it.path()))
        .collect::<Result<_, _>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            below(&path, texts)?;
        } else if path.extension().is_some_and(|it| it == "yml") {
            texts.push(fs::read_to_string(&path).with_context(read)?);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_asks_for_other_calls_under_another_id() {
        let rule = "id: 0f8b1d2c-0000-4000-8000-0123456789ab\nselection:\n    eventName:\n        - 'A'\n        - B\n    eventSource: s3\n";
        let expected = "id: 0f8b1d2c-0000-4000-8000-01234567\nselection:\n    eventName:\n        - 'A3'\n        - B3\n    eventSource: s3\n";
        assert_eq!(other(rule, 3), expected.replace("01234567\n", "012345670003\n"));
        assert_eq!(other("  eventName: \"A\"\n", 2), "  eventName: \"A2\"\n");
    }
}
