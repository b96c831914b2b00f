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
        expect![[r#"
            house/content/playbooks/alert-of-another-monitor.yaml:13:10: warning: no connector can `disable_credential`, wanted by playbooks `alert-of-another-monitor`, `containment-did-not-hold`, `human-account-takeover`, `human-privilege-escalation`, `privilege-escalation` and `stolen-machine-key`
              help: the connectors can nothing
            house/content/playbooks/alert-of-another-monitor.yaml:14:15: warning: no connector can `quarantine`, wanted by playbooks `alert-of-another-monitor`, `containment-did-not-hold`, `human-account-takeover`, `human-privilege-escalation`, `privilege-escalation`, `stolen-machine-key` and `stolen-role-session`
              help: the connectors can nothing
            house/content/playbooks/containment-did-not-hold.yaml:13:15: warning: no connector can `delete_credential`, wanted by playbooks `containment-did-not-hold` and `stolen-machine-key`
              help: the connectors can nothing
            house/content/playbooks/containment-did-not-hold.yaml:13:46: warning: no connector can `disable_identity`, wanted by playbooks `containment-did-not-hold`, `human-account-takeover`, `human-privilege-escalation` and `privilege-escalation`
              help: the connectors can nothing
            house/content/playbooks/human-account-takeover.yaml:14:10: warning: no connector can `require_reauthentication`, wanted by playbooks `human-account-takeover` and `human-privilege-escalation`
              help: the connectors can nothing
            house/content/playbooks/human-account-takeover.yaml:15:15: warning: no connector can `revoke_sessions`, wanted by playbooks `human-account-takeover`, `human-privilege-escalation` and `stolen-role-session`
              help: the connectors can nothing
            house/content/playbooks/stolen-machine-key.yaml:15:10: warning: no connector can `rotate_credential`, wanted by playbook `stolen-machine-key`
              help: the connectors can nothing
            house/content/playbooks/stolen-role-session.yaml:17:10: warning: no connector can `block_principal`, wanted by playbook `stolen-role-session`
              help: the connectors can nothing
            house/interlock.toml:575:12: error: `Bastion:` is not the name of a provider
              help: what stands before the colon in the names of its principals: lower-case letters, digits, `-` and `_`
            house/interlock.toml:577:8: error: `remove` is not a name for a verb
              help: verb and object in lower case, such as `remove_key`
            house/interlock.toml:582:9: error: `FOLDER/house/bin/absent` is no program
              help: a file that may be executed, beside this one or absolute
            house/interlock.toml:583:10: error: `verify` names no program
              help: a list: the program, then its arguments
            house/interlock.toml:584:11: error: `1m` is no time that a call may take
              help: from `1s` to `25s`
            house/interlock.toml:585:17: error: `A=B` is not a variable of its own
              help: letters, digits and `_`, each once
            house/interlock.toml:585:55: error: `name` must be the name of an environment variable
              help: such as `OKTA_TOKEN`; secrets never stand in this file
            house/interlock.toml:589:14: error: `disable_identity` is aimed at principals, not at credentials
              help: leave `credential` out
            house/interlock.toml:596:8: error: `delete_credential` needs `credential`: which kind it is aimed at
              help: such as `credential = "access-key"`
            house/interlock.toml:601:1: warning: `end_sessions` ends no access, so it contains nobody by itself
              help: say in `stops` what it is known to end
            house/interlock.toml:608:10: error: it leaves something: access that is open now is not in `stops`
              help: say what stays alive, or that it stops `live`
            house/interlock.toml:611:8: error: `does` does not know `rotate_credential`
              help: one of `revoke_sessions`, `require_reauthentication`, `disable_credential`, `delete_credential`, `remove_entitlement`, `quarantine`, `disable_identity` and `block_principal`
        "#]],
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
        expect![[r#"
            house/content/playbooks/alert-of-another-monitor.yaml:13:10: warning: no connector can `disable_credential`, wanted by playbooks `alert-of-another-monitor`, `containment-did-not-hold`, `human-account-takeover`, `human-privilege-escalation`, `privilege-escalation` and `stolen-machine-key`
              help: the connectors can `disable_identity`
            house/content/playbooks/alert-of-another-monitor.yaml:14:15: warning: no connector can `quarantine`, wanted by playbooks `alert-of-another-monitor`, `containment-did-not-hold`, `human-account-takeover`, `human-privilege-escalation`, `privilege-escalation`, `stolen-machine-key` and `stolen-role-session`
              help: the connectors can `disable_identity`
            house/content/playbooks/containment-did-not-hold.yaml:13:15: warning: no connector can `delete_credential`, wanted by playbooks `containment-did-not-hold` and `stolen-machine-key`
              help: the connectors can `disable_identity`
            house/content/playbooks/human-account-takeover.yaml:14:10: warning: no connector can `require_reauthentication`, wanted by playbooks `human-account-takeover` and `human-privilege-escalation`
              help: the connectors can `disable_identity`
            house/content/playbooks/human-account-takeover.yaml:15:15: warning: no connector can `revoke_sessions`, wanted by playbooks `human-account-takeover`, `human-privilege-escalation` and `stolen-role-session`
              help: the connectors can `disable_identity`
            house/content/playbooks/stolen-machine-key.yaml:15:10: warning: no connector can `rotate_credential`, wanted by playbook `stolen-machine-key`
              help: the connectors can `disable_identity`
            house/content/playbooks/stolen-role-session.yaml:17:10: warning: no connector can `block_principal`, wanted by playbook `stolen-role-session`
              help: the connectors can `disable_identity`
            house/interlock.toml:572:1: error: it declares no verb
              help: add `[[connector.verb]]` below it
            house/interlock.toml:576:7: error: whoever stands between could read and hold back what is asked
              help: use `https://`
            house/interlock.toml:577:33: error: `name` must be the name of an environment variable
              help: such as `OKTA_TOKEN`; secrets never stand in this file
            house/interlock.toml:578:11: error: `0s` is no time that a call may take
              help: from `1s` to `25s`
            house/interlock.toml:579:1: warning: the environment variable `DOORS_SECRET_OF_NOBODY` is not set here
              help: it must be where `interlock serve` runs
            house/interlock.toml:585:12: warning: `webhook` has no action that does `quarantine`
              help: it can `disable_identity`
            house/interlock.toml:592:8: error: the verb `lock_door` is there twice
              help: give each its own name
            house/interlock.toml:596:1: error: unknown key `read` in `verb`
              help: `verb` knows `name`, `does`, `credential`, `principals`, `summary`, `undo`, `probe`, `re_arms`, `stops`, `leaves`, `leaves_at_most` and `settle`
        "#]],
    );
}
