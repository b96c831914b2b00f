//! The hands at Active Directory: accounts of a domain, their passwords and their groups.
//!
//! A ticket or a session that was granted before lives on whatever happens to its account; new ones
//! are refused.

mod actions;
mod check;
mod client;
mod discover;
#[cfg(test)]
pub(crate) mod fake;
mod named;
pub mod operation;
mod server;
mod sid;

pub use crate::ldap::LdapConfig;
pub use actions::SPEC;
#[cfg(test)]
pub(crate) use client::ticks;

use actions::Shared;
use client::Directory;
use interlock_contain::{Action, CallError, Check, Connector, ConnectorSpec, DiscoverCx, ReadCx};
use interlock_model::{ConnectorId, DiscoveryGap, DiscoveryPage, Principal, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// One domain, configured once.
#[derive(Debug)]
pub struct ActiveDirectory {
    shared: Arc<Shared>,
    actions: Vec<Box<dyn Action>>,
}

/// What the configuration says about one domain.
#[derive(Debug, Clone)]
pub struct ActiveDirectoryConfig {
    /// The instance's name.
    pub id: ConnectorId,
    /// How a domain controller is reached; it binds as an account's entry, `corp\bob` or `bob@corp.example`.
    pub ldap: LdapConfig,
    /// The entry under which everything lies that may be contained.
    pub base: String,
    /// More groups whose members have power, before those that every domain has.
    pub privileged_groups: Vec<String>,
    /// The settle time of every action, instead of the specs'.
    pub settle: Option<Duration>,
}

impl ActiveDirectory {
    /// The connector; the domain is asked when something is to be done.
    #[must_use]
    pub fn prepare(config: ActiveDirectoryConfig) -> Self {
        let server = server::Server::new(config.ldap.clone());
        Self::with_directory(config, Arc::new(server))
    }

    /// The same on a directory of the caller's choice.
    pub(crate) fn with_directory(
        config: ActiveDirectoryConfig,
        directory: Arc<dyn Directory>,
    ) -> Self {
        let shared = Arc::new(Shared { config, directory });
        let actions = actions::all(&shared);
        Self { shared, actions }
    }
}

#[async_trait::async_trait]
impl Connector for ActiveDirectory {
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
        let listed = self.shared.directory.listed(cx.read(operation::READ_ACCOUNT)?).await?;
        let groups = self.shared.directory.listed_groups(cx.read(operation::READ_GROUPS)?).await;
        let (groups, gaps) = match groups {
            Ok(groups) => (groups, Vec::new()),
            Err(error @ (CallError::Denied { .. } | CallError::Unsupported { .. })) => {
                let gap = DiscoveryGap {
                    what: "the groups that accounts are in".to_owned(),
                    why: error.to_string(),
                    remedy: check::remedy(&self.shared, operation::READ_GROUPS),
                };
                (Vec::new(), vec![gap])
            }
            Err(error) => return Err(error),
        };
        let found = discover::described(&listed, &groups, &self.shared.config, cx.now());
        Ok(DiscoveryPage { found, gaps, next: None })
    }

    /// By every name that findings may give us.
    async fn own_principals(&self) -> Result<Vec<Principal>, CallError> {
        let pass =
            ReadCx::new(actions::ANY, Timestamp::UNIX_EPOCH).read(operation::READ_ACCOUNT)?;
        let names = self.shared.directory.own_names(pass).await?;
        Ok(names.iter().map(|it| Principal::new("ad", it)).collect())
    }
}
