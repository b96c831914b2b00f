//! Redis on the fake server.

use super::Bench;
use super::database::{self, Kind};
use crate::redis::{PARTS, WORDS};

/// A fresh server.
pub(super) fn fresh() -> Box<dyn Bench> {
    database::fresh(Kind {
        parts: PARTS,
        words: &WORDS,
        name: "app",
        settings: &[
            ("enabled", "yes", None),
            ("rules", r#"["-@all","+get"]"#, Some(r#"["+@all"]"#)),
        ],
        changes: &[("redis.quarantine_user", "rules")],
    })
}
