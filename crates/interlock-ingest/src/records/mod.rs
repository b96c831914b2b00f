//! An input of unknown form, cut into records while it streams.
//!
//! Recognised without being told: gzip of any of the following; `{"Records":[…]}` and its kin;
//! JSON Lines; a JSON array; one event; several values one after the other, pretty printed or not;
//! JSON behind the head of a syslog line; rows of PostgreSQL's csvlog, which come out as jsonlog's objects.

mod csvlog;
mod frame;
mod input;
mod line;
mod text;

use crate::envelope;
use crate::redact::redact;
use crate::structure::Tokens;
use frame::{Frame, Framer, Line};
pub use frame::{TEXT, Unfinished};
use input::Input;
use interlock_model::{Limits, Place, Rejected};
use std::borrow::Cow;
use std::fmt;
use std::io::Read;
use std::sync::Arc;
pub use text::is_atom;

/// How much is asked of the reader at once, in bytes.
const CHUNK: usize = 64 << 10;

/// One record's text, cut out of its input.
#[derive(Debug, Clone)]
pub struct Record {
    /// Where it stood.
    pub place: Place,
    /// The JSON text of one object, secrets replaced.
    ///
    /// Envelopes (EventBridge, CloudEvents and the like) are still around it,
    /// except for the Base64 form of CloudEvents, which hides secrets and so is opened here.
    pub text: Arc<str>,
    /// Whether the sender says that it is an alert; `Records` never says so, its caller may.
    pub alert_hint: bool,
    /// Whether the text is known to be without secrets and Base64, and no deeper than allowed.
    pub(crate) clean: bool,
    /// What the text is made of, where that was found out when it was cut.
    pub(crate) tokens: Option<Tokens>,
}

/// What a text is made of follows from it.
impl PartialEq for Record {
    fn eq(&self, other: &Self) -> bool {
        let said = |it: &Self| (it.alert_hint, it.clean);
        self.place == other.place && self.text == other.text && said(self) == said(other)
    }
}

impl Eq for Record {}

impl Record {
    /// A record that comes from elsewhere than [`Records`], or from there by way of a store.
    #[must_use]
    pub fn new(place: Place, text: Arc<str>, alert_hint: bool) -> Self {
        Self { place, text, alert_hint, clean: false, tokens: None }
    }
}

/// The records of one input.
///
/// Memory: at most one record (`limits.record_bytes`) and two buffers of 64 KiB, whatever the input's size.
/// Every record of the input comes out once, as a [`Record`] or as a [`Rejected`], numbered from 0;
/// what is broken costs only itself:
/// - reading goes on at the next line, at the next row, or at the next element of the array;
/// - an object at the very start of a line begins a record, as soon as the input has shown that it is
///   made of lines;
/// - an input that breaks off, or that its reader or unpacker fails on, ends with one `Rejected`.
pub struct Records<R: Read> {
    input: Input<R>,
    file: Arc<str>,
    limits: Limits,
    framer: Framer,
    /// What was read and is still needed, and behind it room that is used again.
    buffer: Vec<u8>,
    filled: usize,
    ended: bool,
    failure: Option<String>,
    next: u64,
}

impl<R: Read> Records<R> {
    /// Starts on this input; `file` names it in places. Nothing is read yet.
    #[must_use]
    pub fn open(input: R, file: Arc<str>, limits: Limits) -> Self {
        Self {
            input: Input::new(input, limits.unpacked_bytes),
            file,
            limits,
            framer: Framer::new(limits),
            buffer: Vec::new(),
            filled: 0,
            ended: false,
            failure: None,
            next: 0,
        }
    }

    /// The record that the input's end cut off, once all records were taken.
    ///
    /// It came out as at least one `Rejected`; who reads an input that grows asks again from its start.
    #[must_use]
    pub fn unfinished(&self) -> Option<Unfinished> {
        self.framer.unfinished()
    }

    fn place(&mut self) -> Place {
        let place = Place { file: Arc::clone(&self.file), record: self.next };
        self.next += 1;
        place
    }

    fn reject(&mut self, why: String) -> Rejected {
        Rejected { place: self.place(), why }
    }

    /// How many bytes are held right now.
    #[cfg(test)]
    pub(crate) fn held(&self) -> usize {
        self.buffer.capacity()
    }

    /// Drops what is no longer needed and reads on.
    fn fill(&mut self) {
        let done = self.framer.release().min(self.filled);
        self.buffer.copy_within(done..self.filled, 0);
        self.filled -= done;
        let wanted = self.filled + CHUNK;
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
        }
        let read = match self.buffer.get_mut(self.filled..wanted) {
            Some(free) => self.input.read(free),
            None => Ok(0),
        };
        let read = match read {
            Ok(read) => read.min(CHUNK),
            Err(error) => {
                self.failure = Some(input::describe(&error));
                0
            }
        };
        self.ended = read == 0;
        self.filled += read;
    }

    fn held_bytes(&self) -> &[u8] {
        self.buffer.get(..self.filled).unwrap_or_default()
    }

    fn text(&self, start: usize, end: usize) -> Result<&str, String> {
        let bytes = self.held_bytes().get(start..end).unwrap_or_default();
        simdutf8::compat::from_utf8(bytes)
            .map_err(|error| format!("not UTF-8 at byte {} of the record", error.valid_up_to()))
    }

    /// A row of csvlog, as the object that jsonlog would have written.
    fn row(&mut self, start: usize, end: usize) -> Result<Record, Rejected> {
        let place = self.place();
        let json = self.text(start, end).and_then(csvlog::to_json);
        match json {
            Ok(json) if json.len() > self.limits.record_bytes => Err(Rejected {
                place,
                why: format!("longer than {} bytes", self.limits.record_bytes),
            }),
            Ok(json) => Ok(Record::new(place, Arc::from(redact(&json)), false)),
            Err(why) => Err(Rejected { place, why }),
        }
    }

    fn record(&mut self, start: usize, end: usize) -> Result<Record, Rejected> {
        let place = self.place();
        match self.text(start, end) {
            Ok(text) => made(text, place, None, true, self.limits),
            Err(why) => Err(Rejected { place, why }),
        }
    }
}

/// The record of this text, secrets replaced, with what it is made of where that is known. `packed` says
/// whether it may be an envelope with Base64.
fn made(
    text: &str,
    place: Place,
    tokens: Option<Tokens>,
    packed: bool,
    limits: Limits,
) -> Result<Record, Rejected> {
    let opened = match packed.then(|| envelope::open_base64(text, limits)).transpose() {
        Ok(opened) => opened.flatten(),
        Err(why) => return Err(Rejected { place, why }),
    };
    // What was opened may hold Base64 again, and was not looked at by the framer.
    let clean = opened.is_none();
    let (text, tokens) = match opened {
        Some(inner) => (Arc::from(redact(&inner)), None),
        None => match redact(text) {
            Cow::Borrowed(text) => (Arc::from(text), tokens),
            Cow::Owned(text) => (Arc::from(text), None),
        },
    };
    Ok(Record { place, text, alert_hint: false, clean, tokens })
}

impl<R: Read> Iterator for Records<R> {
    type Item = Result<Record, Rejected>;

    fn next(&mut self) -> Option<Self::Item> {
        let held = self.buffer.get(..self.filled).unwrap_or_default();
        if let Some(Line { text, tokens, packed }) = self.framer.line(held) {
            let place = Place { file: Arc::clone(&self.file), record: self.next };
            self.next += 1;
            return Some(made(text, place, Some(tokens), packed, self.limits));
        }
        loop {
            let held = self.buffer.get(..self.filled).unwrap_or_default();
            match self.framer.step(held) {
                Frame::Record { start, end } => return Some(self.record(start, end)),
                Frame::Row { start, end } => return Some(self.row(start, end)),
                Frame::Broken(why) => return Some(Err(self.reject(why))),
                Frame::More if !self.ended => self.fill(),
                Frame::More => match self.framer.finish() {
                    Frame::Record { start, end } => return Some(self.record(start, end)),
                    Frame::Row { start, end } => return Some(self.row(start, end)),
                    // What the failing input cut off is named once, by the failure.
                    Frame::Broken(_) if self.failure.is_some() && self.framer.is_spent() => {}
                    Frame::Broken(why) => return Some(Err(self.reject(why))),
                    Frame::More if self.framer.is_spent() => {
                        let why = self.failure.take()?;
                        return Some(Err(self.reject(why)));
                    }
                    Frame::More => {}
                },
            }
        }
    }
}

impl<R: Read> fmt::Debug for Records<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records").field("file", &self.file).field("next", &self.next).finish()
    }
}
