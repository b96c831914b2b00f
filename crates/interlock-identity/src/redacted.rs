//! Secrets that people put into labels and tags are taken out before anything is stored or shown.
//!
//! A label is a pair: its key may say that the value is secret, or the value may have the form of one.

use std::collections::BTreeMap;

/// What stands in a secret's place.
pub(crate) const REPLACEMENT: &str = "[redacted]";

/// Ends of keys, in lower case letters and digits, whose values are secret.
const KEYS: [&str; 14] = [
    "accesskey",
    "accesstoken",
    "apikey",
    "apitoken",
    "authtoken",
    "clientsecret",
    "connectionstring",
    "credential",
    "credentials",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "secret",
];

/// How tokens begin whose makers mark them so, with the least number of characters behind.
/// <https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github>
const MARKS: [(&str, usize); 22] = [
    ("-----BEGIN ", 8),
    ("AGE-SECRET-KEY-", 20),
    ("AIza", 30),
    ("dop_v1_", 20),
    ("dp.pt.", 20),
    ("eyJ", 30),
    ("gho_", 20),
    ("ghp_", 20),
    ("ghr_", 20),
    ("ghs_", 20),
    ("ghu_", 20),
    ("github_pat_", 20),
    ("glpat-", 15),
    ("hvb.", 20),
    ("hvr.", 20),
    ("hvs.", 20),
    ("npm_", 30),
    ("pypi-", 30),
    ("sk-", 24),
    ("sk_live_", 16),
    ("xoxb-", 16),
    ("xoxp-", 16),
];

/// Takes secrets out of labels; whether there were any.
pub(crate) fn labels(labels: &mut BTreeMap<String, String>) -> bool {
    let mut found = false;
    for (key, value) in labels.iter_mut() {
        if value == REPLACEMENT || !is_secret(key, value) {
            continue;
        }
        REPLACEMENT.clone_into(value);
        found = true;
    }
    found
}

fn is_secret(key: &str, value: &str) -> bool {
    let bare: String =
        key.chars().filter(char::is_ascii_alphanumeric).map(|it| it.to_ascii_lowercase()).collect();
    let named = bare.ends_with("token") && value.len() >= 16
        || KEYS.iter().any(|end| bare.ends_with(end)) && !is_reference(value);
    named || holds_password(value) || has_mark(value) || is_aws_secret(value)
}

/// A name of where the secret is kept, a number, or a yes and no: people note these, too.
fn is_reference(value: &str) -> bool {
    let place = ["arn:", "vault:", "/", "projects/", "secret/", "kv/", "op://"];
    value.len() < 4
        || value.parse::<f64>().is_ok()
        || ["true", "false", "none", "rotated", "managed"]
            .iter()
            .any(|it| value.eq_ignore_ascii_case(it))
        || place.iter().any(|it| value.starts_with(it))
}

/// `scheme://user:password@host`, `…;Password=…`, `--password …`.
fn holds_password(value: &str) -> bool {
    let in_address = || {
        let (_, rest) = value.split_once("://")?;
        let (user, _) = rest.split_once('@')?;
        let (_, password) = user.split_once(':')?;
        Some(!password.is_empty() && !user.contains('/'))
    };
    let lower = value.to_ascii_lowercase();
    let named = [
        "password=",
        "passwd=",
        "pwd=",
        "password:",
        "secret=",
        "token=",
        "apikey=",
        "accountkey=",
    ];
    in_address() == Some(true) || named.iter().any(|it| lower.contains(it))
}

fn has_mark(value: &str) -> bool {
    let words = value.split(|it: char| it.is_whitespace() || matches!(it, '"' | '\'' | ',' | ';'));
    value.starts_with("-----BEGIN ")
        || words.into_iter().any(|word| {
            MARKS.iter().any(|(mark, least)| {
                word.strip_prefix(mark).is_some_and(|rest| rest.len() >= *least)
            })
        })
}

/// Forty characters of base64 with letters of both cases, digits and one of `/+`: hexadecimal digests
/// of commits have none.
fn is_aws_secret(value: &str) -> bool {
    let all = value.len() == 40
        && value.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'/' | b'+'));
    let some = |of: fn(&u8) -> bool| value.as_bytes().iter().any(of);
    all && some(u8::is_ascii_uppercase)
        && some(u8::is_ascii_lowercase)
        && some(u8::is_ascii_digit)
        && some(|it| matches!(it, b'/' | b'+'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_and_words_stay() {
        for (key, value) in [
            ("db-password", "hunter2!"),
            ("App/API_KEY", "0123456789abcdef"),
            ("note", "postgres://shop:pass@db.example.com/shop"),
            ("dsn", "Server=db;User=shop;Password=swordfish"),
            ("comment", "use ghp_0123456789abcdefghijABCDEFGHIJ012345"),
            ("x", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            ("pem", "-----BEGIN PRIVATE KEY-----\nMIIB"),
            ("jwt", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.AAAAAAAAAAA"),
            ("refresh_token", "0123456789abcdef0123"),
        ] {
            let mut all = BTreeMap::from([(key.to_owned(), value.to_owned())]);
            assert!(labels(&mut all), "{key}: {value}");
            assert_eq!(all[key], REPLACEMENT);
            assert!(!labels(&mut all), "twice changes nothing more");
        }
        for (key, value) in [
            ("team", "payments"),
            ("commit", "0123456789abcdef0123456789abcdef01234567"),
            ("secret", "arn:aws:secretsmanager:eu-central-1:111122223333:secret:shop"),
            ("rotate-password", "true"),
            ("max-credentials", "2"),
            ("backstage.io/source-location", "url:https://github.com/acme/shop/"),
            ("mail", "mailto://ana@example.com"),
            ("token-lifetime", "3600"),
            ("csrf-token", "on"),
        ] {
            let mut all = BTreeMap::from([(key.to_owned(), value.to_owned())]);
            assert!(!labels(&mut all), "{key}: {value}");
        }
    }
}
