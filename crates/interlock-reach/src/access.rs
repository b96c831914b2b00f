//! What an action of the provider gives, in classes.
//!
//! The first four follow from the words of its name, as the provider builds them; what exposes
//! secrets, data or credentials, and what hands out permissions without saying so, is in a table.
//! This is about what a *grant* reaches; how telling one *call* is, `detect` weighs for itself:
//! see decision 17.
//!
//! Source of the words: <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_understand-policy-summary-access-level-summaries.html>

use interlock_model::RiskClass;

/// A class of access. An action may be in several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AccessClass {
    /// Sees which things there are.
    List,
    /// Reads what they hold.
    Read,
    /// Makes, changes or deletes them; tags are changes.
    Write,
    /// Reads what a business keeps in them.
    Data,
    /// Reads what is kept secret.
    Secrets,
    /// Gets hold of something that proves an identity.
    Credentials,
    /// Changes who may do what.
    Permissions,
}

impl AccessClass {
    /// Every class, from little to much.
    pub const ALL: [Self; 7] = [
        Self::List,
        Self::Read,
        Self::Write,
        Self::Data,
        Self::Secrets,
        Self::Credentials,
        Self::Permissions,
    ];

    /// The class as text, as in files and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Read => "read",
            Self::Write => "write",
            Self::Data => "data_exposure",
            Self::Secrets => "secrets",
            Self::Credentials => "credentials_exposure",
            Self::Permissions => "permissions_management",
        }
    }

    /// How much harm it allows, on the scale that entitlements are weighed by.
    #[must_use]
    pub const fn risk(self) -> RiskClass {
        match self {
            Self::List | Self::Read | Self::Data => RiskClass::Read,
            Self::Write => RiskClass::Write,
            Self::Secrets | Self::Credentials => RiskClass::Secrets,
            Self::Permissions => RiskClass::Permissions,
        }
    }
}

/// The classes of an action that is written out.
#[must_use]
pub fn classes(action: &str) -> Vec<AccessClass> {
    let (service, operation) = action.split_once(':').unwrap_or((action, ""));
    let exposed = EXPOSING.iter().filter(|(of, _, names)| {
        of.eq_ignore_ascii_case(service)
            && names.iter().any(|it| it.eq_ignore_ascii_case(operation))
    });
    let mut out: Vec<_> = exposed.map(|it| it.1).collect();
    out.push(level(service, operation));
    out.sort_unstable();
    out.dedup();
    out
}

/// The first four classes that a pattern may reach, by the words it can begin with.
///
/// What else it reaches is found by asking for each action of [`exposing`].
pub(super) fn classes_of_pattern(pattern: &str) -> Vec<AccessClass> {
    let (service, operation) = pattern.split_once(':').unwrap_or(("*", "*"));
    let Some((fixed, _)) = operation.split_once(['*', '?']) else { return classes(pattern) };
    if fixed.is_empty() {
        return vec![AccessClass::List, AccessClass::Read, AccessClass::Write];
    }
    if READS.iter().any(|it| starts_with(fixed, it)) || starts_with(fixed, "List") {
        return vec![level(service, fixed)];
    }
    let begins = |word: &str| {
        let start = word.get(..fixed.len());
        start.is_some_and(|it| it.eq_ignore_ascii_case(fixed))
    };
    // `Tag*` and `D*` can be finished in many ways, of which some only read.
    let mut out = vec![AccessClass::Write];
    if begins("List") {
        out.push(AccessClass::List);
    }
    if READS.iter().any(|it| begins(it)) {
        out.push(AccessClass::Read);
    }
    if is_permissions(service, fixed) {
        out.push(AccessClass::Permissions);
    }
    out.sort_unstable();
    out
}

/// Every action of the table, written out.
pub(super) fn exposing() -> impl Iterator<Item = String> {
    EXPOSING
        .iter()
        .flat_map(|(service, _, names)| names.iter().map(move |it| format!("{service}:{it}")))
}

/// Which of list, read, write and permissions management an action is.
fn level(service: &str, operation: &str) -> AccessClass {
    let service = service.to_ascii_lowercase();
    if starts_with(operation, "List") {
        return AccessClass::List;
    }
    if READS.iter().any(|it| starts_with(operation, it)) {
        let lists = starts_with(operation, "Describe") && DESCRIBE_LISTS.contains(&&*service);
        return if lists { AccessClass::List } else { AccessClass::Read };
    }
    if is_permissions(&service, operation) { AccessClass::Permissions } else { AccessClass::Write }
}

/// Whether the operation begins with this whole word, whatever its case.
fn starts_with(operation: &str, word: &str) -> bool {
    let (start, next) = (operation.get(..word.len()), operation.get(word.len()..));
    let ends = next.is_none_or(|it| !it.starts_with(|it: char| it.is_ascii_lowercase()));
    start.is_some_and(|it| it.eq_ignore_ascii_case(word))
        && (ends || !operation.starts_with(|it: char| it.is_ascii_uppercase()))
}

fn is_permissions(service: &str, operation: &str) -> bool {
    let lower = operation.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|it| lower.contains(it));
    match service {
        "iam" => {
            has(&["policy", "permissionsboundary", "passrole", "addusertogroup"])
                && !has(&["tag", "passwordpolicy"])
        }
        "organizations" | "sso" | "iot" => has(&["policy", "permission", "accountassignment"]),
        "lakeformation" => has(&["permissions", "settings"]),
        "kms" => has(&["grant", "keypolicy"]),
        "s3" | "s3-outposts" | "s3express" | "s3-object-lambda" | "s3tables" | "s3vectors" => {
            has(&[
                "objectacl",
                "bucketacl",
                "versionacl",
                "publicaccessblock",
                "ownershipcontrols",
                "accessgrant",
                "bucketpolicy",
                "accesspointpolicy",
                "tablepolicy",
                "resourcepolicy",
            ])
        }
        "ec2" if has(&["snapshotattribute", "imageattribute"]) => true,
        "redshift" if has(&["datashare", "snapshotaccess", "endpointaccess"]) => true,
        _ => has(&[
            "resourcepolicy",
            "permission",
            "allowvendedlog",
            "sharingpolicy",
            "accesspolicy",
            "repositorypolicy",
            "registrypolicy",
            "filesystempolicy",
            "identitypolicy",
            "authpolicy",
            "vaultpolicy",
            "policygrant",
            "containerpolicy",
        ]),
    }
}

/// First words of operations that only read.
const READS: &[&str] = &[
    "Analyze",
    "BatchCheck",
    "BatchDescribe",
    "BatchDetect",
    "BatchGet",
    "Calculate",
    "Check",
    "Compare",
    "Count",
    "Describe",
    "Detect",
    "Download",
    "Estimate",
    "Explain",
    "Filter",
    "Get",
    "Head",
    "Is",
    "Lookup",
    "Predict",
    "Preview",
    "Query",
    "Read",
    "Render",
    "Scan",
    "Search",
    "Select",
    "Simulate",
    "Translate",
    "Validate",
    "View",
];

/// Services in which `Describe` lists.
const DESCRIBE_LISTS: &[&str] = &[
    "appstream",
    "autoscaling",
    "ec2",
    "elasticache",
    "es",
    "logs",
    "opsworks",
    "rds",
    "workdocs",
];

use AccessClass::{Credentials, Data, Permissions, Secrets};

/// What an action gives beyond what its name says, and what hands out permissions.
///
/// Source: the service authorization reference of each service,
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>.
const EXPOSING: &[(&str, AccessClass, &[&str])] = &[
    ("athena", Data, &["GetQueryResults", "GetQueryResultsStream"]),
    ("backup", Permissions, &["PutBackupVaultAccessPolicy"]),
    ("cassandra", Data, &["Select"]),
    ("codeartifact", Credentials, &["GetAuthorizationToken"]),
    ("codecommit", Data, &["GetBlob", "GetFile", "GetFolder", "GitPull"]),
    ("codepipeline", Credentials, &["PollForJobs", "PollForThirdPartyJobs"]),
    (
        "cognito-identity",
        Credentials,
        &["GetCredentialsForIdentity", "GetOpenIdToken", "GetOpenIdTokenForDeveloperIdentity"],
    ),
    ("cognito-identity", Permissions, &["SetIdentityPoolRoles"]),
    (
        "cognito-idp",
        Credentials,
        &["AdminSetUserPassword", "AssociateSoftwareToken", "DescribeUserPoolClient"],
    ),
    ("connect", Credentials, &["GetFederationToken", "GetFederationTokens"]),
    (
        "dynamodb",
        Data,
        &[
            "BatchGetItem",
            "ExportTableToPointInTime",
            "GetItem",
            "GetRecords",
            "PartiQLSelect",
            "Query",
            "Scan",
        ],
    ),
    (
        "ec2",
        Data,
        &[
            "CreateSnapshot",
            "CreateSnapshots",
            "CreateImage",
            "CopySnapshot",
            "CreateStoreImageTask",
        ],
    ),
    ("ec2", Permissions, &["ModifyImageAttribute", "ModifySnapshotAttribute"]),
    ("ec2", Secrets, &["DescribeInstanceAttribute"]),
    ("ec2", Credentials, &["CreateKeyPair", "GetPasswordData"]),
    ("ec2-instance-connect", Credentials, &["SendSSHPublicKey", "SendSerialConsoleSSHPublicKey"]),
    ("ecr", Credentials, &["GetAuthorizationToken"]),
    ("ecr", Data, &["BatchGetImage", "GetDownloadUrlForLayer"]),
    ("ecr", Permissions, &["SetRepositoryPolicy", "PutRegistryPolicy"]),
    ("ecr-public", Credentials, &["GetAuthorizationToken"]),
    ("eks", Permissions, &["AssociateAccessPolicy", "CreateAccessEntry"]),
    ("elasticfilesystem", Permissions, &["PutFileSystemPolicy"]),
    ("es", Data, &["ESHttpGet", "ESHttpPost"]),
    ("gamelift", Credentials, &["GetInstanceAccess", "RequestUploadCredentials"]),
    (
        "iam",
        Credentials,
        &[
            "CreateAccessKey",
            "CreateLoginProfile",
            "CreateServiceSpecificCredential",
            "ResetServiceSpecificCredential",
            "UpdateAccessKey",
            "UpdateLoginProfile",
            "UploadSigningCertificate",
        ],
    ),
    (
        "iam",
        Permissions,
        &[
            "AddUserToGroup",
            "AttachGroupPolicy",
            "AttachRolePolicy",
            "AttachUserPolicy",
            "CreatePolicy",
            "CreatePolicyVersion",
            "DeleteRolePermissionsBoundary",
            "DeleteUserPermissionsBoundary",
            "PassRole",
            "PutGroupPolicy",
            "PutRolePermissionsBoundary",
            "PutRolePolicy",
            "PutUserPermissionsBoundary",
            "PutUserPolicy",
            "SetDefaultPolicyVersion",
            "UpdateAssumeRolePolicy",
        ],
    ),
    ("kinesis", Data, &["GetRecords", "SubscribeToShard"]),
    ("kms", Secrets, &["Decrypt", "ReEncryptFrom"]),
    ("kms", Permissions, &["CreateGrant", "PutKeyPolicy"]),
    (
        "lakeformation",
        Permissions,
        &["GrantPermissions", "BatchGrantPermissions", "PutDataLakeSettings"],
    ),
    ("lambda", Data, &["GetFunction"]),
    ("lambda", Secrets, &["GetFunctionConfiguration"]),
    ("lambda", Permissions, &["AddLayerVersionPermission", "AddPermission"]),
    (
        "lightsail",
        Credentials,
        &[
            "DownloadDefaultKeyPair",
            "GetBucketAccessKeys",
            "GetInstanceAccessDetails",
            "GetRelationalDatabaseMasterUserPassword",
            "CreateBucketAccessKey",
        ],
    ),
    ("logs", Data, &["FilterLogEvents", "GetLogEvents", "GetQueryResults"]),
    ("mediapackage", Credentials, &["RotateChannelCredentials", "RotateIngestEndpointCredentials"]),
    ("organizations", Permissions, &["AttachPolicy", "DetachPolicy", "UpdatePolicy"]),
    ("ram", Permissions, &["AssociateResourceShare", "CreateResourceShare"]),
    (
        "rds",
        Data,
        &[
            "CopyDBClusterSnapshot",
            "CopyDBSnapshot",
            "CreateDBClusterSnapshot",
            "CreateDBSnapshot",
            "DownloadDBLogFilePortion",
            "StartExportTask",
        ],
    ),
    ("rds", Permissions, &["ModifyDBClusterSnapshotAttribute", "ModifyDBSnapshotAttribute"]),
    ("rds-data", Data, &["BatchExecuteStatement", "ExecuteStatement"]),
    ("rds-db", Credentials, &["connect"]),
    ("redshift", Credentials, &["GetClusterCredentials", "GetClusterCredentialsWithIAM"]),
    ("redshift-data", Data, &["GetStatementResult"]),
    ("redshift-serverless", Credentials, &["GetCredentials"]),
    ("s3", Data, &["GetObject", "GetObjectTorrent", "GetObjectVersion"]),
    (
        "s3",
        Permissions,
        &[
            "PutAccountPublicAccessBlock",
            "PutBucketAcl",
            "PutBucketOwnershipControls",
            "PutBucketPolicy",
            "PutBucketPublicAccessBlock",
            "PutObjectAcl",
            "PutObjectVersionAcl",
        ],
    ),
    ("secretsmanager", Secrets, &["BatchGetSecretValue", "GetSecretValue"]),
    ("secretsmanager", Permissions, &["PutResourcePolicy"]),
    ("sns", Permissions, &["AddPermission"]),
    ("sqs", Data, &["ReceiveMessage"]),
    ("sqs", Permissions, &["AddPermission"]),
    (
        "ssm",
        Secrets,
        &["GetParameter", "GetParameterHistory", "GetParameters", "GetParametersByPath"],
    ),
    ("ssm", Credentials, &["SendCommand", "StartSession"]),
    ("ssm", Permissions, &["ModifyDocumentPermission"]),
    ("sso", Credentials, &["GetRoleCredentials"]),
    (
        "sso",
        Permissions,
        &[
            "AttachManagedPolicyToPermissionSet",
            "CreateAccountAssignment",
            "PutInlinePolicyToPermissionSet",
        ],
    ),
    (
        "sts",
        Credentials,
        &[
            "AssumeRole",
            "AssumeRoleWithSAML",
            "AssumeRoleWithWebIdentity",
            "GetFederationToken",
            "GetSessionToken",
        ],
    ),
];
