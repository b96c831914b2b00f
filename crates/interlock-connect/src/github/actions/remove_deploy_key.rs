//! Takes a deploy key away, and remembers the public key.

use super::shared::{Shared, already, told};
use crate::github::form::{DeployKey, Key};
use crate::github::{operation as op, subject};
use interlock_contain::{
    Action, ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WriteCx,
};
use interlock_model::{
    ActionKind, CredentialKind, Intent, Observation, Receipt, Snapshot, Step, StepId, Stops, Target,
};
use std::sync::Arc;
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "github.remove_deploy_key",
    kind: ActionKind::DisableCredential,
    role: Role::Whole,
    target: TargetKind::Credential("github", CredentialKind::AccessKey),
    summary: "takes a deploy key away and remembers the public key",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: true, live: false },
    settle: Duration::from_secs(60),
    leaves: "a transfer that is under way, and what was cloned or pushed",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_METADATA, op::READ_ADMINISTRATION],
    write: op::WRITE_ADMINISTRATION,
    restore: None,
    delivery: None,
    traps: &[
        "there is no switch: the key is deleted, and the undo adds the same public key with its title and what it may do; it gets a new number, and who added it is the connector",
        "a key is found by its fingerprint or its number; in which repository is asked of all, 300 at most, unless the principal is the repository",
        "the undo lets whoever stole the private key in again: rotate it first",
    ],
    source: "https://docs.github.com/en/rest/deploy-keys/deploy-keys",
};

/// The action.
#[derive(Debug)]
pub(crate) struct RemoveDeployKey {
    /// The organisation and the configuration.
    pub shared: Arc<Shared>,
}

const REPOSITORY: &str = "repository";
const KEY: &str = "key";
const TITLE: &str = "title";
const READ_ONLY: &str = "read_only";

fn state(repository: &str, key: &Key) -> Snapshot {
    Snapshot::of([
        (REPOSITORY, repository.to_owned()),
        (KEY, key.key.clone()),
        (TITLE, key.title.clone()),
        (READ_ONLY, key.read_only.to_string()),
    ])
}

fn key(of: &Snapshot) -> Option<Key> {
    Some(Key {
        title: of.get(TITLE)?.to_owned(),
        key: of.get(KEY)?.to_owned(),
        read_only: of.get(READ_ONLY) != Some("false"),
    })
}

/// The same key, whatever is written after it.
fn same(one: &str, other: &str) -> bool {
    subject::fingerprint(one) == subject::fingerprint(other)
}

fn named(shared: &Shared, target: &Target) -> Option<String> {
    let name = &target.principal().name;
    let plain = subject::repository(name, &shared.config.organization);
    plain.or_else(|| shared.workflow(target).ok())
}

/// The key that a target names, wherever it is.
pub(super) async fn anywhere(
    shared: &Shared,
    cx: &ReadCx<'_>,
    target: &Target,
) -> Result<Option<(String, DeployKey)>, CallError> {
    let metadata = cx.read(op::READ_METADATA)?;
    let id = subject::credential(target)?.id();
    let is = |it: &DeployKey| {
        id.parse() == Ok(it.id) || subject::fingerprint(&it.of.key).as_deref() == Some(id)
    };
    let (all, more) = match named(shared, target) {
        Some(one) => (vec![one], false),
        None => shared.server.repositories(metadata).await?,
    };
    for repository in all {
        let pass = cx.read(op::READ_ADMINISTRATION)?;
        let keys = shared.server.deploy_keys(pass, &repository).await?;
        if let Some(key) = keys.into_iter().find(is) {
            return Ok(Some((repository, key)));
        }
    }
    if more {
        let why = format!("key `{id}` is in none of the repositories that were looked into");
        return Err(CallError::Unsupported { why });
    }
    Ok(None)
}

impl RemoveDeployKey {
    /// What there is of the key that a step speaks of.
    async fn of_step(
        &self,
        cx: &ReadCx<'_>,
        step: &Step,
    ) -> Result<Option<(String, DeployKey)>, CallError> {
        let named = [&step.before, &step.after].into_iter().find(|it| it.get(KEY).is_some());
        let Some((repository, text)) =
            named.and_then(|it| Some((it.get(REPOSITORY)?, it.get(KEY)?)))
        else {
            return anywhere(&self.shared, cx, &step.target).await;
        };
        let pass = cx.read(op::READ_ADMINISTRATION)?;
        let keys = self.shared.server.deploy_keys(pass, repository).await?;
        let found = keys.into_iter().find(|it| same(&it.of.key, text));
        Ok(found.map(|it| (repository.to_owned(), it)))
    }
}

fn seen(of: Option<&(String, DeployKey)>) -> Snapshot {
    of.map(|(repository, key)| state(repository, &key.of)).unwrap_or_default()
}

#[async_trait::async_trait]
impl Action for RemoveDeployKey {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let found = anywhere(&self.shared, cx, &intent.target).await?;
        let summary = match &found {
            Some((repository, key)) => {
                format!("take deploy key `{}` out of `{repository}`", key.of.title)
            }
            None => "no repository has this deploy key".to_owned(),
        };
        let states = (seen(found.as_ref()), Snapshot::default());
        Ok(self.shared.step(&SPEC, id, intent, states, summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let found = self.of_step(cx.reading(), step).await?;
        if already(step, &seen(found.as_ref()))? {
            return Ok(Receipt::default());
        }
        let pass = cx.write(op::WRITE_ADMINISTRATION)?;
        match (found, key(&step.after), step.after.get(REPOSITORY)) {
            (Some((repository, key)), None, _) => {
                self.shared.server.remove_deploy_key(pass, &repository, key.id).await?;
            }
            (None, Some(key), Some(repository)) => {
                self.shared.server.add_deploy_key(pass, repository, &key).await?;
            }
            _ => {
                let why = format!("step `{}` names no key", step.id);
                return Err(CallError::Invalid { why });
            }
        }
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        let found = self.of_step(cx, step).await.map(|it| (seen(it.as_ref()), Vec::new()));
        told(&SPEC, step, found)
    }
}
