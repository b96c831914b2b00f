//! Roles that holders of certificates get: what is seen of them, and which way in is not closed.

use crate::drive::{noon, plan, role, user};
use interlock_connect_aws::anywhere::AnywhereProfile;
use interlock_connect_aws::fake::anywhere::{ANCHOR, PROFILE};
use interlock_connect_aws::fake::{ACCOUNT, Fake, State, Trouble};
use interlock_connect_aws::{AwsIam, operation as op};
use interlock_contain::{CallError, Connector as _, DiscoverCx};
use interlock_model::{
    ActionKind, CredentialKind, CredentialRef, DiscoveryPage, Intent, Principal, Target,
};
use std::sync::Arc;

const BY_PROFILE: &str = "aws_iam.disable_roles_anywhere_profile";
const BY_ANCHOR: &str = "aws_iam.disable_trust_anchor";

fn way(principal: Principal, id: &str) -> Intent {
    let credential = CredentialRef::new("aws", CredentialKind::Token, id);
    let target = Target::Credential { principal, credential };
    Intent { kind: ActionKind::DisableCredential, target }
}

async fn planned(change: fn(&mut State), name: &str, intent: &Intent) -> Result<String, CallError> {
    let fake = Arc::new(Fake::small());
    fake.change(change);
    let connector = AwsIam::with_client(Fake::config(), Arc::<Fake>::clone(&fake));
    let plan = plan(&connector, name, intent, noon()).await;
    assert!(fake.writes().is_empty());
    plan.map(|it| it.summary)
}

#[tokio::test]
async fn a_plan_says_what_else_is_cut_off() {
    let deploy = role(ACCOUNT, "deploy");
    let profile = way(deploy.clone(), &format!("roles-anywhere-profile/{PROFILE}"));
    let more: fn(&mut State) = |it| {
        it.anywhere_profiles[0].roles.insert(format!("arn:aws:iam::{ACCOUNT}:role/other"));
    };
    assert_eq!(
        planned(more, BY_PROFILE, &profile).await.unwrap(),
        "disable profile `build` of Roles Anywhere, which gives role `deploy` and 1 others"
    );
    let anchor = way(deploy, &format!("trust-anchor/{ANCHOR}"));
    assert_eq!(
        planned(|_| {}, BY_ANCHOR, &anchor).await.unwrap(),
        "disable trust anchor `machines`, whose certificates get role `deploy` and others"
    );
}

#[tokio::test]
async fn what_is_not_a_way_into_the_role_is_refused_with_the_reason() {
    let deploy = role(ACCOUNT, "deploy");
    let profile = format!("roles-anywhere-profile/{PROFILE}");
    let anchor = format!("trust-anchor/{ANCHOR}");
    let elsewhere: fn(&mut State) = |it| it.anywhere_profiles[0].roles.clear();
    let ours: fn(&mut State) = |it| {
        it.anywhere_profiles[0].roles.insert(format!("arn:aws:iam::{ACCOUNT}:role/interlock"));
    };
    let untrusting: fn(&mut State) = |it| {
        let trust = r#"{"Version":"2012-10-17","Statement":[]}"#;
        it.roles.get_mut("deploy").unwrap().trust = trust.to_owned();
    };
    let of_another: fn(&mut State) = |it| {
        it.trust_anchors[0].arn =
            "arn:aws:rolesanywhere:us-east-1:111122223333:trust-anchor/x".into();
    };
    for (change, name, intent, words) in [
        (elsewhere, BY_PROFILE, way(deploy.clone(), &profile), "does not give role"),
        (ours, BY_PROFILE, way(deploy.clone(), &profile), "itself acts as"),
        (untrusting, BY_ANCHOR, way(deploy.clone(), &anchor), "does not trust Roles Anywhere"),
        (of_another, BY_ANCHOR, way(deploy.clone(), &anchor), "does not take certificates"),
        (elsewhere, BY_PROFILE, way(user(ACCOUNT, "ci"), &profile), "roles are"),
        (elsewhere, BY_PROFILE, way(deploy.clone(), &anchor), "is no profile"),
        (elsewhere, BY_PROFILE, way(deploy.clone(), "roles-anywhere-profile/"), "is no profile"),
    ] {
        match planned(change, name, &intent).await {
            Err(CallError::Unsupported { why }) => assert!(why.contains(words), "{words}: {why}"),
            other => panic!("{words}: {other:?}"),
        }
    }
    let unknown = way(deploy, "roles-anywhere-profile/ffffffff-1111-4222-8333-444455556666");
    let error = planned(|_| {}, BY_PROFILE, &unknown).await.unwrap_err();
    assert!(matches!(error, CallError::NotFound { .. }), "{error}");
}

async fn roles(fake: &Arc<Fake>) -> DiscoveryPage {
    let connector = AwsIam::with_client(Fake::config(), Arc::<Fake>::clone(fake));
    let cx = DiscoverCx::new(connector.spec().discovery.unwrap(), noon());
    let mut first = connector.discover(&cx, None).await.unwrap();
    let rest = connector.discover(&cx, first.next.as_deref()).await.unwrap();
    first.found = rest.found;
    first.gaps.retain(|it| it.what.contains("Roles Anywhere"));
    first
}

#[tokio::test]
async fn the_open_ways_into_a_role_stand_at_it() {
    let fake = Arc::new(Fake::small());
    let page = roles(&fake).await;
    let deploy = page.found.iter().find(|it| it.principal == role(ACCOUNT, "deploy")).unwrap();
    assert_eq!(deploy.labels["roles_anywhere_profiles"], PROFILE);
    assert_eq!(deploy.labels["trust_anchors"], ANCHOR);
    assert!(page.gaps.is_empty(), "{:?}", page.gaps);

    fake.change(|it| {
        it.anywhere_profiles[0].enabled = false;
        it.anywhere_profiles.push(AnywhereProfile { enabled: true, ..AnywhereProfile::default() });
        it.trust_anchors[0].enabled = false;
    });
    let page = roles(&fake).await;
    let deploy = page.found.iter().find(|it| it.principal == role(ACCOUNT, "deploy")).unwrap();
    assert!(!deploy.labels.contains_key("roles_anywhere_profiles"), "{:?}", deploy.labels);
    assert!(!deploy.labels.contains_key("trust_anchors"), "{:?}", deploy.labels);

    for (operation, trouble) in [
        (op::LIST_ANYWHERE_PROFILES, Trouble::Denied),
        (op::LIST_TRUST_ANCHORS, Trouble::Denied),
        (op::LIST_TRUST_ANCHORS, Trouble::Throttle),
    ] {
        fake.trouble(operation, trouble);
        let page = roles(&fake).await;
        assert!(!page.found.is_empty());
        let [gap] = page.gaps.as_slice() else { panic!("{:?}", page.gaps) };
        assert!(gap.why.contains(operation.0), "{gap:?}");
    }
}
