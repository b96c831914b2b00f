//! How many different things happen within a window, and how many are usual for one identity.

use super::entry::{RowReader, RowWriter};
use crate::snapshot::RestoreError;

/// About how many different things were seen: 64 bits for each word, and no list of them.
///
/// Linear counting: exact for a few, within a tenth for as many as there are bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Distinct<const WORDS: usize>([u64; WORDS]);

impl<const WORDS: usize> Default for Distinct<WORDS> {
    fn default() -> Self {
        Self([0; WORDS])
    }
}

impl<const WORDS: usize> Distinct<WORDS> {
    const BITS: usize = WORDS * 64;
    /// As many bytes as all bits take.
    const ALL: u32 = WORDS as u32 * 8;

    /// Counts one thing and says whether it is new, as far as one can tell.
    pub fn see(&mut self, what: u32) -> bool {
        let bit = what as usize % Self::BITS;
        let Some(word) = self.0.get_mut(bit / 64) else { return false };
        let before = *word;
        *word |= 1 << (bit % 64);
        *word != before
    }

    /// About how many there were.
    #[must_use]
    pub fn count(&self) -> u32 {
        let set: u32 = self.0.iter().map(|it| it.count_ones()).sum();
        let bits = Self::BITS as f64;
        let free = (bits - f64::from(set)).max(0.5);
        (-bits * (free / bits).ln()).round() as u32
    }

    /// Writes it.
    pub fn write(&self, to: &mut RowWriter) {
        let set: u32 = self.0.iter().map(|it| it.count_ones()).sum();
        // Each bit that is set takes a byte; from some on all of them are shorter.
        if set >= Self::ALL {
            to.number(Self::ALL);
            self.0.iter().for_each(|it| to.hash(*it));
            return;
        }
        to.number(set);
        for (at, word) in self.0.iter().enumerate() {
            let bits = (0..64).filter(|bit| word >> bit & 1 == 1);
            bits.for_each(|bit| to.number((at * 64 + bit) as u64));
        }
    }

    /// Reads it.
    ///
    /// # Errors
    /// What stands there was never written.
    pub fn read(from: &mut RowReader<'_>) -> Result<Self, RestoreError> {
        let mut it = Self::default();
        let set: u32 = from.number()?;
        if set >= Self::ALL {
            for word in &mut it.0 {
                *word = from.hash()?;
            }
            return Ok(it);
        }
        for _ in 0..set {
            let bit: usize = from.number()?;
            *it.0.get_mut(bit / 64).ok_or_else(|| from.damaged())? |= 1 << (bit % 64);
        }
        Ok(it)
    }
}

/// How many are usual: learned from one count for each window that is over. 10 bytes.
///
/// One window raises the level by a quarter at most. A peak is known when windows of its size came on
/// two different days, or on four while something was held against the identity: a burst teaches
/// nothing, a weekly inventory is learned in two weeks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usual {
    /// The level of windows, in eighths.
    level: u16,
    /// What was reached often enough.
    peak: u16,
    /// What was reached on the days that are counted, the last of them, and how much they weigh.
    reached: u16,
    day: u16,
    days: u8,
}

/// What a day weighs while nothing is held against the identity, and otherwise.
const CLEAN_DAY: u8 = 2;
const OTHER_DAY: u8 = 1;
/// What days must weigh together for a peak to be known.
const ENOUGH_DAYS: u8 = 4;

impl Usual {
    /// Learns from a window that is over; `clean` says that nothing was held against the identity.
    pub fn learn(&mut self, count: u32, second: u32, clean: bool) {
        let level = i32::from(self.level);
        let eighths = i32::try_from(count.min(4000) * 8).unwrap_or(i32::MAX);
        if eighths <= level {
            self.level = u16::try_from(level - (level - eighths) / 32).unwrap_or(0);
        } else if clean {
            let step = ((eighths - level) / 4).max(1).min((level / 4).max(8));
            self.level = u16::try_from(level + step).unwrap_or(u16::MAX);
        }
        let count = u16::try_from(count).unwrap_or(u16::MAX);
        let day = u16::try_from(second / 86_400).unwrap_or(u16::MAX);
        if count <= self.peak || count < self.reached / 2 {
            return;
        }
        let weight = if clean { CLEAN_DAY } else { OTHER_DAY };
        if self.days == 0 || count / 2 > self.reached {
            (self.reached, self.day, self.days) = (count, day, weight);
            return;
        }
        self.reached = self.reached.min(count);
        if self.day != day {
            self.day = day;
            self.days = self.days.saturating_add(weight);
        }
        if self.days >= ENOUGH_DAYS {
            self.peak = self.reached;
            self.days = 0;
        }
    }

    /// From how many on a window is far above what is usual; `least` for whoever does next to nothing.
    #[must_use]
    pub fn far_above(&self, least: u32) -> f64 {
        let level = f64::from(self.level) / 2.0;
        level.max(f64::from(self.peak) * 1.5).max(f64::from(least))
    }

    /// Writes it.
    pub fn write(&self, to: &mut RowWriter) {
        let known = *self != Self::default();
        to.number(known);
        if known {
            for number in [self.level, self.peak, self.reached, self.day, u16::from(self.days)] {
                to.number(number);
            }
        }
    }

    /// Reads it.
    ///
    /// # Errors
    /// What stands there was never written.
    pub fn read(from: &mut RowReader<'_>) -> Result<Self, RestoreError> {
        if !from.yes()? {
            return Ok(Self::default());
        }
        Ok(Self {
            level: from.number()?,
            peak: from.number()?,
            reached: from.number()?,
            day: from.number()?,
            days: from.number()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::key::Key;
    use super::*;

    #[test]
    fn counts_without_a_list() {
        let mut it = Distinct::<2>::default();
        for n in 0..100_u32 {
            let what = Key::of_numbers(&[u64::from(n)]).short();
            it.see(what);
            assert!(!it.see(what));
        }
        assert!((85..115).contains(&it.count()), "{}", it.count());
    }

    #[test]
    fn one_burst_is_not_usual_and_a_weekly_one_is() {
        let mut usual = Usual::default();
        for window in 0..48 {
            usual.learn(2, window * 1800, true);
        }
        assert!(usual.far_above(6) <= 9.0, "{usual:?}");
        for _ in 0..48 {
            usual.learn(60, 86_400, false);
        }
        assert!(usual.far_above(6) <= 9.0, "{usual:?}");
        let mut again = usual;
        usual.learn(60, 2 * 86_400, true);
        assert!(usual.far_above(6) < 30.0, "{usual:?}");
        usual.learn(60, 9 * 86_400, true);
        assert!(usual.far_above(6) > 60.0, "{usual:?}");
        for day in 2..4 {
            again.learn(60, day * 86_400, false);
            assert!(again.far_above(6) < 30.0, "{again:?}");
        }
        again.learn(60, 4 * 86_400, false);
        assert!(again.far_above(6) > 60.0, "{again:?}");
    }
}
