//! One secret that several services use: it cannot be rotated or taken away without breaking all.
//!
//! Per long-lived credential at most four ways of use, each a client in a network: bounded by its
//! size. See the README for warm-up, confidence and false alarms.

use super::activity::HOUR;
use super::network::Network;
use super::{
    Behaviour, Claim, Keep, Memory, Row, RowReader, RowWriter, Rows, Rule, Seen, Setup, Spec,
};
use crate::snapshot::RestoreError;
use interlock_model::{CredentialKind, CredentialRef, Severity};

/// What it is.
pub const SPEC: Spec = Spec {
    name: "credential_reuse",
    about: "one secret that several services or environments use",
    rules: &[SHARED],
    paths: &[],
    bytes_per_identity: 2 * Rows::<Uses>::BYTES_PER_ROW,
};

const SHARED: Rule = Rule {
    id: "credential_reuse.shared_secret",
    name: "One secret in several hands",
    severity: Severity::Medium,
    techniques: &["T1078.004", "T1552.001"],
};

/// In so many different hours a way of use must be seen to be steady.
const STEADY_HOURS: u8 = 6;
/// Ways of use that were seen within this many hours go on at the same time.
const AT_THE_SAME_TIME: u32 = 24;
/// Over so many hours both must have been seen.
const OVERLAP: u32 = 36;
/// Said again after so many days.
const AGAIN_DAYS: u16 = 7;
/// How many ways of use are remembered.
const WAYS: usize = 4;

/// Makes it.
///
/// # Errors
/// Never: it needs nothing.
pub fn make(_: &Setup<'_>) -> Result<Box<dyn Behaviour>, String> {
    Ok(Box::new(CredentialReuse { uses: Rows::new("credential_reuse") }))
}

#[derive(Debug)]
struct CredentialReuse {
    uses: Rows<Uses>,
}

/// How one credential is used.
#[derive(Debug, Clone, Copy, Default)]
struct Uses {
    ways: [Way; WAYS],
    last: u32,
    said_day: u16,
}

/// One client in one network: 16 bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Way {
    network: u32,
    client: u16,
    /// Different hours, 255 at most; 0 when there is none.
    hours: u8,
    first_hour: u32,
    last_hour: u32,
}

impl Behaviour for CredentialReuse {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn look(&mut self, seen: &Seen<'_>, out: &mut Vec<Claim>) {
        let (Some(credential), Some(from), Some(client)) =
            (seen.credential, &seen.from, &seen.client)
        else {
            return;
        };
        let kind = seen.binding.credential.as_ref().and_then(CredentialRef::kind);
        let lasting = match kind {
            Some(
                CredentialKind::AccessKey | CredentialKind::Token | CredentialKind::Certificate,
            ) => true,
            Some(CredentialKind::SessionKey | CredentialKind::Password) | None => false,
        };
        // What an intruder does with a secret makes it nobody's service.
        if !lasting || seen.by_provider || seen.suspected || seen.is_refused() {
            return;
        }
        let row = self.uses.row(credential, Uses::default);
        row.last = row.last.max(seen.second);
        // INVARIANT: half of a well-mixed number tells apart a handful of clients.
        let client_half = (client.number >> 16) as u16;
        row.note(from.network.0, client_half, seen.second / HOUR);
        let services = row.services(seen.second / HOUR);
        let today = u16::try_from(seen.second / 86_400).unwrap_or(u16::MAX);
        let told = row.said_day > 0 && today.saturating_sub(row.said_day) < AGAIN_DAYS;
        if services < 2 || told {
            return;
        }
        row.said_day = today;
        let base = if seen.human { 0.2 } else { 0.3 };
        let confidence = base + 0.05 * services as f64;
        let title = format!("{services} services use one secret of `{}`", seen.name);
        out.push(
            Claim::new(&SHARED, confidence, title)
                .with("client", client.family.to_string())
                .with("network", from.describe()),
        );
    }

    fn forget_before(&mut self, second: u32) {
        self.uses.forget_before(second);
    }

    fn memory(&self) -> Memory {
        self.uses.memory()
    }

    fn by_credential(&mut self, visit: &mut dyn FnMut(&mut dyn Keep)) {
        visit(&mut self.uses);
    }
}

impl Uses {
    fn note(&mut self, network: u32, client: u16, hour: u32) {
        let known = |it: &&mut Way| it.hours > 0 && it.network == network && it.client == client;
        if let Some(way) = self.ways.iter_mut().find(known) {
            if hour > way.last_hour {
                way.last_hour = hour;
                way.hours = way.hours.saturating_add(1);
            }
            return;
        }
        // A steady way stays; what was seen once makes room.
        if let Some(least) = self.ways.iter_mut().min_by_key(|it| {
            let idle = hour.saturating_sub(it.last_hour) > 7 * 24;
            (it.hours > 0 && !idle, it.hours, it.last_hour)
        }) {
            *least = Way { network, client, hours: 1, first_hour: hour, last_hour: hour };
        }
    }

    /// How many ways go on at the same time that differ in client and in network.
    fn services(&self, hour: u32) -> usize {
        let steady = |it: &&Way| {
            it.hours >= STEADY_HOURS
                && hour.saturating_sub(it.last_hour) <= AT_THE_SAME_TIME
                && hour.saturating_sub(it.first_hour) >= OVERLAP
        };
        let mut apart: Vec<&Way> = Vec::with_capacity(WAYS);
        for way in self.ways.iter().filter(steady) {
            let differs = |it: &&Way| {
                it.client != way.client && !Network(it.network).is_near(Network(way.network))
            };
            if apart.iter().all(differs) {
                apart.push(way);
            }
        }
        apart.len()
    }
}

impl Row for Uses {
    fn last(&self) -> u32 {
        self.last
    }

    fn heap(&self) -> usize {
        0
    }

    fn write(&self, to: &mut RowWriter) {
        to.second(self.last);
        to.number(self.said_day);
        let used = self.ways.iter().rposition(|it| it.hours > 0).map_or(0, |it| it + 1);
        to.number(used as u64);
        for way in self.ways.iter().take(used) {
            to.word(way.network);
            to.number(way.client);
            to.number(way.hours);
            to.hour(way.first_hour);
            to.hour(way.last_hour);
        }
    }

    fn read(from: &mut RowReader<'_>) -> Result<Self, RestoreError> {
        let mut it =
            Self { last: from.second()?, said_day: from.number()?, ways: Default::default() };
        let used = from.count(WAYS)?;
        for way in it.ways.iter_mut().take(used) {
            *way = Way {
                network: from.word()?,
                client: from.number()?,
                hours: from.number()?,
                first_hour: from.hour()?,
                last_hour: from.hour()?,
            };
        }
        Ok(it)
    }
}
