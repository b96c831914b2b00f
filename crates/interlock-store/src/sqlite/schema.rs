//! The tables' versions, and how an older file becomes a current one.

use super::trouble;
use crate::StoreError;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, raw_sql};

/// One step each, applied in order. A step that was released is never edited.
const STEPS: &[&str] = &[
    include_str!("schema/0001_memory.sql"),
    include_str!("schema/0002_cursors.sql"),
    include_str!("schema/0003_inventory.sql"),
    include_str!("schema/0004_rows_of_records.sql"),
    include_str!("schema/0005_state_in_pieces.sql"),
];

/// Marks a SQLite file as a store of ours: `ILK1`.
const APPLICATION: i64 = 0x494C_4B31;

/// The version that this program writes.
pub(super) fn current() -> u32 {
    u32::try_from(STEPS.len()).unwrap_or(u32::MAX)
}

/// The file's version; refuses files that are not ours or newer than this program.
pub(super) async fn check(
    connection: &mut SqliteConnection,
    location: &str,
) -> Result<u32, StoreError> {
    let named = |error| trouble::named(location, error);
    let application: i64 = sqlx::query_scalar("PRAGMA application_id")
        .fetch_one(&mut *connection)
        .await
        .map_err(named)?;
    let version: i64 = sqlx::query_scalar("PRAGMA user_version")
        .fetch_one(&mut *connection)
        .await
        .map_err(named)?;
    if application != APPLICATION {
        return Err(StoreError::corrupt(format!(
            "store `{location}` is a SQLite database of another program, or empty: check the path"
        )));
    }
    let version = u32::try_from(version).unwrap_or(u32::MAX);
    if version > current() {
        return Err(StoreError::TooNew {
            what: format!("store `{location}`"),
            found: version,
            supported: current(),
        });
    }
    // Reading the table of tables shows whether the file is as long as it says.
    sqlx::query_scalar::<_, i64>("SELECT count(*) FROM sqlite_schema")
        .fetch_one(&mut *connection)
        .await
        .map_err(named)?;
    Ok(version)
}

/// Brings a file from this version to the current one, step by step, each whole or not at all.
pub(super) async fn bring_up(
    connection: &mut SqliteConnection,
    location: &str,
    from: u32,
) -> Result<(), StoreError> {
    let named = |error| trouble::named(location, error);
    for (step, version) in STEPS.iter().zip(1_u32..).filter(|(_, version)| *version > from) {
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(named)?;
        raw_sql(*step).execute(&mut *transaction).await.map_err(named)?;
        let stamp =
            format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {version}");
        raw_sql(sqlx::AssertSqlSafe(stamp)).execute(&mut *transaction).await.map_err(named)?;
        transaction.commit().await.map_err(named)?;
        tracing::info!(store = location, version, "the store's tables were brought up");
    }
    Ok(())
}
