//! Google Workspace's activities as `ingest` lays them out, for rules on their form in Cloud Logging.

use super::Mapping;

/// See the README of the log source for `name` and `parameters`.
pub(super) const MAPPING: Mapping = Mapping {
    source: "google_workspace",
    names: &[
        ("new_value", &["parameters.NEW_VALUE"]),
        ("protoPayload.metadata.event.eventName", &["name"]),
        ("protoPayload.serviceName", &["eventService"]),
        ("setting_name", &["parameters.SETTING_NAME"]),
    ],
    names_of_words: &[],
    beginnings: &[],
    words: &[],
};
