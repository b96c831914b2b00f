//! Google as it is spoken to: IAM, the resource manager, and the directory of Workspace.

use super::GoogleCloudConfig;
use super::credential::{self, CLOUD, Credential, Tokens, WORKSPACE};
use super::operation as op;
use super::subject::Part;
use crate::Secret;
use crate::aws::Clocks;
use crate::http::{Answer, Wire};
use crate::rest::{Ask, Rest, Terms, admit};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use interlock_contain::{CallError, ReadPass, WritePass};
use interlock_model::{Operation, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::{Mutex, OnceCell};

/// Where IAM answers.
pub(crate) const IAM: &str = "https://iam.googleapis.com";
const MANAGER: &str = "https://cloudresourcemanager.googleapis.com";
const DIRECTORY: &str = "https://admin.googleapis.com";

/// Google's own way.
static TERMS: Terms = Terms {
    headers: &[("accept", "application/json")],
    throttled: quota,
    again: |_| None,
    said: |it| it.pointer("/error/message").and_then(Value::as_str).map(str::to_owned),
};

/// Workspace says with 403, too, that there were too many calls.
fn quota(answer: &Answer) -> bool {
    let words = answer.words();
    ["rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded"]
        .iter()
        .any(|it| words.contains(it))
}

/// One project, and the directory beside it.
#[derive(Debug)]
pub(crate) struct Server {
    iam: Rest,
    manager: Rest,
    directory: Option<Rest>,
    credential: Credential,
    project: String,
    itself: OnceCell<String>,
}

/// A service account.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Account {
    pub email: String,
    #[serde(default)]
    pub disabled: bool,
    #[serde(default)]
    pub display_name: Option<String>,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default)]
    pub unique_id: Option<String>,
}

/// A key of a service account.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Key {
    name: String,
    #[serde(default)]
    pub disabled: bool,
    #[serde(default, deserialize_with = "crate::rest::moment")]
    pub valid_after_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "crate::rest::moment")]
    pub valid_before_time: Option<Timestamp>,
}

impl Key {
    /// Its number.
    pub(crate) fn number(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or_default()
    }
}

/// A key that was made just now. No `Debug`: it shows what nobody else may see.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewKey {
    name: String,
    private_key_data: String,
}

#[derive(Debug, Deserialize)]
struct Keys {
    #[serde(default)]
    keys: Vec<Key>,
}

/// A workload identity pool.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pool {
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub disabled: bool,
    #[serde(default)]
    pub display_name: Option<String>,
}

/// A user of Workspace.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct User {
    #[serde(default)]
    pub suspended: bool,
    #[serde(default)]
    pub is_admin: bool,
}

#[derive(Debug, Deserialize)]
struct Tokened {
    #[serde(default)]
    items: Vec<Application>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Application {
    client_id: String,
}

/// One service of Google, asked in this scope, in somebody's name where not in the own.
fn rest(
    config: &GoogleCloudConfig,
    wire: &Arc<dyn Wire>,
    base: &str,
    (scope, subject): (&'static str, Option<&String>),
) -> Rest {
    Rest {
        base: base.to_owned(),
        wire: Arc::clone(wire),
        bearer: Box::new(Tokens {
            credential: config.credential.clone(),
            scope,
            subject: subject.cloned(),
            clock: config.clock,
            held: Mutex::new(None),
            clocks: Clocks::default(),
        }),
        terms: &TERMS,
        clock: config.clock,
    }
}

/// One service of Google Cloud.
pub(crate) fn cloud(config: &GoogleCloudConfig, wire: &Arc<dyn Wire>, base: &str) -> Rest {
    rest(config, wire, base, (CLOUD, None))
}

fn path_of<'a>(part: &Part<'a>) -> Vec<&'a str> {
    let (Part::Provider([project, location, pool], _)
    | Part::Managed([project, location, pool], _)) = part;
    let mut path =
        vec!["v1", "projects", project, "locations", location, "workloadIdentityPools", pool];
    match part {
        Part::Provider(_, name) => path.extend(["providers", name]),
        Part::Managed(_, [namespace, name]) => {
            path.extend(["namespaces", namespace, "managedIdentities", name]);
        }
    }
    path
}

#[derive(Debug, Deserialize)]
struct AppPasswords {
    #[serde(default)]
    items: Vec<AppPassword>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AppPassword {
    code_id: i64,
}

impl Server {
    /// Nothing is asked yet.
    pub(crate) fn new(config: &GoogleCloudConfig, wire: &Arc<dyn Wire>) -> Self {
        let admin = config.workspace_admin.as_ref();
        Self {
            iam: cloud(config, wire, IAM),
            manager: cloud(config, wire, MANAGER),
            directory: admin.map(|it| rest(config, wire, DIRECTORY, (WORKSPACE, Some(it)))),
            credential: config.credential.clone(),
            project: config.project.clone(),
            itself: OnceCell::new(),
        }
    }

    /// Whom the connector acts as, by address.
    pub(crate) async fn itself(&self) -> Result<&str, CallError> {
        let wire = &*self.iam.wire;
        let it = self.itself.get_or_try_init(|| credential::itself(&self.credential, wire));
        it.await.map(String::as_str)
    }

    fn directory(&self) -> Result<&Rest, CallError> {
        self.directory.as_ref().ok_or_else(|| CallError::Unsupported {
            why: "the connector names no `workspace_admin` in whose name it would ask".to_owned(),
        })
    }

    async fn read<T: DeserializeOwned>(
        &self,
        rest: &Rest,
        (operation, method): (Operation, &'static str),
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<Value>,
    ) -> Result<T, CallError> {
        let (url, what) = (rest.url(path, query)?, format!("`{}`", path.join("/")));
        rest.json(&Ask { operation, writes: false, method, url, body, what }).await
    }

    async fn write(
        &self,
        rest: &Rest,
        (operation, method): (Operation, &'static str),
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<Value>,
    ) -> Result<(), CallError> {
        let (url, what) = (rest.url(path, query)?, format!("`{}`", path.join("/")));
        rest.ask(&Ask { operation, writes: true, method, url, body, what }).await.map(drop)
    }

    /// A service account of the project.
    pub(crate) async fn account(&self, pass: ReadPass, email: &str) -> Result<Account, CallError> {
        admit(pass.operation(), op::GET_ACCOUNT)?;
        let path = ["v1", "projects", &self.project, "serviceAccounts", email];
        self.read(&self.iam, (pass.operation(), "GET"), &path, &[], None).await
    }

    /// Disables a service account, or enables it.
    pub(crate) async fn disable_account(
        &self,
        pass: WritePass,
        email: &str,
        disabled: bool,
    ) -> Result<(), CallError> {
        let (needed, verb) = if disabled {
            (op::DISABLE_ACCOUNT, "disable")
        } else {
            (op::ENABLE_ACCOUNT, "enable")
        };
        admit(pass.operation(), needed)?;
        let named = format!("{email}:{verb}");
        let path = ["v1", "projects", &self.project, "serviceAccounts", &named];
        self.write(&self.iam, (pass.operation(), "POST"), &path, &[], Some(json!({}))).await
    }

    /// The keys of a service account that people made.
    pub(crate) async fn keys(&self, pass: ReadPass, email: &str) -> Result<Vec<Key>, CallError> {
        admit(pass.operation(), op::LIST_KEYS)?;
        let path = ["v1", "projects", &self.project, "serviceAccounts", email, "keys"];
        let query = [("keyTypes", "USER_MANAGED")];
        let keys: Keys =
            self.read(&self.iam, (pass.operation(), "GET"), &path, &query, None).await?;
        Ok(keys.keys)
    }

    /// Makes a key: its number, and its key file.
    pub(crate) async fn create_key(
        &self,
        pass: WritePass,
        email: &str,
    ) -> Result<(String, Secret), CallError> {
        admit(pass.operation(), op::CREATE_KEY)?;
        let path = ["v1", "projects", &self.project, "serviceAccounts", email, "keys"];
        let (url, what) = (self.iam.url(&path, &[])?, format!("`{}`", path.join("/")));
        let body = Some(json!({ "privateKeyType": "TYPE_GOOGLE_CREDENTIALS_FILE" }));
        let operation = pass.operation();
        let ask = Ask { operation, writes: true, method: "POST", url, body, what };
        let answer = self.iam.ask(&ask).await?;
        // What it made is not known: the list shows it, and it is taken away.
        let unread = || CallError::OutcomeUnknown {
            why: format!("the answer of `{operation}` is not understood"),
        };
        let made: NewKey = serde_json::from_slice(&answer.body).map_err(|_| unread())?;
        let file = BASE64_STANDARD.decode(&made.private_key_data).map_err(|_| unread())?;
        let file = String::from_utf8(file).map_err(|_| unread())?;
        let number = made.name.rsplit('/').next().unwrap_or_default().to_owned();
        Ok((number, Secret::new(file)))
    }

    /// Disables a key, or enables it.
    pub(crate) async fn disable_key(
        &self,
        pass: WritePass,
        (email, number): (&str, &str),
        disabled: bool,
    ) -> Result<(), CallError> {
        let (needed, verb) =
            if disabled { (op::DISABLE_KEY, "disable") } else { (op::ENABLE_KEY, "enable") };
        admit(pass.operation(), needed)?;
        let named = format!("{number}:{verb}");
        let path = ["v1", "projects", &self.project, "serviceAccounts", email, "keys", &named];
        self.write(&self.iam, (pass.operation(), "POST"), &path, &[], Some(json!({}))).await
    }

    /// Deletes a key.
    pub(crate) async fn delete_key(
        &self,
        pass: WritePass,
        (email, number): (&str, &str),
    ) -> Result<(), CallError> {
        admit(pass.operation(), op::DELETE_KEY)?;
        let path = ["v1", "projects", &self.project, "serviceAccounts", email, "keys", number];
        self.write(&self.iam, (pass.operation(), "DELETE"), &path, &[], None).await
    }

    /// Who has which role on the project, in the form that knows conditions.
    pub(crate) async fn policy(&self, pass: ReadPass) -> Result<Value, CallError> {
        admit(pass.operation(), op::GET_POLICY)?;
        let named = format!("{}:getIamPolicy", self.project);
        let path = ["v3", "projects", &named];
        let body = json!({ "options": { "requestedPolicyVersion": 3 } });
        self.read(&self.manager, (pass.operation(), "POST"), &path, &[], Some(body)).await
    }

    /// Says who has which role, if nobody did so since the policy was read: its mark is sent with it.
    pub(crate) async fn set_policy(&self, pass: WritePass, policy: Value) -> Result<(), CallError> {
        admit(pass.operation(), op::SET_POLICY)?;
        let named = format!("{}:setIamPolicy", self.project);
        let path = ["v3", "projects", &named];
        let body = json!({ "policy": policy });
        self.write(&self.manager, (pass.operation(), "POST"), &path, &[], Some(body)).await
    }

    /// A pool, which need not be of the configured project's name: its own has a number.
    pub(crate) async fn pool(&self, pass: ReadPass, of: [&str; 3]) -> Result<Pool, CallError> {
        admit(pass.operation(), op::GET_POOL)?;
        let [project, location, pool] = of;
        let path =
            ["v1", "projects", project, "locations", location, "workloadIdentityPools", pool];
        self.read(&self.iam, (pass.operation(), "GET"), &path, &[], None).await
    }

    /// Disables a pool, or enables it.
    pub(crate) async fn disable_pool(
        &self,
        pass: WritePass,
        of: [&str; 3],
        disabled: bool,
    ) -> Result<(), CallError> {
        admit(pass.operation(), op::UPDATE_POOL)?;
        let [project, location, pool] = of;
        let path =
            ["v1", "projects", project, "locations", location, "workloadIdentityPools", pool];
        let (query, body) = ([("updateMask", "disabled")], json!({ "disabled": disabled }));
        self.write(&self.iam, (pass.operation(), "PATCH"), &path, &query, Some(body)).await
    }

    /// Whether a part of a pool is disabled.
    pub(crate) async fn part_of_pool(
        &self,
        pass: ReadPass,
        part: &Part<'_>,
    ) -> Result<Pool, CallError> {
        let needed = match part {
            Part::Provider(..) => op::GET_PROVIDER,
            Part::Managed(..) => op::GET_MANAGED_IDENTITY,
        };
        admit(pass.operation(), needed)?;
        self.read(&self.iam, (pass.operation(), "GET"), &path_of(part), &[], None).await
    }

    /// Disables a part of a pool, or enables it.
    pub(crate) async fn disable_part_of_pool(
        &self,
        pass: WritePass,
        part: &Part<'_>,
        disabled: bool,
    ) -> Result<(), CallError> {
        let needed = match part {
            Part::Provider(..) => op::UPDATE_PROVIDER,
            Part::Managed(..) => op::UPDATE_MANAGED_IDENTITY,
        };
        admit(pass.operation(), needed)?;
        let (query, body) = ([("updateMask", "disabled")], json!({ "disabled": disabled }));
        let how = (pass.operation(), "PATCH");
        self.write(&self.iam, how, &path_of(part), &query, Some(body)).await
    }

    /// A user of Workspace.
    pub(crate) async fn user(&self, pass: ReadPass, email: &str) -> Result<User, CallError> {
        admit(pass.operation(), op::GET_USER)?;
        let path = ["admin", "directory", "v1", "users", email];
        self.read(self.directory()?, (pass.operation(), "GET"), &path, &[], None).await
    }

    /// Suspends a user, or lets it in again.
    pub(crate) async fn suspend(
        &self,
        pass: WritePass,
        email: &str,
        suspended: bool,
    ) -> Result<(), CallError> {
        admit(pass.operation(), op::PATCH_USER)?;
        let path = ["admin", "directory", "v1", "users", email];
        let body = Some(json!({ "suspended": suspended }));
        self.write(self.directory()?, (pass.operation(), "PATCH"), &path, &[], body).await
    }

    /// The applications that have tokens of a user.
    pub(crate) async fn applications(
        &self,
        pass: ReadPass,
        email: &str,
    ) -> Result<BTreeSet<String>, CallError> {
        admit(pass.operation(), op::LIST_TOKENS)?;
        let path = ["admin", "directory", "v1", "users", email, "tokens"];
        let all: Tokened =
            self.read(self.directory()?, (pass.operation(), "GET"), &path, &[], None).await?;
        Ok(all.items.into_iter().map(|it| it.client_id).collect())
    }

    /// Takes the tokens of applications.
    pub(crate) async fn take_tokens(
        &self,
        pass: WritePass,
        email: &str,
        applications: &BTreeSet<String>,
    ) -> Result<(), CallError> {
        admit(pass.operation(), op::DELETE_TOKENS)?;
        for it in applications {
            let path = ["admin", "directory", "v1", "users", email, "tokens", it];
            let how = (pass.operation(), "DELETE");
            match self.write(self.directory()?, how, &path, &[], None).await {
                Ok(()) | Err(CallError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The app passwords of a user, by number.
    pub(crate) async fn app_passwords(
        &self,
        pass: ReadPass,
        email: &str,
    ) -> Result<BTreeSet<i64>, CallError> {
        admit(pass.operation(), op::LIST_APP_PASSWORDS)?;
        let path = ["admin", "directory", "v1", "users", email, "asps"];
        let how = (pass.operation(), "GET");
        let all: AppPasswords = self.read(self.directory()?, how, &path, &[], None).await?;
        Ok(all.items.into_iter().map(|it| it.code_id).collect())
    }

    /// Deletes app passwords.
    pub(crate) async fn delete_app_passwords(
        &self,
        pass: WritePass,
        email: &str,
        these: &BTreeSet<i64>,
    ) -> Result<(), CallError> {
        admit(pass.operation(), op::DELETE_APP_PASSWORDS)?;
        for it in these {
            let number = it.to_string();
            let path = ["admin", "directory", "v1", "users", email, "asps", &number];
            let how = (pass.operation(), "DELETE");
            match self.write(self.directory()?, how, &path, &[], None).await {
                Ok(()) | Err(CallError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Which of these permissions the connector has on the project. Needs none itself.
    pub(crate) async fn permitted(
        &self,
        these: &[Operation],
    ) -> Result<BTreeSet<String>, CallError> {
        #[derive(Deserialize)]
        struct Permitted {
            #[serde(default)]
            permissions: BTreeSet<String>,
        }
        let named = format!("{}:testIamPermissions", self.project);
        let path = ["v3", "projects", &named];
        let names: Vec<&str> = these.iter().map(|it| it.0).collect();
        let how = (Operation("projects.testIamPermissions"), "POST");
        let body = Some(json!({ "permissions": names }));
        let of: Permitted = self.read(&self.manager, how, &path, &[], body).await?;
        Ok(of.permissions)
    }

    /// One page of a list of the project, for discovery.
    pub(crate) async fn page<T: DeserializeOwned>(
        &self,
        operation: Operation,
        place: &[&str],
        within: &str,
        from: Option<&str>,
    ) -> Result<(Vec<T>, Option<String>), CallError> {
        let head = ["v1", "projects", &self.project];
        let path: Vec<&str> = head.iter().chain(place).copied().collect();
        let mut query = vec![("pageSize", "50")];
        query.extend(from.map(|it| ("pageToken", it)));
        let mut page: Value = self.read(&self.iam, (operation, "GET"), &path, &query, None).await?;
        let next = page.get("nextPageToken").and_then(Value::as_str);
        let next = next.filter(|it| !it.is_empty()).map(str::to_owned);
        // A list of nothing has no member at all.
        let items = page.get_mut(within).map(Value::take).unwrap_or_else(|| json!([]));
        let items = serde_json::from_value(items).map_err(|_| CallError::Invalid {
            why: format!("the answer of `{operation}` is not understood"),
        })?;
        Ok((items, next))
    }
}
