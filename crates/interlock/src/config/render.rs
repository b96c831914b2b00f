//! Problems as people read them: with a picture on a terminal, one narrow line each elsewhere, JSON on request.

use crate::content::read_file;
use crate::output;
use interlock_model::{Gravity, Problem};
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError,
    MietteSpanContents, Severity, SourceCode, SourceSpan, SpanContents,
};
use serde::Serialize;
use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// The largest file of which a part is shown, in bytes.
const SHOWN_BYTES: u64 = 1 << 20;

/// Part of the help of a problem whose place may hold a secret: the line itself is not drawn.
pub(super) const NEVER_SHOWN: &str = "secrets never stand in this file";

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
            Some(fancy) if !is_secret(problem) => draw(problem, source, fancy, &mut text),
            Some(_) | None => tell(problem, source, &mut text),
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
        .with_context_lines(0);
    let span = problem.span.clone();
    let span =
        span.filter(|it| source.as_ref().is_some_and(|source| source.get(it.clone()).is_some()));
    let file = problem.file.to_string();
    let named = source.filter(|_| span.is_some()).map(|text| Lines { file, text });
    let shown = Shown { problem, span, source: named };
    if handler.render_report(text, &shown).is_err() {
        tell(problem, None, text);
    }
}

fn is_secret(problem: &Problem) -> bool {
    problem.help.as_ref().is_some_and(|it| it.contains(NEVER_SHOWN))
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
    source: Option<Lines>,
}

/// A file of which the lines of a span are shown whole and no line around them: one of those may
/// hold a secret.
#[derive(Debug)]
struct Lines {
    file: String,
    text: Arc<str>,
}

impl SourceCode for Lines {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        _lines_before: usize,
        _lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let outside = || MietteError::OutOfBounds;
        let before = self.text.get(..span.offset()).ok_or_else(outside)?;
        let rest = self.text.get(span.offset() + span.len()..).ok_or_else(outside)?;
        let start = before.rfind('\n').map_or(0, |it| it + 1);
        let end = self.text.len() - rest.len() + rest.find('\n').unwrap_or(rest.len());
        let lines = self.text.get(start..end).ok_or_else(outside)?;
        let first = before.matches('\n').count();
        Ok(Box::new(MietteSpanContents::new_named(
            self.file.clone(),
            lines.as_bytes(),
            (start, lines.len()).into(),
            first,
            span.offset() - start,
            lines.matches('\n').count() + 1,
        )))
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn problems(folder: &Path) -> Vec<Problem> {
        let file: Arc<str> = folder.join("interlock.toml").to_string_lossy().into();
        std::fs::write(&*file, "mode = \"observe\"\n[sotre]\nkey = \"hush\"\n").unwrap();
        let problem = |span, what: &str, help: &str| Problem {
            file: Arc::clone(&file),
            span,
            gravity: Gravity::Error,
            what: what.to_owned(),
            help: Some(help.to_owned()),
        };
        vec![
            problem(Some(18..23), "unknown key `sotre`", "did you mean `store`?"),
            problem(Some(31..37), "no name of a variable", NEVER_SHOWN),
            problem(Some(900..901), "beyond the end", "look again"),
            problem(None, "as a whole", "look again"),
        ]
    }

    fn shown(fancy: Option<output::Fancy>) -> String {
        let folder = tempfile::tempdir().unwrap();
        let text = render(&problems(folder.path()), fancy);
        text.replace(&*folder.path().to_string_lossy(), "FOLDER")
    }

    #[test]
    fn elsewhere_a_narrow_line_each() {
        expect![[r#"
            FOLDER/interlock.toml:2:2: error: unknown key `sotre`
              help: did you mean `store`?
            FOLDER/interlock.toml:3:7: error: no name of a variable
              help: secrets never stand in this file
            FOLDER/interlock.toml: error: beyond the end
              help: look again
            FOLDER/interlock.toml: error: as a whole
              help: look again
        "#]]
        .assert_eq(&shown(None));
    }

    #[test]
    fn on_a_terminal_a_picture_but_never_of_a_secret() {
        let text = shown(Some(output::Fancy { colour: false, width: 80 }));
        assert!(!text.contains("hush"), "{text}");
        expect![[r#"
              × unknown key `sotre`
               ╭─[FOLDER/interlock.toml:2:2]
             2 │ [sotre]
               ·  ─────
               ╰────
              help: did you mean `store`?
            FOLDER/interlock.toml:3:7: error: no name of a variable
              help: secrets never stand in this file
              × FOLDER/interlock.toml: beyond the end
              help: look again
              × FOLDER/interlock.toml: as a whole
              help: look again
        "#]]
        .assert_eq(&text);
        let coloured = shown(Some(output::Fancy { colour: true, width: 80 }));
        assert!(coloured.contains("\u{1b}["), "{coloured}");
    }
}
