//! Turns a client off: an application, or a workload with a service account.

use super::operation as op;
use super::shared::Realm;
use crate::idp::act::{On, Seen, Verb};
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
    target: TargetKind::Principal("keycloak", &["*/client/*"]),
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

/// Turns a client off.
#[derive(Debug)]
pub(super) struct Disable(pub(super) Arc<Realm>);

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
        if BUILT_IN.contains(&&*client.name) {
            let why = format!("client `{}` is one that every realm needs", client.name);
            return Err(CallError::Unsupported { why });
        }
        let summary = format!("turn client `{}` off", client.name);
        let mut seen = Seen::value("enabled", &client.enabled()?.to_string(), "false", summary);
        let wanted = step.is_some_and(|it| it.after.get("enabled") == Some("true"));
        seen.key = client.switched(wanted).to_string();
        Ok(seen)
    }

    fn write(&self, _: &Step, seen: &Seen) -> Result<Ask, CallError> {
        let whole: Value = serde_json::from_str(&seen.key)
            .map_err(|_| CallError::Invalid { why: "there is no client to write".to_owned() })?;
        let id = text(&whole, "id").unwrap_or_default().to_owned();
        let ask = Ask::new(op::WRITE_CLIENT, &[("realm", &self.0.realm), ("id", &id)]);
        Ok(ask.json(whole))
    }
}
