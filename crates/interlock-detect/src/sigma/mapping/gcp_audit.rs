//! Cloud Audit Logs as Cloud Logging writes them, and Google Workspace's events among them.

use super::{Beginning, Mapping, Rest};

/// Public rules use the names of Elastic's integration, or of an entry inside `data`.
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
