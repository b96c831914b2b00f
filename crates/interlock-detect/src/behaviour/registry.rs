//! Every behaviour, one line each, in alphabetical order.

use super::{Behaviour, Setup, Spec};
use super::{
    agent_scope, credential_reuse, dormant_identity, enumeration, first_seen_call,
    impossible_travel, kind_mismatch, peer_rare_call, privilege_spike, refusal_storm, token_abuse,
};

/// One behaviour and how it is made.
#[derive(Debug)]
pub struct Registered {
    /// What it is.
    pub spec: &'static Spec,
    /// Makes it, or says why it must stay off.
    pub make: fn(&Setup<'_>) -> Result<Box<dyn Behaviour>, String>,
}

/// Every behaviour.
pub const BEHAVIOURS: &[Registered] = &[
    Registered { spec: &agent_scope::SPEC, make: agent_scope::make },
    Registered { spec: &credential_reuse::SPEC, make: credential_reuse::make },
    Registered { spec: &dormant_identity::SPEC, make: dormant_identity::make },
    Registered { spec: &enumeration::SPEC, make: enumeration::make },
    Registered { spec: &first_seen_call::SPEC, make: first_seen_call::make },
    Registered { spec: &impossible_travel::SPEC, make: impossible_travel::make },
    Registered { spec: &kind_mismatch::SPEC, make: kind_mismatch::make },
    Registered { spec: &peer_rare_call::SPEC, make: peer_rare_call::make },
    Registered { spec: &privilege_spike::SPEC, make: privilege_spike::make },
    Registered { spec: &refusal_storm::SPEC, make: refusal_storm::make },
    Registered { spec: &token_abuse::SPEC, make: token_abuse::make },
];
