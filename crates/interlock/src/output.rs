//! What the process prints: results to standard output, everything else to standard error.
//!
//! Colours and pictures only on a terminal. A reader that goes away (`| head`) is no error.

use crate::cli::{Color, Command, Common};
use crate::exit::Failure;
use crate::plain;
use anstyle::{AnsiColor, Style};
use serde::Serialize;
use std::fmt::Display;
use std::io::{IsTerminal as _, Write as _};
use tracing_subscriber::EnvFilter;

/// Which stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// Results.
    Stdout,
    /// Progress, notes and errors.
    Stderr,
}

/// How a terminal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fancy {
    /// Whether it shows colours.
    pub colour: bool,
    /// How many characters fit into a line.
    pub width: usize,
}

/// For what is good, or done.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// For what needs attention.
pub const CAREFUL: Style = AnsiColor::Yellow.on_default();
/// For what is bad.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// For headings and names.
pub const STRONG: Style = Style::new().bold();

/// For what may be skipped.
pub const FAINT: Style = Style::new().dimmed();

/// How much the log says when nobody asked for more: a service tells what it does, a command what
/// is wrong, the demo tells its own story.
fn usual(command: &Command) -> &'static str {
    if matches!(command, Command::Serve(_)) {
        "warn,interlock=info"
    } else if matches!(command, Command::Demo(_)) {
        "error"
    } else {
        "warn"
    }
}

/// Sets up colours and the log, once, before anything is printed.
pub fn prepare(common: &Common, command: &Command) {
    match common.color {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    }
    .write_global();
    let wanted = match common.verbose {
        0 => usual(command),
        1 => "info,interlock=debug",
        _ => "debug,interlock=trace",
    };
    let filter = crate::config::variable("INTERLOCK_LOG")
        .and_then(|it| EnvFilter::try_new(it).ok())
        .unwrap_or_else(|| EnvFilter::new(wanted));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false);
    // A second call, as in tests, changes nothing.
    let _ = if std::io::stderr().is_terminal() {
        builder.with_ansi(common.color != Color::Never).compact().try_init()
    } else {
        builder.json().flatten_event(true).try_init()
    };
}

/// How the terminal behind this stream is; `None` when there is none.
#[must_use]
pub fn is_fancy(to: To) -> Option<Fancy> {
    let (terminal, choice) = match to {
        To::Stdout => {
            (std::io::stdout().is_terminal(), anstream::AutoStream::choice(&std::io::stdout()))
        }
        To::Stderr => {
            (std::io::stderr().is_terminal(), anstream::AutoStream::choice(&std::io::stderr()))
        }
    };
    let colour = choice != anstream::ColorChoice::Never;
    let width = comfy_table::Table::new().width().filter(|it| *it > 0).map_or(100, usize::from);
    terminal.then_some(Fancy { colour, width })
}

/// Prints an error and what lies below it.
pub fn failure(failure: &Failure) {
    note(format!("{BAD}error:{BAD:#} {failure}"));
}

/// Prints a result, with its line end.
pub fn line(text: impl Display) {
    let _ = writeln!(anstream::stdout().lock(), "{}", plain::coloured(&text.to_string()));
}

/// Prints a note to standard error, with its line end.
pub fn note(text: impl Display) {
    let _ = writeln!(anstream::stderr().lock(), "{}", plain::coloured(&text.to_string()));
}

/// Prints a result as one line of JSON.
pub fn json(value: &impl Serialize) {
    match serde_json::to_string(value) {
        Ok(text) => {
            let _ = writeln!(std::io::stdout().lock(), "{}", plain::json(&text));
        }
        Err(error) => {
            note(format!("{BAD}error:{BAD:#} a result cannot be written as JSON: {error}"))
        }
    }
}

/// Most characters of one cell; `--json` has the rest.
const CELL: usize = 400;

/// A table for people, as wide as the terminal or the text.
#[derive(Debug)]
pub struct Table(comfy_table::Table);

impl Table {
    /// Adds a row; what is too long for a cell is cut off, so that one name cannot push all others away.
    pub fn add_row(&mut self, cells: impl IntoIterator<Item = String>) {
        let cells = cells.into_iter().map(|it| {
            let it = plain::one_line(&it);
            match it.char_indices().nth(CELL).and_then(|(at, _)| it.get(..at)) {
                Some(start) => format!("{start}…"),
                None => it.into_owned(),
            }
        });
        self.0.add_row(cells);
    }
}

impl Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.trim_fmt())
    }
}

/// An empty table with these headings.
#[must_use]
pub fn table(headings: &[&str]) -> Table {
    let mut table = comfy_table::Table::new();
    table
        .load_style(comfy_table::presets::NOTHING)
        .set_content_arrangement(comfy_table::ContentArrangement::Dynamic)
        .set_header(headings.iter().map(|it| it.to_uppercase()));
    if is_fancy(To::Stdout).is_none() {
        table.set_content_arrangement(comfy_table::ContentArrangement::Disabled);
    }
    Table(table)
}

/// Prints a result as it is, without colours and without adding a line end.
pub fn text(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_does_not_push_all_others_away() {
        let mut table = table(&["id", "who"]);
        table.add_row(["a".to_owned(), "x".repeat(8_000)]);
        table.add_row(["b".to_owned(), "two\nlines \u{1b}[2J".to_owned()]);
        let text = table.to_string();
        assert!(text.lines().all(|it| it.chars().count() <= CELL + 10), "{text}");
        assert_eq!(text.lines().count(), 3, "{text}");
        assert!(text.contains(r"two\nlines \u{1b}[2J") && text.contains('…'), "{text}");
        assert!(text.lines().all(|it| it == it.trim_end()), "{text}");
    }
}
