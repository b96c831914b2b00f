//! What an entry acted upon.

use super::names;
use super::paths::Path;
use crate::source::Core;
use interlock_model::Object;
use serde::Deserialize;

/// At most this many objects of one entry, so that a long policy costs no memory.
const MOST: usize = 32;

/// What a resource is, by the last collection in its name that says so.
const COLLECTIONS: [(&str, &str); 21] = [
    ("keys", "access_key"),
    ("hmacKeys", "access_key"),
    ("serviceAccounts", "service_account"),
    ("roles", "role"),
    ("secrets", "secret"),
    ("cryptoKeys", "key"),
    ("workloadIdentityPools", "federation"),
    ("workforcePools", "federation"),
    ("objects", "object"),
    ("buckets", "bucket"),
    ("functions", "function"),
    ("services", "service"),
    ("instances", "instance"),
    ("clusters", "cluster"),
    ("sinks", "log_sink"),
    ("policies", "policy"),
    ("accessPolicies", "policy"),
    ("firewalls", "firewall"),
    ("projects", "project"),
    ("folders", "folder"),
    ("organizations", "organization"),
];

/// The objects of the entry: the resource, what came to life, then who was given which role, or lost it.
pub fn read(core: &Core<'_>) -> Vec<Object> {
    let mut objects: Vec<Object> = Vec::new();
    let mut add = |kind: &str, name: &str| {
        let known = objects.iter().any(|it| &*it.kind == kind && &*it.name == name);
        if objects.len() < MOST && !known && !name.is_empty() {
            objects.push(Object { kind: kind.into(), name: name.into() });
        }
    };
    let cluster = core.text(Path::MethodName).is_some_and(|it| it.starts_with("io.k8s."));
    if let Some(name) = core.text(Path::ResourceName).filter(|_| cluster) {
        let (kind, name) = in_cluster(name);
        add(kind, &name);
        core.text(Path::BoundRole).into_iter().for_each(|it| add("role", it));
    } else if let Some(name) = core.text(Path::ResourceName) {
        let (kind, name) = resource(name, core.text(Path::EmailLabel));
        add(kind, &name);
    }
    if let Some(name) = core.text(Path::NewName).filter(|it| it.contains('/')) {
        let (kind, name) = resource(name, core.text(Path::EmailLabel));
        add(kind, &name);
    }
    if let Some(email) = core.text(Path::NewEmail).filter(|it| it.ends_with("gserviceaccount.com"))
    {
        add("service_account", email);
    }
    if let Some(id) = core.text(Path::NewHmacId) {
        add("access_key", id);
    }
    for delta in deltas(core) {
        if let Some(role) = &delta.role {
            add(delta.kind("role"), role);
        }
        if let Some((kind, name)) = delta.member.as_deref().map(member_of) {
            add(delta.kind(kind), name);
        }
    }
    for parameter in parameters(core) {
        match (parameter.name.as_deref(), parameter.value.as_deref()) {
            (Some("USER_EMAIL" | "affected_email_address"), Some(value)) => add("user", value),
            (Some("GROUP_EMAIL"), Some(value)) => add("group", value),
            (Some("ROLE_NAME"), Some(value)) => add("role", value),
            _ => {}
        }
    }
    objects
}

/// Kind and name of a resource; keys and service accounts by address, which other records use too.
fn resource(name: &str, address: Option<&str>) -> (&'static str, Box<str>) {
    let parts: Vec<&str> = name.split('/').collect();
    let mut kind = "resource";
    for (at, part) in parts.iter().enumerate().rev() {
        let holds = parts.len() > at + 1;
        if let Some((_, it)) = COLLECTIONS.iter().find(|(it, _)| holds && it == part) {
            kind = it;
            break;
        }
    }
    match kind {
        "access_key" => match names::key(name, address) {
            Some((key, _)) => (kind, key.id().into()),
            None if name.contains("hmacKeys") => (kind, name.into()),
            // Keys of another kind, such as API keys.
            None if name.contains("serviceAccounts") => (kind, name.into()),
            None => ("api_key", name.into()),
        },
        "service_account" => {
            let last = parts.last().copied().unwrap_or_default();
            let last = if last.contains('@') { last } else { address.unwrap_or(last) };
            (kind, last.into())
        }
        _ => (kind, name.into()),
    }
}

/// Resources of a cluster that have a word of their own in the house.
const OF_CLUSTERS: [(&str, &str); 9] = [
    ("certificatesigningrequests", "certificate_request"),
    ("clusterrolebindings", "role_binding"),
    ("clusterroles", "role"),
    ("mutatingwebhookconfigurations", "admission_webhook"),
    ("rolebindings", "role_binding"),
    ("roles", "role"),
    ("secrets", "secret"),
    ("serviceaccounts", "service_account"),
    ("validatingwebhookconfigurations", "admission_webhook"),
];

/// Kind and name of what stands in `core/v1/namespaces/<namespace>/<collection>/<name>`; named as
/// the cluster's own log names it.
fn in_cluster(path: &str) -> (&'static str, Box<str>) {
    let mut parts = path.split('/').skip_while(|it| !it.starts_with('v')).skip(1).peekable();
    let namespace = match parts.next_if(|it| *it == "namespaces") {
        Some(_) => parts.next(),
        None => None,
    };
    let (Some(collection), name) = (parts.next(), parts.next().unwrap_or("*")) else {
        return ("resource", path.into());
    };
    let Some((_, kind)) = OF_CLUSTERS.iter().find(|(it, _)| *it == collection) else {
        return ("resource", path.into());
    };
    match namespace {
        Some(namespace) => (kind, format!("{namespace}/{name}").into()),
        None => (kind, name.into()),
    }
}

fn member_of(member: &str) -> (&'static str, &str) {
    match member.split_once(':') {
        Some(("user", name)) => ("user", name),
        Some(("serviceAccount", name)) => ("service_account", name),
        Some(("group", name)) => ("group", name),
        Some(("domain", name)) => ("domain", name),
        Some(_) => ("principal", member),
        // `allUsers`, `allAuthenticatedUsers`; older logs leave the kind out.
        None if member.contains('@') => ("user", member),
        None => ("principal", member),
    }
}

/// One change of who has which role.
#[derive(Deserialize)]
struct Delta {
    #[serde(default)]
    action: Option<String>,
    #[serde(default)]
    role: Option<String>,
    #[serde(default)]
    member: Option<String>,
}

impl Delta {
    /// What is taken from somebody is told apart from what is given.
    fn kind(&self, kind: &'static str) -> &'static str {
        let lost = self.action.as_deref() == Some("REMOVE");
        match kind {
            _ if !lost => kind,
            "role" => "former_role",
            _ => "former_member",
        }
    }
}

/// The parts of a change belong together, so that the list is read as a whole.
fn deltas(core: &Core<'_>) -> Vec<Delta> {
    let paths = [Path::DeltaAction, Path::DeltaRole, Path::DeltaOfMetadata];
    if !paths.into_iter().any(|it| core.has(it)) {
        return Vec::new();
    }
    let list = ["serviceData", "metadata"]
        .into_iter()
        .find_map(|it| core.whole().at(&["protoPayload", it, "policyDelta", "bindingDeltas"]));
    let mut deltas: Vec<Delta> =
        list.and_then(|it| serde_json::from_str(it.written()).ok()).unwrap_or_default();
    deltas.truncate(MOST);
    deltas
}

#[derive(Deserialize)]
struct Parameter {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    value: Option<String>,
}

#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    parameter: Vec<Parameter>,
}

/// The named values of an event of Google Workspace, whose names and values stand apart.
fn parameters(core: &Core<'_>) -> Vec<Parameter> {
    if !core.has(Path::Parameters) {
        return Vec::new();
    }
    let Some(list) = core.whole().at(&["protoPayload", "metadata", "event"]) else {
        return Vec::new();
    };
    let told: Vec<Told> = serde_json::from_str(list.written()).unwrap_or_default();
    told.into_iter().flat_map(|it| it.parameter).take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_cluster() {
        for (path, kind, name) in [
            ("core/v1/namespaces/shop/serviceaccounts/web/token", "service_account", "shop/web"),
            ("rbac.authorization.k8s.io/v1/clusterrolebindings/crb", "role_binding", "crb"),
            ("core/v1/namespaces/shop/secrets", "secret", "shop/*"),
            ("core/v1/secrets", "secret", "*"),
            (
                "core/v1/namespaces/shop/pods/p/exec",
                "resource",
                "core/v1/namespaces/shop/pods/p/exec",
            ),
            ("core/v1/namespaces/shop", "resource", "core/v1/namespaces/shop"),
            ("", "resource", ""),
        ] {
            assert_eq!(in_cluster(path), (kind, name.into()), "{path}");
        }
    }

    #[test]
    fn resources_by_kind() {
        let address = "sync@acme-prod.iam.gserviceaccount.com";
        for (name, kind, shown) in [
            ("projects/acme-prod", "project", "projects/acme-prod"),
            ("projects/-/serviceAccounts/1055371031", "service_account", address),
            (
                "projects/-/serviceAccounts/1055371031/keys/0a1b",
                "access_key",
                "sync@acme-prod.iam.gserviceaccount.com/keys/0a1b",
            ),
            (
                "projects/1/locations/global/keys/7c",
                "api_key",
                "projects/1/locations/global/keys/7c",
            ),
            ("projects/1/secrets/db/versions/3", "secret", "projects/1/secrets/db/versions/3"),
            ("projects/_/buckets/b/objects/o/p", "object", "projects/_/buckets/b/objects/o/p"),
            ("projects/_/buckets/b", "bucket", "projects/_/buckets/b"),
            ("keys", "resource", "keys"),
            ("", "resource", ""),
        ] {
            assert_eq!(resource(name, Some(address)), (kind, shown.into()), "{name}");
        }
    }
}
