//! A stream of NATS JetStream, read by a durable pull consumer; acknowledged after it is stored.
//!
//! What was stored and not yet acknowledged when the process died comes again; its sequence numbers
//! are in the cursor, so it is acknowledged then and not stored twice.

use super::intake::{Intake, Lot};
use super::{Pace, Reader, Trouble, secret};
use crate::config::NatsFeed;
use async_nats::connection::State;
use async_nats::jetstream::consumer::{AckPolicy, PullConsumer, pull};
use async_nats::jetstream::{self, Message};
use async_nats::{Client, ConnectOptions};
use futures::StreamExt as _;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// Most messages that are stored at a time.
const LOT: usize = 500;
/// Most bytes of messages that are asked for at a time.
const LOT_BYTES: usize = 8 << 20;
/// How long to wait when there is nothing.
const LOOK: Duration = Duration::from_millis(250);
/// How long a message may stay without an acknowledgement before it comes again.
const ACKNOWLEDGED: Duration = Duration::from_secs(60);
/// How long the server may take for one answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// From how many ranges on those are left out that the server knows to be acknowledged.
const RANGES: usize = 64;
/// Most ranges that are kept; a message of an older one would be stored again, which does no harm.
const MOST: usize = 20_000;

/// A stream.
#[derive(Debug)]
pub struct Stream {
    config: NatsFeed,
    intake: Intake,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    client: Client,
    consumer: PullConsumer,
    /// The stream and when it was made: another one of the same name begins to count anew.
    part: String,
    reached: Reached,
}

/// What is stored of a stream. Its JSON form is the cursor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Reached {
    /// How many records were read.
    count: u64,
    /// The sequence numbers that are stored, as ranges in order, both ends included.
    stored: Vec<(u64, u64)>,
}

impl Reached {
    fn has(&self, sequence: u64) -> bool {
        let after = self.stored.partition_point(|it| it.0 <= sequence);
        let before = after.checked_sub(1).and_then(|it| self.stored.get(it));
        before.is_some_and(|it| it.1 >= sequence)
    }

    fn add(&mut self, sequence: u64) {
        if self.has(sequence) {
            return;
        }
        let at = self.stored.partition_point(|it| it.0 <= sequence);
        let joins_before = at
            .checked_sub(1)
            .is_some_and(|it| self.stored.get(it).is_some_and(|it| it.1 + 1 == sequence));
        let joins_after = self.stored.get(at).is_some_and(|it| sequence + 1 == it.0);
        match (joins_before, joins_after) {
            (true, true) => {
                let (_, end) = self.stored.remove(at);
                if let Some(it) = self.stored.get_mut(at - 1) {
                    it.1 = end;
                }
            }
            (true, false) => {
                if let Some(it) = self.stored.get_mut(at - 1) {
                    it.1 = sequence;
                }
            }
            (false, true) => {
                if let Some(it) = self.stored.get_mut(at) {
                    it.0 = sequence;
                }
            }
            (false, false) => self.stored.insert(at, (sequence, sequence)),
        }
        let over = self.stored.len().saturating_sub(MOST);
        self.stored.drain(..over);
    }

    /// Everything up to here is acknowledged and never comes again.
    fn forget(&mut self, floor: u64) {
        self.stored.retain(|it| it.1 > floor);
    }
}

impl Stream {
    /// A reader of this stream.
    #[must_use]
    pub fn new(config: &NatsFeed, intake: Intake) -> Self {
        Self { config: config.clone(), intake, open: None }
    }

    async fn opened(&mut self) -> Result<Open, Trouble> {
        if let Some(open) = self.open.take() {
            return Ok(open);
        }
        let (client, consumer, made) = connect(&self.config).await.map_err(Trouble::again)?;
        let part = format!("{}@{made}", self.config.stream);
        let stored = self.intake.cursor(&part).await?;
        let reached = stored.and_then(|it| serde_json::from_str(&it).ok()).unwrap_or_default();
        Ok(Open { client, consumer, part, reached })
    }
}

/// The client, the consumer, and when its stream was made.
async fn connect(config: &NatsFeed) -> Result<(Client, PullConsumer, String), String> {
    let mut options = ConnectOptions::new().name("interlock").request_timeout(Some(PATIENCE));
    if let Some(reference) = &config.secret {
        let secret = secret(reference)?.expose().to_owned();
        options = match &config.user {
            Some(user) => options.user_and_password(user.clone(), secret),
            None => options.token(secret),
        };
    }
    if let Some(path) = &config.ca {
        options = options.add_root_certificates(path.clone());
    }
    let servers: Vec<&str> = config.server.split(',').map(str::trim).collect();
    let connecting = tokio::time::timeout(PATIENCE, options.connect(servers));
    let client = connecting
        .await
        .map_err(|_| format!("`{}` gives no answer", config.server))?
        .map_err(|error| format!("`{}` cannot be reached: {error}", config.server))?;
    let context = jetstream::new(client.clone());
    let stream = context
        .get_stream(&config.stream)
        .await
        .map_err(|error| format!("the stream `{}` cannot be had: {error}", config.stream))?;
    let made = stream.cached_info().created.unix_timestamp_nanos().to_string();
    let wanted = pull::Config {
        durable_name: Some(config.consumer.clone()),
        filter_subject: config.subject.clone().unwrap_or_default(),
        ack_policy: AckPolicy::Explicit,
        ack_wait: ACKNOWLEDGED,
        ..pull::Config::default()
    };
    let consumer = stream
        .get_or_create_consumer(&config.consumer, wanted)
        .await
        .map_err(|error| format!("the consumer `{}` cannot be had: {error}", config.consumer))?;
    Ok((client, consumer, made))
}

#[async_trait::async_trait]
impl Reader for Stream {
    async fn step(&mut self) -> Result<Pace, Trouble> {
        let Open { client, mut consumer, part, reached } = self.opened().await?;
        // The client connects again by itself and meanwhile gives nothing, as an empty stream does.
        if client.connection_state() != State::Connected {
            let why = format!("`{}` has gone away", self.config.server);
            self.open = Some(Open { client, consumer, part, reached });
            return Err(Trouble::again(why));
        }
        let failed = |error: &dyn std::fmt::Display| {
            Trouble::again(format!("the stream gives nothing: {error}"))
        };
        let fetched = consumer.fetch().max_messages(LOT).max_bytes(LOT_BYTES).messages();
        let mut fetched = fetched.await.map_err(|error| failed(&error))?;
        let mut messages: Vec<Message> = Vec::new();
        loop {
            let next = tokio::select! {
                next = fetched.next() => next,
                () = disconnected(&client) => return Err(failed(&"the server has gone away")),
                () = tokio::time::sleep(PATIENCE) => return Err(failed(&"no answer in time")),
            };
            let Some(message) = next else { break };
            messages.push(message.map_err(|error| failed(&error))?);
        }
        drop(fetched);
        if messages.is_empty() {
            self.open = Some(Open { client, consumer, part, reached });
            return Ok(Pace::Rest(LOOK));
        }
        let file: Arc<str> = format!("nats:{}:{}", self.intake.feed(), self.config.stream).into();
        let mut after = reached.clone();
        let mut lot = Lot::default();
        for message in &messages {
            let sequence = message.info().map_err(|error| failed(&error))?.stream_sequence;
            if after.has(sequence) {
                continue;
            }
            let found = self.intake.cut(message.payload.to_vec(), &file, after.count);
            after.count += found.count();
            after.add(sequence);
            lot.append(found);
        }
        if after.stored.len() > RANGES {
            let info = consumer.info().await.map_err(|error| failed(&error))?;
            after.forget(info.ack_floor.stream_sequence);
        }
        if after != reached {
            let state =
                serde_json::to_string(&after).map_err(|error| Trouble::again(error.to_string()))?;
            self.intake.take(lot, &part, state).await?;
        }
        for message in &messages {
            message.ack().await.map_err(|error| failed(&error))?;
        }
        self.open = Some(Open { client, consumer, part, reached: after });
        Ok(Pace::More)
    }
}

/// Returns when the connection is no longer there.
async fn disconnected(client: &Client) {
    while client.connection_state() == State::Connected {
        tokio::time::sleep(LOOK).await;
    }
}

/// Whether the stream and its consumer are there; makes the consumer when it is missing.
///
/// # Errors
/// They cannot be had.
pub async fn test(config: &NatsFeed) -> Result<String, String> {
    let (_client, mut consumer, _) = connect(config).await?;
    let info = consumer.info().await.map_err(|error| error.to_string())?;
    Ok(format!("the stream is there; {} messages wait", info.num_pending))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn ranges_are_the_set_of_what_was_added(
            added in proptest::collection::vec(0_u64..40, 0..60), floor in 0_u64..40
        ) {
            let mut reached = Reached::default();
            let mut set = BTreeSet::new();
            for it in added {
                reached.add(it);
                set.insert(it);
            }
            for it in 0..42 {
                prop_assert_eq!(reached.has(it), set.contains(&it), "{}", it);
            }
            prop_assert!(reached.stored.windows(2).all(|it| it[0].1 + 1 < it[1].0), "{:?}", reached);
            reached.forget(floor);
            for it in floor + 1..42 {
                prop_assert_eq!(reached.has(it), set.contains(&it), "{}", it);
            }
        }
    }
}
