//! A tenant of Entra in memory, at the wire: tokens of `login.microsoftonline.com`, and of Microsoft Graph
//! what is asked when a service principal is turned off. The connector's own fake answers below HTTP, so
//! that a process cannot reach it.

use interlock_connect::http::{Answer, HttpError, Request, Wire};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

/// The client id of the connector's own application.
pub const CLIENT: &str = "77777777-7777-4777-8777-777777777777";
/// Its secret.
pub const SECRET: &str = "planted-entra-secret";
const TOKEN: &str = "a-token-of-the-tenant";

/// The tenant.
#[derive(Debug, Default)]
pub struct Tenant {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Whether each service principal is on, by object id.
    services: BTreeMap<String, bool>,
    /// The changes that arrived, each by the object id.
    changes: Vec<String>,
}

impl Tenant {
    /// A tenant with these service principals, all turned on.
    pub fn of(services: impl Iterator<Item = String>) -> Self {
        let services = services.map(|it| (it, true)).collect();
        Self { inner: Mutex::new(Inner { services, changes: Vec::new() }) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    /// Whether this service principal is on.
    pub fn enabled(&self, id: &str) -> bool {
        self.inner().services[id]
    }

    /// How many changes of it arrived.
    pub fn changes(&self, id: &str) -> usize {
        self.inner().changes.iter().filter(|it| *it == id).count()
    }

    fn answered(&self, request: &Request<'_>) -> (u16, Value) {
        let after = request.url.strip_prefix("https://").unwrap_or_default();
        let (host, path) = after.split_once('/').unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default();
        let parts: Vec<&str> = path.split('/').collect();
        if host == "login.microsoftonline.com" {
            let form = String::from_utf8_lossy(&request.body).into_owned();
            let known = form.contains(CLIENT) && form.contains(SECRET);
            return match (request.method, parts.as_slice()) {
                ("POST", ["example.com", "oauth2", "v2.0", "token"]) if known => (
                    200,
                    json!({ "access_token": TOKEN, "expires_in": 3599, "token_type": "Bearer" }),
                ),
                _ => (401, json!({ "error": "invalid_client" })),
            };
        }
        let proof = request.headers.iter().find(|it| it.0.eq_ignore_ascii_case("authorization"));
        if proof.is_none_or(|it| it.1 != format!("Bearer {TOKEN}")) {
            return (401, json!({ "error": { "code": "InvalidAuthenticationToken" } }));
        }
        let missing = (404, json!({ "error": { "code": "Request_ResourceNotFound" } }));
        match (request.method, parts.as_slice()) {
            ("GET", ["v1.0", "servicePrincipals"]) => (
                200,
                json!({ "value": [{ "id": "own", "appId": CLIENT, "displayName": "interlock" }] }),
            ),
            ("GET", ["v1.0", "servicePrincipals", id]) => match self.inner().services.get(*id) {
                Some(on) => (200, service(id, *on)),
                None => missing,
            },
            ("PATCH", ["v1.0", "servicePrincipals", id]) => {
                let body: Value = serde_json::from_slice(&request.body).unwrap();
                let mut inner = self.inner();
                let Some(on) = inner.services.get_mut(*id) else { return missing };
                *on = body["accountEnabled"].as_bool().unwrap();
                inner.changes.push((*id).to_owned());
                (204, Value::Null)
            }
            _ => missing,
        }
    }
}

fn service(id: &str, on: bool) -> Value {
    json!({
        "id": id, "appId": format!("app-of-{id}"), "displayName": id, "accountEnabled": on,
        "servicePrincipalType": "Application", "appOwnerOrganizationId": "our-own-tenant",
        "passwordCredentials": [], "keyCredentials": [],
    })
}

#[async_trait::async_trait]
impl Wire for Tenant {
    async fn ask(&self, request: Request<'_>, _: usize) -> Result<Answer, HttpError> {
        let (status, body) = self.answered(&request);
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        Ok(Answer { status, headers: Vec::new(), body })
    }
}
