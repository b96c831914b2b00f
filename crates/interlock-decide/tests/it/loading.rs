//! What the playbook loader says of files that people write.

use expect_test::{Expect, expect};
use interlock_decide::{FILE_BYTES, Playbooks, playbook_schema};
use std::sync::Arc;

#[track_caller]
fn check(files: &[(&str, &str)], expect: Expect) {
    let files: Vec<(Arc<str>, String)> = files.iter().map(|it| crate::world::owned(*it)).collect();
    let (playbooks, problems) = Playbooks::load(&files);
    let mut seen = String::new();
    for it in &problems {
        let text = files.iter().find(|file| file.0 == it.file).map_or("", |file| &file.1);
        let place = it.span.clone().map_or("-".to_owned(), |span| {
            let line = text.get(..span.start).unwrap().matches('\n').count() + 1;
            let quoted = text.get(span).unwrap().lines().next().unwrap_or_default();
            format!("line {line} `{quoted}`")
        });
        seen += &format!("{} {place}: {}", it.file, it.what);
        seen += &it.help.as_ref().map(|it| format!(" ({it})")).unwrap_or_default();
        seen += "\n";
    }
    let names: Vec<&str> = playbooks.iter().map(|it| it.name.as_str()).collect();
    expect.assert_eq(&format!("{seen}loaded: {names:?}"));
}

const SOUND: &str = "name: sound\ndescription: d\ntiers:\n  observe:\n    confidence: 0\n";

#[test]
fn every_problem_of_form_at_once_with_the_nearest_word() {
    check(
        &[
            (
                "a.yaml",
                "name: [x]\ndescripton: d\nwhen:\n  kinds: [humans, workload]\n  severity: severe\n  \
                 sources: sigma\ntiers:\n  restrict:\n    confidence: 70\n    do: [disable_credentials]\n    \
                 consent: {prod: owner, production: maybe}\n  destroy: {}\n",
            ),
            ("b.yaml", SOUND),
        ],
        expect![[r#"
            a.yaml line 1 ``: the file needs the key `description`
            a.yaml line 1 `[`: `name` must be text, not a list
            a.yaml line 2 `descripton`: unknown key `descripton` in the file (did you mean `description`?)
            a.yaml line 4 `humans`: `kinds` does not know `humans` (did you mean `human`?)
            a.yaml line 5 `severe`: `severity` does not know `severe` (one of `informational`, `low`, `medium`, `high` and `critical`)
            a.yaml line 6 `sigma`: `sources` must be a list, not text
            a.yaml line 9 `70`: `confidence` must lie between 0 and 1, not at 70
            a.yaml line 10 `disable_credentials`: `do` does not know `disable_credentials` (did you mean `disable_credential`?)
            a.yaml line 11 `prod`: unknown key `prod` in `consent` (`consent` knows `production`, `staging` and `development`)
            a.yaml line 11 `maybe`: `production` does not know `maybe` (one of `automatic`, `owner`, `security` and `both`)
            a.yaml line 12 `destroy`: unknown key `destroy` in `tiers` (`tiers` knows `observe`, `revalidate`, `restrict` and `disable`)
            loaded: ["sound"]"#]],
    );
}

#[test]
fn every_problem_of_sense_at_once() {
    check(
        &[(
            "a.yaml",
            "name: Not A Name\ndescription: d\nwhen:\n  rules: ['']\n  techniques: [T1078, t1]\n\
             hold: 3 days\ntiers:\n  observe:\n    confidence: 0.5\n    do: [quarantine]\n  \
             revalidate:\n    confidence: 0.5\n    do: [quarantine]\n  restrict:\n    \
             confidence: 0.9\n    do: []\n  disable:\n    confidence: 0.95\n    \
             do: [quarantine]\n    instead: [delete_credential, quarantine]\n",
        )],
        expect![[r#"
            a.yaml line 1 `Not A Name`: `Not A Name` is not a name for a playbook (up to 64 lower-case letters, digits and hyphens)
            a.yaml line 4 `''`: an empty rule id matches nothing
            a.yaml line 5 `t1`: `t1` is not an ATT&CK technique id (such as `T1078` or `T1078.004`)
            a.yaml line 6 `3 days`: `3 days` is not a length of time (a whole number and `m`, `h` or `d`, such as `72h`; at most `365d`)
            a.yaml line 10 `[`: `observe` only looks, so `do` has no meaning there (remove it, or move it to another tier)
            a.yaml line 12 `0.5`: `revalidate` starts at 0.5, not above `observe` at 0.5 (a harder answer needs more confidence)
            a.yaml line 13 `quarantine`: `quarantine` is a `disable` action and cannot stand under `revalidate` (move it up, or to `instead`)
            a.yaml line 15 ``: `restrict` has nothing to `do`
            a.yaml line 20 `quarantine`: `quarantine` stands twice in `disable`
            loaded: []"#]],
    );
}

#[test]
fn what_is_no_playbook() {
    let deep = "[".repeat(100_000);
    let large = format!("{SOUND}# {}", "x".repeat(FILE_BYTES));
    check(
        &[
            ("aliases.yaml", &format!("a: &a x\nb: [{}]\n", "*a,".repeat(60))),
            ("bomb.yaml", "a: &a [x,x]\nb: &b [*a,*a]\nname: *b\n"),
            ("deep.yaml", &deep),
            ("empty.yaml", ""),
            ("large.yaml", &large),
            ("list.yaml", "- a\n"),
            ("none.yaml", "name: n\ndescription: d\ntiers: {}\n"),
            ("syntax.yaml", "name: a\n  b: c\n"),
            ("twice.yaml", "name: a\nname: b\n"),
            ("two.yaml", "name: a\n---\nname: b\n"),
        ],
        expect![[r#"
            aliases.yaml line 2 `*a`: there is too much of this in one file: aliases
            bomb.yaml line 1 ``: the file needs the key `description`
            bomb.yaml line 1 ``: the file needs the key `tiers`
            bomb.yaml line 1 `a`: unknown key `a` in the file (the file knows `name`, `description`, `when`, `tiers`, `hold` and `caps`)
            bomb.yaml line 2 `b`: unknown key `b` in the file (the file knows `name`, `description`, `when`, `tiers`, `hold` and `caps`)
            bomb.yaml line 3 `*b`: `name` must be text, not a list
            deep.yaml line 1 `[`: cannot be read as YAML: recursion limit exceeded
            empty.yaml line 1 ``: the file must be keys with values, not nothing
            large.yaml -: the file has 262209 bytes, more than 262144
            list.yaml line 1 ``: the file must be keys with values, not a list
            none.yaml line 3 `{`: `tiers` names no tier
            syntax.yaml line 2 `:`: cannot be read as YAML: mapping values are not allowed in this context
            twice.yaml line 2 `name`: the key `name` stands twice
            two.yaml line 2 `---`: there is too much of this in one file: documents
            loaded: []"#]],
    );
}

#[test]
fn what_is_out_of_reach_is_a_warning() {
    let text =
        "name: sure\ndescription: d\ntiers:\n  disable:\n    confidence: 1\n    do: [quarantine]\n";
    check(
        &[("a.yaml", text)],
        expect![[r#"
        a.yaml line 5 `1`: `disable` starts at 1, which no case reaches (findings never make surer than 0.99)
        loaded: ["sure"]"#]],
    );
}

#[test]
fn names_are_unique_and_the_first_file_wins() {
    check(
        &[("b.yaml", SOUND), ("a.yaml", SOUND)],
        expect![[r#"
        b.yaml line 1 `sound`: the playbook name `sound` is taken by a.yaml
        loaded: ["sound"]"#]],
    );
}

#[test]
fn the_schema_uses_only_words_that_the_check_knows() {
    fn walk(it: &serde_json::Value, unknown: &mut Vec<String>) {
        const KNOWN: [&str; 15] = [
            "$defs",
            "$ref",
            "$schema",
            "additionalProperties",
            "anyOf",
            "default",
            "description",
            "enum",
            "format",
            "items",
            "maximum",
            "minimum",
            "properties",
            "required",
            "type",
        ];
        let Some(object) = it.as_object() else { return };
        for (key, value) in object {
            if !KNOWN.contains(&key.as_str()) && key != "title" {
                unknown.push(key.clone());
            }
            match key.as_str() {
                "properties" | "$defs" => {
                    value.as_object().unwrap().values().for_each(|it| walk(it, unknown));
                }
                "anyOf" => {
                    value.as_array().unwrap().iter().for_each(|it| walk(it, unknown));
                }
                "items" => walk(value, unknown),
                "additionalProperties" => assert_eq!(value, &serde_json::Value::Bool(false)),
                _ => {}
            }
        }
    }
    let mut unknown = Vec::new();
    walk(playbook_schema().as_value(), &mut unknown);
    assert_eq!(unknown, Vec::<String>::new());
}

#[test]
fn every_word_of_the_schema_is_read() {
    let text = "name: all\ndescription: d\nhold: 7d\nwhen:\n  sources: [sigma, behaviour, alert]\n  \
        credentials: [access-key, session-key, password, token, certificate]\n  \
        kinds: [human, service_account, workload, api_client, pipeline, agent, shared, unknown]\n  \
        environments: [production, staging, development]\n  severity: informational\n\
        tiers:\n  revalidate:\n    confidence: 0.1\n    do: [require_reauthentication]\n  \
        restrict:\n    confidence: 0.2\n    do: [revoke_sessions, disable_credential, \
        rotate_credential, remove_entitlement, block_principal]\n    \
        instead: [delete_credential, quarantine, disable_identity]\n    \
        consent: {production: both, staging: owner, development: automatic}\n\
        caps: {blast_radius: production, dependents: 3}\n";
    check(&[("a.yaml", text)], expect![[r#"loaded: ["all"]"#]]);
}
