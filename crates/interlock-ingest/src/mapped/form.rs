//! The form of a mapping file: one table, from which the file is checked and the JSON Schema is made.

use super::tree::{Kind, Node};
use interlock_model::CredentialKind;
use serde_json::{Map, Value, json};
use std::ops::Range;

/// One key of a section.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    /// What it means, for the schema and for help.
    pub(super) meaning: &'static str,
    pub(super) needed: bool,
    pub(super) form: Form,
}

/// What may stand under a key.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    /// Text as it is.
    Text,
    /// One text, or a list of them.
    Texts,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Keys.
    Section(&'static [Key]),
    /// A list of such.
    Sections(&'static [Key]),
}

const fn key(name: &'static str, form: Form, meaning: &'static str) -> Key {
    Key { name, meaning, needed: false, form }
}

const fn needed(name: &'static str, form: Form, meaning: &'static str) -> Key {
    Key { name, meaning, needed: true, form }
}

const CREDENTIALS: [&str; 5] = {
    let [a, b, c, d, e] = CredentialKind::ALL;
    [a.as_str(), b.as_str(), c.as_str(), d.as_str(), e.as_str()]
};

/// The kinds of principal, and of stage and outcome, as words.
pub(super) const KINDS: &[&str] = &["user", "role", "root", "federated", "service", "account"];
pub(super) const STAGES: &[&str] = &["credential", "explicit_deny", "permission"];
const OUTCOMES: &[&str] = &["success", "refused", "failed"];

const PRINCIPAL: &[Key] = &[
    needed(
        "provider",
        Form::Text,
        "Who names it, such as `okta`: the part before the colon of the principal's text form.",
    ),
    needed("name", Form::Texts, "Its name there, such as `{user.email|lower}`."),
    key("kind", Form::Word(KINDS), "What sort of principal it is, where that is always the same."),
    key("shown", Form::Texts, "What people read instead of the name."),
];

const VIA: &[Key] = &[
    needed("provider", Form::Text, "Who names it."),
    needed("name", Form::Texts, "Its name there."),
];

/// The whole file.
pub(super) const FILE: &[Key] = &[
    needed(
        "name",
        Form::Text,
        "The log source's name: lower-case letters, digits and underscores. Sigma rules choose it as `product` or as `service`.",
    ),
    needed("description", Form::Text, "One or two sentences for people: whose log it is."),
    needed(
        "recognise",
        Form::Sections(&[
            needed(
                "path",
                Form::Text,
                "A path that every record of this log has, such as `event.kind`.",
            ),
            key("is", Form::Texts, "The values that it may have. Absent: any."),
        ]),
        "How its records are told from all others. Every line must hold.",
    ),
    key(
        "sigma",
        Form::Section(&[
            needed("product", Form::Text, "Sigma's `product`."),
            needed("service", Form::Text, "Sigma's `service`."),
        ]),
        "The log source that public Sigma rules call this log by.",
    ),
    key(
        "id",
        Form::Texts,
        "The record's own id, by which a repeated record is known. Absent: a digest of the record.",
    ),
    needed(
        "time",
        Form::Section(&[
            needed("path", Form::Text, "Where it stands."),
            key(
                "form",
                Form::Text,
                "`rfc3339`, `seconds`, `milliseconds`, `microseconds` or `nanoseconds` since 1970, or a format with `%`, such as `%d/%b/%Y:%H:%M:%S %z`. Without an offset it is UTC. Absent: RFC 3339, else seconds or milliseconds.",
            ),
        ]),
        "When it happened.",
    ),
    needed("principal", Form::Section(PRINCIPAL), "Who did it."),
    key(
        "credential",
        Form::Section(&[
            needed("provider", Form::Text, "Who issued it."),
            needed("kind", Form::Word(&CREDENTIALS), "What sort of credential it is."),
            needed("id", Form::Texts, "Its public id. Never a secret."),
        ]),
        "What proved it.",
    ),
    key("session", Form::Texts, "The session's id."),
    key("via", Form::Sections(VIA), "Who stands behind the principal, the original actor first."),
    key("service", Form::Texts, "The service that was used. Absent: the mapping's name."),
    needed("action", Form::Texts, "What was done, in the log's own words."),
    key(
        "objects",
        Form::Sections(&[
            needed(
                "kind",
                Form::Text,
                "What it is: `user`, `role`, `group`, `access_key`, `secret`, `app`.",
            ),
            needed("name", Form::Texts, "Its name. All values of a list count."),
        ]),
        "What it was done to.",
    ),
    key(
        "outcome",
        Form::Section(&[
            needed("path", Form::Text, "Where it stands."),
            key("success", Form::Texts, "Values that say that it took effect."),
            key(
                "refused",
                Form::Texts,
                "Values that say that the credential or the permission did not reach.",
            ),
            key("failed", Form::Texts, "Values that say that it failed for another reason."),
            key(
                "otherwise",
                Form::Word(OUTCOMES),
                "What any other value says. Absent: `success` where no value of success is named, else `failed`.",
            ),
            key(
                "missing",
                Form::Word(OUTCOMES),
                "What a record without a value says. Absent: `success`.",
            ),
            key(
                "stage",
                Form::Word(STAGES),
                "How far the refused come. Absent: `permission`, which proves nothing about a credential.",
            ),
            key(
                "code",
                Form::Texts,
                "The log's code of a refusal or failure. Absent: the value itself.",
            ),
        ]),
        "Whether it took effect. Absent: it did.",
    ),
    key("address", Form::Texts, "The client's network address."),
    key("user_agent", Form::Texts, "The client's description of itself."),
    key("account", Form::Texts, "The tenant, organisation or account."),
    key("region", Form::Texts, "The provider's region."),
];

/// What is wrong: where, what, and the remedy.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) span: Option<Range<usize>>,
    pub(super) what: String,
    pub(super) help: Option<String>,
}

/// Everything in a section that has not the form.
pub(super) fn check(node: &Node, keys: &'static [Key], name: &str, faults: &mut Vec<Fault>) {
    let Kind::Map(entries) = &node.kind else {
        return faults.push(misfit(node, name, "keys with values"));
    };
    for wanted in keys.iter().filter(|it| it.needed) {
        if !entries.iter().any(|it| it.0 == wanted.name) {
            let what = format!("{name} needs the key `{}`", wanted.name);
            let help = Some(wanted.meaning.to_owned());
            faults.push(Fault { span: node.span.clone(), what, help });
        }
    }
    for (word, span, value) in entries {
        match keys.iter().find(|it| it.name == word) {
            Some(known) => known.check(value, faults),
            None => {
                let words = keys.iter().map(|it| it.name);
                let help = match nearest(word, words.clone()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("{name} knows {}", listed(words)),
                };
                let what = format!("unknown key `{}` in {name}", one_line(word));
                faults.push(Fault { span: span.clone(), what, help: Some(help) });
            }
        }
    }
}

impl Key {
    fn check(&self, node: &Node, faults: &mut Vec<Fault>) {
        let name = format!("`{}`", self.name);
        match self.form {
            Form::Text => match node.text() {
                Some(text) if !text.trim().is_empty() => {}
                Some(_) => faults.push(empty(node, &name)),
                None => faults.push(misfit(node, &name, "text")),
            },
            Form::Texts => {
                let items = node.items();
                if items.is_empty() {
                    faults.push(empty(node, &name));
                }
                for item in items {
                    match item.text() {
                        Some(text) if !text.is_empty() => {}
                        Some(_) => faults.push(empty(item, &name)),
                        None => faults.push(misfit(item, &name, "text, or a list of texts")),
                    }
                }
            }
            Form::Word(words) => {
                let text = node.text().unwrap_or_default();
                if !words.contains(&text) {
                    let help = match nearest(text, words.iter().copied()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("one of {}", listed(words.iter().copied())),
                    };
                    let what = format!("{name} does not know `{}`", one_line(text));
                    faults.push(Fault { span: node.span.clone(), what, help: Some(help) });
                }
            }
            Form::Section(keys) => check(node, keys, &name, faults),
            Form::Sections(keys) => match &node.kind {
                Kind::List(items) if !items.is_empty() => {
                    items.iter().for_each(|it| check(it, keys, &name, faults));
                }
                Kind::List(_) => faults.push(empty(node, &name)),
                Kind::Null | Kind::Scalar { .. } | Kind::Map(_) => {
                    faults.push(misfit(node, &name, "a list"));
                }
            },
        }
    }
}

fn misfit(node: &Node, name: &str, wanted: &str) -> Fault {
    let what = format!("{name} must be {wanted}, not {}", node.in_words());
    Fault { span: node.span.clone(), what, help: None }
}

fn empty(node: &Node, name: &str) -> Fault {
    let what = format!("{name} is empty");
    Fault { span: node.span.clone(), what, help: None }
}

/// The JSON Schema of the file.
pub(super) fn schema() -> Value {
    let mut whole = Map::new();
    whole.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
    whole.insert("title".into(), json!("mapping"));
    let what = "How the records of a log that no built-in log source knows become events. \
                Text may hold paths of the record in braces: `{user.email}`, in lower case \
                `{user.email|lower}`. Of a list of texts the first counts whose paths are all there.";
    whole.insert("description".into(), json!(what));
    if let Value::Object(rest) = section(FILE) {
        whole.extend(rest);
    }
    Value::Object(whole)
}

fn section(keys: &[Key]) -> Value {
    let mut properties = Map::new();
    for key in keys {
        let mut form = match key.form {
            Form::Text => json!({ "type": "string", "minLength": 1 }),
            Form::Texts => {
                let one = json!({ "type": ["string", "number", "boolean"] });
                json!({ "anyOf": [one, { "type": "array", "items": one, "minItems": 1 }] })
            }
            Form::Word(words) => json!({ "type": "string", "enum": words }),
            Form::Section(keys) => section(keys),
            Form::Sections(keys) => {
                json!({ "type": "array", "items": section(keys), "minItems": 1 })
            }
        };
        if let Value::Object(form) = &mut form {
            form.insert("description".into(), json!(key.meaning));
        }
        properties.insert(key.name.into(), form);
    }
    let needed: Vec<&str> = keys.iter().filter(|it| it.needed).map(|it| it.name).collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": needed,
        "additionalProperties": false,
    })
}

/// Words as prose: `a`, `b` and `c`.
fn listed<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = words.map(|it| format!("`{it}`")).collect();
    match quoted.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// Foreign text for a message: one line of at most 200 characters.
pub(super) fn one_line(text: &str) -> String {
    text.chars().map(|it| if it.is_control() { ' ' } else { it }).take(200).collect()
}

/// The word that was probably meant: at most a third of its letters are others, and at most three.
pub(super) fn nearest<'a>(typed: &str, words: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase().replace(['-', ' '], "_");
    let near = words.map(|word| (distance(&typed, &word.replace('-', "_")), word));
    near.filter(|(far, word)| *far <= word.chars().count().div_ceil(3).min(3))
        .min_by_key(|(far, _)| *far)
        .map(|(_, word)| word)
}

/// How many letters must be changed, added or left out; both sides cut at 64.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (number, letter) in left.chars().take(64).enumerate() {
        let mut next = vec![number + 1];
        for ((other, above), corner) in right.iter().zip(row.iter().skip(1)).zip(&row) {
            let beside = next.last().copied().unwrap_or_default();
            let changed = corner + usize::from(letter != *other);
            next.push(changed.min(above + 1).min(beside + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
