//! Reading policy files: parse, refuse templates, validate strictly, give every policy its id.

use super::{Policies, SCHEMA, bounds};
use crate::playbook::FILE_BYTES;
use crate::words::one_line;
use cedar_policy::{Policy, PolicyId, PolicySet, Schema, ValidationMode, Validator};
use interlock_model::{DigestBuilder, Gravity, Problem};
use miette::Diagnostic;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

pub(super) fn load(files: &[(Arc<str>, String)]) -> (Option<Policies>, Vec<Problem>) {
    let mut problems = Vec::new();
    let schema = match Schema::from_cedarschema_str(SCHEMA) {
        Ok((schema, _)) => schema,
        Err(error) => {
            let what = format!("the built-in policy schema does not load: {error}");
            return (None, vec![problem(&"interlock.cedarschema".into(), None, &what, None)]);
        }
    };
    let validator = Validator::new(schema.clone());
    let mut digest = DigestBuilder::new("policies");
    let mut set = PolicySet::new();
    let mut spoken = BTreeMap::new();
    let mut origin: BTreeMap<String, Arc<str>> = BTreeMap::new();
    for (file, text) in files {
        digest.text(file).text(text);
        for policy in read(file, text, &validator, &mut problems) {
            let id = policy.id().to_string();
            if let Some(first) = origin.get(&id) {
                let what = format!("the policy id `{id}` is taken by {first}");
                let help = "give every policy its own @id".to_owned();
                problems.push(problem(file, id_span(text, &id), &what, Some(help)));
                continue;
            }
            if let Some(reason) = policy.annotation("reason") {
                spoken.insert(id.clone(), one_line(reason));
            }
            origin.insert(id, Arc::clone(file));
            if let Err(error) = set.add(policy) {
                problems.push(problem(file, None, &error.to_string(), None));
            }
        }
    }
    let broken = problems.iter().any(|it| it.gravity == Gravity::Error);
    let policies = Policies { schema, set, spoken, digest: digest.finish() };
    ((!broken).then_some(policies), problems)
}

/// The policies of one file under their final ids; none when anything in it is wrong.
fn read(
    file: &Arc<str>,
    text: &str,
    validator: &Validator,
    problems: &mut Vec<Problem>,
) -> Vec<Policy> {
    if text.len() > FILE_BYTES {
        let what = format!("the file has {} bytes, more than {FILE_BYTES}", text.len());
        problems.push(problem(file, None, &what, None));
        return Vec::new();
    }
    if let Err((span, what)) = bounds::check(text) {
        let help = "split it into several policies".to_owned();
        problems.push(problem(file, Some(span), &what, Some(help)));
        return Vec::new();
    }
    let parsed: PolicySet = match text.parse() {
        Ok(parsed) => parsed,
        Err(errors) => {
            let errors: cedar_policy::ParseErrors = errors;
            problems.extend(errors.iter().map(|it| diagnosed(file, text, it)));
            return Vec::new();
        }
    };
    let before = problems.len();
    for template in parsed.templates() {
        let what = format!("`{}` is a template, and nothing links templates", template.id());
        let help = "write a policy without `?principal` and `?resource`".to_owned();
        problems.push(problem(file, text.find('?').map(|at| at..at + 1), &what, Some(help)));
    }
    let result = validator.validate(&parsed, ValidationMode::Strict);
    problems.extend(result.validation_errors().map(|it| diagnosed(file, text, it)));
    if problems.len() == before {
        // After an error most warnings only repeat it.
        problems.extend(result.validation_warnings().map(|it| diagnosed(file, text, it)));
    }
    if problems.len() > before {
        return Vec::new();
    }
    let stem = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let stem = stem.strip_suffix(".cedar").unwrap_or(stem);
    let alone = parsed.num_of_policies() == 1;
    let named = |(index, policy): (usize, &Policy)| {
        let id = match policy.annotation("id").filter(|it| !it.is_empty()) {
            Some(id) => one_line(id),
            None if alone => stem.to_owned(),
            None => format!("{stem}.{}", index + 1),
        };
        policy.new_id(PolicyId::new(id))
    };
    parsed.policies().enumerate().map(named).collect()
}

fn diagnosed(file: &Arc<str>, source: &str, error: &dyn Diagnostic) -> Problem {
    let span = error.labels().and_then(|mut it| it.next()).map(|it| {
        let start = it.offset();
        start..start + it.len()
    });
    let span = span.filter(|it| source.get(it.clone()).is_some());
    let text = error.to_string();
    // INVARIANT: inside one file Cedar calls policies `policy0`, `policy1`, …; people never see
    // these names elsewhere, and the span says which one it is.
    let rest = text.strip_prefix("for policy `").and_then(|it| it.split_once('`'));
    let what = match rest {
        Some((_, rest)) => rest.trim_start_matches([',', ':', ' ']).to_owned(),
        None => text,
    };
    problem(file, span, &what, error.help().map(|it| one_line(&it.to_string())))
}

fn id_span(text: &str, id: &str) -> Option<Range<usize>> {
    let written = format!("@id(\"{id}\")");
    text.find(&written).map(|at| at..at + written.len())
}

fn problem(
    file: &Arc<str>,
    span: Option<Range<usize>>,
    what: &str,
    help: Option<String>,
) -> Problem {
    Problem { file: Arc::clone(file), span, gravity: Gravity::Error, what: one_line(what), help }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    #[track_caller]
    fn check(files: &[(&str, &str)], expect: Expect) {
        let files: Vec<_> =
            files.iter().map(|(name, text)| (Arc::from(*name), (*text).to_owned())).collect();
        let (policies, problems) = Policies::load(&files);
        let mut seen = String::new();
        for it in &problems {
            let text = files.iter().find(|(name, _)| *name == it.file).map_or("", |it| &it.1);
            let quoted = it.span.clone().and_then(|span| text.get(span)).unwrap_or("-");
            seen += &format!("{} [{quoted}] {}", it.file, it.what);
            seen += &it.help.as_ref().map(|it| format!(" ({it})")).unwrap_or_default();
            seen += "\n";
        }
        if let Some(policies) = policies {
            seen += &format!("ids: {}\n", policies.ids().collect::<Vec<_>>().join(" "));
        }
        expect.assert_eq(&seen);
    }

    #[test]
    fn ids_come_from_the_annotation_or_the_file() {
        check(
            &[
                ("policies/one.cedar", "permit(principal, action, resource);"),
                (
                    "two.cedar",
                    "@id(\"named\") permit(principal, action, resource);\n\
                     forbid(principal, action, resource) when { resource.protected };",
                ),
            ],
            expect![[r#"
                ids: one named two.2
            "#]],
        );
    }

    #[test]
    fn problems_say_where_and_what() {
        check(
            &[
                ("syntax.cedar", "permit(principal, action, resource"),
                (
                    "typo.cedar",
                    "forbid(principal, action, resource) when { resource.enviroment == Interlock::Environment::\"production\" };",
                ),
                (
                    "word.cedar",
                    "forbid(principal, action, resource) when { resource.environment == Interlock::Environment::\"prodution\" };",
                ),
                (
                    "verb.cedar",
                    "forbid(principal, action == Interlock::Action::\"explode\", resource);",
                ),
                (
                    "optional.cedar",
                    "forbid(principal, action, resource) when { resource.owner == \"own_a\" };",
                ),
                ("idle.cedar", "forbid(principal, action, resource) when { false };"),
                ("template.cedar", "permit(principal == ?principal, action, resource);"),
            ],
            expect![[r#"
                syntax.cedar [] unexpected end of input
                typo.cedar [resource.enviroment] attribute `enviroment` on entity type `Interlock::Identity` not found (did you mean `environment`?)
                word.cedar [Interlock::Environment::"prodution"] entity `Interlock::Environment::"prodution"` is of an enumerated entity type, but `"prodution"` is not declared as a valid eid (valid entity eids: "production", "staging", "development")
                verb.cedar [Interlock::Action::"explode"] unrecognized action `Interlock::Action::"explode"` (did you mean `Interlock::Action::"disable"`?)
                optional.cedar [resource.owner] unable to guarantee safety of access to optional attribute `owner` on entity type `Interlock::Identity` (try testing for the attribute's presence with `e has owner && ..`)
                idle.cedar [forbid(principal, action, resource) when { false };] policy is impossible: the policy expression evaluates to false for all valid requests
                template.cedar [?] `policy0` is a template, and nothing links templates (write a policy without `?principal` and `?resource`)
            "#]],
        );
    }

    #[test]
    fn ids_are_unique() {
        check(
            &[
                ("a.cedar", "@id(\"x\") permit(principal, action, resource);"),
                ("b.cedar", "@id(\"x\") permit(principal, action, resource);"),
            ],
            expect![[r#"
                b.cedar [@id("x")] the policy id `x` is taken by a.cedar (give every policy its own @id)
            "#]],
        );
    }
}
