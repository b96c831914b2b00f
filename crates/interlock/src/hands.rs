//! Makes the calls that a turn asks for, one queue per connector, and brings the answers back.
//!
//! A provider that is slow or down delays nobody else; an answer that never comes is an unknown outcome.

use crate::clock;
use interlock_contain::{Action, CallError, Check, Connector, DiscoverCx, ReadCx, WriteCx};
use interlock_engine::{Call, Input};
use interlock_model::{ConnectorId, ContainmentId, Observation, ProbedPermission, Receipt, Step};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};

/// How many calls one connector makes at a time.
const AT_ONCE: usize = 4;
/// How long one call may take before its outcome counts as unknown.
const PATIENCE: Duration = Duration::from_secs(60);

/// The connectors, and the way back for their answers.
#[derive(Debug, Clone)]
pub struct Hands {
    connectors: Arc<BTreeMap<ConnectorId, Hand>>,
    answers: mpsc::UnboundedSender<Input>,
}

#[derive(Debug)]
struct Hand {
    connector: Arc<dyn Connector>,
    queue: Semaphore,
}

impl Hands {
    /// Hands over these connectors; answers go to `answers`.
    #[must_use]
    pub fn new(connectors: &[Arc<dyn Connector>], answers: mpsc::UnboundedSender<Input>) -> Self {
        let connectors = connectors
            .iter()
            .map(|it| {
                let hand = Hand { connector: Arc::clone(it), queue: Semaphore::new(AT_ONCE) };
                (it.id().clone(), hand)
            })
            .collect();
        Self { connectors: Arc::new(connectors), answers }
    }

    /// Starts a call. Its answer arrives even when the connector panics.
    pub fn start(&self, call: Call) {
        let hands = self.clone();
        tokio::spawn(async move {
            let lost = lost(&call);
            let worker = {
                let hands = hands.clone();
                tokio::spawn(async move { hands.perform(call).await })
            };
            let answer = worker.await.unwrap_or(lost);
            // The receiver is gone only when the process ends; then the journal says "unknown".
            let _ = hands.answers.send(answer);
        });
    }

    async fn perform(&self, call: Call) -> Input {
        match call {
            Call::Plan { containment, wanted, delay } => {
                tokio::time::sleep(delay).await;
                let mut steps = Vec::new();
                for want in wanted {
                    let planning = self.with(&want.connector, want.action.name, |action| {
                        let (intent, id) = (want.intent.clone(), want.id.clone());
                        async move {
                            let cx = ReadCx::new(action.spec(), clock::now());
                            action.plan(&cx, &intent, id).await
                        }
                    });
                    let retry = CallError::Retry {
                        after: Duration::from_secs(5),
                        why: "no answer while looking".to_owned(),
                    };
                    steps
                        .push(tokio::time::timeout(PATIENCE, planning).await.unwrap_or(Err(retry)));
                }
                Input::Planned { containment, steps }
            }
            Call::Execute { containment, step, permit } => {
                let writing = self.with(&step.connector, &step.action.0, |action| {
                    let step = step.clone();
                    async move {
                        let cx = WriteCx::open(
                            action.spec(),
                            permit,
                            &step.id,
                            &step.connector,
                            clock::now(),
                        )?;
                        action.execute(cx, &step).await
                    }
                });
                let unknown = CallError::OutcomeUnknown { why: "no answer in time".to_owned() };
                let outcome = tokio::time::timeout(PATIENCE, writing).await.unwrap_or(Err(unknown));
                Input::Executed { containment, step: step.id, outcome }
            }
            Call::Verify { containment, step } => self.look(containment, *step).await,
            Call::Discover { connector, from } => self.discover(connector, from).await,
        }
    }

    /// One page of a look for identities; after the last one the permissions are tried.
    async fn discover(&self, id: ConnectorId, from: Option<String>) -> Input {
        let looking = async {
            let hand = self.connectors.get(&id).ok_or_else(|| CallError::Invalid {
                why: format!("there is no connector `{id}`"),
            })?;
            let connector = &hand.connector;
            let spec = connector.spec().discovery.ok_or_else(|| CallError::Unsupported {
                why: format!("`{}` does not look for identities", connector.spec().kind),
            })?;
            let _place = hand
                .queue
                .acquire()
                .await
                .map_err(|it| CallError::Invalid { why: it.to_string() })?;
            let cx = DiscoverCx::new(spec, clock::now());
            let page = connector.discover(&cx, from.as_deref()).await?;
            let permissions = match page.next {
                Some(_) => None,
                None => Some(connector.check().await.into_iter().map(probed).collect()),
            };
            Ok((page, permissions))
        };
        let silent = CallError::Retry { after: PATIENCE, why: "no answer in time".to_owned() };
        let (page, permissions) =
            match tokio::time::timeout(PATIENCE, looking).await.unwrap_or(Err(silent)) {
                Ok((page, permissions)) => (Ok(page), permissions),
                Err(error) => (Err(error), None),
            };
        Input::Discovered { connector: id, page, permissions }
    }

    async fn look(&self, containment: ContainmentId, step: Step) -> Input {
        let looking = self.with(&step.connector, &step.action.0, |action| {
            let step = step.clone();
            async move {
                let cx = ReadCx::new(action.spec(), clock::now());
                let observation = action.verify(&cx, &step).await;
                let probe = match observation {
                    Observation::Holds { .. } => action.probe(&cx, &step).await,
                    Observation::DoesNotHold { .. } | Observation::CannotTell { .. } => None,
                };
                Ok((observation, probe))
            }
        });
        let silent = |why: String| (Observation::CannotTell { why }, None);
        let (observation, probe) = match tokio::time::timeout(PATIENCE, looking).await {
            Ok(Ok(seen)) => seen,
            Ok(Err(error)) => silent(error.to_string()),
            Err(_) => silent("no answer in time".to_owned()),
        };
        Input::Verified { containment, step: step.id, observation, probe }
    }

    /// Waits for a place in the connector's queue and runs one call of one of its actions.
    async fn with<'a, T, F>(
        &'a self,
        connector: &ConnectorId,
        action: &str,
        run: impl FnOnce(&'a dyn Action) -> F,
    ) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, CallError>>,
    {
        let invalid = |why: String| CallError::Invalid { why };
        let hand = self
            .connectors
            .get(connector)
            .ok_or_else(|| invalid(format!("there is no connector `{connector}`")))?;
        let action =
            hand.connector.actions().into_iter().find(|it| it.spec().name == action).ok_or_else(
                || invalid(format!("connector `{connector}` has no action `{action}`")),
            )?;
        let _place = hand.queue.acquire().await.map_err(|it| invalid(it.to_string()))?;
        run(action).await
    }
}

fn probed(check: Check) -> ProbedPermission {
    ProbedPermission { permission: check.permission, missing: check.outcome.err() }
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
        Call::Verify { containment, step } => Input::Verified {
            containment: containment.clone(),
            step: step.id.clone(),
            observation: Observation::CannotTell { why },
            probe: None,
        },
    }
}
