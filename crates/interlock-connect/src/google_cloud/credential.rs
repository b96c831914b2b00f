//! What the connector proves itself by: a key of a service account, the machine that it runs on, or a token
//! that is given.

use crate::Secret;
use crate::aws::Clocks;
use crate::http::{Answer, Request, Wire};
use crate::jwt::{JwtError, Key};
use crate::rest::Bearer;
use interlock_contain::CallError;
use interlock_model::Timestamp;
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;
use tokio::sync::Mutex;

/// What Google Cloud is asked with.
pub(crate) const CLOUD: &str = "https://www.googleapis.com/auth/cloud-platform";
/// What Workspace is asked with, in the name of an administrator.
pub(crate) const WORKSPACE: &str = "https://www.googleapis.com/auth/admin.directory.user https://www.googleapis.com/auth/admin.directory.user.security";
/// Where machines of Google Cloud find out who they are.
const METADATA: &str =
    "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default";
/// The only place that a key's tokens come from: what a key file says instead is not believed.
const TOKENS: &str = "https://oauth2.googleapis.com/token";
/// A token counts as over this long before Google says so.
const EARLY: jiff::SignedDuration = jiff::SignedDuration::from_mins(5);
/// The largest answer that is read, in bytes.
const MOST: usize = 1 << 20;
/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(20);

/// What the connector proves itself by. Already resolved: references are the process's business.
#[derive(Debug, Clone)]
pub enum Credential {
    /// A key of a service account, as the JSON file that Google gives out.
    Key(Secret),
    /// The service account of the machine.
    Machine,
    /// An access token.
    Token {
        /// The token.
        token: Secret,
        /// Whose it is.
        acts_as: String,
    },
}

/// A key file, as far as it is read.
#[derive(Deserialize)]
struct KeyFile {
    client_email: String,
    private_key: String,
    #[serde(default)]
    private_key_id: Option<String>,
}

fn key_file(text: &Secret) -> Result<KeyFile, CallError> {
    serde_json::from_str(text.expose()).map_err(|_| CallError::Unsupported {
        why: "the key of the service account is no JSON with `client_email` and `private_key`"
            .to_owned(),
    })
}

/// Tokens of one scope, renewed before they end.
#[derive(Debug)]
pub(crate) struct Tokens {
    pub credential: Credential,
    pub scope: &'static str,
    /// In whose name, where not in the own: an administrator of Workspace.
    pub subject: Option<String>,
    pub clock: fn() -> Timestamp,
    pub held: Mutex<Option<(Secret, Timestamp)>>,
    pub clocks: Clocks,
}

#[derive(Deserialize)]
struct Given {
    access_token: String,
    expires_in: i64,
}

#[async_trait::async_trait]
impl Bearer for Tokens {
    async fn token(&self, wire: &dyn Wire) -> Result<Secret, CallError> {
        if let Credential::Token { token, .. } = &self.credential {
            return Ok(token.clone());
        }
        let mut held = self.held.lock().await;
        let now = (self.clock)();
        if let Some((token, ends)) = &*held
            && now.checked_add(EARLY).is_ok_and(|it| it < *ends)
        {
            return Ok(token.clone());
        }
        let given = match &self.credential {
            Credential::Key(key) => self.exchanged(wire, key, now).await?,
            Credential::Machine | Credential::Token { .. } => {
                let answer = asked(wire, "GET", &format!("{METADATA}/token"), None).await?;
                read(&given(answer, None)?)?
            }
        };
        let token = Secret::new(given.access_token);
        let life = jiff::SignedDuration::from_secs(given.expires_in);
        *held = now.checked_add(life).ok().map(|it| (token.clone(), it));
        Ok(token)
    }

    async fn forget(&self, _: Option<&str>) -> bool {
        self.held.lock().await.take().is_some()
    }

    fn difference(&self) -> Option<String> {
        self.clocks.difference()
    }
}

impl Tokens {
    /// Asks for a token; where our clock was wrong, once more by Google's.
    async fn exchanged(
        &self,
        wire: &dyn Wire,
        key: &Secret,
        now: Timestamp,
    ) -> Result<Given, CallError> {
        let signed = self.clocks.theirs(now);
        let mut answer = asked(wire, "POST", TOKENS, Some(self.assertion(key, now)?)).await?;
        self.clocks.learn(answer.header("date"), now);
        let again = self.clocks.other_than(signed, now);
        if again && matches!(answer.status, 400 | 401) {
            answer = asked(wire, "POST", TOKENS, Some(self.assertion(key, now)?)).await?;
        }
        read(&given(answer, self.difference())?)
    }

    fn assertion(&self, key: &Secret, now: Timestamp) -> Result<String, CallError> {
        let unsupported = |it: JwtError| CallError::Unsupported {
            why: format!("the account's private key: {it}"),
        };
        let file = key_file(key)?;
        let id = file.private_key_id.as_deref();
        let key = Key::named(&Secret::new(file.private_key), id).map_err(unsupported)?;
        let now = self.clocks.theirs(now).as_second();
        let mut claims = json!({
            "iss": file.client_email,
            "scope": self.scope,
            "aud": TOKENS,
            // A minute back, for clocks that differ a little; Google takes an hour from then.
            "iat": now - 60,
            "exp": now + 3_540,
        });
        if let (Some(subject), Some(claims)) = (&self.subject, claims.as_object_mut()) {
            claims.insert("sub".to_owned(), subject.as_str().into());
        }
        let signed = key.sign(&claims).map_err(unsupported)?;
        Ok(format!(
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={}",
            signed.expose()
        ))
    }
}

fn read(text: &[u8]) -> Result<Given, CallError> {
    serde_json::from_slice(text).map_err(|_| CallError::Invalid {
        why: "the answer with a token is not understood".to_owned(),
    })
}

async fn asked(
    wire: &dyn Wire,
    method: &str,
    url: &str,
    body: Option<String>,
) -> Result<Answer, CallError> {
    let mut headers = vec![("metadata-flavor".to_owned(), "Google".to_owned())];
    if body.is_some() {
        let form = "application/x-www-form-urlencoded";
        headers = vec![("content-type".to_owned(), form.to_owned())];
    }
    let body = body.unwrap_or_default().into_bytes();
    let asked = wire.ask(Request { method, url, headers, body }, MOST);
    let answer = tokio::time::timeout(ANSWER, asked).await;
    let answer = answer.map_err(|_| retry("no token in time".to_owned()))?;
    answer.map_err(|it| retry(it.to_string()))
}

/// What an answer gives, where our clock may differ from that of whoever answers.
fn given(answer: Answer, difference: Option<String>) -> Result<Vec<u8>, CallError> {
    let off = difference.map(|it| format!("; {it}")).unwrap_or_default();
    match answer.status {
        200 => Ok(answer.body),
        status @ (429 | 500..=599) => Err(retry(format!("no token: answered {status}"))),
        status => Err(CallError::Unsupported {
            why: format!(
                "Google gives no token for the connector's own credential: answered {status}{off}"
            ),
        }),
    }
}

/// Whatever was asked for has not left yet, so it is tried again.
const fn retry(why: String) -> CallError {
    CallError::Retry { after: Duration::from_secs(5), why }
}

/// Whom the connector acts as, by address.
pub(crate) async fn itself(credential: &Credential, wire: &dyn Wire) -> Result<String, CallError> {
    match credential {
        Credential::Key(key) => Ok(key_file(key)?.client_email),
        Credential::Token { acts_as, .. } => Ok(acts_as.clone()),
        Credential::Machine => {
            let text = asked(wire, "GET", &format!("{METADATA}/email"), None).await?;
            let text = given(text, None)?;
            Ok(String::from_utf8_lossy(&text).trim().to_owned())
        }
    }
}
