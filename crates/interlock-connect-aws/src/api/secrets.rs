//! Secrets Manager, as far as it is called.

use super::wire::{from_json, json};
use super::{Answered, Call, Service, Unread};
use crate::Secret;
use crate::client::Versions;
use crate::operation as op;
use interlock_model::Operation;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;

/// The versions of a secret, without their values.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeSecret<'a> {
    /// Its name or ARN.
    pub secret_id: &'a str,
}

/// What is known of a secret.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Described {
    /// Whether it is being deleted.
    pub leaves: bool,
    /// Its versions.
    pub versions: Versions,
}

impl Call for DescribeSecret<'_> {
    const SERVICE: Service = Service::SecretsManager;
    const OPERATION: Operation = op::DESCRIBE_SECRET;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        json(self)
    }
}

impl Answered for DescribeSecret<'_> {
    type Answer = Described;

    fn read(body: &[u8]) -> Result<Described, Unread> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer {
            deleted_date: Option<IgnoredAny>,
            version_ids_to_stages: Option<BTreeMap<String, Vec<String>>>,
        }
        let answer: Answer = from_json(body)?;
        let mut versions = Versions::default();
        for (id, stages) in answer.version_ids_to_stages.unwrap_or_default() {
            if stages.iter().any(|it| it == "AWSCURRENT") {
                versions.current = Some(id.clone());
            }
            versions.all.insert(id);
        }
        Ok(Described { leaves: answer.deleted_date.is_some(), versions })
    }
}

/// One version of a secret.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetSecretValue<'a> {
    /// The secret's name or ARN.
    pub secret_id: &'a str,
    /// The version.
    pub version_id: &'a str,
}

impl Call for GetSecretValue<'_> {
    const SERVICE: Service = Service::SecretsManager;
    const OPERATION: Operation = op::GET_SECRET_VALUE;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        json(self)
    }
}

impl Answered for GetSecretValue<'_> {
    /// `None` where it holds bytes instead of text.
    type Answer = Option<Secret>;

    fn read(body: &[u8]) -> Result<Option<Secret>, Unread> {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(rename = "SecretString", default, deserialize_with = "taken")]
            text: Option<Secret>,
        }
        from_json(body).map(|it: Answer| it.text)
    }
}

/// A new version of a secret, which becomes the current one.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutSecretValue<'a> {
    /// The secret's name or ARN.
    pub secret_id: &'a str,
    /// The new version's id: a second request with it writes nothing new.
    pub client_request_token: &'a str,
    /// The value.
    #[serde(serialize_with = "shown")]
    pub secret_string: &'a Secret,
}

impl Call for PutSecretValue<'_> {
    const SERVICE: Service = Service::SecretsManager;
    const OPERATION: Operation = op::PUT_SECRET_VALUE;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        json(self)
    }
}

fn taken<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Secret>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.map(Secret::new))
}

fn shown<S: Serializer>(secret: &&Secret, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(secret.expose())
}
