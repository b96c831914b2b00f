//! Grants in a directory of OpenLDAP.

use super::{ADMIN_GRANT, GROUP_JOINED, Grant, NEW_CREDENTIAL};
use crate::behaviour::Seen;
use crate::behaviour::ldap::{Attribute, changes, entry};
use crate::behaviour::paths::Paths;
use interlock_model::RiskClass;

/// What this operation grants.
pub(super) fn grant(seen: &Seen<'_>, paths: &Paths) -> Option<Grant> {
    let event = seen.event;
    if !matches!(&*event.operation, "add" | "modify") {
        return None;
    }
    let entry = entry(event, paths);
    // What was taken away grants nothing.
    let set = || changes(event, paths).filter_map(|it| Some((it, it.set?)));
    let any = |attribute| set().any(|(it, _)| it.attribute == attribute);
    if any(Attribute::Rule) {
        let what = "changed who may do what in".to_owned();
        return Some(Grant::new(&ADMIN_GRANT, 0.5, RiskClass::Admin, what).about(seen, &[entry]));
    }
    if any(Attribute::Power) || set().any(|(it, _)| it.makes_root()) {
        let what = "gave the power to act as others by".to_owned();
        return Some(Grant::new(&ADMIN_GRANT, 0.5, RiskClass::Admin, what).about(seen, &[entry]));
    }
    if let Some((_, member)) = set().find(|(it, _)| it.attribute == Attribute::Member) {
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
    let (base, what) = if any(Attribute::Password) {
        (0.2, "set the password of")
    } else if any(Attribute::Key) {
        (0.3, "gave a key for signing in to")
    } else {
        return None;
    };
    // Whoever makes an entry gives it its first password.
    if &*event.operation == "add" {
        return None;
    }
    let grant = Grant::new(&NEW_CREDENTIAL, base, RiskClass::Secrets, what.to_owned());
    Some(grant.about(seen, &[entry]).own(0.1))
}
