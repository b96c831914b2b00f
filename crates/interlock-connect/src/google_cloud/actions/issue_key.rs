//! Makes a second key for a service account and delivers it: the first part of a rotation.

use super::disable_key::named;
use super::shared::Shared;
use crate::delivery::{DELIVERY, Holds, Issuer, Made, Order};
use crate::google_cloud::operation as op;
use interlock_contain::{ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WritePass};
use interlock_model::{ActionKind, CredentialKind, Snapshot, Step, Stops, Target};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "google_cloud.issue_key",
    kind: ActionKind::RotateCredential,
    role: Role::Issue,
    target: TargetKind::Credential("google", CredentialKind::AccessKey),
    summary: "makes a second key for a service account and delivers its key file",
    reversal: ReversalSpec::Restores { re_arms: false },
    stops: Stops { new: false, refresh: false, live: false },
    settle: Duration::from_secs(60),
    leaves: "",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::LIST_KEYS],
    write: op::CREATE_KEY,
    restore: Some(op::DELETE_KEY),
    delivery: DELIVERY,
    traps: &[
        "issuing ends nothing: the old key lives until the rotation's next step disables it",
        "what is delivered is the whole key file as Google gives it out",
        "a key has no label: one of ours that was not delivered is known by elimination, as the only key that came since the plan",
        "an organisation may forbid keys (`iam.disableServiceAccountKeyCreation`): the refusal is shown",
        "an account has ten keys at most",
    ],
    source: "https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts.keys/create; https://cloud.google.com/iam/docs/key-rotation",
};

/// What Google lets an account have.
const MOST: usize = 10;

/// Makes keys.
#[derive(Debug)]
pub(crate) struct Keys {
    /// The project and the configuration.
    pub shared: Arc<Shared>,
}

fn id(account: &str, number: &str) -> String {
    format!("{account}/keys/{number}")
}

#[async_trait::async_trait]
impl Issuer for Keys {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn holds(
        &self,
        cx: &ReadCx<'_>,
        target: &Target,
        step: Option<&Step>,
    ) -> Result<Holds, CallError> {
        let pass = cx.read(op::LIST_KEYS)?;
        let (account, number) = named(&self.shared, target).await?;
        let keys = self.shared.server.keys(pass, &account).await?;
        if step.is_none() && !keys.iter().any(|it| it.number() == number) {
            return Err(CallError::NotFound { what: target.to_string() });
        }
        Ok(Holds {
            shown: format!("`{account}`"),
            all: keys.iter().map(|it| (id(&account, it.number()), None)).collect(),
            on: account,
            called: BTreeMap::new(),
            used: BTreeSet::new(),
            labelled: false,
            most: Some(MOST),
            like: Snapshot::default(),
        })
    }

    async fn make(&self, pass: WritePass, order: &Order<'_>) -> Result<Made, CallError> {
        let (number, secret) = self.shared.server.create_key(pass, &order.of.on).await?;
        Ok(Made { id: id(&order.of.on, &number), secret })
    }

    async fn unmake(&self, pass: WritePass, of: &Holds, id: &str) -> Result<(), CallError> {
        let number = id.rsplit('/').next().unwrap_or_default();
        self.shared.server.delete_key(pass, (&of.on, number)).await
    }
}
