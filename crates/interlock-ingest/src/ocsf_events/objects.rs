//! What an event acted upon.
//!
//! A resource's kind and name belong together, so the list is read as a list and not field by field.

use super::paths::Path;
use super::{Class, actor};
use crate::source::Core;
use crate::structure::Value;
use interlock_model::Object;

/// At most this many objects of one record, so that a long list costs no memory.
const MOST: usize = 32;

pub(super) fn read(core: &Core<'_>, class: Class) -> Vec<Object> {
    let mut objects: Vec<Object> = Vec::new();
    let mut add = |kind: &str, name: &str| {
        let known = objects.iter().any(|it| &*it.kind == kind && &*it.name == name);
        if objects.len() < MOST && !known && !name.is_empty() {
            objects.push(Object { kind: kind.into(), name: name.into() });
        }
    };
    if class != Class::Authentication
        && let Some(user) = actor::subject(core)
    {
        // By the name that the user itself would act under.
        add("user", &user.name);
    }
    let named: [(&str, &[Path]); 5] = [
        ("group", &[Path::GroupUid, Path::Group]),
        ("group", &[Path::Subgroup]),
        ("policy", &[Path::PolicyUids, Path::Policies]),
        ("privilege", &[Path::Privileges, Path::GroupPrivileges]),
        ("mfa_device", &[Path::Factors]),
    ];
    for (kind, places) in named {
        if let Some(place) = places.iter().find(|it| core.text(**it).is_some()) {
            core.texts(*place).take(MOST).for_each(|it| add(kind, it));
        }
    }
    for resource in resources(core.whole()) {
        let text = |key: &str| resource.get(key)?.text().filter(|it| !it.is_empty());
        if let Some(name) = text("uid").or_else(|| text("name")) {
            add(&kind(text("type").as_deref()), &name);
        }
    }
    // The one resource of versions before 1.1.
    for place in [Path::ResourceUid, Path::ResourceName] {
        core.texts(place).take(1).for_each(|it| add("resource", it));
    }
    objects
}

fn resources(record: Value<'_>) -> impl Iterator<Item = Value<'_>> {
    let list = record.get("resources").and_then(Value::elements);
    list.into_iter().flatten().take(MOST)
}

/// The last part of the product's own word: `AWS::IAM::AccessKey` is an `access_key`.
fn kind(word: Option<&str>) -> String {
    let last = word.and_then(|it| it.rsplit([':', '/', '.']).find(|it| !it.is_empty()));
    let Some(last) = last else { return "resource".to_owned() };
    let mut kind = String::new();
    let mut low = false;
    for letter in last.chars().take(64) {
        if letter.is_uppercase() && low {
            kind.push('_');
        }
        low = letter.is_lowercase() || letter.is_ascii_digit();
        kind.extend(if letter.is_alphanumeric() { letter } else { '_' }.to_lowercase());
    }
    kind
}
