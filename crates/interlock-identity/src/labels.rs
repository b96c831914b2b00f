//! What tags and labels say of owner and environment.
//!
//! | Label, in any case | Says |
//! | --- | --- |
//! | `owner`, `owned-by`, `team`, `owner-team`, `service-owner`, `squad` | the owner, by the id (`own_payments`, `payments`), the name or the contact of a declared team |
//! | `environment`, `env`, `stage` | the environment |
//!
//! | `organizational_unit` of an account's root, `Workloads/Prod` | for all in the account: the environment by the nearest unit whose name is one, the owner by the nearest whose name is a declared team's |
//!
//! A prefix up to `/` counts for nothing: `backstage.io/owner` is `owner`. A label names a team or none:
//! one that no declared team bears says nothing, for whoever may tag could otherwise make up owners.

use crate::declare::Declaration;
use interlock_model::{Environment, Owner};
use std::collections::BTreeMap;

const OWNER: [&str; 6] = ["owner", "owned-by", "team", "owner-team", "service-owner", "squad"];
const ENVIRONMENT: [&str; 3] = ["environment", "env", "stage"];
/// Where a connector says in which units of its organisation an account is, from the outermost on.
pub(crate) const UNIT: &str = "organizational_unit";

/// The team that labels name, with the label in words.
pub(crate) fn owner<'d>(
    declaration: &'d Declaration,
    labels: &BTreeMap<String, String>,
) -> Option<(String, &'d Owner)> {
    OWNER.iter().find_map(|word| {
        let (key, value) = named(labels, word)?;
        // Catalogs write `group:payments` or `team/payments`.
        let team = value.rsplit([':', '/']).next().unwrap_or(value).trim();
        let owner = team_called(declaration, team)?;
        Some((format!("label `{key}: {value}`"), owner))
    })
}

/// The environment that labels name, with the label in words.
pub(crate) fn environment(labels: &BTreeMap<String, String>) -> Option<(String, Environment)> {
    ENVIRONMENT.iter().find_map(|word| {
        let (key, value) = named(labels, word)?;
        let environment = called(value)?;
        Some((format!("label `{key}: {value}`"), environment))
    })
}

/// The team that the nearest unit of an account names, with the unit.
pub(crate) fn owner_by_unit<'d>(
    declaration: &'d Declaration,
    labels: &BTreeMap<String, String>,
) -> Option<(String, &'d Owner)> {
    units(labels).find_map(|it| Some((it.to_owned(), team_called(declaration, it)?)))
}

/// The environment that the nearest unit of an account names, with the unit.
pub(crate) fn environment_by_unit(
    labels: &BTreeMap<String, String>,
) -> Option<(String, Environment)> {
    units(labels).find_map(|it| Some((it.to_owned(), called(it)?)))
}

/// The organisational units that an account is in, the nearest first.
fn units(labels: &BTreeMap<String, String>) -> impl Iterator<Item = &str> {
    labels.get(UNIT).into_iter().flat_map(|it| it.rsplit('/'))
}

fn team_called<'d>(declaration: &'d Declaration, team: &str) -> Option<&'d Owner> {
    let is = |it: &&Owner| {
        let id = it.id.as_str();
        let short = id.strip_prefix("own_").unwrap_or(id);
        [id, short, &it.name, &it.contact]
            .iter()
            .any(|known| !known.is_empty() && known.eq_ignore_ascii_case(team))
    };
    declaration.owners.iter().find(is)
}

fn called(name: &str) -> Option<Environment> {
    match name.trim().to_ascii_lowercase().as_str() {
        "production" | "prod" | "prd" | "live" => Some(Environment::Production),
        "staging" | "stage" | "stg" | "preprod" | "uat" => Some(Environment::Staging),
        "development" | "dev" | "test" | "sandbox" => Some(Environment::Development),
        _ => None,
    }
}

fn named<'l>(labels: &'l BTreeMap<String, String>, word: &str) -> Option<(&'l str, &'l str)> {
    let is = |key: &str| {
        let short = key.rsplit('/').next().unwrap_or(key);
        short.replace('_', "-").eq_ignore_ascii_case(word)
    };
    let (key, value) = labels.iter().find(|(key, _)| is(key))?;
    Some((key, value))
}
