//! Gives an account a new password and puts it where its workload finds it.
//!
//! A password has one slot, so this is a whole rotation: from the write on the old one is refused.
//! The new one is on disk before the server hears of it, so that no death in between loses it.

use super::shared::{Shared, drifted, unread};
use crate::database::delivery::{Delivery, Whither};
use crate::database::{PUT_DELIVERY, Tried};
use crate::delivery::Leave;
use interlock_contain::{Action, ActionSpec, CallError, ReadCx, WriteCx};
use interlock_model::{Intent, Observation, Principal, Receipt, Residual, Snapshot, Step, StepId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The action.
#[derive(Debug)]
pub(crate) struct RotatePassword {
    /// The server and the configuration.
    pub shared: Arc<Shared>,
    /// What it declares.
    pub spec: &'static ActionSpec,
}

fn state(content: Option<String>) -> Snapshot {
    content.map_or_else(Snapshot::default, |it| Snapshot::of([("delivered", it)]))
}

impl Shared {
    /// How a step's new password comes to its workload.
    fn delivery(&self, name: &str, step: &StepId) -> Result<Delivery, CallError> {
        let provider = self.words().provider;
        let whither = match self.reach.deliveries.of(&Principal::new(provider, name))? {
            Some(place) => Whither::Place(place),
            None => Whither::File(self.reach.delivery_of(name)?),
        };
        Ok(Delivery::new(whither, step, provider, name))
    }

    /// The password in an account's delivery file; `None` where there is no such file.
    pub(crate) async fn delivered(&self, name: &str) -> Result<Option<crate::Secret>, CallError> {
        let principal = Principal::new(self.words().provider, name);
        if self.reach.delivery.is_none() && self.reach.deliveries.of(&principal)?.is_none() {
            return Ok(None);
        }
        self.delivery(name, &StepId::derive(&[]))?.delivered().await
    }
}

impl RotatePassword {
    /// The account's delivery, once it is sure that the account may be touched.
    async fn look(&self, cx: &ReadCx<'_>, step: &Step) -> Result<(String, Delivery), CallError> {
        let name = self.shared.name(&step.target)?;
        self.shared.account(cx, &name).await?;
        let delivery = self.shared.delivery(&name, &step.id)?;
        Ok((name, delivery))
    }

    async fn observe(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Observation, CallError> {
        let (name, delivery) = self.look(cx, step).await?;
        let seen = state(delivery.current().await?);
        if seen != step.after {
            return Ok(Observation::DoesNotHold { seen });
        }
        let mut residual = vec![Residual { what: self.spec.leaves.to_owned(), until: None }];
        let Some(password) = delivery.delivered().await? else {
            let Some(place) = delivery.named() else {
                let what = format!("the delivered password of `{name}`");
                return Err(CallError::NotFound { what });
            };
            // That it is the one that was set rests on our own writes, in this order.
            let what = format!("{place} cannot be read back, so the password was not tried");
            residual.push(Residual { what, until: None });
            return Ok(Observation::Holds { residual, issued: Some(delivery.id().clone()) });
        };
        let pass = cx.read(self.shared.words().sign_in)?;
        match self.shared.server.sign_in(pass, &name, &password).await? {
            // Barred: the password is good, and something else keeps the account out.
            Tried::Accepted | Tried::Barred(_) => {}
            Tried::WrongPassword => {
                let seen = Snapshot::of([("delivered", "refused by the server".to_owned())]);
                return Ok(Observation::DoesNotHold { seen });
            }
        }
        Ok(Observation::Holds { residual, issued: Some(delivery.id().clone()) })
    }
}

#[async_trait::async_trait]
impl Action for RotatePassword {
    fn spec(&self) -> &'static ActionSpec {
        self.spec
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let name = self.shared.name(&intent.target)?;
        let account = self.shared.account(cx, &name).await?;
        if let Some(why) = account.no_password {
            let why = format!("the password of `{name}` cannot be replaced: {why}");
            return Err(CallError::Unsupported { why });
        }
        let delivery = self.shared.delivery(&name, &id)?;
        let before = state(delivery.current().await?);
        let after = state(Some(delivery.mark().to_owned()));
        let noun = self.shared.words().noun;
        let place = delivery.named().map(|it| format!(" to {it}")).unwrap_or_default();
        let summary = format!("give {noun} `{name}` a new password and deliver it{place}");
        Ok(self.shared.step(self.spec, id, intent, (before, after), summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let (name, delivery) = self.look(cx.reading(), step).await?;
        let notes = BTreeMap::new();
        let issued = Some(delivery.id().clone());
        let seen = state(delivery.current().await?);
        if seen == step.after {
            return Ok(Receipt { issued, notes, ..Receipt::default() });
        }
        if seen != step.before {
            return Err(drifted(step, seen));
        }
        let pass = cx.write(self.spec.write)?;
        let leave = Leave::of(&pass, PUT_DELIVERY)?;
        let delivery = delivery.displacing(seen.get("delivered"));
        let password = delivery.stage()?;
        let server = &self.shared.server;
        if let Err(error) = server.set_password(pass, &name, &password).await {
            if !matches!(error, CallError::OutcomeUnknown { .. }) {
                delivery.unstage();
            }
            return Err(error);
        }
        server.deliver(leave, &delivery, &password).await.map_err(|error| {
            CallError::OutcomeUnknown {
                why: format!("the server has the new password, its workload has not: {error}"),
            }
        })?;
        Ok(Receipt { issued, notes, ..Receipt::default() })
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        self.observe(cx, step).await.unwrap_or_else(|error| unread(step, &error))
    }
}
