//! What connectors see joins what people declared and telemetry showed.

use super::script::*;
use crate::gaps::GapKind;
use interlock_model::{
    ConnectorId, CredentialStatus, Discovered, DiscoveredCredential, Discovery, Entitlement,
    Environment, IdentityKind, InventoryItem, LineageKind, PolicyGrant, PolicyPart, RiskClass,
};

const BOB: &str = "aws:arn:aws:iam::444455556666:user/bob";
const OTHER: &str = "AKIAIOSFODNN7EXAMPL9";

fn place(name: &str) -> ConnectorId {
    ConnectorId(name.into())
}

fn seen(name: &str) -> Discovered {
    Discovered::of(principal(name))
}

fn listed(id: &str, enabled: bool) -> DiscoveredCredential {
    DiscoveredCredential {
        reference: key(id),
        enabled: Some(enabled),
        issued: Some(at("01:00")),
        expires: None,
        last_used: None,
    }
}

fn grant(name: &str, risk: RiskClass) -> Entitlement {
    let (grant, scope, through) = (name.to_owned(), "*".to_owned(), "attached".to_owned());
    Entitlement { grant, scope, through, risk }
}

#[test]
fn a_key_that_was_listed_is_known_at_its_first_use() {
    let mut it = directory();
    let bob = Discovered { credentials: vec![listed(OTHER, true)], ..seen(BOB) };
    it.discovered(&place("aws-b"), at("02:00"), bob).unwrap();
    let binding = it.bind(&told("03:00").key(OTHER).0);
    let id = binding.resolution.identity().unwrap().clone();
    let identity = it.identity(&id).unwrap();
    assert_eq!(identity.principals, [principal(BOB)]);
    assert_eq!(identity.credentials[0].last_used, Some(at("03:00")));
    assert_eq!(it.inventory(&id).len(), 1);
}

#[test]
fn a_label_names_a_declared_team_or_nobody() {
    for (key, value, owner, environment) in [
        ("team", "shop", Some("own_shop"), Environment::Unknown),
        ("backstage.io/owner", "group:platform", Some("own_platform"), Environment::Unknown),
        ("Owned_By", "OWN_SHOP", Some("own_shop"), Environment::Unknown),
        ("owner", "thieves", None, Environment::Unknown),
        ("env", "prod", None, Environment::Production),
        ("Environment", "sandbox", None, Environment::Development),
        ("environment", "moon", None, Environment::Unknown),
    ] {
        let mut it = directory();
        let labels = [(key.to_owned(), value.to_owned())].into();
        let item = it.discovered(&place("b"), at("02:00"), Discovered { labels, ..seen(BOB) });
        assert!(item.is_some());
        let id = it.resolve(BOB).identity().unwrap().clone();
        let identity = it.identity(&id).unwrap();
        assert_eq!(identity.owner.owner().map(|it| it.as_str()), owner, "{key}: {value}");
        assert_eq!(identity.environment, environment, "{key}: {value}");
    }
}

#[test]
fn what_people_declared_counts_and_the_contradiction_is_shown() {
    let mut it = directory();
    let labels = [("owner".to_owned(), "shop".to_owned()), ("env".to_owned(), "dev".to_owned())];
    let user = Discovered { kind: Some(IdentityKind::Human), labels: labels.into(), ..seen(USER) };
    it.discovered(&place("aws-a"), at("02:00"), user).unwrap();
    let id = it.resolve(USER).identity().unwrap().clone();
    let identity = it.identity(&id).unwrap();
    assert_eq!(identity.kind, IdentityKind::ServiceAccount);
    assert_eq!(identity.owner.owner().unwrap().as_str(), "own_platform");
    let conflicts: Vec<String> =
        it.conflicts(&id).into_iter().map(|it| format!("{}: {}", it.about, it.text)).collect();
    assert_eq!(
        conflicts,
        [
            "environment: production, label `env: dev` at `aws-a` says development",
            "kind: declared service_account, `aws-a` lists it as human",
            "owner: declared `own_platform`, label `owner: shop` at `aws-a` says `own_shop`",
        ]
    );
    let gaps = it.gaps(at("03:00"));
    assert_eq!(gaps.iter().filter(|it| it.kind == GapKind::Conflict).count(), 3);
}

#[test]
fn two_names_of_one_principal_are_one_identity_whichever_is_heard_of_first() {
    let (sid, login) = ("ad:S-1-5-21-1-2-3-1104", "ad:acme\\svc-batch");
    for heard in [None, Some(sid), Some(login)] {
        let mut it = directory();
        let before = heard.map(|name| {
            it.bind(&told("01:00").user(name).0).resolution.identity().unwrap().clone()
        });
        let account = Discovered { also: vec![principal(login)], ..seen(sid) };
        it.discovered(&place("ad"), at("02:00"), account).unwrap();
        let by_sid = it.resolve(sid);
        assert_eq!(by_sid, it.resolve(login), "{heard:?}");
        let id = by_sid.identity().unwrap();
        assert_eq!(it.identity(id).unwrap().principals.len(), 2, "{heard:?}");
        if let Some(before) = before {
            assert_eq!(it.identity(&before).unwrap().id, *id, "the old id still answers");
        }
        let later = it.bind(&told("03:00").user(login).0);
        assert_eq!(later.resolution.identity(), Some(id));
    }
}

#[test]
fn a_disabled_key_is_revoked_until_it_is_used_again() {
    let mut it = directory();
    let user = |enabled| Discovered { credentials: vec![listed(AKIA, enabled)], ..seen(USER) };
    let status = |it: &crate::Directory| {
        let id = it.resolve(USER).identity().unwrap().clone();
        it.identity(&id).unwrap().credentials[0].status
    };
    it.discovered(&place("aws-a"), at("02:00"), user(false)).unwrap();
    assert_eq!(status(&it), CredentialStatus::Revoked);
    it.bind(&told("03:00").user(USER).key(AKIA).0);
    assert_eq!(status(&it), CredentialStatus::Active, "a use is the better witness");
    it.discovered(&place("aws-a"), at("02:30"), user(false)).unwrap();
    assert_eq!(status(&it), CredentialStatus::Active, "the look began before the use");
    it.discovered(&place("aws-a"), at("04:00"), user(false)).unwrap();
    assert_eq!(status(&it), CredentialStatus::Revoked);
}

#[test]
fn a_provider_whose_clock_is_ahead_is_believed_about_its_own_keys() {
    let mut it = directory();
    // By its clock, which is seven minutes ahead, the key was used after the look began by ours.
    let key = DiscoveredCredential { last_used: Some(at("02:05")), ..listed(AKIA, false) };
    let user = Discovered { credentials: vec![key], ..seen(USER) };
    let shown = |it: &crate::Directory| {
        let id = it.resolve(USER).identity().unwrap().clone();
        let key = &it.identity(&id).unwrap().credentials[0];
        (key.status, key.last_used)
    };
    for _ in 0..2 {
        it.discovered(&place("aws-a"), at("02:00"), user.clone()).unwrap();
        assert_eq!(shown(&it), (CredentialStatus::Revoked, Some(at("02:05"))));
    }
    // What was issued in our future is not over its age, and is told without a panic.
    let young = DiscoveredCredential { issued: Some(at("23:00")), ..listed(OTHER, true) };
    let user = Discovered { credentials: vec![young], ..seen(BOB) };
    it.discovered(&place("aws-a"), at("02:00"), user).unwrap();
    let old = it.gaps(at("02:00")).into_iter().filter(|it| it.kind == GapKind::OverAge);
    assert_eq!(old.filter(|it| it.text.contains(OTHER)).count(), 0);
    let id = it.resolve(BOB).identity().unwrap().clone();
    assert!(!it.impact(&id, at("02:00"), &[]).is_empty());
}

#[test]
fn a_key_that_was_deleted_after_the_look_stays_revoked_also_after_a_restart() {
    let mut it = directory();
    let user = Discovered { credentials: vec![listed(AKIA, true)], ..seen(USER) };
    let item = it.discovered(&place("aws-a"), at("02:00"), user).unwrap();
    let deleted = told("03:00").user(USER).does("iam:DeleteAccessKey").to("access_key", AKIA);
    it.bind(&deleted.0);
    let status = |it: &crate::Directory| {
        let id = it.resolve(USER).identity().unwrap().clone();
        it.identity(&id).unwrap().credentials[0].status
    };
    assert_eq!(status(&it), CredentialStatus::Revoked);
    let mut again = crate::Directory::restore(declared(DIRECTORY), &it.snapshot()).unwrap();
    again.recall(item);
    assert_eq!(status(&again), CredentialStatus::Revoked);
}

#[test]
fn what_is_no_longer_granted_is_gone_and_what_is_not_seen_stays() {
    let mut it = directory();
    let with = |entitlements| Discovered { entitlements, ..seen(BOB) };
    let (read, admin) = (grant("read", RiskClass::Read), grant("admin", RiskClass::Admin));
    it.discovered(&place("b"), at("02:00"), with(vec![read.clone(), admin.clone()])).unwrap();
    let id = it.resolve(BOB).identity().unwrap().clone();
    assert_eq!(it.identity(&id).unwrap().entitlements, [admin, read.clone()]);
    it.discovered(&place("b"), at("04:00"), with(vec![read.clone()])).unwrap();
    assert_eq!(it.identity(&id).unwrap().entitlements, [read]);
    let look = |last: &str| Discovery { last: Some(at(last)), ..Discovery::never(place("b")) };
    assert_eq!(it.unseen(&id, &[look("04:00")]), None);
    assert_eq!(it.unseen(&id, &[look("05:00")]), Some(at("04:00")));
    assert_eq!(it.unseen(&id, &[]), None, "a look that never ended says nothing");
    assert!(it.identity(&id).is_some());
}

#[test]
fn what_was_remembered_has_the_same_effect() {
    let mut it = directory();
    let role = Discovered {
        name: Some("deployer".to_owned()),
        kind: Some(IdentityKind::Pipeline),
        entitlements: vec![grant("admin", RiskClass::Admin)],
        lineage: vec![(LineageKind::AssumedBy, principal(GITHUB))],
        credentials: vec![listed(OTHER, true)],
        ..seen(SECOND)
    };
    let items: Vec<InventoryItem> = [
        it.discovered(&place("b"), at("02:00"), role.clone()),
        it.discovered(&place("b"), at("04:00"), role),
    ]
    .into_iter()
    .flatten()
    .collect();
    assert_eq!((items[1].first, items[1].last), (at("02:00"), at("04:00")));
    let mut again = directory();
    again.recall(items[1].clone());
    let shown = |it: &crate::Directory| format!("{:#?}", it.identities().collect::<Vec<_>>());
    // The edge is dated by the look that showed it first.
    let undated = |text: String| {
        text.lines().filter(|it| !it.contains("2026-03-01T0")).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(undated(shown(&again)), undated(shown(&it)));
    let id = it.resolve(SECOND).identity().unwrap().clone();
    let identity = it.identity(&id).unwrap();
    assert_eq!((identity.name.as_str(), identity.kind), ("deployer", IdentityKind::Pipeline));
    assert_eq!(identity.owner.owner().unwrap().as_str(), "own_shop", "by who assumes it");
}

fn policy(name: &str, part: PolicyPart, document: &str) -> PolicyGrant {
    PolicyGrant {
        name: name.to_owned(),
        through: "inline".to_owned(),
        document: Some(document.to_owned()),
        part,
    }
}

fn allows(actions: &str) -> String {
    format!(r#"{{"Statement":{{"Effect":"Allow","Action":[{actions}],"Resource":"*"}}}}"#)
}

#[test]
fn policies_say_what_is_reached_and_how_it_could_become_more() {
    let mut it = directory();
    let assume = allows(r#""iam:PassRole","lambda:CreateFunction","lambda:InvokeFunction""#);
    let bob = Discovered {
        policies: vec![
            policy("functions", PolicyPart::Grants, &assume),
            policy("reads", PolicyPart::Grants, &allows(r#""s3:ListAllMyBuckets""#)),
        ],
        ..seen(BOB)
    };
    let trust = r#"{"Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}}"#;
    let audit = Discovered {
        policies: vec![
            policy("all", PolicyPart::Grants, &allows(r#""*""#)),
            policy("trust policy", PolicyPart::Trusts, trust),
        ],
        ..seen(SECOND)
    };
    it.discovered(&place("b"), at("02:00"), bob.clone()).unwrap();
    it.discovered(&place("b"), at("02:00"), audit).unwrap();
    let id = |it: &crate::Directory, name| it.resolve(name).identity().unwrap().clone();
    let risks = |it: &crate::Directory, name| -> Vec<(String, RiskClass)> {
        let identity = it.identity(&id(it, name)).unwrap();
        identity.entitlements.iter().map(|it| (it.grant.clone(), it.risk)).collect()
    };
    assert_eq!(risks(&it, SECOND), [("all".to_owned(), RiskClass::Admin)]);
    let of_bob = risks(&it, BOB);
    assert_eq!(of_bob[1], ("reads".to_owned(), RiskClass::Read));
    assert_eq!(of_bob[0].0, "functions");
    let granted = it.seen_accounts(&id(&it, BOB)).granted();
    assert_eq!(granted.len(), 1);
    assert!(!granted[0].everything);
    let through = "may become role `arn:aws:iam::444455556666:role/audit` through iam:PassRole + lambda:CreateFunction + lambda:InvokeFunction";
    assert!(granted[0].escalations.iter().any(|it| it.starts_with(through)), "{granted:#?}");
    assert_eq!(granted[0].way_to_everything.len(), 1, "{granted:#?}");
    assert!(it.seen_accounts(&id(&it, SECOND)).granted()[0].everything);
    // Bounded to reading, it comes to nothing.
    let mut bounded = bob;
    let reading = allows(r#""s3:ListAllMyBuckets""#);
    bounded.policies.push(policy("limit", PolicyPart::Bounds, &reading));
    it.discovered(&place("b"), at("03:00"), bounded).unwrap();
    let granted = it.seen_accounts(&id(&it, BOB)).granted();
    assert_eq!(granted[0].escalations, [] as [String; 0], "{granted:#?}");
}

#[test]
fn whom_to_ask_first_about_an_identity_without_an_owner() {
    let mut it = directory();
    let named = "aws:arn:aws:iam::444455556666:user/shop-export";
    it.discovered(&place("b"), at("02:00"), seen(named)).unwrap();
    let issued = told("03:00").user(USER).does("iam:CreateAccessKey").issues(OTHER, BOB);
    it.bind(&issued.0);
    let remedy = |name: &str| {
        let id = it.resolve(name).identity().unwrap().clone();
        let gaps = it.gaps(at("04:00")).into_iter();
        let mut unowned = gaps.filter(|it| it.identity == id && it.kind == GapKind::Unowned);
        unowned.next().unwrap().remedy
    };
    assert_eq!(
        remedy(named),
        "ask `own_shop` first: its name bears theirs; then declare `owner` in `identities`"
    );
    assert_eq!(
        remedy(BOB),
        "ask `own_platform` first: `ci-deploy`, which is theirs, issued a credential for it; then declare `owner` in `identities`"
    );
}

#[test]
fn a_manager_that_a_directory_of_people_names_is_whom_to_ask() {
    let ana = "  - { id: idn_ana, name: Ana Silva, kind: human, owner: own_shop, principals: ['scim:wiki/ana@example.com', 'ldap:uid=ana,ou=people,dc=example,dc=com'] }";
    let mut it = directory_with(ana);
    for (principal, manager) in [
        ("scim:wiki/bo@example.com", "Ana Silva"),
        ("scim:wiki/cy@example.com", "ana@example.com"),
        ("ldap:uid=di,ou=people,dc=example,dc=com", "ana"),
        ("okta:00u1", "ana"),
    ] {
        let labels = [("manager".to_owned(), manager.to_owned())].into();
        let listed = Discovered { labels, ..seen(principal) };
        it.discovered(&place("people"), at("02:00"), listed).unwrap();
    }
    let gaps = it.gaps(at("04:00"));
    let mut said: Vec<&str> = gaps
        .iter()
        .filter(|it| it.kind == GapKind::Unowned && it.remedy.contains("manager"))
        .map(|it| it.remedy.as_str())
        .collect();
    said.dedup();
    assert_eq!(
        said,
        [
            "ask `own_shop` first: `people` names `Ana Silva`, who is theirs, as its manager; then declare `owner` in `identities`"
        ]
    );
    let asked = gaps.iter().filter(|it| it.remedy.contains("manager")).count();
    assert_eq!(asked, 3, "a name of another provider is nobody's");
}

#[test]
fn pages_are_the_list_in_parts() {
    let mut it = directory();
    for number in 0..25 {
        let name = format!("aws:arn:aws:iam::444455556666:user/u{number}");
        it.discovered(&place("b"), at("02:00"), seen(&name)).unwrap();
    }
    let whole: Vec<String> = it.identities().map(|it| it.id.to_string()).collect();
    for limit in [1, 7, 27, 100] {
        let (mut parts, mut after) = (Vec::new(), None::<String>);
        loop {
            let (page, more) = it.page(after.as_deref(), limit);
            assert!(page.len() <= limit);
            parts.extend(page.iter().map(|it| it.id.to_string()));
            after = parts.last().cloned();
            if !more {
                break;
            }
        }
        assert_eq!(parts, whole, "pages of {limit}");
    }
}

#[test]
fn an_old_key_is_a_gap() {
    let mut it = directory();
    let mut old = listed(OTHER, true);
    old.issued = Some("2024-03-01T00:00:00Z".parse().unwrap());
    old.last_used = Some(at("01:00"));
    it.discovered(&place("b"), at("02:00"), Discovered { credentials: vec![old], ..seen(BOB) });
    let gaps = it.gaps(at("03:00"));
    let text: Vec<&str> = gaps
        .iter()
        .filter(|it| matches!(it.kind, GapKind::OverAge | GapKind::Undeclared))
        .map(|it| it.text.as_str())
        .collect();
    assert_eq!(
        text,
        [
            "`bob` exists at `b`, and nobody declared it",
            "`aws:access-key:AKIAIOSFODNN7EXAMPL9` is 730 days old, 365 are allowed",
        ]
    );
}
