//! Whether a target is the last enabled administrator of its account.
//!
//! An administrator is who holds the managed policy `AdministratorAccess`, directly or by a group.
//! One who has the same rights by another policy is not seen.

use crate::actions::Shared;
use crate::client::{Holder, Holders};
use crate::operation as op;
use crate::subject::Subject;
use interlock_contain::{CallError, ReadCx};
use std::collections::BTreeSet;

/// How many other administrators are looked at before it is taken that one is enabled.
const LOOKED_AT: usize = 20;

/// Refuses a step that would leave the account without an enabled administrator.
///
/// `key` is the one key that the step takes; `None` when it takes all access.
pub(crate) async fn refuse_last(
    shared: &Shared,
    cx: &ReadCx<'_>,
    subject: &Subject,
    key: Option<&str>,
) -> Result<(), CallError> {
    let arn = format!("arn:{}:iam::aws:policy/AdministratorAccess", subject.partition);
    let pass = cx.read(op::LIST_ENTITIES_FOR_POLICY)?;
    let holders = match shared.client.policy_holders(pass, &arn).await {
        Ok(holders) => holders,
        Err(CallError::NotFound { .. }) => return Ok(()),
        Err(error) => return Err(error),
    };
    let Holders { mut users, groups, roles } = holders;
    for group in &groups {
        users.extend(shared.client.group_members(cx.read(op::GET_GROUP)?, group).await?);
    }
    let others_stay = match &subject.holder {
        Holder::User(name) if users.contains(name) => {
            !roles.is_empty()
                || stays_enabled(shared, cx, name, key).await?
                || any_enabled(shared, cx, &users, Some(name)).await?
        }
        Holder::Role(name) if roles.contains(name) => {
            roles.len() > 1 || any_enabled(shared, cx, &users, None).await?
        }
        Holder::User(_) | Holder::Role(_) => true,
    };
    if others_stay {
        return Ok(());
    }
    Err(CallError::Unsupported {
        why: format!(
            "{} is the last enabled administrator of account {}: give another user or role `AdministratorAccess` first",
            subject.holder, subject.account
        ),
    })
}

/// Whether the user could still come in when this key is gone.
async fn stays_enabled(
    shared: &Shared,
    cx: &ReadCx<'_>,
    user: &str,
    without: Option<&str>,
) -> Result<bool, CallError> {
    let Some(without) = without else { return Ok(false) };
    enabled(shared, cx, user, without).await
}

async fn any_enabled(
    shared: &Shared,
    cx: &ReadCx<'_>,
    users: &BTreeSet<String>,
    but: Option<&str>,
) -> Result<bool, CallError> {
    let others: Vec<&String> = users.iter().filter(|it| Some(it.as_str()) != but).collect();
    if others.len() > LOOKED_AT {
        return Ok(true);
    }
    for user in others {
        if enabled(shared, cx, user, "").await? {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn enabled(
    shared: &Shared,
    cx: &ReadCx<'_>,
    user: &str,
    without: &str,
) -> Result<bool, CallError> {
    let keys = shared.client.access_keys(cx.read(op::LIST_ACCESS_KEYS)?, user).await?;
    if keys.iter().any(|it| it.status == "Active" && it.id != without) {
        return Ok(true);
    }
    shared.client.has_password(cx.read(op::GET_LOGIN_PROFILE)?, user).await
}
