//! Whether a call took effect, was refused, or failed otherwise.

use super::paths::Path;
use crate::source::Core;
use interlock_model::{FieldValue, Outcome, RefusalStage};

/// The canonical codes of Google's interfaces, by number.
const CODES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// The outcome of the entry.
pub fn read(core: &Core<'_>, operation: &str) -> Outcome {
    // Sign-ins say how they ended by what they are called.
    if operation.ends_with(".loginFailure") {
        let code = "loginFailure".into();
        return Outcome::Refused { code, stage: RefusalStage::Credential };
    }
    let message = core.text(Path::StatusMessage).unwrap_or_default();
    match core.number(Path::StatusCode) {
        Some(code) if code != 0.0 => failure(code, message, core.has(Path::Violation)),
        Some(_) | None if refused_throughout(core) => {
            let code = "PERMISSION_DENIED".into();
            Outcome::Refused { code, stage: RefusalStage::Permission }
        }
        Some(_) | None => Outcome::Success,
    }
}

fn failure(code: f64, message: &str, violation: bool) -> Outcome {
    let name = CODES.iter().enumerate().find(|(at, _)| *at as f64 == code).map(|(_, it)| *it);
    // Some services write the status of HTTP.
    let stage = match (name, code) {
        (Some("UNAUTHENTICATED"), _) | (None, 401.0) => RefusalStage::Credential,
        (Some("PERMISSION_DENIED"), _) | (None, 403.0) => {
            let perimeter = violation || message.contains("vpcServiceControls");
            let named = perimeter || message.contains("organization's policy");
            if named || message.contains("deny policy") {
                RefusalStage::ExplicitDeny
            } else {
                RefusalStage::Permission
            }
        }
        _ => {
            let code = name.map_or_else(|| format!("{code}"), ToOwned::to_owned);
            return Outcome::Failed { code: code.into() };
        }
    };
    let code = name.map_or_else(|| format!("{code}"), ToOwned::to_owned);
    Outcome::Refused { code: code.into(), stage }
}

/// Whether no permission that was asked for was granted. Some calls ask for several and need one.
fn refused_throughout(core: &Core<'_>) -> bool {
    let mut asked = core.all(Path::Granted).peekable();
    asked.peek().is_some() && asked.all(|it| it == FieldValue::Bool(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_in_both_counts() {
        use RefusalStage::{Credential, ExplicitDeny, Permission};
        for (code, message, violation, stage) in [
            (7.0, "Permission denied on resource", false, Permission),
            (7.0, "Request is prohibited by organization's policy", false, ExplicitDeny),
            (7.0, "PERMISSION_DENIED", true, ExplicitDeny),
            (16.0, "", false, Credential),
            (401.0, "", false, Credential),
            (403.0, "", false, Permission),
        ] {
            let Outcome::Refused { stage: found, .. } = failure(code, message, violation) else {
                panic!("{code} {message}");
            };
            assert_eq!(found, stage, "{code} {message}");
        }
        let not_found = Outcome::Failed { code: "NOT_FOUND".into() };
        assert_eq!(failure(5.0, "", false), not_found);
        assert_eq!(failure(f64::NAN, "", false), Outcome::Failed { code: "NaN".into() });
    }
}
