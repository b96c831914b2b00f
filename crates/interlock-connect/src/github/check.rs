//! Whether the connector's own permissions reach.
//!
//! An App's installation lists what it may do. A token does not: reads are tried, and writes are tried on
//! what cannot be there, which GitHub answers with 404 once it has let the caller in, and else with 403.

use super::actions::{SPEC, Shared};
use super::credential::Credential;
use super::operation as op;
use crate::delivery::PUT;
use crate::reference::permissions;
use interlock_contain::{CallError, Check};
use interlock_model::Operation;
use serde_json::{Value, json};

/// A login that nobody can have: two hyphens in a row are not given out.
const NOBODY: &str = "interlock--permission-check";
/// A number that nothing has.
const NOTHING: &str = "0";

/// Tries every read and every write; writes nothing.
pub(crate) async fn check(shared: &Shared) -> Vec<Check> {
    let operations: Vec<_> = permissions(&SPEC)
        .enforce
        .into_iter()
        .filter(|it| *it != PUT && !op::BY_ANYBODY.contains(it))
        .filter(|it| !op::BY_OWN_KEY.contains(it))
        .collect();
    let granted = match shared.server.granted().await {
        Ok(granted) => granted,
        Err(error) => {
            let each = |it: Operation| Check {
                permission: it.to_string(),
                outcome: Err(error.to_string().into()),
            };
            return operations.into_iter().map(each).collect();
        }
    };
    let repository = match &granted {
        Some(_) => None,
        None => some_repository(shared).await,
    };
    let mut checks = Vec::new();
    for operation in operations {
        let outcome = match &granted {
            Some(granted) => listed(shared, granted, operation),
            None => tried(shared, repository.as_deref(), operation).await,
        };
        checks.push(Check::told(operation.to_string(), outcome));
    }
    for (installation, outcome) in shared.apps.check().await {
        let outcome = outcome.map_err(|it| {
            format!("{it}: compare `id`, `installation` and `private_key` with the App's page")
        });
        let permission = format!("{} (installation `{installation}`)", op::READ_INSTALLATION);
        checks.push(Check::told(permission, outcome));
    }
    checks.extend(shared.config.deliveries.check("github").await);
    checks
}

/// Whether an installation's list has it.
fn listed(shared: &Shared, granted: &Value, operation: Operation) -> Result<(), String> {
    let Some((_, name, level)) = op::NAMES.iter().find(|it| it.0 == operation) else {
        return Err(format!("`{operation}` has no name at GitHub"));
    };
    let there = granted.get(name).and_then(Value::as_str);
    if there.is_some_and(|it| it == *level || it == "write" || it == "admin") {
        return Ok(());
    }
    let id = match &shared.config.credential {
        Credential::App(app) => app.id.as_str(),
        Credential::Token(_) => "",
    };
    Err(format!(
        "add `\"{name}\": \"{level}\"` to the permissions of App `{id}`, and have an owner of `{}` accept them",
        shared.config.organization
    ))
}

async fn some_repository(shared: &Shared) -> Option<String> {
    let path = ["orgs", &shared.config.organization, "repos"];
    let (page, _) =
        shared.server.page::<Value>(op::READ_METADATA, &path, &[], None, 1).await.ok()?;
    let name = page.first()?.get("name")?;
    name.as_str().map(str::to_owned)
}

async fn tried(
    shared: &Shared,
    repository: Option<&str>,
    operation: Operation,
) -> Result<(), String> {
    let answer = match asked(shared, repository, operation) {
        Some((method, path, body)) => {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            if method == "GET" {
                shared.server.look::<Value>(operation, &path).await.map(drop)
            } else {
                shared.server.may((operation, method), &path, body).await
            }
        }
        None => {
            Err(CallError::Unsupported { why: "there is no repository to try it on".to_owned() })
        }
    };
    match answer {
        Ok(()) | Err(CallError::NotFound { .. }) => Ok(()),
        Err(CallError::Denied { .. }) => {
            let app = match operation {
                op::READ_TOKENS | op::WRITE_TOKENS => {
                    "GitHub gives it to Apps alone: use a GitHub App instead of a token"
                }
                _ => "give the token this permission for the organisation and all repositories",
            };
            Err(format!("GitHub refuses it: {app}"))
        }
        Err(error) => Err(error.to_string()),
    }
}

type Tried = (&'static str, Vec<String>, Option<Value>);

/// What is asked for a permission: of the organisation, or of some repository of it.
fn asked(shared: &Shared, repository: Option<&str>, operation: Operation) -> Option<Tried> {
    let organization = &shared.config.organization;
    let of = |part: &[&str]| -> Vec<String> {
        ["orgs", organization].iter().chain(part).map(|it| (*it).to_owned()).collect()
    };
    let repo = |part: &[&str]| -> Option<Vec<String>> {
        let head = ["repos", organization, repository?];
        Some(head.iter().chain(part).map(|it| (*it).to_owned()).collect())
    };
    let revoke = json!({ "action": "revoke" });
    Some(match operation {
        op::READ_METADATA => ("GET", of(&["repos"]), None),
        op::READ_MEMBERS => ("GET", of(&["members"]), None),
        op::WRITE_MEMBERS => ("DELETE", of(&["members", NOBODY]), None),
        op::READ_BLOCKS => ("GET", of(&["blocks", NOBODY]), None),
        op::WRITE_BLOCKS => ("DELETE", of(&["blocks", NOBODY]), None),
        op::READ_TOKENS => ("GET", of(&["personal-access-tokens"]), None),
        op::WRITE_TOKENS => ("POST", of(&["personal-access-tokens", NOTHING]), Some(revoke)),
        op::READ_ORGANIZATION => ("GET", of(&["credential-authorizations"]), None),
        op::WRITE_ORGANIZATION => ("DELETE", of(&["credential-authorizations", NOTHING]), None),
        op::READ_ADMINISTRATION => ("GET", repo(&["keys"])?, None),
        op::WRITE_ADMINISTRATION => ("DELETE", repo(&["keys", NOTHING])?, None),
        op::READ_ACTIONS => ("GET", repo(&["actions", "runs"])?, None),
        op::WRITE_ACTIONS => ("POST", repo(&["actions", "runs", NOTHING, "force-cancel"])?, None),
        op::READ_LEAKED => ("GET", of(&["secret-scanning", "alerts"]), None),
        op::READ_SECRETS => ("GET", repo(&["actions", "secrets"])?, None),
        op::READ_CONTENTS => ("GET", repo(&["contents", "CODEOWNERS"])?, None),
        _ => return None,
    })
}
