//! Every operation held against AWS's own description of Organizations, as botocore brings it along; and a
//! principal denied and let in again on the fake, whose policy is sent in that form; and whom nothing is
//! aimed at.
//!
//! Proves: `aws_organizations.deny_principal`.

use super::calls::{DescribeOrganization, ListParents};
use super::fake::{Fake, MANAGEMENT, POLICY, USER};
use super::{Organizations, OrganizationsConfig, SPEC, deny_principal};
use crate::api::described::{Description, Seen, folder};
use crate::control_policies::{DescribePolicy, ListTargetsForPolicy, UpdatePolicy};
use expect_test::expect;
use interlock_contain::{CallError, Connector as _, ReadCx};
use interlock_model::{
    ActionKind, Intent, Observation, Operation, Principal, Step, StepId, Target, Timestamp,
};
use std::collections::BTreeSet;
use std::sync::Arc;

#[test]
fn every_operation_is_as_aws_describes_it() {
    let Some(folder) = folder() else { return };
    let organizations = Description::read(&folder, "organizations");
    let next_token = Some("t");
    let mut seen = Seen::default();

    seen.answered(
        &organizations,
        &DescribeOrganization {},
        &expect![[r#""Organization.MasterAccountId""#]],
    );
    seen.answered(
        &organizations,
        &ListParents { child_id: "111122223333", next_token },
        &expect![[r#"
        Page {
            items: [
                "Parents.Id",
            ],
            next: Some(
                "NextToken",
            ),
        }"#]],
    );
    seen.answered(
        &organizations,
        &DescribePolicy { policy_id: POLICY },
        &expect![[r#""Policy.Content""#]],
    );
    seen.answered(
        &organizations,
        &ListTargetsForPolicy { policy_id: POLICY, next_token },
        &expect![[r#"
        Page {
            items: [
                "Targets.TargetId",
            ],
            next: Some(
                "NextToken",
            ),
        }"#]],
    );
    let content = deny_principal::DENIED
        .changed(r#"{"Version":"2012-10-17","Statement":[]}"#, USER, true)
        .unwrap();
    assert!(content.contains(&format!(r#""ArnEquals":{{"aws:PrincipalArn":["{USER}"]}}"#)));
    seen.told(&organizations, &UpdatePolicy { policy_id: POLICY, content: &content });

    let declared = SPEC.actions.iter().flat_map(|it| it.reads.iter().copied().chain([it.write]));
    let who = crate::operation::GET_CALLER_IDENTITY;
    let declared: BTreeSet<Operation> = declared.filter(|it| *it != who).collect();
    assert_eq!(seen.operations(), &declared);
}

fn connector(fake: &Arc<Fake>, config: OrganizationsConfig) -> Organizations {
    Organizations::with_client(config, Arc::<Fake>::clone(fake))
}

async fn planned(connector: &Organizations, name: &str) -> Result<Step, CallError> {
    let [action] = *connector.actions() else { panic!("there is one action") };
    let target = Target::Principal { principal: Principal::new("aws", name) };
    let intent = Intent { kind: ActionKind::DisableIdentity, target };
    let cx = ReadCx::new(action.spec(), Timestamp::UNIX_EPOCH);
    action.plan(&cx, &intent, StepId::derive(&["deny"])).await
}

#[tokio::test]
async fn who_is_denied_is_named_in_a_policy_that_is_sent_as_described() {
    let Some(folder) = folder() else { return };
    let organizations = Description::read(&folder, "organizations");
    let fake = Arc::new(Fake::small());
    let connector = connector(&fake, Fake::config());
    let before = fake.state().policy;
    for name in [USER, "arn:aws:iam::111122223333:role/a/b/app", "arn:aws:iam::111122223333:root"] {
        let step = planned(&connector, name).await.unwrap();
        let [action] = *connector.actions() else { panic!("there is one action") };
        let cx = ReadCx::new(action.spec(), Timestamp::UNIX_EPOCH);
        assert!(matches!(action.verify(&cx, &step).await, Observation::DoesNotHold { .. }));

        let content = deny_principal::DENIED.changed(&before.to_string(), name, true).unwrap();
        let mut seen = Seen::default();
        seen.told(&organizations, &UpdatePolicy { policy_id: POLICY, content: &content });
        assert!(content.contains(&format!(r#""ArnEquals":{{"aws:PrincipalArn":["{name}"]}}"#)));
        fake.change(|it| it.policy = serde_json::from_str(&content).unwrap());
        assert!(matches!(action.verify(&cx, &step).await, Observation::Holds { .. }));

        // The account moves to where the policy is not, and is denied nothing any more.
        fake.change(|it| it.targets = vec!["ou-9".to_owned()]);
        assert!(matches!(action.verify(&cx, &step).await, Observation::DoesNotHold { .. }));
        fake.change(|it| it.targets = vec!["ou-1".to_owned()]);
        assert!(matches!(action.verify(&cx, &step).await, Observation::Holds { .. }));

        let above = fake.state().parents;
        fake.change(|it| it.parents.clear());
        assert!(matches!(action.verify(&cx, &step).await, Observation::DoesNotHold { .. }));
        fake.change(|it| it.parents = above);

        let back = deny_principal::DENIED.changed(&content, name, false).unwrap();
        fake.change(|it| it.policy = serde_json::from_str(&back).unwrap());
        assert_eq!(fake.state().policy, before);
    }
}

#[tokio::test]
async fn whom_no_policy_reaches_or_may_reach_is_refused_with_the_reason() {
    let fake = Arc::new(Fake::small());
    let protected = "arn:aws:iam::111122223333:role/break-glass".to_owned();
    let config = || OrganizationsConfig { protected: vec![protected.clone()], ..Fake::config() };
    let of = |rest: &str| format!("arn:aws:iam::111122223333:{rest}");
    for (name, words) in [
        (format!("arn:aws:iam::{MANAGEMENT}:user/ci"), "management account"),
        (format!("arn:aws:iam::{MANAGEMENT}:root"), "management account"),
        (protected.clone(), "`protected`"),
        (of("role/interlock"), "acts as"),
        (of("role/aws-service-role/x.amazonaws.com/X"), "service-linked"),
        (of("role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_A_1"), "deny the person"),
        (of("role/*"), "more than one"),
        (of("user/$"), "more than one"),
        (of("group/admins"), "neither a user nor a role"),
    ] {
        match planned(&connector(&fake, config()), &name).await {
            Err(CallError::Unsupported { why }) => assert!(why.contains(words), "{name}: {why}"),
            other => panic!("{name}: {other:?}"),
        }
    }
    let unknown = "arn:aws:iam::444455556666:user/ci";
    let error = planned(&connector(&fake, config()), unknown).await.unwrap_err();
    assert!(matches!(error, CallError::NotFound { .. }), "{error}");
    fake.change(|it| it.targets = vec!["ou-9".to_owned()]);
    let error = planned(&connector(&fake, config()), USER).await.unwrap_err();
    assert!(error.to_string().contains("attached neither to account"), "{error}");
    fake.change(|it| {
        // Units that are above each other.
        it.parents.insert("ou-1".to_owned(), "ou-2".to_owned());
        it.parents.insert("ou-2".to_owned(), "ou-1".to_owned());
    });
    let error = planned(&connector(&fake, config()), USER).await.unwrap_err();
    assert!(matches!(error, CallError::Invalid { .. }), "{error}");
    fake.change(|it| {
        it.targets = vec!["r-1".to_owned()];
        it.parents.insert("ou-1".to_owned(), "r-1".to_owned());
        it.policy["Statement"][0]["Sid"] = "a".repeat(5_000).into();
    });
    let error = planned(&connector(&fake, config()), USER).await.unwrap_err();
    assert!(error.to_string().contains("longer than"), "{error}");
    assert!(fake.writes().is_empty());
}
