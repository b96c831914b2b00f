//! Makes the calls that a turn asks for, one queue per connector, and brings the answers back.
//!
//! A provider that is slow or down delays nobody else; an answer that never comes is an unknown outcome.

mod hand;
mod queue;
#[cfg(test)]
mod tests;

use crate::clock;
use crate::config::SecretReference;
use hand::{Hand, Place};
use interlock_contain::{
    Access, Action, CallError, CanaryCx, Check, Connector, DiscoverCx, Lack, Permit, ReadCx,
    Wanted, WriteCx,
};
use interlock_engine::{Call, Input, Urgency};
use interlock_model::{
    ConnectorId, ContainmentId, Observation, Principal, ProbedPermission, Receipt, Step,
};
use queue::Work;
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// How long one call may take, once it has begun, before its outcome counts as unknown.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a write waits for a hand. It waits where it is decided instead, with a new permit.
const WRITE_WAITS: Duration = Duration::from_secs(30);
/// How many operations a second a provider is asked for, where nothing else is said.
pub const PACE: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);
/// The same for a connector that is a part of this process: nobody else's limits are to be kept.
pub const IN_PROCESS: NonZeroU32 = PACE.saturating_mul(NonZeroU32::MIN.saturating_add(99));
/// A provider that asks for a longer rest is asked again after this one.
const LONGEST_REST: Duration = Duration::from_secs(15 * 60);

/// The connectors, and the way back for their answers.
#[derive(Debug, Clone)]
pub struct Hands {
    connectors: Arc<BTreeMap<ConnectorId, Arc<Hand>>>,
    /// Where the secret of each drill's canary is.
    canaries: Arc<BTreeMap<Box<str>, SecretReference>>,
    answers: mpsc::UnboundedSender<Input>,
}

impl Hands {
    /// Hands over these connectors, each with its pace where one is given; answers go to `answers`.
    #[must_use]
    pub fn new(
        connectors: &[Arc<dyn Connector>],
        paces: &BTreeMap<ConnectorId, NonZeroU32>,
        canaries: BTreeMap<Box<str>, SecretReference>,
        answers: mpsc::UnboundedSender<Input>,
    ) -> Self {
        let connectors = connectors
            .iter()
            .map(|it| {
                let pace = paces.get(it.id()).copied().unwrap_or(PACE);
                (it.id().clone(), Arc::new(Hand::new(Arc::clone(it), pace)))
            })
            .collect();
        Self { connectors: Arc::new(connectors), canaries: Arc::new(canaries), answers }
    }

    /// Starts a call. Its answer arrives even when the connector panics.
    pub fn start(&self, call: Call, urgency: Urgency) {
        let hands = self.clone();
        tokio::spawn(async move {
            let lost = lost(&call);
            let worker = {
                let hands = hands.clone();
                tokio::spawn(async move { hands.perform(call, urgency).await })
            };
            let answer = worker.await.unwrap_or(lost);
            // The receiver is gone only when the process ends; then the journal says "unknown".
            let _ = hands.answers.send(answer);
        });
    }

    async fn perform(&self, call: Call, urgency: Urgency) -> Input {
        match call {
            Call::Plan { containment, wanted, delay } => {
                tokio::time::sleep(delay).await;
                let mut steps = Vec::new();
                for want in wanted {
                    steps.push(self.plan(&want, urgency).await);
                }
                Input::Planned { containment, steps }
            }
            Call::Execute { containment, step, permit } => {
                let outcome = self.execute(&step, permit, urgency).await;
                Input::Executed { containment, step: step.id, outcome }
            }
            Call::Verify { containment, step } => self.look(containment, *step, urgency).await,
            Call::Discover { connector, from, probe } => {
                self.discover(connector, from, probe, urgency).await
            }
            Call::TryAccess { drill, connector, principal } => {
                let access = self.try_access(&drill, &connector, &principal, urgency).await;
                Input::Tried { drill, access }
            }
        }
    }

    /// One page of a look for identities; after the last one the permissions are tried.
    async fn discover(
        &self,
        id: ConnectorId,
        from: Option<String>,
        probe: bool,
        urgency: Urgency,
    ) -> Input {
        let looking = async {
            let hand = self.connectors.get(&id).ok_or_else(|| CallError::Invalid {
                why: format!("there is no connector `{id}`"),
            })?;
            let connector = &hand.connector;
            let spec = connector.spec().discovery.ok_or_else(|| CallError::Unsupported {
                why: format!("`{}` does not look for identities", connector.spec().kind),
            })?;
            let cost = u32::try_from(spec.reads.len()).unwrap_or(u32::MAX).clamp(1, 1000);
            let _place = place(hand, Work::Look, urgency, cost).await?;
            let looking = async {
                let cx = DiscoverCx::new(spec, clock::now());
                let page = connector.discover(&cx, from.as_deref()).await?;
                let permissions = match page.next {
                    None if probe => {
                        Some(connector.check().await.into_iter().map(probed).collect())
                    }
                    None | Some(_) => None,
                };
                Ok((page, permissions))
            };
            let silent = CallError::Retry { after: PATIENCE, why: "no answer in time".to_owned() };
            tokio::time::timeout(PATIENCE, looking).await.unwrap_or(Err(silent))
        };
        let (page, permissions) = match looking.await {
            Ok((page, permissions)) => (Ok(page), permissions),
            Err(error) => (Err(error), None),
        };
        Input::Discovered { connector: id, page, permissions }
    }

    /// Tries a canary's own secret, which is read anew each time: it may have been replaced.
    async fn try_access(
        &self,
        drill: &str,
        id: &ConnectorId,
        principal: &Principal,
        urgency: Urgency,
    ) -> Access {
        let cannot = |why: String| Access::CannotTell { why };
        let Some(hand) = self.connectors.get(id) else {
            return cannot(format!("there is no connector `{id}`"));
        };
        let Some(reference) = self.canaries.get(drill) else {
            return cannot(format!("there is no drill `{drill}`"));
        };
        let secret = match crate::feed::secret(reference) {
            Ok(secret) => secret,
            Err(why) => return cannot(why),
        };
        let _place = match place(hand, Work::Look, urgency, 1).await {
            Ok(place) => place,
            Err(error) => return cannot(error.to_string()),
        };
        let cx = CanaryCx::new();
        let trying = hand.connector.try_access(&cx, principal, secret.expose());
        let silent = |_| cannot("no answer in time".to_owned());
        tokio::time::timeout(PATIENCE, trying).await.unwrap_or_else(silent)
    }

    async fn plan(&self, want: &Wanted, urgency: Urgency) -> Result<Step, CallError> {
        let (hand, action) = self.find(&want.connector, want.action.name)?;
        let mut place = place(hand, Work::Look, urgency, reads(action)).await?;
        let cx = ReadCx::new(action.spec(), clock::now());
        let planning = action.plan(&cx, &want.intent, want.id.clone());
        let silent = || CallError::Retry {
            after: Duration::from_secs(5),
            why: "no answer while looking".to_owned(),
        };
        let planned = tokio::time::timeout(PATIENCE, planning).await;
        place.made(made(&cx));
        rested(hand, planned.unwrap_or_else(|_| Err(silent())))
    }

    async fn execute(
        &self,
        step: &Step,
        permit: Permit,
        urgency: Urgency,
    ) -> Result<Receipt, CallError> {
        let (hand, action) = self.find(&step.connector, &step.action.0)?;
        let waiting = place(hand, Work::Write, urgency, reads(action) + 1);
        let Ok(place) = tokio::time::timeout(WRITE_WAITS, waiting).await else {
            let why =
                "nothing was written: the connector was busy or resting for too long".to_owned();
            return Err(CallError::Retry { after: Duration::ZERO, why });
        };
        let _place = place?;
        let (id, connector) = (&step.id, &step.connector);
        let cx = WriteCx::open(action.spec(), permit, id, connector, clock::now())?;
        let unknown = CallError::OutcomeUnknown { why: "no answer in time".to_owned() };
        let written = tokio::time::timeout(PATIENCE, action.execute(cx, step)).await;
        rested(hand, written.unwrap_or(Err(unknown)))
    }

    async fn look(&self, containment: ContainmentId, step: Step, urgency: Urgency) -> Input {
        let silent = |why: String| (Observation::CannotTell { why }, None);
        let looking = async {
            let (hand, action) = self.find(&step.connector, &step.action.0)?;
            let mut place = place(hand, Work::Look, urgency, reads(action)).await?;
            let cx = ReadCx::new(action.spec(), clock::now());
            let looking = async {
                let observation = action.verify(&cx, &step).await;
                let probe = match observation {
                    Observation::Holds { .. } => action.probe(&cx, &step).await,
                    Observation::DoesNotHold { .. } | Observation::CannotTell { .. } => None,
                };
                (observation, probe)
            };
            let seen = tokio::time::timeout(PATIENCE, looking).await;
            place.made(made(&cx));
            Ok::<_, CallError>(seen.unwrap_or_else(|_| silent("no answer in time".to_owned())))
        };
        let seen = looking.await;
        let (observation, probe) = seen.unwrap_or_else(|error| silent(error.to_string()));
        Input::Verified { containment, step: step.id, observation, probe }
    }

    /// One action of one connector.
    fn find(
        &self,
        connector: &ConnectorId,
        action: &str,
    ) -> Result<(&Arc<Hand>, &dyn Action), CallError> {
        let invalid = |why: String| CallError::Invalid { why };
        let hand = self
            .connectors
            .get(connector)
            .ok_or_else(|| invalid(format!("there is no connector `{connector}`")))?;
        let action =
            hand.connector.actions().into_iter().find(|it| it.spec().name == action).ok_or_else(
                || invalid(format!("connector `{connector}` has no action `{action}`")),
            )?;
        Ok((hand, action))
    }
}

async fn place(
    hand: &Arc<Hand>,
    work: Work,
    urgency: Urgency,
    cost: u32,
) -> Result<Place, CallError> {
    let gone = || CallError::Retry { after: Duration::ZERO, why: "the process ends".to_owned() };
    hand.place(work, urgency, cost).await.ok_or_else(gone)
}

/// As many operations as an action's reading usually makes: what is counted before it has.
fn reads(action: &dyn Action) -> u32 {
    u32::try_from(action.spec().reads.len()).unwrap_or(u32::MAX).clamp(1, 1000)
}

/// As many as it made.
fn made(cx: &ReadCx<'_>) -> u32 {
    u32::try_from(cx.called().len()).unwrap_or(u32::MAX)
}

/// Lets the connector rest when its provider asks for it.
fn rested<T>(hand: &Arc<Hand>, answer: Result<T, CallError>) -> Result<T, CallError> {
    if let Err(CallError::Retry { after, .. }) = &answer {
        hand.rest((*after).min(LONGEST_REST));
    }
    answer
}

fn probed(check: Check) -> ProbedPermission {
    let (missing, not_known) = match check.outcome {
        Ok(()) => (None, None),
        Err(Lack::Missing(why)) => (Some(why), None),
        Err(Lack::NotKnown(why)) => (None, Some(why)),
    };
    ProbedPermission { permission: check.permission, missing, not_known }
}

/// The answer to a call whose worker is gone.
fn lost(call: &Call) -> Input {
    let why = "the connector failed while it worked".to_owned();
    match call {
        Call::Plan { containment, wanted, .. } => Input::Planned {
            containment: containment.clone(),
            steps: wanted.iter().map(|_| Err(CallError::Invalid { why: why.clone() })).collect(),
        },
        Call::Execute { containment, step, .. } => Input::Executed {
            containment: containment.clone(),
            step: step.id.clone(),
            outcome: Err::<Receipt, _>(CallError::OutcomeUnknown { why }),
        },
        Call::Discover { connector, .. } => Input::Discovered {
            connector: connector.clone(),
            page: Err(CallError::Invalid { why }),
            permissions: None,
        },
        Call::TryAccess { drill, .. } => {
            Input::Tried { drill: drill.clone(), access: Access::CannotTell { why } }
        }
        Call::Verify { containment, step } => Input::Verified {
            containment: containment.clone(),
            step: step.id.clone(),
            observation: Observation::CannotTell { why },
            probe: None,
        },
    }
}
