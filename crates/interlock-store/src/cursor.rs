//! How far a way in has been read: kept in the same transaction as the records that it covers.

use interlock_model::Timestamp;

/// How far one part of a way in has been read. What the state means only its reader knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The way in, by its configured name.
    pub feed: Box<str>,
    /// The part of it: one file, one object, one stream.
    pub part: Box<str>,
    /// How far, in the reader's own form.
    pub state: Box<str>,
    /// When it was last moved.
    pub time: Timestamp,
}

/// Which cursors nobody will ask for again.
#[derive(Debug, Clone, Copy)]
pub enum Forget<'a> {
    /// Those that were last moved before this time.
    Before(Timestamp),
    /// This one part.
    Part(&'a str),
}
