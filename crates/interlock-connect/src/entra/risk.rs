//! Says that a user, a service principal or an agent is compromised, and takes it back.

use super::operation as op;
use super::shared::{ANY, Named, account};
use crate::http::address;
use crate::idp::act::{On, Seen, Verb, undoes};
use crate::idp::ask::{Ask, text};
use interlock_contain::{ActionSpec, CallError, ReadCx, ReversalSpec, Role};
use interlock_model::{ActionKind, Operation, Step, Stops, Target};
use serde_json::json;
use std::time::Duration;

/// What it declares.
pub(super) static CONFIRM: ActionSpec = ActionSpec {
    name: "entra.confirm_compromised",
    kind: ActionKind::Quarantine,
    role: Role::Whole,
    target: ANY,
    summary: "says that a user, a service principal or an agent is compromised, for policies of risk to act on",
    reversal: ReversalSpec::Compensates {
        loses: "which risk it had before, and what a policy did meanwhile",
    },
    stops: Stops { new: false, refresh: false, live: false },
    settle: Duration::from_secs(300),
    leaves: "whatever Conditional Access does not end for users, workload identities or agents at high risk: without such a policy, everything",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_USER, op::READ_PRINCIPAL, op::READ_RISK],
    write: op::CONFIRM,
    restore: Some(op::DISMISS),
    delivery: None,
    traps: &[
        "it needs Entra ID P2, and for service principals Workload ID Premium",
        "of service principals, policies hold those of this tenant alone: neither managed identities nor applications of other tenants",
        "SharePoint Online does not heed the event of user risk",
        "agents are in the beta of Graph alone, which Microsoft may change: `risk_of_agents` lets the connector ask it, and without that an agent is refused",
        "all detections of risk of agents are offline ones: nothing is ended while it happens by them",
        "the undo dismisses the risk: it becomes none, whatever it was before",
    ],
    source: "https://learn.microsoft.com/en-us/graph/api/riskyuser-confirmcompromised; https://learn.microsoft.com/en-us/graph/api/riskyserviceprincipal-confirmcompromised; https://learn.microsoft.com/en-us/graph/api/riskyagent-confirmcompromised; https://learn.microsoft.com/en-us/entra/id-protection/concept-risky-agents",
};

/// A list of those at risk. Each knows its own only.
#[derive(Debug)]
pub(super) struct List {
    /// How a body names several of it.
    ids: &'static str,
    /// Where one is read.
    one: &'static str,
    confirm: &'static str,
    dismiss: &'static str,
}

const USERS: List = List {
    ids: "userIds",
    one: "/identityProtection/riskyUsers/{riskyUser-id}",
    confirm: "/identityProtection/riskyUsers/confirmCompromised",
    dismiss: "/identityProtection/riskyUsers/dismiss",
};
const SERVICES: List = List {
    ids: "servicePrincipalIds",
    one: "/identityProtection/riskyServicePrincipals/{riskyServicePrincipal-id}",
    confirm: "/identityProtection/riskyServicePrincipals/confirmCompromised",
    dismiss: "/identityProtection/riskyServicePrincipals/dismiss",
};
/// Of agents' identities, of their accounts among users, and of their blueprints.
const AGENTS: List = List {
    ids: "agentIds",
    one: "/identityProtection/riskyAgents/{riskyAgent-id}",
    confirm: "/identityProtection/riskyAgents/confirmCompromised",
    dismiss: "/identityProtection/riskyAgents/dismiss",
};

/// Says that somebody is compromised.
#[derive(Debug)]
pub(super) struct Confirm {
    /// Where the beta of Graph answers, if it may be asked.
    pub beta: Option<String>,
}

impl List {
    fn read(&self, id: &str) -> Ask {
        let name = self.one.rsplit(['{', '}']).nth(1).unwrap_or_default();
        Ask::new(op::READ_RISK, &[(name, id)]).on(self.one)
    }

    fn say(&self, operation: Operation, ids: &[&str]) -> Ask {
        let path = if operation == op::DISMISS { self.dismiss } else { self.confirm };
        Ask::new(operation, &[]).on(path).json(json!({ self.ids: ids }))
    }
}

/// What an operation asks each list for, on nobody.
pub(super) fn trials(operation: Operation, nobody: &str, beta: Option<&str>) -> Vec<Ask> {
    let of = |list: &List| match operation {
        op::READ_RISK => list.read(nobody),
        _ => list.say(operation, &[]),
    };
    let agents = beta.and_then(|beta| at_beta(beta, of(&AGENTS)).ok());
    [of(&USERS), of(&SERVICES)].into_iter().chain(agents).collect()
}

/// The same, asked of the beta.
fn at_beta(beta: &str, ask: Ask) -> Result<Ask, CallError> {
    let path = ask.path();
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let at = address(beta, &path, &[]);
    let at = at.ok_or_else(|| CallError::Invalid { why: format!("`{beta}` is not an address") })?;
    Ok(ask.at(Some(&at)))
}

impl Confirm {
    /// Which list an account is in.
    fn list(&self, named: &Named) -> Result<&'static List, CallError> {
        let agents = named.kind().is_some();
        if agents && self.beta.is_none() {
            let why = format!(
                "the risk of {} is in the beta of Graph alone: say `risk_of_agents = true`, or disable it",
                named.shown()
            );
            return Err(CallError::Unsupported { why });
        }
        Ok(match named {
            _ if agents => &AGENTS,
            Named::User(_) => &USERS,
            Named::Principal(_) => &SERVICES,
        })
    }

    /// Where a list is asked.
    fn on(&self, list: &List, ask: Ask) -> Result<Ask, CallError> {
        match &self.beta {
            Some(beta) if list.ids == AGENTS.ids => at_beta(beta, ask),
            Some(_) | None => Ok(ask),
        }
    }
}

#[async_trait::async_trait]
impl Verb for Confirm {
    fn spec(&self) -> &'static ActionSpec {
        &CONFIRM
    }

    async fn look(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
        _: Option<&Step>,
    ) -> Result<Seen, CallError> {
        let named = account(on, cx, target).await?;
        let list = self.list(&named)?;
        let ask = self.on(list, list.read(named.id()))?;
        let state = match on.api.read(cx.read(op::READ_RISK)?, ask).await {
            Ok(said) => text(&said.body, "riskState").unwrap_or_default().to_owned(),
            // Whoever was never risky is in no list.
            Err(CallError::NotFound { .. }) => String::new(),
            Err(error) => return Err(error),
        };
        let is = if state == "confirmedCompromised" { "compromised" } else { "not" };
        let summary = format!("say that {} is compromised", named.shown());
        let mut seen = Seen::value("confirmed", is, "compromised", summary);
        seen.key = format!("{} {}", list.ids, named.id());
        Ok(seen)
    }

    fn write(&self, step: &Step, seen: &Seen) -> Result<Ask, CallError> {
        let operation = if undoes(step) { op::DISMISS } else { op::CONFIRM };
        let (ids, id) = seen.key.split_once(' ').unwrap_or_default();
        let list = [&USERS, &SERVICES, &AGENTS].into_iter().find(|it| it.ids == ids);
        let list = list.ok_or_else(|| CallError::NotFound { what: step.target.to_string() })?;
        self.on(list, list.say(operation, &[id]).about(&format!("`{id}`")))
    }
}
