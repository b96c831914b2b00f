//! Rust files: the head line, the length, the name.

use super::Fault;
use super::tree::{Tree, file_name};

/// The most lines that a Rust file may have, tests included (STYLE rule 2).
const MOST_LINES: usize = 600;

/// Names that say nothing (STYLE rule 2), as files and as folders.
const EMPTY_NAMES: &[&str] = &["common", "helpers", "misc", "util", "utils"];

/// Every file says in its first line what it is.
pub fn head_line(tree: &Tree) -> Vec<Fault> {
    tree.rust()
        .filter(|(_, text)| {
            let mut lines = text.lines().peekable();
            lines.next_if(|line| line.starts_with("#!") && !line.starts_with("#!["));
            !lines.next().is_some_and(|line| line.len() > 4 && line.starts_with("//! "))
        })
        .map(|(path, _)| {
            Fault::new(path, 1, "the file does not say what it is", "start it with a `//!` line")
        })
        .collect()
}

/// No file outgrows a reader.
pub fn file_length(tree: &Tree) -> Vec<Fault> {
    tree.rust()
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, length)| *length > MOST_LINES)
        .map(|(path, length)| {
            let what = format!("{length} lines, {MOST_LINES} at most");
            Fault::new(path, length, what, "split it by noun or verb")
        })
        .collect()
}

/// No file or folder has a name that says nothing.
pub fn file_names(tree: &Tree) -> Vec<Fault> {
    tree.rust()
        .filter(|(path, _)| {
            path.split('/').any(|part| EMPTY_NAMES.contains(&part.trim_end_matches(".rs")))
        })
        .map(|(path, _)| {
            let what = format!("`{}` says nothing about what is inside", file_name(path));
            Fault::new(path, 0, what, "name it after its noun or verb, or move it to its only user")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::expect;

    #[test]
    fn head_lines() {
        let files = [
            ("crates/a/src/good.rs", "//! What it is.\n"),
            ("crates/a/src/script.rs", "#!/usr/bin/env run\n//! What it is.\n"),
            ("crates/a/src/bare.rs", "use std::fmt;\n"),
            ("crates/a/src/empty.rs", ""),
            ("crates/a/src/late.rs", "#![allow(x)]\n//! What it is.\n"),
            ("crates/a/src/silent.rs", "//!\n"),
            ("elsewhere/bare.rs", "fn main() {}\n"),
        ];
        let seen =
            |name: &str| format!("crates/a/src/{name}.rs:1 the file does not say what it is");
        let expected: Vec<String> = ["bare", "empty", "late", "silent"].map(seen).to_vec();
        expect(head_line, &files, &expected.iter().map(String::as_str).collect::<Vec<_>>());
    }

    #[test]
    fn lengths() {
        let full = "//! x\n".repeat(600);
        let over = "//! x\n".repeat(601);
        expect(
            file_length,
            &[("crates/a/src/full.rs", &full), ("crates/a/src/over.rs", &over)],
            &["crates/a/src/over.rs:601 601 lines, 600 at most"],
        );
    }

    #[test]
    fn names() {
        expect(
            file_names,
            &[
                ("crates/a/src/utils.rs", ""),
                ("crates/a/src/common/mod.rs", ""),
                ("crates/a/src/commons.rs", ""),
            ],
            &[
                "crates/a/src/common/mod.rs:0 `mod.rs` says nothing about what is inside",
                "crates/a/src/utils.rs:0 `utils.rs` says nothing about what is inside",
            ],
        );
    }
}
