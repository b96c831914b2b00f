//! The policy documents that are written, and how documents are read and compared.

use interlock_model::{Digest, Timestamp};
use serde_json::{Value, json};

/// Denies everything.
pub(crate) const DENY_ALL: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"InterlockQuarantine","Effect":"Deny","Action":"*","Resource":"*"}]}"#;

/// The statement that a blocked role's trust policy gains.
pub(crate) const BLOCK_SID: &str = "InterlockBlockIssuance";

/// The hard upper limit of a trust policy, white space not counted.
///
/// Source: "IAM and AWS STS quotas" (IAM User Guide): 2,048 by default, 4,096 at most.
pub(crate) const TRUST_LIMIT: usize = 4096;

/// Denies everything to sessions issued in or before the second of `now`.
///
/// `aws:TokenIssueTime` counts whole seconds, so the stamp is the next one.
pub(crate) fn deny_older(now: Timestamp) -> String {
    let stamp = Timestamp::from_second(now.as_second().saturating_add(1)).unwrap_or(now);
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"InterlockDenyOlderSessions","Effect":"Deny","Action":"*","Resource":"*","Condition":{{"DateLessThan":{{"aws:TokenIssueTime":"{stamp}"}}}}}}]}}"#
    )
}

/// The stamp of a document that [`deny_older`] wrote; `None` for any other document.
pub(crate) fn older_than(document: &str) -> Option<Timestamp> {
    let value: Value = serde_json::from_str(document).ok()?;
    let stamp = value.pointer("/Statement/0/Condition/DateLessThan/aws:TokenIssueTime")?;
    let stamp: Timestamp = stamp.as_str()?.parse().ok()?;
    let before = Timestamp::from_second(stamp.as_second().saturating_sub(1)).ok()?;
    same(document, &deny_older(before)).then_some(stamp)
}

/// Denies everything to one session of a role: of this name, issued within a second of this one.
///
/// A session names itself, so that its name alone would mean the next one of that name as well; when it
/// was issued it cannot choose. A second to either side, for two clocks of AWS may round differently.
///
/// Source: "AWS global condition context keys" (IAM User Guide), `aws:userid`, `aws:TokenIssueTime`.
pub(crate) fn deny_session(role_id: &str, session: &str, issued: Timestamp) -> String {
    let at = |by: i64| Timestamp::from_second(issued.as_second().saturating_add(by));
    let bound = |by: i64| at(by).unwrap_or(issued).to_string();
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "InterlockDenySession",
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": {
                "StringEquals": { "aws:userid": format!("{role_id}:{session}") },
                "DateGreaterThanEquals": { "aws:TokenIssueTime": bound(-1) },
                "DateLessThanEquals": { "aws:TokenIssueTime": bound(1) },
            },
        }],
    })
    .to_string()
}

/// The statement that denies everybody a role.
pub(crate) fn deny_everybody() -> Value {
    json!({
        "Sid": BLOCK_SID,
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"],
    })
}

/// The statement that denies a role to one subject of an OpenID Connect provider; `*` in it stands for
/// any text.
///
/// The key is the provider's own, so that no other provider's subject of that name is meant. Within a
/// document ids must differ, and several subjects may be denied.
pub(crate) fn deny_web_identity(issuer: &str, subject: &str) -> Value {
    let key = format!("{issuer}:sub");
    let sid = Digest::of(format!("{key}={subject}").as_bytes()).short_with("InterlockDenySubject");
    json!({
        "Sid": sid,
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": { "StringLike": { key: subject } },
    })
}

/// How AWS calls the issuer of GitHub's workflows, which principals call `github`.
const GITHUB: &str = "token.actions.githubusercontent.com";
/// Issuers whose condition keys know no subject: a deny on it would hit nobody.
///
/// Source: "IAM and AWS STS condition context keys" (IAM User Guide): `id` and `user_id` there.
const WITHOUT_SUBJECT: [&str; 2] = ["graph.facebook.com", "www.amazon.com"];

/// The issuer whose tokens a trust policy lets in, as condition keys spell it; `None` when it lets none
/// of that issuer in, or when a deny on its subjects would hit nobody.
///
/// `named` is the issuer, or how principals call it: in small letters, a port behind `_`, GitHub's by
/// its short name. Where everybody is let in nothing tells such a port from the name of a host.
pub(crate) fn trusted_issuer(trust: &str, named: &str) -> Option<String> {
    let document: Value = serde_json::from_str(trust).ok()?;
    let named = if named == "github" { GITHUB } else { named };
    if WITHOUT_SUBJECT.iter().any(|it| it.eq_ignore_ascii_case(named)) {
        return None;
    }
    let issuer = |name: &Value| {
        let name = name.as_str()?;
        let spelt = name.rsplit_once("oidc-provider/").map_or(name, |(_, it)| it);
        let alike = spelt.eq_ignore_ascii_case(named)
            || spelt.replace(':', "_").trim_end_matches('/').eq_ignore_ascii_case(named);
        match name {
            "*" => (!named.contains('_')).then(|| named.to_owned()),
            _ => alike.then(|| spelt.to_owned()),
        }
    };
    many(document.get("Statement"))
        .into_iter()
        .filter(|it| it.get("Effect").and_then(Value::as_str) == Some("Allow"))
        .flat_map(|it| {
            it.get("Principal").into_iter().chain(many(it.pointer("/Principal/Federated")))
        })
        .find_map(issuer)
}

/// One or many, as policies write it.
pub(crate) fn many(value: Option<&Value>) -> Vec<&Value> {
    match value {
        None => Vec::new(),
        Some(Value::Array(all)) => all.iter().collect(),
        Some(one) => vec![one],
    }
}

/// A trust policy with this statement more; `None` when it is no policy document.
pub(crate) fn with_statement(trust: &str, statement: &Value) -> Option<String> {
    let mut value: Value = serde_json::from_str(trust).ok()?;
    let statements = value.as_object_mut()?.get_mut("Statement")?;
    let mut list = match statements.take() {
        Value::Array(list) => list,
        single @ Value::Object(_) => vec![single],
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
    };
    list.push(statement.clone());
    *statements = Value::Array(list);
    Some(value.to_string())
}

/// Whether a trust policy carries this statement, word for word.
pub(crate) fn has_statement(trust: &str, statement: &Value) -> bool {
    let there = serde_json::from_str::<Value>(trust).ok();
    match there.as_ref().and_then(|it| it.get("Statement")) {
        Some(Value::Array(list)) => list.contains(statement),
        _ => false,
    }
}

/// How much of a trust policy's limit a document takes: white space is free.
pub(crate) fn counted_length(document: &str) -> usize {
    document.chars().filter(|it| !it.is_whitespace()).count()
}

/// Whether two documents say the same: equal bytes, or equal as JSON.
pub(crate) fn same(one: &str, other: &str) -> bool {
    one == other
        || matches!(
            (serde_json::from_str::<Value>(one), serde_json::from_str::<Value>(other)),
            (Ok(one), Ok(other)) if one == other
        )
}

/// The document behind the percent-encoding in which IAM hands documents out.
///
/// A document that holds a brace or a quotation mark is not encoded and stays as it is.
pub(crate) fn decode(document: &str) -> Option<String> {
    if document.contains(['{', '"']) {
        return Some(document.to_owned());
    }
    let mut bytes = Vec::with_capacity(document.len());
    let mut rest = document.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |it: Option<u8>| char::from(it?).to_digit(16);
            let (high, low) = (digit(rest.next())?, digit(rest.next())?);
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stamp_is_the_next_second() {
        let now: Timestamp = "2026-03-01T10:00:00.7Z".parse().unwrap();
        let document = deny_older(now);
        assert_eq!(older_than(&document), Some("2026-03-01T10:00:01Z".parse().unwrap()));
        assert_eq!(older_than(DENY_ALL), None);
    }

    #[test]
    fn blocking_keeps_what_was_there() {
        let one = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}"#;
        let all = deny_everybody();
        let blocked = with_statement(one, &all).unwrap();
        assert!(has_statement(&blocked, &all) && !has_statement(one, &all));
        let value: Value = serde_json::from_str(&blocked).unwrap();
        assert_eq!(value["Statement"][0]["Principal"]["Service"], "ec2.amazonaws.com");
        assert_eq!(value["Statement"][1]["Effect"], "Deny");
        for bad in ["", "[]", "{}", r#"{"Statement":1}"#] {
            assert_eq!(with_statement(bad, &all), None, "{bad}");
        }
    }

    #[test]
    fn one_subject_is_denied_by_its_own_provider() {
        let github = "token.actions.githubusercontent.com";
        let [main, all] = ["repo:acme/shop:ref:refs/heads/main", "repo:acme/shop:*"]
            .map(|it| deny_web_identity(github, it));
        assert_ne!(main["Sid"], all["Sid"]);
        let sid = main["Sid"].as_str().unwrap();
        assert!(sid.bytes().all(|it| it.is_ascii_alphanumeric()), "{sid}");
        assert_eq!(
            all["Condition"],
            json!({"StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/shop:*"}})
        );
        let trust = |principal: &str| {
            format!(r#"{{"Statement":{{"Effect":"Allow","Principal":{principal}}}}}"#)
        };
        let arn =
            r#""arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com""#;
        for (principal, trusted) in [
            (format!(r#"{{"Federated":{arn}}}"#), true),
            (format!(r#"{{"Federated":["accounts.google.com",{arn}]}}"#), true),
            (r#"{"Federated":"accounts.google.com"}"#.to_owned(), false),
            (r#"{"AWS":"*"}"#.to_owned(), false),
            (r#""*""#.to_owned(), true),
        ] {
            let expected = trusted.then_some(github);
            let trust = trust(&principal);
            assert_eq!(trusted_issuer(&trust, github).as_deref(), expected, "{principal}");
            assert_eq!(trusted_issuer(&trust, "github").as_deref(), expected, "{principal}");
        }
        assert_eq!(trusted_issuer("no JSON", github), None);
    }

    #[test]
    fn an_issuer_is_spelt_as_the_trust_policy_spells_it() {
        let trust = |issuer: &str| {
            format!(
                r#"{{"Statement":[{{"Effect":"Allow","Principal":{{"Federated":"arn:aws:iam::111122223333:oidc-provider/{issuer}"}}}}]}}"#
            )
        };
        let eks = "oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE";
        for (spelt, named) in [
            (eks, "oidc.eks.eu-central-1.amazonaws.com/id/exampled539d4633e53de1b71example"),
            ("sso.example.com:8443/realms/Ci", "sso.example.com_8443/realms/ci"),
            ("sso.example.com/", "sso.example.com"),
        ] {
            assert_eq!(trusted_issuer(&trust(spelt), named).as_deref(), Some(spelt), "{named}");
        }
        // Another cluster's, and issuers whose subjects no condition knows.
        for (spelt, named) in [
            (eks, "oidc.eks.eu-central-1.amazonaws.com/id/other"),
            ("graph.facebook.com", "graph.facebook.com"),
        ] {
            assert_eq!(trusted_issuer(&trust(spelt), named), None, "{named}");
        }
        let anybody = r#"{"Statement":{"Effect":"Allow","Principal":"*"}}"#;
        assert_eq!(trusted_issuer(anybody, "sso.example.com_8443"), None);
    }

    #[test]
    fn documents_are_decoded_once() {
        for (given, decoded) in [
            ("%7B%22a%22%3A%20%22%C3%A9%2B%22%7D", Some(r#"{"a": "é+"}"#)),
            (r#"{"a":"100%25"}"#, Some(r#"{"a":"100%25"}"#)),
            ("%7", None),
            ("%zz", None),
            ("%ff", None),
        ] {
            assert_eq!(decode(given).as_deref(), decoded, "{given}");
        }
    }
}
