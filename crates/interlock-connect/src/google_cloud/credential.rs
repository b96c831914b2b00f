//! What the connector proves itself by: a key of a service account, the machine that it runs on, or a token
//! that is given.

use crate::Secret;
use crate::http::{Request, Wire};
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
                let text = asked(wire, "GET", &format!("{METADATA}/token"), None).await?;
                read(&text)?
            }
        };
        let token = Secret::new(given.access_token);
        let life = jiff::SignedDuration::from_secs(given.expires_in);
        *held = now.checked_add(life).ok().map(|it| (token.clone(), it));
        Ok(token)
    }

    async fn forget(&self) -> bool {
        self.held.lock().await.take().is_some()
    }
}

impl Tokens {
    async fn exchanged(
        &self,
        wire: &dyn Wire,
        key: &Secret,
        now: Timestamp,
    ) -> Result<Given, CallError> {
        let unsupported = |it: JwtError| CallError::Unsupported {
            why: format!("the account's private key: {it}"),
        };
        let file = key_file(key)?;
        let id = file.private_key_id.as_deref();
        let key = Key::named(&Secret::new(file.private_key), id).map_err(unsupported)?;
        let now = now.as_second();
        let mut claims = json!({
            "iss": file.client_email,
            "scope": self.scope,
            "aud": TOKENS,
            "iat": now,
            "exp": now + 3_600,
        });
        if let (Some(subject), Some(claims)) = (&self.subject, claims.as_object_mut()) {
            claims.insert("sub".to_owned(), subject.as_str().into());
        }
        let signed = key.sign(&claims).map_err(unsupported)?;
        let body = format!(
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={}",
            signed.expose()
        );
        let text = asked(wire, "POST", TOKENS, Some(body)).await?;
        read(&text)
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
) -> Result<Vec<u8>, CallError> {
    let mut headers = vec![("metadata-flavor".to_owned(), "Google".to_owned())];
    if body.is_some() {
        let form = "application/x-www-form-urlencoded";
        headers = vec![("content-type".to_owned(), form.to_owned())];
    }
    let body = body.unwrap_or_default().into_bytes();
    // Whatever was asked for has not left yet, so it is tried again.
    let retry = |why: String| CallError::Retry { after: Duration::from_secs(5), why };
    let asked = wire.ask(Request { method, url, headers, body }, MOST);
    let answer = tokio::time::timeout(ANSWER, asked).await;
    let answer = answer.map_err(|_| retry("no token in time".to_owned()))?;
    let answer = answer.map_err(|it| retry(it.to_string()))?;
    match answer.status {
        200 => Ok(answer.body),
        status @ (429 | 500..=599) => Err(retry(format!("no token: answered {status}"))),
        status => Err(CallError::Unsupported {
            why: format!(
                "Google gives no token for the connector's own credential: answered {status}"
            ),
        }),
    }
}

/// Whom the connector acts as, by address.
pub(crate) async fn itself(credential: &Credential, wire: &dyn Wire) -> Result<String, CallError> {
    match credential {
        Credential::Key(key) => Ok(key_file(key)?.client_email),
        Credential::Token { acts_as, .. } => Ok(acts_as.clone()),
        Credential::Machine => {
            let text = asked(wire, "GET", &format!("{METADATA}/email"), None).await?;
            Ok(String::from_utf8_lossy(&text).trim().to_owned())
        }
    }
}
