//! What connectors to identity providers share: a request that its operation names, a verb as one file,
//! a client that proves itself, and a fake that is asked the very same requests.
//!
//! Not here: what any one provider calls its things. That is each provider's own folder.

pub(crate) mod act;
mod answer;
pub(crate) mod ask;
pub(crate) mod connector;
#[cfg(test)]
pub(crate) mod described;
#[cfg(test)]
pub(crate) mod fake;
pub(crate) mod proof;
pub(crate) mod remote;

pub use crate::jwt::{Algorithm, JwtError, Key};
pub use connector::Provider;
pub use proof::{By, ClientProof, Proof};
