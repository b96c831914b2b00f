//! The demo's recording, told without a provider: the film that a newcomer sees first.

use super::{file, provider};
use crate::{Page, StoryBook, Watch};
use expect_test::expect;
use interlock_contain::ConnectorInstance;
use interlock_decide::{Playbooks, Policies, starter};
use interlock_detect::sigma::RuleSet;
use interlock_detect::{BehaviourConfig, Detectors};
use interlock_identity::{Directory, declare};
use interlock_ingest::{Records, Room};
use interlock_model::{ConnectorId, Limits};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

fn rule_pack() -> Vec<(Arc<str>, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/rules/aws");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().path())
        .filter(|it| it.extension().is_some_and(|it| it == "yml"))
        .map(|it| {
            file(&it.file_name().unwrap().to_string_lossy(), &std::fs::read_to_string(&it).unwrap())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn the_recorded_attack_is_bound_and_decided() {
    let directory = include_str!("../../../../content/demo/directory.yaml");
    let (declaration, problems) = declare::load(&[file("directory.yaml", directory)]);
    assert!(problems.is_empty(), "{problems:?}");
    let (rules, problems) = RuleSet::load(&rule_pack());
    assert!(problems.is_empty(), "{problems:?}");
    let detectors = Detectors::new(rules, BehaviourConfig::standard(), None);
    let mut book =
        StoryBook::new(Watch::new(Directory::new(declaration), detectors, Limits::STANDARD));
    let recording = include_bytes!("../../../../content/demo/recording.jsonl");
    let normaliser = Arc::clone(book.watch().normaliser());
    let mut room = Room::default();
    for record in Records::open(&recording[..], "recording.jsonl".into(), Limits::STANDARD) {
        let read = normaliser.normalise_in(&record.unwrap(), None, &mut room);
        assert!(matches!(book.take(read, &mut room), Page::Findings(_)));
    }
    book.close();
    let mut playbooks: Vec<_> =
        starter::PLAYBOOKS.iter().map(|(name, text)| file(name, text)).collect();
    let own = include_str!("../../../../content/demo/stolen-deploy-key.yaml");
    playbooks.push(file("stolen-deploy-key.yaml", own));
    let (playbooks, problems) = Playbooks::load(&playbooks);
    assert!(problems.is_empty(), "{problems:?}");
    let policies: Vec<_> = starter::POLICIES.iter().map(|(name, text)| file(name, text)).collect();
    let (policies, _) = Policies::load(&policies);
    let connectors = [ConnectorInstance {
        id: ConnectorId("toy".into()),
        spec: &provider::SPEC,
        scope: Vec::new(),
        enforce: Vec::new(),
        settle_seconds: None,
    }];
    let mut film = String::new();
    for story in book.stories(&playbooks, &policies.unwrap(), &connectors) {
        let decision = &story.decision;
        writeln!(
            film,
            "{}: {} {} consent {} by {:?}",
            story.case.subject,
            decision.tier,
            decision.verdict,
            decision.consent,
            decision.playbook.as_deref().unwrap_or("none")
        )
        .unwrap();
        for finding in &story.case.findings {
            writeln!(
                film,
                "  {:.2} {}: {}",
                finding.confidence.value(),
                finding.rule.id,
                finding.title
            )
            .unwrap();
        }
        for intent in &decision.intents {
            writeln!(film, "  want {intent}").unwrap();
        }
        for reason in &decision.reasons {
            writeln!(film, "  {reason}").unwrap();
        }
    }
    expect![[r#"
        ci-deploy: restrict act consent automatic by "stolen-deploy-key"
          0.66 token_abuse.new_network: `ci-deploy` was used from 203.0.113.0/24, never seen from it
          0.66 token_abuse.new_network: `ci-deploy` was used from 203.0.113.0/24, never seen from it
          0.46 first_seen_call.new_call: `ci-deploy` called iam:CreateUser, never seen from it
          0.85 first_seen_call.burst: `ci-deploy` made 7 calls never seen from it within 30 minutes
          0.08 2aabfe7c-abef-43c0-bfcf-cb87313355ca: Everybody and every right listed at once
          0.75 c2f224f8-a5e4-457f-956e-0c500cd6c6c2: New user, rights and credential within minutes
          0.02 eaffc101-7caf-458f-b7aa-94fe39d00351: Identity or permission changed in IAM
          0.30 privilege_spike.first_permission_change: `ci-deploy` changed permissions for the first time
          0.65 privilege_spike.admin_grant: `ci-deploy` attached `AdministratorAccess` to user backup-svc
          0.75 0d0b7738-32da-4aeb-ba7f-2f8a832af3b7: Administrator policy attached to a user or group
          0.50 62f746b4-84e6-4ceb-95bd-447e7184d454: Access key created for another user
          0.65 privilege_spike.new_credential: `ci-deploy` made an access key for user backup-svc
          0.75 42f10763-06fc-4a67-a369-196a6a317fc3: Trail stopped
          want block_principal `arn:aws:iam::111122223333:role/ci-deploy`
          want revoke_sessions `arn:aws:iam::111122223333:role/ci-deploy`
          Playbook `stolen-deploy-key` answers `Credential used from a new network`: its conditions on rules, severity, credentials, kinds, environments hold.
          One hand within hours: `access`, `persistence`, `privilege` and `evasion`.
          Confidence 94 % reaches restrict, which starts at 60 %.
          For restrict in development the playbook wants consent: automatic.
          Mode is recommend: plans are shown, nothing is written.
        backup-svc: restrict ask consent owner by "privilege-escalation"
          0.81 made_by_accused: access-key of `arn:aws:iam::111122223333:user/backup-svc` was made by `ci-deploy`, who is accused
          want disable_credential credential `AKIAEXAMPLEBACKUP01` of `arn:aws:iam::111122223333:user/backup-svc`
          Playbook `privilege-escalation` answers `Made by an accused identity`: its conditions on techniques, severity hold.
          Confidence 80 % reaches restrict, which starts at 70 %; disable starts at 90 %.
          For restrict in development the playbook wants consent: automatic.
          People are asked first: what would break is unknown, which counts as production.
          Mode is recommend: plans are shown, nothing is written.
    "#]].assert_eq(&film);
}
