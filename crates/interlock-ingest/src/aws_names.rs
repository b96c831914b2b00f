//! How AWS names principals, sessions and credentials, in every log of AWS.

use interlock_model::{Arn, CredentialKind, CredentialRef, Principal};

/// The provider of everything that AWS itself names.
pub const AWS: &str = "aws";

/// The principal that this ARN names or is a session of: for `sts` sessions the role.
///
/// A session's ARN does not show the role's path; the role's ARN is then written without one.
pub fn principal_of_arn(text: &str) -> Principal {
    match Arn::read(text) {
        Some(arn) => match arn.assumed_role() {
            Some((role, _)) => role_of(arn.partition, arn.account, role),
            None => Principal::new(AWS, text),
        },
        None => Principal::new(AWS, text),
    }
}

/// The role of this name.
pub fn role_of(partition: &str, account: &str, name: &str) -> Principal {
    Principal::new(AWS, &format!("arn:{partition}:iam::{account}:role/{name}"))
}

/// The user of this name.
pub fn user_of(partition: &str, account: &str, name: &str) -> Principal {
    Principal::new(AWS, &format!("arn:{partition}:iam::{account}:user/{name}"))
}

/// The root of this account.
pub fn root_of(partition: &str, account: &str) -> Principal {
    Principal::new(AWS, &format!("arn:{partition}:iam::{account}:root"))
}

/// The key of this id; its first letters say whether it is temporary.
pub fn access_key(id: &str) -> CredentialRef {
    let kind =
        if id.starts_with("ASIA") { CredentialKind::SessionKey } else { CredentialKind::AccessKey };
    CredentialRef::new(AWS, kind, id)
}

/// What an OIDC subject is called: `provider` is an issuer's host, URL, or its ARN in IAM.
pub fn web_subject(provider: &str, subject: &str) -> Principal {
    let issuer = provider.split_once("oidc-provider/").map_or(provider, |(_, issuer)| issuer);
    let issuer = issuer.strip_prefix("https://").unwrap_or(issuer).trim_end_matches('/');
    let issuer = issuer.to_ascii_lowercase();
    if issuer == "token.actions.githubusercontent.com" {
        Principal::new("github", subject)
    } else {
        // The text form is cut at its first colon, which a port would have.
        Principal::new(&issuer.replace(':', "_"), subject)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_belongs_to_its_role() {
        for (arn, expected) in [
            (
                "arn:aws:sts::111122223333:assumed-role/deploy/gh-1",
                "aws:arn:aws:iam::111122223333:role/deploy",
            ),
            (
                "arn:aws-cn:sts::111122223333:assumed-role/deploy/a@example.com",
                "aws:arn:aws-cn:iam::111122223333:role/deploy",
            ),
            (
                "arn:aws:iam::111122223333:user/ci/deploy",
                "aws:arn:aws:iam::111122223333:user/ci/deploy",
            ),
            ("odd", "aws:odd"),
        ] {
            assert_eq!(principal_of_arn(arn).to_string(), expected);
        }
    }

    #[test]
    fn subjects_carry_their_issuer() {
        let github = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
        assert_eq!(web_subject(github, "repo:acme/shop:x").to_string(), "github:repo:acme/shop:x");
        assert_eq!(web_subject("accounts.google.com", "1").to_string(), "accounts.google.com:1");
    }
}
