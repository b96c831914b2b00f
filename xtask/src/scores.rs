//! `cargo xtask scores`: what the data beside the project says of the house, as tables.
//!
//! The tables come out of tests, which hold their targets: a score is measured in one place, and this
//! verb only asks the tests for it.

use crate::arguments::{Arguments, WrongUse};
use crate::report::{Outcome, cargo};
use anyhow::{Context, Result};

/// How the verb is called.
pub const USAGE: &str = "scores [--details] [NAME...]";

/// One table, and the test that prints it.
struct Score {
    /// How it is asked for.
    name: &'static str,
    heading: &'static str,
    /// The words of `cargo test` that choose the test's binary.
    binary: &'static [&'static str],
    test: &'static str,
}

/// Every table, in the order in which they are told.
const SCORES: &[Score] = &[
    Score {
        name: "sources",
        heading: "Real records that are read",
        binary: &["--package", "interlock-ingest", "--lib"],
        test: "real::real_records_are_read",
    },
    Score {
        name: "oracles",
        heading: "Fields on which another reader agrees",
        binary: &["--package", "interlock-ingest", "--lib"],
        test: "real::other_readers_agree",
    },
    Score {
        name: "sigma",
        heading: "Expected matches of published rules",
        binary: &["--package", "interlock-detect", "--lib"],
        test: "sigma::tests::corpora::published_rules_match_what_they_should",
    },
    Score {
        name: "rules",
        heading: "Published rules that load",
        binary: &["--package", "interlock-detect", "--lib"],
        test: "sigma::tests::corpora::every_published_rule_loads_or_is_listed",
    },
    Score {
        name: "labelled",
        heading: "Labelled cases and the own rule pack",
        binary: &["--package", "interlock-detect", "--lib"],
        test: "sigma::tests::labelled::labelled_cases",
    },
    Score {
        name: "techniques",
        heading: "Recorded techniques",
        binary: &["--package", "interlock", "--test", "it"],
        test: "stratus::every_recorded_technique_is_found_and_what_it_made_is_named",
    },
    Score {
        name: "escalations",
        heading: "Ways to more permissions",
        binary: &["--package", "interlock-reach", "--lib"],
        test: "tests::real::published_paths_are_recognised_from_exactly_what_they_need",
    },
    Score {
        name: "reach",
        heading: "What accounts grant, as another reader sees it",
        binary: &["--package", "interlock-reach", "--lib"],
        test: "tests::real::published_findings_on_accounts_agree",
    },
    Score {
        name: "confidence",
        heading: "What a confidence means",
        binary: &["--package", "interlock", "--test", "it"],
        test: "calibration::confidence_means_what_it_says",
    },
    Score {
        name: "calm",
        heading: "Days without an attack",
        binary: &["--package", "interlock", "--test", "it"],
        test: "calibration::ordinary_days_alone_lead_to_hardly_a_case_that_disturbs",
    },
];

/// Runs the verb on the workspace.
pub fn run(words: &[String]) -> Result<Outcome> {
    let arguments = Arguments::parse(words, &["--details"], &[])?;
    let details = arguments.switch("--details");
    for word in &arguments.rest {
        if SCORES.iter().all(|it| it.name != word) {
            let names: Vec<&str> = SCORES.iter().map(|it| it.name).collect();
            let all = names.join("`, `");
            return Err(WrongUse::new(format!("there is no score `{word}`, only `{all}`")).into());
        }
    }
    let wanted = |it: &&Score| {
        arguments.rest.is_empty() || arguments.rest.iter().any(|word| word == it.name)
    };
    let mut outcome = Outcome::Clean;
    for score in SCORES.iter().filter(wanted) {
        eprintln!("scores: {} ...", score.name);
        println!("\n### {}\n", score.heading);
        let (said, held) = ask(score)?;
        for line in said.lines().filter(|it| is_told(it, details)) {
            println!("{line}");
        }
        if !held {
            println!("missed: `{}` does not hold", score.test);
            outcome = Outcome::Faulty;
        }
    }
    Ok(outcome)
}

/// What the test of a score prints, and whether it holds.
fn ask(score: &Score) -> Result<(String, bool)> {
    let output = cargo()
        .args(["test", "--quiet", "--locked"])
        .args(score.binary)
        .args(["--", "--exact", score.test, "--show-output"])
        // Without this the long ones among them skip themselves.
        .env("INTERLOCK_TEST_REQUIRE", "1")
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("cannot run cargo")?;
    let all = String::from_utf8_lossy(&output.stdout);
    let said = said_by(&all, score.test)
        .with_context(|| format!("`{}` did not run: was it renamed?", score.test))?;
    Ok((said, output.status.success()))
}

/// The part of the output of a test binary that stands under the heading of this test.
fn said_by(all: &str, test: &str) -> Option<String> {
    let heading = format!("---- {test} stdout ----");
    let lines = all.lines().skip_while(|it| **it != *heading).skip(1);
    let said: Vec<&str> = lines.take_while(|it| !is_next(it)).collect();
    all.contains(&heading).then(|| said.join("\n"))
}

fn is_next(line: &str) -> bool {
    line.starts_with("---- ") || matches!(line, "successes:" | "failures:")
}

/// Tables and what was left out are told always, single cases when they are asked for.
fn is_told(line: &str, details: bool) -> bool {
    line.starts_with(['|']) || line.starts_with("skipped:") || details && !line.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_one_test_are_cut_out() {
        let all = "\nrunning 1 test\n.\nsuccesses:\n\n---- a::b stdout ----\n| x | 1 |\none case\n\n\nsuccesses:\n    a::b\n";
        let said = said_by(all, "a::b").unwrap();
        let told = |details| said.lines().filter(|it| is_told(it, details)).collect::<Vec<_>>();
        assert_eq!(told(false), ["| x | 1 |"]);
        assert_eq!(told(true), ["| x | 1 |", "one case"]);
        assert_eq!(said_by(all, "a::c"), None);
    }

    #[test]
    fn every_score_has_a_name_of_its_own() {
        for (at, score) in SCORES.iter().enumerate() {
            assert!(SCORES[at + 1..].iter().all(|it| it.name != score.name), "{}", score.name);
        }
        assert!(run(&["nothing".to_owned()]).unwrap_err().is::<WrongUse>());
    }
}
