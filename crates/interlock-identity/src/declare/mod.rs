//! The directory that people declare: files in, checked declaration and every problem out.

mod check;
mod nearest;
mod node;
mod raw;
mod shape;
mod together;

use crate::glob::Pattern;
use interlock_model::{
    CredentialRef, Criticality, Dependent, Entitlement, Environment, Gravity, IdentityId,
    IdentityKind, LineageEdge, Owner, OwnerId, Principal, Problem, Timestamp,
};
use std::collections::BTreeMap;
use std::sync::Arc;

pub use raw::{
    RawAccount, RawCriticality, RawDependent, RawDirectory, RawEntitlement, RawEnvironment,
    RawEnvironmentName, RawIdentity, RawKind, RawProtected, RawRisk, RawTeam,
};

/// What people declared, checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Declaration {
    /// The identities, in the order of the files.
    pub identities: Vec<DeclaredIdentity>,
    /// The teams.
    pub owners: Vec<Owner>,
    /// What belongs to which environment.
    pub environments: Vec<DeclaredEnvironment>,
    /// What is never contained without a person.
    pub protected: Vec<ProtectedPattern>,
    /// How much hangs on an identity, where that is said.
    pub criticality: BTreeMap<IdentityId, Criticality>,
}

/// One declared identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredIdentity {
    /// Its id.
    pub id: IdentityId,
    /// What sort of actor it is.
    pub kind: IdentityKind,
    /// The name to show.
    pub name: String,
    /// The team that answers for it.
    pub owner: Option<OwnerId>,
    /// Where it acts.
    pub environment: Option<Environment>,
    /// What providers call it.
    pub principals: Vec<Principal>,
    /// Patterns over the text of principals that are it too.
    pub patterns: Vec<Pattern>,
    /// Credentials known beforehand.
    pub credentials: Vec<CredentialRef>,
    /// What breaks if it stops.
    pub dependents: Vec<Dependent>,
    /// Where it came from; `to` may hold wildcards.
    pub lineage: Vec<LineageEdge>,
    /// What it may do.
    pub entitlements: Vec<Entitlement>,
    /// Never contained without a person.
    pub protected: bool,
    /// Since when the person or the purpose behind it is gone.
    pub departed: Option<Timestamp>,
    /// Bait: nobody has a reason to use it.
    pub canary: bool,
    /// Drills may contain it.
    pub for_drills: bool,
}

/// What belongs to one environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredEnvironment {
    /// Which; never [`Environment::Unknown`].
    pub environment: Environment,
    /// Accounts that belong to it as a whole, each with the team that answers for the rest.
    pub accounts: Vec<(Box<str>, Option<OwnerId>)>,
    /// Patterns over names and principals.
    pub names: Vec<Pattern>,
}

/// Something that is never contained without a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtectedPattern {
    /// What it protects.
    pub what: Protected,
    /// Why.
    pub reason: String,
}

/// What a protection is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Protected {
    /// Identities whose id matches.
    Identity(Pattern),
    /// Identities with a principal that matches.
    Principal(Pattern),
    /// The identity that holds this credential.
    Credential(CredentialRef),
}

/// Reads all files of a directory; `(path, text)` each.
///
/// All problems of all files come back at once, each with its bytes.
/// What is sound beside a problem is in the declaration; whether it may be used is the caller's
/// decision: a problem of [`Gravity::Error`] means that something is missing from it.
#[must_use]
pub fn load(files: &[(Arc<str>, String)]) -> (Declaration, Vec<Problem>) {
    let mut problems = Vec::new();
    let schema = schema().to_value();
    let mut documents = Vec::new();
    let mut announced = Vec::new();
    for (path, text) in files {
        match node::Node::read(text) {
            Ok(node) if matches!(node.kind, node::Kind::Null) => {}
            Ok(mut node) => {
                announced.extend(check::team_ids(&node));
                problems.extend(shape::misfits(&schema, &mut node).into_iter().map(|it| Problem {
                    file: Arc::clone(path),
                    span: it.span,
                    gravity: Gravity::Error,
                    what: it.what,
                    help: it.help,
                }));
                documents.push((path, node));
            }
            Err(error) => problems.push(Problem {
                file: Arc::clone(path),
                span: error.span,
                gravity: Gravity::Error,
                what: format!("not readable as YAML: {}", error.why),
                help: None,
            }),
        }
    }
    let declaration = check::check(&documents, announced, &mut problems);
    together::check(&documents, &declaration, &mut problems);
    problems.sort_by(|a, b| {
        let key = |it: &Problem| (Arc::clone(&it.file), it.span.clone().map(|it| it.start));
        key(a).cmp(&key(b)).then_with(|| a.what.cmp(&b.what))
    });
    problems.dedup();
    (declaration, problems)
}

/// The JSON Schema of every file of the directory, for editors.
#[must_use]
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(RawDirectory)
}

#[cfg(test)]
mod tests;
