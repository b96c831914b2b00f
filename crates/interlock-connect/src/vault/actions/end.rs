//! Ends for ever what Vault has given out: a token, a lease, all leases below a path, a secret id.

use super::shared::{DIGEST, Shared, drifted, holds, split_last, unread, unsupported};
use crate::vault::operation as op;
use crate::vault::server::Token;
use interlock_contain::{
    Action, ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WriteCx,
};
use interlock_model::{
    ActionKind, CredentialKind, Intent, Observation, Operation, Receipt, Snapshot, Step, StepId,
    Stops, Target,
};
use std::sync::Arc;
use std::time::Duration;

/// How many leases are revoked in one step.
const LEASES: usize = 1000;
const SETTLE: Duration = Duration::from_secs(10);
/// A revocation waits for the other system.
const SETTLE_LEASES: Duration = Duration::from_secs(60);
const OPEN_SESSIONS: &str = "a session that is open already at the other system may go on: one of PostgreSQL that did `SET ROLE` reads on after its user was dropped (end its sessions there); keys that a cloud's token service gave cannot be called back";
const LEASE_TRAPS: &[&str] = &[
    "a revocation is queued unless it is asked to wait: it is asked to, and read back",
    "`revoke-force` is never used: it forgets the lease and leaves the credential alive",
    "where the other system is down the lease stays, and is tried again",
];

pub(crate) static SECRET_ID: ActionSpec = ActionSpec {
    name: "vault.destroy_secret_id",
    kind: ActionKind::DeleteCredential,
    role: Role::Whole,
    target: TargetKind::CredentialNamed("vault", CredentialKind::Password, &["*", "!*/*"]),
    summary: "destroys a secret id of an AppRole, by its accessor",
    reversal: ReversalSpec::Final {
        why: "the secret id is what was stolen, and is kept nowhere; the role gets another",
    },
    stops: Stops { new: true, refresh: false, live: false },
    settle: SETTLE,
    leaves: "tokens that were issued for it before: revoke them, or disable their entity",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::LOOKUP_SECRET_ID, op::LIST_SECRET_IDS, op::HASH, op::READ_SELF],
    write: op::DESTROY_SECRET_ID,
    restore: None,
    delivery: None,
    traps: &[
        "an audit device writes the accessor as its digest: `audit_device` says which, and all of the role are compared with it",
        "a role that needs no secret id (`bind_secret_id = false`) lets in without one",
    ],
    source: "https://openbao.org/api-docs/auth/approle/#destroy-approle-secret-id-accessor; measured on OpenBao 2.7 by tests/databases/vault.rs",
};

pub(crate) static LEASE: ActionSpec = ActionSpec {
    name: "vault.revoke_lease",
    kind: ActionKind::DeleteCredential,
    role: Role::Whole,
    target: TargetKind::CredentialNamed("vault", CredentialKind::Password, &["*/*"]),
    summary: "revokes a lease, which takes its credential away at the other system",
    reversal: ReversalSpec::Final { why: "the other system forgets the credential" },
    stops: Stops { new: true, refresh: true, live: false },
    settle: SETTLE_LEASES,
    leaves: OPEN_SESSIONS,
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::LOOKUP_LEASE, op::READ_SELF],
    write: op::REVOKE_LEASE,
    restore: None,
    delivery: None,
    traps: LEASE_TRAPS,
    source: "https://openbao.org/api-docs/system/leases/#revoke-lease; measured on OpenBao 2.7 and PostgreSQL 15 by tests/databases/vault.rs",
};

pub(crate) static PREFIX: ActionSpec = ActionSpec {
    name: "vault.revoke_prefix",
    kind: ActionKind::RevokeSessions,
    role: Role::Whole,
    target: TargetKind::Principal("vault", &["*/creds/*"]),
    summary: "revokes every lease of a role of another system, such as `database/creds/readonly`",
    reversal: ReversalSpec::Final { why: "the other system forgets the credentials" },
    stops: Stops { new: false, refresh: true, live: false },
    settle: SETTLE_LEASES,
    leaves: "whoever may read the path gets new credentials; and a session that is open already at the other system may go on",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::LIST_LEASES, op::READ_SELF],
    write: op::REVOKE_PREFIX,
    restore: None,
    delivery: None,
    traps: &[
        "everybody who was given a credential of this role is cut off: the plan names how many",
        "a revocation is queued unless it is asked to wait: it is asked to, and read back",
        "one that breaks off half-way is gone on with; a lease that came since is not what was approved",
        "`revoke-force` is never used: it forgets the leases and leaves the credentials alive",
    ],
    source: "https://openbao.org/api-docs/system/leases/#revoke-prefix; measured on OpenBao 2.7 by tests/databases/vault.rs",
};

pub(crate) static TOKEN: ActionSpec = ActionSpec {
    name: "vault.revoke_token",
    kind: ActionKind::DeleteCredential,
    role: Role::Whole,
    target: TargetKind::Credential("vault", CredentialKind::Token),
    summary: "revokes a token by its accessor, with its children and what was leased to them",
    reversal: ReversalSpec::Final { why: "the token is kept nowhere" },
    stops: Stops { new: false, refresh: true, live: true },
    settle: SETTLE,
    leaves: "batch tokens, which have no accessor and cannot be revoked; orphans that it made; and whoever signs in anew gets another",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::LOOKUP_TOKEN, op::LIST_TOKENS, op::HASH, op::READ_SELF],
    write: op::REVOKE_TOKEN,
    restore: None,
    delivery: None,
    traps: &[
        "the token's children and all their leases go with it",
        "an audit device writes the accessor as its digest: `audit_device` says which, and a thousand are compared with it at most",
        "an accessor of somebody else's token is refused, and the connector's own",
        "revoking an accessor that is not there is answered with success: it is looked up before and after",
    ],
    source: "https://openbao.org/api-docs/auth/token/#revoke-a-token-accessor; measured on OpenBao 2.7 by tests/databases/vault.rs",
};

/// The action.
#[derive(Debug)]
pub(crate) struct End {
    /// The server and the configuration.
    pub shared: Arc<Shared>,
    /// Which.
    pub spec: &'static ActionSpec,
}

/// What is in force, by the name that the server knows it by.
fn state(in_force: Option<String>) -> Snapshot {
    in_force.map(|it| Snapshot::of([("in_force", it)])).unwrap_or_default()
}

fn list(leases: &[String]) -> Snapshot {
    state((!leases.is_empty()).then(|| leases.join(" ")))
}

/// Whether these are some of those: the rest is revoked already.
fn part_of(some: &Snapshot, all: &Snapshot) -> bool {
    let set = |of: &Snapshot| -> std::collections::BTreeSet<String> {
        let text = of.get("in_force").unwrap_or_default();
        text.split_whitespace().map(str::to_owned).collect()
    };
    set(some).is_subset(&set(all))
}

impl End {
    fn is(&self, write: Operation) -> bool {
        self.spec.write == write
    }

    /// What is in force now. `known` is what the plan found, where there is one.
    async fn seen(
        &self,
        cx: &ReadCx<'_>,
        target: &Target,
        known: Option<&str>,
    ) -> Result<Snapshot, CallError> {
        let (name, own) = self.shared.name(cx, target).await?;
        let shown = target.credential().map(|it| it.id()).unwrap_or_default();
        let server = &self.shared.server;
        if self.is(op::REVOKE_PREFIX) {
            let leases = server.leases(&cx.read(op::LIST_LEASES)?, name).await?;
            if leases.len() > LEASES {
                let count = leases.len();
                return Err(unsupported(format!(
                    "`{name}` has {count} leases: too many for one step"
                )));
            }
            return Ok(list(&leases));
        }
        if self.is(op::REVOKE_LEASE) {
            let there = server.lease(&cx.read(op::LOOKUP_LEASE)?, shown).await?;
            return Ok(state(there.then(|| shown.to_owned())));
        }
        if self.is(op::DESTROY_SECRET_ID) {
            let role = split_last(name)
                .ok_or_else(|| unsupported(format!("`{name}` is no role of an auth method")))?;
            let accessor = match known {
                Some(known) => Some(known.to_owned()),
                None if shown.starts_with(DIGEST) => {
                    let all = server.secret_ids(&cx.read(op::LIST_SECRET_IDS)?, role).await?;
                    self.shared.undigested(cx, shown, all).await?
                }
                None => Some(shown.to_owned()),
            };
            let Some(accessor) = accessor else { return Ok(state(None)) };
            let pass = cx.read(op::LOOKUP_SECRET_ID)?;
            let there = server.secret_id(&pass, role, &accessor).await?;
            return Ok(state(there.then_some(accessor)));
        }
        let accessor = match known {
            Some(known) => Some(known.to_owned()),
            None if shown.starts_with(DIGEST) => {
                let all = server.accessors(&cx.read(op::LIST_TOKENS)?).await?;
                self.shared.undigested(cx, shown, all).await?
            }
            None => Some(shown.to_owned()),
        };
        let Some(accessor) = accessor else { return Ok(state(None)) };
        let token = server.token(&cx.read(op::LOOKUP_TOKEN)?, &accessor).await?;
        if let Some(token) = &token {
            whose(token, name, &own)?;
        }
        Ok(state(token.map(|_| accessor)))
    }

    async fn end(&self, cx: WriteCx<'_>, step: &Step) -> Result<(), CallError> {
        let pass = cx.write(self.spec.write)?;
        let server = &self.shared.server;
        let name = &*step.target.principal().name;
        let known = step.before.get("in_force").unwrap_or_default();
        if self.is(op::REVOKE_PREFIX) {
            server.revoke_prefix(pass, name).await
        } else if self.is(op::REVOKE_LEASE) {
            server.revoke_lease(pass, known).await
        } else if self.is(op::DESTROY_SECRET_ID) {
            let role = split_last(name)
                .ok_or_else(|| unsupported(format!("`{name}` is no role of an auth method")))?;
            server.destroy_secret_id(pass, role, known).await
        } else {
            server.revoke_token(pass, known).await
        }
    }

    fn summary(&self, target: &Target, seen: &Snapshot) -> String {
        let name = &target.principal().name;
        let shown = target.credential().map(|it| it.id()).unwrap_or_default();
        let in_force = seen.get("in_force").unwrap_or_default();
        if self.is(op::REVOKE_PREFIX) {
            let count = in_force.split_whitespace().count();
            format!("revoke the {count} leases of `{name}`")
        } else if self.is(op::REVOKE_LEASE) {
            format!("revoke lease `{shown}`")
        } else if self.is(op::DESTROY_SECRET_ID) {
            format!("destroy a secret id of `{name}`, accessor `{shown}`")
        } else {
            format!(
                "revoke the token of `{name}` with accessor `{shown}`, its children and their leases"
            )
        }
    }

    async fn observe(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Observation, CallError> {
        let seen = self.seen(cx, &step.target, step.before.get("in_force")).await?;
        if seen == step.after {
            return Ok(holds(self.spec, step));
        }
        Ok(Observation::DoesNotHold { seen })
    }
}

/// Whether a token may be revoked as this principal's.
fn whose(token: &Token, name: &str, own: &Token) -> Result<(), CallError> {
    if token.accessor == own.accessor {
        return Err(unsupported("this is the connector's own token".to_owned()));
    }
    let of = match name.strip_prefix("entity/") {
        Some(entity) => token.entity == entity,
        None => token.entity.is_empty() && token.name == name,
    };
    if of {
        return Ok(());
    }
    Err(unsupported(format!("the token with this accessor is not of `{name}`")))
}

#[async_trait::async_trait]
impl Action for End {
    fn spec(&self) -> &'static ActionSpec {
        self.spec
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let seen = self.seen(cx, &intent.target, None).await?;
        let summary = self.summary(&intent.target, &seen);
        Ok(self.shared.step(self.spec, id, intent, (seen, state(None)), summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let seen = self.seen(cx.reading(), &step.target, step.before.get("in_force")).await?;
        if seen == step.after {
            return Ok(Receipt::default());
        }
        let between = self.is(op::REVOKE_PREFIX) && part_of(&seen, &step.before);
        if seen != step.before && !between {
            return Err(drifted(step, seen));
        }
        self.end(cx, step).await?;
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        self.observe(cx, step).await.unwrap_or_else(|error| unread(&error))
    }
}
