//! From a declaration to a spec that lives as long as the process.
//!
//! Every other spec is a `static`. A declared one is known when the configuration is read, and is leaked
//! then, once: equal declarations share one spec, so that reading a configuration again costs nothing.
//! The reasons are in `docs/decisions/0019-declared-verbs.md`.

use interlock_contain::{ActionSpec, ConnectorSpec, ReversalSpec, Role, TargetKind};
use interlock_model::{ActionKind, CredentialKind, Operation, Stops};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Who declares a connector knows the system; what stands around it the declaration does not say.
const OUTER: &str = "the administration of the system that the declaration is about";

/// What one connector of declared verbs says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// The kind of connector: `command` or `webhook`.
    pub kind: &'static str,
    /// The provider whose principals and credentials it acts on.
    pub provider: String,
    /// One line for people.
    pub title: String,
    /// Its verbs.
    pub verbs: Vec<VerbDeclaration>,
}

/// What one verb says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerbDeclaration {
    /// Its name, unique in its connector: `remove_key`.
    pub name: String,
    /// What it does, in the house's words.
    pub does: ActionKind,
    /// What it can be aimed at.
    pub aim: Aim,
    /// One line for people.
    pub summary: String,
    /// Whether it can be taken back, and whether that makes what was stolen valid again.
    pub undo: Option<ReArms>,
    /// Whether it can try if access is really refused.
    pub probe: bool,
    /// Which access it ends.
    pub stops: Stops,
    /// How long it may take to act.
    pub settle: Duration,
    /// What stays alive; empty: nothing does.
    pub leaves: String,
    /// How long that can live.
    pub leaves_at_most: Option<Duration>,
}

/// Whether an undo makes what was stolen valid again.
pub type ReArms = bool;

/// What a verb can be aimed at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Aim {
    /// Credentials of this kind.
    Credential(CredentialKind),
    /// Principals whose names have one of these shapes; `*` stands for any text.
    Principal(Vec<String>),
}

/// What was declared so far.
static KNOWN: Mutex<Vec<(Declaration, &'static ConnectorSpec)>> = Mutex::new(Vec::new());

/// The spec of a declaration; the same one for an equal declaration.
#[must_use]
pub fn intern(declaration: &Declaration) -> &'static ConnectorSpec {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, spec)) = known.iter().find(|it| it.0 == *declaration) {
        return spec;
    }
    let spec = leak(declaration);
    known.push((declaration.clone(), spec));
    spec
}

fn text(text: &str) -> &'static str {
    Box::leak(Box::from(text))
}

fn leak(of: &Declaration) -> &'static ConnectorSpec {
    let provider = text(&of.provider);
    let mut actions: Vec<&'static ActionSpec> =
        of.verbs.iter().map(|it| &*Box::leak(Box::new(action(of.kind, provider, it)))).collect();
    actions.sort_by_key(|it| it.name);
    let spec = ConnectorSpec {
        kind: of.kind,
        provider,
        title: text(&of.title),
        outer: OUTER,
        discovery: None,
        actions: Box::leak(actions.into_boxed_slice()),
    };
    Box::leak(Box::new(spec))
}

fn action(kind: &str, provider: &'static str, verb: &VerbDeclaration) -> ActionSpec {
    let operation = |call: &str| Operation(text(&format!("{}.{call}", verb.name)));
    // INVARIANT: `Call::operation` takes them from here in this order.
    let mut reads = vec![operation("read"), operation("verify")];
    reads.extend(verb.probe.then(|| operation("probe")));
    let target = match &verb.aim {
        Aim::Credential(kind) => TargetKind::Credential(provider, *kind),
        Aim::Principal(shapes) => {
            let shapes: Vec<&'static str> = shapes.iter().map(|it| text(it)).collect();
            TargetKind::Principal(provider, Box::leak(shapes.into_boxed_slice()))
        }
    };
    ActionSpec {
        name: text(&format!("{kind}.{}", verb.name)),
        kind: verb.does,
        role: Role::Whole,
        target,
        summary: text(&verb.summary),
        reversal: match verb.undo {
            Some(re_arms) => ReversalSpec::Restores { re_arms },
            None => ReversalSpec::Final { why: "no `undo` is declared" },
        },
        stops: verb.stops,
        settle: verb.settle,
        leaves: text(&verb.leaves),
        leaves_at_most: verb.leaves_at_most,
        beyond: &[],
        reads: Box::leak(reads.into_boxed_slice()),
        write: operation("write"),
        restore: verb.undo.map(|_| operation("undo")),
        delivery: None,
        traps: &["what it stops and leaves is what its declaration says, not what was measured"],
        source: "interlock.toml",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declaration(summary: &str) -> Declaration {
        Declaration {
            kind: "command",
            provider: "bastion".to_owned(),
            title: "keys".to_owned(),
            verbs: vec![VerbDeclaration {
                name: "remove_key".to_owned(),
                does: ActionKind::DisableCredential,
                aim: Aim::Credential(CredentialKind::AccessKey),
                summary: summary.to_owned(),
                undo: None,
                probe: true,
                stops: Stops::default(),
                settle: Duration::ZERO,
                leaves: "sessions".to_owned(),
                leaves_at_most: None,
            }],
        }
    }

    #[test]
    fn equal_declarations_share_one_spec() {
        let first = intern(&declaration("a"));
        assert!(std::ptr::eq(first, intern(&declaration("a"))));
        assert!(!std::ptr::eq(first, intern(&declaration("b"))));
        let action = first.actions[0];
        assert_eq!(action.name, "command.remove_key");
        assert_eq!(action.reads.len(), 3);
        assert_eq!(action.restore, None);
    }
}
