//! Whether what the record tells took effect.

use super::{Path, is_judgement};
use crate::source::Core;
use interlock_model::{Outcome, RefusalStage};

/// The outcome of the record.
pub fn read(core: &Core<'_>, kind: &str) -> Outcome {
    let result = core.text(Path::Result);
    let code = || core.text(Path::Reason).or(result).unwrap_or_default().into();
    if is_judgement(core, kind) {
        // Nothing that the user did: must never be taken for a use of what was taken from the user.
        return Outcome::Refused { code: kind.into(), stage: RefusalStage::Credential };
    }
    match result.unwrap_or("SUCCESS") {
        // What is put off was accepted.
        "SUCCESS" | "ALLOW" | "DEFERRED" | "SCHEDULED" => Outcome::Success,
        "DENY" => Outcome::Refused { code: code(), stage: RefusalStage::ExplicitDeny },
        "FAILURE" => match refusal(kind) {
            Some(stage) => Outcome::Refused { code: code(), stage },
            None => Outcome::Failed { code: code() },
        },
        // More proof was asked for, and not given until now.
        "CHALLENGE" | "ABANDONED" | "UNANSWERED" => {
            Outcome::Refused { code: code(), stage: RefusalStage::Credential }
        }
        // `SKIPPED`, `RATE_LIMIT`, `UNKNOWN`, and results of tomorrow.
        _ => Outcome::Failed { code: code() },
    }
}

/// How far the caller came, when a failure of this event type is a refusal.
fn refusal(kind: &str) -> Option<RefusalStage> {
    if ["user.session.access_admin_app", "app.generic.unauth_app_access_attempt"].contains(&kind) {
        return Some(RefusalStage::Permission);
    }
    let proving = [
        "user.session.start",
        "user.authentication.",
        "user.mfa.okta_verify.",
        "app.oauth2.token.",
        "app.oauth2.as.token.",
        "system.api_token.request_outside_allowed_range",
    ];
    proving.iter().any(|it| kind.starts_with(it)).then_some(RefusalStage::Credential)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_of_proof_and_of_permission() {
        use RefusalStage::{Credential, Permission};
        for (kind, stage) in [
            ("user.session.start", Some(Credential)),
            ("user.authentication.auth_via_mfa", Some(Credential)),
            ("app.oauth2.token.grant", Some(Credential)),
            ("app.oauth2.as.token.grant.access_token", Some(Credential)),
            ("user.session.access_admin_app", Some(Permission)),
            ("app.generic.unauth_app_access_attempt", Some(Permission)),
            ("user.lifecycle.create", None),
            ("user.session.end", None),
        ] {
            assert_eq!(refusal(kind), stage, "{kind}");
        }
    }
}
