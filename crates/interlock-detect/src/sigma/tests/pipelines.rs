//! Pipelines over rules: what each transformation does, what is refused, and that nothing else changes.

use super::sample::{cloudtrail, event};
use crate::sigma::RuleSet;
use crate::sigma::pipeline::is_pipeline;
use expect_test::{Expect, expect};
use interlock_model::{FieldPlan, Problem};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;

/// The rule that the tables change.
const RULE: &str = "
title: sample
tags: [attack.t1098]
logsource: {product: aws, service: cloudtrail}
detection:
  sel:
    name: alpha
    path|contains: 'x\\y'
  filter:
    name|startswith: omega
  condition: sel and not filter
fields: [name]
";

fn files(pipelines: &[&str], rule: &str) -> Vec<(Arc<str>, String)> {
    let pipelines = pipelines
        .iter()
        .enumerate()
        .map(|(at, it)| (format!("content/rules/pipelines/p{at}.yml").into(), (*it).to_owned()));
    let rule = ("content/rules/own/rule.yml".into(), rule.to_owned());
    pipelines.chain([rule]).collect()
}

fn told(problems: &[Problem], files: &[(Arc<str>, String)]) -> String {
    let line = |it: &Problem| {
        let text = files.iter().find(|(file, _)| *file == it.file).map_or("", |(_, it)| it);
        let start = it.span.as_ref().map_or(0, |it| it.start);
        let number = text.get(..start).unwrap_or_default().lines().count().max(1);
        let file = it.file.rsplit('/').next().unwrap_or_default();
        let help = it.help.as_ref().map(|it| format!(" ({it})")).unwrap_or_default();
        format!("{file}:{number}: {:?}: {}{help}\n", it.gravity, it.what)
    };
    problems.iter().map(line).collect()
}

/// Whether the rule, as the pipelines leave it, hits each of these records.
#[track_caller]
fn hits(pipelines: &[&str], rule: &str, records: &[Value]) -> Vec<bool> {
    let files = files(pipelines, rule);
    let (mut rules, problems) = RuleSet::load(&files);
    assert_eq!(told(&problems, &files), "");
    let mut plan = FieldPlan::new();
    rules.plan(&mut plan).unwrap();
    let hit = |(at, record): (usize, &Value)| {
        let mut hits = Vec::new();
        rules.inspect(&event(cloudtrail(), record, at as u64, &plan), &mut hits);
        !hits.is_empty()
    };
    records.iter().enumerate().map(hit).collect()
}

/// A pipeline of these transformations.
fn pipeline(transformations: &str) -> String {
    format!("name: own\npriority: 10\ntransformations:\n{transformations}")
}

#[track_caller]
fn check(transformations: &str, records: &[(Value, bool)]) {
    let (records, wanted): (Vec<Value>, Vec<bool>) = records.iter().cloned().unzip();
    assert_eq!(hits(&[&pipeline(transformations)], RULE, &records), wanted, "{transformations}");
}

#[track_caller]
fn check_problems(pipelines: &[&str], rule: &str, expect: &Expect) {
    let files = files(pipelines, rule);
    expect.assert_eq(&told(&RuleSet::load(&files).1, &files));
}

#[test]
fn which_files_are_pipelines() {
    for (file, wanted) in [
        ("content/rules/pipelines/own.yml", true),
        ("pipelines/own.yml", true),
        ("rules\\pipelines\\own.yml", true),
        ("content/rules/pipelines/more/own.yml", false),
        ("content/rules/pipelines.yml", false),
        ("content/rules/own.yml", false),
    ] {
        assert_eq!(is_pipeline(file), wanted, "{file}");
    }
}

#[test]
fn fields_get_other_names() {
    let plain = json!({"name": "alpha", "path": "ax\\yz"});
    check(
        "- {type: field_name_mapping, mapping: {name: who, path: [first, second]}}",
        &[
            (plain.clone(), false),
            (json!({"who": "alpha", "first": "ax\\yz"}), true),
            (json!({"who": "alpha", "second": "ax\\yz"}), true),
            (json!({"who": "omega", "second": "ax\\yz"}), false),
            (json!({"who": "alpha"}), false),
        ],
    );
    check(
        "- {type: field_name_prefix, prefix: 'event.'}",
        &[(plain.clone(), false), (json!({"event": {"name": "alpha", "path": "ax\\yz"}}), true)],
    );
    check(
        "- {type: field_name_suffix, suffix: '.text'}",
        &[(json!({"name": {"text": "alpha"}, "path": {"text": "x\\y"}}), true)],
    );
    check(
        "- {type: field_name_prefix_mapping, mapping: {na: re.na, nothing: x}}",
        &[(plain.clone(), false), (json!({"re": {"name": "alpha"}, "path": "x\\y"}), true)],
    );
    check(
        "- type: field_name_prefix
  prefix: 'event.'
  field_name_conditions: [{type: include_fields, fields: [name]}]",
        &[(json!({"event": {"name": "alpha"}, "path": "x\\y"}), true), (plain.clone(), false)],
    );
    check(
        "- type: field_name_prefix
  prefix: 'event.'
  field_name_conditions: [{type: exclude_fields, fields: ['pa.*'], mode: re}]",
        &[(json!({"event": {"name": "alpha"}, "path": "x\\y"}), true), (plain.clone(), false)],
    );
}

#[test]
fn entries_of_searches_are_added_dropped_and_changed() {
    let plain = json!({"name": "alpha", "path": "ax\\yz"});
    check(
        "- {type: add_condition, conditions: {index: [cloud, audit]}}",
        &[
            (plain.clone(), false),
            (json!({"name": "alpha", "path": "x\\y", "index": "audit"}), true),
        ],
    );
    check(
        "- {type: add_condition, conditions: {test: '$service'}, negated: true, template: true}",
        &[
            (plain.clone(), true),
            (json!({"name": "alpha", "path": "x\\y", "test": "cloudtrail"}), false),
        ],
    );
    let drop = |more: &str| format!("- type: drop_detection_item\n  {more}");
    check(
        &drop("field_name_conditions: [{type: include_fields, fields: [path]}]"),
        &[(json!({"name": "alpha"}), true), (json!({"name": "beta"}), false)],
    );
    // Nothing is left of `filter`, and so it excludes nothing.
    check(
        &drop("detection_item_conditions: [{type: match_string, cond: any, pattern: 'om.*'}]"),
        &[(plain.clone(), true)],
    );
    check(
        &drop("detection_item_conditions: [{type: contains_wildcard, cond: any}]"),
        &[(json!({"name": "alpha"}), true)],
    );
    check(
        &drop("detection_item_conditions: [{type: match_value, cond: all, value: alpha}]"),
        &[(json!({"path": "x\\y"}), true)],
    );
    check(
        "- {type: replace_string, regex: '^al(.*)$', replacement: '\\1-\\g<1>$'}",
        &[(plain.clone(), false), (json!({"name": "pha-pha$", "path": "x\\y"}), true)],
    );
    // What `contains` means is there for the pattern to see.
    check(
        "- {type: replace_string, regex: '^[*](.*)[*]$', replacement: '\\1'}",
        &[(plain.clone(), false), (json!({"name": "alpha", "path": "x\\y"}), true)],
    );
    check(
        "- {type: replace_string, regex: '[*]', replacement: '', skip_special: true}",
        &[(plain.clone(), true)],
    );
    check(
        "- {type: map_string, mapping: {alpha: [beta, gamma], '*x\\y*': z}}",
        &[
            (plain, false),
            (json!({"name": "gamma", "path": "z"}), true),
            (json!({"name": "beta", "path": "az"}), false),
        ],
    );
}

#[test]
fn conditions_say_when_a_transformation_is_due() {
    let plain = json!({"name": "alpha", "path": "x\\y"});
    let renamed = json!({"event": {"name": "alpha", "path": "x\\y"}});
    let prefix = "type: field_name_prefix\n  prefix: 'event.'\n";
    for (conditions, due) in [
        ("rule_conditions: [{type: logsource, product: aws}]", true),
        ("rule_conditions: [{type: logsource, product: aws, service: cloudtrail}]", true),
        ("rule_conditions: [{type: logsource, product: azure}]", false),
        ("rule_conditions: [{type: logsource, product: azure}]\n  rule_cond_not: true", true),
        (
            "rule_conditions: [{type: logsource, product: azure}, {type: tag, tag: attack.T1098}]\n  rule_cond_op: or",
            true,
        ),
        ("rule_conditions: [{type: contains_field, field: path}]", true),
        ("rule_conditions: [{type: contains_field, field: paths}]", false),
        ("rule_conditions: [{type: contains_detection_item, field: name, value: omega}]", true),
        ("rule_conditions: [{type: contains_detection_item, field: path, value: omega}]", false),
        ("rule_conditions: [{type: is_sigma_rule}]", true),
        ("rule_conditions: [{type: is_sigma_correlation_rule}]", false),
        ("rule_conditions: [{type: processing_item_applied, processing_item_id: first}]", true),
        ("rule_conditions: [{type: processing_item_applied, processing_item_id: other}]", false),
        ("rule_conditions: [{type: processing_state, key: level, val: 3, op: gte}]", true),
        ("rule_conditions: [{type: processing_state, key: level, val: 3, op: lt}]", false),
        ("rule_conditions: [{type: processing_state, key: never, val: 3, op: ne}]", true),
        (
            "rule_conditions: {a: {type: logsource, product: aws}, b: {type: tag, tag: x}}\n  rule_cond_expr: a and not b",
            true,
        ),
        ("field_name_conditions: [{type: processing_state, key: level, val: 3}]", true),
        ("detection_item_conditions: [{type: processing_state, key: level, val: 4}]", false),
        ("detection_item_conditions: [{type: is_null, cond: any}]", false),
    ] {
        let all = pipeline(&format!(
            "- {{id: first, type: set_state, key: level, val: 3}}\n- {prefix}  {conditions}"
        ));
        let found = hits(&[&all], RULE, &[plain.clone(), renamed.clone()]);
        assert_eq!(found, [!due, due], "{conditions}");
    }
}

#[test]
fn another_log_source_is_what_counts() {
    let rule = RULE.replace("{product: aws, service: cloudtrail}", "{category: own}");
    let change = "- {type: change_logsource, product: aws, service: cloudtrail}
- {type: field_name_prefix, prefix: 'a.', rule_conditions: [{type: logsource, category: own}]}
- {type: field_name_prefix, prefix: 'b.', rule_conditions: [{type: logsource, product: aws}]}";
    let record = json!({"b": {"name": "alpha", "path": "x\\y"}});
    assert_eq!(hits(&[&pipeline(change)], &rule, std::slice::from_ref(&record)), [true]);
}

#[test]
fn pipelines_run_by_priority_and_then_by_name() {
    let prefix = |priority: i32, prefix: &str| {
        format!(
            "name: n\npriority: {priority}\ntransformations: [{{type: field_name_prefix, prefix: '{prefix}.'}}]"
        )
    };
    let pipelines = [prefix(20, "a"), prefix(-1, "b"), prefix(20, "c")];
    let pipelines: Vec<&str> = pipelines.iter().map(String::as_str).collect();
    let record = json!({"c": {"a": {"b": {"name": "alpha", "path": "x\\y"}}}});
    assert_eq!(hits(&pipelines, RULE, &[record]), [true]);
}

#[test]
fn filters_and_correlations_are_changed_with_their_rules() {
    let rules = "
title: one
name: one
logsource: {product: aws, service: cloudtrail}
detection: {sel: {name: alpha}, condition: sel}
---
title: all but one
logsource: {product: aws}
filter: {rules: [one], own: {path: q}, condition: not own}
---
title: many
correlation:
  type: value_count
  rules: [one]
  group-by: [who, path]
  timespan: 1h
  aliases: {who: {one: name}}
  condition: {field: what, gte: 2}
";
    let mapping = "- type: field_name_mapping
  mapping: {name: Name, path: Path, what: What, who: nobody}
  rule_conditions: [{type: logsource, product: aws}]";
    let record = |path: &str, what: &str| json!({"Name": "alpha", "Path": path, "What": what});
    let records = [record("q", "1"), record("p", "1"), record("q", "2"), record("p", "2")];
    assert_eq!(hits(&[&pipeline(mapping)], rules, &records), [false, false, false, true]);
}

#[test]
fn what_is_refused() {
    check_problems(
        &[
            "name: a\npriority: high\ntransformatoins: []",
            &pipeline("- {type: field_name_maping, mapping: {}}\n- {type: hashes_fields}"),
            &pipeline(
                "- {type: field_name_prefix, prefix: x, prefx: y}
- {type: rule_failure, message: no, rule_conditions: [{type: log_source, product: aws}]}
- {type: rule_failure, message: no, rule_conditions: [{type: logsource, produkt: aws}]}
- {type: rule_failure, message: no, rule_cond_op: nor, rule_conditions: [{type: is_sigma_rule}]}
- {type: rule_failure, message: no, rule_conditions: {a: {type: is_sigma_rule}}, rule_cond_expr: b}
- {type: replace_string, regex: '(', replacement: x}
- {type: field_name_mapping, mapping: {a: {b: c}}}
- {type: set_state, key: a}",
            ),
            "title: a rule\nlogsource: {product: aws}\ndetection: {sel: {a: b}, condition: sel}",
            "name: a\ntransformations: []\nfinalizers: [{type: concat}]\nvars: {a: b}",
            "- a",
        ],
        RULE,
        &expect![[r#"
            p0.yml:2: Error: unknown key `transformatoins` of a pipeline (did you mean `transformations`?)
            p0.yml:2: Error: `priority` is not a whole number
            p0.yml:1: Error: a pipeline needs `transformations`
            p1.yml:4: Error: unknown transformation `field_name_maping` (did you mean `field_name_mapping`?)
            p1.yml:5: Error: the transformation `hashes_fields` is not supported
            p2.yml:4: Error: unknown key `prefx` of `field_name_prefix` (did you mean `prefix`?)
            p2.yml:5: Error: unknown condition `log_source` (did you mean `logsource`?)
            p2.yml:6: Error: unknown key `produkt` of `logsource` (did you mean `product`?)
            p2.yml:7: Error: `nor` is not a known `rule_cond_op` (did you mean `or`?)
            p2.yml:8: Error: `b` is not in `rule_conditions` (did you mean `a`?)
            p2.yml:9: Error: bad regular expression: unclosed group
            p2.yml:10: Error: not the name of a field, and no list of them
            p2.yml:11: Error: `val` is missing
            p3.yml:1: Error: this is a rule, and stands among pipelines (put it into another folder)
            p4.yml:2: Error: `finalizers` is not supported: there is no query to change
            p4.yml:3: Warning: `vars` has no effect
            p5.yml:1: Error: a pipeline is a map
        "#]],
    );
}

#[test]
fn a_rule_that_a_pipeline_fails_is_listed() {
    check_problems(
        &[&pipeline(
            "- {type: rule_failure, message: not for us, rule_conditions: [{type: contains_field, field: path}]}",
        )],
        RULE,
        &expect![[r#"
            rule.yml:1: Error: rule `sample`: pipeline `own`: not for us
        "#]],
    );
    check_problems(
        &[&pipeline(
            "- type: detection_item_failure
  message: no such field here
  field_name_conditions: [{type: include_fields, fields: [path]}]",
        )],
        RULE,
        &expect![[r#"
            rule.yml:8: Error: rule `sample`: pipeline `own`: no such field here
        "#]],
    );
    check_problems(
        &[&pipeline("- {type: drop_detection_item}")],
        RULE,
        &expect![[r#"
        rule.yml:1: Error: rule `sample`: its pipelines leave nothing of it
    "#]],
    );
    // What an added condition breaks is told of the rule, at its head.
    check_problems(
        &[&pipeline("- {type: add_condition, conditions: {a|sounds: b}}")],
        RULE,
        &expect![[r#"
            rule.yml:1: Error: rule `sample`: unknown modifier `sounds`
        "#]],
    );
}

#[test]
fn a_map_becomes_no_more_alternatives_than_it_may() {
    let names: Vec<String> = (0..20).map(|it| format!("n{it}")).collect();
    let names = names.join(", ");
    check_problems(
        &[&pipeline(&format!(
            "- {{type: field_name_mapping, mapping: {{name: [{names}], path: [{names}]}}}}"
        ))],
        RULE,
        &expect![[r#"
            rule.yml:7: Warning: rule `sample`: pipeline `own`: makes more than 256 alternatives of one search
        "#]],
    );
}

/// Rules of many shapes, most of them right.
fn rule() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        "[a-z*?.]{1,6}".prop_map(|it| format!("'{it}'")),
        "[0-9]{1,3}",
        Just("null".to_owned()),
        Just("[a, 'b*', 3]".to_owned()),
    ];
    let key = "[a-c](\\.[a-c])?(\\|(contains|startswith|all|re|exists|fieldref))?";
    let entry = (key, value).prop_map(|(key, value)| format!("      {key}: {value}"));
    let search = proptest::collection::btree_map("[a-c]", entry, 1..4)
        .prop_map(|it| it.into_values().collect::<Vec<_>>().join("\n"));
    let form = prop_oneof![Just("sel"), Just("not sel"), Just("sel or other"), Just("1 of *")];
    (search, form).prop_map(|(search, condition)| {
        format!(
            "title: t\nlogsource: {{product: aws}}\nfields: [a, b]\ndetection:\n  other: [x, y]\n  sel:\n{search}\n  condition: {condition}\n"
        )
    })
}

proptest! {
    /// Nothing to do, or nothing that is due, leaves every rule and every problem as it is.
    #[test]
    fn a_pipeline_without_effect_changes_nothing(rule in rule()) {
        let bare = files(&[], &rule);
        let (rules, problems) = RuleSet::load(&bare);
        for idle in [
            "name: idle\ntransformations: []".to_owned(),
            pipeline("- {type: field_name_prefix, prefix: x, rule_conditions: [{type: tag, tag: none}]}"),
            pipeline("- {type: field_name_mapping, mapping: {nowhere: there}}"),
            pipeline("- {type: map_string, mapping: {nothing at all: x}}"),
            pipeline("- {type: replace_string, regex: '#', replacement: x}"),
        ] {
            let (with, wrong) = RuleSet::load(&files(&[&idle], &rule));
            prop_assert_eq!(format!("{with:?}"), format!("{rules:?}"));
            prop_assert_eq!(wrong, problems.clone());
        }
    }

    /// Any text is a pipeline or a problem.
    #[test]
    fn any_pipeline_is_read_or_refused(text in "\\PC{0,200}", rule in rule()) {
        let _ = RuleSet::load(&files(&[&text, &pipeline(&text)], &rule));
    }
}
