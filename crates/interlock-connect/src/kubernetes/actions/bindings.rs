//! Takes somebody out of the bindings that give them their rights, and puts exactly the same back.

use super::shared::{Shared, at_clouds, drifted, holds, kept_by, unread};
use crate::kubernetes::cluster::{May, Own};
use crate::kubernetes::object::{Binding, Who, text};
use crate::kubernetes::operation as op;
use interlock_contain::{
    Action, ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WriteCx,
};
use interlock_model::{
    ActionKind, CredentialKind, Evidence, Intent, Observation, Receipt, Residual, Snapshot, Step,
    StepId, Stops,
};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const SETTLE: Duration = Duration::from_secs(10);
const SOURCE: &str = "https://kubernetes.io/docs/reference/access-authn-authz/rbac/#rolebinding-and-clusterrolebinding";
const READS: &[interlock_model::Operation] =
    &[op::LIST_BINDINGS, op::READ_ROLE, op::READ_ACCOUNT, op::REVIEW, op::WHO_AM_I];
const LEAVES: &str = "what groups, bindings of the cluster's own and other authorizers give, and connections that were opened before (exec, port-forward, watch)";
const TRAPS: &[&str] = &[
    "each binding is a call of its own, with the version that was read: one that breaks off half-way is gone on with, in both directions",
    "to change a binding takes leave to bind its role, for taking out as for putting back",
    "a role cannot be exchanged in a binding, so subjects are changed and bindings are never deleted",
    "GitOps puts back what it keeps: change it there too",
    "bindings of the cluster's own (`system:`) are never changed; the last holder of `cluster-admin` is refused, and the group `system:masters` counts for nobody",
    "groups of users are known to whoever signs them in, not to the API server",
];

pub(crate) static CERTIFICATE: ActionSpec = ActionSpec {
    name: "kubernetes.quarantine_certificate",
    kind: ActionKind::DisableCredential,
    role: Role::Whole,
    target: TargetKind::Credential("kubernetes", CredentialKind::Certificate),
    summary: "takes the rights of a client certificate's user: the certificate itself cannot be revoked",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: false, refresh: false, live: false },
    settle: SETTLE,
    leaves: "the certificate signs in until it ends or its authority is replaced; what its groups give stays",
    leaves_at_most: None,
    beyond: &[],
    reads: READS,
    write: op::PATCH_BINDINGS,
    restore: None,
    delivery: None,
    traps: TRAPS,
    source: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#x509-client-certificates",
};

pub(crate) static QUARANTINE: ActionSpec = ActionSpec {
    name: "kubernetes.quarantine_subject",
    kind: ActionKind::Quarantine,
    role: Role::Whole,
    target: TargetKind::Principal("kubernetes", &["*"]),
    summary: "takes a service account, a user or a group out of every binding of a role",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: false, live: true },
    settle: SETTLE,
    leaves: LEAVES,
    leaves_at_most: None,
    beyond: &[],
    reads: READS,
    write: op::PATCH_BINDINGS,
    restore: None,
    delivery: None,
    traps: TRAPS,
    source: SOURCE,
};

pub(crate) static REMOVE: ActionSpec = ActionSpec {
    name: "kubernetes.remove_binding",
    kind: ActionKind::RemoveEntitlement,
    role: Role::Whole,
    target: TargetKind::Principal("kubernetes", &["*"]),
    summary: "takes a service account, a user or a group out of the most powerful binding that it is in",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: false, refresh: false, live: false },
    settle: SETTLE,
    leaves: "what other bindings give, and connections that were opened before (exec, port-forward, watch)",
    leaves_at_most: None,
    beyond: &[],
    reads: READS,
    write: op::PATCH_BINDINGS,
    restore: None,
    delivery: None,
    traps: TRAPS,
    source: SOURCE,
};

/// The action.
#[derive(Debug)]
pub(crate) struct Bindings {
    /// The cluster and the configuration.
    pub shared: Arc<Shared>,
    /// Which.
    pub spec: &'static ActionSpec,
    /// Whether every binding is meant, or the most powerful one.
    pub all: bool,
}

/// The state of a binding that gives nothing.
const NONE: &str = "[]";

/// Our places in one binding, each with where it stands.
fn places(who: &Who, binding: &Binding) -> String {
    let ours = binding.subjects.iter().enumerate().filter(|it| who.is(it.1));
    let ours: Vec<Value> = ours.map(|(at, it)| json!({"at": at, "subject": it})).collect();
    Value::Array(ours).to_string()
}

fn read(places: &str) -> Vec<(usize, Value)> {
    let read: Vec<Value> = serde_json::from_str(places).unwrap_or_default();
    let place = |it: &Value| {
        let at = it.get("at").and_then(Value::as_u64)?;
        Some((usize::try_from(at).ok()?, it.get("subject")?.clone()))
    };
    read.iter().filter_map(place).collect()
}

/// Whether two states name the same subjects; where they stand is no matter.
fn same(a: &str, b: &str) -> bool {
    let subjects = |it: &str| {
        let mut all: Vec<String> = read(it).iter().map(|it| it.1.to_string()).collect();
        all.sort();
        all
    };
    a == b || subjects(a) == subjects(b)
}

fn alike(a: &Snapshot, b: &Snapshot) -> bool {
    a.0.len() == b.0.len() && a.0.iter().all(|(key, it)| b.get(key).is_some_and(|b| same(it, b)))
}

/// The subjects of a binding once ours are as they are wanted.
fn wanted(who: &Who, binding: &Binding, places: &str) -> Vec<Value> {
    let mut subjects: Vec<Value> =
        binding.subjects.iter().filter(|it| !who.is(it)).cloned().collect();
    for (at, subject) in read(places) {
        subjects.insert(at.min(subjects.len()), subject);
    }
    subjects
}

/// The bindings that count: those that give us something and are not the cluster's own.
fn giving<'b>(who: &Who, bindings: &'b [Binding]) -> Vec<&'b Binding> {
    let ours = |it: &&Binding| !it.of_the_cluster() && it.subjects.iter().any(|it| who.is(it));
    let mut giving: Vec<&Binding> = bindings.iter().filter(ours).collect();
    giving.sort_by_key(|it| it.rank());
    giving
}

impl Bindings {
    /// What is there now of the bindings of a step, and what came since.
    fn seen(&self, who: &Who, bindings: &[Binding], step: &Step) -> Snapshot {
        let mut seen = Snapshot::default();
        for key in step.before.0.keys() {
            let there = bindings.iter().find(|it| it.key() == *key);
            let state = there.map_or_else(|| NONE.to_owned(), |it| places(who, it));
            seen.0.insert(key.clone(), state);
        }
        // A way back is bound to what it gives back, whatever was given since.
        if step.kind != ActionKind::Restore && (self.all || seen.0.is_empty()) {
            let giving = giving(who, bindings);
            let most = if self.all { giving.len() } else { 1 };
            for it in giving.into_iter().take(most) {
                seen.0.entry(it.key()).or_insert_with(|| places(who, it));
            }
        }
        seen
    }

    /// Refuses names that a user and a group share, and what would leave nobody with everything.
    fn refuse(&self, who: &Who, taken: &[&Binding], all: &[Binding]) -> Result<(), CallError> {
        let name = who.user();
        let kinds = |kind: &str| {
            let mut subjects = taken.iter().flat_map(|it| &it.subjects).filter(|it| who.is(it));
            subjects.any(|it| text(it, "kind").as_deref() == Some(kind))
        };
        if kinds("User") && kinds("Group") {
            let why = format!(
                "`{name}` is the name of a user and of a group: only people can say which is meant"
            );
            return Err(CallError::Unsupported { why });
        }
        if !taken.iter().any(|it| it.is_admin()) {
            return Ok(());
        }
        let masters = |it: &Value| text(it, "name").as_deref() == Some("system:masters");
        let left = all.iter().filter(|it| it.is_admin()).any(|binding| {
            let kept =
                |it: &&Value| !who.is(it) || !taken.iter().any(|of| of.key() == binding.key());
            binding.subjects.iter().filter(kept).any(|it| !masters(it))
        });
        if left {
            return Ok(());
        }
        let why = format!(
            "`{name}` is the last that holds `cluster-admin`, but for `system:masters`: give it another first"
        );
        Err(CallError::Unsupported { why })
    }

    async fn look(
        &self,
        cx: &ReadCx<'_>,
        target: &interlock_model::Target,
    ) -> Result<(Who, Own, Vec<Binding>), CallError> {
        let (who, own) = self.shared.who(cx, target).await?;
        let bindings = self.shared.cluster.bindings(&cx.read(op::LIST_BINDINGS)?).await?;
        Ok((who, own, bindings))
    }

    async fn observe(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Observation, CallError> {
        let (who, _, bindings) = self.look(cx, &step.target).await?;
        let seen = self.seen(&who, &bindings, step);
        if !alike(&seen, &step.after) {
            return Ok(Observation::DoesNotHold { seen });
        }
        let mut more = Vec::new();
        let groups = who.groups();
        for it in &bindings {
            let key = it.key();
            if step.before.0.contains_key(&key) {
                more.extend(kept_by(&format!("`{key}`"), it.meta.keeper()));
            }
            let by_group = it.subjects.iter().find_map(|it| {
                let name = text(it, "name")?;
                let group = text(it, "kind").as_deref() == Some("Group") && groups.contains(&name);
                group.then_some(name)
            });
            let by_group = by_group.filter(|_| !it.of_the_cluster());
            let by_name = it.subjects.iter().any(|it| who.is(it));
            let (user, words) = (who.user(), it.words());
            let what = match by_group {
                Some(group) => Some(format!("`{user}` has the {words}, as one of `{group}`")),
                None => by_name.then(|| format!("`{user}` has the {words}")),
            };
            more.extend(what.map(|what| Residual { what, until: None }));
        }
        if let Who::Account { namespace, name } = &who {
            more.extend(at_clouds(self.shared.account(cx, namespace, name).await?.as_ref()));
        }
        Ok(holds(self.spec, step, more))
    }

    /// One thing that the bindings of the step gave: the first verb on the first resource.
    async fn given(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Option<(Who, May)>, CallError> {
        let (who, _, bindings) = self.look(cx, &step.target).await?;
        let of_step = bindings.iter().filter(|it| step.before.0.contains_key(&it.key()));
        for binding in of_step {
            for rule in self.shared.cluster.rules(&cx.read(op::READ_ROLE)?, binding).await? {
                let first = |key: &str| {
                    let value = rule.get(key)?.as_array()?.first()?;
                    value.as_str().map(str::to_owned)
                };
                // A rule for objects of some names says nothing about all of them.
                let named = rule.get("resourceNames").is_some();
                let (Some(verb), Some(resource), false) =
                    (first("verbs"), first("resources"), named)
                else {
                    continue;
                };
                let namespace = binding.meta.namespace.clone();
                let group = first("apiGroups").unwrap_or_default();
                return Ok(Some((who, May { namespace, verb, group, resource })));
            }
        }
        Ok(None)
    }

    /// The API server's own decision about what was taken. It knows the groups of service accounts only.
    async fn decided(&self, cx: &ReadCx<'_>, step: &Step) -> Result<Option<Evidence>, CallError> {
        let Some((who, may)) = self.given(cx, step).await? else { return Ok(None) };
        if matches!(who, Who::Named(_)) {
            return Ok(None);
        }
        let answer = self.shared.cluster.review(&cx.read(op::REVIEW)?, &who, &may).await?;
        let (user, May { verb, resource, .. }) = (who.user(), may);
        Ok((!answer.allowed).then(|| Evidence::Probe {
            how: format!(
                "the API server refuses `{user}` to `{verb}` `{resource}`, as it reviewed"
            ),
        }))
    }
}

#[async_trait::async_trait]
impl Action for Bindings {
    fn spec(&self) -> &'static ActionSpec {
        self.spec
    }

    async fn plan(&self, cx: &ReadCx<'_>, intent: &Intent, id: StepId) -> Result<Step, CallError> {
        let (who, _, bindings) = self.look(cx, &intent.target).await?;
        if self.spec.kind == ActionKind::DisableCredential && matches!(who, Who::Account { .. }) {
            let why = format!("`{}` is a service account, which has no certificate", who.user());
            return Err(CallError::Unsupported { why });
        }
        let mut taken = giving(&who, &bindings);
        if !self.all {
            taken.truncate(1);
        }
        self.refuse(&who, &taken, &bindings)?;
        let mut states = (Snapshot::default(), Snapshot::default());
        for it in &taken {
            states.0.0.insert(it.key(), places(&who, it));
            states.1.0.insert(it.key(), NONE.to_owned());
        }
        let from: Vec<String> = taken.iter().map(|it| it.words()).collect();
        let user = who.user();
        let what = match from.is_empty() {
            true => format!("`{user}` is in no binding that could be changed"),
            false => format!("take from `{user}` the {}", from.join(", the ")),
        };
        let summary = if self.spec.kind == ActionKind::DisableCredential {
            format!("a client certificate cannot be revoked in Kubernetes; instead: {what}")
        } else {
            what
        };
        Ok(self.shared.step(self.spec, id, intent, states, summary))
    }

    async fn execute(&self, cx: WriteCx<'_>, step: &Step) -> Result<Receipt, CallError> {
        let (who, _, bindings) = self.look(cx.reading(), &step.target).await?;
        let seen = self.seen(&who, &bindings, step);
        if alike(&seen, &step.after) {
            return Ok(Receipt::default());
        }
        let mut changes = Vec::new();
        for (key, state) in &seen.0 {
            let (Some(before), Some(after)) = (step.before.get(key), step.after.get(key)) else {
                return Err(drifted(step, seen));
            };
            // Each binding is as it was or as it is wanted: what lies between is gone on with.
            if same(state, after) {
                continue;
            }
            if !same(state, before) {
                return Err(drifted(step, seen));
            }
            let there = bindings.iter().find(|it| it.key() == *key);
            let what = || CallError::NotFound { what: format!("`{key}`") };
            let binding = there.ok_or_else(what)?;
            changes.push((binding, wanted(&who, binding, after)));
        }
        let pass = cx.write(op::PATCH_BINDINGS)?;
        self.shared.cluster.set_subjects(pass, &changes).await?;
        Ok(Receipt::default())
    }

    async fn verify(&self, cx: &ReadCx<'_>, step: &Step) -> Observation {
        self.observe(cx, step).await.unwrap_or_else(|error| unread(&error))
    }

    async fn probe(&self, cx: &ReadCx<'_>, step: &Step) -> Option<Evidence> {
        if step.kind == ActionKind::Restore || self.spec.kind == ActionKind::DisableCredential {
            return None;
        }
        self.decided(cx, step).await.ok().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_subjects_come_back_to_their_places_among_others() {
        let who = Who::read("system:serviceaccount:shop:web");
        let ours = json!({"kind": "ServiceAccount", "namespace": "shop", "name": "web"});
        let other = |name: &str| json!({"kind": "User", "name": name});
        let binding = |subjects: Vec<Value>| Binding {
            meta: crate::kubernetes::object::Meta::read(
                &json!({"metadata": {"name": "x", "uid": "1"}}),
            )
            .unwrap(),
            role_kind: "ClusterRole".to_owned(),
            role: "edit".to_owned(),
            subjects,
        };
        let full = binding(vec![other("a"), ours.clone(), other("b")]);
        let before = places(&who, &full);
        let without = wanted(&who, &full, NONE);
        assert_eq!(without, [other("a"), other("b")]);
        assert_eq!(wanted(&who, &binding(without), &before), full.subjects);
        // Others came and went meanwhile.
        assert_eq!(wanted(&who, &binding(vec![]), &before), std::slice::from_ref(&ours));
        let moved = places(&who, &binding(vec![ours]));
        assert!(moved != before && same(&moved, &before));
        assert!(!same(&before, NONE));
    }
}
