//! Where each action was carried out, taken back, and seen by its effect: on which server, by which test.
//!
//! What is not here was held to the laws on the connector's own fake and on nothing else.
//! An action that stands here twice was tried in two ways.

/// What stood at the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    /// The product itself.
    Real(&'static str),
    /// Somebody else's imitation of it, which has refusals of its own.
    Emulator(&'static str),
    /// Nobody but the connector's own fake; what was asked of it was held against what the vendor
    /// publishes about its interface: this document.
    Described(&'static str),
}

impl Server {
    /// Whether something that is not ours answered.
    #[must_use]
    pub const fn answered(self) -> bool {
        match self {
            Self::Real(_) | Self::Emulator(_) => true,
            Self::Described(_) => false,
        }
    }
}

/// One action that was held to more than its fake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proof {
    /// The action's name.
    pub action: &'static str,
    /// On what.
    pub server: Server,
    /// The test, below `crates`. It names its actions in a line that begins with `//! Proves:`.
    pub test: &'static str,
}

const ACTIVE_DIRECTORY: (Server, &str) =
    (Server::Real("Samba 4.17"), "interlock-connect/tests/it/active_directory.rs");
const MINISTACK: (Server, &str) =
    (Server::Emulator("ministack 1.5.33"), "interlock-connect-aws/tests/it/ministack.rs");
const MOTO: (Server, &str) =
    (Server::Emulator("moto 5.2.5"), "interlock-connect-aws/tests/it/identity_center.rs");
const MOTO_CREDENTIALS: (Server, &str) =
    (Server::Emulator("moto 5.2.5"), "interlock-connect-aws/tests/it/moto_credentials.rs");
const WAYS_IN: (Server, &str) =
    (Server::Emulator("ministack 1.5.33"), "interlock-connect-aws/tests/it/ways_in.rs");
const ROLES_ANYWHERE: (Server, &str) = (
    Server::Described("AWS's service models in botocore 1.44"),
    "interlock-connect-aws/src/api/described/rest.rs",
);
const IDENTITY_CENTER: (Server, &str) = (
    Server::Described("AWS's service models in botocore 1.44"),
    "interlock-connect-aws/src/identity_center/described.rs",
);
const ORGANIZATIONS: (Server, &str) = (
    Server::Described("AWS's service models in botocore 1.44"),
    "interlock-connect-aws/src/organizations/described.rs",
);
const ROTATED: (Server, &str) =
    (Server::Emulator("ministack 1.5.33"), "interlock/tests/real/rotated.rs");
const BROKER: (Server, &str) =
    (Server::Real("the built-in broker"), "interlock/tests/it/broker.rs");
const ENTRA: (Server, &str) = (
    Server::Described("Microsoft Graph's Python SDK 1.65.0"),
    "interlock-connect/src/entra/described.rs",
);
const KEYCLOAK: (Server, &str) = (
    Server::Described("Keycloak's admin client 26.7.4"),
    "interlock-connect/src/keycloak/described.rs",
);
const KUBERNETES: (Server, &str) = (
    Server::Described("Swagger of Kubernetes 1.13 and the official client 37"),
    "interlock-connect/tests/it/kubernetes_described.rs",
);
const KMOCK: (Server, &str) =
    (Server::Emulator("kmock 0.8"), "interlock-connect/tests/it/kubernetes_kmock.rs");
const GITHUB: (Server, &str) = (
    Server::Described("GitHub's OpenAPI 23.0.2"),
    "interlock-connect/tests/it/github_described.rs",
);
const GITHUB_EMULATED: (Server, &str) =
    (Server::Emulator("emulate 0.11.2"), "interlock-connect/tests/it/github.rs");
const GOOGLE_CLOUD: (Server, &str) = (
    Server::Described("Google's Discovery documents"),
    "interlock-connect/tests/it/google_described.rs",
);
const MARIADB: (Server, &str) =
    (Server::Real("MariaDB 10.11"), "interlock-connect/tests/databases/mariadb.rs");
const OAUTH: (Server, &str) =
    (Server::Real("oidc-provider 9.13"), "interlock-connect/tests/it/oauth.rs");
const OKTA: (Server, &str) =
    (Server::Described("Okta's Python SDK 3.4.6"), "interlock-connect/src/okta/described.rs");
const OKTA_EMULATED: (Server, &str) =
    (Server::Emulator("emulate 0.11.2"), "interlock-connect/tests/it/okta_emulated.rs");
const OPENLDAP: (Server, &str) =
    (Server::Real("OpenLDAP 2.5"), "interlock-connect/tests/it/openldap.rs");
const POSTGRESQL: (Server, &str) =
    (Server::Real("PostgreSQL 15"), "interlock-connect/tests/databases/postgresql.rs");
const RABBITMQ: (Server, &str) =
    (Server::Real("RabbitMQ 3.10"), "interlock-connect/tests/databases/rabbitmq.rs");
const REDIS: (Server, &str) =
    (Server::Real("Redis 7.0"), "interlock-connect/tests/databases/redis.rs");
const SSH: (Server, &str) = (Server::Real("OpenSSH 9.2"), "interlock-connect/tests/it/ssh.rs");
const VAULT: (Server, &str) =
    (Server::Real("OpenBao 2.7"), "interlock-connect/tests/databases/vault.rs");
const SCIM: (Server, &str) =
    (Server::Real("scim2-server 0.8.3"), "interlock-connect/tests/it/scim.rs");

/// What is proven, sorted by action.
pub const PROVEN: &[Proof] = &[
    on(ACTIVE_DIRECTORY, "active_directory.deny_logon_hours"),
    on(ACTIVE_DIRECTORY, "active_directory.disable_account"),
    on(ACTIVE_DIRECTORY, "active_directory.expire_account"),
    on(ACTIVE_DIRECTORY, "active_directory.invalidate_password"),
    on(ACTIVE_DIRECTORY, "active_directory.remove_from_group"),
    on(ACTIVE_DIRECTORY, "active_directory.require_reset"),
    on(MINISTACK, "aws_iam.block_role_issuance"),
    on(MINISTACK, "aws_iam.delete_access_key"),
    on(MINISTACK, "aws_iam.delete_password"),
    on(MINISTACK, "aws_iam.deny_older_role_sessions"),
    on(MINISTACK, "aws_iam.deny_older_user_sessions"),
    on(MINISTACK, "aws_iam.deny_role_session"),
    on(MINISTACK, "aws_iam.disable_access_key"),
    on(ROLES_ANYWHERE, "aws_iam.disable_roles_anywhere_profile"),
    on(MOTO_CREDENTIALS, "aws_iam.disable_signing_certificate"),
    on(MOTO_CREDENTIALS, "aws_iam.disable_ssh_key"),
    on(ROLES_ANYWHERE, "aws_iam.disable_trust_anchor"),
    on(WAYS_IN, "aws_iam.disable_web_identity"),
    on(ROTATED, "aws_iam.issue_access_key"),
    on(MINISTACK, "aws_iam.quarantine_role"),
    on(MINISTACK, "aws_iam.quarantine_user"),
    on(WAYS_IN, "aws_iam.remove_from_instances"),
    on(IDENTITY_CENTER, "aws_identity_center.deny_user"),
    on(MOTO, "aws_identity_center.remove_assignments"),
    on(MOTO, "aws_identity_center.remove_from_groups"),
    on(ORGANIZATIONS, "aws_organizations.deny_principal"),
    on(BROKER, "broker.block_issuance"),
    on(BROKER, "broker.revoke_tokens"),
    on(ENTRA, "entra.confirm_compromised"),
    on(ENTRA, "entra.deactivate_app"),
    on(ENTRA, "entra.disable_account"),
    on(ENTRA, "entra.issue_secret"),
    on(ENTRA, "entra.remove_app_role"),
    on(ENTRA, "entra.remove_certificate"),
    on(ENTRA, "entra.remove_federated_credential"),
    on(ENTRA, "entra.remove_permission_grant"),
    on(ENTRA, "entra.remove_secret"),
    on(ENTRA, "entra.revoke_sessions"),
    on(GITHUB, "github.block_user"),
    on(GITHUB, "github.cancel_runs"),
    on(GITHUB, "github.disable_actions"),
    on(GITHUB, "github.issue_deploy_key"),
    on(GITHUB, "github.remove_authorizations"),
    on(GITHUB, "github.remove_collaborator"),
    on(GITHUB_EMULATED, "github.remove_collaborator"),
    on(GITHUB, "github.remove_deploy_key"),
    on(GITHUB, "github.remove_member"),
    on(GITHUB_EMULATED, "github.remove_member"),
    on(GITHUB, "github.revoke_leaked_token"),
    on(GITHUB, "github.revoke_token"),
    on(GITHUB, "github.revoke_tokens"),
    on(GITHUB, "github.suspend_app"),
    on(GOOGLE_CLOUD, "google_cloud.delete_app_passwords"),
    on(GOOGLE_CLOUD, "google_cloud.delete_key"),
    on(GOOGLE_CLOUD, "google_cloud.disable_key"),
    on(GOOGLE_CLOUD, "google_cloud.disable_managed_identity"),
    on(GOOGLE_CLOUD, "google_cloud.disable_pool"),
    on(GOOGLE_CLOUD, "google_cloud.disable_provider"),
    on(GOOGLE_CLOUD, "google_cloud.disable_service_account"),
    on(GOOGLE_CLOUD, "google_cloud.issue_key"),
    on(GOOGLE_CLOUD, "google_cloud.remove_roles"),
    on(GOOGLE_CLOUD, "google_cloud.revoke_tokens"),
    on(GOOGLE_CLOUD, "google_cloud.suspend_user"),
    on(KEYCLOAK, "keycloak.disable_client"),
    on(KEYCLOAK, "keycloak.disable_user"),
    on(KEYCLOAK, "keycloak.logout_user"),
    on(KEYCLOAK, "keycloak.revoke_client_tokens"),
    on(KMOCK, "kubernetes.delete_bound_pod"),
    on(KUBERNETES, "kubernetes.delete_bound_pod"),
    on(KMOCK, "kubernetes.delete_token_secret"),
    on(KUBERNETES, "kubernetes.delete_token_secret"),
    on(KMOCK, "kubernetes.quarantine_certificate"),
    on(KUBERNETES, "kubernetes.quarantine_certificate"),
    on(KMOCK, "kubernetes.quarantine_subject"),
    on(KUBERNETES, "kubernetes.quarantine_subject"),
    on(KUBERNETES, "kubernetes.recreate_service_account"),
    on(KMOCK, "kubernetes.remove_binding"),
    on(KUBERNETES, "kubernetes.remove_binding"),
    on(KUBERNETES, "kubernetes.replace_tokens"),
    on(MARIADB, "mariadb.end_sessions"),
    on(MARIADB, "mariadb.expire_password"),
    on(MARIADB, "mariadb.forbid_login"),
    on(MARIADB, "mariadb.lock_account"),
    on(MARIADB, "mariadb.rotate_password"),
    on(OAUTH, "oauth.delete_client"),
    on(OAUTH, "oauth.revoke_token"),
    on(OKTA, "okta.clear_sessions"),
    on(OKTA_EMULATED, "okta.deactivate_app"),
    on(OKTA, "okta.deactivate_app"),
    on(OKTA, "okta.deactivate_client_key"),
    on(OKTA, "okta.deactivate_client_secret"),
    on(OKTA, "okta.delete_api_token"),
    on(OKTA, "okta.delete_client_secret"),
    on(OKTA, "okta.expire_password"),
    on(OKTA, "okta.issue_client_secret"),
    on(OKTA, "okta.raise_risk"),
    on(OKTA, "okta.remove_admin_role"),
    on(OKTA, "okta.remove_client_role"),
    on(OKTA, "okta.reset_factors"),
    on(OKTA, "okta.revoke_app_tokens"),
    on(OKTA, "okta.revoke_grant"),
    on(OKTA, "okta.revoke_refresh_token"),
    on(OKTA, "okta.suspend_user"),
    on(OPENLDAP, "openldap.invalidate_password"),
    on(OPENLDAP, "openldap.lock_account"),
    on(OPENLDAP, "openldap.lock_password"),
    on(OPENLDAP, "openldap.quarantine_account"),
    on(OPENLDAP, "openldap.remove_from_group"),
    on(OPENLDAP, "openldap.require_reset"),
    on(POSTGRESQL, "postgresql.disable_role"),
    on(POSTGRESQL, "postgresql.end_sessions"),
    on(POSTGRESQL, "postgresql.expire_password"),
    on(POSTGRESQL, "postgresql.forbid_login"),
    on(POSTGRESQL, "postgresql.revoke_memberships"),
    on(POSTGRESQL, "postgresql.rotate_password"),
    on(RABBITMQ, "rabbitmq.clear_password"),
    on(RABBITMQ, "rabbitmq.clear_tags"),
    on(RABBITMQ, "rabbitmq.close_connections"),
    on(RABBITMQ, "rabbitmq.quarantine_user"),
    on(RABBITMQ, "rabbitmq.refuse_connections"),
    on(RABBITMQ, "rabbitmq.rotate_password"),
    on(REDIS, "redis.disable_user"),
    on(REDIS, "redis.end_sessions"),
    on(REDIS, "redis.forbid_login"),
    on(REDIS, "redis.quarantine_user"),
    on(REDIS, "redis.rotate_password"),
    on(SCIM, "scim.deactivate_user"),
    on(SCIM, "scim.remove_from_group"),
    on(SSH, "ssh.revoke_certificate"),
    on(SSH, "ssh.revoke_key"),
    on(SSH, "ssh.revoke_key_id"),
    on(VAULT, "vault.destroy_secret_id"),
    on(VAULT, "vault.disable_entity"),
    on(VAULT, "vault.issue_secret_id"),
    on(VAULT, "vault.quarantine_entity"),
    on(VAULT, "vault.revoke_lease"),
    on(VAULT, "vault.revoke_prefix"),
    on(VAULT, "vault.revoke_token"),
    on(VAULT, "vault.rotate_role"),
];

const fn on((server, test): (Server, &'static str), action: &'static str) -> Proof {
    Proof { action, server, test }
}

/// How far an action is proven, the best proof first; empty: on its fake alone.
pub fn proofs(action: &str) -> impl Iterator<Item = &'static Proof> {
    let all = || PROVEN.iter().filter(move |it| it.action == action);
    let outside = all().filter(|it| it.server.answered());
    outside.chain(all().filter(|it| !it.server.answered()))
}

/// The best proof of an action; `None`: on its fake alone.
#[must_use]
pub fn proof(action: &str) -> Option<&'static Proof> {
    proofs(action).next()
}

/// In words, for tables.
#[must_use]
pub fn words(action: &str) -> String {
    let all: Vec<String> = proofs(action)
        .map(|it| match it.server {
            Server::Real(server) => format!("real: {server}"),
            Server::Emulator(server) => format!("emulator: {server}"),
            Server::Described(document) => format!("described + fake: {document}"),
        })
        .collect();
    if all.is_empty() { "fake".to_owned() } else { all.join("; ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::KNOWN;
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    /// The actions that a test says it proves.
    fn claimed(text: &str) -> BTreeSet<String> {
        let lines = text.lines().filter_map(|it| it.strip_prefix("//! Proves:"));
        let names = lines.flat_map(|it| it.split('`').skip(1).step_by(2).map(str::to_owned));
        names.collect()
    }

    #[test]
    fn what_is_called_proven_is_proven_by_the_test_that_is_named() {
        assert!(PROVEN.is_sorted_by_key(|it| it.action));
        let known: BTreeSet<&str> =
            KNOWN.iter().flat_map(|it| it.actions).map(|it| it.name).collect();
        let mut tests: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for it in PROVEN {
            assert!(known.contains(it.action), "there is no action `{}`", it.action);
            tests.entry(it.test).or_default().insert(it.action.to_owned());
        }
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for (test, actions) in tests {
            let path = crates.join(test);
            let text = std::fs::read_to_string(&path)
                .unwrap_or_else(|it| panic!("{}: {it}", path.display()));
            assert!(text.contains("#[tokio::test"), "{test} has no test");
            assert_eq!(claimed(&text), actions, "{test} and this table differ");
        }
    }
}
