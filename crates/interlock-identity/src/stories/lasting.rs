//! What lasts too long, what is taken for something else, what must not be stored; gaps in pages.

use super::script::*;
use crate::directory::Directory;
use crate::gaps::{Gap, GapKind};
use crate::limits::{CredentialLimit, CredentialLimits, SpecialLimit};
use interlock_model::{
    ConnectorId, CredentialKind, CredentialRef, Discovered, DiscoveredCredential, Environment,
    IdentityId, IdentityKind, Principal, Timestamp,
};
use jiff::SignedDuration;
use std::collections::BTreeMap;

fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}

fn now() -> Timestamp {
    at("12:00")
}

fn place() -> ConnectorId {
    ConnectorId("aws-a".into())
}

/// Somebody with a credential that was issued so many days ago.
fn holds(name: &str, kind: IdentityKind, credential: CredentialRef, age: i64) -> Discovered {
    let credential = DiscoveredCredential {
        reference: credential,
        enabled: Some(true),
        issued: Some(now() - days(age)),
        expires: None,
        last_used: Some(now()),
    };
    Discovered {
        kind: Some(kind),
        credentials: vec![credential],
        ..Discovered::of(principal(name))
    }
}

fn of_kind(directory: &Directory, kind: GapKind) -> Vec<Gap> {
    directory.gaps(now()).into_iter().filter(|it| it.kind == kind).collect()
}

#[test]
fn each_kind_and_environment_has_limits_of_its_own() {
    let mut it = directory();
    let general = CredentialLimit { age: days(365), idle: days(90) };
    let all = SpecialLimit {
        provider: None,
        credential: None,
        identity: None,
        environment: None,
        limit: general,
    };
    let limit = |age| CredentialLimit { age: days(age), ..general };
    it.set_limits(CredentialLimits {
        general,
        special: vec![
            SpecialLimit { identity: Some(IdentityKind::Human), limit: limit(30), ..all.clone() },
            SpecialLimit {
                provider: Some("aws".into()),
                credential: Some("access-key"),
                environment: Some(Environment::Production),
                limit: limit(90),
                ..all
            },
        ],
    });
    let production = "aws:arn:aws:iam::111122223333:user";
    let development = "aws:arn:aws:iam::777788889999:user";
    let mut add = |name: &str, kind, number: usize, age| {
        let key = key(&format!("AKIAIOSFODNN7EXAMP{number:02}"));
        it.discovered(&place(), at("10:00"), holds(name, kind, key, age)).unwrap();
    };
    use IdentityKind as K;
    add(&format!("{production}/old"), K::ServiceAccount, 1, 91);
    add(&format!("{production}/young"), K::ServiceAccount, 2, 89);
    add(&format!("{development}/old"), K::ServiceAccount, 3, 364);
    add(&format!("{development}/older"), K::ServiceAccount, 4, 366);
    add(&format!("{development}/ann"), K::Human, 5, 31);
    // Nothing says where this one acts: it is treated as production.
    add("aws:arn:aws:iam::000011112222:user/lost", K::ServiceAccount, 6, 91);
    let said: Vec<String> = of_kind(&it, GapKind::OverAge).into_iter().map(|it| it.text).collect();
    let mut said = said;
    said.sort();
    assert_eq!(
        said,
        [
            "`aws:access-key:AKIAIOSFODNN7EXAMP01` is 91 days old, 90 are allowed",
            "`aws:access-key:AKIAIOSFODNN7EXAMP04` is 366 days old, 365 are allowed",
            "`aws:access-key:AKIAIOSFODNN7EXAMP05` is 31 days old, 30 are allowed",
            "`aws:access-key:AKIAIOSFODNN7EXAMP06` is 91 days old, 90 are allowed",
        ]
    );
    // What is replaced by the schedule is the same.
    let mut due: Vec<String> =
        it.over_age(&place(), now()).into_iter().map(|it| it.1.id().to_owned()).collect();
    due.sort();
    assert_eq!(
        due,
        [
            "AKIAIOSFODNN7EXAMP01",
            "AKIAIOSFODNN7EXAMP04",
            "AKIAIOSFODNN7EXAMP05",
            "AKIAIOSFODNN7EXAMP06"
        ]
    );
}

#[test]
fn what_lasts_is_told_what_could_take_its_place() {
    use CredentialKind as C;
    use IdentityKind as K;
    let mut it = directory();
    for (provider, kind, credential, number) in [
        ("aws", K::Pipeline, C::AccessKey, 1),
        ("aws", K::Workload, C::AccessKey, 2),
        ("google", K::ServiceAccount, C::AccessKey, 3),
        ("entra", K::ServiceAccount, C::Token, 4),
        ("github", K::Pipeline, C::Token, 5),
        ("kubernetes", K::Workload, C::Token, 6),
        ("postgresql", K::ServiceAccount, C::Password, 7),
        ("ad", K::ServiceAccount, C::Password, 8),
        ("postgresql", K::Human, C::Password, 9),
    ] {
        let name = format!("{provider}:someone-{number}");
        let id = format!("{}{number}", if provider == "kubernetes" { "secret/a/" } else { "" });
        let credential = CredentialRef::new(provider, credential, &id);
        it.discovered(&place(), at("10:00"), holds(&name, kind, credential, 3)).unwrap();
    }
    // A session ends by itself, and a token that no provider lists may.
    it.bind(&told("10:00").role(ROLE).key(ASIA).0);
    let mut said: Vec<String> = of_kind(&it, GapKind::LongLived)
        .into_iter()
        .map(|it| format!("{}: {}", it.text, it.remedy))
        .collect();
    said.sort();
    expect_test::expect![[r#"
        `ad:password:8` of a service account lasts until somebody ends it: use a group managed service account: the domain renews its password by itself
        `aws:access-key:1` of a pipeline lasts until somebody ends it: let the pipeline assume a role by OpenID Connect: an identity provider in IAM, and a trust that names its subject
        `aws:access-key:2` of a workload lasts until somebody ends it: give the instance, pod or function a role of its own: its credentials end within hours
        `aws:access-key:AKIAIOSFODNN7EXAMPLE` of a service account lasts until somebody ends it: let it assume a role: of the instance, pod or function where it runs in AWS, by OpenID Connect or IAM Roles Anywhere where it runs elsewhere
        `entra:token:4` of a service account lasts until somebody ends it: use a managed identity where it runs in Azure, a federated credential elsewhere, and delete the secret
        `github:token:5` of a pipeline lasts until somebody ends it: use the `GITHUB_TOKEN` of the run, or a token of an app: it ends within the hour
        `google:access-key:3` of a service account lasts until somebody ends it: let it in through a workload identity pool that trusts where it runs, and delete the key
        `kubernetes:token:secret/a/6` of a workload lasts until somebody ends it: use the bound token that the pod gets by itself, or `kubectl create token`, and delete the secret
        `postgresql:password:7` of a service account lasts until somebody ends it: let it fetch a password that ends by itself, from Vault or OpenBao (`database`, `rabbitmq`), or let the connector's broker deliver one"#]].assert_eq(&said.join("\n"));
}

#[test]
fn a_name_of_the_same_look_is_a_gap_at_whoever_bears_it() {
    let mut it = directory();
    let false_one = "aws:arn:aws:iam::111122223333:user/ci-d\u{435}ploy";
    it.discovered(&place(), at("10:00"), Discovered::of(principal(false_one))).unwrap();
    it.bind(&told("10:05").user("aws:arn:aws:iam::111122223333:user/ölaf").0);
    let gaps = of_kind(&it, GapKind::LookAlike);
    let [only] = gaps.as_slice() else { panic!("{gaps:?}") };
    assert_eq!(only.identity, of(&it, false_one).id);
    assert_eq!(
        only.text,
        "`aws:arn:aws:iam::111122223333:user/ci-d\u{435}ploy` looks like `aws:arn:aws:iam::111122223333:user/ci-deploy` of `idn_ci-deploy`, and is another: U+0435 stands for `e`"
    );
    // Within ASCII it is the undeclared one that is strange; of two that nobody declared, both.
    for user in ["ci-dep1oy", "rn-1", "m-1"] {
        let arn = format!("aws:arn:aws:iam::111122223333:user/{user}");
        it.discovered(&place(), at("10:10"), Discovered::of(principal(&arn))).unwrap();
    }
    let gaps = of_kind(&it, GapKind::LookAlike);
    let mut said: Vec<String> =
        gaps.iter().map(|it| it.text.replace("aws:arn:aws:iam::111122223333:user/", "")).collect();
    said.retain(|it| it.is_ascii());
    for user in ["rn-1", "m-1"] {
        let id = of(&it, &format!("aws:arn:aws:iam::111122223333:user/{user}")).id.to_string();
        said.iter_mut().for_each(|text| *text = text.replace(&id, &format!("id of {user}")));
    }
    said.sort();
    expect_test::expect![[r#"
        `ci-dep1oy` looks like `ci-deploy` of `idn_ci-deploy`, and is another: `1` stands for `l`
        `m-1` looks like `rn-1` of `id of rn-1`, and is another: `m` stands for `rn`
        `rn-1` looks like `m-1` of `id of m-1`, and is another: `rn` stands for `m`"#]]
    .assert_eq(&said.join("\n"));
}

#[test]
fn no_secret_of_a_label_is_kept() {
    let mut it = directory();
    let labels = [
        ("team", "shop"),
        ("db-password", "hunter2!"),
        ("note", "see ghp_0123456789abcdefghijABCDEF"),
    ];
    let seen = Discovered {
        labels: labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        ..Discovered::of(principal("toy:web"))
    };
    let item = it.discovered(&place(), at("10:00"), seen.clone()).unwrap();
    let expected: BTreeMap<String, String> =
        [("db-password", "[redacted]"), ("note", "[redacted]"), ("team", "shop")]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into();
    assert_eq!(item.seen.labels, expected);
    // What an older house kept is taken out when it is read again.
    let mut old = item;
    old.seen = seen;
    let mut again = directory();
    again.recall(old);
    let id = of(&again, "toy:web").id.clone();
    assert_eq!(again.inventory(&id)[0].seen.labels, expected);
}

#[test]
fn pages_of_gaps_are_the_whole_list() {
    let mut it = directory();
    for number in 0..1_203 {
        let name = format!("toy:w{number:04}");
        it.discovered(&place(), at("10:00"), Discovered::of(Principal::from_text(&name).unwrap()));
    }
    let whole = it.gaps(now());
    assert!(whole.len() > 3_000, "{}", whole.len());
    for limit in [1, 7, 100, 999, 10_000] {
        let mut all = Vec::new();
        let mut after: Option<IdentityId> = None;
        loop {
            let (page, next) = it.gaps_page(after.as_ref().map(IdentityId::as_str), limit, now());
            assert!(page.len() <= limit.max(4), "{} of {limit}", page.len());
            assert!(next.is_none() || !page.is_empty());
            all.extend(page);
            let Some(next) = next else { break };
            assert!(after.is_none_or(|it| it < next));
            after = Some(next);
        }
        assert_eq!(all, whole, "{limit}");
    }
    assert_eq!(it.gaps_page(Some("idn_zzzz"), 10, now()), (Vec::new(), None));
}
