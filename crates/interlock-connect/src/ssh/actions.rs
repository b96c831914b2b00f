//! What this connector can do: revoke a key, a certificate, or every certificate with one key id.

use super::krl::{Form, Krl};
use super::list::RevocationList;
use super::named::{Named, Names};
use super::operation as op;
use interlock_contain::{
    Action, ActionSpec, CallError, ConnectorSpec, ReadCx, ReversalSpec, Role, TargetKind, WriteCx,
};
use interlock_model::{
    ActionKind, ActionName, CredentialKind, Gate, Intent, Observation, Operation, Receipt,
    Residual, Snapshot, Step, StepId, Stops, Target,
};
use std::sync::Arc;
use std::time::Duration;

/// What the connector declares.
pub static SPEC: ConnectorSpec = ConnectorSpec {
    kind: "ssh",
    provider: "ssh",
    title: "SSH: keys and certificates, by the list that servers refuse",
    outer: "the network in front of the servers' doors, and on each server the account behind the name",
    discovery: None,
    actions: &[&CERTIFICATE, &KEY, &KEY_ID],
};

/// How long a list is given to reach the hosts where nothing else is configured.
const SETTLE: Duration = Duration::from_secs(60);
const SOURCE: &str = "https://man.openbsd.org/sshd_config#RevokedKeys, https://man.openbsd.org/ssh-keygen#KEY_REVOCATION_LISTS; measured on OpenSSH 9.2 by tests/it/ssh.rs";
const READS: &[Operation] = &[op::READ_LIST, op::ASK_KEYGEN];
const STOPS: Stops = Stops { new: true, refresh: true, live: false };
const DISTRIBUTION: &str = "the step is read back in the one file that is written: hosts that get copies of it refuse once the copy is there, which `settle` must cover";
const A_SET: &str = "a list does not say who revoked what: what somebody else revokes once more in the meantime is given back by the undo too, unless in a wider form";

/// Revokes one certificate.
pub(super) static CERTIFICATE: ActionSpec = ActionSpec {
    name: "ssh.revoke_certificate",
    kind: ActionKind::DisableCredential,
    role: Role::Whole,
    target: TargetKind::Credential("ssh", CredentialKind::Certificate),
    summary: "revokes a certificate of an authority by its serial, at every server that reads the list",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: STOPS,
    settle: SETTLE,
    leaves: "sessions that are open, for a server asks the list only at sign-in; another certificate for the same key, and the key itself where it is authorised",
    leaves_at_most: None,
    beyond: &[],
    reads: READS,
    write: op::WRITE_LIST,
    restore: None,
    delivery: None,
    traps: &[
        "a serial means nothing without its authority, and the list names both",
        "the serial 0 stands for none and is never matched by OpenSSH: planning refuses it",
        "an authority that gives two certificates one serial has both revoked",
        DISTRIBUTION,
        A_SET,
    ],
    source: SOURCE,
};

/// Revokes one key.
pub(super) static KEY: ActionSpec = ActionSpec {
    name: "ssh.revoke_key",
    kind: ActionKind::DisableCredential,
    role: Role::Whole,
    target: TargetKind::CredentialNamed("ssh", CredentialKind::AccessKey, &["SHA256:*"]),
    summary: "revokes a key by its fingerprint, and with it every certificate for it, at every server that reads the list",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: STOPS,
    settle: SETTLE,
    leaves: "sessions that are open, for a server asks the list only at sign-in; other keys of the same owner",
    leaves_at_most: None,
    beyond: &[],
    reads: READS,
    write: op::WRITE_LIST,
    restore: None,
    delivery: None,
    traps: &[
        "a certificate for the key is refused with it",
        "an authority's own key would shut out everybody: planning refuses those that are configured",
        "a key that is revoked by another tool as a whole is held to be revoked, and not given back",
        DISTRIBUTION,
        A_SET,
    ],
    source: SOURCE,
};

/// Revokes every certificate with one key id.
pub(super) static KEY_ID: ActionSpec = ActionSpec {
    name: "ssh.revoke_key_id",
    kind: ActionKind::DisableIdentity,
    role: Role::Whole,
    target: TargetKind::Principal("ssh", &["*/*"]),
    summary: "revokes every certificate with one key id, those of tomorrow too, at every server that reads the list",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: STOPS,
    settle: SETTLE,
    leaves: "sessions that are open, for a server asks the list only at sign-in; keys that are authorised without a certificate, and certificates with another key id",
    leaves_at_most: None,
    beyond: &[],
    reads: READS,
    write: op::WRITE_LIST,
    restore: None,
    delivery: None,
    traps: &[
        "a key id is what the authority wrote: where several people share one, all are shut out",
        "it is revoked for each authority that is configured, and for no other",
        DISTRIBUTION,
        A_SET,
    ],
    source: SOURCE,
};

/// What the actions of one instance share.
#[derive(Debug)]
pub(super) struct Shared {
    pub names: Names,
    pub list: Arc<dyn RevocationList>,
    /// The settle time of every action, instead of the specs'.
    pub settle: Option<Duration>,
    /// One writes at a time, or one of two would write over what the other wrote.
    pub turn: tokio::sync::Mutex<()>,
}

impl Shared {
    /// The list as it is, with the bytes it was read from.
    pub(super) async fn krl(&self, cx: &ReadCx<'_>) -> Result<(Krl, Vec<u8>), CallError> {
        let bytes = self.list.read(cx.read(op::READ_LIST)?).await?;
        let krl = Krl::read(&bytes, cx.now()).map_err(|error| CallError::Unsupported {
            why: format!(
                "what `RevokedKeys` names cannot be changed: {error}; give the connector a list of its own that `ssh-keygen -k` made, from the keys or the specification that this one was made of"
            ),
        })?;
        Ok((krl, bytes))
    }
}

/// The state of each entry, by its label.
fn state(krl: &Krl, entries: &[Named]) -> Snapshot {
    let told = |it: &Named| (it.label.clone(), word(krl.form(&it.entry)).to_owned());
    Snapshot(entries.iter().map(told).collect())
}

const ABSENT: &str = "not revoked";
const REVOKED: &str = "revoked";

const fn word(form: Form) -> &'static str {
    match form {
        Form::Absent => ABSENT,
        Form::Revoked => REVOKED,
        Form::Otherwise(how) => how,
    }
}

/// The same, with everything revoked that is not.
fn wanted(before: &Snapshot) -> Snapshot {
    let mut after = before.clone();
    for value in after.0.values_mut().filter(|it| *it == ABSENT) {
        REVOKED.clone_into(value);
    }
    after
}

/// Whether the state that a step wants is there already.
fn already(step: &Step, seen: &Snapshot) -> Result<bool, CallError> {
    if *seen == step.after {
        return Ok(true);
    }
    if *seen == step.before {
        return Ok(false);
    }
    Err(CallError::Drifted { expected: step.before.clone(), seen: seen.clone() })
}

/// Revokes, and takes back, whatever a target of its kind names.
#[derive(Debug)]
pub(super) struct Revoke {
    pub shared: Arc<Shared>,
    pub spec: &'static ActionSpec,
}

impl Revoke {
    async fn observe(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Observation, CallError> {
        let entries = self.shared.names.entries(&step.target)?;
        let (krl, _) = self.shared.krl(cx).await?;
        let mut seen = state(&krl, &entries);
        if seen != step.after {
            return Ok(Observation::DoesNotHold { seen });
        }
        // Our own reading is not what lets people in: the tool that runs the server's code has to agree.
        let listing = self.shared.list.listed(cx.read(op::ASK_KEYGEN)?, None).await?;
        let disagrees = entries.iter().find(|it| {
            let revoked = step.after.get(&it.label) != Some(ABSENT);
            listing.has(&it.entry) != revoked
        });
        if let Some(it) = disagrees {
            seen.0.insert(it.label.clone(), "ssh-keygen says otherwise".to_owned());
            return Ok(Observation::DoesNotHold { seen });
        }
        let undo = step.kind == ActionKind::Restore;
        let left = (!undo).then(|| Residual { what: self.spec.leaves.to_owned(), until: None });
        Ok(Observation::Holds { residual: left.into_iter().collect(), issued: None })
    }
}

#[async_trait::async_trait]
impl Action for Revoke {
    fn spec(&self) -> &'static ActionSpec {
        self.spec
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let entries = self.shared.names.entries(&intent.target)?;
        let (krl, bytes) = self.shared.krl(cx).await?;
        // What OpenSSH cannot read, no server does: that is said before anybody consents.
        self.shared.list.listed(cx.read(op::ASK_KEYGEN)?, Some(&bytes)).await?;
        let before = state(&krl, &entries);
        let after = wanted(&before);
        let summary = match &intent.target {
            Target::Credential { credential, .. } => format!("revoke `{}`", credential.id()),
            Target::Principal { principal } => {
                let id = principal.name.split_once('/').map_or("", |it| it.1);
                format!("revoke every certificate with the key id `{id}`")
            }
        };
        Ok(Step {
            id,
            connector: self.shared.names.id.clone(),
            action: ActionName(self.spec.name.into()),
            kind: self.spec.kind,
            target: intent.target.clone(),
            before,
            after,
            reversal: self.spec.reversal.to_model(),
            gate: Gate::Now,
            stops: self.spec.stops,
            settle_seconds: self.shared.settle.unwrap_or(self.spec.settle).as_secs(),
            summary,
        })
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let entries = self.shared.names.entries(&step.target)?;
        let _turn = self.shared.turn.lock().await;
        let (mut krl, from) = self.shared.krl(cx.reading()).await?;
        if already(step, &state(&krl, &entries))? {
            return Ok(Receipt::default());
        }
        let former =
            self.shared.list.listed(cx.reading().read(op::ASK_KEYGEN)?, Some(&from)).await?;
        let mut only_adds = true;
        for it in &entries {
            match step.after.get(&it.label) {
                Some(REVOKED) => krl.add(&it.entry),
                Some(ABSENT) => {
                    only_adds = false;
                    krl.remove(&it.entry);
                }
                // In a form that is not ours, before and after.
                Some(_) | None => {}
            }
        }
        let to = krl.bytes();
        // A list that no server can read would let nobody in: OpenSSH reads it before it is in place.
        let listing =
            self.shared.list.listed(cx.reading().read(op::ASK_KEYGEN)?, Some(&to)).await?;
        let told = entries.iter().all(|it| {
            let revoked = step.after.get(&it.label) != Some(ABSENT);
            listing.has(&it.entry) == revoked
        });
        if !told || (only_adds && !listing.holds_all_of(&former)) {
            let why =
                "OpenSSH does not find in the new list what it is to say; nothing was written";
            return Err(CallError::Invalid { why: why.to_owned() });
        }
        self.shared.list.replace(cx.write(op::WRITE_LIST)?, &from, &to).await?;
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        let seen = self.observe(cx, step).await;
        seen.unwrap_or_else(|error| Observation::CannotTell { why: error.to_string() })
    }
}
