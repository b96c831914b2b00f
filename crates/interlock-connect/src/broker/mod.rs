//! The built-in broker: short-lived opaque tokens for workloads, and the connector that contains them.
//!
//! A registered client exchanges a long-lived key for a token (in the manner of RFC 8693), resources ask
//! whether a token is live (RFC 7662), and a token can be handed back (RFC 7009).
//! The HTTP doors in front of it are the process's.

mod actions;
mod connector;
#[cfg(test)]
mod crash;
pub(crate) mod delivery;
mod desk;
mod discover;
mod error;
mod event;
#[cfg(test)]
pub(crate) mod fake;
pub(crate) mod file;
mod hand_back;
pub mod operation;
mod state;
#[cfg(test)]
mod tests;
mod token;

pub use actions::SPEC;
pub use connector::BrokerConnector;
pub(crate) use desk::call_error;
pub use error::{BrokerError, Denied};
pub use event::{BrokerEvent, BrokerOperation, KEPT_EVENTS};
pub use hand_back::NotHandedBack;
pub use state::{CLIENTS, KEYS_EACH, TOKENS, TOKENS_EACH};

use crate::Secret;
use crate::broker::event::Feed;
use crate::broker::file::StateFile;
use crate::broker::state::{Client, State, Token, key_ref, principal, token_ref};
use crate::delivery::Deliveries;
use interlock_model::{
    ConnectorId, CredentialRef, Origin, Outcome, Principal, RefusalStage, Timestamp,
};
use jiff::SignedDuration;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

/// The broker. Cheap to clone: all clones are the same broker.
#[derive(Debug, Clone)]
pub struct Broker {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// What is in force. Readers never wait for the disk.
    state: RwLock<Arc<State>>,
    /// Who holds this may change the state. `None`: it is kept in memory alone.
    writer: Mutex<Option<StateFile>>,
    feed: Mutex<Feed>,
    life: TokenLife,
}

/// How long a token lives. From one second to one hour; a quarter of an hour when nothing is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenLife(i64);

/// Whether a missing state file is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Create {
    /// It is: an empty one.
    IfMissing,
    /// It is an error.
    Never,
}

/// A workload that may exchange keys for tokens, as the configuration says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientConfig {
    /// Its name: lower-case letters, digits, `.`, `_` and `-`, 64 at most. Its principal is `broker:<name>`.
    pub name: String,
    /// The file in which its workload finds its key; without one, its keys cannot be rotated.
    pub delivery: Option<PathBuf>,
}

/// A key that was just made, or read from a delivery file. The secret is shown this one time.
#[derive(Debug)]
pub struct NewKey {
    /// Its public name, `broker:access-key:bk_…`.
    pub id: CredentialRef,
    /// Its secret.
    pub secret: Secret,
}

/// A token that was just issued. Its text is shown this one time.
#[derive(Debug)]
pub struct IssuedToken {
    /// The text that the workload presents.
    pub token: Secret,
    /// Its public name, `broker:token:bt_…`.
    pub id: CredentialRef,
    /// Whose it is.
    pub principal: Principal,
    /// When it was issued.
    pub issued: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
}

/// The answer to "is this token live?". Of a token that is not, nothing else is said.
///
/// Source: RFC 7662, section 2.2; the serialised names are those of the RFC.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Introspection {
    /// Whether it is.
    pub active: bool,
    /// Whose it is: `broker:<name>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    /// Its public id, `bt_…`.
    #[serde(rename = "jti", skip_serializing_if = "Option::is_none")]
    pub token_id: Option<String>,
    /// When it was issued, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    /// When it ends, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp: Option<i64>,
}

impl TokenLife {
    /// The longest life, in seconds. What the actions say of residual access rests on it.
    pub const LONGEST: i64 = 3600;

    /// This many seconds; `None` when that is too short or too long.
    #[must_use]
    pub fn from_seconds(seconds: i64) -> Option<Self> {
        (1..=Self::LONGEST).contains(&seconds).then_some(Self(seconds))
    }
}

impl Default for TokenLife {
    fn default() -> Self {
        Self(15 * 60)
    }
}

impl Broker {
    /// A broker that forgets everything when it ends.
    #[must_use]
    pub fn in_memory(life: TokenLife) -> Self {
        Self::new(State::default(), None, life)
    }

    /// A broker that keeps its state in this file, and a lock file beside it.
    ///
    /// # Errors
    /// The file is missing, in use, not what the broker wrote, or cannot be read or written.
    pub fn open(path: &Path, create: Create, life: TokenLife) -> Result<Self, BrokerError> {
        let (file, state) = StateFile::open(path, create)?;
        Ok(Self::new(state, Some(file), life))
    }

    fn new(state: State, file: Option<StateFile>, life: TokenLife) -> Self {
        let state = RwLock::new(Arc::new(state));
        let (writer, feed) = (Mutex::new(file), Mutex::new(Feed::default()));
        Self { shared: Arc::new(Shared { state, writer, feed, life }) }
    }

    /// Makes a client known, or changes where its keys are delivered. Safe to repeat.
    ///
    /// # Errors
    /// The name is not a name, there are too many clients, or the state cannot be written.
    pub fn register(&self, client: &ClientConfig) -> Result<(), BrokerError> {
        let name = &client.name;
        let bad = |why| Err(BrokerError::BadClient { client: name.clone(), why });
        let sound = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || b"._-".contains(&it);
        if name.is_empty() || name.len() > 64 || !name.bytes().all(sound) {
            return bad("a name has 1 to 64 lower-case letters, digits, `.`, `_` and `-`");
        }
        if client.delivery.as_ref().is_some_and(|it| it.to_str().is_none()) {
            return bad("the delivery file's path is not UTF-8");
        }
        self.write(|state| {
            if state.clients.len() >= CLIENTS && !state.clients.contains_key(name) {
                return bad("there are 1000 clients already");
            }
            let known: &mut Client = state.clients.entry(name.clone()).or_default();
            known.delivery.clone_from(&client.delivery);
            Ok(())
        })
    }

    /// Makes a key for a client; the caller hands it over.
    ///
    /// # Errors
    /// The client is not registered or has all the keys it may have, or the state cannot be written.
    pub fn enrol(&self, client: &str, now: Timestamp) -> Result<NewKey, BrokerError> {
        let fresh = token::fresh_key()?;
        self.write(|state| state.add_key(client, &fresh, None, now))?;
        Ok(NewKey { id: key_ref(&fresh.id), secret: fresh.secret })
    }

    /// Makes a key for a client and puts it into its delivery file.
    ///
    /// # Errors
    /// As [`Broker::enrol`]; also when the client has no delivery file or it cannot be written. The key
    /// is removed again then.
    pub fn enrol_delivered(
        &self,
        client: &str,
        now: Timestamp,
    ) -> Result<CredentialRef, BrokerError> {
        let path = self.state().clients.get(client).and_then(|it| it.delivery.clone());
        let Some(path) = path else {
            let why = "it has no delivery file";
            return Err(BrokerError::BadClient { client: client.to_owned(), why });
        };
        let key = self.enrol(client, now)?;
        if let Err(error) = delivery::put(&path, &key, None) {
            self.write(|state| {
                state.keys.remove(key.id.id());
                Ok::<_, BrokerError>(())
            })?;
            return Err(error);
        }
        Ok(key.id)
    }

    /// The public names of a client's keys.
    #[must_use]
    pub fn keys(&self, client: &str) -> Vec<CredentialRef> {
        self.state().keys_of(client).map(|(id, _)| key_ref(id)).collect()
    }

    /// The principals of all registered clients.
    #[must_use]
    pub fn principals(&self) -> Vec<Principal> {
        self.state().clients.keys().map(|it| principal(it)).collect()
    }

    /// Exchanges a key for a token. Returns only when the token is remembered.
    ///
    /// # Errors
    /// The key is not good, new tokens are refused, or the broker cannot remember one.
    pub fn issue(
        &self,
        key_id: &str,
        secret: &Secret,
        now: Timestamp,
        origin: &Origin,
    ) -> Result<IssuedToken, Denied> {
        let mut event = BrokerEvent::new(BrokerOperation::IssueToken, now, origin);
        if let Some(key) = self.state().keys.get(key_id) {
            event.principal = Some(principal(&key.client));
            event.key = Some(key_ref(key_id));
        }
        let answer = self.exchange(key_id, secret, now);
        match &answer {
            Ok(issued) => {
                event.token = Some(issued.id.clone());
                (event.issued, event.expires) = (Some(issued.issued), Some(issued.expires));
            }
            Err(denied) => event.outcome = denied.outcome(),
        }
        self.record(event);
        answer
    }

    fn exchange(
        &self,
        key_id: &str,
        secret: &Secret,
        now: Timestamp,
    ) -> Result<IssuedToken, Denied> {
        // Whoever guesses costs no more than a look, and holds up nobody.
        self.state().proves(key_id, secret)?;
        let fresh = token::fresh_token()?;
        let life = SignedDuration::from_secs(self.shared.life.0);
        let expires = now.checked_add(life).unwrap_or(Timestamp::MAX);
        self.write(|state| state.issue(key_id, secret, fresh, (now, expires)))
    }

    /// Whether a token is live, asked by a resource to which it was presented.
    #[must_use]
    pub fn introspect(&self, token: &str, now: Timestamp) -> Introspection {
        self.introspect_from(token, now, &Origin::default())
    }

    /// The same, when the resource says from where the token was presented.
    #[must_use]
    pub fn introspect_from(&self, token: &str, now: Timestamp, origin: &Origin) -> Introspection {
        let mut event = BrokerEvent::new(BrokerOperation::IntrospectToken, now, origin);
        let state = self.state();
        let mut answer = Introspection::default();
        let refused = match state.token(token) {
            None => Some("unknown_token"),
            Some((id, found)) => {
                about(&mut event, id, found);
                let refused = state.refuses(found, now);
                if refused.is_none() {
                    answer = Introspection {
                        active: true,
                        sub: Some(principal(&found.client).to_string()),
                        token_id: Some(id.to_owned()),
                        iat: Some(found.issued.as_second()),
                        exp: Some(found.expires.as_second()),
                    };
                }
                refused
            }
        };
        if let Some(code) = refused {
            event.outcome = Outcome::Refused { code: code.into(), stage: RefusalStage::Credential };
        }
        self.record(event);
        answer
    }

    /// Ends a token. A token that is not known is as good as ended.
    ///
    /// # Errors
    /// The state cannot be written: the token is still live.
    pub fn revoke(&self, token: &str, now: Timestamp) -> Result<(), BrokerError> {
        let mut event = BrokerEvent::new(BrokerOperation::RevokeToken, now, &Origin::default());
        let id = self.state().token(token).map(|(id, found)| {
            about(&mut event, id, found);
            id.to_owned()
        });
        let answer = match id {
            None => Ok(()),
            Some(id) => self.write(|state| {
                state.sweep(now);
                if let Some(token) = state.tokens.get_mut(&id) {
                    token.revoked = true;
                }
                Ok(())
            }),
        };
        if answer.is_err() {
            event.outcome = Outcome::Failed { code: "unavailable".into() };
        }
        self.record(event);
        answer
    }

    /// Takes the records of what was done with keys and tokens since the last time, oldest first.
    #[must_use]
    pub fn events(&self) -> Vec<BrokerEvent> {
        self.feed().drain()
    }

    /// How many records made room unseen, because nobody took them in time.
    #[must_use]
    pub fn events_lost(&self) -> u64 {
        self.feed().lost()
    }

    /// The connector that contains this broker's clients, under this name.
    #[must_use]
    pub fn connector(&self, id: ConnectorId) -> BrokerConnector {
        self.delivering(id, Deliveries::default())
    }

    /// The same, when some clients find their key at other places than a file.
    #[must_use]
    pub fn delivering(&self, id: ConnectorId, deliveries: Deliveries) -> BrokerConnector {
        BrokerConnector::new(id, Arc::new(self.clone()), deliveries)
    }

    /// The key in a delivery file, as a workload reads it; `None` when there is no file.
    ///
    /// # Errors
    /// The file cannot be read, or is no delivery of the broker.
    pub fn delivered_key(path: &Path) -> Result<Option<NewKey>, BrokerError> {
        delivery::key_in(path)
    }

    pub(crate) fn state(&self) -> Arc<State> {
        Arc::clone(&self.shared.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the state: first on disk, then for everybody. On error nothing has changed, but for
    /// `Unsure`: then the change is in force.
    pub(crate) fn write<T, E: From<BrokerError>>(
        &self,
        change: impl FnOnce(&mut State) -> Result<T, E>,
    ) -> Result<T, E> {
        let writer = self.shared.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let old = self.state();
        let mut new = State::clone(&old);
        let answer = change(&mut new)?;
        if new == *old {
            return Ok(answer);
        }
        let saved = writer.as_ref().map_or(Ok(()), |file| file.save(&new));
        if matches!(saved, Ok(()) | Err(BrokerError::Unsure { .. })) {
            let mut state = self.shared.state.write().unwrap_or_else(PoisonError::into_inner);
            *state = Arc::new(new);
        }
        saved?;
        Ok(answer)
    }

    fn feed(&self) -> MutexGuard<'_, Feed> {
        self.shared.feed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record(&self, event: BrokerEvent) {
        self.feed().push(event);
    }
}

/// Fills in what a token says about itself.
fn about(event: &mut BrokerEvent, id: &str, token: &Token) {
    event.principal = Some(principal(&token.client));
    event.key = Some(key_ref(&token.key));
    event.token = Some(token_ref(id));
    (event.issued, event.expires) = (Some(token.issued), Some(token.expires));
}
