//! `[[connector]]` of directories and applications as people write it: every mistake at once, each with
//! its remedy, and never a secret.

use crate::init_check::{check, fresh, more};
use crate::program::interlock;
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
            house/content/playbooks/human-account-takeover.yaml:15:15: warning: no connector can `revoke_sessions`, wanted by playbooks `human-account-takeover`, `human-privilege-escalation` and `stolen-role-session`
              help: the connectors can `delete_credential`, `disable_credential`, `disable_identity`, `quarantine`, `remove_entitlement` and `require_reauthentication`
            house/content/playbooks/stolen-machine-key.yaml:15:10: warning: no connector can `rotate_credential`, wanted by playbook `stolen-machine-key`
              help: the connectors can `delete_credential`, `disable_credential`, `disable_identity`, `quarantine`, `remove_entitlement` and `require_reauthentication`
            house/content/playbooks/stolen-role-session.yaml:17:10: warning: no connector can `block_principal`, wanted by playbook `stolen-role-session`
              help: the connectors can `delete_credential`, `disable_credential`, `disable_identity`, `quarantine`, `remove_entitlement` and `require_reauthentication`
            house/interlock.toml:575:7: error: the password would travel in clear
              help: use `ldaps://`, or add `start_tls = true`
            house/interlock.toml:576:6: error: the file of authorities is missing
              help: a file in PEM; leave `ca` out for those of the system
            house/interlock.toml:577:11: error: `interlock` is not the name of an entry
              help: such as `cn=interlock,ou=services,dc=example,dc=com`
            house/interlock.toml:578:35: error: `name` must be the name of an environment variable
              help: such as `OKTA_TOKEN`; secrets never stand in this file
            house/interlock.toml:579:8: error: `` is not the name of an entry
              help: such as `cn=interlock,ou=services,dc=example,dc=com`
            house/interlock.toml:580:20: error: `quarantine` is not the name of an entry
              help: such as `cn=interlock,ou=services,dc=example,dc=com`
            house/interlock.toml:581:12: warning: `openldap` has no action that does `revoke_sessions`
              help: it can `delete_credential`, `disable_credential`, `disable_identity`, `quarantine`, `remove_entitlement` and `require_reauthentication`
            house/interlock.toml:582:1: error: `FOLDER/house/absent.password`: the file is missing
              help: a file that holds the secret and nothing else
            house/interlock.toml:585:7: error: `https://ldap.example.com` is not the address of a directory
              help: such as `ldaps://ldap.example.com`
            house/interlock.toml:589:1: warning: the environment variable `LDAP_PASSWORD_OF_NOBODY` is not set here
              help: it must be where `interlock serve` runs
            house/interlock.toml:592:7: error: the address of the directory holds credentials
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
            house/interlock.toml:575:12: error: the token would travel in clear
              help: use `https://`
            house/interlock.toml:576:32: error: `name` must be the name of an environment variable
              help: such as `OKTA_TOKEN`; secrets never stand in this file
            house/interlock.toml:577:11: error: `dialect` does not know `okto`
              help: did you mean `okta`?
            house/interlock.toml:578:12: warning: `scim` has no action that does `quarantine`
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
            house/content/playbooks/human-account-takeover.yaml:14:10: warning: no connector can `require_reauthentication`, wanted by playbooks `human-account-takeover` and `human-privilege-escalation`
              help: the connectors can `delete_credential`, `disable_credential`, `disable_identity`, `quarantine`, `remove_entitlement`, `revoke_sessions` and `rotate_credential`
            house/content/playbooks/stolen-role-session.yaml:17:10: warning: no connector can `block_principal`, wanted by playbook `stolen-role-session`
              help: the connectors can `delete_credential`, `disable_credential`, `disable_identity`, `quarantine`, `remove_entitlement`, `revoke_sessions` and `rotate_credential`
            house/interlock.toml:575:12: error: the token would travel in clear
              help: use `https://`
            house/interlock.toml:576:32: error: `name` must be the name of an environment variable
              help: such as `OKTA_TOKEN`; secrets never stand in this file
            house/interlock.toml:577:6: error: the file of authorities is missing
              help: a file in PEM; leave `ca` out for those of the system
            house/interlock.toml:578:1: error: unknown key `namespaces` in `connector`
              help: `connector` knows `kind`, `id`, `enforce`, `settle`, `calls_per_second`, `enforce_with`, `endpoint`, `token`, `ca` and `protected_namespaces`
            house/interlock.toml:579:12: warning: `kubernetes` has no action that does `require_reauthentication`
              help: it can `delete_credential`, `disable_credential`, `quarantine`, `remove_entitlement`, `revoke_sessions` and `rotate_credential`
            house/interlock.toml:581:1: warning: the environment variable `VAULT_TOKEN` is not set here
              help: it must be where `interlock serve` runs
            house/interlock.toml:584:12: error: `vault.example.com` is not an address
              help: such as `https://iam.example.com`
            house/interlock.toml:586:20: error: `0` is no number of calls a second
              help: from 1 to 1000
            house/interlock.toml:588:1: warning: the environment variable `VAULT_TOKEN` is not set here
              help: it must be where `interlock serve` runs
            house/interlock.toml:590:8: error: a second server of this kind: logs name accounts without their server, so the wrong one might be contained
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
            house/content/playbooks/human-account-takeover.yaml:15:15: warning: no connector can `revoke_sessions`, wanted by playbooks `human-account-takeover`, `human-privilege-escalation` and `stolen-role-session`
              help: the connectors can `delete_credential`, `disable_credential`, `disable_identity`, `quarantine`, `remove_entitlement` and `require_reauthentication`
            house/content/playbooks/stolen-machine-key.yaml:15:10: warning: no connector can `rotate_credential`, wanted by playbook `stolen-machine-key`
              help: the connectors can `delete_credential`, `disable_credential`, `disable_identity`, `quarantine`, `remove_entitlement` and `require_reauthentication`
            house/content/playbooks/stolen-role-session.yaml:17:10: warning: no connector can `block_principal`, wanted by playbook `stolen-role-session`
              help: the connectors can `delete_credential`, `disable_credential`, `disable_identity`, `quarantine`, `remove_entitlement` and `require_reauthentication`
            house/interlock.toml:575:7: error: the password would travel in clear
              help: use `ldaps://`, or add `start_tls = true`
            house/interlock.toml:576:8: error: `interlock` does not say of which domain it is
              help: such as `interlock@corp.example.com`
            house/interlock.toml:577:35: error: `name` must be the name of an environment variable
              help: such as `OKTA_TOKEN`; secrets never stand in this file
            house/interlock.toml:578:8: error: `corp` is not the name of an entry
              help: such as `cn=interlock,ou=services,dc=example,dc=com`
            house/interlock.toml:579:21: error: `Tier 0` is not the name of an entry
              help: such as `cn=interlock,ou=services,dc=example,dc=com`
            house/interlock.toml:580:12: warning: `active_directory` has no action that does `revoke_sessions`
              help: it can `delete_credential`, `disable_credential`, `disable_identity`, `quarantine`, `remove_entitlement` and `require_reauthentication`
            house/interlock.toml:581:1: warning: the environment variable `DOMAIN_PASSWORD_OF_NOBODY` is not set here
              help: it must be where `interlock serve` runs
            house/interlock.toml:583:8: error: a second domain: its accounts would be looked for in the first
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

[[connector]]
id = "forge-3"
kind = "github"
organization = "acme"
app = { id = "Iv23example", installation = 4711, private_key = { from = "env", name = "APP_KEY" } }
own_apps = [
  { id = "Iv23example", installation = 4711, private_key = { from = "env", name = "APP_KEY" } },
  { id = "Iv23ci", installation = 5005, private_key = { from = "env", name = "CI_KEY" } },
  { id = "Iv23ci", installation = 5005, private_key = { from = "env", name = "hush-hush" } },
]
"#,
        ),
        1,
        expect![[r#"
            house/content/playbooks/alert-of-another-monitor.yaml:14:15: warning: no connector can `quarantine`, wanted by playbooks `alert-of-another-monitor`, `containment-did-not-hold`, `human-account-takeover`, `human-privilege-escalation`, `privilege-escalation`, `stolen-machine-key` and `stolen-role-session`
              help: the connectors can `block_principal`, `delete_credential`, `disable_credential`, `disable_identity`, `remove_entitlement`, `require_reauthentication`, `revoke_sessions` and `rotate_credential`
            house/interlock.toml:575:12: error: the token would travel in clear
              help: use `https://`
            house/interlock.toml:576:16: error: `acme/pay` is not the short name of an organisation
              help: such as `acme` in `https://github.com/acme`
            house/interlock.toml:577:16: error: `..` is not the short name of a repository
              help: such as `pay` in `https://github.com/acme/pay`
            house/interlock.toml:578:32: error: `name` must be the name of an environment variable
              help: such as `OKTA_TOKEN`; secrets never stand in this file
            house/interlock.toml:579:7: error: there are both `token` and `app`
              help: say either `token`, or `app` with `id`, `installation` and `private_key`
            house/interlock.toml:580:11: warning: `rotate_credential` needs `delivery`: a new secret must have a place to go to
              help: a `[[delivery]]` that names its workloads
            house/interlock.toml:582:1: error: there is neither `token` nor `app`
              help: say either `token`, or `app` with `id`, `installation` and `private_key`
            house/interlock.toml:587:1: warning: the environment variable `APP_KEY` is not set here
              help: it must be where `interlock serve` runs
            house/interlock.toml:587:1: warning: the environment variable `CI_KEY` is not set here
              help: it must be where `interlock serve` runs
            house/interlock.toml:593:3: error: the connector acts as App `Iv23example` itself
              help: it would shut itself out: name other Apps
            house/interlock.toml:595:3: error: installation `5005` is named twice
              help: each App once
            house/interlock.toml:595:78: error: `name` must be the name of an environment variable
              help: such as `OKTA_TOKEN`; secrets never stand in this file
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
            house/content/playbooks/alert-of-another-monitor.yaml:14:15: warning: no connector can `quarantine`, wanted by playbooks `alert-of-another-monitor`, `containment-did-not-hold`, `human-account-takeover`, `human-privilege-escalation`, `privilege-escalation`, `stolen-machine-key` and `stolen-role-session`
              help: the connectors can `block_principal`, `delete_credential`, `disable_credential`, `disable_identity`, `remove_entitlement`, `revoke_sessions` and `rotate_credential`
            house/content/playbooks/human-account-takeover.yaml:14:10: warning: no connector can `require_reauthentication`, wanted by playbooks `human-account-takeover` and `human-privilege-escalation`
              help: the connectors can `block_principal`, `delete_credential`, `disable_credential`, `disable_identity`, `remove_entitlement`, `revoke_sessions` and `rotate_credential`
            house/interlock.toml:575:11: error: `123456` is not the id of a project
              help: such as `acme-prod`; the number of a project is not taken
            house/interlock.toml:576:9: error: `token` needs `acts_as`
              help: the address of whom it belongs to, who is never contained
            house/interlock.toml:576:32: error: `name` must be the name of an environment variable
              help: such as `OKTA_TOKEN`; secrets never stand in this file
            house/interlock.toml:577:19: error: `admin` is no address
              help: such as `admin@example.com`
            house/interlock.toml:577:19: error: `workspace_admin` needs a `key`
              help: only a service account's key can ask Workspace in the name of another
            house/interlock.toml:578:12: warning: `google_cloud` has no action that does `quarantine`
              help: it can `block_principal`, `delete_credential`, `disable_credential`, `disable_identity`, `remove_entitlement`, `revoke_sessions` and `rotate_credential`
            house/interlock.toml:580:1: error: `FOLDER/house/absent.json`: the file is missing
              help: a file that holds the secret and nothing else
            house/interlock.toml:585:9: error: there are both `key` and `token`
              help: say one of them, or none on a machine of Google's
        "#]],
    );
}

/// The mode is `enforce`, and these lines follow.
fn enforcing(lines: &'static str) -> impl FnOnce(&str) -> String {
    move |text| format!("{}{lines}", text.replace("mode = \"recommend\"", "mode = \"enforce\""))
}

#[test]
fn one_set_of_credentials_for_both_is_said_where_something_is_written() {
    let lines = r#"
[[connector]]
id = "db"
kind = "postgresql"
host = "db.example.com"
enforce = ["quarantine"]
[[connector]]
id = "broker"
kind = "broker"
enforce = ["quarantine"]
"#;
    let expected = expect![[r#"
        house/content/playbooks/alert-of-another-monitor.yaml:14:15: warning: no connector can `quarantine`, wanted by playbooks `alert-of-another-monitor`, `containment-did-not-hold`, `human-account-takeover`, `human-privilege-escalation`, `privilege-escalation`, `stolen-machine-key` and `stolen-role-session`
          help: the connectors can `block_principal`, `delete_credential`, `disable_credential`, `disable_identity`, `remove_entitlement`, `revoke_sessions` and `rotate_credential`
        house/content/playbooks/human-account-takeover.yaml:14:10: warning: no connector can `require_reauthentication`, wanted by playbooks `human-account-takeover` and `human-privilege-escalation`
          help: the connectors can `block_principal`, `delete_credential`, `disable_credential`, `disable_identity`, `remove_entitlement`, `revoke_sessions` and `rotate_credential`
        house/interlock.toml:572:1: warning: `db` looks with the credentials that it writes with
          help: give it others to write with: `enforce_with` with `user` and `password`
        house/interlock.toml:576:12: warning: `postgresql` has no action that does `quarantine`
          help: it can `block_principal`, `disable_credential`, `disable_identity`, `remove_entitlement`, `revoke_sessions` and `rotate_credential`
        house/interlock.toml:580:12: warning: `broker` has no action that does `quarantine`
          help: it can `block_principal`, `delete_credential`, `disable_credential`, `revoke_sessions` and `rotate_credential`
    "#]];
    check("interlock.toml", enforcing(lines), 0, expected);
}

#[test]
fn mistakes_in_a_second_set_of_credentials() {
    let lines = r#"
[[connector]]
id = "db"
kind = "postgresql"
host = "db.example.com"
enforce = ["disable_identity"]
enforce_with = { user = "interlock_acts", password = { from = "env", name = "hush-hush" }, token = { from = "env", name = "T" } }
[[connector]]
id = "queue"
kind = "rabbitmq"
host = "queue.example.com"
user = "interlock"
enforce_with = { user = "interlock" }
[[connector]]
id = "ldap"
kind = "openldap"
url = "ldaps://ldap.example.com"
bind_dn = "cn=interlock,dc=example,dc=com"
password = { from = "file", path = "absent.password" }
base = "dc=example,dc=com"
enforce_with = { bind_dn = "cn=interlock-acts,dc=example,dc=com" }
[[connector]]
id = "okta"
kind = "okta"
url = "https://acme.okta.com"
token = { from = "env", name = "OKTA_TOKEN_OF_NOBODY" }
enforce_with = { client_id = "0oa1ci" }
[[connector]]
id = "app"
kind = "scim"
endpoint = "https://app.example.com/scim/v2"
token = { from = "env", name = "APP_TOKEN_OF_NOBODY" }
enforce_with = { token = { from = "env", name = "APP_ACTS_OF_NOBODY" }, pasword = "hush-hush" }
[[connector]]
id = "mine"
kind = "broker"
enforce_with = { token = { from = "env", name = "T" } }
"#;
    let expected = expect![[r#"
        house/interlock.toml:577:77: error: `name` must be the name of an environment variable
          help: such as `OKTA_TOKEN`; secrets never stand in this file
        house/interlock.toml:577:100: error: `token` is no credential of such a connector
          help: it proves itself by `user` and `password`
        house/interlock.toml:583:16: warning: `enforce_with` names the credentials that the connector has anyway
          help: leave it out, or name others
        house/interlock.toml:584:1: error: `FOLDER/house/absent.password`: the file is missing
          help: a file that holds the secret and nothing else
        house/interlock.toml:591:16: error: `enforce_with` replaces all credentials of the connector: missing field `password`
          help: it proves itself by `bind_dn` and `password`
        house/interlock.toml:592:1: warning: the environment variable `OKTA_TOKEN_OF_NOBODY` is not set here
          help: it must be where `interlock serve` runs
        house/interlock.toml:597:16: error: it does not say in one way what the connector proves itself by
          help: either `token`, or `client_id` and `key` of a service app
        house/interlock.toml:598:1: warning: the environment variable `APP_ACTS_OF_NOBODY` is not set here
          help: it must be where `interlock serve` runs
        house/interlock.toml:598:1: warning: the environment variable `APP_TOKEN_OF_NOBODY` is not set here
          help: it must be where `interlock serve` runs
        house/interlock.toml:603:73: error: unknown key `pasword` in `enforce_with`
          help: did you mean `password`?
        house/interlock.toml:607:1: error: unknown key `enforce_with` in `connector`
          help: `connector` knows `kind`, `id`, `enforce`, `settle`, `calls_per_second`, `state`, `token_life` and `client`
    "#]];
    check("interlock.toml", enforcing(lines), 1, expected);
}

#[test]
fn what_only_acts_is_left_where_it_is_unless_the_house_acts() {
    let lines = r#"
[[connector]]
id = "app"
kind = "scim"
endpoint = "https://app.example.com/scim/v2"
token = { from = "file", path = "looks.token" }
enforce = ["disable_identity", "remove_entitlement"]
enforce_with = { token = { from = "file", path = "absent.token" } }
"#;
    let folder = fresh();
    let house = folder.path().join("house");
    crate::program::write_secret(house.join("looks.token"), "a-token");
    let path = house.join("interlock.toml");
    let text = std::fs::read_to_string(&path).unwrap() + lines;
    for (mode, code) in [("observe", 0), ("recommend", 0), ("enforce", 1)] {
        let mode = format!("mode = \"{mode}\"");
        std::fs::write(&path, text.replace("mode = \"recommend\"", &mode)).unwrap();
        let ran = interlock(folder.path(), &["check", "house"]);
        assert_eq!(ran.code, code, "{mode}: {}", ran.out);
        assert_eq!(ran.out.contains("absent.token"), code == 1, "{mode}: {}", ran.out);
        assert!(!ran.out.contains("with the credentials that it writes with"), "{}", ran.out);
    }
    // What is not loaded is not missed either: `connector test` says that it was not tried.
    std::fs::write(&path, &text).unwrap();
    let ran = interlock(folder.path(), &["--config", "house", "connector", "test", "app"]);
    assert!(ran.err.contains("what app would act with is not loaded"), "{}", ran.err);
}
