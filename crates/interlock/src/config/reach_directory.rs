//! The directories and applications of `interlock.toml`: addresses that keep a secret to themselves, and
//! names of entries.

use super::check::Check;
use super::raw_feed::RawSecret;
use super::reach::is_loopback;
use super::render::NEVER_SHOWN;
use super::tree::Node;
use super::{LdapReference, OpenLdapConfig};

impl Check<'_> {
    pub(super) fn ldap<'n>(
        &mut self,
        url: String,
        start_tls: bool,
        ca: Option<&str>,
        bind_dn: String,
        password: RawSecret,
        at: &impl Fn(&str) -> Option<&'n Node>,
    ) -> LdapReference {
        self.ldap_url(&url, start_tls, at);
        let password = self.secret(password, at("password"));
        let ca = ca.map(|it| self.path(it));
        if ca.as_ref().is_some_and(|it| !it.is_file()) {
            let what = "the file of authorities is missing".to_owned();
            self.error(at("ca"), what, "a file in PEM; leave `ca` out for those of the system");
        }
        LdapReference { url, start_tls, ca, bind_dn, password }
    }

    /// As whom a connector signs in to a domain.
    pub(super) fn domain_user<'n>(&mut self, user: &str, at: &impl Fn(&str) -> Option<&'n Node>) {
        if !user.contains(['=', '@', '\\']) {
            let what = format!("`{}` does not say of which domain it is", user.escape_debug());
            self.error(at("user"), what, "such as `interlock@corp.example.com`");
        }
    }

    /// The names of entries of one domain.
    pub(super) fn domain_names<'n>(
        &mut self,
        base: &str,
        groups: &[String],
        at: &impl Fn(&str) -> Option<&'n Node>,
    ) {
        self.name(base, "base", at);
        for name in groups {
            self.name(name, "privileged_groups", at);
        }
    }

    /// The names of entries of one directory.
    pub(super) fn names<'n>(
        &mut self,
        config: &OpenLdapConfig,
        at: &impl Fn(&str) -> Option<&'n Node>,
    ) {
        self.name(&config.base, "base", at);
        for (key, name) in [
            ("default_policy", &config.default_policy),
            ("quarantine_group", &config.quarantine_group),
        ] {
            if let Some(name) = name {
                self.name(name, key, at);
            }
        }
        for name in &config.privileged_groups {
            self.name(name, "privileged_groups", at);
        }
    }

    pub(super) fn name<'n>(&mut self, dn: &str, key: &str, at: &impl Fn(&str) -> Option<&'n Node>) {
        // An empty name binds as nobody, and lies above everything.
        if !dn.split(',').next().is_some_and(|it| it.contains('=')) {
            let what = format!("`{}` is not the name of an entry", dn.escape_debug());
            self.error(at(key), what, "such as `cn=interlock,ou=services,dc=example,dc=com`");
        }
    }

    /// The address of an application: a bearer token is whoever reads it.
    pub(super) fn application<'n>(
        &mut self,
        endpoint: &str,
        at: &impl Fn(&str) -> Option<&'n Node>,
    ) {
        let parsed = reqwest::Url::parse(endpoint).ok();
        let far = |it: &reqwest::Url| !it.host_str().is_some_and(is_loopback);
        if parsed.is_some_and(|it| it.scheme() == "http" && far(&it)) {
            let what = "the token would travel in clear".to_owned();
            return self.error(at("endpoint"), what, "use `https://`");
        }
        self.endpoint(Some(endpoint), "endpoint", at);
    }

    fn ldap_url<'n>(&mut self, url: &str, start_tls: bool, at: &impl Fn(&str) -> Option<&'n Node>) {
        let parsed = reqwest::Url::parse(url).ok();
        let parsed = parsed.filter(|it| matches!(it.scheme(), "ldap" | "ldaps"));
        let Some((url, host)) =
            parsed.as_ref().and_then(|it| Some((it, it.host_str().filter(|it| !it.is_empty())?)))
        else {
            let what = format!("`{}` is not the address of a directory", url.escape_debug());
            return self.error(at("url"), what, "such as `ldaps://ldap.example.com`");
        };
        if url.password().is_some() || !url.username().is_empty() {
            let what = "the address of the directory holds credentials".to_owned();
            let help = format!("use `bind_dn` and `password`; {NEVER_SHOWN}");
            return self.error(at("url"), what, &help);
        }
        if url.scheme() == "ldap" && !start_tls && !is_loopback(host) {
            let what = "the password would travel in clear".to_owned();
            self.error(at("url"), what, "use `ldaps://`, or add `start_tls = true`");
        }
        if url.scheme() == "ldaps" && start_tls {
            let what =
                "`ldaps://` is TLS from its first byte, so there is nothing to start".to_owned();
            self.error(at("start_tls"), what, "leave one of the two out");
        }
    }
}
