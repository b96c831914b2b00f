//! A file that is replaced at each change and has no log of them: every version that somebody sees who
//! looks all the time.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often the file is looked at.
const PACE: Duration = Duration::from_micros(500);

/// Whether this version of the file has this entry.
pub type Has = fn(&[u8], &str) -> bool;

/// Which version of the file it is.
type Version = (u64, i64, i64);

/// Somebody who looks. Ends when it goes out of scope.
pub struct Watched {
    path: PathBuf,
    seen: Arc<Mutex<Seen>>,
    done: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// What was seen so far.
#[derive(Debug, Default)]
struct Seen {
    last: Option<Version>,
    text: Vec<u8>,
    versions: usize,
    /// Versions that say the same as the one before: a write that was made again.
    again: usize,
    /// Whether each entry is there.
    present: BTreeMap<String, bool>,
    /// How often each entry came.
    came: BTreeMap<String, usize>,
    /// Entries that were there and were gone in a later version.
    went: Vec<String>,
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.done.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

fn version(path: &Path) -> Option<Version> {
    let file = std::fs::metadata(path).ok()?;
    Some((file.ino(), file.mtime(), file.mtime_nsec()))
}

impl Seen {
    /// Looks at the file, if it is another version than the last.
    fn look(&mut self, path: &Path, names: &[String], has: Has) {
        let version = version(path);
        let (Some(_), true) = (version, version != self.last) else { return };
        let Ok(text) = std::fs::read(path) else { return };
        self.versions += 1;
        self.again += usize::from(self.last.is_some() && text == self.text);
        for name in names {
            let is = has(&text, name);
            let was = self.present.insert(name.clone(), is).unwrap_or(false);
            if is && !was {
                *self.came.entry(name.clone()).or_default() += 1;
            } else if was && !is {
                self.went.push(name.clone());
            }
        }
        (self.last, self.text) = (version, text);
    }
}

impl Watched {
    /// Looks at a file, which need not be there yet, and for these entries.
    pub fn file(path: PathBuf, names: Vec<String>, has: Has) -> Self {
        let (seen, done) = (Arc::<Mutex<Seen>>::default(), Arc::<AtomicBool>::default());
        let (into, over, at) = (Arc::clone(&seen), Arc::clone(&done), path.clone());
        let thread = std::thread::spawn(move || {
            while !over.load(Ordering::SeqCst) {
                into.lock().unwrap().look(&at, &names, has);
                std::thread::park_timeout(PACE);
            }
        });
        Self { path, seen, done, thread: Some(thread) }
    }

    /// How often each of these came, when nothing was seen to go and nothing to be written again.
    #[track_caller]
    pub fn came(&self, names: impl Iterator<Item = String>) -> Vec<usize> {
        // Nobody writes any more: the last version is seen, too.
        let last = version(&self.path);
        while self.seen.lock().unwrap().last != last {
            assert!(self.thread.as_ref().is_some_and(|it| !it.is_finished()), "nobody looks");
            std::thread::yield_now();
        }
        let seen = self.seen.lock().unwrap();
        println!("{} versions seen", seen.versions);
        assert!(seen.went.is_empty(), "entries went: {:?}", seen.went);
        assert_eq!(seen.again, 0, "a version was written again");
        names.map(|it| seen.came.get(&it).copied().unwrap_or_default()).collect()
    }
}
