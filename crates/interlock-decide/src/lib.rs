//! The room that decides: findings and an identity in, a verdict with its reasons out.
//!
//! Playbooks propose, policies dispose: a playbook names intents, Cedar says whether the house may
//! do this to this identity here and now, and any error in a policy refuses.
//! Not here: who an identity is, what is suspicious, how a provider carries an intent out, and
//! access decisions between events.

mod case;
mod consent;
mod content;
mod decide;
mod intent;
mod manual;
mod playbook;
mod policy;
mod stages;
pub mod starter;
mod tier;
mod words;

pub use case::{CASE_FINDINGS, CONFIDENCE_CAP, admit, combined, fold, subject_key, weigh};
pub use decide::{Question, decide};
pub use manual::{ManualQuestion, manual};
pub use playbook::{
    Answer, Caps, Choice, Consents, FILE_BYTES, Playbook, Playbooks, When, Worst, playbook_schema,
};
pub use policy::{Asked, Asker, Circumstances, Disposition, Policies, Role, SCHEMA};
pub use tier::tier_of;
