//! A user of a member account, denied by the organisation and let in again, on a server of somebody else's,
//! by a user that may do exactly what the spec declares.
//!
//! The server keeps policies of an organisation and evaluates none: that a principal is denied is only
//! read back here.

use crate::account::now;
use crate::drive::{on, permit_for};
use crate::organization::{EMPTY, ask, place};
use crate::servers::{enforce, moto};
use interlock_connect_aws::organizations::{Organizations, OrganizationsConfig, SPEC};
use interlock_connect_aws::{CredentialSource, Secret};
use interlock_contain::{Action, CallError, Connector as _, ReadCx, Undo, WriteCx, mirror};
use interlock_model::{ActionKind, ConnectorId, Observation, Principal, Step, StepId};
use serde_json::{Value, json};

/// A policy that allows what the spec declares, and nothing more.
fn least_privilege() -> String {
    let all: Vec<String> = SPEC
        .actions
        .iter()
        .flat_map(|it| it.reads.iter().copied().chain([it.write]))
        .map(|it| it.to_string())
        .collect();
    let statement = json!({ "Effect": "Allow", "Action": all, "Resource": "*" });
    json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string()
}

async fn plan(action: &dyn Action, account: &str) -> Result<Step, CallError> {
    let principal = Principal::new("aws", &format!("arn:aws:iam::{account}:user/ci"));
    let intent = on(ActionKind::DisableIdentity, principal);
    let cx = ReadCx::new(action.spec(), now());
    action.plan(&cx, &intent, StepId::derive(&["deny"])).await
}

async fn execute(action: &dyn Action, step: &Step) {
    let permit = permit_for(step, now());
    let cx = WriteCx::open(action.spec(), permit, &step.id, &step.connector, now()).unwrap();
    action.execute(cx, step).await.unwrap();
}

fn holds(seen: &Observation) -> bool {
    matches!(seen, Observation::Holds { .. })
}

#[tokio::test]
async fn a_principal_is_denied_where_its_account_cannot_take_it_back() {
    let Some((server, account)) = moto().await else { return };
    let endpoint = server.endpoint();
    let keys = account.add_user("interlock", &least_privilege()).await;
    enforce(&server, false);
    let place = place(server);
    enforce(&place.server, true);
    let connector = Organizations::prepare(OrganizationsConfig {
        id: ConnectorId("organization".into()),
        deny_policy: place.policy.clone(),
        protected: Vec::new(),
        region: "us-east-1".to_owned(),
        endpoint: Some(endpoint),
        credentials: CredentialSource::Static {
            access_key_id: keys.id.clone(),
            secret: Secret::new(keys.secret.as_str()),
        },
        settle: None,
    })
    .await;
    let as_administrator = |operation: &str, body: Value| {
        enforce(&place.server, false);
        let said = ask(&place.server, operation, &body);
        enforce(&place.server, true);
        said
    };
    let attach = |operation: &str, target: &str| {
        as_administrator(operation, json!({ "PolicyId": place.policy, "TargetId": target }));
    };
    let actions = connector.actions();
    let [action] = *actions else { panic!("there is one action") };
    let cx = ReadCx::new(action.spec(), now());
    let refused = |error: Result<Step, CallError>| match error {
        Err(CallError::Unsupported { why }) => why,
        other => panic!("{other:?}"),
    };
    attach("AttachPolicy", &place.other);
    let why = refused(plan(action, &place.member).await);
    assert!(why.contains("attached neither to account"), "{why}");
    attach("AttachPolicy", &place.unit);
    let why = refused(plan(action, &place.management).await);
    assert!(why.contains("management account"), "{why}");

    let step = plan(action, &place.member).await.unwrap();
    assert!(!holds(&action.verify(&cx, &step).await));
    execute(action, &step).await;
    assert!(holds(&action.verify(&cx, &step).await));
    let content = as_administrator("DescribePolicy", json!({ "PolicyId": place.policy }));
    let content = content["Policy"]["Content"].as_str().unwrap().to_owned();
    assert!(content.contains(&format!("arn:aws:iam::{}:user/ci", place.member)), "{content}");
    // Somebody detaches the policy, and it denies nobody any more.
    attach("DetachPolicy", &place.unit);
    assert!(!holds(&action.verify(&cx, &step).await));
    attach("AttachPolicy", &place.unit);
    assert!(holds(&action.verify(&cx, &step).await));

    let Undo::Step(undo) = mirror(&step, None) else { panic!("there is no undo") };
    execute(action, &undo).await;
    assert!(holds(&action.verify(&cx, &undo).await));
    assert!(!holds(&action.verify(&cx, &step).await));
    let content = as_administrator("DescribePolicy", json!({ "PolicyId": place.policy }));
    let content: Value =
        serde_json::from_str(content["Policy"]["Content"].as_str().unwrap()).unwrap();
    assert_eq!(content, serde_json::from_str::<Value>(EMPTY).unwrap());
}
