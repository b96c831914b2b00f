//! What every action here starts from: the domain, the configuration, and the same few questions.

use crate::active_directory::ActiveDirectoryConfig;
use crate::active_directory::client::{Account, Directory, GroupName, Power};
use crate::active_directory::named::Named;
use crate::active_directory::operation as op;
use crate::active_directory::sid::Sid;
use crate::ldap::name;
pub(crate) use crate::ldap::step::{already, holds, one, swap, unread};
use interlock_contain::{ActionSpec, CallError, ReadCx};
use interlock_model::{ActionName, CredentialKind, Gate, Intent, Snapshot, Step, StepId, Target};
use std::sync::Arc;

/// The administrator that every domain has from its first day.
const ADMINISTRATOR: u32 = 500;
/// The account that tickets are sealed with.
const TICKETS: u32 = 502;
/// The groups of a domain that give power, the most powerful first: domain, enterprise and schema
/// administrators, key administrators, owners of group policies.
const POWERS: [u32; 6] = [512, 519, 518, 527, 526, 520];
/// The same of the machine that every domain controller is: administrators, and operators of accounts,
/// servers, backups and printers.
const BUILT_IN: [&str; 5] =
    ["S-1-5-32-544", "S-1-5-32-548", "S-1-5-32-549", "S-1-5-32-551", "S-1-5-32-550"];
/// Groups that must not lose their last member who can sign in.
const NEVER_EMPTY: [u32; 2] = [512, 519];

/// What the actions of one connector instance share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// The configuration.
    pub config: ActiveDirectoryConfig,
    /// The domain.
    pub directory: Arc<dyn Directory>,
}

impl Shared {
    /// The account that a target names: it is here, it is not ourselves, and the domain does not rest on it.
    pub(crate) async fn account(
        &self,
        cx: &ReadCx<'_>,
        target: &Target,
    ) -> Result<Account, CallError> {
        let principal = target.principal();
        let unsupported = |why: String| Err(CallError::Unsupported { why });
        if &*principal.provider != "ad" {
            return unsupported(format!("`{principal}` is no account of a domain"));
        }
        let account = self.named(cx, &principal.name).await?;
        if let Target::Credential { credential, .. } = target {
            let password = credential.kind() == Some(CredentialKind::Password);
            if credential.provider() != "ad" || !password {
                return unsupported(format!("{target} is not a password of a domain"));
            }
            if credential.id() != &*principal.name
                && self.named(cx, credential.id()).await?.sid != account.sid
            {
                return unsupported(format!("{target} is not the password of that account"));
            }
        }
        let (dn, id) = (&account.dn, &self.config.id);
        if !name::under(dn, &self.config.base) {
            return unsupported(format!("`{dn}` does not lie under `{}`", self.config.base));
        }
        if self.directory.own(cx.read(op::READ_ACCOUNT)?).await?.contains(&account.sid) {
            return unsupported(format!("connector `{id}` acts as `{dn}` itself"));
        }
        if account.sid.relative() == Some(ADMINISTRATOR) {
            return unsupported(format!(
                "`{dn}` is the administrator that the domain came with: its last way in is left to people"
            ));
        }
        let tickets = account.name.to_lowercase();
        if account.sid.relative() == Some(TICKETS)
            || tickets.strip_prefix("krbtgt").is_some_and(|it| it.is_empty() || it.starts_with('_'))
        {
            return unsupported(format!("the domain seals its tickets with `{dn}`"));
        }
        if account.flags.is_controller() {
            return unsupported(format!("`{dn}` is a domain controller or a trust"));
        }
        Ok(account)
    }

    async fn named(&self, cx: &ReadCx<'_>, name: &str) -> Result<Account, CallError> {
        let named = Named::read(name).map_err(|why| CallError::Unsupported { why })?;
        let account = self.directory.account(cx.read(op::READ_ACCOUNT)?, &named).await?;
        account.ok_or_else(|| CallError::NotFound { what: format!("`{name}`") })
    }

    /// Refuses what would leave a group of power without a member who can sign in.
    ///
    /// `of`: only this group is left; without it, the account as a whole is cut off.
    pub(crate) async fn refuse_last(
        &self,
        cx: &ReadCx<'_>,
        account: &Account,
        of: Option<&Sid>,
    ) -> Result<(), CallError> {
        let mut groups: Vec<GroupName> =
            NEVER_EMPTY.iter().map(|it| GroupName::Sid(account.sid.sibling(*it))).collect();
        groups.extend(self.config.privileged_groups.iter().cloned().map(GroupName::Entry));
        let mut besides = self.directory.own(cx.read(op::READ_ACCOUNT)?).await?;
        besides.insert(account.sid.clone());
        let pass = cx.read(op::READ_GROUPS)?;
        let powers = self.directory.powers(pass, account, &groups, &besides, cx.now()).await?;
        let last = |it: &&Power| !it.others && of.is_none_or(|of| *of == it.group.sid);
        let Some(power) = powers.iter().find(last) else { return Ok(()) };
        let why = format!(
            "`{}` is the last member of `{}` who can sign in: give it another first",
            account.dn, power.group.dn
        );
        Err(CallError::Unsupported { why })
    }

    /// The groups of power, the most powerful first: those of the configuration, then those that every
    /// domain has.
    pub(crate) fn powers(&self, account: &Account) -> Vec<GroupName> {
        let configured = self.config.privileged_groups.iter().cloned().map(GroupName::Entry);
        let of_domain = POWERS.iter().map(|it| GroupName::Sid(account.sid.sibling(*it)));
        let built_in = BUILT_IN.iter().filter_map(|it| Sid::parse(it)).map(GroupName::Sid);
        configured.chain(of_domain).chain(built_in).collect()
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

/// A state that is one of two.
pub(crate) fn whether(what: &str, it: bool) -> Snapshot {
    one(what, Some(if it { "yes" } else { "no" }))
}

/// The one of two that a step wants.
pub(crate) fn wants(step: &Step, what: &str) -> bool {
    step.after.get(what) == Some("yes")
}
