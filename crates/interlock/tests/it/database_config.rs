//! Connectors of database servers as people write them: every mistake at once, each with its remedy.

use crate::init_check::{check, more};
use expect_test::expect;

#[test]
fn mistakes_in_databases() {
    check(
        "interlock.toml",
        more(
            r#"
[[connector]]
id = "pg"
kind = "postgresql"
host = "postgres://interlock:hush@db.example.com:5432/app"
password = { from = "env", name = "hush-hush" }
enforce = ["rotate_credential", "quarantine"]
[[connector]]
id = "pg-two"
kind = "postgresql"
host = "db.example.com"
password = { from = "file", path = "absent.password" }
delivery = "absent/role.json"
ca = "absent.pem"
[[connector]]
id = "maria"
kind = "mariadb"
host = "db.example.com"
tls = false
ca = "absent.pem"
database = "shop"
[[connector]]
id = "maria-two"
kind = "mariadb"
tls = false
host = "10.0.0.7"
"#,
        ),
        1,
        expect![[r#"
            house/content/playbooks/alert-of-another-monitor.yaml:14:15: warning: no connector can `quarantine`, wanted by playbooks `alert-of-another-monitor`, `containment-did-not-hold`, `human-account-takeover`, `human-privilege-escalation`, `privilege-escalation`, `stolen-machine-key` and `stolen-role-session`
              help: the connectors can `block_principal`, `disable_credential`, `disable_identity`, `remove_entitlement`, `require_reauthentication`, `revoke_sessions` and `rotate_credential`
            house/content/playbooks/containment-did-not-hold.yaml:13:15: warning: no connector can `delete_credential`, wanted by playbooks `containment-did-not-hold` and `stolen-machine-key`
              help: the connectors can `block_principal`, `disable_credential`, `disable_identity`, `remove_entitlement`, `require_reauthentication`, `revoke_sessions` and `rotate_credential`
            house/interlock.toml:575:8: error: `host` is not the name of a server
              help: a name or an address without port or user, such as `db.example.com`
            house/interlock.toml:576:35: error: `name` must be the name of an environment variable
              help: such as `OKTA_TOKEN`; secrets never stand in this file
            house/interlock.toml:577:11: warning: `rotate_credential` needs `delivery`: a new secret must have a place to go to
              help: such as `delivery = "delivered/{name}.json"`, or a `[[delivery]]` for its accounts
            house/interlock.toml:577:33: warning: `postgresql` has no action that does `quarantine`
              help: it can `block_principal`, `disable_credential`, `disable_identity`, `remove_entitlement`, `revoke_sessions` and `rotate_credential`
            house/interlock.toml:578:1: error: `FOLDER/house/absent.password`: the file is missing
              help: a file that holds the secret and nothing else
            house/interlock.toml:578:1: error: `FOLDER/house/absent.pem`: the file is missing
              help: certificates in PEM
            house/interlock.toml:580:8: error: a second server of this kind: logs name accounts without their server, so the wrong one might be contained
              help: one server of a kind for each house
            house/interlock.toml:583:12: error: the file's name must hold `{name}`, or two accounts share one password file
              help: such as `delivered/{name}.json`
            house/interlock.toml:583:12: error: the folder of the delivery files is missing
              help: make it, so that new passwords can be put there
            house/interlock.toml:590:6: error: `ca` is of no use without TLS
              help: leave `tls` out
            house/interlock.toml:591:1: error: unknown key `database` in `connector`
              help: `connector` knows `kind`, `id`, `enforce`, `settle`, `calls_per_second`, `enforce_with`, `host`, `port`, `user`, `password`, `tls`, `ca` and `delivery`
            house/interlock.toml:594:8: error: a second server of this kind: logs name accounts without their server, so the wrong one might be contained
              help: one server of a kind for each house
            house/interlock.toml:595:7: warning: the server is spoken to without TLS
              help: leave `tls` out
        "#]],
    );
}
