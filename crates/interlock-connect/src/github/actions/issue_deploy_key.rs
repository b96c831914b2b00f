//! Makes a second deploy key that may do the same and delivers its private half: the first part of a
//! rotation.

use super::remove_deploy_key::anywhere;
use super::shared::Shared;
use crate::delivery::{DELIVERY, Holds, Issuer, Made, Order};
use crate::github::form::Key;
use crate::github::key_pair::KeyPair;
use crate::github::{operation as op, subject};
use interlock_contain::{ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WritePass};
use interlock_model::{ActionKind, CredentialKind, Snapshot, Step, Stops, Target};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "github.issue_deploy_key",
    kind: ActionKind::RotateCredential,
    role: Role::Issue,
    target: TargetKind::Credential("github", CredentialKind::AccessKey),
    summary: "adds a second deploy key that may do the same and delivers its private half",
    reversal: ReversalSpec::Restores { re_arms: false },
    stops: Stops { new: false, refresh: false, live: false },
    settle: Duration::from_secs(60),
    leaves: "",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_METADATA, op::READ_ADMINISTRATION],
    write: op::WRITE_ADMINISTRATION,
    restore: None,
    delivery: DELIVERY,
    traps: &[
        "issuing ends nothing: the old key lives until the rotation's next step takes it away",
        "the pair is made here, Ed25519, and the private half goes to the place of delivery alone",
        "the title is the old one with a mark behind it: by it an undelivered key is known again",
        "that the new one is in use is seen in the audit log, or by GitHub's own `last_used`, whichever shows it first",
    ],
    source: "https://docs.github.com/en/rest/deploy-keys/deploy-keys",
};

/// Makes deploy keys.
#[derive(Debug)]
pub(crate) struct DeployKeys {
    /// The organisation and the configuration.
    pub shared: Arc<Shared>,
}

const TITLE: &str = "title";
const READ_ONLY: &str = "read_only";
/// The longest title that is carried over, in letters.
const LONGEST: usize = 80;

/// What a title says before our mark.
fn plain(title: &str) -> String {
    let marked = title.rsplit_once(' ').filter(|it| it.1.starts_with("interlock-"));
    marked.map_or(title, |it| it.0).chars().take(LONGEST).collect()
}

#[async_trait::async_trait]
impl Issuer for DeployKeys {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn holds(
        &self,
        cx: &ReadCx<'_>,
        target: &Target,
        step: Option<&Step>,
    ) -> Result<Holds, CallError> {
        let mut like = Snapshot::default();
        let planned = step.and_then(|it| it.before.get("on"));
        let repository = match planned {
            Some(repository) => repository.to_owned(),
            None => {
                let found = anywhere(&self.shared, cx, target).await?;
                let missing = || CallError::NotFound { what: target.to_string() };
                found.ok_or_else(missing)?.0
            }
        };
        let pass = cx.read(op::READ_ADMINISTRATION)?;
        let keys = self.shared.server.deploy_keys(pass, &repository).await?;
        let meant = subject::credential(target)?.id();
        let (mut all, mut called, mut used) = (Vec::new(), Vec::new(), BTreeSet::new());
        for key in keys {
            let Some(id) = subject::fingerprint(&key.of.key) else { continue };
            if id == meant || key.id.to_string() == meant {
                like = Snapshot::of([
                    (TITLE, plain(&key.of.title)),
                    (READ_ONLY, key.of.read_only.to_string()),
                ]);
            }
            let mark = key.of.title.rsplit(' ').next().map(str::to_owned);
            all.push((id.clone(), mark));
            if key.last_used.is_some() {
                used.insert(id.clone());
            }
            called.push((id, key.id.to_string()));
        }
        Ok(Holds {
            shown: format!("`{repository}`"),
            on: repository,
            all: all.into_iter().collect(),
            called: called.into_iter().collect(),
            used,
            labelled: true,
            most: None,
            like,
        })
    }

    async fn make(&self, pass: WritePass, order: &Order<'_>) -> Result<Made, CallError> {
        let like = &order.of.like;
        let (Some(title), Some(read_only)) = (like.get(TITLE), like.get(READ_ONLY)) else {
            return Err(CallError::NotFound { what: order.target.to_string() });
        };
        let pair = KeyPair::fresh()?;
        let key = Key {
            title: format!("{title} {}", order.mark).trim_start().to_owned(),
            key: pair.public,
            read_only: read_only != "false",
        };
        self.shared.server.add_deploy_key(pass, &order.of.on, &key).await?;
        Ok(Made { id: pair.fingerprint, secret: pair.private })
    }

    async fn unmake(&self, pass: WritePass, of: &Holds, id: &str) -> Result<(), CallError> {
        let number = of.called.get(id).and_then(|it| it.parse().ok());
        let number = number.ok_or_else(|| CallError::NotFound { what: format!("key `{id}`") })?;
        self.shared.server.remove_deploy_key(pass, &of.on, number).await
    }
}
