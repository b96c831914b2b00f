//! Every operation held against AWS's own description of its services, as botocore brings it along; and a
//! person denied and let in again on the fake, whose policy is sent in that form.
//!
//! Proves: `aws_identity_center.deny_user`.

use super::calls::*;
use super::client::Assignment;
use super::fake::{Fake, PERSON, POLICY, STORE};
use super::{IdentityCenter, SPEC};
use crate::api::described::{Description, Seen, folder};
use crate::control_policies::{DescribePolicy, ListTargetsForPolicy, UpdatePolicy};
use expect_test::expect;
use interlock_contain::{Connector as _, ReadCx};
use interlock_model::{ActionKind, Intent, Observation, Operation, Principal, StepId, Target};
use std::collections::BTreeSet;
use std::sync::Arc;

#[test]
fn every_operation_is_as_aws_describes_it() {
    let Some(folder) = folder() else { return };
    let [center, store, organizations] =
        ["sso-admin", "identitystore", "organizations"].map(|it| Description::read(&folder, it));
    let next_token = Some("t");
    let mut seen = Seen::default();

    seen.answered(
        &store,
        &ListUsers { identity_store_id: "d-1", next_token },
        &expect![[r#"
        Page {
            items: [
                Person {
                    id: "Users.UserId",
                    name: "Users.UserName",
                    shown: Some(
                        "Users.DisplayName",
                    ),
                    enabled: Some(
                        true,
                    ),
                },
            ],
            next: Some(
                "NextToken",
            ),
        }"#]],
    );
    seen.answered(
        &organizations,
        &ListAccounts { next_token },
        &expect![[r#"
        Page {
            items: [
                (
                    "Accounts.Id",
                    "Accounts.Name",
                ),
            ],
            next: Some(
                "NextToken",
            ),
        }"#]],
    );
    seen.answered(
        &organizations,
        &ListRoots { next_token },
        &expect![[r#"
        Page {
            items: [
                "Roots.Id",
            ],
            next: Some(
                "NextToken",
            ),
        }"#]],
    );
    seen.answered(
        &organizations,
        &ListOrganizationalUnitsForParent { parent_id: "r-1", next_token },
        &expect![[r#"
            Page {
                items: [
                    (
                        "OrganizationalUnits.Id",
                        "OrganizationalUnits.Name",
                    ),
                ],
                next: Some(
                    "NextToken",
                ),
            }"#]],
    );
    seen.answered(
        &organizations,
        &ListAccountsForParent { parent_id: "r-1", next_token },
        &expect![[r#"
            Page {
                items: [
                    MemberAccount {
                        number: "Accounts.Id",
                        arn: "Accounts.Arn",
                        name: "Accounts.Name",
                    },
                ],
                next: Some(
                    "NextToken",
                ),
            }"#]],
    );
    seen.answered(
        &center,
        &DescribePermissionSet { instance_arn: "arn", permission_set_arn: "set" },
        &expect![[r#"
            Some(
                "PermissionSet.Name",
            )"#]],
    );
    seen.answered(
        &store,
        &DescribeUser { identity_store_id: "d-1", user_id: "u" },
        &expect![[r#"
            Some(
                "UserName",
            )"#]],
    );
    seen.answered(
        &store,
        &ListGroupMembershipsForMember {
            identity_store_id: "d-1",
            member_id: Member { user_id: "u" },
            next_token,
        },
        &expect![[r#"
            Page {
                items: [
                    (
                        "GroupMemberships.GroupId",
                        "GroupMemberships.MembershipId",
                    ),
                ],
                next: Some(
                    "NextToken",
                ),
            }"#]],
    );
    seen.answered(
        &center,
        &ListAccountAssignmentsForPrincipal {
            instance_arn: "arn",
            principal_id: "u",
            principal_type: USER,
            next_token,
        },
        &expect![[r#"
            Page {
                items: [
                    (
                        Assignment {
                            account: "AccountAssignments.AccountId",
                            permission_set: "AccountAssignments.PermissionSetArn",
                        },
                        "AccountAssignments.PrincipalId",
                    ),
                ],
                next: Some(
                    "NextToken",
                ),
            }"#]],
    );
    seen.answered(
        &organizations,
        &DescribePolicy { policy_id: "p-1" },
        &expect![[r#""Policy.Content""#]],
    );
    seen.answered(
        &organizations,
        &ListTargetsForPolicy { policy_id: "p-1", next_token },
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

    seen.told(&store, &DeleteGroupMembership { identity_store_id: "d-1", membership_id: "m" });
    let member_id = Member { user_id: "u" };
    seen.told(
        &store,
        &CreateGroupMembership { identity_store_id: "d-1", group_id: "g", member_id },
    );
    let assignment =
        Assignment { account: "111122223333".to_owned(), permission_set: "arn".to_owned() };
    let of = || AccountAssignment::of("arn", "u", &assignment);
    seen.told(&center, &DeleteAccountAssignment(of()));
    seen.told(&center, &CreateAccountAssignment(of()));
    seen.told(&organizations, &UpdatePolicy { policy_id: "p-1", content: "{}" });

    let declared = SPEC
        .actions
        .iter()
        .flat_map(|it| it.reads.iter().copied().chain([it.write]).chain(it.restore))
        .chain(SPEC.discovery.into_iter().flat_map(|it| it.reads).copied());
    let who = super::actions::GET_CALLER_IDENTITY;
    let declared: BTreeSet<Operation> = declared.filter(|it| *it != who).collect();
    assert_eq!(seen.operations(), &declared);
}

#[tokio::test]
async fn who_is_denied_is_named_in_a_policy_that_is_sent_as_described() {
    let Some(folder) = folder() else { return };
    let organizations = Description::read(&folder, "organizations");
    let fake = Arc::new(Fake::small());
    let connector = IdentityCenter::with_client(Fake::config(), Arc::<Fake>::clone(&fake));
    let [action, ..] = *connector.actions() else { panic!("there are no actions") };
    let principal = Principal::new("aws", &format!("identitystore/{STORE}/{PERSON}"));
    let target = Target::Principal { principal };
    let intent = Intent { kind: ActionKind::Quarantine, target };
    let cx = ReadCx::new(action.spec(), interlock_model::Timestamp::UNIX_EPOCH);
    let step = action.plan(&cx, &intent, StepId::derive(&["deny"])).await.unwrap();
    assert!(matches!(action.verify(&cx, &step).await, Observation::DoesNotHold { .. }));
    let before = fake.state().policy;

    // What is written is what Organizations takes: a document of text, at most so long.
    let content = super::actions::DENIED.changed(&before.to_string(), PERSON, true).unwrap();
    let mut seen = Seen::default();
    seen.told(&organizations, &UpdatePolicy { policy_id: POLICY, content: &content });
    assert!(
        content.contains(&format!(r#""StringEquals":{{"identitystore:UserId":["{PERSON}"]}}"#))
    );
    fake.change(|it| it.policy = serde_json::from_str(&content).unwrap());
    assert!(matches!(action.verify(&cx, &step).await, Observation::Holds { .. }));

    let back = super::actions::DENIED.changed(&content, PERSON, false).unwrap();
    seen.told(&organizations, &UpdatePolicy { policy_id: POLICY, content: &back });
    fake.change(|it| it.policy = serde_json::from_str(&back).unwrap());
    assert_eq!(fake.state().policy, before);
    assert!(matches!(action.verify(&cx, &step).await, Observation::DoesNotHold { .. }));
}
