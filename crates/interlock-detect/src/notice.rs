//! What is said once about an identity that a finding accuses: that it has no owner, is
//! ambiguous, or unknown. No finding stands without an owner or a word about which is missing.

use crate::behaviour::{Key, Memory, Row, RowReader, RowWriter, Table};
use crate::ledger::Draft;
use crate::snapshot::{Reader, RestoreError, Writer};
use interlock_model::{
    Binding, Confidence, FindingSource, Identity, Ownership, Resolution, RuleRef, Severity,
};

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
    ) -> Option<Draft> {
        let draft = missing(subject, binding, identity)?;
        let key = Key::of(&[&draft.rule.id, subject]);
        if let Some(told) = self.told.get_mut(key) {
            told.0 = told.0.max(second);
            return None;
        }
        self.told.row(key, || Told(second));
        Some(draft)
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

fn missing(subject: &str, binding: &Binding, identity: Option<&Identity>) -> Option<Draft> {
    let mut facts = Vec::new();
    let (id, name, title) = match &binding.resolution {
        Resolution::Known { .. } | Resolution::Undeclared { .. } => {
            let owner = identity.map(|it| &it.owner);
            if matches!(owner, Some(Ownership::Declared { .. } | Ownership::Inferred { .. })) {
                return None;
            }
            let name = identity.map_or(subject, |it| &it.name);
            (
                "unowned_identity",
                "Identity without an owner",
                format!("nobody is known to own `{name}`"),
            )
        }
        Resolution::Ambiguous { candidates } => {
            facts.extend(candidates.iter().map(|it| ("candidate".to_owned(), it.to_string())));
            let title = format!("`{subject}` is claimed by {} identities", candidates.len());
            ("ambiguous_identity", "Ambiguous identity", title)
        }
        Resolution::Unknown => (
            "unknown_identity",
            "Unknown identity",
            format!("the record does not say who `{subject}` is"),
        ),
    };
    facts.push(("missing".to_owned(), "an owner who answers for it".to_owned()));
    Some(Draft {
        rule: RuleRef { id: id.into(), name: name.into(), source: FindingSource::Behaviour },
        title,
        // It accuses nobody: it must not make a case any surer.
        confidence: Confidence::new(0.0),
        severity: Severity::Informational,
        techniques: Vec::new(),
        facts,
        response: None,
    })
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
