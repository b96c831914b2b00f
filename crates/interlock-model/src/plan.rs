//! Ordered provider writes, phrased as states.

use crate::{
    ActionKind, ActionName, ConnectorId, Dependent, Digest, DigestBuilder, IdentityId, PlanId,
    Residual, StepId, Target,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// A small part of a provider's state: names and values, secrets never among them.
///
/// What is absent is absent from the map; documents are kept as the provider wrote them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Snapshot(pub BTreeMap<String, String>);

impl Snapshot {
    /// A snapshot of these values.
    #[must_use]
    pub fn of<const N: usize>(values: [(&str, String); N]) -> Self {
        Self(values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// One value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("absent");
        }
        for (index, (name, value)) in self.0.iter().enumerate() {
            write!(f, "{}{name}={value}", if index == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

/// Whether a step can be taken back, known before it is executed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "reversal")]
pub enum Reversal {
    /// The undo puts back exactly what was there.
    Restores {
        /// Whether the undo makes a stolen credential valid again.
        re_arms: bool,
    },
    /// The undo gives something of equal use, not the same thing.
    Compensates {
        /// What is lost.
        loses: String,
    },
    /// There is none.
    Final {
        /// Why.
        why: String,
    },
}

/// What a step waits for before it may be written.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "gate")]
pub enum Gate {
    /// Nothing but the steps before it.
    Now,
    /// The credential that an earlier step issued was seen in successful use.
    WhenUsed {
        /// The step that issues it.
        issued_by: StepId,
        /// Go on without having seen it after this many seconds; `None`: wait for a person.
        at_latest_seconds: Option<u64>,
    },
    /// An earlier step was verified this long ago.
    After {
        /// The earlier step.
        step: StepId,
        /// How long, in seconds.
        seconds: u64,
    },
}

/// One provider write, phrased as a state.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Step {
    /// Derived from decision, position and direction.
    pub id: StepId,
    /// The connector instance.
    pub connector: ConnectorId,
    /// The action.
    pub action: ActionName,
    /// The action's verb; [`ActionKind::Restore`] for the way back.
    pub kind: ActionKind,
    /// What it changes.
    pub target: Target,
    /// The state that the planner saw.
    pub before: Snapshot,
    /// The state that must hold.
    pub after: Snapshot,
    /// Whether it can be taken back.
    pub reversal: Reversal,
    /// What it waits for.
    pub gate: Gate,
    /// Which access it ends.
    pub stops: Stops,
    /// How long the provider may take to act on it, in seconds after its yes.
    pub settle_seconds: u64,
    /// One line for people: what will be done.
    pub summary: String,
}

/// Which access a step ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Stops {
    /// New sign-ins and new sessions.
    pub new: bool,
    /// Renewal of sessions that are open.
    pub refresh: bool,
    /// Access that is open now.
    pub live: bool,
}

/// Ordered steps; their digest is what people approve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Its id.
    pub id: PlanId,
    /// Whom it is about.
    pub identity: IdentityId,
    /// The writes, in order.
    pub steps: Vec<Step>,
    /// What stays alive although every step holds.
    pub residual: Vec<Residual>,
    /// What breaks.
    pub breaks: Vec<Dependent>,
}

impl Plan {
    /// The digest of all that is approved: identity, steps with both states, order, residual.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut digest = DigestBuilder::new("plan");
        digest.text(self.id.as_str()).text(self.identity.as_str());
        for step in &self.steps {
            // INVARIANT: `Step` serialises without failing: its maps have text keys.
            digest.text(&serde_json::to_string(step).unwrap_or_default());
        }
        for residual in &self.residual {
            digest.text(&residual.what);
        }
        digest.finish()
    }
}
