//! A statement of a service control policy that denies everything to those whom it names.

use serde_json::{Map, Value, json};

/// The longest document that is written, in characters.
///
/// Source: "Quotas and service limits for AWS Organizations".
pub(crate) const LIMIT: usize = 5_120;

/// By what a statement of ours names whom it denies.
#[derive(Debug)]
pub(crate) struct Denial {
    /// The statement's name.
    pub sid: &'static str,
    /// How the key is compared: exactly.
    pub operator: &'static str,
    /// The key that stands for one of them.
    pub key: &'static str,
    /// Nobody: a policy must have a statement, so ours stays where it is the only one.
    pub nobody: &'static str,
}

/// The statements of a document; `None` when it is no policy document.
fn statements(document: &Value) -> Option<Vec<Value>> {
    match document.get("Statement")? {
        Value::Array(list) => Some(list.clone()),
        single @ Value::Object(_) => Some(vec![single.clone()]),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

impl Denial {
    fn is_ours(&self, statement: &Value) -> bool {
        statement.get("Sid").and_then(Value::as_str) == Some(self.sid)
    }

    fn statement(&self, named: &Value) -> Value {
        json!({
            "Sid": self.sid,
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": { self.operator: { self.key: named } },
        })
    }

    /// Whom our statement denies; a statement that says anything else under our name denies nobody.
    fn named(&self, statement: &Value) -> Vec<String> {
        let condition = statement.get("Condition").and_then(|it| it.get(self.operator));
        let Some(named) = condition.and_then(|it| it.get(self.key)) else { return Vec::new() };
        if *statement != self.statement(named) {
            return Vec::new();
        }
        match named {
            Value::Array(list) => {
                list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            // One value may stand without brackets.
            Value::String(one) => vec![one.clone()],
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
        }
    }

    /// Whether a document denies this one everything; `None` when it is no policy document.
    pub(crate) fn denies(&self, document: &str, who: &str) -> Option<bool> {
        let document: Value = serde_json::from_str(document).ok()?;
        let all = statements(&document)?;
        let ours = all.iter().filter(|it| self.is_ours(it));
        Some(ours.flat_map(|it| self.named(it)).any(|it| it == who))
    }

    /// The same document, in which this one is denied or no longer; `None` when it is no policy
    /// document.
    pub(crate) fn changed(&self, document: &str, who: &str, deny: bool) -> Option<String> {
        let value: Value = serde_json::from_str(document).ok()?;
        let (mine, mut rest): (Vec<Value>, Vec<Value>) =
            statements(&value)?.into_iter().partition(|it| self.is_ours(it));
        let mut named: Vec<String> = mine.iter().flat_map(|it| self.named(it)).collect();
        let kept = named.iter().any(|it| it == self.nobody);
        named.retain(|it| it != who && it != self.nobody);
        if deny {
            named.push(who.to_owned());
        }
        if kept || (named.is_empty() && rest.is_empty()) {
            named.insert(0, self.nobody.to_owned());
        }
        if !named.is_empty() {
            rest.push(self.statement(&json!(named)));
        }
        let mut whole: Map<String, Value> = value.as_object()?.clone();
        whole.insert("Statement".to_owned(), Value::Array(rest));
        Some(Value::Object(whole).to_string())
    }

    /// The same, as long as Organizations keeps it.
    pub(crate) fn with(&self, document: &str, who: &str) -> Option<String> {
        self.changed(document, who, true).filter(|it| it.chars().count() <= LIMIT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEOPLE: Denial = Denial {
        sid: "InterlockDenyUsers",
        operator: "StringEquals",
        key: "identitystore:UserId",
        nobody: "nobody",
    };

    const OTHER: &str =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

    #[test]
    fn people_are_denied_beside_each_other_and_what_else_is_there_stays() {
        let one = PEOPLE.changed(OTHER, "ann", true).unwrap();
        let two = PEOPLE.changed(&one, "bob", true).unwrap();
        assert_eq!(PEOPLE.changed(&two, "bob", true).unwrap(), two);
        let denied = |document: &str| ["ann", "bob"].map(|it| PEOPLE.denies(document, it).unwrap());
        assert_eq!([OTHER, &one, &two].map(denied), [[false, false], [true, false], [true, true]]);
        let back =
            PEOPLE.changed(&PEOPLE.changed(&two, "ann", false).unwrap(), "bob", false).unwrap();
        let [back, other] = [&*back, OTHER].map(|it| serde_json::from_str::<Value>(it).unwrap());
        assert_eq!(back, other);
    }

    #[test]
    fn a_policy_of_ours_alone_keeps_its_statement() {
        let empty = json!({ "Version": "2012-10-17", "Statement": PEOPLE.statement(&json!([PEOPLE.nobody])) });
        let denied = PEOPLE.changed(&empty.to_string(), "ann", true).unwrap();
        let back = PEOPLE.changed(&denied, "ann", false).unwrap();
        let back: Value = serde_json::from_str(&back).unwrap();
        assert_eq!(back["Statement"], json!([PEOPLE.statement(&json!([PEOPLE.nobody]))]));
        let bare =
            json!({ "Version": "2012-10-17", "Statement": PEOPLE.statement(&json!(["ann"])) });
        let back = PEOPLE.changed(&bare.to_string(), "ann", false).unwrap();
        assert!(back.contains(PEOPLE.nobody), "{back}");
    }

    #[test]
    fn a_statement_that_was_loosened_under_our_name_denies_nobody() {
        let denied = PEOPLE.changed(OTHER, "ann", true).unwrap();
        let person = json!({ "StringLike": { PEOPLE.key: ["ann"] } });
        for (member, loose) in [
            ("Action", json!("s3:*")),
            ("Condition", person),
            ("Effect", json!("Allow")),
            ("Resource", json!("arn:aws:s3:::a")),
        ] {
            let mut loosened: Value = serde_json::from_str(&denied).unwrap();
            loosened["Statement"][1][member] = loose;
            let loosened = loosened.to_string();
            assert_eq!(PEOPLE.denies(&loosened, "ann"), Some(false), "{loosened}");
            let mended = PEOPLE.changed(&loosened, "ann", true).unwrap();
            assert_eq!(PEOPLE.denies(&mended, "ann"), Some(true));
        }
        for bad in ["", "[]", "{}", r#"{"Statement":1}"#] {
            assert_eq!(PEOPLE.denies(bad, "ann"), None, "{bad}");
            assert_eq!(PEOPLE.changed(bad, "ann", true), None, "{bad}");
        }
        let single = json!({ "Statement": {
            "Sid": PEOPLE.sid, "Effect": "Deny", "Action": "*", "Resource": "*",
            "Condition": { "StringEquals": { PEOPLE.key: "ann" } },
        } });
        assert_eq!(PEOPLE.denies(&single.to_string(), "ann"), Some(true));
    }

    #[test]
    fn two_statements_of_ours_in_one_document_leave_each_other_alone() {
        let other = Denial { sid: "InterlockDenyPrincipals", key: "aws:PrincipalArn", ..PEOPLE };
        let both = other.changed(&PEOPLE.changed(OTHER, "ann", true).unwrap(), "ann", true);
        let both = both.unwrap();
        let one = PEOPLE.changed(&both, "ann", false).unwrap();
        assert_eq!([&both, &one].map(|it| PEOPLE.denies(it, "ann")), [Some(true), Some(false)]);
        assert_eq!([&both, &one].map(|it| other.denies(it, "ann")), [Some(true), Some(true)]);
        assert_eq!(other.with(&both, &"a".repeat(LIMIT)), None);
        assert_eq!(other.with(&both, "bob"), other.changed(&both, "bob", true));
    }
}
