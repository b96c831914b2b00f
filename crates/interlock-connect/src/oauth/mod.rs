//! The hands at an authorization server that keeps to the standards: a client is deleted by RFC 7592, a
//! token revoked by RFC 7009, and both are read back; and all tokens of a user are asked to be revoked by
//! Global Token Revocation, of which nothing can be read back but a token that the house knows.
//!
//! The standards know no list of clients and no switch that turns one off. What is contained here is what
//! the configuration names, with what proves it by reference.

mod delete_client;
mod discover;
#[cfg(test)]
pub(crate) mod fake;
pub mod operation;
mod revoke_token;
mod revoke_user_tokens;

use crate::Secret;
use crate::idp::Key;
use crate::idp::act::{On, Verb};
use crate::idp::ask::{ABSENT, Api, Ask};
use crate::idp::connector::Platform;
use crate::idp::proof::basic;
use crate::idp::remote::Remote;
use crate::idp::{Proof, Provider};
use interlock_contain::{CallError, ConnectorSpec, DiscoverCx};
use interlock_model::{ConnectorId, DiscoveryPage, Operation, Principal, Target, Timestamp};
use operation as op;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// What the connector declares.
pub static SPEC: ConnectorSpec = ConnectorSpec {
    kind: "oauth",
    provider: "oauth",
    title: "OAuth and OpenID Connect: clients, tokens and users of one authorization server",
    outer: "the authorisation server's own administration, and the services that take its tokens",
    discovery: Some(&discover::SPEC),
    actions: &[&delete_client::SPEC, &revoke_token::SPEC, &revoke_user_tokens::SPEC],
};

/// What the configuration says about one authorization server.
#[derive(Debug, Clone)]
pub struct OauthConfig {
    /// The instance's name. Its clients are `oauth:<name>/<client_id>`.
    pub id: ConnectorId,
    /// The client as which the connector asks about tokens.
    pub client_id: String,
    /// That client's secret.
    pub client_secret: Secret,
    /// Where tokens are asked about: RFC 7662.
    pub introspection_endpoint: String,
    /// Where tokens are revoked: RFC 7009.
    pub revocation_endpoint: String,
    /// The clients that may be contained.
    pub clients: Vec<OauthClient>,
    /// Where all tokens of a user are revoked; `None`: nowhere.
    pub global: Option<GlobalRevocation>,
    /// The settle time of every action, instead of the specs'.
    pub settle: Option<Duration>,
}

/// Where all tokens of a user are revoked, and how that is asked for.
#[derive(Debug, Clone)]
pub struct GlobalRevocation {
    /// The receiver's endpoint.
    pub endpoint: String,
    /// Who we are to the receiver.
    pub issuer: String,
    /// By what it knows us.
    pub key: Key,
    /// Whose subjects users are: they are named by `iss_sub`; without it by their e-mail addresses.
    pub subject_issuer: Option<String>,
    /// Refresh tokens of users that the house knows: by them the effect is seen.
    pub witnesses: BTreeMap<String, Secret>,
    /// Names of users that are never contained.
    pub protected: Vec<String>,
    /// The clock.
    pub now: fn() -> Timestamp,
}

/// A client that may be contained.
#[derive(Debug, Clone)]
pub struct OauthClient {
    /// Its id at the server.
    pub id: String,
    /// Its own secret: by it the house tries whether it is still let in, and revokes its tokens.
    pub secret: Secret,
    /// Where its registration is, and the registration access token.
    pub registration: Option<(String, Secret)>,
    /// A token of it that was given to the house to be revoked.
    pub token: Option<Secret>,
}

/// The connector; the server is asked when something is to be done.
#[must_use]
pub fn connector(config: OauthConfig) -> Provider {
    let (id, secret) = (config.client_id.clone(), config.client_secret.clone());
    let remote = Remote::new(&config.introspection_endpoint, Proof::Basic { id, secret });
    with_api(config, Arc::new(remote))
}

/// The same on an API of the caller's choice.
pub(crate) fn with_api(config: OauthConfig, api: Arc<dyn Api>) -> Provider {
    let on = On {
        id: config.id.clone(),
        api,
        settle: config.settle,
        kept: vec![config.client_id.to_lowercase()],
    };
    let config = Arc::new(config);
    let it = || Arc::clone(&config);
    let verbs: Vec<Box<dyn Verb>> = vec![
        Box::new(delete_client::DeleteClient(it())),
        Box::new(revoke_token::RevokeToken(it())),
        Box::new(revoke_user_tokens::RevokeUserTokens(it())),
    ];
    Provider::new(on, &SPEC, verbs, Box::new(Server(it())))
}

impl OauthConfig {
    /// The client that a target names.
    fn client(&self, on: &On, target: &Target) -> Result<&OauthClient, CallError> {
        let principal = target.principal();
        let named = principal.name.split_once('/').filter(|it| it.0 == &*self.id.0);
        let Some((_, name)) = named.filter(|_| &*principal.provider == "oauth") else {
            let why = format!("`{principal}` is no client of connector `{}`", self.id);
            return Err(CallError::Unsupported { why });
        };
        on.refuse_kept(&[name])?;
        let client = self.clients.iter().find(|it| it.id == name);
        client.ok_or_else(|| CallError::Unsupported {
            why: format!("connector `{}` names no client `{name}` that it may contain", self.id),
        })
    }

    /// Asks about a token.
    fn introspect(&self, token: &Secret, what: &str) -> Ask {
        let form = vec![("token", token.clone())];
        let ask = Ask::new(op::INTROSPECT, &[]).at(Some(&self.introspection_endpoint));
        ask.form(form).about(what).harmless()
    }

    /// Tries whether a client is let in: it revokes a token that is none, which changes nothing.
    fn authenticate(&self, client: &OauthClient) -> Ask {
        let form = vec![("token", Secret::new(ABSENT))];
        let ask = Ask::new(op::AUTHENTICATE, &[]).at(Some(&self.revocation_endpoint));
        let ask = ask.form(form).by(basic(&client.id, &client.secret)).harmless();
        ask.about(&format!("client `{}`", client.id))
    }
}

/// What the server says about itself: nothing.
#[derive(Debug)]
struct Server(Arc<OauthConfig>);

#[async_trait::async_trait]
impl Platform for Server {
    async fn own(&self, _: &On) -> Result<Vec<Principal>, CallError> {
        let config = &self.0;
        Ok(vec![Principal::new("oauth", &format!("{}/{}", config.id, config.client_id))])
    }

    fn trials(&self, operation: Operation) -> Vec<Ask> {
        let config = &self.0;
        if operation == op::INTROSPECT {
            return vec![config.introspect(&Secret::new(ABSENT), "no token")];
        }
        let clients = config.clients.iter();
        if operation == op::AUTHENTICATE || operation == op::REVOKE {
            return clients.map(|it| config.authenticate(it)).collect();
        }
        if operation == op::REVOKE_USER {
            // It revokes whoever is named: not even a name of nobody is tried.
            return Vec::new();
        }
        // Whoever may read a registration may delete it: it is one token.
        clients.filter_map(delete_client::read).collect()
    }

    /// A 401 is what a wrong proof and a client that is gone look like.
    fn absent_is_fine(&self, _: Operation) -> bool {
        false
    }

    fn remedy(&self, permission: &str) -> String {
        format!("connector `{}` needs {permission}", self.0.id)
    }

    async fn discover(
        &self,
        _: &On,
        _: &DiscoverCx<'_>,
        _: Option<&str>,
    ) -> Result<DiscoveryPage, CallError> {
        Ok(discover::page(&self.0))
    }
}
