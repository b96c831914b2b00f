//! What an installation says about its own networks and about how much to remember.

use super::activity::WarmUp;
use ipnet::IpNet;

/// How the behaviours are set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BehaviourConfig {
    /// The installation's own ways out to the internet, VPN gateways among them: they say nothing
    /// about who is calling.
    pub known_egress: Vec<IpNet>,
    /// Behaviours that are switched off, by name.
    pub off: Vec<Box<str>>,
    /// For how many identities each behaviour remembers what is usual; for twice as many credentials.
    ///
    /// Above it the quarter that was idle longest is forgotten.
    pub identities: usize,
    /// How much must have been seen of an identity before anything about it is unusual.
    pub warm_up: WarmUp,
    /// What was idle for this many days is forgotten.
    pub memory_days: u32,
    /// After this many days without a use an identity or a credential is dormant.
    pub dormant_days: u32,
}

impl BehaviourConfig {
    /// For an installation that says nothing: a million identities, 45 days each.
    #[must_use]
    pub const fn standard() -> Self {
        Self {
            known_egress: Vec::new(),
            off: Vec::new(),
            identities: 1_000_000,
            warm_up: WarmUp::STANDARD,
            memory_days: 45,
            dormant_days: 45,
        }
    }
}
