//! Verbs on apps: turned off, their refresh tokens revoked, a secret or a key of theirs turned off.

use super::operation as op;
use super::roles::APPS;
use super::shared::{credential, id, of_step};
use crate::idp::act::{On, Seen, Verb, undoes};
use crate::idp::ask::{Ask, items, text};
use interlock_contain::{ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind};
use interlock_model::{ActionKind, CredentialKind, Step, Stops, Target};
use serde_json::Value;
use std::time::Duration;

const SOURCE: &str = "https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationSSOPublicKeys/";

/// What it declares.
pub(super) static DEACTIVATE_APP: ActionSpec = ActionSpec {
    name: "okta.deactivate_app",
    kind: ActionKind::DisableIdentity,
    role: Role::Whole,
    target: APPS,
    summary: "turns an app off, for everybody who uses it",
    reversal: ReversalSpec::Compensates {
        loses: "assignments that Okta corrects when it looks again at every user that a group assigned",
    },
    stops: Stops { new: true, refresh: false, live: false },
    settle: Duration::from_secs(30),
    leaves: "access tokens, until they expire, and the app's own sessions",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_APP],
    write: op::DEACTIVATE_APP,
    restore: Some(op::ACTIVATE_APP),
    delivery: None,
    traps: &[
        "everybody who signs in through the app is cut off, not the client alone",
        "turning it on again makes Okta look at every user that a group assigned, which may correct assignments",
        "the app of the connector itself is refused, and so are Okta's own apps",
    ],
    source: "https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Application/",
};

/// What it declares.
pub(super) static REVOKE_APP_TOKENS: ActionSpec = ActionSpec {
    name: "okta.revoke_app_tokens",
    kind: ActionKind::RevokeSessions,
    role: Role::Whole,
    target: APPS,
    summary: "revokes every refresh token that an app holds",
    reversal: ReversalSpec::Final { why: "users sign in to the app again" },
    stops: Stops { new: false, refresh: true, live: false },
    settle: Duration::from_secs(30),
    leaves: "access tokens that were issued without a refresh token: exactly those of client credentials",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_APP, op::READ_APP_TOKENS],
    write: op::REVOKE_APP_TOKENS,
    restore: None,
    delivery: None,
    traps: &[
        "a service app that uses client credentials has no refresh token: turn its secret or key off instead",
        "users who sign in again meanwhile get new tokens: those count as left",
    ],
    source: "https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationTokens/",
};

const CREDENTIAL_LEAVES: &str = "access tokens that the client fetched, until they expire (an hour, unless the authorization server says another time); and its other secrets and keys";

/// What it declares.
pub(super) static DEACTIVATE_SECRET: ActionSpec = ActionSpec {
    name: "okta.deactivate_client_secret",
    kind: ActionKind::DisableCredential,
    role: Role::Whole,
    target: TargetKind::Credential("okta", CredentialKind::Token),
    summary: "turns a client secret of an app off",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: true, live: false },
    settle: Duration::from_secs(30),
    leaves: CREDENTIAL_LEAVES,
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_SECRETS],
    write: op::DEACTIVATE_SECRET,
    restore: Some(op::ACTIVATE_SECRET),
    delivery: None,
    traps: &[
        "Okta refuses to turn the only active secret off: make another first, and bring it to the client",
        "Okta shows the value of a secret to whoever reads the list: it is thrown away unread",
    ],
    source: SOURCE,
};

/// What it declares.
pub(super) static DEACTIVATE_KEY: ActionSpec = ActionSpec {
    name: "okta.deactivate_client_key",
    kind: ActionKind::DisableCredential,
    role: Role::Whole,
    target: TargetKind::Credential("okta", CredentialKind::AccessKey),
    summary: "turns a public key of an app off",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: true, live: false },
    settle: Duration::from_secs(30),
    leaves: CREDENTIAL_LEAVES,
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_KEYS],
    write: op::DEACTIVATE_KEY,
    restore: Some(op::ACTIVATE_KEY),
    delivery: None,
    traps: &[
        "the only active key is refused: give the client another first",
        "keys that encrypt are not turned off by this, only those that sign",
    ],
    source: SOURCE,
};

/// Turns an app off.
#[derive(Debug)]
pub(super) struct DeactivateApp;
/// Revokes its refresh tokens.
#[derive(Debug)]
pub(super) struct RevokeAppTokens;
/// Turns one of its credentials off.
#[derive(Debug)]
pub(super) struct Deactivate(pub(super) Kept);

/// What an app proves itself by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// A secret.
    Secret,
    /// A public key.
    Key,
}

pub(super) async fn app(on: &On, cx: &ReadCx<'_>, id: &str) -> Result<Value, CallError> {
    let ask = Ask::new(op::READ_APP, &[("appId", id)]).about(&format!("app `{id}`"));
    let app = on.api.read(cx.read(op::READ_APP)?, ask).await?.body;
    on.refuse_kept(&[text(&app, "label").unwrap_or_default()])?;
    // Its administration and its own portals.
    if text(&app, "name").is_some_and(|it| it == "saasure" || it.starts_with("okta_")) {
        let why = format!("app `{id}` is Okta's own");
        return Err(CallError::Unsupported { why });
    }
    Ok(app)
}

#[async_trait::async_trait]
impl Verb for DeactivateApp {
    fn spec(&self) -> &'static ActionSpec {
        &DEACTIVATE_APP
    }

    async fn look(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
        _: Option<&Step>,
    ) -> Result<Seen, CallError> {
        let app = app(on, cx, id(on, target)?).await?;
        let status = text(&app, "status").unwrap_or_default();
        let label = text(&app, "label").unwrap_or_default();
        Ok(Seen::value("status", status, "INACTIVE", format!("turn app `{label}` off")))
    }

    fn write(&self, step: &Step, _: &Seen) -> Result<Ask, CallError> {
        let operation = if undoes(step) { op::ACTIVATE_APP } else { op::DEACTIVATE_APP };
        Ok(Ask::new(operation, &[("appId", &step.target.principal().name)]))
    }
}

#[async_trait::async_trait]
impl Verb for RevokeAppTokens {
    fn spec(&self) -> &'static ActionSpec {
        &REVOKE_APP_TOKENS
    }

    /// Tokens that were there at the plan must be gone; those that came since are left.
    async fn look(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
        step: Option<&Step>,
    ) -> Result<Seen, CallError> {
        let id = id(on, target)?;
        app(on, cx, id).await?;
        let ask = Ask::new(op::READ_APP_TOKENS, &[("appId", id)]).with("limit", "200");
        let said = on.api.read(cx.read(op::READ_APP_TOKENS)?, ask).await?.body;
        let created = items(&said).filter_map(|it| text(it, "created"));
        let newest = created.max().unwrap_or("none");
        let until = step.and_then(|it| of_step(it, "until")).unwrap_or(newest);
        let old =
            items(&said).filter(|it| text(it, "created").is_none_or(|it| it <= until)).count();
        let of = |tokens: &str| {
            interlock_model::Snapshot::of([
                ("tokens", tokens.to_owned()),
                ("until", until.to_owned()),
            ])
        };
        let summary = format!("revoke the refresh tokens of app `{id}`");
        let mut seen = Seen::of(of(if old == 0 { "none" } else { "some" }), of("none"), summary);
        if items(&said).next().is_some() {
            seen.also.push("refresh tokens that were issued since".to_owned());
        }
        Ok(seen)
    }

    fn write(&self, step: &Step, _: &Seen) -> Result<Ask, CallError> {
        Ok(Ask::new(op::REVOKE_APP_TOKENS, &[("appId", &step.target.principal().name)]))
    }
}

impl Kept {
    const fn read(self) -> Operation3 {
        match self {
            Self::Secret => (op::READ_SECRETS, op::DEACTIVATE_SECRET, op::ACTIVATE_SECRET),
            Self::Key => (op::READ_KEYS, op::DEACTIVATE_KEY, op::ACTIVATE_KEY),
        }
    }

    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Secret => ("secretId", "secret"),
            Self::Key => ("keyId", "key"),
        }
    }
}

type Operation3 =
    (interlock_model::Operation, interlock_model::Operation, interlock_model::Operation);

/// Keys stand in a list of their own inside the answer; secrets are the list.
pub(super) fn listed(said: &Value) -> impl Iterator<Item = &Value> {
    let keys = said.pointer("/jwks/keys").or_else(|| said.get("keys"));
    items(keys.unwrap_or(said))
}

#[async_trait::async_trait]
impl Verb for Deactivate {
    fn spec(&self) -> &'static ActionSpec {
        match self.0 {
            Kept::Secret => &DEACTIVATE_SECRET,
            Kept::Key => &DEACTIVATE_KEY,
        }
    }

    async fn look(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
        step: Option<&Step>,
    ) -> Result<Seen, CallError> {
        let (app, meant) =
            (id(on, target)?, credential(target, ("0oa", "", "secret or key of an app"))?);
        let (read, ..) = self.0.read();
        let (_, noun) = self.0.words();
        let ask = Ask::new(read, &[("appId", app)]).about(&format!("app `{app}`"));
        let said = on.api.read(cx.read(read)?, ask).await?.body;
        let known = |it: &&Value| text(it, "id") == Some(meant) || text(it, "kid") == Some(meant);
        let found = listed(&said).find(known);
        let found = found.ok_or_else(|| CallError::NotFound {
            what: format!("{noun} `{meant}` of app `{app}`"),
        })?;
        let status = text(found, "status").unwrap_or("ACTIVE");
        let others =
            listed(&said).filter(|it| !known(it) && text(it, "status") == Some("ACTIVE")).count();
        if step.is_none() && status == "ACTIVE" && others == 0 {
            let why = format!(
                "{noun} `{meant}` is the only active one of app `{app}`: make another first, and bring it to the client"
            );
            return Err(CallError::Unsupported { why });
        }
        let summary = format!("turn {noun} `{meant}` of app `{app}` off");
        let mut seen = Seen::value("status", status, "INACTIVE", summary);
        seen.key = text(found, "id").unwrap_or(meant).to_owned();
        if others > 0 {
            seen.also.push(format!("{others} other active {noun} of the app"));
        }
        Ok(seen)
    }

    fn write(&self, step: &Step, seen: &Seen) -> Result<Ask, CallError> {
        let (_, off, on) = self.0.read();
        let (name, _) = self.0.words();
        let operation = if undoes(step) { on } else { off };
        let app = &*step.target.principal().name;
        Ok(Ask::new(operation, &[("appId", app), (name, &seen.key)]))
    }
}
