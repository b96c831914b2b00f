//! What actors brought to life, so that a finding can name what outlives the credential it accuses.
//!
//! Every lasting thing that an identity makes is remembered for a while, suspicious or not: the
//! finding often comes after it. Bounded: [`MOST_SUBJECTS`] subjects, [`MOST_EACH`] things each.

use crate::behaviour::{Key, seconds};
use crate::snapshot::{Reader, RestoreError, Writer};
use interlock_model::{Artefact, Binding, Event, Finding, Object, Outcome, Principal, Timestamp};
use std::collections::{BTreeMap, VecDeque};

/// Most subjects that are remembered; the one that was silent longest leaves first.
const MOST_SUBJECTS: usize = 4_096;
/// Most things of one subject.
const MOST_EACH: usize = 32;
/// Things made this long before a finding began, or after it ended, belong to it, in seconds.
const AROUND: i64 = 3_600;

/// What lets somebody in, or gives somebody more, when it is made or changed.
const LASTING: [&str; 16] = [
    "access_key",
    "app",
    "federation",
    "group",
    "identity_provider",
    "instance_profile",
    "policy",
    "role",
    "role_assignment",
    "role_binding",
    "secret",
    "service_account",
    "token",
    "trust_anchor",
    "user",
    "webhook",
];

/// How operations begin that take away rather than make, in any letter case.
const TAKES_AWAY: [&str; 9] =
    ["delete", "detach", "remove", "revoke", "disable", "deactivate", "untag", "drop", "leave"];

/// What each subject made of late.
#[derive(Debug, Default)]
pub(crate) struct Artefacts {
    made: BTreeMap<Key, VecDeque<Artefact>>,
}

impl Artefacts {
    /// Remembers what this event brought to life, for who did it and for whose it is.
    pub(crate) fn note(&mut self, event: &Event, binding: &Binding) {
        if event.outcome != Outcome::Success {
            return;
        }
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
            self.add(of_principal(&issued.to), &made);
            if let Some(actor) = actor {
                self.add(actor, &made);
            }
        }
        // Calls that only read make nothing lasting, though tokens are issued by such calls too.
        let Some(actor) = actor.filter(|_| event.read_only != Some(true)) else { return };
        let lasting = |it: &&Object| LASTING.contains(&&*it.kind);
        if !event.objects.iter().any(|it| lasting(&it)) || takes_away(&event.operation) {
            return;
        }
        for object in event.objects.iter().filter(lasting) {
            let made = Artefact {
                kind: object.kind.clone(),
                name: object.name.clone(),
                operation: event.operation.clone(),
                principal: None,
                credential: None,
                time: event.time,
                place: event.place.clone(),
            };
            self.add(actor, &made);
        }
    }

    /// Names in each finding what its subject made around then.
    pub(crate) fn attach<'a>(&self, findings: impl Iterator<Item = &'a mut Finding>) {
        for finding in findings {
            let identity = finding.resolution.identity().map(|it| it.as_str());
            let keys =
                [identity.map(|it| Key::of(&[it])), finding.principal.as_ref().map(of_principal)];
            let from = shifted(finding.time, -AROUND);
            let to = shifted(finding.last, AROUND);
            let mut all: Vec<&Artefact> = Vec::new();
            for made in keys.iter().flatten().filter_map(|it| self.made.get(it)).flatten() {
                let own = made.credential.is_some() && made.credential == finding.credential;
                if (from..=to).contains(&made.time) && !own && !all.contains(&made) {
                    all.push(made);
                }
            }
            all.sort_by_key(|it| it.time);
            all.truncate(MOST_EACH);
            finding.artefacts = all.into_iter().cloned().collect();
        }
    }

    /// Forgets what was made before this second.
    pub(crate) fn forget_before(&mut self, second: u32) {
        for made in self.made.values_mut() {
            made.retain(|it| seconds(it.time) >= second);
        }
        self.made.retain(|_, made| !made.is_empty());
    }

    pub(crate) fn write(&self, to: &mut Writer) {
        to.number(self.made.len() as u64);
        for (key, made) in &self.made {
            to.hash(key.0);
            // INVARIANT: an `Artefact` serialises without failing: it holds no maps.
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
        Ok(())
    }

    fn add(&mut self, subject: Key, made: &Artefact) {
        if !self.made.contains_key(&subject) && self.made.len() >= MOST_SUBJECTS {
            let latest = |it: &VecDeque<Artefact>| it.iter().map(|it| it.time).max();
            let silent = self.made.iter().min_by_key(|(key, it)| (latest(it), **key));
            if let Some(silent) = silent.map(|(key, _)| *key) {
                self.made.remove(&silent);
            }
        }
        let all = self.made.entry(subject).or_default();
        let again = |it: &&mut Artefact| it.kind == made.kind && it.name == made.name;
        if let Some(known) = all.iter_mut().find(again) {
            // The latest change of the same thing counts; a credential is not made less of one.
            if known.credential.is_none() {
                *known = made.clone();
            }
            return;
        }
        if all.len() >= MOST_EACH {
            all.pop_front();
        }
        all.push_back(made.clone());
    }
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

/// `DeleteUser`, `org.remove_member`, `user.mfa.factor.deactivate`: one of the words says so.
fn takes_away(operation: &str) -> bool {
    let words = operation.split(|it: char| !it.is_ascii_alphanumeric());
    words.into_iter().any(|word| {
        TAKES_AWAY
            .iter()
            .any(|it| word.get(..it.len()).is_some_and(|head| head.eq_ignore_ascii_case(it)))
    })
}

fn shifted(time: Timestamp, by: i64) -> Timestamp {
    Timestamp::from_second(time.as_second().saturating_add(by)).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_away_makes_nothing() {
        for operation in
            ["DeleteUser", "org.remove_member", "user.mfa.factor.deactivate", "detachRolePolicy"]
        {
            assert!(takes_away(operation), "{operation}");
        }
        for operation in
            ["CreateUser", "UpdateAssumeRolePolicy", "google.iam.admin.v1.SetIamPolicy"]
        {
            assert!(!takes_away(operation), "{operation}");
        }
    }
}
