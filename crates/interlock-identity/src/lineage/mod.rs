//! Where an access came from, step by step: from a session over whoever let it in to the credential
//! that lasts, the deployment that made the path, and the team whose application that is.
//!
//! A credential whose issuing call was seen leads on exactly; else the record's edges do, as long as
//! there is one only. Nothing is guessed where several could be meant: the trail says who they are.

mod deployment;

pub use deployment::Deployment;

use crate::aliases::{Slot, canonical};
use crate::consumer::is_lasting;
use crate::directory::Directory;
use crate::keys::Key;
use crate::learn::SOURCE_IDENTITY;
use crate::principal::short_name;
use interlock_model::{
    Credential, CredentialRef, CredentialStatus, EventId, Identity, IdentityKind, LineageEdge,
    LineageKind, OwnerId, Ownership, Principal, Provenance, Timestamp,
};
use std::collections::BTreeSet;
use std::fmt;

/// The longest trail.
const MOST_STEPS: usize = 12;
/// Most names in one line.
const MOST_NAMES: usize = 4;
/// Labels that name the application.
const APPLICATION: [&str; 5] =
    ["app.kubernetes.io/part-of", "app.kubernetes.io/name", "application", "app", "service"];

/// Where an access came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ancestry {
    /// The steps back, the nearest first.
    pub steps: Vec<Step>,
    /// Why the trail goes no further, where it should.
    pub ends: Option<String>,
    /// For whom the sessions on the way were opened, as whoever opened them says.
    pub opened_for: Option<Principal>,
    /// The deployment upstream that made the access path.
    pub deployment: Option<Deployment>,
    /// The application that answers for it, and its team.
    pub application: Option<Application>,
    /// What has to be replaced so that the access does not come back.
    pub replace: Replace,
}

/// One step back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What came from there: a credential, or a principal.
    pub what: String,
    /// How.
    pub how: LineageKind,
    /// From whom.
    pub by: Principal,
    /// With which credential of theirs.
    pub with: Option<CredentialRef>,
    /// When it was first seen.
    pub at: Option<Timestamp>,
    /// The call that shows it.
    pub shown_by: Option<EventId>,
}

/// The application behind an access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// Its name.
    pub name: String,
    /// The team that answers for it.
    pub owner: OwnerId,
    /// How that is known.
    pub basis: String,
}

/// What has to be replaced, or cut, so that the access does not come back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replace {
    /// A credential that lasts.
    Credential {
        /// Which.
        credential: CredentialRef,
        /// Whose.
        whose: Principal,
        /// Whether it was seen in the trail; else it is the only one there is.
        seen: bool,
    },
    /// One of several credentials that last; which was not seen.
    OneOf {
        /// Whose.
        whose: Principal,
        /// Which.
        credentials: Vec<CredentialRef>,
    },
    /// Nothing lasts: who is trusted gets the access anew every time.
    Trust {
        /// Who trusts.
        role: Principal,
        /// Whom.
        subject: Principal,
    },
    /// A workload gets a new token by itself as long as it runs.
    Workload {
        /// Which.
        workload: Principal,
    },
    /// A person signs in.
    Person {
        /// Who.
        person: Principal,
    },
    /// Too little was seen.
    Unknown,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self.how {
            LineageKind::CreatedBy => "was created by",
            LineageKind::DeployedBy => "is deployed by",
            LineageKind::AssumedBy => "is assumed by",
            LineageKind::IssuedFrom => "was issued by",
        };
        write!(f, "`{}` {how} `{}`", self.what, self.by)?;
        if let Some(with) = &self.with {
            write!(f, " with `{with}`")?;
        }
        if let Some(at) = self.at {
            write!(f, " at {at}")?;
        }
        self.shown_by.as_ref().map_or(Ok(()), |it| write!(f, " ({it})"))
    }
}

impl fmt::Display for Replace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Credential { credential, whose, seen } => {
                let sure = if *seen { "" } else { ", the only one that lasts there" };
                write!(
                    f,
                    "replace `{credential}` of `{}`{sure}: until then the access comes back",
                    short_name(whose)
                )
            }
            Self::OneOf { whose, credentials } => {
                write!(
                    f,
                    "replace the credential that `{}` was entered with, one of {}",
                    short_name(whose),
                    listed(credentials)
                )
            }
            Self::Trust { role, subject } => write!(
                f,
                "nothing lasting was used: every run of `{subject}` is let in anew; narrow the trust of `{}`, and mend what runs there",
                short_name(role)
            ),
            Self::Workload { workload } => write!(
                f,
                "nothing lasting was used: `{}` gets a new token by itself as long as it runs; replace its pods, and what they run",
                workload.name
            ),
            Self::Person { person } => write!(
                f,
                "nothing lasting was used: `{}` signed in; end the sessions at the identity provider, and renew password and second factor there",
                short_name(person)
            ),
            Self::Unknown => {
                f.write_str("not known: too little of where the access came from was seen")
            }
        }
    }
}

/// Where a walk stands.
struct Walk {
    steps: Vec<Step>,
    ends: Option<String>,
    replace: Option<Replace>,
    /// The principals that were passed, the nearest first.
    passed: Vec<Principal>,
    /// What the sessions on the way call themselves, the nearest first.
    sessions: Vec<String>,
    /// The tags of the sessions on the way, the nearest first.
    tags: Vec<Box<str>>,
    /// For whom the session farthest back was opened, as it says.
    opened_for: Option<Principal>,
}

impl Directory {
    /// Where the access of this credential came from; without one, that of this principal.
    /// `session` is what the session calls itself. `None` when nothing leads back.
    #[must_use]
    pub fn ancestry(
        &self,
        credential: Option<&CredentialRef>,
        principal: Option<&Principal>,
        session: Option<&str>,
    ) -> Option<Ancestry> {
        let holder = credential.and_then(|it| self.keys.get(it)).and_then(|key| {
            let name = key.names().first()?;
            self.aliases.principal(*name)
        });
        let mut at = principal.map(|it| canonical(it).into_owned()).or(holder)?;
        let mut walk = Walk {
            steps: Vec::new(),
            ends: None,
            replace: None,
            passed: Vec::new(),
            sessions: session.map(str::to_owned).into_iter().collect(),
            tags: Vec::new(),
            opened_for: None,
        };
        let mut credential = credential.cloned();
        let mut visited = BTreeSet::new();
        while walk.steps.len() < MOST_STEPS {
            if !visited.insert((credential.clone(), at.clone())) {
                walk.ends = Some(format!("`{at}` leads back to itself"));
                break;
            }
            if walk.passed.last() != Some(&at) {
                walk.passed.push(at.clone());
            }
            let next = match credential.take() {
                Some(it) => self.back_by_credential(it, &at, &mut walk),
                None => self.back_by_edge(&at, &mut walk),
            };
            let Some((with, by)) = next else { break };
            (credential, at) = (with, by);
        }
        if walk.replace.is_none() {
            walk.replace = self.replace_at(&at, &walk);
        }
        let known = !walk.steps.is_empty() || walk.replace.is_some() || walk.ends.is_some();
        known.then(|| self.ancestry_told(walk))
    }

    /// Whom the provider of this principal let in when it issued this session of it: a subject of
    /// another provider. `None` when that call was not seen, or when anything about it is in doubt:
    /// who acts as a role is no word on who opened this session.
    #[must_use]
    pub fn let_in(&self, session: &CredentialRef, principal: &Principal) -> Option<Principal> {
        let key = self.keys.get(session)?;
        let [name] = key.names() else { return None };
        let holder = self.aliases.principal(*name)?;
        let issuance = key.issuance().filter(|it| it.with.is_none())?;
        let by = issuance.by.as_ref().filter(|it| it.provider != principal.provider)?;
        (canonical(&holder) == canonical(principal)).then(|| by.clone())
    }

    /// Where the access of an identity came from: that of its only lasting credential, else its own.
    #[must_use]
    pub fn ancestry_of(&self, identity: &Identity) -> Option<Ancestry> {
        let lasting = lasting(identity);
        let credential = if let [only] = lasting.as_slice() { Some(&only.reference) } else { None };
        let mut principals = identity.principals.iter();
        let near = |it: &&Principal| credential.is_none_or(|key| *it.provider == *key.provider());
        let principal = principals.clone().find(near).or_else(|| principals.next());
        self.ancestry(credential, principal, None)
    }

    /// One step back from a credential, or from its holder where the issuing call was not seen.
    fn back_by_credential(
        &self,
        credential: CredentialRef,
        at: &Principal,
        walk: &mut Walk,
    ) -> Option<(Option<CredentialRef>, Principal)> {
        let lasts = is_lasting(&credential);
        if lasts && walk.replace.is_none() {
            let whose = at.clone();
            walk.replace =
                Some(Replace::Credential { credential: credential.clone(), whose, seen: true });
        }
        let issuance = self.keys.get(&credential).and_then(Key::issuance);
        let Some(issuance) = issuance else {
            // A session whose opening was not seen was opened by one of those who act as its role.
            return if lasts { None } else { self.back_by_edge(at, walk) };
        };
        walk.sessions.extend(issuance.session.as_ref().map(|it| it.id.to_string()));
        walk.tags.extend(issuance.tags.iter().cloned());
        let named = issuance.via.iter().find(|it| &*it.provider == SOURCE_IDENTITY);
        // It cannot be changed in a chain of roles: what the first opener said holds.
        walk.opened_for = named.cloned().or_else(|| walk.opened_for.take());
        let by = issuance.by.as_ref().or(issuance.via.last());
        let Some(by) = by.map(|it| canonical(it).into_owned()) else {
            walk.ends =
                Some(format!("the call that issued `{credential}` does not say who made it"));
            return None;
        };
        walk.steps.push(Step {
            what: credential.to_string(),
            how: LineageKind::IssuedFrom,
            by: by.clone(),
            with: issuance.with.clone(),
            at: Some(issuance.at),
            shown_by: Some(issuance.shown_by.clone()),
        });
        Some((issuance.with.clone(), by))
    }

    fn back_by_edge(
        &self,
        at: &Principal,
        walk: &mut Walk,
    ) -> Option<(Option<CredentialRef>, Principal)> {
        let identity = self.holder(at)?;
        let of = |kind| identity.lineage.iter().filter(move |it| it.kind == kind);
        // Who acts as it is nearer than who deploys it; whoever created it opened no session.
        for kind in [LineageKind::AssumedBy, LineageKind::DeployedBy] {
            let edges: Vec<&LineageEdge> = of(kind).filter(|it| it.to != *at).collect();
            match edges.as_slice() {
                [] => {}
                [only] => {
                    walk.steps.push(step(at, only));
                    return Some((None, only.to.clone()));
                }
                several => {
                    let names: Vec<&Principal> = several.iter().map(|it| &it.to).collect();
                    let verb = if kind == LineageKind::AssumedBy { "act as" } else { "deploy" };
                    walk.ends = Some(format!(
                        "{} {verb} `{}`, and which it was is not known: {}",
                        several.len(),
                        short_name(at),
                        listed(&names)
                    ));
                    return None;
                }
            }
        }
        None
    }

    /// The pipeline at the beginning of the trail, or else the one that made what is nearest on it.
    fn maker(&self, passed: &[Principal]) -> Option<Deployment> {
        if let [.., made, first] = passed
            && self.deploys(first)
        {
            return Some(Deployment::of(first, made));
        }
        passed.iter().find_map(|at| {
            let made = self.holder(at)?.lineage.iter().find(|it| match it.kind {
                LineageKind::DeployedBy => true,
                LineageKind::CreatedBy => self.deploys(&it.to),
                // Whoever may act as it did not therefore do so.
                LineageKind::AssumedBy | LineageKind::IssuedFrom => false,
            })?;
            Some(Deployment::of(&made.to, at))
        })
    }

    fn deploys(&self, it: &Principal) -> bool {
        let subject = ["repo:", "project_path:"].iter().any(|start| it.name.starts_with(start));
        // A role that pipelines act as is taken for one; what deploys stands at the beginning.
        let begins = |it: &Identity| it.lineage.iter().all(|it| it.kind != LineageKind::AssumedBy);
        let pipeline = || {
            let holder = self.holder(it);
            holder.is_some_and(|it| it.kind == IdentityKind::Pipeline && begins(it))
        };
        subject || is_workload(it) || pipeline()
    }

    /// What is to be replaced where the trail ends, when no lasting credential was seen on it.
    fn replace_at(&self, at: &Principal, walk: &Walk) -> Option<Replace> {
        if walk.ends.is_some() {
            return None;
        }
        let workload = || Some(Replace::Workload { workload: at.clone() });
        if is_workload(at) {
            return workload();
        }
        let identity = self.holder(at);
        let before = walk.passed.iter().rev().find(|it| *it != at);
        if let (Some(role), true) = (before, self.deploys(at)) {
            return Some(Replace::Trust { role: role.clone(), subject: at.clone() });
        }
        let identity = identity?;
        match lasting(identity).as_slice() {
            [] => {}
            [only] => {
                return Some(Replace::Credential {
                    credential: only.reference.clone(),
                    whose: at.clone(),
                    seen: false,
                });
            }
            several => {
                let credentials = several.iter().map(|it| it.reference.clone()).collect();
                return Some(Replace::OneOf { whose: at.clone(), credentials });
            }
        }
        match identity.kind {
            IdentityKind::Human => Some(Replace::Person { person: at.clone() }),
            IdentityKind::Workload if &*at.provider == "kubernetes" => workload(),
            IdentityKind::ServiceAccount
            | IdentityKind::Workload
            | IdentityKind::ApiClient
            | IdentityKind::Pipeline
            | IdentityKind::Agent
            | IdentityKind::Shared
            | IdentityKind::Unknown => None,
        }
    }

    fn ancestry_told(&self, walk: Walk) -> Ancestry {
        let mut deployment = self.maker(&walk.passed).or_else(|| tagged(&walk));
        if let Some(deployment) = &mut deployment {
            // Whoever stands at the beginning named these sessions, the one nearest to it above all.
            if walk.passed.last() == Some(&deployment.principal) {
                walk.tags.iter().rev().for_each(|it| deployment.read_tag(it));
                walk.sessions.iter().rev().for_each(|it| deployment.read_session(it));
            }
            if let Some(holder) = self.holder(&deployment.made.clone()) {
                self.items_of(holder).for_each(|it| deployment.read_labels(&it.seen.labels));
            }
        }
        let maker = deployment.iter().map(|it| &it.principal);
        let application = maker.chain(walk.passed.iter().rev()).find_map(|it| self.application(it));
        Ancestry {
            steps: walk.steps,
            ends: walk.ends,
            opened_for: walk.opened_for,
            deployment,
            application,
            replace: walk.replace.unwrap_or(Replace::Unknown),
        }
    }

    fn application(&self, principal: &Principal) -> Option<Application> {
        let identity = self.holder(principal)?;
        let (owner, basis) = match &identity.owner {
            Ownership::Declared { owner } => (owner, "declared".to_owned()),
            Ownership::Inferred { owner, from, .. } => (owner, from.clone()),
            Ownership::Unowned => return None,
        };
        let label = || {
            let labels = self.items_of(identity).map(|it| it.seen.labels);
            labels.flat_map(|mut it| APPLICATION.iter().find_map(|key| it.remove(*key))).next()
        };
        let derived = identity.provenance == Provenance::Derived;
        let name = derived.then(label).flatten().unwrap_or_else(|| identity.name.clone());
        Some(Application { name, owner: owner.clone(), basis })
    }

    /// The one identity that answers for a principal.
    pub(crate) fn holder(&self, principal: &Principal) -> Option<&Identity> {
        let one = |slot: Slot| self.record(slot).map(|it| &it.identity);
        match *self.aliases.peek(principal).as_slice() {
            [slot] => one(slot),
            _ => None,
        }
    }
}

/// What the tags of its sessions say of a trail at whose beginning no pipeline is known: a job that signs
/// in with a key says so by them.
fn tagged(walk: &Walk) -> Option<Deployment> {
    let [.., made, first] = walk.passed.as_slice() else { return None };
    let mut it = Deployment::of(first, made);
    walk.tags.iter().rev().for_each(|tag| it.read_tag(tag));
    (it.repository.is_some() || it.run.is_some() || it.commit.is_some()).then_some(it)
}

fn step(at: &Principal, edge: &LineageEdge) -> Step {
    Step {
        what: at.to_string(),
        how: edge.kind,
        by: edge.to.clone(),
        with: None,
        at: edge.seen,
        shown_by: edge.shown_by.clone(),
    }
}

fn lasting(identity: &Identity) -> Vec<&Credential> {
    let in_force = |it: &&Credential| {
        it.status == CredentialStatus::Active && is_lasting(&it.reference) && it.session.is_none()
    };
    identity.credentials.iter().filter(in_force).collect()
}

/// What runs in a cluster, as discovery names it: `deployment/shop/web`.
fn is_workload(it: &Principal) -> bool {
    &*it.provider == "kubernetes" && it.name.contains('/') && !it.name.starts_with("system:")
}

fn listed<T: fmt::Display>(all: &[T]) -> String {
    let mut text: Vec<String> = all.iter().take(MOST_NAMES).map(|it| format!("`{it}`")).collect();
    if all.len() > MOST_NAMES {
        text.push(format!("{} more", all.len() - MOST_NAMES));
    }
    text.join(", ")
}
