//! People behind the identities of software, and software behind those of people.
//!
//! Per identity in how many hours each sort of client was seen, at most three sorts on trial, and the
//! hours of the day: bounded. See the README for warm-up, confidence and false alarms.

use super::activity::HOUR;
use super::agent::Sort;
use super::trial::{Look, Trials, Verdict};
use super::{
    Behaviour, Claim, Keep, Memory, Row, RowReader, RowWriter, Rows, Rule, Seen, Setup, Spec,
};
use crate::snapshot::RestoreError;
use interlock_model::{IdentityKind, Provenance, Severity};

/// What it is.
pub const SPEC: Spec = Spec {
    name: "kind_mismatch",
    about: "people behind the identities of software, and software behind those of people",
    rules: &[PERSON, TOOL, AROUND_THE_CLOCK],
    paths: &[],
    bytes_per_identity: Rows::<Manner>::BYTES_PER_ROW + OnTrial::HEAP,
};

const PERSON: Rule = Rule {
    id: "kind_mismatch.person_on_machine",
    name: "Person at a screen as a machine identity",
    severity: Severity::High,
    techniques: &["T1078.004", "T1550.001"],
};

const TOOL: Rule = Rule {
    id: "kind_mismatch.tool_on_machine",
    name: "Command line tool as a machine identity",
    severity: Severity::Medium,
    techniques: &["T1078.004", "T1059.009"],
};

const AROUND_THE_CLOCK: Rule = Rule {
    id: "kind_mismatch.machine_on_person",
    name: "Person at work around the clock",
    severity: Severity::Low,
    techniques: &["T1078.004"],
};

/// Nobody is awake in so many hours of one day.
const SLEEPLESS: u32 = 20;

type OnTrial = Trials<3>;

/// Makes it.
///
/// # Errors
/// Never: it needs nothing.
pub fn make(_: &Setup<'_>) -> Result<Box<dyn Behaviour>, String> {
    Ok(Box::new(KindMismatch { manners: Rows::new("kind_mismatch") }))
}

#[derive(Debug)]
struct KindMismatch {
    manners: Rows<Manner>,
}

/// With what, and when, one identity works.
#[derive(Debug, Default)]
struct Manner {
    trials: OnTrial,
    last: u32,
    /// The hours of the day that runs, a bit each.
    hours: u32,
    /// Whether each sort of client is known.
    known: [bool; Sort::COUNT],
    /// On how many days it worked around the clock.
    sleepless: u8,
}

impl Behaviour for KindMismatch {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn look(&mut self, seen: &Seen<'_>, out: &mut Vec<Claim>) {
        let Some(habit) = seen.habit.filter(|_| !seen.by_provider && seen.is_proven()) else {
            return;
        };
        let row = self.manners.row(habit, Manner::default);
        match seen.identity {
            Some(it) if it.kind == IdentityKind::Human => out.extend(row.sleepless(seen)),
            Some(_) => {
                let sort = seen.client.as_ref().map(|it| it.sort);
                out.extend(sort.and_then(|it| row.hands(seen, it)));
            }
            None => {}
        }
        row.last = row.last.max(seen.second);
    }

    fn forget_before(&mut self, second: u32) {
        self.manners.forget_before(second);
    }

    fn memory(&self) -> Memory {
        self.manners.memory()
    }

    fn by_identity(&mut self, visit: &mut dyn FnMut(&mut dyn Keep)) {
        visit(&mut self.manners);
    }
}

impl Manner {
    /// Says whether this sort of client is a person's, when it is new to a machine.
    fn hands(&mut self, seen: &Seen<'_>, sort: Sort) -> Option<Claim> {
        let at = sort as usize;
        let known = self.known.get(at).copied().unwrap_or(true);
        if known {
            return None;
        }
        let others = self.known.iter().filter(|it| **it).count();
        let look = Look {
            what: sort as u32,
            weight: 0,
            second: seen.second,
            warm: seen.warm,
            suspected: seen.suspected,
            proven: true,
        };
        let learn = if seen.warm {
            match self.trials.look(look) {
                Verdict::First | Verdict::Again => false,
                Verdict::Said => return None,
                Verdict::Passed => true,
            }
        } else {
            !seen.suspected
        };
        if learn && let Some(known) = self.known.get_mut(at) {
            *known = true;
        }
        if learn && seen.warm {
            return None;
        }
        let identity = seen.identity?;
        let declared = identity.provenance == Provenance::Declared;
        let shown = match identity.kind {
            IdentityKind::Workload | IdentityKind::Pipeline | IdentityKind::Agent => true,
            // Any user that nobody knows is called one of these.
            IdentityKind::ServiceAccount | IdentityKind::ApiClient => false,
            IdentityKind::Human | IdentityKind::Shared | IdentityKind::Unknown => return None,
        };
        if !declared && !shown {
            return None;
        }
        // What telemetry alone says about a kind is a guess.
        let sure = if declared { 1.0 } else { 0.6 };
        let cold = if seen.warm { 1.0 } else { 0.7 };
        let refused = if seen.is_refused() { 0.8 } else { 1.0 };
        let (rule, base, what) = match sort {
            Sort::Screen => (&PERSON, 0.65, "a browser or console"),
            // Before anything is known of it, a tool is as good as another.
            Sort::CommandLine if seen.warm => {
                (&TOOL, 0.35 / others.max(1) as f64, "a command line tool")
            }
            Sort::CommandLine | Sort::Library | Sort::Provisioning | Sort::Other => return None,
        };
        let kind = identity.kind;
        let title = format!("`{}`, a {kind}, was used with {what}", seen.name);
        let agent = seen.event.origin.user_agent.as_deref().unwrap_or_default();
        let agent: String = agent.chars().take(200).collect();
        let claim = Claim::new(rule, base * sure * cold * refused, title);
        Some(claim.with("kind", kind.as_str()).with("user agent", agent).with("call", seen.call()))
    }

    /// Says so when a person did not sleep, for the first days that it happens.
    fn sleepless(&mut self, seen: &Seen<'_>) -> Option<Claim> {
        if seen.second / 86_400 > self.last / 86_400 {
            let slept = self.hours.count_ones() < SLEEPLESS;
            self.sleepless = self.sleepless.saturating_add(u8::from(!slept && !seen.suspected));
            self.hours = 0;
        } else if seen.second / 86_400 < self.last / 86_400 {
            return None;
        }
        let before = self.hours.count_ones();
        self.hours |= 1 << (seen.second / HOUR % 24);
        if before + 1 != SLEEPLESS || self.hours.count_ones() != SLEEPLESS {
            return None;
        }
        // Who never sleeps is software that somebody called a person.
        let base = match self.sleepless {
            0 => 0.3,
            1 => 0.2,
            _ => return None,
        };
        let title = format!("`{}`, a person, worked in {SLEEPLESS} hours of one day", seen.name);
        Some(Claim::new(&AROUND_THE_CLOCK, base, title))
    }
}

impl Row for Manner {
    fn last(&self) -> u32 {
        self.last
    }

    fn heap(&self) -> usize {
        self.trials.heap()
    }

    fn write(&self, to: &mut RowWriter) {
        self.trials.write(to);
        to.second(self.last);
        to.number(self.hours);
        let known = self.known.iter().rev();
        to.number(known.fold(0_u64, |all, it| all << 1 | u64::from(*it)));
        to.number(self.sleepless);
    }

    fn read(from: &mut RowReader<'_>) -> Result<Self, RestoreError> {
        let mut it = Self {
            trials: Trials::read(from)?,
            last: from.second()?,
            hours: from.number()?,
            ..Self::default()
        };
        let known: u64 = from.number()?;
        for (bit, it) in it.known.iter_mut().enumerate() {
            *it = known >> bit & 1 == 1;
        }
        it.sleepless = from.number()?;
        Ok(it)
    }
}
