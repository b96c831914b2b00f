//! Google Cloud on its fake: a service account with keys and roles, a person, a pool.

use super::postbox::{Delivered, Postbox};
use super::{Bench, Trouble, noon};
use crate::google_cloud::fake::{
    ACCOUNT, FEDERATED, Fake, KEY, MANAGED, PERSON, PLANTED, PROVIDER, State,
};
use crate::google_cloud::{GoogleCloud, GoogleCloudConfig};
use interlock_contain::{ActionSpec, Connector, TargetKind};
use interlock_model::{CredentialKind, CredentialRef, Intent, Operation, Principal, Target};
use std::collections::BTreeSet;
use std::sync::Arc;

#[derive(Debug)]
struct Project {
    fake: Arc<Fake>,
    connector: GoogleCloud,
}

/// A fresh project.
pub(super) fn fresh() -> Box<dyn Bench> {
    let (fake, postbox) = (Fake::small(), Postbox::default());
    let deliveries = postbox.deliveries("google");
    let config = GoogleCloudConfig { deliveries, ..Fake::config(noon) };
    let connector = GoogleCloud::on(config, Arc::<Fake>::clone(&fake));
    let has = |it: &Project| {
        let state = it.fake.state();
        let ids = state.keys[ACCOUNT].keys().map(|it| format!("{ACCOUNT}/keys/{it}"));
        ids.map(|it| CredentialRef::new("google", CredentialKind::AccessKey, &it)).collect()
    };
    Box::new(Delivered { bench: Project { fake, connector }, postbox, has })
}

impl Bench for Project {
    fn connector(&self) -> &dyn Connector {
        &self.connector
    }

    fn aim(&self, action: &ActionSpec) -> Intent {
        let name = match action.name {
            "google_cloud.disable_managed_identity" => MANAGED,
            "google_cloud.disable_pool" | "google_cloud.disable_provider" => FEDERATED,
            "google_cloud.delete_app_passwords"
            | "google_cloud.suspend_user"
            | "google_cloud.revoke_tokens" => PERSON,
            _ => ACCOUNT,
        };
        let principal = Principal::new("google", name);
        let target = match action.target {
            TargetKind::Credential(provider, kind)
            | TargetKind::CredentialNamed(provider, kind, _) => {
                let key = format!("{ACCOUNT}/keys/{KEY}");
                let id = if kind == CredentialKind::Token { PROVIDER } else { &key };
                let credential = CredentialRef::new(provider, kind, id);
                Target::Credential { principal, credential }
            }
            TargetKind::Principal(..) => Target::Principal { principal },
        };
        Intent { kind: action.kind, target }
    }

    fn state(&self) -> String {
        // A number is never given twice: how many were made stays.
        let state = State { made: 0, ..self.fake.state() };
        format!("{state:#?}")
    }

    fn writes(&self) -> Vec<Operation> {
        self.fake.writes()
    }

    fn trouble(&self, operation: Operation, trouble: Trouble) {
        self.fake.trouble(operation, trouble);
    }

    fn lag(&self, reads: usize) {
        self.fake.lag(reads);
    }

    fn drift(&self, action: &ActionSpec) -> bool {
        if action.name != "google_cloud.remove_roles" {
            // On or off, there or gone: there is no third state.
            return false;
        }
        self.fake.change(|state| {
            let role = ("roles/viewer".to_owned(), None);
            let member = format!("serviceAccount:{ACCOUNT}");
            state.bindings.entry(role).or_default().insert(member);
        });
        true
    }

    fn secrets(&self) -> Vec<String> {
        vec![PLANTED.to_owned()]
    }

    fn credentials(&self) -> BTreeSet<CredentialRef> {
        BTreeSet::new()
    }
}
