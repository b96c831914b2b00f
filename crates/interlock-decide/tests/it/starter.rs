//! The starter content: every playbook's every tier and rung, and every policy, is reached.

use crate::world::{Content, World, breaks, finding, key, session_finding};
use interlock_decide::{ManualQuestion, Role, manual, starter};
use interlock_model::{
    ActionKind, BlastRadius, CredentialKind, Environment, FindingSource, IdentityKind, Severity,
};
use std::collections::BTreeSet;

/// Worlds that between them walk every branch.
fn worlds() -> Vec<World> {
    let mut worlds = Vec::new();
    let kinds = [IdentityKind::Workload, IdentityKind::Human];
    let environments = [Environment::Production, Environment::Staging, Environment::Development];
    let ladder = [
        ActionKind::RotateCredential,
        ActionKind::DisableCredential,
        ActionKind::DeleteCredential,
        ActionKind::RequireReauthentication,
        ActionKind::RevokeSessions,
        ActionKind::Quarantine,
    ];
    for confidence in [0.2, 0.5, 0.65, 0.75, 0.92, 0.97] {
        let mut alert = finding("monitor", confidence);
        alert.rule.source = FindingSource::Alert;
        alert.credential = None;
        let mut escalation = finding("privilege_spike.admin_grant", confidence);
        escalation.techniques = vec!["T1098.003".into()];
        let mut small = finding("small", confidence);
        small.severity = Severity::Informational;
        let findings = [
            finding("token_abuse.new_network", confidence),
            session_finding("token_abuse.two_networks", confidence),
            finding("containment_ineffective", confidence),
            alert,
            escalation,
            small,
        ];
        for finding in findings {
            for kind in kinds {
                for environment in environments {
                    let mut world = World::new(kind, environment, confidence);
                    world.findings = vec![finding.clone()];
                    worlds.push(world.clone());
                    let mut unowned = world.clone();
                    unowned.owner_known = false;
                    worlds.push(unowned);
                    world.disproven = vec![ActionKind::Quarantine];
                    worlds.push(world.clone());
                    for steps in 1..=ladder.len() {
                        world.disproven = ladder.iter().take(steps).copied().collect();
                        worlds.push(world.clone());
                    }
                }
            }
        }
    }
    let mut protected = World::new(IdentityKind::Workload, Environment::Development, 0.97);
    protected.identity.protected = true;
    worlds.push(protected);
    worlds
}

#[test]
fn every_branch_of_every_playbook_is_reached() {
    let content = Content::starter();
    let mut wanted = BTreeSet::new();
    for playbook in content.playbooks.iter() {
        for answer in &playbook.answers {
            wanted.insert(format!("{} {}", playbook.name, answer.tier));
            for action in &answer.instead {
                wanted.insert(format!("{} climbs to {action}", playbook.name));
            }
        }
    }
    for world in worlds() {
        let made = world.decide(&content);
        let playbook = made.playbook.unwrap();
        let tier = content
            .playbooks
            .iter()
            .find(|it| it.name == playbook)
            .and_then(|it| it.answers.iter().rfind(|it| it.confidence <= made.confidence.value()))
            .map(|it| it.tier);
        if let Some(tier) = tier {
            wanted.remove(&format!("{playbook} {tier}"));
        }
        for reason in &made.reasons {
            if let Some((_, rest)) = reason.split_once("did not hold, so `") {
                let action = rest.split('`').next().unwrap();
                wanted.remove(&format!("{playbook} climbs to {action}"));
            }
        }
    }
    assert_eq!(wanted, BTreeSet::new(), "no world reaches these");
}

#[test]
fn every_policy_determines_something() {
    let content = Content::starter();
    let mut waiting: BTreeSet<String> = content.policies.ids().map(str::to_owned).collect();
    for mut world in worlds() {
        for radius in [BlastRadius::None, breaks(true, 1)] {
            world.blast_radius = radius;
            let made = world.decide(&content);
            made.policies.iter().for_each(|it| {
                waiting.remove(it);
            });
        }
    }
    // By hand: in production and staging no starter playbook proposes to act without asking.
    let environments = [Environment::Production, Environment::Staging, Environment::Development];
    for environment in environments {
        let mut world = World::new(IdentityKind::Workload, environment, 0.97);
        world.blast_radius = breaks(true, 1);
        for kind in [ActionKind::Restore, ActionKind::DeleteCredential] {
            let question = ManualQuestion {
                by: "ann",
                role: Role::Security,
                kind,
                identity: &world.identity,
                credential: Some(&key(CredentialKind::AccessKey, "AKIAIOSFODNN7EXAMPLE")),
                named: None,
                sessions: &[],
                deletes: &[],
                case: None,
                owner_known: true,
                criticality: None,
                blast_radius: &world.blast_radius,
                mode: world.mode,
                hold_seconds: None,
                now: world.now,
            };
            let made = manual(&question, &content.policies);
            made.policies.iter().for_each(|it| {
                waiting.remove(it);
            });
        }
    }
    assert_eq!(waiting, BTreeSet::new(), "no world meets these");
}

#[test]
fn every_policy_has_a_name_and_every_forbid_a_reason() {
    for (file, text) in starter::POLICIES {
        let policies: cedar_policy::PolicySet = text.parse().unwrap();
        for policy in policies.policies() {
            assert!(policy.annotation("id").is_some(), "{file}");
            let forbids = policy.effect() == cedar_policy::Effect::Forbid;
            assert_eq!(policy.annotation("reason").is_some(), forbids, "{file}");
        }
    }
}

#[test]
fn the_lists_name_every_file() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../content");
    for (folder, listed) in [("playbooks", starter::PLAYBOOKS), ("policies", starter::POLICIES)] {
        let mut found: Vec<String> = std::fs::read_dir(format!("{root}/{folder}"))
            .unwrap()
            .map(|it| it.unwrap().file_name().into_string().unwrap())
            .collect();
        found.sort();
        let listed: Vec<&str> = listed.iter().map(|it| it.0).collect();
        assert_eq!(found, listed);
    }
}
