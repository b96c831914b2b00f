//! The connectors of `interlock.toml`, from what people wrote to what it means.

use super::check::{Check, verbs};
use super::raw_connector::RawConnector;
use super::raw_parts::{RawDialect, RawPlace};
use super::raw_provider::RawKeycloak;
use super::reach_database::{Standard, Written};
use super::reach_hosted::{GoogleProof, Names};
use super::reach_provider::{OauthConfig, WrittenEntra, WrittenOkta};
use super::tree::Node;
use super::{
    ActiveDirectoryConfig, AwsIamConfig, BrokerConfig, ConnectorConfig, ConnectorKind,
    IdentityCenterConfig, OpenLdapConfig, RabbitmqConfig, ScimConfig, VaultConfig,
};
use interlock_connect::scim::Dialect;
use interlock_model::{ActionKind, ConnectorId, Environment, Gravity};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::ops::Range;

/// One connector, where it stands, and where its account belongs to.
#[derive(Debug)]
pub(super) struct Connector {
    pub(super) config: ConnectorConfig,
    pub(super) span: Option<Range<usize>>,
    pub(super) environment: Option<Environment>,
}

impl Check<'_> {
    pub(super) fn connectors(&mut self, raw: Vec<RawConnector>, tree: &Node) -> Vec<Connector> {
        let mut connectors: Vec<Connector> = Vec::new();
        for (index, raw) in raw.into_iter().enumerate() {
            let node = tree.get("connector").and_then(|it| it.item(index));
            let at = |key: &str| node.and_then(|it| it.get(key)).or(node);
            let pace = self.pace(&raw, at("calls_per_second"));
            let (id, enforce, settle, environment, kind) = match raw {
                RawConnector::ActiveDirectory {
                    id,
                    enforce,
                    settle,
                    calls_per_second: _,
                    url,
                    start_tls,
                    ca,
                    user,
                    password,
                    base,
                    privileged_groups,
                } => {
                    self.domain_user(&user, &at);
                    self.domain_names(&base, &privileged_groups, &at);
                    let config = ActiveDirectoryConfig {
                        ldap: self.ldap(url, start_tls, ca.as_deref(), user, password, &at),
                        base,
                        privileged_groups,
                    };
                    (id, enforce, settle, None, ConnectorKind::ActiveDirectory(config))
                }
                RawConnector::AwsIam {
                    id,
                    account,
                    environment,
                    enforce,
                    settle,
                    region,
                    endpoint,
                    credentials,
                    delivery,
                    ..
                } => {
                    let region = region.unwrap_or_else(|| "us-east-1".to_owned());
                    let delivery =
                        delivery.secret.unwrap_or_else(|| "interlock/{user}/access-key".to_owned());
                    self.account(account.as_deref(), environment, &at);
                    self.region(&region, &at);
                    self.endpoint(endpoint.as_deref(), "endpoint", &at);
                    if !delivery.contains("{user}") {
                        let what =
                            "`secret` must hold `{user}`, or two users share one secret".to_owned();
                        self.error(at("delivery"), what, "such as `interlock/{user}/access-key`");
                    }
                    let credentials = self.credentials(credentials, &at);
                    let config = AwsIamConfig { account, region, endpoint, credentials, delivery };
                    (id, enforce, settle, environment, ConnectorKind::AwsIam(config))
                }
                RawConnector::AwsIdentityCenter {
                    id,
                    enforce,
                    settle,
                    calls_per_second: _,
                    instance,
                    identity_store,
                    deny_policy,
                    region,
                    endpoint,
                    credentials,
                    protected,
                } => {
                    self.region(&region, &at);
                    self.endpoint(endpoint.as_deref(), "endpoint", &at);
                    let deny = deny_policy.as_deref();
                    self.identity_center(&instance, &identity_store, deny, &at);
                    let config = IdentityCenterConfig {
                        instance,
                        identity_store,
                        deny_policy,
                        region,
                        endpoint,
                        credentials: self.credentials(credentials, &at),
                        protected,
                    };
                    (id, enforce, settle, None, ConnectorKind::AwsIdentityCenter(config))
                }
                RawConnector::Broker { id, enforce, settle, state, token_life, client, .. } => {
                    let config = BrokerConfig {
                        state: self.path(state.as_deref().unwrap_or("broker.json")),
                        token_life: self.token_life(token_life.as_deref(), at("token_life")),
                        clients: self.clients(client, at("client")),
                    };
                    (id, enforce, settle, None, ConnectorKind::Broker(config))
                }
                RawConnector::Command {
                    id,
                    enforce,
                    settle,
                    calls_per_second: _,
                    provider,
                    acts_as,
                    verb,
                } => {
                    let config = self.programs(provider, acts_as, verb, &at);
                    (id, enforce, settle, None, ConnectorKind::Command(config))
                }
                RawConnector::Github {
                    id,
                    enforce,
                    settle,
                    calls_per_second: _,
                    endpoint,
                    organization,
                    repositories,
                    token,
                    app,
                } => {
                    let names = Names { organization, repositories };
                    let config = self.github(endpoint, names, token, app, &at);
                    (id, enforce, settle, None, ConnectorKind::Github(config))
                }
                RawConnector::GoogleCloud {
                    id,
                    enforce,
                    settle,
                    calls_per_second: _,
                    project,
                    key,
                    token,
                    acts_as,
                    workspace_admin,
                } => {
                    let proof = GoogleProof { key, token, acts_as, workspace_admin };
                    let config = self.google(project, proof, &at);
                    (id, enforce, settle, None, ConnectorKind::GoogleCloud(config))
                }
                RawConnector::Entra {
                    id,
                    enforce,
                    settle,
                    calls_per_second: _,
                    tenant,
                    client_id,
                    secret,
                    certificate,
                    graph,
                    login,
                    protected,
                } => {
                    let written = WrittenEntra {
                        tenant,
                        client_id,
                        secret,
                        certificate,
                        graph,
                        login,
                        protected,
                    };
                    (id, enforce, settle, None, ConnectorKind::Entra(self.entra(written, &at)))
                }
                RawConnector::Oauth {
                    id,
                    enforce,
                    settle,
                    calls_per_second: _,
                    client_id,
                    client_secret,
                    introspection_endpoint,
                    revocation_endpoint,
                    client,
                } => {
                    self.oauth_endpoints(&introspection_endpoint, &revocation_endpoint, &at);
                    let config = OauthConfig {
                        client_id,
                        client_secret: self.secret(client_secret, at("client_secret")),
                        introspection_endpoint,
                        revocation_endpoint,
                        clients: self.oauth_clients(client, &at),
                    };
                    (id, enforce, settle, None, ConnectorKind::Oauth(config))
                }
                RawConnector::Keycloak(raw) => {
                    let RawKeycloak { id, enforce, settle, .. } = &raw;
                    let (id, enforce, settle) = (id.clone(), enforce.clone(), settle.clone());
                    let config = self.keycloak(raw, &at);
                    (id, enforce, settle, None, ConnectorKind::Keycloak(config))
                }
                RawConnector::Okta {
                    id,
                    enforce,
                    settle,
                    calls_per_second: _,
                    url,
                    token,
                    client_id,
                    key,
                    key_id,
                    protected,
                } => {
                    let written = WrittenOkta { url, token, client_id, key, key_id, protected };
                    (id, enforce, settle, None, ConnectorKind::Okta(self.okta(written, &at)))
                }
                RawConnector::Openldap {
                    id,
                    enforce,
                    settle,
                    url,
                    start_tls,
                    ca,
                    bind_dn,
                    password,
                    base,
                    default_policy,
                    quarantine_group,
                    privileged_groups,
                    ..
                } => {
                    self.name(&bind_dn, "bind_dn", &at);
                    let config = OpenLdapConfig {
                        ldap: self.ldap(url, start_tls, ca.as_deref(), bind_dn, password, &at),
                        base,
                        default_policy,
                        quarantine_group,
                        privileged_groups,
                    };
                    self.names(&config, &at);
                    (id, enforce, settle, None, ConnectorKind::OpenLdap(config))
                }
                RawConnector::Scim {
                    id,
                    enforce,
                    settle,
                    endpoint,
                    token,
                    dialect,
                    acts_as,
                    privileged_groups,
                    ..
                } => {
                    self.application(&endpoint, &at);
                    let token = self.secret(token, at("token"));
                    let dialect = dialect_of(dialect);
                    let config =
                        ScimConfig { endpoint, token, dialect, acts_as, privileged_groups };
                    (id, enforce, settle, None, ConnectorKind::Scim(config))
                }
                RawConnector::Kubernetes {
                    id,
                    enforce,
                    settle,
                    calls_per_second: _,
                    endpoint,
                    token,
                    ca,
                    protected_namespaces,
                } => {
                    let ca = ca.as_deref();
                    let config = self.cluster(endpoint, token, ca, protected_namespaces, &at);
                    (id, enforce, settle, None, ConnectorKind::Kubernetes(config))
                }
                RawConnector::Vault {
                    id,
                    enforce,
                    settle,
                    calls_per_second: _,
                    endpoint,
                    token,
                    ca,
                    namespace,
                    audit_device,
                    approle_mounts,
                    database_mounts,
                } => {
                    self.application(&endpoint, &at);
                    let token = self.secret(token, at("token"));
                    let ca = self.authorities(ca.as_deref(), &at);
                    let mounts = |of: Option<Vec<String>>, usual: &str| {
                        of.unwrap_or_else(|| vec![usual.to_owned()])
                    };
                    let approle_mounts = mounts(approle_mounts, "approle");
                    let database_mounts = mounts(database_mounts, "database");
                    let config = VaultConfig {
                        endpoint,
                        token,
                        ca,
                        namespace,
                        audit_device,
                        approle_mounts,
                        database_mounts,
                    };
                    (id, enforce, settle, None, ConnectorKind::Vault(config))
                }
                RawConnector::Mariadb {
                    id,
                    enforce,
                    settle,
                    host,
                    port,
                    user,
                    password,
                    tls,
                    ca,
                    delivery,
                    ..
                } => {
                    let database = None;
                    let written =
                        Written { host, port, database, user, password, tls, ca, delivery };
                    let standard = Standard { port: 3306, database: "" };
                    let config = self.database(written, &standard, &at);
                    (id, enforce, settle, None, ConnectorKind::Mariadb(config))
                }
                RawConnector::Postgresql {
                    id,
                    enforce,
                    settle,
                    host,
                    port,
                    database,
                    user,
                    password,
                    tls,
                    ca,
                    delivery,
                    ..
                } => {
                    let written =
                        Written { host, port, database, user, password, tls, ca, delivery };
                    let standard = Standard { port: 5432, database: "postgres" };
                    let config = self.database(written, &standard, &at);
                    (id, enforce, settle, None, ConnectorKind::Postgresql(config))
                }
                RawConnector::Rabbitmq {
                    id,
                    enforce,
                    settle,
                    calls_per_second: _,
                    host,
                    port,
                    amqp_port,
                    user,
                    password,
                    tls,
                    ca,
                    delivery,
                } => {
                    let database = None;
                    let plain = tls == Some(false);
                    let written =
                        Written { host, port, database, user, password, tls, ca, delivery };
                    let port = if plain { 15_672 } else { 15_671 };
                    let config = self.database(written, &Standard { port, database: "" }, &at);
                    let amqp_port = amqp_port.unwrap_or(if plain { 5_672 } else { 5_671 });
                    let kind =
                        ConnectorKind::Rabbitmq(RabbitmqConfig { server: config, amqp_port });
                    (id, enforce, settle, None, kind)
                }
                RawConnector::Redis {
                    id,
                    enforce,
                    settle,
                    host,
                    port,
                    user,
                    password,
                    tls,
                    ca,
                    delivery,
                    ..
                } => {
                    let database = None;
                    let written =
                        Written { host, port, database, user, password, tls, ca, delivery };
                    let standard = Standard { port: 6379, database: "" };
                    let config = self.database(written, &standard, &at);
                    (id, enforce, settle, None, ConnectorKind::Redis(config))
                }
                RawConnector::Webhook {
                    id,
                    enforce,
                    settle,
                    calls_per_second: _,
                    provider,
                    acts_as,
                    url,
                    secret,
                    timeout,
                    verb,
                } => {
                    let timeout = timeout.as_deref();
                    let config = self.service(provider, acts_as, url, secret, timeout, verb, &at);
                    (id, enforce, settle, None, ConnectorKind::Webhook(config))
                }
            };
            if !is_name(&id) {
                let what = format!("`{}` is not a name for a connector", id.escape_debug());
                self.error(at("id"), what, "up to 64 lower-case letters, digits and hyphens");
            }
            if connectors.iter().any(|it| *it.config.id.0 == *id) {
                let what = format!("the connector id `{}` is taken", id.escape_debug());
                self.error(at("id"), what, "receipts name it: every connector needs its own");
            }
            let makes = matches!(
                kind,
                ConnectorKind::Entra(_)
                    | ConnectorKind::Github(_)
                    | ConnectorKind::GoogleCloud(_)
                    | ConnectorKind::Okta(_)
            );
            if (makes || kind.database().is_some_and(|it| it.delivery.is_none()))
                && tree.get("delivery").is_none()
                && enforce.contains(&ActionKind::RotateCredential)
            {
                let what =
                    "`rotate_credential` needs `delivery`: a new secret must have a place to go to"
                        .to_owned();
                let help = match makes {
                    true => "a `[[delivery]]` that names its workloads",
                    false => {
                        "such as `delivery = \"delivered/{name}.json\"`, or a `[[delivery]]` for its accounts"
                    }
                };
                self.report(Gravity::Warning, at("enforce"), what, help);
            }
            let alone = matches!(kind, ConnectorKind::Kubernetes(_) | ConnectorKind::Vault(_));
            if (kind.database().is_some() || alone)
                && connectors.iter().any(|it| {
                    std::mem::discriminant(&it.config.kind) == std::mem::discriminant(&kind)
                })
            {
                let what = "a second server of this kind: logs name accounts without their server, so the wrong one might be contained".to_owned();
                self.error(at("kind"), what, "one server of a kind for each house");
            }
            if matches!(kind, ConnectorKind::Entra(_) | ConnectorKind::Okta(_))
                && connectors.iter().any(|it| {
                    std::mem::discriminant(&it.config.kind) == std::mem::discriminant(&kind)
                })
            {
                let what = "a second one of this kind: ids do not say where they are from, so they would be looked for in the first".to_owned();
                self.error(at("kind"), what, "one tenant or organisation for each house");
            }
            if matches!(kind, ConnectorKind::ActiveDirectory(_))
                && connectors
                    .iter()
                    .any(|it| matches!(it.config.kind, ConnectorKind::ActiveDirectory(_)))
            {
                let what =
                    "a second domain: its accounts would be looked for in the first".to_owned();
                self.error(at("kind"), what, "one domain for each house");
            }
            let settle = settle.and_then(|it| self.duration(&it, at("settle")));
            let spec = crate::connectors::spec(&kind);
            for (place, verb) in enforce.iter().enumerate() {
                if spec.actions.iter().all(|it| it.kind != *verb) {
                    let node = at("enforce").map(|it| it.item(place).unwrap_or(it));
                    let what = format!("`{}` has no action that does `{verb}`", spec.kind);
                    let help = format!("it can {}", verbs(spec.actions.iter().map(|it| it.kind)));
                    self.report(Gravity::Warning, node, what, &help);
                }
            }
            let config =
                ConnectorConfig { id: ConnectorId(id.into()), enforce, settle, pace, kind };
            let span = node.map(|it| it.span.clone());
            connectors.push(Connector { config, span, environment: environment.map(place_of) });
        }
        connectors
    }

    fn pace(&mut self, raw: &RawConnector, node: Option<&Node>) -> NonZeroU32 {
        let (written, usual) = raw.pace();
        let Some(written) = written else { return usual };
        NonZeroU32::new(written).filter(|it| it.get() <= 1000).unwrap_or_else(|| {
            let what = format!("`{written}` is no number of calls a second");
            self.error(node, what, "from 1 to 1000");
            usual
        })
    }

    /// An address of HTTP under this key.
    pub(super) fn endpoint<'n>(
        &mut self,
        endpoint: Option<&str>,
        key: &str,
        at: &impl Fn(&str) -> Option<&'n Node>,
    ) {
        let Some(endpoint) = endpoint else { return };
        let Ok(url) = reqwest::Url::parse(endpoint) else {
            let what = format!("`{}` is not an address", endpoint.escape_debug());
            return self.error(at(key), what, "such as `https://iam.example.com`");
        };
        let loopback = url.host_str().is_some_and(is_loopback);
        match url.scheme() {
            "https" => {}
            "http" if loopback => {}
            "http" => {
                let what = "the provider is called without TLS".to_owned();
                self.report(Gravity::Warning, at(key), what, "use `https://`");
            }
            _ => {
                let what = format!("`{}` is not an address of HTTP", endpoint.escape_debug());
                self.error(at(key), what, "it begins with `https://`");
            }
        }
    }
}

const fn place_of(raw: RawPlace) -> Environment {
    match raw {
        RawPlace::Production => Environment::Production,
        RawPlace::Staging => Environment::Staging,
        RawPlace::Development => Environment::Development,
    }
}

const fn dialect_of(raw: RawDialect) -> Dialect {
    match raw {
        RawDialect::Rfc => Dialect::Rfc,
        RawDialect::Entra => Dialect::Entra,
        RawDialect::Okta => Dialect::Okta,
    }
}

/// Whether a host is the own machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|it| it.is_loopback())
}

/// Whether a text is the name of a variable and does not look like a key.
pub(super) fn is_variable(text: &str) -> bool {
    let letter = |it: u8| it.is_ascii_uppercase() || it.is_ascii_digit() || it == b'_';
    let key = text.starts_with("AKIA") || text.starts_with("ASIA");
    !text.is_empty() && !key && text.bytes().all(letter)
}

pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-')
}
