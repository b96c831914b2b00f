//! What can be ended here alone, instead of a principal as a whole: a way in, a session.

use crate::compose::ways;
use crate::{ConnectorInstance, Role};
use interlock_model::{ActionKind, Finding, Principal, Target};

/// The ways by which the sessions of these findings came in, that can be closed each alone.
#[must_use]
pub fn ways_in(findings: &[Finding], connectors: &[ConnectorInstance]) -> Vec<Target> {
    let ways = findings.iter().filter_map(Finding::way_in);
    alone(ways, (ActionKind::DisableCredential, ActionKind::BlockPrincipal), connectors)
}

/// The sessions that these findings accuse, that can be ended each alone.
#[must_use]
pub fn sessions(findings: &[Finding], connectors: &[ConnectorInstance]) -> Vec<Target> {
    let all = findings.iter().filter_map(Finding::one_session);
    alone(all, (ActionKind::RevokeSessions, ActionKind::RevokeSessions), connectors)
}

/// Whether the verb itself can be aimed at this credential.
#[must_use]
pub fn takes(kind: ActionKind, credential: &Target, connectors: &[ConnectorInstance]) -> bool {
    enforced(kind, credential, connectors).is_some()
}

/// Those of these principals at which `delete_credential` can be aimed itself, where no credential is named:
/// a client of an authorization server, the application passwords of an account.
#[must_use]
pub fn deletes<'p>(
    principals: impl Iterator<Item = &'p Principal>,
    connectors: &[ConnectorInstance],
) -> Vec<Target> {
    let whole = principals.map(|it| Target::Principal { principal: it.clone() });
    whole.filter(|it| enforced(ActionKind::DeleteCredential, it, connectors).is_some()).collect()
}

/// Those that the connector that would be asked may end by the first of these verbs, each once.
fn alone(
    targets: impl Iterator<Item = Target>,
    verbs: (ActionKind, ActionKind),
    connectors: &[ConnectorInstance],
) -> Vec<Target> {
    let mut all = Vec::new();
    for target in targets {
        if !all.contains(&target) && ends(&target, verbs, connectors) {
            all.push(target);
        }
    }
    all
}

/// Whether the connector that would be asked may do the first of these verbs to this.
///
/// Also when it may not, but may not do the second to the whole principal either: then a plan is shown
/// and not carried out, and it is the smaller one.
fn ends(
    target: &Target,
    (alone, whole): (ActionKind, ActionKind),
    connectors: &[ConnectorInstance],
) -> bool {
    let principal = Target::Principal { principal: target.principal().clone() };
    match enforced(alone, target, connectors) {
        Some(true) => true,
        Some(false) => enforced(whole, &principal, connectors) != Some(true),
        None => false,
    }
}

/// Whether the connector that would be asked may write this; `None` when there is none.
fn enforced(kind: ActionKind, target: &Target, connectors: &[ConnectorInstance]) -> Option<bool> {
    let mut able = ways(target, connectors)
        .filter(|(_, action)| action.kind == kind && action.role == Role::Whole);
    able.next().map(|(connector, _)| connector.enforce.contains(&kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ActionSpec, ConnectorSpec, ReversalSpec, TargetKind};
    use ActionKind::{BlockPrincipal, DisableCredential};
    use interlock_model::{
        ConnectorId, CredentialKind, CredentialRef, Operation, Principal, Stops,
    };
    use std::time::Duration;

    const fn spec(kind: ActionKind, target: TargetKind) -> ActionSpec {
        ActionSpec {
            name: "toy.act",
            kind,
            role: Role::Whole,
            target,
            summary: "toy",
            reversal: ReversalSpec::Restores { re_arms: false },
            stops: Stops { new: true, refresh: false, live: false },
            settle: Duration::ZERO,
            leaves: "",
            leaves_at_most: None,
            beyond: &[],
            reads: &[],
            write: Operation("toy:Set"),
            restore: None,
            delivery: None,
            traps: &[],
            source: "a toy",
        }
    }

    static BLOCK: ActionSpec = spec(BlockPrincipal, TargetKind::Principal("toy", &["*"]));
    static CLOSE: ActionSpec = spec(
        DisableCredential,
        TargetKind::CredentialNamed("toy", CredentialKind::Token, &["web-identity/*:*"]),
    );
    static KEY: ActionSpec =
        spec(DisableCredential, TargetKind::Credential("toy", CredentialKind::AccessKey));
    const fn connector(actions: &'static [&'static ActionSpec]) -> ConnectorSpec {
        let (kind, provider, title, outer) = ("toy", "toy", "a toy", "nothing");
        ConnectorSpec { kind, provider, title, actions, outer, discovery: None }
    }
    static BOTH: ConnectorSpec = connector(&[&BLOCK, &CLOSE, &KEY]);
    static NO_WAY: ConnectorSpec = connector(&[&BLOCK, &KEY]);

    fn instance(
        spec: &'static ConnectorSpec,
        scope: &str,
        enforce: &[ActionKind],
    ) -> ConnectorInstance {
        ConnectorInstance {
            id: ConnectorId("toy".into()),
            spec,
            scope: vec![scope.into()],
            enforce: enforce.to_vec(),
            settle_seconds: None,
        }
    }

    #[test]
    fn a_way_is_closed_alone_only_where_that_is_no_less() {
        let subject = Principal::new("github", "repo:acme/shop:ref:refs/heads/main");
        let credential = CredentialRef::web_identity("toy", &subject).unwrap();
        let principal = Principal::new("toy", "here:role/ci");
        let way = Target::Credential { principal, credential };
        let here = |spec, enforce| instance(spec, "here", enforce);
        for (title, connectors, expected) in [
            ("nobody", vec![], false),
            ("both", vec![here(&BOTH, &[BlockPrincipal, DisableCredential])], true),
            ("the way only", vec![here(&BOTH, &[DisableCredential])], true),
            ("the whole only", vec![here(&BOTH, &[BlockPrincipal])], false),
            ("neither", vec![here(&BOTH, &[])], true),
            ("unable", vec![here(&NO_WAY, &[BlockPrincipal, DisableCredential])], false),
            ("elsewhere", vec![instance(&BOTH, "there", &[DisableCredential])], false),
            (
                "the first is asked",
                vec![here(&BOTH, &[BlockPrincipal]), here(&BOTH, &[DisableCredential])],
                false,
            ),
            (
                "the first that can",
                vec![here(&NO_WAY, &[BlockPrincipal]), here(&BOTH, &[DisableCredential])],
                true,
            ),
        ] {
            let verbs = (DisableCredential, BlockPrincipal);
            assert_eq!(ends(&way, verbs, &connectors), expected, "{title}");
        }
    }
}
