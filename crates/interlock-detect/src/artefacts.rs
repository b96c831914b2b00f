//! What actors brought to life, so that a finding can name what outlives the credential it accuses.
//!
//! Every lasting thing that an identity makes is remembered for a while, suspicious or not: the
//! finding often comes after it. Bounded: [`MOST_SUBJECTS`] subjects, [`MOST_EACH`] things each.

mod lasting;

use crate::behaviour::{CallRisk, Key, Platform, seconds};
use crate::snapshot::{Reader, RestoreError, Writer};
use interlock_model::{
    Artefact, Binding, CredentialKind, CredentialRef, Event, Finding, Outcome, Principal, Timestamp,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;

/// Most subjects that are remembered; the one that was silent longest leaves first.
const MOST_SUBJECTS: usize = 4_096;
/// Most things of one subject.
const MOST_EACH: usize = 32;
/// Things made this long before or after the first or the last event of a finding belong to it, in
/// seconds.
const AROUND: i64 = 3_600;

/// What each subject made of late.
#[derive(Debug, Default)]
pub(crate) struct Artefacts {
    made: BTreeMap<Key, VecDeque<Made>>,
    /// When each last made something: a full store must not be searched for every subject that is new.
    latest: BTreeSet<(Timestamp, Key)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Made {
    #[serde(flatten)]
    artefact: Artefact,
    #[serde(default)]
    by: Maker,
}

/// With what something was made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Maker {
    credential: Option<CredentialRef>,
    session: Option<Box<str>>,
    address: Option<IpAddr>,
}

impl Maker {
    fn of(event: &Event, binding: &Binding) -> Self {
        Self {
            credential: binding.credential.clone(),
            session: binding.session.as_ref().map(|it| (&*it.id).into()),
            address: event.origin.address,
        }
    }

    /// Whether who is accused by this finding can be who made it.
    ///
    /// Many people and machines act as one role at a time, and whoever stole a session acts beside
    /// its owner: where one acts from tells them apart. A lasting credential stands for the identity
    /// as a whole.
    fn may_be_of(&self, finding: &Finding) -> bool {
        let Some(credential) = &finding.credential else { return true };
        if credential.kind() != Some(CredentialKind::SessionKey) {
            return true;
        }
        if let (Some(ours), Some(theirs)) = (self.address, finding.origin.address) {
            return ours == theirs;
        }
        let session = finding.session.as_ref().map(|it| &*it.id);
        self.credential.as_ref() == Some(credential)
            || session.is_some() && session == self.session.as_deref()
    }
}

impl Artefacts {
    /// Remembers what this event brought to life, for who did it and for whose it is.
    ///
    /// `platform` and `risk` are what the behaviours know of the call.
    pub(crate) fn note(
        &mut self,
        event: &Event,
        binding: &Binding,
        platform: Platform,
        risk: CallRisk,
    ) {
        if event.outcome != Outcome::Success {
            return;
        }
        // Most events make nothing: whom they are about is put together where one does.
        let mut changed = lasting::changed(event, platform, risk).peekable();
        if event.issued.is_empty() && changed.peek().is_none() {
            return;
        }
        let by = Maker::of(event, binding);
        let actor = subject(binding.resolution.identity().map(|it| it.as_str()), binding);
        for issued in &event.issued {
            let kind = issued.credential.kind().map_or("credential", |it| it.as_str());
            let made = Artefact {
                kind: kind.into(),
                name: issued.credential.id().into(),
                operation: event.operation.clone(),
                principal: Some(issued.to.clone()),
                credential: Some(issued.credential.clone()),
                time: event.time,
                place: event.place.clone(),
            };
            let made = Made { artefact: made, by: by.clone() };
            self.add(of_principal(&issued.to), &made);
            if let Some(actor) = actor {
                self.add(actor, &made);
            }
        }
        let Some(actor) = actor else { return };
        for object in changed {
            let made = Artefact {
                kind: object.kind.clone(),
                name: object.name.clone(),
                operation: event.operation.clone(),
                principal: None,
                credential: None,
                time: event.time,
                place: event.place.clone(),
            };
            self.add(actor, &Made { artefact: made, by: by.clone() });
        }
    }

    /// Names in each finding what its subject made around then.
    pub(crate) fn attach<'a>(&self, findings: impl Iterator<Item = &'a mut Finding>) {
        for finding in findings {
            let identity = finding.resolution.identity().map(|it| it.as_str());
            let keys =
                [identity.map(|it| Key::of(&[it])), finding.principal.as_ref().map(of_principal)];
            let about = |time: Timestamp| shifted(time, -AROUND)..=shifted(time, AROUND);
            let (first, last) = (about(finding.time), about(finding.last));
            // How the accused credential itself came to life is said whatever must be left out.
            let own =
                |it: &Artefact| it.credential.is_some() && it.credential == finding.credential;
            let mut all: Vec<&Artefact> = Vec::new();
            for made in keys.iter().flatten().filter_map(|it| self.made.get(it)).flatten() {
                let Made { artefact, by } = made;
                let theirs = own(artefact) || by.may_be_of(finding);
                let then = first.contains(&artefact.time) || last.contains(&artefact.time);
                if theirs && then && !all.contains(&artefact) {
                    all.push(artefact);
                }
            }
            all.sort_by_key(|it| (!own(it), it.time));
            all.truncate(MOST_EACH);
            all.sort_by_key(|it| it.time);
            finding.artefacts = all.into_iter().cloned().collect();
        }
    }

    /// Forgets what was made before this second.
    pub(crate) fn forget_before(&mut self, second: u32) {
        for made in self.made.values_mut() {
            made.retain(|it| seconds(it.artefact.time) >= second);
        }
        self.made.retain(|_, made| !made.is_empty());
        self.index();
    }

    fn index(&mut self) {
        let latest = |(key, made): (&Key, &VecDeque<Made>)| Some((latest(made)?, *key));
        self.latest = self.made.iter().filter_map(latest).collect();
    }

    pub(crate) fn write(&self, to: &mut Writer) {
        to.number(self.made.len() as u64);
        for (key, made) in &self.made {
            to.hash(key.0);
            // INVARIANT: a `Made` serialises without failing: it holds no maps.
            to.blob(&serde_json::to_vec(made).unwrap_or_default());
        }
    }

    pub(crate) fn read(&mut self, from: &mut Reader<'_>) -> Result<(), RestoreError> {
        self.made.clear();
        for _ in 0..from.count()? {
            let key = Key(from.hash()?);
            let made = serde_json::from_slice(from.blob()?).map_err(|_| from.damaged())?;
            self.made.insert(key, made);
        }
        self.index();
        Ok(())
    }

    fn add(&mut self, subject: Key, made: &Made) {
        if !self.made.contains_key(&subject)
            && self.made.len() >= MOST_SUBJECTS
            && let Some((_, silent)) = self.latest.pop_first()
        {
            self.made.remove(&silent);
        }
        let all = self.made.entry(subject).or_default();
        let before = latest(all);
        keep(all, made);
        let now = latest(all);
        if before != now {
            before.map(|it| self.latest.remove(&(it, subject)));
            self.latest.extend(now.map(|it| (it, subject)));
        }
    }
}

/// When the latest of these was made.
fn latest(made: &VecDeque<Made>) -> Option<Timestamp> {
    made.iter().map(|it| it.artefact.time).max()
}

/// Adds one to the things of a subject, or the latest change of one that is there.
fn keep(all: &mut VecDeque<Made>, made: &Made) {
    let again = |it: &&mut Made| {
        let (by, made_by) = (&it.by.credential, &made.by.credential);
        let (it, made) = (&it.artefact, &made.artefact);
        it.kind == made.kind && it.name == made.name && by == made_by
    };
    if let Some(known) = all.iter_mut().find(again) {
        // The latest change of the same thing counts; a credential is not made less of one.
        if known.artefact.credential.is_none() {
            *known = made.clone();
        }
        return;
    }
    if all.len() >= MOST_EACH {
        all.pop_front();
    }
    all.push_back(made.clone());
}

fn subject(identity: Option<&str>, binding: &Binding) -> Option<Key> {
    match identity {
        Some(it) => Some(Key::of(&[it])),
        None => binding.principal.as_ref().map(of_principal),
    }
}

fn of_principal(it: &Principal) -> Key {
    Key::of(&[&it.provider, &it.name])
}

fn shifted(time: Timestamp, by: i64) -> Timestamp {
    Timestamp::from_second(time.as_second().saturating_add(by)).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behaviour::scenario::Line;
    use crate::ledger::{About, Draft, Lasts, once};
    use interlock_model::{
        Confidence, FieldPlan, FindingSource, Issued, Object, RuleRef, SessionRef, Severity,
    };
    use std::borrow::Cow;

    /// Who acts: credential, session and address.
    type Who<'a> = (&'a str, &'a str, &'a str);

    fn act(number: usize, who: Who<'_>, user: &str) -> (Event, Binding) {
        let line = Line {
            second: 36_000 + number as i64,
            actor: "deploy".to_owned(),
            credential: who.0.to_owned(),
            address: who.2.to_owned(),
            client: "aws-cli/2".to_owned(),
            call: "iam:CreateUser".to_owned(),
            outcome: "ok".to_owned(),
            fields: Vec::new(),
        };
        let (mut event, mut binding) = line.event(number, &FieldPlan::new());
        event.read_only = Some(false);
        event.objects = vec![Object { kind: "user".into(), name: user.into() }];
        binding.credential = Some(credential(who.0));
        binding.session =
            (!who.1.is_empty()).then(|| SessionRef { id: who.1.into(), issued: None, mfa: None });
        (event, binding)
    }

    fn credential(id: &str) -> CredentialRef {
        let temporary = id.starts_with("ASIA");
        let kind = if temporary { CredentialKind::SessionKey } else { CredentialKind::AccessKey };
        CredentialRef::new("aws", kind, id)
    }

    fn finding(event: &Event, binding: &Binding) -> Finding {
        let draft = Draft {
            rule: Cow::Owned(RuleRef {
                id: "r".into(),
                name: "r".into(),
                source: FindingSource::Sigma,
            }),
            title: Cow::Borrowed("t"),
            confidence: Confidence::new(0.75),
            severity: Severity::High,
            techniques: Cow::default(),
            facts: Vec::new(),
            response: None,
            lasts: Lasts::Hour,
        };
        let about = About {
            subject: "deploy",
            binding,
            origin: &event.origin,
            event: Key::of(&["e"]),
            first: event.time,
            last: event.time,
            places: &[],
        };
        once(draft, &about)
    }

    /// What a finding on the first names, when each of these made a user of its own.
    #[track_caller]
    fn check(all: &[(Who<'_>, &str)], expect: &[&str]) {
        let mut artefacts = Artefacts::default();
        let acts: Vec<_> =
            all.iter().enumerate().map(|(at, (who, user))| act(at, *who, user)).collect();
        for (event, binding) in &acts {
            artefacts.note(event, binding, Platform::Aws, CallRisk::Permissions);
        }
        let mut to = Writer::new();
        artefacts.write(&mut to);
        let mut again = Artefacts::default();
        again.read(&mut Reader::new("artefacts", &to.finish())).unwrap();
        for artefacts in [artefacts, again] {
            let mut found = finding(&acts[0].0, &acts[0].1);
            artefacts.attach(std::iter::once(&mut found));
            let names: Vec<&str> = found.artefacts.iter().map(|it| &*it.name).collect();
            assert_eq!(names, expect, "{all:?}");
        }
    }

    #[test]
    fn what_others_make_in_their_own_sessions_of_a_role_is_not_the_accuseds() {
        let accused = ("ASIA1", "arn/ana", "203.0.113.7");
        check(
            &[
                (accused, "own"),
                (("ASIA2", "arn/bob", "198.51.100.7"), "of-bob"),
                // Whose session was stolen goes on working beside the thief.
                (("ASIA1", "arn/ana", "198.51.100.9"), "of-its-owner"),
                (("ASIA4", "arn/eve", "203.0.113.7"), "same-address"),
                (("ASIA1", "arn/ana", "AWS Internal"), "through-a-service"),
                (("ASIA5", "arn/ana", "AWS Internal"), "next-key-of-the-session"),
                (("ASIA6", "arn/bob", "AWS Internal"), "of-bob-through-a-service"),
            ],
            &["own", "same-address", "through-a-service", "next-key-of-the-session"],
        );
        // The same thing, changed by another later, is still what the accused changed.
        check(&[(accused, "role"), (("ASIA2", "arn/bob", "198.51.100.7"), "role")], &["role"]);
        // A lasting key stands for its user.
        check(
            &[
                (("AKIA1", "", "203.0.113.7"), "own"),
                (("AKIA2", "", "198.51.100.7"), "by-next-key"),
            ],
            &["own", "by-next-key"],
        );
    }

    #[test]
    fn how_the_accused_credential_came_to_life_is_told() {
        let (mut event, mut binding) = act(0, ("AKIA1", "", "203.0.113.7"), "x");
        event.objects.clear();
        let to = Principal::new("aws", "arn:aws:iam::111122223333:role/deploy");
        event.issued = ["ASIA1", "ASIA2"]
            .map(|it| Issued {
                credential: credential(it),
                to: to.clone(),
                session: None,
                expires: None,
            })
            .into();
        let mut artefacts = Artefacts::default();
        artefacts.note(&event, &binding, Platform::Aws, CallRisk::Permissions);
        let (event, _) = act(1, ("ASIA1", "arn/s", "198.51.100.7"), "x");
        binding.credential = Some(credential("ASIA1"));
        binding.principal = Some(to);
        let mut found = finding(&event, &binding);
        found.resolution = interlock_model::Resolution::Unknown;
        artefacts.attach(std::iter::once(&mut found));
        let names: Vec<&str> = found.artefacts.iter().map(|it| &*it.name).collect();
        assert_eq!(names, ["ASIA1"]);
    }

    #[test]
    fn who_was_silent_longest_makes_room() {
        let mut artefacts = Artefacts::default();
        let made = |number: usize, user: &str| {
            let (event, binding) = act(number, ("AKIA1", "", "203.0.113.7"), user);
            let artefact = Artefact {
                kind: "user".into(),
                name: user.into(),
                operation: event.operation.clone(),
                principal: None,
                credential: None,
                time: event.time,
                place: event.place.clone(),
            };
            Made { artefact, by: Maker::of(&event, &binding) }
        };
        for number in 0..MOST_SUBJECTS {
            artefacts.add(Key(number as u64), &made(number, "a"));
        }
        // The first is heard of again, the second by a change of the same thing.
        artefacts.add(Key(0), &made(MOST_SUBJECTS, "b"));
        artefacts.add(Key(1), &made(MOST_SUBJECTS, "a"));
        for number in 0..3 {
            artefacts.add(Key((MOST_SUBJECTS + number) as u64), &made(MOST_SUBJECTS, "a"));
        }
        let gone = (0..MOST_SUBJECTS as u64).filter(|it| !artefacts.made.contains_key(&Key(*it)));
        assert_eq!(gone.collect::<Vec<_>>(), [2, 3, 4]);
        assert_eq!((artefacts.made.len(), artefacts.latest.len()), (MOST_SUBJECTS, MOST_SUBJECTS));
        artefacts.forget_before(u32::MAX);
        assert!(artefacts.made.is_empty() && artefacts.latest.is_empty());
    }
}
