//! `POST /v1/events` and `POST /v1/alerts`: bytes in, an answer only after they are durable.
//!
//! Memory: one body of at most `body_bytes` of the configuration for each request, and at most three lots of [`LOT`] records.

use super::Desk;
use super::auth::Caller;
use super::bound::Bound;
use super::problem::{Code, Problem, Unauthorised};
use crate::api::rejected::RejectedView;
use crate::clock;
use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use futures::StreamExt as _;
use interlock_ingest::Records;
use interlock_model::{Batch, Change, Inbound, Limits, Rejected};
use serde::{Deserialize, Serialize};
use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use utoipa::ToSchema;

/// Most bytes that a compressed body may unpack to.
const UNPACKED: u64 = 1 << 30;
/// How much of a body that is too large is read before the answer, in bytes.
const THROWN: usize = 64 << 20;
/// For how long.
const THROWING: Duration = Duration::from_secs(10);
/// Records that are stored at a time.
const LOT: usize = 500;
/// Most rejected records that an answer lists; all are stored and counted.
const LISTED: usize = 1_000;
/// How the reason starts when a body unpacks to more than it may.
const TOO_MUCH: &str = "the input cannot be read further: unpacks to more than";

/// What became of the records of one request.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct Accepted {
    /// The request's id; `http:` and this is the `file` of its records.
    #[schema(example = "7f3a90c1d2e4b586")]
    pub request: String,
    /// How many records are durable now.
    #[schema(example = 2)]
    pub accepted: u64,
    /// How many were refused here; records that no log source knows are refused later, and listed by
    /// `GET /v1/rejected`.
    #[schema(example = 0)]
    pub refused: u64,
    /// The refused records, at most 1000 of them.
    pub rejected: Vec<RejectedView>,
    /// The position of the last record in the inbox.
    #[schema(example = 1042)]
    pub position: Option<u64>,
}

/// Takes events in: JSON, an array, JSON Lines, `{"Records":[…]}`, CloudEvents, EventBridge, plain or gzip.
///
/// The answer comes only after the records are durable. What cannot be framed is refused record by
/// record; one broken record costs only itself. Sending the same records again does no harm.
#[utoipa::path(
    post, path = "/v1/events", tag = "events",
    request_body(
        content(
            (Vec<serde_json::Value> = "application/json", example = json!([{"eventVersion": "1.11", "eventSource": "iam.amazonaws.com", "eventName": "CreateAccessKey", "eventTime": "2026-03-02T10:00:00Z"}])),
            (String = "application/x-ndjson"),
            (Vec<serde_json::Value> = "application/cloudevents-batch+json"),
            (serde_json::Value = "application/cloudevents+json"),
        ),
        description = "events as their provider writes them; `Content-Encoding: gzip` is read too"
    ),
    responses(
        (status = 202, description = "Durable", body = Accepted),
        (status = 400, description = "Nothing of it could be used", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Larger than allowed", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Of a kind that is not read", body = Problem, content_type = "application/problem+json"),
        Unauthorised
    )
)]
pub async fn events(
    State(desk): State<Desk>,
    caller: Caller,
    request: Request,
) -> Result<(StatusCode, Json<Accepted>), Problem> {
    take(&desk, caller, request, false).await
}

/// Takes alerts of another monitor in: GuardDuty findings, OCSF Detection Findings, generic alerts.
///
/// Framed and acknowledged as events are.
#[utoipa::path(
    post, path = "/v1/alerts", tag = "events",
    request_body(
        content(
            (Vec<serde_json::Value> = "application/json", example = json!([{"title": "key found in a public repository", "severity": "high", "time": "2026-03-02T10:00:00Z", "credential": "AKIAIOSFODNN7EXAMPLE"}])),
            (String = "application/x-ndjson"),
        ),
        description = "alerts as their monitor writes them; `Content-Encoding: gzip` is read too"
    ),
    responses(
        (status = 202, description = "Durable", body = Accepted),
        (status = 400, description = "Nothing of it could be used", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Larger than allowed", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Of a kind that is not read", body = Problem, content_type = "application/problem+json"),
        Unauthorised
    )
)]
pub async fn alerts(
    State(desk): State<Desk>,
    caller: Caller,
    request: Request,
) -> Result<(StatusCode, Json<Accepted>), Problem> {
    take(&desk, caller, request, true).await
}

async fn take(
    desk: &Desk,
    caller: Caller,
    request: Request,
    alert: bool,
) -> Result<(StatusCode, Json<Accepted>), Problem> {
    let (parts, body) = request.into_parts();
    readable(&parts.headers)?;
    let _place = desk.taking.try_acquire().map_err(|_| {
        Problem::new(Code::Busy, "too many requests with events at a time; send it again")
    })?;
    let body = match read(body, desk.body_bytes).await {
        Read::Whole(body) => body,
        Read::TooLarge => return Err(too_large(desk.body_bytes)),
        Read::BrokeOff => return Err(Problem::new(Code::Malformed, "the body broke off")),
    };
    let taken = store(desk, caller, body, alert).await?;
    answer(taken)
}

/// The answer to a body that is larger than allowed.
pub(super) fn too_large(most: usize) -> Problem {
    let text = format!("the body is larger than {most} bytes");
    Problem::new(Code::TooLarge, text).help("send fewer records at a time, or compress them")
}

/// How a body came in.
pub(super) enum Read {
    /// As a whole.
    Whole(Vec<u8>),
    /// It is larger than allowed.
    TooLarge,
    /// Its sender went away.
    BrokeOff,
}

/// Reads a body of at most so many bytes. What goes on beyond that is read for a while and thrown
/// away, for many senders see an answer only when they could send all they had.
pub(super) async fn read(body: Body, most: usize) -> Read {
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        let Ok(chunk) = chunk else { return Read::BrokeOff };
        if bytes.len() + chunk.len() > most {
            drop(bytes);
            let rest = async {
                let mut thrown = 0;
                while let Some(Ok(chunk)) = stream.next().await {
                    thrown += chunk.len();
                    if thrown > THROWN {
                        break;
                    }
                }
            };
            let _ = tokio::time::timeout(THROWING, rest).await;
            return Read::TooLarge;
        }
        bytes.extend_from_slice(&chunk);
    }
    Read::Whole(bytes)
}

/// Whether a body with these headers can be read at all. The form itself is recognised, not believed.
fn readable(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name| headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let coding = text(header::CONTENT_ENCODING).trim().to_ascii_lowercase();
    if !matches!(coding.as_str(), "" | "identity" | "gzip" | "x-gzip") {
        let text = format!("the content encoding `{coding}` is not read: use gzip or none");
        return Err(Problem::new(Code::MediaType, text));
    }
    let kind = text(header::CONTENT_TYPE).split(';').next().unwrap_or_default();
    let kind = kind.trim().to_ascii_lowercase();
    let known = matches!(
        kind.as_str(),
        "" | "application/json"
            | "application/x-ndjson"
            | "application/ndjson"
            | "application/jsonl"
            | "application/jsonlines"
            | "application/x-jsonlines"
            | "application/json-seq"
            | "application/gzip"
            | "application/x-gzip"
            | "application/octet-stream"
            | "application/x-www-form-urlencoded"
            | "text/plain"
            | "text/json"
    ) || (kind.starts_with("application/") && kind.ends_with("+json"));
    if known {
        return Ok(());
    }
    let text =
        format!("the content type `{kind}` is not read: send JSON, JSON Lines or CloudEvents");
    Err(Problem::new(Code::MediaType, text))
}

/// What was stored of one request.
struct Taken {
    request: String,
    accepted: u64,
    refused: u64,
    rejected: Vec<Rejected>,
    too_much: bool,
    position: Option<u64>,
}

/// Cuts the body into records and stores them, lot by lot. When it fails nothing is acknowledged.
async fn store(desk: &Desk, caller: Caller, body: Vec<u8>, alert: bool) -> Result<Taken, Problem> {
    let bound = Bound::of(caller, &desk.house).await?;
    let request = request_id()?;
    let file: Arc<str> = format!("http:{request}").into();
    let limits = Limits { unpacked_bytes: desk.limits.unpacked_bytes.min(UNPACKED), ..desk.limits };
    let (sender, mut lots) = mpsc::channel(2);
    let cutter = tokio::task::spawn_blocking(move || {
        cut(body, &file, limits, alert, bound.as_ref(), &sender)
    });
    let mut taken = Taken {
        request,
        accepted: 0,
        refused: 0,
        rejected: Vec::new(),
        too_much: false,
        position: None,
    };
    let memory = desk.house.store();
    while let Some(Lot { records, rejected }) = lots.recv().await {
        if !rejected.is_empty() {
            taken.refused += rejected.len() as u64;
            taken.too_much |= rejected.iter().any(|it| it.why.starts_with(TOO_MUCH));
            let room = LISTED.saturating_sub(taken.rejected.len());
            taken.rejected.extend(rejected.iter().take(room).cloned());
            let changes =
                rejected.into_iter().map(|rejected| Change::Rejected { rejected }).collect();
            memory.commit(&Batch { changes, ..Batch::default() }, clock::now()).await?;
        }
        if !records.is_empty() {
            let position = memory.push(&records).await?;
            desk.house.inbox_grew_to(position);
            taken.position = Some(position);
            taken.accepted += records.len() as u64;
        }
    }
    let whole = cutter.await.is_ok();
    if !whole {
        return Err(Problem::new(Code::Internal, "the body could not be cut into records"));
    }
    metrics::counter!("interlock_records_accepted_total").increment(taken.accepted);
    metrics::counter!("interlock_records_refused_total").increment(taken.refused);
    Ok(taken)
}

/// Some records of one body, in order, and what could not be framed among them.
struct Lot {
    records: Vec<Inbound>,
    rejected: Vec<Rejected>,
}

fn cut(
    body: Vec<u8>,
    file: &Arc<str>,
    limits: Limits,
    alert: bool,
    bound: Option<&Bound>,
    lots: &mpsc::Sender<Lot>,
) {
    let mut lot = Lot { records: Vec::new(), rejected: Vec::new() };
    for record in Records::open(Cursor::new(body), Arc::clone(file), limits) {
        let record = record.and_then(|it| match bound {
            Some(bound) => bound.admit(it, alert),
            None => Ok(it),
        });
        match record {
            Ok(record) => lot.records.push(Inbound {
                position: 0,
                file: record.place.file,
                record: record.place.record,
                alert,
                text: record.text,
            }),
            Err(rejected) => lot.rejected.push(rejected),
        }
        if lot.records.len() + lot.rejected.len() >= LOT {
            let full =
                std::mem::replace(&mut lot, Lot { records: Vec::new(), rejected: Vec::new() });
            if lots.blocking_send(full).is_err() {
                return;
            }
        }
    }
    // Nobody waits any more when the request was given up; then nothing was acknowledged.
    let _ = lots.blocking_send(lot);
}

fn answer(taken: Taken) -> Result<(StatusCode, Json<Accepted>), Problem> {
    let rejected: Vec<RejectedView> = taken.rejected.iter().map(RejectedView::from).collect();
    let problem = |code, text: &str| Problem {
        accepted: Some(taken.accepted),
        rejected: rejected.clone().into(),
        ..Problem::new(code, text)
    };
    if taken.too_much {
        let text = "the body unpacks to more than it may; the records before that are stored";
        return Err(problem(Code::TooLarge, text).help("send fewer records at a time"));
    }
    if taken.accepted == 0 {
        let text = if taken.refused == 0 {
            "the body holds no record"
        } else {
            "the body holds no record that can be taken"
        };
        return Err(problem(Code::NothingAccepted, text)
            .help("send JSON objects: one, an array, one on each line, or in `Records`"));
    }
    let accepted = Accepted {
        request: taken.request,
        accepted: taken.accepted,
        refused: taken.refused,
        rejected,
        position: taken.position,
    };
    Ok((StatusCode::ACCEPTED, Json(accepted)))
}

/// An id that no other request has.
fn request_id() -> Result<String, Problem> {
    let mut random = [0; 12];
    getrandom::fill(&mut random).map_err(|error| {
        tracing::error!(%error, "the system gives no randomness");
        Problem::new(Code::Internal, "the system gives no randomness for a request's id")
    })?;
    Ok(hex::encode(random))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_bodies_are_read() {
        for (kind, coding, readable_) in [
            ("", "", true),
            ("application/json; charset=utf-8", "", true),
            ("application/x-ndjson", "gzip", true),
            ("application/cloudevents+json", "", true),
            ("application/cloudevents-batch+json", "", true),
            ("application/x-www-form-urlencoded", "", true),
            ("application/json", "br", false),
            ("application/xml", "", false),
            ("multipart/form-data; boundary=x", "", false),
            ("text/html", "", false),
        ] {
            let mut headers = HeaderMap::new();
            if !kind.is_empty() {
                headers.insert(header::CONTENT_TYPE, kind.parse().unwrap());
            }
            if !coding.is_empty() {
                headers.insert(header::CONTENT_ENCODING, coding.parse().unwrap());
            }
            assert_eq!(readable(&headers).is_ok(), readable_, "{kind} {coding}");
        }
    }

    #[test]
    fn a_body_comes_out_in_lots_with_every_record_in_place() {
        let body: String = (0..1_203)
            .map(|it| if it == 700 { "nonsense\n".to_owned() } else { format!("{{\"n\":{it}}}\n") })
            .collect();
        let (sender, mut lots) = mpsc::channel(8);
        cut(body.into(), &"http:x".into(), Limits::STANDARD, true, None, &sender);
        drop(sender);
        let (mut places, mut rejected, mut sizes) = (Vec::new(), Vec::new(), Vec::new());
        while let Some(lot) = lots.blocking_recv() {
            sizes.push(lot.records.len() + lot.rejected.len());
            assert!(lot.records.iter().all(|it| it.alert && &*it.file == "http:x"));
            places.extend(lot.records.iter().map(|it| it.record));
            rejected.extend(lot.rejected.iter().map(|it| it.place.record));
        }
        assert_eq!(sizes, [500, 500, 203]);
        assert_eq!(rejected, [700]);
        let wanted: Vec<u64> = (0..1_203).filter(|it| *it != 700).collect();
        assert_eq!(places, wanted);
    }
}
