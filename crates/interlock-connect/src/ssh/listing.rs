//! What `ssh-keygen` says that a list revokes: the word of another reader than our own, and of the one whose
//! code `sshd` runs.

use super::authority::fingerprint;
use super::krl::Entry;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use std::collections::HashSet;

/// What was said, line by line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Listing(String);

impl Listing {
    /// Takes what `ssh-keygen -Q -l` wrote.
    pub(crate) fn of(text: String) -> Self {
        Self(text)
    }

    /// Whether everything that the other lists is listed here too.
    pub(crate) fn holds_all_of(&self, other: &Self) -> bool {
        let own: HashSet<(&str, &str)> = self.lines().collect();
        other.lines().all(|it| own.contains(&it))
    }

    /// Each line with the authority under which it stands. When the list was made is no entry.
    fn lines(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut whose = "";
        self.0.lines().filter(|it| !it.is_empty()).filter_map(move |line| {
            if line.starts_with('#') {
                whose = line;
                return None;
            }
            Some((whose, line))
        })
    }

    /// Whether the entry is listed, in whatever form.
    pub(crate) fn has(&self, entry: &Entry) -> bool {
        self.lines().any(|(whose, line)| match entry {
            Entry::Key(hash) => line.strip_prefix("hash: SHA256:").is_some_and(|it| {
                // A hash is told in hexadecimal, a whole key by its fingerprint.
                let told = it.split(' ').next().unwrap_or_default();
                told == hex::encode(hash) || told == BASE64_STANDARD_NO_PAD.encode(hash)
            }),
            Entry::Serial { authority, serial } => {
                line.strip_prefix("serial: ").is_some_and(|it| is_in(it, *serial))
                    && is_of(whose, authority)
            }
            Entry::KeyId { authority, id } => {
                line.strip_prefix("id: ").is_some_and(|it| it == id || it == escaped(id))
                    && is_of(whose, authority)
            }
        })
    }
}

/// Whether what stands under this heading is about certificates of the authority.
fn is_of(heading: &str, authority: &[u8]) -> bool {
    let told = heading.strip_prefix("# CA key ").and_then(|it| it.split(' ').nth(1));
    heading == "# Wildcard CA" || told.is_some_and(|it| it == fingerprint(authority))
}

/// A key id as the tool prints it where no other language is set, which is how it is run.
fn escaped(id: &str) -> String {
    let byte = |it: u8| match it {
        b' '..=b'~' => char::from(it).to_string(),
        _ => format!("\\{it:03o}"),
    };
    id.bytes().map(byte).collect()
}

/// Whether a serial is in `7` or `5-9`.
fn is_in(told: &str, serial: u64) -> bool {
    let (low, high) = told.split_once('-').unwrap_or((told, told));
    match (low.parse::<u64>(), high.parse::<u64>()) {
        (Ok(low), Ok(high)) => (low..=high).contains(&serial),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_openssh_says_is_understood() {
        let (ca, other) = (b"an authority".to_vec(), b"another".to_vec());
        let text = format!(
            "# KRL version 0\n# Generated at 20260301T120000\n\n\
             hash: SHA256:{} # ssh-ed25519\nhash: SHA256:{}\n\n\
             # CA key ssh-ed25519 {}\nserial: 5-9\nserial: 1001\nid: svc x\nid: j\\303\\274rg\n\n\
             # Wildcard CA\nid: wild\n",
            BASE64_STANDARD_NO_PAD.encode([1; 32]),
            hex::encode([2; 32]),
            fingerprint(&ca),
        );
        let listing = Listing::of(text);
        let serial =
            |authority: &[u8], serial| Entry::Serial { authority: authority.into(), serial };
        let id = |authority: &[u8], id: &str| Entry::KeyId {
            authority: authority.into(),
            id: id.to_owned(),
        };
        for (entry, is) in [
            (Entry::Key([1; 32]), true),
            (Entry::Key([2; 32]), true),
            (Entry::Key([3; 32]), false),
            (serial(&ca, 5), true),
            (serial(&ca, 9), true),
            (serial(&ca, 10), false),
            (serial(&ca, 1001), true),
            (serial(&other, 1001), false),
            (id(&ca, "svc x"), true),
            (id(&ca, "svc"), false),
            (id(&ca, "jürg"), true),
            (id(&other, "svc x"), false),
            (id(&other, "wild"), true),
        ] {
            assert_eq!(listing.has(&entry), is, "{entry:?}");
        }
        let less =
            Listing::of(format!("# CA key ssh-ed25519 {}\nserial: 1001\n", fingerprint(&ca)));
        assert!(listing.holds_all_of(&less) && !less.holds_all_of(&listing));
        let moved =
            Listing::of(format!("# CA key ssh-ed25519 {}\nserial: 1001\n", fingerprint(&other)));
        assert!(!listing.holds_all_of(&moved));
    }
}
