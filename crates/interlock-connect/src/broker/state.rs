//! What the broker remembers, and what follows from it. No files, no locks, no secrets.
//!
//! Bounded: [`CLIENTS`] clients of [`KEYS_EACH`] keys, [`TOKENS`] tokens in all and [`TOKENS_EACH`] of one
//! client; tokens whose end has come are swept before a new one is counted.

use super::token::{self, Fresh};
use super::{BrokerError, Denied, IssuedToken};
use crate::Secret;
use interlock_model::{CredentialKind, CredentialRef, Digest, Principal, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// How many clients there may be.
pub const CLIENTS: usize = 1_000;
/// How many keys one client may have.
pub const KEYS_EACH: usize = 8;
/// How many tokens are kept in all.
pub const TOKENS: usize = 10_000;
/// How many tokens are kept of one client.
pub const TOKENS_EACH: usize = 1_000;

/// Everything that must survive.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    /// Registered clients by name.
    pub clients: BTreeMap<String, Client>,
    /// Keys by public id.
    pub keys: BTreeMap<String, Key>,
    /// Tokens by public id.
    pub tokens: BTreeMap<String, Token>,
}

/// A workload that may exchange keys for tokens.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Client {
    /// Where its new keys go.
    pub delivery: Option<PathBuf>,
    /// Whether it gets no new tokens.
    pub blocked: bool,
    /// Which of its tokens are refused whatever they say themselves.
    pub revocation: Option<Revocation>,
}

/// Tokens issued until a moment are refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Revocation {
    /// The last moment of issue that is refused.
    pub not_before: Timestamp,
    /// The step that said so.
    pub by: String,
}

/// A long-lived key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Key {
    /// Whose.
    pub client: String,
    /// What is kept of its secret.
    pub secret: Digest,
    /// Whether it may be exchanged.
    pub active: bool,
    /// When it was made.
    pub issued: Timestamp,
    /// The delivery that it was made for.
    pub mark: Option<String>,
}

/// A short-lived token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Token {
    /// Whose.
    pub client: String,
    /// The key that it was exchanged for.
    pub key: String,
    /// What is kept of its text.
    pub secret: Digest,
    /// When it was issued.
    pub issued: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
    /// Whether it was handed back.
    pub revoked: bool,
}

impl State {
    /// Whether an exchange for this key would be granted. Doors and probes ask the same question here.
    pub fn admits(&self, key: &str) -> Result<&Key, Denied> {
        let found = self.keys.get(key).ok_or(Denied::BadKey)?;
        if !found.active {
            return Err(Denied::KeyDisabled);
        }
        let client = self.clients.get(&found.client).ok_or(Denied::BadKey)?;
        if client.blocked { Err(Denied::Blocked) } else { Ok(found) }
    }

    /// Whether this is the secret of the key, active or not.
    pub fn proves(&self, key: &str, secret: &Secret) -> Result<(), Denied> {
        // A key that is not there takes as long as a wrong secret.
        let digest = self.keys.get(key).map_or(Digest::ZERO, |it| it.secret);
        if token::is(secret.expose(), &digest) { Ok(()) } else { Err(Denied::BadKey) }
    }

    /// Exchanges a key for a token.
    pub fn issue(
        &mut self,
        key: &str,
        secret: &Secret,
        fresh: Fresh,
        (now, expires): (Timestamp, Timestamp),
    ) -> Result<IssuedToken, Denied> {
        self.proves(key, secret)?;
        let client = self.admits(key)?.client.clone();
        self.sweep(now);
        let of_client = self.tokens.values().filter(|it| it.client == client).count();
        if of_client >= TOKENS_EACH {
            return Err(Denied::TooMany { limit: TOKENS_EACH });
        }
        if self.tokens.len() >= TOKENS {
            return Err(Denied::TooMany { limit: TOKENS });
        }
        let issued = IssuedToken {
            id: token_ref(&fresh.id),
            token: fresh.secret,
            principal: principal(&client),
            issued: now,
            expires,
        };
        let token = Token {
            client,
            key: key.to_owned(),
            secret: fresh.digest,
            issued: now,
            expires,
            revoked: false,
        };
        self.tokens.insert(fresh.id, token);
        Ok(issued)
    }

    /// The token with this text, whether or not it is live.
    pub fn token(&self, text: &str) -> Option<(&str, &Token)> {
        let (id, token) = self.tokens.get_key_value(token::id_in(text)?)?;
        token::is(text, &token.secret).then_some((id.as_str(), token))
    }

    /// Why a token is refused; `None` when it is live.
    pub fn refuses(&self, token: &Token, now: Timestamp) -> Option<&'static str> {
        if token.expires <= now {
            return Some("token_expired");
        }
        let stamp = self.clients.get(&token.client).map(|it| it.revocation.as_ref());
        match stamp {
            None => Some("unknown_client"),
            Some(_) if token.revoked => Some("token_revoked"),
            Some(Some(it)) if token.issued <= it.not_before => Some("token_revoked"),
            Some(_) => None,
        }
    }

    /// When the last live token ends, of those that are looked at; `None` when none is live.
    pub fn live_until(&self, now: Timestamp, of: impl Fn(&Token) -> bool) -> Option<Timestamp> {
        let live = self.tokens.values().filter(|it| of(it) && self.refuses(it, now).is_none());
        live.map(|it| it.expires).max()
    }

    /// Makes a key.
    pub fn add_key(
        &mut self,
        client: &str,
        fresh: &Fresh,
        mark: Option<String>,
        now: Timestamp,
    ) -> Result<(), BrokerError> {
        if !self.clients.contains_key(client) {
            return Err(BrokerError::UnknownClient { client: client.to_owned() });
        }
        if self.keys_of(client).count() >= KEYS_EACH {
            let client = client.to_owned();
            return Err(BrokerError::Full { client, limit: KEYS_EACH, what: "keys" });
        }
        let key = Key {
            client: client.to_owned(),
            secret: fresh.digest,
            active: true,
            issued: now,
            mark,
        };
        self.keys.insert(fresh.id.clone(), key);
        Ok(())
    }

    /// The keys of a client, in order of their ids.
    pub fn keys_of<'a>(&'a self, client: &'a str) -> impl Iterator<Item = (&'a String, &'a Key)> {
        self.keys.iter().filter(move |(_, it)| it.client == client)
    }

    /// Forgets the tokens whose end has come.
    pub fn sweep(&mut self, now: Timestamp) {
        self.tokens.retain(|_, it| now < it.expires);
    }

    /// What is wrong with a state that was read; `None` when it hangs together.
    pub fn fault(&self) -> Option<String> {
        let orphan = |client: &String| !self.clients.contains_key(client);
        if let Some((id, _)) = self.keys.iter().find(|(_, it)| orphan(&it.client)) {
            return Some(format!("key `{id}` belongs to no client"));
        }
        let token = self.tokens.iter().find(|(_, it)| orphan(&it.client));
        token.map(|(id, _)| format!("token `{id}` belongs to no client"))
    }
}

/// The principal that a client is.
pub(crate) fn principal(client: &str) -> Principal {
    Principal::new("broker", client)
}

/// A key as a credential.
pub(crate) fn key_ref(id: &str) -> CredentialRef {
    CredentialRef::new("broker", CredentialKind::AccessKey, id)
}

/// A token as a credential.
pub(crate) fn token_ref(id: &str) -> CredentialRef {
    CredentialRef::new("broker", CredentialKind::Token, id)
}
