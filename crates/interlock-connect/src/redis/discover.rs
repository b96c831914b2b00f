//! ACL users as Redis lists them.

use super::rules::administers;
use super::server::ACL_GETUSER;
use interlock_contain::DiscoverySpec;
use interlock_model::{
    CredentialKind, CredentialRef, Discovered, DiscoveredCredential, Entitlement, Principal,
    RiskClass,
};

pub(crate) static SPEC: DiscoverySpec = DiscoverySpec {
    sees: "ACL users, whether they are on, whether a password is set, their commands and keys",
    hides: "when a password was set or used: Redis does not keep that",
    reads: &[ACL_GETUSER],
    source: "https://redis.io/docs/latest/commands/acl-list/",
};

/// One line of `ACL LIST`; `None` when it is none.
pub(crate) fn described(line: &str) -> Option<Discovered> {
    let mut words = line.split_whitespace();
    if words.next() != Some("user") {
        return None;
    }
    let name = words.next()?;
    let words: Vec<&str> = words.collect();
    let on = words.contains(&"on");
    let open = words.contains(&"nopass");
    let password = words.iter().any(|it| it.starts_with('#'));
    let start = words.iter().position(|it| it.starts_with(['+', '-']));
    let commands = start.and_then(|at| words.get(at..)).unwrap_or_default().join(" ");
    let keys: Vec<&str> = words.iter().filter(|it| it.starts_with(['~', '%'])).copied().collect();
    let scope = if keys.is_empty() { "no keys".to_owned() } else { keys.join(" ") };
    let only =
        |class: &str| commands.split_whitespace().all(|it| it.starts_with('-') || it == class);
    let risk = if administers(&commands) {
        RiskClass::Admin
    } else if only("+@read") || only("+ping") {
        RiskClass::Read
    } else {
        RiskClass::Write
    };
    let entitlement = Entitlement { grant: commands, scope, through: "rules".to_owned(), risk };
    let mut it = Discovered {
        enabled: Some(on),
        entitlements: vec![entitlement],
        ..Discovered::of(Principal::new("redis", name))
    };
    if password {
        it.credentials.push(DiscoveredCredential {
            reference: CredentialRef::new("redis", CredentialKind::Password, name),
            enabled: Some(on),
            issued: None,
            expires: None,
            last_used: None,
        });
    }
    if open {
        it.labels.insert("password".to_owned(), "any: the user is `nopass`".to_owned());
    }
    Some(it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_users() {
        for (line, enabled, risk, credentials) in [
            ("user default on nopass sanitize-payload ~* &* +@all", true, RiskClass::Admin, 0),
            ("user app on #abc ~orders:* resetchannels -@all +@read", true, RiskClass::Read, 1),
            ("user etl off #abc #def ~* &* -@all +@write", false, RiskClass::Write, 1),
        ] {
            let it = described(line).unwrap();
            assert_eq!(it.enabled, Some(enabled), "{line}");
            assert_eq!(it.entitlements[0].risk, risk, "{line}");
            assert_eq!(it.credentials.len(), credentials, "{line}");
        }
        assert_eq!(described("users are none"), None);
        assert_eq!(described(""), None);
    }
}
