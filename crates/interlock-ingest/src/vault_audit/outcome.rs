//! Whether Vault did what it was asked.

use super::paths::Path;
use super::{is_login, stage};
use crate::source::Core;
use interlock_model::{Outcome, RefusalStage};

/// What errors say when the caller is refused, in lower case.
const REFUSALS: [&str; 7] = [
    "permission denied",
    "bad token",
    "invalid token",
    "missing client token",
    "token is expired",
    "access denied",
    "not authorized",
];

/// The outcome of the record.
pub fn read(core: &Core<'_>, path: &str) -> Outcome {
    let answered = core.text(Path::Type) == Some("response");
    let Some(error) = core.text(Path::Error) else {
        return match (core.flag(Path::Allowed), answered) {
            (Some(false), _) => {
                Outcome::Refused { code: "permission denied".into(), stage: stage(core, path) }
            }
            (_, true) => Outcome::Success,
            // It was let in, and nothing came of it yet: the record of its response says more.
            (_, false) => Outcome::Failed { code: "unanswered".into() },
        };
    };
    let code: Box<str> = code(error).into();
    let lower = error.to_ascii_lowercase();
    if REFUSALS.into_iter().any(|it| lower.contains(it)) || core.flag(Path::Allowed) == Some(false)
    {
        Outcome::Refused { code, stage: stage(core, path) }
    } else if is_login(path) {
        // A login has one thing that can be wrong with it as far as its caller goes.
        Outcome::Refused { code, stage: RefusalStage::Credential }
    } else {
        Outcome::Failed { code }
    }
}

/// The first of several errors, which are written as a list.
fn code(error: &str) -> String {
    let listed = error.split_once("* ").map_or(error, |(_, it)| it);
    let line = listed.lines().next().unwrap_or_default().trim();
    line.chars().filter(|it| !it.is_control()).take(80).collect()
}
