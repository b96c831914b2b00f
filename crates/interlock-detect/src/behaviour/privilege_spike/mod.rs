//! Grants that raise what somebody may do. The claim accuses whoever granted, and lists what came
//! to life by it as `artefact`.

mod grants;

use super::activity::HOUR;
use super::call::CallRisk;
use super::paths::Paths;
use super::{
    Behaviour, Claim, Keep, Memory, Row, RowReader, RowWriter, Rows, Rule, Seen, Setup, Spec,
    either,
};
use crate::snapshot::RestoreError;
use grants::Grant;
use interlock_model::{RiskClass, Severity};

/// What it is.
pub const SPEC: Spec = Spec {
    name: "privilege_spike",
    about: "grants that raise what somebody may do",
    rules: &[
        ADMIN_GRANT,
        FIRST_CHANGE,
        GROUP_JOINED,
        GUARDRAIL_REMOVED,
        NEW_CREDENTIAL,
        TRUST_WIDENED,
    ],
    paths: &grants::PATHS,
    bytes_per_identity: Rows::<Manager>::BYTES_PER_ROW,
};

const ADMIN_GRANT: Rule = Rule {
    id: "privilege_spike.admin_grant",
    name: "Far-reaching permissions granted",
    severity: Severity::High,
    techniques: &["T1098.003"],
};

const FIRST_CHANGE: Rule = Rule {
    id: "privilege_spike.first_permission_change",
    name: "First change of permissions by this identity",
    severity: Severity::Medium,
    techniques: &["T1098"],
};

const GROUP_JOINED: Rule = Rule {
    id: "privilege_spike.group_joined",
    name: "User added to a group",
    severity: Severity::Medium,
    techniques: &["T1098.007"],
};

const GUARDRAIL_REMOVED: Rule = Rule {
    id: "privilege_spike.guardrail_removed",
    name: "Second factor or permissions boundary removed",
    severity: Severity::High,
    techniques: &["T1556.006"],
};

const NEW_CREDENTIAL: Rule = Rule {
    id: "privilege_spike.new_credential",
    name: "New credential for an identity",
    severity: Severity::High,
    techniques: &["T1098.001"],
};

const TRUST_WIDENED: Rule = Rule {
    id: "privilege_spike.trust_widened",
    name: "Others let in",
    severity: Severity::High,
    techniques: &["T1098.003", "T1484.002"],
};

/// An identity that changed permissions in so many different hours does it for a living.
const HABITUAL_HOURS: u16 = 3;

/// What a claim about an identity can reach that is still being learned.
const MOST_OF_STRANGERS: f64 = 0.5;

/// Makes it.
///
/// # Errors
/// Never: it needs nothing.
pub fn make(setup: &Setup<'_>) -> Result<Box<dyn Behaviour>, String> {
    Ok(Box::new(PrivilegeSpike {
        paths: grants::paths(setup.plan),
        managers: Rows::new("privilege_spike"),
    }))
}

#[derive(Debug)]
struct PrivilegeSpike {
    paths: Paths,
    managers: Rows<Manager>,
}

/// How often one identity changed permissions.
#[derive(Debug, Default)]
struct Manager {
    last: u32,
    /// The last hour since 1970 with a change that counted.
    hour: u32,
    /// Different hours with changes made while nothing was held against it.
    hours: u16,
    /// The day since 1970 of the first change by a warm identity; 0 when there was none.
    first_day: u16,
}

/// What the past of an actor says about a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Past {
    /// Too little was seen.
    Unknown,
    /// It never changed permissions, or only today.
    Stranger,
    /// It did, a little.
    Occasional,
    /// It does so for a living.
    Habitual,
}

impl Behaviour for PrivilegeSpike {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn look(&mut self, seen: &Seen<'_>, out: &mut Vec<Claim>) {
        let Some(habit) = seen.habit.filter(|_| !seen.by_provider) else { return };
        if seen.risk != CallRisk::Permissions {
            return;
        }
        let row = self.managers.row(habit, Manager::default);
        row.last = row.last.max(seen.second);
        let past = row.past(seen);
        row.note(seen);
        if let Some(grant) = grants::grant(seen, &self.paths) {
            out.push(claim(seen, &grant, past));
        } else if past == Past::Stranger {
            let title = format!("`{}` changed permissions for the first time", seen.name);
            let confidence = if seen.is_refused() { 0.2 } else { 0.3 };
            out.push(Claim::new(&FIRST_CHANGE, confidence, title).with("call", seen.call()));
        }
    }

    fn forget_before(&mut self, second: u32) {
        self.managers.forget_before(second);
    }

    fn memory(&self) -> Memory {
        self.managers.memory()
    }

    fn by_identity(&mut self, visit: &mut dyn FnMut(&mut dyn Keep)) {
        visit(&mut self.managers);
    }
}

fn claim(seen: &Seen<'_>, grant: &Grant, past: Past) -> Claim {
    let mut confidence = match past {
        Past::Unknown => grant.base * 0.85,
        Past::Stranger => either(grant.base, 0.3),
        Past::Occasional => grant.base * 0.8,
        Past::Habitual => grant.base * 0.4,
    };
    if grant.to_itself && grant.raises_to >= RiskClass::Permissions {
        confidence = either(confidence, 0.3);
    }
    if past == Past::Unknown {
        // A first day is full of beginnings.
        confidence = confidence.min(MOST_OF_STRANGERS);
    }
    let tried = if seen.is_refused() {
        confidence *= 0.5;
        "tried and was refused: "
    } else {
        ""
    };
    let mut claim =
        Claim::new(grant.rule, confidence, format!("`{}` {tried}{}", seen.name, grant.what))
            .with("call", seen.call())
            .with("raises to", class(grant.raises_to));
    let had = seen.identity.and_then(|it| it.entitlements.iter().map(|it| it.risk).max());
    if let Some(had) = had.filter(|it| grant.to_itself && *it < grant.raises_to) {
        claim = claim.with("raised from", class(had));
    }
    for artefact in grant.artefacts.iter().filter(|it| !it.is_empty()) {
        claim = claim.with("artefact", artefact);
    }
    if past == Past::Stranger {
        claim = claim.with("actor", "never changed permissions before");
    }
    claim
}

const fn class(risk: RiskClass) -> &'static str {
    match risk {
        RiskClass::Read => "reading",
        RiskClass::Write => "writing",
        RiskClass::Secrets => "secrets and credentials",
        RiskClass::Permissions => "permissions",
        RiskClass::Admin => "everything",
    }
}

impl Manager {
    fn past(&self, seen: &Seen<'_>) -> Past {
        let today = u16::try_from(seen.second / HOUR / 24).unwrap_or(u16::MAX);
        match self.hours {
            HABITUAL_HOURS.. => Past::Habitual,
            _ if !seen.warm => Past::Unknown,
            0 => Past::Stranger,
            _ if self.first_day == today => Past::Stranger,
            _ => Past::Occasional,
        }
    }

    /// Changes under suspicion, and refused ones, teach nothing.
    fn note(&mut self, seen: &Seen<'_>) {
        if seen.suspected || seen.is_refused() {
            return;
        }
        let hour = seen.second / HOUR;
        if hour > self.hour {
            if seen.warm && self.hours == 0 {
                self.first_day = u16::try_from(hour / 24).unwrap_or(u16::MAX);
            }
            // A burst counts as one hour; so does a whole first day of a warm identity.
            if self.hours == 0 || u32::from(self.first_day) != hour / 24 {
                self.hours = self.hours.saturating_add(1);
            }
            self.hour = hour;
        }
    }
}

impl Row for Manager {
    fn last(&self) -> u32 {
        self.last
    }

    fn heap(&self) -> usize {
        0
    }

    fn write(&self, to: &mut RowWriter) {
        to.second(self.last);
        to.hour(self.hour);
        to.number(self.hours);
        to.number(self.first_day);
    }

    fn read(from: &mut RowReader<'_>) -> Result<Self, RestoreError> {
        Ok(Self {
            last: from.second()?,
            hour: from.hour()?,
            hours: from.number()?,
            first_day: from.number()?,
        })
    }
}
