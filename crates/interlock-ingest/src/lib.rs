//! Foreign bytes become [`Event`](interlock_model::Event)s and [`Alert`](interlock_model::Alert)s.
//!
//! [`Records`] cuts an input of unknown form into single records; [`Normaliser`] reads one record.
//! Both are pure but for the `Read` they are given. What cannot be used comes back as
//! [`Rejected`](interlock_model::Rejected) with its place and the reason, never as a panic.
//! Not here: who an event is about, whether it is suspicious, and where the bytes come from.

mod aws_cloudtrail;
mod aws_guardduty;
mod aws_names;
mod aws_security_hub;
mod azure_activity;
mod broker_events;
mod callers;
mod csv;
mod entra_audit;
mod entra_sign_in;
mod envelope;
mod extract;
mod falco_alert;
mod gcp_audit;
mod generic_alert;
mod github_audit;
mod github_webhook;
mod google_workspace;
mod json_shape;
mod kubernetes_audit;
mod m365_audit;
mod mapped;
mod microsoft_names;
mod normalise;
mod ocsf_detection_finding;
mod ocsf_events;
mod okta_system_log;
mod openldap_accesslog;
mod postgresql_log;
mod records;
mod redact;
mod registry;
mod shorter;
mod source;
mod structure;
mod timestamp;
mod vault_audit;
mod windows_security;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod real;
#[cfg(test)]
mod samples;

pub use mapped::Mapping;
pub use normalise::{Normalised, Normaliser, Room};
pub use records::{Record, Records, TEXT, Unfinished};
pub use redact::redact;
pub use registry::SOURCES;
pub use source::{Core, Parsed, Source};
