//! Verbs carried out by programs of the operator: never a shell, nothing in the environment that was not
//! declared, an end after a while, answers of a bounded size.

#[cfg(test)]
pub(crate) mod fake;
mod program;
pub(crate) mod run;
#[cfg(test)]
mod tests;

pub use program::{Program, Programs};

use crate::declared::{Declared, DeclaredConfig, assemble};
use interlock_contain::ConnectorSpec;
use std::sync::Arc;

/// The kind. What an instance can do is declared in the configuration: see [`crate::declared`].
pub static SPEC: ConnectorSpec = ConnectorSpec {
    kind: "command",
    provider: "declared",
    title: "programs of your own, declared in the configuration",
    outer: "the administration of the system behind the command",
    discovery: None,
    actions: &[],
};

/// The connector; nothing is run until something is to be done.
#[must_use]
pub fn connector(config: DeclaredConfig, programs: Programs) -> Declared {
    assemble(config, Arc::new(programs))
}
