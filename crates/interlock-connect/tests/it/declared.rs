//! Declared verbs on real systems: a script of sixty lines on a real SSH server, and a service on a real door.

use crate::badges::{Badges, SECRET};
use crate::drive::{Drive, on};
use crate::sshd::Sshd;
use interlock_connect::Secret;
use interlock_connect::command::{self, Program, Programs};
use interlock_connect::declared::{
    Aim, Declaration, Declared, DeclaredConfig, VerbDeclaration, intern,
};
use interlock_connect::webhook::{self, Address};
use interlock_contain::{CallError, Connector as _};
use interlock_model::{
    ActionKind, ConnectorId, CredentialKind, CredentialRef, Grade, Intent, Observation, Principal,
    Stops, Target, Timestamp,
};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// `svc:pw1` and `ann:pw2`.
const SVC: &str = "c3ZjOnB3MQ==";
const ANN: &str = "YW5uOnB3Mg==";

fn config(declaration: &Declaration) -> DeclaredConfig {
    DeclaredConfig {
        id: ConnectorId("own".into()),
        spec: intern(declaration),
        acts_as: Vec::new(),
        settle: Some(Duration::ZERO),
    }
}

fn verb(name: &str, does: ActionKind, aim: Aim, probe: bool) -> VerbDeclaration {
    VerbDeclaration {
        name: name.to_owned(),
        does,
        aim,
        summary: name.replace('_', " "),
        undo: Some(true),
        probe,
        stops: Stops { new: true, refresh: false, live: false },
        settle: Duration::ZERO,
        leaves: "sessions that are open".to_owned(),
        leaves_at_most: None,
    }
}

/// What the documentation offers.
fn recipe(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/recipes/ssh").join(name)
}

/// A bastion's keys; with a probe when the house has a copy of this one.
fn bastion(sshd: &Sshd, probe: Option<&str>) -> Declared {
    let script = recipe("authorized-keys.sh");
    let file = sshd.at("authorized_keys").to_str().unwrap().to_owned();
    let key = probe.map(|it| sshd.at(it).to_str().unwrap().to_owned()).unwrap_or_default();
    let environment = [
        ("PROBE_KEY", key),
        ("PROBE_PORT", sshd.port().to_string()),
        ("PROBE_USER", sshd.user().to_owned()),
    ];
    let environment: Vec<_> =
        environment.map(|(name, value)| (name.to_owned(), Secret::new(value))).into();
    let calls = ["read", "write", "verify", "undo", "probe"];
    let program = |call: &str| {
        let program = Program {
            path: script.clone(),
            arguments: vec![file.clone(), call.to_owned()],
            environment: environment.clone(),
            timeout: Duration::from_secs(20),
            most: 64 << 10,
        };
        (format!("remove_key.{call}"), program)
    };
    let aim = Aim::Credential(CredentialKind::AccessKey);
    let declaration = Declaration {
        kind: "command",
        provider: "bastion".to_owned(),
        title: "a bastion".to_owned(),
        verbs: vec![verb("remove_key", ActionKind::DisableCredential, aim, probe.is_some())],
    };
    command::connector(config(&declaration), Programs(calls.map(program).into()))
}

fn key(fingerprint: &str) -> Intent {
    let principal = Principal::new("bastion", "svc");
    let credential = CredentialRef::new("bastion", CredentialKind::AccessKey, fingerprint);
    let target = Target::Credential { principal, credential };
    Intent { kind: ActionKind::DisableCredential, target }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_takes_a_key_out_of_a_real_server_and_puts_it_back() {
    let Some(sshd) = Sshd::start().await else { return };
    let (svc, ann) = (sshd.key("svc"), sshd.key("ann"));
    for name in ["svc", "ann"] {
        sshd.authorize(name);
        assert!(sshd.opens(name), "{name}: {}", sshd.log());
    }
    let before = sshd.authorized();
    let mut session = sshd.session("svc");

    // Without a probe its own word is all there is.
    let connector = bastion(&sshd, None);
    let checks = connector.check().await;
    assert!(checks.iter().all(|it| it.outcome.is_ok()), "{checks:#?}");
    let mut drive = Drive::new(&connector, key(&svc));
    drive.contained("command.remove_key").await;
    assert_eq!(drive.grade(), Grade::Applied);
    assert!(!sshd.opens("svc") && sshd.opens("ann"));
    assert!(session.lives(), "what it leaves is really left");
    assert_eq!(drive.residual()[0].what, "sessions that are open");
    drive.undone().await;
    assert_eq!(sshd.authorized(), before);
    assert!(sshd.opens("svc"));
    assert_eq!(drive.writes(), 2);

    // With one it is proven, and somebody who lets the key in again is seen.
    let connector = bastion(&sshd, Some("svc"));
    let mut drive = Drive::new(&connector, key(&svc));
    drive.contained("command.remove_key").await;
    assert_eq!(drive.grade(), Grade::Effective);
    std::fs::write(sshd.at("authorized_keys"), &before).unwrap();
    assert!(matches!(drive.observed().await, Observation::DoesNotHold { .. }));

    // A probe is only as good as what it tries: the key of another still opens.
    let connector = bastion(&sshd, Some("ann"));
    let mut drive = Drive::new(&connector, key(&svc));
    drive.contained("command.remove_key").await;
    assert_ne!(drive.grade(), Grade::Effective);
    drive.undone().await;
    let strange = crate::drive::plan(&connector, "command.remove_key", &key("SHA256:none")).await;
    assert!(matches!(strange, Err(CallError::NotFound { .. })), "{strange:?}");
    assert!(sshd.opens("ann") && !ann.is_empty());
}

/// The service dates its answers: a clock that is years off would be the first thing to mend.
fn real_now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "the service looks at the system's clock")]
    Timestamp::now()
}

fn badges(service: &Badges, secret: &str) -> Declared {
    let aim = Aim::Principal(vec!["*".to_owned()]);
    let declaration = Declaration {
        kind: "webhook",
        provider: "badges".to_owned(),
        title: "badges".to_owned(),
        verbs: vec![verb("lock_badge", ActionKind::DisableIdentity, aim, false)],
    };
    let address = Address {
        url: service.url(),
        key: Secret::new(secret),
        timeout: Duration::from_secs(10),
        now: real_now,
    };
    webhook::connector(config(&declaration), address)
}

#[tokio::test]
async fn a_service_locks_a_real_badge_and_opens_it_again() {
    let Some(service) = Badges::start().await else { return };
    assert!(service.opens(SVC) && service.opens(ANN));
    let before = service.text();
    let connector = badges(&service, SECRET);
    let checks = connector.check().await;
    assert!(checks.len() == 4 && checks.iter().all(|it| it.outcome.is_ok()), "{checks:#?}");
    let svc = on(ActionKind::DisableIdentity, &Principal::new("badges", "svc"));
    let mut drive = Drive::new(&connector, svc.clone());
    drive.contained("webhook.lock_badge").await;
    assert_eq!(drive.grade(), Grade::Applied);
    assert!(!service.opens(SVC) && service.opens(ANN));
    drive.undone().await;
    assert_eq!(service.text(), before);
    assert!(service.opens(SVC));
    assert_eq!(drive.writes(), 2);

    // Whoever has not the key changes nothing.
    let stranger = badges(&service, "another-secret");
    let refused = crate::drive::plan(&stranger, "webhook.lock_badge", &svc).await;
    assert!(matches!(refused, Err(CallError::Denied { .. })), "{refused:?}");
    assert_eq!(service.text(), before);
}
