//! Marks of unfinished work do not stay.

use super::Fault;
use super::tree::{Tree, lines};

/// The marks, and whether each counts only as a whole word.
const MARKS: &[(&str, bool)] = &[("TODO", true), ("FIXME", true), ("dbg!(", false)];

/// This rule has to spell its own marks.
const ITSELF: &str = "xtask/src/tidy/unfinished.rs";

/// No file that is run or compiled holds a mark of unfinished work.
pub fn check(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    let code = tree.texts().filter(|(path, _)| {
        *path != ITSELF
            && [".rs", ".sh", ".toml", ".cedar", ".ci/run"].iter().any(|end| path.ends_with(end))
    });
    for (path, text) in code {
        for (number, line) in lines(text) {
            for (mark, whole) in MARKS {
                if holds(line, mark, *whole) {
                    let what = format!("`{mark}` marks unfinished work");
                    faults.push(Fault::new(path, number, what, "finish it, or open an issue"));
                }
            }
        }
    }
    faults
}

fn holds(line: &str, mark: &str, whole: bool) -> bool {
    let part_of_word = |c: char| whole && (c.is_alphanumeric() || c == '_');
    line.match_indices(mark).any(|(at, _)| {
        let before = line.get(..at).unwrap_or_default();
        let after = line.get(at + mark.len()..).unwrap_or_default();
        !before.ends_with(part_of_word) && !after.starts_with(part_of_word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::expect;

    #[test]
    fn marks() {
        expect(
            check,
            &[
                ("crates/a/src/a.rs", "// TODO: later\nlet x = dbg!(1);\nconst MASTODONS: u8 = 1;"),
                ("crates/a/src/b.rs", "const TODO_LIST: u8 = 1;"),
                ("README.md", "TODO"),
            ],
            &[
                "crates/a/src/a.rs:1 `TODO` marks unfinished work",
                "crates/a/src/a.rs:2 `dbg!(` marks unfinished work",
            ],
        );
    }
}
