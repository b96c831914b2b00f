//! Risks of what is done on servers of one's own: Kubernetes, Vault, PostgreSQL, Windows.
//!
//! Sources: the Kubernetes API's verbs and resources, Vault's API paths, PostgreSQL's command tags,
//! Microsoft's list of security events.

use super::CallRisk;
use crate::behaviour::paths::Paths;
use interlock_model::Event;

/// The fields that tell.
pub const PATHS: &[&str] = &[
    "Event.System.EventID",
    "EventID",
    "EventId",
    "event.code",
    "event_id",
    "impersonatedUser.username",
    "objectRef.resource",
    "objectRef.subresource",
    "request.operation",
    "request.path",
    "response.auth.policies",
    "verb",
    "winlog.event_id",
];

/// By verb and resource.
pub(super) fn kubernetes(event: &Event, paths: &Paths) -> CallRisk {
    let text = |path| paths.text(&event.fields, path);
    let verb = text("verb");
    let reads = matches!(verb, "get" | "list" | "watch");
    if !text("impersonatedUser.username").is_empty() {
        return CallRisk::Permissions;
    }
    match (text("objectRef.resource"), text("objectRef.subresource")) {
        ("roles" | "rolebindings" | "clusterroles" | "clusterrolebindings", _) => {
            if reads {
                CallRisk::Recon
            } else {
                CallRisk::Permissions
            }
        }
        ("certificatesigningrequests", "approval") => CallRisk::Permissions,
        (
            "apiservices"
            | "mutatingadmissionpolicies"
            | "mutatingwebhookconfigurations"
            | "validatingadmissionpolicies"
            | "validatingwebhookconfigurations",
            _,
        ) if !reads => CallRisk::Permissions,
        // The kubelet asks for tokens all day.
        ("serviceaccounts", "token") if event.actor.name.starts_with("system:node:") => {
            CallRisk::Read
        }
        ("serviceaccounts", "token") => CallRisk::Permissions,
        ("secrets", _) if reads => CallRisk::Secrets,
        ("pods", "exec" | "attach" | "ephemeralcontainers") => CallRisk::Secrets,
        ("nodes", "proxy") => CallRisk::Secrets,
        ("selfsubjectrulesreviews" | "selfsubjectaccessreviews", _) => CallRisk::Recon,
        ("serviceaccounts", _) if reads => CallRisk::Recon,
        ("events", _) if verb.starts_with("delete") => CallRisk::Evasion,
        _ if reads => CallRisk::Read,
        _ => CallRisk::Write,
    }
}

/// By operation and path.
pub(super) fn vault(event: &Event, paths: &Paths) -> CallRisk {
    let text = |path| paths.text(&event.fields, path);
    let reads = matches!(text("request.operation"), "read" | "list" | "help");
    let path = text("request.path");
    let below = |list: &[&str]| list.iter().any(|it| path.starts_with(it));
    if path.starts_with("sys/audit") && !path.starts_with("sys/audit-hash") {
        return if reads { CallRisk::Recon } else { CallRisk::Evasion };
    }
    if below(&["sys/generate-root", "sys/raw", "sys/rekey"])
        || !reads && path.starts_with("sys/plugins/catalog")
    {
        return CallRisk::Permissions;
    }
    if below(&["sys/polic", "sys/auth", "identity/"])
        || path.starts_with("auth/") && path.contains("/role")
    {
        return if reads { CallRisk::Recon } else { CallRisk::Permissions };
    }
    if paths.texts(&event.fields, "response.auth.policies").any(|it| it == "root") {
        return CallRisk::Permissions;
    }
    if path.starts_with("auth/token/create") || path.starts_with("sys/wrapping/unwrap") {
        return CallRisk::Secrets;
    }
    match (reads, below(&["sys/", "auth/"])) {
        (true, true) => CallRisk::Read,
        // Everything that is read here is a secret, but its mount's lists are not.
        (true, false) if text("request.operation") == "list" => CallRisk::Recon,
        (true, false) => CallRisk::Secrets,
        (false, _) if path.contains("/login") || path.starts_with("auth/token/renew") => {
            CallRisk::Read
        }
        (false, _) => CallRisk::Write,
    }
}

/// By command tag, as `ALTER ROLE`.
pub(super) fn postgresql(operation: &str) -> CallRisk {
    let upper = operation.to_ascii_uppercase();
    let starts = |list: &[&str]| list.iter().any(|it| upper.starts_with(it));
    if starts(&["GRANT", "CREATE ROLE", "CREATE USER", "ALTER ROLE", "ALTER USER", "REVOKE"])
        || starts(&["ALTER DEFAULT PRIVILEGES", "SECURITY LABEL", "REASSIGN OWNED"])
    {
        CallRisk::Permissions
    } else if starts(&["ALTER SYSTEM"]) {
        CallRisk::Evasion
    } else if starts(&["INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP", "TRUNCATE"])
        || starts(&["COPY", "MERGE", "DO", "CALL", "SET ROLE", "SET SESSION"])
    {
        CallRisk::Write
    } else {
        CallRisk::Read
    }
}

/// The number of a Windows event; 0 when the record has none.
pub fn windows_event(event: &Event, paths: &Paths) -> u32 {
    if let Ok(number) = event.operation.trim().parse() {
        return number;
    }
    let names =
        ["EventID", "winlog.event_id", "event.code", "Event.System.EventID", "EventId", "event_id"];
    let number = paths.number(&event.fields, &names).unwrap_or_default();
    if (0.0..1e6).contains(&number) { number as u32 } else { 0 }
}

/// By the number of the event.
pub(super) fn windows(event: &Event, paths: &Paths) -> CallRisk {
    match windows_event(event, paths) {
        1102 | 4719 => CallRisk::Evasion,
        4662 => CallRisk::Recon,
        4724 | 4728 | 4732 | 4756 | 4704 | 4717 | 4765 | 4794 => CallRisk::Permissions,
        4720..=4767 | 5136..=5141 => CallRisk::Write,
        _ => CallRisk::Read,
    }
}
