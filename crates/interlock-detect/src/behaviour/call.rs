//! How much harm one kind of call can do, by its name.

/// How much harm one kind of call can do, from little to much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallRisk {
    /// Reads what is not secret.
    Read,
    /// Reads who may do what: the first thing an intruder does.
    Recon,
    /// Changes things.
    Write,
    /// Reads secrets, or becomes somebody else.
    Secrets,
    /// Changes permissions or mints credentials.
    Permissions,
    /// Switches off or narrows what watches.
    Evasion,
}

impl CallRisk {
    /// How telling it is when an identity makes such a call for the first time, 0 to 100.
    #[must_use]
    pub const fn weight(self) -> u8 {
        match self {
            Self::Read => 12,
            Self::Recon => 18,
            Self::Write => 22,
            Self::Secrets => 42,
            Self::Permissions | Self::Evasion => 48,
        }
    }

    /// The risk in one word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Recon => "reconnaissance",
            Self::Write => "write",
            Self::Secrets => "secrets",
            Self::Permissions => "permissions",
            Self::Evasion => "evasion",
        }
    }

    /// The risk of this operation of this service; `read_only` is the provider's own word.
    #[must_use]
    pub fn of(service: &str, operation: &str, read_only: Option<bool>) -> Self {
        let service = service.split('.').next().unwrap_or_default();
        let named = |list: &[&str]| list.contains(&operation);
        let starts = |list: &[&str]| list.iter().any(|it| operation.starts_with(it));
        let reads =
            read_only.unwrap_or_else(|| starts(&["Get", "List", "Describe", "Head", "Lookup"]));
        match service {
            "secretsmanager" if named(&["GetSecretValue", "BatchGetSecretValue"]) => Self::Secrets,
            "ssm" if starts(&["GetParameter"]) => Self::Secrets,
            "ssm" if named(&["SendCommand", "StartSession"]) => Self::Secrets,
            "ec2" if named(&["GetPasswordData"]) => Self::Secrets,
            "ec2-instance-connect" if !reads => Self::Secrets,
            "ecr" | "codeartifact" if named(&["GetAuthorizationToken"]) => Self::Secrets,
            "sts" if named(&["GetCallerIdentity"]) => Self::Recon,
            "sts" if starts(&["AssumeRole", "GetFederationToken", "GetSessionToken"]) => {
                Self::Secrets
            }
            "iam" | "sso" | "sso-directory" | "identitystore" | "organizations" => {
                if reads {
                    Self::Recon
                } else {
                    Self::Permissions
                }
            }
            "rolesanywhere" | "access-analyzer" if !reads => Self::Permissions,
            "kms"
                if named(&["CreateGrant", "PutKeyPolicy", "ScheduleKeyDeletion", "DisableKey"]) =>
            {
                Self::Permissions
            }
            "cloudtrail" if !reads && !starts(&["Create", "Start", "Add"]) => Self::Evasion,
            "guardduty" | "securityhub" | "config" | "detective" | "macie2"
                if starts(&["Delete", "Disable", "Stop", "Disassociate", "Update"]) =>
            {
                Self::Evasion
            }
            "ec2" if named(&["DeleteFlowLogs"]) => Self::Evasion,
            "route53resolver" if starts(&["Delete", "Disassociate"]) => Self::Evasion,
            "logs" if named(&["DeleteLogGroup", "DeleteLogStream"]) => Self::Evasion,
            "s3" if starts(&["PutBucketPolicy", "PutBucketAcl", "PutBucketPublicAccess"]) => {
                Self::Permissions
            }
            "lambda" if starts(&["AddPermission"]) => Self::Permissions,
            _ if reads => Self::Read,
            _ => Self::Write,
        }
    }
}

/// Service and operation as people write them: `iam:CreateAccessKey`.
#[must_use]
pub fn show(service: &str, operation: &str) -> String {
    format!("{}:{operation}", service.strip_suffix(".amazonaws.com").unwrap_or(service))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_name() {
        for (call, read_only, expected) in [
            ("s3:ListBuckets", Some(true), CallRisk::Read),
            ("s3:PutObject", Some(false), CallRisk::Write),
            ("iam:ListUsers", None, CallRisk::Recon),
            ("sts:GetCallerIdentity", Some(true), CallRisk::Recon),
            ("sts:AssumeRoleWithSAML", Some(true), CallRisk::Secrets),
            ("secretsmanager:GetSecretValue", Some(true), CallRisk::Secrets),
            ("iam:CreateAccessKey", Some(false), CallRisk::Permissions),
            ("cloudtrail:StopLogging", Some(false), CallRisk::Evasion),
            ("cloudtrail:LookupEvents", Some(true), CallRisk::Read),
            ("ec2:DeleteFlowLogs", Some(false), CallRisk::Evasion),
            ("other:Frobnicate", None, CallRisk::Write),
        ] {
            let (service, operation) = call.split_once(':').unwrap();
            let service = format!("{service}.amazonaws.com");
            assert_eq!(CallRisk::of(&service, operation, read_only), expected, "{call}");
            assert_eq!(show(&service, operation), call);
        }
    }
}
