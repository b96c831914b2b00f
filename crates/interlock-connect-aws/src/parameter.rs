//! A parameter of AWS Systems Manager's Parameter Store as a place of delivery: a `SecureString`.
//!
//! Its versions are told by their numbers and descriptions. There is no check-and-set: a write that
//! comes between our look and ours is displaced, but stays as a version of its own.

use crate::api::Api;
use crate::api::parameters::{GetParameterHistory, PutParameter};
use crate::delivery::{Leave, Parcel, Place, Standing, Target, filled, gone, moved};
use crate::errors::Asked;
use crate::operation as op;
use crate::{AwsConfig, Secret};
use interlock_contain::{CallError, Check};
use serde_json::{Map, Value, json};
use std::fmt::Debug;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// A name that no parameter has.
const ABSENT: &str = "interlock-permission-check";
/// How many pages of versions are read: AWS keeps a hundred versions, and gives fifty at a time.
const PAGES: usize = 10;
/// How the description of a version begins that was put back.
const RETURNED: &str = "put-back";

/// Which parameter, and what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name, `{name}` standing for the workload.
    pub name: String,
    /// The fields of the JSON that it holds; `None`: it holds the credential alone.
    pub fields: Option<ParameterFields>,
}

impl Parameter {
    /// How the place is called for people.
    #[must_use]
    pub fn words(&self) -> String {
        named(&self.name)
    }
}

/// How the two parts of a credential are called in a parameter that holds JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterFields {
    /// The credential's public name; `None`: it is not put there.
    pub key_id: Option<String>,
    /// The credential itself.
    pub secret: String,
}

/// One version of a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its number, from 1 on.
    pub number: u64,
    /// What it holds.
    pub value: Secret,
    /// Whether it is encrypted: a `SecureString`.
    pub secure: bool,
    /// What was said when it was written.
    pub description: String,
    /// The key of KMS that it is encrypted with.
    pub key: Option<String>,
    /// The parameter's tier.
    pub tier: Option<String>,
    /// What values must look like.
    pub pattern: Option<String>,
}

/// Parameter Store, as far as it is needed.
#[async_trait::async_trait]
pub trait Parameters: Send + Sync + Debug {
    /// Every version that there is: `ssm:GetParameterHistory`.
    ///
    /// # Errors
    /// It is not there, or cannot be read.
    async fn versions(&self, name: &str) -> Result<Vec<Version>, CallError>;

    /// One version more, as the one before it but for value and description: `ssm:PutParameter`.
    ///
    /// # Errors
    /// Nothing was written, or that is not known.
    async fn put(
        &self,
        leave: Leave,
        name: &str,
        before: &Version,
        value: &Secret,
        description: &str,
    ) -> Result<(), CallError>;
}

/// AWS itself.
#[derive(Debug)]
struct Live {
    config: AwsConfig,
    api: OnceCell<Api>,
}

impl Live {
    async fn api(&self) -> &Api {
        self.api.get_or_init(|| Api::new(&self.config)).await
    }
}

fn named(name: &str) -> String {
    format!("parameter `{name}` of Parameter Store")
}

#[async_trait::async_trait]
impl Parameters for Live {
    async fn versions(&self, name: &str) -> Result<Vec<Version>, CallError> {
        let (what, mut all, mut next) = (named(name), Vec::new(), None::<String>);
        let asked = Asked { operation: op::GET_PARAMETER_HISTORY, writes: false, what: &what };
        for _ in 0..PAGES {
            let call =
                GetParameterHistory { name, with_decryption: true, next_token: next.as_deref() };
            let page = self.api().await.ask(&call).await;
            let (page, _) = page.map_err(|it| asked.failed(it))?;
            all.extend(page.versions);
            if page.next.is_none() {
                return Ok(all);
            }
            next = page.next;
        }
        Err(CallError::Invalid { why: format!("the versions of {what} do not end") })
    }

    async fn put(
        &self,
        _: Leave,
        name: &str,
        before: &Version,
        value: &Secret,
        description: &str,
    ) -> Result<(), CallError> {
        let asked = Asked { operation: op::PUT_PARAMETER, writes: true, what: &named(name) };
        let call = PutParameter::after(name, before, value, description);
        self.api().await.tell(&call).await.map(drop).map_err(|it| asked.failed(it))
    }
}

/// Parameters of one account and region.
#[derive(Debug)]
pub struct ParameterTarget {
    client: Arc<dyn Parameters>,
    parameter: Parameter,
}

impl ParameterTarget {
    /// Parameters of the account that this configuration signs for.
    #[must_use]
    pub fn new(config: AwsConfig, parameter: Parameter) -> Self {
        Self::over(Arc::new(Live { config, api: OnceCell::new() }), parameter)
    }

    /// The same, answered by somebody else than AWS.
    #[must_use]
    pub fn over(client: Arc<dyn Parameters>, parameter: Parameter) -> Self {
        Self { client, parameter }
    }
}

#[async_trait::async_trait]
impl Target for ParameterTarget {
    fn place(&self, name: &str) -> Result<Arc<dyn Place>, CallError> {
        let name = filled(&self.parameter.name, name)?;
        let parameter = Parameter { name, ..self.parameter.clone() };
        Ok(Arc::new(One { client: Arc::clone(&self.client), parameter }))
    }

    async fn check(&self) -> Vec<Check> {
        let pattern = &self.parameter.name;
        let absent = pattern.replace("{name}", ABSENT);
        // AWS checks the permission first: that it is not there means that it may be read.
        let outcome = match self.client.versions(&absent).await {
            Ok(_) | Err(CallError::NotFound { .. }) => Ok(()),
            Err(CallError::Denied { .. }) => Err(self.remedy()),
            Err(error) => Err(error.to_string()),
        };
        let permission = format!("{} {pattern}", op::GET_PARAMETER_HISTORY);
        vec![Check::told(permission, outcome)]
    }
}

impl ParameterTarget {
    /// The statement to add, ready to paste.
    fn remedy(&self) -> String {
        let (read, write) = (op::GET_PARAMETER_HISTORY, op::PUT_PARAMETER);
        let path = self.parameter.name.replace("{name}", "*");
        let path = path.trim_start_matches('/');
        format!(
            r#"add {{"Effect":"Allow","Action":["{read}","{write}"],"Resource":"arn:aws:ssm:*:*:parameter/{path}"}} to the connector's policy, and kms:Decrypt and kms:GenerateDataKey where it is encrypted with a key of one's own"#
        )
    }
}

/// One parameter.
#[derive(Debug)]
struct One {
    client: Arc<dyn Parameters>,
    parameter: Parameter,
}

/// What a version holds.
#[derive(Default)]
struct Held {
    key: Option<String>,
    secret: Option<Secret>,
}

impl One {
    /// Every version, the latest last.
    async fn versions(&self) -> Result<Vec<Version>, CallError> {
        let mut all = match self.client.versions(&self.parameter.name).await {
            Err(CallError::NotFound { what }) => {
                let why = format!(
                    "{what} is not there to deliver to: create it as a SecureString and let its workload read it"
                );
                return Err(CallError::Unsupported { why });
            }
            other => other?,
        };
        all.sort_by_key(|it| it.number);
        match all.last() {
            Some(last) if last.secure => Ok(all),
            Some(_) => Err(CallError::Unsupported {
                why: format!("{} is no SecureString: whoever lists it reads it", self.name()),
            }),
            None => Err(CallError::Invalid { why: format!("{} has no version", self.name()) }),
        }
    }

    fn document(version: &Version) -> Option<Map<String, Value>> {
        serde_json::from_str(version.value.expose()).ok()
    }

    fn held(&self, version: &Version) -> Held {
        let Some(fields) = &self.parameter.fields else {
            return Held { key: None, secret: Some(version.value.clone()) };
        };
        let Some(document) = Self::document(version) else { return Held::default() };
        let text = |name: &str| document.get(name).and_then(Value::as_str);
        Held {
            key: fields.key_id.as_deref().and_then(text).map(str::to_owned),
            secret: text(&fields.secret).map(Secret::new),
        }
    }

    fn standing(&self, version: &Version) -> Standing {
        let Held { key, secret } = self.held(version);
        let otherwise = || {
            returned(version).map_or_else(|| format!("version-{}", version.number), str::to_owned)
        };
        match secret {
            Some(secret) => {
                Standing::read(Some(&version.description), key.as_deref(), &secret, otherwise)
            }
            None => Standing { content: Some(otherwise()), key },
        }
    }

    /// Every version, when the last is still the one that is meant.
    async fn still(&self, from: Option<&str>) -> Result<Vec<Version>, CallError> {
        let all = self.versions().await?;
        let now = all.last().map(|it| self.standing(it)).unwrap_or_default();
        if now.content.as_deref() == from { Ok(all) } else { Err(moved(&self.name())) }
    }

    /// What the parameter holds with this credential; other fields stay as they are.
    fn with(&self, before: &Version, parcel: &Parcel) -> Secret {
        let Some(fields) = &self.parameter.fields else { return parcel.secret.clone() };
        let mut document = Self::document(before).unwrap_or_default();
        if let Some(name) = &fields.key_id {
            document.insert(name.clone(), json!(parcel.key_id));
        }
        document.insert(fields.secret.clone(), json!(parcel.secret.expose()));
        Secret::new(Value::Object(document).to_string())
    }
}

/// What a version was put back as; its own number stands beside it, since descriptions are carried over.
fn returned(version: &Version) -> Option<&str> {
    let rest = version.description.strip_prefix(RETURNED)?.strip_prefix(' ')?;
    let (number, former) = rest.split_once(' ')?;
    (number.parse() == Ok(version.number)).then_some(former)
}

#[async_trait::async_trait]
impl Place for One {
    fn name(&self) -> String {
        self.parameter.words()
    }

    fn restores(&self) -> bool {
        true
    }

    async fn look(&self) -> Result<Standing, CallError> {
        let all = self.versions().await?;
        Ok(all.last().map(|it| self.standing(it)).unwrap_or_default())
    }

    async fn value(&self) -> Result<Option<Secret>, CallError> {
        let all = self.versions().await?;
        Ok(all.last().and_then(|it| self.held(it).secret))
    }

    async fn put(
        &self,
        leave: Leave,
        from: Option<&str>,
        parcel: &Parcel,
    ) -> Result<(), CallError> {
        let all = self.still(from).await?;
        let Some(before) = all.last() else { return Err(moved(&self.name())) };
        let value = self.with(before, parcel);
        self.client.put(leave, &self.parameter.name, before, &value, &parcel.tag()).await
    }

    async fn put_back(
        &self,
        leave: Leave,
        from: &str,
        former: Option<&str>,
    ) -> Result<(), CallError> {
        let all = self.still(Some(from)).await?;
        let is_former = |it: &&Version| self.standing(it).content.as_deref() == former;
        let (Some(now), Some(old)) = (all.last(), all.iter().rev().skip(1).find(is_former)) else {
            return Err(gone(&self.name()));
        };
        // A tag of ours vouches for the same value again; what somebody else put there has none, and
        // gets none: a password can be guessed from a digest.
        let label = former.unwrap_or_default();
        let tagged = self.held(old).secret.is_some_and(|secret| {
            let read = Standing::read(Some(&old.description), None, &secret, String::new);
            read.content.as_deref() == former
        });
        let next = now.number.saturating_add(1);
        let description =
            if tagged { old.description.clone() } else { format!("{RETURNED} {next} {label}") };
        self.client.put(leave, &self.parameter.name, now, &old.value, &description).await
    }
}
