//! `cargo xtask test`: the full suite. Installs what is missing, tests, fuzzes, sums up.

use crate::arguments::Arguments;
use crate::report::{Ending, Outcome, Report, cargo, run as run_program};
use crate::targets::{self, PACKAGES, TARGETS};
use crate::{docs, fuzz, places};
use anyhow::Result;
use std::ffi::OsString;
use std::process::{Command, Stdio};

/// How the verb is called.
pub const USAGE: &str = "test [--quick]";

/// Seconds that each fuzz target gets in the full suite.
const FUZZ_SECONDS: u64 = 10;

/// Tests that need a server fail without it when this is set, instead of skipping themselves.
const REQUIRE: &str = "INTERLOCK_TEST_REQUIRE";

/// Runs the verb on the workspace.
pub fn run(words: &[String]) -> Result<Outcome> {
    let arguments = Arguments::parse(words, &["--quick"], &[])?.without_rest()?;
    let quick = arguments.switch("--quick");
    let mut report = Report::new("test");

    let environment = if quick { Vec::new() } else { environment(&mut report) };

    let with_nextest = has_nextest();
    report.step(if with_nextest { "tests (nextest)" } else { "tests (cargo test)" }, || {
        let mut command = cargo();
        if with_nextest {
            command.args(["nextest", "run", "--workspace", "--locked", "--no-fail-fast"]);
            command.args(["--test-threads", &at_once().to_string()]);
        } else {
            command.args(["test", "--workspace", "--locked", "--all-targets", "--no-fail-fast"]);
        }
        run_program(command.envs(environment.iter().cloned()))
    });
    report.step("documentation tests", || {
        run_program(cargo().args(["test", "--workspace", "--locked", "--doc"]))
    });
    report.step("generated documents", || {
        if places::root().join(docs::FOLDER).is_dir() {
            // As the tests were built: built by itself it would take other features of its libraries.
            docs::check(&docs::debug_program())
        } else {
            Ok(Ending::Skipped(format!("there is no {} yet", docs::FOLDER)))
        }
    });

    if !quick {
        match fuzz::targets()? {
            targets if targets.is_empty() => {
                report.step("fuzzing", || Ok(Ending::Skipped("no fuzz target".to_string())));
            }
            targets => {
                let mut built = None;
                report.step("build fuzz targets", || {
                    built = Some(fuzz::build()?);
                    Ok(Ending::Passed)
                });
                if let Some(built) = built {
                    for target in &targets {
                        report.step(&format!("fuzz {target}"), || {
                            fuzz::one(&built, target, FUZZ_SECONDS)
                        });
                    }
                }
            }
        }
    }
    Ok(report.finish())
}

/// Has everything that tests need beside cargo, and gives the variables that tell them where it is.
pub fn environment(report: &mut Report) -> Vec<(&'static str, OsString)> {
    let mut environment: Vec<(&str, OsString)> = Vec::new();
    for target in TARGETS {
        report.step(&format!("have {}", target.name), || {
            environment.push((target.variable, targets::python(target)?.into()));
            Ok(Ending::Passed)
        });
    }
    for package in PACKAGES {
        report.step(&format!("have {}", package.name), || {
            environment.push((package.variable, targets::package(package)?.into()));
            Ok(Ending::Passed)
        });
    }
    report.step("have nats-server", || {
        environment.push((targets::NATS, targets::nats()?.into()));
        Ok(Ending::Passed)
    });
    report.step("have slapd", || {
        environment.push((targets::SLAPD, targets::slapd()?.into()));
        Ok(Ending::Passed)
    });
    report.step("have Samba", || {
        environment.push((targets::SAMBA, targets::samba()?.into()));
        Ok(Ending::Passed)
    });
    report.step("have MariaDB", || {
        environment.push((targets::MARIADB, targets::mariadb()?.into()));
        Ok(Ending::Passed)
    });
    report.step("have PostgreSQL", || {
        environment.push((targets::POSTGRESQL, targets::postgresql()?.into()));
        Ok(Ending::Passed)
    });
    report.step("have Python", || {
        environment.push((targets::PYTHON3, targets::python3()?.into()));
        Ok(Ending::Passed)
    });
    report.step("have RabbitMQ", || {
        environment.push((targets::RABBITMQ, targets::rabbitmq()?.into()));
        Ok(Ending::Passed)
    });
    report.step("have Redis", || {
        environment.push((targets::REDIS, targets::redis()?.into()));
        Ok(Ending::Passed)
    });
    report.step("have sshd", || {
        environment.push((targets::SSHD, targets::sshd()?.into()));
        Ok(Ending::Passed)
    });
    environment.push((REQUIRE, "1".into()));
    environment
}

/// Tests at one time. The long ones mostly wait for a server, so that the processors have room for more.
fn at_once() -> usize {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    processors + processors.div_ceil(2)
}

fn has_nextest() -> bool {
    Command::new("cargo-nextest")
        .args(["nextest", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
