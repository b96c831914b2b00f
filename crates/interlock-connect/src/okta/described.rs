//! Every request to Okta, held against the SDK that Okta generates from its own description; the answers
//! come from the fake.
//!
//! Proves: `okta.clear_sessions`, `okta.deactivate_app`, `okta.deactivate_client_key`
//! Proves: `okta.deactivate_client_secret`, `okta.delete_api_token`
//! Proves: `okta.delete_client_secret`, `okta.expire_password`, `okta.issue_client_secret`
//! Proves: `okta.raise_risk`, `okta.remove_admin_role`, `okta.remove_client_role`, `okta.reset_factors`
//! Proves: `okta.revoke_app_tokens`, `okta.revoke_grant`, `okta.revoke_refresh_token`, `okta.suspend_user`

use super::fake::ready;
use super::operation as op;
use crate::idp::ask::Ask;
use crate::idp::described::{Interface, every_request, folder};
use interlock_model::Operation;
use serde_json::json;

const ROLES: &[&str] =
    &["models/standard_role_assignment_schema.py", "models/custom_role_assignment_schema.py"];

#[tokio::test]
async fn every_request_is_one_that_okta_describes() {
    let Some(folder) = folder("INTERLOCK_TEST_OKTA_SDK") else { return };
    let interface = Interface::generated(&folder);
    let asked = every_request(ready).await;
    let models = [
        (op::ASSIGN_ROLE, ROLES),
        (op::ASSIGN_CLIENT_ROLE, ROLES),
        (op::SET_RISK, &["models/user_risk_request.py"][..]),
    ];
    let wrong = interface.complaints(&asked, &models);
    assert!(wrong.is_empty(), "{wrong:#?}");
    println!("{} requests", asked.len());
    // And it does complain.
    for (wrong, says) in [
        (Ask::new(Operation("POST /api/v1/users/{id}/suspend (x)"), &[]), "no such method"),
        (Ask::new(op::CLEAR_SESSIONS, &[]).with("oauth", "true"), "takes no `oauth`"),
        (Ask::new(op::SET_RISK, &[]).json(json!({ "level": "HIGH" })), "has no `level`"),
    ] {
        let said = interface.complaints(&[wrong], &models);
        assert!(said.iter().any(|it| it.contains(says)), "{said:?}");
    }
}
