//! Whether the connector's own permissions reach.
//!
//! Google says which of many permissions a caller has on a project; Workspace does not, so its user is
//! asked for by a name that nobody has.

use super::actions::{SPEC, Shared};
use super::operation as op;
use crate::delivery::PUT;
use crate::reference::permissions;
use interlock_contain::{CallError, Check, ReadCx};
use interlock_model::{Operation, Timestamp};

/// An address that nobody has.
const NOBODY: &str = "interlock-permission-check@invalid.example.com";

/// Asks for every permission; writes nothing.
pub(crate) async fn check(shared: &Shared) -> Vec<Check> {
    let operations: Vec<_> =
        permissions(&SPEC).enforce.into_iter().filter(|it| *it != PUT).collect();
    let directory = |it: &Operation| it.0.starts_with("directory.");
    let of_project: Vec<Operation> =
        operations.iter().copied().filter(|it| !directory(it)).collect();
    let had = shared.server.permitted(&of_project).await;
    let mut checks = Vec::new();
    for operation in operations {
        let outcome = if directory(&operation) {
            workspace(shared, operation).await
        } else {
            match &had {
                Ok(had) if had.contains(operation.0) => Ok(()),
                Ok(_) => Err(format!(
                    "grant a role with `{operation}` on project `{}` to the connector's account",
                    shared.config.project
                )),
                Err(error) => Err(error.to_string()),
            }
        };
        checks.push(Check::told(operation.to_string(), outcome));
    }
    checks.extend(shared.config.deliveries.check("google").await);
    checks
}

async fn workspace(shared: &Shared, operation: Operation) -> Result<(), String> {
    let Some(admin) = &shared.config.workspace_admin else {
        return Err("set `workspace_admin` to act on people of Workspace".to_owned());
    };
    // What may be read with a scope may be written with it: nothing is written to find out.
    let read = match operation {
        op::LIST_TOKENS | op::DELETE_TOKENS => op::LIST_TOKENS,
        op::LIST_APP_PASSWORDS | op::DELETE_APP_PASSWORDS => op::LIST_APP_PASSWORDS,
        _ => op::GET_USER,
    };
    let tried = async {
        let action = SPEC.actions.iter().find(|it| it.declares_read(read));
        let action = action
            .ok_or_else(|| CallError::Invalid { why: format!("no action reads `{read}`") })?;
        let pass = ReadCx::new(action, Timestamp::UNIX_EPOCH).read(read)?;
        match read {
            op::LIST_APP_PASSWORDS => shared.server.app_passwords(pass, NOBODY).await.map(drop),
            op::LIST_TOKENS => shared.server.applications(pass, NOBODY).await.map(drop),
            _ => shared.server.user(pass, NOBODY).await.map(drop),
        }
    };
    match tried.await {
        Ok(()) | Err(CallError::NotFound { .. }) => Ok(()),
        Err(CallError::Denied { .. }) => Err(format!(
            "give the account of the connector domain-wide delegation for `https://www.googleapis.com/auth/admin.directory.user` and `….user.security`, and `{admin}` the privilege to manage users"
        )),
        Err(error) => Err(error.to_string()),
    }
}
