//! Every behaviour, one line each, in alphabetical order.

use super::{Behaviour, Setup, Spec};
use super::{first_seen_call, impossible_travel, privilege_spike, token_abuse};

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
    Registered { spec: &first_seen_call::SPEC, make: first_seen_call::make },
    Registered { spec: &impossible_travel::SPEC, make: impossible_travel::make },
    Registered { spec: &privilege_spike::SPEC, make: privilege_spike::make },
    Registered { spec: &token_abuse::SPEC, make: token_abuse::make },
];
