//! Revokes one token that was given to the house by reference.

use super::OauthConfig;
use super::operation as op;
use crate::idp::act::{On, Seen, Verb};
use crate::idp::ask::Ask;
use crate::idp::proof::basic;
use interlock_contain::{ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind};
use interlock_model::{ActionKind, CredentialKind, Step, Stops, Target};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "oauth.revoke_token",
    kind: ActionKind::DeleteCredential,
    role: Role::Whole,
    target: TargetKind::Credential("oauth", CredentialKind::Token),
    summary: "revokes a token that the configuration refers to",
    reversal: ReversalSpec::Final {
        why: "a revoked token does not come back; the client fetches another",
    },
    stops: Stops { new: false, refresh: true, live: true },
    settle: Duration::from_secs(2),
    leaves: "the client, which fetches a new token; and resource servers that check a token (JWT) by themselves, until it expires",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::INTROSPECT],
    write: op::REVOKE,
    restore: None,
    delivery: None,
    traps: &[
        "a server answers 200 to the revocation of any text: whether the token is good is asked of the introspection endpoint",
        "a token that the server does not know counts as inactive: a wrong reference looks like a revoked token",
        "the token's value comes from an environment variable or a file, and stands in no plan, receipt or log",
    ],
    source: "https://www.rfc-editor.org/rfc/rfc7009#section-2; measured on oidc-provider 9.13 by tests/it/oauth.rs",
};

/// The verb.
#[derive(Debug)]
pub(super) struct RevokeToken(pub(super) Arc<OauthConfig>);

#[async_trait::async_trait]
impl Verb for RevokeToken {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn look(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
        _: Option<&Step>,
    ) -> Result<Seen, CallError> {
        let client = self.0.client(on, target)?;
        let named = format!("{}/{}", on.id, client.id);
        let meant = target.credential().is_some_and(|it| it.id() == named);
        let (true, Some(token)) = (meant, &client.token) else {
            let why = format!(
                "connector `{}` has no token of {target}: its client's is called `oauth:token:{named}`",
                on.id
            );
            return Err(CallError::Unsupported { why });
        };
        let ask = self.0.introspect(token, &format!("the token of `{}`", client.id));
        let said = on.api.read(cx.read(op::INTROSPECT)?, ask).await?;
        let active = said.body.get("active").and_then(Value::as_bool);
        let active = active.ok_or_else(|| CallError::Invalid {
            why: format!("`{}` does not say whether the token is active", op::INTROSPECT),
        })?;
        let summary = format!("revoke the token of client `{}`", client.id);
        Ok(Seen::value("active", &active.to_string(), "false", summary))
    }

    fn write(&self, step: &Step, _: &Seen) -> Result<Ask, CallError> {
        let name = step.target.principal().name.split_once('/').map_or("", |it| it.1);
        let client = self.0.clients.iter().find(|it| it.id == name);
        let missing = || CallError::Invalid { why: format!("there is no token of `{name}`") };
        let client = client.ok_or_else(missing)?;
        let token = client.token.clone().ok_or_else(missing)?;
        // As the client itself: a server may refuse to revoke another's token.
        let ask = Ask::new(op::REVOKE, &[]).at(Some(&self.0.revocation_endpoint));
        let ask = ask.form(vec![("token", token)]).by(basic(&client.id, &client.secret));
        Ok(ask.about(&format!("the token of `{name}`")))
    }
}
