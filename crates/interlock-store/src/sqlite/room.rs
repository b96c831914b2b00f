//! Whether the store could be written now: tried, for a disk's word is only known by asking.

use super::SqliteBackend;
use crate::StoreError;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// Written at a time.
const PART: usize = 64 << 10;

impl SqliteBackend {
    /// Writes so many bytes into a file beside the store, takes it away, and commits a transaction
    /// that changes nothing.
    ///
    /// The file comes first, and under the writer: a commit alone may fit into what the log of the
    /// database has already, and nobody's write is to fail for the room that the trial takes.
    pub(super) async fn make_sure_of_room(&self, bytes: u64) -> Result<(), StoreError> {
        let mut writer = self.writer().await?;
        if self.readers.is_some() {
            let location = self.location.clone();
            let tried = tokio::task::spawn_blocking(move || try_room(Path::new(&location), bytes));
            let tried = tried.await.unwrap_or_else(|error| Err(io::Error::other(error)));
            tried.map_err(|error| {
                StoreError::unavailable(format!("store `{}` has no room to grow", self.location))
                    .because(error)
            })?;
        }
        sqlx::query("UPDATE house SET consumed = consumed")
            .execute(&mut writer.connection)
            .await
            .map_err(|error| self.trouble(error))?;
        Ok(())
    }
}

fn try_room(store: &Path, bytes: u64) -> io::Result<()> {
    let path = super::open::beside(store, "-room");
    let tried = write(&path, bytes);
    // One that an earlier process left is taken away too.
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => tried.and(Err(error)),
        Ok(()) | Err(_) => tried,
    }
}

fn write(path: &Path, bytes: u64) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    // Not zeros: a file system may keep those without room.
    let part = [0xA5; PART];
    let mut left = bytes;
    while left > 0 {
        let some = usize::try_from(left).unwrap_or(PART).min(PART);
        file.write_all(part.get(..some).unwrap_or(&part))?;
        left -= some as u64;
    }
    file.sync_all()
}
