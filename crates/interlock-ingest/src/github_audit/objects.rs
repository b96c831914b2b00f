//! What an event acted upon.

use super::actor::whole;
use super::paths::Path;
use crate::source::Core;
use interlock_model::Object;

/// Where each kind of object is named.
const NAMED: [(Path, &str); 14] = [
    (Path::User, "user"),
    (Path::Invitee, "user"),
    (Path::Repository, "repository"),
    (Path::RepositoryOlder, "repository"),
    (Path::Team, "team"),
    (Path::Integration, "app"),
    (Path::ApplicationName, "app"),
    (Path::RulesetName, "ruleset"),
    (Path::Branch, "branch"),
    (Path::Environment, "environment"),
    (Path::RunnerName, "runner"),
    (Path::SecretName, "secret"),
    (Path::Fingerprint, "access_key"),
    (Path::RoleName, "role"),
];

/// Things that are named by a number.
const NUMBERED: [(Path, &str); 4] = [
    (Path::HookId, "webhook"),
    (Path::HookIdOlder, "webhook"),
    (Path::ProgrammaticId, "token"),
    (Path::CredentialId, "token"),
];

/// At most this many objects of one event.
const MOST: usize = 32;

/// The objects of the event, each once.
pub fn read(core: &Core<'_>, action: &str) -> Vec<Object> {
    let mut objects: Vec<Object> = Vec::new();
    let mut add = |kind: &str, name: &str| {
        let known = objects.iter().any(|it| &*it.kind == kind && &*it.name == name);
        if objects.len() < MOST && !known {
            objects.push(Object { kind: kind.into(), name: name.into() });
        }
    };
    for (path, kind) in NAMED {
        for name in core.texts(path).take(MOST) {
            add(kind, name);
        }
    }
    for (path, kind) in NUMBERED {
        if let Some(name) = whole(core, path) {
            add(kind, &name);
        }
    }
    // Secrets of workflows are named by `key`, which elsewhere is a public key.
    if action.contains("_secret")
        && let Some(name) = core.text(Path::Key)
    {
        add("secret", name);
    }
    if action.starts_with("org.") || action.starts_with("business.") {
        for name in [Path::Organisation, Path::Business].into_iter().filter_map(|it| core.text(it))
        {
            add("organization", name);
        }
    }
    objects
}
