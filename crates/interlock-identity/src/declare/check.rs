//! From what people wrote to what it means: ids, references, principals and patterns.

use super::node::Node;
use super::raw::{RawEnvironment, RawIdentity, RawProtected, RawTeam};
use super::shape::did_you_mean;
use super::{Declaration, DeclaredEnvironment, DeclaredIdentity, Protected, ProtectedPattern};
use crate::glob::Pattern;
use crate::principal::{Malformed, checked};
use interlock_model::{
    CredentialRef, Dependent, Entitlement, Gravity, IdentityId, LineageEdge, LineageKind, Owner,
    OwnerId, Principal, Problem, Timestamp,
};
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;
use std::ops::Range;
use std::str::FromStr;
use std::sync::Arc;

/// The ids of all teams, sound or not: a reference to a team that has another problem is right.
pub(super) fn team_ids(node: &Node) -> Vec<OwnerId> {
    let teams = node.get("teams").map(Node::items).unwrap_or_default();
    let ids = teams.iter().filter_map(|it| it.get("id"));
    ids.filter_map(|it| it.value().as_str()?.parse().ok()).collect()
}

/// Checks all documents together: a reference may point into another file.
pub(super) fn check(
    documents: &[(&Arc<str>, Node)],
    announced: Vec<OwnerId>,
    problems: &mut Vec<Problem>,
) -> Declaration {
    let mut check = Check { problems, owners: announced, accounts: HashMap::new() };
    let mut declaration = Declaration::default();
    for (file, node, raw) in items::<RawTeam>(documents, "teams") {
        check.team(At { file, node }, raw, &mut declaration.owners);
    }
    for (file, node, raw) in items::<RawEnvironment>(documents, "environments") {
        let it = check.environment(At { file, node }, raw);
        declaration.environments.push(it);
    }
    let mut seen = HashMap::new();
    for (file, node, raw) in items::<RawIdentity>(documents, "identities") {
        let at = At { file, node };
        let criticality = raw.criticality.map(Into::into);
        if let Some(it) = check.identity(at, raw, &mut seen) {
            declaration.criticality.extend(criticality.map(|level| (it.id.clone(), level)));
            declaration.identities.push(it);
        }
    }
    for (file, node, raw) in items::<RawProtected>(documents, "protected") {
        let at = At { file, node };
        declaration.protected.extend(check.protected(at, raw, &declaration.identities));
    }
    check.claims(documents, &declaration.identities);
    declaration
}

/// The entries of a section that fit their type; the others are reported already.
fn items<'a, R: DeserializeOwned>(
    documents: &'a [(&'a Arc<str>, Node)],
    section: &'static str,
) -> impl Iterator<Item = (&'a Arc<str>, &'a Node, R)> {
    documents.iter().flat_map(move |(file, node)| {
        let items = node.get(section).map(Node::items).unwrap_or_default();
        items
            .iter()
            .filter_map(move |it| Some((*file, it, serde_json::from_value(it.value()).ok()?)))
    })
}

/// One entry and its file.
#[derive(Clone, Copy)]
struct At<'a> {
    file: &'a Arc<str>,
    node: &'a Node,
}

impl At<'_> {
    fn span(&self, key: &str, index: Option<usize>) -> Option<Range<usize>> {
        let value = self.node.get(key);
        index
            .and_then(|index| value.and_then(|it| it.items().get(index)))
            .or(value)
            .and_then(Node::place)
            .or_else(|| self.node.place())
    }
}

struct Check<'p> {
    problems: &'p mut Vec<Problem>,
    owners: Vec<OwnerId>,
    accounts: HashMap<Box<str>, &'static str>,
}

impl Check<'_> {
    fn report(
        &mut self,
        gravity: Gravity,
        file: &Arc<str>,
        span: Option<Range<usize>>,
        what: impl Display,
        help: Option<String>,
    ) {
        let file = Arc::clone(file);
        self.problems.push(Problem { file, span, gravity, what: what.to_string(), help });
    }

    fn error(
        &mut self,
        at: At<'_>,
        key: &str,
        index: Option<usize>,
        what: impl Display,
        help: Option<String>,
    ) {
        self.report(Gravity::Error, at.file, at.span(key, index), what, help);
    }

    fn id<I: FromStr<Err: Display>>(
        &mut self,
        at: At<'_>,
        key: &str,
        text: &str,
        prefix: &str,
    ) -> Option<I> {
        match text.parse() {
            Ok(id) => Some(id),
            Err(error) => {
                let repaired = format!("{prefix}{}", text.replace([' ', '/'], "-"));
                let help = repaired.parse::<I>().is_ok().then(|| format!("write `{repaired}`"));
                self.error(at, key, None, error, help);
                None
            }
        }
    }

    fn team(&mut self, at: At<'_>, raw: RawTeam, owners: &mut Vec<Owner>) {
        let Some(id) = self.id::<OwnerId>(at, "id", &raw.id, OwnerId::PREFIX) else { return };
        if owners.iter().any(|it| it.id == id) {
            let help = Some("give each team an id of its own".to_owned());
            return self.error(at, "id", None, format_args!("two teams are called `{id}`"), help);
        }
        let name = raw.name.unwrap_or_else(|| short(id.as_str(), OwnerId::PREFIX));
        let fallback = self.owner(at, "fallback", raw.fallback.as_deref());
        if fallback.as_ref() == Some(&id) {
            let help = Some("name another team, or none".to_owned());
            self.error(at, "fallback", None, format_args!("`{id}` falls back on itself"), help);
        }
        owners.push(Owner { id, name, contact: raw.contact, approvers: raw.approvers, fallback });
    }

    fn owner(&mut self, at: At<'_>, key: &str, text: Option<&str>) -> Option<OwnerId> {
        let text = text?;
        if let Some(owner) = self.owners.iter().find(|it| it.as_str() == text) {
            return Some(owner.clone());
        }
        let known: Vec<&str> = self.owners.iter().map(OwnerId::as_str).collect();
        let prefixed = format!("{}{text}", OwnerId::PREFIX);
        let help = if known.is_empty() {
            "declare it under `teams`".to_owned()
        } else if known.contains(&prefixed.as_str()) {
            format!("write `{prefixed}`")
        } else {
            did_you_mean(text, known.iter().copied())
        };
        self.error(at, key, None, format_args!("no team is called `{text}`"), Some(help));
        None
    }

    fn environment(&mut self, at: At<'_>, raw: RawEnvironment) -> DeclaredEnvironment {
        let environment = interlock_model::Environment::from(raw.environment);
        let nodes = at.node.get("accounts").map(Node::items).unwrap_or_default();
        let mut accounts = Vec::new();
        for (account, node) in raw.accounts.into_iter().zip(nodes) {
            let here = At { file: at.file, node };
            let owner = self.owner(here, "owner", account.owner.as_deref());
            let id: Box<str> = account.id.into();
            if let Some(other) = self.accounts.insert(id.clone(), environment.as_str()) {
                let what = format!("account `{id}` is in `{other}` already");
                let help =
                    Some("an account belongs to one environment; leave it out here".to_owned());
                self.error(here, "id", None, what, help);
                continue;
            }
            accounts.push((id, owner));
        }
        let names = self.patterns(at, "names", &raw.names);
        DeclaredEnvironment { environment, accounts, names }
    }

    fn patterns(&mut self, at: At<'_>, key: &str, texts: &[String]) -> Vec<Pattern> {
        let mut patterns = Vec::new();
        for (index, text) in texts.iter().enumerate() {
            patterns.extend(self.pattern(at, key, Some(index), text));
        }
        patterns
    }

    fn pattern(
        &mut self,
        at: At<'_>,
        key: &str,
        index: Option<usize>,
        text: &str,
    ) -> Option<Pattern> {
        match Pattern::new(text) {
            Ok(pattern) => Some(pattern),
            Err(error) => {
                let help = "`*` stands for any text, `?` for one character; fix some of the text";
                self.error(at, key, index, error, Some(help.to_owned()));
                None
            }
        }
    }

    fn principal(&mut self, at: At<'_>, key: &str, index: usize, text: &str) -> Option<Principal> {
        match checked(text) {
            Ok(principal) => Some(principal),
            Err(Malformed { what, help }) => {
                self.error(at, key, Some(index), what, help);
                None
            }
        }
    }

    fn credential(
        &mut self,
        at: At<'_>,
        key: &str,
        index: Option<usize>,
        text: &str,
    ) -> Option<CredentialRef> {
        let credential = CredentialRef::from_text(text);
        if credential.is_none() {
            let help = if text.starts_with("AKIA") {
                format!("write `aws:access-key:{text}`")
            } else {
                "write `provider:kind:id`, for example `aws:access-key:AKIAIOSFODNN7EXAMPLE`"
                    .to_owned()
            };
            self.error(at, key, index, format_args!("`{text}` is not a credential"), Some(help));
        }
        credential
    }

    fn identity(
        &mut self,
        at: At<'_>,
        raw: RawIdentity,
        seen: &mut HashMap<IdentityId, Arc<str>>,
    ) -> Option<DeclaredIdentity> {
        let owner = self.owner(at, "owner", raw.owner.as_deref());
        let (mut principals, mut patterns) = (Vec::new(), Vec::new());
        for (index, text) in raw.principals.iter().enumerate() {
            let Some(principal) = self.principal(at, "principals", index, text) else { continue };
            if Pattern::is_wild(text) {
                patterns.extend(self.pattern(at, "principals", Some(index), text));
            } else if principals.contains(&principal) {
                let what = format!("`{principal}` stands here twice");
                let span = at.span("principals", Some(index));
                self.report(Gravity::Warning, at.file, span, what, Some("remove one".to_owned()));
            } else {
                principals.push(principal);
            }
        }
        let mut credentials = Vec::new();
        for (index, text) in raw.credentials.iter().enumerate() {
            credentials.extend(self.credential(at, "credentials", Some(index), text));
        }
        let mut lineage = Vec::new();
        for (key, kind, texts) in [
            ("created_by", LineageKind::CreatedBy, &raw.created_by),
            ("deployed_by", LineageKind::DeployedBy, &raw.deployed_by),
            ("assumed_by", LineageKind::AssumedBy, &raw.assumed_by),
        ] {
            for (index, text) in texts.iter().enumerate() {
                let to = self.principal(at, key, index, text);
                lineage.extend(to.map(|to| LineageEdge {
                    kind,
                    to,
                    seen: None,
                    shown_by: None,
                    declared: true,
                }));
            }
        }
        let departed = raw.departed.as_deref().and_then(|it| self.time(at, "departed", it));
        let id = self.id::<IdentityId>(at, "id", &raw.id, IdentityId::PREFIX)?;
        if let Some(file) = seen.insert(id.clone(), Arc::clone(at.file)) {
            let what = format!("two identities are called `{id}`; the other is in `{file}`");
            self.error(
                at,
                "id",
                None,
                what,
                Some("give each its own id, or make them one".to_owned()),
            );
            return None;
        }
        Some(DeclaredIdentity {
            kind: raw.kind.into(),
            name: raw.name.unwrap_or_else(|| short(id.as_str(), IdentityId::PREFIX)),
            id,
            owner,
            environment: raw.environment.map(Into::into),
            principals,
            patterns,
            credentials,
            dependents: raw
                .dependents
                .into_iter()
                .map(|it| Dependent {
                    name: it.name,
                    basis: it.basis.unwrap_or_else(|| "declared".to_owned()),
                    last_used: None,
                    production: it.production,
                })
                .collect(),
            lineage,
            entitlements: raw
                .entitlements
                .into_iter()
                .map(|it| Entitlement {
                    grant: it.grant,
                    scope: it.scope.unwrap_or_else(|| "*".to_owned()),
                    through: "declared".to_owned(),
                    risk: it.risk.into(),
                })
                .collect(),
            protected: raw.protected,
            departed,
            canary: raw.canary,
            for_drills: raw.for_drills,
        })
    }

    fn time(&mut self, at: At<'_>, key: &str, text: &str) -> Option<Timestamp> {
        let whole_day = format!("{text}T00:00:00Z");
        let time = text.parse().or_else(|_| whole_day.parse()).ok();
        if time.is_none() {
            let help = "write a day such as `2026-03-31`, or a time such as `2026-03-31T16:00:00Z`";
            let what = format_args!("`{}` is not a time", text.escape_debug());
            self.error(at, key, None, what, Some(help.to_owned()));
        }
        time
    }

    fn protected(
        &mut self,
        at: At<'_>,
        raw: RawProtected,
        identities: &[DeclaredIdentity],
    ) -> Option<ProtectedPattern> {
        let what = match (raw.identity, raw.principal, raw.credential) {
            (Some(text), None, None) => {
                let pattern = self.pattern(at, "identity", None, &text)?;
                if !identities.iter().any(|it| pattern.matches(it.id.as_str())) {
                    let known = identities.iter().map(|it| it.id.as_str());
                    let help = super::nearest::nearest(&text, known)
                        .map(|it| format!("did you mean `{it}`?"))
                        .or_else(|| {
                            Some("declare the identity, or protect its principal".to_owned())
                        });
                    let what = format!("`{text}` matches no declared identity");
                    self.report(Gravity::Warning, at.file, at.span("identity", None), what, help);
                }
                Protected::Identity(pattern)
            }
            (None, Some(text), None) => {
                self.principal(at, "principal", usize::MAX, &text)?;
                Protected::Principal(self.pattern(at, "principal", None, &text)?)
            }
            (None, None, Some(text)) => {
                Protected::Credential(self.credential(at, "credential", None, &text)?)
            }
            _ => {
                let what = "an entry of `protected` names exactly one of `identity`, `principal`, `credential`";
                let help = Some("split it into one entry each".to_owned());
                self.error(at, "reason", None, what, help);
                return None;
            }
        };
        Some(ProtectedPattern { what, reason: raw.reason })
    }

    /// One name in two hands: usable, but every event of it is ambiguous, so say so where it stands.
    fn claims(&mut self, documents: &[(&Arc<str>, Node)], identities: &[DeclaredIdentity]) {
        let mut claims: BTreeMap<String, Vec<&DeclaredIdentity>> = BTreeMap::new();
        for identity in identities {
            let names = identity.principals.iter().map(ToString::to_string);
            let patterns = identity.patterns.iter().map(ToString::to_string);
            let credentials = identity.credentials.iter().map(ToString::to_string);
            for name in names.chain(patterns).chain(credentials) {
                let holders = claims.entry(name).or_default();
                if !holders.iter().any(|it| it.id == identity.id) {
                    holders.push(identity);
                }
            }
        }
        claims.retain(|_, holders| holders.len() > 1);
        for (file, node, raw) in items::<RawIdentity>(documents, "identities") {
            let at = At { file, node };
            for (key, texts) in [("principals", &raw.principals), ("credentials", &raw.credentials)]
            {
                for (index, text) in texts.iter().enumerate() {
                    let Some(holders) = claims.get(text) else { continue };
                    // The first holder is where it belongs; the problem is shown at the others.
                    if holders.first().is_none_or(|it| it.id.as_str() == raw.id) {
                        continue;
                    }
                    let what = contested(text, holders);
                    let help = "leave it with one identity, or give each its own credential";
                    let span = at.span(key, Some(index));
                    self.report(Gravity::Warning, file, span, what, Some(help.to_owned()));
                }
            }
        }
    }
}

fn contested(text: &str, holders: &[&DeclaredIdentity]) -> String {
    let mut owners: Vec<&str> =
        holders.iter().filter_map(|it| it.owner.as_ref().map(OwnerId::as_str)).collect();
    owners.sort_unstable();
    owners.dedup();
    let ids = holders.iter().map(|it| format!("`{}`", it.id)).collect::<Vec<_>>().join(" and ");
    let owners = match owners.as_slice() {
        [] | [_] => String::new(),
        several => {
            let named = several.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>();
            format!(", so it has {} owners: {}", several.len(), named.join(" and "))
        }
    };
    format!("`{text}` is claimed by {ids}{owners}; its events are ambiguous")
}

fn short(id: &str, prefix: &str) -> String {
    id.strip_prefix(prefix).unwrap_or(id).to_owned()
}
