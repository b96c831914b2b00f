//! The connector's way into the broker: a declared read for every look, a permit for every change.
//!
//! Writes use up the pass that a permit gives; nothing can be written without one.

use super::discover;
use super::state::{Client, Key, Revocation, State};
use super::token::fresh_key;
use super::{Broker, BrokerError, NewKey, delivery, operation as op, state};
use crate::delivery::{Leave, Parcel, Place, Standing};
use interlock_contain::{CallError, ReadPass, WritePass};
use interlock_model::{Discovered, Operation, Timestamp};
use std::fmt::{self, Debug};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A look at the state.
type Look<'a> = &'a mut dyn FnMut(&State) -> Result<(), CallError>;
/// A change of the state, or of a delivery file.
type Change<'a> = &'a mut dyn FnMut(&mut State) -> Result<(), CallError>;

/// Where looks and changes arrive: at the broker, or at a fake that misbehaves on request.
pub(crate) trait Desk: Send + Sync + Debug {
    /// Lets somebody look.
    fn read(&self, operation: Operation, look: Look<'_>) -> Result<(), CallError>;
    /// Makes a change as a whole, or not at all.
    fn write(&self, operation: Operation, change: Change<'_>) -> Result<(), CallError>;
}

impl Desk for Broker {
    fn read(&self, _operation: Operation, look: Look<'_>) -> Result<(), CallError> {
        look(&self.state())
    }

    fn write(&self, _operation: Operation, change: Change<'_>) -> Result<(), CallError> {
        Broker::write(self, |state| change(state).map_err(Stopped::Call)).map_err(|it| match it {
            Stopped::Call(error) => error,
            Stopped::Broker(error) => call_error(&error),
        })
    }
}

enum Stopped {
    Call(CallError),
    Broker(BrokerError),
}

impl From<BrokerError> for Stopped {
    fn from(error: BrokerError) -> Self {
        Self::Broker(error)
    }
}

/// What the broker said, cut by what the runner does next.
pub(crate) fn call_error(error: &BrokerError) -> CallError {
    let why = match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    match error {
        BrokerError::Unsure { .. } => CallError::OutcomeUnknown { why },
        BrokerError::Io { .. } | BrokerError::InUse { .. } | BrokerError::NoRandomness { .. } => {
            CallError::Retry { after: Duration::from_secs(5), why }
        }
        BrokerError::UnknownClient { .. } => CallError::NotFound { what: why },
        BrokerError::Full { .. } | BrokerError::Missing { .. } | BrokerError::Corrupt { .. } => {
            CallError::Unsupported { why }
        }
        BrokerError::BadClient { .. } => CallError::Invalid { why },
    }
}

/// Where a client finds its key.
#[derive(Debug, Clone)]
pub(crate) enum Whither {
    /// In its own file.
    File(PathBuf),
    /// At a place that the configuration names.
    Place(Arc<dyn Place>),
}

impl fmt::Display for Whither {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Place(place) => f.write_str(&place.name()),
        }
    }
}

/// A client with its keys and what its delivery file names.
#[derive(Debug, Clone)]
pub(crate) struct Holdings {
    /// Its keys by public id.
    pub keys: Vec<(String, Key)>,
    /// Its delivery file.
    pub delivery: Option<PathBuf>,
}

/// What the actions reach the broker with.
#[derive(Debug, Clone)]
pub(crate) struct Hand {
    desk: Arc<dyn Desk>,
}

impl Hand {
    pub(crate) fn new(desk: Arc<dyn Desk>) -> Self {
        Self { desk }
    }

    /// One client: `broker:GetClient`.
    pub(crate) async fn client(&self, pass: ReadPass, name: &str) -> Result<Client, CallError> {
        let name = name.to_owned();
        let look = move |state: &State| found_client(state, &name).cloned();
        self.read(pass, op::GET_CLIENT, look).await
    }

    /// Every client: `broker:ListKeys`.
    pub(crate) async fn everybody(&self, pass: ReadPass) -> Result<Vec<Discovered>, CallError> {
        self.read(pass, op::LIST_KEYS, |state| Ok(discover::everybody(state))).await
    }

    /// One client's keys and delivery file's place: `broker:ListKeys`.
    pub(crate) async fn holdings(&self, pass: ReadPass, name: &str) -> Result<Holdings, CallError> {
        let name = name.to_owned();
        let look = move |state: &State| {
            let delivery = found_client(state, &name)?.delivery.clone();
            let keys = state.keys_of(&name).map(|(id, it)| (id.clone(), it.clone())).collect();
            Ok(Holdings { keys, delivery })
        };
        self.read(pass, op::LIST_KEYS, look).await
    }

    /// What a client's delivery file names: `broker:GetDelivery`.
    pub(crate) async fn delivered(
        &self,
        pass: ReadPass,
        whither: &Whither,
    ) -> Result<Option<delivery::Named>, CallError> {
        let path = match whither {
            Whither::File(path) => path.clone(),
            Whither::Place(place) => {
                let Standing { content, key } = place.look().await?;
                return Ok(content.map(|content| delivery::Named { key, content }));
            }
        };
        let look = move |_: &State| delivery::look(&path).map_err(|it| call_error(&it));
        self.read(pass, op::GET_DELIVERY, look).await
    }

    /// What is to be said about tokens: `broker:IntrospectToken`.
    pub(crate) async fn tokens<T: Send + 'static>(
        &self,
        pass: ReadPass,
        look: impl FnMut(&State) -> T + Send + 'static,
    ) -> Result<T, CallError> {
        let mut look = look;
        self.read(pass, op::INTROSPECT_TOKEN, move |state| Ok(look(state))).await
    }

    /// Whether an exchange for this key would be refused, and with what words: `broker:TryExchange`.
    pub(crate) async fn refused(
        &self,
        pass: ReadPass,
        key: &str,
    ) -> Result<Option<String>, CallError> {
        let key = key.to_owned();
        let look = move |state: &State| Ok(state.admits(&key).err().map(|it| it.to_string()));
        self.read(pass, op::TRY_EXCHANGE, look).await
    }

    /// Allows or refuses new tokens: `broker:SetIssuance`.
    pub(crate) async fn set_issuance(
        &self,
        pass: WritePass,
        name: &str,
        blocked: bool,
    ) -> Result<(), CallError> {
        let name = name.to_owned();
        self.write(pass.operation(), op::SET_ISSUANCE, move |state| {
            client_mut(state, &name)?.blocked = blocked;
            Ok(())
        })
        .await
    }

    /// Refuses the tokens issued until a moment, or takes that back: `broker:SetRevocation`.
    pub(crate) async fn set_revocation(
        &self,
        pass: WritePass,
        name: &str,
        revocation: Option<Revocation>,
    ) -> Result<(), CallError> {
        let name = name.to_owned();
        self.write(pass.operation(), op::SET_REVOCATION, move |state| {
            client_mut(state, &name)?.revocation.clone_from(&revocation);
            Ok(())
        })
        .await
    }

    /// Makes a key active or disabled: `broker:SetKeyStatus`.
    pub(crate) async fn set_key_status(
        &self,
        pass: WritePass,
        key: &str,
        active: bool,
    ) -> Result<(), CallError> {
        let key = key.to_owned();
        self.write(pass.operation(), op::SET_KEY_STATUS, move |state| {
            state.keys.get_mut(&key).ok_or_else(|| no_key(&key))?.active = active;
            Ok(())
        })
        .await
    }

    /// Deletes a key, and what is left of its delivery: `broker:DeleteKey`.
    pub(crate) async fn delete_key(&self, pass: WritePass, key: &str) -> Result<(), CallError> {
        let key = key.to_owned();
        self.write(pass.operation(), op::DELETE_KEY, move |state| {
            let removed = state.keys.remove(&key).ok_or_else(|| no_key(&key))?;
            match state.clients.get(&removed.client).and_then(|it| it.delivery.as_deref()) {
                Some(path) => delivery::forget(path, &key).map_err(|it| call_error(&it)),
                None => Ok(()),
            }
        })
        .await
    }

    /// Makes a key for a delivery: `broker:CreateKey`.
    pub(crate) async fn create_key(
        &self,
        pass: WritePass,
        name: &str,
        mark: &str,
        now: Timestamp,
    ) -> Result<NewKey, CallError> {
        let fresh = fresh_key().map_err(|it| call_error(&it))?;
        let key = NewKey { id: state::key_ref(&fresh.id), secret: fresh.secret.clone() };
        let (name, mark) = (name.to_owned(), mark.to_owned());
        self.write(pass.operation(), op::CREATE_KEY, move |state| {
            let added = state.add_key(&name, &fresh, Some(mark.clone()), now);
            added.map_err(|it| call_error(&it))
        })
        .await?;
        Ok(key)
    }

    /// Puts a key into the delivery file: `broker:PutDelivery`.
    pub(crate) async fn deliver(
        &self,
        leave: Leave,
        whither: Whither,
        from: Option<&str>,
        key: NewKey,
        mark: &str,
    ) -> Result<(), CallError> {
        let path = match whither {
            Whither::File(path) => path,
            Whither::Place(place) => {
                let (mark, key_id) = (mark.to_owned(), key.id.id().to_owned());
                return place.put(leave, from, &Parcel { mark, key_id, secret: key.secret }).await;
            }
        };
        let mark = mark.to_owned();
        self.write(op::PUT_DELIVERY, op::PUT_DELIVERY, move |_| {
            delivery::put(&path, &key, Some(&mark)).map_err(|it| call_error(&it))
        })
        .await
    }

    /// Puts the delivery file's former content back: `broker:PutDelivery`.
    pub(crate) async fn put_back(
        &self,
        leave: Leave,
        whither: Whither,
        from: &str,
        wanted: Option<String>,
    ) -> Result<(), CallError> {
        let path = match whither {
            Whither::File(path) => path,
            Whither::Place(place) => return place.put_back(leave, from, wanted.as_deref()).await,
        };
        self.write(op::PUT_DELIVERY, op::PUT_DELIVERY, move |_| {
            match delivery::put_back(&path, wanted.as_deref()) {
                Ok(true) => Ok(()),
                Ok(false) => {
                    let path = path.display();
                    let why = format!(
                        "what delivery file `{path}` held before is gone: put a working key into it, then undo again"
                    );
                    Err(CallError::Unsupported { why })
                }
                Err(error) => Err(call_error(&error)),
            }
        })
        .await
    }

    async fn read<T: Send + 'static>(
        &self,
        pass: ReadPass,
        needed: Operation,
        mut look: impl FnMut(&State) -> Result<T, CallError> + Send + 'static,
    ) -> Result<T, CallError> {
        admit(pass.operation(), needed)?;
        let desk = Arc::clone(&self.desk);
        let seen = tokio::task::spawn_blocking(move || {
            let mut seen = None;
            desk.read(needed, &mut |state| {
                seen = Some(look(state)?);
                Ok(())
            })?;
            seen.ok_or_else(|| CallError::Invalid { why: format!("`{needed}` looked at nothing") })
        });
        seen.await.unwrap_or_else(|it| {
            let why = format!("`{needed}`: {it}");
            Err(CallError::Retry { after: Duration::from_secs(1), why })
        })
    }

    /// The disk may be slow: other work goes on meanwhile, and the change is made to its end.
    async fn write(
        &self,
        given: Operation,
        needed: Operation,
        mut change: impl FnMut(&mut State) -> Result<(), CallError> + Send + 'static,
    ) -> Result<(), CallError> {
        admit(given, needed)?;
        let desk = Arc::clone(&self.desk);
        let written = tokio::task::spawn_blocking(move || desk.write(needed, &mut change));
        written.await.unwrap_or_else(|it| {
            Err(CallError::OutcomeUnknown { why: format!("`{needed}`: {it}") })
        })
    }
}

/// Refuses a pass that was given for another operation.
fn admit(given: Operation, needed: Operation) -> Result<(), CallError> {
    if given == needed {
        return Ok(());
    }
    Err(CallError::Invalid { why: format!("a pass for `{given}` does not open `{needed}`") })
}

fn found_client<'a>(state: &'a State, name: &str) -> Result<&'a Client, CallError> {
    state.clients.get(name).ok_or_else(|| no_client(name))
}

fn client_mut<'a>(state: &'a mut State, name: &str) -> Result<&'a mut Client, CallError> {
    state.clients.get_mut(name).ok_or_else(|| no_client(name))
}

fn no_client(name: &str) -> CallError {
    CallError::NotFound { what: format!("client `{name}` of the broker") }
}

fn no_key(key: &str) -> CallError {
    CallError::NotFound { what: format!("key `{key}` of the broker") }
}
