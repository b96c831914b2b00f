//! What a request was about, from its path.

use super::paths::Path;
use crate::source::Core;
use interlock_model::Object;

/// Beginnings of paths whose rest names an object of this kind; the longest first where they overlap.
const NAMED: [(&str, &str); 17] = [
    ("sys/policies/acl/", "policy"),
    ("sys/policies/egp/", "policy"),
    ("sys/policies/rgp/", "policy"),
    ("sys/policies/password/", "policy"),
    ("sys/policy/", "policy"),
    ("sys/audit/", "audit_device"),
    ("sys/auth/", "auth_method"),
    ("sys/mounts/", "mount"),
    ("sys/namespaces/", "namespace"),
    ("sys/leases/", "lease"),
    ("identity/entity-alias/", "entity_alias"),
    ("identity/entity-alias", "entity_alias"),
    ("identity/entity/id/", "entity"),
    ("identity/entity/", "entity"),
    ("identity/group/id/", "group"),
    ("identity/group/", "group"),
    ("auth/token/roles/", "role"),
];

/// The object of the request.
pub fn read(core: &Core<'_>, path: &str) -> Vec<Object> {
    // What is done with tokens stands there, no token: `auth/token/create`, `auth/token/renew-self`.
    if path.strip_prefix("auth/token/").is_some_and(|it| !it.starts_with("roles/")) {
        return vec![Object { kind: "path".into(), name: path.into() }];
    }
    let named = NAMED.into_iter().find_map(|(begin, kind)| Some((kind, path.strip_prefix(begin)?)));
    let (kind, name) = match named {
        // What is made without a name is named by where.
        Some((kind, name)) => (kind, if name.is_empty() { path } else { name }),
        None => (of_mount(core, path), parent(path)),
    };
    vec![Object { kind: kind.into(), name: name.into() }]
}

/// The role that a secret is made for: `auth/approle/role/<role>/secret-id`.
fn parent(path: &str) -> &str {
    match path.split_once("/secret-id").or_else(|| path.split_once("/custom-secret-id")) {
        Some((role, _)) if path.starts_with("auth/") => role,
        Some(_) | None => path,
    }
}

fn of_mount(core: &Core<'_>, path: &str) -> &'static str {
    if let Some(rest) = path.strip_prefix("auth/") {
        let word = rest.split('/').nth(1).unwrap_or_default();
        return match word {
            "role" | "roles" => "role",
            "users" | "user" => "user",
            "groups" | "map" => "group",
            "config" => "auth_method",
            _ => "path",
        };
    }
    match core.text(Path::MountType).unwrap_or_default() {
        "kv" | "generic" | "cubbyhole" | "ns_cubbyhole" => "secret",
        "transit" => "key",
        _ if path.starts_with("secret/") || path.starts_with("kv/") => "secret",
        _ if path.contains("/creds/") => "secret",
        _ if path.contains("/roles/") => "role",
        _ => "path",
    }
}
