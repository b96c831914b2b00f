//! Folders that many people add have a README with the same headings (STYLE section 5).

use super::Fault;
use super::tree::{Tree, headings};
use std::collections::BTreeSet;

/// A kind of folder: where it stands, the file that makes a folder one, and the README's headings.
struct Kind {
    what: &'static str,
    parents: &'static [&'static str],
    mark: &'static str,
    needed: &'static [&'static str],
}

/// The kinds, alphabetical.
const KINDS: &[Kind] = &[
    Kind {
        what: "a behaviour",
        parents: &["crates/interlock-detect/src/behaviour/"],
        mark: "mod.rs",
        needed: &["What it sees", "What it remembers", "When it is wrong"],
    },
    Kind {
        what: "a connector",
        parents: &["crates/interlock-connect/src/", "crates/interlock-connect-aws/src/"],
        mark: "fake.rs",
        needed: &[
            "What it can do",
            "Permissions",
            "Settle times",
            "Residual access",
            "Limits and quotas",
            "Try it on the fake",
        ],
    },
    Kind {
        what: "a log source",
        parents: &["crates/interlock-ingest/src/"],
        mark: "parse.rs",
        needed: &["What it reads", "What it keeps", "What it rejects"],
    },
];

/// Every such folder has its README with its headings.
pub fn check(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for kind in KINDS {
        for folder in folders(tree, kind) {
            let readme = format!("{folder}README.md");
            let Some(text) = tree.text(&readme) else {
                let what = format!("{} has no README", kind.what);
                faults.push(Fault::new(
                    &readme,
                    0,
                    what,
                    "write one; CONTRIBUTING.md names its headings",
                ));
                continue;
            };
            let there: BTreeSet<&str> = headings(text).into_iter().map(|(_, it)| it).collect();
            for needed in kind.needed {
                if !there.contains(needed) {
                    let what = format!("the heading `{needed}` is missing");
                    faults.push(Fault::new(&readme, 0, what, "add it; every such README has it"));
                }
            }
        }
    }
    faults
}

/// The folders of one kind: direct children of its parents that hold its mark.
fn folders<'t>(tree: &'t Tree, kind: &Kind) -> BTreeSet<&'t str> {
    let mut folders = BTreeSet::new();
    for path in tree.paths() {
        let child = kind.parents.iter().find_map(|parent| path.strip_prefix(parent));
        let Some((_, rest)) = child.and_then(|child| child.split_once('/')) else { continue };
        if rest == kind.mark {
            folders.extend(path.strip_suffix(kind.mark));
        }
    }
    folders
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::expect;

    #[test]
    fn readmes() {
        expect(
            check,
            &[
                ("crates/interlock-ingest/src/okta_system_log/parse.rs", ""),
                ("crates/interlock-ingest/src/aws_cloudtrail/parse.rs", ""),
                (
                    "crates/interlock-ingest/src/aws_cloudtrail/README.md",
                    "# aws_cloudtrail\n## What it reads\n## What it rejects",
                ),
                ("crates/interlock-ingest/src/parse.rs", ""),
                ("crates/interlock-ingest/src/shared/mod.rs", ""),
            ],
            &[
                "crates/interlock-ingest/src/aws_cloudtrail/README.md:0 \
                 the heading `What it keeps` is missing",
                "crates/interlock-ingest/src/okta_system_log/README.md:0 a log source has no README",
            ],
        );
    }
}
