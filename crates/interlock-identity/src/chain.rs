//! Who stands behind a session, followed back over the events that issued its credentials.

use crate::directory::Directory;
use crate::keys::{Issuance, Key};
use interlock_model::{Actor, Principal};

/// The longest chain that is followed back from a session to its first actor.
const LONGEST_CHAIN: usize = 8;

impl Directory {
    /// Who stands behind an actor, the original first and the actor itself not among them.
    ///
    /// What the issuing events show goes further back than what one record says of itself; the
    /// longer of the two is the answer.
    pub(crate) fn chain(
        &self,
        actor: &Actor,
        principal: Option<&Principal>,
        issuance: Option<&Issuance>,
    ) -> Vec<Principal> {
        let mut chain = Vec::new();
        if let Some(issuance) = issuance {
            self.follow(issuance, principal, LONGEST_CHAIN, &mut chain);
        }
        if chain.len() >= actor.via.len() { chain } else { actor.via.clone() }
    }

    fn follow(
        &self,
        issuance: &Issuance,
        whose: Option<&Principal>,
        left: usize,
        chain: &mut Vec<Principal>,
    ) {
        let before = chain.len();
        let with = issuance.with.as_ref().and_then(|it| self.keys.get(it));
        if left > 1
            && let Some(earlier) = with.and_then(Key::issuance)
        {
            self.follow(earlier, issuance.by.as_ref(), left - 1, chain);
        }
        if chain.len() == before {
            chain.extend(issuance.via.iter().cloned());
        }
        if let Some(by) = &issuance.by
            && whose != Some(by)
            && chain.last() != Some(by)
        {
            chain.push(by.clone());
        }
    }
}
