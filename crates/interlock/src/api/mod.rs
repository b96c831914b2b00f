//! What the HTTP API says: one file for each noun, with its form, how it is made, and its doors.
//!
//! The command line prints the same forms, whether they come from a running `serve` or from the store.
//! Not here: stored forms (those are the model's), authentication and limits (those are `serve`'s).

pub mod act;
pub mod audit;
pub mod case;
pub mod connector;
pub mod containment;
pub mod credential;
pub mod decision;
pub mod delegation;
pub mod discovery;
pub mod drill;
pub mod explain;
pub mod feed;
pub mod finding;
pub mod history;
pub mod identity;
pub mod least_privilege;
pub mod notice;
pub mod reach;
pub mod readiness;
pub mod reading;
pub mod rejected;
pub mod types;
