//! What `[[connector]]` writes with, when not with what it looks with, as people write it.

use super::raw_connector::RawConnector;
use super::raw_feed::RawSecret;
use super::raw_parts::{RawCredentials, RawGithubApp};
use super::raw_provider::{RawEntra, RawIdentityCenter, RawKeycloak, RawOrganizations};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// A second set of credentials, as it is written: it is laid over the connector's own.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct RawActing(#[schemars(with = "RawEnforceWith")] pub(super) Map<String, Value>);

/// What a connector writes with, under the names that its kind has for credentials; they replace all of
/// its own together. It is taken from where it is only in the mode `enforce`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "editors and the check of forms know the keys from it")]
struct RawEnforceWith {
    /// As whom: databases and Active Directory. Default: as where a connector names nobody. Since 0.1.0.
    user: Option<String>,
    /// As which entry: OpenLDAP. Default: none. Since 0.1.0.
    bind_dn: Option<String>,
    /// Where the password is: databases and directories. Default: none. Since 0.1.0.
    password: Option<RawSecret>,
    /// What is signed with: AWS, its Identity Center and Organizations. Default: none. Since 0.1.0.
    credentials: Option<RawCredentials>,
    /// Where the token is: GitHub, Google Cloud, Kubernetes, Okta, SCIM and Vault. Default: none. Since 0.1.0.
    token: Option<RawSecret>,
    /// The App: GitHub. Default: none. Since 0.1.0.
    app: Option<RawGithubApp>,
    /// Where the key is: Google Cloud and Okta. Default: none. Since 0.1.0.
    key: Option<RawSecret>,
    /// The id by which the key is known: Okta. Default: none. Since 0.1.0.
    key_id: Option<String>,
    /// Whose the token is: Google Cloud and SCIM. Default: none. Since 0.1.0.
    acts_as: Option<String>,
    /// The client or application: Entra, Keycloak, OAuth and Okta. Default: none. Since 0.1.0.
    client_id: Option<String>,
    /// Where the client's secret is: Entra. Default: none. Since 0.1.0.
    secret: Option<RawSecret>,
    /// Where the certificate with its key is: Entra. Default: none. Since 0.1.0.
    certificate: Option<RawSecret>,
    /// Where the token is with which another issuer vouches for it: Entra. Default: none. Since 0.1.0.
    federated_token: Option<RawSecret>,
    /// Where the client's secret is: Keycloak and OAuth. Default: none. Since 0.1.0.
    client_secret: Option<RawSecret>,
}

impl RawConnector {
    /// What it writes with, when not with what it looks with.
    pub const fn enforce_with(&self) -> Option<&RawActing> {
        match self {
            Self::ActiveDirectory { enforce_with, .. }
            | Self::AwsIam { enforce_with, .. }
            | Self::AwsIdentityCenter(RawIdentityCenter { enforce_with, .. })
            | Self::AwsOrganizations(RawOrganizations { enforce_with, .. })
            | Self::Github { enforce_with, .. }
            | Self::GoogleCloud { enforce_with, .. }
            | Self::Keycloak(RawKeycloak { enforce_with, .. })
            | Self::Kubernetes { enforce_with, .. }
            | Self::Entra(RawEntra { enforce_with, .. })
            | Self::Mariadb { enforce_with, .. }
            | Self::Oauth { enforce_with, .. }
            | Self::Okta { enforce_with, .. }
            | Self::Openldap { enforce_with, .. }
            | Self::Postgresql { enforce_with, .. }
            | Self::Rabbitmq { enforce_with, .. }
            | Self::Redis { enforce_with, .. }
            | Self::Scim { enforce_with, .. }
            | Self::Vault { enforce_with, .. } => enforce_with.as_ref(),
            Self::Broker { .. } | Self::Command { .. } | Self::Ssh(_) | Self::Webhook { .. } => {
                None
            }
        }
    }
}
