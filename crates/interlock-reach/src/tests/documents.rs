//! Documents and accounts as they are read.

use super::*;

#[test]
fn each_fault_has_its_place() {
    for (text, expected) in [
        ("", "document: not JSON: EOF while parsing a value at line 1 column 0"),
        ("[]", "document: not an object"),
        ("{}", "document: `Statement` is missing"),
        (r#"{"Statements":[]}"#, "document: `Statements` is not known here"),
        (r#"{"Version":"2013-01-01","Statement":[]}"#, "Version: `2013-01-01` is not known here"),
        (r#"{"Version":2012,"Statement":[]}"#, "Version: not a string"),
        (r#"{"Statement":"x"}"#, "Statement: not an object or a list of objects"),
        (r#"{"Statement":[7]}"#, "Statement[0]: not an object"),
        (r#"{"Statement":[{"Effect":"Allow"}]}"#, "Statement[0]: `Action` is missing"),
        (r#"{"Statement":[{"Action":"*"}]}"#, "Statement[0]: `Effect` is missing"),
        (
            r#"{"Statement":[{"Effect":"Permit","Action":"*"}]}"#,
            "Statement[0].Effect: `Permit` is not known here",
        ),
        (
            r#"{"Statement":[{"Effect":"Allow","Action":"*","NotAction":"*"}]}"#,
            "Statement[0]: `Action` and `NotAction` cannot stand together",
        ),
        (
            r#"{"Statement":[{"Effect":"Allow","Action":["s3:*","GetObject"]}]}"#,
            "Statement[0].Action[1]: not an action such as `s3:GetObject`",
        ),
        (
            r#"{"Statement":[{"Effect":"Allow","Action":["s3:*",null]}]}"#,
            "Statement[0].Action[1]: not a string",
        ),
        (
            r#"{"Statement":[{"Effect":"Allow","Action":"*","Condition":{"Bool":7}}]}"#,
            "Statement[0].Condition.Bool: not an object",
        ),
        (
            r#"{"Statement":[{"Effect":"Allow","Action":"*","Principal":{"Robot":"x"}}]}"#,
            "Statement[0].Principal: `Robot` is not known here",
        ),
    ] {
        assert_eq!(Document::read(text).unwrap_err().to_string(), expected, "{text}");
    }
    let many = vec![json!({ "Effect": "Allow", "Action": "*" }); 600];
    let error = Document::from_json(&json!({ "Statement": many })).unwrap_err();
    assert_eq!(error.to_string(), "Statement: more than 512 statements");
    let long = format!(r#"{{"Statement":[],"Id":"{}"}}"#, "x".repeat(300_000));
    let error = Document::read(&long).unwrap_err();
    assert_eq!(error.to_string(), "document: more than 262144 bytes");
}

#[test]
fn what_is_read_is_what_is_written() {
    let text = r#"{"Version":"2012-10-17","Statement":[
        {"Sid":"a","Effect":"Allow","Action":["s3:GetObject"],"Resource":["*"],
         "Condition":{"Bool":{"aws:SecureTransport":["true"],"aws:ViaAWSService":["false"]}}},
        {"Effect":"Deny","NotAction":["iam:*"],"NotResource":["arn:aws:s3:::a"]},
        {"Effect":"Allow","Principal":{"AWS":["*"],"Service":["ec2.amazonaws.com"]},
         "Action":["sts:AssumeRole"]}]}"#;
    let read = Document::read(text).unwrap();
    assert_eq!(read.to_json(), serde_json::from_str::<Value>(text).unwrap());
    let one = r#"{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*",
        "Condition":{"Bool":{"aws:SecureTransport":true}}}}"#;
    let encoded: String = one.bytes().map(|it| format!("%{it:02X}")).collect();
    assert_eq!(Document::read(one), Document::read(&encoded));
    assert_eq!(Document::read(one).unwrap().version, Version::First);
}

#[test]
fn an_account_keeps_what_stands_beside_what_it_cannot_read() {
    let page = json!({
        "UserDetailList": [
            { "UserName": "nobody" },
            {
                "UserName": "alice",
                "Arn": arn("user/alice"),
                "UserPolicyList": [
                    { "PolicyName": "bad", "PolicyDocument": "{" },
                    { "PolicyName": "good", "PolicyDocument": allows(&["s3:*"]).to_string() },
                ],
                "Tags": [{ "Key": "team", "Value": "payments" }],
                "PermissionsBoundary": { "PermissionsBoundaryArn": arn("policy/limit") },
            },
        ],
        "RoleDetailList": [{
            "RoleName": "job",
            "Arn": arn("role/job"),
            "RoleLastUsed": { "LastUsedDate": "2026-01-20 18:48:00+00:00" },
        }],
    });
    let mut account = Account::read(&page.to_string()).unwrap();
    let notes: Vec<_> =
        account.unread.iter().map(|it| format!("{}: {}", it.place, it.why)).collect();
    assert_eq!(
        notes,
        [
            "UserDetailList[0]: `Arn` or `UserName` is missing".to_owned(),
            format!(
                "{}: the policy `bad`: document: not JSON: EOF while parsing an object at line 1 column 1",
                arn("user/alice")
            ),
            format!("{}: the trust: there is no document", arn("role/job")),
        ]
    );
    let alice = &account.users[&arn("user/alice")];
    assert_eq!(alice.grants.inline.len(), 1);
    assert_eq!(alice.tags, [("team".to_owned(), "payments".to_owned())]);
    let job = &account.roles[&arn("role/job")];
    assert_eq!(job.last_used.unwrap().to_string(), "2026-01-20T18:48:00Z");
    account.add(&json!({ "Policies": [policy("limit", allows(&["s3:*"]))] }).to_string()).unwrap();
    assert_eq!((account.policies.len(), account.number()), (1, Some(NUMBER)));
    assert_eq!(Account::read("{}"), Err(MalformedAccount::Other));
    assert!(matches!(Account::read("["), Err(MalformedAccount::Json(_))));
}
