//! Clients and users as Keycloak lists them, with the ages of secrets and the roles by which somebody
//! governs the realm. Never a value of a secret.

use super::operation as op;
use super::shared::Realm;
use crate::idp::act::On;
use crate::idp::ask::{Ask, items, text};
use interlock_contain::{CallError, DiscoverCx, DiscoverySpec};
use interlock_model::{
    CredentialKind, CredentialRef, Discovered, DiscoveredCredential, DiscoveryGap, DiscoveryPage,
    Entitlement, IdentityKind, Principal, RiskClass, Timestamp,
};
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) static SPEC: DiscoverySpec = DiscoverySpec {
    sees: "clients with the age and the end of their secrets where Keycloak keeps them, and the secret before where one was rotated; users; who holds a role that governs the realm, given directly",
    hides: "sessions, and users' own passwords and keys, which are a request for each user; roles that come through a group or another role; realm roles, whose meaning is the applications'; the age of a secret that Keycloak does not keep, as in realms where no policy rotates secrets",
    reads: &[op::FIND_CLIENT, op::FIND_USER, op::READ_HOLDERS],
    source: "https://www.keycloak.org/docs-api/latest/rest-api/index.html; https://www.keycloak.org/docs/latest/server_admin/#_secret_rotation",
};

/// So many entries are asked for at once.
const PAGE: usize = 100;
/// Holders of a role are read this many pages far.
const PAGES: usize = 20;

/// The roles by which somebody governs a realm, and how much harm each allows.
///
/// Source: <https://www.keycloak.org/docs/latest/server_admin/#_per_realm_admin_permissions>.
const GOVERN: [(&str, RiskClass); 7] = [
    ("realm-admin", RiskClass::Admin),
    ("impersonation", RiskClass::Admin),
    ("manage-realm", RiskClass::Admin),
    ("manage-users", RiskClass::Permissions),
    ("manage-clients", RiskClass::Permissions),
    ("manage-authorization", RiskClass::Permissions),
    ("manage-identity-providers", RiskClass::Permissions),
];

/// The attributes of users and clients that speak of ownership and purpose, beside the mail address.
const SPEAKING: [&str; 12] = [
    "department",
    "env",
    "environment",
    "manager",
    "owned-by",
    "owner",
    "owner-team",
    "service-owner",
    "squad",
    "stage",
    "team",
    "title",
];

/// A page of one list; `from` is its name and how many entries are behind: `clients 100`.
///
/// A list goes on until an empty page: who may see only some of its entries gets shorter ones before.
pub(super) async fn page(
    realm: &Realm,
    on: &On,
    cx: &DiscoverCx<'_>,
    from: Option<&str>,
) -> Result<DiscoveryPage, CallError> {
    let from = from.unwrap_or("clients 0");
    let place = from.split_once(' ').and_then(|(list, at)| Some((list, at.parse().ok()?)));
    let (is_clients, at): (bool, usize) = match place {
        Some(("clients", at)) => (true, at),
        Some(("users", at)) => (false, at),
        _ => {
            let why = format!("`{from}` is no place in a list of realm `{}`", realm.realm);
            return Err(CallError::Invalid { why });
        }
    };
    let operation = if is_clients { op::FIND_CLIENT } else { op::FIND_USER };
    let ask = Ask::new(operation, &[("realm", &realm.realm)]);
    let listed = on.api.read(cx.read(operation)?, part(ask, at)).await?.body;
    let count = items(&listed).count();
    let mut page = DiscoveryPage::default();
    if count > 0 {
        let governing = governing(realm, on, cx, &mut page.gaps).await?;
        let found = items(&listed).filter_map(|it| match is_clients {
            true => client(it, on, &governing),
            false => user(it, on, &governing),
        });
        page.found = found.collect();
    }
    page.next = match (count, is_clients) {
        (0, true) => Some("users 0".to_owned()),
        (0, false) => None,
        (_, true) => Some(format!("clients {}", at.saturating_add(PAGE))),
        (_, false) => Some(format!("users {}", at.saturating_add(PAGE))),
    };
    Ok(page)
}

fn part(ask: Ask, at: usize) -> Ask {
    ask.with("first", &at.to_string()).with("max", &PAGE.to_string())
}

/// The roles that govern the realm, by the name with which their holder signs in.
type Governing = BTreeMap<String, Vec<Entitlement>>;

/// Who holds a role that governs the realm; what may not be seen is told once for all roles.
async fn governing(
    realm: &Realm,
    on: &On,
    cx: &DiscoverCx<'_>,
    gaps: &mut Vec<DiscoveryGap>,
) -> Result<Governing, CallError> {
    let mut all = Governing::new();
    // The first realm keeps the roles of each realm at a client of its own.
    let holder = if realm.realm == "master" { "master-realm" } else { "realm-management" };
    let ask = Ask::new(op::FIND_CLIENT, &[("realm", &realm.realm)]).with("clientId", holder);
    let said = on.api.read(cx.read(op::FIND_CLIENT)?, ask).await?.body;
    let found = items(&said).find(|it| text(it, "clientId") == Some(holder));
    let Some(id) = found.and_then(|it| text(it, "id")) else {
        gaps.push(DiscoveryGap {
            what: format!("who governs realm `{}`", realm.realm),
            why: format!("client `{holder}` is not among those that it shows"),
            remedy: format!("give the connector the role `view-clients` of `{holder}`"),
        });
        return Ok(all);
    };
    for (role, risk) in GOVERN {
        for turn in 0..PAGES {
            let names = [("realm", &*realm.realm), ("id", id), ("role", role)];
            let ask = part(Ask::new(op::READ_HOLDERS, &names), turn * PAGE);
            let holders = match on.api.read(cx.read(op::READ_HOLDERS)?, ask).await {
                Ok(said) => said.body,
                // A realm without this role has nobody who holds it.
                Err(CallError::NotFound { .. }) => break,
                Err(error @ (CallError::Denied { .. } | CallError::Unsupported { .. })) => {
                    gaps.push(DiscoveryGap {
                        what: format!("who governs realm `{}`", realm.realm),
                        why: error.to_string(),
                        remedy: "grant `view-users` and `view-clients`".to_owned(),
                    });
                    return Ok(all);
                }
                Err(error) => return Err(error),
            };
            for held in items(&holders).filter_map(|it| text(it, "username")) {
                all.entry(held.to_lowercase()).or_default().push(Entitlement {
                    grant: role.to_owned(),
                    scope: format!("realm {}", realm.realm),
                    through: "assigned".to_owned(),
                    risk,
                });
            }
            // The last page is not full; nobody is hidden among those who hold a role.
            if items(&holders).count() < PAGE {
                break;
            }
            if turn + 1 == PAGES {
                gaps.push(DiscoveryGap {
                    what: format!("who holds `{role}` beyond the first {}", PAGES * PAGE),
                    why: "so many are read and no more".to_owned(),
                    remedy: "give the role to fewer".to_owned(),
                });
            }
        }
    }
    Ok(all)
}

fn user(of: &Value, on: &On, governing: &Governing) -> Option<Discovered> {
    let (id, name) = (text(of, "id")?, text(of, "username")?);
    // Whom a client acts as is told with the client.
    if of.get("serviceAccountClientId").is_some_and(|it| !it.is_null())
        || name.starts_with("service-account-")
    {
        return None;
    }
    let mut labels = speaking(of);
    labels.extend(text(of, "email").map(|it| ("email".to_owned(), short(it))));
    // Whose passwords another directory keeps.
    labels.extend(text(of, "federationLink").map(|it| ("federation".to_owned(), short(it))));
    let called = |it: &str| Principal::new("keycloak", &format!("{}/{it}", on.id));
    Some(Discovered {
        also: vec![called(id)],
        name: Some(name.to_owned()),
        kind: Some(IdentityKind::Human),
        enabled: of.get("enabled").and_then(Value::as_bool),
        created: of.get("createdTimestamp").and_then(Value::as_i64).and_then(milliseconds),
        labels,
        entitlements: governing.get(&name.to_lowercase()).cloned().unwrap_or_default(),
        ..Discovered::of(called(name))
    })
}

fn client(of: &Value, on: &On, governing: &Governing) -> Option<Discovered> {
    let name = text(of, "clientId")?;
    let is = |switch: &str| of.get(switch).and_then(Value::as_bool) == Some(true);
    let acts = is("serviceAccountsEnabled") && !is("publicClient");
    // Keycloak names the user behind a service account so.
    let user = format!("service-account-{}", name.to_lowercase());
    let called = |it: &str| Principal::new("keycloak", &format!("{}/{it}", on.id));
    let mut labels = speaking(of);
    labels.extend(text(of, "description").map(|it| ("description".to_owned(), short(it))));
    Some(Discovered {
        also: if acts { vec![called(&user)] } else { Vec::new() },
        name: text(of, "name").filter(|it| !it.is_empty()).or(Some(name)).map(str::to_owned),
        kind: acts.then_some(IdentityKind::ApiClient),
        enabled: of.get("enabled").and_then(Value::as_bool),
        labels,
        credentials: proofs(of, &format!("{}/client/{name}", on.id)),
        entitlements: governing.get(&user).filter(|_| acts).cloned().unwrap_or_default(),
        ..Discovered::of(called(&format!("client/{name}")))
    })
}

/// What a client proves itself by. Keycloak gives none of it an id: it is named after the client.
fn proofs(of: &Value, client: &str) -> Vec<DiscoveredCredential> {
    let is = |switch: &str| of.get(switch).and_then(Value::as_bool) == Some(true);
    if is("publicClient") || is("bearerOnly") {
        return Vec::new();
    }
    let time = |name: &str| seconds(of.get("attributes")?.get(name)?);
    let one = |kind, part: &str, issued, expires| DiscoveredCredential {
        reference: CredentialRef::new("keycloak", kind, &format!("{client}/{part}")),
        enabled: None,
        issued,
        expires,
        last_used: None,
    };
    let secret = || {
        let (made, ends) = (SECRET_MADE, SECRET_ENDS);
        one(CredentialKind::Token, "secret", time(made), time(ends))
    };
    let mut all = match text(of, "clientAuthenticatorType") {
        Some("client-secret" | "client-secret-jwt") => vec![secret()],
        Some("client-jwt") => vec![one(CredentialKind::AccessKey, "key", None, None)],
        Some("client-x509") => vec![one(CredentialKind::Certificate, "certificate", None, None)],
        _ => Vec::new(),
    };
    // After a rotation the one before goes on for a while.
    let (made, ends) = (time(ROTATED_MADE), time(ROTATED_ENDS));
    if made.is_some() || ends.is_some() {
        all.push(one(CredentialKind::Token, "rotated-secret", made, ends));
    }
    all
}

const SECRET_MADE: &str = "client.secret.creation.time";
const SECRET_ENDS: &str = "client.secret.expiration.time";
const ROTATED_MADE: &str = "client.secret.rotated.creation.time";
const ROTATED_ENDS: &str = "client.secret.rotated.expiration.time";

/// Seconds since 1970, as a number or as text; zero is none.
fn seconds(of: &Value) -> Option<Timestamp> {
    let number = of.as_i64().or_else(|| of.as_str()?.parse().ok())?;
    Timestamp::from_second(number).ok().filter(|_| number > 0)
}

fn milliseconds(number: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(number).ok().filter(|_| number > 0)
}

/// Attributes that speak of ownership and purpose; those of users are lists.
fn speaking(of: &Value) -> BTreeMap<String, String> {
    let value = |name: &str| {
        let it = of.get("attributes")?.get(name)?;
        let it = it.as_str().or_else(|| items(it).next()?.as_str())?;
        Some((name.to_owned(), short(it)))
    };
    SPEAKING.into_iter().filter_map(value).collect()
}

fn short(text: &str) -> String {
    text.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::super::fake::{ANN, PLANTED, fresh};
    use super::*;
    use crate::conformance::{Trouble, noon};
    use interlock_contain::Connector as _;
    use serde_json::json;

    async fn look(change: impl FnOnce(&mut Value)) -> Result<DiscoveryPage, CallError> {
        let tenant = fresh();
        tenant.fake.change(change);
        walk(&tenant).await
    }

    /// Every page, each begun anew from where the one before ended, as after a restart.
    async fn walk(tenant: &crate::conformance::idp::Tenant) -> Result<DiscoveryPage, CallError> {
        let cx = DiscoverCx::new(&SPEC, noon());
        let (mut all, mut from) = (DiscoveryPage::default(), None::<String>);
        for _ in 0..50 {
            let page = tenant.connector.discover(&cx, from.as_deref()).await?;
            all.found.extend(page.found);
            all.gaps.extend(page.gaps);
            from = page.next;
            if from.is_none() {
                return Ok(all);
            }
        }
        panic!("it does not come to an end: {from:?}");
    }

    #[tokio::test]
    async fn clients_and_users_are_seen_with_their_ages_and_powers() {
        let all = look(|state| {
            let shop = &mut state["client"];
            shop["clientAuthenticatorType"] = json!("client-secret");
            shop["attributes"] = json!({
                SECRET_MADE: "1700000000", ROTATED_ENDS: "1790000000", "owner": "payments",
            });
            state["user"]["createdTimestamp"] = json!(1_600_000_000_123_i64);
            state["holders"] = json!({
                "realm-admin": ["ann"], "manage-users": ["ann", "service-account-shop"],
            });
        });
        let all = all.await.unwrap();
        assert!(all.gaps.is_empty(), "{:?}", all.gaps);
        let said = format!("{all:?}");
        assert!(!said.contains(PLANTED), "{said}");
        let find = |name: &str| {
            all.found
                .iter()
                .find(|it| &*it.principal.name == name)
                .unwrap_or_else(|| panic!("{name}: {said}"))
        };
        let shop = find("sso/client/shop");
        assert_eq!(&*shop.also[0].name, "sso/service-account-shop");
        assert_eq!((shop.kind, shop.enabled), (Some(IdentityKind::ApiClient), Some(true)));
        assert_eq!(shop.labels["owner"], "payments");
        let proofs: Vec<_> = shop
            .credentials
            .iter()
            .map(|it| {
                (
                    it.reference.as_str(),
                    it.issued.map(Timestamp::as_second),
                    it.expires.map(Timestamp::as_second),
                )
            })
            .collect();
        assert_eq!(
            proofs,
            [
                ("keycloak:token:sso/client/shop/secret", Some(1_700_000_000), None),
                ("keycloak:token:sso/client/shop/rotated-secret", None, Some(1_790_000_000)),
            ]
        );
        assert_eq!(shop.entitlements[0].grant, "manage-users");
        let ann = find("sso/ann");
        assert_eq!(&*ann.also[0].name, format!("sso/{ANN}"));
        assert_eq!(ann.created.unwrap().as_millisecond(), 1_600_000_000_123);
        assert_eq!((&*ann.labels["team"], &*ann.labels["email"]), ("payments", "ann@example.com"));
        let grants: Vec<_> = ann.entitlements.iter().map(|it| (&*it.grant, it.risk)).collect();
        assert_eq!(
            grants,
            [("realm-admin", RiskClass::Admin), ("manage-users", RiskClass::Permissions)]
        );
    }

    #[tokio::test]
    async fn a_client_in_a_browser_has_no_secret_and_nobody_behind_it() {
        let all = look(|state| {
            state["client"]["publicClient"] = json!(true);
            state["client"]["clientAuthenticatorType"] = json!("client-secret");
            state["user"]["serviceAccountClientId"] = json!("shop");
        });
        let all = all.await.unwrap().found;
        let shop = all.iter().find(|it| &*it.principal.name == "sso/client/shop").unwrap();
        assert!(shop.credentials.is_empty() && shop.also.is_empty() && shop.kind.is_none());
        assert!(all.iter().all(|it| &*it.principal.name != "sso/ann"), "{all:?}");
    }

    #[tokio::test]
    async fn what_permission_lacks_is_a_gap_and_a_list_that_is_refused_ends_the_look() {
        let tenant = fresh();
        tenant.fake.trouble(op::READ_HOLDERS, Trouble::Denied);
        let all = walk(&tenant).await.unwrap();
        assert_eq!(all.gaps.len(), 1, "{:?}", all.gaps);
        assert_eq!(all.gaps[0].what, "who governs realm `acme`");
        assert!(all.found.len() >= 2, "{:?}", all.found);
        // Without the list of users, clients that were seen are no reason to call the look whole.
        let tenant = fresh();
        tenant.fake.trouble(op::FIND_USER, Trouble::Denied);
        let error = walk(&tenant).await.unwrap_err();
        assert!(matches!(error, CallError::Denied { .. }), "{error:?}");
    }

    #[tokio::test]
    async fn any_place_is_a_place_or_refused() {
        let tenant = fresh();
        let cx = DiscoverCx::new(&SPEC, noon());
        for from in
            ["", "users", "users x", "groups 0", "clients -1", "clients 99999999999999999999"]
        {
            let error = tenant.connector.discover(&cx, Some(from)).await.unwrap_err();
            assert!(matches!(error, CallError::Invalid { .. }), "{from}: {error:?}");
        }
    }
}
