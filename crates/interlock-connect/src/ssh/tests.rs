//! Whom it is not for, and the file itself with the tool of this machine.

use super::fake::{Fake, config, fingerprint, with_key_ids};
use super::*;
use crate::conformance::{noon, permit_for};
use interlock_contain::WriteCx;
use interlock_model::{CredentialKind, CredentialRef, Intent, Observation, Step, StepId, Target};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt};
use std::path::Path;

fn credential(kind: CredentialKind, id: &str) -> Target {
    Target::Credential {
        principal: Principal::new("ssh", "hosts/svc"),
        credential: CredentialRef::new("ssh", kind, id),
    }
}

fn people(name: &str) -> Target {
    Target::Principal { principal: Principal::new("ssh", name) }
}

async fn planned(ssh: &Ssh, target: Target) -> Result<Step, CallError> {
    let name = match target.credential().map(|it| it.kind()) {
        None => "ssh.revoke_key_id",
        Some(Some(CredentialKind::Certificate)) => "ssh.revoke_certificate",
        Some(_) => "ssh.revoke_key",
    };
    let action = ssh.actions().into_iter().find(|it| it.spec().name == name).unwrap();
    let intent = Intent { kind: action.spec().kind, target };
    action.plan(&ReadCx::new(action.spec(), noon()), &intent, StepId::derive(&["test"])).await
}

fn action<'a>(ssh: &'a Ssh, step: &Step) -> &'a dyn Action {
    ssh.actions().into_iter().find(|it| it.spec().name == &*step.action.0).unwrap()
}

async fn executed(ssh: &Ssh, step: &Step) -> Result<(), CallError> {
    let action = action(ssh, step);
    let permit = permit_for(step, noon()).unwrap();
    let cx = WriteCx::open(action.spec(), permit, &step.id, &step.connector, noon()).unwrap();
    action.execute(cx, step).await.map(drop)
}

async fn seen(ssh: &Ssh, step: &Step) -> Observation {
    let action = action(ssh, step);
    action.verify(&ReadCx::new(action.spec(), noon()), step).await
}

fn taken_back(step: &Step) -> Step {
    match interlock_contain::mirror(step, None) {
        interlock_contain::Undo::Step(undo) => *undo,
        interlock_contain::Undo::Impossible { why } => panic!("{why}"),
    }
}

#[tokio::test]
async fn whom_it_is_not_for() {
    let ssh = Fake::of(Vec::new()).connector();
    let of = |serial: &str| format!("{}/{serial}", fingerprint());
    let (certificate, key) = (CredentialKind::Certificate, CredentialKind::AccessKey);
    for (target, words) in [
        (people("svc"), "its people are `ssh:hosts/…`"),
        (people("other/svc"), "is nobody of connector `hosts`"),
        (people("hosts/"), "is no key id"),
        (people("hosts/svc\nid: ann"), "is no key id"),
        (credential(certificate, "1001"), "say of which"),
        (credential(certificate, &of("0")), "the serial 0"),
        (credential(certificate, &of("01")), "is no certificate"),
        (credential(certificate, &of("-1")), "is no certificate"),
        (credential(certificate, &of("18446744073709551616")), "is no certificate"),
        (credential(certificate, "SHA256:other/7"), "is no certificate"),
        (credential(key, "SHA256:short"), "is no fingerprint"),
        (credential(key, &fingerprint()), "is an authority"),
    ] {
        let error = planned(&ssh, target.clone()).await.unwrap_err();
        assert!(error.to_string().contains(words), "{target}: {error}");
    }
    // One authority needs no name; none revokes no certificate, but keys.
    let mut one = config();
    one.authorities.truncate(1);
    let ssh = Ssh::on(one, Fake::of(Vec::new()));
    assert!(planned(&ssh, credential(certificate, "1001")).await.is_ok());
    let none = SshConfig { authorities: Vec::new(), ..config() };
    let ssh = Ssh::on(none, Fake::of(Vec::new()));
    for target in [people("hosts/svc"), credential(certificate, "1001")] {
        let error = planned(&ssh, target).await.unwrap_err();
        assert!(error.to_string().contains("`authorities`"), "{error}");
    }
    let sevens = format!("SHA256:{}", "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc");
    assert!(planned(&ssh, credential(key, &sevens)).await.is_ok());
}

#[tokio::test]
async fn what_a_wider_entry_revokes_is_held_and_not_given_back() {
    // One authority has revoked the key id already: only the other is written, and given back.
    let before = with_key_ids(&[(1, "svc")]);
    let fake = Fake::of(before.clone());
    let ssh = fake.connector();
    let step = planned(&ssh, people("hosts/svc")).await.unwrap();
    assert_eq!(step.before.0.values().filter(|it| *it == "revoked").count(), 1);
    executed(&ssh, &step).await.unwrap();
    assert!(matches!(seen(&ssh, &step).await, Observation::Holds { .. }));
    executed(&ssh, &taken_back(&step)).await.unwrap();
    assert_eq!(fake.bytes(), before);
}

/// The connector on this file with this machine's tool; `None` where there is none.
fn on_disk(path: &Path) -> Option<Ssh> {
    let ssh_keygen = PathBuf::from("/usr/bin/ssh-keygen");
    if !ssh_keygen.is_file() {
        println!("skipped: there is no ssh-keygen");
        return None;
    }
    Some(Ssh::new(SshConfig { revoked_keys: path.to_owned(), ssh_keygen, ..config() }))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_keeps_its_mode_and_its_name_and_comes_back_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let (real, link) = (folder.path().join("real"), folder.path().join("krl"));
    std::os::unix::fs::symlink(&real, &link).unwrap();
    let Some(ssh) = on_disk(&link) else { return };
    for before in [Vec::new(), with_key_ids(&[(0, "somebody else")])] {
        std::fs::write(&real, &before).unwrap();
        std::fs::set_permissions(&real, PermissionsExt::from_mode(0o640)).unwrap();
        let checks = ssh.check().await;
        assert!(checks.iter().all(|it| it.outcome.is_ok()), "{checks:#?}");
        assert_eq!(std::fs::read(&real).unwrap(), before, "a check writes nothing");
        let mut steps = Vec::new();
        for target in [
            people("hosts/jürg of \"sales\" \\ 7"),
            credential(CredentialKind::Certificate, &format!("{}/{}", fingerprint(), u64::MAX)),
            credential(
                CredentialKind::AccessKey,
                "SHA256:BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc",
            ),
        ] {
            let step = planned(&ssh, target).await.unwrap();
            assert!(matches!(seen(&ssh, &step).await, Observation::DoesNotHold { .. }));
            executed(&ssh, &step).await.unwrap();
            let now = seen(&ssh, &step).await;
            assert!(matches!(now, Observation::Holds { .. }), "{now:?}");
            steps.push(step);
        }
        for step in &steps {
            let undo = taken_back(step);
            executed(&ssh, &undo).await.unwrap();
            let now = seen(&ssh, &undo).await;
            assert!(matches!(now, Observation::Holds { .. }), "{now:?}");
        }
        assert_eq!(std::fs::read(&real).unwrap(), before);
        assert_eq!(std::fs::metadata(&real).unwrap().mode() & 0o7777, 0o640);
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left beside");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_list_of_the_kind_is_never_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("krl");
    let Some(ssh) = on_disk(&path) else { return };
    let target = people("hosts/svc");
    let error = planned(&ssh, target.clone()).await.unwrap_err();
    assert!(error.to_string().contains("make an empty list, `ssh-keygen -k -f"), "{error}");
    let checks = ssh.check().await;
    assert!(checks.iter().all(|it| it.outcome.is_err()), "{checks:#?}");
    let cut = with_key_ids(&[(0, "x")]);
    let cut = cut.get(..cut.len() - 1).unwrap();
    // To us a part of an unknown kind is whole; OpenSSH, which is what counts, cannot read it.
    let unknown = [with_key_ids(&[]).as_slice(), &[200, 0, 0, 0, 0]].concat();
    for (bytes, words) in [
        (b"ssh-ed25519 AAAA ann\n".as_slice(), "it is no key revocation list"),
        (cut, "it is cut short"),
        (&unknown, "OpenSSH cannot read the list"),
    ] {
        std::fs::write(&path, bytes).unwrap();
        let error = planned(&ssh, target.clone()).await.unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
    }
    // A tool that is not there is said, with the remedy.
    std::fs::write(&path, b"").unwrap();
    let nowhere = PathBuf::from("/nowhere/ssh-keygen");
    let blind = Ssh::new(SshConfig { revoked_keys: path.clone(), ssh_keygen: nowhere, ..config() });
    let step = planned(&ssh, target).await.unwrap();
    let error = executed(&blind, &step).await.unwrap_err();
    assert!(error.to_string().contains("name the program in `ssh_keygen`"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), b"");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("krl");
    let Some(ssh) = on_disk(&path) else { return };
    std::fs::write(&path, b"").unwrap();
    let (ann, bob) =
        (planned(&ssh, people("hosts/ann")).await, planned(&ssh, people("hosts/bob")).await);
    let (ann, bob) = (ann.unwrap(), bob.unwrap());
    let (first, second) = tokio::join!(executed(&ssh, &ann), executed(&ssh, &bob));
    assert_eq!((first, second), (Ok(()), Ok(())));
    for step in [&ann, &bob] {
        assert!(matches!(seen(&ssh, step).await, Observation::Holds { .. }));
    }
}
