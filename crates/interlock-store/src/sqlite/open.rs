//! Opening: the lock, the file, its version, its connections.

use super::{SqliteBackend, Writer, commit, list, schema, trouble};
use crate::lock::Lock;
use crate::{Create, StoreError};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a statement waits for another program's lock before it gives up.
const BUSY: Duration = Duration::from_secs(5);

/// How many reads run at the same time.
const READERS: u32 = 4;

/// Opens a file for reading and writing.
pub(crate) async fn open(path: &Path, create: Create) -> Result<SqliteBackend, StoreError> {
    let location = path.display().to_string();
    let missing = is_missing(path, &location)?;
    match create {
        Create::Never if missing => return Err(not_there(&location)),
        Create::IfMissing | Create::Never => {}
    }
    if let Some(folder) = path.parent().filter(|it| !it.as_os_str().is_empty() && !it.is_dir()) {
        return Err(StoreError::unavailable(format!(
            "store `{location}` has no place: there is no folder `{}`",
            folder.display()
        )));
    }
    let lock = Lock::take(path)?;
    // Asked again: whoever held the lock may have made it meanwhile.
    if is_missing(path, &location)? {
        make(path, &location).await?;
    }
    is_not_empty(path, &location)?;
    let mut connection = connect(&options(path), &location).await?;
    let version = schema::check(&mut connection, &location).await?;
    schema::bring_up(&mut connection, &location, version).await?;
    check_chain(&mut connection, &location).await?;
    let readers = readers(path, &location).await?;
    Ok(SqliteBackend::new(
        location,
        Some(Writer { connection, open: false, lock: Some(lock) }),
        Some(readers),
    ))
}

/// Opens a file for reading.
pub(crate) async fn read(path: &Path) -> Result<SqliteBackend, StoreError> {
    let location = path.display().to_string();
    if is_missing(path, &location)? {
        return Err(not_there(&location));
    }
    is_not_empty(path, &location)?;
    let readers = readers(path, &location).await?;
    let mut connection =
        readers.acquire().await.map_err(|error| trouble::named(&location, error))?;
    let version = schema::check(&mut connection, &location).await?;
    if version < schema::current() {
        return Err(StoreError::unavailable(format!(
            "store `{location}` is of version {version}, older than this program: open it for writing once"
        )));
    }
    drop(connection);
    Ok(SqliteBackend::new(location, None, Some(readers)))
}

/// Opens an empty database in memory.
pub(crate) async fn in_memory() -> Result<SqliteBackend, StoreError> {
    let location = ":memory:".to_owned();
    let options = SqliteConnectOptions::new().in_memory(true).foreign_keys(true);
    let mut connection = connect(&options, &location).await?;
    schema::bring_up(&mut connection, &location, 0).await?;
    Ok(SqliteBackend::new(location, Some(Writer { connection, open: false, lock: None }), None))
}

/// Makes an empty store beside its place and moves it there whole, so that a crash leaves no half one.
async fn make(path: &Path, location: &str) -> Result<(), StoreError> {
    let fresh = beside(path, ".new");
    for leftover in [fresh.clone(), beside(&fresh, "-wal"), beside(&fresh, "-shm")] {
        match fs::remove_file(&leftover) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(not_made(location, error)),
        }
    }
    private(&fresh).map_err(|error| not_made(location, error))?;
    let mut connection = connect(&options(&fresh), location).await?;
    schema::bring_up(&mut connection, location, 0).await?;
    connection.close().await.map_err(|error| trouble::named(location, error))?;
    fs::rename(&fresh, path).map_err(|error| not_made(location, error))?;
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    fs::File::open(folder.unwrap_or(Path::new(".")))
        .and_then(|it| it.sync_all())
        .map_err(|error| not_made(location, error))
}

/// Makes an empty file that is its owner's alone, for a store knows every identity and holds raw records.
///
/// SQLite gives the files that it writes beside it the same mode.
fn private(path: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path).map(drop)
}

/// Refuses a store whose chain does not end where it should: somebody cut it.
async fn check_chain(connection: &mut SqliteConnection, location: &str) -> Result<(), StoreError> {
    let named = |error| trouble::named(location, error);
    let (entries, head) = list::head(&mut *connection).await.map_err(named)?;
    let expected = commit::head(location, entries, &head)?;
    let (found, last) = list::last_link(connection, location).await?;
    if expected.entries != found || expected.head != last {
        return Err(StoreError::corrupt(format!(
            "store `{location}` has {found} audit entries where {} were written, or another last one: export and verify the chain",
            expected.entries
        )));
    }
    Ok(())
}

async fn connect(
    options: &SqliteConnectOptions,
    location: &str,
) -> Result<SqliteConnection, StoreError> {
    options.connect().await.map_err(|error| trouble::named(location, error))
}

async fn readers(path: &Path, location: &str) -> Result<sqlx::SqlitePool, StoreError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .busy_timeout(BUSY)
        .disable_statement_logging();
    SqlitePoolOptions::new()
        .max_connections(READERS)
        .test_before_acquire(false)
        .connect_with(options)
        .await
        .map_err(|error| trouble::named(location, error))
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .disable_statement_logging()
}

fn is_missing(path: &Path, location: &str) -> Result<bool, StoreError> {
    match fs::metadata(path) {
        Ok(it) if it.is_file() => Ok(false),
        Ok(_) => Err(StoreError::unavailable(format!("store `{location}` is not a file"))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => {
            let what = format!("store `{location}` may not be looked at");
            Err(StoreError::unavailable(what).because(error))
        }
    }
}

/// A store of ours is never empty: it comes to its place whole.
fn is_not_empty(path: &Path, location: &str) -> Result<(), StoreError> {
    let length = fs::metadata(path).map(|it| it.len());
    if length.is_ok_and(|it| it == 0) {
        let what = format!("store `{location}` is an empty file: restore a backup, or remove it");
        return Err(StoreError::corrupt(what));
    }
    Ok(())
}

fn not_there(location: &str) -> StoreError {
    StoreError::unavailable(format!("store `{location}` is missing: check its path"))
}

fn not_made(location: &str, error: io::Error) -> StoreError {
    StoreError::unavailable(format!("store `{location}` cannot be made")).because(error)
}

pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}
