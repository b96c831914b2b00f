//! A credential or session in hands that are not its owner's: new network, new client, two
//! networks at once, a session that changes hands, a token away from where it was issued, use after
//! revocation or departure, bait.

mod departures;
mod revocations;
mod sessions;
mod workloads;

use super::agent;
use super::habit::{Habit, Look, Novelty};
use super::seen::From;
use super::{
    Behaviour, Claim, Keep, Memory, Row, RowReader, RowWriter, Rows, Rule, Seen, Setup, Spec,
    either,
};
use crate::snapshot::{Reader, RestoreError, Writer};
use departures::Departures;
use interlock_model::{CredentialRef, Severity};
use revocations::Revocations;
use sessions::Sessions;
use workloads::Workloads;

/// What it is.
pub const SPEC: Spec = Spec {
    name: "token_abuse",
    about: "a credential or session in hands that are not its owner's",
    rules: &[
        NEW_NETWORK,
        NEW_CLIENT,
        sessions::TWO_NETWORKS,
        sessions::OUTSIDE_ISSUER,
        sessions::REPLAYED,
        workloads::OUTSIDE_WORKLOAD,
        revocations::USED,
        revocations::REFUSED,
        departures::AFTER_DEPARTURE,
        departures::CANARY,
    ],
    paths: &[revocations::PATHS],
    bytes_per_identity: Rows::<Habits>::BYTES_PER_ROW
        + Networks::HEAP
        + Clients::HEAP
        + sessions::BYTES_PER_IDENTITY
        + revocations::BYTES_PER_IDENTITY
        + departures::BYTES_PER_IDENTITY
        + workloads::BYTES_PER_IDENTITY,
};

const NEW_NETWORK: Rule = Rule {
    id: "token_abuse.new_network",
    name: "Credential used from a new network",
    severity: Severity::Medium,
    techniques: &["T1078.004", "T1550.001"],
};

const NEW_CLIENT: Rule = Rule {
    id: "token_abuse.new_agent",
    name: "Credential used by a new kind of client",
    severity: Severity::Low,
    techniques: &["T1078.004"],
};

type Networks = Habit<16, 4>;
type Clients = Habit<12, 4>;

/// Makes it.
///
/// # Errors
/// Never: without a geo database it works with address ranges.
pub fn make(setup: &Setup<'_>) -> Result<Box<dyn Behaviour>, String> {
    Ok(Box::new(TokenAbuse {
        habits: Rows::new("token_abuse"),
        sessions: Sessions::new(),
        revocations: Revocations::new(setup),
        departures: Departures::new(setup.config.identities),
        workloads: Workloads::new(),
    }))
}

#[derive(Debug)]
struct TokenAbuse {
    habits: Rows<Habits>,
    sessions: Sessions,
    revocations: Revocations,
    departures: Departures,
    workloads: Workloads,
}

/// From where, and with what, one identity works.
#[derive(Debug, Default)]
struct Habits {
    networks: Networks,
    clients: Clients,
    last: u32,
}

impl Behaviour for TokenAbuse {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn look(&mut self, seen: &Seen<'_>, out: &mut Vec<Claim>) {
        self.revocations.look(seen, out);
        self.sessions.note_issued(seen);
        if seen.by_provider {
            return;
        }
        self.departures.look(seen, out);
        out.extend(self.workloads.look(seen));
        let Some(habit) = seen.habit else { return };
        let row = self.habits.row(habit, Habits::default);
        row.last = row.last.max(seen.second);
        let look = |what: u32| Look {
            what,
            weight: 0,
            second: seen.second,
            warm: seen.warm,
            suspected: seen.suspected,
            proven: seen.is_proven(),
        };
        let client = seen.client.as_ref();
        let new_client = client.map(|it| row.clients.look(look(it.number), &seen.activity));
        let new_client = match new_client {
            Some(Novelty::New { surprise, .. }) => surprise * row.clients.narrowness(),
            Some(Novelty::Usual | Novelty::Said) | None => 0.0,
        };
        let Some(from) = &seen.from else { return };
        let new_network = row.networks.look(look(from.network.0), &seen.activity);
        if let Novelty::New { surprise, .. } = new_network {
            let surprise = surprise * row.networks.narrowness();
            out.push(from_new_network(seen, from, row, surprise, new_client));
        } else if new_client > 0.0 {
            out.extend(by_new_client(seen, new_client));
        }
        self.sessions.look(seen, from, &row.networks, &seen.activity, out);
    }

    fn revoked(&mut self, credential: &CredentialRef, second: u32) {
        self.revocations.revoked(credential, second);
    }

    fn restored(&mut self, credential: &CredentialRef) {
        self.revocations.restored(credential);
    }

    fn forget_before(&mut self, second: u32) {
        self.habits.forget_before(second);
        self.sessions.forget_before(second);
        self.revocations.forget_before(second);
        self.departures.forget_before(second);
        self.workloads.forget_before(second);
    }

    fn memory(&self) -> Memory {
        let beside = self.sessions.memory().bytes
            + self.revocations.memory().bytes
            + self.departures.memory().bytes
            + self.workloads.memory().bytes;
        let habits = self.habits.memory();
        Memory { rows: habits.rows, bytes: habits.bytes + beside }
    }

    fn by_identity(&mut self, visit: &mut dyn FnMut(&mut dyn Keep)) {
        visit(&mut self.habits);
    }

    fn by_credential(&mut self, visit: &mut dyn FnMut(&mut dyn Keep)) {
        visit(self.sessions.rows());
        visit(self.workloads.rows());
    }

    fn snapshot(&self, to: &mut Writer) {
        self.revocations.write(to);
        self.departures.write(to);
    }

    fn restore(&mut self, from: &mut Reader<'_>) -> Result<(), RestoreError> {
        self.revocations.read(from)?;
        self.departures.read(from)
    }
}

fn from_new_network(
    seen: &Seen<'_>,
    from: &From,
    row: &Habits,
    surprise: f64,
    new_client: f64,
) -> Claim {
    let near = row.networks.any(|it| super::network::Network(it).is_near(from.network));
    let hosting = from.whereabouts.as_ref().is_some_and(|it| it.hosting);
    // People come from homes, trains and telephones, but do not sit where servers are.
    let mut base: f64 = match (seen.human, hosting) {
        (true, false) => 0.3,
        (true, true) => 0.4,
        (false, _) => 0.55,
    };
    if near {
        base *= 0.5;
    }
    if let Some(whereabouts) = &from.whereabouts {
        base += if near { 0.0 } else { 0.1 };
        base += if whereabouts.hosting && !near { 0.05 } else { 0.0 };
    }
    let with_client = new_client * client_weight(seen);
    let refused = if seen.is_refused() { 0.7 } else { 1.0 };
    let confidence = either(base * surprise, with_client) * refused;
    let network = from.describe();
    let mut claim = Claim::new(
        &NEW_NETWORK,
        confidence,
        format!("`{}` was used from {network}, never seen from it", seen.name),
    )
    .with("network", network)
    .with("address", from.address.to_string())
    .with("networks known", row.networks.known().to_string());
    if let Some(client) = seen.client.as_ref().filter(|_| new_client > 0.0) {
        claim = claim.with("new client", client.family.to_string());
    }
    claim
}

fn by_new_client(seen: &Seen<'_>, new_client: f64) -> Option<Claim> {
    let client = seen.client.as_ref()?;
    let refused = if seen.is_refused() { 0.7 } else { 1.0 };
    let confidence = new_client * client_weight(seen) * refused;
    let title = format!("`{}` was used with {}, never seen from it", seen.name, client.family);
    let agent = seen.event.origin.user_agent.as_deref().unwrap_or_default();
    let agent: String = agent.chars().take(200).collect();
    let claim = Claim::new(&NEW_CLIENT, confidence, title);
    Some(claim.with("client", client.family.to_string()).with("user agent", agent))
}

/// How much a new kind of client tells: people change tools, software does not; some systems are
/// made for attacks.
fn client_weight(seen: &Seen<'_>) -> f64 {
    let offensive = seen.client.as_ref().is_some_and(|it| agent::is_offensive(&it.family));
    match (offensive, seen.human) {
        (true, _) => 0.6,
        (false, true) => 0.15,
        (false, false) => 0.3,
    }
}

impl Row for Habits {
    fn last(&self) -> u32 {
        self.last
    }

    fn heap(&self) -> usize {
        self.networks.heap() + self.clients.heap()
    }

    fn write(&self, to: &mut RowWriter) {
        self.networks.write(to);
        self.clients.write(to);
        to.second(self.last);
    }

    fn read(from: &mut RowReader<'_>) -> Result<Self, RestoreError> {
        Ok(Self {
            networks: Networks::read(from)?,
            clients: Clients::read(from)?,
            last: from.second()?,
        })
    }
}
