//! How a principal could come to do more than it may: the techniques of the table, on one account.
//!
//! A technique is recognised when every permission that it needs is there on the very thing it acts
//! on, the thing can be used that way (a role that the service may assume, a group that it is in),
//! and something is gained. Who may do everything already has nothing to gain.
//! What is not in the account's details (whether a function or an instance runs as a role) is said
//! in [`Technique::supposes`] and [`Escalation::conditions`].

use super::access::exposing;
use super::account::{Account, Group, Role, User};
use super::condition::{Facts, Holds};
use super::document::{Document, Effect, Names, Principals, Trusted, TrustedKind};
use super::effective::{Boundary, Decision, Denial, Request, Source, Subject, Who, names_action};
use super::techniques::{EC2, Gain, Need, On, TECHNIQUES, Target, Technique};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

/// One way to more.
#[derive(Debug, Clone)]
pub struct Escalation<'a> {
    /// How.
    pub technique: &'static Technique,
    /// The ARN of the user, role or group through which.
    pub target: &'a str,
    /// What is gained.
    pub gained: Gained,
    /// What it depends on, in words; empty when nothing that is known here stands in the way.
    pub conditions: Vec<String>,
}

/// What an escalation gains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gained {
    /// Everything, or whatever it chooses to give itself.
    Everything,
    /// More than it had.
    More {
        /// One action that it could not do before.
        action: String,
        /// On this resource.
        resource: String,
    },
}

impl fmt::Display for Escalation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.technique.target, self.technique.gain) {
            (Target::Oneself | Target::OwnUser | Target::OwnRole, _) => {
                f.write_str("may give itself what it likes through ")?;
            }
            (Target::OwnGroup, _) => {
                write!(f, "may give its group `{}` what it likes through ", self.target)?;
            }
            (Target::OtherGroup, _) => write!(f, "may join group `{}` through ", self.target)?,
            (Target::User | Target::UserWithRoom, Gain::Anything) => {
                write!(f, "may raise user `{}` and become it through ", self.target)?;
            }
            (Target::User | Target::UserWithRoom, Gain::WhatTargetMay) => {
                write!(f, "may become user `{}` through ", self.target)?;
            }
            (Target::Role, Gain::Anything) => {
                write!(f, "may raise role `{}` and become it through ", self.target)?;
            }
            (Target::Role | Target::PassedTo(_) | Target::RunsAs(_), _) => {
                write!(f, "may become role `{}` through ", self.target)?;
            }
        }
        for (index, need) in self.technique.needs.iter().enumerate() {
            write!(f, "{}{}", if index == 0 { "" } else { " + " }, need.action)?;
        }
        Ok(())
    }
}

/// Most escalations of one principal that are told.
pub const MOST_ESCALATIONS: usize = 10_000;
/// Most principals that are looked at on the way to everything.
const MOST_VISITED: usize = 500;
/// Most pairs of action and resource that are compared to see whether something is gained.
const MOST_PAIRS: usize = 4096;

impl Account {
    /// The ways to more that this user or role has, each in one step.
    ///
    /// Empty for who may do everything, and for a principal that the account does not hold.
    #[must_use]
    pub fn escalations(&self, arn: &str) -> Vec<Escalation<'_>> {
        let Some(subject) = self.subject(arn).filter(|it| !it.is_admin()) else {
            return Vec::new();
        };
        let mut search = Search { account: self, subject, gains: BTreeMap::new() };
        let mut out = Vec::new();
        for technique in TECHNIQUES {
            search.technique(technique, &mut out);
            if out.len() >= MOST_ESCALATIONS {
                out.truncate(MOST_ESCALATIONS);
                break;
            }
        }
        out
    }

    /// The shortest way to everything, step after step; `None` when there is none.
    ///
    /// A user or role that is reached goes on with what it may do itself.
    #[must_use]
    pub fn way_to_everything(&self, arn: &str) -> Option<Vec<Escalation<'_>>> {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut ways: VecDeque<(String, Vec<Escalation<'_>>)> = VecDeque::new();
        ways.push_back((arn.to_owned(), Vec::new()));
        while let Some((at, way)) = ways.pop_front() {
            for step in self.escalations(&at) {
                if step.gained == Gained::Everything {
                    let mut way = way;
                    way.push(step);
                    return Some(way);
                }
                let is_principal =
                    self.users.contains_key(step.target) || self.roles.contains_key(step.target);
                if is_principal && seen.len() < MOST_VISITED && seen.insert(step.target) {
                    let mut longer = way.clone();
                    longer.push(step);
                    let target = longer.last().map(|it| it.target).unwrap_or_default();
                    ways.push_back((target.to_owned(), longer));
                }
            }
        }
        None
    }
}

/// The look for one principal's ways.
#[derive(Debug)]
struct Search<'a> {
    account: &'a Account,
    subject: Subject<'a>,
    /// What each user, role or group would add, once it was asked for.
    gains: BTreeMap<&'a str, Option<Gained>>,
}

/// Something that a technique acts on.
#[derive(Debug, Clone, Copy)]
enum Thing<'a> {
    User(&'a User),
    Role(&'a Role),
    Group(&'a Group),
}

impl<'a> Thing<'a> {
    fn arn(self) -> &'a str {
        match self {
            Self::User(it) => &it.arn,
            Self::Role(it) => &it.arn,
            Self::Group(it) => &it.arn,
        }
    }
}

impl<'a> Search<'a> {
    fn technique(&mut self, technique: &'static Technique, out: &mut Vec<Escalation<'a>>) {
        let mut everywhere = Vec::new();
        for need in technique.needs.iter().filter(|it| it.on == On::Anything) {
            match self.subject.anywhere(need.action, &[]).0 {
                Decision::Allowed { .. } => {}
                Decision::Conditional { why } => everywhere.extend(why),
                Decision::Denied { .. } => return,
            }
        }
        for thing in self.things(technique.target) {
            let mut conditions = everywhere.clone();
            let held = self.can_be_used(technique, thing, &mut conditions)
                && technique.needs.iter().all(|it| self.has(technique, it, thing, &mut conditions));
            if !held {
                continue;
            }
            let Some(gained) = self.gained(technique, thing, &mut conditions) else { continue };
            conditions.sort();
            conditions.dedup();
            out.push(Escalation { technique, target: thing.arn(), gained, conditions });
            if out.len() >= MOST_ESCALATIONS {
                return;
            }
        }
    }

    /// What a technique could act on.
    fn things(&self, target: Target) -> Vec<Thing<'a>> {
        let account = self.account;
        let own = self.subject.who.arn();
        let in_group = |it: &Group| match self.subject.who {
            Who::User(user) => user.groups.contains(&it.name),
            Who::Role(_) => false,
        };
        match (target, self.subject.who) {
            (Target::Oneself | Target::OwnUser, Who::User(it)) => vec![Thing::User(it)],
            (Target::Oneself | Target::OwnRole, Who::Role(it)) => vec![Thing::Role(it)],
            (Target::OwnUser | Target::OwnGroup | Target::OtherGroup, Who::Role(_))
            | (Target::OwnRole, Who::User(_)) => Vec::new(),
            (Target::OwnGroup, Who::User(_)) => {
                account.groups.values().filter(|it| in_group(it)).map(Thing::Group).collect()
            }
            (Target::OtherGroup, Who::User(_)) => {
                account.groups.values().filter(|it| !in_group(it)).map(Thing::Group).collect()
            }
            (Target::User | Target::UserWithRoom, _) => {
                let others = account.users.values().filter(|it| it.arn != own);
                others.map(Thing::User).collect()
            }
            (Target::Role | Target::PassedTo(_) | Target::RunsAs(_), _) => {
                let others = account.roles.values();
                let others = others.filter(|it| it.arn != own && !it.is_service_linked());
                others.map(Thing::Role).collect()
            }
        }
    }

    /// Whether the thing is in the state that the technique needs.
    fn can_be_used(
        &self,
        technique: &Technique,
        thing: Thing<'a>,
        conditions: &mut Vec<String>,
    ) -> bool {
        match thing {
            Thing::User(it) if technique.target == Target::UserWithRoom => {
                it.access_keys.is_none_or(|it| it < 2)
            }
            Thing::Role(role) => technique.target.service().is_none_or(|service| {
                let has_profile = service != EC2 || !role.instance_profiles.is_empty();
                has_profile && self.trusts_service(role, service, conditions)
            }),
            Thing::User(_) | Thing::Group(_) => true,
        }
    }

    /// Whether the subject has this permission on this thing.
    fn has(
        &self,
        technique: &Technique,
        need: &Need,
        thing: Thing<'a>,
        conditions: &mut Vec<String>,
    ) -> bool {
        // Where a role is passed to is known; elsewhere the key is not there and says nothing.
        let known = technique.target.service().map(|it| ("iam:PassedToService", it));
        let known = known.as_slice();
        match need.on {
            On::Anything => true,
            On::Target => self.may(need.action, thing.arn(), known, conditions),
            On::Entry => match thing {
                Thing::Role(role) => self.may_enter(role, need.action, conditions),
                Thing::User(_) | Thing::Group(_) => false,
            },
            On::PolicyOfTarget | On::OlderPolicyOfTarget => {
                let policies = self.policies_of(thing, need.on);
                policies.iter().any(|it| self.may(need.action, it, known, conditions))
            }
        }
    }

    fn may(
        &self,
        action: &str,
        resource: &str,
        known: &[(&str, &str)],
        conditions: &mut Vec<String>,
    ) -> bool {
        match self.subject.decide(&Request { action, resource, known }) {
            Decision::Allowed { .. } => true,
            Decision::Conditional { why } => {
                conditions.extend(why);
                true
            }
            Decision::Denied { .. } => false,
        }
    }

    /// The account's own policies attached to a thing, as far as the technique can use them.
    fn policies_of(&self, thing: Thing<'a>, on: On) -> Vec<&'a str> {
        let groups = match thing {
            Thing::User(user) => user.groups.as_slice(),
            Thing::Role(_) | Thing::Group(_) => &[],
        };
        let own = match thing {
            Thing::User(it) => &it.grants,
            Thing::Role(it) => &it.grants,
            Thing::Group(it) => &it.grants,
        };
        let groups =
            groups.iter().filter_map(|it| self.account.groups.get(it)).map(|it| &it.grants);
        let attached = std::iter::once(own).chain(groups).flat_map(|it| &it.attached);
        let policies = attached.filter_map(|it| self.account.policies.get(it));
        let usable = policies.filter(|it| {
            let others = it.versions.iter().filter(|it| !it.is_default);
            it.is_own() && (on == On::PolicyOfTarget || others.count() > 0)
        });
        usable.map(|it| it.arn.as_str()).collect()
    }

    /// Whether the subject may assume a role: the role trusts it by name, or trusts its account and
    /// the subject has the permission.
    fn may_enter(&self, role: &Role, action: &str, conditions: &mut Vec<String>) -> bool {
        let Some(trust) = &role.trust else { return false };
        let arn = self.subject.who.arn();
        let number = arn.split(':').nth(4).unwrap_or_default();
        let by_name =
            |it: &Trusted| it.kind == TrustedKind::Aws && (&*it.name == arn || &*it.name == "*");
        let by_account = |it: &Trusted| {
            let root = it.name.strip_suffix(":root").and_then(|it| it.split(':').nth(4));
            it.kind == TrustedKind::Aws && (&*it.name == number || root == Some(number))
        };
        let request = Request { action, resource: &role.arn, known: &[] };
        let facts = self.subject.facts(&request);
        let mut why = Vec::new();
        if trusts(trust, &by_name, &facts, &mut why) {
            conditions.extend(why);
            // A denial counts even then.
            return match self.subject.decide(&request) {
                Decision::Denied { by: Denial::Statement(_) } => false,
                Decision::Denied { by: Denial::Boundary(_) | Denial::NothingAllows }
                | Decision::Allowed { .. }
                | Decision::Conditional { .. } => true,
            };
        }
        why.clear();
        if !trusts(trust, &|it| by_name(it) || by_account(it), &facts, &mut why) {
            return false;
        }
        conditions.extend(why);
        self.may(action, &role.arn, &[], conditions)
    }

    /// Whether a service may assume a role.
    fn trusts_service(&self, role: &Role, service: &str, conditions: &mut Vec<String>) -> bool {
        let Some(trust) = &role.trust else { return false };
        let named = |it: &Trusted| {
            let name = it.name.strip_suffix(".cn").unwrap_or(&it.name);
            it.kind == TrustedKind::Service && name.eq_ignore_ascii_case(service)
        };
        let number = role.arn.split(':').nth(4).unwrap_or_default();
        let facts = Facts(vec![("aws:SourceAccount".into(), number.into())]);
        trusts(trust, &named, &facts, conditions)
    }

    /// What would be gained; `None` when nothing is.
    fn gained(
        &mut self,
        technique: &Technique,
        thing: Thing<'a>,
        conditions: &mut Vec<String>,
    ) -> Option<Gained> {
        if technique.gain == Gain::Anything {
            let boundary = match thing {
                Thing::User(it) => it.boundary.as_deref(),
                Thing::Role(it) => it.boundary.as_deref(),
                Thing::Group(_) => match self.subject.who {
                    Who::User(it) => it.boundary.as_deref(),
                    Who::Role(_) => None,
                },
            };
            if let Some(arn) = boundary {
                conditions.push(format!("what it gives stays within the boundary `{arn}`"));
            }
            return Some(Gained::Everything);
        }
        let arn = thing.arn();
        if let Some(known) = self.gains.get(arn) {
            return known.clone();
        }
        let target = match thing {
            Thing::User(_) | Thing::Role(_) => self.account.subject(arn)?,
            // Who joins a group keeps its own boundary.
            Thing::Group(it) => {
                let mut target = Subject::new(self.subject.who, self.subject.boundary);
                (target.granted, target.unread) = self.account.sources(&it.grants, Some(&it.name));
                target
            }
        };
        let gained = more(&target, &self.subject);
        self.gains.insert(arn, gained.clone());
        gained
    }
}

/// What the one may do that the other may not.
fn more(target: &Subject<'_>, than: &Subject<'_>) -> Option<Gained> {
    if target.is_admin() {
        return Some(Gained::Everything);
    }
    let possible = |it: &Subject<'_>, action: &str, resource: &str| {
        it.decide(&Request { action, resource, known: &[] }).is_possible()
    };
    // A policy that both have gives nothing more to the one, unless the other is denied some of it.
    let limited = than.statements().any(|it| it.0.effect == Effect::Deny)
        || !matches!(than.boundary, Boundary::None);
    let is_shared = |it: &&Source<'_>| {
        !limited && than.granted.iter().any(|own| std::ptr::eq(own.document, it.document))
    };
    let sources = target.granted.iter().filter(|it| !is_shared(it));
    let mut pairs = 0;
    for statement in sources.flat_map(|it| &it.document.statements) {
        if statement.effect == Effect::Deny {
            continue;
        }
        let actions: Vec<String> = match &statement.actions {
            Names::These(names) => names.iter().map(|it| it.to_string()).collect(),
            Names::AllBut(_) => exposing().collect(),
        };
        for action in actions {
            for resource in target.resources_for(&action) {
                pairs += 1;
                if pairs > MOST_PAIRS {
                    return None;
                }
                if possible(target, &action, &resource) && !possible(than, &action, &resource) {
                    return Some(Gained::More { action, resource: resource.into_owned() });
                }
            }
        }
    }
    None
}

/// Whether a trust document lets somebody in; what it depends on is added to `why`.
fn trusts(
    trust: &Document,
    is: &dyn Fn(&Trusted) -> bool,
    facts: &Facts<'_>,
    why: &mut Vec<String>,
) -> bool {
    let (mut allowed, mut allowed_where, mut denied_where) = (false, Vec::new(), Vec::new());
    for statement in &trust.statements {
        let is_about = names_action(statement, "sts:AssumeRole");
        let is_named = match &statement.principals {
            Some(Principals::These(list)) => list.iter().any(is),
            Some(Principals::AllBut(list)) => !list.iter().any(is),
            None => false,
        };
        if !is_about || !is_named {
            continue;
        }
        let tests = statement.conditions.iter().map(|it| (it, it.holds(facts, trust.version)));
        let tests: Vec<_> = tests.collect();
        let open = || {
            let open = tests.iter().filter(|it| it.1 == Holds::Maybe);
            open.map(|it| it.0.to_string()).collect::<Vec<_>>().join(" and ")
        };
        let holds = tests.iter().map(|it| it.1).min().unwrap_or(Holds::Yes);
        match (statement.effect, holds) {
            (_, Holds::No) => {}
            (Effect::Deny, Holds::Yes) => return false,
            (Effect::Deny, Holds::Maybe) => {
                denied_where.push(format!("not refused by the trust where {}", open()));
            }
            (Effect::Allow, Holds::Yes) => allowed = true,
            (Effect::Allow, Holds::Maybe) => {
                allowed_where.push(format!("trusted where {}", open()));
            }
        }
    }
    if !allowed && allowed_where.is_empty() {
        return false;
    }
    why.extend(denied_where);
    if !allowed {
        why.extend(allowed_where);
    }
    true
}
