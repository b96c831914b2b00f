//! How many calls a second each sort of connector makes.

use super::raw_connector::RawConnector;
use super::raw_provider::{RawEntra, RawIdentityCenter, RawKeycloak, RawOrganizations};
use super::raw_ssh::RawSsh;
use std::num::NonZeroU32;

impl RawConnector {
    /// The most calls a second that it makes: as it says, or what its sort takes.
    pub const fn pace(&self) -> (Option<u32>, NonZeroU32) {
        const HOSTED: NonZeroU32 = crate::hands::PACE;
        const OWN: NonZeroU32 = HOSTED.saturating_mul(NonZeroU32::MIN.saturating_add(4));
        match self {
            Self::AwsIam { calls_per_second, .. }
            | Self::AwsIdentityCenter(RawIdentityCenter { calls_per_second, .. })
            | Self::AwsOrganizations(RawOrganizations { calls_per_second, .. })
            | Self::Command { calls_per_second, .. }
            | Self::Entra(RawEntra { calls_per_second, .. })
            | Self::Oauth { calls_per_second, .. }
            | Self::Okta { calls_per_second, .. }
            | Self::Github { calls_per_second, .. }
            | Self::GoogleCloud { calls_per_second, .. }
            | Self::Keycloak(RawKeycloak { calls_per_second, .. })
            | Self::Scim { calls_per_second, .. }
            | Self::Ssh(RawSsh { calls_per_second, .. })
            | Self::Webhook { calls_per_second, .. } => (*calls_per_second, HOSTED),
            Self::ActiveDirectory { calls_per_second, .. }
            | Self::Kubernetes { calls_per_second, .. }
            | Self::Mariadb { calls_per_second, .. }
            | Self::Openldap { calls_per_second, .. }
            | Self::Postgresql { calls_per_second, .. }
            | Self::Rabbitmq { calls_per_second, .. }
            | Self::Redis { calls_per_second, .. }
            | Self::Vault { calls_per_second, .. } => (*calls_per_second, OWN),
            Self::Broker { calls_per_second, .. } => (*calls_per_second, crate::hands::IN_PROCESS),
        }
    }
}
