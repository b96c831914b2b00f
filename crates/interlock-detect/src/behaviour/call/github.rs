//! Risks of GitHub's audit events, by action. Source: GitHub's list of audit log events.

use super::CallRisk;

/// The risk of this action, as `org.add_member`.
pub(super) fn risk(operation: &str) -> CallRisk {
    let starts = |list: &[&str]| list.iter().any(|it| operation.starts_with(it));
    if starts(&EVASION) {
        CallRisk::Evasion
    } else if starts(&PERMISSIONS) {
        CallRisk::Permissions
    } else if starts(&["repo.download_zip", "git.clone", "git.fetch", "org.audit_log_export"])
        || starts(&["user.login", "org.sso_response", "business.sso_response"])
    {
        CallRisk::Read
    } else {
        CallRisk::Write
    }
}

const EVASION: [&str; 12] = [
    "audit_log_streaming.pause",
    "checks.delete_logs",
    "business_advanced_security.disabled",
    "audit_log_streaming.destroy",
    "audit_log_streaming.update",
    "business.disable_audit",
    "secret_scanning.disable",
    "repository_secret_scanning.disable",
    "repository_secret_scanning_push_protection.disable",
    "secret_scanning_push_protection.bypass",
    "dependabot_alerts.disable",
    "business_secret_scanning.disable",
];

const PERMISSIONS: [&str; 54] = [
    "org.update_default_repository_permission",
    "workflows.bypass_protection_rules",
    "branch_protection_rule.",
    "installation.created",
    "member.added",
    "org.saml_",
    "org.set_default_workflow_permissions",
    "org.update_saml",
    "organization.member_added",
    "public",
    "repository.publicized",
    "business.add_admin",
    "business.add_organization",
    "business.disable_saml",
    "business.disable_two_factor",
    "business.update_member",
    "deploy_key.",
    "enterprise_installation.",
    "environment.remove_protection_rule",
    "hook.create",
    "integration_installation.create",
    "integration_installation.repositories_added",
    "integration.generate_client_secret",
    "integration_installation_request.",
    "ip_allow_list.disable",
    "ip_allow_list_entry.create",
    "members_can_create",
    "oauth_application.generate_client_secret",
    "org.add_member",
    "org.add_outside_collaborator",
    "org.invite_member",
    "org.disable_saml",
    "org.disable_two_factor",
    "org.enable_two_factor",
    "org.oauth_app_access_approved",
    "org.disable_oauth_app_restrictions",
    "org.remove_member",
    "org.set_actions",
    "org.update_member",
    "org.transfer",
    "org_credential_authorization.grant",
    "organization_role.",
    "personal_access_token.access_granted",
    "personal_access_token.request_created",
    "protected_branch.",
    "repo.access",
    "repo.add_member",
    "repo.register_self_hosted_runner",
    "repo.update_member",
    "repository_ruleset.",
    "role.",
    "team.add_member",
    "team.add_repository",
    "team.promote_maintainer",
];
