//! From the configuration to the hands at identity providers: what proves them is taken from where it is.

use super::clusters::token;
use crate::clock;
use crate::config::{
    ConnectorConfig, EntraConfig, EntraProof, GlobalRevocationConfig, KeycloakConfig, OauthConfig,
    OktaConfig, OktaProof, SecretReference,
};
use crate::exit::Failure;
use anyhow::anyhow;
use interlock_connect::delivery::Deliveries;
use interlock_connect::idp::{By, ClientProof, Key, Proof, Provider};
use interlock_connect::{Secret, entra, keycloak, oauth, okta, reference};
use std::collections::{BTreeMap, BTreeSet};

/// The hands at one tenant of Entra.
///
/// # Errors
/// What proves the connector is not where the configuration points.
pub fn entra(
    config: &ConnectorConfig,
    it: &EntraConfig,
    deliveries: &Deliveries,
) -> Result<Provider, Failure> {
    let mut tenant = tenant_config(config, it)?;
    tenant.deliveries = deliveries.clone();
    Ok(entra::connector(tenant))
}

/// How a tenant is spoken to.
///
/// # Errors
/// What proves the connector is not where the configuration points.
pub fn tenant_config(
    config: &ConnectorConfig,
    it: &EntraConfig,
) -> Result<entra::EntraConfig, Failure> {
    let by = match &it.proof {
        EntraProof::Secret(reference) => By::Secret(one_line(config, reference)?),
        EntraProof::Certificate(reference) => {
            let key = Key::certified(&pem(config, reference)?);
            By::Key(key.map_err(|it| failed(config, &it.to_string()))?)
        }
        EntraProof::Federated(reference) => By::Federated(token(&config.id, reference)?),
    };
    Ok(entra::EntraConfig {
        id: config.id.clone(),
        tenant: it.tenant.clone(),
        client_id: it.client_id.clone(),
        by,
        graph: it.graph.clone(),
        risk_of_agents: it.risk_of_agents,
        login: it.login.clone(),
        protected: it.protected.clone(),
        deliveries: Deliveries::default(),
        settle: config.settle,
        now: clock::now,
    })
}

/// The hands at one realm of Keycloak.
///
/// # Errors
/// What proves the connector is not where the configuration points.
pub fn keycloak(config: &ConnectorConfig, it: &KeycloakConfig) -> Result<Provider, Failure> {
    Ok(keycloak::connector(keycloak::KeycloakConfig {
        id: config.id.clone(),
        url: it.url.clone(),
        realm: it.realm.clone(),
        client_id: it.client_id.clone(),
        client_secret: one_line(config, &it.client_secret)?,
        protected: it.protected.clone(),
        settle: config.settle,
        now: clock::now,
    }))
}

/// The hands at one organisation of Okta.
///
/// # Errors
/// What proves the connector is not where the configuration points.
pub fn okta(
    config: &ConnectorConfig,
    it: &OktaConfig,
    deliveries: &Deliveries,
) -> Result<Provider, Failure> {
    let proof = match &it.proof {
        OktaProof::Token(reference) => {
            Proof::Token { scheme: "SSWS", token: one_line(config, reference)? }
        }
        OktaProof::App { client_id, key, key_id } => {
            let key = Key::named(&pem(config, key)?, key_id.as_deref());
            Proof::Client(ClientProof {
                token_url: format!("{}/oauth2/v1/token", it.url.trim_end_matches('/')),
                id: client_id.clone(),
                scope: scopes(config),
                by: By::Key(key.map_err(|it| failed(config, &it.to_string()))?),
                now: clock::now,
            })
        }
    };
    Ok(okta::connector(okta::OktaConfig {
        id: config.id.clone(),
        url: it.url.clone(),
        proof,
        protected: it.protected.clone(),
        deliveries: deliveries.clone(),
        settle: config.settle,
    }))
}

/// The scopes that the actions need which the connector may carry out, and those to look. Okta gives no
/// token at all when one scope is asked for that the app was not granted.
fn scopes(config: &ConnectorConfig) -> String {
    let spec = &okta::SPEC;
    let allowed = spec.actions.iter().filter(|it| config.enforce.contains(&it.kind));
    let writes = allowed.flat_map(|it| reference::writes(it));
    let reads = reference::permissions(spec).observe.into_iter();
    let named =
        |it: interlock_model::Operation| Some(it.0.split_once(" (")?.1.trim_end_matches(')'));
    let scopes: BTreeSet<&str> = reads.chain(writes).filter_map(named).collect();
    scopes.into_iter().collect::<Vec<_>>().join(" ")
}

/// The hands at one authorization server.
///
/// # Errors
/// What proves the connector or a client is not where the configuration points.
pub fn oauth(config: &ConnectorConfig, it: &OauthConfig) -> Result<Provider, Failure> {
    let mut clients = Vec::new();
    for client in &it.clients {
        let registration = match &client.registration {
            Some((uri, token)) => Some((uri.clone(), one_line(config, token)?)),
            None => None,
        };
        let token = client.token.as_ref().map(|it| one_line(config, it)).transpose()?;
        clients.push(oauth::OauthClient {
            id: client.id.clone(),
            secret: one_line(config, &client.secret)?,
            registration,
            token,
        });
    }
    let global = it.global.as_ref().map(|it| global_revocation(config, it)).transpose()?;
    Ok(oauth::connector(oauth::OauthConfig {
        id: config.id.clone(),
        client_id: it.client_id.clone(),
        client_secret: one_line(config, &it.client_secret)?,
        introspection_endpoint: it.introspection_endpoint.clone(),
        revocation_endpoint: it.revocation_endpoint.clone(),
        clients,
        global,
        settle: config.settle,
    }))
}

fn global_revocation(
    config: &ConnectorConfig,
    it: &GlobalRevocationConfig,
) -> Result<oauth::GlobalRevocation, Failure> {
    let key = Key::named(&pem(config, &it.key)?, it.key_id.as_deref())
        .map_err(|why| failed(config, &why.to_string()))?;
    let mut witnesses = BTreeMap::new();
    for (user, token) in &it.witnesses {
        witnesses.insert(user.clone(), one_line(config, token)?);
    }
    Ok(oauth::GlobalRevocation {
        endpoint: it.endpoint.clone(),
        issuer: it.issuer.clone(),
        key,
        subject_issuer: it.subject_issuer.clone(),
        witnesses,
        protected: it.protected.clone(),
        now: clock::now,
    })
}

fn failed(config: &ConnectorConfig, why: &str) -> Failure {
    Failure::usage(anyhow!("{why}").context(format!("connector `{}`", config.id)))
}

fn one_line(config: &ConnectorConfig, reference: &SecretReference) -> Result<Secret, Failure> {
    crate::feed::secret(reference).map_err(|why| failed(config, &why))
}

/// A key has several lines.
fn pem(config: &ConnectorConfig, reference: &SecretReference) -> Result<Secret, Failure> {
    crate::feed::secret_lines(reference).map_err(|why| failed(config, &why))
}
