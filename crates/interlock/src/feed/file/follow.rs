//! Following files across rotation: which file is which, and whose turn it is.
//!
//! Memory: a chunk, or the longest line; at most [`OPEN`] open files with 2 KiB each; a mark for
//! every file that was read and is not forgotten.

use super::complete::{Content, Cut};
use super::mark::{Identity, Mark};
use super::packed::Packed;
use super::tail::{After, Look, Tail};
use crate::clock;
use crate::feed::intake::Lot;
use interlock_model::{Limits, Place, Rejected};
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// Most files that are open at a time.
pub(super) const OPEN: usize = 512;
/// How often the folders are looked through.
const SCAN: Duration = Duration::from_secs(1);
/// How long a file may be silent before it is let go; one that has left its name is then ended.
pub(super) const SILENCE: Duration = Duration::from_secs(30);
/// The shortest bound on a line, in bytes: a line may hold a list of many records.
const LINE: usize = 16 << 20;

/// What the follower is asked to read.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// A path, or a pattern with `*`, `?`, `[…]` and `**`.
    pub path: String,
    /// Whether files that are there at the very first look are begun at their end.
    pub from_end: bool,
    /// Whether the records are alerts.
    pub alert: bool,
    /// Bounds on input.
    pub limits: Limits,
}

/// Size and time of change of a file.
pub(super) type Shape = (u64, Option<SystemTime>);

/// Files that are followed.
#[derive(Debug)]
pub struct Follower {
    pub(super) pattern: Pattern,
    /// Whether there was a look before, in this process or an earlier one.
    pub(super) begun: bool,
    /// Files that were read and are not open.
    pub(super) known: BTreeMap<String, Mark>,
    pub(super) open: Vec<Followed>,
    /// Whose turn it is.
    next: usize,
    pub(super) scanned: Option<Instant>,
    /// Files that are looked at again later, when they have not changed since.
    pub(super) resting: HashMap<PathBuf, (Shape, Instant)>,
    /// Files that need no second look unless they change.
    pub(super) passed: HashMap<Identity, Shape>,
    /// What could not be read, for people.
    pub trouble: Option<String>,
}

/// One open file.
#[derive(Debug)]
pub(super) struct Followed {
    part: String,
    name: Arc<str>,
    pub(super) file: Opened,
    /// When it last gave something.
    alive: Instant,
    /// Whether its name leads to another file, or nowhere.
    pub(super) left: bool,
}

/// A plain or a packed file.
#[derive(Debug)]
pub(super) enum Opened {
    Plain(Box<Tail>),
    Packed(Box<Packed>),
}

impl Opened {
    pub(super) fn identity(&self) -> Identity {
        match self {
            Self::Plain(it) => it.identity,
            Self::Packed(it) => it.identity,
        }
    }
}

/// What is to be stored next.
#[derive(Debug)]
pub struct Step {
    /// Which part it moves.
    pub part: String,
    /// The records.
    pub lot: Lot,
    /// How far the part is read then.
    pub mark: Mark,
    pub(super) done: Done,
}

/// What is so once a step is stored.
#[derive(Debug)]
pub(super) enum Done {
    Plain(After),
    Packed,
    /// A file that is passed over, or the note that there was a first look.
    Known,
}

/// The part that says that there was a first look.
pub const BEGUN: &str = "begun";

impl Follower {
    /// A follower that goes on where these marks say.
    #[must_use]
    pub fn new(pattern: Pattern, mut known: BTreeMap<String, Mark>) -> Self {
        let begun = known.remove(BEGUN).is_some();
        Self {
            pattern,
            begun,
            known,
            open: Vec::new(),
            next: 0,
            scanned: None,
            resting: HashMap::new(),
            passed: HashMap::new(),
            trouble: None,
        }
    }

    /// The next step; `None` when there is nothing new.
    #[must_use]
    pub fn step(&mut self) -> Option<Step> {
        if self.scanned.is_none_or(|it| it.elapsed() >= SCAN) {
            self.scanned = Some(clock::stopwatch());
            self.trouble = None;
            if let Some(step) = self.scan() {
                return Some(step);
            }
        }
        for _ in 0..self.open.len() {
            let index = self.next % self.open.len().max(1);
            self.next = index + 1;
            match self.read(index) {
                Ok(Some(step)) => return Some(step),
                Ok(None) => {}
                Err(error) => self.failed(index, &error),
            }
        }
        let silent = |it: &Followed| it.alive.elapsed() >= SILENCE;
        while let Some(index) = self.open.iter().position(silent) {
            self.close(index);
        }
        None
    }

    /// The step is stored.
    pub fn stored(&mut self, step: Step) {
        let Step { part, mark, done, .. } = step;
        let followed = self.open.iter_mut().find(|it| it.part == part);
        match (followed, done) {
            (Some(it), Done::Plain(after)) => {
                it.alive = clock::stopwatch();
                if let Opened::Plain(tail) = &mut it.file {
                    tail.stored(after);
                }
            }
            (Some(it), Done::Packed) => {
                it.alive = clock::stopwatch();
                if let Opened::Packed(packed) = &mut it.file {
                    packed.stored(mark);
                }
            }
            (_, Done::Known) if part == BEGUN => self.begun = true,
            (_, Done::Known | Done::Plain(_) | Done::Packed) => {
                self.known.insert(part, mark);
            }
        }
    }

    pub(super) fn longest(&self) -> usize {
        self.pattern.limits.record_bytes.max(LINE)
    }

    fn read(&mut self, index: usize) -> io::Result<Option<Step>> {
        let (limits, alert) = (self.pattern.limits, self.pattern.alert);
        let Some(it) = self.open.get_mut(index) else { return Ok(None) };
        let (part, name) = (it.part.clone(), Arc::clone(&it.name));
        let tail = match &mut it.file {
            Opened::Plain(tail) => tail,
            Opened::Packed(packed) => {
                let step = packed.next(alert);
                return Ok(step.map(|(lot, mark)| Step { part, lot, mark, done: Done::Packed }));
            }
        };
        let silent = it.left && it.alive.elapsed() >= SILENCE;
        let ended = silent || tail.is_idle(clock::now().into())?;
        let first = tail.next_record();
        let (mut lines, too_long) = match tail.look(ended)? {
            Look::Nothing => return Ok(None),
            Look::Replaced => {
                self.replaced(index);
                return Ok(None);
            }
            Look::Lines(lines) => (lines, false),
            Look::TooLong(lines) => (lines, true),
        };
        let mut lot = Lot::default();
        let cut = Cut { name: &name, first, limits, alert };
        let mut too_long = too_long;
        if lines.last && !lines.dropped {
            (lot, _) = cut.all(&lines.bytes);
        } else if !lines.dropped {
            match cut.complete(lines) {
                Content::Whole(whole, records) => (lines, lot) = (whole, records),
                Content::Waits { .. } if tail.may_wait() => {
                    tail.wait()?;
                    return Ok(None);
                }
                Content::Waits { lines: part, quoted } => {
                    lines = part.passed_over(quoted);
                    too_long = true;
                }
            }
        }
        if too_long {
            let why = format!("longer than the longest line, {} bytes", tail.longest());
            let place = Place { file: Arc::clone(&name), record: first };
            lot.rejected.push(Rejected { place, why });
        }
        let Some(Followed { file: Opened::Plain(tail), .. }) = self.open.get(index) else {
            return Ok(None);
        };
        let after = tail.after(&lines, lot.count());
        let mark = tail.mark_after(&after);
        Ok(Some(Step { part, lot, mark, done: Done::Plain(after) }))
    }

    /// The file was cut off, or written anew: its old text may live on in a copy.
    fn replaced(&mut self, index: usize) {
        let Some(it) = self.open.get(index) else { return };
        let Opened::Plain(tail) = &it.file else { return };
        let (old, mark, identity) = (it.part.clone(), tail.mark(), tail.identity);
        let path = tail.path.clone();
        self.known.insert(old, Mark { identity: None, ..mark });
        let part = self.fresh(identity);
        let name = name(&path, &part);
        if let Some(it) = self.open.get_mut(index) {
            (it.part, it.name) = (part, name);
            if let Opened::Plain(tail) = &mut it.file {
                tail.start_over();
            }
        }
        // A copy is looked for at once, also where one was passed over.
        self.passed.clear();
        self.scanned = None;
    }

    fn failed(&mut self, index: usize, error: &io::Error) {
        let Some(it) = self.open.get(index) else { return };
        self.trouble = Some(format!("`{}` cannot be read: {error}", it.name));
        self.close(index);
    }

    /// Lets go of a file; it is opened again when it changes.
    fn close(&mut self, index: usize) {
        let Followed { part, file, .. } = self.open.swap_remove(index);
        let (identity, path, mark) = match file {
            Opened::Plain(tail) => (tail.identity, tail.path.clone(), tail.mark()),
            Opened::Packed(packed) => (packed.identity, packed.path.clone(), packed.mark().clone()),
        };
        // Only what was read to its end needs no second look.
        if let Ok(metadata) = path.metadata()
            && Identity::of(&metadata) == identity
            && mark.packed.as_ref().map_or(metadata.len() == mark.offset, |it| it.whole)
        {
            self.passed.insert(identity, (metadata.len(), metadata.modified().ok()));
        }
        self.known.insert(part, mark);
    }

    /// A part that no file had before.
    pub(super) fn fresh(&self, identity: Identity) -> String {
        let Identity { device, inode } = identity;
        let taken = |part: &String| {
            self.known.contains_key(part) || self.open.iter().any(|it| it.part == *part)
        };
        (0_u64..)
            .map(|it| format!("{device:x}-{inode:x}-{it}"))
            .find(|it| !taken(it))
            .unwrap_or_default()
    }

    pub(super) fn follow(&mut self, part: String, file: Opened, path: &Path) {
        let identity = file.identity();
        // Whoever was read under this identity before lives on elsewhere, if at all.
        for mark in self.known.values_mut().filter(|it| it.identity == Some(identity)) {
            mark.identity = None;
        }
        let name = name(path, &part);
        self.open.push(Followed { part, name, file, alive: clock::stopwatch(), left: false });
    }
}

impl Followed {
    pub(super) fn packed(&self) -> Option<&Packed> {
        match &self.file {
            Opened::Packed(it) => Some(it),
            Opened::Plain(_) => None,
        }
    }

    pub(super) fn plain(&self) -> Option<&Tail> {
        match &self.file {
            Opened::Plain(it) => Some(it),
            Opened::Packed(_) => None,
        }
    }
}

/// How places name a file: a name alone stands for another text after each rotation.
pub(super) fn name(path: &Path, part: &str) -> Arc<str> {
    format!("{} [{part}]", path.display()).into()
}
