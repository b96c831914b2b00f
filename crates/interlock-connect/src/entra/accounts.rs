//! Verbs on accounts: turned off, signed out, called compromised.

use super::operation as op;
use super::shared::{ANY, Named, PRINCIPAL, account, refuse_last, user};
use crate::idp::act::{On, Seen, Verb, undoes};
use crate::idp::ask::{Ask, text};
use interlock_contain::{ActionSpec, CallError, Left, ReadCx, ReversalSpec, Role};
use interlock_model::{ActionKind, Operation, Snapshot, Step, Stops, Target, Timestamp};
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
    summary: "turns a user or a service principal off in this tenant",
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

/// What it declares.
pub(super) static CONFIRM: ActionSpec = ActionSpec {
    name: "entra.confirm_compromised",
    kind: ActionKind::Quarantine,
    role: Role::Whole,
    target: ANY,
    summary: "says that a user or a service principal is compromised, for policies of risk to act on",
    reversal: ReversalSpec::Compensates {
        loses: "which risk it had before, and what a policy did meanwhile",
    },
    stops: Stops { new: false, refresh: false, live: false },
    settle: Duration::from_secs(300),
    leaves: "whatever Conditional Access does not end for users or workload identities at high risk: without such a policy, everything",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_USER, op::READ_PRINCIPAL, op::READ_RISK],
    write: op::CONFIRM,
    restore: Some(op::DISMISS),
    delivery: None,
    traps: &[
        "it needs Entra ID P2, and for service principals Workload ID Premium",
        "of service principals, policies hold those of this tenant alone: neither managed identities nor applications of other tenants",
        "SharePoint Online does not heed the event of user risk",
        "the undo dismisses the risk: it becomes none, whatever it was before",
    ],
    source: "https://learn.microsoft.com/en-us/graph/api/riskyuser-confirmcompromised; https://learn.microsoft.com/en-us/graph/api/riskyserviceprincipal-confirmcompromised",
};

/// Where the risk of a service principal is read.
pub(super) const RISK_OF_SERVICE: &str =
    "/identityProtection/riskyServicePrincipals/{riskyServicePrincipal-id}";
/// What service principals are listed as.
const SERVICES: &str = "servicePrincipalIds";

/// Where the risk of service principals is confirmed, or dismissed.
pub(super) fn risk_of_services(operation: Operation) -> &'static str {
    if operation == op::DISMISS {
        "/identityProtection/riskyServicePrincipals/dismiss"
    } else {
        "/identityProtection/riskyServicePrincipals/confirmCompromised"
    }
}

/// Turns an account off.
#[derive(Debug)]
pub(super) struct Disable;
/// Ends sessions.
#[derive(Debug)]
pub(super) struct RevokeSessions;
/// Says that it is compromised.
#[derive(Debug)]
pub(super) struct Confirm;

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
        if matches!(named, Named::Principal(_)) {
            PRINCIPAL.clone_into(&mut seen.key);
        }
        Ok(seen)
    }

    async fn guard(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
        seen: &Seen,
    ) -> Result<(), CallError> {
        if !seen.key.is_empty() {
            return Ok(());
        }
        // By its id: a target may name a user by its sign-in name.
        let named = user(on, cx, target).await?;
        refuse_last(on, cx, named.id()).await
    }

    fn write(&self, step: &Step, seen: &Seen) -> Result<Ask, CallError> {
        let id = &*step.target.principal().name;
        let enabled = step.after.get("enabled") == Some("true");
        let ask = if seen.key.is_empty() {
            Ask::new(op::SET_ENABLED, &[("user-id", id)])
        } else {
            Ask::new(op::SET_ENABLED, &[("servicePrincipal-id", id)]).on(PRINCIPAL)
        };
        Ok(ask.json(json!({ "accountEnabled": enabled })))
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

#[async_trait::async_trait]
impl Verb for Confirm {
    fn spec(&self) -> &'static ActionSpec {
        &CONFIRM
    }

    async fn look(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
        _: Option<&Step>,
    ) -> Result<Seen, CallError> {
        let named = account(on, cx, target).await?;
        let service = matches!(named, Named::Principal(_));
        let ask = if service {
            let id = ("riskyServicePrincipal-id", named.id());
            Ask::new(op::READ_RISK, &[id]).on(RISK_OF_SERVICE)
        } else {
            Ask::new(op::READ_RISK, &[("riskyUser-id", named.id())])
        };
        let state = match on.api.read(cx.read(op::READ_RISK)?, ask).await {
            Ok(said) => text(&said.body, "riskState").unwrap_or_default().to_owned(),
            // Whoever was never risky is in no list.
            Err(CallError::NotFound { .. }) => String::new(),
            Err(error) => return Err(error),
        };
        let is = if state == "confirmedCompromised" { "compromised" } else { "not" };
        let summary = format!("say that {} is compromised", named.shown());
        let mut seen = Seen::value("confirmed", is, "compromised", summary);
        let list = if service { SERVICES } else { "userIds" };
        seen.key = format!("{list} {}", named.id());
        Ok(seen)
    }

    fn write(&self, step: &Step, seen: &Seen) -> Result<Ask, CallError> {
        let operation = if undoes(step) { op::DISMISS } else { op::CONFIRM };
        let (list, id) = seen.key.split_once(' ').unwrap_or_default();
        let ask = Ask::new(operation, &[]).about(&format!("`{id}`")).json(json!({ list: [id] }));
        Ok(if list == SERVICES { ask.on(risk_of_services(operation)) } else { ask })
    }
}
