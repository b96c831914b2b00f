//! Whether a sign-in went through, was refused, or waits for something else.

use super::paths::Path;
use crate::microsoft_names::{Formed, short};
use interlock_model::{Outcome, RefusalStage};

/// Codes that refuse the password, secret, certificate, token or second factor itself, or the account behind it.
///
/// Source: <https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes>.
const REFUSED_CREDENTIALS: [u32; 29] = [
    50_034, 50_053, 50_055, 50_056, 50_057, 50_064, 50_078, 50_089, 50_126, 50_132, 50_133, 50_144,
    50_173, 51_004, 70_008, 70_043, 90_072, 135_004, 500_121, 500_571, 700_016, 700_024, 700_027,
    700_082, 700_084, 700_213, 7_000_215, 7_000_222, 7_000_229,
];

/// Codes of a policy that says no by name: conditional access, a blocked application or tenant.
const DENIED: [u32; 12] = [
    50_020, 50_194, 53_000, 53_001, 53_002, 53_003, 53_004, 53_011, 500_021, 530_032, 530_035,
    7_000_112,
];

/// Codes of a sign-in that was accepted so far and goes on elsewhere: a second factor, consent, another page.
const INTERRUPTED: [u32; 25] = [
    16_000, 16_001, 16_003, 50_058, 50_059, 50_072, 50_074, 50_076, 50_079, 50_097, 50_125, 50_127,
    50_129, 50_140, 50_158, 50_199, 51_006, 52_004, 65_001, 65_004, 81_010, 81_012, 90_094, 90_095,
    502_031,
];

/// The outcome of the sign-in.
pub fn read(it: Formed<'_>) -> Outcome {
    let number = it.number(Path::ErrorCode).or_else(|| it.number(Path::ResultType));
    // Codes are whole and small, so that the cast is exact.
    match number.filter(|it| (0.0..1e9).contains(it)).map(|it| it as u32) {
        Some(0) => Outcome::Success,
        Some(code) => of_code(code),
        None => match it.text(Path::ResultType) {
            Some(word) if word.eq_ignore_ascii_case("failure") => {
                Outcome::Refused { code: short(word).into(), stage: RefusalStage::Permission }
            }
            Some(_) | None => Outcome::Success,
        },
    }
}

/// An unknown code is a refusal that does not say how far the caller came.
fn of_code(number: u32) -> Outcome {
    let code = number.to_string().into();
    if INTERRUPTED.contains(&number) {
        return Outcome::Failed { code };
    }
    let stage = if REFUSED_CREDENTIALS.contains(&number) {
        RefusalStage::Credential
    } else if DENIED.contains(&number) {
        RefusalStage::ExplicitDeny
    } else {
        RefusalStage::Permission
    };
    Outcome::Refused { code, stage }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_say_how_far_the_caller_came() {
        for (code, expected) in [
            (50_126, "Credential"),
            (7_000_215, "Credential"),
            (53_003, "ExplicitDeny"),
            (50_105, "Permission"),
            (50_074, "Failed"),
        ] {
            let shown = format!("{:?}", of_code(code));
            assert!(shown.contains(expected), "{code}: {shown}");
        }
    }
}
