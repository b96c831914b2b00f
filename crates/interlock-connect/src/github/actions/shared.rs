//! What every action here starts from: the organisation, the configuration, and the same few questions.

pub(crate) use crate::rest::{already, drifted, holds, told};

use crate::github::GithubConfig;
use crate::github::own_apps::OwnApps;
use crate::github::server::Server;
use crate::github::subject;
use crate::rest::{Of, step};
use interlock_contain::{ActionSpec, CallError};
use interlock_model::{Intent, Snapshot, Step, StepId, Target};

/// What the actions of one connector instance share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// The configuration.
    pub config: GithubConfig,
    /// The organisation.
    pub server: Server,
    /// The Apps whose keys are there.
    pub apps: OwnApps,
}

impl Shared {
    /// The login of a target's user, who is not the connector itself.
    pub(crate) async fn login(&self, target: &Target) -> Result<String, CallError> {
        let login = subject::login(target.principal())?.to_owned();
        let own = self.server.itself().await?;
        if own.iter().any(|it| it.eq_ignore_ascii_case(&login)) {
            let why = format!("connector `{}` acts as `{login}` itself", self.config.id);
            return Err(CallError::Unsupported { why });
        }
        Ok(login)
    }

    /// The repository that a target's workflow runs in.
    pub(crate) fn workflow(&self, target: &Target) -> Result<String, CallError> {
        subject::workflow(target.principal(), &self.config.organization)
    }

    /// Whose steps these are.
    pub(crate) fn of(&self) -> Of<'_> {
        Of { connector: &self.config.id, settle: self.config.settle }
    }

    /// The step from one state to another.
    pub(crate) fn step(
        &self,
        spec: &ActionSpec,
        id: StepId,
        intent: &Intent,
        states: (Snapshot, Snapshot),
        summary: String,
    ) -> Step {
        step(&self.of(), spec, id, intent, states, summary)
    }
}
