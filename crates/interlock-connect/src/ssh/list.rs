//! The file of what is revoked, and OpenSSH's own tool that says what stands in it.
//!
//! New beside old, with its mode and owner before it has a byte, flushed, renamed, folder flushed: at no
//! moment is there half a list, which would let nobody in.

use super::listing::Listing;
use super::operation as op;
use crate::broker::file::{Owner, read_capped, replace_for};
use crate::broker::{BrokerError, call_error};
use crate::command::Program;
use crate::command::run::{self, Ended, Run};
use interlock_contain::{CallError, ReadPass, WritePass};
use interlock_model::Operation;
use std::fmt::Debug;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The longest list that is read, in bytes: a hundred thousand entries fit.
const LONGEST: u64 = 16 << 20;
/// The most that `ssh-keygen` may say of one, in bytes.
const MOST: usize = 32 << 20;
/// How long `ssh-keygen` may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait when somebody else writes the file in the same moment.
const PAUSE: Duration = Duration::from_secs(2);

/// A list of what is revoked.
#[async_trait::async_trait]
pub(super) trait RevocationList: Send + Sync + Debug {
    /// The whole list.
    async fn read(&self, pass: ReadPass) -> Result<Vec<u8>, CallError>;

    /// What OpenSSH finds in these bytes; without them, in the list itself.
    async fn listed(&self, pass: ReadPass, of: Option<&[u8]>) -> Result<Listing, CallError>;

    /// Puts a list in the place of the one that was read.
    async fn replace(&self, pass: WritePass, from: &[u8], to: &[u8]) -> Result<(), CallError>;

    /// Tries whether it could be replaced. Leaves nothing behind.
    async fn could_replace(&self) -> Result<(), String>;
}

/// The file that `RevokedKeys` names.
#[derive(Debug)]
pub(super) struct OnDisk {
    pub path: PathBuf,
    /// Its mode; `None`: as it is.
    pub mode: Option<u32>,
    /// Its owner's number; `None`: as it is.
    pub user: Option<u32>,
    /// Its group's number; `None`: as it is.
    pub group: Option<u32>,
    /// The program `ssh-keygen`.
    pub keygen: PathBuf,
}

impl OnDisk {
    fn missing(&self) -> CallError {
        let shown = self.path.display();
        let why = format!(
            "there is no file `{shown}`, and a server that is told of it lets nobody in without: make an empty list, `ssh-keygen -k -f {shown}`"
        );
        CallError::Unsupported { why }
    }

    /// The file itself, where the path is a link: a link is not replaced.
    fn real(&self, operation: Operation) -> Result<PathBuf, CallError> {
        std::fs::canonicalize(&self.path).map_err(|error| {
            if error.kind() == ErrorKind::NotFound {
                return self.missing();
            }
            if error.kind() == ErrorKind::PermissionDenied {
                return denied(operation);
            }
            CallError::Unsupported { why: format!("`{}`: {error}", self.path.display()) }
        })
    }

    fn content(&self, operation: Operation) -> Result<Vec<u8>, CallError> {
        let read = read_capped(&self.real(operation)?, LONGEST);
        read.map_err(|it| failed(&it, operation))?.ok_or_else(|| self.missing())
    }

    /// Whose the file is to be: what is not said stays as it is.
    fn owner(&self, real: &Path) -> Result<Owner, CallError> {
        let is = std::fs::metadata(real)
            .map_err(|it| CallError::Retry { after: PAUSE, why: it.to_string() })?;
        Ok(Owner {
            mode: self.mode.unwrap_or(is.mode() & 0o777),
            user: Some(self.user.unwrap_or(is.uid())),
            group: Some(self.group.unwrap_or(is.gid())),
        })
    }

    async fn ask(&self, file: &str, input: Vec<u8>) -> Result<Listing, CallError> {
        let program = Program {
            path: self.keygen.clone(),
            arguments: ["-Q", "-l", "-f", file].map(str::to_owned).into(),
            environment: Vec::new(),
            timeout: PATIENCE,
            most: MOST,
        };
        let Run { ended, answer, said } = run::run(&program, input).await;
        let shown = self.keygen.display();
        let said: String = said.trim().chars().filter(|it| !it.is_control()).take(200).collect();
        let retry = |how: &str| {
            let why = format!("`{shown} -Q -l` {how}");
            Err(CallError::Retry { after: PAUSE, why })
        };
        match ended {
            Ended::Exit(0) => match String::from_utf8(answer) {
                Ok(text) => Ok(Listing::of(text)),
                Err(error) => {
                    Ok(Listing::of(String::from_utf8_lossy(error.as_bytes()).into_owned()))
                }
            },
            Ended::Exit(_) => {
                let why = format!("OpenSSH cannot read the list: {said}");
                Err(CallError::Unsupported { why })
            }
            Ended::NotStarted(error) => {
                let why = format!(
                    "`{shown}` cannot be started: {error}; install OpenSSH's client, or name the program in `ssh_keygen`"
                );
                Err(CallError::Unsupported { why })
            }
            Ended::Signal => retry("was ended by a signal"),
            Ended::TimedOut => retry("took too long and was ended"),
            Ended::TooMuch => retry("said too much and was ended"),
        }
    }
}

fn denied(operation: Operation) -> CallError {
    CallError::Denied { permission: operation.to_string() }
}

fn failed(error: &BrokerError, operation: Operation) -> CallError {
    if let BrokerError::Io { source, .. } = error
        && source.kind() == ErrorKind::PermissionDenied
    {
        return denied(operation);
    }
    if let BrokerError::Corrupt { path, why } = error {
        return CallError::Unsupported { why: format!("`{}`: {why}", path.display()) };
    }
    call_error(error)
}

#[async_trait::async_trait]
impl RevocationList for OnDisk {
    async fn read(&self, pass: ReadPass) -> Result<Vec<u8>, CallError> {
        self.content(pass.operation())
    }

    async fn listed(&self, _pass: ReadPass, of: Option<&[u8]>) -> Result<Listing, CallError> {
        match of {
            // A file without a byte revokes nothing, and is no list to the tool.
            Some([]) => Ok(Listing::default()),
            Some(bytes) => self.ask("/dev/stdin", bytes.to_vec()).await,
            None => {
                if self.content(op::READ_LIST)?.is_empty() {
                    return Ok(Listing::default());
                }
                let named = self.path.to_str().ok_or_else(|| CallError::Unsupported {
                    why: format!("`{}` is no name that can be told", self.path.display()),
                })?;
                self.ask(named, Vec::new()).await
            }
        }
    }

    async fn replace(&self, pass: WritePass, from: &[u8], to: &[u8]) -> Result<(), CallError> {
        let operation = pass.operation();
        let real = self.real(operation)?;
        let owner = self.owner(&real)?;
        if self.content(operation)? != from {
            let why = format!("`{}` was changed in the same moment", self.path.display());
            return Err(CallError::Retry { after: PAUSE, why });
        }
        replace_for(&real, to, owner).map_err(|it| failed(&it, operation))
    }

    async fn could_replace(&self) -> Result<(), String> {
        let real = self.real(op::WRITE_LIST).map_err(|it| it.to_string())?;
        let owner = self.owner(&real).map_err(|it| it.to_string())?;
        let folder = real.parent().unwrap_or(Path::new("/"));
        let trial = folder.join(format!(".interlock-check-{}", std::process::id()));
        let tried = replace_for(&trial, b"", owner);
        // It held nothing.
        let _ = std::fs::remove_file(&trial);
        tried.map_err(|error| {
            format!(
                "{}; let the process write to `{}`, and give files there to {}:{}",
                call_error(&error),
                folder.display(),
                owner.user.unwrap_or_default(),
                owner.group.unwrap_or_default(),
            )
        })
    }
}
