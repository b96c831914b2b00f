//! What the verbs at Okta start from: users and apps that may be touched, and whom the token belongs to.

use super::operation as op;
use crate::idp::act::{On, Seen};
use crate::idp::ask::{Ask, items, text};
use interlock_contain::{CallError, ReadCx};
use interlock_model::{Snapshot, Step, Target};
use serde_json::Value;

/// How many other administrators are looked at.
const OTHERS: usize = 50;
/// The role that must not be left without anybody.
pub(super) const SUPER: &str = "SUPER_ADMIN";

/// The id that a target names.
pub(super) fn id<'a>(on: &On, target: &'a Target) -> Result<&'a str, CallError> {
    let principal = target.principal();
    if &*principal.provider != "okta" || principal.name.is_empty() {
        let why = format!("`{principal}` is nothing of Okta");
        return Err(CallError::Unsupported { why });
    }
    on.refuse_kept(&[&principal.name])?;
    Ok(&principal.name)
}

/// The credential that a target names: by the form of its id one of this sort, of such a holder. One of
/// another sort would not be found, and so seem to be gone.
pub(super) fn credential<'a>(
    target: &'a Target,
    (holder, form, noun): (&str, &str, &str),
) -> Result<&'a str, CallError> {
    let id = target.credential().map(interlock_model::CredentialRef::id);
    let id = id.filter(|it| it.starts_with(form) && it.len() > form.len());
    let id = id.filter(|_| target.principal().name.starts_with(holder));
    id.ok_or_else(|| CallError::Unsupported { why: format!("{target} is no {noun}") })
}

/// A user that may be touched, with its login and its status.
pub(super) async fn user(on: &On, cx: &ReadCx<'_>, target: &Target) -> Result<User, CallError> {
    let id = id(on, target)?;
    let ask = Ask::new(op::READ_USER, &[("id", id)]).about(&format!("user `{id}`"));
    let said = on.api.read(cx.read(op::READ_USER)?, ask).await?.body;
    let of = |path: &str| said.pointer(path).and_then(Value::as_str).map(str::to_owned);
    let user = User {
        id: of("/id").unwrap_or_else(|| id.to_owned()),
        login: of("/profile/login").unwrap_or_else(|| id.to_owned()),
        status: of("/status").unwrap_or_default(),
        provider: of("/credentials/provider/type").unwrap_or_default(),
    };
    on.refuse_kept(&[&user.id, &user.login])?;
    Ok(user)
}

/// A user.
#[derive(Debug)]
pub(super) struct User {
    /// Its id.
    pub id: String,
    /// The name it signs in with.
    pub login: String,
    /// Where it is in its life: `ACTIVE`, `SUSPENDED`.
    pub status: String,
    /// Who checks its password: `OKTA`, `ACTIVE_DIRECTORY`, `FEDERATION`.
    pub provider: String,
}

/// Refuses to act on whom the token belongs to. A service app is no user, and is kept by its id.
pub(super) async fn refuse_own(on: &On, cx: &ReadCx<'_>, id: &str) -> Result<(), CallError> {
    let pass = cx.read(op::READ_ME)?;
    let me = match on.api.read(pass, Ask::new(op::READ_ME, &[])).await {
        Ok(said) => said.body,
        Err(CallError::NotFound { .. } | CallError::Denied { .. }) => return Ok(()),
        Err(error) => return Err(error),
    };
    if text(&me, "id") == Some(id) {
        let why = format!("the token of connector `{}` belongs to it", on.id);
        return Err(CallError::Unsupported { why });
    }
    Ok(())
}

/// The roles that a user was given itself, and those that a group gives it.
pub(super) async fn roles(on: &On, cx: &ReadCx<'_>, id: &str) -> Result<Vec<Value>, CallError> {
    let ask = Ask::new(op::READ_ROLES, &[("userId", id)]);
    let said = on.api.read(cx.read(op::READ_ROLES)?, ask).await?.body;
    let active = |it: &&Value| text(it, "status").is_none_or(|it| it == "ACTIVE");
    Ok(items(&said).filter(active).cloned().collect())
}

fn is_super(roles: &[Value]) -> bool {
    roles.iter().any(|it| text(it, "type") == Some(SUPER))
}

/// Refuses what would leave no other active super administrator.
pub(super) async fn refuse_last(on: &On, cx: &ReadCx<'_>, id: &str) -> Result<(), CallError> {
    if !is_super(&roles(on, cx, id).await?) {
        return Ok(());
    }
    let ask = Ask::new(op::READ_ADMINS, &[]).with("limit", "100");
    let admins = on.api.read(cx.read(op::READ_ADMINS)?, ask).await?.body;
    let admins = admins.get("value").unwrap_or(&admins);
    let others = items(admins).filter_map(|it| text(it, "id")).filter(|it| *it != id);
    for other in others.take(OTHERS) {
        if !is_super(&roles(on, cx, other).await?) {
            continue;
        }
        let ask = Ask::new(op::READ_USER, &[("id", other)]);
        let said = on.api.read(cx.read(op::READ_USER)?, ask).await?.body;
        if text(&said, "status") == Some("ACTIVE") {
            return Ok(());
        }
    }
    let why =
        format!("`{id}` is the last active super administrator: give the role to another first");
    Err(CallError::Unsupported { why })
}

/// What was seen of something that is there or gone.
pub(super) fn presence(name: &str, there: bool, summary: String) -> Seen {
    Seen::value(name, if there { "there" } else { "gone" }, "gone", summary)
}

/// Whether something is there.
pub(super) fn there<T>(found: Result<T, CallError>) -> Result<Option<T>, CallError> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(CallError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The value that a step has under a name, before or after.
pub(super) fn of_step<'a>(step: &'a Step, name: &str) -> Option<&'a str> {
    let of = |it: &'a Snapshot| it.get(name);
    of(&step.before).or_else(|| of(&step.after))
}
