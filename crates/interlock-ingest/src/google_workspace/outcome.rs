//! Whether what the record tells took effect.

use super::Path;
use crate::source::Core;
use interlock_model::{Outcome, RefusalStage};

/// The outcome of the record: the Reports API tells of refusals by the event's name.
pub fn read(core: &Core<'_>, application: &str) -> Outcome {
    let names = || core.texts(Path::Name);
    let refused = |code: Option<&str>, name: &str, stage| Outcome::Refused {
        code: code.unwrap_or(name).into(),
        stage,
    };
    for name in names() {
        match (application, name) {
            ("saml", "login_failure") => {
                return refused(core.text(Path::SamlFailure), name, RefusalStage::Permission);
            }
            (_, "login_failure") => {
                return refused(core.text(Path::FailureType), name, RefusalStage::Credential);
            }
            (_, "login_challenge" | "login_verification")
                if core.texts(Path::ChallengeStatus).any(|it| {
                    it.eq_ignore_ascii_case("Challenge Failed") || it.eq_ignore_ascii_case("failed")
                }) =>
            {
                return refused(core.text(Path::ChallengeStatus), name, RefusalStage::Credential);
            }
            // Warnings that tell of no sign-in must never be taken for one.
            (_, "gov_attack_warning" | "user_signed_out_due_to_suspicious_session_cookie") => {
                return refused(None, name, RefusalStage::Credential);
            }
            (_, it) if it.starts_with("account_disabled_") => {
                return refused(None, name, RefusalStage::Credential);
            }
            ("context_aware_access", "ACCESS_DENY_EVENT")
            | (_, "risky_sensitive_action_blocked") => {
                return refused(None, name, RefusalStage::ExplicitDeny);
            }
            _ => {}
        }
    }
    Outcome::Success
}
