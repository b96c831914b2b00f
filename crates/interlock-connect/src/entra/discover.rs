//! Users, service principals and applications as Entra lists them. Ids and ages, never a value.

use super::federated::FEDERATED;
use super::operation as op;
use super::shared::{AGENT, AGENT_USER, BLUEPRINT, GLOBAL, kind};
use crate::idp::act::On;
use crate::idp::ask::{Ask, Said, items, permission, text};
use crate::idp::remote::same_origin;
use base64::Engine as _;
use interlock_contain::{CallError, DiscoverCx, DiscoverySpec};
use interlock_model::{
    CredentialKind, CredentialRef, Discovered, DiscoveredCredential, DiscoveryGap, DiscoveryPage,
    Entitlement, IdentityKind, LineageKind, Principal, RiskClass, Timestamp,
};
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) static SPEC: DiscoverySpec = DiscoverySpec {
    sees: "users and guests; service principals, managed identities and agents among them; agents' accounts, blueprints, owners and sponsors; applications; secrets and certificates of both with their ages and ends; whom applications trust without a secret; roles of the directory, and permissions of applications",
    hides: "sessions and sign-ins; roles that a group gives, and those that are only eligible; roles of Azure; permissions of Microsoft's own applications, and what applications may do in the name of users",
    reads: &[
        op::LIST_USERS,
        op::LIST_PRINCIPALS,
        op::LIST_APPLICATIONS,
        op::READ_FEDERATED,
        op::READ_PRINCIPAL,
        op::READ_OWNERS,
        op::READ_SPONSORS,
        op::READ_APP_ROLES,
        op::READ_ROLES,
    ],
    source: "https://learn.microsoft.com/en-us/graph/api/serviceprincipal-list",
};

/// The application that Microsoft Graph is, in every tenant.
const GRAPH: &str = "00000003-0000-0000-c000-000000000000";
/// The tenant that Microsoft's own applications belong to.
const MICROSOFT: &str = "f8cdef31-a31e-4b4a-93e4-5f571e91255a";
/// A list of roles is read this many pages far.
const PAGES: usize = 20;
/// So many owners or sponsors of an agent are named.
const PEOPLE: usize = 5;
const STAGES: [&str; 3] = ["users", "principals", "applications"];

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
    let (operation, fields) = match stage {
        "users" => (
            op::LIST_USERS,
            "id,displayName,userPrincipalName,accountEnabled,createdDateTime,userType,department,jobTitle,onPremisesSyncEnabled",
        ),
        "principals" => (
            op::LIST_PRINCIPALS,
            "id,appId,displayName,accountEnabled,servicePrincipalType,appOwnerOrganizationId,passwordCredentials,keyCredentials,tags",
        ),
        _ => (
            op::LIST_APPLICATIONS,
            "id,appId,displayName,createdDateTime,passwordCredentials,keyCredentials,signInAudience",
        ),
    };
    let ask = Ask::new(operation, &[]).about(stage).at(at);
    let ask = ask.with("$select", fields).with("$top", "200");
    let listed = on.api.read(cx.read(operation)?, ask).await?;
    let mut page = DiscoveryPage::default();
    let roles = match stage {
        "applications" => BTreeMap::new(),
        _ => roles(url, on, cx, &mut page.gaps).await?,
    };
    let mut permissions = Permissions::default();
    for it in items(listed.body.get("value").unwrap_or(&Value::Null)) {
        let found = match stage {
            "users" => user(it),
            "principals" => principal(it),
            _ => application(on, cx, it, &mut page.gaps).await?,
        };
        let Some(mut found) = found else { continue };
        agent(on, cx, it, &mut found, &mut page.gaps).await?;
        found.entitlements = roles.get(&*found.principal.name).cloned().unwrap_or_default();
        if stage == "principals" && text(it, "appOwnerOrganizationId") != Some(MICROSOFT) {
            let id = text(it, "id").unwrap_or_default();
            found.entitlements.extend(permissions.of((url, on), cx, id, &mut page.gaps).await?);
        }
        page.found.push(found);
    }
    let following = STAGES.get(index + 1).map(|it| (*it).to_owned());
    page.next = listed.next.map(|it| format!("{stage} {it}")).or(following);
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
        Err(error @ CallError::Denied { .. }) => {
            let remedy =
                format!("consent to `{}` for the connector's application", permission(operation));
            gaps.push(DiscoveryGap { what, why: error.to_string(), remedy });
            Ok(None)
        }
        Err(CallError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn roles(
    url: &str,
    on: &On,
    cx: &DiscoverCx<'_>,
    gaps: &mut Vec<DiscoveryGap>,
) -> Result<BTreeMap<String, Vec<Entitlement>>, CallError> {
    let (mut all, mut at) = (BTreeMap::<String, Vec<Entitlement>>::new(), None::<String>);
    for _ in 0..PAGES {
        let ask = Ask::new(op::READ_ROLES, &[]).about("roles of the directory").at(at.as_deref());
        let ask = ask.with("$expand", "roleDefinition");
        let Some(said) = seen(on, cx, ask, gaps).await? else { break };
        for it in items(said.body.get("value").unwrap_or(&Value::Null)) {
            let (Some(who), Some(role)) = (text(it, "principalId"), text(it, "roleDefinitionId"))
            else {
                continue;
            };
            let name = it.pointer("/roleDefinition/displayName").and_then(Value::as_str);
            let risk = if role == GLOBAL { RiskClass::Admin } else { RiskClass::Permissions };
            all.entry(who.to_lowercase()).or_default().push(Entitlement {
                risk,
                grant: name.unwrap_or(role).to_owned(),
                scope: text(it, "directoryScopeId").unwrap_or("/").to_owned(),
                through: "directory role".to_owned(),
            });
        }
        at = said.next.filter(|it| same_origin(url, it));
        if at.is_none() {
            break;
        }
    }
    Ok(all)
}

/// Permissions that applications have at others, with the names that these give them.
#[derive(Default)]
struct Permissions {
    /// By the other's id: its name, and its permissions by id.
    names: BTreeMap<String, (String, BTreeMap<String, String>)>,
    /// Whether they may not be read.
    denied: bool,
}

impl Permissions {
    async fn of(
        &mut self,
        (url, on): (&str, &On),
        cx: &DiscoverCx<'_>,
        id: &str,
        gaps: &mut Vec<DiscoveryGap>,
    ) -> Result<Vec<Entitlement>, CallError> {
        let (mut all, mut at) = (Vec::new(), None::<String>);
        for _ in 0..PAGES {
            if self.denied {
                break;
            }
            let ask = Ask::new(op::READ_APP_ROLES, &[("servicePrincipal-id", id)]);
            let ask = ask.about("permissions of applications").at(at.as_deref());
            let before = gaps.len();
            let said = seen(on, cx, ask, gaps).await?;
            self.denied = gaps.len() > before;
            let Some(said) = said else { break };
            for it in items(said.body.get("value").unwrap_or(&Value::Null)) {
                let (Some(role), Some(at)) = (text(it, "appRoleId"), text(it, "resourceId")) else {
                    continue;
                };
                let shown = text(it, "resourceDisplayName").unwrap_or(at);
                let (name, roles) = self.named(on, cx, (at, shown), gaps).await?;
                let grant = roles.get(role).map_or(role, String::as_str);
                all.push(Entitlement {
                    grant: format!("{name}: {grant}"),
                    scope: "/".to_owned(),
                    through: "application permission".to_owned(),
                    risk: RiskClass::Write,
                });
            }
            at = said.next.filter(|it| same_origin(url, it));
            if at.is_none() {
                break;
            }
        }
        Ok(all)
    }

    /// What the other calls itself and its permissions; Microsoft Graph goes by its id, whatever its name.
    async fn named(
        &mut self,
        on: &On,
        cx: &DiscoverCx<'_>,
        (id, shown): (&str, &str),
        gaps: &mut Vec<DiscoveryGap>,
    ) -> Result<&(String, BTreeMap<String, String>), CallError> {
        if !self.names.contains_key(id) {
            let ask = Ask::new(op::READ_PRINCIPAL, &[("servicePrincipal-id", id)]);
            let ask =
                ask.about("names of permissions").with("$select", "appId,displayName,appRoles");
            let said = seen(on, cx, ask, gaps).await?.map(|it| it.body).unwrap_or_default();
            let graph = text(&said, "appId") == Some(GRAPH);
            let name = if graph { "Microsoft Graph" } else { shown };
            let roles = items(said.get("appRoles").unwrap_or(&Value::Null))
                .filter_map(|it| Some((text(it, "id")?.to_owned(), text(it, "value")?.to_owned())));
            self.names.insert(id.to_owned(), (name.to_owned(), roles.collect()));
        }
        Ok(self.names.entry(id.to_owned()).or_default())
    }
}

fn time(of: &Value, name: &str) -> Option<Timestamp> {
    text(of, name).and_then(|it| it.parse().ok())
}

fn labels(of: &Value, names: &[&str]) -> BTreeMap<String, String> {
    let all = names
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), text(of, name)?.chars().take(200).collect())));
    all.collect()
}

fn user(of: &Value) -> Option<Discovered> {
    let id = text(of, "id")?.to_lowercase();
    let upn = text(of, "userPrincipalName").map(str::to_lowercase);
    let mut labels = labels(of, &["department", "displayName", "jobTitle", "userType"]);
    if of.get("onPremisesSyncEnabled").and_then(Value::as_bool) == Some(true) {
        labels.insert("synchronised".to_owned(), "from Active Directory".to_owned());
    }
    Some(Discovered {
        also: upn.iter().map(|it| Principal::new("entra", it)).collect(),
        name: upn,
        kind: Some(if kind(of) == Some(AGENT_USER) {
            IdentityKind::Agent
        } else {
            IdentityKind::Human
        }),
        enabled: of.get("accountEnabled").and_then(Value::as_bool),
        created: time(of, "createdDateTime"),
        labels,
        ..Discovered::of(Principal::new("entra", &id))
    })
}

/// What a list does not say of an agent: the blueprint that signs in for it, and who answers for it.
async fn agent(
    on: &On,
    cx: &DiscoverCx<'_>,
    of: &Value,
    found: &mut Discovered,
    gaps: &mut Vec<DiscoveryGap>,
) -> Result<(), CallError> {
    let id = text(of, "id").unwrap_or_default();
    let (people, label) = match kind(of) {
        Some(AGENT) => {
            // Its own members are in no `$select` of a list of service principals.
            let ask = Ask::new(op::READ_PRINCIPAL, &[("servicePrincipal-id", id)]);
            let whole = seen(on, cx, ask.about("blueprints of agents"), gaps).await?;
            let whole = whole.map(|it| it.body).unwrap_or_default();
            found.created = time(&whole, "createdDateTime");
            if let Some(blueprint) = text(&whole, "agentIdentityBlueprintId") {
                let blueprint = Principal::new("entra", &blueprint.to_lowercase());
                found.lineage.push((LineageKind::AssumedBy, blueprint));
            }
            let ask = Ask::new(op::READ_OWNERS, &[("servicePrincipal-id", id)]);
            (ask.about("owners of agents"), "owner")
        }
        Some(AGENT_USER) => {
            let ask = Ask::new(op::READ_SPONSORS, &[("user-id", id)]);
            (ask.about("sponsors of agents"), "sponsor")
        }
        _ => return Ok(()),
    };
    let Some(said) = seen(on, cx, people, gaps).await? else { return Ok(()) };
    let all = items(said.body.get("value").unwrap_or(&Value::Null));
    let names = ["userPrincipalName", "displayName", "id"];
    let name = |it: &Value| {
        let name = names.iter().find_map(|name| text(it, name))?;
        Some(name.chars().take(200).collect::<String>())
    };
    let mut all = all.filter_map(name).take(PEOPLE);
    if let Some(first) = all.next() {
        found.labels.insert(label.to_owned(), first);
    }
    let others: Vec<String> = all.collect();
    if !others.is_empty() {
        found.labels.insert(format!("other {label}s"), others.join(", "));
    }
    Ok(())
}

fn principal(of: &Value) -> Option<Discovered> {
    let id = text(of, "id")?.to_lowercase();
    // An agent has no application of its own: under no id of one may it be taken for another.
    let app = text(of, "appId").filter(|_| kind(of) != Some(AGENT)).map(str::to_lowercase);
    let kind = match (kind(of), text(of, "servicePrincipalType")) {
        (Some(AGENT), _) => IdentityKind::Agent,
        (_, Some("ManagedIdentity")) => IdentityKind::Workload,
        _ => IdentityKind::ApiClient,
    };
    Some(Discovered {
        also: app.iter().map(|it| Principal::new("entra", it)).collect(),
        name: text(of, "displayName").map(str::to_owned),
        kind: Some(kind),
        enabled: of.get("accountEnabled").and_then(Value::as_bool),
        labels: labels(of, &["appOwnerOrganizationId", "servicePrincipalType"]),
        credentials: credentials(of),
        ..Discovered::of(Principal::new("entra", &id))
    })
}

/// An application goes by the id that it shares with its service principal.
async fn application(
    on: &On,
    cx: &DiscoverCx<'_>,
    of: &Value,
    gaps: &mut Vec<DiscoveryGap>,
) -> Result<Option<Discovered>, CallError> {
    let (Some(id), Some(app)) = (text(of, "id"), text(of, "appId")) else { return Ok(None) };
    let mut labels = labels(of, &["signInAudience"]);
    if kind(of) == Some(BLUEPRINT) {
        labels.insert("blueprint".to_owned(), "of agents, which sign in by it".to_owned());
    }
    let ask = Ask::new(op::READ_FEDERATED, &[("application-id", id)]);
    let mut credentials = credentials(of);
    if let Some(said) = seen(on, cx, ask, gaps).await? {
        for it in items(said.body.get("value").unwrap_or(&Value::Null)) {
            let part = |name: &str| text(it, name).unwrap_or_default();
            let who = format!("{} {}", part("issuer"), part("subject"));
            labels.insert(format!("trusts {}", part("name")), who.chars().take(200).collect());
            let named = text(it, "id").unwrap_or(part("name")).to_lowercase();
            let name = format!("{FEDERATED}{named}");
            credentials.push(DiscoveredCredential {
                reference: CredentialRef::new("entra", CredentialKind::Token, &name),
                enabled: None,
                issued: None,
                expires: None,
                last_used: None,
            });
        }
    }
    Ok(Some(Discovered {
        name: text(of, "displayName").map(str::to_owned),
        kind: Some(IdentityKind::ApiClient),
        created: time(of, "createdDateTime"),
        labels,
        credentials,
        ..Discovered::of(Principal::new("entra", &app.to_lowercase()))
    }))
}

fn credentials(of: &Value) -> Vec<DiscoveredCredential> {
    let list = |name: &str| of.get(name).unwrap_or(&Value::Null);
    let made = |kind, id: &str, it: &Value| DiscoveredCredential {
        reference: CredentialRef::new("entra", kind, &id.to_lowercase()),
        enabled: None,
        issued: time(it, "startDateTime"),
        expires: time(it, "endDateTime"),
        last_used: None,
    };
    let secrets = items(list("passwordCredentials"))
        .filter_map(|it| Some(made(CredentialKind::Token, text(it, "keyId")?, it)));
    let certificates = items(list("keyCredentials")).filter_map(|it| {
        let id = thumbprint(it).or_else(|| text(it, "keyId").map(str::to_owned))?;
        Some(made(CredentialKind::Certificate, &id, it))
    });
    secrets.chain(certificates).collect()
}

/// A certificate's thumbprint, as sign-ins name it.
pub(super) fn thumbprint(of: &Value) -> Option<String> {
    let text = text(of, "customKeyIdentifier")?;
    let bytes = base64::engine::general_purpose::STANDARD.decode(text).ok()?;
    (bytes.len() == 20).then(|| hex::encode(bytes))
}
