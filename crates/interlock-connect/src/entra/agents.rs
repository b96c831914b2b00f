//! Agents of Entra: turned off and called compromised, seen with their blueprints and with who answers
//! for them, and never taken for what they are made from.

use super::fake::{
    AGENT, AGENT_USER, ANN, BLUEPRINT, BLUEPRINT_CLIENT, BLUEPRINT_PRINCIPAL, add_agent, fresh,
    with_agent,
};
use super::operation as op;
use super::tests::{done, plan, principal, undo};
use crate::conformance::{Trouble, noon};
use crate::idp::ask::Body;
use interlock_contain::{Connector as _, DiscoverCx};
use interlock_model::{
    CredentialKind, CredentialRef, Discovered, IdentityKind, LineageKind, Principal, Target,
};
use serde_json::{Value, json};

#[tokio::test]
async fn an_agent_its_account_and_its_blueprint_are_changed_as_what_they_are() {
    let name = "entra.disable_account";
    for (who, says, kind) in [
        (AGENT, "turn agent `invoices` off", "#microsoft.graph.agentIdentity"),
        (AGENT_USER, "turn user `invoices@example.com` off", "#microsoft.graph.agentUser"),
        (
            BLUEPRINT_PRINCIPAL,
            "turn service principal `invoicing` off",
            "#microsoft.graph.agentIdentityBlueprintPrincipal",
        ),
    ] {
        let tenant = with_agent();
        let before = tenant.fake.state();
        let step = plan(&tenant, name, principal(who)).await.unwrap();
        assert_eq!(step.summary, says);
        let left = done(&tenant, &step).await;
        assert_eq!(left.iter().any(|it| it.contains("blueprint")), who == AGENT, "{left:?}");
        let list = if who == AGENT_USER { "users" } else { "services" };
        assert_eq!(tenant.fake.state()[list][who]["accountEnabled"], false);
        let asked = tenant.fake.asked();
        let written = asked.iter().rfind(|it| it.operation == op::SET_ENABLED).unwrap();
        let Body::Json(body) = &written.body else { panic!("{written:?}") };
        assert_eq!(*body, json!({ "@odata.type": kind, "accountEnabled": false }));
        done(&tenant, &undo(&step)).await;
        assert_eq!(tenant.fake.state(), before);
    }
}

#[tokio::test]
async fn an_agent_is_known_by_the_sort_of_its_service_principal_alone() {
    let tenant = with_agent();
    tenant.fake.change(|state| {
        state["services"][AGENT].as_object_mut().unwrap().remove("@odata.type");
    });
    let step = plan(&tenant, "entra.disable_account", principal(AGENT)).await.unwrap();
    assert_eq!(step.summary, "turn agent `invoices` off");
}

#[tokio::test]
async fn what_an_agent_does_not_have_is_looked_for_nowhere_else() {
    let tenant = with_agent();
    let credential = |kind, id: &str| Target::Credential {
        principal: Principal::new("entra", AGENT),
        credential: CredentialRef::new("entra", kind, id),
    };
    let token = |id: &str| credential(CredentialKind::Token, id);
    for (name, target) in [
        ("entra.deactivate_app", principal(AGENT)),
        ("entra.issue_secret", token(super::fake::SECRET)),
        ("entra.remove_secret", token(super::fake::SECRET)),
        ("entra.remove_federated_credential", token("federated/main")),
        (
            "entra.remove_certificate",
            credential(CredentialKind::Certificate, super::fake::THUMBPRINT),
        ),
    ] {
        let error = plan(&tenant, name, target).await.unwrap_err().to_string();
        assert!(error.contains("name the blueprint"), "{name}: {error}");
        assert!(tenant.fake.writes().is_empty());
    }
    // The blueprint has them, and goes off for all.
    let step = plan(&tenant, "entra.deactivate_app", principal(BLUEPRINT_PRINCIPAL)).await.unwrap();
    done(&tenant, &step).await;
    assert_eq!(tenant.fake.state()["applications"][BLUEPRINT]["isDisabled"], true);
    done(&tenant, &undo(&step)).await;
    let certificate = Target::Credential {
        principal: Principal::new("entra", BLUEPRINT_PRINCIPAL),
        credential: CredentialRef::new(
            "entra",
            CredentialKind::Certificate,
            super::fake::THUMBPRINT,
        ),
    };
    let step = plan(&tenant, "entra.remove_certificate", certificate).await.unwrap();
    done(&tenant, &step).await;
    assert_eq!(tenant.fake.state()["applications"][BLUEPRINT]["keyCredentials"], json!([]));
}

#[tokio::test]
async fn an_agent_is_called_compromised_in_the_list_of_agents_where_the_beta_may_be_asked() {
    let name = "entra.confirm_compromised";
    for who in [AGENT, AGENT_USER] {
        let tenant = with_agent();
        let step = plan(&tenant, name, principal(who)).await.unwrap();
        done(&tenant, &step).await;
        assert_eq!(tenant.fake.state()["risky"][who], "confirmedCompromised");
        done(&tenant, &undo(&step)).await;
        assert_eq!(tenant.fake.state()["risky"][who], "dismissed");
        let of_agents = |it: &&crate::idp::ask::Ask| {
            [op::READ_RISK, op::CONFIRM, op::DISMISS].contains(&it.operation)
        };
        for ask in tenant.fake.asked().iter().filter(of_agents) {
            let at = ask.at.as_deref().unwrap();
            assert!(
                at.starts_with("https://graph.example.com/beta/identityProtection/riskyAgents/")
            );
        }
        // People stay where they were.
        let step = plan(&tenant, name, principal(ANN)).await.unwrap();
        done(&tenant, &step).await;
    }
    let tenant = fresh();
    tenant.fake.change(add_agent);
    for who in [AGENT, AGENT_USER, BLUEPRINT_PRINCIPAL] {
        let error = plan(&tenant, name, principal(who)).await.unwrap_err().to_string();
        assert!(error.contains("say `risk_of_agents = true`"), "{error}");
    }
    assert!(tenant.fake.writes().is_empty());
}

#[tokio::test]
async fn agents_are_seen_with_their_blueprints_and_with_who_answers_for_them() {
    let tenant = with_agent();
    let cx = DiscoverCx::new(tenant.connector.spec().discovery.unwrap(), noon());
    let (mut found, mut from) = (Vec::<Discovered>::new(), None);
    loop {
        let page = tenant.connector.discover(&cx, from.as_deref()).await.unwrap();
        assert!(page.gaps.is_empty(), "{:?}", page.gaps);
        found.extend(page.found);
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    let of = |id: &str| found.iter().find(|it| &*it.principal.name == id).unwrap();
    let agent = of(AGENT);
    assert_eq!(agent.kind, Some(IdentityKind::Agent));
    let blueprint = Principal::new("entra", BLUEPRINT_CLIENT);
    assert_eq!(agent.lineage, [(LineageKind::AssumedBy, blueprint.clone())]);
    assert!(agent.created.is_some() && agent.also.is_empty(), "{agent:?}");
    assert_eq!(agent.labels["owner"], "ann@example.com");
    assert_eq!(agent.labels["other owners"], "Finance");
    let account = of(AGENT_USER);
    assert_eq!(account.kind, Some(IdentityKind::Agent));
    assert_eq!(account.labels["sponsor"], "ann@example.com");
    assert_eq!(of(ANN).kind, Some(IdentityKind::Human));
    assert_eq!(of(BLUEPRINT_PRINCIPAL).kind, Some(IdentityKind::ApiClient));
    assert_eq!(of(BLUEPRINT_PRINCIPAL).also, [blueprint]);
    assert!(of(BLUEPRINT_CLIENT).labels["blueprint"].starts_with("of agents"));

    // Who may not be asked is a gap, and the agent is still seen.
    tenant.fake.trouble(op::READ_OWNERS, Trouble::Denied);
    let page = tenant.connector.discover(&cx, Some("principals")).await.unwrap();
    assert!(page.found.iter().any(|it| &*it.principal.name == AGENT));
    let gap = page.gaps.iter().find(|it| it.what == "owners of agents").unwrap();
    assert!(gap.remedy.contains("Application.Read.All"), "{gap:?}");
}

#[tokio::test]
async fn the_check_asks_the_beta_where_it_may() {
    let beta = |tenant: &crate::conformance::idp::Tenant| {
        let asked = tenant.fake.asked();
        asked.iter().filter(|it| it.at.as_ref().is_some_and(|it| it.contains("/beta/"))).count()
    };
    let tenant = with_agent();
    let before: Value = tenant.fake.state();
    assert!(tenant.connector.check().await.iter().all(|it| it.outcome.is_ok()));
    assert_eq!((beta(&tenant), tenant.fake.state()), (3, before), "read, confirm, dismiss");
    let tenant = fresh();
    tenant.connector.check().await;
    assert_eq!(beta(&tenant), 0);
}
