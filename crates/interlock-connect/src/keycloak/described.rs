//! Every request to Keycloak, held against Keycloak's own client for its administration; the answers come
//! from the fake.
//!
//! Proves: `keycloak.disable_client`, `keycloak.disable_user`, `keycloak.logout_user`
//! Proves: `keycloak.revoke_client_tokens`

use super::fake::{ANN, config, fresh};
use super::operation as op;
use super::with_api;
use crate::conformance::{noon, permit_for};
use crate::idp::ask::Ask;
use crate::idp::described::{Interface, every_request, folder};
use interlock_contain::{Connector as _, ReadCx, Undo, WriteCx, mirror};
use interlock_model::{
    ActionKind, Intent, Observation, Operation, Principal, Step, StepId, Target, Timestamp,
};
use jiff::SignedDuration;
use serde_json::json;
use std::sync::Arc;

#[tokio::test]
async fn every_request_is_one_that_keycloaks_own_client_makes() {
    let Some(folder) = folder("INTERLOCK_TEST_KEYCLOAK_CLIENT") else { return };
    let interface = Interface::of_keycloak(&folder);
    let asked = every_request(fresh).await;
    let models = [
        (op::WRITE_USER, &["defs/userRepresentation.d.ts"][..]),
        (op::WRITE_CLIENT, &["defs/clientRepresentation.d.ts"][..]),
    ];
    let wrong = interface.complaints(&asked, &models);
    assert!(wrong.is_empty(), "{wrong:#?}");
    // And it does complain.
    for (wrong, says) in [
        (
            Ask::new(Operation("POST /admin/realms/{realm}/users/{id}/sign-out (x)"), &[]),
            "no such method",
        ),
        (Ask::new(op::FIND_USER, &[]).with("login", "ann"), "takes no `login`"),
        (Ask::new(op::WRITE_USER, &[]).json(json!({ "disabled": true })), "has no `disabled`"),
    ] {
        let said = interface.complaints(&[wrong], &models);
        assert!(said.iter().any(|it| it.contains(says)), "{said:?}");
    }
}

#[tokio::test]
async fn whom_it_must_not_touch_is_refused_under_every_name() {
    let tenant = fresh();
    let connector = with_api(
        super::KeycloakConfig { protected: vec![ANN.to_uppercase()], ..config() },
        Arc::clone(&tenant.fake) as _,
    );
    for (name, whom, says) in [
        ("keycloak.disable_user", "sso/ann", "never contained"),
        ("keycloak.disable_user", "other/ann", "nothing of connector"),
        ("keycloak.disable_user", "sso/nobody", "not there"),
        ("keycloak.disable_client", "sso/client/nothing", "not there"),
        ("keycloak.revoke_client_tokens", "sso/client/nothing", "not there"),
    ] {
        let all = connector.actions();
        let action = all.into_iter().find(|it| it.spec().name == name).unwrap();
        let target = Target::Principal { principal: Principal::new("keycloak", whom) };
        let intent = Intent { kind: ActionKind::DisableIdentity, target };
        let cx = ReadCx::new(action.spec(), noon());
        let error = action.plan(&cx, &intent, StepId::derive(&["x"])).await.unwrap_err();
        let said = error.to_string();
        assert!(said.contains(says), "{name} {whom}: {said}");
    }
    assert!(tenant.fake.writes().is_empty());
}

#[tokio::test]
async fn tokens_of_a_client_count_from_when_it_is_carried_out_and_as_before_when_taken_back() {
    let tenant = fresh();
    let name = "keycloak.revoke_client_tokens";
    let all = tenant.connector.actions();
    let action = all.into_iter().find(|it| it.spec().name == name).unwrap();
    tenant.fake.change(|state| state["client"]["notBefore"] = json!(1_700_000_000));
    let target = Target::Principal { principal: Principal::new("keycloak", "sso/client/shop") };
    let intent = Intent { kind: ActionKind::RevokeSessions, target };
    let planned = ReadCx::new(action.spec(), noon());
    let step = action.plan(&planned, &intent, StepId::derive(&["x"])).await.unwrap();
    let carry_out = async |step: &Step, now: Timestamp| {
        let permit = permit_for(step, now).unwrap();
        let cx = WriteCx::open(action.spec(), permit, &step.id, &step.connector, now).unwrap();
        action.execute(cx, step).await.unwrap();
        let seen = action.verify(&ReadCx::new(action.spec(), now), step).await;
        assert!(matches!(seen, Observation::Holds { .. }), "{seen:?}");
    };
    // A person said yes an hour later.
    let later = noon() + SignedDuration::from_hours(1);
    carry_out(&step, later).await;
    let state = tenant.fake.state();
    assert_eq!(state["client"]["notBefore"], later.as_second() + 1);
    assert_eq!(state["client"]["enabled"], true);
    let Undo::Step(back) = mirror(&step, None) else { panic!("no undo") };
    carry_out(&back, later).await;
    assert_eq!(tenant.fake.state()["client"]["notBefore"], 1_700_000_000);
}
