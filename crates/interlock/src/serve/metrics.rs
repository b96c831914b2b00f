//! `GET /metrics`: what happened, counted where it is committed, and how things stand now.

use super::Desk;
use super::health::Health;
use super::problem::{Problem, Unauthorised};
use crate::api::containment::phase_of;
use crate::clock;
use crate::feed::state::{Standing as FeedStanding, State as Feed};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use interlock_contain::{Phase, first_effective, grade};
use interlock_engine::World;
use interlock_model::{Batch, Change, Fact, FailureClass, FindingSource, Observation, Timestamp};
use interlock_store::Writing;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// The upper bounds of the histogram of times to effective containment, in seconds.
const BOUNDS: [f64; 10] = [1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 86_400.0];

/// How long the loop of the house may take to say how the containments stand.
const PATIENCE: Duration = Duration::from_secs(2);

/// Starts counting, once in a process.
pub fn install() {
    let _ = RECORDER.get_or_init(|| {
        let handle = PrometheusBuilder::new().install_recorder().ok();
        for (name, text) in [
            ("interlock_records_total", "Records that turns took from the inbox"),
            ("interlock_records_accepted_total", "Records accepted over HTTP"),
            ("interlock_records_refused_total", "Records that could not be framed"),
            ("interlock_rejected_total", "Records refused, here or in a turn"),
            ("interlock_findings_total", "Findings remembered, also when they grew"),
            ("interlock_decisions_total", "Decisions by verdict"),
            ("interlock_journal_total", "Entries of containments' journals by fact"),
            ("interlock_provider_answers_total", "Answers of providers by call and outcome"),
            ("interlock_notices_total", "Times that somebody's attention was asked for"),
            (
                "interlock_authentication_failures_total",
                "Requests with an unknown token or a refused key",
            ),
            (
                "interlock_broker_events_lost_total",
                "Uses of the broker that nobody recorded in time",
            ),
            ("interlock_http_requests_total", "Requests by path and status"),
            ("interlock_connections_refused_total", "Connections for which there was no place"),
            ("interlock_webhook_refused_total", "Webhooks without the right signature"),
        ] {
            metrics::describe_counter!(name, text);
        }
        metrics::describe_histogram!(
            "interlock_turn_lag_seconds",
            "From records accepted over HTTP to the commit of what follows from them, of the last minute"
        );
        metrics::describe_gauge!(
            "interlock_provider_calls_waiting",
            "Calls that wait for their turn at a connector"
        );
        handle
    });
}

/// Counts what was just committed.
pub fn committed(batch: &Batch) {
    for change in &batch.changes {
        match change {
            Change::Finding { finding } => {
                let source = match finding.rule.source {
                    FindingSource::Sigma => "sigma",
                    FindingSource::Behaviour => "behaviour",
                    FindingSource::Alert => "alert",
                };
                metrics::counter!("interlock_findings_total", "source" => source).increment(1);
            }
            Change::Decision { decision } => {
                let verdict = decision.verdict.to_string();
                metrics::counter!("interlock_decisions_total", "verdict" => verdict).increment(1);
            }
            Change::Journal { entry } => {
                let (fact, answer) = said(&entry.fact);
                metrics::counter!("interlock_journal_total", "fact" => fact).increment(1);
                if let Some((call, outcome)) = answer {
                    metrics::counter!("interlock_provider_answers_total", "call" => call, "outcome" => outcome)
                        .increment(1);
                }
            }
            Change::Rejected { .. } => metrics::counter!("interlock_rejected_total").increment(1),
            Change::Notice { .. } => metrics::counter!("interlock_notices_total").increment(1),
            Change::Discovery { discovery } => {
                let connector = discovery.connector.to_string();
                let failed = f64::from(u8::from(discovery.failed.is_some()));
                let gaps = u32::try_from(discovery.gaps.len()).unwrap_or(u32::MAX);
                metrics::gauge!("interlock_discovery_failed", "connector" => connector.clone())
                    .set(failed);
                metrics::gauge!("interlock_discovery_gaps", "connector" => connector)
                    .set(f64::from(gaps));
            }
            Change::Identity { .. }
            | Change::Inventory { .. }
            | Change::Case { .. }
            | Change::Drill { .. } => {}
        }
    }
}

/// A fact's name, and the provider's answer that it is, when it is one.
const fn said(fact: &Fact) -> (&'static str, Option<(&'static str, &'static str)>) {
    match fact {
        Fact::Requested { .. } => ("requested", None),
        Fact::Planned { .. } => ("planned", Some(("plan", "ok"))),
        Fact::PlanFailed { .. } => ("plan_failed", Some(("plan", "failed"))),
        Fact::Answered { .. } => ("answered", None),
        Fact::Intended { .. } => ("intended", None),
        Fact::Acknowledged { .. } => ("acknowledged", Some(("execute", "ok"))),
        Fact::Failed { class, .. } => ("failed", Some(("execute", failure(*class)))),
        Fact::Observed { observation, .. } => {
            let outcome = match observation {
                Observation::Holds { .. } => "holds",
                Observation::DoesNotHold { .. } => "does_not_hold",
                Observation::CannotTell { .. } => "cannot_tell",
            };
            ("observed", Some(("verify", outcome)))
        }
        Fact::Shown { .. } => ("shown", None),
        Fact::WatchPassed => ("watch_passed", None),
        Fact::UndoAsked { .. } => ("undo_asked", None),
        Fact::Held { .. } => ("held", None),
        Fact::Resumed { .. } => ("resumed", None),
        Fact::Stuck { .. } => ("stuck", None),
        Fact::Closed { .. } => ("closed", None),
    }
}

const fn failure(class: FailureClass) -> &'static str {
    match class {
        FailureClass::Retry => "retry",
        FailureClass::OutcomeUnknown => "outcome_unknown",
        FailureClass::Drifted => "drifted",
        FailureClass::Denied => "denied",
        FailureClass::NotFound => "not_found",
        FailureClass::Unsupported => "unsupported",
        FailureClass::Invalid => "invalid",
    }
}

/// How the containments stand.
#[derive(Debug, Default)]
struct Standing {
    containments: BTreeMap<(&'static str, String), u64>,
    effective: Vec<f64>,
    writes: BTreeMap<String, u64>,
    waiting: u64,
}

fn standing(world: &World) -> Standing {
    let mut it = Standing::default();
    for life in world.containments() {
        *it.containments.entry((phase_of(life).0, grade(life).to_string())).or_default() += 1;
        if let Some(at) = first_effective(life) {
            let began = world.case(&life.case).map_or(life.requested, |case| case.opened);
            it.effective.push(at.duration_since(began).as_secs_f64().max(0.0));
        }
        it.waiting += u64::from(matches!(life.phase, Phase::Held { .. } | Phase::Stuck { .. }));
        for step in life.steps.iter().chain(life.undo.iter().flat_map(|undo| &undo.steps)) {
            if step.attempts > 0 {
                let connector = step.step.connector.to_string();
                *it.writes.entry(connector).or_default() += u64::from(step.attempts);
            }
        }
    }
    it
}

impl Standing {
    fn render(&self, text: &mut String) {
        heading(text, "interlock_containments", "gauge", "Containments by phase and grade");
        for ((phase, grade), count) in &self.containments {
            let labels = format!("phase=\"{phase}\",grade=\"{grade}\"");
            let _ = writeln!(text, "interlock_containments{{{labels}}} {count}");
        }
        let words = "Containments that wait for a person, held or stuck";
        heading(text, "interlock_containments_waiting", "gauge", words);
        let _ = writeln!(text, "interlock_containments_waiting {}", self.waiting);
        heading(
            text,
            "interlock_provider_writes_total",
            "counter",
            "Writes intended, by connector",
        );
        for (connector, count) in &self.writes {
            let connector = escaped(connector);
            let _ = writeln!(
                text,
                "interlock_provider_writes_total{{connector=\"{connector}\"}} {count}"
            );
        }
        let name = "interlock_time_to_effective_seconds";
        heading(text, name, "histogram", "From the first event of a case to refused access");
        for bound in BOUNDS {
            let count = self.effective.iter().filter(|it| **it <= bound).count();
            let _ = writeln!(text, "{name}_bucket{{le=\"{bound}\"}} {count}");
        }
        let count = self.effective.len();
        let _ = writeln!(text, "{name}_bucket{{le=\"+Inf\"}} {count}");
        let _ = writeln!(text, "{name}_sum {}", self.effective.iter().sum::<f64>());
        let _ = writeln!(text, "{name}_count {count}");
    }
}

/// What `GET /health` says, for whoever alerts on metrics.
fn readiness(health: &Health, text: &mut String) {
    let words = "Whether the process can take work, as `GET /health` says it";
    heading(text, "interlock_ready", "gauge", words);
    let _ = writeln!(text, "interlock_ready {}", u8::from(health.is_ready()));
    heading(text, "interlock_store_refuses", "gauge", "Whether the store refuses to take this now");
    for writing in Writing::ALL {
        let what = writing.as_str();
        let refuses = u8::from(health.refused.iter().any(|it| it.what == what));
        let _ = writeln!(text, "interlock_store_refuses{{what=\"{what}\"}} {refuses}");
    }
}

/// How each feed is.
fn feeds(feeds: &[Arc<Feed>], now: Timestamp, text: &mut String) {
    if feeds.is_empty() {
        return;
    }
    type Value = fn(&FeedStanding, f64) -> f64;
    let measures: [(&str, &str, &str, Value); 7] = [
        ("interlock_feed_records_total", "counter", "Records that a feed stored", |it, _| {
            count(it.records)
        }),
        (
            "interlock_feed_rejected_total",
            "counter",
            "Records of a feed that could not be framed",
            |it, _| count(it.rejected),
        ),
        ("interlock_feed_errors_total", "counter", "Failed attempts of a feed", |it, _| {
            count(it.errors)
        }),
        ("interlock_feed_up", "gauge", "Whether a feed is well", |it, _| {
            f64::from(u8::from(it.sick_since.is_none()))
        }),
        (
            "interlock_feed_waiting",
            "gauge",
            "Whether a feed waits because too many records wait for their turn",
            |it, _| f64::from(u8::from(it.waits)),
        ),
        (
            "interlock_feed_lag_seconds",
            "gauge",
            "How long ago a feed had last read everything that there was",
            |_, lag| lag,
        ),
        (
            "interlock_feed_last_error_timestamp_seconds",
            "gauge",
            "When an attempt of a feed last failed; 0: never",
            |it, _| it.last_error.as_ref().map_or(0.0, |it| count(it.0.as_second().unsigned_abs())),
        ),
    ];
    let all: Vec<_> = feeds.iter().map(|it| (it, it.standing(), it.lag(now))).collect();
    for (name, kind, words, value) in measures {
        heading(text, name, kind, words);
        for (feed, standing, lag) in &all {
            let labels = format!("feed=\"{}\",kind=\"{}\"", escaped(&feed.id), feed.kind);
            let _ = writeln!(text, "{name}{{{labels}}} {}", value(standing, *lag));
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a count far below 2^53")]
const fn count(value: u64) -> f64 {
    value as f64
}

fn heading(text: &mut String, name: &str, kind: &str, words: &str) {
    let _ = writeln!(text, "# HELP {name} {words}\n# TYPE {name} {kind}");
}

/// A label's value with what Prometheus wants escaped.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// Shows counters and gauges in the text form of Prometheus. Needs the role `read`.
#[utoipa::path(
    get, path = "/metrics", tag = "process",
    responses((status = 200, description = "The text form of Prometheus", body = String, content_type = "text/plain"), Unauthorised)
)]
pub async fn show(State(desk): State<Desk>) -> Result<Response, Problem> {
    let mut text = RECORDER
        .get()
        .and_then(Option::as_ref)
        .map(|it| {
            it.run_upkeep();
            it.render()
        })
        .unwrap_or_default();
    let counts = desk.reading.store().counts().await?;
    let consumed = desk.reading.store().consumed().await?;
    // A house that waits for room to write does not answer, and its metrics are wanted the more.
    let looked = tokio::time::timeout(PATIENCE, desk.reading.look(standing)).await;
    for (name, words, count) in [
        ("interlock_store_inbox", "Records in the inbox that are not trimmed yet", counts.inbox),
        ("interlock_store_consumed", "The inbox position up to which turns are done", consumed),
        ("interlock_store_identities", "Identities stored", counts.identities),
        ("interlock_store_findings", "Findings stored", counts.findings),
        ("interlock_store_cases", "Cases stored", counts.cases),
        ("interlock_store_open_cases", "Cases that are open", counts.open_cases),
        ("interlock_store_decisions", "Decisions stored", counts.decisions),
        ("interlock_store_containments", "Containments stored", counts.containments),
        ("interlock_store_rejected", "Records refused ever", counts.rejected),
        ("interlock_store_audit_entries", "Entries of the audit chain", counts.audit),
    ] {
        heading(&mut text, name, "gauge", words);
        let _ = writeln!(text, "{name} {count}");
    }
    readiness(&super::health::now(&desk).await, &mut text);
    if let Ok(standing) = looked {
        standing?.render(&mut text);
    }
    feeds(&desk.feeds, clock::now(), &mut text);
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_histogram_counts_up_and_hostile_names_stay_inside_their_quotes() {
        let standing = Standing {
            effective: vec![0.5, 1.5, 40.0],
            writes: BTreeMap::from([("a\"b\n".to_owned(), 2)]),
            ..Standing::default()
        };
        let mut text = String::new();
        standing.render(&mut text);
        for line in [
            r#"interlock_time_to_effective_seconds_bucket{le="1"} 1"#,
            r#"interlock_time_to_effective_seconds_bucket{le="2"} 2"#,
            r#"interlock_time_to_effective_seconds_bucket{le="60"} 3"#,
            r#"interlock_time_to_effective_seconds_bucket{le="+Inf"} 3"#,
            "interlock_time_to_effective_seconds_sum 42",
            r#"interlock_provider_writes_total{connector="a\"b\n"} 2"#,
        ] {
            assert!(text.lines().any(|it| it == line), "{line}\n{text}");
        }
    }
}
