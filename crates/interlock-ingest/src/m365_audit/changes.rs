//! What a record acted upon, and the credentials that it brought to life.

use super::paths::Path;
use crate::microsoft_names::{Formed, Named, credential, is_id, new_keys, object, principal, text};
use interlock_model::{CredentialKind, Issued, Object, Outcome};
use serde::Deserialize;

/// One of the names of what the directory changed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Target {
    #[serde(rename = "ID", deserialize_with = "text")]
    id: Option<String>,
}

/// How the directory marks an object's id: a word and the id.
const MARKS: [(&str, &str); 6] = [
    ("User_", "user"),
    ("ServicePrincipal_", "service_account"),
    ("Application_", "app"),
    ("Group_", "group"),
    ("Role_", "role"),
    ("Device_", "device"),
];

/// Operations that set a password, so that who did them knows it.
const PASSWORDS: [&str; 3] =
    ["Change user password.", "Reset user password.", "Reset password (by admin)."];

fn marked(targets: &[Target]) -> impl Iterator<Item = (&'static str, &str)> {
    targets.iter().filter_map(|it| {
        let name = it.id.as_deref()?;
        MARKS.iter().find_map(|(mark, kind)| {
            name.strip_prefix(mark).filter(|it| is_id(it)).map(|id| (*kind, id))
        })
    })
}

/// Names of what a change gives or takes, with the kind of each.
const GIVEN: [(&str, &str); 3] = [
    ("Role.DisplayName", "role"),
    ("Group.ObjectID", "group"),
    ("ServicePrincipal.ObjectID", "service_account"),
];

/// The objects of the record: the targets, then the role, group or service principal that the change names.
pub fn objects(it: Formed<'_>, targets: &[Target], modified: &[Named]) -> Vec<Object> {
    let mut objects: Vec<Object> = marked(targets).map(|(kind, id)| object(kind, id)).collect();
    if let Some(name) = it.text(Path::ObjectId).filter(|_| objects.is_empty()) {
        let kind = match it.text(Path::Workload).unwrap_or_default() {
            "SharePoint" | "OneDrive" => "object",
            "Exchange" => "mailbox",
            "AzureActiveDirectory" if name.contains('@') => "user",
            "AzureActiveDirectory" => "app",
            _ => "resource",
        };
        objects.push(object(kind, name));
    }
    for (property, kind) in GIVEN {
        if let Some((old, new)) = Named::change(modified, property) {
            let either = if new.is_empty() { old } else { new };
            let it = object(kind, either);
            if !either.is_empty() && !objects.contains(&it) {
                objects.push(it);
            }
        }
    }
    objects.extend(it.text(Path::Mailbox).map(|it| object("mailbox", it)));
    objects.extend(it.text(Path::TargetUser).map(|it| object("user", it)));
    objects
}

/// What the record says was issued; nothing when it did not take effect.
pub fn issued(
    operation: &str,
    targets: &[Target],
    modified: &[Named],
    outcome: &Outcome,
) -> Vec<Issued> {
    match outcome {
        Outcome::Success => {}
        Outcome::Refused { .. } | Outcome::Failed { .. } => return Vec::new(),
    }
    let Some((kind, id)) = marked(targets).next() else { return Vec::new() };
    let to = principal(id);
    let one = |credential| Issued { credential, to: to.clone(), session: None, expires: None };
    let keys = Named::change(modified, "KeyDescription").map(|(old, new)| new_keys(old, new));
    let mut issued: Vec<Issued> = keys.into_iter().flatten().map(one).collect();
    if kind == "user" && PASSWORDS.contains(&operation) {
        issued.push(one(credential(CredentialKind::Password, &to.name)));
    }
    issued
}
