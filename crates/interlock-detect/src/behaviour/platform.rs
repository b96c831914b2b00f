//! Which platform a log speaks of, for the few places where platforms differ.

/// The platform behind a log source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Platform {
    /// Amazon Web Services.
    Aws,
    /// The resources of Microsoft Azure.
    Azure,
    /// Microsoft Entra ID and the directory part of Microsoft 365.
    Entra,
    /// GitHub.
    GitHub,
    /// Google Cloud.
    GoogleCloud,
    /// Kubernetes.
    Kubernetes,
    /// An LDAP directory.
    Ldap,
    /// Okta.
    Okta,
    /// PostgreSQL.
    PostgreSql,
    /// HashiCorp Vault and OpenBao.
    Vault,
    /// Windows and Active Directory.
    Windows,
    /// Google Workspace.
    Workspace,
    /// Any other.
    Other,
}

/// How the names of log sources begin.
const SOURCES: [(&str, Platform); 13] = [
    ("aws_", Platform::Aws),
    ("azure_", Platform::Azure),
    ("entra_", Platform::Entra),
    ("gcp_", Platform::GoogleCloud),
    ("github_", Platform::GitHub),
    ("google_workspace", Platform::Workspace),
    ("kubernetes_", Platform::Kubernetes),
    ("m365_", Platform::Entra),
    ("okta_", Platform::Okta),
    ("openldap_", Platform::Ldap),
    ("postgresql_", Platform::PostgreSql),
    ("vault_", Platform::Vault),
    ("windows_", Platform::Windows),
];

impl Platform {
    /// The platform of this log source.
    #[must_use]
    pub fn of(source: &str) -> Self {
        let row = SOURCES.iter().find(|(start, _)| source.starts_with(start));
        row.map_or(Self::Other, |(_, platform)| *platform)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_source() {
        assert!(SOURCES.is_sorted_by_key(|(start, _)| start));
        assert_eq!(Platform::of("aws_cloudtrail"), Platform::Aws);
        assert_eq!(Platform::of("m365_audit"), Platform::Entra);
        assert_eq!(Platform::of("broker_events"), Platform::Other);
    }
}
