//! For whom an agent acts, and with which tools.

use super::types::moment;
use interlock_identity::{Delegated, Delegation, Party, Tool};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// For whom an agent acts, and with which tools.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DelegationView {
    /// For whom.
    pub acts_for: Vec<DelegatedView>,
    /// Which tools, scopes and actions.
    pub tools: Vec<ToolView>,
}

/// One way in which an agent comes to act for somebody.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DelegatedView {
    /// Who, from the one next to the agent to the one who delegated first.
    pub chain: Vec<PartyView>,
    /// Whether people declared it; absent where they declared nobody.
    pub declared: Option<bool>,
    /// Since when it was seen.
    pub seen: Option<String>,
    /// The event that showed it.
    pub shown_by: Option<String>,
}

/// One member of a chain.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PartyView {
    /// The principal; of a declared one it may hold `*`.
    #[schema(example = "google:ana@example.com")]
    pub principal: String,
    /// Its identity, where it is known.
    #[schema(example = "idn_ana")]
    pub identity: Option<String>,
    /// Its kind.
    #[schema(example = "human")]
    pub kind: String,
    /// The team that answers for it.
    #[schema(example = "own_shop")]
    pub owner: Option<String>,
}

/// A tool, scope or action of an agent.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ToolView {
    /// Its name.
    #[schema(example = "crm.read")]
    pub name: String,
    /// Whether people declared it; absent where they declared none.
    pub declared: Option<bool>,
    /// How often it was seen used.
    pub uses: u32,
    /// When it was last used.
    pub last_used: Option<String>,
}

impl From<Delegation> for DelegationView {
    fn from(it: Delegation) -> Self {
        Self {
            acts_for: it.chains.into_iter().map(Into::into).collect(),
            tools: it.tools.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Delegated> for DelegatedView {
    fn from(it: Delegated) -> Self {
        Self {
            chain: it.chain.into_iter().map(Into::into).collect(),
            declared: it.declared,
            seen: it.seen.map(moment),
            shown_by: it.shown_by.map(|it| it.to_string()),
        }
    }
}

impl From<Party> for PartyView {
    fn from(it: Party) -> Self {
        Self {
            principal: it.principal.to_string(),
            identity: it.identity.map(|it| it.to_string()),
            kind: it.kind.to_string(),
            owner: it.owner.map(|it| it.to_string()),
        }
    }
}

impl From<Tool> for ToolView {
    fn from(it: Tool) -> Self {
        let (uses, last) = it.used.map_or((0, None), |(uses, last)| (uses, Some(last)));
        Self { name: it.name, declared: it.declared, uses, last_used: last.map(moment) }
    }
}

impl DelegatedView {
    /// In one line: `google:ana@example.com (human of own_shop), as declared, seen since …`.
    #[must_use]
    pub fn sentence(&self) -> String {
        let party = |it: &PartyView| {
            let owner = it.owner.as_ref().map(|it| format!(" of {it}")).unwrap_or_default();
            match it.identity {
                Some(_) => format!("{} ({}{owner})", it.principal, it.kind.replace('_', " ")),
                None => it.principal.clone(),
            }
        };
        let chain: Vec<String> = self.chain.iter().map(party).collect();
        let mut text = chain.join(", which acts for ");
        match self.declared {
            Some(true) => text.push_str(", as declared"),
            Some(false) => text.push_str(", not declared"),
            None => {}
        }
        match &self.seen {
            Some(seen) => text.push_str(&format!(", seen since {seen}")),
            None => text.push_str(", never seen"),
        }
        text
    }
}

impl ToolView {
    /// In one line: `crm.read  as declared, used 3 times, last …`.
    #[must_use]
    pub fn sentence(&self) -> String {
        let declared = match self.declared {
            Some(true) => "as declared, ",
            Some(false) => "not declared, ",
            None => "",
        };
        let used = match (self.uses, &self.last_used) {
            (0, _) | (_, None) => "never seen in use".to_owned(),
            (1, Some(last)) => format!("used once, at {last}"),
            (uses, Some(last)) => format!("used {uses} times, last {last}"),
        };
        format!("{}  {declared}{used}", self.name)
    }
}
