//! Whether a call took effect, was refused, or failed otherwise.

use super::paths::Path;
use crate::source::Core;
use interlock_model::{Outcome, RefusalStage};

/// Codes that refuse the credential itself: unknown, switched off, expired, or no proof of anybody.
/// Compared without `Client.`, `Server.` and `Exception` around them.
const REFUSED_CREDENTIALS: [&str; 13] = [
    "AuthFailure",
    "ExpiredToken",
    "IDPRejectedClaim",
    "InvalidAccessKeyId",
    "InvalidAuthentication",
    "InvalidClientTokenId",
    "InvalidIdentityToken",
    "InvalidSecurity",
    "InvalidToken",
    "TokenRefreshRequired",
    "UnrecognizedClient",
    "InvalidUserCredentials",
    "NoAuthHandlerFound",
];

/// Codes that refuse the caller otherwise: for want of a permission, or for a request that was signed badly,
/// which says nothing about the key.
const REFUSED_REQUESTS: [&str; 19] = [
    "AccessDenied",
    "AccessDeniedByPolicy",
    "AccessDeniedForDependency",
    "AccountProblem",
    "AllAccessDisabled",
    "AuthorizationError",
    "AuthorizationHeaderMalformed",
    "Forbidden",
    "IncompleteSignature",
    "InvalidSignature",
    "MissingAuthenticationToken",
    "NotAuthorized",
    "NotSignedUp",
    "OptInRequired",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "Unauthorized",
    "UnauthorizedAccess",
    "UnauthorizedOperation",
];

/// The outcome of the record.
pub fn read(core: &Core<'_>) -> Outcome {
    if let Some(code) = core.text(Path::ErrorCode) {
        let message = core.text(Path::ErrorMessage).unwrap_or_default();
        return match refusal(code, message) {
            Some(stage) => Outcome::Refused { code: code.into(), stage },
            None => Outcome::Failed { code: code.into() },
        };
    }
    // Sign-in events answer in their own way, without an error code.
    let answers = [Path::ConsoleLogin, Path::SwitchRole, Path::CheckMfa, Path::PasswordRecovery];
    if answers.into_iter().any(|it| core.text(it) == Some("Failure")) {
        let code = core.text(Path::ErrorMessage).unwrap_or("Failure").into();
        return Outcome::Refused { code, stage: RefusalStage::Credential };
    }
    Outcome::Success
}

/// How far the caller came, when this code of AWS refuses it.
pub fn refusal(code: &str, message: &str) -> Option<RefusalStage> {
    // Some services put their own name before the code: `ec2.UnauthorizedOperation`.
    let plain = code.rsplit(['.', ':']).next().unwrap_or(code);
    let plain = plain.strip_suffix("Exception").unwrap_or(plain);
    if REFUSED_CREDENTIALS.contains(&plain) {
        Some(RefusalStage::Credential)
    } else if !REFUSED_REQUESTS.contains(&plain) {
        None
    } else if message.contains("explicit deny") {
        Some(RefusalStage::ExplicitDeny)
    } else {
        Some(RefusalStage::Permission)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_in_all_their_spellings() {
        use RefusalStage::{Credential, ExplicitDeny, Permission};
        for (code, message, stage) in [
            ("AccessDenied", "User: x is not authorized to perform: iam:ListUsers", Permission),
            ("AccessDenied", "… with an explicit deny in an identity-based policy", ExplicitDeny),
            ("AccessDeniedException", "", Permission),
            ("Client.UnauthorizedOperation", "", Permission),
            ("ec2.UnauthorizedOperation", "", Permission),
            ("UnauthorizedException", "", Permission),
            ("NotAuthorizedException", "", Permission),
            ("SignatureDoesNotMatch", "", Permission),
            ("MissingAuthenticationTokenException", "", Permission),
            ("UnrecognizedClientException", "", Credential),
            ("InvalidClientTokenId", "", Credential),
            ("ExpiredToken", "", Credential),
            ("ExpiredTokenException", "", Credential),
            ("Client.AuthFailure", "", Credential),
        ] {
            assert_eq!(refusal(code, message), Some(stage), "{code}");
        }
        for code in [
            "NoSuchBucket",
            "ThrottlingException",
            "Client.DryRunOperation",
            "EntityAlreadyExists",
            "",
        ] {
            assert_eq!(refusal(code, ""), None, "{code}");
        }
    }
}
