//! A realm in memory: one user with sessions, one client, and who holds the roles that govern it.

use super::operation as op;
use super::{KeycloakConfig, with_api};
use crate::Secret;
use crate::conformance::idp::Tenant;
use crate::conformance::noon;
use crate::idp::ask::{Ask, Body};
use crate::idp::fake::Fake;
use interlock_model::{ConnectorId, Principal, Target};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) const PLANTED: &str = "planted-keycloak-secret";
/// The user's id.
pub(super) const ANN: &str = "0ba7a3fd-6fd8-48cd-a60b-2e8fd82d56e2";
const MANAGEMENT: &str = "5c1f0a52-7d3e-4a64-8b8e-93f4f1f0c2aa";
const SHOP: &str = "7d7e2a8c-0b1d-4c43-9f64-1f2a3b4c5d6e";

/// A fresh realm.
pub(crate) fn fresh() -> Tenant {
    let state = json!({
        "user": {
            "id": ANN, "username": "ann", "enabled": true, "email": "ann@example.com",
            "firstName": "Ann", "attributes": { "team": ["payments"] },
        },
        "sessions": ["s-1", "s-2"],
        "client": {
            "id": SHOP, "clientId": "shop", "enabled": true, "serviceAccountsEnabled": true,
            "notBefore": 0, "secret": PLANTED,
        },
    });
    let fake = Arc::new(Fake::new(serve, state));
    let connector = with_api(config(), Arc::<Fake>::clone(&fake) as _);
    Tenant { fake, connector, aim, drift, worth: Value::clone, planted: PLANTED }
}

pub(super) fn config() -> KeycloakConfig {
    KeycloakConfig {
        id: ConnectorId("sso".into()),
        url: "https://sso.example.com".to_owned(),
        realm: "acme".to_owned(),
        client_id: "interlock".to_owned(),
        client_secret: Secret::new(PLANTED),
        protected: vec!["break-glass".to_owned()],
        settle: None,
        now: noon,
    }
}

fn aim(action: &str) -> Target {
    let name = match action {
        "keycloak.disable_client" | "keycloak.revoke_client_tokens" => "sso/client/shop",
        _ => "sso/ann",
    };
    Target::Principal { principal: Principal::new("keycloak", name) }
}

/// On or off, there or gone: there is no third state.
fn drift(_: &str, _: &mut Value) -> bool {
    false
}

/// Keycloak keeps what a client's secret was when none is sent, and clears what a user's parts were.
fn serve(state: &mut Value, ask: &Ask) -> (u16, Value) {
    let path = ask.path();
    let id = path.iter().rev().find(|it| it.as_str() == ANN || it.as_str() == SHOP);
    let asked = |name: &str| ask.query.iter().find(|it| it.0 == name).map(|it| it.1.as_str());
    // A list has one page; whoever asks for the next one finds it empty.
    let page = |all: &[&Value]| match asked("first") {
        Some("0") => (200, all.iter().map(|it| (*it).clone()).collect()),
        _ => (200, json!([])),
    };
    let missing = (404, json!({ "error": "User not found" }));
    let done = (204, Value::Null);
    match (ask.operation, id) {
        (op::FIND_USER, _) if asked("username") == Some("ann") => {
            (200, json!([{ "id": ANN, "username": "ann" }]))
        }
        (op::FIND_CLIENT, _) if asked("clientId") == Some("shop") => {
            (200, json!([state["client"]]))
        }
        (op::FIND_CLIENT, _) if asked("clientId") == Some("realm-management") => {
            (200, json!([{ "id": MANAGEMENT, "clientId": "realm-management", "enabled": true }]))
        }
        (op::FIND_USER, _) if asked("max").is_some() => page(&[&state["user"]]),
        (op::FIND_CLIENT, _) if asked("max").is_some() => page(&[&state["client"]]),
        (op::FIND_USER | op::FIND_CLIENT, _) => (200, json!([])),
        (op::READ_HOLDERS, _) if path.contains(&MANAGEMENT.to_owned()) => {
            let role = path.iter().rev().nth(1).map_or("", String::as_str);
            let held = state["holders"][role].as_array().cloned().unwrap_or_default();
            (
                200,
                held.iter()
                    .map(|it| json!({ "id": format!("id of {it}"), "username": it }))
                    .collect(),
            )
        }
        (op::READ_USER, Some(_)) => (200, state["user"].clone()),
        (op::READ_SESSIONS, Some(_)) => {
            let all = state["sessions"].as_array().unwrap().iter();
            (200, all.map(|it| json!({ "id": it, "username": "ann" })).collect())
        }
        (op::LOGOUT, Some(_)) => {
            state["sessions"] = json!([]);
            done
        }
        (op::WRITE_USER, Some(_)) => {
            let Body::Json(body) = &ask.body else { return (400, Value::Null) };
            state["user"] = body.clone();
            done
        }
        (op::WRITE_CLIENT, Some(_)) => {
            let Body::Json(body) = &ask.body else { return (400, Value::Null) };
            let secret = state["client"]["secret"].clone();
            state["client"] = body.clone();
            state["client"]["secret"] = secret;
            done
        }
        _ => missing,
    }
}
