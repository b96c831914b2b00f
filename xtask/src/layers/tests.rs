//! Forbidden arrows and impure libraries, planted one by one, and each seen.

use super::*;
use serde_json::{Value, json};

/// The arrows that every healthy workspace has; they also use up the vetted list.
const HEALTHY: &str = "
    interlock -> interlock-engine
    interlock -> tokio
    interlock-connect -> interlock-connect-aws
    interlock-connect -> interlock-contain
    interlock-connect-aws -> aws-sigv4
    interlock-decide -> cedar-policy
    interlock-detect -> interlock-model
    interlock-detect -> interlock-ingest (dev)
    interlock-engine -> interlock-decide
    interlock-engine -> interlock-ingest
    interlock-ingest -> sonic-rs (dev)
    interlock-model -> sha2
    interlock-store -> sqlx
    cedar-policy -> cedar-policy-core
    cedar-policy -> serde_with
    cedar-policy-core -> chrono
    crypto-common -> rand_core
    serde_with -> chrono
    serde_with -> time
    sha2 -> crypto-common
    sqlx -> tokio
";

/// The answer that cargo would give for a workspace with these arrows.
fn metadata(arrows: &str) -> Value {
    let mut names = BTreeSet::new();
    let mut parsed = Vec::new();
    for arrow in arrows.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (from, rest) = arrow.split_once(" -> ").unwrap();
        let (to, kind) = match rest.split_once(" (") {
            Some((to, kind)) => (to, json!(kind.trim_end_matches(')'))),
            None => (rest, Value::Null),
        };
        names.extend([from, to]);
        parsed.push((from, to, kind));
    }
    let id = |name: &str| format!("registry#{name}@1.0.0");
    let node = |name: &str| {
        let deps: Vec<Value> = parsed
            .iter()
            .filter(|(from, _, _)| *from == name)
            .map(|(_, to, kind)| json!({"pkg": id(to), "dep_kinds": [{"kind": kind}]}))
            .collect();
        json!({"id": id(name), "deps": deps})
    };
    let ours = |name: &&&str| name.starts_with("interlock") || **name == "xtask";
    json!({
        "packages": names.iter().map(|name| json!({"id": id(name), "name": name})).collect::<Vec<_>>(),
        "workspace_members": names.iter().filter(ours).map(|name| id(name)).collect::<Vec<_>>(),
        "resolve": {"nodes": names.iter().map(|name| node(name)).collect::<Vec<_>>()},
    })
}

#[track_caller]
fn check_planted(planted: &str, expected: &[&str]) {
    let graph = Graph::from_metadata(&metadata(&format!("{HEALTHY}\n{planted}"))).unwrap();
    let seen: Vec<String> = check(&graph).into_iter().map(|breach| breach.what).collect();
    assert_eq!(seen, expected);
}

#[test]
fn a_healthy_workspace_has_no_breach() {
    check_planted("", &[]);
}

#[test]
fn each_forbidden_arrow_is_caught() {
    let table = [
        ("N1", "interlock-detect", "interlock-decide"),
        ("N1", "interlock-identity", "interlock-ingest"),
        ("N3", "interlock-connect", "interlock-store"),
        ("N3", "interlock-connect", "interlock-engine"),
        ("N3", "interlock-connect-aws", "interlock-store"),
        ("N4", "interlock-store", "interlock-connect"),
        ("N4", "interlock-store", "interlock-engine"),
        ("N4", "interlock-store", "interlock-contain"),
        ("L0", "interlock-model", "interlock-contain"),
        ("L2", "interlock-engine", "interlock-store"),
        ("L3", "interlock-contain", "interlock"),
        ("-", "xtask", "interlock-model"),
    ];
    for (_never, from, to) in table {
        let seen = format!("`{from}` must not use `{to}`");
        check_planted(&format!("{from} -> {to}"), &[&seen]);
    }
}

#[test]
fn a_build_script_is_code_that_ships_and_a_test_is_not() {
    check_planted(
        "interlock-detect -> interlock-identity (build)",
        &["`interlock-detect` must not use `interlock-identity`"],
    );
    check_planted("interlock-detect -> interlock-identity (dev)", &[]);
    check_planted(
        "interlock-identity -> interlock-ingest (dev)",
        &["`interlock-identity` must not use `interlock-ingest` in its tests"],
    );
}

#[test]
fn an_impure_library_is_caught_directly_and_behind_others() {
    check_planted(
        "interlock-contain -> tokio",
        &["`interlock-contain` is pure, but reaches sockets, files and timers: \
           interlock-contain -> tokio"],
    );
    check_planted(
        "interlock-identity -> innocent\ninnocent -> quiet\nquiet -> rusqlite\nrusqlite -> libsqlite3-sys",
        &["`interlock-identity` is pure, but reaches SQL and files: \
           interlock-identity -> innocent -> quiet -> rusqlite"],
    );
    check_planted("interlock-identity -> innocent (dev)\ninnocent -> tokio", &[]);
    check_planted("interlock-identity -> innocent\ninnocent -> tokio (build)", &[]);
}

#[test]
fn a_vetted_library_is_vetted_for_one_user_only() {
    check_planted(
        "interlock-model -> getrandom",
        &["`interlock-model` is pure, but reaches randomness: interlock-model -> getrandom"],
    );
    check_planted(
        "rand_core -> getrandom",
        &["`interlock-model` is pure, but reaches randomness: \
           interlock-model -> sha2 -> crypto-common -> rand_core -> getrandom"],
    );
}

#[test]
fn libraries_stay_in_their_room() {
    let table = [
        ("interlock-contain", "cedar-policy", "N9: only `decide` knows Cedar"),
        (
            "interlock-ingest",
            "sonic-rs",
            "only what reading is measured against; records are read by their tokens",
        ),
        (
            "interlock-connect-aws",
            "sqlx",
            "decision 0013: the memory, and the hands at database servers",
        ),
    ];
    for (from, library, reason) in table {
        let seen = format!("`{from}` must not use `{library}`: {reason}");
        check_planted(&format!("{from} -> {library}"), &[&seen]);
        check_planted(&format!("{from} -> {library} (dev)"), &[]);
    }
}

#[test]
fn an_unknown_crate_and_a_stale_exception_are_caught() {
    check_planted("interlock-util -> serde", &["`interlock-util` is not a known room"]);
    let without = HEALTHY.replace("serde_with -> time", "");
    let graph = Graph::from_metadata(&metadata(&without)).unwrap();
    let seen: Vec<String> = check(&graph).into_iter().map(|breach| breach.what).collect();
    assert_eq!(seen, ["`time` through `serde_with` is vetted, but no pure room reaches it"]);
}

#[test]
fn this_workspace_has_no_breach() {
    assert_eq!(check(&Graph::ask().unwrap()), []);
}
