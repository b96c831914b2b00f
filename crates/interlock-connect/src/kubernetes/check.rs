//! Whether the connector's own permissions reach, as the API server itself would decide.

use super::actions::{SPEC, Shared};
use super::cluster::May;
use super::operation::rules;
use crate::reference::permissions;
use interlock_contain::{CallError, Check};
use interlock_model::Operation;

/// Asks about every verb on every resource; writes nothing.
pub(crate) async fn check(shared: &Shared) -> Vec<Check> {
    let mut checks = Vec::new();
    for operation in permissions(&SPEC).enforce {
        let outcome = missing(shared, operation).await;
        checks.push(Check::told(operation.to_string(), outcome));
    }
    checks
}

async fn missing(shared: &Shared, operation: Operation) -> Result<(), String> {
    let mut lacking = Vec::new();
    for rule in rules(operation) {
        let mut all = true;
        for resource in rule.resources {
            for verb in rule.verbs {
                let may = May {
                    namespace: String::new(),
                    verb: (*verb).to_owned(),
                    group: rule.group.to_owned(),
                    resource: (*resource).to_owned(),
                };
                match shared.cluster.may(operation, &may).await {
                    Ok(answer) => all &= answer.allowed,
                    Err(CallError::Denied { .. }) => {
                        let id = &shared.config.id;
                        return Err(format!(
                            "the API server does not take the token of connector `{id}`"
                        ));
                    }
                    Err(error) => return Err(error.to_string()),
                }
            }
        }
        if !all {
            lacking.push(rule.written());
        }
    }
    if lacking.is_empty() {
        return Ok(());
    }
    Err(format!("add to the ClusterRole of the connector: {}", lacking.join(", ")))
}
