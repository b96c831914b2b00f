//! How much harm one kind of call can do, by its name: one table for each platform.

mod aws;
mod github;
mod google;
mod ldap;
mod microsoft;
mod okta;
mod servers;

use super::paths::Paths;
use super::platform::Platform;
use interlock_model::Event;

pub(super) use google::is_guardrail;
pub(super) use servers::windows_event;

/// The fields that tell.
pub(super) const PATHS: [&[&str]; 2] = [&super::ldap::PATHS, servers::PATHS];

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

    /// The risk of a call that is named by a word, where no platform says more.
    fn by_verb(operation: &str, read_only: Option<bool>) -> Self {
        let word = operation.rsplit(['.', '/', ':']).next().unwrap_or_default();
        let lower = word.to_ascii_lowercase();
        let reads =
            ["get", "list", "describe", "head", "lookup", "read", "search", "watch", "view"];
        let reads = read_only.unwrap_or_else(|| reads.iter().any(|it| lower.starts_with(it)));
        if reads { Self::Read } else { Self::Write }
    }

    /// The risk of what this event did.
    #[must_use]
    pub fn of(platform: Platform, event: &Event, paths: &Paths) -> Self {
        let (service, operation) = (&*event.service, &*event.operation);
        match platform {
            Platform::Aws => aws::risk(service, operation, event.read_only),
            Platform::Azure => microsoft::azure(operation),
            Platform::Entra => microsoft::entra(operation),
            Platform::GitHub => github::risk(operation),
            Platform::GoogleCloud => google::cloud(operation),
            Platform::Workspace => google::workspace(operation),
            Platform::Kubernetes => servers::kubernetes(event, paths),
            Platform::Okta => okta::risk(operation),
            Platform::PostgreSql => servers::postgresql(operation),
            Platform::Vault => servers::vault(event, paths),
            Platform::Windows => servers::windows(event, paths),
            Platform::Ldap => ldap::risk(event, paths),
            Platform::Other => Self::by_verb(operation, event.read_only),
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
            assert_eq!(aws::risk(&service, operation, read_only), expected, "{call}");
            assert_eq!(show(&service, operation), call);
        }
    }

    #[test]
    fn on_other_platforms() {
        for (risk, operation, expected) in [
            (okta::risk as fn(&str) -> CallRisk, "user.session.start", CallRisk::Read),
            (okta::risk, "system.api_token.create", CallRisk::Permissions),
            (okta::risk, "user.session.impersonation.initiate", CallRisk::Secrets),
            (okta::risk, "system.log_stream.lifecycle.delete", CallRisk::Evasion),
            (microsoft::entra, "Add member to role.", CallRisk::Permissions),
            (microsoft::entra, "Sign-in activity", CallRisk::Read),
            (microsoft::entra, "Add user", CallRisk::Write),
            (
                microsoft::azure,
                "MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/WRITE",
                CallRisk::Permissions,
            ),
            (
                microsoft::azure,
                "Microsoft.Storage/storageAccounts/listKeys/action",
                CallRisk::Secrets,
            ),
            (microsoft::azure, "Microsoft.Insights/diagnosticSettings/delete", CallRisk::Evasion),
            (microsoft::azure, "SecretGet", CallRisk::Secrets),
            (microsoft::azure, "SecretList", CallRisk::Read),
            (microsoft::azure, "SecretSet", CallRisk::Write),
            (microsoft::azure, "VaultPut", CallRisk::Permissions),
            (google::cloud, "google.iam.admin.v1.CreateServiceAccountKey", CallRisk::Permissions),
            (google::cloud, "SetIamPolicy", CallRisk::Permissions),
            (google::cloud, "storage.objects.get", CallRisk::Read),
            (google::cloud, "google.logging.v2.ConfigServiceV2.DeleteSink", CallRisk::Evasion),
            (google::workspace, "GRANT_ADMIN_PRIVILEGE", CallRisk::Permissions),
            (google::workspace, "login_success", CallRisk::Read),
            (github::risk, "org.update_member", CallRisk::Permissions),
            (github::risk, "git.clone", CallRisk::Read),
            (servers::postgresql, "ALTER ROLE", CallRisk::Permissions),
            (servers::postgresql, "SELECT", CallRisk::Read),
        ] {
            assert_eq!(risk(operation), expected, "{operation}");
        }
    }
}
