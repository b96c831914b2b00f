//! What a program may and may not do while it runs, and what its end means.

use super::fake::Fake;
use super::{Program, Programs, connector};
use crate::Secret;
use crate::conformance::{Trouble, noon};
use crate::declared::fake::{NAME, PLANTED, config, spec};
use interlock_contain::{CallError, Connector as _, ReadCx};
use interlock_model::{ActionKind, Evidence, Intent, Observation, Principal, Step, StepId, Target};
use std::path::Path;
use std::time::Duration;

const LOCK: &str = "command.lock_account";

fn intent(name: &str) -> Intent {
    let principal = Principal::new("bastion", name);
    Intent { kind: ActionKind::DisableIdentity, target: Target::Principal { principal } }
}

/// What planning says when looking is done by this script.
async fn planned(script: &str, change: impl FnOnce(&mut Program)) -> Result<Step, CallError> {
    let mut program = Program {
        path: "/bin/sh".into(),
        arguments: vec!["-c".to_owned(), script.to_owned()],
        environment: vec![("TOKEN".to_owned(), Secret::new(PLANTED))],
        timeout: Duration::from_secs(20),
        most: 1 << 10,
    };
    change(&mut program);
    let mut programs = Programs::default();
    programs.0.insert("lock_account.read".to_owned(), program);
    let connector = connector(config("command"), programs);
    let action = connector.actions().into_iter().find(|it| it.spec().name == LOCK).unwrap();
    let cx = ReadCx::new(action.spec(), noon());
    action.plan(&cx, &intent(NAME), StepId::derive(&["test"])).await
}

/// The state that a script answers.
async fn state(script: &str) -> String {
    planned(script, |_| {}).await.unwrap().before.to_string()
}

#[tokio::test]
async fn a_program_gets_the_question_and_nothing_else() {
    // What a shell sets by itself is not what it was given.
    let variables = r#"e=$(/usr/bin/env | /usr/bin/grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD= | /usr/bin/wc -l)
        echo "{\"state\":{\"n\":\"$e\",\"at\":\"$PWD\",\"token\":\"${#TOKEN}\"},\"wanted\":{}}""#;
    assert_eq!(state(variables).await, format!("at=/, n=1, token={}", PLANTED.len()));
    let asked = r#"read -r q; n=${q#*\"principal\":\"}; n=${n%%\"*}; c=${q#*\"call\":\"}; c=${c%%\"*}
        echo "{\"state\":{\"name\":\"$n\",\"call\":\"$c\"},\"wanted\":{}}""#;
    assert_eq!(state(asked).await, format!("call=read, name={NAME}"));
}

#[tokio::test]
async fn a_name_that_looks_like_a_command_is_only_a_name() {
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("mark");
    let fake = Fake::new();
    let connector = connector(config("command"), fake.programs());
    let action = connector.actions().into_iter().find(|it| it.spec().name == LOCK).unwrap();
    let name = format!("$(touch {0}); `touch {0}` \"; touch {0}", mark.display());
    let cx = ReadCx::new(action.spec(), noon());
    action.plan(&cx, &intent(&name), StepId::derive(&["test"])).await.unwrap();
    assert!(!mark.exists());
}

#[tokio::test]
async fn its_end_says_what_to_do_next() {
    for (code, says) in [
        (64, "`lock_account.read` ended with 64: no"),
        (66, "`svc` is not there"),
        (69, "not possible here: `lock_account.read` ended with 69: no"),
        (75, "`lock_account.read` ended with 75: no; to be tried again in 5 s"),
        (77, "missing permission `lock_account.read`"),
        (1, "`lock_account.read` ended with 1: no; to be tried again in 5 s"),
    ] {
        let error = planned(&format!("echo no >&2; exit {code}"), |_| {}).await.unwrap_err();
        assert_eq!(error.to_string(), says);
    }
    let error = planned("kill -KILL $$", |_| {}).await.unwrap_err();
    assert!(error.to_string().contains("was ended by a signal"), "{error}");
    let error = planned("", |it| it.path = "/absent/program".into()).await.unwrap_err();
    assert!(matches!(error, CallError::Unsupported { .. }), "{error}");
}

#[tokio::test]
async fn what_it_started_ends_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pid");
    // The child ignores what a polite end would be.
    let script = format!(
        "/bin/sh -c 'trap \"\" TERM HUP; echo $$ >{}; while :; do /bin/sleep 1; done' & wait",
        file.display()
    );
    let error = planned(&script, |it| it.timeout = Duration::from_millis(700)).await.unwrap_err();
    assert!(error.to_string().contains("took longer than"), "{error}");
    let pid = std::fs::read_to_string(&file).unwrap();
    let process = Path::new("/proc").join(pid.trim()).join("status");
    // Killed: gone, or waiting for somebody to notice.
    let mut pace = tokio::time::interval(Duration::from_millis(20));
    for _ in 0..500 {
        pace.tick().await;
        let status = std::fs::read_to_string(&process).unwrap_or_default();
        if status.is_empty() || status.contains("State:\tZ") {
            return;
        }
    }
    panic!("{pid} lives");
}

#[tokio::test]
async fn an_answer_is_bounded_and_in_its_form() {
    let endless = planned("while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaa; done", |_| {}).await;
    assert!(endless.unwrap_err().to_string().contains("more than 1024 bytes"));
    for script in
        ["echo {}", "echo '{\"state\":{}}'", "echo '{\"state\":{\"a\":1},\"wanted\":{}}'", ""]
    {
        let error = planned(script, |_| {}).await.unwrap_err();
        assert!(matches!(error, CallError::Invalid { .. }), "{script}: {error}");
        assert!(error.to_string().contains("the form that is documented"), "{error}");
    }
}

#[tokio::test]
async fn a_secret_is_masked_in_words_and_refused_in_answers() {
    let error = planned("echo it is $TOKEN >&2; exit 64", |_| {}).await.unwrap_err();
    assert_eq!(error.to_string(), "`lock_account.read` ended with 64: it is (secret)");
    let told = r#"echo "{\"state\":{\"a\":\"$TOKEN\"},\"wanted\":{}}""#;
    let error = planned(told, |_| {}).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the answer of `lock_account.read` holds a secret that it was given"
    );
}

#[tokio::test]
async fn a_probe_is_evidence_and_its_absence_is_none() {
    let fake = Fake::new();
    let connector = connector(config("command"), fake.programs());
    let action = connector.actions().into_iter().find(|it| it.spec().name == LOCK).unwrap();
    let cx = ReadCx::new(action.spec(), noon());
    let step = action.plan(&cx, &intent(NAME), StepId::derive(&["test"])).await.unwrap();
    assert!(matches!(action.probe(&cx, &step).await, Some(Evidence::SuccessfulUse { .. })));
    fake.change(action.spec().write, "out");
    assert_eq!(
        action.probe(&cx, &step).await,
        Some(Evidence::Probe { how: "signed in as svc".to_owned() })
    );
    fake.trouble(action.spec().reads[2], Trouble::Denied);
    assert_eq!(action.probe(&cx, &step).await, None);
    assert!(matches!(action.verify(&cx, &step).await, Observation::Holds { .. }));
}

#[tokio::test]
async fn whom_it_acts_as_and_strangers_are_refused() {
    let fake = Fake::new();
    let connector = connector(config("command"), fake.programs());
    let action = connector.actions().into_iter().find(|it| it.spec().name == LOCK).unwrap();
    let cx = ReadCx::new(action.spec(), noon());
    let id = || StepId::derive(&["test"]);
    let error = action.plan(&cx, &intent("Interlock"), id()).await.unwrap_err();
    assert!(error.to_string().contains("acts as `Interlock` itself"), "{error}");
    let principal = Principal::new("elsewhere", NAME);
    let target = Target::Principal { principal };
    let elsewhere = Intent { kind: ActionKind::DisableIdentity, target };
    let error = action.plan(&cx, &elsewhere, id()).await.unwrap_err();
    assert!(error.to_string().contains("is not declared for"), "{error}");
    assert_eq!(connector.own_principals().await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_check_runs_nothing_and_sees_what_others_may_write() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("program");
    let mark = folder.path().join("mark");
    std::fs::write(&file, format!("#!/bin/sh\n: >{}\n", mark.display())).unwrap();
    let mut programs = Fake::new().programs();
    for program in programs.0.values_mut() {
        program.path.clone_from(&file);
    }
    let connector = connector(config("command"), programs);
    for (mode, says) in
        [(0o644, Some("make it executable")), (0o777, Some("others may write")), (0o755, None)]
    {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let checks = connector.check().await;
        assert_eq!(checks.len(), crate::reference::permissions(spec("command")).enforce.len());
        for check in checks {
            let why = check.outcome.err();
            assert_eq!(why.is_some(), says.is_some(), "{mode:o}: {why:?}");
            assert!(why.is_none_or(|why| why.to_string().contains(says.unwrap())), "{mode:o}");
        }
    }
    assert!(!mark.exists());
}
