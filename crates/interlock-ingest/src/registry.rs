//! Every log source, by name. To add one: a folder, and a line here.

use crate::source::Source;
use crate::{
    aws_cloudtrail, aws_guardduty, broker_events, generic_alert, ocsf_detection_finding,
    openldap_accesslog, postgresql_log, windows_security,
};

/// The log sources in alphabetical order; the first that recognises a record reads it.
pub const SOURCES: &[&Source] = &[
    &aws_cloudtrail::SOURCE,
    &aws_guardduty::SOURCE,
    &broker_events::SOURCE,
    &generic_alert::SOURCE,
    &ocsf_detection_finding::SOURCE,
    &openldap_accesslog::SOURCE,
    &postgresql_log::SOURCE,
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
