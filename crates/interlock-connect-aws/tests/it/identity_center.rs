//! A person with what it may use, seen, and its assignments and groups, taken and given back on a server
//! of somebody else's, by a user that may do exactly what the specs declare.
//!
//! Proves: `aws_identity_center.remove_assignments`, `aws_identity_center.remove_from_groups`.
//!
//! The server keeps policies of an organisation and evaluates none: that a person is denied is only read
//! back here.

use crate::account::now;
use crate::drive::{on, permit_for};
use crate::servers::{Server, enforce, json, moto};
use interlock_connect_aws::identity_center::{IdentityCenter, IdentityCenterConfig, SPEC};
use interlock_connect_aws::{CredentialSource, Secret};
use interlock_contain::{Action, Connector as _, DiscoverCx, ReadCx, Undo, WriteCx, mirror};
use interlock_model::{ActionKind, ConnectorId, Observation, Principal, Step, StepId};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const ACCOUNT: &str = "123456789012";

struct Center {
    server: Server,
    instance: String,
    store: String,
    person: String,
    group: String,
    set: String,
}

impl Center {
    fn sso(&self, operation: &str, body: &Value) -> Value {
        json(&self.server, "sso", &format!("SWBExternalService.{operation}"), body)
    }

    fn store(&self, operation: &str, body: &Value) -> Value {
        json(&self.server, "identitystore", &format!("AWSIdentityStore.{operation}"), body)
    }

    /// Whom the permission set is assigned to, as its administrator sees it.
    fn assigned(&self) -> usize {
        let set = json!({ "InstanceArn": self.instance, "AccountId": ACCOUNT, "PermissionSetArn": self.set });
        let said = self.sso("ListAccountAssignments", &set);
        said["AccountAssignments"].as_array().unwrap().len()
    }

    fn is_member(&self) -> bool {
        let asked = json!({
            "IdentityStoreId": self.store, "GroupIds": [self.group],
            "MemberId": { "UserId": self.person },
        });
        self.store("IsMemberInGroups", &asked)["Results"][0]["MembershipExists"] == true
    }
}

fn center(server: Server) -> Center {
    let text = |it: &Value| it.as_str().unwrap().to_owned();
    let mut it = Center {
        server,
        instance: String::new(),
        store: String::new(),
        person: String::new(),
        group: String::new(),
        set: String::new(),
    };
    let said = it.sso("ListInstances", &json!({}));
    it.instance = text(&said["Instances"][0]["InstanceArn"]);
    it.store = text(&said["Instances"][0]["IdentityStoreId"]);
    let person = json!({
        "IdentityStoreId": it.store, "UserName": "ann", "DisplayName": "Ann",
        "Name": { "GivenName": "Ann", "FamilyName": "Example" },
    });
    it.person = text(&it.store("CreateUser", &person)["UserId"]);
    let group = json!({ "IdentityStoreId": it.store, "DisplayName": "builders" });
    it.group = text(&it.store("CreateGroup", &group)["GroupId"]);
    let member = json!({
        "IdentityStoreId": it.store, "GroupId": it.group, "MemberId": { "UserId": it.person },
    });
    it.store("CreateGroupMembership", &member);
    let set = json!({ "InstanceArn": it.instance, "Name": "deploy" });
    it.set = text(&it.sso("CreatePermissionSet", &set)["PermissionSet"]["PermissionSetArn"]);
    let assignment = json!({
        "InstanceArn": it.instance, "TargetId": ACCOUNT, "TargetType": "AWS_ACCOUNT",
        "PermissionSetArn": it.set, "PrincipalType": "USER", "PrincipalId": it.person,
    });
    it.sso("CreateAccountAssignment", &assignment);
    it
}

fn policy_of_organization(server: &Server) -> String {
    let ask = |operation: &str, body: Value| {
        json(server, "organizations", &format!("AWSOrganizationsV20161128.{operation}"), &body)
    };
    ask("CreateOrganization", json!({ "FeatureSet": "ALL" }));
    let root = ask("ListRoots", json!({}))["Roots"][0]["Id"].clone();
    ask("EnablePolicyType", json!({ "RootId": root, "PolicyType": "SERVICE_CONTROL_POLICY" }));
    let content = r#"{"Statement":[{"Action":"*","Condition":{"StringEquals":{"identitystore:UserId":["nobody"]}},"Effect":"Deny","Resource":"*","Sid":"InterlockDenyUsers"}],"Version":"2012-10-17"}"#;
    let made = ask(
        "CreatePolicy",
        json!({
            "Name": "interlock-deny", "Type": "SERVICE_CONTROL_POLICY", "Description": "d",
            "Content": content,
        }),
    );
    let policy = made["Policy"]["PolicySummary"]["Id"].as_str().unwrap().to_owned();
    ask("AttachPolicy", json!({ "PolicyId": policy, "TargetId": root }));
    // The account itself stays below the root; another one is two units below it.
    let unit = |parent: &Value, name: &str| {
        let made = ask("CreateOrganizationalUnit", json!({ "ParentId": parent, "Name": name }));
        made["OrganizationalUnit"]["Id"].clone()
    };
    let prod = unit(&unit(&root, "Payments"), "Prod");
    let made = ask("CreateAccount", json!({ "AccountName": "shop", "Email": "shop@example.com" }));
    let account = &made["CreateAccountStatus"]["AccountId"];
    ask(
        "MoveAccount",
        json!({ "AccountId": account, "SourceParentId": root, "DestinationParentId": prod }),
    );
    policy
}

/// A policy that allows what the specs declare, and nothing more.
fn least_privilege() -> String {
    let mut all: BTreeSet<String> = BTreeSet::new();
    for it in SPEC.actions {
        all.extend(it.reads.iter().map(ToString::to_string));
        all.extend([Some(it.write), it.restore].into_iter().flatten().map(|it| it.to_string()));
    }
    all.extend(SPEC.discovery.into_iter().flat_map(|it| it.reads).map(ToString::to_string));
    let statement = json!({ "Effect": "Allow", "Action": all, "Resource": "*" });
    json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string()
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
async fn what_a_person_has_is_taken_and_given_back() {
    let Some((server, account)) = moto().await else { return };
    let endpoint = server.endpoint();
    let keys = account.add_user("interlock", &least_privilege()).await;
    enforce(&server, false);
    let policy = policy_of_organization(&server);
    let center = center(server);
    enforce(&center.server, true);
    let connector = IdentityCenter::prepare(IdentityCenterConfig {
        id: ConnectorId("center".into()),
        instance: center.instance.clone(),
        identity_store: center.store.clone(),
        deny_policy: Some(policy),
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
    let person =
        Principal::new("aws", &format!("identitystore/{}/{}", center.store, center.person));
    let seen = |center: &Center| {
        enforce(&center.server, false);
        let seen = (center.assigned(), center.is_member());
        enforce(&center.server, true);
        seen
    };
    assert_eq!(seen(&center), (1, true));
    let cx = DiscoverCx::new(SPEC.discovery.unwrap(), now());
    let page = connector.discover(&cx, None).await.unwrap();
    let ann = page.found.iter().find(|it| it.principal == person).unwrap();
    assert_eq!((page.gaps.as_slice(), ann.name.as_deref()), (&[][..], Some("Ann")));
    // Where accounts stand in the organisation is told at their roots.
    let places: Vec<(&str, Option<&str>)> = page
        .found
        .iter()
        .filter(|it| it.principal.name.ends_with(":root"))
        .map(|it| {
            let place = it.labels.get("organizational_unit").map(String::as_str);
            (it.labels["account_name"].as_str(), place)
        })
        .collect();
    assert_eq!(places, [("master", None), ("shop", Some("Payments/Prod"))]);
    let [granted] = ann.entitlements.as_slice() else { panic!("{ann:?}") };
    assert_eq!(
        (&*granted.grant, &*granted.scope),
        ("deploy", &*format!("account {ACCOUNT} (master)"))
    );
    for (name, kind, after) in [
        ("aws_identity_center.deny_user", ActionKind::Quarantine, (1, true)),
        ("aws_identity_center.remove_assignments", ActionKind::BlockPrincipal, (0, true)),
        ("aws_identity_center.remove_from_groups", ActionKind::RemoveEntitlement, (1, false)),
    ] {
        let actions = connector.actions();
        let action = *actions.iter().find(|it| it.spec().name == name).unwrap();
        let cx = ReadCx::new(action.spec(), now());
        let intent = on(kind, person.clone());
        let step = action.plan(&cx, &intent, StepId::derive(&[name])).await.unwrap();
        assert!(!holds(&action.verify(&cx, &step).await), "{name}");
        execute(action, &step).await;
        assert!(holds(&action.verify(&cx, &step).await), "{name}");
        assert_eq!(seen(&center), after, "{name}");
        let Undo::Step(undo) = mirror(&step, None) else { panic!("{name} has no undo") };
        execute(action, &undo).await;
        assert!(holds(&action.verify(&cx, &undo).await), "{name}");
        assert!(!holds(&action.verify(&cx, &step).await), "{name}");
        assert_eq!(seen(&center), (1, true), "{name}");
    }
}
