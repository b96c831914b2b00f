//! Which calls raise whose permissions, and how far: one table for each platform.

mod aws;
mod document;
mod github;
mod google;
mod kubernetes;
mod ldap;
mod microsoft;
mod okta;
mod servers;

use super::{ADMIN_GRANT, GROUP_JOINED, GUARDRAIL_REMOVED, NEW_CREDENTIAL, TRUST_WIDENED};
use crate::behaviour::paths::Paths;
use crate::behaviour::platform::Platform;
use crate::behaviour::{Rule, Seen};
use interlock_model::{FieldPlan, RiskClass};

/// A call that raises permissions.
#[derive(Debug)]
pub struct Grant {
    pub rule: &'static Rule,
    /// How sure a stranger to the case would be that this is no good.
    pub base: f64,
    /// What was done, in words, after the actor's name.
    pub what: String,
    /// The class it raises to.
    pub raises_to: RiskClass,
    /// What came to life or was widened by it.
    pub artefacts: Vec<String>,
    /// Whether the actor gave it to itself.
    pub to_itself: bool,
}

impl Grant {
    /// A grant with this base, of which nothing more is known.
    fn new(rule: &'static Rule, base: f64, raises_to: RiskClass, what: String) -> Self {
        Self { rule, base, what, raises_to, artefacts: Vec::new(), to_itself: false }
    }

    /// Says whom it is about: `names` are what the record calls it.
    fn about(mut self, seen: &Seen<'_>, names: &[&str]) -> Self {
        let names = || names.iter().filter(|it| !it.is_empty());
        self.to_itself = names().any(|it| seen.is_actor(it));
        let shown = names().next().map(|it| (*it).to_owned());
        if let Some(name) = &shown {
            let whom = if self.to_itself { "itself" } else { name.as_str() };
            self.what = format!("{} {whom}", self.what);
        }
        let issued = seen.event.issued.iter().map(|it| it.credential.as_str().to_owned());
        self.artefacts.extend(issued.chain(shown));
        self
    }

    /// The same, with another base where the actor is the one it is about.
    fn own(mut self, base: f64) -> Self {
        if self.to_itself {
            self.base = base;
        }
        self
    }
}

/// The fields that tell.
pub const PATHS: [&[&str]; 7] = [
    aws::PATHS,
    github::PATHS,
    google::PATHS,
    kubernetes::PATHS,
    microsoft::PATHS,
    okta::PATHS,
    servers::PATHS,
];

/// The places of the fields.
#[must_use]
pub fn paths(plan: &FieldPlan) -> Paths {
    let of_calls = crate::behaviour::call::PATHS;
    Paths::new(plan, PATHS.into_iter().chain(of_calls).flatten().copied())
}

/// What this call grants; `None` when it raises nothing.
#[must_use]
pub fn grant(seen: &Seen<'_>, paths: &Paths) -> Option<Grant> {
    match seen.platform {
        Platform::Aws => aws::grant(seen, paths),
        Platform::Azure => microsoft::azure(seen, paths),
        Platform::Entra => microsoft::entra(seen, paths),
        Platform::GitHub => github::grant(seen, paths),
        Platform::GoogleCloud => google::cloud(seen, paths),
        Platform::Workspace => google::workspace(seen, paths),
        Platform::Kubernetes => kubernetes::grant(seen, paths),
        Platform::Okta => okta::grant(seen, paths),
        Platform::PostgreSql => servers::postgresql(seen, paths),
        Platform::Vault => servers::vault(seen, paths),
        Platform::Windows => servers::windows(seen, paths),
        Platform::Ldap => ldap::grant(seen, paths),
        Platform::Other => None,
    }
}

/// The names of what was acted upon, of this kind.
fn objects(seen: &Seen<'_>, kind: &str) -> Vec<String> {
    let same = |it: &&interlock_model::Object| &*it.kind == kind;
    seen.event.objects.iter().filter(same).map(|it| it.name.to_string()).collect()
}

/// The name of the first thing acted upon of one of these kinds.
fn object<'a>(seen: &'a Seen<'_>, kinds: &[&str]) -> &'a str {
    let found = seen.event.objects.iter().find(|it| kinds.contains(&&*it.kind));
    found.map_or("", |it| &it.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_stands_twice() {
        let mut all: Vec<_> = PATHS.iter().copied().flatten().collect();
        all.sort_unstable();
        let count = all.len();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
