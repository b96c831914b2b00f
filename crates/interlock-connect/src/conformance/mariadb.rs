//! MariaDB on the fake server.

use super::Bench;
use super::database::{self, Kind};
use crate::mariadb::{PARTS, WORDS};

/// A fresh server.
pub(super) fn fresh() -> Box<dyn Bench> {
    database::fresh(Kind {
        parts: PARTS,
        words: &WORDS,
        name: "app@%",
        settings: &[("locked", "no", None), ("password_expired", "no", None)],
        changes: &[],
    })
}
