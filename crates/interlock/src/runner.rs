//! The loop: an input, a turn, a commit, then the calls. One writer of the memory.

use crate::clock;
use crate::config::SecretReference;
use crate::hands::Hands;
use crate::lag::Lag;
use crate::refused::{self, Refusals};
use crate::serve::metrics;
use interlock_connect::broker::Broker;
use interlock_contain::Connector;
use interlock_engine::{Input, Outcome, Refusal, Watch, World, turn};
use interlock_model::{Batch, ConnectorId, Inbound, Timestamp};
use interlock_store::{SigningKey, Store, StoreError};
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::{JoinError, JoinSet};

/// So many records are worth other threads.
const MANY_RECORDS: usize = 100;
/// How many records one turn takes.
const RECORDS: usize = 500;
/// After how many records the watch's state is stored, unless that would take too much of the time.
const CHECKPOINT_RECORDS: u64 = 20_000;
/// Storing the watch's state takes at most this share of the time: one part in so many.
const CHECKPOINT_SHARE: u32 = 20;
/// How often the audit chain is signed, in seconds; and the watch stored, unless that would take too
/// much of the time.
const CHECKPOINT_SECONDS: i64 = 60;
/// How long a store that is unavailable is tried again before the process gives up.
const PATIENCE: [u64; 7] = [50, 100, 250, 500, 1000, 2000, 5000];

/// How often a store without room is tried again.
const FOR_ROOM: Duration = Duration::from_secs(2);

/// How long a house that stops waits for what is under way; the next one takes up the rest.
const LAST_ANSWERS: Duration = Duration::from_secs(15);

/// A look into the world, run between two turns.
type Look = Box<dyn FnOnce(&World) + Send>;

enum Command {
    Input { input: Box<Input>, reply: oneshot::Sender<Result<Outcome, Refusal>> },
    Look(Look),
    Stop,
}

/// The door to a running house. Clones share it.
#[derive(Debug, Clone)]
pub struct House {
    commands: mpsc::Sender<Command>,
    inbox: Arc<Notify>,
    lag: Arc<Lag>,
    store: Store,
    refusals: Arc<Refusals>,
    stop_asked: Arc<AtomicBool>,
    key: Arc<SigningKey>,
    connectors: Arc<[Arc<dyn Connector>]>,
    brokers: Arc<[(ConnectorId, Broker)]>,
}

impl std::fmt::Debug for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Input { .. } => "Input",
            Self::Look(_) => "Look",
            Self::Stop => "Stop",
        })
    }
}

/// Why a running house gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// It does not want to.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It is stopping, or gone.
    #[error("the house is stopping")]
    Stopping,
}

impl House {
    /// Gives an input from a person and waits until it is durable.
    ///
    /// # Errors
    /// The input is refused, or the house is stopping.
    pub async fn input(&self, input: Input) -> Result<Outcome, NoAnswer> {
        let (reply, answer) = oneshot::channel();
        let command = Command::Input { input: Box::new(input), reply };
        self.commands.send(command).await.map_err(|_| NoAnswer::Stopping)?;
        Ok(answer.await.map_err(|_| NoAnswer::Stopping)??)
    }

    /// Looks into the world between two turns.
    ///
    /// # Errors
    /// The house is stopping.
    pub async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&World) -> T + Send + 'static,
    ) -> Result<T, NoAnswer> {
        let (reply, answer) = oneshot::channel();
        let look: Look = Box::new(move |world| {
            let _ = reply.send(look(world));
        });
        self.commands.send(Command::Look(look)).await.map_err(|_| NoAnswer::Stopping)?;
        answer.await.map_err(|_| NoAnswer::Stopping)
    }

    /// Says that there is something new in the inbox.
    pub fn inbox_grew(&self) {
        self.inbox.notify_one();
    }

    /// The same, and how long it takes until what follows from the record at this position, the last
    /// of a lot that is durable now, is committed.
    pub fn inbox_grew_to(&self, position: u64) {
        self.lag.accepted(position);
        self.inbox_grew();
    }

    /// Asks the house to stop after the present turn.
    pub async fn stop(&self) {
        self.stop_asked.store(true, Ordering::SeqCst);
        let _ = self.commands.send(Command::Stop).await;
    }

    /// The memory, for reading and for the inbox.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// What the memory refuses now.
    #[must_use]
    pub const fn refusals(&self) -> &Arc<Refusals> {
        &self.refusals
    }

    /// What signs the audit chain.
    #[must_use]
    pub const fn key(&self) -> &Arc<SigningKey> {
        &self.key
    }

    /// The same door, with these built-in brokers behind it.
    #[must_use]
    pub fn with_brokers(mut self, brokers: Vec<(ConnectorId, Broker)>) -> Self {
        self.brokers = brokers.into();
        self
    }

    /// The built-in brokers, for the doors in front of them.
    #[must_use]
    pub const fn brokers(&self) -> &Arc<[(ConnectorId, Broker)]> {
        &self.brokers
    }

    /// What the house reaches, for checks.
    #[must_use]
    pub const fn connectors(&self) -> &Arc<[Arc<dyn Connector>]> {
        &self.connectors
    }
}

/// What the house reaches.
#[derive(Debug)]
pub struct Reached {
    /// The connectors.
    pub connectors: Arc<[Arc<dyn Connector>]>,
    /// How many calls a second each takes, where it is said.
    pub paces: BTreeMap<ConnectorId, NonZeroU32>,
    /// Where the secret of each drill's canary is.
    pub canaries: BTreeMap<Box<str>, SecretReference>,
}

/// The loop and all that it owns.
#[derive(Debug)]
pub struct Runner {
    world: World,
    store: Store,
    hands: Hands,
    stop_asked: Arc<AtomicBool>,
    key: Arc<SigningKey>,
    commands: mpsc::Receiver<Command>,
    answers: mpsc::UnboundedReceiver<Input>,
    inbox: Arc<Notify>,
    lag: Arc<Lag>,
    consumed: u64,
    /// The position that turns are done with, where the store does not know it yet: nothing else came
    /// of those records, so that looking at them once more after a crash would change nothing.
    owed: Option<u64>,
    covered: u64,
    wake: Option<Timestamp>,
    sealed: Timestamp,
    /// When the watch's state was last stored, and how long that took.
    stored: (Instant, Duration),
    /// What the watch has learned, on its way into the store: one at most. Ends with the runner.
    storing: JoinSet<Result<Covered, StoreError>>,
    in_flight: usize,
    stopping: bool,
}

impl Runner {
    /// A runner over this world, and the door to it. `consumed` is the inbox position that is done,
    /// `covered` the one that the stored watch state covers.
    #[must_use]
    pub fn new(
        world: World,
        store: Store,
        reached: Reached,
        key: Arc<SigningKey>,
        consumed: u64,
        covered: u64,
    ) -> (Self, House) {
        let (sender, commands) = mpsc::channel(64);
        let (back, answers) = mpsc::unbounded_channel();
        let inbox = Arc::new(Notify::new());
        let lag = Arc::new(Lag::default());
        let (store, refusals) = refused::watched(store);
        let stop_asked = Arc::new(AtomicBool::new(false));
        let house = House {
            commands: sender,
            inbox: Arc::clone(&inbox),
            lag: Arc::clone(&lag),
            store: store.clone(),
            refusals,
            stop_asked: Arc::clone(&stop_asked),
            key: Arc::clone(&key),
            connectors: Arc::clone(&reached.connectors),
            brokers: Arc::default(),
        };
        let hands = Hands::new(&reached.connectors, &reached.paces, reached.canaries, back);
        let sealed = clock::now();
        let runner = Self {
            world,
            store,
            hands,
            stop_asked,
            key,
            commands,
            answers,
            inbox,
            lag,
            consumed,
            owed: None,
            covered,
            wake: None,
            sealed,
            stored: (clock::stopwatch(), Duration::ZERO),
            storing: JoinSet::new(),
            in_flight: 0,
            stopping: false,
        };
        (runner, house)
    }

    /// Runs until it is told to stop.
    ///
    /// # Errors
    /// The store does not take what must be remembered: better no house than one that forgets.
    pub async fn run(mut self) -> Result<(), StoreError> {
        let _ = self.step(Input::Started).await?;
        let inbox = Arc::clone(&self.inbox);
        loop {
            while !self.stopping && self.drain_inbox().await? {
                // Answers and people do not wait for a long inbox.
                self.take_ready().await?;
            }
            if self.stopping {
                break;
            }
            self.pay().await?;
            let now = clock::now();
            let due =
                self.wake.map_or(CHECKPOINT_SECONDS, |it| it.as_second() - now.as_second() + 1);
            let pause = Duration::from_secs(due.clamp(0, CHECKPOINT_SECONDS).unsigned_abs());
            tokio::select! {
                command = self.commands.recv() => self.obey(command.unwrap_or(Command::Stop)).await?,
                Some(answer) = self.answers.recv() => self.answered(answer).await?,
                Some(stored) = self.storing.join_next() => self.stored(stored)?,
                () = inbox.notified() => {}
                () = tokio::time::sleep(pause) => { let _ = self.step(Input::Tick).await?; }
            }
            self.seal_when_due().await?;
        }
        // What is under way is waited for, so that its answer is in the journal.
        let end = clock::timer() + LAST_ANSWERS;
        while self.in_flight > 0 {
            match tokio::time::timeout_at(end, self.answers.recv()).await {
                Ok(Some(answer)) => self.answered(answer).await?,
                Ok(None) | Err(_) => break,
            }
        }
        self.seal().await
    }

    /// Runs until every door is shut, nothing is under way, and nothing is due before `patience` is over.
    ///
    /// # Errors
    /// As [`Runner::run`].
    pub async fn settle(mut self, patience: Duration) -> Result<World, StoreError> {
        let _ = self.step(Input::Started).await?;
        while self.drain_inbox().await? {}
        self.pay().await?;
        let end = clock::stopwatch() + patience;
        loop {
            // What was asked for before the last door fell shut counts too.
            let shut = self.commands.is_closed();
            self.take_ready().await?;
            let left = end.saturating_duration_since(clock::stopwatch());
            let due = self.wake.map(|it| it.as_second() - clock::now().as_second() + 1);
            let due = due.map(|it| Duration::from_secs(it.max(0).unsigned_abs()));
            let soon = due.is_some_and(|it| it <= left);
            if self.in_flight == 0 && !soon && (shut || left.is_zero()) {
                break;
            }
            let pause = due.filter(|_| soon).unwrap_or(Duration::MAX).min(Duration::from_secs(1));
            tokio::select! {
                command = self.commands.recv(), if !shut => {
                    if let Some(command) = command { self.obey(command).await? }
                }
                Some(answer) = self.answers.recv() => self.answered(answer).await?,
                () = tokio::time::sleep(pause) => { let _ = self.step(Input::Tick).await?; }
            }
        }
        self.seal().await?;
        Ok(self.world)
    }

    async fn obey(&mut self, command: Command) -> Result<(), StoreError> {
        match command {
            Command::Input { input, reply } => {
                let answer = self.step(*input).await?;
                let _ = reply.send(answer);
            }
            Command::Look(look) => look(&self.world),
            Command::Stop => self.stopping = true,
        }
        Ok(())
    }

    async fn answered(&mut self, answer: Input) -> Result<(), StoreError> {
        self.in_flight = self.in_flight.saturating_sub(1);
        let _ = self.step(answer).await?;
        Ok(())
    }

    async fn take_ready(&mut self) -> Result<(), StoreError> {
        while let Ok(answer) = self.answers.try_recv() {
            self.answered(answer).await?;
        }
        while let Ok(command) = self.commands.try_recv() {
            self.obey(command).await?;
        }
        Ok(())
    }

    /// Takes one batch from the inbox; whether there may be more.
    async fn drain_inbox(&mut self) -> Result<bool, StoreError> {
        let records = self.store.pending(self.consumed, RECORDS).await?;
        let Some(last) = records.last().map(|it| it.position) else { return Ok(false) };
        let full = records.len() == RECORDS;
        ::metrics::counter!("interlock_records_total").increment(records.len() as u64);
        self.read_ahead(&records).await;
        let _ = self.step(Input::Records(records)).await?;
        self.consumed = last;
        self.lag.committed(last);
        while let Some(stored) = self.storing.try_join_next() {
            self.stored(stored)?;
        }
        if self.consumed.saturating_sub(self.covered) >= CHECKPOINT_RECORDS && self.rested() {
            self.remember();
            self.sign().await?;
        }
        Ok(full)
    }

    /// Reads many records with all cores before the turn, which would read them with one.
    async fn read_ahead(&mut self, records: &[Inbound]) {
        if records.len() < MANY_RECORDS {
            return;
        }
        let cores = std::thread::available_parallelism().map_or(1, usize::from).min(8);
        let parts: Vec<_> = records
            .chunks(records.len().div_ceil(cores))
            .map(|part| {
                let normaliser = Arc::clone(self.world.watch().normaliser());
                let part = part.to_vec();
                tokio::task::spawn_blocking(move || Watch::read(&normaliser, &part))
            })
            .collect();
        let mut read = Vec::with_capacity(records.len());
        for part in parts {
            // Without it the turn reads for itself, and a panic shows there.
            let Ok(part) = part.await else { return };
            read.extend(part);
        }
        self.world.watch_mut().read_ahead(read);
    }

    async fn step(&mut self, input: Input) -> Result<Result<Outcome, Refusal>, StoreError> {
        let now = clock::now();
        let mut turned = turn(&mut self.world, input, now);
        let consumed = turned.batch.consumed.take().or(self.owed);
        if turned.batch == Batch::default() {
            self.owed = consumed;
        } else {
            turned.batch.consumed = consumed;
            self.commit(&turned.batch, now).await?;
            self.owed = None;
        }
        for call in turned.calls {
            self.in_flight += 1;
            let urgency = self.world.urgency(&call);
            self.hands.start(call, urgency);
        }
        self.wake = turned.wake;
        Ok(turned.reply)
    }

    /// Tells the store how far turns are, where nothing else did.
    async fn pay(&mut self) -> Result<(), StoreError> {
        if let Some(consumed) = self.owed.take() {
            let batch = Batch { consumed: Some(consumed), ..Batch::default() };
            self.commit(&batch, clock::now()).await?;
        }
        Ok(())
    }

    /// Commits, and tries again for a while when the store is unavailable.
    async fn commit(&self, batch: &Batch, now: Timestamp) -> Result<(), StoreError> {
        patiently(&self.stop_asked, || self.store.commit(batch, now)).await?;
        metrics::committed(batch);
        Ok(())
    }

    async fn seal_when_due(&mut self) -> Result<(), StoreError> {
        let age = clock::now().as_second() - self.sealed.as_second();
        if age < CHECKPOINT_SECONDS {
            return Ok(());
        }
        if self.rested() {
            self.remember();
        }
        self.sign().await
    }

    /// Whether storing the watch's state again takes no more than its share of the time.
    fn rested(&self) -> bool {
        let (then, took) = self.stored;
        then.elapsed() >= took * CHECKPOINT_SHARE
    }

    /// Begins to store what the watch has learned, and to forget the inbox that it covers, beside the
    /// turns that follow; not while another such state is on its way.
    fn remember(&mut self) {
        if self.consumed <= self.covered || !self.storing.is_empty() {
            return;
        }
        let started = clock::stopwatch();
        let state = self.world.watch_mut().snapshot();
        let (store, position) = (self.store.clone(), self.consumed);
        let stop_asked = Arc::clone(&self.stop_asked);
        self.storing.spawn(async move {
            patiently(&stop_asked, || store.remember(position, &state)).await?;
            drop(state);
            patiently(&stop_asked, || store.trim(position)).await?;
            Ok(Covered { position, took: started.elapsed() })
        });
    }

    /// Takes note that a state is stored.
    fn stored(
        &mut self,
        ended: Result<Result<Covered, StoreError>, JoinError>,
    ) -> Result<(), StoreError> {
        let Covered { position, took } = match ended {
            Ok(stored) => stored?,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime is going away, and the runner with it.
                Err(_) => return Ok(()),
            },
        };
        self.covered = position;
        // The store knows from the state how far turns were then.
        self.owed = self.owed.filter(|it| *it > position);
        self.stored = (clock::stopwatch(), took);
        Ok(())
    }

    /// Stores all that the watch has learned, and signs the audit chain.
    async fn seal(&mut self) -> Result<(), StoreError> {
        loop {
            // What is on its way may not have learned the last of it.
            while let Some(stored) = self.storing.join_next().await {
                self.stored(stored)?;
            }
            self.remember();
            if self.storing.is_empty() {
                break;
            }
        }
        self.sign().await
    }

    async fn sign(&mut self) -> Result<(), StoreError> {
        let now = clock::now();
        self.sealed = now;
        patiently(&self.stop_asked, || self.store.sign_checkpoint(&self.key, now)).await?;
        Ok(())
    }
}

/// What the stored state of the watch covers.
#[derive(Debug)]
struct Covered {
    /// The inbox position.
    position: u64,
    /// From the beginning of the snapshot until the inbox was trimmed.
    took: Duration,
}

/// Asks the store, and again for a while when it is unavailable; for as long as it takes when only room
/// is wanting, unless the house is to stop. Nothing is acknowledged meanwhile, another process would find
/// no more room, and this one says what hinders it.
async fn patiently<T, F>(stop_asked: &AtomicBool, ask: impl Fn() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    for pause in PATIENCE {
        match ask().await {
            Err(error @ StoreError::Unavailable { .. }) => {
                tracing::warn!(%error, "the store is unavailable; trying again");
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
            answered => return answered,
        }
    }
    loop {
        match ask().await {
            Err(error) if error.lacks_room() && !stop_asked.load(Ordering::SeqCst) => {
                tracing::warn!(%error, "the store has no room; waiting for it");
                tokio::time::sleep(FOR_ROOM).await;
            }
            answered => return answered,
        }
    }
}
