//! An account's delivery: where its workload finds its password.
//!
//! A password has one slot: from the moment the server has the new one, the old is gone. So for a file
//! the new one is staged beside it, flushed, before the server hears of it, and moved into place
//! afterwards: whenever the process dies, it is on disk. For any other place it is not written down
//! twice: what was set and not delivered is known to nobody, and the next attempt sets another.

use crate::Secret;
use crate::broker::{NewKey, call_error, delivery as file};
use crate::delivery::{Leave, Parcel, Place, fresh_secret};
use interlock_contain::CallError;
use interlock_model::{CredentialKind, CredentialRef, DigestBuilder, StepId};
use std::path::PathBuf;
use std::sync::Arc;

/// Where a password goes.
#[derive(Debug, Clone)]
pub(crate) enum Whither {
    /// Into the connector's own file for the account.
    File(PathBuf),
    /// To a place that the configuration names.
    Place(Arc<dyn Place>),
}

/// One password on its way.
#[derive(Debug)]
pub(crate) struct Delivery {
    whither: Whither,
    mark: String,
    id: CredentialRef,
    from: Option<String>,
}

impl Delivery {
    /// What a step delivers there. The same step gives the same mark.
    pub(crate) fn new(whither: Whither, step: &StepId, provider: &str, name: &str) -> Self {
        let mark =
            DigestBuilder::new("interlock/database/delivery").text(step.as_str()).finish().short();
        let id = CredentialRef::new(provider, CredentialKind::Password, name);
        Self { whither, mark, id, from: None }
    }

    /// The same, when this is what it is to displace.
    pub(crate) fn displacing(mut self, content: Option<&str>) -> Self {
        self.from = content.map(str::to_owned);
        self
    }

    /// How what this delivers is told.
    pub(crate) fn mark(&self) -> &str {
        &self.mark
    }

    /// The public name of what is delivered.
    pub(crate) const fn id(&self) -> &CredentialRef {
        &self.id
    }

    /// Where it goes, for people.
    pub(crate) fn named(&self) -> Option<String> {
        match &self.whither {
            Whither::File(_) => None,
            Whither::Place(place) => Some(place.name()),
        }
    }

    /// What stands there now; `None` when nothing does.
    pub(crate) async fn current(&self) -> Result<Option<String>, CallError> {
        match &self.whither {
            Whither::File(path) => {
                let named = file::look(path).map_err(|it| call_error(&it))?;
                Ok(named.map(|it| it.content))
            }
            Whither::Place(place) => Ok(place.look().await?.content),
        }
    }

    /// The password that stands there, whoever put it; `None` where nobody can read it back.
    pub(crate) async fn delivered(&self) -> Result<Option<Secret>, CallError> {
        match &self.whither {
            Whither::File(path) => {
                let key = file::key_in(path).map_err(|it| call_error(&it))?;
                Ok(key.map(|it| it.secret))
            }
            Whither::Place(place) => place.value().await,
        }
    }

    /// The password that an earlier attempt of the same step staged, or a new one.
    pub(crate) fn stage(&self) -> Result<Secret, CallError> {
        let Whither::File(path) = &self.whither else { return fresh_secret() };
        let staged = file::staged(path, &self.mark).map_err(|it| call_error(&it))?;
        if let Some(it) = staged {
            return Ok(it.secret);
        }
        let secret = fresh_secret()?;
        let key = NewKey { id: self.id.clone(), secret: secret.clone() };
        file::stage(path, &key, &self.mark).map_err(|it| call_error(&it))?;
        Ok(secret)
    }

    /// Forgets what is staged: the server never heard of it.
    pub(crate) fn unstage(&self) {
        if let Whither::File(path) = &self.whither {
            // What is left behind is found and used by the next attempt of the same step alone.
            let _ = file::unstage(path);
        }
    }

    /// Puts the password into its place.
    pub(crate) async fn finish(&self, leave: Leave, password: &Secret) -> Result<(), CallError> {
        match &self.whither {
            Whither::File(path) => file::finish(path).map_err(|it| call_error(&it)),
            Whither::Place(place) => {
                let (mark, key_id) = (self.mark.clone(), self.id.id().to_owned());
                let parcel = Parcel { mark, key_id, secret: password.clone() };
                place.put(leave, self.from.as_deref(), &parcel).await
            }
        }
    }
}
