//! Grants on servers of one's own: Vault, PostgreSQL, Windows domains.
//!
//! Sources: Vault's API paths; PostgreSQL's `CREATE ROLE`, `GRANT` and predefined roles; Microsoft's
//! security events and the well-known identifiers of privileged groups.

use super::{ADMIN_GRANT, GROUP_JOINED, Grant, NEW_CREDENTIAL, TRUST_WIDENED};
use crate::behaviour::Seen;
use crate::behaviour::call::windows_event;
use crate::behaviour::paths::Paths;
use interlock_model::RiskClass;

/// The fields that tell.
pub(super) const PATHS: &[&str] = &[
    "Event.EventData.MemberName",
    "Event.EventData.MemberSid",
    "Event.EventData.TargetSid",
    "Event.EventData.TargetUserName",
    "EventData.MemberName",
    "EventData.MemberSid",
    "EventData.TargetSid",
    "EventData.TargetUserName",
    "MemberName",
    "MemberSid",
    "TargetSid",
    "TargetUserName",
    "message",
    "response.auth.display_name",
    "statement",
    "winlog.event_data.MemberName",
    "winlog.event_data.MemberSid",
    "winlog.event_data.TargetSid",
    "winlog.event_data.TargetUserName",
];

/// What this request to Vault or OpenBao grants.
pub(super) fn vault(seen: &Seen<'_>, paths: &Paths) -> Option<Grant> {
    let fields = &seen.event.fields;
    let path = paths.text(fields, "request.path");
    let below = |list: &[&str]| list.iter().any(|it| path.starts_with(it));
    if matches!(paths.text(fields, "request.operation"), "read" | "list" | "help" | "delete") {
        return None;
    }
    let root = paths.texts(fields, "response.auth.policies").any(|it| it == "root");
    let (rule, base, risk, what) = if root || below(&["sys/generate-root"]) {
        (&NEW_CREDENTIAL, 0.6, RiskClass::Admin, "made a root token by")
    } else if below(&["sys/policies/acl/", "sys/policy/"]) {
        (&ADMIN_GRANT, 0.35, RiskClass::Permissions, "wrote the policy")
    } else if below(&["sys/auth/"]) {
        (&TRUST_WIDENED, 0.4, RiskClass::Permissions, "opened another way to sign in:")
    } else if below(&["identity/entity-alias", "identity/group"]) {
        (&TRUST_WIDENED, 0.25, RiskClass::Permissions, "changed who is who:")
    } else if path.starts_with("auth/") && (path.contains("/role") || path.contains("/users/")) {
        (&ADMIN_GRANT, 0.25, RiskClass::Permissions, "wrote the sign-in role")
    } else {
        return None;
    };
    Some(Grant::new(rule, base, risk, what.to_owned()).about(seen, &[path]))
}

/// Roles of PostgreSQL with which one reads, writes or runs everything.
const WIDE_ROLES: [&str; 7] = [
    "PG_EXECUTE_SERVER_PROGRAM",
    "PG_READ_SERVER_FILES",
    "PG_WRITE_SERVER_FILES",
    "PG_READ_ALL_DATA",
    "PG_WRITE_ALL_DATA",
    "PG_SIGNAL_BACKEND",
    "PG_CREATE_SUBSCRIPTION",
];

/// What this statement grants.
pub(super) fn postgresql(seen: &Seen<'_>, paths: &Paths) -> Option<Grant> {
    let fields = &seen.event.fields;
    let texts = [paths.text(fields, "statement"), paths.text(fields, "message")];
    let upper = texts.join(" ").to_ascii_uppercase();
    let words: Vec<&str> = upper
        .split(|it: char| !(it.is_alphanumeric() || it == '_'))
        .filter(|it| !it.is_empty())
        .take(400)
        .collect();
    let has = |word: &str| words.contains(&word);
    let after = |before: &str, kind: &[&str]| {
        let at = words.windows(2).position(|it| {
            it.first() == Some(&before) && it.get(1).is_some_and(|it| kind.contains(it))
        });
        at.and_then(|it| words.get(it + 2)).copied().unwrap_or_default()
    };
    let role = ["ALTER", "CREATE"].map(|it| after(it, &["ROLE", "USER"]));
    let role = role.into_iter().find(|it| !it.is_empty()).unwrap_or_default();
    let (rule, base, risk, what, whom) = if !role.is_empty() && has("SUPERUSER") {
        (&ADMIN_GRANT, 0.55, RiskClass::Admin, "made a superuser of", role)
    } else if !role.is_empty() && has("CREATEROLE") {
        (&ADMIN_GRANT, 0.45, RiskClass::Permissions, "let make roles:", role)
    } else if !role.is_empty() && (has("BYPASSRLS") || has("REPLICATION")) {
        (&ADMIN_GRANT, 0.4, RiskClass::Secrets, "let read everything:", role)
    } else if has("GRANT") && WIDE_ROLES.iter().any(|it| has(it)) {
        (&ADMIN_GRANT, 0.5, RiskClass::Admin, "gave a server-wide role to", last_to(&words))
    } else if has("GRANT") && has("ADMIN") && has("OPTION") {
        let what = "gave a role, to be passed on, to";
        (&ADMIN_GRANT, 0.25, RiskClass::Permissions, what, last_to(&words))
    } else if words.windows(2).any(|it| *it == ["ALTER", "ROLE"] || *it == ["ALTER", "USER"])
        && has("PASSWORD")
    {
        (&NEW_CREDENTIAL, 0.25, RiskClass::Secrets, "set the password of", role)
    } else {
        return None;
    };
    let whom = whom.to_ascii_lowercase();
    let grant = Grant::new(rule, base, risk, what.to_owned()).about(seen, &[&whom]);
    Some(if rule.id == NEW_CREDENTIAL.id { grant.own(0.1) } else { grant })
}

/// The word behind the last `TO`.
fn last_to<'a>(words: &[&'a str]) -> &'a str {
    let at = words.iter().rposition(|it| *it == "TO");
    at.and_then(|it| words.get(it + 1)).copied().unwrap_or_default()
}

/// How the identifiers of privileged groups end, and what they are called where no identifier is there.
const PRIVILEGED_SIDS: [&str; 9] =
    ["-512", "-516", "-518", "-519", "-520", "-526", "-527", "S-1-5-32-544", "S-1-5-32-548"];
const PRIVILEGED_GROUPS: [&str; 11] = [
    "account operators",
    "administrators",
    "backup operators",
    "dnsadmins",
    "domain admins",
    "enterprise admins",
    "enterprise key admins",
    "group policy creator owners",
    "key admins",
    "schema admins",
    "server operators",
];

/// What this security event grants.
pub(super) fn windows(seen: &Seen<'_>, paths: &Paths) -> Option<Grant> {
    let fields = &seen.event.fields;
    let data = |names: [&str; 4]| paths.first(fields, &names);
    let target = data([
        "TargetUserName",
        "EventData.TargetUserName",
        "winlog.event_data.TargetUserName",
        "Event.EventData.TargetUserName",
    ]);
    match windows_event(seen.event, paths) {
        4728 | 4732 | 4756 => {
            let sid = data([
                "TargetSid",
                "EventData.TargetSid",
                "winlog.event_data.TargetSid",
                "Event.EventData.TargetSid",
            ]);
            let member = data([
                "MemberName",
                "EventData.MemberName",
                "winlog.event_data.MemberName",
                "Event.EventData.MemberName",
            ]);
            let member_sid = data([
                "MemberSid",
                "EventData.MemberSid",
                "winlog.event_data.MemberSid",
                "Event.EventData.MemberSid",
            ]);
            let privileged = PRIVILEGED_SIDS.iter().any(|it| sid.ends_with(it))
                || PRIVILEGED_GROUPS.contains(&target.to_ascii_lowercase().as_str());
            let what = format!("put into the group `{target}`");
            let grant = if privileged {
                Grant::new(&ADMIN_GRANT, 0.55, RiskClass::Admin, what)
            } else {
                Grant::new(&GROUP_JOINED, 0.15, RiskClass::Write, what)
            };
            Some(grant.about(seen, &[member, member_sid]))
        }
        4724 => {
            let what = "reset the password of".to_owned();
            Some(Grant::new(&NEW_CREDENTIAL, 0.2, RiskClass::Secrets, what).about(seen, &[target]))
        }
        4765 => {
            let what = "added a foreign identifier to".to_owned();
            Some(Grant::new(&TRUST_WIDENED, 0.6, RiskClass::Admin, what).about(seen, &[target]))
        }
        4794 => {
            let what = "set the recovery password of a domain controller".to_owned();
            Some(Grant::new(&NEW_CREDENTIAL, 0.5, RiskClass::Admin, what))
        }
        _ => None,
    }
}
