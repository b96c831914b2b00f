//! Whether the connector's own permissions reach, and what to add where they do not.
//!
//! Reads are tried. Writes are tried with OpenLDAP's control that makes the server check a change
//! and not make it.

use super::actions::{SPEC, Shared};
use super::client::{Change, FOR_EVER, LOCK, PASSWORD, RESET, UNUSABLE};
use super::operation as op;
use crate::reference::permissions;
use interlock_contain::{CallError, Check, Lack, ReadCx, ReadPass};
use interlock_model::{Operation, Timestamp};

/// Tries every read and every write; writes nothing.
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
                | CallError::Invalid { .. } => with_remedy(shared, op::READ_ACCOUNT, &error),
            };
            let outcome = Err(format!("{why}; nothing else was tried"));
            return vec![Check::told(op::READ_ACCOUNT.to_string(), outcome)];
        }
    };
    let mut checks = Vec::new();
    for operation in permissions(&SPEC).enforce {
        let outcome = match tried(shared, operation, any.as_deref()).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Lack::NotKnown("there is nothing under `base` to try it on, or the server cannot try a change without making it".to_owned())),
            Err(error) => Err(Lack::Missing(with_remedy(shared, operation, &error))),
        };
        checks.push(Check::told(operation.to_string(), outcome));
    }
    checks
}

async fn any_account(shared: &Shared) -> Result<Option<String>, CallError> {
    shared.directory.any_account(pass(op::READ_ACCOUNT)?).await
}

/// Leave to make one read outside any step.
fn pass(operation: Operation) -> Result<ReadPass, CallError> {
    let action = SPEC.actions.iter().find(|it| it.declares_read(operation));
    let unknown = || CallError::Invalid { why: format!("no action declares `{operation}`") };
    ReadCx::new(action.ok_or_else(unknown)?, Timestamp::UNIX_EPOCH).read(operation)
}

/// `false` when it cannot be tried.
async fn tried(
    shared: &Shared,
    operation: Operation,
    any: Option<&str>,
) -> Result<bool, CallError> {
    let directory = &shared.directory;
    if operation == op::TRY_BIND {
        // A failed bind would count against somebody.
        return Ok(true);
    }
    let Some(dn) = any else { return Ok(false) };
    let account = directory.account(pass(op::READ_ACCOUNT)?, dn).await?;
    let Some(account) = account else { return Ok(false) };
    let value = |text: &str| text.as_bytes().to_vec();
    let change = match operation {
        op::READ_ACCOUNT => return Ok(true),
        op::READ_POLICY => return directory.policy(pass(operation)?, &account).await.map(|_| true),
        op::READ_GROUPS => {
            for group in groups(shared) {
                if directory.members(pass(operation)?, group).await?.is_none() {
                    let why = format!("the group `{group}` is not there, or may not be read");
                    return Err(CallError::Unsupported { why });
                }
            }
            return directory.groups(pass(operation)?, &account).await.map(|_| true);
        }
        op::COMPARE_PASSWORD => {
            return directory.unusable(pass(operation)?, dn).await.map(|_| true);
        }
        op::WRITE_MEMBER => return write_member(shared, dn).await,
        op::WRITE_LOCK => Change::Replace(LOCK, value(FOR_EVER)),
        op::WRITE_RESET => Change::Replace(RESET, value("TRUE")),
        op::WRITE_PASSWORD => Change::Replace(PASSWORD, value(UNUSABLE)),
        _ => return Ok(false),
    };
    Ok(directory.would_modify(operation, dn, &[change]).await?.is_some())
}

/// Tries to add a member to every group that is configured.
async fn write_member(shared: &Shared, dn: &str) -> Result<bool, CallError> {
    let mut known = false;
    for group in groups(shared) {
        let members = shared.directory.members(pass(op::READ_GROUPS)?, group).await?;
        let Some(members) = members else { continue };
        let there = members.dns.iter().any(|it| crate::ldap::name::same(it, dn));
        let value = dn.as_bytes().to_vec();
        let change = if there {
            Change::Delete(members.attribute, value)
        } else {
            Change::Add(members.attribute, value)
        };
        let tried = shared.directory.would_modify(op::WRITE_MEMBER, group, &[change]).await?;
        known = tried.is_some();
    }
    Ok(known)
}

fn groups(shared: &Shared) -> impl Iterator<Item = &str> {
    let config = &shared.config;
    config.quarantine_group.iter().chain(&config.privileged_groups).map(String::as_str)
}

/// What was said, and the rule to add, ready to paste, where a permission is missing.
fn with_remedy(shared: &Shared, operation: Operation, error: &CallError) -> String {
    let CallError::Denied { .. } = error else { return error.to_string() };
    let (by, base) = (&shared.config.ldap.bind_dn, &shared.config.base);
    let (attributes, level) = match operation {
        op::COMPARE_PASSWORD => ("userPassword", "compare"),
        op::WRITE_PASSWORD => ("userPassword", "write"),
        op::WRITE_LOCK => ("pwdAccountLockedTime", "write"),
        op::WRITE_RESET => ("pwdReset", "write"),
        op::WRITE_MEMBER => ("member,uniqueMember,memberUid", "write"),
        _ => {
            return format!(
                "add `olcAccess: to dn.subtree=\"{base}\" by dn.exact=\"{by}\" read by * break`"
            );
        }
    };
    format!(
        "add `olcAccess: to dn.subtree=\"{base}\" attrs={attributes} by dn.exact=\"{by}\" {level} by * break` before the other rules"
    )
}
