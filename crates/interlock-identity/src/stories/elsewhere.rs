//! What grants of other platforms than AWS reach, and what of it was used.

use super::script::*;
use crate::{Directory, Granted, Suggestion};
use expect_test::expect;
use interlock_model::{
    ConnectorId, Discovered, Entitlement, Outcome, PolicyGrant, PolicyPart, PrincipalKind,
    RiskClass,
};

const WEB: &str = "kubernetes:system:serviceaccount:shop:web";

fn grant(name: &str, scope: &str, risk: RiskClass) -> Entitlement {
    let (grant, scope) = (name.to_owned(), scope.to_owned());
    Entitlement { grant, scope, through: "binding".to_owned(), risk }
}

fn policy(name: &str, document: &str) -> PolicyGrant {
    PolicyGrant {
        name: name.to_owned(),
        through: "binding".to_owned(),
        document: Some(document.to_owned()),
        part: PolicyPart::Grants,
    }
}

fn saw(it: &mut Directory, seen: Discovered) {
    it.discovered(&ConnectorId("place".into()), at("02:00"), seen).unwrap();
}

fn granted(it: &Directory, name: &str) -> Vec<Granted> {
    let id = it.resolve(name).identity().unwrap().clone();
    it.seen_accounts(&id).granted()
}

fn told(all: &[Granted]) -> String {
    let mut text = String::new();
    for it in all {
        text.push_str(&format!("{}\n", it.principal));
        if it.everything {
            text.push_str(&format!("  everything {}\n", it.within));
        }
        for class in &it.classes {
            text.push_str(&format!("  {}: {}\n", class.class, class.examples.join(", ")));
        }
        it.escalations.iter().for_each(|it| text.push_str(&format!("  more: {it}\n")));
        it.unread.iter().for_each(|it| text.push_str(&format!("  unread: {it}\n")));
        if let Some(used) = &it.used {
            let actions: Vec<_> =
                used.actions.iter().map(|it| format!("{} {}", it.0, it.1)).collect();
            text.push_str(&format!("  used: {}\n", actions.join(", ")));
            text.push_str(&format!("  unused: {}\n", used.unused.join(", ")));
        }
    }
    text
}

fn web() -> Discovered {
    let rules = r#"[
        {"apiGroups":[""],"resources":["secrets"],"verbs":["get","delete"]},
        {"apiGroups":["apps"],"resources":["deployments"],"verbs":["patch"]}
    ]"#;
    Discovered {
        entitlements: vec![grant("shop", "namespace shop", RiskClass::Write)],
        policies: vec![policy("shop", rules)],
        ..Discovered::of(principal(WEB))
    }
}

fn asks(time: &str, service: &str, operation: &str) -> Told {
    let mut told = super::script::told(time).by(PrincipalKind::Role, WEB);
    told.0.source = "kubernetes_audit";
    told.0.service = service.into();
    told.0.operation = operation.into();
    told
}

#[test]
fn the_rules_of_a_role_are_held_against_what_the_audit_log_tells() {
    let mut it = directory();
    saw(&mut it, web());
    it.bind(&asks("03:00", "core", "get secrets").0);
    it.bind(&asks("03:01", "core", "get secrets").0);
    it.bind(&asks("03:02", "core", "list pods").0);
    it.bind(&asks("03:03", "core", "delete secrets").refused().0);
    expect![[r"
        kubernetes:system:serviceaccount:shop:web
          read: get secrets in namespace shop
          write: delete secrets in namespace shop, patch deployments.apps in namespace shop
          secrets: get secrets in namespace shop
          credentials_exposure: patch deployments.apps in namespace shop
          more: may start a pod as any service account of the namespace through patch deployments.apps in namespace shop
          used: get secrets 2, list pods 1
          unused: delete secrets, patch deployments.apps
    "]]
    .assert_eq(&told(&granted(&it, WEB)));
    assert_eq!(of(&it, WEB).entitlements[0].risk, RiskClass::Secrets);
    // What was counted outlives the process.
    let before = granted(&it, WEB);
    let mut again = Directory::restore(declared(DIRECTORY), &it.snapshot()).unwrap();
    saw(&mut again, web());
    assert_eq!(granted(&again, WEB), before);
}

#[test]
fn grants_are_as_harmful_as_their_platform_says() {
    let mut it = directory();
    let one = |name: &str, grants: Vec<Entitlement>| Discovered {
        entitlements: grants,
        ..Discovered::of(principal(name))
    };
    // The connector took it for more than it is, for less, and for what no table says.
    saw(&mut it, one("entra:0a1b", vec![grant("Global Reader", "/", RiskClass::Permissions)]));
    saw(
        &mut it,
        one(
            "google:ann@example.com",
            vec![
                grant("roles/iam.serviceAccountTokenCreator", "projects/acme", RiskClass::Write),
                grant("projects/acme/roles/house", "projects/acme", RiskClass::Write),
            ],
        ),
    );
    saw(
        &mut it,
        one(
            "postgresql:app",
            vec![
                grant("SUPERUSER", "the server", RiskClass::Admin),
                grant("INSERT, SELECT", "2 tables of `public` in `shop`", RiskClass::Write),
            ],
        ),
    );
    let risk = |name: &str| of(&it, name).entitlements.iter().map(|it| it.risk).max().unwrap();
    assert_eq!(risk("entra:0a1b"), RiskClass::Read);
    assert_eq!(risk("google:ann@example.com"), RiskClass::Secrets);
    assert_eq!(risk("postgresql:app"), RiskClass::Admin);
    let all: Vec<Granted> = ["entra:0a1b", "google:ann@example.com", "postgresql:app"]
        .iter()
        .flat_map(|name| granted(&it, name))
        .collect();
    expect![[r"
        entra:0a1b
          list: Global Reader
          read: Global Reader
        google:ann@example.com
          list: roles/iam.serviceAccountTokenCreator
          read: roles/iam.serviceAccountTokenCreator
          credentials_exposure: roles/iam.serviceAccountTokenCreator
          more: may act as any service account that the role reaches through roles/iam.serviceAccountTokenCreator
          unread: projects/acme/roles/house
        postgresql:app
          everything on its server
          list: SUPERUSER
          read: SUPERUSER, SELECT on 2 tables of `public` in `shop`
          write: SUPERUSER, INSERT on 2 tables of `public` in `shop`
          data_exposure: SUPERUSER, SELECT on 2 tables of `public` in `shop`
          secrets: SUPERUSER
          credentials_exposure: SUPERUSER
          permissions_management: SUPERUSER
    "]]
    .assert_eq(&told(&all));
    // Without a grant there is nothing to say.
    saw(&mut it, one("okta:00u1", Vec::new()));
    assert!(granted(&it, "okta:00u1").is_empty());
}

fn suggested(it: &Directory, name: &str) -> Vec<Suggestion> {
    let id = it.resolve(name).identity().unwrap().clone();
    it.seen_accounts(&id).suggestions(at("00:00"), at("23:00"))
}

fn changes(all: &[Suggestion]) -> String {
    let mut text = String::new();
    for it in all {
        let goes: Vec<&str> = it.proposal.goes.values().flatten().map(String::as_str).collect();
        text.push_str(&format!(
            "{} of {}: goes {}\n",
            it.proposal.policy,
            it.principal,
            goes.join(", ")
        ));
        it.shared_with.iter().for_each(|it| text.push_str(&format!("  shared with {it}\n")));
        for open in it.proposal.undecided.iter().filter(|_| goes.is_empty()) {
            text.push_str(&format!("  {}\n", open.why));
        }
    }
    text
}

#[test]
fn a_smaller_role_is_proposed_from_what_the_audit_log_tells() {
    let mut it = directory();
    let rules = r#"{"role":"Role","subjects":[{"kind":"ServiceAccount","namespace":"shop","name":"web"}],"rules":[
        {"apiGroups":[""],"resources":["secrets"],"verbs":["get","delete","list"]}
    ]}"#;
    let mut seen = web();
    seen.policies =
        vec![PolicyGrant { through: "rolebindings/shop/web".to_owned(), ..policy("shop", rules) }];
    saw(&mut it, seen);
    expect![[r#"
        shop of kubernetes:system:serviceaccount:shop:web: goes 
          nothing was used in the window: whether the log is read cannot be told
    "#]]
    .assert_eq(&changes(&suggested(&it, WEB)));
    it.bind(&asks("03:00", "core", "get secrets").0);
    it.bind(&asks("03:01", "core", "delete secrets").refused().0);
    // It was let in, and there was none: the right was used all the same.
    let mut missed = asks("03:02", "core", "list secrets");
    missed.0.outcome = Outcome::Failed { code: "NotFound".into() };
    it.bind(&missed.0);
    let mut unanswered = asks("03:03", "core", "delete secrets");
    unanswered.0.outcome = Outcome::Failed { code: "unanswered".into() };
    it.bind(&unanswered.0);
    let all = suggested(&it, WEB);
    expect![[r#"
        shop of kubernetes:system:serviceaccount:shop:web: goes delete secrets
    "#]]
    .assert_eq(&changes(&all));
    let text = all[0].proposal.proposed.as_ref().unwrap().to_json();
    assert!(text.as_str().unwrap().contains("verbs: [\"get\", \"list\"]"), "{text}");
}

#[test]
fn what_all_holders_of_a_vault_s_policy_used_stays() {
    let mut it = directory();
    let rules = r#"path "kv/data/*" { capabilities = ["read", "delete"] } path "ssh/*" { capabilities = ["read"] }"#;
    let entity = |id: &str| Discovered {
        policies: vec![policy("app", rules)],
        ..Discovered::of(principal(&format!("vault:entity/{id}")))
    };
    saw(&mut it, entity("1"));
    saw(&mut it, entity("2"));
    // The same name at another server is another policy.
    it.discovered(&ConnectorId("elsewhere".into()), at("02:00"), entity("3")).unwrap();
    let asks = |time: &str, id: &str, operation: &str| {
        let mut asked =
            asks(time, "kv", operation).by(PrincipalKind::Role, &format!("vault:entity/{id}"));
        asked.0.source = "vault_audit";
        asked.0
    };
    it.bind(&asks("03:00", "1", "read kv/data/a"));
    it.bind(&asks("03:01", "2", "delete kv/data/b"));
    it.bind(&asks("03:02", "3", "read ssh/c"));
    expect![[r#"
        app of vault:entity/1: goes read ssh/*
          shared with vault:entity/2
    "#]]
    .assert_eq(&changes(&suggested(&it, "vault:entity/1")));
    expect![[r#"
        app of vault:entity/3: goes delete kv/data/*, read kv/data/*
    "#]]
    .assert_eq(&changes(&suggested(&it, "vault:entity/3")));
}
