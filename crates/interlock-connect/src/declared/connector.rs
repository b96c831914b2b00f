//! A connector of declared verbs: its name, whom it never acts on, and the way it asks.

use super::verb::{Verb, Way};
use interlock_contain::{Action, ActionSpec, CallError, Check, Connector, ConnectorSpec};
use interlock_model::{ConnectorId, Principal, Target};
use std::sync::Arc;
use std::time::Duration;

/// What the configuration says about one instance, beside its verbs.
#[derive(Debug, Clone)]
pub struct DeclaredConfig {
    /// The instance's name.
    pub id: ConnectorId,
    /// What it declares, from [`intern`](super::intern).
    pub spec: &'static ConnectorSpec,
    /// The principals that it acts as, and that it must never act on.
    pub acts_as: Vec<String>,
    /// The settle time of every verb, instead of the declared ones.
    pub settle: Option<Duration>,
}

/// A connector of declared verbs.
#[derive(Debug)]
pub struct Declared {
    shared: Arc<Shared>,
    spec: &'static ConnectorSpec,
    actions: Vec<Box<dyn Action>>,
}

/// What the verbs of one instance share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub id: ConnectorId,
    provider: &'static str,
    acts_as: Vec<String>,
    pub settle: Option<Duration>,
    pub way: Arc<dyn Way>,
}

impl Shared {
    /// Refuses what is not this verb's to act on.
    pub(crate) fn refuse_own(&self, spec: &ActionSpec, target: &Target) -> Result<(), CallError> {
        if !spec.target.fits(target) {
            let why = format!("`{}` is not declared for {target}", spec.name);
            return Err(CallError::Unsupported { why });
        }
        let name = &target.principal().name;
        if self.acts_as.iter().any(|it| it.to_lowercase() == name.to_lowercase()) {
            let why = format!("connector `{}` acts as `{name}` itself", self.id);
            return Err(CallError::Unsupported { why });
        }
        Ok(())
    }
}

/// Puts a connector together. Nothing is asked yet.
pub(crate) fn assemble(config: DeclaredConfig, way: Arc<dyn Way>) -> Declared {
    let DeclaredConfig { id, spec, acts_as, settle } = config;
    let shared = Arc::new(Shared { id, provider: spec.provider, acts_as, settle, way });
    let verb = |spec: &&'static ActionSpec| -> Box<dyn Action> {
        Box::new(Verb { shared: Arc::clone(&shared), spec })
    };
    let actions = spec.actions.iter().map(verb).collect();
    Declared { shared, spec, actions }
}

#[async_trait::async_trait]
impl Connector for Declared {
    fn id(&self) -> &ConnectorId {
        &self.shared.id
    }

    fn spec(&self) -> &'static ConnectorSpec {
        self.spec
    }

    fn actions(&self) -> Vec<&dyn Action> {
        self.actions.iter().map(AsRef::as_ref).collect()
    }

    async fn check(&self) -> Vec<Check> {
        self.shared.way.check(self.spec).await
    }

    /// Known only where the configuration says it.
    async fn own_principals(&self) -> Result<Vec<Principal>, CallError> {
        let own = self.shared.acts_as.iter();
        Ok(own.map(|it| Principal::new(self.shared.provider, it)).collect())
    }
}
