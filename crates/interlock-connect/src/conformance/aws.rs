//! AWS on its fake: user `ci` with a key, role `deploy`.

use super::{Bench, Trouble};
use interlock_connect_aws::fake::{self, ACCOUNT, Fake, PLANTED};
use interlock_connect_aws::{AwsIam, CredentialSort, operation as op};
use interlock_contain::{ActionSpec, Connector};
use interlock_model::{
    CredentialKind, CredentialRef, Digest, Intent, Operation, Principal, Target,
};
use std::collections::BTreeSet;
use std::sync::Arc;

const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
/// One session of role `deploy`.
const SESSION: &str =
    "session/2026-01-02T03:04:05Z/arn:aws:sts::111122223333:assumed-role/deploy/run-7";
/// What user `ci` and role `deploy` have, by the kind of credential that it counts as.
const CREDENTIALS: [(bool, CredentialKind, &str); 10] = [
    (true, CredentialKind::AccessKey, KEY),
    (true, CredentialKind::AccessKey, "APKAEIBAERJR2EXAMPLE"),
    (true, CredentialKind::Certificate, "TA7SMP42TDN5Z26OBPJE7EXAMPLE"),
    (true, CredentialKind::Password, "ci"),
    (true, CredentialKind::Token, "ACCAEXAMPLE123EXAMPLE"),
    (false, CredentialKind::SessionKey, SESSION),
    (false, CredentialKind::Token, "instance-profile/web"),
    (false, CredentialKind::Token, "roles-anywhere-profile/0a1b2c3d-1111-4222-8333-444455556666"),
    (false, CredentialKind::Token, "trust-anchor/4d5e6f70-1111-4222-8333-444455556666"),
    (
        false,
        CredentialKind::Token,
        "web-identity/token.actions.githubusercontent.com:repo:acme/shop:ref:refs/heads/main",
    ),
];

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
        let credentials = CREDENTIALS.map(|(of_user, kind, id)| {
            let principal = if of_user { user.clone() } else { role.clone() };
            Target::Credential { principal, credential: CredentialRef::new("aws", kind, id) }
        });
        let whole = [&user, &role].map(|it| Target::Principal { principal: it.clone() });
        let mut all = credentials.into_iter().chain(whole);
        let target = all.find(|it| action.target.fits(it)).unwrap();
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
            op::UPDATE_SERVICE_CREDENTIAL
            | op::UPDATE_SIGNING_CERTIFICATE
            | op::UPDATE_SSH_PUBLIC_KEY => {
                let others = &mut state.users.get_mut("ci").unwrap().others;
                for sort in CredentialSort::ALL {
                    others.get_mut(&sort).unwrap()[0].status = "Expired".into();
                }
            }
            op::REMOVE_ROLE_FROM_INSTANCE_PROFILE => {
                state.instance_profiles.insert("web".into(), Some("other".into()));
            }
            op::CREATE_ACCESS_KEY => {
                state.secrets.get_mut("interlock/ci/access-key").unwrap().current = None;
            }
            op::PUT_USER_POLICY | op::PUT_ROLE_POLICY => {
                let other = r#"{"by":"somebody"}"#;
                let user = &mut state.users.get_mut("ci").unwrap().policies;
                let role = &mut state.roles.get_mut("deploy").unwrap().policies;
                let session = Digest::of(SESSION.as_bytes()).short_with("InterlockDenySession-");
                for name in ["InterlockDenyOlderSessions", "InterlockQuarantine", &session] {
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
