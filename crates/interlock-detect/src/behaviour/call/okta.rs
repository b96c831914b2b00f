//! Risks of Okta events, by event type. Source: Okta's catalogue of System Log event types.

use super::CallRisk;

/// The risk of this event type.
pub(super) fn risk(operation: &str) -> CallRisk {
    let starts = |list: &[&str]| list.iter().any(|it| operation.starts_with(it));
    if starts(&EVASION) {
        CallRisk::Evasion
    } else if starts(&PERMISSIONS) {
        CallRisk::Permissions
    } else if starts(&SECRETS) {
        CallRisk::Secrets
    } else if starts(&SIGNING_IN) {
        CallRisk::Read
    } else {
        CallRisk::Write
    }
}

const EVASION: [&str; 5] = [
    "system.log_stream.lifecycle.de",
    "event_hook.de",
    "security.threat.configuration.update",
    "system.log_stream.lifecycle.update",
    "security.behavior.settings.delete",
];

const PERMISSIONS: [&str; 30] = [
    "inline_hook.",
    "security.trusted_origin.",
    "user.account.privilege.",
    "user.account.access_super_user_app",
    "group.privilege.",
    "group.application_assignment.add",
    "iam.",
    "system.api_token.create",
    "system.api_token.update",
    "system.idp.lifecycle.",
    "system.idp.key.",
    "system.mfa.factor.deactivate",
    "user.mfa.factor.deactivate",
    "user.mfa.factor.reset_all",
    "user.mfa.factor.suspend",
    "user.account.reset_password",
    "policy.lifecycle.",
    "policy.rule.",
    "zone.",
    "network_zone.",
    "app.oauth2.as.",
    "app.oauth2.client.lifecycle.",
    "app.oauth2.client_id_rate_limit",
    "app.oauth2.client.privilege.",
    "app.oauth2.credentials.lifecycle.",
    "app.oauth2.trusted_server.",
    "application.lifecycle.create",
    "application.policy.",
    "app.keys.",
    "workload_principal.",
];

const SECRETS: [&str; 3] = [
    "user.session.impersonation.",
    "app.oauth2.token.grant.id_jag",
    "application.user_membership.show_password",
];

const SIGNING_IN: [&str; 8] = [
    "user.session.",
    "user.authentication.",
    "policy.evaluate_sign_on",
    "app.oauth2.token.",
    "app.oauth2.authorize",
    "app.generic.unauth_app_access_attempt",
    "security.",
    "user.risk.",
];
