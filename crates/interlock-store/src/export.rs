//! The audit chain as one JSON Lines file that can be checked with the public key alone.
//!
//! A header, then entries with signed checkpoints at the places they cover, then a closing line:
//! a signature over everything before it, so that cutting the file off shows.

use crate::store::sign;
use crate::{Store, StoreError};
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use interlock_model::{AuditEntry, Checkpoint, Digest, DigestBuilder, Timestamp};
use serde::{Deserialize, Serialize};
use std::io::{self, Write};

/// The name of the form, in the header.
pub(crate) const FORMAT: &str = "interlock-audit/1";

/// Entries that are read at a time.
const PAGE: usize = 1000;

/// What an export holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exported {
    /// How many entries.
    pub entries: u64,
    /// How many signed checkpoints, the closing one not counted.
    pub checkpoints: u64,
    /// The digest of the last entry.
    pub head: Digest,
}

/// Why an export did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The export could not be written.
    #[error("the audit export cannot be written")]
    Write(#[source] io::Error),
}

impl Store {
    /// Writes the whole chain as it stands, signed at the end with this key. Nothing is stored, so
    /// that a store that is open for reading can be exported too.
    ///
    /// What is stored is written as it is; whether it holds together is for
    /// [`verify_export`](crate::verify::verify_export) to say.
    ///
    /// # Errors
    /// The store cannot be read, or the writer fails.
    pub async fn export(
        &self,
        writer: &mut (impl Write + Send),
        key: &SigningKey,
        now: Timestamp,
    ) -> Result<Exported, ExportError> {
        // The chain only grows: everything up to this head stays as it is while we read, and no
        // checkpoint that was there before covers more.
        let mut checkpoints = self.checkpoints().await?.into_iter().peekable();
        let head = self.audit_head().await?;
        let mut sealer = Sealer::begin(writer, key)?;
        let mut exported = Exported { entries: 0, checkpoints: 0, head: head.head };
        loop {
            while let Some(due) = checkpoints.next_if(|it| it.entries <= exported.entries) {
                sealer.checkpoint(due)?;
                exported.checkpoints += 1;
            }
            let due = checkpoints.peek().map_or(head.entries, |it| it.entries.min(head.entries));
            let wanted = due.saturating_sub(exported.entries);
            let page = self.page(exported.entries, wanted).await?;
            if page.is_empty() {
                break;
            }
            for entry in page {
                exported.entries = entry.sequence.saturating_add(1);
                sealer.entry(entry)?;
            }
        }
        // One that does all the same tells of a chain that was set back.
        for beyond in checkpoints {
            sealer.checkpoint(beyond)?;
            exported.checkpoints += 1;
        }
        sealer.close(sign(key, head, now), key)?;
        Ok(exported)
    }

    async fn page(&self, from: u64, wanted: u64) -> Result<Vec<AuditEntry>, StoreError> {
        if wanted == 0 {
            return Ok(Vec::new());
        }
        let most = usize::try_from(wanted).unwrap_or(PAGE).min(PAGE);
        self.audit_entries(from, most).await
    }
}

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Header {
    /// [`FORMAT`].
    pub format: String,
    /// The key that signs, 64 hex digits. For people; a reader trusts only the key it was given.
    pub public_key: String,
}

/// Every other line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Line {
    /// One link.
    Entry(AuditEntry),
    /// A signature over the links before it.
    Checkpoint(Checkpoint),
    /// The last line.
    Closing(Closing),
}

/// The last line: the signed end of the chain, and a signature over the lines before.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Closing {
    /// Signed when the export was made.
    pub checkpoint: Checkpoint,
    /// How many lines stand before this one.
    pub lines: u64,
    /// The digest of them.
    pub digest: Digest,
    /// The Ed25519 signature of [`seal`], 128 hex digits.
    pub signature: String,
}

/// The bytes that the closing line signs.
pub(crate) fn seal(lines: u64, digest: Digest) -> Vec<u8> {
    format!("interlock-audit-export/1\n{lines}\n{digest}\n").into_bytes()
}

/// The digest of lines, in order.
#[derive(Debug)]
pub(crate) struct LineDigest {
    lines: u64,
    digest: DigestBuilder,
}

impl LineDigest {
    /// Of no line yet.
    pub(crate) fn new() -> Self {
        Self { lines: 0, digest: DigestBuilder::new("audit-export") }
    }

    /// One more line, without its line end.
    pub(crate) fn add(&mut self, line: &[u8]) {
        self.lines += 1;
        self.digest.bytes(line);
    }

    /// How many, and their digest.
    pub(crate) fn finish(&self) -> (u64, Digest) {
        (self.lines, self.digest.finish())
    }
}

/// Writes the lines of an export.
#[derive(Debug)]
pub(crate) struct Sealer<'a, W> {
    writer: &'a mut W,
    digest: LineDigest,
}

impl<'a, W: Write> Sealer<'a, W> {
    /// Writes the header.
    pub(crate) fn begin(writer: &'a mut W, key: &SigningKey) -> Result<Self, ExportError> {
        let mut it = Self { writer, digest: LineDigest::new() };
        it.line(&header(&key.verifying_key()))?;
        Ok(it)
    }

    /// Writes one link.
    pub(crate) fn entry(&mut self, entry: AuditEntry) -> Result<(), ExportError> {
        self.line(&Line::Entry(entry))
    }

    /// Writes one checkpoint.
    pub(crate) fn checkpoint(&mut self, checkpoint: Checkpoint) -> Result<(), ExportError> {
        self.line(&Line::Checkpoint(checkpoint))
    }

    /// Writes the closing line.
    pub(crate) fn close(
        mut self,
        checkpoint: Checkpoint,
        key: &SigningKey,
    ) -> Result<(), ExportError> {
        let (lines, digest) = self.digest.finish();
        let signature = hex::encode(key.sign(&seal(lines, digest)).to_bytes());
        self.line(&Line::Closing(Closing { checkpoint, lines, digest, signature }))?;
        self.writer.flush().map_err(ExportError::Write)
    }

    fn line(&mut self, line: &impl Serialize) -> Result<(), ExportError> {
        let mut bytes =
            serde_json::to_vec(line).map_err(|error| ExportError::Write(error.into()))?;
        self.digest.add(&bytes);
        bytes.push(b'\n');
        self.writer.write_all(&bytes).map_err(ExportError::Write)
    }
}

/// The header of a chain that this key signs.
pub(crate) fn header(key: &VerifyingKey) -> Header {
    Header { format: FORMAT.to_owned(), public_key: hex::encode(key.as_bytes()) }
}
