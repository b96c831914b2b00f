//! Every log source, by name. To add one: a folder, and a line here.

use crate::source::Source;
use crate::{
    aws_cloudtrail, aws_guardduty, azure_activity, broker_events, entra_audit, entra_sign_in,
    falco_alert, gcp_audit, generic_alert, github_audit, github_webhook, google_workspace,
    kubernetes_audit, m365_audit, ocsf_detection_finding, okta_system_log, openldap_accesslog,
    postgresql_log, vault_audit, windows_security,
};

/// The log sources in alphabetical order; the first that recognises a record reads it.
pub const SOURCES: &[&Source] = &[
    &aws_cloudtrail::SOURCE,
    &aws_guardduty::SOURCE,
    &azure_activity::SOURCE,
    &broker_events::SOURCE,
    &entra_audit::SOURCE,
    &entra_sign_in::SOURCE,
    &falco_alert::SOURCE,
    &gcp_audit::SOURCE,
    &generic_alert::SOURCE,
    &github_audit::SOURCE,
    &github_webhook::SOURCE,
    &google_workspace::SOURCE,
    &kubernetes_audit::SOURCE,
    &m365_audit::SOURCE,
    &ocsf_detection_finding::SOURCE,
    &okta_system_log::SOURCE,
    &openldap_accesslog::SOURCE,
    &postgresql_log::SOURCE,
    &vault_audit::SOURCE,
    &windows_security::SOURCE,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_in_order() {
        assert!(SOURCES.is_sorted_by(|a, b| a.name < b.name));
    }

    #[test]
    fn every_source_has_its_readme_and_samples() {
        for source in SOURCES {
            let folder =
                std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(source.name);
            assert!(folder.join("README.md").is_file(), "{}", source.name);
            let samples = std::fs::read_dir(folder.join("corpus")).unwrap();
            let samples = samples
                .filter(|it| it.as_ref().unwrap().path().extension().is_some_and(|it| it == "json"))
                .count();
            assert!(samples >= 5, "{}: {samples} samples", source.name);
            let documented =
                source.documentation.starts_with("https://") || source.documentation == "README.md";
            assert!(documented, "{}", source.name);
        }
    }
}
