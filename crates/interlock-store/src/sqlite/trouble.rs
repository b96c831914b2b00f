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

/// What hinders, in words that name nothing; `None` when this is no complaint of SQLite.
pub(crate) fn hindrance(cause: &(dyn std::error::Error + 'static)) -> Option<&'static str> {
    let error = cause.downcast_ref::<sqlx::Error>()?;
    if lacks_room(error) == Some(true) && code(error) == Some(10) {
        return Some("the disk takes no more, or reports an error");
    }
    Some(match code(error)? {
        5 | 6 => "the store is locked by another program",
        8 => "the store is read-only",
        3 | 14 | 23 => "the store may not be opened",
        10 => "the disk reports an error",
        11 | 26 => "the store is damaged",
        13 => "the disk is full",
        _ => "the store does not answer",
    })
}

/// Whether nothing could be written for want of room; `None` when this is no complaint of SQLite.
///
/// A quota and a limit on the size of files show as a failed write (`SQLITE_IOERR_WRITE`), which SQLite
/// does not tell from a disk that fails; in either case nothing was kept, and trying again does no harm.
/// After a failed sync it would: <https://www.sqlite.org/rescode.html#ioerr_fsync>.
pub(crate) fn lacks_room(cause: &(dyn std::error::Error + 'static)) -> Option<bool> {
    const FAILED_WRITE: i32 = 778;
    let error = cause.downcast_ref::<sqlx::Error>()?;
    let whole: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(whole & 0xff == 13 || whole == FAILED_WRITE)
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
