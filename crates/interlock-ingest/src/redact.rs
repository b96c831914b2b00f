//! Secrets are taken out before anything is stored or shown.
//!
//! What counts is the key: the value of a key that ends in one of `SECRET_KEYS` is replaced,
//! also inside JSON that stands in a string of JSON. Booleans and `null` stay, they hide nothing,
//! and so do digests in the form of Vault's audit log, by which tokens are recognised.
//! Tokens and private keys that show by themselves go wherever they stand.
//! Where texts are statements, connection strings or changes of a directory, the passwords in them go too.

mod bare;
mod statement;

use aho_corasick::AhoCorasick;
use aho_corasick::packed::{MatchKind, Searcher};
use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

/// What stands in a secret's place.
const REPLACEMENT: &str = "[redacted]";

/// The ends of keys whose values are secret: lower case, letters and digits only.
const SECRET_KEYS: [&str; 26] = [
    "accesstoken",
    "apikey",
    "assertion",
    "authenticationtoken",
    "authorization",
    "authparameters",
    "bearertoken",
    "clientsecret",
    "connectionstring",
    "idtoken",
    "logintoken",
    "passphrase",
    "passwd",
    "password",
    "plaintext",
    "privatekey",
    "refreshtoken",
    "reqdata",
    "samlresponse",
    "secretaccesskey",
    "secretbinary",
    "secretkey",
    "secretstring",
    "securitytoken",
    "sessiontoken",
    "webidentitytoken",
];

/// Pieces of which every secret key holds at least one, with the spellings that occur.
const PIECES: [&str; 36] = [
    "ecret",
    "ECRET",
    "oken",
    "OKEN",
    "assword",
    "ASSWORD",
    "assWord",
    "ASSword",
    "asswd",
    "ASSWD",
    "assphrase",
    "ASSPHRASE",
    "pikey",
    "piKey",
    "PIKey",
    "PIKEY",
    "pi_key",
    "pi-key",
    "PI_KEY",
    "ssertion",
    "uthorization",
    "UTHORIZATION",
    "uthParam",
    "uth_param",
    "rivateKey",
    "rivate_key",
    "aintext",
    "AMLResponse",
    "ctionString",
    "eqData",
    "sql://",
    "gres://",
    "wdHistory",
    "ootPW",
    "alKey",
    STATEMENTS,
];

/// The piece that tells a record of PostgreSQL, whose texts are statements.
const STATEMENTS: &str = "rror_severity";

/// Finds the pieces: with vector instructions where the machine has them.
enum Finder {
    Packed(Searcher),
    Plain(AhoCorasick),
}

static FINDER: LazyLock<Option<Finder>> = LazyLock::new(|| {
    let mut config = aho_corasick::packed::Config::new();
    let pieces = || PIECES.into_iter().chain(bare::pieces());
    let packed = config.match_kind(MatchKind::LeftmostFirst).builder().extend(pieces()).build();
    packed.map(Finder::Packed).or_else(|| AhoCorasick::new(pieces()).ok().map(Finder::Plain))
});

impl Finder {
    /// The first piece at or behind this position.
    fn find(&self, bytes: &[u8], from: usize) -> Option<Range<usize>> {
        match self {
            Self::Packed(it) => {
                it.find_in(bytes, (from..bytes.len()).into()).map(|it| it.start()..it.end())
            }
            Self::Plain(it) => it
                .find(aho_corasick::Input::new(bytes).range(from..))
                .map(|it| it.start()..it.end()),
        }
    }
}

/// The text with the values of secret-bearing keys replaced; borrowed when there were none.
///
/// Linear in the text's length. Running it twice changes nothing more.
#[must_use]
pub fn redact(text: &str) -> Cow<'_, str> {
    let Some(finder) = FINDER.as_ref() else {
        return Cow::Owned(format!("\"{REPLACEMENT}\""));
    };
    let bytes = text.as_bytes();
    let inside = statement::Text::new(bytes);
    let mut out = String::new();
    let mut copied = 0;
    let mut from = 0;
    let mut statements = false;
    // Behind the key that was looked at last: it may hold any number of pieces.
    let mut passed = 0;
    while let Some(hit) = finder.find(bytes, from) {
        from = hit.end;
        statements |= bytes.get(hit.clone()) == Some(STATEMENTS.as_bytes());
        let bare = || bare::secret(bytes, hit.clone());
        if let Some(secret) = inside.secret(hit.clone()).or_else(bare) {
            out.push_str(text.get(copied..secret.start).unwrap_or_default());
            out.push_str(REPLACEMENT);
            copied = secret.end;
            from = secret.end;
            passed = secret.end;
            continue;
        }
        if hit.start < passed {
            continue;
        }
        let Some(key) = key_around(bytes, hit.start, copied) else { continue };
        passed = key.end;
        let Some((start, end)) = secret_value(bytes, key) else { continue };
        let escapes = "\\".repeat(quote_escapes(bytes, hit.end));
        if let Some(before) = text.get(copied..start) {
            out.push_str(before);
            out.push_str(&escapes);
            out.push('"');
            out.push_str(REPLACEMENT);
            out.push_str(&escapes);
            out.push('"');
            copied = end;
            from = end;
        }
    }
    let plain = if copied == 0 {
        Cow::Borrowed(text)
    } else {
        out.push_str(text.get(copied..).unwrap_or_default());
        Cow::Owned(out)
    };
    if statements { statement::in_any_case(plain) } else { plain }
}

/// What may be a key around the piece found at `hit`, but for what is before `floor`; up to the end of the
/// text where nothing ends it.
fn key_around(bytes: &[u8], hit: usize, floor: usize) -> Option<Range<usize>> {
    let in_key =
        |it: &u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-' | b'.' | b':' | b'/');
    let before = bytes.get(floor..hit)?;
    let start = floor + before.iter().rposition(|it| !in_key(it)).map_or(0, |it| it + 1);
    let rest = bytes.get(hit..)?;
    Some(start..hit + rest.iter().position(|it| !in_key(it)).unwrap_or(rest.len()))
}

/// The bytes of the value behind this key, when the key makes it a secret.
fn secret_value(bytes: &[u8], key: Range<usize>) -> Option<(usize, usize)> {
    let behind = key.end;
    let key = bytes.get(key)?;
    let secret = is_secret_key(key);
    if !secret && !ends_in(key, "token") {
        return None;
    }
    let escapes = backslashes(bytes.get(behind..)?);
    let mut at = behind + escapes;
    at = expect(bytes, at, b'"')?;
    at = expect(bytes, blanks(bytes, at), b':')?;
    at = blanks(bytes, at);
    // The header of that name is a text; an object holds what somebody was allowed to do. Nor is a token
    // whose key alone says too little anything but a text, and objects in each other are not read again
    // and again.
    let holds_others = matches!(bytes.get(at), Some(b'{' | b'['));
    if holds_others && (!secret || bytes.get(at) == Some(&b'{') && is_authorization(key)) {
        return None;
    }
    let end = value_end(bytes, at, escapes)?;
    let value = bytes.get(at..end)?;
    if !secret && !is_bearer(value) || is_digest(value) {
        return None;
    }
    let replaced = [b"\"", REPLACEMENT.as_bytes(), b"\""].concat();
    let plain: Vec<u8> = value.iter().copied().filter(|it| *it != b'\\').collect();
    (plain != replaced).then_some((at, end))
}

/// How many backslashes stand before the quote that ends the key.
fn quote_escapes(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    let quote = rest.iter().position(|it| *it == b'"').unwrap_or(0);
    let before = rest.get(..quote).unwrap_or_default();
    before.iter().rev().take_while(|it| **it == b'\\').count()
}

fn is_secret_key(key: &[u8]) -> bool {
    letters(key).eq("token".bytes().rev()) || SECRET_KEYS.iter().any(|it| ends_in(key, it))
}

/// The letters and digits of a key from its end, in lower case.
fn letters(key: &[u8]) -> impl Iterator<Item = u8> {
    key.iter().rev().filter(|it| it.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase)
}

fn ends_in(key: &[u8], end: &str) -> bool {
    let mut letters = letters(key);
    end.bytes().rev().all(|it| letters.next() == Some(it))
}

/// Whether the text is a token itself, in a key whose tokens are mostly harmless: one of Vault, or a JWT.
fn is_bearer(value: &[u8]) -> bool {
    let text = unquoted(value);
    [&b"hvs."[..], b"hvb.", b"hvr.", b"s.", b"b.", b"eyJ"]
        .into_iter()
        .any(|it| text.starts_with(it))
}

/// Whether the value is a digest, which hides what it stands for.
fn is_digest(value: &[u8]) -> bool {
    let hex = |it: &[u8]| {
        let end = it.iter().position(|it| !it.is_ascii_hexdigit()).unwrap_or(it.len());
        it.get(end..).is_some_and(|rest| rest.iter().all(|it| matches!(it, b'"' | b'\\')))
    };
    unquoted(value).strip_prefix(b"hmac-sha256:").is_some_and(hex)
}

/// A string's text without the quote that begins it.
fn unquoted(value: &[u8]) -> &[u8] {
    let start = value.iter().position(|it| !matches!(it, b'"' | b'\\')).unwrap_or(value.len());
    value.get(start..).unwrap_or_default()
}

fn is_authorization(key: &[u8]) -> bool {
    key.eq_ignore_ascii_case(b"authorization")
}

fn backslashes(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|it| **it == b'\\').count()
}

fn expect(bytes: &[u8], at: usize, wanted: u8) -> Option<usize> {
    (bytes.get(at) == Some(&wanted)).then_some(at + 1)
}

fn blanks(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|it| matches!(it, b' ' | b'\t' | b'\r' | b'\n')).count()
}

/// Behind the value that begins here; `None` for booleans, `null` and what is no value.
/// `escapes` is how many backslashes stand before a quote at this level.
fn value_end(bytes: &[u8], at: usize, escapes: usize) -> Option<usize> {
    let rest = bytes.get(at..)?;
    match rest.first()? {
        b'{' | b'[' => Some(container_end(bytes, at, escapes)),
        b'-' | b'0'..=b'9' => {
            let digit =
                |it: &u8| it.is_ascii_digit() || matches!(it, b'-' | b'+' | b'.' | b'e' | b'E');
            Some(at + rest.iter().take_while(|it| digit(it)).count())
        }
        _ if backslashes(rest) == escapes && rest.get(escapes) == Some(&b'"') => {
            Some(text_end(bytes, at + escapes + 1, escapes))
        }
        _ => None,
    }
}

/// Behind the closing quote of a string whose inside begins here; the end of the text when there is none.
fn text_end(bytes: &[u8], from: usize, escapes: usize) -> usize {
    let mut run = 0;
    for (offset, byte) in bytes.get(from..).unwrap_or_default().iter().enumerate() {
        match byte {
            b'\\' => run += 1,
            b'"' if closes(run, escapes) => return from + offset + 1,
            _ => run = 0,
        }
    }
    bytes.len()
}

/// Whether a quote behind this many backslashes ends a string whose own quotes have `escapes` of them.
fn closes(run: usize, escapes: usize) -> bool {
    if escapes == 0 {
        return run.is_multiple_of(2);
    }
    // A quote with an even run would end the string around; one level out, each backslash counts half.
    run.is_multiple_of(2) || closes((run - 1) / 2, (escapes - 1) / 2)
}

fn container_end(bytes: &[u8], at: usize, escapes: usize) -> usize {
    let mut open = 0_usize;
    let mut here = at;
    while let Some(byte) = bytes.get(here) {
        match byte {
            b'{' | b'[' => open += 1,
            b'}' | b']' => {
                open = open.saturating_sub(1);
                if open == 0 {
                    return here + 1;
                }
            }
            b'"' => {
                here = text_end(bytes, here + 1, escapes);
                continue;
            }
            _ => {}
        }
        here += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let once = redact(text);
        assert_eq!(once, expected);
        assert_eq!(redact(&once), expected, "again");
        if serde_json::from_str::<serde_json::Value>(text).is_ok() {
            assert!(serde_json::from_str::<serde_json::Value>(&once).is_ok(), "still JSON: {once}");
        }
    }

    #[test]
    fn values_of_secret_keys_go() {
        check(r#"{"secretAccessKey":"x/y\"z","a":1}"#, r#"{"secretAccessKey":"[redacted]","a":1}"#);
        check(r#"{"SessionToken" : "x" }"#, r#"{"SessionToken" : "[redacted]" }"#);
        check(r#"{"client_secret":42}"#, r#"{"client_secret":"[redacted]"}"#);
        check(r#"{"Authorization":["Bearer x"],"b":2}"#, r#"{"Authorization":"[redacted]","b":2}"#);
        check(
            r#"{"AuthParameters":{"PASSWORD":"p","n":{"m":"]"}},"b":"token"}"#,
            r#"{"AuthParameters":"[redacted]","b":"token"}"#,
        );
        check(
            r#"{"password":"a","newPassword":"b"}"#,
            r#"{"password":"[redacted]","newPassword":"[redacted]"}"#,
        );
        check(r#"{"sAMLAssertion":"PHNhbWw"}"#, r#"{"sAMLAssertion":"[redacted]"}"#);
    }

    #[test]
    fn what_shows_by_itself_goes_wherever_it_stands() {
        let long = "0123456789abcdefghijABCDEFGHIJ012345";
        for (begin, secret) in [
            ("ghp_", long.to_owned()),
            ("ghs_", long.to_owned()),
            ("github_pat_", format!("11ABCDEFG0_{long}")),
            ("glpat-", "abc_DEF-123456789012".to_owned()),
            ("xoxb-", format!("1234-5678-{long}")),
            ("Bearer ", "eyJhbGciOiJIUzI1NiJ9.e30.x-y_z=".to_owned()),
            ("bearer ", long.to_owned()),
        ] {
            for (before, after) in [("", ""), ("curl -H 'x: ", "' now"), ("(", r"\nb")] {
                let of = |it: &str| format!(r#"{{"m":"{before}{begin}{it}{after}","n":1}}"#);
                check(&of(&secret), &of("[redacted]"));
            }
        }
        check(
            r#"{"k":"-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n"}"#,
            r#"{"k":"-----BEGIN PRIVATE KEY-----[redacted]-----END PRIVATE KEY-----\n"}"#,
        );
        check(
            r#"{"k":"-----BEGIN RSA PRIVATE KEY-----\nMIIE","n":1}"#,
            r#"{"k":"-----BEGIN RSA PRIVATE KEY-----[redacted]","n":1}"#,
        );
        check(
            r#"{"e":"{\"k\":\"-----BEGIN PRIVATE KEY-----\\nMIIE\",\"t\":\"x ghp_0123456789abcdefghijABCDEFGHIJ012345\"}"}"#,
            r#"{"e":"{\"k\":\"-----BEGIN PRIVATE KEY-----[redacted]\",\"t\":\"x ghp_[redacted]\"}"}"#,
        );
        for text in [
            r#"{"m":"she laughs_0123456789abcdefghijABCDEFGHIJ012345"}"#,
            r#"{"m":"ghp_short and Bearer of bad news, bearer tokens are nice"}"#,
            r#"{"m":"-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----"}"#,
        ] {
            assert!(matches!(redact(text), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn also_inside_text_that_is_json() {
        check(
            r#"{"CloudTrailEvent":"{\"sessionToken\":\"a\\\"b\\\\\",\"k\":{\"password\": \"x\"}}","z":"}"}"#,
            r#"{"CloudTrailEvent":"{\"sessionToken\":\"[redacted]\",\"k\":{\"password\": \"[redacted]\"}}","z":"}"}"#,
        );
        check(
            r#"{"Message":"{\"m\":\"{\\\"password\\\":\\\"x\\\"}\"}"}"#,
            r#"{"Message":"{\"m\":\"{\\\"password\\\":\\\"[redacted]\\\"}\"}"}"#,
        );
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in [
            r#"{"eventSource":"secretsmanager.amazonaws.com","passwordResetRequired":false}"#,
            r#"{"clientToken":"559ec1f1","nextToken":"n","sAMLAssertionID":"_d3"}"#,
            r#"{"type":"Authorization","Authorization":{"account":"bob","sid":"S-1-5-21-1"}}"#,
            r#"{"password":null,"mfaAuthenticated":"false","authorizations":[1]}"#,
            r#"{"a":"the password: was","secretId":"prod/db","tokenId":"t"}"#,
            r#"["password","x"]"#,
            "password",
            "",
        ] {
            assert!(matches!(redact(text), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn tokens_of_vault_are_taken_out_and_their_digests_stay() {
        check(
            r#"{"client_token":"hvs.CAES","accessor":"a","auth":{"client_token":"s.Jn2"}}"#,
            r#"{"client_token":"[redacted]","accessor":"a","auth":{"client_token":"[redacted]"}}"#,
        );
        let digests = r#"{"client_token":"hmac-sha256:0a9f","data":{"password":"hmac-sha256:11"}}"#;
        assert!(matches!(redact(digests), Cow::Borrowed(_)));
        check(r#"{"password":"hmac-sha256:0a, or so it says"}"#, r#"{"password":"[redacted]"}"#);
    }

    #[test]
    fn what_breaks_off_hides_its_tail() {
        check(r#"{"password":"abc"#, r#"{"password":"[redacted]""#);
        check(r#"{"password":{"a":["b"#, r#"{"password":"[redacted]""#);
    }

    /// Each begins what could be searched to the text's end, a hundred thousand times.
    #[test]
    fn a_long_text_is_read_once() {
        for unit in [
            "token",
            "password/",
            r#"{\"atoken\":["#,
            r#"\"atoken\":\""#,
            "userPassword:= [redacted]",
            "password/*",
            "PASSWORD/**//*",
            "password'/**//*",
            "password'",
            "password''",
            "PASSWORD$a",
            "at or near ",
            "sql://a:b",
            "ghp_",
            "xoxb-",
            "bearer ",
            "-----BEGIN PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY----- -----END",
            "-----BEGIN PRIVATE KEY-----[redacted]",
        ] {
            let text = format!(r#"{{"error_severity":"LOG","m":"{}"}}"#, unit.repeat(100_000));
            let once = redact(&text);
            assert!(once.starts_with(r#"{"error_severity":"LOG","m":""#), "{unit}");
            assert_eq!(redact(&once).len(), once.len(), "{unit}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_safe(text in ".{0,200}") {
            let once = redact(&text);
            proptest::prop_assert_eq!(redact(&once), once.clone());
        }

        #[test]
        fn a_secret_never_survives(value in "[^\"\\\\\u{0}-\u{1f}]{9,40}", key in proptest::sample::select(
            vec!["secretAccessKey", "X-Amz-Security-Token", "masterUserPassword", "id_token", "authorization"])) {
            let text = format!(r#"{{"a":{{"{key}":"{value}"}},"b":1}}"#);
            proptest::prop_assert!(!redact(&text).contains(&value));
        }
    }
}
