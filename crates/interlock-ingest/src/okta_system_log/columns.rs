//! Records that went through something that changed their outer form.
//!
//! Tables in data lakes write the names of their columns in lower case; event hooks put a list around the event.

use sonic_rs::LazyValue;

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
pub fn rename(record: &str) -> Result<String, String> {
    let mut out = String::with_capacity(record.len() + 16);
    out.push('{');
    for entry in sonic_rs::to_object_iter(record) {
        let (key, value) = entry.map_err(|_| "the columns cannot be read".to_owned())?;
        let name = NAMES.into_iter().find(|it| it.eq_ignore_ascii_case(&key)).unwrap_or(&key);
        let name = sonic_rs::to_string(name).map_err(|_| "a column has no name".to_owned())?;
        if out.len() > 1 {
            out.push(',');
        }
        out.push_str(&name);
        out.push(':');
        out.push_str(value.as_raw_str());
    }
    out.push('}');
    Ok(out)
}

/// The event inside a delivery of an event hook.
pub fn only_event_of_hook(record: &str) -> Result<String, String> {
    let list = sonic_rs::get(record, ["data", "events"]).ok().and_then(LazyValue::into_array_iter);
    let mut events =
        list.ok_or("`data.events` of the event hook is no list")?.map_while(Result::ok);
    match (events.next(), events.count()) {
        (None, _) => Err("the event hook holds no event".to_owned()),
        (Some(only), 0) => Ok(only.as_raw_str().to_owned()),
        (Some(_), more) => {
            Err(format!("{} events in one event hook, where one is expected", more + 1))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_get_their_documented_names() {
        assert_eq!(
            rename(
                r#"{"eventtype":"a.b","debugcontext":{"debugData":{"x":"y"}},"uuid":"u","a\"b":1}"#
            ),
            Ok(r#"{"eventType":"a.b","debugContext":{"debugData":{"x":"y"}},"uuid":"u","a\"b":1}"#
                .to_owned())
        );
    }

    #[test]
    fn one_event_of_a_hook() {
        assert_eq!(
            only_event_of_hook(r#"{"data":{"events":[{"a":1}]}}"#),
            Ok(r#"{"a":1}"#.to_owned())
        );
        for (text, why) in [
            (r#"{"data":{"events":[]}}"#, "the event hook holds no event"),
            (r#"{"data":{"events":[{},{}]}}"#, "2 events in one event hook, where one is expected"),
            (r#"{"data":{"events":7}}"#, "`data.events` of the event hook is no list"),
        ] {
            assert_eq!(only_event_of_hook(text), Err(why.to_owned()), "{text}");
        }
    }
}
