//! Problems as people read them: with a picture on a terminal, one narrow line each elsewhere, JSON on request.

use crate::content::read_file;
use crate::output;
use interlock_model::{Gravity, Problem};
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, Severity,
};
use serde::Serialize;
use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// The largest file of which a part is shown, in bytes.
const SHOWN_BYTES: u64 = 1 << 20;

/// Prints problems to standard error.
pub fn print(problems: &[Problem]) {
    let fancy = output::is_fancy(output::To::Stderr);
    output::note(render(problems, fancy).trim_end());
}

/// Problems as text: with a picture of the place when `fancy`.
#[must_use]
pub fn render(problems: &[Problem], fancy: Option<output::Fancy>) -> String {
    let mut sources = Sources::default();
    let mut text = String::new();
    for problem in problems {
        let source = sources.of(&problem.file);
        match fancy {
            Some(fancy) => draw(problem, source, fancy, &mut text),
            None => tell(problem, source, &mut text),
        }
    }
    text
}

/// One object a line: file, line, column, gravity, what, help.
#[must_use]
pub fn as_json(problems: &[Problem]) -> Vec<impl Serialize + use<>> {
    let mut sources = Sources::default();
    let line = |problem: &Problem| {
        let place = place(problem, sources.of(&problem.file));
        Line {
            r#type: "problem",
            file: problem.file.to_string(),
            line: place.map(|it| it.0),
            column: place.map(|it| it.1),
            gravity: problem.gravity,
            what: problem.what.clone(),
            help: problem.help.clone(),
        }
    };
    problems.iter().map(line).collect()
}

#[derive(Debug, Serialize)]
struct Line {
    r#type: &'static str,
    file: String,
    line: Option<usize>,
    column: Option<usize>,
    gravity: Gravity,
    what: String,
    help: Option<String>,
}

/// The texts of the files, each read once.
#[derive(Debug, Default)]
struct Sources(HashMap<Arc<str>, Option<Arc<str>>>);

impl Sources {
    fn of(&mut self, file: &Arc<str>) -> Option<Arc<str>> {
        let text = || read_file(Path::new(&**file), SHOWN_BYTES).ok().map(Arc::from);
        self.0.entry(Arc::clone(file)).or_insert_with(text).clone()
    }
}

/// Line and column, from 1, in characters.
fn place(problem: &Problem, source: Option<Arc<str>>) -> Option<(usize, usize)> {
    let before = source?.get(..problem.span.as_ref()?.start)?.to_owned();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Some((line, column))
}

/// `file:line:column: error: what`, and the remedy below.
fn tell(problem: &Problem, source: Option<Arc<str>>, text: &mut String) {
    use fmt::Write as _;
    let place = match place(problem, source) {
        Some((line, column)) => format!(":{line}:{column}"),
        None => String::new(),
    };
    let gravity = word(problem.gravity);
    let _ = writeln!(text, "{}{place}: {gravity}: {}", problem.file, problem.what);
    if let Some(help) = &problem.help {
        let _ = writeln!(text, "  help: {help}");
    }
}

fn draw(problem: &Problem, source: Option<Arc<str>>, fancy: output::Fancy, text: &mut String) {
    let theme =
        if fancy.colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(fancy.width.clamp(40, 100))
        .with_context_lines(1);
    let span = problem.span.clone();
    let span =
        span.filter(|it| source.as_ref().is_some_and(|source| source.get(it.clone()).is_some()));
    let named = source.filter(|_| span.is_some()).map(|it| NamedSource::new(&problem.file, it));
    let shown = Shown { problem, span, source: named };
    if handler.render_report(text, &shown).is_err() {
        tell(problem, None, text);
    }
}

const fn word(gravity: Gravity) -> &'static str {
    match gravity {
        Gravity::Warning => "warning",
        Gravity::Error => "error",
    }
}

/// A problem as miette draws it.
#[derive(Debug)]
struct Shown<'a> {
    problem: &'a Problem,
    span: Option<std::ops::Range<usize>>,
    source: Option<NamedSource<Arc<str>>>,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.source.is_none() {
            write!(f, "{}: ", self.problem.file)?;
        }
        f.write_str(&self.problem.what)
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn severity(&self) -> Option<Severity> {
        Some(match self.problem.gravity {
            Gravity::Warning => Severity::Warning,
            Gravity::Error => Severity::Error,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.problem.help.as_ref().map(|it| Box::new(it) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.source.as_ref().map(|it| it as &dyn miette::SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.span.clone()?;
        let label = LabeledSpan::new(None, span.start, span.len());
        Some(Box::new(std::iter::once(label)))
    }
}
