//! The hands at OpenLDAP: accounts, their passwords and the groups they are in.
//!
//! A session that is bound stays bound whatever happens to its account; only what access rules
//! decide anew, such as the membership of a group, reaches it.

mod actions;
mod check;
mod client;
mod discover;
#[cfg(test)]
pub(crate) mod fake;
pub mod operation;
mod server;

pub use crate::ldap::LdapConfig;
pub use actions::SPEC;

use crate::Secret;
use actions::Shared;
use client::{Bound, Directory};
use interlock_contain::{
    Access, Action, CallError, CanaryCx, Check, Connector, ConnectorSpec, DiscoverCx,
};
use interlock_model::{ConnectorId, DiscoveryPage, Principal};
use std::sync::Arc;
use std::time::Duration;

/// One directory, configured once.
#[derive(Debug)]
pub struct OpenLdap {
    shared: Arc<Shared>,
    actions: Vec<Box<dyn Action>>,
}

/// What the configuration says about one directory.
#[derive(Debug, Clone)]
pub struct OpenLdapConfig {
    /// The instance's name.
    pub id: ConnectorId,
    /// How it is reached.
    pub ldap: LdapConfig,
    /// The entry under which everything lies that may be contained.
    pub base: String,
    /// The password policy that is in force where an entry names none; `None`: as `cn=config` says.
    pub default_policy: Option<String>,
    /// The group whose members the access rules deny everything.
    pub quarantine_group: Option<String>,
    /// The groups whose members have power, the most powerful first.
    pub privileged_groups: Vec<String>,
    /// The settle time of every action, instead of the specs'.
    pub settle: Option<Duration>,
}

impl OpenLdap {
    /// The connector; the server is asked when something is to be done.
    #[must_use]
    pub fn prepare(config: OpenLdapConfig) -> Self {
        let server = server::Server::new(
            config.ldap.clone(),
            &config.base,
            config.default_policy.as_deref(),
        );
        Self::with_directory(config, Arc::new(server))
    }

    /// The same on a directory of the caller's choice.
    pub(crate) fn with_directory(config: OpenLdapConfig, directory: Arc<dyn Directory>) -> Self {
        let shared = Arc::new(Shared { config, directory });
        let actions = actions::all(&shared);
        Self { shared, actions }
    }
}

#[async_trait::async_trait]
impl Connector for OpenLdap {
    fn id(&self) -> &ConnectorId {
        &self.shared.config.id
    }

    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC
    }

    fn actions(&self) -> Vec<&dyn Action> {
        self.actions.iter().map(AsRef::as_ref).collect()
    }

    async fn check(&self) -> Vec<Check> {
        check::check(&self.shared).await
    }

    async fn discover(
        &self,
        cx: &DiscoverCx<'_>,
        _from: Option<&str>,
    ) -> Result<DiscoveryPage, CallError> {
        let config = &self.shared.config;
        let entries = self.shared.directory.accounts(cx.read(operation::READ_ACCOUNT)?).await?;
        let found = entries.iter().map(|it| discover::described(it, config)).collect();
        Ok(DiscoveryPage { found, ..DiscoveryPage::default() })
    }

    async fn try_access(&self, cx: &CanaryCx, principal: &Principal, secret: &str) -> Access {
        let (pass, own) = (cx.read(operation::TRY_BIND), Secret::new(secret));
        match self.shared.directory.bind_as(pass, &principal.name, &own).await {
            Ok(Bound::Granted) => Access::Accepted,
            Ok(Bound::Locked) => Access::Refused { how: "the account is locked".to_owned() },
            Ok(Bound::Refused(text)) => {
                Access::Refused { how: format!("invalid credentials: {text}") }
            }
            Err(error) => Access::CannotTell { why: error.to_string() },
        }
    }

    /// A simple bind acts as the very entry that it names.
    async fn own_principals(&self) -> Result<Vec<Principal>, CallError> {
        let dn = crate::ldap::name::normal(&self.shared.config.ldap.bind_dn);
        Ok(vec![Principal::new("ldap", &dn)])
    }
}
