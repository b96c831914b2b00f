//! Whether what the line tells of took effect. The codes are the same in every language of the server.

use super::Path;
use crate::source::Core;
use interlock_model::{Outcome, RefusalStage};

/// The outcome of the record.
pub fn read(core: &Core<'_>) -> Outcome {
    let code = core.text(Path::StateCode).unwrap_or("00000");
    // Classes of SQLSTATE: success, warning, no data.
    if ["00", "01", "02"].iter().any(|it| code.starts_with(it)) {
        return Outcome::Success;
    }
    match stage(code, core.text(Path::Message).unwrap_or_default()) {
        Some(stage) => Outcome::Refused { code: code.into(), stage },
        None => Outcome::Failed { code: code.into() },
    }
}

/// How far the caller came, when this code refuses it.
fn stage(code: &str, message: &str) -> Option<RefusalStage> {
    match code {
        // Password, certificate, ticket not accepted.
        "28P01" => Some(RefusalStage::Credential),
        // The role was proven first, and then has no LOGIN.
        "28000" if message.contains("is not permitted to log in") => {
            Some(RefusalStage::ExplicitDeny)
        }
        // Nothing was asked of the credential yet.
        "28000" if message.contains("pg_hba.conf") => Some(RefusalStage::Permission),
        "28000" => Some(RefusalStage::Credential),
        "42501" => Some(RefusalStage::Permission),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_say_how_far_the_caller_came() {
        use RefusalStage::{Credential, ExplicitDeny, Permission};
        for (code, message, expected) in [
            ("28P01", "password authentication failed for user \"a\"", Some(Credential)),
            ("28000", "role \"a\" is not permitted to log in", Some(ExplicitDeny)),
            ("28000", "role \"a\" does not exist", Some(Credential)),
            ("28000", "no pg_hba.conf entry for host \"198.51.100.7\"", Some(Permission)),
            ("42501", "permission denied to create role", Some(Permission)),
            ("53300", "too many connections for role \"a\"", None),
            ("57P01", "terminating connection due to administrator command", None),
        ] {
            assert_eq!(stage(code, message), expected, "{code} {message}");
        }
    }
}
