//! Ends every session of an account that is open at the moment of the write.
//!
//! The wanted state is that no session is left, or none which began before the plan where the account may
//! still sign in: it opens new ones at once, and those are what is left, not a failure of this.

use super::shared::{Shared, holds};
use interlock_contain::{Action, ActionSpec, CallError, ReadCx, WriteCx};
use interlock_model::{ActionKind, Intent, Observation, Receipt, Snapshot, Step, StepId};
use std::sync::Arc;

/// The action.
#[derive(Debug)]
pub(crate) struct EndSessions {
    /// The server and the configuration.
    pub shared: Arc<Shared>,
    /// What it declares.
    pub spec: &'static ActionSpec,
}

const OPEN: &str = "open";
const NONE: &str = "none";

fn state(sessions: &str, until: &str) -> Snapshot {
    Snapshot::of([("begun_until", until.to_owned()), ("sessions", sessions.to_owned())])
}

/// The mark until which sessions must be gone.
fn until(step: &Step) -> Result<i64, CallError> {
    let text = step.after.get("begun_until").unwrap_or_default();
    text.parse()
        .map_err(|_| CallError::Invalid { why: format!("`{text}` is no mark of a session") })
}

impl EndSessions {
    async fn observe(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Observation, CallError> {
        let name = self.shared.name(&step.target)?;
        let account = self.shared.account(cx, &name).await?;
        let until = until(step)?;
        let pass = cx.read(self.shared.words().read_sessions)?;
        let sessions = self.shared.server.sessions(pass, &name).await?;
        // Where nobody may sign in, whoever is in slipped in before.
        if sessions.begun.iter().any(|it| !account.open || *it <= until) {
            return Ok(Observation::DoesNotHold { seen: state(OPEN, &until.to_string()) });
        }
        let again = account.open && step.kind != ActionKind::Restore;
        Ok(holds(again.then(|| self.spec.leaves.to_owned()).into_iter().collect()))
    }
}

#[async_trait::async_trait]
impl Action for EndSessions {
    fn spec(&self) -> &'static ActionSpec {
        self.spec
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let name = self.shared.name(&intent.target)?;
        self.shared.account(cx, &name).await?;
        let words = self.shared.words();
        let pass = cx.read(words.read_sessions)?;
        let sessions = self.shared.server.sessions(pass, &name).await?;
        let now = sessions.now.to_string();
        let after = state(NONE, &now);
        let before = if sessions.begun.is_empty() { after.clone() } else { state(OPEN, &now) };
        let summary = format!("end every session of {} `{name}`", words.noun);
        Ok(self.shared.step(self.spec, id, intent, (before, after), summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let name = self.shared.name(&step.target)?;
        self.shared.account(cx.reading(), &name).await?;
        let pass = cx.reading().read(self.shared.words().read_sessions)?;
        if self.shared.server.sessions(pass, &name).await?.begun.is_empty() {
            return Ok(Receipt::default());
        }
        let pass = cx.write(self.spec.write)?;
        self.shared.server.end_sessions(pass, &name).await?;
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        // An account that is gone says nothing about its sessions: they may go on without it.
        let seen = self.observe(cx, step).await;
        seen.unwrap_or_else(|error| Observation::CannotTell { why: error.to_string() })
    }
}
