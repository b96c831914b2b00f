//! Every error code in the code has a page, and every page a code (STYLE rule 28).

use super::Fault;
use super::tree::{Tree, file_name, lines};
use std::collections::BTreeMap;

/// Where the pages are.
const PAGES: &str = "docs/errors/";

/// Codes and pages are the same set, and each page begins with its code.
pub fn check(tree: &Tree) -> Vec<Fault> {
    let mut used: BTreeMap<&str, (&str, usize)> = BTreeMap::new();
    for (path, text) in tree.rust().filter(|(path, _)| path.starts_with("crates/")) {
        for (number, line) in lines(text) {
            for code in codes(line) {
                used.entry(code).or_insert((path, number));
            }
        }
    }
    let mut faults = Vec::new();
    for (code, (path, number)) in &used {
        if !tree.has(&format!("{PAGES}{code}.md")) {
            let what = format!("`{code}` has no page in {PAGES}");
            let remedy = "write the page: what it means, what Interlock did meanwhile, what to do";
            faults.push(Fault::new(path, *number, what, remedy));
        }
    }
    for (path, text) in tree.texts().filter(|(path, _)| path.starts_with(PAGES)) {
        let name = file_name(path).trim_end_matches(".md");
        if name == "README" {
            continue;
        }
        if !used.contains_key(name) {
            let what = format!("no code says `{name}`");
            faults.push(Fault::new(path, 0, what, "delete the page, or give the error its code"));
        }
        if !text.starts_with(&format!("# {name}")) {
            let what = format!("the page does not begin with `# {name}`");
            faults.push(Fault::new(path, 1, what, "begin it with the code and its short name"));
        }
    }
    faults
}

/// The codes in a line: `IL` and four digits, standing alone.
fn codes(line: &str) -> Vec<&str> {
    let part_of_word = |c: char| c.is_ascii_alphanumeric();
    line.match_indices("IL")
        .filter_map(|(at, _)| {
            let code = line.get(at..at + 6)?;
            let digits = code.strip_prefix("IL")?;
            let alone = !line.get(..at)?.ends_with(part_of_word)
                && !line.get(at + 6..)?.starts_with(part_of_word);
            (alone && digits.chars().all(|c| c.is_ascii_digit())).then_some(code)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::expect;

    #[test]
    fn pages() {
        expect(
            check,
            &[
                ("crates/a/src/a.rs", "//! x\nconst A: &str = \"IL0101\"; // IL0102"),
                ("crates/a/src/b.rs", "const KEY: &str = \"AKIAIL0199\"; // IL010"),
                ("docs/errors/IL0101.md", "# IL0101 owner-route-missing"),
                ("docs/errors/IL0103.md", "# IL0103 gone"),
                ("docs/errors/README.md", "# Errors"),
            ],
            &[
                "crates/a/src/a.rs:2 `IL0102` has no page in docs/errors/",
                "docs/errors/IL0103.md:0 no code says `IL0103`",
            ],
        );
        expect(
            check,
            &[("crates/a/src/a.rs", "IL0101"), ("docs/errors/IL0101.md", "Text")],
            &["docs/errors/IL0101.md:1 the page does not begin with `# IL0101`"],
        );
    }
}
