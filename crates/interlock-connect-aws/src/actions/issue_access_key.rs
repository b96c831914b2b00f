//! Issues a second access key for a user and delivers it: the first part of a rotation.
//!
//! The secret is in hand only between AWS's two answers. If the process dies between issuing and
//! delivering, the key whose secret nobody has is deleted and a new one is issued: never reused.

use super::disable_ssh_key::ACCESS_KEYS;
use super::shared::{Shared, UserKey, cannot_tell, drifted, holds};
use crate::Secret;
use crate::client::{DeliveryPass, NewKey};
use crate::delivery::{Leave, Parcel, Place, Standing};
use crate::operation as op;
use interlock_contain::{
    Action, ActionSpec, CallError, Delivery, ReadCx, ReversalSpec, Role, WriteCx,
};
use interlock_model::{
    ActionKind, CredentialKind, CredentialRef, DigestBuilder, Intent, Observation, Receipt,
    Reversal, Snapshot, Step, StepId, Stops, Target,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "aws_iam.issue_access_key",
    kind: ActionKind::RotateCredential,
    role: Role::Issue,
    target: ACCESS_KEYS,
    summary: "issues a second access key and delivers it to Secrets Manager",
    reversal: ReversalSpec::Compensates {
        loses: "the secret gets its former value back as one version more; its version ids move on",
    },
    stops: Stops { new: false, refresh: false, live: false },
    settle: Duration::from_secs(10),
    leaves: "",
    leaves_at_most: None,
    beyond: &[],
    reads: &[
        op::GET_CALLER_IDENTITY,
        op::LIST_ACCESS_KEYS,
        op::GET_ACCESS_KEY_LAST_USED,
        op::DESCRIBE_SECRET,
        op::GET_SECRET_VALUE,
    ],
    write: op::CREATE_ACCESS_KEY,
    restore: Some(op::DELETE_ACCESS_KEY),
    delivery: Some(Delivery { operation: op::PUT_SECRET_VALUE }),
    traps: &[
        "issuing ends nothing: the old key lives until the rotation's next step disables it",
        "a user has two key slots: with both used there is nothing to issue into",
        "the secret must exist: who may read it is not ours to choose",
        "the value is replaced as a whole: other fields of the former value are not carried over",
        "a key of ours that was not delivered is known by elimination and by never having been used; AWS notes the last use with delay",
        "the undo puts the former value back before it deletes the new key, so that readers are never without one",
        "rotation by Secrets Manager itself on the same secret would fight with this",
    ],
    source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html; https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html",
};

/// The action.
#[derive(Debug)]
pub(crate) struct IssueAccessKey {
    /// The client and the configuration.
    pub shared: Arc<Shared>,
}

/// Where a user finds its key.
#[derive(Debug)]
enum Whither {
    /// In a secret of Secrets Manager.
    Secret(String),
    /// At a place that the configuration names.
    Place(Arc<dyn Place>),
}

impl Whither {
    /// What a step's state says of it.
    fn written(&self) -> String {
        match self {
            Self::Secret(name) => name.clone(),
            Self::Place(place) => place.name(),
        }
    }

    fn named(&self) -> String {
        match self {
            Self::Secret(name) => format!("secret `{name}`"),
            Self::Place(place) => place.name(),
        }
    }
}

/// What is there, seen from one delivery.
struct Seen {
    /// The keys of the user but the delivered one, the secret and its versions.
    snapshot: Snapshot,
    /// The key that was delivered and is there.
    issued: Option<String>,
    /// The keys of the user but the delivered one.
    others: BTreeSet<String>,
    /// Whether the delivery's version is listed, whatever became of its key.
    version_listed: bool,
}

/// The id of the version that a step delivers. The same step gives the same version.
fn version_of(step: &StepId) -> String {
    DigestBuilder::new("interlock/aws_iam/delivery").text(step.as_str()).finish().to_string()
}

/// What is delivered.
fn document(key: &NewKey) -> Secret {
    let value = BTreeMap::from([
        ("AccessKeyId", key.id.as_str()),
        ("SecretAccessKey", key.secret.expose()),
    ]);
    // INVARIANT: a map of text to text serialises without failing.
    Secret::new(serde_json::to_string(&value).unwrap_or_default())
}

fn credential(key: &str) -> CredentialRef {
    CredentialRef::new("aws", CredentialKind::AccessKey, key)
}

/// The keys that a snapshot lists.
fn keys_in(snapshot: &Snapshot) -> BTreeSet<String> {
    let keys = snapshot.get("keys").unwrap_or_default();
    keys.split(',').filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

fn field<'a>(snapshot: &'a Snapshot, name: &str) -> Result<&'a str, CallError> {
    snapshot
        .get(name)
        .ok_or_else(|| CallError::Invalid { why: format!("the step's state names no `{name}`") })
}

impl IssueAccessKey {
    /// Where a user's new key goes.
    fn whither(&self, of: &UserKey, target: &Target) -> Result<Whither, CallError> {
        let delivery = &self.shared.config.delivery;
        Ok(match delivery.elsewhere.of(target.principal())? {
            Some(place) => Whither::Place(place),
            None => Whither::Secret(delivery.secret_for(&of.user)),
        })
    }

    /// Where a step's key went, by its state: the configuration may say something else by now.
    fn went(&self, written: &str, of: &UserKey, target: &Target) -> Result<Whither, CallError> {
        Ok(match self.whither(of, target)? {
            now if now.written() == written => now,
            Whither::Secret(_) | Whither::Place(_) => Whither::Secret(written.to_owned()),
        })
    }

    async fn look(
        &self,
        cx: &ReadCx<'_>,
        user: &str,
        whither: &Whither,
        version: &str,
    ) -> Result<Seen, CallError> {
        let client = &self.shared.client;
        let keys = client.access_keys(cx.read(op::LIST_ACCESS_KEYS)?, user).await?;
        let mut others: BTreeSet<String> = keys.into_iter().map(|it| it.id).collect();
        let (current, version_listed, delivered) = match whither {
            Whither::Secret(secret) => {
                let pass = cx.read(op::DESCRIBE_SECRET)?;
                let versions = client.secret_versions(pass, secret).await?;
                let listed = versions.all.contains(version);
                let delivered = if listed {
                    let pass = cx.read(op::GET_SECRET_VALUE)?;
                    client.delivered_key(pass, secret, version).await?
                } else {
                    None
                };
                (versions.current, listed, delivered)
            }
            Whither::Place(place) => {
                let Standing { content, key } = place.look().await?;
                let ours = content.as_deref() == Some(version);
                (content, ours, key.filter(|_| ours))
            }
        };
        let issued = delivered.filter(|it| others.remove(it));
        let keys: Vec<&str> = others.iter().map(String::as_str).collect();
        let mut snapshot = Snapshot::of([("keys", keys.join(",")), ("secret", whither.written())]);
        if let Some(current) = current {
            snapshot.0.insert("current".to_owned(), current);
        }
        if issued.is_some() {
            snapshot.0.insert("issued".to_owned(), version.to_owned());
        }
        Ok(Seen { snapshot, issued, others, version_listed })
    }

    /// The one key that came beside the known ones without a delivery and was never used: ours,
    /// left by an attempt that died before it delivered.
    async fn orphan(
        &self,
        cx: &ReadCx<'_>,
        seen: &Seen,
        known: &BTreeSet<String>,
    ) -> Result<Option<String>, CallError> {
        let mut extra = seen.others.difference(known);
        let (Some(key), None) = (extra.next(), extra.next()) else { return Ok(None) };
        if seen.version_listed || !known.is_subset(&seen.others) {
            return Ok(None);
        }
        let pass = cx.read(op::GET_ACCESS_KEY_LAST_USED)?;
        let used = self.shared.client.key_last_used(pass, key).await?;
        Ok(used.is_none().then(|| key.clone()))
    }

    async fn issue(
        &self,
        cx: WriteCx<'_>,
        step: &Step,
        of: &UserKey,
    ) -> Result<Receipt, CallError> {
        let (secret, version) = (field(&step.after, "secret")?, field(&step.after, "issued")?);
        let whither = self.went(secret, of, &step.target)?;
        let seen = self.look(cx.reading(), &of.user, &whither, version).await?;
        let client = &self.shared.client;
        if seen.snapshot == step.after {
            let issued = seen.issued.as_deref().map(credential);
            return Ok(Receipt { issued, ..Receipt::default() });
        }
        if seen.snapshot != step.before {
            let known = keys_in(&step.before);
            let Some(orphan) = self.orphan(cx.reading(), &seen, &known).await? else {
                return Err(drifted(step, seen.snapshot));
            };
            let pass = cx.write(op::DELETE_ACCESS_KEY)?;
            client.delete_key(pass, &of.user, &orphan).await?;
            return Err(CallError::Retry {
                after: Duration::from_secs(1),
                why: format!("key `{orphan}` was issued but never delivered and is deleted"),
            });
        }
        let pass = cx.write(op::CREATE_ACCESS_KEY)?;
        let delivery = DeliveryPass::of(&pass, op::PUT_SECRET_VALUE)?;
        let leave = Leave::of(&pass, op::PUT_SECRET_VALUE)?;
        let key = client.create_key(pass, &of.user).await?;
        let delivered = match &whither {
            Whither::Secret(secret) => {
                client.deliver(delivery, secret, version, &document(&key)).await.map(drop)
            }
            Whither::Place(place) => {
                let (mark, key_id) = (version.to_owned(), key.id.clone());
                let parcel = Parcel { mark, key_id, secret: key.secret.clone() };
                place.put(leave, step.before.get("current"), &parcel).await
            }
        };
        match delivered {
            Ok(()) => {}
            Err(CallError::NotFound { what }) => {
                let why = format!("{what} is gone: make it again, the undelivered key is deleted");
                return Err(CallError::Unsupported { why });
            }
            Err(error) => return Err(error),
        }
        Ok(Receipt {
            request: key.acknowledged.request,
            issued: Some(credential(&key.id)),
            notes: BTreeMap::from([
                ("secret".to_owned(), secret.to_owned()),
                ("version".to_owned(), version.to_owned()),
            ]),
        })
    }

    /// What is left to take back: the key to delete, and the version whose value is to come back.
    async fn left_to_undo(
        &self,
        cx: &ReadCx<'_>,
        step: &Step,
        of: &UserKey,
    ) -> Result<(Seen, Option<String>, Option<String>), CallError> {
        let (secret, version) = (field(&step.before, "secret")?, field(&step.before, "issued")?);
        let whither = self.went(secret, of, &step.target)?;
        let seen = self.look(cx, &of.user, &whither, version).await?;
        let known = keys_in(&step.after);
        let key = match &seen.issued {
            Some(key) => Some(key.clone()),
            None => self.orphan(cx, &seen, &known).await?,
        };
        let former =
            step.after.get("current").filter(|_| seen.snapshot.get("current") == Some(version));
        let former = former.map(str::to_owned);
        Ok((seen, key, former))
    }

    async fn take_back(
        &self,
        cx: WriteCx<'_>,
        step: &Step,
        of: &UserKey,
    ) -> Result<Receipt, CallError> {
        let (seen, key, former) = self.left_to_undo(cx.reading(), step, of).await?;
        let known = keys_in(&step.after);
        let extra = seen.others.iter().any(|it| !known.contains(it) && Some(it) != key.as_ref());
        if extra || !known.is_subset(&seen.others) {
            return Err(drifted(step, seen.snapshot));
        }
        // The target is the issued key, or the old one where nobody knew the new one.
        if let Some(key) = &key
            && of.key != *key
            && !known.contains(&of.key)
        {
            let why = format!("the step is about key `{}`, the delivered one is `{key}`", of.key);
            return Err(CallError::Invalid { why });
        }
        if key.is_none() && former.is_none() {
            return Ok(Receipt::default());
        }
        let client = &self.shared.client;
        let whither = self.went(field(&step.before, "secret")?, of, &step.target)?;
        if let (Whither::Place(place), Some(former)) = (&whither, &former) {
            let pass = cx.write(op::DELETE_ACCESS_KEY)?;
            let leave = Leave::of(&pass, op::PUT_SECRET_VALUE)?;
            place.put_back(leave, field(&step.before, "issued")?, Some(former)).await?;
            let Some(key) = key else { return Ok(Receipt::default()) };
            let deleted = client.delete_key(pass, &of.user, &key).await?;
            return Ok(Receipt { request: deleted.request, ..Receipt::default() });
        }
        let secret = field(&step.before, "secret")?;
        let former = match former {
            Some(version) => {
                let pass = cx.reading().read(op::GET_SECRET_VALUE)?;
                match client.secret_value(pass, secret, &version).await {
                    Err(CallError::NotFound { .. }) => {
                        return Err(CallError::Unsupported {
                            why: format!(
                                "the former version of secret `{secret}` is gone: put a working key into it, then undo again"
                            ),
                        });
                    }
                    value => Some(value?),
                }
            }
            None => None,
        };
        let pass = cx.write(op::DELETE_ACCESS_KEY)?;
        if let Some(value) = former {
            let delivery = DeliveryPass::of(&pass, op::PUT_SECRET_VALUE)?;
            client.deliver(delivery, secret, &version_of(&step.id), &value).await?;
        }
        let Some(key) = key else { return Ok(Receipt::default()) };
        let acknowledged = client.delete_key(pass, &of.user, &key).await?;
        Ok(Receipt { request: acknowledged.request, ..Receipt::default() })
    }

    async fn observe(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Observation, CallError> {
        let of = self.shared.our_user_key(cx, &step.target).await?;
        if step.kind == ActionKind::Restore {
            let (seen, key, former) = self.left_to_undo(cx, step, &of).await?;
            return Ok(
                if key.is_none() && former.is_none() && seen.others == keys_in(&step.after) {
                    holds(&SPEC, step, cx.now())
                } else {
                    Observation::DoesNotHold { seen: seen.snapshot }
                },
            );
        }
        let (secret, version) = (field(&step.after, "secret")?, field(&step.after, "issued")?);
        let whither = self.went(secret, &of, &step.target)?;
        let seen = self.look(cx, &of.user, &whither, version).await?;
        // Which old keys are left is the business of later steps of the rotation.
        let current = seen.snapshot.get("current") == Some(version);
        let Some(key) = seen.issued.filter(|_| current) else {
            return Ok(Observation::DoesNotHold { seen: seen.snapshot });
        };
        let mut observation = holds(&SPEC, step, cx.now());
        if let Observation::Holds { issued, .. } = &mut observation {
            *issued = Some(credential(&key));
        }
        Ok(observation)
    }
}

#[async_trait::async_trait]
impl Action for IssueAccessKey {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let of = self.shared.our_user_key(cx, &intent.target).await?;
        let whither = self.whither(&of, &intent.target)?;
        let secret = whither.named();
        let version = version_of(&id);
        let unsupported = |why: String| CallError::Unsupported { why };
        let seen = match self.look(cx, &of.user, &whither, &version).await {
            Err(CallError::NotFound { what }) if what.contains("secret") => {
                return Err(unsupported(format!(
                    "{what} is not there to deliver to: create it and let the workload of user `{}` read it",
                    of.user
                )));
            }
            other => other?,
        };
        let summary = format!("issue a new access key for user `{}` into {secret}", of.user);
        let mut after = seen.snapshot.clone();
        after.0.insert("current".to_owned(), version.clone());
        after.0.insert("issued".to_owned(), version);
        if seen.snapshot != after {
            if seen.version_listed {
                return Err(unsupported(format!(
                    "this step delivered to {secret} before and was overtaken: decide anew"
                )));
            }
            if !seen.others.contains(&of.key) {
                return Err(CallError::NotFound { what: intent.target.to_string() });
            }
            if seen.others.len() >= 2 {
                return Err(unsupported(format!(
                    "both key slots of user `{}` are used: delete the key that is not in use first",
                    of.user
                )));
            }
        }
        let mut step = self.shared.step(&SPEC, id, intent, (seen.snapshot, after), summary);
        if let Whither::Place(place) = &whither
            && !place.restores()
        {
            let why = format!("what stood at {secret} before cannot be read, so not put back");
            step.reversal = Reversal::Final { why };
        }
        Ok(step)
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let of = self.shared.our_user_key(cx.reading(), &step.target).await?;
        if step.kind == ActionKind::Restore {
            self.take_back(cx, step, &of).await
        } else {
            self.issue(cx, step, &of).await
        }
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        self.observe(cx, step).await.unwrap_or_else(|error| cannot_tell(&error))
    }
}
