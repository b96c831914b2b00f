//! A session of a role that one workflow was let in for: that way in is closed and no other.

use super::provider::{self, ROLES};
use super::{ALL, Disturbance, House, time};
use interlock_contain::{Phase, grade};
use interlock_model::{ActionKind, Grade};

const ROLE: &str = "arn:aws:iam::111122223333:role/deploy";
const MAIN: &str = "repo:acme/shop:ref:refs/heads/main";
const WAY: &str = "web-identity/github:repo:acme/shop:ref:refs/heads/main";
const ENFORCED: &[ActionKind] = &[
    ActionKind::BlockPrincipal,
    ActionKind::DisableCredential,
    ActionKind::Quarantine,
    ActionKind::RevokeSessions,
];

/// The call by which a workflow is let in, or is not.
fn enters(subject: &str, key: &str, second: i64, error: Option<&str>) -> String {
    let provider = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
    let answer = match error {
        Some(error) => format!(r#""errorCode":"{error}""#),
        None => format!(
            r#""responseElements":{{"subjectFromWebIdentityToken":"{subject}","credentials":{{"accessKeyId":"{key}","expiration":"Oct 9, 2025, 10:00:00 AM"}},"assumedRoleUser":{{"arn":"arn:aws:sts::111122223333:assumed-role/deploy/gh-run-991"}},"provider":"{provider}","audience":"sts.amazonaws.com"}}"#
        ),
    };
    format!(
        r#"{{"eventVersion":"1.11","eventID":"enter-{key}-{second}","eventTime":"{}","eventSource":"sts.amazonaws.com","eventName":"AssumeRoleWithWebIdentity","awsRegion":"eu-central-1","sourceIPAddress":"198.51.100.23","userAgent":"actions","userIdentity":{{"type":"WebIdentityUser","principalId":"{provider}:sts.amazonaws.com:{subject}","userName":"{subject}","identityProvider":"{provider}"}},"requestParameters":{{"roleArn":"{ROLE}","roleSessionName":"gh-run-991"}},{answer},"recipientAccountId":"111122223333"}}"#,
        time(second),
    )
}

/// The session with this key stops the trail.
fn attacks(key: &str, second: i64) -> String {
    format!(
        r#"{{"eventVersion":"1.11","eventID":"stop-{key}-{second}","eventTime":"{}","eventSource":"cloudtrail.amazonaws.com","eventName":"StopLogging","awsRegion":"eu-central-1","sourceIPAddress":"203.0.113.9","userAgent":"aws-cli/2.15","userIdentity":{{"type":"AssumedRole","principalId":"AROADEPLOY:gh-run-991","arn":"arn:aws:sts::111122223333:assumed-role/deploy/gh-run-991","accountId":"111122223333","accessKeyId":"{key}","sessionContext":{{"sessionIssuer":{{"type":"Role","principalId":"AROADEPLOY","arn":"{ROLE}","accountId":"111122223333","userName":"deploy"}},"attributes":{{"creationDate":"{}","mfaAuthenticated":"false"}}}}}},"recipientAccountId":"111122223333"}}"#,
        time(second),
        time(1),
    )
}

fn house(enforced: &'static [ActionKind], at: Option<(u32, Disturbance)>) -> House {
    let mut house = House::new(at);
    house.hands = (&ROLES, enforced);
    house
}

fn stolen(house: &mut House) {
    house.receive(&enters(MAIN, "ASIAEXAMPLE1", 1, None));
    house.receive(&attacks("ASIAEXAMPLE1", 5));
    house.live(Vec::new());
}

#[test]
fn the_workflow_is_shut_out_its_session_ended_and_the_role_left_to_others() {
    let mut house = house(ENFORCED, None);
    stolen(&mut house);
    assert_eq!(
        house.aimed(),
        format!("disable_credential credential `{WAY}` of `{ROLE}` + revoke_sessions `{ROLE}`")
    );
    assert_eq!(house.provider.writes, [format!("{WAY}=closed"), format!("{ROLE}=closed")]);
    let life = house.only();
    assert!(matches!(life.phase, Phase::Contained { .. }), "{:?}", life.phase);
    let left = &life.plan.as_ref().unwrap().residual;
    let left: Vec<_> = left.iter().map(|it| (it.what.as_str(), it.until)).collect();
    assert_eq!(left, [("others whom the role trusts", None)], "what no step stops is said");
    assert_eq!(grade(&life), Grade::Applied);
}

#[test]
fn a_refused_workflow_proves_the_cut_and_one_that_gets_in_widens_it() {
    let mut proven = house(ENFORCED, None);
    stolen(&mut proven);
    // Another workflow comes in as before, which says nothing.
    proven.clock = proven.clock.max(60);
    proven.receive(&enters("repo:acme/web:ref:refs/heads/main", "ASIAEXAMPLE2", 50, None));
    proven.live(Vec::new());
    let step = |house: &House| {
        let life = house.only();
        life.steps.iter().find(|it| it.step.kind == ActionKind::DisableCredential).unwrap().proof
    };
    assert_eq!(step(&proven), interlock_model::StepProof::Applied);
    proven.receive(&enters(MAIN, "ASIAEXAMPLE3", 60, Some("AccessDenied")));
    proven.live(Vec::new());
    assert_eq!(step(&proven), interlock_model::StepProof::Effective);

    let mut in_vain = house(ENFORCED, None);
    stolen(&mut in_vain);
    in_vain.clock = in_vain.clock.max(60);
    in_vain.receive(&enters(MAIN, "ASIAEXAMPLE3", 60, None));
    in_vain.live(Vec::new());
    let aimed = in_vain.aimed();
    assert!(!aimed.contains("web-identity") && aimed.contains(ROLE), "{aimed}");
}

#[test]
fn what_is_not_sure_or_not_allowed_is_planned_as_a_whole() {
    let whole = format!("block_principal `{ROLE}` + revoke_sessions `{ROLE}`");
    // Who let the session in was not seen.
    let mut unseen = house(ENFORCED, None);
    unseen.receive(&enters(MAIN, "ASIAEXAMPLE2", 1, None));
    unseen.receive(&attacks("ASIAEXAMPLE1", 5));
    unseen.live(Vec::new());
    assert_eq!(unseen.aimed(), whole, "one workflow was seen, and not for this session");
    // The connector may not close a way in.
    let mut coarse = house(&[ActionKind::BlockPrincipal, ActionKind::RevokeSessions], None);
    stolen(&mut coarse);
    assert_eq!(coarse.aimed(), whole);
    assert_eq!(coarse.provider.writes, [format!("{ROLE}=closed")]);
    // The provider knows no such way: the plan fails, and the whole is planned.
    let mut unknown = house(ENFORCED, None);
    unknown.provider.knows_no_way = true;
    stolen(&mut unknown);
    assert_eq!(unknown.aimed(), whole);
    assert_eq!(unknown.provider.writes, [format!("{ROLE}=closed")]);
    // The connector cannot.
    let mut unable = house(ENFORCED, None);
    unable.hands = (&provider::SPEC, ENFORCED);
    stolen(&mut unable);
    assert!(!unable.aimed().contains("web-identity"), "{}", unable.aimed());
}

#[test]
fn who_let_it_in_is_learned_late_and_what_is_closed_is_not_closed_again() {
    let mut house = house(ENFORCED, None);
    house.receive(&attacks("ASIAEXAMPLE1", 1));
    house.live(Vec::new());
    house.receive(&enters(MAIN, "ASIAEXAMPLE1", 1, None));
    // A finding is told again when it is ten times as large.
    (2..12).for_each(|it| house.receive(&attacks("ASIAEXAMPLE1", it)));
    house.live(Vec::new());
    assert!(house.aimed().contains(WAY), "it is known now: {}", house.aimed());
    let kinds: Vec<_> = house.only().steps.iter().map(|it| it.step.kind).collect();
    assert_eq!(kinds, [ActionKind::BlockPrincipal, ActionKind::RevokeSessions]);
    assert_eq!(house.provider.writes, [format!("{ROLE}=closed")]);
}

#[test]
fn death_or_loss_at_every_point_leaves_the_same_cut() {
    let mut calm = house(ENFORCED, None);
    stolen(&mut calm);
    for point in 1..=calm.points {
        for kind in ALL {
            let mut house = house(ENFORCED, Some((point, kind)));
            stolen(&mut house);
            assert_eq!(house.provider.writes, calm.provider.writes, "{kind:?} at {point}");
            let phase = house.only().phase;
            assert!(matches!(phase, Phase::Contained { .. }), "{kind:?} at {point}: {phase:?}");
        }
    }
}
