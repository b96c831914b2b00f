//! What one identity usually does: a small set of things seen before, learned slowly.
//!
//! Not here: what the things are. The same habit holds networks, clients or calls, as 32-bit numbers.

use super::activity::{Activity, HOUR};
use super::entry::{RowReader, RowWriter};
use super::trial::{Trials, Verdict};
use crate::snapshot::RestoreError;

pub use super::trial::Look;

/// What a habit says of one thing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Novelty {
    /// Nothing unusual: known, or the identity is still being learned.
    Usual,
    /// Never seen before, or seen in this episode only.
    New {
        /// How telling that is, 0 to 1: low for identities that often do something new.
        surprise: f64,
        /// Whether it is the very first time.
        first: bool,
    },
    /// Unusual, and said often enough lately.
    Said,
}

/// The things that one identity was seen with.
///
/// A new thing of a warm identity goes on trial first, so that one burst never teaches anything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Habit<const KNOWN: usize, const TRIALS: usize> {
    known: Vec<Known>,
    trials: Trials<TRIALS>,
    learned_warm: u16,
}

/// A thing that was learned: 8 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Known {
    what: u32,
    /// The last hour since 1970 in the upper 24 bits, the number of different hours below.
    stamp: u32,
}

impl Known {
    const fn hour(self) -> u32 {
        self.stamp >> 8
    }

    const fn hours(self) -> u8 {
        (self.stamp & 0xff) as u8
    }

    fn see(&mut self, hour: u32) {
        if hour > self.hour() {
            self.stamp = hour << 8 | u32::from(self.hours().saturating_add(1));
        }
    }
}

impl<const KNOWN: usize, const TRIALS: usize> Habit<KNOWN, TRIALS> {
    /// The most bytes that it holds beside its own size.
    pub const HEAP: usize = KNOWN * size_of::<Known>() + Trials::<TRIALS>::HEAP;

    /// A habit of few things is one of networks or clients, which other rows name, too.
    const NAMED_BY_OTHERS: bool = KNOWN <= 16;

    /// Whether this thing is known.
    #[must_use]
    pub fn knows(&self, what: u32) -> bool {
        self.known.iter().any(|it| it.what == what)
    }

    /// In how many different hours a known thing was seen, 255 at most; 0 when it is not known.
    #[must_use]
    pub fn hours_of(&self, what: u32) -> u8 {
        self.known.iter().find(|it| it.what == what).map_or(0, |it| it.hours())
    }

    /// Whether any known thing answers yes.
    pub fn any(&self, like: impl Fn(u32) -> bool) -> bool {
        self.known.iter().any(|it| like(it.what))
    }

    /// How many things are known.
    #[must_use]
    pub fn known(&self) -> usize {
        self.known.len()
    }

    /// The bytes it holds beside its own size.
    #[must_use]
    pub fn heap(&self) -> usize {
        self.known.capacity() * size_of::<Known>() + self.trials.heap()
    }

    /// How telling a new thing is: one minus the chance that this identity does something new.
    ///
    /// The chance is the larger of two estimates: things seen in one hour only, over hours seen
    /// (Good and Turing's); and things learned since the identity was warm, over days.
    #[must_use]
    pub fn surprise(&self, activity: &Activity) -> f64 {
        let once = self.known.iter().filter(|it| it.hours() <= 1).count();
        let by_hours = (once as f64 + 1.0) / (f64::from(activity.hours()) + 2.0);
        let days = activity.days_warm();
        let rate = f64::from(self.learned_warm) / (days + 1.0);
        (1.0 - by_hours.max(rate / (1.0 + rate))).max(0.0)
    }

    /// How much the variety of what is known leaves of a surprise: all for one known thing, half for
    /// five, a fifth for sixteen. Who works from many networks is no stranger in one more.
    #[must_use]
    pub fn narrowness(&self) -> f64 {
        (4.0 / (3.0 + self.known.len() as f64)).min(1.0)
    }

    /// Looks at one thing, learns from it, says whether it is new.
    pub fn look(&mut self, look: Look, activity: &Activity) -> Novelty {
        let hour = look.second / HOUR;
        if let Some(known) = self.known.iter_mut().find(|it| it.what == look.what) {
            known.see(hour);
            return Novelty::Usual;
        }
        if !look.warm {
            if look.proven && !look.suspected {
                self.learn(look.what, hour);
            }
            return Novelty::Usual;
        }
        let surprise = self.surprise(activity);
        match self.trials.look(look) {
            Verdict::First => Novelty::New { surprise, first: true },
            Verdict::Again => Novelty::New { surprise, first: false },
            Verdict::Said => Novelty::Said,
            Verdict::Passed => {
                self.learned_warm = self.learned_warm.saturating_add(1);
                self.learn(look.what, hour);
                Novelty::Usual
            }
        }
    }

    /// The weights of the things that went on trial around this second.
    pub fn fresh(&self, second: u32, within: u32) -> impl Iterator<Item = u8> {
        self.trials.fresh(second, within)
    }

    fn learn(&mut self, what: u32, hour: u32) {
        if self.known.len() >= KNOWN
            && let Some((oldest, _)) =
                self.known.iter().enumerate().min_by_key(|(_, it)| (it.hour(), it.hours()))
        {
            self.known.swap_remove(oldest);
        }
        if self.known.len() == self.known.capacity() {
            self.known.reserve_exact((self.known.len() / 2).clamp(1, KNOWN - self.known.len()));
        }
        self.known.push(Known { what, stamp: hour << 8 | 1 });
    }

    /// Writes it.
    pub fn write(&self, to: &mut RowWriter) {
        to.number(self.learned_warm);
        to.number(self.known.len() as u64);
        for known in &self.known {
            if Self::NAMED_BY_OTHERS {
                to.word(known.what);
            } else {
                to.spread(known.what);
            }
            to.hour(known.hour());
            to.number(known.hours());
        }
        self.trials.write(to);
    }

    /// Reads it.
    ///
    /// # Errors
    /// What stands there was never written.
    pub fn read(from: &mut RowReader<'_>) -> Result<Self, RestoreError> {
        let mut it = Self { learned_warm: from.number()?, ..Self::default() };
        let known = from.count(KNOWN)?;
        it.known.reserve_exact(known);
        for _ in 0..known {
            let what = if Self::NAMED_BY_OTHERS { from.word()? } else { from.spread()? };
            let (hour, hours) = (from.hour()?, from.number::<u8>()?);
            it.known.push(Known { what, stamp: hour << 8 | u32::from(hours) });
        }
        it.trials = Trials::read(from)?;
        Ok(it)
    }
}

#[cfg(test)]
mod tests {
    use super::super::activity::WarmUp;
    use super::super::trial::{EPISODE_HOURS, LONG_TRIAL_HOURS, TRIAL_HOURS, TRIAL_SIGHTINGS};
    use super::*;

    const DAY: u32 = 24 * HOUR;

    /// An identity that did thing 1 every hour for three days.
    fn settled() -> (Habit<16, 4>, Activity) {
        let (mut habit, mut activity) = (Habit::default(), Activity::default());
        for hour in 0..72 {
            see(&mut habit, &mut activity, 1, DAY + hour * HOUR, false);
        }
        assert!(activity.is_warm());
        (habit, activity)
    }

    fn see(
        habit: &mut Habit<16, 4>,
        activity: &mut Activity,
        what: u32,
        second: u32,
        suspected: bool,
    ) -> Novelty {
        let warm = activity.count(second, WarmUp::STANDARD);
        habit.look(Look { what, weight: 10, second, warm, suspected, proven: true }, activity)
    }

    fn is_new(novelty: Novelty) -> bool {
        matches!(novelty, Novelty::New { .. })
    }

    #[test]
    fn a_burst_teaches_nothing() {
        let (mut habit, mut activity) = settled();
        let start = DAY + 72 * HOUR;
        for second in 0..2000 {
            see(&mut habit, &mut activity, 2, start + second, false);
        }
        assert!(!habit.knows(2));
        assert!(is_new(see(&mut habit, &mut activity, 2, start + 7 * HOUR, false)));
    }

    #[test]
    fn what_stays_is_learned() {
        let (mut habit, mut activity) = settled();
        let start = DAY + 72 * HOUR;
        for hour in 0..TRIAL_SIGHTINGS {
            assert!(!habit.knows(2), "{hour}");
            see(&mut habit, &mut activity, 2, start + u32::from(hour) * HOUR, false);
        }
        assert!(habit.knows(2));
        see(&mut habit, &mut activity, 3, start, false);
        see(&mut habit, &mut activity, 3, start + TRIAL_HOURS * HOUR, false);
        assert!(habit.knows(3));
    }

    #[test]
    fn under_suspicion_learning_takes_days() {
        let (mut habit, mut activity) = settled();
        let start = DAY + 72 * HOUR;
        for hour in 0..LONG_TRIAL_HOURS {
            see(&mut habit, &mut activity, 2, start + hour * HOUR, true);
            assert!(!habit.knows(2));
        }
        see(&mut habit, &mut activity, 2, start + LONG_TRIAL_HOURS * HOUR, true);
        assert!(habit.knows(2));
    }

    #[test]
    fn the_restless_surprise_nobody() {
        let (habit, activity) = settled();
        assert!(habit.surprise(&activity) > 0.95);
        let (mut restless, mut seen) = (Habit::<16, 4>::default(), Activity::default());
        for hour in 0..72 {
            see(&mut restless, &mut seen, hour, DAY + hour * HOUR, false);
        }
        assert!(restless.surprise(&seen) < 0.8, "{}", restless.surprise(&seen));
    }

    #[test]
    fn says_a_thing_once_an_episode() {
        let (mut habit, mut activity) = settled();
        let start = DAY + 72 * HOUR;
        let said: Vec<bool> = (0..5)
            .map(|hour| is_new(see(&mut habit, &mut activity, 2, start + hour * HOUR, true)))
            .collect();
        assert_eq!(said, [true, false, false, false, false]);
        assert!(is_new(see(&mut habit, &mut activity, 2, start + EPISODE_HOURS * HOUR, true)));
    }

    #[test]
    fn never_grows_beyond_its_bound() {
        let (mut habit, mut activity) = settled();
        for n in 0..10_000 {
            see(&mut habit, &mut activity, n, DAY + n * 600, false);
            assert!(habit.heap() <= Habit::<16, 4>::HEAP);
        }
    }
}
