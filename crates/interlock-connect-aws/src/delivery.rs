//! Where a new secret goes: the port through which every rotating action delivers.
//!
//! A place holds one credential for one workload. What stands there is told by a label, never by its
//! value: by the mark of the delivery that put it there, or by the place's own version. The mark is kept
//! beside the value together with a digest of both, so a value that somebody changed is no longer ours.

use crate::Secret;
use interlock_contain::{CallError, Check, WritePass};
use interlock_model::{Digest, DigestBuilder, Operation, Principal};
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

/// A credential on its way to its workload.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// What tells this delivery from every other; without spaces.
    pub mark: String,
    /// The credential's public name: a key's id, or an account.
    pub key_id: String,
    /// The credential itself.
    pub secret: Secret,
}

impl Parcel {
    /// What is written beside the value, so that it is known again.
    #[must_use]
    pub fn tag(&self) -> String {
        let Self { mark, key_id, secret } = self;
        format!("{mark} {} {key_id}", digest(mark, key_id, secret))
    }
}

fn digest(mark: &str, key_id: &str, secret: &Secret) -> Digest {
    let mut digest = DigestBuilder::new("interlock/delivery");
    digest.text(mark).text(key_id).text(secret.expose()).finish()
}

/// What stands at a place, without its value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// How it is told from anything else; `None`: nothing stands there.
    pub content: Option<String>,
    /// The public name of the credential, where it is known.
    pub key: Option<String>,
}

impl Standing {
    /// What a value and the tag beside it are; `otherwise` names what was put there by somebody else.
    #[must_use]
    pub fn read(
        tag: Option<&str>,
        key_id: Option<&str>,
        secret: &Secret,
        otherwise: impl FnOnce() -> String,
    ) -> Self {
        let known = tag.and_then(|it| {
            let mut parts = it.splitn(3, ' ');
            let (mark, told, key) = (parts.next()?, parts.next()?, parts.next()?);
            let same = digest(mark, key, secret).to_string() == told;
            let named = key_id.is_none_or(|it| it == key);
            (same && named).then(|| (mark.to_owned(), key.to_owned()))
        });
        match known {
            Some((mark, key)) => {
                Self { content: Some(mark), key: Some(key).filter(|it| !it.is_empty()) }
            }
            None => Self { content: Some(otherwise()), key: key_id.map(str::to_owned) },
        }
    }
}

/// Leave to deliver what one permitted write issued, or to put back what it displaced.
#[derive(Debug)]
pub struct Leave(());

impl Leave {
    /// The delivery that goes with this write.
    ///
    /// # Errors
    /// `Invalid` when the action does not declare the delivery.
    pub fn of(pass: &WritePass, operation: Operation) -> Result<Self, CallError> {
        if pass.may_deliver(operation) {
            return Ok(Self(()));
        }
        Err(CallError::Invalid { why: format!("the delivery `{operation}` is not declared") })
    }
}

/// One place, for one workload.
#[async_trait::async_trait]
pub trait Place: Send + Sync + Debug {
    /// Which, in words and with backticks, for people.
    fn name(&self) -> String;

    /// Whether what a delivery displaced can be put back from here.
    fn restores(&self) -> bool;

    /// What stands there now.
    ///
    /// # Errors
    /// It cannot be seen.
    async fn look(&self) -> Result<Standing, CallError>;

    /// The secret, as its workload reads it; `None` when there is none, or nobody can read it back.
    ///
    /// # Errors
    /// It cannot be read.
    async fn value(&self) -> Result<Option<Secret>, CallError>;

    /// Puts a credential there, when what stands there is still `from`.
    ///
    /// # Errors
    /// Nothing was put there, or that is not known.
    async fn put(&self, leave: Leave, from: Option<&str>, parcel: &Parcel)
    -> Result<(), CallError>;

    /// Puts back what stood there before, when what stands there is still `from`.
    ///
    /// # Errors
    /// It is nowhere any more, or the write failed.
    async fn put_back(
        &self,
        leave: Leave,
        from: &str,
        former: Option<&str>,
    ) -> Result<(), CallError>;
}

/// Somebody was faster.
#[must_use]
pub fn moved(name: &str) -> CallError {
    let why = format!("what stands at {name} changed meanwhile");
    CallError::Retry { after: Duration::from_secs(1), why }
}

/// What stood there before is nowhere any more.
#[must_use]
pub fn gone(name: &str) -> CallError {
    let why = format!(
        "what stood at {name} before cannot be put back from here: put a working credential there, then undo again"
    );
    CallError::Unsupported { why }
}

/// Places of one kind, one for each workload.
#[async_trait::async_trait]
pub trait Target: Send + Sync + Debug {
    /// The place of a workload.
    ///
    /// # Errors
    /// The workload's name does not fit into a name here.
    fn place(&self, name: &str) -> Result<Arc<dyn Place>, CallError>;

    /// Whether what a delivery needs is there, with the exact right to add where it is not.
    async fn check(&self) -> Vec<Check>;
}

/// Which workloads find their credential where.
#[derive(Debug, Clone, Default)]
pub struct Deliveries(Vec<(Vec<String>, Arc<dyn Target>)>);

impl Deliveries {
    /// Whoever has a name of one of these shapes finds its credential there. The first that fits counts.
    pub fn add(&mut self, shapes: Vec<String>, target: Arc<dyn Target>) {
        self.0.push((shapes, target));
    }

    /// Where a workload finds its credential; `None`: where the connector itself says.
    ///
    /// # Errors
    /// The workload's name does not fit into a name there.
    pub fn of(&self, principal: &Principal) -> Result<Option<Arc<dyn Place>>, CallError> {
        let text = principal.to_string();
        let fits = |shape: &String| matches(shape, &text);
        let found = self.0.iter().find(|it| it.0.iter().any(fits));
        found.map(|it| it.1.place(short(&principal.name))).transpose()
    }

    /// Whether what deliveries for this provider need is there.
    pub async fn check(&self, provider: &str) -> Vec<Check> {
        let begins = |shape: &String| {
            shape.split(':').next().is_some_and(|it| it == provider || it.contains('*'))
        };
        let mut checks = Vec::new();
        for (_, target) in self.0.iter().filter(|it| it.0.iter().any(begins)) {
            checks.extend(target.check().await);
        }
        checks
    }
}

/// The part of a workload's name that can be part of another name.
fn short(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// A pattern with the workload's name in it.
///
/// # Errors
/// The name could lead elsewhere.
pub fn filled(pattern: &str, name: &str) -> Result<String, CallError> {
    let sound = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '.' | '@' | '%');
    if pattern.contains("{name}")
        && (name.is_empty() || name.starts_with('.') || !name.chars().all(sound))
    {
        let why = format!("`{name}` is no name for a place of delivery");
        return Err(CallError::Unsupported { why });
    }
    Ok(pattern.replace("{name}", name))
}

/// Whether a text has a shape in which `*` stands for anything.
fn matches(shape: &str, text: &str) -> bool {
    let mut rest = text;
    let mut parts = shape.split('*');
    let Some(left) = parts.next().and_then(|it| rest.strip_prefix(it)) else { return false };
    rest = left;
    let mut last = None;
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
        last = Some(part);
    }
    match last {
        None => rest.is_empty(),
        Some(part) => text.ends_with(part),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_vouches_for_the_value_beside_it() {
        let parcel =
            Parcel { mark: "m1".into(), key_id: "AKIA1".into(), secret: Secret::new("hush") };
        let tag = parcel.tag();
        assert!(!tag.contains("hush"));
        let read = |key: Option<&str>, secret: &str| {
            Standing::read(Some(&tag), key, &Secret::new(secret), || "version-7".to_owned())
        };
        let ours = Standing { content: Some("m1".into()), key: Some("AKIA1".into()) };
        assert_eq!(read(Some("AKIA1"), "hush"), ours);
        assert_eq!(read(None, "hush"), ours, "where the id is not delivered, the tag names it");
        assert_eq!(read(Some("AKIA1"), "other").content.unwrap(), "version-7");
        assert_eq!(read(Some("AKIA2"), "hush").content.unwrap(), "version-7");
    }

    #[test]
    fn shapes_and_names() {
        for (shape, text, fits) in [
            ("postgresql:app", "postgresql:app", true),
            ("postgresql:app", "postgresql:app2", false),
            ("postgresql:*", "postgresql:app", true),
            ("aws:*:user/ci", "aws:arn:aws:iam::111122223333:user/ci", true),
            ("aws:*:user/ci", "aws:arn:aws:iam::111122223333:user/ci-2", false),
            ("*", "broker:deploy", true),
        ] {
            assert_eq!(matches(shape, text), fits, "{shape} {text}");
        }
        assert_eq!(filled("apps/{name}", "app").unwrap(), "apps/app");
        assert_eq!(filled("apps/one", "a b").unwrap(), "apps/one");
        assert!(filled("apps/{name}", "..").is_err() && filled("{name}", "a/b").is_err());
    }
}
