//! Takes what a user was given in single repositories, and remembers it.

use super::shared::{Shared, drifted, told};
use crate::github::form::{Grant, Grants};
use crate::github::operation as op;
use interlock_contain::{
    Action, ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WriteCx,
};
use interlock_model::{ActionKind, Intent, Observation, Receipt, Snapshot, Step, StepId, Stops};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "github.remove_collaborator",
    kind: ActionKind::RemoveEntitlement,
    role: Role::Whole,
    target: TargetKind::Principal("github", &["*"]),
    summary: "takes what a user was given in single repositories and remembers it",
    reversal: ReversalSpec::Compensates {
        loses: "a user from outside has to accept an invitation to each repository; forks of private repositories are gone",
    },
    stops: Stops { new: false, refresh: false, live: false },
    settle: Duration::from_secs(60),
    leaves: "what membership and teams give, public repositories, and what was cloned",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_METADATA, op::READ_ADMINISTRATION],
    write: op::WRITE_ADMINISTRATION,
    restore: None,
    delivery: None,
    traps: &[
        "an invitation that is still open is taken back, too",
        "roles are read by other names than they are given: `read` is `pull`, `write` is `push`",
        "each repository is a call of its own: one that breaks off half-way is gone on with, in both directions",
        "300 repositories are looked into at most: where there are more, planning refuses, for it could not say what it left",
    ],
    source: "https://docs.github.com/en/rest/collaborators/collaborators",
};

/// The action.
#[derive(Debug)]
pub(crate) struct RemoveCollaborator {
    /// The organisation and the configuration.
    pub shared: Arc<Shared>,
}

const GRANTS: &str = "grants";

fn state(grants: &Grants) -> Snapshot {
    Snapshot::of([(GRANTS, serde_json::to_string(grants).unwrap_or_default())])
}

fn grants(of: &Snapshot) -> Result<Grants, CallError> {
    let text = of.get(GRANTS).unwrap_or("{}");
    let invalid = |_| CallError::Invalid { why: format!("`{text}` are no grants") };
    serde_json::from_str(text).map_err(invalid)
}

type Found = BTreeMap<String, Grant>;

fn roles(found: &Found) -> Grants {
    found.iter().map(|(repository, it)| (repository.clone(), it.role.clone())).collect()
}

impl RemoveCollaborator {
    async fn found(
        &self,
        cx: &ReadCx<'_>,
        login: &str,
        among: impl Iterator<Item = String>,
    ) -> Result<Found, CallError> {
        let mut found = Found::new();
        for repository in among {
            let passes = (cx.read(op::READ_METADATA)?, cx.read(op::READ_ADMINISTRATION)?);
            let grant = self.shared.server.grant(passes, &repository, login).await?;
            found.extend(grant.map(|it| (repository, it)));
        }
        Ok(found)
    }

    /// In every repository.
    async fn anywhere(&self, cx: &ReadCx<'_>, login: &str) -> Result<Found, CallError> {
        let pass = cx.read(op::READ_METADATA)?;
        let (all, more) = self.shared.server.repositories(pass).await?;
        if more {
            let why = format!("there are more than {} repositories", all.len());
            return Err(CallError::Unsupported { why });
        }
        self.found(cx, login, all.into_iter()).await
    }

    async fn of_step(&self, cx: &ReadCx<'_>, step: &Step) -> Result<(String, Found), CallError> {
        // Leave comes first: without it nothing is reached.
        cx.read(op::READ_METADATA)?;
        let login = self.shared.login(&step.target).await?;
        let mut among = grants(&step.before)?;
        among.extend(grants(&step.after)?);
        let found = if among.is_empty() {
            self.anywhere(cx, &login).await?
        } else {
            self.found(cx, &login, among.into_keys()).await?
        };
        Ok((login, found))
    }
}

/// Whether every repository is as it was or as it is wanted.
fn between(step: &Step, seen: &Grants) -> Result<bool, CallError> {
    let (from, to) = (grants(&step.before)?, grants(&step.after)?);
    let all = from.keys().chain(to.keys()).chain(seen.keys());
    let known = |it: &String| seen.get(it) == from.get(it) || seen.get(it) == to.get(it);
    Ok(step.before != step.after && all.into_iter().all(known))
}

#[async_trait::async_trait]
impl Action for RemoveCollaborator {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        // Leave comes first: without it nothing is reached.
        cx.read(op::READ_METADATA)?;
        let login = self.shared.login(&intent.target).await?;
        let found = self.anywhere(cx, &login).await?;
        let summary = format!("take what `{login}` was given in {} repositories", found.len());
        let states = (state(&roles(&found)), state(&Grants::new()));
        Ok(self.shared.step(&SPEC, id, intent, states, summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let (login, mut found) = self.of_step(cx.reading(), step).await?;
        let seen = roles(&found);
        if state(&seen) == step.after {
            return Ok(Receipt::default());
        }
        if state(&seen) != step.before && !between(step, &seen)? {
            return Err(drifted(step, state(&seen)));
        }
        let wanted = grants(&step.after)?;
        let all: Vec<String> = seen.keys().chain(wanted.keys()).cloned().collect();
        let changes = all.into_iter().filter(|it| seen.get(it) != wanted.get(it)).map(|it| {
            let (from, to) = (found.remove(&it), wanted.get(&it).cloned());
            (it, (from, to))
        });
        let changes = changes.collect();
        let pass = cx.write(op::WRITE_ADMINISTRATION)?;
        self.shared.server.regrant(pass, &login, &changes).await?;
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        let seen = self.of_step(cx, step).await.map(|it| (state(&roles(&it.1)), Vec::new()));
        told(&SPEC, step, seen)
    }
}
