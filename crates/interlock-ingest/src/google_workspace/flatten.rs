//! One form for the forms in which an activity comes.
//!
//! The API nests events and their parameters in lists of names and values, where a path finds nothing.
//! Here each parameter gets a path of its own: `parameters.ROLE_NAME`. What was there stays beside it.
//! Of an activity with several events, `name`, `type` and the parameters hold the values of all.

use crate::structure::Value;
use std::collections::BTreeMap;

/// What follows the application's name in `eventService`, as in Google's audit logs.
pub const SERVICE_DOMAIN: &str = ".googleapis.com";

/// At most this many different values of one name, so that comparing them stays cheap.
const MOST: usize = 64;

/// The values of each name, as JSON text.
type Values = BTreeMap<String, Vec<String>>;

/// The record with `eventService`, `eventName`, `type`, `name` and `parameters` at its top.
pub fn flatten(record: Value<'_>, application: Option<&str>) -> String {
    let mut activity = Activity::default();
    let mut rest = Vec::new();
    for (key, value) in record.members() {
        match &*key {
            "type" => activity.add("type", value),
            "name" => activity.add("name", value),
            "parameters" => activity.parameters(value),
            "eventService" | "eventName" => {}
            "event" | "events" => {
                activity.event(value);
                rest.push((key, value));
            }
            _ => rest.push((key, value)),
        }
    }
    // Access comes with every change that somebody makes to what is accessed; the change is what happened.
    activity.order();
    let service =
        format!("{}{SERVICE_DOMAIN}", application.unwrap_or_else(|| activity.application()));
    let mut out = String::with_capacity(record.written().len() * 2);
    out.push_str("{\"eventService\":");
    out.push_str(&quoted(&service));
    for (key, values) in
        [("eventName", &activity.names), ("name", &activity.names), ("type", &activity.types)]
    {
        out.push_str(&format!(",\"{key}\":"));
        put(&mut out, values);
    }
    out.push_str(",\"parameters\":");
    out.push_str(&object(&activity.parameters));
    for (key, value) in rest {
        out.push(',');
        out.push_str(&quoted(&key));
        out.push(':');
        out.push_str(value.written());
    }
    out.push('}');
    out
}

/// The text as JSON writes it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[derive(Default)]
struct Activity {
    names: Vec<String>,
    types: Vec<String>,
    parameters: Values,
}

impl Activity {
    fn event(&mut self, value: Value<'_>) {
        if let Some(list) = value.elements() {
            list.for_each(|it| self.event(it));
            return;
        }
        for key in ["type", "name"] {
            if let Some(it) = value.get(key) {
                self.add(key, it);
            }
        }
        if let Some(it) = value.get("parameters") {
            self.parameters(it);
        }
    }

    fn add(&mut self, key: &str, value: Value<'_>) {
        let Some(text) = value.text().filter(|it| !it.is_empty()) else { return };
        let text = quoted(&text);
        if key == "name" { self.names.push(text) } else { self.types.push(text) }
    }

    fn parameters(&mut self, value: Value<'_>) {
        named_values(value, &mut self.parameters);
        for (key, value) in value.members() {
            add(&mut self.parameters, &key, value.written().to_owned());
        }
    }

    /// Collectors of Drive's log leave its name out.
    fn application(&self) -> &'static str {
        let of_drive = |it: &String| it == "\"access\"" || it == "\"acl_change\"";
        if self.types.iter().any(of_drive) { "drive" } else { "workspace" }
    }

    fn order(&mut self) {
        if self.names.len() == self.types.len() && self.names.len() > 1 {
            let mut both: Vec<_> = self.types.drain(..).zip(self.names.drain(..)).collect();
            both.sort_by_key(|(kind, _)| kind == "\"access\"");
            (self.types, self.names) = both.into_iter().unzip();
        }
    }
}

/// Reads a list of names and values in their five forms.
fn named_values(list: Value<'_>, to: &mut Values) {
    for entry in list.elements().into_iter().flatten() {
        let Some(name) = entry.get("name").and_then(Value::text) else { continue };
        let plain =
            ["value", "boolValue", "intValue", "multiValue", "multiIntValue", "multiBoolValue"];
        let plain =
            plain.into_iter().find_map(|it| entry.get(it)).map(|it| it.written().to_owned());
        let message = || entry.get("messageValue").map(message_of);
        let messages = || {
            let list = entry.get("multiMessageValue")?.elements()?;
            let all: Vec<String> = list.map(message_of).collect();
            Some(format!("[{}]", all.join(",")))
        };
        if let Some(value) = plain.or_else(message).or_else(messages) {
            add(to, &name, value);
        }
    }
}

/// A message is a list of parameters once more; its nesting was bounded before.
fn message_of(value: Value<'_>) -> String {
    let mut inner = Values::new();
    if let Some(list) = value.get("parameter") {
        named_values(list, &mut inner);
    }
    object(&inner)
}

fn add(to: &mut Values, name: &str, value: String) {
    let values = to.entry(name.to_owned()).or_default();
    if values.len() < MOST && !values.contains(&value) {
        values.push(value);
    }
}

fn object(values: &Values) -> String {
    let mut out = String::from("{");
    for (name, values) in values {
        if out.len() > 1 {
            out.push(',');
        }
        out.push_str(&quoted(name));
        out.push(':');
        put(&mut out, values);
    }
    out.push('}');
    out
}

/// One value as it is, several as a list.
fn put(out: &mut String, values: &[String]) {
    match values {
        [] => out.push_str("null"),
        [only] => out.push_str(only),
        more => {
            out.push('[');
            out.push_str(&more.join(","));
            out.push(']');
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::structure::{Source, Tokens};

    fn flatten(text: &str, application: Option<&str>) -> String {
        let tokens = Tokens::of(text, 16).unwrap();
        super::flatten(Source { text, tokens: &tokens }.whole(), application)
    }

    #[track_caller]
    fn check(record: &str, expected: &str) {
        let flat = flatten(record, Some("admin"));
        let _: serde_json::Value = serde_json::from_str(&flat).unwrap();
        assert_eq!(flat, expected, "{record}");
    }

    #[test]
    fn every_form_becomes_the_same() {
        let events = r#"{"type":"T","name":"N","parameters":[{"name":"A","value":"x"},{"name":"b","boolValue":true},{"name":"i","intValue":"7"},{"name":"m","multiValue":["u","v"]},{"value":"lost"},{"name":"none"}]}"#;
        let flat = r#"{"eventService":"admin.googleapis.com","eventName":"N","name":"N","type":"T","parameters":{"A":"x","b":true,"i":"7","m":["u","v"]}"#;
        check(&format!(r#"{{"events":[{events}]}}"#), &format!(r#"{flat},"events":[{events}]}}"#));
        check(&format!(r#"{{"event":{events}}}"#), &format!(r#"{flat},"event":{events}}}"#));
        check(
            r#"{"name":"N","type":"T","parameters":{"A":"x","b":true,"i":"7","m":["u","v"]},"z":0}"#,
            &format!(r#"{flat},"z":0}}"#),
        );
    }

    #[test]
    fn messages_become_objects() {
        let record = r#"{"event":{"name":"authorize","parameters":[{"name":"scope_data","multiMessageValue":[
            {"parameter":[{"name":"scope_name","value":"s1"}]},{"parameter":[]}]},{"name":"o","messageValue":{"parameter":[{"name":"k","value":"v"}]}}]}}"#;
        let flat = flatten(record, None);
        assert!(
            flat.contains(r#""parameters":{"o":{"k":"v"},"scope_data":[{"scope_name":"s1"},{}]}"#),
            "{flat}"
        );
    }

    #[test]
    fn several_events_give_the_values_of_all_and_the_change_first() {
        let flat = flatten(
            r#"{"events":[{"type":"access","name":"edit","parameters":[{"name":"d","value":"1"}]},
            {"type":"acl_change","name":"change_user_access","parameters":[{"name":"d","value":"1"},{"name":"v","value":"2"}]}]}"#,
            None,
        );
        assert!(
            flat.contains(r#""name":["change_user_access","edit"],"type":["acl_change","access"]"#),
            "{flat}"
        );
        assert!(flat.contains(r#""parameters":{"d":"1","v":"2"}"#), "{flat}");
    }

    #[test]
    fn nothing_is_no_trouble() {
        for record in ["{}", r#"{"events":null,"event":7,"parameters":"x","name":{}}"#] {
            assert!(flatten(record, None).contains(r#""name":null"#), "{record}");
        }
    }
}
