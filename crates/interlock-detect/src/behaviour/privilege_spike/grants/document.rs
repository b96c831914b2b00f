//! What a policy document lets somebody do, as far as its text says.

use interlock_model::RiskClass;
use serde_json::Value;

/// The most harm that the `Allow` statements of an identity policy permit.
///
/// Conditions are not weighed: a condition that always holds looks like one that never does.
/// `None` when the text is not a policy.
#[must_use]
pub(super) fn risk_of(text: &str) -> Option<RiskClass> {
    let document = parse(text)?;
    let mut most = RiskClass::Read;
    for statement in statements(&document).filter(|it| is_allow(it)) {
        let everywhere = strings(statement, "Resource").any(|it| it == "*" || it.ends_with(":*"));
        for action in strings(statement, "Action") {
            most = most.max(action_risk(&action.to_ascii_lowercase(), everywhere));
        }
        if statement.get("NotAction").is_some() {
            most = RiskClass::Admin;
        }
    }
    Some(most)
}

/// How wide a role's trust document opens the door.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trust {
    /// Only to the own account, services or identity providers.
    Inside,
    /// To another account, named here.
    Foreign(String),
    /// To everybody.
    Everybody,
}

/// Whom a trust document of a role in this account lets in.
#[must_use]
pub(super) fn trust_of(text: &str, account: Option<&str>) -> Option<Trust> {
    let document = parse(text)?;
    let mut widest = Trust::Inside;
    for statement in statements(&document).filter(|it| is_allow(it)) {
        let principal = statement.get("Principal");
        let named: Vec<&str> = match principal {
            Some(Value::String(all)) => vec![all.as_str()],
            Some(Value::Object(by_kind)) => by_kind.get("AWS").map(texts).unwrap_or_default(),
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_)) | None => {
                Vec::new()
            }
        };
        for name in named {
            let trust = if name == "*" {
                Trust::Everybody
            } else {
                let owner = name.split(':').nth(4).unwrap_or(name);
                let is_account = owner.len() == 12 && owner.bytes().all(|it| it.is_ascii_digit());
                match account {
                    Some(own) if is_account && own != owner => Trust::Foreign(owner.to_owned()),
                    Some(_) | None => Trust::Inside,
                }
            };
            widest = widest.max(trust);
        }
    }
    Some(widest)
}

fn parse(text: &str) -> Option<Value> {
    let text = text.trim_start();
    if text.starts_with('%') {
        return serde_json::from_slice(&percent_decoded(text)).ok();
    }
    serde_json::from_str(text).ok()
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let coded = after.first_chunk::<2>().filter(|_| *first == b'%');
        let byte = coded.and_then(|it| {
            let digit = |it: u8| char::from(it).to_digit(16);
            u8::try_from(digit(it[0])? * 16 + digit(it[1])?).ok()
        });
        out.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    out
}

fn statements(document: &Value) -> impl Iterator<Item = &Value> {
    let found = document.get("Statement");
    let list = found.and_then(Value::as_array).map(Vec::as_slice);
    list.unwrap_or_else(|| found.map(std::slice::from_ref).unwrap_or_default()).iter()
}

fn is_allow(statement: &Value) -> bool {
    statement.get("Effect").and_then(Value::as_str) == Some("Allow")
}

fn strings<'a>(statement: &'a Value, name: &str) -> impl Iterator<Item = &'a str> {
    statement.get(name).map(texts).unwrap_or_default().into_iter()
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    }
}

/// The action in lower case, wildcards included.
fn action_risk(action: &str, everywhere: bool) -> RiskClass {
    let (service, operation) = action.split_once(':').unwrap_or((action, ""));
    let could_be = |name: &str| match operation.split_once('*') {
        Some((before, _)) => name.starts_with(before),
        None => operation == name,
    };
    if action == "*" || action == "*:*" {
        return RiskClass::Admin;
    }
    match service {
        "iam" | "organizations" | "sso" => {
            if operation == "*" {
                return RiskClass::Admin;
            }
            let reads =
                ["get", "list", "generate", "simulate"].iter().any(|it| operation.starts_with(it));
            if reads { RiskClass::Read } else { RiskClass::Permissions }
        }
        "sts" if could_be("assumerole") => {
            if everywhere {
                RiskClass::Permissions
            } else {
                RiskClass::Secrets
            }
        }
        "secretsmanager" if could_be("getsecretvalue") => RiskClass::Secrets,
        "ssm" if could_be("getparameter") || could_be("getparameters") => RiskClass::Secrets,
        "kms" if could_be("decrypt") => RiskClass::Secrets,
        _ => {
            let reads = ["get", "list", "describe", "head", "batchget"]
                .iter()
                .any(|it| operation.starts_with(it));
            if reads { RiskClass::Read } else { RiskClass::Write }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allow(action: &str) -> String {
        format!(r#"{{"Statement":{{"Effect":"Allow","Action":{action},"Resource":"*"}}}}"#)
    }

    #[test]
    fn risks() {
        for (action, expected) in [
            (r#""*""#, RiskClass::Admin),
            (r#"["s3:GetObject","iam:*"]"#, RiskClass::Admin),
            (r#""iam:PassRole""#, RiskClass::Permissions),
            (r#""iam:GetUser""#, RiskClass::Read),
            (r#""sts:AssumeRole""#, RiskClass::Permissions),
            (r#""secretsmanager:*""#, RiskClass::Secrets),
            (r#""s3:PutObject""#, RiskClass::Write),
            (r#""s3:Get*""#, RiskClass::Read),
            ("7", RiskClass::Read),
        ] {
            assert_eq!(risk_of(&allow(action)), Some(expected), "{action}");
        }
        let deny = r#"{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;
        assert_eq!(risk_of(deny), Some(RiskClass::Read));
        let but = r#"{"Statement":[{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}]}"#;
        assert_eq!(risk_of(but), Some(RiskClass::Admin));
        assert_eq!(risk_of("not a policy"), None);
        assert_eq!(risk_of("%7B%22Statement%22%3A%5B%5D%7D"), Some(RiskClass::Read));
        assert_eq!(risk_of("%é%"), None);
    }

    #[test]
    fn trust() {
        let of = |principal: &str| {
            let text = format!(r#"{{"Statement":[{{"Effect":"Allow","Principal":{principal}}}]}}"#);
            trust_of(&text, Some("111122223333")).unwrap()
        };
        assert_eq!(of(r#""*""#), Trust::Everybody);
        assert_eq!(of(r#"{"AWS":["arn:aws:iam::111122223333:root"]}"#), Trust::Inside);
        assert_eq!(of(r#"{"Service":"ec2.amazonaws.com"}"#), Trust::Inside);
        assert_eq!(
            of(r#"{"AWS":["arn:aws:iam::111122223333:root","arn:aws:iam::444455556666:role/x"]}"#),
            Trust::Foreign("444455556666".into())
        );
        assert_eq!(of(r#"{"AWS":"444455556666"}"#), Trust::Foreign("444455556666".into()));
    }
}
