//! Which program answers which call, and what its exit code means.

use super::run::{self, Ended, Run};
use crate::Secret;
use crate::declared::{Ask, Way, admit, clean};
use interlock_contain::{CallError, Check, ConnectorSpec, Lack, ReadPass, WritePass};
use interlock_model::Operation;
use std::collections::BTreeMap;
use std::fs::Metadata;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long to wait when a program says that it is to be tried again.
const PAUSE: Duration = Duration::from_secs(5);
/// The shortest secret that is looked for in what a program says.
const SHORTEST: usize = 4;

/// The programs of one connector, by operation: `remove_key.write`.
#[derive(Debug, Clone, Default)]
pub struct Programs(pub BTreeMap<String, Program>);

/// One program, and how it is run.
#[derive(Debug, Clone)]
pub struct Program {
    /// The program, absolute.
    pub path: PathBuf,
    /// Its arguments, as they are.
    pub arguments: Vec<String>,
    /// Its environment: this and nothing else.
    pub environment: Vec<(String, Secret)>,
    /// How long it may take.
    pub timeout: Duration,
    /// The most that it may answer, in bytes.
    pub most: usize,
}

impl Programs {
    async fn ask(&self, ask: Ask) -> Result<Vec<u8>, CallError> {
        let missing = || CallError::Unsupported {
            why: format!("no program is declared for `{}`", ask.operation),
        };
        let program = self.0.get(ask.operation.0).ok_or_else(missing)?;
        let Run { ended, answer, said } = run::run(program, ask.body.clone()).await;
        let said = clean(&program.masked(&said));
        let answer = program.judge(&ask, ended, answer, &said)?;
        if program.tells_secret(&answer) {
            let why = format!("the answer of `{}` holds a secret that it was given", ask.operation);
            return Err(if ask.call.writes() {
                CallError::OutcomeUnknown { why }
            } else {
                CallError::Invalid { why }
            });
        }
        Ok(answer)
    }
}

impl Program {
    /// What its end means, by what is to be done next. The codes are those of `sysexits.h`.
    fn judge(
        &self,
        ask: &Ask,
        ended: Ended,
        answer: Vec<u8>,
        said: &str,
    ) -> Result<Vec<u8>, CallError> {
        let operation = ask.operation;
        let told = |how: &str| {
            let colon = if said.is_empty() { "" } else { ": " };
            format!("`{operation}` {how}{colon}{said}")
        };
        let code = match ended {
            Ended::Exit(0) => return Ok(answer),
            Ended::Exit(code) => code,
            Ended::NotStarted(error) => {
                let why = format!("`{}` cannot be started: {error}", self.path.display());
                let soon =
                    matches!(error.kind(), ErrorKind::ExecutableFileBusy | ErrorKind::WouldBlock);
                return Err(if soon {
                    CallError::Retry { after: PAUSE, why }
                } else {
                    CallError::Unsupported { why }
                });
            }
            Ended::Signal => return Err(unanswered(ask, told("was ended by a signal"))),
            Ended::TimedOut => {
                let how = format!("took longer than {} s and was ended", self.timeout.as_secs());
                return Err(unanswered(ask, told(&how)));
            }
            Ended::TooMuch => {
                let how = format!("answered more than {} bytes and was ended", self.most);
                return Err(unanswered(ask, told(&how)));
            }
        };
        let why = told(&format!("ended with {code}"));
        Err(match code {
            64 | 65 | 78 => CallError::Invalid { why },
            66 | 67 => CallError::NotFound { what: ask.what.clone() },
            69 => CallError::Unsupported { why },
            75 => CallError::Retry { after: PAUSE, why },
            77 => CallError::Denied { permission: operation.to_string() },
            _ => unanswered(ask, why),
        })
    }

    fn secrets(&self) -> impl Iterator<Item = &str> {
        self.environment.iter().map(|it| it.1.expose()).filter(|it| it.len() >= SHORTEST)
    }

    fn masked(&self, text: &str) -> String {
        self.secrets().fold(text.to_owned(), |text, secret| text.replace(secret, "(secret)"))
    }

    fn tells_secret(&self, answer: &[u8]) -> bool {
        let text = String::from_utf8_lossy(answer);
        self.secrets().any(|it| text.contains(it))
    }

    /// Why it cannot be run, or should not.
    fn unfit(&self) -> Result<(), String> {
        let shown = self.path.display();
        let found = std::fs::metadata(&self.path).map_err(|it| format!("`{shown}`: {it}"))?;
        if !found.is_file() || found.permissions().mode() & 0o111 == 0 {
            return Err(format!("`{shown}` is no program: make it executable"));
        }
        // Whoever may write it, or put another in its place, does what the house may.
        let folder = self.path.parent().and_then(|it| std::fs::metadata(it).ok().map(|m| (it, m)));
        if others_write(&found) {
            return Err(format!("others may write `{shown}`: `chmod go-w` it"));
        }
        match folder {
            Some((folder, found)) if others_write(&found) => Err(others(folder)),
            Some(_) | None => Ok(()),
        }
    }
}

fn others(folder: &Path) -> String {
    let shown = folder.display();
    format!("others may put another program in its place: `chmod go-w {shown}`")
}

/// Whether others than its owner may write it. A sticky folder lets nobody replace what is another's.
fn others_write(found: &Metadata) -> bool {
    found.mode() & 0o022 != 0 && !(found.is_dir() && found.mode() & 0o1000 != 0)
}

/// Nobody knows what it did: a look is simply tried again.
fn unanswered(ask: &Ask, why: String) -> CallError {
    if ask.call.writes() {
        CallError::OutcomeUnknown { why }
    } else {
        CallError::Retry { after: PAUSE, why }
    }
}

#[async_trait::async_trait]
impl Way for Programs {
    async fn look(&self, pass: ReadPass, ask: Ask) -> Result<Vec<u8>, CallError> {
        admit(pass.operation(), ask.operation)?;
        self.ask(ask).await
    }

    async fn change(&self, pass: WritePass, ask: Ask) -> Result<Vec<u8>, CallError> {
        admit(pass.operation(), ask.operation)?;
        self.ask(ask).await
    }

    /// The programs are looked at and not run: what one does without a target, nobody knows.
    async fn check(&self, spec: &'static ConnectorSpec) -> Vec<Check> {
        let operations = crate::reference::permissions(spec).enforce;
        let check = |it: Operation| Check {
            permission: it.to_string(),
            outcome: self
                .0
                .get(it.0)
                .map_or_else(|| Err("no program is declared".to_owned()), Program::unfit)
                .map_err(Lack::from),
        };
        operations.into_iter().map(check).collect()
    }
}
