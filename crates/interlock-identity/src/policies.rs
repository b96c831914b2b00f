//! Smaller policies of platforms other than AWS, in their own form.
//!
//! Where everybody who has a policy has the same one, what all of them used counts, as far as a connector
//! sees who has it. One that cannot be judged is told with the reason, and nothing of it goes.

use crate::directory::Directory;
use crate::granted::SeenAccounts;
use crate::usage::{Counted, Suggestion};
use interlock_model::{Discovered, InventoryItem, PolicyGrant, PolicyPart, Principal, Timestamp};
use interlock_reach::{Given, Platform, UsedActions, Window, platform};

/// Most others who are looked at for one identity.
const MOST_SHARING: usize = 1024;

impl Directory {
    /// Whoever else has a policy of the identity's principals.
    pub(crate) fn sharing(&self, of: &SeenAccounts) -> Vec<(InventoryItem, Option<Counted>)> {
        let shared = |it: &Principal| platform(&it.provider).is_some_and(Platform::shares_policies);
        let own: Vec<&InventoryItem> =
            of.elsewhere.iter().filter(|it| shared(it.0)).flat_map(|it| &it.1.0).collect();
        if own.iter().all(|it| it.seen.policies.is_empty()) {
            return Vec::new();
        }
        let listed = &self.inventory.listed;
        let with_policies = listed.names().filter(|it| listed.has_policies(*it));
        let others = with_policies.flat_map(|it| listed.of(it, &self.aliases)).filter(|it| {
            let mut beside = own.iter().filter(|own| {
                own.connector == it.connector && own.seen.principal != it.seen.principal
            });
            beside.any(|own| own.seen.policies.iter().any(|policy| has(&it.seen, policy)))
        });
        let used = |it: InventoryItem| {
            let used = self.used(&it.seen.principal);
            (it, used)
        };
        others.take(MOST_SHARING + 1).map(used).collect()
    }
}

/// Whether somebody has this policy, whichever way.
fn has(seen: &Discovered, policy: &PolicyGrant) -> bool {
    seen.policies.iter().any(|it| it.part == PolicyPart::Grants && it.name == policy.name)
}

/// Who has one policy.
struct Holders<'h> {
    seen: Vec<&'h Discovered>,
    used: UsedActions,
    since: Timestamp,
}

impl SeenAccounts {
    /// What can be proposed outside of AWS.
    pub(crate) fn suggestions_elsewhere(
        &self,
        since: Timestamp,
        until: Timestamp,
    ) -> Vec<Suggestion> {
        let mut all = Vec::new();
        for (principal, (items, used)) in &self.elsewhere {
            let (Some(platform), Some(used)) = (platform(&principal.provider), used) else {
                continue;
            };
            // An agent's uses are counted before any policy of it was seen.
            if used.since == Timestamp::MIN {
                continue;
            }
            for item in items {
                for policy in &item.seen.policies {
                    let Some(document) = &policy.document else { continue };
                    let Some(holders) = self.holders(platform, item, policy, used) else {
                        continue;
                    };
                    let others = beside(&holders.seen, policy, platform.shares_policies());
                    let scope = item
                        .seen
                        .entitlements
                        .iter()
                        .find(|it| it.grant == policy.name && it.through == policy.through);
                    let given = Given {
                        principal: &principal.name,
                        policy: &policy.name,
                        through: &policy.through,
                        scope: scope.map_or("", |it| it.scope.as_str()),
                        document,
                        others: &others,
                    };
                    let window = Window { since: since.max(holders.since), until };
                    let Some(proposal) = platform.propose(&given, &holders.used, window) else {
                        continue;
                    };
                    let shared = holders.seen.iter().map(|it| &it.principal);
                    all.push(Suggestion {
                        principal: principal.to_string(),
                        through: policy.through.clone(),
                        shared_with: shared
                            .filter(|it| *it != principal)
                            .map(ToString::to_string)
                            .collect(),
                        proposal,
                    });
                }
            }
        }
        all
    }

    /// Whose uses count for a policy; `None` when those of one are not known.
    fn holders<'h>(
        &'h self,
        platform: &Platform,
        item: &'h InventoryItem,
        policy: &PolicyGrant,
        used: &Counted,
    ) -> Option<Holders<'h>> {
        let mut holders =
            Holders { seen: vec![&item.seen], used: used.actions.clone(), since: used.since };
        if !platform.shares_policies() {
            return Some(holders);
        }
        if self.sharing.len() > MOST_SHARING {
            return None;
        }
        let others = self.sharing.iter().filter(|(it, _)| {
            it.connector == item.connector
                && it.seen.principal != item.seen.principal
                && has(&it.seen, policy)
        });
        for (other, used) in others {
            let used = used.as_ref().filter(|it| it.since != Timestamp::MIN)?;
            holders.seen.push(&other.seen);
            holders.since = holders.since.max(used.since);
            holders.used.join(&used.actions);
        }
        Some(holders)
    }
}

/// The other policies of whoever has this one; `None` for one that was not seen.
fn beside<'s>(
    holders: &[&'s Discovered],
    policy: &PolicyGrant,
    shared: bool,
) -> Vec<Option<&'s str>> {
    if !shared {
        return Vec::new();
    }
    // What may do everything has no text, and needs no other.
    let other = |it: &&PolicyGrant| {
        it.part == PolicyPart::Grants && it.name != policy.name && it.name != "root"
    };
    let all = holders.iter().flat_map(|it| it.policies.iter().filter(other));
    let mut named: Vec<_> = all.map(|it| (it.name.as_str(), it.document.as_deref())).collect();
    named.sort_unstable();
    named.dedup_by_key(|it| it.0);
    named.into_iter().map(|it| it.1).collect()
}
