//! Links in Markdown lead to files that exist.

use super::Fault;
use super::tree::{Tree, prose};

/// Every relative link names a file or folder of the clone.
pub fn check(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (path, text) in tree.markdown() {
        for (number, line) in prose(text) {
            for target in targets(line) {
                let there = resolve(path, target).is_some_and(|file| tree.has(&file));
                if !there {
                    let what = format!("`{target}` is not there");
                    faults.push(Fault::new(path, number, what, "mend the link, or make it text"));
                }
            }
        }
    }
    faults
}

/// The relative targets of the links in one line, without anchor and title.
fn targets(line: &str) -> Vec<&str> {
    // Every second piece between backticks is code.
    line.split('`')
        .step_by(2)
        .flat_map(|piece| piece.split("](").skip(1))
        .filter_map(|rest| rest.split(')').next())
        .filter_map(|target| target.split([' ', '#']).next())
        .filter(|target| !target.is_empty() && !target.contains(':'))
        .collect()
}

/// The target as a path from the root; nothing when it leads out of the clone.
fn resolve(from: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::expect;

    #[test]
    fn links() {
        let text = "See [a](a.md), [b](../README.md#top), [c](https://example.com/x.md),\n\
                    [d](gone.md), [e](#here), ![f](pictures/), `[g](code.md)`,\n\
                    [h](../../outside.md).\n```\n[i](fenced.md)\n```";
        expect(
            check,
            &[
                ("docs/x.md", text),
                ("docs/a.md", ""),
                ("README.md", ""),
                ("docs/pictures/p.svg", ""),
            ],
            &["docs/x.md:2 `gone.md` is not there", "docs/x.md:3 `../../outside.md` is not there"],
        );
    }

    #[test]
    fn a_link_around_code_is_a_link() {
        expect(check, &[("a.md", "[`serve`](gone.md)")], &["a.md:1 `gone.md` is not there"]);
    }
}
