//! Can it be revoked, by whom, through which path that was proven, and what stays alive how long?
//!
//! A way counts only when a connector reaches the target, may write its verb, has every permission that
//! the action names as far as they were tried, and was proven: by a drill, or by a containment whose
//! effect was seen, not longer ago than a drill counts.

use crate::World;
use interlock_contain::{ActionSpec, ConnectorInstance, Role, ways};
use interlock_model::{
    ActionKind, ConnectorId, CredentialRef, CredentialStatus, Environment, Finding, Identity,
    IdentityId, OwnerId, Principal, Provenance, StepProof, Target, Timestamp,
};
use std::collections::BTreeMap;
use std::time::Duration;

/// What one principal or credential of an identity is ready for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readiness {
    /// Whose.
    pub identity: IdentityId,
    /// Its name.
    pub name: String,
    /// The team that answers for it, however it is known.
    pub owner: Option<OwnerId>,
    /// Where it acts.
    pub environment: Environment,
    /// What would be cut off: a principal, or one long-lived credential of it.
    pub what: Subject,
    /// Whether a connector saw it at its provider.
    pub seen: bool,
    /// The best way to cut it off; `None`: no connector has one.
    pub way: Option<Way>,
}

/// What would be cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// Everything that the provider knows under this name.
    Principal(Principal),
    /// One credential.
    Credential(CredentialRef),
}

/// One way to cut something off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// The connector.
    pub connector: ConnectorId,
    /// The action's name.
    pub action: &'static str,
    /// What keeps it from being used today, one line each; empty: nothing.
    pub hindrances: Vec<String>,
    /// When it was last proven; `None`: never, or too long ago.
    pub proven: Option<Timestamp>,
    /// What the connector needs for it at the provider, and what came of trying that.
    pub permissions: Vec<Needed>,
    /// How long the provider may take until it is done.
    pub settle: Duration,
    /// What stays alive afterwards, in words; empty: nothing.
    pub leaves: &'static str,
    /// The longest remaining life of any access afterwards; `None`: it has no end.
    pub window: Option<Duration>,
}

/// One permission of ours that a way needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needed {
    /// The provider's name of it.
    pub permission: &'static str,
    /// Whether it is there, as far as was tried.
    pub tried: Tried,
}

/// What came of trying a permission after the last whole look of its connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tried {
    /// It is there.
    Given,
    /// It is not.
    Missing,
    /// The provider does not say: nothing is assumed of it.
    NotKnown,
    /// It was not tried: nothing is assumed of it.
    Never,
}

impl Readiness {
    /// Whether it can be cut off today, as far as was tried.
    #[must_use]
    pub fn revocable(&self) -> bool {
        self.way.as_ref().is_some_and(|it| it.hindrances.is_empty())
    }

    /// Whether the way was proven, and nothing hinders it.
    #[must_use]
    pub fn proven(&self) -> bool {
        self.revocable() && self.way.as_ref().is_some_and(|it| it.proven.is_some())
    }

    /// The provider that knows it.
    #[must_use]
    pub fn provider(&self) -> &str {
        match &self.what {
            Subject::Principal(it) => &it.provider,
            Subject::Credential(it) => it.provider(),
        }
    }
}

/// The verbs that cut a principal off, the most thorough first.
const CUTTING: [ActionKind; 4] = [
    ActionKind::DisableIdentity,
    ActionKind::BlockPrincipal,
    ActionKind::Quarantine,
    ActionKind::RevokeSessions,
];
/// The verbs that end a credential, the most thorough first.
const ENDING: [ActionKind; 3] =
    [ActionKind::RotateCredential, ActionKind::DisableCredential, ActionKind::DeleteCredential];

impl World {
    /// The principals and the long-lived credentials in force of so many identities, those whose id
    /// comes after this one; and the last id when there are more.
    #[must_use]
    pub fn readiness(
        &self,
        after: Option<&str>,
        limit: usize,
        now: Timestamp,
    ) -> (Vec<Readiness>, Option<String>) {
        let proofs = self.proofs(now);
        let mut all = Vec::new();
        let (identities, more) = self.watch.directory().page(after, limit);
        let next = identities.last().filter(|_| more).map(|it| it.id.to_string());
        for identity in identities {
            // The provider's own services are the provider's to revoke.
            if identity.provenance == Provenance::Derived
                && identity.principals.iter().all(|it| it.name.ends_with(".amazonaws.com"))
            {
                continue;
            }
            self.readiness_of(identity, &proofs, &mut all);
        }
        (all, next)
    }

    fn readiness_of(&self, identity: &Identity, proofs: &Proofs<'_>, all: &mut Vec<Readiness>) {
        let directory = self.watch.directory();
        let items = directory.inventory(&identity.id);
        let mut add = |what: Subject, seen: bool, way: Option<Way>| {
            all.push(Readiness {
                identity: identity.id.clone(),
                name: identity.name.clone(),
                owner: identity.owner.owner().cloned(),
                environment: identity.environment,
                what,
                seen,
                way,
            });
        };
        for principal in &identity.principals {
            let target = Target::Principal { principal: principal.clone() };
            let seen = items
                .iter()
                .any(|it| it.seen.principal == *principal || it.seen.also.contains(principal));
            let way = self.best(&target, &CUTTING, proofs);
            add(Subject::Principal(principal.clone()), seen, way);
        }
        let lasting = identity
            .credentials
            .iter()
            .filter(|it| it.status == CredentialStatus::Active && it.session.is_none());
        for credential in lasting {
            let provider = credential.reference.provider();
            let Some(principal) = identity.principals.iter().find(|it| &*it.provider == provider)
            else {
                continue;
            };
            let seen = items
                .iter()
                .any(|it| it.seen.credentials.iter().any(|c| c.reference == credential.reference));
            let target = Target::Credential {
                credential: credential.reference.clone(),
                principal: principal.clone(),
            };
            let way = self.best(&target, &ENDING, proofs);
            add(Subject::Credential(credential.reference.clone()), seen, way);
        }
    }

    /// The way that is hindered least, then proven last, then most thorough.
    fn best(&self, target: &Target, kinds: &[ActionKind], proofs: &Proofs<'_>) -> Option<Way> {
        let own = self.settings.own.values().flatten().any(|it| it == target.principal());
        let open: Vec<(&ConnectorInstance, &'static ActionSpec)> =
            ways(target, &self.settings.connectors).collect();
        let live = open.iter().any(|it| it.1.stops.live && self.hindrances(it.0, it.1).is_empty());
        let mut best: Option<(bool, bool, usize, Way)> = None;
        for (connector, action) in &open {
            let Some(rank) = kinds.iter().position(|it| *it == action.kind) else { continue };
            let mut hindrances = self.hindrances(connector, action);
            if own {
                let why = "it is what a connector itself acts as, and never contained";
                hindrances.insert(0, why.to_owned());
            }
            let proven = proofs.get(&(&connector.id, action.name)).copied();
            let settle = connector.settle_seconds.map_or(action.settle, Duration::from_secs);
            let ends = action.stops.live || live || action.leaves.is_empty();
            let window =
                if ends { Some(settle) } else { action.leaves_at_most.map(|it| it + settle) };
            let way = Way {
                connector: connector.id.clone(),
                action: action.name,
                proven,
                permissions: self.permissions(connector, action),
                settle,
                leaves: action.leaves,
                window,
                hindrances,
            };
            let order = (!way.hindrances.is_empty(), way.proven.is_none(), rank);
            if best.as_ref().is_none_or(|it| order < (it.0, it.1, it.2)) {
                best = Some((order.0, order.1, order.2, way));
            }
        }
        best.map(|it| it.3)
    }

    /// One sentence for an owner: who uses the identity, what stops with it, and whether it can be rotated.
    #[must_use]
    pub fn impact(&self, id: &IdentityId, now: Timestamp, accused: &[Finding]) -> String {
        let directory = self.watch.directory();
        let mut sentence = directory.impact(id, now, accused);
        let Some(identity) = directory.identity(id) else { return sentence };
        let lasting = identity
            .credentials
            .iter()
            .find(|it| it.status == CredentialStatus::Active && it.session.is_none());
        let Some(credential) = lasting else { return sentence };
        let provider = credential.reference.provider();
        let principal = identity.principals.iter().find(|it| &*it.provider == provider);
        let rotation = principal.and_then(|principal| {
            let target = Target::Credential {
                credential: credential.reference.clone(),
                principal: principal.clone(),
            };
            ways(&target, &self.settings.connectors)
                .find(|it| it.1.kind == ActionKind::RotateCredential)
                .map(|it| (it.0.id.clone(), it.1))
        });
        if let Some((connector, action)) = rotation {
            let overlap = if action.role == Role::Issue {
                "without stopping anything: the old one lives until the new one is used"
            } else {
                "at once: whoever holds the old one is cut off until it has the new one"
            };
            sentence.push_str(&format!("; `{connector}` can replace its credential {overlap}"));
        }
        sentence
    }

    fn hindrances(&self, connector: &ConnectorInstance, action: &ActionSpec) -> Vec<String> {
        let mut found = Vec::new();
        if !connector.enforce.contains(&action.kind) {
            found.push(format!("`enforce` of `{}` does not list `{}`", connector.id, action.kind));
        }
        let Some(look) = self.looks.by_connector.get(&connector.id) else { return found };
        let needed = |permission: &str| {
            action.reads.iter().chain([&action.write]).any(|it| it.0 == permission)
        };
        for probe in look.permissions.iter().filter(|it| needed(&it.permission)) {
            if let Some(why) = &probe.missing {
                found.push(format!("missing `{}`: {why}", probe.permission));
            }
        }
        found
    }

    /// What an action needs of its connector, by name, with what came of trying each.
    fn permissions(
        &self,
        connector: &ConnectorInstance,
        action: &'static ActionSpec,
    ) -> Vec<Needed> {
        let look = self.looks.by_connector.get(&connector.id);
        let tried = |permission: &str| {
            let probes = look.into_iter().flat_map(|it| &it.permissions);
            match probes.into_iter().find(|it| it.permission == permission) {
                Some(it) if it.missing.is_some() => Tried::Missing,
                Some(it) if it.not_known.is_some() => Tried::NotKnown,
                Some(_) => Tried::Given,
                None => Tried::Never,
            }
        };
        let mut names: Vec<&'static str> =
            action.reads.iter().chain([&action.write]).map(|it| it.0).collect();
        names.sort_unstable();
        names.dedup();
        names.into_iter().map(|it| Needed { permission: it, tried: tried(it) }).collect()
    }

    fn proofs(&self, now: Timestamp) -> Proofs<'_> {
        let mut proofs = Proofs::new();
        let recent =
            |at: Timestamp| now.duration_since(at).as_secs() <= self.settings.drill_seconds;
        let mut add = |connector, action, at: Timestamp| {
            if recent(at) {
                let last = proofs.entry((connector, action)).or_insert(at);
                *last = (*last).max(at);
            }
        };
        // What the latest drill of an action disproved, an earlier one proves no more.
        let mut latest = BTreeMap::new();
        for drill in self.drills.iter().filter(|it| it.ended.is_some()) {
            for it in &drill.actions {
                let last = latest.entry((&it.connector, &*it.action.0)).or_insert(drill);
                if drill.time >= last.time {
                    *last = drill;
                }
            }
        }
        for ((connector, action), drill) in latest {
            if drill.effective {
                add(connector, action, drill.time);
            }
        }
        for life in self.containments.values() {
            let effective = life.steps.iter().filter(|it| it.proof == StepProof::Effective);
            for step in effective {
                if let Some(at) = step.verified() {
                    add(&step.step.connector, &step.step.action.0, at);
                }
            }
        }
        proofs
    }
}

/// When each action of each connector was last proven.
type Proofs<'w> = BTreeMap<(&'w ConnectorId, &'w str), Timestamp>;
