//! Service accounts, users and groups as the API server knows them.

use super::actions::Shared;
use super::cluster::{Listed, OF_ACCOUNT};
use super::grants::Roles;
use super::object::{Binding, Meta, Pod, Who, text};
use super::operation::{self as op, rules};
use interlock_contain::{CallError, DiscoverCx, DiscoverySpec};
use interlock_model::{
    CredentialKind, CredentialRef, Discovered, DiscoveredCredential, DiscoveryGap, DiscoveryPage,
    Entitlement, IdentityKind, LineageKind, PolicyGrant, Principal,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) static SPEC: DiscoverySpec = DiscoverySpec {
    sees: "service accounts with their token secrets (names and ages), bindings and the rules of their roles, pods and workloads that run as them, the cloud accounts that they act as, labels and annotations; and every user and group that a binding names",
    hides: "tokens that are not kept in secrets, client certificates, groups of users, EKS Pod Identity associations, and last uses",
    reads: &[op::LIST_ACCOUNTS, op::LIST_SECRETS, op::LIST_PODS, op::LIST_BINDINGS, op::LIST_ROLES],
    source: "https://kubernetes.io/docs/reference/kubernetes-api/",
};

/// What pods' annotations and labels say of source and revision.
const BUILT_FROM: [&str; 4] = [
    "org.opencontainers.image.source",
    "org.opencontainers.image.revision",
    "github.com/project-slug",
    "app.kubernetes.io/part-of",
];
/// Names in one label.
const NAMES: usize = 8;
/// The longest value of a label.
const LONGEST: usize = 200;

/// All that is not a service account, as far as it may be seen.
#[derive(Default)]
struct Around {
    bindings: Vec<Binding>,
    pods: Vec<Pod>,
    roles: Roles,
    secrets: Vec<Meta>,
    gaps: Vec<DiscoveryGap>,
}

impl Around {
    async fn look(shared: &Shared, cx: &DiscoverCx<'_>) -> Result<Self, CallError> {
        let mut it = Self::default();
        let bindings = [Listed::ClusterRoleBindings, Listed::RoleBindings];
        for listed in bindings {
            let found = it.list(shared, cx, listed, "what bindings grant").await?;
            it.bindings.extend(found.iter().filter_map(Binding::read));
        }
        for (listed, kind) in [(Listed::ClusterRoles, "ClusterRole"), (Listed::Roles, "Role")] {
            let found = it.list(shared, cx, listed, "what roles allow").await?;
            it.roles.learn(kind, &found);
        }
        let found = it.list(shared, cx, Listed::Pods, "pods that use service accounts").await?;
        it.pods = found.iter().filter_map(Pod::read).collect();
        let found = it.list(shared, cx, Listed::TokenSecrets, "token secrets").await?;
        it.secrets = found.iter().filter_map(Meta::read).collect();
        Ok(it)
    }

    async fn list(
        &mut self,
        shared: &Shared,
        cx: &DiscoverCx<'_>,
        listed: Listed,
        what: &str,
    ) -> Result<Vec<Value>, CallError> {
        let operation = listed.operation();
        let why = match shared.cluster.all(&cx.read(operation)?, listed).await {
            Ok(found) => return Ok(found),
            Err(error @ (CallError::Denied { .. } | CallError::Unsupported { .. })) => error,
            Err(error) => return Err(error),
        };
        let rules: Vec<String> =
            rules(operation).iter().map(super::operation::Rule::written).collect();
        let gap = DiscoveryGap {
            what: what.to_owned(),
            why: why.to_string(),
            remedy: format!("add to the ClusterRole of the connector: {}", rules.join(", ")),
        };
        if !self.gaps.contains(&gap) {
            self.gaps.push(gap);
        }
        Ok(Vec::new())
    }

    /// What bindings give somebody, each with the rules of its role.
    fn grants(&self, who: &Who) -> (Vec<Entitlement>, Vec<PolicyGrant>) {
        let mut all = (Vec::new(), Vec::new());
        for binding in &self.bindings {
            let groups = who.groups();
            let by_group = binding.subjects.iter().find_map(|it| {
                let name = text(it, "name")?;
                let group = text(it, "kind").as_deref() == Some("Group");
                (group && groups.contains(&name) && name.starts_with("system:serviceaccounts"))
                    .then_some(name)
            });
            let named = binding.subjects.iter().any(|it| who.is(it));
            if !named && by_group.is_none() {
                continue;
            }
            let (mut entitlement, mut policy) = self.roles.grant(binding);
            if let Some(group) = by_group.filter(|_| !named) {
                entitlement.through = format!("{} as one of {group}", entitlement.through);
                policy.through.clone_from(&entitlement.through);
            }
            all.0.push(entitlement);
            all.1.push(policy);
        }
        all
    }

    fn account(&self, meta: &Meta) -> Vec<Discovered> {
        let who = Who::Account { namespace: meta.namespace.clone(), name: meta.name.clone() };
        let pods: Vec<&Pod> = self
            .pods
            .iter()
            .filter(|it| it.meta.namespace == meta.namespace && it.account == meta.name)
            .collect();
        let mut labels: BTreeMap<String, String> = BTreeMap::new();
        for (key, value) in meta.annotations.iter().chain(&meta.labels) {
            // The whole object as it was applied says nothing more.
            if key != "kubectl.kubernetes.io/last-applied-configuration" {
                labels.insert(key.clone(), value.chars().take(LONGEST).collect());
            }
        }
        let mut listed = |key: &str, names: BTreeSet<String>| {
            if !names.is_empty() {
                let text = names.into_iter().take(NAMES).collect::<Vec<_>>().join(", ");
                labels.insert(key.to_owned(), text.chars().take(LONGEST).collect());
            }
        };
        let workloads: BTreeSet<String> = pods.iter().filter_map(|it| it.workload()).collect();
        listed("images", pods.iter().flat_map(|it| it.images.clone()).collect());
        listed("pods", pods.iter().map(|it| it.meta.name.clone()).collect());
        listed("workloads", workloads.clone());
        // What pods say of what they were built from, as the images' makers and deployers note it.
        for key in BUILT_FROM {
            let noted =
                |it: &&Pod| it.meta.annotations.get(key).or(it.meta.labels.get(key)).cloned();
            listed(key, pods.iter().filter_map(noted).collect());
        }
        let of_account = |it: &&Meta| {
            it.namespace == meta.namespace && it.annotations.get(OF_ACCOUNT) == Some(&meta.name)
        };
        let token = |it: &Meta| DiscoveredCredential {
            reference: CredentialRef::new(
                "kubernetes",
                CredentialKind::Token,
                &format!("secret/{}/{}", it.namespace, it.name),
            ),
            enabled: Some(true),
            issued: it.created,
            expires: None,
            last_used: None,
        };
        let principal = who.principal();
        let (entitlements, policies) = self.grants(&who);
        let lineage =
            workloads.iter().map(|it| (LineageKind::AssumedBy, Principal::new("kubernetes", it)));
        let account = Discovered {
            name: Some(format!("{}/{}", meta.namespace, meta.name)),
            kind: Some(match workloads.is_empty() {
                true => IdentityKind::ServiceAccount,
                false => IdentityKind::Workload,
            }),
            created: meta.created,
            labels,
            credentials: self.secrets.iter().filter(of_account).map(token).collect(),
            entitlements,
            policies,
            lineage: lineage.collect(),
            ..Discovered::of(principal.clone())
        };
        // Whom the account acts as at a cloud is another principal, which the account stands behind.
        let clouds = meta.clouds().into_iter().map(|cloud| Discovered {
            lineage: vec![(LineageKind::AssumedBy, principal.clone())],
            ..Discovered::of(cloud)
        });
        std::iter::once(account).chain(clouds).collect()
    }

    /// Users and groups have no object of their own: bindings name them.
    fn named(&self) -> Vec<Discovered> {
        let mut names: BTreeMap<String, bool> = BTreeMap::new();
        for it in self.bindings.iter().flat_map(|it| &it.subjects) {
            let (kind, name) = (text(it, "kind"), text(it, "name").unwrap_or_default());
            if name.is_empty() || name.starts_with("system:") {
                continue;
            }
            match kind.as_deref() {
                Some("User") => *names.entry(name).or_default() |= false,
                Some("Group") => *names.entry(name).or_default() |= true,
                Some(_) | None => {}
            }
        }
        let of = |(name, group): (String, bool)| {
            let who = Who::Named(name);
            let sort = if group { "group" } else { "user" };
            let (entitlements, policies) = self.grants(&who);
            Discovered {
                labels: BTreeMap::from([("subject".to_owned(), sort.to_owned())]),
                entitlements,
                policies,
                ..Discovered::of(who.principal())
            }
        };
        names.into_iter().map(of).collect()
    }
}

/// A page of service accounts with all that is around them; with the last come users and groups.
pub(crate) async fn page(
    shared: &Shared,
    cx: &DiscoverCx<'_>,
    from: Option<&str>,
) -> Result<DiscoveryPage, CallError> {
    let pass = cx.read(op::LIST_ACCOUNTS)?;
    let page = shared.cluster.page(&pass, Listed::Accounts, from).await?;
    let around = Around::look(shared, cx).await?;
    let accounts = page.items.iter().filter_map(Meta::read);
    let mut found: Vec<Discovered> = accounts.flat_map(|it| around.account(&it)).collect();
    if page.next.is_none() {
        found.extend(around.named());
    }
    let gaps = if from.is_none() { around.gaps } else { Vec::new() };
    Ok(DiscoveryPage { found, gaps, next: page.next })
}
