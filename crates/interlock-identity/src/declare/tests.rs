//! Every way a directory file can be wrong, with the place and the remedy.

use super::*;
use expect_test::{Expect, expect};

const SOUND: &str = r#"
# Teams first.
teams:
  - id: own_platform
    name: Platform
    contact: platform-oncall
    approvers: [ana]
  - { id: own_shop, contact: shop-oncall }
environments:
  - environment: production
    accounts:
      - { id: "111122223333", owner: own_platform }
    names: ["*-prod-*"]
identities:
  - id: idn_ci-deploy
    kind: pipeline
    name: CI deploy
    owner: own_platform
    environment: production
    principals:
      - aws:arn:aws:iam::111122223333:user/ci-deploy
      - github:repo:acme/shop:*
    credentials: [aws:access-key:AKIAIOSFODNN7EXAMPLE]
    dependents: [{ name: shop, basis: deploys it }]
    deployed_by: ["github:repo:acme/infra:*"]
    entitlements: [{ grant: AdministratorAccess, risk: admin }]
protected:
  - { identity: "idn_ci-*", reason: deploys everything }
"#;

fn files(files: &[(&str, &str)]) -> Vec<(Arc<str>, String)> {
    files.iter().map(|(path, text)| ((*path).into(), (*text).to_owned())).collect()
}

#[track_caller]
fn check(text: &str, expected: Expect) {
    let (_, problems) = load(&files(&[("d.yaml", text)]));
    let shown: String = problems
        .iter()
        .map(|it| {
            let at = it.span.clone().and_then(|it| text.get(it)).unwrap_or("?");
            let help = it.help.as_deref().unwrap_or("-");
            let gravity = match it.gravity {
                Gravity::Warning => "warning",
                Gravity::Error => "error",
            };
            format!("{gravity} at `{at}`: {}\n  {help}\n", it.what)
        })
        .collect();
    expected.assert_eq(&shown);
}

#[test]
fn a_sound_file_reads_without_problems() {
    let (declaration, problems) = load(&files(&[("d.yaml", SOUND)]));
    assert_eq!(problems, []);
    let [identity] = declaration.identities.as_slice() else { panic!("one identity") };
    assert_eq!(identity.id.as_str(), "idn_ci-deploy");
    assert_eq!(identity.principals.len(), 1);
    assert_eq!(identity.patterns.len(), 1);
    assert!(identity.dependents[0].production);
    assert_eq!(declaration.owners[1].name, "shop");
    assert_eq!(declaration.environments[0].accounts.len(), 1);
    assert_eq!(declaration.protected.len(), 1);
}

#[test]
fn sections_may_stand_in_files_of_their_own_and_empty_files_are_fine() {
    let (declaration, problems) = load(&files(&[
        ("identities.yaml", "identities:\n - {id: idn_a, kind: human, owner: own_x}\n"),
        ("teams.yaml", "teams:\n - {id: own_x, contact: x}\n"),
        ("protected.yaml", "# nothing yet\n"),
        ("environments.yaml", "environments:\n"),
    ]));
    assert_eq!(problems, []);
    assert_eq!(declaration.identities.len(), 1);
}

#[test]
fn all_problems_at_once_with_place_and_remedy() {
    check(
        r#"
identities:
  - id: ci
    kind: pipline
  - id: idn_a
    kind: human
    ownr: own_platform
    principals: [alice]
  - id: idn_b
    kind: human
    owner: own_platfrm
    principals: ["arn:aws:iam::111122223333:user/b"]
    credentials: [AKIAIOSFODNN7EXAMPLE]
  - id: idn_b
    kind: agent
  - id: b
    kind: agent
  - kind: agent
teams:
  - id: own_platform
    contact: x
  - id: own_platform
    contact: y
environments:
  - environment: productoin
  - environment: staging
    accounts: [{ id: 111122223333 }]
    names: ["*"]
identites: []
"#,
        expect![[r#"
            error at `pipline`: `pipline` is not a known `kind`
              did you mean `pipeline`?
            error at `ownr`: unknown key `ownr`
              did you mean `owner`?
            error at `alice`: `alice` is not a principal: it is not `provider:name`
              for example `aws:arn:aws:iam::111122223333:user/ci-deploy`
            error at `own_platfrm`: no team is called `own_platfrm`
              did you mean `own_platform`?
            error at `"arn:aws:iam::111122223333:user/b"`: `arn:aws:iam::111122223333:user/b` is not a principal: the provider is missing
              write `aws:arn:aws:iam::111122223333:user/b`
            error at `AKIAIOSFODNN7EXAMPLE`: `AKIAIOSFODNN7EXAMPLE` is not a credential
              write `aws:access-key:AKIAIOSFODNN7EXAMPLE`
            error at `idn_b`: two identities are called `idn_b`; the other is in `d.yaml`
              give each its own id, or make them one
            error at `b`: `b` is not an id that starts with `idn_`
              write `idn_b`
            error at `kind`: `id` is missing in an entry of `identities`
              add `id`: Its id: `idn_` and then letters, digits, `.`, `_` or `-`. Never change it: history hangs on it.
            error at `own_platform`: two teams are called `own_platform`
              give each team an id of its own
            error at `productoin`: `productoin` is not a known `environment`
              did you mean `production`?
            error at `111122223333`: `id` must be text, found a number
              put it in quotes
            error at `"*"`: the pattern `*` matches everything
              `*` stands for any text, `?` for one character; fix some of the text
            error at `identites`: unknown key `identites`
              did you mean `identities`?
        "#]],
    );
}

#[test]
fn not_yaml_at_all() {
    check(
        "identities: [",
        expect![[r#"
            error at `?`: not readable as YAML: unclosed bracket '['
              -
        "#]],
    );
    check(
        "just text",
        expect![[r#"
        error at `just text`: `the file` must be keys and values, found text
          -
    "#]],
    );
    check(
        "identities: {a: 1}\n",
        expect![[r#"
        error at `a`: `identities` must be a list, found keys and values
          -
    "#]],
    );
    check(
        "teams: []\nteams: []\n",
        expect![[r#"
            error at `teams`: not readable as YAML: duplicate mapping key: teams
              -
        "#]],
    );
}

#[test]
fn one_principal_claimed_by_two_owners_is_said_at_the_second() {
    check(
        r#"
teams: [{id: own_a, contact: a}, {id: own_b, contact: b}]
identities:
  - {id: idn_one, kind: human, owner: own_a, principals: ["aws:arn:aws:iam::111122223333:user/shared"]}
  - {id: idn_two, kind: human, owner: own_b, principals: ["aws:arn:aws:iam::111122223333:user/shared"]}
"#,
        expect![[r#"
            warning at `"aws:arn:aws:iam::111122223333:user/shared"`: `aws:arn:aws:iam::111122223333:user/shared` is claimed by `idn_one` and `idn_two`, so it has 2 owners: `own_a` and `own_b`; its events are ambiguous
              leave it with one identity, or give each its own credential
        "#]],
    );
}

#[test]
fn protection_names_exactly_one_thing() {
    check(
        r#"
identities: [{id: idn_break_glass, kind: human}]
protected:
  - {identity: idn_brake_glass, reason: r}
  - {identity: idn_break_glass, principal: "aws:arn:aws:iam::111122223333:root", reason: r}
  - {reason: r}
  - {principal: "aws:arn:aws:iam::*:root", reason: r}
"#,
        expect![[r#"
            warning at `idn_brake_glass`: `idn_brake_glass` matches no declared identity
              did you mean `idn_break_glass`?
            error at `r`: an entry of `protected` names exactly one of `identity`, `principal`, `credential`
              split it into one entry each
            error at `r`: an entry of `protected` names exactly one of `identity`, `principal`, `credential`
              split it into one entry each
        "#]],
    );
}

#[test]
fn one_account_in_two_environments() {
    check(
        r#"
environments:
  - {environment: production, accounts: [{id: "111122223333"}]}
  - {environment: staging, accounts: [{id: "111122223333", owner: own_x}]}
"#,
        expect![[r#"
            error at `"111122223333"`: account `111122223333` is in `production` already
              an account belongs to one environment; leave it out here
            error at `own_x`: no team is called `own_x`
              declare it under `teams`
        "#]],
    );
}

#[test]
fn what_is_sound_beside_a_problem_is_kept() {
    let text = "identities:\n - {id: idn_a, kind: human}\n - {id: idn_b, kind: humn}\n";
    let (declaration, problems) = load(&files(&[("d.yaml", text)]));
    assert_eq!(declaration.identities.len(), 1);
    assert_eq!(problems.len(), 1);
}

#[test]
fn the_schema_says_what_editors_need() {
    let schema = schema().to_value();
    let identity = &schema["$defs"]["RawIdentity"];
    assert_eq!(identity["additionalProperties"], false);
    assert_eq!(identity["required"], serde_json::json!(["id", "kind"]));
    assert!(identity["properties"]["kind"].to_string().contains("RawKind"));
}

proptest::proptest! {
    #[test]
    fn any_text_gives_problems_and_never_a_panic(text in "[a-z:\\-\\[\\]{}\" \n#&*!|>]{0,200}") {
        let _ = load(&files(&[("d.yaml", &text)]));
    }

    #[test]
    fn a_damaged_file_never_panics(at in 0..SOUND.len(), with in "[ -~\n]{0,3}") {
        let mut text = SOUND.to_owned();
        text.replace_range(at..(at + 1), &with);
        let (_, problems) = load(&files(&[("d.yaml", &text)]));
        for problem in problems {
            if let Some(span) = problem.span {
                proptest::prop_assert!(span.end <= text.len() && text.is_char_boundary(span.start));
            }
        }
    }
}

#[test]
fn somebody_is_gone_and_something_is_bait() {
    let text = "identities:\n  - { id: idn_ana, kind: human, departed: 2026-03-31 }\n  - { id: idn_old, kind: human, departed: 2026-03-31T16:00:00Z }\n  - { id: idn_bait, kind: service_account, canary: true }\n";
    let (declaration, problems) = load(&files(&[("d.yaml", text)]));
    assert!(problems.is_empty(), "{problems:?}");
    let departed: Vec<_> =
        declaration.identities.iter().map(|it| it.departed.map(|it| it.to_string())).collect();
    assert_eq!(
        departed,
        [Some("2026-03-31T00:00:00Z".to_owned()), Some("2026-03-31T16:00:00Z".to_owned()), None]
    );
    let canaries: Vec<_> = declaration.identities.iter().map(|it| it.canary).collect();
    assert_eq!(canaries, [false, false, true]);
    check(
        "identities:\n  - { id: idn_ana, kind: human, departed: last week }\n",
        expect![[r"
            error at `last week`: `last week` is not a time
              write a day such as `2026-03-31`, or a time such as `2026-03-31T16:00:00Z`
        "]],
    );
}
