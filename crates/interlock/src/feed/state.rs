//! How a feed is: what it brought, whether it is well, what was wrong last. Shown, never decided by.

use crate::clock;
use interlock_model::Timestamp;
use std::sync::{Mutex, PoisonError};

/// How one feed is. The feed writes it, everybody may look.
#[derive(Debug)]
pub struct State {
    /// Its configured name.
    pub id: String,
    /// Its kind, as the configuration names it.
    pub kind: &'static str,
    /// Where it reads from, for people; never a secret.
    pub from: String,
    inner: Mutex<Standing>,
}

/// How a feed stands at one moment.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Records stored since the start.
    pub records: u64,
    /// Records that could not be framed since the start.
    pub rejected: u64,
    /// Failed attempts since the start.
    pub errors: u64,
    /// What was wrong last, and when.
    pub last_error: Option<(Timestamp, String)>,
    /// Since when nothing succeeds; `None` when the feed is well.
    pub sick_since: Option<Timestamp>,
    /// When it had last read everything that there was.
    pub caught_up: Timestamp,
    /// When it last stored a record.
    pub last_record: Option<Timestamp>,
    /// Whether it waits because too many records wait for their turn already.
    pub waits: bool,
}

impl State {
    /// A feed that has not begun yet.
    #[must_use]
    pub fn new(id: String, kind: &'static str, from: String) -> Self {
        let inner = Standing {
            records: 0,
            rejected: 0,
            errors: 0,
            last_error: None,
            sick_since: None,
            caught_up: clock::now(),
            last_record: None,
            waits: false,
        };
        Self { id, kind, from, inner: Mutex::new(inner) }
    }

    /// How it stands now.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How long ago it had last read everything that there was, in seconds. What is only called is
    /// never behind.
    #[must_use]
    pub fn lag(&self, now: Timestamp) -> f64 {
        if self.kind == "github_webhook" {
            return 0.0;
        }
        now.duration_since(self.standing().caught_up).as_secs_f64().max(0.0)
    }

    /// So many records are stored, so many refused.
    pub fn took(&self, records: u64, rejected: u64) {
        self.change(|it| {
            it.records += records;
            it.rejected += rejected;
            if records > 0 {
                it.last_record = Some(clock::now());
            }
        });
    }

    /// It waits because too many records wait for their turn, or does so no more.
    pub fn waits(&self, waits: bool) {
        self.change(|it| it.waits = waits);
    }

    /// Something succeeded.
    pub fn well(&self) {
        self.change(|it| it.sick_since = None);
    }

    /// Everything that there was is stored.
    pub fn caught_up(&self) {
        self.change(|it| {
            it.sick_since = None;
            it.caught_up = clock::now();
        });
    }

    /// An attempt failed.
    pub fn failed(&self, why: &str) {
        let now = clock::now();
        self.change(|it| {
            it.errors += 1;
            it.last_error = Some((now, why.to_owned()));
            it.sick_since.get_or_insert(now);
        });
    }

    /// Something was wrong with one sender; the feed itself is well.
    pub fn complained(&self, why: &str) {
        let now = clock::now();
        self.change(|it| {
            it.errors += 1;
            it.last_error = Some((now, why.to_owned()));
        });
    }

    fn change(&self, change: impl FnOnce(&mut Standing)) {
        change(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
