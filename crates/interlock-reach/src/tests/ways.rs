//! Ways to more, on accounts of our own.

use super::*;
use expect_test::{Expect, expect};

fn admin() -> Value {
    allows(&["*"])
}

fn root() -> Value {
    json!({ "AWS": arn("root") })
}

#[track_caller]
fn check(page: &Value, who: &str, expect: Expect) {
    let account = account(page);
    let mut out = String::new();
    for it in account.escalations(&arn(who)) {
        let gained = match &it.gained {
            Gained::Everything => "everything".to_owned(),
            Gained::More { action, resource } => format!("{action} on {resource}"),
        };
        let text = it.to_string().replace(&arn(""), "");
        out += &format!("{text}: {gained}");
        for condition in &it.conditions {
            out += &format!(" [{}]", condition.replace(&arn(""), ""));
        }
        out.push('\n');
    }
    expect.assert_eq(&out);
}

#[test]
fn a_passed_role_is_named_and_must_trust_the_service() {
    let pass = |condition: Value| {
        let mut it = statement("Allow", json!("iam:PassRole"), json!(arn("role/app-*")));
        if !condition.is_null() {
            it["Condition"] = condition;
        }
        let create = json!(["lambda:CreateFunction", "lambda:InvokeFunction", "ec2:RunInstances"]);
        let create = statement("Allow", create, json!("*"));
        let service = |name: &str| trust(json!({ "Service": name }));
        json!({
            "UserDetailList": [user("dev", document(json!([it, create])))],
            "RoleDetailList": [
                role("app-admin", service("lambda.amazonaws.com"), admin()),
                role("app-small", service("lambda.amazonaws.com"), allows(&["ec2:RunInstances"])),
                role("app-box", service("ec2.amazonaws.com"), allows(&["s3:*"])),
                role("other", service("lambda.amazonaws.com"), admin()),
            ],
        })
    };
    check(
        &pass(Value::Null),
        "user/dev",
        expect![[r#"
        may become role `role/app-box` through iam:PassRole + ec2:RunInstances: s3:* on *
        may become role `role/app-admin` through iam:PassRole + lambda:CreateFunction + lambda:InvokeFunction: everything
    "#]],
    );
    let only = json!({ "StringEquals": { "iam:PassedToService": "lambda.amazonaws.com" } });
    check(
        &pass(only),
        "user/dev",
        expect![[r#"
        may become role `role/app-admin` through iam:PassRole + lambda:CreateFunction + lambda:InvokeFunction: everything
    "#]],
    );
    let mfa = json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } });
    check(
        &pass(mfa),
        "user/dev",
        expect![[r#"
        may become role `role/app-box` through iam:PassRole + ec2:RunInstances: s3:* on * [allowed where Bool aws:MultiFactorAuthPresent true]
        may become role `role/app-admin` through iam:PassRole + lambda:CreateFunction + lambda:InvokeFunction: everything [allowed where Bool aws:MultiFactorAuthPresent true]
    "#]],
    );
}

#[test]
fn a_role_lets_in_whom_it_names_or_whose_account_it_names() {
    let page = |principal: Value, policy: Value| {
        json!({
            "UserDetailList": [user("dev", policy)],
            "RoleDetailList": [role("boss", trust(principal), admin())],
        })
    };
    let nothing = allows(&["s3:ListAllMyBuckets"]);
    let assume = allows(&["sts:AssumeRole"]);
    let deny = document(json!([statement("Deny", json!("sts:*"), json!("*"))]));
    let named = json!({ "AWS": arn("user/dev") });
    let way = "may become role `role/boss` through sts:AssumeRole: everything\n";
    for (principal, policy, expected) in [
        (root(), assume.clone(), way),
        (root(), nothing.clone(), ""),
        (json!({ "AWS": NUMBER }), assume.clone(), way),
        (named.clone(), nothing.clone(), way),
        (named, deny, ""),
        (json!({ "AWS": arn("user/other") }), assume.clone(), ""),
        (json!({ "AWS": "arn:aws:iam::444455556666:root" }), assume.clone(), ""),
        (json!({ "Service": "ec2.amazonaws.com" }), assume, ""),
    ] {
        let account = account(&page(principal.clone(), policy));
        let ways = account.escalations(&arn("user/dev"));
        let shown: String =
            ways.iter().map(|it| format!("{it}: everything\n").replace(&arn(""), "")).collect();
        assert_eq!(shown, expected, "{principal}");
    }
}

#[test]
fn its_own_permissions_within_its_boundary() {
    let mut dev = user("dev", allows(&["iam:PutUserPolicy", "iam:AttachGroupPolicy"]));
    dev["GroupList"] = json!(["devs"]);
    dev["PermissionsBoundary"] = json!({ "PermissionsBoundaryArn": arn("policy/limit") });
    let group = json!({ "GroupName": "devs", "Arn": arn("group/devs") });
    let page = json!({
        "UserDetailList": [dev],
        "GroupDetailList": [group],
        "Policies": [policy("limit", allows(&["iam:Put*"]))],
    });
    check(
        &page,
        "user/dev",
        expect![[r#"
        may give itself what it likes through iam:PutUserPolicy: everything [what it gives stays within the boundary `policy/limit`]
    "#]],
    );
}

#[test]
fn a_user_with_two_keys_needs_one_deleted() {
    let page = |actions: &[&str]| json!({ "UserDetailList": [user("dev", allows(actions)), user("boss", admin())] });
    let names = |actions: &[&str], keys: Option<u8>| {
        let mut account = account(&page(actions));
        account.users.get_mut(&arn("user/boss")).unwrap().access_keys = keys;
        let ways = account.escalations(&arn("user/dev"));
        ways.iter().map(|it| it.technique.name).collect::<Vec<_>>()
    };
    let (make, replace) = ("make-key-of-user", "replace-key-of-user");
    let both = ["iam:CreateAccessKey", "iam:DeleteAccessKey"];
    assert_eq!(names(&both, None), [make, replace]);
    assert_eq!(names(&both, Some(2)), [replace]);
    assert_eq!(names(&both[..1], Some(2)), [""; 0]);
    assert_eq!(names(&both[..1], Some(1)), [make]);
}

#[test]
fn step_after_step_to_everything() {
    let to = |next: &str| {
        document(json!([statement("Allow", json!("sts:AssumeRole"), json!(arn(next)))]))
    };
    let page = json!({
        "UserDetailList": [user("dev", to("role/one"))],
        "RoleDetailList": [
            role("one", trust(root()), to("role/two")),
            role("two", trust(root()), to("role/three")),
            role("three", trust(root()), admin()),
        ],
    });
    let account = account(&page);
    let way = account.way_to_everything(&arn("user/dev")).unwrap();
    let targets: Vec<_> = way.iter().map(|it| it.target.rsplit('/').next().unwrap()).collect();
    assert_eq!(targets, ["one", "two", "three"]);
    assert!(account.way_to_everything(&arn("role/three")).is_none());
    assert!(account.escalations(&arn("role/three")).is_empty());
    assert!(account.escalations(&arn("user/nobody")).is_empty());
}

#[test]
fn the_table_is_whole() {
    let mut names: Vec<_> = TECHNIQUES.iter().map(|it| it.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), TECHNIQUES.len());
    let mut same: Vec<_> = TECHNIQUES
        .iter()
        .map(|it| {
            let mut needs: Vec<_> = it.needs.iter().map(|it| it.action).collect();
            needs.sort_unstable();
            (format!("{:?}", it.target), needs)
        })
        .collect();
    same.sort();
    same.dedup();
    assert_eq!(same.len(), TECHNIQUES.len());
    for it in TECHNIQUES {
        assert!(!it.needs.is_empty() && it.source.starts_with("https://"), "{}", it.name);
        let passes = it.needs.iter().any(|it| it.action == "iam:PassRole");
        assert_eq!(passes, matches!(it.target, Target::PassedTo(_)), "{}", it.name);
        assert_eq!(it.supposes.is_some(), matches!(it.target, Target::RunsAs(_)), "{}", it.name);
    }
}
