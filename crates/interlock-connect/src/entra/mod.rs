//! The hands at Microsoft Entra ID, through Microsoft Graph: users, service principals, agents and
//! applications.

mod accounts;
#[cfg(test)]
mod agents;
mod apps;
mod credentials;
#[cfg(test)]
mod described;
mod discover;
#[cfg(test)]
pub(crate) mod fake;
mod federated;
mod grants;
pub mod operation;
mod risk;
mod shared;
#[cfg(test)]
mod tests;

use crate::delivery::{Deliveries, Issue};
use crate::http::origin;
use crate::idp::act::{On, Verb};
use crate::idp::ask::{ABSENT, Api, Ask, items, text};
use crate::idp::connector::{Platform, absent};
use crate::idp::remote::Remote;
use crate::idp::{By, ClientProof, Proof, Provider};
use interlock_contain::{CallError, ConnectorSpec, DiscoverCx};
use interlock_model::{ConnectorId, DiscoveryPage, Operation, Principal, Timestamp};
use operation as op;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// What the connector declares.
pub static SPEC: ConnectorSpec = ConnectorSpec {
    kind: "entra",
    provider: "entra",
    title: "Microsoft Entra ID: users, service principals, agents, applications and their secrets in one tenant",
    outer: "a conditional access policy that blocks the principal for all resources; for Azure the deny assignments and policies of the management group",
    discovery: Some(&discover::SPEC),
    actions: &[
        &risk::CONFIRM,
        &apps::DEACTIVATE,
        &accounts::DISABLE,
        &credentials::ISSUE_SECRET,
        &grants::REMOVE_APP_ROLE,
        &credentials::REMOVE_CERTIFICATE,
        &federated::REMOVE,
        &grants::REMOVE_GRANT,
        &apps::REMOVE_SECRET,
        &accounts::REVOKE_SESSIONS,
    ],
};

fn verbs(beta: Option<String>) -> Vec<Box<dyn Verb>> {
    vec![
        Box::new(risk::Confirm { beta }),
        Box::new(apps::Deactivate),
        Box::new(accounts::Disable),
        Box::new(grants::RemoveAppRole),
        Box::new(credentials::RemoveCertificate),
        Box::new(federated::Remove),
        Box::new(grants::RemoveGrant),
        Box::new(apps::RemoveSecret),
        Box::new(accounts::RevokeSessions),
    ]
}

/// What the configuration says about one tenant.
#[derive(Debug, Clone)]
pub struct EntraConfig {
    /// The instance's name.
    pub id: ConnectorId,
    /// The tenant: its id or one of its domains.
    pub tenant: String,
    /// The application as which the connector acts: its client id.
    pub client_id: String,
    /// What it shows for itself.
    pub by: By,
    /// Where Microsoft Graph answers: `https://graph.microsoft.com/v1.0`.
    pub graph: String,
    /// Whether the beta of Graph is asked about the risk of agents, which 1.0 does not know.
    pub risk_of_agents: bool,
    /// Where tokens come from: `https://login.microsoftonline.com`.
    pub login: String,
    /// Ids, sign-in names and display names that are never contained: break-glass accounts.
    pub protected: Vec<String>,
    /// Where workloads find their secrets when new ones are made.
    pub deliveries: Deliveries,
    /// The settle time of every action, instead of the specs'.
    pub settle: Option<Duration>,
    /// The clock.
    pub now: fn() -> Timestamp,
}

/// The connector; Graph is asked when something is to be done.
#[must_use]
pub fn connector(config: EntraConfig) -> Provider {
    let origin = origin(&config.graph).unwrap_or_default();
    let proof = tokens_for(&config, format!("{origin}/.default"));
    let remote = Remote::new(&config.graph, proof);
    with_api(config, Arc::new(remote))
}

/// What gets tokens of this tenant, for the application that the connector acts as.
pub(crate) fn tokens_for(config: &EntraConfig, scope: String) -> Proof {
    Proof::Client(ClientProof {
        token_url: format!(
            "{}/{}/oauth2/v2.0/token",
            config.login.trim_end_matches('/'),
            config.tenant
        ),
        id: config.client_id.clone(),
        scope,
        by: config.by.clone(),
        now: config.now,
    })
}

/// The same on an API of the caller's choice.
pub(crate) fn with_api(config: EntraConfig, api: Arc<dyn Api>) -> Provider {
    let mut kept: Vec<String> = config.protected.iter().map(|it| it.to_lowercase()).collect();
    kept.push(config.client_id.to_lowercase());
    let on = Arc::new(On { id: config.id, api, settle: config.settle, kept });
    let beta = origin(&config.graph).filter(|_| config.risk_of_agents);
    let beta = beta.map(|it| format!("{it}/beta"));
    let tenant = Tenant { graph: config.graph, client_id: config.client_id, beta: beta.clone() };
    let secrets = Issue {
        id: on.id.clone(),
        settle: on.settle,
        deliveries: config.deliveries.clone(),
        issuer: credentials::IssueSecret(Arc::clone(&on)),
    };
    let provider = Provider::new(on, &SPEC, verbs(beta), Box::new(tenant));
    provider.issuing(Box::new(secrets), config.deliveries)
}

/// One tenant.
#[derive(Debug)]
struct Tenant {
    graph: String,
    client_id: String,
    /// Where the beta of Graph answers, if it may be asked.
    beta: Option<String>,
}

#[async_trait::async_trait]
impl Platform for Tenant {
    async fn own(&self, on: &On) -> Result<Vec<Principal>, CallError> {
        let filter = format!("appId eq '{}'", self.client_id.replace('\'', "''"));
        let ask = Ask::new(op::LIST_PRINCIPALS, &[]).with("$filter", &filter);
        let said = on.api.look(ask).await?.body;
        let own = items(said.get("value").unwrap_or(&Value::Null)).filter_map(|it| text(it, "id"));
        let own = own.chain([&*self.client_id]);
        Ok(own.map(|it| Principal::new("entra", &it.to_lowercase())).collect())
    }

    fn trials(&self, operation: Operation) -> Vec<Ask> {
        let ask = |path: Option<&'static str>| absent(operation, path, ABSENT);
        if operation == op::SET_ENABLED {
            return vec![ask(None), ask(Some(shared::PRINCIPAL))];
        }
        if operation == op::ADD_SECRET {
            return vec![ask(None), ask(Some(credentials::ADD_ON_PRINCIPAL))];
        }
        if operation == op::SET_KEYS {
            return vec![ask(None), ask(Some(shared::PRINCIPAL))];
        }
        if operation == op::REMOVE_SECRET {
            return vec![ask(None), ask(Some(apps::ON_PRINCIPAL))];
        }
        if [op::CONFIRM, op::DISMISS, op::READ_RISK].contains(&operation) {
            return risk::trials(operation, ABSENT, self.beta.as_deref());
        }
        vec![if operation == op::READ_ROLES { ask(None).with("$top", "1") } else { ask(None) }]
    }

    fn remedy(&self, permission: &str) -> String {
        format!(
            "consent to the application permission {permission} for application `{}`",
            self.client_id
        )
    }

    async fn discover(
        &self,
        on: &On,
        cx: &DiscoverCx<'_>,
        from: Option<&str>,
    ) -> Result<DiscoveryPage, CallError> {
        discover::page(&self.graph, on, cx, from).await
    }
}
