//! What grants of other platforms than AWS reach, and what of it was used.

use super::script::*;
use crate::{Directory, Granted};
use expect_test::expect;
use interlock_model::{
    ConnectorId, Discovered, Entitlement, PolicyGrant, PolicyPart, PrincipalKind, RiskClass,
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
