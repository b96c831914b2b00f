//! AI agents beyond their scope: tools never used, calls beyond what is declared, and delegations
//! that are longer or other than declared.
//!
//! Per agent at most 48 tools and 6 chains known, some on trial: bounded; other identities cost
//! nothing. See the README for warm-up, confidence and false alarms.

use super::call::CallRisk;
use super::habit::{Habit, Look, Novelty};
use super::{
    Behaviour, Claim, Keep, Key, Memory, Row, RowReader, RowWriter, Rows, Rule, Seen, Setup, Spec,
    either,
};
use crate::snapshot::RestoreError;
use interlock_model::{IdentityKind, LineageKind, Principal, RiskClass, Severity};

/// What it is.
pub const SPEC: Spec = Spec {
    name: "agent_scope",
    about: "AI agents that use tools, permissions or delegations beyond their scope",
    rules: &[NEW_TOOL, BEYOND_DECLARED, FOREIGN_DELEGATION],
    paths: &[],
    bytes_per_identity: Rows::<Agent>::BYTES_PER_ROW + Tools::HEAP + Chains::HEAP,
};

const NEW_TOOL: Rule = Rule {
    id: "agent_scope.new_tool",
    name: "Agent used a tool for the first time",
    severity: Severity::Medium,
    techniques: &["T1078.004"],
};

const BEYOND_DECLARED: Rule = Rule {
    id: "agent_scope.beyond_declared",
    name: "Agent beyond its declared permissions",
    severity: Severity::High,
    techniques: &["T1078.004", "T1098.003"],
};

const FOREIGN_DELEGATION: Rule = Rule {
    id: "agent_scope.foreign_delegation",
    name: "Agent acts for somebody else than declared",
    severity: Severity::High,
    techniques: &["T1134", "T1550.001"],
};

type Tools = Habit<48, 8>;
type Chains = Habit<6, 2>;

/// Makes it.
///
/// # Errors
/// Never: it needs nothing.
pub fn make(_: &Setup<'_>) -> Result<Box<dyn Behaviour>, String> {
    Ok(Box::new(AgentScope { agents: Rows::new("agent_scope") }))
}

#[derive(Debug)]
struct AgentScope {
    agents: Rows<Agent>,
}

/// What one agent does, and for whom.
#[derive(Debug, Default)]
struct Agent {
    tools: Tools,
    chains: Chains,
    last: u32,
    /// The longest delegation that is known.
    longest: u8,
}

impl Behaviour for AgentScope {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn look(&mut self, seen: &Seen<'_>, out: &mut Vec<Claim>) {
        let agent = seen.identity.is_some_and(|it| it.kind == IdentityKind::Agent);
        let Some(habit) = seen.habit.filter(|_| agent && !seen.by_provider) else { return };
        let row = self.agents.row(habit, Agent::default);
        row.last = row.last.max(seen.second);
        out.extend(beyond_declared(seen));
        let tool = tool(seen);
        let what = Key::of(&[&seen.event.service, &seen.event.operation, tool]).short();
        let look = |what: u32| Look {
            what,
            weight: 0,
            second: seen.second,
            warm: seen.warm,
            suspected: seen.suspected,
            proven: seen.is_proven(),
        };
        if let Novelty::New { surprise, .. } = row.tools.look(look(what), &seen.activity) {
            let risk = f64::from(seen.risk.weight()) / 100.0;
            let confidence = either(0.2, risk) * surprise;
            let named = if tool.is_empty() { seen.call() } else { tool.to_owned() };
            let title = format!("`{}`, an agent, used {named} for the first time", seen.name);
            let claim = Claim::new(&NEW_TOOL, confidence, title).with("call", seen.call());
            out.push(claim.with("risk", seen.risk.as_str()));
        }
        out.extend(row.delegated(seen, look));
    }

    fn forget_before(&mut self, second: u32) {
        self.agents.forget_before(second);
    }

    fn memory(&self) -> Memory {
        self.agents.memory()
    }

    fn by_identity(&mut self, visit: &mut dyn FnMut(&mut dyn Keep)) {
        visit(&mut self.agents);
    }
}

impl Agent {
    fn delegated(&mut self, seen: &Seen<'_>, look: impl Fn(u32) -> Look) -> Option<Claim> {
        let chain = &seen.binding.chain;
        let first = chain.first()?;
        let length = u8::try_from(chain.len()).unwrap_or(u8::MAX);
        let names: Vec<&str> = chain.iter().flat_map(|it| [&*it.provider, &*it.name]).collect();
        let novelty = self.chains.look(look(Key::of(&names).short()), &seen.activity);
        let longer = seen.warm && length > self.longest;
        if novelty == Novelty::Usual {
            self.longest = self.longest.max(length);
        }
        let mut declared = seen
            .identity?
            .lineage
            .iter()
            .filter(|it| it.kind == LineageKind::AssumedBy && it.declared);
        let any = declared.clone().next().is_some();
        let foreign = any && !declared.any(|it| matches(&it.to, first));
        let fresh = match novelty {
            Novelty::New { surprise, .. } => surprise * self.chains.narrowness(),
            Novelty::Usual | Novelty::Said => 0.0,
        };
        let confidence = match (foreign, any) {
            (true, _) if novelty == Novelty::Said => return None,
            (true, _) => 0.5,
            // Who may delegate is declared, and this one may.
            (false, true) if !longer => return None,
            (false, _) if longer => 0.45 * fresh,
            (false, _) => 0.35 * fresh,
        };
        if confidence < 0.05 {
            return None;
        }
        let confidence = if seen.warm { either(confidence, 0.2 * fresh) } else { confidence * 0.9 };
        let what = if foreign { "nobody declared" } else { "was never seen" };
        let title = format!("`{}`, an agent, acts for `{first}`, which {what}", seen.name);
        let shown: Vec<String> = chain.iter().map(ToString::to_string).collect();
        let claim = Claim::new(&FOREIGN_DELEGATION, confidence, title);
        let claim = claim.with("delegation", shown.join(" → ")).with("call", seen.call());
        Some(if longer {
            claim.with("length", format!("{length}, longer than ever"))
        } else {
            claim
        })
    }
}

/// The tool, where the record names one.
fn tool<'a>(seen: &Seen<'a>) -> &'a str {
    let named = |it: &&interlock_model::Object| matches!(&*it.kind, "tool" | "scope");
    seen.event.objects.iter().find(named).map_or("", |it| &it.name)
}

fn beyond_declared(seen: &Seen<'_>) -> Option<Claim> {
    let granted = seen.identity?.entitlements.iter().filter(|it| it.through == "declared");
    let most = granted.map(|it| it.risk).max()?;
    let needs = match seen.risk {
        CallRisk::Read | CallRisk::Recon => RiskClass::Read,
        CallRisk::Write => RiskClass::Write,
        CallRisk::Secrets => RiskClass::Secrets,
        CallRisk::Permissions | CallRisk::Evasion => RiskClass::Permissions,
    };
    if needs <= most {
        return None;
    }
    let base = if needs >= RiskClass::Secrets { 0.6 } else { 0.45 };
    let cold = if seen.warm { 1.0 } else { 0.8 };
    let refused = if seen.is_refused() { 0.7 } else { 1.0 };
    let call = seen.call();
    let title = format!("`{}`, an agent, called {call} beyond what is declared", seen.name);
    let claim = Claim::new(&BEYOND_DECLARED, base * cold * refused, title);
    Some(claim.with("call", call).with("risk", seen.risk.as_str()))
}

/// Whether a declared principal, in which `*` stands for any text, is this one.
fn matches(declared: &Principal, principal: &Principal) -> bool {
    if declared.provider != principal.provider {
        return false;
    }
    let mut parts = declared.name.split('*');
    let Some(mut rest) = parts.next().and_then(|it| principal.name.strip_prefix(it)) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}

impl Row for Agent {
    fn last(&self) -> u32 {
        self.last
    }

    fn heap(&self) -> usize {
        self.tools.heap() + self.chains.heap()
    }

    fn write(&self, to: &mut RowWriter) {
        self.tools.write(to);
        self.chains.write(to);
        to.second(self.last);
        to.number(self.longest);
    }

    fn read(from: &mut RowReader<'_>) -> Result<Self, RestoreError> {
        Ok(Self {
            tools: Habit::read(from)?,
            chains: Habit::read(from)?,
            last: from.second()?,
            longest: from.number()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_principals_may_hold_stars() {
        let it = |text: &str| Principal::from_text(text).unwrap();
        for (declared, principal, expected) in [
            ("okta:ana", "okta:ana", true),
            ("okta:ana", "okta:anaa", false),
            ("okta:*", "okta:ana", true),
            ("okta:*", "entra:ana", false),
            ("github:repo:acme/*:ref:*", "github:repo:acme/shop:ref:refs/heads/main", true),
            ("github:repo:acme/*:ref:*", "github:repo:other/shop:ref:x", false),
        ] {
            assert_eq!(matches(&it(declared), &it(principal)), expected, "{declared}");
        }
    }
}
