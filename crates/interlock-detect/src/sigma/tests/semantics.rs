//! What each modifier and each form of a value matches, as tables.

use super::sample::{cloudtrail, event, load};
use interlock_model::{FieldPlan, Gravity};
use serde_json::Value;

/// Whether a rule with this one search matches the event.
#[track_caller]
fn matches(search: &str, record: &str) -> bool {
    let text = format!(
        "title: t\nlogsource: {{product: aws, service: cloudtrail}}\n\
         detection:\n  it:\n{}\n  condition: it\n",
        search.lines().map(|it| format!("    {it}")).collect::<Vec<_>>().join("\n")
    );
    let (mut rules, problems) = load(&text);
    assert_eq!(problems, [], "{text}");
    let mut plan = FieldPlan::new();
    rules.plan(&mut plan).unwrap();
    let record: Value = serde_json::from_str(record).unwrap();
    let mut hits = Vec::new();
    rules.inspect(&event(cloudtrail(), &record, 0, &plan), &mut hits);
    !hits.is_empty()
}

#[track_caller]
fn check(table: &[(&str, &str, bool)]) {
    for (search, record, wanted) in table {
        assert_eq!(matches(search, record), *wanted, "{search} on {record}");
    }
}

#[test]
fn plain_values() {
    check(&[
        ("f: abc", r#"{"f":"ABC"}"#, true),
        ("f: abc", r#"{"f":"abcd"}"#, false),
        ("f: a*d", r#"{"f":"abcd"}"#, true),
        ("f: a*d", r#"{"f":"x\nabcd"}"#, false),
        ("f: ''", r#"{"f":""}"#, true),
        ("f: ''", r#"{}"#, false),
        ("f: ''", r#"{"f":null}"#, false),
        ("f: null", r#"{"f":null}"#, true),
        ("f: null", r#"{}"#, true),
        ("f: null", r#"{"f":""}"#, false),
        ("f:", r#"{}"#, true),
        ("f: [null, a]", r#"{}"#, true),
        ("f: [null, a]", r#"{"f":"A"}"#, true),
        ("f: [null, a]", r#"{"f":"b"}"#, false),
        ("f: 5", r#"{"f":5}"#, true),
        ("f: 5", r#"{"f":"5"}"#, true),
        ("f: 5", r#"{"f":"05"}"#, false),
        ("f: '5'", r#"{"f":5}"#, true),
        ("f: '5*'", r#"{"f":512}"#, true),
        ("f: 5", r#"{"f":5.5}"#, false),
        ("f: true", r#"{"f":true}"#, true),
        ("f: true", r#"{"f":"True"}"#, true),
        ("f: 'TRUE'", r#"{"f":true}"#, true),
        ("f: true", r#"{"f":1}"#, false),
        ("f: No", r#"{"f":"No"}"#, true),
        ("f: '*'", r#"{"f":""}"#, true),
        ("f: '*'", r#"{"f":null}"#, false),
        ("f: '?*'", r#"{"f":""}"#, false),
        ("a.b: x", r#"{"a":{"b":"x"}}"#, true),
        ("a.b: x", r#"{"a":[{"b":"y"},{"b":"x"}]}"#, true),
        ("a.b: x", r#"{"a":{"b":["y","x"]}}"#, true),
        ("f: [a, b]", r#"{"f":"B"}"#, true),
        ("f: a\ng: b", r#"{"f":"a","g":"b"}"#, true),
        ("f: a\ng: b", r#"{"f":"a"}"#, false),
        ("- f: a\n- g: b", r#"{"g":"b"}"#, true),
        ("- f: a\n- f: b", r#"{"f":"b"}"#, true),
        ("- f: [a, c]\n  g: x\n- g: x\n  f: b", r#"{"f":"b","g":"x"}"#, true),
        (r"f: \\\\srv\x", r#"{"f":"\\\\srv\\x"}"#, true),
    ]);
}

#[test]
fn text_modifiers() {
    check(&[
        ("f|contains: b", r#"{"f":"aBc"}"#, true),
        ("f|contains: b", r#"{"f":"ac"}"#, false),
        ("f|contains: 5", r#"{"f":1525}"#, true),
        ("f|startswith: a", r#"{"f":"Abc"}"#, true),
        ("f|startswith: b", r#"{"f":"abc"}"#, false),
        ("f|endswith: C", r#"{"f":"abc"}"#, true),
        ("f|contains|all: [a, c]", r#"{"f":"abc"}"#, true),
        ("f|contains|all: [a, d]", r#"{"f":"abc"}"#, false),
        ("f|all: [a, b]", r#"{"f":["b","a"]}"#, true),
        ("f|cased: Abc", r#"{"f":"abc"}"#, false),
        ("f|contains|cased: bC", r#"{"f":"abC"}"#, true),
        ("f|neq: a", r#"{"f":"b"}"#, true),
        ("f|neq: a", r#"{"f":"A"}"#, false),
        ("f|neq: a", r#"{}"#, true),
        ("f|neq: [a, b]", r#"{"f":"b"}"#, false),
        ("f|neq: [a, b]", r#"{"f":"c"}"#, true),
        ("f|contains|neq: a", r#"{"f":"cab"}"#, false),
        ("f|exists: true", r#"{"f":null}"#, true),
        ("f|exists: true", r#"{}"#, false),
        ("f|exists: false", r#"{}"#, true),
        ("f|exists: yes", r#"{"f":{"g":1}}"#, true),
        ("f|windash|contains: ' -x'", r#"{"f":"cmd /x"}"#, true),
        ("f|windash|contains: ' -x'", r#"{"f":"cmd x"}"#, false),
        ("f|base64: foobar", r#"{"f":"Zm9vYmFy"}"#, true),
        ("f|base64offset|contains: foobar", r#"{"f":"eHhmb29iYXJ4"}"#, true),
        ("f|wide|base64offset|contains: ping", r#"{"f":"cABpAG4AZwA="}"#, true),
        ("f|contains: STRASSE", r#"{"f":"die strasse"}"#, true),
        ("f|contains: ÜBER", r#"{"f":"darüber"}"#, true),
    ]);
}

#[test]
fn other_modifiers() {
    check(&[
        (r"f|re: ^a\d+$", r#"{"f":"a12"}"#, true),
        ("f|re: b", r#"{"f":"abc"}"#, true),
        ("f|re: B", r#"{"f":"abc"}"#, false),
        ("f|re|i: B", r#"{"f":"abc"}"#, true),
        ("f|re|s: a.c", r#"{"f":"a\nc"}"#, true),
        ("f|re|m: ^c", r#"{"f":"a\nc"}"#, true),
        ("f|re|startswith: b", r#"{"f":"abc"}"#, false),
        ("f|re|endswith: 'b|c'", r#"{"f":"abc"}"#, true),
        ("f|cidr: 192.0.2.0/24", r#"{"f":"192.0.2.77"}"#, true),
        ("f|cidr: 192.0.2.0/24", r#"{"f":"::ffff:192.0.2.77"}"#, true),
        ("f|cidr: 192.0.2.0/24", r#"{"f":"198.51.100.1"}"#, false),
        ("f|cidr: 192.0.2.0/24", r#"{"f":"iam.amazonaws.com"}"#, false),
        ("f|cidr: ['2001:db8::/32', 192.0.2.1]", r#"{"f":"2001:DB8::1"}"#, true),
        ("f|gt: 5", r#"{"f":6}"#, true),
        ("f|gt: 5", r#"{"f":"6"}"#, true),
        ("f|gte: 5", r#"{"f":5}"#, true),
        ("f|lt: 5", r#"{"f":5}"#, false),
        ("f|lte: 5", r#"{"f":"x"}"#, false),
        ("f|lt: 5", r#"{}"#, false),
        ("f|hour: [0, 1]", r#"{"f":"2024-05-06T01:59:00Z"}"#, true),
        ("f|hour|gte: 22", r#"{"f":"2024-05-06T01:59:00Z"}"#, false),
        ("f|fieldref: g", r#"{"f":"A","g":"a"}"#, true),
        ("f|fieldref: g", r#"{"f":"a"}"#, false),
        ("f|fieldref: g", r#"{}"#, false),
        ("f|fieldref|neq: g", r#"{"f":"a","g":"b"}"#, true),
        ("f|fieldref|endswith: g", r#"{"f":"xa","g":"a"}"#, true),
        ("f|fieldref|cased: g", r#"{"f":"A","g":"a"}"#, false),
    ]);
}

#[test]
fn keywords() {
    check(&[
        ("- needle", r#"{"f":{"g":["hay Needle hay"]}}"#, true),
        ("- needle", r#"{"needle":"x"}"#, false),
        ("- a\n- b", r#"{"f":"b"}"#, true),
        ("'|all':\n  - a\n  - b", r#"{"f":"b"}"#, false),
        ("'|all':\n  - a\n  - b", r#"{"f":"b","g":"a"}"#, true),
        ("'|re': ^b", r#"{"f":"ab"}"#, false),
    ]);
}

#[test]
fn what_is_wrong_is_said() {
    let (error, warning) = (Gravity::Error, Gravity::Warning);
    for (search, gravity, what) in [
        ("f|contain: a", error, "unknown modifier `contain`"),
        ("f|re: '('", error, "bad regular expression"),
        ("f|re: '(?<!a)b'", warning, "looks around or back"),
        ("f|re: 'a{1000}{1000}{1000}'", warning, "too large"),
        ("f|expand: '%x%'", error, "unknown placeholder `%x%`"),
        ("f|cidr: 300.0.0.0/8", error, "is not a network"),
        ("f|exists|contains: true", error, "must be the only one"),
        ("f|exists: maybe", error, "needs `true` or `false`"),
        ("f|gt: many", error, "needs a number"),
        ("f|base64: 'a*'", error, "wildcards cannot be encoded"),
        ("f|wide: a", warning, "encoding without"),
        ("f|windash: '-a -b -c -d -e'", warning, "more than four dashes"),
        ("f|contains: {a: b}", error, "a map cannot be a value"),
        ("f: []", error, "empty list"),
        ("{}", error, "empty search"),
    ] {
        let text = format!(
            "title: t\nlogsource: {{product: aws}}\ndetection:\n  it:\n    {search}\n  condition: it\n"
        );
        let (rules, problems) = load(&text);
        assert_eq!(rules.rules().count(), 0, "{search}");
        let [problem] = problems.as_slice() else { panic!("{search}: {problems:?}") };
        assert!(problem.what.contains(what), "{search}: {}", problem.what);
        assert_eq!(problem.gravity, gravity, "{search}");
    }
}
