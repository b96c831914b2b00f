//! How the provider's log names what policies name, and what it does not tell.
//!
//! | In the log | In policies |
//! | --- | --- |
//! | `lambda.amazonaws.com` `GetFunction20150331v2` | `lambda:GetFunction` |
//! | `monitoring.amazonaws.com` | `cloudwatch:` |
//! | `s3.amazonaws.com` `ListObjectsV2` | `s3:ListBucket` |
//!
//! Data events are told only where somebody asked for them, and some permissions are checked inside
//! another call: of these, silence says nothing.
//! Sources: <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>

use super::condition::covers_action;

/// The actions that a policy must allow for this call.
#[must_use]
pub fn actions_of(service: &str, operation: &str) -> Vec<String> {
    let service = service.strip_suffix(".amazonaws.com").unwrap_or(service);
    let service = SERVICES.iter().find(|it| it.0 == service).map_or(service, |it| it.1);
    let operation = if service == "lambda" { without_version(operation) } else { operation };
    let named = CALLS.iter().find(|it| it.0 == service && it.1 == operation);
    match named {
        Some((_, _, names)) => names.iter().map(|it| format!("{service}:{it}")).collect(),
        None => vec![format!("{service}:{operation}")],
    }
}

/// Why the log may be silent on an action; `None` when it tells of each use.
#[must_use]
pub fn why_silent(action: &str) -> Option<&'static str> {
    SILENT.iter().find(|it| covers_action(it.0, action)).map(|it| it.1)
}

/// The patterns of actions of which the log may be silent.
pub(super) fn silent() -> impl Iterator<Item = (&'static str, &'static str)> {
    SILENT.iter().copied()
}

/// `GetFunction20150331v2` without what the API's version adds.
fn without_version(operation: &str) -> &str {
    let digits = operation.find(|it: char| it.is_ascii_digit());
    let (name, version) =
        digits.and_then(|it| operation.split_at_checked(it)).unwrap_or((operation, ""));
    let is_version = version.len() >= 8 && version.bytes().take(8).all(|it| it.is_ascii_digit());
    if is_version { name } else { operation }
}

/// Services that the log calls otherwise than policies do.
const SERVICES: &[(&str, &str)] = &[
    ("email", "ses"),
    ("models.lex", "lex"),
    ("monitoring", "cloudwatch"),
    ("runtime.lex", "lex"),
    ("tagging", "tag"),
];

/// Calls that need actions of another name.
const CALLS: &[(&str, &str, &[&str])] = &[
    ("s3", "CompleteMultipartUpload", &["PutObject"]),
    ("s3", "CopyObject", &["GetObject", "PutObject"]),
    ("s3", "CreateMultipartUpload", &["PutObject"]),
    ("s3", "DeleteBucketCors", &["PutBucketCORS"]),
    ("s3", "DeleteBucketEncryption", &["PutEncryptionConfiguration"]),
    ("s3", "DeleteBucketLifecycle", &["PutLifecycleConfiguration"]),
    ("s3", "DeleteBucketReplication", &["PutReplicationConfiguration"]),
    ("s3", "DeleteBucketTagging", &["PutBucketTagging"]),
    ("s3", "DeleteObjects", &["DeleteObject"]),
    ("s3", "GetBucketCors", &["GetBucketCORS"]),
    ("s3", "GetBucketEncryption", &["GetEncryptionConfiguration"]),
    ("s3", "GetBucketLifecycle", &["GetLifecycleConfiguration"]),
    ("s3", "GetBucketReplication", &["GetReplicationConfiguration"]),
    ("s3", "HeadBucket", &["ListBucket"]),
    ("s3", "HeadObject", &["GetObject"]),
    ("s3", "ListBuckets", &["ListAllMyBuckets"]),
    ("s3", "ListMultipartUploads", &["ListBucketMultipartUploads"]),
    ("s3", "ListObjects", &["ListBucket"]),
    ("s3", "ListObjectsV2", &["ListBucket"]),
    ("s3", "ListObjectVersions", &["ListBucketVersions"]),
    ("s3", "ListParts", &["ListMultipartUploadParts"]),
    ("s3", "PutBucketCors", &["PutBucketCORS"]),
    ("s3", "PutBucketEncryption", &["PutEncryptionConfiguration"]),
    ("s3", "PutBucketLifecycle", &["PutLifecycleConfiguration"]),
    ("s3", "PutBucketReplication", &["PutReplicationConfiguration"]),
    ("s3", "UploadPart", &["PutObject"]),
    ("s3", "UploadPartCopy", &["GetObject", "PutObject"]),
    ("lambda", "Invoke", &["InvokeFunction"]),
];

const DATA: &str = "its uses are data events, which the log tells only where they are asked for";
const INSIDE: &str = "it is checked inside other calls and never logged by itself";
const NEVER: &str = "the log never tells of it";

/// Actions of which the log may be silent, and why.
const SILENT: &[(&str, &str)] = &[
    ("appsync:GraphQL", DATA),
    ("cloudwatch:GetMetricData", DATA),
    ("cloudwatch:GetMetricStatistics", DATA),
    ("cloudwatch:PutMetricData", DATA),
    ("dynamodb:BatchGetItem", DATA),
    ("dynamodb:BatchWriteItem", DATA),
    ("dynamodb:ConditionCheckItem", DATA),
    ("dynamodb:DeleteItem", DATA),
    ("dynamodb:GetItem", DATA),
    ("dynamodb:GetRecords", DATA),
    ("dynamodb:PartiQL*", DATA),
    ("dynamodb:PutItem", DATA),
    ("dynamodb:Query", DATA),
    ("dynamodb:Scan", DATA),
    ("dynamodb:UpdateItem", DATA),
    ("ec2messages:*", NEVER),
    ("elasticfilesystem:Client*", NEVER),
    ("es:ESHttp*", NEVER),
    ("execute-api:*", NEVER),
    ("iam:PassRole", INSIDE),
    ("iot:Connect", NEVER),
    ("iot:Publish", NEVER),
    ("iot:Receive", NEVER),
    ("iot:Subscribe", NEVER),
    ("kafka-cluster:*", NEVER),
    ("kinesis:GetRecords", DATA),
    ("kinesis:PutRecord", DATA),
    ("kinesis:PutRecords", DATA),
    ("kinesis:SubscribeToShard", DATA),
    ("lambda:InvokeFunction", DATA),
    ("logs:PutLogEvents", NEVER),
    ("rds-db:connect", NEVER),
    ("s3:AbortMultipartUpload", DATA),
    ("s3:DeleteObject*", DATA),
    ("s3:GetObject*", DATA),
    ("s3:ListBucket", DATA),
    ("s3:ListBucketMultipartUploads", DATA),
    ("s3:ListBucketVersions", DATA),
    ("s3:ListMultipartUploadParts", DATA),
    ("s3:PutObject*", DATA),
    ("s3:RestoreObject", DATA),
    ("sns:Publish", DATA),
    ("sqs:ChangeMessageVisibility", DATA),
    ("sqs:DeleteMessage", DATA),
    ("sqs:ReceiveMessage", DATA),
    ("sqs:SendMessage", DATA),
    ("ssmmessages:*", NEVER),
    ("sts:TagSession", INSIDE),
    ("xray:Put*", NEVER),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_and_the_actions_they_need() {
        for (service, operation, expected) in [
            ("s3.amazonaws.com", "ListObjectsV2", vec!["s3:ListBucket"]),
            ("s3.amazonaws.com", "CopyObject", vec!["s3:GetObject", "s3:PutObject"]),
            ("monitoring.amazonaws.com", "PutMetricAlarm", vec!["cloudwatch:PutMetricAlarm"]),
            ("lambda.amazonaws.com", "CreateFunction20150331", vec!["lambda:CreateFunction"]),
            ("lambda.amazonaws.com", "Invoke", vec!["lambda:InvokeFunction"]),
            ("iam.amazonaws.com", "CreateUser", vec!["iam:CreateUser"]),
            ("é", "é1", vec!["é:é1"]),
        ] {
            assert_eq!(actions_of(service, operation), expected);
        }
    }

    #[test]
    fn silence_has_a_reason() {
        assert_eq!(why_silent("iam:passrole"), Some(INSIDE));
        assert_eq!(why_silent("s3:GetObjectVersion"), Some(DATA));
        assert_eq!(why_silent("iam:CreateUser"), None);
    }
}
