//! Where in the organisation accounts stand: the units above them, told at each account's root.
//!
//! Whoever moves an account administers the organisation, so its place says more than a tag of the account's
//! own. What the place means is for the directory to say.

use super::actions::Shared;
use super::client::MemberAccount;
use super::operation as op;
use crate::discover::seen;
use interlock_contain::{CallError, DiscoverCx};
use interlock_model::{Discovered, DiscoveryGap, Principal};
use std::collections::BTreeMap;

/// Most units of an organisation that are looked into.
///
/// Source: <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html>, which
/// allows 2000 by default.
const UNITS: usize = 2_000;
const WHAT: &str = "organisational units of accounts";

/// The roots of all accounts, with their place.
pub(super) async fn accounts(
    shared: &Shared,
    cx: &DiscoverCx<'_>,
    gaps: &mut Vec<DiscoveryGap>,
) -> Result<Vec<Discovered>, CallError> {
    let client = &shared.client;
    let roots = client.roots(cx.read(op::LIST_ROOTS)?).await;
    let roots = seen(roots, WHAT, gaps)?.unwrap_or_default();
    let mut found = Vec::new();
    let mut looked = 0_usize;
    // Each with the names above it.
    let mut open: Vec<(String, String)> = roots.into_iter().map(|it| (it, String::new())).collect();
    while let Some((parent, place)) = open.pop() {
        looked += 1;
        if looked > UNITS {
            gaps.push(DiscoveryGap {
                what: WHAT.to_owned(),
                why: format!("there are more than {UNITS} of them"),
                remedy: "declare the environments of the accounts in the rest".to_owned(),
            });
            break;
        }
        let told = gaps.len();
        let members = client.members(cx.read(op::LIST_MEMBERS)?, &parent).await;
        let members = seen(members, WHAT, gaps)?.unwrap_or_default();
        found.extend(members.into_iter().map(|it| described(it, &place)));
        let units = client.units(cx.read(op::LIST_UNITS)?, &parent).await;
        let units = seen(units, WHAT, gaps)?.unwrap_or_default();
        if gaps.len() > told {
            // What is denied here is denied everywhere.
            break;
        }
        for (id, name) in units {
            // A slash in a name would make two units of it.
            let name = name.replace('/', "-");
            let below = if place.is_empty() { name } else { format!("{place}/{name}") };
            open.push((id, below));
        }
    }
    Ok(found)
}

fn described(account: MemberAccount, place: &str) -> Discovered {
    let partition = account.arn.split(':').nth(1).filter(|it| !it.is_empty()).unwrap_or("aws");
    let root = format!("arn:{partition}:iam::{}:root", account.number);
    let labels = [("account_name", account.name), ("organizational_unit", place.to_owned())];
    let labels = labels.into_iter().filter(|it| !it.1.is_empty());
    Discovered {
        labels: BTreeMap::from_iter(labels.map(|(key, value)| (key.to_owned(), value))),
        ..Discovered::of(Principal::new("aws", &root))
    }
}
