//! Sweeps: many different reading calls, or many different secrets, far above the identity's habit.
//!
//! Per identity two counts without a list for the half hour that runs, and what is usual: bounded by
//! its size. See the README for warm-up, confidence and false alarms.

use super::call::CallRisk;
use super::distinct::{Distinct, Usual};
use super::{
    Behaviour, Claim, Keep, Key, Memory, Row, RowReader, RowWriter, Rows, Rule, Seen, Setup, Spec,
};
use crate::snapshot::RestoreError;
use interlock_model::Severity;

/// What it is.
pub const SPEC: Spec = Spec {
    name: "enumeration",
    about: "sweeps through what can be listed, described and read",
    rules: &[CALLS, OBJECTS],
    paths: &[],
    bytes_per_identity: Rows::<Sweep>::BYTES_PER_ROW,
};

const CALLS: Rule = Rule {
    id: "enumeration.calls",
    name: "Sweep of reading calls",
    severity: Severity::Medium,
    techniques: &["T1580", "T1087.004", "T1526"],
};

const OBJECTS: Rule = Rule {
    id: "enumeration.secrets",
    name: "Sweep of secrets or permissions",
    severity: Severity::High,
    techniques: &["T1555.006", "T1069.003"],
};

/// One window, in seconds.
const WINDOW: u32 = 1800;
/// Fewer different calls are no sweep.
const LEAST_CALLS: u32 = 12;
/// A page of a console makes so many by itself.
const LEAST_CALLS_OF_PEOPLE: u32 = 25;
/// Fewer different secrets are no sweep.
const LEAST_OBJECTS: u32 = 8;

/// Makes it.
///
/// # Errors
/// Never: it needs nothing.
pub fn make(_: &Setup<'_>) -> Result<Box<dyn Behaviour>, String> {
    Ok(Box::new(Enumeration { sweeps: Rows::new("enumeration") }))
}

#[derive(Debug)]
struct Enumeration {
    sweeps: Rows<Sweep>,
}

/// What one identity read in the window that runs, and what is usual.
#[derive(Debug, Default)]
struct Sweep {
    last: u32,
    operations: Distinct<1>,
    objects: Distinct<2>,
    usual_operations: Usual,
    usual_objects: Usual,
    /// How many of the calls told who may do what, or secrets.
    telling: u8,
    /// Whether nothing was held against it when the window began.
    clean: bool,
}

impl Behaviour for Enumeration {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn look(&mut self, seen: &Seen<'_>, out: &mut Vec<Claim>) {
        let reads = match seen.risk {
            CallRisk::Read | CallRisk::Recon | CallRisk::Secrets => true,
            CallRisk::Write | CallRisk::Permissions | CallRisk::Evasion => false,
        };
        let direct = !seen.by_provider && seen.event.origin.service.is_none();
        let Some(habit) = seen.habit.filter(|_| reads && direct && seen.is_proven()) else {
            return;
        };
        let row = self.sweeps.row(habit, Sweep::default);
        if !row.enter(seen) {
            return;
        }
        let telling = seen.risk >= CallRisk::Recon;
        let event = seen.event;
        let new_call = row.operations.see(Key::of(&[&event.service, &event.operation]).short());
        row.telling = row.telling.saturating_add(u8::from(new_call && telling));
        if new_call {
            out.extend(row.by_calls(seen));
        }
        if !telling {
            return;
        }
        let mut new_object = false;
        for object in event.objects.iter().take(4) {
            new_object |= row.objects.see(Key::of(&[&object.kind, &object.name]).short());
        }
        if new_object {
            out.extend(row.by_objects(seen));
        }
    }

    fn forget_before(&mut self, second: u32) {
        self.sweeps.forget_before(second);
    }

    fn memory(&self) -> Memory {
        self.sweeps.memory()
    }

    fn by_identity(&mut self, visit: &mut dyn FnMut(&mut dyn Keep)) {
        visit(&mut self.sweeps);
    }
}

impl Sweep {
    /// Enters the event's window; `false` for an event that comes after its window was closed.
    fn enter(&mut self, seen: &Seen<'_>) -> bool {
        let (window, running) = (seen.second / WINDOW, self.last / WINDOW);
        if window < running {
            return false;
        }
        if window > running {
            if self.last > 0 {
                self.usual_operations.learn(self.operations.count(), self.last, self.clean);
                self.usual_objects.learn(self.objects.count(), self.last, self.clean);
            }
            self.operations = Distinct::default();
            self.objects = Distinct::default();
            self.telling = 0;
            self.clean = !seen.suspected;
        }
        self.last = self.last.max(seen.second);
        true
    }

    fn by_calls(&self, seen: &Seen<'_>) -> Option<Claim> {
        let least = if seen.human { LEAST_CALLS_OF_PEOPLE } else { LEAST_CALLS };
        let calls = self.operations.count();
        let ratio = f64::from(calls) / self.usual_operations.far_above(least);
        if ratio < 1.0 {
            return None;
        }
        let telling = u32::from(self.telling) * 2 >= calls;
        let base = 0.3 + if telling { 0.15 } else { 0.0 } + 0.15 * ratio.log2();
        let most = if seen.human { 0.45 } else { 0.65 };
        let title = format!("`{}` read in about {calls} different ways in half an hour", seen.name);
        Some(claim(&CALLS, seen, base.min(most), title))
    }

    fn by_objects(&self, seen: &Seen<'_>) -> Option<Claim> {
        let objects = self.objects.count();
        let ratio = f64::from(objects) / self.usual_objects.far_above(LEAST_OBJECTS);
        if ratio < 1.0 {
            return None;
        }
        let secrets = seen.risk == CallRisk::Secrets;
        let base = if secrets { 0.45 } else { 0.3 } + 0.12 * ratio.log2();
        let most = match (seen.human, secrets) {
            (true, _) => 0.5,
            (false, true) => 0.7,
            (false, false) => 0.55,
        };
        let what = if secrets { "secrets" } else { "permissions" };
        let title = format!("`{}` went through about {objects} {what} in half an hour", seen.name);
        Some(claim(&OBJECTS, seen, base.min(most), title))
    }
}

fn claim(rule: &'static Rule, seen: &Seen<'_>, confidence: f64, title: String) -> Claim {
    let cold = if seen.warm { 1.0 } else { 0.6 };
    Claim::new(rule, confidence * cold, title).with("call", seen.call())
}

impl Row for Sweep {
    fn last(&self) -> u32 {
        self.last
    }

    fn heap(&self) -> usize {
        0
    }

    fn write(&self, to: &mut RowWriter) {
        to.second(self.last);
        self.operations.write(to);
        self.objects.write(to);
        self.usual_operations.write(to);
        self.usual_objects.write(to);
        to.number(self.telling);
        to.number(self.clean);
    }

    fn read(from: &mut RowReader<'_>) -> Result<Self, RestoreError> {
        Ok(Self {
            last: from.second()?,
            operations: Distinct::read(from)?,
            objects: Distinct::read(from)?,
            usual_operations: Usual::read(from)?,
            usual_objects: Usual::read(from)?,
            telling: from.number()?,
            clean: from.yes()?,
        })
    }
}
