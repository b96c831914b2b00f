//! The turn: the five rooms composed into one pure function.
//!
//! An input goes in; what to store and what to call come out. The watch is the fast half (records to
//! findings), the turn is the careful half (findings to decisions, plans, writes and their proof).
//! Not here: I/O, a clock, a provider, a table.

mod ahead;
mod came;
mod discovery;
mod draft;
mod drill;
mod findings;
mod holds;
mod lasting;
mod life_cycle;
mod made;
mod people;
mod places;
mod progress;
mod readiness;
mod said;
mod settings;
mod story;
mod told;
mod turn;
mod urgency;
mod watch;
mod world;

#[cfg(test)]
mod sim;

pub use people::{AS, LOCAL, People, Person};
pub use places::{Found, Places};
pub use readiness::{Needed, Readiness, Subject, Tried, Way};
pub use settings::{DrillPlan, Settings};
pub use story::{Foreseen, Page, Story, StoryBook};
pub use turn::{Call, Input, Outcome, Refusal, Turn, turn};
pub use urgency::{AGED, Urgency, WRITES_AT_ONCE};
pub use watch::{Seen, Watch};
pub use world::{Memory, World};
