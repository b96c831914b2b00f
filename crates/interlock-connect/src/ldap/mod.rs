//! What the connectors of directories share: one connection, names, and what result codes mean.

pub(crate) mod name;
mod outcome;
pub(crate) mod step;
mod wire;

pub(crate) use outcome::{Asked, Code};
pub(crate) use wire::{Bound, Change, Entry, Look, Wire};

use crate::Secret;

/// How a directory is reached. Already resolved: references are the process's business.
#[derive(Debug, Clone)]
pub struct LdapConfig {
    /// Where it answers: `ldaps://ldap.example.com`, or `ldap://…`.
    pub url: String,
    /// Whether a connection by `ldap://` is turned into TLS before anything is said on it.
    pub start_tls: bool,
    /// The authorities that the server's certificate may come from, as PEM; `None`: the system's.
    pub authorities: Option<Vec<u8>>,
    /// As whom the connector binds.
    pub bind_dn: String,
    /// With what it proves that.
    pub password: Secret,
}
