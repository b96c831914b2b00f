//! Our rules on Microsoft's logs are written for the export; the same samples in the other forms in
//! which these logs arrive must hit and miss as there.

use super::sample::rule_files;
use crate::sigma::RuleSet;
use interlock_ingest::{Normalised, Normaliser, Record};
use interlock_model::{FieldPlan, Limits, Place};
use serde_json::{Map, Value, json};
use std::path::Path;

/// A record of the export in another form; `None` when that form has no such record.
type Form = fn(&Value) -> Option<Value>;

fn first_upper(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|it| it.to_ascii_uppercase()).into_iter().chain(chars).collect()
}

fn inner(record: &Value) -> Option<Map<String, Value>> {
    record["properties"].as_object().cloned()
}

/// What Microsoft Graph gives: the inside of the export.
fn graph(record: &Value) -> Option<Value> {
    let mut it = inner(record)?;
    let audit = record["category"] == "AuditLogs";
    let time = if audit { "activityDateTime" } else { "createdDateTime" };
    it.entry(time).or_insert_with(|| record["time"].clone());
    if !audit {
        let code = record["resultType"].as_str().and_then(|it| it.parse::<i64>().ok());
        let status = it.entry("status").or_insert_with(|| json!({}));
        if status["errorCode"].is_null() {
            status["errorCode"] = json!(code?);
        }
        let category = record["category"].as_str().unwrap_or_default();
        it.entry("signInEventTypes").or_insert_with(|| {
            json!([match category {
                "ServicePrincipalSignInLogs" => "servicePrincipal",
                "ManagedIdentitySignInLogs" => "managedIdentity",
                "NonInteractiveUserSignInLogs" => "nonInteractiveUser",
                _ => "interactiveUser",
            }])
        });
    }
    Some(Value::Object(it))
}

/// What Log Analytics exports: columns with a capital, lists and objects inside them as they are.
fn analytics(record: &Value) -> Option<Value> {
    let category = record["category"].as_str()?;
    let table = match category {
        "AuditLogs" => "AuditLogs",
        "SignInLogs" => "SigninLogs",
        "NonInteractiveUserSignInLogs" => "AADNonInteractiveUserSignInLogs",
        "ServicePrincipalSignInLogs" => "AADServicePrincipalSignInLogs",
        "ManagedIdentitySignInLogs" => "AADManagedIdentitySignInLogs",
        _ => return None,
    };
    let mut it = Map::new();
    for (name, value) in inner(record)? {
        let name = match name.as_str() {
            "ipAddress" => "IPAddress".to_owned(),
            "riskEventTypes_v2" => "RiskEventTypes_V2".to_owned(),
            "location" => "LocationDetails".to_owned(),
            "resourceId" => "ResourceIdentity".to_owned(),
            other => first_upper(other),
        };
        it.insert(name, value);
    }
    for (column, name) in [
        ("TimeGenerated", "time"),
        ("OperationName", "operationName"),
        ("ResultType", "resultType"),
        ("Location", "location"),
    ] {
        if !record[name].is_null() {
            it.insert(column.to_owned(), record[name].clone());
        }
    }
    if table != "AuditLogs" {
        it.insert("Category".to_owned(), json!(category));
    }
    it.insert("Type".to_owned(), json!(table));
    Some(Value::Object(it))
}

fn of_activity(record: &Value) -> bool {
    record["category"] == "Administrative" && record["identity"]["claims"].is_object()
}

/// What the REST API of the activity log gives.
fn rest(record: &Value) -> Option<Value> {
    of_activity(record).then(|| {
        let status = match record["resultType"].as_str().unwrap_or_default() {
            "Success" => "Succeeded",
            "Failure" => "Failed",
            "Start" => "Started",
            "Accept" => "Accepted",
            other => other,
        };
        json!({
            "id": "x", "eventDataId": "y",
            "eventTimestamp": record["time"],
            "operationName": {"value": record["operationName"]},
            "category": {"value": record["category"]},
            "status": {"value": status},
            "subStatus": {"value": record["resultSignature"]},
            "resourceId": record["resourceId"],
            "httpRequest": {"clientIpAddress": record["callerIpAddress"]},
            "claims": record["identity"]["claims"],
            "authorization": record["identity"]["authorization"],
            "properties": record["properties"],
        })
    })
}

/// What Log Analytics exports of the activity log.
fn activity_analytics(record: &Value) -> Option<Value> {
    of_activity(record).then(|| {
        json!({
            "Type": "AzureActivity",
            "TimeGenerated": record["time"],
            "OperationNameValue": record["operationName"],
            "CategoryValue": record["category"],
            "ActivityStatusValue": record["resultType"],
            "ActivitySubstatusValue": record["resultSignature"],
            "_ResourceId": record["resourceId"],
            "CallerIpAddress": record["callerIpAddress"],
            "Claims": record["identity"]["claims"],
            "Authorization": record["identity"]["authorization"],
            "Properties": record["properties"],
        })
    })
}

/// Runs the samples of every rule below `folder` in this form; answers with what differs.
fn differences(folder: &str, form: Form, tally: &mut [usize; 2]) -> Vec<String> {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/rules").join(folder);
    let mut different = Vec::new();
    for file in rule_files(&rules) {
        let text = std::fs::read_to_string(Path::new(&*file.0).with_extension("events.jsonl"));
        let samples: Vec<Value> =
            text.unwrap().lines().map(|it| serde_json::from_str(it).unwrap()).collect();
        let converted: Option<Vec<Value>> = samples.iter().map(|it| form(&it["event"])).collect();
        // A correlation needs all of its story.
        let Some(converted) = converted else {
            tally[1] += 1;
            continue;
        };
        tally[0] += 1;
        let (mut rules, problems) = RuleSet::load(std::slice::from_ref(&file));
        assert_eq!(problems, []);
        let mut plan = FieldPlan::new();
        rules.plan(&mut plan).unwrap();
        let normaliser = Normaliser::new(&plan, Limits::STANDARD);
        let mut hits = Vec::new();
        for (at, (sample, record)) in samples.iter().zip(&converted).enumerate() {
            let place = Place { file: "f".into(), record: at as u64 };
            let record = Record::new(place, record.to_string().into(), false);
            let name = Path::new(&*file.0).file_stem().unwrap().to_string_lossy().into_owned();
            match normaliser.normalise(&record) {
                Ok(Normalised::Event(event)) => rules.inspect(&event, &mut hits),
                Ok(Normalised::Alert(_)) => different.push(format!("{name}#{at}: an alert")),
                Err(no) => {
                    let why = no.why.split(';').next().unwrap_or_default().to_owned();
                    different.push(format!("{name}#{at}: {why}"));
                }
            }
            let hit = !hits.is_empty();
            hits.clear();
            if hit != (sample["expect"] == "hit") {
                different.push(format!("{name}#{at}: should be a {}", sample["expect"]));
            }
        }
    }
    different
}

#[test]
fn our_rules_read_every_form_of_microsofts_logs() {
    let mut different = Vec::new();
    for (folder, name, form) in [
        ("entra", "Graph", graph as Form),
        ("entra", "Log Analytics", analytics),
        ("azure", "REST", rest),
        ("azure", "Log Analytics", activity_analytics),
    ] {
        let mut tally = [0, 0];
        let found = differences(folder, form, &mut tally);
        println!("{folder} as {name}: {} rule files, {} have no such form", tally[0], tally[1]);
        for line in &found {
            println!("  {line}");
        }
        assert!(tally[0] >= 5, "{folder} as {name}");
        different.extend(found.into_iter().map(|it| format!("{folder} as {name}: {it}")));
    }
    assert!(different.is_empty(), "{different:#?}");
}
