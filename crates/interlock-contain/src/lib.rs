//! From a decision to a proven containment: recipes, plans, the guard, the permit, the journal's
//! fold, and the traits that say what hands must do.
//!
//! Not here: any provider (that is `connect`), any decision (that is `decide`), any I/O or clock.

mod call;
mod compose;
mod connector;
mod context;
mod evidence;
mod grade;
mod guard;
mod life;
mod narrow;
mod next;
mod pause;
mod permit;
#[cfg(test)]
mod sim;
mod spec;
mod step_life;
mod undo;

pub use call::CallError;
pub use compose::{
    Composition, ConnectorInstance, LeftOut, Unserved, Wanted, compose, residual, ways,
};
pub use connector::{Access, Action, Check, Connector, Lack};
pub use context::{CanaryCx, DiscoverCx, ReadCx, ReadPass, WriteCx, WritePass};
pub use evidence::evidence;
pub use grade::{cutting, first_effective, grade, residual_until};
pub use guard::{Breaker, BreakerLimits, GuardQuestion, Withheld, consent_given, permit};
pub use life::{Containment, IllegalEntry, Phase, UndoLife};
pub use narrow::{deletes, sessions, takes, ways_in};
pub use next::{Next, next};
pub use pause::jittered;
pub use permit::Permit;
pub use spec::{
    ActionSpec, ConnectorSpec, Delivery, DiscoverySpec, Left, ReversalSpec, Role, TargetKind,
};
pub use step_life::{StepLife, StepState};
pub use undo::{Undo, mirror, plan_undo};
