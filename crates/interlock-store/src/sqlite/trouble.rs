//! SQLite's troubles, in words and cut by what the caller does next.

use crate::StoreError;

/// This trouble with this store.
pub(super) fn named(location: &str, error: sqlx::Error) -> StoreError {
    let unavailable = |what: &str| StoreError::unavailable(format!("store `{location}` {what}"));
    let corrupt = |what: &str| StoreError::corrupt(format!("store `{location}` {what}"));
    let named = match code(&error) {
        Some(1 | 17 | 20 | 25) => corrupt("has not the tables that this program knows"),
        Some(5 | 6) => unavailable("is locked by another program: try again"),
        Some(8) => unavailable("is read-only: make the file and its folder writable"),
        Some(3 | 23) => unavailable("may not be opened: check the rights on the file"),
        Some(10) => unavailable("cannot be read or written: the disk reports an error"),
        Some(11) => corrupt("is damaged or cut off: keep the file and restore a backup"),
        Some(13) => unavailable("cannot grow, the disk is full: make room, nothing is lost"),
        Some(14) => unavailable("cannot be opened: check its path and the rights on its folder"),
        Some(19) => StoreError::conflict(format!("store `{location}` has other content already")),
        Some(26) => corrupt("is not a SQLite database: check the path"),
        Some(_) | None if decodes(&error) => corrupt("holds a value of the wrong type"),
        Some(_) | None => unavailable("does not answer"),
    };
    named.because(error)
}

/// SQLite's primary result code, when it is the one that complains.
fn code(error: &sqlx::Error) -> Option<i32> {
    let code: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}

/// Whether a value was there but had not the type it should have.
fn decodes(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_))
}
