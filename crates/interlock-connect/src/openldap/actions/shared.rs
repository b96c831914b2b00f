//! What every action here starts from: the directory, the configuration, and the same few questions.

use crate::ldap::name;
pub(crate) use crate::ldap::step::{already, holds, one, swap, unread};
use crate::openldap::OpenLdapConfig;
use crate::openldap::client::{Account, Directory, Policy};
use crate::openldap::operation as op;
use interlock_contain::{ActionSpec, CallError, ReadCx};
use interlock_model::{ActionName, CredentialKind, Gate, Intent, Snapshot, Step, StepId, Target};
use std::sync::Arc;

/// How many other members of a group are looked at.
const OTHERS: usize = 20;

/// What the actions of one connector instance share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// The configuration.
    pub config: OpenLdapConfig,
    /// The directory.
    pub directory: Arc<dyn Directory>,
}

impl Shared {
    /// The entry that a target names: it is here, and it is not ourselves.
    pub(crate) async fn account(
        &self,
        cx: &ReadCx<'_>,
        target: &Target,
    ) -> Result<Account, CallError> {
        let principal = target.principal();
        let dn = &*principal.name;
        let unsupported = |why: String| Err(CallError::Unsupported { why });
        if &*principal.provider != "ldap" {
            return unsupported(format!("`{principal}` is no entry of a directory"));
        }
        if !name::under(dn, &self.config.base) {
            return unsupported(format!("`{dn}` does not lie under `{}`", self.config.base));
        }
        if let Target::Credential { credential, .. } = target {
            let password = credential.kind() == Some(CredentialKind::Password);
            if credential.provider() != "ldap" || !password || !name::same(credential.id(), dn) {
                return unsupported(format!("{target} is not the password of that entry"));
            }
        }
        let pass = cx.read(op::READ_ACCOUNT)?;
        let account = self.directory.account(pass, dn).await?;
        let account = account.ok_or_else(|| CallError::NotFound { what: format!("`{dn}`") })?;
        // The server's own spelling counts: an alias or an escape must not hide who it is.
        let own = &self.config.ldap.bind_dn;
        if [dn, &account.dn].into_iter().any(|it| name::same(it, own)) {
            return unsupported(format!("connector `{}` acts as `{dn}` itself", self.config.id));
        }
        Ok(account)
    }

    /// The password policy that is in force.
    pub(crate) async fn policy(
        &self,
        cx: &ReadCx<'_>,
        account: &Account,
    ) -> Result<Option<Policy>, CallError> {
        self.directory.policy(cx.read(op::READ_POLICY)?, account).await
    }

    /// Refuses what would leave a privileged group without a member who can bind.
    ///
    /// `of`: only this group is left; without it, the account as a whole is cut off.
    pub(crate) async fn refuse_last(
        &self,
        cx: &ReadCx<'_>,
        account: &Account,
        of: Option<&str>,
    ) -> Result<(), CallError> {
        let own = &self.config.ldap.bind_dn;
        let hit = |it: &&String| of.is_none_or(|of| name::same(of, it));
        for group in self.config.privileged_groups.iter().filter(hit) {
            let members = self.directory.members(cx.read(op::READ_GROUPS)?, group).await?;
            let Some(members) = members else { continue };
            if !members.dns.iter().any(|it| name::same(it, &account.dn)) {
                continue;
            }
            let other = |it: &&String| !name::same(it, &account.dn) && !name::same(it, own);
            let mut usable = false;
            for dn in members.dns.iter().filter(other).take(OTHERS) {
                let other = self.directory.account(cx.read(op::READ_ACCOUNT)?, dn).await?;
                if other.is_some_and(|it| !it.locked_for_ever()) {
                    usable = true;
                    break;
                }
            }
            if !usable {
                let why = format!(
                    "`{}` is the last member of `{group}` who can bind: give it another first",
                    account.dn
                );
                return Err(CallError::Unsupported { why });
            }
        }
        Ok(())
    }

    /// The step from one state to another.
    pub(crate) fn step(
        &self,
        spec: &ActionSpec,
        id: StepId,
        intent: &Intent,
        (before, after): (Snapshot, Snapshot),
        summary: String,
    ) -> Step {
        Step {
            id,
            connector: self.config.id.clone(),
            action: ActionName(spec.name.into()),
            kind: spec.kind,
            target: intent.target.clone(),
            before,
            after,
            reversal: spec.reversal.to_model(),
            gate: Gate::Now,
            stops: spec.stops,
            settle_seconds: self.config.settle.unwrap_or(spec.settle).as_secs(),
            summary,
        }
    }
}
