//! Verbs on the secrets of apps that are no switch: a second one is made, one that is off is deleted.

use super::apps::{app, listed};
use super::operation as op;
use super::shared::{credential, id, presence};
use crate::Secret;
use crate::delivery::{DELIVERY, Holds, Issuer, Made, Order};
use crate::idp::act::{On, Seen, Verb};
use crate::idp::ask::{Ask, text};
use interlock_contain::{ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WritePass};
use interlock_model::{ActionKind, CredentialKind, Snapshot, Step, Stops, Target};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

const SOURCE: &str = "https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationSSOPublicKeys/; https://developer.okta.com/docs/guides/client-secret-rotation-key/main/";
const TARGET: TargetKind = TargetKind::CredentialNamed("okta", CredentialKind::Token, &["ocs*"]);
const SORT: (&str, &str, &str) = ("0oa", "ocs", "secret of an app");

/// What it declares.
pub(super) static ISSUE_SECRET: ActionSpec = ActionSpec {
    name: "okta.issue_client_secret",
    kind: ActionKind::RotateCredential,
    role: Role::Issue,
    target: TARGET,
    summary: "makes a second client secret of an app and delivers it",
    reversal: ReversalSpec::Restores { re_arms: false },
    stops: Stops { new: false, refresh: false, live: false },
    settle: Duration::from_secs(30),
    leaves: "",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_APP, op::READ_SECRETS],
    write: op::MAKE_SECRET,
    restore: Some(op::DELETE_SECRET),
    delivery: DELIVERY,
    traps: &[
        "issuing ends nothing: the old secret lives until the rotation's next step turns it off; that step is refused by Okta while it is the only one, which is why this comes first",
        "an app has two secrets at most, those that are off among them: with both there is nothing to issue into",
        "a secret has no label: one of ours that was not delivered is known by elimination, as the only secret that came since the plan",
        "only a secret that is off can be deleted: the undo turns the new one off and deletes it",
        "Okta does not say by which secret a client signed in: that the new one is in use shows nowhere, and the rotation waits there for a person",
        "Okta shows the value of a secret to whoever reads the list: it is thrown away unread",
    ],
    source: SOURCE,
};

/// What it declares.
pub(super) static DELETE_SECRET: ActionSpec = ActionSpec {
    name: "okta.delete_client_secret",
    kind: ActionKind::DeleteCredential,
    role: Role::Whole,
    target: TARGET,
    summary: "deletes a client secret of an app that is turned off",
    reversal: ReversalSpec::Final {
        why: "a deleted secret is not given back; the app gets another",
    },
    stops: Stops { new: true, refresh: true, live: false },
    settle: Duration::from_secs(30),
    leaves: "access tokens that the client fetched, until they expire; and its other secrets and keys",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_APP, op::READ_SECRETS],
    write: op::DELETE_SECRET,
    restore: None,
    delivery: None,
    traps: &[
        "only a secret that is off can be deleted: turn it off first (`okta.deactivate_client_secret`); one that is on when its turn comes is refused",
        "a slot of two becomes free by it, so that the next rotation can issue",
    ],
    source: SOURCE,
};

/// What is most.
const MOST: usize = 2;

/// Makes secrets.
#[derive(Debug)]
pub(super) struct Issue(pub(super) Arc<On>);
/// Deletes one.
#[derive(Debug)]
pub(super) struct Delete;

/// The secrets of an app, with their states.
async fn secrets(on: &On, cx: &ReadCx<'_>, id: &str) -> Result<Vec<(String, String)>, CallError> {
    app(on, cx, id).await?;
    let ask = Ask::new(op::READ_SECRETS, &[("appId", id)]).about(&format!("app `{id}`"));
    let said = on.api.read(cx.read(op::READ_SECRETS)?, ask).await?.body;
    let of = |it: &Value| {
        let status = text(it, "status").unwrap_or("ACTIVE").to_owned();
        Some((text(it, "id")?.to_owned(), status))
    };
    Ok(listed(&said).filter_map(of).collect())
}

#[async_trait::async_trait]
impl Issuer for Issue {
    fn spec(&self) -> &'static ActionSpec {
        &ISSUE_SECRET
    }

    async fn holds(
        &self,
        cx: &ReadCx<'_>,
        target: &Target,
        step: Option<&Step>,
    ) -> Result<Holds, CallError> {
        let (app, meant) = (id(&self.0, target)?, credential(target, SORT)?);
        let all = secrets(&self.0, cx, app).await?;
        if step.is_none() && !all.iter().any(|it| it.0 == meant) {
            return Err(CallError::NotFound { what: format!("secret `{meant}` of app `{app}`") });
        }
        Ok(Holds {
            shown: format!("app `{app}`"),
            on: app.to_owned(),
            all: all.iter().map(|it| (it.0.clone(), None)).collect(),
            called: all.into_iter().collect(),
            used: BTreeSet::new(),
            labelled: false,
            most: Some(MOST),
            like: Snapshot::default(),
        })
    }

    async fn make(&self, pass: WritePass, order: &Order<'_>) -> Result<Made, CallError> {
        let ask = Ask::new(op::MAKE_SECRET, &[("appId", &order.of.on)]).json(json!({}));
        let said = self.0.api.write(pass, ask).await?.body;
        let (Some(id), Some(secret)) = (text(&said, "id"), text(&said, "client_secret")) else {
            let why = "Okta shows no new secret in its answer".to_owned();
            return Err(CallError::OutcomeUnknown { why });
        };
        Ok(Made { id: id.to_owned(), secret: Secret::new(secret) })
    }

    async fn unmake(&self, pass: WritePass, of: &Holds, id: &str) -> Result<(), CallError> {
        let values = [("appId", &*of.on), ("secretId", id)];
        let delete = Ask::new(op::DELETE_SECRET, &values);
        let on = of.called.get(id).is_none_or(|it| it == "ACTIVE");
        let off = on.then(|| Ask::first(op::DELETE_SECRET, op::DEACTIVATE_SECRET, &values));
        self.0.api.write_all(pass, off.into_iter().chain([delete]).collect()).await
    }
}

#[async_trait::async_trait]
impl Verb for Delete {
    fn spec(&self) -> &'static ActionSpec {
        &DELETE_SECRET
    }

    async fn look(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
        _: Option<&Step>,
    ) -> Result<Seen, CallError> {
        let (app, meant) = (id(on, target)?, credential(target, SORT)?);
        let all = secrets(on, cx, app).await?;
        let found = all.iter().find(|it| it.0 == meant);
        let summary = format!("delete secret `{meant}` of app `{app}`");
        let mut seen = presence("secret", found.is_some(), summary);
        seen.key = found.map(|it| it.1.clone()).unwrap_or_default();
        let others = all.iter().filter(|it| it.0 != meant && it.1 == "ACTIVE").count();
        if others > 0 {
            seen.also.push(format!("{others} other active secrets of the app"));
        }
        Ok(seen)
    }

    fn write(&self, step: &Step, seen: &Seen) -> Result<Ask, CallError> {
        let (app, secret) = (&*step.target.principal().name, credential(&step.target, SORT)?);
        if seen.key == "ACTIVE" {
            let why = format!("secret `{secret}` of app `{app}` is on: turn it off first");
            return Err(CallError::Unsupported { why });
        }
        Ok(Ask::new(op::DELETE_SECRET, &[("appId", app), ("secretId", secret)]))
    }
}
