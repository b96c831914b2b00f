//! `[vault]` as people write it, and references to what it keeps: every mistake at once.

use crate::init_check::{check, more};
use expect_test::expect;

#[test]
fn a_reference_needs_a_vault_and_a_path() {
    check(
        "interlock.toml",
        more(
            r#"
[[connector]]
id = "scim"
kind = "scim"
endpoint = "https://scim.example.com/v2"
token = { from = "vault", path = "../sys", field = "" }
"#,
        ),
        1,
        expect![[r#"
            house/content/playbooks/alert-of-another-monitor.yaml:13:10: warning: no connector can `disable_credential`, wanted by playbooks `alert-of-another-monitor`, `containment-did-not-hold`, `human-account-takeover`, `human-privilege-escalation`, `privilege-escalation` and `stolen-machine-key`
              help: the connectors can `disable_identity` and `remove_entitlement`
            house/content/playbooks/alert-of-another-monitor.yaml:14:15: warning: no connector can `quarantine`, wanted by playbooks `alert-of-another-monitor`, `containment-did-not-hold`, `human-account-takeover`, `human-privilege-escalation`, `privilege-escalation`, `stolen-machine-key` and `stolen-role-session`
              help: the connectors can `disable_identity` and `remove_entitlement`
            house/content/playbooks/containment-did-not-hold.yaml:13:15: warning: no connector can `delete_credential`, wanted by playbooks `containment-did-not-hold` and `stolen-machine-key`
              help: the connectors can `disable_identity` and `remove_entitlement`
            house/content/playbooks/human-account-takeover.yaml:14:10: warning: no connector can `require_reauthentication`, wanted by playbooks `human-account-takeover` and `human-privilege-escalation`
              help: the connectors can `disable_identity` and `remove_entitlement`
            house/content/playbooks/human-account-takeover.yaml:15:15: warning: no connector can `revoke_sessions`, wanted by playbooks `human-account-takeover`, `human-privilege-escalation` and `stolen-role-session`
              help: the connectors can `disable_identity` and `remove_entitlement`
            house/content/playbooks/stolen-machine-key.yaml:15:10: warning: no connector can `rotate_credential`, wanted by playbook `stolen-machine-key`
              help: the connectors can `disable_identity` and `remove_entitlement`
            house/content/playbooks/stolen-role-session.yaml:17:10: warning: no connector can `block_principal`, wanted by playbook `stolen-role-session`
              help: the connectors can `disable_identity` and `remove_entitlement`
            house/interlock.toml:576:9: error: no vault is configured that could keep it
              help: add `[vault]` with `endpoint`, and `token` or `kubernetes_role`
            house/interlock.toml:576:34: error: `../sys` is not a path of a vault
              help: such as `interlock/okta`, without `data`
            house/interlock.toml:576:52: error: `field` names no key
              help: such as `token`
        "#]],
    );
}

#[test]
fn one_reads_and_not_with_what_the_vault_itself_keeps() {
    check(
        "interlock.toml",
        more(
            r#"
[vault]
endpoint = "vault.example.com"
[[connector]]
id = "scim"
kind = "scim"
endpoint = "https://scim.example.com/v2"
token = { from = "vault", path = "interlock/scim", field = "token" }
"#,
        ),
        1,
        expect![[r#"
            house/content/playbooks/alert-of-another-monitor.yaml:13:10: warning: no connector can `disable_credential`, wanted by playbooks `alert-of-another-monitor`, `containment-did-not-hold`, `human-account-takeover`, `human-privilege-escalation`, `privilege-escalation` and `stolen-machine-key`
              help: the connectors can `disable_identity` and `remove_entitlement`
            house/content/playbooks/alert-of-another-monitor.yaml:14:15: warning: no connector can `quarantine`, wanted by playbooks `alert-of-another-monitor`, `containment-did-not-hold`, `human-account-takeover`, `human-privilege-escalation`, `privilege-escalation`, `stolen-machine-key` and `stolen-role-session`
              help: the connectors can `disable_identity` and `remove_entitlement`
            house/content/playbooks/containment-did-not-hold.yaml:13:15: warning: no connector can `delete_credential`, wanted by playbooks `containment-did-not-hold` and `stolen-machine-key`
              help: the connectors can `disable_identity` and `remove_entitlement`
            house/content/playbooks/human-account-takeover.yaml:14:10: warning: no connector can `require_reauthentication`, wanted by playbooks `human-account-takeover` and `human-privilege-escalation`
              help: the connectors can `disable_identity` and `remove_entitlement`
            house/content/playbooks/human-account-takeover.yaml:15:15: warning: no connector can `revoke_sessions`, wanted by playbooks `human-account-takeover`, `human-privilege-escalation` and `stolen-role-session`
              help: the connectors can `disable_identity` and `remove_entitlement`
            house/content/playbooks/stolen-machine-key.yaml:15:10: warning: no connector can `rotate_credential`, wanted by playbook `stolen-machine-key`
              help: the connectors can `disable_identity` and `remove_entitlement`
            house/content/playbooks/stolen-role-session.yaml:17:10: warning: no connector can `block_principal`, wanted by playbook `stolen-role-session`
              help: the connectors can `disable_identity` and `remove_entitlement`
            house/interlock.toml:572:1: error: nothing says who reads
              help: either `token` or `kubernetes_role`
            house/interlock.toml:573:12: error: `vault.example.com` is not an address
              help: such as `https://iam.example.com`
        "#]],
    );
    check(
        "interlock.toml",
        more(
            r#"
[vault]
endpoint = "https://vault.example.com"
token = { from = "vault", path = "interlock/own", field = "token" }
"#,
        ),
        1,
        expect![[r#"
            house/interlock.toml:574:9: error: a vault's own token is kept in that vault
              help: a variable, a file, or `kubernetes_role`
        "#]],
    );
    check(
        "interlock.toml",
        more(
            r#"
[vault]
endpoint = "http://vault.example.com:8200"
token = { from = "env", name = "ABSENT_VAULT_TOKEN" }
ca = "absent.pem"
"#,
        ),
        1,
        expect![[r#"
            house/interlock.toml:572:1: error: `FOLDER/house/absent.pem`: the file is missing
              help: certificates in PEM
            house/interlock.toml:572:1: warning: the environment variable `ABSENT_VAULT_TOKEN` is not set here
              help: it must be where `interlock serve` runs
            house/interlock.toml:573:12: warning: the provider is called without TLS
              help: use `https://`
        "#]],
    );
}
