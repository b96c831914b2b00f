//! One sentence for an owner: who uses an identity, how often, since when not, and what would stop.
//!
//! Counted are uses that succeeded, of at most 32 distinct clients, in the last 30 days.
//! A rate is what a client did on average while it was seen; of less than a minute it says nothing.

use crate::consumer::{Consumer, Use};
use crate::directory::Directory;
use interlock_model::{Finding, Identity, IdentityId, IdentityKind, Timestamp};
use jiff::SignedDuration;

/// How far back a use is worth a word.
const MONTH: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The spans that people ask about, the shortest first.
const SPANS: [(i64, &str); 3] = [(1, "hour"), (24, "day"), (30 * 24, "30 days")];

impl Directory {
    /// The sentence, without the uses that these findings accuse.
    #[must_use]
    pub fn impact(&self, id: &IdentityId, now: Timestamp, accused: &[Finding]) -> String {
        let Some(record) = self.slot(id).and_then(|it| self.record(it)) else {
            return "nothing is known of it".to_owned();
        };
        let accused: Vec<Use<'_>> = accused.iter().filter_map(Use::accused).collect();
        let mut honest: Vec<&Consumer> = record
            .consumers
            .iter()
            .filter(|it| it.first <= now && now.duration_since(it.last) < MONTH)
            .filter(|it| !accused.iter().any(|by| by.is_first_of(it)))
            .collect();
        honest.sort_by_key(|it| (std::cmp::Reverse(it.uses), it.last));
        let identity = &record.identity;
        let listed = self.items_of(identity).filter_map(|it| it.seen.last_used).max();
        let Some(last) = honest.iter().map(|it| it.last).max() else {
            return unused(self, identity, listed, now);
        };
        let mut sentence = uses(&honest, now);
        sentence.push_str(&format!(" in {}", identity.environment));
        sentence.push_str(&format!("; last used {} ago", span(now.duration_since(last))));
        sentence.push_str(&format!("; {}", stops(identity, &honest)));
        sentence
    }
}

/// `12 calls a minute from Boto3 at 192.0.2.0/24 and 2 other clients, 3 of them in the last hour`.
fn uses(honest: &[&Consumer], now: Timestamp) -> String {
    let Some(most) = honest.first() else { return String::new() };
    let who = match &*most.session {
        "" => format!("{} at {}", most.agent, most.network),
        session => format!("{} at {} as session {session}", most.agent, most.network),
    };
    let mut sentence = format!("{} from {who}", rate(most));
    match honest.len() - 1 {
        0 => {}
        1 => sentence.push_str(" and another client"),
        others => sentence.push_str(&format!(" and {others} other clients")),
    }
    let within = |hours: i64| {
        let span = SignedDuration::from_hours(hours);
        honest.iter().filter(|it| now.duration_since(it.last) < span).count()
    };
    let (hours, word) =
        SPANS.into_iter().find(|it| within(it.0) > 0).unwrap_or((30 * 24, "30 days"));
    if honest.len() > 1 || hours > 1 {
        sentence.push_str(&format!(" ({} in the last {word})", within(hours)));
    }
    sentence
}

/// How often a client came while it was seen.
fn rate(it: &Consumer) -> String {
    let seconds = it.last.duration_since(it.first).as_secs().unsigned_abs();
    if it.uses == 1 {
        return "one call".to_owned();
    }
    if seconds < 60 {
        return format!("{} calls", it.uses);
    }
    for (unit, word) in [(60, "minute"), (3_600, "hour"), (86_400, "day")] {
        let count = it.uses.saturating_mul(unit) / seconds;
        if count >= 1 {
            let calls = if count == 1 { "call" } else { "calls" };
            return format!("{count} {calls} a {word}");
        }
    }
    format!("{} calls in {} days", it.uses, seconds / 86_400)
}

fn stops(identity: &Identity, honest: &[&Consumer]) -> String {
    if identity.kind == IdentityKind::Human {
        return format!("disabling it locks {} out", identity.name);
    }
    let names: Vec<&str> = identity.dependents.iter().map(|it| it.name.as_str()).collect();
    match names.as_slice() {
        [] => {
            let clients = honest.len();
            let word = if clients == 1 { "this client" } else { "these clients" };
            format!("nothing is declared to depend on it, disabling it stops {word}")
        }
        [one] => format!("disabling it stops {one}"),
        [one, rest @ ..] => format!("disabling it stops {one} and {} more", rest.len()),
    }
}

fn unused(
    directory: &Directory,
    identity: &Identity,
    listed: Option<Timestamp>,
    now: Timestamp,
) -> String {
    let seen = match listed {
        Some(at) => {
            let ago = span(now.duration_since(at));
            format!("no use of it was seen here, its provider says that it was last used {ago} ago")
        }
        None if directory.clock.hours_watched(now) > 0 => {
            "nobody was seen using it in the last 30 days".to_owned()
        }
        None => "too little was seen to say who uses it".to_owned(),
    };
    format!("{seen}; {}", declared(identity))
}

fn declared(identity: &Identity) -> String {
    match identity.dependents.as_slice() {
        [] => "nothing is declared to depend on it".to_owned(),
        _ => stops(identity, &[]),
    }
}

/// A length of time for people.
fn span(it: SignedDuration) -> String {
    let seconds = it.as_secs().max(0);
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} minutes", seconds / 60),
        7_200..=172_799 => format!("{} hours", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}
