//! Records read by several threads, and handed over in the order of the input.
//!
//! Three sorts of work: cutting records out of the inputs, one thread at a time; reading them, any
//! number of threads; taking them in, the caller's thread alone and in order. Every thread takes
//! whatever is there to do, so what is found does not depend on how many there are.

use super::inputs::Source;
use indicatif::ProgressBar;
use interlock_ingest::{Normalised, Normaliser, Record, Records, Room};
use interlock_model::{Limits, Place, Rejected};
use std::collections::{BTreeMap, VecDeque};
use std::io::Read;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Records that are handed on together.
const LOT: usize = 128;

/// Lots that may be under way for each thread; memory is bounded by it.
const AHEAD: usize = 4;

/// What was read of one record.
pub type Reading = Result<Normalised, Rejected>;

/// Reads all sources with this many threads, and gives every reading to `take` in order, with the
/// room that it goes back to.
///
/// # Errors
/// The first that `take` gives; then nothing more is read.
pub fn run<E>(
    sources: Vec<Source>,
    normaliser: &Normaliser,
    threads: usize,
    bar: &ProgressBar,
    mut take: impl FnMut(Reading, &mut Room) -> Result<(), E>,
) -> Result<(), E> {
    let lanes = Lanes {
        yard: Mutex::new(Yard {
            cutter: Some(Cutter { sources: sources.into(), open: None, next: 0 }),
            ..Yard::default()
        }),
        changed: Condvar::new(),
        most: AHEAD * threads.max(1),
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|| {
                let _closes = ClosesOnPanic(&lanes);
                while let Some(work) = lanes.next(false) {
                    lanes.do_work(work, normaliser, bar);
                }
            });
        }
        let result = loop {
            match lanes.next(true) {
                None => break Ok(()),
                Some(Work::Take(mut lot)) => {
                    let room = &mut lot.room;
                    if let Err(error) = lot.read.drain(..).try_for_each(|it| take(it, room)) {
                        break Err(error);
                    }
                    lanes.yard().idle.push(lot);
                }
                Some(work) => lanes.do_work(work, normaliser, bar),
            }
        };
        lanes.close();
        result
    })
}

/// Some records on their way, and the room they need there.
#[derive(Default)]
struct Lot {
    number: u64,
    cut: Vec<Result<Record, Rejected>>,
    read: Vec<Reading>,
    room: Room,
}

/// One piece of work.
#[expect(
    clippy::large_enum_variant,
    reason = "one at a time for each thread, moved and never kept"
)]
enum Work {
    Cut(Cutter, Lot),
    Read(Lot),
    Take(Lot),
}

/// What is where.
#[derive(Default)]
struct Yard {
    /// Here while nobody cuts.
    cutter: Option<Cutter>,
    /// Whether the inputs are at their end.
    ended: bool,
    /// Whether nothing more is wanted.
    closed: bool,
    cut: VecDeque<Lot>,
    read: BTreeMap<u64, Lot>,
    /// The lot that is to be taken in next.
    due: u64,
    /// Lots that were cut and not yet taken in.
    under_way: usize,
    idle: Vec<Lot>,
}

struct Lanes {
    yard: Mutex<Yard>,
    changed: Condvar,
    most: usize,
}

impl Lanes {
    fn yard(&self) -> MutexGuard<'_, Yard> {
        // A thread that panicked has taken its lot with it; the scope passes its panic on.
        self.yard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for something to do; `None` when all is done.
    fn next(&self, takes: bool) -> Option<Work> {
        let mut yard = self.yard();
        loop {
            if yard.closed {
                return None;
            }
            let due = yard.due;
            if takes && let Some(lot) = yard.read.remove(&due) {
                yard.due += 1;
                yard.under_way -= 1;
                // There is room for one more.
                self.changed.notify_one();
                return Some(Work::Take(lot));
            }
            if let Some(lot) = yard.cut.pop_front() {
                return Some(Work::Read(lot));
            }
            if yard.under_way < self.most
                && let Some(cutter) = yard.cutter.take()
            {
                yard.under_way += 1;
                let lot = yard.idle.pop().unwrap_or_default();
                return Some(Work::Cut(cutter, lot));
            }
            if yard.ended && yard.under_way == 0 {
                return None;
            }
            yard = self.changed.wait(yard).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn do_work(&self, work: Work, normaliser: &Normaliser, bar: &ProgressBar) {
        match work {
            Work::Cut(mut cutter, mut lot) => {
                let more = cutter.cut(&mut lot, bar);
                let mut yard = self.yard();
                if lot.cut.is_empty() {
                    yard.under_way -= 1;
                } else {
                    yard.cut.push_back(lot);
                }
                if more {
                    yard.cutter = Some(cutter);
                } else {
                    yard.ended = true;
                }
                drop(yard);
                self.changed.notify_all();
            }
            Work::Read(mut lot) => {
                let Lot { cut, read, room, .. } = &mut lot;
                read.extend(cut.drain(..).map(|it| normaliser.normalise_in(&it?, None, room)));
                self.yard().read.insert(lot.number, lot);
                self.changed.notify_all();
            }
            Work::Take(_) => {}
        }
    }

    fn close(&self) {
        self.yard().closed = true;
        self.changed.notify_all();
    }
}

/// Lets the others end when a thread panics, so that its panic is seen.
struct ClosesOnPanic<'a>(&'a Lanes);

impl Drop for ClosesOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.close();
        }
    }
}

/// Cuts records out of one source after the other.
struct Cutter {
    sources: VecDeque<Source>,
    open: Option<Records<Box<dyn Read + Send>>>,
    next: u64,
}

impl Cutter {
    /// Fills a lot; whether there may be more.
    fn cut(&mut self, lot: &mut Lot, bar: &ProgressBar) -> bool {
        lot.number = self.next;
        while lot.cut.len() < LOT {
            if let Some(records) = &mut self.open {
                match records.next() {
                    Some(record) => lot.cut.push(record),
                    None => self.open = None,
                }
                continue;
            }
            let Some(source) = self.sources.pop_front() else { break };
            let file: Arc<str> = source.name.as_str().into();
            match source.open() {
                Ok(input) => {
                    let counted: Box<dyn Read + Send> = Box::new(bar.wrap_read(input));
                    self.open = Some(Records::open(counted, file, Limits::STANDARD));
                }
                // A file that vanished or may not be read costs only itself.
                Err(error) => lot.cut.push(Err(Rejected {
                    place: Place { file, record: 0 },
                    why: format!("cannot be read: {error}"),
                })),
            }
        }
        if !lot.cut.is_empty() {
            self.next += 1;
        }
        self.open.is_some() || !self.sources.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::inputs;
    use interlock_model::FieldPlan;

    /// What comes out, in order, with this many threads.
    fn outline(folder: &std::path::Path, threads: usize) -> Vec<String> {
        let normaliser = Normaliser::new(&FieldPlan::new(), Limits::STANDARD);
        let sources = inputs::expand(&[folder.to_owned()]).unwrap();
        let mut out = Vec::new();
        let result: Result<(), ()> =
            run(sources, &normaliser, threads, &ProgressBar::hidden(), |reading, room| {
                out.push(match reading {
                    Ok(Normalised::Event(event)) => {
                        let line = format!("{} {}", event.place.record, event.id);
                        room.give_back(event.fields);
                        line
                    }
                    Ok(Normalised::Alert(alert)) => format!("alert {}", alert.id),
                    Err(rejected) => format!("{} {}", rejected.place.record, rejected.why),
                });
                Ok(())
            });
        result.unwrap();
        out
    }

    #[test]
    fn the_order_does_not_depend_on_the_threads() {
        let folder = tempfile::tempdir().unwrap();
        for file in 0..3 {
            let lines: Vec<String> = (0..500 * file)
                .map(|line| {
                    if line % 97 == 5 {
                        return "{\"broken\":".to_owned();
                    }
                    format!(
                        r#"{{"eventVersion":"1.08","eventTime":"2026-03-02T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","eventID":"{file}-{line}"}}"#
                    )
                })
                .collect();
            std::fs::write(folder.path().join(format!("{file}.jsonl")), lines.join("\n")).unwrap();
        }
        let alone = outline(folder.path(), 1);
        assert_eq!(alone.len(), 1500);
        for threads in [2, 3, 7] {
            assert!(outline(folder.path(), threads) == alone, "{threads} threads");
        }
    }

    #[test]
    fn an_error_ends_it() {
        let folder = tempfile::tempdir().unwrap();
        let lines = "{\"a\":1}\n".repeat(10_000);
        std::fs::write(folder.path().join("many.jsonl"), lines).unwrap();
        let normaliser = Normaliser::new(&FieldPlan::new(), Limits::STANDARD);
        for threads in [1, 4] {
            let sources = inputs::expand(&[folder.path().to_owned()]).unwrap();
            let mut taken = 0;
            let result = run(sources, &normaliser, threads, &ProgressBar::hidden(), |_, _| {
                taken += 1;
                if taken == 300 { Err("enough") } else { Ok(()) }
            });
            assert_eq!((result, taken), (Err("enough"), 300));
        }
    }
}
