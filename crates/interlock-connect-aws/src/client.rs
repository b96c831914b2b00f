//! What is asked of AWS: one method per operation.
//!
//! Reads take the pass that a declared read gives, writes use up the pass that a permit gives;
//! nothing can be written without one. Each method refuses a pass for another operation.

use crate::Secret;
use crate::anywhere::Anywhere;
use crate::discover::{AccountPage, Section};
use crate::operation as op;
use interlock_contain::{CallError, ReadPass, WritePass};
use interlock_model::{Operation, Timestamp};
use std::collections::BTreeSet;
use std::fmt::{self, Debug};

/// AWS, as far as this connector needs it.
#[async_trait::async_trait]
pub trait Iam: Anywhere + Send + Sync + Debug {
    /// AWS's time, rather late than early, as far as its answers said.
    fn no_earlier(&self, now: Timestamp) -> Timestamp {
        now
    }
    /// Who we are: `sts:GetCallerIdentity`.
    async fn caller(&self, pass: ReadPass) -> Result<Caller, CallError>;
    /// Whose key this is, asked with the key itself; `None` when AWS does not take it:
    /// `sts:GetCallerIdentity`.
    async fn holder(
        &self,
        pass: ReadPass,
        id: &str,
        own: &Secret,
    ) -> Result<Option<Caller>, CallError>;
    /// A user's path: `iam:GetUser`.
    async fn user_path(&self, pass: ReadPass, user: &str) -> Result<String, CallError>;
    /// A role: `iam:GetRole`.
    async fn role(&self, pass: ReadPass, role: &str) -> Result<Role, CallError>;
    /// A user's access keys: `iam:ListAccessKeys`.
    async fn access_keys(&self, pass: ReadPass, user: &str) -> Result<Vec<AccessKey>, CallError>;
    /// When a key was last used, `None` when never: `iam:GetAccessKeyLastUsed`.
    async fn key_last_used(&self, pass: ReadPass, key: &str) -> Result<Option<String>, CallError>;
    /// A page of the account: `iam:GetAccountAuthorizationDetails`.
    async fn account_page(
        &self,
        pass: ReadPass,
        section: Section,
        marker: Option<&str>,
    ) -> Result<AccountPage, CallError>;
    /// The report on the account's credentials, where AWS has one: `iam:GenerateCredentialReport` has
    /// one made, and `iam:GetCredentialReport` reads it. `None` while it is being made.
    async fn credential_report(
        &self,
        made: ReadPass,
        read: ReadPass,
    ) -> Result<Option<String>, CallError>;
    /// Whether a user has a console password: `iam:GetLoginProfile`.
    async fn has_password(&self, pass: ReadPass, user: &str) -> Result<bool, CallError>;
    /// A user's credentials of one sort: `iam:ListServiceSpecificCredentials`,
    /// `iam:ListSigningCertificates` or `iam:ListSSHPublicKeys`.
    async fn other_credentials(
        &self,
        pass: ReadPass,
        sort: CredentialSort,
        user: &str,
    ) -> Result<Vec<OtherCredential>, CallError>;
    /// The role in an instance profile, `None` when it is empty: `iam:GetInstanceProfile`.
    async fn role_of_instances(
        &self,
        pass: ReadPass,
        profile: &str,
    ) -> Result<Option<ProfileRole>, CallError>;
    /// An inline policy as it is stored, `None` when it is not there:
    /// `iam:GetUserPolicy` or `iam:GetRolePolicy`.
    async fn inline_policy(
        &self,
        pass: ReadPass,
        holder: &Holder,
        policy: &str,
    ) -> Result<Option<String>, CallError>;
    /// Who holds a managed policy, at most 1,000 names: `iam:ListEntitiesForPolicy`.
    async fn policy_holders(&self, pass: ReadPass, arn: &str) -> Result<Holders, CallError>;
    /// The members of a group, at most 1,000 names: `iam:GetGroup`.
    async fn group_members(&self, pass: ReadPass, group: &str) -> Result<Vec<String>, CallError>;
    /// The versions of a secret: `secretsmanager:DescribeSecret`.
    async fn secret_versions(&self, pass: ReadPass, secret: &str) -> Result<Versions, CallError>;
    /// The `AccessKeyId` that one version of a secret names, and nothing else of it:
    /// `secretsmanager:GetSecretValue`.
    async fn delivered_key(
        &self,
        pass: ReadPass,
        secret: &str,
        version: &str,
    ) -> Result<Option<String>, CallError>;
    /// One version of a secret, to put it back: `secretsmanager:GetSecretValue`.
    async fn secret_value(
        &self,
        pass: ReadPass,
        secret: &str,
        version: &str,
    ) -> Result<Secret, CallError>;
    /// Which of these operations our own policies do not allow. Only the connector's check asks.
    async fn not_allowed(
        &self,
        principal: &str,
        operations: &[Operation],
    ) -> Result<Vec<Operation>, CallError>;

    /// Sets a key's status: `iam:UpdateAccessKey`.
    async fn set_key_status(
        &self,
        pass: WritePass,
        user: &str,
        key: &str,
        status: &str,
    ) -> Result<Acknowledged, CallError>;
    /// Deletes a key: `iam:DeleteAccessKey`.
    async fn delete_key(
        &self,
        pass: WritePass,
        user: &str,
        key: &str,
    ) -> Result<Acknowledged, CallError>;
    /// Sets the status of a credential of one sort: `iam:UpdateServiceSpecificCredential`,
    /// `iam:UpdateSigningCertificate` or `iam:UpdateSSHPublicKey`.
    async fn set_other_credential_status(
        &self,
        pass: WritePass,
        sort: CredentialSort,
        user: &str,
        id: &str,
        status: &str,
    ) -> Result<Acknowledged, CallError>;
    /// Takes a role out of an instance profile: `iam:RemoveRoleFromInstanceProfile`.
    async fn remove_from_instances(
        &self,
        pass: WritePass,
        profile: &str,
        role: &str,
    ) -> Result<Acknowledged, CallError>;
    /// Puts a role into an instance profile: `iam:AddRoleToInstanceProfile`.
    async fn add_to_instances(
        &self,
        pass: WritePass,
        profile: &str,
        role: &str,
    ) -> Result<Acknowledged, CallError>;
    /// Deletes a user's console password: `iam:DeleteLoginProfile`.
    async fn delete_password(&self, pass: WritePass, user: &str)
    -> Result<Acknowledged, CallError>;
    /// Issues a key: `iam:CreateAccessKey`.
    async fn create_key(&self, pass: WritePass, user: &str) -> Result<NewKey, CallError>;
    /// Writes an inline policy: `iam:PutUserPolicy` or `iam:PutRolePolicy`.
    async fn put_inline_policy(
        &self,
        pass: WritePass,
        holder: &Holder,
        policy: &str,
        document: &str,
    ) -> Result<Acknowledged, CallError>;
    /// Removes an inline policy: `iam:DeleteUserPolicy` or `iam:DeleteRolePolicy`.
    async fn delete_inline_policy(
        &self,
        pass: WritePass,
        holder: &Holder,
        policy: &str,
    ) -> Result<Acknowledged, CallError>;
    /// Writes a trust policy: `iam:UpdateAssumeRolePolicy`.
    async fn put_trust(
        &self,
        pass: WritePass,
        role: &str,
        document: &str,
    ) -> Result<Acknowledged, CallError>;
    /// Makes this value the current version of a secret: `secretsmanager:PutSecretValue`.
    /// The version's id makes it safe to repeat.
    async fn deliver(
        &self,
        pass: DeliveryPass,
        secret: &str,
        version: &str,
        value: &Secret,
    ) -> Result<Acknowledged, CallError>;
}

/// Leave to deliver what one permitted write issued, or to put back what it displaced.
#[derive(Debug)]
pub struct DeliveryPass {
    operation: Operation,
}

impl DeliveryPass {
    /// The delivery that goes with this write.
    ///
    /// # Errors
    /// `Invalid` when the action does not declare the delivery.
    pub fn of(pass: &WritePass, operation: Operation) -> Result<Self, CallError> {
        if pass.may_deliver(operation) {
            return Ok(Self { operation });
        }
        let why = format!("the delivery `{operation}` is not declared");
        Err(CallError::Invalid { why })
    }

    /// The operation that was permitted.
    #[must_use]
    pub const fn operation(&self) -> Operation {
        self.operation
    }
}

/// Refuses a pass that was given for another operation.
///
/// # Errors
/// `Invalid` when it was.
pub(crate) fn admit(given: Operation, needed: Operation) -> Result<(), CallError> {
    if given == needed {
        return Ok(());
    }
    Err(CallError::Invalid { why: format!("a pass for `{given}` does not open `{needed}`") })
}

/// Who the connector acts as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The account's number.
    pub account: String,
    /// The ARN of the user, of the role's session, or of the root.
    pub arn: String,
}

/// A user or a role, by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// A user.
    User(String),
    /// A role.
    Role(String),
}

impl Holder {
    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::User(name) | Self::Role(name) => name,
        }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(name) => write!(f, "user `{name}`"),
            Self::Role(name) => write!(f, "role `{name}`"),
        }
    }
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its ARN.
    pub arn: String,
    /// Its own id, `AROA…`: another one when it is deleted and made anew under the same name.
    pub id: String,
    /// Its path with both slashes.
    pub path: String,
    /// Its trust policy as it is stored.
    pub trust: String,
    /// How long its sessions can live, in seconds.
    pub longest_session: u64,
}

/// An access key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// Its id, `AKIA…`.
    pub id: String,
    /// `Active`, `Inactive` or `Expired`.
    pub status: String,
    /// When it was issued, in seconds since 1970.
    pub created: Option<i64>,
}

/// The sorts of credentials that a user has beside access keys and a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CredentialSort {
    /// For a single service: of CodeCommit, Keyspaces, or a key of Bedrock.
    ServiceSpecific,
    /// An X.509 certificate that signs requests.
    SigningCertificate,
    /// A public SSH key, with which CodeCommit knows its user.
    SshPublicKey,
}

impl CredentialSort {
    /// Every sort.
    pub const ALL: [Self; 3] =
        [Self::ServiceSpecific, Self::SigningCertificate, Self::SshPublicKey];

    /// The operation that lists a user's.
    #[must_use]
    pub const fn list(self) -> Operation {
        match self {
            Self::ServiceSpecific => op::LIST_SERVICE_CREDENTIALS,
            Self::SigningCertificate => op::LIST_SIGNING_CERTIFICATES,
            Self::SshPublicKey => op::LIST_SSH_PUBLIC_KEYS,
        }
    }

    /// The operation that sets the status of one.
    #[must_use]
    pub const fn update(self) -> Operation {
        match self {
            Self::ServiceSpecific => op::UPDATE_SERVICE_CREDENTIAL,
            Self::SigningCertificate => op::UPDATE_SIGNING_CERTIFICATE,
            Self::SshPublicKey => op::UPDATE_SSH_PUBLIC_KEY,
        }
    }
}

/// A credential of one of these sorts, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherCredential {
    /// Its id: `ACCA…` for a service, `APKA…` of an SSH key.
    pub id: String,
    /// `Active`, `Inactive` or `Expired`.
    pub status: String,
    /// For which service, where it is for one.
    pub service: Option<String>,
    /// When it was made or uploaded, in seconds since 1970.
    pub created: Option<i64>,
    /// When it ends by itself, in seconds since 1970.
    pub expires: Option<i64>,
}

/// The role in an instance profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileRole {
    /// Its name.
    pub name: String,
    /// Its path with both slashes.
    pub path: String,
}

/// Who holds a managed policy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holders {
    /// Users, by name.
    pub users: BTreeSet<String>,
    /// Groups, by name.
    pub groups: BTreeSet<String>,
    /// Roles, by name.
    pub roles: BTreeSet<String>,
}

/// The versions of a secret.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Versions {
    /// The one staged `AWSCURRENT`.
    pub current: Option<String>,
    /// All that are listed.
    pub all: BTreeSet<String>,
}

/// A key that was just issued.
#[derive(Debug)]
pub struct NewKey {
    /// Its id.
    pub id: String,
    /// Its secret, shown by AWS this one time.
    pub secret: Secret,
    /// AWS's yes.
    pub acknowledged: Acknowledged,
}

/// AWS's yes to a write.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Acknowledged {
    /// AWS's id of the request, where it gave one.
    pub request: Option<String>,
}
