//! What verbs fall on, and the ladder that is climbed when they do not hold.

use crate::world::{ANYTHING, Content, World, finding, key, line, session_finding};
use expect_test::{Expect, expect};
use interlock_model::{
    ActionKind, CredentialKind, Environment, IdentityKind, Principal, Resolution, SessionRef,
    Standing, Verdict,
};

fn machine() -> World {
    World::new(IdentityKind::ServiceAccount, Environment::Development, 0.9)
}

#[track_caller]
fn check(action: &str, world: &World, expect: Expect) {
    let playbook = format!(
        "name: t\ndescription: t\ntiers:\n  disable:\n    confidence: 0\n    do: [{action}]\n"
    );
    expect.assert_eq(&line(&world.decide(&Content::of(&playbook, ANYTHING))));
}

#[test]
fn verbs_fall_on_what_the_finding_names() {
    let mut world = machine();
    check(
        "disable_credential",
        &world,
        expect![
            "ask disable security: disable_credential credential `AKIAIOSFODNN7EXAMPLE` of `user/ci`"
        ],
    );
    check("quarantine", &world, expect!["ask disable security: quarantine `user/ci`"]);

    world.findings = vec![session_finding("a", 0.9)];
    check(
        "disable_credential",
        &world,
        expect![
            "ask disable security: block_principal `role/deploy` + revoke_sessions `role/deploy`"
        ],
    );
    check(
        "rotate_credential",
        &world,
        expect![
            "ask disable security: block_principal `role/deploy` + revoke_sessions `role/deploy`"
        ],
    );
    check("delete_credential", &world, expect!["ask disable security: quarantine `role/deploy`"]);

    world.findings = vec![finding("a", 0.9), session_finding("b", 0.9)];
    check(
        "disable_credential",
        &world,
        expect![
            "ask disable security: disable_credential credential `AKIAIOSFODNN7EXAMPLE` of `user/ci` + block_principal `role/deploy` + revoke_sessions `role/deploy`"
        ],
    );

    let mut bare = finding("a", 0.9);
    bare.credential = None;
    world.findings = vec![bare.clone()];
    check(
        "disable_credential",
        &world,
        expect!["ask disable security: block_principal `user/ci` + revoke_sessions `user/ci`"],
    );

    bare.principal = None;
    world.findings = vec![bare.clone()];
    check("quarantine", &world, expect!["ask disable security: quarantine `user/ci`"]);

    world.identity.principals.push(Principal::new("aws", "arn:aws:iam::111122223333:user/old"));
    check("quarantine", &world, expect!["ask disable security: -"]);

    bare.credential = Some(key(CredentialKind::AccessKey, "AKIAI44QH8DHBEXAMPLE"));
    world.identity.principals = vec![
        Principal::new("aws", "arn:aws:iam::111122223333:user/ci"),
        Principal::new("github", "repo:acme/shop:ref:refs/heads/main"),
    ];
    world.findings = vec![bare];
    check(
        "disable_credential",
        &world,
        expect![
            "ask disable security: disable_credential credential `AKIAI44QH8DHBEXAMPLE` of `user/ci`"
        ],
    );
}

#[test]
fn one_way_in_is_closed_instead_of_the_role_where_that_is_enough() {
    let workflow = Principal::new("github", "repo:acme/shop:ref:refs/heads/main");
    let other = Principal::new("github", "repo:acme/web:ref:refs/heads/main");
    let entered = |rule: &str, by: Option<&Principal>| {
        let mut it = session_finding(rule, 0.8);
        it.let_in = by.cloned();
        it
    };
    let one = entered("a", Some(&workflow));
    let way = one.way_in().unwrap();
    let far = entered("b", Some(&other)).way_in().unwrap();
    let mut elsewhere = entered("b", Some(&workflow));
    elsewhere.principal = Some(Principal::new("aws", "arn:aws:iam::111122223333:role/other"));
    let mut bare = entered("b", None);
    bare.credential = None;
    let mut story = String::new();
    for (title, findings, ways_in, disproven) in [
        ("seen", vec![one.clone()], vec![way.clone()], vec![]),
        ("seen twice", vec![one.clone(), entered("b", Some(&workflow))], vec![way.clone()], vec![]),
        ("not closable here", vec![one.clone()], vec![], vec![]),
        ("another is", vec![one.clone()], vec![far.clone()], vec![]),
        ("two ways", vec![one.clone(), entered("b", Some(&other))], vec![way.clone(), far], vec![]),
        ("one unseen", vec![one.clone(), entered("b", None)], vec![way.clone()], vec![]),
        ("without a session", vec![one.clone(), bare], vec![way.clone()], vec![]),
        ("into another role", vec![one.clone(), elsewhere], vec![way.clone()], vec![]),
        ("did not hold", vec![one.clone()], vec![way.clone()], vec![ActionKind::DisableCredential]),
        ("nor the whole", vec![one], vec![way], vec![ActionKind::BlockPrincipal]),
    ] {
        let mut world = machine();
        world.identity.environment = Environment::Production;
        world.standing = Standing::Reduced { until: None };
        (world.findings, world.ways_in, world.disproven) = (findings, ways_in, disproven);
        let playbook = "name: t\ndescription: t\ntiers:\n  disable:\n    confidence: 0\n    do: [block_principal, revoke_sessions]\n    instead: [quarantine]\n";
        let made = world.decide(&Content::of(playbook, ANYTHING));
        story += &format!("{title}: {}\n", line(&made));
    }
    expect![[r#"
        seen: ask disable security: disable_credential credential `web-identity/github:repo:acme/shop:ref:refs/heads/main` of `role/deploy` + revoke_sessions `role/deploy`
        seen twice: ask disable security: disable_credential credential `web-identity/github:repo:acme/shop:ref:refs/heads/main` of `role/deploy` + revoke_sessions `role/deploy`
        not closable here: ask disable security: block_principal `role/deploy` + revoke_sessions `role/deploy`
        another is: ask disable security: block_principal `role/deploy` + revoke_sessions `role/deploy`
        two ways: ask disable security: block_principal `role/deploy` + revoke_sessions `role/deploy`
        one unseen: ask disable security: block_principal `role/deploy` + revoke_sessions `role/deploy`
        without a session: ask disable security: block_principal `role/deploy` + revoke_sessions `role/deploy`
        into another role: ask disable security: block_principal `role/other` + disable_credential credential `web-identity/github:repo:acme/shop:ref:refs/heads/main` of `role/deploy` + revoke_sessions `role/other` + revoke_sessions `role/deploy`
        did not hold: ask disable security: block_principal `role/deploy` + revoke_sessions `role/deploy`
        nor the whole: ask disable security: revoke_sessions `role/deploy` + quarantine `role/deploy`
    "#]].assert_eq(&story);
}

#[test]
fn one_session_is_ended_instead_of_all_where_no_other_is_accused() {
    let run = |rule: &str, name: &str, by: Option<&Principal>| {
        let mut it = session_finding(rule, 0.8);
        let id = format!("arn:aws:sts::111122223333:assumed-role/deploy/{name}");
        it.session = Some(SessionRef { id: id.into(), issued: Some(it.time), mfa: None });
        it.let_in = by.cloned();
        it
    };
    let workflow = Principal::new("github", "repo:acme/shop:ref:refs/heads/main");
    let (seven, eight) = (run("a", "run-7", None), run("b", "run-8", None));
    let known = run("a", "run-7", Some(&workflow));
    let sessions: Vec<_> = [&seven, &eight].iter().filter_map(|it| it.one_session()).collect();
    let way = known.way_in().unwrap();
    let mut undated = seven.clone();
    undated.session.as_mut().unwrap().issued = None;
    let (both, ended) = ("block_principal, revoke_sessions", "revoke_sessions");
    let mut story = String::new();
    for (title, verbs, findings, sessions, ways_in, disproven) in [
        ("one", both, vec![seven.clone()], &sessions[..], vec![], vec![]),
        ("ended only", ended, vec![seven.clone()], &sessions, vec![], vec![]),
        ("blocked only", "block_principal", vec![seven.clone()], &sessions, vec![], vec![]),
        (
            "a key cannot be disabled",
            "disable_credential",
            vec![seven.clone()],
            &sessions,
            vec![],
            vec![],
        ),
        ("twice", both, vec![seven.clone(), run("b", "run-7", None)], &sessions, vec![], vec![]),
        ("its way in is known", both, vec![known], &sessions, vec![way], vec![]),
        ("two", both, vec![seven.clone(), eight], &sessions, vec![], vec![]),
        ("cannot be ended here", both, vec![seven.clone()], &sessions[1..], vec![], vec![]),
        ("when it was issued is not known", both, vec![undated], &sessions, vec![], vec![]),
        ("did not hold", both, vec![seven], &sessions, vec![], vec![ActionKind::RevokeSessions]),
    ] {
        let mut world = machine();
        world.identity.environment = Environment::Production;
        world.standing = Standing::Reduced { until: None };
        (world.findings, world.ways_in, world.disproven) = (findings, ways_in, disproven);
        world.sessions = sessions.to_vec();
        let playbook = format!(
            "name: t\ndescription: t\ntiers:\n  disable:\n    confidence: 0\n    do: [{verbs}]\n    instead: [quarantine]\n"
        );
        let made = world.decide(&Content::of(&playbook, ANYTHING));
        story += &format!("{title}: {}\n", line(&made));
    }
    expect![[r#"
        one: ask disable security: revoke_sessions session `run-7` of `role/deploy` issued 2026-01-01T11:00:00Z
        ended only: ask disable security: revoke_sessions session `run-7` of `role/deploy` issued 2026-01-01T11:00:00Z
        blocked only: ask disable security: block_principal `role/deploy`
        a key cannot be disabled: ask disable security: revoke_sessions session `run-7` of `role/deploy` issued 2026-01-01T11:00:00Z
        twice: ask disable security: revoke_sessions session `run-7` of `role/deploy` issued 2026-01-01T11:00:00Z
        its way in is known: ask disable security: disable_credential credential `web-identity/github:repo:acme/shop:ref:refs/heads/main` of `role/deploy` + revoke_sessions session `run-7` of `role/deploy` issued 2026-01-01T11:00:00Z
        two: ask disable security: block_principal `role/deploy` + revoke_sessions `role/deploy`
        cannot be ended here: ask disable security: block_principal `role/deploy` + revoke_sessions `role/deploy`
        when it was issued is not known: ask disable security: block_principal `role/deploy` + revoke_sessions `role/deploy`
        did not hold: ask disable security: block_principal `role/deploy` + quarantine `role/deploy`
    "#]].assert_eq(&story);
}

#[test]
fn what_did_not_hold_is_followed_by_the_next_rung() {
    use ActionKind::{DeleteCredential, DisableCredential, Quarantine, RevokeSessions};
    let content = Content::starter();
    let mut story = String::new();
    for (title, found) in [
        ("key", finding("containment_ineffective", 0.9)),
        ("session", session_finding("containment_ineffective", 0.9)),
    ] {
        let mut world = machine();
        world.identity.environment = Environment::Production;
        world.standing = Standing::Reduced { until: None };
        world.findings = vec![found];
        for disproven in [
            &[][..],
            &[DisableCredential],
            &[RevokeSessions],
            &[DisableCredential, DeleteCredential],
            &[DisableCredential, DeleteCredential, Quarantine],
        ] {
            world.disproven = disproven.to_vec();
            let made = world.decide(&content);
            let disproven: Vec<&str> = disproven.iter().map(|it| it.as_str()).collect();
            story += &format!("{title} after [{}]: {}\n", disproven.join(", "), line(&made));
        }
    }
    expect![[r#"
        key after []: ask disable both: disable_credential credential `AKIAIOSFODNN7EXAMPLE` of `user/ci`
        key after [disable_credential]: ask disable both: delete_credential credential `AKIAIOSFODNN7EXAMPLE` of `user/ci`
        key after [revoke_sessions]: ask disable both: disable_credential credential `AKIAIOSFODNN7EXAMPLE` of `user/ci`
        key after [disable_credential, delete_credential]: ask disable both: quarantine `user/ci`
        key after [disable_credential, delete_credential, quarantine]: ask disable both: disable_identity `user/ci` + revoke_sessions `user/ci`
        session after []: ask disable both: block_principal `role/deploy` + revoke_sessions `role/deploy`
        session after [disable_credential]: ask disable both: block_principal `role/deploy` + revoke_sessions `role/deploy`
        session after [revoke_sessions]: ask disable both: block_principal `role/deploy` + quarantine `role/deploy`
        session after [disable_credential, delete_credential]: ask disable both: block_principal `role/deploy` + revoke_sessions `role/deploy`
        session after [disable_credential, delete_credential, quarantine]: ask disable both: block_principal `role/deploy` + revoke_sessions `role/deploy`
    "#]].assert_eq(&story);
}

#[test]
fn a_harder_rung_takes_the_consent_of_its_tier() {
    let content = Content::of(
        "name: t\ndescription: t\ntiers:\n  restrict:\n    confidence: 0\n    \
         do: [disable_credential]\n    instead: [quarantine]\n    \
         consent: {development: automatic}\n  disable:\n    confidence: 0.95\n    \
         do: [disable_identity]\n    consent: {development: both}\n",
        ANYTHING,
    );
    let mut world = machine();
    assert_eq!(world.decide(&content).verdict, Verdict::Act);
    world.disproven = vec![ActionKind::DisableCredential];
    expect!["ask disable both: quarantine `user/ci`"].assert_eq(&line(&world.decide(&content)));
}

#[test]
fn who_is_not_known_is_not_aimed_at() {
    let content = Content::starter();
    let mut world = World::new(IdentityKind::Pipeline, Environment::Production, 0.9);
    let mut story = String::new();
    let alert = {
        let mut it = finding("monitor", 0.9);
        it.rule.source = interlock_model::FindingSource::Alert;
        it
    };
    world.findings = vec![alert];
    for resolution in [
        Resolution::Unknown,
        Resolution::Ambiguous {
            candidates: vec!["idn_a".parse().unwrap(), "idn_b".parse().unwrap()],
        },
        Resolution::Known { identity: "idn_other".parse().unwrap() },
    ] {
        world.resolution = resolution;
        let made = world.decide(&content);
        story += &format!("{}\n  {}\n", line(&made), made.reasons.join("\n  "));
    }
    expect![[r#"
        ask restrict security: -
          Playbook `alert-of-another-monitor` answers `monitor`: its conditions on sources hold.
          Confidence 90 % reaches restrict, which starts at 70 %.
          The record does not say who it is; declare the principal.
          Nothing is aimed at on a guess; the security team is asked.
        ask restrict security: -
          Playbook `alert-of-another-monitor` answers `monitor`: its conditions on sources hold.
          Confidence 90 % reaches restrict, which starts at 70 %.
          2 identities claim this principal, `idn_a` and `idn_b` among them; declare whose it is.
          Nothing is aimed at on a guess; the security team is asked.
        ask restrict security: -
          Playbook `stolen-machine-key` answers `monitor`: its conditions on severity, credentials, kinds hold.
          Confidence 90 % reaches restrict, which starts at 60 %; disable starts at 95 %.
          The case is on `idn_other`, but the record is of `idn_ci`.
          Nothing is aimed at on a guess; the security team is asked.
    "#]].assert_eq(&story);
}

#[test]
fn what_is_cut_off_already_is_left_until_it_is_disproven() {
    let content = Content::starter();
    let mut world = World::new(IdentityKind::Pipeline, Environment::Production, 0.97);
    for standing in [Standing::Quarantined, Standing::Disabled] {
        world.standing = standing;
        world.disproven.clear();
        assert_eq!(world.decide(&content).verdict, Verdict::Observe);
        assert_eq!(world.decide(&content).intents, []);
        world.disproven = vec![ActionKind::DisableCredential];
        assert_eq!(world.decide(&content).verdict, Verdict::Ask);
    }
}
