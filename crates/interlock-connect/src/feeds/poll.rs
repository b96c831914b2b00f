//! Logs that are polled: Okta's System Log and GitHub's audit log.
//!
//! A place in the log is the query of the `Link` with `rel="next"`, as both providers give it. Where
//! there is none, or it is no longer known, the log is read again from some minutes before the newest
//! event on, and what was seen in that time is left out: so an event that comes late is found, and
//! none is counted twice.

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;

use crate::Secret;
use crate::http::{Answer, Http, HttpError, Request};
use interlock_model::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::time::Duration;

/// The largest page, in bytes.
const PAGE_BYTES: usize = 32 << 20;
/// How many ids of events are remembered at most.
const SEEN: usize = 20_000;
/// The longest pause that a provider may ask for.
const LONGEST: i64 = 3_600;
/// From which difference on the own clock is not believed, in seconds.
const SKEW: i64 = 60;

/// Whose log it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Api {
    /// Okta's System Log.
    OktaSystemLog,
    /// The audit log of a GitHub organisation.
    GithubAuditLog {
        /// Its name.
        organization: String,
    },
}

/// How far a log has been read. Its JSON form is the cursor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// The query of the next page.
    #[serde(default)]
    pub next: Option<String>,
    /// The time of the newest event, in seconds since 1970.
    #[serde(default)]
    pub newest: Option<i64>,
    /// Events of the last minutes: their times and the digests of their ids.
    #[serde(default)]
    pub seen: Vec<(i64, String)>,
    /// How many events were read.
    #[serde(default)]
    pub count: u64,
}

/// One answer of the log.
#[derive(Debug)]
pub struct Page {
    /// The events that were not seen before, as their provider wrote them.
    pub fresh: Vec<String>,
    /// How far the log has been read with them.
    pub reached: Reached,
    /// Whether there may be more at once.
    pub more: bool,
    /// How long to leave the provider alone, because little of what it allows is left.
    pub pause: Option<Duration>,
}

/// Why there is no page; cut by what happens next.
#[derive(Debug, thiserror::Error)]
pub enum PollError {
    /// Ask again, after a pause that grows.
    #[error("{0}")]
    Again(String),
    /// Ask again after exactly this long.
    #[error("{why}")]
    Asked {
        /// How long.
        pause: Duration,
        /// In words.
        why: String,
    },
    /// The place is not known any more: forget it, and ask from the newest event on.
    #[error("{0}")]
    Lost(String),
}

impl From<HttpError> for PollError {
    fn from(error: HttpError) -> Self {
        Self::Again(error.to_string())
    }
}

/// A log that is polled.
#[derive(Debug)]
pub struct Poller {
    api: Api,
    http: Http,
    base: String,
    lookback: i64,
    overlap: i64,
    /// How far the provider's clock is ahead of the own one, in seconds.
    ahead: i64,
}

impl Poller {
    /// A reader of the log at this address. `lookback`: how far the first question goes back;
    /// `overlap`: how far later ones do.
    ///
    /// # Errors
    /// TLS cannot be had.
    pub fn new(
        api: Api,
        base: &str,
        lookback: Duration,
        overlap: Duration,
    ) -> Result<Self, PollError> {
        let seconds = |it: Duration| i64::try_from(it.as_secs()).unwrap_or(i64::MAX / 4);
        let (lookback, overlap) = (seconds(lookback), seconds(overlap));
        let http = Http::new(base)?;
        Ok(Self { api, http, base: base.to_owned(), lookback, overlap, ahead: 0 })
    }

    /// Asks for the next page.
    ///
    /// # Errors
    /// There is none; nothing was passed over.
    pub async fn ask(
        &mut self,
        token: &Secret,
        reached: &Reached,
        now: Timestamp,
    ) -> Result<Page, PollError> {
        let answer = self.request(token, reached, now).await?;
        let begun = reached.next.is_some() || reached.newest.is_some();
        if !begun && self.ahead.abs() > SKEW {
            // The first question was put by a clock that is wrong: it is put once more.
            tracing::warn!(seconds = self.ahead, "the own clock differs from the provider's");
            let answer = self.request(token, reached, now).await?;
            return self.page(&answer, reached, now);
        }
        self.page(&answer, reached, now)
    }

    async fn request(
        &mut self,
        token: &Secret,
        reached: &Reached,
        now: Timestamp,
    ) -> Result<Answer, PollError> {
        let url = format!("{}{}?{}", self.base, self.path(), self.query(reached, now));
        let (accept, authorization) = match self.api {
            Api::OktaSystemLog => ("application/json", format!("SSWS {}", token.expose())),
            Api::GithubAuditLog { .. } => {
                ("application/vnd.github+json", format!("Bearer {}", token.expose()))
            }
        };
        let mut headers = vec![
            ("accept".to_owned(), accept.to_owned()),
            ("authorization".to_owned(), authorization),
        ];
        if matches!(self.api, Api::GithubAuditLog { .. }) {
            headers.push(("x-github-api-version".to_owned(), "2022-11-28".to_owned()));
        }
        let request = Request { method: "GET", url: &url, headers, body: Vec::new() };
        let answer = self.http.ask(request, PAGE_BYTES).await?;
        if let Some(theirs) = date(&answer) {
            self.ahead = theirs - now.as_second();
        }
        let theirs = now.as_second() + self.ahead;
        let status = answer.status;
        match status {
            200 => Ok(answer),
            429 | 403 if status == 429 || is_limited(&answer) => {
                let pause = asked_pause(&answer, theirs).unwrap_or(60).clamp(1, LONGEST);
                let why = format!("asked to wait {pause} s: status {status}");
                Err(PollError::Asked { pause: Duration::from_secs(pause.unsigned_abs()), why })
            }
            400 | 404 | 410 | 422 if reached.next.is_some() => Err(PollError::Lost(format!(
                "the place in the log is not known any more: status {status}"
            ))),
            401 | 403 => Err(PollError::Again(format!(
                "the token is refused: status {status}: {}",
                answer.words()
            ))),
            _ => Err(PollError::Again(format!("status {status}: {}", answer.words()))),
        }
    }

    fn path(&self) -> String {
        match &self.api {
            Api::OktaSystemLog => "/api/v1/logs".to_owned(),
            Api::GithubAuditLog { organization } => format!("/orgs/{organization}/audit-log"),
        }
    }

    fn query(&self, reached: &Reached, now: Timestamp) -> String {
        if let Some(next) = &reached.next {
            return next.clone();
        }
        let since = match reached.newest {
            Some(newest) => newest - self.overlap,
            None => now.as_second() + self.ahead - self.lookback,
        };
        let since = Timestamp::from_second(since).unwrap_or(Timestamp::UNIX_EPOCH);
        let since = since.strftime("%Y-%m-%dT%H:%M:%SZ");
        match self.api {
            Api::OktaSystemLog => {
                let since = since.to_string().replace(':', "%3A");
                format!("since={since}&sortOrder=ASCENDING&limit=1000")
            }
            Api::GithubAuditLog { .. } => {
                let since = since.to_string().replace(':', "%3A");
                format!("phrase=created%3A%3E%3D{since}&include=all&order=asc&per_page=100")
            }
        }
    }

    fn page(&self, answer: &Answer, reached: &Reached, now: Timestamp) -> Result<Page, PollError> {
        let events: Vec<Box<RawValue>> = serde_json::from_slice(&answer.body).map_err(|error| {
            PollError::Again(format!("the answer is no page of a log: {error}"))
        })?;
        let theirs = now.as_second() + self.ahead;
        let mut reached_now = reached.clone();
        let known: BTreeSet<&str> = reached.seen.iter().map(|it| it.1.as_str()).collect();
        let mut fresh = Vec::new();
        let mut here = BTreeSet::new();
        for event in &events {
            let (id, time) = self.marks(event.get());
            // A time in the future would hide everything before it.
            let time = time.unwrap_or(theirs).min(theirs);
            reached_now.newest = Some(reached_now.newest.map_or(time, |it| it.max(time)));
            if let Some(id) = id {
                if known.contains(id.as_str()) || !here.insert(id.clone()) {
                    continue;
                }
                reached_now.seen.push((time, id));
            }
            fresh.push(event.get().to_owned());
        }
        let oldest = reached_now.newest.map_or(i64::MIN, |it| it - self.overlap - SKEW);
        reached_now.seen.retain(|it| it.0 >= oldest);
        let over = reached_now.seen.len().saturating_sub(SEEN);
        reached_now.seen.drain(..over);
        reached_now.count += fresh.len() as u64;
        let next = self.next(answer);
        // A page that leads to itself leads nowhere.
        let same = next.as_ref() == Some(&self.query(reached, now));
        let more = next.is_some() && !same && !events.is_empty();
        reached_now.next = match self.api {
            // Okta's link goes on where the log will grow, so it is kept.
            Api::OktaSystemLog => next.or_else(|| reached.next.clone()),
            // GitHub's only leads through the pages of one question.
            Api::GithubAuditLog { .. } => next.filter(|_| more),
        };
        Ok(Page { fresh, reached: reached_now, more, pause: self.little_left(answer, theirs) })
    }

    /// Id and time of an event.
    fn marks(&self, event: &str) -> (Option<String>, Option<i64>) {
        #[derive(Deserialize)]
        struct Okta {
            uuid: Option<String>,
            published: Option<Timestamp>,
        }
        #[derive(Deserialize)]
        struct Github {
            #[serde(rename = "_document_id")]
            id: Option<String>,
            #[serde(rename = "@timestamp")]
            time: Option<i64>,
        }
        let (id, time) = match self.api {
            Api::OktaSystemLog => match serde_json::from_str::<Okta>(event) {
                Ok(it) => (it.uuid, it.published.map(|it| it.as_second())),
                Err(_) => (None, None),
            },
            Api::GithubAuditLog { .. } => match serde_json::from_str::<Github>(event) {
                Ok(it) => (it.id, it.time.map(|it| it.div_euclid(1_000))),
                Err(_) => (None, None),
            },
        };
        let short = |id: String| {
            let digest = Sha256::digest(id.as_bytes());
            digest.get(..8).map(hex::encode).unwrap_or_default()
        };
        (id.filter(|it| !it.is_empty()).map(short), time)
    }

    /// The query of the next page; the rest of the link is not followed, wherever it leads.
    fn next(&self, answer: &Answer) -> Option<String> {
        let links = answer.all("link").flat_map(|it| it.split(','));
        for link in links {
            let (address, parameters) = link.trim().split_once('>')?;
            if !parameters.split(';').any(|it| matches!(it.trim(), "rel=\"next\"" | "rel=next")) {
                continue;
            }
            let address = address.strip_prefix('<')?;
            let (before, query) = address.split_once('?')?;
            let sound = |it: u8| it.is_ascii_graphic() && !b"#<>\"".contains(&it);
            if before.ends_with(&self.path()) && query.len() < 4_096 && query.bytes().all(sound) {
                return Some(query.to_owned());
            }
        }
        None
    }

    /// How long until more is allowed, when less than a tenth is left.
    fn little_left(&self, answer: &Answer, theirs: i64) -> Option<Duration> {
        let number = |names: [&str; 2]| {
            names.iter().find_map(|it| answer.header(it)?.trim().parse::<i64>().ok())
        };
        let left = number(["x-rate-limit-remaining", "x-ratelimit-remaining"])?;
        let of = number(["x-rate-limit-limit", "x-ratelimit-limit"]).unwrap_or(0);
        if left > (of / 10).max(1) {
            return None;
        }
        let reset = number(["x-rate-limit-reset", "x-ratelimit-reset"])?;
        let pause = (reset - theirs).clamp(1, LONGEST);
        Some(Duration::from_secs(pause.unsigned_abs()))
    }
}

/// Whether a refusal is about how often was asked.
fn is_limited(answer: &Answer) -> bool {
    answer.header("retry-after").is_some() || answer.header("x-ratelimit-remaining") == Some("0")
}

/// How long the provider asks to wait, in seconds.
fn asked_pause(answer: &Answer, theirs: i64) -> Option<i64> {
    if let Some(after) = answer.header("retry-after").and_then(|it| it.trim().parse().ok()) {
        return Some(after);
    }
    let reset = answer.header("x-rate-limit-reset").or_else(|| answer.header("x-ratelimit-reset"));
    Some(reset?.trim().parse::<i64>().ok()? - theirs)
}

/// The provider's own time, in seconds.
fn date(answer: &Answer) -> Option<i64> {
    let date = jiff::fmt::rfc2822::parse(answer.header("date")?).ok()?;
    Some(date.timestamp().as_second())
}
