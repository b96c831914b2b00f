//! What an action and a connector declare about themselves. Data, so that references, least-privilege
//! lists and the planner all read the same truth.

use interlock_model::{ActionKind, CredentialKind, Operation, Reversal, Shapes, Stops, Target};
use std::time::Duration;

/// What one verb on one provider does, needs, and leaves alive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionSpec {
    /// `<provider>.<verb_object>`: `aws_iam.disable_access_key`.
    pub name: &'static str,
    /// The verb.
    pub kind: ActionKind,
    /// Its part in a recipe.
    pub role: Role,
    /// What it can be aimed at.
    pub target: TargetKind,
    /// One line for people: what it does.
    pub summary: &'static str,
    /// Whether it can be taken back.
    pub reversal: ReversalSpec,
    /// Which access it ends.
    pub stops: Stops,
    /// How long the provider may take to act on it.
    pub settle: Duration,
    /// What stays alive although it holds, in words; empty when nothing does.
    pub leaves: &'static str,
    /// How long what it leaves can live; `None`: nothing is left, or it has no end.
    pub leaves_at_most: Option<Duration>,
    /// What stays alive whatever else is done to the same target. Unlike what is left above, no other
    /// action on it ends that, and no plan keeps silent about it.
    pub beyond: &'static [Left],
    /// Every operation that planning and verifying may call.
    pub reads: &'static [Operation],
    /// The operation that brings the wanted state about.
    pub write: Operation,
    /// The operation that takes it back, when it is another.
    pub restore: Option<Operation>,
    /// Where a new secret goes, for actions that issue one.
    pub delivery: Option<Delivery>,
    /// What went wrong elsewhere and is handled here.
    pub traps: &'static [&'static str],
    /// The vendor's page or the measurement that the claims above rest on.
    pub source: &'static str,
}

/// What an action leaves alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// In words.
    pub what: &'static str,
    /// How long it can live; `None`: it has no end.
    pub at_most: Option<Duration>,
}

/// Where a new secret goes inside the same execution that issues it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    /// The operation that delivers.
    pub operation: Operation,
}

/// The part an action plays in a recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// It answers an intent of its kind on its own.
    Whole,
    /// It issues and delivers a replacement: the first part of a rotation.
    Issue,
}

/// What an action can be aimed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetKind {
    /// A credential of this kind, at this provider.
    Credential(&'static str, CredentialKind),
    /// The same, whose id has one of these shapes: a provider may have several sorts of one kind. `*`
    /// stands for any text; what fits a shape after `!` is none of them.
    CredentialNamed(&'static str, CredentialKind, &'static [&'static str]),
    /// A principal whose name has one of these shapes, at this provider; `*` and `!` as above.
    Principal(&'static str, &'static [&'static str]),
}

impl TargetKind {
    /// Whether the target is of this kind.
    #[must_use]
    pub fn fits(&self, target: &Target) -> bool {
        match (self, target) {
            (Self::Credential(provider, kind), Target::Credential { credential, .. }) => {
                credential.provider() == *provider && credential.kind() == Some(*kind)
            }
            (
                Self::CredentialNamed(provider, kind, shapes),
                Target::Credential { credential, .. },
            ) => {
                credential.provider() == *provider
                    && credential.kind() == Some(*kind)
                    && Shapes(shapes).fit(credential.id())
            }
            (Self::Principal(provider, shapes), Target::Principal { principal }) => {
                &*principal.provider == *provider && Shapes(shapes).fit(&principal.name)
            }
            (Self::Credential(..) | Self::CredentialNamed(..), Target::Principal { .. })
            | (Self::Principal(..), Target::Credential { .. }) => false,
        }
    }
}

/// Whether an action can be taken back, as its spec says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReversalSpec {
    /// The undo puts back exactly what was there.
    Restores {
        /// Whether that makes a stolen credential valid again.
        re_arms: bool,
    },
    /// The undo gives something of equal use.
    Compensates {
        /// What is lost.
        loses: &'static str,
    },
    /// There is none.
    Final {
        /// Why.
        why: &'static str,
    },
}

impl ReversalSpec {
    /// The same, as a step carries it.
    #[must_use]
    pub fn to_model(self) -> Reversal {
        match self {
            Self::Restores { re_arms } => Reversal::Restores { re_arms },
            Self::Compensates { loses } => Reversal::Compensates { loses: loses.to_owned() },
            Self::Final { why } => Reversal::Final { why: why.to_owned() },
        }
    }
}

impl ActionSpec {
    /// Whether planning, verifying or executing may call this operation.
    #[must_use]
    pub fn declares_read(&self, operation: Operation) -> bool {
        self.reads.contains(&operation)
    }

    /// Whether executing may call this operation as its write.
    #[must_use]
    pub fn declares_write(&self, operation: Operation) -> bool {
        self.write == operation || self.restore == Some(operation)
    }
}

/// What one provider's connector declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectorSpec {
    /// The kind, as in the configuration: `aws_iam`.
    pub kind: &'static str,
    /// The provider whose principals it acts on: `aws`.
    pub provider: &'static str,
    /// One line for people.
    pub title: &'static str,
    /// Its actions, sorted by name.
    pub actions: &'static [&'static ActionSpec],
    /// The next boundary around the provider, in words: where access is stopped when what is done here
    /// is undone by others or cannot be done at all.
    pub outer: &'static str,
    /// How it looks for identities; `None` when it cannot.
    pub discovery: Option<&'static DiscoverySpec>,
}

/// How a connector looks for identities, and what it can see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscoverySpec {
    /// One line for people: what it sees.
    pub sees: &'static str,
    /// What the provider does not show, in words; empty when it shows everything.
    pub hides: &'static str,
    /// Every operation that it calls.
    pub reads: &'static [Operation],
    /// The vendor's page or the measurement that the claims above rest on.
    pub source: &'static str,
}

#[cfg(test)]
mod tests {
    use super::TargetKind;
    use interlock_model::{CredentialKind, CredentialRef, Principal, Target};

    #[test]
    fn sorts_of_credentials_are_told_apart_by_their_ids() {
        let of = |id: &str| Target::Credential {
            principal: Principal::new("toy", "ci"),
            credential: CredentialRef::new("toy", CredentialKind::Token, id),
        };
        let named = |shapes| TargetKind::CredentialNamed("toy", CredentialKind::Token, shapes);
        assert!(named(&["pod/*/*"]).fits(&of("pod/ns/web")));
        assert!(!named(&["pod/*/*"]).fits(&of("secret/ns/web")));
        assert!(named(&["*", "!*/*"]).fits(&of("0a-1b")));
        assert!(!named(&["*", "!*/*"]).fits(&of("a/b")));
        assert!(
            !TargetKind::CredentialNamed("toy", CredentialKind::Password, &["*"]).fits(&of("a"))
        );
    }
}
