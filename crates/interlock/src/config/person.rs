//! `[[person]]`: who acts under which names, and which identities are theirs.

use super::TokenRole;
use super::check::{Check, Checked, one_of};
use super::near::listed;
use super::raw::RawPerson;
use super::tree::Node;
use super::{FILE, Token};
use interlock_engine::{LOCAL, Person};
use interlock_identity::Declaration;
use interlock_model::{Gravity, IdentityKind, Principal, Problem};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

/// A person, and where its block stands.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) person: Person,
    span: Option<Range<usize>>,
}

impl Check<'_> {
    pub(super) fn people(
        &mut self,
        raw: Vec<RawPerson>,
        tokens: &[Token],
        tree: &Node,
    ) -> Vec<Known> {
        let names: BTreeMap<&str, usize> = tokens.iter().map(|it| (it.name.as_str(), 0)).collect();
        let mut people: Vec<Known> = Vec::new();
        for (index, raw) in raw.into_iter().enumerate() {
            let node = tree.get("person").and_then(|it| it.item(index));
            let at = |key: &str| node.and_then(|it| it.get(key)).or(node);
            if raw.name.trim().is_empty() || raw.name.chars().any(char::is_control) {
                self.error(at("name"), "a person needs a name".to_owned(), "any that people know");
            }
            if people.iter().any(|it| *it.person.name == *raw.name) {
                let what = format!("the person `{}` is there already", raw.name.escape_debug());
                self.error(at("name"), what, "put all of one person into one block");
            }
            for token in raw.tokens.iter().filter(|it| !names.contains_key(it.as_str())) {
                let what = format!("there is no token `{}`", token.escape_debug());
                self.error(at("tokens"), what, &one_of(token, &names));
            }
            let mut acts_as = BTreeSet::new();
            let locals = raw.accounts.iter().map(|it| format!("{LOCAL}{it}"));
            for name in raw.tokens.into_iter().chain(locals) {
                let other = people.iter().find(|it| it.person.acts_as.contains(&name));
                if let Some(other) = other {
                    let what = format!(
                        "`{}` is `{}` already",
                        name.escape_debug(),
                        other.person.name.escape_debug()
                    );
                    self.error(node, what, "give every person a token and an account of their own");
                }
                acts_as.insert(name);
            }
            let mut person = Person { name: raw.name.into(), acts_as, ..Person::default() };
            for text in raw.identities {
                match (text.parse(), Principal::from_text(&text)) {
                    (Ok(id), _) => drop(person.identities.insert(id)),
                    (Err(_), Some(principal)) => drop(person.principals.insert(principal)),
                    (Err(_), None) => {
                        let what = format!("`{}` is no identity", text.escape_debug());
                        let help = "an id of content/directory, or a principal such as `okta:mira@example.com`";
                        self.error(at("identities"), what, help);
                    }
                }
            }
            if person.acts_as.is_empty() {
                let what = format!("`{}` acts under no name", person.name.escape_debug());
                self.report(
                    Gravity::Warning,
                    node,
                    what,
                    "name tokens, or accounts of this machine",
                );
            }
            people.push(Known { person, span: node.map(|it| it.span.clone()) });
        }
        people
    }
}

/// Identities of people are declared; whoever may answer is somebody.
pub(super) fn known(
    checked: &Checked,
    declaration: &Declaration,
    file: &Arc<str>,
    problems: &mut Vec<Problem>,
) {
    let mut say = |gravity, span, what: String, help: String| {
        problems.push(Problem { file: Arc::clone(file), span, gravity, what, help: Some(help) });
    };
    let ids: BTreeMap<&str, usize> =
        declaration.identities.iter().map(|it| (it.id.as_str(), 0)).collect();
    for Known { person, span } in &checked.people {
        for id in person.identities.iter().filter(|it| !ids.contains_key(it.as_str())) {
            let what = format!("`{id}` of `{}` is not declared", person.name.escape_debug());
            let near = super::near::nearest(id.as_str(), &ids.keys().copied().collect::<Vec<_>>());
            let help = near.map_or_else(
                || "declare it in content/directory, or name a principal of it".to_owned(),
                |it| format!("did you mean `{it}`?"),
            );
            say(Gravity::Error, span.clone(), what, help);
        }
    }
    // Without people in the directory there is nobody whose account a token could be about.
    let has_people = declaration.identities.iter().any(|it| it.kind == IdentityKind::Human);
    if !has_people && checked.people.is_empty() {
        return;
    }
    let answers = [TokenRole::Owner, TokenRole::Security, TokenRole::Admin];
    let somebody = |name: &String| checked.people.iter().any(|it| it.person.acts_as.contains(name));
    let nobodys: Vec<&str> = checked
        .tokens
        .iter()
        .filter(|it| answers.iter().any(|role| it.roles.contains(role)) && !somebody(&it.name))
        .map(|it| it.name.as_str())
        .collect();
    if !nobodys.is_empty() {
        let what = format!(
            "nobody says whose {} is: they answer on their own accounts too",
            listed(&nobodys)
        );
        let help =
            format!("name them in a `[[person]]` of {FILE}, with the identities of that person");
        say(Gravity::Warning, None, what, help);
    }
}
