//! What a target is at GitHub: a user, a repository, a credential.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};
use interlock_contain::CallError;
use interlock_model::{CredentialRef, Principal, Target};
use sha2::{Digest as _, Sha256};

/// The longest login that GitHub gives, with the mark of bots.
const LONGEST: usize = 100;

/// The login of a user; apps, repositories and federated names are none.
pub(crate) fn login(principal: &Principal) -> Result<&str, CallError> {
    let name = &*principal.name;
    let plain = name.strip_suffix("[bot]").unwrap_or(name);
    let letter = |it: u8| it.is_ascii_alphanumeric() || it == b'-' || it == b'_';
    let is = &*principal.provider == "github"
        && !plain.is_empty()
        && name.len() <= LONGEST
        && plain.bytes().all(letter);
    if is {
        return Ok(name);
    }
    Err(CallError::Unsupported { why: format!("`{principal}` is no user of GitHub") })
}

/// The repository of this organisation that a workflow proves to others: `repo:acme/pay:ref:…`. Newer
/// names carry numbers, which do not change with the name: `repo:acme@1/pay@2:…`.
pub(crate) fn workflow(principal: &Principal, organization: &str) -> Result<String, CallError> {
    let other = || CallError::Unsupported {
        why: format!("`{principal}` is no repository of organisation `{organization}`"),
    };
    let named = principal.name.strip_prefix("repo:").ok_or_else(other)?;
    let named = named.split(':').next().unwrap_or_default();
    repository(named, organization).ok_or_else(other)
}

/// The repository in `acme/pay`, where it belongs to this organisation.
pub(crate) fn repository(named: &str, organization: &str) -> Option<String> {
    let (owner, name) = named.split_once('/')?;
    let plain = |it: &str| it.split('@').next().unwrap_or_default().to_owned();
    let (owner, name) = (plain(owner), plain(name));
    let letter = |it: u8| it.is_ascii_alphanumeric() || b"-_.".contains(&it);
    let sound = !name.is_empty() && name.bytes().all(letter) && name != "." && name != "..";
    (owner.eq_ignore_ascii_case(organization) && sound).then_some(name)
}

/// The credential that is aimed at.
pub(crate) fn credential(target: &Target) -> Result<&CredentialRef, CallError> {
    match target {
        Target::Credential { credential, .. } if credential.provider() == "github" => {
            Ok(credential)
        }
        Target::Credential { .. } | Target::Principal { .. } => Err(CallError::Unsupported {
            why: format!("`{}` names no credential of GitHub", target.principal()),
        }),
    }
}

/// The fingerprint of a public key as GitHub's audit log has it: `SHA256:…`.
pub(crate) fn fingerprint(key: &str) -> Option<String> {
    let blob = key.split_whitespace().nth(1)?;
    let blob = BASE64_STANDARD.decode(blob).ok()?;
    Some(format!("SHA256:{}", BASE64_STANDARD_NO_PAD.encode(Sha256::digest(blob))))
}

/// What GitHub's audit log calls a token by: its SHA-256.
pub(crate) fn digest(token: &str) -> String {
    BASE64_STANDARD.encode(Sha256::digest(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> Principal {
        Principal::new("github", name)
    }

    #[test]
    fn users_are_told_from_what_is_none() {
        for (name, is) in [
            ("ann", true),
            ("dependabot[bot]", true),
            ("ann_acme", true),
            ("app/ci", false),
            ("repo:acme/pay:ref:refs/heads/main", false),
            ("..", false),
            ("", false),
            ("a?b", false),
        ] {
            assert_eq!(login(&of(name)).is_ok(), is, "{name}");
        }
        assert!(login(&Principal::new("okta", "ann")).is_err());
    }

    #[test]
    fn workflows_name_a_repository_of_the_organisation() {
        for (name, is) in [
            ("repo:acme/pay:ref:refs/heads/main", Some("pay")),
            ("repo:ACME/pay:environment:prod", Some("pay")),
            ("repo:acme@42/pay@7:ref:refs/heads/main", Some("pay")),
            ("repo:acme/pay", Some("pay")),
            ("repo:other/pay:ref:refs/heads/main", None),
            ("repo:acme/..:ref:x", None),
            ("repo:acme", None),
            ("ann", None),
        ] {
            assert_eq!(workflow(&of(name), "acme").ok().as_deref(), is, "{name}");
        }
    }

    #[test]
    fn a_fingerprint_is_of_the_key_and_not_of_its_comment() {
        // What `ssh-keygen -l` says of this key.
        let key =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g";
        assert_eq!(fingerprint(key), fingerprint(&format!("{key} ci@acme")));
        assert!(fingerprint(key).is_some_and(|it| it.starts_with("SHA256:") && it.len() == 50));
        assert_eq!(fingerprint("nothing"), None);
    }
}
