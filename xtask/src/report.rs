//! Running programs and telling how it went: progress lines while working, a table at the end.

use anyhow::{Context, Result};
use std::ffi::OsStr;
use std::process::Command;
use std::time::{Duration, Instant};

/// What a verb found. Faults end the tool with code 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing to complain about.
    Clean,
    /// At least one fault, already printed.
    Faulty,
}

/// How one step of a verb ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// It did what it should.
    Passed,
    /// It did not; the reason is one line.
    Failed(String),
    /// It was left out; the reason is one line.
    Skipped(String),
}

/// The steps of one verb, in order, with their durations.
#[derive(Debug)]
pub struct Report {
    verb: &'static str,
    steps: Vec<(String, Ending, Duration)>,
}

impl Report {
    /// An empty report of `verb`.
    pub fn new(verb: &'static str) -> Report {
        Report { verb, steps: Vec::new() }
    }

    /// Runs one step and notes how it ended; an error counts as failed and does not stop the verb.
    pub fn step(&mut self, name: &str, work: impl FnOnce() -> Result<Ending>) {
        eprintln!("{}: {name} ...", self.verb);
        let start = Instant::now();
        let ending = work().unwrap_or_else(|error| Ending::Failed(format!("{error:#}")));
        let took = start.elapsed();
        eprintln!("{}: {}", self.verb, line(name, &ending, took));
        self.steps.push((name.to_string(), ending, took));
    }

    /// Prints the table on standard error and says whether a step failed.
    pub fn finish(self) -> Outcome {
        eprintln!("\n{}", self.table());
        self.outcome()
    }

    fn outcome(&self) -> Outcome {
        let failed = self.steps.iter().any(|(_, ending, _)| matches!(ending, Ending::Failed(_)));
        if failed { Outcome::Faulty } else { Outcome::Clean }
    }

    fn table(&self) -> String {
        let mut text = String::new();
        let mut total = Duration::ZERO;
        for (name, ending, took) in &self.steps {
            total += *took;
            text.push_str(&line(name, ending, *took));
            text.push('\n');
        }
        let word = match self.outcome() {
            Outcome::Clean => "passed",
            Outcome::Faulty => "FAILED",
        };
        text.push_str(&format!("{word:<7} {:>8}  {} as a whole", seconds(total), self.verb));
        text
    }
}

/// Runs a program with its output shown; passed when it ends with code 0.
pub fn run(command: &mut Command) -> Result<Ending> {
    eprintln!("  $ {}", shown(command));
    let status = command.status().with_context(|| cannot_run(command))?;
    Ok(if status.success() {
        Ending::Passed
    } else {
        Ending::Failed(format!("`{}` ended with {status}", shown(command)))
    })
}

/// Runs a program with its output shown; an error when it does not end with code 0.
pub fn must(command: &mut Command) -> Result<()> {
    match run(command)? {
        Ending::Passed => Ok(()),
        Ending::Failed(why) | Ending::Skipped(why) => anyhow::bail!(why),
    }
}

/// Runs a program quietly and gives its standard output; its standard error is in the failure.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| cannot_run(command))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        anyhow::bail!("`{}` ended with {}: {}", shown(command), output.status, said.trim());
    }
    String::from_utf8(output.stdout)
        .with_context(|| format!("`{}` did not print UTF-8", shown(command)))
}

/// A program of the cargo family, run at the root of the workspace.
pub fn cargo() -> Command {
    let mut command =
        Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsStr::new("cargo").to_owned()));
    command.current_dir(crate::places::root());
    command
}

fn cannot_run(command: &Command) -> String {
    format!("cannot run `{}`", command.get_program().to_string_lossy())
}

fn shown(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    let program = program.rsplit('/').next().unwrap_or_default().to_string();
    let mut words = vec![program];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}

fn line(name: &str, ending: &Ending, took: Duration) -> String {
    let (word, why) = match ending {
        Ending::Passed => ("passed", String::new()),
        Ending::Failed(why) => ("FAILED", format!(": {why}")),
        Ending::Skipped(why) => ("skipped", format!(": {why}")),
    };
    format!("{word:<7} {:>8}  {name}{why}", seconds(took))
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failed_step_fails_the_verb_and_the_later_ones_still_run() {
        let mut report = Report::new("lint");
        report.step("first", || Ok(Ending::Passed));
        report.step("second", || anyhow::bail!("no such program"));
        report.step("third", || Ok(Ending::Skipped("not asked for".to_string())));
        let table = report.table();
        assert!(table.contains("second: no such program"), "{table}");
        assert!(table.contains("third: not asked for"), "{table}");
        assert!(table.ends_with("lint as a whole"), "{table}");
        assert_eq!(report.outcome(), Outcome::Faulty);
    }

    #[test]
    fn a_program_that_fails_is_named_with_its_words() {
        let ending = run(&mut Command::new("/bin/false")).unwrap();
        assert!(matches!(ending, Ending::Failed(why) if why.contains("`false` ended with")));
        let error = output(&mut Command::new("no-such-program-here")).unwrap_err();
        assert_eq!(error.to_string(), "cannot run `no-such-program-here`");
    }
}
