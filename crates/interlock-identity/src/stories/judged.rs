//! Who owns it, where it acts, what depends on it, what is missing.

use super::script::*;
use crate::directory::Directory;
use crate::gaps::GapKind;
use crate::revocation::Revocations;
use expect_test::expect;
use interlock_model::{
    ActionName, BlastRadius, Confidence, ConnectorId, CredentialKind, Criticality,
    EnvironmentBasis, Event, Finding, FindingId, FindingSource, LineageKind, Origin, Ownership,
    PrincipalKind, Resolution, RevocationMethod, RuleRef, Severity, Shapes,
};

fn basis(it: &interlock_model::Identity) -> String {
    match &it.environment_basis {
        EnvironmentBasis::Declared => format!("{} declared", it.environment),
        EnvironmentBasis::Inferred(why) => format!("{}: {why}", it.environment),
        EnvironmentBasis::None => it.environment.to_string(),
    }
}

#[test]
fn where_an_identity_acts_is_inferred_with_the_evidence() {
    let mut directory = directory();
    for (principal, expected) in [
        (
            "aws:arn:aws:iam::111122223333:role/x",
            "production: account `111122223333` is declared production",
        ),
        (
            "aws:arn:aws:iam::777788889999:role/x-prod-y",
            "development: account `777788889999` is declared development",
        ),
        (
            "aws:arn:aws:iam::444455556666:role/shop-prod-api",
            "production: `shop-prod-api` matches `*-prod-*`, which is declared production",
        ),
        (
            "aws:arn:aws:iam::444455556666:role/a-prod-staging",
            "production: `a-prod-staging` matches `*-prod-*`, which is declared production",
        ),
        (
            "aws:arn:aws:iam::444455556666:role/shop-staging",
            "staging: `shop-staging` matches `*-staging`, which is declared staging",
        ),
        ("aws:arn:aws:iam::444455556666:role/shop", "unknown"),
    ] {
        directory.bind(&told("10:00").role(principal).0);
        assert_eq!(basis(of(&directory, principal)), expected);
    }
}

#[test]
fn an_owner_is_inferred_from_lineage_then_account_or_nobody() {
    let mut directory = directory();
    let role = |name: &str| format!("aws:arn:aws:iam::444455556666:role/{name}");
    // A pipeline with an owner acts as it.
    let enter = told("10:00").by(PrincipalKind::Federated, GITHUB);
    directory.bind(&assumes("10:00", enter, &role("deploy"), ASIA).0);
    assert_eq!(
        ownership(of(&directory, &role("deploy"))),
        "own_shop: assumed by `shop-pipeline`, whose owner is declared"
    );
    // An owned identity created it, at two removes.
    let arn = |text: &str| text.strip_prefix("aws:").unwrap().to_owned();
    directory.bind(&told("10:01").user(USER).does("iam:CreateRole").to("role", &arn(&role("a"))).0);
    directory.bind(
        &told("10:02").role(&role("a")).does("iam:CreateRole").to("role", &arn(&role("b"))).0,
    );
    assert_eq!(
        ownership(of(&directory, &role("b"))),
        "own_platform: created by `ci-deploy` through `a`, whose owner is declared"
    );
    assert!(matches!(
        of(&directory, &role("b")).owner,
        Ownership::Inferred { edge: Some(LineageKind::CreatedBy), .. }
    ));
    // A service account that merely acts as a role or issues a key for it does not own it.
    directory.bind(&assumes("10:03", told("10:03").user(USER).key(AKIA), &role("c"), ASIB).0);
    assert_eq!(ownership(of(&directory, &role("c"))), "unowned");
    // The account has an owner.
    let account = "aws:arn:aws:iam::777788889999:role/x";
    directory.bind(&told("10:04").role(account).0);
    assert_eq!(
        ownership(of(&directory, account)),
        "own_platform: account `777788889999` is declared to belong to `own_platform`"
    );
    assert_eq!(directory.owner_of(&of(&directory, account).id).unwrap().contact, "platform");
    assert_eq!(ownership(of(&directory, USER)), "own_platform declared");
}

#[test]
fn equally_strong_evidence_for_two_teams_is_none() {
    let mut directory = Directory::new(declared(
        r#"
teams: [{id: own_a, contact: a}, {id: own_b, contact: b}]
identities:
  - {id: idn_a, kind: pipeline, owner: own_a, principals: ["github:repo:acme/a:*"]}
  - {id: idn_b, kind: pipeline, owner: own_b, principals: ["github:repo:acme/b:*"]}
  - {id: idn_x, kind: workload, principals: ["aws:arn:aws:iam::111122223333:role/x"], deployed_by: ["github:repo:acme/b:*"]}
"#,
    ));
    assert_eq!(
        ownership(of(&directory, "idn_x")),
        "own_b: deployed by `b`, whose owner is declared"
    );
    for (time, subject) in
        [("10:00", "github:repo:acme/a:main"), ("10:01", "github:repo:acme/b:main")]
    {
        let enter = told(time).by(PrincipalKind::Federated, subject);
        directory.bind(&assumes(time, enter, ROLE, ASIA).0);
    }
    assert_eq!(ownership(of(&directory, ROLE)), "unowned");
}

#[test]
fn what_breaks_is_what_was_declared_and_who_was_seen() {
    let mut directory = directory();
    let shown = |directory: &Directory, text: &str, now: &str| {
        let radius = directory.blast_radius(&of(directory, text).id, at(now));
        let mut out = radius.as_str().to_owned();
        for it in radius.dependents() {
            out.push_str(&format!("\n  {} ({})", it.name, it.basis));
        }
        out
    };
    assert_eq!(shown(&directory, USER, "10:00"), "production\n  shop releases (declared)");
    let dev = "aws:arn:aws:iam::777788889999:role/batch";
    let idle = "aws:arn:aws:iam::777788889999:role/idle";
    directory.bind(&told("00:10").role(idle).refused().0);
    assert_eq!(shown(&directory, idle, "00:20"), "unknown");
    directory.bind(&told("00:10").role(dev).session("run-1", None).0);
    directory.bind(&told("01:10").role(dev).session("run-2", None).0);
    directory.bind(&told("02:10").role(dev).session("i-0abcdef1234567890", None).0);
    directory.bind(&told("03:10").role(dev).from("203.0.113.9", "curl/8").refused().0);
    expect![[r#"
        contained
          aws-cli from 192.0.2.0/24 as session i-0abcdef1234567890 (used it once since 2026-03-01T02:10:00Z)
          aws-cli from 192.0.2.0/24 as session run-# (used it 2 times since 2026-03-01T00:10:00Z)"#]]
    .assert_eq(&shown(&directory, dev, "04:00"));
    for hour in 4..20 {
        directory.bind(&told(&format!("{hour:02}:00")).user(USER).0);
    }
    assert_eq!(shown(&directory, idle, "20:00"), "none");
    // A person's own clients are the person.
    let ana = "aws:arn:aws:iam::777788889999:user/ana.silva";
    directory.bind(&told("20:00").user(ana).0);
    assert_eq!(shown(&directory, ana, "20:00"), "none");
    let nobody = "idn_nobody".parse().unwrap();
    assert_eq!(directory.blast_radius(&nobody, at("20:00")), BlastRadius::Unknown);
}

#[test]
fn an_intruder_does_not_depend() {
    let mut directory = directory();
    let dev = "aws:arn:aws:iam::777788889999:role/batch";
    let used = |time: &str, from: &str, agent: &str| {
        told(time).role(dev).session("run-1", None).from(from, agent)
    };
    for (time, from, agent) in [
        ("08:00", "192.0.2.1", "aws-cli/2"),
        ("10:00", "203.0.113.9", "Boto3/1"),
        ("10:05", "203.0.113.9", "curl/8"),
        ("10:40", "203.0.113.200", "Boto3/1"),
    ] {
        directory.bind(&used(time, from, agent).0);
    }
    let breaks = |accused: &[Finding]| -> Vec<String> {
        let id = &of(&directory, dev).id;
        let radius = directory.blast_radius_besides(id, at("11:00"), accused);
        radius.dependents().iter().map(|it| it.name.replace(" as session run-#", "")).collect()
    };
    let all =
        ["aws-cli from 192.0.2.0/24", "Boto3 from 203.0.113.0/24", "curl from 203.0.113.0/24"];
    assert_eq!(breaks(&[]), all);
    // Who came with the accused use does not depend; another client of the same network does.
    let finding = |told: Told| accuses(&told.0);
    let intruder = finding(used("10:40", "203.0.113.9", "Boto3/1"));
    assert_eq!(breaks(std::slice::from_ref(&intruder)), [all[0], all[2]]);
    // Who was there long before is a dependent, whatever it is accused of.
    let old = finding(used("10:40", "192.0.2.1", "aws-cli/2"));
    assert_eq!(breaks(&[old, intruder.clone()]), [all[0], all[2]]);
    // A finding that does not say from where accuses nobody's client.
    let nowhere = Finding { origin: Origin::default(), ..intruder };
    assert_eq!(breaks(&[nowhere]), all);
}

/// A finding that this event alone carries.
fn accuses(event: &Event) -> Finding {
    Finding {
        id: FindingId::derive(&["test"]),
        rule: RuleRef {
            id: "first_seen_origin".into(),
            name: "first seen origin".into(),
            source: FindingSource::Behaviour,
        },
        title: "used from a network never seen before".to_owned(),
        confidence: Confidence::new(0.7),
        severity: Severity::High,
        techniques: Vec::new(),
        time: event.time,
        last: event.time,
        resolution: Resolution::Unknown,
        principal: None,
        credential: event.actor.credential.clone(),
        session: event.actor.session.clone(),
        chain: Vec::new(),
        origin: event.origin.clone(),
        evidence: Vec::new(),
        facts: Vec::new(),
        response: None,
        artefacts: Vec::new(),
        let_in: None,
    }
}

#[test]
fn what_depends_on_one_credential() {
    let mut directory = directory();
    directory.bind(&told("10:00").user(USER).key(AKIA).from("192.0.2.1", "Boto3/1").0);
    directory.bind(
        &told("10:01").user(USER).key("AKIAIOSFODNN7EXAMPLF").from("192.0.2.1", "aws-cli/2").0,
    );
    directory.bind(
        &assumes(
            "10:02",
            told("10:02").user(USER).key(AKIA).from("192.0.2.1", "Boto3/1"),
            ROLE,
            ASIA,
        )
        .0,
    );
    let names: Vec<_> =
        directory.dependents_of(&key(AKIA), at("11:00")).into_iter().map(|it| it.name).collect();
    assert_eq!(names, ["Boto3 from 192.0.2.0/24", "sessions of shop-prod-deploy"]);
}

#[test]
fn every_gap_says_what_to_do() {
    let method = RevocationMethod {
        connector: ConnectorId("aws-prod".into()),
        action: ActionName("aws_iam.disable_access_key".into()),
        settle: std::time::Duration::from_secs(5),
        leaves: "sessions issued before".into(),
    };
    let table = Revocations::new().with("aws", CredentialKind::AccessKey, Shapes::ALL, method);
    let mut directory = directory().with_revocations(table);
    assert!(of(&directory, USER).credentials[0].revocation.is_some());
    directory.bind(&told("10:00").user(USER).key(AKIA).from("192.0.2.1", "Boto3/1").0);
    directory.bind(&told("10:01").user(USER).key(AKIA).from("203.0.113.1", "curl/8").0);
    directory.bind(&told("10:02").role("aws:arn:aws:iam::444455556666:role/new").key(ASIA).0);
    directory.bind(&told("10:03").by(PrincipalKind::Root, "aws:arn:aws:iam::444455556666:root").0);
    directory.bind(&told("10:04").by(PrincipalKind::Service, "aws:ec2.amazonaws.com").0);
    let shown: String = directory
        .gaps(at("11:00"))
        .iter()
        .map(|it| {
            let name = &directory.identity(&it.identity).unwrap().name;
            format!("{name} {}: {}\n", it.kind.as_str(), it.text)
        })
        .collect();
    expect![[r#"
        new undeclared: `new` acts, and nobody declared it
        new unowned: nobody is known to answer for it
        new environment_unknown: nothing says where it acts, so it is treated as production
        new no_revocation: no connector can end `aws:session-key:ASIAIOSFODNN7EXAMPL1`
        root of 444455556666 undeclared: `root of 444455556666` acts, and nobody declared it
        root of 444455556666 unowned: nobody is known to answer for it
        root of 444455556666 environment_unknown: nothing says where it acts, so it is treated as production
        root of 444455556666 no_approver: it is protected, and nobody may approve for its owner
        ci-deploy shared_credential: `aws:access-key:AKIAIOSFODNN7EXAMPLE` is used by several kinds of client from several networks
        ci-deploy long_lived: `aws:access-key:AKIAIOSFODNN7EXAMPLE` of a service account lasts until somebody ends it
        shop-pipeline environment_unknown: nothing says where it acts, so it is treated as production
    "#]].assert_eq(&shown);
    let june = "2026-06-15T00:00:00Z".parse().unwrap();
    let unused = directory.gaps(june).into_iter().find(|it| it.kind == GapKind::UnusedCredential);
    assert_eq!(
        unused.map(|it| it.text),
        Some("`aws:access-key:AKIAIOSFODNN7EXAMPLE` was not used for 105 days".to_owned())
    );
}

#[test]
fn protection_reaches_what_telemetry_brings() {
    let mut directory = directory();
    let root = "aws:arn:aws:iam::444455556666:root";
    directory.bind(&told("10:00").by(PrincipalKind::Root, root).0);
    let id = &of(&directory, root).id;
    assert!(directory.is_protected(id));
    assert_eq!(directory.protection(id), Some("root of an account"));
    assert!(!directory.is_protected(&of(&directory, USER).id));
}

#[test]
fn changes_are_told_once_and_mere_use_rarely() {
    let mut directory = directory();
    assert_eq!(directory.changed().len(), 2, "what is declared");
    assert_eq!(directory.changed(), []);
    directory.bind(&told("10:00").role(ROLE).key(ASIA).0);
    assert_eq!(directory.changed(), [of(&directory, ROLE).id.clone()]);
    directory.bind(&told("10:05").role(ROLE).key(ASIA).0);
    assert_eq!(directory.changed(), []);
    directory.bind(&told("10:15").role(ROLE).key(ASIA).0);
    assert_eq!(directory.changed().len(), 1);
}

#[test]
fn what_people_call_critical_breaks_production_wherever_it_acts() {
    let it = directory_with(
        "  - { id: idn_builder, kind: pipeline, owner: own_shop, environment: development, criticality: high, principals: [\"github:repo:acme/build:*\"] }
  - { id: idn_toy, kind: pipeline, owner: own_shop, environment: production, criticality: low, principals: [\"github:repo:acme/toy:*\"] }",
    );
    let id = |text: &str| text.parse().unwrap();
    let radius = it.blast_radius(&id("idn_builder"), at("20:00"));
    assert_eq!(radius.as_str(), "production");
    assert_eq!(radius.dependents()[0].name, "whatever counts on builder");
    assert_eq!(it.criticality(&id("idn_builder")), Some(Criticality::High));
    assert_eq!(it.criticality(&id("idn_toy")), Some(Criticality::Low));
    assert_eq!(it.blast_radius(&id("idn_toy"), at("20:00")), BlastRadius::Unknown);
    assert_eq!(it.criticality(&id("idn_ci-deploy")), None);
}
