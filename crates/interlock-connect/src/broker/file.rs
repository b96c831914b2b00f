//! The broker's one file: the whole state, written anew at every change.
//!
//! New beside old, flushed, renamed, folder flushed: at any moment the name holds one whole state.
//! The state carries its digest, so that a file somebody else changed is told from one we wrote.

use super::state::State;
use super::{BrokerError, Create};
use interlock_model::Digest;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// The version of the form.
const FORMAT: u32 = 1;

/// The longest file that is read, in bytes: the bounds of the state fit many times.
const LONGEST: u64 = 64 << 20;

/// A state file that is ours as long as this lives.
#[derive(Debug)]
pub(crate) struct StateFile {
    path: PathBuf,
    /// Held open for its lock; the system lets go of it when the process ends, however it ends.
    lock: File,
}

impl Drop for StateFile {
    fn drop(&mut self) {
        // Closing is not enough where a process that is just being started shares the open file.
        // When it fails, the lock goes with that process.
        let _ = self.lock.unlock();
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    format: u32,
    /// As text: capital digits say the same, and we write none.
    digest: String,
    state: Box<RawValue>,
}

impl StateFile {
    /// Takes the file and reads it.
    pub(crate) fn open(path: &Path, create: Create) -> Result<(Self, State), BrokerError> {
        if create == Create::Never && !path.exists() {
            return Err(BrokerError::Missing { path: path.to_owned() });
        }
        let lock = lock(path)?;
        let it = Self { path: path.to_owned(), lock };
        match (read_capped(path, LONGEST)?, create) {
            (Some(bytes), _) => {
                let state = decode(&bytes).map_err(|why| {
                    let path = path.to_owned();
                    BrokerError::Corrupt { path, why }
                })?;
                Ok((it, state))
            }
            (None, Create::IfMissing) => {
                it.save(&State::default())?;
                Ok((it, State::default()))
            }
            (None, Create::Never) => Err(BrokerError::Missing { path: path.to_owned() }),
        }
    }

    /// Replaces the file by this state. After any error but `Unsure` the old one is in place.
    pub(crate) fn save(&self, state: &State) -> Result<(), BrokerError> {
        let bytes = encode(state).map_err(|it| {
            let why = it.to_string();
            BrokerError::Corrupt { path: self.path.clone(), why }
        })?;
        replace(&self.path, &bytes)
    }
}

/// Whose a file is, and who may read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// The mode: `0o600`.
    pub mode: u32,
    /// The owner's number; `None`: whose the process is.
    pub user: Option<u32>,
    /// The group's number; `None`: that of the process.
    pub group: Option<u32>,
}

impl Owner {
    /// Nobody but the process's own user.
    pub const OURS: Self = Self { mode: 0o600, user: None, group: None };

    /// Whether the file is to belong to somebody else.
    #[must_use]
    pub const fn gives_away(&self) -> bool {
        self.user.is_some() || self.group.is_some()
    }

    /// Whether a file is as it is to be, and else how it is.
    ///
    /// # Errors
    /// How it is.
    pub fn fits(&self, mode: u32, user: u32, group: u32) -> Result<(), String> {
        let mode = mode & 0o7777;
        let owned =
            self.user.is_none_or(|it| it == user) && self.group.is_none_or(|it| it == group);
        if mode == self.mode && owned {
            return Ok(());
        }
        Err(format!("mode {mode:04o} of {user}:{group}"))
    }
}

/// Puts these bytes in the place of a file, or leaves the file as it is. Only its owner may read it.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), BrokerError> {
    replace_for(path, bytes, Owner::OURS)
}

/// The same for another reader. The file has its mode and owner before it has a byte.
pub(crate) fn replace_for(path: &Path, bytes: &[u8], owner: Owner) -> Result<(), BrokerError> {
    let new = beside(path, "new");
    match fs::remove_file(&new) {
        Err(it) if it.kind() != ErrorKind::NotFound => {
            return Err(BrokerError::io("remove", &new)(it));
        }
        _ => {}
    }
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&new)
        .and_then(|mut file| {
            if owner.gives_away() {
                std::os::unix::fs::fchown(&file, owner.user, owner.group)?;
            }
            if owner.mode != 0o600 {
                file.set_permissions(Permissions::from_mode(owner.mode))?;
            }
            file.write_all(bytes)?;
            file.sync_all()
        })
        .map_err(BrokerError::io("write", &new))
        .and_then(|()| fs::rename(&new, path).map_err(BrokerError::io("replace", path)));
    if let Err(error) = written {
        // What is left of the attempt is in nobody's way; the error that matters is the first.
        let _ = fs::remove_file(&new);
        return Err(error);
    }
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    let flushed = File::open(folder.unwrap_or(Path::new("."))).and_then(|it| it.sync_all());
    flushed.map_err(|source| BrokerError::Unsure { path: path.to_owned(), source })
}

/// Reads a file of at most this length; `None` when it is not there.
pub(crate) fn read_capped(path: &Path, longest: u64) -> Result<Option<Vec<u8>>, BrokerError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(it) if it.kind() == ErrorKind::NotFound => return Ok(None),
        Err(it) => return Err(BrokerError::io("read", path)(it)),
    };
    let mut bytes = Vec::new();
    file.take(longest + 1).read_to_end(&mut bytes).map_err(BrokerError::io("read", path))?;
    if bytes.len() as u64 > longest {
        let why = format!("it is longer than {longest} bytes");
        return Err(BrokerError::Corrupt { path: path.to_owned(), why });
    }
    Ok(Some(bytes))
}

/// The name of a file that goes with this one.
pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

fn lock(path: &Path) -> Result<File, BrokerError> {
    let beside = beside(path, "lock");
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&beside)
        .map_err(BrokerError::io("open", &beside))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(BrokerError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(it)) => Err(BrokerError::io("lock", &beside)(it)),
    }
}

fn encode(state: &State) -> Result<Vec<u8>, serde_json::Error> {
    let state = serde_json::value::to_raw_value(state)?;
    let digest = Digest::of(state.get().as_bytes()).to_string();
    let mut bytes = serde_json::to_vec(&Stored { format: FORMAT, digest, state })?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn decode(bytes: &[u8]) -> Result<State, String> {
    let stored: Stored = serde_json::from_slice(bytes).map_err(|it| it.to_string())?;
    if stored.format != FORMAT {
        return Err(format!("its form is {}, this program reads {FORMAT}", stored.format));
    }
    if Digest::of(stored.state.get().as_bytes()).to_string() != stored.digest {
        return Err("its content does not match its digest".to_owned());
    }
    let state: State = serde_json::from_str(stored.state.get()).map_err(|it| it.to_string())?;
    match state.fault() {
        Some(fault) => Err(fault),
        None => Ok(state),
    }
}
