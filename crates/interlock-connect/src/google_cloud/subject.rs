//! What a target is at Google: a service account, a person, a federated identity, a key.

use interlock_contain::CallError;
use interlock_model::{Principal, Target};

/// A principal of Google, by the names that policies have for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A service account, by address.
    Account(String),
    /// A person, by address.
    Person(String),
    /// Whoever another authority vouches for, as `principal://…`.
    Federated(String),
}

impl Subject {
    /// The subject of a principal.
    pub(crate) fn of(principal: &Principal) -> Result<Self, CallError> {
        let other = || CallError::Unsupported { why: format!("`{principal}` is nobody at Google") };
        let name = &*principal.name;
        if &*principal.provider != "google" {
            return Err(other());
        }
        if name.starts_with("principal://") {
            return Ok(Self::Federated(name.to_owned()));
        }
        let (local, domain) = name.split_once('@').ok_or_else(other)?;
        let letter = |it: char| it.is_alphanumeric() || "-_.+'".contains(it);
        if local.is_empty() || !local.chars().all(letter) || !domain.chars().all(letter) {
            return Err(other());
        }
        let name = name.to_lowercase();
        match domain.ends_with(".gserviceaccount.com") {
            true => Ok(Self::Account(name)),
            false => Ok(Self::Person(name)),
        }
    }

    /// As policies name it.
    pub(crate) fn member(&self) -> String {
        match self {
            Self::Account(name) => format!("serviceAccount:{name}"),
            Self::Person(name) => format!("user:{name}"),
            Self::Federated(name) => name.clone(),
        }
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Account(name) | Self::Person(name) | Self::Federated(name) => name,
        }
    }
}

/// Account and number of a key: `ci@acme.iam.gserviceaccount.com/keys/0a1b`, or the number alone where the
/// principal is the account.
pub(crate) fn key(target: &Target) -> Result<(String, String), CallError> {
    let other = || CallError::Unsupported {
        why: format!("`{}` names no key of a service account", target.principal()),
    };
    let Target::Credential { principal, credential } = target else { return Err(other()) };
    let id = credential.id();
    let id = id.rsplit_once("/serviceAccounts/").map_or(id, |it| it.1);
    let (account, number) = match id.split_once("/keys/") {
        Some((account, number)) => (account.to_owned(), number),
        None => (principal.name.to_string(), id),
    };
    let sound = !number.is_empty() && number.bytes().all(|it| it.is_ascii_alphanumeric());
    match Subject::of(&Principal::new("google", &account)) {
        Ok(Subject::Account(account)) if sound => Ok((account, number.to_owned())),
        _ => Err(other()),
    }
}

/// A part of a pool that has a switch of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// Its issuer of this name.
    Provider([&'a str; 3], &'a str),
    /// Its managed identity in this namespace, of this name.
    Managed([&'a str; 3], [&'a str; 2]),
}

/// The provider that an id names: `projects/7/locations/global/workloadIdentityPools/forge/providers/ci`.
pub(crate) fn provider(id: &str) -> Option<Part<'_>> {
    let of = in_projects(id.strip_prefix("projects/")?)?;
    let name = id.rsplit_once("/providers/")?.1;
    let whole = id.split('/').count() == 8;
    (whole && sound(name)).then_some(Part::Provider(of, name))
}

/// The managed identity that a federated one is: `principal://…/subject/ns/shop/sa/pay`.
pub(crate) fn managed(name: &str) -> Option<Part<'_>> {
    let of = pool(name)?;
    let subject = name.split_once("/subject/")?.1;
    let [ns, namespace, sa, identity] = *subject.split('/').collect::<Vec<_>>() else {
        return None;
    };
    let is = ns == "ns" && sa == "sa" && sound(namespace) && sound(identity);
    is.then_some(Part::Managed(of, [namespace, identity]))
}

fn sound(it: &str) -> bool {
    !it.is_empty() && it.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-')
}

/// Project, place and name of the pool that a federated identity comes from.
pub(crate) fn pool(name: &str) -> Option<[&str; 3]> {
    in_projects(name.strip_prefix("principal://iam.googleapis.com/projects/")?)
}

fn in_projects(rest: &str) -> Option<[&str; 3]> {
    let mut parts = rest.split('/');
    let (project, locations, location) = (parts.next()?, parts.next()?, parts.next()?);
    let (pools, pool) = (parts.next()?, parts.next()?);
    let is = locations == "locations"
        && pools == "workloadIdentityPools"
        && [project, location, pool].into_iter().all(sound);
    is.then_some([project, location, pool])
}

#[cfg(test)]
mod tests {
    use super::*;
    use interlock_model::{CredentialKind, CredentialRef};

    #[test]
    fn subjects_are_told_apart() {
        for (name, member) in [
            (
                "CI@acme.iam.gserviceaccount.com",
                Some("serviceAccount:ci@acme.iam.gserviceaccount.com"),
            ),
            (
                "7-compute@developer.gserviceaccount.com",
                Some("serviceAccount:7-compute@developer.gserviceaccount.com"),
            ),
            ("ann@example.com", Some("user:ann@example.com")),
            (
                "principal://iam.googleapis.com/projects/7/x",
                Some("principal://iam.googleapis.com/projects/7/x"),
            ),
            ("a/../b@example.com", None),
            ("ann", None),
        ] {
            let of = Subject::of(&Principal::new("google", name)).ok().map(|it| it.member());
            assert_eq!(of.as_deref(), member, "{name}");
        }
    }

    #[test]
    fn keys_are_named_with_or_without_their_account() {
        let account = "ci@acme.iam.gserviceaccount.com";
        for (id, is) in [
            (format!("{account}/keys/0a1b"), true),
            (format!("projects/acme/serviceAccounts/{account}/keys/0a1b"), true),
            ("0a1b".to_owned(), true),
            ("0a1b/..".to_owned(), false),
            ("ann@example.com/keys/0a1b".to_owned(), false),
        ] {
            let principal = Principal::new("google", account);
            let credential = CredentialRef::new("google", CredentialKind::AccessKey, &id);
            let of = key(&Target::Credential { principal, credential }).ok();
            assert_eq!(of, is.then(|| (account.to_owned(), "0a1b".to_owned())), "{id}");
        }
    }

    #[test]
    fn pools_are_read_from_who_they_vouch_for() {
        let head = "principal://iam.googleapis.com/projects/7/locations/global";
        let of = |rest: &str| pool(&format!("{head}{rest}")).is_some();
        assert!(of("/workloadIdentityPools/forge/subject/repo:acme/pay"));
        assert!(!of("/workforcePools/staff/subject/ann"));
        assert!(!of("/workloadIdentityPools/a?b/subject/x"));
        let part =
            |it: &str| managed(&format!("{head}/workloadIdentityPools/forge/{it}")).is_some();
        assert!(part("subject/ns/shop/sa/pay"));
        assert!(!part("subject/ns/shop/sa/pay/more") && !part("subject/ns/../sa/pay"));
        assert!(!part("subject/repo:acme/pay"));
        let head = "projects/7/locations/global/workloadIdentityPools/forge/providers";
        assert!(provider(&format!("{head}/ci")).is_some());
        assert!(provider(&format!("{head}/ci/keys/1")).is_none());
        assert!(provider(&format!("{head}/..")).is_none());
    }
}
