//! Grants in GitHub. Source: GitHub's list of audit log events and their fields.

use super::{
    ADMIN_GRANT, GROUP_JOINED, GUARDRAIL_REMOVED, Grant, NEW_CREDENTIAL, TRUST_WIDENED, object,
};
use crate::behaviour::Seen;
use crate::behaviour::paths::Paths;
use interlock_model::RiskClass;

/// The fields that tell.
pub(super) const PATHS: &[&str] = &[
    "application_client_id",
    "integration",
    "name",
    "new_repo_permission",
    "permission",
    "read_only",
    "repo",
    "role",
    "user",
    "visibility",
];

/// What this action grants.
pub(super) fn grant(seen: &Seen<'_>, paths: &Paths) -> Option<Grant> {
    let fields = &seen.event.fields;
    let text = |name| paths.text(fields, name);
    let named = |field, kinds: &[&str]| {
        Some(text(field)).filter(|it| !it.is_empty()).unwrap_or_else(|| object(seen, kinds))
    };
    let (user, repository) = (named("user", &["user"]), named("repo", &["repository"]));
    let permission = paths.first(fields, &["permission", "role", "new_repo_permission"]);
    let owner = matches!(permission, "admin" | "owner");
    let (rule, base, risk, what, about) = match &*seen.event.operation {
        "org.update_member" | "org.add_member" | "org.invite_member" | "business.update_member" => {
            if owner {
                (&ADMIN_GRANT, 0.5, RiskClass::Admin, "made an owner of", user)
            } else {
                (&GROUP_JOINED, 0.15, RiskClass::Write, "let into the organisation:", user)
            }
        }
        "business.add_admin" => (&ADMIN_GRANT, 0.5, RiskClass::Admin, "made an owner of", user),
        "organization_role.assign" => {
            (&ADMIN_GRANT, 0.35, RiskClass::Permissions, "gave an organisation role to", user)
        }
        "repo.add_member" | "repo.update_member" | "org.add_outside_collaborator" => {
            let base = if matches!(permission, "admin" | "maintain") { 0.25 } else { 0.15 };
            (&ADMIN_GRANT, base, RiskClass::Write, "let into a repository:", user)
        }
        "team.promote_maintainer" => {
            (&GROUP_JOINED, 0.2, RiskClass::Write, "made a maintainer of", user)
        }
        "public_key.create" | "deploy_key.create" | "deploy_key.created" => {
            // A key that may write is said to be `read_only: false`.
            let writes = !paths.is_true(fields, "read_only") && !repository.is_empty();
            let base = if writes { 0.45 } else { 0.25 };
            (&NEW_CREDENTIAL, base, RiskClass::Write, "added a key to", repository)
        }
        "personal_access_token.access_granted" => {
            (&NEW_CREDENTIAL, 0.25, RiskClass::Write, "let a token in of", user)
        }
        "org_credential_authorization.grant" => {
            (&NEW_CREDENTIAL, 0.2, RiskClass::Write, "let a credential in of", user)
        }
        "integration.generate_client_secret" | "oauth_application.generate_client_secret" => {
            (&NEW_CREDENTIAL, 0.4, RiskClass::Secrets, "made a client secret for", text("name"))
        }
        "integration_installation.create"
        | "installation.created"
        | "org.oauth_app_access_approved" => {
            let name = paths.first(fields, &["integration", "name", "application_client_id"]);
            (&TRUST_WIDENED, 0.25, RiskClass::Write, "let an application in:", name)
        }
        "repo.access" if text("visibility") == "public" => (
            &TRUST_WIDENED,
            0.45,
            RiskClass::Read,
            "showed to everybody the repository",
            repository,
        ),
        "public" | "repository.publicized" => (
            &TRUST_WIDENED,
            0.45,
            RiskClass::Read,
            "showed to everybody the repository",
            repository,
        ),
        "protected_branch.destroy"
        | "branch_protection_rule.deleted"
        | "repository_ruleset.destroy" => {
            let what = "took the protection from a branch of";
            (&GUARDRAIL_REMOVED, 0.4, RiskClass::Write, what, repository)
        }
        "protected_branch.policy_override"
        | "protected_branch.update_admin_enforced"
        | "environment.remove_protection_rule" => {
            let what = "went around the protection of a branch of";
            (&GUARDRAIL_REMOVED, 0.2, RiskClass::Write, what, repository)
        }
        "org.disable_two_factor_requirement" | "business.disable_two_factor_requirement" => {
            let what = "no longer asks members for a second factor";
            (&GUARDRAIL_REMOVED, 0.55, RiskClass::Permissions, what, "")
        }
        "org.disable_saml" | "org.saml_disabled" | "business.disable_saml" => {
            let what = "switched off single sign-on";
            (&GUARDRAIL_REMOVED, 0.55, RiskClass::Permissions, what, "")
        }
        "org.update_saml_provider_settings" => {
            let what = "changed who vouches for members";
            (&TRUST_WIDENED, 0.4, RiskClass::Permissions, what, "")
        }
        "ip_allow_list.disable" | "org.disable_oauth_app_restrictions" => {
            let what = "took a guard from the organisation";
            (&GUARDRAIL_REMOVED, 0.45, RiskClass::Permissions, what, "")
        }
        _ => return None,
    };
    Some(Grant::new(rule, base, risk, what.to_owned()).about(seen, &[about]))
}
