//! Files with several documents, filters, placeholders, and what is said about mistakes.

use super::sample::{cloudtrail, event, load};
use crate::sigma::{Placeholders, RuleSet};
use expect_test::{Expect, expect};
use interlock_model::{FieldPlan, Severity, Tier};
use serde_json::{Value, json};
use std::fmt::Write as _;

fn titles(mut rules: RuleSet, records: &[Value]) -> Vec<String> {
    let mut plan = FieldPlan::new();
    rules.plan(&mut plan).unwrap();
    let mut hits = Vec::new();
    for (at, record) in records.iter().enumerate() {
        rules.inspect(&event(cloudtrail(), record, at as u64, &plan), &mut hits);
    }
    hits.iter().map(|it| format!("{}@{}", it.rule.title, it.places[0].record)).collect()
}

#[test]
fn a_rule_tells_about_itself() {
    let (mut rules, problems) = load(
        "title: A key\nid: 0d7ad02e-3e4c-4b2a-9a51-7d1e64c2a5f1\nname: a_key\nlevel: high\n\
         description: words\ntags: [attack.persistence, attack.T1098.001, attack.t1098.001, attack.s0001, cve.2021-1]\n\
         interlock.response: restrict\ninterlock.owasp_nhi: NHI1:2025\nfields: [a.b, nothing]\n\
         falsepositives: [never]\nreferences: https://docs.aws.amazon.com/\n\
         logsource: {product: aws, service: cloudtrail}\n\
         detection: {s: {eventName: CreateAccessKey}, condition: s}\n",
    );
    assert_eq!(problems, []);
    let mut plan = FieldPlan::new();
    rules.plan(&mut plan).unwrap();
    let record = json!({"eventName": "CreateAccessKey", "a": {"b": ["x", 5]}});
    let mut hits = Vec::new();
    rules.inspect(&event(cloudtrail(), &record, 7, &plan), &mut hits);
    let hit = &hits[0];
    assert_eq!(&*hit.rule.rule.id, "0d7ad02e-3e4c-4b2a-9a51-7d1e64c2a5f1");
    assert_eq!(&*hit.rule.rule.name, "a_key");
    assert_eq!(hit.rule.level, Severity::High);
    assert_eq!(hit.rule.techniques, ["T1098.001".into()]);
    assert_eq!(hit.rule.tactics, ["persistence".into()]);
    assert_eq!(hit.rule.response, Some(Tier::Restrict));
    assert_eq!(hit.rule.owasp_nhi.as_deref(), Some("NHI1:2025"));
    assert_eq!(hit.facts, [("a.b".to_owned(), "x, 5".to_owned())]);
    assert_eq!(hit.places[0].record, 7);
}

#[track_caller]
fn check(text: &str, wanted: Expect) {
    let (rules, problems) = load(text);
    let mut seen = format!("{} loaded\n", rules.rules().count());
    for problem in problems {
        let place = problem.span.and_then(|it| text.get(it)).unwrap_or("-");
        let place = place.lines().next().unwrap_or_default();
        writeln!(seen, "{:?} at `{place}`: {}", problem.gravity, problem.what).unwrap();
        if let Some(help) = problem.help {
            writeln!(seen, "  {help}").unwrap();
        }
    }
    wanted.assert_eq(&seen);
}

#[test]
fn one_bad_rule_does_not_stop_the_others() {
    check(
        r"title: unknown name
logsource: {product: aws}
detection: {selection: {a: b}, condition: selectoin}
---
title: good
logsource: {product: aws}
detection: {s: {a: b}, condition: s}
---
title: old style
logsource: {product: aws}
detection: {s: {a: b}, condition: s | count() by c > 5}
---
title: no source
detection: {s: {a: b}, condition: s}
---
title: bad level
level: hihg
logsource: {product: aws}
detection: {s: {a: b}, condition: s}
---
title: a key of ours that is none
interlock.respnse: observe
interlock.response: often
logsource: {product: aws}
detection: {s: {a: b}, timeframe: 5m, condition: s}
---
just text
",
        expect![[r#"
            2 loaded
            Error at `selectoin`: rule `unknown name`: the condition names `selectoin`, which is not in `detection`
              did you mean `selection`?
            Error at `s | count() by c > 5`: rule `old style`: aggregation in a condition is obsolete
              write a correlation rule of type `event_count` or `value_count`
            Error at `title`: rule `no source`: a rule needs a `logsource` with `category`, `product` or `service`
            Error at `hihg`: rule `bad level`: unknown level `hihg`
              did you mean `high`?
            Warning at `often`: rule `a key of ours that is none`: `interlock.response` is not a tier
              one of `observe`, `revalidate`, `restrict`, `disable`
            Warning at `interlock.respnse`: rule `a key of ours that is none`: `interlock.respnse` has no effect
              did you mean `interlock.response`?
            Warning at `5m`: rule `a key of ours that is none`: `timeframe` has no effect
              write a correlation rule with `timespan`
            Error at `just text`: a rule is a map
        "#]],
    );
    check(
        "a: [\n",
        expect![[r#"
        0 loaded
        Error at `[`: not YAML: unclosed bracket '[' at line 1, column 4
    "#]],
    );
}

#[test]
fn filters_narrow_the_rules_they_name() {
    let text = "title: one\nid: 11111111-1111-4111-8111-111111111111\nlogsource: {product: aws, service: cloudtrail}\n\
                detection: {selection: {a: x}, condition: selection}\n---\n\
                title: two\nname: two\nlogsource: {product: aws, service: cloudtrail}\n\
                detection: {selection: {a: x}, condition: selection}\n---\n\
                title: f\nlogsource: {product: aws}\nfilter:\n  rules: [11111111-1111-4111-8111-111111111111]\n\
                \x20 selection: {b: known}\n  condition: not selection\n---\n\
                title: other source\nlogsource: {product: azure}\nfilter:\n  rules: any\n\
                \x20 selection: {a: x}\n  condition: not selection\n";
    let (rules, problems) = load(text);
    assert_eq!(problems, []);
    let records = [json!({"a": "x"}), json!({"a": "x", "b": "known"})];
    assert_eq!(titles(rules, &records), ["one@0", "two@0", "two@1"]);
}

#[test]
fn a_wrong_filter_is_its_own_problem() {
    check(
        r"title: one
name: one
logsource: {product: aws}
detection: {s: {a: x}, condition: s}
---
title: broken
logsource: {product: aws}
filter: {rules: one, s: {b: y}, condition: not sel}
---
title: of nothing
logsource: {product: aws}
filter: {s: {b: y}, condition: not s}
---
title: of others
logsource: {product: aws}
filter: {rules: [one, two], s: {b: y}, condition: not s}
",
        expect![[r#"
            1 loaded
            Error at `not sel`: rule `broken`: the condition names `sel`, which is not in `detection`
              did you mean `s`?
            Error at `-`: rule `of nothing`: a filter needs `rules`
              ids or names of rules, or `any`
            Warning at `two`: rule `of others`: it narrows the rule `two`, which is not here
        "#]],
    );
}

#[test]
fn networks_stand_in_lists_too() {
    let text = "title: t\nlogsource: {product: aws}\n\
                detection: {s: {'a|cidr|expand': '%networks%'}, condition: s}\n";
    let lists = ["192.0.2.0/24", "2001:db8::/32"].map(str::to_owned);
    let lists = Placeholders::from([("networks".to_owned(), lists.to_vec())]);
    let (rules, problems) = RuleSet::load_with(&[("f".into(), text.to_owned())], &lists);
    assert_eq!(problems, []);
    let records =
        [json!({"a": "192.0.2.9"}), json!({"a": "198.51.100.1"}), json!({"a": "2001:db8::1"})];
    assert_eq!(titles(rules, &records), ["t@0", "t@2"]);
}

#[test]
fn placeholders_stand_for_lists() {
    let text = "title: t\nlogsource: {product: aws}\n\
                detection: {s: {'a|contains|expand': '%admins% at %place%'}, condition: s}\n";
    let lists = Placeholders::from([
        ("admins".to_owned(), vec!["ann".to_owned(), "b*b".to_owned()]),
        ("place".to_owned(), vec!["home".to_owned()]),
    ]);
    let (rules, problems) = RuleSet::load_with(&[("f".into(), text.to_owned())], &lists);
    assert_eq!(problems, []);
    let records = [
        json!({"a": "ann at home"}),
        json!({"a": "it was BoB at home!"}),
        json!({"a": "%admins% at home"}),
    ];
    assert_eq!(titles(rules, &records), ["t@0", "t@1"]);
}

#[test]
fn several_conditions_are_any_of_them() {
    let (rules, problems) = load(
        "title: t\nlogsource: {product: aws}\n\
         detection: {a: {x: 1}, b: {y: 1}, condition: [a and b, not a and b]}\n",
    );
    assert_eq!(problems, []);
    let records = [json!({"x": 1}), json!({"y": 1}), json!({"x": 1, "y": 1})];
    assert_eq!(titles(rules, &records), ["t@1", "t@2"]);
}
