//! New things on trial: when something that was never seen before becomes usual.

use super::activity::HOUR;
use super::entry::{RowReader, RowWriter};
use crate::snapshot::RestoreError;

/// One look at a habit.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// The thing, as a number.
    pub what: u32,
    /// How much it weighs, 0 to 100; kept while it is on trial.
    pub weight: u8,
    /// When, in seconds since 1970.
    pub second: u32,
    /// Whether the identity was warm before this event.
    pub warm: bool,
    /// Whether the identity is under suspicion: then nothing is learned soon.
    pub suspected: bool,
    /// Whether the event proves that the identity did it. A refused sign-in proves nothing.
    pub proven: bool,
}

/// How long a thing must be on trial before one more sighting makes it known, in hours.
pub const TRIAL_HOURS: u32 = 24;
/// In how many different hours a thing must be seen to be known sooner.
pub const TRIAL_SIGHTINGS: u8 = 6;
/// The trial under suspicion, in hours.
pub const LONG_TRIAL_HOURS: u32 = 72;
/// The different hours that it takes under suspicion.
pub const LONG_TRIAL_SIGHTINGS: u8 = 24;
/// After this many hours a thing on trial is worth saying again.
pub const EPISODE_HOURS: u32 = 6;

/// What a trial says of one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It was never seen before and is on trial from now on.
    First,
    /// It is on trial, and worth saying.
    Again,
    /// It is on trial, and was said often enough lately.
    Said,
    /// It stayed long enough to be usual; it is on trial no more.
    Passed,
}

/// The new things of one identity, at most a fixed number.
///
/// A thing passes when it is seen again after [`TRIAL_HOURS`] hours, or in [`TRIAL_SIGHTINGS`]
/// different hours, while the identity is not under suspicion; under suspicion only after
/// [`LONG_TRIAL_HOURS`] hours and [`LONG_TRIAL_SIGHTINGS`] different hours.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trials<const MOST: usize>(Vec<Trial>);

/// A thing that is new: 16 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Trial {
    what: u32,
    first: u32,
    last_hour: u32,
    /// Hours from the first to the start of the episode that was last said.
    said_after: u16,
    hours: u8,
    weight: u8,
}

impl<const MOST: usize> Trials<MOST> {
    /// The most bytes that they hold beside their own size.
    pub const HEAP: usize = MOST * size_of::<Trial>();

    /// The bytes they hold beside their own size.
    #[must_use]
    pub fn heap(&self) -> usize {
        self.0.capacity() * size_of::<Trial>()
    }

    /// Looks at one thing that is not known.
    pub fn look(&mut self, look: Look) -> Verdict {
        let hour = look.second / HOUR;
        let found = self.0.iter_mut().enumerate().find(|(_, it)| it.what == look.what);
        let Some((at, trial)) = found else {
            self.put(look, hour);
            return Verdict::First;
        };
        trial.weight = trial.weight.max(look.weight);
        if look.proven && hour > trial.last_hour {
            trial.last_hour = hour;
            trial.hours = trial.hours.saturating_add(1);
        }
        let age = look.second.saturating_sub(trial.first) / HOUR;
        let passed = if look.suspected {
            age >= LONG_TRIAL_HOURS && trial.hours >= LONG_TRIAL_SIGHTINGS
        } else {
            trial.hours >= TRIAL_SIGHTINGS || age >= TRIAL_HOURS && trial.hours > 1
        };
        let since = hour.saturating_sub(trial.first / HOUR + u32::from(trial.said_after));
        if passed && look.proven {
            self.0.remove(at);
            return Verdict::Passed;
        }
        if since == 0 {
            return Verdict::Again;
        }
        if since < EPISODE_HOURS {
            return Verdict::Said;
        }
        trial.said_after = u16::try_from(hour - trial.first / HOUR).unwrap_or(u16::MAX);
        Verdict::Again
    }

    /// The weights of the things that went on trial around this second, or came back in this hour.
    pub fn fresh(&self, second: u32, within: u32) -> impl Iterator<Item = u8> {
        let back = move |it: &&Trial| {
            it.said_after > 0 && it.first / HOUR + u32::from(it.said_after) == second / HOUR
        };
        let fresh = move |it: &&Trial| it.first.abs_diff(second) <= within || back(it);
        self.0.iter().filter(fresh).map(|it| it.weight)
    }

    fn put(&mut self, look: Look, hour: u32) {
        if self.0.len() >= MOST
            && let Some((oldest, _)) =
                self.0.iter().enumerate().min_by_key(|(_, it)| (it.last_hour, it.first))
        {
            self.0.remove(oldest);
        }
        self.0.reserve_exact(1);
        self.0.push(Trial {
            what: look.what,
            first: look.second,
            last_hour: hour,
            said_after: 0,
            hours: u8::from(look.proven),
            weight: look.weight,
        });
    }

    /// Writes them.
    pub fn write(&self, to: &mut RowWriter) {
        to.number(self.0.len() as u64);
        for trial in &self.0 {
            to.word(trial.what);
            to.second(trial.first);
            to.hour(trial.last_hour);
            to.number(trial.said_after);
            to.number(trial.hours);
            to.number(trial.weight);
        }
    }

    /// Reads them.
    ///
    /// # Errors
    /// What stands there was never written.
    pub fn read(from: &mut RowReader<'_>) -> Result<Self, RestoreError> {
        let count = from.count(MOST)?;
        let mut it = Self(Vec::new());
        it.0.reserve_exact(count);
        for _ in 0..count {
            it.0.push(Trial {
                what: from.word()?,
                first: from.second()?,
                last_hour: from.hour()?,
                said_after: from.number()?,
                hours: from.number()?,
                weight: from.number()?,
            });
        }
        Ok(it)
    }
}
