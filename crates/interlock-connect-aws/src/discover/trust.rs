//! Who may act as a role, from its trust policy.

use crate::policy::many;
use interlock_model::Principal;
use serde_json::Value;
use std::collections::BTreeSet;

/// Where GitHub's workflows sign in.
const GITHUB: &str = "token.actions.githubusercontent.com";

/// Everybody whom an `Allow` of a trust policy names; nobody when it is unreadable.
///
/// A subject of GitHub's workflows that a condition names exactly stands for itself; of a pattern the
/// provider is all that can be named.
pub(crate) fn trusted(document: &str) -> BTreeSet<Principal> {
    let mut found = BTreeSet::new();
    let Ok(document) = serde_json::from_str::<Value>(document) else { return found };
    for statement in many(document.get("Statement")) {
        if statement.get("Effect").and_then(Value::as_str) != Some("Allow") {
            continue;
        }
        let subjects = subjects(statement);
        let Some(principal) = statement.get("Principal") else { continue };
        if principal.as_str() == Some("*") {
            found.insert(Principal::new("aws", "*"));
        }
        let Some(kinds) = principal.as_object() else { continue };
        for name in kinds.values().flat_map(|it| many(Some(it))).filter_map(Value::as_str) {
            if name.ends_with(GITHUB) && !subjects.is_empty() {
                found.extend(subjects.iter().map(|it| Principal::new("github", it)));
            } else {
                found.insert(Principal::new("aws", name));
            }
        }
    }
    found
}

/// The subjects that a statement's condition names exactly.
fn subjects(statement: &Value) -> Vec<String> {
    let conditions = statement.get("Condition").and_then(Value::as_object);
    let mut subjects = Vec::new();
    for (operator, keys) in conditions.into_iter().flatten() {
        if !operator.starts_with("StringEquals") && !operator.starts_with("StringLike") {
            continue;
        }
        let values = keys.get(format!("{GITHUB}:sub"));
        let exact = many(values).into_iter().filter_map(Value::as_str);
        subjects.extend(exact.filter(|it| !it.contains(['*', '?'])).map(ToOwned::to_owned));
    }
    subjects
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_trusted() {
        let github = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
        let with = |operator: &str, subject: &str| {
            format!(
                r#"{{"Statement":{{"Effect":"Allow","Principal":{{"Federated":"{github}"}},"Condition":{{"{operator}":{{"token.actions.githubusercontent.com:sub":"{subject}"}}}}}}}}"#
            )
        };
        for (document, expected) in [
            (
                r#"{"Statement":[{"Effect":"Allow","Principal":{"Service":["ec2.amazonaws.com","lambda.amazonaws.com"]}}]}"#.to_owned(),
                vec!["aws:ec2.amazonaws.com", "aws:lambda.amazonaws.com"],
            ),
            (
                r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"}}}"#.to_owned(),
                vec!["aws:arn:aws:iam::111122223333:root"],
            ),
            (
                with("StringEquals", "repo:acme/shop:ref:refs/heads/main"),
                vec!["github:repo:acme/shop:ref:refs/heads/main"],
            ),
            (
                with("StringLike", "repo:acme/*"),
                vec!["aws:arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"],
            ),
            (r#"{"Statement":{"Effect":"Deny","Principal":"*"}}"#.to_owned(), vec![]),
            (r#"{"Statement":{"Effect":"Allow","Principal":"*"}}"#.to_owned(), vec!["aws:*"]),
            ("no JSON".to_owned(), vec![]),
        ] {
            let found: Vec<String> = trusted(&document).iter().map(ToString::to_string).collect();
            assert_eq!(found, expected, "{document}");
        }
    }
}
