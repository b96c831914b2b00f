//! The audit of Microsoft Entra: export, Graph, the table `AuditLogs`, and how public rules call its fields.

use super::{Beginning, Mapping, Rest};

/// Rules are written for the export, whose records hold those of Graph in `properties`.
pub(super) const MAPPING: Mapping = Mapping {
    source: "entra_audit",
    names: &[
        ("activityType", &["properties.activityDisplayName"]),
        ("additionalDetails.additionalInfo", &["properties.additionalDetails.value"]),
        ("failure_status_reason", &["properties.resultReason"]),
        ("Initiatied.By", &["properties.initiatedBy"]),
        ("operationName", &["properties.activityDisplayName"]),
        ("properties.additionalDetails.additionalInfo", &["properties.additionalDetails.value"]),
        // Whoever searches the whole initiator or target means what stands in it.
        (
            "properties.initiatedBy",
            &[
                "properties.initiatedBy.app.appId",
                "properties.initiatedBy.app.displayName",
                "properties.initiatedBy.app.servicePrincipalId",
                "properties.initiatedBy.user.displayName",
                "properties.initiatedBy.user.id",
                "properties.initiatedBy.user.userPrincipalName",
            ],
        ),
        ("properties.message", &["properties.activityDisplayName"]),
        (
            "properties.targetResources",
            &[
                "properties.targetResources.displayName",
                "properties.targetResources.id",
                "properties.targetResources.type",
                "properties.targetResources.userPrincipalName",
                "properties.targetResources.modifiedProperties.displayName",
                "properties.targetResources.modifiedProperties.newValue",
                "properties.targetResources.modifiedProperties.oldValue",
            ],
        ),
        (
            "properties.targetResources.modifiedProperties",
            &[
                "properties.targetResources.modifiedProperties.displayName",
                "properties.targetResources.modifiedProperties.newValue",
                "properties.targetResources.modifiedProperties.oldValue",
            ],
        ),
        ("Status", &["properties.result"]),
        (
            "Target",
            &[
                "properties.targetResources.displayName",
                "properties.targetResources.userPrincipalName",
            ],
        ),
    ],
    names_of_words: &[],
    beginnings: &[
        Beginning { from: "properties.", to: "", rest: Rest::Same },
        Beginning { from: "properties.", to: "", rest: Rest::UpperFirst },
        Beginning { from: "", to: "properties.", rest: Rest::LowerEach },
    ],
    words: &[("targetResources.type", "Service Principal", &["ServicePrincipal"])],
};
