//! What an event acted upon.

use super::paths::Path;
use crate::source::Core;
use interlock_model::Object;

/// Where each kind of object is named.
const NAMED: [(Path, &str); 15] = [
    (Path::MemberLogin, "user"),
    (Path::MembershipLogin, "user"),
    (Path::BlockedLogin, "user"),
    (Path::InvitedLogin, "user"),
    (Path::InvitedEmail, "user"),
    (Path::TokenOwner, "user"),
    (Path::Repository, "repository"),
    (Path::RepositoriesNames, "repository"),
    (Path::AddedNames, "repository"),
    (Path::TeamSlug, "team"),
    (Path::RuleName, "ruleset"),
    (Path::RulesetName, "ruleset"),
    (Path::RunnerName, "runner"),
    (Path::AlertSecret, "secret"),
    (Path::Enterprise, "organization"),
];

/// At most this many objects of one event.
const MOST: usize = 32;

/// The objects of the event, each once.
pub fn read(core: &Core<'_>, event: &str) -> Vec<Object> {
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
    if core.text(Path::TeamSlug).is_none()
        && let Some(name) = core.text(Path::TeamName)
    {
        add("team", name);
    }
    for (path, kind) in
        [(Path::KeyId, "access_key"), (Path::HookId, "webhook"), (Path::TokenId, "token")]
    {
        if let Some(name) = whole(core, path) {
            add(kind, &name);
        }
    }
    // The app that a delivery goes to stands in every body; it is acted upon only in these.
    if event.starts_with("installation") {
        let slug = core.text(Path::AppSlug).map(Into::into);
        if let Some(name) = slug.or_else(|| whole(core, Path::AppId)) {
            add("app", &name);
        }
    }
    if event.starts_with("org")
        && let Some(name) = core.text(Path::Organisation)
    {
        add("organization", name);
    }
    objects
}

/// A number without a fraction, or a text, as text.
pub fn whole(core: &Core<'_>, path: Path) -> Option<Box<str>> {
    if let Some(text) = core.text(path) {
        return Some(text.into());
    }
    let number = core.number(path)?;
    (number.is_finite() && number >= 1.0).then(|| format!("{number:.0}").into())
}
