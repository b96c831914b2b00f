//! Deletes a client that registered itself, for ever.

use super::operation as op;
use super::{OauthClient, OauthConfig};
use crate::Secret;
use crate::idp::act::{On, Seen, Verb};
use crate::idp::ask::Ask;
use interlock_contain::{ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind};
use interlock_model::{ActionKind, Evidence, Place, Step, Stops, Target};
use std::sync::Arc;
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "oauth.delete_client",
    kind: ActionKind::DeleteCredential,
    role: Role::Whole,
    target: TargetKind::Principal("oauth", &["*/*"]),
    summary: "deletes a client's registration at the authorization server",
    reversal: ReversalSpec::Final {
        why: "a client that registers again has another id and other secrets",
    },
    stops: Stops { new: true, refresh: true, live: false },
    settle: Duration::from_secs(5),
    leaves: "access tokens that check themselves (JWT), until they expire; opaque ones where the server keeps them",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_CLIENT, op::AUTHENTICATE],
    write: op::DELETE_CLIENT,
    restore: None,
    delivery: None,
    traps: &[
        "a server answers 401 for a client that is gone, and for a registration token that is wrong: it counts as gone only when the client's own secret is refused as well",
        "RFC 7592 asks servers to end the client's grants and tokens, and does not make them: oidc-provider keeps them active, and takes no revocation from a client that is gone, so revoke the token first",
        "there is no way back: policies let nobody delete without the security team's yes",
    ],
    source: "https://www.rfc-editor.org/rfc/rfc7592#section-2.3; measured on oidc-provider 9.13 by tests/it/oauth.rs",
};

/// The verb.
#[derive(Debug)]
pub(super) struct DeleteClient(pub(super) Arc<OauthConfig>);

/// Reads a registration; `None` when the configuration does not say where it is.
pub(super) fn read(client: &OauthClient) -> Option<Ask> {
    to(client, op::READ_CLIENT)
}

fn to(client: &OauthClient, operation: interlock_model::Operation) -> Option<Ask> {
    let (at, token) = client.registration.as_ref()?;
    let by = Secret::new(format!("Bearer {}", token.expose()));
    let ask = Ask::new(operation, &[]).at(Some(at)).by(by);
    Some(ask.about(&format!("client `{}`", client.id)))
}

impl DeleteClient {
    async fn let_in(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        client: &OauthClient,
    ) -> Result<bool, CallError> {
        let pass = cx.read(op::AUTHENTICATE)?;
        match on.api.read(pass, self.0.authenticate(client)).await {
            Ok(_) => Ok(true),
            Err(CallError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

#[async_trait::async_trait]
impl Verb for DeleteClient {
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
        let ask = read(client).ok_or_else(|| CallError::Unsupported {
            why: format!("connector `{}` has no `registration` of `{}`", on.id, client.id),
        })?;
        let state = match on.api.read(cx.read(op::READ_CLIENT)?, ask).await {
            Ok(_) => "registered",
            Err(CallError::NotFound { .. }) => {
                if self.let_in(on, cx, client).await? {
                    let permission = op::READ_CLIENT.to_string();
                    return Err(CallError::Denied { permission });
                }
                "gone"
            }
            Err(error) => return Err(error),
        };
        let summary = format!("delete client `{}`", client.id);
        Ok(Seen::value("client", state, "gone", summary))
    }

    fn write(&self, step: &Step, _: &Seen) -> Result<Ask, CallError> {
        let name = step.target.principal().name.split_once('/').map_or("", |it| it.1);
        let client = self.0.clients.iter().find(|it| it.id == name);
        let ask = client.and_then(|it| to(it, op::DELETE_CLIENT));
        ask.ok_or_else(|| CallError::Invalid {
            why: format!("there is no registration of `{name}`"),
        })
    }

    async fn probe(&self, on: &On, cx: &ReadCx<'_>, step: &Step) -> Option<Evidence> {
        let client = self.0.client(on, &step.target).ok()?;
        Some(if self.let_in(on, cx, client).await.ok()? {
            Evidence::SuccessfulUse { place: Place { file: on.id.0.to_string().into(), record: 0 } }
        } else {
            let how = format!("`{}` shows its own secret and is not let in", client.id);
            Evidence::Probe { how }
        })
    }
}
