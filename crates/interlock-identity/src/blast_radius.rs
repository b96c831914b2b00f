//! What breaks if an identity stops: what people declared, and who was seen using it.
//!
//! Observed counts who used the identity's credentials with success in the last 24 hours, each
//! distinct client (class of client, network of 256 addresses, session name without numbers) once.
//! Who is accused by a finding of the case is no dependent.
//! A person's own clients are the person and not dependents of the person.
//!
//! | There is | Class |
//! | --- | --- |
//! | what hangs on the identity is declared to be much (`criticality: high`) | production |
//! | a dependent that serves production; observed ones do when the identity's environment is production or unknown | production |
//! | other dependents only | contained |
//! | none, and events were seen in at least 12 of the last 24 hours | none |
//! | none, and less was seen | unknown |

use crate::consumer::{Consumer, Use, is_lasting};
use crate::directory::{Directory, Who};
use crate::kind::session_name;
use crate::principal::short_name;
use interlock_model::{
    BlastRadius, CredentialRef, Criticality, Dependent, Environment, Finding, Identity, IdentityId,
    IdentityKind, Timestamp,
};
use jiff::SignedDuration;

/// How far back a use counts.
const WINDOW: SignedDuration = SignedDuration::from_hours(24);

/// In how many of the last 24 hours events must have been seen to say that nothing depends.
const ENOUGH_HOURS: usize = 12;

impl Directory {
    /// What breaks if this identity stops, as of `now`.
    #[must_use]
    pub fn blast_radius(&self, id: &IdentityId, now: Timestamp) -> BlastRadius {
        self.blast_radius_besides(id, now, &[])
    }

    /// How much hangs on an identity, where people say.
    #[must_use]
    pub fn criticality(&self, id: &IdentityId) -> Option<Criticality> {
        self.declaration.criticality.get(id).copied()
    }

    /// The same, without the uses that these findings accuse: an intruder is nobody's dependent.
    ///
    /// A use is an intruder's when a finding names the same network, class of client, session name
    /// and long-lived credential, and nobody was seen there more than an hour before it:
    /// who was there earlier stays a dependent, whatever it is accused of.
    #[must_use]
    pub fn blast_radius_besides(
        &self,
        id: &IdentityId,
        now: Timestamp,
        findings: &[Finding],
    ) -> BlastRadius {
        let Some(record) = self.slot(id).and_then(|it| self.record(it)) else {
            return BlastRadius::Unknown;
        };
        let identity = &record.identity;
        let mut dependents = identity.dependents.clone();
        if identity.kind != IdentityKind::Human {
            let accused: Vec<Use<'_>> = findings.iter().filter_map(Use::accused).collect();
            let recent = record.consumers.iter().filter(|it| is_recent(it, now));
            let honest = recent.filter(|it| !accused.iter().any(|by| by.is_first_of(it)));
            dependents.extend(honest.map(|it| dependent(identity, it)));
        }
        if self.criticality(id) == Some(Criticality::High) {
            dependents.push(Dependent {
                name: format!("whatever counts on {}", identity.name),
                basis: "its criticality is declared high".to_owned(),
                last_used: None,
                production: true,
            });
        }
        if dependents.iter().any(|it| it.production) {
            BlastRadius::Production { dependents }
        } else if !dependents.is_empty() {
            BlastRadius::Contained { dependents }
        } else if self.clock.hours_watched(now) >= ENOUGH_HOURS {
            BlastRadius::None
        } else {
            BlastRadius::Unknown
        }
    }

    /// Who used this one credential with success in the 24 hours before `now`, and which roles
    /// were entered with it.
    ///
    /// Of a session it is the clients of sessions with the same name.
    /// Declared dependents are not here: they are declared for the identity as a whole.
    #[must_use]
    pub fn dependents_of(&self, credential: &CredentialRef, now: Timestamp) -> Vec<Dependent> {
        let Some(key) = self.keys.get(credential) else { return Vec::new() };
        let mut dependents = Vec::new();
        if let Who::One(slot) = self.holders(key)
            && let Some(record) = self.record(slot)
        {
            let known = &record.identity.credentials;
            let session = known.iter().find(|it| it.reference == *credential);
            let session = session.and_then(|it| it.session.as_deref()).map(session_name);
            let of_it = |it: &&Consumer| match session {
                None => it.credential.as_ref() == Some(credential),
                Some(name) => *it.session == *crate::consumer::without_numbers(name),
            };
            let recent = record.consumers.iter().filter(|it| is_recent(it, now));
            dependents.extend(recent.filter(of_it).map(|it| dependent(&record.identity, it)));
        }
        dependents.extend(self.entered_with(credential, now));
        dependents
    }

    fn entered_with(&self, credential: &CredentialRef, now: Timestamp) -> Vec<Dependent> {
        let mut entered: Vec<Dependent> = Vec::new();
        for key in self.keys.values() {
            let Some(issuance) = key.issuance() else { continue };
            let recent = now.duration_since(issuance.at) < WINDOW;
            if !recent || issuance.with.as_ref() != Some(credential) {
                continue;
            }
            for principal in key.names().iter().filter_map(|it| self.aliases.principal(*it)) {
                let name = format!("sessions of {}", short_name(&principal));
                if let Some(known) = entered.iter_mut().find(|it| it.name == name) {
                    known.last_used = known.last_used.max(Some(issuance.at));
                    continue;
                }
                let role =
                    if let Who::One(slot) = self.holders(key) { self.record(slot) } else { None };
                entered.push(Dependent {
                    name,
                    basis: "entered with this credential".to_owned(),
                    last_used: Some(issuance.at),
                    production: role.is_none_or(|it| is_careful(it.identity.environment)),
                });
            }
        }
        entered.sort_by(|a, b| a.name.cmp(&b.name));
        entered
    }

    /// The long-lived credentials of an identity that two or more classes of client used from two
    /// or more networks in the last 24 hours.
    pub(crate) fn shared_credentials<'d>(
        &self,
        consumers: &'d [Consumer],
        now: Timestamp,
    ) -> Vec<&'d CredentialRef> {
        let recent = || consumers.iter().filter(|it| is_recent(it, now));
        let mut shared: Vec<&CredentialRef> = recent()
            .filter_map(|it| it.credential.as_ref())
            .filter(|it| is_lasting(it))
            .filter(|credential| {
                let of_it = || recent().filter(|it| it.credential.as_ref() == Some(*credential));
                let first = of_it().next();
                let differs = |by: fn(&Consumer, &Consumer) -> bool| {
                    of_it().any(|it| first.is_some_and(|first| by(it, first)))
                };
                differs(|a, b| a.agent != b.agent) && differs(|a, b| a.network != b.network)
            })
            .collect();
        shared.sort();
        shared.dedup();
        shared
    }
}

fn is_recent(consumer: &Consumer, now: Timestamp) -> bool {
    consumer.first <= now && now.duration_since(consumer.last) < WINDOW
}

const fn is_careful(environment: Environment) -> bool {
    match environment {
        Environment::Production | Environment::Unknown => true,
        Environment::Staging | Environment::Development => false,
    }
}

fn dependent(identity: &Identity, consumer: &Consumer) -> Dependent {
    let session = match &*consumer.session {
        "" => String::new(),
        name => format!(" as session {name}"),
    };
    let times = if consumer.uses == 1 { "once" } else { "times" };
    let count = if consumer.uses == 1 { String::new() } else { format!("{} ", consumer.uses) };
    Dependent {
        name: format!("{} from {}{session}", consumer.agent, consumer.network),
        basis: format!("used it {count}{times} since {}", consumer.first),
        last_used: Some(consumer.last),
        production: is_careful(identity.environment),
    }
}
