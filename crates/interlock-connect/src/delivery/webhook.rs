//! A service of the operator's behind HTTPS: it gets the credential sealed for its own key, proves that it
//! opened it, and says what it holds.
//!
//! Questions are signed as those of the `webhook` connector are. What lies between may keep a body and learns
//! nothing: only the holder of the private key opens it. What the service does with the credential nobody
//! can read back, so two things stand for it: with the answer to a delivery a code that only whoever has
//! the credential can make, and afterwards its word on what it holds.

use super::{Leave, Parcel, Place, Standing, Target, filled, gone, moved};
use crate::Secret;
use crate::declared::{Ask, Call};
use crate::webhook::{Address, Post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use crypto_box::PublicKey;
use crypto_box::aead::OsRng;
use hmac::{Hmac, KeyInit as _, Mac as _};
use interlock_contain::{CallError, Check};
use interlock_model::Operation;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::Sha256;
use std::sync::Arc;

/// Asks what is held.
const HELD: Operation = Operation("delivery.held");
/// Hands a credential over.
const DELIVER: Operation = Operation("delivery.deliver");
/// Asks for what was displaced.
const RETURN: Operation = Operation("delivery.return");

/// One entry of such a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookEntry {
    /// The entry's name, `{name}` standing for the workload.
    pub name: String,
    /// The public key of the service (X25519), for which credentials are sealed.
    pub sealed_for: [u8; 32],
    /// Whether it keeps what a delivery displaces, and puts it back when asked.
    pub restores: bool,
}

impl WebhookEntry {
    /// How the place is called for people.
    #[must_use]
    pub fn words(&self, url: &str) -> String {
        format!("entry `{}` of `{url}`", self.name)
    }

    /// The key that somebody wrote down in base64; `None` when it is none.
    #[must_use]
    pub fn key(text: &str) -> Option<[u8; 32]> {
        BASE64.decode(text).ok()?.try_into().ok()
    }
}

/// The entries of one service.
#[derive(Debug)]
pub struct WebhookTarget {
    post: Arc<Post>,
    entry: WebhookEntry,
}

impl WebhookTarget {
    /// Nothing is posted yet.
    #[must_use]
    pub fn new(address: Address, entry: WebhookEntry) -> Self {
        Self { post: Arc::new(Post::new(address)), entry }
    }
}

#[async_trait::async_trait]
impl Target for WebhookTarget {
    fn place(&self, name: &str) -> Result<Arc<dyn Place>, CallError> {
        let name = filled(&self.entry.name, name)?;
        let entry = WebhookEntry { name, ..self.entry.clone() };
        Ok(Arc::new(One { post: Arc::clone(&self.post), entry }))
    }

    /// Asks whether each call would be answered.
    async fn check(&self) -> Vec<Check> {
        let mut calls = vec![HELD, DELIVER];
        calls.extend(self.entry.restores.then_some(RETURN));
        self.post.answers(calls).await
    }
}

/// One entry.
#[derive(Debug)]
struct One {
    post: Arc<Post>,
    entry: WebhookEntry,
}

/// What a service says that it holds.
#[derive(Debug, Deserialize)]
struct Held {
    held: Option<Content>,
}

/// What one entry holds: what came with a delivery of ours, or what somebody else put there.
#[derive(Debug, Deserialize)]
struct Content {
    /// The mark of the delivery, as long as what came with it is held.
    mark: Option<String>,
    /// Whatever tells anything else that is held from what was there before.
    version: Option<String>,
    /// The public name of the credential.
    key_id: Option<String>,
}

/// What a service says after a delivery.
#[derive(Debug, Deserialize)]
struct Opened {
    proof: Option<String>,
}

/// What only whoever has the credential can answer to a delivery: HMAC-SHA256 over the mark, in hexadecimal.
fn proof(parcel: &Parcel) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(parcel.secret.expose().as_bytes()).ok()?;
    mac.update(parcel.mark.as_bytes());
    Some(hex::encode(mac.finalize().into_bytes()))
}

impl One {
    async fn ask(
        &self,
        (operation, call, step): (Operation, Call, String),
        more: Value,
    ) -> Result<Vec<u8>, CallError> {
        let at = self.post.now();
        let of = operation.0.split_once('.').map_or(operation.0, |it| it.1);
        let mut body = json!({ "version": 1, "call": of, "name": self.entry.name, "at": at });
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        let body = body.to_string().into_bytes();
        self.post.ask(Ask { operation, call, step, at, what: self.name(), body }).await
    }

    fn read<'a, T: Deserialize<'a>>(&self, answer: &'a [u8]) -> Result<T, CallError> {
        serde_json::from_slice(answer).map_err(|error| {
            // Without the text: what a service says in its own words may hold anything.
            let why = format!(
                "the answer about {} is not understood: line {}",
                self.name(),
                error.line()
            );
            CallError::Invalid { why }
        })
    }

    /// What is held, when that is still what is meant.
    async fn still(&self, from: Option<&str>) -> Result<(), CallError> {
        let held = self.look().await?;
        if held.content.as_deref() == from { Ok(()) } else { Err(moved(&self.name())) }
    }

    /// Sealed for the service, in base64.
    fn sealed(&self, secret: &Secret) -> Result<String, CallError> {
        let key = PublicKey::from(self.entry.sealed_for);
        let sealed = key.seal(&mut OsRng, secret.expose().as_bytes());
        let why = || format!("the public key of {} seals nothing", self.name());
        sealed.map(|it| BASE64.encode(it)).map_err(|_| CallError::Unsupported { why: why() })
    }

    /// A service that was given a secret may say it in its refusal.
    fn without(&self, secret: &Secret, error: CallError) -> CallError {
        if !error.to_string().contains(secret.expose()) {
            return error;
        }
        CallError::OutcomeUnknown { why: format!("the answer of {} holds the secret", self.name()) }
    }
}

#[async_trait::async_trait]
impl Place for One {
    fn name(&self) -> String {
        self.entry.words(self.post.url())
    }

    fn restores(&self) -> bool {
        self.entry.restores
    }

    async fn look(&self) -> Result<Standing, CallError> {
        let asked = (HELD, Call::Read, self.entry.name.clone());
        let answer = match self.ask(asked, json!({})).await {
            Ok(answer) => answer,
            Err(CallError::NotFound { .. }) => return Ok(Standing::default()),
            Err(error) => return Err(error),
        };
        let Held { held } = self.read(&answer)?;
        let Some(held) = held else { return Ok(Standing::default()) };
        let content = match (held.mark, held.version) {
            (Some(mark), None) => mark,
            (None, Some(version)) => format!("version-{version}"),
            (Some(_), Some(_)) | (None, None) => {
                let why = format!(
                    "{} must say the `mark` of the delivery that it holds, or the `version` of anything else",
                    self.name()
                );
                return Err(CallError::Invalid { why });
            }
        };
        Ok(Standing { content: Some(content), key: held.key_id })
    }

    async fn value(&self) -> Result<Option<Secret>, CallError> {
        Ok(None)
    }

    async fn put(&self, _: Leave, from: Option<&str>, parcel: &Parcel) -> Result<(), CallError> {
        self.still(from).await?;
        let more = json!({
            "from": from, "mark": parcel.mark, "key_id": parcel.key_id,
            "sealed": self.sealed(&parcel.secret)?,
        });
        let asked = (DELIVER, Call::Write, parcel.mark.clone());
        let answer = self.ask(asked, more).await;
        let answer = answer.map_err(|it| self.without(&parcel.secret, it))?;
        let Opened { proof: told } = self.read(&answer)?;
        if told.is_some() && told == proof(parcel) {
            return Ok(());
        }
        let why = format!(
            "{} did not prove that it opened the credential: answer `proof`, HMAC-SHA256 of `mark` by the opened secret, in hexadecimal",
            self.name()
        );
        Err(CallError::Unsupported { why })
    }

    async fn put_back(&self, _: Leave, from: &str, former: Option<&str>) -> Result<(), CallError> {
        self.still(Some(from)).await?;
        if !self.entry.restores {
            return Err(gone(&self.name()));
        }
        let asked = (RETURN, Call::Undo, format!("{from}.return"));
        match self.ask(asked, json!({ "from": from, "to": former })).await {
            Ok(_) => Ok(()),
            Err(CallError::NotFound { .. }) => Err(gone(&self.name())),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests;
