//! Risks of what is done in a directory of LDAP: by operation and the attributes that are changed.

use super::CallRisk;
use crate::behaviour::ldap::{Attribute, changes, entry};
use crate::behaviour::paths::Paths;
use interlock_model::Event;

/// The risk of this operation; what one sets for oneself to sign in with is no permission.
pub(super) fn risk(event: &Event, paths: &Paths) -> CallRisk {
    let operation = event.operation.to_ascii_lowercase();
    match operation.as_str() {
        "bind" | "unbind" | "search" | "compare" | "abandon" => return CallRisk::Read,
        "add" | "modify" => {}
        _ => return CallRisk::Write,
    }
    let entry = entry(event, paths);
    let principal = event.actor.principal.as_ref();
    let own = principal.is_some_and(|it| it.name.eq_ignore_ascii_case(entry));
    let tells = changes(event, paths).any(|it| match it.attribute {
        Attribute::Rule | Attribute::Power | Attribute::Member => true,
        Attribute::Number => it.makes_root(),
        // Whoever makes an entry gives it its first password.
        Attribute::Password | Attribute::Key => !own && operation == "modify",
        Attribute::Other => false,
    });
    if tells { CallRisk::Permissions } else { CallRisk::Write }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behaviour::ldap::PATHS;
    use interlock_ingest::{Normalised, Normaliser, Record};
    use interlock_model::{FieldPlan, Limits, Place};
    use serde_json::{Value, json};

    const ADMIN: &str = "cn=admin,dc=example,dc=com";
    const BOB: &str = "uid=bob,ou=people,dc=example,dc=com";

    /// The risk of this record of the overlay.
    fn of(record: &Value) -> CallRisk {
        let mut plan = FieldPlan::new();
        for path in PATHS {
            plan.slot(path).unwrap();
        }
        let place = Place { file: "t".into(), record: 0 };
        let record = Record::new(place, record.to_string().into(), false);
        match Normaliser::new(&plan, Limits::STANDARD).normalise(&record) {
            Ok(Normalised::Event(event)) => risk(&event, &Paths::new(&plan, PATHS)),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_one_sets_for_oneself_is_no_permission() {
        for (actor, operation, change, expected) in [
            (ADMIN, "modify", "userPassword:= x", CallRisk::Permissions),
            (ADMIN, "modify", "ipaSshPubKey:+ x", CallRisk::Permissions),
            (ADMIN, "add", "krbPrincipalKey:+ x", CallRisk::Write),
            (ADMIN, "modify", "telephoneNumber:= 1", CallRisk::Write),
            (BOB, "modify", "userPassword:= x", CallRisk::Write),
            (BOB, "modify", "sshPublicKey:+ x", CallRisk::Write),
            (BOB, "modify", "ipaSshPubKey:+ x", CallRisk::Write),
            (BOB, "modify", "uidNumber:= 0", CallRisk::Permissions),
            (BOB, "modify", "authzTo:+ x", CallRisk::Permissions),
            (BOB, "delete", "member:- x", CallRisk::Write),
        ] {
            let told = format!("{actor} {operation} {change}");
            let (start, result) = ("20260105090009.000001Z", "0");
            let flat = json!({
                "reqStart": start, "reqType": operation, "reqDN": BOB, "reqAuthzID": actor,
                "reqResult": result, "reqMod": [change],
            });
            assert_eq!(of(&flat), expected, "{told}");
            let nested = json!({
                "attributes": {
                    "reqStart": [start], "reqType": [operation], "reqDN": [BOB],
                    "reqAuthzID": [actor], "reqResult": [result], "reqMod": [change],
                },
            });
            assert_eq!(of(&nested), expected, "{told}, nested");
        }
    }
}
