//! What a request to the API server was about.

use super::paths::Path;
use crate::source::Core;
use interlock_model::Object;

/// Resources that have a word of their own in the house; the others keep theirs.
const WORDS: [(&str, &str); 14] = [
    ("certificatesigningrequests", "certificate_request"),
    ("clusterrolebindings", "role_binding"),
    ("clusterroles", "role"),
    ("configmaps", "config_map"),
    ("groups", "group"),
    ("mutatingwebhookconfigurations", "admission_webhook"),
    ("namespaces", "namespace"),
    ("nodes", "node"),
    ("pods", "pod"),
    ("rolebindings", "role_binding"),
    ("roles", "role"),
    ("secrets", "secret"),
    ("serviceaccounts", "service_account"),
    ("validatingwebhookconfigurations", "admission_webhook"),
];

/// Where a cluster on AWS keeps which roles and users of AWS are whom in it.
const AWS_AUTH: &str = "kube-system/aws-auth";

/// At most this many objects of one record, so that a long list costs no memory.
const MOST: usize = 32;

/// The object of the request, then the role and the subjects of a binding, then whom the actor posed as.
pub fn read(core: &Core<'_>) -> Vec<Object> {
    let mut objects = Vec::new();
    let mut add = |kind: &str, name: &str| {
        if objects.len() < MOST {
            objects.push(Object { kind: kind.into(), name: name.into() });
        }
    };
    match core.text(Path::Resource) {
        Some(resource) => {
            let kind = WORDS.into_iter().find(|(it, _)| *it == resource).map(|(_, it)| it);
            let name = name(core, resource);
            let kind = match kind {
                Some("config_map") if name == AWS_AUTH => "identity_mapping",
                kind => kind.unwrap_or(resource),
            };
            add(kind, &name);
        }
        None => {
            let path = core.text(Path::RequestUri).and_then(|it| it.split('?').next());
            path.into_iter().for_each(|it| add("path", it));
        }
    }
    if let Some(role) = core.text(Path::RoleName) {
        let namespace =
            core.text(Path::Namespace).filter(|_| core.text(Path::RoleKind) == Some("Role"));
        match namespace {
            Some(namespace) => add("role", &format!("{namespace}/{role}")),
            None => add("role", role),
        }
        core.texts(Path::SubjectNames).take(MOST).for_each(|it| add("subject", it));
    }
    if let Some(name) = core.text(Path::ImpersonatedName) {
        add("impersonated_user", name);
        core.texts(Path::ImpersonatedGroups)
            .take(MOST)
            .for_each(|it| add("impersonated_group", it));
    }
    objects
}

/// `namespace/name`; `*` stands for all of them.
fn name(core: &Core<'_>, resource: &str) -> String {
    let places = [Path::Name, Path::SentName, Path::StoredName];
    let name = places.into_iter().find_map(|it| core.text(it)).unwrap_or("*");
    match core.text(Path::Namespace).filter(|_| resource != "namespaces") {
        Some(namespace) => format!("{namespace}/{name}"),
        None => name.to_owned(),
    }
}
