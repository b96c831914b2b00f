//! GitHub on its fake: one of two owners, a user from outside, and a repository with all that it can have.

use super::postbox::{Delivered, Postbox};
use super::{Bench, Trouble, noon};
use crate::github::fake::{DEPLOY_KEY, Fake, LEAKED, MEMBER, OUTSIDE, PLANTED, REPOSITORY, TOKEN};
use crate::github::{Github, GithubConfig};
use interlock_contain::{ActionSpec, Connector, TargetKind};
use interlock_model::{CredentialKind, CredentialRef, Intent, Operation, Principal, Target};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

#[derive(Debug)]
struct Organization {
    fake: Arc<Fake>,
    connector: Github,
}

/// A fresh organisation.
pub(super) fn fresh() -> Box<dyn Bench> {
    let (fake, postbox) = (Fake::small(), Postbox::default());
    let deliveries = postbox.deliveries("github");
    let own_apps = vec![Fake::own_app(super::clocks::KEY.clone())];
    let config = GithubConfig { deliveries, own_apps, ..Fake::config(noon) };
    let connector = Github::on(config, Arc::<Fake>::clone(&fake));
    let has = |it: &Organization| {
        let state = it.fake.state();
        let keys = state.repositories[REPOSITORY].keys.keys();
        let ids = keys.filter_map(|it| crate::github::fingerprint(it));
        ids.map(|it| CredentialRef::new("github", CredentialKind::AccessKey, &it)).collect()
    };
    Box::new(Delivered { bench: Organization { fake, connector }, postbox, has })
}

fn whom(action: &str) -> String {
    match action {
        "github.block_user" | "github.remove_collaborator" => OUTSIDE.to_owned(),
        "github.cancel_runs" | "github.disable_actions" => {
            format!("repo:acme/{REPOSITORY}:ref:refs/heads/main")
        }
        "github.suspend_app" => "app/ci".to_owned(),
        _ => MEMBER.to_owned(),
    }
}

impl Bench for Organization {
    fn connector(&self) -> &dyn Connector {
        &self.connector
    }

    fn aim(&self, action: &ActionSpec) -> Intent {
        let principal = Principal::new("github", &whom(action.name));
        let target = match action.target {
            TargetKind::Credential(provider, kind)
            | TargetKind::CredentialNamed(provider, kind, _) => {
                let id = if action.name == "github.revoke_leaked_token" {
                    crate::github::digest(LEAKED)
                } else if kind == CredentialKind::Token {
                    TOKEN.to_string()
                } else {
                    crate::github::fingerprint(DEPLOY_KEY).unwrap()
                };
                let credential = CredentialRef::new(provider, kind, &id);
                Target::Credential { principal, credential }
            }
            TargetKind::Principal(..) => Target::Principal { principal },
        };
        Intent { kind: action.kind, target }
    }

    fn state(&self) -> String {
        format!("{:#?}", self.fake.state())
    }

    /// Without whether an invitation was accepted.
    fn worth(&self) -> String {
        let state = self.fake.state();
        let mut text = format!("{:?}{:?}", state.teams, state.blocked);
        for (login, (role, _)) in &state.members {
            write!(text, "{login}={role} ").unwrap();
        }
        for (name, it) in &state.repositories {
            let given: BTreeSet<_> = it.direct.iter().chain(&it.invited).collect();
            write!(text, "{name}: {given:?}").unwrap();
        }
        text
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
        let name = action.name.to_owned();
        let mut drifted = true;
        self.fake.change(|state| match name.as_str() {
            "github.remove_member" => {
                state.members.insert(MEMBER.to_owned(), ("member".to_owned(), false));
            }
            "github.remove_deploy_key" => {
                let repository = state.repositories.get_mut(REPOSITORY).unwrap();
                repository.keys.get_mut(DEPLOY_KEY).unwrap().1 = true;
            }
            "github.remove_collaborator" => {
                let repository = state.repositories.get_mut(REPOSITORY).unwrap();
                repository.direct.insert(OUTSIDE.to_owned(), "admin".to_owned());
            }
            "github.disable_actions" => {
                state.repositories.get_mut(REPOSITORY).unwrap().actions.1 = "all".to_owned();
            }
            // On or off, there or gone: there is no third state.
            _ => drifted = false,
        });
        drifted
    }

    fn secrets(&self) -> Vec<String> {
        vec![PLANTED.to_owned(), LEAKED.to_owned()]
    }

    fn credentials(&self) -> BTreeSet<CredentialRef> {
        BTreeSet::new()
    }
}
