//! `cargo xtask bench`: events per second of `interlock replay` beside plain parsing of one file; and
//! how costs grow, what is remembered, how soon findings are there, how soon a house is ready again.

mod generate;
mod growth;
mod latency;
mod measure;
mod memory;
mod peers;
mod plot;
mod restart;
mod served;

use crate::arguments::Arguments;
use crate::dist;
use crate::places;
use crate::report::{Outcome, cargo, must};
use anyhow::{Context, Result};
use measure::{Contestant, median};
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

pub use generate::{Order, Shape, write, write_to};
pub use served::Folder;

/// How the verb is called.
pub const USAGE: &str = "bench [--events N] [--runs N] [--file FILE.jsonl] [--rules DIR] [--yardsticks]
       cargo xtask bench --growth [--events N] [--runs N] [--rules DIR]
       cargo xtask bench --latency [--seconds N] [--rate N] [--lot N]
       cargo xtask bench --memory [--identities N] [--each N]
       cargo xtask bench --restart [--identities N]
       each with [--profile NAME]: numbers count for what `cargo xtask dist` builds, which is taken without it
       and with [--built]: what was built before is measured";

/// Runs of each program when no number is given; the median counts.
const RUNS: usize = 5;

/// Runs the verb on the workspace.
pub fn run(words: &[String]) -> Result<Outcome> {
    let switches = ["--yardsticks", "--growth", "--latency", "--memory", "--restart", "--built"];
    let options = [
        "--each",
        "--events",
        "--file",
        "--identities",
        "--lot",
        "--profile",
        "--rate",
        "--rules",
        "--runs",
        "--seconds",
    ];
    let arguments = Arguments::parse(words, &switches, &options)?.without_rest()?;
    let runs = arguments.number("--runs", RUNS)?.max(1);
    let events = arguments.number("--events", Shape::ORDINARY.events)?;
    let rules = match arguments.text("--rules") {
        Some(named) => fs::canonicalize(named).with_context(|| format!("no folder `{named}`"))?,
        None => places::root().join("content/rules"),
    };
    let profile = arguments.text("--profile").unwrap_or("dist");
    let built = arguments.switch("--built");
    let plain = places::target().join(if profile == "dev" { "debug" } else { profile });
    let build_plainly = |what: &[&str]| if built { Ok(()) } else { build(profile, what) };
    // Ours is measured as it is shipped, what it is measured against as anybody builds it.
    let ours = |what: &[&str]| match (profile, built) {
        ("dist", true) => dist::folder(),
        ("dist", false) => dist::shipped(),
        _ => build_plainly(what).map(|()| plain.clone()),
    };
    let watch_only = ["--package", "interlock-detect", "--example", "watch_only"];
    let interlock = ["--package", "interlock", "--bin", "interlock"];
    if arguments.switch("--growth") {
        growth::run(&ours(&watch_only)?.join("examples/watch_only"), &rules, events, runs)?;
        return Ok(Outcome::Clean);
    }
    if arguments.switch("--memory") {
        let each = arguments.number("--each", memory::EACH)?.max(1);
        let all = sizes(&arguments, &memory::SIZES)?;
        memory::run(&ours(&watch_only)?.join("examples/watch_only"), &all, each)?;
        return Ok(Outcome::Clean);
    }
    if arguments.switch("--restart") {
        restart::run(&ours(&interlock)?.join("interlock"), &sizes(&arguments, &restart::SIZES)?)?;
        return Ok(Outcome::Clean);
    }
    if arguments.switch("--latency") {
        let rates = match arguments.number("--rate", 0)? {
            0 => latency::RATES.to_vec(),
            one => vec![one],
        };
        let seconds = arguments.number("--seconds", latency::SECONDS)?.max(1);
        let lot = arguments.number("--lot", latency::LOT)?.max(1);
        latency::run(&ours(&interlock)?.join("interlock"), &rates, seconds, lot)?;
        return Ok(Outcome::Clean);
    }
    let file = match arguments.text("--file") {
        Some(named) => fs::canonicalize(named).with_context(|| format!("no file `{named}`"))?,
        None => file_of(Shape { events, ..Shape::ORDINARY })?,
    };
    let events = BufReader::new(File::open(&file)?).lines().count();
    let megabytes = fs::metadata(&file)?.len() as f64 / 1e6;
    println!("bench: {events} events, {megabytes:.0} MB, median of {runs} runs");

    build_plainly(&["--package", "interlock-ingest", "--example", "parse_only"])?;
    let parse_only = plain.join("examples/parse_only");
    let fields = Contestant::new("12 fields with sonic-rs", &parse_only, &["fields", "{}"]);
    let value =
        Contestant::new("every field into a `serde_json::Value`", &parse_only, &["value", "{}"]);
    let mut contestants = vec![fields, value];
    // The others are heavy builds; whoever works on the parser may leave them out.
    if !arguments.switch("--yardsticks") {
        let folder = ours(&[interlock, watch_only].concat())?;
        contestants.push(fast_half(&folder, "no rules", &[]));
        let named = rules.to_string_lossy().into_owned();
        contestants.push(fast_half(&folder, "these rules", &[&named]));
        contestants.extend(replays(&folder.join("interlock"), &rules));
        contestants.extend(peers::all(&rules)?);
    }

    println!(
        "\n| Program | Events per second | Wall time | Processor time | Time, parsing 12 fields = 1 | Resident |"
    );
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    let mut unit = f64::NAN;
    for contestant in &contestants {
        let median = median(contestant, &file, runs)?;
        if unit.is_nan() {
            unit = median.processor;
        }
        println!(
            "| {} | {:.0} | {:.2} s | {:.2} s | {:.2} | {:.0} MB |",
            contestant.name,
            events as f64 / median.wall,
            median.wall,
            median.processor,
            median.processor / unit,
            median.resident,
        );
    }
    Ok(Outcome::Clean)
}

/// Reading, binding, matching and behaviours alone: no cases, no decisions, nothing written.
fn fast_half(folder: &Path, what: &str, rules: &[&str]) -> Contestant {
    let words: Vec<&str> = ["{}"].iter().chain(rules).copied().collect();
    let name = format!("the fast half alone, {what}");
    Contestant::new(&name, &folder.join("examples/watch_only"), &words)
}

/// Interlock, with these rules and with all of its own.
fn replays(interlock: &Path, rules: &Path) -> Vec<Contestant> {
    let folder = rules.to_string_lossy().into_owned();
    let replay = |name: &str, words: &[&str]| {
        let words: Vec<&str> =
            ["replay", "--json"].iter().chain(words).chain(&["{}"]).copied().collect();
        Contestant::new(name, interlock, &words)
    };
    vec![
        replay(
            "`interlock replay --json --threads 1`, these rules",
            &["--threads", "1", "--rules", &folder],
        ),
        replay(
            "`interlock replay --json --threads 2`, these rules",
            &["--threads", "2", "--rules", &folder],
        ),
        replay("`interlock replay --json --threads 1`, the whole pack", &["--threads", "1"]),
        replay("`interlock replay --json --threads 2`, the whole pack", &["--threads", "2"]),
    ]
}

/// How many identities are measured: those asked for, or each of these.
fn sizes(arguments: &Arguments, standard: &[u64]) -> Result<Vec<u64>> {
    Ok(match arguments.number("--identities", 0)? {
        0 => standard.to_vec(),
        one => vec![one],
    })
}

/// Builds in a profile, plainly.
fn build(profile: &str, what: &[&str]) -> Result<()> {
    must(cargo().args(["build", "--profile", profile, "--locked"]).args(what))
}

/// The generated file, made anew: the generator may have changed, and it takes seconds.
fn file_of(shape: Shape) -> Result<PathBuf> {
    let folder = places::target().join("bench");
    fs::create_dir_all(&folder).context("cannot make the folder for the bench")?;
    let file = folder.join(shape.name());
    generate::write(&file, shape)?;
    Ok(file)
}
