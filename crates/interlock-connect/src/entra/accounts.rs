//! Verbs on accounts: turned off, signed out, called compromised.

use super::operation as op;
use super::shared::{ANY, Named, PRINCIPAL, account, change, refuse_last, user};
use crate::idp::act::{On, Seen, Verb};
use crate::idp::ask::{Ask, text};
use interlock_contain::{ActionSpec, CallError, Left, ReadCx, ReversalSpec, Role};
use interlock_model::{ActionKind, Snapshot, Step, Stops, Target, Timestamp};
use serde_json::{Value, json};
use std::time::Duration;

/// Tokens that check themselves, as long as Microsoft says that they live at most.
const TOKENS: Left = Left {
    what: "access tokens that were issued before: about an hour, and up to 28 hours where a resource evaluates access continuously and does not hear of it",
    at_most: Some(Duration::from_secs(28 * 3600)),
};

/// What it declares.
pub(super) static DISABLE: ActionSpec = ActionSpec {
    name: "entra.disable_account",
    kind: ActionKind::DisableIdentity,
    role: Role::Whole,
    target: ANY,
    summary: "turns a user, a service principal or an agent off in this tenant",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: true, live: false },
    settle: Duration::from_secs(60),
    leaves: "sessions that apps keep by themselves, and access tokens: of a service principal at every resource but Microsoft Graph, of a user at resources that do not evaluate access continuously",
    leaves_at_most: None,
    beyond: &[TOKENS],
    reads: &[op::READ_USER, op::READ_PRINCIPAL, op::READ_ROLES],
    write: op::SET_ENABLED,
    restore: None,
    delivery: None,
    traps: &[
        "a token for continuous access evaluation lives up to 28 hours: where that evaluation fails, longer than without it",
        "a user that is synchronised from Active Directory is turned on again by the next synchronisation: disable it there as well",
        "a managed identity has no continuous access evaluation at all",
        "an agent signs in by its blueprint, which goes on for the other agents made from it: where the blueprint's own secret is out, the blueprint is what to turn off",
        "the last enabled global administrator, the connector's own application, protected ones and Microsoft's own are refused",
    ],
    source: "https://learn.microsoft.com/en-us/entra/identity/users/users-revoke-access",
};

/// What it declares.
pub(super) static REVOKE_SESSIONS: ActionSpec = ActionSpec {
    name: "entra.revoke_sessions",
    kind: ActionKind::RevokeSessions,
    role: Role::Whole,
    target: ANY,
    summary: "makes every refresh token and browser session of a user void",
    reversal: ReversalSpec::Final { why: "the user signs in again" },
    stops: Stops { new: false, refresh: true, live: false },
    settle: Duration::from_secs(300),
    leaves: "new sign-ins; access tokens where access is not evaluated continuously; sessions that apps keep by themselves",
    leaves_at_most: None,
    beyond: &[TOKENS],
    reads: &[op::READ_USER],
    write: op::REVOKE_SESSIONS,
    restore: None,
    delivery: None,
    traps: &[
        "it is for users alone: a service principal has no session",
        "read back is the moment from which sessions count; that they ended is not shown by that",
        "it takes a few minutes, and up to 15 where access is evaluated continuously",
    ],
    source: "https://learn.microsoft.com/en-us/graph/api/user-revokesigninsessions",
};

/// In which list an account stands.
const USER: &str = "user";
const SERVICE: &str = "service";

/// Turns an account off.
#[derive(Debug)]
pub(super) struct Disable;
/// Ends sessions.
#[derive(Debug)]
pub(super) struct RevokeSessions;
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
        _: Option<&Step>,
    ) -> Result<Seen, CallError> {
        let named = account(on, cx, target).await?;
        let enabled = named.body().get("accountEnabled").and_then(Value::as_bool);
        let enabled = enabled.ok_or_else(|| CallError::Unsupported {
            why: format!("Entra does not say whether {} is enabled", named.shown()),
        })?;
        let summary = format!("turn {} off", named.shown());
        let mut seen = Seen::value("enabled", &enabled.to_string(), "false", summary);
        if named.body().get("onPremisesSyncEnabled") == Some(&json!(true)) {
            seen.also.push("its account in Active Directory, which the next synchronisation copies over this: disable it there as well".to_owned());
        }
        if named.is_agent() {
            seen.also.push("its blueprint, and the other agents that were made from it".to_owned());
        }
        let list = if matches!(named, Named::Principal(_)) { SERVICE } else { USER };
        seen.key = format!("{list} {}", named.kind().unwrap_or_default());
        Ok(seen)
    }

    async fn guard(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
        seen: &Seen,
    ) -> Result<(), CallError> {
        if !seen.key.starts_with(USER) {
            return Ok(());
        }
        // By its id: a target may name a user by its sign-in name.
        let named = user(on, cx, target).await?;
        refuse_last(on, cx, named.id()).await
    }

    fn write(&self, step: &Step, seen: &Seen) -> Result<Ask, CallError> {
        let id = &*step.target.principal().name;
        let enabled = step.after.get("enabled") == Some("true");
        let (list, kind) = seen.key.split_once(' ').unwrap_or_default();
        let ask = if list == USER {
            Ask::new(op::SET_ENABLED, &[("user-id", id)])
        } else {
            Ask::new(op::SET_ENABLED, &[("servicePrincipal-id", id)]).on(PRINCIPAL)
        };
        let kind = Some(kind).filter(|it| !it.is_empty());
        Ok(ask.json(change(kind, "accountEnabled", json!(enabled))))
    }
}

#[async_trait::async_trait]
impl Verb for RevokeSessions {
    fn spec(&self) -> &'static ActionSpec {
        &REVOKE_SESSIONS
    }

    async fn look(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
        step: Option<&Step>,
    ) -> Result<Seen, CallError> {
        let named = user(on, cx, target).await?;
        let last = text(named.body(), "signInSessionsValidFromDateTime").unwrap_or("ever");
        let of = |value: &str| Snapshot::of([("sessions_count_from", value.to_owned())]);
        let (is, summary) = (of(last), format!("end the sessions of {}", named.shown()));
        let wanted = match step {
            Some(step) if step.before == is => is.clone(),
            // Sessions count from a later moment now.
            Some(step) => return Ok(Seen::of(step.after.clone(), step.after.clone(), summary)),
            None if last.parse::<Timestamp>().is_ok_and(|it| it >= cx.now()) => is.clone(),
            None => of(&format!("later than {last}")),
        };
        Ok(Seen::of(is, wanted, summary))
    }

    fn write(&self, step: &Step, _: &Seen) -> Result<Ask, CallError> {
        Ok(Ask::new(op::REVOKE_SESSIONS, &[("user-id", &step.target.principal().name)]))
    }
}
