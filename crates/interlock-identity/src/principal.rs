//! What the text of a principal says by itself: account, short name, canonical form, soundness.

use interlock_model::{Arn, Principal};
use std::borrow::Cow;

/// Why text is not a principal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Malformed {
    pub(crate) what: String,
    pub(crate) help: Option<String>,
}

/// Reads the text form and checks what is known of its provider's names.
pub(crate) fn checked(text: &str) -> Result<Principal, Malformed> {
    let malformed = |why: &str, help: String| Malformed {
        what: format!("`{text}` is not a principal: {why}"),
        help: Some(help),
    };
    if text.starts_with("arn:") {
        return Err(malformed("the provider is missing", format!("write `aws:{text}`")));
    }
    let Some(principal) = Principal::from_text(text) else {
        return Err(malformed(
            "it is not `provider:name`",
            "for example `aws:arn:aws:iam::111122223333:user/ci-deploy`".to_owned(),
        ));
    };
    let sound = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || b"._-".contains(&it);
    if !principal.provider.bytes().all(sound) {
        let lower = principal.provider.to_ascii_lowercase();
        let help = format!("write the provider in lower case: `{lower}:{}`", principal.name);
        return Err(malformed("the provider's name is not lower case", help));
    }
    if principal.name.chars().any(|it| it.is_whitespace() || it.is_control()) {
        return Err(malformed("it has a blank in it", "remove the blank".to_owned()));
    }
    if &*principal.provider == "aws" && !principal.name.contains('*') {
        let name = &*principal.name;
        let is_service = name.ends_with(".amazonaws.com");
        let is_account = name.len() == 12 && name.bytes().all(|it| it.is_ascii_digit());
        if !(is_service || is_account || Arn::read(name).is_some()) {
            let help = "write the whole ARN: `aws:arn:aws:iam::111122223333:role/name`";
            return Err(malformed("it is neither an ARN nor a service", help.to_owned()));
        }
    }
    Ok(principal)
}

/// The account that a principal belongs to, where its name says so.
pub(crate) fn account(principal: &Principal) -> Option<&str> {
    if &*principal.provider != "aws" {
        return None;
    }
    let name = &*principal.name;
    if name.len() == 12 && name.bytes().all(|it| it.is_ascii_digit()) {
        return Some(name);
    }
    Arn::read(name).map(|it| it.account).filter(|it| !it.is_empty())
}

/// A short name to show: user name, role name, service, subject.
pub(crate) fn short_name(principal: &Principal) -> Cow<'_, str> {
    let name = &*principal.name;
    if let Some(arn) = Arn::read(name) {
        if arn.resource == "root" {
            return Cow::Owned(format!("root of {}", arn.account));
        }
        return Cow::Borrowed(arn.resource.rsplit('/').next().unwrap_or(arn.resource));
    }
    Cow::Borrowed(name)
}

/// The role behind the ARN of one of its sessions: `(partition, account, role name)`.
pub(crate) fn assumed_role(principal: &Principal) -> Option<(&str, &str, &str)> {
    let arn = Arn::read(&principal.name)?;
    let rest = arn.resource.strip_prefix("assumed-role/")?;
    let role = rest.split('/').next().filter(|it| !it.is_empty())?;
    (arn.service == "sts").then_some((arn.partition, arn.account, role))
}

/// Account and name of a role that lives under a path: its sessions do not show the path.
pub(crate) fn role_under_path(name: &str) -> Option<(&str, &str)> {
    let arn = Arn::read(name)?;
    let rest = arn.resource.strip_prefix("role/")?;
    let (_path, name) = rest.rsplit_once('/')?;
    (arn.service == "iam").then_some((arn.account, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_name_says() {
        let of = |text: &str| Principal::from_text(text).unwrap();
        for (text, name, belongs) in [
            ("aws:arn:aws:iam::111122223333:user/team/ci", "ci", Some("111122223333")),
            ("aws:arn:aws:iam::111122223333:root", "root of 111122223333", Some("111122223333")),
            ("aws:ec2.amazonaws.com", "ec2.amazonaws.com", None),
            ("aws:111122223333", "111122223333", Some("111122223333")),
            (
                "github:repo:acme/shop:ref:refs/heads/main",
                "repo:acme/shop:ref:refs/heads/main",
                None,
            ),
        ] {
            assert_eq!(short_name(&of(text)), name);
            assert_eq!(account(&of(text)), belongs, "{text}");
        }
        let session = of("aws:arn:aws:sts::111122223333:assumed-role/ci/run-1");
        assert_eq!(assumed_role(&session), Some(("aws", "111122223333", "ci")));
        let role = of("aws:arn:aws:iam::111122223333:role/a/b/ci");
        assert_eq!(role_under_path(&role.name), Some(("111122223333", "ci")));
        assert_eq!(role_under_path("arn:aws:iam::111122223333:role/ci"), None);
    }

    #[test]
    fn malformed_principals_get_a_remedy() {
        for (text, help) in [
            ("arn:aws:iam::111122223333:user/ci", "write `aws:arn:aws:iam::111122223333:user/ci`"),
            ("alice", "for example"),
            ("AWS:arn:aws:iam::111122223333:user/ci", "lower case"),
            ("aws:ci-deploy", "whole ARN"),
            ("okta:a b", "remove the blank"),
        ] {
            assert!(checked(text).unwrap_err().help.unwrap().contains(help), "{text}");
        }
    }
}
