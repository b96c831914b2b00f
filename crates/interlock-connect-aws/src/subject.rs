//! Which user or role of which account a target names, and whether it may be touched at all.

use crate::client::{Caller, Holder};
use interlock_contain::CallError;
use interlock_model::Principal;

/// A user or role of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subject {
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: String,
    /// The account's number.
    pub account: String,
    /// The path with both slashes, `/` when there is none.
    pub path: String,
    /// User or role, with its name.
    pub holder: Holder,
}

impl Subject {
    /// Reads `arn:aws:iam::ACCOUNT:user/path/NAME`; the name is the last part.
    pub(crate) fn of(principal: &Principal) -> Result<Self, CallError> {
        if &*principal.provider != "aws" {
            let why = format!("`{principal}` is not a principal of AWS");
            return Err(CallError::Unsupported { why });
        }
        Self::of_arn(&principal.name)
    }

    pub(crate) fn of_arn(arn: &str) -> Result<Self, CallError> {
        let no = |why: &str| CallError::Unsupported { why: format!("`{arn}` {why}") };
        let mut parts = arn.splitn(6, ':');
        let (Some("arn"), Some(partition), Some("iam"), Some(""), Some(account), Some(resource)) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(no("is not the ARN of a user or role"));
        };
        if resource == "root" {
            return Err(no("is the account's root, which no policy or key call can contain"));
        }
        let (kind, rest) = resource.split_once('/').unwrap_or((resource, ""));
        let (path, name) = rest.rsplit_once('/').map_or(("", rest), |(path, name)| (path, name));
        let holder = match kind {
            "user" => Holder::User(name.to_owned()),
            "role" => Holder::Role(name.to_owned()),
            _ => return Err(no("is neither a user nor a role")),
        };
        if name.is_empty() {
            return Err(no("has no name"));
        }
        let path = if path.is_empty() { "/".to_owned() } else { format!("/{path}/") };
        let (partition, account) = (partition.to_owned(), account.to_owned());
        Ok(Self { partition, account, path, holder })
    }

    /// Whether this is the principal that the caller acts as.
    ///
    /// A session's ARN names the role without its path; names are unique in an account.
    pub(crate) fn is(&self, caller: &Caller) -> bool {
        if self.account != caller.account {
            return false;
        }
        let resource = caller.arn.rsplit(':').next().unwrap_or_default();
        match &self.holder {
            Holder::User(name) => {
                resource.starts_with("user/") && resource.rsplit('/').next() == Some(name)
            }
            Holder::Role(name) => {
                let role = resource.strip_prefix("assumed-role/");
                role.and_then(|it| it.split('/').next()) == Some(name)
            }
        }
    }

    /// Why nobody but AWS may change this role; `None` for a role of the account's own.
    pub(crate) fn reserved(path: &str) -> Option<&'static str> {
        if path.starts_with("/aws-service-role/") {
            return Some("is a service-linked role: AWS refuses every change of its policies");
        }
        path.starts_with("/aws-reserved/").then_some(
            "belongs to IAM Identity Center: change its permission set or assignment instead",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns() {
        for (arn, expected) in [
            ("arn:aws:iam::111122223333:user/ci", Some(("/", Holder::User("ci".into())))),
            (
                "arn:aws-cn:iam::111122223333:role/a/b/app",
                Some(("/a/b/", Holder::Role("app".into()))),
            ),
            ("arn:aws:iam::111122223333:root", None),
            ("arn:aws:iam::111122223333:group/admins", None),
            ("arn:aws:iam::111122223333:user/", None),
            ("arn:aws:sts::111122223333:assumed-role/app/session", None),
            ("ci", None),
            ("", None),
        ] {
            let seen = Subject::of_arn(arn).ok().map(|it| (it.path, it.holder));
            assert_eq!(seen.as_ref().map(|it| (it.0.as_str(), it.1.clone())), expected, "{arn}");
        }
    }

    #[test]
    fn our_own_principal() {
        let role = Subject::of_arn("arn:aws:iam::111122223333:role/ops/interlock").unwrap();
        let user = Subject::of_arn("arn:aws:iam::111122223333:user/interlock").unwrap();
        for (arn, is_role, is_user) in [
            ("arn:aws:sts::111122223333:assumed-role/interlock/i-1", true, false),
            ("arn:aws:iam::111122223333:user/ops/interlock", false, true),
            ("arn:aws:iam::111122223333:root", false, false),
        ] {
            let caller = Caller { account: "111122223333".into(), arn: arn.into() };
            assert_eq!((role.is(&caller), user.is(&caller)), (is_role, is_user), "{arn}");
        }
    }
}
