//! Verbs on users: suspended, signed out, made to choose another password, called risky.

use super::operation as op;
use super::shared::{refuse_last, refuse_own, user};
use crate::idp::act::{On, Seen, Verb, undoes};
use crate::idp::ask::{Ask, items, text};
use interlock_contain::{ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind};
use interlock_model::{ActionKind, Snapshot, Step, Stops, Target, Timestamp};
use serde_json::json;
use std::time::Duration;

/// Users, by the form of their ids.
pub(super) const USERS: TargetKind = TargetKind::Principal("okta", &["00u*"]);

/// What it declares.
pub(super) static SUSPEND: ActionSpec = ActionSpec {
    name: "okta.suspend_user",
    kind: ActionKind::DisableIdentity,
    role: Role::Whole,
    target: USERS,
    summary: "suspends a user",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: false, live: false },
    settle: Duration::from_secs(30),
    leaves: "sessions of apps, and tokens that were issued: end the sessions as well",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_USER, op::READ_ME, op::READ_ROLES, op::READ_ADMINS],
    write: op::SUSPEND,
    restore: Some(op::UNSUSPEND),
    delivery: None,
    traps: &[
        "only an active user can be suspended: in every other state it is said, and nothing is tried",
        "apps keep the sessions that they opened, and tokens live on",
        "a user that a directory or an HR system masters may be let in again by its next import",
        "the last active super administrator, the owner of the token and protected users are refused",
    ],
    source: "https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserLifecycle/",
};

/// What it declares.
pub(super) static CLEAR_SESSIONS: ActionSpec = ActionSpec {
    name: "okta.clear_sessions",
    kind: ActionKind::RevokeSessions,
    role: Role::Whole,
    target: USERS,
    summary: "ends a user's sessions at Okta, revokes its tokens and forgets its devices",
    reversal: ReversalSpec::Final { why: "the user signs in again" },
    stops: Stops { new: false, refresh: true, live: true },
    settle: Duration::from_secs(180),
    leaves: "new sign-ins; sessions that web and native apps keep by themselves; tokens (JWT) that are checked without asking Okta, until they expire",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_USER, op::READ_LOG],
    write: op::CLEAR_SESSIONS,
    restore: None,
    delivery: None,
    traps: &[
        "tokens are not revoked unless `oauthTokens=true` is asked for, and devices not forgotten without `forgetDevices=true`: both are asked for",
        "Okta lists no sessions: that they were ended is read back from the System Log, which follows some seconds later",
        "apps are not told: their own sessions go on unless Universal Logout is set up",
    ],
    source: "https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserSessions/",
};

/// What it declares.
pub(super) static EXPIRE_PASSWORD: ActionSpec = ActionSpec {
    name: "okta.expire_password",
    kind: ActionKind::RequireReauthentication,
    role: Role::Whole,
    target: USERS,
    summary: "makes a user choose another password at the next sign-in",
    reversal: ReversalSpec::Final { why: "only the user can choose the next password" },
    stops: Stops { new: false, refresh: false, live: false },
    settle: Duration::from_secs(30),
    leaves: "sessions and tokens; and whoever knows the old password may choose the next one",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_USER, op::READ_ME],
    write: op::EXPIRE_PASSWORD,
    restore: None,
    delivery: None,
    traps: &[
        "who has the old password and the second factor can choose the new one: against a stolen password suspend the user first",
        "with delegated authentication the password expires in Active Directory as well",
        "a user whose password another provider checks has none to expire",
    ],
    source: "https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserCred/",
};

/// What it declares.
pub(super) static RESET_FACTORS: ActionSpec = ActionSpec {
    name: "okta.reset_factors",
    kind: ActionKind::DeleteCredential,
    role: Role::Whole,
    target: USERS,
    summary: "removes every factor that a user enrolled",
    reversal: ReversalSpec::Final { why: "the user enrols again" },
    stops: Stops { new: false, refresh: false, live: false },
    settle: Duration::from_secs(30),
    leaves: "sessions and tokens; and whoever knows the password may enrol a factor first",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_USER, op::READ_ME, op::READ_FACTORS],
    write: op::RESET_FACTORS,
    restore: None,
    delivery: None,
    traps: &[
        "an attacker with the password can enrol before the user does: suspend the user first",
        "it is a deletion of credentials, which no policy that is shipped makes automatic",
        "a factor that Okta enrols by itself, such as e-mail, comes back and is not counted",
    ],
    source: "https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserLifecycle/",
};

/// What it declares.
pub(super) static RAISE_RISK: ActionSpec = ActionSpec {
    name: "okta.raise_risk",
    kind: ActionKind::Quarantine,
    role: Role::Whole,
    target: USERS,
    summary: "sets a user's risk to high, for the entity risk policy to act on",
    reversal: ReversalSpec::Compensates { loses: "whether the risk was none, low or medium" },
    stops: Stops { new: false, refresh: false, live: false },
    settle: Duration::from_secs(30),
    leaves: "whatever the organisation's entity risk policy does not end: without such a policy, everything",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_USER, op::READ_ME, op::READ_RISK],
    write: op::SET_RISK,
    restore: None,
    delivery: None,
    traps: &[
        "it needs Okta Identity Threat Protection; without it Okta knows no such path",
        "only `HIGH` and `LOW` can be set: the undo gives `LOW`",
        "the policy may end sessions or run a workflow, which the undo does not take back",
    ],
    source: "https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserRisk/",
};

/// Suspends.
#[derive(Debug)]
pub(super) struct Suspend;
/// Ends sessions.
#[derive(Debug)]
pub(super) struct ClearSessions;
/// Expires the password.
#[derive(Debug)]
pub(super) struct ExpirePassword;
/// Removes factors.
#[derive(Debug)]
pub(super) struct ResetFactors;
/// Says that it is risky.
#[derive(Debug)]
pub(super) struct RaiseRisk;

fn name(step: &Step) -> &str {
    &step.target.principal().name
}

#[async_trait::async_trait]
impl Verb for Suspend {
    fn spec(&self) -> &'static ActionSpec {
        &SUSPEND
    }

    async fn look(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
        step: Option<&Step>,
    ) -> Result<Seen, CallError> {
        let user = user(on, cx, target).await?;
        let summary = format!("suspend user `{}`", user.login);
        let wanted = match &*user.status {
            // It cannot sign in either way.
            "DEPROVISIONED" => "DEPROVISIONED",
            "ACTIVE" | "SUSPENDED" => "SUSPENDED",
            other if step.is_none() => {
                let why = format!(
                    "user `{}` is `{other}`, and only an active one can be suspended",
                    user.login
                );
                return Err(CallError::Unsupported { why });
            }
            _ => "SUSPENDED",
        };
        Ok(Seen::value("status", &user.status, wanted, summary))
    }

    async fn guard(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
        _: &Seen,
    ) -> Result<(), CallError> {
        let id = &target.principal().name;
        refuse_own(on, cx, id).await?;
        refuse_last(on, cx, id).await
    }

    fn write(&self, step: &Step, _: &Seen) -> Result<Ask, CallError> {
        let operation = if undoes(step) { op::UNSUSPEND } else { op::SUSPEND };
        Ok(Ask::new(operation, &[("id", name(step))]))
    }
}

#[async_trait::async_trait]
impl Verb for ClearSessions {
    fn spec(&self) -> &'static ActionSpec {
        &CLEAR_SESSIONS
    }

    /// Okta lists no sessions. What is seen is the last time that they were ended, by the System Log.
    async fn look(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
        step: Option<&Step>,
    ) -> Result<Seen, CallError> {
        let user = user(on, cx, target).await?;
        let filter =
            format!("eventType eq \"user.session.clear\" and target.id eq {}", json!(user.id));
        let ask = Ask::new(op::READ_LOG, &[]).with("filter", &filter);
        let ask = ask.with("sortOrder", "DESCENDING").with("limit", "1");
        let said = on.api.read(cx.read(op::READ_LOG)?, ask).await?;
        // Okta dates its log by its own clock: what it ended minutes ago must not look as if it came after.
        let now = said.at.map_or(cx.now(), |it| it.max(cx.now()));
        let last = items(&said.body).find_map(|it| text(it, "published")).unwrap_or("never");
        let (of, summary) = (
            |value: &str| Snapshot::of([("sessions_ended", value.to_owned())]),
            format!("end the sessions of user `{}`", user.login),
        );
        let is = of(last);
        let wanted = match step {
            Some(step) if step.before == is => is.clone(),
            // They were ended since.
            Some(step) => return Ok(Seen::of(step.after.clone(), step.after.clone(), summary)),
            None if last.parse::<Timestamp>().is_ok_and(|it| it >= now) => is.clone(),
            None => of(&format!("after {last}")),
        };
        Ok(Seen::of(is, wanted, summary))
    }

    fn write(&self, step: &Step, _: &Seen) -> Result<Ask, CallError> {
        let ask = Ask::new(op::CLEAR_SESSIONS, &[("userId", name(step))]);
        Ok(ask.with("oauthTokens", "true").with("forgetDevices", "true"))
    }
}

#[async_trait::async_trait]
impl Verb for ExpirePassword {
    fn spec(&self) -> &'static ActionSpec {
        &EXPIRE_PASSWORD
    }

    async fn look(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
        step: Option<&Step>,
    ) -> Result<Seen, CallError> {
        let user = user(on, cx, target).await?;
        let own = matches!(&*user.provider, "" | "OKTA" | "ACTIVE_DIRECTORY" | "LDAP");
        let fits = matches!(&*user.status, "ACTIVE" | "PASSWORD_EXPIRED");
        if step.is_none() && !(own && fits) {
            let (login, status, provider) = (&user.login, &user.status, &user.provider);
            let why = format!(
                "user `{login}` is `{status}`, and `{provider}` checks its password: only an active user with a password of Okta can be made to change it"
            );
            return Err(CallError::Unsupported { why });
        }
        let summary = format!("make user `{}` choose another password", user.login);
        Ok(Seen::value("status", &user.status, "PASSWORD_EXPIRED", summary))
    }

    async fn guard(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
        _: &Seen,
    ) -> Result<(), CallError> {
        refuse_own(on, cx, &target.principal().name).await
    }

    fn write(&self, step: &Step, _: &Seen) -> Result<Ask, CallError> {
        Ok(Ask::new(op::EXPIRE_PASSWORD, &[("id", name(step))]))
    }
}

#[async_trait::async_trait]
impl Verb for ResetFactors {
    fn spec(&self) -> &'static ActionSpec {
        &RESET_FACTORS
    }

    async fn look(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
        _: Option<&Step>,
    ) -> Result<Seen, CallError> {
        let user = user(on, cx, target).await?;
        let ask = Ask::new(op::READ_FACTORS, &[("userId", &user.id)]);
        let said = on.api.read(cx.read(op::READ_FACTORS)?, ask).await?.body;
        let own = items(&said).filter(|it| text(it, "factorType") != Some("email"));
        let count = own.count().to_string();
        let summary = format!("remove every factor of user `{}`", user.login);
        Ok(Seen::value("factors", &count, "0", summary))
    }

    async fn guard(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
        _: &Seen,
    ) -> Result<(), CallError> {
        refuse_own(on, cx, &target.principal().name).await
    }

    fn write(&self, step: &Step, _: &Seen) -> Result<Ask, CallError> {
        Ok(Ask::new(op::RESET_FACTORS, &[("id", name(step))]))
    }
}

#[async_trait::async_trait]
impl Verb for RaiseRisk {
    fn spec(&self) -> &'static ActionSpec {
        &RAISE_RISK
    }

    async fn look(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
        _: Option<&Step>,
    ) -> Result<Seen, CallError> {
        let user = user(on, cx, target).await?;
        let ask = Ask::new(op::READ_RISK, &[("userId", &user.id)]);
        let said = on.api.read(cx.read(op::READ_RISK)?, ask).await?.body;
        // Nothing below can be set but `LOW`, so nothing below is told apart.
        let high = text(&said, "riskLevel") == Some("HIGH");
        let summary = format!("call user `{}` risky", user.login);
        Ok(Seen::value("risk", if high { "HIGH" } else { "below" }, "HIGH", summary))
    }

    async fn guard(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
        _: &Seen,
    ) -> Result<(), CallError> {
        refuse_own(on, cx, &target.principal().name).await
    }

    fn write(&self, step: &Step, _: &Seen) -> Result<Ask, CallError> {
        let level = if undoes(step) { "LOW" } else { "HIGH" };
        let ask = Ask::new(op::SET_RISK, &[("userId", name(step))]);
        Ok(ask.json(json!({ "riskLevel": level })))
    }
}
