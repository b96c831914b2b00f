//! Folders that many people add have a README with the same headings (STYLE section 5).

use super::Fault;
use super::tree::{Tree, file_name, headings};
use std::collections::BTreeSet;

/// A kind of folder: where it stands, what makes a folder one, and what its README must have.
#[derive(Debug)]
struct Kind {
    what: &'static str,
    /// Path starts.
    within: &'static [&'static str],
    /// The subfolder that only folders of this kind have.
    mark: &'static str,
    /// Whether the title is the folder's name; else it is the vendor's name of the thing.
    titled: bool,
    /// Headings besides the title.
    needed: &'static [&'static str],
}

/// The kinds, alphabetical.
const KINDS: &[Kind] = &[
    Kind {
        what: "a behaviour",
        within: &["crates/interlock-detect/src/behaviour/"],
        mark: "/scenarios/",
        titled: true,
        needed: &[],
    },
    Kind {
        what: "a connector",
        within: &["crates/interlock-connect/src/", "crates/interlock-connect-"],
        mark: "/actions/",
        titled: false,
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
        within: &["crates/interlock-ingest/src/"],
        mark: "/corpus/",
        titled: false,
        needed: &["What is rejected"],
    },
];

/// Every such folder has its README with its title and its headings.
pub fn check(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for kind in KINDS {
        for folder in folders(tree, kind) {
            let readme = format!("{folder}/README.md");
            let Some(text) = tree.text(&readme) else {
                let remedy = "write one; its kind and headings are in xtask/src/tidy/readmes.rs";
                let what = format!("{} has no README", kind.what);
                faults.push(Fault::new(&readme, 0, what, remedy));
                continue;
            };
            let there: BTreeSet<&str> = headings(text).into_iter().map(|(_, it)| it).collect();
            let title = kind.titled.then(|| file_name(folder));
            for needed in title.iter().chain(kind.needed) {
                if !there.contains(needed) {
                    let what = format!("the heading `{needed}` is missing");
                    faults.push(Fault::new(&readme, 0, what, "add it; every such README has it"));
                }
            }
        }
    }
    faults
}

/// The folders of one kind; a connector that is a crate of its own has its README beside `src`.
fn folders<'t>(tree: &'t Tree, kind: &Kind) -> BTreeSet<&'t str> {
    tree.paths()
        .filter(|path| kind.within.iter().any(|start| path.starts_with(start)))
        .filter_map(|path| path.split_once(kind.mark))
        .map(|(folder, _)| folder.strip_suffix("/src").unwrap_or(folder))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::expect;

    #[test]
    fn readmes() {
        let connector = "# interlock-connect-aws\n## What it can do\n## Permissions\n\
                         ## Settle times\n## Residual access\n## Limits and quotas";
        expect(
            check,
            &[
                ("crates/interlock-ingest/src/okta_system_log/corpus/a.json", ""),
                ("crates/interlock-ingest/src/aws_cloudtrail/corpus/a.json", ""),
                ("crates/interlock-ingest/src/aws_cloudtrail/README.md", "# AWS CloudTrail"),
                ("crates/interlock-detect/src/behaviour/token_abuse/scenarios/a.jsonl", ""),
                ("crates/interlock-detect/src/behaviour/token_abuse/README.md", "# Tokens"),
                ("crates/interlock-ingest/src/records/mod.rs", ""),
                ("crates/interlock-connect-aws/src/actions/mod.rs", ""),
                ("crates/interlock-connect-aws/README.md", connector),
                ("crates/interlock-connect/src/broker/actions/mod.rs", ""),
            ],
            &[
                "crates/interlock-detect/src/behaviour/token_abuse/README.md:0 \
                 the heading `token_abuse` is missing",
                "crates/interlock-connect-aws/README.md:0 \
                 the heading `Try it on the fake` is missing",
                "crates/interlock-connect/src/broker/README.md:0 a connector has no README",
                "crates/interlock-ingest/src/aws_cloudtrail/README.md:0 \
                 the heading `What is rejected` is missing",
                "crates/interlock-ingest/src/okta_system_log/README.md:0 a log source has no README",
            ],
        );
    }
}
