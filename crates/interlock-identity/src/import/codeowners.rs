//! `CODEOWNERS`: who answers for a repository's workflows answers for what they act as.
//!
//! The last pattern that matches counts, and one without owners means nobody.
//! Source: <https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners>

use super::{Imported, Person, slug, workflows};
use interlock_model::IdentityId;
use interlock_reach::wildcard;

/// Stands for what a repository's workflows are.
const WORKFLOW: &str = ".github/workflows/deploy.yml";

/// Reads the file of one repository, `owner/name`.
#[must_use]
pub fn codeowners(text: &str, repository: &str) -> Imported {
    let mut it = Imported::default();
    let Some(subject) = workflows(repository) else {
        it.skipped
            .push(format!("`{}` is no repository: write `owner/name`", repository.escape_debug()));
        return it;
    };
    let mut owners: Vec<&str> = Vec::new();
    for line in text.lines() {
        let line = line.split(" #").next().unwrap_or_default().trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let mut words = line.split_whitespace();
        if words.next().is_some_and(matches) {
            owners = words.collect();
        }
    }
    let named = owners.first().map(|it| it.trim_start_matches('@'));
    // `@acme/platform`, `@bo`, `bo@example.com`
    let team = named.map(|it| it.split_once('/').map_or(it, |it| it.1));
    let team = team.map(|it| it.split_once('@').map_or(it, |it| it.0));
    let contact = owners.first().copied().unwrap_or_default();
    let Some(owner) = team.and_then(|team| it.team_id(team, contact)) else {
        it.skipped.push(format!("nobody owns the workflows of `{repository}`"));
        return it;
    };
    for other in owners.iter().skip(1) {
        it.skipped.push(format!("`{other}` owns them too: an identity has one owner, the first"));
    }
    let name = format!("{}-pipeline", slug(&repository.replace('/', "-")));
    let id = format!("{}{name}", IdentityId::PREFIX);
    let principals = [subject].into();
    let (kind, owner, environment) = ("pipeline", Some(owner), None);
    it.identity(Person { id, name, kind, owner, environment, principals });
    it
}

/// Whether a pattern is about workflows.
fn matches(pattern: &str) -> bool {
    let anchored = pattern.trim_start_matches('/');
    let folder = anchored.trim_end_matches('/').trim_end_matches("/**");
    let same = |pattern: &str, text: &str| {
        wildcard(pattern, text, |want, have| want == '?' || want == have)
    };
    if folder.contains('/') || pattern.starts_with('/') {
        let inside = format!("{folder}/*");
        return same(folder, WORKFLOW) || same(&inside, WORKFLOW);
    }
    // Without a slash it is the name of a file or folder anywhere.
    WORKFLOW.split('/').any(|part| same(folder, part))
}
