//! Detection: an event and whom it is about become findings.
//!
//! Three sorts of detectors speak here: Sigma rules ([`sigma`]), behaviours that learn what is
//! usual ([`behaviour`]), and other monitors whose alerts are taken over ([`Detectors::judge_alert`]).
//! Pure: time is in the events, places on earth come through [`Geo`].
//! Not here: who an event is about (`interlock-identity`), what is done about it (`interlock-decide`).

pub mod behaviour;
pub mod sigma;

mod alert;
mod artefacts;
mod detectors;
mod geo;
mod ledger;
mod notice;
mod snapshot;

#[cfg(test)]
mod calm;

pub use behaviour::BehaviourConfig;
pub use detectors::Detectors;
pub use geo::{Geo, Whereabouts, distance_km};
pub use snapshot::{Reader, RestoreError, Writer};
