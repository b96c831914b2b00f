//! Users and apps as Okta lists them, with roles, API tokens, secrets and keys. Never a value.

use super::apps::listed;
use super::operation as op;
use crate::idp::act::On;
use crate::idp::ask::{Ask, Said, items, text};
use crate::idp::remote::same_origin;
use interlock_contain::{CallError, DiscoverCx, DiscoverySpec};
use interlock_model::{
    CredentialKind, CredentialRef, Discovered, DiscoveredCredential, DiscoveryGap, DiscoveryPage,
    Entitlement, IdentityKind, Operation, Principal, RiskClass, Timestamp,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

pub(super) static SPEC: DiscoverySpec = DiscoverySpec {
    sees: "users of every status, the administrator roles and API tokens of each; apps, and of those that are OAuth clients their secrets, keys and roles with their ages",
    hides: "sessions, which Okta does not list; groups; what an app allows its users; AI agents, for which the API that is published has no path",
    reads: &[
        op::LIST_USERS,
        op::READ_ADMINS,
        op::READ_ROLES,
        op::LIST_API_TOKENS,
        op::LIST_APPS,
        op::READ_SECRETS,
        op::READ_KEYS,
        op::READ_CLIENT_ROLES,
    ],
    source: "https://developer.okta.com/docs/api/openapi/okta-management/management/tag/User/",
};

/// Lists of administrators and tokens are read this many pages far.
const PAGES: usize = 20;

/// The lists, in their order. Users that were deactivated are in no list unless they are searched for.
const STAGES: [&str; 3] = ["users", "gone", "apps"];

/// A page of one list; `from` is its name and, after a space, where it goes on.
pub(super) async fn page(
    url: &str,
    on: &On,
    cx: &DiscoverCx<'_>,
    from: Option<&str>,
) -> Result<DiscoveryPage, CallError> {
    let from = from.unwrap_or("users");
    let (stage, at) = from.split_once(' ').map_or((from, None), |it| (it.0, Some(it.1)));
    let known = STAGES.iter().position(|it| *it == stage);
    let (Some(index), true) = (known, at.is_none_or(|it| same_origin(url, it))) else {
        let why = format!("`{from}` is no place in a list of `{url}`");
        return Err(CallError::Invalid { why });
    };
    let mut page = DiscoveryPage::default();
    let next = match stage {
        "apps" => apps(on, cx, at, &mut page).await?,
        _ => users(on, cx, stage == "gone", at, &mut page).await?,
    };
    let following = STAGES.get(index + 1).map(|it| (*it).to_owned());
    page.next = next.map(|it| format!("{stage} {it}")).or(following);
    Ok(page)
}

/// Reads, or notes what could not be seen.
async fn seen(
    on: &On,
    cx: &DiscoverCx<'_>,
    ask: Ask,
    gaps: &mut Vec<DiscoveryGap>,
) -> Result<Option<Said>, CallError> {
    let (operation, what) = (ask.operation, ask.what.clone());
    match on.api.read(cx.read(operation)?, ask).await {
        Ok(said) => Ok(Some(said)),
        Err(error @ (CallError::Denied { .. } | CallError::Unsupported { .. })) => {
            let remedy = format!("grant `{}`", crate::idp::ask::permission(operation));
            let gap = DiscoveryGap {
                what: format!("`{operation}` of {what}"),
                why: error.to_string(),
                remedy,
            };
            gaps.push(gap);
            Ok(None)
        }
        Err(CallError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A short list, whole.
async fn whole(
    on: &On,
    cx: &DiscoverCx<'_>,
    operation: Operation,
    gaps: &mut Vec<DiscoveryGap>,
) -> Result<Vec<Value>, CallError> {
    let (mut all, mut at) = (Vec::new(), None);
    for _ in 0..PAGES {
        let ask = Ask::new(operation, &[]).about("everybody").at(at.as_deref());
        let ask = if at.is_none() && operation == op::READ_ADMINS {
            ask.with("limit", "200")
        } else {
            ask
        };
        let Some(said) = seen(on, cx, ask, gaps).await? else { break };
        let body = said.body.get("value").unwrap_or(&said.body);
        all.extend(items(body).cloned());
        at = said.next;
        if at.is_none() {
            break;
        }
    }
    Ok(all)
}

fn time(of: &Value, name: &str) -> Option<Timestamp> {
    text(of, name).and_then(|it| it.parse().ok())
}

async fn users(
    on: &On,
    cx: &DiscoverCx<'_>,
    gone: bool,
    at: Option<&str>,
    page: &mut DiscoveryPage,
) -> Result<Option<String>, CallError> {
    let mut ask = Ask::new(op::LIST_USERS, &[]).at(at).with("limit", "200");
    if gone {
        ask = ask.with("search", "status eq \"DEPROVISIONED\"");
    }
    let listed = on.api.read(cx.read(op::LIST_USERS)?, ask).await?;
    let admins = whole(on, cx, op::READ_ADMINS, &mut page.gaps).await?;
    let admins: BTreeSet<&str> = admins.iter().filter_map(|it| text(it, "id")).collect();
    let tokens = whole(on, cx, op::LIST_API_TOKENS, &mut page.gaps).await?;
    for user in items(&listed.body) {
        let Some(id) = text(user, "id") else { continue };
        let mut entitlements = Vec::new();
        if admins.contains(id) {
            let ask = Ask::new(op::READ_ROLES, &[("userId", id)]);
            if let Some(said) = seen(on, cx, ask, &mut page.gaps).await? {
                entitlements.extend(items(&said.body).filter_map(role));
            }
        }
        let status = text(user, "status").unwrap_or_default();
        let enabled = !matches!(status, "SUSPENDED" | "DEPROVISIONED" | "STAGED");
        let profile = user.get("profile").unwrap_or(&Value::Null);
        let mut labels: BTreeMap<String, String> = BTreeMap::new();
        for name in ["department", "displayName", "login", "manager", "title", "userType"] {
            if let Some(value) = text(profile, name) {
                labels.insert(name.to_owned(), value.chars().take(200).collect());
            }
        }
        labels.insert("status".to_owned(), status.to_owned());
        let own = tokens.iter().filter(|it| text(it, "userId") == Some(id));
        page.found.push(Discovered {
            name: text(profile, "login").map(str::to_owned),
            kind: Some(IdentityKind::Human),
            enabled: Some(enabled),
            created: time(user, "created"),
            last_used: time(user, "lastLogin"),
            labels,
            credentials: own.filter_map(api_token).collect(),
            entitlements,
            ..Discovered::of(Principal::new("okta", id))
        });
    }
    Ok(listed.next)
}

fn api_token(of: &Value) -> Option<DiscoveredCredential> {
    Some(DiscoveredCredential {
        reference: CredentialRef::new("okta", CredentialKind::Token, text(of, "id")?),
        enabled: None,
        issued: time(of, "created"),
        expires: time(of, "expiresAt"),
        last_used: None,
    })
}

fn role(of: &Value) -> Option<Entitlement> {
    let kind = text(of, "type")?;
    let risk = match kind {
        super::shared::SUPER | "ORG_ADMIN" => RiskClass::Admin,
        "READ_ONLY_ADMIN" | "REPORT_ADMIN" => RiskClass::Read,
        _ => RiskClass::Permissions,
    };
    let through = if text(of, "assignmentType") == Some("GROUP") { "group" } else { "assignment" };
    Some(Entitlement {
        risk,
        grant: text(of, "label").unwrap_or(kind).to_owned(),
        scope: "organisation".to_owned(),
        through: through.to_owned(),
    })
}

async fn apps(
    on: &On,
    cx: &DiscoverCx<'_>,
    at: Option<&str>,
    page: &mut DiscoveryPage,
) -> Result<Option<String>, CallError> {
    let ask = Ask::new(op::LIST_APPS, &[]).at(at).with("limit", "100");
    let all = on.api.read(cx.read(op::LIST_APPS)?, ask).await?;
    for app in items(&all.body) {
        let Some(id) = text(app, "id") else { continue };
        let mut credentials = Vec::new();
        let mut entitlements = Vec::new();
        let kind = app.pointer("/settings/oauthClient/application_type").and_then(Value::as_str);
        if kind.is_some() {
            for (operation, sort) in [
                (op::READ_SECRETS, CredentialKind::Token),
                (op::READ_KEYS, CredentialKind::AccessKey),
            ] {
                let ask = Ask::new(operation, &[("appId", id)]);
                if let Some(said) = seen(on, cx, ask, &mut page.gaps).await? {
                    credentials.extend(listed(&said.body).filter_map(|it| credential(it, sort)));
                }
            }
        }
        if kind == Some("service") {
            let ask = Ask::new(op::READ_CLIENT_ROLES, &[("clientId", id)]);
            if let Some(said) = seen(on, cx, ask, &mut page.gaps).await? {
                entitlements.extend(items(&said.body).filter_map(role));
            }
        }
        let labels = ["name", "signOnMode"].into_iter().filter_map(|name| {
            Some((name.to_owned(), text(app, name)?.chars().take(200).collect()))
        });
        page.found.push(Discovered {
            name: text(app, "label").map(str::to_owned),
            kind: (kind == Some("service")).then_some(IdentityKind::ApiClient),
            enabled: text(app, "status").map(|it| it == "ACTIVE"),
            created: time(app, "created"),
            labels: labels.collect(),
            credentials,
            entitlements,
            ..Discovered::of(Principal::new("okta", id))
        });
    }
    Ok(all.next)
}

/// A secret or a key of an app: its id and its ages, never what it is.
fn credential(of: &Value, sort: CredentialKind) -> Option<DiscoveredCredential> {
    let id = text(of, "id").or_else(|| text(of, "kid"))?;
    Some(DiscoveredCredential {
        reference: CredentialRef::new("okta", sort, id),
        enabled: text(of, "status").map(|it| it == "ACTIVE"),
        issued: time(of, "created"),
        expires: None,
        last_used: None,
    })
}
