//! Rows that come and go with their key.

use super::*;
use crate::behaviour::rows::Rows;
use crate::behaviour::table::Row;
use std::collections::BTreeMap;

/// How often, and when last.
#[derive(Debug, Default, PartialEq)]
struct Count {
    last: u32,
    times: u32,
}

impl Row for Count {
    fn last(&self) -> u32 {
        self.last
    }
    fn heap(&self) -> usize {
        0
    }
    fn write(&self, to: &mut RowWriter) {
        to.second(self.last);
        to.word(self.times);
    }
    fn read(from: &mut RowReader<'_>) -> Result<Self, RestoreError> {
        Ok(Self { last: from.second()?, times: from.word()? })
    }
}

struct Three(Vec<Rows<Count>>);

impl Shelves for Three {
    fn each(&mut self, visit: &mut dyn FnMut(&mut dyn Keep)) {
        self.0.iter_mut().for_each(|it| visit(it));
    }
}

fn shelves(names: &[&'static str]) -> Three {
    Three(names.iter().map(|it| Rows::new(it)).collect())
}

/// Some thousand uses of some hundred keys, each of which has a row in two of three shelves.
fn used(roster: &mut Roster, shelves: &mut Three) -> BTreeMap<u64, [u32; 3]> {
    let mut plain = BTreeMap::<u64, [u32; 3]>::new();
    for turn in 1..20_000_u32 {
        let key = Key::of_numbers(&[u64::from(turn.wrapping_mul(2_654_435_761) >> 23)]);
        let held = roster.hold(key, turn, shelves);
        let skipped = (key.0 % 3) as usize;
        for (at, rows) in shelves.0.iter_mut().enumerate().filter(|(at, _)| *at != skipped) {
            let row = rows.row(held, Count::default);
            row.last = turn;
            row.times += 1;
            plain.entry(key.0).or_default()[at] += 1;
            assert!(rows.memory().rows <= 64);
        }
    }
    plain
}

fn told(roster: &mut Roster, shelves: &mut Three, key: u64) -> [u32; 3] {
    let held = roster.hold(Key(key), 20_000, shelves);
    let mut it = shelves.0.iter_mut().map(|rows| rows.row(held, Count::default).times);
    std::array::from_fn(|_| it.next().unwrap())
}

#[test]
fn rows_come_and_go_with_their_key() {
    let (mut roster, mut three) = (Roster::new(10_000).with_at_hand(64), shelves(&["a", "b", "c"]));
    let plain = used(&mut roster, &mut three);
    assert_eq!(roster.memory().rows, plain.len());
    for (key, times) in &plain {
        assert_eq!(told(&mut roster, &mut three, *key), *times);
    }
}

#[test]
fn what_is_stored_does_not_tell_who_is_at_hand() {
    let stored = [8, 33, 64].map(|at_hand| {
        let (mut roster, mut three) =
            (Roster::new(10_000).with_at_hand(at_hand), shelves(&["a", "b", "c"]));
        used(&mut roster, &mut three);
        let mut to = Writer::new();
        roster.write(&mut three, &mut to);
        to.finish()
    });
    assert!(stored[0] == stored[1] && stored[1] == stored[2]);
}

#[test]
fn reads_back_what_it_wrote_also_with_new_rows_between() {
    let (mut roster, mut three) = (Roster::new(10_000).with_at_hand(64), shelves(&["a", "b", "c"]));
    let plain = used(&mut roster, &mut three);
    let mut to = Writer::new();
    roster.write(&mut three, &mut to);
    let bytes = to.finish();

    let (mut again, mut four) = (Roster::new(10_000), shelves(&["a", "ab", "b", "c"]));
    again.read(&mut four, &mut Reader::new("test", &bytes)).unwrap();
    for (key, times) in &plain {
        let held = again.hold(Key(*key), 20_000, &mut four);
        let found: Vec<u32> =
            four.0.iter_mut().map(|rows| rows.row(held, Count::default).times).collect();
        assert_eq!(found, [times[0], 0, times[1], times[2]]);
    }

    let mut two = shelves(&["a", "c"]);
    let gone = again.read(&mut two, &mut Reader::new("test", &bytes)).unwrap_err();
    assert_eq!(gone, RestoreError::Foreign { found: "b".to_owned() });
    for at in (40..bytes.len()).step_by(997) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x10;
        let mut three = shelves(&["a", "b", "c"]);
        assert!(again.read(&mut three, &mut Reader::new("test", &changed)).is_err(), "{at}");
    }
}

#[test]
fn the_idle_go_first_and_the_most_is_never_passed() {
    let (mut roster, mut three) = (Roster::new(100).with_at_hand(16), shelves(&["a", "b", "c"]));
    for n in 1..1000_u32 {
        let held = roster.hold(Key::of_numbers(&[u64::from(n)]), n, &mut three);
        three.0[0].row(held, Count::default).last = n;
        assert!(roster.memory().rows <= 100);
    }
    roster.forget_before(990, &mut three);
    assert_eq!(roster.memory().rows, 10);
    let (mut roster, mut three) = (Roster::new(8), shelves(&["a", "b", "c"]));
    for n in 0..100_u32 {
        let held = roster.hold(Key::of_numbers(&[u64::from(n)]), 7, &mut three);
        three.0[0].row(held, Count::default).last = 7;
        assert!(roster.memory().rows <= 8);
    }
}

#[test]
fn what_one_behaviour_forgot_does_not_come_back() {
    let (mut roster, mut three) = (Roster::new(100).with_at_hand(2), shelves(&["a", "b", "c"]));
    for n in 1..20_u32 {
        let held = roster.hold(Key::of_numbers(&[u64::from(n)]), n, &mut three);
        for rows in &mut three.0 {
            *rows.row(held, Count::default) = Count { last: n, times: n };
        }
    }
    three.0[0].forget_before(10);
    let held = roster.hold(Key::of_numbers(&[3]), 30, &mut three);
    let mut times = three.0.iter_mut().map(|rows| rows.row(held, Count::default).times);
    assert_eq!([times.next(), times.next(), times.next()], [Some(0), Some(3), Some(3)]);
}

#[test]
fn whoever_had_to_go_within_one_event_does_no_harm_to_whom_comes() {
    let (mut roster, mut three) = (Roster::new(100).with_at_hand(2), shelves(&["a", "b", "c"]));
    let key = |n: u32| Key::of_numbers(&[u64::from(n)]);
    for n in 1..50_u32 {
        roster.begin();
        // All of one second: the third makes the first two leave.
        let held = [n, n + 1, n + 2].map(|it| roster.hold(key(it), 7, &mut three));
        for it in held {
            let row = three.0[0].row(it, Count::default);
            *row = Count { last: 7, times: row.times + 1 };
        }
        let places: std::collections::BTreeSet<usize> = held.iter().map(|it| it.place()).collect();
        assert_eq!(places.len(), 3);
    }
    roster.begin();
    let last = roster.hold(key(51), 7, &mut three);
    assert_eq!(three.0[0].row(last, Count::default).times, 1);
    // Places are used again.
    assert!(last.place() < 8, "{}", last.place());
    assert!(three.0[0].memory().rows <= 8);
}
