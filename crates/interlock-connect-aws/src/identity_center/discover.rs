//! People of the identity store, and what each may use in which account.

use super::actions::Shared;
use super::client::{Assignment, Person};
use super::operation as op;
use super::units;
use crate::discover::seen;
use interlock_contain::{CallError, DiscoverCx, DiscoverySpec};
use interlock_model::{Discovered, DiscoveryPage, Entitlement, IdentityKind, Principal, RiskClass};
use std::collections::BTreeMap;

pub(super) static SPEC: DiscoverySpec = DiscoverySpec {
    sees: "people with their names, and the permission sets that they have in which account of the organisation, themselves or by groups; the organisational units in which accounts are, at the accounts' roots",
    hides: "what a permission set allows, applications, and when somebody signed in last",
    reads: &[
        op::LIST_USERS,
        op::LIST_ASSIGNMENTS,
        op::DESCRIBE_PERMISSION_SET,
        op::LIST_ACCOUNTS,
        op::LIST_ROOTS,
        op::LIST_UNITS,
        op::LIST_MEMBERS,
    ],
    source: "https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_ListUsers.html; https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ListAccountAssignmentsForPrincipal.html; https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html; https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListOrganizationalUnitsForParent.html",
};

/// One page of people; with the last come the accounts.
pub(super) async fn page(
    shared: &Shared,
    cx: &DiscoverCx<'_>,
    from: Option<&str>,
) -> Result<DiscoveryPage, CallError> {
    let (people, next) = shared.client.people(cx.read(op::LIST_USERS)?, from).await?;
    let mut page = DiscoveryPage { next, ..DiscoveryPage::default() };
    let accounts = shared.client.accounts(cx.read(op::LIST_ACCOUNTS)?).await;
    let accounts = seen(accounts, "names of accounts", &mut page.gaps)?.unwrap_or_default();
    // The same few sets are assigned to many.
    let mut names = BTreeMap::new();
    for person in people {
        let assigned = shared.client.assigned(cx.read(op::LIST_ASSIGNMENTS)?, &person.id).await;
        let assigned = seen(assigned, "assignments of people", &mut page.gaps)?.unwrap_or_default();
        let mut found = described(shared, person);
        let itself = assigned.itself.iter().map(|it| (it, "assigned"));
        let by_groups = assigned.by_groups.iter().map(|it| (it, "assigned to a group"));
        for (it, through) in itself.chain(by_groups) {
            if !names.contains_key(&it.permission_set) {
                let pass = cx.read(op::DESCRIBE_PERMISSION_SET)?;
                let name = shared.client.permission_set(pass, &it.permission_set).await;
                let name = seen(name, "names of permission sets", &mut page.gaps)?;
                let name = name.unwrap_or_else(|| it.permission_set.clone());
                names.insert(it.permission_set.clone(), name);
            }
            let name = names.get(&it.permission_set).map_or("", String::as_str);
            let account = accounts.get(&it.account).map(String::as_str);
            found.entitlements.push(entitlement(it, account, name, through));
        }
        page.found.push(found);
    }
    if page.next.is_none() {
        page.found.extend(units::accounts(shared, cx, &mut page.gaps).await?);
    }
    Ok(page)
}

fn described(shared: &Shared, person: Person) -> Discovered {
    let name = format!("identitystore/{}/{}", shared.config.identity_store, person.id);
    let sign_in = Some(person.name).filter(|it| !it.is_empty());
    let labels = sign_in.iter().map(|it| ("user_name".to_owned(), it.clone())).collect();
    Discovered {
        name: person.shown.or(sign_in),
        kind: Some(IdentityKind::Human),
        enabled: person.enabled,
        labels,
        ..Discovered::of(Principal::new("aws", &name))
    }
}

/// What a permission set gives is not read: its name is taken where AWS gives it its meaning.
fn entitlement(it: &Assignment, account: Option<&str>, name: &str, through: &str) -> Entitlement {
    // Source: predefined permission sets of Identity Center, named after the managed policies.
    let risk = match name {
        "AdministratorAccess" => RiskClass::Admin,
        "PowerUserAccess" => RiskClass::Secrets,
        "ReadOnlyAccess" | "ViewOnlyAccess" | "SecurityAudit" | "Billing" => RiskClass::Read,
        _ => RiskClass::Write,
    };
    Entitlement {
        grant: name.to_owned(),
        scope: match account.filter(|it| !it.is_empty()) {
            Some(name) => format!("account {} ({name})", it.account),
            None => format!("account {}", it.account),
        },
        through: through.to_owned(),
        risk,
    }
}

#[cfg(test)]
mod tests {
    use super::super::IdentityCenter;
    use super::super::fake::{Fake, PERSON, STORE};
    use super::*;
    use crate::fake::{ACCOUNT, Trouble};
    use interlock_contain::Connector as _;
    use interlock_model::Timestamp;
    use std::sync::Arc;

    async fn look(fake: &Arc<Fake>) -> DiscoveryPage {
        let center = IdentityCenter::with_client(Fake::config(), Arc::clone(fake) as _);
        let cx = DiscoverCx::new(&SPEC, Timestamp::UNIX_EPOCH);
        center.discover(&cx, None).await.unwrap()
    }

    #[tokio::test]
    async fn people_are_seen_with_what_they_may_use_and_where() {
        let fake = Arc::new(Fake::small());
        let page = look(&fake).await;
        assert!(page.gaps.is_empty() && page.next.is_none());
        let [ann, management, payments] = page.found.as_slice() else { panic!("{:?}", page.found) };
        let place = |it: &Discovered| it.labels.get("organizational_unit").cloned();
        assert_eq!(*payments.principal.name, *format!("arn:aws:iam::{ACCOUNT}:root"));
        assert_eq!(payments.labels["account_name"], "payments-prod");
        assert_eq!(place(payments).as_deref(), Some("Payments/Prod"));
        assert_eq!(place(management), None, "right below the root");
        assert_eq!(*ann.principal.name, *format!("identitystore/{STORE}/{PERSON}"));
        assert_eq!((ann.name.as_deref(), ann.enabled), (Some("ann@example.com"), Some(true)));
        let told: Vec<String> = ann
            .entitlements
            .iter()
            .map(|it| format!("{} {} {} {:?}", it.grant, it.scope, it.through, it.risk))
            .collect();
        assert_eq!(
            told,
            [
                "AdministratorAccess account 111122223333 (payments-prod) assigned Admin",
                "ps-2 account 444455556666 assigned Write",
                "ps-3 account 111122223333 (payments-prod) assigned to a group Write",
            ]
        );
    }

    #[tokio::test]
    async fn what_may_not_be_seen_is_a_gap() {
        let fake = Arc::new(Fake::small());
        fake.trouble(op::LIST_ASSIGNMENTS, Trouble::Denied);
        let page = look(&fake).await;
        assert_eq!((page.found.len(), page.gaps.len()), (3, 1));
        assert!(page.gaps[0].remedy.contains("sso:ListAccountAssignmentsForPrincipal"));
        fake.trouble(op::DESCRIBE_PERMISSION_SET, Trouble::Denied);
        let page = look(&fake).await;
        assert_eq!(page.gaps.len(), 1);
        assert!(page.found[0].entitlements[0].grant.starts_with("arn:aws:sso"));
        for operation in [op::LIST_ROOTS, op::LIST_UNITS, op::LIST_MEMBERS] {
            fake.trouble(operation, Trouble::Denied);
            let page = look(&fake).await;
            let [gap] = page.gaps.as_slice() else { panic!("{:?}", page.gaps) };
            assert_eq!(gap.what, "organisational units of accounts");
            assert!(gap.remedy.contains(operation.0), "{gap:?}");
        }
    }
}
