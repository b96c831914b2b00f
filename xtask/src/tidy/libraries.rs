//! A library is named only where it lives, also inside a crate that may depend on it.

use super::Fault;
use super::tree::{Tree, lines};

/// A library as code names it, and the path starts where that is right.
const HOMES: &[(&str, &[&str])] = &[
    ("async_nats", &["crates/interlock/"]),
    ("aws_credential_types", &["crates/interlock-connect-aws/"]),
    ("aws_sdk_iam", SECOND_OPINION),
    ("aws_sdk_secretsmanager", SECOND_OPINION),
    ("aws_sdk_sts", SECOND_OPINION),
    ("aws_sigv4", &["crates/interlock-connect-aws/"]),
    ("aws_types", &["crates/interlock-connect-aws/"]),
    ("cedar_policy", &["crates/interlock-decide/"]),
    ("crypto_box", &["crates/interlock-connect/src/delivery/"]),
    (
        "reqwest",
        &[
            "crates/interlock-connect/src/http.rs",
            // Tests ask by another client than the connector's.
            "crates/interlock-connect/tests/it/",
            "crates/interlock/",
        ],
    ),
    // What reading is measured against.
    ("sonic_rs", &["crates/interlock-ingest/examples/"]),
    (
        "sqlx",
        &[
            "crates/interlock-connect/src/mariadb/",
            "crates/interlock-connect/src/postgresql/",
            "crates/interlock-store/",
        ],
    ),
    ("xmlparser", &["crates/interlock-connect-aws/src/api/xml.rs"]),
];

/// The generated clients of AWS: only for tests, see decision 0026.
const SECOND_OPINION: &[&str] =
    &["crates/interlock-connect-aws/src/api/tests.rs", "crates/interlock-connect-aws/tests/"];

/// No Rust file outside a library's home names it.
pub fn check(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (path, text) in tree.rust().filter(|(path, _)| path.starts_with("crates/")) {
        let away =
            HOMES.iter().filter(|(_, homes)| !homes.iter().any(|home| path.starts_with(home)));
        for (library, _) in away {
            let named = lines(text).find(|(_, line)| names(line, library));
            if let Some((number, _)) = named {
                let what = format!("`{library}` is named outside its home");
                let remedy =
                    "go through the room that owns it; homes are in xtask/src/tidy/libraries.rs";
                faults.push(Fault::new(path, number, what, remedy));
            }
        }
    }
    faults
}

/// Whether a line of code uses a path that starts with the library.
fn names(line: &str, library: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    let path = format!("{library}::");
    code.match_indices(&path).any(|(at, _)| {
        let before = code.get(..at).unwrap_or_default();
        !before.ends_with(|c: char| c.is_alphanumeric() || c == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::expect;

    #[test]
    fn homes() {
        expect(
            check,
            &[
                ("crates/interlock-connect/src/http.rs", "use reqwest::Client;"),
                ("crates/interlock-connect/src/okta/client.rs", "//! x\nuse reqwest::Client;"),
                ("crates/interlock-decide/src/policy.rs", "use cedar_policy::PolicySet;"),
                ("crates/interlock/src/main.rs", "// cedar_policy::PolicySet\nmy_sqlx::run();"),
            ],
            &["crates/interlock-connect/src/okta/client.rs:2 `reqwest` is named outside its home"],
        );
    }
}
