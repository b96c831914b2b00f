//! The stored form: JSON with a version, and the few columns that it is found by.

use crate::StoreError;
use interlock_model::{
    AuditEntry, Case, CaseState, Change, Checkpoint, ContainmentId, Decision, Digest, Discovery,
    Drill, Entry, Finding, Identity, IdentityFacts, InventoryItem, Rejected, Timestamp,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Somebody's attention was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Of which containment, where it is about one.
    pub containment: Option<ContainmentId>,
    /// To whom: an owner's id, or `security`.
    pub to: String,
    /// In words.
    pub text: String,
    /// When.
    pub time: Timestamp,
}

/// One stored object: JSON, and the version of its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Document {
    /// The version of the form, from 1.
    pub version: u32,
    /// The object as JSON.
    pub body: String,
}

/// A noun that is stored.
///
/// When the stored form changes in a way that old programs would misread, `VERSION` grows, the old
/// golden file stays, and a new one is added.
pub(crate) trait Stored: Serialize + DeserializeOwned {
    /// The noun's name, for messages and golden files.
    const KIND: &'static str;
    /// The version that this program writes, and the newest it reads.
    const VERSION: u32 = 1;
}

impl Stored for Identity {
    const KIND: &'static str = "identity";
}
impl Stored for Finding {
    const KIND: &'static str = "finding";
}
impl Stored for Case {
    const KIND: &'static str = "case";
}
impl Stored for Decision {
    const KIND: &'static str = "decision";
}
impl Stored for Entry {
    const KIND: &'static str = "entry";
}
impl Stored for Rejected {
    const KIND: &'static str = "rejected";
}
impl Stored for Drill {
    const KIND: &'static str = "drill";
}
impl Stored for Notice {
    const KIND: &'static str = "notice";
}
impl Stored for InventoryItem {
    const KIND: &'static str = "inventory_item";
}
impl Stored for Discovery {
    const KIND: &'static str = "discovery";
}
impl Stored for IdentityFacts {
    const KIND: &'static str = "identity_facts";
}
impl Stored for AuditEntry {
    const KIND: &'static str = "audit_entry";
}
impl Stored for Checkpoint {
    const KIND: &'static str = "checkpoint";
}

impl Document {
    /// The stored form of this object.
    pub(crate) fn of<T: Stored>(object: &T) -> Result<Self, StoreError> {
        let body = serde_json::to_string(object).map_err(|error| {
            StoreError::corrupt(format!("a new {} has no stored form", T::KIND)).because(error)
        })?;
        Ok(Self { version: T::VERSION, body })
    }

    /// The object of this stored form.
    pub(crate) fn load<T: Stored>(&self) -> Result<T, StoreError> {
        if self.version > T::VERSION {
            return Err(StoreError::TooNew {
                what: format!("a stored {}", T::KIND),
                found: self.version,
                supported: T::VERSION,
            });
        }
        serde_json::from_str(&self.body).map_err(|error| {
            StoreError::corrupt(format!("a stored {} cannot be read", T::KIND)).because(error)
        })
    }

    /// An id for objects that have none: equal objects share it.
    fn digest(&self) -> String {
        Digest::of(self.body.as_bytes()).to_string()
    }
}

/// One change, ready to be stored.
#[derive(Debug)]
pub(crate) enum Put {
    /// Replaces the record of the same id; its history gains the facts when they changed.
    Identity { id: String, document: Document, facts: Document },
    /// Replaces what this connector saw of this principal.
    Inventory { connector: String, principal: String, document: Document },
    /// Replaces how far this connector had looked.
    Discovery { connector: String, document: Document },
    /// Replaces the finding of the same id.
    Finding { id: String, identity: Option<String>, rule: String, time: i64, document: Document },
    /// Replaces the case of the same id; its list of findings only grows.
    Case {
        id: String,
        identity: Option<String>,
        open: bool,
        updated: i64,
        findings: Vec<String>,
        document: Document,
    },
    /// Stays as it is for ever; another one of the same id is a conflict.
    Decision { id: String, case: String, time: i64, document: Document },
    /// The next position of a journal; any other is a conflict.
    Journal { containment: String, sequence: u32, time: i64, document: Document },
    /// Once.
    Rejected { id: String, document: Document },
    /// Replaces the drill of the same connector, action and time.
    Drill { connector: String, action: String, time: i64, document: Document },
    /// Once.
    Notice { id: String, containment: Option<String>, document: Document },
}

impl Put {
    /// The stored form of a change.
    pub(crate) fn of(change: &Change) -> Result<Self, StoreError> {
        Ok(match change {
            Change::Identity { identity } => Self::Identity {
                id: identity.id.to_string(),
                document: Document::of(identity)?,
                facts: Document::of(&IdentityFacts::from(identity))?,
            },
            Change::Inventory { item } => Self::Inventory {
                connector: item.connector.to_string(),
                principal: item.seen.principal.to_string(),
                document: Document::of(&**item)?,
            },
            Change::Discovery { discovery } => Self::Discovery {
                connector: discovery.connector.to_string(),
                document: Document::of(&**discovery)?,
            },
            Change::Finding { finding } => Self::Finding {
                id: finding.id.to_string(),
                identity: finding.resolution.identity().map(ToString::to_string),
                rule: finding.rule.id.to_string(),
                time: finding.time.as_microsecond(),
                document: Document::of(finding)?,
            },
            Change::Case { case } => Self::Case {
                id: case.id.to_string(),
                identity: case.resolution.identity().map(ToString::to_string),
                open: match case.state {
                    CaseState::Open => true,
                    CaseState::Closed { .. } => false,
                },
                updated: case.updated.as_microsecond(),
                findings: case.findings.iter().map(|it| it.id.to_string()).collect(),
                document: Document::of(case)?,
            },
            Change::Decision { decision } => Self::Decision {
                id: decision.id.to_string(),
                case: decision.case.to_string(),
                time: decision.time.as_microsecond(),
                document: Document::of(decision)?,
            },
            Change::Journal { entry } => Self::Journal {
                containment: entry.containment.to_string(),
                sequence: entry.sequence,
                time: entry.time.as_microsecond(),
                document: Document::of(entry)?,
            },
            Change::Rejected { rejected } => {
                let document = Document::of(rejected)?;
                Self::Rejected { id: document.digest(), document }
            }
            Change::Drill { drill } => Self::Drill {
                connector: drill.connector.to_string(),
                action: drill.action.clone(),
                time: drill.time.as_microsecond(),
                document: Document::of(drill)?,
            },
            Change::Notice { containment, to, text, time } => {
                let document = Document::of(&Notice {
                    containment: containment.clone(),
                    to: to.clone(),
                    text: text.clone(),
                    time: *time,
                })?;
                Self::Notice {
                    id: document.digest(),
                    containment: containment.as_ref().map(ToString::to_string),
                    document,
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn a_form_from_the_future_is_refused_by_name() {
        let mut document = Document::of(&sample::identity(1)).unwrap();
        document.version = 2;
        let error = document.load::<Identity>().unwrap_err();
        assert!(matches!(error, StoreError::TooNew { found: 2, supported: 1, .. }));
        assert_eq!(
            error.to_string(),
            "a stored identity has version 2, this program reads up to 1: use the newer program"
        );
    }

    #[test]
    fn a_form_that_is_no_object_is_corrupt() {
        let document = Document { version: 1, body: "{\"id\":\"idn_1\"".to_owned() };
        let error = document.load::<Identity>().unwrap_err();
        assert!(matches!(error, StoreError::Corrupt { source: Some(_), .. }), "{error:?}");
    }
}
