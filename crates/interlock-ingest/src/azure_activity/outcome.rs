//! Whether an operation took effect, was refused, or failed otherwise.

use super::paths::Path;
use crate::microsoft_names::{Formed, short};
use interlock_model::{Outcome, RefusalStage};

/// Words that refuse the token itself.
const CREDENTIAL: [&str; 6] = [
    "authenticationfailed",
    "expiredauthenticationtoken",
    "invalidauthenticationtoken",
    "invalidauthenticationtokentenant",
    "unauthorized",
    "authenticationerror",
];

/// Words of a policy or a deny assignment that says no by name.
const DENIED: [&str; 3] =
    ["denyassignmentauthorizationfailed", "requestdisallowedbypolicy", "requestdisallowedbyazure"];

/// Words for want of a permission.
const PERMISSION: [&str; 6] = [
    "authorizationfailed",
    "forbidden",
    "forbiddenbyrbac",
    "linkedauthorizationfailed",
    "authorizationpermissionmismatch",
    "insufficientaccountpermissions",
];

/// The outcome of the record. What was begun or accepted counts as a success; its end is a record of its own.
pub fn read(it: Formed<'_>) -> Outcome {
    let status = it.first([Path::Status, Path::StatusText]).unwrap_or_default();
    let answer = it.number(Path::HttpStatus).or_else(|| it.number(Path::HttpStatusOfVault));
    let bad = answer.is_some_and(|it| it >= 400.0)
        || ["fail", "denied", "error"].iter().any(|it| starts_with(status, it));
    if !bad {
        return Outcome::Success;
    }
    let words: Vec<&str> = [Path::SubStatus, Path::Reason, Path::Status]
        .into_iter()
        .filter_map(|path| it.text(path))
        .chain(it.text(Path::Message).and_then(code_in))
        .collect();
    let said =
        |known: &[&str]| words.iter().copied().find(|word| known.iter().any(|it| says(word, it)));
    let refused = |word: &str, stage| Outcome::Refused { code: short(word).into(), stage };
    if let Some(word) = said(&DENIED) {
        return refused(word, RefusalStage::ExplicitDeny);
    }
    if let Some(word) = said(&CREDENTIAL).or_else(|| (answer == Some(401.0)).then_some("401")) {
        return refused(word, RefusalStage::Credential);
    }
    if let Some(word) = said(&PERMISSION).or_else(|| (answer == Some(403.0)).then_some("403")) {
        return refused(word, RefusalStage::Permission);
    }
    Outcome::Failed { code: short(words.first().copied().unwrap_or("Failed")).into() }
}

/// Whether one of the words of `Failed.Forbidden` or `Forbidden (HTTP Status Code: 403)` is this.
fn says(text: &str, word: &str) -> bool {
    text.split(['.', ' ', '(', '"']).any(|it| it.eq_ignore_ascii_case(word))
}

fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|it| it.eq_ignore_ascii_case(start))
}

/// The error's code in a message that is JSON: `{"error":{"code":"AuthorizationFailed",…}}`.
fn code_in(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("\"code\"")?;
    rest.split('"').nth(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_inside_signatures() {
        assert!(says("Failed.Forbidden", "forbidden"));
        assert!(says("Forbidden (HTTP Status Code: 403)", "forbidden"));
        assert!(!says("ForbiddenByX", "forbidden"));
        assert_eq!(
            code_in(r#"{"error":{"code":"AuthorizationFailed"}}"#),
            Some("AuthorizationFailed")
        );
        assert!(starts_with("Failure", "fail") && !starts_with("fa", "fail"));
    }
}
