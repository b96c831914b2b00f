//! A file on this machine, with the mode and the owner that its reader needs.
//!
//! New beside old, with its mode and owner before it has its name, flushed, renamed, folder flushed: at no
//! moment is there half a file, or one that others may read. The form is that of the broker's own files.

use super::{Leave, Parcel, Place, Standing, Target, filled, gone, moved};
use crate::Secret;
use crate::broker::file::{Owner as Of, beside, read_capped, replace_for};
use crate::broker::{BrokerError, call_error};
use interlock_contain::{CallError, Check};
use serde::{Deserialize, Serialize};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The longest file that is looked at, in bytes.
const LONGEST: u64 = 64 << 10;

pub use crate::broker::file::Owner;

/// Files of one folder.
#[derive(Debug, Clone)]
pub struct DiskTarget {
    pattern: String,
    owner: Of,
}

impl DiskTarget {
    /// Files at this path, `{name}` standing for the workload.
    #[must_use]
    pub fn new(pattern: String, owner: Owner) -> Self {
        Self { pattern, owner }
    }
}

#[async_trait::async_trait]
impl Target for DiskTarget {
    fn place(&self, name: &str) -> Result<Arc<dyn Place>, CallError> {
        let path = PathBuf::from(filled(&self.pattern, name)?);
        Ok(Arc::new(OneFile { path, owner: self.owner }))
    }

    async fn check(&self) -> Vec<Check> {
        let folder = Path::new(&self.pattern).parent().unwrap_or(Path::new("/"));
        let trial = folder.join(format!(".interlock-check-{}", std::process::id()));
        let outcome = match replace_for(&trial, b"", self.owner) {
            Ok(()) => Ok(()),
            Err(error) => Err(format!(
                "{}; let the process write to `{}`{}",
                call_error(&error),
                folder.display(),
                if self.owner.gives_away() { ", and change owners there (CAP_CHOWN)" } else { "" }
            )),
        };
        // It held nothing.
        let _ = std::fs::remove_file(&trial);
        vec![Check::told(format!("write to `{}`", folder.display()), outcome)]
    }
}

/// One file.
#[derive(Debug)]
struct OneFile {
    path: PathBuf,
    owner: Of,
}

#[derive(Serialize, Deserialize)]
struct Document {
    key_id: String,
    secret: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delivery: Option<String>,
}

fn failed(error: &BrokerError) -> CallError {
    call_error(error)
}

impl OneFile {
    fn bytes(&self, path: &Path) -> Result<Option<Vec<u8>>, CallError> {
        read_capped(path, LONGEST).map_err(|it| failed(&it))
    }

    /// What bytes are; a file of another form has no content that could be guessed from its label.
    fn standing(bytes: &[u8]) -> Standing {
        let Ok(it) = serde_json::from_slice::<Document>(bytes) else {
            let content = format!("another form, {} bytes", bytes.len());
            return Standing { content: Some(content), key: None };
        };
        let otherwise = || format!("key {}", it.key_id);
        let secret = Secret::new(it.secret.as_str());
        Standing::read(it.delivery.as_deref(), Some(&it.key_id), &secret, otherwise)
    }

    /// Whether its reader can read it, and nobody else.
    fn fits(&self) -> Result<(), String> {
        let is = std::fs::metadata(&self.path).map_err(|it| it.to_string())?;
        self.owner.fits(is.mode(), is.uid(), is.gid())
    }
}

#[async_trait::async_trait]
impl Place for OneFile {
    fn name(&self) -> String {
        format!("file `{}`", self.path.display())
    }

    fn restores(&self) -> bool {
        true
    }

    async fn look(&self) -> Result<Standing, CallError> {
        let Some(bytes) = self.bytes(&self.path)? else { return Ok(Standing::default()) };
        let mut standing = Self::standing(&bytes);
        if let (Err(why), Some(content)) = (self.fits(), &mut standing.content) {
            *content = format!("{content}, {why}");
        }
        Ok(standing)
    }

    async fn value(&self) -> Result<Option<Secret>, CallError> {
        let Some(bytes) = self.bytes(&self.path)? else { return Ok(None) };
        let document = serde_json::from_slice::<Document>(&bytes).ok();
        Ok(document.map(|it| Secret::new(it.secret)))
    }

    async fn put(&self, _: Leave, from: Option<&str>, parcel: &Parcel) -> Result<(), CallError> {
        if self.look().await?.content.as_deref() != from {
            return Err(moved(&self.name()));
        }
        if let Some(former) = self.bytes(&self.path)? {
            let beside = beside(&self.path, "former");
            replace_for(&beside, &former, self.owner).map_err(|it| failed(&it))?;
        }
        let document = Document {
            key_id: parcel.key_id.clone(),
            secret: parcel.secret.expose().to_owned(),
            delivery: Some(parcel.tag()),
        };
        // INVARIANT: a struct of three texts serialises without failing.
        let mut bytes = serde_json::to_vec(&document).unwrap_or_default();
        bytes.push(b'\n');
        replace_for(&self.path, &bytes, self.owner).map_err(|it| failed(&it))
    }

    async fn put_back(&self, _: Leave, from: &str, former: Option<&str>) -> Result<(), CallError> {
        if self.look().await?.content.as_deref() != Some(from) {
            return Err(moved(&self.name()));
        }
        let beside = beside(&self.path, "former");
        let Some(former) = former else {
            return std::fs::remove_file(&self.path).map_err(|it| CallError::Unsupported {
                why: format!("{} stays: {it}", self.name()),
            });
        };
        match self.bytes(&beside)? {
            Some(bytes) if Self::standing(&bytes).content.as_deref() == Some(former) => {
                replace_for(&self.path, &bytes, self.owner).map_err(|it| failed(&it))
            }
            Some(_) | None => Err(gone(&self.name())),
        }
    }
}
