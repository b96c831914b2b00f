//! `POST /v1/webhooks/github/{name}`: what GitHub sends by itself, known by its signature.
//!
//! This door has no bearer token: whoever signs the very bytes of the body with the shared secret
//! is the sender. What is sent again under the same delivery adds nothing.

use super::auth::{address, too_many_failures};
use super::ingest::{Accepted, Read, read};
use super::problem::{Code, Problem};
use super::{Desk, ingest};
use crate::api::rejected::RejectedView;
use crate::clock;
use crate::feed::Trouble;
use crate::feed::intake::Intake;
use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use hmac::{Hmac, KeyInit as _, Mac as _};
use interlock_connect::Secret;
use interlock_model::Timestamp;
use interlock_store::Forget;
use serde_json::value::RawValue;
use sha2::Sha256;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// The path, as it is described.
#[cfg(test)]
pub const PATH: &str = "/v1/webhooks/github/{name}";
/// For how many days a delivery is known. GitHub sends one again for three.
const KEPT_DAYS: i64 = 7;

/// One door for GitHub.
#[derive(Debug)]
pub struct Webhook {
    intake: Intake,
    secret: Secret,
    /// When old deliveries were last forgotten, in seconds.
    tidied: AtomicI64,
}

impl Webhook {
    /// A door for what is signed with this secret.
    #[must_use]
    pub const fn new(intake: Intake, secret: Secret) -> Self {
        Self { intake, secret, tidied: AtomicI64::new(0) }
    }

    /// Whether this is the signature of the body. Compared in constant time.
    fn signed(&self, signature: &[u8], body: &[u8]) -> bool {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.secret.expose().as_bytes()) else {
            return false;
        };
        mac.update(body);
        mac.verify_slice(signature).is_ok()
    }

    /// Forgets deliveries that GitHub no longer sends again; once an hour.
    async fn tidy(&self) {
        let now = clock::now().as_second();
        if now - self.tidied.swap(now, Ordering::Relaxed) < 3_600 {
            self.tidied.fetch_min(now, Ordering::Relaxed);
            return;
        }
        if let Ok(before) = Timestamp::from_second(now - KEPT_DAYS * 24 * 3_600)
            && let Err(error) = self.intake.forget(Forget::Before(before)).await
        {
            tracing::warn!(%error, "old deliveries could not be forgotten");
        }
    }
}

/// Takes an event of GitHub in. Needs no token: `X-Hub-Signature-256` must be that of the body.
///
/// The answer comes only after the event is durable. The same delivery again adds nothing.
#[utoipa::path(
    post, path = "/v1/webhooks/github/{name}", tag = "events", security(()),
    params(("name" = String, Path, description = "the `id` of a feed of the kind `github_webhook`", example = "github-org")),
    request_body(content = serde_json::Value, content_type = "application/json", description = "the event as GitHub writes it"),
    responses(
        (status = 202, description = "Durable", body = Accepted),
        (status = 400, description = "It cannot be used", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "There is no such door, or the signature is missing or wrong", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Larger than allowed", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Of a kind that is not read", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many wrong signatures from this address", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not now: send it again", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn github(
    State(desk): State<Desk>,
    Path(name): Path<String>,
    request: Request,
) -> Result<(StatusCode, Json<Accepted>), Problem> {
    let (parts, body) = request.into_parts();
    let from = address(&parts.extensions);
    let path = parts.uri.path().to_owned();
    let door = desk.webhooks.iter().find(|it| it.intake.feed() == name);
    // A body is read only for somebody who may be GitHub, and never in the places of those who hold a token.
    let signature = signature(&parts.headers).filter(|_| !desk.webhooks.is_empty());
    let Some(signature) = signature else {
        return Err(refused(&desk, door, from, &path).await);
    };
    let _place = desk
        .signed
        .try_acquire()
        .map_err(|_| Problem::new(Code::Busy, "too many signed events at a time; send it again"))?;
    let body = match read(body, desk.body_bytes).await {
        Read::Whole(body) => body,
        Read::TooLarge => return Err(ingest::too_large(desk.body_bytes)),
        Read::BrokeOff => return Err(Problem::new(Code::Malformed, "the body broke off")),
    };
    let Some(proven) = door.filter(|it| it.signed(&signature, &body)) else {
        return Err(refused(&desk, door, from, &path).await);
    };
    let header = |name: &str| parts.headers.get(name).and_then(|it| it.to_str().ok());
    let event = word(header("x-github-event"));
    let delivery = word(header("x-github-delivery"));
    let (Some(event), Some(delivery)) = (event, delivery) else {
        let text = "`X-GitHub-Event` or `X-GitHub-Delivery` is missing";
        return Err(Problem::new(Code::Malformed, text));
    };
    let kind = header("content-type").unwrap_or_default().to_ascii_lowercase();
    if !kind.starts_with("application/json") {
        let text = format!("the content type `{}` is not read", kind.escape_debug());
        return Err(Problem::new(Code::MediaType, text)
            .help("choose `application/json` as the content type of the webhook"));
    }
    if event == "ping" {
        // GitHub only asks whether the door is there.
        return Ok((
            StatusCode::ACCEPTED,
            Json(Accepted { request: delivery, ..Accepted::default() }),
        ));
    }
    let payload = std::str::from_utf8(&body).ok().and_then(|it| serde_json::from_str(it).ok());
    let Some(payload) = payload.map(|it: &RawValue| it.get()) else {
        return Err(Problem::new(Code::Malformed, "the body is not JSON"));
    };
    let record =
        format!(r#"{{"github_event":"{event}","delivery":"{delivery}","payload":{payload}}}"#);
    let file: Arc<str> = format!("github:{name}:{delivery}").into();
    let lot = proven.intake.cut(record.into_bytes(), &file, 0);
    let (accepted, refused) = (lot.records.len() as u64, lot.rejected.len() as u64);
    let rejected: Vec<RejectedView> = lot.rejected.iter().map(RejectedView::from).collect();
    let took = proven.intake.take(lot, &delivery, "taken".to_owned()).await;
    took.map_err(|trouble: Trouble| Problem::new(Code::Store, trouble.to_string()))?;
    proven.tidy().await;
    if accepted == 0 {
        let text = "the body holds no record that can be read";
        return Err(Problem {
            rejected: rejected.into(),
            ..Problem::new(Code::NothingAccepted, text)
        });
    }
    let accepted = Accepted { request: delivery, accepted, refused, rejected, position: None };
    Ok((StatusCode::ACCEPTED, Json(accepted)))
}

/// The signature that these headers carry, where it has the right form.
fn signature(headers: &HeaderMap) -> Option<Vec<u8>> {
    let given = headers.get("x-hub-signature-256")?.to_str().ok()?.strip_prefix("sha256=")?;
    hex::decode(given).ok().filter(|it| it.len() == 32)
}

/// Counts and audits an event that nobody proved. Whether the door is there is not told to strangers.
async fn refused(desk: &Desk, door: Option<&Webhook>, from: IpAddr, path: &str) -> Problem {
    let feed = door.map_or_else(|| "unknown".to_owned(), |it| it.intake.feed().to_owned());
    metrics::counter!("interlock_webhook_refused_total", "feed" => feed).increment(1);
    let words = ("a wrong signature", "wrong signatures");
    if too_many_failures(desk, from, path, words).await {
        let text = "too many failed authentications from this address";
        return Problem::new(Code::TooManyFailures, text);
    }
    let text = "the signature is missing, or is not that of this body";
    Problem::new(Code::Unauthorised, text)
        .help("set the same secret at GitHub and in the feed, and send `X-Hub-Signature-256`")
}

/// A header's value, when it is one plain word.
fn word(value: Option<&str>) -> Option<String> {
    let value = value?.trim();
    let plain = |it: u8| it.is_ascii_alphanumeric() || it == b'_' || it == b'-';
    let sound = !value.is_empty() && value.len() <= 100 && value.bytes().all(plain);
    sound.then(|| value.to_owned())
}
