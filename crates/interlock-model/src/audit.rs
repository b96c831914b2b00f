//! The house's own record: hash-chained entries and signed checkpoints.

use crate::{Digest, DigestBuilder, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What an audit entry says. Opened before an act, closed after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditFact {
    /// What happened, `noun.verb`: `decision.made`, `step.intended`, `step.acknowledged`, `api.approved`.
    pub what: String,
    /// Who made it happen: `interlock`, or the name of an API token.
    pub by: String,
    /// The ids it is about, by kind.
    pub about: BTreeMap<String, String>,
    /// In words, no secrets.
    pub text: String,
    /// The digest of the stored object it speaks of, where there is one.
    pub object: Option<Digest>,
}

/// One link of the chain.
///
/// Text form for hashing: the JSON of sequence, time and fact, after the previous link's digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// The position, from 0 without gaps.
    pub sequence: u64,
    /// When it was written.
    pub time: Timestamp,
    /// What it says.
    pub fact: AuditFact,
    /// The digest of the link before it; [`Digest::ZERO`] for the first.
    pub previous: Digest,
    /// The digest of this link.
    pub digest: Digest,
}

/// Why a chain does not verify.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("audit entry {sequence}: {why}")]
pub struct BrokenLink {
    /// The first broken position.
    pub sequence: u64,
    /// What is wrong with it.
    pub why: String,
}

/// A signature over the chain up to one link: inserting, removing or truncating before it shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// How many links it covers.
    pub entries: u64,
    /// The digest of the last of them.
    pub head: Digest,
    /// When it was signed.
    pub time: Timestamp,
    /// The Ed25519 signature of [`Checkpoint::message`], 128 hex digits.
    pub signature: String,
}

impl AuditEntry {
    /// The link that follows `previous` at this position.
    #[must_use]
    pub fn link(sequence: u64, time: Timestamp, fact: AuditFact, previous: Digest) -> Self {
        let digest = Self::expected(sequence, time, &fact, previous);
        Self { sequence, time, fact, previous, digest }
    }

    /// Checks this link against the one before it.
    ///
    /// # Errors
    /// The position, the pointer back or the digest is wrong.
    pub fn follows(&self, sequence: u64, previous: Digest) -> Result<(), BrokenLink> {
        let broken = |why: &str| BrokenLink { sequence, why: why.to_owned() };
        if self.sequence != sequence {
            return Err(broken(&format!("found entry {} in its place", self.sequence)));
        }
        if self.previous != previous {
            return Err(broken("does not point to the entry before it"));
        }
        if self.digest != Self::expected(sequence, self.time, &self.fact, previous) {
            return Err(broken("content does not match its digest"));
        }
        Ok(())
    }

    fn expected(sequence: u64, time: Timestamp, fact: &AuditFact, previous: Digest) -> Digest {
        let mut digest = DigestBuilder::new("audit");
        digest
            .bytes(previous.as_bytes())
            .bytes(&sequence.to_le_bytes())
            .text(&time.to_string())
            .text(&serde_json::to_string(fact).unwrap_or_default());
        digest.finish()
    }
}

impl Checkpoint {
    /// The bytes that are signed.
    #[must_use]
    pub fn message(entries: u64, head: Digest, time: Timestamp) -> Vec<u8> {
        format!("interlock-audit-checkpoint/1\n{entries}\n{head}\n{time}\n").into_bytes()
    }
}
