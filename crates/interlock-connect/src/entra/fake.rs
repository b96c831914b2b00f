//! A tenant in memory with Entra's documented states, refusals and traps.

use super::{EntraConfig, with_api};
use crate::Secret;
use crate::conformance::idp::Tenant;
use crate::conformance::noon;
use crate::conformance::postbox::{Delivered, Postbox};
use crate::delivery::Deliveries;
use crate::idp::By;
use crate::idp::ask::{Ask, Body};
use crate::idp::fake::Fake;
use interlock_model::{ConnectorId, CredentialKind, CredentialRef, Principal, Target};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many secrets were made: an id is never given twice.
static ISSUED: AtomicU64 = AtomicU64::new(1);

/// The user that is contained, one of two global administrators.
pub(crate) const USER: &str = "11111111-1111-4111-8111-111111111111";
pub(crate) const ANN: &str = "22222222-2222-4222-8222-222222222222";
/// The service principal that is contained, and its application.
pub(crate) const CI: &str = "33333333-3333-4333-8333-333333333333";
pub(crate) const CI_APP: &str = "44444444-4444-4444-8444-444444444444";
const CI_CLIENT: &str = "55555555-5555-4555-8555-555555555555";
/// The service principal of the connector.
pub(crate) const OWN: &str = "66666666-6666-4666-8666-666666666666";
const OWN_CLIENT: &str = "77777777-7777-4777-8777-777777777777";
/// An agent, its account among users, and the blueprint that both come from: its application, its
/// service principal and its client id.
pub(crate) const AGENT: &str = "a6e00000-0000-4000-8000-000000000001";
pub(crate) const AGENT_USER: &str = "a6e00000-0000-4000-8000-000000000002";
pub(crate) const BLUEPRINT: &str = "b1e00000-0000-4000-8000-000000000001";
pub(crate) const BLUEPRINT_PRINCIPAL: &str = "b1e00000-0000-4000-8000-000000000002";
pub(crate) const BLUEPRINT_CLIENT: &str = "b1e00000-0000-4000-8000-000000000003";
/// One of Microsoft's own.
pub(crate) const MICROSOFT: &str = "88888888-8888-4888-8888-888888888888";
/// A secret of the application, and one of the service principal.
pub(crate) const SECRET: &str = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";
pub(crate) const OTHER_SECRET: &str = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb";
/// The certificate of the application.
pub(crate) const THUMBPRINT: &str = "000102030405060708090a0b0c0d0e0f10111213";
const PLANTED: &str = "planted-entra-secret";
const GLOBAL: &str = super::shared::GLOBAL;

fn user(upn: &str) -> Value {
    json!({ "userPrincipalName": upn, "displayName": upn, "accountEnabled": true, "userType": "Member",
            "createdDateTime": "2025-01-01T00:00:00Z",
            "signInSessionsValidFromDateTime": "2025-01-01T00:00:00Z" })
}

fn secret(key: &str) -> Value {
    json!({ "keyId": key, "displayName": "ci", "hint": "abc", "secretText": null,
            "startDateTime": "2025-01-01T00:00:00Z", "endDateTime": "2027-01-01T00:00:00Z" })
}

fn service(app: &str, name: &str, owner: &str) -> Value {
    json!({ "appId": app, "displayName": name, "accountEnabled": true,
            "servicePrincipalType": "Application", "appOwnerOrganizationId": owner,
            "passwordCredentials": [], "keyCredentials": [] })
}

/// What the tenant holds.
pub(crate) fn state() -> Value {
    let mut ci = service(CI_CLIENT, "ci", "99999999-9999-4999-8999-999999999999");
    ci["passwordCredentials"] = json!([secret(OTHER_SECRET)]);
    let mut graph = service(
        "00000003-0000-0000-c000-000000000000",
        "Graph",
        "f8cdef31-a31e-4b4a-93e4-5f571e91255a",
    );
    graph["appRoles"] = json!([{ "id": "19dbc75e-c2e2-444c-a770-ec69d8559fc7",
                                 "value": "Directory.ReadWrite.All" }]);
    json!({
        "users": { USER: user("svc@example.com"), ANN: user("ann@example.com") },
        "services": {
            CI: ci,
            OWN: service(OWN_CLIENT, "interlock", "99999999-9999-4999-8999-999999999999"),
            MICROSOFT: graph,
        },
        "applications": {
            CI_APP: { "appId": CI_CLIENT, "displayName": "ci", "createdDateTime": "2025-01-01T00:00:00Z",
                      "isDisabled": false, "passwordCredentials": [secret(SECRET)],
                      "keyCredentials": [{ "keyId": "k", "customKeyIdentifier": "AAECAwQFBgcICQoLDA0ODxAREhM=",
                                           "endDateTime": "2027-01-01T00:00:00Z" }] },
        },
        "federated": [{
            "id": "fed0", "audiences": ["api://AzureADTokenExchange"], "description": null,
            "issuer": "https://token.actions.githubusercontent.com", "name": "main",
            "subject": "repo:acme/shop:ref:refs/heads/main",
        }],
        "risky": { USER: "atRisk", CI: "atRisk" },
        "roles": [
            { "principalId": USER, "roleDefinitionId": GLOBAL, "directoryScopeId": "/",
              "roleDefinition": { "displayName": "Global Administrator" } },
            { "principalId": ANN, "roleDefinitionId": GLOBAL, "directoryScopeId": "/" },
        ],
        "app_roles": [assignment("ar1", "19dbc75e-c2e2-444c-a770-ec69d8559fc7")],
        "grants": [
            { "id": "gr1", "clientId": CI, "consentType": "AllPrincipals", "principalId": null, "resourceId": MICROSOFT, "scope": "Mail.Read" },
            { "id": "gr2", "clientId": CI, "consentType": "Principal", "principalId": USER, "resourceId": MICROSOFT, "scope": "Mail.Read" },
        ],
    })
}

/// Adds an agent to a tenant. Each type stands in the list of what it is made from.
pub(crate) fn add_agent(state: &mut Value) {
    let typed = |mut it: Value, kind: &str| {
        it["@odata.type"] = json!(format!("#microsoft.graph.{kind}"));
        it
    };
    let own = "99999999-9999-4999-8999-999999999999";
    let mut agent = service(AGENT, "invoices", own);
    agent["servicePrincipalType"] = json!("ServiceIdentity");
    agent["agentIdentityBlueprintId"] = json!(BLUEPRINT_CLIENT);
    agent["createdDateTime"] = json!("2026-01-01T00:00:00Z");
    state["services"][AGENT] = typed(agent, "agentIdentity");
    let account = user("invoices@example.com");
    state["users"][AGENT_USER] = typed(account, "agentUser");
    let principal = service(BLUEPRINT_CLIENT, "invoicing", own);
    state["services"][BLUEPRINT_PRINCIPAL] = typed(principal, "agentIdentityBlueprintPrincipal");
    let blueprint = json!({
        "appId": BLUEPRINT_CLIENT, "displayName": "invoicing", "isDisabled": false,
        "createdDateTime": "2026-01-01T00:00:00Z", "passwordCredentials": [],
        "keyCredentials": [{ "keyId": "k", "customKeyIdentifier": "AAECAwQFBgcICQoLDA0ODxAREhM=" }],
    });
    state["applications"][BLUEPRINT] = typed(blueprint, "agentIdentityBlueprint");
    state["risky"][AGENT] = json!("atRisk");
    state["answerable"] = json!([
        { "id": ANN, "userPrincipalName": "ann@example.com" },
        { "id": "g1", "displayName": "Finance" },
    ]);
}

/// What is aimed at where the tenant has an agent.
fn aim_at_agent(action: &str) -> Target {
    match action {
        "entra.confirm_compromised" | "entra.disable_account" => {
            Target::Principal { principal: Principal::new("entra", AGENT) }
        }
        "entra.deactivate_app" => {
            Target::Principal { principal: Principal::new("entra", BLUEPRINT_PRINCIPAL) }
        }
        _ => aim(action),
    }
}

/// A tenant with an agent, of whose connector the beta may be asked.
pub(crate) fn with_agent() -> Tenant {
    let mut tenant = made(&[], Postbox::default().deliveries("entra"), true);
    tenant.fake.change(add_agent);
    tenant.aim = aim_at_agent;
    tenant
}

pub(crate) fn assignment(id: &str, role: &str) -> Value {
    json!({ "id": id, "appRoleId": role, "principalId": CI, "resourceId": MICROSOFT,
            "resourceDisplayName": "Graph", "createdDateTime": "2025-01-01T00:00:00Z" })
}

/// A fresh tenant.
pub(crate) fn fresh() -> Tenant {
    with(&[])
}

/// The same with a place to deliver to.
pub(crate) fn ready() -> Tenant {
    delivering(&[], Postbox::default().deliveries("entra"))
}

/// The same, for the laws.
pub(crate) fn delivered() -> Delivered<Tenant> {
    let postbox = Postbox::default();
    let bench = delivering(&[], postbox.deliveries("entra"));
    let has = |it: &Tenant| {
        let state = it.fake.state();
        let all = state["applications"][CI_APP]["passwordCredentials"].clone();
        let key = |it: &Value| it["keyId"].as_str().unwrap().to_owned();
        let all = all.as_array().unwrap().iter().map(key);
        all.map(|it| CredentialRef::new("entra", CredentialKind::Token, &it)).collect()
    };
    Delivered { bench, postbox, has }
}

/// The same with protected ones.
pub(crate) fn with(protected: &[&str]) -> Tenant {
    delivering(protected, Deliveries::default())
}

/// The same with places to deliver to.
pub(crate) fn delivering(protected: &[&str], deliveries: Deliveries) -> Tenant {
    made(protected, deliveries, false)
}

fn made(protected: &[&str], deliveries: Deliveries, risk_of_agents: bool) -> Tenant {
    let fake = Arc::new(Fake::new(serve, state()));
    let config = EntraConfig {
        id: ConnectorId("entra-1".into()),
        tenant: "example.com".to_owned(),
        client_id: OWN_CLIENT.to_owned(),
        by: By::Secret(Secret::new(PLANTED)),
        graph: "https://graph.example.com/v1.0".to_owned(),
        risk_of_agents,
        login: "https://login.example.com".to_owned(),
        protected: protected.iter().map(|it| (*it).to_owned()).collect(),
        deliveries,
        settle: None,
        now: noon,
    };
    let connector = with_api(config, Arc::<Fake>::clone(&fake) as _);
    Tenant { fake, connector, aim, drift: |_, _| false, worth, planted: PLANTED }
}

pub(crate) fn aim(action: &str) -> Target {
    let token = |id: &str| Some(CredentialRef::new("entra", CredentialKind::Token, id));
    let (principal, credential) = match action {
        "entra.deactivate_app" | "entra.remove_app_role" => (CI, None),
        "entra.issue_secret" | "entra.remove_secret" => (CI, token(SECRET)),
        "entra.remove_certificate" => {
            (CI, Some(CredentialRef::new("entra", CredentialKind::Certificate, THUMBPRINT)))
        }
        "entra.remove_federated_credential" => (CI, token("federated/main")),
        "entra.remove_permission_grant" => (CI, token("gr1")),
        _ => (USER, None),
    };
    let principal = Principal::new("entra", principal);
    match credential {
        Some(credential) => Target::Credential { principal, credential },
        None => Target::Principal { principal },
    }
}

/// Assignments and grants get new ids, and which risk it was is lost.
fn worth(state: &Value) -> Value {
    let mut state = state.clone();
    for name in ["app_roles", "federated", "grants"] {
        let all = state[name].as_array_mut().unwrap();
        for it in all.iter_mut() {
            it.as_object_mut().unwrap().retain(|name, value| {
                !value.is_null()
                    && !["id", "createdDateTime", "resourceDisplayName"].contains(&&**name)
            });
        }
        all.sort_by_key(ToString::to_string);
    }
    for who in [USER, CI] {
        if state["risky"][who] != "confirmedCompromised" {
            state["risky"][who] = json!("any");
        }
    }
    state
}

fn missing() -> (u16, Value) {
    let error = json!({ "code": "Request_ResourceNotFound", "message": "Resource does not exist" });
    (404, json!({ "error": error }))
}

fn invalid(why: &str) -> (u16, Value) {
    (400, json!({ "error": { "code": "Request_BadRequest", "message": why } }))
}

fn list(all: Vec<Value>) -> (u16, Value) {
    (200, json!({ "value": all }))
}

fn all(of: &Value) -> Vec<Value> {
    let with_id = |(id, it): (&String, &Value)| {
        let mut it = it.clone();
        it["id"] = json!(id);
        it
    };
    of.as_object().unwrap().iter().map(with_id).collect()
}

/// What a filter `name eq 'value'` leaves.
fn filtered(all: Vec<Value>, ask: &Ask) -> (u16, Value) {
    let filter = ask.query.iter().find(|it| it.0 == "$filter").map(|it| it.1.as_str());
    let Some((name, value)) = filter.and_then(|it| it.split_once(" eq ")) else { return list(all) };
    let value = value.trim_matches('\'');
    list(all.into_iter().filter(|it| it[name] == value).collect())
}

fn json_of(ask: &Ask) -> Value {
    if let Body::Json(body) = &ask.body { body.clone() } else { Value::Null }
}

pub(crate) fn serve(state: &mut Value, ask: &Ask) -> (u16, Value) {
    let path = ask.path();
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    let body = json_of(ask);
    match (ask.method(), parts.as_slice()) {
        ("GET", ["users"]) => {
            // One on a page.
            let second = ask.at.is_some();
            let all = all(&state["users"]);
            let (first, rest) = all.split_at(1);
            let mut it = json!({ "value": if second { rest } else { first } });
            if !second {
                it["@odata.nextLink"] = json!("https://graph.example.com/v1.0/users?$skiptoken=2");
            }
            (200, it)
        }
        ("GET", ["servicePrincipals"]) => filtered(all(&state["services"]), ask),
        ("GET", ["applications"]) => filtered(all(&state["applications"]), ask),
        ("GET", ["applications", CI_APP, "federatedIdentityCredentials"]) => {
            list(state["federated"].as_array().unwrap().clone())
        }
        ("POST", ["applications", CI_APP, "federatedIdentityCredentials"]) => {
            let number = ISSUED.fetch_add(1, Ordering::Relaxed);
            add(&mut state["federated"], body, &format!("fed{number}"))
        }
        ("DELETE", ["applications", CI_APP, "federatedIdentityCredentials", id]) => {
            take(&mut state["federated"], id)
        }
        ("GET", ["roleManagement", "directory", "roleAssignments"]) => {
            filtered(state["roles"].as_array().unwrap().clone(), ask)
        }
        (_, ["users", id, rest @ ..]) => of_user(state, ask, id, rest, &body),
        (_, ["servicePrincipals", id, rest @ ..]) => of_service(state, ask, id, rest, &body),
        ("PATCH", ["applications", id]) => change(&mut state["applications"], id, &body),
        ("POST", ["applications", id, "addPassword"]) => {
            issue(&mut state["applications"], id, &body)
        }
        ("POST", ["applications", id, "removePassword"]) => {
            remove(&mut state["applications"], id, &body)
        }
        ("GET" | "POST", ["identityProtection", of, rest]) => at_risk(state, ask, of, rest, &body),
        // An id is made of client, resource and user: the same three have the same.
        ("POST", ["oauth2PermissionGrants"]) => {
            let id = if body["consentType"] == "AllPrincipals" { "gr1" } else { "gr2" };
            add(&mut state["grants"], body, id)
        }
        ("DELETE", ["oauth2PermissionGrants", id]) => take(&mut state["grants"], id),
        _ => missing(),
    }
}

/// Those at risk. Each list knows its own only, and the one of agents is in the beta.
fn at_risk(state: &mut Value, ask: &Ask, of: &str, rest: &str, body: &Value) -> (u16, Value) {
    let beta = ask.at.as_ref().is_some_and(|it| it.contains("/beta/identityProtection/"));
    let (ids, list) = match of {
        "riskyUsers" => ("userIds", "users"),
        "riskyServicePrincipals" => ("servicePrincipalIds", "services"),
        "riskyAgents" if beta => ("agentIds", ""),
        _ => return invalid("Resource not found for the segment"),
    };
    let typed = |state: &Value, id: &str| {
        ["users", "services"].iter().any(|it| state[it][id]["@odata.type"].is_string())
    };
    let known = |state: &Value, id: &str| match list {
        "" => typed(state, id),
        list => state[list].get(id).is_some() && !typed(state, id),
    };
    if ask.method() == "GET" {
        return match state["risky"].get(rest).filter(|_| known(state, rest)) {
            Some(it) => (200, json!({ "id": rest, "riskState": it })),
            None => missing(),
        };
    }
    let to = if rest == "dismiss" { "dismissed" } else { "confirmedCompromised" };
    let all = body[ids].as_array().cloned().unwrap_or_default();
    let all: Vec<&str> = all.iter().filter_map(Value::as_str).collect();
    if all.is_empty() || !all.iter().all(|it| known(state, it)) {
        return invalid("the list must not be empty, and of those that it is for");
    }
    all.iter().for_each(|it| state["risky"][it] = json!(to));
    (204, Value::Null)
}

fn change(of: &mut Value, id: &str, body: &Value) -> (u16, Value) {
    let Some(it) = of.get_mut(id) else { return missing() };
    if it.get("@odata.type") != body.get("@odata.type") {
        return invalid("the type of the object must be said, and be its own");
    }
    for (name, value) in body.as_object().unwrap() {
        if it.get(name).is_none() {
            return invalid("there is no such property");
        }
        it[name] = value.clone();
    }
    (204, Value::Null)
}

/// A secret is shown in this answer only, and every one has another id.
fn issue(of: &mut Value, id: &str, body: &Value) -> (u16, Value) {
    let Some(it) = of.get_mut(id) else { return missing() };
    let Some(asked) = body["passwordCredential"].as_object() else {
        return invalid("passwordCredential is missing");
    };
    let all = it["passwordCredentials"].as_array_mut().unwrap();
    let number = ISSUED.fetch_add(1, Ordering::Relaxed);
    let mut made = secret(&format!("cccccccc-cccc-4ccc-8ccc-{number:012}"));
    for (name, value) in asked {
        made[name] = value.clone();
    }
    all.push(made.clone());
    made["secretText"] = json!(format!("made-by-the-fake-{number}"));
    (200, made)
}

fn remove(of: &mut Value, id: &str, body: &Value) -> (u16, Value) {
    let Some(it) = of.get_mut(id) else { return missing() };
    let all = it["passwordCredentials"].as_array_mut().unwrap();
    let before = all.len();
    all.retain(|it| it["keyId"] != body["keyId"]);
    // Each object knows its own secrets only.
    if all.len() < before { (204, Value::Null) } else { invalid("No password credential found") }
}

fn add(of: &mut Value, mut body: Value, id: &str) -> (u16, Value) {
    body["id"] = json!(id);
    of.as_array_mut().unwrap().push(body.clone());
    (201, body)
}

fn take(of: &mut Value, id: &str) -> (u16, Value) {
    let all = of.as_array_mut().unwrap();
    let before = all.len();
    all.retain(|it| it["id"] != id);
    if all.len() < before { (204, Value::Null) } else { missing() }
}

fn of_user(state: &mut Value, ask: &Ask, id: &str, rest: &[&str], body: &Value) -> (u16, Value) {
    let Some(user) = state["users"].get(id).cloned() else { return missing() };
    match (ask.method(), rest) {
        ("GET", ["sponsors"]) => list(state["answerable"].as_array().unwrap().clone()),
        ("GET", []) => {
            let mut user = user;
            user["id"] = json!(id);
            (200, user)
        }
        ("PATCH", []) => change(&mut state["users"], id, body),
        ("POST", ["revokeSignInSessions"]) => {
            state["users"][id]["signInSessionsValidFromDateTime"] = json!(noon().to_string());
            (200, json!({ "value": true }))
        }
        _ => missing(),
    }
}

fn of_service(state: &mut Value, ask: &Ask, id: &str, rest: &[&str], body: &Value) -> (u16, Value) {
    let Some(service) = state["services"].get(id).cloned() else { return missing() };
    match (ask.method(), rest) {
        ("GET", ["owners"]) => list(state["answerable"].as_array().unwrap().clone()),
        ("GET", []) => {
            let mut service = service;
            service["id"] = json!(id);
            (200, service)
        }
        ("PATCH", []) => change(&mut state["services"], id, body),
        ("POST", ["addPassword"]) => issue(&mut state["services"], id, body),
        ("POST", ["removePassword"]) => remove(&mut state["services"], id, body),
        ("GET", ["appRoleAssignments"]) => list(state["app_roles"].as_array().unwrap().clone()),
        ("POST", ["appRoleAssignments"]) => add(&mut state["app_roles"], body.clone(), "ar9"),
        ("DELETE", ["appRoleAssignments", role]) => take(&mut state["app_roles"], role),
        ("GET", ["oauth2PermissionGrants"]) => list(state["grants"].as_array().unwrap().clone()),
        _ => missing(),
    }
}
