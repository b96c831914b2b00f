//! Microsoft 365's unified audit log, and the table `OfficeActivity`.

use super::Mapping;

/// Public rules on alerts use names that no record has.
pub(super) const MAPPING: Mapping = Mapping {
    source: "m365_audit",
    names: &[
        ("eventName", &["Name", "Operation"]),
        ("eventSource", &["Workload"]),
        ("ExtendedProperties.UserAgent", &["UserAgent", "ExtendedProperties.Value"]),
        ("ObjectId", &["OfficeObjectId"]),
        // Whoever searches the whole list means what stands in it.
        ("OperationProperties", &["OperationProperties.Name", "OperationProperties.Value"]),
        ("Parameters", &["Parameters.Name", "Parameters.Value"]),
        ("Payload", &["Data"]),
        ("status", &["ResultStatus"]),
        ("Workload", &["OfficeWorkload"]),
    ],
    names_of_words: &[],
    beginnings: &[],
    // The parts of the log have words of their own for how it went.
    words: &[("status", "success", &["Succeeded", "True"])],
};
