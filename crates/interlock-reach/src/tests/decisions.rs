//! One action, one resource, one answer.

use super::*;

#[test]
fn own_policies_groups_and_denials() {
    let mut alice = user(
        "alice",
        document(json!([
            statement("Allow", json!("s3:Get*"), json!("arn:aws:s3:::acme-*/*")),
            { "Sid": "no-secrets", "Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::acme-secret/*" },
            statement("Allow", json!("iam:*Key*"), json!("arn:aws:iam::*:user/${aws:username}")),
            statement("Allow", json!("sqs:*"), json!("arn:aws:sqs:*:*:${aws:PrincipalTag/team}-*")),
            statement("Allow", json!("sns:*"), json!("arn:aws:sns:*:*:${aws:SourceVpc}-*")),
            { "Effect": "Allow", "NotAction": ["iam:*", "s3:*", "sqs:*", "sns:*", "ec2:*", "kms:*"], "NotResource": "arn:aws:logs:*:*:*" },
            { "Effect": "Allow", "Action": "ec2:*", "Resource": "*", "Condition": { "StringEquals": { "aws:RequestedRegion": "eu-west-1" } } },
            { "Effect": "Allow", "Action": "kms:*", "Resource": "*" },
            { "Effect": "Deny", "Action": "kms:*", "Resource": "*", "Condition": { "Bool": { "aws:MultiFactorAuthPresent": "false" } } },
        ])),
    );
    alice["GroupList"] = json!(["readers"]);
    alice["Tags"] = json!([{ "Key": "team", "Value": "pay" }]);
    let account = account(&json!({
        "UserDetailList": [alice],
        "GroupDetailList": [{
            "GroupName": "readers",
            "Arn": arn("group/readers"),
            "AttachedManagedPolicies": [{ "PolicyArn": arn("policy/read") }],
        }],
        "Policies": [policy("read", allows(&["iam:List*"]))],
    }));
    for (action, resource, expected) in [
        ("s3:GetObject", "arn:aws:s3:::acme-a/x", "allowed by statement `0` of `own`"),
        ("S3:getobject", "arn:aws:s3:::acme-a/x", "allowed by statement `0` of `own`"),
        ("s3:PutObject", "arn:aws:s3:::acme-a/x", "nothing allows it"),
        ("s3:GetObject", "arn:aws:s3:::other/x", "nothing allows it"),
        ("s3:GetObject", "arn:aws:s3:::acme-secret/x", "denied by statement `no-secrets` of `own`"),
        ("iam:CreateAccessKey", &arn("user/alice"), "allowed by statement `2` of `own`"),
        ("iam:CreateAccessKey", &arn("user/bob"), "nothing allows it"),
        (
            "iam:ListUsers",
            "*",
            "allowed by statement `0` of `arn:aws:iam::111122223333:policy/read` through group `readers`",
        ),
        ("sqs:SendMessage", "arn:aws:sqs:eu-west-1:1:pay-in", "allowed by statement `3` of `own`"),
        ("sqs:SendMessage", "arn:aws:sqs:eu-west-1:1:hr-in", "nothing allows it"),
        (
            "sns:Publish",
            "arn:aws:sns:eu-west-1:1:any-in",
            "if allowed where the resource is `arn:aws:sns:*:*:${aws:SourceVpc}-*`",
        ),
        ("dynamodb:Scan", "*", "allowed by statement `5` of `own`"),
        ("logs:GetLogEvents", "arn:aws:logs:a:b:c", "nothing allows it"),
        ("ec2:RunInstances", "*", "if allowed where StringEquals aws:RequestedRegion eu-west-1"),
        ("kms:Decrypt", "*", "if not denied where Bool aws:MultiFactorAuthPresent false"),
        // A pattern is allowed when all of it is.
        ("s3:Get*", "arn:aws:s3:::acme-*/*", "allowed by statement `0` of `own`"),
        ("s3:*", "arn:aws:s3:::acme-*/*", "nothing allows it"),
        ("s3:Get*", "*", "nothing allows it"),
    ] {
        assert_eq!(ask(&account, "user/alice", action, resource), expected, "{action} {resource}");
    }
}

#[test]
fn a_boundary_limits_and_one_that_is_not_read_is_a_condition() {
    let limited = |name: &str, boundary: &str| {
        let mut it = role(name, trust(json!("*")), allows(&["s3:*", "ec2:*", "iam:*"]));
        it["PermissionsBoundary"] = json!({ "PermissionsBoundaryArn": arn(boundary) });
        it
    };
    let account = account(&json!({
        "RoleDetailList": [limited("job", "policy/limit"), limited("other", "policy/gone")],
        "Policies": [policy("limit", document(json!([
            statement("Allow", json!(["s3:*", "iam:*"]), json!("*")),
            statement("Deny", json!("iam:*"), json!("*")),
        ])))],
    }));
    let limit = arn("policy/limit");
    assert_eq!(ask(&account, "role/job", "s3:GetObject", "x"), "allowed by statement `0` of `own`");
    assert_eq!(ask(&account, "role/job", "ec2:RunInstances", "x"), format!("not within `{limit}`"));
    assert_eq!(
        ask(&account, "role/job", "iam:GetUser", "x"),
        format!("denied by statement `1` of `{limit}`")
    );
    assert_eq!(
        ask(&account, "role/other", "ec2:RunInstances", "x"),
        format!("if the boundary `{}` was not read", arn("policy/gone"))
    );
}

#[test]
fn conditions_whose_key_is_known_are_decided() {
    let pass = |condition: Value| {
        let mut it = statement("Allow", json!("iam:PassRole"), json!("*"));
        it["Condition"] = condition;
        account(&json!({ "UserDetailList": [user("alice", document(json!([it])))] }))
    };
    for (condition, expected) in [
        (json!({ "StringEquals": { "iam:PassedToService": "lambda.amazonaws.com" } }), 2),
        (json!({ "StringLike": { "iam:passedtoservice": ["ec2.*", "lambda.*"] } }), 2),
        (json!({ "StringEqualsIfExists": { "iam:PassedToService": "ec2.amazonaws.com" } }), 0),
        (json!({ "StringNotEquals": { "iam:PassedToService": ["ec2.amazonaws.com"] } }), 2),
        (json!({ "StringNotLike": { "iam:PassedToService": ["lambda.*"] } }), 0),
        (json!({ "Null": { "iam:PassedToService": "true" } }), 0),
        (json!({ "Null": { "iam:PassedToService": "false" } }), 2),
        (json!({ "ForAnyValue:StringEquals": { "iam:PassedToService": "ec2" } }), 1),
        (json!({ "NumericLessThan": { "iam:PassedToService": "7" } }), 1),
        (json!({ "ArnLike": { "aws:PrincipalArn": arn("user/*") } }), 2),
        (json!({ "StringEquals": { "aws:PrincipalAccount": "444455556666" } }), 0),
        (json!({ "StringEquals": { "aws:SourceIp": "203.0.113.7" } }), 1),
        (
            json!({
                "StringEquals": { "aws:SourceIp": "x", "iam:PassedToService": "ec2.amazonaws.com" }
            }),
            0,
        ),
    ] {
        let account = pass(condition.clone());
        let known = [("iam:PassedToService", "lambda.amazonaws.com")];
        let request = Request { action: "iam:PassRole", resource: "x", known: &known };
        let decision = account.subject(&arn("user/alice")).unwrap().decide(&request);
        assert_eq!(decision.rank(), expected, "{condition}");
    }
}

#[test]
fn a_summary_names_each_class_with_what_it_reaches() {
    let page = json!({ "UserDetailList": [
        user("alice", document(json!([
            statement("Allow", json!(["s3:Get*", "secretsmanager:*"]), json!("*")),
            statement("Deny", json!("secretsmanager:GetSecretValue"), json!("*")),
            statement("Allow", json!("iam:PassRole"), json!(arn("role/job"))),
        ]))),
        user("root", allows(&["*"])),
        user("almost", document(json!([
            { "Effect": "Allow", "NotAction": "iam:*", "Resource": "*" },
        ]))),
        user("tied", document(json!([
            statement("Allow", json!("*"), json!("*")),
            statement("Deny", json!("iam:*"), json!("*")),
        ]))),
        user("nearly", document(json!([
            statement("Allow", json!("*"), json!("*")),
            statement("Deny", json!("iam:CreateUser"), json!("*")),
        ]))),
    ] });
    let account = account(&page);
    let summary = |name: &str| account.subject(&arn(name)).unwrap().summary();
    let shown = |summary: &Summary| {
        let mut out = String::new();
        for (class, reach) in &summary.classes {
            let one = |it: &ReachedAction| format!("{} on {}", it.action, it.resources.join(" "));
            let actions: Vec<_> = reach.actions.iter().map(one).collect();
            out += &format!("{}: {}\n", class.as_str(), actions.join(", "));
        }
        out
    };
    expect_test::expect![[r#"
        list: secretsmanager:* on *
        read: s3:Get* on *, s3:GetObject on *, s3:GetObjectTorrent on *, s3:GetObjectVersion on *, secretsmanager:* on *, secretsmanager:BatchGetSecretValue on *
        write: secretsmanager:* on *
        data_exposure: s3:GetObject on *, s3:GetObjectTorrent on *, s3:GetObjectVersion on *
        secrets: secretsmanager:BatchGetSecretValue on *
        permissions_management: iam:PassRole on arn:aws:iam::111122223333:role/job, secretsmanager:PutResourcePolicy on *
    "#]]
    .assert_eq(&shown(&summary("user/alice")));
    let root = summary("user/root");
    assert!(root.is_admin && root.classes.len() == AccessClass::ALL.len());
    let almost = summary("user/almost");
    assert!(!almost.is_admin);
    let permissions = &almost.classes[&AccessClass::Permissions];
    assert!(permissions.is_certain());
    assert!(!permissions.actions.iter().any(|it| it.action.starts_with("iam:")));
    assert!(almost.classes.contains_key(&AccessClass::Secrets));
    assert!(almost.classes.contains_key(&AccessClass::Write));
    assert!(!summary("user/tied").is_admin && summary("user/nearly").is_admin);
}
