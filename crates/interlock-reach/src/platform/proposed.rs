//! What is proposed of Kubernetes and of a vault, and what never is.

use super::*;
use crate::{Stays, Undecided};
use expect_test::{Expect, expect};
use interlock_model::Timestamp;
use proptest::prelude::*;

const WEB: &str = "system:serviceaccount:shop:web";

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn window() -> Window {
    Window { since: at("2026-01-01T00:00:00Z"), until: at("2026-04-01T00:00:00Z") }
}

pub(super) fn used(actions: &[&str]) -> UsedActions {
    let mut used = UsedActions::default();
    actions.iter().for_each(|it| used.count(it, 1, at("2026-02-01T00:00:00Z")));
    used
}

fn role<'g>(document: &'g str, through: &'g str) -> Given<'g> {
    let scope = if through.starts_with("rolebindings/") { "namespace shop" } else { "the cluster" };
    Given { principal: WEB, policy: "reader", through, scope, document, others: &[] }
}

fn policy<'g>(document: &'g str, others: &'g [Option<&'g str>]) -> Given<'g> {
    let (policy, through, scope) = ("app", "policy", "vault");
    Given { principal: "entity/1", policy, through, scope, document, others }
}

/// What stays, goes and is open, and the smaller text.
pub(super) fn told(it: &Proposal) -> String {
    let mut text = String::new();
    for Stays { action, .. } in it.stays.values().flatten() {
        text.push_str(&format!("stays {action}\n"));
    }
    it.goes.values().flatten().for_each(|it| text.push_str(&format!("goes {it}\n")));
    for Undecided { action, why, kept } in &it.undecided {
        let word = if *kept { "kept" } else { "open" };
        text.push_str(&format!("{word} {action}: {why}\n"));
    }
    text.push_str("===\n");
    match &it.proposed {
        Some(it) => text.push_str(it.to_json().as_str().unwrap()),
        None => text.push_str("nothing is left\n"),
    }
    text
}

fn check(provider: &str, given: &Given<'_>, actions: &[&str], expected: &Expect) -> Proposal {
    let it = platform(provider).unwrap().propose(given, &used(actions), window()).unwrap();
    expected.assert_eq(&told(&it));
    it
}

fn undo(it: &Proposal) -> String {
    it.former.to_json().as_str().unwrap().to_owned()
}

const BOUND: &str = r#"{"role":"Role","subjects":[
    {"kind":"User","apiGroup":"rbac.authorization.k8s.io","name":"bob"},
    {"kind":"ServiceAccount","namespace":"shop","name":"web"}
],"keeper":"Argo CD","rules":[
    {"apiGroups":[""],"resources":["secrets"],"resourceNames":["web"],"verbs":["get","delete"]},
    {"apiGroups":["","apps"],"resources":["*"],"verbs":["list"]},
    {"apiGroups":["apps"],"resources":["deployments"],"verbs":["create","patch"]},
    {"apiGroups":[""],"resources":["pods/exec"],"verbs":["create","get"]},
    {"apiGroups":["rbac.authorization.k8s.io"],"resources":["roles"],"verbs":["bind"]},
    {"apiGroups":[""],"resources":["events"],"verbs":["create"]}
]}"#;

#[test]
fn a_role_of_ones_own_with_what_was_used() {
    let actions =
        ["get secrets", "list pods", "patch deployments.apps", "get pods/exec", "get services"];
    let given = role(BOUND, "rolebindings/shop/web");
    let it = check(
        "kubernetes",
        &given,
        &actions,
        &expect![[r#"
            stays patch deployments.apps
            stays get pods/exec
            stays get secrets
            stays list pods
            goes list *.apps
            goes delete secrets
            goes list *
            kept bind roles.rbac.authorization.k8s.io: it is checked inside other requests and never logged by itself
            kept create deployments.apps: an update or a patch of what is not there is checked as `create` too
            kept create events: audit policies leave events out
            kept create pods/exec: a client may open the same stream by `get` or by `create`
            kept list events: audit policies leave events out
            ===
            # What system:serviceaccount:shop:web used of the Role `reader` from 2026-01-01T00:00:00Z to 2026-04-01T00:00:00Z.
            # Review it, then: kubectl apply -f FILE
            # `reader` itself and whoever else has it stay as they are.
            # Argo CD keeps the binding and would put it back: change it there.
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata:
              name: "reader-of-web"
              namespace: "shop"
            rules:
            - apiGroups: [""]
              resources: ["secrets"]
              resourceNames: ["web"]
              verbs: ["get"]
            - apiGroups: [""]
              resources: ["events", "pods"]
              verbs: ["list"]
            - apiGroups: ["apps"]
              resources: ["deployments"]
              verbs: ["create", "patch"]
            - apiGroups: [""]
              resources: ["pods/exec"]
              verbs: ["create", "get"]
            - apiGroups: ["rbac.authorization.k8s.io"]
              resources: ["roles"]
              verbs: ["bind"]
            - apiGroups: [""]
              resources: ["events"]
              verbs: ["create"]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata:
              name: "reader-of-web"
              namespace: "shop"
            roleRef:
              apiGroup: rbac.authorization.k8s.io
              kind: Role
              name: "reader-of-web"
            subjects:
            - {"kind":"ServiceAccount","namespace":"shop","name":"web"}
            ---
            # The binding as it is, without system:serviceaccount:shop:web.
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata:
              name: "web"
              namespace: "shop"
            roleRef:
              apiGroup: rbac.authorization.k8s.io
              kind: Role
              name: "reader"
            subjects:
            - {"kind":"User","apiGroup":"rbac.authorization.k8s.io","name":"bob"}
        "#]],
    );
    expect![[r##"
        # The binding as it was. Apply this first, then delete the RoleBinding and the Role `reader-of-web`.
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata:
          name: "web"
          namespace: "shop"
        roleRef:
          apiGroup: rbac.authorization.k8s.io
          kind: Role
          name: "reader"
        subjects:
        - {"kind":"User","apiGroup":"rbac.authorization.k8s.io","name":"bob"}
        - {"kind":"ServiceAccount","namespace":"shop","name":"web"}
    "##]].assert_eq(&undo(&it));
}

#[test]
fn what_a_cluster_role_gives_in_a_namespace_or_everywhere() {
    let everything = r#"{"role":"ClusterRole","subjects":[{"kind":"ServiceAccount","namespace":"shop","name":"web"}],
        "rules":[{"apiGroups":["*"],"resources":["*"],"verbs":["*"]},{"nonResourceURLs":["*"],"verbs":["*"]}]}"#;
    let actions = ["get secrets", "patch deployments.apps/scale"];
    let given = Given { policy: "cluster-admin", ..role(everything, "rolebindings/shop/all") };
    check(
        "kubernetes",
        &given,
        &actions,
        &expect![[r#"
            stays patch deployments.apps/scale
            stays get secrets
            goes * *.*
            open * *: a namespace has no such paths
            open * *.*: it allows verbs that are checked inside other requests
            open * events.*: audit policies leave events out
            ===
            # What system:serviceaccount:shop:web used of the ClusterRole `cluster-admin` from 2026-01-01T00:00:00Z to 2026-04-01T00:00:00Z.
            # Review it, then: kubectl apply -f FILE
            # `cluster-admin` itself and whoever else has it stay as they are.
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata:
              name: "cluster-admin-of-web"
              namespace: "shop"
            rules:
            - apiGroups: [""]
              resources: ["secrets"]
              verbs: ["get"]
            - apiGroups: ["apps"]
              resources: ["deployments/scale"]
              verbs: ["patch"]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata:
              name: "cluster-admin-of-web"
              namespace: "shop"
            roleRef:
              apiGroup: rbac.authorization.k8s.io
              kind: Role
              name: "cluster-admin-of-web"
            subjects:
            - {"kind":"ServiceAccount","namespace":"shop","name":"web"}
            ---
            # The binding as it is, without system:serviceaccount:shop:web.
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata:
              name: "all"
              namespace: "shop"
            roleRef:
              apiGroup: rbac.authorization.k8s.io
              kind: ClusterRole
              name: "cluster-admin"
            subjects: []
        "#]],
    );
    let given = Given { policy: "system:edit", ..role(everything, "clusterrolebindings/all") };
    let it = check(
        "kubernetes",
        &given,
        &actions,
        &expect![[r#"
            stays patch deployments.apps/scale
            stays get secrets
            goes * *.*
            kept * *: uses of paths are not counted
            open * *.*: it allows verbs that are checked inside other requests
            open * events.*: audit policies leave events out
            ===
            # What system:serviceaccount:shop:web used of the ClusterRole `system:edit` from 2026-01-01T00:00:00Z to 2026-04-01T00:00:00Z.
            # Review it, then: kubectl apply -f FILE
            # `system:edit` itself and whoever else has it stay as they are.
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata:
              name: "system-edit-of-system-serviceaccount-shop-web-73f848a7"
            rules:
            - apiGroups: [""]
              resources: ["secrets"]
              verbs: ["get"]
            - apiGroups: ["apps"]
              resources: ["deployments/scale"]
              verbs: ["patch"]
            - nonResourceURLs: ["*"]
              verbs: ["*"]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata:
              name: "system-edit-of-system-serviceaccount-shop-web-73f848a7"
            roleRef:
              apiGroup: rbac.authorization.k8s.io
              kind: ClusterRole
              name: "system-edit-of-system-serviceaccount-shop-web-73f848a7"
            subjects:
            - {"kind":"ServiceAccount","namespace":"shop","name":"web"}
            ---
            # The binding as it is, without system:serviceaccount:shop:web.
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata:
              name: "all"
            roleRef:
              apiGroup: rbac.authorization.k8s.io
              kind: ClusterRole
              name: "system:edit"
            subjects: []
        "#]],
    );
    assert!(undo(&it).contains("kind: ClusterRole\n  name: \"system:edit\""));
}

#[test]
fn a_role_that_is_ones_own_already_is_made_smaller_in_its_place() {
    let own = r#"{"role":"Role","subjects":[{"kind":"ServiceAccount","namespace":"shop","name":"web"}],
        "rules":[{"apiGroups":[""],"resources":["pods","secrets"],"verbs":["get"]}]}"#;
    let given = Given { policy: "reader-of-web", ..role(own, "rolebindings/shop/reader-of-web") };
    let it = check(
        "kubernetes",
        &given,
        &["get pods"],
        &expect![[r#"
            stays get pods
            goes get secrets
            ===
            # What system:serviceaccount:shop:web used of the Role `reader-of-web` from 2026-01-01T00:00:00Z to 2026-04-01T00:00:00Z.
            # Review it, then: kubectl apply -f FILE
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata:
              name: "reader-of-web"
              namespace: "shop"
            rules:
            - apiGroups: [""]
              resources: ["pods"]
              verbs: ["get"]
        "#]],
    );
    assert!(undo(&it).contains("resources: [\"pods\", \"secrets\"]"));
    // Under another role a binding of that name is somebody's.
    let given = role(own, "rolebindings/shop/reader-of-web");
    let it = platform("kubernetes").unwrap().propose(&given, &used(&["get pods"]), window());
    assert!(told(&it.unwrap()).contains("name: \"reader-of-web-2\""));
}

#[test]
fn what_cannot_be_judged_in_a_cluster_stays_and_says_why() {
    let cluster = platform("kubernetes").unwrap();
    let why = |given: &Given<'_>, used: &UsedActions| {
        let it = cluster.propose(given, used, window()).unwrap();
        assert!(it.goes.is_empty() && it.proposed.as_ref() == Some(&it.former));
        it.undecided[0].why.clone()
    };
    let given = role(BOUND, "rolebindings/shop/web");
    assert!(why(&given, &used(&[])).starts_with("nothing was used"));
    let mut many = used(&["get secrets"]);
    (0..400).for_each(|it| many.count(&format!("get r{it}"), 1, at("2026-02-01T00:00:00Z")));
    assert!(why(&given, &many).starts_with("more actions"));
    let through = "rolebindings/shop/web as one of system:serviceaccounts";
    let grouped = Given { through, ..given };
    assert!(why(&grouped, &used(&["get secrets"])).starts_with("it comes through a group"));
    let group = BOUND.replace(r#""kind":"User""#, r#""kind":"Group""#);
    let group = Given { principal: "bob", document: &group, ..given };
    assert!(why(&group, &used(&["get secrets"])).starts_with("a group acts"));
    // What was seen before bindings were told, or too many are named, waits or stays.
    let rules = r#"[{"apiGroups":[""],"resources":["secrets"],"verbs":["get"]}]"#;
    let it = cluster.propose(&role(rules, "rolebindings/shop/web"), &used(&["x"]), window());
    assert_eq!(it, None);
    // Reads that no log ever told are not taken for unused.
    let it = cluster.propose(&given, &used(&["patch deployments.apps"]), window()).unwrap();
    let kept: Vec<&str> =
        it.undecided.iter().filter(|it| it.kept).map(|it| it.action.as_str()).collect();
    assert!(kept.contains(&"get secrets") && kept.contains(&"list *.apps"), "{kept:?}");
    // Names are nobody's way out of a comment or a text.
    let name = "web\n---\nkind: ClusterRoleBinding";
    let given = Given { policy: name, ..given };
    let it = cluster.propose(&given, &used(&["get secrets"]), window()).unwrap();
    assert!(!told(&it).contains("\n---\nkind: ClusterRoleBinding"));
}

const APP: &str = r#"# what the shop reads
path "kv/data/shop/*" {
  capabilities = ["read", "list", "delete"] # and deletes
}
path "database/creds/shop" { capabilities = ["read"] }
path "transit/sign/+" { capabilities = ["update", "sudo"] allowed_parameters = { "a" = ["]", "}"] } }
path "sys/policies/acl/*" { capabilities = ["create", "update", "read"] }
path "kv/data/{{identity.entity.name}}/x" { capabilities = ["read", "delete"] }
path "kv/data/shop/root" { capabilities = ["deny"] }
path "auth/token/renew-self" { capabilities = ["update"] }
path "old/*" { policy = "read" }
"#;

#[test]
fn a_policy_with_the_paths_that_were_used() {
    let actions = [
        "read kv/data/shop/db",
        "list kv/data/shop/",
        "update transit/sign/a",
        "update sys/policies*",
        "read kv/data/ci/x",
    ];
    let it = check(
        "vault",
        &policy(APP, &[]),
        &actions,
        &expect![[r#"
        stays list kv/data/shop/
        stays read kv/data/ci/x
        stays read kv/data/shop/db
        stays update sys/policies*
        stays update transit/sign/a
        goes read database/creds/shop
        goes delete kv/data/shop/*
        goes delete kv/data/{{identity.entity.name}}/x
        goes read sys/policies/acl/*
        goes update transit/sign/+
        open app: tokens without an entity, and groups, may have it too: what they used is not counted
        kept list kv/data/shop/*: other paths reach where it does: it stays as wide
        kept old/*: its path names no capabilities
        kept read kv/data/shop/*: other paths reach where it does: it stays as wide
        kept sudo transit/sign/+: the log does not tell whether a request needed it
        ===
        # What was used of the policy `app` from 2026-01-01T00:00:00Z to 2026-04-01T00:00:00Z.
        # Review it, then: vault policy write app FILE (or `bao`)
        # what the shop reads
        path "kv/data/shop/*" {
          capabilities = ["read", "list"] # and deletes
        }

        path "transit/sign/a" { capabilities = ["sudo", "update"] allowed_parameters = { "a" = ["]", "}"] } }
        path "sys/policies/acl/*" { capabilities = ["create", "update"] }
        path "kv/data/{{identity.entity.name}}/x" { capabilities = ["read"] }
        path "kv/data/shop/root" { capabilities = ["deny"] }
        path "auth/token/renew-self" { capabilities = ["update"] }
        path "old/*" { policy = "read" }
    "#]],
    );
    assert_eq!(undo(&it), APP);
}

#[test]
fn a_path_stays_where_another_would_decide_in_its_stead() {
    let both = r#"
path "kv/*" { capabilities = ["read", "delete"] }
path "kv/admin/*" { capabilities = ["read"] }
path "pki/issue/web" { capabilities = ["update"] }
path "ssh/*" { capabilities = ["read"] }
"#;
    // `kv/admin/*` keeps `delete` of the wider path away, as another policy's path does under `pki`.
    let others = [Some(r#"path "pki/*" { capabilities = ["read", "update", "delete"] }"#)];
    check(
        "vault",
        &policy(both, &others),
        &["read kv/shop", "read ssh/a"],
        &expect![[r#"
        stays read kv/shop
        stays read ssh/a
        goes delete kv/*
        goes read kv/*
        goes read ssh/*
        open app: tokens without an entity, and groups, may have it too: what they used is not counted
        kept read kv/admin/*: without its path a wider one would decide there
        kept update pki/issue/web: without its path a wider one would decide there
        ===
        # What was used of the policy `app` from 2026-01-01T00:00:00Z to 2026-04-01T00:00:00Z.
        # Review it, then: vault policy write app FILE (or `bao`)

        path "kv/shop" { capabilities = ["read"] }
        path "kv/admin/*" { capabilities = ["read"] }
        path "pki/issue/web" { capabilities = ["update"] }
        path "ssh/a" { capabilities = ["read"] }
    "#]],
    );
    // And what was not seen may do so anywhere.
    check(
        "vault",
        &policy(both, &[None]),
        &["read kv/shop", "read ssh/a"],
        &expect![[r#"
        stays read kv/shop
        stays read ssh/a
        goes delete kv/*
        open app: tokens without an entity, and groups, may have it too: what they used is not counted
        kept read kv/*: another policy of whoever has it was not seen, and may decide in its stead: it stays as wide
        kept read kv/admin/*: without its path a wider one would decide there
        kept read ssh/*: another policy of whoever has it was not seen, and may decide in its stead: it stays as wide
        kept update pki/issue/web: without its path a wider one would decide there
        ===
        # What was used of the policy `app` from 2026-01-01T00:00:00Z to 2026-04-01T00:00:00Z.
        # Review it, then: vault policy write app FILE (or `bao`)

        path "kv/*" { capabilities = ["read"] }
        path "kv/admin/*" { capabilities = ["read"] }
        path "pki/issue/web" { capabilities = ["update"] }
        path "ssh/*" { capabilities = ["read"] }
    "#]],
    );
    // A wider path that was not used goes: the more exact one decides as before.
    let uses = ["read kv/admin/x"];
    let rest = r#"path "kv/admin/*" { capabilities = ["read"] } path "kv/*" { capabilities = ["delete"] }"#;
    check(
        "vault",
        &policy(rest, &[]),
        &uses,
        &expect![[r#"
        stays read kv/admin/x
        goes delete kv/*
        open app: tokens without an entity, and groups, may have it too: what they used is not counted
        kept read kv/admin/*: other paths reach where it does: it stays as wide
        ===
        # What was used of the policy `app` from 2026-01-01T00:00:00Z to 2026-04-01T00:00:00Z.
        # Review it, then: vault policy write app FILE (or `bao`)
        path "kv/admin/*" { capabilities = ["read"] } "#]],
    );
}

#[test]
fn a_policy_in_json_stays_json() {
    let json = r#"{"path":{"kv/*":{"capabilities":["read","delete"],"min_wrapping_ttl":"1s"},"ssh/*":{"capabilities":["read"]}}}"#;
    let it = check(
        "vault",
        &policy(json, &[]),
        &["read kv/a", "read kv/b"],
        &expect![[r#"
        stays read kv/a
        stays read kv/b
        goes delete kv/*
        goes read kv/*
        goes read ssh/*
        open app: tokens without an entity, and groups, may have it too: what they used is not counted
        ===
        {
          "path": {
            "kv/a": {
              "capabilities": [
                "read"
              ],
              "min_wrapping_ttl": "1s"
            },
            "kv/b": {
              "capabilities": [
                "read"
              ],
              "min_wrapping_ttl": "1s"
            }
          }
        }"#]],
    );
    assert_eq!(undo(&it), json);
    let none = platform("vault").unwrap().propose(&policy(json, &[]), &used(&["x y"]), window());
    assert_eq!(none.unwrap().proposed, None);
}

#[test]
fn what_every_token_has_is_left_alone() {
    let vault = platform("vault").unwrap();
    let given = Given { policy: "default", ..policy(APP, &[]) };
    assert_eq!(vault.propose(&given, &used(&["read kv/a"]), window()), None);
    let it = vault.propose(&policy(APP, &[]), &used(&[]), window()).unwrap();
    assert!(it.goes.is_empty() && it.undecided[0].why.starts_with("nothing was used"));
}

/// The capabilities that a policy gives on a path, as the server decides for paths without `+`: the exact
/// path, else the longest beginning.
fn decided(policy: &str, path: &str) -> Vec<String> {
    let rules = super::vault::paths(policy);
    let exact = rules.iter().find(|it| it.0 == path);
    let begins = |it: &&(String, Vec<String>)| {
        it.0.strip_suffix('*').is_some_and(|begin| path.starts_with(begin))
    };
    let decides = exact.or(rules.iter().filter(begins).max_by_key(|it| it.0.len()));
    decides.map(|it| it.1.clone()).unwrap_or_default()
}

proptest! {
    #[test]
    fn less_never_allows_more_and_what_was_used_still_works(
        rules in proptest::collection::btree_map(
            proptest::sample::select(vec!["a/*", "a/b", "a/b/*", "a/c", "a/b/c", "d/*", "*"]),
            proptest::sample::subsequence(vec!["delete", "list", "read", "sudo"], 1..4),
            1..6,
        ),
        asked in proptest::collection::vec((
            proptest::sample::select(vec!["delete", "list", "read"]),
            proptest::sample::select(vec!["a/b", "a/b/c", "a/c", "a/x", "d/e", "z"]),
        ), 1..6),
    ) {
        let block = |(path, it): (&&str, &Vec<&str>)| format!("path \"{path}\" {{ capabilities = {it:?} }}\n");
        let text: String = rules.iter().map(block).collect();
        let may = |text: &str, did: &str, path: &str| decided(text, path).iter().any(|it| it == did);
        let done: Vec<String> = asked
            .iter()
            .filter(|(did, path)| may(&text, did, path))
            .map(|(did, path)| format!("{did} {path}"))
            .collect();
        let done: Vec<&str> = done.iter().map(String::as_str).collect();
        let vault = platform("vault").unwrap();
        if let Some(it) = vault.propose(&policy(&text, &[]), &used(&done), window()) {
            let smaller = it.proposed.map_or(String::new(), |it| it.to_json().as_str().unwrap().to_owned());
            for it in &done {
                let (did, path) = it.split_once(' ').unwrap();
                prop_assert!(may(&smaller, did, path), "{it} is lost:\n{text}\n{smaller}");
            }
            for path in ["a/b", "a/b/c", "a/c", "a/x", "d/e", "z"] {
                for did in ["delete", "list", "read", "sudo"] {
                    let more = may(&smaller, did, path) && !may(&text, did, path);
                    prop_assert!(!more, "{did} {path} is new:\n{text}\n{smaller}");
                }
            }
        }
    }

    #[test]
    fn any_text_is_proposed_of_or_refused(text in ".{0,200}", action in "(get|read) .{0,20}") {
        for it in PLATFORMS {
            let _ = it.propose(&policy(&text, &[]), &used(&[&action]), window());
            let _ = it.propose(&role(&text, &action), &used(&[&action]), window());
        }
    }
}
