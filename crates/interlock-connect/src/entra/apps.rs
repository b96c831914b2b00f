//! Verbs on applications: a secret removed from whichever object has it, the application turned off.

use super::operation as op;
use super::shared::{ANY, application, change, credential, kind, service};
use crate::idp::act::{On, Seen, Verb};
use crate::idp::ask::{Ask, items, text};
use interlock_contain::{ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind};
use interlock_model::{ActionKind, CredentialKind, Step, Stops, Target};
use serde_json::{Value, json};
use std::time::Duration;

/// What it declares.
pub(super) static REMOVE_SECRET: ActionSpec = ActionSpec {
    name: "entra.remove_secret",
    kind: ActionKind::DeleteCredential,
    role: Role::Whole,
    target: TargetKind::Credential("entra", CredentialKind::Token),
    summary: "removes a client secret from the application or the service principal that has it",
    reversal: ReversalSpec::Final { why: "a secret's value is shown once, when it is made" },
    stops: Stops { new: true, refresh: false, live: false },
    settle: Duration::from_secs(60),
    leaves: "access tokens that the client fetched, for about an hour; its other secrets, certificates and federated credentials",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_PRINCIPAL, op::LIST_APPLICATIONS],
    write: op::REMOVE_SECRET,
    restore: None,
    delivery: None,
    traps: &[
        "secrets sit on two objects, the application and the service principal, and each lists its own only: both are looked at",
        "Microsoft's order is to add a new credential first, remove the old ones then, and change what they could read",
        "there is no way back: policies let nobody delete without the security team's yes",
    ],
    source: "https://learn.microsoft.com/en-us/graph/api/serviceprincipal-removepassword; https://learn.microsoft.com/en-us/graph/api/application-removepassword",
};

/// What it declares.
pub(super) static DEACTIVATE: ActionSpec = ActionSpec {
    name: "entra.deactivate_app",
    kind: ActionKind::BlockPrincipal,
    role: Role::Whole,
    target: ANY,
    summary: "turns the application of a service principal off, in every tenant",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: true, live: false },
    settle: Duration::from_secs(60),
    leaves: "access tokens that were issued before, until they expire",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_PRINCIPAL, op::LIST_APPLICATIONS],
    write: op::SET_DISABLED,
    restore: None,
    delivery: None,
    traps: &[
        "it is off in every tenant that uses the application, not in this one alone",
        "an application of another tenant can only be turned off there: disable its service principal here",
        "the blueprint of agents is an application, by which each of them signs in: it goes off for all of them",
    ],
    source: "https://learn.microsoft.com/en-us/entra/identity/enterprise-apps/deactivate-app-registration",
};

/// Removes a secret.
#[derive(Debug)]
pub(super) struct RemoveSecret;
/// Turns an application off.
#[derive(Debug)]
pub(super) struct Deactivate;

/// Where a service principal's own secrets are removed.
pub(super) const ON_PRINCIPAL: &str = "/servicePrincipals/{servicePrincipal-id}/removePassword";

fn has(of: &Value, key: &str) -> bool {
    let all = of.get("passwordCredentials").unwrap_or(&Value::Null);
    items(all).any(|it| text(it, "keyId").is_some_and(|it| it.eq_ignore_ascii_case(key)))
}

/// How many other ways in an object has.
fn others(of: &Value, key: &str) -> usize {
    let count = |name: &str| of.get(name).map_or(0, |it| items(it).count());
    count("passwordCredentials") + count("keyCredentials") - usize::from(has(of, key))
}

#[async_trait::async_trait]
impl Verb for RemoveSecret {
    fn spec(&self) -> &'static ActionSpec {
        &REMOVE_SECRET
    }

    async fn look(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
        step: Option<&Step>,
    ) -> Result<Seen, CallError> {
        let key = credential(target)?;
        if key.len() != 36 {
            let why = format!("{target} is no secret: those go by ids of 36 characters");
            return Err(CallError::Unsupported { why });
        }
        let named = service(on, cx, target).await?;
        let app = application(on, cx, &named).await?;
        // What another tenant has is not seen here, which must not look as if it were removed.
        let ours = step.is_some_and(|it| it.before.get("on") == Some("service principal"));
        if app.is_none() && !ours && !has(named.body(), key) {
            let why = format!(
                "the application of {} belongs to another tenant, which has its secrets: disable the service principal here",
                named.shown()
            );
            return Err(CallError::Unsupported { why });
        }
        let of_app = app.as_ref().filter(|it| has(it, key));
        let place = match (of_app, has(named.body(), key)) {
            (Some(_), _) => "application",
            (None, true) => "service principal",
            (None, false) => "nowhere",
        };
        let summary = format!("remove secret `{key}` of {}", named.shown());
        let mut seen = Seen::value("on", place, "nowhere", summary);
        seen.key = of_app.and_then(|it| text(it, "id")).unwrap_or_default().to_owned();
        let others = others(named.body(), key) + app.as_ref().map_or(0, |it| others(it, key));
        if others > 0 {
            seen.also.push(format!("{others} other secrets and certificates of it"));
        }
        Ok(seen)
    }

    fn write(&self, step: &Step, seen: &Seen) -> Result<Ask, CallError> {
        let ask = if seen.key.is_empty() {
            let id = &*step.target.principal().name;
            Ask::new(op::REMOVE_SECRET, &[("servicePrincipal-id", id)]).on(ON_PRINCIPAL)
        } else {
            Ask::new(op::REMOVE_SECRET, &[("application-id", &seen.key)])
        };
        Ok(ask.json(json!({ "keyId": credential(&step.target)? })))
    }
}

#[async_trait::async_trait]
impl Verb for Deactivate {
    fn spec(&self) -> &'static ActionSpec {
        &DEACTIVATE
    }

    async fn look(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
        _: Option<&Step>,
    ) -> Result<Seen, CallError> {
        let named = service(on, cx, target).await?;
        let app = application(on, cx, &named).await?.ok_or_else(|| CallError::Unsupported {
            why: format!("the application of {} belongs to another tenant", named.shown()),
        })?;
        // Absent and null are what an application says that was never turned off.
        let disabled = app.get("isDisabled") == Some(&json!(true));
        let summary = format!("turn the application of {} off", named.shown());
        let mut seen = Seen::value("disabled", &disabled.to_string(), "true", summary);
        let id = text(&app, "id").unwrap_or_default();
        seen.key = format!("{id} {}", kind(&app).unwrap_or_default());
        Ok(seen)
    }

    fn write(&self, step: &Step, seen: &Seen) -> Result<Ask, CallError> {
        let disabled = step.after.get("disabled") == Some("true");
        let (id, kind) = seen.key.split_once(' ').unwrap_or_default();
        let kind = Some(kind).filter(|it| !it.is_empty());
        let ask = Ask::new(op::SET_DISABLED, &[("application-id", id)]);
        Ok(ask.json(change(kind, "isDisabled", json!(disabled))))
    }
}
