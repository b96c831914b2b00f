//! Which of our log sources a rule's `logsource` means. A new log source adds its rows here.

use super::yaml::Node;

/// One line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    /// Sigma's `product`.
    pub(super) product: &'static str,
    /// Sigma's `service`.
    pub(super) service: &'static str,
    /// The name that events of this log source carry.
    pub(super) source: &'static str,
}

/// The table, alphabetical.
pub(super) const SOURCES: &[Row] = &[
    Row { product: "aws", service: "cloudtrail", source: "aws_cloudtrail" },
    Row { product: "azure", service: "activitylogs", source: "azure_activity" },
    Row { product: "azure", service: "auditlogs", source: "entra_audit" },
    Row { product: "azure", service: "signinlogs", source: "entra_sign_in" },
    Row { product: "gcp", service: "gcp.audit", source: "gcp_audit" },
    Row { product: "gcp", service: "google_workspace.activity", source: "google_workspace" },
    Row { product: "gcp", service: "google_workspace.admin", source: "google_workspace" },
    Row { product: "gcp", service: "google_workspace.drive", source: "google_workspace" },
    Row { product: "gcp", service: "google_workspace.login", source: "google_workspace" },
    Row { product: "gcp", service: "google_workspace.token", source: "google_workspace" },
    Row { product: "github", service: "audit", source: "github_audit" },
    Row { product: "github", service: "webhook", source: "github_webhook" },
    Row { product: "kubernetes", service: "audit", source: "kubernetes_audit" },
    Row { product: "m365", service: "audit", source: "m365_audit" },
    Row { product: "m365", service: "exchange", source: "m365_audit" },
    Row { product: "m365", service: "threat_detection", source: "m365_audit" },
    Row { product: "m365", service: "threat_management", source: "m365_audit" },
    Row { product: "okta", service: "okta", source: "okta_system_log" },
    Row { product: "openbao", service: "audit", source: "vault_audit" },
    Row { product: "openldap", service: "accesslog", source: "openldap_accesslog" },
    Row { product: "postgresql", service: "postgresql", source: "postgresql_log" },
    Row { product: "vault", service: "audit", source: "vault_audit" },
    Row { product: "windows", service: "security", source: "windows_security" },
];

/// What a rule's `logsource` says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct LogSource {
    category: Option<String>,
    product: Option<String>,
    service: Option<String>,
}

impl LogSource {
    /// Reads it; `None` when it names neither category, product nor service.
    pub(super) fn read(node: &Node) -> Option<Self> {
        let word = |key: &str| node.get(key).and_then(Node::scalar).map(str::to_lowercase);
        let it =
            Self { category: word("category"), product: word("product"), service: word("service") };
        (it != Self::default()).then_some(it)
    }

    /// Our log sources that it means; none when we have none of them, and then its rules stay silent.
    pub(super) fn sources(&self, table: &[Row]) -> Vec<&'static str> {
        let Some(product) = &self.product else { return Vec::new() };
        let mut names: Vec<_> = table
            .iter()
            .filter(|row| {
                row.product == product && self.service.as_deref().is_none_or(|it| it == row.service)
            })
            .map(|row| row.source)
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Whether everything that `other` may see is also seen by this one.
    pub(super) fn covers(&self, other: &Self) -> bool {
        let covers =
            |ours: &Option<String>, theirs: &Option<String>| ours.is_none() || ours == theirs;
        covers(&self.category, &other.category)
            && covers(&self.product, &other.product)
            && covers(&self.service, &other.service)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sigma::yaml;

    fn source(text: &str) -> Option<LogSource> {
        LogSource::read(&yaml::documents(text).unwrap()[0])
    }

    #[test]
    fn known_sources_only() {
        for (text, wanted) in [
            ("{product: aws, service: cloudtrail}", &["aws_cloudtrail"][..]),
            ("{product: AWS}", &["aws_cloudtrail"]),
            ("{product: gcp, service: gcp.audit}", &["gcp_audit"]),
            ("{product: github}", &["github_audit", "github_webhook"]),
            ("{product: azure}", &["azure_activity", "entra_audit", "entra_sign_in"]),
            ("{product: m365, service: exchange}", &["m365_audit"]),
            ("{product: macos}", &[]),
            ("{category: process_creation}", &[]),
        ] {
            assert_eq!(source(text).unwrap().sources(SOURCES), wanted, "{text}");
        }
        assert_eq!(source("{definition: words}"), None);
    }

    #[test]
    fn a_wider_source_covers_a_narrower_one() {
        let (wide, narrow) = (
            source("{product: aws}").unwrap(),
            source("{product: aws, service: cloudtrail}").unwrap(),
        );
        assert!(wide.covers(&narrow));
        assert!(!narrow.covers(&wide));
    }
}
