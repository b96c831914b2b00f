//! A secret of Google's Secret Manager: a new version of it, told by annotations beside its versions.
//!
//! A version cannot be changed, and has no room for a mark. The marks stand in two annotations of the secret
//! with a digest of the value that each vouches for: that of the last delivery, and that of what it
//! displaced. They are written first, under the secret's etag, and vouch for nothing until the version is
//! there. The etag does not hold versions: one that somebody adds between our look and ours is displaced,
//! and stays as a version, as at Parameter Store.
//!
//! What a delivery displaces stays enabled, for an undo and for readers that name a version's number. The
//! next delivery disables it.

use super::{Fields, Leave, Parcel, Place, Standing, Target, filled, gone, moved};
use crate::Secret;
use crate::google_cloud::{GoogleCloudConfig, Server, cloud};
use crate::http::Wire;
use crate::rest::{Ask, Rest, network};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use interlock_contain::{CallError, Check};
use interlock_model::Operation;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where Secret Manager answers.
const SECRETS: &str = "https://secretmanager.googleapis.com";
/// Looks at a secret and its annotations.
const GET: Operation = Operation("secretmanager.secrets.get");
/// Writes its annotations.
const UPDATE: Operation = Operation("secretmanager.secrets.update");
/// Looks at a version, without its value.
const GET_VERSION: Operation = Operation("secretmanager.versions.get");
/// Reads a version's value.
const ACCESS: Operation = Operation("secretmanager.versions.access");
/// Makes a version.
const ADD: Operation = Operation("secretmanager.versions.add");
/// Disables a version.
const DISABLE: Operation = Operation("secretmanager.versions.disable");
/// Asks what we may do with one secret.
const TEST: Operation = Operation("secrets.testIamPermissions");
/// The annotation that tells the last delivery.
const TAG: &str = "interlock-delivery";
/// The annotation that tells what it displaced: the version's number, and the tag that vouches for it.
const FORMER: &str = "interlock-former";
/// The annotation that tells what was put back: the version's number, and what it was called before.
const RETURNED: &str = "interlock-returned";

/// Which secret, and what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedSecret {
    /// Its id in the connector's project, `{name}` standing for the workload.
    pub id: String,
    /// The fields of the JSON that it holds; `None`: it holds the credential alone.
    pub fields: Option<Fields>,
}

impl ManagedSecret {
    /// How the place is called for people.
    #[must_use]
    pub fn words(&self, project: &str) -> String {
        format!("secret `{}` of project `{project}`", self.id)
    }
}

/// Secrets of one project.
#[derive(Debug)]
pub struct GoogleTarget {
    rest: Arc<Rest>,
    server: Arc<Server>,
    project: String,
    secret: ManagedSecret,
}

impl GoogleTarget {
    /// Secrets of the project that this configuration speaks to.
    #[must_use]
    pub fn new(config: &GoogleCloudConfig, secret: ManagedSecret) -> Self {
        Self::over(config, secret, network(SECRETS))
    }

    /// The same, answered by somebody else than the network.
    #[must_use]
    pub fn over(config: &GoogleCloudConfig, secret: ManagedSecret, wire: Arc<dyn Wire>) -> Self {
        Self {
            rest: Arc::new(cloud(config, &wire, SECRETS)),
            server: Arc::new(Server::new(config, &wire)),
            project: config.project.clone(),
            secret,
        }
    }

    fn there(&self, secret: ManagedSecret) -> Managed {
        Managed { rest: Arc::clone(&self.rest), project: self.project.clone(), secret }
    }
}

#[async_trait::async_trait]
impl Target for GoogleTarget {
    fn place(&self, name: &str) -> Result<Arc<dyn Place>, CallError> {
        let id = filled(&self.secret.id, name)?;
        Ok(Arc::new(self.there(ManagedSecret { id, ..self.secret.clone() })))
    }

    /// What is granted on the project, or on the very secret where the configuration names one.
    async fn check(&self) -> Vec<Check> {
        let needed = [ACCESS, ADD, DISABLE, GET, GET_VERSION, UPDATE];
        let pattern = &self.secret.id;
        let had = if pattern.contains("{name}") {
            self.server.permitted(&needed).await
        } else {
            self.there(self.secret.clone()).permitted(&needed).await.map(|it| it.permissions)
        };
        let check = |operation: Operation| {
            let outcome = match &had {
                Ok(had) if had.contains(operation.0) => Ok(()),
                Ok(_) => Err(format!(
                    "grant a role with `{operation}` on `{pattern}` or on project `{}` to the connector's account",
                    self.project
                )),
                Err(error) => Err(error.to_string()),
            };
            Check::told(format!("{operation} {pattern}"), outcome)
        };
        needed.map(check).to_vec()
    }
}

/// One secret.
#[derive(Debug)]
struct Managed {
    rest: Arc<Rest>,
    project: String,
    secret: ManagedSecret,
}

#[derive(Deserialize)]
struct Permitted {
    #[serde(default)]
    permissions: std::collections::BTreeSet<String>,
}

#[derive(Deserialize)]
struct Shown {
    #[serde(default)]
    annotations: BTreeMap<String, String>,
    #[serde(default)]
    etag: Option<String>,
}

#[derive(Deserialize)]
struct Listed {
    name: String,
    #[serde(default)]
    state: String,
}

#[derive(Deserialize)]
struct Accessed {
    payload: Payload,
}

#[derive(Deserialize)]
struct Payload {
    #[serde(default)]
    data: String,
}

/// A version's number, and its value.
struct Version {
    number: u64,
    value: Secret,
}

/// What there is now.
struct Now {
    shown: Shown,
    /// The number of the latest version, whatever became of it.
    last: u64,
    /// The latest version, when it can be read.
    version: Option<Version>,
    standing: Standing,
}

impl Shown {
    fn annotation(&self, name: &str) -> Option<&str> {
        self.annotations.get(name).map(String::as_str)
    }

    /// The number that an annotation names, and what stands behind it.
    fn numbered(&self, name: &str) -> Option<(u64, &str)> {
        let text = self.annotation(name)?;
        let (number, rest) = text.split_once(' ').unwrap_or((text, ""));
        Some((number.parse().ok()?, rest))
    }
}

impl Managed {
    fn path<'a>(&'a self, id: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        ["v1", "projects", &self.project, "secrets", id]
            .into_iter()
            .chain(more.iter().copied())
            .collect()
    }

    fn ask(
        &self,
        (operation, method, writes): (Operation, &'static str, bool),
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<Value>,
    ) -> Result<Ask, CallError> {
        let url = self.rest.url(path, query)?;
        Ok(Ask { operation, writes, method, url, body, what: self.name() })
    }

    async fn permitted(&self, needed: &[Operation]) -> Result<Permitted, CallError> {
        let named = format!("{}:testIamPermissions", self.secret.id);
        let names: Vec<&str> = needed.iter().map(|it| it.0).collect();
        let body = Some(json!({ "permissions": names }));
        let path = self.path(&named, &[]);
        self.rest.json(&self.ask((TEST, "POST", false), &path, &[], body)?).await
    }

    /// A version without its value; `None`: there is none.
    async fn listed(&self, version: &str) -> Result<Option<Listed>, CallError> {
        let path = self.path(&self.secret.id, &["versions", version]);
        self.rest.found(&self.ask((GET_VERSION, "GET", false), &path, &[], None)?).await
    }

    /// The number of a version, and whether it can be read.
    fn number(&self, of: &Listed) -> Result<(u64, bool), CallError> {
        let number = of.name.rsplit('/').next().and_then(|it| it.parse().ok());
        let unread = || CallError::Invalid {
            why: format!("the number of a version of {} is not understood", self.name()),
        };
        Ok((number.ok_or_else(unread)?, of.state == "ENABLED"))
    }

    async fn access(&self, number: u64) -> Result<Version, CallError> {
        let named = format!("{number}:access");
        let path = self.path(&self.secret.id, &["versions", &named]);
        let read: Accessed =
            self.rest.json(&self.ask((ACCESS, "GET", false), &path, &[], None)?).await?;
        let bytes = BASE64.decode(&read.payload.data).ok();
        let text = bytes.and_then(|it| String::from_utf8(it).ok());
        let unfit = || CallError::Unsupported {
            why: format!("version {number} of {} is no text", self.name()),
        };
        Ok(Version { number, value: Secret::new(text.ok_or_else(unfit)?) })
    }

    async fn now(&self) -> Result<Now, CallError> {
        let path = self.path(&self.secret.id, &[]);
        let shown = self.rest.found(&self.ask((GET, "GET", false), &path, &[], None)?).await?;
        let absent = || CallError::Unsupported {
            why: format!(
                "{} is not there to deliver to: create it and let its workload read it",
                self.name()
            ),
        };
        let shown: Shown = shown.ok_or_else(absent)?;
        let (mut last, mut version) = (0, None);
        if let Some(listed) = self.listed("latest").await? {
            let (number, enabled) = self.number(&listed)?;
            last = number;
            if enabled {
                version = Some(self.access(number).await?);
            }
        }
        let standing = version.as_ref().map(|it| self.standing(&shown, it)).unwrap_or_default();
        Ok(Now { shown, last, version, standing })
    }

    /// What there is now, when it is still what is meant.
    async fn still(&self, from: Option<&str>) -> Result<Now, CallError> {
        let now = self.now().await?;
        if now.standing.content.as_deref() == from { Ok(now) } else { Err(moved(&self.name())) }
    }

    fn document(value: &Secret) -> Option<Map<String, Value>> {
        serde_json::from_str(value.expose()).ok()
    }

    /// The public name and the credential in a value.
    fn held(&self, value: &Secret) -> (Option<String>, Option<Secret>) {
        let Some(fields) = &self.secret.fields else { return (None, Some(value.clone())) };
        let Some(document) = Self::document(value) else { return (None, None) };
        let text = |name: &str| document.get(name).and_then(Value::as_str);
        let key = fields.key_id.as_deref().and_then(text).map(str::to_owned);
        (key, text(&fields.secret).map(Secret::new))
    }

    fn standing(&self, shown: &Shown, version: &Version) -> Standing {
        let (key, secret) = self.held(&version.value);
        let former = shown.numbered(FORMER).map(|it| it.1);
        for tag in [shown.annotation(TAG), former].into_iter().flatten() {
            let Some(secret) = &secret else { break };
            let read = Standing::read(Some(tag), key.as_deref(), secret, String::new);
            if read.content.as_ref().is_some_and(|it| !it.is_empty()) {
                return read;
            }
        }
        let returned = shown.numbered(RETURNED).filter(|it| it.0 == version.number);
        let content =
            returned.map_or_else(|| format!("version-{}", version.number), |it| it.1.to_owned());
        Standing { content: Some(content), key }
    }

    /// What the secret holds with this credential; other fields stay as they are.
    fn with(&self, before: Option<&Version>, parcel: &Parcel) -> Secret {
        let Some(fields) = &self.secret.fields else { return parcel.secret.clone() };
        let mut document = before.and_then(|it| Self::document(&it.value)).unwrap_or_default();
        for (name, value) in fields.of(&parcel.key_id, &parcel.secret) {
            document.insert(name.to_owned(), json!(value));
        }
        Secret::new(Value::Object(document).to_string())
    }

    /// Writes these annotations beside those that are there, when nobody wrote any since.
    async fn annotate(&self, shown: &Shown, these: &[(&str, String)]) -> Result<(), CallError> {
        let mut annotations = shown.annotations.clone();
        annotations.extend(these.iter().map(|(name, text)| ((*name).to_owned(), text.clone())));
        let mut body = json!({ "annotations": annotations });
        if let (Some(etag), Some(body)) = (&shown.etag, body.as_object_mut()) {
            body.insert("etag".to_owned(), json!(etag));
        }
        let path = self.path(&self.secret.id, &[]);
        let query = [("updateMask", "annotations")];
        let ask = self.ask((UPDATE, "PATCH", true), &path, &query, Some(body))?;
        self.rest.ask(&ask).await.map(drop)
    }

    async fn add(&self, value: &Secret) -> Result<(), CallError> {
        let named = format!("{}:addVersion", self.secret.id);
        let body = json!({ "payload": { "data": BASE64.encode(value.expose()) } });
        let path = self.path(&named, &[]);
        self.rest.ask(&self.ask((ADD, "POST", true), &path, &[], Some(body))?).await.map(drop)
    }

    async fn disable(&self, number: u64) -> Result<(), CallError> {
        let named = format!("{number}:disable");
        let path = self.path(&self.secret.id, &["versions", &named]);
        let ask = self.ask((DISABLE, "POST", true), &path, &[], Some(json!({})))?;
        self.rest.ask(&ask).await.map(drop)
    }

    /// Disables what the delivery before the last displaced, when it can still be read.
    async fn retire(&self, now: &Now) -> Result<(), CallError> {
        let Some((number, _)) = now.shown.numbered(FORMER).filter(|it| it.0 < now.last) else {
            return Ok(());
        };
        match self.listed(&number.to_string()).await? {
            Some(listed) if self.number(&listed)? == (number, true) => self.disable(number).await,
            Some(_) | None => Ok(()),
        }
    }
}

#[async_trait::async_trait]
impl Place for Managed {
    fn name(&self) -> String {
        self.secret.words(&self.project)
    }

    fn restores(&self) -> bool {
        true
    }

    async fn look(&self) -> Result<Standing, CallError> {
        Ok(self.now().await?.standing)
    }

    async fn value(&self) -> Result<Option<Secret>, CallError> {
        Ok(self.now().await?.version.and_then(|it| self.held(&it.value).1))
    }

    async fn put(&self, _: Leave, from: Option<&str>, parcel: &Parcel) -> Result<(), CallError> {
        let now = self.still(from).await?;
        self.retire(&now).await?;
        // Until the version is there the tag vouches for nothing, and what is displaced keeps its own.
        let tag = match now.shown.annotation(TAG) {
            Some(tag) if from.is_some_and(|it| tag.split(' ').next() == Some(it)) => tag,
            Some(_) | None => match now.shown.numbered(FORMER) {
                Some((_, tag)) if from.is_some_and(|it| tag.split(' ').next() == Some(it)) => tag,
                Some(_) | None => "",
            },
        };
        let former = format!("{} {tag}", now.last);
        self.annotate(&now.shown, &[(TAG, parcel.tag()), (FORMER, former)]).await?;
        self.add(&self.with(now.version.as_ref(), parcel)).await
    }

    async fn put_back(&self, _: Leave, from: &str, former: Option<&str>) -> Result<(), CallError> {
        let now = self.still(Some(from)).await?;
        let Some(former) = former else { return self.disable(now.last).await };
        let Some((number, _)) = now.shown.numbered(FORMER) else { return Err(gone(&self.name())) };
        let readable = match self.listed(&number.to_string()).await? {
            Some(listed) => self.number(&listed)? == (number, true),
            None => false,
        };
        if !readable {
            return Err(gone(&self.name()));
        }
        let old = self.access(number).await?;
        if self.standing(&now.shown, &old).content.as_deref() != Some(former) {
            return Err(gone(&self.name()));
        }
        // A tag of ours vouches for the same value again; what somebody else put there has none, and gets
        // none: annotations are not encrypted, and a password can be guessed from a digest.
        let own =
            now.shown.numbered(FORMER).is_some_and(|it| it.1.split(' ').next() == Some(former));
        if !own {
            let returned = format!("{} {former}", now.last.saturating_add(1));
            self.annotate(&now.shown, &[(RETURNED, returned)]).await?;
        }
        self.add(&old.value).await
    }
}
