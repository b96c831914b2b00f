//! What tests on real servers share: their programs, free ports, commands that must succeed.

use std::ffi::OsString;
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Command, Stdio};

/// The program that a variable names; without it the test is skipped, or fails where it is required.
pub fn program(variable: &str) -> Option<OsString> {
    let program = std::env::var_os(variable);
    if program.is_none() {
        let required = std::env::var_os("INTERLOCK_TEST_REQUIRE").is_some_and(|it| it == "1");
        assert!(!required, "{variable} does not name the server's program");
        println!("skipped: {variable} does not name the server's program");
    }
    program
}

pub fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// Runs a command with this input; whether it succeeded, and all that it said.
pub fn run(command: &mut Command, input: &str) -> (bool, String) {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|it| panic!("{command:?}: {it}"));
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    let text =
        String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    (done.status.success(), text)
}

#[track_caller]
pub fn must(command: &mut Command, input: &str) -> String {
    let (done, text) = run(command, input);
    assert!(done, "{command:?}: {text}");
    text
}
