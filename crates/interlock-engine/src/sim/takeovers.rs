//! Takeovers of which every line is ordinary: what one hand does after it came in from nowhere is weighed
//! together, and the same work from where it is always done is nobody's concern.

use super::file;
use crate::{Page, StoryBook, Watch};
use interlock_decide::{Playbooks, Policies, starter};
use interlock_detect::sigma::{RULES, RuleSet};
use interlock_detect::{BehaviourConfig, Detectors};
use interlock_identity::{Declaration, Directory};
use interlock_ingest::{Records, Room};
use interlock_model::{Limits, Timestamp};
use std::sync::Arc;

const HOME: &str = "198.51.100.23";
const AWAY: &str = "203.0.113.66";
/// The Monday after two weeks of work.
const MONDAY: i64 = 1_773_619_200;
const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;

/// One thing that somebody does: hour of the day, address, what.
type Act<'a> = (i64, &'a str, &'a str);

/// How a provider writes down what its administrator did.
type Written = fn(second: i64, address: &str, what: &str) -> String;

fn time(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// `event | more members of the record`.
fn okta(second: i64, address: &str, what: &str) -> String {
    let (kind, target) = what.split_once(" | ").unwrap_or((what, r#""target":[]"#));
    let session = if address == HOME { "idx-home" } else { "idx-away" };
    format!(
        r#"{{"uuid":"u-{second}","published":"{}","eventType":"{kind}","version":"0","severity":"INFO","displayMessage":"{kind}","actor":{{"id":"00u1annEXAMPLE0001","type":"User","alternateId":"ann@example.com","displayName":"Ann"}},"client":{{"userAgent":{{"rawUserAgent":"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0","os":"Linux","browser":"FIREFOX"}},"ipAddress":"{address}"}},"authenticationContext":{{"authenticationStep":0,"externalSessionId":"{session}"}},"outcome":{{"result":"SUCCESS"}},{target},"transaction":{{"type":"WEB","id":"t-{second}","detail":{{}}}},"securityContext":{{"isProxy":{}}}}}"#,
        time(second),
        address == AWAY,
    )
}

/// `action | more members of the record`.
fn github(second: i64, address: &str, what: &str) -> String {
    let (action, more) = what.split_once(" | ").unwrap_or((what, r#""repo":"acme/pay""#));
    format!(
        r#"{{"@timestamp":{at},"_document_id":"d-{second}","action":"{action}","actor":"dana","actor_id":4711,"actor_is_bot":false,"actor_ip":"{address}","created_at":{at},"org":"acme","org_id":99,"operation_type":"create","user_agent":"Mozilla/5.0",{more}}}"#,
        at = second * 1_000,
    )
}

/// `application type name | parameters`.
fn workspace(second: i64, address: &str, what: &str) -> String {
    let (what, parameters) = what.split_once(" | ").unwrap_or((what, ""));
    let mut words = what.split(' ');
    let mut word = || words.next().unwrap_or_default();
    let (application, kind, name) = (word(), word(), word());
    let strange = r#"{"name":"is_suspicious","boolValue":true}"#;
    let parameters = parameters.replace("{AWAY}", if address == AWAY { strange } else { "" });
    format!(
        r#"{{"kind":"admin#reports#activity","id":{{"time":"{}","uniqueQualifier":"-{second}","applicationName":"{application}","customerId":"C0acme"}},"actor":{{"callerType":"USER","email":"it@acme.example","profileId":"115"}},"ipAddress":"{address}","events":[{{"type":"{kind}","name":"{name}","parameters":[{parameters}]}}]}}"#,
        time(second),
    )
}

/// Two weeks of ordinary work, or none that is known, and then this day: who ends where, and why.
fn story(written: Written, ordinary: &[&str], day: &[Act<'_>]) -> String {
    let mut lines = String::new();
    let mut add = |second: i64, address: &str, what: &str| {
        lines.push_str(&written(second, address, what));
        lines.push('\n');
    };
    for back in (1..=14).rev().filter(|_| !ordinary.is_empty()) {
        for hour in 8..16 {
            let what = ordinary[usize::try_from(hour + back).unwrap() % ordinary.len()];
            add(MONDAY - back * DAY + hour * HOUR, HOME, what);
        }
    }
    for (number, (hour, address, what)) in day.iter().enumerate() {
        add(MONDAY + hour * HOUR + 60 * number as i64, address, what);
    }
    let files: Vec<(Arc<str>, String)> =
        RULES.iter().map(|(name, text)| file(name, text)).collect();
    let (rules, problems) = RuleSet::load(&files);
    assert!(problems.is_empty(), "{problems:?}");
    let detectors = Detectors::new(rules, BehaviourConfig::standard(), None);
    let directory = Directory::new(Declaration::default());
    let mut book = StoryBook::new(Watch::new(directory, detectors, Limits::STANDARD));
    let normaliser = Arc::clone(book.watch().normaliser());
    let mut room = Room::default();
    for record in Records::open(lines.as_bytes(), "log".into(), Limits::STANDARD) {
        let read = normaliser.normalise_in(&record.unwrap(), None, &mut room);
        assert!(matches!(book.take(read, &mut room), Page::Findings(_)));
    }
    book.close();
    let content = |all: &[(&str, &str)]| -> Vec<_> {
        all.iter().map(|(name, text)| file(name, text)).collect()
    };
    let (playbooks, problems) = Playbooks::load(&content(starter::PLAYBOOKS));
    assert!(problems.is_empty(), "{problems:?}");
    let policies = Policies::load(&content(starter::POLICIES)).0.unwrap();
    let mut said = Vec::new();
    for story in book.stories(&playbooks, &policies, &[]) {
        let sure = story.case.confidence.value();
        said.push(format!("{} {sure:.2}", story.decision.tier));
        let of_it = |it: &&String| it.starts_with("One hand");
        said.extend(story.decision.reasons.iter().filter(of_it).cloned());
    }
    said.join("; ")
}

const BOB: &str = r#""target":[{"id":"00u2bob","type":"User","alternateId":"bob@example.com"}]"#;

/// What the administrators of three providers do all the time, in the order in which a thief does it.
fn work(provider: &str) -> (Written, &'static str, Vec<String>, &'static [&'static str]) {
    let owned = |all: &[&str]| all.iter().map(|it| (*it).to_owned()).collect();
    match provider {
        "okta" => (
            okta,
            "user.session.start",
            vec![
                format!("user.mfa.factor.deactivate | {BOB}"),
                r#"system.api_token.create | "target":[{"id":"00T1","type":"Token"}]"#.to_owned(),
                format!(
                    "group.user_membership.add | {}",
                    BOB.replace(
                        "}]",
                        r#"},{"id":"00g1","type":"UserGroup","displayName":"VPN admins"}]"#
                    )
                ),
            ],
            &["user.authentication.sso", "user.session.access_admin_app"],
        ),
        "github" => (
            github,
            "git.clone",
            owned(&[
                r#"personal_access_token.create | "user":"dana","user_programmatic_access_id":5502"#,
                r#"repository_secret_scanning_push_protection.disable | "repo":"acme/pay""#,
                r#"repo.download_zip | "repo":"acme/pay""#,
            ]),
            &["git.push", "pull_request.merge"],
        ),
        _ => (
            workspace,
            // Google's own mark, where it is strange to Google.
            "login login login_success | {AWAY}",
            owned(&[
                r#"admin USER_SETTINGS TURN_OFF_2_STEP_VERIFICATION | {"name":"USER_EMAIL","value":"bob@acme.example"}"#,
                r#"user_accounts email_forwarding_change email_forwarding_out_of_domain | {"name":"email_forwarding_destination_address","value":"x@other.example"}"#,
                r#"admin DELEGATED_ADMIN_SETTINGS ASSIGN_ROLE | {"name":"ROLE_NAME","value":"_HELP_DESK_ADMIN_ROLE"},{"name":"USER_EMAIL","value":"bob@acme.example"}"#,
            ]),
            &["drive access view", "drive access edit"],
        ),
    }
}

/// What one administrator does within a day, an hour between each two acts: at `address`, and after
/// two weeks of ordinary work when it is `known`.
#[track_caller]
fn check(provider: &str, address: &str, known: bool, acts: usize, expect: &str) {
    let (written, sign_in, work, rest) = work(provider);
    let ordinary = if known { [&[sign_in], rest].concat() } else { Vec::new() };
    let acts = std::iter::once(sign_in).chain(work.iter().map(|it| &**it)).take(acts + 1);
    let day: Vec<Act<'_>> = (8..).zip(acts).map(|(hour, it)| (hour, address, it)).collect();
    assert_eq!(story(written, &ordinary, &day), expect, "{provider} from {address}: {day:?}");
}

#[test]
fn one_who_comes_in_from_nowhere_and_does_an_administrators_work_is_asked_and_then_stopped() {
    // Nothing is known of the administrator; the way in bears the provider's own mark.
    check("okta", AWAY, false, 1, "observe 0.05");
    check(
        "okta",
        AWAY,
        false,
        3,
        "restrict 0.80; One hand within hours: `access`, `persistence`, `privilege` and `evasion`.",
    );
    check(
        "google_workspace",
        AWAY,
        false,
        2,
        "revalidate 0.60; One hand within hours: `access`, `evasion` and `data`.",
    );
    check(
        "google_workspace",
        AWAY,
        false,
        3,
        "restrict 0.70; One hand within hours: `access`, `privilege`, `evasion` and `data`.",
    );
    // GitHub tells of no sign-in: a network that was never seen is the way in.
    check("github", AWAY, true, 1, "observe 0.05");
    check(
        "github",
        AWAY,
        true,
        2,
        "revalidate 0.60; One hand within hours: `access`, `persistence` and `evasion`.",
    );
    check(
        "github",
        AWAY,
        true,
        3,
        "restrict 0.70; One hand within hours: `access`, `persistence`, `evasion` and `data`.",
    );
}

#[test]
fn the_same_work_from_where_it_is_always_done_is_work() {
    check("okta", HOME, false, 3, "observe 0.05");
    check("github", HOME, true, 3, "observe 0.05");
    // A network of which nothing is known is not a new one.
    check("github", AWAY, false, 3, "observe 0.05");
}
