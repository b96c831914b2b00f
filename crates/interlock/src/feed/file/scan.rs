//! Looking through the folders: what is new, what was read under another name, what has left its name.

use super::find::{self, Found};
use super::follow::{BEGUN, Done, Follower, OPEN, Opened, SILENCE, Shape, Step, name};
use super::mark::{Identity, Mark, PackedMark};
use super::packed::{self, Packed};
use super::tail::Tail;
use crate::clock;
use crate::feed::intake::Lot;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How long a file must not have changed before it counts as written to its end.
const RESTS: Duration = Duration::from_millis(900);

/// What a file turned out to be.
enum Kin {
    /// What was read under this part; the file goes on from there.
    Of(String),
    /// A copy of a file that lives on, or perhaps of one that is still being copied.
    Later,
    /// Nothing that was read.
    None,
}

impl Follower {
    /// Looks through the folders: opens what is new or has changed, and notes what has left its name.
    pub(super) fn scan(&mut self) -> Option<Step> {
        let known = self.known.values().map(|it| PathBuf::from(&it.path));
        let open = self.open.iter().filter_map(|it| it.plain()).map(|it| it.path.clone());
        let before: BTreeSet<PathBuf> = known.chain(open).collect();
        let found = find::find(&self.pattern.path, &before);
        let there: BTreeSet<Identity> = found.iter().map(|it| Identity::of(&it.metadata)).collect();
        let mut named = BTreeSet::new();
        for it in found {
            let identity = Identity::of(&it.metadata);
            if it.meant {
                named.insert(identity);
            }
            if let Some(open) = self.open.iter_mut().find(|it| it.file.identity() == identity) {
                if let Opened::Plain(tail) = &mut open.file {
                    tail.path = it.path;
                }
                continue;
            }
            let shape = (it.metadata.len(), it.metadata.modified().ok());
            if self.passed.get(&identity) == Some(&shape) || self.open.len() >= OPEN {
                continue;
            }
            match self.consider(&it, identity, shape, &there) {
                Ok(None) => {}
                Ok(Some(step)) => {
                    // One thing at a time: the rest is found at the next look.
                    self.scanned = None;
                    return Some(step);
                }
                Err(error) => {
                    let text = format!("`{}` cannot be read: {error}", it.path.display());
                    self.trouble = Some(text);
                }
            }
        }
        for it in &mut self.open {
            it.left = !named.contains(&it.file.identity());
        }
        if self.passed.len() > 2 * find::MOST {
            self.passed.clear();
        }
        self.resting.retain(|path, _| path.exists());
        if self.begun {
            return None;
        }
        let mark = Mark { path: self.pattern.path.clone(), ..Mark::default() };
        Some(Step { part: BEGUN.to_owned(), lot: Lot::default(), mark, done: Done::Known })
    }

    /// Decides what a file is: one that was read, a copy of one, or a new one.
    fn consider(
        &mut self,
        it: &Found,
        identity: Identity,
        shape: Shape,
        there: &BTreeSet<Identity>,
    ) -> io::Result<Option<Step>> {
        let mut file = File::open(&it.path)?;
        if packed::is_packed(&mut file)? {
            return self.consider_packed(it, file, identity, shape);
        }
        let longest = self.longest();
        match self.kin(&file, it, identity, shape, there)? {
            Kin::Of(part) => {
                let Some(mark) = self.known.remove(&part) else { return Ok(None) };
                let resumed = Tail::resume(file, &it.path, &mark, longest);
                if let Ok(Ok(tail)) = resumed {
                    self.follow(part, Opened::Plain(Box::new(tail)), &it.path);
                    return Ok(None);
                }
                // It changed under our eyes, or cannot be read now: the next look tells.
                self.known.insert(part, mark);
                return resumed.map(|_| None);
            }
            Kin::Later => return Ok(None),
            Kin::None => {}
        }
        if !it.meant {
            self.passed.insert(identity, shape);
            return Ok(None);
        }
        let part = self.fresh(identity);
        if self.begun || !self.pattern.from_end {
            let tail = Tail::begin(file, &it.path, 0, longest)?;
            self.follow(part, Opened::Plain(Box::new(tail)), &it.path);
            return Ok(None);
        }
        let end = Tail::end_of_lines(&mut file, shape.0)?;
        let mark = Tail::begin(file, &it.path, end, longest)?.mark();
        Ok(Some(Step { part, lot: Lot::default(), mark, done: Done::Known }))
    }

    /// Of which file that was read this one is the same, or a copy.
    fn kin(
        &mut self,
        file: &File,
        it: &Found,
        identity: Identity,
        shape: Shape,
        there: &BTreeSet<Identity>,
    ) -> io::Result<Kin> {
        let fits = |mark: &Mark| -> io::Result<bool> {
            let file = file.try_clone()?;
            Ok(Tail::resume(file, &it.path, mark, 0)?.is_ok())
        };
        let own = |mark: &Mark| mark.identity == Some(identity);
        let mut known: Vec<(&String, &Mark)> = self
            .known
            .iter()
            .filter(|(part, mark)| *part != BEGUN && mark.packed.is_none())
            .filter(|(_, mark)| own(mark) || mark.offset > 0)
            .collect();
        // Its own mark first, then the one that reached farthest.
        known.sort_by_key(|(_, mark)| (!own(mark), Reverse(mark.offset)));
        for (part, mark) in &known {
            if fits(mark)? {
                let lives = !own(mark) && mark.identity.is_some_and(|it| there.contains(&it));
                return Ok(if lives { Kin::Later } else { Kin::Of((*part).clone()) });
            }
        }
        let open: Vec<Mark> =
            self.open.iter().filter_map(|it| it.plain()).map(Tail::mark).collect();
        for mark in open.iter().filter(|it| it.offset > 0) {
            if fits(mark)? {
                return Ok(Kin::Later);
            }
        }
        // Shorter than what was read, but with the same head: somebody may be copying it just now.
        let marks = known.iter().map(|(_, mark)| *mark).chain(&open);
        let mut longer = marks.filter(|it| !own(it) && it.offset > shape.0);
        let begun = longer.try_fold(false, |any, mark| {
            let head = Mark { offset: 0, before: Default::default(), ..mark.clone() };
            Ok::<_, io::Error>(any || fits(&head)?)
        })?;
        if begun && !self.rests(&it.path, shape) {
            return Ok(Kin::Later);
        }
        Ok(Kin::None)
    }

    /// Whether a file has not changed since an earlier look, and is due.
    fn rests(&mut self, path: &std::path::Path, shape: Shape) -> bool {
        match self.resting.get(path) {
            Some((before, due)) if *before == shape => *due <= now(),
            Some(_) | None => {
                self.resting.insert(path.to_owned(), (shape, now() + RESTS));
                false
            }
        }
    }

    fn consider_packed(
        &mut self,
        it: &Found,
        mut file: File,
        identity: Identity,
        shape: Shape,
    ) -> io::Result<Option<Step>> {
        if !self.rests(&it.path, shape) {
            return Ok(None);
        }
        let known_by = packed::known_by(&mut file)?;
        let same = |mark: &Mark| {
            let packed = mark.packed.as_ref();
            packed.is_some_and(|it| it.size == known_by.size && it.end == known_by.end)
        };
        if self.open.iter().filter_map(|it| it.packed()).any(|it| same(it.mark())) {
            return Ok(None);
        }
        let known = self.known.iter();
        let mut chosen = known.clone().find(|(_, mark)| same(mark)).map(|(part, _)| part.clone());
        if chosen.is_none() {
            // What is inside may be what was read before it was packed.
            let inside = |mark: &Mark| packed::continues(&file, mark).unwrap_or(false);
            if self.open.iter().filter_map(|it| it.plain()).any(|it| inside(&it.mark())) {
                // The plain file is read to its end first; unpacking again and again is dear.
                self.resting.insert(it.path.clone(), (shape, now() + SILENCE));
                return Ok(None);
            }
            let plain = known.filter(|(_, it)| it.packed.is_none() && it.offset > 0);
            let mut plain: Vec<(&String, &Mark)> = plain.collect();
            plain.sort_by_key(|(_, mark)| Reverse(mark.offset));
            chosen = plain.into_iter().find(|(_, it)| inside(it)).map(|(part, _)| part.clone());
        }
        let (part, mark) = match chosen {
            Some(part) => {
                let mark = self.known.get(&part).cloned().unwrap_or_default();
                if mark.packed.as_ref().is_some_and(|it| it.whole) {
                    self.passed.insert(identity, shape);
                    return Ok(None);
                }
                self.known.remove(&part);
                (part, mark)
            }
            None if it.meant => (self.fresh(identity), Mark::default()),
            None => {
                self.passed.insert(identity, shape);
                return Ok(None);
            }
        };
        if !self.begun && self.pattern.from_end && mark == Mark::default() {
            self.passed.insert(identity, shape);
            let mark = Mark {
                path: it.path.display().to_string(),
                identity: Some(identity),
                packed: Some(PackedMark { whole: true, ..known_by }),
                ..mark
            };
            return Ok(Some(Step { part, lot: Lot::default(), mark, done: Done::Known }));
        }
        let name = name(&it.path, &part);
        match Packed::open(file, &it.path, mark.clone(), &name, self.pattern.limits) {
            Ok(packed) => self.follow(part, Opened::Packed(Box::new(packed)), &it.path),
            Err(error) => {
                if mark != Mark::default() {
                    self.known.insert(part, mark);
                }
                return Err(error);
            }
        }
        Ok(None)
    }
}

fn now() -> Instant {
    clock::stopwatch()
}
