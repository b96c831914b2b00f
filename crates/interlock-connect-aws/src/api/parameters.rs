//! Parameter Store of Systems Manager, as far as it is called.

use super::wire::{from_json, json};
use super::{Answered, Call, Service, Unread};
use crate::Secret;
use crate::operation as op;
use crate::parameter::Version;
use interlock_model::Operation;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A page of a parameter's versions.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetParameterHistory<'a> {
    /// The parameter's name.
    pub name: &'a str,
    /// Whether the values are to be readable.
    pub with_decryption: bool,
    /// Where to go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<&'a str>,
}

/// What a page says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct History {
    /// The versions.
    pub versions: Vec<Version>,
    /// Where to go on.
    pub next: Option<String>,
}

impl Call for GetParameterHistory<'_> {
    const SERVICE: Service = Service::Ssm;
    const OPERATION: Operation = op::GET_PARAMETER_HISTORY;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        json(self)
    }
}

impl Answered for GetParameterHistory<'_> {
    type Answer = History;

    fn read(body: &[u8]) -> Result<History, Unread> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer {
            parameters: Option<Vec<One>>,
            next_token: Option<String>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct One {
            version: u64,
            #[serde(deserialize_with = "taken")]
            value: Secret,
            #[serde(rename = "Type")]
            sort: String,
            description: Option<String>,
            key_id: Option<String>,
            tier: Option<String>,
            allowed_pattern: Option<String>,
        }
        let given = |it: Option<String>| it.filter(|it| !it.is_empty());
        let answer: Answer = from_json(body)?;
        let versions = answer.parameters.unwrap_or_default().into_iter().map(|it| Version {
            number: it.version,
            value: it.value,
            secure: it.sort == SECURE,
            description: it.description.unwrap_or_default(),
            key: given(it.key_id),
            tier: given(it.tier),
            pattern: given(it.allowed_pattern),
        });
        Ok(History { versions: versions.collect(), next: given(answer.next_token) })
    }
}

/// The only type of parameter that is written.
const SECURE: &str = "SecureString";

/// A new version of a parameter, which becomes the current one.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutParameter<'a> {
    name: &'a str,
    #[serde(serialize_with = "shown")]
    value: &'a Secret,
    description: &'a str,
    #[serde(rename = "Type")]
    sort: &'static str,
    overwrite: bool,
    // What a request leaves out is set to what is usual, not left as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tier: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_pattern: Option<&'a str>,
}

impl<'a> PutParameter<'a> {
    /// This value and description, everything else as in the version before.
    pub(crate) fn after(
        name: &'a str,
        before: &'a Version,
        value: &'a Secret,
        description: &'a str,
    ) -> Self {
        let (key_id, tier) = (before.key.as_deref(), before.tier.as_deref());
        let allowed_pattern = before.pattern.as_deref();
        Self {
            name,
            value,
            description,
            sort: SECURE,
            overwrite: true,
            key_id,
            tier,
            allowed_pattern,
        }
    }
}

impl Call for PutParameter<'_> {
    const SERVICE: Service = Service::Ssm;
    const OPERATION: Operation = op::PUT_PARAMETER;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        json(self)
    }
}

fn taken<'de, D: Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
    String::deserialize(from).map(Secret::new)
}

fn shown<S: Serializer>(secret: &&Secret, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(secret.expose())
}
