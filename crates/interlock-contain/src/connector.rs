//! What hands must do. Implemented in `connect`, used through `dyn`.

use crate::{ActionSpec, CallError, CanaryCx, ConnectorSpec, DiscoverCx, ReadCx, WriteCx};
use interlock_model::{
    ConnectorId, DiscoveryPage, Evidence, Intent, Observation, Principal, Receipt, Step, StepId,
};
use std::fmt::Debug;

/// One provider, configured once.
#[async_trait::async_trait]
pub trait Connector: Send + Sync + Debug {
    /// The instance's name, from the configuration.
    fn id(&self) -> &ConnectorId;

    /// What it declares.
    fn spec(&self) -> &'static ConnectorSpec;

    /// Its actions, in the order of the spec.
    fn actions(&self) -> Vec<&dyn Action>;

    /// Tries every read that its actions need, and says which are refused. Writes nothing.
    async fn check(&self) -> Vec<Check>;

    /// The principals that the connector itself acts as: never contained by it.
    ///
    /// # Errors
    /// The provider does not answer.
    async fn own_principals(&self) -> Result<Vec<Principal>, CallError>;

    /// One page of a look at every principal of the provider. Writes nothing.
    ///
    /// What it may not see is a gap of the page and no error: the rest is seen all the same.
    /// `from` is `next` of the page before; a look may go on with it in another process.
    ///
    /// # Errors
    /// The provider does not answer, or the connector does not look for identities.
    async fn discover(
        &self,
        _cx: &DiscoverCx<'_>,
        _from: Option<&str>,
    ) -> Result<DiscoveryPage, CallError> {
        let why = format!("`{}` does not look for identities", self.spec().kind);
        Err(CallError::Unsupported { why })
    }

    /// Tries whether the provider takes this secret from this principal, as its holder would: for
    /// drills, whose canary's secret the house holds. Changes nothing, and says nothing of the secret.
    async fn try_access(&self, _cx: &CanaryCx, _principal: &Principal, _secret: &str) -> Access {
        let why = format!("a connector of kind `{}` cannot try a canary", self.spec().kind);
        Access::CannotTell { why }
    }
}

/// What came of trying a canary's own secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// The provider let it in.
    Accepted,
    /// The provider turned it away.
    Refused {
        /// In the provider's words.
        how: String,
    },
    /// Neither is sure.
    CannotTell {
        /// Why.
        why: String,
    },
}

/// Whether one permission is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The provider's name of it.
    pub permission: String,
    /// `Ok`, or why it does not count as given.
    pub outcome: Result<(), Lack>,
}

/// Why a permission does not count as given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Lack {
    /// It is not there, or it could not be tried: why, with the remedy.
    #[error("{0}")]
    Missing(String),
    /// The provider does not say whether it is: why, and how it could be known.
    #[error("not known: {0}")]
    NotKnown(String),
}

impl From<String> for Lack {
    fn from(why: String) -> Self {
        Self::Missing(why)
    }
}

impl Check {
    /// What came of one permission.
    #[must_use]
    pub fn told(permission: impl Into<String>, outcome: Result<(), impl Into<Lack>>) -> Self {
        Self { permission: permission.into(), outcome: outcome.map_err(Into::into) }
    }

    /// Whether it is missing, as far as that is known.
    #[must_use]
    pub const fn is_missing(&self) -> bool {
        matches!(self.outcome, Err(Lack::Missing(_)))
    }
}

/// One verb on one provider.
#[async_trait::async_trait]
pub trait Action: Send + Sync + Debug {
    /// What it declares.
    fn spec(&self) -> &'static ActionSpec;

    /// Looks at the provider and phrases the step as a wanted state. Changes nothing; depends on
    /// nothing but intent and provider state. When the wanted state is there already, `before` equals
    /// `after`. Connector and gate are set by the recipe afterwards.
    ///
    /// # Errors
    /// There is no step to be had, or the provider does not answer.
    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError>;

    /// Brings `step.after` about with at most one write; safe to repeat; refuses when the state is
    /// neither `before` nor `after`. Returns only after the provider's acknowledgement.
    ///
    /// # Errors
    /// Cut by what to do next; never retried in here once the request has left.
    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError>;

    /// Reads the provider's state back. Works without a receipt; never says `Holds` on silence.
    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation;

    /// Tries whether access is really refused, with a credential that the house itself holds.
    /// `None` when it holds none.
    async fn probe(&self, _cx: &ReadCx<'_>, _step: &Step) -> Option<Evidence> {
        None
    }
}
