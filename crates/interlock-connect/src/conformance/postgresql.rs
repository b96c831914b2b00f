//! PostgreSQL on the fake server.

use super::Bench;
use super::database::{self, Kind};
use crate::postgresql::{PARTS, WORDS};

/// A fresh server.
pub(super) fn fresh() -> Box<dyn Bench> {
    database::fresh(Kind {
        parts: PARTS,
        words: &WORDS,
        name: "app",
        settings: &[
            ("login", "yes", None),
            ("member_of", r#"[["readers",false]]"#, Some(r#"[["writers",true]]"#)),
            ("valid_until", "infinity", Some("2031-01-01T00:00:00.000000Z")),
        ],
        changes: &[
            ("postgresql.expire_password", "valid_until"),
            ("postgresql.revoke_memberships", "member_of"),
        ],
    })
}
