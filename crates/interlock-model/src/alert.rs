//! Another monitor's claim, before it is bound.

use crate::{Actor, Confidence, EventId, Origin, Place, Severity, Timestamp};
use serde::{Deserialize, Serialize};

/// A finding of another monitor (GuardDuty, Security Hub, any OCSF Detection Finding).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// Derived from the monitor and its own finding id, count included where it repeats.
    pub id: EventId,
    /// The log source's name: `aws_guardduty`, `ocsf_detection_finding`, `generic_alert`.
    pub source: Box<str>,
    /// Where the record stood.
    pub place: Place,
    /// When the activity was last seen.
    pub time: Timestamp,
    /// The monitor's product name.
    pub product: Box<str>,
    /// The monitor's type of finding: `UnauthorizedAccess:IAMUser/TorIPCaller`.
    pub kind: Box<str>,
    /// One line of what was seen.
    pub title: Box<str>,
    /// How bad.
    pub severity: Severity,
    /// How sure, from the monitor, or from its severity when it does not say.
    pub confidence: Confidence,
    /// ATT&CK technique ids, upper case: `T1078.004`.
    pub techniques: Vec<Box<str>>,
    /// Whom it accuses.
    pub actor: Actor,
    /// From where.
    pub origin: Origin,
    /// The account or tenant.
    pub account: Option<Box<str>>,
}
