//! A real service behind the connector, on plain HTTP.

use super::client::{Group, Service, User, admit};
use super::dialect::{Dialect, quoted};
use super::discover::Listed;
use super::operation as op;
use crate::Secret;
use crate::http::{Answer, Http, Request, address};
use interlock_contain::{CallError, ReadPass, WritePass};
use interlock_model::Operation;
use serde_json::Value;
use std::time::Duration;
use tokio::sync::OnceCell;

/// The largest answer that is read, in bytes.
const MOST: usize = 8 << 20;
/// Users of one answer.
const PAGE: usize = 100;
/// How long to wait when the service does not say.
const PAUSE: Duration = Duration::from_secs(5);
/// The longest wait that is believed when the service says one.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(20);
/// An id that no resource has.
const ABSENT: &str = "interlock-permission-check";
const JSON: &str = "application/scim+json";

/// One service.
#[derive(Debug)]
pub(crate) struct Remote {
    base: String,
    token: Secret,
    dialect: Dialect,
    http: OnceCell<Http>,
}

/// One request, and what a failure of it means.
struct Ask<'a> {
    operation: Operation,
    method: &'a str,
    url: String,
    version: Option<&'a str>,
    body: Option<Value>,
    what: String,
}

impl Ask<'_> {
    fn writes(&self) -> bool {
        self.method != "GET"
    }

    /// What an answer that is no success means.
    fn refused(&self, answer: &Answer) -> CallError {
        let (operation, what, words) = (self.operation, &self.what, said(answer));
        let why = format!("`{operation}` of {what} is answered {}{words}", answer.status);
        let pause = answer.header("retry-after").and_then(|it| it.parse().ok());
        let after = pause.map_or(PAUSE, Duration::from_secs).min(LONGEST_PAUSE);
        match answer.status {
            401 | 403 => CallError::Denied { permission: operation.to_string() },
            404 => CallError::NotFound { what: what.clone() },
            // Somebody was faster: the next attempt reads what is there now.
            409 | 412 => CallError::Retry { after: Duration::from_secs(1), why },
            429 | 503 => CallError::Retry { after, why },
            300..=399 => CallError::Unsupported {
                why: format!("{why}; the token does not follow to another address"),
            },
            400 if self.writes() => CallError::Unsupported {
                why: format!("{why}; the service may want another `dialect`"),
            },
            500..=599 if answer.status != 501 => self.unanswered(why),
            _ => CallError::Unsupported { why },
        }
    }

    fn unanswered(&self, why: String) -> CallError {
        if self.writes() {
            CallError::OutcomeUnknown { why }
        } else {
            CallError::Retry { after: PAUSE, why }
        }
    }
}

/// The service's own words, if it has any.
fn said(answer: &Answer) -> String {
    let json: Option<Value> = serde_json::from_slice(&answer.body).ok();
    let detail = json.as_ref().and_then(|it| it.get("detail")).and_then(Value::as_str);
    let detail: String = detail.unwrap_or_default().chars().filter(|it| !it.is_control()).collect();
    let detail: String = detail.chars().take(200).collect();
    if detail.is_empty() { detail } else { format!(": {detail}") }
}

fn text(of: &Value, name: &str) -> Option<String> {
    of.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn version(of: &Value, answer: Option<&Answer>) -> Option<String> {
    let header = answer.and_then(|it| it.header("etag")).map(str::to_owned);
    of.get("meta").and_then(|it| text(it, "version")).or(header)
}

/// A user; `None` when it is none.
fn user(of: &Value, answer: Option<&Answer>) -> Option<User> {
    let active = match of.get("active") {
        Some(Value::Bool(active)) => Some(*active),
        // Some write it as text.
        Some(Value::String(active)) => active.to_ascii_lowercase().parse().ok(),
        _ => None,
    };
    let version = version(of, answer);
    Some(User { id: text(of, "id")?, name: text(of, "userName")?, active, version })
}

fn group(of: &Value) -> Option<Group> {
    let members = of.get("members").and_then(Value::as_array).into_iter().flatten();
    Some(Group {
        id: text(of, "id")?,
        name: text(of, "displayName")?,
        members: members.filter_map(|it| text(it, "value")).collect(),
        version: version(of, None),
    })
}

impl Remote {
    /// Nothing is asked yet.
    pub(crate) fn new(base: &str, token: Secret, dialect: Dialect) -> Self {
        let base = base.trim_end_matches('/').to_owned();
        Self { base, token, dialect, http: OnceCell::new() }
    }

    fn url(&self, path: &[&str], query: &[(&str, &str)]) -> Result<String, CallError> {
        let url = address(&self.base, path, query);
        url.ok_or_else(|| CallError::Invalid { why: format!("`{}` is not an address", self.base) })
    }

    async fn ask(&self, ask: &Ask<'_>) -> Result<Answer, CallError> {
        let made = self.http.get_or_try_init(|| async { Http::new(&self.base) }).await;
        let http = made.map_err(|it| CallError::Unsupported { why: it.to_string() })?;
        let mut headers = vec![
            ("authorization".to_owned(), format!("Bearer {}", self.token.expose())),
            ("accept".to_owned(), JSON.to_owned()),
        ];
        if let Some(version) = ask.version {
            headers.push(("if-match".to_owned(), version.to_owned()));
        }
        let mut body = Vec::new();
        if let Some(json) = &ask.body {
            headers.push(("content-type".to_owned(), JSON.to_owned()));
            body = json.to_string().into_bytes();
        }
        let request = Request { method: ask.method, url: &ask.url, headers, body };
        let answer = tokio::time::timeout(ANSWER, http.ask(request, MOST)).await;
        let answer = answer.map_err(|_| ask.unanswered("no answer in time".to_owned()))?;
        let answer = answer.map_err(|it| ask.unanswered(it.to_string()))?;
        if (200..300).contains(&answer.status) { Ok(answer) } else { Err(ask.refused(&answer)) }
    }

    /// The only resource that a filter finds and that is really meant.
    ///
    /// There are services that take a filter they do not know for none and give everybody.
    async fn found<T>(
        &self,
        operation: Operation,
        resource: &str,
        (attribute, name): (&str, &str),
        read: impl Fn(&Value) -> Option<T>,
        name_of: impl Fn(&T) -> &str,
    ) -> Result<Option<T>, CallError> {
        let filter = format!("{attribute} eq {}", quoted(name));
        let url = self.url(&[resource], &[("filter", &filter)])?;
        let what = format!("`{name}`");
        let ask = Ask { operation, method: "GET", url, version: None, body: None, what };
        let answer = match self.ask(&ask).await {
            Ok(answer) => answer,
            Err(CallError::NotFound { .. }) => {
                return Err(CallError::Unsupported {
                    why: format!(
                        "there is no SCIM service at `{}`: `{operation}` is answered 404",
                        self.base
                    ),
                });
            }
            Err(error) => return Err(error),
        };
        let list: Value = serde_json::from_slice(&answer.body).map_err(|_| CallError::Invalid {
            why: format!("`{operation}` is not answered in JSON"),
        })?;
        let resources = list.get("Resources").and_then(Value::as_array);
        let all = resources.into_iter().flatten().filter_map(read);
        let mut meant = all.filter(|it| name_of(it).to_lowercase() == name.to_lowercase());
        match (meant.next(), meant.next()) {
            (Some(_), Some(_)) => Err(CallError::Unsupported {
                why: format!("several resources are called `{name}`"),
            }),
            (one, _) => Ok(one),
        }
    }

    async fn patch(&self, ask: Ask<'_>) -> Result<(), CallError> {
        // 200 with the resource or 204 without: what it says of itself is not believed either way.
        self.ask(&ask).await.map(drop)
    }
}

#[async_trait::async_trait]
impl Service for Remote {
    async fn user(&self, pass: ReadPass, name: &str) -> Result<Option<User>, CallError> {
        admit(pass.operation(), op::READ_USERS)?;
        let by = ("userName", name);
        self.found(pass.operation(), "Users", by, |it| user(it, None), |it| &it.name).await
    }

    async fn users(&self, pass: ReadPass, start: u64) -> Result<Listed, CallError> {
        admit(pass.operation(), op::READ_USERS)?;
        let operation = pass.operation();
        let (start, count) = (start.to_string(), PAGE.to_string());
        let url = self.url(&["Users"], &[("startIndex", &start), ("count", &count)])?;
        let what = "all users".to_owned();
        let ask = Ask { operation, method: "GET", url, version: None, body: None, what };
        let answer = self.ask(&ask).await?;
        let mut list: Value = serde_json::from_slice(&answer.body).map_err(|_| {
            CallError::Invalid { why: format!("`{operation}` is not answered in JSON") }
        })?;
        let total = list.get("totalResults").and_then(Value::as_u64).unwrap_or(0);
        let resources = match list.get_mut("Resources").map(Value::take) {
            Some(Value::Array(resources)) => resources,
            _ => Vec::new(),
        };
        Ok(Listed { resources, total })
    }

    async fn user_of(&self, pass: ReadPass, id: &str) -> Result<Option<User>, CallError> {
        admit(pass.operation(), op::READ_USERS)?;
        let (operation, what) = (pass.operation(), format!("user `{id}`"));
        let url = self.url(&["Users", id], &[])?;
        let ask = Ask { operation, method: "GET", url, version: None, body: None, what };
        match self.ask(&ask).await {
            Ok(answer) => {
                let json: Option<Value> = serde_json::from_slice(&answer.body).ok();
                Ok(json.and_then(|it| user(&it, Some(&answer))))
            }
            Err(CallError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn group(&self, pass: ReadPass, name: &str) -> Result<Option<Group>, CallError> {
        admit(pass.operation(), op::READ_GROUPS)?;
        let by = ("displayName", name);
        self.found(pass.operation(), "Groups", by, group, |it| &it.name).await
    }

    async fn set_active(
        &self,
        pass: WritePass,
        user: &User,
        active: bool,
    ) -> Result<(), CallError> {
        admit(pass.operation(), op::PATCH_USER)?;
        self.patch(Ask {
            operation: pass.operation(),
            method: "PATCH",
            url: self.url(&["Users", &user.id], &[])?,
            version: user.version.as_deref(),
            body: Some(self.dialect.active(active)),
            what: format!("user `{}`", user.name),
        })
        .await
    }

    async fn set_member(
        &self,
        pass: WritePass,
        group: &Group,
        user: &str,
        member: bool,
    ) -> Result<(), CallError> {
        admit(pass.operation(), op::PATCH_GROUP)?;
        self.patch(Ask {
            operation: pass.operation(),
            method: "PATCH",
            url: self.url(&["Groups", &group.id], &[])?,
            version: group.version.as_deref(),
            body: Some(self.dialect.member(user, member)),
            what: format!("group `{}`", group.name),
        })
        .await
    }

    async fn may_patch(&self, operation: Operation) -> Result<(), CallError> {
        let (resource, body) = if operation == op::PATCH_USER {
            ("Users", self.dialect.active(true))
        } else {
            ("Groups", self.dialect.member(ABSENT, false))
        };
        let url = self.url(&[resource, ABSENT], &[])?;
        let what = format!("`{ABSENT}`");
        let ask = Ask { operation, method: "PATCH", url, version: None, body: Some(body), what };
        self.patch(ask).await
    }
}
