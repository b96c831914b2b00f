//! Reads a configuration folder: every file, every problem, at once.

use super::check::{self, Checked};
use super::raw::RawConfig;
use super::together::{self, Purpose};
use super::tree::{Entry, Kind, Node};
use super::{Config, FILE, shape};
use crate::content::{self, Files};
use interlock_model::{Gravity, Problem};
use std::path::Path;
use std::sync::Arc;

/// The largest `interlock.toml` that is read, in bytes.
const FILE_BYTES: u64 = 1 << 20;

/// Reads and checks a configuration folder; all problems of all files at once, in order of file and place.
///
/// There is no configuration when a problem is an error, but for errors in `content/rules`: a rule
/// that is wrong is left out, and the others watch on.
#[must_use]
pub fn load(dir: &Path) -> (Option<Config>, Vec<Problem>) {
    load_for(Purpose::Run, dir)
}

/// The same for this purpose.
#[must_use]
pub fn load_for(purpose: Purpose, dir: &Path) -> (Option<Config>, Vec<Problem>) {
    let mut problems = Vec::new();
    let checked = process(dir, &mut problems);
    let files = Files::read(dir, &mut problems);
    let mut content = files.compile(&mut problems);
    if let Some(checked) = &checked {
        together::check(purpose, checked, &files, content.as_mut(), &mut problems);
    }
    let fatal = problems.iter().any(|it| !is_rule(it) && it.gravity == Gravity::Error);
    for problem in &mut problems {
        problem.file = dir.join(&*problem.file).to_string_lossy().into();
    }
    problems.sort_by(|a, b| {
        let key = |it: &Problem| (Arc::clone(&it.file), it.span.as_ref().map(|it| it.start));
        key(a).cmp(&key(b)).then_with(|| a.what.cmp(&b.what))
    });
    problems.dedup();
    let config = match (checked, content) {
        (Some(checked), Some(content)) if !fatal => Some(checked.into_config(content)),
        _ => None,
    };
    (config, problems)
}

/// The value of an environment variable that a configuration names; `None` when it is not set or not text.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "configuration enters here, and only here")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A wrong rule is left out alone. A wrong pipeline would change what all the others say.
fn is_rule(problem: &Problem) -> bool {
    let below = problem.file.strip_prefix("content/rules/");
    below.is_some_and(|it| !it.starts_with("pipelines/"))
}

/// Reads `interlock.toml`.
fn process(dir: &Path, problems: &mut Vec<Problem>) -> Option<Checked> {
    let file: Arc<str> = FILE.into();
    let whole = |what: String, help: &str| Problem {
        file: Arc::clone(&file),
        span: None,
        gravity: Gravity::Error,
        what,
        help: Some(help.to_owned()),
    };
    let text = match content::read_file(&dir.join(FILE), FILE_BYTES) {
        Ok(text) => text,
        Err(why) => {
            problems.push(whole(why, "`interlock init` writes one with every option explained"));
            return None;
        }
    };
    let schema = schemars::schema_for!(RawConfig).to_value();
    let (mut tree, broken) = Node::parse(&file, &text);
    let readable = broken.is_empty();
    problems.extend(broken);
    let mut misfits = shape::misfits(&file, &schema, &mut tree);
    for problem in &mut misfits {
        // The mode is the one decision that nobody takes for the operator.
        if problem.what == "the file needs the key `mode`" {
            "`mode` is missing: there is no default for what the house may do"
                .clone_into(&mut problem.what);
            problem.help = Some(
                "add the first line `mode = \"observe\"`, `\"recommend\"` or `\"enforce\"`; only `enforce` writes"
                    .to_owned(),
            );
            problem.span = None;
        }
    }
    let sound = readable && misfits.is_empty();
    problems.append(&mut misfits);
    if !sound {
        complete(&mut tree);
    }
    let raw: RawConfig = match serde_json::from_value(tree.to_json()) {
        Ok(raw) => raw,
        Err(error) => {
            // What hinders it is reported already, unless the schema let something through.
            if sound {
                problems.push(whole(error.to_string(), "compare it with `interlock init`"));
            }
            return None;
        }
    };
    Some(check::process(&file, dir, raw, &tree, problems))
}

/// Gives a file without a sound mode one, so that the rest of it can be checked too; it is not used.
fn complete(tree: &mut Node) {
    let sound = matches!(tree.get("mode").map(|it| &it.kind), Some(Kind::Text(it)) if matches!(it.as_str(), "observe" | "recommend" | "enforce"));
    let Kind::Table(entries) = &mut tree.kind else { return };
    if sound {
        return;
    }
    entries.retain(|it| it.key != "mode");
    let value = Node { span: 0..0, kind: Kind::Text("observe".to_owned()) };
    entries.push(Entry { key: "mode".to_owned(), key_span: 0..0, value });
}
