//! The hands at AWS IAM: keys, policies, roles, on the official signer and credential chain; and at
//! IAM Identity Center, where people get their sessions of roles; and at Organizations, above all accounts.
//!
//! Every write is permitted, single, and read back; what each action leaves alive is in its spec.

mod actions;
mod administrators;
pub mod anywhere;
mod api;
mod check;
mod client;
mod clocks;
pub mod control_policies;
pub mod delivery;
pub mod discover;
mod errors;
pub mod fake;
mod http;
pub mod identity_center;
mod live;
pub mod operation;
pub mod organizations;
pub mod parameter;
mod policy;
mod secret;
mod service_control;
pub mod sign;
mod subject;

pub use actions::SPEC;
pub use client::{
    AccessKey, Acknowledged, Caller, CredentialSort, DeliveryPass, Holder, Holders, Iam, NewKey,
    OtherCredential, ProfileRole, Role, Versions,
};
pub use clocks::{APART, Clocks, moment, surely_past};
pub use http::http_client;
pub use secret::Secret;

use crate::actions::Shared;
use crate::delivery::Deliveries;
use interlock_contain::{
    Access, Action, CallError, CanaryCx, Check, Connector, ConnectorSpec, DiscoverCx, ReadCx,
};
use interlock_model::{ConnectorId, DiscoveryPage, Principal, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// One AWS account, configured once.
#[derive(Debug)]
pub struct AwsIam {
    shared: Arc<Shared>,
    catalog: discover::Catalog,
    actions: Vec<Box<dyn Action>>,
}

/// What the configuration says about one account.
#[derive(Debug, Clone)]
pub struct AwsConfig {
    /// The instance's name.
    pub id: ConnectorId,
    /// Where AWS answers, instead of the public endpoints; for test servers and private endpoints.
    pub endpoint: Option<String>,
    /// The region: `us-east-1`. IAM has none of its own, STS and Secrets Manager have.
    pub region: String,
    /// The account that the credentials must belong to; `None`: whichever they do.
    pub account: Option<String>,
    /// What the connector signs with.
    pub credentials: CredentialSource,
    /// Where new keys go.
    pub delivery: DeliveryConfig,
    /// The settle time of every action, instead of the specs'.
    pub settle: Option<Duration>,
}

/// What the connector signs with. Already resolved: references are the process's business.
#[derive(Debug, Clone)]
pub enum CredentialSource {
    /// The SDK's default chain: environment, profile, web identity, container, instance.
    Default,
    /// A profile of the SDK's own files.
    Profile {
        /// Its name.
        name: String,
    },
    /// A key that the process took from where the configuration pointed.
    Static {
        /// Its id.
        access_key_id: String,
        /// Its secret.
        secret: Secret,
    },
}

/// Where new keys go.
#[derive(Debug, Clone)]
pub struct DeliveryConfig {
    /// The secret's name in Secrets Manager, `{user}` standing for the user's name.
    pub secret: String,
    /// Where users find their key instead.
    pub elsewhere: Deliveries,
}

impl Default for DeliveryConfig {
    fn default() -> Self {
        let elsewhere = Deliveries::default();
        Self { secret: "interlock/{user}/access-key".to_owned(), elsewhere }
    }
}

impl DeliveryConfig {
    /// The name of one user's secret.
    #[must_use]
    pub fn secret_for(&self, user: &str) -> String {
        self.secret.replace("{user}", user)
    }
}

impl AwsIam {
    /// Connects to the account and makes sure that it is the one that is meant.
    ///
    /// # Errors
    /// AWS does not answer, refuses the credentials, or they belong to another account.
    pub async fn connect(config: AwsConfig) -> Result<Self, CallError> {
        let it = Self::prepare(config).await;
        it.shared.caller(&it.outside_steps()).await?;
        Ok(it)
    }

    /// The same without asking AWS yet: a provider that is down must not keep the house from watching.
    /// Whether the account is the one that is meant is asked before the first plan.
    pub async fn prepare(config: AwsConfig) -> Self {
        let live = live::Live::new(&config).await;
        Self::with_client(config, Arc::new(live))
    }

    /// The same on a client of the caller's choice: the fake, or another wire.
    #[must_use]
    pub fn with_client(config: AwsConfig, client: Arc<dyn Iam>) -> Self {
        let shared = Arc::new(Shared::new(config, client));
        let actions = actions::all(&shared);
        Self { shared, catalog: discover::Catalog::default(), actions }
    }

    /// Leave to read outside any step: who we are, and whether our permissions reach.
    fn outside_steps(&self) -> ReadCx<'static> {
        ReadCx::new(&actions::ISSUE_ACCESS_KEY, Timestamp::UNIX_EPOCH)
    }
}

#[async_trait::async_trait]
impl Connector for AwsIam {
    fn id(&self) -> &ConnectorId {
        &self.shared.config.id
    }

    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC
    }

    fn actions(&self) -> Vec<&dyn Action> {
        self.actions.iter().map(AsRef::as_ref).collect()
    }

    async fn check(&self) -> Vec<Check> {
        check::check(&self.shared).await
    }

    async fn discover(
        &self,
        cx: &DiscoverCx<'_>,
        from: Option<&str>,
    ) -> Result<DiscoveryPage, CallError> {
        discover::page(&self.shared, &self.catalog, cx, from).await
    }

    async fn try_access(&self, cx: &CanaryCx, principal: &Principal, secret: &str) -> Access {
        let cannot = |why: String| Access::CannotTell { why };
        let Some((id, own)) = secret.split_once(':') else {
            return cannot("the secret is no key id and secret with a colon between".to_owned());
        };
        let pass = cx.read(operation::GET_CALLER_IDENTITY);
        match self.shared.client.holder(pass, id, &Secret::new(own)).await {
            Ok(Some(caller)) if *caller.arn == *principal.name => Access::Accepted,
            Ok(Some(caller)) => cannot(format!("the key belongs to `{}`", caller.arn)),
            Ok(None) => Access::Refused { how: format!("AWS does not take the key `{id}`") },
            Err(error) => cannot(error.to_string()),
        }
    }

    async fn own_principals(&self) -> Result<Vec<Principal>, CallError> {
        let caller = self.shared.caller(&self.outside_steps()).await?;
        Ok(check::principals(&self.shared, &caller).await)
    }
}
