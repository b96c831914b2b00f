//! The identity providers of `interlock.toml`: one proof each, addresses that keep a secret to
//! themselves.

use super::check::Check;
use super::feed::SecretReference;
use super::raw_feed::RawSecret;
use super::raw_provider::{RawEntra, RawGlobalRevocation, RawKeycloak, RawOauthClient};
use super::reach::is_loopback;
use super::tree::Node;

/// One realm of Keycloak.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeycloakConfig {
    /// Where it answers.
    pub url: String,
    /// The realm.
    pub realm: String,
    /// The client as which the connector acts.
    pub client_id: String,
    /// Where its secret is.
    pub client_secret: SecretReference,
    /// Whom it never contains.
    pub protected: Vec<String>,
}

/// One organisation of Okta.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OktaConfig {
    /// Where it answers.
    pub url: String,
    /// What the connector proves itself by.
    pub proof: OktaProof,
    /// Whom it never contains.
    pub protected: Vec<String>,
}

/// What a connector proves itself by at Okta.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OktaProof {
    /// A token of an administrator.
    Token(SecretReference),
    /// The key of a service app.
    App {
        /// Its client id.
        client_id: String,
        /// The private key, in PEM.
        key: SecretReference,
        /// The id by which Okta knows the public half.
        key_id: Option<String>,
    },
}

/// One tenant of Entra.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntraConfig {
    /// The tenant.
    pub tenant: String,
    /// The application as which the connector acts.
    pub client_id: String,
    /// What it proves itself by.
    pub proof: EntraProof,
    /// Where Microsoft Graph answers.
    pub graph: String,
    /// Whether its beta is asked about the risk of agents.
    pub risk_of_agents: bool,
    /// Where tokens come from.
    pub login: String,
    /// Whom it never contains.
    pub protected: Vec<String>,
}

/// What a connector proves itself by at Entra.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntraProof {
    /// A client secret.
    Secret(SecretReference),
    /// A certificate with its private key, both in PEM.
    Certificate(SecretReference),
    /// The token of another issuer.
    Federated(SecretReference),
}

/// One authorization server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OauthConfig {
    /// The client as which the connector asks.
    pub client_id: String,
    /// That client's secret.
    pub client_secret: SecretReference,
    /// Where tokens are asked about.
    pub introspection_endpoint: String,
    /// Where tokens are revoked.
    pub revocation_endpoint: String,
    /// The clients that may be contained.
    pub clients: Vec<OauthClientConfig>,
    /// Where all tokens of a user are revoked.
    pub global: Option<GlobalRevocationConfig>,
}

/// Where all tokens of a user are revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlobalRevocationConfig {
    /// The receiver's endpoint.
    pub endpoint: String,
    /// Who we are to it.
    pub issuer: String,
    /// Where the key is that signs requests.
    pub key: SecretReference,
    /// The id by which the receiver knows it.
    pub key_id: Option<String>,
    /// Whose subjects users are.
    pub subject_issuer: Option<String>,
    /// Whom it never contains.
    pub protected: Vec<String>,
    /// Users, each with where a refresh token of it is.
    pub witnesses: Vec<(String, SecretReference)>,
}

/// One client that may be contained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OauthClientConfig {
    /// Its client id.
    pub id: String,
    /// Its own secret.
    pub secret: SecretReference,
    /// Where its registration is, and the token for it.
    pub registration: Option<(String, SecretReference)>,
    /// A token of it.
    pub token: Option<SecretReference>,
}

/// What proves a connector at Okta, as it is written.
pub(super) struct WrittenOkta {
    pub url: String,
    pub token: Option<RawSecret>,
    pub client_id: Option<String>,
    pub key: Option<RawSecret>,
    pub key_id: Option<String>,
    pub protected: Vec<String>,
}

impl OktaConfig {
    /// The secrets that it needs.
    pub(super) const fn secret(&self) -> &SecretReference {
        match &self.proof {
            OktaProof::Token(it) | OktaProof::App { key: it, .. } => it,
        }
    }
}

impl EntraConfig {
    /// The secrets that it needs.
    pub(super) const fn secret(&self) -> &SecretReference {
        match &self.proof {
            EntraProof::Secret(it) | EntraProof::Certificate(it) | EntraProof::Federated(it) => it,
        }
    }
}

impl OauthConfig {
    /// The secrets that it needs.
    pub(super) fn secrets(&self) -> Vec<&SecretReference> {
        let clients = self.clients.iter().flat_map(|it| {
            let registration = it.registration.iter().map(|it| &it.1);
            [&it.secret].into_iter().chain(registration).chain(&it.token)
        });
        let global = self.global.iter().flat_map(|it| {
            [&it.key].into_iter().chain(it.witnesses.iter().map(|(_, token)| token))
        });
        [&self.client_secret].into_iter().chain(clients).chain(global).collect()
    }
}

impl Check<'_> {
    /// An address to which a secret goes.
    fn guarded<'n>(&mut self, url: &str, key: &str, at: &impl Fn(&str) -> Option<&'n Node>) {
        let parsed = reqwest::Url::parse(url).ok();
        let far = |it: &reqwest::Url| !it.host_str().is_some_and(is_loopback);
        if parsed.is_some_and(|it| it.scheme() == "http" && far(&it)) {
            let what = "what proves the connector would travel in clear".to_owned();
            return self.error(at(key), what, "use `https://`");
        }
        self.endpoint(Some(url), key, at);
    }

    pub(super) fn okta<'n>(
        &mut self,
        raw: WrittenOkta,
        at: &impl Fn(&str) -> Option<&'n Node>,
    ) -> OktaConfig {
        self.guarded(&raw.url, "url", at);
        let proof = match (raw.token, raw.client_id, raw.key) {
            (Some(token), None, None) => OktaProof::Token(self.secret(token, at("token"))),
            (None, Some(client_id), Some(key)) => {
                OktaProof::App { client_id, key: self.secret(key, at("key")), key_id: raw.key_id }
            }
            _ => {
                let what =
                    "it does not say in one way what the connector proves itself by".to_owned();
                self.error(
                    at("id"),
                    what,
                    "either `token`, or `client_id` and `key` of a service app",
                );
                OktaProof::Token(SecretReference::Environment(String::new()))
            }
        };
        OktaConfig { url: raw.url, proof, protected: raw.protected }
    }

    pub(super) fn keycloak<'n>(
        &mut self,
        raw: RawKeycloak,
        at: &impl Fn(&str) -> Option<&'n Node>,
    ) -> KeycloakConfig {
        self.guarded(&raw.url, "url", at);
        let sound = |it: u8| it.is_ascii_alphanumeric() || b"-_.".contains(&it);
        if raw.realm.is_empty() || !raw.realm.bytes().all(sound) {
            let what = format!("`{}` is not a realm", raw.realm.escape_debug());
            self.error(at("realm"), what, "its name, such as `acme`");
        }
        KeycloakConfig {
            url: raw.url,
            realm: raw.realm,
            client_id: raw.client_id,
            client_secret: self.secret(raw.client_secret, at("client_secret")),
            protected: raw.protected,
        }
    }

    pub(super) fn entra<'n>(
        &mut self,
        raw: RawEntra,
        at: &impl Fn(&str) -> Option<&'n Node>,
    ) -> EntraConfig {
        let graph = raw.graph.unwrap_or_else(|| "https://graph.microsoft.com/v1.0".to_owned());
        let login = raw.login.unwrap_or_else(|| "https://login.microsoftonline.com".to_owned());
        self.guarded(&graph, "graph", at);
        self.guarded(&login, "login", at);
        let sound = |it: u8| it.is_ascii_alphanumeric() || it == b'-' || it == b'.';
        if raw.tenant.is_empty() || !raw.tenant.bytes().all(sound) {
            let what = format!("`{}` is not a tenant", raw.tenant.escape_debug());
            self.error(at("tenant"), what, "its id, or a domain of it such as `example.com`");
        }
        let proof = match (raw.secret, raw.certificate, raw.federated_token) {
            (Some(it), None, None) => EntraProof::Secret(self.secret(it, at("secret"))),
            (None, Some(it), None) => EntraProof::Certificate(self.secret(it, at("certificate"))),
            (None, None, Some(it)) => EntraProof::Federated(self.secret(it, at("federated_token"))),
            _ => {
                let what =
                    "it does not say in one way what the connector proves itself by".to_owned();
                self.error(at("id"), what, "one of `secret`, `certificate` and `federated_token`");
                EntraProof::Secret(SecretReference::Environment(String::new()))
            }
        };
        let (tenant, client_id) = (raw.tenant, raw.client_id);
        EntraConfig {
            tenant,
            client_id,
            proof,
            graph,
            risk_of_agents: raw.risk_of_agents,
            login,
            protected: raw.protected,
        }
    }

    pub(super) fn oauth_clients<'n>(
        &mut self,
        raw: Vec<RawOauthClient>,
        at: &impl Fn(&str) -> Option<&'n Node>,
    ) -> Vec<OauthClientConfig> {
        let mut clients: Vec<OauthClientConfig> = Vec::new();
        for (index, raw) in raw.into_iter().enumerate() {
            let node = at("client").map(|it| it.item(index).unwrap_or(it));
            let at = |key: &str| node.map(|it| it.get(key).unwrap_or(it));
            if raw.id.is_empty() || clients.iter().any(|it| it.id == raw.id) {
                let what =
                    format!("the client id `{}` is empty or named twice", raw.id.escape_debug());
                self.error(at("id"), what, "each client once");
            }
            let registration = match (raw.registration_uri, raw.registration_token) {
                (None, None) => None,
                (Some(uri), Some(token)) => {
                    self.guarded(&uri, "registration_uri", &at);
                    Some((uri, self.secret(token, at("registration_token"))))
                }
                _ => {
                    let what = "`registration_uri` and `registration_token` go together".to_owned();
                    self.error(at("id"), what, "name both, or neither");
                    None
                }
            };
            clients.push(OauthClientConfig {
                secret: self.secret(raw.secret, at("secret")),
                token: raw.token.map(|it| self.secret(it, at("token"))),
                id: raw.id,
                registration,
            });
        }
        clients
    }

    /// Where all tokens of a user are revoked, and what that is asked with.
    pub(super) fn global_revocation<'n>(
        &mut self,
        raw: RawGlobalRevocation,
        at: &impl Fn(&str) -> Option<&'n Node>,
    ) -> GlobalRevocationConfig {
        let node = at("global_revocation");
        let at = |key: &str| node.map(|it| it.get(key).unwrap_or(it));
        self.guarded(&raw.endpoint, "endpoint", &at);
        let mut witnesses: Vec<(String, SecretReference)> = Vec::new();
        for (index, user) in raw.user.into_iter().enumerate() {
            let node = at("user").map(|it| it.item(index).unwrap_or(it));
            let at = |key: &str| node.map(|it| it.get(key).unwrap_or(it));
            if user.name.is_empty() || witnesses.iter().any(|it| it.0 == user.name) {
                let what =
                    format!("the user `{}` is empty or named twice", user.name.escape_debug());
                self.error(at("name"), what, "each user once");
            }
            witnesses.push((user.name, self.secret(user.token, at("token"))));
        }
        GlobalRevocationConfig {
            endpoint: raw.endpoint,
            issuer: raw.issuer,
            key: self.secret(raw.key, at("key")),
            key_id: raw.key_id,
            subject_issuer: raw.subject_issuer,
            protected: raw.protected,
            witnesses,
        }
    }

    /// The two addresses of an authorization server.
    pub(super) fn oauth_endpoints<'n>(
        &mut self,
        introspection: &str,
        revocation: &str,
        at: &impl Fn(&str) -> Option<&'n Node>,
    ) {
        self.guarded(introspection, "introspection_endpoint", at);
        self.guarded(revocation, "revocation_endpoint", at);
    }
}
