//! Correlation documents: what they read, when they fire, what is refused.

use super::sample::{cloudtrail, event, load};
use crate::sigma::RuleSet;
use crate::snapshot::{Reader, Writer};
use interlock_model::{FieldPlan, Gravity};
use serde_json::{Value, json};

const RULES: &str = "title: Login\nname: login\nlogsource: {product: aws}\n\
    detection: {s: {eventName: Login}, condition: s}\n---\n\
    title: Key\nname: key\nlogsource: {product: aws}\n\
    detection: {s: {eventName: Key}, condition: s}\n---\n";

fn at(second: u32, name: &str, user: &str) -> Value {
    json!({"eventTime": format!("2024-05-06T00:00:{second:02}Z"), "eventName": name, "user": user})
}

#[track_caller]
fn fired(correlations: &str, records: &[Value]) -> Vec<String> {
    let (mut rules, problems) = load(&format!("{RULES}{correlations}"));
    assert_eq!(problems, []);
    let mut plan = FieldPlan::new();
    rules.plan(&mut plan).unwrap();
    let mut hits = Vec::new();
    for (at, record) in records.iter().enumerate() {
        rules.inspect(&event(cloudtrail(), record, at as u64, &plan), &mut hits);
    }
    hits.iter()
        .map(|it| {
            let places: Vec<_> = it.places.iter().map(|it| it.record.to_string()).collect();
            format!("{} {}", it.rule.title, places.join(","))
        })
        .collect()
}

#[test]
fn counts_per_group() {
    let text = "title: Many\ncorrelation: {type: event_count, rules: [login], group-by: [user], \
                timespan: 10s, condition: {gte: 2}}\n";
    let records =
        [at(0, "Login", "a"), at(1, "Login", "b"), at(2, "Key", "a"), at(3, "Login", "a")];
    assert_eq!(fired(text, &records), ["Key 2", "Many 0,3"], "what it reads is silent");
    let loud = text.replace("condition:", "generate: true, condition:");
    assert_eq!(fired(&loud, &records).len(), 5);
    let lacking = [json!({"eventName": "Login"}), json!({"eventName": "Login"})];
    assert_eq!(fired(text, &lacking), [""; 0], "no value, no group");
}

#[test]
fn long_values_are_told_apart_and_not_kept() {
    let text = "title: Many\ncorrelation: {type: value_count, rules: [login], group-by: [user], \
                timespan: 10s, condition: {gte: 2, field: eventTime}}\n";
    let long = "x".repeat(100_000);
    let (one, other) = (format!("{long}1"), format!("{long}2"));
    let records = [at(0, "Login", &one), at(1, "Login", &other), at(2, "Login", &one)];
    assert_eq!(fired(text, &records), ["Many 0,2"]);
    let (mut rules, _) = load(&format!("{RULES}{text}"));
    let mut plan = FieldPlan::new();
    rules.plan(&mut plan).unwrap();
    let mut hits = Vec::new();
    for record in &records {
        rules.inspect(&event(cloudtrail(), record, 0, &plan), &mut hits);
    }
    let mut to = Writer::new();
    rules.snapshot(&mut to);
    assert!(to.finish().len() < 2_000);
    assert_eq!(hits[0].facts[0], ("user".to_owned(), "x".repeat(256)));
}

#[test]
fn different_values() {
    let text = "title: Spread\ncorrelation: {type: value_count, rules: [login], timespan: 1m, \
                condition: {gt: 1, field: user}}\n";
    let records = [at(0, "Login", "a"), at(1, "Login", "a"), at(2, "Login", "b")];
    assert_eq!(fired(text, &records), ["Spread 1,2"]);
}

#[test]
fn order_aliases_and_chains() {
    let text = "title: Chain\nlevel: high\ncorrelation: {type: temporal, rules: [both, login], \
                group-by: [user], timespan: 1m}\n---\n\
                title: Both\nname: both\ncorrelation: {type: temporal_ordered, rules: [login, key], \
                group-by: [who], aliases: {who: {login: user, key: owner}}, timespan: 10s}\n";
    let key = |second, owner: &str| {
        let mut it = at(second, "Key", owner);
        it["owner"] = json!(owner);
        it
    };
    let records = [key(0, "a"), at(1, "Login", "a"), key(2, "b"), key(3, "a")];
    assert_eq!(fired(text, &records), ["Chain 1,3"]);
}

#[test]
fn a_restart_forgets_nothing() {
    let text = format!(
        "{RULES}title: Many\nname: many\ncorrelation: {{type: value_count, rules: [login], group-by: [user], \
         timespan: 10s, condition: {{gte: 3, field: sourceIPAddress}}}}\n---\n\
         title: Sum\ncorrelation: {{type: value_sum, rules: [login], group-by: [user], \
         timespan: 10s, condition: {{gte: 30, field: bytes}}}}\n---\n\
         title: Rare\ncorrelation: {{type: value_percentile, rules: [login], \
         timespan: 20s, condition: {{lte: 20, field: sourceIPAddress}}}}\n---\n\
         title: Words\ncorrelation: {{type: temporal_ordered, rules: [login, key], timespan: 10s, condition: login and key}}\n---\n\
         title: Then\ncorrelation: {{type: temporal_ordered, rules: [login, key], timespan: 1h}}\n"
    );
    let records: Vec<Value> = (0..40)
        .map(|second| {
            let name = if second % 5 == 4 { "Key" } else { "Login" };
            let mut it = at(second, name, if second % 2 == 0 { "a" } else { "b" });
            it["sourceIPAddress"] = json!(format!("192.0.2.{}", second % 7));
            it["bytes"] = json!(f64::from(second) / 2.0);
            it
        })
        .collect();
    let start = || {
        let (mut rules, problems) = load(&text);
        assert_eq!(problems, []);
        let mut plan = FieldPlan::new();
        rules.plan(&mut plan).unwrap();
        (rules, plan)
    };
    let written = |rules: &RuleSet| {
        let mut to = Writer::new();
        rules.snapshot(&mut to);
        to.finish()
    };
    let (mut whole, plan) = start();
    let (mut wanted, mut found) = (Vec::new(), Vec::new());
    let (mut restarted, _) = start();
    for (number, record) in records.iter().enumerate() {
        let event = event(cloudtrail(), record, number as u64, &plan);
        whole.inspect(&event, &mut wanted);
        let bytes = written(&restarted);
        (restarted, _) = start();
        restarted.restore(&mut Reader::new("sigma", &bytes)).unwrap();
        assert_eq!(written(&restarted), bytes);
        restarted.inspect(&event, &mut found);
    }
    assert!(wanted.len() > 3);
    assert_eq!(found, wanted);
    let bytes = written(&whole);
    for end in 0..bytes.len() {
        let cut = bytes.get(..end).unwrap();
        assert!(restarted.restore(&mut Reader::new("sigma", cut)).is_err(), "cut at {end}");
    }
    restarted.restore(&mut Reader::new("sigma", &[0])).unwrap();
    assert_eq!(written(&restarted), written(&start().0));
}

/// A login that moved so many bytes; without them when negative.
fn moved(second: u32, user: &str, bytes: f64) -> Value {
    let mut it = at(second, "Login", user);
    if bytes >= 0.0 {
        it["bytes"] = json!(bytes);
    }
    it
}

#[test]
fn numbers_of_many_events() {
    let rule = |kind: &str, condition: &str| {
        format!(
            "title: Moved\ncorrelation: {{type: {kind}, rules: [login], group-by: [user], \
             timespan: 10s, condition: {{{condition}, field: bytes}}}}\n"
        )
    };
    let records = [
        moved(0, "a", 10.0),
        moved(1, "b", 500.0),
        moved(2, "a", -1.0),
        moved(3, "a", 30.0),
        moved(4, "a", 80.0),
    ];
    for (kind, condition, wanted) in [
        ("value_sum", "gte: 40", &["Moved 1", "Moved 0,3"][..]),
        ("value_sum", "gt: 40, lt: 500", &["Moved 0,3,4"]),
        ("value_sum", "gt: 1000", &[]),
        ("value_avg", "gte: 20, lt: 21", &["Moved 0,3"]),
        ("value_avg", "lt: 15", &["Moved 0"]),
        ("value_avg", "gt: 39.5, neq: 500", &["Moved 0,3,4"]),
        ("value_median", "eq: 30", &["Moved 0,3,4"]),
        ("value_median", "eq: 20", &["Moved 0,3"]),
        ("value_percentile", "gte: 70, percentile: 90", &["Moved 1", "Moved 0,3,4"]),
        ("value_percentile", "lte: 34", &["Moved 0,3,4"]),
    ] {
        assert_eq!(fired(&rule(kind, condition), &records), wanted, "{kind} {condition}");
    }
    let text = [json!({"eventName": "Login", "user": "a", "bytes": "41"})];
    assert_eq!(fired(&rule("value_sum", "gt: 40"), &text), ["Moved 0"], "written as text");
    let none = [json!({"eventName": "Login", "user": "a", "bytes": "many"})];
    assert_eq!(fired(&rule("value_sum", "gte: 0"), &none), [""; 0], "no number, no event");
}

#[test]
fn conditions_in_words() {
    let rule = |kind: &str, condition: &str| {
        format!(
            "title: Ticket\nname: ticket\nlogsource: {{product: aws}}\n\
             detection: {{s: {{eventName: Ticket}}, condition: s}}\n---\n\
             title: C\ncorrelation: {{type: {kind}, rules: [login, key, ticket], group-by: [user], \
             timespan: 10s, condition: {condition}}}\n"
        )
    };
    let (login, key) = (|second| at(second, "Login", "a"), |second| at(second, "Key", "a"));
    let ticket = |second| at(second, "Ticket", "a");
    for (kind, condition, records, wanted) in [
        ("temporal", "login and key and not ticket", &[key(0), login(1)][..], &["C 0,1"][..]),
        ("temporal", "login and key and not ticket", &[ticket(0), key(1), login(2)], &[]),
        ("temporal", "login and key and not ticket", &[ticket(0), key(5), login(11)], &["C 1,2"]),
        ("temporal", "(login or ticket) and key", &[key(0), ticket(1)], &["C 0,1"]),
        ("temporal", "all of them", &[key(0), login(1), ticket(2)], &["C 0,1,2"]),
        ("temporal_ordered", "login and key and not ticket", &[key(0), login(1)], &[]),
        ("temporal_ordered", "login and key and not ticket", &[login(0), key(1)], &["C 0,1"]),
        ("temporal_ordered", "{gte: 2}", &[key(0), login(1), ticket(2)], &["C 0,1,2"]),
        ("temporal_ordered", "{gte: 2}", &[ticket(0), key(1), login(2)], &[]),
        ("temporal", "{gte: 2, lt: 3}", &[ticket(0), key(1)], &["C 0,1"]),
    ] {
        assert_eq!(fired(&rule(kind, condition), records), wanted, "{kind} {condition}");
    }
}

#[test]
fn what_cannot_be_used_is_listed_and_its_rules_speak() {
    for (body, gravity, what) in [
        (
            "type: value_sum, rules: [login], timespan: 1m, condition: {gt: 5}",
            Gravity::Error,
            "`condition.field`",
        ),
        (
            "type: value_avg, rules: [login], timespan: 1m, condition: {gt: 5, field: [x, y]}",
            Gravity::Error,
            "one field",
        ),
        (
            "type: value_median, rules: [login], timespan: 1m, condition: {field: x}",
            Gravity::Error,
            "compares with nothing",
        ),
        (
            "type: value_percentile, rules: [login], timespan: 1m, condition: {gt: 5, field: x, percentile: 101}",
            Gravity::Error,
            "from 0 to 100",
        ),
        (
            "type: value_sum, rules: [login], timespan: 1m, condition: {above: 5, field: x}",
            Gravity::Error,
            "unknown comparison `above`",
        ),
        (
            "type: event_count, rules: [login], timespan: 1m, condition: {gte: 2.5}",
            Gravity::Error,
            "whole number",
        ),
        (
            "type: event_count, rules: [login], timespan: 1m, condition: login and key",
            Gravity::Error,
            "comparisons as its condition",
        ),
        (
            "type: temporal, rules: [login, key], timespan: 1m, condition: login and kye",
            Gravity::Error,
            "names `kye`",
        ),
        (
            "type: temporal, rules: [login, key], timespan: 1m, condition: login or login",
            Gravity::Error,
            "does not name the rule `key`",
        ),
        (
            "type: temporal, rules: [login, key], timespan: 1m, condition: login or not key",
            Gravity::Warning,
            "without a match",
        ),
        (
            "type: event_count, rules: [login], timespan: 1m, condition: {neq: 3}",
            Gravity::Warning,
            "lower end",
        ),
        (
            "type: event_count, rules: [login], timespan: 1m, condition: {lt: 3}",
            Gravity::Warning,
            "lower end",
        ),
        (
            "type: event_count, rules: [login], timespan: 1m, condition: {gte: 30000}",
            Gravity::Warning,
            "counts above",
        ),
        (
            "type: event_count, rules: [logon], timespan: 1m, condition: {gte: 3}",
            Gravity::Error,
            "`logon`",
        ),
        (
            "type: event_cuont, rules: [login], timespan: 1m",
            Gravity::Error,
            "unknown correlation type",
        ),
        ("type: temporal, rules: [login], timespan: soon", Gravity::Error, "not a time span"),
        ("type: temporal, rules: [me], timespan: 1m", Gravity::Error, "in a circle"),
        (
            "type: temporal, rules: [login], timespan: 1m, group-by: [x], aliases: {x: {key: y}}",
            Gravity::Error,
            "alias `x`",
        ),
    ] {
        let (rules, problems) =
            load(&format!("{RULES}title: C\nname: me\ncorrelation: {{{body}}}\n"));
        let [problem] = problems.as_slice() else { panic!("{body}: {problems:?}") };
        assert!(problem.what.contains(what), "{body}: {}", problem.what);
        assert_eq!(problem.gravity, gravity, "{body}");
        assert_eq!(rules.rules().count(), 2, "{body}");
        assert!(rules.speaks.iter().all(|it| *it), "{body}");
    }
}
