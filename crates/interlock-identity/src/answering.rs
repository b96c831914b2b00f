//! Who answers for an identity at this moment: its owner, or whom that falls back on.

use crate::directory::Directory;
use interlock_model::{Identity, IdentityId, Owner, OwnerId, Timestamp};

/// Who answers for an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answering<'d> {
    /// The team that answers; `None`: nobody is left.
    pub team: Option<&'d Owner>,
    /// The team that it stands in for, where nobody of that is left.
    pub instead_of: Option<&'d OwnerId>,
}

impl Directory {
    /// Who answers for an identity: its owner, or the first team that it falls back on of which
    /// somebody is left.
    #[must_use]
    pub fn answering(&self, id: &IdentityId, now: Timestamp) -> Answering<'_> {
        let owner = self.identity(id).and_then(|it| it.owner.owner());
        let mut at = owner.and_then(|it| self.owner(it));
        let Some(first) = at else { return Answering { team: None, instead_of: None } };
        // A circle of teams ends: each is asked once at most.
        for _ in 0..=self.declaration.owners.len() {
            match at {
                Some(team) if self.is_deserted(team, now) => {
                    at = team.fallback.as_ref().and_then(|it| self.owner(it));
                }
                _ => {
                    let instead_of = (at != Some(first)).then_some(&first.id);
                    return Answering { team: at, instead_of };
                }
            }
        }
        Answering { team: None, instead_of: Some(&first.id) }
    }

    /// Whether a team had people who may approve, and none of them is left.
    #[must_use]
    pub fn is_deserted(&self, team: &Owner, now: Timestamp) -> bool {
        !team.approvers.is_empty() && team.approvers.iter().all(|it| self.has_left(it, now))
    }

    /// Whether whoever approves under this name has departed, or is shut out at every provider that
    /// knows them.
    fn has_left(&self, name: &str, now: Timestamp) -> bool {
        let is = |it: &&crate::DeclaredIdentity| {
            it.name == name || it.principals.iter().any(|it| *it.name == *name)
        };
        let declared = self.declaration.identities.iter().find(is);
        let Some(person) = declared.and_then(|it| self.identity(&it.id)) else { return false };
        if person.departed.is_some_and(|it| it <= now) {
            return true;
        }
        self.is_disabled(person)
    }

    fn is_disabled(&self, person: &Identity) -> bool {
        let mut told = self.items_of(person).filter_map(|it| it.seen.enabled).peekable();
        told.peek().is_some() && told.all(|enabled| !enabled)
    }
}
