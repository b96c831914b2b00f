//! From wanted intents to the actions that carry them out, in an order that holds.
//!
//! Block issuance, kill live access, rotate, then clean up. One intent may need several actions: the
//! rotation of a credential is issue and deliver, wait until used, disable the old, delete it after grace.

use crate::next::after;
use crate::{ActionSpec, ConnectorSpec, Left, Role};
use interlock_model::{
    ActionKind, ConnectorId, CredentialStatus, DecisionId, Gate, Identity, IdentityKind, Intent,
    Residual, StepId, Stops, Target, Timestamp,
};

/// How long the old credential of a rotation rests disabled before it is deleted, in seconds.
const GRACE_SECONDS: u64 = 24 * 3600;

/// A connector instance that can be asked.
#[derive(Debug, Clone)]
pub struct ConnectorInstance {
    /// Its name.
    pub id: ConnectorId,
    /// What it declares.
    pub spec: &'static ConnectorSpec,
    /// The accounts, tenants or organisations that it reaches; empty: any. What begins with a comma
    /// is a place in a directory and reaches every name that ends so.
    pub scope: Vec<Box<str>>,
    /// The verbs that it may write; empty: reads only.
    pub enforce: Vec<ActionKind>,
    /// Its own settle time, where the configuration sets one, in seconds.
    pub settle_seconds: Option<u64>,
}

/// One action that is wanted, before the provider was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The step's id, derived from decision and position.
    pub id: StepId,
    /// Where.
    pub connector: ConnectorId,
    /// Which action.
    pub action: &'static ActionSpec,
    /// The action's own verb, aimed at the target of the intent that it serves: a rotation is served by
    /// actions of several verbs.
    pub intent: Intent,
    /// What it waits for.
    pub gate: Gate,
}

/// An intent that nothing here can carry out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("nothing here can {intent}: {why}")]
pub struct Unserved {
    /// The intent.
    pub intent: Intent,
    /// Why not.
    pub why: String,
}

impl ConnectorInstance {
    /// Whether this instance reaches the target.
    fn reaches(&self, target: &Target) -> bool {
        let principal = target.principal();
        *principal.provider == *self.spec.provider
            && (self.scope.is_empty() || self.scope.iter().any(|it| within(&principal.name, it)))
    }

    fn action(&self, kind: ActionKind, role: Role, target: &Target) -> Option<&'static ActionSpec> {
        self.spec
            .actions
            .iter()
            .copied()
            .find(|it| it.kind == kind && it.role == role && it.target.fits(target))
    }
}

/// Whether a name lies within a scope.
fn within(name: &str, scope: &str) -> bool {
    if scope.starts_with(',') {
        return name.to_lowercase().ends_with(&scope.to_lowercase());
    }
    name.split([':', '/']).any(|part| part == scope)
}

/// The order in which verbs hold: nothing new first, then what is live, then replacement.
const fn rank(kind: ActionKind) -> u8 {
    match kind {
        ActionKind::BlockPrincipal => 0,
        ActionKind::DisableIdentity
        | ActionKind::DisableCredential
        | ActionKind::DeleteCredential => 1,
        ActionKind::Quarantine | ActionKind::RemoveEntitlement => 2,
        ActionKind::RevokeSessions | ActionKind::RequireReauthentication => 3,
        ActionKind::RotateCredential => 4,
        ActionKind::Restore => 5,
    }
}

/// The actions that carry a decision out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Composition {
    /// The actions, in order.
    pub wanted: Vec<Wanted>,
    /// What nothing here can carry out.
    pub unserved: Vec<Unserved>,
    /// What is left as it is although it is the same identity.
    pub left_out: Vec<LeftOut>,
}

/// Something of the same identity at which nothing is aimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// What.
    pub target: Target,
    /// Why.
    pub why: &'static str,
}

/// Another way into the same identity is closed instead.
const UNREACHED: &str = "no connector reaches it";
/// What a stolen token is exchanged for lives on there.
const BESIDES: &str = "it acts as that too, and no step is aimed there";

/// Finds an action for every intent and puts them in order; what cannot be served is said.
///
/// When no connector reaches an intent's own target, the same verb is aimed at another principal or
/// credential of the identity that one does reach: where the access is issued, for example.
#[must_use]
pub fn compose(
    decision: &DecisionId,
    intents: &[Intent],
    identity: Option<&Identity>,
    connectors: &[ConnectorInstance],
) -> Composition {
    let mut ordered: Vec<&Intent> = intents.iter().collect();
    ordered.sort_by_key(|it| rank(it.kind));
    let mut all = Composition::default();
    for intent in ordered {
        let position = all.wanted.len();
        let why = match serve(decision, position, intent, connectors) {
            Ok(more) => {
                let more = at_once(more, &all.wanted);
                all.wanted.extend(more);
                continue;
            }
            Err(why) => why,
        };
        let elsewhere = other_ways(intent, identity)
            .find_map(|other| serve(decision, position, &other, connectors).ok());
        match elsewhere {
            Some(more) => {
                let out = LeftOut { target: intent.target.clone(), why: UNREACHED };
                if !all.left_out.contains(&out) {
                    all.left_out.push(out);
                }
                let new = more.into_iter().filter(|it| {
                    all.wanted.iter().all(|old| {
                        old.action.name != it.action.name || old.intent.target != it.intent.target
                    })
                });
                let new: Vec<Wanted> = new.collect();
                all.wanted.extend(new);
            }
            None => all.unserved.push(Unserved { intent: intent.clone(), why }),
        }
    }
    // People are accounts at many places, of which one may be stolen alone; what software is at one
    // place it got from another.
    let software = identity.filter(|it| it.kind != IdentityKind::Human && !all.wanted.is_empty());
    for principal in software.into_iter().flat_map(|it| &it.principals) {
        let aimed = all.wanted.iter().map(|it| it.intent.target.principal());
        let known = all.left_out.iter().map(|it| it.target.principal());
        if !aimed.chain(known).any(|it| it == principal) {
            let target = Target::Principal { principal: principal.clone() };
            all.left_out.push(LeftOut { target, why: BESIDES });
        }
    }
    all
}

/// The steps of a rotation, less what an earlier step does already.
///
/// A decision that disables a credential and rotates it too wants the old one dead first: then nothing
/// waits for the new one's use, and the old one rests from when it was disabled.
fn at_once(more: Vec<Wanted>, before: &[Wanted]) -> Vec<Wanted> {
    let same = |old: &Wanted, it: &Wanted| {
        old.action.name == it.action.name && old.intent.target == it.intent.target
    };
    let Some(dead) = before.iter().find(|old| more.iter().any(|it| same(old, it))) else {
        return more;
    };
    let left = more.into_iter().filter(|it| !same(dead, it)).map(|mut it| {
        if let Gate::After { step, .. } = &mut it.gate {
            step.clone_from(&dead.id);
        }
        it
    });
    left.collect()
}

/// The same verb, aimed at the identity's other principals or credentials.
fn other_ways<'a>(
    intent: &'a Intent,
    identity: Option<&'a Identity>,
) -> impl Iterator<Item = Intent> + 'a {
    identity.into_iter().flat_map(move |identity| {
        let targets: Vec<Target> = match &intent.target {
            Target::Principal { principal } => identity
                .principals
                .iter()
                .filter(|it| *it != principal)
                .map(|it| Target::Principal { principal: it.clone() })
                .collect(),
            // Another credential is neither that way in nor that session.
            Target::Credential { credential, .. } if credential.is_only_aimed_at() => Vec::new(),
            Target::Credential { credential, .. } => identity
                .credentials
                .iter()
                .filter(|it| it.reference != *credential && it.status == CredentialStatus::Active)
                .filter_map(|it| {
                    let provider = it.reference.provider();
                    let principal =
                        identity.principals.iter().find(|it| *it.provider == *provider)?;
                    let credential = it.reference.clone();
                    Some(Target::Credential { principal: principal.clone(), credential })
                })
                .collect(),
        };
        targets.into_iter().map(move |target| Intent { kind: intent.kind, target })
    })
}

/// Every action that could be aimed at this target, with the connector that would carry it out.
pub fn ways<'c>(
    target: &'c Target,
    connectors: &'c [ConnectorInstance],
) -> impl Iterator<Item = (&'c ConnectorInstance, &'static ActionSpec)> {
    connectors.iter().filter(|it| it.reaches(target)).flat_map(|connector| {
        let actions = connector.spec.actions.iter().copied();
        actions.filter(|it| it.target.fits(target)).map(move |action| (connector, action))
    })
}

fn serve(
    decision: &DecisionId,
    position: usize,
    intent: &Intent,
    connectors: &[ConnectorInstance],
) -> Result<Vec<Wanted>, String> {
    let provider = &intent.target.principal().provider;
    let reaching: Vec<&ConnectorInstance> =
        connectors.iter().filter(|it| it.reaches(&intent.target)).collect();
    if reaching.is_empty() {
        return Err(format!("no connector reaches provider `{provider}` for this target"));
    }
    let want =
        |connector: &ConnectorInstance, action: &'static ActionSpec, offset: usize, gate: Gate| {
            let position = (position + offset).to_string();
            Wanted {
                id: StepId::derive(&[decision.as_str(), &position, action.name]),
                connector: connector.id.clone(),
                action,
                intent: Intent { kind: action.kind, target: intent.target.clone() },
                gate,
            }
        };
    let find = |kind, role| {
        reaching
            .iter()
            .find_map(|it| it.action(kind, role, &intent.target).map(|action| (*it, action)))
    };
    if intent.kind != ActionKind::RotateCredential {
        let (connector, action) = find(intent.kind, Role::Whole).ok_or_else(|| {
            format!("no action of provider `{provider}` does this to such a target")
        })?;
        return Ok(vec![want(connector, action, 0, Gate::Now)]);
    }
    if let Some((connector, action)) = find(ActionKind::RotateCredential, Role::Whole) {
        return Ok(vec![want(connector, action, 0, Gate::Now)]);
    }
    let part = |kind, role, what: &str| {
        find(kind, role).ok_or_else(|| format!("provider `{provider}` has no action to {what}"))
    };
    let (issuer, issue) = part(ActionKind::RotateCredential, Role::Issue, "issue a replacement")?;
    let disable = find(ActionKind::DisableCredential, Role::Whole);
    let delete = find(ActionKind::DeleteCredential, Role::Whole);
    let issue = want(issuer, issue, 0, Gate::Now);
    let used = Gate::WhenUsed { issued_by: issue.id.clone(), at_latest_seconds: None };
    let mut steps = vec![issue];
    match (disable, delete) {
        (Some((disabler, disable)), delete) => {
            let disable = want(disabler, disable, 1, used);
            let rested = Gate::After { step: disable.id.clone(), seconds: GRACE_SECONDS };
            steps.push(disable);
            steps.extend(delete.map(|(deleter, delete)| want(deleter, delete, 2, rested)));
        }
        // Some providers know no credential that is off: it is there, or it is gone.
        (None, Some((deleter, delete))) => steps.push(want(deleter, delete, 1, used)),
        (None, None) => {
            let what = "disable or delete the old credential";
            return Err(format!("provider `{provider}` has no action to {what}"));
        }
    }
    Ok(steps)
}

/// What stays alive although all of these hold.
///
/// What one action leaves counts only while the others together do not end both new and live access;
/// what it leaves although it ends both by itself, and what is beyond it, always count.
#[must_use]
pub fn residual(actions: &[&ActionSpec], left_out: &[LeftOut], now: Timestamp) -> Vec<Residual> {
    let all = actions.iter().fold(Stops::default(), |all, it| Stops {
        new: all.new || it.stops.new,
        refresh: all.refresh || it.stops.refresh,
        live: all.live || it.stops.live,
    });
    let mut left: Vec<Residual> = left_out
        .iter()
        .map(|LeftOut { target, why }| Residual {
            what: format!("what {target} may do at `{}`: {why}", target.principal().provider),
            until: None,
        })
        .collect();
    let ended = all.new && all.live;
    let leaves = actions.iter().filter(|it| !ended || it.stops.new && it.stops.live);
    let leaves = leaves.map(|it| Left { what: it.leaves, at_most: it.leaves_at_most });
    for it in leaves.chain(actions.iter().flat_map(|it| it.beyond).copied()) {
        let until = it.at_most.and_then(|it| i64::try_from(it.as_secs()).ok());
        if !it.what.is_empty() && !left.iter().any(|old| old.what == it.what) {
            let until = until.and_then(|it| after(now, it));
            left.push(Residual { what: it.what.to_owned(), until });
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ReversalSpec, TargetKind};
    use interlock_model::{
        CredentialKind, CredentialRef, Environment, EnvironmentBasis, IdentityKind, Operation,
        Ownership, Principal, Provenance,
    };
    use std::time::Duration;

    const fn spec(
        name: &'static str,
        kind: ActionKind,
        role: Role,
        target: TargetKind,
    ) -> ActionSpec {
        ActionSpec {
            name,
            kind,
            role,
            target,
            summary: "toy",
            reversal: ReversalSpec::Restores { re_arms: false },
            stops: Stops {
                new: matches!(kind, ActionKind::BlockPrincipal),
                refresh: false,
                live: matches!(kind, ActionKind::RevokeSessions),
            },
            settle: Duration::ZERO,
            leaves: "what was issued before",
            leaves_at_most: None,
            beyond: &[],
            reads: &[],
            write: Operation("toy:Set"),
            restore: None,
            delivery: None,
            traps: &[],
            source: "a toy",
        }
    }

    const KEY: TargetKind = TargetKind::Credential("toy", CredentialKind::AccessKey);
    const ANY: TargetKind = TargetKind::Principal("toy", &["*"]);
    static BLOCK: ActionSpec = spec("toy.block", ActionKind::BlockPrincipal, Role::Whole, ANY);
    static DELETE: ActionSpec = spec("toy.delete", ActionKind::DeleteCredential, Role::Whole, KEY);
    static DISABLE: ActionSpec =
        spec("toy.disable", ActionKind::DisableCredential, Role::Whole, KEY);
    static ISSUE: ActionSpec = spec("toy.issue", ActionKind::RotateCredential, Role::Issue, KEY);
    static REVOKE: ActionSpec = spec("toy.revoke", ActionKind::RevokeSessions, Role::Whole, ANY);
    static TOY: ConnectorSpec = ConnectorSpec {
        kind: "toy",
        provider: "toy",
        title: "a toy",
        outer: "nothing",
        discovery: None,
        actions: &[&BLOCK, &DELETE, &DISABLE, &ISSUE, &REVOKE],
    };

    fn toy() -> ConnectorInstance {
        ConnectorInstance {
            id: ConnectorId("toy-1".into()),
            spec: &TOY,
            scope: Vec::new(),
            enforce: Vec::new(),
            settle_seconds: None,
        }
    }

    fn whole(kind: ActionKind, provider: &str) -> Intent {
        Intent { kind, target: Target::Principal { principal: Principal::new(provider, "ci") } }
    }

    fn names(composition: &Composition) -> Vec<&'static str> {
        composition.wanted.iter().map(|it| it.action.name).collect()
    }

    #[test]
    fn issuance_is_blocked_before_sessions_are_ended() {
        let intents =
            [whole(ActionKind::RevokeSessions, "toy"), whole(ActionKind::BlockPrincipal, "toy")];
        let all = compose(&DecisionId::derive(&["d"]), &intents, None, &[toy()]);
        assert_eq!(names(&all), ["toy.block", "toy.revoke"]);
        let actions: Vec<&ActionSpec> = all.wanted.iter().map(|it| it.action).collect();
        assert!(residual(&actions, &all.left_out, Timestamp::UNIX_EPOCH).is_empty());
        assert_eq!(residual(&actions[..1], &[], Timestamp::UNIX_EPOCH).len(), 1);
    }

    #[test]
    fn a_rotation_is_issue_then_disable_once_used_then_delete_after_grace() {
        let target = Target::Credential {
            principal: Principal::new("toy", "ci"),
            credential: CredentialRef::new("toy", CredentialKind::AccessKey, "K1"),
        };
        let intent = Intent { kind: ActionKind::RotateCredential, target };
        let all = compose(&DecisionId::derive(&["d"]), &[intent], None, &[toy()]);
        assert_eq!(names(&all), ["toy.issue", "toy.disable", "toy.delete"]);
        let [issue, disable, delete] = &all.wanted[..] else { panic!() };
        assert_eq!(issue.gate, Gate::Now);
        assert_eq!(
            disable.gate,
            Gate::WhenUsed { issued_by: issue.id.clone(), at_latest_seconds: None }
        );
        assert_eq!(delete.gate, Gate::After { step: disable.id.clone(), seconds: GRACE_SECONDS });
    }

    #[test]
    fn what_can_only_be_deleted_is_deleted_once_the_new_one_is_used() {
        static SPARE: ConnectorSpec = ConnectorSpec {
            kind: "toy",
            provider: "toy",
            title: "a toy",
            outer: "nothing",
            discovery: None,
            actions: &[&DELETE, &ISSUE],
        };
        let target = Target::Credential {
            principal: Principal::new("toy", "ci"),
            credential: CredentialRef::new("toy", CredentialKind::AccessKey, "K1"),
        };
        let intents = [Intent { kind: ActionKind::RotateCredential, target: target.clone() }];
        let spare = ConnectorInstance { spec: &SPARE, ..toy() };
        let all =
            compose(&DecisionId::derive(&["d"]), &intents, None, std::slice::from_ref(&spare));
        assert_eq!(names(&all), ["toy.issue", "toy.delete"]);
        let [issue, delete] = &all.wanted[..] else { panic!() };
        let used = Gate::WhenUsed { issued_by: issue.id.clone(), at_latest_seconds: None };
        assert_eq!(delete.gate, used);
        // Deleted and rotated: dead first.
        let dead = Intent { kind: ActionKind::DeleteCredential, target };
        let intents = [intents[0].clone(), dead];
        let all = compose(&DecisionId::derive(&["d"]), &intents, None, &[spare]);
        assert_eq!(names(&all), ["toy.delete", "toy.issue"]);
    }

    #[test]
    fn what_is_disabled_and_rotated_is_dead_before_the_new_one_is_made() {
        let target = Target::Credential {
            principal: Principal::new("toy", "ci"),
            credential: CredentialRef::new("toy", CredentialKind::AccessKey, "K1"),
        };
        let of = |kind| Intent { kind, target: target.clone() };
        let intents = [of(ActionKind::RotateCredential), of(ActionKind::DisableCredential)];
        let all = compose(&DecisionId::derive(&["d"]), &intents, None, &[toy()]);
        assert_eq!(names(&all), ["toy.disable", "toy.issue", "toy.delete"]);
        let [disable, issue, delete] = &all.wanted[..] else { panic!() };
        assert_eq!((&disable.gate, &issue.gate), (&Gate::Now, &Gate::Now));
        assert_eq!(delete.gate, Gate::After { step: disable.id.clone(), seconds: GRACE_SECONDS });
        // Another credential's rotation waits as ever.
        let other = Target::Credential {
            principal: Principal::new("toy", "ci"),
            credential: CredentialRef::new("toy", CredentialKind::AccessKey, "K2"),
        };
        let more = Intent { kind: ActionKind::RotateCredential, target: other };
        let intents = [of(ActionKind::DisableCredential), more];
        let all = compose(&DecisionId::derive(&["d"]), &intents, None, &[toy()]);
        assert_eq!(names(&all), ["toy.disable", "toy.issue", "toy.disable", "toy.delete"]);
    }

    #[test]
    fn another_way_in_is_closed_and_what_is_not_reached_is_said_once() {
        let identity = Identity {
            id: interlock_model::IdentityId::derive(&["i"]),
            kind: IdentityKind::Pipeline,
            name: "ci".to_owned(),
            environment: Environment::Development,
            environment_basis: EnvironmentBasis::Declared,
            owner: Ownership::Unowned,
            principals: vec![Principal::new("far", "ci"), Principal::new("toy", "ci")],
            credentials: Vec::new(),
            entitlements: Vec::new(),
            dependents: Vec::new(),
            lineage: Vec::new(),
            protected: false,
            provenance: Provenance::Declared,
            departed: None,
            canary: false,
        };
        let intents =
            [whole(ActionKind::BlockPrincipal, "far"), whole(ActionKind::RevokeSessions, "far")];
        let decision = DecisionId::derive(&["d"]);
        let all = compose(&decision, &intents, Some(&identity), &[toy()]);
        assert_eq!(names(&all), ["toy.block", "toy.revoke"]);
        assert_eq!(all.left_out.len(), 1);
        let alone = compose(&decision, &intents, None, &[toy()]);
        assert_eq!((alone.wanted.len(), alone.unserved.len()), (0, 2));
        assert_eq!(
            alone.unserved[0].to_string(),
            "nothing here can block_principal `ci`: no connector reaches provider `far` for this target"
        );
    }

    #[test]
    fn a_place_in_a_directory_reaches_what_lies_under_it() {
        for (name, scope, inside) in [
            ("uid=svc,ou=services,dc=example,dc=com", ",dc=Example,dc=com", true),
            ("uid=svc,dc=myexample,dc=com", ",dc=example,dc=com", false),
            ("arn:toy:111122223333:role/ci", "111122223333", true),
            ("arn:toy:111122223333:role/ci", "444455556666", false),
        ] {
            assert_eq!(super::within(name, scope), inside, "{name} {scope}");
        }
    }

    #[test]
    fn a_connector_reaches_only_its_accounts() {
        let mut here = toy();
        here.scope = vec!["111122223333".into()];
        let on = |account: &str| Intent {
            kind: ActionKind::BlockPrincipal,
            target: Target::Principal {
                principal: Principal::new("toy", &format!("arn:toy:{account}:role/ci")),
            },
        };
        let decision = DecisionId::derive(&["d"]);
        assert_eq!(
            compose(&decision, &[on("111122223333")], None, std::slice::from_ref(&here))
                .wanted
                .len(),
            1
        );
        assert_eq!(compose(&decision, &[on("444455556666")], None, &[here]).wanted.len(), 0);
    }
}
