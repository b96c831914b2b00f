//! SSH keys and signing certificates, made inactive and active again on a server of somebody else's, by a
//! user that may do exactly what the specs declare.
//!
//! Proves: `aws_iam.disable_signing_certificate`, `aws_iam.disable_ssh_key`
//!
//! The server keeps both and lets nobody in with either: the effect is read back here, with AWS's own
//! client and another key, and not tried.

use crate::account::{Account, WORK, now};
use crate::drive::{Drive, user};
use crate::servers::{Server, moto};
use interlock_model::{ActionKind, CredentialKind, CredentialRef, Grade, Intent, Target};

/// A public key, as `ssh-keygen` writes it.
const SSH: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl ci@example.com";
/// A certificate that signs itself; nobody has its key.
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----
MIIBiTCCAS+gAwIBAgIUE3S7Y1lf4iSXvL5UszxvQNzB2A0wCgYIKoZIzj0EAwIw
GTEXMBUGA1UEAwwOY2kuZXhhbXBsZS5jb20wIBcNMjYxMTMwMDc0NzA2WhgPMjEy
NjExMDYwNzQ3MDZaMBkxFzAVBgNVBAMMDmNpLmV4YW1wbGUuY29tMFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAEczz9jIhZCJy8Xtd4/wd0vRWXJ8ApeR0AJsp0DvKz
5kG5XjJeAAHt2TrlJA1vrmaBRv4ysiDGOBG3YmyHBe4oLaNTMFEwHQYDVR0OBBYE
FOhacDOHjUKpCtS0w4jXB/ZZhV6BMB8GA1UdIwQYMBaAFOhacDOHjUKpCtS0w4jX
B/ZZhV6BMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhAOUhOKTB
ajPZXr9Nei3U578YBnoQajYo81TRb3wYqYh7AiB3I6lCvzy+tgMVQT+zCuAdPjjn
7V3X1SEAsXWetZjFqQ==
-----END CERTIFICATE-----";

/// Whether the server looks at who asks and what that one may, or takes everybody's word: the signature of
/// a request that brings a key or a certificate is never good to it.
fn enforce(server: &Server, enforces: bool) {
    let said = if enforces { "0" } else { "1000000" };
    let told = server.ask("POST", "/moto-api/reset-auth", said).unwrap();
    assert!(told.starts_with("HTTP/1.1 200"), "{told}");
}

/// Everything that IAM lists of both sorts, with every member.
async fn listed(account: &Account) -> String {
    let iam = &account.iam;
    let keys = iam.list_ssh_public_keys().user_name("ci").send().await.unwrap();
    let certificates = iam.list_signing_certificates().user_name("ci").send().await.unwrap();
    format!("{:#?}\n{:#?}", keys.ssh_public_keys, certificates.certificates)
}

#[tokio::test]
async fn an_ssh_key_and_a_certificate_are_inactive_until_it_is_undone() {
    let Some((server, account)) = moto().await else { return };
    let connector = account.connector().await;
    account.add_user("ci", WORK).await;
    let ssh = async || {
        let call = account.iam.upload_ssh_public_key().user_name("ci").ssh_public_key_body(SSH);
        call.send().await.unwrap().ssh_public_key.unwrap().ssh_public_key_id
    };
    let certificate = async || {
        let call = account.iam.upload_signing_certificate().user_name("ci");
        let answer = call.certificate_body(CERTIFICATE).send().await.unwrap();
        answer.certificate.unwrap().certificate_id
    };
    enforce(&server, false);
    // Of each sort there are two: it is the one that is named.
    let of = [
        ("aws_iam.disable_ssh_key", CredentialKind::AccessKey, ssh().await, ssh().await),
        (
            "aws_iam.disable_signing_certificate",
            CredentialKind::Certificate,
            certificate().await,
            certificate().await,
        ),
    ];
    enforce(&server, true);
    for (name, kind, id, _) in &of {
        let before = listed(&account).await;
        assert!(!before.contains("Inactive"), "{before}");
        let credential = CredentialRef::new("aws", *kind, id);
        let target = Target::Credential { principal: user(&account.number, "ci"), credential };
        let intent = Intent { kind: ActionKind::DisableCredential, target };
        let mut drive = Drive::one(&connector, name, intent, now());
        drive.contained().await;
        assert_eq!(drive.grade(), Grade::Applied, "{name}");
        let during = listed(&account).await;
        assert_eq!(during.matches("Inactive").count(), 1, "{name}: {during}");
        let (head, _) = during.split_once("Inactive").unwrap();
        let last = of.iter().flat_map(|it| [&it.2, &it.3]).max_by_key(|it| head.rfind(*it));
        assert_eq!(last, Some(id), "{name}: {during}");
        drive.undo().await;
        assert_eq!(listed(&account).await, before, "{name}: as it was");
    }
}
