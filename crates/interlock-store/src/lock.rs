//! The advisory lock beside a store file, so that two processes never both write.

use crate::StoreError;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

/// The lock, held as long as this value lives. The system lets go of it when the process dies.
#[derive(Debug)]
pub(crate) struct Lock(#[expect(dead_code, reason = "held for its lock")] File);

/// Most bytes that are read of who holds the lock.
const HOLDER_BYTES: u64 = 200;

impl Lock {
    /// Takes the lock of this store, or says who holds it.
    pub(crate) fn take(store: &Path) -> Result<Self, StoreError> {
        let path = Self::path(store);
        let shown = store.display();
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            // Whoever may read a file may lock it, and so keep the house from starting.
            options.mode(0o600);
        }
        let mut file = options.open(&path).map_err(|error| {
            StoreError::unavailable(format!(
                "store `{shown}` cannot be locked: no write to `{}`",
                path.display()
            ))
            .because(error)
        })?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let read = file.take(HOLDER_BYTES).read_to_string(&mut holder);
                let holder = match read {
                    Ok(_) if !holder.trim().is_empty() => holder.trim().to_owned(),
                    Ok(_) | Err(_) => "another process".to_owned(),
                };
                return Err(StoreError::unavailable(format!(
                    "store `{shown}` is in use by {holder}: stop it first, or only read"
                )));
            }
            Err(TryLockError::Error(error)) => {
                return Err(StoreError::unavailable(format!(
                    "store `{shown}` cannot be locked on this file system"
                ))
                .because(error));
            }
        }
        // The name is for people only; the lock itself holds without it, also on a full disk.
        let named = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| write!(file, "process {}", std::process::id()));
        if let Err(error) = named {
            tracing::warn!(%error, lock = %path.display(), "the lock's holder could not be noted");
        }
        Ok(Self(file))
    }

    fn path(store: &Path) -> PathBuf {
        let mut name = store.as_os_str().to_owned();
        name.push(".lock");
        name.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_taker_is_told_who_holds_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("interlock.db");
        let held = Lock::take(&store).unwrap();
        let error = Lock::take(&store).unwrap_err();
        let holder = format!("in use by process {}", std::process::id());
        assert!(error.to_string().contains(&holder), "{error}");
        drop(held);
        Lock::take(&store).unwrap();
    }
}
