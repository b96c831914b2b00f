//! Logs that are polled, page by page; the place in the log is the cursor.

use super::intake::Intake;
use super::{Pace, Reader, Trouble, secret};
use crate::clock;
use crate::config::PollFeed;
use interlock_connect::feeds::poll::{Api, PollError, Poller, Reached};
use std::sync::Arc;

/// The one part of such a feed.
const PART: &str = "log";
/// How many pages without anything new are read at a stretch.
const FRUITLESS: u32 = 100;

/// A log that is polled.
#[derive(Debug)]
pub struct Log {
    api: Api,
    config: PollFeed,
    intake: Intake,
    poller: Option<Poller>,
    reached: Option<Reached>,
    fruitless: u32,
}

impl Log {
    /// A reader of this log.
    #[must_use]
    pub fn new(api: Api, config: &PollFeed, intake: Intake) -> Self {
        let config = config.clone();
        Self { api, config, intake, poller: None, reached: None, fruitless: 0 }
    }
}

fn poller(api: &Api, config: &PollFeed) -> Result<Poller, PollError> {
    Poller::new(api.clone(), &config.endpoint, config.lookback, config.overlap)
}

impl From<PollError> for Trouble {
    fn from(error: PollError) -> Self {
        match error {
            PollError::Asked { pause, why } => Self::Asked { pause, why },
            PollError::Again(why) | PollError::Lost(why) => Self::Again(why),
        }
    }
}

#[async_trait::async_trait]
impl Reader for Log {
    async fn step(&mut self) -> Result<Pace, Trouble> {
        let mut poller = match self.poller.take() {
            Some(poller) => poller,
            None => poller(&self.api, &self.config)?,
        };
        let reached = match self.reached.take() {
            Some(reached) => reached,
            None => {
                let stored = self.intake.cursor(PART).await?;
                // A cursor that cannot be read is as none: the log is read from the lookback on.
                stored.and_then(|it| serde_json::from_str(&it).ok()).unwrap_or_default()
            }
        };
        let token = secret(&self.config.token).map_err(Trouble::again)?;
        let asked = poller.ask(&token, &reached, clock::now()).await;
        self.poller = Some(poller);
        let page = match asked {
            Ok(page) => page,
            Err(PollError::Lost(why)) => {
                tracing::warn!(
                    feed = self.intake.feed(),
                    "{why}; reading again from the newest event on"
                );
                self.intake.state.complained(&why);
                self.reached = Some(Reached { next: None, ..reached });
                return Ok(Pace::More);
            }
            Err(error) => {
                self.reached = Some(reached);
                return Err(error.into());
            }
        };
        let file: Arc<str> = format!("{}:{}", self.intake.state.kind, self.intake.feed()).into();
        let lot = self.intake.cut(page.fresh.join("\n").into_bytes(), &file, reached.count);
        self.fruitless = if lot.count() == 0 { self.fruitless + 1 } else { 0 };
        if page.reached != reached {
            let state = serde_json::to_string(&page.reached)
                .map_err(|error| Trouble::again(error.to_string()))?;
            self.intake.take(lot, PART, state).await?;
        }
        self.reached = Some(page.reached);
        if let Some(pause) = page.pause {
            return Err(Trouble::Asked {
                pause,
                why: format!("little of what is allowed is left: waiting {} s", pause.as_secs()),
            });
        }
        Ok(if page.more && self.fruitless < FRUITLESS {
            Pace::More
        } else {
            Pace::Rest(self.config.every)
        })
    }
}

/// Asks for one page and keeps nothing of it.
///
/// # Errors
/// There is none.
pub async fn test(api: Api, config: &PollFeed) -> Result<String, String> {
    let token = secret(&config.token)?;
    let mut poller = poller(&api, config).map_err(|it| it.to_string())?;
    let page = poller.ask(&token, &Reached::default(), clock::now()).await;
    let page = page.map_err(|it| it.to_string())?;
    Ok(format!("the log answers, with {} events on the first page", page.fresh.len()))
}
