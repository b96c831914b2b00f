//! `cargo xtask docs`: the generated documents, written again by the program that they describe.

use crate::arguments::Arguments;
use crate::places;
use crate::report::{Ending, Outcome, Report, cargo, must};
use anyhow::{Context, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How the verb is called.
pub const USAGE: &str = "docs [--check]";

/// Where the documents stand: JSON Schemas, command line reference, man pages, completions, OpenAPI.
pub const FOLDER: &str = "docs/reference";

/// Runs the verb on the workspace.
pub fn run(words: &[String]) -> Result<Outcome> {
    let arguments = Arguments::parse(words, &["--check"], &[])?.without_rest()?;
    let mut report = Report::new("docs");
    if arguments.switch("--check") {
        report.step("compare", || check(&built()?));
    } else {
        report.step("write", || {
            write(&places::root().join(FOLDER), &generate(&built()?)?)?;
            Ok(Ending::Passed)
        });
    }
    Ok(report.finish())
}

/// Fails when a document differs from what this program would write, is missing, or is left over.
pub fn check(program: &Path) -> Result<Ending> {
    let fresh = generate(program)?;
    let there = read(&places::root().join(FOLDER))?;
    let stale = differences(&fresh, &there);
    if stale.is_empty() {
        return Ok(Ending::Passed);
    }
    Ok(Ending::Failed(format!("stale: {}; run `cargo xtask docs`", stale.join(", "))))
}

/// File contents by path relative to the folder.
type Documents = BTreeMap<String, Vec<u8>>;

/// Builds the program.
fn built() -> Result<PathBuf> {
    must(cargo().args(["build", "--quiet", "--locked", "--package", "interlock"]))?;
    Ok(debug_program())
}

/// Where a debug build of the program is, also when it was built for its tests.
pub fn debug_program() -> PathBuf {
    places::target().join("debug/interlock")
}

/// Lets the program write its documents into a fresh folder and reads them.
fn generate(program: &Path) -> Result<Documents> {
    let folder = places::target().join("generated-documents");
    if folder.exists() {
        fs::remove_dir_all(&folder).context("cannot empty the folder for generated documents")?;
    }
    fs::create_dir_all(&folder).context("cannot make the folder for generated documents")?;
    must(
        Command::new(program).current_dir(places::root()).args(["generate", "--out"]).arg(&folder),
    )?;
    read(&folder)
}

fn read(folder: &Path) -> Result<Documents> {
    let mut documents = Documents::new();
    let mut ahead = vec![folder.to_path_buf()];
    while let Some(next) = ahead.pop() {
        if !next.is_dir() {
            continue;
        }
        let entries =
            fs::read_dir(&next).with_context(|| format!("cannot list `{}`", next.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                ahead.push(path);
            } else {
                let name = path.strip_prefix(folder)?.to_string_lossy().into_owned();
                documents.insert(name, fs::read(&path)?);
            }
        }
    }
    Ok(documents)
}

/// Makes the folder hold exactly these documents.
fn write(folder: &Path, fresh: &Documents) -> Result<()> {
    for (name, content) in fresh {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, content).with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    for name in read(folder)?.keys().filter(|name| !fresh.contains_key(*name)) {
        fs::remove_file(folder.join(name))?;
    }
    Ok(())
}

/// The names that differ, are missing, or are left over.
fn differences<'d>(fresh: &'d Documents, there: &'d Documents) -> Vec<&'d str> {
    let names: BTreeSet<&String> = fresh.keys().chain(there.keys()).collect();
    names
        .into_iter()
        .filter(|name| fresh.get(*name) != there.get(*name))
        .map(String::as_str)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documents(files: &[(&str, &str)]) -> Documents {
        files.iter().map(|(name, text)| (name.to_string(), text.as_bytes().to_vec())).collect()
    }

    #[test]
    fn stale_missing_and_left_over_documents_are_named() {
        let fresh = documents(&[("cli.md", "new"), ("openapi.json", "{}"), ("same.md", "x")]);
        let there = documents(&[("cli.md", "old"), ("gone.md", ""), ("same.md", "x")]);
        assert_eq!(differences(&fresh, &there), ["cli.md", "gone.md", "openapi.json"]);
    }

    #[test]
    fn writing_leaves_exactly_the_fresh_ones() {
        let folder = places::target().join("xtask-tests").join("documents");
        let _ = fs::remove_dir_all(&folder);
        write(&folder, &documents(&[("a.md", "1"), ("man/b.1", "2")])).unwrap();
        let fresh = documents(&[("a.md", "3"), ("man/c.1", "4")]);
        write(&folder, &fresh).unwrap();
        assert_eq!(read(&folder).unwrap(), fresh);
    }
}
