//! `changes/`: one file per change that a user notices (STYLE rule 40).

use super::Fault;
use super::tree::{Tree, headings};

/// What a change can be.
const KINDS: &[&str] = &["added", "breaking", "changed", "fixed", "security"];

/// Headings that a breaking change needs.
const BREAKING: &[&str] = &["Summary", "Migration"];

/// Every fragment is called `<slug>.<kind>.md`, and a breaking one says how to live with it.
pub fn check(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for path in tree.paths() {
        let Some(name) = path.strip_prefix("changes/").filter(|name| *name != "README.md") else {
            continue;
        };
        let Some(kind) = kind(name) else {
            let what = format!("`{name}` is no name of a fragment");
            let remedy = "call it `<slug>.<added|breaking|changed|fixed|security>.md`, the slug in \
                          lower case with hyphens";
            faults.push(Fault::new(path, 0, what, remedy));
            continue;
        };
        let there = headings(tree.text(path).unwrap_or_default());
        for needed in BREAKING {
            if kind == "breaking" && !there.iter().any(|(_, heading)| heading == needed) {
                let what = format!("a breaking change needs the heading `{needed}`");
                faults.push(Fault::new(path, 0, what, "say what breaks and what to do"));
            }
        }
    }
    faults
}

/// The kind of a well-formed name.
fn kind(name: &str) -> Option<&str> {
    let (slug, kind) = name.strip_suffix(".md")?.split_once('.')?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (!slug.is_empty() && slug.chars().all(plain) && KINDS.contains(&kind)).then_some(kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::expect;

    #[test]
    fn fragments() {
        expect(
            check,
            &[
                ("changes/README.md", ""),
                ("changes/replay-reads-gzip.added.md", "Replay reads gzip."),
                ("changes/Replay.added.md", ""),
                ("changes/replay.improved.md", ""),
                ("changes/mode-is-required.breaking.md", "# Summary\nx"),
            ],
            &[
                "changes/Replay.added.md:0 `Replay.added.md` is no name of a fragment",
                "changes/mode-is-required.breaking.md:0 a breaking change needs the heading `Migration`",
                "changes/replay.improved.md:0 `replay.improved.md` is no name of a fragment",
            ],
        );
    }
}
