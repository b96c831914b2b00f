//! From verbs to intents: which credential or principal each verb falls on, and the next rung when
//! an earlier one did not hold.

use crate::tier::tier_of;
use crate::words::listed;
use interlock_model::{
    ActionKind, CredentialKind, CredentialRef, Finding, Identity, Intent, Principal, Target, Tier,
};

/// What there is to aim at, as far as it was named. Nothing here is a guess.
#[derive(Debug, Default)]
pub struct Targets {
    /// Long-lived credentials and whose they are.
    credentials: Vec<(Principal, CredentialRef)>,
    /// Principals of which a session's temporary key was named.
    sessions: Vec<Principal>,
    /// Every principal that was named.
    principals: Vec<Principal>,
    /// What each finding accuses.
    accused: Vec<Accused>,
    /// The ways in that can be closed alone.
    ways_in: Vec<Target>,
    /// The sessions that can be ended alone.
    one_session: Vec<Target>,
    /// The principals at which `delete_credential` can be aimed itself.
    deletes: Vec<Target>,
    /// The credential that a person named, where the verb itself can be aimed at it.
    named: Option<Target>,
    /// What could not be aimed at, one sentence each.
    pub missing: Vec<String>,
}

/// What one finding accuses.
#[derive(Debug)]
struct Accused {
    principal: Principal,
    /// The way by which its session came in.
    way_in: Option<Target>,
    /// Its session by its own name.
    session: Option<Target>,
}

/// The intents of one answer, with what there is to say about them.
#[derive(Debug, Default)]
pub struct Aimed {
    /// In order, each once.
    pub intents: Vec<Intent>,
    /// One sentence each.
    pub reasons: Vec<String>,
}

impl Targets {
    /// What the findings name. A finding without a principal speaks of the identity's only one;
    /// of an identity with several it says too little.
    pub fn of_findings(identity: &Identity, grounds: &[&Finding]) -> Self {
        let mut it = Self::default();
        for finding in grounds {
            let provider = finding.credential.as_ref().map(CredentialRef::provider);
            match finding.principal.as_ref().or_else(|| only(identity, provider)) {
                Some(principal) => {
                    it.add(principal, finding.credential.as_ref());
                    it.accused.push(Accused {
                        principal: principal.clone(),
                        way_in: finding.way_in(),
                        session: finding.one_session(),
                    });
                }
                None => once(
                    &mut it.missing,
                    format!(
                        "`{}` names none of the {} principals of `{}`, so nothing is aimed at.",
                        finding.rule.name,
                        identity.principals.len(),
                        identity.name
                    ),
                ),
            }
        }
        it
    }

    /// What a person names: one credential, and its session where that can be ended alone; without one
    /// every long-lived credential of the identity, and every principal.
    pub fn of_identity(
        identity: &Identity,
        credential: Option<&CredentialRef>,
        sessions: &[Target],
    ) -> Self {
        let mut it = Self { one_session: sessions.to_vec(), ..Self::default() };
        it.accused = sessions
            .iter()
            .map(|session| Accused {
                principal: session.principal().clone(),
                way_in: None,
                session: Some(session.clone()),
            })
            .collect();
        let named: Vec<&CredentialRef> = match credential {
            Some(one) => vec![one],
            None => {
                let long_lived =
                    |it: &&CredentialRef| it.kind() != Some(CredentialKind::SessionKey);
                identity.credentials.iter().map(|it| &it.reference).filter(long_lived).collect()
            }
        };
        for credential in named {
            match only(identity, Some(credential.provider())) {
                Some(principal) => it.add(principal, Some(credential)),
                None => it.missing.push(format!(
                    "Nothing says which principal of `{}` credential `{credential}` belongs to.",
                    identity.name
                )),
            }
        }
        if credential.is_none() {
            identity.principals.iter().for_each(|principal| it.add(principal, None));
        }
        it
    }

    /// Lets these ways in be closed, and these sessions be ended, instead of whole principals. Once one
    /// of the verbs was seen not to hold, nothing smaller than the principal is tried.
    #[must_use]
    pub fn alone(
        mut self,
        ways_in: &[Target],
        sessions: &[Target],
        disproven: &[ActionKind],
    ) -> Self {
        let held = |all: &[ActionKind]| all.iter().all(|it| !disproven.contains(it));
        if held(&[ActionKind::BlockPrincipal, ActionKind::DisableCredential]) {
            self.ways_in = ways_in.to_vec();
            if held(&[ActionKind::RevokeSessions]) {
                self.one_session = sessions.to_vec();
            }
        }
        self
    }

    /// Lets `delete_credential` be aimed at these principals where no credential is named.
    #[must_use]
    pub fn deleting(mut self, deletes: &[Target]) -> Self {
        self.deletes = deletes.to_vec();
        self
    }

    /// Aims the verb of a wish at the credential that was named, where it takes that.
    #[must_use]
    pub fn naming(mut self, named: Option<&Target>) -> Self {
        self.named = named.cloned();
        self
    }

    /// What is common to all findings that accuse this principal.
    fn common(
        &self,
        principal: &Principal,
        what: impl Fn(&Accused) -> Option<&Target>,
    ) -> Option<&Target> {
        let mut all = self.accused.iter().filter(|it| it.principal == *principal).map(what);
        let first = all.next()??;
        all.all(|it| it == Some(first)).then_some(first)
    }

    /// The one way by which every session of this principal that is accused came in, where it can be
    /// closed alone. Two ways into one principal are not: the second would find what the first wrote.
    fn only_way_in(&self, principal: &Principal) -> Option<&Target> {
        self.common(principal, |it| it.way_in.as_ref()).filter(|it| self.ways_in.contains(it))
    }

    /// The one session of this principal that is accused, where it can be ended alone. Whoever has two
    /// may have more.
    fn only_session(&self, principal: &Principal) -> Option<&Target> {
        self.common(principal, |it| it.session.as_ref()).filter(|it| self.one_session.contains(it))
    }

    /// Aims a verb at a principal, or at what of it is accused: the one way in, the one session. `all`
    /// are the verbs of this answer.
    fn aim_at(
        &self,
        kind: ActionKind,
        all: &[ActionKind],
        principal: &Principal,
        into: &mut Aimed,
    ) {
        let ended =
            || self.only_session(principal).filter(|_| all.contains(&ActionKind::RevokeSessions));
        let (narrower, why) = match kind {
            ActionKind::BlockPrincipal => match (self.only_way_in(principal), ended()) {
                (Some(way), _) => (
                    Intent { kind: ActionKind::DisableCredential, target: way.clone() },
                    "every accused session came in that way, and whoever comes in another way goes on",
                ),
                (None, Some(_)) => {
                    return once(
                        &mut into.reasons,
                        format!(
                            "`{kind}` is left out: one session is accused, and it is ended by itself; a second one is answered with the whole of `{}`.",
                            principal.name
                        ),
                    );
                }
                (None, None) => return once(&mut into.intents, whole(kind, principal)),
            },
            ActionKind::RevokeSessions => match ended() {
                Some(session) => (
                    Intent { kind, target: session.clone() },
                    "no other session of it is accused, and the others go on",
                ),
                None => return once(&mut into.intents, whole(kind, principal)),
            },
            ActionKind::RequireReauthentication
            | ActionKind::DisableCredential
            | ActionKind::RotateCredential
            | ActionKind::DeleteCredential
            | ActionKind::RemoveEntitlement
            | ActionKind::Quarantine
            | ActionKind::DisableIdentity
            | ActionKind::Restore => return once(&mut into.intents, whole(kind, principal)),
        };
        once(&mut into.reasons, format!("`{kind}` becomes {narrower}: {why}."));
        once(&mut into.intents, narrower);
    }

    fn add(&mut self, principal: &Principal, credential: Option<&CredentialRef>) {
        once(&mut self.principals, principal.clone());
        match credential.and_then(|it| Some((it, it.kind()?))) {
            None => {}
            Some((_, CredentialKind::SessionKey)) => once(&mut self.sessions, principal.clone()),
            Some((
                credential,
                CredentialKind::AccessKey
                | CredentialKind::Password
                | CredentialKind::Token
                | CredentialKind::Certificate,
            )) => once(&mut self.credentials, (principal.clone(), credential.clone())),
        }
    }

    /// The intents that one verb comes to.
    ///
    /// A verb on credentials falls on the long-lived ones that were named. The key of a session
    /// cannot be disabled, rotated or deleted; there, and where no credential was named, the verb
    /// falls on the principal: no new sessions and an end to the old ones, or for
    /// `delete_credential` a quarantine, unless the verb itself can be aimed at it.
    fn aim(&self, kind: ActionKind, all: &[ActionKind], into: &mut Aimed) {
        if let Some(target) = self.named.clone() {
            return once(&mut into.intents, Intent { kind, target });
        }
        let instead: &[ActionKind] = match kind {
            ActionKind::DisableCredential | ActionKind::RotateCredential => {
                &[ActionKind::BlockPrincipal, ActionKind::RevokeSessions]
            }
            ActionKind::DeleteCredential => &[ActionKind::Quarantine],
            ActionKind::RevokeSessions
            | ActionKind::RequireReauthentication
            | ActionKind::RemoveEntitlement
            | ActionKind::Quarantine
            | ActionKind::DisableIdentity
            | ActionKind::BlockPrincipal
            | ActionKind::Restore => {
                for principal in &self.principals {
                    self.aim_at(kind, all, principal, into);
                }
                return;
            }
        };
        for (principal, credential) in &self.credentials {
            let principal = principal.clone();
            let credential = credential.clone();
            let target = Target::Credential { principal, credential };
            once(&mut into.intents, Intent { kind, target });
        }
        let unnamed = self.sessions.is_empty() && self.credentials.is_empty();
        if kind == ActionKind::DeleteCredential && unnamed && !self.principals.is_empty() {
            let aimed = self.principals.iter().map(|it| whole(kind, it));
            let aimed: Vec<_> = aimed.filter(|it| self.deletes.contains(&it.target)).collect();
            if aimed.len() == self.principals.len() {
                return aimed.into_iter().for_each(|it| once(&mut into.intents, it));
            }
        }
        let (principals, why) = match (self.sessions.as_slice(), self.credentials.as_slice()) {
            ([], []) => (&self.principals, "no credential is named"),
            (_, _) => (&self.sessions, "a session's key ends with its session"),
        };
        for principal in principals {
            for kind in instead {
                self.aim_at(*kind, instead, principal, into);
            }
        }
        if !principals.is_empty() {
            let words: Vec<&str> = instead.iter().map(|it| it.as_str()).collect();
            let reason = format!("`{kind}` becomes {} on the principal: {why}.", listed(&words));
            once(&mut into.reasons, reason);
        }
    }

    /// The intents of an answer: its actions; and for those that were seen not to hold, the next
    /// rung of the ladder that was not tried yet.
    pub fn climb(
        &self,
        actions: &[ActionKind],
        instead: &[ActionKind],
        disproven: &[ActionKind],
    ) -> Aimed {
        let mut first = Aimed { intents: Vec::new(), reasons: self.missing.clone() };
        actions.iter().for_each(|it| self.aim(*it, actions, &mut first));
        let before = first.intents.len();
        first.intents.retain(|it| !disproven.contains(&it.kind));
        if first.intents.len() == before {
            return first;
        }
        let failed: Vec<&str> = disproven.iter().map(|it| it.as_str()).collect();
        for kind in instead {
            let mut rung = Aimed::default();
            self.aim(*kind, instead, &mut rung);
            let tried = rung.intents.iter().any(|it| disproven.contains(&it.kind));
            if tried || rung.intents.is_empty() {
                continue;
            }
            if *kind == ActionKind::DisableIdentity {
                // It stands in for cutting off everything: what is open already must end too.
                self.aim(ActionKind::RevokeSessions, instead, &mut rung);
                rung.intents.retain(|it| !disproven.contains(&it.kind));
            }
            rung.intents.into_iter().for_each(|it| once(&mut first.intents, it));
            rung.reasons.into_iter().for_each(|it| once(&mut first.reasons, it));
            first.reasons.push(format!("{} did not hold, so `{kind}` is next.", listed(&failed)));
            return first;
        }
        first.reasons.push(format!(
            "{} did not hold and the playbook knows no further step; a person must go on at the \
             next outer boundary.",
            listed(&failed)
        ));
        first
    }
}

/// The tier that intents come to, and at least `least`.
pub fn tier_reached(intents: &[Intent], least: Tier) -> Tier {
    intents.iter().map(|it| tier_of(it.kind)).fold(least, Tier::max)
}

/// The identity's only principal, at this provider where one is named.
fn only<'a>(identity: &'a Identity, provider: Option<&str>) -> Option<&'a Principal> {
    let here = |it: &&Principal| provider.is_none_or(|provider| provider == &*it.provider);
    let mut found = identity.principals.iter().filter(here);
    found.next().filter(|_| found.next().is_none())
}

fn whole(kind: ActionKind, principal: &Principal) -> Intent {
    Intent { kind, target: Target::Principal { principal: principal.clone() } }
}

fn once<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}
