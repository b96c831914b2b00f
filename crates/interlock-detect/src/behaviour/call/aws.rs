//! Risks of AWS calls, by event source and event name.

use super::CallRisk;

/// The risk of this operation of this service; `read_only` is the provider's own word.
pub(super) fn risk(service: &str, operation: &str, read_only: Option<bool>) -> CallRisk {
    let service = service.split('.').next().unwrap_or_default();
    let named = |list: &[&str]| list.contains(&operation);
    let starts = |list: &[&str]| list.iter().any(|it| operation.starts_with(it));
    let reads = read_only.unwrap_or_else(|| starts(&["Get", "List", "Describe", "Head", "Lookup"]));
    match service {
        "secretsmanager" if named(&["GetSecretValue", "BatchGetSecretValue"]) => CallRisk::Secrets,
        "ssm" if starts(&["GetParameter"]) => CallRisk::Secrets,
        "ssm" if named(&["SendCommand", "StartSession"]) => CallRisk::Secrets,
        "ec2" if named(&["GetPasswordData"]) => CallRisk::Secrets,
        "ec2-instance-connect" if !reads => CallRisk::Secrets,
        "ecs" if named(&["ExecuteCommand"]) => CallRisk::Secrets,
        "bedrock-agentcore" if named(&["StartCodeInterpreterSession", "InvokeCodeInterpreter"]) => {
            CallRisk::Secrets
        }
        "redshift" if starts(&["GetClusterCredentials"]) => CallRisk::Secrets,
        "lightsail" if named(&["DownloadDefaultKeyPair", "GetInstanceAccessDetails"]) => {
            CallRisk::Secrets
        }
        "ecr" | "codeartifact" if named(&["GetAuthorizationToken"]) => CallRisk::Secrets,
        "sts" if named(&["GetCallerIdentity"]) => CallRisk::Recon,
        "sts" if starts(&["AssumeRole", "AssumeRoot", "GetFederationToken", "GetSessionToken"]) => {
            CallRisk::Secrets
        }
        "iam" | "sso" | "sso-directory" | "identitystore" | "organizations" => {
            if reads {
                CallRisk::Recon
            } else {
                CallRisk::Permissions
            }
        }
        "rolesanywhere" | "access-analyzer" if !reads => CallRisk::Permissions,
        "kms" if named(&["CreateGrant", "PutKeyPolicy", "ScheduleKeyDeletion", "DisableKey"]) => {
            CallRisk::Permissions
        }
        "secretsmanager" | "dynamodb" | "logs" if named(&["PutResourcePolicy"]) => {
            CallRisk::Permissions
        }
        "ecr" if named(&["SetRepositoryPolicy"]) => CallRisk::Permissions,
        "eks" if named(&["AssociateAccessPolicy", "CreateAccessEntry", "UpdateAccessEntry"]) => {
            CallRisk::Permissions
        }
        "cloudtrail" if !reads && !starts(&["Create", "Start", "Add"]) => CallRisk::Evasion,
        "guardduty" | "securityhub" | "config" | "detective" | "macie2" | "inspector2"
        | "shield"
            if starts(&["Delete", "Disable", "Stop", "Disassociate", "Update"]) =>
        {
            CallRisk::Evasion
        }
        "ec2" if named(&["DeleteFlowLogs"]) => CallRisk::Evasion,
        "route53resolver" if starts(&["Delete", "Disassociate"]) => CallRisk::Evasion,
        "logs" if named(&["DeleteLogGroup", "DeleteLogStream", "DeleteSubscriptionFilter"]) => {
            CallRisk::Evasion
        }
        "monitoring" if named(&["DeleteAlarms", "DisableAlarmActions"]) => CallRisk::Evasion,
        "s3" if starts(&["PutBucketPolicy", "PutBucketAcl", "PutBucketPublicAccess"]) => {
            CallRisk::Permissions
        }
        "lambda" if starts(&["AddPermission", "AddLayerVersionPermission"]) => {
            CallRisk::Permissions
        }
        _ if reads => CallRisk::Read,
        _ => CallRisk::Write,
    }
}
