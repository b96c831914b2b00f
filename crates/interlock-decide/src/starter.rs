//! The content that `init` writes and that holds when there is none: safe before it is useful.
//!
//! In production, and where the environment is unknown, nothing above `revalidate` is automatic.

/// The starter playbooks: file name and text, sorted by name.
pub const PLAYBOOKS: &[(&str, &str)] = &[
    (
        "alert-of-another-monitor.yaml",
        include_str!("../../../content/playbooks/alert-of-another-monitor.yaml"),
    ),
    (
        "containment-did-not-hold.yaml",
        include_str!("../../../content/playbooks/containment-did-not-hold.yaml"),
    ),
    (
        "human-account-takeover.yaml",
        include_str!("../../../content/playbooks/human-account-takeover.yaml"),
    ),
    (
        "human-privilege-escalation.yaml",
        include_str!("../../../content/playbooks/human-privilege-escalation.yaml"),
    ),
    (
        "privilege-escalation.yaml",
        include_str!("../../../content/playbooks/privilege-escalation.yaml"),
    ),
    ("stolen-machine-key.yaml", include_str!("../../../content/playbooks/stolen-machine-key.yaml")),
    (
        "stolen-role-session.yaml",
        include_str!("../../../content/playbooks/stolen-role-session.yaml"),
    ),
    ("watch.yaml", include_str!("../../../content/playbooks/watch.yaml")),
];

/// The starter policies: file name and text, sorted by name.
pub const POLICIES: &[(&str, &str)] = &[
    ("blast-radius.cedar", include_str!("../../../content/policies/blast-radius.cedar")),
    ("environments.cedar", include_str!("../../../content/policies/environments.cedar")),
    ("identities.cedar", include_str!("../../../content/policies/identities.cedar")),
    ("permits.cedar", include_str!("../../../content/policies/permits.cedar")),
];
