//! Keys, certificates and key ids on a real SSH server, with its own client and OpenSSH's own tool.
//!
//! Proves: `ssh.revoke_certificate`, `ssh.revoke_key`, `ssh.revoke_key_id`

use crate::drive::{Drive, on};
use crate::server::must;
use crate::sshd::Sshd;
use interlock_connect::ssh::{Authority, Door, Ssh, SshConfig};
use interlock_contain::{Access, CanaryCx, Connector as _};
use interlock_model::{
    ActionKind, ConnectorId, CredentialKind, CredentialRef, Grade, Intent, Observation, Principal,
    Target,
};
use std::process::Command;
use std::time::Duration;

/// A connector whose list this server reads.
fn connector(sshd: &Sshd) -> Ssh {
    Ssh::new(config(sshd))
}

fn config(sshd: &Sshd) -> SshConfig {
    let authority = std::fs::read_to_string(sshd.at("ca.pub")).unwrap();
    SshConfig {
        id: ConnectorId("hosts".into()),
        revoked_keys: sshd.at("krl"),
        mode: None,
        user: None,
        group: None,
        authorities: Authority::read(&authority).unwrap(),
        ssh_keygen: "/usr/bin/ssh-keygen".into(),
        door: None,
        settle: Some(Duration::ZERO),
    }
}

fn revoked(kind: CredentialKind, id: &str) -> Intent {
    let principal = Principal::new("ssh", "hosts/svc");
    let credential = CredentialRef::new("ssh", kind, id);
    let target = Target::Credential { principal, credential };
    Intent { kind: ActionKind::DisableCredential, target }
}

fn list(sshd: &Sshd) -> Vec<u8> {
    std::fs::read(sshd.at("krl")).unwrap()
}

/// What somebody else has revoked, by OpenSSH's own tool.
fn of_others(sshd: &Sshd, more: &[&str], spec: &str) {
    std::fs::write(sshd.at("spec"), spec).unwrap();
    let mut command = Command::new("/usr/bin/ssh-keygen");
    command.args(["-q", "-k"]).args(more).arg("-f").arg(sshd.at("krl"));
    must(command.arg("-s").arg(sshd.at("ca.pub")).arg(sshd.at("spec")), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_revoked_opens_no_session_until_it_is_taken_back() {
    let Some(sshd) = Sshd::start().await else { return };
    for (name, serial) in [("svc", 1001), ("ann", 1002), ("old", 7)] {
        sshd.key(name);
        sshd.sign(name, serial);
        assert!(sshd.opens(name), "{name}: {}", sshd.log());
    }
    of_others(&sshd, &[], "serial: 7\nserial: 500-600\nid: gone\n");
    let before = list(&sshd);
    let connector = connector(&sshd);
    let checks = connector.check().await;
    assert!(checks.len() == 3 && checks.iter().all(|it| it.outcome.is_ok()), "{checks:#?}");
    let authority = must(Command::new("/usr/bin/ssh-keygen").arg("-lf").arg(sshd.at("ca.pub")), "");
    let authority = authority.split_whitespace().nth(1).unwrap();
    let by_key_id = on(ActionKind::DisableIdentity, &Principal::new("ssh", "hosts/svc"));
    for (action, intent) in [
        ("ssh.revoke_certificate", revoked(CredentialKind::Certificate, "1001")),
        (
            "ssh.revoke_certificate",
            revoked(CredentialKind::Certificate, &format!("{authority}/1001")),
        ),
        ("ssh.revoke_key_id", by_key_id),
    ] {
        assert!(sshd.opens("svc"), "{}", sshd.log());
        let mut session = sshd.session("svc");
        let mut drive = Drive::new(&connector, intent);
        drive.contained(action).await;
        assert_eq!(drive.grade(), Grade::Applied, "a list is only what somebody else will ask");
        assert!(!sshd.opens("svc"), "{action}: {}", sshd.log());
        assert!(sshd.opens("ann") && !sshd.opens("old"), "{action}: {}", sshd.log());
        assert!(session.lives(), "what it leaves is really left");
        assert!(drive.residual()[0].what.starts_with("sessions that are open"));
        drive.undone().await;
        assert!(sshd.opens("svc") && !sshd.opens("old"), "{action}: {}", sshd.log());
        assert_eq!(list(&sshd), before, "{action}: byte for byte");
        assert_eq!(drive.writes(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_revoked_with_its_certificates_and_comes_back() {
    let Some(sshd) = Sshd::start().await else { return };
    let (svc, ann) = (sshd.key("svc"), sshd.key("ann"));
    for name in ["svc", "ann"] {
        sshd.authorize(name);
        assert!(sshd.opens(name), "{name}: {}", sshd.log());
    }
    // Another certificate for the same key, which the server would take without the key's own line.
    std::fs::copy(sshd.at("svc"), sshd.at("certified")).unwrap();
    std::fs::copy(sshd.at("svc.pub"), sshd.at("certified.pub")).unwrap();
    sshd.sign("certified", 1001);
    let before = list(&sshd);
    let connector = connector(&sshd);
    let mut session = sshd.session("svc");
    let mut drive = Drive::new(&connector, revoked(CredentialKind::AccessKey, &svc));
    drive.contained("ssh.revoke_key").await;
    assert!(!sshd.opens("svc") && !sshd.opens("certified"), "{}", sshd.log());
    assert!(sshd.opens("ann") && session.lives(), "{}", sshd.log());
    drive.undone().await;
    assert!(sshd.opens("svc") && sshd.opens("certified"), "{}", sshd.log());
    assert_eq!(list(&sshd), before, "byte for byte");

    // Somebody lets it in again behind the connector's back, and that is seen.
    let mut drive = Drive::new(&connector, revoked(CredentialKind::AccessKey, &ann));
    drive.contained("ssh.revoke_key").await;
    std::fs::write(sshd.at("krl"), &before).unwrap();
    assert!(matches!(drive.observed().await, Observation::DoesNotHold { .. }));
    assert!(sshd.opens("ann"), "{}", sshd.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_openssh_has_merged_is_still_taken_back_alone() {
    let Some(sshd) = Sshd::start().await else { return };
    for (name, serial) in [("svc", 1001), ("ann", 1002), ("bob", 1003)] {
        sshd.key(name);
        sshd.sign(name, serial);
    }
    let connector = connector(&sshd);
    let mut drive = Drive::new(&connector, revoked(CredentialKind::Certificate, "1002"));
    drive.contained("ssh.revoke_certificate").await;
    // The neighbours on both sides: of the three, the tool makes one range.
    of_others(&sshd, &["-u"], "serial: 1001\nserial: 1003\n");
    let said =
        must(Command::new("/usr/bin/ssh-keygen").args(["-Q", "-l", "-f"]).arg(sshd.at("krl")), "");
    assert!(said.contains("serial: 1001-1003"), "{said}");
    assert!(matches!(drive.observed().await, Observation::Holds { .. }));
    assert!(!sshd.opens("ann"), "{}", sshd.log());
    drive.undone().await;
    assert!(sshd.opens("ann"), "{}", sshd.log());
    assert!(!sshd.opens("svc") && !sshd.opens("bob"), "theirs stays: {}", sshd.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_is_tried_at_the_door_itself_and_its_key_is_nowhere() {
    let Some(sshd) = Sshd::start().await else { return };
    sshd.key("canary");
    sshd.sign("canary", 1001);
    let read = |name: &str| std::fs::read_to_string(sshd.at(name)).unwrap();
    let host = read("host.pub");
    let host: Vec<&str> = host.split_whitespace().take(2).collect();
    let known = format!("[127.0.0.1]:{} {}\n", sshd.port(), host.join(" "));
    std::fs::write(sshd.at("known_hosts"), known).unwrap();
    let door = Door {
        host: "127.0.0.1".to_owned(),
        port: sshd.port(),
        user: sshd.user().to_owned(),
        known_hosts: sshd.at("known_hosts"),
        ssh: "/usr/bin/ssh".into(),
    };
    let with = |door: Option<Door>| Ssh::new(SshConfig { door, ..config(&sshd) });
    let connector = with(Some(door.clone()));
    let (canary, cx) = (Principal::new("ssh", "hosts/canary"), CanaryCx::new());
    let (key, certificate) = (read("canary"), read("canary-cert.pub"));
    let secret = format!("{key}{certificate}");
    let refused = |it: &Access| matches!(it, Access::Refused { .. });
    let unknown = |it: &Access| matches!(it, Access::CannotTell { .. });

    assert_eq!(connector.try_access(&cx, &canary, &secret).await, Access::Accepted);
    // Without its certificate the key is nobody's.
    let seen = connector.try_access(&cx, &canary, &key).await;
    assert!(refused(&seen), "{seen:?}");
    let mut drive = Drive::new(&connector, on(ActionKind::DisableIdentity, &canary));
    drive.contained("ssh.revoke_key_id").await;
    let seen = connector.try_access(&cx, &canary, &secret).await;
    assert!(refused(&seen), "{seen:?}");
    drive.undone().await;
    assert_eq!(connector.try_access(&cx, &canary, &secret).await, Access::Accepted);

    // A server that is another, or none, says nothing of the list; and no key is no answer either.
    std::fs::write(sshd.at("strangers"), "").unwrap();
    let stranger = Door { known_hosts: sshd.at("strangers"), ..door.clone() };
    let closed = Door { port: crate::server::free_port(), ..door.clone() };
    let nowhere = Door { ssh: "/nowhere/ssh".into(), ..door };
    for door in [Some(stranger), Some(closed), Some(nowhere), None] {
        let seen = with(door.clone()).try_access(&cx, &canary, &secret).await;
        assert!(unknown(&seen), "{door:?}: {seen:?}");
        assert!(!format!("{seen:?}").contains("PRIVATE KEY"));
    }
    // Only the test's own files have the key: nothing was written for the client.
    let line = key.lines().nth(3).unwrap();
    let mut holders = Vec::new();
    for folder in [sshd.folder().to_owned(), std::env::temp_dir()] {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            if std::fs::read_to_string(entry.path()).is_ok_and(|it| it.contains(line)) {
                holders.push(entry.file_name());
            }
        }
    }
    assert_eq!(holders, ["canary"]);
}
