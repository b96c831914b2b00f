//! Gives one setting of an account another value: may it sign in, until when is its password good,
//! which other accounts is it a member of.

use super::shared::{Shared, drifted, holds, unread};
use crate::database::server::Change;
use crate::database::{Account, Tried};
use interlock_contain::{Action, ActionSpec, CallError, ReadCx, WriteCx};
use interlock_model::{
    ActionKind, Evidence, Intent, Observation, Place, Receipt, Snapshot, Step, StepId, Timestamp,
};
use std::sync::Arc;

/// A setting that is given a value, and what people read about it.
#[derive(Debug)]
pub(crate) struct Settled {
    /// What it declares.
    pub spec: &'static ActionSpec,
    /// The setting's name.
    pub key: &'static str,
    /// The value that ends access.
    pub wanted: &'static str,
    /// Whether a value ends access as well.
    pub met: fn(&str, Timestamp) -> bool,
    /// Whether a value, the last of these, lies on the way from the first to the second: where one change
    /// is several calls, a death in between leaves it there, and it is gone on with.
    pub between: fn(&str, &str, &str) -> bool,
    /// What is done, `{}` standing for the account.
    pub summary: &'static str,
    /// What stays alive.
    pub residue: Residue,
    /// Whether it closes the account, so that it must not be the last administrator's.
    pub closes: bool,
    /// Whether it takes an administrator's power without closing the account: not from the last one either.
    pub lowers: bool,
}

/// There is nothing in between.
pub(crate) fn apart(_from: &str, _to: &str, _seen: &str) -> bool {
    false
}

/// What stays alive although the setting holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Residue {
    /// What the spec says, as long as a session is open.
    Sessions,
    /// What the spec says, always.
    Always,
    /// Nothing.
    Nothing,
}

/// The action.
#[derive(Debug)]
pub(crate) struct Setting {
    /// The server and the configuration.
    pub shared: Arc<Shared>,
    /// Which.
    pub of: &'static Settled,
}

impl Setting {
    fn snapshot(&self, account: &Account) -> Result<Snapshot, CallError> {
        let value = account.settings.get(self.of.key).ok_or_else(|| CallError::Unsupported {
            why: format!("this server does not know the setting `{}`", self.of.key),
        })?;
        Ok(Snapshot::of([(self.of.key, value.clone())]))
    }

    async fn observe(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Observation, CallError> {
        let name = self.shared.name(&step.target)?;
        let account = self.shared.account(cx, &name).await?;
        let seen = self.snapshot(&account)?;
        if seen != step.after {
            return Ok(Observation::DoesNotHold { seen });
        }
        if step.kind == ActionKind::Restore {
            return Ok(holds(Vec::new()));
        }
        let words = self.shared.words();
        let mut residual = Vec::new();
        let stays = match self.of.residue {
            Residue::Always => true,
            Residue::Nothing => false,
            Residue::Sessions => {
                let pass = cx.read(words.read_sessions)?;
                !self.shared.server.sessions(pass, &name).await?.begun.is_empty()
            }
        };
        if stays {
            residual.push(self.of.spec.leaves.to_owned());
        }
        // Whoever acts as an account that may do nothing can do nothing either.
        let others = self.of.closes && self.of.residue != Residue::Nothing;
        if others && !account.others.is_empty() {
            let others: Vec<String> = account.others.iter().map(|it| format!("`{it}`")).collect();
            residual.push(format!(
                "{} may act as `{name}` without its password, by {}",
                others.join(", "),
                words.becoming
            ));
        }
        Ok(holds(residual))
    }

    async fn try_delivered(
        &self,
        cx: &ReadCx<'_>,
        step: &Step,
    ) -> Result<Option<Evidence>, CallError> {
        let name = self.shared.name(&step.target)?;
        let Some(password) = self.shared.delivered(&name).await? else { return Ok(None) };
        let pass = cx.read(self.shared.words().sign_in)?;
        Ok(match self.shared.server.sign_in(pass, &name, &password).await? {
            Tried::Barred(why) => Some(Evidence::Probe {
                how: format!("its delivered password is good, and `{name}` is refused: {why}"),
            }),
            Tried::Accepted => Some(Evidence::SuccessfulUse {
                place: Place { file: self.shared.id.0.to_string().into(), record: 0 },
            }),
            // An old file, perhaps: a wrong password shows nothing.
            Tried::WrongPassword => None,
        })
    }
}

#[async_trait::async_trait]
impl Action for Setting {
    fn spec(&self) -> &'static ActionSpec {
        self.of.spec
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let name = self.shared.name(&intent.target)?;
        let account = self.shared.account(cx, &name).await?;
        let before = self.snapshot(&account)?;
        let met = before.get(self.of.key).is_some_and(|it| (self.of.met)(it, cx.now()));
        let noun = self.shared.words().noun;
        let after = if met {
            before.clone()
        } else {
            if (self.of.closes || self.of.lowers) && account.last_administrator {
                let why = format!(
                    "{noun} `{name}` is the last administrator that can sign in: let another in first"
                );
                return Err(CallError::Unsupported { why });
            }
            Snapshot::of([(self.of.key, self.of.wanted.to_owned())])
        };
        let summary = self.of.summary.replace("{}", &format!("{noun} `{name}`"));
        Ok(self.shared.step(self.of.spec, id, intent, (before, after), summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let name = self.shared.name(&step.target)?;
        let account = self.shared.account(cx.reading(), &name).await?;
        let seen = self.snapshot(&account)?;
        if seen == step.after {
            return Ok(Receipt::default());
        }
        let key = self.of.key;
        let (Some(before), Some(from), Some(to)) =
            (step.before.get(key), seen.get(key), step.after.get(key))
        else {
            let why = format!("step `{}` names no `{key}`", step.id);
            return Err(CallError::Invalid { why });
        };
        // What was planned as held, and is not, was taken away: there is no way to go on with.
        if seen != step.before && (before == to || !(self.of.between)(before, to, from)) {
            return Err(drifted(step, seen));
        }
        let pass = cx.write(self.of.spec.write)?;
        self.shared.server.set(pass, &name, self.of.key, Change { from, to }).await?;
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        self.observe(cx, step).await.unwrap_or_else(|error| unread(step, &error))
    }

    async fn probe(&self, cx: &ReadCx<'_>, step: &Step) -> Option<Evidence> {
        if step.kind == ActionKind::Restore || !self.of.closes {
            return None;
        }
        self.try_delivered(cx, step).await.ok().flatten()
    }
}
