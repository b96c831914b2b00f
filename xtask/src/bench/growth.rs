//! How the cost of an event grows with rules, identities and the event's size, as a table and a picture.

use super::generate::{Order, Shape};
use super::measure::middle;
use super::{file_of, plot};
use crate::places;
use crate::report::output;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One series of the picture.
pub struct Series {
    /// What grows.
    pub what: &'static str,
    /// Its value and the time that an event took, in microseconds of processor time.
    pub points: Vec<(f64, f64)>,
}

/// Measures all series on the fast half alone, and writes the picture beside `BENCHMARKS.md`.
pub fn run(watch: &Path, rules: &Path, events: u64, runs: usize) -> Result<()> {
    // Of what comes before the measured events nothing is counted.
    let cost = |folder: &str, file: &Path, before: u64| -> Result<(f64, f64)> {
        let mut costs = Vec::new();
        let mut resident = 0.0_f64;
        for _ in 0..runs {
            let mut watch = Command::new(watch);
            watch.args(["--after", &before.to_string()]).arg(file).arg(folder);
            let told = output(&mut watch)?;
            costs.push(number_before(&told, " microseconds for each event")?);
            resident = resident.max(number_before(&told, " kB resident")? / 1e3);
        }
        Ok((middle(costs), resident))
    };
    let shape = Shape { events, ..Shape::ORDINARY };
    let ordinary = file_of(shape)?;
    let plain = rules.to_string_lossy().into_owned();
    let mut rules_grow = Series { what: "packs of rules", points: Vec::new() };
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
        tell(&mut rules_grow, f64::from(times), cost(&all, &ordinary, 1)?);
    }
    // Each is known when the measured events come.
    let identities_grow = |what: &'static str, order: Order| -> Result<Series> {
        let mut series = Series { what, points: Vec::new() };
        for identities in [1_000_u64, 10_000, 100_000, 1_000_000] {
            let all = identities + events;
            let shape = Shape { events: all, identities, order, ..Shape::ORDINARY };
            let cost = cost(&plain, &file_of(shape)?, identities)?;
            tell(&mut series, identities as f64, cost);
        }
        Ok(series)
    };
    let in_turn = identities_grow("known identities, in turn", Order::Turn)?;
    let by_zipf = identities_grow("known identities, by Zipf's law", Order::Zipf)?;
    let mut size_grows = Series { what: "bytes of an event", points: Vec::new() };
    for padding in [0, 1_200, 3_600] {
        let larger = file_of(Shape { padding, ..shape })?;
        let bytes = fs::metadata(&larger)?.len() / events;
        tell(&mut size_grows, bytes as f64, cost(&plain, &larger, 1)?);
    }
    let picture = plot::picture(&[rules_grow, in_turn, by_zipf, size_grows]);
    let file = places::root().join("docs/growth.svg");
    fs::write(&file, picture).with_context(|| format!("cannot write `{}`", file.display()))?;
    println!("\nbench: picture written to docs/growth.svg");
    Ok(())
}

/// The number that stands before these words.
fn number_before(told: &str, words: &str) -> Result<f64> {
    let before = told.split(words).next().and_then(|it| it.split_whitespace().next_back());
    let number = before.filter(|_| told.contains(words)).and_then(|it| it.parse().ok());
    number.with_context(|| format!("`watch_only` says no `{}`", words.trim()))
}

/// A folder with so many copies of every rule: the same searches under other ids, for other calls.
///
/// A copy asks for operations that have its number behind them, and for one that nobody calls, so that
/// the rules are many and different, as in a larger pack, and make no more findings: a filter that
/// names an operation, or a rule that names none, would else hit where its original hits, or more.
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
        if let Some(condition) = trimmed.strip_prefix("condition: ") {
            let indent = line.strip_suffix(trimmed).unwrap_or_default();
            lines.push(format!("{indent}copied:\n{indent}    eventName: Copied{copy}"));
            lines.push(format!("{indent}condition: ({}) and copied", condition.trim()));
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
    fn a_number_is_read_before_its_words() {
        let told = "3.25 microseconds for each event after the first 1\n7 events, 64.5 a second, 512 kB resident\n";
        assert_eq!(number_before(told, " microseconds for each event").unwrap(), 3.25);
        assert_eq!(number_before(told, " kB resident").unwrap(), 512.0);
        assert!(number_before(told, " rules").is_err());
    }

    #[test]
    fn a_copy_asks_for_other_calls_under_another_id() {
        let rule = "id: 0f8b1d2c-0000-4000-8000-0123456789ab\ndetection:\n  selection:\n    eventName:\n        - 'A'\n        - B\n    eventSource: s3\n  condition: selection or other\n";
        let expected = "id: 0f8b1d2c-0000-4000-8000-012345670003\ndetection:\n  selection:\n    eventName:\n        - 'A3'\n        - B3\n    eventSource: s3\n  copied:\n      eventName: Copied3\n  condition: (selection or other) and copied\n";
        assert_eq!(other(rule, 3), expected);
        assert_eq!(other("  eventName: \"A\"\n", 2), "  eventName: \"A2\"\n");
    }
}
