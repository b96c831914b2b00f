//! An account's delivery file: where its workload finds its password.
//!
//! The form is that of the broker's delivery files. A password has one slot: from the moment the server
//! has the new one, the old is gone. So the new one is staged beside the file, flushed, before the server
//! hears of it, and moved into place afterwards: whenever the process dies, it is on disk.

use crate::Secret;
use crate::broker::{NewKey, call_error, delivery as file};
use interlock_contain::CallError;
use interlock_model::{CredentialKind, CredentialRef, DigestBuilder, StepId};
use std::path::PathBuf;

/// One password on its way into one file.
#[derive(Debug)]
pub(crate) struct Delivery {
    path: PathBuf,
    mark: String,
    id: CredentialRef,
}

impl Delivery {
    /// What a step delivers to this file. The same step gives the same mark.
    pub(crate) fn new(path: PathBuf, step: &StepId, provider: &str, name: &str) -> Self {
        let mark =
            DigestBuilder::new("interlock/database/delivery").text(step.as_str()).finish().short();
        Self { path, mark, id: CredentialRef::new(provider, CredentialKind::Password, name) }
    }

    /// How a file is told that holds what this delivers.
    pub(crate) fn mark(&self) -> &str {
        &self.mark
    }

    /// The public name of what is delivered.
    pub(crate) const fn id(&self) -> &CredentialRef {
        &self.id
    }

    /// What the file names now; `None` when it is not there.
    pub(crate) fn current(&self) -> Result<Option<String>, CallError> {
        let named = file::look(&self.path).map_err(|it| call_error(&it))?;
        Ok(named.map(|it| it.content))
    }

    /// The password in the file, whoever put it there.
    pub(crate) fn delivered(&self) -> Result<Option<Secret>, CallError> {
        let key = file::key_in(&self.path).map_err(|it| call_error(&it))?;
        Ok(key.map(|it| it.secret))
    }

    /// The password that an earlier attempt of the same step staged, or a new one, staged now.
    pub(crate) fn stage(&self) -> Result<Secret, CallError> {
        let staged = file::staged(&self.path, &self.mark).map_err(|it| call_error(&it))?;
        if let Some(it) = staged {
            return Ok(it.secret);
        }
        let secret = file::fresh_secret().map_err(|it| call_error(&it))?;
        let key = NewKey { id: self.id.clone(), secret: secret.clone() };
        file::stage(&self.path, &key, &self.mark).map_err(|it| call_error(&it))?;
        Ok(secret)
    }

    /// Forgets what is staged: the server never heard of it.
    pub(crate) fn unstage(&self) {
        // What is left behind is found and used by the next attempt of the same step alone.
        let _ = file::unstage(&self.path);
    }

    /// Moves what is staged into place.
    pub(crate) fn finish(&self) -> Result<(), CallError> {
        file::finish(&self.path).map_err(|it| call_error(&it))
    }
}
