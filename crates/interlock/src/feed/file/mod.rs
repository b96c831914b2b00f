//! Files and folders that are followed: across rotation, across restarts, each line once.
//!
//! The cursor of a file is stored only together with the records that it covers.

mod complete;
mod find;
mod follow;
mod mark;
mod packed;
mod scan;
mod tail;

use super::intake::Intake;
use super::{Pace, Reader, Trouble};
use crate::config::FileFeed;
use follow::Follower;
use interlock_model::Timestamp;
use interlock_store::Forget;
use mark::Mark;
use std::collections::BTreeMap;
use std::time::Duration;

pub use follow::Pattern;

/// How often files are looked at for more.
const LOOK: Duration = Duration::from_millis(250);
/// After how many days the cursor of a file that is gone is forgotten.
const KEPT_DAYS: i64 = 90;

/// Follows files.
#[derive(Debug)]
pub struct Files {
    pattern: Pattern,
    intake: Intake,
    follower: Option<Follower>,
    said: Option<String>,
}

impl Files {
    /// A reader of these files.
    #[must_use]
    pub fn new(config: &FileFeed, intake: Intake) -> Self {
        let pattern = Pattern {
            path: config.path.clone(),
            from_end: config.from_end,
            alert: intake.alert(),
            limits: intake.limits(),
        };
        Self { pattern, intake, follower: None, said: None }
    }

    /// Goes on where the store says.
    async fn recall(&self) -> Result<Follower, Trouble> {
        let mut known = BTreeMap::new();
        let old = crate::clock::now().as_second() - KEPT_DAYS * 24 * 3_600;
        let old = Timestamp::from_second(old).unwrap_or(Timestamp::UNIX_EPOCH);
        for cursor in self.intake.cursors().await? {
            // A cursor that cannot be read is one of a newer version, or damaged: the file is read again.
            let Ok(mark) = serde_json::from_str::<Mark>(&cursor.state) else { continue };
            let gone = !std::path::Path::new(&mark.path).exists();
            if cursor.time < old && gone && &*cursor.part != follow::BEGUN {
                self.intake.forget(Forget::Part(&cursor.part)).await?;
            } else {
                known.insert(cursor.part.into_string(), mark);
            }
        }
        Ok(Follower::new(self.pattern.clone(), known))
    }

    /// Says once what could not be read.
    fn complain(&mut self, trouble: Option<&String>) {
        if let Some(trouble) = trouble.filter(|it| self.said.as_ref() != Some(it)) {
            tracing::warn!(feed = self.intake.feed(), "{trouble}");
            self.intake.state.complained(trouble);
        }
        self.said = trouble.cloned();
    }
}

#[async_trait::async_trait]
impl Reader for Files {
    async fn step(&mut self) -> Result<Pace, Trouble> {
        let mut follower = match self.follower.take() {
            Some(follower) => follower,
            None => self.recall().await?,
        };
        let looked = tokio::task::spawn_blocking(move || {
            let step = follower.step();
            (follower, step)
        });
        // Whatever goes wrong from here on, the follower is made anew from what is stored.
        let (mut follower, step) =
            looked.await.map_err(|_| Trouble::again("the files could not be looked at"))?;
        self.complain(follower.trouble.clone().as_ref());
        let pace = match step {
            None => Pace::Rest(LOOK),
            Some(mut step) => {
                let lot = std::mem::take(&mut step.lot);
                self.intake.take(lot, &step.part, step.mark.text()).await?;
                follower.stored(step);
                Pace::More
            }
        };
        self.follower = Some(follower);
        Ok(pace)
    }
}

/// How many files there are now, and the first that cannot be read.
///
/// # Errors
/// None, or one that cannot be read.
pub fn test(config: &FileFeed) -> Result<String, String> {
    let found = find::find(&config.path, &std::collections::BTreeSet::new());
    let meant: Vec<_> = found.iter().filter(|it| it.meant).collect();
    for it in &meant {
        std::fs::File::open(&it.path)
            .map_err(|error| format!("`{}` cannot be read: {error}", it.path.display()))?;
    }
    if meant.is_empty() {
        return Err(format!("no file is at `{}` now", config.path));
    }
    Ok(format!("{} files can be read", meant.len()))
}
