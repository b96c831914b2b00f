//! Delivery: where a new secret goes, whatever made it. One file here for each kind of place.
//!
//! A place must be one that its workload reads and that we can read back, by its value or by a version:
//! see decision 25 for what is none.

mod azure;
mod disk;
pub mod fake;
mod github;
mod google;
mod issue;
mod kubernetes;
#[cfg(test)]
mod tests;
mod vault;
mod webhook;

pub use azure::{AzureTarget, KeyVaultSecret};
pub use disk::{DiskTarget, Owner};
pub use github::{ActionsSecret, GithubTarget, Scope};
pub use google::{GoogleTarget, ManagedSecret};
pub use interlock_connect_aws::delivery::{
    Deliveries, Leave, Parcel, Place, Standing, Target, filled, gone, moved,
};
pub use issue::PUT;
pub(crate) use issue::{DELIVERY, Holds, Issue, Issuer, Made, Order};
pub use kubernetes::{KubernetesSecret, KubernetesTarget};
pub use vault::{KvEntry, VaultTarget};
pub use webhook::{WebhookEntry, WebhookTarget};

use crate::Secret;
use crate::broker::{BrokerError, call_error};
use interlock_contain::CallError;

/// How the two parts of a credential are called at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields {
    /// Its public name; `None`: it is not put there.
    pub key_id: Option<String>,
    /// The credential itself.
    pub secret: String,
}

impl Default for Fields {
    fn default() -> Self {
        Self { key_id: Some("key_id".to_owned()), secret: "secret".to_owned() }
    }
}

impl Fields {
    /// The parts of a credential under their names.
    fn of<'a>(&'a self, key_id: &'a str, secret: &'a Secret) -> Vec<(&'a str, &'a str)> {
        let id = self.key_id.as_deref().map(|it| (it, key_id));
        id.into_iter().chain([(&*self.secret, secret.expose())]).collect()
    }
}

/// A new secret, for whatever does not make its own.
pub(crate) fn fresh_secret() -> Result<Secret, CallError> {
    crate::broker::delivery::fresh_secret().map_err(|it: BrokerError| call_error(&it))
}
