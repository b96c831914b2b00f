//! Whom to ask first about an identity that nobody answers for: a guess with its reason, for people only.
//!
//! The first that holds: a team whose identity is behind any edge of its lineage, also one that says
//! nothing of ownership; the team of the person whom a label names as `manager` or `owner`; a team whose
//! name is a word of its name; the team of all declared identities of the same account or connector, of
//! which there are at least two.

use crate::directory::Directory;
use crate::principal::account;
use interlock_model::{Identity, IdentityKind, LineageKind, Owner, OwnerId, Ownership, Principal};

impl Directory {
    /// The team and why.
    pub(crate) fn likely_owner(&self, identity: &Identity) -> Option<(OwnerId, String)> {
        self.by_edge(identity)
            .or_else(|| self.by_manager(identity))
            .or_else(|| self.by_word(identity))
            .or_else(|| self.by_peers(identity))
    }

    fn by_edge(&self, identity: &Identity) -> Option<(OwnerId, String)> {
        identity.lineage.iter().find_map(|edge| {
            let other = self.resolve(&edge.to.to_string());
            let other = self.identity(other.identity()?)?;
            let owner = other.owner.owner()?.clone();
            let how = match edge.kind {
                LineageKind::CreatedBy => "created it",
                LineageKind::DeployedBy => "deploys it",
                LineageKind::AssumedBy => "acts as it",
                LineageKind::IssuedFrom => "issued a credential for it",
            };
            Some((owner, format!("`{}`, which is theirs, {how}", other.name)))
        })
    }

    /// SCIM, Okta and LDAP name a manager or an owner by login, name or entry.
    fn by_manager(&self, identity: &Identity) -> Option<(OwnerId, String)> {
        self.items_of(identity).find_map(|item| {
            let labels = &item.seen.labels;
            let (word, who) =
                ["owner", "manager"].into_iter().find_map(|it| Some((it, labels.get(it)?)))?;
            let provider = &item.seen.principal.provider;
            let called = |it: &Principal| {
                let last = it.name.rsplit('/').next().unwrap_or(&it.name);
                let entry = last.split(',').next().and_then(|it| it.split_once('='));
                it.provider == *provider
                    && (last.eq_ignore_ascii_case(who)
                        || entry.is_some_and(|it| it.1.eq_ignore_ascii_case(who)))
            };
            let mut people = self.declaration.identities.iter().filter(|it| {
                it.kind == IdentityKind::Human
                    && (it.name.eq_ignore_ascii_case(who) || it.principals.iter().any(called))
            });
            // Two people of one name are nobody in particular.
            let (person, None) = (people.next()?, people.next()) else { return None };
            let owner = person.owner.clone()?;
            let place = &item.connector;
            Some((
                owner,
                format!("`{place}` names `{}`, who is theirs, as its {word}", person.name),
            ))
        })
    }

    fn by_word(&self, identity: &Identity) -> Option<(OwnerId, String)> {
        let words: Vec<&str> =
            identity.name.split(|it: char| !it.is_ascii_alphanumeric()).collect();
        let named = |owner: &&Owner| {
            let id = owner.id.as_str();
            let short = id.strip_prefix("own_").unwrap_or(id);
            short.len() > 2 && words.iter().any(|it| it.eq_ignore_ascii_case(short))
        };
        let owner = self.declaration.owners.iter().find(named)?;
        Some((owner.id.clone(), "its name bears theirs".to_owned()))
    }

    fn by_peers(&self, identity: &Identity) -> Option<(OwnerId, String)> {
        let mine = identity.principals.iter().find_map(account)?;
        let mut count = 0_usize;
        let mut team: Option<&OwnerId> = None;
        for peer in &self.declaration.identities {
            let Some(owner) = &peer.owner else { continue };
            if peer.id == identity.id || !peer.principals.iter().any(|it| account(it) == Some(mine))
            {
                continue;
            }
            if team.is_some_and(|it| it != owner) {
                return None;
            }
            team = Some(owner);
            count += 1;
        }
        let team = team.filter(|_| count >= 2)?;
        Some((
            team.clone(),
            format!("all {count} declared identities of account {mine} are theirs"),
        ))
    }

    /// The remedy for an identity without an owner.
    pub(crate) fn owner_remedy(&self, identity: &Identity) -> Option<String> {
        if identity.owner != Ownership::Unowned {
            return None;
        }
        let (owner, why) = self.likely_owner(identity)?;
        Some(format!("ask `{owner}` first: {why}; then declare `owner` in `identities`"))
    }
}
