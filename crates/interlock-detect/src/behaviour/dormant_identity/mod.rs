//! Identities and credentials that wake up after a long silence.
//!
//! Per identity its last use, its last three networks and what was said of its waking; per long-lived
//! credential its last use: bounded by their sizes. See the README for confidence and false alarms.

use super::call::CallRisk;
use super::{
    Behaviour, Claim, Keep, LONGEST_DAYS, Memory, Row, RowReader, RowWriter, Rows, Rule, Seen,
    Setup, Spec, either,
};
use crate::snapshot::RestoreError;
use interlock_model::Severity;

/// What it is.
pub const SPEC: Spec = Spec {
    name: "dormant_identity",
    about: "identities and credentials that wake up after a long silence",
    rules: &[AWAKE, CREDENTIAL_AWAKE],
    paths: &[],
    bytes_per_identity: Rows::<Sleeper>::BYTES_PER_ROW + 2 * Rows::<LastUse>::BYTES_PER_ROW,
};

const AWAKE: Rule = Rule {
    id: "dormant_identity.awake",
    name: "Dormant identity awake",
    severity: Severity::Medium,
    techniques: &["T1078.004"],
};

const CREDENTIAL_AWAKE: Rule = Rule {
    id: "dormant_identity.credential_awake",
    name: "Dormant credential in use again",
    severity: Severity::Medium,
    techniques: &["T1078.004", "T1550.001"],
};

const DAY: u32 = 86_400;
/// For so long after its waking an identity is watched, in seconds.
const WAKING: u32 = DAY;

/// Makes it.
///
/// # Errors
/// Never: it needs nothing.
pub fn make(setup: &Setup<'_>) -> Result<Box<dyn Behaviour>, String> {
    Ok(Box::new(DormantIdentity {
        silence: setup.config.dormant_days.max(1).saturating_mul(DAY),
        sleepers: Rows::new("dormant_identity"),
        credentials: Rows::new("dormant_identity"),
    }))
}

#[derive(Debug)]
struct DormantIdentity {
    /// In seconds.
    silence: u32,
    sleepers: Rows<Sleeper>,
    credentials: Rows<LastUse>,
}

/// When one identity was last seen, and where.
#[derive(Debug, Clone, Copy, Default)]
struct Sleeper {
    last: u32,
    /// When it woke last; 0 when it never did.
    woke: u32,
    /// The networks it used last.
    networks: [u32; 3],
    slept_days: u16,
    wakings: u8,
    /// How sure the last claim of this waking was, in hundredths.
    said: u8,
}

/// When one credential was last used.
#[derive(Debug, Clone, Copy)]
struct LastUse(u32);

impl Behaviour for DormantIdentity {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn look(&mut self, seen: &Seen<'_>, out: &mut Vec<Claim>) {
        let Some(habit) = seen.habit.filter(|_| !seen.by_provider && seen.is_proven()) else {
            return;
        };
        let mut fresh = false;
        let row = self.sleepers.row(habit, || {
            fresh = true;
            Sleeper { last: seen.second, ..Sleeper::default() }
        });
        let silence = seen.second.saturating_sub(row.last);
        if !fresh && silence >= self.silence {
            row.woke = seen.second;
            row.slept_days = u16::try_from(silence / DAY).unwrap_or(u16::MAX);
            row.wakings = row.wakings.saturating_add(1);
            row.said = 0;
        }
        let waking = row.woke > 0 && seen.second.saturating_sub(row.woke) <= WAKING;
        let claim = if waking { row.claim(seen) } else { None };
        let identity_woke = claim.is_some();
        out.extend(claim);
        // The networks of a waking are not its own before it is over.
        row.settle(seen, waking);
        let lasting = !seen.is_session_key();
        if let Some(credential) = seen.credential.filter(|_| lasting) {
            let row = self.credentials.row(credential, || LastUse(seen.second));
            let silence = seen.second.saturating_sub(row.0);
            row.0 = row.0.max(seen.second);
            if silence >= self.silence && !identity_woke {
                out.push(credential_awake(seen, silence / DAY));
            }
        }
    }

    /// What is dormant must be remembered for longer than what others know of it.
    fn forget_before(&mut self, second: u32) {
        let limit = second.saturating_sub(LONGEST_DAYS * DAY);
        self.sleepers.forget_before(limit);
        self.credentials.forget_before(limit);
    }

    fn memory(&self) -> Memory {
        let sleepers = self.sleepers.memory();
        Memory { rows: sleepers.rows, bytes: sleepers.bytes + self.credentials.memory().bytes }
    }

    fn by_identity(&mut self, visit: &mut dyn FnMut(&mut dyn Keep)) {
        visit(&mut self.sleepers);
    }

    fn by_credential(&mut self, visit: &mut dyn FnMut(&mut dyn Keep)) {
        visit(&mut self.credentials);
    }
}

impl Sleeper {
    /// What its waking tells; `None` when that was said already.
    fn claim(&mut self, seen: &Seen<'_>) -> Option<Claim> {
        let base = if seen.human { 0.22 } else { 0.35 };
        let longer = match self.slept_days {
            0..90 => 0.0,
            90..180 => 0.05,
            180.. => 0.1,
        };
        let stranger = seen.from.as_ref().filter(|it| !self.networks.contains(&it.network.0));
        let stranger = stranger.filter(|_| self.networks != [0; 3]);
        let elsewhere = if stranger.is_some() { 0.3 } else { 0.0 };
        let sensitive = match seen.risk {
            CallRisk::Read | CallRisk::Write => 0.0,
            CallRisk::Recon => 0.1,
            CallRisk::Secrets | CallRisk::Permissions | CallRisk::Evasion => 0.25,
        };
        // Who sleeps and wakes is a yearly job.
        let rare = 1.0 / f64::from(self.wakings.max(1)).sqrt();
        let refused = if seen.is_refused() { 0.8 } else { 1.0 };
        let confidence = either(either(base + longer, elsewhere), sensitive) * rare * refused;
        let hundredths = (confidence * 100.0) as u8;
        if hundredths <= self.said {
            return None;
        }
        self.said = hundredths;
        let days = self.slept_days;
        let title = format!("`{}` woke up after {days} days of silence", seen.name);
        let mut claim = Claim::new(&AWAKE, confidence, title).with("call", seen.call());
        if let Some(from) = stranger {
            claim = claim
                .with("new network", from.describe())
                .with("address", from.address.to_string());
        }
        if self.wakings > 1 {
            claim = claim.with("woke before", (self.wakings - 1).to_string());
        }
        Some(claim)
    }

    fn settle(&mut self, seen: &Seen<'_>, waking: bool) {
        self.last = self.last.max(seen.second);
        let Some(from) = seen.from.as_ref().filter(|_| !waking && !seen.suspected) else { return };
        let [first, second, third] = self.networks;
        let here = from.network.0;
        self.networks = match () {
            () if here == first => self.networks,
            () if here == second => [here, first, third],
            () => [here, first, second],
        };
    }
}

fn credential_awake(seen: &Seen<'_>, days: u32) -> Claim {
    let base = if seen.human { 0.2 } else { 0.3 };
    let sensitive = if seen.risk >= CallRisk::Secrets { 0.2 } else { 0.0 };
    let title = format!("a credential of `{}` is in use again after {days} days", seen.name);
    Claim::new(&CREDENTIAL_AWAKE, either(base, sensitive), title).with("call", seen.call())
}

impl Row for Sleeper {
    fn last(&self) -> u32 {
        self.last
    }

    fn heap(&self) -> usize {
        0
    }

    fn write(&self, to: &mut RowWriter) {
        to.second(self.last);
        to.second(self.woke);
        for network in self.networks {
            to.word(network);
        }
        to.number(self.slept_days);
        to.number(self.wakings);
        to.number(self.said);
    }

    fn read(from: &mut RowReader<'_>) -> Result<Self, RestoreError> {
        Ok(Self {
            last: from.second()?,
            woke: from.second()?,
            networks: [from.word()?, from.word()?, from.word()?],
            slept_days: from.number()?,
            wakings: from.number()?,
            said: from.number()?,
        })
    }
}

impl Row for LastUse {
    fn last(&self) -> u32 {
        self.0
    }

    fn heap(&self) -> usize {
        0
    }

    fn write(&self, to: &mut RowWriter) {
        to.second(self.0);
    }

    fn read(from: &mut RowReader<'_>) -> Result<Self, RestoreError> {
        from.second().map(Self)
    }
}
