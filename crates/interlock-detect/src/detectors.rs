//! All detectors together: an event goes in, findings come out.

use crate::alert;
use crate::artefacts::Artefacts;
use crate::behaviour::registry::BEHAVIOURS;
use crate::behaviour::{
    Behaviour, BehaviourConfig, Claim, Held, Keep, Key, LONGEST_DAYS, Lens, Memory, Roster, Row,
    RowReader, RowWriter, Setup, Shelves, Table, Whom, person_in, seconds,
};
use crate::geo::{Atlas, Geo};
use crate::ledger::{About, Draft, Lasts, Ledger, WINDOW};
use crate::notice::Notices;
use crate::sigma::{Hit, RuleInfo, RuleSet};
use crate::snapshot::{Reader, RestoreError, Writer};
use interlock_model::{
    Alert, Binding, Confidence, CredentialRef, Event, FieldPlan, Finding, FindingSource, Identity,
    IdentityId, LineageKind, Place, Provenance, RuleRef, Severity, Timestamp,
};
use std::borrow::Cow;
use std::sync::Arc;

/// All detectors together, with what they have learned. One for each thread that watches.
#[derive(Debug)]
pub struct Detectors {
    rules: RuleSet,
    behaviours: Vec<Registered>,
    off: Vec<(&'static str, String)>,
    plan: FieldPlan,
    lens: Lens,
    identities: Roster,
    credentials: Roster,
    ledger: Ledger,
    notices: Notices,
    suspects: Table<Suspect>,
    artefacts: Artefacts,
    memory_seconds: u32,
    hour: u32,
    swept: u32,
    hits: Vec<Hit>,
    claims: Vec<Claim>,
}

/// One behaviour. One that is switched off keeps what it knows, and looks at nothing.
#[derive(Debug)]
struct Registered {
    behaviour: Box<dyn Behaviour>,
    on: bool,
}

/// What is remembered by identity.
struct ByIdentity<'a>(&'a mut Lens, &'a mut [Registered]);

impl Shelves for ByIdentity<'_> {
    fn each(&mut self, visit: &mut dyn FnMut(&mut dyn Keep)) {
        visit(self.0.rows());
        self.1.iter_mut().for_each(|it| it.behaviour.by_identity(visit));
    }
}

/// What is remembered by credential and session.
struct ByCredential<'a>(&'a mut [Registered]);

impl Shelves for ByCredential<'_> {
    fn each(&mut self, visit: &mut dyn FnMut(&mut dyn Keep)) {
        self.0.iter_mut().for_each(|it| it.behaviour.by_credential(visit));
    }
}

/// Until when an identity is under suspicion.
#[derive(Debug)]
struct Suspect {
    until: u32,
}

/// A finding this sure puts its identity under suspicion.
const SUSPICIOUS: f64 = 0.5;
/// Suspicion lasts this long after the last such finding, in seconds.
const SUSPICION: u32 = 24 * 3600;
/// The first line of a snapshot.
const FORM: &[u8] = b"interlock-detect/4\n";
const DAY: u32 = 24 * 3600;
/// What is asleep is remembered for this much longer than what others know of it, in seconds.
const LONGER: u32 = LONGEST_DAYS * DAY;

impl Detectors {
    /// Sets up the rules and every behaviour that can work here.
    #[must_use]
    pub fn new(
        mut rules: RuleSet,
        behaviours: BehaviourConfig,
        geo: Option<Box<dyn Geo + Send + Sync>>,
    ) -> Self {
        let mut plan = FieldPlan::new();
        let mut off = Vec::new();
        for path in BEHAVIOURS
            .iter()
            .flat_map(|it| it.spec.paths)
            .copied()
            .flatten()
            .copied()
            .chain(Lens::paths())
        {
            // INVARIANT: the behaviours name far fewer than 65,535 fields.
            let _ = plan.slot(path);
        }
        if let Err(full) = rules.plan(&mut plan) {
            off.push((
                "sigma",
                format!("rules on fields from `{}` on never match: {full}", full.path),
            ));
        }
        let setup = Setup { config: &behaviours, plan: &plan };
        let mut made = Vec::new();
        for registered in BEHAVIOURS {
            let name = registered.spec.name;
            let on = !behaviours.off.iter().any(|it| **it == *name);
            if !on {
                off.push((name, "switched off in the configuration".to_owned()));
            }
            match (registered.make)(&setup) {
                Ok(behaviour) => made.push(Registered { behaviour, on }),
                Err(why) => off.push((name, why)),
            }
        }
        Self {
            rules,
            behaviours: made,
            off,
            identities: Roster::new(behaviours.identities),
            credentials: Roster::new(behaviours.identities.saturating_mul(2)),
            lens: Lens::new(&behaviours, &plan, geo.map(Atlas::new)),
            plan,
            ledger: Ledger::default(),
            notices: Notices::new(behaviours.identities),
            suspects: Table::new(behaviours.identities),
            artefacts: Artefacts::default(),
            memory_seconds: behaviours.memory_days.saturating_mul(DAY),
            hour: 0,
            swept: 0,
            hits: Vec::new(),
            claims: Vec::new(),
        }
    }

    /// The fields that rules and behaviours read. `ingest` is given this plan.
    #[must_use]
    pub const fn plan(&self) -> &FieldPlan {
        &self.plan
    }

    /// The rules.
    #[must_use]
    pub const fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// Of how many identities at most it is remembered what is usual.
    #[must_use]
    pub const fn most_identities(&self) -> usize {
        self.identities.most()
    }

    /// Which detectors are off, and why.
    #[must_use]
    pub fn off(&self) -> Vec<(&'static str, String)> {
        self.off.clone()
    }

    /// Looks at one event, learns from it and adds what is found.
    ///
    /// A finding is given when it is new; again with the same id when it became surer by a tenth,
    /// ten times as large, or when its hour is over and it has grown.
    pub fn inspect(
        &mut self,
        event: &Event,
        binding: &Binding,
        identity: Option<&Identity>,
        out: &mut Vec<Finding>,
    ) {
        let from = out.len();
        self.examine(event, binding, identity, out);
        self.artefacts.attach(out.iter_mut().skip(from));
    }

    fn examine(
        &mut self,
        event: &Event,
        binding: &Binding,
        identity: Option<&Identity>,
        out: &mut Vec<Finding>,
    ) {
        let second = seconds(event.time);
        self.turn_hour(second, out);
        let suspected = self.is_suspected(binding, second);
        let whom = self.hold(Whom::of(event, binding), second);
        let seen = self.lens.look(event, binding, identity, whom, suspected);
        self.artefacts.note(event, binding, seen.platform, seen.risk);
        for it in self.behaviours.iter_mut().filter(|it| it.on) {
            it.behaviour.look(&seen, &mut self.claims);
        }
        self.rules.inspect(event, &mut self.hits);
        if self.claims.is_empty() && self.hits.is_empty() {
            return;
        }
        let (claims, mut hits) = (std::mem::take(&mut self.claims), std::mem::take(&mut self.hits));
        let subject = subject(binding);
        let here = About {
            subject: &subject,
            binding,
            origin: &event.origin,
            event: Key::of(&[event.id.as_str()]),
            first: event.time,
            last: event.time,
            places: std::slice::from_ref(&event.place),
        };
        let mut surest: f64 = 0.0;
        let context = if claims.is_empty() { Vec::new() } else { context(binding, identity) };
        for mut claim in claims {
            surest = surest.max(claim.confidence.value());
            claim.facts.extend(context.iter().cloned());
            self.ledger.add(from_claim(claim), &here, out);
        }
        for hit in hits.drain(..) {
            let Hit { rule, first, last, places, facts } = hit;
            let there = About { first, last, places: &places, ..here };
            let draft = from_hit(&rule, facts);
            surest = surest.max(draft.confidence.value());
            self.ledger.add(draft, &there, out);
        }
        self.hits = hits;
        self.after(surest, &here, identity, out);
    }

    /// Has everything at hand that is remembered of these.
    fn hold(&mut self, whom: Whom<Key>, second: u32) -> Whom<Held> {
        self.identities.begin();
        self.credentials.begin();
        let by_identity = &mut ByIdentity(&mut self.lens, &mut self.behaviours);
        let habit = whom.habit.map(|key| self.identities.hold(key, second, by_identity));
        let by_credential = &mut ByCredential(&mut self.behaviours);
        let mut hold = |key| self.credentials.hold(key, second, by_credential);
        Whom {
            platform: whom.platform,
            habit,
            credential: whom.credential.map(&mut hold),
            session: whom.session.map(&mut hold),
            issued: whom.issued.into_iter().map(&mut hold).collect(),
        }
    }

    /// Takes over another monitor's alert as a finding; gives it in any case, also when it repeats.
    pub fn judge_alert(
        &mut self,
        alert: &Alert,
        binding: &Binding,
        identity: Option<&Identity>,
        out: &mut Vec<Finding>,
    ) {
        let from = out.len();
        self.turn_hour(seconds(alert.time), out);
        let subject = subject(binding);
        let place: &[Place] = std::slice::from_ref(&alert.place);
        let about = About {
            subject: &subject,
            binding,
            origin: &alert.origin,
            event: Key::of(&[alert.id.as_str()]),
            first: alert.time,
            last: alert.time,
            places: place,
        };
        self.ledger.add_and_give(alert::draft(alert), &about, out);
        self.after(alert.confidence.value(), &about, identity, out);
        self.artefacts.attach(out.iter_mut().skip(from));
    }

    /// Is told that a credential was revoked: its use from now on is a finding.
    pub fn revoked(&mut self, credential: &CredentialRef, at: Timestamp) {
        for it in &mut self.behaviours {
            it.behaviour.revoked(credential, seconds(at));
        }
    }

    /// Is told that a credential is in force again.
    pub fn restored(&mut self, credential: &CredentialRef) {
        for it in &mut self.behaviours {
            it.behaviour.restored(credential);
        }
    }

    /// Is told that the case against an identity was a false alarm: it is learned from again.
    pub fn cleared(&mut self, identity: &IdentityId) {
        self.suspects.remove(Key::of(&[identity.as_str()]));
    }

    /// Gives every finding that has grown since it was last given, as at the end of a replay.
    pub fn flush(&mut self, out: &mut Vec<Finding>) {
        let from = out.len();
        self.ledger.flush(out);
        self.artefacts.attach(out.iter_mut().skip(from));
    }

    /// Closes the findings whose hour is over, and once a day forgets what was idle too long.
    pub fn forget(&mut self, now: Timestamp, out: &mut Vec<Finding>) {
        let now = seconds(now);
        let from = out.len();
        self.ledger.close(now, out);
        self.artefacts.attach(out.iter_mut().skip(from));
        if now.saturating_sub(self.swept) < DAY {
            return;
        }
        self.swept = now;
        let limit = now.saturating_sub(self.memory_seconds);
        for it in &mut self.behaviours {
            it.behaviour.forget_before(limit);
        }
        self.lens.forget_before(limit);
        // Some remember for longer than others; rows that are too old do not come back.
        let limit = limit.saturating_sub(LONGER);
        let by_identity = &mut ByIdentity(&mut self.lens, &mut self.behaviours);
        self.identities.forget_before(limit, by_identity);
        self.credentials.forget_before(limit, &mut ByCredential(&mut self.behaviours));
        self.notices.forget_before(limit);
        self.suspects.forget_before(now);
        self.artefacts.forget_before(now.saturating_sub(DAY));
    }

    /// What the behaviours remember, by name.
    pub fn memory(&self) -> impl Iterator<Item = (&'static str, Memory)> {
        let on = self.behaviours.iter().filter(|it| it.on);
        on.map(|it| (it.behaviour.spec().name, it.behaviour.memory()))
    }

    /// What is remembered for all behaviours together, by name.
    #[must_use]
    pub fn shared_memory(&self) -> [(&'static str, Memory); 5] {
        [
            ("acquaintances", self.lens.memory()),
            ("credentials", self.credentials.memory()),
            ("identities", self.identities.memory()),
            ("notices", self.notices.memory()),
            ("suspects", self.suspects.memory()),
        ]
    }

    /// Everything the behaviours and the correlations of rules remember, and every open finding;
    /// equal knowledge gives equal bytes.
    #[must_use]
    pub fn snapshot(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.snapshot_into(&mut bytes);
        bytes
    }

    /// The same behind bytes that are there.
    pub fn snapshot_into(&mut self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(FORM);
        let mut to = Writer::after(std::mem::take(bytes));
        let by_credential = &mut ByCredential(&mut self.behaviours);
        to.part("credentials", |it| self.credentials.write(by_credential, it));
        let by_identity = &mut ByIdentity(&mut self.lens, &mut self.behaviours);
        to.part("identities", |it| self.identities.write(by_identity, it));
        for it in &self.behaviours {
            to.part(it.behaviour.spec().name, |to| it.behaviour.snapshot(to));
        }
        to.part("artefacts", |it| self.artefacts.write(it));
        to.part("findings", |it| self.ledger.write(it));
        to.part("notices", |it| self.notices.write(it));
        to.part("sigma", |it| self.rules.snapshot(it));
        to.part("suspects", |it| self.suspects.write(it));
        to.part("hour", |it| {
            it.number(u64::from(self.hour));
            it.number(u64::from(self.swept));
        });
        *bytes = to.finish();
    }

    /// Replaces everything learned by what a snapshot holds.
    ///
    /// Behaviours that are new since then start cold; parts of those that are gone are skipped.
    ///
    /// # Errors
    /// It is of another version, or damaged; then everything learned is gone: start cold.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(), RestoreError> {
        let result = self.read_all(bytes);
        if result.is_err() {
            for name in BEHAVIOURS.iter().map(|it| it.spec.name).chain(OWN_PARTS) {
                // A part of zeros is a part without rows: reading it cannot fail.
                let _ = self.read_part(name, &[0; 8]);
            }
        }
        result
    }

    fn read_all(&mut self, bytes: &[u8]) -> Result<(), RestoreError> {
        let Some(rest) = bytes.strip_prefix(FORM) else {
            let start = bytes.get(..FORM.len().min(bytes.len())).unwrap_or_default();
            let found = String::from_utf8_lossy(start).trim_end().to_owned();
            return Err(RestoreError::Foreign { found });
        };
        let mut parts = Reader::new("list of parts", rest);
        while !parts.is_done() {
            let (name, part) = parts.part()?;
            self.read_part(name, part)?;
        }
        Ok(())
    }

    fn read_part(&mut self, name: &str, part: &[u8]) -> Result<(), RestoreError> {
        let mut from = Reader::new(name, part);
        match name {
            "credentials" => {
                self.credentials.read(&mut ByCredential(&mut self.behaviours), &mut from)
            }
            "identities" => {
                let by_identity = &mut ByIdentity(&mut self.lens, &mut self.behaviours);
                self.identities.read(by_identity, &mut from)
            }
            "artefacts" => self.artefacts.read(&mut from),
            "findings" => self.ledger.read(&mut from),
            "notices" => self.notices.read(&mut from),
            "sigma" => self.rules.restore(&mut from),
            "suspects" => self.suspects.read(&mut from),
            "hour" => {
                self.hour = from.narrow()?;
                self.swept = from.narrow()?;
                Ok(())
            }
            _ => match self.behaviours.iter_mut().find(|it| it.behaviour.spec().name == name) {
                Some(it) => it.behaviour.restore(&mut from),
                None => Ok(()),
            },
        }
    }

    /// Suspicion, and what is missing about the accused.
    fn after(
        &mut self,
        surest: f64,
        about: &About<'_>,
        identity: Option<&Identity>,
        out: &mut Vec<Finding>,
    ) {
        let second = seconds(about.last);
        if surest >= SUSPICIOUS
            && let Some(key) = suspect_key(about.binding)
        {
            let until = second.saturating_add(SUSPICION);
            let suspect = self.suspects.row(key, || Suspect { until });
            suspect.until = suspect.until.max(until);
        }
        if let Some(draft) = self.notices.due(about.subject, about.binding, identity, second) {
            out.push(crate::ledger::once(draft, about));
        }
    }

    fn is_suspected(&mut self, binding: &Binding, second: u32) -> bool {
        if self.suspects.is_empty() {
            return false;
        }
        let suspect = suspect_key(binding).and_then(|it| self.suspects.get(it));
        suspect.is_some_and(|it| second < it.until)
    }

    fn turn_hour(&mut self, second: u32, out: &mut Vec<Finding>) {
        if second / WINDOW > self.hour {
            self.hour = second / WINDOW;
            self.ledger.close(second, out);
        }
    }
}

const OWN_PARTS: [&str; 8] =
    ["artefacts", "credentials", "findings", "identities", "notices", "sigma", "suspects", "hour"];

/// What must be known of an identity to weigh a claim about it: it is no reason to be silent.
fn context(binding: &Binding, identity: Option<&Identity>) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    let mut say = |what: String| facts.push(("identity".to_owned(), what));
    let Some(identity) = identity else { return facts };
    if identity.provenance == Provenance::Derived {
        say("unlabelled: known from telemetry only, its kind is a guess".to_owned());
    }
    let actors = || identity.lineage.iter().filter(|it| it.kind == LineageKind::AssumedBy);
    if person_in(binding).is_some() {
        say("shared: people act as it under their own names".to_owned());
    } else if actors().count() > 1 {
        say(format!("shared: {} others act as it", actors().count()));
    }
    let pipeline = identity.lineage.iter().find(|it| match it.kind {
        LineageKind::DeployedBy => true,
        LineageKind::CreatedBy => it.to.provider.as_ref() == "github",
        LineageKind::AssumedBy | LineageKind::IssuedFrom => false,
    });
    if let Some(edge) = pipeline {
        say(format!("made by a pipeline: `{}`", edge.to));
    }
    facts
}

/// Whom a finding is about, for its id: the identity, else the principal, else the credential.
fn subject(binding: &Binding) -> Cow<'_, str> {
    if let Some(identity) = binding.resolution.identity() {
        return Cow::Borrowed(identity.as_str());
    }
    if let Some(principal) = &binding.principal {
        return Cow::Owned(principal.to_string());
    }
    let credential = binding.credential.as_ref();
    credential.map_or(Cow::Borrowed("unknown"), |it| Cow::Owned(it.to_string()))
}

fn suspect_key(binding: &Binding) -> Option<Key> {
    if let Some(identity) = binding.resolution.identity() {
        return Some(Key::of(&[identity.as_str()]));
    }
    let principal = binding.principal.as_ref()?;
    Some(Key::of(&[&principal.provider, &principal.name]))
}

fn from_claim(claim: Claim) -> Draft<'static> {
    let rule = claim.rule;
    Draft {
        rule: Cow::Owned(RuleRef {
            id: Arc::from(rule.id),
            name: Arc::from(rule.name),
            source: FindingSource::Behaviour,
        }),
        title: Cow::Owned(claim.title),
        confidence: claim.confidence,
        severity: rule.severity,
        techniques: rule.techniques.iter().map(|it| Box::from(*it)).collect(),
        facts: claim.facts,
        response: None,
        lasts: Lasts::Hour,
    }
}

/// A rule's level is all that is known about how sure it is. The numbers are measured: see the
/// reliability table in `BENCHMARKS.md`.
fn from_hit(rule: &RuleInfo, facts: Vec<(String, String)>) -> Draft<'_> {
    let (confidence, lasts) = match rule.level {
        Severity::Informational => (0.02, Lasts::Day),
        Severity::Low => (0.08, Lasts::Day),
        Severity::Medium => (0.5, Lasts::Hour),
        Severity::High => (0.75, Lasts::Hour),
        Severity::Critical => (0.9, Lasts::Hour),
    };
    Draft {
        rule: Cow::Borrowed(&rule.rule),
        title: Cow::Borrowed(&*rule.title),
        confidence: Confidence::new(confidence),
        severity: rule.level,
        techniques: Cow::Borrowed(&*rule.techniques),
        facts,
        response: rule.response,
        lasts,
    }
}

impl Row for Suspect {
    fn last(&self) -> u32 {
        self.until
    }

    fn heap(&self) -> usize {
        0
    }

    fn write(&self, to: &mut RowWriter) {
        to.second(self.until);
    }

    fn read(from: &mut RowReader<'_>) -> Result<Self, RestoreError> {
        Ok(Self { until: from.second()? })
    }
}

#[cfg(test)]
mod tests;
