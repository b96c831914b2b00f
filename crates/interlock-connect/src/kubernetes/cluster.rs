//! One cluster as it is spoken to: one method per operation.
//!
//! Reads take the pass that a declared read gives, writes use up the pass that a permit gives.

use super::object::{Account, Binding, Meta, Pod, Who, items, text};
use super::operation as op;
use crate::http_json::{Ask, Manner, Meant, Rest};
use interlock_contain::{CallError, ReadPass, WritePass};
use interlock_model::Operation;
use serde_json::{Value, json};

/// Objects of one answer.
const PAGE: &str = "500";
/// How many answers make one list at most.
const PAGES: usize = 40;
/// Metadata alone: what a secret holds never leaves the API server.
const METADATA: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1beta1";
const MERGE: &str = "application/merge-patch+json";
const CORE: [&str; 2] = ["api", "v1"];
const RBAC: [&str; 3] = ["apis", "rbac.authorization.k8s.io", "v1"];

/// How the API server wants to be spoken to.
pub(crate) static MANNER: Manner =
    Manner { header: "authorization", scheme: "Bearer ", said, meant };

fn said(answer: &Value) -> String {
    text(answer, "message").unwrap_or_default()
}

/// A policy of the cluster refuses by the same status as a missing permission.
fn meant(status: u16, words: &str) -> Option<Meant> {
    let by_policy = words.contains("admission webhook")
        || words.contains("ValidatingAdmissionPolicy")
        || words.contains("violates PodSecurity");
    (status == 403 && by_policy).then_some(Meant::Refused)
}

/// Who the connector is to the API server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Own {
    /// Its user name.
    pub name: String,
    /// Its groups.
    pub groups: Vec<String>,
}

/// What one review answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reviewed {
    /// Whether it is allowed.
    pub allowed: bool,
    /// Why, in the API server's words.
    pub reason: String,
}

/// A question about what somebody may do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct May {
    /// In which namespace; empty for all.
    pub namespace: String,
    /// The verb.
    pub verb: String,
    /// The group of the API.
    pub group: String,
    /// The resource.
    pub resource: String,
}

impl May {
    fn attributes(&self) -> Value {
        let Self { namespace, verb, group, resource } = self;
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        json!({
            "namespace": namespace, "verb": verb, "group": group,
            "resource": resource, "subresource": subresource,
        })
    }
}

/// One cluster.
#[derive(Debug)]
pub(crate) struct Cluster {
    rest: Rest,
}

fn below<'a>(base: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    base.iter().chain(more).copied().collect()
}

fn unreadable(what: &str) -> CallError {
    CallError::Invalid { why: format!("{what} is answered in a form that is not understood") }
}

/// One page of a list, and where the next begins.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// As they came.
    pub items: Vec<Value>,
    /// Where to go on.
    pub next: Option<String>,
}

impl Cluster {
    pub(crate) const fn new(rest: Rest) -> Self {
        Self { rest }
    }

    /// A service account; `None` when there is none.
    pub(crate) async fn account(
        &self,
        pass: &ReadPass,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Account>, CallError> {
        let path = below(&CORE, &["namespaces", namespace, "serviceaccounts", name]);
        let ask = Ask::reading(pass, op::READ_ACCOUNT, "GET", &path)?;
        let Some(whole) = absent(self.rest.ask(ask).await)? else { return Ok(None) };
        let meta = Meta::read(&whole).ok_or_else(|| unreadable("a service account"))?;
        Ok(Some(Account { meta, whole }))
    }

    /// A pod; `None` when there is none.
    pub(crate) async fn pod(
        &self,
        pass: &ReadPass,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Pod>, CallError> {
        let path = below(&CORE, &["namespaces", namespace, "pods", name]);
        let ask = Ask::reading(pass, op::READ_POD, "GET", &path)?;
        let Some(whole) = absent(self.rest.ask(ask).await)? else { return Ok(None) };
        Ok(Some(Pod::read(&whole).ok_or_else(|| unreadable("a pod"))?))
    }

    /// The metadata of a secret that holds a service account's token; `None` when there is none.
    pub(crate) async fn token_secret(
        &self,
        pass: &ReadPass,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Meta>, CallError> {
        let path = below(&CORE, &["namespaces", namespace, "secrets"]);
        let only = format!("type=kubernetes.io/service-account-token,metadata.name={name}");
        let ask = Ask::reading(pass, op::LIST_SECRETS, "GET", &path)?
            .accept(METADATA)
            .query("fieldSelector", &only);
        let list = self.rest.ask(ask).await?;
        let mut found = items(&list, "items").into_iter().filter_map(|it| Meta::read(&it));
        // A server that does not know the selector gives everything.
        Ok(found.find(|it| it.name == name && it.annotations.contains_key(OF_ACCOUNT)))
    }

    /// A page of one resource, of one namespace or of all.
    pub(crate) async fn page(
        &self,
        pass: &ReadPass,
        resource: Listed,
        from: Option<&str>,
    ) -> Result<Page, CallError> {
        let path = match resource.group() {
            "" => below(&CORE, &[resource.name()]),
            _ => below(&RBAC, &[resource.name()]),
        };
        let mut ask = Ask::reading(pass, resource.operation(), "GET", &path)?.query("limit", PAGE);
        if let Some(from) = from {
            ask = ask.query("continue", from);
        }
        if resource == Listed::TokenSecrets {
            ask = ask
                .accept(METADATA)
                .query("fieldSelector", "type=kubernetes.io/service-account-token");
        }
        let list = self.rest.ask(ask).await?;
        let next = list.get("metadata").and_then(|it| text(it, "continue"));
        Ok(Page { items: items(&list, "items"), next: next.filter(|it| !it.is_empty()) })
    }

    /// All of one resource.
    pub(crate) async fn all(
        &self,
        pass: &ReadPass,
        resource: Listed,
    ) -> Result<Vec<Value>, CallError> {
        let (mut found, mut from) = (Vec::new(), None);
        for _ in 0..PAGES {
            let page = self.page(pass, resource, from.as_deref()).await?;
            found.extend(page.items);
            from = page.next;
            if from.is_none() {
                return Ok(found);
            }
        }
        let why = format!("there are more than {} {}", found.len(), resource.name());
        Err(CallError::Unsupported { why })
    }

    /// Every binding, of namespaces and of the cluster.
    pub(crate) async fn bindings(&self, pass: &ReadPass) -> Result<Vec<Binding>, CallError> {
        let mut all = self.all(pass, Listed::ClusterRoleBindings).await?;
        all.extend(self.all(pass, Listed::RoleBindings).await?);
        Ok(all.iter().filter_map(Binding::read).collect())
    }

    /// The rules of a binding's role; nothing when the role is not there.
    pub(crate) async fn rules(
        &self,
        pass: &ReadPass,
        binding: &Binding,
    ) -> Result<Vec<Value>, CallError> {
        let path = match (&*binding.role_kind, &*binding.meta.namespace) {
            ("Role", namespace) => below(&RBAC, &["namespaces", namespace, "roles", &binding.role]),
            (_, _) => below(&RBAC, &["clusterroles", &binding.role]),
        };
        let ask = Ask::reading(pass, op::READ_ROLE, "GET", &path)?;
        let role = absent(self.rest.ask(ask).await)?;
        Ok(role.map(|it| items(&it, "rules")).unwrap_or_default())
    }

    /// Whom the API server takes the connector for.
    pub(crate) async fn own(&self, pass: &ReadPass) -> Result<Own, CallError> {
        let path = ["apis", "authentication.k8s.io", "v1", "selfsubjectreviews"];
        let body = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
        let ask = Ask::reading(pass, op::WHO_AM_I, "POST", &path)?.body(body);
        let answer = match self.rest.ask(ask).await {
            Err(CallError::NotFound { .. }) => {
                let why =
                    "the API server has no SelfSubjectReview: Kubernetes 1.28 or later is needed"
                        .to_owned();
                return Err(CallError::Unsupported { why });
            }
            other => other?,
        };
        let info = answer.pointer("/status/userInfo").ok_or_else(|| unreadable("who we are"))?;
        let groups = items(info, "groups");
        let groups = groups.iter().filter_map(Value::as_str).map(str::to_owned);
        let name = text(info, "username").filter(|it| !it.is_empty());
        let name = name.ok_or_else(|| unreadable("who we are"))?;
        Ok(Own { name, groups: groups.collect() })
    }

    /// Whether somebody may do something, as the API server would decide it.
    pub(crate) async fn review(
        &self,
        pass: &ReadPass,
        who: &Who,
        may: &May,
    ) -> Result<Reviewed, CallError> {
        let path = ["apis", "authorization.k8s.io", "v1", "subjectaccessreviews"];
        let body = json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {
                "user": who.user(), "groups": who.groups(), "resourceAttributes": may.attributes(),
            },
        });
        let ask = Ask::reading(pass, op::REVIEW, "POST", &path)?.body(body);
        reviewed(&self.rest.ask(ask).await?)
    }

    /// Whether the connector itself may do something.
    pub(crate) async fn may(&self, operation: Operation, may: &May) -> Result<Reviewed, CallError> {
        let path = ["apis", "authorization.k8s.io", "v1", "selfsubjectaccessreviews"];
        let body = json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": may.attributes()},
        });
        reviewed(&self.rest.ask(Ask::checking(operation, "POST", &path).body(body)).await?)
    }

    /// Deletes a pod or a secret, and no other of the same name.
    pub(crate) async fn delete(
        &self,
        pass: WritePass,
        operation: Operation,
        meta: &Meta,
    ) -> Result<(), CallError> {
        let resource = if operation == op::DELETE_POD { "pods" } else { "secrets" };
        let path = below(&CORE, &["namespaces", &meta.namespace, resource, &meta.name]);
        let ask = Ask::writing(&pass, operation, "DELETE", &path)?.body(only(meta, false));
        gone(self.rest.ask(ask).await)
    }

    /// Deletes the account, when it is still as it was read, and makes it anew.
    ///
    /// A break in between leaves none: the next attempt begins with what is there.
    pub(crate) async fn replace_account(
        &self,
        pass: WritePass,
        old: Option<&Meta>,
        namespace: &str,
        new: Value,
    ) -> Result<(), CallError> {
        let accounts = below(&CORE, &["namespaces", namespace, "serviceaccounts"]);
        if let Some(old) = old {
            let path = below(&accounts, &[&old.name]);
            let ask = Ask::writing(&pass, op::REPLACE_ACCOUNT, "DELETE", &path)?;
            gone(self.rest.ask(ask.body(only(old, true))).await)?;
        }
        let ask = Ask::writing(&pass, op::REPLACE_ACCOUNT, "POST", &accounts)?;
        self.rest.ask(ask.body(new)).await.map(drop)
    }

    /// Gives bindings other subjects, each when it is still as it was read.
    ///
    /// A break in between leaves some as they were and some as they are wanted.
    pub(crate) async fn set_subjects(
        &self,
        pass: WritePass,
        changes: &[(&Binding, Vec<Value>)],
    ) -> Result<(), CallError> {
        for (binding, subjects) in changes {
            let meta = &binding.meta;
            let path = match &*meta.namespace {
                "" => below(&RBAC, &["clusterrolebindings", &meta.name]),
                namespace => below(&RBAC, &["namespaces", namespace, "rolebindings", &meta.name]),
            };
            let body = json!({
                "metadata": {"resourceVersion": meta.version},
                "subjects": subjects,
            });
            let ask = Ask::writing(&pass, op::PATCH_BINDINGS, "PATCH", &path)?;
            self.rest.ask(ask.body_of(MERGE, body)).await?;
        }
        Ok(())
    }
}

/// The annotation that names a token's service account.
pub(crate) const OF_ACCOUNT: &str = "kubernetes.io/service-account.name";

/// What is listed as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listed {
    Accounts,
    ClusterRoleBindings,
    ClusterRoles,
    Pods,
    RoleBindings,
    Roles,
    TokenSecrets,
}

impl Listed {
    const fn name(self) -> &'static str {
        match self {
            Self::Accounts => "serviceaccounts",
            Self::ClusterRoleBindings => "clusterrolebindings",
            Self::ClusterRoles => "clusterroles",
            Self::Pods => "pods",
            Self::RoleBindings => "rolebindings",
            Self::Roles => "roles",
            Self::TokenSecrets => "secrets",
        }
    }

    const fn group(self) -> &'static str {
        match self {
            Self::Accounts | Self::Pods | Self::TokenSecrets => "",
            Self::ClusterRoleBindings | Self::ClusterRoles | Self::RoleBindings | Self::Roles => {
                "rbac.authorization.k8s.io"
            }
        }
    }

    pub(crate) const fn operation(self) -> Operation {
        match self {
            Self::Accounts => op::LIST_ACCOUNTS,
            Self::ClusterRoleBindings | Self::RoleBindings => op::LIST_BINDINGS,
            Self::ClusterRoles | Self::Roles => op::LIST_ROLES,
            Self::Pods => op::LIST_PODS,
            Self::TokenSecrets => op::LIST_SECRETS,
        }
    }
}

/// This very object, and with its version: as it was read.
fn only(meta: &Meta, unchanged: bool) -> Value {
    let mut conditions = json!({"uid": meta.uid});
    if unchanged && let Some(map) = conditions.as_object_mut() {
        map.insert("resourceVersion".to_owned(), json!(meta.version));
    }
    json!({"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": conditions})
}

fn absent(answer: Result<Value, CallError>) -> Result<Option<Value>, CallError> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(CallError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What is to be deleted and is not there is as it should be.
fn gone(answer: Result<Value, CallError>) -> Result<(), CallError> {
    absent(answer).map(drop)
}

fn reviewed(answer: &Value) -> Result<Reviewed, CallError> {
    let status = answer.get("status").ok_or_else(|| unreadable("a review"))?;
    let allowed = status.get("allowed").and_then(Value::as_bool);
    let allowed = allowed.ok_or_else(|| unreadable("a review"))?;
    Ok(Reviewed { allowed, reason: text(status, "reason").unwrap_or_default() })
}
