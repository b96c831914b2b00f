//! An authorization server in memory: one client, one token.

use super::operation as op;
use super::{GlobalRevocation, OauthClient, OauthConfig, with_api};
use crate::Secret;
use crate::conformance::idp::Tenant;
use crate::conformance::noon;
use crate::idp::ask::{Ask, Body};
use crate::idp::fake::Fake;
use crate::jwt::Key;
use interlock_model::{ConnectorId, CredentialKind, CredentialRef, Principal, Target};
use serde_json::{Value, json};
use std::sync::Arc;

const PLANTED: &str = "planted-oauth-secret";
pub(crate) const TOKEN: &str = "planted-oauth-secret-token";

/// A fresh server.
pub(crate) fn fresh() -> Tenant {
    let fake = with_user();
    let connector = with_api(config(), Arc::<Fake>::clone(&fake) as _);
    Tenant { fake, connector, aim, drift: |_, _| false, worth: Value::clone, planted: PLANTED }
}

/// The user, and the server that knows it.
pub(crate) const USER: &str = "sso/user/ann@example.com";

/// A server with one client and one user.
pub(crate) fn with_user() -> Arc<Fake> {
    Arc::new(Fake::new(serve, json!({ "client": true, "token": true })))
}

/// A connector that knows no token of the user.
pub(crate) fn unwitnessed() -> OauthConfig {
    let mut config = config();
    config.global.as_mut().unwrap().witnesses.clear();
    config
}

pub(crate) fn config() -> OauthConfig {
    OauthConfig {
        id: ConnectorId("sso".into()),
        client_id: "interlock".to_owned(),
        client_secret: Secret::new(PLANTED),
        introspection_endpoint: "https://sso.example.com/introspect".to_owned(),
        revocation_endpoint: "https://sso.example.com/revoke".to_owned(),
        clients: vec![OauthClient {
            id: "ci".to_owned(),
            secret: Secret::new(PLANTED),
            registration: Some(("https://sso.example.com/reg/ci".into(), Secret::new(PLANTED))),
            token: Some(Secret::new(TOKEN)),
        }],
        global: Some(GlobalRevocation {
            endpoint: "https://sso.example.com/gtr".to_owned(),
            issuer: "https://house.example.com".to_owned(),
            key: Key::named(&crate::conformance::clocks::KEY, None).unwrap(),
            subject_issuer: None,
            witnesses: [("ann@example.com".to_owned(), Secret::new(TOKEN))].into(),
            protected: Vec::new(),
            now: noon,
        }),
        settle: None,
    }
}

fn aim(action: &str) -> Target {
    let principal = Principal::new("oauth", "sso/ci");
    if action == "oauth.revoke_user_tokens" {
        return Target::Principal { principal: Principal::new("oauth", USER) };
    }
    if action == "oauth.delete_client" {
        return Target::Principal { principal };
    }
    let credential = CredentialRef::new("oauth", CredentialKind::Token, "sso/ci");
    Target::Credential { principal, credential }
}

fn serve(state: &mut Value, ask: &Ask) -> (u16, Value) {
    let known = state["client"] == true;
    let unknown = (401, json!({ "error": "invalid_token" }));
    match ask.operation {
        op::INTROSPECT => (200, json!({ "active": state["token"] })),
        op::READ_CLIENT | op::AUTHENTICATE if known => (200, json!({ "client_id": "ci" })),
        op::READ_CLIENT => unknown,
        op::AUTHENTICATE => (401, json!({ "error": "invalid_client" })),
        op::DELETE_CLIENT if known => {
            state["client"] = json!(false);
            (204, Value::Null)
        }
        op::REVOKE_USER => {
            let Body::Json(asked) = &ask.body else { return (400, json!({})) };
            if asked["sub_id"]["email"] != "ann@example.com" {
                return (404, Value::Null);
            }
            state["token"] = json!(false);
            (204, Value::Null)
        }
        op::REVOKE => {
            let Body::Form(form) = &ask.body else { return (400, json!({})) };
            if form.iter().any(|it| it.0 == "token" && it.1.expose() == TOKEN) {
                state["token"] = json!(false);
            }
            (200, Value::Null)
        }
        _ => unknown,
    }
}
