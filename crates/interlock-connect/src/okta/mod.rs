//! The hands at Okta: users, their sessions, factors and roles; apps, their secrets, keys and tokens.

mod apps;
#[cfg(test)]
mod described;
mod discover;
#[cfg(test)]
pub(crate) mod fake;
pub mod operation;
mod roles;
mod secrets;
mod shared;
#[cfg(test)]
mod tests;
mod tokens;
mod users;

use crate::delivery::{Deliveries, Issue};
use crate::idp::act::{On, Verb};
use crate::idp::ask::{Api, Ask, text};
use crate::idp::connector::{Platform, absent};
use crate::idp::remote::Remote;
use crate::idp::{Proof, Provider};
use interlock_contain::{CallError, ConnectorSpec, DiscoverCx};
use interlock_model::{ConnectorId, DiscoveryPage, Operation, Principal};
use operation as op;
use std::sync::Arc;
use std::time::Duration;

/// What the connector declares.
pub static SPEC: ConnectorSpec = ConnectorSpec {
    kind: "okta",
    provider: "okta",
    title: "Okta: users, administrator roles, apps, secrets, keys and tokens of one organisation",
    outer: "a network zone of the organisation that is blocked, and the applications that trust it, whose own sessions and accounts go on",
    discovery: Some(&discover::SPEC),
    actions: &[
        &users::CLEAR_SESSIONS,
        &apps::DEACTIVATE_APP,
        &apps::DEACTIVATE_KEY,
        &apps::DEACTIVATE_SECRET,
        &tokens::DELETE_API_TOKEN,
        &secrets::DELETE_SECRET,
        &users::EXPIRE_PASSWORD,
        &secrets::ISSUE_SECRET,
        &users::RAISE_RISK,
        &roles::REMOVE_ADMIN_ROLE,
        &roles::REMOVE_CLIENT_ROLE,
        &users::RESET_FACTORS,
        &apps::REVOKE_APP_TOKENS,
        &tokens::REVOKE_GRANT,
        &tokens::REVOKE_REFRESH_TOKEN,
        &users::SUSPEND,
    ],
};

fn verbs() -> Vec<Box<dyn Verb>> {
    vec![
        Box::new(users::ClearSessions),
        Box::new(apps::DeactivateApp),
        Box::new(apps::Deactivate(apps::Kept::Key)),
        Box::new(apps::Deactivate(apps::Kept::Secret)),
        Box::new(tokens::DeleteApiToken),
        Box::new(secrets::Delete),
        Box::new(users::ExpirePassword),
        Box::new(users::RaiseRisk),
        Box::new(roles::RemoveRole(roles::Holder::User)),
        Box::new(roles::RemoveRole(roles::Holder::Client)),
        Box::new(users::ResetFactors),
        Box::new(apps::RevokeAppTokens),
        Box::new(tokens::RevokeGrant),
        Box::new(tokens::RevokeRefreshToken),
        Box::new(users::Suspend),
    ]
}

/// What the configuration says about one organisation.
#[derive(Debug, Clone)]
pub struct OktaConfig {
    /// The instance's name.
    pub id: ConnectorId,
    /// Where it answers: `https://acme.okta.com`.
    pub url: String,
    /// What the connector proves itself by.
    pub proof: Proof,
    /// Ids, logins and labels that are never contained.
    pub protected: Vec<String>,
    /// Where workloads find their secrets when new ones are made.
    pub deliveries: Deliveries,
    /// The settle time of every action, instead of the specs'.
    pub settle: Option<Duration>,
}

/// The connector; Okta is asked when something is to be done.
#[must_use]
pub fn connector(config: OktaConfig) -> Provider {
    let remote = Remote::new(&config.url, config.proof.clone());
    with_api(config, Arc::new(remote))
}

/// The same on an API of the caller's choice.
pub(crate) fn with_api(config: OktaConfig, api: Arc<dyn Api>) -> Provider {
    let mut kept: Vec<String> = config.protected.iter().map(|it| it.to_lowercase()).collect();
    let client = match &config.proof {
        Proof::Client(client) => Some(client.id.clone()),
        Proof::Token { .. } | Proof::Basic { .. } => None,
    };
    kept.extend(client.iter().map(|it| it.to_lowercase()));
    let on = Arc::new(On { id: config.id, api, settle: config.settle, kept });
    let secrets = Issue {
        id: on.id.clone(),
        settle: on.settle,
        deliveries: config.deliveries.clone(),
        issuer: secrets::Issue(Arc::clone(&on)),
    };
    let provider = Provider::new(on, &SPEC, verbs(), Box::new(Org { url: config.url, client }));
    provider.issuing(Box::new(secrets), config.deliveries)
}

/// One organisation.
#[derive(Debug)]
struct Org {
    url: String,
    /// The service app as which the connector acts, where it is one.
    client: Option<String>,
}

#[async_trait::async_trait]
impl Platform for Org {
    async fn own(&self, on: &On) -> Result<Vec<Principal>, CallError> {
        if let Some(client) = &self.client {
            return Ok(vec![Principal::new("okta", client)]);
        }
        let me = on.api.look(Ask::new(op::READ_ME, &[])).await?.body;
        let id = text(&me, "id").ok_or_else(|| CallError::Invalid {
            why: "Okta does not say whom the token belongs to".to_owned(),
        })?;
        Ok(vec![Principal::new("okta", id)])
    }

    fn trials(&self, operation: Operation) -> Vec<Ask> {
        if operation == op::READ_ME && self.client.is_some() {
            return Vec::new();
        }
        let ask = absent(operation, None, crate::idp::ask::ABSENT);
        vec![if operation == op::READ_LOG { ask.with("limit", "1") } else { ask }]
    }

    fn remedy(&self, permission: &str) -> String {
        match &self.client {
            Some(client) => format!(
                "grant app `{client}` the scope `{permission}`, and an administrator role that covers it"
            ),
            None => format!(
                "give the administrator whose token it is a role that covers `{permission}`"
            ),
        }
    }

    async fn discover(
        &self,
        on: &On,
        cx: &DiscoverCx<'_>,
        from: Option<&str>,
    ) -> Result<DiscoveryPage, CallError> {
        discover::page(&self.url, on, cx, from).await
    }
}
