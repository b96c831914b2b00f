//! What the grants of a platform other than AWS give a principal, and what of it was used.
//!
//! A grant whose policy a connector read is as harmful as the policy, one that a table knows as the table
//! says, and any other as its connector says. Where neither policy nor table speaks, it is unread.

use crate::granted::{EXAMPLES, Granted, GrantedClass, Risks, UsedGrants, keep};
use crate::usage::Counted;
use interlock_model::{
    Digest, Discovered, Entitlement, InventoryItem, PolicyGrant, PolicyPart, Principal, RiskClass,
    Timestamp,
};
use interlock_reach::{Access, Platform, platform};

/// The policy that a grant is, where its connector showed one.
fn policy<'s>(seen: &'s Discovered, of: &Entitlement) -> Option<&'s PolicyGrant> {
    let is = |it: &&PolicyGrant| {
        it.part == PolicyPart::Grants && it.name == of.grant && it.through == of.through
    };
    seen.policies.iter().find(is)
}

fn document<'s>(seen: &'s Discovered, of: &Entitlement) -> Option<&'s str> {
    policy(seen, of).and_then(|it| it.document.as_deref())
}

fn access(platform: &Platform, seen: &Discovered, of: &Entitlement) -> Option<Access> {
    match document(seen, of) {
        Some(document) => platform.document(document, &of.scope),
        None => platform.grant(of),
    }
}

/// How much harm a grant allows.
pub(crate) fn risk(
    platform: &Platform,
    seen: &Discovered,
    of: &Entitlement,
    risks: &mut Risks,
) -> RiskClass {
    let Some(document) = document(seen, of) else {
        return platform.grant(of).map_or(of.risk, |it| it.risk());
    };
    let digest = Digest::of(format!("{} {}\n{document}", platform.provider, of.scope).as_bytes());
    if let Some(known) = risks.get(&digest) {
        return *known;
    }
    let risk = platform.document(document, &of.scope).map_or(of.risk, |it| it.risk());
    keep(risks, digest, risk)
}

/// All that connectors saw granted to one principal; `None` when that is nothing.
pub(crate) fn granted(
    principal: &Principal,
    seen: &[InventoryItem],
    used: Option<&Counted>,
) -> Option<Granted> {
    let platform = platform(&principal.provider)?;
    let (mut whole, mut unread, mut nothing) = (Access::default(), Vec::new(), true);
    for seen in seen.iter().map(|it| &it.seen) {
        for grant in &seen.entitlements {
            nothing = false;
            match access(platform, seen, grant) {
                Some(access) => whole.join(access),
                None => unread.push(grant.grant.clone()),
            }
        }
    }
    if nothing {
        return None;
    }
    unread.sort();
    unread.dedup();
    let classes = whole.classes.into_iter().map(|(class, by)| GrantedClass {
        class: class.as_str(),
        actions: by.len(),
        conditional: false,
        examples: by.into_iter().take(EXAMPLES).collect(),
    });
    Some(Granted {
        principal: principal.to_string(),
        everything: whole.everything,
        within: platform.within,
        classes: classes.collect(),
        escalations: whole.more,
        way_to_everything: Vec::new(),
        unread,
        used: used.and_then(|it| used_of(platform, seen, it)),
    })
}

/// What was used of what the policies of these grants allow.
fn used_of(platform: &Platform, seen: &[InventoryItem], used: &Counted) -> Option<UsedGrants> {
    let granted = |it: &&PolicyGrant| it.part == PolicyPart::Grants;
    let policies = seen.iter().flat_map(|it| it.seen.policies.iter().filter(granted));
    let documents = policies.filter_map(|it| it.document.as_deref());
    let mut patterns: Vec<String> = documents.flat_map(|it| platform.actions(it)).collect();
    patterns.sort();
    patterns.dedup();
    // An agent's uses are counted before any policy of it was seen.
    if patterns.is_empty() || used.since == Timestamp::MIN {
        return None;
    }
    let known: Vec<_> = used.actions.since(used.since).collect();
    let idle = |pattern: &String| !known.iter().any(|it| platform.covers(pattern, &it.action));
    let actions = known.iter().map(|it| (it.action.to_string(), it.count, it.last_used()));
    Some(UsedGrants {
        since: used.since,
        whole: used.actions.forgotten().is_none_or(|it| it < used.since),
        actions: actions.collect(),
        unused: patterns.iter().filter(|it| idle(it)).cloned().collect(),
    })
}
