//! Removes for ever: an API token, a refresh token, a consent.

use super::operation as op;
use super::shared::{credential, id, presence, refuse_own, there};
use crate::idp::act::{On, Seen, Verb};
use crate::idp::ask::{Ask, items, text};
use interlock_contain::{ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind};
use interlock_model::{ActionKind, CredentialKind, Step, Stops, Target};
use std::time::Duration;

const TOKEN: TargetKind = TargetKind::Credential("okta", CredentialKind::Token);
const API_TOKEN: (&str, &str, &str) = ("00u", "00T", "API token of a user");
const REFRESH_TOKEN: (&str, &str, &str) = ("00u", "oar", "refresh token of a user");
const CONSENT: (&str, &str, &str) = ("00u", "oag", "consent of a user");
/// How many clients of a user are looked at for a token.
const CLIENTS: usize = 50;

/// What it declares.
pub(super) static DELETE_API_TOKEN: ActionSpec = ActionSpec {
    name: "okta.delete_api_token",
    kind: ActionKind::DeleteCredential,
    role: Role::Whole,
    target: TargetKind::CredentialNamed("okta", CredentialKind::Token, &["00T*"]),
    summary: "deletes an API token of an administrator",
    reversal: ReversalSpec::Final { why: "a token's value is shown once, when it is made" },
    stops: Stops { new: true, refresh: true, live: true },
    settle: Duration::from_secs(30),
    leaves: "the administrator that made it, who can make another",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_API_TOKEN, op::READ_ME],
    write: op::DELETE_API_TOKEN,
    restore: None,
    delivery: None,
    traps: &[
        "Okta knows no switch for an API token: make a replacement first, where something depends on it",
        "tokens of whom the connector's own token belongs to are refused: it might be that very one",
    ],
    source: "https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApiToken/",
};

/// What it declares.
pub(super) static REVOKE_REFRESH_TOKEN: ActionSpec = ActionSpec {
    name: "okta.revoke_refresh_token",
    kind: ActionKind::RevokeSessions,
    role: Role::Whole,
    target: TOKEN,
    summary: "revokes one refresh token of a user, with the access token that came with it",
    reversal: ReversalSpec::Final { why: "the user signs in to the app again" },
    stops: Stops { new: false, refresh: true, live: true },
    settle: Duration::from_secs(30),
    leaves: "tokens (JWT) that are checked without asking Okta, until they expire",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_USER, op::READ_CLIENTS, op::READ_TOKEN],
    write: op::REVOKE_TOKEN,
    restore: None,
    delivery: None,
    traps: &[
        "a token is addressed by its client, which is looked for among those that hold tokens of the user",
        "the consent stays: revoke the grant as well, or the app asks for nothing before the next token",
    ],
    source: "https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserOAuth/",
};

/// What it declares.
pub(super) static REVOKE_GRANT: ActionSpec = ActionSpec {
    name: "okta.revoke_grant",
    kind: ActionKind::RemoveEntitlement,
    role: Role::Whole,
    target: TOKEN,
    summary: "revokes a user's consent that lets an app have one scope",
    reversal: ReversalSpec::Final { why: "only the user can consent again" },
    stops: Stops { new: false, refresh: false, live: false },
    settle: Duration::from_secs(30),
    leaves: "tokens that were issued by the consent: revoke them too",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_USER, op::READ_GRANT],
    write: op::REVOKE_GRANT,
    restore: None,
    delivery: None,
    traps: &["one consent is one scope: an app may have several"],
    source: "https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserGrant/",
};

/// Deletes an API token.
#[derive(Debug)]
pub(super) struct DeleteApiToken;
/// Revokes a refresh token.
#[derive(Debug)]
pub(super) struct RevokeRefreshToken;
/// Revokes a consent.
#[derive(Debug)]
pub(super) struct RevokeGrant;

#[async_trait::async_trait]
impl Verb for DeleteApiToken {
    fn spec(&self) -> &'static ActionSpec {
        &DELETE_API_TOKEN
    }

    async fn look(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
        _: Option<&Step>,
    ) -> Result<Seen, CallError> {
        let (owner, token) = (id(on, target)?, credential(target, API_TOKEN)?);
        let ask = Ask::new(op::READ_API_TOKEN, &[("apiTokenId", token)]);
        let found = there(on.api.read(cx.read(op::READ_API_TOKEN)?, ask).await)?;
        if let Some(of) = found.as_ref().and_then(|it| text(&it.body, "userId")) {
            on.refuse_kept(&[of])?;
            if of != owner {
                let why = format!("API token `{token}` belongs to `{of}`, not to `{owner}`");
                return Err(CallError::Unsupported { why });
            }
        }
        let name = found.as_ref().and_then(|it| text(&it.body, "name")).unwrap_or(token);
        Ok(presence(
            "api_token",
            found.is_some(),
            format!("delete API token `{name}` of `{owner}`"),
        ))
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
        Ok(Ask::new(op::DELETE_API_TOKEN, &[("apiTokenId", credential(&step.target, API_TOKEN)?)]))
    }
}

#[async_trait::async_trait]
impl Verb for RevokeRefreshToken {
    fn spec(&self) -> &'static ActionSpec {
        &REVOKE_REFRESH_TOKEN
    }

    async fn look(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
        _: Option<&Step>,
    ) -> Result<Seen, CallError> {
        let user = super::shared::user(on, cx, target).await?;
        let token = credential(target, REFRESH_TOKEN)?;
        let ask = Ask::new(op::READ_CLIENTS, &[("userId", &user.id)]);
        let clients = on.api.read(cx.read(op::READ_CLIENTS)?, ask).await?.body;
        let mut holder = None;
        for client in items(&clients).filter_map(|it| text(it, "client_id")).take(CLIENTS) {
            let values = [("userId", &*user.id), ("clientId", client), ("tokenId", token)];
            let ask = Ask::new(op::READ_TOKEN, &values);
            let found = there(on.api.read(cx.read(op::READ_TOKEN)?, ask).await)?;
            if found.is_some_and(|it| text(&it.body, "status") != Some("REVOKED")) {
                holder = Some(client);
                break;
            }
        }
        let summary = format!("revoke refresh token `{token}` of user `{}`", user.login);
        let mut seen = presence("refresh_token", holder.is_some(), summary);
        seen.key = holder.unwrap_or_default().to_owned();
        Ok(seen)
    }

    fn write(&self, step: &Step, seen: &Seen) -> Result<Ask, CallError> {
        let user = &*step.target.principal().name;
        let token = credential(&step.target, REFRESH_TOKEN)?;
        let values = [("userId", user), ("clientId", &*seen.key), ("tokenId", token)];
        Ok(Ask::new(op::REVOKE_TOKEN, &values))
    }
}

#[async_trait::async_trait]
impl Verb for RevokeGrant {
    fn spec(&self) -> &'static ActionSpec {
        &REVOKE_GRANT
    }

    async fn look(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
        _: Option<&Step>,
    ) -> Result<Seen, CallError> {
        let user = super::shared::user(on, cx, target).await?;
        let grant = credential(target, CONSENT)?;
        let ask = Ask::new(op::READ_GRANT, &[("userId", &user.id), ("grantId", grant)]);
        let found = there(on.api.read(cx.read(op::READ_GRANT)?, ask).await)?;
        let in_force = found.is_some_and(|it| text(&it.body, "status") != Some("REVOKED"));
        let summary = format!("revoke consent `{grant}` of user `{}`", user.login);
        Ok(presence("grant", in_force, summary))
    }

    fn write(&self, step: &Step, _: &Seen) -> Result<Ask, CallError> {
        let user = &*step.target.principal().name;
        let grant = credential(&step.target, CONSENT)?;
        Ok(Ask::new(op::REVOKE_GRANT, &[("userId", user), ("grantId", grant)]))
    }
}
