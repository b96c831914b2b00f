//! What a connector proves itself by: a token that it was given, or one that it fetches.

use super::answer::words;
use crate::Secret;
use crate::aws::Clocks;
use crate::http::{Answer, Request, Wire, form_of};
use crate::http_json::Token;
use crate::jwt::Key;
use base64::Engine as _;
use interlock_contain::CallError;
use interlock_model::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::Mutex;

/// How long a token is used less than it lives, in seconds.
const MARGIN: i64 = 60;
/// How long before now an assertion is good, in seconds, for clocks that differ a little.
const BACK: i64 = 60;
/// How long from now on an assertion is good, in seconds.
const ASSERTION: i64 = 300;
/// The largest answer that is read, in bytes.
const MOST: usize = 256 << 10;
/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(20);

/// What a connector proves itself by.
#[derive(Debug, Clone)]
pub enum Proof {
    /// A token that does not change, with the word before it: `SSWS`, `Bearer`.
    Token {
        /// The word.
        scheme: &'static str,
        /// The token.
        token: Secret,
    },
    /// Tokens that are fetched as an OAuth client.
    Client(ClientProof),
    /// An OAuth client's own name and secret at every request, as RFC 7662 and RFC 7009 take it.
    Basic {
        /// The client's id.
        id: String,
        /// Its secret.
        secret: Secret,
    },
}

/// An OAuth client that fetches tokens for itself.
#[derive(Debug, Clone)]
pub struct ClientProof {
    /// Where tokens come from.
    pub token_url: String,
    /// The client's id.
    pub id: String,
    /// What it asks for.
    pub scope: String,
    /// What it shows for itself.
    pub by: By,
    /// The clock.
    pub now: fn() -> Timestamp,
}

/// What a client shows for itself.
#[derive(Debug, Clone)]
pub enum By {
    /// Its secret.
    Secret(Secret),
    /// An assertion, signed by its key.
    Key(Key),
    /// The token of another issuer, who vouches for it: RFC 7523, section 2.2.
    Federated(Token),
}

/// A token in hand.
#[derive(Debug)]
struct Held {
    token: Secret,
    until: i64,
}

/// A proof, with the token that was fetched last.
#[derive(Debug)]
pub(crate) struct Proving {
    proof: Proof,
    held: Mutex<Option<Held>>,
    clocks: Clocks,
}

impl Proving {
    pub(crate) fn new(proof: Proof) -> Self {
        Self { proof, held: Mutex::new(None), clocks: Clocks::default() }
    }

    /// The value of the header `authorization`.
    pub(crate) async fn header(&self, http: &dyn Wire) -> Result<String, CallError> {
        match &self.proof {
            Proof::Token { scheme, token } => Ok(format!("{scheme} {}", token.expose())),
            Proof::Basic { id, secret } => Ok(basic(id, secret).expose().to_owned()),
            Proof::Client(client) => {
                let mut held = self.held.lock().await;
                let now = (client.now)().as_second();
                if held.as_ref().is_none_or(|it| it.until <= now) {
                    *held = Some(client.fetch(http, &self.clocks).await?);
                }
                let token = held.as_ref().map(|it| it.token.expose()).unwrap_or_default();
                Ok(format!("Bearer {token}"))
            }
        }
    }

    /// Forgets a fetched token that was refused; whether there was one to forget.
    pub(crate) async fn forget(&self) -> bool {
        self.held.lock().await.take().is_some()
    }
}

impl ClientProof {
    /// Asks for a token; where what is shown was signed by a clock that is wrong, once more by the
    /// provider's.
    async fn fetch(&self, http: &dyn Wire, clocks: &Clocks) -> Result<Held, CallError> {
        let now = (self.now)();
        let theirs = clocks.theirs(now);
        let mut answer = self.asked(http, theirs).await?;
        clocks.learn(answer.header("date"), now);
        let signed = matches!(self.by, By::Key(_));
        let other = clocks.other_than(theirs, now);
        if signed && other && matches!(answer.status, 400 | 401) {
            answer = self.asked(http, clocks.theirs(now)).await?;
        }
        let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let off = clocks.difference().filter(|_| signed).map(|it| format!("; {it}"));
        let why = || {
            let (words, off) = (words(&said), off.as_deref().unwrap_or_default());
            format!("client `{}` gets no token: answered {}: {words}{off}", self.id, answer.status)
        };
        match (answer.status, said.get("access_token").and_then(Value::as_str)) {
            (200, Some(token)) => {
                let life = said.get("expires_in").and_then(Value::as_i64).unwrap_or(300);
                let until = now.as_second().saturating_add((life - MARGIN).max(1));
                Ok(Held { token: Secret::new(token), until })
            }
            (429 | 500..=599, _) => Err(again(why())),
            _ => Err(CallError::Denied { permission: format!("a token: {}", why()) }),
        }
    }

    async fn asked(&self, http: &dyn Wire, theirs: Timestamp) -> Result<Answer, CallError> {
        let mut form = vec![
            ("grant_type", "client_credentials"),
            ("client_id", &*self.id),
            ("scope", &*self.scope),
        ];
        let shown = match &self.by {
            By::Secret(secret) => secret.clone(),
            By::Key(key) => self.assertion(key, theirs.as_second())?,
            By::Federated(token) => token.now().await.map_err(again)?,
        };
        match &self.by {
            By::Secret(_) => form.push(("client_secret", shown.expose())),
            By::Key(_) | By::Federated(_) => form.extend([
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ("client_assertion", shown.expose()),
            ]),
        }
        let request = Request {
            method: "POST",
            url: &self.token_url,
            headers: vec![
                ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
                ("accept".to_owned(), "application/json".to_owned()),
            ],
            body: form_of(&form).into_bytes(),
        };
        let answer = tokio::time::timeout(ANSWER, http.ask(request, MOST)).await;
        let answer = answer.map_err(|_| again("no token in time".to_owned()))?;
        answer.map_err(|it| again(it.to_string()))
    }

    fn assertion(&self, key: &Key, now: i64) -> Result<Secret, CallError> {
        let mut random = [0; 16];
        let unsigned = |why: String| CallError::Unsupported { why };
        getrandom::fill(&mut random).map_err(|it| unsigned(it.to_string()))?;
        let claims = json!({
            "iss": self.id, "sub": self.id, "aud": self.token_url, "jti": hex::encode(random),
            "iat": now - BACK, "nbf": now - BACK, "exp": now + ASSERTION,
        });
        key.sign(&claims).map_err(|it| unsigned(it.to_string()))
    }
}

/// Nothing that is asked of the provider has left yet.
const fn again(why: String) -> CallError {
    CallError::Retry { after: Duration::from_secs(5), why }
}

/// The header by which an OAuth client shows its name and its secret: RFC 6749, section 2.3.1.
pub(crate) fn basic(id: &str, secret: &Secret) -> Secret {
    let encoded = |it: &str| form_of(&[("", it)]).trim_start_matches('=').to_owned();
    let pair = format!("{}:{}", encoded(id), encoded(secret.expose()));
    Secret::new(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Answer, HttpError};
    use std::sync::Mutex as Held;

    /// Gives tokens, and keeps what it was asked with.
    #[derive(Debug, Default)]
    struct Issuer(Held<Vec<String>>);

    #[async_trait::async_trait]
    impl Wire for Issuer {
        async fn ask(&self, request: Request<'_>, _: usize) -> Result<Answer, HttpError> {
            self.0.lock().unwrap().push(String::from_utf8(request.body).unwrap());
            let body = br#"{"access_token":"given","expires_in":3600}"#.to_vec();
            Ok(Answer { status: 200, headers: Vec::new(), body })
        }
    }

    #[tokio::test]
    async fn the_token_of_another_issuer_is_read_anew_for_each_sign_in() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        let proving = Proving::new(Proof::Client(ClientProof {
            token_url: "https://login.example.com/token".to_owned(),
            id: "app".to_owned(),
            scope: "all".to_owned(),
            by: By::Federated(Token::File(file.clone())),
            now: || Timestamp::UNIX_EPOCH,
        }));
        let issuer = Issuer::default();
        let missing = proving.header(&issuer).await;
        assert!(matches!(missing, Err(CallError::Retry { .. })), "{missing:?}");
        for text in ["first", "second"] {
            std::fs::write(&file, format!("{text}\n")).unwrap();
            assert_eq!(proving.header(&issuer).await.unwrap(), "Bearer given");
            assert_eq!(proving.header(&issuer).await.unwrap(), "Bearer given");
            assert!(proving.forget().await);
        }
        let asked = issuer.0.lock().unwrap().clone();
        assert_eq!(asked.len(), 2, "a token that was given is used until it is refused");
        for (asked, text) in asked.iter().zip(["first", "second"]) {
            assert!(asked.ends_with(&format!("&client_assertion={text}")), "{asked}");
            assert!(!asked.contains("client_secret"), "{asked}");
        }
    }
}
