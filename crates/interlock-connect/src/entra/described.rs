//! Every request to Microsoft Graph, held against the SDK that Microsoft generates from its own
//! description; the answers come from the fake.
//!
//! Proves: `entra.confirm_compromised`, `entra.deactivate_app`, `entra.disable_account`
//! Proves: `entra.issue_secret`, `entra.remove_certificate`
//! Proves: `entra.remove_app_role`, `entra.remove_federated_credential`, `entra.remove_permission_grant`
//! Proves: `entra.remove_secret`
//! Proves: `entra.revoke_sessions`

use super::fake::ready;
use super::operation as op;
use crate::idp::ask::Ask;
use crate::idp::described::{Interface, every_request, folder};
use interlock_model::Operation;
use serde_json::json;

#[tokio::test]
async fn every_request_is_one_that_microsoft_describes() {
    let Some(folder) = folder("INTERLOCK_TEST_GRAPH_SDK") else { return };
    let interface = Interface::kiota(&folder);
    let asked = every_request(ready).await;
    let risky = "identity_protection/risky_users";
    let confirm = format!("{risky}/confirm_compromised/confirm_compromised_post_request_body.py");
    let dismiss = format!("{risky}/dismiss/dismiss_post_request_body.py");
    let add = "applications/item/add_password/add_password_post_request_body.py";
    let services = "identity_protection/risky_service_principals";
    let confirm_service =
        format!("{services}/confirm_compromised/confirm_compromised_post_request_body.py");
    let dismiss_service = format!("{services}/dismiss/dismiss_post_request_body.py");
    let models: [(Operation, &[&str]); 10] = [
        (op::ADD_FEDERATED, &["models/federated_identity_credential.py"]),
        (op::ADD_SECRET, &[add]),
        (op::SET_KEYS, &["models/application.py"]),
        (op::ADD_GRANT, &["models/o_auth2_permission_grant.py"]),
        (op::ASSIGN_APP_ROLE, &["models/app_role_assignment.py"]),
        (op::CONFIRM, &[&confirm, &confirm_service]),
        (op::DISMISS, &[&dismiss, &dismiss_service]),
        (
            op::REMOVE_SECRET,
            &["service_principals/item/remove_password/remove_password_post_request_body.py"],
        ),
        (op::SET_DISABLED, &["models/application.py"]),
        (op::SET_ENABLED, &["models/user.py"]),
    ];
    let wrong = interface.complaints(&asked, &models);
    assert!(wrong.is_empty(), "{wrong:#?}");
    println!("{} requests", asked.len());
    // And it does complain.
    for (wrong, says) in [
        (Ask::new(Operation("POST /users/{user-id}/revokeSessions (x)"), &[]), "no such method"),
        (Ask::new(op::READ_USER, &[]).with("$filter", "x"), "takes no `$filter`"),
        (Ask::new(op::SET_ENABLED, &[]).json(json!({ "enabled": false })), "has no `enabled`"),
    ] {
        let said = interface.complaints(&[wrong], &models);
        assert!(said.iter().any(|it| it.contains(says)), "{said:?}");
    }
}
