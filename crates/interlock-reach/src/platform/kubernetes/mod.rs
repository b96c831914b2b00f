//! Rules of Kubernetes roles, and the roles that every cluster has.
//!
//! A policy is the list of rules of a role, in JSON; or an object with these `rules`, the kind of the `role`,
//! the `subjects` of the binding and its `keeper`. An action is written as a rule and an audit record both
//! can say it: `get secrets`, `create pods/exec`, `patch deployments.apps/scale`.

mod smaller;

use super::{Access, Documents, Platform, Row, all, row};
use crate::AccessClass::{self, Credentials, Data, List, Permissions, Read, Secrets, Write};
use interlock_model::Event;
use serde_json::Value;

pub(super) const PLATFORM: Platform = Platform {
    provider: "kubernetes",
    within: "in its cluster",
    sources: &[
        "https://kubernetes.io/docs/reference/access-authn-authz/rbac/",
        "https://kubernetes.io/docs/concepts/security/rbac-good-practices/",
    ],
    rows: ROWS,
    composed: None,
    documents: Some(Documents {
        access,
        actions,
        covers,
        used,
        smaller: smaller::propose,
        shared: false,
    }),
};

/// What the roles give that every cluster has, where their rules were not seen.
const ROWS: &[Row] = &[
    all("cluster-admin"),
    row("admin", &[List, Read, Write, Data, Secrets, Credentials, Permissions]),
    row("edit", &[List, Read, Write, Data, Secrets, Credentials]),
    row("view", &[List, Read, Data]),
    row("system:basic-user", &[]),
    row("system:discovery", &[List]),
    row("system:public-info-viewer", &[Read]),
    row("system:service-account-issuer-discovery", &[Read]),
];

const ROLES: [&str; 4] = ["clusterrolebindings", "clusterroles", "rolebindings", "roles"];
const RBAC: &str = "rbac.authorization.k8s.io";
/// What starts pods, and with them tokens of any account of the namespace.
const STARTS: [&str; 8] = [
    "cronjobs",
    "daemonsets",
    "deployments",
    "jobs",
    "pods",
    "replicasets",
    "replicationcontrollers",
    "statefulsets",
];

/// One rule of a role.
struct Rule {
    verbs: Vec<String>,
    groups: Vec<String>,
    resources: Vec<String>,
    names: Vec<String>,
    urls: Vec<String>,
}

impl Rule {
    fn all(document: &str) -> Option<Vec<Self>> {
        let document: Value = serde_json::from_str(document).ok()?;
        let rules = document.get("rules").unwrap_or(&document);
        Some(rules.as_array()?.iter().map(Self::read).collect())
    }

    fn read(of: &Value) -> Self {
        let words = |key: &str| -> Vec<String> {
            let list = of.get(key).and_then(Value::as_array).into_iter().flatten();
            list.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        Self {
            verbs: words("verbs"),
            groups: words("apiGroups"),
            resources: words("resources"),
            names: words("resourceNames"),
            urls: words("nonResourceURLs"),
        }
    }

    fn is_everything(&self) -> bool {
        let every = |of: &[String]| of.iter().any(|it| it == "*");
        every(&self.verbs) && every(&self.groups) && every(&self.resources) && self.names.is_empty()
    }

    /// Every verb, group and resource of it that belong together.
    fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        self.verbs.iter().flat_map(move |verb| {
            self.groups.iter().flat_map(move |group| {
                self.resources.iter().map(move |resource| Part { verb, group, resource })
            })
        })
    }
}

/// One verb on one sort of resource.
#[derive(Clone, Copy)]
struct Part<'r> {
    verb: &'r str,
    group: &'r str,
    resource: &'r str,
}

impl<'r> Part<'r> {
    /// What [`Self::written`] gives.
    fn read(action: &'r str) -> Option<(Self, &'r str)> {
        let (verb, what) = action.split_once(' ')?;
        let (base, part) = what.split_once('/').unwrap_or((what, ""));
        let (resource, group) = base.split_once('.').unwrap_or((base, ""));
        Some((Self { verb, group, resource }, part))
    }

    fn written(self) -> String {
        let (base, part) = match self.resource.split_once('/') {
            Some((base, part)) => (base, Some(part)),
            None => (self.resource, None),
        };
        let mut text = format!("{} {base}", self.verb);
        if !self.group.is_empty() {
            text.push_str(&format!(".{}", self.group));
        }
        if let Some(part) = part {
            text.push_str(&format!("/{part}"));
        }
        text
    }

    fn may(self, verbs: &[&str]) -> bool {
        self.verb == "*" || verbs.contains(&self.verb)
    }

    fn on(self, group: &str, resources: &[&str]) -> bool {
        let here = self.group == "*" || self.group == group;
        here && (self.resource == "*" || resources.contains(&self.resource))
    }

    fn classes(self) -> Vec<AccessClass> {
        const READS: [&str; 3] = ["get", "list", "watch"];
        const CHANGES: [&str; 5] = ["create", "delete", "deletecollection", "patch", "update"];
        const MAKES: [&str; 3] = ["create", "patch", "update"];
        let mut found = Vec::new();
        let mut add = |yes: bool, class| found.extend(yes.then_some(class));
        add(self.may(&["list", "watch"]), List);
        // A list holds the things themselves, not their names alone.
        add(self.may(&READS), Read);
        add(self.may(&CHANGES) || !self.may(&READS), Write);
        add(self.may(&READS) && self.on("", &["configmaps", "pods/log"]), Data);
        add(self.may(&READS) && self.on("", &["secrets"]), Secrets);
        // Who may enter a pod has its token; `get` opens a connection too.
        let enters = self.may(&["create", "get"])
            && self.on("", &["pods/attach", "pods/exec", "pods/proxy", "nodes/proxy"]);
        let changes_pods = self.may(&MAKES) && self.on("", &["pods/ephemeralcontainers"]);
        let starts = self.may(&MAKES)
            && (self.on("", &STARTS) || self.on("apps", &STARTS) || self.on("batch", &STARTS));
        let mints = self.may(&["create"]) && self.on("", &["serviceaccounts/token"]);
        let signs = self.may(&["update", "patch", "approve", "sign"])
            && self.on("certificates.k8s.io", &["certificatesigningrequests/approval", "signers"]);
        add(enters || changes_pods || starts || mints || signs, Credentials);
        let grants = self.may(&CHANGES) && self.on(RBAC, &ROLES);
        let beyond = self.may(&["bind", "escalate"]) && self.on(RBAC, &ROLES);
        add(grants || beyond || self.impersonates(), Permissions);
        found
    }

    fn impersonates(self) -> bool {
        self.may(&["impersonate"])
            && (self.on("", &["groups", "serviceaccounts", "users"])
                || self.on("authentication.k8s.io", &["uids", "userextras"]))
    }

    /// How whoever has it could come to more.
    fn more(self) -> Option<&'static str> {
        let makes = self.may(&["create", "patch", "update"]);
        if self.may(&["escalate"]) && self.on(RBAC, &ROLES) {
            return Some("may write rules into roles that it has not itself");
        }
        if self.may(&["bind"]) && self.on(RBAC, &ROLES) {
            return Some("may bind roles that allow more than it may itself");
        }
        if self.impersonates() {
            return Some("may act as others");
        }
        if self.may(&["create"]) && self.on("", &["serviceaccounts/token"]) {
            return Some("may make tokens of service accounts");
        }
        if self.may(&["create", "get"]) && self.on("", &["nodes/proxy"]) {
            return Some("may run programs in any pod past admission and the audit log");
        }
        if self.may(&["create", "get"]) && self.on("", &["pods/exec", "pods/attach"]) {
            return Some("may enter pods and use their service accounts' tokens");
        }
        if makes && (self.on("", &STARTS) || self.on("apps", &STARTS) || self.on("batch", &STARTS))
        {
            return Some("may start a pod as any service account of the namespace");
        }
        let hooks = ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"];
        if makes && self.on("admissionregistration.k8s.io", &hooks) {
            return Some("may see, and change, whatever others write");
        }
        if self.may(&["create"]) && self.on("", &["persistentvolumes"]) {
            return Some("may reach the files of nodes");
        }
        None
    }
}

fn access(document: &str, scope: &str) -> Option<Access> {
    let mut access = Access::default();
    let everywhere = scope == "the cluster";
    for rule in Rule::all(document)? {
        access.everything |= rule.is_everything() && everywhere;
        let names = match rule.names.as_slice() {
            [] => String::new(),
            names => format!(" named {}", names.join(", ")),
        };
        for part in rule.parts() {
            let mut by = part.written();
            by.push_str(&names);
            if !everywhere {
                by.push_str(&format!(" in {scope}"));
            }
            part.classes().into_iter().for_each(|class| access.add(class, &by));
            if let Some(way) = part.more() {
                access.add_more(&format!("{way} through {by}"));
            }
        }
        for url in &rule.urls {
            rule.verbs.iter().for_each(|verb| access.add(Read, &format!("{verb} {url}")));
        }
    }
    Some(access)
}

/// Paths without a resource are left out: an audit record does not tell them apart.
fn actions(document: &str) -> Vec<String> {
    let rules = Rule::all(document).unwrap_or_default();
    let parts = rules.iter().flat_map(Rule::parts).take(super::MOST_ACTIONS);
    parts.map(Part::written).collect()
}

fn covers(pattern: &str, action: &str) -> bool {
    let (Some((pattern, its_part)), Some((used, part))) = (Part::read(pattern), Part::read(action))
    else {
        return false;
    };
    let fits = |pattern: &str, used: &str| pattern == "*" || pattern == used;
    let resource = match (pattern.resource, its_part) {
        ("*", "") => true,
        (resource, its_part) => fits(resource, used.resource) && its_part == part,
    };
    fits(pattern.verb, used.verb) && fits(pattern.group, used.group) && resource
}

/// An audit record says the group as the service, and `core` of the first API.
fn used(event: &Event) -> Option<String> {
    let (verb, resource) = event.operation.split_once(' ')?;
    let group = if &*event.service == "core" { "" } else { &event.service };
    Some(Part { verb, group, resource }.written())
}
