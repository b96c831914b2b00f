//! Azure's activity log: export, REST, the Python SDK's spelling, the table `AzureActivity`.

use super::{Beginning, Mapping, Rest};

/// Rules are written for the export; some public ones for the table of Log Analytics.
pub(super) const MAPPING: Mapping = Mapping {
    source: "azure_activity",
    names: &[
        ("caller", &["caller", "Caller"]),
        (
            "callerIpAddress",
            &[
                "callerIpAddress",
                "httpRequest.clientIpAddress",
                "http_request.client_ip_address",
                "CallerIpAddress",
            ],
        ),
        ("category", &["category", "category.value", "CategoryValue"]),
        ("CategoryValue", &["category"]),
        ("correlationId", &["correlationId", "correlation_id", "CorrelationId"]),
        ("level", &["level", "Level"]),
        (
            "operationName",
            &["operationName", "operationName.value", "operation_name.value", "OperationNameValue"],
        ),
        ("OperationNameValue", &["operationName"]),
        (
            "resourceId",
            &[
                "resourceId",
                "resourceUri",
                "resource_id",
                "resource_uri",
                "ResourceId",
                "_ResourceId",
            ],
        ),
        (
            "ResourceProviderValue",
            &["resourceProviderName.value", "resource_provider_name.value", "operationName"],
        ),
        (
            "resultSignature",
            &["resultSignature", "subStatus.value", "sub_status.value", "ActivitySubstatusValue"],
        ),
        ("resultType", &["resultType", "status.value", "ActivityStatusValue"]),
        ("time", &["time", "eventTimestamp", "event_timestamp", "TimeGenerated"]),
    ],
    names_of_words: &[],
    beginnings: &[
        Beginning { from: "identity.authorization.", to: "authorization.", rest: Rest::Same },
        Beginning { from: "identity.authorization.", to: "Authorization.", rest: Rest::Same },
        Beginning { from: "identity.claims.", to: "claims.", rest: Rest::Same },
        Beginning { from: "identity.claims.", to: "Claims.", rest: Rest::Same },
        Beginning { from: "properties.", to: "Properties.", rest: Rest::Same },
    ],
    words: &[
        // An operation begins with the name of its provider.
        ("ResourceProviderValue", "*", &["{}/*"]),
        // The export and the API have words of their own for how it went.
        ("resultType", "Accept", &["Accepted"]),
        ("resultType", "Failure", &["Failed"]),
        ("resultType", "Start", &["Started"]),
        ("resultType", "Success", &["Succeeded"]),
    ],
};
