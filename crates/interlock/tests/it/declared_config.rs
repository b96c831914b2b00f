//! Declared verbs as people write them: every mistake at once, each with its remedy, and never a secret.

use crate::init_check::{check, more};
use expect_test::expect;

#[test]
fn mistakes_in_programs() {
    check(
        "interlock.toml",
        more(
            r#"
[[connector]]
id = "bastion"
kind = "command"
provider = "Bastion:"
[[connector.verb]]
name = "remove"
does = "disable_credential"
credential = "access-key"
summary = "a name without an object"
read = ["/bin/sh", "read"]
write = ["bin/absent", "write"]
verify = []
timeout = "1m"
env = [{ name = "A=B", value = { from = "env", name = "hush-hush" } }]
[[connector.verb]]
name = "lock_account"
does = "disable_identity"
credential = "password"
summary = "aimed at what it is not for"
read = ["/bin/sh"]
write = ["/bin/sh"]
verify = ["/bin/sh"]
[[connector.verb]]
name = "remove_key"
does = "delete_credential"
summary = "says no kind"
read = ["/bin/sh"]
write = ["/bin/sh"]
verify = ["/bin/sh"]
[[connector.verb]]
name = "end_sessions"
does = "revoke_sessions"
summary = "stops nothing and leaves nothing"
read = ["/bin/sh"]
write = ["/bin/sh"]
verify = ["/bin/sh"]
leaves = ""
[[connector.verb]]
name = "rotate_key"
does = "rotate_credential"
summary = "is not possible"
read = ["/bin/sh"]
write = ["/bin/sh"]
verify = ["/bin/sh"]
"#,
        ),
        1,
        expect![[""]],
    );
}

#[test]
fn mistakes_in_services() {
    check(
        "interlock.toml",
        more(
            r#"
[[connector]]
id = "badges"
kind = "webhook"
provider = "badges"
url = "http://badges.example.com/interlock"
secret = { from = "env", name = "hush-hush" }
timeout = "0s"
[[connector]]
id = "doors"
kind = "webhook"
provider = "doors"
url = "https://doors.example.com/interlock"
secret = { from = "env", name = "DOORS_SECRET_OF_NOBODY" }
enforce = ["quarantine"]
[[connector.verb]]
name = "lock_door"
does = "disable_identity"
summary = "locks a door"
stops = { new = true }
[[connector.verb]]
name = "lock_door"
does = "disable_identity"
summary = "locks it again"
stops = { new = true }
read = ["/bin/sh"]
"#,
        ),
        1,
        expect![[""]],
    );
}
