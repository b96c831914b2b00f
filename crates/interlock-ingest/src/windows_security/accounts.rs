//! What an account is called: by its SID where that names one account of one domain, else by its name.

use super::AD;
use interlock_model::{Principal, PrincipalKind};

/// SIDs of accounts of a domain or a computer, and of Entra; others (`S-1-5-18`) are the same everywhere.
const REAL: [&str; 2] = ["S-1-5-21-", "S-1-12-1-"];

/// SIDs that act for the system itself: system, local service, network service.
const SYSTEM: [&str; 3] = ["S-1-5-18", "S-1-5-19", "S-1-5-20"];

/// An account as an event names it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Account<'a> {
    pub(super) sid: Option<&'a str>,
    pub(super) domain: Option<&'a str>,
    pub(super) name: Option<&'a str>,
}

impl<'a> Account<'a> {
    /// Whether anything real is named.
    pub(super) fn is_named(&self) -> bool {
        self.real_sid().is_some() || self.name.is_some()
    }

    fn real_sid(&self) -> Option<&'a str> {
        self.sid.filter(|sid| REAL.iter().any(|it| sid.starts_with(it)))
    }

    /// The name without the realm that Kerberos puts behind it, and the domain.
    fn parts(&self) -> (Option<&'a str>, Option<&'a str>) {
        let Some(name) = self.name else { return (None, self.domain) };
        if let Some((domain, name)) = name.split_once('\\') {
            return (Some(name), Some(domain).filter(|it| !it.is_empty()).or(self.domain));
        }
        match name.split_once('@') {
            Some((name, realm)) if !name.is_empty() => (Some(name), self.domain.or(Some(realm))),
            _ => (Some(name), self.domain),
        }
    }

    /// `ad:S-1-5-21-…`, else `ad:<domain>\<name>` in lower case.
    pub(super) fn principal(&self) -> Option<Principal> {
        if let Some(sid) = self.real_sid() {
            return Some(Principal::new(AD, sid));
        }
        let name = match self.parts() {
            (Some(name), Some(domain)) => format!("{domain}\\{name}"),
            (Some(name), None) => name.to_owned(),
            (None, _) => return None,
        };
        Some(Principal::new(AD, &name.to_lowercase()))
    }

    /// SID and `<domain>\<name>` in lower case, where a person's or a service's account is called both.
    pub(super) fn both(&self) -> Option<(&'a str, String)> {
        let sid = self.real_sid()?;
        let (Some(name), Some(domain)) = self.parts() else { return None };
        let plain = !name.ends_with('$') && !domain.is_empty() && !sid.contains(' ');
        plain.then(|| (sid, format!("{domain}\\{name}").to_lowercase()))
    }

    /// What people call it.
    pub(super) fn short(&self) -> &'a str {
        self.parts().0.or(self.sid).unwrap_or_default()
    }

    /// Its domain.
    pub(super) fn account(&self) -> Option<&'a str> {
        self.parts().1.filter(|it| !it.is_empty())
    }

    /// A person's or a service's account; a computer acts for whatever runs on it.
    pub(super) fn kind(&self) -> PrincipalKind {
        if !self.is_named() {
            PrincipalKind::Unknown
        } else if self.sid.is_some_and(|it| SYSTEM.contains(&it)) {
            PrincipalKind::Service
        } else if self.short().ends_with('$') {
            PrincipalKind::Unknown
        } else {
            PrincipalKind::User
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_named_by_sid_or_name() {
        let real = "S-1-5-21-1004336348-1177238915-682003330-1105";
        for (sid, domain, name, expected) in [
            (Some(real), Some("ACME"), Some("bob"), Some(format!("ad:{real}"))),
            (Some("S-1-0-0"), Some("ACME"), Some("Bob"), Some(r"ad:acme\bob".to_owned())),
            (None, None, Some(r"ACME\bob"), Some(r"ad:acme\bob".to_owned())),
            (None, None, Some("bob@ACME.EXAMPLE"), Some(r"ad:acme.example\bob".to_owned())),
            (None, None, Some("bob"), Some("ad:bob".to_owned())),
            (Some("S-1-5-18"), Some("ACME"), Some("DC01$"), Some(r"ad:acme\dc01$".to_owned())),
            (Some("S-1-0-0"), None, None, None),
        ] {
            let found = Account { sid, domain, name }.principal().map(|it| it.to_string());
            assert_eq!(found, expected);
        }
    }
}
