//! Takes a member out of the organisation, and remembers role and teams.

use super::shared::{Shared, drifted, holds};
use crate::github::form::Grants;
use crate::github::operation as op;
use interlock_contain::{
    Action, ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WriteCx,
};
use interlock_model::{ActionKind, Intent, Observation, Receipt, Snapshot, Step, StepId, Stops};
use std::sync::Arc;
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "github.remove_member",
    kind: ActionKind::DisableIdentity,
    role: Role::Whole,
    target: TargetKind::Principal("github", &["*", "!app/*", "!*[bot]"]),
    summary: "takes a member out of the organisation and remembers role and teams",
    reversal: ReversalSpec::Compensates {
        loses: "the user has to accept an invitation first; forks of private repositories, and what was given in single repositories, are gone",
    },
    stops: Stops { new: true, refresh: true, live: true },
    settle: Duration::from_secs(60),
    leaves: "reading of public repositories, what was cloned, and deploy keys, webhooks and Apps that the user set up",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_MEMBERS],
    write: op::WRITE_MEMBERS,
    restore: None,
    delivery: None,
    traps: &[
        "the last owner is refused",
        "teams are lost with the membership: they are read before, one by one, 300 at most, and each is entered again by the undo",
        "what the undo sends is an invitation: whoever holds the user's account accepts it",
        "an identity provider that provisions the organisation lets the user in again: disable it there too",
        "membership by a team of the enterprise stays",
    ],
    source: "https://docs.github.com/en/rest/orgs/members#remove-an-organization-member",
};

/// The action.
#[derive(Debug)]
pub(crate) struct RemoveMember {
    /// The organisation and the configuration.
    pub shared: Arc<Shared>,
}

const ROLE: &str = "role";
const TEAMS: &str = "teams";

fn state(role: &str, teams: &Grants) -> Snapshot {
    let teams = serde_json::to_string(teams).unwrap_or_default();
    Snapshot::of([(ROLE, role.to_owned()), (TEAMS, teams)])
}

fn teams(of: &Snapshot) -> Result<Grants, CallError> {
    let text = of.get(TEAMS).unwrap_or("{}");
    let invalid = |_| CallError::Invalid { why: format!("`{text}` are no teams") };
    serde_json::from_str(text).map_err(invalid)
}

/// The teams that a step speaks of.
fn of_step(step: &Step) -> Result<Grants, CallError> {
    let mut all = teams(&step.before)?;
    all.extend(teams(&step.after)?);
    Ok(all)
}

impl RemoveMember {
    /// Role and teams, as far as these are concerned; nothing where there is no membership.
    async fn seen(
        &self,
        cx: &ReadCx<'_>,
        login: &str,
        among: impl Iterator<Item = String>,
    ) -> Result<Snapshot, CallError> {
        let server = &self.shared.server;
        let membership = server.membership(cx.read(op::READ_MEMBERS)?, login).await?;
        let Some(membership) = membership else { return Ok(Snapshot::default()) };
        let mut teams = Grants::new();
        for team in among {
            let role = server.team_role(cx.read(op::READ_MEMBERS)?, &team, login).await?;
            teams.extend(role.map(|it| (team, it)));
        }
        Ok(state(&membership.role, &teams))
    }

    /// Whether an invitation that broke off half-way was seen, and some teams are still to be entered; or
    /// the member is back with the same role, in whichever teams.
    fn between(step: &Step, seen: &Snapshot) -> Result<bool, CallError> {
        if step.after == Snapshot::default() {
            return Ok(step.before.get(ROLE).is_some() && step.before.get(ROLE) == seen.get(ROLE));
        }
        if step.before != Snapshot::default() || seen.get(ROLE) != step.after.get(ROLE) {
            return Ok(false);
        }
        let (wanted, there) = (teams(&step.after)?, teams(seen)?);
        Ok(there.iter().all(|(team, role)| wanted.get(team) == Some(role)))
    }
}

#[async_trait::async_trait]
impl Action for RemoveMember {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let pass = cx.read(op::READ_MEMBERS)?;
        let login = self.shared.login(&intent.target).await?;
        let server = &self.shared.server;
        let membership = server.membership(pass, &login).await?;
        let nothing = Snapshot::default();
        let Some(membership) = membership else {
            let summary = format!("`{login}` is no member");
            return Ok(self.shared.step(&SPEC, id, intent, (nothing.clone(), nothing), summary));
        };
        if membership.role == "admin" && !membership.pending() {
            let owners = server.owners(cx.read(op::READ_MEMBERS)?).await?;
            if owners.iter().all(|it| it.eq_ignore_ascii_case(&login)) {
                let why = format!("`{login}` is the last owner: make somebody else one first");
                return Err(CallError::Unsupported { why });
            }
        }
        let teams = server.teams(cx.read(op::READ_MEMBERS)?).await?;
        let before = self.seen(cx, &login, teams.into_iter()).await?;
        let summary = format!("take `{login}` out of `{}`", self.shared.config.organization);
        Ok(self.shared.step(&SPEC, id, intent, (before, nothing), summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let pass = cx.reading().read(op::READ_MEMBERS)?;
        let login = self.shared.login(&step.target).await?;
        let membership = self.shared.server.membership(pass, &login).await?;
        let seen = self.seen(cx.reading(), &login, of_step(step)?.into_keys()).await?;
        if seen == step.after {
            return Ok(Receipt::default());
        }
        if seen != step.before && !Self::between(step, &seen)? {
            return Err(drifted(step, seen));
        }
        let write = cx.write(op::WRITE_MEMBERS)?;
        match (step.after.get(ROLE), membership) {
            (Some(role), _) => {
                self.shared.server.invite(write, &login, role, &teams(&step.after)?).await?;
            }
            (None, Some(membership)) => {
                self.shared.server.remove_member(write, &login, &membership).await?;
            }
            (None, None) => return Err(drifted(step, seen)),
        }
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        let seen = async {
            // Leave comes first: without it nothing is reached.
            cx.read(op::READ_MEMBERS)?;
            let login = self.shared.login(&step.target).await?;
            self.seen(cx, &login, of_step(step)?.into_keys()).await
        };
        match seen.await {
            Ok(seen) if seen == step.after => holds(&SPEC, step, Vec::new()),
            Ok(seen) => Observation::DoesNotHold { seen },
            Err(error) => Observation::CannotTell { why: error.to_string() },
        }
    }
}
