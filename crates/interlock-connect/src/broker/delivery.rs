//! A client's delivery file: where its workload finds its key.
//!
//! The file that a delivery displaces is kept beside it as `<name>.former`, so that an undo can put it
//! back; it is removed when the key that it names is deleted. Secrets pass through and are not kept.

use super::file::{beside, read_capped, replace};
use super::{BrokerError, NewKey};
use crate::Secret;
use interlock_model::Digest;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// The longest file that is looked at, in bytes.
const LONGEST: u64 = 64 << 10;

/// What a delivery file holds.
#[derive(Serialize, Deserialize)]
struct Document {
    key_id: String,
    secret: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delivery: Option<String>,
}

/// What a delivery file names, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    /// The key, where the file is one of ours.
    pub key: Option<String>,
    /// How the content is told from another: the delivery's mark, the key, or a digest.
    pub content: String,
}

/// What the file names now; `None` when it is not there.
pub(crate) fn look(path: &Path) -> Result<Option<Named>, BrokerError> {
    Ok(read_capped(path, LONGEST)?.map(|bytes| named(&bytes)))
}

fn named(bytes: &[u8]) -> Named {
    match serde_json::from_slice::<Document>(bytes) {
        Ok(it) => {
            let content = it.delivery.unwrap_or_else(|| format!("key {}", it.key_id));
            Named { key: Some(it.key_id), content }
        }
        Err(_) => Named { key: None, content: format!("other {}", Digest::of(bytes).short()) },
    }
}

/// Puts a key into the file; what was there is kept beside it.
pub(crate) fn put(path: &Path, key: &NewKey, mark: Option<&str>) -> Result<(), BrokerError> {
    if let Some(former) = read_capped(path, LONGEST)? {
        replace(&beside(path, "former"), &former)?;
    }
    replace(path, &document(key, mark))
}

fn document(key: &NewKey, mark: Option<&str>) -> Vec<u8> {
    let document = Document {
        key_id: key.id.id().to_owned(),
        secret: key.secret.expose().to_owned(),
        delivery: mark.map(str::to_owned),
    };
    // INVARIANT: a struct of three texts serialises without failing.
    let mut bytes = serde_json::to_vec(&document).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// A new secret, for whatever is not a key of the broker.
pub(crate) fn fresh_secret() -> Result<Secret, BrokerError> {
    Ok(Secret::new(hex::encode(super::token::random::<32>()?)))
}

/// Puts a key beside the file, to be moved into place when it is in force.
pub(crate) fn stage(path: &Path, key: &NewKey, mark: &str) -> Result<(), BrokerError> {
    replace(&beside(path, "next"), &document(key, Some(mark)))
}

/// What was staged with this mark.
pub(crate) fn staged(path: &Path, mark: &str) -> Result<Option<NewKey>, BrokerError> {
    let next = beside(path, "next");
    match look(&next)? {
        Some(it) if it.content == mark => key_in(&next),
        Some(_) | None => Ok(None),
    }
}

/// Removes what was staged.
pub(crate) fn unstage(path: &Path) -> Result<(), BrokerError> {
    remove(&beside(path, "next"))
}

/// Moves what was staged into place.
pub(crate) fn finish(path: &Path) -> Result<(), BrokerError> {
    let next = beside(path, "next");
    let staged = read_capped(&next, LONGEST)?;
    let staged = staged.ok_or_else(|| BrokerError::Missing { path: next.clone() })?;
    replace(path, &staged)?;
    remove(&next)
}

/// Puts the former content back, when it is still what is asked for; whether it was.
///
/// `None` asks for no file at all.
pub(crate) fn put_back(path: &Path, wanted: Option<&str>) -> Result<bool, BrokerError> {
    let former = beside(path, "former");
    let Some(wanted) = wanted else {
        remove(path)?;
        return Ok(true);
    };
    match read_capped(&former, LONGEST)? {
        Some(bytes) if named(&bytes).content == wanted => {
            replace(path, &bytes)?;
            remove(&former)?;
            Ok(true)
        }
        Some(_) | None => Ok(false),
    }
}

/// Removes the former content when it names this key.
pub(crate) fn forget(path: &Path, key: &str) -> Result<(), BrokerError> {
    let former = beside(path, "former");
    match look(&former)? {
        Some(it) if it.key.as_deref() == Some(key) => remove(&former),
        Some(_) | None => Ok(()),
    }
}

/// The key in a delivery file, as a workload reads it; `None` when there is none.
pub(crate) fn key_in(path: &Path) -> Result<Option<NewKey>, BrokerError> {
    let Some(bytes) = read_capped(path, LONGEST)? else { return Ok(None) };
    let document: Document = serde_json::from_slice(&bytes).map_err(|_| {
        let why = "it is no delivery of the broker".to_owned();
        BrokerError::Corrupt { path: path.to_owned(), why }
    })?;
    let id = super::state::key_ref(&document.key_id);
    Ok(Some(NewKey { id, secret: Secret::new(document.secret) }))
}

fn remove(path: &Path) -> Result<(), BrokerError> {
    match fs::remove_file(path) {
        Err(it) if it.kind() != ErrorKind::NotFound => Err(BrokerError::io("remove", path)(it)),
        Ok(()) | Err(_) => Ok(()),
    }
}
