//! Which AWS call raises whose permissions, and how far.

use super::document::{self, Trust};
use super::{
    ADMIN_GRANT, GROUP_JOINED, GUARDRAIL_REMOVED, Grant, NEW_CREDENTIAL, TRUST_WIDENED, objects,
};
use crate::behaviour::Seen;
use crate::behaviour::paths::Paths;
use interlock_model::RiskClass;

/// The fields that tell.
pub(super) const PATHS: &[&str] = &[
    "requestParameters.assumeRolePolicyDocument",
    "requestParameters.groupName",
    "requestParameters.managedPolicyArn",
    "requestParameters.permissionSetArn",
    "requestParameters.policyArn",
    "requestParameters.policyDocument",
    "requestParameters.policyName",
    "requestParameters.roleName",
    "requestParameters.serialNumber",
    "requestParameters.setAsDefault",
    "requestParameters.userName",
];

/// Where the fields are.
struct Slots<'a>(&'a Paths);

impl Slots<'_> {
    fn text<'e>(&self, seen: &'e Seen<'_>, name: &str) -> &'e str {
        self.0.text(&seen.event.fields, &format!("requestParameters.{name}"))
    }

    fn is_true(&self, seen: &Seen<'_>, name: &str) -> bool {
        self.0.is_true(&seen.event.fields, &format!("requestParameters.{name}"))
    }
}

/// Managed policies that give everything, or the means to get everything.
const ADMIN_POLICIES: [&str; 4] =
    ["AdministratorAccess", "IAMFullAccess", "PowerUserAccess", "AWSOrganizationsFullAccess"];

/// What this call grants; `None` when it raises nothing.
pub(super) fn grant(seen: &Seen<'_>, paths: &Paths) -> Option<Grant> {
    let slots = &Slots(paths);
    let service = seen.event.service.split('.').next()?;
    match service {
        "iam" => iam(seen, slots),
        "sso" => sso(seen, slots),
        "rolesanywhere" if &*seen.event.operation == "CreateTrustAnchor" => Some(Grant {
            rule: &TRUST_WIDENED,
            base: 0.5,
            what: "let certificates of a new authority in".into(),
            raises_to: RiskClass::Permissions,
            artefacts: objects(seen, "trust_anchor"),
            to_itself: false,
        }),
        _ => None,
    }
}

fn iam(seen: &Seen<'_>, slots: &Slots<'_>) -> Option<Grant> {
    let operation = &*seen.event.operation;
    let target = target(seen, slots);
    let policy = slots.text(seen, "policyArn");
    match operation {
        "AttachUserPolicy" | "AttachRolePolicy" | "AttachGroupPolicy" => {
            let name = policy.rsplit('/').next().unwrap_or_default();
            let admin =
                ADMIN_POLICIES.contains(&name) || name.to_ascii_lowercase().contains("admin");
            admin.then(|| Grant {
                base: 0.5 * target.telling(),
                ..target.granted(format!("attached `{name}` to"), RiskClass::Admin)
            })
        }
        "PutUserPolicy" | "PutRolePolicy" | "PutGroupPolicy" => {
            let risk = document::risk_of(slots.text(seen, "policyDocument"))?;
            let what = format!("wrote the policy `{}` into", slots.text(seen, "policyName"));
            let base = written(risk)? * target.telling();
            Some(Grant { base, ..target.granted(what, risk) })
        }
        "CreatePolicyVersion" => {
            let risk = document::risk_of(slots.text(seen, "policyDocument"))?;
            let base = written(risk).filter(|_| slots.is_true(seen, "setAsDefault"))?;
            Some(policy_widened(policy, base, risk, "put a wider version of"))
        }
        "SetDefaultPolicyVersion" => {
            Some(policy_widened(policy, 0.3, RiskClass::Permissions, "switched the version of"))
        }
        "AddUserToGroup" => {
            let group = slots.text(seen, "groupName");
            let admin = group.to_ascii_lowercase().contains("admin");
            let risk = if admin { RiskClass::Admin } else { RiskClass::Write };
            let added = target.granted(String::new(), risk);
            let what = format!("added {} to group `{group}`", target.shown());
            Some(Grant { rule: &GROUP_JOINED, what, base: if admin { 0.5 } else { 0.25 }, ..added })
        }
        "UpdateAssumeRolePolicy" | "CreateRole" => trust(seen, slots, &target),
        "CreateLoginProfile" | "UpdateLoginProfile" => {
            let verb = if operation.starts_with("Create") {
                "made a password for"
            } else {
                "set the password of"
            };
            let base = if target.itself { 0.15 } else { 0.45 };
            let made = target.granted(verb.into(), RiskClass::Secrets);
            Some(Grant { rule: &NEW_CREDENTIAL, base, ..made })
        }
        "CreateAccessKey" => {
            let base = if target.itself { 0.25 } else { 0.5 };
            let made = target.granted("made an access key for".into(), RiskClass::Secrets);
            let issued = seen.event.issued.iter().map(|it| it.credential.as_str().to_owned());
            Some(Grant {
                rule: &NEW_CREDENTIAL,
                base,
                artefacts: issued.chain(made.artefacts).collect(),
                ..made
            })
        }
        "CreateSAMLProvider" | "CreateOpenIDConnectProvider" => Some(Grant {
            rule: &TRUST_WIDENED,
            base: 0.4,
            what: "let the users of a new identity provider in".into(),
            raises_to: RiskClass::Permissions,
            artefacts: objects(seen, "identity_provider"),
            to_itself: false,
        }),
        "DeactivateMFADevice" | "DeleteVirtualMFADevice" => Some(Grant {
            rule: &GUARDRAIL_REMOVED,
            base: 0.4,
            ..target.granted("took the second factor from".into(), RiskClass::Secrets)
        }),
        "DeleteUserPermissionsBoundary" | "DeleteRolePermissionsBoundary" => Some(Grant {
            rule: &GUARDRAIL_REMOVED,
            base: 0.5,
            ..target.granted("took the permissions boundary from".into(), RiskClass::Permissions)
        }),
        _ => None,
    }
}

fn sso(seen: &Seen<'_>, slots: &Slots<'_>) -> Option<Grant> {
    let (base, what) = match &*seen.event.operation {
        "AttachManagedPolicyToPermissionSet" => {
            let policy = slots.text(seen, "managedPolicyArn");
            let name = policy.rsplit('/').next().filter(|it| ADMIN_POLICIES.contains(it))?;
            (0.5, format!("attached `{name}` to a permission set"))
        }
        "PutInlinePolicyToPermissionSet" => {
            (0.3, "wrote a policy into a permission set".to_owned())
        }
        "CreateAccountAssignment" => (0.3, "assigned a permission set in an account".to_owned()),
        _ => return None,
    };
    let set = slots.text(seen, "permissionSetArn");
    Some(Grant {
        rule: &ADMIN_GRANT,
        base,
        what,
        raises_to: RiskClass::Admin,
        artefacts: Some(set.to_owned()).filter(|it| !it.is_empty()).into_iter().collect(),
        to_itself: false,
    })
}

fn trust(seen: &Seen<'_>, slots: &Slots<'_>, target: &Target) -> Option<Grant> {
    let created = &*seen.event.operation == "CreateRole";
    let name = if created { "assumeRolePolicyDocument" } else { "policyDocument" };
    let account = seen.event.account.as_deref().or(seen.event.actor.account.as_deref());
    let (base, whom) = match document::trust_of(slots.text(seen, name), account)? {
        Trust::Everybody => (0.7, "everybody".to_owned()),
        Trust::Foreign(account) => (0.55, format!("account `{account}`")),
        // Making a role for the own account raises nobody.
        Trust::Inside if created => return None,
        Trust::Inside => (0.2, "others of the own account".to_owned()),
    };
    let granted = target.granted(format!("let {whom} act as"), RiskClass::Permissions);
    Some(Grant { rule: &TRUST_WIDENED, base, to_itself: false, ..granted })
}

/// How telling a policy of this risk is; `None` when it raises nothing that matters here.
const fn written(risk: RiskClass) -> Option<f64> {
    match risk {
        RiskClass::Admin => Some(0.55),
        RiskClass::Permissions => Some(0.4),
        RiskClass::Secrets => Some(0.2),
        RiskClass::Write | RiskClass::Read => None,
    }
}

fn policy_widened(policy: &str, base: f64, raises_to: RiskClass, verb: &str) -> Grant {
    Grant {
        rule: &ADMIN_GRANT,
        base,
        what: format!("{verb} `{policy}` in force"),
        raises_to,
        artefacts: vec![policy.to_owned()],
        to_itself: false,
    }
}

/// Whom a call is about.
struct Target {
    /// `user alice`, `role deploy`, `group ops`.
    name: String,
    itself: bool,
    role: bool,
}

impl Target {
    /// How much is left of a grant's base: whoever sets up machines makes roles and gives them
    /// rights all day; people and groups seldom get the widest ones.
    const fn telling(&self) -> f64 {
        if self.role && !self.itself { 0.5 } else { 1.0 }
    }

    fn shown(&self) -> &str {
        if self.itself { "itself" } else { &self.name }
    }

    fn granted(&self, what: String, raises_to: RiskClass) -> Grant {
        Grant {
            rule: &ADMIN_GRANT,
            base: 0.0,
            what: format!("{what} {}", self.shown()),
            raises_to,
            artefacts: vec![self.name.clone()],
            to_itself: self.itself,
        }
    }
}

fn target(seen: &Seen<'_>, slots: &Slots<'_>) -> Target {
    let own = seen.binding.principal.as_ref().map_or("", |it| &it.name);
    for (field, kind) in [("userName", "user"), ("roleName", "role"), ("groupName", "group")] {
        let name = slots.text(seen, field);
        if !name.is_empty() {
            let ends = own.rsplit('/').next() == Some(name) && own.contains(&format!(":{kind}/"));
            let role = kind == "role";
            return Target { name: format!("{kind} {name}"), itself: ends, role };
        }
    }
    // Without a name the call is about the caller: `CreateAccessKey` of the own user.
    Target { name: own.to_owned(), itself: true, role: false }
}
