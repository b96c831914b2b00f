//! What is said once about an identity that a finding accuses: that it has no owner, is
//! ambiguous, or unknown. No finding stands without an owner or a word about which is missing.

use crate::behaviour::{Key, Memory, Row, RowReader, RowWriter, Table};
use crate::ledger::{Draft, Lasts};
use crate::snapshot::{Reader, RestoreError, Writer};
use interlock_model::{
    Binding, Confidence, FindingSource, Identity, IdentityId, Ownership, Resolution, RuleRef,
    Severity,
};
use std::borrow::Cow;

/// For whom it was said.
#[derive(Debug)]
pub(crate) struct Notices {
    told: Table<Told>,
}

/// When it was last due.
#[derive(Debug)]
struct Told(u32);

impl Notices {
    pub(crate) fn new(identities: usize) -> Self {
        Self { told: Table::new(identities) }
    }

    /// What must be said about this subject, unless it was said before.
    pub(crate) fn due(
        &mut self,
        subject: &str,
        binding: &Binding,
        identity: Option<&Identity>,
        second: u32,
    ) -> Option<Draft<'static>> {
        let missing = Missing::of(binding, identity)?;
        let key = Key::of(&[missing.rule().0, subject]);
        if let Some(told) = self.told.get_mut(key) {
            told.0 = told.0.max(second);
            return None;
        }
        self.told.row(key, || Told(second));
        Some(missing.draft(subject, identity))
    }

    pub(crate) fn memory(&self) -> Memory {
        self.told.memory()
    }

    pub(crate) fn forget_before(&mut self, second: u32) {
        self.told.forget_before(second);
    }

    pub(crate) fn write(&self, to: &mut Writer) {
        self.told.write(to);
    }

    pub(crate) fn read(&mut self, from: &mut Reader<'_>) -> Result<(), RestoreError> {
        self.told.read(from)
    }
}

/// What is missing about an accused.
#[derive(Debug, Clone, Copy)]
enum Missing<'b> {
    Owner,
    /// One of these it must be.
    Certainty(&'b [IdentityId]),
    Name,
}

impl<'b> Missing<'b> {
    fn of(binding: &'b Binding, identity: Option<&Identity>) -> Option<Self> {
        match &binding.resolution {
            Resolution::Known { .. } | Resolution::Undeclared { .. } => {
                let owner = identity.map(|it| &it.owner);
                let owned =
                    matches!(owner, Some(Ownership::Declared { .. } | Ownership::Inferred { .. }));
                (!owned).then_some(Self::Owner)
            }
            Resolution::Ambiguous { candidates } => Some(Self::Certainty(candidates)),
            Resolution::Unknown => Some(Self::Name),
        }
    }

    /// The id and the name of the finding.
    const fn rule(self) -> (&'static str, &'static str) {
        match self {
            Self::Owner => ("unowned_identity", "Identity without an owner"),
            Self::Certainty(_) => ("ambiguous_identity", "Ambiguous identity"),
            Self::Name => ("unknown_identity", "Unknown identity"),
        }
    }

    fn draft(self, subject: &str, identity: Option<&Identity>) -> Draft<'static> {
        let mut facts = Vec::new();
        let title = match self {
            Self::Owner => {
                let name = identity.map_or(subject, |it| &it.name);
                format!("nobody is known to own `{name}`")
            }
            Self::Certainty(candidates) => {
                facts.extend(candidates.iter().map(|it| ("candidate".to_owned(), it.to_string())));
                format!("`{subject}` is claimed by {} identities", candidates.len())
            }
            Self::Name => format!("the record does not say who `{subject}` is"),
        };
        facts.push(("missing".to_owned(), "an owner who answers for it".to_owned()));
        let (id, name) = self.rule();
        Draft {
            rule: Cow::Owned(RuleRef {
                id: id.into(),
                name: name.into(),
                source: FindingSource::Behaviour,
            }),
            title: Cow::Owned(title),
            // It accuses nobody: it must not make a case any surer.
            confidence: Confidence::new(0.0),
            severity: Severity::Informational,
            techniques: Cow::default(),
            facts,
            response: None,
            lasts: Lasts::Hour,
        }
    }
}

impl Row for Told {
    fn last(&self) -> u32 {
        self.0
    }

    fn heap(&self) -> usize {
        0
    }

    fn write(&self, to: &mut RowWriter) {
        to.second(self.0);
    }

    fn read(from: &mut RowReader<'_>) -> Result<Self, RestoreError> {
        from.second().map(Self)
    }
}
