//! For whom an agent acts, and with which tools: what people declared of it, joined with what was seen.
//!
//! Each chain begins next to the agent and goes back over other machines to whoever delegates first.
//! Declared are `assumed_by` for who may delegate, and `entitlements` for tools and scopes. Where any of
//! them is declared, what is not declared and seen all the same stands out.

use crate::directory::Directory;
use crate::glob::Pattern;
use interlock_model::{
    EventId, Identity, IdentityId, IdentityKind, LineageEdge, LineageKind, OwnerId, Principal,
    Timestamp,
};

/// Most chains of one agent.
const MOST_CHAINS: usize = 32;
/// The longest chain.
const LONGEST: usize = 8;

/// For whom an agent acts, and with which tools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegation {
    /// For whom.
    pub chains: Vec<Delegated>,
    /// With what.
    pub tools: Vec<Tool>,
}

/// One way in which an agent comes to act for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegated {
    /// Who, from the one next to the agent to the one who delegated first.
    pub chain: Vec<Party>,
    /// Whether people declared that the first of them may; `None` where they declared nobody.
    pub declared: Option<bool>,
    /// Since when it was seen.
    pub seen: Option<Timestamp>,
    /// The event that showed it.
    pub shown_by: Option<EventId>,
}

/// One member of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// The principal; of a declared one it may hold `*`.
    pub principal: Principal,
    /// Who that is, where it is known.
    pub identity: Option<IdentityId>,
    /// Its kind.
    pub kind: IdentityKind,
    /// The team that answers for it.
    pub owner: Option<OwnerId>,
}

/// A tool or scope of an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// Its name: a tool, a scope, an action.
    pub name: String,
    /// Whether people declared it; `None` where they declared no tool at all.
    pub declared: Option<bool>,
    /// How often it was seen used, and when last.
    pub used: Option<(u32, Timestamp)>,
}

impl Directory {
    /// For whom an agent acts, and with which tools; `None` for what is no agent.
    #[must_use]
    pub fn delegation(&self, identity: &Identity) -> Option<Delegation> {
        if identity.kind != IdentityKind::Agent {
            return None;
        }
        let declared: Vec<&Principal> =
            identity.lineage.iter().filter(|it| it.declared && acts(it)).map(|it| &it.to).collect();
        let mut chains = Vec::new();
        for edge in edges(identity) {
            let told = (!declared.is_empty())
                .then(|| edge.declared || declared.iter().any(|it| fits(it, &edge.to)));
            let mut chain = Vec::new();
            self.chains(&edge.to, &mut chain, &mut |chain| {
                if chains.len() < MOST_CHAINS {
                    chains.push(Delegated {
                        chain: chain.to_vec(),
                        declared: told,
                        seen: edge.seen,
                        shown_by: edge.shown_by.clone(),
                    });
                }
            });
        }
        Some(Delegation { chains, tools: self.tools(identity) })
    }

    /// Every chain from here back to who delegated first.
    fn chains(&self, at: &Principal, chain: &mut Vec<Party>, found: &mut impl FnMut(&[Party])) {
        let holder = self.holder(at);
        chain.push(Party {
            principal: at.clone(),
            identity: holder.map(|it| it.id.clone()),
            kind: holder.map_or(IdentityKind::Unknown, |it| it.kind),
            owner: holder.and_then(|it| it.owner.owner().cloned()),
        });
        // Who stands behind a person or a shared account is another question.
        let machine = holder.filter(|it| it.kind.is_machine() && chain.len() < LONGEST);
        let mut last = true;
        for edge in machine.into_iter().flat_map(edges) {
            if chain.iter().all(|it| it.principal != edge.to) {
                last = false;
                self.chains(&edge.to, chain, found);
            }
        }
        if last {
            found(chain);
        }
        chain.pop();
    }

    fn tools(&self, identity: &Identity) -> Vec<Tool> {
        let declared = identity.entitlements.iter().filter(|it| it.through == "declared");
        let declared: Vec<&str> = declared.map(|it| it.grant.as_str()).collect();
        let mut tools: Vec<Tool> = declared
            .iter()
            .map(|it| Tool { name: (*it).to_owned(), declared: Some(true), used: None })
            .collect();
        for principal in &identity.principals {
            for (name, count, last) in self.tools_of(principal) {
                let known = tools.iter_mut().find(|it| it.name.eq_ignore_ascii_case(&name));
                if let Some(known) = known {
                    let (before, at) = known.used.unwrap_or((0, last));
                    known.used = Some((before.saturating_add(count), at.max(last)));
                    continue;
                }
                let wild = |it: &&&str| {
                    Pattern::is_wild(it) && Pattern::new(it).is_ok_and(|it| it.matches(&name))
                };
                let told = (!declared.is_empty()).then(|| declared.iter().any(|it| wild(&it)));
                tools.push(Tool { name, declared: told, used: Some((count, last)) });
            }
        }
        tools
    }

    /// Counts what the declared agents use, from now on.
    pub(crate) fn count_for_agents(&mut self) {
        let agents = self.declared_agents();
        for principal in agents {
            if let Some(name) = self.aliases.number(&principal, self.bounds.principals) {
                self.usage.begin_for_agent(name);
            }
        }
    }

    fn declared_agents(&self) -> Vec<Principal> {
        let agents = self.declaration.identities.iter().filter(|it| it.kind == IdentityKind::Agent);
        agents.flat_map(|it| it.principals.iter().cloned()).collect()
    }
}

/// Who acts as it, or lets it act; a pattern only as long as nobody who fits it was seen.
fn edges(identity: &Identity) -> impl Iterator<Item = &LineageEdge> {
    let all = || identity.lineage.iter().filter(|it| acts(it));
    all().filter(move |it| !it.declared || !all().any(|seen| fits(&it.to, &seen.to)))
}

const fn acts(edge: &LineageEdge) -> bool {
    matches!(edge.kind, LineageKind::AssumedBy | LineageKind::IssuedFrom)
}

fn fits(declared: &Principal, seen: &Principal) -> bool {
    let text = declared.to_string();
    declared != seen
        && Pattern::is_wild(&text)
        && Pattern::new(&text).is_ok_and(|it| it.matches(&seen.to_string()))
}
