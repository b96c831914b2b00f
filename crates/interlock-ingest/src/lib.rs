//! Foreign bytes become [`Event`](interlock_model::Event)s and [`Alert`](interlock_model::Alert)s.
//!
//! [`Records`] cuts an input of unknown form into single records; [`Normaliser`] reads one record.
//! Both are pure but for the `Read` they are given. What cannot be used comes back as
//! [`Rejected`](interlock_model::Rejected) with its place and the reason, never as a panic.
//! Not here: who an event is about, whether it is suspicious, and where the bytes come from.

mod aws_cloudtrail;
mod aws_guardduty;
mod aws_names;
mod broker_events;
mod envelope;
mod extract;
mod generic_alert;
mod json_shape;
mod normalise;
mod ocsf_detection_finding;
mod records;
mod redact;
mod registry;
mod source;
mod timestamp;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod real;
#[cfg(test)]
mod samples;

pub use normalise::{Normalised, Normaliser, Room};
pub use records::{Record, Records};
pub use redact::redact;
pub use registry::SOURCES;
pub use source::{Core, Parsed, Source};
