//! The broker's own feed: one record for every use of a key or token.

pub(crate) use interlock_model::Outcome;
use interlock_model::{CredentialRef, Origin, Principal, Timestamp};
use serde::Serialize;
use std::collections::VecDeque;
use std::net::IpAddr;

/// How many records are kept until somebody takes them; then the oldest make room.
pub const KEPT_EVENTS: usize = 10_000;

/// One use of a key or token, or the attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BrokerEvent {
    /// When.
    pub time: Timestamp,
    /// Whose key or token it is; `None` when it is nobody's.
    pub principal: Option<Principal>,
    /// The key, where one was presented or stands behind the token.
    pub key: Option<CredentialRef>,
    /// The token that was issued or presented, by its public name. Written as `token_id`: what stands
    /// under `token` in a log is taken for a secret.
    #[serde(rename = "token_id")]
    pub token: Option<CredentialRef>,
    /// When that token was issued.
    pub issued: Option<Timestamp>,
    /// When that token ends.
    pub expires: Option<Timestamp>,
    /// What was asked.
    pub operation: BrokerOperation,
    /// Whether it was granted.
    pub outcome: Outcome,
    /// From where.
    pub address: Option<IpAddr>,
    /// The caller's own description of itself.
    pub user_agent: Option<Box<str>>,
}

/// What can be asked of the broker from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BrokerOperation {
    /// A key was presented for a token.
    IssueToken,
    /// A token was presented to a resource, which asked whether it is live.
    IntrospectToken,
    /// A token was handed back.
    RevokeToken,
}

impl BrokerEvent {
    /// A use of which nothing is known yet but that it was made.
    pub(crate) fn new(operation: BrokerOperation, now: Timestamp, origin: &Origin) -> Self {
        Self {
            time: now,
            principal: None,
            key: None,
            token: None,
            issued: None,
            expires: None,
            operation,
            outcome: Outcome::Success,
            address: origin.address,
            user_agent: origin.user_agent.clone(),
        }
    }
}

/// The records that nobody has taken yet. Bounded by [`KEPT_EVENTS`].
#[derive(Debug, Default)]
pub(crate) struct Feed {
    waiting: VecDeque<BrokerEvent>,
    lost: u64,
}

impl Feed {
    pub(crate) fn push(&mut self, event: BrokerEvent) {
        if self.waiting.len() >= KEPT_EVENTS {
            self.waiting.pop_front();
            self.lost = self.lost.saturating_add(1);
        }
        self.waiting.push_back(event);
    }

    pub(crate) fn drain(&mut self) -> Vec<BrokerEvent> {
        self.waiting.drain(..).collect()
    }

    pub(crate) const fn lost(&self) -> u64 {
        self.lost
    }
}
