//! What tags and labels say of owner and environment.
//!
//! | Label, in any case | Says |
//! | --- | --- |
//! | `owner`, `owned-by`, `team`, `owner-team`, `service-owner`, `squad` | the owner, by the id (`own_payments`, `payments`), the name or the contact of a declared team |
//! | `environment`, `env`, `stage` | the environment |
//!
//! A prefix up to `/` counts for nothing: `backstage.io/owner` is `owner`. A label names a team or none:
//! one that no declared team bears says nothing, for whoever may tag could otherwise make up owners.

use crate::declare::Declaration;
use interlock_model::{Environment, Owner};
use std::collections::BTreeMap;

const OWNER: [&str; 6] = ["owner", "owned-by", "team", "owner-team", "service-owner", "squad"];
const ENVIRONMENT: [&str; 3] = ["environment", "env", "stage"];

/// The team that labels name, with the label in words.
pub(crate) fn owner<'d>(
    declaration: &'d Declaration,
    labels: &BTreeMap<String, String>,
) -> Option<(String, &'d Owner)> {
    OWNER.iter().find_map(|word| {
        let (key, value) = named(labels, word)?;
        // Catalogs write `group:payments` or `team/payments`.
        let team = value.rsplit([':', '/']).next().unwrap_or(value).trim();
        let is = |it: &&Owner| {
            let id = it.id.as_str();
            let short = id.strip_prefix("own_").unwrap_or(id);
            [id, short, &it.name, &it.contact]
                .iter()
                .any(|known| !known.is_empty() && known.eq_ignore_ascii_case(team))
        };
        let owner = declaration.owners.iter().find(is)?;
        Some((format!("label `{key}: {value}`"), owner))
    })
}

/// The environment that labels name, with the label in words.
pub(crate) fn environment(labels: &BTreeMap<String, String>) -> Option<(String, Environment)> {
    ENVIRONMENT.iter().find_map(|word| {
        let (key, value) = named(labels, word)?;
        let environment = match value.trim().to_ascii_lowercase().as_str() {
            "production" | "prod" | "prd" | "live" => Environment::Production,
            "staging" | "stage" | "stg" | "preprod" | "uat" => Environment::Staging,
            "development" | "dev" | "test" | "sandbox" => Environment::Development,
            _ => return None,
        };
        Some((format!("label `{key}: {value}`"), environment))
    })
}

fn named<'l>(labels: &'l BTreeMap<String, String>, word: &str) -> Option<(&'l str, &'l str)> {
    let is = |key: &str| {
        let short = key.rsplit('/').next().unwrap_or(key);
        short.replace('_', "-").eq_ignore_ascii_case(word)
    };
    let (key, value) = labels.iter().find(|(key, _)| is(key))?;
    Some((key, value))
}
