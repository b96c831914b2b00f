//! `[[connector]]` of directories and applications as people write it: every mistake at once, each with
//! its remedy, and never a secret.

use crate::init_check::{check, more};
use expect_test::expect;

#[test]
fn mistakes_in_directories() {
    check(
        "interlock.toml",
        more(
            r#"
[[connector]]
id = "ldap"
kind = "openldap"
url = "ldap://ldap.example.com"
ca = "absent.pem"
bind_dn = "interlock"
password = { from = "env", name = "hush-hush" }
base = ""
quarantine_group = "quarantine"
enforce = ["revoke_sessions"]
[[connector]]
id = "again"
kind = "openldap"
url = "https://ldap.example.com"
bind_dn = "cn=interlock,dc=example,dc=com"
password = { from = "file", path = "absent.password" }
base = "dc=example,dc=com"
[[connector]]
id = "third"
kind = "openldap"
url = "ldaps://interlock:hush-hush@ldap.example.com"
start_tls = true
bind_dn = "cn=interlock,dc=example,dc=com"
password = { from = "env", name = "LDAP_PASSWORD_OF_NOBODY" }
base = "dc=example,dc=com"
"#,
        ),
        1,
        expect![[r#"
            house/content/playbooks/human-account-takeover.yaml:15:15: warning: no connector can `revoke_sessions`, wanted by playbooks `human-account-takeover` and `stolen-role-session`
              help: the connectors can `delete_credential`, `disable_credential`, `disable_identity`, `quarantine`, `remove_entitlement` and `require_reauthentication`
            house/content/playbooks/stolen-machine-key.yaml:15:10: warning: no connector can `rotate_credential`, wanted by playbook `stolen-machine-key`
              help: the connectors can `delete_credential`, `disable_credential`, `disable_identity`, `quarantine`, `remove_entitlement` and `require_reauthentication`
            house/content/playbooks/stolen-role-session.yaml:15:10: warning: no connector can `block_principal`, wanted by playbook `stolen-role-session`
              help: the connectors can `delete_credential`, `disable_credential`, `disable_identity`, `quarantine`, `remove_entitlement` and `require_reauthentication`
            house/interlock.toml:484:7: error: the password would travel in clear
              help: use `ldaps://`, or add `start_tls = true`
            house/interlock.toml:485:6: error: the file of authorities is missing
              help: a file in PEM; leave `ca` out for those of the system
            house/interlock.toml:486:11: error: `interlock` is not the name of an entry
              help: such as `cn=interlock,ou=services,dc=example,dc=com`
            house/interlock.toml:487:35: error: `name` must be the name of an environment variable
              help: such as `OKTA_TOKEN`; secrets never stand in this file
            house/interlock.toml:488:8: error: `` is not the name of an entry
              help: such as `cn=interlock,ou=services,dc=example,dc=com`
            house/interlock.toml:489:20: error: `quarantine` is not the name of an entry
              help: such as `cn=interlock,ou=services,dc=example,dc=com`
            house/interlock.toml:490:12: warning: `openldap` has no action that does `revoke_sessions`
              help: it can `delete_credential`, `disable_credential`, `disable_identity`, `quarantine`, `remove_entitlement` and `require_reauthentication`
            house/interlock.toml:491:1: error: `FOLDER/house/absent.password`: the file is missing
              help: a file that holds the secret and nothing else
            house/interlock.toml:494:7: error: `https://ldap.example.com` is not the address of a directory
              help: such as `ldaps://ldap.example.com`
            house/interlock.toml:498:1: warning: the environment variable `LDAP_PASSWORD_OF_NOBODY` is not set here
              help: it must be where `interlock serve` runs
            house/interlock.toml:501:7: error: the address of the directory holds credentials
              help: use `bind_dn` and `password`; secrets never stand in this file
        "#]],
    );
}

#[test]
fn mistakes_in_applications() {
    check(
        "interlock.toml",
        more(
            r#"
[[connector]]
id = "app"
kind = "scim"
endpoint = "http://app.example.com/scim/v2"
token = { from = "env", name = "hush-hush" }
dialect = "okto"
enforce = ["quarantine"]
"#,
        ),
        1,
        expect![[r#"
            house/content/playbooks/alert-of-another-monitor.yaml:13:10: warning: no connector can `disable_credential`, wanted by playbooks `alert-of-another-monitor`, `containment-did-not-hold`, `human-account-takeover`, `privilege-escalation` and `stolen-machine-key`
              help: the connectors can `disable_identity` and `remove_entitlement`
            house/content/playbooks/alert-of-another-monitor.yaml:14:15: warning: no connector can `quarantine`, wanted by playbooks `alert-of-another-monitor`, `containment-did-not-hold`, `human-account-takeover`, `privilege-escalation`, `stolen-machine-key` and `stolen-role-session`
              help: the connectors can `disable_identity` and `remove_entitlement`
            house/content/playbooks/containment-did-not-hold.yaml:13:15: warning: no connector can `delete_credential`, wanted by playbooks `containment-did-not-hold` and `stolen-machine-key`
              help: the connectors can `disable_identity` and `remove_entitlement`
            house/content/playbooks/human-account-takeover.yaml:14:10: warning: no connector can `require_reauthentication`, wanted by playbook `human-account-takeover`
              help: the connectors can `disable_identity` and `remove_entitlement`
            house/content/playbooks/human-account-takeover.yaml:15:15: warning: no connector can `revoke_sessions`, wanted by playbooks `human-account-takeover` and `stolen-role-session`
              help: the connectors can `disable_identity` and `remove_entitlement`
            house/content/playbooks/stolen-machine-key.yaml:15:10: warning: no connector can `rotate_credential`, wanted by playbook `stolen-machine-key`
              help: the connectors can `disable_identity` and `remove_entitlement`
            house/content/playbooks/stolen-role-session.yaml:15:10: warning: no connector can `block_principal`, wanted by playbook `stolen-role-session`
              help: the connectors can `disable_identity` and `remove_entitlement`
            house/interlock.toml:484:12: error: the token would travel in clear
              help: use `https://`
            house/interlock.toml:485:32: error: `name` must be the name of an environment variable
              help: such as `OKTA_TOKEN`; secrets never stand in this file
            house/interlock.toml:486:11: error: `dialect` does not know `okto`
              help: did you mean `okta`?
            house/interlock.toml:487:12: warning: `scim` has no action that does `quarantine`
              help: it can `disable_identity` and `remove_entitlement`
        "#]],
    );
}

#[test]
fn mistakes_in_clusters_and_vaults() {
    check(
        "interlock.toml",
        more(
            r#"
[[connector]]
id = "cluster"
kind = "kubernetes"
endpoint = "http://k8s.example.com"
token = { from = "env", name = "hush-hush" }
ca = "missing.pem"
namespaces = ["shop"]
enforce = ["require_reauthentication"]

[[connector]]
id = "vault"
kind = "vault"
endpoint = "vault.example.com"
token = { from = "env", name = "VAULT_TOKEN" }
calls_per_second = 0

[[connector]]
id = "vault-2"
kind = "vault"
endpoint = "https://vault.example.com"
token = { from = "env", name = "VAULT_TOKEN" }
"#,
        ),
        1,
        expect![[r#"
            house/content/playbooks/human-account-takeover.yaml:14:10: warning: no connector can `require_reauthentication`, wanted by playbook `human-account-takeover`
              help: the connectors can `delete_credential`, `disable_credential`, `disable_identity`, `quarantine`, `remove_entitlement`, `revoke_sessions` and `rotate_credential`
            house/content/playbooks/stolen-role-session.yaml:15:10: warning: no connector can `block_principal`, wanted by playbook `stolen-role-session`
              help: the connectors can `delete_credential`, `disable_credential`, `disable_identity`, `quarantine`, `remove_entitlement`, `revoke_sessions` and `rotate_credential`
            house/interlock.toml:484:12: error: the token would travel in clear
              help: use `https://`
            house/interlock.toml:485:32: error: `name` must be the name of an environment variable
              help: such as `OKTA_TOKEN`; secrets never stand in this file
            house/interlock.toml:486:6: error: the file of authorities is missing
              help: a file in PEM; leave `ca` out for those of the system
            house/interlock.toml:487:1: error: unknown key `namespaces` in `connector`
              help: `connector` knows `kind`, `id`, `enforce`, `settle`, `calls_per_second`, `endpoint`, `token`, `ca` and `protected_namespaces`
            house/interlock.toml:488:12: warning: `kubernetes` has no action that does `require_reauthentication`
              help: it can `delete_credential`, `disable_credential`, `quarantine`, `remove_entitlement`, `revoke_sessions` and `rotate_credential`
            house/interlock.toml:490:1: warning: the environment variable `VAULT_TOKEN` is not set here
              help: it must be where `interlock serve` runs
            house/interlock.toml:493:12: error: `vault.example.com` is not an address
              help: such as `https://iam.example.com`
            house/interlock.toml:495:20: error: `0` is no number of calls a second
              help: from 1 to 1000
            house/interlock.toml:497:1: warning: the environment variable `VAULT_TOKEN` is not set here
              help: it must be where `interlock serve` runs
            house/interlock.toml:499:8: error: a second server of this kind: logs name accounts without their server, so the wrong one might be contained
              help: one server of a kind for each house
        "#]],
    );
}

#[test]
fn mistakes_in_domains() {
    check(
        "interlock.toml",
        more(
            r#"
[[connector]]
id = "corp"
kind = "active_directory"
url = "ldap://dc1.corp.example.com"
user = "interlock"
password = { from = "env", name = "hush-hush" }
base = "corp"
privileged_groups = ["Tier 0"]
enforce = ["revoke_sessions"]
[[connector]]
id = "again"
kind = "active_directory"
url = "ldaps://dc1.other.example.com"
user = 'OTHER\interlock'
password = { from = "env", name = "DOMAIN_PASSWORD_OF_NOBODY" }
base = "DC=other,DC=example,DC=com"
"#,
        ),
        1,
        expect![[r#"
            house/content/playbooks/human-account-takeover.yaml:15:15: warning: no connector can `revoke_sessions`, wanted by playbooks `human-account-takeover` and `stolen-role-session`
              help: the connectors can `delete_credential`, `disable_credential`, `disable_identity`, `quarantine`, `remove_entitlement` and `require_reauthentication`
            house/content/playbooks/stolen-machine-key.yaml:15:10: warning: no connector can `rotate_credential`, wanted by playbook `stolen-machine-key`
              help: the connectors can `delete_credential`, `disable_credential`, `disable_identity`, `quarantine`, `remove_entitlement` and `require_reauthentication`
            house/content/playbooks/stolen-role-session.yaml:15:10: warning: no connector can `block_principal`, wanted by playbook `stolen-role-session`
              help: the connectors can `delete_credential`, `disable_credential`, `disable_identity`, `quarantine`, `remove_entitlement` and `require_reauthentication`
            house/interlock.toml:484:7: error: the password would travel in clear
              help: use `ldaps://`, or add `start_tls = true`
            house/interlock.toml:485:8: error: `interlock` does not say of which domain it is
              help: such as `interlock@corp.example.com`
            house/interlock.toml:486:35: error: `name` must be the name of an environment variable
              help: such as `OKTA_TOKEN`; secrets never stand in this file
            house/interlock.toml:487:8: error: `corp` is not the name of an entry
              help: such as `cn=interlock,ou=services,dc=example,dc=com`
            house/interlock.toml:488:21: error: `Tier 0` is not the name of an entry
              help: such as `cn=interlock,ou=services,dc=example,dc=com`
            house/interlock.toml:489:12: warning: `active_directory` has no action that does `revoke_sessions`
              help: it can `delete_credential`, `disable_credential`, `disable_identity`, `quarantine`, `remove_entitlement` and `require_reauthentication`
            house/interlock.toml:490:1: warning: the environment variable `DOMAIN_PASSWORD_OF_NOBODY` is not set here
              help: it must be where `interlock serve` runs
            house/interlock.toml:492:8: error: a second domain: its accounts would be looked for in the first
              help: one domain for each house
        "#]],
    );
}

#[test]
fn mistakes_in_organisations() {
    check(
        "interlock.toml",
        more(
            r#"
[[connector]]
id = "forge"
kind = "github"
endpoint = "http://github.example.com/api/v3"
organization = "acme/pay"
repositories = [".."]
token = { from = "env", name = "hush-hush" }
app = { id = "Iv23example", installation = 4711, private_key = { from = "file", path = "absent.pem" } }
enforce = ["disable_identity", "rotate_credential"]

[[connector]]
id = "forge-2"
kind = "github"
organization = "acme"
"#,
        ),
        1,
        expect![[r#"
            house/content/playbooks/alert-of-another-monitor.yaml:14:15: warning: no connector can `quarantine`, wanted by playbooks `alert-of-another-monitor`, `containment-did-not-hold`, `human-account-takeover`, `privilege-escalation`, `stolen-machine-key` and `stolen-role-session`
              help: the connectors can `block_principal`, `delete_credential`, `disable_credential`, `disable_identity`, `remove_entitlement`, `require_reauthentication`, `revoke_sessions` and `rotate_credential`
            house/interlock.toml:484:12: error: the token would travel in clear
              help: use `https://`
            house/interlock.toml:485:16: error: `acme/pay` is not the short name of an organisation
              help: such as `acme` in `https://github.com/acme`
            house/interlock.toml:486:16: error: `..` is not the short name of a repository
              help: such as `pay` in `https://github.com/acme/pay`
            house/interlock.toml:487:32: error: `name` must be the name of an environment variable
              help: such as `OKTA_TOKEN`; secrets never stand in this file
            house/interlock.toml:488:7: error: there are both `token` and `app`
              help: say either `token`, or `app` with `id`, `installation` and `private_key`
            house/interlock.toml:489:11: warning: `rotate_credential` needs `delivery`: a new secret must have a place to go to
              help: a `[[delivery]]` that names its workloads
            house/interlock.toml:491:1: error: there is neither `token` nor `app`
              help: say either `token`, or `app` with `id`, `installation` and `private_key`
        "#]],
    );
}

#[test]
fn mistakes_in_projects() {
    check(
        "interlock.toml",
        more(
            r#"
[[connector]]
id = "cloud"
kind = "google_cloud"
project = "123456"
token = { from = "env", name = "hush-hush" }
workspace_admin = "admin"
enforce = ["quarantine"]

[[connector]]
id = "cloud-2"
kind = "google_cloud"
project = "acme-prod"
key = { from = "file", path = "absent.json" }
token = { from = "env", name = "GOOGLE_TOKEN_OF_NOBODY" }
acts_as = "interlock@acme-prod.iam.gserviceaccount.com"
"#,
        ),
        1,
        expect![[r#"
            house/content/playbooks/alert-of-another-monitor.yaml:14:15: warning: no connector can `quarantine`, wanted by playbooks `alert-of-another-monitor`, `containment-did-not-hold`, `human-account-takeover`, `privilege-escalation`, `stolen-machine-key` and `stolen-role-session`
              help: the connectors can `block_principal`, `delete_credential`, `disable_credential`, `disable_identity`, `remove_entitlement`, `revoke_sessions` and `rotate_credential`
            house/content/playbooks/human-account-takeover.yaml:14:10: warning: no connector can `require_reauthentication`, wanted by playbook `human-account-takeover`
              help: the connectors can `block_principal`, `delete_credential`, `disable_credential`, `disable_identity`, `remove_entitlement`, `revoke_sessions` and `rotate_credential`
            house/interlock.toml:484:11: error: `123456` is not the id of a project
              help: such as `acme-prod`; the number of a project is not taken
            house/interlock.toml:485:9: error: `token` needs `acts_as`
              help: the address of whom it belongs to, who is never contained
            house/interlock.toml:485:32: error: `name` must be the name of an environment variable
              help: such as `OKTA_TOKEN`; secrets never stand in this file
            house/interlock.toml:486:19: error: `admin` is no address
              help: such as `admin@example.com`
            house/interlock.toml:486:19: error: `workspace_admin` needs a `key`
              help: only a service account's key can ask Workspace in the name of another
            house/interlock.toml:487:12: warning: `google_cloud` has no action that does `quarantine`
              help: it can `block_principal`, `delete_credential`, `disable_credential`, `disable_identity`, `remove_entitlement`, `revoke_sessions` and `rotate_credential`
            house/interlock.toml:489:1: error: `FOLDER/house/absent.json`: the file is missing
              help: a file that holds the secret and nothing else
            house/interlock.toml:494:9: error: there are both `key` and `token`
              help: say one of them, or none on a machine of Google's
        "#]],
    );
}
