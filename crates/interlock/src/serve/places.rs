//! Places for those who come: so many in all, so many for each address, and some kept for this machine.
//!
//! Memory: one entry for each address that has a place.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// How many places there are, and for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// In all.
    pub all: usize,
    /// Of these only for this machine: whoever administers the house gets in while others crowd.
    pub kept: usize,
    /// For one address, or one network of IPv6; this machine itself may have all.
    pub each: usize,
}

/// Places for those who come.
#[derive(Debug, Clone)]
pub struct Places {
    room: Room,
    home: fn(IpAddr) -> bool,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by: HashMap<IpAddr, usize>,
}

/// A place that is taken, until it is dropped.
#[derive(Debug)]
pub struct Place {
    of: IpAddr,
    taken: Arc<Mutex<Taken>>,
}

impl Places {
    /// Free places.
    #[must_use]
    pub fn new(room: Room) -> Self {
        Self::at_home(room, |it| it.to_canonical().is_loopback())
    }

    /// The same, with another notion of this machine.
    pub(super) fn at_home(room: Room, home: fn(IpAddr) -> bool) -> Self {
        Self { room, home, taken: Arc::default() }
    }

    /// A place for somebody at this address; `None`: there is none left for them.
    #[must_use]
    pub fn take(&self, address: IpAddr) -> Option<Place> {
        let Room { all, kept, each } = self.room;
        let of = network(address);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.by.get(&of).copied().unwrap_or_default();
        let free = if (self.home)(address) {
            taken.all < all
        } else {
            taken.all.saturating_add(kept) < all && own < each
        };
        if !free {
            return None;
        }
        taken.all += 1;
        taken.by.insert(of, own + 1);
        Some(Place { of, taken: Arc::clone(&self.taken) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all = taken.all.saturating_sub(1);
        let left = taken.by.get_mut(&self.of).map(|it| {
            *it = it.saturating_sub(1);
            *it
        });
        if left == Some(0) {
            taken.by.remove(&self.of);
        }
    }
}

/// Whose address it is: of IPv6 the network, for every customer has 2^64 addresses.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(it) => Ipv6Addr::from_bits(it.to_bits() & !u128::from(u64::MAX)).into(),
        it @ IpAddr::V4(_) => it,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn each_has_its_part_and_this_machine_always_has_some() {
        let places = Places::new(Room { all: 10, kept: 2, each: 3 });
        let take = |address: &str| places.take(at(address));
        let one: Vec<_> = (0..5).filter_map(|_| take("192.0.2.1")).collect();
        assert_eq!(one.len(), 3, "one address has its part");
        let mapped = take("::ffff:192.0.2.1");
        assert!(mapped.is_none(), "by whatever form its address is written");
        let six: Vec<_> = (0..5).filter_map(|it| take(&format!("2001:db8::{it}"))).collect();
        assert_eq!(six.len(), 3, "a network of IPv6 is one address");
        let next: Vec<_> = (0..5).filter_map(|_| take("2001:db8:0:1::1")).collect();
        assert_eq!(next.len(), 2, "the last two are kept");
        let home: Vec<_> = ["127.0.0.1", "::1"].iter().filter_map(|it| take(it)).collect();
        assert_eq!(home.len(), 2);
        assert!(take("127.0.0.1").is_none(), "it is full");
        drop(one);
        assert!(take("192.0.2.1").is_some(), "what is given back is free");
        drop((six, next, home));
        let taken = places.taken.lock().unwrap();
        assert_eq!((taken.all, taken.by.len()), (0, 0), "nothing is remembered of who left");
    }

    #[test]
    fn this_machine_may_have_all() {
        let places = Places::new(Room { all: 10, kept: 2, each: 3 });
        let all: Vec<_> = (0..12).filter_map(|_| places.take(at("127.0.0.1"))).collect();
        assert_eq!(all.len(), 10);
    }
}
