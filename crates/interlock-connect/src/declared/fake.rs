//! Three declared verbs for the fakes: one that can be taken back, one that cannot, one on principals.

use super::{Aim, Declaration, DeclaredConfig, VerbDeclaration, intern};
use interlock_contain::ConnectorSpec;
use interlock_model::{ActionKind, ConnectorId, CredentialKind, Stops};
use std::time::Duration;

/// The secret that the connector is given, which must show nowhere.
pub(crate) const PLANTED: &str = "planted-declared-secret";
/// Whom the verbs are aimed at.
pub(crate) const NAME: &str = "svc";
/// The states of an account before anything happens, wanted, and neither.
pub(crate) const STATES: [&str; 3] = ["in", "out", "elsewhere"];

/// What is declared.
pub(crate) fn spec(kind: &'static str) -> &'static ConnectorSpec {
    let verb = |name: &str, does, aim, undo| VerbDeclaration {
        name: name.to_owned(),
        does,
        aim,
        summary: format!("does {name}"),
        undo,
        probe: true,
        stops: Stops { new: true, refresh: false, live: false },
        settle: Duration::from_secs(5),
        leaves: "sessions that are open".to_owned(),
        leaves_at_most: Some(Duration::from_secs(3_600)),
    };
    let key = || Aim::Credential(CredentialKind::AccessKey);
    let account = Aim::Principal(vec!["*".to_owned()]);
    intern(&Declaration {
        kind,
        provider: "bastion".to_owned(),
        title: "a system that nobody knows".to_owned(),
        verbs: vec![
            verb("delete_key", ActionKind::DeleteCredential, key(), None),
            verb("disable_key", ActionKind::DisableCredential, key(), Some(true)),
            verb("lock_account", ActionKind::DisableIdentity, account, Some(false)),
        ],
    })
}

pub(crate) fn config(kind: &'static str) -> DeclaredConfig {
    DeclaredConfig {
        id: ConnectorId("bastion-fake".into()),
        spec: spec(kind),
        acts_as: vec!["interlock".to_owned()],
        settle: None,
    }
}
