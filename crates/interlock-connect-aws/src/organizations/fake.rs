//! An organisation in memory: behaves, and misbehaves on request.

use super::client::Organization;
use super::{OrganizationsConfig, operation as op};
use crate::CredentialSource;
use crate::client::{Caller, admit};
use crate::fake::{ACCOUNT, Trouble, denied, missing, silence, throttled};
use crate::operation::GET_CALLER_IDENTITY;
use interlock_contain::{CallError, ReadPass, WritePass};
use interlock_model::{ConnectorId, Operation};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The policy that denies principals.
pub const POLICY: &str = "p-interlock1";
/// The management account.
pub const MANAGEMENT: &str = "999999999999";
/// A user of the member account.
pub const USER: &str = "arn:aws:iam::111122223333:user/ci";

/// An organisation in memory.
#[derive(Debug)]
pub struct Fake {
    inside: Mutex<Inside>,
}

/// What it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// What is above accounts and units.
    pub parents: BTreeMap<String, String>,
    /// The document of the policy.
    pub policy: Value,
    /// What the policy is attached to.
    pub targets: Vec<String>,
}

#[derive(Debug)]
struct Inside {
    state: State,
    stale: Option<(State, usize)>,
    lag: usize,
    troubles: BTreeMap<&'static str, VecDeque<Trouble>>,
    writes: Vec<Operation>,
}

impl Fake {
    /// One account in a unit, and a policy at the root that denies nobody yet.
    #[must_use]
    pub fn small() -> Self {
        let policy = serde_json::json!({
            "Version": "2012-10-17",
            "Statement": [{ "Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*" }],
        });
        let above = [(ACCOUNT, "ou-1"), ("ou-1", "r-1"), (MANAGEMENT, "r-1")];
        let state = State {
            parents: above.map(|(it, above)| (it.to_owned(), above.to_owned())).into(),
            policy,
            targets: vec!["r-1".to_owned()],
        };
        let inside =
            Inside { state, stale: None, lag: 0, troubles: BTreeMap::new(), writes: Vec::new() };
        Self { inside: Mutex::new(inside) }
    }

    /// A configuration for a connector on the fake.
    #[must_use]
    pub fn config() -> OrganizationsConfig {
        OrganizationsConfig {
            id: ConnectorId("organization-fake".into()),
            deny_policy: POLICY.to_owned(),
            protected: Vec::new(),
            region: "us-east-1".to_owned(),
            endpoint: None,
            credentials: CredentialSource::Default,
            settle: None,
        }
    }

    /// Makes the next call of an operation misbehave; several are taken in order.
    pub fn trouble(&self, operation: Operation, trouble: Trouble) {
        self.lock().troubles.entry(operation.0).or_default().push_back(trouble);
    }

    /// Lets the next reads after each write see the state before it.
    pub fn lag(&self, reads: usize) {
        self.lock().lag = reads;
    }

    /// What it holds now.
    #[must_use]
    pub fn state(&self) -> State {
        self.lock().state.clone()
    }

    /// Changes it behind the connector's back.
    pub fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock().state);
    }

    /// The writes that were asked for, in order, whatever became of them.
    #[must_use]
    pub fn writes(&self) -> Vec<Operation> {
        self.lock().writes.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<T>(
        &self,
        given: Operation,
        needed: Operation,
        look: impl FnOnce(&State) -> Result<T, CallError>,
    ) -> Result<T, CallError> {
        admit(given, needed)?;
        let mut inside = self.lock();
        match inside.next_trouble(needed) {
            Some(Trouble::Throttle | Trouble::SilenceBefore | Trouble::SilenceAfter) => {
                return Err(throttled(needed));
            }
            Some(Trouble::Denied) => return Err(denied(needed)),
            Some(Trouble::Lie) | None => {}
        }
        if let Some((state, reads)) = inside.stale.take()
            && reads > 0
        {
            let answer = look(&state);
            inside.stale = Some((state, reads - 1));
            return answer;
        }
        look(&inside.state)
    }
}

impl Inside {
    fn next_trouble(&mut self, operation: Operation) -> Option<Trouble> {
        self.troubles.get_mut(operation.0)?.pop_front()
    }
}

#[async_trait::async_trait]
impl Organization for Fake {
    async fn caller(&self, pass: ReadPass) -> Result<Caller, CallError> {
        self.read(pass.operation(), GET_CALLER_IDENTITY, |_| {
            let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/interlock/i-1");
            Ok(Caller { account: ACCOUNT.to_owned(), arn })
        })
    }

    async fn management(&self, pass: ReadPass) -> Result<String, CallError> {
        self.read(pass.operation(), op::DESCRIBE_ORGANIZATION, |_| Ok(MANAGEMENT.to_owned()))
    }

    async fn parents(&self, pass: ReadPass, child: &str) -> Result<Vec<String>, CallError> {
        self.read(pass.operation(), op::LIST_PARENTS, |it| {
            let above = it.parents.get(child).cloned();
            above.map(|it| vec![it]).ok_or_else(|| missing(format!("child `{child}`")))
        })
    }

    async fn policy(&self, pass: ReadPass, policy: &str) -> Result<String, CallError> {
        self.read(pass.operation(), op::DESCRIBE_POLICY, |it| {
            if policy == POLICY { Ok(it.policy.to_string()) } else { Err(missing(policy)) }
        })
    }

    async fn targets(&self, pass: ReadPass, _: &str) -> Result<Vec<String>, CallError> {
        self.read(pass.operation(), op::LIST_TARGETS, |it| Ok(it.targets.clone()))
    }

    async fn not_allowed(&self, _: &str, _: &[Operation]) -> Result<Vec<Operation>, CallError> {
        Ok(Vec::new())
    }

    async fn put_policy(&self, pass: WritePass, _: &str, document: &str) -> Result<(), CallError> {
        let needed = op::UPDATE_POLICY;
        admit(pass.operation(), needed)?;
        let mut inside = self.lock();
        inside.writes.push(needed);
        let trouble = inside.next_trouble(needed);
        match trouble {
            Some(Trouble::Throttle) => return Err(throttled(needed)),
            Some(Trouble::Denied) => return Err(denied(needed)),
            Some(Trouble::SilenceBefore) => return Err(silence(needed)),
            // It says yes and keeps what it had.
            Some(Trouble::Lie) => return Ok(()),
            Some(Trouble::SilenceAfter) | None => {}
        }
        let read = serde_json::from_str(document);
        let before = inside.state.clone();
        inside.state.policy = read.map_err(|it| CallError::Invalid { why: it.to_string() })?;
        if inside.lag > 0 {
            inside.stale = Some((before, inside.lag));
        }
        if trouble == Some(Trouble::SilenceAfter) {
            return Err(silence(needed));
        }
        Ok(())
    }
}
