//! Short lists and optional times in the room of a word or two: there are millions of them.

use interlock_model::Timestamp;
use std::ops::Deref;

/// Adds to a list of millions: it grows by an eighth, where others double.
pub(crate) fn push_tight<T>(list: &mut Vec<T>, it: T) {
    if list.len() == list.capacity() {
        list.reserve_exact((list.len() / 8).max(64));
    }
    list.push(it);
}

/// Makes room for one more in a list that nearly always holds one: four are what others begin with.
pub(crate) fn one_more<T>(list: &mut Vec<T>) {
    if list.len() < 2 {
        list.reserve_exact(1);
    }
}

/// A list that nearly always holds one number or none.
#[derive(Debug, Clone, Default)]
pub(crate) enum Few {
    #[default]
    None,
    One(u32),
    #[expect(clippy::box_collection, reason = "two words for what is nearly always one number")]
    More(Box<Vec<u32>>),
}

impl Few {
    pub(crate) fn push(&mut self, number: u32) {
        match self {
            Self::None => *self = Self::One(number),
            Self::One(first) => *self = Self::More(Box::new(vec![*first, number])),
            Self::More(all) => all.push(number),
        }
    }
}

impl Deref for Few {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        match self {
            Self::None => &[],
            Self::One(one) => std::slice::from_ref(one),
            Self::More(all) => all,
        }
    }
}

impl FromIterator<u32> for Few {
    fn from_iter<I: IntoIterator<Item = u32>>(numbers: I) -> Self {
        let mut few = Self::None;
        numbers.into_iter().for_each(|it| few.push(it));
        few
    }
}

/// A time, or none, in nanoseconds since 1970. Times before 1678 and after 2262 are held within.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct When(i64);

impl When {
    pub(crate) fn of(time: Timestamp) -> Self {
        let nanoseconds =
            time.as_nanosecond().clamp(i128::from(i64::MIN + 1), i128::from(i64::MAX));
        Self(nanoseconds as i64)
    }

    pub(crate) fn get(self) -> Option<Timestamp> {
        if self.0 == i64::MIN {
            return None;
        }
        Timestamp::from_nanosecond(i128::from(self.0)).ok()
    }

    /// The later one; any time is later than none.
    pub(crate) fn raise(&mut self, to: impl Into<Self>) {
        self.0 = self.0.max(to.into().0);
    }
}

impl Default for When {
    fn default() -> Self {
        Self(i64::MIN)
    }
}

impl From<Option<Timestamp>> for When {
    fn from(time: Option<Timestamp>) -> Self {
        time.map_or_else(Self::default, Self::of)
    }
}

impl From<Timestamp> for When {
    fn from(time: Timestamp) -> Self {
        Self::of(time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_lists_and_times() {
        let few: Few = [7, 8, 9].into_iter().collect();
        assert_eq!(&*few, [7, 8, 9]);
        assert_eq!(size_of::<Few>(), 16);
        let time: Timestamp = "2026-03-01T10:00:00.123456789Z".parse().unwrap();
        assert_eq!(When::of(time).get(), Some(time));
        assert_eq!(When::default().get(), None);
        for far in [Timestamp::MIN, Timestamp::MAX] {
            let held = When::of(far).get().unwrap();
            assert_eq!(When::of(held).get(), Some(held));
        }
        let mut when = When::default();
        when.raise(None);
        assert_eq!(when.get(), None);
        when.raise(time);
        when.raise(Timestamp::UNIX_EPOCH);
        assert_eq!(when.get(), Some(time));
    }
}
