//! What is refused at Okta, what is left, and what a look at everything shows.

use super::fake::{ANN, APP, ME, USER, aim, fresh, with};
use crate::conformance::idp::Tenant;
use crate::conformance::noon;
use interlock_contain::{CallError, Connector as _, DiscoverCx, ReadCx};
use interlock_model::{
    CredentialKind, CredentialRef, Discovered, Intent, Principal, Step, StepId, Target,
};
use serde_json::json;

async fn plan(tenant: &Tenant, action: &str, target: Target) -> Result<Step, CallError> {
    let all = tenant.connector.actions();
    let it = all.into_iter().find(|it| it.spec().name == action).unwrap();
    let intent = Intent { kind: it.spec().kind, target };
    it.plan(&ReadCx::new(it.spec(), noon()), &intent, StepId::derive(&["test"])).await
}

fn principal(id: &str) -> Target {
    Target::Principal { principal: Principal::new("okta", id) }
}

#[tokio::test]
async fn the_last_the_own_and_the_protected_are_refused() {
    for (action, who, says) in [
        ("okta.suspend_user", ME, "the token of connector `okta-1` belongs to it"),
        ("okta.expire_password", ME, "belongs to it"),
        ("okta.reset_factors", ME, "belongs to it"),
        ("okta.raise_risk", ME, "belongs to it"),
        ("okta.remove_admin_role", ME, "belongs to it"),
        ("okta.suspend_user", "00u8nobody", "is not there"),
        ("okta.suspend_user", ANN, "its `protected` names it"),
        ("okta.clear_sessions", ANN, "its `protected` names it"),
    ] {
        let tenant = with(&["Ann@example.com"]);
        if who == ME {
            // Factors that could be reset.
            tenant.fake.change(|state| state["factors"][ME] = json!(["push"]));
        }
        let error = plan(&tenant, action, principal(who)).await.unwrap_err().to_string();
        assert!(error.contains(says), "{action} {who}: {error}");
        assert!(tenant.fake.writes().is_empty());
    }
    for action in ["okta.suspend_user", "okta.remove_admin_role"] {
        // The other one is suspended, so that nobody would be left.
        let tenant = fresh();
        tenant.fake.change(|state| state["users"][ANN]["status"] = json!("SUSPENDED"));
        let error = plan(&tenant, action, principal(USER)).await.unwrap_err().to_string();
        assert!(error.contains("last active super administrator"), "{action}: {error}");
    }
}

#[tokio::test]
async fn what_okta_would_refuse_or_lose_is_not_tried() {
    let tenant = fresh();
    tenant.fake.change(|state| {
        state["users"][USER]["status"] = json!("LOCKED_OUT");
        state["secrets"][1]["status"] = json!("INACTIVE");
        state["keys"][1]["status"] = json!("INACTIVE");
    });
    for (action, says) in [
        ("okta.suspend_user", "only an active one can be suspended"),
        ("okta.expire_password", "only an active user"),
        ("okta.deactivate_client_secret", "is the only active one"),
        ("okta.deactivate_client_key", "is the only active one"),
    ] {
        let error = plan(&tenant, action, aim(action)).await.unwrap_err().to_string();
        assert!(error.contains(says), "{action}: {error}");
    }
    // A role that is limited would come back without its limit.
    let tenant = fresh();
    tenant.fake.change(|state| {
        state["roles"][APP] = json!([{ "id": "ra6", "type": "APP_ADMIN", "status": "ACTIVE" }]);
        state["limited"]["ra6"] = json!([{ "name": "salesforce" }]);
    });
    let error = plan(&tenant, "okta.remove_client_role", principal(APP)).await.unwrap_err();
    assert!(error.to_string().contains("limited"), "{error}");
    // Somebody else's token, under this user's name.
    let credential = CredentialRef::new("okta", CredentialKind::Token, "00T1");
    let target = Target::Credential { principal: Principal::new("okta", ANN), credential };
    let error = plan(&tenant, "okta.delete_api_token", target).await.unwrap_err();
    assert!(error.to_string().contains("belongs to `00u1svc`"), "{error}");
    tenant.fake.change(|state| state["app"]["name"] = json!("okta_enduser"));
    let error = plan(&tenant, "okta.deactivate_app", principal(APP)).await.unwrap_err();
    assert!(error.to_string().contains("Okta's own"), "{error}");
}

#[tokio::test]
async fn what_is_of_another_sort_does_not_seem_to_be_gone() {
    let tenant = fresh();
    for (action, who, id) in [
        ("okta.delete_api_token", APP, "ocs1"),
        ("okta.delete_api_token", USER, "oar1"),
        ("okta.revoke_refresh_token", USER, "00T1"),
        ("okta.revoke_grant", USER, "oar1"),
        ("okta.deactivate_client_secret", USER, "00T1"),
    ] {
        let credential = CredentialRef::new("okta", CredentialKind::Token, id);
        let target = Target::Credential { principal: Principal::new("okta", who), credential };
        let error = plan(&tenant, action, target).await.unwrap_err();
        assert!(matches!(error, CallError::Unsupported { .. }), "{action} {id}: {error}");
    }
}

#[tokio::test]
async fn the_strongest_role_goes_and_the_others_are_said_to_be_left() {
    let tenant = fresh();
    let step = plan(&tenant, "okta.remove_admin_role", principal(USER)).await.unwrap();
    assert_eq!(step.before.get("role"), Some("SUPER_ADMIN"));
    assert_eq!(step.summary, "take the role `SUPER_ADMIN` from `svc@example.com`");
}

#[tokio::test]
async fn everybody_is_seen_with_the_ages_of_what_proves_them_and_no_value() {
    let tenant = fresh();
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
    assert_eq!(pages, 4, "two of users, one of those that are gone, one of apps");
    let of = |id: &str| found.iter().find(|it| &*it.principal.name == id).unwrap();
    assert_eq!(of(USER).enabled, Some(true));
    assert_eq!(of(USER).entitlements.len(), 2);
    assert_eq!(of(USER).credentials[0].reference.as_str(), "okta:token:00T1");
    assert_eq!(of("00u3bob").enabled, Some(false));
    assert_eq!(of("00u3bob").labels["status"], "DEPROVISIONED");
    assert_eq!(of(APP).credentials.len(), 4);
    assert!(of(APP).credentials[0].issued.is_some());
    assert!(!format!("{found:?}").contains(tenant.planted));
    for elsewhere in ["users https://evil.example.com/api/v1/users", "nowhere"] {
        let error = tenant.connector.discover(&cx, Some(elsewhere)).await.unwrap_err();
        assert!(matches!(error, CallError::Invalid { .. }), "{error}");
    }
    // What may not be seen is a gap, and the rest is seen all the same.
    tenant.fake.trouble(super::operation::LIST_API_TOKENS, crate::conformance::Trouble::Denied);
    let page = tenant.connector.discover(&cx, None).await.unwrap();
    assert_eq!((page.found.len(), page.gaps.len()), (2, 1));
    assert_eq!(page.gaps[0].remedy, "grant `okta.apiTokens.read`");
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
    let missing = super::operation::SUSPEND;
    tenant.fake.trouble(missing, crate::conformance::Trouble::Denied);
    let checks = tenant.connector.check().await;
    let failed: Vec<_> = checks.into_iter().filter(|it| it.outcome.is_err()).collect();
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert_eq!(failed[0].permission, missing.to_string());
    let said = failed[0].outcome.as_ref().unwrap_err();
    assert!(said.to_string().contains("a role that covers `okta.users.manage`"), "{said}");
}
