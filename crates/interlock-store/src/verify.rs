//! Whether an audit export is whole and untouched: needs the export and the public key, nothing else.
//!
//! Every byte counts: a line must be exactly what its own content would be written as.
//! An older export of the same chain is genuine too; that it is not the newest one can only be seen
//! by comparing its last checkpoint with one that was kept elsewhere.

use crate::export::{FORMAT, Header, Line, LineDigest, header, seal};
use ed25519_dalek::{Signature, VerifyingKey};
use interlock_model::{BrokenLink, Checkpoint, Digest, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{self, BufRead, Read as _};

/// Longest line that is read, in bytes: more than any audit entry.
pub const LINE_BYTES: u64 = 16 << 20;

/// An export that is whole and untouched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// How many entries it has.
    pub entries: u64,
    /// How many signed checkpoints it has, the closing one not counted.
    pub checkpoints: u64,
    /// The digest of the last entry; compare it with one that was kept elsewhere.
    pub head: Digest,
    /// When it was exported and signed.
    pub signed: Timestamp,
}

/// Why an export does not verify.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// It was changed, or signed by another key.
    #[error("line {line}: {link}")]
    Broken {
        /// The first line that shows it, from 1.
        line: u64,
        /// The first entry that can be affected, and how it shows. Where only a signature is wrong
        /// this is the first entry that no good signature before it covers.
        link: BrokenLink,
    },
    /// It could not be read to its end.
    #[error("line {line} cannot be read")]
    Unreadable {
        /// The line, from 1.
        line: u64,
        /// The reader's own words.
        #[source]
        source: io::Error,
    },
}

/// Checks a whole export against the public key that it should be signed with.
///
/// # Errors
/// `Broken` names the first broken link; `Unreadable` when the reader fails.
pub fn verify_export(
    reader: impl BufRead,
    public_key: &VerifyingKey,
) -> Result<Verified, VerifyError> {
    let mut lines = Lines { reader, line: 0, buffer: Vec::new() };
    let mut chain = Chain {
        key: public_key,
        entries: 0,
        head: Digest::ZERO,
        checkpoints: 0,
        vouched: 0,
        digest: LineDigest::new(),
    };
    let verified = chain.walk(&mut lines);
    verified.map_err(|stop| match stop {
        Stop::Broken(link) => VerifyError::Broken { line: lines.line, link },
        Stop::Unreadable(source) => VerifyError::Unreadable { line: lines.line, source },
    })
}

enum Stop {
    Broken(BrokenLink),
    Unreadable(io::Error),
}

/// What holds up to the current line.
struct Chain<'a> {
    key: &'a VerifyingKey,
    entries: u64,
    head: Digest,
    checkpoints: u64,
    /// How many entries the last good signature covers.
    vouched: u64,
    digest: LineDigest,
}

impl Chain<'_> {
    fn walk(&mut self, lines: &mut Lines<impl BufRead>) -> Result<Verified, Stop> {
        let first = lines.next(self.entries)?;
        let first = first.ok_or_else(|| self.broken("the export is empty"))?;
        self.header(first)?;
        loop {
            let line = lines.next(self.entries)?;
            let line =
                line.ok_or_else(|| self.broken("the export ends without its closing line"))?;
            match self.exact::<Line>(line)? {
                Line::Entry(entry) => {
                    entry.follows(self.entries, self.head).map_err(Stop::Broken)?;
                    self.entries += 1;
                    self.head = entry.digest;
                }
                Line::Checkpoint(checkpoint) => {
                    if self.checkpoints > 0 && checkpoint.entries <= self.vouched {
                        return Err(self.broken("a checkpoint stands twice, or out of order"));
                    }
                    self.checkpoint(&checkpoint)?;
                    self.checkpoints += 1;
                }
                Line::Closing(closing) => {
                    self.checkpoint(&closing.checkpoint)?;
                    let (count, digest) = self.digest.finish();
                    if (closing.lines, closing.digest) != (count, digest) {
                        let why = "the closing line speaks of other lines than stand before it";
                        return Err(self.broken(why));
                    }
                    if !self.signed(&seal(count, digest), &closing.signature) {
                        return Err(self.broken("the closing line's signature is wrong"));
                    }
                    let signed = closing.checkpoint.time;
                    if lines.next(self.entries)?.is_some() {
                        return Err(self.broken("something follows the closing line"));
                    }
                    return Ok(Verified {
                        entries: self.entries,
                        checkpoints: self.checkpoints,
                        head: self.head,
                        signed,
                    });
                }
            }
            self.digest.add(line);
        }
    }

    fn header(&mut self, line: &[u8]) -> Result<(), Stop> {
        let found: Header = self.exact(line)?;
        if found.format != FORMAT {
            let why = format!("the header says `{}`, not `{FORMAT}`", found.format);
            return Err(self.broken(&why));
        }
        if found.public_key != header(self.key).public_key {
            let why = format!("the export is signed by another key, `{}`", found.public_key);
            return Err(self.broken(&why));
        }
        self.digest.add(line);
        Ok(())
    }

    fn checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<(), Stop> {
        let message = Checkpoint::message(checkpoint.entries, checkpoint.head, checkpoint.time);
        if !self.signed(&message, &checkpoint.signature) {
            let why = format!(
                "the signature over {} entries is wrong; entries before this one are covered by the signature before",
                checkpoint.entries
            );
            return Err(Stop::Broken(BrokenLink { sequence: self.vouched, why }));
        }
        if checkpoint.entries != self.entries {
            let why =
                format!("{} entries were signed, {} stand here", checkpoint.entries, self.entries);
            let sequence = checkpoint.entries.min(self.entries);
            return Err(Stop::Broken(BrokenLink { sequence, why }));
        }
        if checkpoint.head != self.head {
            let why = "from this entry on, others were signed than stand here".to_owned();
            return Err(Stop::Broken(BrokenLink { sequence: self.vouched, why }));
        }
        self.vouched = self.entries;
        Ok(())
    }

    /// Reads a line that must be written exactly as its content would be.
    fn exact<T: Serialize + DeserializeOwned>(&self, line: &[u8]) -> Result<T, Stop> {
        let content: T = serde_json::from_slice(line)
            .map_err(|error| self.broken(&format!("the line makes no sense: {error}")))?;
        match serde_json::to_vec(&content) {
            Ok(written) if written == line => Ok(content),
            Ok(_) | Err(_) => Err(self.broken("the line is written differently than it was")),
        }
    }

    /// Whether this is the key's signature of the message, in its one written form.
    fn signed(&self, message: &[u8], signature: &str) -> bool {
        let mut bytes = [0; 64];
        hex::decode_to_slice(signature, &mut bytes).is_ok()
            && hex::encode(bytes) == signature
            && self.key.verify_strict(message, &Signature::from_bytes(&bytes)).is_ok()
    }

    fn broken(&self, why: &str) -> Stop {
        Stop::Broken(BrokenLink { sequence: self.entries, why: why.to_owned() })
    }
}

/// Lines of bounded length.
struct Lines<R> {
    reader: R,
    /// The number of the last line given, from 1.
    line: u64,
    buffer: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    /// The next line without its end; `None` after the last.
    fn next(&mut self, sequence: u64) -> Result<Option<&[u8]>, Stop> {
        let broken = |why: &str| Stop::Broken(BrokenLink { sequence, why: why.to_owned() });
        self.line += 1;
        self.buffer.clear();
        let read = (&mut self.reader).take(LINE_BYTES).read_until(b'\n', &mut self.buffer);
        read.map_err(Stop::Unreadable)?;
        if self.buffer.is_empty() {
            return Ok(None);
        }
        match self.buffer.strip_suffix(b"\n") {
            Some(line) => Ok(Some(line)),
            None => Err(broken("the line is cut off, or longer than any entry")),
        }
    }
}

#[cfg(test)]
mod tests;
