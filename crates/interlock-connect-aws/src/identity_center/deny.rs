//! The statement of a service control policy that denies people everything, by their ids.

use serde_json::{Map, Value, json};

/// The statement's name.
pub(super) const SID: &str = "InterlockDenyUsers";
/// The key that stands for one person, whatever role the person is in.
const KEY: &str = "identitystore:UserId";
/// Nobody's id: a policy must have a statement, so ours stays where it is the only one.
const NOBODY: &str = "nobody";
/// The longest document that is written, in characters.
///
/// Source: "Quotas and service limits for AWS Organizations".
pub(super) const LIMIT: usize = 5_120;

/// The statements of a document; `None` when it is no policy document.
fn statements(document: &Value) -> Option<Vec<Value>> {
    match document.get("Statement")? {
        Value::Array(list) => Some(list.clone()),
        single @ Value::Object(_) => Some(vec![single.clone()]),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn is_ours(statement: &Value) -> bool {
    statement.get("Sid").and_then(Value::as_str) == Some(SID)
}

fn ours(people: &[String]) -> Value {
    json!({
        "Sid": SID,
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": { "StringEquals": { KEY: people } },
    })
}

/// Whom our statement denies; a statement that says anything else under our name denies nobody.
fn people(statement: &Value) -> Vec<String> {
    let named = statement.pointer("/Condition/StringEquals").and_then(|it| it.get(KEY));
    let named = match named {
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => {
            Vec::new()
        }
    };
    let named: Vec<String> = named.into_iter().map(str::to_owned).collect();
    let mut whole = ours(&named);
    // One value may stand without brackets.
    if let Some(Value::String(_)) =
        statement.pointer("/Condition/StringEquals").and_then(|it| it.get(KEY))
        && let Some(condition) = whole.pointer_mut("/Condition/StringEquals")
        && let Some(one) = named.first()
    {
        *condition = json!({ KEY: one });
    }
    if *statement == whole { named } else { Vec::new() }
}

/// Whether a document denies this person everything; `None` when it is no policy document.
pub(super) fn denies(document: &str, person: &str) -> Option<bool> {
    let document: Value = serde_json::from_str(document).ok()?;
    let all = statements(&document)?;
    Some(all.iter().filter(|it| is_ours(it)).flat_map(people).any(|it| it == person))
}

/// The same document, in which this person is denied or no longer; `None` when it is no policy document.
pub(super) fn changed(document: &str, person: &str, deny: bool) -> Option<String> {
    let value: Value = serde_json::from_str(document).ok()?;
    let (mine, mut rest): (Vec<Value>, Vec<Value>) =
        statements(&value)?.into_iter().partition(is_ours);
    let mut named: Vec<String> = mine.iter().flat_map(people).collect();
    let kept = named.iter().any(|it| it == NOBODY);
    named.retain(|it| it != person && it != NOBODY);
    if deny {
        named.push(person.to_owned());
    }
    if kept || (named.is_empty() && rest.is_empty()) {
        named.insert(0, NOBODY.to_owned());
    }
    if !named.is_empty() {
        rest.push(ours(&named));
    }
    let mut whole: Map<String, Value> = value.as_object()?.clone();
    whole.insert("Statement".to_owned(), Value::Array(rest));
    Some(Value::Object(whole).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OTHER: &str =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

    #[test]
    fn people_are_denied_beside_each_other_and_what_else_is_there_stays() {
        let one = changed(OTHER, "ann", true).unwrap();
        let two = changed(&one, "bob", true).unwrap();
        assert_eq!(changed(&two, "bob", true).unwrap(), two);
        let denied = |document: &str| ["ann", "bob"].map(|it| denies(document, it).unwrap());
        assert_eq!([OTHER, &one, &two].map(denied), [[false, false], [true, false], [true, true]]);
        let back = changed(&changed(&two, "ann", false).unwrap(), "bob", false).unwrap();
        let [back, other] = [&*back, OTHER].map(|it| serde_json::from_str::<Value>(it).unwrap());
        assert_eq!(back, other);
    }

    #[test]
    fn a_policy_of_ours_alone_keeps_its_statement() {
        let empty = json!({ "Version": "2012-10-17", "Statement": ours(&[NOBODY.to_owned()]) });
        let denied = changed(&empty.to_string(), "ann", true).unwrap();
        let back = changed(&denied, "ann", false).unwrap();
        let back: Value = serde_json::from_str(&back).unwrap();
        assert_eq!(back["Statement"], json!([ours(&[NOBODY.to_owned()])]));
        let bare = json!({ "Version": "2012-10-17", "Statement": ours(&["ann".to_owned()]) });
        let back = changed(&bare.to_string(), "ann", false).unwrap();
        assert!(back.contains(NOBODY), "{back}");
    }

    #[test]
    fn a_statement_that_was_loosened_under_our_name_denies_nobody() {
        let denied = changed(OTHER, "ann", true).unwrap();
        let person = json!({ "StringLike": { KEY: ["ann"] } });
        for (member, loose) in [
            ("Action", json!("s3:*")),
            ("Condition", person),
            ("Effect", json!("Allow")),
            ("Resource", json!("arn:aws:s3:::a")),
        ] {
            let mut loosened: Value = serde_json::from_str(&denied).unwrap();
            loosened["Statement"][1][member] = loose;
            let loosened = loosened.to_string();
            assert_eq!(denies(&loosened, "ann"), Some(false), "{loosened}");
            let mended = changed(&loosened, "ann", true).unwrap();
            assert_eq!(denies(&mended, "ann"), Some(true));
        }
        for bad in ["", "[]", "{}", r#"{"Statement":1}"#] {
            assert_eq!(denies(bad, "ann"), None, "{bad}");
            assert_eq!(changed(bad, "ann", true), None, "{bad}");
        }
        let single = json!({ "Statement": {
            "Sid": SID, "Effect": "Deny", "Action": "*", "Resource": "*",
            "Condition": { "StringEquals": { KEY: "ann" } },
        } });
        assert_eq!(denies(&single.to_string(), "ann"), Some(true));
    }
}
