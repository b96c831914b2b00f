//! Whether the connector's own policies reach, as the server itself would decide.

use super::actions::{SPEC, Shared};
use super::operation::parts;
use crate::delivery::PUT;
use crate::reference::permissions;
use interlock_contain::{CallError, Check};
use interlock_model::Operation;

/// A name that nothing has.
const ABSENT: &str = "interlock-permission-check";

/// Asks about every capability on every path; writes nothing.
pub(crate) async fn check(shared: &Shared) -> Vec<Check> {
    let mut checks = Vec::new();
    for operation in permissions(&SPEC).enforce.into_iter().filter(|it| *it != PUT) {
        let outcome = missing(shared, operation).await;
        checks.push(Check::told(operation.to_string(), outcome));
    }
    checks.extend(shared.config.deliveries.check("vault").await);
    checks
}

/// The paths of an operation as a policy writes them, one for each mount.
fn paths(shared: &Shared, path: &str) -> Vec<String> {
    let config = &shared.config;
    for (word, mounts) in
        [("{approle}", &config.approle_mounts), ("{database}", &config.database_mounts)]
    {
        if path.contains(word) {
            return mounts.iter().map(|it| path.replace(word, it)).collect();
        }
    }
    vec![path.to_owned()]
}

async fn missing(shared: &Shared, operation: Operation) -> Result<(), String> {
    let (needed, path) = parts(operation);
    let policies = paths(shared, path);
    let tried = |it: &String| it.replace(['+', '*'], ABSENT);
    let asked: Vec<String> = policies.iter().map(tried).collect();
    if asked.is_empty() {
        return Ok(());
    }
    let given = match shared.server.capabilities(&asked).await {
        Ok(given) => given,
        Err(CallError::Denied { .. }) => {
            let id = &shared.config.id;
            return Err(format!("the server does not take the token of connector `{id}`"));
        }
        Err(error) => return Err(error.to_string()),
    };
    let mut lacking = Vec::new();
    for (policy, asked) in policies.iter().zip(&asked) {
        let has = |it: &str| given.get(asked).is_some_and(|of| of.contains(it));
        if !has("root") && needed.iter().any(|it| !has(it)) {
            let needed: Vec<String> = needed.iter().map(|it| format!("\"{it}\"")).collect();
            lacking.push(format!("path \"{policy}\" {{ capabilities = [{}] }}", needed.join(", ")));
        }
    }
    if lacking.is_empty() {
        return Ok(());
    }
    Err(format!("add to the policy of the connector: {}", lacking.join(" ")))
}
