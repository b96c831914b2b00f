//! `replay`: recorded events through the whole flow in `recommend` mode, told as a story per case.

mod html;
mod inputs;
mod json;
mod lanes;
mod text;
mod title;

use crate::cli::{Common, ReplayArgs};
use crate::clock;
use crate::config::{self, GeoConfig};
use crate::exit::{Ended, Exit, Failure};
use crate::house::{self, ForReplay};
use crate::output;
use crate::plain;
use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use inputs::Source;
use interlock_engine::{Page, Story, StoryBook};
use interlock_ingest::Room;
use interlock_model::{Finding, Place, Rejected};
use lanes::Reading;
use std::io::{IsTerminal as _, Write as _};
use std::sync::Arc;

/// What a replay came to.
#[derive(Debug, Clone, Copy)]
pub struct Summary {
    /// Records looked at.
    pub events: u64,
    /// Records refused.
    pub rejected: u64,
    /// Findings made.
    pub findings: u64,
    /// Cases opened.
    pub cases: u64,
    /// How long it took.
    pub seconds: f64,
}

impl Summary {
    /// Records looked at in a second.
    #[must_use]
    pub fn events_per_second(&self) -> f64 {
        if self.seconds > 0.0 { self.events as f64 / self.seconds } else { 0.0 }
    }
}

/// Runs the command.
///
/// # Errors
/// An input cannot be opened, the configuration or the rules cannot be used, or the output is closed.
pub fn run(common: &Common, args: &ReplayArgs) -> Ended {
    let sources = inputs::expand(&args.paths).map_err(Failure::usage)?;
    let config = config::optional_for(config::Purpose::Look, common)?;
    let geo = GeoConfig { city: args.geoip.clone(), asn: args.asn.clone() };
    let ForReplay { watch, playbooks, policies, connectors, problems } =
        house::watch_for_replay(config, args.rules.as_deref(), geo)?;
    for (what, why) in watch.detectors().off() {
        output::note(format!("{what} is off: {why}"));
    }
    for problem in &problems {
        output::note(format!("{}: {}", problem.file, problem.what));
    }
    if !problems.is_empty() {
        output::note(format!(
            "{} notes on rules above; the other rules are in use",
            problems.len()
        ));
    }
    let mut teller = Teller::new(common, StoryBook::new(watch));
    let bar = progress(&sources, args);
    let started = clock::stopwatch();
    let normaliser = Arc::clone(teller.book.watch().normaliser());
    let threads = args.threads.map_or_else(threads, usize::from);
    lanes::run(sources, &normaliser, threads, &bar, |reading, room| teller.take(reading, room))?;
    teller.grown()?;
    bar.finish_and_clear();
    let seconds = started.elapsed().as_secs_f64();
    let stories = teller.book.stories(&playbooks, &policies, &connectors);
    let (events, rejected, findings, cases) = teller.book.counts();
    let summary = Summary { events, rejected, findings, cases, seconds };
    if let Some(file) = &args.html {
        let page = html::render(&stories, &summary).map_err(Failure::usage)?;
        std::fs::write(file, page)
            .with_context(|| format!("cannot write the report to `{}`", file.display()))
            .map_err(Failure::unavailable)?;
        output::note(format!("report written to {}", file.display()));
    }
    teller.tell(&stories, &summary)?;
    if teller.refused.iter().any(|it| it.why == interlock_ingest::TEXT) {
        output::note(
            "plain text is not read: let its program write JSON, a line for each event (beside that, syslog lines that carry a JSON object and PostgreSQL's csvlog are read)",
        );
    }
    if summary.events == 0 && summary.rejected > 0 {
        output::note(
            "nothing of this is a log that is known here: `content/mappings/example.yaml` of a folder by `interlock init` shows how to describe one",
        );
        return Ok(Exit::Negative);
    }
    Ok(Exit::Ok)
}

/// Reads into the book and prints as it goes.
struct Teller {
    book: StoryBook,
    json: bool,
    out: std::io::BufWriter<Box<dyn std::io::Write>>,
    refused: Vec<Refused>,
}

/// Records that were refused for the same reason.
#[derive(Debug)]
pub struct Refused {
    /// Why.
    pub why: String,
    /// The first one of each of the first files.
    pub first: Vec<Place>,
    /// How many there are.
    pub count: u64,
    /// In how many files; an input that is named twice counts twice.
    pub files: u64,
    /// The file of the last one.
    last: Arc<str>,
}

/// In how many files the first record is shown that was refused for one reason.
const EXAMPLES: usize = 3;

impl Refused {
    fn of(Rejected { place, why }: Rejected) -> Self {
        let last = Arc::clone(&place.file);
        Self { why, first: vec![place], count: 1, files: 1, last }
    }

    fn add(&mut self, place: Place) {
        self.count += 1;
        // Files are read one after the other.
        if self.last != place.file {
            self.files += 1;
            self.last = Arc::clone(&place.file);
            if self.first.len() < EXAMPLES {
                self.first.push(place);
            }
        }
    }
}

/// How many reasons of refusal the text lists; all are counted, and `--json` prints every record.
const LISTED: usize = 20;

impl Teller {
    fn new(common: &Common, book: StoryBook) -> Self {
        let out: Box<dyn std::io::Write> =
            if common.json { Box::new(std::io::stdout()) } else { Box::new(anstream::stdout()) };
        let out = std::io::BufWriter::with_capacity(1 << 16, out);
        Self { book, json: common.json, out, refused: Vec::new() }
    }

    fn take(&mut self, reading: Reading, room: &mut Room) -> Result<(), Failure> {
        match self.book.take(reading, room) {
            Page::Findings(findings) => self.findings(&findings),
            Page::Rejected(rejected) => self.said(rejected),
        }
    }

    fn said(&mut self, rejected: Rejected) -> Result<(), Failure> {
        if self.json {
            self.line(&json::rejected(&rejected))?;
        } else if let Some(it) = self.refused.iter_mut().find(|it| it.why == rejected.why) {
            it.add(rejected.place);
        } else if self.refused.len() < LISTED {
            self.refused.push(Refused::of(rejected));
        }
        Ok(())
    }

    fn grown(&mut self) -> Result<(), Failure> {
        let grown = self.book.close();
        self.findings(&grown)
    }

    fn findings(&mut self, findings: &[Finding]) -> Result<(), Failure> {
        if !self.json {
            return Ok(());
        }
        for finding in findings {
            let line = json::finding(finding, self.book.watch().directory());
            self.line(&line)?;
        }
        Ok(())
    }

    fn tell(&mut self, stories: &[Story], summary: &Summary) -> Result<(), Failure> {
        if self.json {
            for story in stories {
                self.line(&json::decision(&story.decision))?;
            }
            self.line(&json::summary(summary))?;
        } else {
            let text = text::render(stories, &self.refused, summary);
            self.out.write_all(plain::coloured(&text).as_bytes()).map_err(closed)?;
        }
        self.out.flush().map_err(closed)
    }

    fn line(&mut self, value: &serde_json::Value) -> Result<(), Failure> {
        let line = serde_json::to_string(value).map_err(|it| closed(it.into()))?;
        self.out.write_all(plain::json(&line).as_bytes()).map_err(closed)?;
        self.out.write_all(b"\n").map_err(closed)
    }
}

/// A reader that went away (`| head`) has what it wanted.
fn closed(error: std::io::Error) -> Failure {
    let gone = error.kind() == std::io::ErrorKind::BrokenPipe;
    let exit = if gone { Exit::Ok } else { Exit::Unavailable };
    let error = anyhow::Error::new(error).context("standard output cannot be written");
    Failure { exit, error }
}

/// As many as the machine has cores; more than eight have nothing to do.
fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(8)
}

fn progress(sources: &[Source], args: &ReplayArgs) -> ProgressBar {
    if args.no_progress || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let total: Option<u64> = sources.iter().map(|it| it.bytes).sum();
    let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    let look = "{bar:30} {bytes}/{total_bytes} {bytes_per_sec}, {eta} left";
    if let Ok(style) = ProgressStyle::with_template(look) {
        bar.set_style(style);
    }
    bar
}
