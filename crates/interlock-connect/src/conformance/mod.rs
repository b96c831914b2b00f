//! The laws that every action of every connector keeps, written once.
//!
//! A connector is put on a [`Bench`]; [`broken`] runs every law on each of its actions, each time in a
//! fresh world, and says which are not kept. No provider, no clock, no network.

mod bench;
mod drive;
mod laws;

#[cfg(test)]
mod active_directory;
#[cfg(test)]
mod aws;
#[cfg(test)]
mod aws_identity_center;
#[cfg(test)]
mod aws_organizations;
#[cfg(test)]
mod broker;
#[cfg(test)]
pub(crate) mod clocks;
#[cfg(test)]
mod command;
#[cfg(test)]
mod database;
#[cfg(test)]
mod declared;
#[cfg(test)]
mod expired;
#[cfg(test)]
mod github;
#[cfg(test)]
mod google_cloud;
#[cfg(test)]
pub(crate) mod idp;
#[cfg(test)]
pub(crate) mod kubernetes;
#[cfg(test)]
mod mariadb;
#[cfg(test)]
mod openldap;
#[cfg(test)]
pub(crate) mod postbox;
#[cfg(test)]
mod postgresql;
#[cfg(test)]
mod rabbitmq;
#[cfg(test)]
mod redis;
#[cfg(test)]
mod scim;
#[cfg(test)]
pub(crate) mod served;
#[cfg(test)]
mod split;
#[cfg(test)]
mod ssh;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod toy;
#[cfg(test)]
pub(crate) mod vault;
#[cfg(test)]
mod webhook;

pub use bench::{Bench, Trouble, Troubles};
#[cfg(test)]
pub(crate) use drive::{noon, permit_for};

use std::fmt;

/// Makes a fresh world.
pub type Fresh<'a> = &'a dyn Fn() -> Box<dyn Bench>;

/// One law.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Law {
    /// The spec says all it must, and fits what the action is aimed at.
    SpecIsSound,
    /// Planning writes nothing, and phrases the step as the spec says.
    PlanChangesNothing,
    /// After execution the wanted state is read back; before it is not.
    ExecutedHolds,
    /// Executing a step again writes nothing.
    TwiceIsOnce,
    /// Where the wanted state holds, the plan's two states are equal.
    HeldPlansToNothing,
    /// Undo restores the state before, with or without the receipt, and only what was changed.
    UndoRestores,
    /// A state that is neither the one before nor the one wanted is refused.
    DriftIsRefused,
    /// A permit opens its own step, at its own connector, until it expires.
    PermitOpensOneStep,
    /// Silence is an unknown outcome, and reading back settles it.
    SilenceIsUnknown,
    /// Throttling changes nothing and is to be tried again.
    ThrottlingIsRetried,
    /// A missing permission is named, and a refused read is no answer.
    DenialIsNamed,
    /// A yes without effect does not hold.
    YesIsNotEffect,
    /// A provider that lags within its settle time is waited for, not written to again.
    LagIsWaitedOut,
    /// What was made and not delivered is removed, never reused; where there is one slot only, and what
    /// was in it is gone, the same one is delivered after all.
    UndeliveredIsRemoved,
    /// No secret shows in a receipt, a journal, a snapshot, an error or a `Debug`.
    SecretsStayInside,
    /// Only declared operations are called.
    OnlyDeclared,
}

impl Law {
    /// Every law.
    pub const ALL: [Self; 16] = [
        Self::SpecIsSound,
        Self::PlanChangesNothing,
        Self::ExecutedHolds,
        Self::TwiceIsOnce,
        Self::HeldPlansToNothing,
        Self::UndoRestores,
        Self::DriftIsRefused,
        Self::PermitOpensOneStep,
        Self::SilenceIsUnknown,
        Self::ThrottlingIsRetried,
        Self::DenialIsNamed,
        Self::YesIsNotEffect,
        Self::LagIsWaitedOut,
        Self::UndeliveredIsRemoved,
        Self::SecretsStayInside,
        Self::OnlyDeclared,
    ];
}

/// A law that an action does not keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Which action.
    pub action: &'static str,
    /// Which law.
    pub law: Law,
    /// What was seen.
    pub what: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} breaks {:?}: {}", self.action, self.law, self.what)
    }
}

/// Runs every law on every action of the connector; empty when all are kept.
///
/// Needs a tokio runtime, as the actions do.
pub async fn broken(fresh: Fresh<'_>) -> Vec<Broken> {
    let mut broken = Vec::new();
    for action in fresh().connector().spec().actions {
        for law in Law::ALL {
            if let Err(what) = laws::check(law, fresh, action.name).await {
                broken.push(Broken { action: action.name, law, what });
            }
        }
    }
    broken
}
