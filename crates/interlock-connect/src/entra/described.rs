//! Every request to Microsoft Graph, held against the SDK that Microsoft generates from its own
//! description; the answers come from the fake.
//!
//! Proves: `entra.confirm_compromised`, `entra.deactivate_app`, `entra.disable_account`
//! Proves: `entra.issue_secret`, `entra.remove_certificate`
//! Proves: `entra.remove_app_role`, `entra.remove_federated_credential`, `entra.remove_permission_grant`
//! Proves: `entra.remove_secret`
//! Proves: `entra.revoke_sessions`

use super::fake::{ready, with_agent};
use super::operation as op;
use super::shared;
use crate::idp::ask::Ask;
use crate::idp::described::{Interface, every_request, folder};
use interlock_model::Operation;
use serde_json::json;

fn of_beta(it: &Ask) -> bool {
    it.at.as_ref().is_some_and(|it| it.contains("/beta/"))
}

#[tokio::test]
async fn every_request_about_the_risk_of_agents_is_one_of_the_beta_and_of_the_beta_alone() {
    let Some(folder) = folder("INTERLOCK_TEST_GRAPH_BETA_SDK") else { return };
    let Some(of_one) = self::folder("INTERLOCK_TEST_GRAPH_SDK") else { return };
    let (beta, one) = (Interface::kiota(&folder), Interface::kiota(&of_one));
    let asked: Vec<Ask> = every_request(with_agent).await.into_iter().filter(of_beta).collect();
    let risky = "identity_protection/risky_agents";
    let confirm = format!("{risky}/confirm_compromised/confirm_compromised_post_request_body.py");
    let dismiss = format!("{risky}/dismiss/dismiss_post_request_body.py");
    let models: [(Operation, &[&str]); 2] =
        [(op::CONFIRM, &[&confirm]), (op::DISMISS, &[&dismiss])];
    let wrong = beta.complaints(&asked, &models);
    assert!(wrong.is_empty(), "{wrong:#?}");
    for operation in [op::READ_RISK, op::CONFIRM, op::DISMISS] {
        assert!(asked.iter().any(|it| it.operation == operation), "{operation}");
    }
    println!("{} requests", asked.len());
    // What is read back is a state that the type has, and Graph 1.0 knows none of these.
    let model = std::fs::read_to_string(folder.join("models/risky_agent.py")).unwrap();
    assert!(model.contains("\"riskState\": lambda"));
    assert!(one.complaints(&asked, &models).iter().all(|it| it.contains("no such method")));
    assert_eq!(one.complaints(&asked, &models).len(), 3, "take it out of the beta by now");
    // So do the fields of a sign-in that tell whom it was and by which trust.
    for (file, names) in [
        ("models/sign_in.py", &["federatedCredentialId", "agent"][..]),
        (
            "models/agentic/agent_sign_in.py",
            &["agentSubjectParentId", "agentSubjectType", "agentType", "parentAppId"],
        ),
    ] {
        let model = std::fs::read_to_string(folder.join(file)).unwrap();
        for name in names {
            assert!(model.contains(&format!("\"{name}\": lambda")), "{file}: {name}");
        }
    }
}

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
    // Types of agents and blueprints are said as every object says its own.
    let entity = "models/entity.py";
    let models: [(Operation, &[&str]); 10] = [
        (op::ADD_FEDERATED, &["models/federated_identity_credential.py"]),
        (op::ADD_SECRET, &[add]),
        (op::SET_KEYS, &["models/application.py", entity]),
        (op::ADD_GRANT, &["models/o_auth2_permission_grant.py"]),
        (op::ASSIGN_APP_ROLE, &["models/app_role_assignment.py"]),
        (op::CONFIRM, &[&confirm, &confirm_service]),
        (op::DISMISS, &[&dismiss, &dismiss_service]),
        (
            op::REMOVE_SECRET,
            &["service_principals/item/remove_password/remove_password_post_request_body.py"],
        ),
        (op::SET_DISABLED, &["models/application.py", entity]),
        (op::SET_ENABLED, &["models/user.py", entity]),
    ];
    let wrong = interface.complaints(&asked, &models);
    assert!(wrong.is_empty(), "{wrong:#?}");
    println!("{} requests", asked.len());
    let agents: Vec<Ask> = every_request(with_agent).await;
    let agents: Vec<Ask> = agents.into_iter().filter(|it| !of_beta(it)).collect();
    let wrong = interface.complaints(&agents, &models);
    assert!(wrong.is_empty(), "{wrong:#?}");
    // What tells agents from others is what the SDK itself tells them by.
    let text = |name: &str| std::fs::read_to_string(folder.join("models").join(name)).unwrap();
    for (file, kind) in [
        ("service_principal.py", shared::AGENT),
        ("service_principal.py", shared::BLUEPRINT_PRINCIPAL),
        ("application.py", shared::BLUEPRINT),
        ("user.py", shared::AGENT_USER),
    ] {
        assert!(text(file).contains(&format!("\"{kind}\".casefold()")), "{file}: {kind}");
    }
    let sort = format!("{} - A service principal that represents", shared::SERVICE_IDENTITY);
    assert!(text("service_principal.py").contains(&sort));
    assert!(text("agent_identity.py").contains("\"agentIdentityBlueprintId\": lambda"));
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
