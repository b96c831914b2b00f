//! The hands at the doors of SSH: the one file that `RevokedKeys` of every `sshd` names.
//!
//! A server asks the list at each sign-in, so what is revoked opens no new session; one that is open
//! already goes on. How the file reaches the hosts is the operator's affair.

mod actions;
mod authority;
mod door;
#[cfg(test)]
pub(crate) mod fake;
mod krl;
mod list;
mod listing;
mod named;
pub mod operation;
#[cfg(test)]
mod tests;
mod wire;

pub use actions::SPEC;
pub use authority::{Authority, AuthorityError};
pub use door::Door;

use crate::Secret;
use crate::reference::permissions;
use actions::{Revoke, Shared};
use interlock_contain::{
    Access, Action, CallError, CanaryCx, Check, Connector, ConnectorSpec, ReadCx,
};
use interlock_model::{ConnectorId, Principal, Timestamp};
use list::{OnDisk, RevocationList};
use named::Names;
use operation as op;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// What the configuration says about one list and the servers that read it.
#[derive(Debug, Clone)]
pub struct SshConfig {
    /// The instance's name. Its people are `ssh:<name>/<key id>`.
    pub id: ConnectorId,
    /// The list, absolute: what `RevokedKeys` of `sshd` names, or what is distributed to there.
    pub revoked_keys: PathBuf,
    /// Its mode; `None`: as it is.
    pub mode: Option<u32>,
    /// Its owner's number; `None`: as it is.
    pub user: Option<u32>,
    /// Its group's number; `None`: as it is.
    pub group: Option<u32>,
    /// The authorities whose certificates can be revoked.
    pub authorities: Vec<Authority>,
    /// OpenSSH's program `ssh-keygen`, absolute.
    pub ssh_keygen: PathBuf,
    /// Where a canary's own key is tried; `None`: nowhere, and there are no drills.
    pub door: Option<Door>,
    /// How long the list takes to the last host, instead of the specs' times.
    pub settle: Option<Duration>,
}

/// One list, configured once.
#[derive(Debug)]
pub struct Ssh {
    shared: Arc<Shared>,
    door: Option<Door>,
    actions: Vec<Box<dyn Action>>,
}

impl Ssh {
    /// The connector; the file is read when something is to be done.
    #[must_use]
    pub fn new(config: SshConfig) -> Self {
        let list = OnDisk {
            path: config.revoked_keys.clone(),
            mode: config.mode,
            user: config.user,
            group: config.group,
            keygen: config.ssh_keygen.clone(),
        };
        Self::on(config, Arc::new(list))
    }

    /// The same on a list of the caller's choice.
    fn on(config: SshConfig, list: Arc<dyn RevocationList>) -> Self {
        let mut authorities: Vec<Authority> = Vec::new();
        for it in config.authorities {
            if !authorities.contains(&it) {
                authorities.push(it);
            }
        }
        let names = Names { id: config.id, authorities };
        let turn = tokio::sync::Mutex::default();
        let shared = Arc::new(Shared { names, list, settle: config.settle, turn });
        let action =
            |spec| -> Box<dyn Action> { Box::new(Revoke { shared: Arc::clone(&shared), spec }) };
        let actions = SPEC.actions.iter().map(|it| action(*it)).collect();
        Self { shared, door: config.door, actions }
    }

    /// Whether one permission is there.
    async fn tried(&self, operation: interlock_model::Operation) -> Result<(), String> {
        let told = |it: CallError| it.to_string();
        let cx = ReadCx::new(&actions::KEY, Timestamp::UNIX_EPOCH);
        match operation {
            op::READ_LIST => self.shared.krl(&cx).await.map(drop).map_err(told),
            op::ASK_KEYGEN => {
                let pass = cx.read(operation).map_err(told)?;
                self.shared.list.listed(pass, None).await.map(drop).map_err(told)
            }
            _ => self.shared.list.could_replace().await,
        }
    }
}

#[async_trait::async_trait]
impl Connector for Ssh {
    fn id(&self) -> &ConnectorId {
        &self.shared.names.id
    }

    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC
    }

    fn actions(&self) -> Vec<&dyn Action> {
        self.actions.iter().map(AsRef::as_ref).collect()
    }

    async fn check(&self) -> Vec<Check> {
        let mut checks = Vec::new();
        for operation in permissions(&SPEC).enforce {
            let outcome = self.tried(operation).await;
            checks.push(Check::told(operation.to_string(), outcome));
        }
        checks
    }

    /// Only a door can tell: who a canary is there, its key says.
    async fn try_access(&self, _cx: &CanaryCx, _principal: &Principal, secret: &str) -> Access {
        match &self.door {
            Some(door) => door.tried(&Secret::new(secret)).await,
            None => {
                let why = format!("connector `{}` has no `door` at which to try", self.id());
                Access::CannotTell { why }
            }
        }
    }

    /// None: it has no account, and acts by the rights of the process on one file.
    async fn own_principals(&self) -> Result<Vec<Principal>, CallError> {
        Ok(Vec::new())
    }
}
