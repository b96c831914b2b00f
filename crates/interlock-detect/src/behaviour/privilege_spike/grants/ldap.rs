//! Grants in a directory of OpenLDAP. Sources: `slapo-accesslog`, which tells of each attribute what
//! became of it; `slapd-config`; the schemas of RFC 2307 and of sudo.

use super::{ADMIN_GRANT, GROUP_JOINED, Grant, NEW_CREDENTIAL};
use crate::behaviour::Seen;
use crate::behaviour::paths::Paths;
use interlock_model::RiskClass;

/// Attributes of the server's own configuration that say who may do what.
const RULES_OF_ACCESS: [&str; 4] = ["olcAccess", "olcRootDN", "olcRootPW", "olcAuthzRegexp"];
/// Attributes with which one acts as others, or as the administrator of machines.
const POWERS: [&str; 4] = ["authzFrom", "authzTo", "sudoCommand", "sudoUser"];
/// Attributes that make somebody a member.
const MEMBERS: [&str; 3] = ["member", "memberUid", "uniqueMember"];

/// What this operation grants.
pub(super) fn grant(seen: &Seen<'_>, paths: &Paths) -> Option<Grant> {
    let fields = &seen.event.fields;
    if !matches!(&*seen.event.operation, "add" | "modify") {
        return None;
    }
    let entry = paths.text(fields, "reqDN");
    // Each is `<attribute>:<what became of it> <value>`; what was taken away grants nothing.
    let set = || {
        paths.texts(fields, "reqMod").filter_map(|it| {
            let (name, rest) = it.split_once(':')?;
            let value = rest.strip_prefix(['+', '=']).map(str::trim)?;
            Some((name, value))
        })
    };
    let is = |list: &[&str], name: &str| list.iter().any(|it| it.eq_ignore_ascii_case(name));
    let any = |list: &[&str]| set().any(|(name, _)| is(list, name));
    if any(&RULES_OF_ACCESS) {
        let what = "changed who may do what in".to_owned();
        return Some(Grant::new(&ADMIN_GRANT, 0.5, RiskClass::Admin, what).about(seen, &[entry]));
    }
    if any(&POWERS) || set().any(|(name, value)| is(&["uidNumber"], name) && value == "0") {
        let what = "gave the power to act as others by".to_owned();
        return Some(Grant::new(&ADMIN_GRANT, 0.5, RiskClass::Admin, what).about(seen, &[entry]));
    }
    if let Some((_, member)) = set().find(|(name, _)| is(&MEMBERS, name)) {
        let lower = entry.to_ascii_lowercase();
        let group = lower.split(',').next().unwrap_or_default();
        let wide = ["admin", "root", "wheel", "sudo", "owner"].iter().any(|it| group.contains(it));
        let what = format!("put into the group `{entry}`");
        let grant = if wide {
            Grant::new(&ADMIN_GRANT, 0.5, RiskClass::Admin, what)
        } else {
            Grant::new(&GROUP_JOINED, 0.15, RiskClass::Write, what)
        };
        return Some(grant.about(seen, &[member]));
    }
    let (base, what) = if any(&["userPassword", "krbPrincipalKey"]) {
        (0.2, "set the password of")
    } else if any(&["sshPublicKey", "ipaSshPubKey"]) {
        (0.3, "gave a key for signing in to")
    } else {
        return None;
    };
    // Whoever makes an entry gives it its first password.
    if &*seen.event.operation == "add" {
        return None;
    }
    let grant = Grant::new(&NEW_CREDENTIAL, base, RiskClass::Secrets, what.to_owned());
    Some(grant.about(seen, &[entry]).own(0.1))
}
