//! Backstage catalogues: groups are teams, users are people, components with a repository are pipelines.
//!
//! | Entity | Becomes |
//! | --- | --- |
//! | `Group` | a team; its members approve, its parent is the fallback |
//! | `User` | a person, where an annotation says what a provider calls them |
//! | `Component` with a repository | the pipeline of that repository, owned as the component is |
//! | others with an owner | nothing: they name no principal |
//!
//! Source: <https://backstage.io/docs/features/software-catalog/well-known-annotations/>

use super::{Imported, Person, slug, workflows};
use interlock_model::IdentityId;
use serde_json::Value;
use std::collections::BTreeSet;

/// What annotations call a person at a provider.
const PEOPLE: [(&str, &str); 3] = [
    ("graph.microsoft.com/user-id", "entra"),
    ("github.com/user-login", "github"),
    ("google.com/email", "google"),
];
/// Sorts of entities that own nothing and are owned by nobody who could act.
const QUIET: [&str; 4] = ["Location", "Template", "Domain", "System"];

/// Reads the entities of one file, which may hold many documents.
#[must_use]
pub fn backstage(text: &str) -> Imported {
    let mut it = Imported::default();
    let documents: Vec<Value> = match serde_saphyr::from_multiple(text) {
        Ok(documents) => documents,
        Err(error) => {
            let why = error.without_snippet().to_string();
            let why = why.lines().next().unwrap_or_default().to_owned();
            it.skipped.push(format!("not readable as YAML: {why}"));
            return it;
        }
    };
    for (index, entity) in documents.iter().enumerate().filter(|it| !it.1.is_null()) {
        read(&mut it, index, entity);
    }
    // Only who is known may approve: an approver of another name would be taken for a typing mistake.
    let people: BTreeSet<String> =
        it.identities.values().filter(|it| it.kind == "human").map(|it| it.name.clone()).collect();
    for team in it.teams.values_mut() {
        for gone in team.approvers.difference(&people) {
            it.skipped.push(format!("`{gone}` of `{}` is no person that is known", team.id));
        }
        team.approvers.retain(|it| people.contains(it));
    }
    // A team is somebody to reach, also when the catalogue does not say how.
    for team in it.teams.values_mut().filter(|it| it.contact.is_empty()) {
        team.contact = format!("group {} of the catalogue", team.name);
    }
    it
}

fn read(it: &mut Imported, index: usize, entity: &Value) {
    let text = |at: &Value, key: &str| at.get(key)?.as_str().map(str::to_owned);
    let (meta, spec) = (&entity["metadata"], &entity["spec"]);
    let (Some(kind), Some(name)) = (text(entity, "kind"), text(meta, "name")) else {
        it.skipped.push(format!("document {index} has no `kind` or no `metadata.name`"));
        return;
    };
    match kind.as_str() {
        "Group" => group(it, &name, spec),
        "User" => person(it, &name, meta, spec),
        "Component" => component(it, &name, meta, spec),
        quiet if QUIET.contains(&quiet) => {}
        _ if spec.get("owner").is_some() => {
            it.skipped.push(format!("{} `{}` names no principal", shown(&kind), shown(&name)));
        }
        _ => {}
    }
}

fn group(it: &mut Imported, name: &str, spec: &Value) {
    let parent = spec["parent"].as_str().map(reference);
    let fallback =
        parent.filter(|it| slug(it) != slug(name)).and_then(|parent| it.team_id(&parent, ""));
    let Some(team) = it.team(name) else {
        it.skipped.push(format!("Group `{}` has no name that an id can be made of", shown(name)));
        return;
    };
    let profile = &spec["profile"];
    if let Some(name) = profile["displayName"].as_str() {
        team.name = shown(name);
    }
    if let Some(address) = profile["email"].as_str() {
        team.contact = shown(address);
    }
    let members = spec["members"].as_array().into_iter().flatten();
    team.approvers.extend(members.filter_map(Value::as_str).map(reference));
    team.fallback = fallback;
}

fn person(it: &mut Imported, name: &str, meta: &Value, spec: &Value) {
    for team in spec["memberOf"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let team = reference(team);
        if it.team_id(&team, "").is_some()
            && let Some(team) = it.team(&team)
        {
            team.approvers.insert(name.to_owned());
        }
    }
    let annotations = &meta["annotations"];
    let principals: BTreeSet<String> = PEOPLE
        .iter()
        .filter_map(|(key, provider)| {
            let name = annotations.get(*key)?.as_str()?.trim();
            let name = if *provider == "github" { name.to_owned() } else { name.to_lowercase() };
            fit(&name).then(|| format!("{provider}:{name}"))
        })
        .collect();
    if principals.is_empty() {
        it.skipped
            .push(format!("User `{}` says of no provider what they are called there", shown(name)));
        return;
    }
    named(it, name, "", "human", None, principals);
}

fn component(it: &mut Imported, name: &str, meta: &Value, spec: &Value) {
    let annotations = &meta["annotations"];
    let slug = annotations["github.com/project-slug"].as_str().map(str::to_owned).or_else(|| {
        let location = annotations["backstage.io/source-location"].as_str()?;
        let path = location.trim_start_matches("url:").strip_prefix("https://github.com/")?;
        let mut parts = path.split('/');
        Some(format!("{}/{}", parts.next()?, parts.next()?))
    });
    let Some(subject) = slug.as_deref().and_then(workflows) else {
        let why = "names no repository: what runs it is not known";
        it.skipped.push(format!("Component `{}` {why}", shown(name)));
        return;
    };
    let owner = spec["owner"].as_str().map(reference);
    let owner = owner.and_then(|owner| it.team_id(&owner, ""));
    if owner.is_none() {
        it.skipped.push(format!("Component `{}` names no owner", shown(name)));
    }
    named(it, name, "-pipeline", "pipeline", owner, [subject].into());
}

fn named(
    it: &mut Imported,
    name: &str,
    ending: &str,
    kind: &'static str,
    owner: Option<String>,
    principals: BTreeSet<String>,
) {
    let id = format!("{}{}{ending}", IdentityId::PREFIX, slug(name));
    if id.parse::<IdentityId>().is_err() {
        it.skipped.push(format!("`{}` is no name that an id can be made of", shown(name)));
        return;
    }
    let name = format!("{}{ending}", shown(name));
    it.identity(Person { id, name, kind, owner, environment: None, principals });
}

/// `group:default/platform` as `platform`.
fn reference(text: &str) -> String {
    let name = text.rsplit(['/', ':']).next().unwrap_or(text);
    shown(name)
}

fn fit(name: &str) -> bool {
    !name.is_empty()
        && !name.chars().any(|it| it.is_whitespace() || it.is_control() || "*?".contains(it))
}

/// Text from outside as a line may hold it.
fn shown(text: &str) -> String {
    text.chars().filter(|it| !it.is_control()).take(100).collect()
}
