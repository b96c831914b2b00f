//! A session of a role that is accused alone: it is ended by its own name, and the role left to others.

use super::provider::{ROLES, SESSIONS};
use super::{ALL, Disturbance, House, time};
use crate::Input;
use interlock_contain::{Phase, grade};
use interlock_model::{ActionKind, CaseState, Grade, StepProof};

const ROLE: &str = "arn:aws:iam::111122223333:role/deploy";
const ENFORCED: &[ActionKind] = &[
    ActionKind::BlockPrincipal,
    ActionKind::DisableCredential,
    ActionKind::Quarantine,
    ActionKind::RevokeSessions,
];

/// A call by the session of this name, issued at this second.
fn calls(name: &str, issued: i64, second: i64, error: Option<&str>) -> String {
    let (service, call) =
        if error.is_some() { ("s3", "ListBuckets") } else { ("cloudtrail", "StopLogging") };
    let error = error.map(|it| format!(r#""errorCode":"{it}",{DENIED}"#)).unwrap_or_default();
    format!(
        r#"{{"eventVersion":"1.11","eventID":"{call}-{name}-{issued}-{second}","eventTime":"{}","eventSource":"{service}.amazonaws.com","eventName":"{call}",{error}"awsRegion":"eu-central-1","sourceIPAddress":"203.0.113.9","userAgent":"aws-cli/2.15","userIdentity":{{"type":"AssumedRole","principalId":"AROADEPLOY:{name}","arn":"arn:aws:sts::111122223333:assumed-role/deploy/{name}","accountId":"111122223333","accessKeyId":"ASIAEXAMPLE{issued}","sessionContext":{{"sessionIssuer":{{"type":"Role","principalId":"AROADEPLOY","arn":"{ROLE}","accountId":"111122223333","userName":"deploy"}},"attributes":{{"creationDate":"{}","mfaAuthenticated":"false"}}}}}},"recipientAccountId":"111122223333"}}"#,
        time(second),
        time(issued),
    )
}

/// How AWS words a refusal by a denial of our own.
const DENIED: &str = r#""errorMessage":"User is not authorized to perform: s3:ListBuckets with an explicit deny in an identity-based policy","#;

fn named(name: &str, issued: i64) -> String {
    format!("session/{}/arn:aws:sts::111122223333:assumed-role/deploy/{name}", time(issued))
}

/// The same for people.
fn told(name: &str, issued: i64) -> String {
    format!("session `{name}` of `{ROLE}` issued {}", time(issued))
}

fn house(at: Option<(u32, Disturbance)>) -> House {
    let mut house = House::new(at);
    house.hands = (&SESSIONS, ENFORCED);
    house
}

fn stolen(house: &mut House) {
    house.receive(&calls("run-7", 1, 5, None));
    house.live(Vec::new());
}

#[test]
fn the_session_is_ended_and_nothing_else() {
    let mut house = house(None);
    stolen(&mut house);
    let session = named("run-7", 1);
    assert_eq!(house.aimed(), format!("revoke_sessions {}", told("run-7", 1)));
    assert_eq!(house.provider.writes, [format!("{session}=closed")]);
    let life = house.only();
    assert!(matches!(life.phase, Phase::Contained { .. }), "{:?}", life.phase);
    let left = &life.plan.as_ref().unwrap().residual;
    let left: Vec<_> = left.iter().map(|it| it.what.as_str()).collect();
    assert_eq!(left, ["whoever opened it may open the next", "other sessions of the role"]);
    assert_eq!(grade(&life), Grade::Applied);
}

#[test]
fn only_the_session_itself_proves_its_end_or_disproves_it() {
    let mut it = house(None);
    stolen(&mut it);
    it.clock = it.clock.max(60);
    // Its neighbour is denied something, and the next one of its name, and it says nothing.
    it.receive(&calls("run-8", 1, 50, Some("AccessDenied")));
    it.receive(&calls("run-7", 40, 51, Some("AccessDenied")));
    it.live(Vec::new());
    assert_eq!(it.only().steps[0].proof, StepProof::Applied);
    it.receive(&calls("run-7", 1, 60, Some("AccessDenied")));
    it.live(Vec::new());
    assert_eq!(it.only().steps[0].proof, StepProof::Effective);
}

#[test]
fn a_second_session_or_one_that_goes_on_is_answered_with_the_whole() {
    let whole = format!("block_principal `{ROLE}` + revoke_sessions `{ROLE}`");
    let mut second = house(None);
    stolen(&mut second);
    second.clock = second.clock.max(60);
    second.receive(&calls("run-8", 55, 60, None));
    second.live(Vec::new());
    assert_eq!(second.aimed(), whole, "whoever has two may have more");
    assert_eq!(second.provider.writes, [named("run-7", 1) + "=closed", format!("{ROLE}=closed")]);

    let mut in_vain = house(None);
    stolen(&mut in_vain);
    in_vain.clock = in_vain.clock.max(60);
    in_vain.receive(&calls("run-7", 1, 60, None));
    in_vain.live(Vec::new());
    let aimed = in_vain.aimed();
    assert!(!aimed.contains("session `") && aimed.contains(ROLE), "{aimed}");
}

#[test]
fn what_cannot_be_ended_alone_is_ended_with_the_others() {
    let mut unable = house(None);
    unable.hands = (&ROLES, ENFORCED);
    stolen(&mut unable);
    assert_eq!(unable.aimed(), format!("block_principal `{ROLE}` + revoke_sessions `{ROLE}`"));
    let mut refused = house(None);
    refused.provider.knows_no_way = true;
    stolen(&mut refused);
    assert!(!refused.aimed().contains("session `"), "{}", refused.aimed());
    assert_eq!(refused.provider.writes, [format!("{ROLE}=closed")]);
}

#[test]
fn what_was_ended_with_all_others_is_not_ended_once_more() {
    let mut house = house(None);
    stolen(&mut house);
    house.receive(&calls("run-8", 2, 6, None));
    house.live(Vec::new());
    let closed = house.provider.writes.clone();
    assert_eq!(closed.last(), Some(&format!("{ROLE}=closed")));
    let close = |house: &mut House| {
        let open = house.durable.cases.values().find(|it| it.state == CaseState::Open);
        let case = open.unwrap().id.clone();
        let (by, why) = ("ann".to_owned(), "looked into".to_owned());
        house.live(vec![Input::CaseClosed { case, by, why }]);
    };
    close(&mut house);
    // Older than the end of all: its record was late.
    house.receive(&calls("run-6", 0, 4, None));
    house.live(Vec::new());
    assert!(house.aimed().contains(&told("run-6", 0)), "{}", house.aimed());
    assert_eq!(house.provider.writes, closed, "it was ended with the others");
    close(&mut house);
    // Newer: it was not among them.
    house.clock = house.clock.max(60);
    house.receive(&calls("run-9", 55, 60, None));
    house.live(Vec::new());
    assert_eq!(house.provider.writes.last(), Some(&(named("run-9", 55) + "=closed")));
}

#[test]
fn death_or_loss_at_every_point_leaves_the_same_cut() {
    let mut calm = house(None);
    stolen(&mut calm);
    for point in 1..=calm.points {
        for kind in ALL {
            let mut house = house(Some((point, kind)));
            stolen(&mut house);
            assert_eq!(house.provider.writes, calm.provider.writes, "{kind:?} at {point}");
            let phase = house.only().phase;
            assert!(matches!(phase, Phase::Contained { .. }), "{kind:?} at {point}: {phase:?}");
        }
    }
}
