//! How Microsoft names principals, addresses and moments, and the forms in which its records arrive.

use crate::source::Core;
use crate::timestamp;
use interlock_model::{CredentialKind, CredentialRef, Object, Principal, Timestamp};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// The provider of everything that Entra knows.
pub const ENTRA: &str = "entra";

/// The id that stands for nobody.
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

/// The principal with this object id, application id or sign-in name.
pub fn principal(name: &str) -> Principal {
    let name = name.to_lowercase();
    let pressed = name.len() == 32 && name.bytes().all(|it| it.is_ascii_hexdigit());
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|it| name.get(it).unwrap_or_default());
    // Azure writes ids without hyphens in places.
    let name = if pressed { parts.join("-") } else { name.clone() };
    Principal::new(ENTRA, &name)
}

/// A key of an application: a secret or a certificate.
pub fn credential(kind: CredentialKind, id: &str) -> CredentialRef {
    CredentialRef::new(ENTRA, kind, &id.to_lowercase())
}

/// Whether the text is an id that stands for somebody.
pub fn is_id(text: &str) -> bool {
    let hyphens = [8, 13, 18, 23];
    text.len() == 36
        && text != NOBODY
        && text.bytes().enumerate().all(|(at, byte)| {
            if hyphens.contains(&at) { byte == b'-' } else { byte.is_ascii_hexdigit() }
        })
}

/// An id that is not the one for nobody; texts of another form are taken as they are.
pub fn somebody(text: &str) -> Option<&str> {
    (text != NOBODY).then_some(text)
}

/// Reads an address, with or without a port, IPv4 also in its IPv6 form.
pub fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = || text.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok();
    let it = text
        .parse::<IpAddr>()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|it| it.ip()))
        .or_else(|| bare().map(IpAddr::V6))?;
    let it = it.to_canonical();
    (!it.is_unspecified()).then_some(it)
}

/// Reads a moment; what names no zone is in UTC, as Microsoft documents.
pub fn moment(text: &str) -> Option<Timestamp> {
    timestamp::read(text).or_else(|| timestamp::read(&format!("{text}Z")))
}

/// A named object.
pub fn object(kind: &str, name: &str) -> Object {
    Object { kind: kind.into(), name: name.into() }
}

/// At most 40 characters, for messages.
pub fn short(text: &str) -> String {
    text.chars().filter(|it| !it.is_control() && *it != '`').take(40).collect()
}

/// The key ids in the new value of `KeyDescription` that are not in the old one, with the kind of each.
///
/// Each key is written as `[KeyIdentifier=…,KeyType=Password,KeyUsage=Verify,DisplayName=…]`.
pub fn new_keys(old: &str, new: &str) -> Vec<CredentialRef> {
    let mut found = Vec::new();
    for part in new.split("KeyIdentifier=").skip(1) {
        let id = part.split([',', ']', '"', '\\']).next().unwrap_or_default().trim();
        let kind = part.split("KeyType=").nth(1).and_then(|it| it.split([',', ']']).next());
        let kind = match kind {
            Some("Password") => CredentialKind::Token,
            Some(_) => CredentialKind::Certificate,
            None => continue,
        };
        if is_id(id) && !old.contains(id) {
            let it = credential(kind, id);
            if !found.contains(&it) {
                found.push(it);
            }
        }
    }
    found
}

/// A name and a value, in any of Microsoft's spellings.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Named {
    /// What it is about.
    #[serde(
        alias = "key",
        alias = "Name",
        alias = "Key",
        alias = "displayName",
        deserialize_with = "text"
    )]
    name: Option<String>,
    /// What it is, where it did not change.
    #[serde(alias = "Value", deserialize_with = "text")]
    value: Option<String>,
    /// What it was.
    #[serde(alias = "oldValue", alias = "OldValue", deserialize_with = "text")]
    old: Option<String>,
    /// What it became.
    #[serde(alias = "newValue", alias = "NewValue", deserialize_with = "text")]
    new: Option<String>,
}

impl Named {
    /// The value with this name, in any case, when it is not empty.
    pub fn value<'a>(all: &'a [Self], name: &str) -> Option<&'a str> {
        let found = all.iter().find(|it| it.is(name))?;
        found.value.as_deref().filter(|it| !it.is_empty())
    }

    /// What the property with this name was and became, without the quotes that Entra puts around.
    pub fn change<'a>(all: &'a [Self], name: &str) -> Option<(&'a str, &'a str)> {
        let found = all.iter().find(|it| it.is(name))?;
        let plain = |it: &'a Option<String>| it.as_deref().unwrap_or_default().trim_matches('"');
        Some((plain(&found.old), plain(&found.new)))
    }

    fn is(&self, name: &str) -> bool {
        self.name.as_deref().is_some_and(|it| it.eq_ignore_ascii_case(name))
    }
}

/// A text; nothing where something else stands, so that one odd value does not cost the list.
pub fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(Value::deserialize(from)?.as_str().map(str::to_owned))
}

/// The list at this path of the record, also where it is written as text; empty when there is none.
pub fn list<T: for<'de> Deserialize<'de>>(core: &Core<'_>, path: &[&str]) -> Vec<T> {
    let Some(found) = core.whole().at(path) else { return Vec::new() };
    let Some(text) = found.text() else {
        return serde_json::from_str(found.written()).unwrap_or_default();
    };
    let fits = crate::json_shape::check(&text, interlock_model::Limits::STANDARD).is_ok();
    if fits { serde_json::from_str(&text).unwrap_or_default() } else { Vec::new() }
}

/// A record in one of the forms in which its source arrives.
#[derive(Debug, Clone, Copy)]
pub struct Formed<'a> {
    core: &'a Core<'a>,
    forms: usize,
    form: usize,
}

impl<'a> Formed<'a> {
    /// The record in the form with this number, of so many; see [`forms`].
    pub fn new(core: &'a Core<'a>, forms: usize, form: usize) -> Self {
        Self { core, forms, form }
    }

    /// As [`Core::has`].
    pub fn has(&self, path: impl Into<usize>) -> bool {
        self.core.has(self.at(path))
    }

    /// As [`Core::text`].
    pub fn text(&self, path: impl Into<usize>) -> Option<&'a str> {
        self.core.text(self.at(path))
    }

    /// As [`Core::texts`].
    pub fn texts<P: Into<usize>>(&self, path: P) -> impl Iterator<Item = &'a str> + use<'a, P> {
        self.core.texts(self.at(path))
    }

    /// As [`Core::number`].
    pub fn number(&self, path: impl Into<usize>) -> Option<f64> {
        self.core.number(self.at(path))
    }

    /// The first text of these paths.
    pub fn first<P: Into<usize>, const N: usize>(&self, paths: [P; N]) -> Option<&'a str> {
        paths.into_iter().find_map(|it| self.text(it))
    }

    fn at(&self, path: impl Into<usize>) -> usize {
        path.into() * self.forms + self.form
    }
}

/// Names a source's paths in each of its forms: an enum of numbers, and for each number one path per form.
/// What a form does not have is written `-`.
macro_rules! forms {
    ($count:literal; $($name:ident = [$($path:literal),+ $(,)?],)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Path { $($name,)* }

        pub(super) const FORMS: usize = $count;

        pub(super) const PATHS: &[&str] = &[$($($path,)+)*];

        // Every path has all forms, or this does not compile.
        const _: &[[&str; FORMS]] = &[$([$($path,)+],)*];

        impl From<Path> for usize {
            fn from(it: Path) -> usize {
                it as usize
            }
        }
    };
}
pub(crate) use forms;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_with_and_without_ports() {
        for (text, expected) in [
            ("198.51.100.7", Some("198.51.100.7")),
            ("198.51.100.7:30395", Some("198.51.100.7")),
            ("2001:db8::7", Some("2001:db8::7")),
            ("[2001:db8::7]", Some("2001:db8::7")),
            ("[2001:db8::7]:443", Some("2001:db8::7")),
            ("::ffff:198.51.100.7", Some("198.51.100.7")),
            ("0.0.0.0", None),
            ("<null>", None),
            ("", None),
        ] {
            assert_eq!(address(text).map(|it| it.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn an_id_is_the_same_with_and_without_hyphens() {
        let expected = "entra:0b1f6471-1bf0-4dda-aec3-111122223333";
        for text in ["0B1F6471-1BF0-4DDA-AEC3-111122223333", "0b1f64711bf04ddaaec3111122223333"] {
            assert_eq!(principal(text).to_string(), expected, "{text}");
        }
        assert_eq!(principal("Alice@example.com").to_string(), "entra:alice@example.com");
    }

    #[test]
    fn only_keys_that_are_new_count() {
        let a = "[KeyIdentifier=00000000-0000-4000-8000-00000000000a,KeyType=Password,KeyUsage=Verify,DisplayName=x]";
        let b = "[KeyIdentifier=00000000-0000-4000-8000-00000000000b,KeyType=AsymmetricX509Cert,KeyUsage=Verify,DisplayName=CN=y]";
        let found = |old: &str, new: &str| {
            new_keys(old, new).iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let (token, certificate) = (
            "entra:token:00000000-0000-4000-8000-00000000000a",
            "entra:certificate:00000000-0000-4000-8000-00000000000b",
        );
        assert_eq!(found("[]", &format!("[\"{a}\",\"{b}\"]")), [token, certificate]);
        assert_eq!(found(&format!("[\"{a}\"]"), &format!("[\"{a}\",\"{b}\"]")), [certificate]);
        assert_eq!(found(&format!("[\"{a}\",\"{b}\"]"), &format!("[\"{b}\"]")), [""; 0]);
        assert_eq!(found("", "KeyIdentifier=x,KeyType=Password"), [""; 0]);
    }

    #[test]
    fn moments_without_a_zone_are_in_utc() {
        let expected = "2026-03-01T12:00:00Z".parse().ok();
        for text in ["2026-03-01T12:00:00", "2026-03-01T12:00:00Z", "2026-03-01T12:00:00.0+00:00"] {
            assert_eq!(moment(text), expected, "{text}");
        }
        assert_eq!(moment("yesterday"), None);
    }
}
