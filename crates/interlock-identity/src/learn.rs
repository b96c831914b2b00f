//! What one event teaches: use, credentials that came from others, who created whom.

use crate::aliases::{Claim, NameId, Slot, canonical};
use crate::consumer::{Use, is_lasting};
use crate::directory::{Directory, Who};
use crate::keys::{Issuance, Key, is_distinct};
use crate::kind::Evidence;
use interlock_model::{
    Arn, CredentialKind, CredentialRef, CredentialStatus, Event, EventId, Issued, LineageKind,
    Object, Outcome, Principal, PrincipalKind, Timestamp,
};

/// The provider of names that whoever opens a session gives it, and the kind of object that it is.
pub(crate) const SOURCE_IDENTITY: &str = "source_identity";

impl Directory {
    /// The actor of an event used its identity.
    pub(crate) fn learn_use(&mut self, slot: Slot, name: Option<NameId>, event: &Event) {
        let actor = &event.actor;
        if let Some(credential) = &actor.credential {
            let revoked = self.learn_key(slot, name, credential, event.time);
            self.learn_credential_use(slot, credential, revoked, event);
        }
        if let Some(name) = name {
            self.learn_principal(slot, name);
            self.usage.count(name, event);
        }
        self.learn_kind(slot, Evidence::of_event(event));
        if let Some(assumer) = actor.via.last()
            && !is_itself(actor.principal.as_ref(), assumer)
        {
            let kind = match actor.kind {
                PrincipalKind::Role => LineageKind::AssumedBy,
                PrincipalKind::User
                | PrincipalKind::Root
                | PrincipalKind::Federated
                | PrincipalKind::Service
                | PrincipalKind::Account
                | PrincipalKind::Unknown => LineageKind::IssuedFrom,
            };
            self.learn_edge(slot, kind, assumer, event.time, Some(&event.id));
        }
        let Some(record) = self.record_mut(slot) else { return };
        let mut news = false;
        if event.outcome == Outcome::Success {
            record.count(&Use::of(event));
            news = record.hear_name(actor);
        }
        if news || record.is_worth_telling(event.time) {
            self.touch(slot);
        }
    }

    /// A credential was named together with its identity. The answer is when it was deleted.
    pub(crate) fn learn_key(
        &mut self,
        slot: Slot,
        name: Option<NameId>,
        credential: &CredentialRef,
        time: Timestamp,
    ) -> Option<Timestamp> {
        let Some(key) = self.keys.get_mut(credential) else {
            if is_distinct(credential)
                && let Some(key) = self.keys.entry(credential, self.bounds.credentials)
            {
                key.hear(time);
                name.into_iter().for_each(|it| key.name(it));
            }
            return None;
        };
        let revoked = key.revoked();
        key.hear(time);
        if let Some(name) = name {
            key.name(name);
            // With a principal known, nothing has to stand in for it any more.
            let alone = key.take_alone();
            let several = key.names().len() > 1;
            if several {
                self.keys.contest(credential);
            }
            if let Some(alone) = alone {
                self.merge(alone, slot);
            }
        }
        revoked
    }

    /// A credential was named together with a principal that several identities claim.
    pub(crate) fn learn_shared_key(
        &mut self,
        name: NameId,
        credential: &CredentialRef,
        time: Timestamp,
    ) {
        if is_distinct(credential)
            && let Some(key) = self.keys.entry(credential, self.bounds.credentials)
        {
            key.name(name);
            key.hear(time);
            self.keys.contest(credential);
        }
    }

    fn learn_credential_use(
        &mut self,
        slot: Slot,
        credential: &CredentialRef,
        revoked: Option<Timestamp>,
        event: &Event,
    ) {
        let revocations = &self.revocations;
        let Some(record) = self.records.get_mut(slot, &self.aliases, &self.revocations) else {
            return;
        };
        let (Some(known), new) = record.credential(credential, revocations) else { return };
        known.last_used = known.last_used.max(Some(event.time));
        if let Some(session) = &event.actor.session
            && !is_lasting(credential)
        {
            if known.session.is_none() {
                known.session = Some(session.id.clone());
            }
            if known.issued.is_none() {
                known.issued = session.issued;
            }
        }
        known.status = status(revoked, known.last_used);
        if new {
            record.make_room();
            self.learn_protection(slot);
            self.touch(slot);
        }
    }

    /// Credentials that came to life by the event.
    pub(crate) fn learn_issued(&mut self, event: &Event) {
        for issued in &event.issued {
            let issuer = event.actor.principal.as_ref().or(event.actor.via.last());
            let Some(name) = self.aliases.number(&issued.to, self.bounds.principals) else {
                continue;
            };
            let slot = match self.aliases.claim(name) {
                Claim::One(slot) => Some(slot),
                Claim::Many(_) => None,
                Claim::Nobody => self.derive(name),
            };
            if is_distinct(&issued.credential) {
                self.learn_issuance(name, slot, issued, event);
            }
            let Some(slot) = slot else { continue };
            self.learn_issued_credential(slot, issued, event);
            if let Some(issuer) = issuer
                && !is_itself(Some(&issued.to), issuer)
            {
                let session = issued.credential.kind() == Some(CredentialKind::SessionKey);
                let kind = if session && is_role(&canonical(&issued.to)) {
                    LineageKind::AssumedBy
                } else {
                    LineageKind::IssuedFrom
                };
                self.learn_edge(slot, kind, issuer, event.time, Some(&event.id));
            }
        }
    }

    fn learn_issuance(&mut self, name: NameId, slot: Option<Slot>, issued: &Issued, event: &Event) {
        let Some(key) = self.keys.entry(&issued.credential, self.bounds.credentials) else {
            return;
        };
        key.name(name);
        key.hear(event.time);
        key.expire(issued.expires);
        key.issue(Issuance {
            by: event.actor.principal.as_ref().map(|it| canonical(it).into_owned()),
            with: event.actor.credential.clone(),
            via: stands_behind(event),
            at: event.time,
            shown_by: event.id.clone(),
            session: issued.session.clone(),
            tags: event.objects.iter().filter(is_tag).map(|it| it.name.clone()).collect(),
        });
        let alone = if slot.is_some() { key.take_alone() } else { None };
        // Nobody's own principal may still be one that several identities claim.
        if slot.is_none() || key.names().len() > 1 {
            self.keys.contest(&issued.credential);
        }
        if let (Some(slot), Some(alone)) = (slot, alone) {
            self.merge(alone, slot);
        }
    }

    fn learn_issued_credential(&mut self, slot: Slot, issued: &Issued, event: &Event) {
        let revoked = self.revoked(&issued.credential);
        let issuance = self.keys.get(&issued.credential).and_then(Key::issuance);
        let at = issuance.map_or(event.time, |it| it.at);
        let revocations = &self.revocations;
        let Some(record) = self.records.get_mut(slot, &self.aliases, &self.revocations) else {
            return;
        };
        let (Some(known), _) = record.credential(&issued.credential, revocations) else { return };
        known.status = status(revoked, known.last_used);
        // The issuing event is the better witness than a session's own claim.
        known.issued = Some(at);
        known.expires = known.expires.max(issued.expires);
        if let Some(session) = &issued.session {
            known.session = Some(session.id.clone());
        }
        record.make_room();
        self.learn_protection(slot);
        self.touch(slot);
    }

    /// Users, roles and keys that the event made or removed.
    pub(crate) fn learn_changes(&mut self, event: &Event) {
        self.learn_names(event);
        if !event.service.starts_with("iam.") {
            return;
        }
        let kind = match &*event.operation {
            "CreateUser" => "user",
            "CreateRole" | "CreateServiceLinkedRole" => "role",
            "DeleteAccessKey" => return self.learn_deleted_keys(event),
            _ => return,
        };
        let Some(creator) = &event.actor.principal else { return };
        for object in event.objects.iter().filter(|it| &*it.kind == kind) {
            let Some(created) = named(object, event) else { continue };
            let Some(name) = self.aliases.number(&created, self.bounds.principals) else {
                continue;
            };
            let slot = match self.aliases.claim(name) {
                Claim::One(slot) => Some(slot),
                Claim::Many(_) => None,
                Claim::Nobody => self.derive(name),
            };
            if let Some(slot) = slot {
                let shown_by = Some(&event.id);
                self.learn_edge(slot, LineageKind::CreatedBy, creator, event.time, shown_by);
            }
        }
    }

    fn learn_deleted_keys(&mut self, event: &Event) {
        for object in event.objects.iter().filter(|it| &*it.kind == "access_key") {
            let credential = CredentialRef::new("aws", CredentialKind::AccessKey, &object.name);
            let Some(key) = self.keys.entry(&credential, self.bounds.credentials) else {
                continue;
            };
            key.revoke(Some(event.time));
            key.hear(event.time);
            let (revoked, key) = (key.revoked(), key.clone());
            if let Who::One(slot) = self.holders(&key) {
                self.revoke(slot, &credential, revoked);
            }
        }
    }

    fn revoke(&mut self, slot: Slot, credential: &CredentialRef, revoked: Option<Timestamp>) {
        let Some(record) = self.record_mut(slot) else { return };
        let known = &mut record.identity.credentials;
        if let Some(known) = known.iter_mut().find(|it| it.reference == *credential) {
            known.status = status(revoked, known.last_used);
            self.touch(slot);
        }
    }

    fn revoked(&self, credential: &CredentialRef) -> Option<Timestamp> {
        self.keys.get(credential).and_then(Key::revoked)
    }

    /// A pattern brought a principal to a declared identity.
    pub(crate) fn learn_principal(&mut self, slot: Slot, name: NameId) {
        let known = self.record(slot).is_some_and(|record| {
            record.identity.principals.iter().any(|it| self.aliases.is(name, it))
        });
        if known {
            return;
        }
        let Some(principal) = self.aliases.principal(name) else { return };
        let Some(record) = self.records.get_mut(slot, &self.aliases, &self.revocations) else {
            return;
        };
        if record.learn_principal(&principal) {
            self.learn_protection(slot);
            self.infer_environment(slot);
            self.touch(slot);
        }
    }

    pub(crate) fn learn_kind(&mut self, slot: Slot, evidence: Evidence) {
        if self.record_mut(slot).is_some_and(|it| it.learn_kind(evidence)) {
            self.touch(slot);
            self.infer_owners_from(slot);
        }
    }

    /// Adds an edge, and what follows from it for kind and owner.
    pub(crate) fn learn_edge(
        &mut self,
        slot: Slot,
        kind: LineageKind,
        to: &Principal,
        seen: Timestamp,
        shown_by: Option<&EventId>,
    ) {
        let to = canonical(to);
        if !self.record_mut(slot).is_some_and(|it| it.learn_edge(kind, &to, seen, shown_by)) {
            return;
        }
        self.touch(slot);
        if let Some(name) = self.aliases.number(&to, self.bounds.principals) {
            self.aliases.point(slot, name);
        }
        if kind == LineageKind::AssumedBy {
            self.learn_kind(slot, Evidence::of_assumer(&to));
        }
        self.infer_owners_from(slot);
    }
}

/// Who stands behind a session, the original actor first: whom its opener names before whoever stands behind
/// the opener.
fn stands_behind(event: &Event) -> Vec<Principal> {
    let named = event.objects.iter().filter(|it| &*it.kind == SOURCE_IDENTITY);
    let mut via: Vec<Principal> =
        named.map(|it| Principal::new(SOURCE_IDENTITY, &it.name)).collect();
    for it in &event.actor.via {
        if !via.contains(it) {
            via.push(it.clone());
        }
    }
    via
}

pub(crate) fn status(revoked: Option<Timestamp>, last_used: Option<Timestamp>) -> CredentialStatus {
    match (revoked, last_used) {
        (None, _) => CredentialStatus::Active,
        (Some(revoked), Some(used)) if used > revoked => CredentialStatus::Active,
        (Some(_), _) => CredentialStatus::Revoked,
    }
}

fn is_itself(principal: Option<&Principal>, other: &Principal) -> bool {
    principal.is_some_and(|it| canonical(it) == canonical(other))
}

fn is_tag(object: &&Object) -> bool {
    &*object.kind == "session_tag"
}

fn is_role(principal: &Principal) -> bool {
    Arn::read(&principal.name).is_some_and(|it| it.resource.starts_with("role/"))
}

/// The principal that an object of an IAM event names, by its ARN or by its bare name.
fn named(object: &Object, event: &Event) -> Option<Principal> {
    if object.name.starts_with("arn:") {
        return Some(Principal::new("aws", &object.name));
    }
    let account = event.account.as_deref().or(event.actor.account.as_deref())?;
    let actor = event.actor.principal.as_ref().and_then(|it| Arn::read(&it.name));
    let partition = actor.map_or("aws", |it| it.partition);
    let (kind, name) = (&object.kind, &object.name);
    Some(Principal::new("aws", &format!("arn:{partition}:iam::{account}:{kind}/{name}")))
}
