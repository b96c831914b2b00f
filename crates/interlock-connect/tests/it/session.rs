//! A connection to a directory that stays bound, by another client than the connector.

use crate::slapd::{OPERATORS, PASSWORD, Slapd};
use ldap3::{Ldap, LdapConnAsync, Mod, Scope};
use std::collections::HashSet;

/// A connection that was bound before.
pub struct Session(Ldap);

impl Session {
    /// Binds.
    pub async fn of(slapd: &Slapd, dn: &str) -> Self {
        let (connection, mut ldap) = LdapConnAsync::new(&slapd.plain_url()).await.unwrap();
        tokio::spawn(async move { connection.drive().await });
        ldap.simple_bind(dn, PASSWORD).await.unwrap().success().unwrap();
        Self(ldap)
    }

    /// The result code of reading a group; nothing may be seen where it is 32.
    pub async fn reads(&mut self) -> u32 {
        let found = self.0.search(OPERATORS, Scope::Base, "(objectClass=*)", ["dn"]).await;
        found.unwrap().1.rc
    }

    /// The result code of a change that only operators may make.
    pub async fn writes(&mut self) -> u32 {
        let mods = vec![Mod::Replace("description", HashSet::from(["by svc"]))];
        self.0.modify("cn=readers,ou=groups,dc=example,dc=com", mods).await.unwrap().rc
    }
}
