//! A role of one's own with what was used of another, and the bindings that change over to it.
//!
//! The former role and whoever else has it stay as they are: a default role cannot be made smaller, and what
//! the members of a group used is in no log. A use counts in every namespace and for every name.
//!
//! What an audit log cannot tell stays: verbs that are checked inside other requests, events, which policies
//! of the audit leave out, and reads where none was seen at all.
//! Sources: <https://kubernetes.io/docs/reference/access-authn-authz/rbac/>,
//! <https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/>,
//! <https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb>

use super::super::MOST_ACTIONS;
use super::super::smaller::{Cut, Given, Uses, line, unjudged};
use super::{Part, RBAC, Rule, covers};
use crate::least_privilege::{Proposal, Written};
use interlock_model::Digest;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// The verbs that a request can have.
const REQUESTS: [&str; 8] =
    ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const READS: [&str; 3] = ["get", "list", "watch"];
/// Verbs that are no requests: group, resources, verbs.
const INSIDE: [(&str, &[&str], &[&str]); 5] = [
    ("", &["groups", "serviceaccounts", "users"], &["impersonate"]),
    ("authentication.k8s.io", &["uids", "userextras"], &["impersonate"]),
    ("certificates.k8s.io", &["signers"], &["approve", "attest", "sign"]),
    ("policy", &["podsecuritypolicies"], &["use"]),
    (RBAC, &["clusterroles", "roles"], &["bind", "escalate"]),
];
/// What streams: a request for it is a `get` or a `create`, as the client chooses.
const STREAMS: [&str; 3] = ["pods/attach", "pods/exec", "pods/portforward"];

const WHY_INSIDE: &str = "it is checked inside other requests and never logged by itself";
const WHY_EVENTS: &str = "audit policies leave events out";
const WHY_READS: &str = "no read was seen in the window: the audit policy may leave reads out";
const WHY_CREATES: &str = "an update or a patch of what is not there is checked as `create` too";
const WHY_STREAMS: &str = "a client may open the same stream by `get` or by `create`";
const WHY_PATHS: &str = "uses of paths are not counted";

/// A binding, as its connector saw it.
struct Bound {
    kind: &'static str,
    namespace: String,
    name: String,
    role_kind: String,
    subjects: Vec<Value>,
    keeper: Option<String>,
}

impl Bound {
    fn read(given: &Given<'_>) -> Option<Self> {
        let document: Value = serde_json::from_str(given.document).ok()?;
        let text = |key: &str| document.get(key).and_then(Value::as_str).map(str::to_owned);
        let through = given.through.split(' ').next().unwrap_or_default();
        let mut parts = through.splitn(3, '/');
        let (kind, namespace, name) = match (parts.next()?, parts.next()?, parts.next()) {
            ("clusterrolebindings", name, None) => ("ClusterRoleBinding", "", name),
            ("rolebindings", namespace, Some(name)) => ("RoleBinding", namespace, name),
            _ => return None,
        };
        Some(Self {
            kind,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            role_kind: text("role")?,
            subjects: document.get("subjects")?.as_array()?.clone(),
            keeper: text("keeper"),
        })
    }

    /// The binding with these subjects.
    fn written(&self, role: &str, subjects: &[Value]) -> String {
        let of = (self.kind, self.namespace.as_str(), self.name.as_str());
        binding(of, (&self.role_kind, role), subjects)
    }

    /// The kind of role that holds as far as this binding.
    const fn own_role_kind(&self) -> &'static str {
        if self.namespace.is_empty() { "ClusterRole" } else { "Role" }
    }
}

/// Whether a subject of a binding is this principal, and no group.
fn is(subject: &Value, principal: &str) -> bool {
    let said = |key: &str| subject.get(key).and_then(Value::as_str).unwrap_or_default();
    let name = said("name");
    match said("kind") {
        "ServiceAccount" => {
            format!("system:serviceaccount:{}:{name}", said("namespace")) == principal
        }
        "User" => name == principal,
        _ => false,
    }
}

pub(super) fn propose(given: &Given<'_>, uses: &Uses<'_>) -> Option<Proposal> {
    let rules = Rule::all(given.document)?;
    // A binding that was seen before its subjects were is judged after the next look.
    let bound = Bound::read(given)?;
    let as_it_is = yaml(bound.written(given.policy, &bound.subjects));
    let (own, others): (Vec<Value>, Vec<Value>) =
        bound.subjects.iter().cloned().partition(|it| is(it, given.principal));
    let why = if given.through.contains(" as one of ") {
        Some("it comes through a group, whose other members would lose it too")
    } else if own.is_empty() {
        Some("a group acts under the names of its members, so nobody knows what it used")
    } else if rules.iter().flat_map(Rule::parts).nth(MOST_ACTIONS).is_some() {
        Some("it has more rules than are read")
    } else {
        uses.why_not()
    };
    if let Some(why) = why {
        return Some(unjudged(given, uses.window, why, as_it_is));
    }
    let mut cut = Cut::default();
    let judge = Judge { uses, reads: uses.all.iter().any(|it| is_read(&it.action)) };
    let mut left = String::new();
    for rule in &rules {
        judge.rule(rule, &bound, &mut cut, &mut left);
    }
    let name = own_name(given, &bound);
    let kind = bound.own_role_kind();
    let in_place = others.is_empty() && name == given.policy && bound.role_kind == kind;
    // The former binding stays, so the new one must not have its name.
    let name = if !in_place && name == bound.name { format!("{name}-2") } else { name };
    let head = head(given, uses, &bound, in_place);
    let texts = if in_place {
        let former = rules.iter().map(whole).collect::<String>();
        let smaller = format!("{head}{}", role(&bound, &name, &left));
        (Some(yaml(smaller)), yaml(role(&bound, given.policy, &former)))
    } else {
        let mut smaller = head;
        let of = (bound.kind, bound.namespace.as_str(), name.as_str());
        if !left.is_empty() {
            smaller.push_str(&role(&bound, &name, &left));
            let _ = write!(smaller, "---\n{}---\n", binding(of, (kind, &name), &own));
        }
        let _ = write!(
            smaller,
            "# The binding as it is, without {}.\n{}",
            line(given.principal),
            bound.written(given.policy, &others)
        );
        let undo = format!(
            "# The binding as it was. Apply this first, then delete the {} and the {kind} `{}`.\n{}",
            bound.kind,
            line(&name),
            bound.written(given.policy, &bound.subjects)
        );
        (Some(yaml(smaller)), yaml(undo))
    };
    cut.proposal(given, uses, group_of, texts)
}

fn head(given: &Given<'_>, uses: &Uses<'_>, bound: &Bound, in_place: bool) -> String {
    let (policy, principal) = (line(given.policy), line(given.principal));
    let mut head = format!(
        "# What {principal} used of the {} `{policy}` from {} to {}.\n# Review it, then: kubectl apply -f FILE\n",
        line(&bound.role_kind),
        uses.window.since,
        uses.window.until
    );
    if !in_place {
        let _ = writeln!(head, "# `{policy}` itself and whoever else has it stay as they are.");
    }
    if let Some(keeper) = &bound.keeper {
        let keeper = line(keeper);
        let _ =
            writeln!(head, "# {keeper} keeps the binding and would put it back: change it there.");
    }
    head
}

struct Judge<'j> {
    uses: &'j Uses<'j>,
    /// Whether any read was seen.
    reads: bool,
}

impl Judge<'_> {
    /// Writes what is left of a rule.
    fn rule(&self, rule: &Rule, bound: &Bound, cut: &mut Cut, left: &mut String) {
        if !rule.urls.is_empty() {
            let everywhere = bound.namespace.is_empty();
            let why = if everywhere { WHY_PATHS } else { "a namespace has no such paths" };
            for verb in &rule.verbs {
                for url in &rule.urls {
                    cut.open(&format!("{verb} {url}"), why, everywhere);
                }
            }
            if everywhere {
                left.push_str(&whole(rule));
            }
            return;
        }
        let mut kept = BTreeSet::new();
        rule.parts().for_each(|it| self.part(it, cut, &mut kept));
        let mut verbs: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
        for (verb, group, resource) in kept {
            verbs.entry((group, resource)).or_default().push(verb);
        }
        let mut resources: BTreeMap<(String, Vec<String>), Vec<String>> = BTreeMap::new();
        for ((group, resource), verbs) in verbs {
            resources.entry((group, verbs)).or_default().push(resource);
        }
        for ((group, verbs), resources) in resources {
            left.push_str(&written(&[group], &resources, &rule.names, &verbs));
        }
    }

    fn part(&self, part: Part<'_>, cut: &mut Cut, kept: &mut BTreeSet<(String, String, String)>) {
        let is_wild = part.group == "*" || part.resource.contains('*');
        let mut verbs = vec![part.verb];
        if part.verb == "*" {
            verbs = REQUESTS.to_vec();
            let inside = INSIDE.iter().filter(|it| !is_wild && part.on(it.0, it.1));
            verbs.extend(inside.flat_map(|it| it.2));
            if is_wild {
                cut.open(
                    &part.written(),
                    "it allows verbs that are checked inside other requests",
                    false,
                );
            }
        }
        let mut keep = |it: Part<'_>, resource: &str| {
            kept.insert((it.verb.to_owned(), it.group.to_owned(), resource.to_owned()));
        };
        let mut all = true;
        for verb in verbs {
            let one = Part { verb, ..part };
            let pattern = one.written();
            let used = self.uses.covered(|it| covers(&pattern, it));
            used.iter().for_each(|it| cut.stays(it));
            let whole = self.why_open(one).filter(|_| used.is_empty() || is_wild);
            if let Some(why) = whole {
                cut.open(&pattern, why, true);
                keep(one, one.resource);
            } else if !is_wild && !used.is_empty() {
                keep(one, one.resource);
            } else {
                all = false;
            }
            if !is_wild || whole.is_some() {
                continue;
            }
            for it in &used {
                if let Some((it, part)) = Part::read(&it.action) {
                    match part {
                        "" => keep(it, it.resource),
                        part => keep(it, &format!("{}/{part}", it.resource)),
                    }
                }
            }
            let events = Part { resource: "events", ..one };
            if part.resource == "*" && matches!(part.group, "" | "*" | "events.k8s.io") {
                // Of every group there is, they would stay for ever.
                if part.group == "*" {
                    cut.open(&Part { resource: "events", ..part }.written(), WHY_EVENTS, false);
                } else {
                    cut.open(&events.written(), WHY_EVENTS, true);
                    keep(events, events.resource);
                }
            }
        }
        if !all {
            cut.goes(&part.written());
        }
    }

    /// Why no use of it says nothing; `None` when the log would tell.
    fn why_open(&self, part: Part<'_>) -> Option<&'static str> {
        let used = |verb: &str| {
            let pattern = Part { verb, ..part }.written();
            self.uses.all.iter().any(|it| covers(&pattern, &it.action))
        };
        if !REQUESTS.contains(&part.verb) {
            return Some(WHY_INSIDE);
        }
        if part.resource == "events" && matches!(part.group, "" | "events.k8s.io") {
            return Some(WHY_EVENTS);
        }
        if READS.contains(&part.verb) && !self.reads {
            return Some(WHY_READS);
        }
        if part.group.is_empty() && STREAMS.contains(&part.resource) {
            let other = match part.verb {
                "get" => Some("create"),
                "create" => Some("get"),
                _ => None,
            };
            if other.is_some_and(used) {
                return Some(WHY_STREAMS);
            }
        }
        let creates =
            part.verb == "create" && !part.resource.contains(['*', '/']) && part.group != "*";
        (creates && (used("update") || used("patch"))).then_some(WHY_CREATES)
    }
}

fn is_read(action: &str) -> bool {
    action.split_once(' ').is_some_and(|(verb, _)| READS.contains(&verb))
}

/// The API group of an action.
fn group_of(action: &str) -> &str {
    let what = action.split_once(' ').map_or(action, |it| it.1);
    let base = what.split_once('/').map_or(what, |it| it.0);
    base.split_once('.').map_or("core", |it| it.1)
}

/// The name of a role that is one principal's alone: the same each time.
fn own_name(given: &Given<'_>, bound: &Bound) -> String {
    let mut parts = given.principal.strip_prefix("system:serviceaccount:").into_iter();
    let who = match parts.next().and_then(|it| it.split_once(':')) {
        Some((namespace, name)) if namespace == bound.namespace => name.to_owned(),
        Some(_) | None => {
            // Different names must not become one.
            let plain: String = given
                .principal
                .chars()
                .map(|it| if it.is_ascii_alphanumeric() { it.to_ascii_lowercase() } else { '-' })
                .take(80)
                .collect();
            let digest = Digest::of(given.principal.as_bytes()).to_string();
            format!("{}-{}", plain.trim_matches('-'), digest.get(..8).unwrap_or_default())
        }
    };
    let suffix = format!("-of-{who}");
    let base = given.policy.strip_suffix(&suffix).unwrap_or(given.policy);
    // Names that begin with `system:` are the cluster's own.
    format!("{}{suffix}", base.replace([':', '/', '%'], "-"))
}

fn yaml(text: String) -> Written {
    Written::Text { form: "yaml", text }
}

/// A text in quotes: JSON is YAML.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn list(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|it| quoted(it)).collect();
    format!("[{}]", words.join(", "))
}

fn object(kind: &str, namespace: &str, name: &str) -> String {
    let mut text =
        format!("apiVersion: {RBAC}/v1\nkind: {kind}\nmetadata:\n  name: {}\n", quoted(name));
    if !namespace.is_empty() {
        let _ = writeln!(text, "  namespace: {}", quoted(namespace));
    }
    text
}

fn role(bound: &Bound, name: &str, rules: &str) -> String {
    let begin = object(bound.own_role_kind(), &bound.namespace, name);
    match rules {
        "" => format!("{begin}rules: []\n"),
        rules => format!("{begin}rules:\n{rules}"),
    }
}

fn binding(
    (kind, namespace, name): (&str, &str, &str),
    (role_kind, role): (&str, &str),
    subjects: &[Value],
) -> String {
    let mut text = object(kind, namespace, name);
    let _ = writeln!(
        text,
        "roleRef:\n  apiGroup: {RBAC}\n  kind: {}\n  name: {}",
        line(role_kind),
        quoted(role)
    );
    match subjects {
        [] => text.push_str("subjects: []\n"),
        some => {
            text.push_str("subjects:\n");
            for it in some {
                let _ = writeln!(text, "- {it}");
            }
        }
    }
    text
}

/// A rule as it is.
fn whole(rule: &Rule) -> String {
    if rule.urls.is_empty() {
        return written(&rule.groups, &rule.resources, &rule.names, &rule.verbs);
    }
    format!("- nonResourceURLs: {}\n  verbs: {}\n", list(&rule.urls), list(&rule.verbs))
}

fn written(groups: &[String], resources: &[String], names: &[String], verbs: &[String]) -> String {
    let mut text = format!("- apiGroups: {}\n  resources: {}\n", list(groups), list(resources));
    if !names.is_empty() {
        let _ = writeln!(text, "  resourceNames: {}", list(names));
    }
    let _ = writeln!(text, "  verbs: {}", list(verbs));
    text
}
