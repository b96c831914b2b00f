//! Whether it took effect, was refused, or failed otherwise.

use super::Class;
use super::paths::Path;
use crate::aws_cloudtrail;
use crate::source::Core;
use interlock_model::{Outcome, RefusalStage};

pub(super) fn read(core: &Core<'_>, class: Class) -> Outcome {
    let error = core.text(Path::ApiError);
    let code =
        error.or_else(|| core.text(Path::StatusCode)).or_else(|| core.text(Path::StatusDetail));
    let status = core.number(Path::StatusId).unwrap_or_default() as u8;
    let failed = match status {
        1 => false,
        2 => true,
        // Unknown, or a status of the product's own.
        _ => {
            error.is_some()
                || core.text(Path::Status).is_some_and(|it| it.eq_ignore_ascii_case("failure"))
        }
    };
    // Denied by a control, or blocked: whatever the status of the record's making.
    let denied = core.number(Path::ActionId) == Some(2.0)
        || matches!(core.number(Path::DispositionId), Some(2.0 | 25.0 | 26.0));
    if !failed && !denied {
        return Outcome::Success;
    }
    let message = core.text(Path::ApiMessage).or_else(|| core.text(Path::ApiOlderMessage));
    let shown: Box<str> = code.or_else(|| core.text(Path::Status)).unwrap_or("Failure").into();
    let http = core.number(Path::ApiCode).unwrap_or_default() as u16;
    let stage = code.and_then(|it| aws_cloudtrail::refusal(it, message.unwrap_or_default()));
    let stage = match (class, stage, http) {
        (Class::Authentication, _, _) => Some(RefusalStage::Credential),
        (_, Some(stage), _) => Some(stage),
        (_, None, 401) => Some(RefusalStage::Credential),
        (_, None, 403) => Some(RefusalStage::Permission),
        (
            Class::AccountChange | Class::UserAccess | Class::GroupManagement | Class::ApiActivity,
            None,
            _,
        ) => denied.then_some(RefusalStage::Permission),
    };
    match stage {
        Some(stage) => Outcome::Refused { code: shown, stage },
        None => Outcome::Failed { code: shown },
    }
}
