//! Whether the connector's own permissions reach.
//!
//! Reads are tried; writes are tried on a resource that is not there, which a service answers with
//! 404 once it has let the caller in.

use super::actions::{SPEC, Shared};
use super::operation as op;
use crate::reference::permissions;
use interlock_contain::{CallError, Check, ReadCx};
use interlock_model::{Operation, Timestamp};

/// A name that no user and no group has.
const ABSENT: &str = "interlock-permission-check";

/// Tries every read and every write; writes nothing.
pub(crate) async fn check(shared: &Shared) -> Vec<Check> {
    let mut checks = Vec::new();
    for operation in permissions(&SPEC).enforce {
        let outcome = match tried(shared, operation).await {
            Ok(()) | Err(CallError::NotFound { .. }) => Ok(()),
            Err(CallError::Denied { .. }) => Err(format!(
                "the service refuses it: give the token of connector `{}` the scope that covers `{operation}`",
                shared.config.id
            )),
            Err(error) => Err(error.to_string()),
        };
        checks.push(Check::told(operation.to_string(), outcome));
    }
    checks
}

async fn tried(shared: &Shared, operation: Operation) -> Result<(), CallError> {
    let action = SPEC.actions.iter().find(|it| it.declares_read(operation));
    let Some(action) = action else { return shared.service.may_patch(operation).await };
    let pass = ReadCx::new(action, Timestamp::UNIX_EPOCH).read(operation)?;
    if operation == op::READ_USERS {
        return shared.service.user(pass, ABSENT).await.map(drop);
    }
    let mut pass = Some(pass);
    for name in &shared.config.privileged_groups {
        let pass = match pass.take() {
            Some(pass) => pass,
            None => ReadCx::new(action, Timestamp::UNIX_EPOCH).read(operation)?,
        };
        if shared.service.group(pass, name).await?.is_none() {
            return Err(CallError::Unsupported { why: format!("there is no group `{name}`") });
        }
    }
    match pass {
        Some(pass) => shared.service.group(pass, ABSENT).await.map(drop),
        None => Ok(()),
    }
}
