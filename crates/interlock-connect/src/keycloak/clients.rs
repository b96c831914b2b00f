//! Turns a client off: an application, or a workload with a service account.

use super::operation as op;
use super::shared::Realm;
use crate::idp::act::{On, Seen, Verb, undoes};
use crate::idp::ask::{Ask, text};
use interlock_contain::{ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind};
use interlock_model::{ActionKind, Step, Stops, Target};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// The clients that every realm has and cannot do without.
const BUILT_IN: [&str; 6] = [
    "account",
    "account-console",
    "admin-cli",
    "broker",
    "realm-management",
    "security-admin-console",
];

/// What it declares.
pub(super) static DISABLE: ActionSpec = ActionSpec {
    name: "keycloak.disable_client",
    kind: ActionKind::BlockPrincipal,
    role: Role::Whole,
    target: CLIENTS,
    summary: "turns a client off, with its service account",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: true, live: false },
    settle: Duration::from_secs(30),
    leaves: "access tokens that were issued, until they expire (5 minutes by default) where services check them by themselves",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::FIND_CLIENT],
    write: op::WRITE_CLIENT,
    restore: None,
    delivery: None,
    traps: &[
        "everybody who signs in through the client is hit",
        "a client is written whole, but for its secret, which Keycloak keeps when it is not sent",
        "the clients that every realm has are refused, and so is the connector's own",
    ],
    source: "https://www.keycloak.org/docs-api/latest/rest-api/index.html; https://www.keycloak.org/docs/latest/server_admin/#_revocation-policy",
};

/// What it declares.
pub(super) static REVOKE_TOKENS: ActionSpec = ActionSpec {
    name: "keycloak.revoke_client_tokens",
    kind: ActionKind::RevokeSessions,
    role: Role::Whole,
    target: CLIENTS,
    summary: "makes Keycloak refuse every token of a client that was issued before",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: false, refresh: true, live: false },
    settle: Duration::from_secs(30),
    leaves: "new tokens, which the client may fetch at once; access tokens that were issued, until they expire (5 minutes by default) where services check them by themselves",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::FIND_CLIENT],
    write: op::WRITE_CLIENT,
    restore: None,
    delivery: None,
    traps: &[
        "refresh, introspection and user info are refused by Keycloak itself; services that check a token's signature alone go on until it expires",
        "Keycloak tells its own adapters alone of a not-before, and only when it is pushed, which this does not do",
        "everybody who signed in through the client signs in again",
        "tokens of the second in which it is written are refused too, by the later of Keycloak's clock and ours",
        "taking it back makes older tokens good again that are not over",
    ],
    source: "https://www.keycloak.org/docs/latest/server_admin/#_revocation-policy; https://www.keycloak.org/docs-api/latest/rest-api/index.html",
};

/// Clients, and none that is a user.
const CLIENTS: TargetKind = TargetKind::Principal("keycloak", &["*/client/*"]);

/// Turns a client off.
#[derive(Debug)]
pub(super) struct Disable(pub(super) Arc<Realm>);
/// Refuses tokens that were issued before.
#[derive(Debug)]
pub(super) struct RevokeTokens(pub(super) Arc<Realm>);

/// Refuses what every realm needs.
fn refuse_built_in(name: &str) -> Result<(), CallError> {
    if BUILT_IN.contains(&name) {
        let why = format!("client `{name}` is one that every realm needs");
        return Err(CallError::Unsupported { why });
    }
    Ok(())
}

/// Writes the client that was read, with what is wanted in it.
fn write_whole(realm: &Realm, seen: &Seen) -> Result<Ask, CallError> {
    let whole: Value = serde_json::from_str(&seen.key)
        .map_err(|_| CallError::Invalid { why: "there is no client to write".to_owned() })?;
    let id = text(&whole, "id").unwrap_or_default().to_owned();
    let ask = Ask::new(op::WRITE_CLIENT, &[("realm", &realm.realm), ("id", &id)]);
    Ok(ask.json(whole))
}

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
        let client = self.0.client(on, cx, target).await?;
        refuse_built_in(&client.name)?;
        let summary = format!("turn client `{}` off", client.name);
        let mut seen = Seen::value("enabled", &client.enabled()?.to_string(), "false", summary);
        let wanted = step.is_some_and(|it| it.after.get("enabled") == Some("true"));
        seen.key = client.switched(wanted).to_string();
        Ok(seen)
    }

    fn write(&self, _: &Step, seen: &Seen) -> Result<Ask, CallError> {
        write_whole(&self.0, seen)
    }
}

const NOT_BEFORE: &str = "not_before";

#[async_trait::async_trait]
impl Verb for RevokeTokens {
    fn spec(&self) -> &'static ActionSpec {
        &REVOKE_TOKENS
    }

    async fn look(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
        step: Option<&Step>,
    ) -> Result<Seen, CallError> {
        let (client, at) = self.0.client_at(on, cx, target).await?;
        refuse_built_in(&client.name)?;
        let is = client.whole.get("notBefore").and_then(Value::as_i64).unwrap_or_default();
        // What it was when it was planned; later is what is wanted, whenever it is carried out.
        let stated = step.map(|it| if undoes(it) { &it.after } else { &it.before });
        let was = stated.and_then(|it| it.get(NOT_BEFORE)?.parse().ok()).unwrap_or(is);
        // Refused is what is older than this second, so it is the one after.
        let next = at.map_or(cx.now(), |it| it.max(cx.now())).as_second().saturating_add(1);
        let later = format!("later than {was}");
        // Nothing was to be done: what is further than it was is no less.
        let held = step.is_some_and(|it| it.before == it.after);
        let shown = match is > was {
            true if held => was.to_string(),
            true => later.clone(),
            false => is.to_string(),
        };
        let wanted = if step.is_none() && is >= next { shown.clone() } else { later };
        let summary = format!("refuse every token of client `{}` from before", client.name);
        let mut seen = Seen::value(NOT_BEFORE, &shown, &wanted, summary);
        let to = if step.is_some_and(undoes) { was } else { next };
        seen.key = client.with("notBefore", to.into()).to_string();
        Ok(seen)
    }

    fn write(&self, _: &Step, seen: &Seen) -> Result<Ask, CallError> {
        write_whole(&self.0, seen)
    }
}
