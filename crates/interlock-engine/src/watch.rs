//! The fast half: one record to one event, bound, looked at by rules and behaviours.

use interlock_detect::Detectors;
use interlock_identity::{Declaration, Directory, Revocations};
use interlock_ingest::{Mapping, Normalised, Normaliser, Record};
use interlock_model::{Binding, Event, EventId, Finding, Inbound, Limits, Rejected, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{HashSet, VecDeque};

/// How many event ids are remembered to recognise a record that comes twice.
const REMEMBERED: usize = 65_536;

/// Records in, findings out. Owns what identities and detectors have learned.
#[derive(Debug)]
pub struct Watch {
    normaliser: Normaliser,
    directory: Directory,
    detectors: Detectors,
    recent: Recent,
}

/// What became of one record.
#[derive(Debug)]
pub enum Seen {
    /// It was looked at.
    Event {
        /// The event. Boxed: it is large beside the other answers.
        event: Box<Event>,
        /// Who it is about.
        binding: Binding,
        /// What is suspicious about it.
        findings: Vec<Finding>,
    },
    /// Another monitor's claim, made findings of ours.
    Alert(Vec<Finding>),
    /// It was seen before.
    Again,
    /// It could not be used.
    Rejected(Rejected),
}

/// What the watch has learned, to be stored with the input position it covers.
#[derive(Debug, Serialize, Deserialize)]
pub struct WatchState {
    directory: Vec<u8>,
    detectors: Vec<u8>,
    recent: Vec<EventId>,
}

#[derive(Debug, Default)]
struct Recent {
    order: VecDeque<EventId>,
    known: HashSet<EventId>,
}

impl Recent {
    /// Whether the id is new; remembers it.
    fn admit(&mut self, id: &EventId) -> bool {
        if !self.known.insert(id.clone()) {
            return false;
        }
        self.order.push_back(id.clone());
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

impl Watch {
    /// A watch that has learned nothing yet.
    #[must_use]
    pub fn new(directory: Directory, detectors: Detectors, limits: Limits) -> Self {
        let normaliser = Normaliser::new(detectors.plan(), limits);
        Self { normaliser, directory, detectors, recent: Recent::default() }
    }

    /// Reads records of these mappings, too. To be called before the first record.
    #[must_use]
    pub fn with_mappings(mut self, mappings: &[Mapping], limits: Limits) -> Self {
        if !mappings.is_empty() {
            let plan = self.detectors.plan();
            self.normaliser = Normaliser::with_mappings(plan, limits, mappings);
        }
        self
    }

    /// Looks at one stored record.
    pub fn inbound(&mut self, inbound: &Inbound) -> Seen {
        self.record(&Record {
            place: interlock_model::Place { file: inbound.file.clone(), record: inbound.record },
            text: inbound.text.clone(),
            alert_hint: inbound.alert,
        })
    }

    /// Looks at one record.
    pub fn record(&mut self, record: &Record) -> Seen {
        match self.normaliser.normalise(record) {
            Err(rejected) => Seen::Rejected(rejected),
            Ok(Normalised::Event(event)) => {
                if !self.recent.admit(&event.id) {
                    return Seen::Again;
                }
                let binding = self.directory.bind(&event);
                let identity =
                    binding.resolution.identity().and_then(|it| self.directory.identity(it));
                let mut findings = Vec::new();
                self.detectors.inspect(&event, &binding, identity, &mut findings);
                Seen::Event { event, binding, findings }
            }
            Ok(Normalised::Alert(alert)) => {
                if !self.recent.admit(&alert.id) {
                    return Seen::Again;
                }
                let binding =
                    self.directory.bind_actor(&alert.actor, alert.account.as_deref(), alert.time);
                let identity =
                    binding.resolution.identity().and_then(|it| self.directory.identity(it));
                let mut findings = Vec::new();
                self.detectors.judge_alert(&alert, &binding, identity, &mut findings);
                Seen::Alert(findings)
            }
        }
    }

    /// The directory.
    #[must_use]
    pub const fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The directory, for draining what changed.
    pub const fn directory_mut(&mut self) -> &mut Directory {
        &mut self.directory
    }

    /// The detectors, to be told what was contained.
    pub const fn detectors_mut(&mut self) -> &mut Detectors {
        &mut self.detectors
    }

    /// The detectors.
    #[must_use]
    pub const fn detectors(&self) -> &Detectors {
        &self.detectors
    }

    /// Closes windows that are over and drops what is too old to matter; findings that grew are given.
    pub fn forget(&mut self, now: Timestamp) -> Vec<Finding> {
        let mut grown = Vec::new();
        self.detectors.forget(now, &mut grown);
        grown
    }

    /// Every finding that has grown since it was last given, as at the end of a recording.
    pub fn flush(&mut self) -> Vec<Finding> {
        let mut grown = Vec::new();
        self.detectors.flush(&mut grown);
        grown
    }

    /// A watch that goes on from what an earlier one had learned.
    ///
    /// # Errors
    /// The state is damaged or of another version: start cold, and say so.
    pub fn restore(
        state: &[u8],
        declaration: Declaration,
        revocations: Revocations,
        mut detectors: Detectors,
        limits: Limits,
    ) -> Result<Self, String> {
        let state: WatchState = serde_json::from_slice(state).map_err(|it| it.to_string())?;
        detectors.restore(&state.detectors).map_err(|it| it.to_string())?;
        let directory = Directory::restore(declaration, &state.directory)
            .map_err(|it| it.to_string())?
            .with_revocations(revocations);
        let mut watch = Self::new(directory, detectors, limits);
        for id in &state.recent {
            watch.recent.admit(id);
        }
        Ok(watch)
    }

    /// Everything learned, as bytes.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        let state = WatchState {
            directory: self.directory.snapshot(),
            detectors: self.detectors.snapshot(),
            recent: self.recent.order.iter().cloned().collect(),
        };
        serde_json::to_vec(&state).unwrap_or_default()
    }
}
