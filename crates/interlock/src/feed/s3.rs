//! Objects in S3 that a queue announces: stored record by record, then the message is deleted.
//!
//! A message is deleted only when everything that it names is stored. One that is not understood, or
//! names what is not there, is noted once and left to the queue's own redrive policy.

use super::intake::{Intake, cut};
use super::{Pace, Reader, Trouble};
use crate::clock;
use crate::config::S3Feed;
use crate::connectors;
use interlock_connect::aws::sign::Signer;
use interlock_connect::feeds::aws_s3::{Announced, AwsError, Message, Object};
use interlock_model::{Place, Rejected, Timestamp};
use interlock_store::Forget;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tempfile::SpooledTempFile;
use tokio::sync::mpsc;

/// Up to how many bytes an object is kept in memory; a larger one goes to a nameless file.
const IN_MEMORY: usize = 16 << 20;
/// The largest object, in bytes.
const OBJECT_BYTES: u64 = 4 << 30;
/// For how many days it is known that an object was stored. A queue keeps messages for 14.
const KEPT_DAYS: i64 = 16;
/// How often old cursors are forgotten, in seconds.
const TIDY: i64 = 3_600;
/// Most messages that are known to be unusable.
const NOTED: usize = 10_000;

/// Objects that a queue announces.
#[derive(Debug)]
pub struct Objects {
    config: S3Feed,
    intake: Intake,
    announced: Option<Announced>,
    noted: HashSet<String>,
    tidied: i64,
}

/// How far an object has been read.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Reached {
    records: u64,
    done: bool,
}

impl From<AwsError> for Trouble {
    fn from(error: AwsError) -> Self {
        Self::Again(error.to_string())
    }
}

async fn connect(config: &S3Feed) -> Result<Announced, String> {
    let credentials =
        connectors::credentials(&config.credentials).map_err(|it| format!("{it:#}"))?;
    let signer = Signer::new(&credentials, &config.region).await.map_err(|it| it.to_string())?;
    let endpoint = config.endpoint.as_deref();
    Announced::new(signer, &config.queue, &config.region, endpoint, config.visibility)
        .map_err(|it| it.to_string())
}

fn now() -> SystemTime {
    clock::now().into()
}

impl Objects {
    /// A reader of this queue.
    #[must_use]
    pub fn new(config: &S3Feed, intake: Intake) -> Self {
        let config = config.clone();
        Self { config, intake, announced: None, noted: HashSet::new(), tidied: 0 }
    }

    /// Stores what a message announces, and deletes it.
    async fn message(&mut self, announced: &Announced, message: &Message) -> Result<(), Trouble> {
        let objects = match &message.objects {
            Ok(objects) => objects,
            Err(why) => return self.note(message, why.clone()).await,
        };
        for object in objects {
            if let Err(why) = self.object(announced, object).await? {
                return self.note(message, why).await;
            }
        }
        Ok(announced.delete(message, now()).await?)
    }

    /// Notes a message that cannot be used; it stays in the queue.
    async fn note(&mut self, message: &Message, why: String) -> Result<(), Trouble> {
        if self.noted.len() >= NOTED {
            self.noted.clear();
        }
        if !self.noted.insert(message.id.clone()) {
            return Ok(());
        }
        tracing::warn!(feed = self.intake.feed(), message = message.id, "{why}");
        self.intake.state.complained(&why);
        let file = format!("sqs:{}:{}", self.intake.feed(), message.id);
        let place = Place { file: file.into(), record: 0 };
        self.intake.reject(vec![Rejected { place, why }]).await
    }

    /// Stores the records of an object; in words why there is none.
    async fn object(
        &self,
        announced: &Announced,
        object: &Object,
    ) -> Result<Result<(), String>, Trouble> {
        let name = object.name();
        let stored = self.intake.cursor(&name).await?;
        let reached: Reached =
            stored.and_then(|it| serde_json::from_str(&it).ok()).unwrap_or_default();
        if reached.done {
            return Ok(Ok(()));
        }
        // Fetched as a whole first: an answer that breaks off is no end of an object.
        let mut file = SpooledTempFile::new(IN_MEMORY);
        let mut size = 0;
        let kept = |bytes: &[u8]| {
            size += bytes.len() as u64;
            if size > OBJECT_BYTES {
                let why = format!("`{name}` is larger than {OBJECT_BYTES} bytes");
                return Err(std::io::Error::other(why));
            }
            file.write_all(bytes)
        };
        match announced.get(object, now(), kept).await {
            Ok(()) => {}
            Err(AwsError::Gone(why)) => return Ok(Err(why)),
            Err(AwsError::Again(why)) if size > OBJECT_BYTES => return Ok(Err(why)),
            Err(error) => return Err(error.into()),
        }
        let rewound = file.seek(SeekFrom::Start(0));
        rewound.map_err(|error| Trouble::again(format!("what was fetched is lost: {error}")))?;
        self.store(file, &name, reached.records).await?;
        Ok(Ok(()))
    }

    /// Cuts an object and stores it lot by lot, from this record on.
    async fn store(&self, file: SpooledTempFile, name: &str, from: u64) -> Result<(), Trouble> {
        let (limits, alert) = (self.intake.limits(), self.intake.alert());
        let shown: Arc<str> = name.into();
        let (sender, mut lots) = mpsc::channel(2);
        let cutter = tokio::task::spawn_blocking(move || {
            cut(file, &shown, 0, limits, alert, |lot| sender.blocking_send(Some(lot)).is_ok());
            // The end is the end only when the cutter came to it.
            let _ = sender.blocking_send(None);
        });
        let broken = || Trouble::again("an object could not be cut into records");
        let mut reached = 0;
        let mut next = lots.recv().await.ok_or_else(broken)?;
        while let Some(mut lot) = next {
            next = lots.recv().await.ok_or_else(broken)?;
            reached += lot.count();
            lot.records.retain(|it| it.record >= from);
            lot.rejected.retain(|it| it.place.record >= from);
            let done = next.is_none();
            if reached > from || done {
                let state = Reached { records: reached, done };
                let state = serde_json::to_string(&state).unwrap_or_default();
                self.intake.take(lot, name, state).await?;
            }
        }
        cutter.await.map_err(|_| broken())
    }

    async fn tidy(&mut self) -> Result<(), Trouble> {
        let now = clock::now().as_second();
        if now - self.tidied < TIDY {
            return Ok(());
        }
        self.tidied = now;
        let before = Timestamp::from_second(now - KEPT_DAYS * 24 * 3_600);
        self.intake.forget(Forget::Before(before.unwrap_or(Timestamp::UNIX_EPOCH))).await
    }
}

#[async_trait::async_trait]
impl Reader for Objects {
    async fn step(&mut self) -> Result<Pace, Trouble> {
        self.tidy().await?;
        let announced = match self.announced.take() {
            Some(it) => it,
            None => connect(&self.config).await.map_err(Trouble::again)?,
        };
        let messages = announced.receive(now()).await?;
        let mut outcome = Ok(());
        for message in &messages {
            // One that cannot be had now comes again by itself, and keeps no other.
            if let Err(trouble) = self.message(&announced, message).await {
                outcome = Err(trouble);
            }
        }
        self.announced = Some(announced);
        outcome?;
        Ok(if messages.is_empty() { Pace::Rest(Duration::ZERO) } else { Pace::More })
    }
}

/// How many messages wait in the queue; takes none.
///
/// # Errors
/// The queue does not answer, or refuses.
pub async fn test(config: &S3Feed) -> Result<String, String> {
    let announced = connect(config).await?;
    let waiting = announced.waiting(now()).await.map_err(|it| it.to_string())?;
    Ok(format!("the queue answers; about {waiting} messages wait"))
}
