//! Tests that need more than one file of this folder, or real data.

mod decisions;
mod documents;
mod laws;
mod least;
mod real;
mod ways;

use super::*;
use serde_json::{Value, json};

const NUMBER: &str = "111122223333";

/// One allow or deny statement on one resource or several.
fn statement(effect: &str, actions: Value, resources: Value) -> Value {
    json!({ "Effect": effect, "Action": actions, "Resource": resources })
}

fn document(statements: Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// A document that allows these actions everywhere.
fn allows(actions: &[&str]) -> Value {
    document(json!([statement("Allow", json!(actions), json!("*"))]))
}

/// A trust document for these principals.
fn trust(principal: Value) -> Value {
    document(json!([{ "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole" }]))
}

fn arn(rest: &str) -> String {
    format!("arn:aws:iam::{NUMBER}:{rest}")
}

/// A user with one inline policy.
fn user(name: &str, policy: Value) -> Value {
    json!({
        "UserName": name,
        "Arn": arn(&format!("user/{name}")),
        "UserPolicyList": [{ "PolicyName": "own", "PolicyDocument": policy }],
        "GroupList": [],
        "AttachedManagedPolicies": [],
    })
}

/// A role with one inline policy, in an instance profile.
fn role(name: &str, trust: Value, policy: Value) -> Value {
    json!({
        "RoleName": name,
        "Arn": arn(&format!("role/{name}")),
        "AssumeRolePolicyDocument": trust,
        "RolePolicyList": [{ "PolicyName": "own", "PolicyDocument": policy }],
        "AttachedManagedPolicies": [],
        "InstanceProfileList": [{ "Arn": arn(&format!("instance-profile/{name}")) }],
    })
}

fn policy(name: &str, document: Value) -> Value {
    json!({
        "PolicyName": name,
        "Arn": arn(&format!("policy/{name}")),
        "PolicyVersionList": [
            { "VersionId": "v1", "IsDefaultVersion": true, "Document": document },
        ],
    })
}

#[track_caller]
fn account(page: &Value) -> Account {
    let account = Account::read(&page.to_string()).unwrap();
    assert_eq!(account.unread, []);
    account
}

/// The decision in short: what is asked of the user `alice`.
#[track_caller]
fn ask(account: &Account, who: &str, action: &str, resource: &str) -> String {
    let subject = account.subject(&arn(who)).unwrap();
    match subject.decide(&Request { action, resource, known: &[] }) {
        Decision::Allowed { by } => format!("allowed by {by}"),
        Decision::Conditional { why } => format!("if {}", why.join("; ")),
        Decision::Denied { by: Denial::Statement(by) } => format!("denied by {by}"),
        Decision::Denied { by: Denial::Boundary(by) } => format!("not within `{by}`"),
        Decision::Denied { by: Denial::NothingAllows } => "nothing allows it".to_owned(),
    }
}
