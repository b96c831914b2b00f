//! An organisation in memory with Okta's documented states, refusals and traps.

use super::{OktaConfig, with_api};
use crate::Secret;
use crate::conformance::idp::Tenant;
use crate::conformance::postbox::{Delivered, Postbox};
use crate::delivery::Deliveries;
use crate::idp::Proof;
use crate::idp::ask::{Ask, Body};
use crate::idp::fake::Fake;
use interlock_model::{ConnectorId, CredentialKind, CredentialRef, Principal, Target};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The user that is contained, one of two super administrators.
pub(crate) const USER: &str = "00u1svc";
pub(crate) const ANN: &str = "00u2ann";
/// Whose token the connector has.
pub(crate) const ME: &str = "00u9me";
pub(crate) const APP: &str = "0oa1ci";
/// An app with one secret, and one whose older secret is off.
pub(crate) const ROTATED: &str = "0oa2web";
pub(crate) const OLDER: &str = "0oa3old";
const PLANTED: &str = "planted-okta-token";
/// How many secrets were made: an id is never given twice.
static MADE: AtomicU64 = AtomicU64::new(1);

fn user(status: &str, login: &str) -> Value {
    json!({ "status": status, "profile": { "login": login, "department": "build" },
            "credentials": { "provider": { "type": "OKTA" } }, "created": "2025-01-01T00:00:00.000Z" })
}

fn role(id: &str, kind: &str) -> Value {
    json!({ "id": id, "type": kind, "label": kind, "status": "ACTIVE", "assignmentType": "USER" })
}

fn by_group(id: &str, kind: &str) -> Value {
    let mut role = role(id, kind);
    role["assignmentType"] = json!("GROUP");
    role
}

/// What the organisation holds.
pub(crate) fn state() -> Value {
    json!({
        "users": {
            USER: user("ACTIVE", "svc@example.com"),
            ANN: user("ACTIVE", "ann@example.com"),
            ME: user("ACTIVE", "interlock@example.com"),
            "00u3bob": user("DEPROVISIONED", "bob@example.com"),
        },
        "roles": {
            USER: [by_group("ra1", "READ_ONLY_ADMIN"), role("ra2", "SUPER_ADMIN")],
            ANN: [role("ra3", "SUPER_ADMIN")],
            ME: [role("ra4", "ORG_ADMIN")],
            APP: [role("ra5", "READ_ONLY_ADMIN")],
        },
        "limited": {},
        "factors": { USER: ["push", "webauthn", "email"] },
        "risk": { USER: "MEDIUM" },
        "cleared": { USER: "2026-02-01T00:00:00.000Z" },
        "sessions": { USER: 2 },
        "refresh": { USER: { "0oa9": ["oar1"] } },
        "grants": { USER: ["oag1"] },
        "app": { "id": APP, "label": "ci", "name": "oidc_client", "status": "ACTIVE",
                 "signOnMode": "OPENID_CONNECT", "created": "2025-01-01T00:00:00.000Z",
                 "settings": { "oauthClient": { "application_type": "service" } } },
        "others": {
            ROTATED: { "secrets": [{ "id": "ocs5", "status": "ACTIVE", "client_secret": PLANTED }] },
            OLDER: { "secrets": [
                { "id": "ocs7", "status": "ACTIVE", "client_secret": PLANTED },
                { "id": "ocs8", "status": "INACTIVE", "client_secret": PLANTED },
            ] },
        },
        "app_tokens": [{ "id": "oar2", "created": "2026-02-01T00:00:00.000Z" }],
        "secrets": [
            { "id": "ocs1", "status": "ACTIVE", "client_secret": PLANTED, "created": "2025-01-01T00:00:00.000Z" },
            { "id": "ocs2", "status": "ACTIVE", "client_secret": PLANTED },
        ],
        "keys": [{ "id": "pks1", "kid": "kid1", "status": "ACTIVE" }, { "id": "pks2", "kid": "kid2", "status": "ACTIVE" }],
        "api_tokens": { "00T1": { "id": "00T1", "name": "ci", "userId": USER, "created": "2025-01-01T00:00:00.000Z" } },
    })
}

/// A fresh organisation.
pub(crate) fn fresh() -> Tenant {
    with(&[])
}

/// The same with a place to deliver to.
pub(crate) fn ready() -> Tenant {
    delivering(&[], Postbox::default().deliveries("okta"))
}

/// The same, for the laws.
pub(crate) fn delivered() -> Delivered<Tenant> {
    let postbox = Postbox::default();
    let bench = delivering(&[], postbox.deliveries("okta"));
    let has = |it: &Tenant| {
        let all = it.fake.state()["others"][ROTATED]["secrets"].clone();
        let id = |it: &Value| it["id"].as_str().unwrap().to_owned();
        let all = all.as_array().unwrap().iter().map(id);
        all.map(|it| CredentialRef::new("okta", CredentialKind::Token, &it)).collect()
    };
    Delivered { bench, postbox, has }
}

/// The same with protected ones.
pub(crate) fn with(protected: &[&str]) -> Tenant {
    delivering(protected, Deliveries::default())
}

/// The same with places to deliver to.
pub(crate) fn delivering(protected: &[&str], deliveries: Deliveries) -> Tenant {
    let fake = Arc::new(Fake::new(serve, state()));
    let config = OktaConfig {
        id: ConnectorId("okta-1".into()),
        url: "https://acme.okta.example.com".to_owned(),
        proof: Proof::Token { scheme: "SSWS", token: Secret::new(PLANTED) },
        protected: protected.iter().map(|it| (*it).to_owned()).collect(),
        deliveries,
        settle: None,
    };
    let connector = with_api(config, Arc::<Fake>::clone(&fake) as _);
    Tenant { fake, connector, aim, drift, worth, planted: PLANTED }
}

pub(crate) fn aim(action: &str) -> Target {
    let token = |id: &str| Some(CredentialRef::new("okta", CredentialKind::Token, id));
    let (principal, credential) = match action {
        "okta.deactivate_app" | "okta.revoke_app_tokens" | "okta.remove_client_role" => (APP, None),
        "okta.deactivate_client_secret" => (APP, token("ocs1")),
        "okta.delete_client_secret" => (OLDER, token("ocs8")),
        "okta.issue_client_secret" => (ROTATED, token("ocs5")),
        "okta.deactivate_client_key" => {
            (APP, Some(CredentialRef::new("okta", CredentialKind::AccessKey, "kid1")))
        }
        "okta.delete_api_token" => (USER, token("00T1")),
        "okta.revoke_refresh_token" => (USER, token("oar1")),
        "okta.revoke_grant" => (USER, token("oag1")),
        _ => (USER, None),
    };
    let principal = Principal::new("okta", principal);
    match credential {
        Some(credential) => Target::Credential { principal, credential },
        None => Target::Principal { principal },
    }
}

fn drift(action: &str, state: &mut Value) -> bool {
    match action {
        "okta.suspend_user" | "okta.expire_password" => {
            state["users"][USER]["status"] = json!("LOCKED_OUT");
        }
        "okta.reset_factors" => state["factors"][USER] = json!(["push"]),
        _ => return false,
    }
    true
}

/// Assignments get new ids, and which risk below high it was is lost.
fn worth(state: &Value) -> Value {
    let mut state = state.clone();
    for roles in state["roles"].as_object_mut().unwrap().values_mut() {
        let all = roles.as_array_mut().unwrap();
        all.iter_mut().for_each(|it| it["id"] = json!("any"));
        all.sort_by_key(ToString::to_string);
    }
    if state["risk"][USER] != "HIGH" {
        state["risk"][USER] = json!("below");
    }
    state
}

fn missing() -> (u16, Value) {
    (404, json!({ "errorCode": "E0000007", "errorSummary": "Not found: Resource not found" }))
}

fn refused(why: &str) -> (u16, Value) {
    let causes = json!([{ "errorSummary": why }]);
    (
        403,
        json!({ "errorCode": "E0000001", "errorSummary": "Api validation failed", "errorCauses": causes }),
    )
}

fn invalid(why: &str) -> (u16, Value) {
    (400, refused(why).1)
}

fn listed(of: &Value) -> (u16, Value) {
    if of.is_null() { (200, json!([])) } else { (200, of.clone()) }
}

fn of_user(state: &Value, id: &str) -> Option<Value> {
    let mut user = state["users"].get(id)?.clone();
    user["id"] = json!(id);
    Some(user)
}

pub(crate) fn serve(state: &mut Value, ask: &Ask) -> (u16, Value) {
    let path = ask.path();
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["api", "v1", "users", "me"] => (200, of_user(state, ME).unwrap()),
        ["api", "v1", "users"] => all_users(state, ask),
        ["api", "v1", "users", id, rest @ ..] if state["users"].get(id).is_some() => {
            of_one(state, ask, id, rest)
        }
        ["api", "v1", "logs"] => logs(state, ask),
        ["api", "v1", "iam", "assignees", "users"] => {
            let admins =
                state["roles"].as_object().unwrap().keys().filter(|it| it.starts_with("00u"));
            (200, json!({ "value": admins.map(|it| json!({ "id": it })).collect::<Vec<_>>() }))
        }
        ["api", "v1", "apps"] => (200, json!([state["app"]])),
        ["api", "v1", "apps", id, rest @ ..] if *id == APP => of_app(state, ask, rest),
        ["api", "v1", "apps", id, rest @ ..] if state["others"].get(id).is_some() => match rest {
            [] => {
                let mut app = state["app"].clone();
                app["id"] = json!(id);
                (200, app)
            }
            ["credentials", "secrets", rest @ ..] => {
                secrets(&mut state["others"][*id]["secrets"], ask, rest)
            }
            _ => missing(),
        },
        ["oauth2", "v1", "clients", id, "roles", rest @ ..] if *id == APP => {
            roles(state, ask, APP, rest)
        }
        ["api", "v1", "api-tokens"] => {
            (200, state["api_tokens"].as_object().unwrap().values().cloned().collect())
        }
        ["api", "v1", "api-tokens", id] => {
            let Some(token) = state["api_tokens"].get(id).cloned() else { return missing() };
            if ask.method() == "DELETE" {
                state["api_tokens"].as_object_mut().unwrap().remove(*id);
                return (204, Value::Null);
            }
            (200, token)
        }
        _ => missing(),
    }
}

/// Two users a page; deactivated ones only where they are searched for.
fn all_users(state: &Value, ask: &Ask) -> (u16, Value) {
    let gone = ask.query.iter().any(|it| it.0 == "search" && it.1.contains("DEPROVISIONED"));
    let all = state["users"].as_object().unwrap().keys();
    let of = |it: &String| of_user(state, it).unwrap();
    let all = all.map(of).filter(|it| (it["status"] == "DEPROVISIONED") == gone);
    let first = ask.at.is_none();
    let page: Vec<Value> = all.skip(if first { 0 } else { 2 }).take(2).collect();
    if first && !gone {
        let next = "https://acme.okta.example.com/api/v1/users?after=2&limit=2";
        return (200, json!({ "@next": next, "items": page }));
    }
    (200, json!(page))
}

fn logs(state: &Value, ask: &Ask) -> (u16, Value) {
    let filter = ask.query.iter().find(|it| it.0 == "filter").map_or("", |it| &it.1);
    let cleared = state["cleared"].as_object().unwrap();
    let seen = cleared.iter().filter(|it| filter.contains(&format!("target.id eq \"{}\"", it.0)));
    (200, seen.map(|it| json!({ "eventType": "user.session.clear", "published": it.1 })).collect())
}

fn of_one(state: &mut Value, ask: &Ask, id: &str, rest: &[&str]) -> (u16, Value) {
    let status = state["users"][id]["status"].as_str().unwrap().to_owned();
    let mut become_ = |from: &[&str], to: &str| {
        if !from.contains(&&*status) {
            return refused("Cannot change the status of a user that is not in this state");
        }
        state["users"][id]["status"] = json!(to);
        (200, json!({}))
    };
    match (ask.method(), rest) {
        ("GET", []) => (200, of_user(state, id).unwrap()),
        ("POST", ["lifecycle", "suspend"]) => become_(&["ACTIVE"], "SUSPENDED"),
        ("POST", ["lifecycle", "unsuspend"]) => become_(&["SUSPENDED"], "ACTIVE"),
        ("POST", ["lifecycle", "expire_password"]) => become_(&["ACTIVE"], "PASSWORD_EXPIRED"),
        ("POST", ["lifecycle", "reset_factors"]) => {
            // The one that is enrolled by Okta itself is there again.
            state["factors"][id] = json!(["email"]);
            (200, json!({}))
        }
        ("GET", ["factors"]) => {
            let all = state["factors"][id].as_array().into_iter().flatten();
            (200, all.map(|it| json!({ "id": it, "factorType": it, "status": "ACTIVE" })).collect())
        }
        ("GET", ["risk"]) => {
            let level = state["risk"].get(id).cloned().unwrap_or_else(|| json!("NONE"));
            (200, json!({ "riskLevel": level }))
        }
        ("PUT", ["risk"]) => {
            let Body::Json(body) = &ask.body else { return invalid("no body") };
            if body["riskLevel"] != "HIGH" && body["riskLevel"] != "LOW" {
                return invalid("riskLevel");
            }
            state["risk"][id] = body["riskLevel"].clone();
            (200, body.clone())
        }
        ("DELETE", ["sessions"]) => {
            let asked = |name: &str| ask.query.iter().any(|it| it.0 == name && it.1 == "true");
            state["sessions"][id] = json!(0);
            // Without being asked for, tokens stay.
            if asked("oauthTokens") {
                state["refresh"][id] = json!({});
            }
            // The clock of every fake stands at noon.
            state["cleared"][id] = json!("2026-03-01T12:00:00.250Z");
            (204, Value::Null)
        }
        ("GET", ["clients"]) => {
            let all = state["refresh"][id].as_object().into_iter().flatten();
            (200, all.map(|it| json!({ "client_id": it.0 })).collect())
        }
        (method, ["clients", client, "tokens", token]) => {
            let tokens = state["refresh"][id].get_mut(*client).and_then(Value::as_array_mut);
            let Some(tokens) = tokens.filter(|it| it.contains(&json!(token))) else {
                return missing();
            };
            if method == "DELETE" {
                tokens.retain(|it| it != token);
                return (204, Value::Null);
            }
            (200, json!({ "id": token, "status": "ACTIVE" }))
        }
        (method, ["grants", grant]) => {
            let grants = state["grants"][id].as_array_mut();
            let Some(grants) = grants.filter(|it| it.contains(&json!(grant))) else {
                return missing();
            };
            if method == "DELETE" {
                grants.retain(|it| it != grant);
                return (204, Value::Null);
            }
            (200, json!({ "id": grant, "status": "ACTIVE" }))
        }
        (_, ["roles", rest @ ..]) => roles(state, ask, id, rest),
        _ => missing(),
    }
}

fn roles(state: &mut Value, ask: &Ask, id: &str, rest: &[&str]) -> (u16, Value) {
    match (ask.method(), rest) {
        ("GET", []) => listed(&state["roles"][id]),
        ("GET", [role, "targets", ..]) => listed(&state["limited"][*role]),
        ("POST", []) => {
            let Body::Json(body) = &ask.body else { return invalid("no body") };
            let kind = body["type"].as_str().unwrap_or_default();
            let all = state["roles"][id].as_array_mut().unwrap();
            let new = role(&format!("new{}", all.len()), kind);
            all.push(new.clone());
            (201, new)
        }
        ("DELETE", [role]) => {
            let all = state["roles"][id].as_array_mut().unwrap();
            let before = all.len();
            all.retain(|it| it["id"] != *role);
            if all.len() < before { (204, Value::Null) } else { missing() }
        }
        _ => missing(),
    }
}

fn of_app(state: &mut Value, ask: &Ask, rest: &[&str]) -> (u16, Value) {
    match (ask.method(), rest) {
        ("GET", []) => (200, state["app"].clone()),
        ("POST", ["lifecycle", change]) => {
            let to = if *change == "activate" { "ACTIVE" } else { "INACTIVE" };
            state["app"]["status"] = json!(to);
            (200, json!({}))
        }
        ("GET", ["tokens"]) => listed(&state["app_tokens"]),
        ("DELETE", ["tokens"]) => {
            state["app_tokens"] = json!([]);
            (204, Value::Null)
        }
        (_, ["credentials", "secrets", rest @ ..]) => secrets(&mut state["secrets"], ask, rest),
        ("GET", ["credentials", "jwks"]) => (200, json!({ "jwks": { "keys": state["keys"] } })),
        ("POST", ["credentials", "jwks", id, "lifecycle", change]) => {
            turned(&mut state["keys"], id, change)
        }
        _ => missing(),
    }
}

fn secrets(of: &mut Value, ask: &Ask, rest: &[&str]) -> (u16, Value) {
    match (ask.method(), rest) {
        ("GET", []) => listed(of),
        ("POST", []) => {
            let all = of.as_array_mut().unwrap();
            if all.len() == 2 {
                return invalid("You've reached the maximum number of client secrets");
            }
            let number = MADE.fetch_add(1, Ordering::Relaxed);
            let made = json!({
                "id": format!("ocs-made-{number}"), "status": "ACTIVE",
                "client_secret": format!("made-by-the-fake-{number}"),
            });
            all.push(made.clone());
            (201, made)
        }
        ("POST", [id, "lifecycle", change]) => turned(of, id, change),
        ("DELETE", [id]) => {
            let all = of.as_array_mut().unwrap();
            let Some(one) = all.iter().find(|it| it["id"] == *id) else { return missing() };
            if one["status"] == "ACTIVE" {
                return invalid("You can't delete an active secret");
            }
            all.retain(|it| it["id"] != *id);
            (204, Value::Null)
        }
        _ => missing(),
    }
}

fn turned(of: &mut Value, id: &str, change: &str) -> (u16, Value) {
    let all = of.as_array_mut().unwrap();
    let active = all.iter().filter(|it| it["status"] == "ACTIVE").count();
    let Some(one) = all.iter_mut().find(|it| it["id"] == id) else { return missing() };
    if change == "deactivate" && active == 1 {
        return refused("You can't deactivate the only active one");
    }
    one["status"] = json!(if change == "activate" { "ACTIVE" } else { "INACTIVE" });
    (200, one.clone())
}
