//! Grants in Okta. Source: Okta's catalogue of System Log event types.

use super::{ADMIN_GRANT, GUARDRAIL_REMOVED, Grant, NEW_CREDENTIAL, TRUST_WIDENED};
use crate::behaviour::Seen;
use crate::behaviour::paths::Paths;
use interlock_model::RiskClass;

/// The fields that tell.
pub(super) const PATHS: &[&str] = &[
    "debugContext.debugData.privilegeGranted",
    "target.alternateId",
    "target.displayName",
    "target.id",
];

/// What this event grants.
pub(super) fn grant(seen: &Seen<'_>, paths: &Paths) -> Option<Grant> {
    let fields = &seen.event.fields;
    let privilege = paths.text(fields, "debugContext.debugData.privilegeGranted");
    let named = paths.first(fields, &["target.alternateId", "target.displayName"]);
    let target = [named, paths.text(fields, "target.id")];
    let (rule, base, own, risk, what) = match &*seen.event.operation {
        "user.account.privilege.grant"
        | "group.privilege.grant"
        | "iam.resourceset.bindings.add"
        | "app.oauth2.client.privilege.grant" => {
            let lower = privilege.to_ascii_lowercase();
            let everything = lower.contains("super") || lower.contains("organization admin");
            let base = if everything { 0.55 } else { 0.4 };
            let what = match privilege {
                "" => "granted an admin role to".to_owned(),
                named => format!("granted the admin role `{named}` to"),
            };
            (&ADMIN_GRANT, base, base, RiskClass::Admin, what)
        }
        "system.api_token.create" => {
            (&NEW_CREDENTIAL, 0.35, 0.3, RiskClass::Secrets, "made the API token".to_owned())
        }
        "app.oauth2.credentials.lifecycle.create" | "app.keys.generate" => {
            (&NEW_CREDENTIAL, 0.4, 0.25, RiskClass::Secrets, "made a client secret for".to_owned())
        }
        "user.account.reset_password" => {
            (&NEW_CREDENTIAL, 0.25, 0.1, RiskClass::Secrets, "reset the password of".to_owned())
        }
        "user.mfa.factor.reset_all" => {
            let what = "took all second factors from".to_owned();
            (&GUARDRAIL_REMOVED, 0.4, 0.2, RiskClass::Secrets, what)
        }
        "system.mfa.factor.deactivate" => {
            let what = "took a kind of second factor from everybody:".to_owned();
            (&GUARDRAIL_REMOVED, 0.45, 0.45, RiskClass::Permissions, what)
        }
        "user.mfa.factor.deactivate" | "user.mfa.factor.suspend" => {
            let what = "took a second factor from".to_owned();
            (&GUARDRAIL_REMOVED, 0.35, 0.15, RiskClass::Secrets, what)
        }
        "policy.lifecycle.deactivate"
        | "policy.lifecycle.delete"
        | "policy.rule.deactivate"
        | "policy.rule.delete" => {
            let what = "switched off the policy or rule".to_owned();
            (&GUARDRAIL_REMOVED, 0.4, 0.4, RiskClass::Permissions, what)
        }
        "zone.deactivate" | "zone.delete" | "network_zone.rule.disabled" => {
            let what = "switched off the network zone".to_owned();
            (&GUARDRAIL_REMOVED, 0.35, 0.35, RiskClass::Permissions, what)
        }
        "system.idp.lifecycle.create" | "system.idp.lifecycle.activate" => {
            let what = "let the users of an identity provider in:".to_owned();
            (&TRUST_WIDENED, 0.5, 0.5, RiskClass::Permissions, what)
        }
        "system.idp.lifecycle.update" | "system.idp.key.create" => {
            let what = "changed the identity provider".to_owned();
            (&TRUST_WIDENED, 0.35, 0.35, RiskClass::Permissions, what)
        }
        _ => return None,
    };
    Some(Grant::new(rule, base, risk, what).about(seen, &target).own(own))
}
