//! A provider's real API.

use super::answer::{refused, unanswered};
use super::ask::{Api, Ask, Body, Said, admit, text};
use super::proof::{Proof, Proving};
use crate::http::{Answer, Http, Request, address, form_of, origin};
use interlock_contain::{CallError, ReadPass, WritePass};
use serde_json::Value;
use std::time::Duration;
use tokio::sync::OnceCell;

/// The largest answer that is read, in bytes.
const MOST: usize = 16 << 20;
/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(25);

/// One provider.
#[derive(Debug)]
pub(crate) struct Remote {
    base: String,
    proof: Proving,
    http: OnceCell<Http>,
}

impl Remote {
    /// Nothing is asked yet.
    pub(crate) fn new(base: &str, proof: Proof) -> Self {
        let base = base.trim_end_matches('/').to_owned();
        Self { base, proof: Proving::new(proof), http: OnceCell::new() }
    }

    fn url(&self, ask: &Ask) -> Result<String, CallError> {
        if let Some(at) = &ask.at {
            return Ok(at.clone());
        }
        let path = ask.path();
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let query: Vec<(&str, &str)> = ask.query.iter().map(|it| (it.0, it.1.as_str())).collect();
        let url = address(&self.base, &path, &query);
        url.ok_or_else(|| CallError::Invalid { why: format!("`{}` is not an address", self.base) })
    }

    async fn ask(&self, ask: &Ask) -> Result<Said, CallError> {
        let made = self.http.get_or_try_init(|| async { Http::new(&self.base) }).await;
        let http = made.map_err(|it| CallError::Unsupported { why: it.to_string() })?;
        let url = self.url(ask)?;
        let mut fresh = false;
        loop {
            let authorization = match &ask.authorization {
                Some(header) => header.expose().to_owned(),
                None => self.proof.header(http).await?,
            };
            let answer = self.once(http, ask, &url, authorization).await?;
            // A fetched token may have been ended before its time: once more with a new one. What is
            // refused with 401 did not happen, so a write may be said again.
            let ours = ask.authorization.is_none() && !fresh;
            if answer.status == 401 && ours && self.proof.forget().await {
                fresh = true;
                continue;
            }
            return said(ask, &answer);
        }
    }

    async fn once(
        &self,
        http: &Http,
        ask: &Ask,
        url: &str,
        authorization: String,
    ) -> Result<Answer, CallError> {
        let mut headers = vec![
            ("authorization".to_owned(), authorization),
            ("accept".to_owned(), "application/json".to_owned()),
        ];
        let mut sent = |kind: &str| headers.push(("content-type".to_owned(), kind.to_owned()));
        let body = match &ask.body {
            Body::Empty => Vec::new(),
            Body::Json(json) => {
                sent("application/json");
                json.to_string().into_bytes()
            }
            Body::Form(form) => {
                sent("application/x-www-form-urlencoded");
                let form: Vec<_> = form.iter().map(|it| (it.0, it.1.expose())).collect();
                form_of(&form).into_bytes()
            }
        };
        let request = Request { method: ask.method(), url, headers, body };
        let answer = tokio::time::timeout(ANSWER, http.ask(request, MOST)).await;
        let answer = answer.map_err(|_| unanswered(ask, "no answer in time".to_owned()))?;
        answer.map_err(|it| unanswered(ask, it.to_string()))
    }
}

/// What an answer says.
fn said(ask: &Ask, answer: &Answer) -> Result<Said, CallError> {
    let body: Option<Value> = serde_json::from_slice(&answer.body).ok();
    if !(200..300).contains(&answer.status) {
        let header = |name: &str| answer.header(name).map(str::to_owned);
        return Err(refused(ask, answer.status, &header, &body.unwrap_or_default()));
    }
    if body.is_none() && ask.method() == "GET" {
        let why = format!("`{}` is not answered in JSON", ask.operation);
        return Err(CallError::Invalid { why });
    }
    let body = body.unwrap_or_default();
    let next = next_link(answer).or_else(|| text(&body, "@odata.nextLink").map(str::to_owned));
    Ok(Said { body, next, at: answer.header("date").and_then(crate::aws::moment) })
}

/// The address of the next page in a `Link` header.
fn next_link(answer: &Answer) -> Option<String> {
    let links = answer.all("link").flat_map(|it| it.split(", <"));
    let mut next = links.filter(|it| it.contains("rel=\"next\""));
    let link = next.next()?.trim_start_matches('<');
    link.split_once('>').map(|it| it.0.to_owned())
}

/// Whether an address is one of this provider: what proves the connector goes nowhere else.
pub(crate) fn same_origin(base: &str, at: &str) -> bool {
    origin(base).is_some() && origin(base) == origin(at)
}

#[async_trait::async_trait]
impl Api for Remote {
    async fn read(&self, pass: ReadPass, ask: Ask) -> Result<Said, CallError> {
        admit(pass.operation(), &ask)?;
        self.ask(&ask).await
    }

    async fn write(&self, pass: WritePass, ask: Ask) -> Result<Said, CallError> {
        admit(pass.operation(), &ask)?;
        self.ask(&ask).await
    }

    async fn write_all(&self, pass: WritePass, asks: Vec<Ask>) -> Result<(), CallError> {
        for ask in asks {
            admit(pass.operation(), &ask)?;
            self.ask(&ask).await?;
        }
        Ok(())
    }

    async fn look(&self, ask: Ask) -> Result<Said, CallError> {
        self.ask(&ask).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_among_links() {
        let headers = [
            "<https://a.example.com/u?limit=2>; rel=\"self\"",
            "<https://a.example.com/u?after=x,y>; rel=\"next\"",
        ];
        let headers = headers.map(|it| ("link".to_owned(), it.to_owned()));
        let answer = Answer { status: 200, headers: headers.into(), body: Vec::new() };
        assert_eq!(next_link(&answer).as_deref(), Some("https://a.example.com/u?after=x,y"));
        let both = headers_in_one();
        assert_eq!(next_link(&both).as_deref(), Some("https://a.example.com/u?after=2"));
    }

    fn headers_in_one() -> Answer {
        let both = "<https://a.example.com/u>; rel=\"self\", <https://a.example.com/u?after=2>; rel=\"next\"";
        Answer { status: 200, headers: vec![("link".into(), both.into())], body: Vec::new() }
    }

    #[test]
    fn a_page_elsewhere_is_not_asked_for() {
        let base = "https://a.example.com/api";
        assert!(same_origin(base, "https://a.example.com/api/v1/users?after=2"));
        assert!(!same_origin(base, "https://b.example.com/api/v1/users?after=2"));
        assert!(!same_origin(base, "http://a.example.com/api/v1/users"));
        assert!(!same_origin("nowhere", "nowhere"));
    }
}
