//! Names of entries: when two are the same, and which lies under which; and how directories write moments.

use interlock_model::Timestamp;

/// The form in which two spellings of one name are equal: lower case, no blanks around separators.
pub(crate) fn normal(dn: &str) -> String {
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for letter in dn.chars() {
        if letter == ',' && !escaped {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.extend(letter.to_lowercase());
        }
        escaped = letter == '\\' && !escaped;
    }
    let tidy = |part: String| match part.split_once('=') {
        Some((kind, value)) => format!("{}={}", kind.trim(), value.trim()),
        None => part.trim().to_owned(),
    };
    parts.into_iter().map(tidy).collect::<Vec<_>>().join(",")
}

/// Whether two names are the same.
pub(crate) fn same(one: &str, other: &str) -> bool {
    normal(one) == normal(other)
}

/// Whether an entry is this one or lies under it.
pub(crate) fn under(dn: &str, base: &str) -> bool {
    let (dn, base) = (normal(dn), normal(base));
    dn == base || dn.strip_suffix(&base).is_some_and(|it| it.ends_with(',') && !it.ends_with("\\,"))
}

/// The entry that an entry lies under; empty for one without.
pub(crate) fn parent(dn: &str) -> String {
    let normal = normal(dn);
    let mut escaped = false;
    for (at, letter) in normal.char_indices() {
        if letter == ',' && !escaped {
            return normal.get(at + 1..).unwrap_or_default().to_owned();
        }
        escaped = letter == '\\' && !escaped;
    }
    String::new()
}

/// The value of the first part of a name: `payments` of `cn=payments,ou=teams,dc=example`.
pub(crate) fn first_value(dn: &str) -> String {
    let first = dn.split(',').next().unwrap_or(dn);
    first.split_once('=').map_or(first, |it| it.1).trim().to_owned()
}

/// A moment as directories write it: `20260301101500Z`, with or without a fraction.
pub(crate) fn moment(text: &str) -> Option<Timestamp> {
    let digits = text.get(..14).filter(|it| it.bytes().all(|it| it.is_ascii_digit()))?;
    if !text.ends_with('Z') {
        return None;
    }
    let part = |from: usize, to: usize| digits.get(from..to);
    let text = format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0, 4)?,
        part(4, 6)?,
        part(6, 8)?,
        part(8, 10)?,
        part(10, 12)?,
        part(12, 14)?
    );
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name() {
        for (one, other, equal) in [
            (
                "UID=Svc, ou=Services ,dc=example,dc=com",
                "uid=svc,ou=services,dc=example,dc=com",
                true,
            ),
            ("cn=a\\,b,dc=example", "cn=a\\, b,dc=example", false),
            ("cn=a,dc=example", "cn=b,dc=example", false),
        ] {
            assert_eq!(same(one, other), equal, "{one} {other}");
        }
    }

    #[test]
    fn what_lies_under_what() {
        for (dn, base, inside) in [
            ("uid=svc,ou=services,dc=example,dc=com", "dc=Example,dc=com", true),
            ("dc=example,dc=com", "dc=example,dc=com", true),
            ("uid=svc,dc=myexample,dc=com", "dc=example,dc=com", false),
            ("uid=svc,ou=xdc=example,dc=com", "dc=example,dc=com", false),
            ("cn=x\\,dc=example,dc=com", "dc=example,dc=com", false),
            ("anything", "", false),
        ] {
            assert_eq!(under(dn, base), inside, "{dn} under {base}");
        }
        assert_eq!(parent("cn=a\\,b,ou=x,dc=example"), "ou=x,dc=example");
        assert_eq!(parent("dc=example"), "");
    }

    #[test]
    fn moments_of_a_directory() {
        for (text, expected) in [
            ("20260301101500Z", Some("2026-03-01T10:15:00Z")),
            ("20260301101500.123456Z", Some("2026-03-01T10:15:00Z")),
            ("000001010000Z", None),
            ("20261301101500Z", None),
            ("20260301101500+0100", None),
            ("", None),
        ] {
            assert_eq!(moment(text).map(|it| it.to_string()).as_deref(), expected, "{text}");
        }
        assert_eq!(first_value("cn=payments,ou=teams"), "payments");
    }
}
