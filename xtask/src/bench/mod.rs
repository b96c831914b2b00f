//! `cargo xtask bench`: events per second of `interlock replay` beside plain parsing of one file.

mod generate;

use crate::arguments::Arguments;
use crate::places;
use crate::report::{Outcome, cargo, must};
use anyhow::{Context, Result, bail};
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// How the verb is called.
pub const USAGE: &str = "bench [--events N] [--runs N] [--file FILE.jsonl] [--yardsticks]";

/// Events of the generated file when no number is given.
const EVENTS: u64 = 200_000;

/// Runs of each program when no number is given; the median counts.
const RUNS: usize = 5;

/// One program that reads the whole file.
struct Contestant {
    name: &'static str,
    program: PathBuf,
    words: &'static [&'static str],
}

/// The median of several runs.
struct Median {
    wall: f64,
    processor: f64,
}

/// Runs the verb on the workspace.
pub fn run(words: &[String]) -> Result<Outcome> {
    let arguments = Arguments::parse(words, &["--yardsticks"], &["--events", "--runs", "--file"])?
        .without_rest()?;
    let runs = arguments.number("--runs", RUNS)?.max(1);
    let file = match arguments.text("--file") {
        Some(named) => fs::canonicalize(named).with_context(|| format!("no file `{named}`"))?,
        None => generated(arguments.number("--events", EVENTS)?)?,
    };
    let events = BufReader::new(File::open(&file)?).lines().count();
    let megabytes = fs::metadata(&file)?.len() as f64 / 1e6;
    println!("bench: {events} events, {megabytes:.0} MB, median of {runs} runs");

    // Replay is the heavy build; whoever works on the parser may leave it out.
    let replay = !arguments.switch("--yardsticks");
    build(&["--package", "interlock-ingest", "--example", "parse_only"])?;
    if replay {
        build(&["--package", "interlock"])?;
    }
    let release = places::target().join("release");
    let parse_only = release.join("examples/parse_only");
    let mut contestants = vec![
        Contestant {
            name: "12 fields with sonic-rs",
            program: parse_only.clone(),
            words: &["fields"],
        },
        Contestant {
            name: "every field into a serde_json::Value",
            program: parse_only,
            words: &["value"],
        },
    ];
    if replay {
        contestants.push(Contestant {
            name: "interlock replay --json",
            program: release.join("interlock"),
            words: &["replay", "--json"],
        });
    }

    println!(
        "\n| Program | Events per second | Wall time | Processor time | Time, parsing 12 fields = 1 |"
    );
    println!("| --- | ---: | ---: | ---: | ---: |");
    let mut medians = Vec::new();
    for contestant in &contestants {
        medians.push(median(contestant, &file, runs)?);
    }
    let unit = medians.first().map_or(f64::NAN, |fields| fields.processor);
    for (contestant, median) in contestants.iter().zip(&medians) {
        println!(
            "| {} | {:.0} | {:.2} s | {:.2} s | {:.1} |",
            contestant.name,
            events as f64 / median.wall,
            median.wall,
            median.processor,
            median.processor / unit,
        );
    }
    Ok(Outcome::Clean)
}

/// Builds as it is shipped.
fn build(what: &[&str]) -> Result<()> {
    must(cargo().args(["build", "--release", "--locked"]).args(what))
}

/// The generated file, made when it is not there yet.
fn generated(events: u64) -> Result<PathBuf> {
    let folder = places::target().join("bench");
    fs::create_dir_all(&folder).context("cannot make the folder for the bench")?;
    let file = folder.join(format!("cloudtrail-{events}.jsonl"));
    // Written anew each time: the generator may have changed, and it takes a second.
    generate::write(&file, events)?;
    Ok(file)
}

/// Runs a program several times over the file, its output thrown away.
fn median(contestant: &Contestant, file: &Path, runs: usize) -> Result<Median> {
    let mut walls = Vec::new();
    let mut processors = Vec::new();
    for _ in 0..runs {
        let before = processor_seconds_of_children()?;
        let start = Instant::now();
        let status = Command::new(&contestant.program)
            .args(contestant.words)
            .arg(file)
            .stdout(Stdio::null())
            .status()
            .with_context(|| format!("cannot run `{}`", contestant.program.display()))?;
        walls.push(start.elapsed().as_secs_f64());
        processors.push(processor_seconds_of_children()? - before);
        // Code 1 is an answer: replay made findings.
        if !matches!(status.code(), Some(0 | 1)) {
            bail!("`{}` ended with {status}", contestant.name);
        }
    }
    Ok(Median { wall: middle(walls), processor: middle(processors) })
}

fn middle(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Processor time of all children that have ended, from `/proc/self/stat` (Linux), in seconds.
fn processor_seconds_of_children() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat").context("the bench needs Linux")?;
    children_in(&stat).context("cannot read `/proc/self/stat`")
}

/// Fields 16 and 17 of the line, in ticks of a hundredth of a second (see proc(5)).
fn children_in(stat: &str) -> Option<f64> {
    // The second field is a name in parentheses and may hold blanks.
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split_whitespace().skip(13);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_behind_the_name() {
        let line = "42 (a (b) c) R 1 2 3 4 5 6 7 8 9 10 11 12 250 50 20 0";
        assert_eq!(children_in(line), Some(3.0));
        assert_eq!(children_in("42 (short) R 1"), None);
    }

    #[test]
    fn the_middle_does_not_care_for_order() {
        assert_eq!(middle(vec![9.0, 1.0, 2.0]), 2.0);
    }
}
