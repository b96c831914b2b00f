//! A database server as a provider: its actions, whom it acts as, and whether what it needs is there.

use super::verbs::Shared;
use super::{PUT_DELIVERY, Reach, Server, Tried};
use crate::Secret;
use interlock_contain::{
    Access, Action, CallError, CanaryCx, Check, Connector, ConnectorSpec, DiscoverCx,
};
use interlock_model::{ConnectorId, DiscoveryPage, Principal};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Contains the accounts of one database server.
#[derive(Debug)]
pub struct Database {
    shared: Arc<Shared>,
    spec: &'static ConnectorSpec,
    actions: Vec<Box<dyn Action>>,
}

/// What one kind of server is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts {
    /// What it declares.
    pub spec: &'static ConnectorSpec,
    /// Its actions, in the order of the spec.
    pub actions: fn(&Arc<Shared>) -> Vec<Box<dyn Action>>,
}

/// Puts a connector together. Nothing is asked of the server yet.
pub(crate) fn assemble(
    parts: Parts,
    id: ConnectorId,
    settle: Option<Duration>,
    reach: Reach,
    server: Arc<dyn Server>,
) -> Database {
    let shared = Arc::new(Shared { id, settle, reach, server });
    Database { actions: (parts.actions)(&shared), spec: parts.spec, shared }
}

#[async_trait::async_trait]
impl Connector for Database {
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
        let mut checks = match self.shared.server.own().await {
            Ok(own) => own.checks,
            Err(error) => {
                let words = self.shared.words();
                let operations = [words.read_account, words.read_sessions];
                let failed = |it: interlock_model::Operation| Check {
                    permission: it.to_string(),
                    outcome: Err(error.to_string().into()),
                };
                operations.map(failed).to_vec()
            }
        };
        if let Some(pattern) = &self.shared.reach.delivery {
            let outcome = delivery(pattern);
            checks.push(Check::told(PUT_DELIVERY.to_string(), outcome));
        }
        checks.extend(self.shared.reach.deliveries.check(self.shared.words().provider).await);
        checks
    }

    async fn own_principals(&self) -> Result<Vec<Principal>, CallError> {
        let provider = self.shared.words().provider;
        let names = self.shared.server.own().await?.names;
        Ok(names.iter().map(|it| Principal::new(provider, it)).collect())
    }

    async fn discover(
        &self,
        cx: &DiscoverCx<'_>,
        from: Option<&str>,
    ) -> Result<DiscoveryPage, CallError> {
        let pass = cx.read(self.shared.words().read_account)?;
        self.shared.server.list(pass, from).await
    }

    async fn try_access(&self, cx: &CanaryCx, principal: &Principal, secret: &str) -> Access {
        let pass = cx.read(self.shared.words().sign_in);
        match self.shared.server.sign_in(pass, &principal.name, &Secret::new(secret)).await {
            Ok(Tried::Accepted) => Access::Accepted,
            Ok(Tried::WrongPassword) => Access::Refused { how: "the password is wrong".to_owned() },
            Ok(Tried::Barred(how)) => Access::Refused { how },
            Err(error) => Access::CannotTell { why: error.to_string() },
        }
    }
}

/// Whether new passwords have a place to go to.
fn delivery(pattern: &Path) -> Result<(), String> {
    match pattern.parent() {
        Some(it) if it.as_os_str().is_empty() || it.is_dir() => Ok(()),
        Some(it) => Err(format!("make the folder `{}`", it.display())),
        None => Err(format!("`{}` is no file", pattern.display())),
    }
}
