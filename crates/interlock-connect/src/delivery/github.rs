//! A secret of GitHub Actions, sealed for GitHub before it leaves: of a repository, an environment or the
//! organisation.
//!
//! Nobody can read such a secret back. What stands there is told by the moment of its last change, which
//! GitHub keeps, and by a variable beside it in which a delivery writes its mark and these moments. A
//! secret that somebody changed since is no longer ours.

use super::{Fields, Leave, Parcel, Place, Standing, Target, filled, gone, moved};
use crate::Secret;
use crate::github::{Credential, GithubConfig, Server};
use crate::http::Wire;
use crate::rest::{Ask, Rest, network};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use crypto_box::PublicKey;
use crypto_box::aead::OsRng;
use interlock_contain::{CallError, Check};
use interlock_model::Operation;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Looks at secrets and the key they are sealed for.
const READ: Operation = Operation("secrets: read");
/// Writes a secret.
const WRITE: Operation = Operation("secrets: write");
/// Looks at the variable.
const READ_MARK: Operation = Operation("variables: read");
/// Writes the variable.
const WRITE_MARK: Operation = Operation("variables: write");

/// Whose secret it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// The organisation's.
    Organization,
    /// A repository's, by its short name.
    Repository(String),
    /// One of an environment of a repository.
    Environment {
        /// The repository's short name.
        repository: String,
        /// The environment's name.
        environment: String,
    },
}

/// Which secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionsSecret {
    /// Whose.
    pub scope: Scope,
    /// The names of the secrets, `{name}` standing for the workload.
    pub fields: Fields,
}

impl ActionsSecret {
    /// How the place is called for people.
    #[must_use]
    pub fn words(&self, organization: &str) -> String {
        let secret = &self.fields.secret;
        match &self.scope {
            Scope::Organization => format!("secret `{secret}` of `{organization}`"),
            Scope::Repository(it) => format!("secret `{secret}` of `{organization}/{it}`"),
            Scope::Environment { repository, environment } => format!(
                "secret `{secret}` of environment `{environment}` of `{organization}/{repository}`"
            ),
        }
    }

    /// A workload's name as a part of a secret's: letters, digits and `_`.
    #[must_use]
    pub fn part(name: &str) -> String {
        name.chars()
            .map(|it| if it.is_ascii_alphanumeric() { it.to_ascii_uppercase() } else { '_' })
            .collect()
    }
}

/// Secrets of one organisation.
#[derive(Debug)]
pub struct GithubTarget {
    rest: Arc<Rest>,
    config: GithubConfig,
    secret: ActionsSecret,
}

impl GithubTarget {
    /// Secrets of the organisation that this configuration speaks to.
    #[must_use]
    pub fn new(config: &GithubConfig, secret: ActionsSecret) -> Self {
        Self::over(config, secret, network(&config.endpoint))
    }

    /// The same, answered by somebody else than the network.
    #[must_use]
    pub fn over(config: &GithubConfig, secret: ActionsSecret, wire: Arc<dyn Wire>) -> Self {
        Self { rest: Arc::new(Server::rest(config, wire)), config: config.clone(), secret }
    }

    fn there(&self, secret: ActionsSecret) -> Sealed {
        let organization = self.config.organization.clone();
        Sealed { rest: Arc::clone(&self.rest), organization, of: secret }
    }
}

#[async_trait::async_trait]
impl Target for GithubTarget {
    fn place(&self, name: &str) -> Result<Arc<dyn Place>, CallError> {
        let upper = ActionsSecret::part(name);
        let Fields { key_id, secret } = &self.secret.fields;
        let key_id = key_id.as_deref().map(|it| filled(it, &upper)).transpose()?;
        let fields = Fields { key_id, secret: filled(secret, &upper)? };
        Ok(Arc::new(self.there(ActionsSecret { fields, ..self.secret.clone() })))
    }

    /// What is written cannot be tried without writing: an App's own list says it, of a token only what
    /// it may read is known.
    async fn check(&self) -> Vec<Check> {
        let granted = crate::github::granted(&self.config.credential, &self.rest).await;
        let there = self.there(self.secret.clone());
        let names: [(&str, &str); 2] = match &self.secret.scope {
            Scope::Organization => [
                ("organization_secrets", "Organization secrets"),
                ("organization_actions_variables", "Organization variables"),
            ],
            Scope::Repository(_) => [("secrets", "Secrets"), ("actions_variables", "Variables")],
            // Both belong to this one right.
            Scope::Environment { .. } => {
                [("environments", "Environments"), ("environments", "Environments")]
            }
        };
        let mut checks = Vec::new();
        for (index, (name, title)) in names.into_iter().enumerate() {
            if index > 0 && checks.iter().any(|it: &Check| it.permission.starts_with(name)) {
                continue;
            }
            let outcome = match (&granted, &self.config.credential) {
                (Err(error), _) => Err(error.to_string()),
                (Ok(Some(list)), Credential::App(app)) => {
                    if list.get(name).and_then(Value::as_str) == Some("write") {
                        Ok(())
                    } else {
                        let id = &app.id;
                        Err(format!("add `\"{name}\": \"write\"` to the permissions of App `{id}`"))
                    }
                }
                (Ok(_), _) => there.key().await.map(drop).map_err(|it| {
                    format!("{it}; give the token the permission \"{title}\": read and write")
                }),
            };
            checks.push(Check::told(format!("{name}: write"), outcome));
        }
        checks
    }
}

/// The secrets of one credential, and their variable.
#[derive(Debug)]
struct Sealed {
    rest: Arc<Rest>,
    organization: String,
    of: ActionsSecret,
}

#[derive(Deserialize)]
struct Key {
    key_id: String,
    key: String,
}

#[derive(Deserialize)]
struct Shown {
    updated_at: String,
    #[serde(default)]
    visibility: Option<String>,
}

#[derive(Deserialize)]
struct Variable {
    value: String,
}

#[derive(Deserialize)]
struct Selected {
    repositories: Vec<Numbered>,
}

#[derive(Deserialize)]
struct Numbered {
    id: u64,
}

impl Sealed {
    fn path<'a>(&'a self, kind: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        let mut path = match &self.of.scope {
            Scope::Organization => vec!["orgs", &*self.organization, "actions"],
            Scope::Repository(name) => vec!["repos", &*self.organization, name, "actions"],
            Scope::Environment { repository, environment } => {
                vec!["repos", &*self.organization, repository, "environments", environment]
            }
        };
        path.push(kind);
        path.extend(more);
        path
    }

    fn ask(
        &self,
        (operation, method): (Operation, &'static str),
        path: &[&str],
        body: Option<Value>,
    ) -> Result<Ask, CallError> {
        let query: &[(&str, &str)] = match method {
            "GET" if path.last() == Some(&"repositories") => &[("per_page", "100")],
            _ => &[],
        };
        Ok(Ask {
            operation,
            writes: method != "GET",
            method,
            url: self.rest.url(path, query)?,
            body,
            what: format!("`{}`", path.join("/")),
        })
    }

    async fn key(&self) -> Result<Key, CallError> {
        let path = self.path("secrets", &["public-key"]);
        self.rest.json(&self.ask((READ, "GET"), &path, None)?).await
    }

    fn names(&self) -> Vec<&str> {
        let Fields { key_id, secret } = &self.of.fields;
        key_id.iter().chain([secret]).map(String::as_str).collect()
    }

    /// The variable that tells a delivery.
    fn variable(&self) -> String {
        format!("{}_DELIVERY", self.of.fields.secret)
    }

    /// When each secret was last changed; `None` where one is not there.
    async fn moments(&self) -> Result<Option<String>, CallError> {
        let mut moments = Vec::new();
        for name in self.names() {
            let path = self.path("secrets", &[name]);
            let Some(shown): Option<Shown> =
                self.rest.found(&self.ask((READ, "GET"), &path, None)?).await?
            else {
                return Ok(None);
            };
            moments.push(shown.updated_at);
        }
        Ok(Some(moments.join(",")))
    }

    async fn told(&self) -> Result<Option<String>, CallError> {
        let name = self.variable();
        let path = self.path("variables", &[&name]);
        let found: Option<Variable> =
            self.rest.found(&self.ask((READ_MARK, "GET"), &path, None)?).await?;
        Ok(found.map(|it| it.value))
    }

    async fn seal(&self, key: &Key, name: &str, value: &str) -> Result<(), CallError> {
        let mut body = json!({
            "encrypted_value": sealed(&key.key, value)?, "key_id": key.key_id,
        });
        if self.of.scope == Scope::Organization
            && let Some(map) = body.as_object_mut()
        {
            // Who may read it is asked for with every write, and is not ours to choose.
            let path = self.path("secrets", &[name]);
            let shown: Shown = self.rest.json(&self.ask((READ, "GET"), &path, None)?).await?;
            let visibility = shown.visibility.unwrap_or_else(|| "selected".to_owned());
            if visibility == "selected" {
                let path = self.path("secrets", &[name, "repositories"]);
                let list: Selected = self.rest.json(&self.ask((READ, "GET"), &path, None)?).await?;
                let ids: Vec<u64> = list.repositories.iter().map(|it| it.id).collect();
                if ids.len() >= 100 {
                    let why = format!("{} is given to 100 repositories or more", self.name());
                    return Err(CallError::Unsupported { why });
                }
                map.insert("selected_repository_ids".to_owned(), json!(ids));
            }
            map.insert("visibility".to_owned(), json!(visibility));
        }
        let path = self.path("secrets", &[name]);
        self.rest.ask(&self.ask((WRITE, "PUT"), &path, Some(body))?).await.map(drop)
    }

    async fn tell(&self, value: String, there: bool) -> Result<(), CallError> {
        let name = self.variable();
        let mut body = json!({"name": name, "value": value});
        let (method, path) = match there {
            true => ("PATCH", self.path("variables", &[&name])),
            false => {
                if self.of.scope == Scope::Organization
                    && let Some(map) = body.as_object_mut()
                {
                    // For us alone.
                    map.insert("visibility".to_owned(), json!("selected"));
                    map.insert("selected_repository_ids".to_owned(), json!([]));
                }
                ("POST", self.path("variables", &[]))
            }
        };
        self.rest.ask(&self.ask((WRITE_MARK, method), &path, Some(body))?).await.map(drop)
    }
}

/// Sealed for the holder of the private key, in base64.
fn sealed(key: &str, value: &str) -> Result<String, CallError> {
    let invalid = || CallError::Invalid { why: "GitHub's public key is not understood".to_owned() };
    let bytes = BASE64.decode(key).map_err(|_| invalid())?;
    let key = PublicKey::from_slice(&bytes).map_err(|_| invalid())?;
    let sealed = key.seal(&mut OsRng, value.as_bytes()).map_err(|_| invalid())?;
    Ok(BASE64.encode(sealed))
}

/// One of several writes was made, so it is not true that nothing changed.
fn partly(error: CallError) -> CallError {
    CallError::OutcomeUnknown { why: error.to_string() }
}

#[async_trait::async_trait]
impl Place for Sealed {
    fn name(&self) -> String {
        self.of.words(&self.organization)
    }

    fn restores(&self) -> bool {
        false
    }

    async fn look(&self) -> Result<Standing, CallError> {
        let Some(moments) = self.moments().await? else { return Ok(Standing::default()) };
        let told = self.told().await?;
        let mut parts = told.as_deref().unwrap_or_default().splitn(3, ' ');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(mark), Some(at), Some(key)) if at == moments => {
                Ok(Standing { content: Some(mark.to_owned()), key: Some(key.to_owned()) })
            }
            _ => Ok(Standing { content: Some(format!("changed {moments}")), key: None }),
        }
    }

    async fn value(&self) -> Result<Option<Secret>, CallError> {
        Ok(None)
    }

    async fn put(&self, _: Leave, from: Option<&str>, parcel: &Parcel) -> Result<(), CallError> {
        if self.look().await?.content.as_deref() != from {
            return Err(moved(&self.name()));
        }
        let there = self.told().await?.is_some();
        let key = self.key().await?;
        for (index, (name, value)) in
            self.of.fields.of(&parcel.key_id, &parcel.secret).into_iter().enumerate()
        {
            let put = self.seal(&key, name, value).await;
            put.map_err(|it| if index > 0 { partly(it) } else { it })?;
        }
        let moments = self.moments().await.map_err(partly)?.unwrap_or_default();
        let told = format!("{} {moments} {}", parcel.mark, parcel.key_id);
        self.tell(told, there).await.map_err(partly)
    }

    async fn put_back(&self, _: Leave, _: &str, _: Option<&str>) -> Result<(), CallError> {
        Err(gone(&self.name()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crypto_box::SecretKey;

    #[test]
    fn what_is_sealed_is_opened_by_the_private_key_alone() {
        let (own, other) = (SecretKey::from([7; 32]), SecretKey::from([8; 32]));
        let key = BASE64.encode(own.public_key().as_bytes());
        let box_ = BASE64.decode(sealed(&key, "hush").unwrap()).unwrap();
        // The form of libsodium's `crypto_box_seal`: a fresh public key, a tag, the text.
        assert_eq!(box_.len(), 32 + 16 + 4);
        assert_eq!(own.unseal(&box_).unwrap(), b"hush");
        assert!(other.unseal(&box_).is_err());
        assert_ne!(sealed(&key, "hush").unwrap(), sealed(&key, "hush").unwrap());
        assert!(sealed("AAAA", "hush").is_err() && sealed("no base64!", "hush").is_err());
    }
}
