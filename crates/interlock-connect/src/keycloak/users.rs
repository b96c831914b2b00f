//! Verbs on users: turned off, signed out.

use super::operation as op;
use super::shared::Realm;
use crate::idp::act::{On, Seen, Verb};
use crate::idp::ask::{Ask, items, text};
use interlock_contain::{ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind};
use interlock_model::{ActionKind, Snapshot, Step, Stops, Target};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// Users: whatever is no client.
const USERS: TargetKind = TargetKind::Principal("keycloak", &["*/*", "!*/client/*"]);

/// What it declares.
pub(super) static DISABLE: ActionSpec = ActionSpec {
    name: "keycloak.disable_user",
    kind: ActionKind::DisableIdentity,
    role: Role::Whole,
    target: USERS,
    summary: "turns a user off",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: true, live: false },
    settle: Duration::from_secs(30),
    leaves: "access tokens that were issued, until they expire (5 minutes by default) where services check them by themselves; sessions that applications keep by themselves",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::FIND_USER, op::READ_USER],
    write: op::WRITE_USER,
    restore: None,
    delivery: None,
    traps: &[
        "a user is written whole: what is left out may be cleared, so everything that was read is sent back",
        "Keycloak gives no mark of a user's version: what somebody changes in the same second may be lost",
        "a user of a directory that Keycloak only reads cannot be turned off here: Keycloak refuses it, turn it off there",
        "whoever signs in through another identity provider keeps that provider's account",
        "who the realm's last administrator is, is not looked for: `protected` names whom it must never be",
    ],
    source: "https://www.keycloak.org/docs-api/latest/rest-api/index.html; https://www.keycloak.org/docs/latest/server_admin/#_revocation-policy",
};

/// What it declares.
pub(super) static LOGOUT: ActionSpec = ActionSpec {
    name: "keycloak.logout_user",
    kind: ActionKind::RevokeSessions,
    role: Role::Whole,
    target: USERS,
    summary: "ends every session of a user at the realm",
    reversal: ReversalSpec::Final { why: "the user signs in again" },
    stops: Stops { new: false, refresh: true, live: false },
    settle: Duration::from_secs(30),
    leaves: "new sign-ins; access tokens that were issued, until they expire (5 minutes by default) where services check them by themselves; offline tokens",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::FIND_USER, op::READ_USER, op::READ_SESSIONS],
    write: op::LOGOUT,
    restore: None,
    delivery: None,
    traps: &[
        "it does not revoke outstanding access tokens",
        "only applications that take a back-channel logout are told; the others go on until they ask again",
        "offline sessions are another list for each client, and are not read back here: turn the user off for them",
        "sessions that begin afterwards are said and are no failure of this",
    ],
    source: "https://www.keycloak.org/docs/latest/server_admin/#managing-user-sessions",
};

/// Turns a user off.
#[derive(Debug)]
pub(super) struct Disable(pub(super) Arc<Realm>);
/// Ends sessions.
#[derive(Debug)]
pub(super) struct Logout(pub(super) Arc<Realm>);

#[async_trait::async_trait]
impl Verb for Disable {
    fn spec(&self) -> &'static ActionSpec {
        &DISABLE
    }

    async fn look(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
        step: Option<&Step>,
    ) -> Result<Seen, CallError> {
        let user = self.0.user(on, cx, target).await?;
        let enabled = user.enabled()?;
        let summary = format!("turn user `{}` off", user.name);
        let mut seen = Seen::value("enabled", &enabled.to_string(), "false", summary);
        let wanted = step.is_some_and(|it| it.after.get("enabled") == Some("true"));
        seen.key = user.switched(wanted).to_string();
        Ok(seen)
    }

    fn write(&self, _: &Step, seen: &Seen) -> Result<Ask, CallError> {
        let whole: Value = serde_json::from_str(&seen.key)
            .map_err(|_| CallError::Invalid { why: "there is no user to write".to_owned() })?;
        let id = text(&whole, "id").unwrap_or_default().to_owned();
        let ask = Ask::new(op::WRITE_USER, &[("realm", &self.0.realm), ("id", &id)]);
        Ok(ask.json(whole))
    }
}

const LEFT: &str = "left";
const PLANNED: &str = "planned";

fn words<'a>(of: impl IntoIterator<Item = &'a String>) -> String {
    of.into_iter().map(String::as_str).collect::<Vec<_>>().join(" ")
}

#[async_trait::async_trait]
impl Verb for Logout {
    fn spec(&self) -> &'static ActionSpec {
        &LOGOUT
    }

    /// What is there of the sessions that there were when it was planned.
    async fn look(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
        step: Option<&Step>,
    ) -> Result<Seen, CallError> {
        let user = self.0.user(on, cx, target).await?;
        let ask = Ask::new(op::READ_SESSIONS, &[("realm", &self.0.realm), ("id", &user.id)]);
        let said = on.api.read(cx.read(op::READ_SESSIONS)?, ask).await?.body;
        let there: BTreeSet<String> =
            items(&said).filter_map(|it| text(it, "id")).map(str::to_owned).collect();
        let planned = match step {
            Some(step) => {
                let text = step.after.get(PLANNED).unwrap_or_default();
                text.split_whitespace().map(str::to_owned).collect()
            }
            None => there.clone(),
        };
        let of = |left: String| Snapshot::of([(LEFT, left), (PLANNED, words(&planned))]);
        let left = of(words(there.intersection(&planned)));
        let summary = format!("end {} sessions of user `{}`", planned.len(), user.name);
        let mut seen = Seen::of(left, of(String::new()), summary);
        let new = there.difference(&planned).count();
        if new > 0 {
            seen.also.push(format!("{new} sessions that began since"));
        }
        seen.key = user.id;
        Ok(seen)
    }

    fn write(&self, _: &Step, seen: &Seen) -> Result<Ask, CallError> {
        Ok(Ask::new(op::LOGOUT, &[("realm", &self.0.realm), ("id", &seen.key)]))
    }
}
