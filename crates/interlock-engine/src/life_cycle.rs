//! Credentials that are older than is allowed are replaced, by the same recipe as in an incident.
//!
//! Asked for after each whole look of a connector, a few at a time, in the name of the schedule: the
//! policies decide whether that may happen by itself or the owner is asked.

use crate::draft::Draft;
use crate::findings;
use crate::progress::active_of;
use interlock_contain::ways;
use interlock_decide::Role;
use interlock_model::{
    ActionKind, ConnectorId, CredentialRef, IdentityId, Mode, Target, Timestamp,
};

/// Most that one look begins to replace.
const AT_ONCE: usize = 3;
/// How long nobody is asked again about the same credential, in seconds.
const AGAIN: i64 = 7 * 24 * 3_600;
/// In whose name.
const SCHEDULE: &str = "schedule";

/// What is due to be replaced.
struct Due {
    identity: IdentityId,
    credential: CredentialRef,
    days: i64,
    limit: i64,
}

impl Draft<'_> {
    /// Asks for the oldest of what this connector saw.
    pub(crate) fn replace_old(&mut self, connector: &ConnectorId) {
        if !self.world.settings.replace_over_age || self.world.settings.mode == Mode::Observe {
            return;
        }
        let now = self.now;
        self.world.asked_for.retain(|_, at| now.duration_since(*at).as_secs() < AGAIN);
        let mut begun = 0;
        for Due { identity, credential, days, limit } in self.due_of(connector) {
            if begun == AT_ONCE {
                break;
            }
            // Whatever is under way there comes first; it may be this very rotation.
            if active_of(self.world, &identity).next().is_some() {
                continue;
            }
            let why = format!("`{credential}` is {days} days old, {limit} are allowed");
            self.world.asked_for.insert(credential.clone(), now);
            let (kind, by) = (ActionKind::RotateCredential, SCHEDULE.to_owned());
            let asked =
                findings::asked(self, &identity, kind, Some(credential), by, Role::Owner, &why);
            begun += usize::from(asked.is_ok());
        }
    }

    /// What may be replaced by a connector, the oldest first.
    fn due_of(&self, connector: &ConnectorId) -> Vec<Due> {
        let directory = self.world.watch.directory();
        let instances = &self.world.settings.connectors;
        let replaceable = |target: &Target| {
            ways(target, instances).any(|(at, action)| {
                at.id == *connector
                    && action.kind == ActionKind::RotateCredential
                    && at.enforce.contains(&ActionKind::RotateCredential)
            })
        };
        let mut all: Vec<(Timestamp, Due)> = Vec::new();
        for (identity, credential, issued) in directory.over_age(connector, self.now) {
            if self.world.asked_for.contains_key(&credential) {
                continue;
            }
            let Some(record) = directory.identity(&identity) else { continue };
            let provider = credential.provider();
            let principal = record.principals.iter().find(|it| &*it.provider == provider);
            let Some(principal) = principal.cloned() else { continue };
            let target = Target::Credential { credential: credential.clone(), principal };
            if replaceable(&target) && !directory.is_for_drills(&identity) {
                let days = self.now.duration_since(issued).as_hours() / 24;
                let limit = directory.limits().of(record, &credential).age.as_hours() / 24;
                all.push((issued, Due { identity, credential, days, limit }));
            }
        }
        all.sort_by_key(|it| it.0);
        all.into_iter().map(|it| it.1).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::{Call, Input, Memory, Settings, Turn, Watch, World, turn};
    use interlock_contain::{
        ActionSpec, BreakerLimits, ConnectorInstance, ConnectorSpec, DiscoverySpec, ReversalSpec,
        Role, TargetKind,
    };
    use interlock_decide::{Playbooks, Policies, starter};
    use interlock_detect::sigma::RuleSet;
    use interlock_detect::{BehaviourConfig, Detectors};
    use interlock_identity::{Directory, declare};
    use interlock_model::{
        ActionKind, Change, ConnectorId, Consent, CredentialKind, CredentialRef, Decision,
        Discovered, DiscoveredCredential, DiscoveryPage, Limits, Mode, Operation, Principal, Stops,
        Timestamp,
    };
    use std::collections::BTreeMap;
    use std::time::Duration;

    static LOOKS: DiscoverySpec = DiscoverySpec { sees: "keys", hides: "", reads: &[], source: "" };
    static ROTATE: ActionSpec = ActionSpec {
        name: "toy.rotate",
        kind: ActionKind::RotateCredential,
        role: Role::Whole,
        target: TargetKind::Credential("toy", CredentialKind::AccessKey),
        summary: "toy",
        reversal: ReversalSpec::Restores { re_arms: true },
        stops: Stops { new: true, refresh: true, live: true },
        settle: Duration::ZERO,
        leaves: "",
        leaves_at_most: None,
        beyond: &[],
        reads: &[],
        write: Operation("toy:Rotate"),
        restore: None,
        delivery: None,
        traps: &[],
        source: "a toy",
    };
    static SPEC: ConnectorSpec = ConnectorSpec {
        kind: "toy",
        provider: "toy",
        title: "a toy",
        outer: "nothing",
        discovery: Some(&LOOKS),
        actions: &[&ROTATE],
    };
    const DIRECTORY: &str = "
teams: [{ id: own_shop, contact: shop, approvers: [ana] }]
identities:
  - { id: idn_shop, kind: workload, owner: own_shop, environment: production, principals: ['toy:shop'] }
  - { id: idn_test, kind: workload, owner: own_shop, environment: development, principals: ['toy:test'] }
";

    fn day(day: i64) -> Timestamp {
        Timestamp::from_second(1_780_000_000 + day * 86_400).unwrap()
    }

    fn id() -> ConnectorId {
        ConnectorId("toy".into())
    }

    fn world(replace_over_age: bool, enforce: &[ActionKind]) -> World {
        let (declaration, problems) = declare::load(&[("d.yaml".into(), DIRECTORY.to_owned())]);
        assert!(problems.is_empty(), "{problems:?}");
        let detectors = Detectors::new(RuleSet::load(&[]).0, BehaviourConfig::standard(), None);
        let watch = Watch::new(Directory::new(declaration), detectors, Limits::STANDARD);
        let policies: Vec<_> =
            starter::POLICIES.iter().map(|it| (it.0.into(), it.1.to_owned())).collect();
        let settings = Settings {
            mode: Mode::Enforce,
            connectors: vec![ConnectorInstance {
                id: id(),
                spec: &SPEC,
                scope: Vec::new(),
                enforce: enforce.to_vec(),
                settle_seconds: None,
            }],
            own: BTreeMap::new(),
            people: crate::People::default(),
            places: crate::Places::default(),
            playbooks: Playbooks::load(&[]).0,
            policies: Policies::load(&policies).0.unwrap(),
            breaker: BreakerLimits { per_hour: 9, per_connector: 9, per_rule: 9 },
            run: "run".into(),
            watch_seconds: 5,
            read_back_seconds: 0,
            discovery_seconds: 86_400,
            approval_seconds: 600,
            undo_hold_seconds: 600,
            drill_seconds: 600,
            drills: Vec::new(),
            replace_over_age,
        };
        World::recall(settings, watch, Memory::default()).0
    }

    /// Whoever is called so holds a key of the same name, issued on this day.
    fn look(world: &mut World, holders: &[(&str, i64)], now: Timestamp) -> Turn {
        let found = holders.iter().map(|(name, issued)| Discovered {
            credentials: vec![DiscoveredCredential {
                reference: CredentialRef::new("toy", CredentialKind::AccessKey, name),
                enabled: Some(true),
                issued: Some(day(*issued)),
                expires: None,
                last_used: None,
            }],
            ..Discovered::of(Principal::new("toy", name))
        });
        let page = DiscoveryPage { found: found.collect(), gaps: Vec::new(), next: None };
        let input = Input::Discovered { connector: id(), page: Ok(page), permissions: None };
        turn(world, input, now)
    }

    fn decided(turned: &Turn) -> Vec<&Decision> {
        let changes = turned.batch.changes.iter();
        changes
            .filter_map(|it| {
                let Change::Decision { decision } = it else { return None };
                Some(decision)
            })
            .collect()
    }

    #[test]
    fn what_is_too_old_is_replaced_and_in_production_the_owner_is_asked() {
        let rotate = [ActionKind::RotateCredential];
        let mut it = world(true, &rotate);
        let turned = look(&mut it, &[("shop", 0), ("test", 1), ("young", 300)], day(400));
        let said: Vec<_> = decided(&turned)
            .into_iter()
            .map(|it| (it.identity.as_ref().unwrap().as_str(), it.intents[0].kind, it.consent))
            .collect();
        let kind = ActionKind::RotateCredential;
        assert_eq!(said, [("idn_shop", kind, Consent::Owner), ("idn_test", kind, Consent::Owner)]);
        let plans = turned.calls.iter().filter(|it| matches!(it, Call::Plan { .. }));
        assert_eq!(plans.count(), 2);
        // What was asked for is not asked for again at the next look, but a week later.
        assert!(decided(&look(&mut it, &[("shop", 0)], day(401))).is_empty());
    }

    #[test]
    fn nothing_is_replaced_unless_somebody_said_so() {
        for (replaces, enforce) in [(false, &[ActionKind::RotateCredential][..]), (true, &[])] {
            let mut it = world(replaces, enforce);
            let turned = look(&mut it, &[("shop", 0)], day(400));
            assert!(decided(&turned).is_empty(), "{replaces} {enforce:?}");
        }
    }
}
