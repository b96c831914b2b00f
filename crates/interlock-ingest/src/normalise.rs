//! One record becomes an event or an alert.

use crate::callers::Callers;
use crate::envelope::{self, Inside};
use crate::extract::{Trie, extract, extract_aside, extract_body, fault};
use crate::json_shape;
use crate::mapped::Mapping;
use crate::records::Record;
use crate::redact::redact;
use crate::registry::SOURCES;
use crate::shorter;
use crate::source::{Core, Parsed, Source};
use crate::structure::{self, Finder, Tokens};
use interlock_model::{
    Alert, Event, FieldPlan, Fields, FieldsBuilder, Limits, Rejected, Slot, Timestamp,
};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// What a record turned out to be.
#[derive(Debug, Clone)]
pub enum Normalised {
    /// One observation.
    Event(Box<Event>),
    /// Another monitor's claim.
    Alert(Box<Alert>),
}

/// Reads records of every registered log source.
///
/// Made once, used for every record, from as many threads as one likes.
/// Memory: what the plan's paths need, a few megabytes for the callers of late; one record at a time
/// beyond that.
pub struct Normaliser {
    plan: FieldPlan,
    trie: Trie,
    sources: Vec<(&'static Source, Box<[Option<Slot>]>)>,
    mapped: Vec<(Mapping, Box<[Option<Slot>]>)>,
    callers: Callers,
    limits: Limits,
}

impl Normaliser {
    /// Fills the slots of `wanted` in every event; they keep their numbers.
    ///
    /// The paths that the log sources themselves read are added behind them, as far as there are slots left.
    #[must_use]
    pub fn new(wanted: &FieldPlan, limits: Limits) -> Self {
        Self::with_mappings(wanted, limits, &[])
    }

    /// The same, for records of these mappings too, where no registered source recognises them.
    #[must_use]
    pub fn with_mappings(wanted: &FieldPlan, limits: Limits, mappings: &[Mapping]) -> Self {
        let mut plan = wanted.clone();
        let sources = SOURCES
            .iter()
            .map(|source| (*source, source.paths.iter().map(|it| plan.slot(it)).collect()))
            .collect();
        let mapped = mappings
            .iter()
            .map(|it| (it.clone(), it.paths().map(|it| plan.slot(it)).collect()))
            .collect();
        let trie = Trie::new(&plan);
        Self { plan, trie, sources, mapped, callers: Callers::default(), limits }
    }

    /// The wanted paths and those of the log sources.
    #[must_use]
    pub fn plan(&self) -> &FieldPlan {
        &self.plan
    }

    /// Reads one record; envelopes around it are taken off, secrets in it replaced.
    ///
    /// # Errors
    /// When it is not valid JSON, no log source recognises it, or the log source cannot use it.
    pub fn normalise(&self, record: &Record) -> Result<Normalised, Rejected> {
        self.normalise_received(record, None)
    }

    /// As [`Normaliser::normalise`], for a record that arrived at this moment.
    ///
    /// Some feeds name no moment in some of their records, for one the webhooks of GitHub;
    /// those happened when they arrived. A record that says when it happened is believed.
    ///
    /// # Errors
    /// As [`Normaliser::normalise`].
    pub fn normalise_received(
        &self,
        record: &Record,
        received: Option<Timestamp>,
    ) -> Result<Normalised, Rejected> {
        self.normalise_in(record, received, &mut Room::default())
    }

    /// The same, in room that is used again.
    ///
    /// # Errors
    /// As [`Normaliser::normalise`].
    pub fn normalise_in(
        &self,
        record: &Record,
        received: Option<Timestamp>,
        room: &mut Room,
    ) -> Result<Normalised, Rejected> {
        let rejected = |why| Rejected { place: record.place.clone(), why };
        let mut text = Arc::clone(&record.text);
        if !record.clean {
            json_shape::check(&text, self.limits).map_err(rejected)?;
            if let Cow::Owned(without) = redact(&record.text) {
                text = Arc::from(without);
            }
            if let Some(inner) = envelope::open_base64(&text, self.limits).map_err(rejected)? {
                text = self.reopen(&inner).map_err(rejected)?;
            }
        }
        let mut range = 0..text.len();
        let mut known = record.tokens.as_ref();
        for _ in 0..=envelope::DEEPEST {
            let here = text.get(range.clone()).unwrap_or_default();
            let read = match known.take() {
                Some(tokens) => {
                    let source = structure::Source { text: here, tokens };
                    self.read(&text, source, record, received, room)
                }
                None => {
                    let mut tokens = std::mem::take(&mut room.tokens);
                    let read = if room.finder.find(here, self.limits.depth, &mut tokens) {
                        let source = structure::Source { text: here, tokens: &tokens };
                        self.read(&text, source, record, received, room)
                    } else {
                        Err(fault(here))
                    };
                    room.tokens = tokens;
                    read
                }
            };
            match read.map_err(rejected)? {
                Read::Done(mut done) => {
                    shorter::bound(&mut done);
                    return Ok(done);
                }
                Read::Part { start, length } => {
                    range = range.start + start..range.start + start + length
                }
                Read::Text(inner) => {
                    text = self.reopen(&inner).map_err(rejected)?;
                    range = 0..text.len();
                }
            }
        }
        Err(rejected(format!("more than {} envelopes around each other", envelope::DEEPEST)))
    }

    fn extract(
        &self,
        source: structure::Source<'_>,
        builder: &mut FieldsBuilder,
    ) -> Result<envelope::Wrappings, String> {
        let wrappings = extract(&self.trie, source, builder)?;
        for (wrapping, number) in wrappings.all() {
            extract_aside(&self.trie, source, (wrapping, number), builder)?;
            if wrapping.is_body(source) {
                extract_body(&self.trie, source, number, builder)?;
            }
        }
        Ok(wrappings)
    }

    /// Checks a text that was hidden in another.
    fn reopen(&self, inner: &str) -> Result<Arc<str>, String> {
        json_shape::check(inner, self.limits)?;
        Ok(Arc::from(redact(inner)))
    }

    fn read(
        &self,
        text: &Arc<str>,
        source_text: structure::Source<'_>,
        record: &Record,
        received: Option<Timestamp>,
        room: &mut Room,
    ) -> Result<Read, String> {
        let here = source_text.text;
        let mut builder = room.builder(Arc::clone(text));
        let wrappings = self.extract(source_text, &mut builder)?;
        let fields = builder.finish();
        for (source, slots) in &self.sources {
            let core = Core {
                fields: &fields,
                slots,
                place: &record.place,
                text: here,
                tokens: source_text.tokens,
                callers: wrappings.is_empty().then_some(&self.callers),
                alert_hint: record.alert_hint,
                received,
            };
            if (source.recognise)(&core) {
                let parsed = match (source.parse)(&core) {
                    Ok(parsed) => parsed,
                    Err(why) => {
                        room.give_back(fields);
                        return Err(why);
                    }
                };
                return Ok(match parsed {
                    Parsed::Event(mut event) => {
                        event.fields = fields;
                        Read::Done(Normalised::Event(event))
                    }
                    Parsed::Alert(alert) => {
                        room.give_back(fields);
                        Read::Done(Normalised::Alert(alert))
                    }
                    Parsed::Rewritten(text) => {
                        room.give_back(fields);
                        Read::Text(text)
                    }
                });
            }
        }
        for (mapping, slots) in &self.mapped {
            let (place, alert_hint) = (&record.place, record.alert_hint);
            let (tokens, callers) = (source_text.tokens, None);
            let core = Core {
                fields: &fields,
                slots,
                place,
                text: here,
                tokens,
                callers,
                alert_hint,
                received,
            };
            if mapping.recognise(&core) {
                let mut event = mapping.parse(&core)?;
                event.fields = fields;
                return Ok(Read::Done(Normalised::Event(Box::new(event))));
            }
        }
        room.give_back(fields);
        match wrappings.open(source_text)? {
            Some(Inside::Part(part)) => Ok(Read::Part {
                start: part.as_ptr() as usize - here.as_ptr() as usize,
                length: part.len(),
            }),
            Some(Inside::Text(inner)) => Ok(Read::Text(inner)),
            None => Err(unknown(source_text.whole())),
        }
    }
}

/// Most keys of a record that nobody knows which are named, and how much of each.
const KEYS_SHOWN: usize = 6;
const KEY_SHOWN: usize = 40;

/// Why a record stays unread; its keys tell whoever looks which feed it is of.
fn unknown(here: structure::Value<'_>) -> String {
    let mut keys = Vec::new();
    let mut more = 0_usize;
    for (key, _) in here.members() {
        if keys.len() < KEYS_SHOWN {
            let shown: String = key.chars().filter(|it| !it.is_control()).take(KEY_SHOWN).collect();
            keys.push(format!("`{shown}`"));
        } else {
            more += 1;
        }
    }
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    match keys.as_slice() {
        [] => "no log source recognises this record: it is empty".to_owned(),
        keys => {
            format!("no log source recognises a record with the keys {}{more}", keys.join(", "))
        }
    }
}

/// Room for the fields of records, used again for the next ones when it is given back.
///
/// Memory: what the records took that were under way at one time.
#[derive(Debug, Default)]
pub struct Room {
    used: Vec<Fields>,
    finder: Finder,
    tokens: Tokens,
}

impl Room {
    /// Takes back the fields of an event that nobody needs any more.
    pub fn give_back(&mut self, fields: Fields) {
        if fields.is_ordinary() && self.used.len() < MOST_ROOM {
            self.used.push(fields);
        }
    }

    fn builder(&mut self, record: Arc<str>) -> FieldsBuilder {
        match self.used.pop() {
            Some(used) => FieldsBuilder::again(used, record),
            None => FieldsBuilder::new(record),
        }
    }
}

/// The room of so many records is kept.
const MOST_ROOM: usize = 1024;

#[cfg(test)]
impl Normaliser {
    /// The log sources that recognise this record, as it is, without taking envelopes off.
    pub fn recognised_by(&self, text: &str) -> Vec<&'static str> {
        let text: Arc<str> = text.into();
        let place = interlock_model::Place { file: Arc::from("-"), record: 0 };
        let mut builder = FieldsBuilder::new(Arc::clone(&text));
        let mut tokens = Tokens::default();
        if !Finder::default().find(&text, self.limits.depth, &mut tokens) {
            return Vec::new();
        }
        let source = structure::Source { text: &text, tokens: &tokens };
        if self.extract(source, &mut builder).is_err() {
            return Vec::new();
        }
        let fields = builder.finish();
        self.sources
            .iter()
            .filter(|(source, slots)| {
                let core = Core {
                    fields: &fields,
                    slots,
                    place: &place,
                    text: &text,
                    tokens: &tokens,
                    callers: None,
                    alert_hint: false,
                    received: None,
                };
                (source.recognise)(&core)
            })
            .map(|(source, _)| source.name)
            .collect()
    }
}

enum Read {
    Done(Normalised),
    Part { start: usize, length: usize },
    Text(String),
}

impl fmt::Debug for Normaliser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Normaliser")
            .field("paths", &self.plan.paths().len())
            .finish_non_exhaustive()
    }
}
