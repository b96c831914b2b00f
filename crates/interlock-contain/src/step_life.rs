//! The life of one step of a plan: how far it is, and how far it is proven.

use interlock_model::{CredentialRef, Evidence, Residual, Step, StepProof, Timestamp};

/// One step and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepLife {
    /// The step.
    pub step: Step,
    /// How far it is.
    pub state: StepState,
    /// How often a write was intended.
    pub attempts: u32,
    /// How many of these attempts ended with the death of their process and were seen not to have arrived.
    pub interrupted: u32,
    /// How often in a row the read-back could not tell or did not hold.
    pub looks: u32,
    /// How often it held and was found undone by somebody else.
    pub undone: u32,
    /// The credential it brought to life.
    pub issued: Option<CredentialRef>,
    /// When that credential was first seen in successful use.
    pub issued_used: Option<Timestamp>,
    /// How far it is proven.
    pub proof: StepProof,
    /// The evidence, in order.
    pub evidence: Vec<(Timestamp, Evidence)>,
    /// When the provider said yes.
    pub acknowledged: Option<Timestamp>,
    /// What stays alive although it holds.
    pub residual: Vec<Residual>,
}

/// How far one step is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepState {
    /// Nothing was written.
    Waiting {
        /// Not before this; `None`: at once.
        not_before: Option<Timestamp>,
    },
    /// A write was intended by the process of this run.
    Intended {
        /// Which process.
        run: Box<str>,
        /// Since when.
        since: Timestamp,
    },
    /// The request left and no answer came: to be read back before anything else.
    Unknown {
        /// Not before this; `None`: at once.
        not_before: Option<Timestamp>,
    },
    /// The provider said yes; to be read back.
    Acknowledged {
        /// Since when.
        since: Timestamp,
        /// Not before this; `None`: at once.
        not_before: Option<Timestamp>,
    },
    /// The wanted state was read back.
    Verified {
        /// Since when.
        since: Timestamp,
    },
}

impl StepLife {
    /// A step of which nothing is known yet.
    #[must_use]
    pub const fn new(step: Step) -> Self {
        Self {
            step,
            state: StepState::Waiting { not_before: None },
            attempts: 0,
            interrupted: 0,
            looks: 0,
            undone: 0,
            issued: None,
            issued_used: None,
            proof: StepProof::None,
            evidence: Vec::new(),
            acknowledged: None,
            residual: Vec::new(),
        }
    }

    /// Whether the provider may have been changed by it.
    #[must_use]
    pub const fn may_have_written(&self) -> bool {
        match self.state {
            StepState::Waiting { .. } => self.acknowledged.is_some(),
            StepState::Intended { .. }
            | StepState::Unknown { .. }
            | StepState::Acknowledged { .. }
            | StepState::Verified { .. } => true,
        }
    }

    /// Since when the wanted state is known to hold.
    #[must_use]
    pub const fn verified(&self) -> Option<Timestamp> {
        match self.state {
            StepState::Verified { since } => Some(since),
            StepState::Waiting { .. }
            | StepState::Intended { .. }
            | StepState::Unknown { .. }
            | StepState::Acknowledged { .. } => None,
        }
    }
}
