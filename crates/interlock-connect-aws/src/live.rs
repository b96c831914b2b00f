//! AWS itself. Nothing is asked twice here: one permitted write stays one write.

use crate::api::credential_report::{GenerateCredentialReport, GetCredentialReport};
use crate::api::credentials::{
    ListServiceSpecificCredentials, ListSigningCertificates, ListSshPublicKeys,
    UpdateServiceSpecificCredential, UpdateSigningCertificate, UpdateSshPublicKey,
};
use crate::api::iam::{
    CreateAccessKey, DeleteAccessKey, DeleteLoginProfile, DeleteRolePolicy, DeleteUserPolicy,
    GetAccessKeyLastUsed, GetAccountAuthorizationDetails, GetGroup, GetLoginProfile, GetRole,
    GetRolePolicy, GetUser, GetUserPolicy, ListAccessKeys, ListEntitiesForPolicy, PutRolePolicy,
    PutUserPolicy, SimulatePrincipalPolicy, UpdateAccessKey, UpdateAssumeRolePolicy,
};
use crate::api::instance_profile::{
    AddRoleToInstanceProfile, GetInstanceProfile, RemoveRoleFromInstanceProfile,
};
use crate::api::secrets::{DescribeSecret, GetSecretValue, PutSecretValue};
use crate::api::sts::GetCallerIdentity;
use crate::api::{Answered, Api, Call, Failure};
use crate::client::{
    AccessKey, Acknowledged, Caller, CredentialSort, DeliveryPass, Holder, Holders, Iam, NewKey,
    OtherCredential, ProfileRole, Role, Versions, admit,
};
use crate::discover::{AccountPage, Section};
use crate::errors::Asked;
use crate::operation as op;
use crate::policy::decode;
use crate::sign::Signer;
use crate::{AwsConfig, Secret};
use base64::Engine as _;
use interlock_contain::{CallError, ReadPass, WritePass};
use interlock_model::{Operation, Timestamp};

/// How many names of policy holders or group members are read.
const NAMES: usize = 1_000;
/// How many pages of one list are read.
const PAGES: usize = 1_000;

/// The three services behind one face.
#[derive(Debug)]
pub(crate) struct Live {
    api: Api,
}

/// The markers of a list that is read page by page: bounded, and never the same one twice in a row.
pub(crate) struct Pages {
    marker: Option<String>,
    left: usize,
}

impl Pages {
    pub(crate) fn new() -> Self {
        Self { marker: None, left: PAGES }
    }

    /// Where the next page begins.
    pub(crate) fn marker(&self) -> Option<&str> {
        self.marker.as_deref()
    }

    /// Whether there is a next page.
    pub(crate) fn go_on<C: Call>(
        &mut self,
        what: &str,
        next: Option<String>,
    ) -> Result<bool, CallError> {
        self.left = self.left.saturating_sub(1);
        if next.is_some() && (self.left == 0 || next == self.marker) {
            let why = format!("`{}` on {what}: the list does not end", C::OPERATION);
            return Err(CallError::Invalid { why });
        }
        self.marker = next;
        Ok(self.marker.is_some())
    }
}

impl Live {
    /// Builds the client; calls nothing but what the credential chain needs.
    pub(crate) async fn new(config: &AwsConfig) -> Self {
        Self { api: Api::new(config).await }
    }

    /// Reads; `what` is for people.
    pub(crate) async fn read<C: Answered>(
        &self,
        what: &str,
        call: C,
    ) -> Result<C::Answer, CallError> {
        let asked = Asked { operation: C::OPERATION, writes: false, what };
        let answer = self.api.ask(&call).await;
        answer.map(|(answer, _)| answer).map_err(|it| asked.failed(it))
    }

    /// Writes with this pass, where nothing counts but the yes.
    pub(crate) async fn write<C: Call>(
        &self,
        pass: Operation,
        what: &str,
        call: C,
    ) -> Result<Acknowledged, CallError> {
        admit(pass, C::OPERATION)?;
        let asked = Asked { operation: C::OPERATION, writes: true, what };
        let request = self.api.tell(&call).await.map_err(|it| asked.failed(it))?;
        Ok(Acknowledged { request })
    }
}

/// What is not there, as `None`.
fn optional<T>(answer: Result<T, CallError>) -> Result<Option<T>, CallError> {
    match answer {
        Ok(it) => Ok(Some(it)),
        Err(CallError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn stored(operation: Operation, what: &str, document: &str) -> Result<String, CallError> {
    decode(document).ok_or_else(|| CallError::Invalid {
        why: format!("`{operation}` on {what}: the document is not encoded as IAM encodes it"),
    })
}

fn user(name: &str) -> String {
    format!("user `{name}`")
}

fn key(id: &str) -> String {
    format!("access key `{id}`")
}

fn instances(profile: &str) -> String {
    format!("instance profile `{profile}`")
}

fn secret_named(name: &str) -> String {
    format!("secret `{name}`")
}

#[async_trait::async_trait]
impl Iam for Live {
    async fn caller(&self, pass: ReadPass) -> Result<Caller, CallError> {
        admit(pass.operation(), op::GET_CALLER_IDENTITY)?;
        self.read("ourselves", GetCallerIdentity).await
    }

    fn no_earlier(&self, now: Timestamp) -> Timestamp {
        self.api.no_earlier(now)
    }

    async fn holder(
        &self,
        pass: ReadPass,
        id: &str,
        own: &Secret,
    ) -> Result<Option<Caller>, CallError> {
        let operation = op::GET_CALLER_IDENTITY;
        admit(pass.operation(), operation)?;
        let answer = self.api.ask_as(&Signer::with_key(id, own), &GetCallerIdentity).await;
        let code = answer.as_ref().err().and_then(Failure::code);
        if matches!(code, Some("InvalidClientTokenId" | "SignatureDoesNotMatch")) {
            return Ok(None);
        }
        let what = key(id);
        let asked = Asked { operation, writes: false, what: &what };
        answer.map(Some).map_err(|it| asked.failed(it))
    }

    async fn user_path(&self, pass: ReadPass, name: &str) -> Result<String, CallError> {
        admit(pass.operation(), op::GET_USER)?;
        self.read(&user(name), GetUser(name)).await
    }

    async fn role(&self, pass: ReadPass, name: &str) -> Result<Role, CallError> {
        let operation = op::GET_ROLE;
        admit(pass.operation(), operation)?;
        let what = format!("role `{name}`");
        let role = self.read(&what, GetRole(name)).await?;
        Ok(Role {
            trust: stored(operation, &what, &role.trust)?,
            // Source: IAM API reference, `MaxSessionDuration`: one hour when nothing is set.
            longest_session: role.longest_session.unwrap_or(3_600),
            arn: role.arn,
            id: role.id,
            path: role.path,
        })
    }

    async fn access_keys(&self, pass: ReadPass, name: &str) -> Result<Vec<AccessKey>, CallError> {
        admit(pass.operation(), op::LIST_ACCESS_KEYS)?;
        self.read(&user(name), ListAccessKeys(name)).await
    }

    async fn key_last_used(&self, pass: ReadPass, id: &str) -> Result<Option<String>, CallError> {
        admit(pass.operation(), op::GET_ACCESS_KEY_LAST_USED)?;
        let used = self.read(&key(id), GetAccessKeyLastUsed(id)).await?;
        Ok(used.map(|it| it.to_string()))
    }

    async fn account_page(
        &self,
        pass: ReadPass,
        section: Section,
        marker: Option<&str>,
    ) -> Result<AccountPage, CallError> {
        admit(pass.operation(), op::GET_ACCOUNT_AUTHORIZATION_DETAILS)?;
        self.read("the account", GetAccountAuthorizationDetails { section, marker }).await
    }

    async fn credential_report(
        &self,
        made: ReadPass,
        read: ReadPass,
    ) -> Result<Option<String>, CallError> {
        admit(made.operation(), op::GENERATE_CREDENTIAL_REPORT)?;
        admit(read.operation(), op::GET_CREDENTIAL_REPORT)?;
        let what = "the report on credentials";
        if !self.read(what, GenerateCredentialReport).await? {
            return Ok(None);
        }
        let report = self.read(what, GetCredentialReport).await?;
        let report = base64::engine::general_purpose::STANDARD.decode(report.trim());
        let unread = |why: String| CallError::Invalid { why: format!("{what}: {why}") };
        let report = report.map_err(|it| unread(it.to_string()))?;
        String::from_utf8(report).map(Some).map_err(|it| unread(it.to_string()))
    }

    async fn has_password(&self, pass: ReadPass, name: &str) -> Result<bool, CallError> {
        let operation = op::GET_LOGIN_PROFILE;
        admit(pass.operation(), operation)?;
        let what = user(name);
        let asked = Asked { operation, writes: false, what: &what };
        let answer = self.api.tell(&GetLoginProfile(name)).await;
        Ok(optional(answer.map_err(|it| asked.failed(it)))?.is_some())
    }

    async fn other_credentials(
        &self,
        pass: ReadPass,
        sort: CredentialSort,
        name: &str,
    ) -> Result<Vec<OtherCredential>, CallError> {
        admit(pass.operation(), sort.list())?;
        let what = user(name);
        match sort {
            CredentialSort::ServiceSpecific => {
                self.read(&what, ListServiceSpecificCredentials(name)).await
            }
            CredentialSort::SigningCertificate => {
                self.read(&what, ListSigningCertificates(name)).await
            }
            CredentialSort::SshPublicKey => self.read(&what, ListSshPublicKeys(name)).await,
        }
    }

    async fn role_of_instances(
        &self,
        pass: ReadPass,
        profile: &str,
    ) -> Result<Option<ProfileRole>, CallError> {
        admit(pass.operation(), op::GET_INSTANCE_PROFILE)?;
        self.read(&instances(profile), GetInstanceProfile(profile)).await
    }

    async fn inline_policy(
        &self,
        pass: ReadPass,
        holder: &Holder,
        policy: &str,
    ) -> Result<Option<String>, CallError> {
        let what = format!("policy `{policy}` of {holder}");
        let (operation, document) = match holder {
            Holder::User(user) => {
                admit(pass.operation(), op::GET_USER_POLICY)?;
                (op::GET_USER_POLICY, self.read(&what, GetUserPolicy { user, policy }).await)
            }
            Holder::Role(role) => {
                admit(pass.operation(), op::GET_ROLE_POLICY)?;
                (op::GET_ROLE_POLICY, self.read(&what, GetRolePolicy { role, policy }).await)
            }
        };
        optional(document)?.map(|it| stored(operation, &what, &it)).transpose()
    }

    async fn policy_holders(&self, pass: ReadPass, arn: &str) -> Result<Holders, CallError> {
        admit(pass.operation(), op::LIST_ENTITIES_FOR_POLICY)?;
        let what = format!("policy `{arn}`");
        let mut holders = Holders::default();
        let mut pages = Pages::new();
        loop {
            let call = ListEntitiesForPolicy { arn, marker: pages.marker.as_deref() };
            let page = self.read(&what, call).await?;
            holders.users.extend(page.items.users);
            holders.groups.extend(page.items.groups);
            holders.roles.extend(page.items.roles);
            let found = holders.users.len() + holders.groups.len() + holders.roles.len();
            if found >= NAMES || !pages.go_on::<ListEntitiesForPolicy<'_>>(&what, page.next)? {
                return Ok(holders);
            }
        }
    }

    async fn group_members(&self, pass: ReadPass, group: &str) -> Result<Vec<String>, CallError> {
        admit(pass.operation(), op::GET_GROUP)?;
        let what = format!("group `{group}`");
        let mut members = Vec::new();
        let mut pages = Pages::new();
        loop {
            let marker = pages.marker.as_deref();
            let page = self.read(&what, GetGroup { group, marker }).await?;
            members.extend(page.items);
            if members.len() >= NAMES || !pages.go_on::<GetGroup<'_>>(&what, page.next)? {
                return Ok(members);
            }
        }
    }

    async fn secret_versions(&self, pass: ReadPass, secret: &str) -> Result<Versions, CallError> {
        admit(pass.operation(), op::DESCRIBE_SECRET)?;
        let what = secret_named(secret);
        let found = self.read(&what, DescribeSecret { secret_id: secret }).await?;
        if found.leaves {
            return Err(CallError::NotFound { what: format!("{what} (it is being deleted)") });
        }
        Ok(found.versions)
    }

    async fn delivered_key(
        &self,
        pass: ReadPass,
        secret: &str,
        version: &str,
    ) -> Result<Option<String>, CallError> {
        match self.secret_value(pass, secret, version).await {
            Ok(value) => Ok(key_named_in(&value)),
            Err(CallError::NotFound { .. } | CallError::Unsupported { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn secret_value(
        &self,
        pass: ReadPass,
        secret: &str,
        version: &str,
    ) -> Result<Secret, CallError> {
        admit(pass.operation(), op::GET_SECRET_VALUE)?;
        let what = secret_named(secret);
        let call = GetSecretValue { secret_id: secret, version_id: version };
        self.read(&what, call).await?.ok_or_else(|| CallError::Unsupported {
            why: format!("{what} holds bytes instead of text"),
        })
    }

    async fn not_allowed(
        &self,
        principal: &str,
        operations: &[Operation],
    ) -> Result<Vec<Operation>, CallError> {
        let what = format!("`{principal}`");
        let mut allowed = Vec::new();
        let mut pages = Pages::new();
        loop {
            let marker = pages.marker.as_deref();
            let call = SimulatePrincipalPolicy { principal, operations, marker };
            let page = self.read(&what, call).await?;
            allowed.extend(page.items);
            if !pages.go_on::<SimulatePrincipalPolicy<'_>>(&what, page.next)? {
                break;
            }
        }
        let refused = |it: &&Operation| !allowed.iter().any(|name| name == it.0);
        Ok(operations.iter().filter(refused).copied().collect())
    }

    async fn set_key_status(
        &self,
        pass: WritePass,
        name: &str,
        id: &str,
        status: &str,
    ) -> Result<Acknowledged, CallError> {
        let call = UpdateAccessKey { user: name, key: id, status };
        self.write(pass.operation(), &key(id), call).await
    }

    async fn delete_key(
        &self,
        pass: WritePass,
        name: &str,
        id: &str,
    ) -> Result<Acknowledged, CallError> {
        self.write(pass.operation(), &key(id), DeleteAccessKey { user: name, key: id }).await
    }

    async fn set_other_credential_status(
        &self,
        pass: WritePass,
        sort: CredentialSort,
        user: &str,
        id: &str,
        status: &str,
    ) -> Result<Acknowledged, CallError> {
        let (pass, what) = (pass.operation(), format!("credential `{id}`"));
        match sort {
            CredentialSort::ServiceSpecific => {
                self.write(pass, &what, UpdateServiceSpecificCredential { user, id, status }).await
            }
            CredentialSort::SigningCertificate => {
                self.write(pass, &what, UpdateSigningCertificate { user, id, status }).await
            }
            CredentialSort::SshPublicKey => {
                self.write(pass, &what, UpdateSshPublicKey { user, id, status }).await
            }
        }
    }

    async fn remove_from_instances(
        &self,
        pass: WritePass,
        profile: &str,
        role: &str,
    ) -> Result<Acknowledged, CallError> {
        let call = RemoveRoleFromInstanceProfile { profile, role };
        self.write(pass.operation(), &instances(profile), call).await
    }

    async fn add_to_instances(
        &self,
        pass: WritePass,
        profile: &str,
        role: &str,
    ) -> Result<Acknowledged, CallError> {
        let call = AddRoleToInstanceProfile { profile, role };
        self.write(pass.operation(), &instances(profile), call).await
    }

    async fn delete_password(
        &self,
        pass: WritePass,
        name: &str,
    ) -> Result<Acknowledged, CallError> {
        self.write(pass.operation(), &user(name), DeleteLoginProfile(name)).await
    }

    async fn create_key(&self, pass: WritePass, name: &str) -> Result<NewKey, CallError> {
        let operation = op::CREATE_ACCESS_KEY;
        admit(pass.operation(), operation)?;
        let what = user(name);
        let asked = Asked { operation, writes: true, what: &what };
        let answer = self.api.ask(&CreateAccessKey(name)).await;
        let ((id, secret), request) = answer.map_err(|it| asked.failed(it))?;
        Ok(NewKey { id, secret, acknowledged: Acknowledged { request } })
    }

    async fn put_inline_policy(
        &self,
        pass: WritePass,
        holder: &Holder,
        policy: &str,
        document: &str,
    ) -> Result<Acknowledged, CallError> {
        let (pass, what) = (pass.operation(), holder.to_string());
        match holder {
            Holder::User(user) => {
                self.write(pass, &what, PutUserPolicy { user, policy, document }).await
            }
            Holder::Role(role) => {
                self.write(pass, &what, PutRolePolicy { role, policy, document }).await
            }
        }
    }

    async fn delete_inline_policy(
        &self,
        pass: WritePass,
        holder: &Holder,
        policy: &str,
    ) -> Result<Acknowledged, CallError> {
        let (pass, what) = (pass.operation(), format!("policy `{policy}` of {holder}"));
        match holder {
            Holder::User(user) => self.write(pass, &what, DeleteUserPolicy { user, policy }).await,
            Holder::Role(role) => self.write(pass, &what, DeleteRolePolicy { role, policy }).await,
        }
    }

    async fn put_trust(
        &self,
        pass: WritePass,
        role: &str,
        document: &str,
    ) -> Result<Acknowledged, CallError> {
        let what = format!("role `{role}`");
        self.write(pass.operation(), &what, UpdateAssumeRolePolicy { role, document }).await
    }

    async fn deliver(
        &self,
        pass: DeliveryPass,
        secret: &str,
        version: &str,
        value: &Secret,
    ) -> Result<Acknowledged, CallError> {
        let call = PutSecretValue {
            secret_id: secret,
            client_request_token: version,
            secret_string: value,
        };
        self.write(pass.operation(), &secret_named(secret), call).await
    }
}

/// The `AccessKeyId` in a delivered value; everything else is dropped at once.
pub(crate) fn key_named_in(value: &Secret) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Delivered {
        #[serde(rename = "AccessKeyId")]
        id: String,
    }
    serde_json::from_str::<Delivered>(value.expose()).ok().map(|it| it.id)
}
