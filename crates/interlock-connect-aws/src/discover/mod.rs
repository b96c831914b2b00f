//! Users and roles of an account: keys, policies, tags, and who may act as them.

mod account;
mod anywhere;
mod credentials;
mod report;
mod trust;

pub(crate) use anywhere::anchors_named;

pub use account::{AccountPage, Attached, Described, Section};

use crate::actions::Shared;
use crate::operation as op;
use interlock_contain::{CallError, DiscoverCx, DiscoverySpec};
use interlock_model::{
    Discovered, DiscoveryGap, DiscoveryPage, LineageKind, PolicyGrant, PolicyPart, Principal,
    Timestamp,
};
use std::sync::{Arc, Mutex};

/// What only the report on credentials says.
const WHAT_REPORTED: &str = "the root user, second factors and last sign-ins with a password";
/// Most pages of groups and policies that are read.
const MOST_PAGES: usize = 50;

pub(crate) static SPEC: DiscoverySpec = DiscoverySpec {
    sees: "users and roles with their policies, groups, boundaries, tags, trust, and the status, age and last use of access keys; SSH keys, signing certificates and credentials for single services with their status and age; the instance profiles of roles; profiles and trust anchors of Roles Anywhere in the configured region, by which roles are had; the root user; second factors, and last sign-ins with a password",
    hides: "service control policies, resource policies, people of Identity Center (which has a connector of its own), and uses of a role older than 400 days",
    reads: &[
        op::GET_CALLER_IDENTITY,
        op::GET_ACCOUNT_AUTHORIZATION_DETAILS,
        op::LIST_ACCESS_KEYS,
        op::GET_ACCESS_KEY_LAST_USED,
        op::GET_LOGIN_PROFILE,
        op::LIST_SERVICE_CREDENTIALS,
        op::LIST_SIGNING_CERTIFICATES,
        op::LIST_SSH_PUBLIC_KEYS,
        op::GENERATE_CREDENTIAL_REPORT,
        op::GET_CREDENTIAL_REPORT,
        op::LIST_ANYWHERE_PROFILES,
        op::LIST_TRUST_ANCHORS,
    ],
    source: "https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html",
};

/// What is read once for the length of one look: groups, managed policies, and the report on credentials.
pub(crate) type Catalog = Mutex<Option<Arc<AccountPage>>>;

/// One page: users first, then roles.
pub(crate) async fn page(
    shared: &Shared,
    catalog: &Catalog,
    cx: &DiscoverCx<'_>,
    from: Option<&str>,
) -> Result<DiscoveryPage, CallError> {
    let known = catalog.lock().ok().and_then(|it| it.clone());
    let known = match (known, from) {
        (Some(known), Some(_)) => known,
        // A look begins, or goes on in another process.
        (_, None) | (None, Some(_)) => {
            let read = Arc::new(policies(shared, cx).await?);
            if let Ok(mut place) = catalog.lock() {
                *place = Some(Arc::clone(&read));
            }
            read
        }
    };
    let (section, marker) = match from.map(|it| it.split_once(':').unwrap_or((it, ""))) {
        None => (Section::Users, None),
        Some(("users", marker)) => (Section::Users, Some(marker)),
        Some(("roles", marker)) => (Section::Roles, Some(marker)),
        Some((other, _)) => {
            return Err(CallError::Invalid { why: format!("`{other}` is no part of an account") });
        }
    };
    let pass = cx.read(op::GET_ACCOUNT_AUTHORIZATION_DETAILS)?;
    let marker = marker.filter(|it| !it.is_empty());
    let read = shared.client.account_page(pass, section, marker).await?;
    let mut page = DiscoveryPage::default();
    if from.is_none() {
        page.gaps.extend(known.unreported.clone());
        page.found.extend(known.report.values().filter_map(report::Reported::root));
    }
    for holder in &read.holders {
        let mut found = described(holder, &known);
        if section == Section::Users {
            credentials::of_user(shared, cx, &holder.name, &mut found, &mut page.gaps).await?;
            if let Some(reported) = known.report.get(&holder.arn) {
                reported.tell(&mut found);
            }
        }
        page.found.push(found);
    }
    page.next = match (section, read.next) {
        (Section::Users, Some(next)) => Some(format!("users:{next}")),
        (Section::Users, None) => Some("roles:".to_owned()),
        (Section::Roles | Section::Policies, next) => next.map(|it| format!("roles:{it}")),
    };
    Ok(page)
}

async fn policies(shared: &Shared, cx: &DiscoverCx<'_>) -> Result<AccountPage, CallError> {
    let mut all = AccountPage::default();
    let mut marker = None;
    for _ in 0..MOST_PAGES {
        let pass = cx.read(op::GET_ACCOUNT_AUTHORIZATION_DETAILS)?;
        let read = shared.client.account_page(pass, Section::Policies, marker.as_deref()).await?;
        all.groups.extend(read.groups);
        all.policies.extend(read.policies);
        marker = read.next;
        if marker.is_none() {
            break;
        }
    }
    let (made, read) =
        (cx.read(op::GENERATE_CREDENTIAL_REPORT)?, cx.read(op::GET_CREDENTIAL_REPORT)?);
    let mut gaps = Vec::new();
    let answer = shared.client.credential_report(made, read).await;
    match seen(answer, WHAT_REPORTED, &mut gaps)? {
        Some(Some(table)) => all.report = report::read(&table),
        Some(None) => gaps.push(DiscoveryGap {
            what: WHAT_REPORTED.to_owned(),
            why: "AWS is still making its report on credentials".to_owned(),
            remedy: "nothing: the next look finds it".to_owned(),
        }),
        None => {}
    }
    anywhere::look(shared, cx, &mut all, &mut gaps).await?;
    all.unreported = gaps;
    Ok(all)
}

fn described(holder: &Described, known: &AccountPage) -> Discovered {
    let moment = |it: Option<i64>| it.and_then(|it| Timestamp::from_second(it).ok());
    let mut policies = Vec::new();
    let mut add = |of: &Attached, through: &str| {
        for (name, document) in &of.inline {
            policies.push(PolicyGrant {
                name: name.clone(),
                through: format!("inline{through}"),
                document: Some(document.clone()),
                part: PolicyPart::Grants,
            });
        }
        for (name, arn) in &of.managed {
            policies.push(PolicyGrant {
                name: name.clone(),
                through: format!("attached{through}"),
                document: known.policies.get(arn).cloned(),
                part: PolicyPart::Grants,
            });
        }
    };
    add(&holder.policies, "");
    for group in &holder.groups {
        if let Some(of) = known.groups.get(group) {
            add(of, &format!(" to group {group}"));
        }
    }
    if let Some(arn) = &holder.boundary {
        policies.push(PolicyGrant {
            name: arn.rsplit('/').next().unwrap_or(arn).to_owned(),
            through: "boundary".to_owned(),
            document: known.policies.get(arn).cloned(),
            part: PolicyPart::Bounds,
        });
    }
    if let Some(document) = &holder.trust {
        policies.push(PolicyGrant {
            name: "trust policy".to_owned(),
            through: "trust".to_owned(),
            document: Some(document.clone()),
            part: PolicyPart::Trusts,
        });
    }
    let mut labels = holder.tags.clone();
    if !holder.instance_profiles.is_empty() {
        labels.insert("instance_profiles".to_owned(), holder.instance_profiles.join(", "));
    }
    labels.extend(anywhere::ways(holder, known));
    let trusted = holder.trust.as_deref().map(trust::trusted).unwrap_or_default();
    Discovered {
        name: Some(holder.name.clone()),
        created: moment(holder.created),
        last_used: moment(holder.last_used),
        labels,
        policies,
        lineage: trusted.into_iter().map(|it| (LineageKind::AssumedBy, it)).collect(),
        ..Discovered::of(Principal::new("aws", &holder.arn))
    }
}

/// What was read; `None` with a gap when we may not.
pub(crate) fn seen<T>(
    answer: Result<T, CallError>,
    what: &str,
    gaps: &mut Vec<DiscoveryGap>,
) -> Result<Option<T>, CallError> {
    match answer {
        Ok(it) => Ok(Some(it)),
        Err(CallError::Denied { permission }) => {
            let gap = DiscoveryGap {
                what: what.to_owned(),
                why: format!("`{permission}` is denied"),
                remedy: format!("allow `{permission}` on `*` in the connector's policy"),
            };
            if !gaps.contains(&gap) {
                gaps.push(gap);
            }
            Ok(None)
        }
        // It was removed while we looked.
        Err(CallError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
