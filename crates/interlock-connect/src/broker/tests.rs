//! What the broker promises to workloads, resources and operators.

use super::event::{Feed, Outcome};
use super::state::{Revocation, State};
use super::{
    Broker, BrokerError, BrokerEvent, BrokerOperation, ClientConfig, Create, Denied, Introspection,
    KEPT_EVENTS, KEYS_EACH, NewKey, TOKENS_EACH, TokenLife,
};
use crate::Secret;
use expect_test::expect;
use interlock_model::{Origin, Timestamp};
use jiff::SignedDuration;
use proptest::prelude::*;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_772_366_400 + seconds).unwrap()
}

fn from() -> Origin {
    Origin {
        address: Some("198.51.100.7".parse().unwrap()),
        user_agent: Some("deploy/1".into()),
        ..Origin::default()
    }
}

fn client(name: &str) -> ClientConfig {
    ClientConfig { name: name.to_owned(), delivery: None }
}

fn in_memory() -> (Broker, NewKey) {
    let broker = Broker::in_memory(TokenLife::default());
    broker.register(&client("deploy")).unwrap();
    let key = broker.enrol("deploy", at(0)).unwrap();
    (broker, key)
}

fn issue(broker: &Broker, key: &NewKey, seconds: i64) -> Result<Secret, Denied> {
    broker.issue(key.id.id(), &key.secret, at(seconds), &from()).map(|it| it.token)
}

fn set(broker: &Broker, change: impl FnOnce(&mut State)) {
    broker
        .write(|state| {
            change(state);
            Ok::<_, BrokerError>(())
        })
        .unwrap();
}

#[test]
fn a_token_lives_until_its_end_or_its_revocation() {
    let (broker, key) = in_memory();
    let (one, other) = (issue(&broker, &key, 0).unwrap(), issue(&broker, &key, 1).unwrap());
    let live = |token: &Secret, seconds| broker.introspect(token.expose(), at(seconds)).active;
    assert!(live(&one, 0) && live(&one, 899) && !live(&one, 900));
    broker.revoke(one.expose(), at(10)).unwrap();
    assert!(!live(&one, 10) && live(&other, 10));
    let stamp = |it| Some(Revocation { not_before: it, by: "stp_1".to_owned() });
    set(&broker, |it| it.clients.get_mut("deploy").unwrap().revocation = stamp(at(0)));
    assert!(live(&other, 10), "issued after the stamp");
    set(&broker, |it| it.clients.get_mut("deploy").unwrap().revocation = stamp(at(1)));
    assert!(!live(&other, 10), "issued at the stamp");
    set(&broker, |it| it.clients.get_mut("deploy").unwrap().revocation = None);
    assert!(live(&other, 10) && !live(&one, 10), "a token that was handed back stays ended");
}

#[test]
fn what_is_not_live_says_nothing_else() {
    let (broker, key) = in_memory();
    let token = issue(&broker, &key, 0).unwrap();
    let id = token.expose().split_once('.').unwrap().0;
    let answer = serde_json::to_string(&broker.introspect(token.expose(), at(1))).unwrap();
    expect![[
        r#"{"active":true,"sub":"broker:deploy","jti":"ID","iat":1772366400,"exp":1772367300}"#
    ]]
    .assert_eq(&answer.replace(id, "ID"));
    let inactive = Introspection::default();
    for text in ["", "x", id, &format!("{id}."), &format!("{}0", token.expose()), "bt_1.2"] {
        assert_eq!(broker.introspect(text, at(1)), inactive, "{text}");
    }
    broker.revoke("bt_unknown.token", at(1)).unwrap();
    assert_eq!(broker.introspect(token.expose(), at(900)), inactive);
    assert_eq!(serde_json::to_string(&inactive).unwrap(), r#"{"active":false}"#);
}

#[test]
fn an_exchange_is_refused_for_a_reason() {
    let (broker, key) = in_memory();
    let other = broker.enrol("deploy", at(0)).unwrap();
    let wrong =
        |id: &str, secret: &Secret| broker.issue(id, secret, at(0), &from()).unwrap_err().code();
    assert_eq!(wrong("bk_unknown", &key.secret), "bad_key");
    assert_eq!(wrong(key.id.id(), &other.secret), "bad_key");
    assert_eq!(wrong(key.id.id(), &Secret::new("x".repeat(1_000_000))), "bad_key");
    set(&broker, |it| it.keys.get_mut(key.id.id()).unwrap().active = false);
    assert_eq!(wrong(key.id.id(), &key.secret), "key_disabled");
    assert_eq!(wrong(key.id.id(), &other.secret), "bad_key", "a stranger learns nothing");
    set(&broker, |it| it.clients.get_mut("deploy").unwrap().blocked = true);
    assert_eq!(wrong(other.id.id(), &other.secret), "issuance_blocked");
}

#[test]
fn every_use_is_recorded_and_no_secret_is() {
    let (broker, key) = in_memory();
    let token = issue(&broker, &key, 0).unwrap();
    let _ = broker.introspect_from(token.expose(), at(1), &from());
    broker.revoke(token.expose(), at(2)).unwrap();
    let _ = broker.introspect(token.expose(), at(3));
    let _ = broker.introspect("bt_unknown.token", at(4));
    set(&broker, |it| it.clients.get_mut("deploy").unwrap().blocked = true);
    assert!(issue(&broker, &key, 5).is_err());
    let events = broker.events();
    assert_eq!(broker.events(), [], "taken once");
    let text: Vec<String> = events.iter().map(|it| serde_json::to_string(it).unwrap()).collect();
    let id = token.expose().split_once('.').unwrap().0;
    let text = text.join("\n");
    for secret in [token.expose(), key.secret.expose()] {
        assert!(!text.contains(secret) && !format!("{events:?} {broker:?}").contains(secret));
    }
    expect![[r#"
        {"time":"2026-03-01T12:00:00Z","principal":{"provider":"broker","name":"deploy"},"key":"broker:access-key:KEY","token_id":"broker:token:TOKEN","issued":"2026-03-01T12:00:00Z","expires":"2026-03-01T12:15:00Z","operation":"issue_token","outcome":"success","address":"198.51.100.7","user_agent":"deploy/1"}
        {"time":"2026-03-01T12:00:01Z","principal":{"provider":"broker","name":"deploy"},"key":"broker:access-key:KEY","token_id":"broker:token:TOKEN","issued":"2026-03-01T12:00:00Z","expires":"2026-03-01T12:15:00Z","operation":"introspect_token","outcome":"success","address":"198.51.100.7","user_agent":"deploy/1"}
        {"time":"2026-03-01T12:00:02Z","principal":{"provider":"broker","name":"deploy"},"key":"broker:access-key:KEY","token_id":"broker:token:TOKEN","issued":"2026-03-01T12:00:00Z","expires":"2026-03-01T12:15:00Z","operation":"revoke_token","outcome":"success","address":null,"user_agent":null}
        {"time":"2026-03-01T12:00:03Z","principal":{"provider":"broker","name":"deploy"},"key":"broker:access-key:KEY","token_id":"broker:token:TOKEN","issued":"2026-03-01T12:00:00Z","expires":"2026-03-01T12:15:00Z","operation":"introspect_token","outcome":{"refused":{"code":"token_revoked","stage":"credential"}},"address":null,"user_agent":null}
        {"time":"2026-03-01T12:00:04Z","principal":null,"key":null,"token_id":null,"issued":null,"expires":null,"operation":"introspect_token","outcome":{"refused":{"code":"unknown_token","stage":"credential"}},"address":null,"user_agent":null}
        {"time":"2026-03-01T12:00:05Z","principal":{"provider":"broker","name":"deploy"},"key":"broker:access-key:KEY","token_id":null,"issued":null,"expires":null,"operation":"issue_token","outcome":{"refused":{"code":"issuance_blocked","stage":"explicit_deny"}},"address":"198.51.100.7","user_agent":"deploy/1"}"#]]
    .assert_eq(&text.replace(id, "TOKEN").replace(key.id.id(), "KEY"));
}

#[test]
fn the_feed_is_bounded_and_counts_what_it_lost() {
    let mut feed = Feed::default();
    for second in 0..=KEPT_EVENTS {
        let time = at(i64::try_from(second).unwrap());
        feed.push(BrokerEvent::new(BrokerOperation::IssueToken, time, &from()));
    }
    let kept = feed.drain();
    assert_eq!((kept.len(), kept[0].time, feed.lost()), (KEPT_EVENTS, at(1), 1));
}

#[test]
fn keys_and_tokens_are_bounded_and_ended_tokens_make_room() {
    let (broker, key) = in_memory();
    for _ in 1..KEYS_EACH {
        broker.enrol("deploy", at(0)).unwrap();
    }
    assert!(matches!(broker.enrol("deploy", at(0)), Err(BrokerError::Full { .. })));
    for _ in 0..TOKENS_EACH {
        issue(&broker, &key, 0).unwrap();
    }
    let denied = issue(&broker, &key, 899).unwrap_err();
    assert!(matches!(denied, Denied::TooMany { limit: TOKENS_EACH }));
    assert_eq!(denied.outcome(), Outcome::Failed { code: "too_many_tokens".into() });
    issue(&broker, &key, 900).unwrap();
    assert_eq!(broker.state().tokens.len(), 1, "what has ended is swept");
}

#[test]
fn only_sound_clients_are_registered() {
    let broker = Broker::in_memory(TokenLife::default());
    for name in ["", "a b", "Deploy", "é", &"a".repeat(65), "a/b"] {
        assert!(broker.register(&client(name)).is_err(), "{name}");
    }
    assert!(matches!(broker.enrol("x", at(0)), Err(BrokerError::UnknownClient { .. })));
    assert!(broker.enrol_delivered("x", at(0)).is_err());
    assert_eq!((TokenLife::from_seconds(0), TokenLife::from_seconds(3_601)), (None, None));
}

fn open(path: &Path) -> Result<Broker, BrokerError> {
    Broker::open(path, Create::Never, TokenLife::default())
}

/// A broker in a file, with a live and a revoked token.
fn in_file(path: &Path) -> (Secret, Secret) {
    let broker = Broker::open(path, Create::IfMissing, TokenLife::default()).unwrap();
    broker.register(&client("deploy")).unwrap();
    let key = broker.enrol("deploy", at(0)).unwrap();
    let (live, ended) = (issue(&broker, &key, 0).unwrap(), issue(&broker, &key, 0).unwrap());
    broker.revoke(ended.expose(), at(1)).unwrap();
    (live, ended)
}

#[test]
fn the_file_is_the_broker_and_holds_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broker.json");
    let (live, ended) = in_file(&path);
    let text = fs::read_to_string(&path).unwrap();
    for token in [&live, &ended] {
        assert!(!text.contains(token.expose().split_once('.').unwrap().1));
    }
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let broker = open(&path).unwrap();
    assert!(broker.introspect(live.expose(), at(2)).active);
    assert!(!broker.introspect(ended.expose(), at(2)).active);
    let error = open(&path).unwrap_err().to_string();
    assert_eq!(
        error,
        format!("the broker state at `{}` is in use by another process", path.display())
    );
}

#[test]
fn what_cannot_be_read_is_said_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broker.json");
    assert!(matches!(open(&path), Err(BrokerError::Missing { .. })));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "looking leaves nothing behind");
    let newer = r#"{"format":2,"digest":"DIGEST","state":{}}"#.replace("DIGEST", &"0".repeat(64));
    for (content, why) in [
        ("", "EOF while parsing a value at line 1 column 0"),
        ("{}", "missing field `format` at line 1 column 2"),
        (newer.as_str(), "its form is 2, this program reads 1"),
    ] {
        fs::write(&path, content).unwrap();
        let error = open(&path).unwrap_err().to_string();
        let path = path.display();
        assert_eq!(error, format!("the broker state at `{path}` cannot be used: {why}"));
    }
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(matches!(open(&path), Err(BrokerError::Io { doing: "read", .. })));
}

#[test]
fn what_cannot_be_written_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broker.json");
    let broker = Broker::open(&path, Create::IfMissing, TokenLife::default()).unwrap();
    broker.register(&client("deploy")).unwrap();
    let key = broker.enrol("deploy", at(0)).unwrap();
    let token = issue(&broker, &key, 0).unwrap();
    let before = (fs::read(&path).unwrap(), broker.state());
    // Nothing can be written where a folder stands.
    let new = folder.path().join("broker.json.new");
    fs::create_dir(&new).unwrap();
    let error = broker.revoke(token.expose(), at(1)).unwrap_err();
    assert_eq!(error.to_string(), format!("cannot remove `{}`", new.display()));
    let denied = issue(&broker, &key, 1).unwrap_err();
    assert_eq!(denied.code(), "unavailable");
    assert_eq!((fs::read(&path).unwrap(), broker.state()), before);
    assert!(broker.introspect(token.expose(), at(1)).active, "not acknowledged, not in force");
    fs::remove_dir(&new).unwrap();
    broker.revoke(token.expose(), at(1)).unwrap();
    let gone = folder.path().join("gone").join("broker.json");
    let error = Broker::open(&gone, Create::IfMissing, TokenLife::default()).unwrap_err();
    assert!(matches!(error, BrokerError::Io { doing: "open", .. }), "{error}");
}

#[test]
fn a_first_key_that_cannot_be_delivered_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::in_memory(TokenLife::default());
    let delivery = Some(folder.path().join("gone").join("key.json"));
    broker.register(&ClientConfig { name: "deploy".to_owned(), delivery }).unwrap();
    assert!(matches!(broker.enrol_delivered("deploy", at(0)), Err(BrokerError::Io { .. })));
    assert_eq!(broker.keys("deploy"), []);
}

#[test]
fn a_moment_too_late_for_the_calendar_is_no_panic() {
    let (broker, key) = in_memory();
    let end = Timestamp::MAX.checked_sub(SignedDuration::from_secs(1)).unwrap();
    let issued = broker.issue(key.id.id(), &key.secret, end, &from()).unwrap();
    assert!(broker.introspect(issued.token.expose(), end).active);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_file_is_never_taken_for_ours(at_byte in 0_usize..2_000, flip in prop_oneof![1_u8..=255, Just(b' ')], cut: bool) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("broker.json");
        in_file(&path);
        let mut bytes = fs::read(&path).unwrap();
        // The last byte is the end of the line, which says nothing.
        let at_byte = at_byte % (bytes.len() - 1);
        if cut {
            bytes.truncate(at_byte);
        } else {
            bytes[at_byte] ^= flip;
        }
        fs::write(&path, &bytes).unwrap();
        let error = open(&path).unwrap_err();
        prop_assert!(matches!(error, BrokerError::Corrupt { .. }), "{}", error);
    }
}
