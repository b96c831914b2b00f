//! Whose an actor's principal or credential is; unseen ones become undeclared identities.

use crate::aliases::{Claim, NameId, Slot, canonical};
use crate::directory::{Directory, Who};
use crate::keys::{Key, is_distinct};
use crate::kind::Evidence;
use crate::principal::short_name;
use interlock_model::{
    Actor, CredentialRef, Environment, EnvironmentBasis, Identity, IdentityId, Ownership,
    Principal, Provenance,
};
use std::sync::Arc;

impl Directory {
    /// The same as [`Self::attribute`], for an actor whose events share one copy of it.
    pub(crate) fn attribute_shared(&mut self, actor: &Arc<Actor>) -> (Who, Option<NameId>) {
        if let Some((slot, name)) = self.attributed.get(actor, self.aliases.edition()) {
            return (Who::One(slot), Some(name));
        }
        let answer = self.attribute(actor);
        if let (Who::One(slot), Some(name)) = answer
            && self.aliases.claim(name) == Claim::One(slot)
        {
            self.attributed.put(actor, slot, name, self.aliases.edition());
        }
        answer
    }

    /// Who an actor is; unseen ones are derived.
    pub(crate) fn attribute(&mut self, actor: &Actor) -> (Who, Option<NameId>) {
        let credential = actor.credential.as_ref();
        let Some(principal) = &actor.principal else {
            return self.attribute_key(credential);
        };
        let Some(name) = self.aliases.number(principal, self.bounds.principals) else {
            return (self.unrecorded_principal(principal), None);
        };
        let several = match self.aliases.claim(name) {
            Claim::One(slot) => return (Who::One(slot), Some(name)),
            Claim::Nobody => {
                let slot = self.derive(name);
                return (
                    slot.map_or_else(|| self.unrecorded_principal(principal), Who::One),
                    Some(name),
                );
            }
            Claim::Many(slots) => slots,
        };
        // A shared principal is one identity after all when only one of them lists the credential.
        let key = credential.and_then(|it| self.keys.get(it));
        let declared = key.map(Key::declared).unwrap_or_default();
        let mut both = several.iter().filter(|it| declared.contains(it));
        match (both.next(), both.next()) {
            (Some(one), None) => (Who::One(*one), Some(name)),
            _ => (Who::Several(several.to_vec()), Some(name)),
        }
    }

    fn attribute_key(&mut self, credential: Option<&CredentialRef>) -> (Who, Option<NameId>) {
        let Some(credential) = credential.filter(|it| is_distinct(it)) else {
            return (Who::Nobody, None);
        };
        if let Some(key) = self.keys.get(credential) {
            let name = if let [one] = *key.names() { Some(one) } else { None };
            if let Some(name) = name
                && self.aliases.claim(name) == Claim::Nobody
                && key.declared().is_empty()
            {
                let slot = self.derive(name);
                return (slot.map_or(Who::Nobody, Who::One), Some(name));
            }
            let who = self.holders(key);
            if who != Who::Nobody {
                return (who, name);
            }
        }
        match self.derive_from_key(credential) {
            Some(slot) => (Who::One(slot), None),
            None => {
                (self.beyond_bounds(IdentityId::derive(&["credential", credential.as_str()])), None)
            }
        }
    }

    /// The identities that a credential speaks for.
    pub(crate) fn holders(&self, key: &Key) -> Who {
        let mut slots = key.declared().to_vec();
        if slots.is_empty() {
            let claims = key.names().iter().map(|it| self.aliases.claim(*it));
            slots.extend(claims.flat_map(Claim::slots));
            slots.sort_unstable();
            slots.dedup();
        }
        if slots.is_empty() {
            slots.extend(key.alone());
        }
        match slots.as_slice() {
            [] => Who::Nobody,
            [one] => Who::One(*one),
            _ => Who::Several(slots),
        }
    }

    fn unrecorded_principal(&mut self, principal: &Principal) -> Who {
        let principal = canonical(principal);
        self.beyond_bounds(IdentityId::derive(&["principal", &principal.to_string()]))
    }

    const fn beyond_bounds(&mut self, id: IdentityId) -> Who {
        self.unrecorded += 1;
        Who::Unrecorded(id)
    }

    /// Makes the identity of a principal that nobody declared.
    pub(crate) fn derive(&mut self, name: NameId) -> Option<Slot> {
        let principal = self.aliases.principal(name)?;
        let id = IdentityId::derive(&["principal", &principal.to_string()]);
        let evidence = Evidence::of_principal(&principal);
        let shown = short_name(&principal).into_owned();
        let identity = undeclared(id, shown, evidence, vec![principal]);
        let slot = self.add(identity, evidence)?;
        self.aliases.give(name, slot);
        self.learn_protection(slot);
        self.infer_environment(slot);
        self.infer_owners_from(slot);
        Some(slot)
    }

    pub(crate) fn derive_from_key(&mut self, credential: &CredentialRef) -> Option<Slot> {
        self.keys.entry(credential, self.bounds.credentials)?;
        let id = IdentityId::derive(&["credential", credential.as_str()]);
        let evidence = Evidence::default();
        let slot =
            self.add(undeclared(id, credential.id().to_owned(), evidence, Vec::new()), evidence)?;
        let heard = self.clock.now;
        if let Some(key) = self.keys.get_mut(credential) {
            key.stand_in(Some(slot));
            key.hear(heard);
        }
        let revocations = &self.revocations;
        if let Some(record) = self.records.get_mut(slot, &self.aliases, &self.revocations) {
            let _ = record.credential(credential, revocations);
        }
        self.learn_protection(slot);
        self.infer_environment(slot);
        Some(slot)
    }
}

fn undeclared(
    id: IdentityId,
    name: String,
    evidence: Evidence,
    principals: Vec<Principal>,
) -> Identity {
    Identity {
        id,
        kind: evidence.kind(),
        name,
        environment: Environment::Unknown,
        environment_basis: EnvironmentBasis::None,
        owner: Ownership::Unowned,
        principals,
        credentials: Vec::new(),
        entitlements: Vec::new(),
        dependents: Vec::new(),
        lineage: Vec::new(),
        protected: false,
        provenance: Provenance::Derived,
        departed: None,
        canary: false,
    }
}
