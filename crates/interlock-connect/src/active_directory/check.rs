//! Whether the connector's own rights reach, and what to delegate where they do not.
//!
//! Reads are tried. Of writes the server says which it would take; the right to reset a password is
//! tried with a value that no server takes.

use super::actions::{ANY, SPEC, Shared};
use super::client::{Account, EXPIRY, FLAGS, HOURS, LAST_SET, MEMBER, WORD};
use super::operation as op;
use crate::reference::permissions;
use interlock_contain::{CallError, Check, Lack, ReadCx, ReadPass};
use interlock_model::{Operation, Timestamp};

/// Tries every read and asks about every write; changes nothing.
pub(crate) async fn check(shared: &Shared) -> Vec<Check> {
    let any = match any_account(shared).await {
        Ok(any) => any,
        Err(error) => {
            let why = match &error {
                CallError::Denied { permission } if permission.starts_with("bind") => {
                    format!("the server refuses to {permission}")
                }
                CallError::Retry { .. }
                | CallError::OutcomeUnknown { .. }
                | CallError::Drifted { .. }
                | CallError::Denied { .. }
                | CallError::NotFound { .. }
                | CallError::Unsupported { .. }
                | CallError::Invalid { .. } => error.to_string(),
            };
            let outcome = Err(format!("{why}; nothing else was tried"));
            return vec![Check::told(op::READ_ACCOUNT.to_string(), outcome)];
        }
    };
    let mut checks = Vec::new();
    for operation in permissions(&SPEC).enforce {
        let outcome = match &any {
            None => Err(Lack::NotKnown("there is no account to try it on".to_owned())),
            Some(any) => tried(shared, operation, any).await.map_err(Lack::Missing),
        };
        checks.push(Check::told(operation.to_string(), outcome));
    }
    checks
}

async fn any_account(shared: &Shared) -> Result<Option<Account>, CallError> {
    shared.directory.any_account(pass(op::READ_ACCOUNT)?).await
}

/// Leave to make one read outside any step.
fn pass(operation: Operation) -> Result<ReadPass, CallError> {
    ReadCx::new(ANY, Timestamp::UNIX_EPOCH).read(operation)
}

async fn tried(shared: &Shared, operation: Operation, any: &Account) -> Result<(), String> {
    let remedy = || remedy(shared, operation);
    match reaches(shared, operation, any).await {
        Ok(true) => Ok(()),
        Ok(false) | Err(CallError::Denied { .. }) => Err(remedy()),
        Err(error) => Err(error.to_string()),
    }
}

async fn reaches(shared: &Shared, operation: Operation, any: &Account) -> Result<bool, CallError> {
    let directory = &shared.directory;
    let writes = async |dn: &str, attribute: &str| {
        let writable = directory.writable(pass(op::READ_ACCOUNT)?, dn).await?;
        Ok(writable.iter().any(|it| it.eq_ignore_ascii_case(attribute)))
    };
    let attribute = match operation {
        op::READ_ACCOUNT => return Ok(true),
        op::READ_GROUPS => {
            return directory.groups(pass(operation)?, any).await.map(|_| true);
        }
        op::WRITE_MEMBER => {
            let mut all = true;
            for name in shared.powers(any) {
                let group = directory.group(pass(op::READ_GROUPS)?, &name).await?;
                let Some(group) = group else { continue };
                all &= writes(&group.dn, MEMBER).await?;
            }
            return Ok(all);
        }
        op::RESET_PASSWORD => {
            directory.may_reset(pass(op::READ_ACCOUNT)?, &any.dn).await?;
            WORD
        }
        op::WRITE_FLAGS => FLAGS,
        op::WRITE_EXPIRY => EXPIRY,
        op::WRITE_LAST_SET => LAST_SET,
        op::WRITE_HOURS => HOURS,
        _ => return Ok(false),
    };
    writes(&any.dn, attribute).await
}

/// What to say on a domain controller, ready to paste.
pub(super) fn remedy(shared: &Shared, operation: Operation) -> String {
    let (by, base) = (&shared.config.ldap.bind_dn, &shared.config.base);
    let grant = |base: &str, right: &str| format!("`dsacls \"{base}\" /I:S /G \"{by}:{right}\"`");
    let protected = "the groups of power inherit nothing: say it for `CN=AdminSDHolder,CN=System` of the domain, and with `/I:T`";
    match operation {
        op::WRITE_FLAGS => format!("run {}", grant(base, "RPWP;userAccountControl;user")),
        op::WRITE_EXPIRY => format!("run {}", grant(base, "RPWP;accountExpires;user")),
        op::WRITE_LAST_SET => format!("run {}", grant(base, "RPWP;pwdLastSet;user")),
        op::WRITE_HOURS => format!("run {}", grant(base, "RPWP;logonHours;user")),
        op::RESET_PASSWORD => format!(
            "run {} and {}",
            grant(base, "CA;Reset Password;user"),
            grant(base, "RPWP;adminDescription;user")
        ),
        op::WRITE_MEMBER => {
            format!("run {}; {protected}", grant(base, "RPWP;member;group"))
        }
        _ => format!("run {}", grant(base, "GR")),
    }
}
