//! Transactions by hand.
//!
//! When the disk is full SQLite takes a transaction back by itself; the driver's own transactions do
//! not notice and then refuse to begin another. So beginning and ending are plain statements here.

use super::Writer;
use crate::StoreError;

impl Writer {
    /// Begins a transaction that may write.
    pub(super) async fn begin(&mut self) -> Result<(), sqlx::Error> {
        // INVARIANT: set before the statement leaves, so that a caller who goes away leaves a mark.
        self.open = true;
        sqlx::query("BEGIN IMMEDIATE").execute(&mut self.connection).await?;
        Ok(())
    }

    /// Ends the transaction: kept when `done` is, taken back otherwise.
    pub(super) async fn end<T>(
        &mut self,
        done: Result<T, StoreError>,
        named: impl Fn(sqlx::Error) -> StoreError,
    ) -> Result<T, StoreError> {
        let kept = match done {
            Ok(it) => match sqlx::query("COMMIT").execute(&mut self.connection).await {
                Ok(_) => {
                    self.open = false;
                    return Ok(it);
                }
                Err(error) => Err(named(error)),
            },
            Err(error) => Err(error),
        };
        self.take_back().await;
        kept
    }

    /// Takes back a transaction that was begun and not ended, if there is one.
    pub(super) async fn take_back(&mut self) {
        if !self.open {
            return;
        }
        if let Err(error) = sqlx::query("ROLLBACK").execute(&mut self.connection).await {
            // The usual one: SQLite has taken it back already.
            tracing::debug!(%error, "nothing to take back");
        }
        self.open = false;
    }
}
