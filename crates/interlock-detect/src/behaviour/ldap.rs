//! What a change in a directory of OpenLDAP means, by the attributes that it touches.
//!
//! Sources: `slapo-accesslog`, which tells of each attribute what became of it; `slapd-config`; the schemas
//! of RFC 2307, of sudo and of FreeIPA.

use super::paths::Paths;
use interlock_model::Event;

/// The fields that tell: as the overlay calls them, and as exports of its database nest them.
pub const PATHS: [&str; 4] = ["attributes.reqDN", "attributes.reqMod", "reqDN", "reqMod"];

/// What an attribute of an entry is for, as far as it says who may do what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attribute {
    /// The server's own configuration of who may do what.
    Rule,
    /// To act as others, or as the administrator of machines.
    Power,
    /// Who belongs to a group.
    Member,
    /// The number of an account, which is that of the administrator when it is 0.
    Number,
    /// What one signs in with, in words.
    Password,
    /// What one signs in with, by a key.
    Key,
    /// Anything else.
    Other,
}

impl Attribute {
    /// By its name, in any case.
    fn named(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "olcaccess" | "olcauthzregexp" | "olcrootdn" | "olcrootpw" => Self::Rule,
            "authzfrom" | "authzto" | "sudocommand" | "sudouser" => Self::Power,
            "member" | "memberuid" | "uniquemember" => Self::Member,
            "uidnumber" => Self::Number,
            "krbprincipalkey" | "userpassword" => Self::Password,
            "ipasshpubkey" | "sshpublickey" => Self::Key,
            _ => Self::Other,
        }
    }
}

/// What an operation did to one attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change<'e> {
    /// Which.
    pub attribute: Attribute,
    /// The value that it was given; `None` of one that was taken away.
    pub set: Option<&'e str>,
}

impl<'e> Change<'e> {
    /// Reads `<attribute>:<what became of it> <value>`.
    fn read(text: &'e str) -> Self {
        let (name, rest) = text.split_once(':').unwrap_or((text, ""));
        let set = rest.strip_prefix(['+', '=']).map(str::trim);
        Self { attribute: Attribute::named(name), set }
    }

    /// Whether it makes an account the administrator's.
    pub fn makes_root(self) -> bool {
        self.attribute == Attribute::Number && self.set == Some("0")
    }
}

/// The entry that an operation was on; empty where the record does not say.
pub fn entry<'e>(event: &'e Event, paths: &Paths) -> &'e str {
    paths.first(&event.fields, &["reqDN", "attributes.reqDN"])
}

/// What an operation did to the entry.
pub fn changes<'e>(event: &'e Event, paths: &Paths) -> impl Iterator<Item = Change<'e>> {
    let texts = ["reqMod", "attributes.reqMod"].into_iter();
    texts.flat_map(|it| paths.texts(&event.fields, it)).map(Change::read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_became_of_an_attribute() {
        for (text, attribute, set) in [
            ("userPassword:= {SSHA}x", Attribute::Password, Some("{SSHA}x")),
            ("USERPASSWORD:+ x", Attribute::Password, Some("x")),
            ("sshPublicKey:+ ssh-ed25519 AAAA", Attribute::Key, Some("ssh-ed25519 AAAA")),
            ("member:- uid=bob,dc=example,dc=com", Attribute::Member, None),
            ("member:", Attribute::Member, None),
            ("olcAccess", Attribute::Rule, None),
            ("telephoneNumber:= 1", Attribute::Other, Some("1")),
        ] {
            assert_eq!(Change::read(text), Change { attribute, set }, "{text}");
        }
        assert!(Change::read("uidNumber:= 0").makes_root());
        assert!(!Change::read("uidNumber:= 1000").makes_root());
        assert!(!Change::read("uidNumber:- 0").makes_root());
    }
}
