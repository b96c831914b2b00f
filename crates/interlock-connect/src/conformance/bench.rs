//! What a provider must offer so that the laws can be run on it: a world of its own that misbehaves on
//! request.

use interlock_contain::{ActionSpec, Connector};
use interlock_model::{CredentialRef, Intent, Operation};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Debug;

/// A connector on a fake provider in a fresh world, with something in it for every action to be aimed at.
///
/// In that world no action's wanted state holds yet.
pub trait Bench: Send + Sync + Debug {
    /// The connector under test.
    fn connector(&self) -> &dyn Connector;
    /// An intent that the action serves in this world.
    fn aim(&self, action: &ActionSpec) -> Intent;
    /// Everything that the provider holds, as text. No secrets.
    fn state(&self) -> String;
    /// The part of it that an undo which compensates must give back.
    fn worth(&self) -> String {
        self.state()
    }
    /// The writes that were asked of the provider, in order, whatever became of them.
    fn writes(&self) -> Vec<Operation>;
    /// Makes the next call of an operation misbehave; several are taken in order.
    fn trouble(&self, operation: Operation, trouble: Trouble);
    /// Lets so many reads after each write see the state before it.
    fn lag(&self, reads: usize);
    /// Changes the target behind the connector's back so that a plan made before is void. `false` when
    /// the provider knows no state but the one before and the one wanted.
    fn drift(&self, action: &ActionSpec) -> bool;
    /// Text that must show nowhere outside the provider.
    fn secrets(&self) -> Vec<String>;
    /// The long-lived credentials of the target.
    fn credentials(&self) -> BTreeSet<CredentialRef>;
}

/// What an operation does instead of what it should, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// No answer, and nothing happened.
    SilenceBefore,
    /// No answer, but it happened.
    SilenceAfter,
    /// Too many calls.
    Throttle,
    /// Not allowed.
    Denied,
    /// It says yes and does nothing.
    Lie,
}

/// The troubles that a fake still has to make, by operation.
#[derive(Debug, Default)]
pub struct Troubles(BTreeMap<&'static str, VecDeque<Trouble>>);

impl Troubles {
    /// One more for this operation.
    pub fn add(&mut self, operation: Operation, trouble: Trouble) {
        self.0.entry(operation.0).or_default().push_back(trouble);
    }

    /// The next for this operation; `None`: it behaves.
    pub fn next(&mut self, operation: Operation) -> Option<Trouble> {
        self.0.get_mut(operation.0)?.pop_front()
    }
}
