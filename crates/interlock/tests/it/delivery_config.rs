//! What is wrong with places of delivery is told with its place, all at once.

use crate::init_check::{check, more};
use expect_test::expect;

#[test]
fn mistakes_in_places_of_delivery() {
    check(
        "interlock.toml",
        more(
            r#"
[[delivery]]
for = ["broker:*", "shop"]
kind = "webhook"
url = "http://credentials.example.com/interlock"
secret = { from = "env", name = "CREDENTIALS_SECRET_OF_NOBODY" }
public_key = "c2hvcnQ="
name = "one"
timeout = "1m"
[[delivery]]
for = ["broker:*"]
kind = "webhook"
url = "https://credentials.example.com/interlock"
secret = { from = "env", name = "CREDENTIALS_SECRET_OF_NOBODY" }
public_key = "qrY7bgv3G2Hnp+sZMy3rp9qQ36Xiu1KnpGhtR7OUd1Q="
name = "one"
restore = true
[[delivery]]
for = ["broker:a"]
kind = "vault_kv"
through = "vault"
path = "../apps"
[[delivery]]
for = []
kind = "file"
path = "absent/key.json"
mode = "0644"
"#,
        ),
        1,
        expect![[r#"
            house/interlock.toml: warning: the environment variable `CREDENTIALS_SECRET_OF_NOBODY` is not set here
              help: it must be where `interlock serve` runs
            house/interlock.toml:573:7: error: `for` names no workload
              help: such as `["postgresql:app"]` or `["broker:*"]`
            house/interlock.toml:575:7: error: whoever stands between could read and hold back what is asked
              help: use `https://`
            house/interlock.toml:577:14: error: this is no public key for sealing
              help: 32 bytes of X25519 in base64: 44 characters
            house/interlock.toml:579:11: error: `1m` is no time that a call may take
              help: from `1s` to `25s`
            house/interlock.toml:581:7: error: several workloads would share one credential's place
              help: name one, or put `{name}` into the place's name
            house/interlock.toml:587:1: error: unknown key `restore` in `delivery`
              help: did you mean `restores`?
            house/interlock.toml:591:11: error: there is no connector `vault` of kind `vault`
              help: add a `[[connector]]` of kind `vault`; without `enforce` it delivers all the same
            house/interlock.toml:592:8: error: `../apps` is no path of Vault
              help: such as `apps/{name}`, without `data/`
            house/interlock.toml:594:7: error: `for` names no workload
              help: such as `["postgresql:app"]` or `["broker:*"]`
            house/interlock.toml:596:8: error: the folder of the delivery file is missing
              help: make it, so that credentials can be put there
            house/interlock.toml:597:8: error: `0644` is no mode for a secret
              help: `0600`, `0640`, `0440` or `0400`: never for everybody
        "#]],
    );
}
