//! What is refused at Entra, what is left, and what a look at everything shows.

use super::fake::{
    ANN, CI, CI_APP, MICROSOFT, OTHER_SECRET, OWN, USER, aim, assignment, delivered, fresh, with,
};
use super::operation as op;
use crate::conformance::idp::Tenant;
use crate::conformance::{noon, permit_for};
use interlock_contain::{Action, CallError, Connector as _, DiscoverCx, ReadCx, Undo, WriteCx};
use interlock_model::{
    CredentialKind, CredentialRef, Discovered, IdentityKind, Intent, Observation, Principal, Step,
    StepId, Target,
};
use serde_json::json;

fn action<'a>(tenant: &'a Tenant, name: &str) -> &'a dyn Action {
    tenant.connector.actions().into_iter().find(|it| it.spec().name == name).unwrap()
}

pub(super) async fn plan(tenant: &Tenant, name: &str, target: Target) -> Result<Step, CallError> {
    let it = action(tenant, name);
    let intent = Intent { kind: it.spec().kind, target };
    it.plan(&ReadCx::new(it.spec(), noon()), &intent, StepId::derive(&["test"])).await
}

/// Carries a step out, and gives what is left alive.
pub(super) async fn done(tenant: &Tenant, step: &Step) -> Vec<String> {
    let it = action(tenant, &step.action.0);
    let permit = permit_for(step, noon()).unwrap();
    let cx = WriteCx::open(it.spec(), permit, &step.id, &step.connector, noon()).unwrap();
    it.execute(cx, step).await.unwrap();
    match it.verify(&ReadCx::new(it.spec(), noon()), step).await {
        Observation::Holds { residual, .. } => residual.into_iter().map(|it| it.what).collect(),
        other @ (Observation::DoesNotHold { .. } | Observation::CannotTell { .. }) => {
            panic!("{other:?}")
        }
    }
}

pub(super) fn undo(step: &Step) -> Step {
    match interlock_contain::mirror(step, None) {
        Undo::Step(undo) => *undo,
        Undo::Impossible { why } => panic!("{why}"),
    }
}

pub(super) fn principal(id: &str) -> Target {
    Target::Principal { principal: Principal::new("entra", id) }
}

#[tokio::test]
async fn the_last_the_own_the_protected_and_microsofts_are_refused() {
    for (name, who, says) in [
        ("entra.disable_account", OWN, "acts as it"),
        ("entra.deactivate_app", OWN, "acts as it"),
        ("entra.remove_app_role", OWN, "acts as it"),
        ("entra.disable_account", MICROSOFT, "Microsoft's own"),
        ("entra.disable_account", ANN, "its `protected` names it"),
        ("entra.revoke_sessions", ANN, "its `protected` names it"),
        ("entra.disable_account", "nobody", "is not there"),
        ("entra.revoke_sessions", CI, "is not there"),
    ] {
        let tenant = with(&["Ann@example.com"]);
        let error = plan(&tenant, name, principal(who)).await.unwrap_err().to_string();
        assert!(error.contains(says), "{name} {who}: {error}");
        assert!(tenant.fake.writes().is_empty());
    }
    let tenant = fresh();
    tenant.fake.change(|state| state["users"][ANN]["accountEnabled"] = json!(false));
    let error = plan(&tenant, "entra.disable_account", principal(USER)).await.unwrap_err();
    assert!(error.to_string().contains("last global administrator"), "{error}");
    // A service principal with that role lets nobody in.
    tenant.fake.change(|state| state["roles"][1]["principalId"] = json!(CI));
    let error = plan(&tenant, "entra.disable_account", principal(USER)).await.unwrap_err();
    assert!(error.to_string().contains("last global administrator"), "{error}");
    tenant.fake.change(|state| {
        state["applications"].as_object_mut().unwrap().remove(CI_APP);
    });
    for name in ["entra.deactivate_app", "entra.remove_secret"] {
        let target = if name == "entra.remove_secret" { aim(name) } else { principal(CI) };
        let error = plan(&tenant, name, target).await.unwrap_err();
        assert!(error.to_string().contains("another tenant"), "{name}: {error}");
    }
}

#[tokio::test]
async fn a_service_principal_is_turned_off_by_the_same_verb() {
    let tenant = fresh();
    let step = plan(&tenant, "entra.disable_account", principal(CI)).await.unwrap();
    assert_eq!(step.summary, "turn service principal `ci` off");
    done(&tenant, &step).await;
    assert_eq!(tenant.fake.state()["services"][CI]["accountEnabled"], false);
    assert_eq!(tenant.fake.state()["users"][USER]["accountEnabled"], true);
    let left = interlock_contain::residual(
        &[action(&tenant, "entra.disable_account").spec()],
        &[],
        noon(),
    );
    assert!(left.iter().any(|it| it.what.contains("28 hours") && it.until.is_some()), "{left:?}");
}

#[tokio::test]
async fn a_user_of_active_directory_is_said_to_come_back() {
    let tenant = fresh();
    tenant.fake.change(|state| state["users"][USER]["onPremisesSyncEnabled"] = json!(true));
    let step = plan(&tenant, "entra.disable_account", principal(USER)).await.unwrap();
    let left = done(&tenant, &step).await;
    assert!(left.iter().any(|it| it.contains("next synchronisation")), "{left:?}");
}

#[tokio::test]
async fn a_secret_is_found_on_whichever_object_has_it() {
    let tenant = fresh();
    let step = plan(&tenant, "entra.remove_secret", aim("entra.remove_secret")).await.unwrap();
    assert_eq!(step.before.get("on"), Some("application"));
    let left = done(&tenant, &step).await;
    assert!(left.iter().any(|it| it.starts_with("2 other secrets and certificates")), "{left:?}");
    let id = OTHER_SECRET.to_uppercase();
    let credential = CredentialRef::new("entra", CredentialKind::Token, &id.to_lowercase());
    let target = Target::Credential { principal: Principal::new("entra", CI), credential };
    let step = plan(&tenant, "entra.remove_secret", target).await.unwrap();
    assert_eq!(step.before.get("on"), Some("service principal"));
    done(&tenant, &step).await;
    let state = tenant.fake.state();
    assert_eq!(state["services"][CI]["passwordCredentials"], json!([]));
    assert_eq!(state["applications"][CI_APP]["passwordCredentials"], json!([]));
}

#[tokio::test]
async fn a_secret_is_replaced_on_its_object_also_when_the_old_one_went_first() {
    let it = delivered();
    let tenant = &it.bench;
    let name = "entra.issue_secret";
    let issue = plan(tenant, name, aim(name)).await.unwrap();
    let remove = plan(tenant, "entra.remove_secret", aim("entra.remove_secret")).await.unwrap();
    done(tenant, &remove).await;
    done(tenant, &issue).await;
    let all = tenant.fake.state()["applications"][CI_APP]["passwordCredentials"].clone();
    assert_eq!(all.as_array().unwrap().len(), 1);
    assert!(all[0]["displayName"].as_str().unwrap().starts_with("interlock-"), "{all}");
    // The old one was made for two years.
    assert!(all[0]["endDateTime"].as_str().unwrap().starts_with("2028-02-29"), "{all}");
    assert!(it.postbox.reads().starts_with("made-by-the-fake"));

    let it = delivered();
    let tenant = &it.bench;
    let credential = CredentialRef::new("entra", CredentialKind::Token, OTHER_SECRET);
    let target = Target::Credential { principal: Principal::new("entra", CI), credential };
    let issue = plan(tenant, name, target).await.unwrap();
    assert_eq!(issue.before.get("on"), Some(&*format!("service principal {CI}")));
    done(tenant, &issue).await;
    let state = tenant.fake.state();
    assert_eq!(state["services"][CI]["passwordCredentials"].as_array().unwrap().len(), 2);
    assert_eq!(state["applications"][CI_APP]["passwordCredentials"].as_array().unwrap().len(), 1);

    let error = plan(&fresh(), name, aim(name)).await.unwrap_err().to_string();
    assert!(error.contains("no `[[delivery]]` names `entra:"), "{error}");
    let tenant = fresh();
    tenant.fake.change(|state| {
        let keys = state["applications"][CI_APP]["keyCredentials"].as_array_mut().unwrap();
        keys[0]["usage"] = json!("Sign");
        keys.push(json!({ "keyId": "k2", "customKeyIdentifier": "kept", "usage": "Verify" }));
    });
    let name = "entra.remove_certificate";
    let error = plan(&tenant, name, aim(name)).await.unwrap_err().to_string();
    assert!(error.contains("lets nobody in"), "{error}");
    tenant.fake.change(|state| {
        state["applications"][CI_APP]["keyCredentials"][0]["usage"] = json!("Verify");
    });
    let step = plan(&tenant, name, aim(name)).await.unwrap();
    let left = done(&tenant, &step).await;
    assert!(left.iter().any(|it| it.starts_with("3 other secrets")), "{left:?}");
    let keys = tenant.fake.state()["applications"][CI_APP]["keyCredentials"].clone();
    assert_eq!(keys.as_array().unwrap().len(), 1, "the other one is still there");
}

#[tokio::test]
async fn the_strongest_permission_goes_and_the_other_grant_is_said_to_be_left() {
    let tenant = fresh();
    tenant.fake.change(|state| {
        let roles = state["app_roles"].as_array_mut().unwrap();
        roles.insert(0, assignment("ar7", "00000000-0000-4000-8000-000000000001"));
        roles.push(assignment("ar8", "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8"));
    });
    let step = plan(&tenant, "entra.remove_app_role", principal(CI)).await.unwrap();
    assert_eq!(step.before.get("appRoleId"), Some("9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8"));
    let left = done(&tenant, &step).await;
    assert!(left.iter().any(|it| it.starts_with("2 other permissions")), "{left:?}");
    let name = "entra.remove_permission_grant";
    let step = plan(&tenant, name, aim(name)).await.unwrap();
    let left = done(&tenant, &step).await;
    assert!(left.iter().any(|it| it.starts_with("1 other grants")), "{left:?}");
}

#[tokio::test]
async fn a_trust_comes_back_as_it_was_and_one_that_is_not_shown_whole_is_refused() {
    let name = "entra.remove_federated_credential";
    let tenant = fresh();
    tenant.fake.change(|state| {
        let all = state["federated"].as_array_mut().unwrap();
        all.push(json!({ "id": "fed9", "name": "expression", "issuer": "https://gitlab.com" }));
    });
    let before = tenant.fake.state()["federated"][0].clone();
    let step = plan(&tenant, name, aim(name)).await.unwrap();
    let says =
        "to `repo:acme/shop:ref:refs/heads/main` of `https://token.actions.githubusercontent.com`";
    assert!(step.summary.contains(says), "{}", step.summary);
    let left = done(&tenant, &step).await;
    assert!(left.iter().any(|it| it.starts_with("1 other federated")), "{left:?}");
    let back = undo(&step);
    done(&tenant, &back).await;
    let mut after = tenant.fake.state()["federated"][1].clone();
    assert_ne!(after["id"], before["id"]);
    after["id"] = before["id"].clone();
    after["description"] = json!(null);
    assert_eq!(after, before);
    let credential = CredentialRef::new("entra", CredentialKind::Token, "federated/expression");
    let target = Target::Credential { principal: Principal::new("entra", CI), credential };
    let error = plan(&tenant, name, target).await.unwrap_err().to_string();
    assert!(error.contains("trusts by an expression"), "{error}");
    tenant.fake.change(|state| {
        state["applications"].as_object_mut().unwrap().remove(CI_APP);
    });
    let error = plan(&tenant, name, aim(name)).await.unwrap_err().to_string();
    assert!(error.contains("another tenant"), "{error}");
}

#[tokio::test]
async fn a_trust_goes_by_the_id_that_sign_ins_have_and_is_found_again_by_its_name() {
    let tenant = fresh();
    let credential = CredentialRef::new("entra", CredentialKind::Token, "federated/fed0");
    let target = Target::Credential { principal: Principal::new("entra", CI), credential };
    let name = "entra.remove_federated_credential";
    let step = plan(&tenant, name, target.clone()).await.unwrap();
    assert!(step.summary.starts_with("take the trust `main` of"), "{}", step.summary);
    done(&tenant, &step).await;
    assert_eq!(tenant.fake.state()["federated"], json!([]));
    let back = undo(&step);
    done(&tenant, &back).await;
    // Somebody gives it back behind our back, with another id: that is seen.
    assert_ne!(tenant.fake.state()["federated"][0]["id"], "fed0");
    let it = action(&tenant, name);
    let seen = it.verify(&ReadCx::new(it.spec(), noon()), &step).await;
    assert!(matches!(seen, Observation::DoesNotHold { .. }), "{seen:?}");
    let error = plan(&tenant, name, target).await;
    assert!(error.is_ok_and(|it| it.before == it.after), "nothing of that id is there");
}

#[tokio::test]
async fn a_service_principal_is_called_compromised_in_its_own_list() {
    let tenant = fresh();
    let name = "entra.confirm_compromised";
    let step = plan(&tenant, name, principal(CI)).await.unwrap();
    assert_eq!(step.summary, "say that service principal `ci` is compromised");
    done(&tenant, &step).await;
    let risky = tenant.fake.state()["risky"].clone();
    assert_eq!(risky, json!({ USER: "atRisk", CI: "confirmedCompromised" }));
    let back = undo(&step);
    done(&tenant, &back).await;
    assert_eq!(tenant.fake.state()["risky"], json!({ USER: "atRisk", CI: "dismissed" }));
}

#[tokio::test]
async fn everybody_is_seen_with_the_ages_of_what_proves_them_and_no_value() {
    let tenant = fresh();
    tenant.fake.change(|state| {
        state["services"][CI]["servicePrincipalType"] = json!("ManagedIdentity");
    });
    let cx = DiscoverCx::new(tenant.connector.spec().discovery.unwrap(), noon());
    let (mut found, mut from, mut pages) = (Vec::<Discovered>::new(), None, 0);
    loop {
        let page = tenant.connector.discover(&cx, from.as_deref()).await.unwrap();
        assert!(page.gaps.is_empty(), "{:?}", page.gaps);
        found.extend(page.found);
        pages += 1;
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    assert_eq!(pages, 4, "two of users, one of service principals, one of applications");
    let of = |id: &str| found.iter().find(|it| &*it.principal.name == id).unwrap();
    assert_eq!(of(USER).entitlements[0].grant, "Global Administrator");
    assert_eq!(of(USER).also[0].name.as_ref(), "svc@example.com");
    assert_eq!(of(CI).kind, Some(IdentityKind::Workload));
    let app = found.last().unwrap();
    assert_eq!(
        app.labels["trusts main"],
        "https://token.actions.githubusercontent.com repo:acme/shop:ref:refs/heads/main"
    );
    let kinds: Vec<&str> = app.credentials.iter().map(|it| it.reference.as_str()).collect();
    assert!(kinds[0].starts_with("entra:token:aaaaaaaa-"), "{kinds:?}");
    assert_eq!(kinds[1], "entra:certificate:000102030405060708090a0b0c0d0e0f10111213");
    assert!(app.credentials[..2].iter().all(|it| it.expires.is_some()));
    assert_eq!(kinds[2], "entra:token:federated/fed0", "as sign-ins name it");
    tenant.fake.trouble(op::READ_ROLES, crate::conformance::Trouble::Denied);
    let page = tenant.connector.discover(&cx, None).await.unwrap();
    assert_eq!((page.found.len(), page.gaps.len()), (1, 1));
    let elsewhere = tenant.connector.discover(&cx, Some("users https://evil.example.com/")).await;
    assert!(matches!(elsewhere, Err(CallError::Invalid { .. })), "{elsewhere:?}");
    let own = tenant.connector.own_principals().await.unwrap();
    assert_eq!(own.len(), 2, "its service principal and its client id");
}

#[tokio::test]
async fn the_check_tries_everything_writes_nothing_and_names_what_is_missing() {
    let tenant = fresh();
    let before = tenant.fake.state();
    let checks = tenant.connector.check().await;
    // Places of delivery are checked where there are some.
    let all = crate::reference::permissions(tenant.connector.spec()).enforce;
    assert_eq!(checks.len(), all.len() - 1);
    assert!(checks.iter().all(|it| it.outcome.is_ok()), "{checks:#?}");
    assert_eq!(tenant.fake.state(), before);
    let missing = super::operation::REVOKE_SESSIONS;
    tenant.fake.trouble(missing, crate::conformance::Trouble::Denied);
    let checks = tenant.connector.check().await;
    let failed: Vec<_> = checks.into_iter().filter(|it| it.outcome.is_err()).collect();
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert_eq!(failed[0].permission, missing.to_string());
    let said = failed[0].outcome.as_ref().unwrap_err();
    assert!(said.to_string().contains("application permission User.RevokeSessions.All"), "{said}");
}
