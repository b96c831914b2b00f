//! What principals may do, and how they could come to do more: of an AWS account as a whole, and of
//! other platforms grant by grant ([`platform`]).
//!
//! [`Account::read`] takes what `GetAccountAuthorizationDetails` answers, [`Account::subject`] one
//! user or role of it. [`Subject::decide`] answers for one action on one resource,
//! [`Subject::summary`] for all of them in classes, [`Account::escalations`] how it could get more,
//! [`propose`] what of a policy was not used, and [`Platform::propose`] the same elsewhere.
//! Nothing here reads a file or a network; what the account's details do not say is said to be unknown.

mod access;
mod account;
mod condition;
mod document;
mod effective;
mod escalation;
mod least_privilege;
mod logged;
mod platform;
mod summary;
mod techniques;
#[cfg(test)]
mod tests;
mod used;
mod wildcard;

pub use access::{AccessClass, classes};
pub use account::{
    Account, Grants, Group, InlinePolicy, MalformedAccount, ManagedPolicy, PolicyVersion, Role,
    Unread, User,
};
pub use condition::Condition;
pub use document::{
    Document, Effect, Fault, MalformedDocument, Names, Principals, Statement, Trusted, TrustedKind,
    Version,
};
pub use effective::{Boundary, Cause, Decision, Denial, Request, Source, Subject, Who};
pub use escalation::{Escalation, Gained};
pub use least_privilege::{Proposal, Stays, Undecided, Window, Written, propose};
pub use logged::{actions_of, why_silent};
pub use platform::{Access, Given, PLATFORMS, Platform, platform};
pub use summary::{Reach, ReachedAction, Summary};
pub use techniques::{Gain, Need, On, TECHNIQUES, Target, Technique};
pub use used::{MOST_BYTES, UsedAction, UsedActions};
pub use wildcard::wildcard;
