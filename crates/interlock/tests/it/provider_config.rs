//! `[[connector]]` of identity providers as people write it: every mistake at once, each with its remedy,
//! and never a secret.

use crate::init_check::{check, more};
use expect_test::expect;

#[test]
fn mistakes_at_identity_providers() {
    check(
        "interlock.toml",
        more(
            r#"
[[connector]]
id = "okta"
kind = "okta"
url = "http://acme.okta.com"
token = { from = "env", name = "hush-hush" }
client_id = "0oa1"
enforce = ["rotate_credential"]
[[connector]]
id = "okta-2"
kind = "okta"
url = "https://other.okta.com"
client_id = "0oa1"
key = { from = "file", path = "absent.pem" }
[[connector]]
id = "entra"
kind = "entra"
tenant = "https://example.com"
client_id = "00000000-0000-4000-8000-000000000000"
login = "http://login.example.com"
[[connector]]
id = "sso"
kind = "oauth"
client_id = "interlock"
client_secret = { from = "env", name = "hush-hush" }
introspection_endpoint = "nowhere"
revocation_endpoint = "http://sso.example.com/revoke"
client = [
  { id = "ci", secret = { from = "env", name = "hush-hush" }, registration_uri = "https://sso.example.com/ci" },
  { id = "ci", secret = { from = "env", name = "CI_SECRET_OF_NOBODY" } },
]
"#,
        ),
        1,
        expect![[r#"
            house/interlock.toml:573:6: error: it does not say in one way what the connector proves itself by
              help: either `token`, or `client_id` and `key` of a service app
            house/interlock.toml:575:7: error: what proves the connector would travel in clear
              help: use `https://`
            house/interlock.toml:578:11: warning: `rotate_credential` needs `delivery`: a new secret must have a place to go to
              help: a `[[delivery]]` that names its workloads
            house/interlock.toml:579:1: error: `FOLDER/house/absent.pem`: the file is missing
              help: a file that holds the secret and nothing else
            house/interlock.toml:581:8: error: a second one of this kind: ids do not say where they are from, so they would be looked for in the first
              help: one tenant or organisation for each house
            house/interlock.toml:586:6: error: it does not say in one way what the connector proves itself by
              help: one of `secret`, `certificate` and `federated_token`
            house/interlock.toml:588:10: error: `https://example.com` is not a tenant
              help: its id, or a domain of it such as `example.com`
            house/interlock.toml:590:9: error: what proves the connector would travel in clear
              help: use `https://`
            house/interlock.toml:591:1: warning: the environment variable `CI_SECRET_OF_NOBODY` is not set here
              help: it must be where `interlock serve` runs
            house/interlock.toml:595:40: error: `name` must be the name of an environment variable
              help: such as `OKTA_TOKEN`; secrets never stand in this file
            house/interlock.toml:596:26: error: `nowhere` is not an address
              help: such as `https://iam.example.com`
            house/interlock.toml:597:23: error: what proves the connector would travel in clear
              help: use `https://`
            house/interlock.toml:599:10: error: `registration_uri` and `registration_token` go together
              help: name both, or neither
            house/interlock.toml:599:48: error: `name` must be the name of an environment variable
              help: such as `OKTA_TOKEN`; secrets never stand in this file
            house/interlock.toml:600:10: error: the client id `ci` is empty or named twice
              help: each client once
        "#]],
    );
}

#[test]
fn mistakes_at_realms_and_at_identity_center() {
    check(
        "interlock.toml",
        more(
            r#"
[[connector]]
id = "realm"
kind = "keycloak"
url = "http://keycloak.example.com"
realm = "acme/admin"
client_id = "interlock"
client_secret = { from = "env", name = "hush-hush" }
relm = "acme"
[[connector]]
id = "people"
kind = "aws_identity_center"
instance = "ssoins-0a1b2c3d"
identity_store = "0a1b2c3d"
deny_policy = "deny"
region = "Frankfurt"
credentials = { from = "env", access_key_id = "KEY_OF_NOBODY", secret_access_key = "hush" }
"#,
        ),
        1,
        expect![[r#"
            house/content/playbooks/alert-of-another-monitor.yaml:13:10: warning: no connector can `disable_credential`, wanted by playbooks `alert-of-another-monitor`, `containment-did-not-hold`, `human-account-takeover`, `human-privilege-escalation`, `privilege-escalation` and `stolen-machine-key`
              help: the connectors can `block_principal`, `disable_identity`, `quarantine`, `remove_entitlement` and `revoke_sessions`
            house/content/playbooks/containment-did-not-hold.yaml:13:15: warning: no connector can `delete_credential`, wanted by playbooks `containment-did-not-hold` and `stolen-machine-key`
              help: the connectors can `block_principal`, `disable_identity`, `quarantine`, `remove_entitlement` and `revoke_sessions`
            house/content/playbooks/human-account-takeover.yaml:14:10: warning: no connector can `require_reauthentication`, wanted by playbooks `human-account-takeover` and `human-privilege-escalation`
              help: the connectors can `block_principal`, `disable_identity`, `quarantine`, `remove_entitlement` and `revoke_sessions`
            house/content/playbooks/stolen-machine-key.yaml:15:10: warning: no connector can `rotate_credential`, wanted by playbook `stolen-machine-key`
              help: the connectors can `block_principal`, `disable_identity`, `quarantine`, `remove_entitlement` and `revoke_sessions`
            house/interlock.toml:575:7: error: what proves the connector would travel in clear
              help: use `https://`
            house/interlock.toml:576:9: error: `acme/admin` is not a realm
              help: its name, such as `acme`
            house/interlock.toml:578:40: error: `name` must be the name of an environment variable
              help: such as `OKTA_TOKEN`; secrets never stand in this file
            house/interlock.toml:579:1: error: unknown key `relm` in `connector`
              help: did you mean `realm`?
            house/interlock.toml:583:12: error: `ssoins-0a1b2c3d` is no instance of Identity Center
              help: such as `arn:aws:sso:::instance/ssoins-0a1b2c3d4e5f6a7b`
            house/interlock.toml:584:18: error: `0a1b2c3d` is no identity store
              help: such as `d-1234567890`
            house/interlock.toml:585:15: error: `deny` is no policy of an organisation
              help: such as `p-0a1b2c3d`
            house/interlock.toml:586:10: error: `Frankfurt` is not a region
              help: such as `eu-central-1`
            house/interlock.toml:587:84: error: `secret_access_key` must be the name of an environment variable
              help: such as `INTERLOCK_AWS_KEY`; secrets never stand in this file
        "#]],
    );
}
