//! Makes a second secret id for an `AppRole` and delivers it: the first part of a rotation.

use super::shared::{DIGEST, Shared, split_last, unsupported};
use crate::delivery::{DELIVERY, Holds, Issuer, Made, Order};
use crate::vault::operation as op;
use crate::vault::server::SecretId;
use interlock_contain::{ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WritePass};
use interlock_model::{ActionKind, CredentialKind, CredentialRef, Snapshot, Step, Stops, Target};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "vault.issue_secret_id",
    kind: ActionKind::RotateCredential,
    role: Role::Issue,
    target: TargetKind::CredentialNamed("vault", CredentialKind::Password, &["*", "!*/*"]),
    summary: "makes a second secret id of an AppRole and delivers it",
    reversal: ReversalSpec::Restores { re_arms: false },
    stops: Stops { new: false, refresh: false, live: false },
    settle: Duration::from_secs(5),
    leaves: "",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::LOOKUP_SECRET_ID, op::LIST_SECRET_IDS, op::HASH, op::READ_SELF],
    write: op::MAKE_SECRET_ID,
    restore: Some(op::DESTROY_SECRET_ID),
    delivery: DELIVERY,
    traps: &[
        "issuing ends nothing: the old secret id lives until the rotation's next step destroys it",
        "a secret id cannot be turned off: the old one is destroyed once the new one is seen in use, and cannot be given back then",
        "the new one has the old one's metadata and addresses; how long and how often it is good says the role",
        "no log says by which secret id somebody signed in: one that is good without end is made good for a thousand million times, so that its count shows its use",
        "its metadata names the delivery under `interlock`: by it an undelivered one is known again, and tokens that it gets carry it",
        "a role with more than 100 secret ids is refused: each is looked up",
        "the place of delivery must not be one that is read with this very secret id: who has none could not fetch the new one",
    ],
    source: "https://openbao.org/api-docs/auth/approle/#generate-new-secret-id; measured on OpenBao 2.7 by tests/databases/vault.rs",
};

/// How many secret ids are looked up.
const MOST: usize = 100;
/// Under which name a secret id's metadata names the delivery.
const MARK: &str = "interlock";
const METADATA: &str = "metadata";
const SOURCES: &str = "cidr_list";
const TOKEN_SOURCES: &str = "token_bound_cidrs";
const COUNTED: &str = "counted";

/// Makes secret ids.
#[derive(Debug)]
pub(crate) struct SecretIds {
    /// The server and the configuration.
    pub shared: Arc<Shared>,
}

fn of(name: &str) -> Result<(&str, &str), CallError> {
    split_last(name).ok_or_else(|| unsupported(format!("`{name}` is no role of an auth method")))
}

#[async_trait::async_trait]
impl Issuer for SecretIds {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn holds(
        &self,
        cx: &ReadCx<'_>,
        target: &Target,
        step: Option<&Step>,
    ) -> Result<Holds, CallError> {
        let (name, _) = self.shared.name(cx, target).await?;
        let (role, server) = (of(name)?, &self.shared.server);
        let listed = server.secret_ids(&cx.read(op::LIST_SECRET_IDS)?, role).await?;
        if listed.len() > MOST {
            let count = listed.len();
            return Err(unsupported(format!("`{name}` has {count} secret ids: destroy old ones")));
        }
        let shown = target.credential().map(CredentialRef::id).unwrap_or_default();
        let meant = if step.is_none() && shown.starts_with(DIGEST) {
            self.shared.undigested(cx, shown, listed.clone()).await?.unwrap_or_default()
        } else {
            shown.to_owned()
        };
        let (mut all, mut used, mut like) = (BTreeMap::new(), BTreeSet::new(), None);
        for accessor in listed {
            let pass = cx.read(op::LOOKUP_SECRET_ID)?;
            // One that ended between the two is none.
            let Some(it) = server.looked_up(&pass, role, &accessor).await? else { continue };
            if accessor == meant {
                let mut metadata = it.metadata.clone();
                metadata.remove(MARK);
                like = Some(Snapshot::of([
                    (METADATA, serde_json::to_string(&metadata).unwrap_or_default()),
                    (SOURCES, it.sources.join(",")),
                    (TOKEN_SOURCES, it.token_sources.join(",")),
                    (COUNTED, it.counted.to_string()),
                ]));
            }
            if it.used {
                used.insert(accessor.clone());
            }
            all.insert(accessor, it.metadata.get(MARK).cloned());
        }
        if step.is_none() && like.is_none() {
            return Err(CallError::NotFound { what: target.to_string() });
        }
        Ok(Holds {
            shown: format!("`{name}`"),
            on: name.to_owned(),
            all,
            called: BTreeMap::new(),
            used,
            labelled: true,
            most: Some(MOST),
            like: like.unwrap_or_default(),
        })
    }

    async fn make(&self, pass: WritePass, order: &Order<'_>) -> Result<Made, CallError> {
        let like = &order.of.like;
        let list = |name: &str| -> Vec<String> {
            let text = like.get(name).unwrap_or_default();
            text.split(',').filter(|it| !it.is_empty()).map(str::to_owned).collect()
        };
        let metadata = like.get(METADATA).and_then(|it| serde_json::from_str(it).ok());
        let mut metadata: BTreeMap<String, String> = metadata.unwrap_or_default();
        metadata.insert(MARK.to_owned(), order.mark.to_owned());
        let new = SecretId {
            metadata,
            sources: list(SOURCES),
            token_sources: list(TOKEN_SOURCES),
            counted: like.get(COUNTED) == Some("true"),
            used: false,
        };
        let (id, secret) = self.shared.server.make_secret_id(pass, of(&order.of.on)?, &new).await?;
        Ok(Made { id, secret })
    }

    async fn unmake(&self, pass: WritePass, holds: &Holds, id: &str) -> Result<(), CallError> {
        self.shared.server.destroy_secret_id(pass, of(&holds.on)?, id).await
    }
}
