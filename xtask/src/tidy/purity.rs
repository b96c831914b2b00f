//! The pure rooms do not touch the world through the standard library either (N2).
//!
//! Dependencies are the layer test's matter, banned methods clippy's; this is the rest.

use super::Fault;
use super::tree::{Tree, file_name, lines};

/// The crates without a world.
const PURE: &[&str] = &[
    "crates/interlock-contain/src/",
    "crates/interlock-decide/src/",
    "crates/interlock-detect/src/",
    "crates/interlock-engine/src/",
    "crates/interlock-identity/src/",
    "crates/interlock-ingest/src/",
    "crates/interlock-model/src/",
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
    let mut faults = Vec::new();
    for (path, text) in tree.rust() {
        let pure = PURE.iter().any(|room| path.starts_with(room));
        if !pure || file_name(path) == "tests.rs" || path.contains("/tests/") {
            continue;
        }
        // Tests stand at the bottom of a file (STYLE rule 3).
        let shipped = lines(text).take_while(|(_, line)| line.trim() != "#[cfg(test)]");
        for (number, line) in shipped {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::expect;

    #[test]
    fn reaches() {
        expect(
            check,
            &[
                ("crates/interlock-store/src/lib.rs", "use std::fs;"),
                ("crates/interlock-engine/src/tests.rs", "use std::fs;"),
                (
                    "crates/interlock-engine/src/turn.rs",
                    "use std::net::IpAddr;\nlet now = Timestamp::now();\n/// Not `std::env`.\n\
                     #[cfg(test)]\nuse std::fs;",
                ),
            ],
            &["crates/interlock-engine/src/turn.rs:2 a pure room reaches the clock"],
        );
    }
}
