//! The hands at one realm of Keycloak: users, their sessions, and clients.

mod clients;
#[cfg(test)]
mod described;
mod discover;
#[cfg(test)]
pub(crate) mod fake;
pub mod operation;
mod shared;
mod users;

use crate::Secret;
use crate::idp::act::{On, Verb};
use crate::idp::ask::{ABSENT, Api, Ask};
use crate::idp::connector::Platform;
use crate::idp::remote::Remote;
use crate::idp::{By, ClientProof, Proof, Provider};
use interlock_contain::{CallError, ConnectorSpec, DiscoverCx};
use interlock_model::{ConnectorId, DiscoveryPage, Operation, Principal, Timestamp};
use operation as op;
use shared::Realm;
use std::sync::Arc;
use std::time::Duration;

/// What the connector declares.
pub static SPEC: ConnectorSpec = ConnectorSpec {
    kind: "keycloak",
    provider: "keycloak",
    title: "Keycloak: users, their sessions, and clients of one realm",
    outer: "the identity providers and directories that the realm takes its users from, and the services that check its tokens by themselves",
    discovery: Some(&discover::SPEC),
    actions: &[&clients::DISABLE, &users::DISABLE, &users::LOGOUT, &clients::REVOKE_TOKENS],
};

/// What the configuration says about one realm.
#[derive(Debug, Clone)]
pub struct KeycloakConfig {
    /// The instance's name. Its users are `keycloak:<name>/<user>`, its clients `keycloak:<name>/client/<id>`.
    pub id: ConnectorId,
    /// Where Keycloak answers: `https://sso.example.com`.
    pub url: String,
    /// The realm.
    pub realm: String,
    /// The client as which the connector acts, with a service account.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret,
    /// Names and ids that are never contained.
    pub protected: Vec<String>,
    /// The settle time of every action, instead of the specs'.
    pub settle: Option<Duration>,
    /// The clock.
    pub now: fn() -> Timestamp,
}

/// The connector; Keycloak is asked when something is to be done.
#[must_use]
pub fn connector(config: KeycloakConfig) -> Provider {
    let url = config.url.trim_end_matches('/');
    let proof = Proof::Client(ClientProof {
        token_url: format!("{url}/realms/{}/protocol/openid-connect/token", config.realm),
        id: config.client_id.clone(),
        scope: "openid".to_owned(),
        by: By::Secret(config.client_secret.clone()),
        now: config.now,
    });
    let remote = Remote::new(url, proof);
    with_api(config, Arc::new(remote))
}

/// The same on an API of the caller's choice.
pub(crate) fn with_api(config: KeycloakConfig, api: Arc<dyn Api>) -> Provider {
    let own = config.client_id.to_lowercase();
    let mut kept: Vec<String> = config.protected.iter().map(|it| it.to_lowercase()).collect();
    // Keycloak names the user behind a service account so.
    kept.extend([format!("service-account-{own}"), own]);
    let on = On { id: config.id.clone(), api, settle: config.settle, kept };
    let realm = Arc::new(Realm { realm: config.realm, client_id: config.client_id });
    let it = || Arc::clone(&realm);
    let verbs: Vec<Box<dyn Verb>> = vec![
        Box::new(clients::Disable(it())),
        Box::new(users::Disable(it())),
        Box::new(users::Logout(it())),
        Box::new(clients::RevokeTokens(it())),
    ];
    Provider::new(on, &SPEC, verbs, Box::new(Server(it())))
}

/// The realm itself: who is in it, and whom the connector acts as.
#[derive(Debug)]
struct Server(Arc<Realm>);

#[async_trait::async_trait]
impl Platform for Server {
    async fn own(&self, on: &On) -> Result<Vec<Principal>, CallError> {
        let client = &self.0.client_id;
        let of = |name: String| Principal::new("keycloak", &format!("{}/{name}", on.id));
        let user = format!("service-account-{}", client.to_lowercase());
        Ok(vec![of(format!("client/{client}")), of(user)])
    }

    fn trials(&self, operation: Operation) -> Vec<Ask> {
        let realm = ("realm", &*self.0.realm);
        let nobody = Ask::new(operation, &[realm, ("id", ABSENT), ("role", ABSENT)]);
        vec![match operation {
            op::FIND_USER => nobody.with("username", ABSENT).with("exact", "true"),
            op::FIND_CLIENT => nobody.with("clientId", ABSENT),
            // Nothing is written: there is nobody of that id.
            op::WRITE_USER | op::WRITE_CLIENT => nobody.json(serde_json::json!({})),
            _ => nobody,
        }]
    }

    fn remedy(&self, permission: &str) -> String {
        let Realm { realm, client_id } = &*self.0;
        format!(
            "give the service account of client `{client_id}` the role `{permission}` of `realm-management` in realm `{realm}`"
        )
    }

    async fn discover(
        &self,
        on: &On,
        cx: &DiscoverCx<'_>,
        from: Option<&str>,
    ) -> Result<DiscoveryPage, CallError> {
        discover::page(&self.0, on, cx, from).await
    }
}
