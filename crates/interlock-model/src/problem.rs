//! What is wrong in a file that people write.

use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

/// One problem in a content or configuration file: where, what, and the remedy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The file's path as given.
    pub file: Arc<str>,
    /// The bytes it is about; `None` when it is about the file as a whole.
    pub span: Option<Range<usize>>,
    /// Whether the file can be used all the same.
    pub gravity: Gravity,
    /// What is wrong: one line, lower case, no period.
    pub what: String,
    /// The remedy, with the nearest right word where there is one.
    pub help: Option<String>,
}

/// Whether a file with a problem can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gravity {
    /// It can; something in it stays without effect.
    Warning,
    /// It cannot.
    Error,
}
