//! Real records beside the project: that they are read at all, and that we agree with other readers on who,
//! from where and with what.
//!
//! A new log source adds its row to [`ROWS`].

use crate::{Normalised, Normaliser, Record};
use interlock_model::{Event, FieldPlan, Limits, Place};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where real records of one log source are found in the shared data.
struct Row {
    /// The log source.
    source: &'static str,
    /// Files of `logs/`, one record a line. All records that `is_ours` accepts must be read.
    logs: &'static [&'static str],
    /// Log types of the labelled cases.
    log_types: &'static [&'static str],
    /// Whether a record of these files is really one of this source: some files hold others, too.
    is_ours: fn(&Value) -> bool,
}

/// One row a source.
const ROWS: &[Row] = &[
    Row {
        source: "aws_cloudtrail",
        logs: &["aws-cloudtrail", "aws-eventbridge"],
        log_types: &["AWS.CloudTrail"],
        // The folders hold scheduled events and other services' notices as well.
        is_ours: |it| {
            let record = it.get("detail").unwrap_or(it);
            record.get("eventVersion").is_some() && record.get("eventTime").is_some()
        },
    },
    Row {
        source: "aws_guardduty",
        logs: &["aws-guardduty", "panther/AWS.GuardDuty.jsonl"],
        log_types: &["AWS.GuardDuty"],
        is_ours: |_| true,
    },
    Row {
        source: "aws_security_hub",
        logs: &["aws-securityhub", "panther/AWS.SecurityFindingFormat.jsonl"],
        log_types: &["AWS.SecurityFindingFormat"],
        // The answer of an insight holds no finding, and a check that passed is none.
        is_ours: |it| {
            let detail = it.pointer("/event/detail");
            let passed = detail.and_then(|it| it.pointer("/findings/0/Compliance/Status"));
            detail.is_none_or(|it| it.get("insightResults").is_none())
                && passed.is_none_or(|it| it != "PASSED")
        },
    },
    Row {
        source: "gcp_audit",
        logs: &["gcp-audit"],
        log_types: &["GCP.AuditLog"],
        // Some labelled cases are a few keys without the payload around them, or spell it their own way.
        is_ours: |it| it.get("protoPayload").is_some_and(Value::is_object),
    },
    Row {
        source: "github_audit",
        logs: &[],
        log_types: &["GitHub.Audit"],
        // Four labelled cases have a moment that is none.
        is_ours: |it| it["created_at"] != "2024-12-17 00:00:00000000",
    },
    Row {
        source: "github_webhook",
        logs: &["github-webhook", "github"],
        log_types: &["GitHub.Webhook"],
        is_ours: |_| true,
    },
    Row {
        source: "google_workspace",
        logs: &["google-workspace", "panther/GSuite.ActivityEvent.jsonl"],
        log_types: &["GSuite.ActivityEvent"],
        // The folder holds mail logs too, and the cases records without a time.
        is_ours: |it| {
            let named = it.get("name").or_else(|| it.get("event")).is_some();
            named && (it.pointer("/id/time").is_some() || it.get("unique_id").is_some())
        },
    },
    Row {
        source: "okta_system_log",
        logs: &["panther/Okta.SystemLog.jsonl"],
        log_types: &["Okta.SystemLog"],
        // Some of the cases have no time.
        is_ours: |it| it.get("published").is_some(),
    },
    Row {
        source: "azure_activity",
        logs: &["azure-activity"],
        log_types: &["Azure.MonitorActivity"],
        // The cases hold audit records of Kubernetes in an envelope of Azure, and one without a time.
        is_ours: |it| {
            let kubernetes = it["category"].as_str().is_some_and(|it| it.starts_with("kube-"));
            let times = ["time", "eventTimestamp", "event_timestamp"];
            !kubernetes && times.into_iter().any(|time| it.get(time).is_some())
        },
    },
    Row {
        source: "entra_audit",
        logs: &["entra"],
        log_types: &["Azure.Audit"],
        is_ours: |it| {
            it["properties"].get("activityDisplayName").is_some()
                || it.get("ActivityDisplayName").is_some()
        },
    },
    Row {
        source: "entra_sign_in",
        logs: &["entra"],
        log_types: &["Azure.Audit"],
        is_ours: |it| it["category"].as_str().is_some_and(|it| it.ends_with("SignInLogs")),
    },
    Row {
        source: "m365_audit",
        logs: &["m365"],
        log_types: &["Microsoft365.Audit.AzureActiveDirectory", "Microsoft365.Audit.SharePoint"],
        // One record has a 65th second, and is rejected for it.
        is_ours: |it| it["CreationTime"] != "2023-10-10T17:08:65",
    },
    Row {
        source: "kubernetes_audit",
        logs: &["kubernetes-audit", "panther/Amazon.EKS.Audit.jsonl"],
        log_types: &["Amazon.EKS.Audit"],
        // Most of these are cut down to what one rule reads, and have no time.
        is_ours: |it| it.get("requestReceivedTimestamp").is_some(),
    },
    Row { source: "vault_audit", logs: &["vault-audit"], log_types: &[], is_ours: |_| true },
    Row {
        source: "windows_security",
        logs: &[],
        log_types: &["Windows.EventLogs"],
        is_ours: |it| it.get("Channel").is_some_and(|it| it == "Security"),
    },
];

fn shared() -> Option<PathBuf> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if data.is_dir() {
        return Some(data);
    }
    println!("skipped: ../shared/data is not here");
    None
}

fn lines(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().map(|it| serde_json::from_str(it).unwrap()).collect()
}

fn read(normaliser: &Normaliser, record: &Value, place: Place) -> Result<Normalised, String> {
    let record = Record::new(place, record.to_string().into(), false);
    // Labelled cases are cut down to what matters there, often without the time.
    let received = "2026-03-02T09:00:00Z".parse().ok();
    normaliser.normalise_received(&record, received).map_err(|it| it.why)
}

fn source_of(it: &Normalised) -> &str {
    match it {
        Normalised::Event(it) => it.source,
        Normalised::Alert(it) => &it.source,
    }
}

/// The records of a file of `logs/`, or of all files of a folder there, each with its place.
fn logs(data: &Path, name: &str) -> Vec<(Place, Value)> {
    let path = data.join("logs").join(name);
    let mut files = Vec::new();
    if path.is_dir() {
        files.extend(std::fs::read_dir(&path).unwrap().map(|it| it.unwrap().path()));
        files.sort();
    } else {
        files.push(path);
    }
    let place = |file: &Path, at| Place { file: file.to_string_lossy().into(), record: at };
    files
        .iter()
        .flat_map(|file| lines(file).into_iter().zip(0..).map(|(it, at)| (place(file, at), it)))
        .collect()
}

#[test]
fn real_records_are_read() {
    let Some(data) = shared() else { return };
    let normaliser = Normaliser::new(&FieldPlan::new(), Limits::STANDARD);
    let cases = lines(&data.join("detections/panther-tests.jsonl"));
    println!(
        "| Source | Records of its files and cases | Whole, and of this source | Read | Refused, with the reason |"
    );
    println!("| --- | ---: | ---: | ---: | --- |");
    for row in ROWS {
        let mut all: Vec<(Place, Value)> = row.logs.iter().flat_map(|it| logs(&data, it)).collect();
        let labelled = cases.iter().zip(0..).filter(|(it, _)| is_case(it, row));
        all.extend(
            labelled
                .map(|(it, at)| (Place { file: "labelled".into(), record: at }, it["log"].clone())),
        );
        let there = all.len();
        all.retain(|(_, it)| (row.is_ours)(it));
        let mut refused: BTreeMap<String, usize> = BTreeMap::new();
        for (place, record) in &all {
            let why = match read(&normaliser, record, place.clone()) {
                Ok(it) if source_of(&it) == row.source => continue,
                Ok(it) => format!("taken for {}", source_of(&it)),
                Err(why) => why,
            };
            println!("{place}: {why}");
            *refused.entry(why).or_default() += 1;
        }
        let total = all.len();
        let good = total - refused.values().sum::<usize>();
        println!(
            "| `{}` | {there} | {total} | {good} ({:.1} %) | {} |",
            row.source,
            share(good, total),
            reasons(&refused)
        );
        assert!(total > 0 && good * 100 >= total * 99, "{}: {good} of {total}", row.source);
    }
    let without: Vec<String> = crate::SOURCES
        .iter()
        .filter(|it| ROWS.iter().all(|row| row.source != it.name))
        .map(|it| format!("`{}`", it.name))
        .collect();
    println!("no real records are here of {}", without.join(", "));
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { 100.0 * part as f64 / whole as f64 }
}

/// Each reason with its number, in one cell of a table.
fn reasons(counted: &BTreeMap<String, usize>) -> String {
    let each = counted.iter().map(|(why, count)| format!("{count} × {}", why.replace('|', "/")));
    each.collect::<Vec<_>>().join("; ")
}

fn is_case(case: &Value, row: &Row) -> bool {
    row.log_types.iter().any(|it| case["log_type"] == *it) && case["log"].is_object()
}

/// The labelled cases carry what another reader takes from each record.
#[test]
fn other_readers_agree() {
    let Some(data) = shared() else { return };
    let normaliser = Normaliser::new(&FieldPlan::new(), Limits::STANDARD);
    let cases = lines(&data.join("detections/panther-tests.jsonl"));
    println!("| Source | Fields that another reader answers | We agree | Differences |");
    println!("| --- | ---: | ---: | --- |");
    let (mut all, mut all_good) = (0, 0);
    for row in ROWS {
        let (mut total, mut differ) = (0, BTreeMap::new());
        for (case, at) in cases.iter().zip(0..).filter(|(it, _)| is_case(it, row)) {
            let Some(wanted) = case["norm"].as_object() else { continue };
            let place = Place { file: "labelled".into(), record: at };
            let Ok(Normalised::Event(event)) = read(&normaliser, &case["log"], place) else {
                continue;
            };
            for (field, value) in wanted {
                let Some(value) = value.as_str().filter(|it| !it.is_empty()) else { continue };
                total += 1;
                let ours = answer(&event, field);
                if !ours.iter().any(|it| it.eq_ignore_ascii_case(value)) {
                    println!("labelled#{at} {field}: `{value}` there, {ours:?} here");
                    *differ.entry(field.clone()).or_default() += 1;
                }
            }
        }
        let good = total - differ.values().sum::<usize>();
        if total > 0 {
            println!(
                "| `{}` | {total} | {good} ({:.1} %) | {} |",
                row.source,
                share(good, total),
                reasons(&differ)
            );
        }
        (all, all_good) = (all + total, all_good + good);
        assert!(good * 100 >= total * 97, "{}: {good} of {total} fields agree", row.source);
    }
    println!("| all | {all} | {all_good} ({:.1} %) | |", share(all_good, all));
}

/// What we would answer to that question; more than one where both readings are right.
fn answer(event: &Event, field: &str) -> Vec<String> {
    match field {
        "source_ip" => {
            let service = event.origin.service.as_deref().map(str::to_owned);
            event.origin.address.map(|it| it.to_string()).into_iter().chain(service).collect()
        }
        "user_agent" => event.origin.user_agent.iter().map(ToString::to_string).collect(),
        _ => {
            let actor = &event.actor;
            let mut names = vec![actor.name.to_string()];
            let principals = actor.principal.iter().chain(&actor.via);
            names.extend(principals.map(|it| it.name.to_string()));
            names.extend(actor.session.iter().map(|it| it.id.to_string()));
            let last = |it: &String| it.rsplit(['/', ':']).next().unwrap_or_default().to_owned();
            let short: Vec<String> = names.iter().map(last).collect();
            names.extend(short);
            // Beside the actor, `user` means whom it was done to.
            let users = event.objects.iter().filter(|it| field == "user" && &*it.kind == "user");
            names.extend(users.map(|it| it.name.to_string()));
            names
        }
    }
}
