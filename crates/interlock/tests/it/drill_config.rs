//! `[[drill]]` as people write it: every mistake at once, each with its remedy.

use crate::init_check::{check, more};
use expect_test::expect;

#[test]
fn mistakes_in_drills() {
    check(
        "interlock.toml",
        more(
            r#"
[[connector]]
id = "orders-db"
kind = "postgresql"
host = "127.0.0.1"
tls = false
enforce = ["revoke_sessions"]
[[drill]]
id = "Orders"
connector = "orders"
principal = "interlock_canary"
verb = "disable_identity"
secret = { from = "file", path = "absent.secret" }
[[drill]]
id = "orders"
connector = "orders-db"
principal = "postgresql:interlock_canary"
verb = "disable_identity"
secret = { from = "env", name = "ABSENT_CANARY" }
every = "30s"
[[drill]]
id = "orders"
connector = "orders-db"
principal = "postgresql:interlock_canary"
verb = "revoke_sessions"
secret = { from = "env", name = "ABSENT_CANARY" }
every = "30d"
"#,
        ),
        1,
        expect![[r#"
            house/content/playbooks/alert-of-another-monitor.yaml:14:15: warning: no connector can `quarantine`, wanted by playbooks `alert-of-another-monitor`, `containment-did-not-hold`, `human-account-takeover`, `human-privilege-escalation`, `privilege-escalation`, `stolen-machine-key` and `stolen-role-session`
              help: the connectors can `block_principal`, `disable_credential`, `disable_identity`, `remove_entitlement`, `revoke_sessions` and `rotate_credential`
            house/content/playbooks/containment-did-not-hold.yaml:13:15: warning: no connector can `delete_credential`, wanted by playbooks `containment-did-not-hold` and `stolen-machine-key`
              help: the connectors can `block_principal`, `disable_credential`, `disable_identity`, `remove_entitlement`, `revoke_sessions` and `rotate_credential`
            house/content/playbooks/human-account-takeover.yaml:14:10: warning: no connector can `require_reauthentication`, wanted by playbooks `human-account-takeover` and `human-privilege-escalation`
              help: the connectors can `block_principal`, `disable_credential`, `disable_identity`, `remove_entitlement`, `revoke_sessions` and `rotate_credential`
            house/interlock.toml:579:6: error: `Orders` is no name of a drill
              help: lower-case letters, digits and hyphens
            house/interlock.toml:580:13: error: there is no connector `orders`
              help: did you mean `orders-db`?
            house/interlock.toml:581:13: error: `interlock_canary` is no principal
              help: such as `postgresql:interlock_canary`
            house/interlock.toml:584:1: error: `postgresql:interlock_canary` is not declared for drills
              help: declare an identity of its own in content/directory, with this principal and `for_drills: true`
            house/interlock.toml:584:1: warning: the environment variable `ABSENT_CANARY` is not set here
              help: it must be where `interlock serve` runs
            house/interlock.toml:588:8: error: connector `orders-db` may not write `disable_identity`
              help: name the verb in its `enforce` too
            house/interlock.toml:590:9: error: a drill every minute is the most
              help: once a day is usual: `24h`
            house/interlock.toml:591:1: error: `postgresql:interlock_canary` is not declared for drills
              help: declare an identity of its own in content/directory, with this principal and `for_drills: true`
            house/interlock.toml:591:1: warning: drill `orders` is seldomer than a drill counts
              help: make `every` shorter than `drill` in `[guard]`, or that longer
            house/interlock.toml:591:1: warning: the environment variable `ABSENT_CANARY` is not set here
              help: it must be where `interlock serve` runs
            house/interlock.toml:592:6: error: there are two drills `orders`
              help: give each its own name
        "#]],
    );
}
