//! One sentence per line in Markdown, so that a change touches one line (STYLE rule 32).

use super::Fault;
use super::tree::{Tree, prose};

/// Warns of lines of prose with more than one sentence.
pub fn check(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (path, text) in tree.markdown() {
        for (number, line) in prose(text) {
            let table_or_heading = line.starts_with('|') || line.starts_with('#');
            if !table_or_heading && goes_on(line) {
                let what = "more than one sentence in a line";
                faults.push(Fault::new(path, number, what, "break the line after the sentence"));
            }
        }
    }
    faults
}

/// Whether a full stop is followed by a word with a capital; `e.g. X` and `1. X` do not count.
fn goes_on(line: &str) -> bool {
    line.match_indices(". ").any(|(at, _)| {
        let before = line.get(..at).unwrap_or_default();
        let after = line.get(at + 2..).unwrap_or_default();
        let word = before.rsplit([' ', '(']).next().unwrap_or_default();
        let ends = word.len() > 1 && !word.contains('.') && !word.chars().all(|c| c.is_numeric());
        ends && after.starts_with(char::is_uppercase)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::expect;

    #[test]
    fn sentences() {
        expect(
            check,
            &[(
                "a.md",
                "One. Two.\n1. First\nSee e.g. The Book.\n| A cell. With two. |\n10. Tenth step",
            )],
            &["a.md:1 more than one sentence in a line"],
        );
    }
}
