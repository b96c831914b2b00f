//! The client on the official SDK. Its own retries are off: one permitted write stays one write.

use crate::client::{
    AccessKey, Acknowledged, Caller, DeliveryPass, Holder, Holders, Iam, NewKey, Role, Versions,
    admit,
};
use crate::discover::{self, AccountPage, Section};
use crate::errors::Asked;
use crate::operation as op;
use crate::policy::decode;
use crate::{AwsConfig, CredentialSource, Secret};
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_sdk_iam::config::Credentials;
use aws_sdk_iam::operation::RequestId;
use aws_sdk_iam::types::{PolicyEvaluationDecisionType, StatusType};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use interlock_contain::{CallError, ReadPass, WritePass};
use interlock_model::Operation;
use std::time::Duration;

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);
/// How long an answer may take to begin.
const READ_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a whole call may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(20);
/// How many names of policy holders or group members are read.
const NAMES: usize = 1_000;

/// The three services behind one face.
#[derive(Debug, Clone)]
pub(crate) struct Sdk {
    iam: aws_sdk_iam::Client,
    sts: aws_sdk_sts::Client,
    secrets: aws_sdk_secretsmanager::Client,
}

impl Sdk {
    /// Builds the clients; calls nothing but what the credential chain needs.
    pub(crate) async fn new(config: &AwsConfig) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .operation_attempt_timeout(CALL_TIMEOUT)
            .operation_timeout(CALL_TIMEOUT)
            .build();
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(crate::http_client())
            .region(Region::new(config.region.clone()))
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts);
        match &config.credentials {
            CredentialSource::Default => {}
            CredentialSource::Profile { name } => loader = loader.profile_name(name),
            CredentialSource::Static { access_key_id, secret } => {
                let (id, secret) = (access_key_id.clone(), secret.expose());
                let key = Credentials::new(id, secret, None, None, "interlock");
                loader = loader.credentials_provider(key);
            }
        }
        if let Some(endpoint) = &config.endpoint {
            loader = loader.endpoint_url(endpoint);
        }
        let loaded = loader.load().await;
        Self {
            iam: aws_sdk_iam::Client::new(&loaded),
            sts: aws_sdk_sts::Client::new(&loaded),
            secrets: aws_sdk_secretsmanager::Client::new(&loaded),
        }
    }
}

/// Gives the answer of a read, or says what its failure means.
fn read<T, E>(
    operation: Operation,
    what: &str,
    answer: Result<T, SdkError<E, HttpResponse>>,
) -> Result<T, CallError>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    answer.map_err(|it| Asked { operation, writes: false, what }.failed(&it))
}

/// Gives the answer of a write, or says what its failure means.
fn write<T, E>(
    operation: Operation,
    what: &str,
    answer: Result<T, SdkError<E, HttpResponse>>,
) -> Result<T, CallError>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    answer.map_err(|it| Asked { operation, writes: true, what }.failed(&it))
}

/// The same for a write of which nothing but the yes matters.
fn yes<T: RequestId, E>(
    operation: Operation,
    what: &str,
    answer: Result<T, SdkError<E, HttpResponse>>,
) -> Result<Acknowledged, CallError>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let answer = write(operation, what, answer)?;
    Ok(Acknowledged { request: answer.request_id().map(str::to_owned) })
}

/// What is not there, as `None`.
fn optional<T>(answer: Result<T, CallError>) -> Result<Option<T>, CallError> {
    match answer {
        Ok(it) => Ok(Some(it)),
        Err(CallError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn unreadable(operation: Operation, what: &str) -> CallError {
    CallError::Invalid { why: format!("`{operation}` on {what}: the answer lacks what was asked") }
}

fn stored(operation: Operation, what: &str, document: &str) -> Result<String, CallError> {
    decode(document).ok_or_else(|| unreadable(operation, what))
}

fn user(name: &str) -> String {
    format!("user `{name}`")
}

fn key(id: &str) -> String {
    format!("access key `{id}`")
}

fn secret_named(name: &str) -> String {
    format!("secret `{name}`")
}

#[async_trait::async_trait]
impl Iam for Sdk {
    async fn caller(&self, pass: ReadPass) -> Result<Caller, CallError> {
        let operation = op::GET_CALLER_IDENTITY;
        admit(pass.operation(), operation)?;
        let what = "ourselves";
        let answer = read(operation, what, self.sts.get_caller_identity().send().await)?;
        match (answer.account, answer.arn) {
            (Some(account), Some(arn)) => Ok(Caller { account, arn }),
            _ => Err(unreadable(operation, what)),
        }
    }

    async fn holder(
        &self,
        pass: ReadPass,
        id: &str,
        own: &Secret,
    ) -> Result<Option<Caller>, CallError> {
        let operation = op::GET_CALLER_IDENTITY;
        admit(pass.operation(), operation)?;
        let theirs = Credentials::new(id, own.expose(), None, None, "canary");
        let config = self.sts.config().to_builder().credentials_provider(theirs).build();
        let asking = aws_sdk_sts::Client::from_conf(config).get_caller_identity().send();
        let what = key(id);
        let answer = asking.await;
        let code = answer.as_ref().err().and_then(ProvideErrorMetadata::code);
        if matches!(code, Some("InvalidClientTokenId" | "SignatureDoesNotMatch")) {
            return Ok(None);
        }
        let answer = read(operation, &what, answer)?;
        match (answer.account, answer.arn) {
            (Some(account), Some(arn)) => Ok(Some(Caller { account, arn })),
            _ => Err(unreadable(operation, &what)),
        }
    }

    async fn user_path(&self, pass: ReadPass, name: &str) -> Result<String, CallError> {
        let operation = op::GET_USER;
        admit(pass.operation(), operation)?;
        let what = user(name);
        let answer = read(operation, &what, self.iam.get_user().user_name(name).send().await)?;
        answer.user.map(|it| it.path).ok_or_else(|| unreadable(operation, &what))
    }

    async fn role(&self, pass: ReadPass, name: &str) -> Result<Role, CallError> {
        let operation = op::GET_ROLE;
        admit(pass.operation(), operation)?;
        let what = format!("role `{name}`");
        let answer = read(operation, &what, self.iam.get_role().role_name(name).send().await)?;
        let role = answer.role.ok_or_else(|| unreadable(operation, &what))?;
        let trust = role.assume_role_policy_document.as_deref();
        let trust = trust.ok_or_else(|| unreadable(operation, &what))?;
        Ok(Role {
            trust: stored(operation, &what, trust)?,
            // Source: IAM API reference, `MaxSessionDuration`: one hour when nothing is set.
            longest_session: role
                .max_session_duration
                .and_then(|it| u64::try_from(it).ok())
                .unwrap_or(3_600),
            arn: role.arn,
            path: role.path,
        })
    }

    async fn access_keys(&self, pass: ReadPass, name: &str) -> Result<Vec<AccessKey>, CallError> {
        let operation = op::LIST_ACCESS_KEYS;
        admit(pass.operation(), operation)?;
        let what = user(name);
        // A user has two keys at most: one page.
        let answer =
            read(operation, &what, self.iam.list_access_keys().user_name(name).send().await)?;
        let mut keys = Vec::new();
        for it in answer.access_key_metadata {
            match (it.access_key_id, it.status) {
                (Some(id), Some(status)) => {
                    let created = it.create_date.map(|it| it.secs());
                    keys.push(AccessKey { id, status: status.as_str().to_owned(), created });
                }
                _ => return Err(unreadable(operation, &what)),
            }
        }
        Ok(keys)
    }

    async fn key_last_used(&self, pass: ReadPass, id: &str) -> Result<Option<String>, CallError> {
        let operation = op::GET_ACCESS_KEY_LAST_USED;
        admit(pass.operation(), operation)?;
        let call = self.iam.get_access_key_last_used().access_key_id(id);
        let answer = read(operation, &key(id), call.send().await)?;
        let date = answer.access_key_last_used.and_then(|it| it.last_used_date);
        Ok(date.map(|it| it.to_string()))
    }

    async fn account_page(
        &self,
        pass: ReadPass,
        section: Section,
        marker: Option<&str>,
    ) -> Result<AccountPage, CallError> {
        admit(pass.operation(), op::GET_ACCOUNT_AUTHORIZATION_DETAILS)?;
        discover::fetch(&self.iam, section, marker).await
    }

    async fn has_password(&self, pass: ReadPass, name: &str) -> Result<bool, CallError> {
        let operation = op::GET_LOGIN_PROFILE;
        admit(pass.operation(), operation)?;
        let call = self.iam.get_login_profile().user_name(name);
        Ok(optional(read(operation, &user(name), call.send().await))?.is_some())
    }

    async fn inline_policy(
        &self,
        pass: ReadPass,
        holder: &Holder,
        policy: &str,
    ) -> Result<Option<String>, CallError> {
        let what = format!("policy `{policy}` of {holder}");
        let (operation, document) = match holder {
            Holder::User(name) => {
                let operation = op::GET_USER_POLICY;
                admit(pass.operation(), operation)?;
                let call = self.iam.get_user_policy().user_name(name).policy_name(policy);
                let answer = optional(read(operation, &what, call.send().await))?;
                (operation, answer.map(|it| it.policy_document))
            }
            Holder::Role(name) => {
                let operation = op::GET_ROLE_POLICY;
                admit(pass.operation(), operation)?;
                let call = self.iam.get_role_policy().role_name(name).policy_name(policy);
                let answer = optional(read(operation, &what, call.send().await))?;
                (operation, answer.map(|it| it.policy_document))
            }
        };
        document.map(|it| stored(operation, &what, &it)).transpose()
    }

    async fn policy_holders(&self, pass: ReadPass, arn: &str) -> Result<Holders, CallError> {
        let operation = op::LIST_ENTITIES_FOR_POLICY;
        admit(pass.operation(), operation)?;
        let what = format!("policy `{arn}`");
        let call = self.iam.list_entities_for_policy().policy_arn(arn);
        let mut pages = call.into_paginator().send();
        let mut holders = Holders::default();
        while let Some(page) = pages.next().await {
            let page = read(operation, &what, page)?;
            holders.users.extend(
                page.policy_users.unwrap_or_default().into_iter().filter_map(|it| it.user_name),
            );
            holders.groups.extend(
                page.policy_groups.unwrap_or_default().into_iter().filter_map(|it| it.group_name),
            );
            holders.roles.extend(
                page.policy_roles.unwrap_or_default().into_iter().filter_map(|it| it.role_name),
            );
            if holders.users.len() + holders.groups.len() + holders.roles.len() >= NAMES {
                break;
            }
        }
        Ok(holders)
    }

    async fn group_members(&self, pass: ReadPass, group: &str) -> Result<Vec<String>, CallError> {
        let operation = op::GET_GROUP;
        admit(pass.operation(), operation)?;
        let what = format!("group `{group}`");
        let mut pages = self.iam.get_group().group_name(group).into_paginator().send();
        let mut members = Vec::new();
        while let Some(page) = pages.next().await {
            members.extend(read(operation, &what, page)?.users.into_iter().map(|it| it.user_name));
            if members.len() >= NAMES {
                break;
            }
        }
        Ok(members)
    }

    async fn secret_versions(&self, pass: ReadPass, secret: &str) -> Result<Versions, CallError> {
        let operation = op::DESCRIBE_SECRET;
        admit(pass.operation(), operation)?;
        let what = secret_named(secret);
        let call = self.secrets.describe_secret().secret_id(secret);
        let answer = read(operation, &what, call.send().await)?;
        if answer.deleted_date.is_some() {
            return Err(CallError::NotFound { what: format!("{what} (it is being deleted)") });
        }
        let mut versions = Versions::default();
        for (id, stages) in answer.version_ids_to_stages.unwrap_or_default() {
            if stages.iter().any(|it| it == "AWSCURRENT") {
                versions.current = Some(id.clone());
            }
            versions.all.insert(id);
        }
        Ok(versions)
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
        let operation = op::GET_SECRET_VALUE;
        admit(pass.operation(), operation)?;
        let what = secret_named(secret);
        let call = self.secrets.get_secret_value().secret_id(secret).version_id(version);
        let answer = read(operation, &what, call.send().await)?;
        answer.secret_string.map(Secret::new).ok_or_else(|| CallError::Unsupported {
            why: format!("{what} holds bytes instead of text"),
        })
    }

    async fn not_allowed(
        &self,
        principal: &str,
        operations: &[Operation],
    ) -> Result<Vec<Operation>, CallError> {
        let operation = op::SIMULATE_PRINCIPAL_POLICY;
        let what = format!("`{principal}`");
        let call = self
            .iam
            .simulate_principal_policy()
            .policy_source_arn(principal)
            .set_action_names(Some(operations.iter().map(|it| it.0.to_owned()).collect()));
        let mut pages = call.into_paginator().send();
        let mut allowed = Vec::new();
        while let Some(page) = pages.next().await {
            let results = read(operation, &what, page)?.evaluation_results.unwrap_or_default();
            allowed.extend(
                results
                    .into_iter()
                    .filter(|it| it.eval_decision == PolicyEvaluationDecisionType::Allowed)
                    .map(|it| it.eval_action_name),
            );
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
        let operation = op::UPDATE_ACCESS_KEY;
        admit(pass.operation(), operation)?;
        // Without a user name AWS would take the caller's own user.
        let call = self.iam.update_access_key().user_name(name).access_key_id(id);
        yes(operation, &key(id), call.status(StatusType::from(status)).send().await)
    }

    async fn delete_key(
        &self,
        pass: WritePass,
        name: &str,
        id: &str,
    ) -> Result<Acknowledged, CallError> {
        let operation = op::DELETE_ACCESS_KEY;
        admit(pass.operation(), operation)?;
        let call = self.iam.delete_access_key().user_name(name).access_key_id(id);
        yes(operation, &key(id), call.send().await)
    }

    async fn create_key(&self, pass: WritePass, name: &str) -> Result<NewKey, CallError> {
        let operation = op::CREATE_ACCESS_KEY;
        admit(pass.operation(), operation)?;
        let what = user(name);
        let call = self.iam.create_access_key().user_name(name);
        let answer = write(operation, &what, call.send().await)?;
        let request = answer.request_id().map(str::to_owned);
        let issued = answer.access_key.ok_or_else(|| CallError::OutcomeUnknown {
            why: format!("`{operation}` on {what}: the answer names no key"),
        })?;
        Ok(NewKey {
            id: issued.access_key_id,
            secret: Secret::new(issued.secret_access_key),
            acknowledged: Acknowledged { request },
        })
    }

    async fn put_inline_policy(
        &self,
        pass: WritePass,
        holder: &Holder,
        policy: &str,
        document: &str,
    ) -> Result<Acknowledged, CallError> {
        let what = holder.to_string();
        match holder {
            Holder::User(name) => {
                let operation = op::PUT_USER_POLICY;
                admit(pass.operation(), operation)?;
                let call = self.iam.put_user_policy().user_name(name).policy_name(policy);
                yes(operation, &what, call.policy_document(document).send().await)
            }
            Holder::Role(name) => {
                let operation = op::PUT_ROLE_POLICY;
                admit(pass.operation(), operation)?;
                let call = self.iam.put_role_policy().role_name(name).policy_name(policy);
                yes(operation, &what, call.policy_document(document).send().await)
            }
        }
    }

    async fn delete_inline_policy(
        &self,
        pass: WritePass,
        holder: &Holder,
        policy: &str,
    ) -> Result<Acknowledged, CallError> {
        let what = format!("policy `{policy}` of {holder}");
        match holder {
            Holder::User(name) => {
                let operation = op::DELETE_USER_POLICY;
                admit(pass.operation(), operation)?;
                let call = self.iam.delete_user_policy().user_name(name).policy_name(policy);
                yes(operation, &what, call.send().await)
            }
            Holder::Role(name) => {
                let operation = op::DELETE_ROLE_POLICY;
                admit(pass.operation(), operation)?;
                let call = self.iam.delete_role_policy().role_name(name).policy_name(policy);
                yes(operation, &what, call.send().await)
            }
        }
    }

    async fn put_trust(
        &self,
        pass: WritePass,
        role: &str,
        document: &str,
    ) -> Result<Acknowledged, CallError> {
        let operation = op::UPDATE_ASSUME_ROLE_POLICY;
        admit(pass.operation(), operation)?;
        let call = self.iam.update_assume_role_policy().role_name(role).policy_document(document);
        yes(operation, &format!("role `{role}`"), call.send().await)
    }

    async fn deliver(
        &self,
        pass: DeliveryPass,
        secret: &str,
        version: &str,
        value: &Secret,
    ) -> Result<Acknowledged, CallError> {
        let operation = op::PUT_SECRET_VALUE;
        admit(pass.operation(), operation)?;
        let call = self
            .secrets
            .put_secret_value()
            .secret_id(secret)
            .client_request_token(version)
            .secret_string(value.expose());
        yes(operation, &secret_named(secret), call.send().await)
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
