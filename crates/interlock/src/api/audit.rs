//! The audit chain: read it, take it away, check it.

use super::reading::{ReadError, Reading, limit};
use super::types::{Page, moment};
use crate::clock;
use crate::serve::Desk;
use crate::serve::extract::Query;
use crate::serve::problem::{Problem, Unauthorised};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use interlock_model::AuditEntry;
use interlock_store::verify::{Verified, VerifyError, verify_export};
use interlock_store::{ExportError, SigningKey, Store, StoreError, public_key_to_text};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{BufReader, BufWriter, PipeReader};
use std::sync::Arc;
use tokio::io::AsyncReadExt as _;
use utoipa::{IntoParams, ToSchema};

/// How much of an export is sent at a time, in bytes.
const CHUNK: usize = 64 << 10;

/// One link of the chain.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AuditView {
    /// The position, from 0 without gaps.
    pub sequence: u64,
    /// When it was written.
    #[schema(example = "2026-03-02T10:00:01Z")]
    pub time: String,
    /// What happened, `noun.verb`.
    #[schema(example = "decision.made")]
    pub what: String,
    /// Who made it happen: `interlock`, or the name of a token.
    #[schema(example = "interlock")]
    pub by: String,
    /// The ids it is about, by kind.
    pub about: BTreeMap<String, String>,
    /// In words.
    pub text: String,
    /// The digest of the stored object it speaks of, where there is one.
    pub object: Option<String>,
    /// The digest of the link before it.
    pub previous: String,
    /// The digest of this link.
    pub digest: String,
}

/// Whether the chain holds.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct VerifyView {
    /// Whether it is whole and untouched.
    pub ok: bool,
    /// How many entries it has; up to the first broken one when it is not whole.
    pub entries: u64,
    /// How many signed checkpoints it has.
    pub checkpoints: Option<u64>,
    /// The digest of the last entry.
    pub head: Option<String>,
    /// The public key that it is signed with.
    pub public_key: String,
    /// What is wrong with the first broken link.
    pub why: Option<String>,
}

/// Which links to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AuditQuery {
    /// From this position on; 0 without it.
    pub from: Option<u64>,
    /// At most so many, 1 to 1000; 100 without it.
    pub limit: Option<usize>,
}

impl From<&AuditEntry> for AuditView {
    fn from(it: &AuditEntry) -> Self {
        Self {
            sequence: it.sequence,
            time: moment(it.time),
            what: it.fact.what.clone(),
            by: it.fact.by.clone(),
            about: it.fact.about.clone(),
            text: it.fact.text.clone(),
            object: it.fact.object.map(|it| it.to_string()),
            previous: it.previous.to_string(),
            digest: it.digest.to_string(),
        }
    }
}

impl VerifyView {
    /// What a check found, for a chain signed with this key.
    #[must_use]
    pub fn of(found: &Result<Verified, VerifyError>, public_key: String) -> Self {
        match found {
            Ok(it) => Self {
                ok: true,
                entries: it.entries,
                checkpoints: Some(it.checkpoints),
                head: Some(it.head.to_string()),
                public_key,
                why: None,
            },
            Err(error) => Self {
                ok: false,
                entries: match error {
                    VerifyError::Broken { link, .. } => link.sequence,
                    VerifyError::Unreadable { .. } => 0,
                },
                checkpoints: None,
                head: None,
                public_key,
                why: Some(error.to_string()),
            },
        }
    }
}

impl Reading {
    /// Links from this position on.
    pub async fn audit(&self, query: AuditQuery) -> Result<Page<AuditView>, ReadError> {
        let limit = limit(query.limit);
        let entries = self.store().audit_entries(query.from.unwrap_or(0), limit).await?;
        let next = entries
            .last()
            .filter(|_| entries.len() == limit)
            .map(|it| it.sequence.saturating_add(1).to_string());
        Ok(Page { items: entries.iter().map(AuditView::from).collect(), next })
    }
}

/// Exports the chain of this store into a pipe, in the background. Memory: what a pipe holds.
///
/// # Errors
/// The system has no pipe to give.
pub fn export_into_pipe(
    store: Store,
    key: Arc<SigningKey>,
) -> std::io::Result<(PipeReader, tokio::task::JoinHandle<Result<(), ExportError>>)> {
    let (reader, writer) = std::io::pipe()?;
    let runtime = tokio::runtime::Handle::current();
    let worker = tokio::task::spawn_blocking(move || {
        let mut writer = BufWriter::with_capacity(CHUNK, writer);
        runtime.block_on(store.export(&mut writer, &key, clock::now())).map(|_| ())
    });
    Ok((reader, worker))
}

/// Checks the chain of this store as an export would be checked.
///
/// # Errors
/// The store cannot be read.
pub async fn verify_store(
    store: Store,
    key: Arc<SigningKey>,
) -> Result<Result<Verified, VerifyError>, StoreError> {
    let public = key.verifying_key();
    let unavailable = |what: String| StoreError::Unavailable { what, source: None };
    let (reader, exported) =
        export_into_pipe(store, key).map_err(|it| unavailable(format!("no pipe: {it}")))?;
    let checked =
        tokio::task::spawn_blocking(move || verify_export(BufReader::new(reader), &public)).await;
    match exported.await {
        Ok(Err(ExportError::Store(error))) => return Err(error),
        // A check that stops early closes the pipe; that is no failure of the export.
        Ok(Ok(()) | Err(ExportError::Write(_))) => {}
        Err(_) => return Err(unavailable("the export failed while it worked".to_owned())),
    }
    checked.map_err(|_| unavailable("the check failed while it worked".to_owned()))
}

/// Lists audit entries in order, from a position on.
#[utoipa::path(
    get, path = "/v1/audit", tag = "audit", params(AuditQuery),
    responses((status = 200, body = Page<AuditView>), Unauthorised)
)]
pub async fn list(
    State(desk): State<Desk>,
    Query(query): Query<AuditQuery>,
) -> Result<Json<Page<AuditView>>, Problem> {
    Ok(Json(desk.reading.audit(query).await?))
}

/// Exports the whole chain with its signed checkpoints, as JSON Lines.
///
/// `interlock audit verify FILE --key KEY` checks it anywhere.
#[utoipa::path(
    get, path = "/v1/audit/export", tag = "audit",
    responses(
        (status = 200, description = "The chain", body = String, content_type = "application/x-ndjson"),
        Unauthorised
    )
)]
pub async fn export(State(desk): State<Desk>) -> Result<Response, Problem> {
    let store = desk.reading.store().clone();
    let failed = |what: String| Problem::from(StoreError::Unavailable { what, source: None });
    let (reader, worker) = export_into_pipe(store, Arc::clone(&desk.key))
        .map_err(|it| failed(format!("no pipe for an export: {it}")))?;
    let reader = tokio::net::unix::pipe::Receiver::from_owned_fd(reader.into())
        .map_err(|it| failed(format!("no pipe for an export: {it}")))?;
    let stream =
        futures::stream::try_unfold((reader, Some(worker)), |(mut reader, mut worker)| async {
            let mut chunk = vec![0; CHUNK];
            let read = reader.read(&mut chunk).await?;
            chunk.truncate(read);
            if read > 0 {
                return Ok(Some((chunk, (reader, worker))));
            }
            // An export that broke off must not look like a whole one, though its closing line is missing.
            if let Some(worker) = worker.take()
                && !matches!(worker.await, Ok(Ok(())))
            {
                return Err(std::io::Error::other("the export broke off"));
            }
            Ok(None)
        });
    let headers = [
        (header::CONTENT_TYPE, "application/x-ndjson"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"interlock-audit.jsonl\""),
    ];
    Ok((headers, Body::from_stream(stream)).into_response())
}

/// Checks the whole chain: every link, every signature.
#[utoipa::path(
    get, path = "/v1/audit/verify", tag = "audit",
    responses((status = 200, body = VerifyView), Unauthorised)
)]
pub async fn verify(State(desk): State<Desk>) -> Result<Json<VerifyView>, Problem> {
    let public = public_key_to_text(&desk.key.verifying_key()).trim().to_owned();
    let found = verify_store(desk.reading.store().clone(), Arc::clone(&desk.key)).await?;
    Ok(Json(VerifyView::of(&found, public)))
}
