//! `cargo xtask lint`: everything that can be said about the code without running it.

use crate::arguments::Arguments;
use crate::report::{Ending, Outcome, Report, cargo, run as run_program};
use crate::{layers, places, targets, tidy};
use anyhow::Result;
use std::process::Command;

/// How the verb is called.
pub const USAGE: &str = "lint";

/// Runs the verb on the workspace; a fault in one step does not hide the next.
pub fn run(words: &[String]) -> Result<Outcome> {
    Arguments::parse(words, &[], &[])?.without_rest()?;
    let mut report = Report::new("lint");
    report.step("formatting", || run_program(cargo().args(["fmt", "--all", "--check"])));
    if places::fuzz().is_dir() {
        report.step("formatting of fuzz", || {
            run_program(cargo().current_dir(places::fuzz()).args(["fmt", "--check"]))
        });
    }
    report.step("formatting of peers", || {
        let peer = places::root().join("xtask/peers/sigma-rust");
        run_program(cargo().current_dir(peer).args(["fmt", "--check"]))
    });
    report.step("clippy", || {
        run_program(cargo().args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ]))
    });
    // No `advisories`: its database is a git repository elsewhere, and lint must pass without it.
    report.step("cargo-deny", || {
        let program = targets::cargo_deny()?;
        run_program(Command::new(program).current_dir(places::root()).args([
            "--log-level",
            "error",
            "--locked",
            "check",
            "bans",
            "licenses",
            "sources",
        ]))
    });
    report.step("layers", || Ok(ending(layers::run(&[])?)));
    report.step("tidy", || Ok(ending(tidy::run(&[])?)));
    Ok(report.finish())
}

fn ending(outcome: Outcome) -> Ending {
    match outcome {
        Outcome::Clean => Ending::Passed,
        Outcome::Faulty => Ending::Failed("see the lines above".to_string()),
    }
}
