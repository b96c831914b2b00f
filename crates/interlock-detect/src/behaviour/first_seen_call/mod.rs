//! Calls that an identity never made before.

use super::call::CallRisk;
use super::habit::{Habit, Look, Novelty};
use super::{
    Behaviour, Claim, Keep, Key, Memory, Row, RowReader, RowWriter, Rows, Rule, Seen, Setup, Spec,
    either,
};
use crate::snapshot::RestoreError;
use interlock_model::Severity;

/// What it is.
pub const SPEC: Spec = Spec {
    name: "first_seen_call",
    about: "API calls that an identity never made before",
    rules: &[NEW_CALL, BURST],
    paths: &[],
    bytes_per_identity: Rows::<Repertoire>::BYTES_PER_ROW + Calls::HEAP,
};

const NEW_CALL: Rule = Rule {
    id: "first_seen_call.new_call",
    name: "API call never seen from this identity",
    severity: Severity::Low,
    techniques: &["T1078.004"],
};

const BURST: Rule = Rule {
    id: "first_seen_call.burst",
    name: "Burst of API calls never seen from this identity",
    severity: Severity::High,
    techniques: &["T1078.004", "T1580"],
};

/// New calls within this many seconds belong together.
const TOGETHER: u32 = 30 * 60;
/// So many new calls together are a burst.
const BURST_CALLS: usize = 3;
/// Less than this is not worth a word: the identity does something new all the time.
const LEAST: f64 = 0.05;
/// What a burst of calls by a person can reach: people try things out.
const MOST_OF_PEOPLE: f64 = 0.45;
/// What a burst of harmless reading can reach.
const MOST_OF_READING: f64 = 0.6;
/// What a burst can reach at all.
const MOST: f64 = 0.85;

type Calls = Habit<128, 16>;

/// Makes it.
///
/// # Errors
/// Never: it needs nothing.
pub fn make(_: &Setup<'_>) -> Result<Box<dyn Behaviour>, String> {
    Ok(Box::new(FirstSeenCall { repertoires: Rows::new("first_seen_call") }))
}

#[derive(Debug)]
struct FirstSeenCall {
    repertoires: Rows<Repertoire>,
}

/// What one identity calls.
#[derive(Debug, Default)]
struct Repertoire {
    calls: Calls,
    last: u32,
}

impl Behaviour for FirstSeenCall {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn look(&mut self, seen: &Seen<'_>, out: &mut Vec<Claim>) {
        let Some(habit) = seen.habit.filter(|_| !seen.by_provider) else { return };
        let on_behalf = seen.event.origin.service.is_some();
        let by = if on_behalf { "on behalf" } else { "" };
        let what = Key::of(&[&seen.event.service, &seen.event.operation, by]).short();
        let row = self.repertoires.row(habit, Repertoire::default);
        row.last = row.last.max(seen.second);
        let weight = match seen.risk.weight() {
            // A service of the provider that works for the identity calls what it needs.
            risk if on_behalf => risk / 2,
            // Nobody does that often.
            risk if seen.serves_itself() => risk.min(CallRisk::Read.weight()),
            risk => risk,
        };
        let look = Look {
            what,
            weight,
            second: seen.second,
            warm: seen.warm,
            suspected: seen.suspected,
            proven: seen.is_proven(),
        };
        let Novelty::New { surprise, .. } = row.calls.look(look, &seen.activity) else { return };
        let alone = f64::from(look.weight) / 100.0 * surprise;
        let call = seen.call();
        if alone >= LEAST {
            let title = format!("`{}` called {call}, never seen from it", seen.name);
            let risk = seen.risk.as_str();
            out.push(Claim::new(&NEW_CALL, alone, title).with("call", &call).with("risk", risk));
        }
        let (mut calls, mut together, mut heaviest) = (0_usize, 0.0, 0);
        for weight in row.calls.fresh(seen.second, TOGETHER) {
            calls += 1;
            together = either(together, f64::from(weight) / 100.0 * surprise);
            heaviest = heaviest.max(weight);
        }
        if calls < BURST_CALLS {
            return;
        }
        let reading = heaviest <= CallRisk::Recon.weight();
        let most = match (seen.human, reading) {
            (true, true) => MOST_OF_PEOPLE,
            (false, true) => MOST_OF_READING,
            (true, false) => f64::midpoint(MOST_OF_PEOPLE, MOST),
            (false, false) => MOST,
        };
        let title =
            format!("`{}` made {calls} calls never seen from it within 30 minutes", seen.name);
        out.push(Claim::new(&BURST, together.min(most), title).with("call", call));
    }

    fn forget_before(&mut self, second: u32) {
        self.repertoires.forget_before(second);
    }

    fn memory(&self) -> Memory {
        self.repertoires.memory()
    }

    fn by_identity(&mut self, visit: &mut dyn FnMut(&mut dyn Keep)) {
        visit(&mut self.repertoires);
    }
}

impl Row for Repertoire {
    fn last(&self) -> u32 {
        self.last
    }

    fn heap(&self) -> usize {
        self.calls.heap()
    }

    fn write(&self, to: &mut RowWriter) {
        self.calls.write(to);
        to.second(self.last);
    }

    fn read(from: &mut RowReader<'_>) -> Result<Self, RestoreError> {
        Ok(Self { calls: Calls::read(from)?, last: from.second()? })
    }
}
