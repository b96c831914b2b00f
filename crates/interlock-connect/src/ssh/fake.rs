//! A list in memory that misbehaves on request, read by a stand-in for `ssh-keygen`.

use super::list::RevocationList;
use super::listing::Listing;
use super::operation as op;
use super::{Authority, Ssh, SshConfig};
use crate::conformance::{Trouble, Troubles};
use interlock_contain::{CallError, ReadPass, WritePass};
use interlock_model::{ConnectorId, Operation};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// An authority, and another.
pub(crate) const AUTHORITIES: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g people\n\
     ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICAfHh0cGxoZGBcWFRQTEhEQDw4NDAsKCQgHBgUEAwIB machines\n";

#[derive(Debug, Default)]
struct State {
    now: Vec<u8>,
    /// What reads see while this many of them are still to lag.
    former: (usize, Vec<u8>),
    lag: usize,
    troubles: Troubles,
    writes: Vec<Operation>,
}

/// The list.
#[derive(Debug)]
pub(crate) struct Fake(Mutex<State>);

impl Fake {
    /// A list of these bytes.
    pub(crate) fn of(bytes: Vec<u8>) -> Arc<Self> {
        Arc::new(Self(Mutex::new(State { now: bytes, ..State::default() })))
    }

    /// A connector of two authorities on it.
    pub(crate) fn connector(self: &Arc<Self>) -> Ssh {
        Ssh::on(config(), Arc::<Self>::clone(self))
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().now.clone()
    }

    /// Somebody else writes the list.
    pub(crate) fn set(&self, bytes: Vec<u8>) {
        self.0.lock().unwrap().now = bytes;
    }

    pub(crate) fn writes(&self) -> Vec<Operation> {
        self.0.lock().unwrap().writes.clone()
    }

    pub(crate) fn trouble(&self, operation: Operation, trouble: Trouble) {
        self.0.lock().unwrap().troubles.add(operation, trouble);
    }

    pub(crate) fn lag(&self, reads: usize) {
        self.0.lock().unwrap().lag = reads;
    }
}

pub(crate) fn config() -> SshConfig {
    SshConfig {
        id: ConnectorId("hosts".into()),
        revoked_keys: PathBuf::from("/etc/ssh/revoked_keys"),
        mode: None,
        user: None,
        group: None,
        authorities: Authority::read(AUTHORITIES).unwrap(),
        ssh_keygen: PathBuf::from("/usr/bin/ssh-keygen"),
        door: None,
        settle: None,
    }
}

/// What is to happen instead of a read; `None`: the read.
fn instead(operation: Operation, trouble: Option<Trouble>) -> Result<(), CallError> {
    match trouble {
        Some(Trouble::Denied) => Err(CallError::Denied { permission: operation.to_string() }),
        Some(Trouble::Throttle | Trouble::SilenceBefore | Trouble::SilenceAfter) => {
            let why = format!("`{operation}`: busy");
            Err(CallError::Retry { after: Duration::from_secs(2), why })
        }
        Some(Trouble::Lie) | None => Ok(()),
    }
}

#[async_trait::async_trait]
impl RevocationList for Fake {
    async fn read(&self, pass: ReadPass) -> Result<Vec<u8>, CallError> {
        let mut state = self.0.lock().unwrap();
        let trouble = state.troubles.next(pass.operation());
        instead(pass.operation(), trouble)?;
        if state.former.0 > 0 {
            state.former.0 -= 1;
            return Ok(state.former.1.clone());
        }
        Ok(state.now.clone())
    }

    async fn listed(&self, pass: ReadPass, of: Option<&[u8]>) -> Result<Listing, CallError> {
        let mut state = self.0.lock().unwrap();
        let trouble = state.troubles.next(pass.operation());
        instead(pass.operation(), trouble)?;
        Ok(super::krl::tests::listing(of.unwrap_or(&state.now)))
    }

    async fn replace(&self, pass: WritePass, from: &[u8], to: &[u8]) -> Result<(), CallError> {
        let operation = pass.operation();
        assert_eq!(operation, op::WRITE_LIST);
        let mut state = self.0.lock().unwrap();
        state.writes.push(operation);
        let silence = || CallError::OutcomeUnknown { why: format!("`{operation}`: no answer") };
        let trouble = state.troubles.next(operation);
        match trouble {
            Some(Trouble::Throttle | Trouble::Denied) => return instead(operation, trouble),
            Some(Trouble::SilenceBefore) => return Err(silence()),
            Some(Trouble::Lie) => return Ok(()),
            Some(Trouble::SilenceAfter) | None => {}
        }
        assert_eq!(state.now, from);
        state.former = (state.lag, std::mem::replace(&mut state.now, to.to_vec()));
        if trouble.is_some() { Err(silence()) } else { Ok(()) }
    }

    async fn could_replace(&self) -> Result<(), String> {
        Ok(())
    }
}

/// A list that somebody else made, with these key ids, each of one of the two authorities.
pub(crate) fn with_key_ids(ids: &[(usize, &str)]) -> Vec<u8> {
    use super::krl::{Entry, Krl};
    let known = Authority::read(AUTHORITIES).unwrap();
    let mut krl =
        Krl::read(&super::krl::tests::made_elsewhere(), interlock_model::Timestamp::UNIX_EPOCH)
            .unwrap();
    for (authority, id) in ids {
        let authority = known.get(*authority).unwrap().key.clone();
        krl.add(&Entry::KeyId { authority, id: (*id).to_owned() });
    }
    krl.bytes()
}

/// The fingerprint of the first authority.
pub(crate) fn fingerprint() -> String {
    Authority::read(AUTHORITIES).unwrap().remove(0).fingerprint
}
