//! One server's door, at which a canary's own key is tried with OpenSSH's own client: for drills.
//!
//! The key is never on a disk: the client reads it from memory that has a name only for as long as it runs.

use crate::Secret;
use crate::command::Program;
use crate::command::run::{self, Ended, Run};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use interlock_contain::Access;
use rustix::fs::{MemfdFlags, Mode, fchmod, memfd_create};
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::AsRawFd as _;
use std::path::PathBuf;
use std::time::Duration;

/// How long the client may take, all in all.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long it may take to a connection, in its own words.
const CONNECT: &str = "ConnectTimeout=10";
/// What the client ends with when it was not let in, or did not come so far; everything else is what the
/// command on the other side ended with.
const NOT_IN: i32 = 255;
/// The most that the other side may say, in bytes.
const MOST: usize = 64 << 10;

/// A server that reads the list, and as whom a canary comes in there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The account there.
    pub user: String,
    /// The file that names the server's own key, as `~/.ssh/known_hosts` does.
    pub known_hosts: PathBuf,
    /// OpenSSH's program `ssh`, absolute.
    pub ssh: PathBuf,
}

/// Text that other programs read as a file of ours, and nobody else.
#[derive(Debug)]
struct InMemory(File);

impl InMemory {
    fn of(text: &Secret) -> io::Result<Self> {
        let made = memfd_create("interlock-canary", MemfdFlags::CLOEXEC)?;
        fchmod(&made, Mode::RUSR | Mode::WUSR)?;
        let mut file = File::from(made);
        file.write_all(text.expose().as_bytes())?;
        Ok(Self(file))
    }

    fn path(&self) -> String {
        format!("/proc/{}/fd/{}", std::process::id(), self.0.as_raw_fd())
    }
}

/// The private key and the certificate, where there is one: a line behind the key, as `-cert.pub` holds it.
/// Secrets are one line elsewhere, so both may be given in base64; `None` when no key is there.
fn parts(secret: &Secret) -> Option<(Secret, Option<Secret>)> {
    let given = secret.expose();
    let text = match BASE64_STANDARD.decode(given.trim()) {
        Ok(bytes) => Secret::new(String::from_utf8(bytes).ok()?),
        Err(_) => secret.clone(),
    };
    let is_certificate = |it: &&str| {
        it.split_once(' ').is_some_and(|(kind, _)| kind.contains("-cert-v01@openssh.com"))
    };
    let certificate = text.expose().lines().find(is_certificate);
    let certificate = certificate.map(|it| Secret::new(format!("{it}\n")));
    let key = text.expose().lines().filter(|it| !is_certificate(it));
    let key: String = key.map(|it| format!("{it}\n")).collect();
    key.starts_with("-----BEGIN ").then(|| (Secret::new(key), certificate))
}

impl Door {
    /// Tries the door with this private key, and the certificate behind it where there is one.
    pub(super) async fn tried(&self, secret: &Secret) -> Access {
        let unknown = |why: String| Access::CannotTell { why };
        let Some((key, certificate)) = parts(secret) else {
            return unknown("the canary's secret is no private key of OpenSSH's form".to_owned());
        };
        let held = InMemory::of(&key)
            .and_then(|key| Ok((key, certificate.as_ref().map(InMemory::of).transpose()?)));
        let (key, certificate) = match held {
            Ok(held) => held,
            Err(error) => return unknown(format!("the key cannot be held: {error}")),
        };
        let Run { ended, said, .. } =
            run::run(&self.client(&key, certificate.as_ref()), Vec::new()).await;
        let said: String = said.trim().chars().filter(|it| !it.is_control()).take(200).collect();
        let door = format!("{}@{}:{}", self.user, self.host, self.port);
        match ended {
            Ended::Exit(NOT_IN) if said.contains("Permission denied") => Access::Refused {
                how: format!("`{door}` takes neither this key nor its certificate"),
            },
            Ended::Exit(NOT_IN) => unknown(format!("`{door}` was not reached: {said}")),
            Ended::Exit(_) => Access::Accepted,
            Ended::NotStarted(error) => {
                unknown(format!("`{}` cannot be started: {error}", self.ssh.display()))
            }
            Ended::Signal | Ended::TimedOut | Ended::TooMuch => {
                unknown(format!("`{door}`: the client came to no end"))
            }
        }
    }

    fn client(&self, key: &InMemory, certificate: Option<&InMemory>) -> Program {
        let mut arguments = vec!["-F".to_owned(), "/dev/null".to_owned(), "-T".to_owned()];
        let known = format!("UserKnownHostsFile={}", self.known_hosts.display());
        let certificate = certificate.map(|it| format!("CertificateFile={}", it.path()));
        // Nothing of whoever runs this process helps to get in: no agent, no other key, no password.
        let fixed = [
            "BatchMode=yes",
            "IdentitiesOnly=yes",
            "IdentityAgent=none",
            "PreferredAuthentications=publickey",
            "StrictHostKeyChecking=yes",
            "GlobalKnownHostsFile=/dev/null",
            "UpdateHostKeys=no",
            "LogLevel=ERROR",
            CONNECT,
        ];
        for option in fixed.map(str::to_owned).into_iter().chain([known]).chain(certificate) {
            arguments.extend(["-o".to_owned(), option]);
        }
        arguments.extend([
            "-p".to_owned(),
            self.port.to_string(),
            "-l".to_owned(),
            self.user.clone(),
        ]);
        arguments.extend(["-i".to_owned(), key.path(), "--".to_owned(), self.host.clone()]);
        arguments.push("true".to_owned());
        Program {
            path: self.ssh.clone(),
            arguments,
            environment: Vec::new(),
            timeout: PATIENCE,
            most: MOST,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_told_from_its_certificate_and_both_are_only_in_memory() {
        let certificate = "ssh-ed25519-cert-v01@openssh.com AAAA svc";
        let key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----\n";
        let both = format!("{key}{certificate}\n");
        for (text, has) in [
            (key.to_owned(), false),
            (both.clone(), true),
            (format!("{certificate}\n{key}"), true),
            (BASE64_STANDARD.encode(&both), true),
            (format!("{}\n", BASE64_STANDARD.encode(key)), false),
        ] {
            let (own, signed) = parts(&Secret::new(text)).unwrap();
            assert_eq!(own.expose(), key);
            assert_eq!(signed.is_some(), has);
            let signed = signed.map(|it| it.expose().to_owned());
            assert!(signed.is_none_or(|it| it == format!("{certificate}\n")));
        }
        for no_key in ["", "hunter2", certificate, "aGVsbG8="] {
            assert!(parts(&Secret::new(no_key)).is_none(), "{no_key}");
        }
        let held = InMemory::of(&Secret::new(key)).unwrap();
        for _ in 0..2 {
            assert_eq!(std::fs::read_to_string(held.path()).unwrap(), key, "read more than once");
        }
        let path = held.path();
        drop(held);
        assert!(std::fs::read(path).is_err());
    }
}
