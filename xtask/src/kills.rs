//! `cargo xtask kills`: a real house killed again and again at each real server, as one table.
//!
//! The rows come out of tests, which hold what they say; the full suite runs the same tests with fewer
//! kills.

use crate::arguments::{Arguments, WrongUse};
use crate::report::{Ending, Outcome, Report, cargo};
use crate::test::environment;
use anyhow::{Context, Result, bail};
use std::ffi::OsString;

/// How the verb is called.
pub const USAGE: &str = "kills [--kills NUMBER] [--server NAME]";

/// How often each house is killed.
const KILLS: u32 = 100;

/// Every server, and the test that kills there.
const SERVERS: &[(&str, &str)] = &[
    ("aws-organizations", "kills_hosted::on_an_organization"),
    ("broker", "kills_issuers::on_the_broker"),
    ("entra", "kills_hosted::on_entra"),
    ("github", "kills_hosted::on_github"),
    ("google-cloud", "kills_hosted::on_google_cloud"),
    ("kmock", "kills::on_kmock"),
    ("mariadb", "kills::on_mariadb"),
    ("ministack", "kills::on_ministack"),
    ("oidc-provider", "kills_issuers::on_oidc_provider"),
    ("okta", "kills_hosted::on_okta"),
    ("openbao", "kills::on_openbao"),
    ("openldap", "kills::on_openldap"),
    ("openssh", "ssh::a_house_that_is_killed_while_it_writes_leaves_a_whole_list"),
    ("postgresql", "kills::on_postgresql"),
    ("rabbitmq", "kills::on_rabbitmq"),
    ("redis", "kills::on_redis"),
    ("rotation-files", "kills_rotating::rotating_aws_keys_into_files"),
    ("rotation-openbao", "kills_rotating::rotating_aws_keys_into_openbao"),
    ("rotation-passwords", "kills_rotating::rotating_passwords_into_files"),
    ("samba", "kills::on_samba"),
    ("scim", "kills::on_scim"),
];

/// Runs the verb on the workspace.
pub fn run(words: &[String]) -> Result<Outcome> {
    let arguments = Arguments::parse(words, &[], &["--kills", "--server"])?.without_rest()?;
    let kills = arguments.number("--kills", KILLS)?;
    let one = arguments.text("--server");
    if let Some(name) = one
        && SERVERS.iter().all(|it| it.0 != name)
    {
        let names: Vec<&str> = SERVERS.iter().map(|it| it.0).collect();
        let what = format!("there is no server `{name}`, only `{}`", names.join("`, `"));
        return Err(WrongUse::new(what).into());
    }
    let mut report = Report::new("kills");
    let environment = environment(&mut report);
    let mut table: Vec<String> = Vec::new();
    for (name, test) in SERVERS.iter().filter(|it| one.is_none_or(|one| one == it.0)) {
        report.step(name, || {
            let (said, held) = ask(test, kills, &environment)?;
            for line in said.lines().filter(|it| it.starts_with("| ")) {
                if !table.iter().any(|it| it == line) {
                    table.push(line.to_owned());
                }
            }
            Ok(if held {
                Ending::Passed
            } else {
                Ending::Failed(format!("`{test}` does not hold"))
            })
        });
    }
    for line in table {
        println!("{line}");
    }
    Ok(report.finish())
}

/// What a test prints, and whether it holds.
fn ask(test: &str, kills: u32, environment: &[(&str, OsString)]) -> Result<(String, bool)> {
    let output = cargo()
        .args(["test", "--quiet", "--locked", "--package", "interlock", "--test", "real"])
        .args(["--", "--exact", test, "--show-output"])
        .envs(environment.iter().cloned())
        .env("INTERLOCK_TEST_KILLS", kills.to_string())
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("cannot run cargo")?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if !said.contains("running 1 test") {
        bail!("`{test}` did not run: was it renamed?");
    }
    if !output.status.success() {
        eprintln!("{said}");
    }
    Ok((said, output.status.success()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_sorted_and_their_tests_are_there() {
        assert!(SERVERS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        let folder = crate::places::root().join("crates/interlock/tests/real");
        for (_, test) in SERVERS {
            let (file, name) = test.split_once("::").unwrap();
            let text = std::fs::read_to_string(folder.join(format!("{file}.rs"))).unwrap();
            assert!(text.contains(&format!("async fn {name}()")), "{test}");
        }
    }
}
