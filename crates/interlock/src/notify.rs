//! Notices leave the house: who must approve, what is stuck, what somebody else undid.
//!
//! Each receiver has its own cursor in the store, moved only when the receiver has taken a notice: none is
//! lost, and one may come twice, under the same `webhook-id`. Signed as <https://www.standardwebhooks.com>
//! says. A receiver that is sick is asked again and again, later and later, and delays no other.

mod markup;

use crate::clock;
use crate::config::{NotifyAddress, NotifyConfig};
use crate::exit::Failure;
use crate::feed::{Trouble, secret};
use crate::plain;
use crate::runner::House;
use anyhow::anyhow;
use interlock_connect::http::{Http, Request};
use interlock_connect::{Secret, standard_webhooks};
use interlock_model::{Digest, OwnerId};
use interlock_store::{Cursor, Notice};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How often new notices are looked for.
const LOOK: Duration = Duration::from_millis(500);
/// The first pause after a failure, and the longest.
const PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));
/// How long a receiver may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// How much of an answer is read, in bytes.
const ANSWER: usize = 64 << 10;
/// How many notices are read at a time.
const LOT: usize = 100;
/// The name of the cursors, before the receiver's.
const CURSOR: &str = "notify";

/// One receiver.
#[derive(Debug)]
struct Receiver {
    id: String,
    url: Secret,
    key: Option<Secret>,
    to: BTreeSet<String>,
    /// Whether the address is one of Slack.
    slack: bool,
    http: Http,
    house: House,
}

/// All receivers, being told.
#[derive(Debug)]
pub struct Running {
    tasks: Vec<JoinHandle<()>>,
    stop: watch::Sender<bool>,
}

/// What a receiver gets.
#[derive(Debug, Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    time: String,
    /// The team, or `security`.
    to: &'a str,
    /// Where the team is reached, as the directory says.
    contact: Option<String>,
    containment: Option<&'a str>,
    /// As plain text; at an address of Slack as its markup, since that reads it so.
    text: Cow<'a, str>,
    /// The same for whoever passes it on.
    marked: Marked,
}

/// A notice's text where something reads it that knows markup.
#[derive(Debug, Serialize)]
struct Marked {
    slack: String,
    markdown: String,
    html: String,
}

/// Begins to tell every receiver.
///
/// # Errors
/// An address or a key is not where the configuration points.
pub fn start(configs: &[NotifyConfig], house: &House) -> Result<Running, Failure> {
    let (stop, stopped) = watch::channel(false);
    let mut tasks = Vec::new();
    for config in configs {
        let receiver = Receiver::new(config, house.clone())
            .map_err(|why| Failure::usage(anyhow!("receiver `{}`: {why}", config.id)))?;
        tasks.push(tokio::spawn(receiver.run(stopped.clone())));
    }
    Ok(Running { tasks, stop })
}

impl Running {
    /// Ends; what was not taken is told after the next start.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        for task in self.tasks {
            let _ = task.await;
        }
    }
}

impl Receiver {
    fn new(config: &NotifyConfig, house: House) -> Result<Self, String> {
        let url = match &config.address {
            NotifyAddress::Plain(url) => Secret::new(url.as_str()),
            NotifyAddress::Hidden(reference) => secret(reference)?,
        };
        if let Some(why) = crate::config::unfit_address(url.expose()) {
            return Err(format!("its address {why}"));
        }
        let key = config.secret.as_ref().map(secret).transpose()?;
        let http = Http::new(url.expose()).map_err(|error| error.to_string())?;
        let (slack, to) = (markup::is_slack(url.expose()), config.to.clone());
        Ok(Self { id: config.id.clone(), url, key, to, slack, http, house })
    }

    async fn run(self, mut stopped: watch::Receiver<bool>) {
        let mut pause = PAUSE.0;
        loop {
            let step = tokio::select! {
                step = self.step() => step,
                _ = stopped.wait_for(|it| *it) => return,
            };
            let rest = match step {
                Ok(()) => {
                    pause = PAUSE.0;
                    LOOK
                }
                Err(error) => {
                    metrics::counter!("interlock_notify_failures_total", "receiver" => self.id.clone())
                        .increment(1);
                    tracing::warn!(receiver = self.id, "notices wait: {error}");
                    let rest = pause;
                    pause = (pause * 2).min(PAUSE.1);
                    rest
                }
            };
            tokio::select! {
                () = tokio::time::sleep(rest) => {}
                _ = stopped.wait_for(|it| *it) => return,
            }
        }
    }

    /// Tells what is new, one after the other.
    async fn step(&self) -> Result<(), Trouble> {
        let store = self.house.store();
        let reached = store.cursor(CURSOR, &self.id).await?;
        let mut reached = reached.and_then(|it| it.state.parse().ok()).unwrap_or(0);
        loop {
            let notices = store.notices_after(reached, LOT).await?;
            if notices.is_empty() {
                return Ok(());
            }
            for (position, notice) in notices {
                if self.to.is_empty() || self.to.contains(&notice.to) {
                    self.tell(position, &notice).await?;
                }
                reached = position;
                let cursor = Cursor {
                    feed: CURSOR.into(),
                    part: self.id.as_str().into(),
                    state: position.to_string().into(),
                    time: clock::now(),
                };
                store.push_from(&[], &cursor).await?;
            }
        }
    }

    async fn tell(&self, position: u64, notice: &Notice) -> Result<(), Trouble> {
        let containment = notice.containment.as_ref().map(ToString::to_string);
        // Names in it are chosen by whoever is accused; they must not forge lines of a chat.
        let text = plain::one_line(&notice.text);
        let marked = Marked {
            slack: markup::slack(&text),
            markdown: markup::markdown(&text),
            html: markup::html(&text),
        };
        let body = Body {
            kind: "interlock.notice",
            time: notice.time.to_string(),
            to: &notice.to,
            contact: self.contact(&notice.to).await,
            containment: containment.as_deref(),
            text: if self.slack { marked.slack.clone().into() } else { text },
            marked,
        };
        let body = serde_json::to_vec(&body).map_err(|error| Trouble::again(error.to_string()))?;
        let digest = Digest::of(format!("{position} {} {}", notice.to, notice.text).as_bytes());
        let id = format!("ntc_{}", digest.short());
        let request = Request {
            method: "POST",
            url: self.url.expose(),
            headers: standard_webhooks::headers(
                self.key.as_ref(),
                &id,
                clock::now().as_second(),
                &body,
            ),
            body,
        };
        let answer = tokio::time::timeout(PATIENCE, self.http.ask(request, ANSWER)).await;
        let answer = answer.map_err(|_| Trouble::again("no answer in time"))?;
        let answer = answer.map_err(|error| Trouble::again(error.to_string()))?;
        if (200..300).contains(&answer.status) {
            return Ok(());
        }
        Err(Trouble::again(format!("the receiver answers {}", answer.status)))
    }

    /// Where a team is reached, as the directory says now.
    async fn contact(&self, to: &str) -> Option<String> {
        let owner: OwnerId = to.parse().ok()?;
        let look = move |world: &interlock_engine::World| {
            world.watch().directory().owner(&owner).map(|it| it.contact.clone())
        };
        self.house.look(look).await.ok().flatten().filter(|it| !it.is_empty())
    }
}
