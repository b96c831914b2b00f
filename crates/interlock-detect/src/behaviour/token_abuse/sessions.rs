//! Where each credential and each session is in use right now, and where it came to life.

use super::Networks;
use crate::behaviour::activity::Activity;
use crate::behaviour::network::Network;
use crate::behaviour::seen::From;
use crate::behaviour::{Claim, Keep, Memory, Row, RowReader, RowWriter, Rows, Rule, Seen, either};
use crate::snapshot::RestoreError;
use interlock_model::{Outcome, Severity};

pub(super) const TWO_NETWORKS: Rule = Rule {
    id: "token_abuse.two_networks",
    name: "Credential in use from two networks at once",
    severity: Severity::High,
    techniques: &["T1078.004", "T1550.001"],
};

pub(super) const OUTSIDE_ISSUER: Rule = Rule {
    id: "token_abuse.outside_issuer",
    name: "Session key used outside the network it was issued in",
    severity: Severity::High,
    techniques: &["T1552.005", "T1550.001"],
};

pub(super) const REPLAYED: Rule = Rule {
    id: "token_abuse.session_replayed",
    name: "Session taken over by another client in another network",
    severity: Severity::High,
    techniques: &["T1539", "T1550.004"],
};

/// Two credentials for each identity at most, on average.
pub(super) const BYTES_PER_IDENTITY: usize = 2 * Rows::<Session>::BYTES_PER_ROW;

/// Uses within this many seconds are at once.
const AT_ONCE: u32 = 300;
/// How many networks are remembered for a credential.
const PLACES: usize = 3;

/// The credentials in use.
#[derive(Debug)]
pub(super) struct Sessions {
    sessions: Rows<Session>,
}

/// One credential in use.
#[derive(Debug, Clone, Copy, Default)]
struct Session {
    last: u32,
    /// Where it was issued, or first used; 0 when neither is known.
    home: u32,
    /// With which family of client it was first used; 0 when that is not known.
    client: u32,
    /// Whether the provider's log shows the issuing itself.
    issue_seen: bool,
    places: [Place; PLACES],
}

/// The last use from one network.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    network: u32,
    /// Seconds since 1970; 0 when there is none.
    second: u32,
    /// How often another network came in between, within the time that counts as at once.
    returns: u8,
}

impl Sessions {
    pub(super) fn new() -> Self {
        Self { sessions: Rows::new("token_abuse.sessions") }
    }

    /// Remembers where temporary credentials came to life.
    pub(super) fn note_issued(&mut self, seen: &Seen<'_>) {
        let Some(from) = &seen.from else { return };
        for issued in &seen.issued {
            let row = self.sessions.row(*issued, Session::default);
            row.home = from.network.0;
            row.issue_seen = true;
            row.last = row.last.max(seen.second);
        }
    }

    /// Looks at one use.
    pub(super) fn look(
        &mut self,
        seen: &Seen<'_>,
        from: &From,
        networks: &Networks,
        activity: &Activity,
        out: &mut Vec<Claim>,
    ) {
        // A sign-in that was not accepted may be anybody's.
        if let Some(session) = seen.session.filter(|_| seen.is_proven()) {
            let row = self.sessions.row(session, Session::default);
            row.begin(seen, from);
            out.extend(replayed(seen, from, row, networks, activity));
            row.visit(from.network.0, seen.second);
        }
        let Some(credential) = seen.credential else { return };
        let here = from.network;
        let session = self.sessions.row(credential, Session::default);
        session.begin(seen, from);
        let surprise = if activity.is_warm() { networks.surprise(activity) } else { 0.4 };
        let surprise = surprise * networks.narrowness();
        let stranger = |it: u32| !networks.knows(it) || !activity.is_warm();
        let refused = matches!(seen.event.outcome, Outcome::Refused { .. });
        let doubt = surprise * if refused { 0.7 } else { 1.0 };
        if seen.is_session_key() && session.home != here.0 && stranger(here.0) {
            out.extend(outside_issuer(seen, from, session, doubt, activity.is_warm()));
        }
        let other = session.other(here.0, seen.second);
        let returns = session.visit(here.0, seen.second);
        let Some(other) = other else { return };
        let interleaved = returns + other.returns > 0;
        // While the identity is being learned, one change of network is no news.
        if !(stranger(here.0) || stranger(other.network)) || !(activity.is_warm() || interleaved) {
            return;
        }
        let near = Network(other.network).is_near(here);
        let base = if near { 0.2 } else { 0.5 };
        let confidence = either(base, if interleaved && !near { 0.4 } else { 0.0 }) * doubt;
        let gap = other.second.abs_diff(seen.second);
        out.push(
            Claim::new(
                &TWO_NETWORKS,
                confidence,
                format!(
                    "a credential of `{}` was in use from two networks within {gap} s",
                    seen.name
                ),
            )
            .with("network", from.describe())
            .with("address", from.address.to_string()),
        );
    }

    pub(super) fn forget_before(&mut self, second: u32) {
        self.sessions.forget_before(second);
    }

    pub(super) fn memory(&self) -> Memory {
        self.sessions.memory()
    }

    /// For whoever has them come and go with their credential.
    pub(super) const fn rows(&mut self) -> &mut dyn Keep {
        &mut self.sessions
    }
}

fn outside_issuer(
    seen: &Seen<'_>,
    from: &From,
    session: &Session,
    doubt: f64,
    warm: bool,
) -> Option<Claim> {
    // A machine's session is named after the machine, and machines stay where they are.
    let instance = seen.session_name().is_some_and(|it| it.starts_with("i-"));
    if !warm && !instance {
        return None;
    }
    let near = Network(session.home).is_near(from.network);
    let base = match (instance, session.issue_seen) {
        (true, _) => 0.75,
        (false, true) => 0.5,
        (false, false) => 0.4,
    };
    let basis = if session.issue_seen { "the call that issued it" } else { "its first use" };
    let title = format!("a session key of `{}` left the network of {basis}", seen.name);
    let claim = Claim::new(&OUTSIDE_ISSUER, base * doubt * if near { 0.4 } else { 1.0 }, title)
        .with("network", from.describe())
        .with("address", from.address.to_string())
        .with("home known from", basis);
    Some(claim)
}

/// A session that goes on in another network and with another client changed hands: people change
/// one or the other.
fn replayed(
    seen: &Seen<'_>,
    from: &From,
    session: &Session,
    networks: &Networks,
    activity: &Activity,
) -> Option<Claim> {
    let client = seen.client.as_ref()?;
    let here = from.network;
    let moved = session.home != here.0 && session.client != client.number;
    if !moved || session.client == 0 {
        return None;
    }
    let near = Network(session.home).is_near(here);
    let base = match (activity.is_warm(), networks.knows(here.0)) {
        (true, false) => 0.7,
        (true, true) => 0.35,
        (false, _) => 0.45,
    };
    let refused = if seen.is_refused() { 0.7 } else { 1.0 };
    let title = format!("a session of `{}` went on in another network and client", seen.name);
    let claim = Claim::new(&REPLAYED, base * refused * if near { 0.5 } else { 1.0 }, title)
        .with("network", from.describe())
        .with("address", from.address.to_string())
        .with("new client", client.family.to_string());
    Some(claim)
}

impl Session {
    fn begin(&mut self, seen: &Seen<'_>, from: &From) {
        self.last = self.last.max(seen.second);
        if self.home == 0 {
            self.home = from.network.0;
        }
        if self.client == 0 && self.home == from.network.0 {
            self.client = seen.client.as_ref().map_or(0, |it| it.number);
        }
    }

    /// The latest use from another network at about this time.
    fn other(&self, network: u32, second: u32) -> Option<Place> {
        let at_once = |it: &&Place| {
            it.second > 0 && it.network != network && it.second.abs_diff(second) <= AT_ONCE
        };
        self.places.iter().filter(at_once).min_by_key(|it| it.second.abs_diff(second)).copied()
    }

    /// Notes a use and says how often the credential came back to this network from another.
    fn visit(&mut self, network: u32, second: u32) -> u8 {
        let between = self.other(network, second).map(|it| it.second);
        if let Some(place) =
            self.places.iter_mut().find(|it| it.second > 0 && it.network == network)
        {
            let soon = place.second.abs_diff(second) <= 2 * AT_ONCE;
            if soon && between.is_some_and(|it| it > place.second.min(second)) {
                place.returns = place.returns.saturating_add(1);
            } else if !soon {
                place.returns = 0;
            }
            place.second = place.second.max(second);
            return place.returns;
        }
        if let Some(oldest) = self.places.iter_mut().min_by_key(|it| it.second) {
            *oldest = Place { network, second, returns: 0 };
        }
        0
    }
}

impl Row for Session {
    fn last(&self) -> u32 {
        self.last
    }

    fn heap(&self) -> usize {
        0
    }

    fn write(&self, to: &mut RowWriter) {
        to.second(self.last);
        to.word(self.home);
        to.word(self.client);
        to.number(self.issue_seen);
        let used = self.places.iter().rposition(|it| it.second > 0).map_or(0, |it| it + 1);
        to.number(used as u64);
        for place in self.places.iter().take(used) {
            to.word(place.network);
            to.second(place.second);
            to.number(place.returns);
        }
    }

    fn read(from: &mut RowReader<'_>) -> Result<Self, RestoreError> {
        let mut it = Self {
            last: from.second()?,
            home: from.word()?,
            client: from.word()?,
            issue_seen: from.yes()?,
            places: Default::default(),
        };
        let used = from.count(PLACES)?;
        for place in it.places.iter_mut().take(used) {
            *place =
                Place { network: from.word()?, second: from.second()?, returns: from.number()? };
        }
        Ok(it)
    }
}
