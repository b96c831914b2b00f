//! What an answer that is no success means: one table for all providers.

use super::ask::Ask;
use interlock_contain::CallError;
use jiff::fmt::rfc2822::DateTimeParser;
use serde_json::Value;
use std::time::Duration;

/// How long to wait when the provider does not say.
const PAUSE: Duration = Duration::from_secs(5);
/// The longest wait that is believed when the provider says one.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// A header by its name in lower case.
pub(crate) type Header<'a> = &'a dyn Fn(&str) -> Option<String>;

/// How long a provider asks to wait: in seconds, or until a second of its own clock.
fn pause(header: Header<'_>) -> Duration {
    let number = |name: &str| header(name).and_then(|it| it.trim().parse::<i64>().ok());
    let until = || {
        let reset = number("x-rate-limit-reset")?;
        // Its clock, not ours: the two may differ by more than the pause.
        let now = DateTimeParser::new().parse_zoned(header("date")?).ok()?;
        Some(reset - now.timestamp().as_second())
    };
    let seconds = number("retry-after").or_else(until);
    let seconds = seconds.map(|it| u64::try_from(it).unwrap_or_default().max(1));
    seconds.map_or(PAUSE, Duration::from_secs).min(LONGEST_PAUSE)
}

/// The provider's own words, if it has any: Okta's, Graph's and OAuth's shapes.
pub(crate) fn words(body: &Value) -> String {
    let of = |path: &str| body.pointer(path).and_then(Value::as_str);
    let said = of("/errorSummary")
        .or_else(|| of("/error/message"))
        .or_else(|| of("/error_description"))
        .or_else(|| of("/errorMessage"))
        .or_else(|| of("/error"));
    let cause = of("/errorCauses/0/errorSummary");
    let text: Vec<&str> = said.into_iter().chain(cause).collect();
    text.join(": ").chars().filter(|it| !it.is_control()).take(200).collect()
}

/// What an answer that is no success means.
pub(crate) fn refused(ask: &Ask, status: u16, header: Header<'_>, body: &Value) -> CallError {
    let operation = ask.operation;
    let words = words(body);
    let words = if words.is_empty() { words } else { format!(": {words}") };
    let why = format!("`{operation}` of {} is answered {status}{words}", ask.what);
    match status {
        // It shows what proves somebody else: that one is not there, or that is not its proof.
        401 if ask.authorization.is_some() && !ask.own => {
            CallError::NotFound { what: ask.what.clone() }
        }
        401 | 403 => CallError::Denied { permission: operation.to_string() },
        404 | 410 => CallError::NotFound { what: ask.what.clone() },
        // Somebody was faster: the next attempt reads what is there now.
        409 | 412 => CallError::Retry { after: Duration::from_secs(1), why },
        429 | 503 => CallError::Retry { after: pause(header), why },
        300..=399 => CallError::Invalid {
            why: format!("{why}; what proves the connector does not follow to another address"),
        },
        500..=599 if status != 501 => unanswered(ask, why),
        _ => CallError::Unsupported { why },
    }
}

/// There is no whole answer: a write may have happened.
pub(crate) fn unanswered(ask: &Ask, why: String) -> CallError {
    if ask.writes() {
        CallError::OutcomeUnknown { why }
    } else {
        CallError::Retry { after: PAUSE, why }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use interlock_model::Operation;
    use serde_json::json;

    #[test]
    fn throttling_says_until_when_by_the_providers_own_clock() {
        let ask = Ask::new(Operation("GET /users (users.read)"), &[]);
        let waits = |headers: &[(&str, &str)]| {
            let header =
                |name: &str| headers.iter().find(|it| it.0 == name).map(|it| it.1.to_owned());
            let error = refused(&ask, 429, &header, &json!({}));
            let CallError::Retry { after, .. } = error else { panic!("{error}") };
            after.as_secs()
        };
        let date = ("date", "Sun, 01 Mar 2026 12:00:00 GMT");
        assert_eq!(waits(&[("retry-after", "17")]), 17);
        assert_eq!(waits(&[date, ("x-rate-limit-reset", "1772366442")]), 42);
        assert_eq!(waits(&[date, ("x-rate-limit-reset", "1")]), 1, "it is over already");
        assert_eq!(waits(&[("x-rate-limit-reset", "1772366442")]), 5, "whose second is that?");
        assert_eq!(waits(&[("retry-after", "86400")]), 300);
    }

    #[test]
    fn a_refusal_is_told_in_the_providers_words() {
        for (body, says) in [
            (
                json!({ "errorCode": "E0000001", "errorSummary": "Api validation failed: suspend",
                        "errorCauses": [{ "errorSummary": "Cannot suspend a user that is not active" }] }),
                "Api validation failed: suspend: Cannot suspend a user that is not active",
            ),
            (
                json!({ "error": { "code": "x", "message": "Resource is gone" } }),
                "Resource is gone",
            ),
            (json!({ "error": "invalid_client" }), "invalid_client"),
            (json!([]), ""),
        ] {
            assert_eq!(words(&body), says);
        }
    }
}
