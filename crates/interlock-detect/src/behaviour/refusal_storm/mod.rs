//! Storms of refusals: an identity that tries out what it may do.
//!
//! Per identity one count without a list for the half hour that runs, and what is usual: bounded by
//! its size. See the README for warm-up, confidence and false alarms.

use super::call::CallRisk;
use super::distinct::{Distinct, Usual};
use super::{
    Behaviour, Claim, Keep, Key, Memory, Row, RowReader, RowWriter, Rows, Rule, Seen, Setup, Spec,
};
use crate::snapshot::RestoreError;
use interlock_model::{Outcome, RefusalStage, Severity};

/// What it is.
pub const SPEC: Spec = Spec {
    name: "refusal_storm",
    about: "many different calls refused within half an hour",
    rules: &[PROBING],
    paths: &[],
    bytes_per_identity: Rows::<Storm>::BYTES_PER_ROW,
};

const PROBING: Rule = Rule {
    id: "refusal_storm.probing",
    name: "Storm of refused calls",
    severity: Severity::Medium,
    techniques: &["T1580", "T1069.003", "T1078.004"],
};

/// One window, in seconds.
const WINDOW: u32 = 1800;
/// Fewer different refused calls are no storm.
const LEAST: u32 = 5;

/// Makes it.
///
/// # Errors
/// Never: it needs nothing.
pub fn make(_: &Setup<'_>) -> Result<Box<dyn Behaviour>, String> {
    Ok(Box::new(RefusalStorm { storms: Rows::new("refusal_storm") }))
}

#[derive(Debug)]
struct RefusalStorm {
    storms: Rows<Storm>,
}

/// What one identity was refused in the window that runs, and how much of it is usual.
#[derive(Debug, Default)]
struct Storm {
    operations: Distinct<1>,
    usual: Usual,
    last: u32,
    /// How many of the calls were for secrets, permissions, or who may do what.
    telling: u8,
    /// Whether nothing was held against it when the window began.
    clean: bool,
}

impl Behaviour for RefusalStorm {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn look(&mut self, seen: &Seen<'_>, out: &mut Vec<Claim>) {
        // A deny that names the identity is a guardrail, or containment at work.
        let missing =
            matches!(seen.event.outcome, Outcome::Refused { stage: RefusalStage::Permission, .. });
        let Some(habit) = seen.habit.filter(|_| missing && !seen.by_provider) else { return };
        let row = self.storms.row(habit, Storm::default);
        let (window, running) = (seen.second / WINDOW, row.last / WINDOW);
        if window < running {
            return;
        }
        if window > running {
            if row.last > 0 {
                row.usual.learn(row.operations.count(), row.last, row.clean);
            }
            row.operations = Distinct::default();
            row.telling = 0;
            row.clean = !seen.suspected;
        }
        row.last = row.last.max(seen.second);
        let call = Key::of(&[&seen.event.service, &seen.event.operation]).short();
        if !row.operations.see(call) {
            return;
        }
        let telling = match seen.risk {
            CallRisk::Read | CallRisk::Write => false,
            CallRisk::Recon | CallRisk::Secrets | CallRisk::Permissions | CallRisk::Evasion => true,
        };
        row.telling = row.telling.saturating_add(u8::from(telling));
        out.extend(row.claim(seen));
    }

    fn forget_before(&mut self, second: u32) {
        self.storms.forget_before(second);
    }

    fn memory(&self) -> Memory {
        self.storms.memory()
    }

    fn by_identity(&mut self, visit: &mut dyn FnMut(&mut dyn Keep)) {
        visit(&mut self.storms);
    }
}

impl Storm {
    fn claim(&self, seen: &Seen<'_>) -> Option<Claim> {
        let calls = self.operations.count();
        let ratio = f64::from(calls) / self.usual.far_above(LEAST);
        if ratio < 1.0 {
            return None;
        }
        let telling = u32::from(self.telling) * 2 >= calls;
        let base = 0.35 + if telling { 0.15 } else { 0.0 } + 0.12 * ratio.log2();
        // A console asks for everything it could show.
        let most = if seen.human { 0.4 } else { 0.7 };
        let cold = if seen.warm { 1.0 } else { 0.6 };
        let title =
            format!("`{}` was refused about {calls} different calls in half an hour", seen.name);
        Some(Claim::new(&PROBING, base.min(most) * cold, title).with("call", seen.call()))
    }
}

impl Row for Storm {
    fn last(&self) -> u32 {
        self.last
    }

    fn heap(&self) -> usize {
        0
    }

    fn write(&self, to: &mut RowWriter) {
        self.operations.write(to);
        self.usual.write(to);
        to.second(self.last);
        to.number(self.telling);
        to.number(self.clean);
    }

    fn read(from: &mut RowReader<'_>) -> Result<Self, RestoreError> {
        Ok(Self {
            operations: Distinct::read(from)?,
            usual: Usual::read(from)?,
            last: from.second()?,
            telling: from.number()?,
            clean: from.yes()?,
        })
    }
}
