//! What a directory audit acted upon, and the credentials that it brought to life.

use crate::microsoft_names::{Named, credential, new_keys, object, principal, text};
use interlock_model::{CredentialKind, Issued, Object, Outcome, Principal};
use serde::Deserialize;

/// One of the resources that were changed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Target {
    #[serde(deserialize_with = "text")]
    id: Option<String>,
    #[serde(deserialize_with = "text")]
    display_name: Option<String>,
    #[serde(deserialize_with = "text")]
    user_principal_name: Option<String>,
    #[serde(rename = "type", deserialize_with = "text")]
    kind: Option<String>,
    modified_properties: Option<Vec<Named>>,
}

/// At most this many objects of one record, so that a long list costs no memory.
const MOST: usize = 32;

/// Operations that set a password, so that who did them knows it.
const PASSWORDS: [&str; 4] = [
    "Change user password",
    "Reset password (by admin)",
    "Reset password (self-service)",
    "Reset user password",
];

impl Target {
    fn changed(&self, name: &str) -> Option<(&str, &str)> {
        Named::change(self.modified_properties.as_deref()?, name)
    }

    fn text(it: &Option<String>) -> Option<&str> {
        it.as_deref().filter(|it| !it.is_empty())
    }

    /// The service principal or user; of an application's own object the application id, which the details name.
    fn principal(&self, details: &[Named]) -> Option<Principal> {
        let application = self.kind.as_deref() == Some("Application");
        let named = Named::value(details, "AppId").filter(|_| application);
        named.or_else(|| Self::text(&self.id)).map(principal)
    }
}

/// The objects of the record: each target, then the role or group that its changes name.
pub fn objects(operation: &str, targets: &[Target]) -> Vec<Object> {
    let mut objects: Vec<Object> = Vec::new();
    let mut add = |kind: &str, name: &str| {
        let it = object(kind, name);
        if objects.len() < MOST && !name.is_empty() && !objects.contains(&it) {
            objects.push(it);
        }
    };
    for target in targets.iter().take(MOST) {
        let kind = match kind_of(target.kind.as_deref().unwrap_or_default()) {
            // Domains are of a type called "other".
            "resource" if operation.to_ascii_lowercase().contains("domain") => "federation",
            // Whose permission was granted: it is as it was, and a change names who was granted it.
            "service_account" if target.changed("AppRole.Value").is_some() => "resource",
            kind => kind,
        };
        let named = match kind {
            // These are known by name; people and applications by id, since names are theirs to choose.
            "role" | "policy" => {
                Target::text(&target.display_name).or_else(|| Target::text(&target.id))
            }
            _ => Target::text(&target.id)
                .or_else(|| Target::text(&target.user_principal_name))
                .or_else(|| Target::text(&target.display_name)),
        };
        add(kind, named.unwrap_or_default());
        // `User registered security info`, `Admin registered security info`: a second factor, which has no id here.
        if kind == "user" && operation.ends_with("registered security info") {
            add("mfa_device", named.unwrap_or_default());
        }
        for (property, kind) in [
            ("Role.DisplayName", "role"),
            ("Group.ObjectID", "group"),
            ("ServicePrincipal.ObjectID", "service_account"),
            ("AppRole.Value", "permission"),
            ("DelegatedPermissionGrant.Scope", "permission"),
        ] {
            if let Some((old, new)) = target.changed(property) {
                let either = if new.is_empty() { old } else { new };
                // Scopes are a list; names of roles have blanks of their own.
                match kind {
                    "permission" => {
                        either.split_whitespace().take(MOST).for_each(|it| add(kind, it))
                    }
                    _ => add(kind, either),
                }
            }
        }
    }
    objects
}

fn kind_of(kind: &str) -> &'static str {
    match kind {
        "User" => "user",
        "Group" => "group",
        "Role" | "Directory role" => "role",
        "Policy" => "policy",
        "Application" | "App" => "app",
        "ServicePrincipal" => "service_account",
        "Device" => "device",
        "Domain" => "federation",
        _ => "resource",
    }
}

/// What the record says was issued; nothing when it did not take effect.
pub fn issued(
    operation: &str,
    targets: &[Target],
    details: &[Named],
    outcome: &Outcome,
) -> Vec<Issued> {
    match outcome {
        Outcome::Success => {}
        Outcome::Refused { .. } | Outcome::Failed { .. } => return Vec::new(),
    }
    let mut issued = Vec::new();
    for target in targets.iter().take(MOST) {
        let Some(to) = target.principal(details) else { continue };
        if let Some((old, new)) = target.changed("KeyDescription") {
            issued.extend(new_keys(old, new).into_iter().take(MOST).map(|credential| Issued {
                credential,
                to: to.clone(),
                session: None,
                expires: None,
            }));
        }
        if target.kind.as_deref() == Some("User") && PASSWORDS.contains(&operation) {
            let credential = credential(CredentialKind::Password, &to.name);
            issued.push(Issued { credential, to, session: None, expires: None });
        }
    }
    issued
}
