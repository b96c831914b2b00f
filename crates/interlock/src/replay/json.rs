//! The lines of `replay --json`: one object each, told apart by `type`.
//!
//! A finding that grows is printed again under the same id; the last line counts.

use super::Summary;
use interlock_identity::Directory;
use interlock_model::{Artefact, Decision, Finding, Identity, IdentityId, Rejected, Resolution};
use serde_json::{Value, json};

/// A detector's claim, bound.
pub fn finding(finding: &Finding, directory: &Directory) -> Value {
    let identity = finding.resolution.identity().and_then(|it| directory.identity(it));
    let mut line = json!({
        "type": "finding",
        "id": finding.id,
        "rule": finding.rule,
        "title": finding.title,
        "confidence": finding.confidence,
        "severity": finding.severity,
        "techniques": finding.techniques,
        "time": finding.time,
        "last": finding.last,
        "resolution": finding.resolution.as_str(),
        "principal": finding.principal.as_ref().map(ToString::to_string),
        "credential": finding.credential,
        "session": finding.session.as_ref().map(|it| it.id.clone()),
        "chain": finding.chain.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "origin": finding.origin,
        "evidence": finding.evidence,
        "response": finding.response,
        "artefacts": finding.artefacts.iter().map(artefact).collect::<Vec<_>>(),
        "facts": finding.facts.iter().map(|(name, value)| json!({"name": name, "value": value})).collect::<Vec<_>>(),
    });
    if let Some(object) = line.as_object_mut() {
        if let Resolution::Ambiguous { candidates } = &finding.resolution {
            let all: Vec<Value> =
                candidates.iter().map(|it| known(it, directory.identity(it))).collect();
            object.insert("candidates".to_owned(), all.into());
        } else {
            let value = finding.resolution.identity().map(|it| known(it, identity));
            object.insert("identity".to_owned(), value.unwrap_or(Value::Null));
        }
    }
    line
}

fn artefact(artefact: &Artefact) -> Value {
    json!({
        "kind": artefact.kind,
        "name": artefact.name,
        "operation": artefact.operation,
        "principal": artefact.principal.as_ref().map(ToString::to_string),
        "credential": artefact.credential,
        "time": artefact.time,
        "evidence": artefact.place,
    })
}

fn known(id: &IdentityId, identity: Option<&Identity>) -> Value {
    json!({
        "id": id,
        "kind": identity.map(|it| it.kind),
        "name": identity.map(|it| it.name.clone()),
        "owner": identity.and_then(|it| it.owner.owner()),
        "environment": identity.map(|it| it.environment),
    })
}

/// What would be done.
pub fn decision(decision: &Decision) -> Value {
    json!({
        "type": "decision",
        "id": decision.id,
        "case": decision.case,
        "identity": decision.identity,
        "verdict": decision.verdict,
        "tier": decision.tier,
        "intents": decision.intents,
        "consent": decision.consent,
        "confidence": decision.confidence,
        "playbook": decision.playbook,
        "blast_radius": decision.blast_radius.as_str(),
        "reasons": decision.reasons,
        "policies": decision.policies,
    })
}

/// A record that could not be used.
pub fn rejected(rejected: &Rejected) -> Value {
    json!({
        "type": "rejected",
        "file": rejected.place.file,
        "record": rejected.place.record,
        "why": rejected.why,
    })
}

/// The last line.
pub fn summary(summary: &Summary) -> Value {
    json!({
        "type": "summary",
        "events": summary.events,
        "rejected": summary.rejected,
        "findings": summary.findings,
        "cases": summary.cases,
        "seconds": summary.seconds,
        "events_per_second": summary.events_per_second(),
    })
}
