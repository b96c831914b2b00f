//! Input that was refused, with its place and the reason.

use crate::Place;
use serde::{Deserialize, Serialize};

/// A record that could not be used. It is counted and listed, never dropped in silence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// Where it stood.
    pub place: Place,
    /// Why it was refused: one line, lower case, no secrets.
    pub why: String,
}

/// Bounds on input from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest single record, in bytes.
    pub record_bytes: usize,
    /// Deepest nesting of JSON.
    pub depth: usize,
    /// Most bytes that one compressed input may unpack to.
    pub unpacked_bytes: u64,
}

impl Limits {
    /// Generous for every documented log format: CloudTrail caps an event at 256 KiB.
    pub const STANDARD: Self = Self { record_bytes: 4 << 20, depth: 128, unpacked_bytes: 64 << 30 };
}
