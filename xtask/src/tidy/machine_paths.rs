//! No file names a folder of the machine that it was written on.

use super::Fault;
use super::tree::{Tree, lines};

/// How such a path begins.
const STARTS: &[&str] = &["/work/", "/tmp/t-", "/home/", "/root/", "/Users/"];

/// Where such a path is meant, and why.
const MEANT: &[(&str, &str)] = &[("xtask/src/tidy/machine_paths.rs", "the rule spells them")];

/// No text file holds a machine-specific path.
pub fn check(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (path, text) in tree.texts() {
        if MEANT.iter().any(|(meant, _)| path.starts_with(meant)) {
            continue;
        }
        for (number, line) in lines(text) {
            for start in STARTS {
                if holds(line, start) {
                    let what = format!("`{start}` is a folder of one machine");
                    let remedy = "name it relative to the workspace, or take it as an argument";
                    faults.push(Fault::new(path, number, what, remedy));
                }
            }
        }
    }
    faults
}

/// Whether an absolute path starts so; the same text inside a longer path or a URL does not count.
fn holds(line: &str, start: &str) -> bool {
    line.match_indices(start).any(|(at, _)| {
        let before = line.get(..at).unwrap_or_default();
        !before.ends_with(|c: char| c.is_alphanumeric() || "._-/*}".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::expect;

    #[test]
    fn paths() {
        expect(
            check,
            &[
                ("docs/a.md", "see https://example.com/home/x and ../work/x and docs/work/x"),
                ("docs/b.md", "fine\nopen `/home/ann/x`"),
                ("scripts/c", "cd /work/here"),
            ],
            &[
                "docs/b.md:2 `/home/` is a folder of one machine",
                "scripts/c:1 `/work/` is a folder of one machine",
            ],
        );
    }
}
