//! `cargo xtask tidy`: what no compiler checks and every reader notices.
//!
//! One file per rule; each looks at the whole tree and names file, line, rule and remedy.

mod decisions;
mod error_pages;
mod fragments;
mod fuzzed_modules;
mod libraries;
mod links;
mod machine_paths;
mod purity;
mod readmes;
mod sentences;
mod sources;
mod tree;
mod unfinished;
mod words;

use crate::arguments::Arguments;
use crate::report::Outcome;
use anyhow::Result;
use tree::Tree;

/// How the verb is called.
pub const USAGE: &str = "tidy";

/// One place that breaks a rule.
#[derive(Debug)]
struct Fault {
    file: String,
    /// Counted from one; zero when the file as a whole is meant.
    line: usize,
    what: String,
    remedy: &'static str,
}

impl Fault {
    fn new(file: &str, line: usize, what: impl Into<String>, remedy: &'static str) -> Fault {
        Fault { file: file.to_string(), line, what: what.into(), remedy }
    }
}

/// How much a broken rule weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weight {
    /// Ends tidy with code 1.
    Fault,
    /// Is only printed.
    Warning,
}

/// One thing that holds for the whole tree.
#[derive(Debug)]
struct Rule {
    name: &'static str,
    weight: Weight,
    check: fn(&Tree) -> Vec<Fault>,
}

/// Every rule, alphabetical.
const RULES: &[Rule] = &[
    Rule { name: "decisions", weight: Weight::Fault, check: decisions::check },
    Rule { name: "error-pages", weight: Weight::Fault, check: error_pages::check },
    Rule { name: "file-length", weight: Weight::Fault, check: sources::file_length },
    Rule { name: "file-names", weight: Weight::Fault, check: sources::file_names },
    Rule { name: "fragments", weight: Weight::Fault, check: fragments::check },
    Rule { name: "fuzzed-modules", weight: Weight::Fault, check: fuzzed_modules::check },
    Rule { name: "head-line", weight: Weight::Fault, check: sources::head_line },
    Rule { name: "libraries", weight: Weight::Fault, check: libraries::check },
    Rule { name: "links", weight: Weight::Fault, check: links::check },
    Rule { name: "machine-paths", weight: Weight::Fault, check: machine_paths::check },
    Rule { name: "purity", weight: Weight::Fault, check: purity::check },
    Rule { name: "readmes", weight: Weight::Fault, check: readmes::check },
    Rule { name: "sentences", weight: Weight::Warning, check: sentences::check },
    Rule { name: "unfinished", weight: Weight::Fault, check: unfinished::check },
    Rule { name: "words", weight: Weight::Fault, check: words::check },
];

/// Runs the verb on the workspace.
pub fn run(words: &[String]) -> Result<Outcome> {
    Arguments::parse(words, &[], &[])?.without_rest()?;
    let tree = Tree::read(&crate::places::root())?;
    let mut faults = 0_usize;
    let mut warnings = 0_usize;
    for rule in RULES {
        for fault in (rule.check)(&tree) {
            println!("{}", shown(rule, &fault));
            match rule.weight {
                Weight::Fault => faults += 1,
                Weight::Warning => warnings += 1,
            }
        }
    }
    let files = tree.paths().count();
    println!("tidy: {files} files, {} rules, {faults} faults, {warnings} warnings", RULES.len());
    Ok(if faults == 0 { Outcome::Clean } else { Outcome::Faulty })
}

/// `file:line: rule: what`, and the remedy below.
fn shown(rule: &Rule, fault: &Fault) -> String {
    let place = match fault.line {
        0 => fault.file.clone(),
        line => format!("{}:{line}", fault.file),
    };
    let mark = match rule.weight {
        Weight::Fault => "",
        Weight::Warning => "warning: ",
    };
    format!("{place}: {mark}{}: {}\n  remedy: {}", rule.name, fault.what, fault.remedy)
}

/// Checks one rule on a small tree: each fault as `file:line what`.
#[cfg(test)]
#[track_caller]
fn expect(check: fn(&Tree) -> Vec<Fault>, files: &[(&str, &str)], expected: &[&str]) {
    let seen: Vec<String> = check(&Tree::of(files))
        .into_iter()
        .map(|fault| format!("{}:{} {}", fault.file, fault.line, fault.what))
        .collect();
    assert_eq!(seen, expected);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_sorted() {
        assert!(RULES.windows(2).all(|pair| pair[0].name < pair[1].name));
    }

    #[test]
    fn a_fault_names_file_line_rule_and_remedy() {
        let [rule] = RULES.iter().filter(|rule| rule.name == "links").collect::<Vec<_>>()[..]
        else {
            panic!("one rule is called links")
        };
        let fault = Fault::new("README.md", 7, "`gone.md` is not there", "mend the link");
        assert_eq!(
            shown(rule, &fault),
            "README.md:7: links: `gone.md` is not there\n  remedy: mend the link"
        );
    }
}
