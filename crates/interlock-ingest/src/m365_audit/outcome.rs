//! Whether an operation took effect, was refused, or failed otherwise.

use super::paths::Path;
use crate::microsoft_names::{Formed, short};
use interlock_model::{Outcome, RefusalStage};

/// Reasons of a failed sign-in that were accepted so far and go on elsewhere.
const INTERRUPTED: [&str; 4] = [
    "UserStrongAuthClientAuthNRequiredInterrupt",
    "UserStrongAuthEnrollmentRequiredInterrupt",
    "InteractionRequired",
    "KmsiInterrupt",
];

/// The outcome of the record.
pub fn read(it: Formed<'_>, operation: &str) -> Outcome {
    if operation == "UserLoginFailed" {
        let code = it.first([Path::LogonError, Path::ErrorNumber]).unwrap_or("UserLoginFailed");
        return sign_in(code);
    }
    let status = it.text(Path::Status).unwrap_or_default();
    let good = ["", "true", "succeeded", "success", "partiallysucceeded"];
    if good.iter().any(|it| it.eq_ignore_ascii_case(status)) {
        return Outcome::Success;
    }
    let code = short(status).into();
    if ["denied", "unauthorized", "forbidden"].iter().any(|it| status.eq_ignore_ascii_case(it)) {
        return Outcome::Refused { code, stage: RefusalStage::Permission };
    }
    Outcome::Failed { code }
}

fn sign_in(error: &str) -> Outcome {
    let code: Box<str> = short(error).into();
    if INTERRUPTED.contains(&error) {
        return Outcome::Failed { code };
    }
    let denied = error.starts_with("Blocked") || error.starts_with("DelegationDoesNotExist");
    let stage = if denied { RefusalStage::ExplicitDeny } else { RefusalStage::Credential };
    Outcome::Refused { code, stage }
}
