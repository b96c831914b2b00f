//! Where a sign-in came from, as the record itself says, for logs that bring coordinates.
//!
//! Sources: `client.geographicalContext` and `securityContext` of Okta's `LogEvent`; `location` of
//! Microsoft Graph's `signIn`, also as Azure Monitor exports it.

use super::paths::Paths;
use super::platform::Platform;
use crate::geo::Whereabouts;
use interlock_model::Event;

/// The fields that tell.
pub const PATHS: &[&str] = &[
    "LocationDetails.countryOrRegion",
    "LocationDetails.geoCoordinates.latitude",
    "LocationDetails.geoCoordinates.longitude",
    "autonomousSystemNumber",
    "client.geographicalContext.country",
    "client.geographicalContext.geolocation.lat",
    "client.geographicalContext.geolocation.lon",
    "location.countryOrRegion",
    "location.geoCoordinates.latitude",
    "location.geoCoordinates.longitude",
    "properties.autonomousSystemNumber",
    "properties.location.countryOrRegion",
    "properties.location.geoCoordinates.latitude",
    "properties.location.geoCoordinates.longitude",
    "securityContext.asNumber",
    "securityContext.asOrg",
    "securityContext.isProxy",
];

/// Providers place an address by its city at best.
const RADIUS_KM: u32 = 100;

/// Where this event came from; `None` when its record has no coordinates.
#[must_use]
pub fn of(event: &Event, paths: &Paths) -> Option<Whereabouts> {
    let fields = &event.fields;
    let names: [&[&str]; 5] = match Platform::of(event.source) {
        Platform::Okta => [
            &["client.geographicalContext.geolocation.lat"],
            &["client.geographicalContext.geolocation.lon"],
            &["client.geographicalContext.country"],
            &["securityContext.asNumber"],
            &["securityContext.asOrg"],
        ],
        Platform::Entra => [
            &[
                "location.geoCoordinates.latitude",
                "properties.location.geoCoordinates.latitude",
                "LocationDetails.geoCoordinates.latitude",
            ],
            &[
                "location.geoCoordinates.longitude",
                "properties.location.geoCoordinates.longitude",
                "LocationDetails.geoCoordinates.longitude",
            ],
            &[
                "location.countryOrRegion",
                "properties.location.countryOrRegion",
                "LocationDetails.countryOrRegion",
            ],
            &["autonomousSystemNumber", "properties.autonomousSystemNumber"],
            &[],
        ],
        Platform::Aws
        | Platform::Azure
        | Platform::GitHub
        | Platform::GoogleCloud
        | Platform::Kubernetes
        | Platform::Ldap
        | Platform::PostgreSql
        | Platform::Vault
        | Platform::Windows
        | Platform::Workspace
        | Platform::Other => return None,
    };
    let [latitude, longitude, country, system, organisation] = names;
    let (latitude, longitude) = (paths.number(fields, latitude)?, paths.number(fields, longitude)?);
    let text = |names: &[&str]| Some(paths.first(fields, names)).filter(|it| !it.is_empty());
    // Zero and zero is how an unknown place is written.
    let known = latitude != 0.0 || longitude != 0.0;
    known.then(|| Whereabouts {
        latitude,
        longitude,
        radius_km: RADIUS_KM,
        country: text(country).map(Box::from),
        asn: paths
            .number(fields, system)
            .filter(|it| (1.0..4_294_967_295.0).contains(it))
            .map(|it| it as u32),
        as_org: text(organisation).map(Box::from),
        hosting: paths.is_true(fields, "securityContext.isProxy"),
    })
}
