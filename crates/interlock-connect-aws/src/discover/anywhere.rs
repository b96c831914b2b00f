//! By which profiles and trust anchors of Roles Anywhere a role is had.

use super::account::{AccountPage, Described};
use crate::actions::Shared;
use crate::operation as op;
use crate::policy::many;
use interlock_contain::{CallError, DiscoverCx};
use interlock_model::{DiscoveryGap, Operation};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Who stands in the trust policies of roles that certificates get.
const SERVICE: &str = "rolesanywhere.amazonaws.com";

/// Reads both lists; what cannot be read is a gap, and the account is seen all the same.
pub(super) async fn look(
    shared: &Shared,
    cx: &DiscoverCx<'_>,
    into: &mut AccountPage,
    gaps: &mut Vec<DiscoveryGap>,
) -> Result<(), CallError> {
    let client = &shared.client;
    let profiles = client.anywhere_profiles(cx.read(op::LIST_ANYWHERE_PROFILES)?).await;
    into.anywhere_profiles = or_gap(profiles, op::LIST_ANYWHERE_PROFILES, gaps);
    let anchors = client.trust_anchors(cx.read(op::LIST_TRUST_ANCHORS)?).await;
    into.trust_anchors = or_gap(anchors, op::LIST_TRUST_ANCHORS, gaps);
    Ok(())
}

/// A service of one region, which some regions do not have: whatever it answers, the rest is seen.
fn or_gap<T>(
    answer: Result<Vec<T>, CallError>,
    operation: Operation,
    gaps: &mut Vec<DiscoveryGap>,
) -> Vec<T> {
    let error = match answer {
        Ok(it) => return it,
        Err(error) => error,
    };
    let (why, remedy) = match &error {
        CallError::Denied { permission } => (
            format!("`{permission}` is denied"),
            format!("allow `{permission}` on `*` in the connector's policy"),
        ),
        CallError::NotFound { .. } | CallError::Unsupported { .. } | CallError::Invalid { .. } => (
            format!("`{operation}` is not answered there"),
            "nothing, where the region has no Roles Anywhere".to_owned(),
        ),
        CallError::Retry { .. } | CallError::OutcomeUnknown { .. } | CallError::Drifted { .. } => (
            error.to_string(),
            "nothing: the next look finds it, where the region has Roles Anywhere".to_owned(),
        ),
    };
    let what = if operation == op::LIST_TRUST_ANCHORS {
        "trust anchors of Roles Anywhere"
    } else {
        "profiles of Roles Anywhere"
    };
    gaps.push(DiscoveryGap { what: what.to_owned(), why, remedy });
    Vec::new()
}

/// What is open to a role, as labels: ids as they stand in the names of credentials.
pub(super) fn ways(holder: &Described, known: &AccountPage) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    let named = holder.trust.as_deref().and_then(anchors_named);
    // A profile gives nobody a role that does not trust the service.
    let Some(named) = named else { return labels };
    let mut add = |label: &str, ids: Vec<&str>| {
        if !ids.is_empty() {
            labels.insert(label.to_owned(), ids.join(", "));
        }
    };
    let profiles = known.anywhere_profiles.iter();
    let profiles = profiles.filter(|it| it.enabled && it.roles.contains(&holder.arn));
    add("roles_anywhere_profiles", profiles.map(|it| it.id.as_str()).collect());
    let anchors = known.trust_anchors.iter();
    let anchors = anchors.filter(|it| it.enabled && (named.is_empty() || named.contains(&it.arn)));
    add("trust_anchors", anchors.map(|it| it.id.as_str()).collect());
    labels
}

/// The trust anchors that a trust policy names exactly, of whose certificates it takes a session; nothing
/// in it where it takes those of all; `None` where it trusts Roles Anywhere not at all.
///
/// Source: IAM Roles Anywhere user guide, "Trust model": `aws:SourceArn` is the trust anchor.
pub(crate) fn anchors_named(trust: &str) -> Option<BTreeSet<String>> {
    let document: Value = serde_json::from_str(trust).ok()?;
    let mut named = None;
    for statement in many(document.get("Statement")) {
        let allows = statement.get("Effect").and_then(Value::as_str) == Some("Allow");
        let services = statement.get("Principal").and_then(|it| it.get("Service"));
        let trusts = many(services).into_iter().any(|it| it.as_str() == Some(SERVICE));
        if !allows || !trusts {
            continue;
        }
        let own = exactly(statement);
        if own.is_empty() {
            return Some(BTreeSet::new());
        }
        named.get_or_insert_with(BTreeSet::new).extend(own);
    }
    named
}

/// The values of `aws:SourceArn` in a statement's condition; nothing where one of them is a pattern.
fn exactly(statement: &Value) -> BTreeSet<String> {
    let conditions = statement.get("Condition").and_then(Value::as_object);
    let mut found = BTreeSet::new();
    for (operator, keys) in conditions.into_iter().flatten() {
        let compares = ["ArnEquals", "ArnLike", "StringEquals", "StringLike"];
        if !compares.contains(&operator.as_str()) {
            continue;
        }
        let keys = keys.as_object().into_iter().flatten();
        for (_, values) in keys.filter(|it| it.0.eq_ignore_ascii_case("aws:SourceArn")) {
            let values = many(Some(values));
            let texts: Vec<&str> = values.into_iter().filter_map(Value::as_str).collect();
            if texts.iter().any(|it| it.contains(['*', '?'])) {
                return BTreeSet::new();
            }
            found.extend(texts.into_iter().map(str::to_owned));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_trust_anchors_a_role_takes() {
        let with = |condition: &str| {
            format!(
                r#"{{"Statement":{{"Effect":"Allow","Principal":{{"Service":["{SERVICE}"]}},"Action":"sts:AssumeRole"{condition}}}}}"#
            )
        };
        let one = r#","Condition":{"ArnEquals":{"aws:SourceArn":"arn:a"}}"#;
        let lower = r#","Condition":{"StringEquals":{"aws:sourcearn":["arn:a","arn:b"]}}"#;
        let pattern = r#","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:rolesanywhere:*"}}"#;
        for (document, expected) in [
            (with(""), Some(vec![])),
            (with(one), Some(vec!["arn:a"])),
            (with(lower), Some(vec!["arn:a", "arn:b"])),
            (with(pattern), Some(vec![])),
            (with("").replace("Allow", "Deny"), None),
            (with("").replace(SERVICE, "ec2.amazonaws.com"), None),
            (r#"{"Statement":{"Effect":"Allow","Principal":"*"}}"#.to_owned(), None),
            ("no JSON".to_owned(), None),
        ] {
            let expected =
                expected.map(|it: Vec<&str>| it.into_iter().map(str::to_owned).collect());
            assert_eq!(anchors_named(&document), expected, "{document}");
        }
    }
}
