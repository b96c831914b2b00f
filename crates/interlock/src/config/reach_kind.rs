//! What each kind of connector in `interlock.toml` means, from what people wrote about it.

use super::check::Check;
use super::raw_connector::RawConnector;
use super::raw_parts::{RawDialect, RawPlace};
use super::raw_provider::{RawEntra, RawIdentityCenter, RawKeycloak};
use super::reach_database::{Standard, Written};
use super::reach_hosted::{GoogleProof, Names};
use super::reach_provider::{OauthConfig, WrittenOkta};
use super::tree::Node;
use super::{
    ActiveDirectoryConfig, AwsIamConfig, BrokerConfig, ConnectorKind, IdentityCenterConfig,
    OpenLdapConfig, RabbitmqConfig, ScimConfig, VaultConfig,
};
use interlock_connect::scim::Dialect;
use interlock_model::ActionKind;

/// Its name, what it may write, how long a write may take, where its account belongs to, what it reaches.
pub(super) type Told = (String, Vec<ActionKind>, Option<String>, Option<RawPlace>, ConnectorKind);

impl Check<'_> {
    pub(super) fn kind<'n>(
        &mut self,
        raw: RawConnector,
        at: &impl Fn(&str) -> Option<&'n Node>,
    ) -> Told {
        match raw {
            RawConnector::ActiveDirectory {
                id,
                enforce,
                settle,
                calls_per_second: _,
                enforce_with: _,
                url,
                start_tls,
                ca,
                user,
                password,
                base,
                privileged_groups,
            } => {
                self.domain_user(&user, at);
                self.domain_names(&base, &privileged_groups, at);
                let config = ActiveDirectoryConfig {
                    ldap: self.ldap(url, start_tls, ca.as_deref(), user, password, at),
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
                self.account(account.as_deref(), environment, at);
                self.region(&region, at);
                self.endpoint(endpoint.as_deref(), "endpoint", at);
                if !delivery.contains("{user}") {
                    let what =
                        "`secret` must hold `{user}`, or two users share one secret".to_owned();
                    self.error(at("delivery"), what, "such as `interlock/{user}/access-key`");
                }
                let credentials = self.credentials(credentials, at);
                let config = AwsIamConfig { account, region, endpoint, credentials, delivery };
                (id, enforce, settle, environment, ConnectorKind::AwsIam(config))
            }
            RawConnector::AwsIdentityCenter(RawIdentityCenter {
                id,
                enforce,
                settle,
                calls_per_second: _,
                enforce_with: _,
                instance,
                identity_store,
                deny_policy,
                region,
                endpoint,
                credentials,
                protected,
            }) => {
                self.region(&region, at);
                self.endpoint(endpoint.as_deref(), "endpoint", at);
                self.identity_center(&instance, &identity_store, deny_policy.as_deref(), at);
                let config = IdentityCenterConfig {
                    instance,
                    identity_store,
                    deny_policy,
                    region,
                    endpoint,
                    credentials: self.credentials(credentials, at),
                    protected,
                };
                (id, enforce, settle, None, ConnectorKind::AwsIdentityCenter(config))
            }
            RawConnector::AwsOrganizations(raw) => self.organizations(raw, at),
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
                let config = self.programs(provider, acts_as, verb, at);
                (id, enforce, settle, None, ConnectorKind::Command(config))
            }
            RawConnector::Github {
                id,
                enforce,
                settle,
                calls_per_second: _,
                enforce_with: _,
                endpoint,
                organization,
                repositories,
                token,
                app,
                own_apps,
            } => {
                let names = Names { organization, repositories };
                let config = self.github(endpoint, names, (token, app), own_apps, at);
                (id, enforce, settle, None, ConnectorKind::Github(config))
            }
            RawConnector::GoogleCloud {
                id,
                enforce,
                settle,
                calls_per_second: _,
                enforce_with: _,
                project,
                key,
                token,
                acts_as,
                workspace_admin,
            } => {
                let proof = GoogleProof { key, token, acts_as, workspace_admin };
                let config = self.google(project, proof, at);
                (id, enforce, settle, None, ConnectorKind::GoogleCloud(config))
            }
            RawConnector::Entra(raw) => {
                let RawEntra { id, enforce, settle, .. } = &raw;
                let (id, enforce, settle) = (id.clone(), enforce.clone(), settle.clone());
                (id, enforce, settle, None, ConnectorKind::Entra(self.entra(raw, at)))
            }
            RawConnector::Oauth {
                id,
                enforce,
                settle,
                calls_per_second: _,
                enforce_with: _,
                client_id,
                client_secret,
                introspection_endpoint,
                revocation_endpoint,
                client,
                global_revocation,
            } => {
                self.oauth_endpoints(&introspection_endpoint, &revocation_endpoint, at);
                let config = OauthConfig {
                    client_id,
                    client_secret: self.secret(client_secret, at("client_secret")),
                    introspection_endpoint,
                    revocation_endpoint,
                    clients: self.oauth_clients(client, at),
                    global: global_revocation.map(|it| self.global_revocation(it, at)),
                };
                (id, enforce, settle, None, ConnectorKind::Oauth(config))
            }
            RawConnector::Keycloak(raw) => {
                let RawKeycloak { id, enforce, settle, .. } = &raw;
                let (id, enforce, settle) = (id.clone(), enforce.clone(), settle.clone());
                let config = self.keycloak(raw, at);
                (id, enforce, settle, None, ConnectorKind::Keycloak(config))
            }
            RawConnector::Okta {
                id,
                enforce,
                settle,
                calls_per_second: _,
                enforce_with: _,
                url,
                token,
                client_id,
                key,
                key_id,
                protected,
            } => {
                let written = WrittenOkta { url, token, client_id, key, key_id, protected };
                (id, enforce, settle, None, ConnectorKind::Okta(self.okta(written, at)))
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
                self.name(&bind_dn, "bind_dn", at);
                let config = OpenLdapConfig {
                    ldap: self.ldap(url, start_tls, ca.as_deref(), bind_dn, password, at),
                    base,
                    default_policy,
                    quarantine_group,
                    privileged_groups,
                };
                self.names(&config, at);
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
                self.application(&endpoint, at);
                let token = self.secret(token, at("token"));
                let dialect = dialect_of(dialect);
                let config = ScimConfig { endpoint, token, dialect, acts_as, privileged_groups };
                (id, enforce, settle, None, ConnectorKind::Scim(config))
            }
            RawConnector::Kubernetes {
                id,
                enforce,
                settle,
                calls_per_second: _,
                enforce_with: _,
                endpoint,
                token,
                ca,
                protected_namespaces,
            } => {
                let ca = ca.as_deref();
                let config = self.cluster(endpoint, token, ca, protected_namespaces, at);
                (id, enforce, settle, None, ConnectorKind::Kubernetes(config))
            }
            RawConnector::Vault {
                id,
                enforce,
                settle,
                calls_per_second: _,
                enforce_with: _,
                endpoint,
                token,
                ca,
                namespace,
                audit_device,
                approle_mounts,
                database_mounts,
            } => {
                self.application(&endpoint, at);
                let token = self.secret(token, at("token"));
                let ca = self.authorities(ca.as_deref(), at);
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
                let written = Written { host, port, database, user, password, tls, ca, delivery };
                let standard = Standard { port: 3306, database: "" };
                let config = self.database(written, &standard, at);
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
                let written = Written { host, port, database, user, password, tls, ca, delivery };
                let standard = Standard { port: 5432, database: "postgres" };
                let config = self.database(written, &standard, at);
                (id, enforce, settle, None, ConnectorKind::Postgresql(config))
            }
            RawConnector::Rabbitmq {
                id,
                enforce,
                settle,
                calls_per_second: _,
                enforce_with: _,
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
                let written = Written { host, port, database, user, password, tls, ca, delivery };
                let port = if plain { 15_672 } else { 15_671 };
                let config = self.database(written, &Standard { port, database: "" }, at);
                let amqp_port = amqp_port.unwrap_or(if plain { 5_672 } else { 5_671 });
                let kind = ConnectorKind::Rabbitmq(RabbitmqConfig { server: config, amqp_port });
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
                let written = Written { host, port, database, user, password, tls, ca, delivery };
                let standard = Standard { port: 6379, database: "" };
                let config = self.database(written, &standard, at);
                (id, enforce, settle, None, ConnectorKind::Redis(config))
            }
            RawConnector::Ssh(raw) => self.ssh(raw, at),
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
                let config = self.service(provider, acts_as, url, secret, timeout, verb, at);
                (id, enforce, settle, None, ConnectorKind::Webhook(config))
            }
        }
    }
}

const fn dialect_of(raw: RawDialect) -> Dialect {
    match raw {
        RawDialect::Rfc => Dialect::Rfc,
        RawDialect::Entra => Dialect::Entra,
        RawDialect::Okta => Dialect::Okta,
    }
}
