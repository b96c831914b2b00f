//! How AWS names things: the parts of an ARN.

/// The parts of `arn:partition:service:region:account:resource`.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`; not empty.
    pub partition: &'a str,
    /// `iam`, `sts`; not empty.
    pub service: &'a str,
    /// The account id; empty for what belongs to none.
    pub account: &'a str,
    /// What stands behind: `user/path/name`; not empty.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Reads an ARN; `None` when it is none.
    #[must_use]
    pub fn read(text: &'a str) -> Option<Self> {
        let (partition, rest) = cut(text.strip_prefix("arn:")?)?;
        let (service, rest) = cut(rest)?;
        let (_region, rest) = cut(rest)?;
        let (account, resource) = cut(rest)?;
        let whole = !partition.is_empty() && !service.is_empty() && !resource.is_empty();
        whole.then_some(Self { partition, service, account, resource })
    }

    /// The last part of the resource.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.resource.rsplit(['/', ':']).next().unwrap_or_default()
    }

    /// Role and session name of `assumed-role/role/session`.
    #[must_use]
    pub fn assumed_role(&self) -> Option<(&'a str, &'a str)> {
        self.resource.strip_prefix("assumed-role/")?.split_once('/')
    }
}

/// What stands before the first colon and behind it. By bytes: the parts are short, and every event asks.
fn cut(text: &str) -> Option<(&str, &str)> {
    let colon = text.bytes().position(|it| it == b':')?;
    Some((text.get(..colon)?, text.get(colon + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_name() {
        let session = "arn:aws-cn:sts::111122223333:assumed-role/deploy/a:b@example.com";
        let it = Arn::read(session).unwrap();
        assert_eq!((it.partition, it.service, it.account), ("aws-cn", "sts", "111122223333"));
        assert_eq!(it.assumed_role(), Some(("deploy", "a:b@example.com")));
        assert_eq!(Arn::read("arn:aws:iam::111122223333:user/ci/deploy").unwrap().name(), "deploy");
        assert_eq!(Arn::read("arn:aws:s3:::bucket").unwrap().account, "");
        for text in ["", "odd", "arn:aws:iam", "arn::iam::1:x", "arn:aws:::1:x", "arn:aws:iam::1:"]
        {
            assert_eq!(Arn::read(text), None, "{text}");
        }
    }
}
