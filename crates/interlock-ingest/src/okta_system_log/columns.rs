//! Records that went through something that changed their outer form.
//!
//! Tables in data lakes write the names of their columns in lower case; event hooks put a list around the event.

use crate::structure::Value;

/// The documented names that have an upper-case letter.
const NAMES: [&str; 8] = [
    "authenticationContext",
    "debugContext",
    "displayMessage",
    "eventType",
    "httpRequest",
    "legacyEventType",
    "securityContext",
    "ipAddress",
];

/// The record with its documented names.
pub fn rename(record: Value<'_>) -> String {
    let mut out = String::with_capacity(record.written().len() + 16);
    out.push('{');
    for (key, value) in record.members() {
        let name = NAMES.into_iter().find(|it| it.eq_ignore_ascii_case(&key)).unwrap_or(&key);
        if out.len() > 1 {
            out.push(',');
        }
        out.push_str(&serde_json::Value::from(name).to_string());
        out.push(':');
        out.push_str(value.written());
    }
    out.push('}');
    out
}

/// The event inside a delivery of an event hook.
pub fn only_event_of_hook(record: Value<'_>) -> Result<String, String> {
    let list = record.at(&["data", "events"]).and_then(Value::elements);
    let mut events = list.ok_or("`data.events` of the event hook is no list")?;
    match (events.next(), events.count()) {
        (None, _) => Err("the event hook holds no event".to_owned()),
        (Some(only), 0) => Ok(only.written().to_owned()),
        (Some(_), more) => {
            Err(format!("{} events in one event hook, where one is expected", more + 1))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::structure::{Source, Tokens};

    fn within<T>(text: &str, read: impl FnOnce(Value<'_>) -> T) -> T {
        let tokens = Tokens::of(text, 16).unwrap();
        read(Source { text, tokens: &tokens }.whole())
    }

    #[test]
    fn columns_get_their_documented_names() {
        assert_eq!(
            within(
                r#"{"eventtype":"a.b","debugcontext":{"debugData":{"x":"y"}},"uuid":"u","a\"b":1}"#,
                rename
            ),
            r#"{"eventType":"a.b","debugContext":{"debugData":{"x":"y"}},"uuid":"u","a\"b":1}"#
        );
    }

    #[test]
    fn one_event_of_a_hook() {
        assert_eq!(
            within(r#"{"data":{"events":[{"a":1}]}}"#, only_event_of_hook),
            Ok(r#"{"a":1}"#.to_owned())
        );
        for (text, why) in [
            (r#"{"data":{"events":[]}}"#, "the event hook holds no event"),
            (r#"{"data":{"events":[{},{}]}}"#, "2 events in one event hook, where one is expected"),
            (r#"{"data":{"events":7}}"#, "`data.events` of the event hook is no list"),
        ] {
            assert_eq!(within(text, only_event_of_hook), Err(why.to_owned()), "{text}");
        }
    }
}
