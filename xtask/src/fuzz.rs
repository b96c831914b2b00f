//! `cargo xtask fuzz`: builds the fuzz targets on the stable compiler and runs them.
//!
//! The targets are a workspace of their own in `fuzz/`: one file each in `fuzz/fuzz_targets/`, with
//! seeds in `fuzz/corpus/<target>/`. What a run finds is kept in the target folder and used again by
//! the next one; `--keep` adds the part that reaches new code to the seeds.

use crate::arguments::{Arguments, WrongUse};
use crate::report::{Ending, Outcome, Report, cargo, must, output, run as run_program};
use crate::{places, targets as needs};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// How the verb is called.
pub const USAGE: &str = "fuzz [TARGET...] [--seconds N] [--keep]";

/// Seconds for each target when none are given.
const SECONDS: u64 = 60;

/// What makes libFuzzer see which code an input reaches. Works on stable: the address sanitizer,
/// which needs nightly, is left out because the workspace forbids `unsafe`.
const FLAGS: &[&str] = &[
    "--cfg fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cdebug-assertions",
    "-Ccodegen-units=1",
];

/// An input that runs longer than this many seconds counts as a fault.
const SLOWEST: u64 = 10;

/// A target that uses more than this many megabytes counts as a fault.
const MOST_MEMORY: u64 = 2048;

/// Runs the verb on the workspace.
pub fn run(words: &[String]) -> Result<Outcome> {
    let arguments = Arguments::parse(words, &["--keep"], &["--seconds"])?;
    let seconds = arguments.number("--seconds", SECONDS)?;
    let known = targets()?;
    for wanted in &arguments.rest {
        if !known.contains(wanted) {
            let what = format!("no fuzz target `{wanted}`; there are: {}", known.join(", "));
            return Err(WrongUse::new(what).into());
        }
    }
    let wanted = if arguments.rest.is_empty() { known } else { arguments.rest.clone() };
    let built = build()?;
    let mut report = Report::new("fuzz");
    let mut fuzzed = Duration::ZERO;
    for target in &wanted {
        report.step(target, || {
            let start = Instant::now();
            let ending = one(&built, target, seconds)?;
            fuzzed += start.elapsed();
            if arguments.switch("--keep") && ending == Ending::Passed {
                return keep(&built, target);
            }
            Ok(ending)
        });
    }
    eprintln!("fuzz: {:.0} s of fuzzing in all", fuzzed.as_secs_f64());
    Ok(report.finish())
}

/// The names of the targets, sorted; none when there is no fuzz folder.
pub fn targets() -> Result<Vec<String>> {
    let folder = places::fuzz().join("fuzz_targets");
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).context("cannot list the fuzz targets")? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "rs") {
            names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    Ok(names)
}

/// Builds every target and gives the folder of the programs.
pub fn build() -> Result<PathBuf> {
    needs::cxx()?;
    let host = output(cargo().args(["-vV"]))?
        .lines()
        .find_map(|line| line.strip_prefix("host: ").map(str::to_string))
        .context("cargo does not say for which machine it builds")?;
    let folder = places::target().join("fuzz");
    // With a named target the flags reach the code, but not build scripts and macros, which could
    // not be linked with them.
    must(
        cargo()
            .current_dir(places::fuzz())
            .args(["build", "--release", "--bins", "--target", &host, "--target-dir"])
            .arg(&folder)
            .env("RUSTFLAGS", FLAGS.join(" ")),
    )?;
    Ok(folder.join(host).join("release"))
}

/// Runs one built target for some seconds; a crash leaves its input behind and is named.
pub fn one(built: &Path, target: &str, seconds: u64) -> Result<Ending> {
    let grown = made(grown(target))?;
    let crashes = made(places::target().join("fuzz-crashes").join(target))?;
    let seeds = places::fuzz().join("corpus").join(target);
    let mut command = Command::new(built.join(target));
    command
        .current_dir(places::fuzz())
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-timeout={SLOWEST}"))
        .arg(format!("-rss_limit_mb={MOST_MEMORY}"))
        .arg(format!("-artifact_prefix={}/", crashes.display()))
        .args(["-print_final_stats=1", "-verbosity=0"])
        .arg(&grown);
    if seeds.is_dir() {
        command.arg(&seeds);
    }
    Ok(match run_program(&mut command)? {
        Ending::Failed(_) => Ending::Failed(format!("see the input in `{}`", crashes.display())),
        Ending::Passed | Ending::Skipped(_) => Ending::Passed,
    })
}

/// Adds what reached new code to the seeds.
fn keep(built: &Path, target: &str) -> Result<Ending> {
    let seeds = made(places::fuzz().join("corpus").join(target))?;
    run_program(Command::new(built.join(target)).arg("-merge=1").arg(seeds).arg(grown(target)))
}

/// Where the inputs that one target found are kept between runs.
fn grown(target: &str) -> PathBuf {
    places::target().join("fuzz-corpus").join(target)
}

fn made(folder: PathBuf) -> Result<PathBuf> {
    fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
    Ok(folder)
}
