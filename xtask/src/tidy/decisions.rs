//! `docs/decisions/`: numbered from 0001 without gaps, each listed in the README.

use super::Fault;
use super::tree::Tree;

/// Where the records are.
const FOLDER: &str = "docs/decisions/";

/// Records are numbered in order, and the README names each.
pub fn check(tree: &Tree) -> Vec<Fault> {
    let readme = format!("{FOLDER}README.md");
    let listed = tree.text(&readme).unwrap_or_default();
    let records = tree.paths().filter(|path| path.starts_with(FOLDER) && **path != *readme);
    let mut faults = Vec::new();
    for (path, number) in records.zip(1..) {
        let name = path.trim_start_matches(FOLDER);
        if !name.starts_with(&format!("{number:04}-")) || !name.ends_with(".md") {
            let what = format!("record number {number:04} should stand here");
            let remedy = "number the records from 0001 without gaps, as `<number>-<slug>.md`";
            faults.push(Fault::new(path, 0, what, remedy));
            // One gap moves all that follow.
            break;
        }
        if !listed.contains(&format!("({name})")) {
            let what = format!("`{name}` is not listed");
            faults.push(Fault::new(&readme, 0, what, "add one line with a link"));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::expect;

    #[test]
    fn records() {
        let readme = ("docs/decisions/README.md", "- [One](0001-one.md)\n- [Three](0003-three.md)");
        expect(
            check,
            &[readme, ("docs/decisions/0001-one.md", ""), ("docs/decisions/0003-three.md", "")],
            &["docs/decisions/0003-three.md:0 record number 0002 should stand here"],
        );
        expect(
            check,
            &[readme, ("docs/decisions/0001-one.md", ""), ("docs/decisions/0002-two.md", "")],
            &["docs/decisions/README.md:0 `0002-two.md` is not listed"],
        );
    }
}
