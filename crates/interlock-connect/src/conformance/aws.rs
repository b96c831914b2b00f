//! AWS on its fake: user `ci` with a key, role `deploy`.

use super::{Bench, Trouble};
use interlock_connect_aws::fake::{self, ACCOUNT, Fake, PLANTED};
use interlock_connect_aws::{AwsIam, operation as op};
use interlock_contain::{ActionSpec, Connector, TargetKind};
use interlock_model::{
    CredentialKind, CredentialRef, Digest, Intent, Operation, Principal, Target,
};
use std::collections::BTreeSet;
use std::sync::Arc;

const SERVICE_CREDENTIAL: &str = "ACCAEXAMPLE123EXAMPLE";
const KEY: &str = "AKIAIOSFODNN7EXAMPLE";

#[derive(Debug)]
struct Aws {
    fake: Arc<Fake>,
    connector: AwsIam,
}

/// A fresh account.
pub(super) fn fresh() -> Box<dyn Bench> {
    let fake = Arc::new(Fake::small());
    let connector = AwsIam::with_client(Fake::config(), Arc::<Fake>::clone(&fake));
    Box::new(Aws { fake, connector })
}

impl Bench for Aws {
    fn connector(&self) -> &dyn Connector {
        &self.connector
    }

    fn aim(&self, action: &ActionSpec) -> Intent {
        let user = Principal::new("aws", &format!("arn:aws:iam::{ACCOUNT}:user/ci"));
        let role = Principal::new("aws", &format!("arn:aws:iam::{ACCOUNT}:role/deploy"));
        let target = match action.target {
            TargetKind::Credential(provider, kind)
            | TargetKind::CredentialNamed(provider, kind, _) => {
                let id = if kind == CredentialKind::Token { SERVICE_CREDENTIAL } else { KEY };
                let credential = CredentialRef::new(provider, kind, id);
                Target::Credential { principal: user, credential }
            }
            TargetKind::Principal(..) => [user, role]
                .into_iter()
                .map(|principal| Target::Principal { principal })
                .find(|it| action.target.fits(it))
                .unwrap(),
        };
        Intent { kind: action.kind, target }
    }

    fn state(&self) -> String {
        let state = self.fake.state();
        let values: Vec<_> = state.secrets.values().map(|it| it.value().map(digest)).collect();
        format!("{state:#?}\n{values:?}")
    }

    /// Without the ids of the secrets' versions, which AWS never takes back.
    fn worth(&self) -> String {
        let mut state = self.fake.state();
        let values: Vec<_> = state.secrets.values().map(|it| it.value().map(digest)).collect();
        state.secrets.clear();
        format!("{state:#?}\n{values:?}")
    }

    fn writes(&self) -> Vec<Operation> {
        self.fake.writes()
    }

    fn trouble(&self, operation: Operation, trouble: Trouble) {
        let trouble = match trouble {
            Trouble::SilenceBefore => fake::Trouble::SilenceBefore,
            Trouble::SilenceAfter => fake::Trouble::SilenceAfter,
            Trouble::Throttle => fake::Trouble::Throttle,
            Trouble::Denied => fake::Trouble::Denied,
            Trouble::Lie => fake::Trouble::Lie,
        };
        self.fake.trouble(operation, trouble);
    }

    fn lag(&self, reads: usize) {
        self.fake.lag(reads);
    }

    fn drift(&self, action: &ActionSpec) -> bool {
        let mut drifted = true;
        self.fake.change(|state| match action.write {
            op::UPDATE_ASSUME_ROLE_POLICY => {
                state.roles.get_mut("deploy").unwrap().trust = r#"{"Statement":[]}"#.into();
            }
            op::UPDATE_ACCESS_KEY => {
                state.users.get_mut("ci").unwrap().keys[0].status = "Expired".into();
            }
            op::UPDATE_SERVICE_CREDENTIAL => {
                let user = state.users.get_mut("ci").unwrap();
                user.service_credentials[0].status = "Expired".into();
            }
            op::CREATE_ACCESS_KEY => {
                state.secrets.get_mut("interlock/ci/access-key").unwrap().current = None;
            }
            op::PUT_USER_POLICY | op::PUT_ROLE_POLICY => {
                let other = r#"{"by":"somebody"}"#;
                let user = &mut state.users.get_mut("ci").unwrap().policies;
                let role = &mut state.roles.get_mut("deploy").unwrap().policies;
                for name in ["InterlockDenyOlderSessions", "InterlockQuarantine"] {
                    user.insert(name.into(), other.into());
                    role.insert(name.into(), other.into());
                }
            }
            // A key is there or it is not.
            _ => drifted = false,
        });
        drifted
    }

    fn secrets(&self) -> Vec<String> {
        vec![PLANTED.to_owned()]
    }

    fn credentials(&self) -> BTreeSet<CredentialRef> {
        let keys = self.fake.state().users["ci"].keys.clone();
        keys.iter().map(|it| CredentialRef::new("aws", CredentialKind::AccessKey, &it.id)).collect()
    }
}

fn digest(value: &str) -> String {
    Digest::of(value.as_bytes()).short()
}
