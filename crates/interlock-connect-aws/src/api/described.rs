//! Every operation held against AWS's own description of its services, as botocore brings it along:
//! names, parameters, enumerations, and an answer with every member that the description knows.

mod others;
mod rest;

use super::credential_report::{GenerateCredentialReport, GetCredentialReport};
use super::endpoint::Protocol;
use super::iam::*;
use super::parameters::{GetParameterHistory, PutParameter};
use super::secrets::{DescribeSecret, GetSecretValue, PutSecretValue};
use super::sts::GetCallerIdentity;
use super::wire::{Answered, Call, name};
use crate::discover::Section;
use crate::{Secret, check, operation as op};
use expect_test::{Expect, expect};
use interlock_model::Operation;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// How deep an answer is made up; descriptions may name themselves.
const DEPTH: usize = 9;

/// The folder of the descriptions, beside the program of moto, which needs botocore itself.
pub(crate) fn folder() -> Option<PathBuf> {
    let moto = std::env::var_os("INTERLOCK_TEST_MOTO").map(PathBuf::from);
    let libraries = moto.as_deref().and_then(Path::parent).and_then(Path::parent);
    let libraries = libraries.and_then(|it| std::fs::read_dir(it.join("lib")).ok());
    let data = libraries.into_iter().flatten().flatten().map(|it| it.path());
    let found = data.map(|it| it.join("site-packages/botocore/data")).find(|it| it.is_dir());
    if found.is_none() {
        let required = std::env::var_os("INTERLOCK_TEST_REQUIRE").is_some_and(|it| it == "1");
        assert!(!required, "there is no botocore beside INTERLOCK_TEST_MOTO");
        println!("skipped: there is no botocore beside INTERLOCK_TEST_MOTO");
    }
    found
}

/// One service as AWS describes it.
pub(crate) struct Description(Value);

impl Description {
    /// The latest one.
    pub(crate) fn read(folder: &Path, service: &str) -> Self {
        let versions = std::fs::read_dir(folder.join(service)).unwrap().flatten();
        let latest = versions.map(|it| it.path()).max().unwrap();
        let packed = std::fs::File::open(latest.join("service-2.json.gz")).unwrap();
        let mut text = String::new();
        flate2::read::GzDecoder::new(packed).read_to_string(&mut text).unwrap();
        Self(serde_json::from_str(&text).unwrap())
    }

    fn shape(&self, of: &Value) -> &Value {
        &self.0["shapes"][of["shape"].as_str().unwrap()]
    }

    /// A value of this shape with everything in it; a text says where it stands.
    fn value(&self, shape: &Value, at: &str, depth: usize) -> Value {
        match shape["type"].as_str().unwrap() {
            "structure" if depth == 0 => json!({}),
            "structure" => {
                let members = shape["members"].as_object().unwrap().iter();
                let member = |(name, it): (&String, &Value)| {
                    let at = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
                    (name.clone(), self.value(self.shape(it), &at, depth - 1))
                };
                members.map(member).collect::<Map<String, Value>>().into()
            }
            "list" if depth == 0 => json!([]),
            "list" => json!([self.value(self.shape(&shape["member"]), at, depth - 1)]),
            "map" => {
                let value = self.value(self.shape(&shape["value"]), at, depth.saturating_sub(1));
                json!({ format!("{at}.key"): value })
            }
            "timestamp" if self.is_json() => json!(1_772_366_400.0),
            "timestamp" => json!("2026-03-01T12:00:00Z"),
            "boolean" => json!(true),
            "integer" | "long" => json!(7),
            "blob" => json!("eA=="),
            "string" => shape.pointer("/enum/0").cloned().unwrap_or_else(|| json!(at)),
            other => panic!("a shape of the type `{other}`"),
        }
    }

    fn is_json(&self) -> bool {
        let protocol = &self.0["metadata"]["protocol"];
        protocol == "json" || protocol == "rest-json"
    }

    /// Whether a value may stand where this shape is wanted.
    fn may_be(&self, shape: &Value, value: &str) -> bool {
        shape["enum"].as_array().is_none_or(|it| it.iter().any(|it| it == value))
    }

    /// Holds what a call sends against the description.
    fn sends<C: Call>(&self, call: &C) -> &Value {
        if C::SERVICE.protocol() == Protocol::RestJson {
            return self.routed(call);
        }
        let (metadata, operation) =
            (&self.0["metadata"], &self.0["operations"][name(C::OPERATION)]);
        let at = C::OPERATION.0;
        assert!(operation.is_object(), "{at} is not described");
        assert_eq!(operation["http"], json!({"method": "POST", "requestUri": "/"}), "{at}");
        assert_eq!(metadata["serviceId"], C::SERVICE.id(), "{at}");
        let signed = metadata.get("signingName").unwrap_or(&metadata["endpointPrefix"]);
        assert_eq!(signed, C::SERVICE.name(), "{at}");
        assert_eq!(metadata["endpointPrefix"], C::SERVICE.name(), "{at}");
        let body = call.body().unwrap();
        let pairs: Vec<(String, String)> = match C::SERVICE.protocol() {
            Protocol::Query { version } => {
                assert_eq!(
                    (&metadata["protocol"], &metadata["apiVersion"]),
                    (&json!("query"), &json!(version))
                );
                let mut pairs = form_urlencoded::parse(&body).into_owned();
                assert_eq!(
                    pairs.next().unwrap(),
                    ("Action".to_owned(), name(C::OPERATION).to_owned())
                );
                assert_eq!(pairs.next().unwrap(), ("Version".to_owned(), version.to_owned()));
                pairs.collect()
            }
            Protocol::RestJson => unreachable!("it is routed"),
            Protocol::Json { target } => {
                assert_eq!(
                    (&metadata["jsonVersion"], &metadata["targetPrefix"]),
                    (&json!("1.1"), &json!(target))
                );
                let body: Map<String, Value> = serde_json::from_slice(&body).unwrap();
                let said = |it: Value| it.as_str().map_or_else(|| it.to_string(), str::to_owned);
                body.into_iter().map(|(name, it)| (name, said(it))).collect()
            }
        };
        let nothing = json!({"members": {}});
        let input = operation.get("input").map_or(&nothing, |it| self.shape(it));
        let mut given = BTreeSet::new();
        for (name, value) in &pairs {
            let (name, number) = match name.split_once(".member.") {
                Some((name, number)) => (name, Some(number)),
                None => (name.as_str(), None),
            };
            let member = &input["members"][name];
            assert!(member.is_object(), "{at} has no parameter `{name}`");
            let mut shape = self.shape(member);
            assert_eq!(number.is_some(), shape["type"] == "list", "{at} `{name}`");
            if number.is_some() {
                assert!(shape["flattened"].is_null() && shape["member"]["locationName"].is_null());
                shape = self.shape(&shape["member"]);
            }
            assert!(self.may_be(shape, value), "{at}: `{name}` is never `{value}`");
            given.insert(name.to_owned());
        }
        for needed in input["required"].as_array().into_iter().flatten() {
            assert!(given.contains(needed.as_str().unwrap()), "{at} lacks {needed}");
        }
        operation
    }

    /// The same, and gives what is read from an answer with everything in it.
    fn answers<C: Answered>(&self, call: &C) -> C::Answer {
        let operation = self.sends(call);
        let shape = self.shape(&operation["output"]);
        let value = self.value(shape, "", DEPTH);
        let answer = if self.is_json() {
            value.to_string()
        } else {
            let action = name(C::OPERATION);
            assert_eq!(operation["output"]["resultWrapper"], format!("{action}Result"));
            format!(
                "<{action}Response><{action}Result>{}</{action}Result></{action}Response>",
                xml(&value)
            )
        };
        C::read(answer.as_bytes())
            .unwrap_or_else(|it| panic!("{action}: {it}", action = C::OPERATION))
    }
}

/// A value as the Query protocol writes it.
fn xml(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let member = |(name, it): (&String, &Value)| format!("<{name}>{}</{name}>", xml(it));
            members.iter().map(member).collect()
        }
        Value::Array(list) => {
            list.iter().map(|it| format!("<member>{}</member>", xml(it))).collect()
        }
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Null | Value::Number(_) => value.to_string(),
    }
}

fn same(answer: &impl Debug, expected: &Expect) {
    expected.assert_eq(&format!("{answer:#?}"));
}

/// Which operations were looked at.
#[derive(Default)]
pub(crate) struct Seen(BTreeSet<Operation>);

impl Seen {
    /// All that were.
    pub(crate) fn operations(&self) -> &BTreeSet<Operation> {
        &self.0
    }

    pub(crate) fn told<C: Call>(&mut self, by: &Description, call: &C) {
        self.0.insert(C::OPERATION);
        by.sends(call);
    }

    pub(crate) fn answered<C: Answered>(&mut self, by: &Description, call: &C, expected: &Expect)
    where
        C::Answer: Debug,
    {
        self.0.insert(C::OPERATION);
        same(&by.answers(call), expected);
    }
}

#[test]
fn every_operation_is_as_aws_describes_it() {
    let Some(folder) = folder() else { return };
    let [iam, sts, secrets, ssm] =
        ["iam", "sts", "secretsmanager", "ssm"].map(|it| Description::read(&folder, it));
    let marker = Some("m");
    let mut seen = Seen::default();

    seen.answered(
        &sts,
        &GetCallerIdentity,
        &expect![[r#"
        Caller {
            account: "Account",
            arn: "Arn",
        }"#]],
    );
    seen.answered(&iam, &GetUser("ci"), &expect![[r#""User.Path""#]]);
    seen.answered(
        &iam,
        &GetRole("deploy"),
        &expect![[r#"
        StoredRole {
            arn: "Role.Arn",
            id: "Role.RoleId",
            path: "Role.Path",
            trust: "Role.AssumeRolePolicyDocument",
            longest_session: Some(
                7,
            ),
        }"#]],
    );
    seen.answered(
        &iam,
        &ListAccessKeys("ci"),
        &expect![[r#"
        [
            AccessKey {
                id: "AccessKeyMetadata.AccessKeyId",
                status: "Active",
                created: Some(
                    1772366400,
                ),
            },
        ]"#]],
    );
    seen.answered(
        &iam,
        &GetAccessKeyLastUsed("AKIA"),
        &expect![[r#"
        Some(
            2026-03-01T12:00:00Z,
        )"#]],
    );
    seen.answered(
        &iam,
        &GetUserPolicy { user: "ci", policy: "p" },
        &expect![[r#""PolicyDocument""#]],
    );
    seen.answered(
        &iam,
        &GetRolePolicy { role: "ci", policy: "p" },
        &expect![[r#""PolicyDocument""#]],
    );
    seen.answered(
        &iam,
        &ListEntitiesForPolicy { arn: "arn", marker },
        &expect![[r#"
        Page {
            items: Holders {
                users: {
                    "PolicyUsers.UserName",
                },
                groups: {
                    "PolicyGroups.GroupName",
                },
                roles: {
                    "PolicyRoles.RoleName",
                },
            },
            next: Some(
                "Marker",
            ),
        }"#]],
    );
    seen.answered(
        &iam,
        &GetGroup { group: "g", marker },
        &expect![[r#"
        Page {
            items: [
                "Users.UserName",
            ],
            next: Some(
                "Marker",
            ),
        }"#]],
    );
    let simulated = SimulatePrincipalPolicy {
        principal: "arn",
        operations: &[op::GET_USER, op::GET_ROLE],
        marker,
    };
    seen.answered(
        &iam,
        &simulated,
        &expect![[r#"
        Page {
            items: [
                "EvaluationResults.EvalActionName",
            ],
            next: Some(
                "Marker",
            ),
        }"#]],
    );
    for section in [Section::Policies, Section::Users] {
        seen.told(&iam, &GetAccountAuthorizationDetails { section, marker });
    }
    let page = GetAccountAuthorizationDetails { section: Section::Roles, marker: None };
    seen.answered(
        &iam,
        &page,
        &expect![[r#"
            AccountPage {
                holders: [
                    Described {
                        name: "UserDetailList.UserName",
                        arn: "UserDetailList.Arn",
                        created: Some(
                            1772366400,
                        ),
                        last_used: None,
                        tags: {
                            "UserDetailList.Tags.Key": "UserDetailList.Tags.Value",
                        },
                        policies: Attached {
                            inline: [
                                (
                                    "UserDetailList.UserPolicyList.PolicyName",
                                    "UserDetailList.UserPolicyList.PolicyDocument",
                                ),
                            ],
                            managed: [
                                (
                                    "UserDetailList.AttachedManagedPolicies.PolicyName",
                                    "UserDetailList.AttachedManagedPolicies.PolicyArn",
                                ),
                            ],
                        },
                        groups: [
                            "UserDetailList.GroupList",
                        ],
                        boundary: Some(
                            "UserDetailList.PermissionsBoundary.PermissionsBoundaryArn",
                        ),
                        trust: None,
                        instance_profiles: [],
                    },
                    Described {
                        name: "RoleDetailList.RoleName",
                        arn: "RoleDetailList.Arn",
                        created: Some(
                            1772366400,
                        ),
                        last_used: Some(
                            1772366400,
                        ),
                        tags: {
                            "RoleDetailList.Tags.Key": "RoleDetailList.Tags.Value",
                        },
                        policies: Attached {
                            inline: [
                                (
                                    "RoleDetailList.RolePolicyList.PolicyName",
                                    "RoleDetailList.RolePolicyList.PolicyDocument",
                                ),
                            ],
                            managed: [
                                (
                                    "RoleDetailList.AttachedManagedPolicies.PolicyName",
                                    "RoleDetailList.AttachedManagedPolicies.PolicyArn",
                                ),
                            ],
                        },
                        groups: [],
                        boundary: Some(
                            "RoleDetailList.PermissionsBoundary.PermissionsBoundaryArn",
                        ),
                        trust: Some(
                            "RoleDetailList.AssumeRolePolicyDocument",
                        ),
                        instance_profiles: [
                            "RoleDetailList.InstanceProfileList.InstanceProfileName",
                        ],
                    },
                ],
                groups: {
                    "GroupDetailList.GroupName": Attached {
                        inline: [
                            (
                                "GroupDetailList.GroupPolicyList.PolicyName",
                                "GroupDetailList.GroupPolicyList.PolicyDocument",
                            ),
                        ],
                        managed: [
                            (
                                "GroupDetailList.AttachedManagedPolicies.PolicyName",
                                "GroupDetailList.AttachedManagedPolicies.PolicyArn",
                            ),
                        ],
                    },
                },
                policies: {
                    "Policies.Arn": "Policies.PolicyVersionList.Document",
                },
                report: {},
                anywhere_profiles: [],
                trust_anchors: [],
                unreported: [],
                next: Some(
                    "Marker",
                ),
            }"#]],
    );
    let (_, secret) = iam.answers(&CreateAccessKey("ci"));
    assert_eq!(secret.expose(), "AccessKey.SecretAccessKey");
    seen.answered(
        &iam,
        &CreateAccessKey("ci"),
        &expect![[r#"
        (
            "AccessKey.AccessKeyId",
            Secret(..),
        )"#]],
    );

    others::seen(&iam, &mut seen);
    seen.told(&iam, &GetLoginProfile("ci"));
    seen.answered(&iam, &GenerateCredentialReport, &expect!["false"]);
    seen.answered(&iam, &GetCredentialReport, &expect![[r#""eA==""#]]);
    seen.told(&iam, &DeleteLoginProfile("ci"));
    for status in ["Active", "Inactive"] {
        seen.told(&iam, &UpdateAccessKey { user: "ci", key: "AKIA", status });
    }
    seen.told(&iam, &DeleteAccessKey { user: "ci", key: "AKIA" });
    seen.told(&iam, &PutUserPolicy { user: "ci", policy: "p", document: "{}" });
    seen.told(&iam, &PutRolePolicy { role: "ci", policy: "p", document: "{}" });
    seen.told(&iam, &DeleteUserPolicy { user: "ci", policy: "p" });
    seen.told(&iam, &DeleteRolePolicy { role: "ci", policy: "p" });
    seen.told(&iam, &UpdateAssumeRolePolicy { role: "ci", document: "{}" });

    seen.answered(
        &secrets,
        &DescribeSecret { secret_id: "s" },
        &expect![[r#"
        Described {
            leaves: true,
            versions: Versions {
                current: None,
                all: {
                    "VersionIdsToStages.key",
                },
            },
        }"#]],
    );
    let value = GetSecretValue { secret_id: "s", version_id: "v" };
    assert_eq!(secrets.answers(&value).unwrap().expose(), "SecretString");
    seen.told(&secrets, &value);
    let secret = Secret::new("s");
    let put = PutSecretValue { secret_id: "s", client_request_token: "t", secret_string: &secret };
    seen.told(&secrets, &put);

    let page = GetParameterHistory { name: "p", with_decryption: true, next_token: marker };
    let history = ssm.answers(&page);
    assert_eq!(history.versions[0].value.expose(), "Parameters.Value");
    seen.answered(
        &ssm,
        &page,
        &expect![[r#"
        History {
            versions: [
                Version {
                    number: 7,
                    value: Secret(..),
                    secure: false,
                    description: "Parameters.Description",
                    key: Some(
                        "Parameters.KeyId",
                    ),
                    tier: Some(
                        "Standard",
                    ),
                    pattern: Some(
                        "Parameters.AllowedPattern",
                    ),
                },
            ],
            next: Some(
                "NextToken",
            ),
        }"#]],
    );
    seen.told(&ssm, &PutParameter::after("p", &history.versions[0], &secret, "d"));

    rest::seen(&Description::read(&folder, "rolesanywhere"), &mut seen);

    let (reads, writes) = check::operations();
    // Places of delivery are no actions: what they call is theirs to check.
    let own = [
        op::GET_CALLER_IDENTITY,
        op::GET_PARAMETER_HISTORY,
        op::PUT_PARAMETER,
        op::SIMULATE_PRINCIPAL_POLICY,
    ];
    let all = reads.into_iter().chain(writes).chain(own);
    // To pass a role is a permission and no call.
    assert_eq!(seen.0, all.filter(|it| *it != op::PASS_ROLE).collect());
}
