//! Where an access came from: over every session back to what lasts, and to the deployment that made it.

use super::script::*;
use crate::directory::Directory;
use crate::lineage::Ancestry;
use interlock_model::{
    ConnectorId, CredentialKind, CredentialRef, Discovered, DiscoveredCredential, LineageKind,
    Principal, PrincipalKind,
};

fn shown(it: Option<Ancestry>) -> String {
    let Some(it) = it else { return "nothing leads back".to_owned() };
    let mut text = String::new();
    for step in &it.steps {
        let event = step.shown_by.as_ref().map(|it| format!(" ({it})")).unwrap_or_default();
        text.push_str(&step.to_string().replace(&event, ""));
        text.push('\n');
    }
    if let Some(it) = &it.ends {
        text.push_str(&format!("ends: {it}\n"));
    }
    if let Some(it) = &it.opened_for {
        text.push_str(&format!("opened for {it}\n"));
    }
    if let Some(it) = &it.deployment {
        text.push_str(&format!("made by {}\n", it.sentence()));
    }
    if let Some(it) = &it.application {
        text.push_str(&format!("application {} of {}, {}\n", it.name, it.owner, it.basis));
    }
    text.push_str(&it.replace.to_string());
    text
}

fn of_key(directory: &Directory, id: &str) -> String {
    shown(directory.ancestry(Some(&key(id)), None, None))
}

#[test]
fn a_session_leads_over_two_roles_to_the_workflow_run() {
    let mut directory = directory();
    let enter = told("10:00").by(PrincipalKind::Federated, GITHUB);
    let mut first = assumes("10:00", enter, ROLE, ASIA);
    let session = first.0.issued[0].session.as_mut().unwrap();
    session.id = "arn:aws:sts::111122223333:assumed-role/shop-prod-deploy/gh-run-991".into();
    directory.bind(&first.0);
    directory.bind(&assumes("10:05", told("10:05").role(ROLE).key(ASIA), SECOND, ASIB).0);
    assert_eq!(
        of_key(&directory, ASIB),
        "`aws:session-key:ASIAIOSFODNN7EXAMPL2` was issued by `aws:arn:aws:iam::111122223333:role/shop-prod-deploy` with `aws:session-key:ASIAIOSFODNN7EXAMPL1` at 2026-03-01T10:05:00Z
`aws:session-key:ASIAIOSFODNN7EXAMPL1` was issued by `github:repo:acme/shop:ref:refs/heads/main` at 2026-03-01T10:00:00Z
made by `github:repo:acme/shop:ref:refs/heads/main` (repository acme/shop, for refs/heads/main, run 991)
application shop-pipeline of own_shop, declared
nothing lasting was used: every run of `github:repo:acme/shop:ref:refs/heads/main` is let in anew; narrow the trust of `shop-prod-deploy`, and mend what runs there"
    );
}

#[test]
fn whom_a_session_was_opened_for_is_known_by_its_own_call_alone() {
    let let_in = |directory: &Directory, id: &str, role: &str| {
        directory.let_in(&key(id), &principal(role)).map(|it| it.to_string())
    };
    let mut directory = directory();
    let enter = || told("10:00").by(PrincipalKind::Federated, GITHUB);
    directory.bind(&assumes("10:00", enter(), ROLE, ASIA).0);
    directory.bind(&told("10:01").role(ROLE).key(ASIA).0);
    // A second role that the session opened, and one that a user opened with a key.
    directory.bind(&assumes("10:05", told("10:05").role(ROLE).key(ASIA), SECOND, ASIB).0);
    let with_key = assumes("10:06", told("10:06").user(USER).key(AKIA), ROLE, "ASIAUSER");
    directory.bind(&with_key.0);
    assert_eq!(let_in(&directory, ASIA, ROLE).as_deref(), Some(GITHUB));
    for (id, role) in [
        (ASIB, SECOND),
        ("ASIAUSER", ROLE),
        // Never seen to be opened, though only the workflow and the user ever came in.
        ("ASIAUNSEEN", ROLE),
        // Another role's session.
        (ASIA, SECOND),
    ] {
        assert_eq!(let_in(&directory, id, role), None, "{id} of {role}");
    }
    let restored = Directory::restore(declared(DIRECTORY), &directory.snapshot()).unwrap();
    assert_eq!(let_in(&restored, ASIA, ROLE).as_deref(), Some(GITHUB));
    // Two roles are seen with one key: nothing about it is sure.
    directory.bind(&told("10:10").role(SECOND).key(ASIA).0);
    assert_eq!(let_in(&directory, ASIA, ROLE), None);
}

#[test]
fn the_tags_of_a_session_name_the_run_of_a_job_that_signs_in_with_a_key() {
    let mut directory = directory();
    let mut enter = told("10:00").user(USER).key(AKIA);
    for tag in [
        "GitHub=Actions",
        "Repository=acme/shop",
        "Workflow=deploy",
        "Commit=0a1b2c3",
        "Branch=refs/heads/main",
    ] {
        enter = enter.to("session_tag", tag);
    }
    directory.bind(&assumes("10:00", enter, ROLE, ASIA).0);
    // A chained session keeps the trail; tags of its own that say other things stand behind the first.
    let second = told("10:05").role(ROLE).key(ASIA).to("session_tag", "Commit=ffff");
    directory.bind(&assumes("10:05", second, SECOND, ASIB).0);
    let text = of_key(&directory, ASIB);
    assert!(
        text.contains("made by `aws:arn:aws:iam::111122223333:user/ci-deploy` (repository acme/shop, for refs/heads/main, workflow deploy, commit 0a1b2c3)"),
        "{text}"
    );
    assert!(text.contains("replace `aws:access-key:AKIAIOSFODNN7EXAMPLE`"), "{text}");
    let restored = Directory::restore(declared(DIRECTORY), &directory.snapshot()).unwrap();
    assert_eq!(of_key(&restored, ASIB), text);
}

#[test]
fn a_session_leads_to_the_key_that_lasts_and_on_to_the_call_that_made_that() {
    let mut directory = directory();
    let admin = "aws:arn:aws:iam::111122223333:user/admin";
    let made = told("09:00").user(admin).key("AKIAIOSFODNN7EXAMPL9").does("iam:CreateAccessKey");
    directory.bind(&made.issues(AKIA, USER).0);
    directory.bind(&assumes("10:00", told("10:00").user(USER).key(AKIA), ROLE, ASIA).0);
    directory.bind(&assumes("10:05", told("10:05").role(ROLE).key(ASIA), SECOND, ASIB).0);
    let text = of_key(&directory, ASIB);
    assert_eq!(
        text,
        "`aws:session-key:ASIAIOSFODNN7EXAMPL2` was issued by `aws:arn:aws:iam::111122223333:role/shop-prod-deploy` with `aws:session-key:ASIAIOSFODNN7EXAMPL1` at 2026-03-01T10:05:00Z
`aws:session-key:ASIAIOSFODNN7EXAMPL1` was issued by `aws:arn:aws:iam::111122223333:user/ci-deploy` with `aws:access-key:AKIAIOSFODNN7EXAMPLE` at 2026-03-01T10:00:00Z
`aws:access-key:AKIAIOSFODNN7EXAMPLE` was issued by `aws:arn:aws:iam::111122223333:user/admin` with `aws:access-key:AKIAIOSFODNN7EXAMPL9` at 2026-03-01T09:00:00Z
application ci-deploy of own_platform, declared
replace `aws:access-key:AKIAIOSFODNN7EXAMPLE` of `ci-deploy`: until then the access comes back"
    );
    // After a restart the trail is the same.
    let restored = Directory::restore(declared(DIRECTORY), &directory.snapshot()).unwrap();
    assert_eq!(of_key(&restored, ASIB), text);
}

#[test]
fn what_was_not_seen_is_said_and_not_guessed() {
    let mut directory = directory();
    assert_eq!(of_key(&directory, ASIA), "nothing leads back");
    // A session whose opening was not seen: two act as the role.
    for (time, user) in [("10:00", USER), ("10:01", GITHUB)] {
        let role = "aws:arn:aws:iam::111122223333:role/shared";
        directory.bind(&told(time).role(role).via(user).0);
    }
    directory.bind(&told("10:02").role("aws:arn:aws:iam::111122223333:role/shared").key(ASIA).0);
    assert_eq!(
        of_key(&directory, ASIA),
        "ends: 2 act as `shared`, and which it was is not known: `aws:arn:aws:iam::111122223333:user/ci-deploy`, `github:repo:acme/shop:ref:refs/heads/main`
application shared of own_shop, assumed by `shop-pipeline`, whose owner is declared
not known: too little of where the access came from was seen"
    );
}

#[test]
fn a_circle_of_roles_ends() {
    let mut directory = directory();
    directory.bind(&told("10:00").role(ROLE).via(SECOND).0);
    directory.bind(&told("10:01").role(SECOND).via(ROLE).0);
    let text = shown(directory.ancestry(None, Some(&principal(ROLE)), None));
    assert_eq!(
        text,
        "`aws:arn:aws:iam::111122223333:role/shop-prod-deploy` is assumed by `aws:arn:aws:iam::444455556666:role/audit` at 2026-03-01T10:00:00Z
`aws:arn:aws:iam::444455556666:role/audit` is assumed by `aws:arn:aws:iam::111122223333:role/shop-prod-deploy` at 2026-03-01T10:01:00Z
ends: `aws:arn:aws:iam::111122223333:role/shop-prod-deploy` leads back to itself
not known: too little of where the access came from was seen"
    );
}

#[test]
fn a_role_leads_over_service_account_and_deployment_to_image_and_repository() {
    let mut directory = directory();
    let account = Principal::new("kubernetes", "system:serviceaccount:shop:web");
    let role = principal("aws:arn:aws:iam::111122223333:role/web");
    let cluster = ConnectorId("cluster".into());
    let labels = [
        ("team", "shop"),
        ("app.kubernetes.io/name", "storefront"),
        ("images", "registry.example.com/web:1"),
        ("org.opencontainers.image.source", "https://github.com/acme/web"),
        ("org.opencontainers.image.revision", "0a1b2c3"),
    ];
    let seen = Discovered {
        labels: labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        lineage: vec![(
            LineageKind::AssumedBy,
            Principal::new("kubernetes", "deployment/shop/web"),
        )],
        ..Discovered::of(account.clone())
    };
    directory.discovered(&cluster, at("09:00"), seen);
    let cloud = Discovered {
        lineage: vec![(LineageKind::AssumedBy, account.clone())],
        ..Discovered::of(role.clone())
    };
    directory.discovered(&cluster, at("09:00"), cloud);
    let text = shown(directory.ancestry(None, Some(&role), None));
    assert_eq!(
        text,
        "`aws:arn:aws:iam::111122223333:role/web` is assumed by `kubernetes:system:serviceaccount:shop:web` at 2026-03-01T09:00:00Z
`kubernetes:system:serviceaccount:shop:web` is assumed by `kubernetes:deployment/shop/web` at 2026-03-01T09:00:00Z
made by `kubernetes:deployment/shop/web` (repository github.com/acme/web, commit 0a1b2c3, image registry.example.com/web:1)
application storefront of own_shop, label `team: shop` at `cluster`
nothing lasting was used: `deployment/shop/web` gets a new token by itself as long as it runs; replace its pods, and what they run"
    );
    // A password for good is what to replace, wherever it is the only one.
    let database = Principal::new("postgresql", "shop");
    let reference = CredentialRef::new("postgresql", CredentialKind::Password, "shop");
    let credential = DiscoveredCredential {
        reference,
        enabled: Some(true),
        issued: None,
        expires: None,
        last_used: None,
    };
    let seen = Discovered { credentials: vec![credential], ..Discovered::of(database.clone()) };
    directory.discovered(&ConnectorId("orders".into()), at("09:00"), seen);
    assert_eq!(
        shown(directory.ancestry(None, Some(&database), None)),
        "replace `postgresql:password:shop` of `shop`, the only one that lasts there: until then the access comes back"
    );
}

#[test]
fn whom_a_session_was_opened_for_is_known_before_it_is_used() {
    let mut directory = directory();
    let opener = told("10:00").user(USER).key(AKIA).to("source_identity", "ana");
    directory.bind(&assumes("10:00", opener, SECOND, ASIA).0);
    // What is opened with it is still for her, whoever is named later.
    let next = told("10:05").role(SECOND).key(ASIA).to("source_identity", "bob");
    directory.bind(&assumes("10:05", next, ROLE, ASIB).0);
    let told = of_key(&directory, ASIA);
    assert!(told.contains("\nopened for source_identity:ana\n"), "{told}");
    let told = of_key(&directory, ASIB);
    assert!(told.contains("\nopened for source_identity:ana\n"), "{told}");
    let none = told_of_nobody();
    assert!(!none.contains("opened for"), "{none}");
}

fn told_of_nobody() -> String {
    let mut directory = directory();
    directory.bind(&assumes("10:00", told("10:00").user(USER).key(AKIA), SECOND, ASIA).0);
    of_key(&directory, ASIA)
}
