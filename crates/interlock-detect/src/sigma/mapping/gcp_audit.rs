//! Cloud Audit Logs as Cloud Logging writes them, and Google Workspace's events among them.

use super::{Beginning, Mapping, Rest};

/// Public rules use the names of Elastic's integration, or of an entry inside `data`.
/// What changed in a policy stands in `serviceData`, in newer services and in BigQuery in `metadata`:
/// <https://cloud.google.com/bigquery/docs/reference/auditlogs/rest/Shared.Types/BigQueryAuditMetadata>.
pub(super) const MAPPING: Mapping = Mapping {
    source: "gcp_audit",
    names: &[
        ("data.protoPayload.logName", &["logName"]),
        ("data.protoPayload.resource.type", &["resource.type"]),
        ("eventName", &["protoPayload.metadata.event.eventName"]),
        ("eventService", &["protoPayload.serviceName"]),
        ("gcp.audit.method_name", &["protoPayload.methodName"]),
        ("new_value", &["protoPayload.metadata.event.parameter.value"]),
        ("protoPayload.Servicename", &["protoPayload.serviceName"]),
        (
            "protoPayload.serviceData.policyDelta.auditConfigDeltas.action",
            &["protoPayload.metadata.policyDelta.auditConfigDeltas.action"],
        ),
        (
            "protoPayload.serviceData.policyDelta.auditConfigDeltas.exemptedMember",
            &["protoPayload.metadata.policyDelta.auditConfigDeltas.exemptedMember"],
        ),
        (
            "protoPayload.serviceData.policyDelta.bindingDeltas.action",
            &[
                "protoPayload.metadata.policyDelta.bindingDeltas.action",
                "protoPayload.metadata.datasetChange.bindingDeltas.action",
                "protoPayload.metadata.tableChange.bindingDeltas.action",
            ],
        ),
        (
            "protoPayload.serviceData.policyDelta.bindingDeltas.member",
            &[
                "protoPayload.metadata.policyDelta.bindingDeltas.member",
                "protoPayload.metadata.datasetChange.bindingDeltas.member",
                "protoPayload.metadata.tableChange.bindingDeltas.member",
            ],
        ),
        (
            "protoPayload.serviceData.policyDelta.bindingDeltas.role",
            &[
                "protoPayload.metadata.policyDelta.bindingDeltas.role",
                "protoPayload.metadata.datasetChange.bindingDeltas.role",
                "protoPayload.metadata.tableChange.bindingDeltas.role",
            ],
        ),
        ("setting_name", &["protoPayload.metadata.event.parameter.value"]),
    ],
    names_of_words: &[],
    beginnings: &[Beginning { from: "data.", to: "", rest: Rest::Same }],
    words: &[
        // A log's full name begins with the project.
        (
            "data.protoPayload.logName",
            "cloudaudit.googleapis.com%2Factivity",
            &["*/logs/cloudaudit.googleapis.com%2Factivity"],
        ),
        (
            "data.protoPayload.logName",
            "cloudaudit.googleapis.com/activity",
            &["*/logs/cloudaudit.googleapis.com%2Factivity"],
        ),
    ],
};
