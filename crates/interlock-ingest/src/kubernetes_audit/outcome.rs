//! Whether the API server did what it was asked.

use super::paths::Path;
use crate::source::Core;
use interlock_model::{Outcome, RefusalStage};

/// Whether the record speaks of an answer; one that was just received has none yet.
pub fn is_answered(core: &Core<'_>) -> bool {
    core.text(Path::Stage) != Some("RequestReceived")
}

/// The outcome of the record.
pub fn read(core: &Core<'_>) -> Outcome {
    if !is_answered(core) {
        // It was let in, and nothing came of it yet: the record of its answer says more.
        return Outcome::Failed { code: "unanswered".into() };
    }
    let number = core.number(Path::Code).filter(|it| it.is_finite());
    let code = || -> Box<str> {
        match (core.text(Path::Reason), number) {
            (Some(reason), _) => reason.into(),
            (None, Some(number)) => format!("{number}").into(),
            (None, None) => "Forbidden".into(),
        }
    };
    let decision = core.text(Path::Decision);
    match number {
        Some(401.0) => Outcome::Refused { code: code(), stage: RefusalStage::Credential },
        // Let through by the roles, and stopped by name: by admission, or a policy of it.
        Some(403.0) if decision == Some("allow") => {
            Outcome::Refused { code: code(), stage: RefusalStage::ExplicitDeny }
        }
        Some(403.0) => Outcome::Refused { code: code(), stage: RefusalStage::Permission },
        Some(number) if number >= 400.0 => Outcome::Failed { code: code() },
        None if decision == Some("forbid") => {
            Outcome::Refused { code: code(), stage: RefusalStage::Permission }
        }
        _ if core.text(Path::Stage) == Some("Panic") => Outcome::Failed { code: "Panic".into() },
        Some(_) | None => Outcome::Success,
    }
}
