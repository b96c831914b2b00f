//! What the tables say of grants, and what policies are read as.

use super::*;
use expect_test::{Expect, expect};
use proptest::prelude::*;

fn grant(provider: &str, grant: &str, risk: RiskClass) -> Option<Access> {
    let (scope, through) = ("tables of `public`".to_owned(), "assigned".to_owned());
    let it = Entitlement { grant: grant.to_owned(), scope, through, risk };
    platform(provider).unwrap().grant(&it)
}

fn told(it: &Access) -> String {
    let mut text = String::new();
    if it.everything {
        text.push_str("everything\n");
    }
    for (class, by) in &it.classes {
        text.push_str(&format!("{}: {}\n", class.as_str(), by.join(", ")));
    }
    it.more.iter().for_each(|it| text.push_str(&format!("more: {it}\n")));
    text
}

fn document(provider: &str, document: &str, scope: &str, expected: &Expect) {
    let it = platform(provider).unwrap().document(document, scope).unwrap();
    expected.assert_eq(&told(&it));
}

#[test]
fn what_known_grants_are_worth() {
    use RiskClass::{Admin, Permissions, Read, Secrets, Write};
    for (provider, name, risk) in [
        ("postgresql", "SUPERUSER", Admin),
        ("postgresql", "CREATEROLE", Permissions),
        ("postgresql", "CREATEDB", Write),
        ("postgresql", "BYPASSRLS", Read),
        ("postgresql", "member of pg_read_all_data", Secrets),
        ("postgresql", "member of pg_execute_server_program", Admin),
        ("postgresql", "member of readers", Read),
        ("postgresql", "SELECT", Read),
        ("postgresql", "INSERT, SELECT", Write),
        ("google", "roles/owner", Admin),
        ("google", "roles/editor", Secrets),
        ("google", "roles/iam.serviceAccountTokenCreator", Secrets),
        ("google", "roles/iam.serviceAccountKeyAdmin", Secrets),
        ("google", "roles/secretmanager.secretAccessor", Secrets),
        ("google", "roles/resourcemanager.projectIamAdmin", Permissions),
        ("google", "roles/storage.objectViewer", Read),
        ("entra", "Global Administrator", Admin),
        ("entra", "Privileged Role Administrator", Permissions),
        ("entra", "Helpdesk Administrator", Secrets),
        ("entra", "Global Reader", Read),
        ("entra", "Microsoft Graph: RoleManagement.ReadWrite.Directory", Permissions),
        ("entra", "Microsoft Graph: Mail.Read", Read),
        ("entra", "Microsoft Graph: Application.ReadWrite.All", Secrets),
        ("github", "owner", Admin),
        ("github", "admin", Permissions),
        ("github", "administration: write", Permissions),
        ("github", "workflows: write", Secrets),
        ("github", "secrets: write", Write),
        ("github", "metadata: read", Read),
        ("okta", "Super Administrator", Admin),
        ("okta", "Help Desk Administrator", Secrets),
        ("okta", "Read-only Administrator", Read),
        ("vault", "root", Admin),
        ("kubernetes", "cluster-admin", Admin),
        ("kubernetes", "view", Read),
    ] {
        let it = grant(provider, name, Read).unwrap_or_else(|| panic!("{provider} {name}"));
        assert_eq!(it.risk(), risk, "{provider} {name}");
    }
}

#[test]
fn what_no_table_knows_is_not_guessed_at() {
    for (provider, name) in [
        ("google", "projects/acme/roles/house"),
        ("entra", "Acme Operators"),
        ("okta", "Custom role"),
        ("vault", "shop"),
        ("kubernetes", "shop-reader"),
        ("postgresql", "member of pg_of_tomorrow"),
        ("postgresql", "USAGE"),
    ] {
        assert_eq!(grant(provider, name, RiskClass::Admin), None, "{provider} {name}");
    }
    assert!(platform("aws").is_none() && platform("redis").is_none());
}

#[test]
fn a_role_that_people_made_is_as_strong_as_its_attributes() {
    let it = grant("postgresql", "member of dba", RiskClass::Admin).unwrap();
    assert!(it.everything && it.classes.contains_key(&AccessClass::Permissions));
    let it = grant("postgresql", "member of makers", RiskClass::Permissions).unwrap();
    assert_eq!(told(&it), "permissions_management: member of makers\n");
}

#[test]
fn tables_are_sorted_out() {
    let names: Vec<_> = PLATFORMS.iter().map(|it| it.provider).collect();
    assert!(names.is_sorted());
    for it in PLATFORMS {
        assert!(it.sources.iter().all(|it| it.starts_with("https://")), "{}", it.provider);
        for (index, row) in it.rows.iter().enumerate() {
            let before = it.rows.iter().take(index).find(|before| before.fits(row.grant));
            assert!(before.is_none(), "{}: {} is never reached", it.provider, row.grant);
        }
    }
}

#[test]
fn rules_of_roles() {
    let rules = r#"[
        {"apiGroups":[""],"resources":["secrets"],"resourceNames":["web"],"verbs":["get"]},
        {"apiGroups":["apps"],"resources":["deployments/scale"],"verbs":["patch"]},
        {"apiGroups":[""],"resources":["pods/exec"],"verbs":["create"]},
        {"apiGroups":[""],"resources":["serviceaccounts/token"],"verbs":["create"]},
        {"apiGroups":["rbac.authorization.k8s.io"],"resources":["clusterroles"],"verbs":["bind","list"]},
        {"nonResourceURLs":["/metrics"],"verbs":["get"]}
    ]"#;
    document(
        "kubernetes",
        rules,
        "namespace shop",
        &expect![[r"
            list: list clusterroles.rbac.authorization.k8s.io in namespace shop
            read: get secrets named web in namespace shop, list clusterroles.rbac.authorization.k8s.io in namespace shop, get /metrics
            write: patch deployments.apps/scale in namespace shop, create pods/exec in namespace shop, create serviceaccounts/token in namespace shop, bind clusterroles.rbac.authorization.k8s.io in namespace shop
            secrets: get secrets named web in namespace shop
            credentials_exposure: create pods/exec in namespace shop, create serviceaccounts/token in namespace shop
            permissions_management: bind clusterroles.rbac.authorization.k8s.io in namespace shop
            more: may enter pods and use their service accounts' tokens through create pods/exec in namespace shop
            more: may make tokens of service accounts through create serviceaccounts/token in namespace shop
            more: may bind roles that allow more than it may itself through bind clusterroles.rbac.authorization.k8s.io in namespace shop
        "]],
    );
    let all = r#"[{"apiGroups":["*"],"resources":["*"],"verbs":["*"]}]"#;
    let cluster = platform("kubernetes").unwrap();
    assert!(cluster.document(all, "the cluster").unwrap().everything);
    let within = cluster.document(all, "namespace shop").unwrap();
    assert!(!within.everything && within.classes.len() == AccessClass::ALL.len());
    assert_eq!(cluster.document("{", "the cluster"), None);
}

#[test]
fn rules_cover_what_was_used() {
    let cluster = platform("kubernetes").unwrap();
    for (pattern, action, covered) in [
        ("get secrets", "get secrets", true),
        ("get pods", "get pods/log", false),
        ("* *.*", "delete deployments.apps", true),
        ("* *.*", "create pods/exec", true),
        ("list *", "list configmaps", true),
        ("list *", "list deployments.apps", false),
        ("patch */scale.apps", "patch deployments.apps/scale", false),
        ("patch *.apps/scale", "patch deployments.apps/scale", true),
        ("patch *.apps/scale", "patch deployments.apps", false),
        ("get", "get", false),
    ] {
        assert_eq!(cluster.covers(pattern, action), covered, "{pattern} {action}");
    }
    let rules = r#"[{"apiGroups":["","apps"],"resources":["*"],"verbs":["get","get"]}]"#;
    assert_eq!(cluster.actions(rules), ["get *", "get *.apps"]);
}

#[test]
fn policies_of_a_vault() {
    let policy = r#"
        # what the shop reads
        path "kv/data/shop/*" { capabilities = ["read", "list"] }
        path "database/creds/shop" { capabilities = ["read"] } // a lease
        /* and what it must not */
        path "kv/data/shop/root" { capabilities = ["deny"] }
        path "sys/policies/acl/+" {
          capabilities = ["update"]
          allowed_parameters = { "policy" = ["read", "}"] }
        }
        path "auth/approle/role/ci/secret-id" { capabilities = ["update"] }
        path "auth/token/renew-self" { capabilities = ["update"] }
        path "cubbyhole/*" { capabilities = ["create", "read"] }
    "#;
    document(
        "vault",
        policy,
        "vault",
        &expect![[r"
            list: read+list kv/data/shop/*
            read: read+list kv/data/shop/*, read database/creds/shop
            write: update sys/policies/acl/+, update auth/approle/role/ci/secret-id
            secrets: read+list kv/data/shop/*, read database/creds/shop
            credentials_exposure: read database/creds/shop, update auth/approle/role/ci/secret-id
            permissions_management: update sys/policies/acl/+
            more: may rewrite the policies that it has itself through update sys/policies/acl/+
            more: may sign in as the AppRole through update auth/approle/role/ci/secret-id
        "]],
    );
    let vault = platform("vault").unwrap();
    let json =
        r#"{"path":{"*":{"capabilities":["create","read","update","delete","list","sudo"]}}}"#;
    assert!(vault.document(json, "vault").unwrap().everything);
    for broken in ["path {", r#"path "a" {"#, r#"path "a"#, "}", "/*"] {
        assert_eq!(vault.document(broken, "vault"), None, "{broken}");
    }
    assert_eq!(
        vault.actions(policy),
        [
            "list kv/data/shop/*",
            "read database/creds/shop",
            "read kv/data/shop/*",
            "update auth/approle/role/ci/secret-id",
            "update sys/policies/acl/+",
        ]
    );
    for (pattern, action, covered) in [
        ("read kv/data/shop/*", "read kv/data/shop/db", true),
        ("read kv/data/shop/*", "read kv/data/web/db", false),
        ("create kv/data/+", "update kv/data/shop", true),
        ("create kv/data/+", "update kv/data/shop/db", false),
        ("list kv/*", "read kv/data", false),
    ] {
        assert_eq!(vault.covers(pattern, action), covered, "{pattern} {action}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in ".{0,200}", name in ".{0,40}") {
        for it in PLATFORMS {
            let _ = it.document(&text, &name);
            let _ = it.actions(&text);
            let _ = it.covers(&text, &name);
            let _ = grant(it.provider, &name, RiskClass::Write);
        }
    }

    #[test]
    fn a_vault_policy_of_any_pieces_is_read_or_refused(pieces in proptest::collection::vec(
        proptest::sample::select(vec!["path", " \"a/*\" ", "{", "}", "capabilities", " = ", "[", "]", "\"read\"", ",", "#", "\n", "/*", "*/", "\\"]), 0..24,
    )) {
        let _ = platform("vault").unwrap().document(&pieces.concat(), "vault");
    }
}
