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
            house/interlock.toml:492:6: error: it does not say in one way what the connector proves itself by
              help: either `token`, or `client_id` and `key` of a service app
            house/interlock.toml:494:7: error: what proves the connector would travel in clear
              help: use `https://`
            house/interlock.toml:497:11: warning: `rotate_credential` needs `delivery`: a new secret must have a place to go to
              help: a `[[delivery]]` that names its workloads
            house/interlock.toml:498:1: error: `FOLDER/house/absent.pem`: the file is missing
              help: a file that holds the secret and nothing else
            house/interlock.toml:500:8: error: a second one of this kind: ids do not say where they are from, so they would be looked for in the first
              help: one tenant or organisation for each house
            house/interlock.toml:505:6: error: it does not say in one way what the connector proves itself by
              help: either `secret` or `certificate`
            house/interlock.toml:507:10: error: `https://example.com` is not a tenant
              help: its id, or a domain of it such as `example.com`
            house/interlock.toml:509:9: error: what proves the connector would travel in clear
              help: use `https://`
            house/interlock.toml:510:1: warning: the environment variable `CI_SECRET_OF_NOBODY` is not set here
              help: it must be where `interlock serve` runs
            house/interlock.toml:514:40: error: `name` must be the name of an environment variable
              help: such as `OKTA_TOKEN`; secrets never stand in this file
            house/interlock.toml:515:26: error: `nowhere` is not an address
              help: such as `https://iam.example.com`
            house/interlock.toml:516:23: error: what proves the connector would travel in clear
              help: use `https://`
            house/interlock.toml:518:10: error: `registration_uri` and `registration_token` go together
              help: name both, or neither
            house/interlock.toml:518:48: error: `name` must be the name of an environment variable
              help: such as `OKTA_TOKEN`; secrets never stand in this file
            house/interlock.toml:519:10: error: the client id `ci` is empty or named twice
              help: each client once
        "#]],
    );
}
