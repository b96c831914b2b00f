//! One word for one thing: the words of the glossary that a machine can hold us to.
//!
//! Only words that have no second, honest meaning here are listed.
//! They are looked for where names are made: Markdown headings and definitions in Rust.

use super::Fault;
use super::tree::{Tree, headings, lines};

/// What we do not say, and what we say. Lower case, words joined by `_`.
const WORDS: &[(&str, &str)] = &[
    ("alarm", "say `finding`"),
    ("dry_run", "say which mode: observe, recommend or enforce"),
    ("plugin", "say `connector`"),
    ("rollback", "say `undo` or `restore`"),
    ("ticket", "say `case`"),
];

/// What a definition begins with.
const DEFINES: &[&str] = &["const", "enum", "fn", "mod", "static", "struct", "trait", "type"];

/// No heading and no definition uses a word that we do not say.
pub fn check(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (path, text) in tree.markdown() {
        for (number, heading) in headings(text) {
            faults.extend(fault(path, number, heading));
        }
    }
    for (path, text) in tree.rust() {
        for (number, line) in lines(text) {
            if let Some(name) = defined(line) {
                faults.extend(fault(path, number, name));
            }
        }
    }
    faults
}

fn fault(path: &str, number: usize, name: &str) -> Option<Fault> {
    let words = format!("_{}_", split(name));
    WORDS.iter().find(|(word, _)| words.contains(&format!("_{word}_"))).map(|(word, remedy)| {
        Fault::new(path, number, format!("we do not say `{word}` here"), remedy)
    })
}

/// The name that a line of Rust defines, if it defines one.
fn defined(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace().skip_while(|word| {
        word.starts_with("pub") || matches!(*word, "async" | "default" | "unsafe")
    });
    let first = words.next()?;
    if !DEFINES.contains(&first) {
        return None;
    }
    words.next()?.split(|c: char| !(c.is_alphanumeric() || c == '_')).next()
}

/// `DryRunMode`, `dry-run mode` and `dry_run_mode` all become `dry_run_mode`.
fn split(name: &str) -> String {
    let mut words = String::new();
    let mut after_lower = false;
    for c in name.chars() {
        if c.is_alphanumeric() {
            if after_lower && c.is_uppercase() {
                words.push('_');
            }
            words.extend(c.to_lowercase());
            after_lower = c.is_lowercase();
        } else {
            words.push('_');
            after_lower = false;
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::expect;

    #[test]
    fn words() {
        expect(
            check,
            &[
                ("docs/a.md", "# How to write a plugin\nA plugin is a connector.\n## Undo"),
                (
                    "crates/a/src/a.rs",
                    "pub struct RollbackPlan;\n    pub(crate) async fn dry_run() {}\nfn undo() {}\n\
                     // fn rollback\nlet ticket = 1;",
                ),
            ],
            &[
                "docs/a.md:1 we do not say `plugin` here",
                "crates/a/src/a.rs:1 we do not say `rollback` here",
                "crates/a/src/a.rs:2 we do not say `dry_run` here",
            ],
        );
    }
}
