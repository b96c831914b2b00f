//! Whose word counts: nobody's on their own account, and nobody's below what was decided.
//!
//! Every door leads to the turn, so it is asked here once, and not at each of them.

use crate::draft::Draft;
use crate::{Refusal, World};
use interlock_contain::Containment;
use interlock_model::{
    CaseId, Consent, ContainmentId, Decision, Identity, IdentityId, Principal, Timestamp, Verdict,
};
use std::collections::BTreeSet;

/// How names of accounts of the house's machine begin.
pub const LOCAL: &str = "local:";
/// What stands between who acts and with whose rights.
pub const AS: &str = " as ";

/// One person: the names it acts under, and the identities that are its own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Person {
    /// What it is called.
    pub name: Box<str>,
    /// The names under which it acts: of API tokens, and `local:` and an account of the house's machine.
    pub acts_as: BTreeSet<String>,
    /// Its identities, by id.
    pub identities: BTreeSet<IdentityId>,
    /// Its identities, by a principal of theirs: of those that nobody declared.
    pub principals: BTreeSet<Principal>,
}

/// All persons that the configuration knows. Whoever is not among them is nobody's identity.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct People(Vec<Person>);

impl People {
    /// These persons.
    // INVARIANT: no name stands with two of them; the configuration's check sees to it.
    #[must_use]
    pub const fn new(people: Vec<Person>) -> Self {
        Self(people)
    }

    /// Whoever acts under this name. Whoever acts with the rights of another account of the machine
    /// (`local:mira as root`) is both.
    fn persons<'a>(&'a self, acts_as: &'a str) -> impl Iterator<Item = &'a Person> {
        let names = acts_as.strip_prefix(LOCAL).and_then(|it| it.split_once(AS));
        let acts = move |it: &&Person, name: &str| it.acts_as.contains(name);
        let local = |it: &str| format!("{LOCAL}{it}");
        let both = names.map(|(one, other)| [local(one), local(other)]);
        self.0.iter().filter(move |it| match &both {
            Some(both) => both.iter().any(|name| acts(it, name)),
            None => acts(it, acts_as),
        })
    }

    /// Whether one person acts under both names.
    #[must_use]
    pub fn same(&self, one: &str, other: &str) -> bool {
        one == other || self.persons(one).any(|it| self.persons(other).any(|other| it == other))
    }
}

/// Whether this identity is the one who acts under this name.
fn is_own(world: &World, by: &str, identity: &IdentityId) -> bool {
    let record = world.watch.directory().identity(identity);
    let principals = record.map_or(&[][..], |it| &it.principals);
    world.settings.people.persons(by).any(|it| {
        it.identities.contains(identity) || principals.iter().any(|own| it.principals.contains(own))
    })
}

/// Refuses whoever wants something about their own account; `security`: whether the security team may.
fn not_own(
    draft: &mut Draft<'_>,
    about: (&'static str, &str),
    by: &str,
    concerned: &[IdentityId],
    security: bool,
) -> Result<(), Refusal> {
    let Some(own) = concerned.iter().find(|it| is_own(draft.world, by, it)) else { return Ok(()) };
    let directory = draft.world.watch.directory();
    let whom = directory.identity(own).map_or_else(|| own.to_string(), |it| it.name.clone());
    let may = others(draft.world, own, by, security, draft.now);
    let refusal = Refusal::OwnConcern { by: by.to_owned(), whom, may };
    Err(refused(draft, by, about, refusal))
}

/// Who may speak for an identity beside this person, in words.
fn others(world: &World, id: &IdentityId, by: &str, security: bool, now: Timestamp) -> String {
    let team = world.watch.directory().answering(id, now).team;
    let approvers = team.map_or(&[][..], |it| &it.approvers).iter();
    let others = approvers.filter(|it| !world.settings.people.same(it, by));
    let mut names: Vec<String> = others.map(|it| format!("`{it}`")).collect();
    if security || names.is_empty() {
        names.push("somebody else of the security team".to_owned());
    }
    names.join(" or ")
}

/// Whether an owner can be asked about this identity: one who is not the identity itself.
pub(crate) fn owner_can_be_asked(world: &World, identity: &Identity, now: Timestamp) -> bool {
    let team = world.watch.directory().answering(&identity.id, now).team;
    let approvers = team.map_or(&[][..], |it| &it.approvers);
    let alone = !approvers.is_empty() && approvers.iter().all(|it| is_own(world, it, &identity.id));
    identity.owner.owner().is_some() && !alone
}

/// The refusal, once it is in the audit chain: that somebody tried is worth knowing.
fn refused(
    draft: &mut Draft<'_>,
    by: &str,
    about: (&'static str, &str),
    refusal: Refusal,
) -> Refusal {
    draft.audit("wish.refused", by, &[about], refusal.to_string(), None);
    refusal
}

/// Whether this person may undo or let go on this containment, for all that it concerns them.
pub(crate) fn may_touch(
    draft: &mut Draft<'_>,
    containment: &ContainmentId,
    by: &str,
) -> Result<(), Refusal> {
    let concerned = concerned(draft.world, draft.life(containment)?);
    not_own(draft, ("containment", containment.as_str()), by, &concerned, true)
}

/// Whom a containment concerns: what is contained need not be whom the case is about.
fn concerned(world: &World, life: &Containment) -> Vec<IdentityId> {
    let case = world.cases.get(&life.case).and_then(|it| it.resolution.identity());
    [Some(&life.identity), case].into_iter().flatten().cloned().collect()
}

/// Whether this person may close this case.
pub(crate) fn may_close(draft: &mut Draft<'_>, case: &CaseId, by: &str) -> Result<(), Refusal> {
    let of_case = draft.world.cases.get(case).and_then(|it| it.resolution.identity()).cloned();
    let lives = draft.world.containments.values().filter(|it| it.case == *case);
    let concerned: Vec<IdentityId> = lives.map(|it| it.identity.clone()).chain(of_case).collect();
    not_own(draft, ("case", case.as_str()), by, &concerned, true)
}

/// Whether this answer may count: nobody's on their own account, two yeses are of two people, and an owner's no stops only what owners
/// are asked about.
pub(crate) fn may_answer(
    draft: &mut Draft<'_>,
    containment: &ContainmentId,
    by: &str,
    role: Consent,
    granted: bool,
) -> Result<(), Refusal> {
    let life = draft.life(containment)?;
    let decision = draft.world.decisions.get(&life.decision);
    let consent = decision.map_or(Consent::Security, |it| it.consent);
    let of_security = decision.is_none_or(is_of_security);
    let concerned = concerned(draft.world, life);
    let about = ("containment", containment.as_str());
    // Where the owner's yes is wanted the security team's is none, but its no is.
    not_own(draft, about, by, &concerned, !(granted && consent == Consent::Owner))?;
    let life = draft.life(containment)?;
    if granted {
        let people = &draft.world.settings.people;
        let twice = consent == Consent::Both
            && life
                .approvals
                .iter()
                .any(|it| it.granted && it.role != role && people.same(&it.by, by));
        if twice {
            let refusal = Refusal::SecondPerson { by: by.to_owned() };
            return Err(refused(draft, by, about, refusal));
        }
        return Ok(());
    }
    let asks_owner = matches!(consent, Consent::Owner | Consent::Both);
    if role == Consent::Owner && !asks_owner && of_security {
        let refusal = Refusal::RoleTooLow { what: OF_SECURITY };
        return Err(refused(draft, by, about, refusal));
    }
    Ok(())
}

/// Whether this role may take this containment back: at least that which was needed for it, and for all
/// else that was decided in its case, since the undo closes the case.
pub(crate) fn may_undo(
    draft: &mut Draft<'_>,
    containment: &ContainmentId,
    by: &str,
    role: Consent,
) -> Result<(), Refusal> {
    let life = draft.life(containment)?;
    let decisions = draft.world.decisions.values();
    let of_security =
        decisions.filter(|it| it.id == life.decision || it.case == life.case).any(is_of_security);
    if role == Consent::Owner && of_security {
        let refusal = Refusal::RoleTooLow { what: OF_SECURITY };
        return Err(refused(draft, by, ("containment", containment.as_str()), refusal));
    }
    Ok(())
}

const OF_SECURITY: &str = "the security team ordered this, or was to be asked about it";

/// Whether the security team ordered this, or its yes is needed.
fn is_of_security(it: &Decision) -> bool {
    let acts = matches!(it.verdict, Verdict::Act | Verdict::Ask);
    let asked = matches!(it.consent, Consent::Security | Consent::Both);
    acts && (asked || it.asked_as == Some(Consent::Security))
}
