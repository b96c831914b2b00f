//! Feeds: ways in that the house opens itself, beside the HTTP API.
//!
//! Each runs in a task of its own; one that is sick waits longer and longer and delays no other.
//! Whatever a feed reads is stored together with the cursor that covers it, in one transaction: so a
//! death at any moment neither loses a record nor counts one twice.

pub mod file;
pub mod intake;
pub mod nats;
pub mod poll;
pub mod s3;
pub mod state;
pub mod syslog;

use crate::config::{FeedConfig, FeedKind, PollFeed, SecretReference, variable};
use crate::content::read_file;
use crate::exit::Failure;
use crate::runner::House;
use anyhow::anyhow;
use intake::Intake;
use interlock_connect::Secret;
use interlock_connect::feeds::poll::Api;
use interlock_model::Limits;
use interlock_store::StoreError;
use state::State;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The first pause after a failure, and the longest.
const PAUSE: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(120));
/// The largest file with a secret, in bytes.
const SECRET_BYTES: u64 = 64 << 10;
/// How long a step that is under way has when the house stops.
const GRACE: Duration = Duration::from_secs(3);

/// Why a step of a feed did not succeed; cut by what happens next.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The feed is sick: it is tried again, each time after a longer pause.
    #[error("{0}")]
    Again(String),
    /// The other side asks for a pause of this length; the feed is well.
    #[error("{why}")]
    Asked {
        /// How long.
        pause: Duration,
        /// In words.
        why: String,
    },
}

impl Trouble {
    /// A failure after which the feed is tried again.
    pub fn again(why: impl Into<String>) -> Self {
        Self::Again(why.into())
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Again(error.to_string())
    }
}

/// What comes after a step that succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// There may be more: go on at once.
    More,
    /// Everything that there was is stored: look again after this long.
    Rest(Duration),
}

/// What reads one feed. A step may be dropped at any await: what it had not stored is read again.
#[async_trait::async_trait]
pub trait Reader: Send + std::fmt::Debug {
    /// Reads some more and stores it.
    async fn step(&mut self) -> Result<Pace, Trouble>;

    /// Ends what is under way.
    async fn stop(&mut self) {}
}

/// All feeds of a running house.
#[derive(Debug, Default)]
pub struct Feeds {
    states: Arc<[Arc<State>]>,
    readers: Vec<(Box<dyn Reader>, Arc<State>)>,
    webhooks: Vec<(Intake, Secret)>,
}

/// All feeds, reading.
#[derive(Debug)]
pub struct Running {
    tasks: Vec<JoinHandle<()>>,
    stop: watch::Sender<bool>,
}

impl Feeds {
    /// Prepares every feed; nothing is read yet.
    ///
    /// # Errors
    /// The secret of a webhook is not where the configuration points.
    pub fn prepare(configs: &[FeedConfig], house: &House, limits: Limits) -> Result<Self, Failure> {
        let (mut states, mut readers, mut webhooks) = (Vec::new(), Vec::new(), Vec::new());
        for config in configs {
            let state = Arc::new(State::new(config.id.clone(), config.kind.name(), config.from()));
            let intake = Intake::new(house.clone(), limits, Arc::clone(&state), config.alerts);
            states.push(Arc::clone(&state));
            let reader: Box<dyn Reader> = match &config.kind {
                FeedKind::File(it) => Box::new(file::Files::new(it, intake)),
                FeedKind::Syslog(it) => Box::new(syslog::Door::new(it, intake)),
                FeedKind::GithubWebhook(reference) => {
                    let secret = secret(reference)
                        .map_err(|why| Failure::usage(anyhow!("feed `{}`: {why}", config.id)))?;
                    webhooks.push((intake, secret));
                    continue;
                }
                FeedKind::GithubAuditLog(it) => Box::new(poll::Log::new(github(it), it, intake)),
                FeedKind::OktaSystemLog(it) => {
                    Box::new(poll::Log::new(Api::OktaSystemLog, it, intake))
                }
                FeedKind::S3(it) => Box::new(s3::Objects::new(it, intake)),
                FeedKind::Nats(it) => Box::new(nats::Stream::new(it, intake)),
            };
            readers.push((reader, state));
        }
        Ok(Self { states: states.into(), readers, webhooks })
    }

    /// Lets every feed read, each in a task of its own.
    #[must_use]
    pub fn start(self) -> Running {
        let (stop, stopped) = watch::channel(false);
        let begin = |(reader, state)| tokio::spawn(run(reader, state, stopped.clone()));
        Running { tasks: self.readers.into_iter().map(begin).collect(), stop }
    }

    /// The feeds that are only called, each with the secret of its caller.
    pub fn webhooks(&self) -> impl Iterator<Item = (Intake, Secret)> + '_ {
        self.webhooks.iter().cloned()
    }

    /// How each feed is.
    #[must_use]
    pub fn states(&self) -> Arc<[Arc<State>]> {
        Arc::clone(&self.states)
    }
}

impl Running {
    /// Lets every feed end what it is storing, and waits for that.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        for task in self.tasks {
            let _ = task.await;
        }
    }
}

/// Tries to reach what a feed reads; takes nothing from it. What was found, in words.
///
/// # Errors
/// Why it cannot be reached.
pub async fn test(config: &FeedConfig) -> Result<String, String> {
    match &config.kind {
        FeedKind::File(it) => file::test(it),
        FeedKind::Syslog(it) => syslog::test(it).await,
        FeedKind::GithubWebhook(reference) => {
            secret(reference)?;
            Ok(format!("the secret is there; GitHub sends to {}", config.from()))
        }
        FeedKind::GithubAuditLog(it) => poll::test(github(it), it).await,
        FeedKind::OktaSystemLog(it) => poll::test(Api::OktaSystemLog, it).await,
        FeedKind::S3(it) => s3::test(it).await,
        FeedKind::Nats(it) => nats::test(it).await,
    }
}

fn github(config: &PollFeed) -> Api {
    Api::GithubAuditLog { organization: config.organization.clone() }
}

/// Steps until the house stops.
async fn run(mut reader: Box<dyn Reader>, state: Arc<State>, mut stopped: watch::Receiver<bool>) {
    let mut pause = PAUSE.0;
    while !*stopped.borrow() {
        let stepped = {
            let step = reader.step();
            tokio::pin!(step);
            tokio::select! {
                stepped = &mut step => Some(stepped),
                () = told(&mut stopped) => {
                    let _ = tokio::time::timeout(GRACE, step).await;
                    None
                }
            }
        };
        let Some(stepped) = stepped else { break };
        let rest = match stepped {
            Ok(Pace::More) => {
                state.well();
                pause = PAUSE.0;
                continue;
            }
            Ok(Pace::Rest(rest)) => {
                state.caught_up();
                pause = PAUSE.0;
                rest
            }
            Err(Trouble::Asked { pause, why }) => {
                tracing::info!(feed = state.id, seconds = pause.as_secs(), "{why}");
                state.well();
                pause
            }
            Err(Trouble::Again(why)) => {
                tracing::warn!(feed = state.id, "{why}");
                state.failed(&why);
                let rest = jittered(pause);
                pause = (pause * 2).min(PAUSE.1);
                rest
            }
        };
        tokio::select! {
            () = tokio::time::sleep(rest) => {}
            () = told(&mut stopped) => {}
        }
    }
    if tokio::time::timeout(GRACE, reader.stop()).await.is_err() {
        tracing::warn!(feed = state.id, "a feed that did not end in time was cut off");
    }
}

/// Waits until the house stops.
async fn told(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|it| *it).await;
}

/// The secret that a reference points to.
///
/// # Errors
/// It is not there, or empty. The secret is never repeated.
pub fn secret(reference: &SecretReference) -> Result<Secret, String> {
    let (text, place) = referred(reference)?;
    match text.trim() {
        "" => Err(format!("{place} is empty")),
        text if text.contains(char::is_control) => Err(format!("{place} holds more than one line")),
        text => Ok(Secret::new(text)),
    }
}

/// The same of several lines: a key in PEM.
///
/// # Errors
/// It is not there, or it is empty.
pub fn secret_lines(reference: &SecretReference) -> Result<Secret, String> {
    let (text, place) = referred(reference)?;
    match text.trim() {
        "" => Err(format!("{place} is empty")),
        text => Ok(Secret::new(text)),
    }
}

/// The text that a reference leads to, and where that is in words.
fn referred(reference: &SecretReference) -> Result<(String, String), String> {
    Ok(match reference {
        SecretReference::Environment(name) => {
            let text = variable(name)
                .ok_or_else(|| format!("the environment variable `{name}` is not set"));
            (text?, format!("the environment variable `{name}`"))
        }
        SecretReference::File(path) => {
            let shown = path.display();
            let text = read_file(path, SECRET_BYTES).map_err(|why| format!("`{shown}`: {why}"));
            (text?, format!("`{shown}`"))
        }
        SecretReference::Vault(it) => (crate::vaulted::text(it)?, crate::vaulted::place(it)),
    })
}

/// A pause between half of this and this, so that many do not come back at the same moment.
fn jittered(pause: Duration) -> Duration {
    let mut random = [0; 4];
    if getrandom::fill(&mut random).is_err() {
        return pause;
    }
    let part = f64::from(u32::from_le_bytes(random)) / f64::from(u32::MAX);
    pause.mul_f64(0.5 + part / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_differ_and_stay_within_bounds() {
        let pause = Duration::from_secs(8);
        let all: Vec<Duration> = (0..50).map(|_| jittered(pause)).collect();
        assert!(all.iter().all(|it| *it >= pause / 2 && *it <= pause), "{all:?}");
        assert!(all.windows(2).any(|it| it[0] != it[1]));
    }

    /// Fails a few times, then reads one thing, then rests.
    #[derive(Debug)]
    struct Moody(u32, Arc<std::sync::atomic::AtomicU32>);

    #[async_trait::async_trait]
    impl Reader for Moody {
        async fn step(&mut self) -> Result<Pace, Trouble> {
            self.1.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            self.0 += 1;
            match self.0 {
                1 | 2 => Err(Trouble::again("down")),
                3 => Ok(Pace::More),
                _ => Ok(Pace::Rest(Duration::from_secs(3_600))),
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_sick_feed_waits_recovers_and_stops_when_told() {
        let state = Arc::new(State::new("moody".to_owned(), "test", String::new()));
        let steps = Arc::default();
        let (stop, stopped) = watch::channel(false);
        let reader = Box::new(Moody(0, Arc::clone(&steps)));
        let task = tokio::spawn(run(reader, Arc::clone(&state), stopped));
        tokio::time::sleep(Duration::from_millis(100)).await;
        let sick = state.standing();
        assert_eq!((sick.errors, sick.last_error.unwrap().1.as_str()), (1, "down"));
        assert!(sick.sick_since.is_some());
        tokio::time::sleep(Duration::from_secs(10)).await;
        let well = state.standing();
        assert_eq!((well.errors, well.sick_since), (2, None));
        assert_eq!(steps.load(std::sync::atomic::Ordering::SeqCst), 4);
        stop.send(true).unwrap();
        task.await.unwrap();
    }
}
