//! The pure rooms do not touch the world through the standard library either (N2).
//!
//! Dependencies are the layer test's matter, banned methods clippy's; this is the rest.

use super::Fault;
use super::tree::{Tree, lines};

/// The crates without a world.
const PURE: &[&str] = &[
    "crates/interlock-contain/src/",
    "crates/interlock-decide/src/",
    "crates/interlock-detect/src/",
    "crates/interlock-engine/src/",
    "crates/interlock-identity/src/",
    "crates/interlock-ingest/src/",
    "crates/interlock-model/src/",
    "crates/interlock-reach/src/",
];

/// Text that reaches the world, and what it reaches.
const REACHES: &[(&str, &str)] = &[
    ("std::env", "the environment"),
    ("std::fs", "files"),
    ("std::net::Tcp", "sockets"),
    ("std::net::Udp", "sockets"),
    ("std::process", "processes"),
    ("std::thread", "threads"),
    ("std::time::Instant", "the clock"),
    ("std::time::SystemTime", "the clock"),
    ("Timestamp::now", "the clock"),
    ("Zoned::now", "the clock"),
];

/// No line of a pure room, outside tests, reaches the world.
pub fn check(tree: &Tree) -> Vec<Fault> {
    let pure = || tree.rust().filter(|(path, _)| PURE.iter().any(|room| path.starts_with(room)));
    let tests: Vec<String> = pure().flat_map(|(path, text)| test_modules(path, text)).collect();
    let mut faults = Vec::new();
    for (path, text) in pure() {
        let module = path.trim_end_matches(".rs");
        let in_tests = |test: &String| {
            module
                .strip_prefix(test.as_str())
                .is_some_and(|rest| matches!(rest.chars().next(), None | Some('/')))
        };
        if tests.iter().any(in_tests) {
            continue;
        }
        for (number, line) in shipped(text) {
            let code = line.split("//").next().unwrap_or_default();
            if let Some((_, reaches)) = REACHES.iter().find(|(text, _)| code.contains(text)) {
                let what = format!("a pure room reaches {reaches}");
                let remedy = "take the value as an argument; `interlock` fetches it";
                faults.push(Fault::new(path, number, what, remedy));
            }
        }
    }
    faults
}

/// The lines before the tests, which stand at the bottom of a file (STYLE rule 3).
fn shipped(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let tests =
        after_cfg_test(text).find(|(_, next)| next.ends_with('{')).map(|(number, _)| number);
    lines(text).take_while(move |(number, _)| tests.is_none_or(|tests| *number < tests))
}

/// The modules that a file declares for its tests, as paths without `.rs`.
fn test_modules(path: &str, text: &str) -> Vec<String> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let inside = match name {
        "lib.rs" | "mod.rs" => folder.to_string(),
        _ => path.trim_end_matches(".rs").to_string(),
    };
    after_cfg_test(text)
        .filter_map(|(_, next)| next.strip_suffix(';')?.rsplit_once("mod ").map(|(_, name)| name))
        .map(|name| format!("{inside}/{name}"))
        .collect()
}

/// Each line that follows a `#[cfg(test)]`, with its number.
fn after_cfg_test(text: &str) -> impl Iterator<Item = (usize, &str)> {
    lines(text)
        .zip(lines(text).skip(1))
        .filter(|((_, line), _)| line.trim() == "#[cfg(test)]")
        .map(|(_, (number, next))| (number, next.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::expect;

    #[test]
    fn reaches() {
        expect(
            check,
            &[
                ("crates/interlock-store/src/store.rs", "use std::fs;"),
                (
                    "crates/interlock-engine/src/turn.rs",
                    "use std::net::IpAddr;\nlet now = Timestamp::now();\n/// Not `std::env`.\n\
                     #[cfg(test)]\nmod tests {\nuse std::fs;",
                ),
            ],
            &["crates/interlock-engine/src/turn.rs:2 a pure room reaches the clock"],
        );
    }

    #[test]
    fn a_module_for_tests_may_and_what_follows_it_may_not() {
        expect(
            check,
            &[
                ("crates/interlock-engine/src/lib.rs", "#[cfg(test)]\nmod sim;\nuse std::fs;"),
                ("crates/interlock-engine/src/sim.rs", "use std::fs;"),
                ("crates/interlock-engine/src/sim/world.rs", "use std::fs;"),
                ("crates/interlock-engine/src/simple.rs", "use std::thread;"),
                ("crates/interlock-engine/src/turn.rs", "#[cfg(test)]\nmod tests;"),
                ("crates/interlock-engine/src/turn/tests.rs", "use std::fs;"),
            ],
            &[
                "crates/interlock-engine/src/lib.rs:3 a pure room reaches files",
                "crates/interlock-engine/src/simple.rs:1 a pure room reaches threads",
            ],
        );
    }
}
