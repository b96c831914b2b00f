//! What the connector proves itself by: a token, or a GitHub App that gets one for an hour at a time.

use super::server::TERMS;
use crate::Secret;
use crate::aws::Clocks;
use crate::http::{Answer, Request, Wire};
use crate::jwt::{JwtError, Key};
use crate::rest::{Ask, Bearer, Rest};
use interlock_contain::CallError;
use interlock_model::{Operation, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// A token counts as over this long before GitHub says so.
const EARLY: jiff::SignedDuration = jiff::SignedDuration::from_mins(5);
/// The largest answer that is read, in bytes.
const MOST: usize = 1 << 20;
/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(20);
/// What asking for a token counts as: no permission is needed but the App's own key.
const MINT: Operation = Operation("POST /app/installations/{installation_id}/access_tokens");

/// What the connector proves itself by. Already resolved: references are the process's business.
#[derive(Debug, Clone)]
pub enum Credential {
    /// A fine-grained or classic personal access token.
    Token(Secret),
    /// A GitHub App that is installed in the organisation.
    App(App),
}

/// A GitHub App.
#[derive(Debug, Clone)]
pub struct App {
    /// Its client id or number.
    pub id: String,
    /// The number of its installation in the organisation.
    pub installation: u64,
    /// Its private key, in PEM.
    pub private_key: Secret,
}

/// A token of an installation, renewed before it ends.
#[derive(Debug)]
pub(crate) struct Installed {
    pub base: String,
    pub app: App,
    pub clock: fn() -> Timestamp,
    pub held: Mutex<Option<(Secret, Timestamp)>>,
    pub clocks: Clocks,
}

#[derive(Deserialize)]
struct Minted {
    token: String,
    expires_at: Timestamp,
}

/// The App's own token, good for some minutes: it says who the App is and gets tokens of installations.
pub(crate) fn of_app(app: &App, now: Timestamp) -> Result<Secret, CallError> {
    let unsupported =
        |it: JwtError| CallError::Unsupported { why: format!("the App's private key: {it}") };
    let key = Key::named(&app.private_key, None).map_err(unsupported)?;
    let now = now.as_second();
    // A minute back, for clocks that differ; GitHub takes ten minutes at most.
    let claims = json!({ "iat": now - 60, "exp": now + 480, "iss": app.id });
    key.sign(&claims).map_err(unsupported)
}

/// The App's own token as a bearer.
#[derive(Debug)]
pub(crate) struct Itself {
    app: App,
    clock: fn() -> Timestamp,
    clocks: Clocks,
}

impl Itself {
    /// Asks GitHub as the App, and not as one of its installations.
    pub(crate) fn asks(app: &App, rest: &Rest) -> Rest {
        let bearer = Self { app: app.clone(), clock: rest.clock, clocks: Clocks::default() };
        let (base, wire) = (rest.base.clone(), Arc::clone(&rest.wire));
        Rest { base, wire, bearer: Box::new(bearer), terms: rest.terms, clock: rest.clock }
    }
}

#[async_trait::async_trait]
impl Bearer for Itself {
    async fn token(&self, _: &dyn Wire) -> Result<Secret, CallError> {
        of_app(&self.app, self.clocks.theirs((self.clock)()))
    }

    /// What is signed says when: by GitHub's own clock it may be taken.
    async fn forget(&self, date: Option<&str>) -> bool {
        let now = (self.clock)();
        self.clocks.learn(date, now);
        self.clocks.other_than(now, now)
    }

    fn difference(&self) -> Option<String> {
        self.clocks.difference()
    }
}

#[async_trait::async_trait]
impl Bearer for Installed {
    async fn token(&self, wire: &dyn Wire) -> Result<Secret, CallError> {
        let mut held = self.held.lock().await;
        let now = (self.clock)();
        // Its end is a moment of GitHub's clock.
        if let Some((token, ends)) = &*held
            && self.clocks.theirs(now).checked_add(EARLY).is_ok_and(|it| it < *ends)
        {
            return Ok(token.clone());
        }
        let minted = self.mint(wire, now).await?;
        let token = Secret::new(minted.token);
        *held = Some((token.clone(), minted.expires_at));
        Ok(token)
    }

    async fn forget(&self, _: Option<&str>) -> bool {
        self.held.lock().await.take().is_some()
    }

    fn difference(&self) -> Option<String> {
        self.clocks.difference()
    }
}

impl Installed {
    /// Asks for a token; where our clock was wrong, once more by GitHub's.
    async fn mint(&self, wire: &dyn Wire, now: Timestamp) -> Result<Minted, CallError> {
        let signed = self.clocks.theirs(now);
        let mut answer = self.asked(wire, now).await?;
        self.clocks.learn(answer.header("date"), now);
        if answer.status == 401 && self.clocks.other_than(signed, now) {
            answer = self.asked(wire, now).await?;
        }
        let app = &self.app;
        let off = || self.difference().map(|it| format!("; {it}")).unwrap_or_default();
        match answer.status {
            201 => serde_json::from_slice(&answer.body).map_err(|_| CallError::Invalid {
                why: format!("the answer of `{MINT}` is not understood"),
            }),
            401 => Err(CallError::Unsupported {
                why: format!("GitHub does not take the private key of App `{}`{}", app.id, off()),
            }),
            404 => Err(CallError::Unsupported {
                why: format!("App `{}` has no installation `{}`", app.id, app.installation),
            }),
            403 => Err(CallError::Unsupported {
                why: format!("installation `{}` is suspended", app.installation),
            }),
            status @ (429 | 500..=599) => Err(retry(format!("`{MINT}` is answered {status}"))),
            status => Err(CallError::Unsupported { why: format!("`{MINT}` is answered {status}") }),
        }
    }

    async fn asked(&self, wire: &dyn Wire, now: Timestamp) -> Result<Answer, CallError> {
        let own = of_app(&self.app, self.clocks.theirs(now))?;
        let url =
            format!("{}/app/installations/{}/access_tokens", self.base, self.app.installation);
        let own_headers = TERMS.headers.iter();
        let mut headers: Vec<(String, String)> =
            own_headers.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        headers.push(("authorization".to_owned(), format!("Bearer {}", own.expose())));
        let request = Request { method: "POST", url: &url, headers, body: Vec::new() };
        let answer = tokio::time::timeout(ANSWER, wire.ask(request, MOST)).await;
        let answer = answer.map_err(|_| retry("no token in time".to_owned()))?;
        answer.map_err(|it| retry(it.to_string()))
    }
}

/// Whatever was asked for has not left yet, so it is tried again.
const fn retry(why: String) -> CallError {
    CallError::Retry { after: Duration::from_secs(5), why }
}

/// Who the connector is: the names that it must never act on, the first for messages.
pub(crate) async fn itself(credential: &Credential, rest: &Rest) -> Result<Vec<String>, CallError> {
    const SELF: Operation = Operation("GET /user");
    let ask = |url| Ask {
        operation: SELF,
        writes: false,
        method: "GET",
        url,
        body: None,
        what: "the connector itself".to_owned(),
    };
    let text = |of: &Value, name: &str| of.get(name).and_then(Value::as_str).map(str::to_owned);
    match credential {
        Credential::Token(_) => {
            let user: Value = rest.json(&ask(rest.url(&["user"], &[])?)).await?;
            Ok(text(&user, "login").into_iter().collect())
        }
        Credential::App(app) => {
            let own = Itself::asks(app, rest);
            let shown: Value = own.json(&ask(rest.url(&["app"], &[])?)).await?;
            let mut names = Vec::new();
            if let Some(slug) = text(&shown, "slug") {
                names.extend([format!("{slug}[bot]"), format!("app/{slug}")]);
            }
            let number = shown.get("id").and_then(Value::as_u64);
            names.extend(number.map(|it| format!("app/{it}")));
            Ok(names)
        }
    }
}

/// What an installation may do, by GitHub's names, with the level; `None` for a token.
pub(crate) async fn granted(
    credential: &Credential,
    rest: &Rest,
) -> Result<Option<Value>, CallError> {
    let Credential::App(app) = credential else { return Ok(None) };
    let own = Itself::asks(app, rest);
    let number = app.installation.to_string();
    let ask = Ask {
        operation: Operation("GET /app/installations/{installation_id}"),
        writes: false,
        method: "GET",
        url: rest.url(&["app", "installations", &number], &[])?,
        body: None,
        what: format!("installation `{number}`"),
    };
    let shown: Value = own.json(&ask).await?;
    Ok(Some(shown.get("permissions").cloned().unwrap_or_default()))
}
