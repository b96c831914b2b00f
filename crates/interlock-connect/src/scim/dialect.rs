//! The bodies of changes. Services read the same standard in three ways.

use serde_json::{Value, json};

/// How a service wants its changes written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// As RFC 7644 has it: a path and a value.
    #[default]
    Rfc,
    /// As Entra sends it: capital letters, booleans as text.
    Entra,
    /// As Okta sends it: no path, the attribute inside the value.
    Okta,
}

const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

fn body(operation: &Value) -> Value {
    json!({ "schemas": [PATCH], "Operations": [operation] })
}

impl Dialect {
    /// Makes a user active or inactive.
    pub(crate) fn active(self, active: bool) -> Value {
        body(&match self {
            Self::Rfc => json!({ "op": "replace", "path": "active", "value": active }),
            Self::Entra => {
                let text = if active { "True" } else { "False" };
                json!({ "op": "Replace", "path": "active", "value": text })
            }
            Self::Okta => json!({ "op": "replace", "value": { "active": active } }),
        })
    }

    /// Makes a user a member or not.
    pub(crate) fn member(self, user: &str, member: bool) -> Value {
        let (add, remove) = match self {
            Self::Rfc | Self::Okta => ("add", "remove"),
            Self::Entra => ("Add", "Remove"),
        };
        if member {
            return body(&json!({ "op": add, "path": "members", "value": [{ "value": user }] }));
        }
        // Entra also knows a removal that names the member in a value beside the path `members`. A
        // service that overlooks the value, as RFC 7644 lets it, would empty the group: never sent.
        let only = format!("members[value eq {}]", quoted(user));
        body(&json!({ "op": remove, "path": only }))
    }
}

/// A text inside a filter: quoted as JSON, so that it cannot end the filter.
pub(crate) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_end_the_filter() {
        assert_eq!(quoted(r#"a" or active eq "true"#), r#""a\" or active eq \"true""#);
        assert_eq!(quoted("a\\"), r#""a\\""#);
    }

    #[test]
    fn the_three_ways() {
        let operation = |it: Value| it["Operations"][0].to_string();
        assert_eq!(
            operation(Dialect::Rfc.active(false)),
            r#"{"op":"replace","path":"active","value":false}"#
        );
        assert_eq!(
            operation(Dialect::Entra.active(false)),
            r#"{"op":"Replace","path":"active","value":"False"}"#
        );
        assert_eq!(
            operation(Dialect::Okta.active(false)),
            r#"{"op":"replace","value":{"active":false}}"#
        );
        assert_eq!(
            operation(Dialect::Rfc.member("2819c223", false)),
            r#"{"op":"remove","path":"members[value eq \"2819c223\"]"}"#
        );
        assert_eq!(
            operation(Dialect::Entra.member("2819c223", false)),
            r#"{"op":"Remove","path":"members[value eq \"2819c223\"]"}"#
        );
    }
}
