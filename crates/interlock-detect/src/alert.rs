//! Another monitor's alert as a draft of our own finding, with what we know about its type.

use crate::ledger::{Draft, Lasts};
use interlock_model::{Alert, FindingSource, RuleRef};
use std::borrow::Cow;

/// The draft of this alert. Confidence is the monitor's.
pub(crate) fn draft(alert: &Alert) -> Draft<'_> {
    let known = guardduty(&alert.kind);
    let mut techniques = alert.techniques.clone();
    if techniques.is_empty() {
        techniques.extend(known.iter().flat_map(|it| it.techniques).map(|it| Box::from(*it)));
    }
    let mut facts = vec![
        ("monitor".to_owned(), alert.product.to_string()),
        ("type".to_owned(), alert.kind.to_string()),
    ];
    if let Some(account) = &alert.account {
        facts.push(("account".to_owned(), account.to_string()));
    }
    if let Some(known) = known {
        facts.push(("usual first step".to_owned(), known.first_step.to_owned()));
    }
    let id = if alert.kind.is_empty() { &alert.source } else { &alert.kind };
    Draft {
        rule: Cow::Owned(RuleRef {
            id: id.as_ref().into(),
            name: format!("{}: {id}", alert.product).into(),
            source: FindingSource::Alert,
        }),
        title: Cow::Borrowed(if alert.title.is_empty() { id } else { &alert.title }),
        confidence: alert.confidence,
        severity: alert.severity,
        techniques: Cow::Owned(techniques),
        facts,
        response: None,
        lasts: Lasts::Hour,
    }
}

/// What we know about a type of finding of Amazon GuardDuty.
#[derive(Debug)]
struct Known {
    /// How the type's name starts.
    prefix: &'static str,
    techniques: &'static [&'static str],
    first_step: &'static str,
}

const fn known(
    prefix: &'static str,
    techniques: &'static [&'static str],
    first_step: &'static str,
) -> Known {
    Known { prefix, techniques, first_step }
}

/// The types that name an identity; the longest prefix counts.
///
/// Source: Amazon GuardDuty's page of IAM finding types. Techniques are our own mapping.
const GUARDDUTY: &[Known] = &[
    known("AttackSequence:", &["T1078.004"], "disable, revoke, find out how far it went"),
    known(
        "CredentialAccess:IAMUser/AnomalousBehavior",
        &["T1552"],
        "verify with the owner, rotate",
    ),
    known(
        "CredentialAccess:IAMUser/CompromisedCredentials",
        &["T1078.004"],
        "disable the key, revoke sessions",
    ),
    known("CredentialAccess:Kubernetes/", &["T1552.007"], "restrict"),
    known("CredentialAccess:RDS/", &["T1110"], "lock the login, rotate"),
    known("DefenseEvasion:IAMUser/", &["T1562.008"], "restrict, switch logging on again"),
    known("DefenseEvasion:Kubernetes/", &["T1562"], "restrict"),
    known("Discovery:IAMUser/", &["T1580"], "watch"),
    known("Discovery:Kubernetes/", &["T1613"], "watch"),
    known("Exfiltration:IAMUser/", &["T1530"], "quarantine"),
    known("Impact:IAMUser/AnomalousBehavior", &["T1485"], "quarantine"),
    known("Impact:IAMUser/AnomalousModelInvocation", &["T1496.004"], "limit, ask the owner"),
    known("Impact:IAMUser/CostHarvesting", &["T1496.004"], "limit, ask the owner"),
    known("Impact:Kubernetes/", &["T1496"], "quarantine"),
    known("InitialAccess:IAMUser/", &["T1078.004"], "ask for proof again"),
    known("PenTest:IAMUser/", &["T1078.004"], "verify with the owner, disable the key if unknown"),
    known("Persistence:IAMUser/", &["T1098.001"], "review new credentials, revert"),
    known("Persistence:Kubernetes/", &["T1098.006"], "restrict"),
    known("Policy:IAMUser/RootCredentialUsage", &["T1078.004"], "notify"),
    known("Policy:IAMUser/ShortTermRootCredentialUsage", &["T1078.004"], "notify"),
    known("Policy:Kubernetes/", &["T1098.006"], "revert"),
    known("PrivilegeEscalation:IAMUser/", &["T1098.003"], "detach, quarantine"),
    known("PrivilegeEscalation:Kubernetes/", &["T1098.006"], "delete the binding"),
    known("Recon:IAMUser/", &["T1580"], "rotate or restrict"),
    known("Stealth:IAMUser/CloudTrailLoggingDisabled", &["T1562.008"], "quarantine"),
    known("Stealth:IAMUser/PasswordPolicyChange", &["T1556"], "revert"),
    known(
        "UnauthorizedAccess:IAMUser/ConsoleLoginSuccess.B",
        &["T1078.004"],
        "end sessions, reset",
    ),
    known(
        "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration",
        &["T1552.005"],
        "revoke the role's sessions by issue time",
    ),
    known(
        "UnauthorizedAccess:IAMUser/ResourceCredentialExfiltration",
        &["T1552.005"],
        "revoke the role's sessions by issue time",
    ),
    known("UnauthorizedAccess:IAMUser/", &["T1078.004"], "rotate or restrict"),
];

fn guardduty(kind: &str) -> Option<&'static Known> {
    let fits = GUARDDUTY.iter().filter(|it| kind.starts_with(it.prefix));
    fits.max_by_key(|it| it.prefix.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_known_by_their_longest_prefix() {
        for (kind, step) in [
            ("UnauthorizedAccess:IAMUser/TorIPCaller", Some("rotate or restrict")),
            (
                "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS",
                Some("revoke the role's sessions by issue time"),
            ),
            (
                "AttackSequence:IAM/CompromisedCredentials",
                Some("disable, revoke, find out how far it went"),
            ),
            ("Recon:IAMUser/MaliciousIPCaller.Custom", Some("rotate or restrict")),
            ("Backdoor:EC2/Spambot", None),
        ] {
            assert_eq!(guardduty(kind).map(|it| it.first_step), step, "{kind}");
        }
    }

    #[test]
    fn the_table_is_sorted_and_without_doubles() {
        let prefixes: Vec<_> = GUARDDUTY.iter().map(|it| it.prefix).collect();
        let mut sorted = prefixes.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), prefixes.len());
        assert!(GUARDDUTY.iter().all(|it| !it.techniques.is_empty()));
    }
}
