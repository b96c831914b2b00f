//! How the fake describes its account.

use super::{ACCOUNT, State};
use crate::discover::{AccountPage, Attached, Described, Section};
use std::collections::BTreeMap;

/// One page with everything of a section.
pub(super) fn described(it: &State, section: Section) -> AccountPage {
    let arn =
        |kind: &str, path: &str, name: &str| format!("arn:aws:iam::{ACCOUNT}:{kind}{path}{name}");
    let inline = |policies: &BTreeMap<String, String>| Attached {
        inline: policies.clone().into_iter().collect(),
        managed: Vec::new(),
    };
    let holders = match section {
        Section::Policies => Vec::new(),
        Section::Users => it
            .users
            .iter()
            .map(|(name, user)| Described {
                name: name.clone(),
                arn: arn("user", &user.path, name),
                policies: inline(&user.policies),
                ..Described::default()
            })
            .collect(),
        Section::Roles => it
            .roles
            .iter()
            .map(|(name, role)| Described {
                name: name.clone(),
                arn: arn("role", &role.path, name),
                policies: inline(&role.policies),
                trust: Some(role.trust.clone()),
                instance_profiles: it
                    .instance_profiles
                    .iter()
                    .filter(|it| it.1.as_ref() == Some(name))
                    .map(|it| it.0.clone())
                    .collect(),
                ..Described::default()
            })
            .collect(),
    };
    AccountPage { holders, ..AccountPage::default() }
}
