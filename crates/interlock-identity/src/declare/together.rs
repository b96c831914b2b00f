//! What is sound by itself and wrong together: circles of teams and of origins, names that look alike.

use super::Declaration;
use super::node::Node;
use crate::alike;
use interlock_model::{Gravity, IdentityId, LineageKind, OwnerId, Principal, Problem};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

/// Checks what every file together declares.
pub(super) fn check(
    documents: &[(&Arc<str>, Node)],
    declaration: &Declaration,
    problems: &mut Vec<Problem>,
) {
    let mut found = Vec::new();
    fallbacks(declaration, &mut found);
    origins(declaration, &mut found);
    names(declaration, &mut found);
    for it in found {
        let Some((file, span)) = place(documents, &it) else { continue };
        problems.push(Problem {
            file,
            span,
            gravity: Gravity::Warning,
            what: it.what,
            help: Some(it.help.to_owned()),
        });
    }
}

/// What is wrong of one entry.
struct Wrong {
    section: &'static str,
    id: String,
    key: &'static str,
    what: String,
    help: &'static str,
}

fn place(
    documents: &[(&Arc<str>, Node)],
    wrong: &Wrong,
) -> Option<(Arc<str>, Option<Range<usize>>)> {
    documents.iter().find_map(|(file, node)| {
        let entries = node.get(wrong.section).map(Node::items).unwrap_or_default();
        let is = |it: &&Node| it.get("id").is_some_and(|id| id.value().as_str() == Some(&wrong.id));
        let entry = entries.iter().find(is)?;
        let span = entry.get(wrong.key).and_then(Node::place).or_else(|| entry.place());
        Some((Arc::clone(file), span))
    })
}

/// Teams that fall back on each other in a circle: sound as long as somebody is left of one of them.
fn fallbacks(declaration: &Declaration, found: &mut Vec<Wrong>) {
    let next: HashMap<&OwnerId, &OwnerId> =
        declaration.owners.iter().filter_map(|it| Some((&it.id, it.fallback.as_ref()?))).collect();
    let follow = |it: &&OwnerId| next.get(it).map(|it| vec![*it]).unwrap_or_default();
    let all = declaration.owners.iter().map(|it| &it.id);
    for circle in circles(all, follow) {
        let [first, _, ..] = circle.as_slice() else { continue };
        found.push(Wrong {
            section: "teams",
            id: first.to_string(),
            key: "fallback",
            what: format!(
                "a circle of fallbacks, {}: when nobody is left of these teams, nobody answers",
                shown(&circle)
            ),
            help: "let one of them fall back on a team outside the circle, or on none",
        });
    }
}

/// Identities that made each other: one of the edges is wrong.
fn origins(declaration: &Declaration, found: &mut Vec<Wrong>) {
    let mut holders: HashMap<&Principal, &IdentityId> = HashMap::new();
    for it in &declaration.identities {
        holders.extend(it.principals.iter().map(|principal| (principal, &it.id)));
    }
    let made: HashMap<&IdentityId, Vec<&IdentityId>> = declaration
        .identities
        .iter()
        .map(|it| {
            let edges = it.lineage.iter().filter(|it| match it.kind {
                LineageKind::CreatedBy | LineageKind::DeployedBy => true,
                // Roles may be trusted both ways.
                LineageKind::AssumedBy | LineageKind::IssuedFrom => false,
            });
            (&it.id, edges.filter_map(|it| holders.get(&it.to).copied()).collect())
        })
        .collect();
    let follow = |it: &&IdentityId| made.get(it).cloned().unwrap_or_default();
    for circle in circles(declaration.identities.iter().map(|it| &it.id), follow) {
        let Some(first) = circle.first() else { continue };
        found.push(Wrong {
            section: "identities",
            id: first.to_string(),
            key: "id",
            what: format!("a circle of origins, {}: none of them can be the first", shown(&circle)),
            help: "remove the `created_by` or `deployed_by` that is wrong",
        });
    }
}

/// Names that people take for another declared name.
fn names(declaration: &Declaration, found: &mut Vec<Wrong>) {
    let mut seen: HashMap<String, BTreeMap<&str, &IdentityId>> = HashMap::new();
    for it in &declaration.identities {
        let principals = it.principals.iter().map(|it| &*it.name);
        for name in std::iter::once(it.name.as_str()).chain(principals) {
            let alike = seen.entry(alike::blurred(name)).or_default();
            // Names that differ in capitals alone are one to people, and to most providers.
            let other = alike
                .iter()
                .find(|other| !other.0.eq_ignore_ascii_case(name) && *other.1 != &it.id);
            if let Some((other, whose)) = other {
                found.push(Wrong {
                    section: "identities",
                    id: it.id.to_string(),
                    key: "name",
                    what: format!(
                        "`{name}` looks like `{other}` of `{whose}`, and is another name: {}",
                        alike::difference(name, other)
                    ),
                    help: "give them names that people can tell apart; who made this one may mean to be taken for the other",
                });
            }
            alike.entry(name).or_insert(&it.id);
        }
    }
}

/// Every circle, from its first member in the order of `all`, once.
fn circles<'a, T: Ord>(
    all: impl Iterator<Item = &'a T>,
    follow: impl Fn(&&'a T) -> Vec<&'a T>,
) -> Vec<Vec<&'a T>> {
    let mut done: BTreeSet<&T> = BTreeSet::new();
    let mut found = Vec::new();
    for start in all {
        // The way from the start, each with what is left to try from there.
        let mut way: Vec<(&T, Vec<&T>)> = Vec::new();
        let mut next = Some(start);
        while let Some(at) = next.take() {
            if let Some(from) = way.iter().position(|it| it.0 == at) {
                found.push(way.iter().skip(from).map(|it| it.0).collect());
            } else if done.insert(at) {
                way.push((at, follow(&at)));
            }
            while let Some((_, left)) = way.last_mut() {
                next = left.pop();
                if next.is_some() {
                    break;
                }
                way.pop();
            }
        }
    }
    found
}

fn shown<T: std::fmt::Display>(circle: &[&T]) -> String {
    let all = circle.iter().chain(circle.first()).map(|it| format!("`{it}`"));
    all.collect::<Vec<_>>().join(" to ")
}

#[cfg(test)]
mod tests {
    use super::super::load;

    fn said(text: &str) -> Vec<String> {
        let (_, problems) = load(&[("d.yaml".into(), text.to_owned())]);
        problems.into_iter().map(|it| it.what).collect()
    }

    #[test]
    fn circles_are_named_once() {
        assert_eq!(
            said(
                "
teams:
  - { id: own_a, contact: a, fallback: own_b }
  - { id: own_b, contact: b, fallback: own_c }
  - { id: own_c, contact: c, fallback: own_a }
  - { id: own_d, contact: d, fallback: own_a }
"
            ),
            [
                "a circle of fallbacks, `own_a` to `own_b` to `own_c` to `own_a`: when nobody is left of these teams, nobody answers"
            ]
        );
        assert_eq!(
            said(
                "
identities:
  - { id: idn_a, kind: pipeline, principals: ['toy:a'], created_by: ['toy:b', 'toy:x'] }
  - { id: idn_b, kind: workload, principals: ['toy:b'], deployed_by: ['toy:a'] }
  - { id: idn_c, kind: workload, principals: ['toy:c'], assumed_by: ['toy:c'], created_by: ['toy:b'] }
  - { id: idn_d, kind: workload, principals: ['toy:d'], created_by: ['toy:d'] }
"
            ),
            [
                "a circle of origins, `idn_a` to `idn_b` to `idn_a`: none of them can be the first",
                "a circle of origins, `idn_d` to `idn_d`: none of them can be the first",
            ]
        );
    }

    #[test]
    fn names_that_look_alike_are_told_apart() {
        assert_eq!(
            said(
                "
identities:
  - { id: idn_a, name: admin, kind: human, principals: ['toy:admin'] }
  - { id: idn_b, name: other, kind: human, principals: ['toy:\u{430}dmin'] }
  - { id: idn_c, name: 'ad\u{200b}min', kind: human, principals: ['toy:c'] }
  - { id: idn_d, name: paypal, kind: human, principals: ['toy:paypa1'] }
  - { id: idn_e, name: café, kind: human, principals: ['toy:cafe\u{301}'] }
  - { id: idn_f, name: München, kind: human, principals: ['toy:Nürnberg'] }
  - { id: idn_g, name: adrnin, kind: human, principals: ['toy:Other'] }
  - { id: idn_h, name: 'paypal.', kind: human, principals: ['toy:h'] }
"
            ),
            [
                "`\u{430}dmin` looks like `admin` of `idn_a`, and is another name: U+0430 stands for `a`",
                "`ad\u{200b}min` looks like `admin` of `idn_a`, and is another name: U+200B is not seen",
                "`adrnin` looks like `admin` of `idn_a`, and is another name: `rn` stands for `m`",
                "`paypal.` looks like `paypa1` of `idn_d`, and is another name: `l.` stands for `1`",
            ]
        );
    }
}
