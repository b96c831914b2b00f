//! What a change must bring: an identity is declared with its owner, its environment, and a way to revoke it.

use super::Config;
use crate::connectors;
use crate::content::{Files, Named};
use interlock_contain::{ConnectorInstance, ways};
use interlock_identity::{DeclaredIdentity, Directory};
use interlock_model::{ActionKind, Environment, Gravity, Ownership, Principal, Problem, Target};
use std::ops::Range;
use std::path::Path;

/// What is missing of the declared identities, one problem each.
#[must_use]
pub fn check(dir: &Path, config: &Config) -> Vec<Problem> {
    let files = Files::read(dir, &mut Vec::new());
    let directory = Directory::new(config.content.declaration.clone());
    let connectors = connectors::instances(&config.connectors);
    let mut problems = Vec::new();
    for declared in &config.content.declaration.identities {
        let Some(identity) = directory.identity(&declared.id) else { continue };
        let mut say = |what: String, help: &str| {
            let (file, span) = place(&files.directory, declared.id.as_str());
            problems.push(Problem {
                file: dir.join(file).to_string_lossy().into(),
                span,
                gravity: Gravity::Error,
                what: format!("identity `{}`: {what}", declared.id),
                help: Some(help.to_owned()),
            });
        };
        if identity.owner == Ownership::Unowned {
            say("nobody answers for it".to_owned(), "name its `owner`");
        }
        if identity.environment == Environment::Unknown {
            say(
                "nothing says where it acts".to_owned(),
                "name its `environment`, or that of its account in `environments`",
            );
        }
        for what in irrevocable(declared, &connectors) {
            say(
                format!("no connector can revoke {what}"),
                "configure a connector that reaches it, and the verbs in its `enforce`",
            );
        }
    }
    problems
}

/// The principals and credentials of an identity that nothing here may end.
fn irrevocable(declared: &DeclaredIdentity, connectors: &[ConnectorInstance]) -> Vec<String> {
    let ends = |target: &Target| {
        ways(target, connectors).any(|(connector, action)| {
            action.kind != ActionKind::Restore && connector.enforce.contains(&action.kind)
        })
    };
    let mut found = Vec::new();
    for principal in &declared.principals {
        if !ends(&Target::Principal { principal: principal.clone() }) {
            found.push(format!("principal `{principal}`"));
        }
    }
    for credential in &declared.credentials {
        let of = |it: &&Principal| &*it.provider == credential.provider();
        let Some(principal) = declared.principals.iter().find(of) else { continue };
        let target =
            Target::Credential { credential: credential.clone(), principal: principal.clone() };
        if !ends(&target) {
            found.push(format!("credential `{credential}`"));
        }
    }
    found
}

/// Where an id stands in the files, as a word of its own.
fn place<'f>(files: &'f [Named], id: &str) -> (&'f str, Option<Range<usize>>) {
    for (file, text) in files {
        let bytes = text.as_bytes();
        let inside = |at: usize| {
            bytes.get(at).is_some_and(|it| it.is_ascii_alphanumeric() || b"_-.".contains(it))
        };
        let mut starts = text.match_indices(id).map(|it| it.0);
        let whole = starts.find(|at| {
            let before = at.checked_sub(1).is_some_and(inside);
            !before && !inside(at + id.len())
        });
        if let Some(at) = whole {
            return (file, Some(at..at + id.len()));
        }
    }
    ("content/directory", None)
}
