//! Whether one principal may do one thing: its own policies, its groups', its boundary, every denial.
//!
//! | There is | Decision |
//! | --- | --- |
//! | a denial that applies | denied by that statement |
//! | no statement that allows, or a boundary without one | denied by nothing, or by the boundary |
//! | a denial or an allowance under a condition that is not known, or a boundary not read | conditional |
//! | an allowance that applies, in the boundary as well where there is one | allowed |
//!
//! Not seen from an account's own details: policies of the organization, policies of resources,
//! policies of sessions. The first and the last can only take away; a resource's can add.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

use super::account::{Account, Grants, Role, User};
use super::condition::{Expanded, Facts, Holds, covers, covers_action, expand, touches_action};
use super::document::{Document, Effect, Names, Statement, Version};
use std::borrow::Cow;
use std::fmt;

/// A principal of an account, with everything that says what it may do.
#[derive(Debug, Clone)]
pub struct Subject<'a> {
    /// The user or role.
    pub who: Who<'a>,
    /// The policies that give.
    pub granted: Vec<Source<'a>>,
    /// What limits them.
    pub boundary: Boundary<'a>,
    /// Attached policies that the account's details do not hold, by ARN.
    pub unread: Vec<&'a str>,
}

/// A user or a role.
#[derive(Debug, Clone, Copy)]
pub enum Who<'a> {
    /// A user.
    User(&'a User),
    /// A role.
    Role(&'a Role),
}

impl<'a> Who<'a> {
    /// Its ARN.
    #[must_use]
    pub fn arn(self) -> &'a str {
        match self {
            Self::User(it) => &it.arn,
            Self::Role(it) => &it.arn,
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'a str {
        match self {
            Self::User(it) => &it.name,
            Self::Role(it) => &it.name,
        }
    }
}

/// One policy that gives or limits.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The policy: the ARN of a managed one, the name of an inline one.
    pub policy: &'a str,
    /// The group through which it comes.
    pub group: Option<&'a str>,
    /// What it says.
    pub document: &'a Document,
}

/// What limits all that policies give.
#[derive(Debug, Clone, Copy)]
pub enum Boundary<'a> {
    /// Nothing does.
    None,
    /// This policy.
    Policy(Source<'a>),
    /// A policy that the account's details do not hold.
    Unread(&'a str),
}

/// What is asked: one action on one resource.
///
/// Both may be patterns: then the question is whether all that they stand for may be done, but for
/// what denials of less, and resources that a statement excepts, take from it.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The action: `s3:GetObject`.
    pub action: &'a str,
    /// The ARN of the resource.
    pub resource: &'a str,
    /// Keys of conditions whose value is known: `iam:PassedToService`.
    pub known: &'a [(&'a str, &'a str)],
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It may.
    Allowed {
        /// The statement that allows it.
        by: Cause,
    },
    /// It may if what is not known here holds.
    Conditional {
        /// The conditions, in words; all must hold.
        why: Vec<String>,
    },
    /// It may not.
    Denied {
        /// What denies it.
        by: Denial,
    },
}

impl Decision {
    /// Whether it is possible at all.
    #[must_use]
    pub const fn is_possible(&self) -> bool {
        match self {
            Self::Allowed { .. } | Self::Conditional { .. } => true,
            Self::Denied { .. } => false,
        }
    }

    /// Denied, conditional, allowed: 0, 1, 2.
    #[must_use]
    pub const fn rank(&self) -> u8 {
        match self {
            Self::Denied { .. } => 0,
            Self::Conditional { .. } => 1,
            Self::Allowed { .. } => 2,
        }
    }
}

/// What denies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denial {
    /// A statement says so.
    Statement(Cause),
    /// The boundary does not allow it.
    Boundary(String),
    /// No statement allows it.
    NothingAllows,
}

/// One statement of one policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The policy: the ARN of a managed one, the name of an inline one.
    pub policy: String,
    /// The group through which it comes.
    pub group: Option<String>,
    /// The statement's name, or its number from 0.
    pub statement: String,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "statement `{}` of `{}`", self.statement, self.policy)?;
        match &self.group {
            Some(group) => write!(f, " through group `{group}`"),
            None => Ok(()),
        }
    }
}

impl Account {
    /// The user or role of this ARN, with its policies.
    #[must_use]
    pub fn subject(&self, arn: &str) -> Option<Subject<'_>> {
        if let Some(user) = self.users.get(arn) {
            let boundary = self.boundary(user.boundary.as_deref());
            let mut subject = Subject::new(Who::User(user), boundary);
            subject.add(self, &user.grants, None);
            for group in user.groups.iter().filter_map(|it| self.groups.get(it)) {
                subject.add(self, &group.grants, Some(&group.name));
            }
            return Some(subject);
        }
        let role = self.roles.get(arn)?;
        let boundary = self.boundary(role.boundary.as_deref());
        let mut subject = Subject::new(Who::Role(role), boundary);
        subject.add(self, &role.grants, None);
        Some(subject)
    }

    /// The policies among these grants that can be read, and the ARNs of the others.
    pub(super) fn sources<'a>(
        &'a self,
        grants: &'a Grants,
        group: Option<&'a str>,
    ) -> (Vec<Source<'a>>, Vec<&'a str>) {
        let inline = grants.inline.iter();
        let mut read: Vec<_> =
            inline.map(|it| Source { policy: &it.name, group, document: &it.document }).collect();
        let mut unread = Vec::new();
        for arn in &grants.attached {
            match self.managed(arn) {
                Some(document) => read.push(Source { policy: arn, group, document }),
                None => unread.push(arn.as_str()),
            }
        }
        (read, unread)
    }

    fn managed(&self, arn: &str) -> Option<&Document> {
        Some(&self.policies.get(arn)?.current()?.document)
    }

    fn boundary<'a>(&'a self, arn: Option<&'a str>) -> Boundary<'a> {
        let Some(arn) = arn else { return Boundary::None };
        match self.managed(arn) {
            Some(document) => Boundary::Policy(Source { policy: arn, group: None, document }),
            None => Boundary::Unread(arn),
        }
    }
}

/// How the statements of some policies answer one request.
#[derive(Debug, Default)]
struct Answer {
    denied: Option<Cause>,
    allowed: Option<Cause>,
    may_deny: Vec<String>,
    may_allow: Vec<String>,
}

impl<'a> Subject<'a> {
    pub(super) const fn new(who: Who<'a>, boundary: Boundary<'a>) -> Self {
        Self { who, granted: Vec::new(), boundary, unread: Vec::new() }
    }

    fn add(&mut self, account: &'a Account, grants: &'a Grants, group: Option<&'a str>) {
        let (read, unread) = account.sources(grants, group);
        self.granted.extend(read);
        self.unread.extend(unread);
    }

    /// Whether it may do this.
    #[must_use]
    pub fn decide(&self, request: &Request<'_>) -> Decision {
        let facts = self.facts(request);
        let mut why = Vec::new();
        let own = answer(&self.granted, request, &facts);
        let limit = match &self.boundary {
            Boundary::None => None,
            Boundary::Policy(source) => Some((source, answer(&[*source], request, &facts))),
            Boundary::Unread(arn) => {
                why.push(format!("the boundary `{arn}` was not read"));
                None
            }
        };
        let denied = limit.as_ref().and_then(|it| it.1.denied.clone());
        if let Some(cause) = own.denied.or(denied) {
            return Decision::Denied { by: Denial::Statement(cause) };
        }
        if own.allowed.is_none() && own.may_allow.is_empty() {
            return Decision::Denied { by: Denial::NothingAllows };
        }
        why.extend(own.may_deny);
        if own.allowed.is_none() {
            why.extend(own.may_allow);
        }
        if let Some((source, limit)) = limit {
            if limit.allowed.is_none() && limit.may_allow.is_empty() {
                return Decision::Denied { by: Denial::Boundary(source.policy.to_owned()) };
            }
            why.extend(limit.may_deny);
            if limit.allowed.is_none() {
                why.extend(limit.may_allow);
            }
        }
        match own.allowed {
            Some(by) if why.is_empty() => Decision::Allowed { by },
            _ => Decision::Conditional { why },
        }
    }

    /// The best answer for this action on any resource that a statement names, with that resource.
    #[must_use]
    pub fn anywhere(&self, action: &str, known: &[(&str, &str)]) -> (Decision, Cow<'a, str>) {
        let mut best = (Decision::Denied { by: Denial::NothingAllows }, Cow::Borrowed("*"));
        for resource in self.resources_for(action) {
            let decision = self.decide(&Request { action, resource: &resource, known });
            if decision.rank() > best.0.rank() {
                best = (decision, resource);
            }
        }
        best
    }

    /// The resources that statements on this action name: candidates for what it may reach.
    pub(super) fn resources_for(&self, action: &str) -> Vec<Cow<'a, str>> {
        let facts = Facts(self.own_facts());
        let mut out: Vec<Cow<'a, str>> = Vec::new();
        for (statement, version) in self.statements() {
            if !names_action(statement, action) {
                continue;
            }
            let names = match (&statement.effect, &statement.resources) {
                (Effect::Allow, Some(Names::These(names)))
                | (Effect::Deny, Some(Names::AllBut(names))) => names.as_slice(),
                (Effect::Allow, Some(Names::AllBut(_)) | None)
                | (Effect::Deny, Some(Names::These(_)) | None) => &[],
            };
            for it in names {
                let text = expand(it, &facts, version).text;
                if out.len() < MOST_RESOURCES && !out.contains(&text) {
                    out.push(text);
                }
            }
        }
        if !out.iter().any(|it| it == "*") {
            out.push(Cow::Borrowed("*"));
        }
        out
    }

    /// Whether it may do everything, the management of permissions included; denials of less aside.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        ["*", "iam:*"].into_iter().all(|action| {
            let everything = Request { action, resource: "*", known: &[] };
            matches!(self.decide(&everything), Decision::Allowed { .. })
        })
    }

    /// All statements of its policies and its boundary, with the language they are written in.
    pub(super) fn statements(&self) -> impl Iterator<Item = (&'a Statement, Version)> {
        let limit = match &self.boundary {
            Boundary::Policy(source) => Some(source.document),
            Boundary::None | Boundary::Unread(_) => None,
        };
        let own = self.granted.iter().map(|it| it.document);
        own.chain(limit).flat_map(|it| it.statements.iter().map(|one| (one, it.version)))
    }

    /// What is known of a request of this subject.
    pub(super) fn facts<'r>(&self, request: &Request<'r>) -> Facts<'r>
    where
        'a: 'r,
    {
        let mut facts = self.own_facts();
        facts.extend(request.known.iter().map(|it| (it.0.into(), it.1.into())));
        Facts(facts)
    }

    fn own_facts<'r>(&self) -> Vec<(Cow<'r, str>, Cow<'r, str>)>
    where
        'a: 'r,
    {
        let arn = self.who.arn();
        let mut facts: Vec<(Cow<'r, str>, Cow<'r, str>)> =
            vec![("aws:PrincipalArn".into(), arn.into())];
        if let Some(number) = arn.split(':').nth(4) {
            facts.push(("aws:PrincipalAccount".into(), number.into()));
        }
        let (kind, tags) = match self.who {
            Who::User(it) => {
                facts.push(("aws:username".into(), it.name.as_str().into()));
                ("User", &it.tags)
            }
            Who::Role(it) => ("AssumedRole", &it.tags),
        };
        facts.push(("aws:PrincipalType".into(), kind.into()));
        for (key, value) in tags {
            facts.push((format!("aws:PrincipalTag/{key}").into(), value.as_str().into()));
        }
        facts
    }
}

/// Most resources that are looked at for one action.
const MOST_RESOURCES: usize = 256;

fn answer(sources: &[Source<'_>], request: &Request<'_>, facts: &Facts<'_>) -> Answer {
    let mut out = Answer::default();
    for source in sources {
        for (index, statement) in source.document.statements.iter().enumerate() {
            let mut why = Vec::new();
            let applies = applies(statement, request, facts, source.document.version, &mut why);
            let cause = || Cause {
                policy: source.policy.to_owned(),
                group: source.group.map(str::to_owned),
                statement: statement
                    .sid
                    .as_deref()
                    .map_or_else(|| index.to_string(), str::to_owned),
            };
            match (applies, statement.effect) {
                (Holds::No, _) => {}
                (Holds::Yes, Effect::Deny) => {
                    out.denied = Some(cause());
                    return out;
                }
                (Holds::Yes, Effect::Allow) => out.allowed = out.allowed.or_else(|| Some(cause())),
                (Holds::Maybe, Effect::Deny) => {
                    out.may_deny.push(format!("not denied where {}", why.join(" and ")));
                }
                (Holds::Maybe, Effect::Allow) => {
                    out.may_allow.push(format!("allowed where {}", why.join(" and ")));
                }
            }
        }
    }
    out
}

/// Whether a statement is about this action.
pub(super) fn names_action(statement: &Statement, action: &str) -> bool {
    match &statement.actions {
        Names::These(names) => names.iter().any(|it| covers_action(it, action)),
        Names::AllBut(names) => !names.iter().any(|it| touches_action(it, action)),
    }
}

/// Whether a statement applies to a request; what it depends on is added to `why`.
pub(super) fn applies(
    statement: &Statement,
    request: &Request<'_>,
    facts: &Facts<'_>,
    version: Version,
    why: &mut Vec<String>,
) -> Holds {
    if !names_action(statement, request.action) {
        return Holds::No;
    }
    let mut applies = match &statement.resources {
        // A policy of a user or role without resources gives nothing.
        None => Holds::No,
        Some(names) => {
            let (mut whole, mut partly) = (false, None);
            for it in names.patterns() {
                let Expanded { text, is_whole } = expand(it, facts, version);
                if covers(&text, request.resource) {
                    whole |= is_whole;
                    partly = partly.or_else(|| (!is_whole).then_some(it));
                }
            }
            let (all, but) = match names {
                Names::These(_) => (whole, false),
                Names::AllBut(_) => (!whole && partly.is_none(), true),
            };
            match partly {
                Some(it) if !whole => {
                    let word = if but { "is not" } else { "is" };
                    why.push(format!("the resource {word} `{it}`"));
                    Holds::Maybe
                }
                _ if all => Holds::Yes,
                _ => Holds::No,
            }
        }
    };
    for it in &statement.conditions {
        let holds = it.holds(facts, version);
        if holds == Holds::Maybe {
            why.push(it.to_string());
        }
        applies = applies.min(holds);
    }
    applies
}
