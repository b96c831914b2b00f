//! The broker as a provider: its connector, and whether what it needs is there.

use super::actions::{self, Shared};
use super::desk::{Desk, Hand};
use super::{SPEC, operation as op};
use crate::delivery::Deliveries;
use interlock_contain::{Action, CallError, Check, Connector, ConnectorSpec, DiscoverCx, ReadCx};
use interlock_model::{ConnectorId, DiscoveryPage, Principal, Timestamp};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Contains the clients of one broker.
#[derive(Debug)]
pub struct BrokerConnector {
    shared: Arc<Shared>,
    actions: Vec<Box<dyn Action>>,
}

impl BrokerConnector {
    /// The connector at this desk.
    pub(crate) fn new(id: ConnectorId, desk: Arc<dyn Desk>, deliveries: Deliveries) -> Self {
        let shared = Arc::new(Shared { id, hand: Hand::new(desk), deliveries });
        let actions = actions::all(&shared);
        Self { shared, actions }
    }
}

#[async_trait::async_trait]
impl Connector for BrokerConnector {
    fn id(&self) -> &ConnectorId {
        &self.shared.id
    }

    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC
    }

    fn actions(&self) -> Vec<&dyn Action> {
        self.actions.iter().map(AsRef::as_ref).collect()
    }

    /// The broker is in this process and refuses us nothing; what can be missing are delivery folders.
    async fn check(&self) -> Vec<Check> {
        let reads: BTreeSet<_> = SPEC.actions.iter().flat_map(|it| it.reads).copied().collect();
        let mut checks: Vec<Check> = reads
            .into_iter()
            .map(|it| Check { permission: it.to_string(), outcome: Ok(()) })
            .collect();
        let cx = ReadCx::new(&actions::REVOKE_TOKENS, Timestamp::UNIX_EPOCH);
        let missing = match cx.read(op::INTROSPECT_TOKEN) {
            Ok(pass) => self.shared.hand.tokens(pass, missing_folders).await,
            Err(error) => Err(error),
        };
        let outcome = match missing {
            Ok(missing) if missing.is_empty() => Ok(()),
            Ok(missing) => Err(format!("make the folders of these delivery files: {missing}")),
            Err(error) => Err(error.to_string()),
        };
        checks.push(Check::told(op::PUT_DELIVERY.to_string(), outcome));
        checks.extend(self.shared.deliveries.check("broker").await);
        checks
    }

    async fn discover(
        &self,
        cx: &DiscoverCx<'_>,
        _from: Option<&str>,
    ) -> Result<DiscoveryPage, CallError> {
        let found = self.shared.hand.everybody(cx.read(op::LIST_KEYS)?).await?;
        Ok(DiscoveryPage { found, ..DiscoveryPage::default() })
    }

    /// None: the connector is part of the broker and acts as nobody.
    async fn own_principals(&self) -> Result<Vec<Principal>, CallError> {
        Ok(Vec::new())
    }
}

/// The delivery files whose folder is not there.
fn missing_folders(state: &super::state::State) -> String {
    let missing: Vec<String> = state
        .clients
        .values()
        .filter_map(|it| it.delivery.as_deref())
        .filter(|it| it.parent().is_some_and(|it| !it.as_os_str().is_empty() && !it.is_dir()))
        .map(|it| format!("`{}`", it.display()))
        .collect();
    missing.join(", ")
}
