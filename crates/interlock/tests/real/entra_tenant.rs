//! A tenant of Entra in memory, at the wire: tokens of `login.microsoftonline.com`, and of Microsoft Graph
//! what is asked when a service principal is turned off, or a trust of its application is taken. The connector's own fake answers below HTTP, so
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
/// Before the object id of a service principal, its application's client id and object id.
const CLIENT_OF: &str = "app-of-";
const OBJECT: &str = "object-of-";

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
    /// Federated credentials of the application of a service principal, by the latter's object id.
    trusts: BTreeMap<String, Vec<Value>>,
    /// How many of them were made: none has the id of another.
    made: usize,
}

impl Inner {
    fn add(&mut self, id: &str, mut trust: Value) -> Value {
        self.made += 1;
        trust["id"] = json!(format!("fedc0000-0000-4000-8000-{:012}", self.made));
        self.trusts.entry(id.to_owned()).or_default().push(trust.clone());
        trust
    }
}

impl Tenant {
    /// A tenant with these service principals, all turned on.
    pub fn of(services: impl Iterator<Item = String>) -> Self {
        let services = services.map(|it| (it, true)).collect();
        Self { inner: Mutex::new(Inner { services, ..Inner::default() }) }
    }

    /// Lets a workload elsewhere sign in as the application of a service principal; the trust's id.
    pub fn trust(&self, id: &str, name: &str, subject: &str) -> String {
        let trust = json!({
            "name": name, "issuer": "https://token.actions.githubusercontent.com",
            "subject": subject, "audiences": ["api://AzureADTokenExchange"], "description": null,
        });
        let made = self.inner().add(id, trust);
        made["id"].as_str().unwrap().to_owned()
    }

    /// The names and ids of the trusts of its application.
    pub fn trusts(&self, id: &str) -> BTreeMap<String, String> {
        let part = |it: &Value, name: &str| it[name].as_str().unwrap().to_owned();
        let inner = self.inner();
        inner.trusts[id].iter().map(|it| (part(it, "name"), part(it, "id"))).collect()
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
            ("GET", ["v1.0", "applications"]) => {
                let of = |id: &String| json!({ "id": format!("{OBJECT}{id}"), "appId": format!("{CLIENT_OF}{id}") });
                (200, json!({ "value": self.inner().trusts.keys().map(of).collect::<Vec<_>>() }))
            }
            (
                method,
                ["v1.0", "applications", object, "federatedIdentityCredentials", rest @ ..],
            ) => {
                let id = object.strip_prefix(OBJECT).unwrap_or_default();
                let mut inner = self.inner();
                let Some(trusts) = inner.trusts.get_mut(id) else { return missing };
                match (method, rest) {
                    ("GET", []) => (200, json!({ "value": trusts })),
                    ("DELETE", [trust]) => {
                        let before = trusts.len();
                        trusts.retain(|it| it["id"] != *trust);
                        if trusts.len() < before { (204, Value::Null) } else { missing }
                    }
                    ("POST", []) => {
                        (201, inner.add(id, serde_json::from_slice(&request.body).unwrap()))
                    }
                    _ => missing,
                }
            }
            _ => missing,
        }
    }
}

fn service(id: &str, on: bool) -> Value {
    json!({
        "id": id, "appId": format!("{CLIENT_OF}{id}"), "displayName": id, "accountEnabled": on,
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
