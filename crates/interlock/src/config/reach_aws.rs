//! What is said of AWS: accounts, regions, instances of Identity Center, organisations, and what is signed with.

use super::check::Check;
use super::raw_parts::{RawCredentials, RawPlace};
use super::raw_provider::RawOrganizations;
use super::reach::is_variable;
use super::reach_kind::Told;
use super::render::NEVER_SHOWN;
use super::tree::Node;
use super::{ConnectorKind, CredentialReference, OrganizationsConfig};

impl Check<'_> {
    pub(super) fn account<'n>(
        &mut self,
        account: Option<&str>,
        environment: Option<RawPlace>,
        at: &impl Fn(&str) -> Option<&'n Node>,
    ) {
        match account {
            Some(account)
                if account.len() != 12 || !account.bytes().all(|it| it.is_ascii_digit()) =>
            {
                let what = format!("`{}` is not an AWS account", account.escape_debug());
                self.error(at("account"), what, "12 digits in quotes");
            }
            None if environment.is_some() => {
                let what = "`environment` needs `account`: it says where that account belongs to"
                    .to_owned();
                self.error(
                    at("environment"),
                    what,
                    "add `account`, or leave `environment` to content/directory",
                );
            }
            Some(_) | None => {}
        }
    }

    /// How AWS names an instance of Identity Center, its store, and a policy of an organisation.
    pub(super) fn identity_center<'n>(
        &mut self,
        instance: &str,
        store: &str,
        deny: Option<&str>,
        at: &impl Fn(&str) -> Option<&'n Node>,
    ) {
        let id = instance.rsplit('/').next().unwrap_or_default();
        if !instance.starts_with("arn:aws") || !named("ssoins-", id) {
            let what = format!("`{}` is no instance of Identity Center", instance.escape_debug());
            self.error(
                at("instance"),
                what,
                "such as `arn:aws:sso:::instance/ssoins-0a1b2c3d4e5f6a7b`",
            );
        }
        if !named("d-", store) {
            let what = format!("`{}` is no identity store", store.escape_debug());
            self.error(at("identity_store"), what, "such as `d-1234567890`");
        }
        if let Some(policy) = deny {
            self.deny_policy(policy, at);
        }
    }

    fn deny_policy<'n>(&mut self, policy: &str, at: &impl Fn(&str) -> Option<&'n Node>) {
        if !named("p-", policy) {
            let what = format!("`{}` is no policy of an organisation", policy.escape_debug());
            self.error(at("deny_policy"), what, "such as `p-0a1b2c3d`");
        }
    }

    pub(super) fn organizations<'n>(
        &mut self,
        raw: RawOrganizations,
        at: &impl Fn(&str) -> Option<&'n Node>,
    ) -> Told {
        let RawOrganizations {
            id,
            enforce,
            settle,
            calls_per_second: _,
            enforce_with: _,
            deny_policy,
            region,
            endpoint,
            credentials,
            protected,
        } = raw;
        let region = region.unwrap_or_else(|| "us-east-1".to_owned());
        self.region(&region, at);
        self.endpoint(endpoint.as_deref(), "endpoint", at);
        self.deny_policy(&deny_policy, at);
        for other in protected.iter().filter(|it| !it.starts_with("arn:aws")) {
            let what = format!("`{}` is no ARN, and protects nobody", other.escape_debug());
            self.error(at("protected"), what, "such as `arn:aws:iam::111122223333:role/ops`");
        }
        let config = OrganizationsConfig {
            deny_policy,
            region,
            endpoint,
            credentials: self.credentials(credentials, at),
            protected,
        };
        (id, enforce, settle, None, ConnectorKind::AwsOrganizations(config))
    }

    pub(super) fn region<'n>(&mut self, region: &str, at: &impl Fn(&str) -> Option<&'n Node>) {
        let sound = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
        if region.split('-').count() < 3 || !region.bytes().all(sound) {
            let what = format!("`{}` is not a region", region.escape_debug());
            self.error(at("region"), what, "such as `eu-central-1`");
        }
    }

    pub(super) fn credentials<'n>(
        &mut self,
        raw: RawCredentials,
        at: &impl Fn(&str) -> Option<&'n Node>,
    ) -> CredentialReference {
        let node = at("credentials");
        match raw {
            RawCredentials::Default => CredentialReference::Default,
            RawCredentials::Profile { name } => CredentialReference::Profile(name),
            RawCredentials::File { path } => CredentialReference::File(self.path(&path)),
            RawCredentials::Env { access_key_id, secret_access_key } => {
                let mut sound = true;
                for (key, name) in
                    [("access_key_id", &access_key_id), ("secret_access_key", &secret_access_key)]
                {
                    if is_variable(name) {
                        continue;
                    }
                    sound = false;
                    // The text is not repeated: it may be the secret itself.
                    let what = format!("`{key}` must be the name of an environment variable");
                    let node = node.map(|it| it.get(key).unwrap_or(it));
                    let help = format!("such as `INTERLOCK_AWS_KEY`; {NEVER_SHOWN}");
                    self.error(node, what, &help);
                }
                if !sound {
                    return CredentialReference::Default;
                }
                CredentialReference::Environment { access_key_id, secret_access_key }
            }
        }
    }
}

/// Whether an id has the form that AWS gives it.
fn named(begin: &str, it: &str) -> bool {
    let rest = it.strip_prefix(begin).unwrap_or_default();
    let sound = |it: u8| it.is_ascii_alphanumeric() || it == b'-' || it == b'_';
    !rest.is_empty() && rest.bytes().all(sound)
}
