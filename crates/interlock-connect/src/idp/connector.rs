//! A connector made of verbs, and of what its provider says about itself.

use super::act::{Act, On, Verb};
use super::ask::{Ask, permission, template};
use crate::delivery::{Deliveries, PUT};
use interlock_contain::{Action, CallError, Check, Connector, ConnectorSpec, DiscoverCx};
use interlock_model::{ConnectorId, DiscoveryPage, Operation, Principal};
use std::fmt::Debug;
use std::sync::Arc;

/// One tenant of a provider, configured once.
#[derive(Debug)]
pub struct Provider {
    on: Arc<On>,
    spec: &'static ConnectorSpec,
    actions: Vec<Box<dyn Action>>,
    platform: Box<dyn Platform>,
    deliveries: Deliveries,
}

/// What only the provider itself can say.
#[async_trait::async_trait]
pub(crate) trait Platform: Send + Sync + Debug {
    /// Whom the connector acts as.
    async fn own(&self, on: &On) -> Result<Vec<Principal>, CallError>;

    /// Whether "not there" shows that the permission is there: a name of nothing was asked for, and
    /// the provider let the caller in to say so. What has no name in it is always there.
    fn absent_is_fine(&self, operation: Operation) -> bool {
        template(operation).contains('{')
    }

    /// The requests that try an operation without changing anything; none: it cannot be tried.
    fn trials(&self, operation: Operation) -> Vec<Ask>;

    /// How to give what is missing.
    fn remedy(&self, permission: &str) -> String;

    /// One page of a look at everything.
    async fn discover(
        &self,
        _on: &On,
        _cx: &DiscoverCx<'_>,
        _from: Option<&str>,
    ) -> Result<DiscoveryPage, CallError> {
        Err(CallError::Unsupported { why: "it does not look for identities".to_owned() })
    }
}

/// A request whose names are all of nothing.
pub(crate) fn absent(operation: Operation, path: Option<&'static str>, id: &str) -> Ask {
    let names = path
        .unwrap_or_else(|| template(operation))
        .split('/')
        .filter_map(|it| it.strip_prefix('{').and_then(|it| it.strip_suffix('}')));
    let values: Vec<(&'static str, &str)> = names.map(|it| (it, id)).collect();
    let ask = Ask::new(operation, &values);
    path.map_or(ask.clone(), |path| ask.on(path))
}

impl Provider {
    pub(crate) fn new(
        on: impl Into<Arc<On>>,
        spec: &'static ConnectorSpec,
        verbs: Vec<Box<dyn Verb>>,
        platform: Box<dyn Platform>,
    ) -> Self {
        let on = on.into();
        let actions = verbs.into_iter().map(|verb| {
            let action: Box<dyn Action> = Box::new(Act { on: Arc::clone(&on), verb });
            action
        });
        let actions = actions.collect();
        Self { on, spec, actions, platform, deliveries: Deliveries::default() }
    }

    /// The same with an action that makes credentials and delivers them to these places.
    pub(crate) fn issuing(mut self, action: Box<dyn Action>, deliveries: Deliveries) -> Self {
        self.actions.push(action);
        self.actions.sort_by_key(|it| it.spec().name);
        self.deliveries = deliveries;
        self
    }
}

#[async_trait::async_trait]
impl Connector for Provider {
    fn id(&self) -> &ConnectorId {
        &self.on.id
    }

    fn spec(&self) -> &'static ConnectorSpec {
        self.spec
    }

    fn actions(&self) -> Vec<&dyn Action> {
        self.actions.iter().map(AsRef::as_ref).collect()
    }

    async fn check(&self) -> Vec<Check> {
        let mut checks = Vec::new();
        let asked = crate::reference::permissions(self.spec).enforce;
        for operation in asked.into_iter().filter(|it| *it != PUT) {
            let mut outcome = Ok(());
            for ask in self.platform.trials(operation) {
                match self.on.api.look(ask).await {
                    // It let us in, and there is nothing of that name.
                    Ok(_) | Err(CallError::Unsupported { .. }) => {}
                    Err(CallError::NotFound { .. }) if self.platform.absent_is_fine(operation) => {}
                    // Not even a token to ask with.
                    Err(CallError::Denied { permission }) if permission != operation.0 => {
                        outcome = Err(format!("it gets no leave to ask: {permission}"));
                    }
                    Err(CallError::NotFound { what }) => {
                        let remedy = self.platform.remedy(permission(operation));
                        outcome = Err(format!("{what} is not there: {remedy}"));
                    }
                    Err(CallError::Denied { .. }) => {
                        let remedy = self.platform.remedy(permission(operation));
                        outcome = Err(format!("it is refused: {remedy}"));
                    }
                    Err(
                        error @ (CallError::Retry { .. }
                        | CallError::OutcomeUnknown { .. }
                        | CallError::Drifted { .. }
                        | CallError::Invalid { .. }),
                    ) => outcome = Err(error.to_string()),
                }
                if outcome.is_err() {
                    break;
                }
            }
            checks.push(Check::told(operation.to_string(), outcome));
        }
        checks.extend(self.deliveries.check(self.spec.provider).await);
        checks
    }

    async fn own_principals(&self) -> Result<Vec<Principal>, CallError> {
        self.platform.own(&self.on).await
    }

    async fn discover(
        &self,
        cx: &DiscoverCx<'_>,
        from: Option<&str>,
    ) -> Result<DiscoveryPage, CallError> {
        self.platform.discover(&self.on, cx, from).await
    }
}
