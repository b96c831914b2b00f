//! `[[connector]]` of kind `ssh` as people write it: every mistake at once, each with its remedy.

use crate::init_check::{check, more};
use expect_test::expect;

#[test]
fn mistakes_at_lists_of_revoked_keys() {
    check(
        "interlock.toml",
        more(
            r#"
[[connector]]
id = "hosts"
kind = "ssh"
revoked_keys = "absent/keys"
authorities = ["absent/ca.pub"]
mode = "0666"
ssh_keygen = "ssh-keygen"
enforce = ["revoke_sessions"]
[connector.door]
host = "-oProxyCommand=sh"
user = "can ary"
known_hosts = "absent/known hosts"
ssh = "ssh"
[[connector]]
id = "others"
kind = "ssh"
revoked_keys = ""
mode = "rw"
"#,
        ),
        1,
        expect![[r#"
            house/content/playbooks/alert-of-another-monitor.yaml:14:15: warning: no connector can `quarantine`, wanted by playbooks `alert-of-another-monitor`, `containment-did-not-hold`, `human-account-takeover`, `human-privilege-escalation`, `privilege-escalation`, `stolen-machine-key` and `stolen-role-session`
              help: the connectors can `disable_credential` and `disable_identity`
            house/content/playbooks/containment-did-not-hold.yaml:13:15: warning: no connector can `delete_credential`, wanted by playbooks `containment-did-not-hold` and `stolen-machine-key`
              help: the connectors can `disable_credential` and `disable_identity`
            house/content/playbooks/human-account-takeover.yaml:14:10: warning: no connector can `require_reauthentication`, wanted by playbooks `human-account-takeover` and `human-privilege-escalation`
              help: the connectors can `disable_credential` and `disable_identity`
            house/content/playbooks/human-account-takeover.yaml:15:15: warning: no connector can `revoke_sessions`, wanted by playbooks `human-account-takeover`, `human-privilege-escalation` and `stolen-role-session`
              help: the connectors can `disable_credential` and `disable_identity`
            house/content/playbooks/stolen-machine-key.yaml:15:10: warning: no connector can `rotate_credential`, wanted by playbook `stolen-machine-key`
              help: the connectors can `disable_credential` and `disable_identity`
            house/content/playbooks/stolen-role-session.yaml:17:10: warning: no connector can `block_principal`, wanted by playbook `stolen-role-session`
              help: the connectors can `disable_credential` and `disable_identity`
            house/interlock.toml:575:16: warning: there is no file `FOLDER/house/absent/keys`
              help: servers that are told of it let nobody in without: `ssh-keygen -k -f` makes an empty list
            house/interlock.toml:576:15: error: there is no file `FOLDER/house/absent/ca.pub`
              help: the authority's public key, as `TrustedUserCAKeys` of `sshd` names it
            house/interlock.toml:577:8: error: `0666` is no mode for a list of revoked keys
              help: `0644`, `0640` or `0600`: nobody else may write it
            house/interlock.toml:578:14: error: `ssh-keygen` is not absolute
              help: such as `/usr/bin/ssh-keygen`
            house/interlock.toml:579:12: warning: `ssh` has no action that does `revoke_sessions`
              help: it can `disable_credential` and `disable_identity`
            house/interlock.toml:581:8: error: `-oProxyCommand=sh` is no host
              help: such as `bastion.example.com`, and `canary`
            house/interlock.toml:582:8: error: `can ary` is no user
              help: such as `bastion.example.com`, and `canary`
            house/interlock.toml:583:15: error: there is no file `FOLDER/house/absent/known hosts` that can be named
              help: `ssh-keyscan` makes one, to be compared with the server's own key; a path without spaces
            house/interlock.toml:584:7: error: `ssh` is not absolute
              help: such as `/usr/bin/ssh`
            house/interlock.toml:588:16: error: `revoked_keys` must name a file
              help: the file that `RevokedKeys` of `sshd` names
            house/interlock.toml:589:8: error: `rw` is no mode for a list of revoked keys
              help: `0644`, `0640` or `0600`: nobody else may write it
        "#]],
    );
}
