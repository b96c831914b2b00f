//! Sign-ins of Microsoft Entra: export, Graph, the tables `SigninLogs` and their kin, and how public
//! rules call their fields.

use super::{Beginning, Mapping, Rest};

/// Rules are written for the export, whose records hold those of Graph in `properties`.
pub(super) const MAPPING: Mapping = Mapping {
    source: "entra_sign_in",
    names: &[
        ("callerIpAddress", &["properties.ipAddress"]),
        ("category", &["properties.signInEventTypes"]),
        ("ClientApp", &["properties.clientAppUsed"]),
        ("location", &["properties.location.countryOrRegion"]),
        ("properties.deviceDetail.trustType", &["properties.deviceDetail.trustType"]),
        ("properties.ipAddress", &["IPAddress"]),
        ("properties.location", &["LocationDetails"]),
        ("properties.message", &["properties.authenticationProtocol"]),
        ("properties.resourceId", &["ResourceIdentity"]),
        ("properties.riskEventTypes_v2", &["RiskEventTypes_V2"]),
        ("resultDescription", &["properties.status.failureReason"]),
        ("resultType", &["properties.status.errorCode"]),
        // A risk that was found at the sign-in stands in its record too.
        ("riskEventType", &["properties.riskEventTypes_v2"]),
        (
            "Status",
            &[
                "resultType",
                "properties.status.additionalDetails",
                "properties.status.failureReason",
            ],
        ),
        ("Username", &["properties.userPrincipalName"]),
    ],
    names_of_words: &[],
    beginnings: &[
        Beginning { from: "properties.", to: "", rest: Rest::Same },
        Beginning { from: "properties.", to: "", rest: Rest::UpperFirst },
        Beginning { from: "properties.location.", to: "LocationDetails.", rest: Rest::Same },
        Beginning { from: "", to: "properties.", rest: Rest::LowerEach },
    ],
    words: &[
        // Which feed it is, in Graph's words for it.
        ("category", "ManagedIdentitySignInLogs", &["managedIdentity"]),
        ("category", "NonInteractiveUserSignInLogs", &["nonInteractiveUser"]),
        ("category", "ServicePrincipalSignInLogs", &["servicePrincipal"]),
        ("category", "SignInLogs", &["interactiveUser"]),
        ("properties.message", "Device Code", &["deviceCode"]),
        // The record has numbers for how it went.
        ("Status", "Success", &["0"]),
    ],
};
