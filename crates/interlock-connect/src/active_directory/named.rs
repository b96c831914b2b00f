//! The names by which findings call an account of a domain.

use super::sid::Sid;

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Named {
    /// `S-1-5-21-…`
    Sid(Sid),
    /// `corp\bob`: the domain by either of its names, and the name that signs in.
    InDomain {
        /// The domain.
        domain: String,
        /// The account.
        name: String,
    },
    /// `bob@corp.example`
    Principal(String),
    /// `CN=Bob,OU=People,DC=corp,DC=example`
    Entry(String),
}

impl Named {
    /// Reads the name; why not, when it names no account of a domain.
    pub(crate) fn read(name: &str) -> Result<Self, String> {
        if let Some(sid) = Sid::parse(name) {
            return Ok(Self::Sid(sid));
        }
        // No name that signs in has an equals sign.
        if name.contains('=') {
            return Ok(Self::Entry(name.to_owned()));
        }
        if let Some((domain, name)) = name.split_once('\\') {
            if domain.is_empty() || name.is_empty() {
                return Err(format!("`{domain}\\{name}` is no name of an account"));
            }
            return Ok(Self::InDomain { domain: domain.to_owned(), name: name.to_owned() });
        }
        if name.split_once('@').is_some_and(|(name, at)| !name.is_empty() && !at.is_empty()) {
            return Ok(Self::Principal(name.to_owned()));
        }
        Err(format!("`{name}` does not say of which domain it is"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart() {
        let sid = "S-1-5-21-1004336348-1177238915-682003330-1105";
        assert_eq!(Named::read(sid).unwrap(), Named::Sid(Sid::parse(sid).unwrap()));
        let bob = Named::InDomain { domain: "corp".into(), name: "bob".into() };
        assert_eq!(Named::read("corp\\bob").unwrap(), bob);
        assert_eq!(
            Named::read("bob@corp.example").unwrap(),
            Named::Principal("bob@corp.example".into())
        );
        let entry = "cn=b\\,ob,dc=corp";
        assert_eq!(Named::read(entry).unwrap(), Named::Entry(entry.into()));
        for wrong in ["bob", "", "\\bob", "corp\\", "@corp", "bob@"] {
            assert!(Named::read(wrong).is_err(), "{wrong}");
        }
    }
}
