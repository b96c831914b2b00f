//! A secret of Azure Key Vault: a new version of it, which carries its own tags.
//!
//! A version's tags are written with it in one request, so a delivery is one write. There is no
//! check-and-set: a version that comes between our look and ours is displaced, and stays as a version, as at
//! Parameter Store.
//!
//! What a delivery displaces stays enabled, for an undo and for readers that name a version. The next
//! delivery disables it.

use super::{Fields, Leave, Parcel, Place, Standing, Target, filled, gone, moved};
use crate::Secret;
use crate::entra::{EntraConfig, tokens_for};
use crate::http::Wire;
use crate::idp::proof::Proving;
use crate::rest::{Ask, Bearer, Rest, Terms, network};
use interlock_contain::{CallError, Check};
use interlock_model::Operation;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Reads a version of a secret.
const READ: Operation = Operation("secrets/get");
/// Writes a version.
const WRITE: Operation = Operation("secrets/set");
/// The version of the interface.
const VERSION: (&str, &str) = ("api-version", "7.4");
/// A workload's name for asking whether secrets may be read.
const ABSENT: &str = "interlock-permission-check";
/// The tag that tells a delivery.
const TAG: &str = "interlock-delivery";
/// The tag that names the version which a delivery displaced.
const FORMER: &str = "interlock-former";
/// The tag that names the version whose value was put back.
const RETURNED: &str = "interlock-returned";

/// Azure's own way.
static TERMS: Terms = Terms {
    headers: &[("accept", "application/json")],
    throttled: |_| false,
    again: |_| None,
    said: |it| it.pointer("/error/message").and_then(Value::as_str).map(str::to_owned),
};

/// Which secret, and what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyVaultSecret {
    /// Where the vault answers: `https://acme.vault.azure.net`.
    pub vault: String,
    /// The secret's name, `{name}` standing for the workload.
    pub name: String,
    /// The fields of the JSON that it holds; `None`: it holds the credential alone.
    pub fields: Option<Fields>,
}

impl KeyVaultSecret {
    /// How the place is called for people.
    #[must_use]
    pub fn words(&self) -> String {
        format!("secret `{}` of `{}`", self.name, self.vault)
    }

    /// A workload's name as a part of a secret's: letters, digits and hyphens.
    #[must_use]
    pub fn part(name: &str) -> String {
        name.chars().map(|it| if it.is_ascii_alphanumeric() { it } else { '-' }).collect()
    }
}

/// Secrets of one vault.
#[derive(Debug)]
pub struct AzureTarget {
    rest: Arc<Rest>,
    secret: KeyVaultSecret,
}

/// Tokens for one vault, of the application that the connector to Entra acts as.
#[derive(Debug)]
struct Tokens(Proving);

#[async_trait::async_trait]
impl Bearer for Tokens {
    async fn token(&self, wire: &dyn Wire) -> Result<Secret, CallError> {
        let header = self.0.header(wire).await?;
        Ok(Secret::new(header.strip_prefix("Bearer ").unwrap_or(&header)))
    }

    async fn forget(&self, _: Option<&str>) -> bool {
        self.0.forget().await
    }
}

/// What tokens for a vault are asked for: the service that its address belongs to.
fn scope(vault: &str) -> Option<String> {
    let host = vault.strip_prefix("https://")?.split('/').next()?;
    Some(format!("https://{}/.default", host.split_once('.')?.1))
}

impl AzureTarget {
    /// Secrets of a vault of the tenant that this configuration speaks to.
    #[must_use]
    pub fn new(config: &EntraConfig, secret: KeyVaultSecret) -> Self {
        let wire = network(&secret.vault);
        Self::over(config, secret, wire)
    }

    /// The same, answered by somebody else than the network.
    #[must_use]
    pub fn over(config: &EntraConfig, secret: KeyVaultSecret, wire: Arc<dyn Wire>) -> Self {
        let scope = scope(&secret.vault).unwrap_or_default();
        let rest = Rest {
            base: secret.vault.clone(),
            wire,
            bearer: Box::new(Tokens(Proving::new(tokens_for(config, scope)))),
            terms: &TERMS,
            clock: config.now,
        };
        Self { rest: Arc::new(rest), secret }
    }

    fn there(&self, secret: KeyVaultSecret) -> One {
        One { rest: Arc::clone(&self.rest), secret }
    }
}

#[async_trait::async_trait]
impl Target for AzureTarget {
    fn place(&self, name: &str) -> Result<Arc<dyn Place>, CallError> {
        let name = filled(&self.secret.name, &KeyVaultSecret::part(name))?;
        Ok(Arc::new(self.there(KeyVaultSecret { name, ..self.secret.clone() })))
    }

    /// Reading is tried; writing cannot be, without writing.
    async fn check(&self) -> Vec<Check> {
        let pattern = &self.secret.name;
        let name = pattern.replace("{name}", ABSENT);
        let there = self.there(KeyVaultSecret { name, ..self.secret.clone() });
        let outcome = match there.version(None).await {
            Ok(_) => Ok(()),
            Err(CallError::Denied { permission }) if permission != READ.0 => Err(permission),
            Err(CallError::Denied { .. }) => Err(format!(
                "give the application of the connector the role `Key Vault Secrets Officer` on `{pattern}` of `{}`, or on the vault",
                self.secret.vault
            )),
            Err(error) => Err(error.to_string()),
        };
        vec![Check::told(format!("{READ} {pattern}"), outcome)]
    }
}

/// One secret.
#[derive(Debug)]
struct One {
    rest: Arc<Rest>,
    secret: KeyVaultSecret,
}

/// One version of it. No `Debug`: it shows what nobody else may see.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    id: String,
    #[serde(default)]
    value: String,
    #[serde(default)]
    content_type: Option<String>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

impl Version {
    fn id(&self) -> &str {
        self.id.rsplit('/').next().unwrap_or_default()
    }

    fn tag(&self, name: &str) -> Option<&str> {
        self.tags.get(name).map(String::as_str)
    }

    /// Its tags but ours.
    fn theirs(&self) -> BTreeMap<String, String> {
        let ours = |it: &str| [TAG, FORMER, RETURNED].contains(&it);
        let theirs = self.tags.iter().filter(|it| !ours(it.0));
        theirs.map(|(name, text)| (name.clone(), text.clone())).collect()
    }
}

impl One {
    fn ask(
        &self,
        (operation, method): (Operation, &'static str),
        version: Option<&str>,
        body: Option<Value>,
    ) -> Result<Ask, CallError> {
        let path: Vec<&str> = ["secrets", &self.secret.name].into_iter().chain(version).collect();
        let url = self.rest.url(&path, &[VERSION])?;
        Ok(Ask { operation, writes: method != "GET", method, url, body, what: self.name() })
    }

    /// A version, or the latest; `None`: there is none.
    async fn version(&self, id: Option<&str>) -> Result<Option<Version>, CallError> {
        self.rest.found(&self.ask((READ, "GET"), id, None)?).await
    }

    async fn now(&self) -> Result<Version, CallError> {
        let absent = || CallError::Unsupported {
            why: format!(
                "{} is not there to deliver to: create it and let its workload read it",
                self.name()
            ),
        };
        self.version(None).await?.ok_or_else(absent)
    }

    /// The latest version, when it is still what is meant.
    async fn still(&self, from: Option<&str>) -> Result<Version, CallError> {
        let now = self.now().await?;
        let standing = self.standing(&now).await?;
        if standing.content.as_deref() == from { Ok(now) } else { Err(moved(&self.name())) }
    }

    fn document(of: &Version) -> Option<Map<String, Value>> {
        serde_json::from_str(&of.value).ok()
    }

    /// The public name and the credential in a version.
    fn held(&self, of: &Version) -> (Option<String>, Option<Secret>) {
        let Some(fields) = &self.secret.fields else {
            return (None, Some(Secret::new(&*of.value)));
        };
        let Some(document) = Self::document(of) else { return (None, None) };
        let text = |name: &str| document.get(name).and_then(Value::as_str);
        let key = fields.key_id.as_deref().and_then(text).map(str::to_owned);
        (key, text(&fields.secret).map(Secret::new))
    }

    /// What a version is by its own tag, when that vouches for its value.
    fn vouched(&self, of: &Version) -> Option<Standing> {
        let (key, secret) = self.held(of);
        let read = Standing::read(of.tag(TAG), key.as_deref(), &secret?, String::new);
        read.content.as_ref().is_some_and(|it| !it.is_empty()).then_some(read)
    }

    async fn standing(&self, of: &Version) -> Result<Standing, CallError> {
        if let Some(ours) = self.vouched(of) {
            return Ok(ours);
        }
        // What was put back has no digest: a password can be guessed from one. Its value says it.
        let mut id = of.id().to_owned();
        if let Some(returned) = of.tag(RETURNED) {
            let before = self.version(Some(returned)).await?;
            if before.is_some_and(|it| it.value == of.value) {
                returned.clone_into(&mut id);
            }
        }
        Ok(Standing { content: Some(format!("version-{id}")), key: self.held(of).0 })
    }

    /// What the secret holds with this credential; other fields stay as they are.
    fn with(&self, before: &Version, parcel: &Parcel) -> Secret {
        let Some(fields) = &self.secret.fields else { return parcel.secret.clone() };
        let mut document = Self::document(before).unwrap_or_default();
        for (name, value) in fields.of(&parcel.key_id, &parcel.secret) {
            document.insert(name.to_owned(), json!(value));
        }
        Secret::new(Value::Object(document).to_string())
    }

    /// One version more.
    async fn write(
        &self,
        value: &Secret,
        content_type: Option<&String>,
        tags: &BTreeMap<String, String>,
    ) -> Result<(), CallError> {
        let mut body = json!({ "value": value.expose(), "tags": tags });
        if let (Some(kind), Some(body)) = (content_type, body.as_object_mut()) {
            body.insert("contentType".to_owned(), json!(kind));
        }
        self.rest.ask(&self.ask((WRITE, "PUT"), None, Some(body))?).await.map(drop)
    }

    /// Disables what the delivery before the last displaced.
    async fn retire(&self, now: &Version) -> Result<(), CallError> {
        let Some(former) = now.tag(FORMER) else { return Ok(()) };
        let body = json!({ "attributes": { "enabled": false } });
        match self.rest.ask(&self.ask((WRITE, "PATCH"), Some(former), Some(body))?).await {
            Ok(_) | Err(CallError::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

#[async_trait::async_trait]
impl Place for One {
    fn name(&self) -> String {
        self.secret.words()
    }

    fn restores(&self) -> bool {
        true
    }

    async fn look(&self) -> Result<Standing, CallError> {
        let now = self.now().await?;
        self.standing(&now).await
    }

    async fn value(&self) -> Result<Option<Secret>, CallError> {
        Ok(self.held(&self.now().await?).1)
    }

    async fn put(&self, _: Leave, from: Option<&str>, parcel: &Parcel) -> Result<(), CallError> {
        let now = self.still(from).await?;
        self.retire(&now).await?;
        let mut tags = now.theirs();
        tags.insert(TAG.to_owned(), parcel.tag());
        tags.insert(FORMER.to_owned(), now.id().to_owned());
        self.write(&self.with(&now, parcel), now.content_type.as_ref(), &tags).await
    }

    async fn put_back(&self, _: Leave, from: &str, former: Option<&str>) -> Result<(), CallError> {
        let now = self.still(Some(from)).await?;
        let (Some(former), Some(id)) = (former, now.tag(FORMER)) else {
            return Err(gone(&self.name()));
        };
        // Who disabled it may have had reasons: then it is refused.
        let old = match self.version(Some(id)).await {
            Ok(Some(old)) => old,
            Ok(None) | Err(CallError::Denied { .. }) => return Err(gone(&self.name())),
            Err(error) => return Err(error),
        };
        if self.standing(&old).await?.content.as_deref() != Some(former) {
            return Err(gone(&self.name()));
        }
        let mut tags = old.theirs();
        match (self.vouched(&old), old.tag(TAG)) {
            (Some(_), Some(tag)) => tags.insert(TAG.to_owned(), tag.to_owned()),
            (..) => {
                let meant = former.strip_prefix("version-").unwrap_or(id);
                tags.insert(RETURNED.to_owned(), meant.to_owned())
            }
        };
        tags.insert(FORMER.to_owned(), now.id().to_owned());
        self.write(&Secret::new(&*old.value), old.content_type.as_ref(), &tags).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_for_the_service_that_the_vault_belongs_to() {
        for (vault, wanted) in [
            ("https://acme.vault.azure.net", Some("https://vault.azure.net/.default")),
            ("https://acme.vault.azure.cn/", Some("https://vault.azure.cn/.default")),
            ("http://acme.vault.azure.net", None),
            ("https://localhost", None),
        ] {
            assert_eq!(scope(vault).as_deref(), wanted, "{vault}");
        }
    }
}
