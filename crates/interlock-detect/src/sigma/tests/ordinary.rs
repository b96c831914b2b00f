//! Ordinary days in a cluster and at a vault: what is done there all day long must not disturb anybody.

use super::pack::folder;
use super::sample::rule_files;
use crate::sigma::RuleSet;
use interlock_ingest::{Normalised, Normaliser, Record};
use interlock_model::{FieldPlan, Limits, Place, Tier};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The moment so many seconds into the day.
fn moment(second: usize) -> String {
    let (hour, minute) = (second / 3600 % 24, second / 60 % 60);
    format!("2026-03-02T{hour:02}:{minute:02}:{:02}.000000Z", second % 60)
}

/// `verb group/resource/subresource namespace/name`; what is not there is `-`.
fn cluster(second: usize, user: &str, address: &str, asked: &str) -> Value {
    let words: Vec<&str> = asked.split(' ').collect();
    let what: Vec<&str> = words[1].split('/').collect();
    let (namespace, name) = words[2].split_once('/').unwrap();
    let path = format!("/apis/{}/v1/namespaces/{namespace}/{}/{name}", what[0], what[1]);
    let query = words.get(3).copied().unwrap_or("");
    let code = if query == "403" { 403 } else { 200 };
    let mut object = json!({"resource": what[1]});
    for (key, value) in
        [("apiGroup", what[0]), ("subresource", what[2]), ("namespace", namespace), ("name", name)]
    {
        if value != "-" {
            object[key] = value.into();
        }
    }
    json!({"kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata",
        "auditID": format!("{second}-{user}-{asked}"), "stage": "ResponseComplete", "requestURI": format!("{path}?{query}"),
        "verb": words[0], "user": {"username": user}, "sourceIPs": [address], "userAgent": "client",
        "objectRef": object, "responseStatus": {"code": code}, "requestReceivedTimestamp": moment(second)})
}

/// `operation mount path`.
fn vault(second: usize, name: &str, asked: &str, error: Option<&str>) -> Value {
    let words: Vec<&str> = asked.split(' ').collect();
    let mut record = json!({"time": moment(second), "type": "response",
        "auth": {"accessor": format!("hmac-sha256:{name}"), "display_name": name, "entity_id": format!("e-{name}"),
            "token_policies": ["default", name], "policies": ["default", name]},
        "request": {"id": format!("{second}-{name}-{asked}"), "operation": words[0], "mount_point": words[1],
            "path": words[2], "remote_address": "10.2.3.4"}});
    if let Some(error) = error {
        record["error"] = error.into();
    }
    record
}

/// What a cluster does in ten minutes.
fn in_the_cluster(start: usize, day: &mut Vec<Value>) {
    let account = |it: &str| format!("system:serviceaccount:{it}");
    let mut add = |second: usize, user: &str, asked: &str| {
        let address = if user.starts_with("eks:") { "203.0.113.77" } else { "10.2.3.4" };
        day.push(cluster(start + second, user, address, asked));
    };
    for node in 0..3 {
        let kubelet = format!("system:node:node-{node}");
        for pod in 0..15 {
            add(pod, &kubelet, &format!("create -/serviceaccounts/token team-{node}/app-{pod}"));
            add(pod, &kubelet, &format!("get -/secrets/- team-{node}/settings-{pod}"));
            add(pod, &kubelet, &format!("patch -/pods/status team-{node}/app-{pod}"));
        }
        add(30, &kubelet, "create certificates.k8s.io/certificatesigningrequests/- -/csr");
    }
    for (second, user, asked) in [
        (40, "kube-system:replicaset-controller", "create -/pods/- team-1/app-9"),
        (41, "kube-system:daemon-set-controller", "create -/pods/- kube-system/proxy-1"),
        (42, "kube-system:namespace-controller", "list -/secrets/- -/-"),
        (43, "kube-system:namespace-controller", "deletecollection -/events/- old/-"),
        (
            44,
            "kube-system:clusterrole-aggregation-controller",
            "patch rbac.authorization.k8s.io/clusterroles/- -/admin",
        ),
        (
            45,
            "cert-manager:cainjector",
            "patch admissionregistration.k8s.io/mutatingwebhookconfigurations/- -/cert-manager",
        ),
        (46, "cert-manager:cert-manager", "list -/secrets/- -/- resourceVersion=0"),
        (
            47,
            "cert-manager:cert-manager",
            "create -/serviceaccounts/token cert-manager/vault-issuer",
        ),
        (48, "argocd:application-controller", "list -/secrets/- -/- resourceVersion=0"),
        (49, "argocd:application-controller", "patch apps/daemonsets/- monitoring/node-exporter"),
        (
            50,
            "argocd:application-controller",
            "patch rbac.authorization.k8s.io/clusterroles/- -/app",
        ),
        (51, "monitoring:prometheus", "get -/nodes/proxy -/node-1"),
        (52, "runners:runner", "create -/pods/- runners/job-1"),
        (53, "runners:runner", "create -/pods/exec runners/job-1"),
        (54, "shop:app", "create authorization.k8s.io/selfsubjectaccessreviews/- -/-"),
    ] {
        add(second, &account(user), asked);
    }
    for secret in 0..12 {
        add(
            60 + secret,
            &account("external-secrets:controller"),
            &format!("get -/secrets/- team-1/copied-{secret}"),
        );
    }
    for (second, asked) in [
        (70, "get -/pods/- team-1/-"),
        (71, "get -/pods/log team-1/app-1"),
        (72, "create -/pods/exec team-1/app-1"),
        (73, "create -/pods/portforward team-1/app-1"),
        (74, "list -/secrets/- team-1/-"),
        (75, "get -/secrets/- team-1/settings-1"),
        (76, "list -/nodes/- -/- 403"),
        (77, "list -/secrets/- team-2/- 403"),
        (78, "patch apps/deployments/- team-1/app-1"),
        (79, "create rbac.authorization.k8s.io/rolebindings/- team-1/readers"),
    ] {
        add(second, "alice@example.com", asked);
    }
    add(80, "eks:node-manager", "create -/pods/eviction kube-system/dns-1");
    add(81, "eks:cloud-controller-manager", "update -/configmaps/- kube-system/aws-auth");
    // A pipeline outside, with a token of a service account.
    for (second, asked) in [
        (90, "patch apps/deployments/- shop/app"),
        (91, "list -/secrets/- shop/- labelSelector=owner%3Dhelm"),
        (92, "create -/secrets/- shop/sh.helm.release.v1.shop.v7"),
    ] {
        day.push(cluster(start + second, &account("shop:deploy"), "198.51.100.7", asked));
    }
}

/// What a vault is asked in ten minutes.
fn at_the_vault(start: usize, day: &mut Vec<Value>) {
    let mut add = |second: usize, name: &str, asked: &str| {
        day.push(vault(start + second, name, asked, None));
    };
    for app in 0..20 {
        let name = format!("kubernetes-app-{app}");
        add(app, &name, "update auth/kubernetes/ auth/kubernetes/login");
        add(app, &name, &format!("read secret/ secret/data/app-{app}/db"));
        add(app, &name, "read database/ database/creds/app");
        add(app, &name, "update auth/token/ auth/token/renew-self");
        add(app, &name, "update sys/ sys/leases/renew");
    }
    for path in 0..18 {
        add(30 + path, "approle-terraform", &format!("read secret/ secret/data/team-{path}/api"));
        add(
            30 + path,
            "kubernetes-external-secrets",
            &format!("read secret/ secret/data/copied-{path}"),
        );
    }
    for path in ["", "app/", "app/prod/", "hr/"] {
        add(60, "oidc-alice@example.com", &format!("list secret/ secret/metadata/{path}"));
    }
    add(61, "oidc-alice@example.com", "update sys/ sys/capabilities-self");
    add(62, "approle-terraform", "update sys/ sys/policies/acl/app-1");
    add(63, "approle-terraform", "update auth/kubernetes/ auth/kubernetes/role/app-1");
    add(64, "approle-backup", "read sys/ sys/storage/raft/snapshot");
    add(65, "token-monitor", "read sys/ sys/metrics");
    let denied = Some("1 error occurred:\n\t* permission denied\n\n");
    day.push(vault(start + 66, "kubernetes-app-1", "read secret/ secret/data/app-2/db", denied));
    day.push(vault(
        start + 67,
        "-",
        "update auth/ldap/ auth/ldap/login/bob",
        Some("ldap operation failed"),
    ));
}

#[test]
fn ordinary_days_in_clusters_and_vaults_are_calm() {
    let (mut rules, problems) = RuleSet::load(&rule_files(&folder()));
    assert_eq!(problems, []);
    let mut plan = FieldPlan::new();
    rules.plan(&mut plan).unwrap();
    let normaliser = Normaliser::new(&plan, Limits::STANDARD);
    let mut day = Vec::new();
    for turn in 0..36 {
        in_the_cluster(turn * 600, &mut day);
        at_the_vault(turn * 600, &mut day);
    }
    let (mut hits, mut counts) = (Vec::new(), BTreeMap::new());
    for (record, at) in day.iter().zip(0..) {
        let place = Place { file: "day".into(), record: at };
        let record = Record::new(place, record.to_string().into(), false);
        let Ok(Normalised::Event(event)) = normaliser.normalise(&record) else {
            panic!("{}", record.text)
        };
        rules.inspect(&event, &mut hits);
        for hit in hits.drain(..) {
            *counts.entry((hit.rule.response, hit.rule.title.to_string())).or_insert(0) += 1;
        }
    }
    println!("{} events", day.len());
    counts.iter().for_each(|(which, count)| println!("  {count:5} {which:?}"));
    let loud: Vec<_> = counts.keys().filter(|(tier, _)| *tier >= Some(Tier::Revalidate)).collect();
    assert!(loud.is_empty(), "{loud:?}");
}
