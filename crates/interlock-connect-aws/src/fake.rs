//! AWS in memory: behaves, and misbehaves on request. Holds what it is given, nothing more.

pub mod anywhere;
mod described;
mod held;
mod other;
mod server;
mod small;

use crate::Secret;
use crate::anywhere::{AnywhereProfile, TrustAnchor};
use crate::client::{
    AccessKey, Acknowledged, Caller, CredentialSort, DeliveryPass, Holder, Holders, Iam, NewKey,
    OtherCredential, ProfileRole, Role, Versions,
};
use crate::discover::{AccountPage, Section};
use crate::live::key_named_in;
use crate::operation as op;
use described::described;
pub use held::Trouble;
pub(crate) use held::{denied, missing};
use interlock_contain::{CallError, ReadPass, WritePass};
use interlock_model::Operation;
pub use server::Server;
use std::collections::BTreeMap;
use std::fmt;

/// The account that the fake is.
pub const ACCOUNT: &str = "111122223333";
/// What every secret that the fake issues contains: plant it, then look for it in outputs.
pub const PLANTED: &str = "planted-secret-material";

/// AWS in memory.
pub type Fake = Server<State>;

/// What the account holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct State {
    /// The report on credentials, while there is one.
    pub report: Option<String>,
    /// Users by name.
    pub users: BTreeMap<String, User>,
    /// Roles by name.
    pub roles: BTreeMap<String, FakeRole>,
    /// The role in each instance profile.
    pub instance_profiles: BTreeMap<String, Option<String>>,
    /// Profiles of Roles Anywhere.
    pub anywhere_profiles: Vec<AnywhereProfile>,
    /// Trust anchors of Roles Anywhere.
    pub trust_anchors: Vec<TrustAnchor>,
    /// Members of groups.
    pub groups: BTreeMap<String, Vec<String>>,
    /// Who holds `AdministratorAccess`.
    pub administrators: Holders,
    /// Secrets by name.
    pub secrets: BTreeMap<String, Stored>,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct User {
    /// Its path with both slashes.
    pub path: String,
    /// Its keys.
    pub keys: Vec<AccessKey>,
    /// When each key was last used, where it was.
    pub last_used: BTreeMap<String, String>,
    /// Its inline policies by name.
    pub policies: BTreeMap<String, String>,
    /// Whether it has a console password.
    pub password: bool,
    /// Its other credentials, by their sort.
    pub others: BTreeMap<CredentialSort, Vec<OtherCredential>>,
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FakeRole {
    /// Its path with both slashes.
    pub path: String,
    /// Its trust policy.
    pub trust: String,
    /// Its inline policies by name.
    pub policies: BTreeMap<String, String>,
}

/// A secret. Its values show in no `Debug`.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Stored {
    /// Versions with their values, oldest first.
    pub versions: Vec<(String, String)>,
    /// The version staged `AWSCURRENT`.
    pub current: Option<String>,
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let versions: Vec<&str> = self.versions.iter().map(|it| it.0.as_str()).collect();
        f.debug_struct("Stored")
            .field("versions", &versions)
            .field("current", &self.current)
            .finish()
    }
}

impl Stored {
    /// A secret with this one version.
    #[must_use]
    pub fn of(version: &str, value: &str) -> Self {
        Self {
            versions: vec![(version.to_owned(), value.to_owned())],
            current: Some(version.to_owned()),
        }
    }

    /// The value that readers get.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        let current = self.current.as_deref()?;
        self.versions.iter().find(|it| it.0 == current).map(|it| it.1.as_str())
    }
}

impl Server<State> {
    /// Whether a call signed with this key would be let in and allowed anything.
    #[must_use]
    pub fn accepts(&self, key: &str) -> bool {
        self.state().users.values().any(|user| {
            user.keys.iter().any(|it| it.id == key && it.status == "Active")
                && !user.policies.contains_key("InterlockQuarantine")
        })
    }

    /// Changes what it holds; AWS gives each request an id.
    pub(super) fn acknowledged<T>(
        &self,
        given: Operation,
        needed: Operation,
        change: impl FnOnce(&mut State, &mut u32) -> Result<T, CallError>,
    ) -> Result<(T, Acknowledged), CallError> {
        let (answer, number) = self.write(given, needed, change)?;
        Ok((answer, Acknowledged { request: Some(format!("request-{number}")) }))
    }
}

#[async_trait::async_trait]
impl Iam for Fake {
    async fn caller(&self, pass: ReadPass) -> Result<Caller, CallError> {
        self.read(pass.operation(), op::GET_CALLER_IDENTITY, |_| {
            let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/interlock/fake");
            Ok(Caller { account: ACCOUNT.to_owned(), arn })
        })
    }

    async fn holder(
        &self,
        pass: ReadPass,
        id: &str,
        _own: &Secret,
    ) -> Result<Option<Caller>, CallError> {
        self.read(pass.operation(), op::GET_CALLER_IDENTITY, |it| Ok(it.holder_of(id)))
    }

    async fn user_path(&self, pass: ReadPass, user: &str) -> Result<String, CallError> {
        self.read(pass.operation(), op::GET_USER, |it| Ok(it.user(user)?.path.clone()))
    }

    async fn role(&self, pass: ReadPass, role: &str) -> Result<Role, CallError> {
        self.read(pass.operation(), op::GET_ROLE, |it| {
            let found = it.role(role)?;
            let arn = format!("arn:aws:iam::{ACCOUNT}:role{}{role}", found.path);
            let (path, trust) = (found.path.clone(), found.trust.clone());
            let id = format!("AROAEXAMPLE{}", role.to_uppercase());
            Ok(Role { arn, id, path, trust, longest_session: 3_600 })
        })
    }

    async fn access_keys(&self, pass: ReadPass, user: &str) -> Result<Vec<AccessKey>, CallError> {
        self.read(pass.operation(), op::LIST_ACCESS_KEYS, |it| Ok(it.user(user)?.keys.clone()))
    }

    async fn key_last_used(&self, pass: ReadPass, key: &str) -> Result<Option<String>, CallError> {
        self.read(pass.operation(), op::GET_ACCESS_KEY_LAST_USED, |it| {
            Ok(it.users.values().find_map(|user| user.last_used.get(key).cloned()))
        })
    }

    async fn account_page(
        &self,
        pass: ReadPass,
        section: Section,
        _marker: Option<&str>,
    ) -> Result<AccountPage, CallError> {
        self.read(pass.operation(), op::GET_ACCOUNT_AUTHORIZATION_DETAILS, |it| {
            Ok(described(it, section))
        })
    }

    async fn credential_report(
        &self,
        made: ReadPass,
        read: ReadPass,
    ) -> Result<Option<String>, CallError> {
        self.read(made.operation(), op::GENERATE_CREDENTIAL_REPORT, |_| Ok(()))?;
        self.read(read.operation(), op::GET_CREDENTIAL_REPORT, |it| Ok(it.report.clone()))
    }

    async fn has_password(&self, pass: ReadPass, user: &str) -> Result<bool, CallError> {
        self.read(pass.operation(), op::GET_LOGIN_PROFILE, |it| {
            Ok(it.users.get(user).is_some_and(|it| it.password))
        })
    }

    async fn other_credentials(
        &self,
        pass: ReadPass,
        sort: CredentialSort,
        user: &str,
    ) -> Result<Vec<OtherCredential>, CallError> {
        self.read(pass.operation(), sort.list(), |it| it.others_of(sort, user))
    }

    async fn role_of_instances(
        &self,
        pass: ReadPass,
        profile: &str,
    ) -> Result<Option<ProfileRole>, CallError> {
        self.read(pass.operation(), op::GET_INSTANCE_PROFILE, |it| it.role_in(profile))
    }

    async fn inline_policy(
        &self,
        pass: ReadPass,
        holder: &Holder,
        policy: &str,
    ) -> Result<Option<String>, CallError> {
        let needed = match holder {
            Holder::User(_) => op::GET_USER_POLICY,
            Holder::Role(_) => op::GET_ROLE_POLICY,
        };
        // Like AWS, this does not tell a missing policy from a missing user or role.
        self.read(pass.operation(), needed, |it| {
            Ok(match holder {
                Holder::User(name) => it.users.get(name).map(|it| &it.policies),
                Holder::Role(name) => it.roles.get(name).map(|it| &it.policies),
            }
            .and_then(|it| it.get(policy).cloned()))
        })
    }

    async fn policy_holders(&self, pass: ReadPass, arn: &str) -> Result<Holders, CallError> {
        self.read(pass.operation(), op::LIST_ENTITIES_FOR_POLICY, |it| {
            if arn.ends_with("policy/AdministratorAccess") {
                return Ok(it.administrators.clone());
            }
            Err(missing(format!("policy `{arn}`")))
        })
    }

    async fn group_members(&self, pass: ReadPass, group: &str) -> Result<Vec<String>, CallError> {
        self.read(pass.operation(), op::GET_GROUP, |it| {
            it.groups.get(group).cloned().ok_or_else(|| missing(format!("group `{group}`")))
        })
    }

    async fn secret_versions(&self, pass: ReadPass, secret: &str) -> Result<Versions, CallError> {
        self.read(pass.operation(), op::DESCRIBE_SECRET, |it| {
            let stored = it.secret(secret)?;
            let all = stored.versions.iter().map(|it| it.0.clone()).collect();
            Ok(Versions { current: stored.current.clone(), all })
        })
    }

    async fn delivered_key(
        &self,
        pass: ReadPass,
        secret: &str,
        version: &str,
    ) -> Result<Option<String>, CallError> {
        self.read(pass.operation(), op::GET_SECRET_VALUE, |it| {
            Ok(it.value(secret, version).ok().as_ref().and_then(key_named_in))
        })
    }

    async fn secret_value(
        &self,
        pass: ReadPass,
        secret: &str,
        version: &str,
    ) -> Result<Secret, CallError> {
        self.read(pass.operation(), op::GET_SECRET_VALUE, |it| it.value(secret, version))
    }

    async fn not_allowed(
        &self,
        _principal: &str,
        operations: &[Operation],
    ) -> Result<Vec<Operation>, CallError> {
        if self.next_trouble(op::SIMULATE_PRINCIPAL_POLICY).is_some() {
            return Err(denied(op::SIMULATE_PRINCIPAL_POLICY));
        }
        Ok(operations.iter().filter(|it| self.will_deny(**it)).copied().collect())
    }

    async fn set_key_status(
        &self,
        pass: WritePass,
        user: &str,
        key: &str,
        status: &str,
    ) -> Result<Acknowledged, CallError> {
        let answer = self.acknowledged(pass.operation(), op::UPDATE_ACCESS_KEY, |it, _| {
            let found = it.user_mut(user)?.keys.iter_mut().find(|it| it.id == key);
            found.ok_or_else(|| missing(format!("access key `{key}`")))?.status = status.to_owned();
            Ok(())
        });
        answer.map(|it| it.1)
    }

    async fn set_other_credential_status(
        &self,
        pass: WritePass,
        sort: CredentialSort,
        user: &str,
        id: &str,
        status: &str,
    ) -> Result<Acknowledged, CallError> {
        let answer = self.acknowledged(pass.operation(), sort.update(), |it, _| {
            it.set_other(sort, user, id, status)
        });
        answer.map(|it| it.1)
    }

    async fn remove_from_instances(
        &self,
        pass: WritePass,
        profile: &str,
        role: &str,
    ) -> Result<Acknowledged, CallError> {
        let needed = op::REMOVE_ROLE_FROM_INSTANCE_PROFILE;
        self.acknowledged(pass.operation(), needed, |it, _| it.take_out(profile, role))
            .map(|it| it.1)
    }

    async fn add_to_instances(
        &self,
        pass: WritePass,
        profile: &str,
        role: &str,
    ) -> Result<Acknowledged, CallError> {
        let needed = op::ADD_ROLE_TO_INSTANCE_PROFILE;
        self.acknowledged(pass.operation(), needed, |it, _| it.put_in(profile, role)).map(|it| it.1)
    }

    async fn delete_password(
        &self,
        pass: WritePass,
        user: &str,
    ) -> Result<Acknowledged, CallError> {
        let answer = self.acknowledged(pass.operation(), op::DELETE_LOGIN_PROFILE, |it, _| {
            it.user_mut(user)?.password = false;
            Ok(())
        });
        answer.map(|it| it.1)
    }

    async fn delete_key(
        &self,
        pass: WritePass,
        user: &str,
        key: &str,
    ) -> Result<Acknowledged, CallError> {
        let answer = self.acknowledged(pass.operation(), op::DELETE_ACCESS_KEY, |it, _| {
            let keys = &mut it.user_mut(user)?.keys;
            let at = keys.iter().position(|it| it.id == key);
            keys.remove(at.ok_or_else(|| missing(format!("access key `{key}`")))?);
            Ok(())
        });
        answer.map(|it| it.1)
    }

    async fn create_key(&self, pass: WritePass, user: &str) -> Result<NewKey, CallError> {
        let answer = self.acknowledged(pass.operation(), op::CREATE_ACCESS_KEY, |it, issued| {
            let keys = &mut it.user_mut(user)?.keys;
            if keys.len() >= 2 {
                let why = "`iam:CreateAccessKey`: LimitExceeded".to_owned();
                return Err(CallError::Unsupported { why });
            }
            *issued += 1;
            let id = format!("AKIAIOSFODNN7ISSUED{issued}");
            keys.push(AccessKey { id: id.clone(), status: "Active".to_owned(), created: None });
            Ok((id, Secret::new(format!("{PLANTED}-{issued}"))))
        });
        let ((id, secret), acknowledged) = answer?;
        Ok(NewKey { id, secret, acknowledged })
    }

    async fn put_inline_policy(
        &self,
        pass: WritePass,
        holder: &Holder,
        policy: &str,
        document: &str,
    ) -> Result<Acknowledged, CallError> {
        let needed = match holder {
            Holder::User(_) => op::PUT_USER_POLICY,
            Holder::Role(_) => op::PUT_ROLE_POLICY,
        };
        let answer = self.acknowledged(pass.operation(), needed, |it, _| {
            it.policies(holder)?.insert(policy.to_owned(), document.to_owned());
            Ok(())
        });
        answer.map(|it| it.1)
    }

    async fn delete_inline_policy(
        &self,
        pass: WritePass,
        holder: &Holder,
        policy: &str,
    ) -> Result<Acknowledged, CallError> {
        let needed = match holder {
            Holder::User(_) => op::DELETE_USER_POLICY,
            Holder::Role(_) => op::DELETE_ROLE_POLICY,
        };
        let answer = self.acknowledged(pass.operation(), needed, |it, _| {
            let removed = it.policies(holder)?.remove(policy);
            removed.map(drop).ok_or_else(|| missing(format!("policy `{policy}` of {holder}")))
        });
        answer.map(|it| it.1)
    }

    async fn put_trust(
        &self,
        pass: WritePass,
        role: &str,
        document: &str,
    ) -> Result<Acknowledged, CallError> {
        let answer = self.acknowledged(pass.operation(), op::UPDATE_ASSUME_ROLE_POLICY, |it, _| {
            let found = it.roles.get_mut(role);
            found.ok_or_else(|| missing(format!("role `{role}`")))?.trust = document.to_owned();
            Ok(())
        });
        answer.map(|it| it.1)
    }

    async fn deliver(
        &self,
        pass: DeliveryPass,
        secret: &str,
        version: &str,
        value: &Secret,
    ) -> Result<Acknowledged, CallError> {
        let answer = self.acknowledged(pass.operation(), op::PUT_SECRET_VALUE, |it, _| {
            let stored = it.secrets.get_mut(secret);
            let stored = stored.ok_or_else(|| missing(format!("secret `{secret}`")))?;
            if let Some(there) = stored.versions.iter().find(|it| it.0 == version) {
                // Like AWS: the same again is nothing, another value under the same id is refused.
                if there.1 == value.expose() {
                    return Ok(());
                }
                let why = format!("secret `{secret}`: ResourceExistsException");
                return Err(CallError::Unsupported { why });
            }
            stored.versions.push((version.to_owned(), value.expose().to_owned()));
            stored.current = Some(version.to_owned());
            Ok(())
        });
        answer.map(|it| it.1)
    }
}
