//! A fuzzer that compiles modules in by path has all of them: it is built too seldom to find out.

use super::Fault;
use super::tree::{Tree, lines};

/// What it compiles in, where that is named, and how the names begin.
const FUZZER: &str = "fuzz/fuzz_targets/configuration.rs";
const HOME: &str = "crates/interlock/src/config/mod.rs";
const START: &str = "raw";

/// Every module of the written form is in the fuzzer of the configuration.
pub fn check(tree: &Tree) -> Vec<Fault> {
    let (Some(home), Some(fuzzer)) = (tree.text(HOME), tree.text(FUZZER)) else {
        return Vec::new();
    };
    let declared = |line: &str| {
        let line = line.trim_start_matches("pub ");
        Some(line.strip_prefix("mod ")?.strip_suffix(';')?.to_owned())
    };
    let mut faults = Vec::new();
    for (number, line) in lines(home) {
        let Some(name) = declared(line).filter(|it| it.starts_with(START)) else { continue };
        if !lines(fuzzer).any(|(_, line)| declared(line).as_ref() == Some(&name)) {
            let what = format!("`{name}` is not in the fuzzer of the configuration");
            let remedy = "compile it in by path, as the others are";
            faults.push(Fault::new(HOME, number, what, remedy));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::expect;

    #[test]
    fn modules() {
        expect(
            check,
            &[
                (HOME, "mod check;\npub mod raw;\nmod raw_parts;\n"),
                (FUZZER, "#[path = \"x\"]\nmod raw;\n"),
            ],
            &[
                "crates/interlock/src/config/mod.rs:3 `raw_parts` is not in the fuzzer of the configuration",
            ],
        );
    }
}
